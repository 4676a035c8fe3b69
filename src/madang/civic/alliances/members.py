"""Who joins an alliance and who leaves it, and when. What is written here, `alliance_records` reads.

A city belongs once at a time. Once the alliance is a special local government, joining and leaving need the vote of the
city's own council (Local Autonomy Act, Art. 208(1)): the record of it is named as evidence.
"""

from __future__ import annotations

from datetime import date

from madang import dates
from madang.civic.alliances.records import (
    AUTHORITY,
    Period,
    alliance_named,
    city_named,
    civil_day,
    missing_ids,
    name_of_city,
    need_reason,
    next_id,
    pair,
    periods_of,
    today_of,
)
from madang.entities.entity import Document, property_, relationship, urn, value_of
from madang.entities.query import Query, parse_types
from madang.errors import ConflictError, ForbiddenError, NotFoundError
from madang.store import Store, View


def join(
    store: Store, alliance: str, *, city: str, on: str | None, evidence: str | None, form: str, reason: str, actor: str
) -> Document:
    """A city joins; refused while it belongs already, or is to belong later."""
    need_reason(reason)
    view = store.view()
    found, member = alliance_named(view, alliance), city_named(view, city)
    day = civil_day(on, today=today_of(store))
    first = dates.period(day).first
    for one in periods_of(view, found):
        if one.city == member and (one.left is None or dates.period(one.left).last >= first):
            raise ConflictError(
                "alliances.member-twice",
                city=one.name,
                alliance=pair(value_of(found, "name")),
                joined=one.joined or "?",
                left=one.left or "",
            )
    _require_vote(view, form, member, evidence)
    taken = view.ids(Query(types=parse_types("AllianceMember")))
    made = _record(found["id"], member, next_id(taken, _stem(found["id"], member)), day, None, evidence, reason, actor)
    with store.transact(actor=actor, reason=reason) as tx:
        tx.put(made)
    return made


def leave(
    store: Store, alliance: str, *, city: str, on: str | None, evidence: str | None, form: str, reason: str, actor: str
) -> Document:
    """A city leaves; its last day of membership is the day named."""
    need_reason(reason)
    view = store.view()
    found, member = alliance_named(view, alliance), city_named(view, city)
    day = civil_day(on, today=today_of(store))
    stands = _member_on(view, found, member, dates.period(day).last)
    _require_vote(view, form, member, evidence)
    id = stands.record or next_id(view.ids(Query(types=parse_types("AllianceMember"))), _stem(found["id"], member))
    made = _record(found["id"], member, id, stands.joined, day, evidence, reason, actor)
    with store.transact(actor=actor, reason=reason) as tx:
        tx.put(made)
    return made


def _member_on(view: View, alliance: Document, member: str, day: date) -> Period:
    for one in periods_of(view, alliance):
        if one.city == member and one.left is None and one.holds(day):
            return one
    raise NotFoundError(
        "alliances.not-a-member",
        city=name_of_city(view, member),
        alliance=pair(value_of(alliance, "name")),
        on=day.isoformat(),
    )


def _require_vote(view: View, form: str, member: str, evidence: str | None) -> None:
    if evidence is not None and missing_ids(view, [evidence]):
        raise NotFoundError("alliances.evidence-unknown", id=evidence)
    if form == "special-local-government" and evidence is None:
        raise ForbiddenError("alliances.join-without-vote", city=name_of_city(view, member))


def _stem(alliance: str, member: str) -> str:
    return urn("AllianceMember", AUTHORITY, f"{alliance.rpartition(':')[2]}-{member.rpartition(':')[2]}")


def _record(
    alliance: str,
    member: str,
    id: str,
    joined: str | None,
    left: str | None,
    evidence: str | None,
    reason: str,
    actor: str,
) -> Document:
    made: Document = {
        "id": id,
        "type": "AllianceMember",
        "refAlliance": relationship(alliance),
        "refMember": relationship(member),
        "recordedBy": property_(actor),
    }
    for name, value in (("startsOn", joined), ("endsOn", left), ("reason", reason or None)):
        if value is not None:
            made[name] = property_(value)
    if evidence is not None:
        made["evidence"] = relationship(evidence)
    return made
