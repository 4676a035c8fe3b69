"""Elements into entities, some thousand at a time: geometry for all of them at once, attributes one by one.

What every feature says: its name by language, its category as tagged, all its tags (`osmTags`), and that it comes from
OpenStreetMap. Personal mobile numbers among the tags are dropped and counted. Polygons that cross themselves are
repaired and counted; what nothing is left of is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

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
from madang.sources.base import Tally
from madang.sources.osm import heights
from madang.sources.osm.elements import Element
from madang.sources.osm.kinds import Tags
from madang.sources.osm.tags import (
    MOST_LANES,
    address,
    count,
    height_m,
    is_backwards,
    layer,
    metres,
    names,
    one_way,
    speed_kmh,
)
from madang.sources.records import PHONE
from madang.sources.shapes import geojson, invalid, to_degrees

AUTHORITY = "osm"
EARTH_M = 6_378_137.0
ECCENTRICITY_2 = 0.00669437999014
LENGTH_M = ("RoadSegment", "Railway")
AREA_KM2 = ("LandUse", "PlantCover", "WaterBody")


def entity_id(element: Element) -> str:
    """urn:ngsi-ld:Building:osm:w123456"""
    return urn(element.meaning.type, AUTHORITY, element.code)


def documents(
    elements: Sequence[Element],
    source: str,
    tally: Tally,
    *,
    within: Mapping[str, str],
    parts: Mapping[str, list[str]],
) -> list[Document]:
    """The entities of some elements; `within` gives a part's building, `parts` a building's parts, by entity id."""
    if not elements:
        return []
    tally.read += len(elements)
    drawn = np.empty(len(elements), dtype=object)
    drawn[:] = [_turned(one, tally) for one in elements]
    bad = invalid(drawn)
    if bad.any():
        tally.facts["repaired"] = tally.facts.get("repaired", 0) + int(bad.sum())
        tally.examples.setdefault("repaired", elements[int(np.flatnonzero(bad)[0])].code)
    moved = _plainest(to_degrees(drawn))
    empty = shapely.is_empty(moved) | shapely.is_missing(moved)
    metres_long, km2 = _measured(moved)
    made = []
    for number, (element, shape) in enumerate(zip(elements, geojson(moved), strict=True)):
        if empty[number]:
            tally.leave_out("osm.nothing-left", example=element.code)
            continue
        document = _document(element, source, tally)
        if element.meaning.type in LENGTH_M:
            document["length"] = property_(round(float(metres_long[number]), 1), unit="MTR")
        elif element.meaning.type in AREA_KM2 and km2[number]:
            document["area"] = property_(float(f"{km2[number]:.6g}"), unit="KMK")
        id = document["id"]
        if id in within:
            document["refParent"] = relationship(within[id])
        if id in parts:
            document["parts"] = relationship(parts[id] if len(parts[id]) > 1 else parts[id][0])
        check_entity(document, where=element.code)
        document["location"] = geo_property(shape)  # checked with all the others of its batch
        document["osmTags"] = json_property(_kept_tags(element.tags, tally))  # text by text, by its reader
        made.append(document)
    tally.kept += len(made)
    return made


def _plainest(drawn: Any) -> Any:
    """A collection of one as that one: the same object is the same from every form of file."""
    alone = (shapely.get_type_id(drawn) > shapely.GeometryType.POLYGON) & (shapely.get_num_geometries(drawn) == 1)
    drawn[alone] = shapely.get_geometry(drawn[alone], 0)
    return drawn


def _turned(element: Element, tally: Tally) -> Any:
    if element.meaning.type == "RoadSegment" and is_backwards(element.tags):
        tally.facts["lines_turned"] = tally.facts.get("lines_turned", 0) + 1
        return shapely.reverse(element.drawn)
    return element.drawn


def _measured(drawn: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Metres long and square kilometres large, in each one's own plane on the ellipsoid: good to a thousandth."""
    _, south, _, north = shapely.bounds(drawn).T
    latitude = np.radians(np.nan_to_num((south + north) / 2))
    bend = 1 - ECCENTRICITY_2 * np.sin(latitude) ** 2
    per_lat = np.radians(1) * EARTH_M * (1 - ECCENTRICITY_2) / bend**1.5
    per_lon = np.radians(1) * EARTH_M * np.cos(latitude) / np.sqrt(bend)
    points, whose = shapely.get_coordinates(drawn, return_index=True)
    flat = shapely.set_coordinates(drawn.copy(), points * np.column_stack([per_lon[whose], per_lat[whose]]))
    return shapely.length(flat), shapely.area(flat) / 1e6


def _document(element: Element, source: str, tally: Tally) -> Document:
    tags, meaning = element.tags, element.meaning
    made: Document = {
        "id": entity_id(element),
        "type": meaning.type,
        "code": property_(element.code),
    }
    if meaning.category not in heights.UNNAMED:
        made["category"] = property_(meaning.category)
    named = names(tags)
    if named:
        made["name"] = language_property(named)
    made |= _OF_TYPE.get(meaning.type, _nothing_more)(tags, meaning.category)
    made["source"] = relationship(source)
    made["status"] = property_("observed")
    if "height" in tags and meaning.theme == "buildings" and height_m(tags["height"]) is None:
        tally.facts["heights_unreadable"] = tally.facts.get("heights_unreadable", 0) + 1
        tally.examples.setdefault("heights_unreadable", f"{element.code} {tags['height'][:20]}")
    if "height" in made and meaning.theme == "buildings":
        fact = "heights_estimated" if "status" in made["height"] else "heights_tagged"
        tally.facts[fact] = tally.facts.get(fact, 0) + 1
    return made


def _kept_tags(tags: Tags, tally: Tally) -> Tags:
    """All tags but those that hold a personal mobile number."""
    private = [key for key, value in tags.items() if "1" in value and PHONE.search(value.replace("+82", "0"))]
    if not private:
        return tags
    tally.facts["phone_numbers_dropped"] = tally.facts.get("phone_numbers_dropped", 0) + len(private)
    return {key: value for key, value in tags.items() if key not in private}


# --- what a type says of itself --------------------------------------------------------------------------------------


def _building(tags: Tags, use: str) -> dict[str, Any]:
    made = {"use": property_(use)} if use not in heights.UNSAID else {}
    made |= heights.attributes(tags, use)
    where = address(tags)
    if where:
        made["address"] = property_(where)
    year = (tags.get("start_date") or "")[:4]
    if year.isascii() and year.isdigit() and 1000 < int(year) < 2200:
        made["completionYear"] = property_(int(year))
    return made


def _part(tags: Tags, use: str) -> dict[str, Any]:
    return {"cityjsonType": property_("BuildingPart"), **_building(tags, use)}


def _road(tags: Tags, _: str) -> dict[str, Any]:
    lanes, wide, made = count(tags.get("lanes"), MOST_LANES), metres(tags.get("width")), _speed(tags)
    if lanes is not None:
        made["lanes"] = property_(lanes, unit="C62")
    if wide:
        made["width"] = property_(wide, unit="MTR")
    way = one_way(tags)
    if way is not None:
        made["oneWay"] = property_(way)
    if tags.get("surface"):
        made["surface"] = property_(tags["surface"])
    return made | _crossing(tags)


def _rail(tags: Tags, _: str) -> dict[str, Any]:
    return _speed(tags) | _crossing(tags)


def _speed(tags: Tags) -> dict[str, Any]:
    speed = speed_kmh(tags.get("maxspeed"))
    if speed is None:
        return {}
    return {"maximumAllowedSpeed": property_(speed if speed % 1 else int(speed), unit="KMH")}


def _crossing(tags: Tags) -> dict[str, Any]:
    """Over or under the rest: bridge, tunnel, and at which level."""
    made = {key: property_(True) for key in ("bridge", "tunnel") if tags.get(key, "no") != "no"}
    level = layer(tags.get("layer"))
    return made | ({"layer": property_(level)} if level is not None else {})


def _stop(tags: Tags, _: str) -> dict[str, Any]:
    made = {}
    for key, name in (("ref", "stopNumber"), ("operator", "operator"), ("line", "lines"), ("network", "network")):
        if tags.get(key):
            made[name] = property_(tags[key])
    where = address(tags)
    return {**made, "address": property_(where)} if where else made


def _tree(tags: Tags, _: str) -> dict[str, Any]:
    tall, species = height_m(tags.get("height")), tags.get("species") or tags.get("genus")
    made = {"species": property_(species)} if species else {}
    return {**made, "height": property_(tall, unit="MTR")} if tall is not None else made


def _green(tags: Tags, _: str) -> dict[str, Any]:
    tall = height_m(tags.get("height"))
    return {"height": property_(tall, unit="MTR")} if tall is not None else {}


def _nothing_more(_: Tags, __: str) -> dict[str, Any]:
    return {}


_OF_TYPE: Mapping[str, Callable[[Tags, str], dict[str, Any]]] = {
    "Building": _building,
    "CityObject": _part,
    "RoadSegment": _road,
    "Road": _road,
    "Railway": _rail,
    "Station": _stop,
    "BusStop": _stop,
    "SolitaryVegetationObject": _tree,
    "PlantCover": _green,
}


def dataset(id: str, version: str | None) -> Document:
    """The Dataset record: whose data it is, under which licence, of which moment."""
    made: Document = {
        "id": id,
        "type": "Dataset",
        "title": language_property(both("osm.title")),
        "publisher": property_("OpenStreetMap contributors"),
        "licence": property_("ODbL-1.0"),
        "licenceUrl": property_("https://opendatacommons.org/licenses/odbl/1-0/"),
        "attribution": language_property(both("osm.attribution")),
        "url": property_("https://www.openstreetmap.org/copyright"),
        "status": property_("observed"),
    }
    if version:
        made["version"] = property_(version)
    return made
