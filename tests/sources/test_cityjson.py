"""CityJSON in: footprints, heights, attributes and the geometry itself, none of it lost."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import orjson
import pytest
from pyproj import Transformer
from shapely.geometry import shape

from madang.entities.entity import check_entity, geometry_of, instance_of, value_of
from madang.errors import DataError
from madang.sources import base

DATA = Path(os.environ.get("MADANG_DATA") or Path(__file__).parents[3] / "shared" / "data")
DELFT = DATA / "citymodel-samples" / "delft_3dbag.city.json"
delft_only = pytest.mark.skipif(not DELFT.exists(), reason=f"{DELFT.name} is not in the development data folder")

X, Y = Transformer.from_crs("EPSG:4326", "EPSG:5186", always_xy=True).transform(127.11, 37.4)
BOX = [[0, 0, 0], [10000, 0, 0], [10000, 20000, 0], [0, 20000, 0],
       [0, 0, 12000], [10000, 0, 12000], [10000, 20000, 12000], [0, 20000, 12000]]  # fmt: skip
SHELL = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]


def model(version="2.0", **objects):
    return {
        "type": "CityJSON",
        "version": version,
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/5186"},
        "transform": {"scale": [0.001, 0.001, 0.001], "translate": [X, Y, 30.0]},
        "CityObjects": objects,
        "vertices": [[99, 99, 99], *BOX],
    }


def box(lod="1.2", **more):
    shell = [[[index + 1 for index in ring] for ring in surface] for surface in SHELL]
    semantics = {"surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}],
                 "values": [[0, 1, 2, 2, 2, 2]]}  # fmt: skip
    return {"type": "Solid", "lod": lod, "boundaries": [shell], "semantics": semantics, **more}


def read(folder, content, name="model.city.json"):
    path = folder / name
    path.write_bytes(orjson.dumps(content) if isinstance(content, dict) else content)
    return base.read(path)


def rebuilt(document):
    """The vertices in the file's own system and the geometries, out of an entity."""
    kept = value_of(document, "geometry3d")
    points = np.array(kept["vertices"]) * kept["transform"]["scale"] + kept["transform"]["translate"]
    return points, kept["geometry"]


@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_a_solid_gives_footprint_height_lod_and_keeps_its_semantics(tmp_path, version):
    thing = {"type": "Building", "attributes": {"name": "유스페이스", "storeysAboveGround": 3}, "geometry": [box()]}
    loaded = read(tmp_path, model(version, tower=thing))
    (document,) = [check_entity(d) for d in loaded.entities]
    assert document["type"] == "Building"
    assert value_of(document, "height") == 12.0
    assert instance_of(document, "height")["unitCode"] == "MTR"
    assert value_of(document, "baseElevation") == 30.0
    assert value_of(document, "lod") == "1.2"
    assert value_of(document, "floorsAboveGround") == 3
    assert value_of(document, "cityjsonAttributes") == thing["attributes"]
    footprint = shape(geometry_of(document))
    assert footprint.bounds[:2] == pytest.approx((127.11, 37.4), abs=1e-6)
    assert footprint.area * 111_320**2 * np.cos(np.radians(37.4)) == pytest.approx(200, rel=0.01)
    points, (geometry,) = rebuilt(document)
    assert geometry["semantics"] == thing["geometry"][0]["semantics"]
    corners = {tuple(points[i].round(3)) for surface in geometry["boundaries"][0] for i in surface[0]}
    assert corners == {tuple(c) for c in (np.array(BOX) * 0.001 + [X, Y, 30.0]).round(3)}


def test_a_building_of_parts_takes_footprint_and_height_from_them(tmp_path):
    objects = {
        "whole": {"type": "Building", "children": ["part"]},
        "part": {"type": "BuildingPart", "parents": ["whole"], "geometry": [box()]},
    }
    whole, part = read(tmp_path, model(**objects)).entities
    assert value_of(whole, "height") == 12.0
    assert geometry_of(whole) == geometry_of(part)
    assert part["type"] == "CityObject"
    assert value_of(part, "cityjsonType") == "BuildingPart"
    assert value_of(part, "refParent") == whole["id"]
    assert value_of(whole, "parts") == part["id"]


def test_a_sequence_reads_as_the_whole_does(tmp_path):
    thing = {"type": "Building", "geometry": [box()]}
    whole = read(tmp_path, model(tower=thing)).entities
    head = {**model(), "vertices": []}
    feature = {"type": "CityJSONFeature", "id": "tower", "CityObjects": {"tower": thing}, "vertices": [[9, 9, 9], *BOX]}
    lines = orjson.dumps(head) + b"\n" + orjson.dumps(feature) + b"\n"
    (document,) = read(tmp_path, lines, "model.city.jsonl").entities
    assert {k: v for k, v in document.items() if k != "source"} == {k: v for k, v in whole[0].items() if k != "source"}


def test_what_is_left_out_is_counted(tmp_path):
    objects = {
        "tree": {"type": "SolitaryVegetationObject", "geometry": [{"type": "GeometryInstance", "template": 0}]},
        "tower": {"type": "Building", "geometry": [box(material={"m": {"value": 0}})]},
    }
    report = read(tmp_path, model(**objects)).report
    assert (report.read, report.kept, report.left_out) == (2, 1, {"no-geometry": 1})
    assert len(report.notes) == 2


def refused(folder, content):
    with pytest.raises(DataError) as caught:
        read(folder, content)
    return caught.value.message("en")


def test_bad_models_name_what_is_wrong(tmp_path):
    assert "reads 1.1, 2.0" in refused(tmp_path, model("1.0", tower={"type": "Building"}))
    beyond = box()
    beyond["boundaries"][0][0][0][0] = 500
    assert "model.city.json, tower: a boundary names vertex 500" in refused(
        tmp_path, model(tower={"type": "Building", "geometry": [beyond]})
    )
    assert "Blob is no geometry type" in refused(
        tmp_path, model(t={"type": "Building", "geometry": [{"type": "Blob"}]})
    )
    without = model(tower={"type": "Building", "geometry": [box()]})
    del without["metadata"]
    assert "coordinate system" in refused(tmp_path, without)


@delft_only
@pytest.mark.needs_data
def test_a_real_model_arrives_whole_in_delft():
    loaded = base.read(DELFT)
    source = orjson.loads(DELFT.read_bytes())
    assert (loaded.report.read, loaded.report.kept) == (570, 570)
    assert Counter(d["type"] for d in loaded.entities) == {
        "Building": 160, "PlantCover": 126, "LandUse": 81, "Bridge": 3, "WaterBody": 3, "CityObject": 143 + 54,
    }  # fmt: skip
    for document in loaded.entities:
        check_entity(document)
        found = shape(geometry_of(document))
        assert found.is_valid
        lon, lat = found.centroid.coords[0]
        assert (4.3 < lon < 4.4, 51.9 < lat < 52.1) == (True, True)
        thing = source["CityObjects"][value_of(document, "code")]
        assert value_of(document, "cityjsonAttributes") == thing["attributes"]
        kept = value_of(document, "geometry3d")
        for ours, theirs in zip(kept["geometry"], thing["geometry"], strict=True):
            assert _coordinates(ours["boundaries"], kept["vertices"]) == _coordinates(
                theirs["boundaries"], source["vertices"]
            )


def _coordinates(boundaries, vertices):
    if isinstance(boundaries, int):
        return vertices[boundaries]
    return [_coordinates(inner, vertices) for inner in boundaries]


def test_a_mapping_of_nothing_but_terms_gives_system_authority_and_dataset(tmp_path):
    content = model(a={"type": "Building", "geometry": [box()]})
    content["metadata"].pop("referenceSystem")
    terms = tmp_path / "terms.yaml"
    terms.write_text(
        "authority: delft\ncrs: EPSG:5186\ndataset: {id: model, title: {ko: 모형, en: Model}, licence: CC0-1.0}\n",
        "utf-8",
    )
    path = tmp_path / "model.city.json"
    path.write_bytes(orjson.dumps(content))
    loaded = base.read(path, mapping=terms)
    assert loaded.entities[0]["id"] == "urn:ngsi-ld:Building:delft:a"
    assert loaded.datasets[0]["id"] == "urn:ngsi-ld:Dataset:delft:model"
