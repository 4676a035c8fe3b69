"""Making an entity map for its own sake: the query behind it, over all sources (5.14.4, 5.14.5)."""

from __future__ import annotations

from dataclasses import replace

from madang.web.exchange import Reply
from madang.web.ngsi import reading, temporal
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.distributed_gathering import OF_SEVERAL, Refused, sought_of, without
from madang.web.ngsi.distributed_history import RefusedHere, history_map
from madang.web.ngsi.distributed_local import Incoming, incoming, read
from madang.web.ngsi.distributed_mapped import map_of_query
from madang.web.ngsi.distributed_matching import Matching, matching_of
from madang.web.ngsi.distributed_reading import query_parameters
from madang.web.ngsi.mapbook import EntityMap
from madang.web.ngsi.operations import NGSI_BASE, Operation
from madang.web.ngsi.parameters import parse_query


async def made_map(asked: Asked, *, temporal: bool) -> EntityMap | Reply:
    """The map of the query that a request describes, or the answer that refuses it."""
    made = await _querying(asked, temporal)
    await read(made)
    is_local = made.parameters.get("local") == "true" or made.parameters.get("type") == "*"
    matching = matching_of(made, "queryTemporal" if temporal else "queryEntity")
    if is_local:
        matching = Matching(matching.book, (matching.own,), matching.own, temporal)
    if temporal:
        try:
            return await history_map(made, "queryTemporal", matching)
        except RefusedHere as refused:
            return refused.reply
    parameters = query_parameters(made)
    check = parse_query if not made.has_body else None
    if check is not None:
        check(without(parameters, [one for one in OF_SEVERAL if one != "local"]), name=made.name)
    found = matching.offering(sought_of(parameters, made), "queryEntity", "queryBatch")
    try:
        return (await map_of_query(made, found, parameters))[0]
    except Refused as refused:
        return refused.reply


async def _querying(asked: Asked, is_temporal: bool) -> Incoming:
    """The request as the query operation would get it."""
    place = "temporal/" if is_temporal else ""
    by_post = asked.request.method == "POST"
    path = f"{NGSI_BASE}{place}{'entityOperations/query' if by_post else 'entities'}"
    operation: Operation = reading.query_by_post if by_post else reading.query_entities
    if is_temporal:
        operation = next(one for method, at, one in temporal.TABLE if (method, at) == (asked.request.method, path))
    request = replace(asked.request, path=path)
    return await incoming(replace(asked, request=request), operation, {})
