"""CityJSON in: footprints, heights, attributes and the geometry itself; what contradicts itself is refused."""

import os
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from city_models import BOX, X, Y, box, model, rich, sequence, sheet
from madang.entities.entity import check_entity, geometry_of, instance_of, value_of
from madang.errors import DataError, MadangError
from madang.sources import base, solids
from madang.sources.cityjson import geometry
from madang.sources.cityjson import model as files

DATA = Path(os.environ.get("MADANG_DATA") or Path(__file__).parents[3] / "shared" / "data")
DELFT = DATA / "citymodel-samples" / "delft_3dbag.city.json"
delft_only = pytest.mark.skipif(not DELFT.exists(), reason=f"{DELFT.name} is not in the development data folder")


def gathered(folder, content, name="model.city.json", **more):
    path = folder / name
    path.write_bytes(orjson.dumps(content) if isinstance(content, dict) else content)
    return base.gathered(base.read(path, **more))


def read(folder, content, name="model.city.json", **more):
    """The dataset, the entities by their code, and the report."""
    loaded = gathered(folder, content, name, **more)
    dataset, *entities = [check_entity(document) for document in loaded.entities]
    return dataset, {value_of(document, "code"): document for document in entities}, loaded.report


def rebuilt(document):
    """The vertices in the file's own system and the geometries, out of an entity."""
    kept = value_of(document, "geometry3d")
    points = np.array(kept["vertices"]) * kept["transform"]["scale"] + kept["transform"]["translate"]
    return points, kept["geometry"]


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_a_solid_gives_footprint_height_lod_and_keeps_its_semantics(tmp_path, version):
    thing = {"type": "Building", "attributes": {"name": "유스페이스", "storeysAboveGround": 3}, "geometry": [box()]}
    _, found, _ = read(tmp_path, model(version, tower=thing))
    document = found["tower"]
    assert document["type"] == "Building"
    assert value_of(document, "height") == 12.0
    assert instance_of(document, "height")["unitCode"] == "MTR"
    assert set(value_of(instance_of(document, "height"), "method")) == {"ko", "en"}
    assert value_of(document, "baseElevation") == 30.0
    assert value_of(document, "lod") == "1.2"
    assert value_of(document, "floorsAboveGround") == 3
    assert value_of(document, "cityjsonAttributes") == thing["attributes"]
    footprint = shape(geometry_of(document))
    assert footprint.bounds[:2] == pytest.approx((127.11, 37.4), abs=1e-6)
    assert footprint.area * 111_320**2 * np.cos(np.radians(37.4)) == pytest.approx(200, rel=0.01)
    points, (kept,) = rebuilt(document)
    assert kept["semantics"] == thing["geometry"][0]["semantics"]
    corners = {tuple(points[i].round(3)) for surface in kept["boundaries"][0] for i in surface[0]}
    assert corners == {tuple(c) for c in (np.array(BOX) * 0.001 + [X, Y, 30.0]).round(3)}


def test_a_stated_height_goes_before_the_geometry_as_with_citygml_unless_it_means_unknown(tmp_path):
    def tower(stated):
        return {"type": "Building", "attributes": {"measuredHeight": stated}, "geometry": [box()]}

    _, found, _ = read(tmp_path, model(said=tower(11.5), unknown=tower(9999), none=tower(-1)))
    assert [value_of(found[name], "height") for name in ("said", "unknown", "none")] == [11.5, 12.0, 12.0]
    assert {value_of(one, "baseElevation") for one in found.values()} == {30.0}
    assert "measuredHeight" in value_of(instance_of(found["said"], "height"), "method")["en"]


def test_a_building_of_parts_takes_footprint_and_height_from_them(tmp_path):
    objects = {
        "part": {"type": "BuildingPart", "parents": ["whole"], "geometry": [box()]},
        "whole": {"type": "Building", "children": ["part"]},
        "flat": {"type": "Building", "children": ["body"], "geometry": [sheet()]},
        "body": {"type": "BuildingPart", "parents": ["flat"], "geometry": [box()]},
        "group": {"type": "CityObjectGroup", "children": ["whole", "flat"]},
    }
    _, found, report = read(tmp_path, model(**objects))
    whole, part = found["whole"], found["part"]
    assert (report.read, report.kept) == (5, 5)
    assert value_of(whole, "height") == value_of(found["flat"], "height") == 12.0
    assert geometry_of(whole) == geometry_of(part)
    assert (part["type"], value_of(part, "cityjsonType")) == ("CityObject", "BuildingPart")
    assert value_of(part, "refParent") == whole["id"]
    assert value_of(whole, "parts") == part["id"]
    assert "location" not in found["group"]


def test_everything_is_kept_also_what_has_no_place(tmp_path):
    content = rich()
    dataset, found, report = read(tmp_path, content)
    assert (report.read, report.kept, report.left_out) == (7, 7, {})
    assert {n["en"].split(":")[0] for n in report.notes} == {"1 geometries are copies of a template"}
    assert {document["type"] for document in found.values()} == {
        "Building", "CityObject", "SolitaryVegetationObject", "Road", "CityFurniture",
    }  # fmt: skip
    assert "location" not in found["nowhere"]
    assert geometry_of(found["way"])["type"] == "MultiLineString"
    assert geometry_of(found["stop"])["type"] == "Point"
    assert value_of(found["tower"], "cityjsonAttributes") == content["CityObjects"]["tower"]["attributes"]
    assert found["odd id <1%>"]["id"] == "urn:ngsi-ld:CityObject:model:odd%20id%20%3C1%25%3E"
    members = value_of(dataset, "cityjson")["members"]
    assert members["geometry-templates"] == content["geometry-templates"]
    assert members["+noiseSurvey"] == {"year": 2020}
    assert members["extensions"] == content["extensions"]


def test_a_copy_of_a_template_is_drawn_where_it_stands(tmp_path):
    _, found, _ = read(tmp_path, rich())
    oak = found["oak"]
    points, (drawn,) = rebuilt(oak)
    assert (drawn["type"], drawn["lod"], drawn["instance"]["template"]) == ("MultiSurface", "2", 1)
    assert value_of(oak, "height") == 12.0  # 4 m three times as high
    corner = points[drawn["boundaries"][0][0][1]]  # (1, 0, 0) twice as large, moved by 1.5 m
    assert corner == pytest.approx([X + 10 + 3.5, Y + 20, 30.0], abs=1e-3)


def test_a_sequence_reads_as_the_whole_does(tmp_path):
    objects = {
        "whole": {"type": "Building", "children": ["part"], "geometry": [sheet()]},
        "part": {"type": "BuildingPart", "parents": ["whole"], "geometry": [box()]},
        "tree": {"type": "SolitaryVegetationObject", "geometry": [sheet("1")]},
    }
    content = model(**objects)
    whole = gathered(tmp_path, content).entities[1:]
    lines = gathered(tmp_path, sequence(content), "model.city.jsonl").entities[1:]
    for document in (*whole, *lines):
        del document["source"]
    assert lines == whole


def test_a_flow_is_read_anew_each_time_and_in_batches(tmp_path, monkeypatch):
    monkeypatch.setattr("madang.sources.cityjson.source.BATCH", 2)
    objects = {f"b{n}": {"type": "Building", "geometry": [box()]} for n in range(5)}
    (tmp_path / "m.city.json").write_bytes(orjson.dumps(model(**objects)))
    flow = base.read(tmp_path / "m.city.json")
    assert flow.total == 5
    first = [[document["id"] for document in batch] for batch in flow.batches()]
    assert [len(batch) for batch in first] == [1, 2, 2, 1]
    assert [[document["id"] for document in batch] for batch in flow.batches()] == first
    assert flow.finished()[0].kept == 5


# --- bad input -------------------------------------------------------------------------------------------------------


def refused(folder, content, name="model.city.json"):
    with pytest.raises(DataError) as caught:
        gathered(folder, content, name)
    assert caught.value.message("ko")
    return caught.value.message("en")


def one(geometry_=None, **members):
    return model(t={"type": "Building", "geometry": [geometry_ or box()], **members})


def changed(**members):
    return {**one(), **members}


def beyond(index):
    made = box()
    made["boundaries"][0][0][0][0] = index
    return made


CONTRADICTIONS = {
    "reads 1.1, 2.0": changed(version="1.0"),
    "t: a boundary names vertex 500": one(beyond(500)),
    "t: a boundary names vertex -1": one(beyond(-1)),
    "Blob is no geometry type": one({"type": "Blob"}),
    "nested as a Solid": one(beyond("3")),
    "nested as a MultiSurface": one({"type": "MultiSurface", "boundaries": box()["boundaries"]}),
    "do not match the surfaces": one(box(semantics={"surfaces": [{"type": "RoofSurface"}], "values": [[0]]})),
    "semantics need surfaces": one(box(semantics={"surfaces": 3})),
    "names ghost, which is not in the file": one(parents=["ghost"]),
    "its own parent": one(parents=["t"]),
    "attributes is not of the kind": one(attributes=[]),
    "does not say its type": model(t={}),
    "made from template 0": one({"type": "GeometryInstance", "template": 0, "boundaries": [1],
                                 "transformationMatrix": [1.0] * 16}),
    "appearance does not have": one(box(material={"m": {"value": 0}})),
    "no list of three numbers": changed(vertices=[[1, 2]] * 20),
    "no list of three numbers ": changed(vertices=[[1, "2", None]] * 20),
    "three finite numbers each": changed(transform={"scale": [0, 1, 1], "translate": [0, 0, 0]}),
    "coordinate system": changed(metadata={}),
    "EPSG/0/999999": changed(metadata={"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/999999"}),
    "outside the world if they are EPSG:5186": changed(
        transform={"scale": [1, 1, 1], "translate": [1e9, 1e9, 0]}),
    "CityObjects is not of the kind": changed(CityObjects=[]),
}  # fmt: skip


@pytest.mark.parametrize("said", CONTRADICTIONS)
def test_a_model_that_contradicts_itself_is_refused_with_its_place(tmp_path, said):
    assert said.strip() in refused(tmp_path, CONTRADICTIONS[said])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (orjson.dumps(one())[:-40], "breaks off"),
        (orjson.dumps(one()).replace(b"[99,99,99]", b"[NaN,99,99]"), "breaks off"),
        (orjson.dumps(one()).replace(b"[99,99,99]", b"[1e999,99,99]"), "breaks off"),
        (orjson.dumps(one()).replace(b'"lod"', b'"deep":' + b"[" * 5000 + b"]" * 5000 + b',"lod"'), "breaks off"),
    ],
    ids=["cut", "nan", "infinite", "deep"],
)
def test_a_file_that_is_no_json_is_refused(tmp_path, text, said):
    assert said in refused(tmp_path, text)


def test_a_model_that_breaks_off_is_told_as_what_it_is_also_where_its_objects_come_first(tmp_path):
    whole = model(tower={"type": "Building", "geometry": [box()]})
    text = orjson.dumps({"CityObjects": whole.pop("CityObjects"), **whole})
    (tmp_path / "broken.city.json").write_bytes(text[:-40])
    with pytest.raises(DataError) as caught:
        base.gathered(base.read(tmp_path / "broken.city.json"))
    assert caught.value.code == "sources.bad-json"


def test_a_sequence_that_contradicts_itself_is_refused_with_its_line(tmp_path):
    good = sequence(one()).splitlines()
    other = orjson.loads(good[0])
    other["metadata"] = {"referenceSystem": CRS_OTHER}
    moved = {**orjson.loads(good[0]), "transform": {"scale": [1, 1, 1], "translate": [0, 0, 0]}}
    cases = {
        "line 3: the coordinate system is": [*good, orjson.dumps(other)],
        "line 3: the transform differs": [*good, orjson.dumps(moved)],
        "line 3, t: an object of this id": [*good, good[1]],
        "line 3: expected a CityJSONFeature, found Feature": [*good, b'{"type": "Feature"}'],
        "line 2: the JSON breaks off": [good[0], good[1][:50]],
        "called t, but no object": [good[0], good[1].replace(b'"CityObjects":{"t"', b'"CityObjects":{"u"')],
    }
    for said, lines in cases.items():
        assert said in refused(tmp_path, b"\n".join(lines), "model.city.jsonl")


CRS_OTHER = "https://www.opengis.net/def/crs/EPSG/0/5179"


def test_an_object_larger_than_any_building_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(geometry, "MOST_CORNERS", 20)
    assert "has 24 corners; up to 20" in refused(tmp_path, one())
    monkeypatch.setattr(files, "LARGEST_DOCUMENT", 100)
    assert "in one document" in refused(tmp_path, one())
    monkeypatch.setattr(files, "LONGEST_LINE", 100)
    assert "line 1: one feature is larger" in refused(tmp_path, sequence(one()), "model.city.jsonl")


def test_bad_objects_can_be_left_out_and_are_counted(tmp_path):
    content = model(
        good={"type": "Building", "geometry": [box()], "children": ["bad"]},
        bad={"type": "BuildingPart", "geometry": [beyond(77)], "parents": ["good"]},
        dirty={"type": "Building", "geometry": [sheet() | {"boundaries": [[[1, 1, 2]], [[1, 2, 3, 3, 4]], [[]]]},
                                                {"type": "MultiSurface", "lod": "3", "boundaries": []}]},
    )  # fmt: skip
    _, found, report = read(tmp_path, content, skip_bad=True)
    assert (report.read, report.kept, report.left_out) == (3, 2, {"cityjson-index": 1})
    assert "parts" not in found["good"]
    assert report.facts == {"degenerate_rings": 2, "empty_geometries": 1}
    assert shape(geometry_of(found["dirty"])).area == pytest.approx(shape(geometry_of(found["good"])).area)


BYTES = orjson.dumps(rich())


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_never_anything_else(tmp_path_factory, data):
    at = data.draw(st.integers(0, len(BYTES) - 1))
    change = data.draw(st.sampled_from([b"", b"9", b"-", b'"', b"null", b"[]", b"{}", b"[", b"1e300", b'"x"', b"0.5"]))
    stop = min(len(BYTES), at + data.draw(st.integers(0, 12)))
    folder = tmp_path_factory.mktemp("damaged", numbered=True)
    with suppress(MadangError):
        gathered(folder, BYTES[:at] + change + BYTES[stop:])


TREE = rich()
LEAVES = [None, 0, -1, 7, 2**70, 1.5, "x", [], {}, [[]], [[[0, 1, 2]]], True]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_file_with_any_value_replaced_is_read_or_refused(tmp_path_factory, data):
    content = orjson.loads(BYTES)
    at = content
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.integers(0, 5)) == 0:
            break
        at = at[key]
    at[key] = data.draw(st.sampled_from(LEAVES[:4] + LEAVES[5:]))
    with suppress(MadangError):
        gathered(tmp_path_factory.mktemp("replaced", numbered=True), content)


# --- what solids gives -----------------------------------------------------------------------------------------------


def test_outlines_of_bodies_sheets_and_walls():
    square = np.array([[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]], dtype=float)
    hole = np.array([[2, 2, 0], [2, 4, 0], [4, 4, 0], [4, 2, 0]], dtype=float)
    wall = np.array([[0, 0, 0], [10, 0, 0], [10, 0, 5], [0, 0, 5]], dtype=float)
    up, down = square + np.array([0, 0, 3]), square[::-1]
    given_ = solids.surfaces_of(
        [[[square, hole]], [], [[wall]], [[up], [down]], [[square], [up + np.array([5, 0, 0])]]]
    )
    areas = [None if outline is None else outline.area for outline in solids.footprints(given_)]
    assert areas == [96, None, 0, 100, 150]
    low, high = solids.heights(given_)
    assert low.tolist()[2:] == [0, 0, 0]
    assert high.tolist()[2:] == [5, 3, 3]
    document = solids.geometry3d(
        [solids.Shape("Solid", "2", [[down], [up]], [{"type": "GroundSurface"}, None])], "EPSG:5186"
    )
    assert document["geometry"][0]["semantics"] == {"surfaces": [{"type": "GroundSurface"}], "values": [[0, None]]}
    assert len(document["vertices"]) == 8


@delft_only
@pytest.mark.needs_data
def test_a_real_model_arrives_whole_in_delft():
    loaded = base.gathered(base.read(DELFT))
    source = orjson.loads(DELFT.read_bytes())
    assert (loaded.report.read, loaded.report.kept) == (570, 570)
    entities = loaded.entities[1:]
    assert Counter(d["type"] for d in entities) == {
        "Building": 160, "PlantCover": 126, "LandUse": 81, "Bridge": 3, "WaterBody": 3, "Road": 143, "CityObject": 54,
    }  # fmt: skip
    for document in entities:
        check_entity(document)
        found = shape(geometry_of(document))
        assert found.is_valid
        lon, lat = found.centroid.coords[0]
        assert (4.3 < lon < 4.4, 51.9 < lat < 52.1) == (True, True)
        thing = source["CityObjects"][value_of(document, "code")]
        assert value_of(document, "cityjsonAttributes") == thing["attributes"]


def test_a_mapping_of_nothing_but_terms_gives_system_authority_and_dataset(tmp_path):
    content = model(a={"type": "Building", "geometry": [box()]})
    content["metadata"].pop("referenceSystem")
    terms = tmp_path / "terms.yaml"
    terms.write_text(
        "authority: delft\ncrs: EPSG:5186\ndataset: {id: model, title: {ko: 모형, en: Model}, licence: CC0-1.0}\n",
        "utf-8",
    )
    dataset, found, _ = read(tmp_path, content, mapping=terms)
    assert found["a"]["id"] == "urn:ngsi-ld:Building:delft:a"
    assert dataset["id"] == "urn:ngsi-ld:Dataset:delft:model"


@pytest.mark.parametrize("space", [None, orjson.OPT_INDENT_2])
def test_a_document_of_too_many_vertices_is_refused_before_it_is_parsed(tmp_path, monkeypatch, space):
    path = tmp_path / "vast.city.json"
    for last in (False, True):  # the vertices before the objects, and after them
        content = model(a={"type": "Building", "geometry": [box()]})
        objects = content.pop("CityObjects")
        content = {**content, "CityObjects": objects} if not last else {"CityObjects": objects, **content}
        path.write_bytes(orjson.dumps(content, option=space))
        assert files._count_vertices(path) == 9
    monkeypatch.setattr(files, "COUNTED_FROM", 0)
    monkeypatch.setattr(files, "MOST_VERTICES", 8)
    with pytest.raises(DataError, match="text sequence"):
        base.read(path)
