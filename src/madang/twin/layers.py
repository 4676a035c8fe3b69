"""The layers of a branch: what there is, what a page says about it, its tiles and its values for colouring.

    layers          what can be shown, with status, source, licence, how heights came about
    layer_tileset   the tileset of a layer, built when its content is new
    layer_file      one file of it, for a server
    layer_values    one attribute of all features, for a legend

Tilesets are kept by content: the name of the folder and of every glb begins with a hash of what is in the layer. Two
branches that show the same share one tileset; a layer that changes gets new names, so a browser never mixes two states
and may keep every glb for ever. What was read of a layer is kept in memory until a transaction touches its type.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote
from weakref import WeakKeyDictionary

import numpy as np
import orjson

from madang.entities.entity import Document, provenance_of, value_of
from madang.entities.query import Query, parse_types
from madang.errors import NotFoundError
from madang.indicators.address import Address
from madang.indicators.provenance import combine_status
from madang.store import Store, View
from madang.twin.catalogue import LayerKind, Text, layer_kind, layer_kinds
from madang.twin.reading import AttributeSummary, LayerData, names_of, read_layer
from madang.twin.tiles import TILESET, build_tileset

Drawn = Literal["solid", "sheet", "terrain", "symbol"]

DRAWN: dict[str, Drawn] = {"sheet": "sheet", "terrain": "terrain"}  # others: as their features are

FORMAT = "1"  # raise when the same features are to be written otherwise
KEPT_VERSIONS = 8
KEPT_READINGS = 32
MOST_ADDRESSED = 1000
FILE_NAME = re.compile(r"([0-9a-f]{16})-[0-9-]+\.glb")


@dataclass(frozen=True)
class LayerDelta:
    """What a branch draws otherwise than main: a tileset of its own, and the ids that it hides in main's."""

    tiles: str
    hidden: Sequence[str]
    added: int
    changed: int
    removed: int

    def as_json(self) -> dict[str, Any]:
        """The difference as plain JSON."""
        return {
            "tiles": self.tiles,
            "hidden": list(self.hidden),
            "added": self.added,
            "changed": self.changed,
            "removed": self.removed,
        }


@dataclass(frozen=True)
class LayerInfo:
    """A layer as a page shows it. `metres_per_unit` is the scale of prisms whose height stands for a figure.

    `tiles` is the address of the tileset to show: on a branch main's, with `delta` for what differs.
    """

    id: str
    type: str
    title: Text
    status: str | None
    features: int
    attributes: Sequence[AttributeSummary]
    source: Text | None
    licence: str | None
    attribution: Text | None
    height: Text | None
    height_attribute: str | None
    metres_per_unit: float | None
    note: Text
    drawn: Drawn
    tiles: str
    delta: LayerDelta | None

    def as_json(self) -> dict[str, Any]:
        """The layer as plain JSON."""
        return {
            "id": self.id,
            "type": self.type,
            "title": dict(self.title),
            "status": self.status,
            "features": self.features,
            "attributes": [attribute.as_json() for attribute in self.attributes],
            "source": _plain(self.source),
            "licence": self.licence,
            "attribution": _plain(self.attribution),
            "height": _plain(self.height),
            "heightAttribute": self.height_attribute,
            "metresPerUnit": self.metres_per_unit,
            "note": dict(self.note),
            "drawn": self.drawn,
            "tiles": self.tiles,
            "delta": None if self.delta is None else self.delta.as_json(),
        }


@dataclass(frozen=True)
class LayerValues:
    """One attribute of a layer's features, side by side; None is unknown. Large layers carry no addresses."""

    ids: Sequence[str]
    values: Sequence[float | int | str | None]
    names: Sequence[str | None]
    addresses: Sequence[str | None] | None
    unit: str | None
    period: str | None
    status: str | None
    source: Text | None

    def as_json(self) -> dict[str, Any]:
        """The values as plain JSON."""
        return {
            "ids": list(self.ids),
            "values": list(self.values),
            "names": list(self.names),
            "addresses": None if self.addresses is None else list(self.addresses),
            "unit": self.unit,
            "period": self.period,
            "status": self.status,
            "source": _plain(self.source),
        }


def layers(store: Store, branch: str = "main") -> list[LayerInfo]:
    """The layers that have features on a branch, in the catalogue's order."""
    found = ((kind, _read(store, branch, kind)) for kind in layer_kinds().values())
    return [_info(store, branch, kind, data) for kind, data in found if len(data.ids)]


def layer_tileset(store: Store, branch: str, layer: str, cache_dir: Path) -> Path:
    """The tileset.json of a layer; built first if no tileset of this content is in the cache."""
    kind = layer_kind(layer)
    data = _read(store, branch, kind)
    scale, credit = _scale(store, kind, data), _datasets(store.view(branch), data.sources).attribution
    words = " · ".join(dict.fromkeys(credit.values())) if credit else ""
    version = content_hash(data, scale, words)
    folder = cache_dir / kind.id / version
    if not (folder / TILESET).exists():
        with _building:
            if not (folder / TILESET).exists():
                build_tileset(data.columns(scale), folder, attribution=words, prefix=f"{version}-")
                _forget_old(folder.parent)
    return folder / TILESET


def layer_file(store: Store, branch: str, layer: str, name: str, cache_dir: Path) -> Path:
    """The file of a layer that a viewer asks for: tileset.json, or a glb by the name it was given there."""
    if name == TILESET:
        return layer_tileset(store, branch, layer, cache_dir)
    kind = layer_kind(layer)
    named = FILE_NAME.fullmatch(name)
    path = cache_dir / kind.id / named[1] / name if named else None
    if path is None or not path.is_file():
        raise NotFoundError("twin.file-unknown", layer=layer, file=name)
    return path


def layer_values(store: Store, branch: str, layer: str, attribute: str) -> LayerValues:
    """One attribute of all features of a layer, in the order of their ids."""
    kind = layer_kind(layer)
    view = store.view(branch)
    documents = sorted(view.documents(Query(types=parse_types(kind.type))), key=lambda document: str(document["id"]))
    told = [document for document in documents if attribute in document]
    if not told:
        known = ", ".join(summary.name for summary in _read(store, branch, kind).attributes)
        raise NotFoundError("twin.attribute-unknown", layer=layer, attribute=attribute, known=known)
    provenances = [provenance_of(document, attribute) for document in told]
    sources = sorted({provenance.source for provenance in provenances if provenance.source})
    instances = [_first_instance(document, attribute) for document in told]
    period = _agreed([value_of(instance, "period") for instance in instances])
    unit = _agreed([instance.get("unitCode") for instance in instances])
    addressed = len(documents) <= MOST_ADDRESSED
    return LayerValues(
        ids=[document["id"] for document in documents],
        values=[_plain_value(value_of(document, attribute)) for document in documents],
        names=[names_of(document)[0] for document in documents],
        addresses=[_address(store, view, document, attribute) for document in documents] if addressed else None,
        unit=unit,
        period=None if period is None else str(period),
        status=combine_status({provenance.status for provenance in provenances}),
        source=_datasets(view, sources).title,
    )


def content_hash(data: LayerData, metres_per_unit: float, attribution: str) -> str:
    """Sixteen hex digits that stand for everything a layer's tileset is made of."""
    columns = data.columns(metres_per_unit)
    digest = hashlib.sha256(f"{FORMAT}\n{data.kind.id}\n{attribution}\n".encode())
    digest.update(orjson.dumps([list(columns.ids), columns.properties]))
    digest.update(np.array([len(wkb) for wkb in columns.wkb], dtype="<u4").tobytes())
    digest.update(b"".join(columns.wkb))
    for metres in (columns.base_m, columns.height_m, columns.width_m):
        digest.update(np.asarray(metres, dtype="<f8").tobytes())
    return digest.hexdigest()[:16]


# --- what was read is kept until its type changes ---------------------------------------------------------------------


class _Readings:
    """The layers of one store as last read, and the last transaction that touched each type."""

    def __init__(self, since: int) -> None:
        self.lock = threading.Lock()
        self._cursor = since
        self._touched: dict[str, int] = {}
        self._kept: OrderedDict[tuple[str, str], tuple[int, LayerData]] = OrderedDict()

    def read(self, store: Store, branch: str, kind: LayerKind) -> LayerData:
        with self.lock:
            self._follow(store)
            mark = self._touched.get(kind.type, 0)
            kept = self._kept.get((branch, kind.id))
            if kept is None or kept[0] != mark:
                kept = self._kept[branch, kind.id] = (mark, read_layer(store.view(branch), kind))
            self._kept.move_to_end((branch, kind.id))
            while len(self._kept) > KEPT_READINGS:
                self._kept.popitem(last=False)
            return kept[1]

    def _follow(self, store: Store) -> None:
        for change in store.changes(self._cursor):
            self._cursor = max(self._cursor, change.tx)
            types = (change.type,) if isinstance(change.type, str) else change.type
            for name in types:
                self._touched[name] = change.tx


_readings: WeakKeyDictionary[Store, _Readings] = WeakKeyDictionary()
_opening = threading.Lock()
_building = threading.Lock()


def _read(store: Store, branch: str, kind: LayerKind) -> LayerData:
    store.branch(branch)
    with _opening:
        if store not in _readings:
            _readings[store] = _Readings(since=store.view().tx)
        readings = _readings[store]
    return readings.read(store, branch, kind)


def _forget_old(versions: Path) -> None:
    finished = [folder for folder in versions.iterdir() if (folder / TILESET).exists()]
    for folder in sorted(finished, key=lambda f: (f / TILESET).stat().st_mtime_ns, reverse=True)[KEPT_VERSIONS:]:
        shutil.rmtree(folder, ignore_errors=True)


# --- what a page says -------------------------------------------------------------------------------------------------


def _scale(store: Store, kind: LayerKind, data: LayerData) -> float:
    """The scale of prisms, taken from main, so that a branch beside it is drawn alike."""
    if data.figure is None:
        return 1.0
    main = _read(store, "main", kind)
    return (main if main.figure == data.figure else data).metres_per_unit()


def _info(store: Store, branch: str, kind: LayerKind, data: LayerData) -> LayerInfo:
    scale = _scale(store, kind, data)
    credit = _datasets(store.view(branch), data.sources)
    return LayerInfo(
        id=kind.id,
        type=kind.type,
        title=kind.title,
        status=data.status,
        features=len(data.ids),
        attributes=data.attributes,
        source=credit.title,
        licence=credit.licence,
        attribution=credit.attribution,
        height=_height_text(kind, data, scale),
        height_attribute=data.figure.attribute if data.figure else None,
        metres_per_unit=scale if data.figure else None,
        note=_note(kind, data),
        drawn=_drawn(kind, data),
        tiles=tiles_address(store.city.id, branch, kind.id),
        delta=None,
    )


def tiles_address(city: str, branch: str, layer: str) -> str:
    """Where a server has the tileset of a layer on a branch."""
    tenant = city if branch == "main" else f"{city}~{branch}"
    return f"/tiles/{quote(tenant, safe='~')}/{quote(layer)}/{TILESET}"


def _drawn(kind: LayerKind, data: LayerData) -> Drawn:
    known = DRAWN.get(kind.heights)
    return known or ("symbol" if len(data.symbolic) and data.symbolic.all() else "solid")


def _height_text(kind: LayerKind, data: LayerData, scale: float) -> Text | None:
    if data.figure is not None:
        return kind.said(data.figure.height, per_metre=f"{1 / scale:,.6g}")
    return kind.said(kind.height) if kind.height else None


def _note(kind: LayerKind, data: LayerData) -> Text:
    said = [dict(kind.note)]
    for text, count in (
        (kind.flat_note, int(np.isnan(data.heights).sum())),
        (kind.symbol_note, int(data.symbolic.sum())),
    ):
        if text and count:
            said.append(kind.said(text, count=f"{count:,}"))
    return {language: " ".join(part[language] for part in said) for language in ("ko", "en")}


@dataclass(frozen=True)
class _Credit:
    title: Text | None
    licence: str | None
    attribution: Text | None


def _datasets(view: View, sources: Sequence[str]) -> _Credit:
    """Titles, licences and attributions of the Dataset records, each once."""
    records = [record for record in map(view.document, sources) if record is not None]
    licences = sorted({str(found) for found in (value_of(record, "licence") for record in records) if found})
    return _Credit(_joined(records, "title", "; "), ", ".join(licences) or None, _joined(records, "attribution", " "))


def _joined(records: Sequence[Document], attribute: str, mark: str) -> Text | None:
    pairs = [_pair(found) for found in (value_of(record, attribute) for record in records) if found]
    if not pairs:
        return None
    return {language: mark.join(dict.fromkeys(pair[language] for pair in pairs)) for language in ("ko", "en")}


def _pair(found: Any) -> dict[str, str]:
    if not isinstance(found, dict):
        return {"ko": str(found), "en": str(found)}
    anyone = next(iter(found.values()))
    return {language: str(found.get(language) or anyone) for language in ("ko", "en")}


def _address(store: Store, view: View, document: Document, attribute: str) -> str | None:
    version = view.version(document["id"])
    if version is None or attribute not in document:
        return None
    period = value_of(_first_instance(document, attribute), "period")
    valid = None if period is None else str(period)
    return str(
        Address(
            city=str(store.city.uuid),
            origin=f"tx:{version.tx}",
            entity=document["id"],
            attribute=attribute,
            valid=valid,
        )
    )


def _first_instance(document: Document, attribute: str) -> dict[str, Any]:
    found = document[attribute]
    return dict(found[0] if isinstance(found, list) else found)


def _agreed(values: Sequence[Any]) -> Any:
    found = {str(value): value for value in values}
    return values[0] if len(found) == 1 else None


def _plain_value(value: Any) -> float | int | str | None:
    return value if isinstance(value, int | float | str) and not isinstance(value, bool) else None


def _plain(text: Text | None) -> dict[str, str] | None:
    return None if text is None else dict(text)
