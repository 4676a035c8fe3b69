"""A small made-up (가상) town for the twin's time, results, sun and measures: houses, roads, stations, a run and an 안.

Three dongs with a population that the record says three times, roads with a day of speeds, six air stations with a day
of readings, clinics and a siting run on both sides, and an 안 with a tower south of a house. Nothing in it is real.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import shapely

from madang import clock
from madang.entities.entity import Document, geo_property, language_property, property_, relationship
from madang.models import runner
from madang.store import Store

TOWN, PLAN = "sunny", "tower"
WEST, SOUTH, WIDE, DEEP = 127.100, 37.396, 0.010, 0.010
HOURS = 24
HOUSE = "urn:ngsi-ld:Building:sunny:house"
TOWER = "urn:ngsi-ld:Building:sunny:tower"
MIDDLE = (WEST + WIDE * 1.5, SOUTH + DEEP / 2)


def build(path: Path, *, houses: int = 220) -> Path:
    """The town's file; its readings end now."""
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    with clock.standing_at(now - timedelta(days=700)):
        store = Store.create(
            path, city_id=TOWN, title={"ko": "햇빛마을(가상)", "en": "Sunnytown (made up)"}, synchronous="OFF"
        )
    with store:
        _ground(store, now, houses)
        _day(store, now)
        runner.run(store, "siting")
        store.fork(PLAN, title={"ko": "고층안(가상)", "en": "Tower (made up)"}, actor="tests", reason="made up")
        with store.transact(branch=PLAN, actor="tests", reason="made up") as tx:
            tx.put_many([_house(TOWER, "고층동(가상)", -8, -36, 30, 18, 96.0), _clinic("new", 2.5, 0.5)])
        runner.run(store, "siting", branch=PLAN)
    return path


def _ground(store: Store, now: datetime, houses: int) -> None:
    """What stands there, and what the record said of it at three times."""
    for days, grown in ((700, 0.8), (350, 0.9), (30, 1.0)):
        with clock.standing_at(now - timedelta(days=days)), store.transact(actor="tests", reason="made up") as tx:
            tx.put_many(_dong(n, round(people * grown)) for n, people in enumerate((4200, 9100, 6400)))
    with clock.standing_at(now - timedelta(days=20)), store.transact(actor="tests", reason="made up") as tx:
        tx.put_many(_rows(houses))
        tx.put(_house(HOUSE, "볕든집(가상)", -10, 0, 24, 14, 30.0))
        tx.put_many(_road(n) for n in range(12))
        tx.put_many([_clinic("west", 0.4, 0.5), _clinic("middle", 1.6, 0.4)])


def _day(store: Store, now: datetime) -> None:
    """A day of readings, an hour each."""
    for hour in range(HOURS):
        at = now - timedelta(hours=HOURS - 1 - hour)
        with clock.standing_at(at), store.transact(actor="tests", reason="made up") as tx:
            tx.put_many(_station(n, at, hour) for n in range(6))
            tx.put_many(_flow(n, at, hour) for n in range(12))


def _square(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return dict(json.loads(shapely.to_geojson(shapely.box(west, south, east, north))))


def _dong(n: int, people: int) -> Document:
    return {
        "id": f"urn:ngsi-ld:Dong:sunny:{n}",
        "type": "Dong",
        "name": language_property({"ko": f"햇빛{n + 1}동", "en": f"Sunny {n + 1}"}),
        "code": property_(f"99000{n}"),
        "population": property_(people, unit="IE", status="synthetic"),
        "location": geo_property(_square(WEST + n * WIDE, SOUTH, WEST + (n + 1) * WIDE, SOUTH + DEEP)),
        "status": property_("synthetic"),
    }


def _metres(east: float, north: float) -> tuple[float, float]:
    return MIDDLE[0] + east / (111_320 * math.cos(math.radians(MIDDLE[1]))), MIDDLE[1] + north / 110_990


def _house(id: str, name: str, east: float, north: float, wide: float, deep: float, height: float) -> Document:
    (west, south), (far, top) = _metres(east, north), _metres(east + wide, north + deep)
    return {
        "id": id,
        "type": "Building",
        "name": property_(name),
        "height": property_(height, unit="MTR", status="synthetic"),
        "location": geo_property(_square(west, south, far, top)),
        "status": property_("synthetic"),
    }


def _rows(count: int) -> Iterator[Document]:
    """Houses in rows, the nearest to the middle first; none where the town's own house and tower stand."""
    draws = random.Random(5)
    places = [(x, y) for x in range(-440, 440, 32) for y in range(-460, 460, 42)]
    clear = [(x, y) for x, y in places if not (-48 < x < 48 and -76 < y < 44)]
    for n, (x, y) in enumerate(sorted(clear, key=lambda one: math.hypot(*one))[:count]):
        wide, deep, height = draws.uniform(14, 24), draws.uniform(12, 26), 4.0 * draws.choice([2, 3, 3, 4, 5, 8, 14])
        yield _house(f"urn:ngsi-ld:Building:sunny:{n}", f"{n + 1}번 집(가상)", x, y, wide, deep, height)


def _road(n: int) -> Document:
    along = [[WEST + WIDE * 3 * part / 10, SOUTH + DEEP * (n + 0.5) / 12] for part in range(11)]
    return {
        "id": f"urn:ngsi-ld:RoadSegment:sunny:{n}",
        "type": "RoadSegment",
        "name": property_(f"햇빛로 {n + 1}"),
        "lanes": property_(2),
        "location": geo_property({"type": "LineString", "coordinates": along}),
        "status": property_("synthetic"),
    }


def _reading(value: float, unit: str, at: datetime) -> dict[str, Any]:
    return {"type": "Property", "value": value, "unitCode": unit, "observedAt": clock.to_text(at)}


def _flow(n: int, at: datetime, hour: int) -> Document:
    busy = math.exp(-((hour - 8) ** 2) / 8) + math.exp(-((hour - 18) ** 2) / 8)
    return {
        "id": f"urn:ngsi-ld:TrafficFlowObserved:sunny:{n}",
        "type": "TrafficFlowObserved",
        "refRoadSegment": relationship(f"urn:ngsi-ld:RoadSegment:sunny:{n}"),
        "averageVehicleSpeed": _reading(round(62 - n * 1.5 - 34 * busy * (0.5 + n / 24), 1), "KMH", at),
        "status": property_("synthetic"),
    }


def _station(n: int, at: datetime, hour: int) -> Document:
    lon = WEST + WIDE * (0.3 + 1.2 * (n % 3))
    lat = SOUTH + DEEP * (0.2 if n < 3 else 0.85)
    return {
        "id": f"urn:ngsi-ld:AirQualityObserved:sunny:{n}",
        "type": "AirQualityObserved",
        "name": property_(f"측정소 {n + 1}"),
        "refPlace": relationship(f"urn:ngsi-ld:Dong:sunny:{n % 3}"),
        "location": geo_property({"type": "Point", "coordinates": [lon, lat]}),
        "pm10": _reading(round(24 + 9 * n + 14 * math.sin((hour + n) / 24 * 2 * math.pi), 1), "GQ", at),
        "status": property_("synthetic"),
    }


def _clinic(name: str, east: float, north: float) -> Document:
    place = {"type": "Point", "coordinates": [WEST + WIDE * east, SOUTH + DEEP * north]}
    return {
        "id": f"urn:ngsi-ld:ServiceSite:sunny:{name}",
        "type": "ServiceSite",
        "name": property_(f"의원 {name}(가상)"),
        "kind": property_("clinic"),
        "state": property_("candidate" if name == "new" else "operating"),
        "location": geo_property(place),
        "status": property_("synthetic"),
    }
