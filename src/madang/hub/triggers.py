"""Which subscriptions one change of one entity concerns (NGSI-LD 5.8.6, 5.2.12 notificationTrigger).

`changed` says what changed, by attribute. `Standing` holds all subscriptions of a city and finds those that a change
may concern by what each of them asks for most narrowly: an id, an attribute with one value, a number that an attribute
has to reach, a type with a watched attribute, a type, a watched attribute; only what asks for none of these is looked
at every time. `concerned` is the truth about one subscription and one change; the index only leaves out what it would
refuse. Pure: a change takes effect with its transaction, and so does what is said of a subscription, however late
either is looked at.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from madang.entities.context import city_context
from madang.entities.entity import ENTITY_MEMBERS, MEMBER_OF_KIND, Document
from madang.entities.patch import AttributeChange, diff
from madang.entities.qlanguage import And, Compare, Range, Tree
from madang.entities.query import Follow, Query, matches
from madang.hub.subscriptions import Subscription
from madang.store.following import Happening

Key = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """One happening, parsed: the entity before and after, and the attribute instances that differ."""

    happening: Happening
    before: Document | None
    after: Document | None
    differences: tuple[AttributeChange, ...]

    @property
    def document(self) -> Document:
        """The entity as it is, or, when it is gone, as it was."""
        found = self.after if self.after is not None else self.before
        assert found is not None
        return found


def changed(happening: Happening) -> Changed:
    """What a happening changed."""
    before = None if happening.before is None else orjson.loads(happening.before)
    after = None if happening.after is None else orjson.loads(happening.after)
    return Changed(happening, before, after, tuple(diff(before, after)))


# --- one subscription ------------------------------------------------------------------------------------------------


def concerned(subscription: Subscription, change: Changed, follow: Follow | None = None) -> bool:
    """Whether a subscription is to be notified of a change; what is gone is asked as it was."""
    happening = change.happening
    if not _sees(subscription, happening) or not subscription.is_open(happening.at):
        return False
    if subscription.interval_s is not None or not _triggered(subscription, change):
        return False
    document = change.document
    return any(matches(question, document, follow) for question in subscription.questions)


def _sees(subscription: Subscription, happening: Happening) -> bool:
    if happening.shared:
        return subscription.branch not in happening.hidden_on
    return subscription.branch == happening.branch


def _triggered(subscription: Subscription, change: Changed) -> bool:
    triggers, watched = subscription.triggers, subscription.watched
    if watched is not None and watched.isdisjoint(change.before or ()) and watched.isdisjoint(change.after or ()):
        return False
    if change.before is None and "entityCreated" in triggers:
        return True
    if change.after is None and "entityDeleted" in triggers:
        return True
    for one in change.differences:
        if one.attribute in ENTITY_MEMBERS:
            if watched is None and {"attributeUpdated", "attributeDeleted"} <= triggers and change.before is not None:
                return True  # another type or scope: only who asks for every update is told
            continue
        if (watched is None or one.attribute in watched) and _kind_of(one) in triggers:
            return True
    return False


def _kind_of(one: AttributeChange) -> str:
    if one.before is None:
        return "attributeCreated"
    return "attributeDeleted" if one.after is None else "attributeUpdated"


# --- all subscriptions -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Version:
    """What was said of a subscription from one transaction on, until the next version."""

    since: int
    subscription: Subscription


@dataclass(slots=True)
class Standing:
    """All subscriptions of a city, each with the versions that changes yet to be seen may need."""

    _versions: dict[tuple[str, str], tuple[Version, ...]] = field(default_factory=dict)  # by (branch, id)
    _by_key: dict[Key, dict[tuple[str, str], None]] = field(default_factory=dict)
    _limits: dict[Key, list[tuple[float, tuple[str, str]]]] = field(default_factory=dict)  # each in order
    _keys: dict[tuple[str, str], frozenset[Key]] = field(default_factory=dict)
    _types: Counter[str | None] = field(default_factory=Counter)  # what types are asked for; None: any

    def __len__(self) -> int:
        return len(self._versions)

    def put(self, branch: str, id: str, versions: Sequence[Version]) -> None:
        """Take in what was said of a subscription, oldest version first."""
        self.remove(branch, id)
        of = (branch, id)
        self._versions[of] = tuple(versions)
        keys = frozenset(key for version in versions for key in narrowest(version.subscription))
        self._keys[of] = keys
        self._types.update(_types_of(self._versions[of]))
        for key in keys:
            if key[0] in (OVER, UNDER):
                insort(self._limits.setdefault(key[:3], []), (_reached(key), of))
            else:
                self._by_key.setdefault(key, {})[of] = None

    def remove(self, branch: str, id: str) -> None:
        """Forget a subscription."""
        of = (branch, id)
        self._types -= Counter(_types_of(self._versions.pop(of, ())))
        for key in self._keys.pop(of, ()):
            if key[0] in (OVER, UNDER):
                limits = self._limits[key[:3]]
                del limits[bisect_left(limits, (_reached(key), of))]
                if not limits:
                    del self._limits[key[:3]]
                continue
            found = self._by_key[key]
            del found[of]
            if not found:
                del self._by_key[key]

    def newest(self, branch: str, id: str) -> Subscription | None:
        """A subscription as it stands now."""
        found = self._versions.get((branch, id))
        return found[-1].subscription if found else None

    def first_seen(self) -> int | None:
        """The transaction from which on the oldest version holds; None without subscriptions."""
        return min((versions[0].since for versions in self._versions.values()), default=None)

    def all(self) -> Iterator[Subscription]:
        """Every subscription as it stands now."""
        return (versions[-1].subscription for versions in self._versions.values())

    def at(self, branch: str, id: str, tx: int) -> Subscription | None:
        """A subscription as it stood when a transaction was written; its own transaction is not in its sight."""
        for version in reversed(self._versions.get((branch, id), ())):
            if version.since < tx:
                return version.subscription
        return None

    def may_concern(self, happening: Happening) -> bool:
        """Whether anybody asks for entities of its types: a large load of others is passed over unread."""
        types = self._types
        return None in types or any(kind in types for kind in happening.types)

    def candidates(self, change: Changed) -> list[Subscription]:
        """The subscriptions that a change may concern."""
        tx = change.happening.tx
        found: dict[tuple[str, str], None] = {}
        for key in _keys_of(change):
            if (there := self._by_key.get(key)) is not None:
                found.update(there)
        if self._limits:
            found.update(dict.fromkeys(self._within_limits(change)))
        standing = (self.at(branch, id, tx) for branch, id in found)
        return [one for one in standing if one is not None]

    def _within_limits(self, change: Changed) -> Iterator[tuple[str, str]]:
        """Those who ask for more, or for less, than some number and may find it."""
        kinds = (None, *change.happening.types)
        for name, part in change.document.items():
            numbers = [one for one in _scalars(part) if type(one) in (int, float)]
            for kind in kinds if numbers else ():
                if (over := self._limits.get((OVER, kind, name))) is not None:
                    yield from (of for _, of in over[: bisect_right(over, max(numbers), key=_limit)])
                if (under := self._limits.get((UNDER, kind, name))) is not None:
                    yield from (of for _, of in under[bisect_left(under, min(numbers), key=_limit) :])

    def concerned(self, change: Changed, follow: Callable[[str], Follow] | None = None) -> list[Subscription]:
        """The subscriptions that a change concerns; `follow` gives a branch's way along relationships."""
        return [
            one
            for one in self.candidates(change)
            if concerned(one, change, None if follow is None else follow(one.branch))
        ]


# --- the index -------------------------------------------------------------------------------------------------------

ANY: Key = ("any",)
OVER, UNDER = "over", "under"  # keys with a type or None, an attribute, and the number its value has to reach


def _types_of(versions: Sequence[Version]) -> list[str | None]:
    found: list[str | None] = []
    for version in versions:
        for question in version.subscription.questions:
            found += [None] if question.types is None else {together[0] for together in question.types}
    return found


def narrowest(subscription: Subscription) -> set[Key]:
    """The keys under which a subscription is looked up: a change it concerns has at least one of them."""
    keys: set[Key] = set()
    for question in subscription.questions:
        keys |= _keys_of_question(question, subscription.watched)
    return keys


def _keys_of_question(question: Query, watched: frozenset[str] | None) -> set[Key]:
    if question.ids:
        return {("id", id) for id in question.ids}
    equal = _equality(question.q)
    if equal is not None:
        name, values = equal
        return {("value", name, value) for value in values}
    types = None if question.types is None else {together[0] for together in question.types}
    limit = _number(question.q)
    if limit is not None:
        return {(limit[0], kind, *limit[1:]) for kind in types or (None,)}
    if types is not None and watched is not None:
        return {("type", kind, name) for kind in types for name in watched}
    if types is not None:
        return {("type", kind) for kind in types}
    return {ANY} if watched is None else {("attribute", name) for name in watched}


def _equality(tree: Tree | None) -> tuple[str, tuple[Any, ...]] | None:
    """An attribute and the texts one of which it has to be, if the query asks so first of all."""
    parts = tree.parts if isinstance(tree, And) else (tree,)
    for part in parts:
        if isinstance(part, Compare) and part.operator == "==" and len(part.path.names) == 1 and not part.path.members:
            values = part.value if type(part.value) is tuple else (part.value,)
            if all(type(value) is str for value in values):
                return part.path.names[0], values
    return None


def _number(tree: Tree | None) -> tuple[str, str, float] | None:
    """Which number the value of an attribute has to reach at least (over) or at most, if the query asks so."""
    for part in tree.parts if isinstance(tree, And) else (tree,):
        if isinstance(part, Compare) and len(part.path.names) == 1 and not part.path.members:
            value = part.value.low if isinstance(part.value, Range) else part.value
            is_over = part.operator in (">", ">=") or (part.operator == "==" and isinstance(part.value, Range))
            if type(value) in (int, float) and (is_over or part.operator in ("<", "<=")):
                return OVER if is_over else UNDER, part.path.names[0], value  # type: ignore[return-value]
    return None


def _limit(pair: tuple[float, tuple[str, str]]) -> float:
    return pair[0]


def _reached(key: Key) -> float:
    number = key[3]
    assert isinstance(number, (int, float))
    return number


def _keys_of(change: Changed) -> Iterator[Key]:
    yield ANY
    yield "id", change.happening.id
    names = _changed_names(change)
    for kind in change.happening.types:
        yield "type", kind
        for name in names:
            yield "type", kind, name
    for name in names:
        yield "attribute", name
    seen: set[Key] = set()
    for name, found in change.document.items():
        if name not in ENTITY_MEMBERS or name == "expiresAt":
            for text in _texts(found):
                key = ("value", name, text)
                if key not in seen:
                    seen.add(key)
                    yield key


def _changed_names(change: Changed) -> set[str]:
    if change.before is None or change.after is None:
        return {name for name in change.document if name not in ENTITY_MEMBERS}
    # Of an entity that stays, a watched attribute itself must have changed.
    return {one.attribute for one in change.differences}


def _texts(found: Any) -> Iterator[str]:
    """Every text that a comparison with == may find in an attribute."""
    for one in _scalars(found):
        if type(one) is str:
            yield one


def _scalars(found: Any) -> Iterator[Any]:
    """Everything that a comparison may find in an attribute."""
    if type(found) is str:
        yield found
        return
    for instance in found if type(found) is list else (found,):
        if type(instance) is not dict or "type" not in instance:
            continue
        value = instance.get(MEMBER_OF_KIND.get(instance["type"], "value"))
        values = list(value.values()) if instance["type"] == "LanguageProperty" and type(value) is dict else [value]
        for one in values:
            for item in one if type(one) is list else (one,):
                if type(item) is dict and "@value" in item:
                    item = item["@value"]
                yield item
                if instance["type"] == "VocabProperty" and type(item) is str:
                    yield _iri_of(item)


def _iri_of(word: str) -> str:
    return city_context().expand(word)
