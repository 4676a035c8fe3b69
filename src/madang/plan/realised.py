"""What became of pledged money: for each agreement, what was really spent until a day, and what is still to come.

Read from the register of stages (`InvestmentStage`): each entry says of one memorandum (or, where it names none, of its
agreement) how much had been contracted and realised by its date, in all; what an entry does not say stays as it was.
What is contracted and not yet realised will come, only later; of what was cancelled, nothing more will. A memorandum
without any entry is unknown, which is not nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from madang.dates import period
from madang.entities.entity import Document, value_of
from madang.entities.query import Query, parse_types
from madang.store import View

CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Realised:
    """What an agreement's register says: realised until the due day, realised or firmly contracted by now.

    `entries` counts the records, `evidenced` those with a document, `unknown` the memoranda of which nothing is told.
    """

    by_due: float | int
    in_all: float | int
    entries: int
    evidenced: int
    unknown: int = 0


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
    silent: dict[str, int] = {}
    for id, agreement in memoranda.items():
        if agreement and id not in by_agreement.get(agreement, {}):
            silent[agreement] = silent.get(agreement, 0) + 1
    return {
        agreement: _sum(register.values(), due, silent.get(agreement, 0))
        for agreement, register in by_agreement.items()
    }


def _sum(registers: Iterable[list[Document]], due: date | None, unknown: int) -> Realised:
    by_due: float | int = 0
    in_all: float | int = 0
    entries = evidenced = 0
    for register in registers:
        entries += len(register)
        evidenced += sum(1 for doc in register if value_of(doc, "evidence") or value_of(doc, "document"))
        dated = _in_order(register)
        in_time = [doc for day, doc in dated if due is None or day <= due]
        every = [doc for _, doc in dated]
        by_due += _latest(in_time, "realised")
        spent = _latest(every, "realised")
        firm = 0 if every and value_of(every[-1], "stage") == CANCELLED else _latest(every, "contracted")
        in_all += max(spent, firm)
    return Realised(by_due, in_all, entries, evidenced, unknown)


def _in_order(register: list[Document]) -> list[tuple[date, Document]]:
    dated = [(day, doc) for doc in register if (day := _day(doc)) is not None]
    return sorted(dated, key=lambda one: (one[0], value_of(one[1], "order") or 0, one[1]["id"]))


def _latest(register: list[Document], name: str) -> float | int:
    """What the last entry that speaks of it says; nothing so far where none does."""
    told = (value_of(doc, name) for doc in reversed(register))
    return next((one for one in told if isinstance(one, int | float) and not isinstance(one, bool)), 0)


def _day(doc: Document) -> date | None:
    try:
        return period(str(value_of(doc, "date"))).last
    except ValueError:
        return None
