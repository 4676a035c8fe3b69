"""A plan against the law: what it must contain, minor and major change, versions, two amendments of one paragraph."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from madang.city import City
from madang.entities.entity import value_of
from madang.errors import CallerError, ConflictError, ForbiddenError, NotFoundError
from madang.plan.facts import plan_facts
from plan.plan_builders import (
    BODY,
    PLAN,
    REAL,
    adopt_in_force,
    draft,
    empty_city,
    fill,
    in_force,
    paragraph_of,
    section,
)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with empty_city(tmp_path) as found:
        yield found


# --- contents --------------------------------------------------------------------------------------------------------


def test_a_new_plan_lacks_every_item_and_each_is_named_with_its_clause(city: City) -> None:
    found = draft(city).plans.check()
    assert not found.complete
    assert len(found.missing) == 15, "pilot city and specialised complex are not designated"
    assert found.missing[7]["clause"]["ko"] == "스마트도시법 제8조제1항제8호"
    assert all(one["why"] for one in found.missing)


def test_a_section_counts_only_with_real_text_and_a_responsible_body(city: City) -> None:
    branch, funds = draft(city), section("act-8-1-8")

    def state() -> tuple[str, str]:
        item = next(one for one in branch.plans.checklist().items if one.item == "act-8-1-8")
        return item.state, item.why["en"] if item.why else ""

    assert "no text" in state()[1]
    branch.plans.write(funds, "추후 작성 예정 {{indicator:economy.output}} 작성 예정", reason="t")
    assert "no text" in state()[1], "a placeholder says nothing, a live figure alone neither"
    branch.plans.write(funds, REAL, reason="t")
    assert "no responsible body" in state()[1]
    branch.plans.change(funds, responsible=BODY, reason="t")
    assert state() == ("met", "")


def test_a_designation_makes_its_item_obligatory(city: City) -> None:
    branch = draft(city)
    fill(branch)
    assert branch.plans.check().complete
    branch.plans.change(PLAN, designations=["national-pilot-city"], reason="designated")
    assert [one["item"] for one in branch.plans.check().missing] == ["act-8-1-9"]


def test_an_item_is_asked_for_from_the_day_its_clause_is_in_force(city: City) -> None:
    branch = draft(city)
    fill(branch)
    branch.plans.change(PLAN, designations=["specialised-complex"], reason="designated")
    assert branch.plans.check(as_of="2026-06-02").complete
    assert [one["item"] for one in branch.plans.check(as_of="2026-06-03").missing] == ["act-8-1-9-2"]


def test_a_section_for_an_item_that_the_day_does_not_have_is_told(city: City) -> None:
    branch = draft(city)
    branch.plans.change(section("act-8-1-1"), implements=["act-8-1-9-2"], reason="t")
    assert branch.plans.checklist(as_of="2026-06-02").unknown == ((section("act-8-1-1"), "act-8-1-9-2"),)
    with pytest.raises(CallerError, match="no day"):
        branch.plans.check(as_of="soon")


def test_export_as_complete_is_refused_and_leaves_no_file(city: City, tmp_path: Path) -> None:
    branch, out = draft(city), tmp_path / "plan.json"
    with pytest.raises(ConflictError) as refused:
        branch.plans.export(out, complete=True)
    assert refused.value.code == "plans.not-complete"
    assert "제8조제1항제1호" in refused.value.message("ko")
    assert len(refused.value.facts["conflicts"]) == 15
    assert not list(tmp_path.glob("*plan*"))
    branch.plans.export(out)
    assert len(orjson.loads(out.read_bytes())["entities"]) == 16
    with pytest.raises(CallerError, match=r"\.txt"):
        branch.plans.export(tmp_path / "plan.txt")


def test_the_plan_book_is_a_paper_whose_figures_have_addresses(city: City, tmp_path: Path) -> None:
    branch = draft(city)
    fill(branch)
    task = branch.plans.add("Task", code="t", title="과제", refPlan=PLAN, amount=10**9, owner=BODY, reason="t")
    branch.plans.write(section("act-8-1-3"), f"사업비는 {{{{entity:{task['id']}#amount}}}}이다.", reason="t")
    paper = branch.plans.book(complete=True)
    addressed = [one for one in paper.figures() if one.address]
    assert {one.text for one in addressed} == {"10억 원"}
    branch.plans.export(tmp_path / "plan.html", complete=True)
    assert "10억 원" in (tmp_path / "plan.html").read_text("utf-8")


# --- minor and major -------------------------------------------------------------------------------------------------


@pytest.fixture
def adopted(city: City) -> City:
    in_force(city)
    return city


@pytest.mark.parametrize(
    ("item", "change"), [("decree-12-1-3", "minor"), ("decree-12-1-4", "minor"), ("act-8-1-8", "major")]
)
def test_the_clause_decides_between_minor_and_major(adopted: City, item: str, change: str) -> None:
    branch = adopted.fork("amend", reason="t")
    branch.plans.write(section(item), REAL.replace("1,200", "1,350"), paragraph=paragraph_of(branch, item), reason="t")
    found = branch.plans.amendment()
    assert (found.change, [one.item for one in found.items]) == (change, [item])
    assert found.clause is not None
    assert "제16조" in found.clause["ko"] or "제11조" in found.clause["ko"]
    assert found.sections == (section(item),)
    (number,) = found.difference.as_json()["numbers"]
    assert number["text"]["ko"] == "1,200억 원 -> 1,350억 원 (+12.5 %)"


def test_a_minor_part_beside_a_major_one_is_major(adopted: City) -> None:
    branch = adopted.fork("amend", reason="t")
    for item in ("decree-12-1-3", "act-8-1-1"):
        branch.plans.write(section(item), f"{REAL} 보완.", reason="t")
    assert branch.plans.amendment().change == "major"


def test_a_part_of_no_item_is_not_taken_for_minor(adopted: City) -> None:
    branch = adopted.fork("amend", reason="t")
    branch.plans.add("Section", code="annex", title="부록", refPlan=PLAN, reason="t")
    found = branch.plans.amendment()
    assert (found.change, found.items[0].item) == ("major", "unmapped")


def test_progress_amends_nothing_and_makes_no_version(adopted: City) -> None:
    branch = adopted.fork("more", reason="t")
    task = branch.plans.add("Task", code="t", title="과제", refSection=section("decree-12-1-3"), reason="t")["id"]
    branch.plans.add("BudgetLine", code="b", year=2026, amount=10**9, refTask=task, reason="t")
    assert branch.plans.amendment().change == "major", "money is item 8"
    branch.propose(title="a", reason="t", by="t")
    with pytest.raises(ForbiddenError):
        adopted.adopt("more", reason="t", by="t")

    minor = adopted.fork("task", reason="t")
    minor.plans.add("Task", code="t2", title="과제", refSection=section("decree-12-1-3"), reason="t")
    assert minor.plans.amendment().change == "minor"
    minor.propose(title="a", reason="t", by="t")
    adopted.adopt("task", reason="t", by="t")
    progress = adopted.fork("progress", reason="t")
    progress.plans.change("urn:ngsi-ld:Task:empty:t2", state="done", reason="t")
    assert progress.plans.amendment().change == "none"
    assert progress.plans.facts()["change"] == "none"
    assert [one.number for one in adopted.plans.versions()] == ["1.0", "1.1"]


def test_facts_for_the_gates(adopted: City) -> None:
    branch = adopted.fork("amend", reason="t")
    assert branch.plans.facts() == {"change": None, "complete": True, "missing": [], "plans": []}
    branch.plans.remove(paragraph_of(branch, "act-8-1-8"), reason="t")
    facts = plan_facts(adopted.store, "amend", adopted.rules)
    assert (facts["change"], facts["complete"]) == ("major", False)
    assert [one["item"] for one in facts["missing"]] == ["act-8-1-8"]


def test_a_recorded_check_says_when_it_is_out_of_date(adopted: City) -> None:
    branch = adopted.fork("amend", reason="t")
    branch.plans.record_check(reason="before the committee", by="t")
    (record,) = adopted.query("PlanCheck", 'branch=="amend"')
    assert value_of(record, "complete") is True
    assert branch.plans.status().as_json()["recorded"]["recheck"] is False
    branch.plans.write(section("act-8-1-1"), REAL, reason="t")
    recorded = branch.plans.status().as_json()["recorded"]
    assert recorded["branchMoved"] is True
    assert "다시 점검" in recorded["note"]["ko"]


# --- versions --------------------------------------------------------------------------------------------------------


def test_versions_follow_from_the_adoptions_and_lead_to_their_transactions(adopted: City) -> None:
    branch = adopted.fork("amend", reason="t")
    item = "decree-12-1-3"
    branch.plans.write(section(item), REAL.replace("1,200", "1,350"), paragraph=paragraph_of(branch, item), reason="t")
    branch.propose(title="경미한 변경", reason="t", by="t")
    adopted.adopt("amend", reason="경미한 변경", by="kim")
    first, second = adopted.plans.versions()
    assert (first.number, first.change, second.number, second.change) == ("1.0", "new", "1.1", "minor")
    assert (second.actor, second.reason, second.branch) == ("kim", "경미한 변경", "amend")
    assert adopted.store.transaction(second.transaction).kind == "merge"
    assert adopted.plans.diff("1.1", "1.1").is_empty
    (one,) = adopted.plans.diff("1.0", "1.1").as_json()["numbers"]
    assert (one["before"], one["after"], one["percent"]) == (120e9, 135e9, pytest.approx(12.5))
    assert adopted.plans.diff(f"tx:{first.transaction}", "main").as_json() == adopted.plans.diff("1.0", "1.1").as_json()
    back = adopted.plans.diff("1.1", "1.0").as_json()["numbers"][0]
    assert (back["before"], back["after"]) == (135e9, 120e9)
    with pytest.raises(NotFoundError, match=r"1\.0, 1\.1"):
        adopted.plans.diff("1.0", "7.0")


def test_a_branch_is_not_blamed_for_what_main_did_meanwhile(adopted: City) -> None:
    late = adopted.fork("late", reason="t")
    early = adopted.fork("early", reason="t")
    early.plans.write(section("decree-12-1-3"), REAL, reason="t")
    early.propose(title="a", reason="t", by="t")
    adopted.adopt("early", reason="t", by="t")
    late.plans.write(section("decree-12-1-4"), REAL, reason="t")
    assert [one.item for one in late.plans.amendment().items] == ["decree-12-1-4"]


def test_two_amendments_of_one_paragraph_name_section_and_place(adopted: City) -> None:
    item = "decree-12-1-3"
    branches = [adopted.fork(name, reason="t") for name in ("one", "two")]
    for n, branch in enumerate(branches):
        branch.plans.write(section(item), f"{REAL} {n}", paragraph=paragraph_of(branch, item), reason="t")
        branch.plans.require_mergeable()
    branches[0].propose(title="a", reason="t", by="t")
    adopted.adopt("one", reason="t", by="t")
    with pytest.raises(ConflictError) as refused:
        branches[1].plans.require_mergeable()
    said = refused.value.message("ko")
    assert "지역산업의 육성과 진흥" in said
    assert "1번째 문단" in said
    (clash,) = branches[1].plans.conflicts()
    assert clash.ours is not None
    assert clash.ours["ko"].endswith(" 0")
    assert [one["label"]["en"] for one in branches[1].plans.check().as_json()["conflicts"]] == [clash.label["en"]]


def test_a_policy_plan_follows_no_act(city: City) -> None:
    branch = city.fork("p", reason="t")
    branch.plans.new("policy", "정책계획", kind="policy-plan", reason="t")
    assert branch.plans.check().complete
    assert branch.plans.facts()["change"] is None
    adopted_plan = branch.plans.check().checklist
    assert adopted_plan.items == ()
    assert not adopted_plan.statutory
    with pytest.raises(ConflictError):
        adopt_in_force(city, branch)
