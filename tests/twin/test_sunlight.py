"""Hours of sun: a case solved by hand, rays cast one by one, and a tower on a branch that changes its neighbour's."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import shapely

from madang.entities.entity import geo_property, json_property, property_, relationship
from madang.errors import CallerError
from madang.geometry.footprints import metres_per_degree
from madang.geometry.horizon import clear_of_ground
from madang.geometry.rings import rings_from_geometries
from madang.geometry.sampling import on_facades, on_level
from madang.geometry.sunbeams import Points, Walls, lit, walls_of
from madang.geometry.terrain import Grid, Ground
from madang.store import Store
from madang.twin.bodies import bodies_of
from madang.twin.drawing import Drawing, draw
from madang.twin.sun import sun_at
from madang.twin.sunlight import sunlight
from madang.twin.sunlight_asked import read_asked
from madang.twin.undoing import undo

LON, LAT = 127.1, 37.5
EAST, NORTH = (float(one) for one in 1 / metres_per_degree(np.array(LAT)))
SOLSTICE = "2026-12-22"  # 동지 in Korea: 05:50 KST
NOON_UTC = datetime(2026, 12, 22, 3, 30, tzinfo=UTC)


def box(east: float, north: float, wide: float, deep: float) -> dict[str, Any]:
    """A rectangle by its south-west corner, in metres from the middle of the town."""
    corners = [(0, 0), (wide, 0), (wide, deep), (0, deep), (0, 0)]
    return {"type": "Polygon", "coordinates": [[[LON + (east + x) * EAST, LAT + (north + y) * NORTH]
                                                for x, y in corners]]}  # fmt: skip


def building(name: str, place: dict[str, Any], height: float | None, **more: Any) -> dict[str, Any]:
    made = {"id": f"urn:ngsi-ld:Building:t:{name}", "type": "Building", "location": geo_property(place), **more}
    return made if height is None else {**made, "height": property_(height, unit="MTR", status="observed")}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("sunlight") / "town.gpkg"
    with Store.create(path, city_id="town", title={"ko": "마을", "en": "Town"}, synchronous="OFF") as made:
        with made.transact(actor="test", reason="made for a test") as tx:
            tx.put(building("home", box(-10, 0, 20, 12), 30.0))
            tx.put(building("row", box(10, 0, 20, 12), 12.0))  # against the east wall of home
            tx.put(building("blank", box(0, 300, 10, 10), None))
            tx.put(building("storeys", box(0, 400, 10, 10), None, floorsAboveGround=property_(3)))
        made.fork("tower", actor="test", reason="fork")
        yield made


def test_a_building_with_a_body_keeps_it_beside_its_parts_and_a_part_hangs_where_it_is() -> None:
    """A chimney does not stand for the house it is on; blocks of a known height stand for an outline."""

    def part(name: str, of: str, **more: Any) -> dict[str, Any]:
        made = building(name, box(0, 0, 4, 4), 5.0, refParent=relationship(of), **more)
        return {**made, "type": "CityObject", "cityjsonType": property_("BuildingInstallation")}

    solid = json_property({"crs": "EPSG:5186", "vertices": [], "geometry": []})
    house = building(
        "house", box(0, 0, 20, 20), 30.0, geometry3d=solid, parts=relationship("urn:ngsi-ld:Building:t:chimney")
    )
    outline = building("outline", box(50, 0, 20, 20), 30.0, parts=relationship("urn:ngsi-ld:Building:t:hung"))
    bare = building("bare", box(90, 0, 20, 20), 30.0, parts=relationship("urn:ngsi-ld:Building:t:flat"))
    hung = part("hung", outline["id"], baseAboveGround=property_(10.0, unit="MTR"))
    flat = {**part("flat", bare["id"])}
    del flat["height"]
    found = bodies_of([house, part("chimney", house["id"]), outline, hung, bare, flat], None)
    tops = {id.rsplit(":", 1)[1]: float(top) for id, top in zip(found.ids, found.top_m, strict=True)}
    assert tops == {"house": 30.0, "chimney": 5.0, "hung": 15.0, "bare": 30.0}


HOME = "urn:ngsi-ld:Building:t:home"


def asked(**more: Any) -> Any:
    return read_asked({"ids": [HOME], "date": SOLSTICE, **more})


# --- the kernel -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steepness", [0.2, 0.4, 0.55])
def test_a_long_wall_due_south_leaves_the_hours_that_spherical_trigonometry_says(steepness: float) -> None:
    """A point on the ground, a wall of height h running east and west at distance d to the south, winter solstice.

    The sun clears the wall when tan(elevation) > (h/d) cos(azimuth from south), which with declination D, latitude F
    and hour angle H is cos H > -sin D (k cos F + sin F) / (cos D (cos F - k sin F)), k = h/d. Counted without
    refraction; what is left is the parallax and the minute of the step, up to one at each end.
    """
    tilt, here = math.radians(-23.436), math.radians(LAT)
    cosine = -math.sin(tilt) * (steepness * math.cos(here) + math.sin(here))
    cosine /= math.cos(tilt) * (math.cos(here) - steepness * math.sin(here))
    expected = 2 * math.degrees(math.acos(cosine)) * 4  # the sun turns a degree in 4 minutes
    wall = Walls(np.array([[-9e3, -50.0]]), np.array([[9e3, -50.0]]), np.array([50.0 * steepness]))
    moments = [NOON_UTC + timedelta(minutes=n) for n in range(-300, 300)]
    sun = sun_at(moments, lon=LON, lat=LAT)
    point = Points(np.zeros((1, 2)), np.zeros(1), np.zeros((1, 2)))
    reached = lit(point, wall, azimuth=sun.azimuth, elevation=sun.geometric, reach_m=1e4)
    assert reached.sum() == pytest.approx(expected, abs=2)


def test_many_rays_at_once_say_what_single_rays_say() -> None:
    """Every point, moment and prism by itself: where does the ray enter the outline, and how high is it there?"""
    numbers = np.random.default_rng(5)
    shapes = []
    for east, north in numbers.uniform(-200, 200, (30, 2)):
        turned = shapely.affinity.rotate(shapely.box(0, 0, *numbers.uniform(8, 40, 2)), numbers.uniform(0, 90))
        shapes.append(shapely.affinity.translate(turned, east, north))
    shapes[0] = shapely.Polygon(shapely.box(-30, -30, 30, 30).exterior, [shapely.box(-20, -20, 20, 20).exterior.coords])
    shapes[1] = shapely.Polygon([(60, 0), (120, 0), (120, 20), (80, 20), (80, 60), (60, 60)])  # an L
    tops = numbers.uniform(5, 80, len(shapes))
    rings = rings_from_geometries(np.array(shapes, dtype=object))
    yard = on_level(shapely.box(-15, -15, 15, 15), height_m=0.0, spacing_m=10)
    corner = rings.take(np.array([1]))
    facade = on_facades(corner, corner.lonlat, base_m=0.0, height_m=float(tops[1]), spacing_m=15)
    points = Points(*(np.concatenate([getattr(yard, n), getattr(facade, n)]) for n in ("place", "height", "facing")))
    sun = sun_at([NOON_UTC + timedelta(minutes=40 * n) for n in range(-6, 7)], lon=LON, lat=LAT)
    walls = walls_of(rings, rings.lonlat, tops)
    found = lit(points, walls, azimuth=sun.azimuth, elevation=sun.elevation, reach_m=2000.0)
    assert 0.05 < found.mean() < 0.95
    for moment, (azimuth, elevation) in enumerate(zip(sun.azimuth, sun.elevation, strict=True)):
        towards = np.array([math.sin(math.radians(azimuth)), math.cos(math.radians(azimuth))])
        for n in range(len(points)):
            assert found[moment, n] == _sees(points, n, towards, elevation, shapes, tops), (moment, n)


def _sees(points: Points, n: int, towards: Any, elevation: float, shapes: list[Any], tops: Any) -> bool:
    if elevation <= 0 or (points.facing[n].any() and points.facing[n] @ towards <= 1e-6):
        return False
    start = points.place[n]
    ray = shapely.LineString([start, start + 2000 * towards])
    for shape, top in zip(shapes, tops, strict=True):
        crossing = shapely.intersection(ray, shape)
        if not crossing.is_empty:
            gap = shapely.distance(shapely.Point(start), crossing)
            if points.height[n] + gap * math.tan(math.radians(elevation)) < top:
                return False
    return True


def test_a_hill_in_the_south_takes_the_sun_and_one_in_the_north_does_not() -> None:
    rows = np.zeros((61, 61), dtype=np.float32)
    rows[40:] = 60.0  # rows run from north to south: a plateau that begins 10 cells south of the middle
    grid = Grid("EPSG:4326", (20 * EAST, 0.0, LON - 600 * EAST, 0.0, -20 * NORTH, LAT + 600 * NORTH), rows)
    sun = sun_at([NOON_UTC], lon=LON, lat=LAT)
    places = np.array([[LON, LAT - 120 * NORTH], [LON, LAT + 300 * NORTH], [LON, LAT - 300 * NORTH]])
    clear = clear_of_ground(places, np.array([0.0, 0.0, 60.0]), Ground.of([grid]), azimuth=sun.azimuth,
                            elevation=sun.elevation, reach_m=2000.0, wanted=np.ones((1, 3), dtype=bool))  # fmt: skip
    assert clear.tolist() == [[False, True, True]]  # 90 m before a step of 60 m; 510 m before it; upon it


# --- the answer -------------------------------------------------------------------------------------------------------


def test_a_free_south_facade_has_sun_all_winter_day_and_a_north_facade_none(store: Store) -> None:
    answer = sunlight(store, "main", asked())
    by_side = {side: [one["minutes"] for one in answer["samples"] if one["azimuth"] == side] for side in (180.0, 0.0)}
    day = minutes_of(answer["sunset"]) - minutes_of(answer["sunrise"])
    assert min(by_side[180.0]) == pytest.approx(day, abs=20)  # the almanac's day counts the sun's rim, we its middle
    assert max(by_side[0.0]) == 0
    assert (answer["solstice"], answer["status"], answer["zone"]) == (SOLSTICE, "estimated", "Asia/Seoul")
    assert answer["obstacles"] == {"counted": 3, "estimatedHeight": 1, "unknownHeight": 1, "synthetic": 0}
    assert answer["summary"]["byId"][HOME]["samples"] == len(answer["samples"])


def minutes_of(told: str) -> int:
    return int(told[:2]) * 60 + int(told[3:])


def test_the_part_of_a_wall_against_a_neighbour_is_no_facade(store: Store) -> None:
    answer = sunlight(store, "main", asked())
    assert min(one["height"] for one in answer["samples"] if one["azimuth"] == 90.0) > 12


def test_a_tower_on_a_branch_takes_sun_from_its_neighbour_and_undoing_gives_it_back(store: Store) -> None:
    before = sunlight(store, "tower", asked())["summary"]
    outline = box(-30, -60, 60, 15)
    draw(store, "tower", Drawing("place", geometry=outline, values={"height": 90}), actor="gildong")
    shaded = sunlight(store, "tower", asked())
    assert shaded["summary"]["mean"] < before["mean"] - 60
    assert shaded["summary"]["meets"]["either"]["share"] < before["meets"]["either"]["share"]
    assert shaded["status"] == "synthetic"
    assert sunlight(store, "main", asked())["summary"] == before
    undo(store, "tower", actor="gildong")
    assert sunlight(store, "tower", asked())["summary"] == before


def test_the_two_measures_stand_on_the_solstice_only_and_are_figures(store: Store) -> None:
    answer = sunlight(store, "main", asked())
    meets = answer["summary"]["meets"]
    south = [one for one in answer["samples"] if one["azimuth"] == 180.0]
    assert {(one["continuous"], one["total"]) for one in south} == {(360.0, 480.0)}
    assert meets["continuous"]["atLeast"] == 120
    assert "제86조" in meets["continuous"]["basis"]["ko"]
    assert meets["total"]["window"] == ["08:00", "16:00"]
    assert sunlight(store, "main", asked(date="2026-12-21"))["summary"]["meets"] is None


def test_a_plot_has_sun_where_nothing_is_built(store: Store) -> None:
    plot = {"plot": box(-10, -12, 20, 24), "date": SOLSTICE, "from": "09:00", "to": "15:00", "spacingM": 2}
    answer = sunlight(store, "main", read_asked(plot))
    assert len(answer["samples"]) == 10 * 6  # the northern half lies under the building
    assert {one["minutes"] for one in answer["samples"]} == {360.0}
    roof = sunlight(store, "main", asked(side="roof", spacingM=5))
    assert {one["height"] for one in roof["samples"]} == {30.02}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("nothing-asked", {"ids": []}),
        ("date-wrong", {"date": "2026-13-01"}),
        ("date-wrong", {"date": "1850-01-01"}),
        ("time-wrong", {"from": "15:00", "to": "09:00"}),
        ("time-wrong", {"from": "25:00"}),
        ("side-unknown", {"side": "inside"}),
        ("number-wrong", {"spacingM": 0}),
        ("number-wrong", {"stepMinutes": float("nan")}),
        ("too-many-samples", {"ids": None, "plot": box(0, 0, 1000, 1000), "spacingM": 1}),
        ("no-body", {"ids": ["urn:ngsi-ld:Building:t:blank"]}),
        ("not-there", {"ids": ["urn:ngsi-ld:Building:t:nobody"]}),
    ],
)
def test_what_can_not_be_answered_is_refused_by_name(store: Store, code: str, said: dict[str, Any]) -> None:
    with pytest.raises(CallerError) as wrong:
        sunlight(store, "main", asked(**said))
    assert wrong.value.code == f"sunlight.{code}"
