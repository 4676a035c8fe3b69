"""Entities written to files and read back by other libraries, with their provenance, whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from madang.entities.entity import Document, geo_property, language_property, property_, relationship
from madang.errors import CallerError, ForbiddenError
from madang.exports.files import check_open, export
from madang.exports.flat import flatten, plain
from madang.store import Store, View

OPEN, CLOSED = "urn:ngsi-ld:Dataset:test:open", "urn:ngsi-ld:Dataset:test:closed"


def dataset(id: str, title: str, licence: str | None) -> Document:
    told = {"licence": property_(licence)} if licence else {}
    return {"id": id, "type": "Dataset", "title": language_property({"ko": title}), **told}


DOCUMENTS: list[Document] = [
    {
        "id": "urn:ngsi-ld:Dong:test:1",
        "type": "Dong",
        "name": language_property({"ko": "삼평동", "en": "Sampyeong"}),
        "location": geo_property({"type": "Point", "coordinates": [127.1, 37.4]}, source=OPEN, status="observed"),
        "population": [
            property_(12345, unit="IE", period="2020", source=OPEN, status="observed"),
            property_(12999, unit="IE", period="2025", status="estimated", dataset_id="urn:madang:year:2025"),
        ],
        "refCity": relationship("urn:ngsi-ld:City:test:1"),
    },
    {"id": "urn:ngsi-ld:Dong:test:2", "type": "Dong", "name": property_("=1+1, \"따옴표\"\n줄")},
]  # fmt: skip


@pytest.fixture
def view(tmp_path: Path) -> Iterator[View]:
    with Store.create(tmp_path / "city.gpkg", city_id="testing", title={"ko": "시험시", "en": "Testing"}) as store:
        with store.transact(actor="test", reason="fill") as tx:
            tx.put_many([dataset(OPEN, "열린 자료", "KOGL-1"), dataset(CLOSED, "닫힌 자료", None), *DOCUMENTS])
        yield store.view()


def test_geojson_has_properties_with_status_and_names_its_sources(view: View, tmp_path: Path) -> None:
    written = export(view, DOCUMENTS, tmp_path / "dong.geojson")
    assert (written.entities, written.without_geometry) == (2, 1)
    found = json.loads((tmp_path / "dong.geojson").read_text("utf-8"))
    first = found["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [127.1, 37.4]}
    assert first["properties"]["name"] == "삼평동"
    assert first["properties"]["population.status"] == "observed"
    assert first["properties"]["population[urn:madang:year:2025].status"] == "estimated"
    assert found["features"][1]["geometry"] is None
    assert found["sources"] == [{"id": OPEN, "title": "열린 자료", "licence": "KOGL-1", "attribution": None}]


def test_parquet_reads_back_as_geoparquet(view: View, tmp_path: Path) -> None:
    export(view, DOCUMENTS, tmp_path / "dong.parquet")
    table = pq.read_table(tmp_path / "dong.parquet")
    geo = orjson.loads(table.schema.metadata[b"geo"])
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    assert geo["columns"]["geometry"]["bbox"] == [127.1, 37.4, 127.1, 37.4]
    assert table["population"].to_pylist() == [12345, None]
    assert [shapely.from_wkb(g) if g else None for g in table["geometry"].to_pylist()] == [
        shapely.Point(127.1, 37.4),
        None,
    ]
    assert orjson.loads(table.schema.metadata[b"sources"])[0]["licence"] == "KOGL-1"


def test_csv_reads_back_with_korean_quotes_and_line_breaks(view: View, tmp_path: Path) -> None:
    export(view, DOCUMENTS, tmp_path / "dong.csv")
    assert (tmp_path / "dong.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "dong.csv").open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["name"], first["geometry"]) == ("삼평동", "POINT (127.1 37.4)")
    assert (second["name"], second["population"]) == ('=1+1, "따옴표"\n줄', "")


def test_ngsi_ld_gives_the_documents_back_and_names_a_context_when_asked(view: View, tmp_path: Path) -> None:
    export(view, DOCUMENTS, tmp_path / "dong.json")
    assert json.loads((tmp_path / "dong.json").read_text("utf-8")) == DOCUMENTS
    export(view, DOCUMENTS, tmp_path / "dong.jsonld", context="https://city.example/context.jsonld")
    found = json.loads((tmp_path / "dong.jsonld").read_text("utf-8"))
    assert {entity["@context"] for entity in found} == {"https://city.example/context.jsonld"}


def test_a_failed_export_leaves_the_old_file_and_nothing_else(view: View, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    export(view, DOCUMENTS, folder / "dong.json")
    before = (folder / "dong.json").read_bytes()
    unwritable = {"id": "urn:ngsi-ld:Dong:test:3", "type": "Dong", "name": property_({1, 2})}
    with pytest.raises(TypeError):
        export(view, [unwritable], folder / "dong.json")
    assert [path.name for path in folder.iterdir()] == ["dong.json"]
    assert (folder / "dong.json").read_bytes() == before


def test_an_unknown_ending_is_answered_with_the_known_ones(view: View, tmp_path: Path) -> None:
    with pytest.raises(CallerError, match=r"\.csv, \.geojson"):
        export(view, DOCUMENTS, tmp_path / "dong.shp")


def test_data_of_an_unknown_licence_are_not_open(view: View) -> None:
    check_open(view, DOCUMENTS)
    closed = {"id": "urn:ngsi-ld:Dong:test:4", "type": "Dong", "population": property_(1, source=CLOSED)}
    with pytest.raises(ForbiddenError, match="닫힌 자료"):
        check_open(view, [*DOCUMENTS, closed])


def test_entities_of_several_types_and_of_none_are_flat_too() -> None:
    assert flatten([]).columns == {"id": [], "type": []}
    assert flatten([{"id": "urn:x:1", "type": ["Dong", "Zone"]}]).columns["type"] == ["Dong,Zone"]


cells = st.none() | st.integers(-(2**53), 2**53) | st.text() | st.booleans()


@given(st.recursive(cells, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_value_becomes_one_cell(value: object) -> None:
    assert isinstance(plain(value), str | int | type(None))
