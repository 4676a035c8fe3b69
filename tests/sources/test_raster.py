"""Rasters of elevations: what becomes terrain, what stays unknown, what is refused; damage never makes a traceback."""

from __future__ import annotations

import builtins
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from madang.entities.entity import check_entity, value_of
from madang.errors import CallerError, DataError, MadangError
from madang.sources import grids
from madang.sources.base import Loaded, read
from madang.sources.heights import decoded, encoded

rasterio = pytest.importorskip("rasterio")

DEM = Path(__file__).parents[3] / "shared" / "data" / "terrain" / "ngii_dem90_37709_2025.zip"
AT = (5.0, 0.0, 960_000.0, 0.0, -5.0, 1_940_000.0)
HILLS = (np.add.outer(np.arange(30), np.arange(40)) * 1.7 + 12.34).astype("float32")


def tiff(
    path: Path,
    values: Any = HILLS,
    *,
    driver: str = "GTiff",
    crs: str | None = "EPSG:5179",
    at: Any = AT,
    scale: float = 1.0,
    offset: float = 0.0,
    unit: str = "",
    **more: Any,
) -> Path:
    """A raster file as GDAL writes it."""
    bands = values[None] if values.ndim == 2 else values
    place = {} if at is None else {"transform": rasterio.Affine(*at)}
    facts = {"width": bands.shape[2], "height": bands.shape[1], "count": len(bands), "dtype": bands.dtype}
    with rasterio.open(path, "w", driver=driver, crs=crs, **facts, **place, **more) as out:
        out.write(bands)
        if (scale, offset, unit) != (1.0, 0.0, ""):
            out.scales, out.offsets, out.units = (scale,), (offset,), (unit or "m",)
    return path


def loaded(path: Path, **more: Any) -> tuple[Loaded, dict[str, Any], Any]:
    """What was read, the grid's own words, and its heights."""
    found = read(path, **more)
    assert isinstance(found, Loaded)
    (entity,) = found.entities
    check_entity(entity)
    said = value_of(entity, "grid")
    return found, said, decoded(said, found.blobs[said["sha256"]])


def noted(found: Loaded) -> str:
    return " ".join(note["en"] for note in found.report.notes)


@pytest.mark.parametrize(("suffix", "driver"), [(".tif", "GTiff"), (".img", "HFA"), (".zip", "GTiff")])
def test_a_raster_becomes_one_terrain_with_every_height(tmp_path: Path, suffix: str, driver: str) -> None:
    path = tiff(tmp_path / ("hills" + (".tif" if suffix == ".zip" else suffix)), driver=driver, nodata=-9999)
    if suffix == ".zip":
        with zipfile.ZipFile(tmp_path / "hills.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, "37709/hills.tif")
        path = tmp_path / "hills.zip"
    found, said, heights = loaded(path)
    assert np.array_equal(heights, HILLS)
    (entity,) = found.entities
    assert (entity["type"], value_of(entity, "status")) == ("Terrain", "observed")
    assert value_of(entity, "source") == found.datasets[0]["id"]
    assert value_of(entity, "resolution") == pytest.approx(5, abs=0.01)
    assert (value_of(entity, "rows"), value_of(entity, "columns")) == (30, 40)
    assert value_of(entity, "lowestElevation") == pytest.approx(12.34, abs=0.01)
    assert (said["crs"], said["transform"]) == ("EPSG:5179", list(AT))
    ring = np.array(value_of(entity, "location")["coordinates"][0])
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:5179", always_xy=True).transform(*ring.T)
    assert (x.min(), x.max(), y.min(), y.max()) == pytest.approx((960_000, 960_200, 1_939_850, 1_940_000), abs=0.05)
    assert (found.report.read, found.report.kept, found.report.left_out) == (1200, 1200, {})
    assert "too coarse" not in noted(found)


@pytest.mark.skipif(not DEM.exists(), reason="the file of the national survey is not at hand")
def test_the_national_90_m_grid_is_read_and_said_to_be_coarse() -> None:
    found, said, heights = loaded(DEM)
    assert heights.shape == (315, 253)
    assert (float(heights.min()), float(heights.max())) == pytest.approx((5.7, 591.4), abs=0.05)
    assert said["crs"] == "EPSG:5179"
    assert "90 m are too coarse for streets" in noted(found)


def test_text_grids_are_read_and_a_mapping_gives_what_they_do_not_say(tmp_path: Path) -> None:
    rows = "\n".join(" ".join(f"{value:.1f}" for value in row) for row in HILLS[:3, :4])
    text = f"ncols 4\nnrows 3\nxllcorner 960000\nyllcorner 1940000\ncellsize 5\nNODATA_value -1\n{rows}\n"
    (tmp_path / "hills.asc").write_text(text)
    (tmp_path / "hills.xyz").write_text(
        "\n".join(f"{960_000 + 5 * c} {1_940_000 - 5 * r} {HILLS[r, c]:.1f}" for r in range(3) for c in range(4))
    )
    with pytest.raises(DataError, match="crs: EPSG:5186"):
        read(tmp_path / "hills.asc")
    (tmp_path / "terms.yaml").write_text(
        'authority: ngii\ncrs: EPSG:5179\nmissing: ["17.4"]\n'
        "constants: {geoidOffset: 23.5, verticalDatum: 인천 평균해수면}\n"
        "dataset: {id: dem, title: {ko: 수치표고, en: DEM}, licence: KOGL-1, status: estimated}\n"
    )
    for name in ("hills.asc", "hills.xyz"):
        found, said, heights = loaded(tmp_path / name, mapping=tmp_path / "terms.yaml")
        expected = np.round(HILLS[:3, :4], 1).astype(float)
        expected[np.isclose(expected, 17.4)] = np.nan
        assert heights == pytest.approx(expected, abs=0.01, nan_ok=True)
        assert (said["dtype"], said["scale"]) == ("int16", 0.1), "whole decimetres need no floats"
        (entity,) = found.entities
        assert entity["id"] == "urn:ngsi-ld:Terrain:ngii:hills"
        assert (entity["geoidOffset"]["value"], value_of(entity, "status")) == (23.5, "estimated")
        assert found.report.left_out == {"not-stated": int(np.isnan(expected).sum())}


def test_values_that_no_ground_has_are_unknown_and_counted(tmp_path: Path) -> None:
    values = HILLS.copy()
    values[0, :4] = (-9999, 1e38, np.nan, np.inf)
    found, _, heights = loaded(tiff(tmp_path / "a.tif", values))
    assert np.isnan(heights[0, :4]).all()
    assert np.isfinite(heights[0, 4:]).all()
    assert found.report.left_out == {"not-stated": 4}
    assert "3 cells hold values that no ground has (such as -9999)" in noted(found)
    assert "does not say which value stands for nothing" in noted(found)


def test_scale_and_a_vertical_datum_in_the_file_are_heeded(tmp_path: Path) -> None:
    _, said, heights = loaded(tiff(tmp_path / "a.tif", (HILLS * 10).astype("int16"), scale=0.1, offset=100.0))
    assert heights == pytest.approx(HILLS + 100, abs=0.11)
    assert said["dtype"] == "int16"
    found, said, _ = loaded(tiff(tmp_path / "b.tif", crs="EPSG:5179+5193"))
    assert said["crs"] == "EPSG:5179"
    assert value_of(found.entities[0], "verticalDatum") == "KVD1964 height"


def test_a_turned_raster_keeps_its_turn(tmp_path: Path) -> None:
    turned = (4.0, 1.0, 960_000.0, 1.0, -4.0, 1_940_000.0)
    found, said, _ = loaded(tiff(tmp_path / "a.tif", at=turned))
    assert said["transform"] == list(turned)
    assert value_of(found.entities[0], "resolution") == pytest.approx(np.sqrt(17), abs=0.01)


def test_more_cells_than_a_terrain_keeps_are_averaged_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grids, "MOST_CELLS", 100)
    values = HILLS.copy()
    values[:4, :4] = -9999
    values[4, 4] = -9999
    found, said, heights = loaded(
        tiff(tmp_path / "a.tif", values, nodata=-9999, tiled=True, blockxsize=16, blockysize=16)
    )
    assert heights.shape == (8, 10)
    assert said["transform"] == [20.0, 0, 960_000, 0, -20.0, 1_940_000]
    assert np.isnan(heights[0, 0])
    assert heights[2, 3] == pytest.approx(HILLS[8:12, 12:16].mean(), abs=1e-3)
    assert heights[1, 1] == pytest.approx((HILLS[4:8, 4:8].sum() - HILLS[4, 4]) / 15, abs=1e-3)
    assert heights[7, 9] == pytest.approx(HILLS[28:, 36:].mean(), abs=1e-3), "the last rows fill half a block"
    assert found.report.read == 1200
    assert "each 4 x 4 were averaged into one of 20" in noted(found)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        ({"values": np.full((9, 9), np.nan, "float32")}, "nothing-known"),
        ({"values": np.full((9, 9), -9999.0, "float32")}, "nothing-known"),
        ({"values": np.ones((1, 1), "float32")}, "too-small"),
        ({"values": np.ones((3, 9, 9), "uint8")}, "several-bands"),
        ({"values": np.ones((9, 9), "complex64")}, "no-numbers"),
        ({"crs": None}, "no-crs"),
        ({"at": None}, "no-place"),
        ({"at": (5.0, 5.0, 960_000.0, 5.0, 5.0, 1_940_000.0)}, "no-place"),
        ({"crs": "EPSG:4326"}, "outside-the-world"),
        ({"crs": "EPSG:4978"}, "no-map-system"),
    ],
)
@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
def test_what_is_no_terrain_is_refused_with_what_to_do(tmp_path: Path, made: dict[str, Any], code: str) -> None:
    with pytest.raises(DataError) as refused:
        read(tiff(tmp_path / "a.tif", **made))
    assert refused.value.code == f"raster.{code}"
    assert "a.tif" in refused.value.message("ko")


def test_feet_and_rasters_beyond_all_bounds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'ft'"):
        read(tiff(tmp_path / "a.tif", unit="ft"))
    facts = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:5179", "transform": rasterio.Affine(*AT)}
    huge = {"width": 60_000, "height": 60_000, "tiled": True, "sparse_ok": True, "BIGTIFF": "YES"}
    with rasterio.open(tmp_path / "huge.tif", "w", **facts, **huge):
        pass
    with pytest.raises(DataError, match="60000 x 60000 cells"):
        read(tmp_path / "huge.tif")


def test_archives_that_lie_or_hold_several_rasters_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tiff(tmp_path / "a.tif")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.write(path, "a.tif")
        archive.write(path, "b.tif")
    with pytest.raises(CallerError, match=r"2 rasters \(a.tif, b.tif\)"):
        read(tmp_path / "two.zip")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.tif", bytes(5_000_000))
    monkeypatch.setattr(grids, "MOST_UNPACKED", 1_000_000)
    with pytest.raises(DataError, match="unpack to more than"):
        read(tmp_path / "bomb.zip")


def test_without_rasterio_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tiff(tmp_path / "a.tif")
    real = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name.startswith("rasterio"):
            raise ImportError(name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(CallerError, match=r"pip install 'madang\[raster\]'"):
        read(path)


def test_another_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match="becomes Terrain, not Building"):
        read(tiff(tmp_path / "a.tif"), type="Building")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("sound")
    tiff(folder / "a.tif", compress="deflate", tiled=True, blockxsize=16, blockysize=16)
    tiff(folder / "a.img", driver="HFA")
    (folder / "a.asc").write_text("ncols 2\nnrows 2\nxllcorner 1\nyllcorner 2\ncellsize 5\n1 2\n3 4\n")
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "a.tif", "a.tif")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["a.tif", "a.img", "a.asc", "a.zip"]), cut=st.floats(0, 1), data=st.data())
def test_damaged_rasters_are_read_or_refused_never_worse(
    sound: dict[str, bytes], tmp_path: Path, name: str, cut: float, data: st.DataObject
) -> None:
    bytes_ = bytearray(sound[name])
    if data.draw(st.booleans()):
        bytes_ = bytes_[: max(1, int(cut * len(bytes_)))]
    for _ in range(data.draw(st.integers(0, 6))):
        bytes_[data.draw(st.integers(0, len(bytes_) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / name
    path.write_bytes(bytes_)
    try:
        found = read(path)
    except MadangError as refused:
        found = refused
    assert isinstance(found, Loaded) or (found.message("ko") and found.message("en"))


@given(st.integers(2, 12), st.integers(2, 12), st.booleans(), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_heights_come_back_from_their_bytes(rows: int, columns: int, decimetres: bool, seed: int) -> None:
    random = np.random.default_rng(seed)
    heights = random.uniform(-100, 2500, (rows, columns))
    heights = (np.rint(heights * 10) / 10 if decimetres else heights).astype(np.float32)
    heights[random.uniform(size=heights.shape) < 0.2] = np.nan
    data, said = encoded(heights)
    assert decoded(said, data) == pytest.approx(heights, abs=1e-3, nan_ok=True)
    for broken in (data[:-1], b"", data + b"more", zipfile.ZipFile.__doc__.encode()):  # type: ignore[union-attr]
        with pytest.raises(ValueError, match=r"."):
            decoded({**said, "rows": rows + (broken == data + b"more")}, broken)
