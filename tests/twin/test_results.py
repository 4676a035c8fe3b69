"""What runs say about places: real siting runs, tables with years, and surfaces between real air stations."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from madang import clock
from madang.entities.entity import Document, geo_property, json_property, property_
from madang.errors import NotFoundError
from madang.indicators.address import Address
from madang.models import runner
from madang.models.records import short_id
from madang.store import Store
from madang.twin.heat import heat, spread
from madang.twin.results import result, results

DATA = Path(os.environ.get("MADANG_DATA") or Path(__file__).parents[3] / "shared" / "data")
NOON = datetime(2026, 8, 16, 3, tzinfo=UTC)


def dong(n: int, people: int) -> Document:
    square = json.loads(shapely.to_geojson(shapely.box(127.1 + 0.02 * n, 37.4, 127.12 + 0.02 * n, 37.42)))
    return {
        "id": f"urn:ngsi-ld:Dong:test:{n}",
        "type": "Dong",
        "name": property_(f"{n}동"),
        "code": property_(f"31000{n}"),
        "population": property_(people, unit="IE", status="observed"),
        "location": geo_property(square),
    }


def clinic(n: int, lon: float) -> Document:
    return {
        "id": f"urn:ngsi-ld:ServiceSite:test:{n}",
        "type": "ServiceSite",
        "name": property_(f"{n}의원"),
        "kind": property_("clinic"),
        "state": property_("operating"),
        "location": geo_property({"type": "Point", "coordinates": [lon, 37.41]}),
    }


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("results") / "city.gpkg"
    with Store.create(path, city_id="test", title={"ko": "시험", "en": "Test"}, synchronous="OFF") as made:
        with made.transact(actor="tests", reason="made") as tx:
            tx.put_many([dong(0, 100), dong(1, 200), dong(2, 300), clinic(1, 127.11), clinic(2, 127.15)])
        made.fork("plan", actor="tests", reason="fork")
        runner.run(made, "siting")
        yield made


def test_a_run_is_shown_as_places_flows_and_a_grid_with_its_address(store: Store) -> None:
    found = {one.id.partition(":")[2]: one for one in results(store, "main")}
    assert {name: one.kind for name, one in found.items()} == {
        "by-district:siting.minutes": "places",
        "by-district:siting.covered-share": "places",
        "flows:siting.covered": "flows",
        "grid:siting.distance": "grid",
    }
    places = found["by-district:siting.minutes"]
    assert (places.indicator, places.unit, places.status) == ("siting.minutes", "MIN", "estimated")
    assert Address.parse(places.address or "").attribute == "siting.minutes"
    assert set(places.title) == {"ko", "en"}
    shown = result(store, "main", places.id)
    assert shown["ids"] == [dong(n, 0)["id"] for n in range(3)]
    run = runner.run(store, "siting")
    assert shown["values"][0] == [row["before"] for row in run.tables["by-district:siting.minutes"]]
    assert [frame["label"]["en"] for frame in shown["frames"]] == ["before", "after"]
    flows = result(store, "main", found["flows:siting.covered"].id)
    assert sum(flow["values"][0] for flow in flows["flows"]) == 600
    assert {flow[end] for flow in flows["flows"] for end in ("from", "to")} == set(flows["ends"])
    assert flows["unit"] == "IE"
    grid = result(store, "main", found["grid:siting.distance"].id)
    assert len(grid["values"][0]) == grid["columns"] * grid["rows"]
    assert 0 <= grid["low"] < grid["high"] < 5
    assert grid["unit"] == "KMT"


def test_a_branch_shows_its_own_runs_only(store: Store) -> None:
    id = results(store, "main")[0].id
    assert results(store, "plan") == []
    for wrong in (id, "0" * 32 + ":by-district:siting.minutes", "live:pm25", "live:", "x"):
        with pytest.raises(NotFoundError):
            result(store, "plan", wrong)


def test_a_table_with_years_has_a_frame_a_year_and_regions_are_found_by_code(store: Store) -> None:
    record = store.view().document(runner.run(store, "siting").id)
    assert record is not None
    said = record["results"]["json"]
    rows = [
        {"region": code, "label": {"ko": code, "en": code}, "year": year, "value": value}
        for code, year, value in [("310001", 2030, 1.0), ("310002", 2030, None), ("310001", 2031, 2.0), ("99", 2030, 9)]
    ]
    store.fork("years", actor="tests", reason="fork")
    made = record | {
        "id": record["id"][:-4] + "ffff",
        "branch": property_("years"),
        "results": json_property(said | {"tables": {"by-region:siting.minutes": rows, "by-year:x": rows[:0]}}),
    }
    with store.transact(actor="tests", reason="a record") as tx:
        tx.put(made)
    (info,) = results(store, "years")
    assert info.id == f"{short_id(made['id'])}:by-region:siting.minutes"
    assert [frame["at"] for frame in info.frames or ()] == ["2030", "2031"]
    shown = result(store, "years", info.id)
    assert shown["ids"] == [dong(1, 0)["id"], dong(2, 0)["id"]]
    assert shown["values"] == [[1.0, None], [2.0, None]]


# --- surfaces ---------------------------------------------------------------------------------------------------------


def station(id: str, at: Any, moment: datetime, **values: float) -> Document:
    read = {
        name: {"type": "Property", "value": value, "unitCode": "GQ", "observedAt": clock.to_text(moment)}
        for name, value in values.items()
    }
    place = at if isinstance(at, dict) else {"type": "Point", "coordinates": list(at)}
    return {"id": f"urn:ngsi-ld:AirQualityObserved:test:{id}", "type": "AirQualityObserved",
            "location": geo_property(place), "status": property_("observed"), **read}  # fmt: skip


def new(path: Path, *documents: Document) -> Store:
    with clock.standing_at(NOON):
        made = Store.create(path, city_id="test", title={"ko": "시험", "en": "Test"}, synchronous="OFF")
        with made.transact(actor="tests", reason="made") as tx:
            tx.put_many(documents)
    return made


CORNERS = {"a": (127.0, 37.3), "b": (127.1, 37.3), "c": (127.0, 37.4), "d": (127.1, 37.4)}


def test_a_surface_keeps_to_its_stations_and_says_what_it_is(tmp_path: Path) -> None:
    fresh = [station(name, at, NOON, pm25=10.0 * n) for n, (name, at) in enumerate(CORNERS.items())]
    stale = station("old", (127.05, 37.35), NOON - timedelta(hours=2), pm25=500.0)
    far = station("only", (127.0, 37.3), NOON, so2=1.0)
    with new(tmp_path / "city.gpkg", *fresh, stale, far) as store, clock.standing_at(NOON + timedelta(minutes=5)):
        found = heat(store, "main", "pm25")
        assert [one.id for one in results(store, "main")] == ["live:pm25"]  # one station of so2 makes no surface
        shown = result(store, "main", "live:pm25")
        with pytest.raises(NotFoundError, match="Only 1"):
            heat(store, "main", "so2")
    inside = found.values[np.isfinite(found.values)]
    assert 0 <= inside.min() < inside.max() <= 30
    assert np.isnan(found.values[0, 0])  # the corner beyond the reach around a station
    assert (found.status, found.unit) == ("estimated", "GQ")
    assert "4 sensors" in found.note["en"]
    assert "1 stale" in found.note["en"]
    assert shown["rows"] * shown["columns"] == len(shown["values"][0])
    assert shown["values"][0][0] is None
    rows, columns = found.values.shape
    at = int((127.1 - found.west) / (found.east - found.west) * columns)
    line = int((found.north - 37.4) / (found.north - found.south) * rows)
    assert found.values[line, at] == pytest.approx(30.0, abs=0.3)


def test_spreading_gives_each_station_its_value_and_half_way_the_mean() -> None:
    places, values = np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([4.0, 8.0])
    at = np.array([[0.0, 0.0], [5.0, 0.0], [5.0, 99.0], [2.0, 0.0]])
    expected = [4.0, 6.0, 6.0, (4 / 4 + 8 / 64) / (1 / 4 + 1 / 64)]
    assert spread(places, values, at) == pytest.approx(expected, rel=1e-5)  # a station's place is a centimetre wide


@pytest.mark.needs_data
def test_real_air_of_suwon_on_its_last_evening(tmp_path: Path) -> None:
    """Four gu of Suwon, 2025-07-09: PM2.5 between the lowest and the highest of them, wherever it is shown."""
    table = DATA / "sensors/suwon_pm_weather_hourly_202506_07.csv"
    borders = DATA / "derived/nine_cities_sigungu.geojson"
    if not (table.exists() and borders.exists()):
        pytest.skip("the development data folder is absent")
    shapes = {f["properties"]["sggnm"]: f["geometry"] for f in json.loads(borders.read_text("utf-8"))["features"]}
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    last = {row["district"]: row for row in rows if row["timestamp"] == "2025-07-09 20:00:00"}
    moment = datetime(2025, 7, 9, 20, tzinfo=timezone(timedelta(hours=9)))
    stations = [
        station(str(n), shapes[f"수원시{gu}"], moment, pm25=float(row["pm25"]))
        for n, (gu, row) in enumerate(last.items())
    ]
    with new(tmp_path / "city.gpkg", *stations) as store, clock.standing_at(moment + timedelta(minutes=30)):
        found = heat(store, "main", "pm25")
    known = found.values[np.isfinite(found.values)]
    assert len(last) == 4
    assert 8.5 <= known.min() < known.max() <= 19.0
    assert 126.9 < found.west < found.east < 127.2
