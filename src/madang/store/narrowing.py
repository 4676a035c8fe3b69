"""Which of several conditions leads: a page should cost what it shows, not what each condition finds.

Cutting the answers of two conditions in SQL builds both sets whole, whatever page is asked for. Two ways are cheaper.
Each gives the answers in the order of entity numbers, as the cut does, so that pages fit together whichever is taken:

- one condition is rare: it leads, and the others are matched document by document;
- all are common: then a page is soon full by looking at the entities of the type one after the other.
"""

from __future__ import annotations

from dataclasses import replace

import apsw

from madang.store.planning import Plan, candidates

RARE = 5000  # entities; below, a condition leads
LOOKED_AT = 600  # entities looked at one after the other before the sets are cut after all


def is_several(made: Plan) -> bool:
    """Whether the index would have to cut the answers of several conditions."""
    return len(made.terms) + (made.box is not None) > 1


def led(db: apsw.Connection, made: Plan) -> Plan | None:
    """The plan in which the rarest condition leads and the rest is matched; None when none is rare."""
    alone = [replace(made, terms=(term,), box=None) for term in made.terms]
    if made.box is not None:
        alone.append(replace(made, terms=()))
    rarest: Plan | None = None
    fewest = RARE
    for one in alone:
        sql, bound = candidates(one)
        count = db.execute(f"SELECT count(*) FROM (SELECT 1 FROM ({sql}) LIMIT {fewest})", bound).get
        if count < fewest:
            rarest, fewest = one, count
    return None if rarest is None else replace(rarest, residual=True, rectangle=False, in_order=True)


def one_after_the_other(made: Plan) -> tuple[str, list[object]] | None:
    """SQL that gives the first entities (number, type, bytes) of the type, to be matched; None for several types."""
    if made.types is None or len(made.types) != 1:
        return None
    sql = f"SELECT eid, type, CAST(doc AS BLOB) FROM md_ent WHERE type = ? ORDER BY eid LIMIT {LOOKED_AT}"
    return sql, list(made.types)
