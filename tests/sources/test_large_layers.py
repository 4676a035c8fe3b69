"""Layers too large to stand in memory: read batch by batch, they give what they would give read at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from pyproj import CRS

from madang.errors import MadangError
from madang.sources import base, features
from madang.store import Store

COUNT = 60
CORNERS = np.array([127.0, 37.3]) + np.stack([np.arange(COUNT), np.arange(COUNT) % 7], axis=1) * 0.001
SHAPES = shapely.box(*CORNERS.T, *(CORNERS + 0.0004).T)


@pytest.fixture
def in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "SMALL_BYTES", 0)
    monkeypatch.setattr(features, "LARGE_COUNT", 0)
    monkeypatch.setattr(features, "BATCH", 7)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "town.gpkg", city_id="town", title={"ko": "마을", "en": "Town"}) as store:
        yield store


def rows() -> list[dict[str, Any]]:
    return [{"id": n, "floors": n % 5, **({"late": "x"} if n > 40 else {})} for n in range(COUNT)]


def geojson(folder: Path, *, before: str = "", after: str = "", cut: int = 0) -> Path:
    parts = [
        json.dumps({"type": "Feature", "properties": row, "geometry": json.loads(shapely.to_geojson(shape))})
        for row, shape in zip(rows(), SHAPES, strict=True)
    ]
    text = f'{{"type": "FeatureCollection"{before}, "features": [' + ",\n".join(parts) + f"]{after}}}"
    path = folder / "buildings.geojson"
    path.write_text(text[: len(text) - cut] if cut else text)
    return path


def parquet(folder: Path, **about: Any) -> Path:
    told = {"encoding": "WKB", "geometry_types": ["Polygon"]} | about
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": told}}
    table = pa.table(
        {
            "id": [row["id"] for row in rows()],
            "floors": [row["floors"] for row in rows()],
            "geometry": shapely.to_wkb(SHAPES).tolist(),
        }
    )
    path = folder / "buildings.parquet"
    pq.write_table(table.replace_schema_metadata({b"geo": orjson.dumps(geo)}), path)
    return path


def geopackage(folder: Path) -> Path:
    path = folder / "buildings.gpkg"
    columns = [np.array([row["id"] for row in rows()]), np.array([row["floors"] for row in rows()])]
    pyogrio.raw.write(
        path, shapely.to_wkb(SHAPES), columns, ["id", "floors"],
        geometry_type="Polygon", crs="EPSG:4326", layer="buildings",
    )  # fmt: skip
    return path


def by_id(loaded: base.Loaded) -> dict[str, Any]:
    return {document["id"]: document for document in loaded.entities if document["type"] == "Building"}


@pytest.mark.parametrize("write", [geojson, parquet, geopackage])
def test_in_batches_a_layer_gives_what_it_gives_at_once(write: Any, tmp_path: Path, request: Any, town: Store) -> None:
    path = write(tmp_path)
    whole = base.read(path)
    assert isinstance(whole, base.Loaded)
    request.getfixturevalue("in_batches")
    flow = base.read(path)
    assert not isinstance(flow, base.Loaded)
    gathered = base.gathered(flow)
    assert by_id(gathered) == by_id(whole)
    assert len(by_id(whole)) == COUNT == gathered.report.kept
    written = base.write(town, [base.read(path)], actor="test", reason="load")
    assert town.view().types() == {"Building": COUNT, "Dataset": 1}
    assert written.reports[0].kept == COUNT


@pytest.mark.usefixtures("in_batches")
def test_a_column_that_comes_up_late_is_kept(tmp_path: Path) -> None:
    found = by_id(base.gathered(base.read(geojson(tmp_path))))
    assert sum("late" in document for document in found.values()) == COUNT - 41


@pytest.mark.usefixtures("in_batches")
@pytest.mark.parametrize("place", ["before", "after"])
def test_a_system_stated_around_the_features_is_read(place: str, tmp_path: Path) -> None:
    path = geojson(tmp_path, **{place: ', "crs": {"type": "name", "properties": {"name": "EPSG:123456"}}'})
    with pytest.raises(MadangError) as refused:
        base.read(path)
    assert refused.value.code == "sources.unknown-crs"
    assert "EPSG:123456" in refused.value.message("en")


@pytest.mark.usefixtures("in_batches")
def test_a_cut_file_is_refused_with_its_place_and_nothing_is_written(tmp_path: Path, town: Store) -> None:
    path = geojson(tmp_path, cut=1_500)
    before = town.view().tx
    with pytest.raises(MadangError) as refused:
        base.write(town, [base.read(path)], actor="test", reason="load")
    assert refused.value.code == "sources.bad-json-feature"
    assert "buildings.geojson, feature 5" in refused.value.message("en")
    assert (town.view().tx, town.view().types()) == (before, {})


@pytest.mark.usefixtures("in_batches")
def test_a_key_that_comes_again_later_is_refused(tmp_path: Path, town: Store) -> None:
    path = geojson(tmp_path)
    path.write_text(path.read_text().replace('"id": 55', '"id": 3'))
    with pytest.raises(MadangError, match="Building:buildings:3"):
        base.write(town, [base.read(path)], actor="test", reason="load")
    assert town.view().types() == {}


def test_a_geoparquet_says_its_system_or_the_mapping_must(tmp_path: Path) -> None:
    there = base.read(parquet(tmp_path, crs=CRS.from_epsg(4326).to_json_dict()))
    assert isinstance(there, base.Loaded)
    assert len(there.entities) == COUNT
    with pytest.raises(MadangError) as unknown:
        base.read(parquet(tmp_path, crs=None))
    assert unknown.value.code == "sources.no-crs"
    with pytest.raises(MadangError) as wrong:
        base.read(parquet(tmp_path, crs={"type": "nonsense"}))
    assert wrong.value.code == "sources.unknown-crs"
    with pytest.raises(MadangError) as other:
        base.read(parquet(tmp_path, encoding="point"))
    assert other.value.code == "sources.parquet-encoding"


def test_a_parquet_without_geometry_is_no_layer(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "plain.parquet")
    with pytest.raises(MadangError) as refused:
        base.read(tmp_path / "plain.parquet")
    assert refused.value.code == "sources.parquet-without-geo"
    (tmp_path / "cut.parquet").write_bytes(parquet(tmp_path).read_bytes()[:900])
    with pytest.raises(MadangError) as cut:
        base.read(tmp_path / "cut.parquet")
    assert cut.value.code == "sources.unreadable-layers"


def test_a_geometry_of_millions_of_vertices_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "MOST_VERTICES", 4)
    for path in (geojson(tmp_path), parquet(tmp_path), geopackage(tmp_path)):
        with pytest.raises(MadangError) as refused:
            base.read(path)
        assert refused.value.code == "sources.too-many-vertices"
