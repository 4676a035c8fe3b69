"""Moving old readings out of a city file into segments beside it, and small segments into larger ones.

The city file is the truth about where a reading is; its one transaction moves it. In order, each on the disk before the
next:

    1  the city file notes which file is going to be written (`md_moving`)
    2  the segment is written under a hidden name, then given its own
    3  the Delta log names it, with the id of the compaction
    4  one transaction of the city file names it with its SHA-256, and deletes the rows it holds

Whoever dies in between leaves the rows where they were, and a file in question: `recover`, called before every
compaction, takes out of the log and off the disk what is noted and not named. Files that nobody noted are left alone:
they may belong to a later copy of the city file. A file that a larger one has replaced becomes one in question within
the transaction that replaces it, and goes when nobody reads it.

All rows of the newest moment of each series stay, so the latest reading is never looked for in a segment.
"""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import apsw
import numpy as np
import pyarrow as pa

from madang import clock
from madang.errors import CallerError, DataError, FileError
from madang.store import delta, file, following, segments
from madang.store.applying import without_collecting
from madang.store.rows import every, first, only
from madang.store.segments import KEY, SCHEMA, Segment, Value

if TYPE_CHECKING:
    from madang.store.store import Store

STEP_ROWS = 10_000  # of one transaction: what a write may have to wait for
LARGE_ROWS = 1_000_000  # a segment that is not made larger
FAN_IN = 8  # segments of about one size become one
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standing:
    """How much is where."""

    hot_rows: int
    segments: int
    rows: int
    bytes: int
    first: int | None
    last: int | None
    in_question: int
    unknown: tuple[str, ...]  # files of the folder that this city file never heard of


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows of one series on their way out."""

    sid: int
    rows: list[tuple[int, int, Value]]  # at, tx, value


class Mover:
    """Moves the readings of one city that is open for writing. One works at a time, whatever thread it is on."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.folder = segments.folder_beside(store.path)
        self._city = store.city.uuid
        self._turn = turn_of(store.path)
        self._from = 0  # the series to go on with
        self.held_s = 0.0  # how long the last exchange kept other writes waiting, the wait for the disk apart

    # --- out of the file ---------------------------------------------------------------------------------------------

    def move(self, before: int, *, recorded_upto: int | None = None, most: int = STEP_ROWS) -> int:
        """Move at most so many readings made before a moment, and say how many were.

        0 means that nothing of what was recorded up to that transaction is left to move. What a follower has yet to
        read stays: it is looked up as it was then, and a rule may have dropped it by the time it is told.
        """
        delta.require()
        with self._turn:
            self.recover()
            # Ten thousand small tuples set off a collection of the whole heap, and every thread waits for that.
            with without_collecting(), self.store._readers.reading() as db:
                upto = following.seen_by_all(db)
                upto = upto if recorded_upto is None else min(upto, recorded_upto)
                blocks = list(self._due(db, before, upto, most))
                table = _table_of(db, blocks) if blocks else None
            if table is None:
                return 0

            def record(db: apsw.Connection, made: Sequence[Segment]) -> None:
                for block in blocks:
                    (first_at, first_tx, _), (last_at, last_tx, _) = block.rows[0], block.rows[-1]
                    db.execute(
                        "DELETE FROM md_obs WHERE sid = ? AND at >= ? AND at <= ? AND tx <= ?"
                        " AND (at, tx) >= (?, ?) AND (at, tx) <= (?, ?)",
                        (block.sid, first_at, last_at, upto, first_at, first_tx, last_at, last_tx),
                    )
                    if db.changes() != len(block.rows):
                        raise DataError("history.rows-changed", rows=len(block.rows), found=db.changes())

            self._exchange([], [table], record)
            return len(table)

    def _due(self, db: apsw.Connection, before: int, upto: int, most: int) -> Iterator[_Block]:
        """Rows to move, series by series from where the last step stopped; once round at most."""
        room = most
        for clause, bound in (("sid >= ?", self._from), ("sid < ?", self._from)):
            for (sid,) in every(db, f"SELECT sid FROM md_series WHERE {clause} ORDER BY sid", (bound,)):
                newest = db.execute("SELECT max(at) FROM md_obs WHERE sid = ?", (sid,)).get
                if newest is None:
                    continue
                rows = every(
                    db,
                    "SELECT at, tx, val FROM md_obs WHERE sid = ? AND at < ? AND tx <= ? ORDER BY at, tx LIMIT ?",
                    (sid, min(before, newest), upto, room),
                )
                if rows:
                    room -= len(rows)
                    yield _Block(sid, rows)
                if room <= 0:
                    self._from = sid
                    return
        self._from = 0

    # --- segments into larger ones -----------------------------------------------------------------------------------

    def merge(self, *, all_small: bool = False) -> int:
        """Make one segment of several of about one size; says how many are fewer. 0: nothing to merge."""
        delta.require()
        with self._turn:
            self.recover()
            with self.store._readers.reading() as db:
                chosen = _mergeable(segments.listed(db), all_small=all_small)
            if not chosen:
                return 0
            self.rewrite(chosen, segments.sorted_rows)
            return len(chosen) - 1

    def rewrite(
        self,
        old: Sequence[Segment],
        make: Callable[[list[pa.Table]], pa.Table],
        record: Callable[[apsw.Connection, Sequence[Segment]], None] | None = None,
        beside: Callable[[Callable[[apsw.Connection], None]], None] | None = None,
    ) -> None:
        """Put one segment in the place of several; `make` says what it holds. For whoever has the turn."""
        tables = []
        for one in old:
            self._require_whole(one)
            with segments.Reader(self.folder / one.path) as reader:
                tables.append(reader.table(range(len(reader.groups))))
        made = make(tables)
        del tables
        self._exchange(old, [made] if len(made) else [], record, beside)

    def _require_whole(self, one: Segment) -> None:
        """See that a file is what was written, before its rows go elsewhere and the file goes."""
        path = self.folder / one.path
        if not path.exists():
            raise FileError("history.segment-missing", path=str(path))
        if segments.sha256_of(path) != one.sha256:
            raise FileError("history.segment-changed", path=str(path))

    # --- the order of a change ---------------------------------------------------------------------------------------

    def _exchange(
        self,
        old: Sequence[Segment],
        tables: Sequence[pa.Table],
        record: Callable[[apsw.Connection, Sequence[Segment]], None] | None = None,
        beside: Callable[[Callable[[apsw.Connection], None]], None] | None = None,
    ) -> None:
        """New segments in the place of old ones, with whatever else belongs to it, in the order that survives."""
        compaction = uuid.uuid4().hex
        names = [f"part-{compaction}-{number}.zstd.parquet" for number in range(len(tables))]
        moving = [(name, compaction) for name in names]
        self._beside(lambda db: db.executemany("INSERT INTO md_moving VALUES(?, ?)", moving))
        try:
            self.folder.mkdir(exist_ok=True)
            made, added = [], []
            for name, table in zip(names, tables, strict=True):
                path = self._write(name, table)
                bounds = segments.bounds_of(table)
                size, sha256 = path.stat().st_size, segments.sha256_of(path)
                made.append(
                    Segment(name, compaction, sha256, size, bounds.rows, bounds.first, bounds.last, bounds.first_tx,
                            bounds.tx)
                )  # fmt: skip
                added.append(delta.Added(name, size, segments.statistics(table)))
            delta.commit(
                self.folder,
                city=self._city,
                compaction=compaction,
                add=added,
                remove=[one.path for one in old],
                same_rows=bool(old) and beside is None,
            )

            def exchange(db: apsw.Connection) -> None:
                began = clock.elapsed_s()
                if record is not None:
                    record(db, made)
                db.executemany("DELETE FROM md_segment WHERE path = ?", [(one.path,) for one in old])
                db.executemany("INSERT INTO md_moving VALUES(?, ?)", [(one.path, compaction) for one in old])
                db.executemany(
                    "INSERT INTO md_segment(path, compaction, sha256, size, rows, first, last, first_tx, tx)"
                    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [tuple(getattr(one, name) for name in Segment.__slots__) for one in made],
                )
                db.executemany("DELETE FROM md_moving WHERE path = ?", [(name,) for name in names])
                self.held_s = clock.elapsed_s() - began

            if beside is None:
                self._beside(exchange)
            else:
                beside(exchange)
        except BaseException:
            with suppress(Exception):  # what failed is told; what is left is put right before the next compaction
                self.recover()
            raise
        if old:
            self.recover()

    def _write(self, name: str, table: pa.Table) -> Path:
        hidden, path = self.folder / f"_{name}.new", self.folder / name
        segments.write(table, hidden)
        segments.sync(hidden)
        os.replace(hidden, path)
        segments.sync(self.folder)
        return path

    def _beside(self, act: Callable[[apsw.Connection], T]) -> T:
        done: Future[T] = self.store.submit_beside(act)
        return done.result()

    # --- after a crash -----------------------------------------------------------------------------------------------

    def recover(self) -> int:
        """Make log and folder follow the city file; says how many files in question were settled."""
        with self.store._readers.reading() as db:
            moving = {name for (name,) in every(db, "SELECT path FROM md_moving")}
            known = {one.path: one for one in segments.listed(db)}
        if not moving and self.folder in _followed:
            return 0
        if not self.folder.exists():
            if moving:
                self._forget(moving)
            return len(moving)
        if moving or known:
            delta.require()
            added = {name: delta.Added(name, one.size, f'{{"numRecords":{one.rows}}}') for name, one in known.items()}
            delta.follow(self.folder, city=self._city, known=added, questioned=moving)
        settled = {name for name in moving if name in known or self._remove(name)}
        if settled:
            self._forget(settled)
        _followed.add(self.folder)
        return len(settled)

    def _remove(self, name: str) -> bool:
        with suppress(FileNotFoundError):
            os.remove(self.folder / f"_{name}.new")
        try:
            return segments.remove_if_unread(self.folder / name, _unlink)
        except PermissionError:  # another process has it open, on a system where that keeps it
            return False

    def _forget(self, names: set[str]) -> None:
        self._beside(lambda db: db.executemany("DELETE FROM md_moving WHERE path = ?", [(name,) for name in names]))

    # --- how things stand --------------------------------------------------------------------------------------------

    @property
    def turn(self) -> threading.RLock:
        """Held by whoever changes the history."""
        return self._turn


_turns: dict[Path, threading.RLock] = {}
_followed: set[Path] = set()  # folders whose log was looked at in this process


def turn_of(path: Path) -> threading.RLock:
    """The lock that whoever changes or copies the history of a city file holds."""
    return _turns.setdefault(segments.folder_beside(path), threading.RLock())


def _unlink(path: Path) -> None:
    with suppress(FileNotFoundError):
        os.remove(path)


def standing(store: Store) -> Standing:
    """How much of a city's readings is hot, how much in segments, and whether there are files it does not know."""
    with store._readers.reading() as db:
        hot = int(db.execute("SELECT count(*) FROM md_obs").get)
        found = segments.listed(db)
        moving = {name for (name,) in every(db, "SELECT path FROM md_moving")}
        folder = segments.folder_of(db)
    known = {one.path for one in found} | moving
    files = sorted(path.name for path in folder.glob("*.parquet")) if folder.is_dir() else []
    return Standing(
        hot_rows=hot,
        segments=len(found),
        rows=sum(one.rows for one in found),
        bytes=sum(one.size for one in found),
        first=min((one.first for one in found), default=None),
        last=max((one.last for one in found), default=None),
        in_question=len(moving),
        unknown=tuple(name for name in files if name not in known),
    )


def copy_beside(source: Path, to: Path) -> int:
    """Give a copy of a city file its own history: the same segments, linked where the disk can, under a log of its own.

    Who copies has the turn (`turn_of`), so nothing that the copy names is removed meanwhile.
    """
    db = file.open_reader(to)
    try:
        found, city = segments.listed(db), only(db, "SELECT uuid FROM md_city")[0]
    finally:
        file.close(db, to)
    if not found:
        return 0
    there, folder = segments.folder_beside(source), segments.folder_beside(to)
    if folder.exists():
        raise FileError("store.exists", path=str(folder))
    folder.mkdir()
    for one in found:
        if not (there / one.path).exists():
            raise FileError("history.segment-missing", path=str(there / one.path))
        try:
            os.link(there / one.path, folder / one.path)
        except OSError:
            shutil.copyfile(there / one.path, folder / one.path)
            segments.sync(folder / one.path)
    segments.sync(folder)
    with suppress(CallerError):  # without the library the copy is whole, and its log is made with its next compaction
        added = [delta.Added(one.path, one.size, f'{{"numRecords":{one.rows}}}') for one in found]
        delta.commit(folder, city=city, compaction="copy", add=added)
    return len(found)


def _mergeable(found: Sequence[Segment], *, all_small: bool) -> list[Segment]:
    """Segments to become one: several of one size, or, if all shall, as many as make one large one."""
    small = sorted((one for one in found if one.rows < LARGE_ROWS // 2), key=lambda one: one.first)
    sizes: dict[int, list[Segment]] = {}
    for one in small:
        sizes.setdefault(0 if all_small else int(np.log(max(1, one.rows / STEP_ROWS)) / np.log(FAN_IN)), []).append(one)
    for alike in sizes.values():
        chosen, rows = [], 0
        for one in alike:
            if rows + one.rows > 2 * LARGE_ROWS:
                break
            chosen.append(one)
            rows += one.rows
        if len(chosen) >= (2 if all_small else FAN_IN):
            return chosen
    return []


def _table_of(db: apsw.Connection, blocks: list[_Block]) -> pa.Table:
    """Rows of the file as rows of a segment, sorted."""
    told = {block.sid: _series_words(db, block.sid) for block in blocks}
    ordered = sorted(blocks, key=lambda block: told[block.sid][0])
    lengths = [len(block.rows) for block in ordered]
    at, tx, values = (list(column) for column in zip(*(row for block in ordered for row in block.rows), strict=True))
    numbers = np.asarray(tx, np.int64)
    acts, place = np.unique(numbers, return_inverse=True)
    moments = [only(db, "SELECT at FROM md_tx WHERE number = ?", (int(one),))[0] for one in acts]
    if set(map(type, values)) == {float}:
        nums, texts = pa.array(values, pa.float64()), pa.nulls(len(values), pa.string())
    else:
        cells = [segments.to_cells(value) for value in values]
        nums = pa.array([num for num, _ in cells], pa.float64())
        texts = pa.array([text for _, text in cells], pa.string())
    columns: dict[str, Any] = {
        "observed_at": pa.array(np.asarray(at, np.int64)).cast(SCHEMA.field("observed_at").type),
        "recorded_at": pa.array(np.asarray(moments, np.int64)[place]).cast(SCHEMA.field("recorded_at").type),
        "tx": pa.array(numbers),
        "num": nums,
        "json": texts,
        "mean_s": pa.nulls(len(at), pa.int32()),
        "readings": pa.nulls(len(at), pa.int32()),
    }
    for number, name in enumerate(KEY):
        columns[name] = _repeated([told[block.sid][0][number] for block in ordered], lengths)
    columns["entity_type"] = _repeated([told[block.sid][1] for block in ordered], lengths)
    columns["unit"] = _repeated([told[block.sid][2] for block in ordered], lengths)
    return pa.table({name: columns[name] for name in SCHEMA.names})


def _repeated(words: Sequence[str | None], times: Sequence[int]) -> pa.DictionaryArray:
    """Each word so many times, as a dictionary."""
    coded = pa.array(words, pa.string()).dictionary_encode()
    return coded.take(pa.array(np.repeat(np.arange(len(words)), times)))


def _series_words(db: apsw.Connection, sid: int) -> tuple[segments.Key, str, str | None]:
    found = only(
        db,
        "SELECT n.name, e.id, s.dataset, b.name, t.name, s.unit FROM md_series s JOIN md_ent e ON e.eid = s.eid"
        " JOIN md_name n ON n.nid = s.attr JOIN md_name t ON t.nid = s.type"
        " JOIN md_branch b ON b.bid = s.branch WHERE s.sid = ?",
        (sid,),
    )
    return (found[0], found[1], found[2], found[3]), found[4], found[5]


def horizon_for(db: apsw.Connection, before: int, most: int) -> int:
    """The moment before which readings have to go so that at most so many stay: `before`, or later if need be."""
    if int(db.execute("SELECT count(*) FROM (SELECT 1 FROM md_obs LIMIT ?)", (most + 1,)).get) <= most:
        return before
    newest = first(db, "SELECT max(at) FROM md_obs")
    low, high = before, max(before, int(newest[0]) if newest else before)
    counted = "SELECT count(*) FROM md_obs WHERE at >= ?"
    if int(db.execute(counted, (low,)).get) <= most:
        return before
    while high - low > max(1_000_000, (high - before) // 1024):
        middle = (low + high) // 2
        if int(db.execute(counted, (middle,)).get) > most:
            low = middle
        else:
            high = middle
    return high
