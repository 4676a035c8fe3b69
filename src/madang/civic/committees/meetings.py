"""Meetings: called, opened, closed; who is there, who says what about what (R10).

    called  ->  open  ->  closed            called -> cancelled

A regular or extraordinary meeting of a committee whose charter has a quorum to meet (의사정족수) opens only when that
many members are there; seminars, briefings and hearings have no quorum. Attendance is recorded of all who came; a
place, role and affiliation are never copied onto it, but looked up for the meeting's date, so that they are right after
a change of office too. The audience is a count with its status, never a list.

A statement has an agenda item or an issue that it belongs to. What was said is text somebody wrote down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from madang import clock
from madang.civic.committees import quorum
from madang.civic.committees.charters import Charter
from madang.civic.committees.membership import Place, RoleAt, checked_day, checked_period, pair_of, roles_at, serving
from madang.civic.committees.records import Records, code_of, new_id
from madang.civic.committees.words import said
from madang.dates import Period, period
from madang.entities.entity import Document, json_property, language_property, property_, relationship, value_of
from madang.errors import CallerError, ConflictError, NotFoundError, Pair
from madang.store import Store

Kind = Literal[
    "regular", "extraordinary", "seminar", "launch-briefing", "interim-briefing", "final-briefing", "public-hearing"
]
KINDS: tuple[str, ...] = Kind.__args__  # type: ignore[attr-defined]
OF_COMMITTEES = frozenset({"regular", "extraordinary"})
MODES = ("in-person", "online", "proxy", "absent")
PARTS = ("member", "official", "speaker", "panel", "moderator", "guest")
STATES = ("called", "open", "closed", "cancelled")
STATUSES = ("observed", "estimated", "synthetic")


@dataclass(frozen=True)
class Attendee:
    """One entry of the attendance list, with the place in the committee or the roles held at the meeting's date."""

    person: str
    name: Pair
    part: str
    mode: str
    place: Place | None
    roles: Sequence[RoleAt]
    affiliation: Pair | None
    proxy: Pair | None
    from_item: int | None
    until_item: int | None

    def at_item(self, order: int) -> bool:
        """Whether the person was there when an item was dealt with."""
        came = self.from_item is None or self.from_item <= order
        return self.mode != "absent" and came and (self.until_item is None or order < self.until_item)

    def as_json(self) -> dict[str, Any]:
        """As the pages and the doors give it."""
        return {
            "person": self.person,
            "name": dict(self.name),
            "part": self.part,
            "part_label": said(f"part-{self.part}"),
            "mode": self.mode,
            "mode_label": said(f"mode-{self.mode}"),
            "membership": self.place.id if self.place else None,
            "role_label": self.role_label(),
            "affiliation": self.affiliation,
            "roles": [role.as_json() for role in self.roles],
            "proxy": self.proxy,
            "from_item": self.from_item,
            "until_item": self.until_item,
        }

    def role_label(self) -> Pair:
        """The role at the date in words: of a member in the committee, else the office, else the part taken."""
        if self.place is not None:
            return self.place.role_label()
        offices = [role for role in self.roles if role.place.committee is None]
        return offices[0].place.role_label() if offices else said(f"part-{self.part}")


def call_meeting(
    store: Store,
    *,
    committee: str | None,
    kind: str,
    on: str | date,
    title: str | Mapping[str, str] | None,
    venue: str | Mapping[str, str] | None,
    study: str | None,
    reason: str,
    actor: str,
) -> Document:
    """A meeting called for a date; of a committee, or a seminar, briefing or hearing of its own."""
    if kind not in KINDS:
        raise CallerError("committees.not-one-of", field="kind", found=kind, known=", ".join(KINDS))
    if committee is None and kind in OF_COMMITTEES:
        raise CallerError("committees.meeting-without-committee", kind=said(f"meeting-{kind}"))
    if committee is None and pair_of(title) is None:
        raise CallerError("committees.field-missing", field="title")
    when = checked_period(on, "date")
    if committee is not None:
        checked_day(on, "date")  # members in office are those of a day
    with store.transact(actor=actor, reason=reason, act="meeting") as tx:
        records = Records(store)
        found = records.committee(committee) if committee is not None else None
        if found is not None and any(
            value_of(one, "date") == when.text
            and value_of(one, "kind") == kind
            and value_of(one, "state") != "cancelled"
            for one in records.meetings_of(found["id"])
        ):
            raise ConflictError("committees.meeting-exists", date=when.text, kind=said(f"meeting-{kind}"))
        body = code_of(found["id"]) if found is not None else kind
        named = pair_of(title) or said(
            "meeting-title",
            committee=records.label(found["id"]) if found else "",
            kind=said(f"meeting-{kind}"),
            date=when.text,
        )
        made: Document = {
            "id": new_id(store, "Meeting", f"{body}-{when.text}"),
            "type": "Meeting",
            "title": language_property(named),
            "kind": property_(kind),
            "date": property_(when.text),
            "state": property_("called"),
        }
        if found is not None:
            made["refCommittee"] = relationship(found["id"])
        if (where := pair_of(venue)) is not None:
            made["venue"] = language_property(where)
        if study is not None:
            made["refStudy"] = relationship(study)
        if (place := records.city()) is not None:
            made["refCity"] = relationship(place)
        tx.put(made)
    return made


def attend(
    store: Store,
    meeting: str,
    *,
    person: str,
    mode: str,
    part: str | None,
    affiliation: str | Mapping[str, str] | None,
    proxy: str | None,
    from_item: str | None,
    until_item: str | None,
    reason: str,
    actor: str,
) -> Attendee:
    """Who was there, how, and from which item to which; said again, it replaces what was said before."""
    if mode not in MODES:
        raise CallerError("committees.not-one-of", field="mode", found=mode, known=", ".join(MODES))
    if part is not None and part not in PARTS:
        raise CallerError("committees.not-one-of", field="part", found=part, known=", ".join(PARTS))
    with store.transact(actor=actor, reason=reason, act="meeting") as tx:
        records = Records(store)
        found = records.meeting(meeting)
        require_state(found, "called", "open")
        who, place = _attending(records, found, person)
        if part == "member" and place is None:
            raise CallerError("committees.not-a-member", name=records.label(who) or who, date=_date(found).text)
        taken = part or ("member" if place is not None and place.votes else "guest")
        entry: dict[str, Any] = {"person": who, "part": taken, "mode": mode}
        if place is not None:
            entry["member"] = place.id
        if (stated := pair_of(affiliation)) is not None:
            entry["affiliation"] = stated
        if mode == "proxy":
            if not proxy:
                raise CallerError("committees.field-missing", field="proxy")
            entry["proxy"] = pair_of(proxy)
        for name, item in (("fromItem", from_item), ("untilItem", until_item)):
            if item is not None:
                entry[name] = _item_of(records, found, item)["id"]
        kept = [one for one in value_of(found, "attendance") or [] if one["person"] != who]
        made = {**found, "attendance": json_property([*kept, entry])}
        tx.put(made)
        return _attendee(records, made, entry)


def count_audience(store: Store, meeting: str, *, count: int, status: str, reason: str, actor: str) -> Document:
    """How many listened, as a count that says whether it was counted (observed) or estimated."""
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise CallerError("committees.bad-counts", found=str(count))
    if status not in STATUSES:
        raise CallerError("committees.not-one-of", field="status", found=status, known=", ".join(STATUSES))
    with store.transact(actor=actor, reason=reason, act="meeting") as tx:
        found = Records(store).meeting(meeting)
        made = {**found, "audience": property_(count, unit="IE", status=status)}
        tx.put(made)
    return made


def open_meeting(store: Store, meeting: str, *, reason: str, actor: str) -> Document:
    """The meeting opened, if as many members are there as its charter asks for."""
    with store.transact(actor=actor, reason=reason, act="meeting") as tx:
        records = Records(store)
        found = records.meeting(meeting)
        require_state(found, "called")
        moment = clock.to_text(clock.now())
        made = {**found, "state": property_("open"), "openedAt": property_(moment)}
        committee_id = value_of(found, "refCommittee")
        if committee_id is not None and value_of(found, "kind") in OF_COMMITTEES:
            committee = records.committee(committee_id)
            charter = records.charter(committee)
            members = members_of(records, found)
            there = [one for one in attendance(records, found) if counts_as_present(one, charter) and one.at_item(0)]
            made["numberOfMembers"] = property_(len(members), unit="IE")
            made["numberPresent"] = property_(len(there), unit="IE")
            if charter is not None and charter.to_meet is not None:
                bases = {"members": len(members), "present": len(there), "cast": 0}
                clause = charter.to_meet.clause or charter.source
                judged = quorum.judge(charter.to_meet.rule, len(there), bases, clause=clause)
                if not judged.held:
                    raise ConflictError(
                        "committees.no-quorum-to-open",
                        needed=judged.needed,
                        have=judged.have,
                        members=len(members),
                        rule=judged.rule.label(),
                        clause=clause,
                    )
                made["quorum"] = json_property(judged.as_json())
        tx.put(made)
    return made


def close_meeting(store: Store, meeting: str, *, reason: str, actor: str) -> Document:
    """The meeting closed, once every item has been dealt with."""
    with store.transact(actor=actor, reason=reason, act="meeting") as tx:
        records = Records(store)
        found = records.meeting(meeting)
        require_state(found, "open")
        waiting = [one for one in records.items_of(found["id"]) if value_of(one, "state") == "listed"]
        if waiting:
            titles = [pair_of(value_of(one, "title")) or {"ko": "", "en": ""} for one in waiting]
            joined: Pair = {language: ", ".join(title[language] for title in titles) for language in ("ko", "en")}
            raise ConflictError("committees.items-waiting", count=len(waiting), items=joined)
        made = {**found, "state": property_("closed"), "closedAt": property_(clock.to_text(clock.now()))}
        tx.put(made)
    return made


def cancel_meeting(store: Store, meeting: str, *, reason: str, actor: str) -> Document:
    """A meeting that was called and did not take place."""
    with store.transact(actor=actor, reason=reason, act="meeting") as tx:
        found = Records(store).meeting(meeting)
        require_state(found, "called")
        made = {**found, "state": property_("cancelled"), "text": language_property({"ko": reason, "en": reason})}
        tx.put(made)
    return made


def say(
    store: Store,
    meeting: str,
    *,
    speaker: str,
    text: str | Mapping[str, str],
    item: str | None,
    issue: str | Mapping[str, str] | None,
    affiliation: str | Mapping[str, str] | None,
    reason: str,
    actor: str,
) -> Document:
    """A statement as it was written down, tied to an agenda item, an issue, or both (R10)."""
    what = pair_of(text)
    if what is None:
        raise CallerError("committees.field-missing", field="text")
    named = pair_of(issue)
    if item is None and named is None:
        raise CallerError("committees.statement-without-issue")
    with store.transact(actor=actor, reason=reason, act="meeting") as tx:
        records = Records(store)
        found = records.meeting(meeting)
        require_state(found, "open", "closed")
        listed = {one["person"]: one for one in value_of(found, "attendance") or []}
        who = records.person(speaker) if speaker not in listed else speaker
        if who not in listed or listed[who]["mode"] == "absent":
            raise CallerError("committees.speaker-not-there", name=records.label(who) or who)
        order = 1 + sum(value_of(one, "refMeeting") == found["id"] for one in records.speeches)
        made: Document = {
            "id": new_id(store, "Speech", f"{code_of(found['id'])}-{order}"),
            "type": "Speech",
            "text": language_property(what),
            "order": property_(order),
            "refMeeting": relationship(found["id"]),
            "refPerson": relationship(who),
        }
        if item is not None:
            made["refAgendaItem"] = relationship(_item_of(records, found, item)["id"])
        if named is not None:
            made["issue"] = language_property(named)
        if (stated := pair_of(affiliation)) is not None:
            made["affiliation"] = language_property(stated)
        tx.put(made)
    return made


# --- who is there ---------------------------------------------------------------------------------------------------


def attendance(records: Records, meeting: Document) -> list[Attendee]:
    """The attendance list with roles and affiliations as of the meeting's date; members first."""
    found = [_attendee(records, meeting, entry) for entry in value_of(meeting, "attendance") or []]
    return sorted(found, key=lambda one: (one.place is None, PARTS.index(one.part), one.name["ko"], one.person))


def members_of(records: Records, meeting: Document) -> list[Place]:
    """The members in office (재적위원) on the day of a committee's meeting."""
    committee = value_of(meeting, "refCommittee")
    return serving(records.places_of(committee), day_of(meeting)) if committee is not None else []


def counts_as_present(attendee: Attendee, charter: Charter | None) -> bool:
    """Whether a member counts as present: in person, else only where the charter says so."""
    if attendee.place is None or not attendee.place.votes:
        return False
    rule = charter.attendance if charter is not None else None
    if attendee.mode == "online":
        return rule is not None and rule.online
    if attendee.mode == "proxy":
        return rule is not None and rule.proxy
    return attendee.mode == "in-person"


def person_at(
    records: Records, person: str, when: Period, stated: Pair | None = None
) -> tuple[list[RoleAt], Pair | None]:
    """What a person was at a date: roles, and affiliation as it was stated, else by office, else by membership."""
    roles = roles_at([place for place in records.places if place.person == person], when)
    known = [role.place.organisation_name for role in roles if role.place.organisation_name is not None]
    offices = [r.place.organisation_name for r in roles if r.place.committee is None and r.place.organisation_name]
    return roles, stated or next(iter([*offices, *known]), None)


def require_state(meeting: Document, *states: str) -> None:
    """Refuse what the meeting's state does not allow."""
    state = str(value_of(meeting, "state") or "called")
    if state not in states:
        wanted = [said(f"state-{one}") for one in states]
        joined: Pair = {language: " · ".join(one[language] for one in wanted) for language in ("ko", "en")}
        raise ConflictError(
            "committees.meeting-state", meeting=code_of(meeting["id"]), state=said(f"state-{state}"), wanted=joined
        )


def day_of(meeting: Document) -> date:
    """The day of a meeting; a meeting of a committee has one."""
    return checked_day(str(value_of(meeting, "date")), "date")


def _date(meeting: Document) -> Period:
    return period(str(value_of(meeting, "date")))


def _attending(records: Records, meeting: Document, person: str) -> tuple[str, Place | None]:
    """The person meant, and the place in the committee on the day of the meeting, if there is one."""
    committee, when = value_of(meeting, "refCommittee"), _date(meeting)
    if committee is None:
        return records.person(person), None
    places = records.places_named(committee, person)
    if not places:
        return records.person(person), None
    now = [place for place in places if place.held(when)]
    return places[-1].person, now[-1] if now else None


def _attendee(records: Records, meeting: Document, entry: Mapping[str, Any]) -> Attendee:
    roles, affiliation = person_at(records, entry["person"], _date(meeting), entry.get("affiliation"))
    place = next((one for one in records.places if one.id == entry.get("member")), None)
    if place is not None and not entry.get("affiliation"):
        affiliation = place.organisation_name or affiliation
    orders = {one["id"]: int(value_of(one, "order") or 0) for one in records.items_of(meeting["id"])}
    name = records.label(entry["person"]) or {"ko": entry["person"], "en": entry["person"]}
    return Attendee(
        entry["person"],
        name,
        entry["part"],
        entry["mode"],
        place,
        roles,
        affiliation,
        entry.get("proxy"),
        orders.get(entry.get("fromItem", "")),
        orders.get(entry.get("untilItem", "")),
    )


def _item_of(records: Records, meeting: Document, item: str) -> Document:
    """An item of this meeting, by id, end of id, or its place on the agenda."""
    mine = records.items_of(meeting["id"])
    for one in mine:
        if item in (one["id"], code_of(one["id"]), str(value_of(one, "order"))):
            return one
    known = ", ".join(code_of(one["id"]) for one in mine) or "-"
    raise NotFoundError("committees.item-unknown", id=item, known=known)
