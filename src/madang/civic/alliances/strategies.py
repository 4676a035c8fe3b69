"""Strategies of allied cities beside each other: where they overlap, complete each other, or want the same one thing.

What a city intends is read from its `CityStrategy` records and from its tasks, facilities, programmes, zones and
promised tasks, in this file or in files of other cities read beside it. Three findings, none of them a verdict:

    overlap          two cities intend something alike. Likeness is the share of pairs of neighbouring characters that
                     two titles have in common (Dice, 0 to 1), plus 0.3 where both are of one stated category, at most
                     1. Shown from 0.5 on, with both parts of the measure; it is about words, not about substance
    complementarity  what one city says it provides is what another says it needs; only stated words count
    conflict         two cities seek the same thing of which there is only one; only stated words count

Two facilities that overlap are listed as a possible duplicate, with their distance on the ellipsoid and both budgets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from pyproj import Geod
from shapely.geometry import shape

from madang.civic.alliances.records import ids_of, name_of_city, pair
from madang.entities.entity import Document, geometry_of, types_of, value_of
from madang.entities.query import Query, parse_types
from madang.entities.vocabulary import type_info
from madang.errors import Pair, both
from madang.indicators.stored import Figure, figure
from madang.store import Store

TYPES = ("CityStrategy", "Facility", "Programme", "Task", "Zone")
ALIKE_FROM = 0.5
SAME_CATEGORY = 0.3

_EARTH = Geod(ellps="GRS80")


@dataclass(frozen=True)
class Intention:
    """One thing a city intends."""

    id: str
    type: str
    city: str
    city_name: Pair
    title: Pair
    category: str | None
    point: tuple[float, float] | None
    budget: Figure | None
    provides: tuple[str, ...]
    needs: tuple[str, ...]
    seeks: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The intention as plain JSON values."""
        return {
            "id": self.id,
            "type": {"id": self.type, "label": dict(type_info(self.type).label)},
            "city": self.city,
            "cityName": self.city_name,
            "title": self.title,
            "category": self.category,
            "budget": self.budget,
        }


@dataclass(frozen=True)
class Finding:
    """Two intentions of two cities and what they have to do with each other."""

    kind: str  # overlap, complementarity, conflict
    first: Intention
    second: Intention
    likeness: float | None
    same_category: bool
    words: tuple[str, ...]
    duplicate_facility: bool
    distance_m: float | None

    def as_json(self) -> dict[str, Any]:
        """The finding as plain JSON values, with the words that say what it rests on."""
        return {
            "kind": self.kind,
            "label": both(f"alliances.finding-{self.kind}"),
            "first": self.first.as_json(),
            "second": self.second.as_json(),
            "likeness": self.likeness,
            "sameCategory": self.same_category,
            "words": list(self.words),
            "duplicateFacility": self.duplicate_facility,
            "distance": {"value": self.distance_m, "unit": "MTR"},
        }


@dataclass(frozen=True)
class Compared:
    """What was compared and what was found; `cities` says how many intentions each city has, none included."""

    cities: tuple[tuple[str, Pair, int], ...]
    findings: tuple[Finding, ...]

    def of(self, kind: str) -> list[Finding]:
        """The findings of one kind."""
        return [one for one in self.findings if one.kind == kind]

    @property
    def duplicates(self) -> list[Finding]:
        """Facilities that may be built twice."""
        return [one for one in self.findings if one.duplicate_facility]

    def as_json(self) -> dict[str, Any]:
        """The comparison as plain JSON values."""
        return {
            "measure": both("alliances.likeness-measure"),
            "threshold": ALIKE_FROM,
            "cities": [{"city": id, "name": name, "intentions": count} for id, name, count in self.cities],
            "overlaps": [one.as_json() for one in self.of("overlap")],
            "complementarities": [one.as_json() for one in self.of("complementarity")],
            "conflicts": [one.as_json() for one in self.of("conflict")],
            "duplicateFacilities": [one.as_json() for one in self.duplicates],
        }


def compared(stores: Sequence[tuple[Store, str]], *, cities: Sequence[str]) -> Compared:
    """The intentions of the cities, as the files say, two by two between different cities."""
    found: dict[str, Intention] = {}
    for store, branch in stores:
        for one in intentions(store, branch, cities=cities):
            found.setdefault(one.id, one)
    findings = [
        finding
        for first, second in combinations(sorted(found.values(), key=lambda one: one.id), 2)
        if first.city != second.city
        for finding in findings_of(first, second)
    ]
    view = stores[0][0].view(stores[0][1])
    counts = Counter(one.city for one in found.values())
    rows = tuple((city, _name_in(stores, city) or name_of_city(view, city), counts[city]) for city in cities)
    findings.sort(key=lambda one: (one.kind, -(one.likeness or 0), one.first.id, one.second.id))
    return Compared(rows, tuple(findings))


def intentions(store: Store, branch: str, *, cities: Iterable[str]) -> list[Intention]:
    """What the named cities intend, as one file says; what names no city is the file's own city's."""
    view, wanted = store.view(branch), set(cities)
    own = [str(one["id"]) for one in view.documents(Query(types=parse_types("City")))]
    home = own[0] if len(own) == 1 else None
    found = []
    for type in (*TYPES, "Promise"):
        for one in view.documents(Query(types=parse_types(type))):
            if type == "Promise" and value_of(one, "kind") != "task":
                continue
            city = next(iter(ids_of(value_of(one, "refCity")) or ids_of(value_of(one, "owner"))), home)
            if city not in wanted and home in wanted and "refCity" not in one:
                city = home
            if city in wanted:
                assert city is not None
                found.append(_intention(store, branch, one, city))
    return found


def findings_of(first: Intention, second: Intention) -> list[Finding]:
    """What two intentions of different cities have to do with each other."""
    found = []
    words, same = likeness(first.title["ko"], second.title["ko"]), _same(first.category, second.category)
    alike = min(1.0, round(words + (SAME_CATEGORY if same else 0), 3))
    distance = _distance_m(first, second)
    if alike >= ALIKE_FROM:
        both_built = first.type == second.type == "Facility"
        found.append(Finding("overlap", first, second, alike, same, (), both_built, distance))
    matched = sorted({*_shared(first.provides, second.needs), *_shared(second.provides, first.needs)})
    if matched:
        found.append(Finding("complementarity", first, second, None, same, tuple(matched), False, distance))
    sought = _shared(first.seeks, second.seeks)
    if sought:
        found.append(Finding("conflict", first, second, None, same, tuple(sought), False, distance))
    return found


def likeness(a: str, b: str) -> float:
    """How alike two titles are: twice the shared pairs of neighbouring characters over all pairs of both; 0 to 1."""
    first, second = _pairs(a), _pairs(b)
    total = first.total() + second.total()
    return round(2 * (first & second).total() / total, 3) if total else 0.0


def _pairs(text: str) -> Counter[str]:
    plain = "".join(character for character in text.casefold() if character.isalnum())
    return Counter(plain[at : at + 2] for at in range(len(plain) - 1))


def _intention(store: Store, branch: str, document: Document, city: str) -> Intention:
    geometry = geometry_of(document)
    centre = shape(geometry).representative_point() if geometry is not None else None
    said = value_of(document, "title") or value_of(document, "name")
    return Intention(
        id=document["id"],
        type=types_of(document)[0],
        city=city,
        city_name=name_of_city(store.view(branch), city),
        title=pair(said),
        category=value_of(document, "category"),
        point=None if centre is None else (centre.x, centre.y),
        budget=figure(store, document, "amount", branch=branch),
        provides=_texts(document, "provides"),
        needs=_texts(document, "needs"),
        seeks=_texts(document, "seeks"),
    )


def _texts(document: Document, name: str) -> tuple[str, ...]:
    found = value_of(document, name)
    return () if found is None else (found,) if isinstance(found, str) else tuple(map(str, found))


def _distance_m(first: Intention, second: Intention) -> float | None:
    if first.point is None or second.point is None:
        return None
    return round(float(_EARTH.inv(*first.point, *second.point)[2]), 1)


def _same(a: str | None, b: str | None) -> bool:
    return a is not None and a == b


def _shared(a: Sequence[str], b: Sequence[str]) -> list[str]:
    known = {one.casefold().strip() for one in b}
    return [one for one in a if one.casefold().strip() in known]


def _name_in(stores: Sequence[tuple[Store, str]], city: str) -> Pair | None:
    for store, branch in stores:
        if store.view(branch).document(city) is not None:
            return name_of_city(store.view(branch), city)
    return None
