"""Counting on a branch without looking at the rows: main's count, less what the overlay hides, plus what it shows.

What is hidden is found in memory: for a type and attribute, the values of the hidden main rows, sorted, worked out once
for an overlay (`Overlay.facts`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter

import apsw
import orjson

from madang.entities.index import IndexValue
from madang.store.branches import Overlay
from madang.store.indexing import values
from madang.store.names import Names
from madang.store.planning import Plan, Term, branch_candidates, candidates


def count(db: apsw.Connection, names: Names, made: Plan, overlay: Overlay, layers: list[int]) -> int | None:
    """How many entities an exact plan finds through an overlay; None if they have to be looked at one by one."""
    if made.residual or made.box is not None or len(made.terms) > 1:
        return None
    if overlay.shadows and made.terms and not made.terms[0].single:
        return None
    sql, bound = candidates(made)
    total = int(
        db.execute(
            sql.replace("SELECT eid", "SELECT count(*)", 1).replace("DISTINCT eid", "count(DISTINCT eid)", 1), bound
        ).get
    )
    if not overlay.shadows:
        return total
    if overlay.loose or made.types is None:
        return None
    if made.terms:
        hidden = sum(
            _matching(_hidden_values(db, names, overlay, t, made.terms[0].attr), made.terms[0]) for t in made.types
        )
    else:
        hidden = sum(_hidden_types(db, overlay)[t] for t in made.types)
    sql, bound = branch_candidates(made, layers)
    shadows = overlay.shadows
    shown = sum(1 for eid, vid in db.execute(sql, bound) if shadows.get(eid) == vid)
    return total - hidden + shown


def hidden_by_type(db: apsw.Connection, overlay: Overlay) -> Counter[int]:
    """How many of main's present entities of each type an overlay hides."""
    return _hidden_types(db, overlay)


def _hidden_types(db: apsw.Connection, overlay: Overlay) -> Counter[int]:
    found = overlay.facts.get("types")
    if found is None:
        found = Counter(kind for kind, _ in _hidden(db, overlay).values())
        overlay.facts["types"] = found
    return found


def _hidden(db: apsw.Connection, overlay: Overlay) -> dict[int, tuple[int, int]]:
    """Type of each hidden row that main has now, by entity number."""
    found = overlay.facts.get("hidden")
    if found is None:
        sql = "SELECT type FROM md_ent WHERE eid = ? AND type IS NOT NULL"
        found = {eid: (kind, eid) for eid in overlay.shadows if (kind := db.execute(sql, (eid,)).get) is not None}
        overlay.facts["hidden"] = found
    return found


def _hidden_values(
    db: apsw.Connection, names: Names, overlay: Overlay, kind: int, attr: int
) -> tuple[list[float], list[str]]:
    if (kind, attr) not in overlay.facts:
        _read_type(db, names, overlay, kind)
    values_there: tuple[list[float], list[str]] = overlay.facts.get((kind, attr), ([], []))
    return values_there


def _read_type(db: apsw.Connection, names: Names, overlay: Overlay, kind: int) -> None:
    """Sort the values of all attributes of one type's hidden rows."""
    if ("read", kind) in overlay.facts:
        return
    numbers: dict[int, list[float]] = {}
    texts: dict[int, list[str]] = {}
    for eid, (of, _) in _hidden(db, overlay).items():
        if of == kind:
            doc = orjson.loads(db.execute("SELECT CAST(doc AS BLOB) FROM md_ent WHERE eid = ?", (eid,)).get)
            for name, value in set(values(doc)):
                attr = names.find(db, name)
                if attr is not None:
                    _into(value, attr, numbers, texts)
    for attr in numbers.keys() | texts.keys():
        overlay.facts[kind, attr] = (sorted(numbers.get(attr, ())), sorted(texts.get(attr, ())))
    overlay.facts["read", kind] = True


def _into(value: IndexValue, attr: int, numbers: dict[int, list[float]], texts: dict[int, list[str]]) -> None:
    if isinstance(value, str):
        texts.setdefault(attr, []).append(value)
    else:
        numbers.setdefault(attr, []).append(value)


def _matching(hidden: tuple[list[float], list[str]], term: Term) -> int:
    """How many sorted values satisfy a term."""
    operator = term.sql.split()[1]
    if operator == "IN":
        return sum(_within(hidden, value, value) for value in set(term.values))
    low = high = term.values[0]
    if term.sql.startswith("val >= ? AND val <= ?"):
        return _within(hidden, term.values[0], term.values[1])
    if operator == "=":
        return _within(hidden, low, high)
    found = hidden[1] if isinstance(low, str) else hidden[0]
    match operator:
        case ">":
            return len(found) - bisect_right(found, low)
        case ">=":
            return len(found) - bisect_left(found, low)
        case "<":
            return bisect_left(found, low)
    return bisect_right(found, low)


def _within(hidden: tuple[list[float], list[str]], low: IndexValue, high: IndexValue) -> int:
    found = hidden[1] if isinstance(low, str) else hidden[0]
    return max(0, bisect_right(found, high) - bisect_left(found, low))
