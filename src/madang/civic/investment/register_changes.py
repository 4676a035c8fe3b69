"""What a register changes, row by row, against what stands; and how it is recorded.

A company is known by its name and the number of its memorandum. A row of one that stands is compared with it: a stage
reached, an amount that rose, a pledge reduced or increased become stage records, and an empty cell says nothing. A
register tells where an investment stands, not by what way it came there: a stage left out needs no cause. One that goes
back and an amount that falls need theirs (변경사유), an increase its evidence, as when recorded by hand. What a record
can't change (sector, site, day of signing) and companies that the table leaves out are warnings; nothing is ended by
silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.civic.investment import facts as f
from madang.civic.investment import stage_records as records
from madang.civic.investment import standing as s
from madang.civic.investment.pipeline import TYPE, standing_of
from madang.civic.investment.register_rows import Row, Wrong
from madang.civic.investment.stage_weights import CANCELLED, STAGES
from madang.entities.entity import Document, urn, value_of
from madang.errors import MadangError, Pair
from madang.store import Store, Tx

FIXED = (("sector", "sector"), ("site", "site"), ("signed_on", "signedOn"), ("jobs", "plannedJobs"))
SHOWN = 12


@dataclass(frozen=True)
class Change:
    """What one row changes: a company entered, or facts about one that stands."""

    row: Row
    on: date
    facts: tuple[s.Fact, ...]
    before: s.Standing | None = None
    stands: Document | None = None
    records: tuple[Document, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether the company is entered."""
        return self.stands is None

    def as_json(self) -> dict[str, Any]:
        """The change for a page: what stood, what the row says, and the records that it makes."""
        return {
            "line": self.row.line,
            "company": self.row.company,
            "memorandum": self.stands["id"] if self.stands else None,
            "new": self.is_new,
            "on": self.on.isoformat(),
            "before": None if self.before is None else _said(self.before),
            "after": _said(s.stands(self.row.pledged, self.facts) if self.before is None else _after(self)),
            "records": [{"stage": one.stage, "label": f.label(f"stage-{one.stage}")} for one in self.facts],
        }


def changes_of(store: Store, rows: Sequence[Row], wrong: Wrong, *, again: bool) -> tuple[list[Change], list[Pair]]:
    """What each row changes, and what to tell of it; raises one error that names every row that can't be."""
    today = f.day(None, store=store)
    recorded = f.of(f.all_of(store, "InvestmentStage"), "refMemorandum")
    standing = {(value_of(one, "company"), value_of(one, "memorandumNumber")): one for one in f.all_of(store, TYPE)}
    made, told = list[Change](), list[Pair]()
    for row in rows:
        stands = standing.pop((row.company, row.number), None)
        if row.stage_on is not None and row.stage_on > today:
            wrong.add(row.line, "future", date=row.stage_on, today=today)
        elif stands is None:
            change = Change(row, row.stage_on or today, _entering(row))
            _check(change, s.begun(row.pledged), row.signed_on, wrong)
            made.append(change)
        elif not again:
            wrong.add(row.line, "stands", company=row.company)
        else:
            known = tuple(recorded.get(stands["id"], ()))
            made.append(_changing(row, stands, known, today, wrong))
            told += _differing(row, stands)
    wrong.end()
    if again and standing:
        names = ", ".join(str(company) for company, _ in list(standing)[:SHOWN])
        told.append(f.label("row-absent", count=len(standing), companies=names))
    return made, told


def _entering(row: Row) -> tuple[s.Fact, ...]:
    """What the row of a new company says beyond its pledge."""
    because, shown = f.label("from-register")["ko"], bool(row.evidence)
    told: list[s.Fact] = []
    if row.stage != "pledged" or row.contracted is not None or row.realised is not None:
        told.append(s.Fact(row.stage, None, row.contracted, row.realised, because, shown))
    if row.standing is not None and row.standing < row.pledged and row.stage != CANCELLED:
        told.append(s.Fact(s.REDUCED, row.standing, because=because, has_evidence=shown))
    return tuple(told)


def _changing(row: Row, stands: Document, known: tuple[Document, ...], today: date, wrong: Wrong) -> Change:
    """What the row of a company that stands says newly."""
    now = standing_of(stands, known)
    contracted = row.contracted if row.contracted != now.contracted else None
    realised = row.realised if row.realised != now.realised else None
    told: list[s.Fact] = []
    if row.pledged > now.pledged:
        amount = now.standing + row.pledged - now.pledged
        told.append(s.Fact(s.INCREASED, amount, because=row.because, has_evidence=bool(row.evidence)))
    elif row.pledged < now.pledged:
        wrong.add(row.line, "pledge-falls", pledged=f"{row.pledged:,}", stands=f"{now.pledged:,}")
    if row.stage != now.stage or contracted is not None or realised is not None:
        told.append(s.Fact(row.stage, None, contracted, realised, _cause(now, row), bool(row.evidence)))
    then = now
    for one in told:
        then = s.after(then, one)
    if row.standing is not None and row.stage != CANCELLED and row.standing < then.standing:
        told.append(s.Fact(s.REDUCED, row.standing, because=row.because, has_evidence=bool(row.evidence)))
    elif row.standing is not None and row.stage != CANCELLED and row.standing > then.standing:
        wrong.add(row.line, "standing-rises", standing=f"{row.standing:,}", stands=f"{then.standing:,}")
    last = f.stated(value_of(known[-1], "date")) if known else None
    on = row.stage_on or today
    if told and last is not None and on < last.last:
        wrong.add(row.line, "earlier", on=on, last=last.text)
    change = Change(row, on, tuple(told), now, stands, known)
    _check(change, now, str(value_of(stands, "signedOn")), wrong)
    return change


def _cause(now: s.Standing, row: Row) -> str | None:
    """Why the stage may change: as the row says; a stage left out on the way on is what registers are like."""
    onward = now.stage in STAGES and row.stage in STAGES and STAGES.index(row.stage) > STAGES.index(now.stage) + 1
    falls = (row.contracted or now.contracted or 0) < (now.contracted or 0) or (
        row.realised if row.realised is not None else now.realised or 0
    ) < (now.realised or 0)
    return row.because or (f.label("from-register")["ko"] if onward and not falls else None)


def _check(change: Change, now: s.Standing, signed_on: str, wrong: Wrong) -> None:
    """Name a row whose facts may not follow one another, with the reason for which one recorded by hand is refused."""
    signed = f.stated(signed_on)
    if change.facts and signed is not None and change.on < signed.first:
        wrong.add(change.row.line, "before-signing", on=change.on, signed=signed.text)
    for one in change.facts:
        try:
            s.require(now, one)
        except MadangError as refused:
            why = {"ko": refused.message("ko"), "en": refused.message("en")}
            wrong.add(change.row.line, "refused", company=change.row.company, why=why)
            return
        now = s.after(now, one)


def _differing(row: Row, stands: Document) -> list[Pair]:
    found = []
    for name, attribute in FIXED:
        said, kept = getattr(row, name), value_of(stands, attribute)
        if said is not None and said != kept:
            column = f.label(f"column-{name}")
            found.append(f.label("row-kept", line=row.line, column=column, found=said, stands=kept or "-"))
    return found


def _after(change: Change) -> s.Standing:
    then = change.before
    assert then is not None
    for one in change.facts:
        then = s.after(then, one)
    return then


def _said(one: s.Standing) -> dict[str, Any]:
    return {
        "stage": one.stage,
        "stage_label": f.label(f"stage-{one.stage}"),
        "pledged": one.pledged,
        "standing": one.standing,
        "contracted": one.contracted,
        "realised": one.realised,
    }


# --- recording -------------------------------------------------------------------------------------------------------


def record(
    store: Store,
    tx: Tx,
    changes: Sequence[Change],
    *,
    about: Document | None,
    status: str | None,
    actor: str,
    reason: str,
) -> None:
    """Write what was found possible, in the transaction in which it was found."""
    number = len(f.all_of(store, TYPE))
    for change in changes:
        one = change.stands
        if one is None:
            number += 1
            one = _entered(tx, change.row, number, about=about["id"] if about else None, status=status)
        before = list(change.records)
        for told in change.facts:
            before.append(
                records.stage_record(
                    store, tx, one, on=change.on, actor=actor, reason=reason, evidence=change.row.evidence,
                    told=told, before=before,
                )
            )  # fmt: skip


def _entered(tx: Tx, row: Row, number: int, *, about: str | None, status: str | None) -> Document:
    while tx.document(urn(TYPE, f.AUTHORITY, str(number))) is not None:
        number += 1
    at = (row.lon, row.lat) if row.lon is not None and row.lat is not None else None
    made = records.memorandum(
        tx, company=row.company, amount=row.pledged, signed_on=row.signed_on, number=row.number, sector=row.sector,
        site=row.site, at=at, jobs=row.jobs, agreement=about, status=status, code=str(number),
    )  # fmt: skip
    tx.put(made)
    return made
