"""What the writer knows between transactions: the next numbers, the names and kinds it has met, the branches.

All of it is read from the file, and read again after a transaction failed.
"""

from __future__ import annotations

import apsw

from madang.store import branches
from madang.store.indexing import A_TYPE, SERIES
from madang.store.names import Names
from madang.store.observations import Reading
from madang.store.placed import Placed
from madang.store.rows import every, first
from madang.store.transaction import GENESIS


class Desk:
    """The writer's knowledge of one file."""

    def __init__(self, db: apsw.Connection) -> None:
        self.db = db
        self.said_of: set[str] = set()  # the kinds of the hub's book that this commit says something of
        self.learn()

    def learn(self) -> None:
        """Read it all from the tables, as they are now."""
        db = self.db
        self.names = Names()
        self.parts: dict[int, dict[str, tuple[int, set[int]]]] = {}
        for of, attr, kind in every(db, "SELECT type, attr, kind FROM md_shape"):
            name = self.names.name(db, attr) if attr else ""
            self.parts.setdefault(of, {}).setdefault(name, (attr, set()))[1].add(kind)
        self.next_eid = (db.execute("SELECT max(eid) FROM md_ent").get or 0) + 1
        self.next_vid = (db.execute("SELECT max(vid) FROM md_ver").get or 0) + 1
        self.series: dict[tuple[str, str, str, int], tuple[int, str | None]] = {}  # number, unit
        self.placed = Placed()
        self.newest: dict[int, int] = {}  # by series: the moment of its newest reading
        self.any_series = bool(db.execute("SELECT 1 FROM md_series LIMIT 1").get)
        self.last: tuple[int, int, str] = (0, 0, GENESIS)
        last = first(db, "SELECT number, at, hash FROM md_tx ORDER BY number DESC LIMIT 1")
        if last is not None:
            self.last = (last[0], last[1], last[2])
        self.read_branches()

    def read_branches(self) -> None:
        """Learn the branches, and up to where open ones see each of the others."""
        self.branches = branches.rows(self.db)
        self.by_name = {row.name: row for row in self.branches.values()}
        self.seen_upto: dict[int, int] = {}
        for row in self.branches.values():
            if row.state == "open" and row.number:
                for number, at in branches.lineage(self.branches, row.number, row.fork_tx)[1:]:
                    self.seen_upto[number] = max(at, self.seen_upto.get(number, 0))

    def learn_kind(self, of: int, attribute: str, kind: int) -> bool:
        """Note that a type has an attribute of a kind; says whether that is new."""
        parts = self.parts.setdefault(of, {})
        if attribute not in parts:
            parts[attribute] = (self.names.take(self.db, attribute) if attribute else 0, set())
        number, known = parts[attribute]
        if kind in known:
            return False
        self.db.execute("INSERT OR IGNORE INTO md_shape VALUES(?, ?, ?)", (of, number, kind))
        known.add(kind)
        self.any_series = self.any_series or kind == SERIES
        return True

    def take_type(self, key: str) -> tuple[int, bool]:
        """The number of a type, and whether the file meets it for the first time."""
        number = self.names.take(self.db, key)
        return number, self.learn_kind(number, "", A_TYPE)

    def unit_of(self, reading: Reading, branch: int) -> str | None:
        """The unit that the series of a reading keeps."""
        return self.series[reading.id, reading.attribute, reading.dataset_id, branch][1]

    def has_series(self, of: int) -> bool:
        """Whether any entity of a type has had series."""
        return any(SERIES in kinds for _, kinds in self.parts.get(of, {}).values())
