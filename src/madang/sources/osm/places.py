"""A city's boundary by its name: any Korean city, county, district or dong of the boundaries that ship.

'성남시', '성남', 'seongnam' (one of the nine that ship with data), '경기도 성남시 분당구', '분당구', '삼평동'. The name
as it stands comes before the name with its ending left out, and the larger place before the smaller; a name that
several places bear alike is refused with the full names of them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import shapely

from madang.errors import CallerError, NotFoundError
from madang.sources.korea import CITIES

ENDS = ("특별시", "광역시", "특별자치시", "특별자치도", "도", "시", "군", "구", "읍", "면", "동", "가")
MOST_NAMED = 8


@dataclass(frozen=True)
class Area:
    """A stretch of land to ask for: what people call it, and its outline in longitude and latitude."""

    title: str
    outline: Any


def area_named(name: str) -> Area:
    """The area of a Korean place; raises a NotFoundError, or a CallerError where the name is that of several."""
    from madang.sources.korea.boundaries import VINTAGE, dong, dong_names

    words = _words(name)
    places: dict[str, list[str]] = {}
    for code, full in dong_names(VINTAGE).items():
        whole = _prefix(full.split(), words)
        if whole:
            places.setdefault(whole, []).append(code)
    if not places:
        raise NotFoundError("fetching.unknown-place", found=name, known=", ".join(CITIES))
    ranks = {place: (place.split()[-1] != words[-1], len(place.split())) for place in places}
    found = {place: codes for place, codes in places.items() if ranks[place] == min(ranks.values())}
    if len(found) > 1:
        shown = sorted(found)[:MOST_NAMED]
        raise CallerError("fetching.several-places", found=name, places=", ".join(shown), count=len(found))
    ((title, codes),) = found.items()
    return Area(title, joined([one.geometry for one in dong(tuple(sorted(codes)))]))


def joined(geometries: Sequence[Mapping[str, Any]]) -> Any:
    """One outline from several GeoJSON polygons."""
    drawn = shapely.from_geojson([orjson.dumps(geometry).decode() for geometry in geometries])
    return shapely.union_all(shapely.make_valid(drawn))


def _words(name: str) -> list[str]:
    known = CITIES.get(name.strip().lower())
    return (known.title["ko"] if known else name).split()


def _prefix(full: list[str], words: list[str]) -> str | None:
    """The full name up to where the words end, if they stand in it one after the other."""
    for start in range(len(full) - len(words) + 1):
        if all(_is(said, word) for said, word in zip(full[start:], words, strict=False)):
            return " ".join(full[: start + len(words)])
    return None


def _is(said: str, word: str) -> bool:
    return said == word or (len(word) > 1 and any(said == word + end for end in ENDS))
