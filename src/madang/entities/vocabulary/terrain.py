"""Terrain: a grid of ground elevations; the heights themselves are kept as bytes beside the entity."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import attribute, entity_type

TYPES = [
    entity_type(
        "Terrain",
        "지형",
        "Terrain",
        [
            a.NAME,
            a.LOCATION,
            attribute("resolution", "격자 간격", "Cell size", unit="MTR"),
            attribute("rows", "행 수", "Rows", unit="C62"),
            attribute("columns", "열 수", "Columns", unit="C62"),
            attribute("lowestElevation", "최저 표고", "Lowest elevation", unit="MTR"),
            attribute("highestElevation", "최고 표고", "Highest elevation", unit="MTR"),
            attribute("unknownShare", "값이 없는 비율", "Share without a value", unit="C62"),
            attribute("crs", "좌표계", "Coordinate system"),
            attribute("verticalDatum", "수직 기준면", "Vertical datum"),
            attribute("geoidOffset", "지오이드고", "Height of the geoid above the ellipsoid", unit="MTR"),
            attribute("grid", "격자", "Grid", kind="JsonProperty"),
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    )
]
