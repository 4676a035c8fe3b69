"""Committees of a city: `city.committees`, one door to charters, members, meetings, agenda, votes, alerts, papers.

Everything is seen and written on main, whatever branch the city is looked at from: a committee decides about branches.
The rules stand in the modules behind the door: `charters` and `quorum` (what an ordinance says), `membership`,
`appointing` and `composition` (who sits there), `meetings`, `agenda`, `recusals` and `votes` (what happens),
`followups`, `committee_alerts`, `committee_desk` and `minutes` (what is shown of it).

A member is named by membership, person, or name; committees, meetings and items by id or the end of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as CivilDay
from pathlib import Path
from typing import Any

from madang import clock
from madang.civic.committees import agenda, appointing, charters, followups, meetings, minutes, recusals, votes
from madang.civic.committees import desk as committee_desk
from madang.civic.committees.alerts import WITHIN_DAYS, Alert, alerts
from madang.civic.committees.appointing import Name
from madang.civic.committees.composition import Finding, composition
from madang.civic.committees.conflicts import Conflict, conflicts
from madang.civic.committees.desk import Json
from madang.civic.committees.meetings import Attendee
from madang.civic.committees.membership import Place, RoleAt, checked_day, checked_period, roles_at
from madang.civic.committees.records import Records
from madang.dates import period
from madang.documents.paper import Paper
from madang.entities.entity import value_of
from madang.errors import CallerError, Language
from madang.store import Seat, Store

Day = str | CivilDay


class Committees:
    """Committees, meetings and votes of the city at a seat."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    # --- reading ------------------------------------------------------------------------------------------------------

    def all(self, *, as_of: Day | None = None) -> list[Json]:
        """Every committee with its members, meetings, place in its cycle, and alerts."""
        records, today = self._records(), self._day(as_of)
        found = alerts(records, today)
        return [committee_desk.committee_card(records, one, today, found) for one in records.committees]

    def committee(self, committee: str, *, as_of: Day | None = None) -> Json:
        """One committee in full."""
        records = self._records()
        return committee_desk.committee_card(records, records.committee(committee), self._day(as_of))

    def meeting(self, meeting: str) -> Json:
        """One meeting in full: attendance, agenda, recusals, votes, statements, follow-ups."""
        records = self._records()
        return committee_desk.meeting_page(records, records.meeting(meeting), self._day(None))

    def item(self, item: str) -> Json:
        """One agenda item with its vote, recusals and ties."""
        records = self._records()
        return committee_desk.item_row(records, records.item(item))

    def desk(self, *, as_of: Day | None = None, within_days: int = WITHIN_DAYS) -> Json:
        """All that the committee desk shows, in one answer."""
        return committee_desk.desk(self._records(), self._day(as_of), within_days=within_days)

    def alerts(self, *, as_of: Day | None = None, within_days: int = WITHIN_DAYS) -> list[Alert]:
        """What has to be looked at on a day: overdue meetings, ending terms, broken composition, late follow-ups …"""
        return alerts(self._records(), self._day(as_of), within_days=within_days)

    def composition(self, committee: str, *, as_of: Day | None = None) -> list[Finding]:
        """Every rule on who sits in a committee, judged on a day; none where no charter is recorded."""
        records = self._records()
        found = records.committee(committee)
        charter = records.charter(found)
        if charter is None:
            return []
        places = records.places_of(found["id"])
        return composition(charter, places, self._day(as_of), value_of(found, "genderCounts"))

    def role_at(self, person: str, *, date: Day) -> list[RoleAt]:
        """The offices and memberships that a person held at a date, known to a day, a month or a year (R11)."""
        records = self._records()
        who = records.person(person)
        return roles_at([place for place in records.places if place.person == who], checked_period(date, "date"))

    def holder_of(self, organisation: str, *, date: Day, post: str | None = None) -> list[RoleAt]:
        """Who held an office in an organisation, or sat in a committee, at a date."""
        records, when = self._records(), checked_period(date, "date")
        held = [one for one in records.places if organisation in (one.committee, one.organisation)]
        wanted = [one for one in held if post is None or post in one.role_label().values() or post == one.role]
        return roles_at(wanted, when)

    def conflicts(self, item: str) -> list[Conflict]:
        """Members whose organisation is tied to what an item is about (R35)."""
        records = self._records()
        found = records.item(item)
        meeting = records.meeting(value_of(found, "refMeeting"))
        committee = value_of(meeting, "refCommittee")
        charter = records.charter(records.committee(committee)) if committee is not None else None
        barred = charter.recusal.by_law if charter is not None else ()
        when = period(str(value_of(meeting, "date")))
        return conflicts(records, found, meetings.members_of(records, meeting), when, by_law=barred)

    def charters(self) -> dict[str, Mapping[str, Any]]:
        """The charters that come with Madang, by name."""
        return charters.packaged_charters()

    # --- who sits there -----------------------------------------------------------------------------------------------

    def establish(
        self,
        *,
        name: Name,
        code: str,
        reason: str,
        charter: Mapping[str, Any] | str | Path | None = None,
        since: str | None = None,
        by: str | None = None,
    ) -> Json:
        """A new committee; its charter as data, as a YAML file, or as the name of one that comes with Madang."""
        store = self._seat.for_writing()
        made = appointing.establish(
            store, name=name, code=code, charter=charter, since=since, reason=_why(reason), actor=self._seat.actor(by)
        )
        return self.committee(made["id"])

    def set_charter(
        self,
        committee: str,
        *,
        charter: Mapping[str, Any] | str | Path,
        reason: str,
        by: str | None = None,
        **more: Any,
    ) -> Json:
        """A committee's charter recorded or replaced; `more` replaces parts of it, such as `to_meet`."""
        store = self._seat.for_writing()
        made = appointing.set_charter(
            store, committee, charter=charter, reason=_why(reason), actor=self._seat.actor(by), **more
        )
        return self.committee(made["id"])

    def appoint(
        self,
        committee: str,
        *,
        person: Name,
        starts_on: Day,
        reason: str,
        role: str = "member",
        kind: str = "appointed",
        organisation: str | None = None,
        represents: str | None = None,
        ends_on: Day | None = None,
        by: str | None = None,
    ) -> Place:
        """A person appointed, or sitting by office (`kind="official"`), for the term of the charter."""
        return appointing.appoint(
            self._seat.for_writing(),
            committee,
            person=person,
            role=role,
            kind=kind,
            organisation=organisation,
            represents=represents,
            starts_on=starts_on,
            ends_on=ends_on,
            reason=_why(reason),
            actor=self._seat.actor(by),
        )

    def end_term(self, membership: str, *, date: Day, reason: str, by: str | None = None) -> Place:
        """A place given up or taken away on a day; also how a term that ran out is put on record."""
        store = self._seat.for_writing()
        return appointing.end_term(store, membership, on=date, reason=_why(reason), actor=self._seat.actor(by))

    def hold_office(
        self,
        *,
        person: Name,
        organisation: str,
        post: Name,
        starts_on: Day,
        reason: str,
        ends_on: Day | None = None,
        by: str | None = None,
    ) -> Place:
        """A person's office in an organisation for a period: mayor, head of a department, secretary-general."""
        return appointing.hold_office(
            self._seat.for_writing(),
            person=person,
            organisation=organisation,
            post=post,
            starts_on=starts_on,
            ends_on=ends_on,
            reason=_why(reason),
            actor=self._seat.actor(by),
        )

    def count_genders(
        self, committee: str, *, counts: Mapping[str, int], as_of: Day, reason: str, by: str | None = None
    ) -> list[Finding]:
        """Women and men among the appointed members as counts alone; gives the composition as it is judged then."""
        day = checked_day(as_of, "as_of")
        appointing.count_genders(
            self._seat.for_writing(),
            committee,
            counts=counts,
            as_of=day.isoformat(),
            reason=_why(reason),
            actor=self._seat.actor(by),
        )
        return self.composition(committee, as_of=day)

    # --- what happens -------------------------------------------------------------------------------------------------

    def call_meeting(
        self,
        committee: str | None = None,
        *,
        date: Day,
        reason: str,
        kind: str = "regular",
        title: Name | None = None,
        venue: Name | None = None,
        study: str | None = None,
        by: str | None = None,
    ) -> Json:
        """A meeting called; without a committee a seminar, a briefing of a research service, or a public hearing."""
        made = meetings.call_meeting(
            self._seat.for_writing(),
            committee=committee,
            kind=kind,
            on=date,
            title=title,
            venue=venue,
            study=study,
            reason=_why(reason),
            actor=self._seat.actor(by),
        )
        return self.meeting(made["id"])

    def attend(
        self,
        meeting: str,
        *,
        person: str,
        mode: str = "in-person",
        part: str | None = None,
        affiliation: Name | None = None,
        proxy: str | None = None,
        from_item: str | None = None,
        until_item: str | None = None,
        reason: str = "attendance",
        by: str | None = None,
    ) -> Attendee:
        """Who was there and how; `until_item` is the item before which a person left."""
        return meetings.attend(
            self._seat.for_writing(),
            meeting,
            person=person,
            mode=mode,
            part=part,
            affiliation=affiliation,
            proxy=proxy,
            from_item=from_item,
            until_item=until_item,
            reason=_why(reason),
            actor=self._seat.actor(by),
        )

    def count_audience(
        self, meeting: str, *, count: int, status: str, reason: str = "audience", by: str | None = None
    ) -> Json:
        """How many listened, counted (observed) or estimated: "about 100" is an estimate."""
        store = self._seat.for_writing()
        meetings.count_audience(
            store, meeting, count=count, status=status, reason=_why(reason), actor=self._seat.actor(by)
        )
        return self.meeting(meeting)

    def open_meeting(self, meeting: str, *, reason: str = "opened", by: str | None = None) -> Json:
        """The meeting opened; refused with the clause below the quorum to meet (의사정족수)."""
        meetings.open_meeting(self._seat.for_writing(), meeting, reason=_why(reason), actor=self._seat.actor(by))
        return self.meeting(meeting)

    def close_meeting(self, meeting: str, *, reason: str = "closed", by: str | None = None) -> Json:
        """The meeting closed, once every item has been dealt with."""
        meetings.close_meeting(self._seat.for_writing(), meeting, reason=_why(reason), actor=self._seat.actor(by))
        return self.meeting(meeting)

    def cancel_meeting(self, meeting: str, *, reason: str, by: str | None = None) -> Json:
        """A meeting that does not take place."""
        meetings.cancel_meeting(self._seat.for_writing(), meeting, reason=_why(reason), actor=self._seat.actor(by))
        return self.meeting(meeting)

    def add_item(
        self,
        meeting: str,
        *,
        kind: str,
        reason: str = "agenda",
        title: Name | None = None,
        text: Name | None = None,
        proposal: str | None = None,
        concerns: Sequence[str] = (),
        rule: str = "ordinary",
        by: str | None = None,
    ) -> Json:
        """An item on the agenda: one of four that are heard, or a decision, which may put up a proposal."""
        made = agenda.add_item(
            self._seat.for_writing(),
            meeting,
            kind=kind,
            title=title,
            text=text,
            proposal=proposal,
            concerns=concerns,
            rule=rule,
            reason=_why(reason),
            actor=self._seat.actor(by),
        )
        return self.item(made["id"])

    def conclude(
        self, item: str, *, state: str, reason: str, outcome: Name | None = None, by: str | None = None
    ) -> Json:
        """An item heard, deferred or withdrawn; what is for decision is closed by its vote."""
        agenda.conclude(
            self._seat.for_writing(),
            item,
            state=state,
            outcome=outcome,
            reason=_why(reason),
            actor=self._seat.actor(by),
        )
        return self.item(item)

    def say(
        self,
        meeting: str,
        *,
        speaker: str,
        text: Name,
        item: str | None = None,
        issue: Name | None = None,
        affiliation: Name | None = None,
        reason: str = "statement",
        by: str | None = None,
    ) -> Json:
        """A statement, tied to an item or an issue."""
        made = meetings.say(
            self._seat.for_writing(),
            meeting,
            speaker=speaker,
            text=text,
            item=item,
            issue=issue,
            affiliation=affiliation,
            reason=_why(reason),
            actor=self._seat.actor(by),
        )
        return committee_desk.statement_row(self._records(), made)

    def recuse(
        self,
        item: str,
        *,
        member: str,
        kind: str,
        ground: str,
        accepted: bool | None = None,
        requested_by: str | None = None,
        reason: str = "recusal",
        by: str | None = None,
    ) -> Json:
        """A recusal: by law (제척; `accepted=False` records that there is no ground), on request (기피), own (회피)."""
        made = recusals.recuse(
            self._seat.for_writing(),
            item,
            member=member,
            kind=kind,
            ground=ground,
            accepted=accepted,
            requested_by=requested_by,
            reason=_why(reason),
            actor=self._seat.actor(by),
        )
        return recusals.recusal_row(self._records(), made)

    def decide_recusal(
        self, recusal: str, *, votes_for: int, votes_against: int, reason: str, by: str | None = None
    ) -> Json:
        """The committee's decision on a request (기피), by a count of the others."""
        made = recusals.decide_recusal(
            self._seat.for_writing(),
            recusal,
            votes_for=votes_for,
            votes_against=votes_against,
            reason=_why(reason),
            actor=self._seat.actor(by),
        )
        return recusals.recusal_row(self._records(), made)

    def vote(
        self,
        item: str,
        *,
        ballots: votes.Ballots | None = None,
        counts: Mapping[str, int] | None = None,
        dissent: Sequence[Mapping[str, Any]] = (),
        conditions: Sequence[str] = (),
        reason: str = "vote",
        by: str | None = None,
    ) -> Json:
        """The vote on an item, by ballots of members or by the counts of a secret one; refused where it is invalid."""
        made = votes.vote(
            self._seat.for_writing(),
            item,
            ballots=ballots,
            counts=counts,
            dissent=dissent,
            conditions=conditions,
            reason=_why(reason),
            actor=self._seat.actor(by),
        )
        return committee_desk.vote_row(self._records(), made)

    def follow_up(
        self, item: str, *, title: Name, owner: str, due: Day, reason: str = "follow-up", by: str | None = None
    ) -> Json:
        """Something to be done after an item, by an owner until a day."""
        made = followups.follow_up(
            self._seat.for_writing(),
            item,
            title=title,
            owner=owner,
            due=due,
            reason=_why(reason),
            actor=self._seat.actor(by),
        )
        return committee_desk.follow_up_row(self._records(), made, self._day(None))

    def follow_up_done(
        self, follow_up: str, *, date: Day, evidence: str | None, reason: str, by: str | None = None
    ) -> Json:
        """A follow-up done, with the entity that shows it."""
        store = self._seat.for_writing()
        made = followups.done(
            store, follow_up, on=date, evidence=evidence, reason=_why(reason), actor=self._seat.actor(by)
        )
        return committee_desk.follow_up_row(self._records(), made, self._day(None))

    # --- papers -------------------------------------------------------------------------------------------------------

    def minutes(self, meeting: str, *, language: Language = "ko") -> Paper:
        """The minutes (회의록) as a paper, for `documents` to write."""
        return minutes.minutes_paper(self._store, meeting, language)

    def papers(self, meeting: str, *, language: Language = "ko") -> Paper:
        """The paper that members get before the meeting (회의자료)."""
        return minutes.agenda_paper(self._store, meeting, language)

    # --- parts --------------------------------------------------------------------------------------------------------

    @property
    def _store(self) -> Store:
        return self._seat.store

    def _records(self) -> Records:
        return Records(self._store)

    def _day(self, as_of: Day | None) -> CivilDay:
        """The day asked for, else today in the city's zone."""
        return clock.today(self._store.city.zone) if as_of is None else checked_day(as_of, "as_of")


def _why(reason: str) -> str:
    if not reason.strip():
        raise CallerError("committees.field-missing", field="reason")
    return reason
