"""What sources hold of a query, gathered: the first entities of each, asked concurrently (clauses 5.7.2, 4.3.6.7).

Each source is asked for what it registered and no more, page by page, until it has given as many as the page of the
answer can need. Times of changes are asked for only where the caller wants them, or where two versions of an attribute
differ and nothing else can tell which one stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from madang import clock
from madang.entities.entity import Document
from madang.entities.qlanguage import parse_types, renamed_types
from madang.errors import MadangError
from madang.hub.federation import narrowed, query_document, with_kinds, without_filters
from madang.hub.merging import Version, together, undecided
from madang.hub.registrations import Info, Registration, Sought, covers_id
from madang.hub.warnings import INVALID, SourceWarning, header
from madang.web.exchange import Header, Reply
from madang.web.ngsi.distributed_asking import Sending, Told, ask
from madang.web.ngsi.distributed_local import Incoming, document_in, document_of
from madang.web.ngsi.distributed_matching import Matches
from madang.web.ngsi.parameters import LIMIT

PAGE = 1000  # entities that a source is asked for at once
FORM = ("format", "options", "lang", "geometryProperty", "join", "joinLevel", "containedBy")
OF_PAGES = ("limit", "offset", "count", "orderBy", "collation", "orderFrom", "orderGeometry")
OF_SEVERAL = ("entityMap", "entityMapLifetime", "splitEntities", "csf", "local")
SPLIT = "splitEntities"
TIMES = {"options": "sysAttrs"}


@dataclass(slots=True)
class Gathered:
    """What sources gave of a query: versions of entities, and how it went."""

    versions: list[Version] = field(default_factory=list)
    warnings: list[SourceWarning] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)  # by source
    ended: set[str] = field(default_factory=set)  # sources that gave all they have
    goes_on: bool = False  # whether a source said that there is more than was asked for


class Refused(Exception):
    """The local query is refused; its answer is the answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


async def gather(
    made: Incoming, found: Matches, parameters: dict[str, str], *, upto: int, ids: Sequence[str] = ()
) -> Gathered:
    """The first entities of the local city and of each source, concurrently; `ids` asks for these alone."""
    gathered = await _gathered(made, found, _asking(parameters, ids), upto, ids)
    ids_in_doubt = undecided(gathered.versions) if not times_of(parameters) else set()
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
    return asking | times_of(parameters)


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
    names = {"q", "scopeQ", "lang", "attrs", "pick", "omit", "datasetId", "expandValues", "jsonKeys"}
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
    parameters = asking if made.has_body else with_kinds(asking, infos, given=made.context.given_name)
    parameters = narrowed(parameters, infos, given=made.context.given_name, stored=made.name)
    known = ids or [part for part in asking.get("id", "").split(",") if part]
    if known:
        parameters["id"] = ",".join(one for one in known if covers_id(infos, one))
        if not parameters["id"]:
            gathered.ended.add(registration.id)
            return []
    versions: list[Version] = []
    offset = 0
    while offset < upto:
        size = min(PAGE, upto - offset)
        # Where the caller names no page, the source is asked for its own first one, as the caller would ask it.
        is_own = offset == 0 and not ids and upto == LIMIT + 1 and not _names_page(made)
        in_page = {} if is_own else {"limit": str(size)} | ({"offset": str(offset)} if offset else {})
        told = await ask(
            made.asked, registration, infos, _sending(made, registration, parameters, in_page | _counted(made))
        )
        gathered.warnings += told.warnings
        values, got = await _entities_of(made, told, gathered.warnings)
        versions += got
        offset += values
        count = told.headers.get("ngsild-results-count", "")
        gathered.counts[registration.id] = int(count) if count.isdigit() else len(versions)
        has_next = 'rel="next"' in told.headers.get("link", "")
        if values < size and not (is_own and (has_next or values >= LIMIT)):
            gathered.ended.add(registration.id)
            break
        if is_own and has_next and values >= LIMIT:
            gathered.goes_on = True
            break
        if not values:
            break
    return versions


def _names_page(made: Incoming) -> bool:
    return "limit" in made.parameters or "offset" in made.parameters


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
    return (await _entities_of(made, told, warnings))[1]


async def _entities_of(made: Incoming, told: Told, warnings: list[SourceWarning]) -> tuple[int, list[Version]]:
    """How many values an answer has, and those of them that are entities."""
    if told.status != 200:
        return 0, []
    try:
        value = told.json()
    except orjson.JSONDecodeError:
        warnings.append(SourceWarning(INVALID, told.registration.id, "its answer is no JSON"))
        return 0, []
    values = value if isinstance(value, list) else [value]
    found = []
    for one in values:
        try:
            document = await document_of(made.asked, one, told.named)
        except MadangError as wrong:
            warnings.append(SourceWarning(INVALID, told.registration.id, f"an entity of its answer is none: {wrong}"))
            continue
        found.append(Version(document, told.registration.id, told.registration.mode == "auxiliary"))
    return len(values), found


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


def count_of(gathered: Gathered, documents: Sequence[Document]) -> int:
    """How many entities there are: exact when all sources gave all, else their own counts less what was seen twice."""
    if gathered.ended.issuperset(gathered.counts):
        return len(documents)
    twice = len(gathered.versions) - len({one.document["id"] for one in gathered.versions})
    return max(len(documents), sum(gathered.counts.values()) - twice)


def times_of(parameters: dict[str, str]) -> dict[str, str]:
    """Sources tell the times of changes where the caller wants them; else only to decide between two versions."""
    return TIMES if "sysAttrs" in parameters.get("options", "").split(",") else {}


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


def warned(warnings: list[SourceWarning]) -> list[Header]:
    value = header(warnings)
    return [] if value is None else [(b"ngsild-warning", value)]
