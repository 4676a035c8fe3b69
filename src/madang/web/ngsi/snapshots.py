"""Snapshots: create, retrieve, update, clone, delete, purge (clauses 5.16; 6.36-6.38, 6.3.22)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson

from madang import clock
from madang.city import City
from madang.entities.qlanguage import parse_q, paths_of
from madang.entities.query import satisfies
from madang.errors import CallerError, ConflictError, DataError, MadangError, NotFoundError
from madang.web.access import require_for_branch
from madang.web.around import Around
from madang.web.exchange import Caller, Reply, Request, json_reply, parse_json
from madang.web.inthreads import in_thread
from madang.web.ngsi import distributed
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.negotiation import CONTEXT_PATH, JSON_LD, accepted, link_to_context, linked_context
from madang.web.ngsi.operations import NGSI_BASE, Table
from madang.web.ngsi.snapshotdocs import (
    MEMBERS,
    QUERIES,
    TEMPORAL,
    changed_doc,
    checked_id,
    new_doc,
    new_id,
)
from madang.web.ngsi.snapshotting import Snapshot, copy_file, tell
from madang.web.problems import problem
from madang.web.routes import Routes

ALL = NGSI_BASE + "snapshots"
ONE = ALL + "/{snapshot_id}"
PAGE = 500
FILLER = Caller("snapshot", "decide")
log = logging.getLogger("madang.snapshots")


async def create_snapshot(asked: Asked) -> Reply:
    """POST snapshots: its queries are run after the answer (5.16.1)."""
    asked.take_parameters(())
    require_for_branch(asked.request.caller, "snapshot")
    body = await asked.object_body()
    doc = new_doc(body, asked.around.outgoing)
    snapshot = await _new(asked, body.get("id"), doc)
    frozen = asked.city.standing()
    snapshot.filling = asyncio.create_task(_fill(asked, frozen, snapshot))
    return _created(asked, snapshot)


async def clone_snapshot(asked: Asked, snapshot_id: str) -> Reply:
    """POST snapshots/{id}/clone: all that is in the snapshot, copied after the answer (5.16.2)."""
    asked.take_parameters(())
    require_for_branch(asked.request.caller, "snapshot")
    body = await asked.object_body()
    original = await asked.around.snapshots.find(asked.city, snapshot_id)
    doc = new_doc(body, asked.around.outgoing, cloned=original.doc)
    snapshot = await _new(asked, body.get("id"), doc)
    snapshot.filling = asyncio.create_task(_copy(asked, original, snapshot))
    return _created(asked, snapshot)


async def retrieve_snapshot(asked: Asked, snapshot_id: str) -> Reply:
    """GET snapshots/{id}: how it stands (5.16.3)."""
    asked.take_parameters(())
    found = await asked.around.snapshots.find(asked.city, checked_id(snapshot_id))
    return _told(asked, found)


async def update_snapshot(asked: Asked, snapshot_id: str) -> Reply:
    """PATCH snapshots/{id}: lifetime, priority, endpoint (5.16.4)."""
    asked.take_parameters(())
    require_for_branch(asked.request.caller, "snapshot")
    found = await asked.around.snapshots.find(asked.city, checked_id(snapshot_id))
    fragment = await asked.object_body(patch=True)
    found.doc = changed_doc(found.doc, snapshot_id, fragment, asked.around.outgoing)
    await asked.around.snapshots.put(asked.city, found)
    _later(tell(asked.around, asked.city, found))
    return _told(asked, found)


async def delete_snapshot(asked: Asked, snapshot_id: str) -> Reply:
    """DELETE snapshots/{id} (5.16.5)."""
    asked.take_parameters(())
    require_for_branch(asked.request.caller, "snapshot")
    found = await asked.around.snapshots.find(asked.city, checked_id(snapshot_id))
    await asked.around.snapshots.remove(asked.around, asked.city, found)
    return Reply(204)


async def purge_snapshots(asked: Asked) -> Reply:
    """DELETE snapshots: those that fit a query over the members of a Snapshot (5.16.7)."""
    parameters = asked.take_parameters(("q",))
    require_for_branch(asked.request.caller, "snapshot")
    if not parameters.get("q"):
        raise DataError("web.parameter-missing", parameter="q", expected="a query, such as snapshotPriority<3")
    tree = parse_q(parameters["q"])
    for path in paths_of(tree):
        if path.names[0] not in MEMBERS:
            raise DataError("web.parameter-value", parameter="q", value=path.names[0], expected=", ".join(MEMBERS))
    there = await asked.around.snapshots.all_of(asked.city)
    fitting = [
        one
        for one in list(there.values())
        if one.branch == asked.city.branch_name and not one.is_over() and satisfies(tree, _as_entity(one.told()))
    ]
    if not fitting:
        raise NotFoundError("snapshots.none-fits", q=parameters["q"][:200])
    for one in fitting:
        await asked.around.snapshots.remove(asked.around, asked.city, one)
    return Reply(204)


# -- filling ----------------------------------------------------------------------------------------------------------


async def _new(asked: Asked, id: str | None, doc: dict[str, Any]) -> Snapshot:
    snapshots, city = asked.around.snapshots, asked.city
    id = checked_id(id) if id is not None else new_id()
    there = (await snapshots.all_of(city)).get((city.branch_name, id))
    if there is not None:
        if not there.is_over():
            raise ConflictError("snapshots.exists", id=id[:200])
        await snapshots.remove(asked.around, city, there)
    await snapshots.make_room(asked.around, city)
    state = {"snapshotStatus": "preparing", "lastUsedAt": doc["createdAt"]}
    snapshot = Snapshot(id, city.branch_name, doc, state)
    await snapshots.put(city, snapshot)
    return snapshot


async def _fill(asked: Asked, frozen: City, snapshot: Snapshot) -> None:
    """Run the queries of a snapshot and keep what they find in its city."""
    around, city = asked.around, asked.city
    named = (asked.named_context if asked.named_context is not None else linked_context(asked.request)) or CONTEXT_PATH
    try:
        target = await around.snapshots.city_of(city, snapshot.id)
        details: dict[str, list[dict[str, Any]]] = {}
        for name, told, run in (
            (QUERIES, "snapshotQueriesDetails", _entities),
            (TEMPORAL, "snapshotTemporalQueriesDetails", _evolutions),
        ):
            if name in snapshot.doc:
                details[told] = [await _one(run(around, frozen, target, named, query)) for query in snapshot.doc[name]]
        snapshot.state |= details
        results = [one["resultStatus"] for part in details.values() for one in part]
        snapshot.state["snapshotStatus"] = _status(results)
    except asyncio.CancelledError:
        raise
    except Exception:
        log.exception("snapshot %s could not be filled", snapshot.id)
        snapshot.state["snapshotStatus"] = "failure"
    finally:
        around.views.forget(frozen)
    await _finished(around, city, snapshot)


async def _copy(asked: Asked, original: Snapshot, snapshot: Snapshot) -> None:
    around, city = asked.around, asked.city
    try:
        if original.filling is not None:
            await asyncio.gather(original.filling, return_exceptions=True)
        await around.snapshots.city_of(city, original.id)
        await in_thread(copy_file, city, original, snapshot)
        for name in ("snapshotQueriesDetails", "snapshotTemporalQueriesDetails"):
            if name in original.state:
                snapshot.state[name] = original.state[name]
        snapshot.state["snapshotStatus"] = "success"
    except asyncio.CancelledError:
        raise
    except Exception:
        log.exception("snapshot %s could not be cloned", original.id)
        snapshot.state["snapshotStatus"] = "failure"
    await _finished(around, city, snapshot)


async def _finished(around: Around, city: City, snapshot: Snapshot) -> None:
    snapshot.doc = {**snapshot.doc, "modifiedAt": clock.to_text(clock.now())}
    await around.snapshots.put(city, snapshot)
    await tell(around, city, snapshot)


async def _one(run: Any) -> dict[str, Any]:
    """What came of one query (5.2.42)."""
    try:
        return {"resultStatus": "success" if await run else "empty"}
    except MadangError as wrong:
        return {"resultStatus": "failure", "problemDetails": problem(wrong)}


def _status(results: list[str]) -> str:
    if results and all(one == "success" for one in results):
        return "success"
    for status, told in (("success", "partial"), ("empty", "empty")):
        if status in results:
            return told
    return "failure"


async def _entities(around: Around, frozen: City, target: City, named: Any, query: Mapping[str, Any]) -> int:
    """The entities of a query, page by page, stored in the snapshot's city; gives how many."""
    found = 0
    while True:
        asking = {"@context": named, **query}
        page = await _called(around, frozen, "entityOperations/query", f"limit={PAGE}&offset={found}", asking)
        if page:
            await _called(around, target, "entityOperations/upsert", "options=update", _each(page, named))
        found += len(page)
        if len(page) < PAGE:
            return found


async def _evolutions(around: Around, frozen: City, target: City, named: Any, query: Mapping[str, Any]) -> int:
    """The temporal evolutions of a query, stored in the snapshot's city; gives how many."""
    found = 0
    while True:
        asking = {"@context": named, **query}
        page = await _called(around, frozen, "temporal/entityOperations/query", f"limit={PAGE}&offset={found}", asking)
        for one in _each(page, named):
            await _called(around, target, "temporal/entities", "", one)
        found += len(page)
        if len(page) < PAGE:
            return found


def _each(page: list[dict[str, Any]], named: Any) -> list[dict[str, Any]]:
    return [{"@context": named, **one} for one in page]


async def _called(around: Around, city: City, path: str, query_string: str, body: Any) -> list[dict[str, Any]]:
    """The result of an operation of this service on a city, as a list; what it refuses is raised."""
    sent = orjson.dumps(body)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": sent}

    headers = {"content-type": JSON_LD, "content-length": str(len(sent)), "accept": "application/json"}
    request = Request("POST", NGSI_BASE + path, query_string, headers, receive, FILLER)
    from madang.web.ngsi.service import OPERATIONS  # the table of all operations, which holds those of this module

    operation, parts = Routes(OPERATIONS).find("POST", request.path)
    reply = await distributed.answer(Asked(request, city, around), operation, parts)  # type: ignore[arg-type]
    found = parse_json(reply.body) if reply.body else []
    if isinstance(found, dict) and found.get("errors"):
        raise CallerError("snapshots.not-kept", count=len(found["errors"]), why=str(found["errors"][0])[:400])
    return found if isinstance(found, list) else []


# -- answers ----------------------------------------------------------------------------------------------------------

_running: set[asyncio.Task[None]] = set()


def _later(work: Any) -> None:
    task = asyncio.create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)


def _created(asked: Asked, snapshot: Snapshot) -> Reply:
    location = f"{asked.request.mount}{ALL}/{quote(snapshot.id, safe=':')}"
    return Reply(201, headers=[(b"location", location.encode())])


def _told(asked: Asked, snapshot: Snapshot) -> Reply:
    media_type = accepted(asked.request)
    context = asked.request.base_url() + CONTEXT_PATH
    if media_type == JSON_LD:
        reply = json_reply({"@context": context, **snapshot.told()})
        return replace(reply, media_type=JSON_LD.encode())
    return json_reply(snapshot.told(), headers=[(b"link", link_to_context(context).encode("latin-1"))])


def _as_entity(told: Mapping[str, Any]) -> dict[str, Any]:
    """A snapshot in the form that queries are checked on."""
    plain = {"id": told["id"], "type": told["type"]}
    return plain | {
        name: {"type": "Property", "value": part} for name, part in told.items() if name not in ("id", "type")
    }


TABLE: Table = [
    ("POST", ALL, create_snapshot),
    ("DELETE", ALL, purge_snapshots),
    ("GET", ONE, retrieve_snapshot),
    ("PATCH", ONE, update_snapshot),
    ("DELETE", ONE, delete_snapshot),
    ("POST", ONE + "/clone", clone_snapshot),
]
