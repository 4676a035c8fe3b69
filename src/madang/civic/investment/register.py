"""The register of memoranda as a table (.xlsx, .csv): entered all or nothing, written so that it reads back.

Nothing is written unless all rows are good. If the agreement announced a sum or a count of companies, a difference is a
warning that names it: who is right, the table can't know. A register that comes again is compared with what stands
(`register_changes`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from madang.civic.investment import facts as f
from madang.civic.investment.pipeline import Investor, pipeline
from madang.civic.investment.register_changes import Change, changes_of, record
from madang.civic.investment.register_rows import HEADINGS, MONEY, STAGES_IN_KOREAN, Wrong, read_register
from madang.entities.entity import value_of
from madang.errors import CallerError, Pair
from madang.store import Store


@dataclass(frozen=True)
class Imported:
    """What came in: companies, their sum, what each row changes, and what does not agree with what was announced."""

    file: str
    rows: int
    total: int
    announced: int | None
    difference: int | None
    warnings: tuple[Pair, ...]
    transaction: int | None
    changes: tuple[Change, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The result for a page or a machine."""
        return {
            "file": self.file,
            "rows": self.rows,
            "total": self.total,
            "announced": self.announced,
            "difference": self.difference,
            "warnings": list(self.warnings),
            "transaction": self.transaction,
            "entered": sum(one.is_new for one in self.changes),
            "changed": sum(bool(one.facts) and not one.is_new for one in self.changes),
            "unchanged": sum(not one.facts and not one.is_new for one in self.changes),
            "changes": [one.as_json() for one in self.changes if one.is_new or one.facts],
        }


def import_register(
    store: Store,
    path: Path,
    *,
    actor: str,
    reason: str,
    agreement: str | None = None,
    columns: Mapping[str, str] | None = None,
    status: str | None = None,
    again: bool = False,
    dry_run: bool = False,
) -> Imported:
    """Enter every company of a table with its stage, in one transaction, all or nothing.

    If the register comes `again`, companies that stand are compared with their rows, and what changed is recorded as
    stages; otherwise a company that stands is refused. A dry run says what would change and writes nothing.
    """
    f.need_reason(reason)
    rows = read_register(path, columns=columns)
    about = f.named(store, agreement, "Agreement") if agreement else None
    number = None
    if dry_run:
        changes, told = changes_of(store, rows, Wrong(path.name), again=again)
    else:
        with store.transact(actor=actor, reason=reason, source=path.name) as tx:
            changes, told = changes_of(store, rows, Wrong(path.name), again=again)
            record(store, tx, changes, about=about, status=status, actor=actor, reason=reason)
            number = tx.number
    announced = value_of(about, "amount") if about else None
    counted = value_of(about, "companies") if about else None
    total = sum(row.pledged for row in rows)
    warnings = []
    if announced is not None and announced != total:
        warnings.append(
            f.label("sum-differs", total=f"{total:,}", announced=f"{announced:,}", difference=f"{total - announced:+,}")
        )
    if counted is not None and counted != len(rows):
        warnings.append(f.label("count-differs", rows=len(rows), announced=counted))
    difference = None if announced is None else total - announced
    return Imported(path.name, len(rows), total, announced, difference, (*warnings, *told), number, tuple(changes))


def export_register(store: Store, path: Path, *, as_of: date) -> Path:
    """The register as it stood on a day, as a table that `import_register` reads back to the won."""
    write_register(path, [_written(store, one) for one in pipeline(store, as_of=as_of).companies])
    return path


def _written(store: Store, one: Investor) -> dict[str, Any]:
    point = one.location["coordinates"] if one.location and one.location["type"] == "Point" else (None, None)
    history = f.of(f.all_of(store, "InvestmentStage"), "refMemorandum").get(one.id, [])
    shown = next((value_of(record, "document") for record in reversed(history) if "document" in record), None)
    return {
        "company": one.company,
        "number": one.number,
        "pledged": one.standing.pledged,
        "sector": one.sector,
        "site": one.site,
        "signed_on": one.signed_on,
        "jobs": one.jobs["value"] if one.jobs else None,
        "stage": next(ko for ko, stage in STAGES_IN_KOREAN.items() if stage == one.stage),
        "stage_on": value_of(history[-1], "date") if history else None,
        "standing": one.standing.standing if one.is_reduced else None,
        "contracted": one.contracted["value"] if one.contracted else None,
        "realised": one.realised["value"] if one.realised else None,
        "evidence": shown,
        "lon": point[0],
        "lat": point[1],
    }


def write_register(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows as a table, amounts as whole won."""
    head = [names[0] + ("(원)" if field in MONEY else "") for field, names in HEADINGS.items()]
    lines: list[list[Any]] = [head, *([row.get(name) for name in HEADINGS] for row in rows)]
    if path.suffix.lower() == ".xlsx":
        import openpyxl  # a tenth of a second that only a workbook's writer waits for

        book = openpyxl.Workbook()
        sheet = book.active
        for line in lines:
            sheet.append(line)
        for column, name in enumerate(HEADINGS, 1):
            if name in MONEY:
                for cell in sheet[openpyxl.utils.get_column_letter(column)][1:]:
                    cell.number_format = "#,##0"
        book.save(path)
        return
    if path.suffix.lower() != ".csv":
        raise CallerError("investment.register-kind", file=path.name)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(lines)
