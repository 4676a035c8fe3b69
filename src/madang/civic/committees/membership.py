"""Who holds which place when: memberships of committees and offices in organisations, with their periods (R11).

A place is held from `starts_on` to `ends_on`, both days included; without an end it is held still. A date may be known
to a year or a month only, of a place as of an event: then a place held through all of it is held *certainly*, one held
through a part of it *perhaps*, and both are shown.

Only a `chair`, a `vice-chair` and a `member` are members in office (재적위원) and have a vote; advisers and secretary
speak. Whether a person is a man or a woman is never kept of a person: an ordinance's rule on it is judged on counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from madang.civic.committees.words import said
from madang.dates import Period, period
from madang.entities.entity import Document, value_of
from madang.errors import CallerError, Pair

ROLES = ("chair", "vice-chair", "member", "adviser", "secretary")
VOTING = frozenset({"chair", "vice-chair", "member"})
KINDS = ("official", "appointed")


@dataclass(frozen=True)
class Place:
    """A person's place in a committee, or office in an organisation (`committee` is None)."""

    id: str
    person: str
    name: Pair
    role: str
    committee: str | None
    organisation: str | None
    organisation_name: Pair | None
    post: Pair | None
    kind: str | None
    represents: str | None
    term: int | None
    starts_on: str | None
    ends_on: str | None
    end_reason: str | None

    @property
    def votes(self) -> bool:
        return self.role in VOTING

    def first(self) -> date:
        """The first day; the beginning of what is known where it is not said."""
        return period(self.starts_on).first if self.starts_on else date.min

    def last(self) -> date:
        """The last day; the end of time where it is not said."""
        return period(self.ends_on).last if self.ends_on else date.max

    def held(self, when: Period) -> bool:
        """Whether it was held through all of a period."""
        return self.first() <= when.first and when.last <= self.last()

    def held_in_part(self, when: Period) -> bool:
        """Whether it was held on some day of a period."""
        return self.first() <= when.last and when.first <= self.last()

    def held_on(self, day: date) -> bool:
        """Whether it was held on a day."""
        return self.first() <= day <= self.last()

    def role_label(self) -> Pair:
        """The role in words; of an office its title."""
        if self.post is not None:
            return dict(self.post)
        return said(f"role-{self.role}") if self.role in ROLES else {"ko": self.role, "en": self.role}

    def as_json(self) -> dict[str, Any]:
        """As the pages and the doors give it."""
        return {
            "id": self.id,
            "person": self.person,
            "name": dict(self.name),
            "role": self.role,
            "role_label": self.role_label(),
            "committee": self.committee,
            "organisation": self.organisation,
            "organisation_name": dict(self.organisation_name) if self.organisation_name else None,
            "kind": self.kind,
            "kind_label": said(f"kind-{self.kind}") if self.kind in KINDS else None,
            "represents": self.represents,
            "term": self.term,
            "starts_on": self.starts_on,
            "ends_on": self.ends_on,
            "end_reason": self.end_reason,
            "votes": self.votes,
        }


@dataclass(frozen=True)
class RoleAt:
    """A place as of an event, and whether it was certainly held then."""

    place: Place
    certain: bool

    def as_json(self) -> dict[str, Any]:
        """As the pages and the doors give it."""
        return {**self.place.as_json(), "certain": self.certain}


def place_of(document: Document, people: dict[str, Document], bodies: dict[str, Document]) -> Place:
    """A Membership as a value, with the names of person and organisation."""
    person, organisation = value_of(document, "refPerson"), value_of(document, "refOrganisation")
    return Place(
        id=document["id"],
        person=person,
        name=name_of(people.get(person), person),
        role=str(value_of(document, "role") or "holder"),
        committee=value_of(document, "refCommittee"),
        organisation=organisation,
        organisation_name=name_of(bodies.get(organisation), organisation) if organisation else None,
        post=pair_of(value_of(document, "post")),
        kind=value_of(document, "memberKind"),
        represents=value_of(document, "represents"),
        term=value_of(document, "termNumber"),
        starts_on=value_of(document, "startsOn"),
        ends_on=value_of(document, "endsOn"),
        end_reason=value_of(document, "endReason"),
    )


def roles_at(places: Iterable[Place], when: Period) -> list[RoleAt]:
    """The places that were held at an event: those held through it first, then those held through a part of it."""
    found = [RoleAt(place, place.held(when)) for place in places if place.held_in_part(when)]
    return sorted(found, key=lambda role: (not role.certain, role.place.starts_on or "", role.place.id))


def serving(places: Iterable[Place], day: date) -> list[Place]:
    """Those with a vote whose term runs on a day (재적위원), in the order of their roles."""
    found = [place for place in places if place.votes and place.held_on(day)]
    return sorted(found, key=lambda place: (ROLES.index(place.role), place.name["ko"], place.id))


def term_end(starts_on: date, years: int) -> date:
    """The last day of a term of whole years: the day before the same day of the year it ends in."""
    try:
        return starts_on.replace(year=starts_on.year + years) - timedelta(days=1)
    except ValueError:  # begun on 29 February
        return date(starts_on.year + years, 2, 28)


def next_term(places: Sequence[Place], person: str, starts_on: date) -> int:
    """The number of the term that begins: one more than the terms of this person that ran without a gap before it.

    A term broken off for less than a month and taken up again counts on; after a longer absence it begins anew.
    """
    mine = sorted((p for p in places if p.person == person and p.votes and p.first() < starts_on), key=Place.first)
    number, begins = 1, starts_on
    for place in reversed(mine):
        if begins - min(place.last(), begins) > timedelta(days=31):
            break
        number, begins = number + 1, place.first()
    return number


def checked_day(text: str | date, field: str) -> date:
    """A day given as text or date; anything less exact is refused, because terms are counted in days."""
    try:
        found = period(text.isoformat() if isinstance(text, date) else str(text))
    except ValueError:
        found = None
    if found is None or found.precision != "day":
        raise CallerError("committees.not-a-day", field=field, found=str(text))
    return found.first


def checked_period(text: str | date, field: str) -> Period:
    """A date known to a year, a month or a day."""
    try:
        return period(text.isoformat() if isinstance(text, date) else str(text))
    except ValueError:
        raise CallerError("committees.not-a-date", field=field, found=str(text)) from None


def name_of(document: Document | None, otherwise: str) -> Pair:
    """What people call an entity, in both languages; the end of its id where it has no name."""
    found = None
    if document is not None:
        found = pair_of(value_of(document, "name") or value_of(document, "title"))
    last = otherwise.rpartition(":")[2]
    return found or {"ko": last, "en": last}


def pair_of(found: Any) -> Pair | None:
    """A text in both languages, from a text or a text in each language; one language stands for both."""
    if isinstance(found, str):
        return {"ko": found, "en": found}
    if isinstance(found, dict) and (ko_or_en := found.get("ko") or found.get("en")):
        return {"ko": found.get("ko") or ko_or_en, "en": found.get("en") or ko_or_en}
    return None
