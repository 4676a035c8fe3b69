"""Where instances come from besides `md_inst`: versions of the document, newest first, and readings of series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apsw
import numpy
import orjson

from madang.entities.entity import Document
from madang.entities.evolution import Columns, Told, Version
from madang.store import lanes, observations, segments
from madang.store.branches import Lineage
from madang.store.evolution_rows import Seen
from madang.store.rows import every, first
from madang.store.transaction import to_micros


def life_of(db: apsw.Connection, line: Lineage, seen: Seen, *, audit: bool) -> list[Version]:
    """The versions newest first, down to where the entity was last deleted; for an audit all of them."""
    found: list[Version] = []
    for version in _versions(db, line, seen):
        if not audit and version.document is None and found:
            return [*found, version]
        found.append(version)
        if not audit and version.document is None:
            return found
    while found and found[-1].document is None:
        found.pop()
    return found


def _versions(db: apsw.Connection, line: Lineage, seen: Seen) -> Iterator[Version]:
    below: int | None = None
    if seen.lane != lanes.RECORD:
        for number, upto in line[:-1]:
            sql = (
                "SELECT v.from_tx, t.at, CAST(v.doc AS BLOB) FROM md_ver v JOIN md_tx t ON t.number = v.from_tx"
                " WHERE v.branch = ? AND v.eid = ? AND v.from_tx <= ? ORDER BY v.from_tx DESC"
            )
            for tx, at, doc in db.execute(sql, (number, seen.eid, upto)):
                if below is None or tx < below:
                    yield Version(tx, at, None if doc is None else orjson.loads(doc))
            lowest = _lowest(db, number, seen.eid, upto)
            below = lowest if below is None else below if lowest is None else min(below, lowest)
    yield from _of_main(db, seen, below)


def _lowest(db: apsw.Connection, branch: int, eid: int, upto: int) -> int | None:
    sql = "SELECT min(from_tx) FROM md_ver WHERE branch = ? AND eid = ? AND from_tx <= ?"
    found = db.execute(sql, (branch, eid, upto)).get
    return None if found is None else int(found)


def _of_main(db: apsw.Connection, seen: Seen, below: int | None) -> Iterator[Version]:
    upto = seen.bound[-1] if below is None else min(seen.bound[-1], below - 1)
    sql = "SELECT e.from_tx, CAST(e.doc AS BLOB) FROM md_ent e WHERE e.eid = ?"
    start, doc = first(db, sql, (seen.eid,)) or (0, None)
    moment = "SELECT at FROM md_tx WHERE number = ?"
    if start <= upto and (doc is not None or _was_on_main(db, seen.eid)):
        at = db.execute(moment, (start,)).get
        if at is not None:
            yield Version(start, at, None if doc is None else orjson.loads(doc))
    sql = (
        "SELECT v.from_tx, v.to_tx, t.at, CAST(v.doc AS BLOB) FROM md_ver v JOIN md_tx t ON t.number = v.from_tx"
        " WHERE v.branch = 0 AND v.eid = ? ORDER BY v.from_tx DESC"
    )
    for from_tx, to_tx, at, doc in db.execute(sql, (seen.eid,)):
        if to_tx != start and to_tx <= upto:
            yield Version(to_tx, int(db.execute(moment, (to_tx,)).get), None)
        if from_tx <= upto:
            yield Version(from_tx, at, orjson.loads(doc))
        start = from_tx


def _was_on_main(db: apsw.Connection, eid: int) -> bool:
    return bool(db.execute("SELECT 1 FROM md_ver WHERE branch = 0 AND eid = ? LIMIT 1", (eid,)).get)


def documents_of(db: apsw.Connection, eid: int, data: bytes) -> list[Document] | None:
    """All that main ever said of an entity, the present first; None: readings or given instances say more of it."""
    more = "SELECT EXISTS(SELECT 1 FROM md_inst WHERE eid = ?1) OR EXISTS(SELECT 1 FROM md_series WHERE eid = ?1)"
    if db.execute(more, (eid,)).get:
        return None
    former = db.execute("SELECT CAST(doc AS BLOB) FROM md_ver WHERE branch = 0 AND eid = ?", (eid,))
    return [orjson.loads(data), *(orjson.loads(doc) for (doc,) in former if doc is not None)]


def series_rows(
    db: apsw.Connection, sid: int, upto: int, since: int | None, until: int | None, last: int | None
) -> list[tuple[int, Any, int, int | None]]:
    """(moment, value, recorded, transaction) of a series' readings in order; of several for a moment the last."""
    if segments.listed(db, since=since, until=until):
        return [
            (to_micros(one.observed_at), one.value, to_micros(one.recorded_at), None)
            for one in observations.read(db, sid, upto=upto, since=since, until=until, last=last)
        ]
    where, bound = "o.sid = ? AND o.tx <= ?", [sid, upto]
    for sql, value in (("o.at >= ?", since), ("o.at < ?", until)):
        if value is not None:
            where += f" AND {sql}"
            bound.append(value)
    if last is not None:
        where += f" AND o.at >= (SELECT min(at) FROM (SELECT DISTINCT o.at AS at FROM md_obs o WHERE {where}"
        where += " ORDER BY 1 DESC LIMIT ?))"
        bound = [*bound, *bound, last]
    sql = f"SELECT o.at, o.val, t.at, o.tx FROM md_obs o JOIN md_tx t ON t.number = o.tx WHERE {where}"
    rows = every(db, f"{sql} ORDER BY o.at, o.tx", bound)
    if len({row[0] for row in rows}) < len(rows):
        rows = list({row[0]: row for row in rows}.values())
    return [
        (at, observations.from_stored(val) if type(val) is bytes else val, recorded, tx)
        for at, val, recorded, tx in rows
    ]


def columns_of(rows: Sequence[tuple[int, Any, int, int | None]]) -> Columns | None:
    """Moments and values as columns, if all values are numbers."""
    values = [row[1] for row in rows]
    if not set(map(type, values)) <= {int, float}:
        return None
    return numpy.array([row[0] for row in rows], numpy.int64), numpy.array(values, numpy.float64)


def plain_columns(told: Sequence[Told], rows: Sequence[tuple[Any, ...]]) -> Columns | None:
    """Instances as columns, if all are numbers with moments: those of versions, and (moment, transaction, instance) of
    rows; of several for one moment the last transaction's counts."""
    if not rows or not _is_number(orjson.loads(rows[0][2])):
        return None
    docs = orjson.loads("[" + ",".join([row[2] for row in rows]) + "]")
    moments = [*(row[0] for row in rows), *(one.observed for one in told)]
    docs += [one.instance for one in told]
    if None in moments or {doc["type"] for doc in docs} != {"Property"} or any(one.deleted for one in told):
        return None
    values = [doc["value"] for doc in docs]
    if not set(map(type, values)) <= {int, float}:
        return None
    transactions = [*(row[1] for row in rows), *(one.tx or 0 for one in told)]
    order = numpy.lexsort((transactions, moments))
    times, numbers = numpy.array(moments, numpy.int64)[order], numpy.array(values, numpy.float64)[order]
    counts = numpy.append(times[1:] != times[:-1], True)
    return times[counts], numbers[counts]


def _is_number(instance: Mapping[str, Any]) -> bool:
    return instance["type"] == "Property" and type(instance["value"]) in (int, float)


def until_first(db: apsw.Connection, sid: int, number: int, since: int | None, until: int | None) -> int | None:
    """A moment before which a series has enough readings, so that no more of it is read; hot rows tell enough."""
    sql = "SELECT DISTINCT at FROM md_obs WHERE sid = ? AND at >= ? ORDER BY at LIMIT 1 OFFSET ?"
    found = db.execute(sql, (sid, -(2**63) if since is None else since, number)).get
    if found is None:
        return until
    return int(found) if until is None else min(int(found), until)
