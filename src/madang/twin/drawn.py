"""What a drawn thing says of itself: attributes from the values given, marked as the house marks what somebody chose.

A value that was drawn is a choice, not a measurement: it stands with `assumption`, the reason as its `basis`, status
"synthetic", and without the source of the value it replaces. What is worked out from it (a height from storeys, an
area from an outline) is "estimated" and names the figure used as its `method`. A new thing has the state "planned".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from madang.entities.entity import Document, Instance, language_property, property_, value_of
from madang.entities.storeys import storey_m
from madang.entities.vocabulary import attribute_info, type_info
from madang.errors import CallerError, both, sentence

HIGHEST_M = 1_000.0
LOWEST_STOREY_M, HIGHEST_STOREY_M = 2.0, 20.0
HEIGHT, FLOORS = "height", "floorsAboveGround"
# What follows from the drawing itself, or tells where data come from: never given as a value.
NEVER_GIVEN = frozenset(
    {"location", "status", "source", "assumption", "basis", "method", "period", "code", "codes", "address", "length",
     "area", "footprintArea", "state", "lod", "baseElevation", "geometry3d", "cityjsonType", "cityjsonAttributes"}
)  # fmt: skip
MOST_TEXT, MOST_NUMBER = 500, 1e15


@dataclass(frozen=True)
class Range:
    """The values that a number may have."""

    low: float
    high: float
    whole: bool = False


RANGES: Mapping[str, Range] = {
    HEIGHT: Range(0.1, HIGHEST_M),
    FLOORS: Range(1, 300, whole=True),
    "floorsBelowGround": Range(0, 50, whole=True),
    "lanes": Range(1, 20, whole=True),
    "width": Range(0.5, 200.0),
    "maximumAllowedSpeed": Range(1, 300),
}


@dataclass(frozen=True)
class Basis:
    """The reason of an act, which every attribute it draws carries."""

    text: str

    def chosen(self, instance: Instance) -> Instance:
        """The attribute as somebody's choice."""
        basis = language_property({"ko": self.text, "en": self.text})
        return {**instance, "assumption": property_(True), "basis": basis, "status": property_("synthetic")}


def estimated(value: Any, *, unit: str | None, method: Mapping[str, str]) -> Instance:
    """A value worked out, with the figure used."""
    return {**property_(value, unit=unit, status="estimated"), "method": language_property(dict(method))}


def checked_values(type: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an act, each of a name the type knows and in its range; names as {ko, en}."""
    return {name: _checked(type, name, value) for name, value in values.items()}


def instances(values: Mapping[str, Any], basis: Basis) -> dict[str, Instance]:
    """Checked values as attributes that somebody chose."""
    made: dict[str, Instance] = {}
    for name, value in values.items():
        info = attribute_info(name)
        if isinstance(value, dict):
            made[name] = language_property(value)
        else:
            made[name] = basis.chosen(property_(value, unit=info.unit if info else None))
    return made


def has_floors(type: str) -> bool:
    """Whether things of a type are counted in storeys."""
    return FLOORS in type_info(type).attributes


# --- how high -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Levels:
    """Height, storeys and use of a body; None is unknown."""

    height_m: float | None
    floors: int | None
    use: str | None = None

    @classmethod
    def of(cls, document: Document) -> Levels:
        """What an entity says."""
        height, floors = number_of(document, HEIGHT), number_of(document, FLOORS)
        use = value_of(document, "use")
        return cls(
            height, None if floors is None or floors < 1 else round(floors), use if isinstance(use, str) else None
        )

    @property
    def estimated_m(self) -> float | None:
        """Its height, else its storeys at the figure of its use."""
        if self.height_m is not None or self.floors is None:
            return self.height_m
        return self.floors * storey_m(self.use)

    def storey(self) -> float:
        """Its own height of a storey where both are known, else its use's; a hall of one high storey keeps it."""
        own = self.height_m / self.floors if self.height_m and self.floors else 0.0
        return own if own >= LOWEST_STOREY_M else storey_m(self.use)


def levels(values: Mapping[str, Any], before: Levels, *, type: str, basis: Basis) -> dict[str, Instance]:
    """Height and storeys as attributes, from the one or the two that are given; what is not given is estimated."""
    height, floors = values.get(HEIGHT), values.get(FLOORS)
    each = replace(before, use=values.get("use", before.use)).storey()
    made = instances({name: values[name] for name in (HEIGHT, FLOORS) if name in values}, basis)
    if height is not None and floors is not None:
        high = max(HIGHEST_STOREY_M, each)
        if not LOWEST_STOREY_M <= height / floors <= high + 1e-6:
            raise CallerError(
                "drawing.floors-and-height", height=f"{height:g}", floors=floors, each=f"{height / floors:.1f}",
                low=f"{LOWEST_STOREY_M:g}", high=f"{high:g}",
            )  # fmt: skip
    elif floors is not None:
        method = both("drawing.method-height", floors=floors, storey=f"{each:g}")
        made[HEIGHT] = estimated(round(_in_range(HEIGHT, floors * each), 2), unit="MTR", method=method)
    elif height is not None and has_floors(type):
        method = both("drawing.method-floors", height=f"{height:g}", storey=f"{each:g}")
        made[FLOORS] = estimated(max(1, round(height / each)), unit="{floor}", method=method)
    return made


def raised(by: Mapping[str, Any], before: Levels) -> dict[str, Any]:
    """The height or the storeys that a body comes to when it is raised by metres or storeys."""
    if (before.height_m is None or before.height_m <= 0) and before.floors is None:
        raise CallerError("drawing.height-unknown")
    each = before.storey()
    floors = before.floors if before.floors is not None else max(1, round((before.height_m or 0.0) / each))
    height = before.height_m if before.height_m else floors * each
    if "floors" in by:
        more = _by(by, "floors", whole=True)
        high = {} if before.height_m is None else {HEIGHT: _in_range(HEIGHT, round(height + more * each, 2))}
        return {FLOORS: int(_in_range(FLOORS, floors + more)), **high}
    return {HEIGHT: _in_range(HEIGHT, round(height + _by(by, "metres"), 2))}


def areas(document: Document, before: Levels, *, area_m2: float) -> dict[str, Instance]:
    """Footprint and floor area that follow from an outline and the storeys; nothing for what has no storeys."""
    if not area_m2 or not has_floors(str(document["type"])):
        return {}
    made = {
        "footprintArea": estimated(round(area_m2, 1), unit="MTK", method=both("drawing.method-footprint")),
    }
    floors = number_of(document, FLOORS)
    if floors is not None:
        told = both("drawing.method-floor-area", area=f"{area_m2:,.1f}", floors=round(floors))
        made["floorArea"] = estimated(round(area_m2 * floors, 1), unit="MTK", method=told)
    known = number_of(document, "floorArea")
    if known is not None and floors is not None and before.floors is not None:
        more = area_m2 * (floors - before.floors)
        if known + more > 0:
            told = both("drawing.method-floor-area-more", before=f"{known:,.1f}", more=f"{more:,.1f}")
            made["floorArea"] = estimated(round(known + more, 1), unit="MTK", method=told)
    return made


def number_of(document: Document, name: str) -> float | None:
    """A number that an entity states, or None."""
    found = value_of(document, name)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


# --- checks ---------------------------------------------------------------------------------------------------------


def _checked(type: str, name: str, value: Any) -> Any:
    info = type_info(type).attributes
    known = info.get(name)
    if name in NEVER_GIVEN or (known is None and name != "name") or name.startswith("ref"):
        given = sorted(one.name for one in info.values() if _may_be_given(one.name, one.kind))
        raise CallerError("drawing.value-unknown", name=name, type=type, known=", ".join(given) or "name")
    if name == "name" or (known is not None and known.kind == "LanguageProperty"):
        return _pair(name, value)
    if known is not None and known.kind != "Property":
        raise CallerError("drawing.value-unknown", name=name, type=type, known="name")
    if name in RANGES:
        return _in_range(name, value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and math.isfinite(value) and abs(value) <= MOST_NUMBER:
        return value
    if isinstance(value, str) and value.strip() and len(value) <= MOST_TEXT:
        return value.strip()
    raise CallerError("drawing.value-wrong", name=name, found=repr(value)[:60], expected=_plain())


def _may_be_given(name: str, kind: str) -> bool:
    return kind in ("Property", "LanguageProperty") and name not in NEVER_GIVEN


def _in_range(name: str, value: Any) -> Any:
    """A number of an attribute, refused where it can't be right; whole ones become whole."""
    allowed = RANGES[name]
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not allowed.low <= value <= allowed.high or (allowed.whole and value != int(value)):
        code = "drawing.expected-whole" if allowed.whole else "drawing.expected-number"
        expected = sentence(code, low=f"{allowed.low:g}", high=f"{allowed.high:g}")
        raise CallerError("drawing.value-wrong", name=name, found=repr(value)[:60], expected=expected)
    return int(value) if allowed.whole else value


def _by(by: Mapping[str, Any], name: str, *, whole: bool = False) -> float:
    value = by.get(name)
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or abs(value) > HIGHEST_M or (whole and value != int(value)):  # type: ignore[arg-type]
        raise CallerError("drawing.by-wrong", found=repr(dict(by))[:80], expected='{"metres": 9} or {"floors": 3}')
    return float(value)  # type: ignore[arg-type]


def _pair(name: str, value: Any) -> dict[str, str]:
    texts = {"ko": value, "en": value} if isinstance(value, str) else value
    if isinstance(texts, Mapping):
        said = {tag: text.strip() for tag, text in texts.items() if tag in ("ko", "en") and isinstance(text, str)}
        anyone = said.get("ko") or said.get("en")
        if anyone and all(len(text) <= MOST_TEXT for text in said.values()):
            return {language: said.get(language) or anyone for language in ("ko", "en")}
    raise CallerError("drawing.value-wrong", name=name, found=repr(value)[:60], expected=_plain())


def _plain() -> str:
    return sentence("drawing.expected-plain", most=MOST_TEXT)
