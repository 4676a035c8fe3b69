"""Clusters and weighing over HTTP: what the page draws with one request, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from tests.web.conftest import Server

CITY = "/api/cities/seongnam"
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[127.1, 37.4], [127.2, 37.4], [127.2, 37.5], [127.1, 37.5], [127.1, 37.4]]],
}


def post(client: httpx.Client, path: str, **body: object) -> httpx.Response:
    return client.post(CITY + path, json=body)


def test_the_page_is_one_answer(client: httpx.Client) -> None:
    made = post(
        client, "/clusters", name="가상 클러스터", codes=["26"], boundary=SQUARE, boundaryName="가상 구역", reason="r"
    )
    assert made.status_code == 201
    assert made.json()["inside"]["check"] == "not-reproducible"
    item = post(
        client, "/clusters/dependencies", item="가상 품목", hsCode="2811.11", origin="JP", buyer="가상 수요자",
        originShare=1, stockDays=60, reason="r",
    ).json()["dependencies"][0]  # fmt: skip
    stands = post(
        client,
        "/clusters/restrictions",
        dependency=item["id"],
        startsOn="2027-01-01",
        days=180,
        delivered=0.2,
        reason="r",
    ).json()
    assert stands["loss"]["share"]["central"] == round((0.8 * 180 - 60) / 365, 9)
    option = post(
        client, "/clusters/options", dependency=item["id"], name="재고 확충", kind="stock", value=84, reason="r"
    )
    assert option.json()["restrictions"][0]["options"][0]["left"]["central"] == 0
    rates = {"graduationRate": 0.9, "localHireRate": 0.5, "retentionRate": 0.9}
    programme = {"name": "가상 과정", "skill": "설계", "seats": 100, "startYear": 2026, "studyYears": 2, **rates}
    assert post(client, "/clusters/programmes", **programme, reason="r").status_code == 201
    assert post(client, "/clusters/demands", skill="설계", year=2028, persons=60, reason="r").status_code == 201
    page = client.get(f"{CITY}/clusters").json()
    assert page["talent"][0]["gap"]["central"] == -15
    assert page["taxonomy"]["revision"] == "10"
    assert client.get(f"{CITY}/clusters/network", params={"top": "5"}).json()["exact"]
    assert client.get(f"{CITY}/clusters/가상-클러스터").json()["codes"] == ["C26"]


def test_one_cluster_is_one_answer_and_an_officer_acts_on_it(client: httpx.Client) -> None:
    made = post(
        client, "/clusters", name="가상 묶음", codes=["26"], boundary=SQUARE, boundaryName="가상 구역", reason="r"
    )
    page = client.get(f"{CITY}/clusters/{made.json()['id']}").json()
    parts = ("register", "facilities", "bodies", "agreements", "investment", "talent", "supply", "gaps", "measures",
             "series", "map", "claims", "network", "promises", "head", "boundary")  # fmt: skip
    assert set(parts) <= page.keys()
    assert page["head"][0]["figure"]["value"] is None
    assert page["head"][0]["figure"]["note"]["ko"]
    nothing = post(client, f"/clusters/{made.json()['id']}/links", id="urn:ngsi-ld:Firm:t:none", reason="r")
    assert nothing.status_code == 404
    assert post(client, "/clusters/places", reason="r").json()["firms"]["counts"]["unmatched"] >= 0
    told = post(
        client, "/clusters/industries", tag="drone", name="가상 드론", reason="r",
        links=[{"stage": "parts", "ksic": ["C31322"], "hs": ["880730"], "certainty": "P"}],
    )  # fmt: skip
    assert told.status_code == 201
    assert [one["tag"] for one in told.json()["industries"] if one["own"]] == ["drone"]
    wrong = post(client, "/clusters/industries", tag="x", name="x", links=[{"stage": "nowhere"}], reason="r")
    assert wrong.is_error


def test_wrong_bodies_are_refused_in_words(client: httpx.Client) -> None:
    assert post(client, "/clusters", name="x", codes=["Z"], reason="r").status_code in (400, 422)
    assert post(client, "/clusters/shocks", industry="C", year=2020, lost=0.2, recoveryYears=2, reason="r").is_error
    assert post(client, "/clusters/demands", skill="설계", year=2031, reason="r").status_code == 400
    assert client.get(f"{CITY}/clusters/network", params={"top": "many"}).status_code == 400
    assert client.get(f"{CITY}/clusters/nothing").status_code == 404


def test_weighing_writes_nothing_and_needs_no_more_than_reading(server: Server) -> None:
    with server.client("read") as reader:
        said = {"criteria": ["a", "b", "c"], "judgements": [["a", "b", 9], ["b", "c", 9], ["a", "c", "1/9"]]}
        refused = post(reader, "/weighing/judgements", **said)
        assert refused.is_error
        assert "0.1" in refused.text
        ranked = post(
            reader, "/weighing/ranks", alternatives={"a": {"x": 1}, "b": {"x": 2}}, criteria={"x": "more"}, seed=3
        ).json()
        assert (ranked["standings"][0]["alternative"], ranked["seed"]) == ("b", 3)
        flows = {"2027": {"cost": 100}, "2028": {"benefit": 209}}
        worth = post(reader, "/weighing/worth", flows=flows, baseYear=2027, ratePercent=4.5).json()
        assert worth["ratio"] == 2.0
        assert post(reader, "/clusters", name="x", codes=["26"], reason="r").status_code == 403
