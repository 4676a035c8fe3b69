"""The evolution of an entity: every attribute as the list of its instances through time (NGSI-LD 4.5.6-4.5.8).

An instance is told once, wherever it is kept: in a version of the document, in a series of readings, or given by the
temporal API. What makes two of them the same is their key: the moment they were observed at, or, where they say none,
the transaction that said them. Of several with one key the one recorded last counts, and the first of them is when it
came to be. An instance may have been taken out again or put differently (`Override`), and all up to a transaction may
have been taken out (a floor).

Everything here is pure: a store reads, the web writes down.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy
from numpy.typing import NDArray

from madang.clock import from_text
from madang.entities.entity import ENTITY_MEMBERS, MEMBER_OF_KIND, NULL, Document, Instance
from madang.entities.patch import diff

TimeProperty = Literal["observedAt", "createdAt", "modifiedAt", "deletedAt"]
TIME_PROPERTIES: tuple[TimeProperty, ...] = ("observedAt", "createdAt", "modifiedAt", "deletedAt")
DEFAULT = ""  # the datasetId of the default instance
SCOPE = "scope"

_INSTANCE = "urn:ngsi-ld:Instance:"


@dataclass(slots=True)
class Told:
    """One instance: what it said, when it was observed, and when it was recorded; moments are microseconds."""

    attribute: str
    dataset: str
    key: str
    instance: Instance
    observed: int | None
    created: int
    modified: int
    deleted: int | None = None
    tx: int | None = None
    is_override: bool = False

    def moment(self, property: TimeProperty) -> int | None:
        """The moment a temporal property names, if this instance has it."""
        if property == "observedAt":
            return self.observed
        if property == "deletedAt":
            return self.deleted
        return self.created if property == "createdAt" else self.modified

    def moment_or_order(self, property: TimeProperty) -> int:
        """The moment a temporal property names, or where it stands without it."""
        at = self.moment(property)
        return self.order if at is None else at

    @property
    def order(self) -> int:
        """Where it stands among the others."""
        if self.observed is not None:
            return self.observed
        return self.modified if self.deleted is None else self.deleted


Columns = tuple[NDArray[numpy.int64], NDArray[numpy.float64]]  # moments and values
Line = list[Told]
Lines = dict[str, Line]


@dataclass(frozen=True, slots=True)
class Override:
    """What was said later of an instance with this key: another content, or (None) that it is no more."""

    told: Told | None
    recorded: tuple[int, int]


@dataclass(slots=True)
class Evolution:
    """An entity through time: its instances by attribute, in order."""

    id: str
    type: str | list[str]
    created: int
    modified: int
    deleted: int | None = None
    lines: Lines = field(default_factory=dict)
    columns: dict[tuple[str, str], Columns] = field(default_factory=dict)  # where asked for, in the place of lines


@dataclass(frozen=True, slots=True)
class Version:
    """What a branch said of an entity from one transaction on; no document: nothing any more."""

    tx: int
    at: int
    document: Document | None


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment on, before a moment, or both, by one temporal property (4.11)."""

    property: TimeProperty = "observedAt"
    since: int | None = None
    until: int | None = None
    is_asked: bool = False  # whether an instance without that property falls outside

    def holds(self, told: Told) -> bool:
        """Whether an instance falls into it."""
        at = told.moment(self.property)
        if at is None:
            return not self.is_asked
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


# --- keys ------------------------------------------------------------------------------------------------------------


def key_of(observed: int | None, tx: int, place: int = 0) -> str:
    """The key of an instance by its moment, else by the transaction that said it."""
    if observed is not None:
        return f"o{observed}"
    return f"t{tx}.{place}" if place else f"t{tx}"


def instance_id(entity_id: str, told: Told) -> str:
    """The instanceId: nothing of it is stored, and it leads back to the instance."""
    return f"{_INSTANCE}{_mark(entity_id, told.attribute, told.dataset)}-{told.key}"


def _mark(entity_id: str, attribute: str, dataset: str) -> str:
    return hashlib.sha256("\n".join((entity_id, attribute, dataset)).encode()).hexdigest()[:20]


def found_by_id(entity_id: str, line: Iterable[Told], instance: str) -> Told | None:
    """The instance that an instanceId names among those of one attribute."""
    mark, _, key = instance.removeprefix(_INSTANCE).partition("-")
    for told in line:
        if told.key == key and _mark(entity_id, told.attribute, told.dataset) == mark:
            return told
    return None


# --- versions --------------------------------------------------------------------------------------------------------


def from_versions(versions: Iterable[Version], names: frozenset[str] | None = None) -> Iterator[Told]:
    """The instances that versions hold; they come newest first, and so do the instances."""
    newer: Version | None = None
    for version in versions:
        if newer is not None:
            yield from _changed(version.document, newer, names)
        newer = version
    if newer is not None:
        yield from _changed(None, newer, names)


def _changed(before: Document | None, version: Version, names: frozenset[str] | None) -> Iterator[Told]:
    old, new = _concerned(before, names), _concerned(version.document, names)
    for change in diff(old, new):
        dataset = change.dataset_id or DEFAULT
        if change.after is None:
            yield deletion(change.attribute, dataset, change.before, at=version.at, tx=version.tx)
        elif change.attribute == SCOPE:
            said = {"type": "Property", "value": change.after}
            yield Told(
                SCOPE, DEFAULT, key_of(None, version.tx), said, version.at, version.at, version.at, None, version.tx
            )
        elif (told := from_instance(change.attribute, dataset, change.after, at=version.at, tx=version.tx)) is not None:
            yield told


def _concerned(doc: Document | None, names: frozenset[str] | None) -> Document:
    return {
        name: part
        for name, part in (doc or {}).items()
        if (name == SCOPE or name not in ENTITY_MEMBERS) and (names is None or name in names)
    }


def from_instance(attribute: str, dataset: str, instance: Instance, *, at: int, tx: int, place: int = 0) -> Told | None:
    """An attribute instance as told in a transaction; the place of a series, which says nothing itself, is none."""
    member = MEMBER_OF_KIND.get(instance.get("type", ""))
    if member is None or member not in instance:
        return None
    observed = moment_of(instance)
    return Told(attribute, dataset, key_of(observed, tx, place), instance, observed, at, at, None, tx)


def moment_of(instance: Instance) -> int | None:
    """The moment an instance was observed at, in microseconds since 1970."""
    text = instance.get("observedAt")
    return None if text is None else micros(text)


def micros(text: str) -> int:
    """The microseconds since 1970 of a DateTime as text."""
    moment = from_text(text)
    return (
        round((moment.toordinal() - _EPOCH) * 86_400_000_000)
        + ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1_000_000
        + moment.microsecond
    )


_EPOCH = 719163  # date(1970, 1, 1).toordinal()
_START = datetime(1970, 1, 1)
_FIRST, _LAST = ((edge - _START) // timedelta(microseconds=1) for edge in (datetime.min, datetime.max))


def text_of(moment: int) -> str:
    """A moment as text: to the second, where it has no fraction; what no calendar holds is its first or last moment."""
    return f"{(_START + timedelta(microseconds=min(max(moment, _FIRST), _LAST))).isoformat()}Z"


def shown(instance: Instance) -> Instance:
    """An instance with its moment as text; readings carry it as a number until somebody sees them."""
    at = instance.get("observedAt")
    return {**instance, "observedAt": text_of(at)} if type(at) is int else instance


def deletion(attribute: str, dataset: str, before: Any, *, at: int, tx: int) -> Told:
    """The instance that says that an attribute is no more (4.5.7): its value is the NGSI-LD Null."""
    if attribute == SCOPE:
        said: Instance = {"type": "Property", "value": []}
    else:
        kind = before.get("type", "Property") if isinstance(before, dict) else "Property"
        said = {"type": kind, MEMBER_OF_KIND.get(kind, "value"): null_of(kind)}
        if dataset:
            said["datasetId"] = dataset
    return Told(attribute, dataset, key_of(None, tx), said, None, at, at, at, tx)


def null_of(kind: str) -> Any:
    """The NGSI-LD Null in the member of a kind."""
    if kind == "LanguageProperty":
        return {"@none": NULL}
    return [NULL] if kind in ("ListProperty", "ListRelationship") else NULL


# --- one line of many sources ----------------------------------------------------------------------------------------


def merged(
    told: Iterable[Told],
    overrides: Mapping[str, Override] | None = None,
    floor: tuple[int, int] | None = None,
) -> Line:
    """The instances of one attribute and dataset in order, each once, without those that are no more."""
    told = list(told)
    if not overrides and floor is None and len({one.observed for one in told}) == len(told):
        return sorted(told, key=_order)  # each its own moment: the common case, without the detour
    best: dict[str, Told] = {}
    for one in told:
        if floor is not None and _recorded(one) <= floor:
            continue
        there = best.get(one.key)
        best[one.key] = one if there is None else _same(there, one)
    for key, override in (overrides or {}).items():
        there = best.get(key)
        if there is not None and _recorded(there) > override.recorded:
            continue
        best.pop(key, None)
        if override.told is not None and (floor is None or override.recorded > floor):
            created = override.told.created if there is None else min(there.created, override.told.created)
            best[key] = replace(override.told, created=created)
    return once_a_moment(best.values())


def once_a_moment(told: Iterable[Told]) -> Line:
    """Of instances observed at one moment the one recorded last, all in order."""
    by_moment: dict[int, Told] = {}
    others: Line = []
    for one in told:
        if one.observed is None:
            others.append(one)
            continue
        there = by_moment.get(one.observed)
        if there is None or (*_recorded(there), there.is_override) < (*_recorded(one), one.is_override):
            by_moment[one.observed] = one
    found = [*by_moment.values(), *others]
    found.sort(key=_order)
    return found


def _order(told: Told) -> tuple[int, int]:
    return told.order, told.tx or 0


def _same(one: Told, other: Told) -> Told:
    """Two sayings of one instance: the later, which came to be when the earlier did."""
    later = one if _recorded(one) > _recorded(other) else other
    created = min(one.created, other.created)
    return later if later.created == created else replace(later, created=created)


def _recorded(told: Told) -> tuple[int, int]:
    return told.modified, told.tx or 0


# --- a part of it ----------------------------------------------------------------------------------------------------


def within(line: Sequence[Told], period: Period) -> Line:
    """The instances that fall into a period, in the order of its property."""
    found = [told for told in line if period.holds(told)]
    if period.property != "observedAt":
        found.sort(key=lambda told: (told.moment(period.property) or 0, told.tx or 0))
    return found


def last_of(line: Line, number: int | None) -> Line:
    """The last n instances; None asks for all."""
    return line if number is None else line[-number:]


def intervals_of(scopes: Sequence[Told], fits: Any) -> list[tuple[int, int | None]]:
    """When a scope that fits was valid (4.18): from the moment it was set until another, or none, took its place."""
    found: list[tuple[int, int | None]] = []
    for place, told in enumerate(scopes):
        end = scopes[place + 1].order if place + 1 < len(scopes) else None
        if told.deleted is None and fits(told.instance.get("value")):
            if found and found[-1][1] == told.order:
                found[-1] = (found[-1][0], end)
            else:
                found.append((told.order, end))
    return found


def document_of(evolution: Evolution) -> Document:
    """All instances of an evolution as one document, for conditions that any of them may meet (5.7.4.4)."""
    made: Document = {"id": evolution.id, "type": evolution.type}
    for name, line in evolution.lines.items():
        instances = [shown(told.instance) for told in line if told.deleted is None]
        if instances and name != SCOPE:
            made[name] = instances
    return made


# --- what an answer can hold -----------------------------------------------------------------------------------------


def boundary(
    evolutions: Iterable[Evolution], property: TimeProperty, *, most: int, in_all: int, backwards: bool
) -> int | None:
    """The moment at which an answer has to end, so that no attribute has more than `most` instances (6.3.10).

    One moment for all attributes of all entities: up to it the answer is complete, and the next one goes on from there.
    Forwards it is the last moment that is still told, backwards the first. None: everything fits.
    """
    found: int | None = None
    everything: list[int] = []
    for evolution in evolutions:
        for line in evolution.lines.values():
            moments = [told.moment_or_order(property) for told in line]
            everything += moments
            if len(moments) > most:
                edge = moments[-most] if backwards else moments[most - 1]
                found = edge if found is None else (max if backwards else min)(found, edge)
    if len(everything) > in_all:
        everything.sort()
        edge = everything[-in_all] if backwards else everything[in_all - 1]
        found = edge if found is None else (max if backwards else min)(found, edge)
    return found


def cut(line: Sequence[Told], property: TimeProperty, edge: int, *, backwards: bool) -> Line:
    """The part of a line that an answer which ends at a moment tells."""
    if backwards:
        return [told for told in line if told.moment_or_order(property) >= edge]
    return [told for told in line if told.moment_or_order(property) <= edge]
