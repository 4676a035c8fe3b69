"""Alliances and studies over HTTP: a page in one answer, acts by who may, refusals with their sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.web.conftest import Server

CITY = "/api/cities/seongnam"
MEMBERS = ["urn:ngsi-ld:City:kostat:31020", "urn:ngsi-ld:City:kostat:31210"]


@pytest.fixture(scope="module", autouse=True)
def belt(server: Server) -> None:
    server.cities["seongnam"].put(
        {"id": "urn:ngsi-ld:Alliance:t:belt", "type": "Alliance", "name": "벨트", "since": "2021-06",
         "members": {"type": "Relationship", "object": MEMBERS}}, reason="given", by="tests",
    )  # fmt: skip


def post(client: httpx.Client, path: str, **body: object) -> httpx.Response:
    return client.post(CITY + path, json=body)


def test_steps_ordinance_and_shares_stand_on_one_page(client: httpx.Client) -> None:
    refused = post(client, "/alliances/belt/steps", step="approval", reason="r")
    assert refused.status_code == 409
    assert "199" in refused.text
    stands = post(client, "/alliances/belt/steps", step="agreement", on="2025-01-06", reason="합의").json()
    assert stands["steps"][0]["state"] == "held"
    items = {"autonomy-202-1-1": "목적"}
    assert post(client, "/alliances/belt/charter", items=items, reason="r").json()["held"] <= 1

    common = post(client, "/alliances/belt/ordinances", title="조례", text="제1조(가) 나", reason="r").json()["id"]
    assert (
        post(client, f"/ordinances/{common}/variants", city="icheon", text="제1조(가) 다", reason="r").status_code
        == 201
    )
    matrix = post(client, f"/ordinances/{common}/steps", city="icheon", state="notified", reason="예고").json()
    assert matrix["counts"]["notified"] == 1

    alone = {"seongnam": 5_000_000_000, "icheon": 4_000_000_001}
    made = post(client, "/alliances/belt/projects", title="센터", alone=alone, shared=1_000_000_000, reason="r").json()
    shares = client.get(f"{CITY}/projects/{made['id']}/shares", params={"method": "shapley"}).json()
    assert shares["sum"] == shares["cost"]["value"] == 8_000_000_001
    assert post(client, f"/projects/{made['id']}/shares", method="shapley", reason="합의").status_code == 200

    (page,) = client.get(f"{CITY}/alliances").json()["alliances"]
    assert len(page["ordinances"][0]["rows"]) == 2
    assert sum(one["share"]["value"] for one in page["projects"][0]["agreed"]) == 8_000_000_001
    assert client.get(f"{CITY}/alliances/belt", params={"as_of": "2021-01"}).json()["memberCount"] == 0
    assert client.get(f"{CITY}/alliances/belt/overlaps").json()["overlaps"] == []
    assert client.get(f"{CITY}/alliances/nobody").status_code == 404


def test_who_may_only_propose_records_no_councils_step(server: Server) -> None:
    with server.client("propose") as client:
        assert post(client, "/alliances/belt/steps", step="agreement", reason="r").status_code == 403
        assert post(client, "/alliances/belt/members", city="suwon", reason="r").status_code == 403


def test_a_study_from_question_to_list(client: httpx.Client) -> None:
    study = post(client, "/studies", title="연구", question="무엇", startsOn="2026-01-05", reason="r").json()["id"]
    path = f"/studies/{study}"
    for title, kind in (("유지", "baseline"), ("a", "alternative"), ("b", "alternative")):
        assert post(client, f"{path}/alternatives", title=title, kind=kind, reason="r").status_code == 201
    assert post(client, f"{path}/evidence", evidence=["urn:x:y"], reason="r").status_code == 404
    post(client, f"{path}/evidence", evidence=["urn:ngsi-ld:Dataset:test:made-up"], reason="r")
    early = post(client, f"{path}/recommendation", alternative="a", text="제언", reason="r")
    assert early.status_code == 409
    post(client, f"{path}/rejections", alternative="b", reason="비쌈")
    told = post(client, f"{path}/recommendation", alternative="a", text="제언", reason="r").json()
    assert told["state"] == "recommended"
    assert post(client, f"{path}/uses", state="under-review", reason="검토").json()["use"]["state"] == "under-review"

    post(client, f"{path}/phases", kind="launch", due="2026-02-02", deliverables=["착수보고서"], reason="r")
    said = post(client, f"{path}/comments", phase="launch", text="넓게", author="국장").json()["id"]
    post(client, f"{path}/answers", comment=said, text="그렇게 함")
    post(client, f"{path}/deliveries", deliverable="착수보고서", on="2026-02-02", reason="r")
    (phase,) = post(client, f"{path}/briefings", phase="launch", on="2026-02-02", reason="r").json()["phases"]
    assert (phase["heldOn"], phase["openComments"], phase["deliverables"][0]["state"]) == ("2026-02-02", 0, "delivered")

    listed = client.get(f"{CITY}/studies/disclosure", params={"year": "2026"}).json()
    assert listed["studies"] == 1
    assert client.get(f"{CITY}/studies/disclosure", params={"year": "x"}).status_code == 400
    page = client.get(f"{CITY}/studies").json()
    assert page["institute"]["eligible"] is False  # 83,000 residents
    assert client.get(f"{CITY}/standards").json() == {"standards": []}
