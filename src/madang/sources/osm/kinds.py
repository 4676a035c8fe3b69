"""Which tags make which feature: a building, a road, green, water, rail, a stop, a tree.

The tables follow the OpenStreetMap wiki's map features. A feature has one meaning; where the tags allow several, the
first of the order below is taken: building, part of a building, station, paved area, water, green, other land.
What is planned, under construction or gone is no feature of the city as it is: it is left out under `not-built`
(a building under construction stays, with that as its use: its outline is on the ground).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal["point", "line", "area"]
Theme = Literal["buildings", "roads", "green", "water", "rail", "stops", "land", "trees"]
Tags = dict[str, str]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an object is: the entity type, its category as tagged, and the shape it is drawn as."""

    type: str
    category: str
    shape: Shape
    theme: Theme
    part: bool = False  # of a building


KEYS = (
    "building", "building:part", "highway", "area:highway", "railway", "public_transport", "natural", "landuse",
    "leisure", "waterway",
)  # fmt: skip
NOT_BUILT = frozenset(
    ("proposed", "planned", "construction", "abandoned", "disused", "razed", "demolished", "dismantled", "removed")
)
NO_ROADS = frozenset(("platform", "rest_area", "services", "bus_stop", "elevator", "corridor", "emergency_bay", "no"))
RAILS = frozenset(("rail", "subway", "light_rail", "tram", "monorail", "narrow_gauge", "funicular", "miniature"))
STATIONS = frozenset(("station", "halt", "tram_stop", "subway_entrance"))
STREAMS = frozenset(("river", "stream", "canal", "drain", "ditch", "tidal_channel"))
WATER = {
    "natural": frozenset(("water",)),
    "waterway": frozenset(("riverbank", "dock")),
    "landuse": frozenset(("reservoir", "basin", "salt_pond", "aquaculture")),
}
GREEN = {
    "landuse": frozenset(
        ("forest", "grass", "meadow", "orchard", "vineyard", "village_green", "recreation_ground", "allotments",
         "flowerbed", "plant_nursery", "greenery")
    ),
    "leisure": frozenset(("park", "garden", "nature_reserve", "golf_course", "dog_park")),
    "natural": frozenset(("wood", "scrub", "grassland", "heath", "fell", "shrubbery", "wetland", "tundra")),
}  # fmt: skip
NO_LAND = frozenset(
    ("coastline", "peninsula", "isthmus", "bay", "strait", "cape", "ridge", "arete", "cliff", "valley", "gully",
     "mountain_range", "plateau", "plain", "archipelago", "island", "tree", "tree_row", "earth_bank", "no")
)  # fmt: skip
LAND_KEYS = ("landuse", "leisure", "natural")

_NO = (None, "no")


def area_meaning(tags: Tags) -> Meaning | None:
    """What a closed outline with these tags is; None if it is no area that a city is made of."""
    if tags.get("area") == "no":
        return None
    building, part = tags.get("building"), tags.get("building:part")
    if building not in _NO and building not in ("proposed", "planned", "demolished", "razed", "removed"):
        return Meaning("Building", str(building), "area", "buildings")
    if part not in _NO:
        return Meaning("CityObject", str(part), "area", "buildings", part=True)
    station = _station(tags)
    if station:
        return Meaning("Station", station, "area", "stops")
    paved = tags.get("area:highway") or (tags.get("highway") if tags.get("area") == "yes" else None)
    if paved and paved not in NO_ROADS and paved not in NOT_BUILT:
        return Meaning("Road", paved, "area", "roads")
    for type, theme, table in (("WaterBody", "water", WATER), ("PlantCover", "green", GREEN)):
        for key, values in table.items():
            if tags.get(key) in values:
                return Meaning(type, tags[key], "area", theme)  # type: ignore[arg-type]
    for key in LAND_KEYS:
        value = tags.get(key)
        if value and value not in NO_LAND and value not in NOT_BUILT:
            return Meaning("LandUse", value, "area", "land")
    return None


def line_meaning(tags: Tags) -> Meaning | None:
    """What a line with these tags is."""
    road, rail, stream = tags.get("highway"), tags.get("railway"), tags.get("waterway")
    if road and road not in NO_ROADS and road not in NOT_BUILT and tags.get("area") != "yes":
        return Meaning("RoadSegment", road, "line", "roads")
    if rail in RAILS:
        return Meaning("Railway", str(rail), "line", "rail")
    if stream in STREAMS:
        return Meaning("WaterBody", str(stream), "line", "water")
    if tags.get("natural") == "tree_row":
        return Meaning("PlantCover", "tree_row", "line", "trees")
    return None


def point_meaning(tags: Tags) -> Meaning | None:
    """What a point with these tags is."""
    if tags.get("natural") == "tree":
        return Meaning("SolitaryVegetationObject", tags.get("leaf_type", "tree"), "point", "trees")
    station = _station(tags)
    if station:
        return Meaning("Station", station, "point", "stops")
    by_bus = tags.get("public_transport") == "platform" and tags.get("bus") == "yes"
    if tags.get("highway") == "bus_stop" or by_bus:
        return Meaning("BusStop", "bus_stop", "point", "stops")
    return None


def is_not_built(tags: Tags) -> bool:
    """Whether the tags speak of something planned, being built, or gone."""
    values = (tags.get(key) for key in ("building", "highway", "railway", "waterway", "landuse"))
    return any(value in NOT_BUILT for value in values)


def _station(tags: Tags) -> str | None:
    rail = tags.get("railway")
    if rail in STATIONS:
        return str(rail)
    if tags.get("public_transport") == "station" and rail not in NOT_BUILT:
        return "bus_station" if tags.get("bus") == "yes" or tags.get("amenity") == "bus_station" else "station"
    return None
