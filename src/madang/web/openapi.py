"""What the NGSI-LD API takes and answers, as an OpenAPI 3.1 document made from the tables of operations.

Paths and methods are those of `service.OPERATIONS`; the parameters of an operation are asked of the operation itself,
which names them to `take_parameters` before it does anything else; refusals are the rows of `problems`. What the code
can't say by itself (the form of bodies, answers and parameters) stands in `openapi.yaml`, by module and function.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import yaml

from madang.errors import sentence
from madang.web.exchange import Reply, to_json
from madang.web.ngsi.negotiation import GEO_JSON, JSON, JSON_LD, MERGE_PATCH
from madang.web.ngsi.operations import Operation, Table
from madang.web.ngsi.service import BARE_ERRORS, OPERATIONS
from madang.web.ngsi.writing import without_id
from madang.web.problems import BY_CLASS, BY_CODE

PATH = "/openapi.json"
ONLY_WITH_BODY = frozenset({411, 413, 415})

_PART = re.compile(r"\{(\w+)(?::path)?\}")

Described = dict[str, Any]


def published_openapi() -> Reply:
    """The description as an answer; any site may read it, since it holds no city's data."""
    return Reply(
        200, _body(), headers=[(b"cache-control", b"public, max-age=3600"), (b"access-control-allow-origin", b"*")]
    )


@cache
def _body() -> bytes:
    return to_json(openapi())


def openapi(table: Table = OPERATIONS) -> Described:
    """The description of the operations of a table; paths that do nothing but refuse are no operations."""
    said = _said()
    paths: dict[str, Described] = {}
    for method, pattern, operation in table:
        if operation is not without_id:
            paths.setdefault(_PART.sub(r"{\1}", pattern), {})[method.lower()] = _operation(method, pattern, operation)
    schemas = dict(said["schemas"])
    for name in sorted(_bodies(said)):
        schemas[f"{name}WithContext"] = _with_context(name, schemas[name])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Madang, NGSI-LD API",
            "version": version("madang"),
            "description": "ETSI GS CIM 009 V1.9.1. A tenant is a city, or a branch of one: `city~branch`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}, {}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": {name: _parameter(name, form, "header") for name, form in said["headers"].items()},
            "responses": {str(status): _refusal(status) for status in _refusals()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def name_of(operation: Operation) -> str:
    """How an operation is named in `openapi.yaml`: its module and its function."""
    return f"{operation.__module__.rpartition('.')[2]}.{operation.__name__}"


# -- one operation ----------------------------------------------------------------------------------------------------


def _operation(method: str, pattern: str, operation: Operation) -> Described:
    name = name_of(operation)
    said = {**_said()["operations"][name], **_said()["operations"][name].get(method.lower(), {})}
    like = said.get("like", {}).get(method.lower())
    asked = _by_name()[like] if like else operation
    if like:
        said = {"options": _said()["operations"][like].get("options"), **said}
    has_body = "body" in said
    made: Described = {
        "operationId": f"{name}.{method.lower()}" if "like" in said else name,
        "tags": [pattern.split("/")[3]],
        "summary": (operation.__doc__ or "").partition("\n")[0].rstrip("."),
        "parameters": [
            *(_parameter(part, _said()["parts"][part], "path", required=True) for part in _PART.findall(pattern)),
            *(_query_parameter(one, name, said) for one in sorted(parameters_of(asked))),
            *({"$ref": f"#/components/parameters/{header}"} for header in _said()["headers"]),
        ],
        "responses": {
            **{str(status): _answer(status, form, said) for status, form in said["answers"].items()},
            **{
                str(status): {"$ref": f"#/components/responses/{status}"}
                for status in _refusals()
                if has_body or status not in ONLY_WITH_BODY
            },
        },
    }
    if has_body:
        made["requestBody"] = {"required": True, "content": _body_content(method, said["body"])}
    return made


class _NamedError(Exception):
    """Not an error: an operation has named its parameters, and goes no further."""


class _Naming:
    """What an operation is given to hear which parameters it takes; it gets nothing else from it."""

    def take_parameters(self, known: Iterable[str]) -> NoReturn:
        raise _NamedError(frozenset(known))


@cache
def parameters_of(operation: Operation) -> frozenset[str]:
    """The parameters an operation takes in the query string, as it names them itself."""
    parts = dict.fromkeys(list(inspect.signature(operation).parameters)[1:], "urn:x:y")
    running = operation(_Naming(), **parts)
    try:
        running.send(None)  # type: ignore[attr-defined]
    except _NamedError as named:
        return frozenset(named.args[0])
    raise TypeError(f"{name_of(operation)} names its parameters before all else")


def _query_parameter(parameter: str, operation: str, said: Described) -> Described:
    forms = _said()["parameters"]
    form = forms[parameter]
    if parameter == "format" and operation.startswith(("temporal_", "mapping.create_temporal")):
        form = forms["format of evolutions"]
    if parameter == "options" and said.get("options"):
        form = {**form, "description": "words with commas between: " + ", ".join(said["options"])}
    return _parameter(parameter, form, "query", required=parameter in said.get("required", ()))


def _parameter(name: str, form: Described, place: str, *, required: bool = False) -> Described:
    schema = {key: part for key, part in form.items() if key != "description"}
    made: Described = {"name": name, "in": place, "required": required, "schema": schema}
    return {**made, "description": form["description"]} if "description" in form else made


# -- bodies and answers -----------------------------------------------------------------------------------------------


def _body_content(method: str, name: str) -> Described:
    plain, linked = _schema(name), _schema(f"{name}WithContext")
    return {JSON: plain, JSON_LD: linked} | ({MERGE_PATCH: plain} if method == "PATCH" else {})


def _with_context(name: str, schema: Described) -> Described:
    """The same with an @context in it, or in each of a list; a list of ids has no place for one."""
    needs = {"type": "object", "required": ["@context"], "properties": {"@context": _schema("Context")["schema"]}}
    if schema.get("type") != "array":
        return {"allOf": [{"$ref": f"#/components/schemas/{name}"}, needs]}
    if name == "IdBatch":
        return schema
    return {**schema, "items": {"allOf": [schema["items"], needs]}}


def _answer(status: int, form: str | None, said: Described) -> Described:
    made: Described = {"description": HTTPStatus(status).phrase}
    if form is not None:
        made["content"] = {JSON: _schema(form), JSON_LD: _schema(form)}
        if "geo" in said:
            made["content"][GEO_JSON] = _schema(said["geo"])
    if status == 201 and said.get("location"):
        made["headers"] = {"Location": {"required": True, "schema": {"type": "string"}}}
    return made


def _refusal(status: int) -> Described:
    made: Described = {"description": sentence(f"web.status-{status}")}
    if status not in BARE_ERRORS:
        made["content"] = {JSON: _schema("Problem")}
    return made


@cache
def _refusals() -> tuple[int, ...]:
    return tuple(sorted({row.status for row in BY_CODE.values()} | {row.status for _, row in BY_CLASS}))


def _schema(name: str) -> Described:
    return {"schema": {"$ref": f"#/components/schemas/{name}"}}


def _bodies(said: Described) -> set[str]:
    each = said["operations"].values()
    return {body for one in each for body in (one.get("body"), one.get("post", {}).get("body")) if body}


@cache
def _by_name() -> dict[str, Operation]:
    return {name_of(operation): operation for _, _, operation in OPERATIONS}


@cache
def _said() -> Described:
    text = Path(__file__).with_name("openapi.yaml").read_text(encoding="utf-8")
    found: Described = yaml.safe_load(text)
    return found
