"""The promise ledger at its doors: over HTTP, in the shell, and across a kill between outcome and score."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

import madang
from docs.pages import Run  # type: ignore[import-not-found]  # tests are no package: pytest finds it
from loops import in_a_loop_of_its_own
from madang.city import City
from madang.cli import run_in_server
from madang.entities.entity import value_of
from madang.web.access import start_access
from madang.web.app import create_app
from plan.promise_city import CITY, INDICATOR, LINK, adopted, fab, on, promised

Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(icheon: City, tmp_path: Path) -> Iterator[Ask]:
    """Asks the application for a path below a city or one of its branches."""
    app = create_app([icheon], access=start_access("127.0.0.1", no_auth=True), tile_cache=tmp_path / "tiles")

    async def answer(method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, f"/api/cities/{path}", **more)

    return lambda method, path, **more: in_a_loop_of_its_own(answer(method, path, **more))


def test_a_promise_goes_all_its_way_over_http(icheon: City, ask: Ask) -> None:
    with on("2026-11-22"):
        plan = icheon.fork("fab", reason="try", by="t")
        plan.put(fab(), reason="programme", by="t")
        asked = {"indicator": INDICATOR, "due": "2028", "owner": CITY, "reason": "promise"}
        made = ask("POST", "icheon~fab/promises", json=asked)
        assert made.status_code == 200, made.text
        assert ask("POST", "icheon/promises", json=asked).json()["code"] == "plan.promise-on-main"
        (promise,) = adopted(icheon)
        wall = ask("GET", "icheon/promises").json()
        assert wall["counts"]["due"] == 1
        assert wall["promises"][0]["promised"]["value"] == made.json()["value"]["value"]
        assert ask("GET", "icheon/promises?at=2030-01-01").json()["counts"]["overdue"] == 1
    path = f"icheon/promises/{quote(promise['id'], safe='')}"
    with on("2029-03-01"):
        refused = ask("POST", f"{path}/outcome", json={"value": 1, "period": "2028", "reason": "r"})
        assert (refused.status_code, refused.json()["code"]) == (400, "plan.outcome-without-evidence")
        told = {"value": 10**11, "period": "2028", "link": LINK, "reason": "measured"}
        kept = ask("POST", f"{path}/outcome", json=told).json()
        assert kept["promise"]["outcome"]["value"] == 10**11
        scored = ask("POST", "icheon/promises/score", json={"reason": "review"}).json()
        assert scored["new"] == 1
        score = ask("GET", path).json()["score"]
        assert sum(part["value"] for part in score["parts"]) == score["miss"]["value"]
        rows = ask("GET", "icheon/calibration").json()["rows"]
        assert {row["by"] for row in rows} == {"all", "model", "owner", "plan"}
        assert rows[0]["bias"] is None
        assert rows[0]["note"]["ko"]
    assert ask("GET", "icheon~fab/stale-figures").json() == {
        "branch": "fab",
        "sections": [],
        "titles": {},
        "figures": [],
    }


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("promises/none/outcome", {"value": 1, "reason": "r"}, "plan.promise-unknown"),
        ("promises/none/outcome", {"value": 1}, "plan.field-missing"),
        ("promises/none/outcome", {"value": 1, "reason": 5}, "plan.field-wrong"),
        ("promises/none/outcome", {"file": "/etc/hostname", "reason": "r"}, "plan.field-unknown"),
        ("promises/score", {"params": "realisation", "reason": "r"}, "plan.field-wrong"),
        ("promises/score", {"promise": "none", "reason": "r"}, "plan.promise-unknown"),
        ("promises", {"reason": "r"}, "plan.field-missing"),
        ("stale-figures", {"paragraph": "p", "reason": "r"}, "plan.refresh-on-main"),
    ],
)
def test_a_request_that_says_it_wrongly_is_told_how(ask: Ask, path: str, body: dict[str, Any], code: str) -> None:
    answer = ask("POST", f"icheon/{path}", json=body)
    assert 400 <= answer.status_code < 500
    assert answer.json()["code"] == code


# --- the shell -------------------------------------------------------------------------------------------------------


def shell(folder: Path, *words: str, exit: int = 0) -> str:
    told = run_in_server(words, folder, {}, {"language": "ko"})
    assert told["exit_code"] == exit, told
    return str(told["stdout"] + told["stderr"])


def test_a_promise_goes_all_its_way_in_the_shell(icheon_file: Path, tmp_path: Path) -> None:
    file = str(icheon_file)
    with on("2026-11-22"):
        with madang.open(icheon_file) as city:
            city.fork("fab", reason="try", by="t").put(fab(), reason="programme", by="t")
        made = shell(
            tmp_path, "promises", "make", file, "fab", "--indicator", INDICATOR, "--due", "2028", "--owner", CITY,
            "-m", "약속",
        )  # fmt: skip
        assert "1,900억" in made
        with madang.open(icheon_file) as city:
            (promise,) = adopted(city)
    code = promise["id"].rpartition(":")[2]
    report = tmp_path / "report.txt"
    report.write_text("measured", "utf-8")
    with on("2029-03-01"):
        assert "기한 지남" in shell(tmp_path, "promises", "list", file)
        assert "측정한 값" in shell(tmp_path, "promises", "show", file, code)
        refused = shell(
            tmp_path, "promises", "outcome", file, code, "--value", "1e11", "--period", "2028", "-m", "r", exit=2
        )
        assert "근거가 필요합니다" in refused
        shell(
            tmp_path, "promises", "outcome", file, code[:8], "--value", "1e11", "--period", "2028", "-m", "실측",
            "--file", "report.txt",
        )  # fmt: skip
        assert "모형 오차" in shell(tmp_path, "promises", "score", file, "-m", "연차 점검")
        assert "새 점검 0건" in shell(tmp_path, "promises", "score", file, "-m", "다시")
        shown = json.loads(shell(tmp_path, "promises", "show", file, code, "--json"))
        assert shown["verdict"] == "missed"
        assert json.loads(shell(tmp_path, "promises", "calibration", file, "--json"))[0]["n"] == 1
        assert json.loads(shell(tmp_path, "promises", "stale", file, "--json")) == []
        assert json.loads(shell(tmp_path, "promises", "list", file, "--state", "done", "--json"))["promises"]
        shell(tmp_path, "promises", "refresh", file, "main", "urn:ngsi-ld:Paragraph:t:1", "-m", "r", exit=2)
        shell(tmp_path, "promises", "score", file, "-m", "r", "-p", "realisation", exit=2)


def test_the_page_on_promises(tmp_path: Path) -> None:
    """Every block of the page on promises runs."""
    Run("promises.md", tmp_path).all()


# --- a process that is killed ----------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from datetime import UTC, datetime
import madang
from madang import clock
from madang.store import Store

path, promise, when = sys.argv[1:]
with clock.standing_at(datetime(2029, 3, 1, 3, tzinfo=UTC)):
    city = madang.open(path, write=True)
    city.promise_ledger.record_outcome(
        promise, value=10**11, period="2028", link="https://www.example.go.kr/1", reason="measured", by="t"
    )
    print("outcome", flush=True)
    if when == "between":
        os.kill(os.getpid(), signal.SIGKILL)
    real = Store.transact
    def transact(self, **told):
        class Killing:
            def __enter__(killing):
                killing.inner = real(self, **told)
                return killing.inner.__enter__()
            def __exit__(killing, *raised):
                os.kill(os.getpid(), signal.SIGKILL)  # all is put, nothing is committed
        return Killing()
    Store.transact = transact
    city.promise_ledger.score(reason="review", by="t")
"""


@pytest.mark.parametrize("when", ["between", "within"])
def test_a_kill_between_outcome_and_score_leaves_a_whole_file(icheon: City, tmp_path: Path, when: str) -> None:
    promise = promised(icheon)
    copy = icheon.store.backup(tmp_path / "copy.gpkg")
    told = subprocess.run(
        [sys.executable, "-c", KILLED, str(copy), promise, when], capture_output=True, text=True, check=False
    )
    assert (told.stdout.split(), told.returncode) == (["outcome"], -signal.SIGKILL), told.stderr
    with on("2029-03-01"), madang.open(copy, write=True) as city:
        assert city.verify().ok
        (outcome,) = city.query("Outcome")
        assert value_of(outcome, "value") == 10**11
        assert city.query("Score").rows() == []
        assert city.promise_ledger.one(promise).standing == "done"
        assert city.promise_ledger.score(reason="review", by="t").new == 1


def test_the_same_promise_and_outcome_give_the_same_score_bytes_in_two_copies(icheon: City, tmp_path: Path) -> None:
    promise = promised(icheon)
    with on("2029-03-01"):
        icheon.promise_ledger.record_outcome(promise, value=10**11, period="2028", link=LINK, reason="m", by="t")
        other = shutil.copyfile(icheon.store.backup(tmp_path / "a.gpkg"), tmp_path / "b.gpkg")
        icheon.promise_ledger.score(reason="here", by="one")
        (here,) = icheon.query("Score")
    with on("2031-07-01"), madang.open(other) as city:
        city.promise_ledger.score(reason="there", by="two")
        (there,) = city.query("Score")
    assert here == there
