"""What became of pledged money: for each agreement, what was really spent until a day, and what is still to come.

Read from the register of stages (`InvestmentStage`): each entry says of one memorandum (or, where it names none, of its
agreement) how much had been contracted and realised by its date, in all. The last entry until a day counts. What is
contracted and not yet realised will come, only later; what was given up will not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from madang.dates import period
from madang.entities.entity import Document, value_of
from madang.entities.query import Query, parse_types
from madang.store import View

GIVEN_UP = frozenset({"withdrawn", "cancelled", "failed", "given-up", "dropped"})


@dataclass(frozen=True, slots=True)
class Realised:
    """What an agreement's register says: realised until the due day, realised or firmly contracted by now, entries."""

    by_due: float | int
    in_all: float | int
    entries: int
    evidenced: int


def realised(view: View, *, due: date | None) -> dict[str, Realised]:
    """The register by agreement id; `due` is the last day of the promise, None counts everything as in time."""
    memoranda = {
        doc["id"]: value_of(doc, "refAgreement")
        for doc in view.documents(Query(types=parse_types("InvestmentMemorandum")))
    }
    by_agreement: dict[str, dict[str, list[Document]]] = {}
    for doc in view.documents(Query(types=parse_types("InvestmentStage"))):
        of = value_of(doc, "refMemorandum") or value_of(doc, "refCommitment") or value_of(doc, "refAgreement")
        agreement = value_of(doc, "refAgreement") or memoranda.get(of)
        if agreement and of:
            by_agreement.setdefault(agreement, {}).setdefault(of, []).append(doc)
    return {agreement: _sum(register.values(), due) for agreement, register in by_agreement.items()}


def _sum(registers: Iterable[list[Document]], due: date | None) -> Realised:
    by_due: float | int = 0
    in_all: float | int = 0
    entries = evidenced = 0
    for register in registers:
        entries += len(register)
        evidenced += sum(1 for doc in register if value_of(doc, "evidence") or value_of(doc, "document"))
        now = _last(register, None)
        by_due += _amount(_last(register, due), "realised")
        spent = _amount(now, "realised")
        firm = 0 if now is None or value_of(now, "stage") in GIVEN_UP else _amount(now, "contracted")
        in_all += max(spent, firm)
    return Realised(by_due, in_all, entries, evidenced)


def _last(register: list[Document], until: date | None) -> Document | None:
    dated = [(day, doc) for doc in register if (day := _day(doc)) is not None and (until is None or day <= until)]
    return max(dated, key=lambda one: (one[0], value_of(one[1], "order") or 0, one[1]["id"]))[1] if dated else None


def _day(doc: Document) -> date | None:
    try:
        return period(str(value_of(doc, "date"))).last
    except ValueError:
        return None


def _amount(doc: Document | None, name: str) -> float | int:
    found = value_of(doc, name) if doc is not None else None
    return found if isinstance(found, int | float) and not isinstance(found, bool) else 0
