"""OGC API - Processes: every model is a process, answered at once or as a job that can be dismissed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from madang.entities.entity import json_property, property_
from madang.errors import ModelError
from madang.models import registry
from madang.models.base import Cancelled
from madang.web.jobs import Jobs

if TYPE_CHECKING:
    from tests.web.conftest import Server

BRANCH = "/ogc/seongnam~fabless-valley"
PROGRAMME = "urn:ngsi-ld:Programme:test:one"
EXECUTE = f"{BRANCH}/processes/economy/execution"


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client that may propose, on a branch with a programme of half a trillion won."""
    with server.client("propose") as found:
        programme = {
            "id": PROGRAMME,
            "type": "Programme",
            "amount": property_(500_000_000_000, unit="KRW", status="synthetic"),
            "sectorShares": json_property({"construction": 1.0}),
        }
        server.cities["seongnam"].branch("fabless-valley").put(programme, reason="a programme to compute")
        yield found


def test_every_model_is_a_process_with_units_and_ranges(client: httpx.Client) -> None:
    listed = client.get(f"{BRANCH}/processes").json()["processes"]
    assert [one["id"] for one in listed] == registry.models()
    for one in listed:
        said = client.get(one["links"][0]["href"]).json()
        spec = registry.model(one["id"]).spec
        assert set(said["outputs"]) == {*spec.outputs, "run", "tables"}
        for p in spec.params:
            assert said["inputs"][p.name]["schema"]["default"] == p.default
    assert any("processes" in one for one in client.get(f"{BRANCH}/conformance").json()["conformsTo"])
    assert "/processes/{processId}/execution" in client.get(f"{BRANCH}/api").json()["paths"]


def test_an_execution_is_a_recorded_run_with_addresses(client: httpx.Client, server: Server) -> None:
    answer = client.post(EXECUTE, json={"inputs": {"realisation": 0.7}})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["economy.shock"]["value"] == 500_000_000_000
    assert found["economy.shock"]["address"].startswith(server.cities["seongnam"].store.city.uuid)
    kept = client.get(f"/ngsi-ld/v1/entities/{found['run']}", headers={"NGSILD-Tenant": "seongnam"})
    assert kept.json()["modelVersion"]["value"] == registry.model("economy").spec.version
    raw = {"inputs": {"realisation": 0.7}, "outputs": {"economy.shock": {}}, "response": "raw"}
    assert client.post(EXECUTE, json=raw).json() == found["economy.shock"]


def test_what_is_asked_for_later_is_a_job(client: httpx.Client) -> None:
    asked = client.post(EXECUTE, json={"inputs": {"levers": {f"{PROGRAMME}#amount": 1e11}}},
                        headers={"Prefer": "respond-async"})  # fmt: skip
    assert (asked.status_code, asked.headers["preference-applied"]) == (201, "respond-async")
    job = asked.headers["location"]
    same = client.post(EXECUTE, json={"inputs": {"levers": {f"{PROGRAMME}#amount": 1e11}}})  # waits for its own turn
    while (status := client.get(job).json())["status"] in ("accepted", "running"):
        pass
    assert (status["status"], status["progress"], status["processID"]) == ("successful", 100, "economy")
    assert client.get(f"{job}/results").json()["economy.shock"] == same.json()["economy.shock"]
    assert status["jobID"] in [one["jobID"] for one in client.get(f"{BRANCH}/jobs").json()["jobs"]]
    assert client.delete(job).json()["status"] == "dismissed"
    assert client.get(job).status_code == 404


def test_an_ensemble_is_asked_for_by_its_members(client: httpx.Client) -> None:
    found = client.post(EXECUTE, json={"inputs": {"members": 50, "seed": 3}}).json()
    assert found["economy.value-added-korea"]["n"] == 50
    assert found["run"].startswith("urn:ngsi-ld:Ensemble:")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"inputs": {"nothing": 1}}, 400, "models.parameter-unknown"),
        ({"inputs": {"realisation": 7}}, 422, "models.parameter-range"),
        ({"inputs": {"realisation": "much"}}, 422, "models.parameter-no-number"),
        ({"inputs": {"seed": -1}}, 400, "web.parameter-value"),
        ({"inputs": {"members": 10**9}}, 400, "web.parameter-value"),
        ({"inputs": {"levers": {"amount": 1}}}, 400, "web.field-missing"),
        ({"inputs": []}, 400, "web.field-missing"),
        ({"outputs": {"economy.luck": {}}}, 400, "web.output-unknown"),
        ({"response": "raw"}, 400, "web.raw-needs-one-output"),
        ({"input": {}}, 400, "web.field-unknown"),
    ],
)
def test_rubbish_is_refused_by_name(client: httpx.Client, body: dict[str, Any], status: int, code: str) -> None:
    answer = client.post(EXECUTE, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400 if status == 422 else status, code)


def test_what_does_not_exist_has_the_standards_exception(client: httpx.Client, server: Server) -> None:
    for path, kind in (
        ("/processes/astrology", "no-such-process"),
        ("/jobs/none", "no-such-job"),
        ("/jobs/none/results", "no-such-job"),
    ):
        answer = client.get(BRANCH + path)
        assert answer.status_code == 404
        assert answer.json()["type"].endswith(kind)
    with server.client("read") as reader:
        assert reader.post(EXECUTE, json={}).status_code == 403
        assert reader.get(f"{BRANCH}/processes").status_code == 200


# --- the queue -------------------------------------------------------------------------------------------------------


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    found = Jobs()
    yield found
    found.close()


def until_stopped(begun: threading.Event) -> Callable[[Any, Callable[[], bool]], Any]:
    """Work that goes on until it is told to stop."""

    def work(progress: Any, cancelled: Callable[[], bool]) -> Any:
        progress(0.5, "half")
        begun.set()
        never = threading.Event()
        while not cancelled():
            never.wait(0.005)
        raise Cancelled

    return work


def test_a_running_job_is_dismissed_and_one_that_waits_is_never_begun(jobs: Jobs) -> None:
    begun = [threading.Event(), threading.Event()]
    running = [jobs.submit("a", "m", "me", until_stopped(one)) for one in begun]
    assert all(one.wait(10) for one in begun)
    was_begun: list[int] = []
    waiting = jobs.submit("a", "m", "me", lambda progress, cancelled: was_begun.append(1))
    assert [jobs.job(one.id, "a").percent for one in running] == [50, 50]
    assert jobs.dismiss(waiting.id, "a").state == "dismissed"
    turns = [jobs.turn(one.id) for one in (*running, waiting)]
    for one in running:
        jobs.dismiss(one.id, "a")
    assert not wait(turns, timeout=10).not_done
    assert [job.state for job in jobs.all("a")] == ["dismissed"] * 3
    assert was_begun == []


def test_a_job_that_fails_says_why_and_the_next_one_runs(jobs: Jobs) -> None:
    def fails(progress: Any, cancelled: Any) -> Any:
        raise ModelError("models.not-a-number", model="m", output="o", found="nan")

    bad = jobs.submit("a", "m", "me", fails)
    good = jobs.submit("a", "m", "me", lambda progress, cancelled: 42)
    assert not wait([jobs.turn(bad.id), jobs.turn(good.id)], timeout=10).not_done
    assert (jobs.job(bad.id, "a").state, jobs.job(good.id, "a").result) == ("failed", 42)
    assert "수가 아닌" in jobs.job(bad.id, "a").message["ko"]
