"""The store against raw SQLite, and a branch against main: ratios within one run.

    python bench/store.py --entities 1000000 --json store.json

Figures are CPU time of the thread that does the work, medians of interleaved rounds; a durable write and a merge are
told in wall time too. Ratios hold where absolute figures do not: they depend on the machine, which is named.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import apsw
import orjson

from madang import clock
from madang.entities.entity import Document, canonical_bytes, geo_property, property_, relationship
from madang.entities.query import GeoQuery, Query, parse_q, parse_types
from madang.store import Store, View, schema

TYPES = ("Building", "Tree", "Lamp", "Shop", "Parcel", "Sign", "Bench", "Gate", "Wall", "Pole")
CHUNK = 20_000
EDGE = 0.3  # degrees
TITLE = {"ko": "벤치시", "en": "Benchville"}


Tell = Callable[[str, float, float | None, str, str], None]


@dataclass
class Figure:
    """One measured thing: both sides, their ratio (first by second), and the goal if there is one."""

    what: str
    ours: float
    other: float | None
    unit: str
    ratio: float | None
    goal: str


def document(number: int, chance: random.Random) -> Document:
    """An entity of about 800 bytes with six indexed attributes; one in ten is a polygon."""
    x, y = 127.0 + chance.random() * EDGE, 37.3 + chance.random() * EDGE
    shape: dict[str, Any] = {"type": "Point", "coordinates": [x, y]}
    if number % 10 == 0:
        ring = [[x, y], [x + 3e-4, y], [x + 3e-4, y + 3e-4], [x, y + 3e-4], [x, y]]
        shape = {"type": "Polygon", "coordinates": [ring]}
    kind = TYPES[number % len(TYPES)]
    return {
        "id": f"urn:ngsi-ld:{kind}:bench:{number:08d}",
        "type": kind,
        "name": property_(f"삼평동 {number}"),
        "height": property_(chance.random() * 100, unit="MTR"),
        "temperature": property_(chance.uniform(-10, 40), unit="CEL"),
        "condition": property_(chance.choice(["ok", "worn", "failed"])),
        "refDong": relationship(f"urn:ngsi-ld:Dong:kostat-2020:{3102300 + number % 50}"),
        "description": property_("가나다라마바사아자차카타파하 " * 6),
        "location": geo_property(shape),
    }


class Stopwatch:
    """CPU and wall seconds, added up."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def __enter__(self) -> Stopwatch:
        self._cpu, self._wall = time.thread_time(), clock.elapsed_s()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu += time.thread_time() - self._cpu
        self.wall += clock.elapsed_s() - self._wall


# --- bulk load -------------------------------------------------------------------------------------------------------


def chunks(number: int) -> Iterator[list[Document]]:
    """The city's documents, the same each time."""
    chance = random.Random(1)
    for start in range(0, number, CHUNK):
        yield [document(n, chance) for n in range(start, min(start + CHUNK, number))]


def load(path: Path, number: int, *, parsing: bool) -> Stopwatch:
    """Our bulk load, from documents or from their JSON."""
    watch = Stopwatch()
    store = Store.create(path, city_id="bench", title=TITLE)
    with store.transact(actor="bench", reason="load") as tx:
        for docs in chunks(number):
            texts = [canonical_bytes(doc) for doc in docs] if parsing else []
            if parsing:
                del docs
                with watch:
                    tx.put_many(map(orjson.loads, texts))
            else:
                with watch:
                    tx.put_many(docs)
            texts.clear()
        watch.__enter__()
    watch.__exit__()
    store.close()  # the raw side reads its rows from this file, and no other connection may
    return watch


TABLES = {
    "md_ent": "INSERT INTO md_ent VALUES(?, ?, ?, ?, ?, CAST(? AS TEXT))",
    "md_ix": "INSERT INTO md_ix VALUES(?, ?, ?, ?)",
    "md_geo": "INSERT INTO md_geo VALUES(?, ?, ?, ?, ?)",
    "md_geom": "INSERT INTO md_geom VALUES(?, ?)",
    "md_chg": "INSERT INTO md_chg VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
}


def load_raw(path: Path, loaded: Path, *, parsing: bool) -> Stopwatch:
    """The same rows in the same order into the same tables, by `executemany` and nothing else."""
    source = apsw.Connection(str(loaded))
    raw = apsw.Connection(str(path))
    for name, value in (("page_size", 8192), ("journal_mode", "wal"), ("synchronous", "FULL"), ("mmap_size", 8 << 30),
                        ("cache_size", -256_000), ("temp_store", "memory")):  # fmt: skip
        raw.pragma(name, value)
    schema.build(raw)
    watch = Stopwatch()
    last = source.execute("SELECT max(eid) FROM md_ent").get
    attributes = dict(source.execute("SELECT name, nid FROM md_name"))
    raw.execute("BEGIN IMMEDIATE")
    of_batch: dict[int, list[Any]] = {}
    for row in source.execute("SELECT type, attr, val, eid FROM md_ix"):  # in the order of the table, as we insert
        of_batch.setdefault((row[3] - 1) // CHUNK, []).append(row)
    for batch, start in enumerate(range(1, last + 1, CHUNK)):
        span = (start, start + CHUNK)
        rows: dict[str, list[Any]] = {
            "md_ent": source.execute(
                "SELECT eid, id, lane, type, from_tx, CAST(doc AS BLOB) FROM md_ent WHERE eid >= ? AND eid < ?", span
            ).fetchall(),
            "md_ix": of_batch.pop(batch, []),
            "md_geo": source.execute("SELECT * FROM md_geo WHERE eid >= ? AND eid < ?", span).fetchall(),
            "md_geom": source.execute("SELECT * FROM md_geom WHERE eid >= ? AND eid < ?", span).fetchall(),
            "md_chg": source.execute("SELECT * FROM md_chg WHERE tx = 2 AND eid >= ? AND eid < ?", span).fetchall(),
        }
        with watch:
            if parsing:
                rows["md_ix"] = taken_out(rows["md_ent"], attributes)
            for table, sql in TABLES.items():
                raw.executemany(sql, rows[table])
    with watch:
        raw.execute("COMMIT")
    raw.close()
    source.close()
    return watch


def taken_out(entities: list[Any], attributes: dict[str, int]) -> list[Any]:
    """Index rows from the JSON, as short a loop as this city allows, and sorted."""
    groups: dict[tuple[int, str], list[Any]] = {}
    for eid, _, _, kind, _, text in entities:
        doc = orjson.loads(text)
        for name in ("name", "height", "temperature", "condition", "description"):
            groups.setdefault((kind, name), []).append((kind, attributes[name], doc[name]["value"], eid))
        groups.setdefault((kind, "refDong"), []).append((kind, attributes["refDong"], doc["refDong"]["object"], eid))
    for group in groups.values():
        group.sort()
    return [row for key in sorted(groups, key=lambda key: (key[0], attributes[key[1]])) for row in groups[key]]


# --- reading ---------------------------------------------------------------------------------------------------------


def questions(number: int) -> dict[str, tuple[Callable[[View, random.Random], object], str]]:
    """What is asked of a view, and the goal for a branch with one entity in a hundred changed."""
    side = EDGE * (1000 / number) ** 0.5 if number > 1000 else EDGE

    def one(view: View, chance: random.Random) -> object:
        n = chance.randrange(number)
        return view.get(f"urn:ngsi-ld:{TYPES[n % 10]}:bench:{n:08d}")

    def box(view: View, chance: random.Random) -> object:
        x, y = 127.0 + chance.random() * (EDGE - side), 37.3 + chance.random() * (EDGE - side)
        ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
        return view.query(Query(geo=GeoQuery("intersects", {"type": "Polygon", "coordinates": [ring]})))

    lamps = parse_types("Lamp")
    worn = Query(types=lamps, q=parse_q("height<7"))
    hundred = Query(types=lamps, q=parse_q("temperature>35"), limit=100)
    hot = Query(types=lamps, q=parse_q("temperature>35"))
    return {
        "one entity by id": (one, "<= 1.2"),
        "list (7 % of a type)": (lambda view, _: view.query(worn), "<= 1.2"),
        "list, limit 100": (lambda view, _: view.query(hundred), "<= +0.1 ms"),
        "box of ~1000": (box, "<= 1.2"),
        "count by value": (lambda view, _: view.count(hot), "<= 1.2"),
        "count of a type": (lambda view, _: view.count(Query(types=lamps)), "<= 1.2"),
    }


ROUNDS = {"one entity by id": 400, "list, limit 100": 60, "count by value": 60}


def ask(store: Store, number: int, *, rounds: int) -> dict[str, tuple[float, float]]:
    """Median CPU microseconds of each question on main and on the branch, asked in turns on fresh views."""
    found = {}
    for what, (question, _) in questions(number).items():
        times: dict[str, list[float]] = {"main": [], "bench": []}
        repeat = ROUNDS.get(what, 5)
        for branch in times:
            question(store.view(branch), random.Random(0))  # what a branch keeps in memory is worked out once
        for n in range(rounds):
            for branch, spent in times.items():
                view, chance = store.view(branch), random.Random(n)
                start = time.thread_time()
                for _ in range(repeat):
                    question(view, chance)
                spent.append((time.thread_time() - start) / repeat * 1e6)
        found[what] = (statistics.median(times["bench"]), statistics.median(times["main"]))
    return found


class Readings:
    """1,667 readings a second into main, from a thread of their own, until it is told to stop."""

    SENSORS, TICK_S = 100, 0.06

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.sent, self.seconds = 0, 0.0

    def __enter__(self) -> Readings:
        with self._store.transact(actor="bench", reason="sensors") as tx:
            for n in range(self.SENSORS):
                tx.put({"id": f"urn:ngsi-ld:AirQualityObserved:bench:{n}", "type": "AirQualityObserved"})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        start = clock.elapsed_s()
        while not self._stop.wait(max(0.0, start + self.sent / self.SENSORS * self.TICK_S - clock.elapsed_s())):
            at = clock.now()

            def send(tx: Any, at: Any = at, chance: random.Random = random.Random(self.sent)) -> None:  # noqa: B008 - bound here on purpose
                for n in range(self.SENSORS):
                    tx.observe(f"urn:ngsi-ld:AirQualityObserved:bench:{n}", "pm10", chance.random() * 100, at)

            self._store.submit(send, actor="feed:bench", reason="readings").result()
            self.sent += self.SENSORS
        self.seconds = clock.elapsed_s() - start


# --- the whole -------------------------------------------------------------------------------------------------------


def measure(number: int, folder: Path, *, parts: set[str]) -> list[Figure]:
    """The asked parts, on a city of `number` entities."""
    figures: list[Figure] = []

    def told(what: str, ours: float, other: float | None, unit: str, goal: str) -> None:
        figure = Figure(what, ours, other, unit, None if other is None else ours / other, goal)
        figures.append(figure)
        ratio = "" if figure.ratio is None else f"{figure.ratio:8.2f}"
        print(f"{what:44s} {ours:12.1f} {'' if other is None else f'{other:12.1f}':>12} {unit:12s} {ratio:8s} {goal}")

    print(f"{'':44s} {'ours':>12} {'other':>12} {'':12s} {'ratio':>8} goal")
    if "load" in parts:
        compare_loads(folder, number, told)
    load(folder / "city.gpkg", number, parsing=False)
    if "branch" in parts:
        compare_branches(folder, number, told)
    return figures


def compare_loads(folder: Path, number: int, told: Tell) -> None:
    """Bulk load against raw inserts of the same rows."""
    for parsing in (False, True):
        watch = load(folder / "city.gpkg", number, parsing=parsing)
        raw = load_raw(folder / "raw.db", folder / "city.gpkg", parsing=parsing)
        cpu, wall = (number / watch.cpu, number / raw.cpu), (number / watch.wall, number / raw.wall)
        if parsing:
            told("from JSON / raw inserts that parse it", *cpu, "rows/s CPU", ">= 0.60")
        else:
            told("bulk load / raw inserts", *cpu, "rows/s CPU", ">= 0.40")
            told("bulk load / raw inserts, wall", *wall, "rows/s wall", ">= 0.40")
        for name in ("city.gpkg", "raw.db"):
            (folder / name).unlink()


def compare_branches(folder: Path, number: int, told: Tell) -> None:
    """Branches against main, forks, a merge, single writes, verify."""
    store = Store.open(folder / "city.gpkg", write=True)

    small = Store.create(folder / "small.gpkg", city_id="small", title=TITLE)
    with small.transact(actor="bench", reason="load") as tx:
        tx.put_many(next(chunks(1000)))
    forks: dict[str, list[float]] = {"city": [], "small": []}
    for n in range(15):
        for name, one in (("city", store), ("small", small)):
            start = clock.elapsed_s()
            one.fork(f"f{n}", actor="bench", reason="fork")
            forks[name].append((clock.elapsed_s() - start) * 1e3)
    told(f"fork, {number} / 1000 entities", statistics.median(forks["city"]), statistics.median(forks["small"]),
         "ms wall", "same")  # fmt: skip
    small.close()

    store.fork("bench", actor="bench", reason="one in a hundred")
    change(store, "bench", number // 100, number)
    for name, (branch, main) in ask(store, number, rounds=21).items():
        told(f"branch / main: {name}", branch, main, "us CPU", questions(number)[name][1])
    with Readings(store) as readings:
        for name, (branch, main) in ask(store, number, rounds=21).items():
            told(f"  the same during readings: {name}", branch, main, "us CPU", questions(number)[name][1])
    told("readings taken meanwhile", readings.sent / readings.seconds, None, "per s", "1667 asked")

    store.fork("merge", actor="bench", reason="to merge")
    many = min(100_000, number // 2)
    watch = Stopwatch()
    with watch:
        change(store, "merge", many, number)
    told(f"{many} changes written to a branch", many / watch.cpu, None, "per s CPU", "")
    watch = Stopwatch()
    with watch:
        store.merge("merge", actor="bench", reason="merge")
    told(f"merge of {many} changes, wall", watch.wall, None, "s", "< 10")
    told(f"merge of {many} changes, CPU", watch.cpu, None, "s", "")

    docs = next(chunks(2000))
    start = clock.elapsed_s()
    waiting = []
    for doc in docs[: min(2000, number)]:
        changed = {**doc, "height": property_(7.0, unit="MTR")}
        waiting.append(store.submit(lambda tx, changed=changed: tx.put(changed), actor="api:bench", reason="put"))  # type: ignore[misc]
    for future in waiting:
        future.result()
    told(
        "single puts, group commit, synchronous=FULL",
        len(waiting) / (clock.elapsed_s() - start),
        None,
        "per s wall",
        "",
    )
    start = clock.elapsed_s()
    report = store.verify()
    told("verify", clock.elapsed_s() - start, None, "s wall", "ok" if report.ok else "PROBLEMS")
    store.close()


def change(store: Store, branch: str, many: int, number: int) -> None:
    """Give `many` entities, spread over the city, another temperature."""
    chance = random.Random(branch)
    wanted = sorted(chance.sample(range(number), many))
    view = store.view(branch)
    with store.transact(branch=branch, actor="bench", reason="change") as tx:
        for n in wanted:
            doc = view.document(f"urn:ngsi-ld:{TYPES[n % 10]}:bench:{n:08d}")
            assert doc is not None
            doc["temperature"] = property_(chance.uniform(30, 45), unit="CEL")
            tx.put(doc)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        model = f"{len(names)} x {names[0]}" if names else model
    return {
        "machine": model,
        "python": platform.python_version(),
        "sqlite": apsw.sqlite_lib_version(),
        "synchronous": "FULL",
    }


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--parts", nargs="+", choices=("load", "branch"), default=("load", "branch"))
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--folder", type=Path, help="where to build (default: a temporary folder)")
    given = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(dir=given.folder))
    try:
        print(f"{given.entities} entities; {machine()}")
        figures = measure(given.entities, folder, parts=set(given.parts))
    finally:
        shutil.rmtree(folder)
    if given.json:
        told = {"entities": given.entities, **machine(), "figures": [asdict(figure) for figure in figures]}
        given.json.write_text(json.dumps(told, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
