"""The talent model on what a branch states: by hand, with levers and promises, and unknown where nobody says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from madang.entities.entity import json_property, property_
from madang.errors import CallerError, DataError
from madang.indicators.quantity import Quantity
from madang.lab.talent import Talent as Register
from madang.models import runner
from madang.models.base import Context, Records, Result
from madang.models.ensemble import parameters
from madang.models.talent.card import NEUTRAL, SPEC
from madang.models.talent.goodness import goodness
from madang.models.talent.model import Talent
from madang.models.talent.stated import counts_jobs
from madang.store import Store

SURE = {"graduationRate": 1, "localHireRate": 0.5, "retentionRate": 0.9}


def course(id: str = "a", **more: Any) -> tuple[str, dict[str, Any]]:
    """A programme of 100 seats, two years of study, from 2026 to 2030."""
    row = {"name": f"과정 {id}", "skill": "설계", "startYear": 2026, "endYear": 2030, "studyYears": 2, "seats": 100}
    return f"urn:course:{id}", {k: v for k, v in {**row, **SURE, **more}.items() if v is not None}


def wanted(year: int, persons: Any, skill: str = "설계", kind: str = "yearly") -> tuple[str, dict[str, Any]]:
    return f"urn:wanted:{skill}:{year}", {"skill": skill, "year": year, "persons": persons, "demandKind": kind}


def rows(*given: tuple[str, dict[str, Any]]) -> Records:
    ordered = sorted(given)
    return Records(tuple(id for id, _ in ordered), tuple(row for _, row in ordered))


def ask(params: dict[str, float] | None = None, /, **ports: tuple[tuple[str, dict[str, Any]], ...]) -> Result:
    """The central answer; parameters that are not given are neutral."""
    inputs = {port.name: rows(*ports.get(port.name, ())) for port in SPEC.inputs}
    for port in ("local_hire", "retention"):
        if port not in ports:
            inputs[port] = inputs["programmes"]
    with Context(seed=0) as ctx:
        return Talent().run(inputs, parameters(SPEC, {**NEUTRAL, **(params or {})}).values, ctx)


def figure(result: Result, name: str) -> Quantity:
    return result.indicators[f"talent.{name}"]


def value(result: Result, name: str) -> float | None:
    return figure(result, name).value


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_an_example_by_hand() -> None:
    """50 hired in each of 2028 to 2030: staying 50, 95, 135.5. Wanted 60, 45, 80: lacking 10, 0, 30."""
    demand = (wanted(2028, 60), wanted(2029, 45), wanted(2030, 80))
    found = ask(programmes=(course(amount=15_000_000),), demand=demand)
    assert (value(found, "graduates"), value(found, "local-hires")) == (300, 150)
    assert value(found, "stayers") == pytest.approx(135.5)
    assert (value(found, "shortage"), value(found, "gap"), value(found, "demand")) == (30, -30, 80)
    assert value(found, "coverage") == pytest.approx(62.5)
    assert value(found, "shortage-person-years") == 40
    assert value(found, "gap-closed-from") is None
    assert "2030" in figure(found, "gap-closed-from").note["en"]
    assert value(found, "cost-per-stayer") == pytest.approx(15_000_000 / 135.5)  # all five entries are paid by 2030


def test_the_first_year_from_which_nobody_lacks() -> None:
    demand = (wanted(2028, 60), wanted(2029, 45), wanted(2030, 50))
    assert value(ask(programmes=(course(),), demand=demand), "gap-closed-from") == 2029


def test_too_many_of_one_skill_do_not_fill_the_gap_of_another() -> None:
    programmes = (course("a", skill="설계"), course("b", skill="공정"))
    found = ask(programmes=programmes, demand=(wanted(2030, 20, "설계"), wanted(2030, 90, "공정")))
    assert (value(found, "shortage"), value(found, "gap")) == (40, -10)
    groups = {row["group"]: row for row in found.tables["by-group:talent.gap"]}
    assert (groups["설계"]["value"], groups["공정"]["value"], groups["공정"]["weight"]) == (30, -40, 90)


def test_all_who_are_wanted_at_work_are_held_against_stayers_and_those_at_work_already() -> None:
    """200 at work in 2026 of whom 0.5 stay a year: 12.5 in 2030, with 135.5 from the programme."""
    demand = (wanted(2030, 150, kind="standing"),)
    without = ask(programmes=(course(),), demand=demand)
    assert value(without, "gap") == pytest.approx(-14.5)
    assert any("TalentStock" in warning["en"] for warning in without.warnings)
    there = ("urn:there", {"skill": "설계", "year": 2026, "personsAtWork": 200, "retentionRate": 0.5})
    found = ask(programmes=(course(),), demand=demand, at_work=(there,))
    assert value(found, "gap") == pytest.approx(-2)
    assert not any("TalentStock" in warning["en"] for warning in found.warnings)
    assert value(found, "stayers") == pytest.approx(135.5)  # stayers are of the programmes


def test_experienced_people_come_in_proportion_and_leave_alike() -> None:
    found = ask({"experienced": 0.2}, programmes=(course(),), demand=(wanted(2030, 80),))
    assert value(found, "experienced") == pytest.approx(0.2 * 135.5)
    assert value(found, "gap") == pytest.approx(50 * 1.2 - 80)


def test_everyone_who_entered_stands_in_one_place_of_the_table() -> None:
    found = ask({"military_share": 0.45, "leave_share": 0.1}, programmes=(course(graduationRate=0.8),))
    assert sum(row["persons"] for row in found.tables["where-they-are"]) == pytest.approx(500)
    assert found.diagnostics["people_unaccounted"] < 1e-9


# --- unknown ---------------------------------------------------------------------------------------------------------


def test_without_a_stated_demand_the_gap_is_unknown_and_not_zero() -> None:
    found = ask(programmes=(course(),))
    for name in ("gap", "shortage", "coverage", "demand", "gap-closed-from", "shortage-person-years"):
        assert value(found, name) is None
        assert figure(found, name).note["ko"]
    assert value(found, "graduates") > 0
    assert found.tables["by-group:talent.gap"][0]["value"] is None
    assert all(row["value"] is None for row in found.tables["by-year:talent.gap"])


@pytest.mark.parametrize(
    ("missing", "unknown", "known"),
    [
        ("seats", "graduates", "demand"),
        ("graduationRate", "graduates", "demand"),
        ("localHireRate", "local-hires", "graduates"),
        ("retentionRate", "stayers", "local-hires"),
    ],
)
def test_a_rate_that_nobody_states_leaves_unknown_what_needs_it(missing: str, unknown: str, known: str) -> None:
    found = ask(programmes=(course(**{missing: None}),), demand=(wanted(2030, 80),))
    assert value(found, unknown) is None
    assert "과정 a" in figure(found, unknown).note["ko"]
    assert value(found, known) is not None


def test_a_branch_that_states_nothing_gives_nothing() -> None:
    assert all(q.value is None for q in ask().indicators.values())


def test_a_demand_without_any_programme_is_lacking_in_full_and_says_so() -> None:
    found = ask(demand=(wanted(2030, 80),))
    assert (value(found, "shortage"), value(found, "graduates")) == (80, 0)
    assert any("설계" in warning["ko"] for warning in found.warnings)


@pytest.mark.parametrize(
    ("port", "row", "code"),
    [
        ("programmes", course(seats=-1), "talent.span-wrong"),
        ("programmes", course(retentionRate={"low": 0.9, "central": 0.8, "high": 1}), "talent.span-wrong"),
        ("programmes", course(localHireRate=1.2), "talent.span-wrong"),
        ("programmes", course(studyYears=2.5), "talent.not-whole"),
        ("programmes", course(endYear=2020), "talent.ends-before-it-begins"),
        ("programmes", course(skill=None), "talent.not-stated"),
        ("demand", wanted(2030, 80, kind="monthly"), "talent.kind-unknown"),
        ("mixes", ("urn:m", {"refAgreement": "urn:x", "skillShares": {"설계": 0.7, "공정": 0.6}}), "talent.mix-wrong"),
    ],
)
def test_what_cannot_be_true_is_refused_with_its_entity(port: str, row: tuple[str, Any], code: str) -> None:
    with pytest.raises(DataError) as caught:
        ask(**{port: (row,)})
    assert caught.value.code == code
    assert row[0] in str(caught.value)


def test_a_target_year_that_cannot_be_asked_for_is_refused() -> None:
    with pytest.raises(CallerError, match="1990"):
        ask({"target_year": 30}, programmes=(course(),))


# --- promised jobs ---------------------------------------------------------------------------------------------------

MOU = ("urn:mou", {"title": {"ko": "협약"}, "signedOn": "2026-03-01", "endsOn": "2030-12-31"})
FIRM = ("urn:firm", {"company": "가상기업", "plannedJobs": 400, "signedOn": "2026-05", "refAgreement": "urn:mou"})
MIX = ("urn:mix", {"refAgreement": "urn:mou", "skillShares": {"설계": 0.5}})


def test_promised_jobs_are_wanted_as_they_come_about() -> None:
    """400 jobs over 2026 to 2030, half of them of the skill, three quarters carried out: 150 posts in 2030."""
    given = {"programmes": (course(),), "agreements": (MOU,), "memoranda": (FIRM,), "mixes": (MIX,)}
    found = ask({"realisation": 0.75}, **given)
    assert value(found, "demand") == pytest.approx(150)
    by_year = {row["year"]: row["value"] for row in found.tables["by-year:talent.demand"]}
    assert [by_year[year] for year in (2026, 2028, 2030)] == pytest.approx([0, 75, 150])
    assert value(found, "gap") == pytest.approx(135.5 - 150)
    assert found.tables["promises"][0]["mix"] == "stated"


def test_skills_that_nobody_states_are_an_assumption_that_is_named() -> None:
    programmes = (course("a"), course("b", skill="공정", seats=300))
    found = ask({"realisation": 1, "skilled_share": 0.2}, programmes=programmes, agreements=(MOU,), memoranda=(FIRM,))
    groups = {row["group"]: row["weight"] for row in found.tables["by-group:talent.gap"]}
    assert groups == pytest.approx({"설계": 20, "공정": 60})
    assert any("SkillMix" in warning["en"] for warning in found.warnings)


def test_a_cancelled_memorandum_and_a_terminated_agreement_promise_nothing() -> None:
    given: dict[str, Any] = {"programmes": (course(),), "memoranda": (FIRM,), "mixes": (MIX,)}
    gone = ("urn:stage:2", {"refMemorandum": "urn:firm", "stage": "cancelled", "date": "2027-01-01", "order": 2})
    before = ("urn:stage:1", {"refMemorandum": "urn:firm", "stage": "contracted", "date": "2026-09-01", "order": 1})
    assert ask({"realisation": 1}, **given, agreements=(MOU,), stages=(before, gone)).tables["promises"] == []
    over = (MOU[0], {**MOU[1], "state": "terminated"})
    assert ask({"realisation": 1}, **given, agreements=(over,)).tables["promises"] == []


def test_jobs_of_a_commitment_count_unless_its_firms_state_theirs() -> None:
    jobs = {"id": "m1", "name": {"ko": "신규 고용", "en": "jobs"}, "unit": "E51", "target": 90, "better": "more"}
    owed = ("urn:owed", {"title": "고용", "measures": [jobs], "due": "2029-06", "refAgreement": "urn:mou"})
    alone = ask({"realisation": 1}, programmes=(course(),), agreements=(MOU,), commitments=(owed,), mixes=(MIX,))
    assert [row["jobs"] for row in alone.tables["promises"]] == [90]
    both = ask({"realisation": 1}, programmes=(course(),), agreements=(MOU,), commitments=(owed,), memoranda=(FIRM,))
    assert [row["jobs"] for row in both.tables["promises"]] == [400]


@pytest.mark.parametrize(
    ("name", "unit", "counts"),
    [
        ("아무 이름", "E51", True),
        ("지역인재 채용", "IE", True),
        ("채용연계 교육 수료생", "IE", False),
        ("수료생", "IE", False),
        ("고용 박람회 예산", "KRW", False),
    ],
)
def test_which_measures_count_jobs(name: str, unit: str, counts: bool) -> None:
    assert counts_jobs({"name": {"ko": name}, "unit": unit, "target": 1}) is counts


def test_promised_jobs_add_to_a_stated_demand_as_far_as_it_does_not_hold_them() -> None:
    """Of 200 posts over four years 50 are new in 2030; half of them the statement holds already."""
    given = {"agreements": (MOU,), "memoranda": (FIRM,), "mixes": (MIX,), "demand": (wanted(2030, 80),)}
    found = ask({"realisation": 1, "already_counted": 0.5}, programmes=(course(),), **given)
    assert value(found, "demand") == pytest.approx(80 + 25)


def test_a_promise_without_any_date_is_left_out_and_named() -> None:
    bare = ("urn:firm", {"company": "가상기업", "plannedJobs": 400})
    found = ask({"realisation": 1}, programmes=(course(),), memoranda=(bare,))
    assert any("가상기업" in warning["ko"] for warning in found.warnings)
    assert value(found, "demand") is None


# --- a city ----------------------------------------------------------------------------------------------------------

DOUBT = {"low": 0.4, "central": 0.5, "high": 0.6}


def programme(id: str = "a", **more: Any) -> dict[str, Any]:
    given = course(id, localHireRate=DOUBT, seats={"low": 80, "central": 100, "high": 110}, **more)[1]
    made: dict[str, Any] = {"id": f"urn:ngsi-ld:TalentProgramme:test:{id}", "type": "TalentProgramme"}
    for name, said in given.items():
        made[name] = json_property(said) if isinstance(said, dict) else property_(said)
    return made


def demand(persons: Any = None) -> dict[str, Any]:
    return {
        "id": "urn:ngsi-ld:TalentDemand:test:1",
        "type": "TalentDemand",
        "skill": property_("설계"),
        "year": property_(2030),
        "persons": json_property(persons or {"low": 50, "central": 60, "high": 80}),
    }


def put(store: Store, *documents: dict[str, Any], branch: str = "main") -> None:
    with store.transact(branch=branch, actor="tests", reason="put") as tx:
        tx.put_many(documents)


def test_at_central_values_the_model_is_the_quick_answer_and_its_band_lies_within_that_interval(store: Store) -> None:
    put(store, programme(), demand())
    quick = Register(SimpleNamespace(store=store, branch_name="main")).gap(until=2030)[-1]
    run = runner.run(store, "talent", params=dict(NEUTRAL))
    gap = run.figure("talent.gap").quantity
    assert quick.year == 2030
    assert gap.value == pytest.approx(quick.gap.central)
    assert quick.gap.low < gap.p05 < gap.p50 < gap.p95 < quick.gap.high
    rows = {row["year"]: row for row in run.tables["by-year:talent.stayers"]}
    assert rows[2030]["value"] == pytest.approx(quick.staying.central)
    assert rows[2030]["low"] == pytest.approx(run.figure("talent.stayers").quantity.p05)  # one and the same draws


def test_seats_are_a_lever_and_none_is_nobody(store: Store) -> None:
    put(store, programme(), demand())
    none = runner.preview(store, "talent", levers={f"{programme()['id']}#seats": 0})
    assert none.figure("talent.local-hires").quantity.p95 == 0
    assert none.figure("talent.coverage").quantity.value == 0


def test_a_rate_that_is_turned_keeps_its_doubt_and_one_beyond_its_limits_is_refused(store: Store) -> None:
    put(store, programme(), demand())
    lever = f"{programme()['id']}#localHireRate"
    before, after = (runner.preview(store, "talent", levers=one) for one in ({}, {lever: 0.9}))
    first, second = (one.figure("talent.local-hires").quantity for one in (before, after))
    assert second.value == pytest.approx(first.value * 0.9 / 0.5)
    assert second.p05 < second.value < second.p95
    with pytest.raises(CallerError, match="localHireRate"):
        runner.preview(store, "talent", levers={lever: 1.1})


def test_a_branch_that_changes_nothing_differs_by_nothing_and_one_with_more_seats_only_by_them(store: Store) -> None:
    put(store, programme(), demand())
    store.fork("same", actor="tests", reason="fork")
    store.fork("more", actor="tests", reason="fork")
    put(store, {**programme(), "seats": json_property({"low": 160, "central": 200, "high": 220})}, branch="more")
    main, same, more = (runner.run(store, "talent", branch=one) for one in ("main", "same", "more"))
    assert (main.draws["talent.gap"] == same.draws["talent.gap"]).all()
    assert np.allclose(more.draws["talent.local-hires"], 2 * main.draws["talent.local-hires"])
    assert {verdict.kind for verdict in runner.verify_runs(store)} == {"reproduced"}


def test_a_card_of_the_city_takes_the_place_of_the_shipped_one_in_figures_and_tables(store: Store) -> None:
    put(store, programme(), demand())
    card = {
        "id": "urn:ngsi-ld:Assumption:test:fill",
        "type": "Assumption",
        "model": property_("talent"),
        "parameter": property_("fill_rate"),
        "assumedValue": json_property({"low": 0.4, "central": 0.5, "high": 0.6}),
    }
    before = runner.run(store, "talent")
    put(store, card)
    after = runner.run(store, "talent")
    assert after.figure("talent.graduates").quantity.value < before.figure("talent.graduates").quantity.value * 0.55
    rows = [row for row in after.tables["by-year:talent.stayers"] if row["year"] == 2030]
    assert rows[0]["low"] == pytest.approx(after.figure("talent.stayers").quantity.p05)
    assert "source to be named" in after.notes[0]["en"]


def test_two_cities_swap_their_answers_and_words_with_their_data() -> None:
    one = {
        "programmes": (course("a", name="가람대"),),
        "demand": (wanted(2030, {"low": 50, "central": 60, "high": 80}),),
    }
    other = {"programmes": (course("a", name="나래대", seats=None),), "demand": (wanted(2030, 90),)}
    first, second = ask(**one), ask(**other)
    assert ask(**one) == first
    assert value(first, "shortage") == 10
    assert value(second, "shortage") is None
    swapped = ask(programmes=other["programmes"], demand=one["demand"])
    assert "나래대" in figure(swapped, "shortage").note["ko"]
    assert "나래대" not in str(first)
    assert value(ask(programmes=one["programmes"], demand=other["demand"]), "shortage") == 40


def test_a_source_that_is_deleted_makes_the_gap_unknown(store: Store) -> None:
    put(store, programme(), demand())
    assert runner.run(store, "talent").figure("talent.gap").quantity.value is not None
    with store.transact(actor="tests", reason="source withdrawn") as tx:
        tx.delete(demand()["id"])
    assert runner.run(store, "talent").figure("talent.gap").quantity.value is None


class Desk(SimpleNamespace):
    """The least of a seat: a store and a branch."""

    def for_writing(self) -> Store:
        return self.store  # type: ignore[no-any-return]

    def actor(self, by: str | None) -> str:
        return by or "tests"


def test_the_register_states_all_that_the_model_reads(store: Store) -> None:
    """A course of 10 entries paid with 12 million won, people at work, and the skills of an agreement's jobs."""
    register = Register(Desk(store=store, branch_name="main"))
    rates: dict[str, Any] = {"graduation_rate": 1, "local_hire_rate": 0.5, "retention_rate": 0.9}
    register.add_programme(
        name="가상 과정", skill="설계", seats=10, start_year=2026, end_year=2026, study_years=0, amount=12_000_000,
        **rates, reason="plan",
    )  # fmt: skip
    register.add_at_work(skill="설계", year=2026, persons=20, retention_rate=1, reason="survey")
    agreement = {"id": "urn:ngsi-ld:Agreement:test:mou", "type": "Agreement", "title": property_("협약")}
    firm = {
        "id": "urn:ngsi-ld:InvestmentMemorandum:test:1",
        "type": "InvestmentMemorandum",
        "plannedJobs": property_(100, unit="E51"),
        "signedOn": property_("2025"),
        "refAgreement": {"type": "Relationship", "object": agreement["id"]},
    }
    put(store, {**agreement, "endsOn": property_("2026")}, firm)
    mix = register.add_mix(agreement="mou", skills={"설계": 0.6}, reason="annex")
    run = runner.run(store, "talent", params={**NEUTRAL, "realisation": 1, "target_year": 2026})
    values = {name: run.figure(f"talent.{name}").quantity.value for name in ("gap", "demand", "cost-per-stayer")}
    assert values == {"gap": 5 + 20 - 60, "demand": 60, "cost-per-stayer": 2_400_000}
    assert run.inputs["mixes"]["assumptions"] == [f"{mix['id']}#skillShares"]


def test_what_is_made_up_stays_marked_so(store: Store) -> None:
    put(store, {**programme(), "status": property_("synthetic")}, demand())
    assert runner.run(store, "talent").figure("talent.graduates").quantity.status == "synthetic"


def test_goodness_says_that_nothing_is_scored_and_how_near_theory_it_is() -> None:
    told = goodness()
    assert told["scored"] is False
    assert all(abs(row["value"] - row["theory"]) <= 2e-3 * max(1, row["theory"]) for row in told["rows"])
