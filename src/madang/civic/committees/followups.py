"""Follow-ups (후속조치): what a meeting asked to be done, by whom, until when, and what shows that it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from madang.civic.committees.membership import checked_day, checked_period, pair_of
from madang.civic.committees.records import Records, code_of, new_id
from madang.entities.entity import Document, language_property, property_, relationship, value_of
from madang.errors import CallerError, ConflictError, NotFoundError
from madang.store import Store


def follow_up(
    store: Store,
    item: str,
    *,
    title: str | Mapping[str, str],
    owner: str,
    due: str | date,
    reason: str,
    actor: str,
) -> Document:
    """Something to be done after an item, with its owner (an organisation or a person) and its day."""
    named = pair_of(title)
    if named is None:
        raise CallerError("committees.field-missing", field="title")
    until = checked_period(due, "due")
    with store.transact(actor=actor, reason=reason) as tx:
        records = Records(store)
        found = records.item(item)
        if records.view.get(owner) is None:
            raise NotFoundError("committees.owner-unknown", id=owner)
        made: Document = {
            "id": new_id(store, "FollowUp", f"{code_of(found['id'])}-todo"),
            "type": "FollowUp",
            "title": language_property(named),
            "owner": relationship(owner),
            "due": property_(until.text),
            "state": property_("open"),
            "refAgendaItem": relationship(found["id"]),
            "refMeeting": relationship(value_of(found, "refMeeting")),
        }
        if (vote := records.vote_of(found["id"])) is not None:
            made["refVote"] = relationship(vote["id"])
        tx.put(made)
    return made


def done(store: Store, follow_up_id: str, *, on: str | date, evidence: str | None, reason: str, actor: str) -> Document:
    """A follow-up done on a day, with the entity that shows it; without evidence it is not done."""
    day = checked_day(on, "date")
    with store.transact(actor=actor, reason=reason) as tx:
        records = Records(store)
        found = records.follow_up(follow_up_id)
        if value_of(found, "state") == "done":
            raise ConflictError("committees.follow-up-done", id=code_of(found["id"]), on=value_of(found, "doneOn"))
        if evidence is None:
            raise CallerError("committees.evidence-missing", id=code_of(found["id"]))
        if records.view.get(evidence) is None:
            raise NotFoundError("committees.evidence-unknown", id=evidence)
        made = {
            **found,
            "state": property_("done"),
            "doneOn": property_(day.isoformat()),
            "evidence": relationship(evidence),
        }
        tx.put(made)
    return made
