"""Facts in, verdicts out: each step of a procedure with its force, its state and its clause."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.errors import CallerError, NotFoundError
from madang.rules.items import minor_change, required_items, taxonomy, thresholds
from madang.rules.judging import Verdict, judge
from madang.rules.layers import courses
from madang.rules.pack_file import read_pack, shipped

TODAY = date(2026, 11, 22)
ORDINANCE = read_pack((Path(__file__).parent / "ordinance.yaml").read_text("utf-8"), "ordinance.yaml")
PACKS = shipped()


def judged(procedure: str, facts: dict[str, Any], *, day: date = TODAY, own: bool = False) -> dict[str, Verdict]:
    packs = (*PACKS, ORDINANCE) if own else PACKS
    return {one.step: one for one in judge(packs, courses(packs)[procedure], facts, day)}


def done(on: str, **more: Any) -> dict[str, Any]:
    return {"state": "done", "starts_on": on, "ends_on": on, **more}


WHOLE: dict[str, Any] = {
    "plan": {"complete": True, "change": "new"},
    "steps": {
        "hearing-notice": done("2026-09-01"),
        "hearing": done("2026-09-21"),
        "agency-consultation": done("2026-10-01"),
        "application": done("2026-10-05"),
        "ministries-answer": {"state": "done", "starts_on": "2026-10-06", "ends_on": "2026-10-20"},
        "approval": done("2026-11-10"),
        "gazette-notice": done("2026-11-12"),
    },
}


def changed(**steps: Any) -> dict[str, Any]:
    names = {name.replace("_", "-"): fact for name, fact in steps.items()}
    kept = {name: fact for name, fact in {**WHOLE["steps"], **names}.items() if fact is not None}
    return {**WHOLE, "steps": kept}


def test_a_plan_that_went_its_whole_way_holds() -> None:
    found = judged("smart-city-plan", WHOLE)
    assert {one.state for one in found.values() if one.force == "must"} == {"held"}


def test_the_steps_stand_in_the_order_of_the_law() -> None:
    assert list(judged("smart-city-plan", {})) == [
        "neighbour-consultation", "mayors-heard", "expert-committee", "hearing-notice", "hearing", "council-opinion",
        "committee", "agency-consultation", "application", "ministries-answer", "supplement", "approval",
        "approval-supplement", "gazette-notice", "five-year-review",
    ]  # fmt: skip


def test_a_hearing_may_be_held_and_its_notice_must_follow() -> None:
    without = judged("smart-city-plan", {})
    assert (without["hearing"].force, without["hearing"].state) == ("may", "optional")
    assert without["hearing-notice"].state == "not-applicable"
    with_one = judged("smart-city-plan", changed(hearing_notice=None))
    assert (with_one["hearing-notice"].force, with_one["hearing-notice"].state) == ("must", "missing")
    assert with_one["hearing-notice"].due == date(2026, 9, 6)
    assert with_one["hearing-notice"].days == 14


@pytest.mark.parametrize(("given", "state"), [("2026-09-06", "held"), ("2026-09-07", "missing")])
def test_notice_comes_fourteen_whole_days_before_the_hearing(given: str, state: str) -> None:
    notice = judged("smart-city-plan", changed(hearing_notice=done(given)))["hearing-notice"]
    assert notice.state == state
    assert "시행령 제9조제1항" in notice.clause["ko"]


def test_an_approval_without_consultation_does_not_count() -> None:
    found = judged("smart-city-plan", changed(agency_consultation=None))
    assert found["agency-consultation"].state == "missing"
    assert found["application"].state == found["approval"].state == "missing"
    assert "협의" in found["approval"].detail["ko"]


def test_an_incomplete_plan_cannot_be_applied_for() -> None:
    facts = {**WHOLE, "plan": {"complete": False, "missing": ["act-8-1-8"]}}
    assert judged("smart-city-plan", facts)["application"].state == "missing"


def test_ministries_that_do_not_answer_in_twenty_days_are_overdue() -> None:
    asked = {"state": "running", "starts_on": "2026-10-06"}
    late = judged("smart-city-plan", changed(ministries_answer=asked, approval=None, gazette_notice=None))
    assert late["ministries-answer"].due == date(2026, 10, 26)
    assert late["ministries-answer"].overdue
    early = judged("smart-city-plan", changed(ministries_answer=asked), day=date(2026, 10, 26))
    assert not early["ministries-answer"].overdue


def test_a_late_answer_holds_and_says_that_it_was_late() -> None:
    answered = {"state": "done", "starts_on": "2026-10-06", "ends_on": "2026-11-03"}
    found = judged("smart-city-plan", changed(ministries_answer=answered))["ministries-answer"]
    assert found.state == "held"
    assert "넘겼습니다" in found.detail["ko"]


def test_asked_to_supplement_the_city_answers_within_thirty_days_and_before_approval() -> None:
    asked = {"state": "running", "starts_on": "2026-10-20"}
    found = judged("smart-city-plan", changed(supplement=asked))
    assert found["supplement"].force == "must"
    assert found["supplement"].due == date(2026, 11, 19)
    assert found["approval"].state == "missing"


def test_after_conditional_approval_the_plan_to_supplement_is_due_in_thirty_days() -> None:
    earlier = {"state": "done", "starts_on": "2026-10-20", "ends_on": "2026-10-25"}  # another request, long answered
    all_steps = judged("smart-city-plan", changed(approval=done("2026-11-10", conditional=True), supplement=earlier))
    assert (all_steps["supplement"].state, all_steps["approval"].state) == ("held", "held")
    found = all_steps["approval-supplement"]
    assert (found.force, found.state, found.due) == ("must", "missing", date(2026, 12, 10))
    assert "제15조제5항" in found.clause["ko"]


def test_a_major_change_goes_the_same_way_by_article_11() -> None:
    found = judged("smart-city-plan-change", {"plan": {"change": "major"}})
    assert found["approval"].state == "missing"
    assert found["approval"].clause["ko"] == "스마트도시법 제10조제1항(스마트도시법 제11조에 따라 준용)"


def test_a_minor_change_needs_none_of_the_steps() -> None:
    found = judged("smart-city-plan-change", {"plan": {"change": "minor"}})
    assert {one.state for one in found.values()} == {"not-applicable"}
    assert "시행령 제16조" in found["approval"].clause["ko"]


def test_what_the_act_does_not_know_an_ordinance_may_ask_for() -> None:
    assert judged("smart-city-plan", {})["council-opinion"].force == "n/a"
    found = judged("smart-city-plan", {}, own=True)
    assert (found["council-opinion"].force, found["council-opinion"].state) == ("must", "missing")
    assert found["council-opinion"].clause["ko"] == "성남시 스마트도시 조례 제21조"
    assert list(found).index("briefing") == list(found).index("hearing") + 1


def test_an_unverified_rule_is_shown_as_unverified_until_it_is_done() -> None:
    found = judged("smart-city-plan", {}, own=True)["briefing"]
    assert (found.state, found.certainty) == ("unverified", "?")
    assert found.detail["ko"].startswith("미확인")
    held = judged("smart-city-plan", {"steps": {"briefing": done("2026-09-01")}}, own=True)["briefing"]
    assert held.state == "held"
    assert held.detail["ko"].startswith("미확인")


def test_an_ordinance_holds_from_its_day_on() -> None:
    assert judged("smart-city-plan", {}, own=True, day=date(2024, 12, 15))["council-opinion"].force == "n/a"


@pytest.mark.parametrize(("ended", "state"), [("2026-11-22", "missing"), ("2026-11-23", "held")])
def test_a_zone_plan_is_shown_for_twenty_days(ended: str, state: str) -> None:
    shown = {"state": "done", "starts_on": "2026-11-02", "ends_on": ended}
    assert judged("special-zone", {"steps": {"plan-notice": shown}})["plan-notice"].state == state


def test_a_review_that_said_reconsider_forbids_the_budget() -> None:
    steps = {"review": done("2026-10-01", result="reconsider"), "budgeting": done("2026-11-01")}
    found = judged("investment-review", {"steps": steps, "project": {"total_cost": 10_000_000_000, "is_new": True}})
    assert found["feasibility-study"].state == "not-applicable"
    assert found["review"].state == "held"
    assert found["budgeting"].state == "missing"
    assert "제37조제5항" in found["budgeting"].clause["ko"]
    forbidding = [one.id for one in taxonomy(PACKS, "investment-verdicts", TODAY) if "budgeting" in one.forbids]
    assert forbidding == ["reconsider", "unfit"]


def test_a_special_local_government_waits_for_every_council() -> None:
    steps = {"agreement": done("2026-01-05"), "council-vote": done("2026-03-05"), "approval": done("2026-06-01")}
    six = judged("special-local-government", {"steps": steps, "alliance": {"councils_missing": 1}})
    assert six["council-vote"].state == six["approval"].state == "missing"
    seven = judged("special-local-government", {"steps": steps, "alliance": {"councils_missing": 0}})
    assert seven["approval"].state == "held"


def test_sixteen_items_before_june_2026_and_seventeen_since() -> None:
    assert len(required_items(PACKS, "smart-city-plan", {}, date(2026, 6, 2))) == 16
    items = required_items(PACKS, "smart-city-plan", {"city": {"national_pilot_city": False}}, date(2026, 6, 3))
    assert len(items) == 17
    assert sum(one.applies for one in items) == 15
    assert [(one.id, one.is_known) for one in items if one.condition] == [("act-8-1-9", True), ("act-8-1-9-2", False)]


ITEMS = [one.id for one in required_items(PACKS, "smart-city-plan", {}, TODAY)]


@given(st.sets(st.sampled_from(ITEMS)))
def test_only_items_3_and_4_of_the_decree_are_minor(touched: set[str]) -> None:
    found = minor_change(PACKS, sorted(touched), "smart-city-plan", TODAY)
    assert found.minor == (bool(touched) and touched <= {"decree-12-1-3", "decree-12-1-4"})
    assert found.clause["en"] == "Smart City Act Art. 11, Smart City Decree Art. 16"


def test_the_numbers_of_2019_and_2026_stand_side_by_side() -> None:
    def weights(day: date) -> dict[str, tuple[Any, ...]]:
        found = thresholds(PACKS, "preliminary-feasibility", {"city": {"capital_area": True}}, day)
        return {one.id: (one.low, one.high, one.certainty) for one in found if "capital" in one.id}

    assert weights(date(2026, 3, 9)) == {
        "pfs-weight-economy-capital": (60, 70, "K"),
        "pfs-weight-policy-capital": (30, 40, "K"),
    }
    assert weights(date(2026, 3, 10))["pfs-weight-economy-capital"] == (55, 65, "?")
    noted = [one for one in thresholds(PACKS, "preliminary-feasibility", {}, TODAY) if one.certainty == "?"]
    assert noted
    assert all(one.note for one in noted)


def test_facts_that_say_nothing_known_are_refused_by_name() -> None:
    with pytest.raises(CallerError, match="approval"):
        judged("smart-city-plan", {"steps": {"approval": {"state": "finished"}}})
    with pytest.raises(CallerError, match="starts_on"):
        judged("smart-city-plan", {"steps": {"approval": {"state": "done", "starts_on": "2026-13-01"}}})
    with pytest.raises(CallerError, match="starts_on"):
        judged("smart-city-plan", {"steps": {"approval": {"state": "done", "starts_on": 20261101}}})
    with pytest.raises(CallerError, match="steps"):
        judged("smart-city-plan", {"steps": ["approval"]})
    with pytest.raises(NotFoundError, match="act-9-9"):
        minor_change(PACKS, ["act-9-9"], "smart-city-plan", TODAY)


states = st.fixed_dictionaries(
    {"state": st.sampled_from(["done", "running", "refused"])},
    optional={"starts_on": st.dates(date(2026, 1, 1), date(2026, 12, 1)).map(str)},
)


@given(st.sampled_from(sorted(courses(PACKS))), st.data())
def test_whatever_was_recorded_every_step_has_a_verdict_with_its_clause(procedure: str, data: st.DataObject) -> None:
    steps = [step.id for step in courses(PACKS)[procedure].steps]
    facts = data.draw(st.dictionaries(st.sampled_from(steps), states))
    found = judged(procedure, {"steps": facts})
    assert list(found) == steps
    for one in found.values():
        assert one.clause["ko"]
        assert one.detail["en"]
        assert (one.state == "not-applicable") == (one.force == "n/a")
        assert one.state != "held" or facts[one.step]["state"] == "done"
