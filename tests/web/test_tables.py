"""A table goes out as Excel over HTTP and comes back, edited, into a branch."""

from __future__ import annotations

import io
import itertools

import httpx
import openpyxl
import pytest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NUMBERS = itertools.count(1)


@pytest.fixture
def branch(client: httpx.Client) -> str:
    name = f"table-{next(NUMBERS)}"
    made = client.post("/api/cities/seongnam/branches", json={"name": name, "title": {"ko": "표", "en": "table"}})
    assert made.status_code in (200, 201), made.text
    return f"seongnam~{name}"


def send(client: httpx.Client, tenant: str, data: bytes, **parameters: str) -> httpx.Response:
    where = f"/api/cities/{tenant}/tables"
    return client.post(where, content=data, params=parameters, headers={"content-type": XLSX})


def test_an_edited_table_changes_the_branch(client: httpx.Client, branch: str) -> None:
    got = client.get(f"/api/cities/{branch}/tables/Dong.xlsx")
    assert got.headers["content-type"] == XLSX
    assert "filename*=UTF-8''" in got.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(got.content))
    sheet = book["Dong"]
    names = [cell.value for cell in sheet[2]]
    sheet.cell(3, names.index("population") + 1).value = 4321
    edited = io.BytesIO()
    book.save(edited)
    done = send(client, branch, edited.getvalue(), reason="조사", name="동.xlsx").json()
    assert done["reports"][0]["path"] == "동.xlsx"
    diff = client.get(f"/api/cities/{branch}/diff").json()
    assert [one["attribute"] for change in diff for one in change["attributes"]] == ["population"]


def test_a_workbook_without_a_reason_or_that_is_none_is_refused(client: httpx.Client, branch: str) -> None:
    good = client.get(f"/api/cities/{branch}/tables/Dong.xlsx").content
    assert send(client, branch, good).status_code == 400
    assert send(client, branch, b"PK rubbish", reason="x").status_code == 400
    assert client.post(f"/api/cities/{branch}/tables", content=good).status_code in (400, 415)
    assert client.get(f"/api/cities/{branch}/tables/Dong.pdf").status_code == 404


def test_who_may_only_read_loads_nothing(server: object, branch: str) -> None:
    with server.client("read") as reader:  # type: ignore[attr-defined]
        assert send(reader, branch, b"PK", reason="x").status_code == 403
