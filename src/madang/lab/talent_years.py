"""What the register shows of talent: programmes with their parameters, and each skill year by year with its gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, value_of
from madang.errors import DataError, Pair, both
from madang.lab.pipeline import AtWork, Programme, added, gap, hired, staying, still_at_work
from madang.lab.register import Range, is_assumed, name_of, range_of
from madang.store import View

KINDS = ("yearly", "standing")  # new people wanted in a year; all who are wanted at work that year
RATES = ("graduationRate", "localHireRate", "retentionRate")
PARAMETERS = ("seats", *RATES)


@dataclass(frozen=True)
class TalentYear:
    """One skill in one year: hired, staying, wanted and the gap; None where nobody said what is wanted."""

    skill: str
    year: int
    kind: str | None
    hired: Range
    staying: Range
    demand: Range | None
    gap: Range | None

    def as_json(self) -> dict[str, Any]:
        """The year as plain JSON values."""
        return {
            "id": f"{self.skill}-{self.year}",
            "skill": self.skill,
            "year": self.year,
            "kind": self.kind,
            "kindLabel": None if self.kind is None else both(f"clusters.demand-{self.kind}"),
            "hired": _rounded(self.hired),
            "staying": _rounded(self.staying),
            "demand": _rounded(self.demand),
            "gap": _rounded(self.gap),
            "method": both("clusters.talent-method"),
            "status": "estimated",
        }


@dataclass(frozen=True)
class ProgrammeView:
    """One programme with its parameters; `assumed` are those nobody gave a source for."""

    id: str
    name: Pair
    skill: str
    start: int
    end: int | None
    study_years: int
    parameters: dict[str, dict[str, float]]
    assumed: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The programme as plain JSON values."""
        return {**vars(self), "assumed": list(self.assumed)}


def read_at_work(document: Document) -> AtWork:
    """People at work as their entity states them."""
    persons, retention = range_of(document, "personsAtWork"), range_of(document, "retentionRate")
    if persons is None or retention is None:
        name = "retentionRate" if persons else "personsAtWork"
        raise DataError("clusters.parameter-missing", id=document["id"], name=name)
    return AtWork(int(value_of(document, "year")), persons, retention)


def years_of(
    skill: str, programmes: list[Programme], there: list[AtWork], wanted: list[Document], until: int
) -> list[TalentYear]:
    """A skill year by year, from the first graduates, or the first demand, on."""
    known = {int(value_of(one, "year")): one for one in wanted}
    starts = [one.start + one.study_years for one in programmes]
    first = min([*starts, *known], default=until + 1)
    return [_year(skill, year, programmes, there, known.get(year)) for year in range(first, max([until, *known]) + 1)]


def _year(
    skill: str, year: int, programmes: list[Programme], there: list[AtWork], wanted: Document | None
) -> TalentYear:
    new, stock = (added(count(one, year) for one in programmes) for count in (hired, staying))
    demand = None if wanted is None else range_of(wanted, "persons")
    kind = None if wanted is None else str(value_of(wanted, "demandKind") or KINDS[0])
    others = [still_at_work(one, year) for one in there]
    known = [one for one in others if one is not None]
    if demand is None or (kind == "standing" and len(known) < len(others)):
        return TalentYear(skill, year, kind, new, stock, demand, None)
    supply = added([stock, *known]) if kind == "standing" else new
    return TalentYear(skill, year, kind, new, stock, demand, gap(supply, demand))


def read_programme(document: Document) -> Programme:
    """A programme as its entity states it; a parameter that is missing is named."""
    ranges = {name: range_of(document, name) for name in PARAMETERS}
    missing = next((name for name, one in ranges.items() if one is None), None)
    if missing is not None:
        raise DataError("clusters.parameter-missing", id=document["id"], name=missing)
    seats, graduation, local_hire, retention = (one for one in ranges.values() if one is not None)
    end = value_of(document, "endYear")
    return Programme(
        int(value_of(document, "startYear")), None if end is None else int(end), int(value_of(document, "studyYears")),
        seats, graduation, local_hire, retention,
    )  # fmt: skip


def programme_view(view: View, document: Document) -> ProgrammeView:
    """A programme with its parameters and name."""
    read = read_programme(document)
    held = zip(PARAMETERS, (read.seats, read.graduation, read.local_hire, read.retention), strict=True)
    return ProgrammeView(
        document["id"], name_of(view, document["id"]), str(value_of(document, "skill")), read.start, read.end,
        read.study_years, {name: one.as_json() for name, one in held}, is_assumed(document, PARAMETERS),
    )  # fmt: skip


def _rounded(given: Range | None) -> dict[str, float] | None:
    return None if given is None else {case: round(value, 3) for case, value in given.as_json().items()}
