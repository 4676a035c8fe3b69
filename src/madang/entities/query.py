"""Queries: which entities are asked for, and whether a document is one of them.

`Query` is the whole question (types, ids, attributes, `q`, place, scope, order, page). `matches` answers it for one
document and is the truth; a store uses `terms` and `index_terms` to find candidates fast, and `matches` for the rest.

How `q` compares (NGSI-LD 4.9), where the clause leaves room:
- several instances of an attribute, or several languages: any of them may satisfy a comparison;
- a list satisfies ==, <, <=, >, >= and a range if one of its items does, and != if none is equal;
- values of different kinds are unequal and have no order; true is no number;
- words of a vocabulary (VocabProperty) compare by what they stand for, their IRIs;
- relationships know only == and !=; a moment compares with text that is a moment, in time, not in spelling;
- a pattern is looked for anywhere in a text, as brokers do; ^ and $ tie it to the ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from madang.entities.context import city_context
from madang.entities.entity import ENTITY_MEMBERS, MEMBER_OF_KIND, Document, Instance, ids_of
from madang.entities.georelations import GeoQuery as GeoQuery
from madang.entities.georelations import holds
from madang.entities.georelations import search_bounds as search_bounds
from madang.entities.index import Indexable as Indexable
from madang.entities.index import IndexTerm as IndexTerm
from madang.entities.index import index_terms as index_terms
from madang.entities.index import indexable
from madang.entities.ordering import Order, Sorter
from madang.entities.ordering import parse_order as parse_order
from madang.entities.qlanguage import (
    And,
    Compare,
    Exists,
    Linked,
    Match,
    Moment,
    Or,
    Path,
    Range,
    Selection,
    Tree,
    Value,
    checked_pattern,
    moment_of,
    paths_of,
    renamed,
    renamed_types,
)
from madang.entities.qlanguage import parse_q as parse_q
from madang.entities.qlanguage import parse_types as parse_types
from madang.entities.qlanguage import print_q as print_q
from madang.entities.scopes import ScopeSelection, scope_matches
from madang.entities.scopes import parse_scopes as parse_scopes

terms = indexable
Follow = Callable[[str], Document | None]
STORE_TIMES = frozenset({"createdAt", "modifiedAt"})


@dataclass(frozen=True, slots=True)
class Selector:
    """Some entities: of these types, and of these ids or with ids like this (5.2.33)."""

    types: Selection | None = None
    ids: tuple[str, ...] = ()
    id_pattern: str | None = None

    def __post_init__(self) -> None:
        if self.id_pattern is not None:
            checked_pattern(self.id_pattern)

    def selects(self, doc: Document) -> bool:
        """Whether the document is one of them."""
        return (
            (self.types is None or _types_match(self.types, doc))
            and (not self.ids or doc["id"] in self.ids)
            and (self.id_pattern is None or bool(_compiled(self.id_pattern).search(doc["id"])))
        )


@dataclass(frozen=True, slots=True)
class Query:
    """One question to a city. An empty tuple or None asks for no restriction; names are stored names.

    `types` and `scopes` are alternatives of what must stand together; `attrs` asks that one of the attributes is there;
    of several `selectors` one must select. `order_from` is the geometry that distances are measured from.
    """

    types: Selection | None = None
    ids: tuple[str, ...] = ()
    id_pattern: str | None = None
    attrs: tuple[str, ...] = ()
    q: Tree | None = None
    geo: GeoQuery | None = None
    scopes: ScopeSelection | None = None
    limit: int | None = None
    offset: int = 0
    order_by: Order = ()
    order_from: dict[str, Any] | None = field(default=None, hash=False)
    collation: str | None = None
    selectors: tuple[Selector, ...] = ()

    def __post_init__(self) -> None:
        if self.id_pattern is not None:
            checked_pattern(self.id_pattern)


def with_stored_names(query: Query, stored_name: Callable[[str], str]) -> Query:
    """The query with every name of a type or attribute replaced by its stored name."""
    return replace(
        query,
        types=renamed_types(query.types, stored_name) if query.types is not None else None,
        attrs=tuple(map(stored_name, query.attrs)),
        q=renamed(query.q, stored_name) if query.q is not None else None,
        geo=replace(query.geo, property=stored_name(query.geo.property)) if query.geo is not None else None,
        order_by=tuple(
            replace(term, path=replace(term.path, names=tuple(map(stored_name, term.path.names))))
            for term in query.order_by
        ),
        selectors=tuple(
            replace(one, types=renamed_types(one.types, stored_name)) if one.types is not None else one
            for one in query.selectors
        ),
    )


def asks_for_times(query: Query) -> bool:
    """Whether it matters when something was created or modified, which documents do not say by themselves."""
    named = [term.path for term in query.order_by]
    if query.q is not None:
        named += paths_of(query.q)
    return any(not STORE_TIMES.isdisjoint(path.names) for path in named)


def type_names(query: Query) -> tuple[str, ...] | None:
    """The types of which a matching entity must have at least one, or None if any type may match."""
    if query.types is None or any(not together for together in query.types):
        return None
    return tuple(dict.fromkeys(together[0] for together in query.types))


def matches(query: Query, doc: Document, follow: Follow | None = None) -> bool:
    """Whether the document is one of those asked for (page and order apart); `follow` gives what an id stands for."""
    return (
        (query.types is None or _types_match(query.types, doc))
        and (not query.ids or doc["id"] in query.ids)
        and (query.id_pattern is None or bool(_compiled(query.id_pattern).search(doc["id"])))
        and (not query.attrs or any(name in doc for name in query.attrs))
        and (query.scopes is None or scope_matches(query.scopes, doc.get("scope")))
        and (not query.selectors or any(one.selects(doc) for one in query.selectors))
        and (query.q is None or satisfies(query.q, doc, follow))
        and (query.geo is None or _stands(query.geo, doc))
    )


def _stands(geo: GeoQuery, doc: Document) -> bool:
    """Whether a geometry of the property stands in the relation; of several, any (5.7.2.4)."""
    found = doc.get(geo.property)
    if type(found) is not list:
        found = [found]
    return any(
        one["type"] == "GeoProperty" and holds(geo, one["value"])
        for one in found
        if type(one) is dict and "type" in one
    )


def leaves_to_check(query: Query) -> bool:
    """Whether something of the query remains to be checked after types, ids and a complete side index."""
    several = query.types is not None and any(len(together) > 1 for together in query.types)
    return bool(
        several
        or query.selectors
        or query.id_pattern
        or query.attrs
        or query.scopes is not None
        or query.geo is not None
        or not indexable(query.q).complete
    )


def _types_match(selection: Selection, doc: Document) -> bool:
    found = doc["type"]
    if type(found) is str:
        return any(all(name == found for name in together) for together in selection)
    return any(all(name in found for name in together) for together in selection)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


# --- q ---------------------------------------------------------------------------------------------------------------


def satisfies(tree: Tree, doc: Document, follow: Follow | None = None) -> bool:
    """Whether a document satisfies a query tree."""
    match tree:
        case And(parts):
            return all(satisfies(part, doc, follow) for part in parts)
        case Or(parts):
            return any(satisfies(part, doc, follow) for part in parts)
        case Linked(path, types, inner):
            return follow is not None and any(
                _of_one_type(types, linked) and satisfies(inner, linked, follow)
                for target in _targets(doc, path)
                if target.is_reference
                for id in target.values
                if type(id) is str and (linked := follow(id)) is not None
            )
        case Exists(path, negated):
            return any(True for _ in _targets(doc, path)) is not negated
        case Compare(path, operator, value):
            if len(path.names) == 1 and not path.members:  # the common case, without the detour
                found = doc.get(path.names[0])
                if type(found) is dict and found["type"] == "Property" and type(found["value"]) in (int, float, str):
                    return _scalar_compares(found["value"], operator, value)
            return any(_compares(target, operator, value) for target in _targets(doc, path))
        case Match(path, pattern, negated):
            return any(_fits(target, pattern, negated) for target in _targets(doc, path))


def may_satisfy(tree: Tree, documents: Sequence[Document]) -> bool:
    """Whether parts of what these documents say together may satisfy a tree: any of them meets any condition."""
    match tree:
        case And(parts):
            return all(may_satisfy(part, documents) for part in parts)
        case Or(parts):
            return any(may_satisfy(part, documents) for part in parts)
        case Exists(negated=True):
            return True
    return any(satisfies(tree, doc) for doc in documents)


def _of_one_type(types: tuple[str, ...], doc: Document) -> bool:
    own = doc["type"] if type(doc["type"]) is list else (doc["type"],)
    return not types or any(name in own for name in types)


@dataclass(frozen=True, slots=True)
class _Target:
    """What a path leads to: the values to compare, and whether they are ids of entities, which know no order."""

    values: tuple[Any, ...]
    is_reference: bool = False


def _targets(doc: Document, path: Path) -> Iterable[_Target]:
    """Everything a path leads to; one target an attribute instance."""
    name, *more = path.names
    found = doc.get(name) if name not in ENTITY_MEMBERS or name == "expiresAt" else None
    if found is None:
        return
    if type(found) is str:  # a time of the entity itself
        if not more and not path.members:
            yield _Target((found,))
        return
    instances: list[Instance] = found if type(found) is list else [found]
    for step, sub in enumerate(more):
        last = step == len(more) - 1
        if last:
            for instance in instances:
                if type(instance.get(sub)) is str:  # observedAt, unitCode and the like are values themselves
                    yield _Target((instance[sub],))
        instances = [
            inner
            for instance in instances
            if sub in instance
            for inner in (instance[sub] if type(instance[sub]) is list else [instance[sub]])
            if type(inner) is dict and "type" in inner
        ]
    for instance in instances:
        target = _target(instance, path.members)
        if target is not None:
            yield target


def _target(instance: Instance, members: tuple[str, ...]) -> _Target | None:
    kind = instance["type"]
    value = instance.get(MEMBER_OF_KIND.get(kind, "value"))
    if kind == "LanguageProperty":
        return _language_target(value, members)
    if members:
        value = _inside(value, members)
        return None if value is _ABSENT else _Target(_items(value))
    if kind == "VocabProperty":
        return _Target(tuple(city_context().expand(one) if type(one) is str else one for one in _items(value)))
    if kind == "ListRelationship":
        return _Target(tuple(ids_of(instance)), True)
    return _Target(_items(value), kind == "Relationship")


def _language_target(texts: Any, members: tuple[str, ...]) -> _Target | None:
    if not members or members == ("*",):
        return _Target(tuple(item for text in texts.values() for item in _items(text)))
    text = texts.get(".".join(members))
    return None if text is None else _Target(_items(text))


_ABSENT = object()


def _inside(value: Any, members: tuple[str, ...]) -> Any:
    for member in members:
        if type(value) is dict and member in value:
            value = value[member]
        else:
            return _ABSENT
    return value


def _items(value: Any) -> tuple[Any, ...]:
    return tuple(map(_plain, value)) if type(value) is list else (_plain(value),)


def _plain(value: Any) -> Any:
    """A typed JSON-LD value ({"@type": "DateTime", "@value": …}) is its @value."""
    return value["@value"] if type(value) is dict and "@value" in value else value


def _compares(target: _Target, operator: str, value: Value | Range | tuple[Value, ...]) -> bool:
    if operator == "==":
        return any(_equals(item, value) for item in target.values)
    if operator == "!=":
        return not any(_equals(item, value) for item in target.values)
    if target.is_reference:
        return False
    return any(_ordered(item, operator, value) for item in target.values)  # type: ignore[arg-type]


def _scalar_compares(item: Any, operator: str, value: Value | Range | tuple[Value, ...]) -> bool:
    if operator == "==":
        return _equals(item, value)
    if operator == "!=":
        return not _equals(item, value)
    return _ordered(item, operator, value)  # type: ignore[arg-type]


def _equals(item: Any, value: Value | Range | tuple[Value, ...]) -> bool:
    if type(value) is tuple:
        return any(_equals(item, one) for one in value)
    if isinstance(value, Range):
        return _ordered(item, ">=", value.low) and _ordered(item, "<=", value.high)
    pair = _comparable(item, value)  # type: ignore[arg-type]
    return pair is not None and pair[0] == pair[1]


def _ordered(item: Any, operator: str, value: Value) -> bool:
    pair = _comparable(item, value)
    if pair is None or type(value) is bool:
        return False
    left, right = pair
    if operator == ">":
        return bool(left > right)
    if operator == ">=":
        return bool(left >= right)
    if operator == "<":
        return bool(left < right)
    return bool(left <= right)


def _comparable(item: Any, value: Value) -> tuple[Any, Any] | None:
    """Both sides as things of one kind, or None if they are not."""
    kind = type(value)
    if kind is str:
        return (item, value) if type(item) is str else None
    if kind is bool:
        return (item, value) if type(item) is bool else None
    if isinstance(value, Moment):
        moment = moment_of(item) if type(item) is str else None
        return (moment.key, value.key) if moment is not None and moment.kind == value.kind else None
    return (item, value) if type(item) in (int, float) else None


def _fits(target: _Target, pattern: str, negated: bool) -> bool:
    texts = [item for item in target.values if type(item) is str]
    if target.is_reference or not texts:
        return False
    found = any(_compiled(pattern).search(text) for text in texts)
    return found != negated


# --- order -----------------------------------------------------------------------------------------------------------


def sorter(query: Query) -> Sorter:
    """What sorts the answers to a query."""
    return Sorter(query.order_by, _first_values, query.order_from, query.collation)


def ordered(docs: Iterable[Document], order: Order, *, collation: str | None = None) -> list[Document]:
    """Documents in the asked order (see `ordering`); ties keep theirs."""
    found = list(docs)
    sorting = Sorter(order, _first_values, None, collation)
    return [found[place] for place in sorting.places([sorting.keys(doc) for doc in found])]


def _first_values(doc: Document, path: Path) -> tuple[Any, ...]:
    target = next(iter(_targets(doc, path)), None)
    return () if target is None else target.values
