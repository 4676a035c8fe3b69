"""Alliances as they stand in a city file: finding them and their records, and who is a member when. Reads only.

The members an announcement names belong from the alliance's `since` on. An `AllianceMember` record says from when to
when a city belongs; a city with records of its own is told by these alone. A period without an end goes on; its end is
the last day of membership. A date known to the month or the year counts from its first day, and to its last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from madang import clock, dates
from madang.entities.entity import Document, types_of, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, NotFoundError, Pair
from madang.sources.korea import CITIES
from madang.store import Store, View

AUTHORITY = "madang"
CITY_PREFIX = "urn:ngsi-ld:City:kostat:"


@dataclass(frozen=True)
class Period:
    """One time of membership of one city: first and last day as they were stated; None where open or not stated."""

    city: str
    name: Pair
    joined: str | None
    left: str | None
    record: str | None  # the id of the record that says so; None: the alliance itself does

    def holds(self, day: date) -> bool:
        """Whether the city is a member on a day."""
        began = self.joined is None or dates.period(self.joined).first <= day
        return began and (self.left is None or day <= dates.period(self.left).last)

    def as_json(self) -> dict[str, Any]:
        """The period as plain JSON values."""
        return {"city": self.city, "name": self.name, "joined": self.joined, "left": self.left, "record": self.record}


def records_of(view: View, type: str, **refs: str) -> list[Document]:
    """The entities of a type whose relationships are these, by id."""
    found = view.documents(Query(types=parse_types(type)))
    mine = [one for one in found if all(value_of(one, name) == id for name, id in refs.items())]
    return sorted(mine, key=lambda one: str(one["id"]))


def all_alliances(store: Store, branch: str) -> list[Document]:
    """The alliances of a file, by id."""
    return records_of(store.view(branch), "Alliance")


def entity_named(view: View, type: str, name: str, *, unknown: str) -> Document:
    """An entity of a type by its id or by the last part of it; an unknown one is answered with those there are."""
    found = view.document(name) if ":" in name else None
    if found is not None and type in types_of(found):
        return found
    ids = sorted(view.ids(Query(types=parse_types(type))))
    ending = [id for id in ids if id.rpartition(":")[2] == name]
    if ":" not in name and len(ending) == 1:
        known = view.document(ending[0])
        assert known is not None
        return known
    near = get_close_matches(name, [id.rpartition(":")[2] for id in ids], n=3, cutoff=0.5)
    known_ids = near or [id.rpartition(":")[2] for id in ids[:5]]
    raise NotFoundError(unknown, id=name, known=", ".join(known_ids) or "-")


def alliance_named(view: View, name: str) -> Document:
    """One alliance by id or short name."""
    return entity_named(view, "Alliance", name, unknown="alliances.unknown")


def periods_of(view: View, alliance: Document) -> list[Period]:
    """Every time of membership: the announced members in their order, then those who came later."""
    recorded: dict[str, list[Period]] = {}
    for one in records_of(view, "AllianceMember", refAlliance=alliance["id"]):
        city = value_of(one, "refMember")
        period = Period(city, name_of_city(view, city), value_of(one, "startsOn"), value_of(one, "endsOn"), one["id"])
        recorded.setdefault(city, []).append(period)
    found: list[Period] = []
    for city in ids_of(value_of(alliance, "members")):
        announced = Period(city, name_of_city(view, city), value_of(alliance, "since"), None, None)
        found += recorded.pop(city, [announced])
    return found + sorted((p for mine in recorded.values() for p in mine), key=lambda p: (p.joined or "", p.city))


def members_on(view: View, alliance: Document, day: date) -> list[Period]:
    """Who belongs on a day, each city once."""
    return [period for period in periods_of(view, alliance) if period.holds(day)]


def city_named(view: View, name: str) -> str:
    """The id of a city by its id, its English short name or its Korean name, as far as this file knows it."""
    if name.startswith("urn:"):
        return name
    for slug, codes in CITIES.items():
        if name in (slug, codes.title["ko"], codes.title["en"], codes.title["ko"].removesuffix("시")):
            return CITY_PREFIX + codes.kostat
    for city in records_of(view, "City"):
        said = value_of(city, "name")
        if name in (said.values() if isinstance(said, dict) else (said,)) or city["id"].endswith(f":{name}"):
            return str(city["id"])
    raise NotFoundError("alliances.city-unknown", city=name, known=", ".join(CITIES))


def name_of_city(view: View, id: str) -> Pair:
    """What people call a city; the last part of its id where nobody says."""
    known = view.document(id)
    if known is not None and "name" in known:
        return pair(value_of(known, "name"))
    code = id.removeprefix(CITY_PREFIX)
    for codes in CITIES.values():
        if codes.kostat == code:
            return dict(codes.title)
    return pair(id.rpartition(":")[2])


def pair(said: Any) -> Pair:
    """A text or a text by language as Korean and English; one stands for the other where it is missing."""
    if isinstance(said, dict):
        some = next(iter(said.values()), "")
        return {"ko": str(said.get("ko", said.get("en", some))), "en": str(said.get("en", said.get("ko", some)))}
    text = "" if said is None else str(said)
    return {"ko": text, "en": text}


def ids_of(value: Any) -> list[str]:
    """A relationship's objects as a list, whether it names none, one or several."""
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def next_id(taken: Iterable[str], stem: str) -> str:
    """The stem with the first number that makes an id nobody has."""
    known = set(taken)
    return next(f"{stem}-{n}" for n in range(1, len(known) + 2) if f"{stem}-{n}" not in known)


def put_new(
    store: Store, made: Document, *, actor: str, reason: str, branch: str = "main", act: str | None = None
) -> Document:
    """Write something new, alone in its transaction; if its number was taken meanwhile, it takes the next."""
    with store.transact(branch=branch, actor=actor, reason=reason, act=act) as tx:
        stem, _, number = made["id"].rpartition("-")
        while tx.document(made["id"]) is not None:
            number = str(int(number) + 1)
            made = {**made, "id": f"{stem}-{number}"}
        tx.put(made)
    return made


def civil_day(text: str | date | None, *, today: date, future: bool = False) -> str:
    """A day as text; today where none is named. Refuses what is no day, and a day to come unless that may be."""
    if text is None:
        return today.isoformat()
    try:
        found = dates.period(str(text))
    except ValueError:
        raise CallerError("alliances.bad-day", found=str(text)) from None
    if not future and found.first > today:
        raise CallerError("alliances.day-to-come", found=str(text), today=today.isoformat())
    return found.text


def last_day(text: str) -> date:
    """The last day of a day, month or year given as text."""
    try:
        return dates.period(text).last
    except ValueError:
        raise CallerError("alliances.bad-day", found=text) from None


def today_of(store: Store) -> date:
    """The civil date in the city's zone."""
    return clock.today(store.city.zone)


def need_reason(reason: str) -> str:
    """A reason that says something."""
    if not reason.strip():
        raise CallerError("civic.reason-missing")
    return reason


def missing_ids(view: View, ids: Sequence[str]) -> list[str]:
    """Those of the ids that name nothing in this file."""
    return [id for id in ids if view.document(id) is None]
