"""The vote on an agenda item: refused with clause and numbers where it would be invalid, else one transaction (R15).

The vote's record, the dissent (소수의견) and the item's new state are written together, by the act "vote": after a kill
at any moment there is either an open item and no vote, or both. All is looked at within that transaction, which no
other write can come between. Nothing that was refused leaves a trace.

Checked in this order: the item is for decision and listed, the meeting is open, requests for recusal are decided, and
opinions have their disposition; of each ballot: a member, in term, with a vote, there at this item, not recused, once;
the quorum to meet among those present at this item; then the count is judged by the rule of decision, and a tie as the
charter says.

A secret ballot (무기명) gives counts only. Who is present and gives no ballot counts as present and is shown as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madang import clock
from madang.civic.committees import quorum
from madang.civic.committees.agenda import DECISION, item_title, require_dispositions, require_listed
from madang.civic.committees.charters import Charter, Quorum
from madang.civic.committees.conflicts import Conflict, conflicts
from madang.civic.committees.consensus import consensus
from madang.civic.committees.meetings import Attendee, attendance, counts_as_present, members_of, require_state
from madang.civic.committees.membership import Place, pair_of
from madang.civic.committees.records import Records, code_of
from madang.civic.committees.recusals import bases_of, member_in_office, recusal_row, recused_from
from madang.civic.committees.words import said
from madang.dates import period
from madang.entities.entity import (
    Document,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
    value_of,
)
from madang.errors import CallerError, ConflictError, Pair
from madang.store import Store

CHOICES = ("for", "against", "abstain")
Ballots = Mapping[str, str] | Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Given:
    """What was handed in: ballots by member, or counts alone."""

    ballots: Sequence[tuple[Place, str]]
    votes_for: int
    votes_against: int
    abstentions: int
    secret: bool

    @property
    def total(self) -> int:
        return self.votes_for + self.votes_against + self.abstentions


def vote(
    store: Store,
    item: str,
    *,
    ballots: Ballots | None,
    counts: Mapping[str, int] | None,
    dissent: Sequence[Mapping[str, Any]],
    conditions: Sequence[str],
    reason: str,
    actor: str,
) -> Document:
    """The vote on an item, written whole or refused."""
    if (ballots is None) == (counts is None):
        raise CallerError("committees.ballots-or-counts")
    with store.transact(actor=actor, reason=reason, act="vote") as tx:
        records = Records(store)
        found = records.item(item)
        meeting = records.meeting(value_of(found, "refMeeting"))
        charter, committee = _require_votable(records, found, meeting)
        out = recused_from(records, found)
        there = _present(records, found, meeting, charter)
        flags = _flags(records, found, meeting, charter)
        given = _given(records, found, meeting, charter, ballots, counts, there, out)
        bases = {**bases_of(records, meeting, found, charter, out), "cast": given.votes_for + given.votes_against}
        assert charter.to_meet is not None
        to_meet = _judged(charter, charter.to_meet, bases["present"], bases)
        if not to_meet.held:
            raise ConflictError(
                "committees.no-quorum",
                item=item_title(found),
                needed=to_meet.needed,
                have=to_meet.have,
                members=bases["members"],
                rule=to_meet.rule.label(),
                clause=to_meet.clause,
            )
        if given.total > bases["present"]:
            raise CallerError("committees.more-votes-than-present", votes=given.total, present=bases["present"])
        _require_no_bar(flags, charter, {*there} if given.secret else {place.id for place, _ in given.ballots}, out)
        rule = _rule_of(charter, found)
        to_decide = _judged(charter, rule, given.votes_for, bases)
        result, tie = _result(charter, rule, given, bases)
        if conditions and result != "carried":
            raise ConflictError("committees.conditions-of-what-was-lost", result=said(f"item-{result}"))
        state = "conditional" if conditions else result
        made: Document = {
            "id": urn("Vote", "madang", code_of(found["id"])),
            "type": "Vote",
            "title": language_property(item_title(found)),
            "refAgendaItem": relationship(found["id"]),
            "refMeeting": relationship(meeting["id"]),
            "refCommittee": relationship(committee["id"]),
            "result": property_(state),
            "counts": json_property(
                {"for": given.votes_for, "against": given.votes_against, "abstain": given.abstentions}
            ),
            "ballots": json_property([{"member": place.id, "choice": choice} for place, choice in given.ballots]),
            "secretBallot": property_(given.secret),
            "heldAt": property_(_held_at(store, meeting)),
            "quorum": json_property({"to_meet": to_meet.as_json(), "to_decide": to_decide.as_json(), "tie": tie}),
            "recused": json_property(_recused_rows(records, found)),
            "dissent": json_property(_dissents(records, meeting, given, dissent, there)),
            "conflictFlags": json_property([flag.as_json() for flag in flags]),
            "votesFor": property_(given.votes_for, unit="IE"),
            "votesAgainst": property_(given.votes_against, unit="IE"),
            "abstentions": property_(given.abstentions, unit="IE"),
            "notVoted": property_(bases["present"] - given.total, unit="IE"),
            "numberPresent": property_(bases["present"], unit="IE"),
            "numberOfMembers": property_(bases["members"], unit="IE"),
        }
        if (score := consensus(given.votes_for, given.votes_against, given.abstentions)) is not None:
            made["consensus"] = property_(score, unit="C62")
        if conditions:
            made["voteConditions"] = json_property(list(conditions))
        made |= {name: found[name] for name in ("refProposal",) if name in found}
        made |= {name: meeting[name] for name in ("refCity",) if name in meeting}
        tx.put(made)
        tx.put({**found, "state": property_(state)})
    return made


# --- before the count -----------------------------------------------------------------------------------------------


def _require_votable(records: Records, item: Document, meeting: Document) -> tuple[Charter, Document]:
    if value_of(item, "kind") != DECISION:
        kind = said(f"item-kind-{value_of(item, 'kind')}")
        raise ConflictError("committees.nothing-to-decide", item=item_title(item), kind=kind)
    require_listed(item)
    require_state(meeting, "open")
    committee_id = value_of(meeting, "refCommittee")
    if committee_id is None:
        raise ConflictError("committees.meeting-without-members", meeting=code_of(meeting["id"]))
    committee = records.committee(committee_id)
    charter = records.charter(committee)
    if charter is None or charter.to_meet is None or _decides(charter, item) is None:
        raise ConflictError("committees.no-quorum-rule", committee=code_of(committee_id))
    pending = [one for one in records.recusals_of(item["id"]) if value_of(one, "state") == "requested"]
    if pending:
        name = records.label(value_of(pending[0], "refPerson")) or {}
        raise ConflictError("committees.recusal-undecided", name=name, recusal=code_of(pending[0]["id"]))
    require_dispositions(records, item)
    return charter, committee


def _decides(charter: Charter, item: Document) -> Quorum | None:
    return charter.to_decide_specially if value_of(item, "decisionRule") == "special" else charter.to_decide


def _rule_of(charter: Charter, item: Document) -> Quorum:
    found = _decides(charter, item)
    assert found is not None  # `_require_votable` has seen it
    return found


def _present(records: Records, item: Document, meeting: Document, charter: Charter) -> dict[str, Attendee]:
    """Place -> who was there with a vote at this item."""
    order = int(value_of(item, "order") or 0)
    return {
        one.place.id: one
        for one in attendance(records, meeting)
        if one.place is not None and counts_as_present(one, charter) and one.at_item(order)
    }


def _flags(records: Records, item: Document, meeting: Document, charter: Charter) -> list[Conflict]:
    members = members_of(records, meeting)
    when = period(str(value_of(meeting, "date")))
    return conflicts(records, item, members, when, by_law=charter.recusal.by_law)


def _require_no_bar(flags: Sequence[Conflict], charter: Charter, voting: set[str], out: set[str]) -> None:
    """Refuse the ballot of a member whom the law bars, unless that was looked into and found otherwise."""
    for flag in flags:
        if flag.by_law and not flag.settled and flag.member not in out and flag.member in voting:
            raise ConflictError(
                "committees.barred-by-law",
                name=flag.name,
                organisation=flag.organisation_name,
                tie=said(f"tie-{flag.tie}"),
                clause=charter.recusal.clause or charter.source,
            )


def _given(
    records: Records,
    item: Document,
    meeting: Document,
    charter: Charter,
    ballots: Ballots | None,
    counts: Mapping[str, int] | None,
    there: Mapping[str, Attendee],
    out: set[str],
) -> Given:
    if counts is not None:
        return _counted(counts)
    assert ballots is not None
    pairs = list(ballots.items()) if isinstance(ballots, Mapping) else [_pair(one) for one in ballots]
    found: list[tuple[Place, str]] = []
    for named, choice in pairs:
        if choice not in CHOICES:
            raise CallerError("committees.not-one-of", field="choice", found=str(choice), known=", ".join(CHOICES))
        place = member_in_office(records, meeting, named)
        if place.id in out:
            row = next(r for r in records.recusals_of(item["id"]) if value_of(r, "refMembership") == place.id)
            raise ConflictError(
                "committees.recused-may-not-vote",
                name=place.name,
                kind=said(f"recusal-{value_of(row, 'kind')}"),
                ground=value_of(row, "ground"),
                clause=charter.recusal.clause or charter.source,
            )
        if place.id not in there:
            raise _absent(records, meeting, charter, place)
        if any(place.id == before.id for before, _ in found):
            raise ConflictError("committees.voted-twice", name=place.name)
        found.append((place, choice))
    number = {choice: sum(one == choice for _, one in found) for choice in CHOICES}
    return Given(found, number["for"], number["against"], number["abstain"], False)


def _pair(ballot: Mapping[str, str]) -> tuple[str, str]:
    whole = isinstance(ballot, Mapping) and set(ballot) == {"member", "choice"}
    if not whole or not all(isinstance(one, str) for one in ballot.values()):
        raise CallerError("committees.ballot-form", found=str(ballot))
    return ballot["member"], ballot["choice"]


def _counted(counts: Mapping[str, int]) -> Given:
    whole = all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in counts.values())
    if not whole or not set(counts) <= set(CHOICES) or not counts:
        raise CallerError("committees.bad-counts", found=str(dict(counts)))
    return Given((), counts.get("for", 0), counts.get("against", 0), counts.get("abstain", 0), True)


def _absent(records: Records, meeting: Document, charter: Charter, place: Place) -> ConflictError:
    """Why a member's ballot does not count: not there, by proxy, online, or there at other items only."""
    mine = [one for one in attendance(records, meeting) if one.place is not None and one.place.id == place.id]
    mode = mine[0].mode if mine else "absent"
    clause = charter.attendance.clause or charter.source
    if mode in ("proxy", "online"):
        return ConflictError(f"committees.{mode}-does-not-count", name=place.name, clause=clause)
    return ConflictError("committees.not-present", name=place.name)


def _held_at(store: Store, meeting: Document) -> str:
    """When the vote was held: this moment, or the day of a meeting that is recorded afterwards."""
    day = str(value_of(meeting, "date"))
    return clock.to_text(clock.now()) if day == clock.today(store.city.zone).isoformat() else day


# --- the count ------------------------------------------------------------------------------------------------------


def _judged(charter: Charter, by: Quorum, have: int, bases: Mapping[str, int]) -> quorum.Held:
    return quorum.judge(by.rule, have, bases, clause=by.clause or charter.source)


def _result(
    charter: Charter, rule: Quorum, given: Given, bases: Mapping[str, int]
) -> tuple[str, dict[str, Any] | None]:
    """What the count decides, and how a tie was dealt with."""
    result = quorum.outcome(rule.rule, given.votes_for, given.votes_against, bases)
    if result != "tied":
        return result, None
    by, clause = charter.tie.rule, charter.tie.clause or charter.source
    decided: str = "tied"
    if by == "lost":
        decided = "lost"
    elif by == "chair":
        chair = next((choice for place, choice in given.ballots if place.role == "chair"), None)
        decided = {"for": "carried", "against": "lost"}.get(chair or "", "tied")
    return decided, {"rule": by, "label": said(f"tie-rule-{by}"), "result": decided, "clause": dict(clause)}


def _recused_rows(records: Records, item: Document) -> list[dict[str, Any]]:
    """Who was recused, as it stood at the vote."""
    rows = [
        recusal_row(records, one) for one in records.recusals_of(item["id"]) if value_of(one, "state") == "accepted"
    ]
    kept = ("id", "member", "name", "kind", "ground", "decided_by")
    return [{name: row[name] for name in kept} for row in rows]


def _dissents(
    records: Records,
    meeting: Document,
    given: Given,
    dissent: Sequence[Mapping[str, Any]],
    there: Mapping[str, Attendee],
) -> list[dict[str, Any]]:
    """The minority's views, each of a member who was there and did not vote with the proposal."""
    chosen = {place.id: choice for place, choice in given.ballots}
    found = []
    for one in dissent:
        told = pair_of(one.get("text")) if isinstance(one, Mapping) else None
        if told is None or not isinstance(one.get("member"), str):
            raise CallerError("committees.field-missing", field="dissent")
        place = member_in_office(records, meeting, one["member"])
        if place.id not in there or (not given.secret and place.id not in chosen):
            raise ConflictError("committees.not-present", name=place.name)
        if chosen.get(place.id) == "for":
            raise ConflictError("committees.dissent-of-who-agreed", name=place.name)
        name: Pair = dict(place.name)
        found.append({"member": place.id, "name": name, "text": one["text"]})
    return found


__all__ = ["CHOICES", "Ballots", "vote"]
