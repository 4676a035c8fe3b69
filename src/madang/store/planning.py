"""How a query is answered: what the index finds, and what is left to look at document by document.

`entities.query.matches` is the truth. A plan narrows the entities down with the side index (values), the R*Tree (boxes)
and the types, and says whether each candidate must still be matched. Attributes with series are never in the index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import apsw

from madang.entities.index import IndexTerm, IndexValue, indexable
from madang.entities.qlanguage import Selection
from madang.entities.query import Query, search_bounds
from madang.store.indexing import A_TYPE, LANGUAGE, MANY, SERIES
from madang.store.names import Names, types_in

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Catalogue:
    """Which types and attributes a file has seen; only ever grows, so `rows` tells whether it is up to date."""

    rows: int = 0
    types: Mapping[int, frozenset[str]] = field(default_factory=dict)
    kinds: Mapping[tuple[int, int], frozenset[int]] = field(default_factory=dict)  # of (type, attribute)
    several: frozenset[tuple[int, int]] = frozenset()
    series: frozenset[tuple[int, int]] = frozenset()
    series_types: frozenset[int] = frozenset()
    series_attributes: frozenset[int] = frozenset()


def read_catalogue(db: apsw.Connection, names: Names) -> Catalogue:
    """The catalogue as the file has it now."""
    types: dict[int, frozenset[str]] = {}
    several, series, last = set(), set(), 0
    kinds: dict[tuple[int, int], frozenset[int]] = {}
    for row, kind_type, attr, kind in db.execute("SELECT rowid, type, attr, kind FROM md_shape ORDER BY rowid"):
        last = row
        if kind == A_TYPE:
            types[kind_type] = frozenset(types_in(names.name(db, kind_type)))
            continue
        kinds[kind_type, attr] = kinds.get((kind_type, attr), frozenset()) | {kind}
        if kind in (MANY, LANGUAGE):
            several.add((kind_type, attr))
        elif kind == SERIES:
            series.add((kind_type, attr))
    return Catalogue(
        rows=last,
        types=types,
        kinds=kinds,
        several=frozenset(several),
        series=frozenset(series),
        series_types=frozenset(kind_type for kind_type, _ in series),
        series_attributes=frozenset(attr for _, attr in series),
    )


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison the index answers: attribute number, the condition as SQL, its values."""

    attr: int
    sql: str
    values: tuple[IndexValue, ...]
    single: bool  # no entity can stand twice among the answers


@dataclass(frozen=True, slots=True)
class Plan:
    """Where to look (types None: everywhere) and whether each candidate must still be matched.

    `rectangle`: the query asks for nothing but a rectangle, and what lies well inside it needs no matching.
    `in_order`: what the index finds is to come in the order of entity numbers.
    """

    types: tuple[int, ...] | None
    terms: tuple[Term, ...]
    box: Bounds | None
    residual: bool
    nothing: bool = False
    rectangle: bool = False
    in_order: bool = False


NOTHING = Plan(None, (), None, residual=False, nothing=True)


def plan(query: Query, db: apsw.Connection, names: Names, catalogue: Catalogue) -> Plan:
    """The way to answer a query."""
    types: tuple[int, ...] | None = None
    selection = _selection(query)
    if selection is not None and all(selection):
        types = tuple(n for n, own in catalogue.types.items() if any(own.issuperset(t) for t in selection))
        if not types:
            return NOTHING
    usable = indexable(query.q)
    more = bool(query.id_pattern or query.attrs or query.scopes is not None or query.selectors) or not usable.complete
    residual = more or query.geo is not None
    terms = []
    among = types if types is not None else tuple(catalogue.types)
    for asked in usable.terms:
        attr = names.find(db, asked.attribute)
        if attr is None:
            return NOTHING
        if attr in catalogue.series_attributes and any((kind, attr) in catalogue.series for kind in among):
            residual = True
            continue
        among = tuple(kind for kind in among if (kind, attr) in catalogue.kinds)
        if not among:
            return NOTHING
        several = any((kind, attr) in catalogue.several for kind in among)
        terms.append(_term(attr, asked, several=several))
    if terms:
        types = among
    box = None
    if query.geo is not None and query.geo.property == "location":
        place = names.find(db, "location")
        if place is None:
            return NOTHING
        if not any((kind, place) in catalogue.several for kind in (types or catalogue.types)):
            box = search_bounds(query.geo)  # of several places the index knows one
    rectangle = box is not None and not more and not terms and query.q is None and _asks_rectangle(query)
    return Plan(types, tuple(terms), box, residual, rectangle=rectangle)


def _selection(query: Query) -> Selection | None:
    """The types among which every answer is, as alternatives; None if any type may answer."""
    if query.types is not None or not query.selectors:
        return query.types
    if any(one.types is None for one in query.selectors):
        return None
    return tuple(together for one in query.selectors for together in one.types or ())


def _asks_rectangle(query: Query) -> bool:
    """Whether the place asked for is a rectangle, and anything inside it is an answer."""
    geo = query.geo
    if geo is None or geo.relation not in ("within", "intersects") or geo.geometry["type"] != "Polygon":
        return False
    rings, bounds = geo.geometry["coordinates"], search_bounds(geo)
    if bounds is None or len(rings) != 1 or len(rings[0]) != 5:
        return False
    west, south, east, north = bounds
    corners = {(west, south), (west, north), (east, south), (east, north)}
    sides = zip(rings[0], rings[0][1:], strict=False)
    return {tuple(at[:2]) for at in rings[0]} == corners and all(a[0] == b[0] or a[1] == b[1] for a, b in sides)


def _term(attr: int, asked: IndexTerm, *, several: bool) -> Term:
    values = asked.values
    match asked.operator:
        case "==":
            return Term(attr, "val = ?", values, True)
        case "in":
            return Term(attr, f"val IN ({marks(values)})", values, not several)
        case "between":
            return Term(attr, "val >= ? AND val <= ?", values, not several)
    sql = f"val {asked.operator} ?"
    is_text = isinstance(values[0], str)
    if asked.operator in (">", ">=") and not is_text:
        sql += " AND val < ''"  # numbers stand before text
    elif asked.operator in ("<", "<=") and is_text:
        sql += " AND val >= ''"
    return Term(attr, sql, values, not several)


def marks(values: Sequence[object]) -> str:
    """The question marks for a list of values."""
    return ",".join("?" * len(values))


_IN_BOX = "x1 >= ? AND x0 <= ? AND y1 >= ? AND y0 <= ?"


def candidates(made: Plan) -> tuple[str, list[object]]:
    """SQL that gives the numbers of main's entities to look at, each once."""
    parts: list[str] = []
    bound: list[object] = []
    for term in made.terms:
        assert made.types is not None
        distinct = "" if term.single or len(made.terms) > 1 else "DISTINCT "
        parts.append(f"SELECT {distinct}eid FROM md_ix WHERE type IN ({marks(made.types)}) AND attr = ? AND {term.sql}")
        bound += [*made.types, term.attr, *term.values]
    if made.box is not None and parts:
        parts.append(f"SELECT eid FROM md_geo WHERE {_IN_BOX}")
        bound += _box_values(made.box)
    elif made.box is not None:
        typed = "" if made.types is None else f" AND e.type IN ({marks(made.types)})"
        parts.append(f"SELECT g.eid FROM md_geo g JOIN md_ent e ON e.eid = g.eid WHERE {_IN_BOX}{typed}")
        bound += [*_box_values(made.box), *(made.types or ())]
    if not parts:
        typed = "type IS NOT NULL" if made.types is None else f"type IN ({marks(made.types)})"
        return f"SELECT eid FROM md_ent WHERE {typed}", list(made.types or ())
    return " INTERSECT ".join(parts), bound


def branch_candidates(made: Plan, layers: Iterable[int]) -> tuple[str, list[object]]:
    """SQL that gives (eid, vid) of indexed rows of branches to look at; the overlay says which of them count."""
    layers = tuple(layers)
    parts: list[str] = []
    bound: list[object] = []
    for term in made.terms:
        assert made.types is not None
        parts.append(
            f"SELECT eid, vid FROM md_oix WHERE branch IN ({marks(layers)}) AND type IN ({marks(made.types)})"
            f" AND attr = ? AND {term.sql}"
        )
        bound += [*layers, *made.types, term.attr, *term.values]
    if made.box is not None:
        typed = "" if made.types is None else f" AND v.type IN ({marks(made.types)})"
        spans = " OR ".join("(g.b0 >= ? AND g.b1 <= ?)" for _ in layers)
        parts.append(
            "SELECT v.eid, v.vid FROM md_ogeo g JOIN md_ver v ON v.vid = g.vid WHERE"
            f" g.x1 >= ? AND g.x0 <= ? AND g.y1 >= ? AND g.y0 <= ? AND ({spans}){typed}"
        )
        bound += [*_box_values(made.box), *(layer for layer in layers for _ in (0, 1)), *(made.types or ())]
    if not parts:
        assert made.types is not None
        parts.append(
            f"SELECT eid, vid FROM md_oix WHERE branch IN ({marks(layers)})"
            f" AND type IN ({marks(made.types)}) AND attr = 0"
        )
        bound += [*layers, *made.types]
    return " INTERSECT ".join(parts), bound


def rectangle_candidates(made: Plan) -> tuple[str, list[object]]:
    """SQL that gives (eid, type, bytes, whether it lies well inside) for a plan that asks for a rectangle.

    The R*Tree rounds boxes outward, so a box that it has strictly inside is inside.
    """
    assert made.box is not None
    typed = "" if made.types is None else f" AND e.type IN ({marks(made.types)})"
    values = _box_values(made.box)
    sql = (
        "SELECT e.eid, e.type, CAST(e.doc AS BLOB), g.x0 > ? AND g.x1 < ? AND g.y0 > ? AND g.y1 < ?"
        f" FROM md_geo g CROSS JOIN md_ent e ON e.eid = g.eid WHERE {_IN_BOX}{typed}"
    )
    return sql, [*values, *values, *(made.types or ())]


def _box_values(box: Bounds) -> list[object]:
    west, south, east, north = box
    return [west, east, south, north]
