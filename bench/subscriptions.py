"""What subscriptions cost: matching, delivering to a loopback endpoint, and ten thousand of them beside writes.

    .venv/bin/python bench/subscriptions.py

The receiver is a process of its own that answers 200 at once. Rates are by the wall clock of this machine.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
from pathlib import Path
from typing import Any

from madang import clock
from madang.entities.context import city_context
from madang.entities.entity import canonical_bytes
from madang.hub.delivering import Courier
from madang.hub.outbox import Follower
from madang.hub.outgoing import Outgoing
from madang.hub.subscription_checks import read_subscription
from madang.hub.subscriptions import subscription_of
from madang.hub.triggers import Standing, Version, changed
from madang.store import Store, outbox
from madang.store.following import Happening

MANY = 10_000


def said(number: int, uri: str) -> dict[str, Any]:
    """One subscription of a city's mix: by id, by type and attribute, by an equality, by a threshold."""
    kind = number % 4
    given: dict[str, Any] = {
        "type": "Subscription",
        "entities": [{"type": f"Type{number % 50}", **({"id": f"urn:e:{number}"} if kind == 0 else {})}],
        "notification": {"endpoint": {"uri": uri}},
    }
    if kind == 1:
        given["watchedAttributes"] = [f"w{number % 20}"]
    elif kind == 2:
        given["q"] = f'owner=="o{number}"'
    elif kind == 3:
        given["q"] = f"level>{number}"
        given["watchedAttributes"] = ["level"]
    return read_subscription(given, str, now=clock.now())


def entity(number: int, value: Any, kind: str = "Type4") -> dict[str, Any]:
    """One entity with a few attributes."""
    parts = {"level": value, "owner": f"o{number}", "name": "a", "note": "x" * 100}
    return {"id": f"urn:e:{number}", "type": kind, **{n: {"type": "Property", "value": v} for n, v in parts.items()}}


def matching() -> None:
    """Changes looked up among ten thousand subscriptions."""
    standing = Standing()
    for number in range(MANY):
        one = subscription_of(f"urn:s:{number}", "main", said(number, "http://127.0.0.1/x"))
        standing.put("main", one.id, [Version(0, one)])
    now = clock.now()
    changes = [
        changed(
            Happening(
                1, now, "main", f"urn:e:{n % MANY}", False, (f"Type{n % 50}",),
                canonical_bytes(entity(n % MANY, n, f"Type{n % 50}")),
                canonical_bytes(entity(n % MANY, n + 1, f"Type{n % 50}")),
            )
        )
        for n in range(5000)
    ]  # fmt: skip
    began = clock.elapsed_s()
    checked = sum(len(standing.candidates(one)) for one in changes)
    found = sum(len(standing.concerned(one)) for one in changes)
    took = (clock.elapsed_s() - began) / 1.5  # the candidates were looked up twice
    print(f"matching: {len(changes) / took:,.0f} changes/s among {MANY:,}; {checked / len(changes):.1f} checked,"
          f" {found / len(changes):.1f} matched a change; {checked / took:,.0f} checks/s")  # fmt: skip


def receive(ready: Any, seen: Any) -> None:
    """A receiver that counts."""

    class Taking(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport, self.rest = transport, b""

        def data_received(self, data: bytes) -> None:
            self.rest += data
            while (head := self.rest.find(b"\r\n\r\n")) >= 0:
                at = self.rest.lower().find(b"content-length:")
                length = int(self.rest[at + 15 : self.rest.find(b"\r\n", at)])
                if len(self.rest) < head + 4 + length:
                    return
                self.rest = self.rest[head + 4 + length :]
                seen.value += 1
                self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Taking, "127.0.0.1", 0)
        ready.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def delivering(folder: Path, port: int, seen: Any, *, endpoints: int, changes: int, others: int = 0) -> None:
    """Changes written one by one by a hundred writers, followed and delivered."""
    path = folder / f"{endpoints}-{others}.gpkg"
    store = Store.create(path, city_id="t", title={"ko": "t", "en": "t"})
    with store:
        with store.transact(actor="bench", reason="subscribe") as tx:
            for number in range(others):
                doc = {"said": said(number + 100, f"http://127.0.0.1:{port}/o"), "context": None, "createdAt": ""}
                tx.put_entry("subscription", f"urn:o:{number}", doc)
            for number in range(endpoints):
                given = {
                    "type": "Subscription", "entities": [{"type": "Bench"}],
                    "notification": {"endpoint": {"uri": f"http://127.0.0.1:{port}/{number}"}},
                }  # fmt: skip
                doc = {"said": read_subscription(given, str, now=clock.now()), "context": None, "createdAt": ""}
                tx.put_entry("subscription", f"urn:s:{number}", doc)
        outgoing = Outgoing(allow_local=True)
        courier = Courier(store, outgoing)

        async def context_of(named: Any) -> Any:
            return city_context()

        follower = Follower(store, courier, context_of=context_of, timed=lambda view, doc: doc)
        await courier.start()
        await follower.start()
        woken = asyncio.Event()
        loop = asyncio.get_running_loop()
        store.when_committed(lambda: loop.call_soon_threadsafe(woken.set))

        async def follow() -> None:
            while True:
                woken.clear()
                if not await follower.step():
                    await woken.wait()

        following = asyncio.create_task(follow())
        before, began = seen.value, clock.elapsed_s()

        async def write(first: int) -> None:
            for number in range(first, changes, 100):
                doc = entity(number % 500, number, "Bench")
                await asyncio.wrap_future(store.submit(lambda tx, doc=doc: tx.put(doc), actor="b", reason="b"))

        await asyncio.gather(*(write(first) for first in range(100)))
        wrote = clock.elapsed_s() - began
        while seen.value - before < changes * endpoints:
            await asyncio.sleep(0.01)
        took = clock.elapsed_s() - began
        following.cancel()
        await courier.stop()
        await outgoing.close()
        waiting = outbox.counts(store)
    print(f"delivering: {endpoints} endpoints, {others:,} other subscriptions: {changes / wrote:,.0f} writes/s,"
          f" {changes * endpoints / took:,.0f} notifications/s, left over {waiting}")  # fmt: skip


def main() -> None:
    """Run all."""
    matching()
    ready: Any = multiprocessing.Queue()
    seen = multiprocessing.Value("q", 0)
    receiver = multiprocessing.Process(target=receive, args=(ready, seen), daemon=True)
    receiver.start()
    port = ready.get()
    with tempfile.TemporaryDirectory() as folder:
        for endpoints, changes, others in ((0, 3000, 0), (1, 3000, 0), (10, 600, 0), (0, 3000, MANY), (1, 3000, MANY)):
            run = delivering(Path(folder), port, seen, endpoints=endpoints, changes=changes, others=others)
            asyncio.run(run)
    receiver.terminate()


if __name__ == "__main__":
    main()
