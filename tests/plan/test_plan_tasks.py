"""Tasks that wait for each other, the critical path, and the best choice under yearly budgets (R03)."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madang.entities.entity import Document, json_property, property_, relationship
from madang.errors import CallerError, ConflictError
from madang.plan.dependencies import circle_in, critical_path, graph_of, in_sequence
from madang.plan.portfolio import choose

YEARS = (2026, 2027, 2028)


def task(n: int, *, waits: tuple[int, ...] = (), years: tuple[int, int] | None = None, benefit: float = 0) -> Document:
    made: Document = {
        "id": f"urn:t:{n}",
        "type": "Task",
        "title": property_(f"과제 {n}"),
        "benefit": property_(benefit),
    }
    if waits:
        made["dependsOn"] = relationship([f"urn:t:{one}" for one in waits])
    if years:
        made["startYear"], made["endYear"] = property_(years[0]), property_(years[1])
    return made


def line(n: int, year: int, amount: int) -> Document:
    return {"id": f"urn:b:{n}:{year}", "type": "BudgetLine", "year": property_(year), "amount": property_(amount)}


def test_a_circle_is_refused_with_its_path() -> None:
    tasks = [task(1, waits=(3,)), task(2, waits=(1,)), task(3, waits=(2,)), task(4)]
    with pytest.raises(ConflictError) as refused:
        critical_path(tasks)
    path = refused.value.facts["path"]
    assert path[0] == path[-1]
    assert set(path) == {"urn:t:1", "urn:t:2", "urn:t:3"}
    assert "과제 1" in refused.value.message("ko")
    assert "→" in refused.value.message("ko")


def test_a_task_that_waits_for_itself_is_a_circle() -> None:
    assert circle_in(graph_of([task(1, waits=(1,))])) == ["urn:t:1", "urn:t:1"]


def test_the_critical_path_is_the_longest_chain() -> None:
    tasks = [
        task(1, years=(2026, 2026)),
        task(2, waits=(1,), years=(2027, 2029)),
        task(3, waits=(1,), years=(2027, 2027)),
        task(4, waits=(2, 3), years=(2028, 2030)),
    ]
    path = critical_path(tasks)
    assert (path.tasks, path.years) == (("urn:t:1", "urn:t:2", "urn:t:4"), 7)
    assert path.early == (("urn:t:4", "urn:t:2"),), "4 begins before 2 is done"


@given(st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20))
@settings(max_examples=60)
def test_without_a_circle_all_tasks_come_in_sequence_and_with_one_some_do_not(edges: set[tuple[int, int]]) -> None:
    tasks = [task(n, waits=tuple(first for first, then in edges if then == n)) for n in range(9)]
    graph = graph_of(tasks)
    order = in_sequence(graph)
    assert (circle_in(graph) is None) == (len(order) == len(tasks))
    place = {id: n for n, id in enumerate(order)}
    assert all(place[a] < place[b] for a, b in graph.edges if a in place and b in place)


@pytest.mark.parametrize("seed", range(8))
def test_the_choice_is_that_of_brute_force_on_seven_tasks(seed: int) -> None:
    chance = random.Random(seed)
    costs = {n: {year: chance.randrange(1, 90) * 10**9 for year in YEARS if chance.random() < 0.7} for n in range(7)}
    waits = {n: tuple(m for m in range(n) if chance.random() < 0.2) for n in range(7)}
    worth = {n: chance.randrange(1, 50) for n in range(7)}
    extra = {(0, 3): 12, (2, 5): -9}
    tasks = [task(n, waits=waits[n], benefit=worth[n]) for n in range(7)]
    for (a, b), benefit in extra.items():
        tasks[a]["synergies"] = json_property([{"task": f"urn:t:{b}", "benefit": benefit}])
    for n, cost in costs.items():
        if not cost:
            tasks[n]["budget"] = property_("none")
    lines = {f"urn:t:{n}": [line(n, year, amount) for year, amount in cost.items()] for n, cost in costs.items()}
    budgets = dict.fromkeys(YEARS, 120 * 10**9)

    def value(chosen: tuple[int, ...]) -> float | None:
        if any(not set(waits[n]) <= set(chosen) for n in chosen):
            return None
        if any(sum(costs[n].get(year, 0) for n in chosen) > budgets[year] for year in YEARS):
            return None
        return sum(worth[n] for n in chosen) + sum(x for pair, x in extra.items() if set(pair) <= set(chosen))

    best = max(v for k in range(8) for c in itertools.combinations(range(7), k) if (v := value(c)) is not None)
    found = choose(tasks, lines, budgets, gap=0)
    assert found.benefit == pytest.approx(best)
    assert value(tuple(int(id.rpartition(":")[2]) for id in found.chosen)) == pytest.approx(best)
    assert found.gap == 0
    near = choose(tasks, lines, budgets)
    assert (near.allowed_gap, near.in_time) == (0.005, True)
    assert best * (1 - max(near.gap, 1e-9)) <= near.benefit + 1e-6 <= best + 1e-5
    other = choose(tasks, lines, budgets, benefits={task["id"]: 1.0 for task in tasks[:4]}, gap=0)
    assert set(other.not_weighed) >= {task["id"] for task in tasks[4:]}


def test_what_nobody_weighed_is_named_and_takes_along_what_waits_for_it() -> None:
    tasks = [task(1, benefit=5), task(2, waits=(1,), benefit=5), task(3, benefit=1)]
    found = choose(tasks, {"urn:t:2": [line(2, 2026, 1)], "urn:t:3": [line(3, 2026, 1)]}, {2026: 10})
    assert found.not_weighed == ("urn:t:1", "urn:t:2")
    assert found.chosen == ("urn:t:3",)


def test_a_choice_needs_a_budget_that_is_not_below_nothing() -> None:
    with pytest.raises(CallerError, match="at least one year"):
        choose([task(1)], {}, {})
    with pytest.raises(CallerError, match="below nothing"):
        choose([task(1)], {}, {2026: -1})
