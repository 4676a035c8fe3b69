"""Queries that page through an entity map: the same entities on every page, whatever comes in between (5.5.14)."""

from __future__ import annotations

from collections.abc import Sequence

from madang import clock
from madang.entities.entity import Document
from madang.entities.query import Query
from madang.hub.merging import together
from madang.hub.warnings import SourceWarning
from madang.web.exchange import Header, Reply
from madang.web.ngsi.distributed_gathering import Refused, gather, sought_of, warned
from madang.web.ngsi.distributed_local import Incoming
from madang.web.ngsi.distributed_matching import Matches, Matching
from madang.web.ngsi.distributed_reading import fitting, form_of, links, listed, query_of
from madang.web.ngsi.mapbook import EntityMap
from madang.web.ngsi.maps import location_of, map_wished, new_map

MOST_IN_MAP = 100_000


async def mapped_query(made: Incoming, matching: Matching, parameters: dict[str, str]) -> Reply:
    """A page of a query over the entities of its map, which is made now if there is none."""
    wish = map_wished(made, parameters)
    _, form = form_of(made, parameters)
    query = query_of(made, parameters)
    found = matching.offering(sought_of(parameters, made), "queryEntity", "queryBatch")
    warnings: list[SourceWarning] = []
    try:
        kept = wish.map
        if kept is None:
            kept, warnings = await map_of_query(made, found, parameters)
        page = await _page(made, found, parameters, kept, query, warnings)
    except Refused as refused:
        return refused.reply
    headers: list[Header] = [(b"ngsild-entitymap", location_of(kept).encode())]
    if parameters.get("count") == "true":
        headers.append((b"ngsild-results-count", b"%d" % len(kept.entities)))
    more = len(kept.entities) > query.offset + (query.limit or 0)
    headers += [*links(made, query, more=more), *warned(warnings)]
    reply = listed(made, page, form, headers, parameters)
    reply.status = 201 if wish.map is None else 200
    return reply


async def map_of_query(
    made: Incoming, found: Matches, parameters: dict[str, str]
) -> tuple[EntityMap, list[SourceWarning]]:
    """A map of all entities that a query finds here and at sources; Refused when the query is (5.14.4)."""
    gathered = await gather(made, found, {**parameters, "pick": "id,type"}, upto=MOST_IN_MAP)
    entities: dict[str, list[str]] = {}
    for one in gathered.versions:
        where = entities.setdefault(one.document["id"], [])
        if one.source not in where:
            where.append(one.source)
    return new_map(made, entities, parameters), gathered.warnings


async def _page(
    made: Incoming,
    found: Matches,
    parameters: dict[str, str],
    kept: EntityMap,
    query: Query,
    warnings: list[SourceWarning],
) -> list[Document]:
    """The page's entities as they are now; what no longer fits is taken out of the map, and the next one moves up."""
    size = query.limit or 0
    page: list[Document] = []
    while len(page) < size:
        start = query.offset + len(page)
        ids = list(kept.entities)[start : start + size - len(page)]
        if not ids:
            break
        got = await _those(made, found, parameters, kept, ids, query, warnings)
        silent = {one.source for one in warnings}
        for id in ids:
            if id in got:
                page.append(got[id])
            elif silent.isdisjoint(kept.entities[id]):
                del kept.entities[id]
        if not silent.isdisjoint(source for id in ids if id in kept.entities for source in kept.entities[id]):
            break  # a source is silent: its entities stay in the map, and are missing from this page
    return page


async def _those(
    made: Incoming,
    found: Matches,
    parameters: dict[str, str],
    kept: EntityMap,
    ids: Sequence[str],
    query: Query,
    warnings: list[SourceWarning],
) -> dict[str, Document]:
    where = {source for id in ids for source in kept.entities[id]}
    gathered = await gather(made, [one for one in found if one[0].id in where], parameters, upto=len(ids), ids=ids)
    warnings += gathered.warnings
    split = parameters.get("splitEntities") == "true"
    documents = fitting(together(gathered.versions, now=clock.now()), query, split=split)
    return {one["id"]: one for one in documents}
