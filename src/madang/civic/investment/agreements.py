"""Agreements (업무협약): how one stands on a day, what it was split into, and what was amended.

An agreement carries how it stands now. An amendment changes it, or one of its commitments, and an `Amendment` record in
the same transaction keeps its day, its reason and each value before and after. So an earlier day is shown by taking
back, newest first, the amendments dated after it; nothing that was agreed is lost. Amendments come in the order of
their days: one that is older than the last one of the same value can't be put under it, and is refused.

A memorandum of which only the year is known is neither signed nor unsigned on a day of that year: it stands *within*
its stated period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.civic.investment import commitments
from madang.civic.investment import facts as f
from madang.entities.entity import Document, Instance, instance_of, property_, relationship, value_of
from madang.entities.vocabulary import label_of
from madang.errors import CallerError, ConflictError, NotFoundError, Pair
from madang.store import Store

# What an amendment may change, and how the argument is called.
OF_AGREEMENT = {
    "title": "title",
    "ends_on": "endsOn",
    "signed_on": "signedOn",
    "amount": "amount",
    "companies": "companies",
    "parties": "parties",
    "other_parties": "otherParties",
    "terminated_on": "state",
}
OF_COMMITMENT = {
    "title": "title",
    "owner": "owner",
    "due": "due",
    "output": "measurableOutput",
    "measures": "measures",
    "amount": "amount",
}
TERMINATED = "terminated"


@dataclass(frozen=True)
class Amended:
    """One value that an amendment changed."""

    entity: str
    attribute: str
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        """The change for a page."""
        label = {language: label_of(self.attribute, language) for language in ("ko", "en")}
        return {
            "entity": self.entity,
            "attribute": self.attribute,
            "label": label,
            "before": self.before,
            "after": self.after,
        }


@dataclass(frozen=True)
class AmendmentState:
    """An amendment with its day, why and by whom it was recorded, and what it changed."""

    id: str
    on: str
    reason: str
    by: str | None
    shown_by: str | None
    changed: tuple[Amended, ...]

    def as_json(self) -> dict[str, Any]:
        """The amendment for a page."""
        return {
            "id": self.id,
            "on": self.on,
            "reason": self.reason,
            "by": self.by,
            "shown_by": self.shown_by,
            "changed": [one.as_json() for one in self.changed],
        }


@dataclass(frozen=True)
class AgreementState:
    """An agreement as it stood on a day."""

    id: str
    title: Pair
    state: str
    as_of: date
    signed_on: str | None
    signed_assumed: bool
    signed_basis: Pair | None
    ends_on: str | None
    parties: tuple[str, ...]
    party: Pair | None
    other_parties: Pair | None
    amount: f.Figure | None
    companies: f.Figure | None
    commitments: tuple[commitments.CommitmentState, ...]
    amendments: tuple[AmendmentState, ...]
    announcement: str | None

    @property
    def incomplete(self) -> int:
        """How many commitments can't be checked, because something is missing."""
        return sum(bool(one.missing) for one in self.commitments)

    def as_json(self) -> dict[str, Any]:
        """The agreement for a page."""
        states = [one.state for one in self.commitments]
        return {
            "id": self.id,
            "title": self.title,
            "state": self.state,
            "state_label": f.label(f"agreement-{self.state}"),
            "as_of": self.as_of.isoformat(),
            "signed_on": self.signed_on,
            "signed_assumed": self.signed_assumed,
            "signed_basis": self.signed_basis,
            "ends_on": self.ends_on,
            "parties": list(self.parties),
            "party": self.party,
            "other_parties": self.other_parties,
            "amount": self.amount,
            "companies": self.companies,
            "commitments": [one.as_json() for one in self.commitments],
            "counts": {state: states.count(state) for state in ("on-time", "late", "done", "undated")},
            "incomplete": self.incomplete,
            "is_split": bool(self.commitments),
            "amendments": [one.as_json() for one in self.amendments],
            "announcement": self.announcement,
        }


def agreements(store: Store, *, as_of: date, branch: str = "main") -> list[AgreementState]:
    """Every agreement of the city as it stood on a day, the latest signed first; none that was signed after it."""
    records = _Records(store, branch)
    found = [_state(store, one, records, as_of) for one in records.agreements]
    return sorted(found, key=lambda one: (one.signed_on is not None, one.signed_on or "", one.id), reverse=True)


def agreement(store: Store, id: str, *, as_of: date, branch: str = "main") -> AgreementState:
    """One agreement as it stood on a day."""
    return _state(store, f.named(store, id, "Agreement", branch=branch), _Records(store, branch), as_of)


class _Records:
    """What stands about agreements, read once."""

    def __init__(self, store: Store, branch: str) -> None:
        self.branch = branch
        self.agreements = f.all_of(store, "Agreement", branch=branch)
        self.commitments = f.of(f.all_of(store, "Commitment", branch=branch), "refAgreement")
        self.amendments = f.of(f.all_of(store, "Amendment", branch=branch), "refAgreement")
        self.reports = f.of(f.all_of(store, "Progress", branch=branch), "refCommitment")


def _state(store: Store, document: Document, records: _Records, as_of: date) -> AgreementState:
    amendments = records.amendments.get(document["id"], [])
    applied = f.in_force(amendments, as_of)
    later = [one for one in amendments if one not in applied]
    then = as_it_stood(document, later)
    owed = [as_it_stood(one, later) for one in records.commitments.get(document["id"], [])]
    signed = f.stated(value_of(then, "signedOn"))
    parties = value_of(then, "parties")
    states = tuple(
        commitments.state_of(store, one, as_of=as_of, reports=records.reports.get(one["id"], ()), branch=records.branch)
        for one in sorted(owed, key=lambda one: (value_of(one, "due") or "9999", one["id"]))
        if _is_agreed(one, as_of)
    )
    return AgreementState(
        id=document["id"],
        title=f.name_of(then, document["id"]),
        state=_state_word(then, states, as_of),
        as_of=as_of,
        signed_on=signed.text if signed else None,
        signed_assumed=bool(value_of(instance_of(then, "signedOn") or {}, "assumption")),
        signed_basis=value_of(instance_of(then, "signedOn") or {}, "basis"),
        ends_on=value_of(then, "endsOn"),
        parties=tuple([parties] if isinstance(parties, str) else parties or ()),
        party=f.names_of(store, parties, branch=records.branch),
        other_parties=f.name_of({"title": instance_of(then, "otherParties")}) if "otherParties" in then else None,
        amount=_figure(store, document, then, "amount", records.branch),
        companies=_figure(store, document, then, "companies", records.branch),
        commitments=states,
        amendments=tuple(amendment_state(one) for one in applied),
        announcement=value_of(then, "refAnnouncement"),
    )


def _figure(store: Store, now: Document, then: Document, attribute: str, branch: str) -> f.Figure | None:
    """A figure with its address; a value that was amended since has no address of its own and says so."""
    figure = f.figure(store, then, attribute, branch=branch)
    if figure is not None and value_of(now, attribute) != figure["value"]:
        figure["address"] = None
        figure["amended_since"] = True
    return figure


def _state_word(document: Document, owed: tuple[commitments.CommitmentState, ...], as_of: date) -> str:
    signed, ends = f.stated(value_of(document, "signedOn")), f.stated(value_of(document, "endsOn"))
    if value_of(document, "state") == TERMINATED:
        return TERMINATED
    if signed is None:
        return "undated"
    stands = f.phase(signed, as_of)
    if stands != "after":
        return "not-yet" if stands == "before" else "within"
    if owed and all(one.state == "done" for one in owed):
        return "fulfilled"
    return "ended" if ends is not None and ends.last < as_of else "in-force"


def _is_agreed(commitment: Document, as_of: date) -> bool:
    since = f.stated(value_of(commitment, "startsOn"))
    return since is None or f.phase(since, as_of) == "after"


# --- amendments ------------------------------------------------------------------------------------------------------


def as_it_stood(document: Document, later: Iterable[Document]) -> Document:
    """An agreement or commitment without the amendments that came later, newest taken back first."""
    then = dict(document)
    for amendment in reversed(list(later)):
        for change in value_of(amendment, "amended") or ():
            if change["entity"] == document["id"]:
                then.pop(change["attribute"], None)
                if change["before"] is not None:
                    then[change["attribute"]] = change["before"]
    return then


def amendment_state(document: Document) -> AmendmentState:
    """An amendment as a value."""
    changed = tuple(
        Amended(one["entity"], one["attribute"], _bare(one["before"]), _bare(one["after"]))
        for one in value_of(document, "amended") or ()
    )
    return AmendmentState(
        id=document["id"],
        on=str(value_of(document, "date")),
        reason=str(value_of(document, "reason")),
        by=value_of(document, "recordedBy"),
        shown_by=value_of(document, "evidence") or value_of(document, "document"),
        changed=changed,
    )


def _bare(instance: Instance | None) -> Any:
    return value_of({"it": instance}, "it") if instance is not None else None


def amended(
    store: Store, document: Document, changes: Mapping[str, Any], *, known: Mapping[str, str]
) -> dict[str, Instance]:
    """The new values of an amendment as attributes; refused where there is nothing of that name to amend."""
    if not changes:
        raise CallerError("investment.nothing-amended", known=", ".join(known))
    made: dict[str, Instance] = {}
    for name, value in changes.items():
        if name not in known:
            raise CallerError("investment.not-amendable", name=name, known=", ".join(known))
        made[known[name]] = _instance(store, name, value)
    same = [name for name, value in made.items() if _bare(value) == value_of(document, name)]
    if len(same) == len(made):
        raise ConflictError("investment.amended-already", what=", ".join(same))
    return made


def _instance(store: Store, name: str, value: Any) -> Instance:
    if name in ("owner", "due", "output", "measures"):
        return next(iter(commitments.specified(store, **{name: value}).values()))
    if name in ("title", "other_parties"):
        return f.said(value, field=name)
    if name in ("ends_on", "signed_on"):
        return property_(f.stated_period(value))
    if name == "terminated_on":
        return property_(TERMINATED)
    if name == "parties":
        return parties_of(store, value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise CallerError("investment.not-an-amount", field=name, found=value)
    return property_(value, unit="KRW" if name == "amount" else "{company}")


def parties_of(store: Store, parties: Any, *, branch: str = "main") -> Instance:
    """Parties of an agreement, each an entity of the city."""
    ids = [parties] if isinstance(parties, str) else list(parties)
    for id in ids:
        if store.view(branch).document(id) is None:
            raise NotFoundError("investment.party-unknown", id=id)
    if not ids:
        raise CallerError("investment.party-missing")
    return relationship(ids[0] if len(ids) == 1 else ids)


def require_after(amendments: Iterable[Document], entity: str, attributes: Iterable[str], on: str) -> None:
    """Amendments of one value come in the order of their days."""
    wanted = set(attributes)
    for one in amendments:
        touched = {change["attribute"] for change in value_of(one, "amended") or () if change["entity"] == entity}
        if touched & wanted and str(value_of(one, "date")) > on:
            raise ConflictError("investment.amended-later", on=on, last=value_of(one, "date"), id=one["id"])
