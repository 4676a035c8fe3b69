"""Which tasks to take when the money of a year is short: the best choice under yearly budgets, with precedence.

Each task costs what its budget lines say for each year and is worth its `benefit`; two tasks done together may be worth
more (`synergies`). A task may only be taken with all it waits for. The choice is solved as a mixed-integer programme
(highspy) to a gap of half a percent within a time limit; the gap that is left is told, and may be asked to be nothing.
What a task is worth is a judgement of whoever wrote it, or given with the question (computed by models, say); it is not
computed here. A task whose benefit nobody stated, or that has neither budget nor an explicit "none", cannot be weighed
and is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, value_of
from madang.errors import CallerError, ModelError
from madang.plan.dependencies import Graph, refuse_circle
from madang.plan.parts import number_of, whole_of

GAP = 0.005  # of the best bound: what 300 tasks reach in a second
TIME_LIMIT_S = 30.0
_UNIT = 1e6  # won are scaled to millions for the solver; amounts are compared again in whole won afterwards


@dataclass(frozen=True)
class Choice:
    """The tasks chosen, what they are worth together, what they cost a year, and the gap left to the bound."""

    chosen: tuple[str, ...]
    left_out: tuple[str, ...]
    benefit: float
    cost: Mapping[int, int]
    budgets: Mapping[int, int]
    not_weighed: tuple[str, ...]
    gap: float
    allowed_gap: float = GAP
    in_time: bool = True

    def as_json(self) -> dict[str, Any]:
        """The choice for a page or a machine."""
        return {
            "chosen": list(self.chosen),
            "leftOut": list(self.left_out),
            "benefit": self.benefit,
            "years": [
                {"year": year, "budget": self.budgets[year], "cost": self.cost.get(year, 0)} for year in self.budgets
            ],
            "notWeighed": list(self.not_weighed),
            "gap": self.gap,
            "allowedGap": self.allowed_gap,
            "inTime": self.in_time,
        }


def choose(
    tasks: Sequence[Document],
    budget_of: Mapping[str, Sequence[Document]],
    budgets: Mapping[int, int],
    *,
    benefits: Mapping[str, float] | None = None,
    gap: float = GAP,
    time_limit_s: float = TIME_LIMIT_S,
) -> Choice:
    """The best tasks under a budget for each year; a year without a budget named is not limited.

    `benefits` stand in place of those that the tasks state; a task that they leave out can't be weighed.
    """
    if not 0 <= gap < 1 or not time_limit_s > 0:
        raise CallerError("plans.gap-form", gap=gap, seconds=time_limit_s)
    if not budgets:
        raise CallerError("plans.no-budgets")
    if any(amount < 0 for amount in budgets.values()):
        raise CallerError("plans.negative-budget", years=", ".join(str(y) for y, n in budgets.items() if n < 0))
    graph = refuse_circle(tasks)
    costs = {task["id"]: _costs(task, budget_of.get(task["id"], ())) for task in tasks}
    worth = {task["id"]: number_of(task, "benefit") if benefits is None else benefits.get(task["id"]) for task in tasks}
    weighed = [id for id in graph.tasks if costs[id] is not None and worth[id] is not None]
    out = tuple(id for id in graph.tasks if id not in set(weighed))
    weighed = _without_those_waiting_for(weighed, graph, set(out))
    known_costs = {id: found for id, found in costs.items() if found is not None}
    stated = {id: float(worth[id] or 0) for id in weighed}
    chosen, left, in_time = _solve(weighed, graph, known_costs, stated, budgets, gap, time_limit_s)
    taken = set(chosen)
    cost = {year: sum(known_costs[id].get(year, 0) for id in chosen) for year in budgets}
    over = [year for year, amount in budgets.items() if cost[year] > amount]
    if over:  # the solver's tolerance is less than a won; more would be a defect of it
        raise ModelError("plans.solver-over-budget", years=", ".join(map(str, over)))
    together = sum(extra for pair, extra in graph.synergies.items() if pair <= taken)
    return Choice(
        chosen=tuple(chosen),
        left_out=tuple(id for id in weighed if id not in taken),
        benefit=sum(float(worth[id] or 0) for id in chosen) + together,
        cost=cost,
        budgets=dict(budgets),
        not_weighed=tuple(id for id in graph.tasks if id not in set(weighed)),
        gap=left,
        allowed_gap=gap,
        in_time=in_time,
    )


def _costs(task: Document, lines: Sequence[Document]) -> dict[int, int] | None:
    """What a task costs each year; None where nobody said."""
    if not lines:
        return {} if value_of(task, "budget") == "none" else None
    found: dict[int, int] = {}
    for line in lines:
        year, amount = whole_of(line, "year"), whole_of(line, "amount")
        if year is None or amount is None:
            return None
        found[year] = found.get(year, 0) + amount
    return found


def _without_those_waiting_for(weighed: list[str], graph: Graph, gone: set[str]) -> list[str]:
    """Tasks that wait for one that can't be weighed can't be weighed either."""
    after, reached = graph.after(), list(gone)
    for id in reached:
        reached += [then for then in after[id] if then not in gone]
        gone |= set(after[id])
    return [id for id in weighed if id not in gone]


def _solve(
    ids: list[str],
    graph: Graph,
    costs: Mapping[str, Mapping[int, int]],
    worth: Mapping[str, float],
    budgets: Mapping[int, int],
    gap: float,
    time_limit_s: float,
) -> tuple[list[str], float, bool]:
    try:
        import highspy
    except ImportError as missing:  # an optional engine: the rest of the plan does without it
        raise ModelError("plans.no-solver", package="highspy") from missing
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # it ships no types
    solver.silent()
    solver.setOptionValue("time_limit", time_limit_s)
    solver.setOptionValue("mip_rel_gap", gap)
    solver.setOptionValue("threads", 1)
    taken = {id: solver.addBinary(obj=worth[id]) for id in ids}
    for year, amount in budgets.items():
        lines = [costs[id].get(year, 0) / _UNIT * taken[id] for id in ids if costs[id].get(year)]
        if lines:
            solver.addConstr(sum(lines[1:], lines[0]) <= amount / _UNIT)
    for first, then in graph.edges:
        if first in taken and then in taken:
            solver.addConstr(taken[then] <= taken[first])
    for pair, extra in graph.synergies.items():
        one, other = sorted(pair)
        if one in taken and other in taken:
            both = solver.addBinary(obj=extra)
            solver.addConstr(both <= taken[one])
            solver.addConstr(both <= taken[other])
            if extra < 0:  # tasks in each other's way: taking both costs, whether one likes it or not
                solver.addConstr(both >= taken[one] + taken[other] - 1)
    if not ids:
        return [], 0.0, True
    solver.maximize()
    in_time = solver.getModelStatus() != highspy.HighsModelStatus.kTimeLimit
    values, left = solver.getSolution().col_value, float(solver.getInfo().mip_gap)
    if not values:  # out of time before anything was found: nothing is chosen, and the gap is all
        return [], 1.0, in_time
    return [id for n, id in enumerate(ids) if values[n] > 0.5], (left if 1e-9 < left < 1 else float(left >= 1)), in_time
