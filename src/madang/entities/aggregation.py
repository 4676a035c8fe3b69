"""Aggregated values of an attribute's instances, period by period (NGSI-LD 4.5.19).

What a method means depends on what the values are: of numbers an average is an average, of lists it is that of their
lengths, of texts there is none. Values that a method says nothing of are left out; an attribute none of whose values it
speaks of is not eligible for it. Periods are counted from one origin, in calendar months where the duration has years
or months; those in which nothing was told are left out. The standard deviation is that of all values told, not an
estimate from a sample.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy
import orjson

from madang.entities.entity import MEMBER_OF_KIND, Instance
from madang.errors import DataError

METHODS = ("totalCount", "distinctCount", "sum", "avg", "min", "max", "stddev", "sumsq")
COUNTS = frozenset({"totalCount", "distinctCount"})

NUMBER, TEXT, OBJECT, LIST, MOMENT, CLOCK, REFERENCE = range(7)
_SPEAKS_OF = {  # tables 4.5.19.1-1 to 4.5.19.1-3
    "sum": {NUMBER, LIST},
    "avg": {NUMBER, LIST, CLOCK},
    "min": {NUMBER, LIST, TEXT, MOMENT, CLOCK},
    "max": {NUMBER, LIST, TEXT, MOMENT, CLOCK},
    "stddev": {NUMBER},
    "sumsq": {NUMBER},
}
_TYPED = {"DateTime": MOMENT, "Date": MOMENT, "Time": CLOCK}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,6})W|(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<days>\d{1,7})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,8})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,10}(?:\.\d{1,6})?)S)?)?)"
)

Floats = numpy.ndarray[Any, numpy.dtype[numpy.float64]]
Ints = numpy.ndarray[Any, numpy.dtype[numpy.int64]]
Period = tuple[Any, int, int]  # what a method gives, and from when to when (microseconds)


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a period is: calendar months, then microseconds; both 0: as long as the whole range."""

    months: int = 0
    micros: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether one period spans everything asked for."""
        return not self.months and not self.micros


def parse_duration(text: str) -> Duration:
    """A duration of ISO 8601 in the form the clause allows: P1Y2M3DT4H5M6S or P7W."""
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise DataError("temporal.duration", value=text)
    part = {name: float(value) if name == "seconds" else int(value) for name, value in found.groupdict("0").items()}
    micros = (part["weeks"] * 7 + part["days"]) * _DAY
    micros += (part["hours"] * 60 + part["minutes"]) * 60_000_000 + round(part["seconds"] * 1_000_000)
    return Duration(int(part["years"] * 12 + part["months"]), int(micros))


# --- what a value is -------------------------------------------------------------------------------------------------


def worth(instance: Instance) -> tuple[int, Any]:
    """What an instance's value is for aggregation, and the value."""
    kind = instance["type"]
    value = instance.get(MEMBER_OF_KIND[kind])
    if kind == "Property":
        return _of_json(value, instance.get("valueType"))
    if kind == "ListProperty":
        return LIST, value
    if kind in ("Relationship", "ListRelationship", "VocabProperty"):
        return REFERENCE, value
    return OBJECT, value


def _of_json(value: Any, value_type: Any) -> tuple[int, Any]:
    if type(value) in (int, float, bool):
        return NUMBER, value
    if type(value) is dict and type(value.get("@value")) is str:
        value, value_type = value["@value"], value.get("@type")
    if type(value) is str:
        return (REFERENCE if value_type == "URI" else _TYPED.get(str(value_type), TEXT)), value
    return (LIST if type(value) is list else OBJECT), value


def is_eligible(instances: Sequence[Instance], method: str) -> bool:
    """Whether a method says something of at least one of these values."""
    return method in COUNTS or any(worth(one)[0] in _SPEAKS_OF[method] for one in instances)


# --- periods ---------------------------------------------------------------------------------------------------------


def periods_of(times: Ints, duration: Duration, *, origin: int, end: int) -> tuple[Ints, list[tuple[int, int]]]:
    """Where each period that something falls into begins among moments in order, and from when to when it goes."""
    if not len(times):
        return numpy.zeros(0, numpy.int64), []
    if duration.is_whole:
        return numpy.zeros(1, numpy.int64), [(origin, end)]
    if not duration.months:
        number = (times - origin) // duration.micros
        starts = numpy.flatnonzero(numpy.diff(number, prepend=number[0] - 1))
        begins = [origin + int(number[at]) * duration.micros for at in starts]
        return starts, [(begin, begin + duration.micros) for begin in begins]
    edges = _edges(int(times[0]), int(times[-1]), duration, origin)
    number = numpy.searchsorted(numpy.array(edges, numpy.int64), times, side="right") - 1
    starts = numpy.flatnonzero(numpy.diff(number, prepend=number[0] - 1))
    return starts, [(edges[number[at]], edges[number[at] + 1]) for at in starts]


def _edges(first: int, last: int, duration: Duration, origin: int) -> list[int]:
    """The edges of calendar periods from before the first moment until after the last."""
    longest = duration.months * 31 * _DAY + duration.micros
    step = (first - origin) // longest
    while _shifted(origin, duration, step) > first:
        step -= 1
    while (after := _shifted(origin, duration, step + 1)) <= first:
        step += 1
    edges = [_shifted(origin, duration, step), after]
    while edges[-1] <= last:
        step += 1
        edges.append(_shifted(origin, duration, step + 1))
    return edges


def _shifted(origin: int, duration: Duration, times: int) -> int:
    """The origin moved by so many durations; the day of the month stays, or is the month's last."""
    start = _EPOCH + timedelta(microseconds=origin)
    months = start.year * 12 + start.month - 1 + duration.months * times
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        return -(2**62) if year < 1 else 2**62
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    moved = start.replace(year=year, month=month + 1, day=day)
    return (moved - _EPOCH) // timedelta(microseconds=1) + duration.micros * times


# --- aggregating -----------------------------------------------------------------------------------------------------


def aggregate(
    times: Sequence[int] | Ints,
    values: Sequence[tuple[int, Any]] | Floats,
    methods: Sequence[str],
    duration: Duration,
    *,
    origin: int,
    end: int,
) -> dict[str, list[Period]]:
    """What each method gives for each period, of moments in order and what was told at each (`worth`, or numbers).

    A method that says nothing of any of the values gives no periods.
    """
    moments = numpy.asarray(times, numpy.int64)
    plain = values if isinstance(values, numpy.ndarray) else _plain_numbers(values)
    found: dict[str, list[Period]] = {}
    for method in methods:
        if method in COUNTS:
            starts, spans = periods_of(moments, duration, origin=origin, end=end)
            found[method] = [
                (count, *span) for count, span in zip(_counts(method, values, plain, starts), spans, strict=True)
            ]
        elif plain is not None:
            starts, spans = periods_of(moments, duration, origin=origin, end=end)
            told = _of_numbers(method, plain, starts) if len(plain) else []
            found[method] = [(value, *span) for value, span in zip(told, spans, strict=True)]
        else:
            found[method] = _mixed(method, moments, values, duration, origin, end)  # type: ignore[arg-type]
    return found


def _plain_numbers(values: Sequence[tuple[int, Any]]) -> Floats | None:
    if not all(what == NUMBER for what, _ in values):
        return None
    return numpy.array([value for _, value in values], numpy.float64)


def _of_numbers(method: str, values: Floats, starts: Ints) -> list[float]:
    with numpy.errstate(over="ignore", invalid="ignore"):
        if method == "min":
            told = numpy.minimum.reduceat(values, starts)
        elif method == "max":
            told = numpy.maximum.reduceat(values, starts)
        else:
            lengths = numpy.diff(starts, append=len(values))
            total = numpy.add.reduceat(values * values if method == "sumsq" else values, starts)
            told = total if method in ("sum", "sumsq") else total / lengths
            if method == "stddev":
                away = values - numpy.repeat(told, lengths)
                told = numpy.sqrt(numpy.add.reduceat(away * away, starts) / lengths)
    return [float(value) for value in told]


def _counts(method: str, values: Any, plain: Floats | None, starts: Ints) -> list[int]:
    ends = [*(int(at) for at in starts[1:]), len(values)]
    spans = [(int(start), stop) for start, stop in zip(starts, ends, strict=True)]
    if method == "totalCount":
        return [stop - start for start, stop in spans]
    if plain is not None and values is plain:
        return [len(numpy.unique(plain[start:stop])) for start, stop in spans]
    marks = [_mark(value) for value in values]
    return [len(set(marks[start:stop])) for start, stop in spans]


def _mark(told: tuple[int, Any]) -> bytes:
    what, value = told
    if what == NUMBER and type(value) is not bool and abs(value) < 2**53 and value == int(value):
        value = int(value)  # 1 and 1.0 are one value
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _mixed(
    method: str, moments: Ints, values: Sequence[tuple[int, Any]], duration: Duration, origin: int, end: int
) -> list[Period]:
    """A method over values that are not all numbers: over the most frequent of those it speaks of."""
    kinds = [what for what, _ in values if what in _SPEAKS_OF[method]]
    if not kinds:
        return []
    chosen = max(set(kinds), key=lambda kind: (kinds.count(kind), -kind))
    places = [place for place, (what, _) in enumerate(values) if what == chosen]
    times = moments[numpy.array(places, numpy.int64)]
    told = [values[place][1] for place in places]
    starts, spans = periods_of(times, duration, origin=origin, end=end)
    if chosen in (NUMBER, LIST, CLOCK):
        measured: Callable[[Any], float] = float if chosen == NUMBER else len if chosen == LIST else _seconds
        numbers = _of_numbers(method, numpy.array([measured(one) for one in told], numpy.float64), starts)
        given: list[Any] = [_clock(one) for one in numbers] if chosen == CLOCK else list(numbers)
    else:
        ends = [*(int(at) for at in starts[1:]), len(told)]
        pick: Callable[[Sequence[str]], str] = min if method == "min" else max
        given = [pick(told[int(start) : stop]) for start, stop in zip(starts, ends, strict=True)]
    return [(value, *span) for value, span in zip(given, spans, strict=True)]


def _seconds(text: str) -> float:
    """The seconds since midnight of a Time (4.6.3)."""
    hours, minutes, seconds = [*text.rstrip("Z").replace(",", ".").split(":"), "0"][:3]
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _clock(seconds: float) -> str:
    whole = round(seconds * 1_000_000)
    text = f"{whole // 3_600_000_000:02}:{whole // 60_000_000 % 60:02}:{whole // 1_000_000 % 60:02}"
    return f"{text}.{whole % 1_000_000:06}Z" if whole % 1_000_000 else f"{text}Z"
