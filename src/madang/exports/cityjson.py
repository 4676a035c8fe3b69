"""Entities as CityJSON 2.0: those that came from a city model as they were, others drawn from their place.

    model.city.json     one document
    model.city.jsonl    CityJSONSeq: a head, then a feature a line, a building with its parts

One coordinate system a file: the models' own if they agree (their whole-number vertices are then kept exactly), else
the one asked for or EPSG:5186; heights are never changed. What a file said once comes back from its Dataset: metadata,
templates, materials, extensions, members of its own. An attribute that was changed in the city goes out as it is now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from madang.entities.entity import ENTITY_MEMBERS, Document, value_of
from madang.errors import CallerError
from madang.exports.blocks import Drawn, draw, type_of
from madang.exports.pools import AppearancePool, TemplatePool, VertexPool
from madang.sources.cityjson.entities import RENAMED
from madang.sources.cityjson.geometry import DEPTH, flattened, rebuilt, with_appearance
from madang.sources.shapes import transformer_between

DEFAULT_CRS = "EPSG:5186"
GROUP = "CityObjectGroup"
STEP_M, STEP_DEGREES = 0.001, 1e-8
# Attributes of an entity that stand elsewhere in its object, or follow from its geometry.
ELSEWHERE = frozenset(
    ("location", "geometry3d", "cityjsonType", "cityjsonAttributes", "cityjsonMembers", "code", "lod", "height",
     "baseElevation", "refParent", "parts", "source", "name", *(ours for ours, _, _ in RENAMED.values()))
)  # fmt: skip

Json = dict[str, Any]


class CityModelOut:
    """What one file will say: its coordinate system, transform, and the objects one after another."""

    def __init__(
        self,
        documents: Sequence[Document],
        datasets: Mapping[str, Document],
        credits: Sequence[Mapping[str, Any]],
        *,
        crs: str | None,
    ) -> None:
        self._documents = [one for one in documents if "location" in one or "cityjsonType" in one]
        if not self._documents:
            raise CallerError("citymodels.export-no-solids")
        self.credits = credits
        self._heads = {
            id: head for id, one in datasets.items() if isinstance(head := value_of(one, "cityjson"), dict)
        }  # fmt: skip
        solids = [solid for one in self._documents if isinstance(solid := value_of(one, "geometry3d"), dict)]
        self.crs = crs or _common([solid["crs"] for solid in solids]) or DEFAULT_CRS
        self.plane = _plane(self.crs)
        if crs is not None and (not self.plane.is_projected or self.plane.to_authority() is None):
            raise CallerError("citymodels.export-crs", found=crs[:60])
        self._family = _families(self._documents)
        self._drawn = self._draw()
        own = [solid for solid in solids if solid["crs"] == self.crs]
        self.scale, self.translate = self._transform(own if len(own) == len(solids) else [])
        self.names = _names(self._documents)
        self.templates = TemplatePool(
            {
                id: head["members"]
                for id, head in self._heads.items()
                if head["crs"] == self.crs and "geometry-templates" in head["members"]
            }
        )
        self._least = np.full(3, np.inf)
        self._most = np.full(3, -np.inf)

    def _draw(self) -> dict[str, Drawn]:
        """What has a place and no body of its own, unless it stands in its parts or is a group."""
        bare = [one for one in self._documents if "location" in one and "geometry3d" not in one]
        known = {one["id"] for one in self._documents}
        flat = [one for one in bare if not known.intersection(_said(one, "parts")) and not _is_group(one)]
        if not flat:
            return {}
        return {one["id"]: made for one, made in zip(flat, draw(flat, self.plane, wholes=known), strict=True)}

    def _transform(self, solids: list[Json]) -> tuple[list[float], list[float]]:
        """The models' own transform if they agree, else millimetres from the lowest corner of what is drawn."""
        transforms = [solid["transform"] for solid in solids]
        if transforms and all(one == transforms[0] for one in transforms) and _is_whole_numbers(solids[0]):
            return transforms[0]["scale"], transforms[0]["translate"]
        heads = [head["members"].get("transform") for head in self._heads.values()]
        if not self._drawn and len(heads) == 1 and heads[0] and not solids:
            return heads[0]["scale"], heads[0]["translate"]
        corners = [made.vertices for made in self._drawn.values() if made.vertices]
        first = np.floor(np.min(np.concatenate([np.array(c) for c in corners]), axis=0)) if corners else None
        if first is None:
            first = np.array(transforms[0]["translate"]) if transforms else np.zeros(3)
        step = STEP_DEGREES if self.plane.is_geographic else STEP_M
        return [step, step, STEP_M], first.tolist()

    # --- objects -------------------------------------------------------------------------------------------------

    def families(self) -> Iterator[list[Document]]:
        """The entities family by family, the head first."""
        by_id = {one["id"]: one for one in self._documents}
        seen: set[str] = set()
        heads = [one for one in self._documents if not self._family.get(one["id"], ((), ()))[0]]
        for head in chain(heads, self._documents):
            family, open_ = [], [head]
            while open_:
                one = open_.pop()
                if one["id"] in seen:
                    continue
                seen.add(one["id"])
                family.append(one)
                if not _is_group(one):
                    open_ += reversed([by_id[part] for part in self._family.get(one["id"], ((), ()))[1]])
            if family:
                yield family

    def object(
        self, one: Document, vertices: VertexPool, appearance: AppearancePool, *, with_templates: bool = True
    ) -> Json:
        """The city object of an entity, its vertices and materials put into the pools.

        Without templates, what was made from one is drawn out.
        """
        drawn = self._drawn.get(one["id"])
        made: Json = {"type": drawn.type if drawn else str(value_of(one, "cityjsonType") or type_of(one))}
        attributes = _attributes(one, drawn)
        if attributes is not None:
            made["attributes"] = attributes
        for member, related in zip(("parents", "children"), self._family.get(one["id"], ((), ())), strict=True):
            if related:
                made[member] = [self.names[id] for id in related]
        solid = value_of(one, "geometry3d")
        members = value_of(one, "cityjsonMembers") or {}
        if drawn is not None and drawn.geometry:
            taken = vertices.take(self._quantised(np.array(drawn.vertices)))
            made["geometry"] = [_renumbered(geometry, taken) for geometry in drawn.geometry]
        elif solid is not None:
            taken = vertices.take(self._moved(solid))
            source = value_of(one, "source") if with_templates else None
            geometries = [self._geometry(g, source, solid, taken, appearance) for g in solid["geometry"]]
            if geometries:
                made["geometry"] = geometries
            if "address" in members:
                members = {**members, "address": [_address(address, taken) for address in members["address"]]}
        return {**made, **members}

    def _geometry(self, found: Json, source: Any, solid: Json, taken: list[int], appearance: AppearancePool) -> Json:
        instance = found.get("instance")
        if instance is not None or found["type"] == "GeometryInstance":
            instance = found if instance is None else instance
            template = self.templates.number(source, instance.get("template"))
            if template is not None:
                return {
                    "type": "GeometryInstance",
                    **instance,
                    "template": template,
                    "boundaries": [taken[n] for n in instance["boundaries"]],
                }
            found = {name: value for name, value in found.items() if name != "instance"}
        made = _renumbered(found, taken)
        if "material" in made or "texture" in made:
            new = appearance.numbers(solid.get("appearance") or {})
            made = with_appearance(
                made, materials=new["materials"], textures=new["textures"], corners=new["vertices-texture"],
                where="appearance",
            )  # fmt: skip
        return made

    def _moved(self, solid: Json) -> list[list[int]]:
        """An object's vertices as whole steps of this file's transform: exactly its own where the transform is."""
        own = solid["transform"]
        if solid["crs"] == self.crs and own == {"scale": self.scale, "translate": self.translate}:
            self._stretch(np.array(solid["vertices"]).reshape(-1, 3) * self.scale + self.translate)
            return list(solid["vertices"])
        points = np.array(solid["vertices"], dtype=np.float64).reshape(-1, 3) * own["scale"] + own["translate"]
        if solid["crs"] != self.crs and len(points):
            change = _between(solid["crs"], self.crs)
            points[:, 0], points[:, 1] = change.transform(points[:, 0], points[:, 1])
        return self._quantised(points)

    def _quantised(self, points: Any) -> list[list[int]]:
        self._stretch(points)
        steps = np.rint((points - np.array(self.translate)) / np.array(self.scale)).astype(np.int64)
        made: list[list[int]] = steps.tolist()
        return made

    def _stretch(self, points: Any) -> None:
        if len(points):
            self._least = np.minimum(self._least, points.min(axis=0))
            self._most = np.maximum(self._most, points.max(axis=0))

    # --- the head ------------------------------------------------------------------------------------------------

    def head(self, objects: Mapping[str, Any], vertices: Sequence[Any], appearance: Json) -> Json:
        """The document around the objects; what several files said once is put together, the first one's first."""
        made: Json = {
            "type": "CityJSON",
            "version": "2.0",
            "transform": {"scale": self.scale, "translate": self.translate},
            "metadata": self._metadata(),
            "CityObjects": objects,
            "vertices": vertices,
        }
        for head in self._heads.values():
            for name, value in head["members"].items():
                if name == "extensions":
                    made["extensions"] = {**value, **made.get("extensions", {})}
                elif name not in ("version", "transform", "appearance", "geometry-templates"):
                    made.setdefault(name, value)
        if appearance:
            made["appearance"] = appearance
        if self.templates.members:
            made["geometry-templates"] = self.templates.members
        return made

    def head_appearances(self) -> list[Json]:
        """The appearance each file said once."""
        found = [head["members"].get("appearance") for head in self._heads.values()]
        return [appearance for appearance in found if appearance]

    def _metadata(self) -> Json:
        stated = [dict(head["members"].get("metadata") or {}) for head in self._heads.values()]
        made: Json = stated[0] if len(stated) == 1 else {}
        if not (made.get("referenceSystem") and self._heads and self.crs == next(iter(self._heads.values()))["crs"]):
            made["referenceSystem"] = _crs_url(self.crs)
        extent = [*self._least.tolist(), *self._most.tolist()]
        if np.isfinite(extent).all() and not _holds(made.get("geographicalExtent"), extent):
            made["geographicalExtent"] = [round(value, 3) for value in extent]
        titles = [str(credit["title"]) for credit in self.credits if credit.get("title")]
        if titles and "title" not in made and (len(titles) > 1 or not stated):
            made["title"] = ", ".join(titles)
        told = [{k: v for k, v in credit.items() if v is not None} for credit in self.credits]
        if any(len(credit) > 1 for credit in told):
            made["sources"] = told
        return made


def write_cityjson(model: CityModelOut, path: Path) -> None:
    """One document."""
    vertices, appearance = VertexPool(), AppearancePool(model.head_appearances())
    objects = {
        model.names[one["id"]]: model.object(one, vertices, appearance) for family in model.families() for one in family
    }
    path.write_bytes(orjson.dumps(model.head(objects, vertices.vertices, appearance.members())))


def write_cityjson_sequence(model: CityModelOut, path: Path) -> None:
    """A head, then a family a line, each over vertices and materials of its own."""
    lines = path.with_name(path.name + ".lines")
    try:
        with lines.open("wb") as out:
            for family in model.families():
                vertices, appearance = VertexPool(), AppearancePool(())
                objects = {model.names[one["id"]]: model.object(one, vertices, appearance) for one in family}
                feature = {
                    "type": "CityJSONFeature",
                    "id": model.names[family[0]["id"]],
                    "CityObjects": objects,
                    "vertices": vertices.vertices,
                }
                if used := appearance.members():
                    feature["appearance"] = used
                out.write(orjson.dumps(feature) + b"\n")
        shared = AppearancePool(model.head_appearances()).members()
        with path.open("wb") as whole, lines.open("rb") as rest:  # the head says the extent, known at the end
            whole.write(orjson.dumps(model.head({}, [], shared)) + b"\n")
            while piece := rest.read(1 << 20):
                whole.write(piece)
    finally:
        lines.unlink(missing_ok=True)


# --- small answers ---------------------------------------------------------------------------------------------------


def _is_group(one: Document) -> bool:
    return bool(value_of(one, "cityjsonType") == GROUP)


def _said(one: Document, attribute: str) -> list[str]:
    found = value_of(one, attribute)
    return [] if found is None else [found] if isinstance(found, str) else list(found)


def _families(documents: Sequence[Document]) -> dict[str, tuple[list[str], list[str]]]:
    """Parents and children of each entity that has some here: a link said on one side is said on both."""
    known = {one["id"] for one in documents}
    parents: dict[str, dict[str, None]] = {}
    children: dict[str, dict[str, None]] = {}
    for one in documents:
        if "cityjsonType" in one or "parts" in one:
            for part in _said(one, "parts"):
                if part in known:
                    children.setdefault(one["id"], {})[part] = None
            for whole in _said(one, "refParent"):
                if whole in known:
                    parents.setdefault(one["id"], {})[whole] = None
    for whole, own in list(children.items()):
        for part in own:
            parents.setdefault(part, {}).setdefault(whole)
    for part, wholes in list(parents.items()):
        for whole in wholes:
            children.setdefault(whole, {}).setdefault(part)
    return {id: (list(parents.get(id, ())), list(children.get(id, ()))) for id in parents.keys() | children.keys()}


def _names(documents: Sequence[Document]) -> dict[str, str]:
    """What each entity is called in the file: as in the model it came from, or by its own id where two share that."""
    codes = {one["id"]: str(value_of(one, "code")) for one in documents if "cityjsonType" in one and "code" in one}
    counts = Counter(codes.values())
    return {one["id"]: codes[one["id"]] if counts[codes.get(one["id"], "")] == 1 else one["id"] for one in documents}


def _attributes(one: Document, drawn: Drawn | None) -> Json | None:
    """The object's attributes as they came, with what the city has changed or added."""
    came = value_of(one, "cityjsonAttributes")
    made = dict(came or {})
    for theirs, (ours, _, _) in RENAMED.items():
        if (now := value_of(one, ours)) is not None and made.get(theirs) != now:
            made[theirs] = now
    name = value_of(one, "name")
    said = (name.get("ko") or next(iter(name.values()), None)) if isinstance(name, dict) else name
    if said is not None and str(made.get("name")) != str(said):
        made["name"] = said
    for attribute in one:
        if attribute not in ELSEWHERE and attribute not in ENTITY_MEMBERS:
            made.setdefault(attribute, value_of(one, attribute))
    if drawn is not None:
        made = {**made, **drawn.attributes}
        if came is None:
            made["madangType"] = one["type"]
    elif "measuredHeight" in made and isinstance(now := value_of(one, "height"), int | float):
        made["measuredHeight"] = now
    return made if made or came is not None else None


def _renumbered(geometry: Json, taken: Sequence[int]) -> Json:
    depth = DEPTH.get(geometry["type"], 1)
    sizes, corners = flattened(geometry["boundaries"], depth)
    return {**geometry, "boundaries": rebuilt(sizes, [taken[n] for n in corners])}


def _address(address: Any, taken: Sequence[int]) -> Any:
    if not isinstance(address, dict) or not isinstance(address.get("location"), dict):
        return address
    return {**address, "location": _renumbered(address["location"], taken)}


def _common(values: Iterable[str]) -> str | None:
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _is_whole_numbers(solid: Json) -> bool:
    return all(type(n) is int for vertex in solid["vertices"][:1] for n in vertex)


def _holds(stated: Any, extent: Sequence[float]) -> bool:
    if not isinstance(stated, list) or len(stated) != 6:
        return False
    slack = 2 * STEP_M
    return all(
        a <= b + slack for a, b in zip([*stated[:3], *extent[3:]], [*extent[:3], *stated[3:]], strict=True)
    )  # fmt: skip


def _crs_url(crs: str) -> str:
    authority, _, code = crs.partition(":")
    return f"https://www.opengis.net/def/crs/{authority}/0/{code}"


def _plane(crs: str) -> CRS:
    """The horizontal part of a projected coordinate system."""
    try:
        found = CRS.from_user_input(crs)
    except CRSError:
        raise CallerError("citymodels.export-crs", found=crs) from None
    return (found.sub_crs_list[0] if found.is_compound else found).to_2d()


def _between(source: str, target: str) -> Transformer:
    return transformer_between(_plane(source), _plane(target))
