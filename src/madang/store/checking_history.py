"""Whether the history beside a city file is what the file says, for `verify`; problems as (code, facts).

Readings in segments are checked twice: each file against its SHA-256, and the readings in it against the hashes of the
transactions that recorded them, so a file that was altered together with its row in the city file is found as well.
Readings that a rule dropped can't be: that they went is itself a transaction, whose facts bind the list of what went.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import apsw
import numpy as np
import orjson

from madang.errors import FileError
from madang.store import segments
from madang.store.names import Names
from madang.store.rows import every
from madang.store.segments import Segment
from madang.store.transaction import canonical, observed_hash
from madang.store.writing import observed_lines

Found = tuple[str, Mapping[str, Any]]


@dataclass
class Counted:
    """How much a check has looked at, and whose readings it could not see."""

    rows: int = 0
    segments: int = 0
    blind: tuple[tuple[int, int], ...] = ()  # transactions whose readings stood in a file that is gone or changed


def check_segments(db: apsw.Connection, counted: Counted) -> Iterator[Found]:
    """Every segment is there, and is the one that was written; what else lies in the folder is named."""
    folder = segments.folder_of(db)
    found = segments.listed(db)
    for one in found:
        counted.segments += 1
        path = folder / one.path
        if not path.exists():
            code = "history.segment-missing"
        elif segments.sha256_of(path) != one.sha256:
            code = "history.segment-changed"
        else:
            continue
        counted.blind += ((one.first_tx, one.tx),)
        yield code, {"path": str(path)}
    known = {one.path for one in found} | {name for (name,) in every(db, "SELECT path FROM md_moving")}
    if folder.is_dir():
        for path in sorted(folder.glob("*.parquet")):
            if path.name not in known:
                yield "history.segment-unknown", {"path": str(path)}
    yield from _check_gone(db)


def gone_record(rows: int, files: str, transactions: bytes) -> str:
    """The hash by which a transaction's facts bind what it dropped."""
    listed = hashlib.sha256(zlib.decompress(transactions)).hexdigest()
    said = {"rows": rows, "segments": orjson.loads(files), "transactions": listed}
    return hashlib.sha256(canonical(said)).hexdigest()


def pack(transactions: np.ndarray[Any, Any]) -> bytes:
    """Sorted transaction numbers, small."""
    return zlib.compress(np.diff(transactions.astype("<i8"), prepend=0).tobytes(), 9)


def unpack(data: bytes) -> np.ndarray[Any, Any]:
    """The transaction numbers behind it."""
    return np.cumsum(np.frombuffer(zlib.decompress(data), "<i8"))


def _check_gone(db: apsw.Connection) -> Iterator[Found]:
    said = dict(every(db, "SELECT number, facts FROM md_tx WHERE kind = 'retention'"))
    for number, rows, files, transactions in every(db, "SELECT tx, rows, segments, transactions FROM md_gone"):
        facts = orjson.loads(said.pop(number, "{}"))
        try:
            record = gone_record(rows, files, transactions)
        except (zlib.error, ValueError):
            record = ""
        if facts.get("history", {}).get("record") != record:
            yield "history.gone-altered", {"transaction": number}
    for number in said:
        yield "history.gone-altered", {"transaction": number}


def check_observations(db: apsw.Connection, names: Names, counted: Counted) -> Iterator[Found]:
    """The readings of every transaction against its hash, wherever they are, but those that a rule dropped."""
    said = {
        number: (salt, observed)
        for number, salt, observed in db.execute("SELECT number, salt, observed FROM md_tx WHERE series IS NOT NULL")
    }
    gone: set[int] = set()
    for (data,) in every(db, "SELECT transactions FROM md_gone"):
        try:
            gone.update(unpack(data).tolist())
        except (zlib.error, ValueError):
            continue
    alien: dict[tuple[str, str], str] = {}
    for number, group in groupby(_by_transaction(db, counted, alien), key=lambda row: row[0]):
        mine = [(sid, at, val) for _, sid, at, val in group]
        counted.rows += len(mine)
        salt, observed = said.pop(number, (b"", ""))
        if observed_hash(salt, observed_lines(db, names, mine)) != observed and not _excused(number, gone, counted):
            yield "store.observed", {"transaction": number}
    for number in said:
        if not _excused(number, gone, counted):
            yield "store.observed", {"transaction": number}
    for (id, attribute), path in alien.items():
        yield "history.segment-alien", {"path": path, "id": id, "attribute": attribute}


def _excused(number: int, gone: set[int], counted: Counted) -> bool:
    return number in gone or any(low <= number <= high for low, high in counted.blind)


def _by_transaction(
    db: apsw.Connection, counted: Counted, alien: dict[tuple[str, str], str]
) -> Iterator[tuple[int, int, int, Any]]:
    """(transaction, series, moment, value) of all readings, by transaction; sorted on disk where there are segments."""
    hot = "SELECT tx, sid, at, val FROM md_obs"
    found = segments.listed(db)
    if not found:
        yield from db.execute(f"{hot} ORDER BY tx, sid, at")
        return
    room = apsw.Connection("")  # a database of its own that ends with this check
    try:
        room.execute("CREATE TABLE o(tx INT, sid INT, at INT, val, PRIMARY KEY(tx, sid, at)) WITHOUT ROWID; BEGIN")
        put = "INSERT OR IGNORE INTO o VALUES(?, ?, ?, ?)"
        room.executemany(put, db.execute(hot))
        sids = _sids(db)
        for one in found:
            room.executemany(put, _rows_of(db, one, sids, alien))
        yield from room.execute("SELECT tx, sid, at, val FROM o ORDER BY tx, sid, at")
    finally:
        room.close()


def _sids(db: apsw.Connection) -> dict[segments.Key, int]:
    rows = db.execute(
        "SELECT n.name, e.id, s.dataset, b.name, s.sid FROM md_series s JOIN md_ent e ON e.eid = s.eid"
        " JOIN md_name n ON n.nid = s.attr JOIN md_branch b ON b.bid = s.branch"
    )
    return {(attr, id, dataset, branch): sid for attr, id, dataset, branch, sid in rows}


def _rows_of(
    db: apsw.Connection, one: Segment, sids: dict[segments.Key, int], alien: dict[tuple[str, str], str]
) -> Iterator[tuple[int, int, int, Any]]:
    path = segments.folder_of(db) / one.path
    try:
        with segments.Reader(path) as reader:
            for key, rows in reader.series(None):
                sid = sids.get(key)
                if sid is None:
                    alien[key[1], key[0]] = str(path)
                    continue
                for row in rows:
                    if row.mean_s is None:
                        yield row.tx, sid, row.at, row.value
    except (FileError, ValueError, KeyError):  # told as missing or changed already
        return
