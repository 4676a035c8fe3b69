"""Who pays how much of a joint project (공동사업). Pure: members, costs and weights in; whole won out.

Three ways to share a cost:

    population   in proportion to residents
    benefit      in proportion to the benefit each member is said to have
    shapley      the Shapley value of the cost game: what a member adds to the cost, averaged over all orders of joining

A cost game says what each coalition would pay on its own. It is given coalition by coalition, or made from what each
member would pay alone and the part of it that is needed once however many take part:

    cost(S) = shared + sum of (alone - shared) over S

The Shapley value is computed exactly, in integers, for up to `MOST_MEMBERS` members. Shares come out in whole won and
sum to the cost: every share is cut down to whole won, and the won left over go one each to the largest remainders, of
equal ones to the member named first. A division is *stable* (in the core) when no coalition would pay less on its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import factorial
from typing import Literal

from madang.errors import DataError

Method = Literal["population", "benefit", "shapley"]
METHODS: tuple[Method, ...] = ("population", "benefit", "shapley")
MOST_MEMBERS = 12

Coalition = frozenset[str]
Number = int | float | Fraction


@dataclass(frozen=True)
class Game:
    """What every coalition of the members would pay on its own, in won; the empty one pays nothing."""

    members: tuple[str, ...]
    costs: Mapping[Coalition, int]

    @property
    def total(self) -> int:
        """The cost of doing it all together."""
        return self.costs[frozenset(self.members)]


@dataclass(frozen=True)
class Objection:
    """A coalition that would pay less on its own, and by how much."""

    members: tuple[str, ...]
    share: int
    alone: int

    @property
    def excess(self) -> int:
        """How much more than on its own it would pay, in won."""
        return self.share - self.alone


def coalitions(members: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """Every coalition with at least one member, smaller ones first, members in their given order."""
    for size in range(1, len(members) + 1):
        yield from combinations(members, size)


def game_of_alone_costs(alone: Mapping[str, int], *, shared: int) -> Game:
    """The game of members who each could do it alone, of which `shared` is needed once; refused if one pays less."""
    for member, cost in alone.items():
        if cost < shared:
            raise DataError("alliances.alone-below-shared", member=member, alone=f"{cost:,}", shared=f"{shared:,}")
    members = _checked(tuple(alone))
    costs = {frozenset(s): shared + sum(alone[member] - shared for member in s) for s in coalitions(members)}
    return Game(members, costs)


def game_of_coalition_costs(members: Sequence[str], given: Iterable[tuple[Iterable[str], int]]) -> Game:
    """The game of costs given coalition by coalition; refused where one is missing, named twice or of strangers."""
    order = _checked(tuple(members))
    costs: dict[Coalition, int] = {}
    for names, cost in given:
        coalition = frozenset(names)
        if not coalition or not coalition <= set(order):
            raise DataError("alliances.coalition-of-strangers", names=", ".join(sorted(coalition - set(order))) or "-")
        if coalition in costs:
            raise DataError("alliances.coalition-twice", names=_named(order, coalition))
        costs[coalition] = cost
    missing = [s for s in coalitions(order) if frozenset(s) not in costs]
    if missing:
        raise DataError("alliances.coalition-missing", names=", ".join(missing[0]), count=len(missing))
    return Game(order, costs)


def shapley(game: Game) -> dict[str, Fraction]:
    """The Shapley value of every member, exactly."""
    n = len(game.members)
    bit = {member: 1 << at for at, member in enumerate(game.members)}
    cost = [0] * (1 << n)
    for coalition, amount in game.costs.items():
        cost[sum(bit[member] for member in coalition)] = amount
    weight = [factorial(size) * factorial(n - size - 1) for size in range(n)]
    sums = dict.fromkeys(game.members, 0)
    for mask in range(1 << n):
        size = mask.bit_count()
        for member, mine in bit.items():
            if not mask & mine:
                sums[member] += weight[size] * (cost[mask | mine] - cost[mask])
    return {member: Fraction(total, factorial(n)) for member, total in sums.items()}


def proportional(cost: int, weights: Mapping[str, Number]) -> dict[str, Fraction]:
    """A cost in proportion to weights; refused where a weight is negative or all are nothing."""
    exact = {member: Fraction(weight) for member, weight in weights.items()}
    total = sum(exact.values())
    if any(weight < 0 for weight in exact.values()) or total <= 0:
        raise DataError("alliances.weights-not-positive")
    return {member: cost * weight / total for member, weight in exact.items()}


def in_whole_won(shares: Mapping[str, Fraction]) -> dict[str, int]:
    """Shares in whole won that sum to what they summed to: the largest remainders get the won that are left."""
    whole = {member: share.numerator // share.denominator for member, share in shares.items()}
    left = int(sum(shares.values())) - sum(whole.values())
    order = sorted(shares, key=lambda member: shares[member] - whole[member], reverse=True)  # stable: given order
    for member in order[:left]:
        whole[member] += 1
    return whole


def objections(game: Game, shares: Mapping[str, int]) -> list[Objection]:
    """The coalitions that would pay less on their own, the gravest first; none when the division is stable.

    Rounding to whole won alone makes nobody object: a coalition is let off the part of a won that each of its members
    may have been rounded by.
    """
    found = []
    for coalition in coalitions(game.members):
        if len(coalition) == len(game.members):
            continue
        share, alone = sum(shares[member] for member in coalition), game.costs[frozenset(coalition)]
        if share - alone >= len(coalition):
            found.append(Objection(coalition, share, alone))
    return sorted(found, key=lambda one: (-one.excess, len(one.members)))


def worse_off(alone: Mapping[str, int], shares: Mapping[str, int]) -> list[Objection]:
    """Members who would pay less alone, where only that is known of the game."""
    found = [Objection((member,), shares[member], cost) for member, cost in alone.items() if shares[member] > cost]
    return sorted(found, key=lambda one: -one.excess)


def _checked(members: tuple[str, ...]) -> tuple[str, ...]:
    if len(members) < 2:
        raise DataError("alliances.too-few-to-share", count=len(members))
    if len(members) > MOST_MEMBERS:
        raise DataError("alliances.too-many-for-shapley", count=len(members), most=MOST_MEMBERS)
    return members


def _named(order: Sequence[str], coalition: Coalition) -> str:
    return ", ".join(member for member in order if member in coalition)
