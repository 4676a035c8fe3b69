"""How high an object is, and how that is known: stated, seen in the geometry, or worked out from storeys.

A stated height (`measuredHeight`, or a CityGML 3 height with the status "measured") wins: it is what the publisher
answers for. Else it is the highest minus the lowest corner of the most detailed geometry. Else storeys times the
figure of `entities.storeys` for its use, which is estimated and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.entities.entity import Instance, language_property, property_
from madang.entities.storeys import storey_m
from madang.errors import both
from madang.sources.citygml.objects import Thing

HIGHEST_M = 1_000.0  # a height stated above this is a word for "unknown", such as 9999


def height_of(thing: Thing, low: float | None, high: float | None) -> Instance | None:
    """The height of a thing as an attribute with its method; None where nothing tells it."""
    stated = _stated(thing)
    if stated is not None:
        made = property_(stated, unit="MTR", status="observed")
        made["method"] = language_property(both("citygml.height-stated"))
        return made
    if low is not None and high is not None and high - low > 0.0005:
        made = property_(round(high - low, 3), unit="MTR")
        made["method"] = language_property(both("citygml.height-geometry"))
        return made
    storeys = number(thing.attributes.values, "storeysAboveGround")
    if storeys is not None and 0 < storeys < 200:
        metres = storey_m(_use(thing.attributes.values))
        made = property_(round(storeys * metres, 2), unit="MTR", status="estimated")
        made["method"] = language_property(both("citygml.height-storeys", storeys=f"{storeys:g}", metres=metres))
        return made
    return None


def _stated(thing: Thing) -> float | None:
    value = number(thing.attributes.values, "measuredHeight")
    if value is not None and 0 < value <= HIGHEST_M and "measuredHeight.uom" not in thing.attributes.values:
        return value
    measured = [metres for status, metres in thing.measured if status == "measured"]
    return max(measured) if measured else None


def _use(values: Mapping[str, Any]) -> Any:
    found = values.get("usage") or values.get("function")
    return found[0] if isinstance(found, list) and found else found


def number(values: Mapping[str, Any], name: str) -> float | None:
    """A number of the attributes; the first of several; None where it is none."""
    value = values.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
