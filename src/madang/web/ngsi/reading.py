"""Operations that read entities: retrieve one, query many, by GET or by POST (clauses 5.7.1, 5.7.2; 6.4, 6.5, 6.23)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

import orjson

from madang import clock
from madang.entities.entity import Document
from madang.entities.qlanguage import paths_of, renamed_types
from madang.entities.query import Query, Selector, matches, parse_types
from madang.entities.transient import MARK, living_bytes
from madang.errors import DataError, NotFoundError
from madang.store import View
from madang.web.exchange import Header, Reply
from madang.web.inthreads import in_thread
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.forms import FORM_PARAMETERS, Form, parse_form
from madang.web.ngsi.negotiation import GEO_JSON, JSON, Wanted
from madang.web.ngsi.output import entity_body, list_body
from madang.web.ngsi.parameters import (
    LIGHT_LIMIT,
    MAP_PARAMETERS,
    QUERY_PARAMETERS,
    READ_OPTIONS,
    flag,
    is_light,
    parse_query,
)
from madang.web.ngsi.querying import parameters_of, parse_ids
from madang.web.ngsi.times import with_system_times

IN_URL_OF_POST = frozenset(
    {"limit", "offset", "count", "options", "format", "local", "geometryProperty", "lang", "entityMap",
     "entityMapLifetime", "splitEntities"}
)  # fmt: skip
_IN_LINKS = "/:*,;()|=!~'$@[]."  # what stands in the addresses of other pages as it is


async def retrieve_entity(asked: Asked, entity_id: str) -> Reply:
    """GET entities/{id} (5.7.1)."""
    parameters = asked.take_parameters(FORM_PARAMETERS | MAP_PARAMETERS | {"type", "local"})
    form = parse_form(parameters, asked.options(READ_OPTIONS), name=asked.stored_name)
    wanted = asked.wanted(geo=True)
    check_geometry_property(parameters, wanted)
    for word in ("local", "entityMap", "splitEntities"):
        flag(parameters, word)
    plain = form.is_plain()
    view = asked.views.now(asked.city) if plain else asked.city.view()
    stored = living(view)(entity_id)
    if stored is None:
        parse_ids(entity_id)
        raise NotFoundError("web.entity-unknown", id=entity_id, tenant=asked.city.tenant)
    _check_found(asked, stored, form)
    work = (stored, wanted, form, _times(view), living(view))
    body = entity_body(*work) if plain else await in_thread(entity_body, *work)
    return Reply(200, body, wanted.media_type.encode(), wanted.headers())


def _check_found(asked: Asked, stored: bytes, form: Form) -> None:
    """An entity of another type, or with none of the attributes asked for, is as good as none (5.7.1.4)."""
    if "type" not in asked.parameters and form.attrs is None:
        return
    document = orjson.loads(stored)
    if "type" in asked.parameters:
        types = renamed_types(parse_types(asked.parameters["type"]), asked.stored_name)
        if not matches(Query(types=types), document):
            raise NotFoundError("web.entity-unknown", id=document["id"], tenant=asked.city.tenant)
    if form.attrs is not None and form.attrs.isdisjoint(document):
        attributes = asked.parameters["attrs"]
        raise NotFoundError("consumption.no-such-attributes", id=document["id"], attributes=attributes)


async def query_entities(asked: Asked) -> Reply:
    """GET entities/ (5.7.2)."""
    asked.take_parameters(QUERY_PARAMETERS)
    return await _query(asked, pages=True)


async def query_by_post(asked: Asked) -> Reply:
    """POST entityOperations/query: the same query as a document (5.2.23)."""
    in_url = asked.take_parameters(IN_URL_OF_POST)
    parameters, selectors = parameters_of(await asked.object_body())
    asked.parameters = {**parameters, **in_url}
    return await _query(asked, pages=False, selectors=selectors)


async def _query(asked: Asked, *, pages: bool, selectors: tuple[Selector, ...] = ()) -> Reply:
    parameters = asked.parameters
    form = parse_form(parameters, asked.options(READ_OPTIONS), name=asked.stored_name)
    wanted = asked.wanted(geo=True)
    check_geometry_property(parameters, wanted)
    query = parse_query(parameters, name=asked.stored_name, expand=asked.context().expand, selectors=selectors)
    counting = flag(parameters, "count") is True
    work = (query, counting, wanted, form)
    if is_light(query) and not counting and _is_light_form(query, wanted, form) and _is_in_index(asked, query):
        body, count, more = _answer(asked.views.now(asked.city), *work)
    else:
        body, count, more = await in_thread(_answer, asked.city.view(), *work)
    headers = [*wanted.headers(), *(page_links(asked, query, wanted, more=more) if pages else [])]
    if count is not None:
        headers.append((b"ngsild-results-count", b"%d" % count))
    return Reply(200, body, wanted.media_type.encode(), headers)


def _is_in_index(asked: Asked, query: Query) -> bool:
    """Whether what is compared is in the index; readings are not."""
    if query.q is None:
        return True
    return not asked.views.now(asked.city).has_readings_of(path.names[0] for path in paths_of(query.q))


def _is_light_form(query: Query, wanted: Wanted, form: Form) -> bool:
    """Whether the page is put into form as fast as it is read."""
    if form.is_stored_form() and wanted.own and wanted.media_type == JSON:
        return True
    return form.is_plain() and wanted.media_type != GEO_JSON and (query.limit or 0) <= LIGHT_LIMIT


def _answer(view: View, query: Query, counting: bool, wanted: Wanted, form: Form) -> tuple[bytes, int | None, bool]:
    """The body, the count if it was asked for, and whether there is a next page."""
    count = view.count(replace(query, limit=None, offset=0, order_by=())) if counting else None
    if query.limit == 0:
        return list_body([], wanted, form, _times(view), living(view)), count, False
    assert query.limit is not None
    found = view.query(replace(query, limit=query.limit + 1))
    more = len(found) > query.limit
    page = found[: query.limit]
    if not view.has_ends and form.is_stored_form() and wanted.own and wanted.media_type == JSON:
        return b"[" + b",".join(page) + b"]", count, more  # the common case: what is stored is the answer
    if view.has_ends and any(MARK in stored for stored in page):
        now = clock.now()
        page = [left for stored in page if (left := living_bytes(stored, now)) is not None]
    if not form.system_times:
        return list_body(page, wanted, form, _times(view), living(view)), count, more
    with view.timing() as times:
        return list_body(page, wanted, form, times, living(view)), count, more


def living(view: View) -> Callable[[str], bytes | None]:
    """What ids stand for, without what has expired (4.22)."""

    def found(id: str) -> bytes | None:
        stored = view.get(id)
        return stored if stored is None or MARK not in stored else living_bytes(stored, clock.now())

    return found


def _times(view: View) -> Callable[[Document], Document]:
    return lambda document: with_system_times(view, document)


def page_links(asked: Asked, query: Query, wanted: Wanted, *, more: bool) -> list[Header]:
    """Links to the neighbouring pages with the media type of this one (6.3.10)."""
    assert query.limit is not None
    pages = []
    if query.offset > 0 and query.limit > 0:
        pages.append(("prev", max(0, query.offset - query.limit)))
    if more:
        pages.append(("next", query.offset + query.limit))
    path = asked.request.mount + asked.request.path.rstrip("/")
    found = []
    for relation, offset in pages:
        parameters = sorted({**asked.parameters, "limit": query.limit, "offset": offset}.items())
        target = urlencode(parameters, safe=_IN_LINKS)
        found.append((b"link", f'<{path}?{target}>; rel="{relation}";type="{wanted.media_type}"'.encode()))
    return found


def check_geometry_property(parameters: dict[str, str], wanted: Wanted) -> None:
    if "geometryProperty" in parameters and wanted.media_type != GEO_JSON:
        raise DataError("web.geojson-property-without-geojson")
