"""Made-up sensors and their hourly readings: air and weather over the quarter, traffic on its streets.

Values follow the course of a day: traffic and nitrogen dioxide peak on the way to work and back, ozone in the
afternoon, the air is coolest before sunrise. Some hours are missing, and one sensor of air fell silent hours ago, as
happens with real ones. Same quarter, seed and moment: the same readings.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from shapely.geometry import shape

from madang import clock
from madang.entities.entity import (
    Document,
    geo_property,
    geometry_of,
    language_property,
    property_,
    relationship,
    urn,
    value_of,
)
from madang.entities.vocabulary import attribute_info
from madang.errors import DataError
from madang.sources.base import Loaded, Tally
from madang.sources.sample.layout import ARTERIAL, COLLECTOR
from madang.sources.sample.plane import code_of, draw_of
from madang.sources.sample.quarter import dataset
from madang.sources.sample.words import STATUS, made_up
from madang.sources.shapes import DECIMALS

ZONE = "Asia/Seoul"
HOURS = 48
GAP_SHARE = 0.03
SILENT_H = 9
AIR = (3, 3)  # stations by columns and rows
WEATHER = (2, 2)
MOST_ROADS = 60
Values = Mapping[str, Any]


def sample_readings(place: Document, quarter: Loaded, *, until: datetime, seed: int = 0, hours: int = HOURS) -> Loaded:
    """Readings of the whole hours up to a moment, of sensors in a quarter that `sample_quarter` made."""
    code = code_of(place)
    source = dataset(code, "readings")
    roads = [one for one in quarter.entities if one["type"] == "RoadSegment" and _is_busy(one)][:MOST_ROADS]
    if not roads:
        raise DataError("sources.sample-without-streets", id=place["id"])
    bounds = shapely.total_bounds(np.array([shape(geometry_of(one)) for one in roads], dtype=object))
    last = until.replace(minute=0, second=0, microsecond=0)
    moments = [last - timedelta(hours=back) for back in range(hours - 1, -1, -1)]
    rng = np.random.default_rng([*draw_of(place, seed), 11])
    tally = Tally("readings")
    found: list[Document] = []
    for number, (lon, lat) in enumerate(_places(bounds, AIR), 1):
        head = _head(
            "AirQualityObserved", f"{code}-air-{number}", made_up(f"대기측정소 {number}", f"Air station {number}")
        )
        head |= _point(lon, lat, source["id"])
        silent = SILENT_H if number == AIR[0] * AIR[1] else 0
        found += _hourly(head, moments, _air, rng, source["id"], tally, silent)
    for number, (lon, lat) in enumerate(_places(bounds, WEATHER), 1):
        name = made_up(f"기상관측소 {number}", f"Weather station {number}")
        head = _head("WeatherObserved", f"{code}-weather-{number}", name) | _point(lon, lat, source["id"])
        found += _hourly(head, moments, _weather, rng, source["id"], tally)
    for number, road in enumerate(roads, 1):
        name = made_up(f"교통검지기 {number}", f"Traffic detector {number}")
        head = _head("TrafficFlowObserved", f"{code}-traffic-{number}", name)
        head |= {"refRoadSegment": relationship(road["id"]), **_on(road, source["id"])}
        limit, lanes, long = (float(value_of(road, at)) for at in ("maximumAllowedSpeed", "lanes", "length"))

        def traffic(hour: float, day: Any, own: float, *, limit: float = limit, lanes: float = lanes,
                    long: float = long) -> Values:  # fmt: skip
            return _traffic(hour, day, own, limit=limit, lanes=lanes, long=long)

        found += _hourly(head, moments, traffic, rng, source["id"], tally)
    city = value_of(place, "refCity")
    if city:
        found = [{**one, "refCity": relationship(city)} for one in found]
    return Loaded(found, [source], {}, tally.report(f"sample-readings:{code}"))


# --- sensors ---------------------------------------------------------------------------------------------------------


def _is_busy(road: Document) -> bool:
    return value_of(road, "category") in (ARTERIAL.category, COLLECTOR.category)


def _places(bounds: Any, count: tuple[int, int]) -> Iterator[tuple[float, float]]:
    west, south, east, north = bounds
    for row in range(count[1]):
        for column in range(count[0]):
            shift = 0.12 * (row % 2)
            yield (
                west + (east - west) * ((column + 0.5) / count[0] + shift / count[0]),
                south + (north - south) * (row + 0.5) / count[1],
            )


def _head(type: str, code: str, name: dict[str, str]) -> Document:
    return {"id": urn(type, "sample", code), "type": type, "name": language_property(name)}


def _point(lon: float, lat: float, source: str) -> Document:
    at = {"type": "Point", "coordinates": [round(float(lon), DECIMALS), round(float(lat), DECIMALS)]}
    return {"location": geo_property(at, source=source, status=STATUS)}


def _on(road: Document, source: str) -> Document:
    middle = shape(geometry_of(road)).interpolate(0.5, normalized=True)
    return _point(middle.x, middle.y, source)


# --- hours -----------------------------------------------------------------------------------------------------------


def _hourly(
    head: Document, moments: list[datetime], course: Any, rng: np.random.Generator, source: str, tally: Tally,
    silent: int = 0,
) -> Iterator[Document]:  # fmt: skip
    """One document an hour; a gap where the sensor said nothing, and nothing more once it is silent."""
    own = float(rng.normal())
    shaking = rng.normal(size=len(moments))
    gaps = rng.random(len(moments)) < GAP_SHARE
    gaps[0] = gaps[-1] = False
    tally.read += len(moments)
    for number, moment in enumerate(moments):
        if gaps[number] or number >= len(moments) - silent:
            tally.leave_out("no-reading")
            continue
        tally.kept += 1
        here = moment.astimezone(ZoneInfo(ZONE))
        values = course(here.hour + here.minute / 60, here, own + 0.5 * float(shaking[number]))
        at = clock.to_text(moment)
        read = {
            name: property_(value, unit=_unit(name), source=source, status=STATUS, observed_at=at)
            for name, value in values.items()
        }
        yield {**head, **read, "source": relationship(source), "status": property_(STATUS)}


def _unit(name: str) -> str | None:
    info = attribute_info(name)
    return info.unit if info else None


def _rush(hour: float) -> float:
    """How busy a city is, 0 to 1: on the way to work, at noon, on the way home."""
    morning, noon, evening = (
        math.exp(-(((hour - at) / width) ** 2)) for at, width in ((8.2, 1.6), (13, 4.5), (18.4, 2.2))
    )
    return min(1.0, 0.06 + 0.9 * morning + 0.45 * noon + 0.85 * evening)


def _air(hour: float, day: datetime, own: float) -> Values:
    rush, sun = _rush(hour), max(0.0, math.sin((hour - 6) / 14 * math.pi))
    pm10 = max(8.0, 38 + 16 * rush - 8 * sun + 5 * own + 6 * math.sin(day.toordinal()))
    return {
        "pm10": round(pm10),
        "pm25": round(max(4.0, 0.52 * pm10 + 1.5 * own)),
        "o3": round(max(0.004, 0.018 + 0.03 * sun + 0.002 * own), 3),
        "no2": round(max(0.004, 0.014 + 0.02 * rush + 0.002 * own), 3),
    }


def _weather(hour: float, day: datetime, own: float) -> Values:
    season = 12.5 - 13.5 * math.cos((day.timetuple().tm_yday - 20) / 365 * 2 * math.pi)
    warm = season + 4.5 * math.cos((hour - 14.5) / 24 * 2 * math.pi) + 0.4 * own
    return {
        "temperature": round(warm, 1),
        "relativeHumidity": round(min(0.98, max(0.2, 0.62 - 0.2 * math.cos((hour - 14.5) / 24 * 2 * math.pi))), 2),
        "windSpeed": round(max(0.1, 1.6 + 1.2 * max(0.0, math.sin((hour - 8) / 12 * math.pi)) + 0.4 * own), 1),
        "windDirection": round((250 + 35 * own + 20 * math.sin(hour)) % 360),
        "precipitation": 0.0,
    }


def _traffic(hour: float, day: datetime, own: float, *, limit: float, lanes: float, long: float) -> Values:
    rush = _rush(hour) * (0.65 if day.weekday() >= 5 else 1.0)
    load = min(1.0, max(0.02, rush * (0.8 + 0.12 * own)))
    speed = max(6.0, limit * (0.98 - 0.68 * load**1.8))
    return {
        "intensity": round(load * lanes * 520),
        "averageVehicleSpeed": round(speed, 1),
        "occupancy": round(min(0.95, 0.04 + 0.5 * load**2), 2),
        "travelTime": round(long / (speed / 3.6)),
    }
