"""The miss of a forecast split into its parts, exactly.

A forecast said `promised`; `actual` came. Let N be the groups of inputs that turned out different and v(S) what the
model gives when the groups in S, and only those, have their actual values; v of nothing is what it forecast. A group's
part is its Shapley value (Shapley 1953), the mean of what its replacement changes over every order in which the groups
can be replaced:

    part(i) = sum over S without i of  |S|! (n - |S| - 1)! / n!  x  ( v(S with i) - v(S) )

The parts sum to v(N) - v(nothing), whichever order one thinks of, and a group that changes nothing gets nothing. What
is left, actual - promised minus that sum, is the model's own error. All is counted in whole units of the last decimal
place that any of the numbers has (for money: won); what does not divide goes, by largest remainder, to the groups
concerned. So the parts always sum to the miss, to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import factorial

Number = int | float
Worth = Callable[[frozenset[str]], Number]

MODEL_ERROR = "model-error"


def miss_of(promised: Number, actual: Number) -> Number:
    """What came minus what was promised, to the last decimal place that either has."""
    places = _places((promised, actual))
    return _back(_whole(actual, places) - _whole(promised, places), places)


def split(promised: Number, actual: Number, groups: Sequence[str], worth: Worth) -> dict[str, Number]:
    """The parts of the miss by group, and the model's error; they sum to actual - promised exactly."""
    values = {members: worth(members) for members in _subsets(groups)}
    nothing, everything = frozenset[str](), frozenset(groups)
    places = _places((promised, actual, *values.values()))
    v = {members: _whole(value, places) for members, value in values.items()}
    shares = shapley(groups, v)
    parts = _rounded(shares, factorial(len(groups)), v[everything] - v[nothing])
    explained = sum(parts.values())
    left = _whole(actual, places) - _whole(promised, places) - explained
    return {group: _back(part, places) for group, part in parts.items()} | {MODEL_ERROR: _back(left, places)}


def shapley(groups: Sequence[str], v: dict[frozenset[str], int]) -> dict[str, int]:
    """Each group's Shapley value times n!, a whole number."""
    n, found = len(groups), dict[str, int]()
    for group in groups:
        others = [one for one in groups if one != group]
        found[group] = sum(
            factorial(len(s)) * factorial(n - len(s) - 1) * (v[s | {group}] - v[s]) for s in _subsets(others)
        )
    return found


def _rounded(shares: dict[str, int], whole: int, total: int) -> dict[str, int]:
    """Shares (in parts of `whole`) as whole numbers that sum to `total`, by largest remainder."""
    floors = {group: share // whole for group, share in shares.items()}
    remainders = sorted(shares, key=lambda group: -(shares[group] % whole))  # stable: ties in the order of the groups
    for group in remainders[: total - sum(floors.values())]:
        floors[group] += 1
    return floors


def _subsets(groups: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(some) for size in range(len(groups) + 1) for some in combinations(groups, size)]


def _places(values: Sequence[Number]) -> int:
    """How many decimal places the numbers have, as they are written."""
    return max(max(0, -int(Decimal(repr(value)).as_tuple().exponent)) for value in values)


def _whole(value: Number, places: int) -> int:
    return int(Fraction(repr(value)) * 10**places)


def _back(whole: int, places: int) -> Number:
    return whole / 10**places if places else whole
