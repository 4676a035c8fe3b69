"""What documents must hold, which changes are minor, and the lists that law gives. Pure.

The items of a document (`requires_section`), the exemption for minor changes (`not_applicable` with `items`), and lists
such as the service fields (`taxonomy`) all come from the packs; their order is that of the packs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.errors import NotFoundError, Pair, both
from madang.rules.conditions import Facts, holds
from madang.rules.layers import Packs, rules_on
from madang.rules.saying import joined


@dataclass(frozen=True)
class RequiredItem:
    """An item that a document must hold; one under a condition that is not known to hold does not apply."""

    id: str
    item: str
    label: Pair
    clause: Pair
    applies: bool
    condition: Pair | None
    is_known: bool
    certainty: str
    pack: str
    version: str

    def as_json(self) -> dict[str, Any]:
        """The item as plain JSON."""
        return dict(vars(self))


@dataclass(frozen=True)
class MinorVerdict:
    """Whether a change is minor, by which clause, and why."""

    minor: bool
    clause: Pair
    detail: Pair
    allowed: tuple[str, ...]
    certainty: str

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain JSON."""
        return {**vars(self), "allowed": list(self.allowed)}


@dataclass(frozen=True)
class Field:
    """An entry of a list that law gives, such as a service field; `forbids` names what it rules out."""

    id: str
    label: Pair
    clause: Pair
    certainty: str
    forbids: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The entry as plain JSON."""
        return {**vars(self), "forbids": list(self.forbids)}


@dataclass(frozen=True)
class Threshold:
    """A number that law or practice goes by: one value, or a range with an open end where one is None."""

    id: str
    topic: str
    label: Pair
    value: float | None
    low: float | None
    high: float | None
    unit: Pair
    clause: Pair
    note: Pair | None
    condition: Pair | None
    applies: bool | None
    certainty: str
    valid_from: date
    valid_to: date | None
    pack: str
    version: str

    def as_json(self) -> dict[str, Any]:
        """The threshold as plain JSON."""
        ends = self.valid_to.isoformat() if self.valid_to else None
        return {**vars(self), "valid_from": self.valid_from.isoformat(), "valid_to": ends}


def required_items(packs: Packs, kind: str, facts: Facts, day: date) -> list[RequiredItem]:
    """The items that a document of a kind must hold on a day."""
    found = [(pack, rule) for pack, rule in rules_on(packs, day, "requires_section") if rule.of == kind]
    if not found:
        known = sorted({str(rule.of) for _, rule in rules_on(packs, day, "requires_section")})
        raise NotFoundError("rules.kind-unknown", kind=kind, known=", ".join(known) or "-")
    items = []
    for pack, rule in found:
        applies = holds(rule.when, facts) if rule.when else True
        items.append(
            RequiredItem(
                id=rule.id,
                item=rule.item or rule.id,
                label=rule.label,
                clause=pack.cited(rule),
                applies=applies is True,
                condition=rule.condition,
                is_known=applies is not None,
                certainty=rule.certainty,
                pack=pack.id,
                version=pack.version,
            )
        )
    return items


def minor_change(packs: Packs, changed: Iterable[str], kind: str, day: date) -> MinorVerdict:
    """Whether a change of these items of a document is minor: all of them must be among those a clause lets go."""
    items = {one.id: one for one in required_items(packs, kind, {}, day)}
    wanted = list(dict.fromkeys(changed))
    for one in wanted:
        if one not in items:
            raise NotFoundError("rules.item-unknown", item=one, kind=kind, known=", ".join(items))
    found = [(pack, rule) for pack, rule in rules_on(packs, day, "not_applicable") if rule.items and rule.of == kind]
    if not found:
        raise NotFoundError("rules.kind-unknown", kind=kind, known="-")
    pack, rule = found[0]
    beyond = [one for one in wanted if one not in rule.items]
    named = joined(items[one].clause for one in beyond or wanted)
    code = "rules.major" if beyond else "rules.minor" if wanted else "rules.unchanged"
    detail = both(code, items=named)
    return MinorVerdict(bool(wanted) and not beyond, pack.cited(rule), detail, rule.items, rule.certainty)


def taxonomy(packs: Packs, name: str, day: date) -> list[Field]:
    """The entries of a list that law gives, in its order."""
    found = [(pack, rule) for pack, rule in rules_on(packs, day, "taxonomy") if rule.of == name]
    if not found:
        known = sorted({str(rule.of) for _, rule in rules_on(packs, day, "taxonomy")})
        raise NotFoundError("rules.list-unknown", list=name, known=", ".join(known) or "-")
    return [
        Field(rule.entry or rule.id, rule.label, pack.cited(rule), rule.certainty, rule.forbids) for pack, rule in found
    ]


def thresholds(packs: Packs, topic: str, facts: Facts, day: date) -> list[Threshold]:
    """The numbers that hold for a topic on a day; those under a condition say whether it holds."""
    found = [(pack, rule) for pack, rule in rules_on(packs, day, "threshold") if rule.topic == topic]
    if not found:
        known = sorted({str(rule.topic) for pack in packs for rule in pack.rules if rule.topic})
        raise NotFoundError("rules.list-unknown", list=topic, known=", ".join(known) or "-")
    made = []
    for pack, rule in found:
        assert rule.unit is not None
        assert rule.topic is not None
        made.append(
            Threshold(
                id=rule.id,
                topic=rule.topic,
                label=rule.label,
                value=rule.value,
                low=rule.low,
                high=rule.high,
                unit=rule.unit,
                clause=pack.cited(rule),
                note=rule.note,
                condition=rule.condition,
                applies=holds(rule.when, facts) if rule.when else True,
                certainty=rule.certainty,
                valid_from=rule.valid_from,
                valid_to=rule.valid_to,
                pack=pack.id,
                version=pack.version,
            )
        )
    return made
