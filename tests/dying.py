"""A city whose history is changed by a process that dies, or whose disk fails, at a chosen step.

Run as a program, it makes copies of a city and lets a process of its own change the history of each, killed at one step
after another, until one comes through: `python dying.py CITY FOLDER ACTS ONE_IN`.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import deltalake

from madang.store import Store, compaction, retention, segments
from madang.store.compaction import Mover
from madang.store.retention import Rule
from madang.store.transaction import to_micros

START = datetime(2026, 1, 1, tzinfo=UTC)
SENSOR = "urn:ngsi-ld:AirQualityObserved:test:{}"
DAYS, SENSORS = 6, 3


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def make(path: Path) -> None:
    """A city with a few days of readings every half hour, one transaction a sensor and day, and some corrections."""
    with Store.create(path, city_id="t", title={"en": "T"}) as store:
        with store.transact(actor="test", reason="sensors") as tx:
            for number in range(SENSORS):
                tx.put({"id": SENSOR.format(number), "type": "AirQualityObserved"})
        for day in range(DAYS):
            with store.transact(actor="test", reason="readings") as tx:
                for number in range(SENSORS):
                    for half in range(48):
                        tx.observe(SENSOR.format(number), "pm10", float(half + number), at(day * 24 + half / 2))
        with store.transact(actor="test", reason="corrections") as tx:
            tx.observe(SENSOR.format(0), "pm10", 1000.0, at(30))


def change(store: Store, acts: str) -> None:
    """Move, merge and thin, as the letters say."""
    mover = Mover(store)
    for act in acts:
        if act == "m":
            mover.move(to_micros(at(24 * 4)), most=300)
        elif act == "o":
            mover.merge(all_small=True)
        elif act == "r":
            retention.apply(mover, RULES, to_micros(at(24 * 5)))


RULES = [Rule("AirQualityObserved", "pm10", raw_s=4 * 86_400, hourly_s=None)]  # the first day becomes means


def readings(store: Store, upto: int | None = None) -> list[Any]:
    """Everything that the city says of its sensors."""
    view = store.view(at=upto)
    return [
        (number, one.observed_at, one.value, one.recorded_at, one.mean_s)
        for number in range(SENSORS)
        for one in view.observations(SENSOR.format(number), "pm10")
    ]


@contextmanager
def failing(step: Callable[[str], None]) -> Iterator[None]:
    """Have `step` called before and after each thing that reaches the disk, and within each commit of the file."""

    def around(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def made(*words: Any, **more: Any) -> Any:
            step(f"before {name}")
            found = real(*words, **more)
            step(f"after {name}")
            return found

        return made

    beside, act = Store.submit_beside, Store._act

    def submit_beside(self: Store, wanted: Callable[[Any], Any]) -> Any:
        def within(db: Any) -> Any:
            found = wanted(db)
            step("within commit")
            return found

        step("before commit")
        done = beside(self, within)
        done.result()
        step("after commit")
        return done

    @contextmanager
    def acting(self: Store, *words: Any, **more: Any) -> Iterator[Any]:
        with act(self, *words, **more) as tx:
            yield tx
            if tx.kind == "retention":
                step("within transaction")
        step("after transaction")

    def torn(table: Any, path: Path) -> None:
        path.write_bytes(b"PAR1 half a")
        step("half a segment")
        path.unlink()
        real_write(table, path)
        step("a segment that no disk has yet")

    real_write = segments.write
    table = deltalake.DeltaTable
    with ExitStack() as patches:
        for where, name, instead in (
            (segments, "write", torn),
            (segments, "sync", around("sync", segments.sync)),
            (compaction.os, "replace", around("replace", os.replace)),
            (compaction.os, "remove", around("remove", os.remove)),
            (table, "create_write_transaction", around("log", table.create_write_transaction)),
            (Store, "submit_beside", submit_beside),
            (Store, "_act", acting),
        ):
            patches.enter_context(mock.patch.object(where, name, instead))
        yield


def some(one_in: int) -> list[int]:
    """The steps at which something is to go wrong: all of them, or one in so many, drawn once and for all."""
    chance = random.Random(6)
    return [number for number in range(1000) if one_in == 1 or number == 0 or chance.randrange(one_in) == 0]


def main(city: Path, folder: Path, acts: str, one_in: int) -> None:
    for number in some(one_in):
        room = folder / str(number)
        room.mkdir()
        shutil.copyfile(city, room / "city.gpkg")
        child = os.fork()
        if child == 0:
            left = [number]

            def step(name: str, left: list[int] = left, room: Path = room) -> None:
                if left[0] == 0:
                    (room / "died").write_text(name)
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1

            with Store.open(room / "city.gpkg", write=True) as store, failing(step):
                change(store, acts)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            assert os.WEXITSTATUS(status) == 0, f"step {number} ended otherwise"
            print(number)
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
