"""Talent programmes derived from what universities disclose: seats and graduation rate of a department. Pure.

Several files may tell of one department and year, each its own counts; where two tell the same count differently, both
are named and nothing is derived. A department whose quota or graduates nobody discloses gives no programme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, Instance, json_property, language_property, property_, relationship, urn
from madang.entities.entity import value_of as said
from madang.errors import DataError, Pair, both
from madang.lab.register import AUTHORITY, Range, pair, ranged

COUNTS = ("quota", "entrants", "graduates")


@dataclass(frozen=True, slots=True)
class Derived:
    """A department as a programme: seats and graduation rate with how they were reckoned."""

    department: str
    name: Pair
    skill: str
    university: str
    study_years: int
    seats: Range
    seats_from: Pair
    graduation: Range
    graduation_from: Pair
    source: str | None
    status: str | None

    def as_programme(self, *, start_year: int, end_year: int | None, local_hire: Range, retention: Range) -> Document:
        """The programme as an entity; rates of hire and stay are assumptions, for nobody discloses them."""
        made: Document = {
            "id": urn("TalentProgramme", AUTHORITY, self.department),
            "type": "TalentProgramme",
            "name": language_property(self.name),
            "skill": property_(self.skill),
            "startYear": property_(start_year),
            "studyYears": property_(self.study_years, unit="ANN"),
            "seats": _derived(self.seats, self.seats_from, self.source),
            "graduationRate": _derived(self.graduation, self.graduation_from, self.source),
            "localHireRate": ranged(local_hire, source=None),
            "retentionRate": ranged(retention, source=None),
            "refOrganisation": relationship(self.university),
            "code": property_(self.department),
            "status": property_("synthetic" if self.status == "synthetic" else "estimated"),
        }
        return made | ({} if end_year is None else {"endYear": property_(end_year)})


def _derived(given: Range, method: Pair, source: str | None) -> Instance:
    """A value derived from disclosed figures: with how, and from which source."""
    made: Instance = {**json_property(given.as_json()), "method": language_property(method)}
    return made | ({} if source is None else {"source": {"type": "Relationship", "object": source}})


def derived(years: Iterable[Document], skills: Mapping[str, str], *, study_years: int | None = None) -> list[Derived]:
    """Departments whose name or field has a skill, as programmes; `study_years` where a department does not say."""
    by_department: dict[str, list[Document]] = {}
    for one in sorted(years, key=lambda doc: str(doc["id"])):
        by_department.setdefault(str(said(one, "code")), []).append(one)
    found = (_of(code, docs, skills, study_years) for code, docs in sorted(by_department.items()))
    return [one for one in found if one is not None]


def _of(code: str, docs: list[Document], skills: Mapping[str, str], study_years: int | None) -> Derived | None:
    name = pair(next((said(doc, "name") for doc in docs if said(doc, "name")), code))
    field = next((str(said(doc, "field")) for doc in docs if said(doc, "field")), "")
    skill = skills.get(name["ko"]) or skills.get(field)
    stated = next((said(doc, "studyYears") for doc in docs if said(doc, "studyYears") is not None), study_years)
    counts = {attribute: _by_year(code, docs, attribute) for attribute in COUNTS}
    quota = counts["quota"]
    if skill is None or stated is None or not quota:
        return None
    graduation = _graduation(counts, int(stated))
    if graduation is None:
        return None
    latest = quota[max(quota)]
    return Derived(
        code, name, skill, str(said(docs[0], "refOrganisation")), int(stated),
        Range(float(min(quota.values())), float(latest), float(max(quota.values()))),
        both("talent.seats-derived", first=min(quota), last=max(quota)),
        *graduation,
        said(docs[-1], "source"),
        "synthetic" if any(said(doc, "status") == "synthetic" for doc in docs) else None,
    )  # fmt: skip


def _by_year(code: str, docs: list[Document], attribute: str) -> dict[int, int]:
    """A count by year; two files that tell it differently are refused."""
    found: dict[int, tuple[int, Any]] = {}
    for doc in docs:
        value, year = said(doc, attribute), int(said(doc, "year"))
        if value is None:
            continue
        a, first = found.setdefault(year, (int(value), doc["id"]))
        if a != int(value):
            raise DataError(
                "talent.figures-differ", department=code, year=year, attribute=attribute, first=first,
                second=doc["id"], a=a, b=value,
            )  # fmt: skip
    return {year: value for year, (value, _) in sorted(found.items())}


def _graduation(counts: Mapping[str, Mapping[int, int]], study: int) -> tuple[Range, Pair] | None:
    """Graduates over those who entered so many years before; the pooled share between the lowest and the highest."""
    graduates = counts["graduates"]
    for code, base, lag in (
        ("talent.graduation-derived", counts["entrants"], study),
        ("talent.graduation-derived-from-quota", counts["quota"], study),
        ("talent.graduation-derived-same-year", counts["entrants"], 0),
    ):
        years = [year for year in graduates if base.get(year - lag)]
        if years:
            shares = [min(1.0, graduates[year] / base[year - lag]) for year in years]
            pooled = sum(graduates[year] for year in years) / sum(base[year - lag] for year in years)
            central = min(max(pooled, min(shares)), max(shares))
            told = both(code, study=study, years=", ".join(map(str, years)))
            return Range(min(shares), central, max(shares)), told
    return None
