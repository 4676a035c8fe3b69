"""The outbox: letters that are due, in the file until their endpoint has taken them.

A letter is put in with the cursor of whoever wrote it, in one commit, and taken out when it was delivered. It has an id
that is made of what it is about, so that writing it a second time, after a crash, is no second letter. One that could
not be delivered is dead: it stays, with the reason, until somebody has it sent again or throws it away. Both are
bounded: above the largest number the oldest waiting letter dies, and the oldest dead one is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import apsw
import orjson

from madang.store import branches, hubbook
from madang.store.following import set_cursor
from madang.store.rows import every, only
from madang.store.transaction import from_micros, to_micros

if TYPE_CHECKING:
    from concurrent.futures import Future

    from madang.store.store import Store

Sort = Literal["subscription", "registration-subscription"]
Owner = tuple[Sort, str, str]  # kind of the book's entry, branch, id


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one endpoint; `manner` says how it is sent: headers, timeout, cooldown, MQTT."""

    id: str
    endpoint: str
    kind: Sort
    subscription: str
    branch: str
    tx: int
    made: datetime
    manner: Mapping[str, Any]
    body: bytes
    due: datetime
    tries: int = 0
    oid: int = 0
    problem: str | None = None
    dead: bool = False

    @property
    def owner(self) -> Owner:
        """The entry of the hub's book that it was written for."""
        return self.kind, self.branch, self.subscription


@dataclass(slots=True)
class Beside:
    """What is written in one commit beside the transactions, in this order."""

    letters: list[Letter] = field(default_factory=list)  # put in; one that is there takes the new body
    replaced: list[str] = field(default_factory=list)  # ids of letters that others overtake
    cursor: tuple[str, int] | None = None
    delivered: list[int] = field(default_factory=list)
    tried: list[tuple[int, int, datetime, str]] = field(default_factory=list)  # oid, tries, due again, problem
    dead: list[tuple[int, int, str]] = field(default_factory=list)  # oid, tries, problem
    closed: list[tuple[Owner, str]] = field(default_factory=list)  # whose letters die, and why
    removed: list[Owner] = field(default_factory=list)  # whose letters are thrown away
    states: dict[Owner, dict[str, Any]] = field(default_factory=dict)
    most: int | None = None  # the largest number of letters that may wait

    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return self == Beside(most=self.most)


def write(store: Store, what: Beside) -> Future[dict[str, int]]:
    """Write it all with the next group commit; gives the number of each letter that was put in, by its id."""
    return store.submit_beside(lambda db: _write(db, what))


def _write(db: apsw.Connection, what: Beside) -> dict[str, int]:
    numbers = {row.name: row.number for row in branches.rows(db).values()}
    db.executemany("DELETE FROM md_out WHERE id = ?", [(id,) for id in what.replaced])
    made = {}
    for one in what.letters:
        made[one.id] = _put(db, one, numbers[one.branch])
    db.executemany("DELETE FROM md_out WHERE oid = ?", [(oid,) for oid in what.delivered])
    db.executemany(
        "UPDATE md_out SET tries = ?, due = ?, problem = ? WHERE oid = ?",
        [(tries, to_micros(due), problem, oid) for oid, tries, due, problem in what.tried],
    )
    db.executemany(
        "UPDATE md_out SET tries = ?, dead = 1, problem = ? WHERE oid = ?",
        [(tries, problem, oid) for oid, tries, problem in what.dead],
    )
    of = "kind = ? AND branch = ? AND subscription = ?"
    for (kind, branch, id), problem in what.closed:
        sql = f"UPDATE md_out SET dead = 1, problem = ? WHERE dead = 0 AND {of}"
        db.execute(sql, (problem, kind, numbers[branch], id))
    db.executemany(f"DELETE FROM md_out WHERE {of}", [(kind, numbers[b], id) for kind, b, id in what.removed])
    for (kind, branch, id), state in what.states.items():
        hubbook.set_state(db, kind, numbers[branch], id, state)
    if what.most is not None and what.letters:
        _bound(db, what.most)
    if what.cursor is not None:
        set_cursor(db, *what.cursor)
    return made


def _put(db: apsw.Connection, one: Letter, branch: int) -> int:
    db.execute(
        "INSERT INTO md_out(id, endpoint, kind, subscription, branch, tx, made, due, manner, body)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT(id) DO UPDATE SET body = excluded.body, due = excluded.due, tx = excluded.tx",
        (
            one.id, one.endpoint, one.kind, one.subscription, branch, one.tx, to_micros(one.made), to_micros(one.due),
            orjson.dumps(dict(one.manner)).decode(), one.body,
        ),
    )  # fmt: skip
    return int(db.execute("SELECT oid FROM md_out WHERE id = ?", (one.id,)).get)


FULL = "outbox-full"


def _bound(db: apsw.Connection, most: int) -> None:
    """Where too many wait, let the oldest die of the endpoint that most wait for; throw away the oldest dead."""
    over = _too_many(db, most, dead=0)
    while over > 0:
        sql = "SELECT count(*), endpoint FROM md_out WHERE dead = 0 GROUP BY endpoint ORDER BY 1 DESC LIMIT 1"
        number, endpoint = only(db, sql)
        dying = min(number, max(over, most // 100))  # some more than have to, so that this is not done every time
        chosen = "SELECT oid FROM md_out WHERE endpoint = ? AND dead = 0 ORDER BY oid LIMIT ?"
        db.execute(f"UPDATE md_out SET dead = 1, problem = ? WHERE oid IN ({chosen})", (FULL, endpoint, dying))
        over -= dying
    over = _too_many(db, most, dead=1)
    if over > 0:
        chosen = "SELECT oid FROM md_out WHERE dead = 1 ORDER BY oid LIMIT ?"
        db.execute(f"DELETE FROM md_out WHERE oid IN ({chosen})", (over,))


def _too_many(db: apsw.Connection, most: int, *, dead: int) -> int:
    """How many letters there are too many."""
    ends = "SELECT (SELECT max(oid) FROM md_out WHERE dead = :d) - (SELECT min(oid) FROM md_out WHERE dead = :d)"
    if (db.execute(ends, {"d": dead}).get or 0) < most:
        return 0  # fewer numbers than that lie between them: nothing has to be counted
    return int(db.execute("SELECT count(*) FROM md_out WHERE dead = ?", (dead,)).get) - most


# --- reading ---------------------------------------------------------------------------------------------------------

_LETTER = (
    "SELECT o.id, o.endpoint, o.kind, o.subscription, b.name, o.tx, o.made, o.manner, o.body, o.due, o.tries, o.oid,"
    " o.problem, o.dead FROM md_out o JOIN md_branch b ON b.bid = o.branch"
)


def endpoints(store: Store) -> list[str]:
    """The endpoints for which letters wait."""
    with store._readers.reading() as db:
        return [str(uri) for (uri,) in db.execute("SELECT DISTINCT endpoint FROM md_out WHERE dead = 0")]


def waiting(store: Store, endpoint: str, *, after: int, most: int) -> list[Letter]:
    """An endpoint's letters in the order they were written."""
    sql = f"{_LETTER} WHERE o.endpoint = ? AND o.dead = 0 AND o.oid > ? ORDER BY o.oid LIMIT ?"
    with store._readers.reading() as db:
        return [_letter(row) for row in every(db, sql, (endpoint, after, most))]


def held(store: Store) -> list[Letter]:
    """Letters that were written to be sent later, and wait for that (throttling)."""
    sql = f"{_LETTER} WHERE o.dead = 0 AND o.tries = 0 AND o.due > o.made ORDER BY o.oid"
    with store._readers.reading() as db:
        return [_letter(row) for row in every(db, sql)]


def dead(
    store: Store, *, branch: str | None = None, subscription: str | None = None, limit: int = 100, after: int = 0
) -> list[Letter]:
    """Letters that could not be delivered, oldest first: of one branch, of one subscription, or all."""
    clauses, bound = ["o.dead = 1", "o.oid > ?"], [after]
    with store._readers.reading() as db:
        if branch is not None:
            clauses.append("o.branch = ?")
            bound.append(branches.find(db, branch).number)
        if subscription is not None:
            clauses.append("o.subscription = ?")
            bound.append(subscription)  # type: ignore[arg-type]
        sql = f"{_LETTER} WHERE {' AND '.join(clauses)} ORDER BY o.oid LIMIT ?"
        return [_letter(row) for row in every(db, sql, (*bound, limit))]


def counts(store: Store) -> tuple[int, int]:
    """How many letters wait, and how many are dead."""
    with store._readers.reading() as db:
        waits, is_dead = only(db, "SELECT count(*) FILTER (WHERE dead = 0), count(*) FILTER (WHERE dead) FROM md_out")
        return waits, is_dead


def revive(store: Store, oids: Sequence[int], at: datetime) -> Future[list[str]]:
    """Let dead letters wait again; gives the endpoint of each that does."""

    def act(db: apsw.Connection) -> list[str]:
        found = []
        for oid in oids:
            uri = db.execute("SELECT endpoint FROM md_out WHERE oid = ? AND dead = 1", (oid,)).get
            if uri is not None:
                db.execute("UPDATE md_out SET dead = 0, tries = 0, made = ?, due = ?, problem = NULL WHERE oid = ?",
                           (to_micros(at), to_micros(at), oid))  # fmt: skip
                found.append(str(uri))
        return found

    return store.submit_beside(act)


def forget_orphans(store: Store) -> Future[None]:
    """Throw away what was due to subscriptions that are gone; a sudden end may have come in between."""

    def act(db: apsw.Connection) -> None:
        db.execute(
            "DELETE FROM md_out WHERE kind = 'subscription' AND NOT EXISTS (SELECT 1 FROM md_hub h"
            " WHERE h.kind = md_out.kind AND h.branch = md_out.branch AND h.id = md_out.subscription)"
        )

    return store.submit_beside(act)


def throw_away(store: Store, oids: Iterable[int]) -> Future[None]:
    """Throw dead letters away."""
    gone = [(oid,) for oid in oids]

    def act(db: apsw.Connection) -> None:
        db.executemany("DELETE FROM md_out WHERE oid = ? AND dead = 1", gone)

    return store.submit_beside(act)


def _letter(row: tuple[Any, ...]) -> Letter:
    id, endpoint, kind, subscription, branch, tx, made, manner, body, due, tries, oid, problem, dead = row
    return Letter(
        id, endpoint, kind, subscription, branch, tx, from_micros(made), orjson.loads(manner), body, from_micros(due),
        tries, oid, problem, bool(dead),
    )  # fmt: skip
