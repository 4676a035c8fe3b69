"""Drawing on a branch: acts are checked, marked as plans, and undone one by one until nothing is left of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madang.entities.entity import geo_property, json_property, property_, relationship, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, ConflictError, MadangError
from madang.geometry.footprints import metres_per_degree
from madang.geometry.moving import Motion, moved_geometry, moved_solid
from madang.geometry.terrain import Grid, Ground
from madang.store import Store
from madang.twin import undoing
from madang.twin.drawing import Drawing, Drawn, draw
from madang.twin.drawing_bodies import rise_of_ground
from madang.twin.outlines import area_m2
from madang.twin.undoing import history, redo, undo

LON, LAT = 127.1, 37.4
EAST, NORTH = (float(one) for one in 1 / metres_per_degree(np.array(LAT)))
HOUSE, HALL, ROAD = (f"urn:ngsi-ld:{name}" for name in ("Building:t:house", "Building:t:hall", "RoadSegment:t:main"))


def square(east_m: float, north_m: float, side_m: float = 20.0) -> dict[str, Any]:
    """A square by its south-west corner, in metres from the middle of the town."""
    corners = [(0, 0), (side_m, 0), (side_m, side_m), (0, side_m), (0, 0)]
    return {"type": "Polygon", "coordinates": [[[LON + (east_m + x) * EAST, LAT + (north_m + y) * NORTH]
                                                for x, y in corners]]}  # fmt: skip


def solid(ring: list[list[float]], height: float) -> dict[str, Any]:
    """A block as `geometry3d` in Korea's central belt."""
    from pyproj import Transformer

    east, north = Transformer.from_crs("EPSG:4326", "EPSG:5186", always_xy=True).transform(*np.array(ring[:-1]).T)
    low = [[round(x * 1000), round(y * 1000), 0] for x, y in zip(east, north, strict=True)]
    return {"crs": "EPSG:5186", "transform": {"scale": [0.001] * 3, "translate": [0.0, 0.0, 0.0]},
            "vertices": [*low, *([x, y, round(height * 1000)] for x, y, _ in low)],
            "geometry": [{"type": "MultiSurface", "lod": "2",
                          "boundaries": [[[0, 1, 2, 3]], [[4, 5, 6, 7]]]}]}  # fmt: skip


def town() -> list[dict[str, Any]]:
    """A house with storeys, a hall with a solid and a part, a road."""
    hall = square(100, 0, 30)
    return [
        {"id": HOUSE, "type": "Building", "location": geo_property(square(0, 0), status="observed"),
         "height": property_(12.0, unit="MTR", status="observed"), "floorArea": property_(1100.0, unit="MTK"),
         "floorsAboveGround": property_(3, unit="{floor}", status="observed")},
        {"id": HALL, "type": "Building", "location": geo_property(hall), "lod": property_("2"),
         "height": property_(20.0, unit="MTR"), "parts": relationship(HALL + "-part"),
         "geometry3d": json_property(solid(hall["coordinates"][0], 20.0))},
        {"id": HALL + "-part", "type": "CityObject", "location": geo_property(square(100, 0, 10)),
         "refParent": relationship(HALL), "cityjsonType": property_("BuildingPart")},
        {"id": ROAD, "type": "RoadSegment", "lanes": property_(2),
         "location": geo_property({"type": "LineString", "coordinates": [[LON, LAT], [LON + 0.002, LAT]]})},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("drawing") / "town.gpkg"
    with Store.create(path, city_id="town", title={"ko": "마을", "en": "Town"}, synchronous="OFF") as made:
        with made.transact(actor="test", reason="made for a test") as tx:
            for document in town():
                tx.put(document)
        yield made


@pytest.fixture
def branch(store: Store, request: pytest.FixtureRequest) -> str:
    """A branch of its own for each test."""
    return fork(store)


def fork(store: Store, parent: str = "main") -> str:
    name = f"b{len(store.branches())}"
    return store.fork(name, parent=parent, actor="test", reason="fork").name


def act(store: Store, branch: str, kind: str, id: str | None = None, **more: Any) -> Drawn:
    return draw(store, branch, Drawing(kind, id, **more), actor="gildong")


def seen(store: Store, branch: str, id: str) -> Any:
    return store.view(branch).document(id)


# --- what each act does -----------------------------------------------------------------------------------------------


def test_a_placed_building_is_a_plan_with_its_reason_and_what_follows_from_it(store: Store, branch: str) -> None:
    made = act(store, branch, "place", geometry=square(200, 200), reason="청사 이전",
               values={"name": "새 청사", "floorsAboveGround": 5, "use": "업무시설"})  # fmt: skip
    document = seen(store, branch, made.ids[0])
    assert value_of(document, "height") == 20.0  # 5 storeys at the layer's 4 m
    assert value_of(document["height"], "status") == "estimated"
    assert "5층" in value_of(document["height"], "method")["ko"]
    assert value_of(document["floorsAboveGround"], "assumption") is True
    assert value_of(document["location"], "basis")["ko"] == "청사 이전"
    assert (value_of(document, "status"), value_of(document, "state")) == ("synthetic", "planned")
    assert value_of(document, "footprintArea") == pytest.approx(400, rel=1e-3)
    assert value_of(document, "floorArea") == pytest.approx(2000, rel=1e-3)
    assert made.warnings == ()
    assert store.transaction(made.transaction).actor == "gildong"
    assert seen(store, "main", made.ids[0]) is None


def test_a_building_that_runs_into_another_is_drawn_with_a_warning(store: Store, branch: str) -> None:
    (warning,) = act(store, branch, "place", geometry=square(10, 10), values={"height": 9}).warnings
    assert (warning.code, warning.ids) == ("drawing.overlaps", (HOUSE,))


def test_a_moved_building_takes_its_solid_and_parts_along(store: Store, branch: str) -> None:
    before, part = seen(store, branch, HALL), seen(store, branch, HALL + "-part")
    made = act(store, branch, "move", HALL, by={"eastM": 30.0, "northM": 40.0})
    after = seen(store, branch, HALL)
    shift = corners(after) - corners(before)
    assert shift / (EAST, NORTH) == pytest.approx(np.tile([30.0, 40.0], (5, 1)), abs=0.01)
    assert set(made.ids) == {HALL, HALL + "-part"}
    assert (corners(seen(store, branch, HALL + "-part")) - corners(part)) / (EAST, NORTH) == pytest.approx(
        np.tile([30.0, 40.0], (5, 1)), abs=0.01
    )
    moved = np.array(value_of(after, "geometry3d")["vertices"]) - value_of(before, "geometry3d")["vertices"]
    assert np.hypot(*moved[:, :2].T) == pytest.approx(np.full(8, 50_000), abs=50)  # millimetres; the grid's scale
    assert not moved[:, 2].any()


def corners(document: Any) -> Any:
    return np.array(value_of(document, "location")["coordinates"][0])


def test_turning_keeps_size_and_middle_and_goes_clockwise(store: Store, branch: str) -> None:
    act(store, branch, "turn", HOUSE, by={"degrees": 90})
    corner = (corners(seen(store, branch, HOUSE))[0] - (LON, LAT)) / (EAST, NORTH)
    assert corner == pytest.approx([0, 20], abs=0.01)  # the south-west corner comes to the north-west


def test_raising_by_storeys_uses_the_buildings_own_storey_and_adds_floor_area(store: Store, branch: str) -> None:
    act(store, branch, "raise", HOUSE, by={"floors": 2})
    document = seen(store, branch, HOUSE)
    assert (value_of(document, "height"), value_of(document, "floorsAboveGround")) == (20.0, 5)
    assert value_of(document, "floorArea") == pytest.approx(1100 + 2 * 400, abs=1)


def test_raising_a_solid_extrudes_its_outline_and_says_so(store: Store, branch: str) -> None:
    made = act(store, branch, "raise", HALL, values={"height": 60})
    document = seen(store, branch, HALL)
    assert "geometry3d" not in document
    assert "LoD 2" in value_of(document["lod"], "method")["ko"]
    assert seen(store, branch, HALL + "-part") is None
    assert [one.code for one in made.warnings] == ["drawing.solid-dropped"]
    undo(store, branch, actor="gildong")
    assert store.diff(branch) == []


def test_roads_close_open_and_are_drawn(store: Store, branch: str) -> None:
    act(store, branch, "close-road", ROAD)
    assert value_of(seen(store, branch, ROAD), "state") == "closed"
    with pytest.raises(CallerError, match="Nothing would change"):
        act(store, branch, "close-road", ROAD)
    act(store, branch, "open-road", ROAD)
    line = {"type": "LineString", "coordinates": [[LON, LAT], [LON, LAT + 100 * NORTH]]}
    new = seen(store, branch, act(store, branch, "add-road", geometry=line, values={"lanes": 4}).ids[0])
    assert value_of(new, "length") == pytest.approx(100, abs=0.1)
    assert value_of(new, "width") == 13.0  # 4 lanes of 3.25 m


def test_a_zone_is_planned_unless_it_is_land_use(store: Store, branch: str) -> None:
    zone = act(store, branch, "zone", geometry=square(0, 0, 1000), values={"use": "지구단위계획구역"})
    land = act(store, branch, "zone", geometry=square(0, 0, 500), values={"use": "공원", "type": "LandUse"})
    assert value_of(seen(store, branch, zone.ids[0]), "kind") == "지구단위계획구역"
    assert value_of(seen(store, branch, zone.ids[0]), "area") == pytest.approx(1.0, rel=1e-3)
    assert value_of(seen(store, branch, land.ids[0]), "landUse") == "공원"
    with pytest.raises(MadangError, match="adopt"):
        store.merge(branch, actor="test", reason="no decision")


# --- what is refused --------------------------------------------------------------------------------------------------

BOW = {"type": "Polygon", "coordinates": [[[LON, LAT], [LON + 0.001, LAT + 0.001], [LON + 0.001, LAT],
                                           [LON, LAT + 0.001], [LON, LAT]]]}  # fmt: skip
OPEN = {"type": "Polygon", "coordinates": [[[LON, LAT], [LON + 0.001, LAT], [LON, LAT + 0.001], [LON, LAT + 0.0005]]]}
NAN = {"type": "Polygon", "coordinates": [[[LON, LAT], [float("nan"), LAT], [LON, LAT + 0.001], [LON, LAT]]]}


@pytest.mark.parametrize(
    ("code", "drawing"),
    [
        ("outline-crosses", Drawing("place", geometry=BOW)),
        ("not-closed", Drawing("place", geometry=OPEN)),
        ("not-a-position", Drawing("place", geometry=NAN)),
        ("outside-the-world", Drawing("place", geometry={"type": "Polygon", "coordinates": [[[37.4, 127.1]] * 4]})),
        ("too-large", Drawing("place", geometry=square(0, 0, 10_000))),
        ("too-small", Drawing("place", geometry=square(0, 0, 0.5))),
        ("no-geometry", Drawing("place", geometry={"type": "Point", "coordinates": [LON, LAT]})),
        ("value-wrong", Drawing("place", geometry=square(0, 0), values={"height": 1200})),
        ("value-wrong", Drawing("place", geometry=square(0, 0), values={"height": float("inf")})),
        ("floors-and-height", Drawing("place", geometry=square(0, 0), values={"height": 9, "floorsAboveGround": 9})),
        ("value-unknown", Drawing("place", geometry=square(0, 0), values={"status": "observed"})),
        ("type-unknown", Drawing("place", geometry=square(0, 0), values={"type": "Proposal"})),
        ("not-there", Drawing("move", "urn:ngsi-ld:Building:t:none", by={"eastM": 1})),
        ("by-wrong", Drawing("turn", HOUSE, by={"degrees": "north"})),
        ("not-a-road", Drawing("close-road", HOUSE)),
        ("act-unknown", Drawing("paint", HOUSE)),
    ],
)
def test_what_can_not_be_right_is_refused_and_nothing_is_written(store: Store, code: str, drawing: Drawing) -> None:
    branch, before = "refused", store.data_version()
    if branch not in {one.name for one in store.branches()}:
        store.fork(branch, actor="test", reason="fork")
        before = store.data_version()
    with pytest.raises(CallerError) as wrong:
        draw(store, branch, drawing, actor="gildong")
    assert wrong.value.code == f"drawing.{code}"
    assert store.data_version() == before


def test_main_is_not_drawn_on(store: Store) -> None:
    with pytest.raises(ConflictError, match="Make an alternative first"):
        act(store, "main", "remove", HOUSE)


# --- undo and redo ----------------------------------------------------------------------------------------------------

ACTS = st.one_of(
    st.builds(lambda e, n, h: Drawing("place", geometry=square(e, n), values={"height": h}),
              st.integers(-500, 500), st.integers(-500, 500), st.integers(3, 300)),
    st.builds(lambda id, e: Drawing("move", id, by={"eastM": e}), st.sampled_from([HOUSE, HALL]), st.integers(1, 90)),
    st.builds(lambda id, d: Drawing("turn", id, by={"degrees": d}), st.sampled_from([HOUSE, HALL]), st.integers(1, 99)),
    st.builds(lambda id, f: Drawing("raise", id, by={"floors": f}), st.sampled_from([HOUSE, HALL]), st.integers(1, 9)),
    st.builds(lambda id: Drawing("remove", id), st.sampled_from([HOUSE, HALL, ROAD])),
    st.sampled_from([Drawing("close-road", ROAD), Drawing("open-road", ROAD)]),
    st.builds(lambda u: Drawing("change", HOUSE, values={"use": u}), st.sampled_from(["학교", "병원", "주택"])),
)  # fmt: skip


def state(store: Store, branch: str) -> str:
    """Everything on a branch, as text."""
    return json.dumps(sorted((one["id"], one) for one in store.view(branch).documents(Query())), sort_keys=True)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawings=st.lists(ACTS, min_size=1, max_size=7))
def test_undoing_every_act_leaves_no_trace_and_redoing_brings_all_back(store: Store, drawings: list[Drawing]) -> None:
    branch = fork(store)
    states = [state(store, branch)]
    for drawing in drawings:
        try:
            draw(store, branch, drawing, actor="gildong")
        except CallerError:
            continue  # removed already, closed already
        states.append(state(store, branch))
    for expected in reversed(states[:-1]):
        undo(store, branch, actor="gildong")
        assert state(store, branch) == expected
    assert store.diff(branch) == []
    assert history(store, branch).undoes is None
    for expected in states[1:]:
        redo(store, branch, actor="gildong")
        assert state(store, branch) == expected
    assert history(store, branch).redoes is None


def test_a_new_act_forgets_what_could_be_done_again(store: Store, branch: str) -> None:
    act(store, branch, "move", HOUSE, by={"eastM": 5})
    _, undone = undo(store, branch, actor="sunsin")
    act(store, branch, "close-road", ROAD)
    told = history(store, branch).as_json()
    assert [(one["act"], one["undone"]) for one in told["acts"]] == [("close-road", False), ("move", True)]
    assert undone == told["acts"][1]["transaction"]
    assert (told["canUndo"], told["canRedo"]) == (True, False)
    with pytest.raises(ConflictError) as wrong:
        redo(store, branch, actor="sunsin")
    assert wrong.value.code == "drawing.nothing-to-redo"


def test_of_two_who_undo_one_act_at_once_the_second_is_told(store: Store, branch: str) -> None:
    act(store, branch, "place", geometry=square(300, 0), values={"height": 9})
    seen = undoing.history(store, branch).undoes  # as both saw it before either wrote
    assert seen is not None
    undo(store, branch, actor="minji")
    before = store.log(limit=1)[0].number
    with pytest.raises(ConflictError) as wrong:
        undoing._revert(store, branch, seen, seen.transaction, "undo", actor="sunsin", language="ko")
    assert wrong.value.code == "drawing.undo-meanwhile"
    assert store.log(limit=1)[0].number == before


def test_what_others_built_upon_is_not_undone_and_they_are_named(store: Store, branch: str) -> None:
    id = act(store, branch, "place", geometry=square(300, 0), values={"height": 9}).ids[0]
    with store.transact(branch=branch, actor="sunsin", reason="owner found") as tx:
        tx.merge(id, {"owner": property_("시청")})
    with pytest.raises(ConflictError, match="sunsin") as wrong:
        undo(store, branch, actor="gildong")
    assert wrong.value.code == "drawing.built-upon"
    other = act(store, branch, "place", geometry=square(400, 0), values={"height": 9}).ids[0]
    with store.transact(branch=branch, actor="sunsin", reason="a task for it") as tx:
        tx.put({"id": "urn:ngsi-ld:Task:t:1", "type": "Task", "refFacility": relationship(other)})
    with pytest.raises(ConflictError, match="a task for it"):
        undo(store, branch, actor="gildong")


def test_what_was_drawn_on_two_branches_merges_attribute_by_attribute(store: Store) -> None:
    parent = fork(store)
    first, second = fork(store, parent), fork(store, parent)
    act(store, first, "move", HOUSE, by={"eastM": 10})
    act(store, second, "raise", HOUSE, by={"metres": 8})
    store.merge(first, into=parent, actor="test", reason="both")
    store.merge(second, into=parent, actor="test", reason="both")
    both = seen(store, parent, HOUSE)
    assert value_of(both, "height") == 20.0
    assert value_of(both, "location") == value_of(seen(store, first, HOUSE), "location")


# --- rigid motions ----------------------------------------------------------------------------------------------------


@given(
    east=st.floats(-5000, 5000), north=st.floats(-5000, 5000), degrees=st.floats(-360, 360), side=st.floats(5, 200)
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_a_motion_keeps_the_area_and_the_way_back_leads_home(
    east: float, north: float, degrees: float, side: float
) -> None:
    shape = square(0, 0, side)
    centre = shapely.geometry.shape(shape).centroid
    there = Motion((centre.x, centre.y), east, north, degrees)
    moved = moved_geometry(shape, there)
    assert area_m2(shapely.geometry.shape(moved)) == pytest.approx(side * side, rel=1e-4)
    arrived = there.arrival
    turned = moved_geometry(moved, Motion(arrived, clockwise_deg=-degrees))
    home = Motion(arrived, *(np.array([centre.x, centre.y]) - arrived) * metres_per_degree(np.array(arrived[1])))
    back = np.array(moved_geometry(turned, home)["coordinates"])
    assert back == pytest.approx(np.array(shape["coordinates"]), abs=2e-8)


def test_a_solid_in_an_unknown_system_is_not_guessed_at() -> None:
    block = solid(square(0, 0)["coordinates"][0], 5.0)
    motion = Motion((LON, LAT), east_m=1.0)
    assert moved_solid({**block, "crs": "EPSG:0"}, motion) is None
    assert moved_solid({**block, "crs": "EPSG:5181"}, motion) is None  # lands 100 km away: not its system


def test_a_solid_that_moves_uphill_keeps_its_height_above_the_ground() -> None:
    block = solid(square(0, 0)["coordinates"][0], 5.0)
    lifted = moved_solid(block, Motion((LON, LAT), east_m=100.0), rise_m=2.5)
    assert lifted is not None
    assert (np.array(lifted["vertices"]) - block["vertices"])[:, 2].tolist() == [2500] * 8
    slope = np.tile(np.arange(40, dtype=np.float32), (40, 1))  # a metre a cell of 10 m towards the east
    grid = Grid("EPSG:4326", (10 * EAST, 0.0, LON - 200 * EAST, 0.0, -10 * NORTH, LAT + 200 * NORTH), slope)
    assert rise_of_ground(Ground.of([grid]), Motion((LON, LAT), east_m=100.0)) == pytest.approx(10.0, abs=1e-3)
    assert rise_of_ground(Ground.of([grid]), Motion((LON, LAT), east_m=9000.0)) == 0.0  # nobody knows that ground


def test_types_drawn_are_found_by_their_layer(store: Store, branch: str) -> None:
    place = {"type": "Point", "coordinates": [LON, LAT]}
    act(store, branch, "place", geometry=place, values={"type": "SolitaryVegetationObject", "height": 8})
    trees = store.view(branch).documents(Query(types=parse_types("SolitaryVegetationObject")))
    assert [value_of(one, "height") for one in trees] == [8]
