"""Ordered answers from the side index: the keys are read there, and documents only for the page.

That is right where the index says all that the order needs: attributes that were never anything but one number, text or
truth value, on main as it is now. Everything else is ordered document by document (`entities.ordering`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw

from madang.entities.index import FALSE, TEXT_LIMIT, TRUE
from madang.entities.ordering import NO_VALUE, OrderTerm, collated, ranked
from madang.entities.query import Query
from madang.store.indexing import NUMBER, TEXT, TRUTH
from madang.store.names import Names
from madang.store.planning import Catalogue, Plan, candidates, marks

_SIMPLE = frozenset({NUMBER, TEXT, TRUTH})


def entities_in_order(
    db: apsw.Connection, query: Query, made: Plan, names: Names, catalogue: Catalogue
) -> Iterator[int] | None:
    """The numbers of the candidates in the asked order, or None if the index can't tell it."""
    if made.types is None or any(not _is_plain(term) for term in query.order_by):
        return None
    attrs = [names.find(db, term.path.names[0]) for term in query.order_by]
    kinds = [
        frozenset().union(*(catalogue.kinds.get((kind, attr), frozenset()) for kind in made.types)) if attr else None
        for attr in attrs
    ]
    if any(seen is None or not seen <= _SIMPLE for seen in kinds):
        return None
    if len(attrs) == 1 and kinds[0] == frozenset({NUMBER}) and not made.terms and made.box is None:
        return _by_number(db, made.types, int(attrs[0] or 0), descending=query.order_by[0].descending)
    return _by_keys(db, query, made, [int(attr or 0) for attr in attrs])


def _is_plain(term: OrderTerm) -> bool:
    path = term.path
    named = len(path.names) == 1 and path.names[0] not in ("id", "type", "createdAt", "modifiedAt", "expiresAt")
    return named and not path.members and not term.by_distance


def _by_number(db: apsw.Connection, types: tuple[int, ...], attr: int, *, descending: bool) -> Iterator[int]:
    """Straight down the index, then whatever has no value."""
    way = "DESC" if descending else "ASC"
    found = f"SELECT eid FROM md_ix WHERE type IN ({marks(types)}) AND attr = ?"
    for (eid,) in db.execute(f"{found} ORDER BY val {way}, eid", (*types, attr)):
        yield eid
    rest = f"SELECT eid FROM md_ent WHERE type IN ({marks(types)}) AND eid NOT IN ({found}) ORDER BY eid"
    for (eid,) in db.execute(rest, (*types, *types, attr)):
        yield eid


def _by_keys(db: apsw.Connection, query: Query, made: Plan, attrs: list[int]) -> Iterator[int] | None:
    """All candidates, sorted by the values that the index has of them."""
    assert made.types is not None
    sql, bound = candidates(made)
    found = sorted({eid for (eid,) in db.execute(sql, bound)})
    text_key = collated(query.collation) if query.collation is not None else None
    for term, attr in reversed(list(zip(query.order_by, attrs, strict=True))):
        values: dict[int, Any] = {}
        rows = f"SELECT eid, val FROM md_ix WHERE type IN ({marks(made.types)}) AND attr = ?"
        for eid, value in db.execute(rows, (*made.types, attr)):
            if type(value) is str and len(value) >= TEXT_LIMIT:
                return None  # the index has only its beginning
            values[eid] = ranked((value == TRUE if value in (TRUE, FALSE) else value,), text_key)
        absent = (NO_VALUE, 0)
        keys = {eid: values.get(eid, absent) for eid in found}
        found.sort(key=keys.__getitem__, reverse=term.descending)
        if term.descending:
            found.sort(key=lambda eid: keys[eid][0] == NO_VALUE)
    return iter(found)
