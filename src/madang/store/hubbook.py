"""The hub's book: what the data hub keeps that is no entity of the city.

Subscriptions, registrations, hosted contexts, entity maps, snapshots and feeds stand here, one row each, by kind,
branch and id. What somebody said of one (`doc`) is written within a transaction, so the log tells who did it. What came
of it (`state`: counters, the last success) changes all the time and is written beside the transactions, by
`Store.submit_beside`; the chain does not cover it. They are no entities, so no query for entities ever finds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import apsw
import orjson

Kind = Literal[
    "subscription",
    "registration",
    "registration-subscription",
    "context",
    "entity-map",
    "snapshot",
    "feed",
    "history",
    "forwarded-subscription",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of the book: what was said of it, what came of it, and the transaction it was last said in."""

    kind: str
    branch: str
    id: str
    doc: dict[str, Any]
    state: dict[str, Any]
    tx: int


_ENTRY = "SELECT h.kind, b.name, h.id, h.doc, h.state, h.tx FROM md_hub h JOIN md_branch b ON b.bid = h.branch"


def entries(db: apsw.Connection, kind: Kind, branch: int | None = None) -> Iterator[Entry]:
    """All of a kind in the order of their ids, of one branch or of all."""
    clause, bound = ("", (kind,)) if branch is None else (" AND h.branch = ?", (kind, branch))
    for row in db.execute(f"{_ENTRY} WHERE h.kind = ?{clause} ORDER BY h.branch, h.id", bound):
        yield _entry(row)


def entry(db: apsw.Connection, kind: Kind, branch: int, id: str) -> Entry | None:
    """One thing, or None."""
    row = db.execute(f"{_ENTRY} WHERE h.kind = ? AND h.branch = ? AND h.id = ?", (kind, branch, id)).fetchone()
    return None if row is None else _entry(row)


def put(db: apsw.Connection, kind: Kind, branch: int, id: str, doc: dict[str, Any], *, tx: int) -> None:
    """Say something of a thing, new or not; its state stays."""
    db.execute(
        "INSERT INTO md_hub(kind, branch, id, tx, doc) VALUES(?, ?, ?, ?, ?)"
        " ON CONFLICT(kind, branch, id) DO UPDATE SET tx = excluded.tx, doc = excluded.doc",
        (kind, branch, id, tx, orjson.dumps(doc).decode()),
    )


def remove(db: apsw.Connection, kind: Kind, branch: int, id: str) -> bool:
    """Take a thing out; says whether it was there."""
    db.execute("DELETE FROM md_hub WHERE kind = ? AND branch = ? AND id = ?", (kind, branch, id))
    return bool(db.changes())


def set_state(db: apsw.Connection, kind: Kind, branch: int, id: str, state: dict[str, Any]) -> None:
    """Note what came of a thing; of one that is gone, nothing."""
    text = orjson.dumps(state).decode()
    db.execute("UPDATE md_hub SET state = ? WHERE kind = ? AND branch = ? AND id = ?", (text, kind, branch, id))


def _entry(row: tuple[Any, ...]) -> Entry:
    kind, branch, id, doc, state, tx = row
    return Entry(kind, branch, id, orjson.loads(doc), orjson.loads(state), tx)
