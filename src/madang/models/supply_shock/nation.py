"""The industries around the buyers: of the country, and of the city where its value added is loaded, in won if known.

The table gives coefficients; the national value added of all districts gives their size in won: an industry's output
is its share of the table's output, times value added over the table's value added per unit of output. The city's part
of an industry follows from location quotients and FLQ, as in the economy model (`economy.regional`).

A buyer whose yearly output is stated is a producer of its own beside the rest of its industry in the city, with the
same inputs. A buyer that names an industry and states no output is that industry in the whole country.
Published statistics
may hold less than a buyer says it makes: the industry is then taken as at least its buyers, and a warning says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from madang.errors import DataError, both
from madang.models.base import Blob, Floats, Inputs, Label, Records
from madang.models.economy import regional, shipped
from madang.models.economy.leontief import Table
from madang.models.economy.model import country_totals, read_table
from madang.models.industries import INDUSTRIES, section_of
from madang.models.supply_shock.cascade import Ints, Network
from madang.models.supply_shock.scenario import Scenario

CITY, REST = 0, 1
STOCKED = "ABC"  # sections whose goods can be kept; energy, transport and services can't


@dataclass(frozen=True, slots=True, eq=False)
class Country:
    """The industries as the inputs give them: `output` in won, or as shares of the whole where `in_won` is False."""

    table: Table
    output: Floats
    in_won: bool
    region: regional.Region | None
    year: int | None
    warnings: tuple[Label, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Buyer:
    """A buyer: the industry it is in (None where nothing tells), and its yearly output in won.

    `is_industry` is True for one that is a whole industry of the country.
    """

    name: str
    dependencies: tuple[int, ...]
    industry: int | None
    output: float | None
    is_industry: bool

    def is_placed(self, country: Country) -> bool:
        """Whether it is known how much of its industry this buyer is."""
        return self.industry is not None and (self.is_industry or (self.output is not None and country.in_won))


@dataclass(frozen=True, slots=True, eq=False)
class Producers:
    """The network of producers for a set of buyers, and what each producer is.

    `industry`, `region` and `output` go by producer; `rows` says for each row of items its dependency and producer.
    `slots` K x P is the product that each slot holds, -1 where it is empty; `part` the city's part of each industry,
    None where there is no city beside the country.
    """

    network: Network
    slots: Ints
    industry: Ints
    region: Ints
    output: Floats
    rows: tuple[tuple[int, int], ...]
    part: Floats | None
    share: float
    warnings: tuple[Label, ...] = ()


def country_of(inputs: Inputs) -> Country:
    """The industries of the country and of the city, as far as data are loaded."""
    table = read_table(inputs["table"])
    output = np.asarray(table.output if len(table.output) else np.ones(len(table.codes)), dtype=np.float64)
    output, warnings = output / output.sum(), list[Label]()
    national, grdp, cities = inputs.get("national"), inputs.get("grdp"), inputs.get("cities")
    places = set(cities.ids) if isinstance(cities, Records) else set()
    rows = (
        [row for row in grdp.rows if row.get("refPlace") in places and row.get("year")]
        if isinstance(grdp, Records)
        else []
    )
    latest = max(rows, key=lambda row: int(row["year"]), default=None)
    year = int(latest["year"]) if latest else latest_year(national)
    totals = country_totals(national.data, year) if isinstance(national, Blob) and year is not None else {}
    if not totals:
        return Country(table, output, False, None, None, (both("supply_shock.no-national"),))
    output = output * (sum(totals.values()) / float(output @ table.value_added))
    if latest is None:
        return Country(table, output, True, None, year, (both("supply_shock.no-grdp"),))
    city = {one.id: latest.get(one.id) for one in INDUSTRIES}
    region = regional.region_of(table.codes, city, totals, year=year or 0)
    warnings += [both("supply_shock.industry-unpublished", industry=one.label, year=year) for one in region.unknown]
    return Country(table, output, True, region, year, tuple(warnings))


def latest_year(national: object) -> int | None:
    """The latest year of the table of all districts."""
    if not isinstance(national, Blob):
        return None
    years = [int(line.split(",", 1)[0]) for line in national.data.decode("utf-8").splitlines()[1:] if line]
    return max(years, default=None)


# --- buyers ----------------------------------------------------------------------------------------------------------


def buyers_of(scenario: Scenario, country: Country) -> tuple[Buyer, ...]:
    """The buyers of a scenario; their dependencies must agree on what the buyer makes in a year."""
    found = []
    for name in scenario.buyers:
        mine = tuple(n for n, one in enumerate(scenario.dependencies) if one.buyer == name)
        said = {scenario.dependencies[n].output for n in mine} - {None}
        if len(said) > 1:
            amounts = " / ".join(f"{v:,.0f}" for v in sorted(v for v in said if v is not None))
            raise DataError("supply_shock.buyer-disagrees", buyer=name, found=amounts)
        output = next(iter(said), None)
        names = dict.fromkeys(n for one in mine for n in scenario.dependencies[one].names)
        industry = next((at for n in names if (at := place(n, country.table)) is not None), None)
        is_industry = output is None and industry is not None and place(name, country.table) is not None
        if is_industry and industry is not None and country.in_won:
            output = float(country.output[industry])
        found.append(Buyer(name, mine, industry, output, is_industry))
    return tuple(found)


def place(name: str, table: Table) -> int | None:
    """The sector of a table that a word names: its code, its label, or a KSIC code within it; None where none does.

    KSIC divisions are ISIC divisions for this purpose, so a table by ISIC tells them (`industries`). A letter and two
    digits is first a code of the table: Bank of Korea codes look like KSIC divisions and are not.
    """
    word = name.strip()
    if word in table.codes:
        return table.codes.index(word)
    for n, code in enumerate(table.codes):
        if word in set(table.labels.get(code, {}).values()):
            return n
    digits = word[1:] if word[:1].isalpha() and word[:1].isascii() else word
    if len(digits) < 2 or not digits.isdigit() or len(digits) > 5:
        return None
    division = int(digits[:2])
    own = {sector.code: sector.oecd for sector in shipped.sectors()}
    return next((n for n, code in enumerate(table.codes) if _holds(own.get(code, (code,)), division)), None)


def _holds(codes: Sequence[str], division: int) -> bool:
    for code in codes:
        first, _, last = code.removeprefix("D").partition("T")
        if code.startswith("D") and first.isdigit() and int(first) <= division <= int(last or first):
            return True
    return False


# --- producers -------------------------------------------------------------------------------------------------------


def producers_of(country: Country, buyers: Sequence[Buyer], *, least: float) -> Producers:
    """The network around these buyers, all of which must be placed; inputs below `least` of output stop nobody."""
    table, n = country.table, len(country.table.codes)
    firms = [one for one in buyers if not one.is_industry]
    made = np.zeros(n)
    for one in firms:
        assert one.industry is not None
        assert one.output is not None
        made[one.industry] += one.output
    part = np.zeros(n) if country.region is None else np.minimum(1.0, country.region.slq * country.region.share)
    city, whole, warnings = part * country.output, country.output, list[Label]()
    larger = made > (city if country.region is not None else whole) * (1 + 1e-9)
    for at in np.flatnonzero(larger):
        warnings.append(both("supply_shock.larger-than-industry", industry=dict(table.labels[table.codes[at]])))
    if country.region is not None:
        city = np.maximum(city, made)
    whole = np.maximum(whole, np.maximum(city, made))

    regions = [city, whole - city] if country.region is not None else [whole]
    goods = len(regions) * n
    industry = np.array([*list(range(n)) * len(regions), *(int(one.industry or 0) for one in firms)], dtype=np.intp)
    region = np.array([*np.repeat(range(len(regions)), n), *[CITY] * len(firms)], dtype=np.intp)
    weights, output = _parts(np.concatenate(regions), industry, np.array([float(one.output or 0.0) for one in firms]))
    rows = [(d, goods + k) for k, one in enumerate(firms) for d in one.dependencies]
    for one in buyers:
        if one.is_industry:
            rows += [(d, r * n + int(one.industry or 0)) for d in one.dependencies for r in range(len(regions))]
    slots = _slots(table, industry, least)
    own = region * n if len(regions) > 1 else np.zeros_like(region)
    other = (1 - region) * n if len(regions) > 1 else own
    network = Network(
        weights,
        np.where(slots < 0, goods, slots + own),
        np.where(slots < 0, goods, slots + other),
        (slots >= 0) & _is_stocked(table)[slots],
        np.tile(_to_firms(table), len(regions)),
    )
    share = 1.0 if country.region is None else country.region.share
    city_part = None if country.region is None else np.divide(city, whole, out=np.zeros(n), where=whole > 0)
    return Producers(network, slots, industry, region, output, tuple(rows), city_part, share, tuple(warnings))


def from_own_region(producers: Producers, delta: Floats) -> Floats | None:
    """K x P x members: the part of each input that is of the producer's own region, by FLQ; None without a city."""
    if producers.part is None:
        return None
    part, share = producers.part, producers.share
    kept = []
    for slq, size in ((part / share, share), ((1 - part) / (1 - share), 1 - share)):
        here, _ = regional.staying(slq, regional.cross_quotients(slq), regional.size_factor(size, delta))
        kept.append(here)
    kept[REST][:, part == 0, :] = 1.0  # what the city does not make, the rest makes
    both_regions = np.stack(kept)
    at = np.maximum(producers.slots, 0)
    found = both_regions[producers.region[None], :, at, producers.industry[None]]
    return np.asarray(np.where(producers.slots[:, :, None] < 0, 0.0, found))


def purchases(table: Table, output: Floats) -> Floats:
    """The part of each good made at home that each industry buys, never more than the whole good together."""
    bought = table.domestic * output[None, :]
    part = np.divide(bought, output[:, None], out=np.zeros_like(bought), where=output[:, None] > 0)
    return np.asarray(part / np.maximum(part.sum(axis=1, keepdims=True), 1.0))


def _parts(goods: Floats, industry: Ints, firms: Floats) -> tuple[Floats, Floats]:
    """Each producer's part of its good, goods x producers, and its output; the firms' come out of their industry's."""
    count = len(goods)
    weights, output = np.eye(count, count + len(firms)), np.concatenate([goods, firms])
    for k, made in enumerate(firms):
        at = int(industry[count + k])
        weights[at, count + k] = made / goods[at] if goods[at] > 0 else 0.0
        output[at] = max(0.0, output[at] - made)
    for at in set(industry[count:].tolist()):
        weights[at, at] = max(0.0, 1.0 - weights[at, count:].sum())
    return weights, output


def _slots(table: Table, industry: Ints, least: float) -> Ints:
    """The home products that can stop each producer, the largest first; -1 fills the rest.

    What firms of one industry buy of each other is left out: the table does not tell whose product it is, and taken as
    critical the loss of one firm would spread to its whole industry day after day.
    """
    home = table.domestic * (1 - np.eye(len(table.codes)))
    needed = [np.flatnonzero((home[:, j] >= least) & (home[:, j] > 0)) for j in range(len(table.codes))]
    width = max((len(one) for one in needed), default=0)
    slots = np.full((width, len(table.codes)), -1, dtype=np.intp)
    for j, one in enumerate(needed):
        slots[: len(one), j] = one[np.argsort(-home[one, j], kind="stable")]
    return np.asarray(slots[:, industry])


def _is_stocked(table: Table) -> NDArray[np.bool_]:
    """Which products can be kept in stock, by the section of their code; a code that tells none counts as goods."""
    own = {sector.code: sector.oecd for sector in shipped.sectors()}
    sections = [section_of(own.get(code, (code,))[0]) for code in table.codes]
    return np.array([one is None or one in STOCKED for one in sections])


def _to_firms(table: Table) -> Floats:
    """The part of each good made at home that firms buy."""
    output = table.output if len(table.output) else np.ones(len(table.codes))
    return np.asarray(np.clip(purchases(table, output).sum(axis=1), 1e-6, 1.0))
