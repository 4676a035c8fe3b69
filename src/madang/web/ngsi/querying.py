"""A query as a document: the body of POST entityOperations/query (clauses 5.2.13, 5.2.23, 5.2.33, 5.2.43; 6.23)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from madang.entities.query import Selector, parse_types
from madang.errors import CallerError, DataError

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")

_TEXTS = ("q", "scopeQ", "lang", "csf", "join", "expandValues", "jsonKeys", "entityMapLifetime")
_LISTS = ("attrs", "pick", "omit", "datasetId", "containedBy")
_FLAGS = ("entityMap", "splitEntities")
_KNOWN = frozenset({"type", "entities", "geoQ", "ordering", "joinLevel", *_TEXTS, *_LISTS, *_FLAGS})


def parse_ids(text: str | None) -> tuple[str, ...]:
    """Ids with commas between; each must be a URI."""
    ids = tuple(part for part in (text or "").split(",") if part)
    for one in ids:
        if not _URI.fullmatch(one):
            raise DataError("web.id-not-a-uri", id=one)
    return ids


def query_parameters_of_body(body: Mapping[str, Any]) -> dict[str, str]:
    """The parameters that a Query document stands for; several selectors are told by their types alone."""
    found, selectors = parameters_of(body)
    if selectors:
        found["type"] = "|".join(f"({one['type']})" for one in body["entities"])
    return found


def parameters_of(body: Mapping[str, Any]) -> tuple[dict[str, str], tuple[Selector, ...]]:
    """The parameters that a Query stands for, and its selectors where parameters can't say them; names as given."""
    if body.get("type") != "Query":
        raise DataError("web.field-missing", field="type", expected='"Query"')
    for member in body:
        if member not in _KNOWN:
            raise CallerError("web.parameter-unknown", parameter=member, known=", ".join(sorted(_KNOWN)))
    found, selectors = _selected(body["entities"]) if "entities" in body else ({}, ())
    for name in _TEXTS:
        if name in body:
            found[name] = _text(body[name], name)
    for name in _LISTS:
        if name in body:
            found[name] = _joined(body[name], name)
    for name in _FLAGS:
        if name in body:
            if type(body[name]) is not bool:
                raise DataError("web.field-missing", field=name, expected="true, false")
            found[name] = "true" if body[name] else "false"
    if "joinLevel" in body:
        if type(body["joinLevel"]) is not int:
            raise DataError("web.field-missing", field="joinLevel", expected="a whole number from 1")
        found["joinLevel"] = str(body["joinLevel"])
    if "geoQ" in body:
        found |= _geo_parameters(body["geoQ"])
    if "ordering" in body:
        found |= _order_parameters(body["ordering"])
    return found, selectors


def _selected(value: Any) -> tuple[dict[str, str], tuple[Selector, ...]]:
    """Selectors that differ in their types alone are one; so is a single one. All others stay alternatives."""
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        raise DataError("web.field-missing", field="entities", expected='[{"type": …}, …]')
    selectors = [_selector(one) for one in value]
    if not any(one.ids or one.id_pattern for one in selectors):
        return {"type": "|".join(f"({_text(one['type'], 'entities.type')})" if len(value) > 1 else one["type"]
                                 for one in value)}, ()  # fmt: skip
    if len(value) > 1:
        return {}, tuple(selectors)
    found = {"type": value[0]["type"]}
    if selectors[0].ids:
        found["id"] = ",".join(selectors[0].ids)
    elif selectors[0].id_pattern:
        found["idPattern"] = selectors[0].id_pattern
    return found, ()


def _selector(value: dict[str, Any]) -> Selector:
    """One EntitySelector; its type has to be there, and an id goes before a pattern (5.2.33)."""
    for member in value:
        if member not in ("type", "id", "idPattern"):
            raise CallerError("web.parameter-unknown", parameter=f"entities.{member}", known="type, id, idPattern")
    if "type" not in value:
        raise DataError("web.field-missing", field="entities.type", expected="a type, or * for all of them")
    types = _text(value["type"], "entities.type")
    ids: tuple[str, ...] = ()
    if "id" in value:
        given = value["id"] if isinstance(value["id"], list) else [value["id"]]
        ids = tuple(id for one in given for id in parse_ids(_text(one, "entities.id")))
        if not ids:
            raise DataError("web.field-missing", field="entities.id", expected="a URI, or a list of them")
    pattern = _text(value["idPattern"], "entities.idPattern") if "idPattern" in value and not ids else None
    return Selector(parse_types(types), ids, pattern)


def _geo_parameters(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise DataError("web.field-missing", field="geoQ", expected='{"georel": …, "geometry": …, "coordinates": …}')
    found = {name: _text(value[name], f"geoQ.{name}") for name in ("georel", "geometry") if name in value}
    if "coordinates" in value:
        found["coordinates"] = _coordinates(value["coordinates"])
    if "geoproperty" in value:
        found["geoproperty"] = _text(value["geoproperty"], "geoQ.geoproperty")
    return found


def _coordinates(value: Any) -> str:
    """Coordinates as the URL has them; some write them as a text in documents too (5.2.13)."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _order_parameters(value: Any) -> dict[str, str]:
    """What OrderingParams (5.2.43) stand for."""
    expected = '{"orderBy": […], "geometry": …, "coordinates": […], "collation": …}'
    if not isinstance(value, dict) or set(value) - {"orderBy", "geometry", "coordinates", "collation"}:
        raise DataError("web.field-missing", field="ordering", expected=expected)
    found = {"orderBy": _joined(value.get("orderBy"), "ordering.orderBy")}
    if "geometry" in value:
        found["orderGeometry"] = _text(value["geometry"], "ordering.geometry")
    if "collation" in value:
        found["collation"] = _text(value["collation"], "ordering.collation")
    if "coordinates" in value:
        if not isinstance(value["coordinates"], list):
            raise DataError("web.field-missing", field="ordering.coordinates", expected="[127.1, 37.4]")
        found["orderFrom"] = orjson.dumps(value["coordinates"]).decode()
    return found


def _joined(value: Any, name: str) -> str:
    texts = value.split(",") if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts:
        raise DataError("web.field-missing", field=name, expected="a list of names")
    return ",".join(_text(one, name) for one in texts)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise DataError("web.field-missing", field=name, expected="a text")
    return value
