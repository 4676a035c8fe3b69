"""The lab over HTTP: one request draws a page, nothing is written but cards and what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.web.conftest import Server

LAB = "/api/cities/seongnam~fabless-valley/lab"
PROGRAMME = "urn:ngsi-ld:Programme:test:fab"
STAYS = "economy.value-added-korea"
VARIANT = {"id": "twice", "branch": "fabless-valley", "levers": {f"{PROGRAMME}#amount": 2e12}}


@pytest.fixture(scope="module")
def reader(server: Server) -> Any:
    """Somebody who may only look, at a branch with one programme."""
    branch = server.cities["seongnam"].branch("fabless-valley")
    amount = {"type": "Property", "value": 1e12, "unitCode": "KRW"}
    shares = {"type": "JsonProperty", "json": {"electrical-equipment": 1.0}}
    branch.put({"id": PROGRAMME, "type": "Programme", "amount": amount, "sectorShares": shares}, by="tests")
    with server.client("read") as client:
        yield client


def post(client: httpx.Client, path: str, **body: object) -> httpx.Response:
    return client.post(f"{LAB}{path}", json=body)


def test_a_page_begins_with_one_request(reader: httpx.Client) -> None:
    page = reader.get(LAB).json()
    assert [one["id"] for one in page["alternatives"]] == ["main", "fabless-valley"]
    assert page["alternatives"][1]["title"]["ko"] == "팹리스 밸리안"
    levers = {one["id"]: one for one in page["levers"]}
    assert levers[f"{PROGRAMME}#amount"]["kind"] == "attribute"
    assert levers["economy.realisation"]["role"] == "uncertainty"
    assert {one["id"] for one in page["models"]} >= {"economy", "clusters"}
    assert all(set(one["label"]) >= {"ko", "en"} for one in (*page["indicators"], *page["levers"]))


def test_a_board_its_files_and_what_follows_from_it(reader: httpx.Client) -> None:
    asked = {"alternatives": ["fabless-valley", VARIANT], "models": ["economy"]}
    board = post(reader, "/board", **asked).json()
    row = next(one for one in board["rows"] if one["id"] == STAYS)
    base, plan, twice = row["cells"]
    assert (base["alternative"], base["value"], base["difference"]) == ("main", 0, None)
    assert twice["difference"]["value"] == pytest.approx(2 * plan["difference"]["value"])
    assert plan["difference"]["p05"] <= plan["difference"]["value"] <= plan["difference"]["p95"]
    text = post(reader, "/board/csv", **asked)
    assert text.headers["content-type"].startswith("text/csv")
    assert STAYS in text.text
    assert post(reader, "/board/xlsx", **asked).content[:2] == b"PK"
    assert post(reader, "/board", **asked, record=True).status_code == 403  # a reader records nothing
    ranks = post(reader, "/ranks", **asked, criteria=[STAYS, "economy.imports"], draws=500, order=[STAYS]).json()
    assert ranks["information"]["order"] == [STAYS]
    assert len(ranks["pairwise"]) == 3
    front = post(reader, "/pareto", **asked, criteria=[STAYS, "economy.imports"]).json()
    assert all(one["isFront"] for one in front["points"])
    assert post(reader, "/ranks", **asked, criteria=[]).status_code == 400


def test_what_moves_it_and_what_must_hold(reader: httpx.Client) -> None:
    bars = post(reader, "/tornado", indicator=STAYS, alternative=VARIANT).json()
    assert bars["bars"][0]["id"] == f"{PROGRAMME}#amount"
    turned = post(reader, "/turning", a="fabless-valley", b=VARIANT, indicator=STAYS).json()
    assert turned["bWins"]
    assert turned["probability"] == 1.0
    assert all(set(one) == {"ko", "en"} for one in turned["sentences"])
    carried = post(reader, "/importance", indicator=STAYS, alternative="fabless-valley").json()
    assert carried["method"]["en"].startswith("Spearman")
    assert post(reader, "/turning", a="main").status_code == 400


def test_worth_with_a_band_group_judgements_and_rates(reader: httpx.Client) -> None:
    flows = {"2027": {"cost": 100}, "2028": {"benefit": 209}}
    worth = post(
        reader, "/worth", flows=flows, baseYear=2027, ratePercent=4.5, benefitRange=[0.4, 1.2], costRange=[0.9, 1.5]
    ).json()
    assert worth["ratio"] == 2.0
    assert worth["irr"] == pytest.approx(1.09)
    low, middle, high = worth["band"]["ratio"]
    assert low < middle < high
    assert 0.5 < worth["band"]["aboveOne"] <= 1
    judges = [{"name": name, "judgements": [["a", "b", value]]} for name, value in (("갑", 4), ("을", 1))]
    judged = post(reader, "/judgements", criteria=["a", "b"], judges=judges).json()
    assert judged["weights"] == {"a": pytest.approx(2 / 3, abs=1e-6), "b": pytest.approx(1 / 3, abs=1e-6)}
    assert judged["judges"][0]["name"] == "갑"
    rates = reader.get(f"{LAB}/rates", params={"asOf": "2025-01-01"}).json()["rates"]
    assert rates[0]["value"] == 4.5
    assert rates[0]["unverified"]


def test_cards_and_kept_answers_need_the_right_to_propose(server: Server, reader: httpx.Client) -> None:
    card = {"model": "economy", "parameter": "realisation", "low": 0.6, "central": 0.8, "high": 0.9, "reason": "r"}
    assert post(reader, "/assumptions", **card).status_code == 403
    with server.client("propose") as writer:
        levers = post(writer, "/assumptions", **card, source="대장").json()["levers"]
        found = next(one for one in levers if one["id"] == "economy.realisation")
        assert (found["central"], found["source"]) == (0.8, "대장")
        gone = {name: card[name] for name in ("model", "parameter", "reason")} | {"withdraw": True}
        assert post(writer, "/assumptions", **gone).status_code == 200
        result = post(writer, "/pareto", alternatives=["fabless-valley"], criteria=[STAYS], models=["economy"]).json()
        kept = post(writer, "/keep", title="가상", reason="r", result=result)
        assert kept.status_code == 201
        assert writer.post("/api/cities/seongnam/lab/assumptions", json=card).status_code in (200, 403)
