"""The one table of storey heights: every room that makes a height of storeys makes the same one."""

import numpy as np
import pytest
from pyproj import CRS

from madang.entities.entity import Document, geo_property, property_, value_of
from madang.entities.storeys import storey_m
from madang.exports.blocks import draw
from madang.twin.bodies import bodies_of
from madang.twin.catalogue import layer_kind
from madang.twin.rows import Reader

RING = [[127.10, 37.40], [127.1002, 37.40], [127.1002, 37.4002], [127.10, 37.4002], [127.10, 37.40]]


def building(use: str | None) -> Document:
    made: Document = {
        "id": "urn:ngsi-ld:Building:t:1",
        "type": "Building",
        "floorsAboveGround": property_(5),
        "location": geo_property({"type": "Polygon", "coordinates": [RING]}),
    }
    return made | ({"use": property_(use)} if use else {})


@pytest.mark.parametrize(
    ("use", "each"),
    [
        ("apartments", 3.0),
        ("공동주택(아파트)", 3.0),
        ("오피스텔", 3.0),
        ("apartments;retail", 3.0),
        ("업무시설", 4.0),
        (None, 4.0),
    ],
)
def test_tiles_exports_and_sunlight_give_a_building_one_height(use: str | None, each: float) -> None:
    document = building(use)
    rows = Reader(layer_kind("building"))
    rows.take(document, bytes(5))
    drawn, *_ = draw([document], CRS("EPSG:5186"))
    found = [
        storey_m(use) * 5,
        float(rows.finish().height_m[0]),
        float(bodies_of([document], None).height_m[0]),
        drawn.attributes["measuredHeight"],
    ]
    assert np.allclose(found, 5 * each)
    assert value_of(document, "height") is None  # nothing is written into the entity


def test_the_buildings_layer_says_both_figures() -> None:
    kind = layer_kind("building")
    assert kind.height is not None
    said = kind.said(kind.height)
    assert all("3 m" in text and "4 m" in text for text in said.values())
