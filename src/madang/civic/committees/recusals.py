"""Recusal: by law (제척), on request (기피), own (회피). Each with its ground, and who decided.

    by-law      the chair establishes that the law bars the member, or that it does not
    own         the member steps back, and that is that
    on-request  somebody asks for it; the committee decides by a count in which the member has no part

Who is recused from an item is not counted among the members for its quorums, unless the charter says otherwise, and
can't vote on it. While a request is undecided the item is not voted on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang import clock
from madang.civic.committees import quorum
from madang.civic.committees.agenda import item_title, require_listed
from madang.civic.committees.charters import Charter
from madang.civic.committees.meetings import attendance, counts_as_present, members_of, require_state
from madang.civic.committees.membership import Place
from madang.civic.committees.records import Records, code_of, new_id
from madang.civic.committees.words import said
from madang.entities.entity import Document, json_property, property_, relationship, value_of
from madang.errors import CallerError, ConflictError, NotFoundError, Pair
from madang.store import Store

KINDS = ("by-law", "on-request", "own")


def recuse(
    store: Store,
    item: str,
    *,
    member: str,
    kind: str,
    ground: str,
    accepted: bool | None,
    requested_by: str | None,
    reason: str,
    actor: str,
) -> Document:
    """A recusal recorded: settled at once by law and by oneself, put to the committee on request."""
    if kind not in KINDS:
        raise CallerError("committees.not-one-of", field="kind", found=kind, known=", ".join(KINDS))
    if not ground.strip():
        raise CallerError("committees.field-missing", field="ground")
    if kind != "by-law" and accepted is not None:
        raise CallerError("committees.recusal-not-settled-so", kind=said(f"recusal-{kind}"))
    with store.transact(actor=actor, reason=reason, act="recuse") as tx:
        records = Records(store)
        found = records.item(item)
        require_listed(found)
        meeting = records.meeting(value_of(found, "refMeeting"))
        require_state(meeting, "called", "open")
        place = member_in_office(records, meeting, member)
        for one in records.recusals_of(found["id"]):
            if value_of(one, "refMembership") == place.id and value_of(one, "state") != "rejected":
                known = said(f"recusal-state-{value_of(one, 'state')}")
                raise ConflictError("committees.recused-already", name=place.name, state=known)
        charter = _charter(records, meeting)
        state = "requested" if kind == "on-request" else "rejected" if accepted is False else "accepted"
        made: Document = {
            "id": new_id(store, "Recusal", f"{code_of(found['id'])}-{code_of(place.person)}"),
            "type": "Recusal",
            "kind": property_(kind),
            "state": property_(state),
            "ground": property_(ground),
            "requestedBy": property_(requested_by or (place.name["ko"] if kind == "own" else actor)),
            "refAgendaItem": relationship(found["id"]),
            "refMeeting": relationship(meeting["id"]),
            "refMembership": relationship(place.id),
            "refPerson": relationship(place.person),
        }
        if charter is not None:
            made["clause"] = property_((charter.recusal.clause or charter.source)["ko"])
        if state != "requested":
            made["decidedBy"] = property_(place.name["ko"] if kind == "own" else actor)
            made["decidedAt"] = property_(clock.to_text(clock.now()))
        tx.put(made)
    return made


def decide_recusal(
    store: Store, recusal: str, *, votes_for: int, votes_against: int, reason: str, actor: str
) -> Document:
    """The committee's decision on a request (기피), by a count of the others present."""
    if min(votes_for, votes_against) < 0:
        raise CallerError("committees.bad-counts", found=f"{votes_for}, {votes_against}")
    with store.transact(actor=actor, reason=reason, act="recuse") as tx:
        records = Records(store)
        found = records.recusal(recusal)
        if value_of(found, "state") != "requested":
            state = said(f"recusal-state-{value_of(found, 'state')}")
            name = records.label(value_of(found, "refPerson")) or {}
            raise ConflictError("committees.recused-already", name=name, state=state)
        item = records.item(value_of(found, "refAgendaItem"))
        meeting = records.meeting(value_of(item, "refMeeting"))
        require_listed(item)
        require_state(meeting, "open")
        charter = _charter(records, meeting)
        if charter is None or charter.to_decide is None or charter.to_meet is None:
            raise ConflictError("committees.no-quorum-rule", committee=code_of(value_of(meeting, "refCommittee")))
        out = recused_from(records, item) | {value_of(found, "refMembership")}
        bases = bases_of(records, meeting, item, charter, out)
        clause = charter.to_meet.clause or charter.source
        to_meet = quorum.judge(charter.to_meet.rule, bases["present"], bases, clause=clause)
        if not to_meet.held:
            raise ConflictError(
                "committees.no-quorum",
                item=item_title(item),
                needed=to_meet.needed,
                have=to_meet.have,
                members=bases["members"],
                rule=to_meet.rule.label(),
                clause=clause,
            )
        if votes_for + votes_against > bases["present"]:
            raise CallerError(
                "committees.more-votes-than-present", votes=votes_for + votes_against, present=bases["present"]
            )
        counted = {**bases, "cast": votes_for + votes_against}
        decided = quorum.judge(
            charter.to_decide.rule, votes_for, counted, clause=charter.to_decide.clause or charter.source
        )
        made = {
            **found,
            "state": property_("accepted" if decided.held else "rejected"),
            "decidedBy": property_(said("by-the-committee")["ko"]),
            "decidedAt": property_(clock.to_text(clock.now())),
            "counts": json_property({"for": votes_for, "against": votes_against}),
            "quorum": json_property({"to_meet": to_meet.as_json(), "to_decide": decided.as_json()}),
        }
        tx.put(made)
    return made


def recused_from(records: Records, item: Document) -> set[str]:
    """The places that are recused from an item."""
    return {
        value_of(one, "refMembership")
        for one in records.recusals_of(item["id"])
        if value_of(one, "state") == "accepted"
    }


def bases_of(records: Records, meeting: Document, item: Document, charter: Charter, out: set[str]) -> dict[str, int]:
    """What quorums count from at an item: members in office, members present, without those who are recused."""
    order = int(value_of(item, "order") or 0)
    members = members_of(records, meeting)
    there = [
        one
        for one in attendance(records, meeting)
        if counts_as_present(one, charter) and one.at_item(order) and one.place is not None
    ]
    counted = [member for member in members if charter.recusal.counts or member.id not in out]
    present = [one for one in there if one.place is not None and one.place.id not in out]
    return {"members": len(counted), "present": len(present), "cast": 0}


def member_in_office(records: Records, meeting: Document, named: str) -> Place:
    """The member meant, whose term runs on the day of the meeting and who has a vote; else refused, saying why."""
    committee = value_of(meeting, "refCommittee")
    if committee is None:
        raise ConflictError("committees.meeting-without-members", meeting=code_of(meeting["id"]))
    places = records.places_named(committee, named)
    date = str(value_of(meeting, "date"))
    if not places:
        raise NotFoundError("committees.not-a-member", name=records.label(named) or named, date=date)
    serving = {place.id for place in members_of(records, meeting)}
    for place in reversed(places):
        if place.id in serving:
            return place
    last = places[-1]
    if not last.votes:
        raise ConflictError("committees.role-without-vote", name=last.name, role=last.role_label())
    raise ConflictError(
        "committees.term-over", name=last.name, starts_on=last.starts_on or "-", ends_on=last.ends_on or "-", date=date
    )


def recusal_row(records: Records, recusal: Document) -> dict[str, Any]:
    """A recusal as the pages, the minutes and the doors give it."""
    kind, state = str(value_of(recusal, "kind")), str(value_of(recusal, "state"))
    counts: Mapping[str, int] | None = value_of(recusal, "counts")
    name: Pair | None = records.label(value_of(recusal, "refPerson"))
    return {
        "id": recusal["id"],
        "kind": kind,
        "kind_label": said(f"recusal-{kind}"),
        "state": state,
        "state_label": said(f"recusal-state-{state}"),
        "ground": value_of(recusal, "ground"),
        "member": value_of(recusal, "refMembership"),
        "name": name,
        "requested_by": value_of(recusal, "requestedBy"),
        "decided_by": value_of(recusal, "decidedBy"),
        "decided_at": value_of(recusal, "decidedAt"),
        "clause": value_of(recusal, "clause"),
        "counts": dict(counts) if counts else None,
    }


def _charter(records: Records, meeting: Document) -> Charter | None:
    committee = value_of(meeting, "refCommittee")
    return records.charter(records.committee(committee)) if committee is not None else None
