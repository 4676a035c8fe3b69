"""Acts on the pipeline: a memorandum entered, a stage recorded, and what the log keeps of each change.

A stage is a new `InvestmentStage` record: the ones before stay as they are. It is checked under the writer's lock
against all that stands, and comes on or after the day of the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from madang import clock
from madang.civic.investment import facts as f
from madang.civic.investment import standing as s
from madang.civic.investment.agreeing import new_id
from madang.civic.investment.pipeline import TYPE, standing_of
from madang.entities.entity import Document, Instance, geo_property, property_, relationship, value_of
from madang.errors import CallerError, ConflictError
from madang.store import Store, Tx


def pledge(
    store: Store,
    *,
    company: str,
    amount: int,
    signed_on: str | date,
    actor: str,
    reason: str,
    number: str | None = None,
    sector: str | None = None,
    site: str | None = None,
    at: Sequence[float] | None = None,
    jobs: int | None = None,
    agreement: str | None = None,
    status: str | None = None,
) -> Document:
    """Enter one company's memorandum."""
    f.need_reason(reason)
    with store.transact(actor=actor, reason=reason) as tx:
        about = f.named(store, agreement, "Agreement")["id"] if agreement else None
        made = memorandum(
            tx, company=company, amount=amount, signed_on=f.stated_period(signed_on), number=number, sector=sector,
            site=site, at=at, jobs=jobs, agreement=about, status=status,
        )  # fmt: skip
        twin = entered(store, company, number)
        if twin is not None:
            raise ConflictError("investment.company-stands", company=company, id=twin["id"])
        tx.put(made)
    return made


def memorandum(
    tx: Tx,
    *,
    company: str,
    amount: int,
    signed_on: str | None,
    number: str | None,
    sector: str | None,
    site: str | None,
    at: Sequence[float] | None,
    jobs: int | None,
    agreement: str | None,
    status: str | None,
    code: str | None = None,
) -> Document:
    """A memorandum as an entity; the amount is whole won above nothing."""
    if not company.strip():
        raise CallerError("investment.text-missing", field="company")
    if not s.is_amount(amount) or amount == 0:
        raise CallerError("investment.not-an-amount", field="amount", found=amount)
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 0):
        raise CallerError("investment.jobs-wrong", found=jobs)
    made: Document = {
        "id": new_id(tx, TYPE, code),
        "type": TYPE,
        "company": property_(company.strip()),
        "amount": property_(amount, unit="KRW"),
    }
    for name, value, unit in (
        ("memorandumNumber", number, None),
        ("sector", sector, None),
        ("site", site, None),
        ("signedOn", signed_on, None),
        ("plannedJobs", jobs, "E51"),
    ):
        if value is not None:
            made[name] = property_(value, unit=unit)
    if at is not None:
        made["location"] = geo_property({"type": "Point", "coordinates": _point(at)})
    if agreement is not None:
        made["refAgreement"] = relationship(agreement)
    if status is not None:
        made["status"] = property_(status)
    return made


def _point(at: Sequence[float]) -> list[float]:
    """A place as longitude and latitude."""
    given: Sequence[object] = at if isinstance(at, list | tuple) else ()
    numbers = [float(one) for one in given if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(given) != 2 or len(numbers) != 2:
        raise CallerError("investment.not-a-place", found=at)
    return numbers


def entered(store: Store, company: str, number: str | None) -> Document | None:
    """The memorandum of a company that stands already; a company may have several under different numbers."""
    for one in f.all_of(store, TYPE):
        if value_of(one, "company") == company.strip() and value_of(one, "memorandumNumber") == number:
            return one
    return None


def record_stage(
    store: Store,
    memorandum: str,
    *,
    stage: str,
    actor: str,
    reason: str,
    on: str | date | None = None,
    contracted: int | None = None,
    realised: int | None = None,
    pledged: int | None = None,
    evidence: str | None = None,
    because: str | None = None,
) -> Document:
    """Record that an investment reached a stage, or that its amounts changed, on a day and with what shows it."""
    f.need_reason(reason)
    when = f.past_day(on, store=store)
    with store.transact(actor=actor, reason=reason) as tx:
        about = found(store, memorandum)
        before = f.of(f.all_of(store, "InvestmentStage"), "refMemorandum").get(about["id"], [])
        return stage_record(
            store, tx, about, on=when, actor=actor, reason=reason, evidence=evidence, before=before,
            told=s.Fact(stage, pledged, contracted, realised, because, bool(evidence and evidence.strip())),
        )  # fmt: skip


def stage_record(
    store: Store,
    tx: Tx,
    about: Document,
    *,
    on: date,
    actor: str,
    reason: str,
    evidence: str | None,
    told: s.Fact,
    before: Sequence[Document],
) -> Document:
    """Write one record of a stage if it may follow the records before it."""
    signed = f.stated(value_of(about, "signedOn"))
    if signed is not None and on < signed.first:
        raise CallerError("investment.before-signing", on=on, signed=signed.text)
    if before and str(value_of(before[-1], "date")) > on.isoformat():
        raise ConflictError("investment.stage-earlier", on=on, last=value_of(before[-1], "date"))
    s.require(standing_of(about, before), told)
    said: dict[str, Instance] = {"stage": property_(told.stage), **f.shown_by(store, evidence)}
    if before:  # each record says what stands by its day: an amount that did not change is carried on, with its period
        said |= {name: before[-1][name] for name in ("contracted", "realised") if name in before[-1]}
    for name in ("amount", "contracted", "realised"):
        if getattr(told, name) is not None:
            said[name] = property_(getattr(told, name), unit="KRW", period=on.isoformat())
    if told.because:
        said["because"] = property_(told.because)
    return f.fact(
        tx,
        "InvestmentStage",
        about,
        reference="refMemorandum",
        on=on.isoformat(),
        actor=actor,
        reason=reason,
        told=said,
    )


def found(store: Store, memorandum: str) -> Document:
    """A memorandum by its id, or by the company's name where that is one only."""
    mine = [one for one in f.all_of(store, TYPE) if value_of(one, "company") == memorandum]
    if len(mine) > 1:
        numbers = ", ".join(f"{value_of(one, 'memorandumNumber')} ({one['id']})" for one in mine)
        raise CallerError("investment.company-several", company=memorandum, numbers=numbers)
    return mine[0] if mine else f.named(store, memorandum, TYPE)


def history(store: Store, memorandum: str) -> list[dict[str, Any]]:
    """The audit log of one memorandum: each change with its day, what it said, who recorded it when, and why."""
    about = found(store, memorandum)
    records = f.of(f.all_of(store, "InvestmentStage"), "refMemorandum").get(about["id"], [])
    made = []
    for one in (about, *records):
        for change in store.log(entity=one["id"]):
            entry = {
                "record": one["id"],
                "transaction": change.number,
                "recorded_at": clock.to_text(change.at),
                "by": change.actor,
                "reason": change.reason,
                "source": change.source,
                "on": value_of(one, "date") or value_of(one, "signedOn"),
                "stage": value_of(one, "stage") or "pledged",
                "stage_label": f.label(f"stage-{value_of(one, 'stage') or 'pledged'}"),
                "because": value_of(one, "because"),
                "shown_by": value_of(one, "evidence") or value_of(one, "document"),
            }
            for name in ("amount", "contracted", "realised"):
                entry[name] = value_of(one, name)
            made.append(entry)
    return sorted(made, key=lambda entry: -entry["transaction"])
