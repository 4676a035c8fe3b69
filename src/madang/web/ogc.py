"""OGC API - Features, Part 1: Core, GeoJSON and OpenAPI 3.0, read only: one service a tenant, one collection a type.

The models of the same service stand in `processes` (OGC API - Processes).

`/ogc/{tenant}/` is the landing page; `/ogc/seongnam~fabless-valley/` the same city with a branch's changes. A feature
is an entity with a `location`, its attributes as plain values. `bbox`, `datetime`, `limit` and `offset` as the
standard has them; any other parameter is the name of an attribute and asks for equality.

A feature's time, for `datetime`, is what its attributes say: the latest `observedAt`, else its `period`. A feature
that says none is never left out (req. /req/core/fc-time-response leaves it to us; we prefer to show).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from madang import __version__
from madang.city import City
from madang.clock import from_text, now, to_text
from madang.entities.entity import Document, attributes, geometry_of, types_of, value_of
from madang.entities.query import GeoQuery, Query, parse_q, parse_types
from madang.entities.vocabulary import type_info
from madang.errors import CallerError, NotFoundError
from madang.web.exchange import Header, Reply, Request, Stream, to_json
from madang.web.inthreads import in_thread
from madang.web.jobs import Jobs
from madang.web.processes import CONFORMS_TO as PROCESSES_CONFORM_TO
from madang.web.processes import Processes
from madang.web.routes import Routes
from madang.web.tenants import Tenants

GEO_JSON, OPENAPI = b"application/geo+json", b"application/vnd.oai.openapi+json;version=3.0"
CONFORMS_TO = [
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
]
REL = "http://www.opengis.net/def/rel/ogc/1.0"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
LIMIT, MOST = 100, 10_000
RESERVED = frozenset({"bbox", "datetime", "limit", "offset", "f", "bbox-crs", "crs"})


class Ogc:
    """The OGC door of all cities."""

    def __init__(self, tenants: Tenants, jobs: Jobs) -> None:
        self._tenants = tenants
        self._routes = Routes(
            [
                ("GET", "/ogc/{tenant}", self._landing),
                ("GET", "/ogc/{tenant}/conformance", self._conformance),
                ("GET", "/ogc/{tenant}/api", self._api),
                ("GET", "/ogc/{tenant}/collections", self._collections),
                ("GET", "/ogc/{tenant}/collections/{collection}", self._collection),
                ("GET", "/ogc/{tenant}/collections/{collection}/items", self._items),
                ("GET", "/ogc/{tenant}/collections/{collection}/items/{feature}", self._item),
                *Processes(tenants, jobs).table(),
            ]
        )

    async def answer(self, request: Request) -> Reply | Stream:
        """The answer to any path below /ogc/."""
        return await self._routes.answer(request)

    async def _landing(self, request: Request, tenant: str) -> Reply:
        city = self._city(request, tenant)
        root = _root(request, city)
        return _json(
            {
                "title": _both(city.title),
                "description": "마당(Madang) OGC API - Features, Processes",
                "links": [
                    _link("self", root, "application/json"),
                    _link("service-desc", f"{root}/api", OPENAPI.decode()),
                    _link("conformance", f"{root}/conformance", "application/json"),
                    _link("data", f"{root}/collections", "application/json"),
                    _link(f"{REL}/processes", f"{root}/processes", "application/json"),
                    _link(f"{REL}/job-list", f"{root}/jobs", "application/json"),
                ],
            }
        )

    async def _conformance(self, request: Request, tenant: str) -> Reply:
        self._city(request, tenant)
        return _json({"conformsTo": [*CONFORMS_TO, *PROCESSES_CONFORM_TO]})

    async def _api(self, request: Request, tenant: str) -> Reply:
        city = self._city(request, tenant)
        return _json(_openapi(_root(request, city), city), media_type=OPENAPI)

    async def _collections(self, request: Request, tenant: str) -> Reply:
        city = self._city(request, tenant)
        root = _root(request, city)
        found = await in_thread(_collections, city)
        described = [_described(city, name, count, root) for name, count in found.items()]
        return _json({"links": [_link("self", f"{root}/collections", "application/json")], "collections": described})

    async def _collection(self, request: Request, tenant: str, collection: str) -> Reply:
        city = self._city(request, tenant)
        count = (await in_thread(_collections, city)).get(collection)
        if count is None:
            raise NotFoundError("web.collection-unknown", tenant=city.tenant, collection=collection)
        return _json(_described(city, collection, count, _root(request, city)))

    async def _items(self, request: Request, tenant: str, collection: str) -> Reply:
        city = self._tenants.city(tenant)
        parameters = _parameters(request)
        body = await in_thread(_feature_collection, city, collection, parameters, _root(request, city))
        return Reply(200, to_json(body), GEO_JSON, _crs())

    async def _item(self, request: Request, tenant: str, collection: str, feature: str) -> Reply:
        city = self._city(request, tenant)
        document = city.view().document(feature)
        if document is None or collection not in types_of(document):
            raise NotFoundError("web.entity-unknown", id=feature, tenant=city.tenant)
        root = f"{_root(request, city)}/collections/{quote(collection)}"
        links = [
            _link("self", f"{root}/items/{quote(feature, safe='')}", GEO_JSON.decode()),
            _link("collection", root, "application/json"),
        ]
        return Reply(200, to_json({**_feature(document), "links": links}), GEO_JSON, _crs())

    def _city(self, request: Request, tenant: str) -> City:
        for name, value in parse_qsl(request.query_string, keep_blank_values=True):
            if name != "f":
                raise CallerError("web.parameter-unknown", parameter=name, known="f")
            _check_form(value)
        return self._tenants.city(tenant)


# -- collections ------------------------------------------------------------------------------------------------------


def _collections(city: City) -> dict[str, int]:
    """The types that have at least one entity with a place, and how many entities they have."""
    view = city.view()
    everywhere = GeoQuery(relation="intersects", geometry=_box(-180, -90, 180, 90))
    return {
        name: count
        for name, count in sorted(view.types().items())
        if view.ids(Query(types=parse_types(name), geo=everywhere, limit=1))
    }


def _described(city: City, name: str, count: int, root: str) -> dict[str, Any]:
    here = f"{root}/collections/{quote(name)}"
    return {
        "id": name,
        "title": _both(type_info(name).label),
        "itemType": "feature",
        "numberOfFeatures": count,
        "crs": [CRS84],
        "links": [
            _link("self", here, "application/json"),
            _link("items", f"{here}/items", GEO_JSON.decode()),
        ],
    }


# -- items ------------------------------------------------------------------------------------------------------------


def _parameters(request: Request) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(request.query_string, keep_blank_values=True):
        if name in found:
            raise CallerError("web.parameter-twice", parameter=name)
        found[name] = value
    _check_form(found.pop("f", "json"))
    for name in ("crs", "bbox-crs"):
        value = found.pop(name, CRS84)
        if value != CRS84:
            raise CallerError("web.parameter-value", parameter=name, value=value, expected=CRS84)
    return found


def _feature_collection(city: City, collection: str, parameters: dict[str, str], root: str) -> dict[str, Any]:
    view = city.view()
    if collection not in view.types():
        raise NotFoundError("web.collection-unknown", tenant=city.tenant, collection=collection)
    limit = _whole("limit", parameters.get("limit", str(LIMIT)), least=1)
    limit, offset = min(limit, MOST), _whole("offset", parameters.get("offset", "0"), least=0)
    terms = [_equality(view, collection, name, value) for name, value in parameters.items() if name not in RESERVED]
    geo = _box_query(parameters["bbox"]) if "bbox" in parameters else None
    query = Query(types=parse_types(collection), q=parse_q(";".join(terms)) if terms else None, geo=geo)
    if "datetime" in parameters:
        since, until = _interval(parameters["datetime"])
        every = [one for one in view.documents(query) if _is_within(one, since, until)]
        matched, found = len(every), every[offset : offset + limit]
    else:
        matched = view.count(query)
        found = view.documents(_paged(query, limit, offset))
    here = f"{root}/collections/{quote(collection)}"
    links = [
        _link("self", f"{here}/items?{urlencode(parameters)}", GEO_JSON.decode()),
        _link("collection", here, "application/json"),
    ]
    for relation, start in (("next", offset + limit), ("prev", offset - limit)):
        if 0 <= start < matched or (relation == "prev" and offset > 0):
            there = urlencode({**parameters, "limit": limit, "offset": max(start, 0)})
            links.append(_link(relation, f"{here}/items?{there}", GEO_JSON.decode()))
    return {
        "type": "FeatureCollection",
        "features": [_feature(document) for document in found],
        "numberMatched": matched,
        "numberReturned": len(found),
        "timeStamp": to_text(now()),
        "links": links,
    }


def _paged(query: Query, limit: int, offset: int) -> Query:
    return Query(types=query.types, q=query.q, geo=query.geo, limit=limit, offset=offset)


def _feature(document: Document) -> dict[str, Any]:
    names = dict.fromkeys(name for name, _, _ in attributes(document))
    properties = {name: value_of(document, name) for name in names if name != "location"}
    return {
        "type": "Feature",
        "id": document["id"],
        "geometry": geometry_of(document),
        "properties": {"type": document["type"], **properties},
    }


def _equality(view: Any, collection: str, name: str, value: str) -> str:
    """A query term for one attribute; a number is compared as a number."""
    known = set(type_info(collection).attributes)
    if name not in known:
        sample = view.documents(Query(types=parse_types(collection), limit=1))
        known |= {attribute for one in sample for attribute, _, _ in attributes(one)}
    if name not in known:
        names = ", ".join(sorted(known | RESERVED))
        raise CallerError("web.parameter-unknown", parameter=name, known=names)
    try:
        float(value)
    except ValueError:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}=="{escaped}"'
    return f"{name}=={value}"


def _box_query(text: str) -> GeoQuery:
    expected = "west,south,east,north in degrees"
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise CallerError("web.parameter-value", parameter="bbox", value=text, expected=expected) from None
    if len(numbers) == 6:  # with heights, which our features do not have
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != 4 or numbers[1] > numbers[3] or not all(-180 <= x <= 180 for x in numbers):
        raise CallerError("web.parameter-value", parameter="bbox", value=text, expected=expected)
    west, south, east, north = numbers
    if west > east:  # a box over the antimeridian is two
        boxes = [_box(west, south, 180, north)["coordinates"], _box(-180, south, east, north)["coordinates"]]
        return GeoQuery(relation="intersects", geometry={"type": "MultiPolygon", "coordinates": boxes})
    return GeoQuery(relation="intersects", geometry=_box(west, south, east, north))


def _box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


# -- time -------------------------------------------------------------------------------------------------------------


def _interval(text: str) -> tuple[datetime | None, datetime | None]:
    """A moment, or a closed interval with `..` or nothing for an open end."""
    parts = text.split("/")
    if len(parts) > 2:
        raise _bad_time(text)
    since = _start(parts[0], text)
    until = _end(parts[-1], text)
    if since is None and until is None:
        raise _bad_time(text)
    return since, until


def _is_within(document: Document, since: datetime | None, until: datetime | None) -> bool:
    spans = list(_spans(document))
    if not spans:
        return True
    return any((until is None or begin <= until) and (since is None or end >= since) for begin, end in spans)


def _spans(document: Document) -> Iterable[tuple[datetime, datetime]]:
    moments = [instance["observedAt"] for _, _, instance in attributes(document) if "observedAt" in instance]
    if moments:
        latest = from_text(max(moments))
        yield latest, latest
        return
    periods = {value_of(document, name) for name in ("period", "year")}
    periods |= {value_of(one, "period") for _, _, one in attributes(document) if isinstance(one.get("period"), dict)}
    for period in periods:
        text = str(period)
        if len(text) == 4 and text.isdigit():
            yield from_text(f"{text}-01-01T00:00:00Z"), from_text(f"{text}-12-31T23:59:59Z")


def _start(part: str, whole: str) -> datetime | None:
    return None if part in ("", "..") else _moment(part, whole)


def _end(part: str, whole: str) -> datetime | None:
    if part in ("", ".."):
        return None
    moment = _moment(part, whole)
    return moment + timedelta(days=1, microseconds=-1) if len(part) == 10 else moment


def _moment(part: str, whole: str) -> datetime:
    try:
        return from_text(f"{part}T00:00:00Z" if len(part) == 10 else part.replace(" ", "+"))
    except ValueError:
        raise _bad_time(whole) from None


def _bad_time(text: str) -> CallerError:
    expected = "2026-01-31, 2026-01-31T09:00:00Z, or two of them with / between, .. for an open end"
    return CallerError("web.parameter-value", parameter="datetime", value=text, expected=expected)


# -- small things -----------------------------------------------------------------------------------------------------


def _whole(name: str, text: str, *, least: int) -> int:
    if not text.isdigit() or int(text) < least:
        raise CallerError("web.parameter-value", parameter=name, value=text, expected=f"a whole number from {least}")
    return int(text)


def _check_form(value: str) -> None:
    if value not in ("json", "geojson", "application/geo+json", "application/json"):
        raise CallerError("web.parameter-value", parameter="f", value=value, expected="json")


def _root(request: Request, city: City) -> str:
    return f"{request.base_url()}/ogc/{quote(city.tenant)}"


def _both(label: Any) -> str:
    return f"{label['ko']} {label['en']}" if label["ko"] != label["en"] else str(label["ko"])


def _link(relation: str, address: str, kind: str) -> dict[str, str]:
    return {"rel": relation, "href": address, "type": kind}


def _crs() -> list[Header]:
    return [(b"content-crs", f"<{CRS84}>".encode())]


def _json(value: Any, *, media_type: bytes = b"application/json") -> Reply:
    return Reply(200, to_json(value), media_type)


def _openapi(root: str, city: City) -> dict[str, Any]:
    """The service described for OpenAPI clients (req. class oas30)."""
    text = {"type": "string"}
    collection: dict[str, Any] = {"name": "collectionId", "in": "path", "required": True, "schema": text}
    feature: dict[str, Any] = {"name": "featureId", "in": "path", "required": True, "schema": text}
    items: list[dict[str, Any]] = [
        collection,
        {"name": "bbox", "in": "query", "style": "form", "explode": False,
         "schema": {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}},
        {"name": "datetime", "in": "query", "schema": text},
        {"name": "limit", "in": "query",
         "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}},
        {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0, "default": 0}},
    ]  # fmt: skip
    return {
        "openapi": "3.0.3",
        "info": {"title": _both(city.title), "version": __version__},
        "servers": [{"url": root}],
        "paths": {
            "/": _path("landing page", [], "application/json"),
            "/conformance": _path("conformance classes", [], "application/json"),
            "/collections": _path("collections", [], "application/json"),
            "/collections/{collectionId}": _path("one collection", [collection], "application/json"),
            "/collections/{collectionId}/items": _path("features", items, GEO_JSON.decode()),
            "/collections/{collectionId}/items/{featureId}": _path(
                "one feature", [collection, feature], GEO_JSON.decode()
            ),
            **_process_paths(),
        },
    }


def _process_paths() -> dict[str, Any]:
    text = {"type": "string"}
    process: dict[str, Any] = {"name": "processId", "in": "path", "required": True, "schema": text}
    job: dict[str, Any] = {"name": "jobId", "in": "path", "required": True, "schema": text}
    body = {"content": {"application/json": {"schema": {"type": "object"}}}, "required": True}
    execution = _path("execute", [process], "application/json")["get"] | {"requestBody": body}
    execution["responses"] |= {"201": {"description": "a job"}}
    one = _path("status of a job", [job], "application/json")
    return {
        "/processes": _path("processes", [], "application/json"),
        "/processes/{processId}": _path("one process", [process], "application/json"),
        "/processes/{processId}/execution": {"post": execution},
        "/jobs": _path("jobs", [], "application/json"),
        "/jobs/{jobId}": one | {"delete": {**one["get"], "summary": "dismiss a job"}},
        "/jobs/{jobId}/results": _path("results of a job", [job], "application/json"),
    }


def _path(summary: str, parameters: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    answers = {"200": {"description": summary, "content": {kind: {"schema": {"type": "object"}}}}}
    failures = {status: {"description": "problem details"} for status in ("400", "404")}
    return {"get": {"summary": summary, "parameters": parameters, "responses": answers | failures}}
