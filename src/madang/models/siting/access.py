"""How well people are served: means, percentiles, coverage and inequality of ways, for many members at once.

Pure numpy. `ways` is members x places (minutes or kilometres to the nearest site), `people` members x places. A measure
is one number a member; it is NaN where a weight or a way is unknown, never a guess.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from madang.models.base import Floats

FIFTH = 0.2
NINETY = 0.9


class Ranked(NamedTuple):
    """Ways in rising order for each member, the people who go them, and the share of people reached so far."""

    ways: Floats
    people: Floats
    reached: Floats


def ranked(ways: Floats, people: Floats) -> Ranked:
    """Places by their way, nearest first; people of each member sum to one."""
    order = np.argsort(ways, axis=1, kind="stable")
    sorted_ways = np.take_along_axis(ways, order, axis=1)
    weights = np.take_along_axis(np.broadcast_to(people, ways.shape), order, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = weights / weights.sum(axis=1, keepdims=True)
    return Ranked(sorted_ways, weights, np.cumsum(weights, axis=1))


def mean(ways: Floats, people: Floats) -> Floats:
    """The mean way of a person."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((ways * people).sum(axis=1) / np.broadcast_to(people, ways.shape).sum(axis=1))


def percentile(r: Ranked, share: float = NINETY) -> Floats:
    """The shortest way within which at least this share of people is."""
    at = np.argmax(r.reached >= share - 1e-12, axis=1)
    found = np.take_along_axis(r.ways, at[:, None], axis=1)[:, 0]
    return np.where(np.isnan(r.reached[:, -1]), np.nan, found)


def worst_part(r: Ranked, share: float = FIFTH) -> Floats:
    """The mean way of the share of people who go furthest; a place on the border counts in part."""
    before = r.reached - r.people
    part = r.people - np.clip((1 - share) - before, 0.0, r.people)
    return np.asarray((part * r.ways).sum(axis=1) / share)


def best_part(r: Ranked, share: float = FIFTH) -> Floats:
    """The mean way of the share of people who are nearest."""
    part = np.clip(share - (r.reached - r.people), 0.0, r.people)
    return np.asarray((part * r.ways).sum(axis=1) / share)


def gini(r: Ranked) -> Floats:
    """The Gini coefficient of ways over people: 0 when all go equally far. NaN when nobody goes any way."""
    gone = np.cumsum(r.people * r.ways, axis=1)
    before = gone - r.people * r.ways
    with np.errstate(invalid="ignore", divide="ignore"):
        found = 1 - (r.people * (gone + before)).sum(axis=1) / gone[:, -1]
    return np.where(gone[:, -1] > 0, np.maximum(found, 0.0), np.nan)


def covered(ways: Floats, people: Floats, limit: Floats) -> Floats:
    """People whose nearest site is within the limit (one limit a member)."""
    near = ways <= limit[:, None]
    known = np.where(np.isnan(ways), np.nan, 1.0)
    return np.asarray((near * known * people).sum(axis=1))


def total(ways: Floats, people: Floats) -> Floats:
    """All people of each member."""
    return np.asarray(np.broadcast_to(people, ways.shape).sum(axis=1))
