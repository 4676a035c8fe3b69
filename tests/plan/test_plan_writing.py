"""Writing a plan: what would break it is refused with the place, and main is left alone. Plans of announcements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from madang.city import City
from madang.civic.announced.entities import load_announcements
from madang.entities.entity import geo_property, value_of
from madang.errors import CallerError, ConflictError, DataError, ForbiddenError, NotFoundError
from madang.sources import base
from plan.plan_builders import BODY, PLAN, REAL, draft, empty_city, section


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with empty_city(tmp_path) as found:
        yield found


@pytest.fixture
def branch(city: City) -> City:
    return draft(city)


def test_main_is_not_written_to(city: City) -> None:
    with pytest.raises(ForbiddenError) as refused:
        city.plans.new("smart", "계획", reason="t")
    assert refused.value.code == "plans.main-by-adoption"
    with pytest.raises(NotFoundError, match="no plan"):
        city.plans.tree()


def test_a_reason_is_asked_for(branch: City) -> None:
    with pytest.raises(CallerError, match="Say why"):
        branch.plans.write(section("act-8-1-1"), REAL, reason=" ")


def test_an_unknown_section_is_refused_with_those_there_are(branch: City) -> None:
    with pytest.raises(NotFoundError) as refused:
        branch.plans.write("urn:ngsi-ld:Section:empty:nowhere", REAL, reason="t")
    assert refused.value.code == "plans.part-unknown"
    assert "smart-act-8-1-1" in refused.value.message("en")


def test_a_task_of_no_plan_is_refused(branch: City) -> None:
    with pytest.raises(DataError) as refused:
        branch.plans.add("Task", title="과제", reason="t")
    assert refused.value.code == "plans.of-no-plan"


def test_an_order_key_is_given_once(branch: City) -> None:
    branch.plans.add("Paragraph", text=REAL, refSection=section("act-8-1-1"), order=1, reason="t")
    with pytest.raises(ConflictError) as refused:
        branch.plans.add("Paragraph", text=REAL, refSection=section("act-8-1-1"), order=1, reason="t")
    assert refused.value.code == "plans.order-taken"
    made = branch.plans.add("Paragraph", text=REAL, refSection=section("act-8-1-1"), reason="t")
    assert value_of(made, "order") == 2


def test_a_circle_of_tasks_is_refused_with_its_path_and_nothing_is_written(branch: City) -> None:
    one = branch.plans.add("Task", code="one", title="하나", refPlan=PLAN, reason="t")["id"]
    two = branch.plans.add("Task", code="two", title="둘", refPlan=PLAN, dependsOn=one, reason="t")["id"]
    before = branch.store.data_version()
    with pytest.raises(ConflictError) as refused:
        branch.plans.change(one, dependsOn=two, reason="t")
    assert refused.value.code == "plans.circle"
    assert "하나 → 둘 → 하나" in refused.value.message("ko") or "둘 → 하나 → 둘" in refused.value.message("ko")
    assert branch.store.data_version() == before


def test_a_part_others_refer_to_is_not_taken_out(branch: City) -> None:
    branch.plans.write(section("act-8-1-1"), REAL, reason="t")
    with pytest.raises(ConflictError, match="refer to it"):
        branch.plans.remove(section("act-8-1-1"), reason="t")


def test_a_paragraph_keeps_its_id_when_it_moves(branch: City) -> None:
    made = branch.plans.write(section("act-8-1-1"), REAL, reason="t")
    assert made["refSection"] == {"type": "Relationship", "object": section("act-8-1-1")}
    id = made["id"]
    branch.plans.move(id, section=section("act-8-1-2"), reason="t")
    assert [one["id"] for one in branch.plans.tree().text_of_section[section("act-8-1-2")]] == [id]


def test_what_came_in_broken_is_found_by_the_check(branch: City) -> None:
    task = {"id": "urn:ngsi-ld:Task:x:1", "type": "Task", "title": {"languageMap": {"ko": "떠도는 과제"}}}
    branch.put([task, {**task, "id": "urn:ngsi-ld:Task:x:2", "refPlan": PLAN, "dependsOn": "urn:ngsi-ld:Task:x:9"}])
    codes = {one.code for one in branch.plans.check().wrong}
    assert codes == {"orphan", "waits-outside"}


def test_a_plan_is_found_by_the_end_of_its_id_and_several_have_to_be_named(branch: City) -> None:
    branch.plans.new("other", "다른 계획", reason="t")
    assert branch.plans.tree("smart").id == PLAN
    with pytest.raises(CallerError, match="several"):
        branch.plans.tree()
    with pytest.raises(ConflictError, match="already"):
        branch.plans.new("smart", "또", reason="t")


# --- areas -----------------------------------------------------------------------------------------------------------


def square(x: float, width: float = 1.0) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [[[x, 36], [x + width, 36], [x + width, 37], [x, 37], [x, 36]]]}


def test_areas_cover_every_dong_once_or_say_where_they_do_not(city: City, branch: City) -> None:
    dong = [
        {"id": f"urn:ngsi-ld:Dong:x:{n}", "type": "Dong", "name": f"{n}동", "location": geo_property(square(127 + n))}
        for n in range(3)
    ]
    branch.put([{**one, "name": {"type": "Property", "value": one["name"]}} for one in dong])
    add = branch.plans.add
    add("Zone", code="a", name="예정지역", refPlan=PLAN, location=square(127, 1.5), responsible=BODY, reason="t")
    found = branch.plans.check().coverage
    assert (found.is_once, [round(share, 2) for _, _, share in found.uncovered]) == (False, [0.5, 1.0])
    add("Zone", code="b", name="그 밖", refPlan=PLAN, location=square(128.5, 1.5), responsible=BODY, reason="t")
    assert branch.plans.check().coverage.is_once is True
    add("Zone", code="c", name="겹침", refPlan=PLAN, refDong=["urn:ngsi-ld:Dong:x:1"], reason="t")
    ((id, _, areas),) = branch.plans.check().coverage.twice
    assert id == "urn:ngsi-ld:Dong:x:1"
    assert len(areas) == 3


# --- announcements ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "announcement", "tasks"),
    [
        ("seongnam", "seongnam-industry40-seminar", ["cluster"] * 3 + ["zone"] + ["project"] * 3),
        ("sejong", "sejong-smart-city-plan", [None] * 4),
        ("gwangyang", "gwangyang-4ir-committee", [None] * 3),
    ],
)
def test_a_plan_of_an_announcement_says_what_was_announced_and_no_more(
    city: City, where: str, announcement: str, tasks: list[str | None]
) -> None:
    base.write(city.for_writing(), [load_announcements()[where]], actor="t", reason="t")
    branch = city.fork("announced", reason="t")
    tree = branch.plans.from_announcement(announcement, reason="as announced")
    assert [value_of(task, "category") for task in tree.tasks] == tasks
    assert all(value_of(task, "refAnnouncement") and value_of(task, "source") for task in tree.tasks)
    assert all(value_of(task, "owner") for task in tree.tasks), "who announced it"
    assert not tree.budget
    gaps = [one.entity for one in branch.plans.check().findings if one.code == "task-without-budget"]
    assert gaps == [task["id"] for task in tree.tasks]


def test_the_plan_of_sejong_is_statutory_joint_and_runs_to_2029(city: City) -> None:
    base.write(city.for_writing(), [load_announcements()["sejong"]], actor="t", reason="t")
    tree = city.fork("p", reason="t").plans.from_announcement("sejong-smart-city-plan", reason="t")
    assert tree.kind == "smart-city-plan"
    assert tree.years == (None, 2029)
    assert value_of(tree.plan, "owner")[1] == "urn:ngsi-ld:Organisation:announced:naacc"
    check = city.branch("p").plans.check()
    assert len(check.missing) == 15
    assert "no-horizon" in {one.code for one in check.findings}


def test_an_announcement_nobody_made_is_refused(city: City) -> None:
    with pytest.raises(NotFoundError, match="no announcement"):
        city.fork("p", reason="t").plans.from_announcement("moon-base", reason="t")


def test_a_number_of_a_part_keeps_the_unit_it_is_given_with(city: City) -> None:
    branch = draft(city)
    goal = branch.plans.add("Goal", title="누구나 30분 안에", refPlan=PLAN, reason="t")["id"]
    share = {"type": "Property", "value": 72, "unitCode": "P1"}
    branch.plans.add("Target", code="reach", title="닿는 시민", value=share, refGoal=goal, reason="t")
    (target,) = branch.plans.board()["targets"]
    assert (target["value"]["value"], target["value"]["unit"]) == (72, "P1")
