"""The parameters of a query, in a URL or as a document, made into a `Query` (clauses 4.9, 4.10, 4.12, 4.17, 4.19)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from madang.entities.query import (
    GeoQuery,
    Query,
    parse_order,
    parse_q,
    parse_scopes,
    parse_types,
    with_stored_names,
)
from madang.errors import CallerError, DataError

LIMIT, MOST = 20, 1000
LIGHT_OFFSET = 1000

READ_OPTIONS = frozenset({"normalized", "concise", "simplified", "keyValues", "sysAttrs"})
FORM_PARAMETERS = frozenset({"options", "format", "attrs", "pick", "omit", "datasetId", "lang", "geometryProperty"})
GEO_PARAMETERS = ("georel", "geometry", "coordinates")
SELECTORS = frozenset({"type", "id", "idPattern", "q", "scopeQ", "geoproperty", *GEO_PARAMETERS})
PAGE_PARAMETERS = frozenset({"limit", "offset", "count", "orderBy"})
QUERY_PARAMETERS = FORM_PARAMETERS | SELECTORS | PAGE_PARAMETERS | {"local"}
SYSTEM_ATTRIBUTES = frozenset({"createdAt", "modifiedAt", "deletedAt", "expiresAt", "observedAt"})

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_GEOREL = re.compile(r"(near);(max|min)Distance==(\d+(?:\.\d+)?)|(\w+)")


def parse_query(parameters: Mapping[str, str], *, name: Callable[[str], str]) -> Query:
    """The query of these parameters; one without any filter is too wide (5.7.2.4)."""
    attrs = tuple(part for part in parameters.get("attrs", "").replace("|", ",").split(",") if part)
    if not _is_narrow(parameters, attrs):
        raise DataError("web.query-too-wide")
    query = Query(
        types=parse_types(parameters["type"]) if parameters.get("type") else None,
        ids=_ids(parameters.get("id")),
        id_pattern=_pattern(parameters.get("idPattern")),
        attrs=attrs,
        q=parse_q(parameters["q"]) if "q" in parameters else None,
        geo=_geo_query(parameters),
        scopes=parse_scopes(parameters["scopeQ"]) if "scopeQ" in parameters else None,
        limit=_limit(parameters),
        offset=_whole(parameters, "offset", 0),
        order_by=parse_order(parameters["orderBy"]) if "orderBy" in parameters else (),
    )
    return with_stored_names(query, name)


def is_light(query: Query) -> bool:
    """Whether a page of it is read off an index in well under a millisecond, and a hop to a thread would cost more."""
    only_types = query.q is None and query.geo is None and query.scopes is None and not query.attrs
    return only_types and query.id_pattern is None and not query.order_by and query.offset <= LIGHT_OFFSET


def _is_narrow(parameters: Mapping[str, str], attrs: tuple[str, ...]) -> bool:
    if parameters.get("type") or "georel" in parameters or parameters.get("local") == "true":
        return True
    if any(attribute not in SYSTEM_ATTRIBUTES for attribute in attrs):
        return True
    words = re.findall(r"[^\W\d]\w*", re.sub(r'"[^"]*"', "", parameters.get("q", "")))
    return any(word not in SYSTEM_ATTRIBUTES for word in words)


def _ids(text: str | None) -> tuple[str, ...]:
    ids = tuple(part for part in (text or "").split(",") if part)
    for one in ids:
        if not _URI.fullmatch(one):
            raise DataError("web.id-not-a-uri", id=one)
    return ids


def _pattern(text: str | None) -> str | None:
    if text is None:
        return None
    # The query language knows which patterns are too long or would take exponential time; it says so here too.
    parse_q('id~="' + re.sub(r'(?<!\\)"', r"\"", text) + '"')
    return text


def _geo_query(parameters: Mapping[str, str]) -> GeoQuery | None:
    given = [name for name in GEO_PARAMETERS if name in parameters]
    if not given:
        return None
    for missing in GEO_PARAMETERS:
        if missing not in parameters:
            raise DataError("web.parameter-missing", parameter=missing, expected=", ".join(GEO_PARAMETERS))
    try:
        coordinates = orjson.loads(parameters["coordinates"])
    except orjson.JSONDecodeError:
        value = parameters["coordinates"]
        expected = "GeoJSON coordinates, such as [127.1,37.4]"
        raise DataError("web.parameter-value", parameter="coordinates", value=value, expected=expected) from None
    return _georel(
        parameters["georel"],
        {"type": parameters["geometry"], "coordinates": coordinates},
        parameters.get("geoproperty", "location"),
    )


def _georel(text: str, geometry: dict[str, Any], geo_property: str) -> GeoQuery:
    found = _GEOREL.fullmatch(text)
    if found is None:
        expected = "near;maxDistance==1000, within, contains, intersects, equals, disjoint, overlaps"
        raise DataError("web.parameter-value", parameter="georel", value=text, expected=expected)
    metres = float(found[3]) if found[3] else None
    return GeoQuery(
        relation=found[1] or found[4],  # type: ignore[arg-type]  # GeoQuery refuses what is no relation
        geometry=geometry,
        property=geo_property,
        max_distance_m=metres if found[2] == "max" else None,
        min_distance_m=metres if found[2] == "min" else None,
    )


def _limit(parameters: Mapping[str, str]) -> int:
    """The page's size; 0 only beside count (6.3.13), too much is refused (6.3.2)."""
    limit = _whole(parameters, "limit", LIMIT)
    if limit > MOST:
        raise CallerError("web.too-many-results", limit=limit, most=MOST)
    if limit == 0 and parameters.get("count") != "true":
        expected = "at least 1; 0 only with count=true"
        raise DataError("web.parameter-value", parameter="limit", value="0", expected=expected)
    return limit


def _whole(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise DataError("web.parameter-value", parameter=name, value=text, expected="a whole number from 0")
    return int(text)


# -- a query as a document (5.2.23) -----------------------------------------------------------------------------------

_TEXTS = ("q", "scopeQ", "lang")
_LISTS = ("attrs", "pick", "omit", "datasetId")


def query_parameters_of_body(body: Mapping[str, Any]) -> dict[str, str]:
    """The parameters that a Query document stands for."""
    if body.get("type") != "Query":
        raise DataError("web.field-missing", field="type", expected='"Query"')
    known = {"type", "entities", "geoQ", "ordering", *_TEXTS, *_LISTS}
    for member in body:
        if member not in known:
            raise CallerError("web.parameter-unknown", parameter=member, known=", ".join(sorted(known)))
    found = _selectors(body["entities"]) if "entities" in body else {}
    for name in _TEXTS:
        if name in body:
            found[name] = _text(body[name], name)
    for name in _LISTS:
        if name in body:
            found[name] = _joined(body[name], name)
    if "geoQ" in body:
        found |= _geo_parameters(body["geoQ"])
    if "ordering" in body:
        ordering = body["ordering"]
        if not isinstance(ordering, dict) or set(ordering) - {"orderBy"}:
            raise DataError("web.field-missing", field="ordering", expected='{"orderBy": […]}')
        found["orderBy"] = _joined(ordering.get("orderBy"), "orderBy")
    return found


def _selectors(value: Any) -> dict[str, str]:
    """Several selectors make one only if they differ in nothing but their type, or in nothing but their id."""
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        raise DataError("web.field-missing", field="entities", expected='[{"type": …}, …]')
    parts: dict[str, list[str | None]] = {
        name: list(dict.fromkeys(one.get(name) for one in value)) for name in ("type", "id", "idPattern")
    }
    if sum(len(found) > 1 for found in parts.values()) > 1 or len(parts["idPattern"]) > 1:
        raise CallerError("web.operation-not-supported", what="entities with selectors of different shapes")
    found = {}
    for name, given in parts.items():
        texts = [_text(one, f"entities.{name}") for one in given if one is not None]
        if texts and len(texts) == len(given):
            found[name] = (",").join(texts)
    return found


def _geo_parameters(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise DataError("web.field-missing", field="geoQ", expected='{"georel": …, "geometry": …, "coordinates": …}')
    found = {name: _text(value[name], f"geoQ.{name}") for name in ("georel", "geometry") if name in value}
    if "coordinates" in value:
        found["coordinates"] = orjson.dumps(value["coordinates"]).decode()
    if "geoproperty" in value:
        found["geoproperty"] = _text(value["geoproperty"], "geoQ.geoproperty")
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
