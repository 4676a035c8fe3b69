"""Committees over HTTP: one answer for the desk, a meeting from call to vote, and who may do what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import madang
from madang.civic.announced.entities import load_announcements
from madang.sources import base as sources
from madang.web.access import start_access
from madang.web.app import create_app

if TYPE_CHECKING:
    from tests.web.conftest import Server

API = "/api/cities/c"
COMMITTEE = "gwangyang-4ir-committee"
CHARTER = {
    "source": {"ko": "조례", "en": "Ordinance"},
    "to_meet": {"rule": "more than 1/2 of members"},
    "to_decide": {"rule": "more than 1/2 of present"},
}


@pytest.fixture
def hall(tmp_path: Path, serve_app: Callable[..., Any]) -> Iterator[Server]:
    """A city with what was announced of Gwangyang: the committee without members, charter and meetings."""
    with madang.new(tmp_path / "c.gpkg", by="t") as city:
        sources.write(city.for_writing(), [load_announcements()["gwangyang"]], actor="t", reason="announced")
    ends = ExitStack()
    city = ends.enter_context(madang.open(tmp_path / "c.gpkg", write=True))
    access = start_access("127.0.0.1")
    with serve_app(create_app([city], access=access), access, {city.id: city}, ends) as server:
        yield server


def got(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_announced_committee_is_overdue_and_has_no_invented_members(hall: Server) -> None:
    with hall.client("read") as reader:
        desk = got(reader.get(f"{API}/committees", params={"as_of": "2026-11-22"}))
        card = desk["committees"][0]
        assert (card["members"], card["charter"], card["announced_chair"]["ko"]) == ([], None, "광양시장")
        alert = next(one for one in desk["alerts"] if one["kind"] == "overdue-meeting")
        assert (alert["due"], alert["days"]) == ("2026-06-30", -145)
        assert "2021(추정)" in alert["detail"]["ko"]  # the announced meeting, whose year is an assumption
        assert got(reader.get(f"{API}/committee-alerts", params={"within_days": "x"}), 400)
        assert got(reader.get(f"{API}/committees/nobody"), 404)["code"] == "committees.committee-unknown"
        assert "model" in got(reader.get(f"{API}/charters"))


def test_a_meeting_from_call_to_vote(hall: Server) -> None:
    with hall.client("propose") as officer, hall.client("decide") as chair, hall.client("read") as reader:
        body = {"charter": CHARTER, "reason": "조례"}
        got(officer.post(f"{API}/committees/{COMMITTEE}/charter", json=body), 403)
        got(chair.post(f"{API}/committees/{COMMITTEE}/charter", json=body))
        wrong = chair.post(f"{API}/committees/{COMMITTEE}/charter", json={**body, "charter": {"source": "x"}})
        assert got(wrong, 400)["code"].startswith("yaml.")
        for name in ("가람", "나래", "다온"):
            given = {"person": name, "starts_on": "2026-01-01", "reason": "위촉"}
            got(chair.post(f"{API}/committees/{COMMITTEE}/members", json=given))
        call = {"committee": COMMITTEE, "date": "2026-11-20", "reason": "하반기"}
        meeting = got(officer.post(f"{API}/meetings", json=call))["id"]
        at = f"{API}/meetings/{meeting}"
        item = got(officer.post(f"{at}/items", json={"kind": "decision", "title": {"ko": "수소"}}))["id"]
        got(officer.post(f"{at}/attendance", json={"person": "가람"}), 403)  # who is counted makes a quorum
        got(chair.post(f"{at}/attendance", json={"person": "가람"}))
        opened = {"state": "open", "reason": "개의"}
        assert got(chair.post(f"{at}/state", json=opened), 409)["code"] == "committees.no-quorum-to-open"
        for name in ("나래", "다온"):
            got(chair.post(f"{at}/attendance", json={"person": name}))
        got(officer.post(f"{at}/audience", json={"count": 20, "status": "estimated"}))
        got(chair.post(f"{at}/state", json=opened))
        got(officer.post(f"{at}/statements", json={"speaker": "가람", "text": "찬성", "item": "1"}))
        vote = f"{API}/agenda-items/{item}/vote"
        ballots = {"ballots": {"가람": "for", "나래": "for", "다온": "against"}}
        got(officer.post(vote, json=ballots), 403)
        assert got(chair.post(vote, json={"ballots": 5}), 400)
        assert got(chair.post(vote, json={"ballots": [["가람", "for"]]}), 400)["code"] == "committees.ballot-form"
        got(chair.post(f"{API}/agenda-items/{item}/recusals",
                       json={"member": "다온", "kind": "own", "ground": "친족"}))  # fmt: skip
        assert got(chair.post(vote, json=ballots), 409)["code"] == "committees.recused-may-not-vote"
        carried = got(chair.post(vote, json={"ballots": {"가람": "for", "나래": "for"}}))
        assert (carried["result_label"]["ko"], carried["members"]["value"]) == ("의결", 2)
        owner = "urn:ngsi-ld:Committee:announced:gwangyang-4ir-committee"
        todo = {"title": "공모 신청", "owner": owner, "due": "2026-12"}
        task = got(officer.post(f"{API}/agenda-items/{item}/follow-ups", json=todo))["id"]
        done = {"date": "2026-12-01", "evidence": owner, "reason": "제출"}
        assert got(officer.post(f"{API}/follow-ups/{task}/done", json=done))["state"] == "done"
        page = got(reader.get(at))
        assert page["agenda"][0]["vote"]["for"]["address"]
        assert page["statements"][0]["name"]["ko"] == "가람"
        got(chair.post(f"{at}/state", json={"state": "closed", "reason": "폐회"}))
