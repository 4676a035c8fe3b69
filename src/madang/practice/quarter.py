"""The made-up quarter of the practice city: what stands there, an alternative drawn in it, readings, two stories.

The quarter lies in 부발읍 of the measured boundaries, beside the made-up industrial park, on made-up ground. On the
alternative old slabs give way to one tower and a park, and a street between them is closed: small enough to take in at
one look, large enough to see what changes in sun and green. The readings end when the file is built, so that a fresh
practice city has live values to show; from then on they grow stale, as they do where no feed comes in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
import shapely
from shapely.geometry import shape

from madang import clock
from madang.city import City
from madang.entities.entity import Document, geometry_of, value_of
from madang.entities.query import Query, parse_types
from madang.errors import Pair
from madang.practice.days import OFFICER, on, said
from madang.practice.ground import FIRST_DAY
from madang.practice.industry import PARK
from madang.sources import base as sources
from madang.sources.base import Loaded
from madang.sources.sample import sample_ground, sample_quarter, sample_readings
from madang.sources.sample.plane import Plane, plane_of
from madang.sources.shapes import geojson
from madang.twin import stories
from madang.twin.drawing import Drawing, draw
from madang.twin.terrain import ground_of
from madang.twin.undoing import history

DONG = "urn:ngsi-ld:Dong:kostat-2020:3121012"  # 부발읍
MIDDLE = (127.5095, 37.2840)
BRANCH = "station-park"
TITLE = said("역세권 공원안(가상)", "A park near the station (made up)")
SLABS = "아파트(판상형)"
LEAST_SLABS, KEPT = 6, 2  # of an estate worth changing, and how many of its slabs stay
TOWER_M = 34.0
FLOORS = 30
TREES = 8


def lay_out(city: City) -> None:
    """Streets, blocks, buildings and the ground: there from the first day, so every alternative shows them."""
    with on(FIRST_DAY):
        place = _place(city)
        ground = sample_ground(place, middle=MIDDLE)
        reason = "입체로 볼 가상의 시가지와 지형"
        sources.write(city.for_writing(), [ground, _quarter(place)], actor=OFFICER, reason=reason)


def change(city: City) -> None:
    """The alternative, act by act as somebody draws it."""
    with on("2026-11-16"):
        city.fork(BRANCH, title=TITLE, reason="노후 판상형을 탑상형 한 동과 공원으로 바꾸면(가상)", by=OFFICER)
        plane, _ = plane_of(_place(city), MIDDLE)
        gone = estate(city)[KEPT:]
        flat = [plane.metres(shape(geometry_of(one))) for one in gone]
        for one in gone:
            _draw(city, "remove", id=one["id"], reason="노후 판상형 철거(가상)")
        tower = flat[0].centroid.buffer(TOWER_M / 2, cap_style="square")
        values = {
            "name": said("가온타워(가상)", "Gaon Tower (made up)"),
            "floorsAboveGround": FLOORS,
            "use": "공동주택",
        }
        _draw(city, "place", geometry=_degrees(plane, tower), values=values, reason="탑상형 한 동으로 모음(가상)")
        park = shapely.difference(shapely.union_all(flat[1:]).envelope, tower.buffer(8.0))
        values = {"type": "PlantCover", "name": said("가온뜰 공원(가상)", "Gaon garden (made up)"), "category": "park"}
        _draw(city, "place", geometry=_degrees(plane, park), values=values, reason="빈 땅에 공원(가상)")
        for at in _rows_of_trees(park):
            values = {"type": "SolitaryVegetationObject", "height": 9.0, "species": "느티나무"}
            _draw(city, "place", geometry=_degrees(plane, at), values=values, reason="공원 나무(가상)")
        _draw(city, "close-road", id=_street_beside(city, plane, park), reason="공원 옆 도로를 걷는 길로(가상)")


def read_sensors(city: City) -> None:
    """Two days of hourly readings up to now."""
    place = _place(city)
    read = sample_readings(place, _quarter(place), until=clock.now())
    sources.write(city.for_writing(), [read], actor=OFFICER, reason="가상의 측정값")


def tell(city: City) -> None:
    """Two stories that lead through the quarter."""
    with on("2026-11-17"):
        eye = _Eye.of(city)
        stories.add(city.for_writing(), said("무엇이 바뀌나", "What changes"), _what_changes(eye), actor=OFFICER)
        stories.add(city.for_writing(), said("한낮의 그늘", "Shade at noon"), _shade(eye), actor=OFFICER)


def estate(city: City) -> list[Document]:
    """The estate of slabs nearest to the station, its northern row first."""
    (station,) = (shape(geometry_of(one)) for one in _of_type(city, "Station"))
    estates: dict[str, list[Document]] = {}
    for slab in _of_type(city, "Building"):
        if value_of(slab, "category") == SLABS:
            estates.setdefault(str(value_of(slab, "refParcel")), []).append(slab)
    whole = [slabs for slabs in estates.values() if len(slabs) >= LEAST_SLABS]
    return min(whole, key=lambda slabs: shape(geometry_of(slabs[0])).distance(station))


# --- what is drawn ---------------------------------------------------------------------------------------------------


def _place(city: City) -> Document:
    found = city.store.view().document(DONG)
    assert found is not None, DONG  # the measured boundaries hold it
    return found


def _quarter(place: Document) -> Loaded:
    return sample_quarter(place, middle=MIDDLE, clear=[shapely.Polygon(PARK)])


def _street_beside(city: City, plane: Plane, park: Any) -> str:
    """The stretch of a small street nearest to the park."""
    streets = [one for one in _of_type(city, "RoadSegment") if value_of(one, "category") == "tertiary"]
    near = min(streets, key=lambda one: plane.metres(shape(geometry_of(one))).distance(park))
    return str(near["id"])


def _rows_of_trees(park: Any) -> list[Any]:
    """Trees along the middle of the park."""
    west, south, east, north = park.bounds
    along = [(west + (east - west) * (n + 0.5) / TREES, (south + north) / 2) for n in range(TREES)]
    return [shapely.Point(at) for at in along if shapely.contains_xy(park, *at)]


def _of_type(city: City, type: str) -> list[Document]:
    found = city.store.view().documents(Query(types=parse_types(type)))
    return sorted(found, key=lambda one: str(one["id"]))


def _degrees(plane: Plane, drawn: Any) -> dict[str, Any]:
    return geojson(plane.degrees(np.array([drawn], dtype=object)))[0]


def _draw(city: City, act: str, **more: Any) -> None:
    draw(city.for_writing(), BRANCH, Drawing(act, **more), actor=OFFICER)


# --- what is told ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Eye:
    """Where the stories look: the place of the change, the station, the ground below them, what was drawn."""

    change: tuple[float, float]
    station: tuple[float, float]
    height_m: float
    tower: str
    street: str

    @classmethod
    def of(cls, city: City) -> _Eye:
        """From what the city and its alternative hold."""
        ids = {one.act: one.ids for one in reversed(history(city.store, BRANCH).acts)}
        drawn = city.store.view(BRANCH)
        new = [
            one for one in drawn.documents(Query(types=parse_types("Building"))) if value_of(one, "state") == "planned"
        ]
        (tower,), (station,) = new, _of_type(city, "Station")
        at, stop = (shape(geometry_of(one)).centroid for one in (tower, station))
        ground = ground_of(drawn)
        height = 0.0 if ground is None else float(ground.heights(np.array([[at.x, at.y]]))[0])
        return cls((at.x, at.y), (stop.x, stop.y), height, str(tower["id"]), ids["close-road"][0])

    def view(
        self,
        distance: float,
        *,
        heading: float = 20,
        elevation: float = 35,
        station: bool = False,
        branch: str = BRANCH,
        **more: str,
    ) -> str:
        """The query of the twin's page that looks there; words in the order in which the page writes them."""
        lon, lat = self.station if station else self.change
        place = {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}", "height": f"{self.height_m:.1f}"}
        where = {**place, "distance": f"{distance:g}", "heading": f"{heading:g}", "elevation": f"{elevation:g}"}
        return urlencode({**where, **more, "branch": branch}, safe=":,")


def _what_changes(eye: _Eye) -> list[dict[str, Any]]:
    return [
        _page(
            said("지금의 시가지", "The quarter today"),
            said("가온역 둘레의 지어낸 시가지입니다. 색은 층수이고, 건물 하나를 누르면 무엇이 가상인지 적혀 있습니다.",
                 "A made-up quarter around a made-up station. Colours are storeys; pick a building to read of it."),
            eye.view(1400, heading=330, station=True, branch="main", colour="building.floorsAboveGround"),
        ),
        _page(
            said("헐리는 네 동과 남는 두 동", "Slabs that go, slabs that stay"),
            said("왼쪽이 현행, 오른쪽이 안입니다. 두 그림은 함께 움직입니다.",
                 "Left is the city as it is, right the alternative. Both pictures move together."),
            eye.view(700, mode="split"),
        ),
        _page(
            said("탑상형 한 동과 공원", "One tower and a park"),
            said("가운데 선을 밀어 보십시오. 30층의 높이는 층수에서 어림한 값(추정)입니다.",
                 "Push the line in the middle. The height of its 30 storeys is estimated from their number."),
            eye.view(650, heading=40, elevation=30, mode="swipe", divider="0.5", picked=eye.tower),
        ),
        _page(
            said("닫힌 도로", "The street that is closed"),
            said("공원 옆 한 구간을 닫았습니다. 차가 어디로 돌아갈지는 이 안이 말해 주지 않습니다.",
                 "One stretch beside the park is closed. Where its traffic goes, this alternative does not say."),
            eye.view(480, heading=110, elevation=50, mode="branch", picked=eye.street),
        ),
    ]  # fmt: skip


def _shade(eye: _Eye) -> list[dict[str, Any]]:
    def at(date: str, hour: float, *, mode: str, distance: float = 650) -> str:
        return eye.view(distance, heading=70, elevation=45, mode=mode, date=date, hour=f"{hour:g}")

    return [
        _page(
            said("하지의 한낮", "Noon at midsummer"),
            said("해가 높아 그늘이 짧습니다.", "The sun stands high and shade is short."),
            at("2026-06-21", 12.5, mode="branch"),
        ),
        _page(
            said("동지의 한낮", "Noon at midwinter"),
            said("탑의 그늘은 길 건너까지 가지만 좁습니다. 넓게 드리우던 판상형의 그늘은 사라집니다.",
                 "The tower's shade reaches across the street, but it is narrow; the broad one of the slabs is gone."),
            at("2026-12-22", 12.5, mode="split"),
        ),
        _page(
            said("동지 아침 아홉 시", "Nine in the morning at midwinter"),
            said("남은 두 동에는 아홉 시부터 세 시까지 해가 더 듭니다. 일조 패널에서 두 동을 골라 재어 보십시오.",
                 "From nine to three the two slabs that stay get more sun. Pick them in the panel for sunlight."),
            at("2026-12-22", 9, distance=850, mode="branch"),
        ),
    ]  # fmt: skip


def _page(title: Pair, text: Pair, view: str) -> dict[str, Any]:
    return {"title": title, "text": text, "view": view}
