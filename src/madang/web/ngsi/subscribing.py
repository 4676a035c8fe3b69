"""Subscriptions as resources (clauses 5.8.1-5.8.5; 6.10, 6.11).

A subscription stands in the hub's book with stored names, and with the @context it came with, by which its
notifications are written. A change of it takes effect with its transaction; former versions stay beside it for as long
as changes made before are still to be looked at. Values of receiverInfo that are secrets are shown to those who may
write only.
"""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote, urlencode

from madang import clock
from madang.clock import to_text
from madang.entities.entity import is_uri
from madang.errors import ConflictError, DataError, NotFoundError
from madang.hub.outbox import CURSOR, KIND
from madang.hub.subscription_checks import patched, read_subscription
from madang.hub.subscriptions import shown
from madang.store.following import cursor_in
from madang.store.hubbook import Entry
from madang.web.access import RANK, require_for_branch
from madang.web.exchange import Header, Reply, Request, to_json
from madang.web.inthreads import in_thread
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.negotiation import CONTEXT_PATH, JSON_LD, Wanted, linked_address
from madang.web.ngsi.notifying import Notifier, notifier_of
from madang.web.ngsi.operations import NGSI_BASE, Table
from madang.web.ngsi.parameters import parse_query

SUBSCRIPTIONS = NGSI_BASE + "subscriptions"
HIDDEN = "***"
SECRETS = frozenset(("authorization", "cookie", "x-auth-token", "x-api-key", "proxy-authorization"))


async def create(asked: Asked) -> Reply:
    """POST subscriptions/ (5.8.1): 201 with the subscription's address."""
    asked.take_parameters(("local",))
    require_for_branch(asked.request.caller, asked.city.branch_name)
    given = await asked.object_body()
    id = given["id"] if "id" in given else f"urn:ngsi-ld:Subscription:{uuid.uuid4()}"
    _check_id(id)
    if asked.parameters.get("local") == "true":
        given.setdefault("localOnly", True)
    said = read_subscription(given, asked.context().stored_name, now=clock.now())
    doc = await _with_context(asked, said)
    _check_endpoint(asked, said)

    def change(tx: Any) -> None:
        if tx.entry(KIND, id) is not None:
            raise ConflictError("subscriptions.exists", id=id)
        now = to_text(clock.now())
        tx.put_entry(KIND, id, {**doc, "createdAt": now, "modifiedAt": now})

    await asked.write(change, reason="subscribe")
    location = f"{asked.request.mount}{SUBSCRIPTIONS}/{quote(id, safe=':')}"
    return Reply(201, headers=[(b"location", location.encode())])


async def update(asked: Asked, subscription_id: str) -> Reply:
    """PATCH subscriptions/{id} (5.8.2): members replaced one by one, nulls taken away; 204."""
    asked.take_parameters(("local",))
    require_for_branch(asked.request.caller, asked.city.branch_name)
    _check_id(subscription_id)
    fragment = await asked.object_body(patch=True)
    if fragment.pop("id", subscription_id) != subscription_id:
        raise DataError("web.id-differs", path_id=subscription_id, body_id="another id")
    name, now = asked.context().stored_name, clock.now()
    before = _existing(asked, asked.city.store.entry(KIND, subscription_id, asked.city.branch_name), subscription_id)
    trial = patched(before.doc["said"], fragment, name, now=now)
    _check_endpoint(asked, trial)
    if "jsonldContext" in trial:
        await _check_context(asked, trial["jsonldContext"])

    def change(tx: Any) -> None:
        entry = _existing(asked, tx.entry(KIND, subscription_id), subscription_id)
        said = patched(entry.doc["said"], fragment, name, now=now)
        tx.put_entry(KIND, subscription_id, _next_version(entry, said, cursor_in(tx, CURSOR)))

    await asked.write(change, reason="update a subscription")
    return Reply(204)


async def remove(asked: Asked, subscription_id: str) -> Reply:
    """DELETE subscriptions/{id} (5.8.5): 204; what it was still due is thrown away."""
    asked.take_parameters(("local",))
    require_for_branch(asked.request.caller, asked.city.branch_name)
    _check_id(subscription_id)

    def change(tx: Any) -> None:
        if not tx.remove_entry(KIND, subscription_id):
            raise _unknown(asked, subscription_id)

    await asked.write(change, reason="unsubscribe")
    return Reply(204)


async def retrieve(asked: Asked, subscription_id: str) -> Reply:
    """GET subscriptions/{id} (5.8.3)."""
    asked.take_parameters(("options", "local"))
    options = asked.options(("sysAttrs",))
    _check_id(subscription_id)
    wanted = asked.wanted()
    city = asked.city
    entry = _existing(asked, city.store.entry(KIND, subscription_id, city.branch_name), subscription_id)
    notifier = notifier_of(city)
    if notifier is not None:
        await notifier.courier.settled((KIND, city.branch_name, subscription_id))
    body = _shown(asked, entry, wanted, notifier, system_times="sysAttrs" in options)
    headers = [*wanted.headers(), *preference_applied(asked.request)]
    return Reply(200, to_json(body), wanted.media_type.encode(), headers)


async def query(asked: Asked) -> Reply:
    """GET subscriptions/ (5.8.4): all, page by page."""
    parameters = asked.take_parameters(("limit", "offset", "count", "options", "local"))
    options = asked.options(("sysAttrs",))
    wanted = asked.wanted()
    paging = {name: text for name, text in parameters.items() if name in ("limit", "offset", "count")}
    page = parse_query({"local": "true", **paging}, name=asked.stored_name)
    assert page.limit is not None
    entries = await in_thread(asked.city.store.entries, KIND, asked.city.branch_name)
    entries.sort(key=lambda entry: (entry.doc["createdAt"], entry.id))
    chosen = entries[page.offset : page.offset + page.limit]
    notifier = notifier_of(asked.city)
    body = [_shown(asked, one, wanted, notifier, system_times="sysAttrs" in options) for one in chosen]
    headers = [*wanted.headers(), *preference_applied(asked.request)]
    headers += _page_links(asked, wanted, offset=page.offset, limit=page.limit, count=len(entries))
    if parameters.get("count") == "true":
        headers.append((b"ngsild-results-count", b"%d" % len(entries)))
    return Reply(200, to_json(body), wanted.media_type.encode(), headers)


TABLE: Table = [
    ("GET", SUBSCRIPTIONS, query),
    ("POST", SUBSCRIPTIONS, create),
    ("GET", SUBSCRIPTIONS + "/{subscription_id}", retrieve),
    ("PATCH", SUBSCRIPTIONS + "/{subscription_id}", update),
    ("DELETE", SUBSCRIPTIONS + "/{subscription_id}", remove),
]


# -- what is kept -----------------------------------------------------------------------------------------------------


async def _with_context(asked: Asked, said: dict[str, Any]) -> dict[str, Any]:
    """What the book keeps of a subscription: what was said, and the @context and tenant it was said under."""
    named = asked.wanted().context_name
    if "jsonldContext" in said:
        await _check_context(asked, said["jsonldContext"])
    own = asked.request.base_url() + CONTEXT_PATH
    link = own if named == own else linked_address(asked.request, asked.contexts, named, asked.city)
    tenant = asked.request.headers.get("ngsild-tenant")
    if tenant is None and asked.request.mount:
        tenant = asked.request.mount.strip("/")
    here = asked.request.base_url()  # where sources that get a copy are to tell us (5.8.1.4)
    return {"said": said, "context": named, "link": link, "tenant": tenant, "here": here}


async def _check_context(asked: Asked, url: str) -> None:
    """See that the @context notifications are to be written by can be had: 504 if not, 400 if it is none (5.8.1.4)."""
    await asked.contexts.ready(url, asked.city)
    asked.contexts.compiled(url)


def _check_endpoint(asked: Asked, said: dict[str, Any]) -> None:
    """Refuse an endpoint on this machine or its link, unless the server was started to allow them."""
    uri = said["notification"]["endpoint"]["uri"]
    scheme, _, rest = uri.partition(":")
    plain = {"mqtt": "http", "mqtts": "https"}.get(scheme, scheme)
    asked.around.outgoing.check(f"{plain}:{rest}")


def _next_version(entry: Entry, said: dict[str, Any], read_upto: int) -> dict[str, Any]:
    """The entry with a new version, and the former ones that changes after `read_upto` may still need."""
    doc = entry.doc
    present = {name: doc[name] for name in ("said", "context", "link", "tenant")}
    former = [*doc.get("earlier", ()), {**present, "since": entry.tx}]
    ends = [*(one["since"] for one in former[1:]), None]
    kept = [one for one, end in zip(former, ends, strict=True) if end is None or end > read_upto]
    return {**doc, "said": said, "earlier": kept, "modifiedAt": to_text(clock.now())}


def _existing(asked: Asked, entry: Entry | None, id: str) -> Entry:
    if entry is None:
        raise _unknown(asked, id)
    return entry


def _unknown(asked: Asked, id: str) -> NotFoundError:
    return NotFoundError("subscriptions.unknown", id=id, tenant=asked.city.tenant)


def _check_id(id: Any) -> None:
    if not isinstance(id, str) or not is_uri(id):
        raise DataError("web.id-not-a-uri", id=str(id)[:200])


# -- what is shown ----------------------------------------------------------------------------------------------------


def _shown(
    asked: Asked, entry: Entry, wanted: Wanted, notifier: Notifier | None, *, system_times: bool
) -> dict[str, Any]:
    state = entry.state
    if notifier is not None:
        state = notifier.courier.state((KIND, entry.branch, entry.id))
    body = shown(entry.id, entry.doc["said"], state, wanted.context.given_name, now=clock.now())
    if "jsonldContext" not in body and _has_no_address(entry.doc["context"]) and entry.doc.get("link"):
        body["jsonldContext"] = entry.doc["link"]  # the address its context was given here (5.13.1)
    if RANK[asked.request.caller.role] < RANK["propose"]:
        body["notification"]["endpoint"] = _without_secrets(body["notification"]["endpoint"])
    if system_times:
        body |= {name: entry.doc[name] for name in ("createdAt", "modifiedAt")}
    if wanted.media_type == JSON_LD:
        body["@context"] = wanted.context_name
    return body


def _has_no_address(named: Any) -> bool:
    """Whether a context has no address of its own: it came inline, or as a list of several."""
    only = named[0] if isinstance(named, list) and len(named) == 1 else named
    return not isinstance(only, str)


def _without_secrets(endpoint: dict[str, Any]) -> dict[str, Any]:
    made = dict(endpoint)
    if "receiverInfo" in made:
        made["receiverInfo"] = [
            {**pair, "value": HIDDEN} if pair["key"].lower() in SECRETS else pair for pair in made["receiverInfo"]
        ]
    made["uri"] = without_password(made["uri"])
    return made


def without_password(uri: str) -> str:
    """An endpoint's address without the user and password it may hold."""
    scheme, mark, rest = uri.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{HIDDEN}@{authority.rpartition('@')[2]}{slash}{path}" if "@" in authority else uri


def preference_applied(request: Request) -> list[Header]:
    """Preference-Applied for `Prefer: ngsi-ld=…`; a subscription has no older form to fall back to (4.3.6.8)."""
    for part in request.headers.get("prefer", "").split(","):
        key, _, value = part.partition(";")[0].strip().partition("=")
        if key.strip().lower() == "ngsi-ld" and value:
            return [(b"preference-applied", b"ngsi-ld=" + value.strip().strip('"').encode("latin-1", "replace"))]
    return []


def _page_links(asked: Asked, wanted: Wanted, *, offset: int, limit: int, count: int) -> list[Header]:
    pages = []
    if offset > 0 and limit > 0:
        pages.append(("prev", max(0, offset - limit)))
    if offset + limit < count and limit > 0:
        pages.append(("next", offset + limit))
    path = asked.request.mount + asked.request.path.rstrip("/")
    found = []
    for relation, start in pages:
        target = urlencode({**asked.parameters, "limit": limit, "offset": start})
        found.append((b"link", f'<{path}?{target}>; rel="{relation}"; type="{wanted.media_type}"'.encode()))
    return found
