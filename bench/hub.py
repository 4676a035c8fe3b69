"""The data hub under load: what clients get a second over HTTP, each beside the raw store measured in the same run.

    python bench/hub.py [reads writes large temporal subscriptions] [--seconds 3] [--json]

    reads          100 entities of five attributes: limit=1, 20, 100, by id; the other representations at limit=20
    writes         create, PATCH of one attribute, batches of 20, by 32 clients, synchronous=FULL and NORMAL
    large          100,000 entities: one term of q, two terms, a circle, each with limit=20
    temporal       an aggregate over 10,000 points, and the latest value
    subscriptions  writes while 10,000 subscriptions stand, none of which, or ten of which, are concerned

The server runs in a process of its own beside the load generator (wrk), on the same cores. `per_s` is wall time and so
depends on what else the machine does; `per_core_s` is paid by the server's own CPU seconds. Goals, on two cores:
limit=20 4,000/s; create and PATCH 2,500/s durable (FULL) and 5,000/s (NORMAL); one-term q 2,000/s; key values, concise
and a foreign @context at least half of the default form; the aggregate under 30 ms. Exit status 1 if one is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import orjson
from server import HEADERS, TOKEN, server, wrk

from madang.entities.query import Query, parse_q, parse_types
from madang.store import Store

CLIENTS = 32
FIXTURE = 100
LARGE = 100_000
POINTS = 10_000
BATCH = 20
TURNS = 3
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


def sensor(number: int, prefix: str = "hub") -> dict[str, Any]:
    """An entity of five attributes, about 550 bytes."""
    lon, lat = 127.0 + number % 1000 / 5000, 37.3 + number // 1000 % 1000 / 5000
    at = "2026-01-01T00:00:00Z"
    return {
        "id": f"urn:ngsi-ld:Room:{prefix}:{number:08d}",
        "type": "Room",
        "temperature": {"type": "Property", "value": number % 400 / 10, "unitCode": "CEL"},
        "humidity": {"type": "Property", "value": number % 100, "unitCode": "P1"},
        "name": {"type": "Property", "value": f"Room {number}"},
        "isPartOf": {"type": "Relationship", "object": f"urn:ngsi-ld:Building:hub:{number % 50}"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}},
        "checked": {
            "type": "Property",
            "value": "a note of some length that stands for what sensors tell",
            "seen": {"type": "Property", "value": at},
        },
    }


def make_city(path: Path, count: int, synchronous: str = "FULL") -> None:
    """A city of so many rooms."""
    with (
        Store.create(path, city_id="bench", title={"ko": "시험", "en": "Bench"}, synchronous=synchronous) as store,
        store.transact(actor="bench", reason="made up") as tx,
    ):
        tx.put_many(sensor(number) for number in range(count))


def get(path: str, accept: str = "application/json", link: str = "") -> str:
    """A script that asks for one path again and again; `%d` in it becomes a number below the fixture's size."""
    more = f", ['Link'] = '{link}'" if link else ""
    headers = f"h = {{['Authorization'] = 'Bearer {TOKEN}', ['Accept'] = '{accept}'{more}}}\n"
    made = f"string.format('{path.replace('%', '%%').replace('%%NUMBER', '%08d')}', math.random(0, {FIXTURE - 1}))"
    return headers + f"request = function() return wrk.format('GET', {made}, h) end"


def body(prefix: str) -> str:
    """A room for string.format of Lua, with %d in its id; what else is a percent sign is written twice."""
    return (
        orjson.dumps({**sensor(0), "id": "ID"})
        .decode()
        .replace("%", "%%")
        .replace("ID", f"urn:ngsi-ld:Room:{prefix}:%d")
    )


def creating(turn: int) -> str:
    """A new room each time: only one thread of wrk is used, so its numbers never repeat within a run."""
    return HEADERS + (
        f"n = 0; local b = [[{body(f'new{turn}')}]]\n"
        "request = function() n = n + 1\n"
        "return wrk.format('POST', '/ngsi-ld/v1/entities', headers, string.format(b, n)) end"
    )


def patching() -> str:
    return HEADERS + (
        "n = 0; request = function() n = n + 1\n"
        f"local path = string.format('/ngsi-ld/v1/entities/urn:ngsi-ld:Room:hub:%08d/attrs', n % {FIXTURE})\n"
        'local body = string.format(\'{"temperature": {"type": "Property", "value": %d.5, "unitCode": "CEL"}}\', n)\n'
        "return wrk.format('PATCH', path, headers, body) end"
    )


def batching(turn: int) -> str:
    """Twenty new rooms each time."""
    return HEADERS + (
        f"n = 0; local b = [[{body(f'b{turn}')}]]; local path = '/ngsi-ld/v1/entityOperations/create'\n"
        f"request = function() local t = {{}}; for i = 1, {BATCH} do n = n + 1; t[i] = string.format(b, n) end\n"
        "return wrk.format('POST', path, headers, '[' .. table.concat(t, ',') .. ']') end"
    )


def best(run: Callable[[int], dict[str, Any]]) -> dict[str, Any]:
    """The median turn by wall time."""
    turns = sorted((run(turn) for turn in range(TURNS)), key=lambda one: one["per_s"])
    return turns[len(turns) // 2]


def raw_rate(work: Callable[[], Any], seconds: float = 0.5) -> float:
    """How often work can be done in a CPU second."""
    done, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        work()
        done += 1
    return done / (time.process_time() - began)


def reads(folder: Path, seconds: float) -> dict[str, Any]:
    """The fixture's reads."""
    path = folder / "reads.gpkg"
    make_city(path, FIXTURE)
    shutil.copy(path, folder / "raw.gpkg")
    found: dict[str, Any] = {}
    query = "/ngsi-ld/v1/entities?type=Room&limit={}"
    paths = {f"limit={n}": get(query.format(n)) for n in (1, 20, 100)}
    paths["by id"] = get("/ngsi-ld/v1/entities/urn:ngsi-ld:Room:hub:%NUMBER")
    paths["limit=20 key values"] = get(query.format(20) + "&options=keyValues")
    paths["limit=20 concise"] = get(query.format(20) + "&format=concise")
    paths["limit=20 pick"] = get(query.format(20) + "&pick=id,temperature")
    paths["limit=20 ld+json"] = get(query.format(20), accept="application/ld+json")
    paths["limit=20 sysAttrs"] = get(query.format(20) + "&options=sysAttrs")
    paths["limit=20 geo+json"] = get(query.format(20), accept="application/geo+json")
    with server(path) as (url, pid):
        context = {"@context": {"temp": "https://example.org/temperature", "wet": "https://example.org/humidity"}}
        made = httpx.post(f"{url}/ngsi-ld/v1/jsonldContexts", json=context, headers=AUTHORIZED)
        if made.status_code == 201:
            rel = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
            context_url = httpx.URL(url).join(made.headers["location"])
            paths["limit=20 foreign @context"] = get(query.format(20), link=f"<{context_url}>; {rel}")
        for name, script in paths.items():
            found[name] = best(lambda _, s=script: wrk(url, s, pid=pid, seconds=seconds, connections=CLIENTS))
    with Store.open(folder / "raw.gpkg") as store:
        view = store.view()
        for limit in (1, 20, 100):
            asked = Query(types=parse_types("Room"), limit=limit)
            raw = raw_rate(lambda q=asked: b",".join(view.query(q)))
            found[f"limit={limit}"]["share_of_store"] = found[f"limit={limit}"]["per_core_s"] / raw
        raw = raw_rate(lambda: view.get("urn:ngsi-ld:Room:hub:00000007"))
        found["by id"]["share_of_store"] = found["by id"]["per_core_s"] / raw
    for name, one in found.items():
        if name.startswith("limit=20 "):
            one["of_default_form"] = one["per_core_s"] / found["limit=20"]["per_core_s"]
    return found


def writes(folder: Path, seconds: float) -> dict[str, Any]:
    """The fixture's writes, durable and not."""
    found: dict[str, Any] = {}
    for mode in ("FULL", "NORMAL"):
        path = folder / f"{mode}.gpkg"
        make_city(path, FIXTURE, mode)
        with server(path) as (url, pid):
            for name, script in (("create", creating), ("PATCH", lambda _: patching()), ("batch of 20", batching)):
                found[f"{name} {mode}"] = best(
                    lambda turn, s=script: wrk(url, s(turn), pid=pid, seconds=seconds, connections=CLIENTS)
                )
        with Store.open(path, write=True) as store:
            numbers = iter(range(10_000_000))

            def put(store: Store = store, numbers: Any = numbers) -> None:
                with store.transact(actor="bench", reason="raw") as tx:
                    for _ in range(CLIENTS):
                        tx.put(sensor(next(numbers), "raw"))

            raw = raw_rate(put) * CLIENTS
            found[f"create {mode}"]["share_of_store"] = found[f"create {mode}"]["per_core_s"] / raw
    return found


def large(folder: Path, seconds: float) -> dict[str, Any]:
    """A hundred thousand entities."""
    path = folder / "large.gpkg"
    make_city(path, LARGE, "NORMAL")
    found: dict[str, Any] = {}
    circle = "georel=near;maxDistance==2000&geometry=Point&coordinates=" + quote("[127.1,37.31]")
    asked = {
        "one term": "q=" + quote("temperature>39.5"),
        "two terms": "q=" + quote("temperature>20;humidity==50"),
        "equal": "q=" + quote('name=="Room 777"'),
        "circle": circle,
        "by id": None,
    }
    with server(path) as (url, pid):
        for name, q in asked.items():
            script = (
                get(f"/ngsi-ld/v1/entities?type=Room&limit=20&{q}")
                if q
                else get("/ngsi-ld/v1/entities/urn:ngsi-ld:Room:hub:%NUMBER")
            )
            found[name] = best(lambda _, s=script: wrk(url, s, pid=pid, seconds=seconds, connections=CLIENTS))
    with Store.open(path) as store:
        view = store.view()
        one = Query(types=parse_types("Room"), q=parse_q("temperature>39.5"), limit=20)
        found["one term"]["share_of_store"] = found["one term"]["per_core_s"] / raw_rate(lambda: view.query(one))
    return found


def temporal(folder: Path, seconds: float) -> dict[str, Any]:
    """One series of ten thousand points."""
    path = folder / "temporal.gpkg"
    make_city(path, FIXTURE, "NORMAL")
    id = "urn:ngsi-ld:AirQualityObserved:hub:1"
    found: dict[str, Any] = {}
    with server(path) as (url, pid):
        client = httpx.Client(base_url=url + "/ngsi-ld/v1", headers=AUTHORIZED, timeout=60)
        points = [
            {
                "type": "Property",
                "value": n % 97 / 2,
                "observedAt": f"2026-01-{1 + n // 1440:02d}T{n // 60 % 24:02d}:{n % 60:02d}:00Z",
            }
            for n in range(POINTS)
        ]
        told = client.post("/temporal/entities", json={"id": id, "type": "AirQualityObserved", "pm10": points})
        told.raise_for_status()
        span = "timerel=after&timeAt=2025-12-31T00:00:00Z"
        for name, path_ in {
            "aggregate of 10,000": f"/temporal/entities/{id}?{span}&options=aggregatedValues"
            "&aggrMethods=avg,max,min&aggrPeriodDuration=PT1H",
            "lastN=1": f"/temporal/entities/{id}?{span}&lastN=1",
        }.items():
            client.get(path_).raise_for_status()
            took = []
            for _ in range(20):
                began = time.perf_counter()
                client.get(path_).raise_for_status()
                took.append(time.perf_counter() - began)
            found[name] = {"ms": statistics.median(took) * 1000}
        script = get(f"/ngsi-ld/v1/entities/{id}")
        found["latest value"] = best(lambda _: wrk(url, script, pid=pid, seconds=seconds, connections=CLIENTS))
    return found


def subscriptions(folder: Path, seconds: float) -> dict[str, Any]:
    """Writes beside ten thousand subscriptions."""
    path = folder / "subscriptions.gpkg"
    make_city(path, FIXTURE, "NORMAL")
    found: dict[str, Any] = {}
    with server(path) as (url, pid):
        found["PATCH, none"] = best(lambda _: wrk(url, patching(), pid=pid, seconds=seconds, connections=CLIENTS))
        client = httpx.Client(base_url=url + "/ngsi-ld/v1", headers=AUTHORIZED, timeout=60)
        for number in range(10_000):
            made = client.post(
                "/subscriptions",
                json={
                    "id": f"urn:ngsi-ld:Subscription:bench:{number}",
                    "type": "Subscription",
                    "entities": [{"type": "Room", "id": f"urn:ngsi-ld:Room:other:{number}"}],
                    "watchedAttributes": ["temperature"],
                    "notification": {"endpoint": {"uri": "http://127.0.0.1:9/", "accept": "application/json"}},
                },
            )
            made.raise_for_status()
        found["PATCH, 10,000"] = best(lambda _: wrk(url, patching(), pid=pid, seconds=seconds, connections=CLIENTS))
    found["PATCH, 10,000"]["of_none"] = found["PATCH, 10,000"]["per_core_s"] / found["PATCH, none"]["per_core_s"]
    return found


PARTS = {"reads": reads, "writes": writes, "large": large, "temporal": temporal, "subscriptions": subscriptions}


def missed(found: dict[str, dict[str, Any]]) -> list[str]:
    """The goals that were not reached, in words."""
    goals: list[tuple[str, str, str, float]] = [
        ("reads", "limit=20", "per_s", 4000),
        ("writes", "create FULL", "per_s", 2500),
        ("writes", "PATCH FULL", "per_s", 2500),
        ("writes", "create NORMAL", "per_s", 5000),
        ("writes", "PATCH NORMAL", "per_s", 5000),
        ("large", "one term", "per_s", 2000),
    ]
    told = [
        f"{part}, {name}: {found[part][name][what]:,.0f} of {goal:,.0f}"
        for part, name, what, goal in goals
        if part in found and found[part][name][what] < goal
    ]
    for name in ("key values", "concise", "foreign @context"):
        one = found.get("reads", {}).get(f"limit=20 {name}")
        if one is not None and one["of_default_form"] < 0.5:
            told.append(f"reads, limit=20 {name}: {one['of_default_form']:.0%} of the default form, goal 50%")
    if "temporal" in found and found["temporal"]["aggregate of 10,000"]["ms"] > 30:
        told.append(f"temporal, aggregate: {found['temporal']['aggregate of 10,000']['ms']:.0f} ms, goal 30 ms")
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts; all when none is named")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is not installed (Debian: apt install wrk); the hub's benchmark needs it.")
        return 0
    found = {}
    for part in asked.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            found[part] = PARTS[part](Path(folder), asked.seconds)
        if not asked.json:
            print(part)
            for name, one in found[part].items():
                told = (
                    [f"{one['per_s']:>8,.0f}/s {one['per_core_s']:>8,.0f}/core-second, p99 {one['p99']}"]
                    if "per_s" in one
                    else []
                )
                told += [f"{one['ms']:.1f} ms"] if "ms" in one else []
                shares = {
                    "share_of_store": "of the store alone",
                    "of_default_form": "of the default form",
                    "of_none": "of none",
                }
                told += [f"{one[key]:.0%} {word}" for key, word in shares.items() if key in one]
                print(f"  {name:<26} {', '.join(told)}", flush=True)
    if asked.json:
        machine = {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}
        print(json.dumps({**found, "machine": machine}, indent=1))
    short = missed(found)
    print("\n".join(["goals missed:", *short]) if short else "goals reached", file=sys.stderr)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
