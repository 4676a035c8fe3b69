"""Subscriptions to registrations of context sources, as resources (clauses 5.11.2-5.11.6; 6.12, 6.13).

They are said in the same words as subscriptions (5.2.12) and kept the same way, as a kind of their own: what they watch
is which registered sources could know of something, not the entities themselves. `csource_notifying` tells them.
"""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from madang import clock
from madang.clock import to_text
from madang.errors import ConflictError, DataError, NotFoundError
from madang.hub.subscription_checks import patched, read_subscription
from madang.hub.subscriptions import shown, wrong
from madang.store.hubbook import Entry
from madang.web.access import RANK, require_for_branch
from madang.web.exchange import Reply, to_json
from madang.web.ngsi import subscribing
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.csource_notifying import KIND, is_span
from madang.web.ngsi.negotiation import JSON_LD, Wanted
from madang.web.ngsi.notifying import Notifier, notifier_of
from madang.web.ngsi.operations import NGSI_BASE, Table
from madang.web.ngsi.parameters import parse_query

SUBSCRIPTIONS = NGSI_BASE + "csourceSubscriptions"


async def create(asked: Asked) -> Reply:
    """POST csourceSubscriptions/ (5.11.2): 201 with the subscription's address."""
    asked.take_parameters(())
    require_for_branch(asked.request.caller, asked.city.branch_name)
    given = await asked.object_body()
    id = given["id"] if "id" in given else f"urn:ngsi-ld:Subscription:{uuid.uuid4()}"
    subscribing._check_id(id)
    said = read_subscription(given, asked.context().stored_name, now=clock.now())
    _check_time(said)
    doc = await subscribing._with_context(asked, said)
    subscribing._check_endpoint(asked, said)

    def change(tx: Any) -> None:
        if tx.entry(KIND, id) is not None:
            raise ConflictError("subscriptions.exists", id=id)
        now = to_text(clock.now())
        tx.put_entry(KIND, id, {**doc, "createdAt": now, "modifiedAt": now})

    await asked.write(change, reason="subscribe to registrations")
    location = f"{asked.request.mount}{SUBSCRIPTIONS}/{quote(id, safe=':')}"
    return Reply(201, headers=[(b"location", location.encode())])


async def update(asked: Asked, subscription_id: str) -> Reply:
    """PATCH csourceSubscriptions/{id} (5.11.3): members replaced one by one, nulls taken away."""
    asked.take_parameters(())
    require_for_branch(asked.request.caller, asked.city.branch_name)
    subscribing._check_id(subscription_id)
    fragment = await asked.object_body(patch=True)
    if fragment.pop("id", subscription_id) != subscription_id:
        raise DataError("web.id-differs", path_id=subscription_id, body_id="another id")
    name, now = asked.context().stored_name, clock.now()
    before = _existing(asked, asked.city.store.entry(KIND, subscription_id, asked.city.branch_name), subscription_id)
    trial = patched(before.doc["said"], fragment, name, now=now)
    _check_time(trial)
    subscribing._check_endpoint(asked, trial)

    def change(tx: Any) -> None:
        doc = _existing(asked, tx.entry(KIND, subscription_id), subscription_id).doc
        said = patched(doc["said"], fragment, name, now=now)
        tx.put_entry(KIND, subscription_id, {**doc, "said": said, "modifiedAt": to_text(clock.now())})

    await asked.write(change, reason="update a subscription to registrations")
    return Reply(204)


async def remove(asked: Asked, subscription_id: str) -> Reply:
    """DELETE csourceSubscriptions/{id} (5.11.6)."""
    asked.take_parameters(())
    require_for_branch(asked.request.caller, asked.city.branch_name)
    subscribing._check_id(subscription_id)

    def change(tx: Any) -> None:
        if not tx.remove_entry(KIND, subscription_id):
            raise _unknown(asked, subscription_id)

    await asked.write(change, reason="unsubscribe from registrations")
    return Reply(204)


async def retrieve(asked: Asked, subscription_id: str) -> Reply:
    """GET csourceSubscriptions/{id} (5.11.4)."""
    asked.take_parameters(("options",))
    options = asked.options(("sysAttrs",))
    subscribing._check_id(subscription_id)
    wanted, city = asked.wanted(), asked.city
    entry = _existing(asked, city.store.entry(KIND, subscription_id, city.branch_name), subscription_id)
    notifier = notifier_of(city)
    if notifier is not None:
        await notifier.courier.settled((KIND, city.branch_name, subscription_id))
    body = _shown(asked, entry, wanted, notifier, system_times="sysAttrs" in options)
    return Reply(200, to_json(body), wanted.media_type.encode(), wanted.headers())


async def query(asked: Asked) -> Reply:
    """GET csourceSubscriptions/ (5.11.5): all, page by page."""
    parameters = asked.take_parameters(("limit", "offset", "count", "options"))
    options = asked.options(("sysAttrs",))
    wanted = asked.wanted()
    paging = {name: text for name, text in parameters.items() if name in ("limit", "offset", "count")}
    page = parse_query({"local": "true", **paging}, name=asked.stored_name)
    assert page.limit is not None
    entries = asked.city.store.entries(KIND, asked.city.branch_name)
    entries.sort(key=lambda entry: (entry.doc["createdAt"], entry.id))
    chosen = entries[page.offset : page.offset + page.limit]
    notifier = notifier_of(asked.city)
    body = [_shown(asked, one, wanted, notifier, system_times="sysAttrs" in options) for one in chosen]
    links = subscribing._page_links(asked, wanted, offset=page.offset, limit=page.limit, count=len(entries))
    headers = [*wanted.headers(), *links]
    if parameters.get("count") == "true":
        headers.append((b"ngsild-results-count", b"%d" % len(entries)))
    return Reply(200, to_json(body), wanted.media_type.encode(), headers)


def _check_time(said: dict[str, Any]) -> None:
    if "temporalQ" in said and not is_span(said["temporalQ"]):
        raise wrong("temporalQ", '{"timerel": "before", "timeAt": …}, or after, or between with endTimeAt')


def _shown(
    asked: Asked, entry: Entry, wanted: Wanted, notifier: Notifier | None, *, system_times: bool
) -> dict[str, Any]:
    state = notifier.courier.states.get((KIND, entry.branch, entry.id), entry.state) if notifier else entry.state
    body = shown(entry.id, entry.doc["said"], state, wanted.context.given_name, now=clock.now())
    if "notificationTrigger" not in entry.doc["said"]:
        body.pop("notificationTrigger", None)  # what is usual for entities means nothing for registrations
    if RANK[asked.request.caller.role] < RANK["propose"]:
        body["notification"]["endpoint"] = subscribing._without_secrets(body["notification"]["endpoint"])
    if system_times:
        body |= {name: entry.doc[name] for name in ("createdAt", "modifiedAt")}
    if wanted.media_type == JSON_LD:
        body["@context"] = wanted.context_name
    return body


def _existing(asked: Asked, entry: Entry | None, id: str) -> Entry:
    if entry is None:
        raise _unknown(asked, id)
    return entry


def _unknown(asked: Asked, id: str) -> NotFoundError:
    return NotFoundError("subscriptions.unknown", id=id, tenant=asked.city.tenant)


TABLE: Table = [
    ("GET", SUBSCRIPTIONS, query),
    ("POST", SUBSCRIPTIONS, create),
    ("GET", SUBSCRIPTIONS + "/{subscription_id}", retrieve),
    ("PATCH", SUBSCRIPTIONS + "/{subscription_id}", update),
    ("DELETE", SUBSCRIPTIONS + "/{subscription_id}", remove),
]
