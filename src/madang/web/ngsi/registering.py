"""Registrations of context sources: register, update, delete, retrieve, query (clauses 5.9, 5.10; 6.8, 6.9).

A registration is kept in the hub's book with stored names. What proxied registrations (4.3.6.3) may not overlap is
looked at inside the transaction that keeps them, so two of them can't slip past each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from madang import clock
from madang.clock import from_text, to_text
from madang.entities.entity import Document, is_uri
from madang.entities.query import Query, parse_q, with_stored_names
from madang.errors import ConflictError, DataError, NotFoundError
from madang.hub.federation import attributes_of_q
from madang.hub.proxies import check_proxy
from madang.hub.registration_checks import check_registration
from madang.hub.registrations import (
    OUTPUT_MEMBERS,
    Discovery,
    Registration,
    Sought,
    Span,
    compiled,
    found_by,
    renamed,
)
from madang.web.exchange import Header, Reply, to_json
from madang.web.inthreads import in_thread
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.negotiation import JSON_LD, Wanted
from madang.web.ngsi.operations import NGSI_BASE, Table
from madang.web.ngsi.parameters import parse_query

REGISTRATIONS = NGSI_BASE + "csourceRegistrations"
NULL = "urn:ngsi-ld:null"
_NOT_GIVEN = OUTPUT_MEMBERS | {"createdAt", "modifiedAt"}
HIDDEN = "***"
SECRETS = frozenset(("authorization", "cookie", "x-auth-token", "x-api-key", "proxy-authorization"))
QUERY = frozenset(
    (
        *("attrs", "coordinates", "csf", "endTimeAt", "geometry", "geometryProperty", "geoproperty", "georel", "id"),
        *("idPattern", "lang", "omit", "pick", "q", "scopeQ", "timeAt", "timeproperty", "timerel", "type"),
        *("limit", "offset", "count", "options", "datasetId"),
    )
)


async def register(asked: Asked) -> Reply:
    """POST csourceRegistrations/ (5.9.2): 201 with the registration's address."""
    asked.take_parameters(())
    given = await asked.object_body()
    given.setdefault("id", f"urn:ngsi-ld:ContextSourceRegistration:{uuid.uuid4()}")
    document = _checked(asked, {name: part for name, part in given.items() if name not in _NOT_GIVEN})
    id = document["id"]

    def change(tx: Any) -> None:
        if (before := tx.entry("registration", id)) is not None and not compiled(before.doc).expired(clock.now()):
            raise ConflictError("registrations.exists", id=id)
        check_proxy(tx, asked.city.view(), document, now=clock.now())
        now = to_text(clock.now())
        tx.put_entry("registration", id, {**document, "createdAt": now, "modifiedAt": now})

    await asked.write(change, reason="register a context source")
    location = f"{asked.request.mount}{REGISTRATIONS}/{quote(id, safe=':')}"
    return Reply(201, headers=[(b"location", location.encode())])


async def update(asked: Asked, registration_id: str) -> Reply:
    """PATCH csourceRegistrations/{id} (5.9.3): members replaced one by one, nulls removed."""
    asked.take_parameters(())
    _check_id(registration_id)
    given = await asked.object_body(patch=True)
    if given.pop("id", registration_id) != registration_id:
        raise DataError("web.id-differs", path_id=registration_id, body_id="another id")
    fragment = {name: part for name, part in given.items() if name not in _NOT_GIVEN}

    def change(tx: Any) -> None:
        entry = tx.entry("registration", registration_id)
        if entry is None:
            raise NotFoundError("registrations.unknown", id=registration_id, tenant=asked.city.tenant)
        gone = {name for name, part in fragment.items() if part is None or part == NULL}
        shown = renamed(entry.doc, asked.context().given_name)
        made = {name: part for name, part in {**shown, **fragment}.items() if name not in gone}
        document = _checked(asked, made)
        check_proxy(tx, asked.city.view(), document, now=clock.now())
        tx.put_entry("registration", registration_id, {**document, "modifiedAt": to_text(clock.now())})

    await asked.write(change, reason="update a registration")
    return Reply(204)


async def remove(asked: Asked, registration_id: str) -> Reply:
    """DELETE csourceRegistrations/{id} (5.9.4)."""
    asked.take_parameters(())
    _check_id(registration_id)

    def change(tx: Any) -> None:
        if not tx.remove_entry("registration", registration_id):
            raise NotFoundError("registrations.unknown", id=registration_id, tenant=asked.city.tenant)

    await asked.write(change, reason="delete a registration")
    asked.around.sources.forget(asked.city, registration_id)
    return Reply(204)


async def retrieve(asked: Asked, registration_id: str) -> Reply:
    """GET csourceRegistrations/{id} (5.10.1)."""
    asked.take_parameters(("options", "lang"))
    options = asked.options(("sysAttrs",))
    _check_id(registration_id)
    wanted = asked.wanted()
    found = asked.around.sources.book(asked.city).all.get(registration_id)
    if found is None or found.expired(clock.now()):
        raise NotFoundError("registrations.unknown", id=registration_id, tenant=asked.city.tenant)
    shown = _shown(asked, found, wanted, system_times="sysAttrs" in options)
    return Reply(200, to_json(shown), wanted.media_type.encode(), wanted.headers())


async def query(asked: Asked) -> Reply:
    """GET csourceRegistrations/ (5.10.2): the registrations that may know of what is asked for, page by page."""
    parameters = asked.take_parameters(QUERY)
    options = asked.options(("sysAttrs", "normalized", "concise", "simplified", "keyValues"))
    wanted = asked.wanted()
    discovery, own_ids = discovery_of(parameters, asked)
    now = clock.now()

    def find() -> list[Registration]:
        alive = [one for one in book.all.values() if not one.expired(now)]
        if own := [one for one in alive if one.id in own_ids]:
            return own
        return [one for one in alive if found_by(discovery, one)]

    book = asked.around.sources.book(asked.city)
    found = await in_thread(find) if len(book) > 200 else find()
    page, headers = _paged(asked, found, wanted)
    shown = [_shown(asked, one, wanted, system_times="sysAttrs" in options) for one in page]
    return Reply(200, to_json(shown), wanted.media_type.encode(), [*wanted.headers(), *headers])


def discovery_of(parameters: Mapping[str, str], asked: Asked) -> tuple[Discovery, frozenset[str]]:
    """The question for registrations that parameters ask, and the ids among them that may be registrations' own."""
    if not any(parameters.get(name) for name in ("type", "attrs", "q", "georel", "id", "idPattern", "csf", "scopeQ")):
        raise DataError("registrations.query-too-wide")
    asking = {name: value for name, value in parameters.items() if name not in ("lang", "pick", "omit")}
    query = parse_query({**asking, "local": "true"}, name=asked.stored_name)
    sought = Sought(
        types=query.types,
        ids=query.ids,
        id_pattern=query.id_pattern,
        attributes=frozenset((*query.attrs, *attributes_of_q(query.q))),
        datasets=frozenset(part for part in parameters.get("datasetId", "").split(",") if part),
    )
    discovery = Discovery(
        sought=(sought,),
        geo=query.geo,
        scopes=query.scopes,
        filter=filter_of(parameters, asked),
        span=span_of(parameters),
    )
    return discovery, frozenset(query.ids)


def filter_of(parameters: Mapping[str, str], asked: Asked) -> Any:
    """The context source filter (`csf`), with stored names."""
    if "csf" not in parameters:
        return None
    return with_stored_names(Query(q=parse_q(parameters["csf"])), asked.stored_name).q


def span_of(parameters: Mapping[str, str]) -> Span | None:
    """The temporal query of a discovery (4.11)."""
    relation = parameters.get("timerel")
    if relation is None:
        return None
    wanted = ("timeAt", "endTimeAt") if relation == "between" else ("timeAt",)
    if relation not in ("before", "after", "between"):
        raise DataError("web.parameter-value", parameter="timerel", value=relation, expected="before, after, between")
    moments = []
    for name in wanted:
        try:
            moments.append(from_text(parameters[name].replace(" ", "+")))
        except KeyError:
            raise DataError("web.parameter-missing", parameter=name, expected=", ".join(wanted)) from None
        except ValueError:
            value, expected = parameters[name], "2026-01-31T09:00:00Z"
            raise DataError("web.parameter-value", parameter=name, value=value, expected=expected) from None
    prop = parameters.get("timeproperty", "observedAt")
    if prop not in ("observedAt", "createdAt", "modifiedAt", "deletedAt"):
        expected = "observedAt, createdAt, modifiedAt, deletedAt"
        raise DataError("web.parameter-value", parameter="timeproperty", value=prop, expected=expected)
    return Span(relation, moments[0], moments[1] if len(moments) > 1 else None, prop)  # type: ignore[arg-type]


# -- what the operations share ----------------------------------------------------------------------------------------


def _check_id(id: str) -> None:
    if not is_uri(id):
        raise DataError("web.id-not-a-uri", id=id)


def _checked(asked: Asked, given: Document) -> Document:
    """A registration that was checked, with stored names."""
    return renamed(check_registration(given, now=clock.now()), asked.stored_name)


def _shown(asked: Asked, found: Registration, wanted: Wanted, *, system_times: bool = False) -> Document:
    """A registration as an answer shows it; what lets us in at a source is only for whoever may decide."""
    document = {**found.document, **asked.around.sources.state(asked.city, found.id)}
    if not system_times:
        document = {name: part for name, part in document.items() if name not in ("createdAt", "modifiedAt")}
    if asked.request.caller.role != "decide" and "contextSourceInfo" in document:
        document["contextSourceInfo"] = [
            {**pair, "value": HIDDEN} if pair["key"].lower() in SECRETS else pair
            for pair in document["contextSourceInfo"]
        ]
    shown = renamed(document, wanted.context.given_name)
    if wanted.media_type == JSON_LD:
        shown = {"@context": wanted.context_name, **shown}
    return shown


def _paged(asked: Asked, found: list[Registration], wanted: Wanted) -> tuple[list[Registration], list[Header]]:
    """The page asked for, links to its neighbours, and the count if it was asked for (5.5.9, 6.3.10, 6.3.13)."""
    query = parse_query({"local": "true", **_page_parameters(asked.parameters)}, name=asked.stored_name)
    limit, offset = query.limit or 0, query.offset
    path = asked.request.mount + asked.request.path.rstrip("/")
    neighbours = []
    if offset > 0 and limit > 0:
        neighbours.append(("prev", max(0, offset - limit)))
    if offset + limit < len(found) and limit > 0:
        neighbours.append(("next", offset + limit))
    headers: list[Header] = []
    for relation, start in neighbours:
        target = urlencode({**asked.parameters, "limit": limit, "offset": start})
        headers.append((b"link", f'<{path}?{target}>; rel="{relation}"; type="{wanted.media_type}"'.encode()))
    if asked.parameters.get("count") == "true":
        headers.append((b"ngsild-results-count", b"%d" % len(found)))
    return found[offset : offset + limit], headers


def _page_parameters(parameters: Mapping[str, str]) -> dict[str, str]:
    return {name: parameters[name] for name in ("limit", "offset", "count") if name in parameters}


TABLE: Table = [
    ("POST", REGISTRATIONS, register),
    ("GET", REGISTRATIONS, query),
    ("GET", REGISTRATIONS + "/{registration_id}", retrieve),
    ("PATCH", REGISTRATIONS + "/{registration_id}", update),
    ("DELETE", REGISTRATIONS + "/{registration_id}", remove),
]
