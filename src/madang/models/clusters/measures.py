"""Measures of specialisation on a table of values: one row a district, one column an industry, NaN where unknown.

An unknown cell is money that the source counts within another industry. It is never read as zero nor filled: it has no
quotient, takes no part in national sums, and its change is kept apart. The module knows no files, cities or years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from madang.models.base import Floats

SPECIALISED = 1.0  # a location quotient from which an industry counts as one of the city's own (Hidalgo et al. 2007)


def shares(values: Floats) -> Floats:
    """Each industry's share of its district's known total; NaN stays NaN."""
    totals = np.nansum(values, axis=-1, keepdims=True)
    return _quotient(values, np.broadcast_to(totals, values.shape), unknown=np.nan)


def location_quotients(values: Floats) -> Floats:
    """(share in the district) / (share in the country); the country is the sum of the rows given."""
    whole = shares(np.nansum(values, axis=0))
    return _quotient(shares(values), np.broadcast_to(whole, values.shape), unknown=np.nan)


def herfindahl(values: Floats) -> Floats:
    """Sum of squared shares of each district: 1/n when spread evenly over n industries, 1 when all is one."""
    return np.asarray(np.nansum(shares(values) ** 2, axis=-1))


def krugman(values: Floats) -> Floats:
    """Half the sum of absolute differences from the national structure (Krugman 1991): 0 the same, 1 disjoint."""
    whole = shares(np.nansum(values, axis=0))
    return np.asarray(np.nansum(np.abs(np.nan_to_num(shares(values)) - whole), axis=-1) / 2)


def proximity(quotients: Floats) -> Floats:
    """How often two industries are specialised in the same district: min(P(i|j), P(j|i)) (Hidalgo et al. 2007)."""
    own = (np.nan_to_num(quotients) >= SPECIALISED).astype(np.float64)
    together, alone = own.T @ own, own.sum(axis=0)
    largest = np.maximum(alone[:, None], alone[None, :])
    near = _quotient(together, largest, unknown=0.0)
    np.fill_diagonal(near, 0.0)  # an industry says nothing about itself
    return near


def density(quotients: Floats) -> Floats:
    """For each district and industry, the part of what is near to the industry in which the district is specialised."""
    near = proximity(quotients)
    own = (np.nan_to_num(quotients) >= SPECIALISED).astype(np.float64)
    around = near.sum(axis=0)
    return _quotient(own @ near, np.broadcast_to(around, own.shape), unknown=0.0)


@dataclass(frozen=True, slots=True, eq=False)
class ShiftShare:
    """The change of one district by industry in whole units: `national + mix + competitive` is `change`, exactly.

    `homothetic` and `allocation` split `competitive` (Esteban-Marquillas 1972). `apart` is the change of what is not
    known in both years; with it the parts sum to the change of the district's total.
    """

    change: NDArray[np.int64]
    national: NDArray[np.int64]
    mix: NDArray[np.int64]
    competitive: NDArray[np.int64]
    homothetic: NDArray[np.int64]
    allocation: NDArray[np.int64]
    known: NDArray[np.bool_]
    apart: int


def shift_share(before: Floats, after: Floats, country_before: Floats, country_after: Floats) -> ShiftShare:
    """Shift-share (Dunn 1960) of one district: national growth, industry mix, competitive effect.

    `country_…` are sums by industry over the same districts and known cells in both years. Whole units make the sum
    exact: the first two parts are rounded, the third is what is left.
    """
    known = ~(np.isnan(before) | np.isnan(after)) & (country_before > 0)
    b, a = np.where(known, before, 0.0), np.where(known, after, 0.0)
    whole = country_after[known].sum() / country_before[known].sum() - 1 if known.any() else 0.0
    own_rate = np.divide(country_after, country_before, out=np.ones_like(b), where=country_before > 0) - 1
    change = np.rint(a).astype(np.int64) - np.rint(b).astype(np.int64)
    national = np.rint(b * whole).astype(np.int64)
    mix = np.rint(b * (own_rate - whole)).astype(np.int64) * known
    competitive = change - national - mix
    rate = np.divide(competitive, b, out=np.zeros_like(b), where=b > 0)
    even = b.sum() * np.where(known, country_before, 0.0) / max(country_before[known].sum(), 1.0)
    homothetic = np.rint(even * rate).astype(np.int64)
    total = int(np.rint(np.nansum(after)) - np.rint(np.nansum(before)))
    return ShiftShare(
        change, national, mix, competitive, homothetic, competitive - homothetic, known, total - int(change.sum())
    )


@dataclass(frozen=True, slots=True, eq=False)
class ShiftShares:
    """Shift-share of every district at once, in whole units; `national + mix + competitive` is `change`, exactly."""

    change: NDArray[np.int64]
    national: NDArray[np.int64]
    mix: NDArray[np.int64]
    competitive: NDArray[np.int64]
    known: NDArray[np.bool_]


def shift_shares(before: Floats, after: Floats) -> ShiftShares:
    """Shift-share (Dunn 1960) of all rows against their sum; a cell unknown in either year takes no part in any."""
    known = ~(np.isnan(before) | np.isnan(after))
    b, a = np.where(known, before, 0.0), np.where(known, after, 0.0)
    whole_before, whole_after = b.sum(axis=0), a.sum(axis=0)
    grown = whole_after.sum() / whole_before.sum() - 1 if whole_before.sum() > 0 else 0.0
    own_rate = np.divide(whole_after, whole_before, out=np.ones_like(whole_before), where=whole_before > 0) - 1
    change = np.rint(a).astype(np.int64) - np.rint(b).astype(np.int64)
    national = np.rint(b * grown).astype(np.int64)
    mix = np.rint(b * (own_rate - grown)).astype(np.int64)
    return ShiftShares(change, national, mix, change - national - mix, known)


def spread(values: Floats) -> Floats:
    """For each industry, the sum of squared shares of the districts: 1 where all of it stands in one of them."""
    totals = np.nansum(values, axis=0)
    by_district = np.divide(values, totals, out=np.full(values.shape, np.nan), where=totals > 0)
    found = np.nansum(by_district**2, axis=0)
    return np.where(np.isnan(values).any(axis=0) | ~(totals > 0), np.nan, found)


def ellison_glaeser(workers: Floats, firms: Floats) -> Floats:
    """How much closer together an industry stands than all work does (Ellison & Glaeser 1997), by industry.

        gamma = (G / (1 - sum x^2) - H) / (1 - H),   G = sum over districts of (s - x)^2

    s is a district's share of the industry's workers, x its share of all workers. H, the concentration of the industry
    in few establishments, is not published: all establishments of a cell are taken as equally large, which gives the
    smallest H there can be, hence the largest gamma. Unknown in any district is unknown.
    """
    known = ~(np.isnan(workers) | np.isnan(firms))
    w, f = np.where(known, workers, 0.0), np.where(known, firms, 0.0)
    totals = w.sum(axis=0)
    s = np.divide(w, totals, out=np.zeros_like(w), where=totals > 0)
    x = (w.sum(axis=1) / max(w.sum(), 1.0))[:, None]
    raw = ((s - x) ** 2).sum(axis=0)
    plants = np.divide(s**2, f, out=np.zeros_like(s), where=f > 0).sum(axis=0)
    spare = 1 - float((x**2).sum())
    gamma = np.full(totals.shape, np.nan)
    sound = known.all(axis=0) & (totals > 0) & (plants < 1) & (((w > 0) & (f <= 0)).sum(axis=0) == 0)
    if spare > 0:
        np.divide(raw / spare - plants, 1 - plants, out=gamma, where=sound)
    return gamma


def known_sums(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Sums by industry over districts, of the cells known in both years."""
    both = ~(np.isnan(before) | np.isnan(after))
    return np.where(both, before, 0.0).sum(axis=0), np.where(both, after, 0.0).sum(axis=0)


def _quotient(above: Floats, below: Floats, *, unknown: float) -> Floats:
    found = np.full(above.shape, unknown)
    np.divide(above, below, out=found, where=below > 0)
    return found
