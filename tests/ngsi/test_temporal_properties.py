"""What holds of every evolution: a part is the whole filtered, and aggregates are what a reckoning by hand gives."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.entities.aggregation import METHODS, Duration, aggregate, parse_duration, worth
from madang.entities.evolution import (
    TIME_PROPERTIES,
    Evolution,
    Period,
    Told,
    boundary,
    cut,
    key_of,
    last_of,
    merged,
    micros,
    text_of,
    within,
)
from madang.entities.evolution_given import divided
from madang.store import Store
from madang.store.evolution import ALL, Given, Wish
from madang.store.transaction import to_micros

pytestmark = pytest.mark.clause("4.5.6", "4.5.19", "4.11", "5.7.3")

START = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = itertools.count()


def moment(second: int) -> int:
    return to_micros(START + timedelta(seconds=second))


def instance(value: Any, second: int | None, dataset: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"type": "Property", "value": value}
    if second is not None:
        made["observedAt"] = text_of(moment(second))
    if dataset:
        made["datasetId"] = dataset
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path: Path = tmp_path_factory.mktemp("evolution") / "city.gpkg"
    with Store.create(path, city_id="t", title={"ko": "t", "en": "t"}, synchronous="OFF") as made:
        yield made


SECONDS = st.integers(0, 12)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["current", "given", "removed", "replaced", "all", "reading", "gone"]),
        st.sampled_from(["", "urn:d:1"]),
        SECONDS,
        st.integers(0, 4),
    ),
    max_size=12,
)


def act(store: Store, id: str, kind: str, what: tuple[str, str, int, int]) -> None:
    """One change of an entity, by one of the ways there are."""
    how, dataset, second, value = what
    key = key_of(moment(second), 0)
    with store.transact(actor="t", reason="t") as tx:
        document = tx.document(id) or {"id": id, "type": kind}
        if how == "current":
            tx.put({**document, "x": instance(value, second, dataset), "y": instance(value, None)})
        elif how == "gone":
            tx.put({name: part for name, part in document.items() if name != "x"})
        else:
            tx.put(document)
            said = instance(value, second, dataset)
            rows = {
                "given": Given("x", dataset, key, moment(second), said),
                "reading": Given("x", dataset, key, moment(second), said),
                "removed": Given("x", dataset, key, moment(second), None, True),
                "replaced": Given("x", dataset, key, moment(second), said, True),
                "all": Given("x", ALL if second % 2 else dataset, ALL, None, None, True),
            }
            tx.give(id, [rows[how]])


def shape(evolution: Evolution | None) -> dict[str, list[tuple[Any, ...]]]:
    lines = evolution.lines if evolution is not None else {}
    return {
        name: [(one.dataset, one.key, one.instance.get("value"), one.observed, one.modified) for one in line]
        for name, line in lines.items()
    }


@given(
    acts=ACTS,
    kind=st.sampled_from(["Car", "AirQualityObserved"]),
    edges=st.tuples(SECONDS | st.none(), SECONDS | st.none()),
    last=st.integers(1, 4) | st.none(),
    by=st.sampled_from(TIME_PROPERTIES),
)
def test_a_part_read_is_the_whole_filtered(
    store: Store, acts: list[Any], kind: str, edges: tuple[int | None, int | None], last: int | None, by: Any
) -> None:
    id = f"urn:ngsi-ld:{kind}:t:{next(_numbers)}"
    for what in acts:
        act(store, id, kind, what)
    view = store.view()
    since, until = (None if edge is None else moment(edge) for edge in edges)
    period = Period(by, since, until, is_asked=True)
    whole = view.evolution(id, Wish())
    part = view.evolution(id, Wish(period=period, last=last))
    lines = whole.lines if whole is not None else {}
    expected = {name: last_of(within(line, period), last) for name, line in lines.items()}
    kept = {name: line for name, line in expected.items() if line}
    assert shape(part) == shape(Evolution(id, kind, 0, 0, None, kept))
    for line in lines.values():
        moments = [(one.dataset, one.observed) for one in line if one.observed is not None]
        assert len(set(moments)) == len(moments), "one moment has one instance"
    for name in lines:
        alone = view.evolution(id, Wish(names=frozenset({name})))
        assert shape(alone) == {name: shape(whole)[name]}
    enough = view.evolution(id, Wish(period=period, first=2))
    for name, line in shape(part if last is None else view.evolution(id, Wish(period=period))).items():
        assert shape(enough).get(name, [])[:2] == line[:2], (acts, kind, edges, last, by, shape(whole))


@given(acts=ACTS)
def test_a_past_view_tells_what_was_known_then(store: Store, acts: list[Any]) -> None:
    id = f"urn:ngsi-ld:Car:t:{next(_numbers)}"
    known = []
    for what in acts:
        act(store, id, "Car", what)
        view = store.view()
        known.append((view.tx, shape(view.evolution(id, Wish()))))
    for tx, expected in known:
        assert shape(store.view(at=tx).evolution(id, Wish())) == expected


@given(
    st.lists(st.tuples(SECONDS, st.integers(0, 3)), max_size=15), st.integers(1, 5), st.integers(1, 20), st.booleans()
)
def test_parts_are_complete_up_to_their_edge(
    told: list[tuple[int, int]], most: int, in_all: int, backwards: bool
) -> None:
    lines: dict[str, list[Told]] = {}
    for second, which in sorted(set(told)):
        at = moment(second)
        lines.setdefault(f"a{which}", []).append(Told(f"a{which}", "", f"o{at}", instance(1, second), at, 0, 0))
    evolution = Evolution("urn:x:y", "T", 0, 0, None, lines)
    edge = boundary([evolution], "observedAt", most=most, in_all=in_all, backwards=backwards)
    whole = sum(map(len, lines.values()))
    if edge is None:
        assert whole <= in_all
        assert all(len(line) <= most for line in lines.values())
        return
    shown = [cut(line, "observedAt", edge, backwards=backwards) for line in lines.values()]
    assert all(len(line) <= most for line in shown)
    every = [one.order for line in lines.values() for one in line]
    inside = sum(at >= edge if backwards else at <= edge for at in every)
    assert sum(map(len, shown)) == inside > 0


# -- aggregates -------------------------------------------------------------------------------------------------------

NUMBERS = st.integers(-5, 5) | st.floats(-5, 5, width=16) | st.booleans()
VALUES = NUMBERS | st.sampled_from(["a", "b", "c"]) | st.lists(st.integers(0, 2), max_size=3) | st.just({"a": 1})


def by_hand(method: str, values: list[Any]) -> Any:
    """What a method gives for the values of one period, reckoned without a second thought; None: nothing."""
    kinds = {"number": [v for v in values if type(v) in (int, float, bool)],
             "list": [len(v) for v in values if type(v) is list],
             "text": [v for v in values if type(v) is str]}  # fmt: skip
    if method == "totalCount":
        return len(values)
    if method == "distinctCount":
        return len({(type(v) is bool, repr(float(v) + 0.0) if type(v) in (int, float) else repr(v)) for v in values})
    numbers = kinds["number"] if method in ("stddev", "sumsq") or kinds["number"] else kinds["list"]
    if method in ("min", "max") and not numbers:
        pick = min if method == "min" else max
        return pick(kinds["text"]) if kinds["text"] else None
    if not numbers:
        return None
    mean = math.fsum(numbers) / len(numbers)
    return {
        "sum": math.fsum(numbers), "avg": mean, "min": float(min(numbers)), "max": float(max(numbers)),
        "stddev": math.sqrt(math.fsum((v - mean) ** 2 for v in numbers) / len(numbers)),
        "sumsq": math.fsum(v * v for v in numbers),
    }[method]  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 40), st.one_of(NUMBERS)), min_size=1, max_size=25),
    st.sampled_from(["PT7S", "PT1S", "PT1M", "PT0S"]),
    st.integers(0, 5),
)
def test_aggregates_of_numbers_are_what_a_reckoning_by_hand_gives(
    told: list[tuple[int, Any]], period: str, before: int
) -> None:
    rows = sorted(dict(told).items())
    duration = parse_duration(period)
    origin, end = moment(rows[0][0] - before), moment(rows[-1][0])
    found = aggregate(
        [moment(second) for second, _ in rows], [worth(instance(v, s)) for s, v in rows], METHODS, duration,
        origin=origin, end=end,
    )  # fmt: skip
    periods: dict[tuple[int, int], list[Any]] = {}
    for second, value in rows:
        step = 0 if duration.is_whole else (moment(second) - origin) // duration.micros
        start = origin + step * duration.micros
        periods.setdefault((start, end if duration.is_whole else start + duration.micros), []).append(value)
    for method in METHODS:
        expected = [(pytest.approx(by_hand(method, values), abs=1e-9), *span) for span, values in periods.items()]
        assert found[method] == expected, method


@given(st.lists(VALUES, min_size=1, max_size=12))
def test_aggregates_of_one_kind_ignore_the_others(values: list[Any]) -> None:
    seconds = range(len(values))
    told = [worth(instance(value, second)) for second, value in zip(seconds, values, strict=True)]
    found = aggregate([moment(s) for s in seconds], told, METHODS, Duration(), origin=moment(0), end=moment(99))
    same = len({kind for kind, _ in told}) == 1
    for method in METHODS:
        if same or method in ("totalCount", "distinctCount"):
            hand = by_hand(method, values)
            assert [one[0] for one in found[method]] == ([] if hand is None else [pytest.approx(hand, abs=1e-9)])


@given(
    st.lists(st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)), min_size=1, max_size=20),
    st.sampled_from(["P1M", "P1Y", "P1M1D", "P3M", "P1W", "P1DT12H"]),
)
def test_periods_of_the_calendar_follow_each_other(moments: list[datetime], period: str) -> None:
    times = sorted({to_micros(one.replace(tzinfo=UTC)) for one in moments})
    ones = numpy.ones(len(times))
    origin = to_micros(datetime(2024, 1, 31, tzinfo=UTC))
    found = aggregate(times, ones, ["totalCount"], parse_duration(period), origin=origin, end=times[-1])["totalCount"]
    assert sum(count for count, _, _ in found) == len(times)
    for count, start, end in found:
        assert count == sum(start <= at < end for at in times)
    assert all(a[2] <= b[1] for a, b in itertools.pairwise(found))


@given(
    st.lists(st.tuples(st.integers(0, 6) | st.none(), st.integers(0, 3)), min_size=1, max_size=8), SECONDS | st.none()
)
def test_what_is_newest_becomes_current(told: list[tuple[int | None, int]], standing: int | None) -> None:
    document: dict[str, Any] = {"id": "urn:x:y", "type": "T"}
    if standing is not None:
        document["x"] = instance("stands", standing)
    found = divided(document, {"x": [instance(v, s) for s, v in told]}, stands_since=lambda name, dataset: 0)
    moments = [math.inf if s is None else s for s, _ in told]
    expected = max(moments)
    current = found.document["x"]
    if standing is not None and expected < standing:
        assert current["value"] == "stands"
    else:
        assert current.get("observedAt") == (None if expected == math.inf else text_of(moment(int(expected))))
    assert document.get("x", {}).get("value") in (None, "stands"), "what was given stays as it was"


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))
def test_moments_go_to_text_and_back(when: datetime) -> None:
    at = to_micros(when.replace(tzinfo=UTC))
    assert micros(text_of(at)) == at


@pytest.mark.parametrize(
    "wrong", ["", "P", "PT", "1H", "P1H", "PT1D", "P1S", "P-1D", "P1.5D", "P1W1D", "PT1,5S", "P0001-01"]
)
def test_what_is_no_duration_is_refused(wrong: str) -> None:
    with pytest.raises(Exception, match="duration"):
        parse_duration(wrong)


def test_merging_is_blind_to_the_order_of_its_sources() -> None:
    told = [
        Told("x", "", f"o{second}", instance(v, second), moment(second), v, v, None, v)
        for second in range(3)
        for v in (1, 2)
    ]
    for some in itertools.permutations(told):
        assert [(one.key, one.instance["value"], one.created) for one in merged(some)] == [
            (f"o{second}", 2, 1) for second in range(3)
        ]
