"""City models out: what came in goes out again, other entities are drawn from their place, and schemas agree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pyogrio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from typer.testing import CliRunner

from city_models import CRS, box, model, read_lines, rich, sequence, sheet, told
from madang.city import new_city
from madang.cli import app
from madang.entities.entity import Document, geo_property, language_property, property_, relationship, value_of
from madang.entities.query import Query
from madang.errors import CallerError
from madang.exports.files import export
from madang.sources import base
from madang.store import Store

DATA = Path(os.environ.get("MADANG_DATA") or Path(__file__).parents[3] / "shared" / "data")
DELFT = DATA / "citymodel-samples" / "delft_3dbag.city.json"
delft_only = pytest.mark.skipif(not DELFT.exists(), reason=f"{DELFT.name} is not in the development data folder")
SCHEMAS = Path(__file__).parents[1] / "sources" / "schemas"


def validator(version: str, name: str) -> Any:
    """The official schema of a version, whose files name each other."""
    folder = SCHEMAS / f"cityjson-{version}"
    found = [orjson.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))]
    registry = jsonschema_rs.Registry([(schema["$id"], schema) for schema in found if "$id" in schema])
    return jsonschema_rs.validator_for(orjson.loads((folder / f"{name}.schema.json").read_bytes()), registry=registry)


@pytest.fixture(scope="module")
def schema() -> Any:
    return validator("2.0", "cityjson")


@pytest.fixture(scope="module")
def feature_schema() -> Any:
    return validator("2.0", "cityjsonfeature")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "city.gpkg", city_id="testing", title={"ko": "시험시", "en": "Testing"}) as made:
        yield made


def put(store: Store, *paths: Path) -> None:
    base.write(store, [base.read(path) for path in paths], actor="test", reason="load")


def city_objects(store: Store) -> list[Document]:
    return [document for document in store.view().documents(Query()) if document["type"] != "Dataset"]


def written(store: Store, path: Path, **more: Any) -> list[dict[str, Any]]:
    export(store.view(), city_objects(store), path, **more)
    return read_lines(path)


def there_and_back(store: Store, folder: Path, content: bytes, name: str = "in.city.json", *, out: str) -> list[Any]:
    (folder / name).write_bytes(content)
    put(store, folder / name)
    return written(store, folder / out)


def problems(schema: Any, document: dict[str, Any]) -> list[str]:
    return [problem.message[:200] for problem in schema.iter_errors(document)]


@pytest.mark.parametrize("version", ["1.1", "2.0"])
@pytest.mark.parametrize("out", ["out.city.json", "out.city.jsonl"])
def test_what_came_in_goes_out_again(store, tmp_path, schema, feature_schema, version, out):
    content = rich(version)
    assert not problems(validator(version, "cityjson"), content)
    found = there_and_back(store, tmp_path, orjson.dumps(content), out=out)
    assert told(found) == told([content])
    assert found[0]["version"] == "2.0"
    assert found[0]["transform"] == content["transform"]
    assert not problems(schema, found[0])
    assert not [problem for line in found[1:] for problem in problems(feature_schema, line)]
    assert found[0]["appearance"]["materials"] == content["appearance"]["materials"]


def test_a_sequence_goes_out_again_line_by_line(store, tmp_path):
    content = model(
        whole={"type": "Building", "children": ["part"], "geometry": [sheet()]},
        part={"type": "BuildingPart", "parents": ["whole"], "geometry": [box()]},
        tree={"type": "SolitaryVegetationObject", "geometry": [sheet("1")]},
    )
    found = there_and_back(store, tmp_path, sequence(content), "in.city.jsonl", out="out.city.jsonl")
    assert told(found) == told([content])
    assert [sorted(line["CityObjects"]) for line in found[1:]] in (
        [["part", "whole"], ["tree"]], [["tree"], ["part", "whole"]],
    )  # fmt: skip


def test_a_change_made_in_the_city_goes_out(store, tmp_path):
    thing = {"type": "Building", "attributes": {"storeysAboveGround": 3, "own": 1}, "geometry": [box()]}
    (tmp_path / "in.city.json").write_bytes(orjson.dumps(model(tower=thing)))
    put(store, tmp_path / "in.city.json")
    (document,) = city_objects(store)
    with store.transact(actor="test", reason="one more floor") as tx:
        tx.put_many([{**document, "floorsAboveGround": property_(4, unit="{floor}"), "energyClass": property_("B")}])
    (found,) = written(store, tmp_path / "out.city.json")
    assert found["CityObjects"]["tower"]["attributes"] == {"storeysAboveGround": 4, "own": 1, "energyClass": "B"}


def test_a_building_takes_its_parts_along_and_no_link_leads_nowhere(store, tmp_path):
    content = model(
        whole={"type": "Building", "children": ["part"]},
        part={"type": "BuildingPart", "parents": ["whole"], "geometry": [box()]},
        group={"type": "CityObjectGroup", "children": ["whole"]},
    )
    (tmp_path / "in.city.json").write_bytes(orjson.dumps(content))
    put(store, tmp_path / "in.city.json")
    view = store.view()
    export(view, [one for one in city_objects(store) if one["type"] == "Building"], tmp_path / "o.city.json")
    (found,) = read_lines(tmp_path / "o.city.json")
    assert sorted(found["CityObjects"]) == ["part", "whole"]
    group = [one for one in city_objects(store) if value_of(one, "code") == "group"]
    export(view, group, tmp_path / "g.city.json")
    assert read_lines(tmp_path / "g.city.json")[0]["CityObjects"]["group"].get("children") is not None


def test_a_body_that_gave_way_to_a_drawn_height_goes_out_as_a_block(store, tmp_path, schema):
    thing = {"type": "Building", "attributes": {"measuredHeight": 12.0}, "geometry": [box()]}
    (tmp_path / "in.city.json").write_bytes(orjson.dumps(model(tower=thing)))
    put(store, tmp_path / "in.city.json")
    (document,) = city_objects(store)
    raised = {**document, "height": property_(40.0, unit="MTR")}
    del raised["geometry3d"]
    with store.transact(actor="test", reason="raised") as tx:
        tx.put(raised)
    (found,) = written(store, tmp_path / "out.city.json")
    assert not problems(schema, found)
    tower = found["CityObjects"]["tower"]
    assert (tower["type"], tower["geometry"][0]["type"], tower["attributes"]["measuredHeight"]) == (
        "Building", "Solid", 40.0,
    )  # fmt: skip
    heights = [
        vertex[2] * found["transform"]["scale"][2] + found["transform"]["translate"][2] for vertex in found["vertices"]
    ]
    assert (min(heights), max(heights)) == pytest.approx((30.0, 70.0))


def test_a_building_that_stands_in_parts_goes_out_once_with_its_parts(store, tmp_path, schema):
    whole = "urn:ngsi-ld:Building:osm:w1"
    place = geo_property(PLACES["Building"])
    parts: list[Document] = [
        {"id": f"urn:ngsi-ld:CityObject:osm:w{n}", "type": "CityObject", "cityjsonType": property_("BuildingPart"),
         "location": place, "refParent": relationship(whole), "height": property_(10.0, unit="MTR")}
        for n in (2, 3)
    ]  # fmt: skip
    parts[1]["baseAboveGround"] = property_(10.0, unit="MTR")
    building: Document = {"id": whole, "type": "Building", "location": place, "height": property_(20.0, unit="MTR"),
                          "parts": relationship([one["id"] for one in parts])}  # fmt: skip
    with store.transact(actor="test", reason="fill") as tx:
        tx.put_many([building, *parts])
    export(store.view(), [building], tmp_path / "out.city.json")
    (found,) = read_lines(tmp_path / "out.city.json")
    assert not problems(schema, found)
    one, low, high = (found["CityObjects"][id] for id in (whole, *building["parts"]["object"]))
    assert "geometry" not in one
    assert one["children"] == building["parts"]["object"]
    assert (low["type"], low["parents"]) == ("BuildingPart", [whole])
    levels = {
        round(found["vertices"][n][2] * 0.001 + found["transform"]["translate"][2], 3)
        for surface in high["geometry"][0]["boundaries"][0] for ring in surface for n in ring
    }  # fmt: skip
    assert levels == {10.0, 20.0}
    export(store.view(), parts, tmp_path / "alone.city.json")  # without the whole they are parts of nothing
    (alone,) = read_lines(tmp_path / "alone.city.json")
    assert not problems(schema, alone)
    assert {thing["type"] for thing in alone["CityObjects"].values()} == {"GenericCityObject"}


def test_models_in_two_systems_go_out_in_one(store, tmp_path, schema):
    first, second = model(a={"type": "Building", "geometry": [box()]}), rich()
    second["CityObjects"]["a"] = {"type": "Building", "geometry": [box("2.2")]}
    second["metadata"]["referenceSystem"] = "https://www.opengis.net/def/crs/EPSG/0/5181"
    second["transform"]["translate"][1] -= 100_000  # 5181 begins 100 km further south
    for name, content in (("first", first), ("second", second)):
        (tmp_path / f"{name}.city.json").write_bytes(orjson.dumps(content))
    put(store, tmp_path / "first.city.json", tmp_path / "second.city.json")
    (found,) = written(store, tmp_path / "out.city.json")
    assert not problems(schema, found)
    assert found["metadata"]["referenceSystem"] == CRS
    assert len(found["CityObjects"]) == 9  # two are called a: by their own ids then
    assert all(g["type"] != "GeometryInstance" for o in found["CityObjects"].values() for g in o.get("geometry", []))
    west, south, low, east, north, high = found["metadata"]["geographicalExtent"]
    assert (east - west, north - south) == pytest.approx((10, 20), abs=12)
    assert (low, high) == pytest.approx((30.0, 42.0))
    assert written(store, tmp_path / "o.city.json", crs="EPSG:5179")[0]["metadata"]["referenceSystem"].endswith("5179")
    for wrong in ("EPSG:99", "EPSG:4326", "WGS 84 / no such"):  # no system, degrees, no system
        with pytest.raises(CallerError, match="no coordinate system"):
            written(store, tmp_path / "o.city.json", crs=wrong)
    with pytest.raises(CallerError, match="is not chosen"):
        written(store, tmp_path / "o.geojson", crs="EPSG:5179")


PLACES = {
    "Building": {"type": "Polygon", "coordinates": [[[127.1, 37.4], [127.1002, 37.4], [127.1002, 37.4001],
                                                     [127.1, 37.4001], [127.1, 37.4]]]},
    "RoadSegment": {"type": "LineString", "coordinates": [[127.1, 37.4], [127.2, 37.4]]},
    "BusStop": {"type": "Point", "coordinates": [127.1, 37.4]},
    "Parcel": {"type": "MultiPolygon", "coordinates": [[[[127, 37], [127.1, 37], [127.1, 37.1], [127, 37]]]]},
}  # fmt: skip
SOURCE = "urn:ngsi-ld:Dataset:test:open"


@pytest.fixture
def plain_city(store: Store) -> Store:
    made: list[Document] = [
        {"id": SOURCE, "type": "Dataset", "title": language_property({"ko": "열린 자료"}),
         "licence": property_("KOGL-1"), "attribution": property_("마당")},
    ]  # fmt: skip
    for name, place in PLACES.items():
        made.append({"id": f"urn:ngsi-ld:{name}:test:1", "type": name, "location": geo_property(place),
                     "name": language_property({"ko": "판교"}), "source": relationship(SOURCE)})  # fmt: skip
    made[1]["height"] = property_(9.5, unit="MTR")
    made.append({**made[1], "id": "urn:ngsi-ld:Building:test:2", "floorsAboveGround": property_(3, unit="{floor}")})
    del made[-1]["height"]
    made.append({"id": "urn:ngsi-ld:Company:test:1", "type": "Company", "name": property_("곳 없는 회사")})
    with store.transact(actor="test", reason="fill") as tx:
        tx.put_many(made)
    return store


def test_entities_without_a_model_are_drawn_from_their_place(plain_city, tmp_path, schema):
    (found,) = written(plain_city, tmp_path / "out.city.json")
    assert not problems(schema, found)
    objects = found["CityObjects"]
    assert {id.split(":")[2]: thing["type"] for id, thing in objects.items()} == {
        "Building": "Building", "RoadSegment": "Road", "BusStop": "CityFurniture", "Parcel": "LandUse",
    }  # fmt: skip
    assert found["metadata"]["sources"][0]["licence"] == "KOGL-1"
    assert found["metadata"]["title"] == "열린 자료"
    stated, storeys = (objects[f"urn:ngsi-ld:Building:test:{n}"] for n in (1, 2))
    assert stated["attributes"]["measuredHeight"] == 9.5
    assert storeys["attributes"]["measuredHeight"] == 12.0
    assert "3 storeys of 4.0 m" in storeys["attributes"]["measuredHeight-method"]
    (solid,) = storeys["geometry"]
    assert (solid["type"], solid["lod"], len(solid["boundaries"][0])) == ("Solid", "1", 6)
    edges = [tuple(ring[n - 1 : n + 1]) if n else (ring[-1], ring[0])
             for surface in solid["boundaries"][0] for ring in surface for n in range(len(ring))]  # fmt: skip
    assert sorted(edges) == sorted((b, a) for a, b in edges)  # closed, and facing outwards all around
    put(plain_city, tmp_path / "out.city.json")  # what we write, we read


def test_a_scene_for_other_tools(plain_city, tmp_path):
    buildings = [one for one in city_objects(plain_city) if one["type"] == "Building"]
    export(plain_city.view(), buildings, tmp_path / "out.glb")
    data = (tmp_path / "out.glb").read_bytes()
    size = int.from_bytes(data[12:16], "little")
    document = orjson.loads(data[20 : 20 + size])
    assert int.from_bytes(data[8:12], "little") == len(data)
    assert document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]["count"] == 2
    position = document["accessors"][0]
    assert (position["min"][1], position["max"][1]) == pytest.approx((0.0, 12.0), abs=0.001)  # up is y
    assert position["max"][0] * 2 == pytest.approx(0.0002 * 111_320 * 0.7944, rel=0.01)
    assert document["asset"]["extras"]["sources"][0]["licence"] == "KOGL-1"
    with pytest.raises(CallerError, match="no scene"):
        export(plain_city.view(), [one for one in city_objects(plain_city) if one["type"] == "BusStop"],
               tmp_path / "b.glb")  # fmt: skip


def test_a_geopackage_has_a_layer_a_type_and_never_replaces_a_city(plain_city, tmp_path):
    export(plain_city.view(), city_objects(plain_city), tmp_path / "out.gpkg")
    layers = dict(pyogrio.list_layers(tmp_path / "out.gpkg").tolist())
    assert layers == {"Building": "Polygon", "RoadSegment": "LineString", "BusStop": "Point",
                      "Parcel": "MultiPolygon", "Company": "Unknown"}  # fmt: skip
    frame = pyogrio.read_dataframe(tmp_path / "out.gpkg", layer="Building")
    assert frame.crs.to_epsg() == 4326
    assert frame["height"].tolist()[0] == 9.5
    assert set(frame["name"]) == {"판교"}
    assert b"KOGL-1" in orjson.dumps(pyogrio.read_info(tmp_path / "out.gpkg", layer="Building")["layer_metadata"])
    with pytest.raises(CallerError, match="city file"):
        export(plain_city.view(), city_objects(plain_city), tmp_path / "city.gpkg")
    assert plain_city.view().count(Query()) == 7


def test_geoparquet_reads_back_in_geopandas(plain_city, tmp_path):
    geopandas = pytest.importorskip("geopandas")
    export(plain_city.view(), city_objects(plain_city), tmp_path / "out.parquet")
    frame = geopandas.read_parquet(tmp_path / "out.parquet")
    assert frame.crs.to_epsg() == 4326 or frame.crs.to_string() == "OGC:CRS84"
    assert sorted(frame.geometry.dropna().geom_type) == ["LineString", "MultiPolygon", "Point", "Polygon", "Polygon"]
    assert frame.set_index("id").loc["urn:ngsi-ld:Building:test:1", "height"] == 9.5


def test_nothing_with_a_place_is_said_so(plain_city, tmp_path):
    only = [one for one in city_objects(plain_city) if one["type"] == "Company"]
    with pytest.raises(CallerError, match="nothing can be drawn"):
        export(plain_city.view(), only, tmp_path / "out.city.json")


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=6)
leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    leaves | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
rings = st.lists(st.integers(0, 8), min_size=3, max_size=5)
surfaces = st.lists(st.lists(rings, min_size=1, max_size=2), min_size=1, max_size=4)


@st.composite
def geometries(draw: st.DrawFn) -> dict[str, Any]:
    shells = draw(st.lists(surfaces, min_size=1, max_size=2))
    solid = draw(st.booleans())
    made: dict[str, Any] = {
        "type": "Solid" if solid else "MultiSurface",
        "lod": draw(st.sampled_from(["0", "1.2", "2.2", "3"])),
        "boundaries": shells if solid else shells[0],
    }
    if draw(st.booleans()):
        one = st.sampled_from([None, 0, 1])
        said = [draw(st.none() | st.lists(one, min_size=len(s), max_size=len(s))) for s in shells]
        made["semantics"] = {"surfaces": [{"type": "RoofSurface", "slope": 3}, {"type": "+Own", "parent": 0}],
                             "values": said if solid else said[0]}  # fmt: skip
    return made


@st.composite
def models(draw: st.DrawFn) -> dict[str, Any]:
    ids = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    objects: dict[str, Any] = {}
    for id in ids:
        thing: dict[str, Any] = {"type": draw(st.sampled_from(["Building", "Road", "+Own", "GenericCityObject"]))}
        if draw(st.booleans()):
            thing["attributes"] = draw(st.dictionaries(names, values, max_size=3))
        if found := draw(st.lists(geometries(), max_size=2)):
            thing["geometry"] = found
        objects[id] = thing
    if len(ids) > 1 and draw(st.booleans()):
        objects[ids[0]]["children"], objects[ids[1]]["parents"] = [ids[1]], [ids[0]]
    return {**model(), "CityObjects": objects}


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("trips") / "city.gpkg"
    with Store.create(path, city_id="testing", title={"ko": "시험시", "en": "Testing"}, synchronous="OFF") as made:
        yield made


@settings(max_examples=25, deadline=None)
@given(models(), st.sampled_from(["out.city.json", "out.city.jsonl"]))
def test_any_model_goes_out_as_it_came_in(lasting, content, out):
    folder = lasting.path.parent
    number = len(list(folder.glob("in*.city.json")))  # each model is a data set of its own
    (folder / f"in{number}.city.json").write_bytes(orjson.dumps(content))
    put(lasting, folder / f"in{number}.city.json")
    source = f"urn:ngsi-ld:Dataset:file:in{number}.city.json"
    export(lasting.view(), [one for one in city_objects(lasting) if value_of(one, "source") == source], folder / out)
    assert told(read_lines(folder / out)) == told([content])


@delft_only
@pytest.mark.needs_data
def test_a_real_model_goes_out_as_it_came_in_from_delft(store, tmp_path, schema):
    put(store, DELFT)
    (found,) = written(store, tmp_path / "out.city.json")
    source = orjson.loads(DELFT.read_bytes())
    assert len(found["CityObjects"]) == 570
    assert told([found]) == told([source])
    assert found["metadata"]["geographicalExtent"] == source["metadata"]["geographicalExtent"]
    assert not problems(schema, found)


def test_a_city_and_its_command_write_a_model_in_the_system_asked_for(tmp_path):
    with new_city(tmp_path / "town.gpkg") as city:
        city.put({"id": "urn:ngsi-ld:Building:t:1", "type": "Building", "height": 9.5,
                  "location": {"type": "GeoProperty", "value": PLACES["Building"]}}, by="test")  # fmt: skip
        city.export(tmp_path / "a.city.json", "Building", crs="EPSG:5179")
    told = CliRunner().invoke(
        app,
        [
            "export",
            str(tmp_path / "town.gpkg"),
            str(tmp_path / "b.city.json"),
            "--type",
            "Building",
            "--crs",
            "EPSG:5179",
        ],
    )
    assert told.exit_code == 0, told.output
    (ours,), (theirs,) = read_lines(tmp_path / "a.city.json"), read_lines(tmp_path / "b.city.json")
    assert ours == theirs
    corner = [
        n * s + t
        for n, s, t in zip(ours["vertices"][0], ours["transform"]["scale"], ours["transform"]["translate"], strict=True)
    ]
    there = Transformer.from_crs("EPSG:5179", "EPSG:4326", always_xy=True).transform(*corner[:2])
    assert min(abs(there[0] - x) + abs(there[1] - y) for x, y in PLACES["Building"]["coordinates"][0]) < 1e-7
