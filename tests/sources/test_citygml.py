"""CityGML in: both flavours, references, axis orders, heights, terrain, and files made to hurt."""

import random
import zipfile
from itertools import pairwise

import numpy as np
import pyogrio
import pytest
from pyproj import Transformer
from shapely.geometry import shape

from madang.entities.entity import check_entity, geometry_of, instance_of, value_of
from madang.errors import DataError, MadangError
from madang.sources import base
from madang.sources.citygml import CityGMLSource, safe

GML2 = "http://www.opengis.net/gml"
GML3 = "http://www.opengis.net/gml/3.2"
DEGREES = "http://www.opengis.net/def/crs/EPSG/0/6697"
MODULES = {"bldg": "building", "tran": "transportation", "frn": "cityfurniture", "dem": "relief", "gen": "generics",
           "veg": "vegetation", "grp": "cityobjectgroup", "con": "construction", "wtr": "waterbody"}  # fmt: skip


def model(*members, version="2.0", srs=DEGREES, corners="35.68 139.76 0", before=""):
    gml = GML3 if version == "3.0" else GML2
    names = " ".join(f'xmlns:{p}="http://www.opengis.net/citygml/{m}/{version}"' for p, m in MODULES.items())
    srs_name = f' srsName="{srs}" srsDimension="3"' if srs else ""
    body = "\n".join(f"<core:cityObjectMember>{member}</core:cityObjectMember>" for member in members)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}\n<core:CityModel xmlns:core="http://www.opengis.net/citygml/'
        f'{version}" xmlns:gml="{gml}" xmlns:xlink="http://www.w3.org/1999/xlink" {names} '
        f'xmlns:uro="https://www.geospatial.jp/iur/uro/3.0" xmlns:xAL="urn:oasis:names:tc:ciq:xsdschema:xAL:2.0">\n'
        f"<gml:boundedBy><gml:Envelope{srs_name}><gml:lowerCorner>{corners}</gml:lowerCorner>"
        f"<gml:upperCorner>{corners}</gml:upperCorner></gml:Envelope></gml:boundedBy>\n{body}\n</core:CityModel>\n"
    )


def polygon(points, id=None):
    text = " ".join(f"{v:.12g}" for point in [*points, points[0]] for v in point)
    named = f' gml:id="{id}"' if id else ""
    return (
        f"<gml:surfaceMember><gml:Polygon{named}><gml:exterior><gml:LinearRing><gml:posList>{text}</gml:posList>"
        f"</gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>"
    )


def block(a, b, low, high, size):
    """Ground, roof and four walls of a block, its corner at (a, b): first number, second number, height."""
    (da, db) = size
    base_ = [(a, b), (a, b + db), (a + da, b + db), (a + da, b)]
    ground, roof = [(*p, low) for p in reversed(base_)], [(*p, high) for p in base_]
    walls = [[(*p, low), (*q, low), (*q, high), (*p, high)] for p, q in pairwise([*base_, base_[0]])]
    return {"GroundSurface": [ground], "RoofSurface": [roof], "WallSurface": walls}


def solid(members):
    return (
        f"<gml:Solid><gml:exterior><gml:CompositeSurface>{''.join(members)}</gml:CompositeSurface></gml:exterior>"
        f"</gml:Solid>"
    )


def surfaces(members):
    return f"<gml:MultiSurface>{''.join(members)}</gml:MultiSurface>"


SIZE = (0.0002, 0.00025)  # degrees: about 22 m


def plateau_building(n, *, more="", lod2=True):
    """A building as PLATEAU writes it: footprint, block, and a solid of references to boundary surfaces."""
    lat, lon = 35.68 + n * 0.001, 139.76
    faces = block(lat, lon, 5.0, 17.5, SIZE)
    ids = {kind: [f"p{n}_{kind}_{k}" for k in range(len(rings))] for kind, rings in faces.items()}
    boundaries = "".join(
        f"<bldg:boundedBy><bldg:{kind}><bldg:lod2MultiSurface>"
        f"{surfaces(polygon(ring, i) for ring, i in zip(rings, ids[kind], strict=True))}"
        f"</bldg:lod2MultiSurface></bldg:{kind}></bldg:boundedBy>"
        for kind, rings in faces.items()
    )
    named = [f'<gml:surfaceMember xlink:href="#{i}"/>' for kind in ids for i in ids[kind]]
    second = f"<bldg:lod2Solid>{solid(named)}</bldg:lod2Solid>{boundaries}" if lod2 else ""
    flat = [(*p[:2], 0) for p in faces["RoofSurface"][0]]
    rings = [ring for kind in faces for ring in faces[kind]]
    return (
        f'<bldg:Building gml:id="bldg_{n}"><gml:name>청사 {n}</gml:name><core:creationDate>2024-03-01'
        f'</core:creationDate><gen:intAttribute name="図形ID"><gen:value>{n}</gen:value></gen:intAttribute>'
        f'<gen:measureAttribute name="床面積"><gen:value uom="m2">42.5</gen:value></gen:measureAttribute>'
        f'<bldg:usage codeSpace="../../codelists/Building_usage.xml">401</bldg:usage>{more}'
        f"<bldg:lod0FootPrint>{surfaces([polygon(flat)])}</bldg:lod0FootPrint>"
        f"<bldg:lod1Solid>{solid(map(polygon, rings))}</bldg:lod1Solid>{second}"
        f"<uro:buildingDetailAttribute><uro:BuildingDetailAttribute>"
        f'<uro:totalFloorArea uom="m2">1234.5</uro:totalFloorArea><uro:surveyYear>2021</uro:surveyYear>'
        f'<uro:buildingRoofEdgeArea uom="m2">-9999</uro:buildingRoofEdgeArea>'
        f"</uro:BuildingDetailAttribute></uro:buildingDetailAttribute></bldg:Building>"
    )


STATED = (
    '<bldg:yearOfConstruction>0001</bldg:yearOfConstruction><bldg:measuredHeight uom="m">12.8</bldg:measuredHeight>'
    "<bldg:storeysAboveGround>9999</bldg:storeysAboveGround>"
)
CODES = (
    f'<gml:Dictionary xmlns:gml="{GML2}" gml:id="d"><gml:name>Building_usage</gml:name><gml:dictionaryEntry>'
    "<gml:Definition><gml:description>업무시설</gml:description><gml:name>401</gml:name></gml:Definition>"
    "</gml:dictionaryEntry></gml:Dictionary>"
)
LAMP = surfaces([polygon([(0, 0, 0), (2, 0, 0), (2, 0, 4), (0, 0, 4)]), polygon([(0, 0, 0), (0, 3, 0), (0, 3, 4)])])


def lamp(n, *, shape_="", href=""):
    shape_ = shape_.replace("<gml:MultiSurface>", '<gml:MultiSurface gml:id="lamp">', 1)
    linked = f' xlink:href="{href}"' if href else ""
    geometry = f"<core:relativeGMLGeometry{linked}>{shape_}</core:relativeGMLGeometry>"
    return (
        f'<frn:CityFurniture gml:id="lamp_{n}"><frn:lod3ImplicitRepresentation><core:ImplicitGeometry>'
        f"<core:transformationMatrix>0 -1 0 0 1 0 0 0 0 0 1 0 0 0 0 1</core:transformationMatrix>{geometry}"
        f"<core:referencePoint><gml:Point><gml:pos>35.68{n} 139.761 3.0</gml:pos></gml:Point></core:referencePoint>"
        f"</core:ImplicitGeometry></frn:lod3ImplicitRepresentation></frn:CityFurniture>"
    )


def triangle(*points):
    text = " ".join(str(v) for point in [*points, points[0]] for v in point)
    return (
        f"<gml:Triangle><gml:exterior><gml:LinearRing><gml:posList>{text}</gml:posList></gml:LinearRing>"
        f"</gml:exterior></gml:Triangle>"
    )


TERRAIN = (
    '<dem:ReliefFeature gml:id="dem_1"><dem:lod>1</dem:lod><dem:reliefComponent><dem:TINRelief gml:id="tin_1">'
    "<dem:lod>1</dem:lod><dem:tin><gml:TriangulatedSurface><gml:trianglePatches>"
    + triangle((35.68, 139.76, 4), (35.69, 139.76, 5), (35.69, 139.77, 9))
    + triangle((35.68, 139.76, 4), (35.69, 139.77, 9), (35.68, 139.77, 6))
    + "</gml:trianglePatches></gml:TriangulatedSurface></dem:tin></dem:TINRelief></dem:reliefComponent>"
    '<dem:reliefComponent><dem:RasterRelief gml:id="grid_1"><dem:lod>1</dem:lod></dem:RasterRelief>'
    "</dem:reliefComponent></dem:ReliefFeature>"
)
ROAD = (
    '<tran:Road gml:id="road_1"><tran:trafficArea><tran:TrafficArea><tran:function>1</tran:function>'
    f"<tran:lod2MultiSurface>{surfaces([polygon([(35.68, 139.76, 0), (35.68, 139.7601, 0), (35.69, 139.7601, 0)])])}"
    "</tran:lod2MultiSurface></tran:TrafficArea></tran:trafficArea></tran:Road>"
)
GROUP = '<grp:CityObjectGroup gml:id="group_1"><grp:groupMember xlink:href="#bldg_1"/></grp:CityObjectGroup>'


def read(folder, content, name="model.gml", **how):
    path = folder / name
    path.write_text(content, "utf-8")
    loaded = base.gathered(base.read(path, **how))
    found = {value_of(d, "code"): check_entity(d) for d in loaded.entities if d["type"] != "Dataset"}
    return found, loaded.report


def drawn(document):
    """Corners in the plane of geometry3d, and its geometries."""
    kept = value_of(document, "geometry3d")
    return np.array(kept["vertices"]) * kept["transform"]["scale"] + kept["transform"]["translate"], kept["geometry"]


def kinds(geometry):
    said = geometry["semantics"]
    values = said["values"][0] if geometry["type"] == "Solid" else said["values"]
    return [said["surfaces"][value]["type"] for value in values]


def notes(report):
    return " ".join(note["en"] for note in report.notes)


@pytest.fixture(scope="module")
def plateau(tmp_path_factory):
    """A ZIP as PLATEAU ships it: two tiles with one building in both, code lists, furniture, terrain, roads."""
    path = tmp_path_factory.mktemp("plateau") / "13101_city_2024_citygml.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("codelists/Building_usage.xml", CODES)
        archive.writestr("udx/bldg/1_bldg_6697_op.gml", model(plateau_building(1, more=STATED), plateau_building(2)))
        archive.writestr("udx/bldg/2_bldg_6697_op.gml", model(plateau_building(2)))
        lamps = [lamp(1, href="#lamp"), lamp(2, shape_=LAMP), lamp(3, href="#lamp"), lamp(4, href="#nowhere")]
        archive.writestr("udx/frn/1_frn_6697_op.gml", model(*lamps))
        archive.writestr("udx/dem/1_dem_6697_op.gml", model(TERRAIN, ROAD, GROUP))
    loaded = base.gathered(base.read(path))
    return {value_of(d, "code"): check_entity(d) for d in loaded.entities if d["type"] != "Dataset"}, loaded.report


def test_a_solid_of_references_is_whole_and_says_what_its_faces_are(plateau):
    building = plateau[0]["bldg_1"]
    corners, geometries = drawn(building)
    assert [(g["type"], g["lod"]) for g in geometries] == [("MultiSurface", "0"), ("Solid", "1"), ("Solid", "2")]
    assert kinds(geometries[2]) == ["GroundSurface", "RoofSurface", *["WallSurface"] * 4]
    roof = corners[geometries[2]["boundaries"][0][1][0]]
    assert set(roof[:, 2].round(3)) == {17.5}
    assert "semantics" not in geometries[1]
    assert value_of(building, "lod") == "2"
    place = shape(geometry_of(building)).bounds
    assert place == pytest.approx((139.76, 35.681, 139.76025, 35.6812), abs=2e-7)
    assert value_of(building, "geometry3d")["crs"] == "EPSG:6691"  # JGD2011, UTM zone 54


def test_what_a_building_says_of_itself_is_kept_and_unknown_stays_unknown(plateau):
    found, report = plateau
    building = found["bldg_1"]
    said = value_of(building, "cityjsonAttributes")
    assert said["buildingDetailAttribute.totalFloorArea"] == 1234.5
    assert said["buildingDetailAttribute.totalFloorArea.uom"] == "m2"
    assert said["buildingDetailAttribute.surveyYear"] == "2021"
    assert (said["図形ID"], said["床面積"], said["usage"], said["usage.code"]) == (1, 42.5, "업무시설", "401")
    assert not {"storeysAboveGround", "yearOfConstruction", "buildingDetailAttribute.buildingRoofEdgeArea"} & set(said)
    assert report.facts["unknownValues"] == 4  # of two buildings
    assert value_of(building, "use") == "업무시설"
    assert value_of(building, "name") == {"ko": "청사 1"}


def test_a_height_says_how_it_came_about(plateau, tmp_path):
    found = plateau[0]
    stated, seen = instance_of(found["bldg_1"], "height"), instance_of(found["bldg_2"], "height")
    assert (stated["value"], stated["status"]["value"]) == (12.8, "observed")
    assert (seen["value"], "status" in seen) == (12.5, False)
    flat = '<bldg:Building gml:id="b"><bldg:storeysAboveGround>3</bldg:storeysAboveGround>{}</bldg:Building>'
    ring = surfaces([polygon([(35.68, 139.76, 0), (35.68, 139.761, 0), (35.681, 139.761, 0)])])
    only, report = read(tmp_path, model(flat.format(f"<bldg:lod0RoofEdge>{ring}</bldg:lod0RoofEdge>")))
    guessed = instance_of(only["b"], "height")
    assert (guessed["value"], guessed["status"]["value"]) == (12.0, "estimated")
    assert "4.0 m" in guessed["method"]["languageMap"]["en"]
    assert "baseElevation" not in only["b"]  # a footprint at height 0 tells no height
    assert "estimated from storeys" in notes(report)


def test_shapes_set_up_many_times_stand_where_they_belong(plateau):
    found, report = plateau
    assert report.facts["implicit"] == 3
    corners, _ = drawn(found["lamp_2"])
    placed = Transformer.from_crs("EPSG:6668", "EPSG:6691", always_xy=True).transform(139.761, 35.682)
    assert sorted(map(tuple, (corners - [*placed, 3.0]).round(2).tolist())) == [
        (-3, 0, 0), (-3, 0, 4), (0, 0, 0), (0, 0, 4), (0, 2, 0), (0, 2, 4),
    ]  # fmt: skip
    before, _ = drawn(found["lamp_1"])  # its template comes later in the file
    assert len(before) == len(corners)
    assert "lamp_4" not in found
    assert "not in the file" in notes(report)


def test_terrain_roads_and_groups_are_read_or_counted(plateau):
    found, report = plateau
    tin = found["tin_1"]
    assert (tin["type"], value_of(tin, "cityjsonType"), value_of(tin, "baseElevation")) == ("Terrain", "TINRelief", 4)
    corners, (geometry,) = drawn(tin)
    assert (len(corners), len(geometry["boundaries"]), geometry["lod"]) == (4, 2, "1")
    assert value_of(tin, "refParent") == found["dem_1"]["id"]
    _, (lane,) = drawn(found["road_1"])
    assert lane["semantics"]["surfaces"] == [{"type": "TrafficArea", "function": "1"}]
    assert report.left_out == {"duplicate": 1, "no-geometry": 3}  # a tile's edge; a group, a grid, a lost lamp
    assert report.read == report.kept + 4
    assert all(word in notes(report) for word in ("north first", "EPSG:6691", "groups", "terrain grids"))


X, Y = Transformer.from_crs("EPSG:4326", "EPSG:5186", always_xy=True).transform(127.11, 37.4)


def korean(*, north_first, srs, version="2.0", faces=None):
    faces = faces or block(*((Y, X) if north_first else (X, Y)), 30, 42, (20, 10) if north_first else (10, 20))
    rings = [ring for kind in faces for ring in faces[kind]]
    body = f'<bldg:Building gml:id="b1"><bldg:lod1Solid>{solid(map(polygon, rings))}</bldg:lod1Solid></bldg:Building>'
    return model(body, srs=srs, version=version, corners=f"{rings[0][0][0]} {rings[0][0][1]} 0")


@pytest.mark.parametrize(
    ("srs", "north_first", "said"),
    [
        ("EPSG:5186", False, "east first"),
        ("urn:ogc:def:crs:EPSG::5186", True, "north first"),
        ("urn:ogc:def:crs:EPSG::5186", False, "not the order"),
        ("EPSG:5186", True, "not the order"),
    ],
)
def test_a_korean_block_stands_in_its_place_whichever_number_comes_first(tmp_path, srs, north_first, said):
    found, report = read(tmp_path, korean(north_first=north_first, srs=srs))
    outline = shape(geometry_of(found["b1"]))
    assert outline.bounds[:2] == pytest.approx((127.11, 37.4), abs=1e-6)
    assert outline.area * 111_320**2 * np.cos(np.radians(37.4)) == pytest.approx(200, rel=0.01)
    assert (value_of(found["b1"], "height"), value_of(found["b1"], "baseElevation")) == (12.0, 30.0)
    assert value_of(found["b1"], "geometry3d")["crs"] == "EPSG:5186"
    assert said in notes(report)


def test_a_mapping_puts_a_wrongly_stated_system_right(tmp_path):
    terms = tmp_path / "terms.yaml"
    terms.write_text("crs: EPSG:5186\n", "utf-8")
    found, report = read(tmp_path, korean(north_first=False, srs="EPSG:25832"), mapping=terms)
    assert shape(geometry_of(found["b1"])).bounds[:2] == pytest.approx((127.11, 37.4), abs=1e-6)
    assert "the file itself says EPSG:25832" in notes(report)


def three():
    """A building of CityGML 3: boundaries, a solid that names one face too many, a measured height, an installation."""
    faces = block(X, Y, 30, 39, (10, 20))
    boundaries = "".join(
        f'<core:boundary><con:{kind} gml:id="{kind}"><core:lod2MultiSurface>'
        f"{surfaces(polygon(ring, f'{kind}_{k}') for k, ring in enumerate(rings))}"
        f"</core:lod2MultiSurface></con:{kind}></core:boundary>"
        for kind, rings in faces.items()
    )
    ids = [f"{kind}_{k}" for kind, rings in faces.items() for k in range(len(rings))] + ["lost"]
    shell = "".join(f'<gml:surfaceMember xlink:href="#{i}"/>' for i in ids)
    stack = polygon([(X, Y, 39), (X + 1, Y, 39), (X + 1, Y + 1, 39)])
    return (
        f'<bldg:Building gml:id="three">{boundaries}<core:lod2Solid><gml:Solid><gml:exterior><gml:Shell>{shell}'
        "</gml:Shell></gml:exterior></gml:Solid></core:lod2Solid><core:genericAttribute><gen:StringAttribute><gen:name>"
        "관리</gen:name><gen:value>구청</gen:value></gen:StringAttribute></core:genericAttribute><con:height><con:Height>"
        '<con:status>measured</con:status><con:value uom="m">9.4</con:value></con:Height></con:height>'
        '<bldg:buildingInstallation><bldg:BuildingInstallation gml:id="stack"><core:lod2MultiSurface>'
        f"{surfaces([stack])}</core:lod2MultiSurface></bldg:BuildingInstallation></bldg:buildingInstallation>"
        "</bldg:Building>"
    )


def test_citygml_3_reads_as_2_does_and_a_solid_without_all_its_faces_is_none(tmp_path):
    found, report = read(tmp_path, model(three(), version="3.0", srs="EPSG:5186"))
    building, stack = found["three"], found["stack"]
    _, (geometry,) = drawn(building)
    assert (geometry["type"], len(geometry["boundaries"])) == ("MultiSurface", 6)
    assert sorted(set(kinds(geometry))) == ["GroundSurface", "RoofSurface", "WallSurface"]
    assert (value_of(building, "height"), value_of(building, "cityjsonAttributes")) == (9.4, {"관리": "구청"})
    assert (stack["type"], value_of(stack, "cityjsonType")) == ("CityObject", "BuildingInstallation")
    assert value_of(stack, "refParent") == building["id"]
    assert value_of(building, "parts") == stack["id"]
    assert "1 references to surfaces lead nowhere" in notes(report)


def test_boundaries_without_a_solid_are_drawn_and_copies_are_not_drawn_twice(tmp_path):
    faces = block(X, Y, 30, 39, (10, 20))
    walls = "".join(
        f"<bldg:boundedBy><bldg:{kind}><bldg:lod2MultiSurface>{surfaces(map(polygon, rings))}"
        f"</bldg:lod2MultiSurface></bldg:{kind}></bldg:boundedBy>"
        for kind, rings in faces.items()
    )
    shell = solid(polygon(ring) for rings in faces.values() for ring in rings)
    bare = f'<bldg:Building gml:id="bare">{walls}</bldg:Building>'
    twice = f'<bldg:Building gml:id="twice">{walls}<bldg:lod2Solid>{shell}</bldg:lod2Solid></bldg:Building>'
    found, _ = read(tmp_path, model(bare, twice, srs="EPSG:5186"))
    (surface,), (body,) = drawn(found["bare"])[1], drawn(found["twice"])[1]
    assert (surface["type"], len(surface["boundaries"])) == ("MultiSurface", 6)
    assert (body["type"], len(body["boundaries"][0])) == ("Solid", 6)
    assert kinds(body) == kinds(surface)


def test_other_gml_and_other_zips_stay_with_the_vector_source(tmp_path):
    path = tmp_path / "plain.gml"
    path.write_text(f'<?xml version="1.0"?><gml:FeatureCollection xmlns:gml="{GML2}"/>', "utf-8")
    assert base.detect(path).name == "vector"
    box = tmp_path / "layers.zip"
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr("a/roads.gml", path.read_bytes())
    assert base.detect(box).name == "vector"
    city = tmp_path / "city.xml"
    city.write_text("<!-- a -->" + korean(north_first=False, srs="EPSG:5186").partition("?>")[2], "utf-8")
    assert base.detect(city).name == "citygml"
    city.write_bytes(korean(north_first=False, srs="EPSG:5186").replace("UTF-8", "UTF-16").encode("utf-16"))
    assert base.gathered(base.read(city)).report.kept == 1


def test_as_many_buildings_come_out_as_another_reader_finds(tmp_path):
    path = tmp_path / "many.gml"
    path.write_text(model(*(plateau_building(n, lod2=False) for n in range(25))), "utf-8")
    flow = base.read(path)
    loaded = base.gathered(flow)
    theirs = pyogrio.raw.read(path, sql="SELECT COUNT(*) FROM Building", read_geometry=False)[3]
    assert theirs[0].tolist() == [25] == [loaded.report.kept]
    assert flow.finished()[0].facts["Building"] == 25


# --- files made to hurt ----------------------------------------------------------------------------------------------

GOOD = korean(north_first=False, srs="EPSG:5186")
LAUGHS = "<!DOCTYPE x [" + "".join(
    f"<!ENTITY l{n} '" + (f"&l{n - 1};" * 10 if n else "ha" * 9) + "'>" for n in range(10)
)  # fmt: skip


def refused(folder, content, name="bad.gml", **how):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as caught:
        base.gathered(base.read(path, **how))
    assert caught.value.message("ko") != caught.value.message("en")
    return caught.value.message("en")


def test_entities_document_types_and_includes_are_refused(tmp_path):
    (tmp_path / "secret").write_text("secret")
    outside = f"<!DOCTYPE x [<!ENTITY e SYSTEM '{(tmp_path / 'secret').as_uri()}'>]>"
    for before in (LAUGHS + "]>", outside, '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'):
        name = "&l9;" if "l9" in before else "&e;" if "ENTITY e" in before else ""
        content = model(plateau_building(1, more=f"<bldg:function>{name}</bldg:function>"), before=before)
        assert "document type" in refused(tmp_path, content)
    asked = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="secret" parse="text"/>'
    assert "XInclude" in refused(tmp_path, model(plateau_building(1, more=asked)))
    assert "not well-formed" in refused(tmp_path, model(plateau_building(1, more="&nbsp;")))


def test_what_is_too_large_too_deep_or_too_tangled_is_refused(tmp_path, monkeypatch):
    deep = "<uro:a>" * 400 + "</uro:a>" * 400
    assert "deeper than 256" in refused(tmp_path, model(plateau_building(1, more=deep)))
    knot = "".join(
        f'<bldg:lod{n % 2 + 1}MultiSurface><gml:MultiSurface gml:id="k{n}">'
        + f'<gml:surfaceMember xlink:href="#k{n + 1}"/>' * 40
        + f"</gml:MultiSurface></bldg:lod{n % 2 + 1}MultiSurface>"
        for n in range(9)
    )
    assert "refer to each other" in refused(tmp_path, model(plateau_building(1, more=knot)))
    box = tmp_path / "bomb.zip"
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.gml", GOOD)
        archive.writestr("b.gml", GOOD + " " * (40 << 20))
    assert "unpacks to" in refused(tmp_path, box.read_bytes(), "bomb2.zip")
    monkeypatch.setattr(safe, "OBJECT_NUMBERS", 15)
    assert "more than 5 vertices" in refused(tmp_path, GOOD)
    monkeypatch.undo()
    monkeypatch.setattr(safe, "OBJECT_BYTES", 20_000)
    more = f"<bldg:function>{'x ' * 60_000}</bldg:function>"
    assert "larger than" in refused(tmp_path, model(plateau_building(1, more=more)))


def test_wrong_coordinates_and_systems_are_named(tmp_path):
    number = GOOD.replace(" 42 ", " NaN ", 1)
    assert "not a finite number" in refused(tmp_path, number)
    assert "'forty'" in refused(tmp_path, GOOD.replace(" 42 ", " forty ", 1))
    assert "whole positions" in refused(tmp_path, GOOD.replace(" 42 ", " ", 1))
    assert "outside the area" in refused(tmp_path, GOOD.replace("EPSG:5186", "EPSG:25832"))
    assert "no place has" in refused(tmp_path, GOOD.replace(" 42 ", " 42000 "))
    assert "is not known" in refused(tmp_path, GOOD.replace("EPSG:5186", "EPSG:999999"))
    assert "is not known" in refused(tmp_path, GOOD.replace("EPSG:5186", "/etc/passwd"))
    assert "holds no city object" in refused(tmp_path, model(srs="EPSG:5186"))
    assert "no coordinate system" in refused(tmp_path, GOOD.replace(' srsName="EPSG:5186"', ""))
    box = tmp_path / "whole.zip"
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("udx/a.gml", GOOD)
    damaged = bytearray(box.read_bytes())
    damaged[120:160] = bytes(40)
    (tmp_path / "damaged.zip").write_bytes(damaged)
    with pytest.raises(MadangError):
        base.gathered(base.read(tmp_path / "damaged.zip"))


def test_damaged_files_are_refused_with_words_never_with_a_traceback(tmp_path):
    content = model(plateau_building(1, more=STATED), lamp(2, shape_=LAMP), lamp(1, href="#lamp"), TERRAIN, ROAD)
    path = tmp_path / "hurt.gml"
    kept, words = [], []

    def survives(text):
        path.write_bytes(text)
        for skip_bad in (False, True):
            try:
                kept.append(base.gathered(CityGMLSource().read(path, skip_bad=skip_bad)).report.kept)
            except MadangError as refusal:
                words.append(refusal.message("ko"))

    whole = content.encode()
    for cut in range(0, len(whole), 500):
        survives(whole[:cut])
    chance = random.Random(5)
    digits = [n for n in range(1200, len(whole) - 20) if whole[n] in b"0123456789. "]
    for _ in range(60):
        hurt = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            at = chance.choice(digits)
            kind = chance.randrange(4)
            if kind == 0:
                hurt[at] = chance.randrange(32, 127)
            elif kind == 1:
                del hurt[at : at + chance.randrange(1, 4)]
            elif kind == 2:
                hurt[at:at] = chance.choice([b"1e400", b"-inf", b"nan", b" ", b"<gml:pos/>", b"9" * 30, b"e", b"-"])
            else:
                hurt[at : at + 1] = b"9999.5 "
        survives(bytes(hurt))
    survives(whole)
    assert (kept[-1], len(kept) > 10, all(words)) == (6, True, True)
