"""The parameters of a query in a URL, made into a `Query` (clauses 4.9, 4.10, 4.12, 4.17, 4.19, 4.23; 6.4.3.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from madang.entities.geojson import check_geometry
from madang.entities.index import indexable
from madang.entities.ordering import Order, collated
from madang.entities.qlanguage import Tree, hops_of, with_values_expanded
from madang.entities.query import (
    GeoQuery,
    Query,
    Selector,
    parse_order,
    parse_q,
    parse_scopes,
    parse_types,
    with_stored_names,
)
from madang.errors import CallerError, DataError
from madang.web.ngsi.forms import FORM_PARAMETERS as FORM_PARAMETERS
from madang.web.ngsi.forms import check_depth
from madang.web.ngsi.querying import parse_ids
from madang.web.ngsi.querying import query_parameters_of_body as query_parameters_of_body

LIMIT, MOST = 20, 1000
LIGHT_OFFSET, LIGHT_LIMIT = 1000, 100

READ_OPTIONS = frozenset({"normalized", "concise", "simplified", "keyValues", "sysAttrs"})
GEO_PARAMETERS = ("georel", "geometry", "coordinates")
SELECTORS = frozenset(
    {"type", "id", "idPattern", "q", "expandValues", "jsonKeys", "scopeQ", "geoproperty", "csf", *GEO_PARAMETERS}
)
ORDER_PARAMETERS = frozenset({"orderBy", "orderFrom", "orderGeometry", "collation"})
PAGE_PARAMETERS = frozenset({"limit", "offset", "count"})
MAP_PARAMETERS = frozenset({"entityMap", "entityMapLifetime", "splitEntities"})
QUERY_PARAMETERS = FORM_PARAMETERS | SELECTORS | ORDER_PARAMETERS | PAGE_PARAMETERS | MAP_PARAMETERS | {"local"}
SYSTEM_ATTRIBUTES = frozenset({"createdAt", "modifiedAt", "deletedAt", "expiresAt", "observedAt"})

_NUMBER = r"(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
_GEOREL = re.compile(rf"(near);(max|min)Distance=={_NUMBER}|(\w+)")


def parse_query(
    parameters: Mapping[str, str],
    *,
    name: Callable[[str], str],
    expand: Callable[[str], str] | None = None,
    selectors: tuple[Selector, ...] = (),
) -> Query:
    """The query of these parameters; one without any filter is too wide (5.7.2.4). `expand` gives the IRI of a term."""
    attrs = tuple(part for part in parameters.get("attrs", "").replace("|", ",").split(",") if part)
    local = flag(parameters, "local")
    if not (selectors or _is_narrow(parameters, attrs)):
        raise DataError("web.query-too-wide")
    if local is False and parameters.get("type", "").strip() == "*":
        raise DataError("consumption.all-types-not-local")
    if "csf" in parameters:
        parse_q(parameters["csf"])
    for word in ("entityMap", "splitEntities"):
        flag(parameters, word)
    order, origin = _order(parameters)
    query = Query(
        types=parse_types(parameters["type"]) if parameters.get("type") else None,
        ids=parse_ids(parameters.get("id")),
        id_pattern=_pattern(parameters.get("idPattern")),
        attrs=attrs,
        q=_q(parameters, expand),
        geo=_geo_query(parameters),
        scopes=parse_scopes(parameters["scopeQ"]) if "scopeQ" in parameters else None,
        limit=_limit(parameters),
        offset=_whole(parameters, "offset", 0),
        order_by=order,
        order_from=origin,
        collation=parameters.get("collation"),
        selectors=selectors,
    )
    return with_stored_names(query, name)


def is_light(query: Query) -> bool:
    """Whether a page of it is read off an index in well under a millisecond, and a hop to a thread would cost more."""
    if query.geo is not None or query.scopes is not None or query.attrs or query.id_pattern or query.order_by:
        return False
    if query.selectors or query.offset > LIGHT_OFFSET or (query.limit or 0) > MOST:
        return False
    if query.q is None:
        return True
    usable = indexable(query.q)
    return usable.complete and len(usable.terms) == 1 and (query.limit or 0) <= LIGHT_LIMIT


def flag(parameters: Mapping[str, str], name: str) -> bool | None:
    """A parameter that is true or false, or None if it is not there."""
    text = parameters.get(name)
    if text is None:
        return None
    if text not in ("true", "false"):
        raise DataError("web.parameter-value", parameter=name, value=text, expected="true, false")
    return text == "true"


def _is_narrow(parameters: Mapping[str, str], attrs: tuple[str, ...]) -> bool:
    if parameters.get("type") or "georel" in parameters or parameters.get("local") == "true":
        return True
    if any(attribute not in SYSTEM_ATTRIBUTES for attribute in attrs):
        return True
    words = re.findall(r"[^\W\d]\w*", re.sub(r'"[^"]*"', "", parameters.get("q", "")))
    return any(word not in SYSTEM_ATTRIBUTES for word in words)


def _pattern(text: str | None) -> str | None:
    if text is None:
        return None
    # The query language knows which patterns are too long or would take exponential time; it says so here too.
    parse_q('id~="' + re.sub(r'(?<!\\)"', r"\"", text) + '"')
    return text


def _q(parameters: Mapping[str, str], expand: Callable[[str], str] | None) -> Tree | None:
    if "q" not in parameters:
        return None
    tree = parse_q(parameters["q"])
    check_depth("q", hops_of(tree), parameters)
    if expand is not None and parameters.get("expandValues"):
        tree = with_values_expanded(tree, frozenset(parameters["expandValues"].split(",")), expand)
    return tree


def _order(parameters: Mapping[str, str]) -> tuple[Order, dict[str, Any] | None]:
    """The order and the geometry that distances are measured from (4.23.3)."""
    if ORDER_PARAMETERS.isdisjoint(parameters):
        return (), None
    if "collation" in parameters:
        collated(parameters["collation"])
    order = parse_order(parameters["orderBy"]) if "orderBy" in parameters else ()
    origin = None
    if "orderFrom" in parameters:
        coordinates = _coordinates(parameters, "orderFrom")
        origin = {"type": parameters.get("orderGeometry", "Point"), "coordinates": coordinates}
        check_geometry(origin, place="orderFrom")
    elif any(term.by_distance for term in order):
        raise DataError("consumption.order-origin")
    return order, origin


def _coordinates(parameters: Mapping[str, str], name: str) -> Any:
    try:
        return orjson.loads(parameters[name])
    except orjson.JSONDecodeError:
        expected = "GeoJSON coordinates, such as [127.1,37.4]"
        value = parameters[name]
        raise DataError("web.parameter-value", parameter=name, value=value, expected=expected) from None


def _geo_query(parameters: Mapping[str, str]) -> GeoQuery | None:
    given = [name for name in GEO_PARAMETERS if name in parameters]
    if not given:
        return None
    for missing in GEO_PARAMETERS:
        if missing not in parameters:
            raise DataError("web.parameter-missing", parameter=missing, expected=", ".join(GEO_PARAMETERS))
    return _georel(
        parameters["georel"],
        {"type": parameters["geometry"], "coordinates": _coordinates(parameters, "coordinates")},
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
