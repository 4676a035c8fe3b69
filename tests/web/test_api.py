"""What the pages ask for, over a real city with a policy: Gwangyang and its battery and hydrogen programme."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from madang.city import open_city
from madang.civic.demo.build import build_city
from madang.web.access import start_access
from madang.web.app import create_app

if TYPE_CHECKING:
    from tests.web.conftest import Server

MAIN = "/api/cities/gwangyang"
BRANCH = "/api/cities/gwangyang~battery-hydrogen"
LEVER = "urn:ngsi-ld:Programme:demo:gwangyang-battery-hydrogen#amount"
PAIR = {"ko", "en"}
Serve = Callable[[Any], Any]
Comparison = dict[str, Any]


@pytest.fixture(scope="session")
def gwangyang_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's Gwangyang, never to be changed."""
    return build_city("gwangyang", tmp_path_factory.mktemp("gwangyang")).path


@pytest.fixture(scope="module")
def pages(gwangyang_once: Path, tmp_path_factory: pytest.TempPathFactory, serve_city: Serve) -> Iterator[httpx.Client]:
    """The pages of somebody who may read."""
    copy = shutil.copy(gwangyang_once, tmp_path_factory.mktemp("read"))
    with serve_city(copy) as server, server.client("read") as client:
        yield client


@pytest.fixture
def council(gwangyang_once: Path, tmp_path: Path, serve_city: Serve) -> Iterator[Server]:
    """A server over a fresh copy, for those who change things."""
    with serve_city(shutil.copy(gwangyang_once, tmp_path)) as server:
        yield server


def got(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


# -- looking ----------------------------------------------------------------------------------------------------------


def test_cities_have_headline_figures_with_period_status_source_and_address(pages: httpx.Client) -> None:
    (city,) = got(pages.get("/api/cities"))
    assert (city["id"], city["title"]["ko"]) == ("gwangyang", "광양시")
    population = city["population"]
    assert population["value"] > 100_000
    assert population["status"] == "observed"
    assert population["period"] == "2020"
    assert population["source"].startswith("urn:ngsi-ld:Dataset:")
    assert city["zone"] == "Asia/Seoul"
    assert [(one["name"], one["parent"]) for one in city["branches"]] == [("battery-hydrogen", "main")]
    assert got(pages.get("/api/provenance", params={"address": population["address"]}))["value"] == population["value"]


def test_one_request_paints_the_panel_of_a_branch(pages: httpx.Client) -> None:
    home = got(pages.get(f"{BRANCH}/home"))
    assert home["question"]["ko"] == "광양 34개 기업 1조 3,742억 원, 지역에 얼마가 남습니까?"
    assert set(home["branch"]["title"]) == PAIR
    comparison = home["comparison"]
    assert comparison["conservation"]["shock_krw"] == pytest.approx(1.3742e12)
    assert comparison["conservation"]["accounted_krw"] == pytest.approx(1.3742e12)
    wanted = {"id", "label", "unit", "main", "branch", "difference", "p05", "p50", "p95", "address"}
    assert all(wanted <= set(row) for row in comparison["indicators"])
    assert home["promises"]
    assert home["claims"]
    assert home["proposals"]
    assert any(one["licence"] == "KOGL-1" for one in home["attributions"])
    assert {"dong"} <= {layer["id"] for layer in home["layers"]}


def test_the_panel_of_the_city_as_it_is_has_no_comparison(pages: httpx.Client) -> None:
    home = got(pages.get(f"{MAIN}/home"))
    assert home["branch"] is None
    assert home["comparison"] is None
    assert set(home["question"]) == PAIR


def test_a_comparison_twice_is_the_same_bytes(pages: httpx.Client) -> None:
    first, second = pages.get(f"{BRANCH}/compare?against=main"), pages.get(f"{BRANCH}/compare")
    assert got(first) == got(second)
    assert first.content == second.content
    assert first.json()["recorded"] is True


def test_the_diff_names_every_change_in_both_languages(pages: httpx.Client) -> None:
    changes = got(pages.get(f"{BRANCH}/diff?against=main"))
    programme = next(change for change in changes if change["type"] == "Programme")
    assert programme["kind"] == "added"
    assert programme["label"]["ko"] == "투자사업"
    amount = next(one for one in programme["attributes"] if one["attribute"] == "amount")
    assert (amount["before"], amount["after"], amount["unit"]) == (None, 1_374_200_000_000, "KRW")
    assert set(amount["label"]) == PAIR


def test_every_number_of_a_comparison_says_where_it_comes_from_and_is_computed_again(pages: httpx.Client) -> None:
    row = got(pages.get(f"{BRANCH}/compare"))["indicators"][0]
    told = got(pages.get("/api/provenance", params={"address": row["address"]}))
    assert told["value"] == row["branch"]
    assert told["model"]["id"] == "economy"
    assert told["run"]["seed"] == 0
    assert told["run"]["inputs"]
    assert told["source"][0]["licence"]
    assert told["stale"] is False
    again = got(pages.post("/api/recompute", json={"address": row["address"]}))
    assert (again["verdict"], again["equal"]) == ("reproduced", True)
    assert again["elapsed_ms"] > 0


def test_a_slider_moves_the_indicators_and_records_nothing(pages: httpx.Client) -> None:
    before = got(pages.get(f"{MAIN}/log?limit=1"))
    (lever,) = got(pages.get(f"{BRANCH}/levers"))
    assert lever["min"] <= lever["value"] <= lever["max"]
    twice = got(pages.post(f"{BRANCH}/what-if", json={"levers": {lever["id"]: 2 * lever["value"]}}))
    once = got(pages.get(f"{BRANCH}/compare"))
    shock = "economy.shock"
    assert value(twice, shock) == pytest.approx(2 * value(once, shock))
    assert twice["recorded"] is False
    assert got(pages.get(f"{MAIN}/log?limit=1")) == before


def value(comparison: Comparison, indicator: str) -> float:
    return float(next(row["branch"] for row in comparison["indicators"] if row["id"] == indicator))


def test_layers_and_their_values(pages: httpx.Client) -> None:
    layers = got(pages.get(f"{MAIN}/layers"))
    dong = next(layer for layer in layers if layer["id"] == "dong")
    assert set(dong["title"]) == PAIR
    assert dong["status"] == "observed"
    values = got(pages.get(f"{MAIN}/layers/dong/values?attribute=population"))
    assert len(values["ids"]) == len(values["values"]) == dong["features"]
    assert (
        got(pages.get(f"{MAIN}/layers/dong/values?attribute=nothing"), 404)["code"]
        == "twinreading.layer-attribute-unknown"
    )
    assert got(pages.get(f"{MAIN}/layers/clouds/values?attribute=x"), 404)["status"] == 404
    assert got(pages.get(f"{MAIN}/layers/dong/values"), 400)["code"] == "web.parameter-missing"


def test_an_entity_with_names_figures_and_history(pages: httpx.Client) -> None:
    told = got(pages.get(f"{BRANCH}/entity/urn:ngsi-ld:City:kostat:36060"))
    assert told["entity"]["type"] == "City"
    assert told["labels"]["population"]["ko"] == "인구"
    assert told["figures"]["population"]["status"] == "observed"
    assert told["history"] >= 1
    assert got(pages.get(f"{BRANCH}/entity/urn:ngsi-ld:City:kostat:0"), 404)["code"] == "web.entity-unknown"


def test_the_proposal_page_in_one_request(pages: httpx.Client) -> None:
    (row,) = got(pages.get(f"{MAIN}/proposals"))
    page = got(pages.get(f"{MAIN}/proposals/{row['id']}"))
    assert {"proposal", "branch", "diff", "comparison", "checks", "log", "decisions"} <= set(page)
    assert page["comparison"]["indicators"]
    assert all(set(check["label"]) == PAIR and check["state"] for check in page["checks"])
    assert got(pages.get(f"{MAIN}/proposals/urn:ngsi-ld:Proposal:madang:none"), 404)["code"] == "civic.proposal-unknown"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", f"{MAIN}/nothing", None, 404, "web.path-unknown"),
        ("GET", "/api/cities/busan/home", None, 404, "web.tenant-unknown"),
        ("GET", "/api/cities/gwangyang~x/home", None, 404, "store.branch-unknown"),
        ("DELETE", f"{MAIN}/home", None, 405, "web.method-not-allowed"),
        ("GET", "/api/provenance", None, 400, "web.parameter-missing"),
        ("GET", "/api/provenance?address=nonsense", None, 400, "indicators.address-malformed"),
        ("GET", "/api/provenance?address=u/tx:1%23urn:x:1.a", None, 404, "web.address-elsewhere"),
        ("POST", f"{BRANCH}/what-if", {"levers": {"x": "much"}}, 400, "web.field-missing"),
        ("POST", f"{BRANCH}/what-if", {"levers": {"x": 1}}, 400, "models.lever-unknown"),
        ("POST", "/api/recompute", [], 400, "web.body-not-an-object"),
    ],
)
def test_what_goes_wrong_is_a_problem_in_korean_too(
    pages: httpx.Client, method: str, path: str, body: Any, status: int, code: str
) -> None:
    headers = {"Accept-Language": "ko"}
    answer = (
        pages.request(method, path, json=body, headers=headers)
        if body is not None
        else pages.request(method, path, headers=headers)
    )
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert any("가" <= letter <= "힣" for letter in answer.json()["detail"])


# -- changing ---------------------------------------------------------------------------------------------------------


def test_from_a_new_branch_to_its_adoption(council: Server) -> None:
    """안 만들기, an edit, a comparison, a proposal, a decision: and main says what was decided."""
    title = {"ko": "수소 거점안", "en": "Hydrogen hub"}
    programme = {
        "id": "urn:ngsi-ld:Programme:test:hub",
        "type": "Programme",
        "title": "수소 거점",
        "amount": {"type": "Property", "value": 10_000_000_000, "unitCode": "KRW"},
        "sectorShares": {"type": "JsonProperty", "json": {"chemicals": 1.0}},
    }
    branch = "/api/cities/gwangyang~hub"
    with council.client("propose") as officer, council.client("decide") as mayor:
        made = got(officer.post(f"{MAIN}/branches", json={"name": "hub", "title": title, "reason": "시험"}), 201)
        assert (made["name"], made["title"], made["parent"], made["state"]) == ("hub", title, "main", "open")
        again = officer.post(f"{MAIN}/branches", json={"name": "hub", "title": title, "reason": "시험"})
        assert got(again, 409)["code"] == "store.branch-exists"

        put = {"entities": [programme], "reason": "거점을 더함"}
        assert got(officer.post(f"{branch}/entities", json=put))["changes"] == 1
        assert got(officer.post(f"{MAIN}/entities", json=put), 403)["code"] == "web.role-needed"
        assert got(mayor.post(f"{MAIN}/entities", json=put), 403)["code"] == "store.planned-needs-adoption"

        proposed = got(officer.post(f"{branch}/proposals", json={"title": "수소 거점", "reason": "일자리"}), 201)
        assert (proposed["state"], proposed["submittedBy"]) == ("submitted", "local-propose")
        decision = f"{MAIN}/proposals/{proposed['id']}/decision"
        assert got(officer.post(decision, json={"adopt": True, "reason": "좋음"}), 403)["code"] == "web.role-needed"
        assert got(mayor.post(decision, json={"adopt": "yes", "reason": "좋음"}), 400)["code"] == "web.field-missing"
        adopted = got(mayor.post(decision, json={"adopt": True, "reason": "의결함"}))
        assert (adopted["state"], adopted["decidedBy"]) == ("adopted", "local")
        assert (
            got(mayor.post(decision, json={"adopt": False, "reason": "늦음"}), 409)["code"] == "civic.already-decided"
        )

        assert got(mayor.get(f"{MAIN}/entity/{programme['id']}"))["entity"]["amount"]["value"] == 10_000_000_000
        newest = got(mayor.get(f"{MAIN}/log?limit=1"))[0]
        assert (newest["kind"], newest["actor"], newest["reason"]) == ("merge", "local", "의결함")


def test_a_kept_lever_is_an_assumption_with_its_reason_and_no_published_source(council: Server) -> None:
    with council.client("propose") as officer, council.client("read") as citizen:
        (lever,) = got(officer.get(f"{BRANCH}/levers"))
        assert lever["assumption"] is False
        before = got(officer.get(f"{BRANCH}/entity/{lever['entity']}"))["entity"]
        said = {"lever": lever["id"], "value": 2e12, "reason": "협약을 더 맺는 경우"}
        assert got(citizen.post(f"{BRANCH}/levers", json=said), 403)["code"] == "web.role-needed"
        done = got(officer.post(f"{BRANCH}/levers", json=said, headers={"Accept-Language": "ko"}))
        assert (done["actor"], done["reason"], done["changes"]) == ("local-propose", "협약을 더 맺는 경우", 1)

        after = got(officer.get(f"{BRANCH}/entity/{lever['entity']}"))["entity"]
        assert {**after, "amount": None} == {**before, "amount": None}
        amount = after["amount"]
        assert (amount["value"], amount["unitCode"], amount["period"]) == (2e12, "KRW", before["amount"]["period"])
        assert (amount["assumption"]["value"], amount["status"]["value"]) == (True, "synthetic")
        assert amount["basis"]["languageMap"] == {"ko": "협약을 더 맺는 경우"}
        assert "source" in before["amount"]
        assert "source" not in amount
        assert got(officer.get(f"{BRANCH}/home"))["comparison"] is None  # no run stands for it yet

        again = got(officer.post(f"{BRANCH}/levers", json={**said, "value": 1e12, "reason": "다시"}))
        assert again["number"] > done["number"]
        kept = got(officer.get(f"{BRANCH}/entity/{lever['entity']}"))["entity"]["amount"]
        assert {**kept, "value": 0, "basis": 0} == {**amount, "value": 0, "basis": 0}


@pytest.mark.parametrize(
    ("place", "said", "code"),
    [
        (MAIN, {"lever": "x", "value": 1, "reason": "왜"}, "web.lever-of-main"),
        (BRANCH, {"lever": "x", "value": 1, "reason": "왜"}, "models.lever-unknown"),
        (BRANCH, {"lever": LEVER, "value": -1, "reason": "왜"}, "web.field-missing"),
        (BRANCH, {"lever": LEVER, "value": True, "reason": "왜"}, "web.field-missing"),
        (BRANCH, {"lever": LEVER, "value": 1, "reason": " "}, "web.field-missing"),
    ],
)
def test_a_lever_is_not_kept_by_halves(council: Server, place: str, said: dict[str, Any], code: str) -> None:
    with council.client("propose") as officer:
        assert got(officer.post(f"{place}/levers", json=said), 400)["code"] == code


def test_main_itself_is_no_proposal(council: Server) -> None:
    with council.client() as client:
        answer = client.post(f"{MAIN}/proposals", json={"title": "현행", "reason": "왜"})
        assert got(answer, 400)["code"] == "web.proposal-of-main"


def test_who_may_only_look_gets_a_comparison_that_is_not_recorded(council: Server) -> None:
    with council.client("propose") as officer, council.client("read") as citizen:
        got(officer.post(f"{MAIN}/branches", json={"name": "more", "reason": "시험"}), 201)
        programme = {
            "id": "urn:ngsi-ld:Programme:test:more",
            "type": "Programme",
            "amount": {"type": "Property", "value": 5_000_000_000, "unitCode": "KRW"},
            "sectorShares": {"type": "JsonProperty", "json": {"chemicals": 1.0}},
        }
        got(officer.post("/api/cities/gwangyang~more/entities", json={"entities": [programme], "reason": "더"}))
        assert got(citizen.get("/api/cities/gwangyang~more/home"))["comparison"] is None
        assert got(citizen.get("/api/cities/gwangyang~more/compare"))["recorded"] is False
        assert got(officer.get("/api/cities/gwangyang~more/compare"))["recorded"] is True
        assert got(citizen.get("/api/cities/gwangyang~more/home"))["comparison"]["recorded"] is True


@pytest.fixture(scope="session")
def serve_city(serve_app: Callable[..., Any]) -> Serve:
    """`with serve_city(path) as server`: one city file, open for writing, behind a server."""

    def start(path: Path) -> Any:
        ends = ExitStack()
        city = ends.enter_context(open_city(path, write=True))
        access = start_access("127.0.0.1")
        return serve_app(create_app([city], access=access), access, {city.id: city}, ends)

    return start
