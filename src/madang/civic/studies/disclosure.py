"""The yearly list of a research institute's studies and their use (공시 목록), and how usable they were.

A study stands in the list of a year if a day of that year lies between its beginning and its end; one without an end
goes on. No study is left out for lack of a field: what is missing is named beside it. The usability rate (연구결과의
활용성, Local Research Institutes Act Art. 19(2)) is counted, never weighed: studies in use over studies complete, with
both numbers; of none complete, it is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from madang import dates
from madang.civic.studies.records import USED, StudyView, all_studies, study_view
from madang.errors import CallerError, Pair, both
from madang.indicators.stored import Figure, address_of
from madang.store import Store

REQUIRED = ("title", "period", "date", "use", "link")
EARLIEST, LATEST = 1990, 2200


@dataclass(frozen=True)
class Entry:
    """One study as the list discloses it; `missing` names the columns that nobody filled."""

    study: str
    title: Pair
    period: Pair
    starts_on: str | None
    ends_on: str | None
    cost: Figure | None
    recommended_on: str | None
    date_address: str | None
    use: str | None
    use_label: Pair
    decision: str | None
    task: str | None
    link: str | None
    complete: bool
    missing: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The entry as plain JSON values."""
        return {
            "study": self.study,
            "title": self.title,
            "period": {"label": self.period, "startsOn": self.starts_on, "endsOn": self.ends_on},
            "cost": self.cost,
            "date": {"value": self.recommended_on, "address": self.date_address},
            "use": {"state": self.use, "label": self.use_label},
            "decision": self.decision,
            "task": self.task,
            "link": self.link,
            "complete": self.complete,
            "missing": [{"id": one, "label": both(f"studies.column-{one}")} for one in self.missing],
        }


@dataclass(frozen=True)
class Disclosure:
    """The list of a year, and its counts: all, complete, used, with every column filled."""

    year: int
    entries: tuple[Entry, ...]

    @property
    def complete(self) -> int:
        """How many studies have come to a recommendation."""
        return sum(one.complete for one in self.entries)

    @property
    def used(self) -> int:
        """How many of the complete ones are used, in whole or in part."""
        return sum(one.complete and one.use in USED for one in self.entries)

    @property
    def usability(self) -> float | None:
        """Used over complete in per cent; None where none is complete."""
        return round(100 * self.used / self.complete, 1) if self.complete else None

    def as_json(self) -> dict[str, Any]:
        """The list as plain JSON values."""
        return {
            "year": self.year,
            "entries": [one.as_json() for one in self.entries],
            "studies": len(self.entries),
            "complete": self.complete,
            "used": self.used,
            "filled": sum(not one.missing for one in self.entries),
            "usability": {
                "value": self.usability,
                "unit": "P1",
                "n": self.complete,
                "label": both("studies.usability"),
            },
            "columns": [{"id": one, "label": both(f"studies.column-{one}")} for one in COLUMNS],
            "rows": self.rows(),
        }

    def rows(self) -> list[dict[str, Any]]:
        """The list as a table, a row a study, for a sheet."""
        return [
            {
                "title": one.title["ko"],
                "period": one.period["ko"],
                "cost": None if one.cost is None else one.cost["value"],
                "date": one.recommended_on,
                "use": one.use_label["ko"],
                "decision": one.decision,
                "task": one.task,
                "link": one.link,
            }
            for one in self.entries
        ]


COLUMNS = ("title", "period", "cost", "date", "use", "decision", "task", "link")


def disclosure(store: Store, year: int) -> Disclosure:
    """All studies of a year, the earliest begun first."""
    if not EARLIEST <= year <= LATEST:
        raise CallerError("studies.year-unknown", year=year)
    found = [study_view(store, one["id"]) for one in reversed(all_studies(store))]
    return Disclosure(year, tuple(_entry(store, one) for one in found if _falls_in(one, year)))


def _falls_in(study: StudyView, year: int) -> bool:
    begins = dates.period(study.starts_on).first.year if study.starts_on else year
    ends = dates.period(study.ends_on).last.year if study.ends_on else LATEST
    return begins <= year <= ends


def _entry(store: Store, study: StudyView) -> Entry:
    said = study.recommendation
    use = said.uses[-1] if said is not None and said.uses else None
    filled = {
        "title": bool(study.title["ko"]),
        "period": study.starts_on is not None and study.ends_on is not None,
        "date": said is not None,
        "use": use is not None,
        "link": bool(study.link),
    }
    return Entry(
        study=study.id,
        title=study.title,
        period=both("studies.period", begins=study.starts_on or "?", ends=study.ends_on or "?"),
        starts_on=study.starts_on,
        ends_on=study.ends_on,
        cost=study.cost,
        recommended_on=None if said is None else said.date,
        date_address=None if said is None else address_of(store, said.id, "date"),
        use=study.use,
        use_label=study.use_label,
        decision=None if use is None else use.decision,
        task=None if use is None else use.task,
        link=study.link,
        complete=said is not None,
        missing=tuple(name for name in REQUIRED if not filled[name]),
    )
