"""What stands behind snapshots: their files, how they are filled, how they end (clauses 4.3.7, 5.5.15, 5.16).

A snapshot is a small city file of its own beside the city's (`seongnam.snapshots/`), filled with what its queries find,
so every operation works on it, its writes included, and nothing of it can be mixed up with the city. Its cost is that
of its entities. All its queries see the city as it was at one transaction. What is known of it (the Snapshot of 5.2.41)
stands in the hub's book of the city; a snapshot whose filling was cut off by the end of the server is a failure.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from madang import clock
from madang.city import City, open_city
from madang.errors import MadangError, NotFoundError
from madang.store import Store
from madang.web.inthreads import in_thread

if TYPE_CHECKING:
    from madang.web.around import Around

MOST = 32  # snapshots of one city; one more, and the least important gives way (5.5.15)
OUTPUT_ONLY = ("snapshotStatus", "snapshotQueriesDetails", "snapshotTemporalQueriesDetails", "lastUsedAt")
ACTOR = "madang"
log = logging.getLogger("madang.snapshots")


@dataclass(slots=True)
class Snapshot:
    """One snapshot: what was said of it, what came of it, and its city once somebody asked for it."""

    id: str
    branch: str
    doc: dict[str, Any]
    state: dict[str, Any]
    open: City | None = None
    filling: asyncio.Task[None] | None = None
    used: bool = False
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    def told(self) -> dict[str, Any]:
        """The Snapshot as clients read it."""
        said = {name: part for name, part in self.doc.items() if name != "context"}
        return {"id": self.id, "type": "Snapshot", **said, **self.state}

    def is_over(self) -> bool:
        """Whether its time has come."""
        return str(self.doc["expiresAt"]) <= clock.to_text(clock.now())


class Snapshots:
    """The snapshots of all cities of one server; for the event loop only."""

    def __init__(self) -> None:
        self._of: dict[Path, dict[tuple[str, str], Snapshot]] = {}

    async def all_of(self, city: City) -> dict[tuple[str, str], Snapshot]:
        """Those of one city by branch and id, read from its file once."""
        found = self._of.get(city.path)
        if found is None:
            entries = await in_thread(city.store.entries, "snapshot", None)
            if city.path in self._of:
                return self._of[city.path]
            found = self._of[city.path] = {}
            for entry in entries:
                state = dict(entry.state)
                if state.get("snapshotStatus", "preparing") == "preparing":
                    state["snapshotStatus"] = "failure"
                found[entry.branch, entry.id] = Snapshot(entry.id, entry.branch, entry.doc, state)
        return found

    async def find(self, city: City, id: str) -> Snapshot:
        """One that is there and whose time is not over."""
        found = (await self.all_of(city)).get((city.branch_name, id))
        if found is None or found.is_over():
            raise NotFoundError("snapshots.unknown", id=id[:200], tenant=city.tenant)
        return found

    async def city_of(self, city: City, id: str) -> City:
        """The city that a snapshot is: what the operations with its header work on."""
        found = await self.find(city, id)
        async with found.opening:
            if found.open is None:
                path = file_of(city, found)
                if not path.exists():
                    found.open = await in_thread(_made, path, city.id)
                else:
                    found.open = await in_thread(open_city, path, write=True)
        if not found.used:
            found.used = True
        found.state["lastUsedAt"] = clock.to_text(clock.now())
        return found.open

    async def put(self, city: City, snapshot: Snapshot) -> None:
        """Say something of a snapshot, new or not."""
        doc, branch = snapshot.doc, snapshot.branch
        write = city.store.submit(
            lambda tx: tx.put_entry("snapshot", snapshot.id, doc), actor=ACTOR, reason="NGSI-LD snapshot", branch=branch
        )
        (await self.all_of(city))[branch, snapshot.id] = snapshot
        await asyncio.wrap_future(write)
        await self.note(city, snapshot)

    async def note(self, city: City, snapshot: Snapshot) -> None:
        """Note what came of a snapshot."""
        snapshot.used = False
        await asyncio.wrap_future(
            city.store.set_entry_state("snapshot", snapshot.id, dict(snapshot.state), snapshot.branch)
        )

    async def remove(self, around: Around, city: City, snapshot: Snapshot) -> None:
        """Delete one: its row, its city, its file."""
        (await self.all_of(city)).pop((snapshot.branch, snapshot.id), None)
        if snapshot.filling is not None:
            snapshot.filling.cancel()
            await asyncio.gather(snapshot.filling, return_exceptions=True)
        write = city.store.submit(
            lambda tx: tx.remove_entry("snapshot", snapshot.id),
            actor=ACTOR,
            reason="NGSI-LD drop snapshot",
            branch=snapshot.branch,
        )
        await asyncio.wrap_future(write)
        await _closed(around, snapshot)
        await in_thread(_unlink, file_of(city, snapshot))

    async def make_room(self, around: Around, city: City) -> None:
        """Let the least important go while there are too many: low priority first, then what would end first."""
        there = await self.all_of(city)
        while len(there) >= MOST:
            least = min(there.values(), key=lambda one: (one.doc["snapshotPriority"], one.doc["expiresAt"]))
            await self.remove(around, city, least)
            await tell(around, city, least, ended=True)

    async def sweep(self, around: Around, city: City) -> None:
        """Take away what is over, and note when the others were used."""
        for snapshot in list((await self.all_of(city)).values()):
            if snapshot.is_over():
                await self.remove(around, city, snapshot)
            elif snapshot.used:
                await self.note(city, snapshot)

    async def close(self, around: Around) -> None:
        """End all that is still being filled, and close every city."""
        for there in self._of.values():
            for snapshot in there.values():
                if snapshot.filling is not None:
                    snapshot.filling.cancel()
                    await asyncio.gather(snapshot.filling, return_exceptions=True)
                await _closed(around, snapshot)
        self._of.clear()


async def _closed(around: Around, snapshot: Snapshot) -> None:
    async with snapshot.opening:
        if snapshot.open is not None:
            around.views.forget(snapshot.open)
            await in_thread(snapshot.open.close)
            snapshot.open = None


async def tell(around: Around, city: City, snapshot: Snapshot, *, ended: bool = False) -> None:
    """Send a SnapshotNotification where one was asked for (5.16.6, 5.3.4)."""
    endpoint = snapshot.doc.get("endpoint")
    if not endpoint:
        return
    now = clock.now()
    over = clock.to_text(now - timedelta(seconds=1))
    digest = hashlib.sha256(f"{snapshot.id} {now}".encode()).hexdigest()[:32]
    body: dict[str, Any] = {
        "id": f"urn:ngsi-ld:SnapshotNotification:{digest}",
        "type": "SnapshotNotification",
        "notifiedAt": clock.to_text(now),
        "snapshotId": snapshot.id,
        "snapshotStatus": snapshot.state["snapshotStatus"],
        "snapshotPriority": snapshot.doc["snapshotPriority"],
        "expiresAt": over if ended else snapshot.doc["expiresAt"],
    }
    for name, given in (("snapshotQueriesDetails", "snapshotQueriesDetails"),
                        ("temporalSnapshotQueriesDetails", "snapshotTemporalQueriesDetails")):  # fmt: skip
        if given in snapshot.state:
            body[name] = snapshot.state[given]
    headers = {"Content-Type": "application/json", "NGSILD-Tenant": city.tenant, "NGSILD-Snapshot": snapshot.id}
    headers |= {pair["key"]: pair["value"] for pair in snapshot.doc.get("receiverInfo", ())}
    try:
        await around.outgoing.request("POST", endpoint, headers=headers, body=orjson.dumps(body))
    except MadangError as wrong:
        log.warning("snapshot %s: %s", snapshot.id, wrong)


def file_of(city: City, snapshot: Snapshot) -> Path:
    """Where the city of a snapshot stands: beside its own."""
    name = hashlib.sha256(f"{snapshot.branch} {snapshot.id}".encode()).hexdigest()[:24]
    return city.path.with_name(f"{city.path.stem}.snapshots") / f"{name}.gpkg"


def copy_file(city: City, original: Snapshot, clone: Snapshot) -> None:
    """The city of one snapshot, copied for another; to be called on a thread, while the original is open."""
    assert original.open is not None
    to = file_of(city, clone)
    _unlink(to)
    to.parent.mkdir(exist_ok=True)
    original.open.store.backup(to)


def _made(path: Path, city_id: str) -> City:
    path.parent.mkdir(exist_ok=True)
    title = {"ko": city_id, "en": city_id}
    Store.create(path, city_id=city_id, title=title, synchronous="NORMAL", reason="a snapshot").close()
    return open_city(path, write=True)


def _unlink(path: Path) -> None:
    for ending in ("", "-wal", "-shm", ".lock"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
