"""What the text of a tag says: metres, counts, speeds, yes and no, names, addresses. What can't be read is None."""

from __future__ import annotations

import re

from madang.sources.osm.kinds import Tags

_NUMBER = r"(\d{1,6}(?:[.,]\d{1,4})?)"
_METRES = re.compile(rf"{_NUMBER}\s*(m|metres?|meters?|미터|km|cm|ft|feet|foot|')?", re.IGNORECASE)
_FEET = re.compile(rf"{_NUMBER}\s*(?:'|ft|feet)\s*{_NUMBER}\s*(?:\"|''|in)?", re.IGNORECASE)
_PLAIN = re.compile(_NUMBER)
_SPEED = re.compile(rf"{_NUMBER}\s*(km/?h|kph|kmh|mph|knots)?", re.IGNORECASE)
_HANGUL = re.compile(r"[가-힣]")
_IN_M = {"km": 1000.0, "cm": 0.01, "ft": 0.3048, "feet": 0.3048, "foot": 0.3048, "'": 0.3048}
_IN_KMH = {"mph": 1.609344, "knots": 1.852}
TALLEST_M = 1000.0
MOST_LEVELS = 250
MOST_LANES = 30
FASTEST_KMH = 300.0
_ADDRESS = ("addr:province", "addr:city", "addr:district", "addr:street", "addr:housenumber")


def metres(text: str | None) -> float | None:
    """A length: '12', '12.5 m', '40 ft', 40'6"."""
    said = (text or "").strip()
    feet = _FEET.fullmatch(said)
    if feet:
        return round(_number(feet[1]) * 0.3048 + _number(feet[2]) * 0.0254, 3)
    found = _METRES.fullmatch(said)
    return round(_number(found[1]) * _IN_M.get((found[2] or "m").lower(), 1.0), 3) if found else None


def height_m(text: str | None) -> float | None:
    """A height that something can have: more than nothing, less than a kilometre."""
    found = metres(text)
    return found if found is not None and 0 < found <= TALLEST_M else None


def levels(text: str | None) -> float | None:
    """A number of storeys; halves are kept, lists and words are not a number."""
    found = _PLAIN.fullmatch((text or "").strip())
    number = _number(found[1]) if found else None
    return number if number is not None and number <= MOST_LEVELS else None


def count(text: str | None, most: int) -> int | None:
    """A whole number from 1 to a most."""
    said = (text or "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 and 0 < int(said) <= most else None


def speed_kmh(text: str | None) -> float | None:
    """A speed limit; a word such as 'KR:urban' is no number."""
    found = _SPEED.fullmatch((text or "").strip())
    number = round(_number(found[1]) * _IN_KMH.get((found[2] or "").lower(), 1.0), 1) if found else None
    return number if number is not None and 0 < number <= FASTEST_KMH else None


def layer(text: str | None) -> int | None:
    """A level above or below the ground's, -5 to 5 by custom."""
    said = (text or "").strip()
    return int(said) if re.fullmatch(r"-?\d", said) and said not in ("0", "-0") else None


def one_way(tags: Tags) -> bool | None:
    """Whether traffic goes one way: as tagged, or as a roundabout or motorway has it by definition."""
    said = tags.get("oneway")
    if said in ("yes", "true", "1", "-1", "reverse"):
        return True
    if said in ("no", "false", "0"):
        return False
    return True if tags.get("junction") == "roundabout" or tags.get("highway") == "motorway" else None


def is_backwards(tags: Tags) -> bool:
    """Whether its traffic goes against the direction in which the line was drawn."""
    return tags.get("oneway") in ("-1", "reverse")


def names(tags: Tags) -> dict[str, str]:
    """The name by language; a plain name is Korean if it has Hangul, else English if it is ASCII."""
    found = {language: tags[f"name:{language}"] for language in ("ko", "en") if tags.get(f"name:{language}")}
    plain = tags.get("name")
    if plain:
        language = "ko" if _HANGUL.search(plain) else "en" if plain.isascii() else "@none"
        found.setdefault(language, plain)
    return found


def address(tags: Tags) -> str | None:
    """The address in one line, from the largest to the house number."""
    if tags.get("addr:full"):
        return tags["addr:full"]
    said = [tags[key] for key in _ADDRESS if tags.get(key)]
    has_road = bool(tags.get("addr:street") or tags.get("addr:place"))
    if tags.get("addr:place") and not tags.get("addr:street"):
        said.insert(len(said) - bool(tags.get("addr:housenumber")), tags["addr:place"])
    return " ".join(said) if has_road else None


def _number(text: str) -> float:
    return float(text.replace(",", "."))
