"""Whoever dies or fails while readings move: each is in one place, and the next process puts log and folder right."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

import dying
from madang.store import Store, segments
from madang.store.compaction import Mover, standing
from madang.store.transaction import to_micros

HERE = Path(__file__).parent.parent
ONE_IN = 1 if os.environ.get("MADANG_LONG") else 8  # of the steps at which something goes wrong


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("city") / "city.gpkg"
    dying.make(path)
    return path


@pytest.fixture(scope="module")
def expected(made: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the city says before, and after the acts "mmo" and "mmor" have come through."""
    found = {}
    for acts in ("", "mmo", "mmor"):
        path = tmp_path_factory.mktemp("whole") / "city.gpkg"
        shutil.copyfile(made, path)
        with Store.open(path, write=True) as store:
            dying.change(store, acts)
            found[acts] = dying.readings(store)
            assert store.verify().problems == ()
    assert found[""] == found["mmo"] != found["mmor"]
    return found


def assert_whole(path: Path, allowed: list[Any]) -> None:
    """A reader sees every reading once, before anything is put right; a writer puts log and folder right."""
    with Store.open(path) as store:
        assert dying.readings(store) in allowed
        assert store.verify().problems == ()
    with Store.open(path, write=True) as store:
        mover = Mover(store)
        mover.recover()
        assert dying.readings(store) in allowed
        found = standing(store)
        assert (found.in_question, found.unknown) == (0, ())
        if mover.folder.exists() and (mover.folder / "_delta_log").exists():
            logged = {uri.rsplit("/", 1)[1] for uri in DeltaTable(str(mover.folder)).file_uris()}
            assert logged == {one.name for one in mover.folder.glob("*.parquet")}
            with store._readers.reading() as db:
                assert logged == {one.path for one in segments.listed(db)}
        assert not list(mover.folder.glob("_part*"))
        while mover.move(to_micros(dying.at(24 * 4))):
            pass
        assert dying.readings(store) in allowed
        assert store.verify().problems == ()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is made by fork and killed by SIGKILL")
def test_a_process_killed_at_any_step_loses_and_doubles_nothing(
    made: Path, expected: dict[str, Any], tmp_path: Path
) -> None:
    acts = "mmor"
    done = subprocess.run(
        [sys.executable, str(HERE / "dying.py"), str(made), str(tmp_path), acts, str(ONE_IN)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    steps = int(done.stdout)
    assert steps > 60
    allowed = [expected[""], expected[acts]]
    for number in dying.some(ONE_IN):
        if number == steps:
            break
        died = (tmp_path / str(number) / "died").read_text()
        assert died
        assert_whole(tmp_path / str(number) / "city.gpkg", allowed)


def test_a_disk_that_fails_at_any_step_leaves_all_as_it_was_and_the_next_try_succeeds(
    made: Path, expected: dict[str, Any], tmp_path: Path
) -> None:
    allowed = [expected[""], expected["mmor"]]
    for number in dying.some(ONE_IN):
        path = tmp_path / str(number) / "city.gpkg"
        path.parent.mkdir()
        shutil.copyfile(made, path)
        left = [number]

        def step(name: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == -1:
                raise OSError(errno.ENOSPC, f"no room left: {name}")

        with Store.open(path, write=True) as store:
            try:
                with dying.failing(step):
                    dying.change(store, "mmor")
            except OSError:
                assert dying.readings(store) in allowed
            if left[0] >= 0:
                assert number > 60
                return
        assert_whole(path, allowed)
    raise AssertionError("it never came through")


def test_readers_beside_see_every_reading_once_all_the_time(
    made: Path, expected: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "city.gpkg"
    shutil.copyfile(made, path)
    stop, wrong, asked = threading.Event(), [], [0]
    with Store.open(path, write=True) as store, Store.open(path) as other:
        head = store.data_version()
        old = store.view()

        def look(who: Store) -> None:
            while not stop.is_set():
                asked[0] += 1
                found = dying.readings(who, upto=head)
                if found != expected[""]:
                    wrong.append(len(found))
                values = [one.value for one in old.observations(dying.SENSOR.format(0), "pm10", last=50)]
                if values != [one[2] for one in expected[""] if one[0] == 0][-50:]:
                    wrong.append(-1)

        threads = [threading.Thread(target=look, args=(who,)) for who in (store, store, other)]
        for one in threads:
            one.start()
        mover, minute = Mover(store), 0
        while mover.move(to_micros(dying.at(24 * 5)), recorded_upto=head, most=40):
            mover.merge(all_small=standing(store).segments > 4)
            minute += 1
            with store.transact(actor="test", reason="late") as tx:
                tx.observe(dying.SENSOR.format(2), "late", float(minute), dying.at(minute / 60))
        stop.set()
        for one in threads:
            one.join()
        assert asked[0] > 5
        assert wrong == []
        assert store.verify().problems == ()
