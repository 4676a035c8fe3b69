"""What a committee's secretary should look at on a day. Each alert names the thing, the day, the clause (R12).

overdue-meeting     a cycle passed without a recorded regular meeting, and none was held since
meeting-due         the current cycle ends soon, and no regular meeting is called
term-expiring       a term ends within so many days
term-expired        it ended, and nobody recorded what came of it
vacancy             fewer members than the charter asks for
composition         a rule on who sits there is broken
follow-up-overdue   something agreed was not shown to be done
opinions-open       an item waits for dispositions
recusal-undecided   a request waits for the committee
conflict            a tie that nobody has looked into
charter-missing     meetings are held, and no charter is recorded
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from madang.civic.committees.agenda import DECISION, item_title
from madang.civic.committees.charters import Charter
from madang.civic.committees.composition import composition
from madang.civic.committees.conflicts import conflicts
from madang.civic.committees.meeting_cycle import cycle_name, schedule
from madang.civic.committees.meetings import members_of
from madang.civic.committees.membership import Place, pair_of
from madang.civic.committees.records import Records
from madang.civic.committees.words import said
from madang.dates import period
from madang.entities.entity import Document, value_of
from madang.errors import Pair

WITHIN_DAYS = 60


@dataclass(frozen=True)
class Alert:
    """One thing to look at; `days` is counted from the day asked: behind it is negative, ahead of it positive."""

    kind: str
    committee: str | None
    committee_name: Pair | None
    about: str
    detail: Pair
    due: str | None = None
    days: int | None = None
    clause: Pair | None = None
    meeting: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As the pages and the doors give it."""
        return {
            "kind": self.kind,
            "label": said(f"alert-{self.kind}"),
            "committee": self.committee,
            "committee_name": self.committee_name,
            "about": self.about,
            "detail": self.detail,
            "due": self.due,
            "days": self.days,
            "clause": dict(self.clause) if self.clause else None,
            "meeting": self.meeting,
        }


def alerts(records: Records, today: date, *, within_days: int = WITHIN_DAYS) -> list[Alert]:
    """Every alert of a city on a day: what is late first, then what is near."""
    found: list[Alert] = []
    for committee in records.committees:
        charter = records.charter(committee)
        found += _of_cycle(records, committee, charter, today, within_days)
        found += _of_terms(records, committee, charter, today, within_days)
        found += _of_seats(records, committee, charter, today)
        if charter is None and records.meetings_of(committee["id"]):
            found.append(_alert("charter-missing", records, committee, committee["id"], said("alert-no-charter")))
    found += _of_items(records)
    found += _of_follow_ups(records, today)
    return sorted(found, key=lambda alert: (alert.days is None, alert.days or 0, alert.kind, alert.about))


def _of_cycle(
    records: Records, committee: Document, charter: Charter | None, today: date, within: int
) -> Iterator[Alert]:
    mine = records.meetings_of(committee["id"])
    at = schedule(committee, charter, mine, today)
    if at is None:
        return
    if at.overdue_since is not None:
        due = at.overdue_since - timedelta(days=1)
        known = _announced(records, committee)
        detail = said(
            "overdue-announced" if known else "overdue",
            cycle=cycle_name(at.missed[-1]),
            count=len(at.missed),
            every=said(f"cycle-{at.every}"),
            last=at.last_meeting or said("none-recorded"),
            announced=known or "",
        )
        yield _alert("overdue-meeting", records, committee, committee["id"], detail, due, today, at.basis)
    left = (at.due - today).days
    called = any(value_of(one, "kind") == "regular" and value_of(one, "state") == "called" for one in mine)
    if not at.met and not called and left <= within:
        detail = said("meeting-due", cycle=cycle_name(at.current), days=left)
        yield _alert("meeting-due", records, committee, committee["id"], detail, at.due, today, at.basis)


def _announced(records: Records, committee: Document) -> Pair | None:
    """The date of the meeting at which a committee was last announced, as that announcement states it."""
    id = value_of(committee, "refAnnouncement")
    told = records.view.document(id) if isinstance(id, str) else None
    if told is None or value_of(told, "kind") != "committee-meeting":
        return None
    date = str(value_of(told, "date"))
    assumed = value_of(told["date"], "assumption") if "date" in told else None
    return said("announced-assumed" if assumed else "announced-stated", date=date)


def _of_terms(
    records: Records, committee: Document, charter: Charter | None, today: date, within: int
) -> Iterator[Alert]:
    places = [place for place in records.places_of(committee["id"]) if place.ends_on and place.end_reason is None]
    clause = charter.term.clause or charter.source if charter is not None and charter.term is not None else None
    for place in places:
        if _follows(places, place):
            continue
        left = (place.last() - today).days
        facts: dict[str, Any] = {"name": place.name, "role": place.role_label(), "date": place.ends_on}
        if left < 0:
            yield _alert(
                "term-expired", records, committee, place.id, said("term-expired", **facts), place.last(), today, clause
            )
        elif left <= within and place.first() <= today:
            detail = said(_ending(charter, place), days=left, **facts)
            yield _alert("term-expiring", records, committee, place.id, detail, place.last(), today, clause)


def _ending(charter: Charter | None, place: Place) -> str:
    """Which sentence an ending term gets: whether the charter lets it be renewed once more."""
    if charter is None or charter.term is None or charter.term.renewals is None or place.term is None:
        return "term-expiring"
    return "term-expiring-renewable" if place.term <= charter.term.renewals else "term-expiring-last"


def _follows(places: list[Place], place: Place) -> bool:
    """Whether the same person goes on with another term."""
    return any(one.person == place.person and one.first() > place.first() for one in places)


def _of_seats(records: Records, committee: Document, charter: Charter | None, today: date) -> Iterator[Alert]:
    if charter is None or not records.places_of(committee["id"]):
        return
    genders = value_of(committee, "genderCounts")
    for finding in composition(charter, records.places_of(committee["id"]), today, genders):
        if finding.state == "broken":
            kind = "vacancy" if finding.rule == "seats" else "composition"
            detail = said("rule-and-finding", rule=finding.label, found=finding.detail)
            yield _alert(kind, records, committee, committee["id"], detail, clause=finding.clause)


def _of_items(records: Records) -> Iterator[Alert]:
    for item in records.items:
        if value_of(item, "state") != "listed":
            continue
        meeting = records.meeting(value_of(item, "refMeeting"))
        if value_of(meeting, "state") == "cancelled":
            continue
        committee = value_of(meeting, "refCommittee")
        body = records.committee(committee) if committee is not None else None
        if waiting := records.open_opinions(item):
            detail = said("opinions-open-at", item=item_title(item), count=len(waiting))
            yield _alert("opinions-open", records, body, item["id"], detail, meeting=meeting["id"])
        for one in records.recusals_of(item["id"]):
            if value_of(one, "state") == "requested":
                name = records.label(value_of(one, "refPerson"))
                detail = said("recusal-waits", name=name, item=item_title(item))
                yield _alert("recusal-undecided", records, body, one["id"], detail, meeting=meeting["id"])
        if body is None or value_of(item, "kind") != DECISION:
            continue
        charter = records.charter(body)
        barred = charter.recusal.by_law if charter is not None else ()
        when = period(str(value_of(meeting, "date")))
        for flag in conflicts(records, item, members_of(records, meeting), when, by_law=barred):
            if not flag.settled:
                tie = said(f"tie-{flag.tie}")
                facts: dict[str, Any] = {"name": flag.name, "organisation": flag.organisation_name, "tie": tie}
                clause = (charter.recusal.clause or charter.source) if charter is not None and flag.by_law else None
                detail = said("conflict-at", item=item_title(item), **facts)
                yield _alert("conflict", records, body, item["id"], detail, clause=clause, meeting=meeting["id"])


def _of_follow_ups(records: Records, today: date) -> Iterator[Alert]:
    for one in records.follow_ups:
        last = period(str(value_of(one, "due"))).last
        if value_of(one, "state") == "done" or last >= today:
            continue
        meeting = records.meeting(value_of(one, "refMeeting"))
        committee = value_of(meeting, "refCommittee")
        body = records.committee(committee) if committee is not None else None
        facts = {"title": pair_of(value_of(one, "title")), "owner": records.label(value_of(one, "owner"))}
        detail = said("follow-up-late", due=value_of(one, "due"), **facts)
        yield _alert("follow-up-overdue", records, body, one["id"], detail, last, today, meeting=meeting["id"])


def _alert(
    kind: str,
    records: Records,
    committee: Document | None,
    about: str,
    detail: Pair,
    due: date | None = None,
    today: date | None = None,
    clause: Pair | None = None,
    *,
    meeting: str | None = None,
) -> Alert:
    return Alert(
        kind=kind,
        committee=committee["id"] if committee is not None else None,
        committee_name=records.label(committee["id"]) if committee is not None else None,
        about=about,
        detail=detail,
        due=due.isoformat() if due is not None else None,
        days=(due - today).days if due is not None and today is not None else None,
        clause=clause,
        meeting=meeting,
    )
