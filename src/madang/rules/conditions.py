"""Conditions on facts, as rule packs write them, and what they give: true, false, or unknown.

    when:
      all:
        - {fact: city.population, at_least: 500000}
        - not: {fact: plan.change, equals: minor}

Facts are nested mappings; `city.population` is the population in `city`. A fact that nobody gave is unknown (None),
and a condition that hangs on it is unknown too; nothing is assumed. Two exceptions say so in their name: `is_set` asks
whether a fact was given at all, and a step of a procedure (`steps.…`) that was not recorded has not been done.

Nothing here runs text as a program: there are nine operators, three ways to join them, and no more.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.strict_yaml import Located

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "equals": operator.eq,
    "one_of": lambda found, wanted: found in wanted,
    "contains": lambda found, wanted: wanted in found,
    "at_least": operator.ge,
    "at_most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
    "on_or_after": operator.ge,
    "before": operator.lt,
}
_DATES = {"on_or_after", "before"}
_NUMBERS = {"at_least", "at_most", "above", "below"}
OPERATORS = (*_COMPARED, "is_set")
JOINS = ("all", "any", "not")

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Comparison:
    """One comparison of one fact."""

    fact: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Join:
    """Conditions joined by all, any or not."""

    how: str
    parts: tuple[Condition, ...]


Condition = Comparison | Join


def fact_of(facts: Facts, path: str) -> Any:
    """The fact at a path, or None if nobody gave it."""
    found: Any = facts
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found


def holds(condition: Condition, facts: Facts) -> bool | None:
    """Whether a condition holds: true, false, or None where it hangs on a fact that nobody gave."""
    if isinstance(condition, Comparison):
        return _compared(condition, fact_of(facts, condition.fact))
    found = [holds(part, facts) for part in condition.parts]
    if condition.how == "not":
        return None if found[0] is None else not found[0]
    decisive = condition.how == "any"  # one true decides `any`, one false decides `all`
    if decisive in found:
        return decisive
    return None if None in found else not decisive


def tests_of(condition: Condition) -> Iterator[Comparison]:
    """Every comparison in a condition."""
    if isinstance(condition, Comparison):
        yield condition
    else:
        for part in condition.parts:
            yield from tests_of(part)


def _compared(test: Comparison, found: Any) -> bool | None:
    if test.operator == "is_set":
        return bool((found is not None and found is not False and found not in ([], "")) == test.value)
    if found is None:
        return False if test.fact.startswith("steps.") else None
    if test.operator in _DATES and isinstance(found, str):
        found = date.fromisoformat(found)
    try:
        return bool(_COMPARED[test.operator](found, test.value))
    except TypeError:  # a fact of another kind than the rule speaks of is as good as none
        return None


def read_condition(node: Located) -> Condition:
    """Reads a condition of a rule pack."""
    if not isinstance(node.value, dict):
        raise node.wrong("yaml.not-a-mapping", found=repr(node.value)[:60])
    fields = node.value
    joins = [name for name in fields if name in JOINS]
    if joins:
        if len(fields) != 1:
            raise node.wrong("rules.condition-mixed", found=", ".join(fields))
        return _read_join(joins[0], fields[joins[0]])
    if "fact" not in fields:
        raise node.wrong("rules.condition-without-fact", known=", ".join(JOINS))
    operators = [name for name in fields if name != "fact"]
    for name in operators:
        if name not in OPERATORS:
            raise fields[name].wrong("rules.operator-unknown", operator=name, known=", ".join(OPERATORS))
    if len(operators) != 1:
        raise node.wrong("rules.condition-needs-one-operator", known=", ".join(OPERATORS))
    return Comparison(str(fields["fact"].value), operators[0], _read_value(operators[0], fields[operators[0]]))


def _read_join(how: str, node: Located) -> Join:
    if how == "not":
        return Join(how, (read_condition(node),))
    if not isinstance(node.value, list) or not node.value:
        raise node.wrong("yaml.not-a-list", found=repr(node.value)[:60])
    return Join(how, tuple(read_condition(part) for part in node.value))


def _read_value(name: str, node: Located) -> Any:
    value = node.value
    if name == "is_set" and not isinstance(value, bool):
        raise node.wrong("yaml.not-yes-or-no", found=repr(value)[:60])
    if name == "one_of":
        if not isinstance(value, list):
            raise node.wrong("yaml.not-a-list", found=repr(value)[:60])
        return tuple(one.value for one in value)
    if name in _NUMBERS and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise node.wrong("yaml.not-a-number", found=repr(value)[:60])
    if name in _DATES and not isinstance(value, date):
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            raise node.wrong("yaml.not-a-day", found=repr(value)[:60]) from None
    return value
