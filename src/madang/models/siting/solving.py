"""The engine's side: spopt's location models solved with HiGHS. Runs in a process of its own (`engines`).

A question is JSON: costs (places x columns, kilometres), weights, the columns that must be in, the numbers of columns
to solve for (the asked one first), the objective and its radius, the seconds there are. An answer is a list of
solutions: columns, value, bound and whether it is proven.

    p-median, equity   spopt PMedian; assignment variables may be fractions, which leaves the optimum what it is
    coverage           spopt MCLP
    all-covered        spopt LSCP
    p-center           bisection over the distances with spopt LSCP (Minieka 1970): spopt's PCenter takes 20 s where
                       this takes 0.3 s, for the same value
    with capacities    spopt PMedian with capacities, each place wholly to one site

Where many choices are equally good, the one with the shortest mean way is taken: a p-median among the optima. Nothing
here knows a city.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang import clock

Floats = NDArray[np.float64]
GAP = 1e-9
LEAST_SECONDS = 0.1


@dataclass(slots=True, eq=False)
class _Question:
    cost: Floats
    weights: Floats
    must: NDArray[np.int64]
    objective: str
    radius: float
    capacities: Floats | None
    until: float

    @property
    def left(self) -> float:
        return self.until - clock.elapsed_s()


@dataclass(slots=True)
class _Solved:
    """What one solve gave: open columns (None: none found), the value, its bound, whether it is proven."""

    columns: list[int] | None
    value: float | None = None
    bound: float | None = None
    proven: bool = False
    feasible: bool = True
    assigned: list[int] | None = None


def solve(payload: Mapping[str, Any], progress: Callable[[float, str], None]) -> dict[str, Any]:
    """The solutions for every number of columns asked for, as far as the time reaches."""
    question = _Question(
        np.array(payload["cost"], dtype=np.float64),
        np.array(payload["weights"], dtype=np.float64),
        np.array(payload["must"], dtype=np.int64),
        str(payload["objective"]),
        float(payload["radius"]),
        None if payload.get("capacities") is None else np.array(payload["capacities"], dtype=np.float64),
        clock.elapsed_s() + float(payload["seconds"]),
    )
    counts = [int(count) for count in payload["counts"]]
    found: list[dict[str, Any]] = []
    for n, count in enumerate(counts):
        if n and question.left < LEAST_SECONDS:
            break
        found.append(_solution(question, count))
        progress((n + 1) / len(counts), str(count))
    return {"solutions": found}


def _solution(q: _Question, count: int) -> dict[str, Any]:
    first = _first(q, count)
    solved = first
    if first.columns is not None and first.proven and q.left > LEAST_SECONDS:
        second = _settled(q, len(first.columns) if q.objective == "all-covered" else count, first)
        if second is not None and second.columns is not None:
            solved = second
    return {
        "count": count,
        "columns": solved.columns,
        "assigned": first.assigned,
        "value": first.value,
        "bound": first.bound,
        "proven": first.proven,
        "feasible": first.feasible,
    }


def _first(q: _Question, count: int) -> _Solved:
    """The objective's own optimum."""
    match q.objective:
        case "coverage":
            return _coverage(q, count)
        case "all-covered":
            return _cover_all(q, q.radius)
        case "p-center":
            return _center(q, count)
        case _:
            return _median(q, count)


def _settled(q: _Question, count: int, first: _Solved) -> _Solved | None:
    """Among choices as good as the first one, that with the shortest mean way; None where nothing is to be settled."""
    near = q.cost <= (first.value if q.objective == "p-center" and first.value is not None else q.radius)
    if q.objective == "coverage" and first.value is not None:
        return _median(q, count, near=near, at_least=first.value)
    if q.objective in ("p-center", "all-covered"):
        return _median(q, count, near=near, only_near=True)
    return None


def _median(
    q: _Question,
    count: int,
    *,
    near: NDArray[np.bool_] | None = None,
    only_near: bool = False,
    at_least: float = 0.0,
) -> _Solved:
    import pulp
    from spopt.locate import PMedian
    from spopt.locate.base import SpecificationError

    held = {} if q.capacities is None else {"facility_capacities": q.capacities}
    try:
        model = PMedian.from_cost_matrix(q.cost, q.weights, count, predefined_facilities_arr=_flags(q), **held)
    except SpecificationError:
        return _Solved(None, feasible=False)
    assigned = model.cli_assgn_vars
    if q.capacities is None:
        for variable in assigned.ravel():
            variable.cat = pulp.LpContinuous
    if near is not None and only_near:
        for i, j in zip(*np.nonzero(~near & near.any(axis=1, keepdims=True)), strict=True):
            assigned[i, j].upBound = 0
    elif near is not None:
        served = [float(q.weights[i]) * assigned[i, j] for i, j in zip(*np.nonzero(near), strict=True)]
        model.problem += pulp.lpSum(served) >= at_least * (1 - GAP)
    solved = _run(model, q)
    if solved.columns is not None and q.capacities is not None:
        shares = np.array([[variable.varValue or 0.0 for variable in row] for row in assigned])
        solved.assigned = [int(j) for j in shares.argmax(axis=1)]
    return solved


def _coverage(q: _Question, count: int) -> _Solved:
    from spopt.locate import MCLP

    return _run(MCLP.from_cost_matrix(q.cost, q.weights, q.radius, count, predefined_facilities_arr=_flags(q)), q)


def _cover_all(q: _Question, radius: float) -> _Solved:
    """The fewest columns that reach every place within the radius; places that none reaches are left aside."""
    from spopt.locate import LSCP

    reached = (q.cost <= radius).any(axis=1)
    if not reached.any():
        return _Solved([int(j) for j in q.must], float(len(q.must)), float(len(q.must)), proven=True)
    return _run(LSCP.from_cost_matrix(q.cost[reached], radius, predefined_facilities_arr=_flags(q)), q)


def _center(q: _Question, count: int) -> _Solved:
    """The smallest distance within which `count` columns reach every place."""
    steps = np.unique(q.cost[q.cost >= q.cost.min(axis=1).max()])
    low, high, best, proven = 0, len(steps) - 1, None, True
    while low <= high:
        if best is not None and q.left < LEAST_SECONDS:
            return _Solved(_filled(q, count, best[0]), best[1], float(steps[low] if proven else steps[0]))
        middle = (low + high) // 2
        tried = _cover_all(q, float(steps[middle]))
        if tried.columns is not None and len(tried.columns) <= count:
            best, high = (tried.columns, float(steps[middle])), middle - 1
        else:
            proven &= tried.proven
            low = middle + 1
    if best is None:
        return _Solved(None)
    return _Solved(_filled(q, count, best[0]), best[1], best[1] if proven else float(steps[0]), proven)


def _filled(q: _Question, count: int, columns: list[int]) -> list[int]:
    """As many columns as asked for, where fewer already do."""
    left = [j for j in range(q.cost.shape[1]) if j not in columns]
    return sorted(columns + left[: count - len(columns)])


def _flags(q: _Question) -> NDArray[np.int64] | None:
    """The columns that must be in, as spopt takes them: one 0 or 1 a column."""
    if not len(q.must):
        return None
    flags = np.zeros(q.cost.shape[1], dtype=np.int64)
    flags[q.must] = 1
    return flags


def _run(model: Any, q: _Question) -> _Solved:
    """One solve with HiGHS: one thread and a fixed seed, so that the same question has the same answer."""
    import pulp

    solver = pulp.HiGHS(msg=False, threads=1, timeLimit=max(q.left, LEAST_SECONDS), gapRel=GAP, gapAbs=GAP)
    model.problem.solve(solver)
    highs = model.problem.solverModel
    status, info = highs.getModelStatus().name, highs.getInfo()
    if status in ("kInfeasible", "kUnboundedOrInfeasible"):
        return _Solved(None, proven=True, feasible=False)
    if info.primal_solution_status != 2:  # HiGHS: 2 is a feasible point
        return _Solved(None)
    columns = [j for j, variable in enumerate(model.fac_vars) if (variable.varValue or 0.0) > 0.5]
    value, bound = float(pulp.value(model.problem.objective)), float(info.mip_dual_bound)
    if model.problem.sense == pulp.LpMaximize:  # PuLP hands HiGHS the negated objective to minimise
        bound = -bound
    return _Solved(columns, value, bound if np.isfinite(bound) else None, proven=status == "kOptimal")
