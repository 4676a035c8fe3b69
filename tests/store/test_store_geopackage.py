"""The city file is a GeoPackage that other programs read, also while it is written: each in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from madang.entities.entity import Document, geo_property, language_property, property_
from madang.store import Store

Make = Callable[..., Document]

READ = """
import json, sys, pyogrio
found = {}
for name, geometry in pyogrio.list_layers(sys.argv[1]):
    info = pyogrio.read_info(sys.argv[1], layer=name)
    box = tuple(json.loads(sys.argv[2]) or ()) if geometry else ()
    meta, fids, shapes, columns = pyogrio.raw.read(sys.argv[1], layer=name, bbox=box or None)
    found[name] = {"geometry": geometry, "crs": info["crs"], "types": dict(zip(info["fields"], info["ogr_types"])),
                   "rows": [[None if v != v else v for v in row] for row in zip(*(c.tolist() for c in columns))],
                   "fields": list(meta["fields"]), "shapes": 0 if shapes is None else len(shapes)}
print(json.dumps(found))
"""


def read_by_pyogrio(path: Path, box: list[float] | None = None) -> dict[str, Any]:
    told = subprocess.run(
        [sys.executable, "-c", READ, str(path), json.dumps(box)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert "warn" not in told.stderr.lower()
    found: dict[str, Any] = json.loads(told.stdout)
    assert found.pop("madang_log")["rows"][0][4:6] == [None, "create"]
    return found


def test_pyogrio_reads_the_layers_while_a_writer_is_open(town: Store, path: Path, building: Make) -> None:
    with town.transact(actor="t", reason="more") as tx:
        tx.put(building(100, 7.5, use=language_property({"ko": "주거", "en": "home"}), floors=property_(3)))
        tx.put({"id": "urn:ngsi-ld:Organisation:t:1", "type": "Organisation", "name": property_("성남시정연구원")})
    found = read_by_pyogrio(path)
    assert set(found) == {"Building", "Organisation"}
    layer = found["Building"]
    assert (layer["geometry"], layer["crs"], layer["shapes"]) == ("Point", "EPSG:4326", 21)
    assert layer["types"] == {
        "id": "OFTString", "name": "OFTString", "floors": "OFTReal", "height": "OFTReal", "use": "OFTString",
    }  # fmt: skip
    rows = {row[0]: dict(zip(layer["fields"], row, strict=True)) for row in layer["rows"]}
    assert rows["urn:ngsi-ld:Building:test:100"] == {
        "id": "urn:ngsi-ld:Building:test:100", "name": "건물 100", "floors": 3.0, "height": 7.5, "use": "주거",
    }  # fmt: skip
    assert found["Organisation"]["rows"] == [["urn:ngsi-ld:Organisation:t:1", "성남시정연구원"]]
    assert read_by_pyogrio(path, [127.1, 37.3, 127.1025, 37.5])["Building"]["shapes"] == 3
    with town.transact(actor="t", reason="after the reader") as tx:
        tx.put(building(101))
    assert town.verify().ok


def test_layers_of_a_branch_are_published_on_request(town: Store, path: Path, building: Make) -> None:
    town.fork("a", actor="t", reason="r")
    with town.transact(branch="a", actor="t", reason="e") as tx:
        tx.put(building(50, 9.0))
        tx.delete("urn:ngsi-ld:Building:test:1")
        tx.put(building(2, 99.0))
    assert [layer.name for layer in town.layers()] == ["Building"]
    (published,) = town.publish_layers("a")
    assert (published.name, published.branch, published.count, published.geometry_type) == (
        "Building~a", "a", 20, "POINT",
    )  # fmt: skip
    rows = {row[0]: row for row in read_by_pyogrio(path)["Building~a"]["rows"]}
    assert "urn:ngsi-ld:Building:test:1" not in rows
    assert rows["urn:ngsi-ld:Building:test:2"][2] == 99.0
    with town.transact(branch="a", actor="t", reason="e") as tx:
        tx.put(building(51, 9.0))
    assert town.publish_layers("a")[0].count == 21
    assert town.verify().ok


@pytest.mark.parametrize("name", ["gpkg_contents", "md_ent", "건물"])
def test_a_type_may_have_any_name(store: Store, path: Path, name: str) -> None:
    with store.transact(actor="t", reason="r") as tx:
        for n, kind in enumerate((name, name.upper(), "x:" + name)):
            where = geo_property({"type": "Point", "coordinates": [127.0, 37.0]})
            tx.put({"id": f"urn:x:{n}", "type": kind, "id_": property_("i"), "select": property_(1), "location": where})
    assert len(read_by_pyogrio(path)) == len({name, name.upper(), "x:" + name})
    assert store.verify().ok


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="needs GDAL's ogrinfo")
def test_ogrinfo_lists_the_layers_without_a_warning(town: Store, path: Path) -> None:
    told = subprocess.run(["ogrinfo", "-ro", "-al", "-so", str(path)], capture_output=True, text=True, check=True)
    assert "Layer name: Building" in told.stdout
    assert "Feature Count: 20" in told.stdout
    assert "warning" not in (told.stdout + told.stderr).lower()
    assert "error" not in (told.stdout + told.stderr).lower()
    command = ["ogrinfo", "-ro", "-q", "-where", "name = '건물 7'", str(path), "Building"]
    named = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "name (String) = 건물 7" in named.stdout
