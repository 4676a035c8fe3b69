"""Sites chosen by the engine, and the engine's answer checked before anyone sees it.

Standing sites stay in every choice. Where no capacities are held they become one column of the problem, the way to the
nearest of them, which changes no optimum and keeps the problem small. The latest choices are kept in memory: bands and
sliders that leave the question as it is solve nothing again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import ModelError
from madang.models import engines
from madang.models.base import Context, Floats
from madang.models.siting.objectives import Problem, aversion, exchanged, loss, loss_of_sum, solver_costs

ENGINE = "spopt"
FUNCTION = "madang.models.siting.solving:solve"
TOLERANCE = 1e-6  # relative; the solver's own feasibility tolerance is 1e-6, values are sums of some hundred terms
BEYOND = 2  # points of the curve after the number asked for
KEPT = 64

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """One question: ways in kilometres (places x sites), people (NaN where unknown), which sites stand or may be
    chosen, and how many; `capacities` only where they are to be held, one a site; whether the curve is wanted too."""

    ways: Floats
    people: Floats
    standing: tuple[int, ...]
    candidates: tuple[int, ...]
    objective: str
    count: int
    radius: float
    aversion: float
    seconds: float
    capacities: Floats | None = None
    curve: bool = True

    @property
    def key(self) -> bytes:
        """The hash of what decides the sites; the curve does not."""
        parts = [self.ways, self.people, np.array(self.standing), np.array(self.candidates)]
        parts += [] if self.capacities is None else [self.capacities]
        said = (self.objective, self.count, self.radius, self.aversion, self.seconds, self.ways.shape)
        return hashlib.sha256(repr(said).encode() + b"".join(np.ascontiguousarray(p).tobytes() for p in parts)).digest()


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """The best choice of one number of sites: which of all sites, its loss, its gap (0: proven; None: not known)."""

    count: int
    chosen: tuple[int, ...]
    loss: float
    gap: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What was chosen; `assigned` is the site of each place where capacities are held; `curve` runs over counts."""

    best: Point
    curve: tuple[Point, ...] = ()
    curve_cut: bool = False
    assigned: tuple[int, ...] | None = None

    @property
    def chosen(self) -> tuple[int, ...]:
        """The chosen among all sites."""
        return self.best.chosen


NOTHING = Choice(Point(0, (), float("nan"), 0.0))


def choose(ask: Ask, ctx: Context) -> Choice:
    """The best sites for a question, checked; from memory where it was asked before."""
    if not ask.candidates or (ask.count == 0 and ask.objective != "all-covered"):
        return NOTHING
    key = ask.key
    with _lock:
        known = _known.get(key)
        if known is not None and (known.curve or not ask.curve):
            _known.move_to_end(key)
            return known
    found = _cover_all(ask, ctx) if ask.objective == "all-covered" else _by_count(ask, ctx)
    with _lock:
        _known[key] = found
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return found


def problem_of(ask: Ask, objective: str | None = None) -> Problem:
    """The question as a problem over its candidates."""
    cost = ask.ways[:, list(ask.candidates)]
    standing = ask.ways[:, list(ask.standing)].min(axis=1, initial=np.inf)
    people = np.ones(len(cost)) if np.isnan(ask.people).any() else ask.people / ask.people.mean()
    before = np.where(np.isfinite(standing), standing, cost.min(axis=1))
    kappa = aversion(before, people, ask.aversion) if ask.objective == "equity" else 0.0
    return Problem(cost, standing, people, objective or ask.objective, ask.radius, kappa)


# --- inside ----------------------------------------------------------------------------------------------------------

_known: OrderedDict[bytes, Choice] = OrderedDict()
_lock = Lock()


def _by_count(ask: Ask, ctx: Context) -> Choice:
    problem = problem_of(ask)
    most = min(ask.count + BEYOND, len(ask.candidates))
    counts = [ask.count, *(n for n in range(1, most + 1) if ask.curve and n != ask.count)]
    answer = _solve(ask, problem, counts, ctx)
    asked = answer[0]
    if asked["columns"] is None:
        raise _no_solution(ask, asked)
    assigned = _check_capacities(ask, asked) if ask.capacities is not None else None
    solved = [one for one in answer if one["columns"] is not None]
    points = sorted((_point(ask, problem, one) for one in solved), key=lambda p: p.count)
    best = next(p for p in points if p.count == ask.count)
    return Choice(best, tuple(points) if ask.curve else (), len(answer) < len(counts), assigned)


def _cover_all(ask: Ask, ctx: Context) -> Choice:
    """The fewest sites that reach every place that can be reached, and the curve of coverage up to them."""
    problem = problem_of(ask)
    answer = _solve(ask, problem, [0], ctx)[0]
    if answer["columns"] is None:
        raise _no_solution(ask, answer)
    chosen = _candidates_of(ask, answer["columns"])
    missed = loss(problem, problem.nearest(chosen))
    if missed:
        raise _disagrees("siting places out of reach", 0, missed)
    if answer["proven"] and _greedy_cover(problem) < len(chosen):
        raise ModelError("siting.engine-not-optimal", said=len(chosen), found=_greedy_cover(problem))
    if answer["bound"] is not None:  # of the columns, of which those that stand are no new sites
        answer["bound"] -= _standing_columns(ask)
    gap = _gap(problem, float(len(chosen)), answer)
    best = Point(len(chosen), _all_sites(ask, chosen), float(len(chosen)), gap)
    if not ask.curve or not len(chosen) or np.isnan(ask.people).any():
        return Choice(best)
    covering = problem_of(ask, "coverage")
    counts = list(range(1, min(len(chosen) + BEYOND, len(ask.candidates)) + 1))
    curve = _solve(ask, covering, counts, ctx)
    points = tuple(_point(ask, covering, one) for one in curve if one["columns"] is not None)
    return Choice(best, points, len(curve) < len(counts))


def _solve(ask: Ask, problem: Problem, counts: Sequence[int], ctx: Context) -> list[dict[str, Any]]:
    """The engine's answers for several numbers of new sites."""
    if ask.capacities is None:
        beside = [problem.standing[:, None]] if ask.standing else []
        columns = np.concatenate([*beside, np.minimum(problem.cost, problem.standing[:, None])], axis=1)
    else:
        columns = ask.ways[:, [*ask.standing, *ask.candidates]]
    must = _standing_columns(ask)
    order = [*ask.standing, *ask.candidates]
    payload = {
        "cost": solver_costs(problem, columns).tolist(),
        "weights": problem.people.tolist(),
        "must": list(range(must)),
        "objective": problem.objective,
        "radius": ask.radius,
        "counts": [must + count for count in counts],
        "seconds": ask.seconds,
        "capacities": None if ask.capacities is None else (ask.capacities[order] / ask.people.mean()).tolist(),
    }
    said: Mapping[str, Any] = engines.call(ENGINE, FUNCTION, payload, ctx, model="siting", extra="siting")
    return list(said["solutions"])


def _standing_columns(ask: Ask) -> int:
    return len(ask.standing) if ask.capacities is not None else min(len(ask.standing), 1)


def _point(ask: Ask, problem: Problem, answer: Mapping[str, Any]) -> Point:
    """One answer of the engine, checked: sites, value and that no exchange makes it better."""
    must = _standing_columns(ask)
    count = int(answer["count"]) - must
    chosen = _candidates_of(ask, answer["columns"])
    if len(chosen) != count or not set(range(must)) <= set(answer["columns"]):
        raise _disagrees("number of sites", count, len(chosen))
    if ask.capacities is not None:
        value = loss_of_sum(problem, float(answer["value"]))
        return Point(count, _all_sites(ask, chosen), value, _gap(problem, value, answer))
    ways = problem.nearest(chosen)
    value = loss(problem, ways)
    _check_value(problem, ways, answer)
    better, found = exchanged(problem, chosen)
    if found < value - TOLERANCE * max(1.0, abs(value)):
        if answer["proven"]:
            raise ModelError("siting.engine-not-optimal", said=f"{value:.9g}", found=f"{found:.9g}")
        chosen, value = better, found  # the time was out: the better of the two is the best that was found
    return Point(count, _all_sites(ask, chosen), value, _gap(problem, value, answer))


def _gap(problem: Problem, value: float, answer: Mapping[str, Any]) -> float | None:
    """How far the value can be from the optimum at most, as a share of it; None where the engine proved no bound."""
    if answer["proven"]:
        return 0.0
    if answer["bound"] is None or value == 0:
        return None
    gap = max(0.0, (value - loss_of_sum(problem, float(answer["bound"]))) / abs(value))
    return gap if gap <= 1 else None  # a bound that far off says nothing


def _check_value(problem: Problem, ways: Floats, answer: Mapping[str, Any]) -> None:
    """The engine's value against the same sum over the sites it names.

    Out of time its best choice may still send people past a nearer site, so that its value is too poor; never too good.
    """
    said = float(answer["value"])
    match problem.objective:
        case "coverage":
            found = float(problem.people[ways <= problem.radius].sum())
        case "p-center":
            found = float(ways.max())
        case _:
            found = float((problem.people * solver_costs(problem, ways)).sum())
    too_good = found - said if problem.objective != "coverage" else said - found
    off = abs(found - said) if answer["proven"] else too_good
    if off > TOLERANCE * max(1.0, abs(found)):
        raise _disagrees("the objective", said, found)


def _check_capacities(ask: Ask, answer: Mapping[str, Any]) -> tuple[int, ...]:
    """The site of each place, after its capacity and the value were checked."""
    assert ask.capacities is not None
    order = [*ask.standing, *ask.candidates]
    open_sites = {order[j] for j in answer["columns"]}
    assigned = np.array([order[j] for j in answer["assigned"]])
    if not set(assigned.tolist()) <= open_sites:
        raise _disagrees("sites that serve", len(open_sites), len(set(assigned.tolist()) - open_sites))
    load = np.bincount(assigned, weights=ask.people, minlength=ask.ways.shape[1])
    over = load - ask.capacities > TOLERANCE * np.maximum(ask.capacities, 1.0)
    if over.any():
        at = int(np.argmax(over))
        raise _disagrees("persons served", float(ask.capacities[at]), float(load[at]))
    ways = ask.ways[np.arange(len(assigned)), assigned]
    found = float((ask.people / ask.people.mean() * ways).sum())
    if abs(found - float(answer["value"])) > TOLERANCE * max(1.0, found):
        raise _disagrees("the objective", float(answer["value"]), found)
    return tuple(int(j) for j in assigned)


def _no_solution(ask: Ask, answer: Mapping[str, Any]) -> ModelError:
    if answer["feasible"]:
        return ModelError("siting.no-solution-in-time", count=ask.count, seconds=f"{ask.seconds:g}")
    if ask.capacities is not None:
        largest = np.sort(ask.capacities[list(ask.candidates)])[::-1][: ask.count].sum()
        capacity = float(ask.capacities[list(ask.standing)].sum() + largest)
        if capacity < ask.people.sum():
            facts = {"capacity": f"{capacity:,.0f}", "demand": f"{ask.people.sum():,.0f}", "count": ask.count}
            return ModelError("siting.capacity-too-small", **facts)
    return ModelError("siting.infeasible", count=ask.count)


def _disagrees(what: str, said: float, found: float) -> ModelError:
    return ModelError("siting.engine-disagrees", what=what, said=f"{said:.9g}", found=f"{found:.9g}")


def _candidates_of(ask: Ask, columns: Sequence[int]) -> Ints:
    """Chosen columns of the problem as positions among the candidates."""
    must = _standing_columns(ask)
    return np.array(sorted(j - must for j in columns if j >= must), dtype=np.int64)


def _all_sites(ask: Ask, chosen: Ints) -> tuple[int, ...]:
    return tuple(ask.candidates[int(j)] for j in chosen)


def _greedy_cover(problem: Problem) -> int:
    """How many sites cover everybody when the one that covers most places is added each time."""
    left = problem.within_reach & (problem.standing > problem.radius)
    count = 0
    while left.any():
        reach = (problem.cost <= problem.radius)[left]
        left = left & ~(problem.cost[:, int(reach.sum(axis=0).argmax())] <= problem.radius)
        count += 1
    return count
