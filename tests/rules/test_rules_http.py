"""Rules over HTTP: all a page needs in one request, each label in both languages."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from loops import in_a_loop_of_its_own
from madang import clock
from madang.city import City
from madang.web.access import start_access
from madang.web.app import create_app

ORDINANCE = (Path(__file__).parent / "ordinance.yaml").read_text("utf-8")
Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(icheon: City, tmp_path: Path) -> Iterator[Ask]:
    """Asks the application for a path below the city's rules."""
    app = create_app([icheon], access=start_access("127.0.0.1", no_auth=True), tile_cache=tmp_path / "tiles")

    async def answer(method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, f"/api/cities/icheon/rules{path}", **more)

    with clock.standing_at(datetime(2026, 11, 22, 3, tzinfo=UTC)):
        yield lambda method, path, **more: in_a_loop_of_its_own(answer(method, path, **more))


def test_the_packs_come_with_versions_certainty_and_source(ask: Ask) -> None:
    found = ask("GET", "").json()
    act = next(pack for pack in found["packs"] if pack["id"] == "smart-city-act")
    assert act["version"] == "2026.11"
    assert act["certainty"]["S"] > 40
    assert act["laws"][0]["source"].startswith("legalize-kr/legalize-kr@")
    assert found["certainty"]["?"] == {"ko": "미확인", "en": "unverified"}
    assert "regulation-free-zone" in found["routes"]


def test_a_procedure_is_a_checklist_with_clauses_and_items(ask: Ask) -> None:
    found = ask("GET", "/smart-city-plan?as_of=2026-06-02").json()
    assert len(found["verdicts"]) == 15
    assert len(found["items"]) == 16
    approval = next(one for one in found["verdicts"] if one["step"] == "approval")
    assert approval["clause"] == {"ko": "스마트도시법 제10조제1항", "en": "Smart City Act Art. 10(1)"}
    assert approval["stateLabel"] == {"ko": "미이행", "en": "missing"}
    assert len(ask("GET", "/smart-city-plan").json()["items"]) == 17


def test_facts_are_judged_without_being_written(ask: Ask, icheon: City) -> None:
    facts = {"steps": {"ministries-answer": {"state": "running", "starts_on": "2026-10-01"}}}
    found = ask("POST", "/smart-city-plan/judge", json={"facts": facts}).json()
    asked = next(one for one in found["verdicts"] if one["step"] == "ministries-answer")
    assert (asked["due"], asked["overdue"]) == ("2026-10-21", True)
    assert icheon.types().get("ProcedureStep") is None


def test_routes_thresholds_and_days(ask: Ask) -> None:
    zone = ask("GET", "/eligible?route=regulation-free-zone").json()["routes"][0]
    assert zone["eligible"] is False
    assert len(ask("GET", "/eligible").json()["routes"]) > 5
    rows = ask("GET", "/thresholds?topic=preliminary-feasibility").json()["thresholds"]
    assert any(row["certainty"] == "?" and row["note"] for row in rows)
    assert ask("GET", "/deadline?rule=decree-15-2&start=2026-11-23").json()["due"] == "2026-12-14"


def test_an_ordinance_is_added_and_a_wrong_one_refused_with_its_line(ask: Ask) -> None:
    wrong = ask("POST", "", json={"text": ORDINANCE.replace("step: briefing", "step: dinner"), "reason": "조례"})
    assert wrong.status_code == 400
    assert wrong.json()["code"] == "rules.step-unknown"
    added = ask("POST", "", json={"text": ORDINANCE, "file": "ordinance.yaml", "reason": "조례"})
    assert added.status_code == 201
    steps = {one["step"]: one for one in ask("GET", "/smart-city-plan").json()["verdicts"]}
    assert steps["council-opinion"]["force"] == "must"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/no-such-procedure", 404, "rules.procedure-unknown"),
        ("/smart-city-plan?as_of=someday", 400, "rules.not-a-day"),
        ("/eligible?route=back-door", 404, "rules.route-unknown"),
        ("/deadline?rule=decree-15-2", 400, "web.parameter-missing"),
        ("/thresholds?topic=luck", 404, "rules.list-unknown"),
    ],
)
def test_what_is_wrong_is_said(ask: Ask, path: str, status: int, code: str) -> None:
    answer = ask("GET", path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
