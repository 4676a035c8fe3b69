"""The entity of a city object, and the Dataset of its file."""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from madang.entities.checking import UNSEEN
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
from madang.errors import both
from madang.sources.cityjson.model import Head
from madang.sources.cityjson.objects import Found, lod_of
from madang.sources.mapping import MappingFile
from madang.sources.records import dataset_of, slug

OWN_TYPES = frozenset(
    ("Building", "Bridge", "Tunnel", "Road", "Railway", "WaterBody", "PlantCover", "SolitaryVegetationObject",
     "LandUse", "CityFurniture")
)  # fmt: skip
RENAMED = {
    "storeysAboveGround": ("floorsAboveGround", "{floor}", (int, float)),
    "storeysBelowGround": ("floorsBelowGround", "{floor}", (int, float)),
    "yearOfConstruction": ("completionYear", None, (int, str)),
    "function": ("use", None, (str,)),
    "class": ("category", None, (str,)),
}
HIGHEST_M = 1_000.0  # a height stated above this is a word for "unknown", such as 9999
_UNSAFE = re.compile(r"[\s<>\"{}|\\^`%" + UNSEEN + "]")


@cache
def _method(code: str) -> dict[str, str]:
    return both(f"citymodels.{code}")


def dataset_document(path: Path, given: MappingFile | None, head: Head) -> Document:
    """The Dataset of a file: what its mapping tells, and everything the file says once, under `cityjson`."""
    if given is not None and given.dataset is not None:
        made = dataset_of(given, path.name)
    else:
        title = head.title or path.name
        made = {
            "id": urn("Dataset", "file", slug(path.name)),
            "type": "Dataset",
            "title": language_property({"ko": title, "en": title}),
        }
    made["cityjson"] = json_property({"crs": head.crs, "members": head.members})
    return made


class Naming:
    """Ids of entities: one for each id of the file, also where the file's has marks that no URI may carry."""

    def __init__(self, authority: str, type: str | None) -> None:
        self._authority = authority
        self._type = type

    def type_of(self, thing: dict[str, Any]) -> str:
        """The entity's type."""
        stated = thing.get("type")
        return stated if isinstance(stated, str) and stated in OWN_TYPES else self._type or "CityObject"

    def id_of(self, id: str, thing: dict[str, Any]) -> str:
        """The entity's id."""
        safe = _UNSAFE.sub(lambda mark: quote(mark.group()), id) or "%"
        return f"urn:ngsi-ld:{self.type_of(thing)}:{self._authority}:{safe}"


def entity(
    one: Found,
    objects: dict[str, Any],
    location: dict[str, Any] | None,
    *,
    naming: Naming,
    source: str,
    gone: Set[str] = frozenset(),
) -> Document:
    """The entity of one object; what JSON carries and the geometry that was just made are not checked again.

    Links to objects that are `gone`, left out, are not made.
    """
    thing = one.object
    attributes = thing.get("attributes") or {}
    made: Document = {
        "id": naming.id_of(one.id, thing),
        "type": naming.type_of(thing),
        "cityjsonType": property_(thing["type"]),
        "code": property_(one.id),
        "source": relationship(source),
    }
    stated: Any = attributes.get("measuredHeight")  # what the publisher answers for, as with CityGML
    if type(stated) in (int, float) and 0 < stated <= HIGHEST_M:
        made["height"] = property_(stated, unit="MTR")
        made["height"]["method"] = language_property(_method("method-measured"))
    elif one.high > one.low:
        made["height"] = property_(round(one.high - one.low, 3), unit="MTR")
        made["height"]["method"] = language_property(_method("method-vertices"))
    if one.high > one.low:
        made["baseElevation"] = property_(round(one.low, 3), unit="MTR")
    if one.geometry3d is not None:
        lods = [g for g in one.geometry3d["geometry"] if "lod" in g]
        if lods:
            made["lod"] = property_(str(max(lods, key=lod_of)["lod"]))
    if attributes.get("name"):
        made["name"] = language_property({"ko": str(attributes["name"])})
    for theirs, (ours, unit, kinds) in RENAMED.items():
        if type(attributes.get(theirs)) in kinds and attributes[theirs] != "":
            made[ours] = property_(attributes[theirs], unit=unit)
    for member, attribute in (("parents", "refParent"), ("children", "parts")):
        linked = dict.fromkeys(other for other in thing.get(member) or () if other not in gone)
        related = [naming.id_of(other, objects[other]) for other in linked]
        if related:
            made[attribute] = relationship(related if len(related) > 1 else related[0])
    check_entity(made, where=one.where)
    if location is not None:
        made["location"] = geo_property(location)
    if one.geometry3d is not None:
        made["geometry3d"] = json_property(one.geometry3d)
    if "attributes" in thing and thing["attributes"] is not None:
        made["cityjsonAttributes"] = json_property(thing["attributes"])
    if one.members:
        made["cityjsonMembers"] = json_property(one.members)
    return made
