"""What recorded runs say about places: tables of a run that the map can show, as places, flows or a grid.

    by-district: (or any by-…: whose rows name a `place`, or a `region` that the branch holds)  values of places
    flows:       persons, money or goods between two places that the rows name with their positions
    grid:        one row with bounds, columns, rows and values: a surface over the city

A column `year`, `month`, `day` or `hour` beside places makes one frame a moment, a column `before` two frames.
"live:<attribute>" is the surface of what sensors read now. An ensemble's members are of the city as a whole: it says
nothing about places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from madang import clock
from madang.entities.entity import Document, value_of
from madang.entities.query import Query, parse_q
from madang.errors import NotFoundError, Pair, both
from madang.indicators.address import Address
from madang.indicators.catalogue import catalogue
from madang.models import registry
from madang.models.records import all_runs, find_run, short_id
from madang.store import Store, View
from madang.twin.heat import heat, surfaces, unit_and_status
from madang.twin.live import live
from madang.twin.naming import label_of_attribute, point_of, titles_of

LIVE = "live:"
FLOWS, GRID, PLACES = "flows", "grid", "places"
BEFORE_AFTER = ("before", "after")
TIMES = ("year", "month", "day", "hour")
MOST_RESULTS = 500

Row = Mapping[str, Any]
Rows = Sequence[Row]


@dataclass(frozen=True)
class ResultInfo:
    """One table of a run that the map can show."""

    id: str
    model: str | None
    model_title: Pair | None
    run: str | None
    kind: str
    indicator: str | None
    label: Pair
    unit: str | None
    status: str | None
    address: str | None
    recorded_at: str | None
    given: Mapping[str, Any]
    frames: Sequence[Mapping[str, Any]] | None

    @property
    def title(self) -> Pair:
        """The model and what it says."""
        if self.model_title is None:
            return self.label
        return both("twinreading.result-title", model=dict(self.model_title), label=dict(self.label))

    def as_json(self) -> dict[str, Any]:
        """The result without its values."""
        return {
            "id": self.id,
            "model": self.model,
            "modelTitle": self.model_title,
            "run": self.run,
            "title": self.title,
            "kind": self.kind,
            "indicator": self.indicator,
            "label": dict(self.label),
            "unit": self.unit,
            "status": self.status,
            "address": self.address,
            "recordedAt": self.recorded_at,
            "given": dict(self.given),
            "frames": self.frames,
        }


def results(store: Store, branch: str) -> list[ResultInfo]:
    """Everything that recorded runs of a branch say about places, newest first, then what sensors read now."""
    view = store.view(branch)
    runs = [(doc, view.version(doc["id"])) for doc in all_runs(store) if value_of(doc, "branch") == branch]
    runs.sort(key=lambda one: -one[1].tx if one[1] else 0)
    found = [info for doc, _ in runs for info, _ in _of_run(store, view, doc)][:MOST_RESULTS]
    drawable = surfaces(live(store, branch))
    return found + [_of_sensors(name, *unit_and_status(told)) for name, told in sorted(drawable.items())]


def result(store: Store, branch: str, id: str) -> dict[str, Any]:
    """One result with its values, as plain JSON."""
    view = store.view(branch)
    if id.startswith(LIVE):
        return _surface(store, branch, id.removeprefix(LIVE))
    run, _, _ = id.partition(":")
    doc = find_run(store, run)
    here = value_of(doc, "branch") == branch
    info, rows = next((one for one in _of_run(store, view, doc) if here and one[0].id == id), (None, ()))
    if info is None:
        raise NotFoundError("twinreading.result-unknown", id=id)
    ports = value_of(doc, "inputs").values()
    sources = titles_of(view, (one for port in ports for one in port.get("datasets") or ()))
    shape = {PLACES: _places, FLOWS: _flows, GRID: _grid}[info.kind]
    told = _shown(info, sources, _note(rows)) | shape(view, rows)
    numbers = [v for v in _numbers(told) if v is not None]
    return told | {"low": min(numbers, default=None), "high": max(numbers, default=None)}


# --- what there is ----------------------------------------------------------------------------------------------------


def _of_run(store: Store, view: View, doc: Document) -> Iterator[tuple[ResultInfo, Rows]]:
    """The tables of a run that the map can show."""
    model, said = str(value_of(doc, "model")), value_of(doc, "results")
    recorded = view.version(doc["id"])
    parameters = value_of(doc, "parameters")
    given = {name: parameters["values"].get(name) for name in parameters["given"]} | dict(parameters["levers"])
    for table, rows in said["tables"].items():
        head, colon, indicator = table.partition(":")
        kind = _kind(view, head, rows) if colon and rows else None
        if kind is None:
            continue
        figure = said["indicators"].get(indicator)
        entry, first = catalogue().get(indicator), rows[0]
        label = first.get("measure") or (dict(entry.label) if entry else dict.fromkeys(("ko", "en"), indicator))
        about = value_of(doc, "aboutCity") or doc["id"]
        address = Address(str(store.city.uuid), f"run:{short_id(doc['id'])}", about, indicator) if figure else None
        yield (
            ResultInfo(
                f"{short_id(doc['id'])}:{table}",
                model,
                dict(registry.model(model).spec.title) if model in registry.models() else None,
                short_id(doc["id"]),
                kind,
                indicator if entry or figure else None,
                label,
                first.get("unit") or (figure["unit"] if figure else entry.unit if entry else None),
                figure["status"] if figure else _status(said),
                None if address is None else str(address),
                None if recorded is None else clock.to_text(recorded.modified_at),
                given,
                _frames(kind, rows),
            ),
            rows,
        )


def _kind(view: View, head: str, rows: Any) -> str | None:
    """How the map shows a table; None where it can't."""
    if not isinstance(rows, Sequence) or not isinstance(rows[0], Mapping):
        return None
    if head == FLOWS:
        return FLOWS
    if head == GRID:
        return GRID
    if head.startswith("by-") and (set(rows[0]) & {"place", "region"}) and "value" in rows[0]:
        return PLACES if any(_entity_of(view, row) is not None for row in rows) else None
    return None


def _status(said: Mapping[str, Any]) -> str | None:
    """The status of a run's figures, which all share it."""
    return next((figure["status"] for figure in said["indicators"].values()), None)


def _entity_of(view: View, row: Row) -> str | None:
    """The entity that a row speaks of: by its id, or by the code of a region."""
    if row.get("place"):
        return str(row["place"])
    region = str(row.get("region") or "")
    if not region.isalnum():
        return None
    found = view.ids(Query(q=parse_q(f'code=="{region}"'), limit=1))
    return found[0] if found else None


def _frames(kind: str, rows: Rows) -> list[dict[str, Any]] | None:
    if kind == GRID:
        return rows[0].get("frames")
    time = _time(rows) if kind == PLACES else None
    if time is None:
        return [{"label": both(f"twinreading.frame-{name}")} for name in BEFORE_AFTER] if _compares(rows) else None
    return [{"label": both(f"twinreading.frame-{time}", at=at), "at": str(at)} for at in _moments(rows, time)]


def _time(rows: Rows) -> str | None:
    """The column that says when, if several moments are there."""
    return next((name for name in TIMES if name in rows[0] and len({row[name] for row in rows}) > 1), None)


def _compares(rows: Rows) -> bool:
    """Whether rows say beside what follows what was before it."""
    return any(row.get("before") is not None for row in rows)


def _moments(rows: Rows, time: str) -> list[Any]:
    return sorted({row[time] for row in rows})


def _note(rows: Rows) -> Pair | None:
    return rows[0].get("note") if rows else None


# --- its values -------------------------------------------------------------------------------------------------------


def _shown(info: ResultInfo, source: Pair | None, note: Pair | None) -> dict[str, Any]:
    left_out = ("model", "modelTitle", "run", "indicator", "recordedAt", "given")
    told = {name: value for name, value in info.as_json().items() if name not in left_out}
    return told | {"source": source, "note": note}


def _places(view: View, rows: Rows) -> dict[str, Any]:
    time = _time(rows)
    frames = _moments(rows, time) if time else [*(BEFORE_AFTER if _compares(rows) else ("after",))]
    names: dict[str, Pair] = {}
    values: dict[tuple[str, Any], Any] = {}
    for row in rows:
        id = _entity_of(view, row)
        if id is not None:
            names.setdefault(id, row.get("label") or dict.fromkeys(("ko", "en"), id))
            if time:
                values.setdefault((id, row[time]), row.get("value"))
            else:
                values |= {(id, "before"): row.get("before"), (id, "after"): row.get("value")}
    return {
        "ids": list(names),
        "names": list(names.values()),
        "values": [[values.get((id, frame)) for id in names] for frame in frames],
        "bounds": _bounds(view, names),
    }


def _bounds(view: View, ids: Iterable[str]) -> list[float] | None:
    """West, south, east, north of the places; None where none of them has a point of its own."""
    points = [at for id in ids if (found := view.document(id)) is not None and (at := point_of(found)) is not None]
    if not points:
        return None
    lons, lats = zip(*points, strict=True)
    return [min(lons), min(lats), max(lons), max(lats)]


def _flows(view: View, rows: Rows) -> dict[str, Any]:
    ends = {
        row[end]: {"name": row[f"{end}_label"], "lon": row[f"{end}_lon"], "lat": row[f"{end}_lat"]}
        for row in rows
        for end in ("from", "to")
    }
    states = ("before", "value") if _compares(rows) else ("value",)
    flows = [{"from": row["from"], "to": row["to"], "values": [row.get(name) for name in states]} for row in rows]
    return {"ends": ends, "flows": flows}


def _grid(view: View, rows: Rows) -> dict[str, Any]:
    names = ("west", "south", "east", "north", "columns", "rows", "values")
    return {name: rows[0][name] for name in names}


def _numbers(told: Mapping[str, Any]) -> list[float | None]:
    rows = [flow["values"] for flow in told["flows"]] if "flows" in told else told["values"]
    return [v for row in rows for v in row if isinstance(v, int | float)]


# --- what sensors read now --------------------------------------------------------------------------------------------


def _of_sensors(attribute: str, unit: str | None, status: str) -> ResultInfo:
    label = both("twinreading.heat-title", label=label_of_attribute(attribute))
    id = LIVE + attribute
    return ResultInfo(id, None, None, None, GRID, None, label, unit, status, None, None, {}, None)


def _surface(store: Store, branch: str, attribute: str) -> dict[str, Any]:
    found = heat(store, branch, attribute)
    info = _of_sensors(attribute, found.unit, found.status)
    rows, columns = found.values.shape
    known = found.values[np.isfinite(found.values)]
    return _shown(info, titles_of(store.view(branch), found.sources), found.note) | {
        "west": found.west,
        "south": found.south,
        "east": found.east,
        "north": found.north,
        "columns": columns,
        "rows": rows,
        "values": [[None if v != v else float(f"{v:.5g}") for v in found.values.reshape(-1).tolist()]],
        "low": float(known.min()) if len(known) else None,
        "high": float(known.max()) if len(known) else None,
    }
