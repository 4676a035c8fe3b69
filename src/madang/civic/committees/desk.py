"""What the pages show of committees: the desk with everything in one answer, one committee, one meeting. Reads only.

Every label is in both languages; every number that somebody may quote is a figure with its address.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from madang.civic.committees.agenda import DECISION, item_title
from madang.civic.committees.alerts import WITHIN_DAYS, Alert, alerts
from madang.civic.committees.charters import Charter
from madang.civic.committees.composition import composition
from madang.civic.committees.conflicts import conflicts
from madang.civic.committees.meeting_cycle import cycle_name, schedule
from madang.civic.committees.meetings import KINDS as MEETING_KINDS
from madang.civic.committees.meetings import attendance, members_of, person_at
from madang.civic.committees.membership import Place, pair_of, serving
from madang.civic.committees.records import Records
from madang.civic.committees.recusals import recusal_row
from madang.civic.committees.words import said
from madang.dates import period
from madang.entities.entity import Document, value_of
from madang.errors import Pair
from madang.indicators.stored import figure

Json = dict[str, Any]


def desk(records: Records, today: date, *, within_days: int = WITHIN_DAYS) -> Json:
    """All committees with members, meetings, agenda, votes, follow-ups, and what is to be looked at."""
    found = alerts(records, today, within_days=within_days)
    loose = [meeting for meeting in records.meetings if value_of(meeting, "refCommittee") is None]
    return {
        "as_of": today.isoformat(),
        "committees": [committee_card(records, one, today, found) for one in records.committees],
        "meetings": [meeting_row(records, one) for one in reversed(loose)],
        "follow_ups": [follow_up_row(records, one, today) for one in records.follow_ups],
        "alerts": [alert.as_json() for alert in found],
        "meeting_kinds": [{"kind": kind, "label": said(f"meeting-{kind}")} for kind in MEETING_KINDS],
    }


def committee_card(records: Records, committee: Document, today: date, found: Sequence[Alert] | None = None) -> Json:
    """One committee: charter, members with terms, its place in its cycle, meetings, composition, alerts."""
    charter, places = records.charter(committee), records.places_of(committee["id"])
    mine = records.meetings_of(committee["id"])
    at = schedule(committee, charter, mine, today)
    every = alerts(records, today) if found is None else found
    genders = value_of(committee, "genderCounts")
    open_now = [one for one in mine if value_of(one, "state") in ("called", "open")]
    return {
        "id": committee["id"],
        "name": records.label(committee["id"]),
        "since": value_of(committee, "since"),
        "announced_chair": value_of(committee, "chair"),
        "announced_cycle": value_of(committee, "meets"),
        "charter": charter_row(charter),
        "members": [member_row(place, today) for place in _in_order(places, today)],
        "seats": {
            "filled": len(serving(places, today)),
            "most": charter.seats.most if charter and charter.seats else None,
        },
        "schedule": {**at.as_json(), "current_label": cycle_name(at.current)} if at is not None else None,
        "next_meeting": meeting_row(records, open_now[0]) if open_now else None,
        "meetings": [meeting_row(records, one) for one in reversed(mine)],
        "composition": [one.as_json() for one in composition(charter, places, today, genders)] if charter else [],
        "alerts": [alert.as_json() for alert in every if alert.committee == committee["id"]],
    }


def charter_row(charter: Charter | None) -> Json | None:
    """A charter as the pages show it: each rule in words, with its clause."""
    if charter is None:
        return None
    rules: list[Json] = []

    def row(code: str, clause: Pair | None, **facts: Any) -> None:
        rules.append(
            {"rule": code, "label": said(f"charter-{code}", **facts), "clause": dict(clause or charter.source)}
        )

    if charter.seats is not None and charter.seats.most is not None:
        row("seats", charter.seats.clause, most=charter.seats.most)
    if charter.term is not None:
        renewals: Any = charter.term.renewals if charter.term.renewals is not None else said("unlimited")
        row("term", charter.term.clause, years=charter.term.years, renewals=renewals)
    if charter.cycle is not None:
        row("cycle", charter.cycle.clause, every=said(f"cycle-{charter.cycle.every}"))
    for code, quorum in (
        ("to-meet", charter.to_meet),
        ("to-decide", charter.to_decide),
        ("to-decide-specially", charter.to_decide_specially),
    ):
        if quorum is not None:
            row(code, quorum.clause, rule=quorum.rule.label())
    row("tie", charter.tie.clause, rule=said(f"tie-rule-{charter.tie.rule}"))
    return {
        "id": charter.id,
        "source": dict(charter.source),
        "certainty": charter.certainty,
        "rules": rules,
        "can_vote": charter.to_meet is not None and charter.to_decide is not None,
    }


def member_row(place: Place, today: date) -> Json:
    """A member with the days that the term still runs."""
    left = (place.last() - today).days if place.ends_on else None
    return {**place.as_json(), "serving": place.held_on(today), "days_left": left}


def meeting_row(records: Records, meeting: Document) -> Json:
    """A meeting on one line."""
    kind, state = str(value_of(meeting, "kind")), str(value_of(meeting, "state"))
    items = records.items_of(meeting["id"])
    return {
        "id": meeting["id"],
        "title": pair_of(value_of(meeting, "title")),
        "kind": kind,
        "kind_label": said(f"meeting-{kind}") if kind in MEETING_KINDS else {"ko": kind, "en": kind},
        "date": value_of(meeting, "date"),
        "state": state,
        "state_label": said(f"state-{state}"),
        "venue": value_of(meeting, "venue"),
        "committee": value_of(meeting, "refCommittee"),
        "items": len(items),
        "votes": sum(records.vote_of(one["id"]) is not None for one in items),
        "audience": figure(records.store, meeting, "audience"),
    }


def meeting_page(records: Records, meeting: Document, today: date | None = None) -> Json:
    """A meeting in full: attendance, agenda with votes and recusals, statements, follow-ups as they stand on a day."""
    committee_id = value_of(meeting, "refCommittee")
    return {
        **meeting_row(records, meeting),
        "committee_name": records.label(committee_id),
        "opened_at": value_of(meeting, "openedAt"),
        "closed_at": value_of(meeting, "closedAt"),
        "quorum": value_of(meeting, "quorum"),
        "number_of_members": figure(records.store, meeting, "numberOfMembers"),
        "number_present": figure(records.store, meeting, "numberPresent"),
        "attendance": [one.as_json() for one in attendance(records, meeting)],
        "absent": [place.as_json() for place in absent_members(records, meeting)],
        "agenda": [item_row(records, one) for one in records.items_of(meeting["id"])],
        "statements": [statement_row(records, one) for one in statements_of(records, meeting)],
        "follow_ups": [
            follow_up_row(records, one, today)
            for one in records.follow_ups
            if value_of(one, "refMeeting") == meeting["id"]
        ],
    }


def absent_members(records: Records, meeting: Document) -> list[Place]:
    """Members in office who were not recorded as there."""
    there = {one.person for one in attendance(records, meeting) if one.mode != "absent"}
    return [place for place in members_of(records, meeting) if place.person not in there]


def item_row(records: Records, item: Document) -> Json:
    """An agenda item with its vote, its recusals, ties of members, and opinions that wait."""
    kind, state = str(value_of(item, "kind")), str(value_of(item, "state"))
    meeting = records.meeting(value_of(item, "refMeeting"))
    vote = records.vote_of(item["id"])
    return {
        "id": item["id"],
        "order": value_of(item, "order"),
        "title": item_title(item),
        "text": pair_of(value_of(item, "text")),
        "kind": kind,
        "kind_label": said(f"item-kind-{kind}"),
        "state": state,
        "state_label": said(f"item-{state}"),
        "outcome": pair_of(value_of(item, "outcome")),
        "rule": value_of(item, "decisionRule"),
        "proposal": value_of(item, "refProposal"),
        "concerns": value_of(item, "concerns"),
        "vote": vote_row(records, vote) if vote is not None else None,
        "recusals": [recusal_row(records, one) for one in records.recusals_of(item["id"])],
        "conflicts": _conflicts(records, item, meeting) if kind == DECISION else [],
        "open_opinions": len(records.open_opinions(item)),
    }


def vote_row(records: Records, vote: Document) -> Json:
    """A vote: result, counts as figures, both quorums, ballots by name, dissent, consensus."""
    result = str(value_of(vote, "result"))
    places = {place.id: place for place in records.places}

    def name(member: str) -> Pair | None:
        return dict(places[member].name) if member in places else records.label(member)

    def number(attribute: str) -> Any:
        return figure(records.store, vote, attribute)

    return {
        "id": vote["id"],
        "result": result,
        "result_label": said(f"item-{result}"),
        "held_at": value_of(vote, "heldAt"),
        "secret": value_of(vote, "secretBallot"),
        "for": number("votesFor"),
        "against": number("votesAgainst"),
        "abstained": number("abstentions"),
        "not_voted": number("notVoted"),
        "present": number("numberPresent"),
        "members": number("numberOfMembers"),
        "consensus": number("consensus"),
        "quorum": value_of(vote, "quorum"),
        "ballots": [
            {**one, "name": name(one["member"]), "choice_label": said(f"choice-{one['choice']}")}
            for one in value_of(vote, "ballots") or []
        ],
        "recused": value_of(vote, "recused") or [],
        "dissent": value_of(vote, "dissent") or [],
        "conditions": value_of(vote, "voteConditions") or [],
        "conflicts": value_of(vote, "conflictFlags") or [],
    }


def statements_of(records: Records, meeting: Document) -> list[Document]:
    """What was said at a meeting, in its order."""
    return [one for one in records.speeches if value_of(one, "refMeeting") == meeting["id"]]


def statement_row(records: Records, speech: Document) -> Json:
    """A statement with speaker, role and affiliation as of the meeting's date."""
    meeting = records.meeting(value_of(speech, "refMeeting"))
    person, when = value_of(speech, "refPerson"), period(str(value_of(meeting, "date")))
    entry = next((one for one in attendance(records, meeting) if one.person == person), None)
    stated = pair_of(value_of(speech, "affiliation")) or (entry.affiliation if entry else None)
    _, affiliation = person_at(records, person, when, stated)
    return {
        "id": speech["id"],
        "order": value_of(speech, "order"),
        "speaker": person,
        "name": records.label(person),
        "role_label": entry.role_label() if entry is not None else None,
        "affiliation": affiliation,
        "text": pair_of(value_of(speech, "text")),
        "item": value_of(speech, "refAgendaItem"),
        "issue": pair_of(value_of(speech, "issue")),
    }


def follow_up_row(records: Records, one: Document, today: date | None = None) -> Json:
    """A follow-up with its owner's name, and whether it is late on a day."""
    state, due = str(value_of(one, "state")), period(str(value_of(one, "due")))
    late = state == "open" and today is not None and due.last < today
    return {
        "id": one["id"],
        "title": pair_of(value_of(one, "title")),
        "owner": value_of(one, "owner"),
        "owner_name": records.label(value_of(one, "owner")),
        "due": due.text,
        "state": "late" if late else state,
        "state_label": said(f"follow-up-state-{'late' if late else state}"),
        "done_on": value_of(one, "doneOn"),
        "evidence": value_of(one, "evidence"),
        "evidence_name": records.label(value_of(one, "evidence")),
        "item": value_of(one, "refAgendaItem"),
        "meeting": value_of(one, "refMeeting"),
    }


def _conflicts(records: Records, item: Document, meeting: Document) -> list[Json]:
    committee_id = value_of(meeting, "refCommittee")
    if committee_id is None:
        return []
    charter = records.charter(records.committee(committee_id))
    barred = charter.recusal.by_law if charter is not None else ()
    when = period(str(value_of(meeting, "date")))
    return [one.as_json() for one in conflicts(records, item, members_of(records, meeting), when, by_law=barred)]


def _in_order(places: Sequence[Place], today: date) -> list[Place]:
    """Those who serve now first, then the others by the day they began."""
    now = serving(places, today)
    others = [place for place in places if place not in now]
    return [*now, *sorted(others, key=lambda place: (not place.held_on(today), place.starts_on or "", place.id))]
