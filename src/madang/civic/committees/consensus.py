"""How far a vote was of one mind (합의도): a number from 0 to 1 that stands beside the counts and decides nothing.

The measure is that of Tastle and Wierman (Consensus and dissention: a measure of ordinal dispersion, International
Journal of Approximate Reasoning 45(3), 2007, 531-545) on the scale against = -1, abstained = 0, for = +1:

    consensus = 1 + sum over choices of p x log2(1 - |x - mean| / 2)

It is 1 when all chose alike, whatever they chose, and 0 when half are for and half against. Who abstains stands
between the two, so ten for and two abstentions is nearer to one mind than ten for and two against.
"""

from __future__ import annotations

from math import log2

_WIDTH = 2


def consensus(votes_for: int, votes_against: int, abstentions: int) -> float | None:
    """The consensus of a count to four places; None where nobody chose."""
    total = votes_for + votes_against + abstentions
    if total == 0:
        return None
    mean = (votes_for - votes_against) / total
    found = 1.0
    for choice, count in ((1, votes_for), (-1, votes_against), (0, abstentions)):
        if count:
            found += count / total * log2(1 - abs(choice - mean) / _WIDTH)
    return round(min(1.0, max(0.0, found)), 4)
