"""Retrieving and querying entities over several sources (clauses 5.7.1, 5.7.2, 4.3.6.7, 4.5.5.3).

Sources are asked concurrently, in normalized form with system times; their answers and ours become one document an
entity, and only then the page is cut and the form asked for is made. A source that fails leaves a warning, never an
error. Without `splitEntities=true` each entity is expected whole in one place, and filters go with the question; with
it they are kept here and tried on the whole entities.

Pages follow one order: first what is here, then the sources by the ids of their registrations, each in its own order.
So a page needs from each source no more than what comes before its end. Ids of the page that a source did not come to
are asked for once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from madang import clock
from madang.entities.entity import Document
from madang.entities.qlanguage import parse_types, renamed_types
from madang.entities.query import Query, matches
from madang.errors import CallerError, MadangError, NotFoundError
from madang.hub.federation import narrowed, query_document, with_kinds, without_filters
from madang.hub.merging import Version, merged, together, undecided
from madang.hub.registrations import Info, Registration, Sought, covers_id
from madang.hub.warnings import INVALID, SourceWarning, header
from madang.web.exchange import Header, Reply
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.distributed_asking import Sending, Told, ask, beside
from madang.web.ngsi.distributed_local import Incoming, document_in, document_of, fresh, without_times
from madang.web.ngsi.distributed_matching import Matches, Matching
from madang.web.ngsi.forms import Form, parse_form
from madang.web.ngsi.maps import location_of, map_wished, new_map
from madang.web.ngsi.output import entity_body, list_body
from madang.web.ngsi.parameters import READ_OPTIONS, parse_query
from madang.web.ngsi.querying import parameters_of, query_parameters_of_body
from madang.web.problems import problem_reply

PAGE = 1000  # entities that a source is asked for at once
FORM = ("format", "options", "lang", "geometryProperty", "join", "joinLevel", "containedBy", "jsonKeys", "expandValues")
OF_PAGES = ("limit", "offset", "count", "orderBy", "collation", "orderFrom", "orderGeometry")
OF_SEVERAL = ("entityMap", "entityMapLifetime", "splitEntities", "csf", "local")
SPLIT = "splitEntities"
TIMES = {"options": "sysAttrs"}


async def retrieve(made: Incoming, operation: str, matching: Matching) -> Reply:
    """GET entities/{id} from here and from sources (5.7.1)."""
    entity_id = str(made.parts["entity_id"])
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
        versions = await _of_all(made, found, asking | _times(made.parameters), entity_id, warnings)
        if "options" not in _times(made.parameters) and undecided(versions):
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
        made_now = wish.map is None
        kept = wish.map or new_map(made, {entity_id: [one.source for one in versions]}, made.parameters)
        reply.headers = [*reply.headers, (b"ngsild-entitymap", location_of(kept).encode())]
        reply.status = 201 if made_now else 200
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


def _times(parameters: dict[str, str]) -> dict[str, str]:
    """Sources tell the times of changes where the caller wants them; else only to decide between two versions."""
    return TIMES if "sysAttrs" in parameters.get("options", "").split(",") else {}


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


@dataclass(slots=True)
class Gathered:
    """What sources gave of a query: versions of entities, and how it went."""

    versions: list[Version] = field(default_factory=list)
    warnings: list[SourceWarning] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)  # by source
    ended: set[str] = field(default_factory=set)  # sources that gave all they have


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
        headers.append((b"ngsild-results-count", b"%d" % _count(gathered, documents)))
    more = len(documents) > query.offset + (query.limit or 0)
    return listed(made, page, form, [*headers, *links(made, query, more=more), *warned(gathered.warnings)], parameters)


def query_parameters(made: Incoming) -> dict[str, str]:
    """The parameters of a query, those of a document's members among them."""
    if not made.has_body:
        return dict(made.parameters)
    return {**query_parameters_of_body(_bare(made.body)), **made.parameters}


def query_of(made: Incoming, parameters: dict[str, str]) -> Query:
    """The query itself, with stored names."""
    selectors = parameters_of(_bare(made.body))[1] if made.has_body else ()
    plain = {**without(parameters, OF_SEVERAL), "local": "true"}
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


async def gather(
    made: Incoming, found: Matches, parameters: dict[str, str], *, upto: int, ids: Sequence[str] = ()
) -> Gathered:
    """The first entities of the local city and of each source, concurrently; `ids` asks for these alone."""
    gathered = await _gathered(made, found, _asking(parameters, ids), upto, ids)
    ids_in_doubt = undecided(gathered.versions) if not _times(parameters) else set()
    if ids_in_doubt:
        doubtful = sorted(ids_in_doubt)
        again = await _gathered(made, found, _asking(parameters, doubtful) | TIMES, len(doubtful), doubtful)
        timed = {(one.source, one.document["id"]): one for one in again.versions}
        gathered.versions = [timed.get((one.source, one.document["id"]), one) for one in gathered.versions]
    return gathered


async def _gathered(made: Incoming, found: Matches, asking: dict[str, str], upto: int, ids: Sequence[str]) -> Gathered:
    gathered = Gathered()
    results = await asyncio.gather(
        _local(made, asking, upto, gathered),
        *(_source(made, one, infos, asking, upto, gathered, ids) for one, infos in found),
    )
    for versions in results:
        gathered.versions += versions
    return gathered


def _asking(parameters: dict[str, str], ids: Sequence[str]) -> dict[str, str]:
    asking = without(parameters, (*FORM, *OF_PAGES, *OF_SEVERAL))
    if is_split(parameters):
        asking = without_filters(asking)
    if ids:
        asking = without(asking, ("idPattern",)) | {"id": ",".join(ids)}
    return asking | _times(parameters)


async def _local(made: Incoming, asking: dict[str, str], upto: int, gathered: Gathered) -> list[Version]:
    """What is here: whole entities, page by page; attributes are left out only when all is put together."""
    versions: list[Version] = []
    plain = without(asking, ("pick", "omit", "datasetId")) | {"local": "true"} | _counted(made)
    for offset in range(0, upto, PAGE):
        size = min(PAGE, upto - offset)
        parameters = plain | {"limit": str(size), "offset": str(offset)}
        reply = await _query_here(made, parameters)
        if reply.status != 200:
            raise Refused(reply)
        values = orjson.loads(reply.body)
        versions += [Version(document_in(value, made.context)) for value in values]
        headers = dict(reply.headers)
        gathered.counts["@none"] = int(headers.get(b"ngsild-results-count", b"0"))
        if len(values) < size:
            gathered.ended.add("@none")
            break
    return versions


async def _query_here(made: Incoming, parameters: dict[str, str]) -> Reply:
    """The local query: by GET as it is; by POST with the document that these parameters make."""
    if not made.has_body:
        return await made.here(parameters=parameters, plain=True)
    in_url = {
        name: part for name, part in parameters.items() if name in ("limit", "offset", "count", "options", "local")
    }
    return await made.here(parameters=in_url, body=_document(made, parameters), plain=True)


def _document(made: Incoming, parameters: dict[str, str]) -> Document:
    """The caller's query document, with what parameters leave of it."""
    kept = {"type": "Query"}
    names = {"q", "scopeQ", "lang", "attrs", "pick", "omit", "datasetId"}
    for name, part in made.body.items():
        geo = name == "geoQ" and "georel" in parameters
        if name in ("@context", "temporalQ") or geo or (name in names and name in parameters):
            kept[name] = part
    kept["entities"] = made.body.get("entities", [{"type": "*"}])
    if parameters.get("id") and "id" in parameters:
        kept["entities"] = query_document(parameters)["entities"]
    for name in ("attrs", "pick"):
        if name in parameters:
            kept[name] = parameters[name].split(",")  # type: ignore[assignment]
    return kept


class Refused(Exception):
    """The local query is refused; its answer is the answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


async def _source(
    made: Incoming,
    registration: Registration,
    infos: tuple[Info, ...],
    asking: dict[str, str],
    upto: int,
    gathered: Gathered,
    ids: Sequence[str],
) -> list[Version]:
    """The first entities of a source, page by page."""
    parameters = narrowed(asking, infos, given=made.context.given_name, stored=made.name)
    if not made.has_body:
        parameters = with_kinds(parameters, infos, given=made.context.given_name)
    known = ids or [part for part in asking.get("id", "").split(",") if part]
    if known:
        parameters["id"] = ",".join(one for one in known if covers_id(infos, one))
        if not parameters["id"]:
            gathered.ended.add(registration.id)
            return []
    versions: list[Version] = []
    for offset in range(0, upto, PAGE):
        size = min(PAGE, upto - offset)
        in_page = {"limit": str(size)} | _counted(made) | ({"offset": str(offset)} if offset else {})
        told = await ask(made.asked, registration, infos, _sending(made, registration, parameters, in_page))
        gathered.warnings += told.warnings
        got = await versions_of(made, told, gathered.warnings)
        versions += got
        count = told.headers.get("ngsild-results-count", "")
        gathered.counts[registration.id] = int(count) if count.isdigit() else len(versions)
        if len(got) < size:
            gathered.ended.add(registration.id)
            break
    return versions


def _counted(made: Incoming) -> dict[str, str]:
    """Sources count where the caller counts: it costs them more than a page."""
    return {"count": "true"} if made.parameters.get("count") == "true" else {}


def _sending(made: Incoming, registration: Registration, parameters: dict[str, str], page: dict[str, str]) -> Sending:
    """The question as the source takes it: as it came if that is offered, else the other way (4.20)."""
    wish = "queryBatch" if made.has_body else "queryEntity"
    as_post = (wish == "queryBatch") == (wish in registration.operations)
    if not as_post:
        return Sending("GET", "entities", _in_order(made, parameters) | page, named=made.named)
    body = _document(made, parameters) if made.has_body else query_document(parameters)
    page = page | ({"options": parameters["options"]} if "options" in parameters else {})
    return Sending("POST", "entityOperations/query", page, body, made.media_type, made.named)


def _in_order(made: Incoming, parameters: dict[str, str]) -> dict[str, str]:
    """Parameters in the order the caller wrote them, further ones behind."""
    first = {name: parameters[name] for name in made.parameters if name in parameters}
    return first | parameters


async def versions_of(made: Incoming, told: Told, warnings: list[SourceWarning]) -> list[Version]:
    """The entities of an answer; what is none is left out, with a warning (6.3.17)."""
    if told.status != 200:
        return []
    try:
        value = told.json()
    except orjson.JSONDecodeError:
        warnings.append(SourceWarning(INVALID, told.registration.id, "its answer is no JSON"))
        return []
    found = []
    for one in value if isinstance(value, list) else [value]:
        try:
            document = await document_of(made.asked, one, told.named)
        except MadangError as wrong:
            warnings.append(SourceWarning(INVALID, told.registration.id, f"an entity of its answer is none: {wrong}"))
            continue
        found.append(Version(document, told.registration.id, told.registration.mode == "auxiliary"))
    return found


def fitting(documents: Sequence[Document], query: Query, *, split: bool) -> list[Document]:
    """The documents that were asked for: sources may send others; filters are tried on the whole where it is split."""
    rest = replace(query, limit=None, offset=0, order_by=())
    if not split:
        rest = replace(rest, q=None, geo=None, scopes=None, attrs=())
    return [one for one in documents if matches(rest, one)]


async def completed(
    made: Incoming, found: Matches, parameters: dict[str, str], gathered: Gathered, page: Sequence[Document]
) -> list[Document]:
    """The page's entities with what sources hold of them beyond the part they were asked for first."""
    have: dict[str, set[str]] = {}
    for one in gathered.versions:
        have.setdefault(one.source, set()).add(one.document["id"])
    missing = {
        registration.id: [one["id"] for one in page if one["id"] not in have.get(registration.id, ())]
        for registration, _ in found
        if registration.id not in gathered.ended
    }
    again = [(one, infos) for one, infos in found if missing.get(one.id)]
    local = [] if "@none" in gathered.ended else [one["id"] for one in page if one["id"] not in have.get("@none", ())]
    if not again and not local:
        return list(page)
    extra = Gathered()
    asked = [_source(made, r, i, _asking(parameters, missing[r.id]), PAGE, extra, missing[r.id]) for r, i in again]
    if local:
        asked.append(_local(made, _asking(parameters, local), PAGE, extra))
    further = [one for versions in await asyncio.gather(*asked) for one in versions]
    wanted = {one["id"] for one in page}
    versions = [one for one in (*gathered.versions, *further) if one.document["id"] in wanted]
    by_id = {one["id"]: one for one in together(versions, now=clock.now())}
    return [by_id[one["id"]] for one in page if one["id"] in by_id]


def _count(gathered: Gathered, documents: Sequence[Document]) -> int:
    """How many entities there are: exact when all sources gave all, else their own counts less what was seen twice."""
    if gathered.ended.issuperset(gathered.counts):
        return len(documents)
    twice = len(gathered.versions) - len({one.document["id"] for one in gathered.versions})
    return max(len(documents), sum(gathered.counts.values()) - twice)


# -- what they share --------------------------------------------------------------------------------------------------


def sought_of(parameters: dict[str, str], made: Incoming, *, ids: tuple[str, ...] = ()) -> Sought:
    """What a reading operation is about (5.12)."""
    listed = [*parameters.get("attrs", "").split(","), *parameters.get("pick", "").split(",")]
    attributes = {made.name(one) for one in listed if one and one not in ("id", "type", "scope")}
    types = renamed_types(parse_types(parameters["type"]), made.name) if parameters.get("type") else None
    return Sought(
        types=types,
        ids=ids or tuple(part for part in parameters.get("id", "").split(",") if part),
        id_pattern=parameters.get("idPattern"),
        attributes=frozenset(attributes),
        datasets=frozenset(part for part in parameters.get("datasetId", "").split(",") if part),
    )


def is_split(parameters: dict[str, str]) -> bool:
    return parameters.get(SPLIT) == "true"


def without(parameters: dict[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if name not in names}


def form_of(made: Incoming, parameters: dict[str, str] | None = None) -> tuple[Asked, Form]:
    """The form asked for, and the request with its @context as operations know it."""
    asked = fresh(made.asked, made.asked.request)
    asked.parameters = dict(parameters if parameters is not None else made.parameters)
    if made.has_body:
        asked.named_context = made.named
    return asked, parse_form(asked.parameters, asked.options(READ_OPTIONS), name=asked.stored_name)


def _stored(document: Document, form: Form) -> bytes:
    return orjson.dumps(document if form.system_times else without_times(document))


def _linked(asked: Asked) -> Callable[[str], bytes | None]:
    """Linked entities are looked up here (4.5.23); what stands elsewhere stays a relationship."""
    view = asked.city.view()
    return view.get


def _as_it_is(document: Document) -> Document:
    return document


def warned(warnings: list[SourceWarning]) -> list[Header]:
    value = header(warnings)
    return [] if value is None else [(b"ngsild-warning", value)]


def links(made: Incoming, query: Query, *, more: bool) -> list[Header]:
    """Links to the neighbouring pages (6.3.10)."""
    if made.has_body or not query.limit:
        return []
    pages = [("prev", max(0, query.offset - query.limit))] if query.offset > 0 else []
    if more:
        pages.append(("next", query.offset + query.limit))
    asked = made.asked
    wanted = asked.wanted(geo=True)
    path = asked.request.mount + asked.request.path.rstrip("/")
    found = []
    for relation, offset in pages:
        target = urlencode({**made.parameters, "limit": query.limit, "offset": offset})
        found.append((b"link", f'<{path}?{target}>; rel="{relation}"; type="{wanted.media_type}"'.encode()))
    return found
