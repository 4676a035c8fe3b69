"""How high a building is: as tagged, or worked out from its storeys by one stated figure a use; else unknown.

The figures are those that people who map Korea go by. In the extract of Jamsil, Seoul, of 2024-11-01, the 644 buildings
that carry both a height and a number of storeys have a median of 3.0 m a storey for homes (514 buildings) and of 4.0 m
for shops, offices, hotels, schools and public buildings (118); article 119(1)9 of the Enforcement Decree of the
Building Act likewise counts 4 m as a storey where storeys can't be told apart. For a building whose use nobody tagged
the figure is 3.3 m: between the two and nearer to the homes, which are the more. A height worked out is `estimated`,
and its method says the figure, so a measured height replaces it without doubt about which is which.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from madang.entities.entity import language_property, property_
from madang.errors import both
from madang.sources.osm.kinds import Tags
from madang.sources.osm.tags import height_m, levels, metres

HOME_M = 3.0
WORK_M = 4.0
UNSAID_M = 3.3
HOMES = frozenset(
    ("residential", "apartments", "house", "detached", "semidetached_house", "terrace", "dormitory", "bungalow",
     "officetel", "villa", "static_caravan", "cabin", "hut", "parking", "garage", "garages", "shed")
)  # fmt: skip
UNSAID = frozenset(("yes", "true", "roof", "construction", "part"))


@dataclass(frozen=True, slots=True)
class Upright:
    """From where to where a building stands, above the ground at its foot."""

    height: float | None  # its own: from its base to its top
    base: float | None
    method: dict[str, str] | None  # None where the height stands in the tags


def storey_m(use: str) -> float:
    """The metres that a storey of a use is taken for."""
    return UNSAID_M if use in UNSAID else HOME_M if use.split(";")[0] in HOMES else WORK_M


def upright(tags: Tags, use: str) -> Upright:
    """The height and base of a building or part; unknown where neither height nor storeys are tagged."""
    a_storey = storey_m(use)
    base = metres(tags.get("min_height") or tags.get("building:min_height"))
    base_by_levels = levels(tags.get("building:min_level")) if base is None else None
    if base_by_levels:
        base = round(base_by_levels * a_storey, 2)
    top, method = height_m(tags.get("height") or tags.get("building:height")), None
    if top is None and height_m(tags.get("est_height")):
        top, method = height_m(tags.get("est_height")), both("osm.method-guessed")
    storeys = levels(tags.get("building:levels"))
    if top is None and storeys:
        roof = height_m(tags.get("roof:height")) or 0.0
        top = round(storeys * a_storey + roof, 2)
        method = _by_storeys(a_storey, roof)
    if top is None or not base:
        return Upright(top, base or None, method)
    if base >= top:  # a part that begins above its own top says nothing of its height
        return Upright(None, None, None)
    if method is None:
        method = both("osm.method-base-levels", storey=a_storey) if base_by_levels else None
    return Upright(round(top - base, 2), base, method)


@lru_cache(maxsize=256)
def _by_storeys(storey: float, roof: float) -> dict[str, str]:
    if roof:
        return both("osm.method-storeys-roof", storey=storey, roof=roof)
    return both("osm.method-storeys", storey=storey)


def attributes(tags: Tags, use: str) -> dict[str, Any]:
    """Height, base and storeys as attributes of an entity."""
    found = upright(tags, use)
    made: dict[str, Any] = {}
    if found.height is not None:
        made["height"] = property_(found.height, unit="MTR", status="estimated" if found.method else None)
        if found.method:
            made["height"]["method"] = language_property(dict(found.method))
    if found.base is not None:
        made["baseAboveGround"] = property_(found.base, unit="MTR")
    for key, name in (("building:levels", "floorsAboveGround"), ("building:levels:underground", "floorsBelowGround")):
        said = levels(tags.get(key))
        if said is not None and (said or name == "floorsBelowGround"):
            made[name] = property_(int(said) if said == int(said) else said, unit="{floor}")
    return made
