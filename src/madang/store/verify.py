"""Whether a city file holds together, from page to chain. Every problem is named; nothing is mended here.

What this can't tell: that the file as a whole was exchanged for an earlier copy of itself, or made anew from end to
end, chain and all. For that, somebody else has to have kept the hash of a transaction (`madang log`), to compare.

store.pages         SQLite's own check of pages and indexes
store.chain         a transaction does not follow from the one before it, or its words were altered
store.changed       the list of what a transaction changed was altered
store.content       stored content is not what its transaction's hash was made of
store.version-lost  a transaction says it wrote an entity, and no version of it is there
store.version-alien a version no transaction says it wrote
store.interval      versions of one entity overlap or do not follow each other
store.index-row     the index misses a value of an entity, or has one that no entity has
store.box           the spatial index or the layer geometry of an entity is not that of its document
store.observed      observations of a transaction were altered
temporal.altered    instances given to the evolution of entities are not what their transaction gave
store.blob          bytes do not have their SHA-256, or a transaction's blob is not there, or is called something else
store.branch-row    a branch is not named, rooted, open or merged as the transactions that forked and merged it say
store.city-row      the city is not named as the transactions say
store.lane          an entity is said to be branched, shared or observed otherwise than when it was written
store.series-alien  a series of readings that no reading would find
history.segment-…   a file of old readings is missing, is not the one that was written, or has readings of no series;
                    or one lies beside the city file that it does not know
history.gone-altered  what a rule dropped is not what the transaction that dropped it says
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import apsw
import orjson
from shapely.errors import GEOSException

from madang.errors import Language, sentence
from madang.store import checking_history, evolution
from madang.store.indexing import SERIES, geometry_blobs, values
from madang.store.names import Names
from madang.store.transaction import GENESIS, ChangedLines, chain_hash, content_hash, said_hash
from madang.store.writing import CHANGED_LINES

BATCH = 5_000
_BROKEN = (ValueError, KeyError, TypeError, AttributeError, GEOSException)
MOST_NAMED = 200  # of one kind; a file that is broken throughout need not be told row by row


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not hold."""

    code: str
    facts: Mapping[str, Any]

    def message(self, language: Language = "en") -> str:
        """The problem in words."""
        return sentence(self.code, language, **self.facts)


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What was checked, how much of it, and what does not hold."""

    problems: Sequence[Problem]
    checked: Mapping[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.problems


def verify(db: apsw.Connection) -> StoreReport:
    """Check everything within one read transaction."""
    checked: dict[str, int] = {}
    problems: list[Problem] = []
    for name, check in (
        ("pages", _pages),
        ("transactions", _chain),
        ("branches", _branches),
        ("city", _city),
        ("scopes", _scopes),
        ("versions", _versions),
        ("intervals", _intervals),
        ("index rows", _index),
        ("branch index rows", _branch_index),
        ("geometries", _geometries),
        ("observations", _observations),
        ("instances", _instances),
        ("blobs", _blobs),
    ):
        counter = _Counter()
        try:
            found = list(_some(check(db, Names(), counter)))
        except apsw.CorruptError as error:
            found = [Problem("store.pages", {"found": str(error)})]
        problems += found
        checked[name] = counter.number
    return StoreReport(tuple(problems), checked)


class _Counter:
    """How many things a check has looked at."""

    def __init__(self) -> None:
        self.number = 0


def _some(found: Iterable[Problem]) -> Iterator[Problem]:
    named: dict[str, int] = {}
    for problem in found:
        named[problem.code] = named.get(problem.code, 0) + 1
        if named[problem.code] <= MOST_NAMED:
            yield problem


def _pages(db: apsw.Connection, names: Names, counter: _Counter) -> Iterator[Problem]:
    counter.number = int(db.pragma("page_count"))
    for (found,) in db.execute("PRAGMA integrity_check(100)"):
        if found != "ok":
            yield Problem("store.pages", {"found": found})


def _chain(db: apsw.Connection, names: Names, counter: _Counter) -> Iterator[Problem]:
    previous, expected, moment = GENESIS, 1, 0
    for (
        number,
        at,
        branch,
        actor,
        reason,
        source,
        kind,
        facts,
        salt,
        said,
        changed,
        observed,
        before,
        link,
    ) in db.execute(
        "SELECT t.number, t.at, b.name, t.actor, t.reason, t.source, t.kind, t.facts, t.salt, t.said, t.changed,"
        " t.observed, t.previous, t.hash FROM md_tx t LEFT JOIN md_branch b ON b.bid = t.branch ORDER BY t.number"
    ):
        counter.number += 1
        told = said_hash(salt, actor=actor, reason=reason, source=source, facts=orjson.loads(facts))
        if told != said:
            yield Problem("store.chain", {"transaction": number, "what": "said"})
        lines = ChangedLines()
        lines.add(db.execute(CHANGED_LINES, (number,)))
        if lines.digest() != changed:
            yield Problem("store.changed", {"transaction": number})
        made = chain_hash(
            number=number, at=at, branch=str(branch), kind=kind, said=said, changed=changed,
            observed=observed, previous=before,
        )  # fmt: skip
        if number != expected or before != previous or made != link or at < moment:
            yield Problem("store.chain", {"transaction": number, "what": "link"})
        previous, expected, moment = link, number + 1, at


def _branches(db: apsw.Connection, names: Names, counter: _Counter) -> Iterator[Problem]:
    """Every branch's row against the transactions that forked and merged it, both ways."""
    expected: dict[str, tuple[Any, ...]] = {"main": (None, 0, _MAIN_TITLE, "open", None)}
    parents: dict[str, str] = {}
    forks = "SELECT number, facts FROM md_tx WHERE kind = 'fork' ORDER BY number"
    for number, facts in db.execute(forks):
        counter.number += 1
        said = orjson.loads(facts)
        parents[said["name"]] = said["parent"]
        expected[said["name"]] = (said["parent"], number, said["title"], "open", None)
    for number, facts in db.execute("SELECT number, facts FROM md_tx WHERE kind = 'merge' ORDER BY number"):
        said = orjson.loads(facts)
        name, above = said["merged"], parents.get(said["merged"])
        while above is not None and above != said["into"]:
            above = parents.get(above)
        if above is not None and name in expected:
            expected[name] = (*expected[name][:3], "merged", number)
    rows = (
        "SELECT b.name, p.name, b.fork_tx, b.title, b.state, b.merged_tx FROM md_branch b"
        " LEFT JOIN md_branch p ON p.bid = b.parent"
    )
    for name, parent, fork_tx, title, state, merged_tx in db.execute(rows):
        if expected.pop(name, None) != (parent, fork_tx, _json(title), state, merged_tx):
            yield Problem("store.branch-row", {"branch": name})
    for name in expected:
        yield Problem("store.branch-row", {"branch": name})


_MAIN_TITLE = {"en": "As it is", "ko": "현행"}


def _city(db: apsw.Connection, names: Names, counter: _Counter) -> Iterator[Problem]:
    """The city's row against what was said when it was made, and when it was named anew."""
    said: dict[str, Any] = {}
    for (facts,) in db.execute("SELECT facts FROM md_tx WHERE kind IN ('create', 'title') ORDER BY number"):
        said |= orjson.loads(facts)
    for made, id, title, zone in db.execute("SELECT uuid, id, title, zone FROM md_city"):
        counter.number += 1
        row = {"uuid": made, "id": id, "title": _json(title), "zone": zone}
        for name in row.keys() & said.keys():
            if row[name] != said[name]:
                yield Problem("store.city-row", {"what": name, "said": str(said[name])})


def _scopes(db: apsw.Connection, names: Names, counter: _Counter) -> Iterator[Problem]:
    """Scopes in the lists of changes are those of the entities, and each series is where reading looks for it."""
    counter.number = db.execute("SELECT count(*) FROM md_chg").get
    for id, number in db.execute(
        "SELECT e.id, c.tx FROM md_chg c JOIN md_ent e ON e.eid = c.eid WHERE c.lane <> e.lane"
    ):
        yield Problem("store.lane", {"id": id, "transaction": number})
    for id, attr in db.execute(
        "SELECT e.id, s.attr FROM md_series s JOIN md_ent e ON e.eid = s.eid WHERE NOT EXISTS"
        f" (SELECT 1 FROM md_shape h WHERE h.type = s.type AND h.attr = s.attr AND h.kind = {SERIES})"
    ):
        yield Problem("store.series-alien", {"id": id, "attribute": names.name(db, attr)})


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return None


def _versions(db: apsw.Connection, names: Names, counter: _Counter) -> Iterator[Problem]:
    """Content against its salted hash, and versions against the transactions' lists, both ways."""
    versions = (
        "SELECT 0, eid, id, from_tx, CAST(doc AS BLOB) FROM md_ent WHERE doc IS NOT NULL UNION ALL"
        " SELECT v.branch, v.eid, e.id, v.from_tx, CAST(v.doc AS BLOB) FROM md_ver v JOIN md_ent e ON e.eid = v.eid"
    )
    written = "SELECT salt, hash, kind FROM md_chg WHERE tx = ? AND branch = ? AND eid = ?"
    alive = 0
    for branch, eid, id, from_tx, data in db.execute(versions):
        counter.number += 1
        row = db.execute(written, (from_tx, branch, eid)).fetchone()
        if row is None or (row[2] == 2) != (data is None):
            yield Problem("store.version-alien", {"id": id, "transaction": from_tx})
        elif content_hash(row[0], data) != row[1]:
            yield Problem("store.content", {"id": id, "transaction": from_tx})
        elif data is not None or branch:
            alive += 1
    said = db.execute("SELECT count(*) FROM md_chg WHERE kind < 2 OR branch > 0").get
    if alive < said:
        yield from _lost(db)


def _lost(db: apsw.Connection) -> Iterator[Problem]:
    for id, number in db.execute(
        "SELECT e.id, c.tx FROM md_chg c JOIN md_ent e ON e.eid = c.eid"
        " WHERE (c.kind < 2 OR c.branch > 0) AND NOT EXISTS (SELECT 1 FROM md_ver v"
        "  WHERE v.branch = c.branch AND v.eid = c.eid AND v.from_tx = c.tx)"
        " AND NOT (c.branch = 0 AND e.from_tx = c.tx AND e.doc IS NOT NULL)"
    ):
        yield Problem("store.version-lost", {"id": id, "transaction": number})


def _intervals(db: apsw.Connection, names: Names, counter: _Counter) -> Iterator[Problem]:
    rows = db.execute(
        "SELECT v.branch, v.eid, e.id, v.from_tx, v.to_tx, e.from_tx, e.doc IS NOT NULL FROM md_ver v"
        " JOIN md_ent e ON e.eid = v.eid ORDER BY v.branch, v.eid, v.from_tx"
    )
    for (branch, _), versions in groupby(rows, key=lambda row: row[:2]):
        end = 0
        for _, _, id, from_tx, to_tx, current, _ in versions:
            counter.number += 1
            wrong = end is None or from_tx < end or (to_tx is not None and to_tx <= from_tx)
            if branch == 0:
                wrong = wrong or to_tx is None or to_tx > current
            elif end and from_tx != end:
                wrong = True
            if wrong:
                yield Problem("store.interval", {"id": id, "transaction": from_tx})
            end = to_tx


def _index(db: apsw.Connection, names: Names, counter: _Counter) -> Iterator[Problem]:
    """The index rebuilt and compared: first as a sum over all rows, and row by row only if the sums differ."""

    def expected() -> Iterator[tuple[int, int, Any, int]]:
        for eid, kind, data in db.execute("SELECT eid, type, CAST(doc AS BLOB) FROM md_ent WHERE doc IS NOT NULL"):
            yield from _index_rows(db, names, eid, kind, data)

    def found() -> Iterator[tuple[int, int, Any, int]]:
        yield from db.execute("SELECT type, attr, val, eid FROM md_ix")

    yield from _compare(db, names, expected, found, "SELECT id FROM md_ent WHERE eid = ?", counter)


def _branch_index(db: apsw.Connection, names: Names, counter: _Counter) -> Iterator[Problem]:
    """Every open row of a branch is in the branch index, and what stands there is true of its row."""

    def expected() -> Iterator[tuple[int, int, Any, int]]:
        for vid, kind, data in db.execute(
            "SELECT vid, type, CAST(doc AS BLOB) FROM md_ver v WHERE type IS NOT NULL AND"
            " ((branch > 0 AND to_tx IS NULL) OR EXISTS (SELECT 1 FROM md_oix o"
            "  WHERE o.branch = v.branch AND o.type = v.type AND o.attr = 0 AND o.val = 0 AND o.vid = v.vid))"
        ):
            yield (kind, 0, 0, vid)
            yield from _index_rows(db, names, vid, kind, data)

    def found() -> Iterator[tuple[int, int, Any, int]]:
        yield from db.execute("SELECT type, attr, val, vid FROM md_oix")

    name = "SELECT e.id FROM md_ver v JOIN md_ent e ON e.eid = v.eid WHERE v.vid = ?"
    yield from _compare(db, names, expected, found, name, counter)


def _index_rows(
    db: apsw.Connection, names: Names, number: int, kind: int, data: bytes
) -> Iterator[tuple[int, int, Any, int]]:
    for name, value in _values(data):
        attr = names.find(db, name)
        yield (kind, -1 if attr is None else attr, value, number)


def _values(data: bytes) -> set[tuple[str, Any]]:
    """The index values of stored bytes; none where the bytes are no document any more, which `_versions` tells."""
    try:
        return set(values(orjson.loads(data)))
    except _BROKEN:
        return set()


def _document(data: bytes) -> Any:
    """The stored document, if its bytes still are one that can have a geometry."""
    try:
        doc = orjson.loads(data)
        geometry_blobs([doc])
    except _BROKEN:
        return {}
    return doc


def _compare(
    db: apsw.Connection, names: Names, expected: Any, found: Any, name: str, counter: _Counter
) -> Iterator[Problem]:
    total = 0
    for row in expected():
        total += hash(row)
    for row in found():
        counter.number += 1
        total -= hash(row)
    if total == 0:
        return
    missing, alien = set(expected()), set()
    for row in found():
        if row in missing:
            missing.remove(row)
        else:
            alien.add(row)
    for what, rows in (("missing", missing), ("alien", alien)):
        for _, attr, value, number in rows:
            attribute = names.name(db, attr) if attr > 0 else "type"
            id = db.execute(name, (number,)).get
            yield Problem("store.index-row", {"id": id, "attribute": attribute, "value": value, "what": what})


def _geometries(db: apsw.Connection, names: Names, counter: _Counter) -> Iterator[Problem]:
    rows = db.execute("SELECT eid, id, CAST(doc AS BLOB) FROM md_ent WHERE doc IS NOT NULL")
    with_shape = 0
    while batch := rows.fetchmany(BATCH) if hasattr(rows, "fetchmany") else _take(rows):
        try:
            found = geometry_blobs([orjson.loads(data) for _, _, data in batch])
        except _BROKEN:
            found = geometry_blobs([_document(data) for _, _, data in batch])
        for (eid, id, _), made in zip(batch, found, strict=True):
            blob = db.execute("SELECT geom FROM md_geom WHERE eid = ?", (eid,)).get
            box = db.execute("SELECT x0, x1, y0, y1 FROM md_geo WHERE eid = ?", (eid,)).fetchone()
            if made is None:
                wrong = blob is not None or box is not None
            else:
                with_shape += 1
                wrong = blob != made[1] or box is None or not _around(box, made[0])
            if wrong:
                yield Problem("store.box", {"id": id})
    counter.number = with_shape
    for table in ("md_geom", "md_geo"):
        for (eid,) in db.execute(
            f"SELECT eid FROM {table} WHERE eid NOT IN (SELECT eid FROM md_ent WHERE doc IS NOT NULL)"
        ):
            yield Problem("store.box", {"id": db.execute("SELECT id FROM md_ent WHERE eid = ?", (eid,)).get})


def _take(rows: Iterator[Any]) -> list[Any]:
    return [row for _, row in zip(range(BATCH), rows, strict=False)]


def _around(box: tuple[float, ...], exact: tuple[float, ...]) -> bool:
    """Whether a box of the R*Tree, whose numbers are rounded outward to 32 bits, is that of an exact one."""
    slack = [max(abs(edge) * 2e-7, 1e-30) for edge in exact]
    low, high = (0, 2), (1, 3)
    return all(exact[i] - 2 * slack[i] <= box[i] <= exact[i] for i in low) and all(
        exact[i] <= box[i] <= exact[i] + 2 * slack[i] for i in high
    )


def _observations(db: apsw.Connection, names: Names, counter: _Counter) -> Iterator[Problem]:
    counted = checking_history.Counted()
    try:
        for check in (
            checking_history.check_segments(db, counted),
            checking_history.check_observations(db, names, counted),
        ):
            for code, facts in check:
                yield Problem(code, facts)
    finally:
        counter.number = counted.rows


def _instances(db: apsw.Connection, names: Names, counter: _Counter) -> Iterator[Problem]:
    counter.number = evolution.count(db)
    for number in evolution.altered(db, names):
        yield Problem("temporal.altered", {"transaction": number})


def _blobs(db: apsw.Connection, names: Names, counter: _Counter) -> Iterator[Problem]:
    there = {}
    for sha256, media_type, data in db.execute("SELECT sha256, media_type, CAST(data AS BLOB) FROM md_blob"):
        counter.number += 1
        there[sha256] = media_type
        if hashlib.sha256(data).hexdigest() != sha256:
            yield Problem("store.blob", {"sha256": sha256})
    for (facts,) in db.execute("SELECT facts FROM md_tx WHERE facts LIKE '%\"blobs\"%'"):
        said = orjson.loads(facts).get("blobs", {})
        for sha256 in said:  # a list, without media types, in files of before
            if sha256 not in there or (type(said) is dict and said[sha256] != there[sha256]):
                yield Problem("store.blob", {"sha256": sha256})
