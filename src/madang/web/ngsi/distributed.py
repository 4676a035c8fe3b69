"""Operations over several sources: what the local city says, and what registered sources say, made one (clause 4.3.6).

Every operation passes here. In a tenant without registrations it is the local one, and costs one look. What concerns a
source is divided, asked for concurrently and put together by the modules beside: `distributed_reading` (retrieve,
query), `distributed_writing` (one entity), `distributed_batches`, `distributed_discovery` (types, attributes) and
`distributed_history` (temporal). Each of them answers an operation that concerns no source as it came.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from madang.errors import MadangError
from madang.hub.operation_names import PROVISION
from madang.web.exchange import Reply
from madang.web.ngsi import (
    distributed_batches,
    distributed_discovery,
    distributed_history,
    distributed_reading,
    distributed_writing,
)
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.conforming import conformed, preferred
from madang.web.ngsi.distributed_local import Incoming, incoming, read
from madang.web.ngsi.distributed_matching import Matching, matching_of
from madang.web.ngsi.operations import NGSI_BASE, Operation

Case = tuple[str, Callable[[Incoming, str, Matching], Awaitable[Reply]]]

# By method, place and number of parts of the path after the base: the name of the operation (4.20) and who does it.
CASES: dict[tuple[str, str, int], Case] = {
    ("GET", "entities", 1): ("queryEntity", distributed_reading.query),
    ("GET", "entities", 2): ("retrieveEntity", distributed_reading.retrieve),
    ("POST", "entities", 1): ("createEntity", distributed_writing.write),
    ("DELETE", "entities", 1): ("purgeEntity", distributed_writing.purge),
    ("PUT", "entities", 2): ("replaceEntity", distributed_writing.write),
    ("PATCH", "entities", 2): ("mergeEntity", distributed_writing.write),
    ("DELETE", "entities", 2): ("deleteEntity", distributed_writing.write),
    ("POST", "entities", 3): ("appendAttrs", distributed_writing.write),
    ("PATCH", "entities", 3): ("updateEntity", distributed_writing.write),
    ("PATCH", "entities", 4): ("updateAttrs", distributed_writing.write),
    ("PUT", "entities", 4): ("replaceAttrs", distributed_writing.write),
    ("DELETE", "entities", 4): ("deleteAttrs", distributed_writing.write),
    ("POST", "entityOperations/query", 2): ("queryBatch", distributed_reading.query),
    ("POST", "entityOperations/create", 2): ("createBatch", distributed_batches.batch),
    ("POST", "entityOperations/upsert", 2): ("upsertBatch", distributed_batches.batch),
    ("POST", "entityOperations/update", 2): ("updateBatch", distributed_batches.batch),
    ("POST", "entityOperations/merge", 2): ("mergeBatch", distributed_batches.batch),
    ("POST", "entityOperations/delete", 2): ("deleteBatch", distributed_batches.batch),
    ("GET", "types", 1): ("retrieveEntityTypes", distributed_discovery.types),
    ("GET", "types", 2): ("retrieveEntityTypeInfo", distributed_discovery.type_info),
    ("GET", "attributes", 1): ("retrieveAttrTypes", distributed_discovery.attributes),
    ("GET", "attributes", 2): ("retrieveAttrTypeInfo", distributed_discovery.attribute_info),
    ("GET", "temporal/entities", 2): ("queryTemporal", distributed_history.query),
    ("GET", "temporal/entities", 3): ("retrieveTemporal", distributed_history.retrieve),
    ("POST", "temporal/entityOperations/query", 3): ("queryTemporal", distributed_history.query),
    ("POST", "temporal/entities", 2): ("upsertTemporal", distributed_writing.write),
    ("DELETE", "temporal/entities", 3): ("deleteTemporal", distributed_writing.write),
    ("POST", "temporal/entities", 4): ("appendAttrsTemporal", distributed_writing.write),
    ("DELETE", "temporal/entities", 5): ("deleteAttrsTemporal", distributed_writing.write),
    ("PATCH", "temporal/entities", 6): ("updateAttrInstanceTemporal", distributed_writing.write),
    ("DELETE", "temporal/entities", 6): ("deleteAttrInstanceTemporal", distributed_writing.write),
}
_OF_SEVERAL = ("ntityMap", "csf=", "splitEntities=")  # parameters that have a meaning for several sources only


async def answer(asked: Asked, operation: Operation, parts: dict[str, Any]) -> Reply:
    """The answer of an operation, from here and from registered sources."""
    if "prefer" in asked.request.headers and (version := preferred(asked.request)) is not None:
        case = case_of(asked.request.method, asked.request.path)
        if case is not None and case[0] in ("queryEntity", "queryBatch", "retrieveEntity"):
            return conformed(await _answer(asked, operation, parts), version)
    return await _answer(asked, operation, parts)


async def _answer(asked: Asked, operation: Operation, parts: dict[str, Any]) -> Reply:
    request = asked.request
    book = asked.around.sources.book(asked.city)
    if not len(book) and not (
        "ngsild-entitymap" in request.headers or any(word in request.query_string for word in _OF_SEVERAL)
    ):
        return await operation(asked, **parts)
    case = case_of(request.method, request.path)
    if case is None or _is_local(asked):
        return await operation(asked, **parts)
    name, act = case
    if name in PROVISION and name not in book.offered and not book.has_proxies:
        return await operation(asked, **parts)
    made = await incoming(asked, operation, parts)
    try:
        await read(made)
    except MadangError:
        return await made.as_it_came()  # what is wrong with a request is said in one place
    return await act(made, name, matching_of(made, name))


def case_of(method: str, path: str) -> Case | None:
    """The operation that a method and a path ask for, if it can be distributed."""
    steps = path[len(NGSI_BASE) :].strip("/").split("/")
    place = "/".join(steps[:2]) if steps[0] in ("temporal", "entityOperations") else steps[0]
    if place == "temporal/entityOperations":
        place = "/".join(steps[:3])
    return CASES.get((method, place, len(steps)))


def _is_local(asked: Asked) -> bool:
    """Whether the request stays here: it says so, it asks for every type, or it is about a snapshot (5.5.13)."""
    query = asked.request.query_string
    if "ngsild-snapshot" in asked.request.headers:
        return True
    words = query.split("&")
    return "local=true" in words or "type=*" in words or "type=%2A" in words
