"""One row of an answer, for callers that know its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw


def first(db: apsw.Connection, sql: str, bound: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """The first row of an answer, or None."""
    return db.execute(sql, bound).fetchone()


def only(db: apsw.Connection, sql: str, bound: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The row that is known to be there."""
    found = first(db, sql, bound)
    assert found is not None, sql
    return found


def every(db: apsw.Connection, sql: str, bound: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows, read before anything else is done on the connection."""
    return db.execute(sql, bound).fetchall()
