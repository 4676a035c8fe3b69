"""What restrictions cost, member by member: the buyers alone, then the industries behind them.

Two reckonings stand side by side. The *direct* one takes each buyer by itself; it needs no table and meets the closed
form of `lab.supply`. The *cascade* lets each industry's shortage reach its customers (`cascade`) and gives industries,
city and country; it is known only where every buyer's part of its industry is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from madang.models.base import Context, Floats, Inputs, Label
from madang.models.supply_shock import cascade, nation, scenario
from madang.models.supply_shock.cascade import DAYS, Items, Path, Setting
from madang.models.supply_shock.nation import CITY, Buyer, Country, Producers
from madang.models.supply_shock.scenario import Scenario, Values

WHOLE = ("cascade_criticality", "cascade_stock_days", "firms_first", "flq_delta")


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A branch ready to be reckoned: `producers` is None where the cascade can't be known, `unplaced` says of whom."""

    scenario: Scenario
    country: Country
    buyers: tuple[Buyer, ...]
    producers: Producers | None
    unplaced: tuple[Buyer, ...]
    restock: float

    @property
    def warnings(self) -> tuple[Label, ...]:
        """What a reader must know of these inputs."""
        return (*self.country.warnings, *(self.producers.warnings if self.producers else ()))


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """What holds for a whole member beside the chosen values of its entities: one entry a member each."""

    critical: Floats
    stock: Floats
    firms_first: Floats
    delta: Floats

    def repeated(self, columns: Sequence[int]) -> Whole:
        """The same, members taken again and again by their number."""
        return Whole(*(getattr(self, name)[list(columns)] for name in Whole.__slots__))


def whole_of(params: Mapping[str, Floats | float]) -> Whole:
    """The model's parameters, vectors or single numbers, as they hold for whole members."""
    return Whole(*(np.atleast_1d(np.asarray(params[name], dtype=np.float64)) for name in WHOLE))


@dataclass(frozen=True, slots=True, eq=False)
class Loss:
    """Lost output. `direct` and `through` are paths: of the buyers alone, of all producers (None where not known)."""

    ready: Prepared
    direct: Path
    through: Path | None

    @property
    def buyers(self) -> Floats:
        """Each buyer's lost share of its yearly output, buyers x members."""
        return np.asarray(self.direct.lost / DAYS)

    @property
    def won(self) -> Floats:
        """Output lost by the buyers themselves, in won; NaN where a buyer's output is not known."""
        return self._in_won(self.buyers)

    def _in_won(self, shares: Floats) -> Floats:
        output = np.array([np.nan if one.output is None else one.output for one in self.ready.buyers])
        return np.asarray(output @ shares) if len(output) else np.zeros(shares.shape[1])

    @property
    def sectors(self) -> Floats | None:
        """Output lost by region and industry in the country's unit, regions x industries x members."""
        if self.through is None or self.ready.producers is None:
            return None
        made, n = self.ready.producers, len(self.ready.country.table.codes)
        found = np.zeros((2, n, self.through.lost.shape[1]))
        np.add.at(found, (made.region, made.industry), made.output[:, None] * self.through.lost / DAYS)
        return found

    def everywhere(self, sectors: Floats | None, *, worth: bool = False, city: bool = False) -> Floats:
        """Output, or value added (`worth`), lost in the country or in the city; NaN where it is not known."""
        members = self.direct.lost.shape[1]
        ready, made = self.ready, self.ready.producers
        if sectors is None or made is None or (city and made.part is None):
            return np.full(members, np.nan)
        per = ready.country.table.value_added if worth else np.ones(len(ready.country.table.codes))
        chosen = sectors[CITY] if city else sectors.sum(axis=0)
        return np.asarray(per @ chosen)

    @property
    def first_shortage(self) -> Floats:
        """The day of the first shortage of any item; DAYS where there is none in the year."""
        members = self.direct.lost.shape[1]
        return np.asarray(self.direct.shortage.min(axis=0)) if len(self.direct.shortage) else np.full(members, DAYS)


def prepare(inputs: Inputs, *, least: float, restock: float) -> Prepared:
    """Inputs checked and as values."""
    found, country = scenario.read(inputs), nation.country_of(inputs)
    buyers = nation.buyers_of(found, country)
    unplaced = tuple(one for one in buyers if not one.is_placed(country))
    producers = None if unplaced else nation.producers_of(country, buyers, least=least)
    return Prepared(found, country, buyers, producers, unplaced, restock)


def reckon(
    ready: Prepared,
    values: Values,
    whole: Whole,
    *,
    taken: Floats | None = None,
    events: Floats | None = None,
    keep_days: bool = False,
    cascading: bool = True,
    ctx: Context | None = None,
) -> Loss:
    """The loss of every member: with the options `taken` (options x members) and of the `events` (events x members)."""
    members = len(whole.critical)
    if taken is not None:
        values = scenario.acted(ready.scenario, values, taken)
    place = {d: k for k, buyer in enumerate(ready.buyers) for d in buyer.dependencies}
    rows = [(d, place[d]) for d in range(len(ready.scenario.dependencies))]
    alone = cascade.idle(members, restock=ready.restock)
    direct = cascade.run(
        cascade.alone(len(ready.buyers)), _items(ready, values, rows, events), alone, keep_days=keep_days, ctx=ctx
    )
    made = ready.producers
    if made is None or not cascading:
        return Loss(ready, direct, None)
    mix = nation.from_own_region(made, whole.delta)
    setting = Setting(whole.critical, whole.stock, whole.firms_first, ready.restock, mix)
    items = _items(ready, values, list(made.rows), events)
    return Loss(ready, direct, cascade.run(made.network, items, setting, keep_days=keep_days, ctx=ctx))


def _items(ready: Prepared, values: Values, rows: Sequence[tuple[int, int]], events: Floats | None) -> Items:
    """Rows of (dependency, holder) as the kernel takes them; a restriction touches the rows of its dependency alone."""
    at = [d for d, _ in rows]
    members = values.stock.shape[1]
    shape = (len(ready.scenario.restrictions), len(rows), members)
    missing, starts, lasts = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    event_of = {n: e for e, event in enumerate(ready.scenario.events) for n in event}
    for n, one in enumerate(ready.scenario.restrictions):
        on = np.ones(members) if events is None else events[event_of[n]]
        for row in (k for k, d in enumerate(at) if d == one.dependency):
            missing[n, row] = on * values.share[one.dependency] * (1 - one.delivered)
            starts[n, row] = one.start
            lasts[n, row] = np.minimum(one.days, values.substitution[one.dependency])
    return Items(
        np.array([p for _, p in rows], dtype=np.intp), values.stock[at], values.critical[at], missing, starts, lasts
    )
