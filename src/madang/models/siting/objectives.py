"""What makes a choice of sites good, computed from the sites themselves; and the exchange of one site for another.

The engine's answer is held against this module: the objective is computed again from the chosen sites, and vertex
substitution (Teitz & Bart 1968) may find no better choice than one that is called optimal.

    p-median    the mean way of a person                       least   Hakimi 1964
    coverage    share of people within the radius              most    Church & ReVelle 1974 (MCLP)
    all-covered number of sites that reach every place         least   Toregas et al. 1971 (LSCP)
    p-center    the longest way of any place                   least   Hakimi 1964
    equity      the equally-distributed equivalent way         least   Kolm-Pollak; Logan et al. 2021

The equally-distributed equivalent is the way that, gone by everybody, would be as bad as the ways that people do go:
their mean and a penalty for inequality, -ln(mean of e^(-kappa way)) / kappa with kappa < 0. Minimised, it is a p-median
over the costs e^(-kappa way), which is why it solves as fast as one (Horton et al. 2024).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from madang.models.base import Floats

OBJECTIVES = ("p-median", "coverage", "all-covered", "p-center", "equity")
MOST_EXPONENT = 20.0  # of a cost under equity; beyond e^20 the solver's tolerances would no longer tell costs apart


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One siting problem in kilometres: places x candidates, the way to what stands (infinite: nothing), people."""

    cost: Floats  # places x candidates
    standing: Floats  # places
    people: Floats  # places
    objective: str
    radius: float
    kappa: float  # < 0; 0 where the objective is not equity

    def nearest(self, chosen: NDArray[np.int64]) -> Floats:
        """The way of each place to the nearest of the standing and the chosen sites."""
        if not len(chosen):
            return self.standing
        return np.asarray(np.minimum(self.standing, self.cost[:, chosen].min(axis=1)))

    @property
    def within_reach(self) -> NDArray[np.bool_]:
        """Which places any site reaches within the radius."""
        return np.asarray(np.minimum(self.standing, self.cost.min(axis=1, initial=np.inf)) <= self.radius)


def aversion(ways: Floats, people: Floats, epsilon: float) -> float:
    """Kappa for a distribution of ways: -epsilon * sum(w) / sum(w^2), so that it does not depend on the unit."""
    return float(-epsilon * (people * ways).sum() / (people * ways**2).sum())


def equivalent(ways: Floats, people: Floats, kappa: float) -> float:
    """The equally-distributed equivalent way; the mean at kappa 0."""
    if kappa == 0:
        return float((people * ways).sum() / people.sum())
    longest = ways.max()  # taken out, so that no exponent is large
    mean = (people * np.exp(-kappa * (ways - longest))).sum() / people.sum()
    return float(longest - np.log(mean) / kappa)


def solver_costs(problem: Problem, ways: Floats) -> Floats:
    """Ways as the engine sums them: themselves, or under equity e^(-kappa way) about the middle way."""
    if problem.objective != "equity":
        return ways
    middle = float(np.median(problem.cost.min(axis=1)))
    return np.asarray(np.exp(np.minimum(-problem.kappa * (ways - middle), MOST_EXPONENT)))


def loss_of_sum(problem: Problem, total: float) -> float:
    """The loss that belongs to what the engine sums up (or to its bound)."""
    n = len(problem.people)
    match problem.objective:
        case "p-median":
            return total / n
        case "coverage":
            return -total / n
        case "equity":
            middle = float(np.median(problem.cost.min(axis=1)))
            return float(middle - np.log(max(total, np.finfo(float).tiny) / n) / problem.kappa)
        case _:
            return total


def loss(problem: Problem, ways: Floats) -> float:
    """What the objective makes small; coverage is counted negative."""
    match problem.objective:
        case "p-median":
            return float((problem.people * ways).sum() / problem.people.sum())
        case "coverage":
            return -float(problem.people[ways <= problem.radius].sum() / problem.people.sum())
        case "p-center":
            return float(ways.max())
        case "equity":
            return equivalent(ways, problem.people, problem.kappa)
        case _:
            return float((ways[problem.within_reach] > problem.radius).sum())


def exchanged(problem: Problem, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], float]:
    """The choice after exchanging one site for another as long as that makes the loss smaller, and its loss."""
    best, at = loss(problem, problem.nearest(chosen)), chosen.copy()
    improved = True
    while improved:
        improved = False
        for place in range(len(at)):
            rest = np.delete(at, place)
            without = problem.nearest(rest)
            for other in np.setdiff1d(np.arange(problem.cost.shape[1]), at):
                tried = loss(problem, np.minimum(without, problem.cost[:, other]))
                if tried < best - 1e-9 * max(1.0, abs(best)):
                    best, improved = tried, True
                    at = np.sort(np.append(rest, other))
                    break
            if improved:
                break
    return at, best


def greedy(problem: Problem, count: int) -> NDArray[np.int64]:
    """Sites added one by one, each the best beside those before it: the plain way, a yardstick and a start."""
    chosen = np.zeros(0, dtype=np.int64)
    for _ in range(count):
        ways = problem.nearest(chosen)
        left = np.setdiff1d(np.arange(problem.cost.shape[1]), chosen)
        losses = [loss(problem, np.minimum(ways, problem.cost[:, j])) for j in left]
        chosen = np.sort(np.append(chosen, left[int(np.argmin(losses))]))
    return chosen
