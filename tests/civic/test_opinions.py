"""Opinions are pinned to what is there, answered before the item closes, and looked at as a whole."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import madang
from madang.city import City
from madang.civic.deciding import suggestions
from madang.civic.deciding.dossier import proposal_dossier
from madang.civic.deciding.likeness import ALIKE, alike_pairs, likeness
from madang.documents.paper import Figure, Table
from madang.entities.entity import property_, relationship, value_of
from madang.errors import CallerError, ConflictError, ForbiddenError, NotFoundError
from madang.indicators.stored import address_of

TASK = "urn:ngsi-ld:Task:test:bus"
PROPOSAL = "urn:ngsi-ld:Proposal:madang:bus"
POINT = {"type": "Point", "coordinates": [127.28, 36.48]}


def task(text: str = "버스를 늘린다", amount: int = 3_000_000_000) -> dict[str, Any]:
    return {
        "id": TASK, "type": "Task", "title": property_("버스"), "description": property_(text),
        "amount": property_(amount, unit="KRW"),
    }  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with madang.new(tmp_path / "c.gpkg", by="t") as made:
        there = made.fork("bus", reason="r", by="kim")
        there.put(task(), reason="r", by="kim")
        there.propose(title="버스안", reason="시민 요구", by="kim")
        yield made


def opine(city: City, text: str = "더 늘려 주세요", **more: Any) -> str:
    return str(city.procedure.opine(PROPOSAL, text, **{"role": "citizen", "by": "park", **more})["id"])


# --- pinned ----------------------------------------------------------------------------------------------------------


def test_an_opinion_is_pinned_to_a_place_a_paragraph_a_number_or_the_whole(city: City) -> None:
    address = address_of(city.store, TASK, "amount", branch="bus")
    for anchor in (
        None,
        {"kind": "place", "geometry": POINT},
        {"kind": "paragraph", "entity": TASK, "attribute": "description"},
        {"kind": "number", "entity": TASK, "attribute": "amount"},
        {"kind": "number", "address": address},
    ):
        opine(city, anchor=anchor)
    rows = [row.as_json() for row in city.procedure.opinions("bus")]
    assert [row["pinnedTo"]["ko"] for row in rows] == [
        "안건 전체", "장소", "문단: 버스 · 설명", "수치: 버스 · 금액", "수치: 버스 · 금액",
    ]  # fmt: skip
    assert rows[1]["location"] == POINT
    assert rows[4]["anchor"]["address"] == address


@pytest.mark.parametrize(
    ("anchor", "code"),
    [
        ({"kind": "mood"}, "anchor-kind"),
        ({"kind": "place"}, "anchor-without-place"),
        ({"kind": "paragraph"}, "anchor-without-entity"),
        ({"kind": "paragraph", "entity": "urn:ngsi-ld:Paragraph:test:none"}, "anchor-unknown"),
        ({"kind": "paragraph", "entity": TASK, "attribute": "text"}, "anchor-unknown"),
        ({"kind": "number", "entity": TASK}, "anchor-without-number"),
        ({"kind": "number", "entity": TASK, "attribute": "title"}, "anchor-no-number"),
        ({"kind": "number", "address": "other/tx:1#urn:x:y.amount"}, "anchor-of-another-city"),
        ({"kind": "whole", "page": 3}, "anchor-field"),
    ],
)
def test_a_pin_on_what_is_not_there_is_refused(city: City, anchor: dict[str, Any], code: str) -> None:
    with pytest.raises(CallerError) as told:
        opine(city, anchor=anchor)
    assert told.value.code == f"procedure.{code}"


def test_a_number_of_a_run_that_is_not_here_can_not_be_pinned(city: City) -> None:
    gone = f"{city.store.city.uuid}/run:urn:ngsi-ld:ModelRun:x:1#urn:ngsi-ld:City:x:1.economy.output"
    with pytest.raises(NotFoundError, match="nothing like"):
        opine(city, anchor={"kind": "number", "address": gone})


def test_what_changed_under_an_opinion_is_said(city: City) -> None:
    opine(city, anchor={"kind": "paragraph", "entity": TASK, "attribute": "description"})
    opine(city, anchor={"kind": "number", "entity": TASK, "attribute": "amount"})
    assert [row.standing for row in city.procedure.opinions(PROPOSAL)] == ["same", "same"]
    city.branch("bus").put(task("버스를 두 배로 늘린다"), reason="r", by="kim")
    assert [row.standing for row in city.procedure.opinions(PROPOSAL)] == ["changed", "same"]
    city.branch("bus").delete(TASK, reason="r", by="kim")
    assert [row.standing for row in city.procedure.opinions(PROPOSAL)] == ["removed", "removed"]


# --- answered --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decide", ["adopt", "refuse"])
def test_no_item_closes_before_each_opinion_has_its_answer(city: City, decide: str) -> None:
    first, second = opine(city), opine(city, "전기버스로 해 주세요", role="member")
    with pytest.raises(ConflictError) as told:
        getattr(city, decide)(PROPOSAL, reason="r", by="lee")
    assert told.value.code == "procedure.opinions-open"
    assert "2건" in told.value.message("ko")
    assert first in told.value.message("ko")
    city.procedure.dispose(first, "partly", reason="두 노선만", by="lee")
    with pytest.raises(ConflictError, match="1 opinions"):
        getattr(city, decide)(PROPOSAL, reason="r", by="lee")
    city.procedure.dispose(second, "not-adopted", reason="예산", by="lee")
    decided = getattr(city, decide)(PROPOSAL, reason="r", by="lee")
    assert value_of(decided, "state") in ("adopted", "refused")


def test_a_disposition_has_a_reason_and_may_be_taken_anew(city: City) -> None:
    id = opine(city)
    with pytest.raises(CallerError, match="needs its reason"):
        city.procedure.dispose(id, "adopted", reason=" ", by="lee")
    with pytest.raises(CallerError, match="One of: adopted, partly, not-adopted"):
        city.procedure.dispose(id, "maybe", reason="r", by="lee")
    city.procedure.dispose(id, "not-adopted", reason="예산", by="lee")
    city.procedure.dispose(id, "adopted", reason="예산을 찾음", by="lee")
    assert city.procedure.status(PROPOSAL).as_json()["dispositions"] == {
        "all": 1, "adopted": 1, "partly": 0, "not-adopted": 0, "open": 0,
    }  # fmt: skip
    assert len(city.log(id)) == 3


def test_an_author_alone_takes_an_opinion_back_and_it_then_asks_for_nothing(city: City) -> None:
    id = opine(city)
    with pytest.raises(ForbiddenError, match="Only park"):
        city.procedure.withdraw(id, reason="r", by="lee")
    city.procedure.withdraw(id, reason="들었습니다", by="park")
    with pytest.raises(ConflictError, match="was withdrawn"):
        city.procedure.dispose(id, "adopted", reason="r", by="lee")
    city.adopt(PROPOSAL, reason="r", by="lee")


def test_replies_make_a_thread_and_need_no_answer_of_their_own(city: City) -> None:
    id = opine(city)
    answer = city.procedure.reply(id, "어느 노선입니까?", role="author", by="kim")
    city.procedure.reply(answer["id"], "990번입니다", role="citizen", by="park")
    (row,) = city.procedure.opinions(PROPOSAL)
    assert [value_of(one, "submittedBy") for one in row.replies] == ["kim", "park"]
    with pytest.raises(CallerError, match="is a reply"):
        city.procedure.dispose(answer["id"], "adopted", reason="r", by="lee")
    city.procedure.dispose(id, "adopted", reason="r", by="lee")
    city.adopt(PROPOSAL, reason="r", by="lee")


def test_opinions_are_written_by_these_acts_alone(city: City) -> None:
    id = opine(city)
    with pytest.raises(ForbiddenError):
        city.put({"id": id, "type": "Opinion", "disposition": property_("adopted")}, by="x")
    with pytest.raises(CallerError, match="One of: author, reviewer, member, citizen"):
        opine(city, role="mayor")


# --- alike -----------------------------------------------------------------------------------------------------------


def test_nearly_equal_requests_are_found_and_different_ones_are_not() -> None:
    texts = {
        "a": "판교역 앞에 자전거 도로를 설치해 주세요",
        "b": "판교역 앞에 자전거도로를 설치해주시기 바랍니다.",
        "c": "판교역 앞 자전거 도로 설치 요청",
        "d": "정자역 앞에 버스 정류장을 설치해 주세요",
        "e": "수소충전소를 옮겨 주세요",
    }
    found = alike_pairs(texts)
    assert {(one.first, one.second) for one in found} == {("a", "b"), ("a", "c"), ("b", "c")}
    assert found[0].likeness == 1.0


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_is_the_same_both_ways_and_between_0_and_1(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) == likeness(other, one) <= 1
    assert likeness(one, one) in (0, 1)


def test_a_city_is_asked_and_alike_opinions_are_shown_not_joined(city: City) -> None:
    opine(city, "판교역 앞에 자전거 도로를 설치해 주세요")
    opine(city, "판교역 앞 자전거도로 설치 요청합니다")
    (pair,) = city.procedure.alike(PROPOSAL)
    assert pair.likeness >= ALIKE
    assert len(city.procedure.opinions(PROPOSAL)) == 2


# --- whose -----------------------------------------------------------------------------------------------------------


def test_opinions_are_set_beside_the_people_of_a_real_city(tmp_path: Path) -> None:
    with madang.new(tmp_path / "s.gpkg", source="korea:seongnam", by="t") as city:
        there = city.fork("bus", reason="r", by="kim")
        there.put(task(), reason="r", by="kim")
        there.propose(title="버스안", reason="r", by="kim")
        dongs = list(city.query("Dong"))
        district = value_of(dongs[0], "refDistrict")
        for n in range(4):
            opine(city, f"의견 {n}", dong=dongs[0]["id"], channel="hearing", sex="female")
        opine(city, "남의 의견", channel="web", sex="male", age_group="20-29")
        told = city.procedure.representation(PROPOSAL).as_json()
    by = {one["id"]: one for one in told["dimensions"]}
    groups = {one["id"]: one for one in by["district"]["groups"]}
    assert told["opinions"] == 5
    assert [one["opinions"] for one in told["channels"]] == [4, 1]
    assert len(groups) == 3
    mine = groups[district]
    assert (mine["opinions"], mine["share"]) == (4, 1.0)
    assert mine["population"]["address"]
    assert sum(one["populationShare"] for one in groups.values()) == pytest.approx(1, abs=0.001)
    assert all(one["under"] for id, one in groups.items() if id != district)
    assert by["district"]["untold"] == 1
    men = next(one for one in by["sex"]["groups"] if one["id"] == "male")
    assert men["withheld"], "one person could be recognised"
    assert men["opinions"] is None
    assert by["age"]["detail"]["ko"].startswith("자료 없음")


# --- suggestions and problems ----------------------------------------------------------------------------------------


def test_no_state_of_a_suggestion_is_a_dead_end() -> None:
    reached, waiting = {"received"}, ["received"]
    while waiting:
        for (before, _), there in suggestions.TRANSITIONS.items():
            if before == waiting[0] and there not in reached:
                reached.add(there)
                waiting.append(there)
        waiting.pop(0)
    assert reached == set(suggestions.STATES)
    answered = set(suggestions.ANSWERS)
    while more := {b for (b, _), there in suggestions.TRANSITIONS.items() if there in answered} - answered:
        answered |= more
    assert answered == set(suggestions.STATES), "from every state there is a way to an answer"
    assert {s for s in suggestions.STATES if not suggestions.possible(s)} == {"task", "withdrawn"}


def test_a_suggestion_goes_from_intake_to_a_task(city: City) -> None:
    first = city.procedure.suggest("자전거 도로", "판교역 앞에 자전거 도로를 설치해 주세요", by="park")
    second = city.procedure.suggest("자전거도로", "판교역 앞에 자전거도로를 설치해 주시기 바랍니다", by="choi")
    assert [id for id, _ in second.alike] == [first.document["id"]]
    move = city.procedure.move_suggestion
    move("2", "merge", same_as="1", reason="같은 제안", by="lee")
    with pytest.raises(ConflictError, match="possible: screen, merge, withdraw"):
        move("1", "accept", reason="r", by="lee")
    move("1", "screen", reason="r", by="lee")
    move("1", "accept", reason="r", by="lee")
    with pytest.raises(CallerError, match="needs branch"):
        move("1", "work-out", reason="r", by="lee")
    move("1", "work-out", branch="bus", reason="r", by="lee")
    move("1", "put-up", reason="r", by="lee")
    with pytest.raises(NotFoundError, match="Adopt the proposal"):
        move("1", "carry", task=TASK, reason="r", by="lee")
    city.adopt(PROPOSAL, reason="r", by="lee")
    assert value_of(move("1", "carry", task=TASK, reason="r", by="lee"), "refTask") == TASK
    move("2", "reopen", reason="다른 곳이었음", by="lee")
    with pytest.raises(CallerError, match="can't answer"):
        move("2", "merge", same_as="2", reason="r", by="lee")
    states = [row.as_json()["stateLabel"]["ko"] for row in city.procedure.suggestions()]
    assert states == ["과제 반영", "검토"]


def test_a_problem_without_a_metric_is_not_closed(city: City) -> None:
    door = city.procedure
    door.raise_problem("주차난", "골목 주차", owner="교통과", slug="parking", reason="민원", by="lee")
    with pytest.raises(ConflictError, match="indicator, baseline, baselineYear, aim"):
        door.close_problem("parking", measured=3, document="x", reason="r", by="lee")
    door.analyse_problem("parking", cause="공간 부족", reason="r", by="lee")
    with pytest.raises(ConflictError, match="nothing measures it"):
        door.close_problem("parking", measured=3, document="x", reason="r", by="lee")
    door.analyse_problem(
        "parking", cause="공간 부족", indicator="parking.violations", baseline=120, baseline_year=2025, aim=60,
        reason="r", by="lee",
    )  # fmt: skip
    door.pilot_problem("parking", what="공유 주차", reason="r", by="lee")
    closed = door.close_problem("parking", measured=80, document="교통-3", reason="r", by="lee")
    assert value_of(closed, "state") == "unsolved"
    door.analyse_problem("parking", cause="공간 부족", reason="다시", by="lee")
    assert (
        value_of(door.close_problem("parking", measured=55, document="교통-9", reason="r", by="lee"), "state")
        == "solved"
    )


# --- the dossier -----------------------------------------------------------------------------------------------------


def test_the_dossier_holds_changes_procedure_opinions_votes_and_dissent(city: City) -> None:
    city.procedure.dispose(opine(city), "partly", reason="두 노선만", by="lee")
    with city.for_writing().transact(actor="t", reason="vote", act="vote") as tx:
        tx.put(
            {"id": "urn:ngsi-ld:Vote:t:1", "type": "Vote", "refProposal": relationship(PROPOSAL),
             "result": property_("carried"), "heldAt": property_("2026-11-20"),
             "counts": {"type": "JsonProperty", "json": {"for": 7, "against": 2, "abstain": 1}},
             "dissent": {"type": "JsonProperty", "json": [{"member": "김위원", "text": "예산이 크다"}]}}
        )  # fmt: skip
    for language in ("ko", "en"):
        paper = proposal_dossier(city.store, "bus", language)
        words = str(paper.blocks)
        for expected in ("시민 요구", "두 노선만", "예산이 크다", "김위원"):
            assert expected in words
    paper = proposal_dossier(city.store, "bus")
    (amount,) = [one for one in paper.figures() if one.value == 3_000_000_000]
    assert isinstance(amount, Figure)
    assert (amount.text, amount.unit) == ("30억 원", "KRW")
    assert amount.address == address_of(city.store, TASK, "amount", branch="bus")
    assert any(isinstance(block, Table) and "반영 여부" in block.heads for block in paper.blocks)


def test_the_list_of_suggestions_shows_the_same_likeness_as_each_showed_when_it_came_in(city: City) -> None:
    procedure = city.procedure
    for n in range(4):
        procedure.suggest(f"{n}번 마을 버스", "정류장을 늘려 주세요", by="kim")
    last = procedure.suggest("마을 버스 정류장", "정류장을 늘려 주세요", by="kim")
    rows = {row.document["id"]: row for row in procedure.suggestions()}
    assert sorted(rows[last.document["id"]].alike) == sorted(last.alike)
    assert len(last.alike) == 4
