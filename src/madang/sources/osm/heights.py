"""How high a building is: as tagged, or worked out from its storeys by one stated figure a use; else unknown.

The figures are those of `entities.storeys`. A height worked out is `estimated`, and its method says the figure, so a
measured height replaces it without doubt about which is which.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from madang.entities.entity import language_property, property_
from madang.entities.storeys import storey_m
from madang.errors import both
from madang.sources.osm.kinds import Tags
from madang.sources.osm.tags import height_m, levels, metres

UNNAMED = frozenset(("yes", "true"))  # that it is one, not which
UNSAID = UNNAMED | {"roof", "construction", "part"}


@dataclass(frozen=True, slots=True)
class Upright:
    """From where to where a building stands, above the ground at its foot."""

    height: float | None  # its own: from its base to its top
    base: float | None
    method: dict[str, str] | None  # None where the height stands in the tags


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
