"""CityJSON 1.1 and 2.0 and CityJSONSeq: city objects as entities, with nothing of their geometry lost.

Each object gives its footprint as `location` (the outline of its surfaces seen from above, in lon/lat), `height` and
`baseElevation` from its vertices, its `lod`, its attributes, and `geometry3d`: the object's geometries with their
semantics as CityJSON writes them, over integer vertices of its own, with the file's transform and coordinate system.
An object without geometry of its own (a building of parts) takes its footprint and height from its parts.

Types that the vocabulary has keep their name; every other one becomes a `CityObject` that says its `cityjsonType`.
Textures and materials are left aside and counted; so are geometries made from templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from madang.entities.entity import (
    Document,
    check_entity,
    geo_property,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
)
from madang.errors import DataError, MadangError
from madang.sources.base import Loaded, Problems, Tally
from madang.sources.mapping import MappingFile, read_mapping
from madang.sources.marks import json_kind
from madang.sources.records import dataset_of, slug
from madang.sources.shapes import geojson, to_degrees

VERSIONS = ("1.1", "2.0")
OWN_TYPES = frozenset(("Building", "Bridge", "WaterBody", "PlantCover", "SolitaryVegetationObject", "LandUse"))
DEPTH = {"MultiPoint": 1, "MultiLineString": 2, "MultiSurface": 3, "CompositeSurface": 3, "Solid": 4,
         "MultiSolid": 5, "CompositeSolid": 5}  # fmt: skip
RENAMED = {
    "storeysAboveGround": ("floorsAboveGround", "{floor}"),
    "storeysBelowGround": ("floorsBelowGround", "{floor}"),
    "yearOfConstruction": ("completionYear", None),
    "function": ("use", None),
    "class": ("category", None),
}
HEIGHT_METHOD = {"ko": "모형 꼭짓점의 가장 높은 곳과 낮은 곳의 차", "en": "Highest minus lowest vertex of the model"}
SMALLEST_M2 = 1e-4  # a surface seen from above that covers less is a wall

Points = npt.NDArray[np.float64]
Vertices = npt.NDArray[np.int64] | npt.NDArray[np.float64]  # whole numbers unless the file has no transform


@dataclass(frozen=True)
class Part:
    """A stretch of a file: city objects over one list of integer vertices."""

    objects: dict[str, Any]
    vertices: Vertices
    where: str


@dataclass(frozen=True)
class Model:
    """What a file says once: version, coordinate system, transform, title, and its parts."""

    crs: str | None
    scale: tuple[float, float, float]
    translate: tuple[float, float, float]
    title: str | None
    parts: Iterable[Part]


@dataclass
class Found:
    """One object on its way to an entity."""

    id: str
    where: str
    object: dict[str, Any]
    geometry: dict[str, Any] | None  # geometry3d, if it has geometry of its own
    footprint: Any | None
    low: float
    high: float


class CityJSONSource:
    """Reads CityJSON and CityJSONSeq."""

    name = "cityjson"

    def can_read(self, path: Path) -> bool:
        """JSON whose content says CityJSON."""
        return json_kind(path) in ("cityjson", "cityjsonseq")

    def read(
        self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False
    ) -> Loaded:
        """The file's city objects as entities; a mapping may give crs, dataset and authority."""
        given = read_mapping(mapping) if mapping else None
        tally = Tally("city objects")
        problems = Problems(tally, skip_bad)
        model = _sequence(path) if json_kind(path) == "cityjsonseq" else _model(path)
        crs = model.crs or (given.crs if given else None)
        if crs is None:
            raise DataError("sources.no-crs", file=path.name, layer=path.stem)
        found: dict[str, Found] = {}
        for part in model.parts:
            for id, thing in part.objects.items():
                tally.read += 1
                try:
                    found[id] = _found(id, thing, part, model, crs, tally)
                except MadangError as problem:
                    problems.add(problem, example=f"{part.where}, {id}")
        _lend_from_children(found)
        dataset = _dataset(path, given, model)
        authority = given.authority if given else slug(path.name.split(".")[0])
        entities = list(_entities(found, crs, authority, dataset["id"], type, tally, problems))
        problems.raise_any()
        for name in ("appearance", "templates"):
            if tally.facts.get(name):
                tally.note(f"note-{name}", count=tally.facts[name])
        return Loaded(entities, [dataset], {}, tally.report(path.name))


# --- the file --------------------------------------------------------------------------------------------------------


def _model(path: Path) -> Model:
    try:
        parsed = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as wrong:
        raise DataError("sources.bad-json", file=path.name, line=wrong.lineno, why=wrong.msg) from None
    return _head(path, parsed, [Part(parsed.get("CityObjects", {}), _vertices(parsed, path.name), path.name)])


def _sequence(path: Path) -> Model:
    with path.open("rb") as file:
        head = _line(path, 1, file.readline())

    def parts() -> Iterator[Part]:
        if head.get("CityObjects"):
            yield Part(head["CityObjects"], _vertices(head, path.name), f"{path.name}, line 1")
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if number > 1 and line.strip():
                    feature = _line(path, number, line)
                    where = f"{path.name}, line {number}"
                    yield Part(feature.get("CityObjects", {}), _vertices(feature, where), where)

    return _head(path, head, parts())


def _line(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        return dict(orjson.loads(line))
    except (orjson.JSONDecodeError, TypeError, ValueError) as wrong:
        raise DataError("sources.bad-json", file=path.name, line=number, why=wrong) from None


def _head(path: Path, parsed: dict[str, Any], parts: Iterable[Part]) -> Model:
    version = str(parsed.get("version"))
    if version not in VERSIONS:
        raise DataError("sources.cityjson-version", file=path.name, found=version, known=", ".join(VERSIONS))
    metadata = parsed.get("metadata") or {}
    transform = parsed.get("transform") or {"scale": (1, 1, 1), "translate": (0, 0, 0)}
    return Model(
        _crs(metadata.get("referenceSystem"), path.name),
        tuple(transform["scale"]),
        tuple(transform["translate"]),
        metadata.get("title"),
        parts,
    )


def _vertices(parsed: dict[str, Any], where: str) -> Vertices:
    try:
        made = np.asarray(parsed.get("vertices") or np.empty((0, 3)), dtype=np.float64)
        if made.ndim != 2 or made.shape[1] != 3:
            raise ValueError
    except ValueError:
        raise DataError("sources.bad-vertices", file=where) from None
    return made if (made != np.round(made)).any() else made.astype(np.int64)


def _crs(stated: str | None, file: str) -> str | None:
    """The coordinate system as 'EPSG:7415' from the URL or URN that CityJSON writes."""
    if not stated:
        return None
    found = re.search(r"EPSG[/:]+[\d.]*[/:]+(\d+)$|EPSG:(\d+)$", stated)
    name = f"EPSG:{found.group(1) or found.group(2)}" if found else stated
    try:
        CRS.from_user_input(name)
    except CRSError:
        raise DataError("sources.unknown-crs", file=file, found=stated) from None
    return name


def _dataset(path: Path, given: MappingFile | None, model: Model) -> Document:
    if given is not None and given.dataset is not None:
        return dataset_of(given, path.name)
    title = model.title or path.name
    return {
        "id": urn("Dataset", "file", slug(path.name)),
        "type": "Dataset",
        "title": language_property({"ko": title, "en": title}),
    }


# --- objects ---------------------------------------------------------------------------------------------------------


def _found(id: str, thing: dict[str, Any], part: Part, model: Model, crs: str, tally: Tally) -> Found:
    where = f"{part.where}, {id}"
    kept = []
    for geometry in thing.get("geometry") or []:
        if geometry.get("type") == "GeometryInstance":
            tally.facts["templates"] = tally.facts.get("templates", 0) + 1
        elif geometry.get("type") not in DEPTH:
            raise DataError("sources.cityjson-geometry", place=where, found=geometry.get("type"))
        else:
            if "texture" in geometry or "material" in geometry:
                tally.facts["appearance"] = tally.facts.get("appearance", 0) + 1
            kept.append({key: value for key, value in geometry.items() if key not in ("texture", "material")})
    if not kept:
        return Found(id, where, thing, None, None, np.inf, -np.inf)
    geometries, vertices = _over_own_vertices(kept, part.vertices, where)
    points = vertices * np.array(model.scale) + np.array(model.translate)
    best = max(geometries, key=lambda geometry: _lod(geometry))
    stored = {
        "crs": crs,
        "transform": {"scale": list(model.scale), "translate": list(model.translate)},
        "vertices": vertices.tolist(),
        "geometry": geometries,
    }
    return Found(
        id, where, thing, stored, _footprint(best, points), float(points[:, 2].min()), float(points[:, 2].max())
    )


def _lod(geometry: dict[str, Any]) -> float:
    try:
        return float(geometry.get("lod", 0))
    except (TypeError, ValueError):
        return 0.0


def _over_own_vertices(
    geometries: list[dict[str, Any]], vertices: Vertices, where: str
) -> tuple[list[dict[str, Any]], Vertices]:
    """The geometries with indices into a list of only the vertices they use, and that list."""
    used = np.array([i for g in geometries for i in _indices(g["boundaries"], DEPTH[g["type"]])], dtype=np.int64)
    if not len(used):
        raise DataError("sources.cityjson-empty", place=where)
    if used.min() < 0 or used.max() >= len(vertices):
        raise DataError("sources.cityjson-index", place=where, found=int(used.max()), count=len(vertices))
    own = np.unique(used)
    new = dict(zip(own.tolist(), range(len(own)), strict=True))
    return [{**g, "boundaries": _renumbered(g["boundaries"], DEPTH[g["type"]], new)} for g in geometries], vertices[own]


def _indices(boundaries: Any, depth: int) -> Iterator[int]:
    if depth == 1:
        yield from boundaries
    else:
        for inner in boundaries:
            yield from _indices(inner, depth - 1)


def _renumbered(boundaries: Any, depth: int, new: dict[int, int]) -> Any:
    if depth == 1:
        return [new[index] for index in boundaries]
    return [_renumbered(inner, depth - 1, new) for inner in boundaries]


def _surfaces(boundaries: Any, depth: int) -> Iterator[list[list[int]]]:
    """Surfaces (lists of rings) of a geometry of any depth."""
    if depth == 3:
        yield from boundaries
    elif depth > 3:
        for inner in boundaries:
            yield from _surfaces(inner, depth - 1)


def _footprint(geometry: dict[str, Any], points: Points) -> Any | None:
    """The outline seen from above, in the model's own plane; a line or point where nothing has an area."""
    flat = points[:, :2]
    depth = DEPTH[geometry["type"]]
    if depth < 3:
        drawn = list(_indices(geometry["boundaries"], depth))
        return shapely.MultiPoint(flat[drawn]) if depth == 1 else shapely.MultiLineString(
            [flat[line] for line in geometry["boundaries"]]
        )  # fmt: skip
    surfaces = [s for s in _surfaces(geometry["boundaries"], depth) if s and len(s[0]) >= 3]
    if not surfaces:
        return None
    plain = [s[0] for s in surfaces if len(s) == 1]
    rings = shapely.linearrings(
        flat[[i for ring in plain for i in ring]],
        indices=np.repeat(np.arange(len(plain)), [len(ring) for ring in plain]),
    ) if plain else []  # fmt: skip
    polygons = [*shapely.polygons(rings)] if plain else []
    polygons += [shapely.Polygon(flat[s[0]], [flat[r] for r in s[1:] if len(r) >= 3]) for s in surfaces if len(s) > 1]
    seen = np.array([p for p in polygons if p.area > SMALLEST_M2], dtype=object)
    if not len(seen):
        return shapely.MultiPoint(flat).envelope.centroid
    outline = shapely.union_all(shapely.make_valid(seen), grid_size=0.001)
    return outline if outline.geom_type in ("Polygon", "MultiPolygon") else shapely.make_valid(outline).buffer(0)


def _lend_from_children(found: dict[str, Found]) -> None:
    """Objects without geometry take footprint and height from their parts."""
    for one in found.values():
        if one.footprint is None:
            parts = [found[c] for c in one.object.get("children", []) if c in found and found[c].footprint is not None]
            if parts:
                one.footprint = shapely.union_all([part.footprint for part in parts])
                one.low, one.high = min(p.low for p in parts), max(p.high for p in parts)


# --- entities --------------------------------------------------------------------------------------------------------


def _entities(
    found: dict[str, Found], crs: str, authority: str, source: str, type: str | None, tally: Tally, problems: Problems
) -> Iterator[Document]:
    drawn = [one for one in found.values() if one.footprint is not None]
    moved = geojson(to_degrees(np.array([one.footprint for one in drawn], dtype=object), crs)) if drawn else []
    locations = {one.id: shape for one, shape in zip(drawn, moved, strict=True)}
    ids = {one.id: urn(_type(one, type), authority, _safe(one.id)) for one in found.values()}
    for one in found.values():
        if one.id not in locations:
            tally.leave_out("no-geometry", example=one.where)
            continue
        try:
            document = check_entity(_entity(one, ids, locations[one.id], source, type), where=one.where)
        except MadangError as problem:
            problems.add(problem, example=one.where)
            continue
        tally.kept += 1
        yield document


def _type(one: Found, type: str | None) -> str:
    stated = str(one.object.get("type"))
    return stated if stated in OWN_TYPES else type or "CityObject"


def _safe(id: str) -> str:
    return re.sub(r"[\s<>\"{}|\\^`]+", "_", id)


def _entity(one: Found, ids: dict[str, str], location: dict[str, Any], source: str, type: str | None) -> Document:
    thing = one.object
    made: Document = {
        "id": ids[one.id],
        "type": _type(one, type),
        "location": geo_property(location),
        "cityjsonType": property_(str(thing.get("type"))),
        "code": property_(one.id),
        "source": relationship(source),
    }
    if one.high > one.low:
        made["height"] = property_(round(one.high - one.low, 3), unit="MTR")
        made["height"]["method"] = language_property(HEIGHT_METHOD)
        made["baseElevation"] = property_(round(one.low, 3), unit="MTR")
    if one.geometry is not None:
        lods = [str(g["lod"]) for g in one.geometry["geometry"] if "lod" in g]
        if lods:
            made["lod"] = property_(max(lods, key=lambda lod: _lod({"lod": lod})))
        made["geometry3d"] = json_property(one.geometry)
    attributes = thing.get("attributes") or {}
    if attributes:
        made["cityjsonAttributes"] = json_property(attributes)
    if attributes.get("name"):
        made["name"] = language_property({"ko": str(attributes["name"])})
    for theirs, (ours, unit) in RENAMED.items():
        if attributes.get(theirs) not in (None, ""):
            made[ours] = property_(attributes[theirs], unit=unit)
    for member, attribute in (("parents", "refParent"), ("children", "parts")):
        related = [ids[other] for other in thing.get(member, []) if other in ids]
        if related:
            made[attribute] = relationship(related if len(related) > 1 else related[0])
    return made
