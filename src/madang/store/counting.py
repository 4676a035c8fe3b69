"""Counting on a branch without looking at the rows: main's count, less what the overlay hides, plus what it shows.

What is hidden and shown is found in memory: for a type and attribute, the values of the rows, sorted, worked out once
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
from madang.store.planning import Plan, Term, candidates


def count(db: apsw.Connection, names: Names, made: Plan, overlay: Overlay, layers: list[int]) -> int | None:
    """How many entities an exact plan finds through an overlay; None if they have to be looked at one by one."""
    if made.residual or made.box is not None or len(made.terms) > 1:
        return None
    if overlay.shadows and made.terms and not made.terms[0].single:
        return None
    sql, bound = candidates(made)
    counted = "SELECT count(DISTINCT eid)" if sql.startswith("SELECT DISTINCT") else "SELECT count(*)"
    total = int(db.execute(counted + sql[sql.index(" FROM ") :], bound).get)
    if not overlay.shadows:
        return total
    if overlay.loose or made.types is None:
        return None
    if made.terms:
        term = made.terms[0]
        for kind in made.types:
            total -= _matching(_hidden_values(db, names, overlay, kind, term.attr), term)
            total += _matching(_shown_values(db, overlay, kind, term.attr, layers), term)
        return total
    hidden = hidden_by_type(db, overlay)
    return total + sum(len(_shown_values(db, overlay, kind, 0, layers)[0]) - hidden[kind] for kind in made.types)


def hidden_by_type(db: apsw.Connection, overlay: Overlay) -> Counter[int]:
    """How many of main's present entities of each type an overlay hides."""
    found = overlay.facts.get("types")
    if found is None:
        found = Counter(_hidden(db, overlay).values())
        overlay.facts["types"] = found
    return found


def _hidden(db: apsw.Connection, overlay: Overlay) -> dict[int, int]:
    """Type of each hidden row that main has now, by entity number."""
    found = overlay.facts.get("hidden")
    if found is None:
        sql = "SELECT type FROM md_ent WHERE eid = ? AND type IS NOT NULL"
        found = {eid: kind for eid in overlay.shadows if (kind := db.execute(sql, (eid,)).get) is not None}
        overlay.facts["hidden"] = found
    return found


def _hidden_values(
    db: apsw.Connection, names: Names, overlay: Overlay, kind: int, attr: int
) -> tuple[list[float], list[str]]:
    if (kind, attr) not in overlay.facts:
        _read_type(db, names, overlay, kind)
    values_there: tuple[list[float], list[str]] = overlay.facts.get((kind, attr), ([], []))
    return values_there


def _shown_values(
    db: apsw.Connection, overlay: Overlay, kind: int, attr: int, layers: list[int]
) -> tuple[list[float], list[str]]:
    """The values of one type and attribute that the overlay shows, sorted; attribute 0 is the entities themselves."""
    key = ("shown", kind, attr)
    if key not in overlay.facts:
        marks = ",".join("?" * len(layers))
        sql = f"SELECT val, eid, vid FROM md_oix WHERE branch IN ({marks}) AND type = ? AND attr = ?"
        shown = [val for val, eid, vid in db.execute(sql, (*layers, kind, attr)) if overlay.shadows.get(eid) == vid]
        texts = sorted(val for val in shown if isinstance(val, str))
        overlay.facts[key] = (sorted(val for val in shown if not isinstance(val, str)), texts)
    found: tuple[list[float], list[str]] = overlay.facts[key]
    return found


def _read_type(db: apsw.Connection, names: Names, overlay: Overlay, kind: int) -> None:
    """Sort the values of all attributes of one type's hidden rows."""
    if ("read", kind) in overlay.facts:
        return
    numbers: dict[int, list[float]] = {}
    texts: dict[int, list[str]] = {}
    for eid, of in _hidden(db, overlay).items():
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
