"""The timeline (R37): agreements, commitments, facilities, milestones and announced milestones by date.

One row says when a thing is due or was done, as precisely as anybody stated it, and how it stands on the chosen day.
States: *not-yet* (nobody had spoken of it), *within* (it falls into a period of which the day is not known),
*in-force*, *due*, *late*, *undated*, *done*. Nothing is done without evidence; *late* says that the date has passed
without any.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.civic.investment import agreements, commitments
from madang.civic.investment import facts as f
from madang.entities.entity import Document, instance_of, value_of
from madang.errors import Pair
from madang.store import Store

KINDS = ("milestone", "investment")  # of promises that stand for a thing to be built or opened


@dataclass(frozen=True)
class Entry:
    """One thing on the timeline, on a day."""

    id: str
    type: str
    title: Pair
    owner: Pair | None
    state: str
    when: str | None
    assumption: bool
    basis: Pair | None
    days: int | None
    shown_by: str | None

    def as_json(self) -> dict[str, Any]:
        """The row for a page."""
        return {
            "id": self.id,
            "type": self.type,
            "type_label": f.both_names(self.type),
            "title": self.title,
            "owner": self.owner,
            "state": self.state,
            "state_label": f.label(f"timeline-{self.state}"),
            "when": self.when,
            "assumption": self.assumption,
            "basis": self.basis,
            "days": self.days,
            "shown_by": self.shown_by,
        }


def timeline(store: Store, *, as_of: date, branch: str = "main") -> list[Entry]:
    """Everything agreed, built or promised as a milestone, in the order of its dates; what has none comes last."""
    reports = f.of(f.all_of(store, "Progress", branch=branch), "refFacility")
    made = [
        *(_agreement(one) for one in agreements.agreements(store, as_of=as_of, branch=branch)),
        *(_commitment(store, one, as_of, branch) for one in f.all_of(store, "Commitment", branch=branch)),
        *(_dated(store, one, as_of, branch) for one in f.all_of(store, "Milestone", branch=branch)),
        *(
            _facility(store, one, as_of, branch, reports.get(one["id"], ()))
            for one in f.all_of(store, "Facility", branch=branch)
        ),
        *(
            _dated(store, one, as_of, branch)
            for one in f.all_of(store, "Promise", branch=branch)
            if value_of(one, "kind") in KINDS
        ),
    ]
    return sorted(made, key=lambda one: (one.when is None, one.when or "", one.id))


def _agreement(one: agreements.AgreementState) -> Entry:
    return Entry(
        id=one.id,
        type="Agreement",
        title=one.title,
        owner=one.party,
        state="done" if one.state == "fulfilled" else one.state,
        when=one.signed_on,
        assumption=one.signed_assumed,
        basis=one.signed_basis,
        days=None,
        shown_by=one.announcement,
    )


def _commitment(store: Store, document: Document, as_of: date, branch: str) -> Entry:
    state = commitments.state_of(store, document, as_of=as_of, branch=branch)
    word = {"on-time": "due"}.get(state.state, state.state)
    return _entry(store, document, word, as_of, branch, when=state.due or state.done_on, attribute="due")


def _facility(store: Store, document: Document, as_of: date, branch: str, reports: Iterable[Document]) -> Entry:
    """A facility by the day on which its progress reached the whole, else by the year of its completion."""
    completed = f.stated(value_of(document, "completionYear"))
    whole = [one for one in f.in_force(reports, as_of) if value_of(one, "physical") == 100]
    if whole:
        day = str(value_of(whole[0], "date"))
        return _entry(store, document, "done", as_of, branch, when=day, attribute="completionYear", shown_by=whole[0])
    if completed is None:
        return _entry(store, document, "undated", as_of, branch, when=None, attribute="completionYear")
    word = "late" if completed.last < as_of else "due"
    return _entry(store, document, word, as_of, branch, when=completed.text, attribute="completionYear")


def _dated(store: Store, document: Document, as_of: date, branch: str) -> Entry:
    """A promise or milestone: done from its day with evidence, else by its due date; not yet before it was said."""
    done, due = f.stated(value_of(document, "doneOn")), f.stated(value_of(document, "due"))
    stands = f.phase(done, as_of) if done is not None and f.has_evidence(document) else "before"
    if done is not None and stands != "before":
        word = "done" if stands == "after" else "within"
        return _entry(store, document, word, as_of, branch, when=done.text, attribute="doneOn")
    word = "undated" if due is None else "late" if due.last < as_of else "due"
    word = "not-yet" if _unspoken(store, document, as_of) else word
    return _entry(store, document, word, as_of, branch, when=due.text if due else None, attribute="due")


def _unspoken(store: Store, document: Document, as_of: date) -> bool:
    """Whether the announcement that says it lies, for certain, after the day."""
    announcement = value_of(document, "refAnnouncement")
    told = store.view().document(announcement) if isinstance(announcement, str) else None
    when = f.stated(value_of(told, "date")) if told else None
    return when is not None and f.phase(when, as_of) == "before"


def _entry(
    store: Store,
    document: Document,
    state: str,
    as_of: date,
    branch: str,
    *,
    when: str | None,
    attribute: str,
    shown_by: Document | None = None,
) -> Entry:
    said: Document = instance_of(document, attribute) or {}
    period = f.stated(when)
    return Entry(
        id=document["id"],
        type=document["type"],
        title=f.name_of(document, document["id"]),
        owner=f.names_of(store, value_of(document, "owner"), branch=branch),
        state=state,
        when=when,
        assumption=bool(value_of(said, "assumption")),
        basis=value_of(said, "basis"),
        days=(period.last - as_of).days if period and state in ("due", "late") else None,
        shown_by=_shown_by(shown_by or document) if state == "done" else None,
    )


def _shown_by(document: Document) -> str | None:
    found = value_of(document, "evidence") or value_of(document, "document")
    return str(found) if found else None
