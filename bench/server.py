"""What HTTP costs over the store: GET by id, a query of 100, POST of 100, each beside the same work in process.

    python bench/server.py [--entities 50000] [--seconds 2] [--json]

The server runs in a process of its own and is paid by its own CPU seconds (/proc), so the load generator (wrk, on the
same machine) does not count. In process means: the same store calls, and for writing the same JSON, names and checks,
with the same number of writers waiting (CLIENTS), each durable commit shared as on the server. Goals: 10,000 GET a
core-second, POST at 70 % of the in-process rate by CPU; by wall time it is told too, but there the load generator and
everything else on the machine takes part. Exit status 1 if a goal is missed. Not called `http`: Python has one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from madang.city import open_city
from madang.entities.context import city_context
from madang.entities.query import Query, parse_types
from madang.entities.representation import normalize
from madang.store import Store
from madang.web.access import Access
from madang.web.app import create_app
from madang.web.around import Settings
from madang.web.exchange import Caller
from madang.web.serve import run_app

GET_GOAL = 10_000
POST_GOAL = 0.70
BATCH = 100
CLIENTS = 4
CONNECTIONS = 16
TURNS = 3
TOKEN = "a-token-for-the-benchmark-only"
TICKS = os.sysconf("SC_CLK_TCK")
MODES = ("FULL", "NORMAL")


def entity(number: int, *, round: int = 0) -> dict[str, Any]:
    """A bus stop of about 630 bytes, as long as those of notes on stores: five attributes, a place, units, a source."""
    lon, lat = 127.0 + number % 1000 / 5000, 37.3 + number // 1000 % 1000 / 5000
    source = {"type": "Relationship", "object": "urn:ngsi-ld:Dataset:bench:stops"}
    return {
        "id": f"urn:ngsi-ld:BusStop:bench:{number:08d}",
        "type": "BusStop",
        "name": {"type": "Property", "value": f"정류장 {number}", "source": source},
        "lines": {"type": "Property", "value": number % 30 + round, "unitCode": "C62"},
        "riders": {"type": "Property", "value": number * 7919 % 10_000 / 10 + round, "unitCode": "IE"},
        "refCity": {"type": "Relationship", "object": "urn:ngsi-ld:City:kostat:31020"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}},
        "description": {"type": "Property", "value": "A stop that was made up, so that there is something to read."},
    }


def make_city(path: Path, count: int, synchronous: str) -> None:
    """A city of so many stops."""
    with (
        Store.create(path, city_id="bench", title={"ko": "시험", "en": "Bench"}, synchronous=synchronous) as store,
        store.transact(actor="bench", reason="made up") as tx,
    ):
        tx.put_many(entity(number) for number in range(count))


# -- the server in a process of its own -------------------------------------------------------------------------------


def serve(path: Path) -> None:
    """Serve one city on a free port and print it."""
    access = Access({TOKEN: Caller("bench", "decide")})
    with socket.socket() as listener, open_city(path, write=True) as city:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        print(listener.getsockname()[1], flush=True)
        run_app(create_app([city], access=access, settings=Settings(allow_local=True)), listener)


@contextmanager
def server(path: Path) -> Iterator[tuple[str, int]]:
    """The URL and process number of a server for the length of a block."""
    process = subprocess.Popen([sys.executable, __file__, "--serve", str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}", process.pid
    finally:
        process.terminate()
        process.wait()


def cpu_s(pid: int) -> float:
    """CPU seconds a process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def wrk(url: str, script: str, *, pid: int, seconds: float, connections: int) -> dict[str, Any]:
    """Requests a second of wall time and of the server's CPU, with a Lua script that makes the requests."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency", "-s", file.name, url]
        before, began = cpu_s(pid), time.perf_counter()
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        wall, cpu = time.perf_counter() - began, cpu_s(pid) - before
    requests = int(re.search(r"(\d+) requests in", told)[1])  # type: ignore[index]
    if failed := re.search(r"Non-2xx or 3xx responses: (\d+)", told):
        raise SystemExit(f"{failed[1]} of {requests} requests failed")
    p99 = re.search(r"99%\s+(\S+)", told)
    return {"per_s": requests / wall, "per_core_s": requests / cpu, "cores": cpu / wall, "p99": p99[1] if p99 else "-"}


HEADERS = f'headers = {{["Authorization"] = "Bearer {TOKEN}", ["Content-Type"] = "application/json"}}\n'


def get_script(count: int) -> str:
    return (
        HEADERS
        + "request = function() return wrk.format('GET', string.format("
        + f"'/ngsi-ld/v1/entities/urn:ngsi-ld:BusStop:bench:%08d', math.random(0, {count - 1})), headers) end"
    )


QUERY_SCRIPT = HEADERS + (
    "request = function() return wrk.format('GET', "
    "'/ngsi-ld/v1/entities?type=BusStop&limit=100&offset=' .. math.random(0, 9) * 100, headers) end"
)


def post_script(bodies: Path) -> str:
    return (
        HEADERS
        + f"bodies = {{}}; for line in io.lines('{bodies}') do bodies[#bodies + 1] = line end\n"
        + "n = 0; request = function() n = n % #bodies + 1; "
        + "return wrk.format('POST', '/ngsi-ld/v1/entityOperations/upsert', headers, bodies[n]) end"
    )


def batches(count: int, *, rounds: int, start: int = 1) -> list[bytes]:
    """Bodies of 100 stops each; every stop differs from round to round, so that each write changes something."""
    found = []
    for round in range(start, start + rounds):
        for first in range(0, min(count, 2_000), BATCH):
            found.append(orjson.dumps([entity(number, round=round) for number in range(first, first + BATCH)]))
    return found


# -- the same work in process -----------------------------------------------------------------------------------------


def raw_reads(path: Path, count: int, seconds: float) -> dict[str, float]:
    """Store reads a CPU second: one by id, a page of 100."""
    with Store.open(path) as store:
        view = store.view()
        rates = {}
        began, done = time.process_time(), 0
        while time.process_time() - began < seconds / 2:
            for number in range(500):
                view.get(f"urn:ngsi-ld:BusStop:bench:{(done + number) * 7919 % count:08d}")
            done += 500
        rates["get_per_core_s"] = done / (time.process_time() - began)
        began, done = time.process_time(), 0
        while time.process_time() - began < seconds / 2:
            query = Query(types=parse_types("BusStop"), limit=100, offset=done % 10 * 100)
            b"[" + b",".join(view.query(query)) + b"]"
            done += 1
        rates["query_per_core_s"] = done / (time.process_time() - began)
    return rates


def raw_writes(path: Path, bodies: list[bytes], seconds: float) -> dict[str, float]:
    """Batches a second through the store's own queue, from JSON bytes, with as many writers waiting as clients."""
    context = city_context()
    with Store.open(path, write=True) as store:

        def upsert(tx: Any, entities: list[dict[str, Any]]) -> None:
            for one in entities:
                tx.put(one)

        numbers = iter(range(len(bodies)))
        ends = time.perf_counter() + seconds
        done = [0] * CLIENTS

        def write(client: int) -> None:
            while time.perf_counter() < ends:
                body = bodies[next(numbers)]
                entities = [context.to_stored(normalize(one)) for one in orjson.loads(body)]
                store.submit(lambda tx: upsert(tx, entities), actor="bench", reason="batch").result()  # noqa: B023
                done[client] += 1

        writers = [threading.Thread(target=write, args=(client,)) for client in range(CLIENTS)]
        cpu, began = time.process_time(), time.perf_counter()
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
        return {"per_s": sum(done) / wall, "per_core_s": sum(done) / cpu}


def measure(count: int, seconds: float, synchronous: str) -> dict[str, Any]:
    """All figures of one run: of each the best of TURNS, in process and over HTTP by turns."""
    gets, queries, posts, raws, in_process = [], [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        path, copy, file = Path(folder) / "bench.gpkg", Path(folder) / "copy.gpkg", Path(folder) / "bodies"
        make_city(path, count, synchronous)
        shutil.copy(path, copy)
        with server(path) as (url, pid):
            for turn in range(TURNS):
                here = batches(count, rounds=100, start=200 * turn + 1)
                file.write_bytes(b"\n".join(batches(count, rounds=100, start=200 * turn + 101)))
                gets.append(wrk(url, get_script(count), pid=pid, seconds=seconds, connections=CONNECTIONS))
                queries.append(wrk(url, QUERY_SCRIPT, pid=pid, seconds=seconds, connections=CONNECTIONS))
                raws.append(raw_reads(copy, count, seconds))
                in_process.append(raw_writes(copy, here, seconds))
                posts.append(wrk(url, post_script(file), pid=pid, seconds=seconds, connections=CLIENTS))
    get, query, post, inside = map(_best, (gets, queries, posts, in_process))
    raw = {name: max(turn[name] for turn in raws) for name in raws[0]}
    return {
        "synchronous": synchronous,
        "entities": count,
        "get": {**get, "share_of_store": get["per_core_s"] / raw["get_per_core_s"]},
        "query_100": {**query, "share_of_store": query["per_core_s"] / raw["query_per_core_s"]},
        "post_100": {
            **post,
            "in_process_per_s": inside["per_s"],
            "share_of_wall": post["per_s"] / inside["per_s"],
            "share_of_cpu": post["per_core_s"] / inside["per_core_s"],
        },
        "store": raw,
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
    }


def _best(turns: list[dict[str, Any]]) -> dict[str, Any]:
    return max(turns, key=lambda turn: turn["per_core_s"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--synchronous", choices=MODES, default="FULL")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve)
        return 0
    if shutil.which("wrk") is None:
        print("wrk is not installed (Debian: apt install wrk); the server's benchmark needs it.")
        return 0
    found = measure(asked.entities, asked.seconds, asked.synchronous)
    if asked.json:
        print(json.dumps(found, indent=1))
    else:
        get, query, post = found["get"], found["query_100"], found["post_100"]
        print(f"{found['entities']:,} entities, synchronous={found['synchronous']}, {found['machine']}")
        for name, one in (("GET by id", get), ("query of 100", query)):
            share = f"{one['share_of_store']:.0%} of the store alone"
            print(f"{name:<12} {one['per_core_s']:>8,.0f}/core-second ({share}), p99 {one['p99']}")
        shares = f"{post['share_of_cpu']:.0%} of in process by CPU, {post['share_of_wall']:.0%} by wall"
        print(f"POST of 100  {post['per_s'] * BATCH:>8,.0f} entities/s ({shares}), p99 {post['p99']}")
    reached = found["get"]["per_core_s"] >= GET_GOAL and found["post_100"]["share_of_cpu"] >= POST_GOAL
    print("goals reached" if reached else "goals missed", file=sys.stderr)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
