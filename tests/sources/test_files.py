"""Files in: layers, tables and entities become entities with provenance; what is wrong is named with its place."""

import csv
import os
from pathlib import Path

import numpy as np
import openpyxl
import orjson
import pyogrio
import pytest
import shapely
from shapely.geometry import shape

from madang.entities.entity import check_entity, geometry_of, instance_of, value_of
from madang.errors import CallerError, DataError
from madang.sources import base
from madang.sources.mapping import read_mapping
from madang.store import Store

SQUARE = [[127.1, 37.4], [127.11, 37.4], [127.11, 37.41], [127.1, 37.41], [127.1, 37.4]]
STOPS = '정류장ID,이름,경도,위도,이용객\n1,판교역,127.1112,37.3948," 1,204 "\n2,서현역,127.1236,37.3850,-\n'
STOPS_MAP = """\
type: BusStop
authority: test
key: 정류장ID
missing: ["", "-"]
dataset:
  id: stops
  title: {ko: 정류장, en: Stops}
  publisher: 시험
  licence: CC0-1.0
  status: observed
period: "2026"
columns:
  이름: name
  이용객: {attribute: passengers, type: integer, unit: IE}
place: {lon: 경도, lat: 위도}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, name: str, content: str | bytes | dict | list, encoding: str = "utf-8") -> Path:
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.write_bytes(content.encode(encoding))
    else:
        path.write_bytes(orjson.dumps(content))
    return path


def features(*geometries, **properties) -> dict:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"id": n, **properties}, "geometry": geometry}
            for n, geometry in enumerate(geometries, 1)
        ],
    }


def polygon(*rings) -> dict:
    return {"type": "Polygon", "coordinates": list(rings)}


def refused(path: Path, **options) -> str:
    with pytest.raises((DataError, CallerError)) as caught:
        base.read(path, **options)
    assert caught.value.message("ko") != caught.value.message("en")
    return caught.value.message("en")


# --- layers ----------------------------------------------------------------------------------------------------------


def test_a_geojson_layer_keeps_its_columns_and_says_what_was_guessed(folder):
    path = write(folder, "city_buildings.geojson", features(polygon(SQUARE), polygon(SQUARE), floors=3))
    loaded = base.read(path)
    assert [d["id"] for d in loaded.entities] == [
        "urn:ngsi-ld:Building:city_buildings:1", "urn:ngsi-ld:Building:city_buildings:2",
    ]  # fmt: skip
    assert value_of(loaded.entities[0], "floors") == 3
    assert value_of(loaded.entities[0], "source") == loaded.datasets[0]["id"]
    notes = " ".join(note["en"] for note in loaded.report.notes)
    assert "taken as Building" in notes
    assert "column id" in notes
    assert (loaded.report.read, loaded.report.kept) == (2, 2)


def test_the_caller_names_the_type(folder):
    path = write(folder, "layer.geojson", features(polygon(SQUARE)))
    assert base.read(path, type="Parcel").entities[0]["type"] == "Parcel"


@pytest.mark.parametrize("crs", ["EPSG:5179", "EPSG:5186", "EPSG:3857"])
@pytest.mark.parametrize(("suffix", "driver"), [(".gpkg", "GPKG"), (".shp", "ESRI Shapefile"), (".fgb", "FlatGeobuf")])
def test_any_crs_and_format_arrives_at_the_same_place(folder, crs, suffix, driver):
    transform = shapely.transform
    from pyproj import Transformer

    to = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    drawn = transform(shapely.Polygon(SQUARE), lambda p: np.column_stack(to.transform(p[:, 0], p[:, 1])))
    path = folder / f"bldg{suffix}"
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array([drawn])), [np.array(["삼평동 건물"], dtype=object)], ["use_name"],
        crs=crs, geometry_type="Polygon", driver=driver, encoding="UTF-8",
    )  # fmt: skip
    (document,) = base.read(path).entities
    assert (
        shape(geometry_of(document)).equals_exact(shapely.Polygon(SQUARE).normalize(), 1e-6)
        or shape(geometry_of(document)).symmetric_difference(shapely.Polygon(SQUARE)).area < 1e-10
    )
    assert value_of(document, "use_name") == "삼평동 건물"


@pytest.mark.parametrize(("encoding", "cpg"), [("CP949", False), ("UTF-8", False), ("CP949", True)])
def test_korean_shapefiles_are_read_with_and_without_cpg(folder, encoding, cpg):
    path = folder / "건물.shp"
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array([shapely.Polygon(SQUARE)])),
        [np.array(["판교테크노밸리 유스페이스"], dtype=object)], ["이름"],
        crs="EPSG:4326", geometry_type="Polygon", driver="ESRI Shapefile", encoding=encoding,
    )  # fmt: skip
    if not cpg:
        path.with_suffix(".cpg").unlink(missing_ok=True)
    (document,) = base.read(path).entities
    assert document["type"] == "Building"
    assert value_of(document, "이름") == "판교테크노밸리 유스페이스"


def test_a_layer_without_a_stated_system_is_refused_until_the_mapping_states_it(folder):
    path = folder / "plots.shp"
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array([shapely.box(953000, 1930000, 953100, 1930100)])), [np.array([7])], ["no"],
        crs="EPSG:5179", geometry_type="Polygon", driver="ESRI Shapefile", encoding="UTF-8",
    )  # fmt: skip
    path.with_suffix(".prj").unlink()
    assert "does not say its coordinate system" in refused(path)
    mapping = write(folder, "plots.yaml", "type: Parcel\nkey: no\ncrs: EPSG:5179\ncolumns: {no: code}\n")
    (document,) = base.read(path, mapping=mapping).entities
    lon, lat = shape(geometry_of(document)).centroid.coords[0]
    assert (126 < lon < 128, 36 < lat < 38) == (True, True)


def test_an_unclosed_ring_names_file_and_feature(folder):
    good, bad = polygon(SQUARE), polygon(SQUARE[:-1])
    path = write(folder, "buildings.geojson", features(*[good] * 40, bad))
    assert "buildings.geojson, feature 41" in refused(path)


def test_with_skip_bad_the_bad_feature_is_left_out_and_counted(folder):
    path = write(folder, "buildings.geojson", features(polygon(SQUARE), polygon(SQUARE[:-1])))
    report = base.read(path, skip_bad=True).report
    assert (report.read, report.kept) == (2, 1)
    assert sum(report.left_out.values()) == 1
    assert report.example(next(iter(report.left_out))) == "buildings.geojson, feature 2"


def test_several_problems_are_told_at_once_by_the_first_and_a_count(folder):
    path = write(folder, "b.geojson", features(*[polygon(SQUARE[:-1])] * 3))
    message = refused(path)
    assert "feature 1" in message
    assert "2 more" in message


def test_a_bowtie_is_repaired_and_counted(folder):
    bow = [[127.0, 37.0], [127.01, 37.01], [127.01, 37.0], [127.0, 37.01], [127.0, 37.0]]
    loaded = base.read(write(folder, "b.geojson", features(polygon(bow), polygon(SQUARE))))
    assert loaded.report.facts["repaired"] == 1
    assert all(shape(geometry_of(d)).is_valid for d in loaded.entities)


def test_a_truncated_geopackage_is_refused_with_both_sizes(folder):
    path = folder / "whole.gpkg"
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array([shapely.Polygon(SQUARE)] * 50)), [np.arange(50)], ["n"],
        crs="EPSG:4326", geometry_type="Polygon", driver="GPKG",
    )  # fmt: skip
    cut = write(folder, "cut.gpkg", path.read_bytes()[:-20_000])
    message = refused(cut)
    assert "cut.gpkg is cut short" in message
    assert str(cut.stat().st_size) in message


def test_broken_json_names_the_line(folder):
    assert "line 2" in refused(write(folder, "b.geojson", '{"type": "FeatureCollection",\n "features": [{"type": '))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("notes.hwp", b"\xd0\xcf\x11\xe0rest", "an old Office or HWP document"),
        ("paper.pdf", b"%PDF-1.7 rest", "a PDF document"),
        ("data.xyz", b"hello", "text beginning 'hello'"),
        ("city.gpkg", b"not a database", "does not begin as one"),
        ("empty.csv", b"", "is empty"),
    ],
)
def test_a_file_of_no_known_kind_is_told_what_it_looks_like(folder, name, content, words):
    assert words in refused(write(folder, name, content))


def test_a_missing_file_and_a_folder_are_said(folder):
    assert "no file" in refused(folder / "absent.csv")
    assert "is a folder" in refused(folder)


def test_an_open_city_file_is_no_source(folder):
    path = folder / "town.gpkg"
    link = folder / "linked.gpkg"
    with Store.create(path, city_id="town", title={"ko": "마을", "en": "Town"}):
        os.link(path, link)
        assert "open now" in refused(path)
        assert "open now" in refused(link)


# --- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_csv_reads_the_same_in_each_encoding(folder, encoding):
    mapping = write(folder, "stops.yaml", STOPS_MAP)
    loaded = base.read(write(folder, "stops.csv", STOPS, encoding), mapping=mapping)
    first, second = loaded.entities
    assert first["id"] == "urn:ngsi-ld:BusStop:test:1"
    assert value_of(first, "name") == {"ko": "판교역"}
    assert value_of(first, "passengers") == 1204
    assert instance_of(first, "passengers")["unitCode"] == "IE"
    assert geometry_of(first) == {"type": "Point", "coordinates": [127.1112, 37.3948]}
    assert "passengers" not in second
    assert value_of(first, "period") == "2026"
    assert value_of(first, "status") == "observed"
    assert value_of(loaded.datasets[0], "licence") == "CC0-1.0"
    for document in loaded.documents():
        check_entity(document)


def test_xlsx_reads_as_csv_does(folder):
    book = openpyxl.Workbook()
    for row in csv.reader(STOPS.splitlines()):
        book.active.append(row)
    book.save(folder / "stops.xlsx")
    mapping = write(folder, "stops.yaml", STOPS_MAP)
    as_csv = base.read(write(folder, "stops.csv", STOPS), mapping=mapping)
    assert base.read(folder / "stops.xlsx", mapping=mapping).entities == as_csv.entities


def test_a_wrong_encoding_says_what_was_tried_and_what_fits(folder):
    mapping = write(folder, "m.yaml", STOPS_MAP + "encoding: utf-8\n")
    message = refused(write(folder, "stops.csv", STOPS, "cp949"), mapping=mapping)
    assert "stops.csv, line 1" in message
    assert "reads as cp949" in message


def test_an_unreadable_encoding_names_all_that_were_tried(folder):
    mapping = write(folder, "m.yaml", STOPS_MAP)
    message = refused(write(folder, "stops.csv", STOPS.encode("utf-16")), mapping=mapping)
    assert "utf-8, utf-8-sig, cp949" in message


def test_a_mapping_that_names_a_missing_column_says_line_and_nearest(folder):
    mapping = write(folder, "stops.yaml", STOPS_MAP.replace("이용객:", "이용객수:"))
    message = refused(write(folder, "stops.csv", STOPS), mapping=mapping)
    assert "stops.yaml, line 14" in message
    assert "이용객수 is not in stops.csv" in message
    assert "nearest is 이용객" in message


def test_an_unknown_unit_names_the_line_and_near_codes(folder):
    mapping = write(folder, "stops.yaml", STOPS_MAP.replace("unit: IE", "unit: 명들"))
    message = refused(write(folder, "stops.csv", STOPS), mapping=mapping)
    assert "stops.yaml, line 14" in message
    assert "명들" in message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("type: BusStop\n", ""), "expected type: Building"),
        (("key: 정류장ID", "keys: 정류장ID"), "found keys"),
        (("type: integer", "type: whole"), "found whole"),
        (("place: {lon: 경도, lat: 위도}", "place: 경도"), "place: {lon: column, lat: column}"),
        (("  이름: name", "  이름: name\n  이름: code"), "stands here twice"),
        (("columns:", "columns: ["), "no YAML"),
        (("status: observed", "status: certain"), "found certain"),
    ],
)
def test_a_wrong_mapping_names_its_line(folder, change, words):
    path = write(folder, "m.yaml", STOPS_MAP.replace(*change))
    with pytest.raises(DataError) as caught:
        read_mapping(path)
    assert words in caught.value.message("en")
    assert "m.yaml, line" in caught.value.message("en")


def test_a_table_without_a_mapping_lists_its_columns(folder):
    message = refused(write(folder, "stops.csv", STOPS))
    assert "정류장ID, 이름, 경도, 위도, 이용객" in message
    assert "--map" in message


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("3,야탑역,127.1,37.4,many\n", "many in the column 이용객 is no number"),
        ("3,야탑역,127.1,37.4,1.5\n", "no whole number"),
        ("3,야탑역,127.1,37.4\n", "4 cells where the header has 5"),
        (",야탑역,127.1,37.4,1\n", "정류장ID, which names the record, is empty"),
        ("3,야탑역,,37.4,1\n", "no coordinates in 경도, 위도"),
        ("1,야탑역,127.1,37.4,1\n", "stands already at stops.csv, line 2"),
        ("3,야탑역,217.1,37.4,1\n", "217.1"),
    ],
)
def test_a_bad_row_names_its_line(folder, row, words):
    mapping = write(folder, "stops.yaml", STOPS_MAP)
    message = refused(write(folder, "stops.csv", STOPS + row), mapping=mapping)
    assert "stops.csv, line 4" in message
    assert words in message


def test_an_equal_row_is_a_duplicate_and_counted(folder):
    mapping = write(folder, "stops.yaml", STOPS_MAP)
    report = base.read(write(folder, "stops.csv", STOPS + STOPS.splitlines()[1] + "\n"), mapping=mapping).report
    assert report.left_out == {"duplicate": 1}
    assert "repeated" in report.reason("duplicate")


def test_line_numbers_count_lines_inside_cells(folder):
    mapping = write(folder, "stops.yaml", STOPS_MAP)
    text = STOPS + '3,"두 줄\n이름",127.1,37.4,1\n4,야탑역,127.1,37.4,many\n'
    assert "stops.csv, line 6" in refused(write(folder, "stops.csv", text), mapping=mapping)


def test_personal_phone_numbers_are_dropped_and_counted(folder):
    mapping = write(folder, "m.yaml", "type: Firm\nkey: 이름\ncolumns: {이름: name, 연락처: contact, 사업자: code}\n")
    text = "이름,연락처,사업자\n가,010-1234-5678,123-01-67890\n나,031-729-1234,\n다,김 010.9876.5432,\n"
    loaded = base.read(write(folder, "firms.csv", text), mapping=mapping)
    assert [value_of(d, "contact") for d in loaded.entities] == [None, "031-729-1234", None]
    assert value_of(loaded.entities[0], "code") == "123-01-67890"
    assert loaded.report.facts["phone_numbers_dropped"] == 2


def test_hour_24_belongs_to_the_next_day_and_local_time_becomes_utc(folder):
    mapping = write(
        folder, "m.yaml",
        'type: AirQualityObserved\nkey: 곳\ntime: {column: 시각, format: "%Y-%m-%d %H:%M", zone: Asia/Seoul}\n'
        "columns: {곳: code, pm10: {attribute: pm10, type: number, unit: GQ}}\n",
    )  # fmt: skip
    text = "곳,시각,pm10\n가,2026-08-16 23:00,30\n가,2026-08-16 24:00,31\n"
    first, second = base.read(write(folder, "air.csv", text), mapping=mapping).entities
    assert first["id"] == second["id"]
    assert instance_of(first, "pm10")["observedAt"] == "2026-08-16T14:00:00.000000Z"
    assert instance_of(second, "pm10")["observedAt"] == "2026-08-16T15:00:00.000000Z"


def test_zero_is_missing_only_where_the_mapping_says_so(folder):
    mapping = write(
        folder,
        "m.yaml",
        "type: Firm\nkey: n\ncolumns:\n"
        "  a: {attribute: a, type: number, zero: missing}\n  b: {attribute: b, type: number}\n",
    )
    (document,) = base.read(write(folder, "t.csv", "n,a,b\n1,0,0\n"), mapping=mapping).entities
    assert "a" not in document
    assert value_of(document, "b") == 0


# --- joins -----------------------------------------------------------------------------------------------------------

JOIN_MAP = (
    "type: Statistic\nkey: code\ncolumns:\n"
    '  code: {attribute: refPlace, refers: "urn:ngsi-ld:Dong:kostat-2020:{}", must_match: true}\n'
    "  n: {attribute: workers, type: integer, unit: IE}\n"
)


@pytest.fixture
def town(folder):
    with Store.create(folder / "town.gpkg", city_id="town", title={"ko": "마을", "en": "Town"}) as store:
        with store.transact(actor="test", reason="a place") as tx:
            tx.put({"id": "urn:ngsi-ld:Dong:kostat-2020:3102374", "type": "Dong"})
        yield store


def test_a_join_that_finds_nothing_is_refused_with_an_example_and_changes_nothing(folder, town):
    mapping = write(folder, "m.yaml", JOIN_MAP)
    loaded = base.read(write(folder, "workers.csv", "code,n\n4113565500,5\n4113565600,6\n"), mapping=mapping)
    before = town.view().types()
    with pytest.raises(DataError, match=r"none of them is in the city.*4113565500"):
        base.write(town, [loaded], actor="test", reason="load")
    assert town.view().types() == before


def test_a_join_that_finds_some_counts_the_rest(folder, town):
    mapping = write(folder, "m.yaml", JOIN_MAP)
    loaded = base.read(write(folder, "workers.csv", "code,n\n3102374,5\n9999999,6\n"), mapping=mapping)
    facts = base.check_joins(town.view(), loaded).facts
    assert (facts["refPlace.matched"], facts["refPlace.unmatched"]) == (1, 1)
    number = base.write(town, [loaded], actor="test", reason="load").number
    assert number == town.log()[0].number
    assert town.view().types()["Statistic"] == 2


# --- entities as they are --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"id": "urn:x:1", "type": "Firm", "employees": {"type": "Property", "value": 7, "unitCode": "IE"}},
        {"id": "urn:x:1", "type": "Firm", "employees": {"value": 7, "unitCode": "IE"}},
        {"id": "urn:x:1", "type": "Firm", "employees": 7},
    ],
)
def test_entities_are_read_in_each_form(folder, given):
    (document,) = base.read(write(folder, "firms.json", [given])).entities
    assert value_of(document, "employees") == 7
    assert base.read_entities(folder / "firms.json") == [document]


def test_an_entity_without_type_is_named_by_its_number(folder):
    path = write(
        folder, "firms.json", [{"id": "urn:x:1", "type": "Firm"}, {"id": "urn:x:2", "employees": {"value": 1}}]
    )
    message = refused(path)
    assert "firms.json, entity 2" in message
    assert "type" in message


def test_the_same_id_twice_is_refused(folder):
    path = write(folder, "firms.json", [{"id": "urn:x:1", "type": "Firm"}] * 2)
    assert "already at firms.json, entity 1" in refused(path)


def test_an_entity_in_the_core_context_keeps_its_meaning(folder):
    core = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
    given = {"id": "urn:x:1", "type": "Thing", "size": {"type": "Property", "value": 1}, "@context": core}
    (document,) = base.read(write(folder, "things.jsonld", [given])).entities
    assert value_of(document, "size") == 1


def test_an_unknown_source_names_those_there_are():
    assert "korea:seongnam" in base.unknown_source("osm:seoul").message("en")


def test_coordinates_of_another_system_than_stated_are_refused_with_the_feature(folder):
    metres = [[953000, 1930000], [953100, 1930000], [953100, 1930100], [953000, 1930000]]
    message = refused(write(folder, "b.geojson", features(polygon(SQUARE), polygon(metres))))
    assert "b.geojson, feature 2" in message
    assert "EPSG:4326" in message


def test_a_geojson_with_a_crs_member_is_moved(folder):
    content = features({"type": "Point", "coordinates": [965000, 1930000]})
    content["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5179"}}
    (document,) = base.read(write(folder, "points.geojson", content)).entities
    assert geometry_of(document)["coordinates"] == pytest.approx([127.1, 37.36], abs=0.1)


# --- files kept whole ------------------------------------------------------------------------------------------------


def test_a_reference_table_is_kept_whole_under_its_name(folder, town):
    data = "sector,a\na,0.1\n".encode("cp949")
    path = write(folder, "industry-detail.csv", data)
    terms = write(
        folder, "terms.yaml",
        "type: Dataset\nauthority: bok\ndataset: {id: detail, title: {ko: 세부 산업, en: Detail}, licence: KOGL-1}\n",
    )  # fmt: skip
    loaded = base.read(path, type="Dataset", mapping=terms)
    base.write(town, [loaded], actor="test", reason="a table")
    stored = town.view().document("urn:ngsi-ld:Dataset:bok:detail")
    assert value_of(stored, "licence") == "KOGL-1"
    assert town.blob(value_of(stored, "blobs")["industry-detail.csv"]) == data


def test_a_reference_table_without_terms_says_that_they_are_unknown(folder):
    loaded = base.read(write(folder, "io-table.madang.csv", "x\n"), type="Dataset")
    assert "licence" not in loaded.datasets[0]
    assert "blocks an open export" in loaded.report.notes[0]["en"]
