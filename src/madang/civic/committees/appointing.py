"""Setting up a committee, appointing its members, ending their terms. Each is one transaction.

What the charter forbids of one appointment is refused with the clause: a seat too many, a term once too often, the same
person twice, a second chair. What only holds of the whole (shares of officials, of men and women, groups that must be
there) can't be asked while a committee is being filled: `composition` judges it, and it is raised as an alert.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from madang.civic.committees.charters import Charter, charter_data
from madang.civic.committees.membership import (
    KINDS,
    ROLES,
    VOTING,
    Place,
    checked_day,
    checked_period,
    next_term,
    pair_of,
    place_of,
    serving,
    term_end,
)
from madang.civic.committees.records import Records, code_of, new_id
from madang.civic.naming import slug_of
from madang.entities.entity import (
    Document,
    Instance,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
    value_of,
)
from madang.errors import CallerError, ConflictError, Pair
from madang.store import Store

Name = str | Mapping[str, str]
UNSTATED: Pair = {"ko": "", "en": ""}


def establish(
    store: Store,
    *,
    name: Name,
    code: str,
    charter: Mapping[str, Any] | str | Path | None,
    since: str | None,
    reason: str,
    actor: str,
) -> Document:
    """A new committee, with its charter where it is known."""
    with store.transact(actor=actor, reason=reason) as tx:
        made: Document = {
            "id": urn("Committee", "madang", slug_of(code)),
            "type": "Committee",
            "name": language_property(_pair(name, "name")),
        }
        if tx.document(made["id"]) is not None:
            raise ConflictError("committees.committee-exists", id=made["id"])
        if since is not None:
            made["since"] = property_(checked_period(since, "since").text)
        if charter is not None:
            made["charter"] = json_property(charter_data(charter))
        place = Records(store).city()
        if place is not None:
            made["refCity"] = relationship(place)
        tx.put(made)
    return made


def set_charter(
    store: Store, committee: str, *, charter: Mapping[str, Any] | str | Path, reason: str, actor: str, **more: Any
) -> Document:
    """A committee's charter recorded or replaced; what was before stays in its history."""
    data = charter_data(charter, **more)
    with store.transact(actor=actor, reason=reason) as tx:
        found = Records(store).committee(committee)
        made = {**found, "charter": json_property(data)}
        tx.put(made)
    return made


def count_genders(
    store: Store, committee: str, *, counts: Mapping[str, int], as_of: str, reason: str, actor: str
) -> Document:
    """How many of the appointed members are women and men, as a count alone; nothing is kept of a person."""
    if not counts or any(not isinstance(n, int) or isinstance(n, bool) or n < 0 for n in counts.values()):
        raise CallerError("committees.bad-counts", found=str(dict(counts)))
    day = checked_day(as_of, "as_of")
    with store.transact(actor=actor, reason=reason) as tx:
        found = Records(store).committee(committee)
        made = {**found, "genderCounts": json_property({"as_of": day.isoformat(), "counts": dict(counts)})}
        tx.put(made)
    return made


def appoint(
    store: Store,
    committee: str,
    *,
    person: Name,
    role: str,
    kind: str,
    organisation: str | None,
    represents: str | None,
    starts_on: str | date,
    ends_on: str | date | None,
    reason: str,
    actor: str,
) -> Place:
    """A person as member of a committee, in the term that the charter gives, unless its end is said."""
    _one_of("role", role, ROLES)
    _one_of("kind", kind, KINDS)
    first = checked_day(starts_on, "starts_on")
    with store.transact(actor=actor, reason=reason) as tx:
        records = Records(store)
        found = records.committee(committee)
        charter, mine = records.charter(found), records.places_of(found["id"])
        who, new_person = _person(records, person)
        last = checked_day(ends_on, "ends_on") if ends_on is not None else _end_of_term(charter, kind, first)
        if last is not None and last < first:
            raise CallerError("committees.term-backwards", first=first.isoformat(), last=last.isoformat())
        name = _pair(value_of(new_person, "name"), "person") if new_person else records.label(who) or UNSTATED
        number = next_term(mine, who, first) if role in VOTING else None
        _check_place(charter, mine, who, name, role=role, kind=kind, first=first, last=last, term=number)
        made: Document = {
            "id": new_id(store, "Membership", f"{code_of(found['id'])}-{code_of(who)}-{first.isoformat()}"),
            "type": "Membership",
            "refCommittee": relationship(found["id"]),
            "refPerson": relationship(who),
            "role": property_(role),
            "memberKind": property_(kind),
            "startsOn": property_(first.isoformat()),
            **_where(records, organisation),
        }
        if represents:
            made["represents"] = property_(represents)
        if number is not None:
            made["termNumber"] = property_(number)
        if last is not None:
            made["endsOn"] = property_(last.isoformat())
        if new_person is not None:
            tx.put(new_person)
        tx.put(made)
        return place_of(made, {**records.people, **({who: new_person} if new_person else {})}, records.bodies)


def hold_office(
    store: Store,
    *,
    person: Name,
    organisation: str,
    post: Name,
    starts_on: str | date,
    ends_on: str | date | None,
    reason: str,
    actor: str,
) -> Place:
    """A person's office in an organisation (the mayor of a city, the head of a department) for a period."""
    first = checked_period(starts_on, "starts_on")
    last = checked_period(ends_on, "ends_on") if ends_on is not None else None
    if last is not None and last.last < first.first:
        raise CallerError("committees.term-backwards", first=first.text, last=last.text)
    with store.transact(actor=actor, reason=reason) as tx:
        records = Records(store)
        who, new_person = _person(records, person)
        made: Document = {
            "id": new_id(store, "Membership", f"{code_of(who)}-{slug_of(code_of(organisation))}-{first.text}"),
            "type": "Membership",
            "refPerson": relationship(who),
            "role": property_("holder"),
            "post": language_property(_pair(post, "post")),
            "startsOn": property_(first.text),
            **_where(records, organisation),
        }
        if last is not None:
            made["endsOn"] = property_(last.text)
        if new_person is not None:
            tx.put(new_person)
        tx.put(made)
        return place_of(made, {**records.people, **({who: new_person} if new_person else {})}, records.bodies)


def end_term(store: Store, membership: str, *, on: str | date, reason: str, actor: str) -> Place:
    """A place given up or taken away on a day, with the reason; it stays in the record."""
    day = checked_day(on, "date")
    with store.transact(actor=actor, reason=reason) as tx:
        records = Records(store)
        place = records.place(membership)
        if day < place.first():
            raise CallerError("committees.term-backwards", first=place.starts_on or "-", last=day.isoformat())
        if place.end_reason is not None:
            raise ConflictError(
                "committees.already-ended", name=place.name, ends_on=place.ends_on or "-", why=place.end_reason
            )
        document = records.view.document(place.id)
        assert document is not None
        last = min(day, place.last())  # what ran out before is recorded as run out, not prolonged
        made = {**document, "endsOn": property_(last.isoformat()), "endReason": property_(reason)}
        tx.put(made)
        return place_of(made, records.people, records.bodies)


# --- what the charter says to one appointment -----------------------------------------------------------------------


def _check_place(
    charter: Charter | None,
    mine: list[Place],
    who: str,
    name: Pair,
    *,
    role: str,
    kind: str,
    first: date,
    last: date | None,
    term: int | None,
) -> None:
    upto = last or date.max
    for place in mine:
        overlaps = place.first() <= upto and first <= place.last()
        if overlaps and place.person == who:
            raise ConflictError(
                "committees.already-member", name=name, starts_on=place.starts_on or "-", ends_on=place.ends_on or "-"
            )
        if overlaps and role == "chair" == place.role:
            raise ConflictError("committees.chair-taken", name=place.name, ends_on=place.ends_on or "-")
    if charter is None or term is None:
        return
    seats, rule = charter.seats, charter.term
    if seats is not None and seats.most is not None and len(serving(mine, first)) >= seats.most:
        raise ConflictError(
            "committees.no-seat", most=seats.most, clause=_clause(seats.clause, charter), day=first.isoformat()
        )
    if rule is not None and rule.renewals is not None and kind == "appointed" and term > rule.renewals + 1:
        raise ConflictError(
            "committees.renewed-too-often",
            name=name,
            terms=term,
            renewals=rule.renewals,
            clause=_clause(rule.clause, charter),
        )
    if rule is not None and kind == "appointed" and last is not None and last > term_end(first, rule.years):
        raise CallerError(
            "committees.term-too-long",
            years=rule.years,
            last=term_end(first, rule.years).isoformat(),
            clause=_clause(rule.clause, charter),
        )


def _end_of_term(charter: Charter | None, kind: str, first: date) -> date | None:
    """The end of an appointed member's term; an official serves as long as in office."""
    if charter is None or charter.term is None or kind == "official":
        return None
    return term_end(first, charter.term.years)


def _clause(clause: Pair | None, charter: Charter) -> Pair:
    return clause or charter.source


# --- parts ----------------------------------------------------------------------------------------------------------


def _person(records: Records, person: Name) -> tuple[str, Document | None]:
    """The id of a person who is known, or of a new one together with its document."""
    if isinstance(person, str) and person.startswith("urn:"):
        if person not in records.people:
            raise CallerError("committees.person-unknown", name=person)
        return person, None
    name = _pair(person, "person")
    same = [
        id for id, one in records.people.items() if set(name.values()) & set((value_of(one, "name") or {}).values())
    ]
    if len(same) > 1:
        raise CallerError("committees.name-twice", name=name["ko"], ids=", ".join(same))
    if same:
        return same[0], None
    made = new_id(records.store, "Person", slug_of(name["en"]))
    return made, {"id": made, "type": "Person", "name": language_property(name)}


def _where(records: Records, organisation: str | None) -> dict[str, Instance]:
    if organisation is None:
        return {}
    if organisation not in records.bodies and records.view.document(organisation) is None:
        raise CallerError("committees.organisation-unknown", id=organisation)
    return {"refOrganisation": relationship(organisation)}


def _pair(found: Name | Any, field: str) -> Pair:
    pair = pair_of(dict(found) if isinstance(found, Mapping) else found)
    if pair is None or not pair["ko"].strip():
        raise CallerError("committees.field-missing", field=field)
    return pair


def _one_of(field: str, found: str, words: tuple[str, ...]) -> None:
    if found not in words:
        raise CallerError("committees.not-one-of", field=field, found=found, known=", ".join(words))


__all__ = ["Name", "appoint", "count_genders", "end_term", "establish", "hold_office", "set_charter"]
