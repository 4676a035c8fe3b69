"""What of an evolution is asked for: a period, the last n instances, aggregation (4.11, 4.5.19, 5.2.21, 5.2.44)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from madang.entities.aggregation import METHODS, Duration, parse_duration
from madang.entities.evolution import TIME_PROPERTIES, Period, TimeProperty, micros
from madang.errors import DataError

RANGE_PARAMETERS = frozenset({"timerel", "timeAt", "endTimeAt", "timeproperty", "lastN"})
AGGREGATION_PARAMETERS = frozenset({"aggrMethods", "aggrPeriodDuration"})

_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?Z")
_OF_QUERY = ("timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration")


@dataclass(frozen=True, slots=True)
class Range:
    """A temporal query: its relation (None: all there is), the period it means, and how many instances at the end."""

    relation: str | None
    period: Period
    last: int | None

    @property
    def property(self) -> TimeProperty:
        """The temporal property it is about."""
        return self.period.property


@dataclass(frozen=True, slots=True)
class Aggregation:
    """Which methods, over how long periods."""

    methods: tuple[str, ...]
    duration: Duration


def parse_range(parameters: Mapping[str, str], *, required: bool) -> Range:
    """The temporal query of these parameters; a query for entities needs one (5.7.4.4)."""
    named = parameters.get("timeproperty")
    if named is not None and named not in TIME_PROPERTIES:
        raise DataError("temporal.timeproperty", value=named, known=", ".join(TIME_PROPERTIES))
    property: TimeProperty = named or "observedAt"
    last = _last(parameters.get("lastN"))
    relation = parameters.get("timerel")
    if relation is None:
        if required:
            raise DataError("temporal.query-missing")
        for alone in ("timeAt", "endTimeAt"):
            if alone in parameters:
                raise DataError("temporal.time-missing", parameter="timerel")
        return Range(None, Period(property, is_asked=named is not None), last)
    if relation not in ("before", "after", "between"):
        raise DataError("temporal.timerel", value=relation)
    at = _moment(parameters, "timeAt")
    end = _moment(parameters, "endTimeAt") if relation == "between" else None
    since, until = (None, at) if relation == "before" else (at, end)
    return Range(relation, Period(property, since, until, is_asked=True), last)


def parse_aggregation(parameters: Mapping[str, str]) -> Aggregation:
    """The methods and the period of aggregated values; without a period, one over the whole range."""
    text = parameters.get("aggrMethods")
    if not text:
        raise DataError("temporal.methods-missing", known=", ".join(METHODS))
    return Aggregation(check_methods(text), parse_duration(parameters.get("aggrPeriodDuration", "PT0S")))


def check_methods(text: str) -> tuple[str, ...]:
    """The methods that a text names."""
    methods = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    for method in methods:
        if method not in METHODS:
            raise DataError("temporal.method", value=method, known=", ".join(METHODS))
    return methods


def is_moment(text: Any) -> bool:
    """Whether a value is a DateTime as 4.6.3 wants it: in UTC, and says so."""
    if type(text) is not str or not _DATETIME.fullmatch(text):
        return False
    try:
        micros(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _moment(parameters: Mapping[str, str], name: str) -> int:
    text = parameters.get(name)
    if text is None:
        raise DataError("temporal.time-missing", parameter=name)
    if not is_moment(text):
        raise DataError("temporal.time", parameter=name, value=text)
    return micros(text.replace(",", "."))


def _last(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16 and int(text) > 0):
        raise DataError("temporal.last-n", value=text)
    return int(text)


# -- as a document (5.2.21, 5.2.44) -----------------------------------------------------------------------------------


def parameters_of_temporal(body: dict[str, Any]) -> dict[str, str]:
    """Take the temporal members off a Query, as the parameters they stand for."""
    found: dict[str, str] = {}
    for member, names in (("temporalQ", _OF_QUERY), ("aggrParams", tuple(AGGREGATION_PARAMETERS))):
        if member not in body:
            continue
        said = body.pop(member)
        if not isinstance(said, dict) or not said.keys() <= set(names):
            raise DataError("web.field-missing", field=member, expected=f"an object of {', '.join(names)}")
        for name, value in said.items():
            found[name] = _as_text(value, name)
    if "aggrMethods" in found:
        check_methods(found["aggrMethods"])
    if "aggrPeriodDuration" in found:
        parse_duration(found["aggrPeriodDuration"])
    return found


def _as_text(value: Any, name: str) -> str:
    if name == "lastN":
        if type(value) is not int:
            raise DataError("temporal.last-n", value=str(value)[:60])
        return str(value)
    if name == "aggrMethods" and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    if not isinstance(value, str) or not value:
        raise DataError("web.field-missing", field=f"temporalQ.{name}", expected="a text")
    return value
