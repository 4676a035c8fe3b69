"""Operations that read entities: retrieve one, query many, by GET or by POST (clauses 5.7.1, 5.7.2; 6.4, 6.5, 6.23)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from madang.entities.entity import Document
from madang.entities.query import Query
from madang.errors import CallerError, DataError, NotFoundError
from madang.store import View
from madang.web.exchange import Header, Reply
from madang.web.inthreads import in_thread
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.negotiation import GEO_JSON, Wanted
from madang.web.ngsi.output import Form, entity_body, list_body, parse_form
from madang.web.ngsi.parameters import (
    FORM_PARAMETERS,
    QUERY_PARAMETERS,
    READ_OPTIONS,
    is_light,
    parse_query,
    query_parameters_of_body,
)
from madang.web.ngsi.times import with_system_times


async def retrieve_entity(asked: Asked, entity_id: str) -> Reply:
    """GET entities/{id} (5.7.1)."""
    parameters = asked.take_parameters(FORM_PARAMETERS | {"type", "local"})
    form = parse_form(parameters, asked.options(READ_OPTIONS), name=asked.stored_name)
    wanted = asked.wanted(geo=True)
    _check_geometry_property(parameters, wanted)
    view = asked.city.view()
    stored = view.get(entity_id)
    if stored is None:
        if ":" not in entity_id:
            raise DataError("web.id-not-a-uri", id=entity_id)
        raise NotFoundError("web.entity-unknown", id=entity_id, tenant=asked.city.tenant)
    work = (stored, wanted, form, _times(view))
    body = await in_thread(entity_body, *work) if form.system_times else entity_body(*work)
    return Reply(200, body, wanted.media_type.encode(), wanted.headers())


async def query_entities(asked: Asked) -> Reply:
    """GET entities/ (5.7.2)."""
    asked.take_parameters(QUERY_PARAMETERS)
    return await _query(asked, pages=True)


async def query_by_post(asked: Asked) -> Reply:
    """POST entityOperations/query: the same query as a document (5.2.23)."""
    in_url = asked.take_parameters({"limit", "offset", "count", "options", "format", "local"})
    body = await asked.object_body()
    asked.parameters = {**query_parameters_of_body(body), **in_url}
    return await _query(asked, pages=False)


async def _query(asked: Asked, *, pages: bool) -> Reply:
    parameters = asked.parameters
    form = parse_form(parameters, asked.options(READ_OPTIONS), name=asked.stored_name)
    wanted = asked.wanted(geo=True)
    _check_geometry_property(parameters, wanted)
    query = parse_query(parameters, name=asked.stored_name)
    if (wish := parameters.get("count", "false")) not in ("true", "false"):
        raise CallerError("web.parameter-value", parameter="count", value=wish, expected="true, false")
    counting = wish == "true"
    work = (query, counting, wanted, form)
    if is_light(query) and not counting and form.is_stored_form():
        body, count, more = _answer(asked.views.now(asked.city), *work)
    else:
        body, count, more = await in_thread(_answer, asked.city.view(), *work)
    headers = [*wanted.headers(), *(_page_links(asked, query, wanted, more=more) if pages else [])]
    if count is not None:
        headers.append((b"ngsild-results-count", b"%d" % count))
    return Reply(200, body, wanted.media_type.encode(), headers)


def _answer(view: View, query: Query, counting: bool, wanted: Wanted, form: Form) -> tuple[bytes, int | None, bool]:
    """The body, the count if it was asked for, and whether there is a next page."""
    count = view.count(replace(query, limit=None, offset=0)) if counting else None
    if query.limit == 0:
        return list_body([], wanted, form, _times(view)), count, False
    assert query.limit is not None
    found = view.query(replace(query, limit=query.limit + 1))
    more = len(found) > query.limit
    return list_body(found[: query.limit], wanted, form, _times(view)), count, more


def _times(view: View) -> Callable[[Document], Document]:
    return lambda document: with_system_times(view, document)


def _page_links(asked: Asked, query: Query, wanted: Wanted, *, more: bool) -> list[Header]:
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
        target = urlencode({**asked.parameters, "limit": query.limit, "offset": offset})
        found.append((b"link", f'<{path}?{target}>; rel="{relation}"; type="{wanted.media_type}"'.encode()))
    return found


def _check_geometry_property(parameters: dict[str, str], wanted: Wanted) -> None:
    if "geometryProperty" in parameters and wanted.media_type != GEO_JSON:
        raise DataError("web.geojson-property-without-geojson")
