"""What a side index of (attribute, value) can answer: the values of a document, and the comparisons of a query.

A store keeps one row for each pair that `index_terms` gives. `indexable` picks from a query the comparisons that such
rows can answer: all of them must hold for the query to hold, so intersecting them never loses an entity. When
`complete` is true they are the whole query, and nothing is left to check; else each candidate goes through `matches`.

Numbers are indexed as numbers, text as text (the first TEXT_LIMIT characters), true and false as two texts of their own
so that `x==1` never finds `true`. Each item of a list, each language of a map, each object of a relationship is a pair;
words of a vocabulary stand as the IRIs they mean.
JSON properties, geometries and the insides of compound values are not indexed. Text compares by code point, which is
the order of its UTF-8 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from madang.entities.context import city_context
from madang.entities.entity import ENTITY_MEMBERS, Document, ids_of
from madang.entities.qlanguage import And, Compare, Moment, Or, Range, Tree, Value

TEXT_LIMIT = 128
TRUE, FALSE = "\x01true", "\x01false"
_LARGEST = 2**63

IndexValue = str | int | float


@dataclass(frozen=True, slots=True)
class IndexTerm:
    """One comparison for the index: ==, <, <=, >, >= with one value, "in" with several, "between" with (low, high)."""

    attribute: str
    operator: str
    values: tuple[IndexValue, ...]


@dataclass(frozen=True, slots=True)
class Indexable:
    """The comparisons of a query that an index answers; `complete` if they say all that the query says."""

    terms: tuple[IndexTerm, ...]
    complete: bool


def index_terms(doc: Document) -> list[tuple[str, IndexValue]]:
    """Every (attribute, value) pair of a document, each once an instance."""
    found: list[tuple[str, IndexValue]] = []
    for name, instances in doc.items():
        if name in ENTITY_MEMBERS:
            continue
        if type(instances) is dict:
            _add(found, name, instances)
        else:
            for instance in instances:
                _add(found, name, instance)
    return found


def _add(found: list[tuple[str, IndexValue]], name: str, instance: dict[str, Any]) -> None:
    kind = instance["type"]
    if kind == "Property":
        value = instance["value"]
    elif kind == "Relationship":
        value = instance["object"]
    elif kind == "GeoProperty" or kind == "JsonProperty":
        return
    elif kind == "LanguageProperty":
        value = [
            text for texts in instance["languageMap"].values() for text in ([texts] if type(texts) is str else texts)
        ]
    elif kind == "VocabProperty":
        value = _meant(instance["vocab"])
    elif kind == "ListRelationship":
        value = ids_of(instance)
    else:
        value = instance[_MEMBER[kind]]
    # Inlined for the common cases: this runs for every attribute of every entity written.
    if type(value) is str:
        found.append((name, value if len(value) <= TEXT_LIMIT else value[:TEXT_LIMIT]))
    elif type(value) is float:
        found.append((name, value))
    else:
        for item in value if type(value) is list else (value,):
            indexed = index_value(item)
            if indexed is not None:
                found.append((name, indexed))


def _meant(words: Any) -> Any:
    """What words of a vocabulary stand for: their IRIs."""
    if type(words) is list:
        return [_meant(word) for word in words]
    return city_context().expand(words) if type(words) is str else words


_MEMBER = {"ListProperty": "valueList"}


def index_value(value: Any) -> IndexValue | None:
    """A value as the index keeps it, or None for what it does not keep."""
    kind = type(value)
    if kind is str:
        return str(value[:TEXT_LIMIT])
    if kind is bool:
        return TRUE if value else FALSE
    if kind is int:
        return int(value) if -_LARGEST <= value < _LARGEST else float(value)
    if kind is float:
        return float(value)
    if kind is dict and type(value.get("@value")) in (str, int, float, bool):
        return index_value(value["@value"])
    return None


def indexable(tree: Tree | None) -> Indexable:
    """The conjunctive comparisons of a query that the index answers."""
    if tree is None:
        return Indexable((), True)
    terms: list[IndexTerm] = []
    complete = True
    for part in _conjuncts(tree):
        term, exact = _term(part)
        complete = complete and exact
        if term is not None:
            terms.append(term)
    return Indexable(tuple(terms), complete)


def _conjuncts(tree: Tree) -> list[Tree]:
    if isinstance(tree, And):
        return [inner for part in tree.parts for inner in _conjuncts(part)]
    return [tree]


def _term(part: Tree) -> tuple[IndexTerm | None, bool]:
    """The index term of one part, and whether it says the same as the part."""
    if isinstance(part, Or):
        return _joined(part)
    if not isinstance(part, Compare) or part.operator == "!=" or len(part.path.names) != 1:
        return None, False
    inside = bool(part.path.members)
    if inside and not (len(part.path.members) == 1 and _is_language(part.path.members[0])):
        return None, False
    name, value = part.path.names[0], part.value
    if inside and not _all_text(value):
        return None, False
    if isinstance(value, tuple):
        values = [_asked(item) for item in value]
        if any(v is None for v, _ in values):
            return None, False
        return IndexTerm(name, "in", tuple(v for v, _ in values if v is not None)), all(
            e for _, e in values
        ) and not inside
    if isinstance(value, Range):
        low, high = _bound(value.low), _bound(value.high)
        if low is None or high is None:
            return None, False
        return IndexTerm(name, "between", (low, high)), type(low) is not str
    if part.operator == "==":
        asked, exact = _asked(value)
        return (None, False) if asked is None else (IndexTerm(name, "==", (asked,)), exact and not inside)
    bound = _bound(value)
    return (None, False) if bound is None else (IndexTerm(name, part.operator, (bound,)), type(bound) is not str)


def _joined(part: Or) -> tuple[IndexTerm | None, bool]:
    """`a==1|a==2` is one term "in"; any other `|` is left to the filter."""
    found = [_term(inner) for inner in part.parts]
    terms = [term for term, _ in found if term is not None and term.operator in ("==", "in")]
    if len(terms) != len(found) or len({term.attribute for term in terms}) != 1:
        return None, False
    values = tuple(dict.fromkeys(value for term in terms for value in term.values))
    return IndexTerm(terms[0].attribute, "in", values), all(exact for _, exact in found)


def _is_language(member: str) -> bool:
    return member == "*" or (
        member.replace("-", "").isalpha() and member.isascii() and 2 <= len(member.split("-")[0]) <= 3
    )


def _all_text(value: Any) -> bool:
    return type(value) is str or (type(value) is tuple and all(type(item) is str for item in value))


def _asked(value: Value) -> tuple[IndexValue | None, bool]:
    """The index value equal to a query's value; text as long as the limit may stand for longer texts."""
    if isinstance(value, Moment):
        return None, False
    found = index_value(value)
    exact = not (type(found) is str and len(found) >= TEXT_LIMIT) and not (type(value) is int and abs(value) > 2**53)
    return found, exact


def _bound(value: Value) -> IndexValue | None:
    """The index value that bounds a range; text at the limit can't, because longer texts share it."""
    found, exact = _asked(value)
    return found if exact else None
