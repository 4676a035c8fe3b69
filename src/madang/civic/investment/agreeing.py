"""Acts on agreements: sign one, split it into commitments, say what is missing, report, fulfil, amend.

Each act is one transaction with a reason, checked under the writer's lock. What was left open is *specified*; what
stands already is changed by an amendment only, which keeps its history. Facts about what happened are written on main,
because a branch is what might be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from madang.civic.investment import agreements as a
from madang.civic.investment import commitments as c
from madang.civic.investment import facts as f
from madang.entities.entity import Document, json_property, property_, relationship, urn, value_of
from madang.errors import CallerError, ConflictError
from madang.store import Store, Tx


def sign(
    store: Store,
    *,
    title: f.Text,
    parties: Sequence[str],
    signed_on: str | date,
    actor: str,
    reason: str,
    code: str | None = None,
    ends_on: str | date | None = None,
    amount: int | None = None,
    other_parties: f.Text | None = None,
    status: str | None = None,
    branch: str = "main",
) -> Document:
    """A new agreement with its parties and the day on which it was signed."""
    f.need_reason(reason)
    when = f.stated_period(signed_on)
    with store.transact(branch=branch, actor=actor, reason=reason) as tx:
        made: Document = {
            "id": new_id(tx, "Agreement", code),
            "type": "Agreement",
            "title": f.said(title),
            "parties": a.parties_of(store, parties, branch=branch),
            "signedOn": property_(when),
        }
        if other_parties:
            made["otherParties"] = f.said(other_parties, field="other_parties")
        if ends_on is not None:
            made["endsOn"] = property_(f.stated_period(ends_on))
        if amount is not None:
            made |= a.amended(store, made, {"amount": amount}, known=a.OF_AGREEMENT)
        if status is not None:
            made["status"] = property_(status)
        tx.put(made)
    return made


def split(
    store: Store,
    agreement: str,
    *,
    commitments: Sequence[Mapping[str, Any]],
    actor: str,
    reason: str,
    branch: str = "main",
) -> list[Document]:
    """Split an agreement into commitments, all or none; each needs owner, due date, output and measures."""
    f.need_reason(reason)
    if not commitments:
        raise CallerError("investment.nothing-to-split")
    made = []
    with store.transact(branch=branch, actor=actor, reason=reason) as tx:
        signed = f.named(store, agreement, "Agreement", branch=branch)
        for number, one in enumerate(commitments, 1):
            made.append(_commitment(store, tx, signed, number, one, branch))
            tx.put(made[-1])
    return made


def _commitment(
    store: Store, tx: Tx, agreement: Document, number: int, told: Mapping[str, Any], branch: str
) -> Document:
    known = {"title", "owner", "due", "output", "measures", "code", "agreed_on"}
    if not isinstance(told, Mapping) or set(told) - known:
        stray = ", ".join(sorted(set(told) - known)) if isinstance(told, Mapping) else str(told)[:40]
        raise CallerError("investment.commitment-field", number=number, field=stray, known=", ".join(sorted(known)))
    missing = [what for what in c.NEEDED if not told.get(what)]
    if missing:
        raise CallerError("investment.commitment-incomplete", number=number, missing=missing_words(missing))
    made: Document = {
        "id": new_id(tx, "Commitment", told.get("code") or f"{agreement['id'].rpartition(':')[2]}-{number}"),
        "type": "Commitment",
        "title": f.said(told.get("title") or ""),
        "refAgreement": relationship(agreement["id"]),
        **c.specified(store, branch=branch, **{what: told[what] for what in c.NEEDED}),
    }
    if told.get("agreed_on"):
        made["startsOn"] = property_(f.stated_period(told["agreed_on"]))
    if "status" in agreement:
        made["status"] = agreement["status"]
    return made


def missing_words(missing: Sequence[str]) -> dict[str, str]:
    """What is missing, in both languages."""
    labels = [f.label(f"needs-{what}") for what in missing]
    return {language: ", ".join(one[language] for one in labels) for language in ("ko", "en")}


def specify(store: Store, commitment: str, *, actor: str, reason: str, branch: str = "main", **given: Any) -> Document:
    """Say what a commitment left open; what stands already is not overwritten but amended."""
    f.need_reason(reason)
    given = {name: value for name, value in given.items() if value}
    with store.transact(branch=branch, actor=actor, reason=reason) as tx:
        stands = f.named(store, commitment, "Commitment", branch=branch)
        open_yet = set(c.missing_of(stands))
        fixed = [what for what in given if what not in open_yet]
        if fixed:
            raise ConflictError("investment.stands-already", what=missing_words(fixed), id=stands["id"])
        if not given:
            raise CallerError("investment.nothing-specified", missing=missing_words(sorted(open_yet)))
        made = stands | c.specified(store, branch=branch, **given)
        tx.put(made)
    return made


def report(
    store: Store,
    commitment: str,
    *,
    measure: str,
    value: float | int,
    actor: str,
    reason: str,
    on: str | date | None = None,
    evidence: str | None = None,
) -> Document:
    """Report a value of one measure of a commitment on a day."""
    f.need_reason(reason)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CallerError("investment.not-a-number", field="value", found=value)
    when = f.past_day(on, store=store)
    with store.transact(actor=actor, reason=reason) as tx:
        stands = f.named(store, commitment, "Commitment")
        asked = c.measure_of(stands, measure)
        told = {
            "measure": property_(asked["id"]),
            "value": property_(value, unit=asked.get("unit")),
            **f.shown_by(store, evidence),
        }
        return f.fact(
            tx,
            "Progress",
            stands,
            reference="refCommitment",
            on=when.isoformat(),
            actor=actor,
            reason=reason,
            told=told,
        )


def fulfil(
    store: Store, commitment: str, *, evidence: str, actor: str, reason: str, done_on: str | date | None = None
) -> Document:
    """Say that a commitment was fulfilled, on what day, and what shows it."""
    f.need_reason(reason)
    when = f.past_day(done_on, store=store)
    with store.transact(actor=actor, reason=reason) as tx:
        stands = f.named(store, commitment, "Commitment")
        shown = f.shown_by(store, evidence)
        if not shown:
            raise CallerError("investment.evidence-missing", id=stands["id"])
        if f.has_evidence(stands):
            raise ConflictError("investment.fulfilled-already", id=stands["id"], on=value_of(stands, "doneOn") or "-")
        made = stands | shown | {"doneOn": property_(when.isoformat())}
        if "document" in shown:  # the list of promises asks for a record: the act itself is one
            fact = f.fact(
                tx, "Progress", stands, reference="refCommitment", on=when.isoformat(), actor=actor, reason=reason,
                told=shown,
            )  # fmt: skip
            made["evidence"] = relationship(fact["id"])
        tx.put(made)
    return made


def amend(
    store: Store,
    agreement: str,
    *,
    on: str | date,
    changes: Mapping[str, Any],
    actor: str,
    reason: str,
    commitment: str | None = None,
    evidence: str | None = None,
) -> Document:
    """Amend an agreement, or one of its commitments, as of a day; the values before stay in the record."""
    f.need_reason(reason)
    when = f.past_day(on, store=store).isoformat()
    with store.transact(actor=actor, reason=reason) as tx:
        signed = f.named(store, agreement, "Agreement")
        about = f.named(store, commitment, "Commitment") if commitment else signed
        if commitment and value_of(about, "refAgreement") != signed["id"]:
            raise CallerError("investment.of-another-agreement", id=about["id"], agreement=signed["id"])
        since = f.stated(value_of(signed, "signedOn"))
        if since is not None and when < since.first.isoformat():
            raise CallerError("investment.before-signing", on=when, signed=since.text)
        made = a.amended(store, about, changes, known=a.OF_COMMITMENT if commitment else a.OF_AGREEMENT)
        before = f.of(f.all_of(store, "Amendment"), "refAgreement").get(signed["id"], [])
        a.require_after(before, about["id"], made, when)
        told = {
            "amended": json_property(
                [
                    {"entity": about["id"], "attribute": name, "before": about.get(name), "after": after}
                    for name, after in made.items()
                ]
            ),
            **f.shown_by(store, evidence),
        }
        tx.put({**about, **made})
        return f.fact(
            tx, "Amendment", signed, reference="refAgreement", on=when, actor=actor, reason=reason, told=told
        )  # fmt: skip


def new_id(tx: Tx, type: str, code: str | None) -> str:
    """An id that is free: of the code given, else counted on."""
    if code is not None:
        made = urn(type, f.AUTHORITY, code)
        if tx.document(made) is not None:
            raise ConflictError("investment.code-taken", code=code, id=made)
        return made
    number = 1
    while tx.document(urn(type, f.AUTHORITY, str(number))) is not None:
        number += 1
    return urn(type, f.AUTHORITY, str(number))
