"""What a city object says of itself, as plain names and values.

Properties keep their own names without a prefix; what stands inside a property's object gets a dotted name
(`buildingDetailAttribute.totalFloorArea`), whatever extension it comes from (i-UR and others alike); a property that
comes several times is a list. Generic attributes go by the name they carry, those in a set by "set.name".

Measures and whole numbers become numbers; their unit stands beside them (`totalFloorArea.uom`) unless it is metres.
Codes become what they mean where the code list came along, with the code beside them (`usage.code`), else they stay.
-9999 stands for "unknown" in PLATEAU's files, as does 9999 of storeys and heights and the year 0001: they are counted
and left out, because unknown stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from madang.sources.citygml.names import GML_SHAPES, HREF, LEFT_ASIDE, SHAPE, TERRAIN_SHAPES, local

Codes = Callable[[str, str], str | None]  # codeSpace, code -> what it means

_GENERIC = re.compile(r"(string|int|double|date|uri|measure|code)attribute", re.IGNORECASE)
_WHOLE = re.compile(r"(storeys|storey)(Above|Below)Ground|lod|averageHeight.*|numberOf\w+")
_METRES = frozenset(
    ("m", "metre", "meter", "#m", "urn:adv:uom:m", "urn:ogc:def:uom:UCUM::m", "urn:ogc:def:uom:EPSG::9001")
)
_UNKNOWN = frozenset((-9999.0, -9998.0))
_UNKNOWN_COUNT = re.compile(r"(.*\.)?(storeys\w+|measuredHeight|yearOfConstruction)")
_MOST_VALUES = 2_000  # of one object
_MOST_TEXT = 20_000


@dataclass
class Attributes:
    """What was found: values by name, the address in one line, and how many values stand for unknown."""

    values: dict[str, Any] = field(default_factory=dict)
    address: str | None = None
    unknown: int = 0
    resolved: int = 0
    cut: int = 0

    def put(self, name: str, value: Any) -> None:
        """One value; a second one of the same name makes a list."""
        if len(self.values) >= _MOST_VALUES and name not in self.values:
            self.cut += 1
            return
        if name not in self.values:
            self.values[name] = value
        elif type(self.values[name]) is list:
            if len(self.values[name]) < _MOST_VALUES:
                self.values[name].append(value)
            else:
                self.cut += 1
        else:
            self.values[name] = [self.values[name], value]


def read_property(element: Any, name: str, made: Attributes, codes: Codes) -> None:
    """What one property of a feature says, put under its name."""
    if name in LEFT_ASIDE or name in TERRAIN_SHAPES or SHAPE.fullmatch(name):
        return
    if name in ("address", "xalAddress"):
        words = [" ".join(text.split()) for text in element.itertext() if text.strip()]
        if words:
            made.address = ", ".join(words)[:_MOST_TEXT]
        return
    if name == "genericAttribute":
        for inner in element:
            _generic(inner, "", made, codes)
    elif name == "genericAttributeSet" or _GENERIC.fullmatch(name):
        _generic(element, "", made, codes)
    else:
        _flatten(element, name, made, codes)


def _flatten(element: Any, name: str, made: Attributes, codes: Codes) -> None:
    inside = False
    for part in element:
        inner = local(part)
        if not inner or inner in GML_SHAPES:
            inside = True
            continue
        inside = True
        if inner[0].isupper():  # the property's object: its own name says nothing more
            for grand in part:
                below = local(grand)
                if below and not SHAPE.fullmatch(below):
                    _flatten(grand, f"{name}.{below}", made, codes)
            if len(part) == 0 and (part.text or "").strip():
                _value(part, name, made, codes)
        else:
            _flatten(part, f"{name}.{inner}", made, codes)
    if not inside:
        _value(element, name, made, codes)


def _value(element: Any, name: str, made: Attributes, codes: Codes) -> None:
    text = " ".join((element.text or "").split())[:_MOST_TEXT]
    attributes = element.attrib
    if not text:
        href = attributes.get(HREF) if attributes else None
        if href and not href.startswith("#"):
            made.put(name, href[:_MOST_TEXT])
        return
    if not attributes:
        made_of = _number(text, name, made) if _WHOLE.fullmatch(name.rpartition(".")[2]) else text
        if made_of is not None and not (name.endswith("yearOfConstruction") and _no_year(text, made)):
            made.put(name, made_of)
        return
    unit, space = attributes.get("uom"), attributes.get("codeSpace")
    if unit is not None:
        number = _number(text, name, made)
        if number is not None:
            made.put(name, number)
            if unit not in _METRES:
                made.values[f"{name}.uom"] = unit
    elif space is not None:
        meaning = codes(space, text)
        if meaning is None:
            made.put(name, text)
        else:
            made.resolved += 1
            made.put(name, meaning)
            made.put(f"{name}.code", text)
    else:
        made.put(name, text)


def _number(text: str, name: str, made: Attributes) -> int | float | str | None:
    """A number; the text itself where it is none, None where it stands for unknown."""
    try:
        number = float(text)
    except ValueError:
        return text
    if number in _UNKNOWN or (number == 9999 and _UNKNOWN_COUNT.fullmatch(name)) or abs(number) == float("inf"):
        made.unknown += 1
        return None
    if number != number:
        made.unknown += 1
        return None
    return int(number) if number == int(number) and "." not in text and "e" not in text.lower() else number


def _no_year(text: str, made: Attributes) -> bool:
    if text.lstrip("-").split("-")[0].lstrip("0") in ("", "1", "9999"):
        made.unknown += 1
        return True
    return False


def _generic(element: Any, prefix: str, made: Attributes, codes: Codes) -> None:
    """A generic attribute: of CityGML 2 with its name as an XML attribute, of CityGML 3 as an element."""
    kind = local(element)
    if not kind:
        return
    name = element.get("name") or next((p.text for p in element if local(p) == "name"), None)
    name = " ".join((name or "").split())[:200]
    if kind.lower() == "genericattributeset":
        inside = f"{prefix}{name}." if name else prefix
        for part in element:
            inner = local(part)
            if inner in ("genericAttribute", "genericAttributeSet") and not part.get("name"):
                for grand in part:
                    _generic(grand, inside, made, codes)
            elif inner not in ("name", ""):
                _generic(part, inside, made, codes)
        return
    value = next((part for part in element if local(part) == "value"), None)
    if not name or value is None:
        return
    name = f"{prefix}{name}"
    if kind.lower() in ("intattribute", "doubleattribute"):
        number = _number(" ".join((value.text or "").split()), name, made)
        if number is not None and number != "":
            made.put(name, number)
    else:
        _value(value, name, made, codes)
