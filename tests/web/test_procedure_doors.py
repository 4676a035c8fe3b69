"""The procedure over HTTP: who may read, who may give an opinion, who decides; and one answer that a page draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import madang
from madang.entities.entity import property_
from madang.web.access import start_access
from madang.web.app import create_app

if TYPE_CHECKING:
    from tests.web.conftest import Server

API = "/api/cities/c"
ONE = f"{API}/proposals/bus"
TASK = "urn:ngsi-ld:Task:test:bus"


@pytest.fixture
def council(tmp_path: Path, serve_app: Callable[..., Any]) -> Iterator[Server]:
    with madang.new(tmp_path / "c.gpkg", by="t") as city:
        there = city.fork("bus", reason="r", by="kim")
        there.put({"id": TASK, "type": "Task", "title": property_("버스")}, reason="r", by="kim")
        there.propose(title="버스안", reason="r", by="kim")
    ends = ExitStack()
    city = ends.enter_context(madang.open(tmp_path / "c.gpkg", write=True))
    access = start_access("127.0.0.1")
    with serve_app(create_app([city], access=access), access, {city.id: city}, ends) as server:
        yield server


def got(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_an_opinion_is_given_answered_and_the_item_decided(council: Server) -> None:
    with council.client("read") as reader, council.client("propose") as citizen, council.client("decide") as mayor:
        said = {"text": "전기버스로", "role": "citizen", "anchor": {"kind": "paragraph", "entity": TASK}}
        got(reader.post(f"{ONE}/opinions", json=said), 403)
        id = got(citizen.post(f"{ONE}/opinions", json=said), 201)["id"]
        got(citizen.post(f"{API}/opinions/{id}/replies", json={"text": "왜?", "role": "author"}), 201)
        got(citizen.post(f"{ONE}/opinions", json={**said, "anchor": {"kind": "paragraph", "entity": "urn:x:y"}}), 404)
        got(citizen.post(f"{ONE}/opinions", json={**said, "anchor": "here"}), 400)

        refused = mayor.post(f"{ONE}/decision", json={"adopt": True, "reason": "r"})
        problem = got(refused, 409)
        assert problem["code"] == "procedure.opinions-open"
        answer = {"disposition": "adopted", "reason": "전 노선"}
        got(citizen.post(f"{API}/opinions/{id}/disposition", json=answer), 403)
        got(mayor.post(f"{API}/opinions/{id}/disposition", json=answer))

        page = got(reader.get(f"{ONE}/procedure"))
        assert page["opinions"][0]["dispositionLabel"] == {"ko": "반영", "en": "adopted"}
        assert {one["act"]: one["possible"] for one in page["next"]}["adopt"]
        assert got(reader.get(f"{ONE}"))["procedure"] == page
        assert got(reader.get(f"{ONE}/opinions"))["alike"] == []
        assert got(reader.get(f"{ONE}/representation"))["opinions"] == 1
        assert got(mayor.post(f"{ONE}/decision", json={"adopt": True, "reason": "r"}))["state"] == "adopted"


@pytest.fixture
def planners(tmp_path: Path, serve_app: Callable[..., Any]) -> Iterator[Server]:
    with madang.new(tmp_path / "c.gpkg", by="t") as city:
        there = city.fork("bus", reason="r", by="kim")
        there.plans.new("smart", "스마트도시계획", start_year=2026, end_year=2030, owners=[TASK], reason="r", by="kim")
        there.propose(title="계획안", reason="r", by="kim")
    ends = ExitStack()
    city = ends.enter_context(madang.open(tmp_path / "c.gpkg", write=True))
    access = start_access("127.0.0.1")
    with serve_app(create_app([city], access=access), access, {city.id: city}, ends) as server:
        yield server


def test_a_step_carries_its_day_document_and_facts(planners: Server) -> None:
    with planners.client("propose") as citizen, planners.client("decide") as mayor:
        steps = f"{ONE}/steps"
        body = {"step": "agency-consultation", "reason": "협의", "on": "2026-01-02"}
        got(citizen.post(steps, json={**body, "act": "start"}), 403)
        assert got(mayor.post(steps, json={**body, "act": "start"}))["startsOn"] == "2026-01-02"
        done = {**body, "act": "complete", "on": "2026-02-02", "document": "도시 1", "facts": {"agencies": 3}}
        made = got(mayor.post(steps, json=done))
        assert (made["endsOn"], made["documentNumber"], made["facts"]) == ("2026-02-02", "도시 1", {"agencies": 3})
        again = {**done, "again": True, "started": "2026-03-02", "on": "2026-03-09"}
        assert got(mayor.post(steps, json=again))["startsOn"] == "2026-03-02"
        refused = {"act": "refuse", "step": "approval", "reason": "보완", "document": "국토부 1"}
        assert got(mayor.post(steps, json=refused))["documentNumber"] == "국토부 1"
        got(mayor.post(steps, json={**done, "step": "application", "evidence": [{}]}), 400)


def test_conditions_deferral_and_a_new_round(council: Server) -> None:
    with council.client("propose") as citizen, council.client("decide") as mayor:
        acts = f"{ONE}/acts"
        got(citizen.post(acts, json={"act": "deliberate", "reason": "r"}), 403)
        assert got(mayor.post(acts, json={"act": "deliberate", "reason": "r"}))["state"] == "deliberating"
        got(mayor.post(acts, json={"act": "adopt", "reason": "r"}), 400)
        assert got(mayor.post(acts, json={"act": "defer", "reason": "r", "until": "2999-01-01"}))["state"] == "deferred"
        assert got(mayor.post(acts, json={"act": "submit", "reason": "r"}))["round"] == 2
        named = [{"text": "재원", "owner": "예산과", "due": "2999-12-31"}]
        body = {"act": "adopt-conditionally", "reason": "r", "conditions": named}
        assert got(mayor.post(acts, json=body))["conditions"][0]["id"] == "c1"
        got(mayor.post(f"{ONE}/decision", json={"adopt": True, "reason": "r"}), 409)
        got(mayor.post(f"{ONE}/conditions/c1", json={"document": "예산-7", "reason": "확보"}))
        got(mayor.post(f"{ONE}/decision", json={"adopt": True, "reason": "r"}))


def test_steps_of_no_procedure_suggestions_and_problems(council: Server) -> None:
    with council.client("propose") as citizen, council.client("decide") as mayor:
        step = {"act": "complete", "step": "approval", "document": "x", "reason": "r"}
        assert got(mayor.post(f"{ONE}/steps", json=step), 404)["code"] == "procedure.no-steps"
        got(mayor.post(f"{ONE}/steps", json={**step, "act": "skip"}), 400)
        got(citizen.post(f"{API}/suggestions", json={"title": "자전거 도로", "text": "놓아 주세요"}), 201)
        moved = mayor.post(f"{API}/suggestions/1/acts", json={"act": "screen", "reason": "r"})
        assert got(moved)["state"] == "screening"
        assert got(citizen.get(f"{API}/suggestions"))[0]["stateLabel"]["ko"] == "검토"
        made = {"title": "주차난", "text": "골목", "owner": "교통과", "reason": "r", "slug": "parking"}
        got(citizen.post(f"{API}/problems", json=made), 201)
        close = {"act": "close", "measured": 5, "document": "x", "reason": "r"}
        closed = mayor.post(f"{API}/problems/parking/acts", json=close)
        assert got(closed, 409)["code"] == "procedure.problem-without-metric"
