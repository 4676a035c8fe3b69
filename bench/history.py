"""Readings hot in the city file against cold in segments beside it: ratios within one run.

    python bench/history.py --series 1000 --readings 2000 --json history.json

Wall time of one process; medians. What a write waits for while the service works is measured
with the service's own steps beside a writer that records one reading after another.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from madang import clock
from madang.store import Store, segments
from madang.store.compaction import Mover, standing
from madang.store.retention import Keep, Keeper, keep
from madang.store.transaction import to_micros

START = datetime(2026, 1, 1, tzinfo=UTC)
SENSOR = "urn:ngsi-ld:AirQualityObserved:bench:{:05d}"
EVERY = timedelta(minutes=5)


def build(path: Path, series: int, readings: int) -> tuple[Store, float]:
    """A city with so many readings, and how many a second it took in."""
    store = Store.create(path, city_id="bench", title={"ko": "벤치시", "en": "Benchville"}, synchronous="NORMAL")
    with store.transact(actor="bench", reason="sensors") as tx:
        tx.put_many({"id": SENSOR.format(n), "type": "AirQualityObserved"} for n in range(series))
    began = clock.elapsed_s()
    for start in range(0, readings, 100):
        with store.transact(actor="bench", reason="readings") as tx:
            for number in range(series):
                for tick in range(start, min(start + 100, readings)):
                    tx.observe(SENSOR.format(number), "pm10", 20 + (tick * 7 + number) % 500 / 10, START + tick * EVERY)
    return store, series * readings / (clock.elapsed_s() - began)


def median_ms(act: Callable[[], object], rounds: int = 7) -> float:
    """The median time of a question, after one to warm up."""
    act()
    found = []
    for _ in range(rounds):
        began = clock.elapsed_s()
        act()
        found.append((clock.elapsed_s() - began) * 1000)
    return statistics.median(found)


def series_of_300(store: Store, series: int) -> float:
    view, until = store.view(), START + 400 * EVERY
    return median_ms(
        lambda: view.observations(SENSOR.format(series // 2), "pm10", since=START + 100 * EVERY, until=until)
    )


def by_hour_hot(store: Store) -> float:
    """All series by hour, in SQL over the city file."""

    def ask() -> None:
        with store._readers.reading() as db:
            rows = db.execute("SELECT sid, at / 3600000000, avg(val) FROM md_obs GROUP BY 1, 2").fetchall()
        assert rows

    return median_ms(ask, 3)


def by_hour_cold(store: Store) -> float:
    """All series by hour, in Arrow over the segments."""

    def ask() -> None:
        with store._readers.reading() as db, segments.holding(db) as found:
            tables = []
            for one in found:
                with segments.Reader(segments.folder_of(db) / one.path) as reader:
                    columns = ["entity_id", "observed_at", "num"]
                    tables.append(reader.table(range(len(reader.groups)), columns))
        whole = pa.concat_tables(tables).unify_dictionaries()
        hour = pc.divide(whole.column("observed_at").cast(pa.int64()), 3_600_000_000)
        assert len(whole.append_column("hour", hour).group_by(["entity_id", "hour"]).aggregate([("num", "mean")]))

    return median_ms(ask, 3)


def writes_beside(path: Path, series: int, readings: int) -> dict[str, float]:
    """How long single durable writes take, alone and while the service moves readings."""
    store, _ = build(path, series, readings)
    keep(store, Keep(hot_s=3600), actor="bench", reason="bench")
    keeper, over = Keeper(store), threading.Event()
    now = to_micros(START + timedelta(days=400))
    late = START + readings * EVERY
    waits: dict[bool, list[float]] = defaultdict(list)

    def write(n: int, busy: bool) -> None:
        began = clock.elapsed_s()
        store.submit(
            lambda tx: tx.observe(SENSOR.format(n % series), "no2", float(n), late + n * EVERY), actor="b", reason="w"
        ).result()
        waits[busy].append((clock.elapsed_s() - began) * 1000)

    for n in range(300):
        write(n, False)

    def work() -> None:
        while keeper.step(now, settled_s=-(2**33)):
            over.wait(0.02)
        over.set()

    thread = threading.Thread(target=work)
    thread.start()
    n = 300
    while not over.is_set():
        write(n, True)
        n += 1
    thread.join()
    store.close()
    told = {}
    for busy, name in ((False, "alone"), (True, "beside")):
        found = sorted(waits[busy])
        told[f"write {name} p50 ms"] = found[len(found) // 2]
        told[f"write {name} p99 ms"] = found[int(len(found) * 0.99)]
        told[f"write {name} max ms"] = found[-1]
        told[f"writes {name}"] = len(found)
    return told


def main() -> int:
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--series", type=int, default=500)
    wanted.add_argument("--readings", type=int, default=2000)
    wanted.add_argument("--json", type=Path)
    told = wanted.parse_args()
    rows = told.series * told.readings
    figures: dict[str, Any] = {"machine": platform.machine(), "rows": rows}
    with tempfile.TemporaryDirectory() as folder:
        store, figures["append rows/s"] = build(Path(folder) / "city.gpkg", told.series, told.readings)
        pages = "SELECT sum(pgsize) FROM dbstat WHERE name = 'md_obs'"
        with store._readers.lent() as db:
            try:
                figures["hot bytes a row"] = db.execute(pages).get / rows
            except Exception:  # SQLite without dbstat
                figures["hot bytes a row"] = (Path(folder) / "city.gpkg").stat().st_size / rows
        hot = {"300": series_of_300(store, told.series), "hour": by_hour_hot(store)}
        mover, began, held = Mover(store), clock.elapsed_s(), [0.0]
        before = to_micros(START + (told.readings - 1) * EVERY)
        while mover.move(before):
            held.append(mover.held_s)
        moved_s = clock.elapsed_s() - began
        figures["move rows/s (steps of 10,000)"] = standing(store).rows / moved_s
        figures["transaction of a step, median ms"] = statistics.median(held) * 1000
        figures["transaction of a step, max ms"] = max(held) * 1000
        small = series_of_300(store, told.series)
        began = clock.elapsed_s()
        while mover.merge(all_small=True):
            pass
        figures["merge rows/s"] = standing(store).rows / (clock.elapsed_s() - began)
        found = standing(store)
        figures["cold bytes a row"] = found.bytes / found.rows
        cold = {"300": series_of_300(store, told.series), "hour": by_hour_cold(store)}
        figures["300 points ms: hot, cold in small files, cold"] = [hot["300"], small, cold["300"]]
        figures["all series by hour ms: hot, cold"] = [hot["hour"], cold["hour"]]
        figures["ratio 300 points cold/hot"] = cold["300"] / hot["300"]
        figures["ratio by hour cold/hot"] = cold["hour"] / hot["hour"]
        figures["ratio size hot/cold"] = figures["hot bytes a row"] / figures["cold bytes a row"]
        store.close()
        figures |= writes_beside(Path(folder) / "beside.gpkg", told.series // 2, told.readings // 4)
    for name, value in figures.items():
        shown = [f"{one:,.2f}" for one in value] if isinstance(value, list) else value
        print(f"{name:45} {shown if not isinstance(shown, float) else f'{shown:,.2f}'}")
    if told.json:
        told.json.write_text(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
