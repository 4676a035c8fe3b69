"""The door to the talent pipeline: `city.clusters.talent`. Programmes, demand, who works, skills of promised jobs."""

from __future__ import annotations

from collections.abc import Mapping

from madang import clock
from madang.entities.entity import (
    Document,
    Instance,
    json_property,
    language_property,
    property_,
    relationship,
    value_of,
)
from madang.errors import DataError
from madang.lab.departments import derived
from madang.lab.register import (
    Given,
    Range,
    Title,
    entities_of,
    named,
    need_source,
    new_id,
    pair,
    ranged,
    read_range,
    write,
)
from madang.lab.talent_years import (
    KINDS,
    PARAMETERS,
    RATES,
    ProgrammeView,
    TalentYear,
    programme_view,
    read_at_work,
    read_programme,
    years_of,
)
from madang.store import Seat, View


class Talent:
    """Programmes that train people, the demand for them, and the gap."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    def programmes(self) -> list[ProgrammeView]:
        """Every programme with its parameters."""
        return [programme_view(self._view, one) for one in entities_of(self._view, "TalentProgramme")]

    def gap(self, *, skill: str | None = None, until: int | None = None) -> list[TalentYear]:
        """Supply against demand for every skill and year; of years for which something is known, or until a year."""
        programmes, demands = (entities_of(self._view, name) for name in ("TalentProgramme", "TalentDemand"))
        counted = entities_of(self._view, "TalentStock")
        skills = sorted({str(value_of(one, "skill")) for one in (*programmes, *demands)})
        today = clock.today(self._seat.store.city.zone).year
        found: list[TalentYear] = []
        for one in skills:
            if skill is None or one == skill:
                mine = [read_programme(doc) for doc in programmes if value_of(doc, "skill") == one]
                wanted = [doc for doc in demands if value_of(doc, "skill") == one]
                there = [read_at_work(doc) for doc in counted if value_of(doc, "skill") == one]
                found += years_of(one, mine, there, wanted, until or today + 5)
        return found

    def add_programme(
        self,
        *,
        name: Title,
        skill: str,
        seats: Given,
        start_year: int,
        study_years: int,
        graduation_rate: Given,
        local_hire_rate: Given,
        retention_rate: Given,
        end_year: int | None = None,
        organisation: str | None = None,
        cluster: str | None = None,
        amount: int | None = None,
        source: str | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """A programme; its values stand as ranges, with their source or marked as assumptions.

        `amount` is the money of all its entries together, in won: what a stayer costs needs it, and the last year.
        """
        if end_year is not None and end_year < start_year:
            raise DataError("clusters.ends-before-it-begins", start=start_year, end=end_year)
        if not 0 <= study_years <= 12:
            raise DataError("clusters.study-years", found=study_years)
        need_source(self._view, source)
        made: Document = {
            "id": new_id(self._view, "TalentProgramme", pair(name)["ko"]),
            "type": "TalentProgramme",
            "name": language_property(pair(name)),
            "skill": property_(_skill(skill)),
            "startYear": property_(start_year),
            "studyYears": property_(study_years, unit="ANN"),
            "seats": ranged(read_range(seats, "seats"), source=source),
        }
        rates = dict(zip(RATES, (graduation_rate, local_hire_rate, retention_rate), strict=True))
        made |= {field: ranged(read_range(given, field, most=1), source=source) for field, given in rates.items()}
        if end_year is not None:
            made["endYear"] = property_(end_year)
        if amount is not None:
            made["amount"] = property_(round(read_range(amount, "amount").central), unit="KRW", source=source)
        if organisation:
            made["refOrganisation"] = relationship(organisation)
        if cluster:
            made["refCluster"] = relationship(named(self._view, "Cluster", cluster)["id"])
        write(self._seat, made, reason=reason, by=by)
        return made

    def set_parameter(
        self, programme: str, *, name: str, value: Given, source: str | None = None, reason: str, by: str | None = None
    ) -> Document:
        """Change one parameter of a programme, on this branch."""
        found = named(self._view, "TalentProgramme", programme)
        if name not in PARAMETERS:
            raise DataError("clusters.parameter-unknown", name=name, known=", ".join(PARAMETERS))
        need_source(self._view, source)
        given = read_range(value, name) if name == "seats" else read_range(value, name, most=1)
        made = {**found, name: ranged(given, source=source)}
        write(self._seat, made, reason=reason, by=by)
        return made

    def add_demand(
        self,
        *,
        skill: str,
        year: int,
        persons: Given,
        kind: str = "yearly",
        source: str | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """How many people with a skill are wanted: new ones in a year, or all at work in that year."""
        if kind not in KINDS:
            raise DataError("clusters.demand-kind", kind=kind, known=", ".join(KINDS))
        need_source(self._view, source)
        made: Document = {
            "id": new_id(self._view, "TalentDemand", f"{_skill(skill)}-{year}"),
            "type": "TalentDemand",
            "skill": property_(_skill(skill)),
            "year": property_(year),
            "demandKind": property_(kind),
            "persons": ranged(read_range(persons, "persons"), source=source),
        }
        if any(
            value_of(one, "skill") == skill.strip() and value_of(one, "year") == year
            for one in entities_of(self._view, "TalentDemand")
        ):
            raise DataError("clusters.demand-twice", skill=skill, year=year)
        write(self._seat, made, reason=reason, by=by)
        return made

    def add_at_work(
        self,
        *,
        skill: str,
        year: int,
        persons: Given,
        retention_rate: Given,
        source: str | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """People at work with a skill in a year, who count where all who are at work are wanted (standing demand)."""
        need_source(self._view, source)
        made: Document = {
            "id": new_id(self._view, "TalentStock", f"{_skill(skill)}-{year}"),
            "type": "TalentStock",
            "skill": property_(_skill(skill)),
            "year": property_(year),
            "personsAtWork": ranged(read_range(persons, "persons"), source=source),
            "retentionRate": ranged(read_range(retention_rate, "retentionRate", most=1), source=source),
        }
        if any(value_of(one, "skill") == skill.strip() for one in entities_of(self._view, "TalentStock")):
            raise DataError("talent.at-work-twice", skill=skill)
        write(self._seat, made, reason=reason, by=by)
        return made

    def add_mix(
        self,
        *,
        skills: Mapping[str, float],
        agreement: str | None = None,
        commitment: str | None = None,
        memorandum: str | None = None,
        source: str | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """Which share of the jobs that an agreement, commitment or memorandum promises needs which skill."""
        need_source(self._view, source)
        about = {"refAgreement": agreement, "refCommitment": commitment, "refMemorandum": memorandum}
        types = {"refAgreement": "Agreement", "refCommitment": "Commitment", "refMemorandum": "InvestmentMemorandum"}
        said = {name: named(self._view, types[name], id)["id"] for name, id in about.items() if id is not None}
        if len(said) != 1:
            raise DataError("talent.mix-of-what", found=", ".join(said) or "-")
        shares = {_skill(skill): read_range(share, skill, most=1).central for skill, share in skills.items()}
        if not shares or sum(shares.values()) > 1 + 1e-9:
            raise DataError("talent.mix-wrong", entity=next(iter(said.values())), found=str(dict(skills))[:80])
        name, id = next(iter(said.items()))
        made: Document = {
            "id": new_id(self._view, "SkillMix", id.rpartition(":")[2]),
            "type": "SkillMix",
            name: relationship(id),
            "skillShares": {**json_property(shares), **_told(source)},
        }
        write(self._seat, made, reason=reason, by=by)
        return made

    def propose(
        self,
        *,
        skills: Mapping[str, str],
        local_hire_rate: Given,
        retention_rate: Given,
        start_year: int,
        end_year: int | None = None,
        study_years: int | None = None,
        reason: str,
        by: str | None = None,
    ) -> list[Document]:
        """Programmes of the departments that a university disclosed; `skills` says a department's or field's skill.

        Seats and graduation rate are derived from the disclosed figures, and say so; nobody discloses who is hired
        in the region and stays, so these are given, as is `study_years` where a department does not say it. A
        department that has its programme already is left alone.
        """
        hire = read_range(local_hire_rate, "localHireRate", most=1)
        stay = read_range(retention_rate, "retentionRate", most=1)
        if end_year is not None and end_year < start_year:
            raise DataError("clusters.ends-before-it-begins", start=start_year, end=end_year)
        have = {value_of(one, "code") for one in entities_of(self._view, "TalentProgramme")}
        made = [
            one.as_programme(start_year=start_year, end_year=end_year, local_hire=hire, retention=stay)
            for one in derived(entities_of(self._view, "DepartmentYear"), skills, study_years=study_years)
            if one.department not in have
        ]
        if made:
            write(self._seat, made, reason=reason, by=by)
        return made

    @property
    def _view(self) -> View:
        return self._seat.store.view(self._seat.branch_name)


def _told(source: str | None) -> Instance:
    """Where a chosen value comes from, or that it is an assumption."""
    return {name: one for name, one in ranged(Range(0, 0, 0), source=source).items() if name not in ("type", "json")}


def _skill(text: str) -> str:
    if not text.strip():
        raise DataError("clusters.skill-missing")
    return text.strip()
