"""Conditions of a conditional adoption (조건부 의결): named with owner and due day, met one by one with what shows it.

They stand in the proposal, which only acts write, and in the decision as it was taken. While one is open, nothing is
merged; a new round begins without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from madang import clock
from madang.civic.deciding.procedure_records import day_of, today_of
from madang.civic.deciding.records import proposal_of
from madang.civic.deciding.states import LABELS
from madang.entities.entity import Document, json_property, value_of
from madang.errors import CallerError, ConflictError, NotFoundError
from madang.store import Store

Condition = dict[str, Any]


def named(conditions: Sequence[Mapping[str, Any]]) -> list[Condition]:
    """Conditions as they are kept: each with a text, an owner and a due day."""
    if not conditions:
        raise CallerError("procedure.no-conditions")
    return [_one(number, given) for number, given in enumerate(conditions, 1)]


def _one(number: int, given: Mapping[str, Any]) -> Condition:
    for field in ("text", "owner", "due"):
        if not str(given.get(field) or "").strip():
            raise CallerError("procedure.condition-lacks", number=number, field=field)
    due = day_of(given["due"], "due").isoformat()
    text, owner = str(given["text"]).strip(), str(given["owner"]).strip()
    return {"id": f"c{number}", "text": text, "owner": owner, "due": due, "state": "open"}


def meet(
    store: Store,
    proposal_id: str,
    condition_id: str,
    *,
    reason: str,
    actor: str,
    document: str | None = None,
    evidence: str | None = None,
) -> Document:
    """Record that a condition is met, with the document or the entity that shows it."""
    if not reason.strip():
        raise CallerError("civic.reason-missing")
    if evidence is not None and store.view().document(evidence) is None:
        raise NotFoundError("procedure.evidence-unknown", id=evidence)
    if evidence is None and not (document or "").strip():
        raise CallerError("procedure.condition-without-evidence", id=condition_id)
    proposal = proposal_of(store, proposal_id)
    with store.transact(actor=actor, reason=reason, act="condition") as tx:
        found = tx.document(proposal["id"]) or proposal
        state = value_of(found, "state")
        if state != "conditional":
            raise ConflictError("procedure.not-conditional", id=proposal["id"], state=dict(LABELS[state]))
        kept: list[Condition] = list(value_of(found, "conditions") or [])
        at = next((n for n, one in enumerate(kept) if one["id"] == condition_id), None)
        if at is None:
            known = ", ".join(one["id"] for one in kept)
            raise NotFoundError("procedure.condition-unknown", id=condition_id, known=known)
        if kept[at]["state"] == "met":
            raise ConflictError(
                "procedure.condition-met", id=condition_id, at=clock.day_said(kept[at]["metAt"], store.city.zone)
            )
        met = {"state": "met", "metBy": actor, "metAt": clock.to_text(clock.now()), "how": reason}
        shown = {"document": (document or "").strip() or None, "evidence": evidence}
        kept[at] = {**kept[at], **met, **{name: said for name, said in shown.items() if said is not None}}
        made = {**found, "conditions": json_property(kept)}
        tx.put(made)
    return made


def rows(store: Store, proposal: Document) -> list[Condition]:
    """The conditions with how they stand today: met, open, or overdue by so many days."""
    today = today_of(store)
    return [_row(one, today) for one in value_of(proposal, "conditions") or []]


def _row(one: Condition, today: date) -> Condition:
    late = (today - date.fromisoformat(one["due"])).days if one["state"] != "met" else 0
    return {**one, "overdueDays": max(late, 0)}
