"""What a branch says, as arrays: whom services are for, where they stand, where they could, and what is asked.

A site's `state` decides what it is: `candidate` may be chosen, `closed` or `cancelled` is nothing, `planned` and
whatever else counts as standing. Which kind of service is meant is told by the question, by the branch's `SitingStudy`,
or by the sites themselves where all are of one kind; a factory that happens to be a `Facility` is never guessed to be
a service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from madang.errors import CallerError, DataError
from madang.models.base import Floats, Inputs, Label, Records
from madang.models.siting.card import SITE_PORTS

HYDROGEN = "hydrogen-station"
CANDIDATE = "candidate"
GONE = ("closed", "cancelled")
PLANE = "EPSG:5179"


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Places and the people of each: NaN where unknown; `reach_km` is how far from the centre they live on average."""

    ids: tuple[str, ...]
    labels: tuple[Label, ...]
    xy: Floats  # metres in the plane; NaN without a position
    people: Floats
    reach_km: Floats
    groups: Mapping[str, Floats]

    def only(self, keep: Sequence[int]) -> Demand:
        """Some of the places."""
        at = list(keep)
        return Demand(
            tuple(self.ids[i] for i in at),
            tuple(self.labels[i] for i in at),
            self.xy[at],
            self.people[at],
            self.reach_km[at],
            {name: values[at] for name, values in self.groups.items()},
        )


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """Sites of one service: which may be chosen, which are planned, what each can serve (NaN: not stated); and how
    many of them are marked as synthetic."""

    ids: tuple[str, ...]
    labels: tuple[Label, ...]
    states: tuple[str, ...]
    xy: Floats
    lonlat: Floats
    capacity: Floats
    made_up: int = 0

    def indices(self, *states: str) -> list[int]:
        """Where sites of these states are."""
        return [i for i, state in enumerate(self.states) if state in states]


@dataclass(frozen=True, slots=True)
class Study:
    """What a branch asks: which service, by which objective, how many new sites (None: not said)."""

    id: str
    kind: str
    objective: str
    new_sites: float | None


def demand_of(inputs: Inputs, service: str) -> Demand:
    """Demand points for the service where the branch has any, else the dong."""
    points, dongs = _rows(inputs, "points"), _rows(inputs, "dongs")
    rows = [(id, row) for id, row in points if row.get("kind") in (None, "", service)] or dongs
    geometries = [_shape(id, row) for id, row in rows]
    people = np.array([_number(row.get("population")) for _, row in rows], dtype=np.float64)
    return Demand(
        tuple(id for id, _ in rows),
        tuple(_label(row.get("name"), id) for id, row in rows),
        np.array([centre for centre, _ in geometries], dtype=np.float64).reshape(len(rows), 2),
        people,
        np.array([reach for _, reach in geometries], dtype=np.float64),
        _groups(rows),
    )


def kinds_of(inputs: Inputs) -> dict[str, set[str]]:
    """The kinds of service that sites on the branch give, with the states they are in."""
    found: dict[str, set[str]] = {}
    for port in SITE_PORTS:
        for _, row in _rows(inputs, port):
            found.setdefault(_kind(port, row), set()).add(_state(row))
    return {kind: states for kind, states in found.items() if kind}


def studies_of(inputs: Inputs) -> dict[str, Study]:
    """The branch's siting studies by the kind of service."""
    found: dict[str, Study] = {}
    for id, row in _rows(inputs, "studies"):
        kind = str(row.get("kind") or "")
        if kind in found:
            raise DataError("siting.study-twice", first=found[kind].id, second=id, kind=kind)
        new = row.get("newSites")
        found[kind] = Study(id, kind, str(row.get("objective") or ""), None if new is None else float(new))
    return found


def service_of(inputs: Inputs, asked: str) -> tuple[str, tuple[str, ...]]:
    """The kind of service that is meant ('' when it can't be told), and the kinds there are."""
    kinds, studies = kinds_of(inputs), studies_of(inputs)
    known = tuple(sorted({*kinds, *filter(None, studies)}))
    if asked:
        if known and asked not in known:
            raise CallerError("siting.service-unknown", service=asked, known=", ".join(known))
        return asked, known
    told = [kind for kind in studies if kind]
    candidates = [kind for kind, states in kinds.items() if CANDIDATE in states]
    of_services = [kind for kind in kinds if kind in _service_kinds(inputs)]
    for choice in (told, candidates, of_services):
        if len(choice) == 1:
            return choice[0], known
        if choice:
            return "", known
    return "", ()


def sites_of(inputs: Inputs, service: str) -> tuple[Sites, tuple[Label, ...]]:
    """The sites of a service with a position; and the names of those without one."""
    ids, labels, states, places, capacity = [], [], [], [], []
    lost: list[Label] = []
    made_up = 0
    for port in SITE_PORTS:
        for id, row in _rows(inputs, port):
            state = _state(row)
            if _kind(port, row) != service or state in GONE:
                continue
            (x, y), _ = _shape(id, row)
            if np.isnan(x):
                lost.append(_label(row.get("name"), id))
                continue
            ids.append(id)
            labels.append(_label(row.get("name"), id))
            states.append(state)
            places.append((x, y))
            made_up += row.get("status") == "synthetic"
            capacity.append(_number(row.get("servesPersons")))
    xy = np.array(places, dtype=np.float64).reshape(len(places), 2)
    stated = np.array(capacity, dtype=np.float64)
    return Sites(tuple(ids), tuple(labels), tuple(states), xy, degrees(xy), stated, made_up), tuple(lost)


# --- inside ----------------------------------------------------------------------------------------------------------


def _rows(inputs: Inputs, port: str) -> list[tuple[str, Mapping[str, Any]]]:
    records = inputs.get(port)
    return list(zip(records.ids, records.rows, strict=True)) if isinstance(records, Records) else []


def _service_kinds(inputs: Inputs) -> set[str]:
    """Kinds that sites have which are services by their type; a `Facility` may be anything."""
    return {_kind(port, row) for port in ("sites", "stations") for _, row in _rows(inputs, port)}


def _kind(port: str, row: Mapping[str, Any]) -> str:
    return HYDROGEN if port == "stations" else str(row.get("kind") or "")


def _state(row: Mapping[str, Any]) -> str:
    state = str(row.get("state") or "")
    return state if state in (CANDIDATE, "planned", *GONE) else "standing"


def _label(name: object, id: str) -> Label:
    if isinstance(name, Mapping):
        return {lang: str(name.get(lang) or name.get("ko") or name.get("en") or id) for lang in ("ko", "en")}
    return dict.fromkeys(("ko", "en"), str(name or id))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def _groups(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Floats]:
    """People by group; a place that does not tell a group is NaN there."""
    found: dict[str, Floats] = {}
    for i, (id, row) in enumerate(rows):
        said = row.get("populationByGroup")
        for name, value in said.items() if isinstance(said, Mapping) else ():
            if not (_number(value) >= 0):
                raise DataError("siting.groups-not-readable", entity=id, found=value)
            found.setdefault(str(name), np.full(len(rows), np.nan))[i] = float(value)
    return dict(sorted(found.items()))


def _shape(id: str, row: Mapping[str, Any]) -> tuple[tuple[float, float], float]:
    """The centre of a place in the plane and how far from it its people live on average (km); NaN without a place.

    The centre is the centroid, or a point inside where that lies outside. An area counts as a disc with people spread
    evenly, whose mean distance from the middle is two thirds of its radius.
    """
    import shapely
    from shapely.errors import ShapelyError

    given = row.get("location")
    if not isinstance(given, Mapping):
        return (float("nan"), float("nan")), float("nan")
    try:
        shape = shapely.transform(shapely.geometry.shape(given), projected, include_z=False)
        centre = shape.centroid
        if shape.area > 0 and not shape.contains(centre):
            centre = shape.representative_point()
        x, y = float(centre.x), float(centre.y)
    except (ShapelyError, ValueError, TypeError, AttributeError, KeyError, IndexError):
        raise DataError("siting.place-not-readable", entity=id) from None
    if not (np.isfinite(x) and np.isfinite(y)):
        raise DataError("siting.place-not-readable", entity=id)
    return (x, y), float(2 / 3 * np.sqrt(shape.area / np.pi) / 1000)


@cache
def _transformer(back: bool) -> Any:
    from pyproj import Transformer

    ends = (PLANE, "EPSG:4326") if back else ("EPSG:4326", PLANE)
    return Transformer.from_crs(*ends, always_xy=True)


def projected(lonlat: Floats) -> Floats:
    """Positions (lon, lat) as metres in the plane."""
    return np.stack(_transformer(False).transform(lonlat[:, 0], lonlat[:, 1]), axis=1)


def degrees(xy: Floats) -> Floats:
    """Positions in the plane as (lon, lat)."""
    if not len(xy):
        return xy
    return np.round(np.stack(_transformer(True).transform(xy[:, 0], xy[:, 1]), axis=1), 6)
