"""Rows of `md_inst`: instances that the temporal API gave, and what it said later of some; none is ever changed.

Facts are never altered. A correction is a row more (`over`), by the key of the instance it is about: another content,
or that it is no more; with the key `*` it is about all instances recorded so far. What a transaction gave is covered by
its hash: its facts say how many rows, and their salted hash.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import apsw
import orjson

from madang.entities.entity import Instance
from madang.entities.evolution import Override, Told
from madang.entities.patch import is_null
from madang.store import lanes
from madang.store.branches import Lineage
from madang.store.names import Names
from madang.store.rows import every, first
from madang.store.transaction import observed_hash

ALL = "*"  # as a key: every instance recorded so far; as a dataset: of every dataset

Pair = tuple[str, str]  # attribute, dataset
_OF_READING = {"type", "value", "observedAt", "unitCode", "datasetId"}


@dataclass(frozen=True, slots=True)
class Given:
    """An instance on its way in, or what is said of one that is there."""

    attribute: str
    dataset: str
    key: str
    at: int | None
    instance: Instance | None
    is_override: bool = False

    def is_reading(self) -> bool:
        """Whether it says no more than a row of a series can."""
        if self.is_override or self.instance is None or self.at is None or self.instance["type"] != "Property":
            return False
        return self.instance.keys() <= _OF_READING and not is_null(self.instance)


@dataclass(slots=True)
class Corrections:
    """What rows that say something of other instances say, for one attribute and dataset."""

    by_key: dict[str, Override] = field(default_factory=dict)
    floor: tuple[int, int] | None = None
    transactions: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Seen:
    """The rows of one entity that a lineage sees, as SQL and its values."""

    eid: int
    lane: int
    sql: str
    bound: tuple[int, ...]


def write(db: apsw.Connection, names: Names, *, branch: int, eid: int, tx: int, given: Sequence[Given]) -> None:
    """Add rows; none is ever changed."""
    numbers = {one.attribute: names.take(db, one.attribute) for one in given}
    db.executemany(
        "INSERT INTO md_inst(branch, eid, attr, dataset, key, over, at, tx, doc) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                branch, eid, numbers[one.attribute], one.dataset, one.key, int(one.is_override), one.at, tx,
                None if one.instance is None else orjson.dumps(one.instance, option=orjson.OPT_SORT_KEYS).decode(),
            )
            for one in given
        ),
    )  # fmt: skip


def said(db: apsw.Connection, names: Names, tx: int, salt: bytes) -> dict[str, Any]:
    """What a transaction's facts, and so its hash, say of the instances it gave: how many, and their salted hash."""
    rows = list(_lines(db, names, tx))
    return {"instances": {"rows": len(rows), "hash": observed_hash(salt, rows)}} if rows else {}


def altered(db: apsw.Connection, names: Names) -> Iterator[int]:
    """The transactions whose instances are not what their facts say."""
    known = every(db, "SELECT number, salt, facts FROM md_tx WHERE facts LIKE '%\"instances\"%'")
    for number, salt, facts in known:
        if orjson.loads(facts).get("instances") != said(db, names, number, salt).get("instances"):
            yield number
    numbers = {row[0] for row in known}
    for (number,) in every(db, "SELECT DISTINCT tx FROM md_inst"):
        if number not in numbers:
            yield number


def count(db: apsw.Connection) -> int:
    """How many rows there are."""
    return int(db.execute("SELECT count(*) FROM md_inst").get)


def _lines(db: apsw.Connection, names: Names, tx: int) -> Iterator[bytes]:
    sql = (
        "SELECT e.id, m.attr, m.dataset, m.branch, m.key, m.over, m.at, m.doc FROM md_inst m"
        " JOIN md_ent e ON e.eid = m.eid WHERE m.tx = ? ORDER BY m.nid"
    )
    for id, attr, *rest in every(db, sql, (tx,)):
        yield orjson.dumps([id, names.name(db, attr), *rest]) + b"\n"


def has_lines(db: apsw.Connection, tx: int) -> bool:
    """Whether a transaction gave or corrected instances."""
    return bool(db.execute("SELECT 1 FROM md_inst WHERE tx = ? LIMIT 1", (tx,)).get)


def seen_by(line: Lineage, eid: int, lane: int) -> Seen:
    """Which rows of an entity count: a record's are main's; main's city rows as of the fork, others as they are."""
    pairs = [(number, upto) for number, upto in line[:-1] if lane != lanes.RECORD]
    pairs.append((0, line[-1][1] if lane == lanes.CITY else line[0][1]))
    sql = " OR ".join("(m.branch = ? AND m.tx <= ?)" for _ in pairs)
    return Seen(eid, lane, f"({sql})", tuple(value for pair in pairs for value in pair))


def pairs_of(db: apsw.Connection, eid: int) -> Iterator[tuple[int, str]]:
    """The attributes and datasets an entity has rows of, without going through all of them."""
    more = "SELECT attr, dataset FROM md_inst WHERE eid = ? AND attr = ? AND dataset > ? ORDER BY dataset LIMIT 1"
    other = "SELECT attr, dataset FROM md_inst WHERE eid = ? AND attr > ? ORDER BY attr, dataset LIMIT 1"
    row = first(db, other, (eid, -1))
    while row is not None:
        if row[1] != ALL:
            yield row[0], row[1]
        row = first(db, more, (eid, *row)) or first(db, other, (eid, row[0]))


def corrections_of(db: apsw.Connection, names: Names, seen: Seen) -> dict[Pair, Corrections]:
    sql = (
        "SELECT m.attr, m.dataset, m.key, m.at, m.tx, t.at, m.doc FROM md_inst m JOIN md_tx t ON t.number = m.tx"
        f" WHERE m.eid = ? AND m.over = 1 AND {seen.sql} ORDER BY m.nid"
    )
    found: dict[Pair, Corrections] = defaultdict(Corrections)
    rows = every(db, sql, (seen.eid, *seen.bound))
    if not rows:
        return {}
    for attr, dataset, key, at, tx, recorded, doc in rows:
        name = names.name(db, attr)
        one = found[name, dataset]
        one.transactions.add(tx)
        if key == ALL:
            one.floor = max(one.floor or (recorded, tx), (recorded, tx))
            continue
        told = None
        if doc is not None:
            told = Told(name, dataset, key, orjson.loads(doc), at, recorded, recorded, None, tx, True)
        one.by_key[key] = Override(told, (recorded, tx))
    return _of_all_datasets(found)


def _of_all_datasets(found: Mapping[Pair, Corrections]) -> dict[Pair, Corrections]:
    """Corrections by dataset; what was said of every dataset of an attribute is looked up under any of them."""
    made = _ByPair(found)
    for (name, dataset), one in found.items():
        if dataset == ALL:
            made.of_all[name] = one
    return made


class _ByPair(dict[Pair, Corrections]):
    """Corrections by attribute and dataset, those of all datasets included."""

    def __init__(self, found: Mapping[Pair, Corrections]) -> None:
        super().__init__({pair: one for pair, one in found.items() if pair[1] != ALL})
        self.of_all: dict[str, Corrections] = {}

    def __contains__(self, pair: object) -> bool:
        return super().__contains__(pair) or (isinstance(pair, tuple) and pair[0] in self.of_all)

    def get(self, pair: Pair, default: Any = None) -> Any:
        own, shared = super().get(pair), self.of_all.get(pair[0])
        if own is None or shared is None:
            return own or shared or default
        floors = [one for one in (own.floor, shared.floor) if one]
        return Corrections(own.by_key, max(floors, default=None), own.transactions | shared.transactions)


def told_of(attribute: str, dataset: str, row: Sequence[Any], instance: Instance) -> Told:
    key, at, tx, recorded, _ = row
    deleted = (at if at is not None else recorded) if is_null(instance) else None
    return Told(attribute, dataset, key, instance, at, recorded, recorded, deleted, tx)
