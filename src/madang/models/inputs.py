"""What a model's ports get: read from a view of the city, checked, and pinned as content-addressed bytes.

A pinned input is everything that is needed to run again: the canonical bytes, the names and terms of the data sets
they come from, the statuses of the figures in them, and which of them are marked as assumptions. Units are checked
here, once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, instance_of, provenance_of, value_of
from madang.entities.query import Query, parse_q, parse_types
from madang.errors import DataError, ModelError
from madang.models.base import Blob, Input, Inputs, Label, Port, Records, Spec, models_own_code
from madang.models.canonical import pack_records, sha256, unpack_records
from madang.store import View

ReadBlob = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Pinned:
    """One input as it is kept: its bytes by their hash, how many rows, and where they come from on what terms."""

    port: str
    kind: str
    sha256: str
    rows: int | None
    name: str
    datasets: tuple[str, ...]
    licences: tuple[str, ...]
    statuses: tuple[str | None, ...]
    assumptions: tuple[str, ...]
    title: Label
    publisher: Label
    data: bytes

    def as_json(self) -> dict[str, Any]:
        """The pinned input as the run's record holds it; the bytes stand apart, under their hash."""
        return {
            "kind": self.kind,
            "sha256": self.sha256,
            "rows": self.rows,
            "name": self.name,
            "datasets": list(self.datasets),
            "licences": list(self.licences),
            "statuses": list(self.statuses),
            "assumptions": list(self.assumptions),
            "title": dict(self.title),
            "publisher": dict(self.publisher),
        }


def read_inputs(view: View, spec: Spec, read_blob: ReadBlob) -> dict[str, Pinned]:
    """Every port's input from one view; a port that finds nothing and may do so is left out."""
    terms = _Terms(view)
    found = {}
    for port in spec.inputs:
        pinned = _records(view, port, terms) if port.kind == "records" else _blob(spec, port, terms, read_blob)
        if pinned is None or (port.required and pinned.kind == "records" and not pinned.rows):
            if port.required:
                raise ModelError("models.input-missing", model=spec.id, port=port.name)
            continue
        found[port.name] = pinned
    return found


def inputs_of(spec: Spec, pinned: Mapping[str, Pinned]) -> Inputs:
    """Pinned inputs as a model takes them."""
    return {port.name: _as_input(pinned.get(port.name), port) for port in spec.inputs}


def pinned_again(stored: Mapping[str, Any], read_blob: ReadBlob) -> dict[str, Pinned]:
    """The pinned inputs that a run's record names."""
    return {
        port: Pinned(
            port,
            entry["kind"],
            entry["sha256"],
            entry["rows"],
            entry["name"],
            tuple(entry["datasets"]),
            tuple(entry["licences"]),
            tuple(entry["statuses"]),
            tuple(entry["assumptions"]),
            entry["title"],
            entry["publisher"],
            _sound(read_blob(entry["sha256"]), entry["sha256"]),
        )
        for port, entry in stored.items()
    }


def _sound(data: bytes, address: str) -> bytes:
    if sha256(data) != address:
        raise DataError("models.pinned-input-unreadable")
    return data


def with_levers(pinned: Mapping[str, Pinned], spec: Spec, levers: Mapping[str, float]) -> dict[str, Pinned]:
    """The inputs with attributes turned: levers are named "<entity id>#<attribute>"."""
    if not levers:
        return dict(pinned)
    turned, left = dict(pinned), dict(levers)
    for port in spec.inputs:
        if port.lever is None or port.name not in turned:
            continue
        records = unpack_records(turned[port.name].data)
        rows = []
        for id, row in zip(records.ids, records.rows, strict=True):
            value = left.pop(f"{id}#{port.lever}", None)
            rows.append(row if value is None else {**row, port.lever: float(value)})
        data = pack_records(Records(records.ids, tuple(rows)))
        one = turned[port.name]
        fields = {name: getattr(one, name) for name in Pinned.__slots__} | {"data": data, "sha256": sha256(data)}
        turned[port.name] = Pinned(**fields)
    if left:
        raise ModelError("models.lever-unknown", name=next(iter(left)), known=", ".join(lever_ids(pinned, spec)))
    return turned


def lever_ids(pinned: Mapping[str, Pinned], spec: Spec) -> list[str]:
    """The levers there are on these inputs."""
    return [
        f"{id}#{port.lever}"
        for port in spec.inputs
        if port.lever is not None and port.name in pinned
        for id in unpack_records(pinned[port.name].data).ids
    ]


def _as_input(pinned: Pinned | None, port: Port) -> Input:
    if pinned is None:
        return Records((), ()) if port.kind == "records" else None
    if pinned.kind == "records":
        return unpack_records(pinned.data)
    statuses = [s for s in pinned.statuses if s]
    licence = pinned.licences[0] if pinned.licences else None
    return Blob(pinned.name, pinned.data, pinned.title, pinned.publisher, licence, statuses[0] if statuses else None)


# --- reading ---------------------------------------------------------------------------------------------------------


class _Terms:
    """The Dataset records of a view, read once: their blobs, titles and licences."""

    def __init__(self, view: View) -> None:
        found = view.documents(Query(types=parse_types("Dataset")))
        self.datasets = {doc["id"]: doc for doc in sorted(found, key=lambda d: str(d["id"]))}

    def licence(self, id: str) -> str:
        doc = self.datasets.get(id)
        return str((doc and (value_of(doc, "licence") or value_of(doc, "terms"))) or "unknown")


def _records(view: View, port: Port, terms: _Terms) -> Pinned:
    text = ";".join(f'{name}=="{value}"' for name, value in port.where.items())
    docs = view.documents(Query(types=parse_types(port.entity), q=parse_q(text) if text else None))
    docs.sort(key=lambda d: str(d["id"]))
    rows, sources, statuses, assumptions = [], set[str](), set[str | None](), []
    for doc in docs:
        row = {}
        for name in port.attributes:
            value = value_of(doc, name)
            if value is None:
                continue
            row[name] = _number(doc, name, value, port.units[name]) if name in port.units else value
            _check_range(doc, name, row[name], port)
            said = provenance_of(doc, name)
            sources |= {said.source} if said.source else set()
            if name in port.units or said.status is not None:  # of a word or a place nobody need say how it is known
                statuses.add(said.status)
            if is_assumption(doc, name):
                assumptions.append(f"{doc['id']}#{name}")
        rows.append(row)
    data = pack_records(Records(tuple(str(d["id"]) for d in docs), tuple(rows)))
    return Pinned(
        port.name,
        "records",
        sha256(data),
        len(rows),
        port.entity,
        tuple(sorted(sources)),
        tuple(sorted({terms.licence(s) for s in sources})),
        tuple(sorted(statuses, key=str)),
        tuple(assumptions),
        port.label,
        {},
        data,
    )


def _number(doc: Document, name: str, value: Any, unit: str) -> float | int:
    given = (instance_of(doc, name) or {}).get("unitCode")
    if given is not None and given != unit:
        raise DataError("models.input-unit", entity=doc["id"], attribute=name, found=given, wanted=unit)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError("models.input-not-a-number", entity=doc["id"], attribute=name, found=value)
    return value


def is_assumption(doc: Document, name: str) -> bool:
    """Whether an attribute says of itself that it is chosen, not measured: true, or the reason in words."""
    said = (instance_of(doc, name) or {}).get("assumption")
    return bool(said.get("value", True) if isinstance(said, dict) else said)


def _check_range(doc: Document, name: str, value: Any, port: Port) -> None:
    """A value that can't be true is refused and named, never clipped."""
    low, high = port.ranges.get(name, (float("-inf"), float("inf")))
    if isinstance(value, int | float) and not low <= value <= high:
        raise DataError("models.input-range", entity=doc["id"], attribute=name, found=value, low=low, high=high)


def _blob(spec: Spec, port: Port, terms: _Terms, read_blob: ReadBlob) -> Pinned | None:
    """The blob of the last data set, by id, that offers one under a fitting name; else the packaged default."""
    offers = [
        (doc, name, sha)
        for doc in terms.datasets.values()
        for name, sha in sorted((value_of(doc, "blobs") or {}).items())
        if re.fullmatch(port.pattern, name)
    ]
    if offers:
        doc, name, sha = offers[-1]
        return Pinned(
            port.name,
            "blob",
            sha,
            None,
            name,
            (str(doc["id"]),),
            (terms.licence(doc["id"]),),
            (_text(doc, "status"),),
            (),
            _pair(value_of(doc, "title"), doc["id"]),
            _pair(value_of(doc, "publisher"), ""),
            read_blob(sha),
        )
    if port.default is None:
        return None
    with models_own_code(spec.id):
        given = port.default()
    return Pinned(
        port.name,
        "blob",
        sha256(given.data),
        None,
        given.name,
        (),
        (given.licence or "unknown",),
        (given.status,),
        (),
        given.title,
        given.publisher,
        given.data,
    )


def _text(doc: Document, name: str) -> str | None:
    found = value_of(doc, name)
    return found if isinstance(found, str) else None


def _pair(found: Any, default: str) -> dict[str, str]:
    if isinstance(found, dict):
        return {lang: str(found.get(lang) or found.get("en") or found.get("ko") or default) for lang in ("ko", "en")}
    return dict.fromkeys(("ko", "en"), str(found or default))
