"""Parts of a plan over HTTP: added, changed and taken out on a branch, with the words of a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import madang
from madang.web.access import start_access
from madang.web.app import create_app

if TYPE_CHECKING:
    from tests.web.conftest import Server

PLAN = "urn:ngsi-ld:Plan:c:smart"
PARTS = f"/api/cities/c~draft/plans/{PLAN}/parts"


@pytest.fixture
def office(tmp_path: Path, serve_app: Callable[..., Any]) -> Iterator[Server]:
    with madang.new(tmp_path / "c.gpkg", by="t") as city:
        city.fork("draft", reason="r", by="kim").plans.new("smart", "계획", reason="r", by="kim")
    ends = ExitStack()
    city = ends.enter_context(madang.open(tmp_path / "c.gpkg", write=True))
    access = start_access("127.0.0.1")
    with serve_app(create_app([city], access=access), access, {city.id: city}, ends) as server:
        yield server


def test_a_task_is_added_changed_and_taken_out(office: Server) -> None:
    with office.client("propose") as planner:
        said = {"kind": "Task", "reason": "r", "values": {"title": "버스", "refPlan": PLAN, "startYear": 2028}}
        made = planner.post(PARTS, json=said)
        assert made.status_code == 201, made.text
        task = made.json()["id"]
        line = {
            "kind": "BudgetLine",
            "reason": "r",
            "values": {"refTask": task, "year": 2028, "amount": 12_000_000_000},
        }
        budget = planner.post(PARTS, json=line).json()["id"]
        changed = planner.post(f"{PARTS}/{task}", json={"values": {"endYear": 2029}, "reason": "r"})
        assert changed.status_code == 200, changed.text
        (row,) = planner.get(PARTS.removesuffix("/parts")).json()["tasks"]
        assert (row["startYear"], row["endYear"], row["budget"]["planned"]["value"]) == (2028, 2029, 12_000_000_000)
        kept = planner.post(f"{PARTS}/{task}/removal", json={"reason": "r"})
        assert (kept.status_code, kept.json()["code"]) == (409, "plans.still-used")
        assert planner.post(f"{PARTS}/{budget}/removal", json={"reason": "r"}).status_code == 200
        assert planner.post(f"{PARTS}/{task}/removal", json={"reason": "r"}).status_code == 200


def test_what_is_no_part_or_no_attribute_is_refused_by_its_name(office: Server) -> None:
    with office.client("propose") as planner, office.client("read") as reader:
        wrong = {"kind": "Task", "reason": "r", "values": {"titel": "버스"}}
        assert "titel" in planner.post(PARTS, json=wrong).text
        assert planner.post(PARTS, json={"kind": "Task", "reason": "r"}).status_code == 400
        assert planner.post(PARTS, json={**wrong, "kind": "Rocket"}).status_code == 400
        assert reader.post(PARTS, json=wrong).status_code == 403
