"""The power and hydrogen model on a city: what it reads, what stays unknown, runs on branches, an engine that fails."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from madang.entities.entity import geo_property, json_property, language_property, property_, relationship
from madang.errors import CallerError, DataError, ModelError
from madang.models import engines, runner
from madang.models.base import Blob, Cancelled, Context, Inputs, Records
from madang.models.ensemble import parameters
from madang.models.power_hydrogen.card import SPEC
from madang.models.power_hydrogen.horizon import horizon_of
from madang.models.power_hydrogen.model import PowerHydrogen
from madang.models.power_hydrogen.programme import case_of
from madang.models.power_hydrogen.site import Site, prepare
from madang.models.records import all_runs
from madang.store import Store

PARAMS = dict(parameters(SPEC, {"hours": "168"}).values)
SEOUL = {"type": "Point", "coordinates": [127.0, 37.5]}
MODEL, WEEK = "power-hydrogen", {"hours": "168"}


def one(**row: Any) -> Records:
    return Records(("urn:ngsi-ld:Made:up:fab",), (row,))


def read(inputs: Inputs, **changed: Any) -> Site:
    return prepare(inputs, PARAMS | changed, horizon_of("168"))


def of_hours(rows: list[str], name: str = "load-profile.csv") -> Blob:
    return Blob(name, "\n".join(["hour,fab", *rows]).encode())


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_load_is_as_stated_else_from_wafers_else_from_floor_area() -> None:
    stated = read({"sites": one(electricLoad=80.0, waferStarts=1e5, loadShape="office")})
    assert stated.load @ stated.horizon.weights == pytest.approx(80 * 8760)
    assert stated.load.max() > 1.3 * 80
    wafers = read({"sites": one(waferStarts=100_000.0)}, wafer_kwh=1000.0)
    assert wafers.load == pytest.approx(np.full(168, 100_000 * 1.0 * 12 / 8760))
    assert wafers.assumed_load == ("wafer_kwh",)
    floor = read({"sites": one(floorArea=50_000.0)}, floor_kwh=200.0)
    assert floor.load @ floor.horizon.weights == pytest.approx(50_000 * 0.2)
    with pytest.raises(CallerError, match="three-shift"):
        read({"sites": one(electricLoad=1.0, loadShape="round")})
    assert horizon_of("8760.0") is horizon_of("8760"), "as the command line reads it"
    with pytest.raises(CallerError, match="8760"):
        horizon_of("24")


def test_a_file_of_hours_gives_the_load_and_a_bad_cell_is_named() -> None:
    week = [f"{h},{h % 24}" for h in range(168)]
    site = {"sites": one(loadShape="series")}
    assert read({**site, "load-profile": of_hours(week)}).load[:24] == pytest.approx(np.arange(24.0))
    scaled = read({"sites": one(loadShape="series", electricLoad=23.0), "load-profile": of_hours(week)})
    assert scaled.load[:24] == pytest.approx(2 * np.arange(24.0))
    for bad in ("nan", "", "-1", "inf"):
        with pytest.raises(DataError, match=r"load-profile.csv, line 5") as wrong:
            read({**site, "load-profile": of_hours([*week[:3], f"3,{bad}", *week[4:]])})
        assert wrong.value.code == "power_hydrogen.hours-file-number"
    with pytest.raises(DataError, match="100 rows"):
        read({**site, "load-profile": of_hours(week[:100])})


def test_a_roof_is_what_fits_on_it_and_devices_leave_in_megawatts() -> None:
    buildings = Records(("urn:b:1", "urn:b:2"), ({"footprintArea": 1000.0}, {"footprintArea": 3000.0}))
    site = read(
        {
            "sites": one(electricLoad=1.0, location=SEOUL),
            "solar": one(refBuilding=["urn:b:1", "urn:b:2"]),
            "buildings": buildings,
            "batteries": one(energyCapacity=8000.0, ratedPower=2000.0),
            "electrolysers": one(extendable=True, maximumPower=5000.0),
            "tanks": one(hydrogenCapacity=300.0),
            "stations": one(hydrogenDemand=240.0),
        },
        roof_usable=0.5,
        panel_density=0.2,
    )
    roof, battery, electrolyser, tank = site.devices
    assert roof.size == pytest.approx(4000 * 0.5 * 0.2 / 1000)
    assert (battery.size, battery.hours) == (2.0, 4.0)
    assert (electrolyser.size, electrolyser.most) == (0.0, 5.0)
    assert tank.size == pytest.approx(300 * 0.03333)
    assert site.hydrogen @ site.horizon.weights == pytest.approx(240 * 365 * 0.03333)
    assert site.load @ site.horizon.weights == pytest.approx(8760 + 240 * 365 * 3.5 / 1000)


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({"sites": one(location=SEOUL)}, "electricLoad"),
        ({"sites": one(loadShape="series")}, "load-profile.csv"),
        ({"sites": one(electricLoad=1.0), "solar": one(peakPower=100.0)}, "location"),
        ({"solar": one(refBuilding="urn:b:none")}, "footprintArea"),
        ({"batteries": one()}, "extendable"),
        ({"stations": one(refEnergySite="urn:ngsi-ld:Made:up:fab")}, "hydrogenDemand"),
    ],
)
def test_what_is_not_said_makes_every_figure_unknown_and_asks_no_engine(more: Inputs, missing: str) -> None:
    inputs = {"sites": one(electricLoad=1.0, location=SEOUL)} | more
    with Context(0, cancelled=lambda: True) as ctx:  # an engine that is asked would raise Cancelled
        answer = PowerHydrogen().run(inputs, PARAMS, ctx)
    assert set(answer.indicators) == set(SPEC.outputs)
    for found in answer.indicators.values():
        assert found.value is None
        assert found.note is not None
        assert missing in found.note["en"]
        assert missing in found.note["ko"]


def test_two_sites_that_change_places_change_answers() -> None:
    """What goes to the engine follows the data alone: swapped, it is the other site's, to the last digit."""
    fab = {"sites": one(electricLoad=90.0, loadShape="three-shift", location=SEOUL), "solar": one(roofArea=5e4)}
    busan = {"type": "Polygon", "coordinates": [[[129, 35], [129.1, 35], [129.1, 35.1], [129, 35]]]}
    city = {"sites": one(electricLoad=20.0, loadShape="office", location=busan), "solar": one(roofArea=9e4)}
    here, there = (case_of(read(inputs), PARAMS) for inputs in (fab, city))
    assert here != there
    assert (case_of(read(city), PARAMS), case_of(read(fab), PARAMS)) == (there, here)


# --- runs on branches ------------------------------------------------------------------------------------------------


def documents(solar_kw: float = 5_000.0) -> list[dict[str, Any]]:
    site = "urn:ngsi-ld:EnergySite:test:fab"
    return [
        {
            "id": site,
            "type": "EnergySite",
            "name": language_property({"ko": "공장", "en": "Fab"}),
            "location": geo_property(SEOUL),
            "electricLoad": property_(30.0, unit="MAW", status="observed"),
            "loadShape": property_("three-shift"),
        },
        {
            "id": "urn:ngsi-ld:GridConnection:test:fab",
            "type": "GridConnection",
            "importLimit": property_(40.0, unit="MAW", status="observed"),
            "refEnergySite": relationship(site),
        },
        {
            "id": "urn:ngsi-ld:RoofSolar:test:fab",
            "type": "RoofSolar",
            "peakPower": property_(solar_kw, unit="KWT", status="synthetic"),
        },
    ]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A city with a fab on main, a branch without a change, one with a larger roof, and a card of its own."""
    path = tmp_path_factory.mktemp("power") / "city.gpkg"
    with Store.create(path, city_id="test", title={"ko": "시험", "en": "Test"}, synchronous="OFF") as made:
        with made.transact(actor="tests", reason="fab") as tx:
            for doc in documents():
                tx.put(doc)
        made.fork("same", actor="tests", reason="fork")
        made.fork("sunny", actor="tests", reason="fork")
        with made.transact(branch="sunny", actor="tests", reason="roof") as tx:
            tx.put(documents(12_000.0)[2])
            tx.put(
                {
                    "id": "urn:ngsi-ld:Assumption:test:upkeep",
                    "type": "Assumption",
                    "model": property_(MODEL),
                    "parameter": property_("upkeep"),
                    "assumedValue": json_property({"low": 0.0, "central": 0.0, "high": 0.01}),
                    "source": property_("made up"),
                }
            )
        yield made
    engines.end_all()


def test_a_branch_without_a_change_differs_by_exactly_nothing_and_one_with_sun_by_what_it_saves(store: Store) -> None:
    heard: list[str] = []
    main, same, sunny = (
        runner.run(store, MODEL, branch=b, params=WEEK, actor="tests", progress=lambda share, what: heard.append(what))
        for b in ("main", "same", "sunny")
    )
    assert {f.id: f.quantity for f in same.indicators} == {f.id: f.quantity for f in main.indicators}
    assert (same.tables, same.diagnostics) == (main.tables, main.diagnostics)
    emitted = [r.figure("power-hydrogen.emissions").quantity.value or 0 for r in (main, sunny)]
    assert emitted[1] < emitted[0]
    upkeep = {row["id"]: row["krw"] for row in sunny.tables["cost-stack"]}["upkeep"]
    assert upkeep == 0, "the branch's own card stands in place of the model's"
    assert main.figure("power-hydrogen.cost").quantity.status == "synthetic", "the strictest of its inputs"
    assert main.figure("power-hydrogen.cost").quantity.p05 is None
    assert any("no band" in note["en"] for note in main.notes)
    assert {"PyPSA", "HiGHS"} <= set(heard)
    assert runner.run(store, MODEL, branch="main", params=WEEK, actor="tests").cached


# --- an engine that fails --------------------------------------------------------------------------------------------


def children() -> list[int]:
    """The engines' processes that this one has."""
    own = [int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]
    return [pid for pid in own if b"engine_process" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def asked(store: Store, seed: int, **more: Any) -> runner.Run:
    return runner.run(store, MODEL, params=WEEK, seed=seed, actor="tests", **more)  # another seed: not known yet


linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for children in /proc")


@linux
def test_an_engine_killed_while_it_solves_is_said_and_nothing_is_recorded(store: Store) -> None:
    def kill(share: float, what: str) -> None:
        if what == "HiGHS":
            for pid in children():
                os.kill(pid, signal.SIGKILL)

    before = [doc["id"] for doc in all_runs(store)]
    with pytest.raises(ModelError, match="signal 9") as wrong:
        asked(store, 1, progress=kill)
    assert wrong.value.code == "models.engine-crashed"
    assert MODEL in str(wrong.value)
    assert [doc["id"] for doc in all_runs(store)] == before


@linux
def test_a_cancelled_run_and_one_beyond_its_time_leave_no_record_and_no_process(store: Store) -> None:
    before, heard = [doc["id"] for doc in all_runs(store)], list[str]()
    engines.end_all()
    with pytest.raises(Cancelled):
        asked(store, 2, progress=lambda share, what: heard.append(what), cancelled=lambda: bool(heard))
    with pytest.raises(ModelError) as wrong:
        asked(store, 3, limit_s=0.3)
    assert wrong.value.code == "models.engine-timeout"
    assert [doc["id"] for doc in all_runs(store)] == before
    assert children() == []
