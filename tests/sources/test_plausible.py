"""What can't be: a system that is not the file's, heights no place has, archives that grow without measure."""

import struct
import zipfile

import numpy as np
import orjson
import pyogrio
import pytest
import shapely

from city_models import X, Y, box, model
from madang.errors import DataError
from madang.sources import base, zips

CRS_OF = "https://www.opengis.net/def/crs/EPSG/0/{}"


def read(path, content=None, **how):
    if content is not None:
        path.write_bytes(orjson.dumps(content) if isinstance(content, dict) else content)
    return base.gathered(base.read(path, **how))


def refused(path, content=None, **how):
    with pytest.raises(DataError) as told:
        read(path, content, **how)
    assert str(path.parent) not in str(told.value)
    return told.value


def notes(loaded):
    return " ".join(note["en"] for note in loaded.report.notes)


def city(code, *, up=0.0):
    made = model(a={"type": "Building", "geometry": [box()]})
    made["metadata"]["referenceSystem"] = CRS_OF.format(code)
    made["transform"]["translate"][2] += up
    return made


def layer(path, crs, *shapes):
    drawn = shapely.to_wkb(np.array(shapes, dtype=object))
    numbers = [np.arange(len(shapes))]
    kind = "Point Z" if shapes[0].has_z else "Point"
    pyogrio.raw.write(path, drawn, numbers, ["no"], geometry_type=kind, crs=crs)
    return path


def test_a_model_far_from_where_its_system_is_used_is_refused_with_the_place(tmp_path):
    told = refused(tmp_path / "pangyo.city.json", city(25832))
    assert told.code == "sources.far-from-its-area"
    assert "EPSG:25832" in str(told)
    assert "crs: EPSG:5186" in str(told)


def test_a_model_a_little_outside_is_read_and_told(tmp_path):
    delft = city(5186)
    delft["transform"]["translate"] = [85_000, 446_000, 0]  # of EPSG:28992: as EPSG:5186 in the Yellow Sea
    loaded = read(tmp_path / "delft.city.json", delft)
    assert "outside the area that system is for" in notes(loaded)
    assert "outside" not in notes(read(tmp_path / "right.city.json", city(5186)))


def test_a_mapping_puts_a_wrongly_stated_system_right_and_the_report_says_so(tmp_path):
    terms = tmp_path / "terms.yaml"
    terms.write_text("authority: seongnam\ncrs: EPSG:5186\n", "utf-8")
    right = read(tmp_path / "right.city.json", city(5186))
    loaded = read(tmp_path / "wrong.city.json", city(25832), mapping=terms)
    assert loaded.entities[1]["location"] == right.entities[1]["location"]
    assert "the file itself says EPSG:25832" in notes(loaded)


def test_a_layer_is_tried_against_its_system_and_a_mapping_goes_before_it(tmp_path):
    wrong = layer(tmp_path / "trees.gpkg", "EPSG:25832", shapely.Point(X, Y))
    assert refused(wrong).code == "sources.far-from-its-area"
    terms = tmp_path / "terms.yaml"
    terms.write_text("type: CityObject\nkey: no\ncrs: EPSG:5186\ncolumns: {no: code}\n", "utf-8")
    loaded = read(wrong, mapping=terms)
    assert loaded.entities[0]["location"]["value"]["coordinates"] == pytest.approx([127.11, 37.4], abs=1e-6)
    assert "the file itself says EPSG:25832" in notes(loaded)


def test_a_single_island_far_off_refuses_no_national_layer(tmp_path):
    seoul = [shapely.Point(X + n, Y) for n in range(3)]
    assert len(read(layer(tmp_path / "land.gpkg", "EPSG:5186", *seoul, shapely.Point(X + 430_000, Y))).entities) == 4


@pytest.mark.parametrize("up", [-10_000.0, 20_000.0])
def test_a_height_no_place_has_is_a_problem_of_its_object(tmp_path, up):
    told = refused(tmp_path / "a.city.json", city(5186, up=up))
    assert told.code == "sources.impossible-elevation"
    loaded = read(tmp_path / "a.city.json", skip_bad=True)
    assert dict(loaded.report.left_out) == {"impossible-elevation": 1}
    assert loaded.report.reason("impossible-elevation", "ko") == "있을 수 없는 표고"


def test_a_layer_of_heights_no_place_has_leaves_them_out_when_asked(tmp_path):
    path = layer(tmp_path / "masts.gpkg", "EPSG:5186", shapely.Point(X, Y, -9999), shapely.Point(X, Y, 30))
    assert "feature 1" in str(refused(path))
    loaded = read(path, skip_bad=True)
    assert (loaded.report.kept, dict(loaded.report.left_out)) == (1, {"impossible-elevation": 1})


@pytest.mark.parametrize("name", ["a.shp", "b.fgb", "c.gpx", "d.kml"])
def test_what_gdal_cannot_read_is_said_in_our_words(tmp_path, name):
    told = refused(tmp_path / name, b"<kml><Document><Placemark>")
    assert told.code == "sources.unreadable-layers"
    assert "driver" not in str(told)


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.kmz"])
def test_an_archive_that_grows_without_measure_is_not_opened(tmp_path, name):
    with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", bytes(80 << 20))
    assert refused(tmp_path / name).code == "sources.zip-bomb"


def test_an_archive_that_says_a_smaller_size_than_it_has_is_not_opened(tmp_path):
    path = tmp_path / "liar.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", bytes(9 << 20))
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", 9 << 20), struct.pack("<I", 1000)))
    assert refused(path).code == "sources.zip-damaged"


def test_an_archive_of_more_than_a_city_is_refused_by_its_directory(tmp_path):
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(4):
            archive.writestr(f"{n}.txt", "")
    with zipfile.ZipFile(path) as archive, pytest.raises(DataError) as told:
        zips.check_sizes(archive, zips.Limits(entries=3), file=path.name)
    assert told.value.code == "sources.zip-too-large"
