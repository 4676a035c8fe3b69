"""Registrations of context sources: what each covers, and which of them an operation or a subscription concerns.

A registration is compiled once from its document (clause 5.2.9), whose names are stored names. `matching` is clause
5.12: which parts (RegistrationInfo) of a registration concern the entities and attributes that are sought. A `Book`
holds the registrations of one tenant, and finds those that may concern a type or an id without looking at the others.
`found_by` is the whole of discovery (5.10.2.4); subscriptions to registrations (5.11.2.4) ask the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from madang.clock import from_text
from madang.entities.georelations import GeoQuery, holds
from madang.entities.qlanguage import Selection, Tree
from madang.entities.query import satisfies
from madang.entities.scopes import ScopeSelection, scope_matches
from madang.hub.operation_names import DEFAULT_OPERATIONS, GROUPS
from madang.hub.registration_checks import duration_s

Mode = Literal["inclusive", "exclusive", "redirect", "auxiliary"]
Document = dict[str, Any]

ON_REQUEST = "urn:ngsi-ld:request"
CORE_MEMBERS = frozenset({
    "id", "type", "@context", "endpoint", "contextSourceInfo", "information", "contextSourceAlias",
    "description", "datasetId", "expiresAt", "location", "management", "managementInterval", "mode",
    "observationInterval", "observationSpace", "operations", "operationSpace", "refreshRate",
    "registrationName", "scope", "tenant", "lastFailure", "lastSuccess", "status", "timesFailed", "timesSent",
    "createdAt", "modifiedAt"
})  # fmt: skip
OUTPUT_MEMBERS = frozenset(("lastFailure", "lastSuccess", "status", "timesFailed", "timesSent"))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entities that a source has (EntityInfo, 5.2.8): of these types, perhaps with an id or pattern."""

    types: frozenset[str]
    id: str | None = None
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Info:
    """One RegistrationInfo (5.2.10): kinds of entities and names of attributes; nothing said means any."""

    kinds: tuple[Kind, ...]
    attributes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sought:
    """What is sought: a type selection, ids, a pattern of ids, attributes, datasets; names are stored names (5.12)."""

    types: Selection | None = None
    ids: tuple[str, ...] = ()
    id_pattern: str | None = None
    attributes: frozenset[str] = frozenset()
    datasets: frozenset[str] = frozenset()
    any_type: frozenset[str] | None = None  # the types of an entity that is known: one of them must be registered


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration, compiled; `document` is what was said, with stored names."""

    id: str
    document: Document = field(hash=False, compare=False)
    mode: Mode
    endpoint: str
    tenant: str | None
    operations: frozenset[str]
    infos: tuple[Info, ...]
    alias: str | None = None
    expires_at: datetime | None = None
    datasets: frozenset[str] = frozenset()
    local_only: bool = False
    timeout_s: float | None = None
    cooldown_s: float = 0.0
    cache_s: float = 0.0
    told: tuple[tuple[str, str], ...] = ()  # contextSourceInfo
    tx: int = 0

    @property
    def is_proxy(self) -> bool:
        """Whether what it covers is never held here (4.3.6.3)."""
        return self.mode in ("exclusive", "redirect")

    @property
    def is_temporal(self) -> bool:
        """Whether it is for temporal representations (5.2.9: one that says an interval is for these only)."""
        return "observationInterval" in self.document or "managementInterval" in self.document

    def expired(self, now: datetime) -> bool:
        """Whether its end has come."""
        return self.expires_at is not None and self.expires_at <= now

    def told_value(self, key: str) -> str | None:
        """What contextSourceInfo says under a key; keys are names of headers, whose case means nothing."""
        return next((value for name, value in self.told if name.lower() == key.lower()), None)


def compiled(document: Document, *, tx: int = 0) -> Registration:
    """The registration of a document that was checked and has stored names."""
    management = document.get("management", {})
    seconds = {name: float(management[name]) / 1000 for name in ("timeout", "cooldown") if name in management}
    expires = document.get("expiresAt")
    return Registration(
        id=document["id"],
        document=document,
        mode=document.get("mode", "inclusive"),
        endpoint=document["endpoint"].rstrip("/"),
        tenant=document.get("tenant"),
        operations=_operations(document.get("operations")),
        infos=tuple(map(_info, document["information"])),
        alias=document.get("contextSourceAlias"),
        expires_at=from_text(expires) if expires else None,
        datasets=frozenset(_listed(document.get("datasetId"))),
        local_only=bool(management.get("localOnly", document.get("localOnly", False))),
        timeout_s=seconds.get("timeout"),
        cooldown_s=seconds.get("cooldown", 0.0),
        cache_s=duration_s(management["cacheDuration"]) if "cacheDuration" in management else 0.0,
        told=tuple((pair["key"], pair["value"]) for pair in document.get("contextSourceInfo", ())),
        tx=tx,
    )


def _operations(given: Iterable[str] | None) -> frozenset[str]:
    if given is None:
        return DEFAULT_OPERATIONS
    return frozenset(name for word in given for name in GROUPS.get(word, (word,)))


def _info(given: Mapping[str, Any]) -> Info:
    names = (*given.get("propertyNames", ()), *given.get("relationshipNames", ()))
    return Info(tuple(map(_kind, given.get("entities", ()))), frozenset(names))


def _kind(given: Mapping[str, Any]) -> Kind:
    pattern = given.get("idPattern")
    return Kind(
        frozenset(_listed(given.get("type"))), given.get("id"), re.compile(pattern) if pattern is not None else None
    )


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [] if found is None else [found]


# -- matching (5.12) --------------------------------------------------------------------------------------------------


def matching(registration: Registration, sought: Sought) -> tuple[Info, ...]:
    """The parts of a registration that concern what is sought; none when it does not match."""
    if sought.datasets and registration.datasets and not sought.datasets & registration.datasets:
        return ()
    return tuple(info for info in registration.infos if info_matches(info, sought))


def info_matches(info: Info, sought: Sought) -> bool:
    """Whether one part of a registration concerns what is sought."""
    if sought.attributes and info.attributes and not sought.attributes & info.attributes:
        return False
    return not info.kinds or any(kind_matches(kind, sought) for kind in info.kinds)


def kind_matches(kind: Kind, sought: Sought) -> bool:
    """Whether a registered kind of entities may hold entities that are sought."""
    if sought.types is not None and not _selects(sought.types, kind.types):
        return False
    if sought.any_type is not None and kind.types and not sought.any_type & kind.types:
        return False
    if kind.id is None and kind.pattern is None:
        return True
    if not sought.ids and sought.id_pattern is None:
        return True
    if kind.id is not None:
        if kind.id in sought.ids:
            return True
        return sought.id_pattern is not None and re.search(sought.id_pattern, kind.id) is not None
    assert kind.pattern is not None
    return sought.id_pattern is not None or any(kind.pattern.search(one) for one in sought.ids)


def _selects(selection: Selection, types: frozenset[str]) -> bool:
    return any(not together or types.issuperset(together) for together in selection) or not types


def covers_id(infos: Iterable[Info], id: str) -> bool:
    """Whether parts of a registration may concern an id; requests are narrowed to the ids a source can have."""
    return any(
        not info.kinds
        or any(
            (kind.id is None and kind.pattern is None)
            or kind.id == id
            or (kind.pattern is not None and kind.pattern.search(id) is not None)
            for kind in info.kinds
        )
        for info in infos
    )


def covered_attributes(infos: Iterable[Info]) -> frozenset[str] | None:
    """The attributes that parts of a registration cover together; None when one of them covers all."""
    found: set[str] = set()
    for info in infos:
        if not info.attributes:
            return None
        found |= info.attributes
    return frozenset(found)


def overlap(one: Registration, other: Registration) -> bool:
    """Whether two registrations cover a same attribute of a same entity, as far as ids, types and names can tell."""
    return any(_infos_overlap(a, b) for a in one.infos for b in other.infos)


def _infos_overlap(a: Info, b: Info) -> bool:
    if a.attributes and b.attributes and not a.attributes & b.attributes:
        return False
    return not a.kinds or not b.kinds or any(_kinds_overlap(x, y) for x in a.kinds for y in b.kinds)


def _kinds_overlap(x: Kind, y: Kind) -> bool:
    if x.id is not None and y.id is not None:
        return x.id == y.id
    if x.types and y.types and not x.types & y.types:
        return False
    for known, other in ((x.id, y.pattern), (y.id, x.pattern)):
        if known is not None and other is not None:
            return other.search(known) is not None
    return True


# -- discovery (5.10.2, 5.11.2) ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """A temporal query: before, after or between moments of a temporal property (4.11)."""

    relation: Literal["before", "after", "between"]
    at: datetime
    until: datetime | None = None
    property: str = "observedAt"


@dataclass(frozen=True, slots=True)
class Discovery:
    """A question for registrations: several `sought` are alternatives; no `span` asks for latest information only."""

    sought: tuple[Sought, ...] = (Sought(),)
    geo: GeoQuery | None = None
    scopes: ScopeSelection | None = None
    filter: Tree | None = None  # csf: a query over the registration's own properties
    span: Span | None = None


def found_by(discovery: Discovery, registration: Registration) -> bool:
    """Whether a registration answers the question."""
    return (
        any(matching(registration, sought) for sought in discovery.sought)
        and _of_time(discovery.span, registration)
        and (discovery.geo is None or _in_place(discovery.geo, registration))
        and (discovery.scopes is None or scope_matches(discovery.scopes, registration.document.get("scope")))
        and (discovery.filter is None or passes(discovery.filter, registration))
    )


def passes(filter: Tree, registration: Registration) -> bool:
    """Whether the members of a registration, read as properties, satisfy a context source filter (4.9)."""
    told = {
        name: value if isinstance(value, dict) and "type" in value else {"type": "Property", "value": value}
        for name, value in registration.document.items()
        if name not in ("id", "type", "@context", "information")
    }
    return satisfies(filter, {"id": registration.id, "type": "ContextSourceRegistration", **told})


def _of_time(span: Span | None, registration: Registration) -> bool:
    return not registration.is_temporal if span is None else in_time(span, registration)


def in_time(span: Span, registration: Registration) -> bool:
    """Whether the interval that a registration says for a temporal property meets a temporal query."""
    name = "observationInterval" if span.property == "observedAt" else "managementInterval"
    interval = registration.document.get(name)
    return interval is not None and _spans_meet(span, interval)


def _spans_meet(span: Span, interval: Mapping[str, str]) -> bool:
    start, end = from_text(interval["startAt"]), interval.get("endAt")
    stop = from_text(end) if end else None
    if span.relation == "before":
        return start <= span.at
    if span.relation == "after":
        return stop is None or stop >= span.at
    assert span.until is not None
    return start <= span.until and (stop is None or stop >= span.at)


def _in_place(geo: GeoQuery, registration: Registration) -> bool:
    return geo.property in registration.document and may_be_in_place(geo, registration)


def may_be_in_place(geo: GeoQuery, registration: Registration) -> bool:
    """Whether a source may have what a geo-query asks for; a registration that says no place may have it anywhere."""
    found = registration.document.get(geo.property)
    if isinstance(found, dict) and found.get("type") == "GeoProperty":
        found = found.get("value")
    if not isinstance(found, dict):
        return True
    if geo.relation == "disjoint":
        return not holds(replace(geo, relation="within"), found)
    if geo.relation == "near":
        return geo.max_distance_m is None or holds(geo, found)
    return holds(replace(geo, relation="intersects"), found)  # something in its area may be within, contain, overlap …


# -- names ------------------------------------------------------------------------------------------------------------


def renamed(document: Document, name_of: Callable[[str], str]) -> Document:
    """A registration with other names of types, attributes and its own further properties."""
    made: Document = {}
    for member, value in document.items():
        if member == "information":
            made[member] = [_renamed_info(info, name_of) for info in value]
        else:
            made[member if member in CORE_MEMBERS else name_of(member)] = value
    return made


def _renamed_info(info: Mapping[str, Any], name_of: Callable[[str], str]) -> Document:
    made = dict(info)
    for names in ("propertyNames", "relationshipNames"):
        if names in info:
            made[names] = [name_of(name) for name in info[names]]
    if "entities" in info:
        made["entities"] = [{**one, "type": _renamed_type(one["type"], name_of)} for one in info["entities"]]
    return made


def _renamed_type(found: Any, name_of: Callable[[str], str]) -> Any:
    return [name_of(one) for one in found] if isinstance(found, list) else name_of(found)


# -- the book of one tenant -------------------------------------------------------------------------------------------


class Book:
    """The registrations of one tenant, by the types and ids they name, so that few are looked at."""

    def __init__(self, registrations: Iterable[Registration]) -> None:
        self.all: dict[str, Registration] = {one.id: one for one in registrations}
        self._by_type: dict[str, list[Registration]] = {}
        self._by_id: dict[str, list[Registration]] = {}
        self._open: list[Registration] = []  # that name neither a type nor an id alone
        for one in self.all.values():
            self._file(one)
        self.has_proxies = any(one.is_proxy for one in self.all.values())
        self.offered = frozenset().union(*(one.operations for one in self.all.values()))

    def __len__(self) -> int:
        return len(self.all)

    def _file(self, one: Registration) -> None:
        kinds = [kind for info in one.infos for kind in info.kinds]
        if not kinds or any(not info.kinds for info in one.infos):
            self._open.append(one)
        elif all(kind.id is not None for kind in kinds):
            for id in {str(kind.id) for kind in kinds}:
                self._by_id.setdefault(id, []).append(one)
        elif all(kind.types for kind in kinds):
            for type in {name for kind in kinds for name in kind.types}:
                self._by_type.setdefault(type, []).append(one)
        else:
            self._open.append(one)

    def candidates(self, sought: Sought) -> Iterator[Registration]:
        """Those that may match, in the order they were filed; each once."""
        seen: set[str] = set()
        for one in self._candidates(sought):
            if one.id not in seen:
                seen.add(one.id)
                yield one

    def _candidates(self, sought: Sought) -> Iterator[Registration]:
        yield from self._open
        if sought.ids and sought.id_pattern is None:
            for id in sought.ids:
                yield from self._by_id.get(id, ())
        else:
            for found in self._by_id.values():
                yield from found
        names = _names_sought(sought)
        if names is None:
            for found in self._by_type.values():
                yield from found
        else:
            for name in names:
                yield from self._by_type.get(name, ())

    def matching(self, sought: Sought, *, now: datetime) -> list[tuple[Registration, tuple[Info, ...]]]:
        """The registrations that concern what is sought, with the parts that do; those that have ended left out."""
        found = []
        for one in self.candidates(sought):
            if not one.expired(now) and (infos := matching(one, sought)):
                found.append((one, infos))
        return found


def _names_sought(sought: Sought) -> set[str] | None:
    if sought.any_type is not None:
        return set(sought.any_type)
    if sought.types is None or any(not together for together in sought.types):
        return None
    return {name for together in sought.types for name in together}
