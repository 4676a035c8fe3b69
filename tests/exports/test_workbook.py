"""Any table goes out as Excel and comes back without loss; what a person changed is what changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.city import City
from madang.entities.entity import Document, check_entity
from madang.errors import DataError
from madang.exports.workbook import write_workbook
from madang.sources import base as sources

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.one_of(
    TEXT, st.integers(-(2**60), 2**60), st.booleans(), st.floats(allow_nan=False, allow_infinity=False, width=32)
)
SUB = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"unitCode": st.just("KRW"), "status": st.just({"type": "Property", "value": "estimated"})}),
)
INSTANCES = st.one_of(
    st.builds(lambda v, more: {"type": "Property", "value": v, **more}, VALUES, SUB),
    st.builds(lambda v: {"type": "Property", "value": v}, st.lists(VALUES, min_size=1, max_size=3)),
    st.builds(lambda v: {"type": "JsonProperty", "json": v}, st.dictionaries(TEXT, VALUES, max_size=2)),
    st.builds(
        lambda v: {"type": "LanguageProperty", "languageMap": v},
        st.dictionaries(st.sampled_from(["ko", "en"]), TEXT, min_size=1),
    ),
    st.builds(lambda n: {"type": "Relationship", "object": f"urn:x:{n}"}, st.integers(0, 9)),
    st.builds(lambda n: {"type": "Relationship", "object": [f"urn:x:{i}" for i in range(n + 2)]}, st.integers(0, 3)),
)
NAMES = st.sampled_from(["title", "amount", "note", "owner", "kind"])


@given(st.lists(st.dictionaries(NAMES, INSTANCES, max_size=4), min_size=1, max_size=4), st.booleans())
def test_what_goes_out_comes_back(tmp_path_factory: pytest.TempPathFactory, given: list[Any], second: bool) -> None:
    documents = [
        check_entity({"id": f"urn:ngsi-ld:Task:test:{n}", "type": "Task", **attributes})
        for n, attributes in enumerate(given)
    ]
    if second:
        documents[0]["amount"] = [
            {"type": "Property", "value": 1},
            {"type": "Property", "value": "2", "datasetId": "urn:x:low"},
        ]
    path = tmp_path_factory.mktemp("books") / "tasks.xlsx"
    write_workbook(documents, [], path)
    assert _by_id(sources.read(path).entities) == _by_id(documents)


def _by_id(documents: Any) -> dict[str, Document]:
    return {document["id"]: document for document in documents}


def test_a_whole_city_comes_back_as_it_was(icheon: City, tmp_path: Path) -> None:
    for type_name in icheon.types():
        path = tmp_path / f"{type_name}.xlsx"
        icheon.export(path, type_name)
        assert _by_id(sources.read(path).entities) == _by_id(icheon.query(type_name)), type_name


def test_a_cell_that_was_changed_is_all_that_changes(icheon: City, tmp_path: Path) -> None:
    path = tmp_path / "dong.xlsx"
    icheon.export(path, "Dong")
    book = openpyxl.load_workbook(path)
    sheet = book["Dong"]
    names = [cell.value for cell in sheet[2]]
    sheet.cell(3, names.index("population") + 1).value = 12345
    book.save(path)
    branch = icheon.fork("edited")
    branch.load(path)
    (change,) = branch.diff()
    (attribute,) = change.attributes
    assert (attribute.attribute, attribute.after["value"]) == ("population", 12345)
    assert attribute.after["unitCode"] == attribute.before["unitCode"]
    assert attribute.after["source"] == attribute.before["source"]


def test_a_row_that_was_added_is_a_new_entity(icheon: City, tmp_path: Path) -> None:
    path = tmp_path / "tasks.xlsx"
    task = {
        "id": "urn:ngsi-ld:Task:test:1",
        "type": "Task",
        "title": {"languageMap": {"ko": "가", "en": "a"}},
        "amount": {"value": 5},
    }
    branch = icheon.fork("tasks")
    branch.put(task)
    branch.export(path, "Task")
    book = openpyxl.load_workbook(path)
    sheet = book["Task"]
    names = [cell.value for cell in sheet[2]]
    new = {"id": "urn:ngsi-ld:Task:test:2", "title@ko": "새 과제", "amount": 7}
    for name, value in new.items():
        sheet.cell(4, names.index(name) + 1).value = value
    book.save(path)
    branch.load(path)
    found = branch.get("urn:ngsi-ld:Task:test:2")
    assert found is not None
    assert found["title"]["languageMap"] == {"ko": "새 과제"}
    assert found["amount"] == {"type": "Property", "value": 7, "unitCode": "KRW"}


def test_a_text_that_begins_with_an_equals_sign_is_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    said = "=1+1"
    write_workbook([{"id": "urn:x:1", "type": "Task", "note": {"type": "Property", "value": said}}], [], path)
    sheet = openpyxl.load_workbook(path)["Task"]
    assert [cell.data_type for row in sheet.iter_rows(min_row=3) for cell in row if cell.value == said] == ["s"]


@pytest.mark.parametrize(
    ("break_it", "code"),
    [
        (lambda book: setattr(book["Task"].cell(3, 1), "value", None), "entities.cell-without-id"),
        (lambda book: book["Task"].delete_rows(2), "sources.workbook-columns"),
        (lambda book: setattr(book["Task"], "title", "다른 이름"), "sources.workbook-sheet"),
        (lambda book: book["_madang"].cell(1, 2, "madang-workbook/9"), "sources.workbook-format"),
        (lambda book: book["Task"].append(["urn:x:1", "again", '{"type":"Task"}']), "sources.duplicate-key"),
    ],
)
def test_a_broken_workbook_is_refused_by_name(tmp_path: Path, break_it: Any, code: str) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook([{"id": "urn:x:1", "type": "Task", "note": {"type": "Property", "value": "v"}}], [], path)
    book = openpyxl.load_workbook(path)
    break_it(book)
    book.save(path)
    with pytest.raises(DataError) as refused:
        sources.read(path)
    assert refused.value.code == code
    assert "a.xlsx" in str(refused.value)
