"""The plan by the shell and over HTTP, and the page that describes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from docs.pages import Run
from madang.city import open_city
from madang.cli import run_in_server
from madang.web.access import start_access
from madang.web.app import create_app
from plan.plan_builders import BODY, PLAN, REAL, empty_city, in_force, section
from web.conftest import Server, serving

PAIR = {"ko", "en"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server over a city with a plan in force and an amendment of it."""
    folder = tmp_path_factory.mktemp("plans")
    with empty_city(folder) as city:
        in_force(city)
        branch = city.fork("amend", reason="t")
        add = branch.plans.add
        goal = add("Goal", code="g", title="거점도시", refPlan=PLAN, reason="t")["id"]
        add("Task", code="one", title="하나", refGoal=goal, owner=BODY, startYear=2026, endYear=2027, reason="t")
        two = add(
            "Task", code="two", title="둘", refGoal=goal, startYear=2028, endYear=2029,
            dependsOn="urn:ngsi-ld:Task:empty:one", reason="t",
        )["id"]  # fmt: skip
        add("BudgetLine", code="b", year=2028, fund="city", amount=10**9, executed=10**8, refTask=two, reason="t")
        add("Target", code="t", title="만족도", value=80, baseline=70, refGoal=goal, reason="t")
    with ExitStack() as ends:
        opened = ends.enter_context(open_city(folder / "empty.gpkg", write=True))
        access = start_access("127.0.0.1")
        url = ends.enter_context(serving(create_app([opened], access=access, tile_cache=folder / "tiles")))
        with Server(url, access, {"empty": opened}).client("propose") as found:
            yield found


def got(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


MAIN, BRANCH = "/api/cities/empty/plans", "/api/cities/empty~amend/plans"


def test_one_request_paints_the_plan_board(client: httpx.Client) -> None:
    (plan,) = got(client.get(BRANCH))["plans"]
    board = got(client.get(f"{BRANCH}/{plan['id']}"))
    assert board["goals"][0]["tasks"] == ["urn:ngsi-ld:Task:empty:one", "urn:ngsi-ld:Task:empty:two"]
    assert board["criticalPath"]["years"] == 4
    assert [(one["year"], one["planned"]["value"]) for one in board["years"] if one["planned"]] == [(2028, 10**9)]
    assert [one["year"] for one in board["years"]] == list(range(2026, 2031))
    (target,) = board["targets"]
    assert (target["value"]["value"], target["gap"]) == (80, True)
    assert target["value"]["address"].endswith("#urn:ngsi-ld:Target:empty:t.value")
    assert all(set(task["title"]) == PAIR for task in board["tasks"])
    assert board["version"]["number"] == "1.0", "of main, on which the branch stands"


def test_checklist_versions_difference_and_services(client: httpx.Client) -> None:
    listed = got(client.get(f"{MAIN}/{PLAN}/checklist"))
    assert (listed["complete"], len(listed["items"])) == (True, 17)
    assert set(listed["items"][0]["clause"]) == PAIR
    before = got(client.get(f"{MAIN}/{PLAN}/checklist?asOf=2026-06-02"))
    assert len(before["items"]) == 16
    assert [one["number"] for one in got(client.get(f"{MAIN}/{PLAN}/versions"))["versions"]] == ["1.0"]
    assert got(client.get(f"{MAIN}/{PLAN}/diff?from=1.0&to=main"))["empty"] is True
    found = got(client.get(f"{BRANCH}/{PLAN}/diff?from=1.0&to=amend"))
    assert found["counts"]["parts"] == 5
    assert len(got(client.get(f"{MAIN}/{PLAN}/services"))["fields"]) == 12
    assert got(client.get(f"{BRANCH}/{PLAN}/amendment"))["change"] == "major"
    assert got(client.get(f"{BRANCH}/{PLAN}/years/2028"))["budget"]["share"]["value"] == pytest.approx(10)
    assert got(client.get(f"{BRANCH}/{PLAN}/check"))["alignment"]["gaps"]
    assert got(client.get(f"{BRANCH}/{PLAN}/status"))["tasks"] == {"planned": 2}


def test_wrong_requests_are_refused_with_what_to_do(client: httpx.Client) -> None:
    assert client.get(f"{MAIN}/nothing").status_code == 404
    assert client.get(f"{MAIN}/{PLAN}/diff?from=1.0").status_code == 400
    assert client.get(f"{MAIN}/{PLAN}/diff?from=1.0&to=9.9").status_code == 404
    assert client.get(f"{MAIN}/{PLAN}/years/soon").status_code == 400
    body = {"section": section("act-8-1-1"), "text": REAL, "reason": "t"}
    assert client.post(f"{MAIN}/{PLAN}/paragraphs", json=body).status_code == 403, "main changes by adoption"
    assert client.post(f"{BRANCH}/{PLAN}/paragraphs", json={**body, "text": 7}).status_code == 400


def test_a_paragraph_is_written_and_read_over_http(client: httpx.Client) -> None:
    body = {"section": section("act-8-1-1"), "text": {"ko": REAL, "en": "Text."}, "reason": "t"}
    made = got(client.post(f"{BRANCH}/{PLAN}/paragraphs", json=body))
    sections = got(client.get(f"{BRANCH}/{PLAN}/text"))["sections"]
    (one,) = [one for one in sections if one["id"] == made["section"]]
    assert one["paragraphs"][-1]["pieces"] == {"ko": [REAL], "en": ["Text."]}
    assert one["responsible"] == [BODY]


# --- the shell -------------------------------------------------------------------------------------------------------


def say(folder: Path, *words: str, exits: int = 0) -> str:
    done = run_in_server([*words], folder, {}, {"language": "ko"})
    assert done["exit_code"] == exits, done
    return str(done["stdout"] + done["stderr"])


def test_the_shell_checks_compares_and_exports(tmp_path: Path) -> None:
    with empty_city(tmp_path) as city:
        in_force(city)
    file = str(tmp_path / "empty.gpkg")
    assert "필수사항 충족" in say(tmp_path, "plan", "check", file)
    assert "1.0판" in say(tmp_path, "plan", "status", file)
    say(tmp_path, "branch", file, "amend")
    written = ("plan", "write", file, section("decree-12-1-3"), "반도체 기업 40개를 키운다.", "-b", "amend", "-m", "t")
    say(tmp_path, *written)
    assert "경미한 변경" in say(tmp_path, "plan", "check", file, "-b", "amend")
    assert "– -> 40개" in say(tmp_path, "plan", "diff", file, "1.0", "amend")
    assert "제16조" in say(tmp_path, "plan", "check", file, "-b", "amend")
    say(tmp_path, "plan", "export", file, "out.json", "--complete")
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["check"]["complete"] is True
    say(tmp_path, "branch", file, "draft")
    made = ("plan", "new", file, "other", "-b", "draft", "--title", "새 계획", "-m", "t")
    assert "15건" in say(tmp_path, *made)
    assert "15건" in say(tmp_path, "plan", "check", file, "-b", "draft", "--plan", "other", exits=1)
    refused = say(
        tmp_path, "plan", "export", file, "no.pdf", "-b", "draft", "--plan", "other", "--complete", exits=6
    )  # fmt: skip
    assert "제8조제1항제1호" in refused
    assert not (tmp_path / "no.pdf").exists()
    for words in (["tree"], ["tasks"], ["align"], ["services"], ["versions"]):
        say(tmp_path, "plan", *words, file)
    assert "YEAR=WON" not in say(tmp_path, "plan", "tasks", file, "--budget", "2026:5", exits=2)
    say(tmp_path, "plan", "year", file, "2026")
    say(tmp_path, "plan", "new", file, "third", "-b", "draft", "-m", "t", exits=2)


def test_the_page_of_the_plan_is_true(tmp_path: Path) -> None:
    Run("plan.md", tmp_path).all()
