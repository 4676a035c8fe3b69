"""Standards of the city's infrastructure (기반시설 기준) as requirements that are tested on what the city holds.

A requirement is data, not code:

    {"type": "AirQualityObserved", "attribute": "PM10", "present": true, "unit": "GQ", "minimum": 0, "maximum": 1000}
    {"type": "Device", "attribute": "serialNumber", "pattern": "^[A-Z]{2}-[0-9]+$"}
    {"type": "Facility", "attribute": "due", "latest": "2030"}

Every entity of the type is tested. One that fails is named with why; one with an exemption in force is counted apart,
with its reason. Conformance is conforming over tested without the exempt; of none tested it is unknown. A standard of
the kind `upper-plan` is a limit that a plan above the city's sets, and names its clause: what fails it is a conflict
with that plan.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang import dates
from madang.civic.alliances.records import (
    AUTHORITY,
    civil_day,
    entity_named,
    need_reason,
    next_id,
    pair,
    put_new,
    records_of,
    today_of,
)
from madang.entities.entity import (
    Document,
    instance_of,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
    value_of,
)
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, DataError, MadangError, NotFoundError, Pair, both
from madang.store import Store, View

KINDS = ("standard", "upper-plan")
FIELDS = frozenset({"type", "attribute", "present", "unit", "minimum", "maximum", "pattern", "one_of", "latest"})


@dataclass(frozen=True)
class Failure:
    """One entity that does not conform, and every reason why."""

    id: str
    name: Pair
    why: tuple[Pair, ...]


@dataclass(frozen=True)
class Exempt:
    """One entity that is let off, until when and why."""

    id: str
    name: Pair
    reason: str
    until: str | None


@dataclass(frozen=True)
class Conformance:
    """How what the city holds stands to one standard."""

    standard: str
    title: Pair
    kind: str
    clause: str | None
    requirement: Mapping[str, Any]
    tested: int
    conforming: int
    failures: tuple[Failure, ...]
    exempt: tuple[Exempt, ...]

    @property
    def percent(self) -> float | None:
        """Conforming over tested in per cent; None where nothing was there to test."""
        return round(100 * self.conforming / self.tested, 1) if self.tested else None

    def as_json(self) -> dict[str, Any]:
        """The test as plain JSON values."""
        return {
            "standard": self.standard,
            "title": self.title,
            "kind": self.kind,
            "clause": self.clause,
            "requirement": dict(self.requirement),
            "conformance": {"value": self.percent, "unit": "P1", "n": self.tested},
            "conforming": self.conforming,
            "failures": [{"id": one.id, "name": one.name, "why": list(one.why)} for one in self.failures],
            "exempt": [dict(vars(one)) for one in self.exempt],
        }


def standard_named(view: View, name: str) -> Document:
    """One standard by id or short name."""
    return entity_named(view, "Standard", name, unknown="studies.standard-unknown")


def add_standard(
    store: Store,
    *,
    title: str | Mapping[str, str],
    requirement: Mapping[str, Any],
    kind: str,
    clause: str | None,
    reason: str,
    actor: str,
) -> Document:
    """A new standard; a requirement that says nothing testable is refused, an upper plan's names its clause."""
    need_reason(reason)
    if kind not in KINDS:
        raise CallerError("studies.standard-kind", kind=kind, known=", ".join(KINDS))
    if kind == "upper-plan" and not clause:
        raise CallerError("studies.upper-plan-without-clause")
    _check(requirement)
    stem = urn("Standard", AUTHORITY, "standard")
    made: Document = {
        "id": next_id(store.view().ids(Query(types=parse_types("Standard"))), stem),
        "type": "Standard",
        "title": language_property(pair(title)),
        "kind": property_(kind),
        "requirement": json_property(dict(requirement)),
        "validFrom": property_(today_of(store).isoformat()),
        "recordedBy": property_(actor),
    }
    if clause is not None:
        made["clause"] = property_(clause)
    return put_new(store, made, actor=actor, reason=reason)


def exempt(store: Store, standard: str, *, entity: str, until: str | None, reason: str, actor: str) -> Document:
    """Let one entity off a standard, with a reason, for good or until a day."""
    need_reason(reason)
    view = store.view()
    found = standard_named(view, standard)
    if view.document(entity) is None:
        raise NotFoundError("studies.evidence-unknown", id=entity)
    stem = urn("StandardExemption", AUTHORITY, f"{found['id'].rpartition(':')[2]}-exemption")
    made: Document = {
        "id": next_id(view.ids(Query(types=parse_types("StandardExemption"))), stem),
        "type": "StandardExemption",
        "refStandard": relationship(found["id"]),
        "exempts": relationship(entity),
        "reason": property_(reason),
        "recordedBy": property_(actor),
    }
    if until is not None:
        made["validTo"] = property_(civil_day(until, today=today_of(store), future=True))
    return put_new(store, made, actor=actor, reason=reason)


def conformance(store: Store, standard: str, *, branch: str = "main", as_of: date | None = None) -> Conformance:
    """Test every entity of the standard's type on a branch."""
    view, day = store.view(branch), as_of or today_of(store)
    found = standard_named(view, standard)
    requirement = value_of(found, "requirement")
    let_off = {
        value_of(one, "exempts"): one
        for one in records_of(view, "StandardExemption", refStandard=found["id"])
        if value_of(one, "validTo") is None or day <= dates.period(value_of(one, "validTo")).last
    }
    exempted, failures, tested = [], [], 0
    for document in view.documents(Query(types=parse_types(requirement["type"]))):
        name = pair(value_of(document, "name") or value_of(document, "title") or document["id"])
        if document["id"] in let_off:
            one = let_off[document["id"]]
            exempted.append(Exempt(document["id"], name, value_of(one, "reason"), value_of(one, "validTo")))
            continue
        tested += 1
        why = reasons_against(document, requirement)
        if why:
            failures.append(Failure(document["id"], name, tuple(why)))
    return Conformance(
        found["id"], pair(value_of(found, "title")), value_of(found, "kind"), value_of(found, "clause"), requirement,
        tested, tested - len(failures), tuple(failures), tuple(exempted),
    )  # fmt: skip


_LIMITS: Mapping[str, Callable[[Any, Any], bool]] = {"minimum": operator.lt, "maximum": operator.gt}


def reasons_against(document: Document, requirement: Mapping[str, Any]) -> list[Pair]:
    """Every way in which an entity fails a requirement. A value that is not there fails only where it must be."""
    attribute = requirement["attribute"]
    instance = instance_of(document, attribute)
    if instance is None:
        return [both("studies.fails-present", attribute=attribute)] if requirement.get("present", True) else []
    value, found = value_of(document, attribute), []
    if "unit" in requirement and instance.get("unitCode") != requirement["unit"]:
        found.append(both("studies.fails-unit", unit=requirement["unit"], found=instance.get("unitCode") or "-"))
    for name, is_broken in _LIMITS.items():
        if name in requirement:
            if not _is_number(value):
                found.append(both("studies.fails-number", found=str(value)[:60]))
            elif is_broken(value, requirement[name]):
                found.append(both(f"studies.fails-{name}", limit=f"{requirement[name]:g}", found=f"{value:g}"))
    if "pattern" in requirement and not (isinstance(value, str) and re.search(requirement["pattern"], value)):
        found.append(both("studies.fails-pattern", pattern=requirement["pattern"], found=str(value)[:60]))
    if "one_of" in requirement and value not in requirement["one_of"]:
        allowed = ", ".join(map(str, requirement["one_of"]))
        found.append(both("studies.fails-one-of", allowed=allowed, found=str(value)[:60]))
    if "latest" in requirement and not _is_by(value, requirement["latest"]):
        found.append(both("studies.fails-latest", latest=requirement["latest"], found=str(value)[:60]))
    return found


def _is_by(value: Any, latest: str) -> bool:
    try:
        return dates.period(str(value)).last <= dates.period(latest).last
    except ValueError:
        return False


def _check(requirement: Mapping[str, Any]) -> None:
    for name in ("type", "attribute"):
        if not isinstance(requirement.get(name), str) or not requirement[name].strip():
            raise DataError("studies.requirement-without", field=name)
    unknown = sorted(set(requirement) - FIELDS)
    if unknown:
        raise DataError("studies.requirement-unknown", field=unknown[0], known=", ".join(sorted(FIELDS)))
    for name in ("minimum", "maximum"):
        if name in requirement and not _is_number(requirement[name]):
            raise DataError("studies.requirement-value", field=name, found=str(requirement[name])[:60])
    _checked_parts(requirement)


def _checked_parts(requirement: Mapping[str, Any]) -> None:
    """The parts that something else must be able to read: a type, a pattern, a date."""
    reads: tuple[tuple[str, Any], ...] = (("type", parse_types), ("pattern", re.compile), ("latest", dates.period))
    for name, read in reads:
        if name in requirement:
            try:
                read(requirement[name])
            except (ValueError, TypeError, re.error, MadangError):
                raise DataError("studies.requirement-value", field=name, found=str(requirement[name])[:60]) from None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
