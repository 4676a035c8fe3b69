"""The practice city holds a whole policy, says of everything made up that it is, and is whole or not there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest

import madang
from madang.city import City
from madang.civic.demo.build import build_city
from madang.cli import run
from madang.entities.entity import provenance_of, value_of
from madang.errors import FileError, ForbiddenError
from madang.models import runner
from madang.practice import amendment, ground, pending, quarter
from madang.practice.announced import add_announced
from madang.practice.building import build
from madang.practice.choices import DESIGN_SUPPORT, LABORATORY, TALENT
from madang.twin import stories
from madang.twin.frames import frames
from madang.twin.live import live
from madang.twin.sunlight import sunlight
from madang.twin.sunlight_asked import read_asked
from madang.twin.terrain import ground_of
from madang.twin.undoing import history

MADE_UP_TYPES = (
    "Organisation,University,Agreement,InvestmentMemorandum,Programme,Facility,Task,Section,Alliance,Permit,"
    "Cluster,Firm,IndustryStatistic,TradeFlow,DepartmentYear,Claim"
)

THREE = (DESIGN_SUPPORT, TALENT, LABORATORY)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("practice") / "practice.gpkg")


@pytest.fixture
def city(file: Path) -> Iterator[City]:
    with madang.open(file) as opened:
        yield opened


def test_what_is_made_up_says_so_and_the_base_is_measured(city: City) -> None:
    assert "가상" in city.title["ko"]
    for one in city.query(MADE_UP_TYPES):
        assert provenance_of(one).status == "synthetic", one["id"]
    (place,) = city.query("City")
    assert provenance_of(place, "population").status == "observed"
    assert all("가상" in value_of(one, "name")["ko"] for one in city.query("Committee,Person"))


def test_the_whole_life_of_a_policy_is_there(city: City) -> None:
    assert [one.number for one in city.plans.versions()] == ["1.0", "1.1", "2.0"]
    agreements = Counter(one.agreement for one in city.investment.pipeline().companies)
    assert agreements == {"urn:ngsi-ld:Agreement:madang:materials": 34, "urn:ngsi-ld:Agreement:madang:packaging": 4}
    (item,) = [one for one in city.query("AgendaItem") if value_of(one, "kind") == "decision"]
    vote = city.committees.item(item["id"])["vote"]
    assert (vote["result"], vote["for"]["value"], vote["against"]["value"]) == ("carried", 3, 1)
    assert {one.as_json()["role"] for one in city.procedure.opinions(amendment.BRANCH)} == {
        "author", "reviewer", "member", "citizen",
    }  # fmt: skip
    scores = {value_of(one, "verdict"): one for one in city.query("Score")}
    parts = value_of(scores["missed"], "parts")
    assert all(parts.values())
    assert sum(parts.values()) == value_of(scores["missed"], "miss")
    assert city.studies.disclosure(2025).usability == 100
    assert {alert.kind for alert in city.committees.alerts(as_of="2026-11-22")} >= {
        "follow-up-overdue",
        "term-expiring",
    }
    assert city.verify().ok


def test_what_is_left_open_is_refused_with_its_clause(file: Path, tmp_path: Path) -> None:
    with madang.open(file) as one:
        copy = one.store.backup(tmp_path / "copy.gpkg")
    with madang.open(copy) as city, pytest.raises(ForbiddenError) as early:
        city.adopt(pending.BRANCH, reason="early", by="t")
    assert early.value.facts["clause"]["en"].startswith("Smart City Act Art. 10(1)")


def test_each_cluster_has_a_page_worth_reading(city: City) -> None:
    """Firms by stage, the three amounts, a gap in talent, a missing stage or role, a share that was published."""
    pages = {one: city.clusters.page(one) for one in ("battery", "packaging")}
    for page in pages.values():
        head = {one["id"]: one["figure"] for one in page["head"]}
        assert {id for id, figure in head.items() if figure["value"] is None} == set()
        assert head["weighted"]["value"] < head["pledged"]["value"]
        assert head["talent-gap"]["value"] < 0
        assert page["measures"]["run"]
        assert {one["id"]: one["figure"]["value"] for one in page["measures"]["rows"]}["cluster.workers_quotient"] > 1
        assert page["supply"]["trade"]
        assert page["network"]["missing"]
        kinds = {one["properties"]["kind"] for one in page["map"]["features"]}
        assert {"boundary", "dong", "firm", "investment"} <= kinds
    (recycling,) = [one for one in pages["battery"]["gaps"] if one["kind"] == "stage"]
    assert recycling["id"] == "stage:recycling"
    (claim,) = pages["packaging"]["claims"]
    assert (claim["value"], claim["check"], round(claim["computed"]["value"])) == (65, "reproduced", 65)
    assert pages["battery"]["claims"][0]["check"] == "nearest"
    assert [one.value for one in city.clusters.revisions("battery", measure="firms", period="2025")] == [19, 20]


def test_of_the_three_programmes_none_is_the_best_in_everything(city: City) -> None:
    offered = [one.id for one in city.lab.alternatives()]
    assert offered == [
        "main",
        pending.BRANCH,
        "export-restriction",
        *THREE,
        "cell-plant",
        quarter.BRANCH,
    ]  # what was merged is no choice
    criteria = ["economy.value-added-city", "economy.imports", "talent.shortage"]
    board = city.lab.board(list(THREE))
    assert not board.failed
    for id in criteria:
        assert {cell.state for cell in board.row(id).cells} == {"known"}
    assert {one.model for one in board.waiting} == {"siting"}  # the laboratory's places: asked for, and waited for
    front = city.lab.pareto(board, criteria).front
    assert set(THREE) <= set(front)
    ranks = city.lab.ranks(board, criteria, draws=2_000)
    assert all(one.acceptability[0] < 0.9 for one in ranks.ranking.standings)
    turn = city.lab.what_must_hold(LABORATORY, DESIGN_SUPPORT, indicator="economy.value-added-city")
    assert not turn.b_wins
    assert turn.probability is not None
    assert 0.05 < turn.probability < 0.95


def test_the_ban_and_the_plant_stand_on_alternatives_only(city: City) -> None:
    assert city.query("SupplyRestriction,DependencyOption,PlantOperation,EnergySite,ServiceSite").rows() == []
    board = city.lab.board(["export-restriction"], models=["supply-shock"])
    spared, lost = (board.row(f"supply-shock.{id}").cells[1].difference for id in ("spared-buyers", "loss-buyers"))
    assert spared is not None
    assert lost is not None
    assert 0 < spared.value < lost.value
    run = runner.known_run(city.store, "supply-shock", branch="export-restriction")
    assert run is not None
    figures = {one.id: one.quantity.value for one in run.indicators}
    assert figures["supply-shock.left-share"] < figures["supply-shock.share-lost"]
    assert figures["supply-shock.first-shortage"] < figures["supply-shock.first-shortage-left"]
    plant = runner.known_run(city.store, "economy", branch="cell-plant")
    assert plant is not None
    assert plant.figure("economy.operating-sales").quantity.value == 240_000_000_000
    assert (plant.figure("economy.structural-imports").quantity.value or 0) < 0


def test_there_is_a_quarter_to_look_at_with_its_ground_and_readings(city: City) -> None:
    for one in city.query("Building,RoadSegment,Parcel,Terrain,AirQualityObserved,TrafficFlowObserved", limit=6_000):
        assert provenance_of(one, "location").status == "synthetic", one["id"]
    assert 1_500 < len(city.query("Building", limit=6_000)) < 2_500
    ground_heights = ground_of(city.store.view())
    assert ground_heights is not None
    assert ground_heights.heights(np.array([quarter.MIDDLE]))[0] > 0
    read = live(city.store, "main").sensors
    assert {one.type for one in read} == {"AirQualityObserved", "WeatherObserved", "TrafficFlowObserved"}
    stale = {one.id for one in read if all(reading.is_stale for reading in one.readings)}
    assert len(stale) == 1
    hours = frames(city.store, "main", "road", "averageVehicleSpeed", steps=48).as_json()
    assert len(hours["ids"]) > 30
    assert hours["high"] > 2 * hours["low"]


def test_the_alternative_of_the_quarter_is_drawn_and_its_stories_are_true(city: City) -> None:
    acts = Counter(one.act for one in history(city.store, quarter.BRANCH).acts)
    assert acts["remove"] >= 2
    assert (acts["close-road"], acts["place"]) == (1, 2 + quarter.TREES)
    told = {one["title"]["ko"]: one["views"] for one in stories.stories(city.store)}
    assert {title: len(views) for title, views in told.items()} == {"무엇이 바뀌나": 4, "한낮의 그늘": 3}
    drawn = city.branch(quarter.BRANCH).query("Building", limit=6_000)
    (tower,) = [one for one in drawn if value_of(one, "state") == "planned"]
    picked = [parse_qs(view["view"]).get("picked", [None])[0] for view in told["무엇이 바뀌나"]]
    assert tower["id"] in picked
    shown = [parse_qs(view["view"])["branch"] for views in told.values() for view in views]
    assert {name for (name,) in shown} == {"main", quarter.BRANCH}
    # "From nine to three the two slabs that stay get more sun."
    stay = [one["id"] for one in quarter.estate(city)[: quarter.KEPT]]
    asked = read_asked({"ids": stay, "date": "2026-12-22", "from": "09:00", "to": "15:00", "stepMinutes": 30})
    today, then = (sunlight(city.store, branch, asked)["summary"]["mean"] for branch in ("main", quarter.BRANCH))
    assert then > 1.2 * today > 0


def test_a_file_that_is_there_stays_and_the_command_says_so(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = file.stat()
    with pytest.raises(FileError) as told:
        build(file)
    assert told.value.code == "practice.file-there"
    assert run(["practice", str(file)]) != 0
    assert run(["practice", str(file.with_suffix(".txt"))]) != 0
    assert capsys.readouterr().err
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert [one.name for one in file.parent.glob(".practice*")] == []


KILLED = """
import os, signal, sys
from pathlib import Path
from madang.practice import building
building.CHAPTERS = (*building.CHAPTERS[:2], lambda city: os.kill(os.getpid(), signal.SIGKILL))
building.build(Path(sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX thing")
def test_a_killed_build_leaves_no_city_and_the_next_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "practice.gpkg"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], env=os.environ | {"PYTHONPATH": ""}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()
    build(path)
    with madang.open(path) as city:
        assert city.id == ground.ID
        assert city.verify().ok
    assert [one.name for one in tmp_path.iterdir()] == ["practice.gpkg"]


@pytest.mark.parametrize(
    ("name", "branch", "tasks"), [("seongnam", "announced-tasks", 7), ("sejong", "plan-launch", 4)]
)
def test_a_real_city_gets_a_plan_of_what_was_announced_with_its_gaps(
    tmp_path: Path, name: str, branch: str, tasks: int
) -> None:
    path = build_city(name, tmp_path).path
    assert add_announced(path)
    assert not add_announced(path)
    with madang.open(path) as city:
        plans = city.branch(branch).plans
        tree, found = plans.tree(), plans.check()
        assert len(tree.tasks) == tasks
        kinds = [value_of(one, "category") for one in city.branch(branch).query("Task")]
        if name == "seongnam":
            assert {kind: kinds.count(kind) for kind in kinds} == {"cluster": 3, "zone": 1, "project": 3}
        else:
            assert len(tree.sections) == len(found.missing) == 15
            assert not found.complete
        assert city.query("Plan").rows() == []
