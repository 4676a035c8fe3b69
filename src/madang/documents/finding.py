"""Figures found again in a text whose anchors an editor threw away, all at once and in their order.

Each figure has places where it may stand: where its own text stands beside one of its neighbours, and, for one that was
edited, what stands between both. A place counts by how much of the neighbourhood agrees, and most where the text itself
does. Of all ways to give the figures places that follow each other as they were printed, the one that counts most is
taken; so rows that look alike keep their order, and a change beside a figure is not taken for a change of it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from madang.documents.manifest import Printed
from madang.documents.text import compact

BESIDE = 4  # letters of a neighbour that have to agree for a place to be looked at
REACH = 80  # the longest text that may stand where a figure stood
OWN_TEXT = 1000  # what the text itself counts, against one for each letter of the neighbourhood
MOST = 400  # places of one figure that are looked at


class Place(NamedTuple):
    """Where a figure may stand: its text from `start` to `end`, and how much speaks for it."""

    start: int
    end: int
    counts: int


def found_in_order(flow: str, figures: Sequence[Printed]) -> dict[str, str]:
    """The text at each figure's place, by anchor; a figure without a place is left out."""
    ends: list[int] = []  # chains so far by where they end, each better than those that end before it
    best: list[tuple[int, int]] = []  # what a chain counts, and its last link
    links: list[tuple[int, Place, int]] = []  # figure, place, link before
    for n, figure in enumerate(figures):
        made = []
        for place in _places(flow, figure):
            at = bisect_left(ends, place.start + 1) - 1
            counts, before = best[at] if at >= 0 else (0, -1)
            links.append((n, place, before))
            made.append((place.end, counts + place.counts, len(links) - 1))
        for end, counts, link in made:
            _keep(ends, best, end, (counts, link))
    shown: dict[str, str] = {}
    link = best[-1][1] if best else -1
    while link >= 0:
        n, place, link = links[link]
        shown[figures[n].anchor] = flow[place.start : place.end]
    return shown


def out_of_order(anchors: Sequence[str], figures: Sequence[Printed]) -> set[str]:
    """Anchors that stand elsewhere than they were printed: the fewest that have to go for the rest to be in order."""
    numbers = {figure.anchor: n for n, figure in enumerate(figures)}
    here = [(numbers[one], one) for one in anchors if one in numbers]
    tails: list[int] = []
    chains: list[list[str]] = []
    for number, anchor in here:
        at = bisect_left(tails, number)
        chain = [*(chains[at - 1] if at else []), anchor]
        tails[at : at + 1], chains[at : at + 1] = [number], [chain]
    kept = set(chains[-1]) if chains else set()
    return {anchor for _, anchor in here} - kept


def _keep(ends: list[int], best: list[tuple[int, int]], end: int, chain: tuple[int, int]) -> None:
    at = bisect_left(ends, end)
    if (at > 0 and best[at - 1][0] >= chain[0]) or (at < len(ends) and ends[at] == end and best[at][0] >= chain[0]):
        return
    last = at
    while last < len(ends) and best[last][0] <= chain[0]:
        last += 1
    ends[at:last], best[at:last] = [end], [chain]


def _places(flow: str, figure: Printed) -> Iterator[Place]:
    before, text, after = compact(figure.before), compact(figure.text), compact(figure.after)
    left, right = before[-BESIDE:], after[:BESIDE]
    own = {at + len(left) for at in _every(flow, left + text)} | set(_every(flow, text + right))
    for start in sorted(own)[:MOST]:
        end = start + len(text)
        yield Place(start, end, OWN_TEXT + _agreeing(flow, start, end, before, after))
    if not left or not right:
        return
    for at in list(_every(flow, left))[:MOST]:
        start = at + len(left)
        end = flow.find(right, start, start + REACH + len(right))
        if end >= 0 and start not in own:
            yield Place(start, end, _agreeing(flow, start, end, before, after))


def _every(flow: str, part: str) -> Iterator[int]:
    at = flow.find(part) if part else -1
    while at >= 0:
        yield at
        at = flow.find(part, at + 1)


def _agreeing(flow: str, start: int, end: int, before: str, after: str) -> int:
    """How many letters of the neighbourhood agree, counted from the figure outwards."""
    told = zip(reversed(flow[max(0, start - len(before)) : start]), reversed(before), strict=False)
    left = next((n for n, (one, other) in enumerate(told) if one != other), min(len(before), start))
    follows = flow[end : end + len(after)]
    right = next((n for n, (one, other) in enumerate(zip(follows, after, strict=False)) if one != other), len(follows))
    return left + right
