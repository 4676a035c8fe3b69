"""Following: what each transaction changed, entity by entity, as it was before and as it is after.

A follower reads the log from its cursor, in order, and moves the cursor with what it writes because of what it read, in
one commit: nothing is seen twice for good and nothing is passed over, whenever the process dies. Nothing is written for
a follower's sake: versions and series say it all. Readings are told by the series a transaction wrote to; of several
readings in one transaction the entity shows the newest, and one older than what it shows changes nothing.

What main says of entities that never isolate (records, telemetry) is `shared`: every branch sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import apsw
import orjson

from madang.store import branches, observations
from madang.store.branches import Lineage
from madang.store.lanes import CITY, OBSERVED
from madang.store.names import types_in
from madang.store.reading import Readers, head_of
from madang.store.rows import every, first
from madang.store.transaction import from_micros

if TYPE_CHECKING:
    from madang.store.store import Store
    from madang.store.writing import Tx


@dataclass(frozen=True, slots=True)
class Happening:
    """One entity, changed by one transaction; None stands for absent."""

    tx: int
    at: datetime
    branch: str
    id: str
    shared: bool  # seen from every branch, except those named in `hidden_on`
    types: tuple[str, ...]  # before and after
    before: bytes | None
    after: bytes | None
    hidden_on: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Passed:
    """One transaction that was read: what it said of the hub's book, and how many entities it touched."""

    tx: int
    said: Sequence[dict[str, Any]]  # {"kind", "id", "act"} of the book's entries
    branch: str
    at: datetime


MOST_TRANSACTIONS, MOST_CHANGES = 1000, 2000
TELLING = "notify"  # the cursor of who tells subscribers


def cursor(store: Store, name: str) -> int:
    """Up to which transaction a follower has read; 0 for one that has not begun."""
    with store._readers.lent() as db:
        return cursor_of(db, name)


def cursor_of(db: apsw.Connection, name: str) -> int:
    """The same, on a connection."""
    return db.execute("SELECT tx FROM md_cursor WHERE name = ?", (name,)).get or 0


def cursor_in(tx: Tx, name: str) -> int:
    """The same, within a transaction."""
    return cursor_of(tx._db, name)


def set_cursor(db: apsw.Connection, name: str, tx: int) -> None:
    """Move a cursor, with whatever else is written in this commit."""
    db.execute("INSERT INTO md_cursor VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET tx = excluded.tx", (name, tx))


def move_cursor(store: Store, name: str, tx: int) -> Future[None]:
    """Move a cursor by itself."""
    return store.submit_beside(lambda db: set_cursor(db, name, tx))


def seen_by_all(db: apsw.Connection) -> int:
    """The last transaction that no follower has yet to read; the last of all where nobody follows.

    Who tells subscribers reads from where the cursor stands, but nothing of before the oldest subscription.
    """
    sql = (
        "SELECT min(min(tx), min(coalesce(json_extract(doc, '$.earlier[0].since'), tx)))"
        " FROM md_hub WHERE kind = 'subscription'"
    )
    said_in = db.execute(sql).get
    return head_of(db) if said_in is None else max(cursor_of(db, TELLING), int(said_in))


def transactions(store: Store, since: int) -> list[Passed]:
    """The next transactions after one, in order: as many as are read at once."""
    with store._readers.reading() as db:
        names = {row.number: row.name for row in branches.rows(db).values()}
        found = every(
            db,
            "SELECT number, at, branch, facts, changes + ifnull(length(series), 0) / 4 FROM md_tx"
            " WHERE number > ? ORDER BY number LIMIT ?",
            (since, MOST_TRANSACTIONS),
        )
    made: list[Passed] = []
    changes = 0
    for number, at, branch, facts, changed in found:
        if made and changes + changed > MOST_CHANGES:
            break
        changes += changed
        said = orjson.loads(facts).get("hub", ()) if '"hub"' in facts else ()
        made.append(Passed(number, said, names[branch], from_micros(at)))
    return made


def happenings(store: Store, first_tx: int, last_tx: int) -> Iterator[tuple[list[Happening], int]]:
    """What the transactions from one to another changed, in order, in lists that fit in memory.

    With each list comes the last transaction of which nothing is left to tell.
    """
    after = (first_tx - 1, 1 << 62, 1 << 62)
    while True:
        with store._readers.reading() as db:
            rows = every(
                db,
                "SELECT c.tx, c.branch, c.eid, c.lane, e.id, t.at FROM md_chg c JOIN md_ent e ON e.eid = c.eid"
                " JOIN md_tx t ON t.number = c.tx"
                " WHERE (c.tx, c.branch, c.eid) > (?, ?, ?) AND c.tx <= ? ORDER BY c.tx, c.branch, c.eid LIMIT ?",
                (*after, last_tx, MOST_CHANGES),
            )
            looking = _Looking(db, store._readers)
            more = len(rows) == MOST_CHANGES
            upto = rows[-1][0] if more else last_tx
            touched = {(row[0], row[1], row[2]) for row in rows}
            found = [looking.changed(*row) for row in rows]
            found += looking.observed(first_tx, upto - more, touched)
        found.sort(key=lambda one: one.tx)
        yield [one for one in found if one.before != one.after], upto - more
        if not more:
            return
        after, first_tx = (rows[-1][0], rows[-1][1], rows[-1][2]), upto


class _Looking:
    """One read transaction in which the former and the present of entities are looked up."""

    def __init__(self, db: apsw.Connection, readers: Readers) -> None:
        self._db, self._readers = db, readers
        self._known = branches.rows(db)
        self._series_types = readers.known(db).series_types
        self._lines: dict[tuple[int, int], Lineage] = {}

    def changed(self, tx: int, space: int, eid: int, lane: int, id: str, at: int) -> Happening:
        """A row of md_chg as what it changed."""
        after_kind, after = self._said(space, eid, tx)
        before_kind, before = self._former(space, eid, tx, lane)
        return self._happening(tx, space, eid, lane, id, at, (before_kind, before), (after_kind, after))

    def observed(self, first_tx: int, last_tx: int, but: set[tuple[int, int, int]]) -> Iterator[Happening]:
        """What transactions added to series only, the changes already told apart."""
        sql = "SELECT number, at, series FROM md_tx WHERE number BETWEEN ? AND ? AND series IS NOT NULL"
        for tx, at, packed in every(self._db, sql, (first_tx, last_tx)):
            told: set[tuple[int, int]] = set()
            for start in range(0, len(packed), 4):
                sid = int.from_bytes(packed[start : start + 4], "little")
                row = first(
                    self._db,
                    "SELECT s.branch, s.eid, e.lane, e.id FROM md_series s JOIN md_ent e ON e.eid = s.eid"
                    " WHERE s.sid = ?",
                    (sid,),
                )
                if row is None or (tx, row[0], row[1]) in but or (row[0], row[1]) in told:
                    continue
                space, eid, lane, id = row
                told.add((space, eid))
                kind, _, data = branches.seen(self._db, self._line(space, tx), eid)
                yield self._happening(tx, space, eid, lane, id, at, (kind, data), (kind, data), read=True)

    def _happening(
        self, tx: int, space: int, eid: int, lane: int, id: str, at: int, was: Any, became: Any, *, read: bool = False
    ) -> Happening:
        kinds = [kind for kind, _ in (was, became) if kind is not None]
        types: dict[str, None] = {}
        for kind in kinds:
            types.update(dict.fromkeys(types_in(self._name(kind))))
        shared = space == 0 and (lane != CITY or read)
        return Happening(
            tx,
            from_micros(at),
            self._known[space].name,
            id,
            shared,
            tuple(types),
            self._shown(eid, was, space, tx - 1),
            self._shown(eid, became, space, tx),
            self._hidden_on(eid) if shared and lane == OBSERVED else frozenset(),
        )

    def _hidden_on(self, eid: int) -> frozenset[str]:
        """Branches that say something of their own of an entity that main changed."""
        rows = self._db.execute("SELECT branch FROM md_ver WHERE eid = ? AND branch > 0 AND to_tx IS NULL", (eid,))
        return frozenset(self._known[number].name for (number,) in rows)

    def _said(self, space: int, eid: int, tx: int) -> tuple[int | None, bytes | None]:
        """What a transaction made of an entity."""
        if space == 0:
            row = first(self._db, "SELECT type, CAST(doc AS BLOB), from_tx FROM md_ent WHERE eid = ?", (eid,))
            if row is not None and row[2] == tx:
                return row[0], row[1]
        sql = "SELECT type, CAST(doc AS BLOB) FROM md_ver WHERE branch = ? AND eid = ? AND from_tx = ?"
        row = first(self._db, sql, (space, eid, tx))
        return (None, None) if row is None else (row[0], row[1])

    def _former(self, space: int, eid: int, tx: int, lane: int) -> tuple[int | None, bytes | None]:
        """What an entity was until a transaction; on a branch that said nothing yet, what it saw below."""
        row = first(
            self._db,
            "SELECT type, CAST(doc AS BLOB), to_tx FROM md_ver"
            " WHERE branch = ? AND eid = ? AND from_tx < ? ORDER BY from_tx DESC LIMIT 1",
            (space, eid, tx),
        )
        if row is not None and row[2] == tx:
            return row[0], row[1]
        if row is not None or space == 0:
            return None, None
        line = self._line(space, tx)[1:]
        at = line[-1][1] if lane == CITY else tx
        kind, _, data = branches.seen(self._db, [*line[:-1], (0, at)], eid)
        return kind, data

    def _shown(self, eid: int, found: tuple[int | None, bytes | None], space: int, tx: int) -> bytes | None:
        kind, data = found
        if data is None or kind not in self._series_types:
            return data
        rule = observations.Joining.of(self._name(kind))
        line = self._line(space, tx)
        return observations.join(self._db, self._readers.names, data, eid=eid, line=line, rule=rule)

    def _line(self, space: int, tx: int) -> Lineage:
        found = self._lines.get((space, tx))
        if found is None:
            found = self._lines[space, tx] = branches.lineage(self._known, space, tx)
        return found

    def _name(self, kind: int) -> str:
        return self._readers.names.name(self._db, kind)


def head(store: Store) -> int:
    """The number of the last transaction."""
    with store._readers.lent() as db:
        return head_of(db)
