"""The service that sends subscriptions on to registered sources, and the door by which these tell us (5.8.1.4, 5.8.6).

What should stand at sources is compared with what does, after each commit that touched subscriptions or registrations:
copies are made, changed and taken back there. What stands where is kept in the hub's book, beside the transactions, so
a new start loses none. A source that does not answer is asked again, at longer and longer intervals.

A source tells us at /told/{tenant}/{key}; the key is ours alone and names one copy. What comes in goes out to the
subscriber by the outbox, as what happens here does, under his subscription's own id.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import orjson

from madang import clock
from madang.city import City
from madang.clock import to_text
from madang.entities.context import Context, core_context
from madang.errors import CallerError, MadangError, NotFoundError
from madang.hub.forwarded import copy_of, is_sent_on, takes_copies
from madang.hub.notifications import context_named, manner, notification_id
from madang.hub.registrations import ON_REQUEST, Registration, compiled, passes
from madang.hub.subscriptions import Subscription, subscription_of
from madang.store import Store
from madang.store.hubbook import Entry
from madang.store.outbox import Letter
from madang.web.around import Around
from madang.web.exchange import Reply, read_body
from madang.web.ngsi.csource_notifying import discovery_of
from madang.web.ngsi.notifying import notifier_of
from madang.web.ngsi.operations import NGSI_BASE

KIND: Final = "forwarded-subscription"
DOOR = "/told/"
LARGEST = 16 << 20
WITHIN_S = 5.0
LOOK_EVERY_S = 1.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 300.0
MOST_FAREWELLS = 5  # how often a source is asked to drop a copy before it is left to it
AT_ONCE = 8
log = logging.getLogger("madang.forwarding")

RUNNING: dict[Store, Forwarder] = {}


@dataclass(slots=True)
class _Wait:
    until: float = 0.0
    tries: int = 0


class Forwarder:
    """What sends the subscriptions of one city on."""

    def __init__(self, around: Around, city: City) -> None:
        self._around, self._city = around, city
        self._copies: dict[tuple[str, str], dict[str, Any]] = {}  # by branch and id: what stands at a source
        self._by_key: dict[str, tuple[str, str]] = {}
        self._waits: dict[tuple[str, str], _Wait] = {}
        self._turns: tuple[int, int] | None = None
        self._wanted: dict[tuple[str, str], dict[str, Any]] = {}
        self._is_settled = False

    async def start(self) -> None:
        """Read what stands at sources."""
        for entry in await asyncio.to_thread(self._city.store.entries, KIND, None):
            self._hold(entry.branch, entry.id, entry.doc)

    async def look(self) -> None:
        """Make what stands at sources what should stand there."""
        store = self._city.store
        turns = store.entries_turn("subscription"), store.entries_turn("registration")
        if turns != self._turns:
            self._wanted = await self._all_wanted()
            self._turns = turns
        elif self._is_settled:
            return  # something else was committed
        now = clock.elapsed_s()
        due, self._is_settled = [], True
        for of in {*self._wanted, *self._copies}:
            wanted, here = self._wanted.get(of), self._copies.get(of)
            settled = wanted is not None and here is not None and here["version"] == wanted["version"]
            self._is_settled = self._is_settled and settled
            if not settled and self._waits.setdefault(of, _Wait()).until <= now:
                due.append(of)
        for start in range(0, len(due), AT_ONCE):
            await asyncio.gather(*(self._settle(of) for of in due[start : start + AT_ONCE]))

    async def _all_wanted(self) -> dict[tuple[str, str], dict[str, Any]]:
        store, now = self._city.store, clock.now()
        sources: dict[str, list[Registration]] = {}
        for one in await asyncio.to_thread(store.entries, "registration", None):
            registration = compiled(one.doc, tx=one.tx)
            if takes_copies(registration, now):
                sources.setdefault(one.branch, []).append(registration)
        if not sources:
            return {}
        wanted: dict[tuple[str, str], dict[str, Any]] = {}
        for entry in await asyncio.to_thread(store.entries, "subscription", None):
            if entry.branch in sources and "here" in entry.doc and is_sent_on(entry.doc["said"]):
                with suppress(MadangError):  # what an older version kept and this one can't read stops no other
                    wanted |= await self._wanted_of(entry, sources[entry.branch])
        return wanted

    async def _wanted_of(self, entry: Entry, sources: list[Registration]) -> dict[tuple[str, str], dict[str, Any]]:
        one, context = await self._read(entry)
        discovery = discovery_of(one, entry.doc["said"], context)
        made = {}
        for registration in sources:
            id = f"{entry.id} {registration.id}"
            held = self._copies.get((entry.branch, id), {})
            key, remote = held.get("key") or secrets.token_urlsafe(24), held.get("remote") or _new_id()
            door = f"{entry.doc['here']}{DOOR}{quote(self._tenant(entry.branch), safe='~')}/{key}"
            body = copy_of(
                remote, entry.doc["said"], registration, discovery.sought,
                given=context.given_name, context=one.context, door=door, now=clock.now(),
            )  # fmt: skip
            if body is not None and (discovery.filter is None or passes(discovery.filter, registration)):
                made[entry.branch, id] = {
                    "key": key,
                    "remote": remote,
                    "subscription": entry.id,
                    "source": _source_of(registration),
                    "version": f"{entry.tx}.{registration.tx}",
                    "body": body,
                }
        return made

    def _tenant(self, branch: str) -> str:
        return self._city.id if branch == "main" else f"{self._city.id}~{branch}"

    async def _read(self, entry: Entry) -> tuple[Subscription, Context]:
        doc = entry.doc
        one = subscription_of(
            entry.id, entry.branch, doc["said"], context=doc["context"], link=doc.get("link"), tenant=doc.get("tenant")
        )
        await self._around.contexts.ready(one.context, self._city)
        try:
            return one, self._around.contexts.compiled(one.context)
        except CallerError:
            return one, core_context()

    # -- at the source ------------------------------------------------------------------------------------------------

    async def _settle(self, of: tuple[str, str]) -> None:
        """Bring one copy to what it should be; what fails is tried again later."""
        wanted, here = self._wanted.get(of), self._copies.get(of)
        if wanted is None:
            assert here is not None
            if await self._dropped(here) or self._later(of) >= MOST_FAREWELLS:
                self._release(of)
            return
        if here is None:
            self._hold(*of, {name: part for name, part in wanted.items() if name != "body"} | {"version": ""})
            here = self._copies[of]
            await self._keep(of)  # known before it is sent: what a source then tells us finds its subscriber
        done = await self._put(here, wanted)
        if done:
            self._waits.pop(of, None)
            here |= {"version": wanted["version"], "source": wanted["source"], "made": True}
            await self._keep(of)
        else:
            self._later(of)

    async def _put(self, here: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
        source = wanted["source"]
        if not here.get("made"):
            status = await self._ask("POST", source, "subscriptions", wanted["body"])
            return status in (200, 201, 409)
        if "updateSubscription" not in source["operations"]:
            return True
        body = {name: part for name, part in wanted["body"].items() if name != "id"}
        status = await self._ask("PATCH", source, f"subscriptions/{here['remote']}", body)
        if status == 404:  # it was lost there
            status = await self._ask("POST", source, "subscriptions", wanted["body"])
        return status is not None and 200 <= status < 300

    async def _dropped(self, here: Mapping[str, Any]) -> bool:
        source = here["source"]
        if not here.get("made") or "deleteSubscription" not in source["operations"]:
            return True
        return await self._ask("DELETE", source, f"subscriptions/{here['remote']}", None) in (200, 204, 404)

    async def _ask(self, method: str, source: Mapping[str, Any], path: str, body: Any) -> int | None:
        headers = {"Accept": "application/json", **source["headers"]}
        if body is not None:
            headers["Content-Type"] = "application/ld+json"
        try:
            answer = await self._around.outgoing.request(
                method, f"{source['endpoint']}{NGSI_BASE}{path}", headers=headers,
                body=None if body is None else orjson.dumps(body), within_s=WITHIN_S, largest=1 << 20,
            )  # fmt: skip
        except MadangError as problem:
            log.info("a subscription could not be sent on to %s: %s", source["endpoint"], problem)
            return None
        return answer.status

    def _later(self, of: tuple[str, str]) -> int:
        wait = self._waits.setdefault(of, _Wait())
        wait.until = clock.elapsed_s() + min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**wait.tries)
        wait.tries = min(wait.tries + 1, 20)
        return wait.tries

    # -- what is kept -------------------------------------------------------------------------------------------------

    def _hold(self, branch: str, id: str, doc: dict[str, Any]) -> None:
        self._copies[branch, id] = doc
        self._by_key[doc["key"]] = branch, id

    async def _keep(self, of: tuple[str, str]) -> None:
        await asyncio.wrap_future(self._city.store.keep_entry(KIND, of[1], dict(self._copies[of]), of[0]))

    def _release(self, of: tuple[str, str]) -> None:
        self._by_key.pop(self._copies.pop(of)["key"], None)
        self._waits.pop(of, None)
        self._city.store.drop_entry(KIND, of[1], of[0])

    # -- what a source tells ------------------------------------------------------------------------------------------

    def knows(self, key: str) -> bool:
        """Whether a key names a copy."""
        return key in self._by_key

    async def told(self, key: str, notification: Any) -> None:
        """Pass on what a source tells of a copy, to whom it is for; NotFoundError for a key that is none of ours."""
        of = self._by_key.get(key)
        held = self._copies.get(of) if of is not None else None
        if of is None or held is None:
            raise NotFoundError("subscriptions.copy-unknown")
        entry = await asyncio.to_thread(self._city.store.entry, "subscription", held["subscription"], of[0])
        data = notification.get("data") if isinstance(notification, dict) else None
        notifier = notifier_of(self._city)
        if entry is None or notifier is None or not data or not isinstance(data, (list, dict)):
            return
        one, _ = await self._read(entry)
        now = clock.now()
        if one.is_open(now):
            await notifier.courier.post([_letter(one, entry.tx, str(notification.get("id")), held["remote"], data)])


def _letter(one: Subscription, tx: int, told: str, remote: str, data: Any) -> Letter:
    """The notification as the subscriber gets it: with his own subscription's id (5.8.6)."""
    now = clock.now()
    id = notification_id(f"{one.branch}|{one.id}", remote, told)
    body = {"id": id, "type": "Notification", "subscriptionId": one.id, "notifiedAt": to_text(now), "data": data}
    if one.endpoint.accept == "application/ld+json":
        body["@context"] = context_named(one.context)
    return Letter(
        id=id,
        endpoint=one.endpoint.uri,
        kind="subscription",
        subscription=one.id,
        branch=one.branch,
        tx=tx,
        made=now,
        manner=manner(one),
        body=orjson.dumps(body),
        due=now,
    )


def _source_of(registration: Registration) -> dict[str, Any]:
    """How a source is asked, kept for when its registration is gone."""
    headers = {key: value for key, value in registration.told if value != ON_REQUEST and key.lower() not in _NOT_TOLD}
    if registration.tenant:
        headers["NGSILD-Tenant"] = registration.tenant
    return {
        "endpoint": registration.endpoint.removesuffix(NGSI_BASE.rstrip("/")),
        "headers": headers,
        "operations": sorted(one for one in registration.operations if one.endswith("Subscription")),
    }


_NOT_TOLD = frozenset(
    (
        *("accept", "connection", "content-length", "content-type", "contenttype", "host", "jsonldcontext", "link"),
        *("ngsild-tenant", "ngsildconformance", "transfer-encoding", "upgrade", "te", "trailer", "expect", "via"),
    )
)


def _new_id() -> str:
    return f"urn:ngsi-ld:Subscription:{uuid.uuid4()}"


async def told(around: Around, path: str, headers: dict[str, str], receive: Any) -> Reply:
    """POST /told/{tenant}/{key}: a source's notification; whoever has the key may send it, and nothing else."""
    tenant, _, key = path[len(DOOR) :].rstrip("/").partition("/")
    city = around.tenants.cities.get(tenant.partition("~")[0])
    forwarder = RUNNING.get(city.store) if city is not None else None
    if forwarder is None or not forwarder.knows(key):
        raise NotFoundError("subscriptions.copy-unknown")  # and no word about which cities there are
    body = await read_body(receive, headers, LARGEST)
    try:
        notification = orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise CallerError("web.json-malformed", line=wrong.lineno, column=wrong.colno, reason=wrong.msg) from None
    await forwarder.told(key, notification)
    return Reply(204)


async def run(around: Around, city: City) -> None:
    """Send the subscriptions of one city on until cancelled."""
    forwarder = Forwarder(around, city)
    await forwarder.start()
    RUNNING[city.store] = forwarder
    woken, loop = asyncio.Event(), asyncio.get_running_loop()

    def wake() -> None:
        with suppress(RuntimeError):  # the loop is closed: the server is ending
            loop.call_soon_threadsafe(woken.set)

    ended = city.store.when_committed(wake)
    try:
        while True:
            woken.clear()
            await forwarder.look()
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), LOOK_EVERY_S)
    finally:
        ended()
        RUNNING.pop(city.store, None)
