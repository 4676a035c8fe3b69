"""The city beside the rest of Korea: location quotients from value added, and how much of a purchase stays (FLQ).

The Bank of Korea makes tables of provinces, nobody makes one of a city or district (Kwon & Choi 2024), so the regional
split is always *estimated*: by Flegg's location quotient (Flegg & Webber 1997, 2000), on value added of the 16 GRDP
industries:

    SLQ_i = (VA_i of the city / VA of the city) / (VA_i of Korea / VA of Korea)
    CILQ_ij = SLQ_i / SLQ_j            FLQ_ij = lambda * CILQ_ij   (i != j),   lambda * SLQ_i   (i = j)
    lambda = log2(1 + share of the city in Korea) ^ delta,   0 <= delta < 1

A purchase of product i by sector j in the city stays there at the rate min(1, FLQ_ij); what does not stay is bought in
the rest of Korea. Demand of a programme or of households for product i stays at the rate min(1, lambda * SLQ_i).

A sector of a table takes the quotient of the GRDP industry it is part of (the parent's quotient for its children); a
sector over several industries takes that of their sum. An industry the city does not publish is merged into another one
in the source: its size is unknown, nothing is imputed, and the *fallback* is that none of its product is bought in the
city. This understates the city's part and is said in a warning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from madang.models.base import Floats
from madang.models.economy import shipped
from madang.models.economy.leontief import Table
from madang.models.industries import BY_ID, Industry, industry_of


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A city beside the rest of its country, by sector of a table.

    `slq` is the city's location quotient (0 where the industry is not published or absent), `slq_rest` that of the
    rest of the country, `share` the city's part of the country's value added; `unknown` names industries the city does
    not publish, `unplaced` sectors whose industry no code tells.
    """

    slq: Floats
    slq_rest: Floats
    share: float
    year: int
    unknown: tuple[Industry, ...] = ()
    unplaced: tuple[str, ...] = ()


def industries_of(codes: Sequence[str]) -> dict[str, tuple[Industry, ...]]:
    """The GRDP industries each sector of a table is part of; an empty tuple where no code tells."""
    return dict(_industries_of(tuple(codes)))


@lru_cache(maxsize=8)
def _industries_of(codes: tuple[str, ...]) -> dict[str, tuple[Industry, ...]]:
    own = {sector.code: sector.oecd for sector in shipped.sectors()}
    found = {}
    for code in codes:
        parts = [industry_of(part) for part in own.get(code, (code,))]
        found[code] = tuple(dict.fromkeys(part for part in parts if part is not None))
    return found


def region_of(
    codes: Sequence[str], city: Mapping[str, float | None], country: Mapping[str, float | None], *, year: int
) -> Region:
    """The region of a table's sectors, from value added by industry of the city and of the country."""
    parents = industries_of(codes)
    size, whole = (sum(v for id, v in values.items() if id in BY_ID and v) for values in (city, country))
    share = size / whole if whole else 0.0
    quotients, rests = [], []
    for code in codes:
        here = sum(city.get(i.id) or 0.0 for i in parents[code])
        all_ = sum(country.get(i.id) or 0.0 for i in parents[code])
        if all_ <= 0 or not 0 < share < 1:
            quotients.append(0.0)
            rests.append(1.0)
            continue
        part = min(max(here / all_, 0.0), 1.0)  # a negative value added supplies nothing
        quotients.append(part / share)
        rests.append((1 - part) / (1 - share))
    unknown = tuple(i for i in BY_ID.values() if city.get(i.id) is None)
    unplaced = tuple(code for code in codes if not parents[code])
    return Region(np.array(quotients), np.array(rests), share, year, unknown, unplaced)


def outputs_of(
    table: Table, city: Mapping[str, float | None], country: Mapping[str, float | None]
) -> tuple[Floats, Floats] | None:
    """Yearly output by sector in won, of the city and of the country, or None where the table has no output to go by.

    Sectors keep the table's proportions within an industry; their value added sums to the industry's in the country,
    and the city's part of each sector is its part of the industry. An industry nobody publishes has no output.
    """
    if not table.output.size:
        return None
    here, everywhere = np.zeros(len(table.codes)), np.zeros(len(table.codes))
    for industries, at in _groups(industries_of(table.codes), table.codes):
        own, whole = (sum(max(values.get(i.id) or 0.0, 0.0) for i in industries) for values in (city, country))
        worth = float(table.value_added[at] @ table.output[at])
        if worth > 0 and whole > 0:
            everywhere[at] = table.output[at] * whole / worth
            here[at] = everywhere[at] * min(own / whole, 1.0)
    return here, everywhere


def _groups(parents: Mapping[str, tuple[Industry, ...]], codes: Sequence[str]) -> list[tuple[set[Industry], list[int]]]:
    """Sectors put together with the industries they share, so that each industry stands in one group only."""
    groups: list[tuple[set[Industry], list[int]]] = []
    for at, code in enumerate(codes):
        industries, sectors = set(parents[code]), [at]
        for group in [g for g in groups if g[0] & industries]:
            industries, sectors = industries | group[0], sectors + group[1]
            groups.remove(group)
        groups.append((industries, sectors))
    return [(industries, sorted(sectors)) for industries, sectors in groups if industries]


def size_factor(share: float, delta: Floats) -> Floats:
    """Lambda of Flegg & Webber: log2(1 + share) ^ delta, for each delta."""
    return np.asarray(np.log2(1 + share) ** delta, dtype=np.float64)


def cross_quotients(slq: Floats) -> Floats:
    """CILQ_ij = SLQ_i / SLQ_j, with SLQ_i on the diagonal; a buyer of size zero sets no limit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = slq[:, None] / slq[None, :]
    cross[:, slq == 0] = np.inf
    np.fill_diagonal(cross, slq)
    cross[slq == 0, :] = 0.0
    return cross


def staying(slq: Floats, cross: Floats, size: Floats) -> tuple[Floats, Floats]:
    """How much of purchases (members, i, j) and of final demand (members, i) stays in a region, for each lambda."""
    with np.errstate(invalid="ignore"):
        between = np.minimum(1.0, size[:, None, None] * cross[None, :, :])
    return np.nan_to_num(between, nan=0.0), np.minimum(1.0, size[:, None] * slq[None, :])
