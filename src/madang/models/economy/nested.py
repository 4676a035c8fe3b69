"""The rest of Korea in its provinces: the same solve as city and rest, with the rest told apart (17 시도).

What the city sells, buys and keeps is exactly that of the two-region system, and so is what the rest of Korea makes of
each product: the nesting only says where in the rest. Hence national totals and the city's figures agree with the
two-region solve to the last digits, and do not depend on the provinces' figures.

Purchases of a buyer in province r that stay in the rest of Korea:

    own province        at the rate min(1, FLQ of the province), at most all of it
    other provinces     what is left, in proportion to their value added in the product's industry

Purchases of the city from the rest: its own province first. A province with the city in it keeps P = min(1, FLQ), the
city alone H, so P - H stays around the city; at least its own part of the supply. What is left goes to the others by
their supply. Distance plays no other role: no Korean table of flows between provinces is open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from madang.models.base import Floats
from madang.models.economy.leontief import Table
from madang.models.economy.provinces import Provinces
from madang.models.economy.regional import Region, cross_quotients, size_factor, staying
from madang.models.economy.system import System


@dataclass(frozen=True, slots=True, eq=False)
class Nest:
    """City and provinces as one system: (I - A) with the city first, and how purchases from the rest are spread."""

    provinces: Provinces
    matrix: Floats  # R n, R n with R = provinces + 1
    value_added: Floats  # R, n
    response: Floats  # R, R n: value added in a region of one won bought of each product of each region
    weights: Floats  # provinces, n: shares of the supply of each product
    around_final: Floats  # n: the rate at which final purchases stay in the city's province, the city in it

    def spread(self, far: Floats, near: Floats) -> Floats:
        """Final purchases from the rest (n, k) over the provinces (R - 1, n, k); `near` is what the city supplies."""
        whole = near + far
        city = np.divide(near, whole, out=np.zeros_like(whole), where=whole > 0)
        return _from_city(self.weights, self.provinces.around, far, city, self.around_final[:, None])

    def first(self, near: Floats, far: Floats) -> Floats:
        """What purchases in the city and in the rest (n, k) ask of each region's products (R n, k)."""
        return np.concatenate([near[None], self.spread(far, near)]).reshape(-1, near.shape[1])

    def output(self, near: Floats, far: Floats) -> Floats:
        """Output by region and product (R, n, k) for purchases in the city and in the rest (n, k)."""
        solved = np.linalg.solve(self.matrix, self.first(near, far))
        return np.asarray(solved.reshape(-1, *near.shape), dtype=np.float64)

    def value_added_by_region(self, near: Floats, far: Floats) -> Floats:
        """Value added by region (R, k) that purchases in the city and in the rest (n, k) move."""
        return np.asarray(self.response @ self.first(near, far))

    @property
    def nbytes(self) -> int:
        """How much memory the system takes."""
        return self.matrix.nbytes + self.response.nbytes


def nest_of(table: Table, region: Region, provinces: Provinces, system: System, *, delta: float) -> Nest:
    """The nested system of the first member of a two-region system, at its FLQ delta."""
    n, many = len(table.codes), len(provinces.codes)
    a = np.eye(2 * n) - system.matrix[0]
    supply = provinces.value_added.sum(axis=0)
    # A product whose industry nobody in the rest publishes comes from all provinces by their size.
    weights = np.where(supply > 0, provinces.value_added / np.where(supply > 0, supply, 1.0), 0.0)
    weights[:, supply <= 0] = (provinces.sizes / provinces.sizes.sum())[:, None]

    sizes = np.array([delta])
    country = (provinces.value_added.sum(axis=0), provinces.sizes.sum())
    own = np.empty((many, n, n))
    for r in range(many):
        slq, share = _quotients(provinces.value_added[r], provinces.sizes[r], region, country)
        between, _ = staying(slq, cross_quotients(slq), size_factor(share, sizes))
        there = system.there[0]
        own[r] = np.divide(np.minimum(between[0], there), there, out=np.ones_like(there), where=there > 0)
        own[r][weights[r] <= 0] = 0.0
        own[r][weights[r] >= 1 - 1e-12] = 1.0

    kept, kept_final = np.zeros((n, n)), np.zeros(n)
    if (at := provinces.around) is not None:
        slq, share = _quotients(provinces.whole[at], provinces.whole_sizes[at], region, country)
        between, final = staying(slq, cross_quotients(slq), size_factor(share, sizes))
        kept, kept_final = between[0], final[0]

    worth = np.stack([system.value_added[:n], *[system.value_added[n:]] * many])
    full = np.zeros((many + 1, n, many + 1, n))
    full[0, :, 0] = a[:n, :n]
    full[0, :, 1:] = a[:n, None, n:]
    full[1:, :, 0] = _from_city(weights, provinces.around, a[n:, :n], system.here[0], kept)
    rest = a[n:, n:]
    for r in range(many):
        left = (1 - own[r]) * rest
        free = np.where(weights[r] < 1 - 1e-12, 1 - weights[r], 1.0)
        full[1:, :, r + 1] = (weights / free)[:, :, None] * left[None]
        full[r + 1, :, r + 1] = own[r] * rest
    matrix = np.eye((many + 1) * n) - full.reshape((many + 1) * n, -1)
    earned = np.zeros((many + 1, (many + 1) * n))
    for r in range(many + 1):
        earned[r, r * n : (r + 1) * n] = worth[r]
    response = np.ascontiguousarray(np.linalg.solve(matrix.T, earned.T).T)
    return Nest(provinces, matrix, worth, response, weights, kept_final)


def alternatives(table: Table, nest: Nest, system: System, spending: Floats) -> Floats:
    """Value added by region (alternatives x R) of many programmes' spending by product (alternatives x n), in won.

    Effects are linear in spending: the response to one won of each product is solved once, the rest is a product.
    """
    n = len(table.codes)
    basic = 1 - table.investment_taxes - table.investment_taxes_abroad
    near, far = system.final_in_city(np.eye(n)[None] * basic, system.here_final[:1, None, :])
    response = nest.value_added_by_region(near[0].T, far[0].T)
    return np.asarray(spending @ response.T)


# --- inside ----------------------------------------------------------------------------------------------------------


def _quotients(values: Floats, size: float, region: Region, country: tuple[Floats, float]) -> tuple[Floats, float]:
    """Location quotients and the share of a province in the country, the city being in the country."""
    rest_share = 1 - region.share
    whole_size = country[1] / rest_share if rest_share > 0 else country[1]
    part_of_rest = 1 - region.slq * region.share  # of each product, the rest's part of the country
    whole = np.divide(country[0], part_of_rest, out=np.zeros_like(values), where=part_of_rest > 1e-12)
    share = float(size / whole_size)
    slq = np.divide(values / share, whole, out=np.zeros_like(values), where=whole > 0) if share > 0 else values * 0
    return slq, share


def _from_city(weights: Floats, at: int | None, far: Floats, city: Floats, kept: Floats) -> Floats:
    """What the city buys from the rest (n, k), over the provinces: around the city first, then by supply."""
    if at is None:
        return np.asarray(weights[:, :, None] * far[None])
    own = weights[at][:, None]
    around = np.divide(np.maximum(kept - city, 0.0), 1 - city, out=np.zeros_like(far), where=city < 1)
    around = np.where(own > 0, np.maximum(np.minimum(around, 1.0), own), 0.0)
    around = np.where(own >= 1 - 1e-12, 1.0, around)
    free = np.where(own < 1 - 1e-12, 1 - own, 1.0)
    spread = (weights[:, :, None] / free) * ((1 - around) * far)[None]
    spread[at] = around * far
    return np.asarray(spread)
