"""Retrieving and querying entities over several sources (clauses 5.7.1, 5.7.2, 4.3.6.7, 4.5.5.3).

Sources are asked concurrently, in normalized form; their answers and ours become one document an
entity, and only then the page is cut and the form asked for is made. A source that fails leaves a warning, never an
error. Without `splitEntities=true` each entity is expected whole in one place, and filters go with the question; with
it they are kept here and tried on the whole entities.

Pages follow one order: first what is here, then the sources by the ids of their registrations, each in its own order.
So a page needs from each source no more than what comes before its end. Ids of the page that a source did not come to
are asked for once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson

from madang import clock
from madang.entities.entity import Document, is_uri
from madang.entities.query import Query, matches
from madang.errors import CallerError, NotFoundError
from madang.hub.federation import narrowed, query_document, with_kinds
from madang.hub.merging import Version, merged, together, undecided
from madang.hub.registrations import Info, Registration, may_be_in_place
from madang.hub.warnings import SourceWarning
from madang.web.exchange import Header, Reply
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.distributed_asking import Sending, Told, ask, beside
from madang.web.ngsi.distributed_gathering import (
    FORM,
    OF_SEVERAL,
    TIMES,
    Refused,
    completed,
    count_of,
    gather,
    is_split,
    sought_of,
    times_of,
    versions_of,
    warned,
    without,
)
from madang.web.ngsi.distributed_local import Incoming, document_in, fresh, without_times
from madang.web.ngsi.distributed_matching import Matches, Matching
from madang.web.ngsi.forms import Form, parse_form
from madang.web.ngsi.maps import location_of, map_wished, new_map
from madang.web.ngsi.output import entity_body, list_body
from madang.web.ngsi.parameters import READ_OPTIONS, parse_query
from madang.web.ngsi.querying import parameters_of, query_parameters_of_body
from madang.web.ngsi.reading import check_geometry_property, living, page_links
from madang.web.problems import problem_reply


async def retrieve(made: Incoming, operation: str, matching: Matching) -> Reply:
    """GET entities/{id} from here and from sources (5.7.1)."""
    entity_id = str(made.parts["entity_id"])
    if not is_uri(entity_id):
        return await made.here()
    sought = sought_of(made.parameters, made, ids=(entity_id,))
    found = matching.offering(sought, operation, "queryEntity", "queryBatch")
    wish = map_wished(made, made.parameters)
    if wish.map is not None and (known := wish.map.entities.get(entity_id)) is not None:
        found = [one for one in found if one[0].id in known]
    mine = without(made.parameters, OF_SEVERAL)
    if not found and not wish.asked:
        return await made.here(parameters=mine)
    asking = without(made.parameters, (*FORM, *OF_SEVERAL))
    warnings: list[SourceWarning] = []
    try:
        versions = await _of_all(made, found, asking | times_of(made.parameters), entity_id, warnings)
        if "options" not in times_of(made.parameters) and undecided(versions):
            versions = await _of_all(made, found, asking | TIMES, entity_id, warnings)
    except Refused as refused:
        return refused.reply
    document = merged(versions, now=clock.now()) if versions else None
    if document is None or not _has_any(document, made):
        lost = NotFoundError("web.entity-unknown", id=entity_id, tenant=made.asked.city.tenant)
        reply = problem_reply(lost, made.asked.request.language, media_type=b"application/json")
        reply.headers = [*reply.headers, *warned(warnings)]
        return reply
    reply = _rendered(made, document, warnings)
    if wish.asked:
        kept = wish.map or new_map(made, {entity_id: [one.source for one in versions]}, made.parameters)
        reply.headers = [*reply.headers, (b"ngsild-entitymap", location_of(kept).encode())]
    return reply


async def _of_all(
    made: Incoming, found: Matches, asking: dict[str, str], entity_id: str, warnings: list[SourceWarning]
) -> list[Version]:
    """The versions of an entity, from here and from sources."""
    here, told = await beside(
        made.here(parameters=without(asking, ("attrs", "pick", "omit", "datasetId")), plain=True),
        [_retrieve(made, one, infos, asking, entity_id) for one, infos in found],
    )
    if here.status not in (200, 404):
        raise Refused(here)
    warnings += [warning for one in told for warning in one.warnings]
    versions = []
    if here.status == 200:
        versions.append(Version(document_in(orjson.loads(here.body), made.context)))
    for one in told:
        versions += [v for v in await versions_of(made, one, warnings) if v.document["id"] == entity_id]
    return versions


async def _retrieve(
    made: Incoming, registration: Registration, infos: tuple[Info, ...], asking: dict[str, str], entity_id: str
) -> Told:
    """One entity of a source; of one that only answers queries, by a query for its id."""
    parameters = narrowed(asking, infos, given=made.context.given_name, stored=made.name)
    if "retrieveEntity" in registration.operations:
        sending = Sending("GET", f"entities/{quote(entity_id, safe=':')}", parameters, named=made.named)
        return await ask(made.asked, registration, infos, sending)
    parameters = with_kinds({**parameters, "id": entity_id}, infos, given=made.context.given_name)
    if "queryEntity" in registration.operations:
        sending = Sending("GET", "entities", parameters, named=made.named)
    else:
        body = query_document(parameters)
        in_url = {"options": parameters["options"]} if "options" in parameters else {}
        sending = Sending("POST", "entityOperations/query", in_url, body, named=made.named)
    return await ask(made.asked, registration, infos, sending)


def _has_any(document: Document, made: Incoming) -> bool:
    attrs = [made.name(one) for one in made.parameters.get("attrs", "").split(",") if one]
    return not attrs or any(name in document for name in attrs)


def _rendered(made: Incoming, document: Document, warnings: list[SourceWarning]) -> Reply:
    asked, form = form_of(made)
    wanted = asked.wanted(geo=True)
    body = entity_body(_stored(document, form), wanted, form, _as_it_is, _linked(asked))
    return Reply(200, body, wanted.media_type.encode(), [*wanted.headers(), *warned(warnings)])


# -- queries ----------------------------------------------------------------------------------------------------------


async def query(made: Incoming, operation: str, matching: Matching) -> Reply:
    """GET entities/ and POST entityOperations/query from here and from sources (5.7.2)."""
    from madang.web.ngsi.distributed_mapped import mapped_query  # which pages through what this module gathers

    parameters = query_parameters(made)
    if "ngsild-entitymap" in made.asked.request.headers or parameters.get("entityMap") == "true":
        return await mapped_query(made, matching, parameters)
    found = matching.offering(sought_of(parameters, made), "queryEntity", "queryBatch")
    if not found:
        return await made.here(parameters=without(made.parameters, OF_SEVERAL))
    if "orderBy" in parameters:
        raise CallerError("registrations.order-here-only")
    _, form = form_of(made, parameters)
    query = query_of(made, parameters)
    if query.geo is not None:
        found = [one for one in found if may_be_in_place(query.geo, one[0])]
    upto = query.offset + (query.limit or 0) + 1
    try:
        gathered = await gather(made, found, parameters, upto=upto)
    except Refused as refused:
        return refused.reply
    documents = fitting(together(gathered.versions, now=clock.now()), query, split=is_split(parameters))
    page = documents[query.offset : query.offset + (query.limit or 0)]
    page = await completed(made, found, parameters, gathered, page)
    headers: list[Header] = []
    if parameters.get("count") == "true":
        headers.append((b"ngsild-results-count", b"%d" % count_of(gathered, documents)))
    more = len(documents) > query.offset + (query.limit or 0) or gathered.goes_on
    return listed(made, page, form, [*headers, *links(made, query, more=more), *warned(gathered.warnings)], parameters)


def query_parameters(made: Incoming) -> dict[str, str]:
    """The parameters of a query, those of a document's members among them."""
    if not made.has_body:
        return dict(made.parameters)
    return {**query_parameters_of_body(_bare(made.body)), **made.parameters}


def query_of(made: Incoming, parameters: dict[str, str]) -> Query:
    """The query itself, with stored names."""
    selectors = parameters_of(_bare(made.body))[1] if made.has_body else ()
    plain = without(parameters, OF_SEVERAL)
    return parse_query(plain, name=made_name(made), expand=made.context.expand, selectors=selectors)


def made_name(made: Incoming) -> Callable[[str], str]:
    """The stored name of a term, members of every entity as they are."""
    return lambda term: term if term in ("id", "type", "scope") else made.name(term)


def _bare(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise CallerError("web.body-not-an-object", expected="a Query", found=type(body).__name__)
    return {name: part for name, part in body.items() if name != "@context"}


def listed(
    made: Incoming, page: Sequence[Document], form: Form, headers: list[Header], parameters: dict[str, str]
) -> Reply:
    """A page of documents in the form asked for."""
    asked, _ = form_of(made, parameters)
    wanted = asked.wanted(geo=True)
    body = list_body([_stored(one, form) for one in page], wanted, form, _as_it_is, _linked(asked))
    return Reply(200, body, wanted.media_type.encode(), [*wanted.headers(), *headers])


def fitting(documents: Sequence[Document], query: Query, *, split: bool) -> list[Document]:
    """The documents that were asked for: sources may send others; filters are tried on the whole where it is split."""
    rest = replace(query, limit=None, offset=0, order_by=())
    if not split:
        rest = replace(rest, q=None, geo=None, scopes=None, attrs=())
    return [one for one in documents if matches(rest, one)]


# -- the form of the answer -------------------------------------------------------------------------------------------


def form_of(made: Incoming, parameters: dict[str, str] | None = None) -> tuple[Asked, Form]:
    """The form asked for, and the request with its @context as operations know it."""
    asked = fresh(made.asked, made.asked.request)
    asked.parameters = dict(parameters if parameters is not None else made.parameters)
    if made.has_body:
        asked.named_context = made.named
    check_geometry_property(asked.parameters, asked.wanted(geo=True))
    return asked, parse_form(asked.parameters, asked.options(READ_OPTIONS), name=asked.stored_name)


def _stored(document: Document, form: Form) -> bytes:
    return orjson.dumps(document if form.system_times else without_times(document))


def _linked(asked: Asked) -> Callable[[str], bytes | None]:
    """Linked entities are looked up here (4.5.23); what stands elsewhere stays a relationship."""
    return living(asked.city.view())


def _as_it_is(document: Document) -> Document:
    return document


def links(made: Incoming, query: Query, *, more: bool) -> list[Header]:
    """Links to the neighbouring pages (6.3.10)."""
    if made.has_body or not query.limit:
        return []
    asked = fresh(made.asked, made.asked.request)
    asked.parameters = made.parameters
    return page_links(asked, query, asked.wanted(geo=True), more=more)
