"""OpenStreetMap files: every form gives the same city, dirt is counted, and a hostile file is refused in words."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import osmium
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madang.entities.entity import Document, value_of
from madang.errors import CallerError, DataError, MadangError
from madang.sources import base
from madang.sources.osm import heights, rings, tags
from madang.sources.osm.kinds import area_meaning, line_meaning, point_meaning

DATA = Path(os.environ.get("MADANG_DATA") or Path(__file__).parents[3] / "shared" / "data")


def read(path: Path, **options: Any) -> tuple[dict[str, Document], base.SourceReport]:
    flow = base.read(path, **options)
    assert not isinstance(flow, base.Loaded)
    found = {document["id"].rpartition(":osm:")[2]: document for batch in flow.batches() for document in batch}
    return found, flow.finished()[0]


# --- the real extract ------------------------------------------------------------------------------------------------


@pytest.mark.needs_data
def test_the_extract_of_jamsil_is_read_whole_and_agrees_with_what_others_made_of_it() -> None:
    path = DATA / "buildings" / "osm_seoul_jamsil_20241101.osm"
    if not path.exists():
        pytest.skip("development data not at hand")
    found, report = read(path)
    by_type = Counter(document["type"] for document in found.values())
    assert by_type == {"Building": 1358, "RoadSegment": 356, "CityObject": 32, "Station": 1, "Dataset": 1}
    assert report.read == report.kept == 1747
    assert value_of(found["osm_seoul_jamsil_20241101.osm"], "version") == "2024-11-01T13:49:26Z"

    oracle = json.loads((DATA / "derived" / "osm_seoul_jamsil_20241101_buildings.geojson").read_text("utf-8"))
    buildings = {f"w{f['properties']['osm_id']}": f for f in oracle["features"]}
    assert buildings.keys() == {code for code in found if code[0] == "w" and found[code]["type"] == "Building"}
    ours = shapely.from_geojson([json.dumps(value_of(found[code], "location")) for code in buildings])
    theirs = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in buildings.values()])
    assert shapely.area(shapely.symmetric_difference(ours, shapely.make_valid(theirs))).max() < 1e-11
    tagged = [code for code, f in buildings.items() if f["properties"]["height"]]
    assert len(tagged) == 644
    assert all("status" not in found[code]["height"] for code in tagged)
    with_levels = [code for code, f in buildings.items() if f["properties"]["levels"]]
    assert sum("floorsAboveGround" in found[code] for code in with_levels) == 862
    assert sum("height" in found[code] for code in buildings) == 863

    roads = json.loads((DATA / "derived" / "osm_seoul_jamsil_20241101_highways.geojson").read_text("utf-8"))
    for feature in roads["features"]:
        road = found[f"w{feature['properties']['osm_id']}"]
        assert value_of(road, "category") == feature["properties"]["highway"]
        assert value_of(road, "location") == feature["geometry"]
    of_no_kind = [code for code, f in buildings.items() if f["properties"]["building"] == "yes"]
    assert of_no_kind
    assert not any(name in found[code] for code in of_no_kind for name in ("use", "category"))
    tower = found["r8824257"]  # a relation of parts, without an outline of its own
    assert (value_of(tower, "height"), value_of(tower, "floorsAboveGround")) == (555.0, 123)
    assert len(value_of(tower, "parts")) == 32  # what the relation holds, not the nameless outline within it
    assert "parts" not in found["w914963586"]
    assert value_of(found["w879571752"], "refParent") == tower["id"]


# --- one small city in every form ------------------------------------------------------------------------------------

SQUARE = [(127.0, 37.0), (127.001, 37.0), (127.001, 37.001), (127.0, 37.001), (127.0, 37.0)]
INSIDE = [(127.0002, 37.0002), (127.0008, 37.0002), (127.0008, 37.0008), (127.0002, 37.0008), (127.0002, 37.0002)]
BOW = [(127.01, 37.0), (127.011, 37.001), (127.011, 37.0), (127.01, 37.001), (127.01, 37.0)]
WAYS: dict[int, tuple[list[tuple[float, float]], dict[str, str]]] = {
    1: (SQUARE, {"building": "apartments", "building:levels": "10", "name": "마당아파트", "name:en": "Madang",
                 "addr:city": "성남시", "addr:street": "판교로", "addr:housenumber": "1", "contact": "010-1234-5678"}),
    2: (INSIDE, {"building:part": "yes", "height": "40'", "min_height": "3 m"}),
    3: ([(127.0, 37.01), (127.001, 37.01)],
        {"highway": "primary", "lanes": "4", "maxspeed": "30 mph", "oneway": "-1", "bridge": "yes", "layer": "1"}),
    4: (BOW, {"leisure": "park"}),
    5: (SQUARE[:4], {"building": "yes"}),
    6: (SQUARE, {}),
    7: (INSIDE, {}),
    8: ([(127.0, 37.02), (127.002, 37.02)], {"railway": "subway", "tunnel": "yes", "layer": "-2"}),
    9: ([(127.0, 37.02), (127.002, 37.02)], {"railway": "construction"}),
    10: (SQUARE, {"building": "office", "height": "tall"}),
}  # fmt: skip
NODES = {
    901: ((127.02, 37.0), {"natural": "tree", "height": "7", "species": "Zelkova serrata"}),
    902: ((127.03, 37.0), {"highway": "bus_stop", "name": "판교역", "ref": "07123"}),
    903: ((127.04, 37.0), {"railway": "subway_entrance", "ref": "2"}),
    904: ((127.05, 37.0), {"building": "yes"}),
    905: ((127.06, 37.0), {"amenity": "cafe"}),
}
RELATIONS = {
    20: ([(6, "outer"), (7, "inner")], {"type": "multipolygon", "natural": "water", "name": "호수"}),
    21: ([(3, "outer")], {"type": "multipolygon", "landuse": "forest"}),
}
EXPECTED = {"osm.open-ring", "osm.no-outline", "osm.not-built"}


def as_overpass() -> dict[str, Any]:
    def places(points: list[tuple[float, float]]) -> list[dict[str, float]]:
        return [{"lat": lat, "lon": lon} for lon, lat in points]

    elements: list[dict[str, Any]] = [
        {"type": "node", "id": id, "lon": at[0], "lat": at[1], "tags": said} for id, (at, said) in NODES.items()
    ]
    elements += [{"type": "way", "id": id, "geometry": places(p), "tags": said} for id, (p, said) in WAYS.items()]
    elements += [
        {"type": "relation", "id": id, "tags": said,
         "members": [{"type": "way", "ref": ref, "role": role, "geometry": places(WAYS[ref][0])} for ref, role in of]}
        for id, (of, said) in RELATIONS.items()
    ]  # fmt: skip
    return {"version": 0.6, "osm3s": {"timestamp_osm_base": "2026-11-01T00:00:00Z"}, "elements": elements}


def as_geometry_xml() -> str:
    def said(all: dict[str, str]) -> str:
        return "".join(f'<tag k="{k}" v="{v.replace(chr(34), "&quot;")}"/>' for k, v in all.items())

    def places(points: list[tuple[float, float]]) -> str:
        return "".join(f'<nd ref="1" lat="{lat}" lon="{lon}"/>' for lon, lat in points)

    lines = ['<?xml version="1.0"?><osm version="0.6"><meta osm_base="2026-11-01T00:00:00Z"/>']
    lines += [f'<node id="{i}" lat="{a[1]}" lon="{a[0]}">{said(t)}</node>' for i, (a, t) in NODES.items()]
    lines += [f'<way id="{i}">{places(p)}{said(t)}</way>' for i, (p, t) in WAYS.items()]
    for id, (of, all) in RELATIONS.items():
        inside = "".join(f'<member type="way" role="{role}">{places(WAYS[r][0])}</member>' for r, role in of)
        lines.append(f'<relation id="{id}">{inside}{said(all)}</relation>')
    return "\n".join([*lines, "</osm>"])


def as_references(path: Path) -> Path:
    """The same by osmium's own writer: nodes first, ways that name them."""
    make = osmium.osm.mutable
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", "2026-11-01T00:00:00Z")
    numbers = {at: n for n, at in enumerate(sorted({at for points, _ in WAYS.values() for at in points}), 1)}
    with osmium.SimpleWriter(str(path), header=header) as writer:
        for at, number in numbers.items():
            writer.add_node(make.Node(id=number, location=at, version=1))
        for id, (at, said) in NODES.items():
            writer.add_node(make.Node(id=id, location=at, tags=said, version=1))
        for id, (points, said) in WAYS.items():
            writer.add_way(make.Way(id=id, nodes=[numbers[at] for at in points], tags=said, version=1))
        for id, (of, said) in RELATIONS.items():
            members = [("w", ref, role) for ref, role in of]
            writer.add_relation(make.Relation(id=id, members=members, tags=said, version=1))
    return path


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("osm")
    made = {"pbf": as_references(folder / "a.osm.pbf"), "osm": as_references(folder / "a.osm")}
    plain = made["osm"].read_bytes()
    packed = {"gz": gzip.compress(plain), "bz2": bz2.compress(plain)}
    for suffix, data in packed.items():
        made[suffix] = folder / f"a.osm.{suffix}"
        made[suffix].write_bytes(data)
    made["geometry"] = folder / "geometry.osm"
    made["geometry"].write_text(as_geometry_xml(), "utf-8")
    made["overpass"] = folder / "overpass.json"
    made["overpass"].write_text(json.dumps(as_overpass(), indent=1), "utf-8")
    return made


@pytest.mark.parametrize("form", ["pbf", "osm", "gz", "bz2", "geometry", "overpass"])
def test_every_form_of_the_map_gives_the_same_city(forms: dict[str, Path], form: str) -> None:
    found, report = read(forms[form])
    assert {document["type"] for document in found.values()} == {
        "Dataset", "Building", "CityObject", "RoadSegment", "PlantCover", "WaterBody", "Railway", "Station", "BusStop",
        "SolitaryVegetationObject",
    }  # fmt: skip
    home = found["w1"]
    assert home["id"] == "urn:ngsi-ld:Building:osm:w1"
    assert value_of(home, "height") == 30.0
    assert home["height"]["status"]["value"] == "estimated"
    assert "3.0" in home["height"]["method"]["languageMap"]["ko"]
    assert value_of(home, "floorsAboveGround") == 10
    assert home["name"]["languageMap"] == {"ko": "마당아파트", "en": "Madang"}
    assert value_of(home, "address") == "성남시 판교로 1"
    assert "contact" not in home["osmTags"]["json"]
    assert report.facts["phone_numbers_dropped"] == 1
    part = found["w2"]
    assert (value_of(part, "height"), value_of(part, "baseAboveGround")) == (9.19, 3.0)
    assert part["refParent"]["object"] in (home["id"], found["w10"]["id"])
    road = found["w3"]
    assert value_of(road, "location")["coordinates"] == [[127.001, 37.01], [127.0, 37.01]]  # turned to its traffic
    assert (value_of(road, "lanes"), value_of(road, "maximumAllowedSpeed")) == (4, 48.3)
    assert (value_of(road, "oneWay"), value_of(road, "bridge"), value_of(road, "layer")) == (True, True, 1)
    assert value_of(road, "length") == pytest.approx(88.9, abs=0.2)
    assert value_of(found["w4"], "location")["type"] == "MultiPolygon"
    assert report.facts["repaired"] == 1
    assert len(value_of(found["r20"], "location")["coordinates"]) == 2  # with its hole
    assert "height" not in found["w10"]  # "tall" is no height, and none is invented
    assert report.facts["heights_unreadable"] == 1
    assert value_of(found["n901"], "species") == "Zelkova serrata"
    assert report.left_out.keys() == EXPECTED | (
        {"osm.broken-multipolygon"} if form in ("pbf", "osm", "gz", "bz2") else set()
    )
    assert report.read == report.kept + sum(report.left_out.values())
    for reason in report.left_out:
        assert report.reason(reason, "ko") not in (reason, report.reason(reason, "en"))
    dataset = next(document for document in found.values() if document["type"] == "Dataset")
    written = form in ("pbf", "geometry", "overpass")  # osmium writes no moment into XML
    assert value_of(dataset, "version") == ("2026-11-01T00:00:00Z" if written else None)
    assert value_of(dataset, "licence") == "ODbL-1.0"
    assert "© OpenStreetMap contributors" in dataset["attribution"]["languageMap"]["en"]


def test_one_type_can_be_asked_for_alone(forms: dict[str, Path]) -> None:
    found, _ = read(forms["pbf"], type="RoadSegment")
    assert {document["type"] for document in found.values()} == {"RoadSegment", "Dataset"}
    with pytest.raises(CallerError, match="no type"):
        base.read(forms["pbf"], type="Firm")


def test_an_extract_with_ways_before_nodes_is_put_in_order(forms: dict[str, Path], tmp_path: Path) -> None:
    text = forms["osm"].read_text("utf-8")
    first = text.index("<way")
    last = text.index("<relation")
    start = text.index("<node")
    (tmp_path / "b.osm").write_text(text[:start] + text[first:last] + text[start:first] + text[last:], "utf-8")
    assert read(tmp_path / "b.osm")[0].keys() - {"b.osm"} == read(forms["osm"])[0].keys() - {"a.osm"}


def test_what_an_extract_cuts_off_is_counted(tmp_path: Path) -> None:
    cut = tmp_path / "cut.osm"
    with osmium.SimpleWriter(str(cut)) as writer:
        for number, (lon, lat) in enumerate(SQUARE[:4], 1):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(lon, lat), version=1))
        for id, nodes, said in (
            (1, [1, 2, 3, 99, 1], {"building": "yes"}),
            (2, [1, 2, 1], {"building": "yes"}),
            (3, [1, 2, 3, 4, 1], {"building": "yes"}),
        ):
            writer.add_way(osmium.osm.mutable.Way(id=id, nodes=nodes, tags=said, version=1))
        lake = {"type": "multipolygon", "natural": "water"}
        writer.add_relation(osmium.osm.mutable.Relation(id=4, members=[("w", 77, "outer")], tags=lake, version=1))
    found, report = read(cut)
    assert "w3" in found
    assert report.left_out == {"osm.missing-nodes": 1, "osm.too-few-points": 1, "osm.missing-members": 1}


# --- hostile and damaged files ---------------------------------------------------------------------------------------

BOMB = '<!DOCTYPE osm [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.osm", f"<?xml version='1.0'?>{BOMB}<osm><way id='1'><nd lat='1' lon='2'/></way></osm>", "osm.doctype"),
        ("a.osm", f"<?xml version='1.0'?>{BOMB}<osm><way id='1'><nd ref='1'/></way></osm>", "osm.doctype"),
        ("a.osm", "<html><nd lat='1'/></html>", "osm.not-osm"),
        ("a.osm", "<osm><way id='x'><nd lat='1' lon='2'/></way></osm>", "osm.bad-id"),
        ("a.osm", "<osm><way id='1'><nd lat='nan' lon='2'/></way></osm>", "osm.no-features"),
        ("a.osm", "<osm>" + "<a>" * 40 + "<nd lat='1'/>", "osm.too-deep"),
        ("a.osm.pbf", "no map at all", "osm.unreadable"),
        ("a.osm.gz", "no gzip", "osm.unreadable"),
        ("a.json", '{"version": 0.6, "elements": [], "remark": "runtime error: Query timed out"}', "osm.incomplete"),
        ("a.json", '{"version": 0.6, "elements": [{"type": "way", "id": "1"}]}', "osm.bad-object"),
        ("a.json", '{"version": 0.6, "elements": [{"type": "way", ', "osm.bad-json"),
        ("a.json", '{"version": 0.6, "elements": [' + "[" * 200_000, "osm.bad-json"),
    ],
)
def test_a_hostile_or_damaged_file_is_refused_in_words(tmp_path: Path, name: str, data: str, code: str) -> None:
    (tmp_path / name).write_text(data, "utf-8")
    with pytest.raises(DataError) as caught:
        read(tmp_path / name)
    assert caught.value.code == code
    assert caught.value.message("ko") != caught.value.message("en")


def test_a_packed_file_that_grows_without_measure_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bomb.osm.gz").write_bytes(gzip.compress(bytes(80 << 20)))
    with pytest.raises(DataError, match="MB"):
        read(tmp_path / "bomb.osm.gz")


def test_too_many_points_in_one_object_are_counted_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("markup", "drawing"):
        monkeypatch.setattr(f"madang.sources.osm.{module}.MOST_VERTICES", 100)
    text = as_geometry_xml().replace("</osm>", '<way id="77">' + '<nd lat="1" lon="1"/>' * 5000)
    (tmp_path / "big.osm").write_text(text + '<tag k="building" v="yes"/></way></osm>', "utf-8")
    found, report = read(tmp_path / "big.osm")
    assert report.left_out["osm.too-many-vertices"] == 1
    assert "w77" not in found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.sampled_from(["pbf", "osm", "geometry", "overpass"]), at=st.floats(0, 1), data=st.binary(max_size=6))
def test_a_damaged_file_never_ends_in_a_traceback(
    forms: dict[str, Path], tmp_path: Path, form: str, at: float, data: bytes
) -> None:
    whole = forms[form].read_bytes()
    start = int(at * len(whole))
    damaged = tmp_path / f"damaged-{forms[form].name}"
    damaged.write_bytes(whole[:start] + data + (whole[start + 3 :] if data else b""))
    with contextlib.suppress(MadangError):
        _, report = read(damaged)
        assert report.read == report.kept + sum(report.left_out.values())


# --- small laws ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12", 12.0), ("12.5 m", 12.5), ("12,5m", 12.5), ("40'", 12.192), ("40'6\"", 12.344), ("40 ft", 12.192),
     ("12 미터", 12.0), ("tall", None), ("", None), ("-3", None), ("1e9", None), ("12;13", None), ("nan", None)],
)  # fmt: skip
def test_lengths_are_read_with_their_units(text: str, expected: float | None) -> None:
    assert tags.metres(text) == expected


@pytest.mark.parametrize(
    ("said", "height", "base", "figure"),
    [
        ({"height": "30", "building:levels": "3"}, 30.0, None, None),
        ({"building:levels": "3"}, 12.0, None, "4.0"),
        ({"building:levels": "3", "roof:height": "2"}, 14.0, None, "4.0"),
        ({"height": "30", "min_height": "10"}, 20.0, 10.0, None),
        ({"height": "30", "building:min_level": "2"}, 22.0, 8.0, "4.0"),
        ({"height": "3", "min_height": "10"}, None, None, None),
        ({"est_height": "8"}, 8.0, None, "est_height"),
        ({"building:levels": "many"}, None, None, None),
        ({}, None, None, None),
    ],
)
def test_a_height_is_tagged_or_worked_out_by_a_stated_figure_or_unknown(
    said: dict[str, str], height: float | None, base: float | None, figure: str | None
) -> None:
    found = heights.upright(said, "yes")
    assert (found.height, found.base) == (height, base)
    assert (figure is None) == (found.method is None)
    assert figure is None or figure in found.method["en"]  # type: ignore[index]


def test_each_use_has_one_figure() -> None:
    found = [heights.upright({"building:levels": "5"}, use).height for use in ("apartments", "office", "yes")]
    assert found == [15.0, 20.0, 20.0]


def test_what_a_mapping_means() -> None:
    assert area_meaning({"building": "no"}) is None
    assert line_meaning({"highway": "proposed"}) is None
    assert area_meaning({"landuse": "residential"}).type == "LandUse"  # type: ignore[union-attr]
    assert area_meaning({"highway": "pedestrian", "area": "yes"}).type == "Road"  # type: ignore[union-attr]
    assert point_meaning({"highway": "crossing"}) is None


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(6)), st.lists(st.booleans(), min_size=6, max_size=6))
def test_rings_close_from_lines_in_any_order_and_direction(order: list[int], turned: list[bool]) -> None:
    points = [(float(n), float(n * n)) for n in range(6)]
    lines = [[points[n], points[(n + 1) % 6]] for n in range(6)]
    mixed = [lines[n][::-1] if turned[n] else lines[n] for n in order]
    closed, left_over = rings.rings(mixed)
    assert (len(closed), left_over) == (1, 0)
    assert set(closed[0]) == set(points)
    assert rings.rings(mixed[:5])[1] == 5
