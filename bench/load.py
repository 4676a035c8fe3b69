"""A city's sensors for two hours, compressed: each reading written, told to who subscribed, and read meanwhile.

    python bench/load.py [--sensors 100000] [--minutes 120] [--subscriptions 500] [--readers 20] [--json]

Each sensor says one value a minute of the simulated time; minutes follow one another as fast as the server takes them.
Readings go in over HTTP in batches (entityOperations/update), by four writers. Subscriptions watch one sensor each, so
every minute makes as many notifications as there are subscriptions; a loopback server counts them. Readers ask by turns
for an entity, a page of twenty, and the last ten readings. Told are: readings a second, the share of real time that the
city took, latency of reads, notifications due and delivered, and the server's memory in each quarter of the run, which
has to stay level. Nothing is judged by wall time: the exit status is 1 if a notification is missing, a reading was not
acknowledged, or the last quarter's memory is above the second's by more than a quarter.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from server import TOKEN, server

from madang.store import Store

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 500
WRITERS = 4
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
NGSI = "/ngsi-ld/v1"


def id_of(number: int) -> str:
    return f"urn:ngsi-ld:AirQualityObserved:load:{number:06d}"


def make_city(path: Path, sensors: int, synchronous: str) -> None:
    """A city of so many sensors, each at its place."""
    with (
        Store.create(path, city_id="load", title={"ko": "시험", "en": "Load"}, synchronous=synchronous) as store,
        store.transact(actor="bench", reason="made up") as tx,
    ):
        tx.put_many(
            {
                "id": id_of(number),
                "type": "AirQualityObserved",
                "name": {"type": "Property", "value": f"Sensor {number}"},
                "location": {
                    "type": "GeoProperty",
                    "value": {"type": "Point", "coordinates": [127 + number % 300 / 1000, 37.3 + number // 300 / 1000]},
                },
            }
            for number in range(sensors)
        )


def body_of(minute: int, first: int, last: int) -> bytes:
    """One batch of readings."""
    at = (BEGIN + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")
    moment = f'"unitCode":"GQ","observedAt":"{at}"'
    parts = (
        f'{{"id":"{id_of(n)}","type":"AirQualityObserved",'
        f'"pm10":{{"type":"Property","value":{(n * 7 + minute * 13) % 900 / 10},{moment}}}}}'
        for n in range(first, last)
    )
    return f"[{','.join(parts)}]".encode()


def rss_mib(pid: int) -> float:
    """The memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1048576


class Run:
    """One run and what it saw."""

    def __init__(self, url: str, pid: int, asked: argparse.Namespace) -> None:
        self.url, self.pid, self.asked = url, pid, asked
        self.notified: Counter[str] = Counter()
        self.latency: dict[str, list[float]] = {"entity": [], "page of 20": [], "last 10 readings": []}
        self.memory: list[float] = []
        self.refused = 0
        self.over = asyncio.Event()

    async def go(self) -> dict[str, Any]:
        """Serve the sink, subscribe, write all minutes while reading, wait for the last notification."""
        sink = web.Application()
        sink.router.add_post("/{n}", self._told)
        runner = web.AppRunner(sink, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        address = site._server.sockets[0].getsockname()  # type: ignore[union-attr]  # it is started
        async with aiohttp.ClientSession(self.url + "/", headers=HEADERS) as client:
            await self._subscribe(client, f"http://127.0.0.1:{address[1]}")
            watching = asyncio.create_task(self._watch())
            readers = [asyncio.create_task(self._read(client, random.Random(n))) for n in range(self.asked.readers)]
            began = time.perf_counter()
            for minute in range(self.asked.minutes):
                await self._write(client, minute)
                if minute % 10 == 9:
                    print(
                        f"  minute {minute + 1}, {time.perf_counter() - began:.0f} s, {self.memory[-1]:.0f} MiB",
                        file=sys.stderr,
                    )
            took = time.perf_counter() - began
            due = self.asked.minutes * self.asked.subscriptions
            while sum(self.notified.values()) < due and time.perf_counter() - began < took + 120:
                await asyncio.sleep(0.2)
            self.over.set()
            await asyncio.gather(*readers, watching)
        await runner.cleanup()
        return self._said(took, due)

    async def _told(self, request: web.Request) -> web.Response:
        await request.read()
        self.notified[request.match_info["n"]] += 1
        return web.Response()

    async def _subscribe(self, client: aiohttp.ClientSession, sink: str) -> None:
        for number in range(self.asked.subscriptions):
            wanted = {
                "type": "Subscription",
                "entities": [
                    {
                        "id": id_of(number * (self.asked.sensors // self.asked.subscriptions)),
                        "type": "AirQualityObserved",
                    }
                ],
                "watchedAttributes": ["pm10"],
                "notification": {"endpoint": {"uri": f"{sink}/{number}", "accept": "application/json"}},
            }
            async with client.post(f"{NGSI}/subscriptions", json=wanted) as reply:
                assert reply.status == 201, await reply.text()

    async def _write(self, client: aiohttp.ClientSession, minute: int) -> None:
        firsts = iter(range(0, self.asked.sensors, BATCH))

        async def writer() -> None:
            for first in firsts:
                last = min(first + BATCH, self.asked.sensors)
                async with client.post(f"{NGSI}/entityOperations/update", data=body_of(minute, first, last)) as reply:
                    if reply.status != 204:
                        self.refused += last - first
                        print(await reply.text(), file=sys.stderr)

        await asyncio.gather(*(writer() for _ in range(WRITERS)))

    async def _read(self, client: aiohttp.ClientSession, chance: random.Random) -> None:
        while not self.over.is_set():
            id = id_of(chance.randrange(self.asked.sensors))
            for what, path in (
                ("entity", f"{NGSI}/entities/{id}"),
                ("page of 20", f"{NGSI}/entities?type=AirQualityObserved&limit=20&offset={chance.randrange(500)}"),
                (
                    "last 10 readings",
                    f"{NGSI}/temporal/entities/{id}?timerel=after&timeAt=2025-12-31T00:00:00Z&lastN=10",
                ),
            ):
                began = time.perf_counter()
                async with client.get(path) as reply:
                    await reply.read()
                    assert reply.status in (200, 206, 404), reply.status
                self.latency[what].append(time.perf_counter() - began)
                await asyncio.sleep(0.2)

    async def _watch(self) -> None:
        while not self.over.is_set():
            self.memory.append(rss_mib(self.pid))
            await asyncio.sleep(0.5)

    def _said(self, took: float, due: int) -> dict[str, Any]:
        readings = self.asked.sensors * self.asked.minutes - self.refused
        quarter = max(1, len(self.memory) // 4)
        quarters = [max(self.memory[n * quarter : (n + 1) * quarter]) for n in range(4)]
        return {
            "sensors": self.asked.sensors,
            "minutes": self.asked.minutes,
            "readings": readings,
            "refused": self.refused,
            "seconds": took,
            "readings_per_s": readings / took,
            "times_real_time": self.asked.minutes * 60 / took,
            "notifications_due": due,
            "notifications_delivered": sum(self.notified.values()),
            "read_ms": {
                what: {
                    "p50": statistics.median(all) * 1000,
                    "p99": sorted(all)[int(len(all) * 0.99)] * 1000,
                    "count": len(all),
                }
                for what, all in self.latency.items()
                if all
            },
            "memory_mib_by_quarter": quarters,
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sensors", type=int, default=100_000)
    parser.add_argument("--minutes", type=int, default=120)
    parser.add_argument("--subscriptions", type=int, default=500)
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--synchronous", choices=("FULL", "NORMAL"), default="FULL")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "load.gpkg"
        make_city(path, asked.sensors, asked.synchronous)
        with server(path) as (url, pid):
            found = asyncio.run(Run(url, pid, asked).go())
        found["file_mb"] = path.stat().st_size / 1e6
    if asked.json:
        print(json.dumps(found, indent=1))
    else:
        print(f"{found['readings']:,} readings of {asked.sensors:,} sensors in {found['seconds']:.0f} s:", end=" ")
        print(
            f"{found['readings_per_s']:,.0f}/s, {found['times_real_time']:.1f} times real time,",
            f"file {found['file_mb']:.0f} MB",
        )
        print(f"notifications: {found['notifications_delivered']:,} of {found['notifications_due']:,}")
        for what, told in found["read_ms"].items():
            print(f"read, {what}: p50 {told['p50']:.0f} ms, p99 {told['p99']:.0f} ms, {told['count']:,} times")
        print("memory by quarter:", ", ".join(f"{one:.0f}" for one in found["memory_mib_by_quarter"]), "MiB")
    level = found["memory_mib_by_quarter"][3] <= found["memory_mib_by_quarter"][1] * 1.25 + 16
    whole = not found["refused"] and found["notifications_delivered"] >= found["notifications_due"]
    return 0 if level and whole else 1


if __name__ == "__main__":
    sys.exit(main())
