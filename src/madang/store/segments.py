"""Segments: Parquet files beside the city file that hold readings moved out of `md_obs`.

A segment never changes. Its rows are self-describing and sorted by (attr, entity_id, dataset_id, branch, observed_at,
tx), so the readings of one series stand together, and a question reads the few row groups whose bounds can hold them.
Strings are plain dictionaries and everything is zstd: cleverer encodings were larger and slower.

Which segments count says `md_segment`, so hot rows and segments are seen in one read transaction as one. A file that a
larger one has replaced is removed once nobody in this process reads it (`holding`). Another process may then
miss a file that the transaction they stand in still names; what took its place holds the same rows, and since a reading
is known by its series, moment and transaction, reading one twice does no harm (`observations.read`).
"""

from __future__ import annotations

import hashlib
import os
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from madang.errors import FileError
from madang.store import file
from madang.store.rows import every

GROUP_ROWS = 16_384
FEW = 8  # series, up to which each is looked for, rather than all looked at
KEY = ("attr", "entity_id", "dataset_id", "branch")  # a series, in the order of the rows
_TIME = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        ("entity_id", pa.string()),
        ("entity_type", pa.string()),
        ("attr", pa.string()),
        ("dataset_id", pa.string()),  # "" where the attribute has one instance
        ("branch", pa.string()),
        ("unit", pa.string()),
        ("observed_at", _TIME),
        ("recorded_at", _TIME),
        ("tx", pa.int64()),
        ("num", pa.float64()),
        ("json", pa.string()),  # the value exactly, where `num` alone would not say it
        ("mean_s", pa.int32()),  # the seconds that a mean stands for, from observed_at on; null for a reading
        ("readings", pa.int32()),  # how many readings a mean is of
    ]
)
_TEXTS = [field.name for field in SCHEMA if pa.types.is_string(field.type)]
_CODED = [name for name in _TEXTS if name != "json"]

Key = tuple[str, str, str, str]
Value = int | float | str | bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as the city file knows it."""

    path: str
    compaction: str
    sha256: str
    size: int
    rows: int
    first: int
    last: int
    first_tx: int
    tx: int


@dataclass(frozen=True, slots=True)
class Cold:
    """One reading of a segment."""

    at: int
    tx: int
    recorded: int
    value: Value
    mean_s: int | None


# --- values ----------------------------------------------------------------------------------------------------------


def to_cells(value: Value) -> tuple[float | None, str | None]:
    """A stored value as (num, json): a float is its number alone, anything else has its JSON beside."""
    if type(value) is float:
        return value, None
    if type(value) is int:
        return float(value), str(value)
    if type(value) is bytes:
        return None, value.decode()
    return None, orjson.dumps(value).decode()


def from_cells(num: float | None, json: str | None) -> Value:
    """The stored value behind (num, json), of the very type it had."""
    if json is None:
        assert num is not None
        return num
    if json.startswith('"'):
        return str(orjson.loads(json))
    return int(json) if num is not None else json.encode()


# --- what the city file knows ----------------------------------------------------------------------------------------


def folder_of(db: apsw.Connection) -> Path:
    """The folder of segments beside the file of a connection."""
    return folder_beside(Path(db.filename))


def folder_beside(path: Path) -> Path:
    """The folder of segments beside a city file: `seongnam.history` for `seongnam.gpkg`."""
    return path.resolve().with_suffix(".history")


def listed(db: apsw.Connection, *, since: int | None = None, until: int | None = None) -> list[Segment]:
    """The segments that may hold readings from `since` on and before `until`, newest last."""
    if since is None:
        found = every(db, f"{_LISTED} ORDER BY last")
    else:
        found = every(db, f"{_LISTED} WHERE last >= ? ORDER BY last", (since,))
    return [Segment(*row) for row in found if until is None or row[5] < until]


_LISTED = "SELECT path, compaction, sha256, size, rows, first, last, first_tx, tx FROM md_segment"


def cold_until(db: apsw.Connection) -> int | None:
    """The newest moment that a segment holds a reading of; None where there is no segment."""
    return db.execute("SELECT max(last) FROM md_segment").get  # type: ignore[no-any-return]


# --- who reads which file --------------------------------------------------------------------------------------------

_read_now: Counter[Path] = Counter()
_turn = threading.Lock()


@contextmanager
def holding(db: apsw.Connection, *, since: int | None = None, until: int | None = None) -> Iterator[list[Segment]]:
    """The segments a question needs, none of which is removed before it is answered."""
    found, folder = listed(db, since=since, until=until), folder_of(db)
    missing = _take([folder / one.path for one in found])
    while missing:  # this transaction began before they were replaced
        named = {one.path for one in found}
        newer = _listed_now(Path(db.filename), since, until)
        if missing.name in {one.path for one in newer} or named == {one.path for one in newer}:
            raise FileError("history.segment-missing", path=str(missing))
        found = newer
        missing = _take([folder / one.path for one in found])
    try:
        yield found
    finally:
        with _turn:
            for one in found:
                _read_now[folder / one.path] -= 1


def _take(paths: Sequence[Path]) -> Path | None:
    """Count these as read now, or give the first that is not there."""
    with _turn:
        gone = next((path for path in paths if not path.exists()), None)
        if gone is None:
            _read_now.update(paths)
        return gone


def _listed_now(path: Path, since: int | None, until: int | None) -> list[Segment]:
    db = file.open_reader(path)
    try:
        return listed(db, since=since, until=until)
    finally:
        file.close(db, path)


def remove_if_unread(path: Path, remove: Callable[[Path], None]) -> bool:
    """Remove a file unless somebody in this process reads it; says whether it is gone."""
    with _turn:
        if _read_now[path] > 0:
            return False
        del _read_now[path]
        remove(path)
        return True


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Group:
    """One row group, by what its statistics say."""

    number: int
    attrs: tuple[str, str]
    entities: tuple[str, str]
    moments: tuple[int, int]
    rows: int
    same: Mapping[str, str | None]  # columns that say one thing throughout, and need not be read


@lru_cache(maxsize=256)
def _footer(path: str, mark: tuple[int, int]) -> tuple[Any, tuple[_Group, ...]]:
    found = pq.read_metadata(path)
    at = {found.schema.column(n).name: n for n in range(found.num_columns)}
    groups = []
    for number in range(found.num_row_groups):
        group = found.row_group(number)
        low_high = []
        for name in ("attr", "entity_id", "observed_at"):
            stated = group.column(at[name]).statistics
            low_high.append((stated.min, stated.max))
        attrs, entities, (low, high) = low_high
        same: dict[str, str | None] = {}
        for name in (*KEY, "json", "mean_s"):
            stated = group.column(at[name]).statistics
            if stated is not None and stated.null_count == group.num_rows:
                same[name] = None
            elif name in KEY and stated is not None and not stated.null_count and stated.min == stated.max:
                same[name] = stated.min
        groups.append(_Group(number, attrs, entities, (_micros(low), _micros(high)), group.num_rows, same))
    return found, tuple(groups)


def _micros(moment: Any) -> int:
    return int(pa.scalar(moment, _TIME).value)


class Reader:
    """One segment open for reading."""

    def __init__(self, path: Path) -> None:
        try:
            state = path.stat()
            self._is = (str(path), state.st_size, state.st_mtime_ns)
            self._metadata, self.groups = _footer(str(path), (state.st_size, state.st_mtime_ns))
            self._file = pq.ParquetFile(path, metadata=self._metadata, read_dictionary=_CODED)
        except (OSError, pa.ArrowException) as error:
            raise FileError("history.segment-damaged", path=str(path), found=str(error)) from error
        self._path = path

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def table(self, groups: Sequence[int], columns: Sequence[str] | None = None) -> pa.Table:
        """Some row groups, names as dictionaries."""
        try:
            return self._file.read_row_groups(list(groups), columns=columns, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise FileError("history.segment-damaged", path=str(self._path), found=str(error)) from error

    def _rows(self, group: _Group) -> pa.Table:
        """What series are made of; of columns that say one thing throughout, that.

        Neighbouring series share a row group, and who goes through entities asks for one after another: so the last
        few are kept.
        """
        known = _last_groups.get((self._is, group.number))
        if known is not None:
            return known
        table = self.table([group.number], [name for name in _READ if name not in group.same])
        for name, word in group.same.items():
            if word is None:
                column = pa.nulls(group.rows, SCHEMA.field(name).type)
            else:
                column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(group.rows, np.int32)), pa.array([word]))
            table = table.append_column(name, column)
        with _keeping:
            while len(_last_groups) >= KEPT_GROUPS:
                del _last_groups[next(iter(_last_groups))]
            _last_groups[self._is, group.number] = table
        return table

    def that_may_hold(self, keys: Iterable[Key], since: int | None = None, until: int | None = None) -> list[_Group]:
        """The row groups whose bounds can hold a reading of one of the series."""
        entities: dict[str, list[str]] = {}
        for attr, entity, _, _ in keys:
            entities.setdefault(attr, []).append(entity)
        for names in entities.values():
            names.sort()
        return [
            group
            for group in self.groups
            if (since is None or group.moments[1] >= since)
            and (until is None or group.moments[0] < until)
            and any(
                group.attrs[0] <= attr <= group.attrs[1] and _any_within(names, group.entities)
                for attr, names in entities.items()
            )
        ]

    def series(
        self,
        wanted: Mapping[Key, Any] | None,
        *,
        upto: int | None = None,
        since: int | None = None,
        until: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[tuple[Key, list[Cold]]]:
        """The readings of series, a row group at a time; of all series where none are named."""
        groups = list(self.groups) if wanted is None else self.that_may_hold(wanted, since, until)
        for group in reversed(groups) if newest_first else groups:
            table = self._rows(group)
            few = wanted is not None and len(wanted) <= FEW
            for key, start, end in runs_of(table, wanted or ()) if few else runs(table):
                if wanted is None or key in wanted:
                    found = cold_rows(table, start, end, upto=upto, since=since, until=until)
                    if found:
                        yield key, found


KEPT_GROUPS = 6  # about a megabyte each
_last_groups: dict[tuple[tuple[str, int, int], int], pa.Table] = {}
_keeping = threading.Lock()
_READ = [*KEY, "observed_at", "recorded_at", "tx", "num", "json", "mean_s"]


def _any_within(names: Sequence[str], bounds: tuple[str, str]) -> bool:
    if len(names) == 1:
        return bounds[0] <= names[0] <= bounds[1]
    place = bisect_left(names, bounds[0])
    return place < len(names) and names[place] <= bounds[1]


def coded(table: pa.Table) -> list[Any]:
    """The columns that name a series, each as one dictionary array."""
    whole = table.select(KEY).unify_dictionaries().combine_chunks()
    return [whole.column(name).chunk(0) for name in KEY]


def runs_of(table: pa.Table, keys: Iterable[Key]) -> Iterator[tuple[Key, int, int]]:
    """(series, first row, row after its last) of a few series."""
    named = coded(table)
    for key in keys:
        at = [pc.index(one.dictionary, word).as_py() for one, word in zip(named, key, strict=True)]
        if min(at) < 0:
            continue
        same = named[0].indices.to_numpy() == at[0]
        for one, number in zip(named[1:], at[1:], strict=True):
            same &= one.indices.to_numpy() == number
        rows = np.flatnonzero(same)
        if len(rows):
            yield key, int(rows[0]), int(rows[-1]) + 1


def runs(table: pa.Table) -> Iterator[tuple[Key, int, int]]:
    """(series, first row, row after its last) of rows that are sorted by series."""
    if not len(table):
        return
    named = coded(table)
    numbers = [one.indices.to_numpy() for one in named]
    words = [one.dictionary.to_pylist() for one in named]
    changes = np.zeros(len(numbers[0]) - 1, bool)
    for one in numbers:
        changes |= one[1:] != one[:-1]
    starts = [0, *(np.flatnonzero(changes) + 1).tolist()]
    for start, end in zip(starts, [*starts[1:], len(numbers[0])], strict=True):
        attr, entity, dataset, branch = (word[one[start]] for word, one in zip(words, numbers, strict=True))
        yield (attr, entity, dataset, branch), start, end


def cold_rows(
    table: pa.Table, start: int, end: int, *, upto: int | None, since: int | None, until: int | None
) -> list[Cold]:
    """Rows of one series, as far as they are recorded up to a transaction and observed within a span."""
    part = table.slice(start, end - start)
    at = part.column("observed_at").cast(pa.int64()).to_numpy()
    tx = part.column("tx").to_numpy()
    kept = np.ones(len(at), bool)
    if upto is not None:
        kept &= tx <= upto
    if since is not None:
        kept &= at >= since
    if until is not None:
        kept &= at < until
    if not kept.all():
        if not kept.any():
            return []
        part, at, tx = part.filter(pa.array(kept)), at[kept], tx[kept]
    recorded = part.column("recorded_at").cast(pa.int64()).to_numpy()
    nums, texts = part.column("num").to_pylist(), part.column("json")
    jsons = [None] * len(nums) if texts.null_count == len(nums) else texts.to_pylist()
    means = part.column("mean_s")
    spans = [None] * len(nums) if means.null_count == len(nums) else means.to_pylist()
    return [
        Cold(moment, number, told, from_cells(num, text), mean_s)
        for moment, number, told, num, text, mean_s in zip(
            at.tolist(), tx.tolist(), recorded.tolist(), nums, jsons, spans, strict=True
        )
    ]


# --- writing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the city file keeps of a table of rows."""

    rows: int
    first: int
    last: int
    first_tx: int
    tx: int


def bounds_of(table: pa.Table) -> Bounds:
    """The bounds of rows."""
    at, tx = table.column("observed_at").cast(pa.int64()).to_numpy(), table.column("tx").to_numpy()
    return Bounds(len(at), int(at.min()), int(at.max()), int(tx.min()), int(tx.max()))


def write(table: pa.Table, path: Path) -> None:
    """Write sorted rows as one Parquet file."""
    pq.write_table(
        table.cast(SCHEMA) if table.schema != SCHEMA else table,
        path,
        row_group_size=GROUP_ROWS,
        compression="zstd",
        use_dictionary=True,
        store_schema=False,  # names come back as plain strings for whoever reads the file
        write_statistics=True,
    )


def sorted_rows(tables: Sequence[pa.Table]) -> pa.Table:
    """The rows of several tables in the order of a segment, each once; the sorting lets other threads run."""
    whole = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    columns = {}
    for name in KEY:
        names = whole.column(name).chunk(0)
        ranks = np.empty(len(names.dictionary), np.int32)
        words = names.dictionary.to_pylist()
        ranks[sorted(range(len(words)), key=words.__getitem__)] = np.arange(len(words), dtype=np.int32)
        columns[name] = pa.array(ranks[names.indices.to_numpy()])
    for name in ("observed_at", "tx"):
        columns[name] = whole.column(name).cast(pa.int64())
    order = pc.sort_indices(pa.table(columns), [(name, "ascending") for name in columns])
    keys = np.stack([columns[name].take(order).to_numpy() for name in columns])
    again = np.concatenate([[False], (keys[:, 1:] == keys[:, :-1]).all(axis=0)])
    return whole.take(order.filter(pa.array(~again)) if again.any() else order)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as found:
        return hashlib.file_digest(found, "sha256").hexdigest()


def statistics(table: pa.Table) -> str:
    """What readers of the Delta log may skip a file by."""
    low_high = {}
    for name in ("attr", "entity_id", "observed_at"):
        found = pc.min_max(table.column(name).cast(SCHEMA.field(name).type))
        low_high[name] = (found["min"].as_py(), found["max"].as_py())
    low, high = low_high.pop("observed_at")
    high = high.replace(microsecond=high.microsecond // 1000 * 1000)
    least = {name: one[0] for name, one in low_high.items()} | {"observed_at": _stamp(low)}
    most = {name: one[1] for name, one in low_high.items()} | {"observed_at": _stamp(high, up=True)}
    counts = {name: table.column(name).null_count for name in least}
    stated = {"numRecords": len(table), "minValues": least, "maxValues": most, "nullCount": counts}
    return orjson.dumps(stated).decode()


def _stamp(moment: datetime, *, up: bool = False) -> str:
    """A moment in whole milliseconds, which is what the log keeps; the upper bound a millisecond later."""
    moment = moment + timedelta(milliseconds=1) if up else moment
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def sync(path: Path) -> None:
    """Have the disk keep a file, or the names in a folder."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
