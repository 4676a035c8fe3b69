"""Agenda items of a meeting: four kinds that are heard (R13), and items that are decided on.

    policy-trend 정책동향 · business-introduction 사업소개
    performance-plan 실적 및 계획 · progress-briefing 추진상황 보고
    decision 의결안건, which may put up a proposal

    listed -> heard                                   what is not for decision
    listed -> carried | conditional | lost | tied     by a vote (`votes`), and by nothing else
    listed -> deferred | withdrawn

An item does not close before every opinion on it, or on its proposal, has a disposition (R14); what is put off or taken
back need not wait for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from madang.civic.committees.meetings import require_state
from madang.civic.committees.membership import pair_of
from madang.civic.committees.records import Records, code_of, new_id
from madang.civic.committees.words import said
from madang.entities.entity import Document, language_property, property_, relationship, value_of
from madang.errors import CallerError, ConflictError, NotFoundError
from madang.store import Store

DECISION = "decision"
KINDS = ("policy-trend", "business-introduction", "performance-plan", "progress-briefing", DECISION)
RULES = ("ordinary", "special")
CONCLUSIONS = ("heard", "deferred", "withdrawn")


def add_item(
    store: Store,
    meeting: str,
    *,
    kind: str,
    title: str | Mapping[str, str] | None,
    text: str | Mapping[str, str] | None,
    proposal: str | None,
    concerns: Sequence[str],
    rule: str,
    reason: str,
    actor: str,
) -> Document:
    """An item put on a meeting's agenda, after those that are there."""
    for field, found, known in (("kind", kind, KINDS), ("rule", rule, RULES)):
        if found not in known:
            raise CallerError("committees.not-one-of", field=field, found=found, known=", ".join(known))
    with store.transact(actor=actor, reason=reason, act="agenda") as tx:
        records = Records(store)
        held = records.meeting(meeting)
        require_state(held, "called", "open")
        put_up = _proposal(records, proposal)
        named = pair_of(title) or (pair_of(value_of(put_up, "title")) if put_up else None)
        if named is None:
            raise CallerError("committees.field-missing", field="title")
        for id in concerns:
            if records.view.get(id) is None:
                raise NotFoundError("committees.concerned-unknown", id=id)
        order = 1 + max((int(value_of(one, "order") or 0) for one in records.items_of(held["id"])), default=0)
        made: Document = {
            "id": new_id(store, "AgendaItem", f"{code_of(held['id'])}-{order}"),
            "type": "AgendaItem",
            "title": language_property(named),
            "kind": property_(kind),
            "order": property_(order),
            "state": property_("listed"),
            "decisionRule": property_(rule),
            "refMeeting": relationship(held["id"]),
        }
        if (told := pair_of(text)) is not None:
            made["text"] = language_property(told)
        if put_up is not None:
            made["refProposal"] = relationship(put_up["id"])
        if concerns:
            made["concerns"] = relationship(list(concerns))
        tx.put(made)
    return made


def conclude(
    store: Store,
    item: str,
    *,
    state: str,
    outcome: str | Mapping[str, str] | None,
    reason: str,
    actor: str,
) -> Document:
    """An item that is not voted on brought to its end: heard, put off, or taken back."""
    if state not in CONCLUSIONS:
        raise CallerError("committees.not-one-of", field="state", found=state, known=", ".join(CONCLUSIONS))
    with store.transact(actor=actor, reason=reason, act="agenda") as tx:
        records = Records(store)
        found = records.item(item)
        require_listed(found)
        require_state(records.meeting(value_of(found, "refMeeting")), "open")
        if state == "heard":
            if value_of(found, "kind") == DECISION:
                raise ConflictError("committees.item-needs-a-vote", item=item_title(found))
            require_dispositions(records, found)
        made = {**found, "state": property_(state)}
        if (told := pair_of(outcome)) is not None:
            made["outcome"] = language_property(told)
        tx.put(made)
    return made


def require_listed(item: Document) -> None:
    """Refuse what is done to an item that is closed."""
    state = value_of(item, "state")
    if state != "listed":
        raise ConflictError("committees.item-closed", item=item_title(item), state=said(f"item-{state}"))


def require_dispositions(records: Records, item: Document) -> None:
    """Refuse to close an item while an opinion on it has no disposition."""
    waiting = records.open_opinions(item)
    if waiting:
        ids = ", ".join(code_of(one["id"]) for one in waiting[:5])
        raise ConflictError("committees.opinions-open", item=item_title(item), count=len(waiting), ids=ids)


def item_title(item: Document) -> dict[str, str]:
    """An item's title in both languages."""
    last = code_of(item["id"])
    return pair_of(value_of(item, "title")) or {"ko": last, "en": last}


def _proposal(records: Records, proposal: str | None) -> Document | None:
    """A proposal by its id or the name of its branch."""
    if proposal is None:
        return None
    found = records.view.document(proposal if ":" in proposal else f"urn:ngsi-ld:Proposal:madang:{proposal}")
    if found is None or found["type"] != "Proposal":
        raise NotFoundError("committees.proposal-unknown", id=proposal)
    return found
