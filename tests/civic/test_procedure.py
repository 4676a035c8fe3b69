"""A plan's way from branch to notice: each gate refuses until it holds, and says by which Act and article."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import madang
from madang import clock
from madang.city import City
from madang.civic.deciding import proposals
from madang.entities.entity import json_property, property_, relationship, value_of
from madang.errors import CallerError, ConflictError, ForbiddenError, NotFoundError
from madang.store import Store

PLAN = "urn:ngsi-ld:Plan:test:smart"
SECTION = "urn:ngsi-ld:Section:test:smart-1"
PROPOSAL = "urn:ngsi-ld:Proposal:madang:plan"
WAY = [
    ("agency-consultation", "2026-03-02", "2026-04-10"),
    ("application", "2026-04-20", "2026-04-20"),
    ("ministries-answer", "2026-04-21", "2026-05-08"),
    ("approval", "2026-05-20", "2026-06-30"),
]


def plan(id: str = PLAN, kind: str | None = "smart-city-plan") -> dict[str, Any]:
    said = {"id": id, "type": "Plan", "title": {"type": "LanguageProperty", "languageMap": {"ko": "스마트도시계획"}}}
    return said | ({"kind": property_(kind)} if kind else {})


MINOR = ("decree-12-1-3", "decree-12-1-4")  # local industry, international cooperation
ITEMS = [f"act-8-1-{n}" for n in range(1, 9)] + [f"decree-12-1-{n}" for n in range(1, 8) if n not in (3, 4)]


def section(text: str = "교통 서비스를 늘린다", items: Any = ITEMS, id: str = SECTION) -> dict[str, Any]:
    """A section of the plan that holds required items: all but those whose change is minor, unless told."""
    return {
        "id": id,
        "type": "Section",
        "title": property_("교통"),
        "text": property_(f"{text}. 이 절은 법이 정한 사항을 시민이 알 수 있게 적는다."),
        "responsible": relationship("urn:ngsi-ld:Organisation:test:city"),
        "implements": property_(list(items)),
        "refPlan": relationship(PLAN),
    }


def industry(text: str = "지역 산업을 키운다") -> dict[str, Any]:
    return section(text, MINOR, "urn:ngsi-ld:Section:test:smart-2")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with clock.standing_at(datetime(2026, 11, 22, 3, tzinfo=UTC)), madang.new(tmp_path / "c.gpkg", by="t") as made:
        yield made


def put_up(city: City, *entities: dict[str, Any], branch: str = "plan") -> str:
    there = city.fork(branch, reason="r", by="kim")
    there.put(list(entities) or [plan(), section(), industry()], reason="r", by="kim")
    return str(there.propose(title="스마트도시계획 2026-2030", reason="수립", by="kim")["id"])


def go(city: City, *steps: tuple[str, str, str], proposal: str = PROPOSAL) -> None:
    for step, begun, ended in steps or WAY:
        city.procedure.complete_step(
            proposal, step, started=begun, on=ended, document=f"도시-{step}", reason="마침", by="lee"
        )


def missing(city: City, proposal: str = PROPOSAL) -> list[str]:
    return city.procedure.status(proposal).missing


# --- the way ---------------------------------------------------------------------------------------------------------


def test_an_early_merge_is_refused_with_act_and_article_and_changes_nothing(city: City) -> None:
    put_up(city)
    before = city.store.data_version()
    with pytest.raises(ForbiddenError) as told:
        city.adopt(PROPOSAL, reason="서둘러", by="lee")
    assert told.value.code == "procedure.not-yet"
    assert "스마트도시법 제10조제1항" in told.value.message("ko")
    assert "관계 행정기관" in told.value.message("ko")
    assert "Smart City Act Art. 10(1)" in told.value.message("en")
    steps = [one["id"] for one in told.value.facts["missing"] if one["kind"] == "procedure"]
    assert steps == ["agency-consultation", "application", "ministries-answer", "approval"]
    assert city.store.data_version() == before
    assert city.get(PLAN) is None


def test_a_plan_goes_from_branch_to_notice(city: City) -> None:
    put_up(city)
    city.procedure.deliberate(PROPOSAL, reason="위원회 상정", by="lee")
    go(city)
    assert missing(city) == []
    adopted = city.adopt(PROPOSAL, reason="의결", by="lee")
    assert value_of(adopted, "state") == "adopted"
    assert city.get(PLAN) is not None

    told = city.procedure.status(PROPOSAL).as_json()
    assert told["procedure"]["due"] == ["gazette-notice"], "the notice follows the merge without delay (Act 10(2))"
    city.procedure.complete_step(PROPOSAL, "gazette-notice", document="고시 제2026-1호", reason="고시", by="lee")
    assert city.procedure.status(PROPOSAL).as_json()["procedure"]["due"] == []
    with pytest.raises(ConflictError, match="nothing can be added"):
        city.procedure.start_step(PROPOSAL, "hearing-notice", reason="r", by="lee")
    (decision,) = proposals.decisions_of(city.store, PROPOSAL)
    kept = {one["step"]: one["state"] for one in value_of(decision, "verdicts")}
    assert kept["approval"] == "held"
    assert city.verify().ok


def test_each_must_alone_keeps_the_gate_closed(city: City) -> None:
    put_up(city)
    for n, (step, _, _) in enumerate(WAY):
        assert missing(city)[0] == step
        go(city, WAY[n])
    assert missing(city) == []


def test_a_step_that_runs_shows_its_due_day_and_when_it_is_over(city: City) -> None:
    put_up(city)
    go(city, *WAY[:2])
    city.procedure.start_step(PROPOSAL, "ministries-answer", on="2026-10-01", reason="의견 조회", by="lee")
    steps = {one["step"]: one for one in city.procedure.status(PROPOSAL).as_json()["procedure"]["steps"]}
    running = steps["ministries-answer"]
    assert (running["state"], running["days"], running["overdue"]) == ("running", 20, True)
    assert running["due"] in ("2026-10-20", "2026-10-21")
    assert running["record"]["startsOn"] == "2026-10-01"
    assert steps["gazette-notice"]["when"] == "after-adoption"
    assert "ministries-answer" in missing(city)


def test_a_hearing_with_too_short_a_notice_keeps_the_gate_closed_until_it_is_held_again(city: City) -> None:
    put_up(city)
    go(city)
    go(city, ("hearing-notice", "2026-03-05", "2026-03-10"))
    go(city, ("hearing", "2026-03-12", "2026-03-12"))
    with pytest.raises(ForbiddenError) as told:
        city.adopt(PROPOSAL, reason="r", by="lee")
    assert "14" in told.value.message("ko")
    assert missing(city) == ["hearing-notice"]
    procedure = city.procedure
    procedure.complete_step(
        PROPOSAL, "hearing-notice", started="2026-03-20", on="2026-04-05", document="공고 2", reason="재공고",
        again=True, by="lee",
    )  # fmt: skip
    procedure.complete_step(
        PROPOSAL, "hearing", on="2026-04-06", document="결과 2", reason="다시", again=True, by="lee"
    )
    assert missing(city) == []
    attempts = [
        s for s in proposals.proposal_view(city.store, PROPOSAL)["procedure"]["timeline"] if s["what"] == "step"
    ]
    assert len(attempts) == 8, "the first attempt stays"


def test_a_refused_approval_is_shown_and_may_be_tried_again(city: City) -> None:
    put_up(city)
    go(city, *WAY[:3])
    city.procedure.refuse_step(PROPOSAL, "approval", on="2026-06-01", document="국토부-1", reason="보완 필요", by="lee")
    assert missing(city) == ["approval"]
    city.procedure.complete_step(PROPOSAL, "approval", on="2026-08-01", document="국토부-2", reason="승인", by="lee")
    assert missing(city) == []


def test_what_can_not_have_happened_is_not_recorded(city: City) -> None:
    put_up(city)
    procedure = city.procedure
    with pytest.raises(NotFoundError, match="agency-consultation"):
        procedure.start_step(PROPOSAL, "agency-consulting", reason="r", by="lee")
    with pytest.raises(CallerError, match="has not come yet"):
        procedure.complete_step(PROPOSAL, "application", on="2027-01-01", document="x", reason="r", by="lee")
    with pytest.raises(CallerError, match="before the start"):
        procedure.complete_step(
            PROPOSAL, "application", started="2026-05-02", on="2026-05-01", document="x", reason="r", by="lee"
        )
    with pytest.raises(CallerError, match="something that shows it"):
        procedure.complete_step(PROPOSAL, "application", reason="r", by="lee")
    with pytest.raises(NotFoundError, match="could show it"):
        procedure.complete_step(PROPOSAL, "application", evidence="urn:x:none", reason="r", by="lee")
    with pytest.raises(ConflictError, match="follows the adoption"):
        procedure.complete_step(PROPOSAL, "gazette-notice", document="x", reason="r", by="lee")
    with pytest.raises(CallerError, match="is no date"):
        procedure.start_step(PROPOSAL, "application", on="22.11.2026", reason="r", by="lee")
    go(city, *WAY[:2])
    with pytest.raises(CallerError, match="which comes first"):
        procedure.complete_step(PROPOSAL, "approval", on="2026-04-01", document="x", reason="r", by="lee")
    with pytest.raises(ConflictError, match="was done on 2026-04-20"):
        procedure.complete_step(PROPOSAL, "application", document="x", reason="r", by="lee")
    with pytest.raises(ForbiddenError):  # by no other door
        city.put({"id": "urn:ngsi-ld:ProcedureStep:x:1", "type": "ProcedureStep", "state": property_("done")}, by="x")


def test_what_is_no_statutory_plan_has_no_steps_and_a_plan_without_kind_is_named(city: City) -> None:
    put_up(city, plan(kind=None))
    assert missing(city) == []
    with pytest.raises(NotFoundError, match="No procedure"):
        city.procedure.start_step(PROPOSAL, "approval", reason="r", by="lee")
    clauses = next(one for one in proposals.checks(city.store, PROPOSAL) if one.id == "clauses")
    assert clauses.state == "warn"
    assert PLAN in clauses.detail["ko"]
    assert value_of(city.adopt(PROPOSAL, reason="r", by="lee"), "state") == "adopted"


# --- minor, major, already in force ----------------------------------------------------------------------------------


def in_force(city: City) -> None:
    put_up(city, plan(), section(), industry(), branch="so-far")
    city.procedure.register_in_force(
        "so-far",
        approved_on="2025-01-10",
        noticed_on="2025-02-01",
        document="고시 제2025-12호",
        reason="기존",
        by="lee",
    )
    city.adopt("so-far", reason="등록", by="lee")


def test_a_plan_noticed_before_is_registered_with_the_number_of_its_notice(city: City) -> None:
    put_up(city)
    with pytest.raises(CallerError, match="number"):
        city.procedure.register_in_force(
            PROPOSAL, approved_on="2025-01-10", noticed_on="2025-02-01", document=" ", reason="r", by="lee"
        )
    with pytest.raises(CallerError, match="can't lie before"):
        city.procedure.register_in_force(
            PROPOSAL, approved_on="2025-03-10", noticed_on="2025-02-01", document="고시", reason="r", by="lee"
        )
    city.procedure.register_in_force(
        PROPOSAL, approved_on="2025-01-10", noticed_on="2025-02-01", document="고시 1", reason="r", by="lee"
    )
    city.adopt(PROPOSAL, reason="r", by="lee")
    assert city.procedure.status(PROPOSAL).as_json()["procedure"]["due"] == []


def test_a_minor_change_is_not_consulted_again_and_a_major_one_is(city: City) -> None:
    in_force(city)
    put_up(city, industry("반도체를 키운다"))
    assert missing(city) == []
    with pytest.raises(ConflictError):
        city.procedure.register_in_force(
            PROPOSAL, approved_on="2025-01-10", noticed_on="2025-02-01", document="고시", reason="r", by="lee"
        )
    told = next(one for one in proposals.checks(city.store, PROPOSAL) if one.id == "clauses")
    assert "경미한 변경" in told.detail["ko"]
    assert "제11조" in told.detail["ko"]
    city.adopt(PROPOSAL, reason="경미한 변경", by="lee")
    assert city.procedure.status(PROPOSAL).as_json()["procedure"]["due"] == []

    major = put_up(city, section("교통 서비스를 크게 늘린다"), branch="major")
    assert missing(city, major)[0] == "agency-consultation"
    with pytest.raises(ForbiddenError) as refused:
        city.adopt(major, reason="r", by="lee")
    assert "제11조" in refused.value.message("ko"), "cited as applied to a change by Article 11"


def test_a_check_of_an_older_branch_does_not_make_a_change_minor(city: City) -> None:
    in_force(city)
    put_up(city, industry("반도체를 키운다"))
    city.put({"id": "urn:ngsi-ld:Claim:x:1", "type": "Claim"}, reason="a record elsewhere", by="t")
    assert missing(city) == []
    city.branch("plan").put(section("전부 바꾼다"), reason="slip it in", by="kim")
    assert "approval" in missing(city)
    stale = next(one for one in proposals.checks(city.store, PROPOSAL) if one.id == "plan-check")
    assert stale.state == "warn"
    with pytest.raises(ForbiddenError):
        city.adopt(PROPOSAL, reason="r", by="lee")


def test_an_incomplete_plan_is_not_adopted_and_the_empty_item_is_named(city: City) -> None:
    put_up(city, plan(), section(items=[one for one in ITEMS if one != "act-8-1-8"]), industry())
    go(city)
    with pytest.raises(ForbiddenError) as told:
        city.adopt(PROPOSAL, reason="r", by="lee")
    lacking = [one for one in told.value.facts["missing"] if one["kind"] == "plan"]
    assert [one["id"] for one in lacking] == ["act-8-1-8"]
    assert "제8조제1항제8호" in lacking[0]["clause"]["ko"]
    assert city.get(PLAN) is None


# --- votes -----------------------------------------------------------------------------------------------------------


def on_agenda(city: City, proposal: str = PROPOSAL) -> None:
    with city.for_writing().transact(actor="t", reason="agenda", act="agenda") as tx:
        tx.put({"id": "urn:ngsi-ld:AgendaItem:t:1", "type": "AgendaItem", "title": property_("안건"),
                "kind": property_("decision"), "state": property_("listed"),
                "refProposal": relationship(proposal)})  # fmt: skip


def vote(city: City, result: str, number: int = 1, proposal: str = PROPOSAL, **more: Any) -> None:
    with city.for_writing().transact(actor="t", reason="vote", act="vote") as tx:
        tx.put(
            {"id": f"urn:ngsi-ld:Vote:t:{number}", "type": "Vote", "refProposal": relationship(proposal),
             "refAgendaItem": relationship("urn:ngsi-ld:AgendaItem:t:1"), "result": property_(result),
             "heldAt": property_(f"2026-11-{10 + number}T10:00:00+09:00"),
             "counts": json_property({"for": 7, "against": 2, "abstain": 0}), **more},
        )  # fmt: skip


def test_what_a_committee_was_given_is_adopted_only_after_a_carried_vote_and_dissent_is_kept(city: City) -> None:
    put_up(city, plan(kind="other"))
    on_agenda(city)
    with pytest.raises(ForbiddenError, match="No vote of this round"):
        city.adopt(PROPOSAL, reason="r", by="lee")
    vote(city, "lost")
    with pytest.raises(ForbiddenError, match="was lost"):
        city.adopt(PROPOSAL, reason="r", by="lee")
    dissent = json_property([{"member": "urn:ngsi-ld:Person:t:1", "text": "예산이 크다"}])
    vote(city, "carried", 2, dissent=dissent)
    city.adopt(PROPOSAL, reason="r", by="lee")
    (decision,) = proposals.decisions_of(city.store, PROPOSAL)
    assert value_of(decision, "dissent")[0]["text"] == "예산이 크다"


def test_a_vote_on_conditions_carries_a_conditional_adoption_only(city: City) -> None:
    put_up(city, plan(kind="other"))
    on_agenda(city)
    vote(city, "conditional")
    with pytest.raises(ForbiddenError, match="carried on conditions"):
        city.adopt(PROPOSAL, reason="r", by="lee")
    condition = {"text": "재원 확보", "owner": "예산과", "due": "2026-12-31"}
    city.procedure.adopt_conditionally(PROPOSAL, conditions=[condition], reason="조건부", by="lee")
    city.procedure.meet_condition(PROPOSAL, "c1", document="예산-7", reason="확보", by="kim")
    assert value_of(city.adopt(PROPOSAL, reason="r", by="lee"), "state") == "adopted"


# --- conditions, deferral, re-entry ----------------------------------------------------------------------------------


def test_conditions_are_met_one_by_one_with_evidence_before_the_merge(city: City) -> None:
    put_up(city, plan(kind="other"))
    procedure = city.procedure
    with pytest.raises(CallerError, match="at least one condition"):
        procedure.adopt_conditionally(PROPOSAL, conditions=[], reason="r", by="lee")
    with pytest.raises(CallerError, match="lacks: owner"):
        procedure.adopt_conditionally(PROPOSAL, conditions=[{"text": "a", "due": "2026-12-31"}], reason="r", by="lee")
    two = [
        {"text": "재원 확보", "owner": "예산과", "due": "2026-11-01"},
        {"text": "주민 설명", "owner": "도시과", "due": date(2026, 12, 31)},
    ]
    procedure.adopt_conditionally(PROPOSAL, conditions=two, reason="조건부", by="lee")
    assert city.get(PLAN) is None
    late, open_ = procedure.status(PROPOSAL).as_json()["conditions"]
    assert (late["overdueDays"], open_["overdueDays"]) == (21, 0)
    with pytest.raises(ConflictError, match="2 conditions are not met"):
        city.adopt(PROPOSAL, reason="r", by="lee")
    with pytest.raises(CallerError, match="what shows"):
        procedure.meet_condition(PROPOSAL, "c1", reason="r", by="kim")
    with pytest.raises(NotFoundError, match="c1, c2"):
        procedure.meet_condition(PROPOSAL, "c3", document="x", reason="r", by="kim")
    procedure.meet_condition(PROPOSAL, "c1", document="예산-7", reason="확보", by="kim")
    with pytest.raises(ConflictError, match="was met on"):
        procedure.meet_condition(PROPOSAL, "c1", document="예산-8", reason="확보", by="kim")
    procedure.meet_condition(PROPOSAL, "c2", document="도시-9", reason="마침", by="kim")
    city.adopt(PROPOSAL, reason="r", by="lee")
    assert city.get(PLAN) is not None
    last = proposals.decisions_of(city.store, PROPOSAL)[-1]
    assert [one["document"] for one in value_of(last, "conditions")] == ["예산-7", "도시-9"]


def test_a_deferred_proposal_comes_back_in_a_new_round_that_counts_nothing_of_the_old_one(city: City) -> None:
    put_up(city)
    go(city)
    city.procedure.opine(PROPOSAL, "자전거 도로를 넣어 주세요", role="citizen", by="park")
    with pytest.raises(CallerError, match="is over"):
        city.procedure.defer(PROPOSAL, until="2026-01-01", reason="r", by="lee")
    city.procedure.defer(PROPOSAL, until="2027-01-31", reason="예산 협의", by="lee")
    with pytest.raises(ConflictError):
        city.adopt(PROPOSAL, reason="r", by="lee")
    with pytest.raises(ConflictError, match="takes no opinions"):
        city.procedure.opine(PROPOSAL, "늦었습니다", role="citizen", by="park")
    again = city.procedure.resubmit(PROPOSAL, reason="협의를 마침", by="kim")
    assert (value_of(again, "round"), value_of(again, "deferredUntil")) == (2, None)
    assert missing(city)[0] == "agency-consultation"
    told = city.procedure.status(PROPOSAL).as_json()
    assert [(one["round"], one["current"]) for one in told["opinions"]] == [(1, False)]
    assert told["dispositions"]["all"] == 0
    assert [(one["round"], one["steps"], one["opinions"]) for one in told["rounds"]] == [(1, 4, 1), (2, 0, 0)]
    assert told["rounds"][0]["outcome"]["ko"] == "보류"
    go(city)
    assert value_of(city.adopt(PROPOSAL, reason="r", by="lee"), "state") == "adopted"


def test_a_vote_of_an_earlier_round_does_not_carry_the_next(city: City) -> None:
    put_up(city, plan(kind="other"))
    on_agenda(city)
    vote(city, "carried")
    city.refuse(PROPOSAL, reason="r", by="lee")
    city.procedure.resubmit(PROPOSAL, reason="r", by="kim")
    with pytest.raises(ForbiddenError, match="No vote of this round"):
        city.adopt(PROPOSAL, reason="r", by="lee")
    vote(city, "carried", 2)
    city.adopt(PROPOSAL, reason="r", by="lee")


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_says_what_may_be_done_next_and_what_keeps_the_rest(city: City) -> None:
    put_up(city)
    page = city.proposal(PROPOSAL)["procedure"]
    acts = {one["act"]: one for one in page["next"]}
    assert not acts["adopt"]["possible"]
    assert acts["adopt"]["why"][0]["clause"]["ko"].startswith("스마트도시법 제10조")
    assert acts["defer"]["possible"]
    assert acts["refuse"]["possible"]
    assert page["procedure"]["id"] == "smart-city-plan"
    assert page["timeline"][0]["what"] == "submit"


def test_records_written_with_an_adoption_stand_or_fall_with_it(city: City) -> None:
    put_up(city, plan(kind="other"))
    store = city.for_writing()

    def fail(tx: Any) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        proposals.act(store, PROPOSAL, "adopt", reason="r", actor="lee", also=fail)
    assert city.get(PLAN) is None
    proposals.act(
        store, PROPOSAL, "adopt", reason="r", actor="lee",
        also=lambda tx: tx.put({"id": "urn:ngsi-ld:Promise:t:1", "type": "Promise"}),
    )  # fmt: skip
    assert city.get("urn:ngsi-ld:Promise:t:1") is not None


def test_an_opinion_that_comes_in_while_it_is_decided_closes_the_gate(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_up(city, plan(kind="other"))
    looked = proposals.checks_of

    def look(*given: Any) -> Any:
        found = looked(*given)
        city.procedure.opine(PROPOSAL, "잠깐만요", role="citizen", by="park")
        return found

    monkeypatch.setattr(proposals, "checks_of", look)
    with pytest.raises(ConflictError, match="1 opinions have no disposition"):
        city.adopt(PROPOSAL, reason="r", by="lee")
    assert city.get(PLAN) is None


# --- killed on purpose -----------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from madang.civic.deciding import proposals
from madang.store import Store
store = Store.open(sys.argv[1], write=True)
def die(tx):
    tx.put({"id": "urn:ngsi-ld:Promise:t:1", "type": "Promise"})
    tx.flush()
    if sys.argv[2] == "within":
        os.kill(os.getpid(), signal.SIGKILL)
proposals.act(store, "plan", "adopt", reason="go", actor="lee", also=die)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["within", "after"])
def test_a_kill_in_the_middle_of_an_adoption_leaves_all_of_it_or_nothing(tmp_path: Path, moment: str) -> None:
    path = tmp_path / "c.gpkg"
    with madang.new(path, by="t") as city:
        put_up(city)
        go(city)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), moment], env=os.environ | {"PYTHONPATH": ""}, check=False
    )
    assert killed.returncode == -9
    with Store.open(path, write=True) as store:
        assert store.verify().ok
        done = moment == "after"
        proposal = proposals.proposal_of(store, "plan")
        assert value_of(proposal, "state") == ("adopted" if done else "submitted")
        assert len(proposals.decisions_of(store, proposal["id"])) == done
        for id in (PLAN, SECTION, "urn:ngsi-ld:Promise:t:1"):
            assert (store.view().document(id) is not None) == done
        assert store.branch("plan").state == ("merged" if done else "open")


# --- what law asks, and no more --------------------------------------------------------------------------------------

TASK = "urn:ngsi-ld:Task:test:smart-1"


def task(**more: Any) -> dict[str, Any]:
    return {"id": TASK, "type": "Task", "title": property_("통합센터"), "refPlan": relationship(PLAN),
            "refSection": relationship(SECTION), "state": property_("planned"), **more}  # fmt: skip


def test_progress_alone_asks_for_nothing(city: City) -> None:
    put_up(city, plan(), section(), industry(), task(), branch="so-far")
    city.procedure.register_in_force(
        "so-far", approved_on="2025-01-10", noticed_on="2025-02-01", document="고시 1", reason="r", by="lee"
    )
    city.adopt("so-far", reason="등록", by="lee")
    put_up(city, task(state=property_("done")))
    told = city.procedure.status(PROPOSAL).as_json()["procedure"]
    assert (told["change"], told["missing"], told["planCheck"]) == ("none", [], "fresh")
    assert value_of(city.adopt(PROPOSAL, reason="준공", by="lee"), "state") == "adopted"
    assert city.procedure.status(PROPOSAL).as_json()["procedure"]["due"] == []


@pytest.mark.parametrize(
    "change",
    [
        plan(kind="other"),
        {**section(), "refPlan": relationship("urn:ngsi-ld:Plan:test:another")},
        {**section("전부 바꾼다"), "type": ["Note", "Section"]},
        {**section("전부 바꾼다"), "refPlan": relationship([PLAN, "urn:ngsi-ld:Plan:test:another"])},
    ],
    ids=["another kind", "moved to another plan", "a second type", "two plans"],
)
def test_nothing_leaves_the_procedure_by_being_renamed_or_moved(city: City, change: dict[str, Any]) -> None:
    in_force(city)
    there = city.fork("plan", reason="r", by="kim")
    there.put(plan("urn:ngsi-ld:Plan:test:another", "other"), reason="r", by="kim")
    there.put(change, reason="r", by="kim")
    there.propose(title="이름만 바꿈", reason="r", by="kim")
    assert "approval" in missing(city)
    with pytest.raises(ForbiddenError):
        city.adopt(PROPOSAL, reason="r", by="lee")


def test_a_zone_keeps_its_procedure_beside_a_minor_change_and_is_put_up_apart_from_a_major_one(city: City) -> None:
    in_force(city)
    zone = {"id": "urn:ngsi-ld:Zone:test:1", "type": "Zone", "kind": property_("special-zone")}
    minor = put_up(city, industry("반도체를 키운다"), zone, branch="minor")
    assert city.procedure.status(minor).as_json()["procedure"]["id"] == "special-zone"
    assert missing(city, minor)
    major = put_up(city, section("크게 바꾼다"), zone, branch="major")
    with pytest.raises(ConflictError) as told:
        city.adopt(major, reason="r", by="lee")
    assert told.value.code == "procedure.to-be-split"
    assert "‘스마트도시계획 변경’" in told.value.message("ko")


def test_a_plan_that_takes_in_a_neighbour_consults_its_head(city: City) -> None:
    put_up(city, {**plan(), "neighbourAreas": property_(["용인시"])}, section(), industry())
    assert missing(city)[0] == "neighbour-consultation"
    steps = city.procedure.status(PROPOSAL).as_json()["procedure"]["steps"]
    assert "제8조제3항" in steps[0]["clause"]["ko"]


def test_conditional_approval_keeps_neither_adoption_nor_notice_waiting(city: City) -> None:
    put_up(city)
    go(city, *WAY[:3])
    city.procedure.complete_step(
        PROPOSAL, "approval", on="2026-11-10", document="국토부", facts={"conditional": True}, reason="조건부", by="lee"
    )
    assert missing(city) == []
    city.adopt(PROPOSAL, reason="의결", by="lee")
    assert city.procedure.status(PROPOSAL).as_json()["procedure"]["due"] == ["approval-supplement", "gazette-notice"]
    for step in ("gazette-notice", "approval-supplement"):
        city.procedure.complete_step(PROPOSAL, step, document="통보", reason="r", by="lee")
    assert city.procedure.status(PROPOSAL).as_json()["procedure"]["due"] == []


def test_a_check_is_no_longer_good_and_the_plan_is_not_taken_for_complete(city: City) -> None:
    put_up(city)
    go(city)
    city.branch("plan").put(section("조금 고침"), reason="r", by="kim")
    kinds = {(one.kind, one.id) for one in city.procedure.obstacles(PROPOSAL)}
    assert ("plan", "unchecked") in kinds
    with pytest.raises(ConflictError) as told:
        proposals.decide(city.for_writing(), PROPOSAL, adopt=True, reason="r", actor="lee")
    assert told.value.code == "procedure.plan-unchecked"


def test_each_committee_that_has_it_for_decision_must_carry_it_and_what_did_not_take_place_does_not_count(
    city: City,
) -> None:
    put_up(city, plan(kind="other"))
    for code in ("a", "b", "c", "d"):
        city.committees.establish(name={"ko": code, "en": code}, code=code, reason="r", by="t")
        city.committees.call_meeting(committee=code, date="2026-11-20", reason="r", by="t")
        kind = "policy-trend" if code == "d" else "decision"
        city.committees.add_item(f"{code}-2026-11-20", kind=kind, proposal=PROPOSAL, title="안", reason="r", by="t")
    city.committees.cancel_meeting("c-2026-11-20", reason="폭설", by="t")
    a = relationship("urn:ngsi-ld:Committee:madang:a")
    vote(city, "carried", refCommittee=a)
    with pytest.raises(ForbiddenError, match="No vote of this round"):
        city.adopt(PROPOSAL, reason="r", by="lee")
    vote(city, "carried", 2, refCommittee=relationship("urn:ngsi-ld:Committee:madang:b"))
    city.adopt(PROPOSAL, reason="r", by="lee")


def test_a_day_is_told_as_the_city_counts_it(city: City) -> None:
    put_up(city, plan(kind="other"))
    on_agenda(city)
    with city.for_writing().transact(actor="t", reason="vote", act="vote") as tx:
        tx.put({"id": "urn:ngsi-ld:Vote:t:1", "type": "Vote", "refProposal": relationship(PROPOSAL),
                "result": property_("lost"), "heldAt": property_("2026-11-20T15:30:00.000000Z")})  # fmt: skip
    with pytest.raises(ForbiddenError, match="2026-11-21"):
        city.adopt(PROPOSAL, reason="r", by="lee")


def test_every_act_sees_a_fresh_check_and_keeps_what_lay_on_the_table(city: City) -> None:
    put_up(city)
    city.branch("plan").put(section("조금 고침"), reason="r", by="kim")
    city.procedure.deliberate(PROPOSAL, reason="심의", by="lee")
    assert city.procedure.status(PROPOSAL).as_json()["procedure"]["planCheck"] == "fresh"
    city.procedure.defer(PROPOSAL, reason="보류", by="lee")
    (decision,) = proposals.decisions_of(city.store, PROPOSAL)
    assert {"checks", "verdicts"} <= set(decision)
