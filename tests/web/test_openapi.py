"""The description of the API is made from its operations, and stands open beside the vocabulary."""

from __future__ import annotations

import inspect
import re
from typing import Any

import httpx
import pytest

from madang.web.ngsi.service import OPERATIONS
from madang.web.ngsi.writing import without_id
from madang.web.openapi import _said, name_of, openapi, parameters_of


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return openapi()


def served() -> set[tuple[str, str]]:
    """Method and path of every operation, but of those paths that only refuse an empty id."""
    return {(m, p.replace(":path}", "}")) for m, p, operation in OPERATIONS if operation is not without_id}


def test_every_operation_is_described_and_nothing_else_is(described: dict[str, Any]) -> None:
    found = {(m.upper(), path) for path, methods in described["paths"].items() for m in methods}
    assert found == served()
    assert set(_said()["operations"]) == {name_of(one) for _, _, one in OPERATIONS if one is not without_id}


def test_every_parameter_is_one_that_the_operation_names_itself_and_has_a_form(described: dict[str, Any]) -> None:
    for method, pattern, operation in OPERATIONS:
        if operation is without_id or operation.__module__.endswith("mapping"):
            continue  # an entity map takes what the query it is made of takes
        told = described["paths"][pattern.replace(":path}", "}")][method.lower()]["parameters"]
        assert {one["name"] for one in told if one.get("in") == "query"} == parameters_of(operation)
    assert set(_said()["parameters"]) - {"format of evolutions"} == {
        one["name"]
        for methods in described["paths"].values()
        for operation in methods.values()
        for one in operation["parameters"]
        if one.get("in") == "query"
    }


def test_parts_of_paths_are_described_with_their_paths(described: dict[str, Any]) -> None:
    for path, methods in described["paths"].items():
        for operation in methods.values():
            told = {one["name"] for one in operation["parameters"] if one.get("in") == "path"}
            assert told == set(re.findall(r"\{(\w+)\}", path))


def test_every_reference_leads_somewhere_and_no_schema_is_left_over(described: dict[str, Any]) -> None:
    told, used = str(described), set[str]()
    for section, name in re.findall(r"#/components/(\w+)/([\w-]+)", told):
        assert name in described["components"][section]
        used.add(name)
    assert set(described["components"]["schemas"]) <= used
    ids = [operation["operationId"] for methods in described["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids))


def test_an_operation_names_its_parameters_before_all_else() -> None:
    for _, _, operation in OPERATIONS:
        if operation is not without_id and not operation.__module__.endswith("mapping"):
            assert inspect.iscoroutinefunction(operation)
            parameters_of(operation)


def test_the_description_is_open_to_all(server: Any) -> None:
    with httpx.Client(base_url=server.url) as nobody:
        answer = nobody.get("/openapi.json")
        assert answer.status_code == 200
        assert answer.json()["openapi"] == "3.1.0"
        assert nobody.get("/ngsi-ld/v1/types").status_code == 401
