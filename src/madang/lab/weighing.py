"""The door to weighing: `city.weighing`. Weights from judgements, alternatives under weights, benefits against costs.

Answers carry their method and seed. They are given back, not written; `keep` writes one as an `Evaluation` record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from madang import clock
from madang.entities.entity import Document, json_property, language_property, property_, value_of
from madang.errors import CallerError, DataError, Pair, both
from madang.lab import ahp, compare
from madang.lab.acceptability import DRAWS, Criterion, Standing, standings
from madang.lab.ahp import Weights
from madang.lab.benefit_cost import Worth, columns, worth, worths
from madang.lab.register import Title, entities_of, new_id, pair, write
from madang.models.base import Context, Floats, Param
from madang.models.ensemble import BAND, spread_over
from madang.rules.book import Rulebook
from madang.store import Seat

FIRST_YEAR, LAST_YEAR = 1900, 2300
MOST_WON = 1e18  # more than five hundred years of the country's product
RATE_TOPIC, RATE_ID = "preliminary-feasibility", "pfs-discount-rate"


@dataclass(frozen=True)
class Ranked:
    """Alternatives from the best on, with the criteria, weights, seed and number of draws they were ranked by."""

    standings: tuple[Standing, ...]
    criteria: tuple[Criterion, ...]
    weights: Mapping[str, float] | None
    seed: int
    draws: int
    table: Mapping[str, Mapping[str, float | None]]
    addresses: Mapping[str, Mapping[str, str]]

    def as_json(self) -> dict[str, Any]:
        """The ranking as plain JSON values."""
        return {
            "method": both("clusters.rank-method", draws=self.draws),
            "seed": self.seed,
            "draws": self.draws,
            "criteria": [{"id": one.id, "better": one.better} for one in self.criteria],
            "weights": self.weights,
            "standings": [one.as_json() for one in self.standings],
            "table": {name: dict(row) for name, row in self.table.items()},
            "addresses": {name: dict(row) for name, row in self.addresses.items()},
        }


@dataclass(frozen=True)
class Rate:
    """A discount rate, where it comes from, and whether it is checked."""

    value: float
    label: Pair
    clause: Pair | None
    certainty: str
    as_of: str

    def as_json(self) -> dict[str, Any]:
        """The rate as plain JSON values."""
        return {**vars(self), "unverified": self.certainty != "S", "note": both(f"clusters.rate-{self.certainty_word}")}

    @property
    def certainty_word(self) -> str:
        """'given' for a rate somebody named, else whether its text was read."""
        return "given" if self.clause is None else "read" if self.certainty == "S" else "unverified"


@dataclass(frozen=True)
class Band:
    """The doubt of a worth: B/C and net worth over draws of benefits and costs, and how often B/C exceeds 1."""

    draws: int
    seed: int
    ratio: tuple[float, float, float] | None
    net: tuple[float, float, float]
    above_one: float | None

    def as_json(self) -> dict[str, Any]:
        """The band as plain JSON values."""
        return {
            "draws": self.draws,
            "seed": self.seed,
            "ratio": None if self.ratio is None else list(self.ratio),
            "net": list(self.net),
            "aboveOne": self.above_one,
            "distribution": both("lab.worth-distribution"),
        }


@dataclass(frozen=True)
class BenefitCost:
    """Present worth at a rate, and at one percentage point less and more; the band where doubt was given."""

    worth: Worth
    rate: Rate
    base_year: int
    lower: Worth
    higher: Worth
    band: Band | None = None

    def as_json(self) -> dict[str, Any]:
        """The worth as plain JSON values."""
        return {
            **self.worth.as_json(),
            "rate": self.rate.as_json(),
            "baseYear": self.base_year,
            "atLowerRate": self.lower.as_json(),
            "atHigherRate": self.higher.as_json(),
            "band": None if self.band is None else self.band.as_json(),
            "notes": [] if self.worth.irr is not None else [both("lab.worth-no-irr")],
            "method": both("clusters.worth-method"),
        }


class Weighing:
    """Weighing alternatives: judgements, weighted sums, rank acceptability, benefits and costs."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    def judge(self, *, criteria: Sequence[str], judgements: Sequence[Sequence[Any]]) -> Weights:
        """Weights from pairwise judgements [first, second, value]; refused above a consistency ratio of 0.1."""
        return ahp.weigh(criteria, [read_judgement(one) for one in judgements])

    def rank(
        self,
        *,
        alternatives: Mapping[str, Mapping[str, float | None]],
        criteria: Mapping[str, str],
        weights: Mapping[str, float] | None = None,
        seed: int = 0,
        draws: int = DRAWS,
    ) -> Ranked:
        """Alternatives given as a table; `criteria` says for each whether 'more' or 'less' is better."""
        if not 100 <= draws <= 1_000_000:
            raise CallerError("clusters.draws-beyond", found=draws)
        read = tuple(Criterion(id, better) for id, better in criteria.items())
        found = standings(alternatives, read, weights=weights, seed=seed, draws=draws)
        return Ranked(tuple(found), read, weights, seed, draws, alternatives, {})

    def rank_branches(
        self,
        branches: Sequence[str],
        *,
        criteria: Mapping[str, str],
        against: str = "main",
        weights: Mapping[str, float] | None = None,
        seed: int = 0,
        draws: int = DRAWS,
        by: str | None = None,
    ) -> Ranked:
        """Branches by indicators of their comparison with another, which stands among them (doing nothing)."""
        table: dict[str, dict[str, float | None]] = {}
        addresses: dict[str, dict[str, str]] = {}
        for branch in branches:
            found = self._compared(branch, against, by)
            known = {row.id: row for row in found.rows}
            missing = next((id for id in criteria if id not in known), None)
            if missing is not None:
                raise CallerError("clusters.indicator-unknown", indicator=missing, known=", ".join(sorted(known))[:300])
            table.setdefault(against, {id: known[id].main for id in criteria})
            addresses.setdefault(against, {id: known[id].main_address for id in criteria})
            table[branch] = {id: known[id].branch for id in criteria}
            addresses[branch] = {id: known[id].address for id in criteria}
        made = self.rank(alternatives=table, criteria=criteria, weights=weights, seed=seed, draws=draws)
        return Ranked(made.standings, made.criteria, made.weights, seed, draws, table, addresses)

    def benefit_cost(
        self,
        flows: Mapping[Any, Mapping[str, float]],
        *,
        base_year: int,
        rate_percent: float | None = None,
        as_of: str | None = None,
        benefit_range: Sequence[float] | None = None,
        cost_range: Sequence[float] | None = None,
        draws: int = DRAWS,
        seed: int = 0,
    ) -> BenefitCost:
        """Benefits and costs by year at the discount rate in force on a day, or at one that is named.

        A range holds factors around 1 (0.7, 1.2: from 30 % less to 20 % more), drawn triangularly with the peak at 1.
        """
        rate, read = self._rate(rate_percent, as_of), _flows(flows)
        if not FIRST_YEAR <= base_year <= LAST_YEAR:
            raise DataError("clusters.flow-malformed", year=base_year, found="baseYear")

        def at(percent: float) -> Worth:
            return worth(read, rate=percent / 100, base_year=base_year)

        band = None
        if benefit_range is not None or cost_range is not None:
            band = _band(read, rate.value / 100, base_year, benefit_range, cost_range, draws=draws, seed=seed)
        return BenefitCost(at(rate.value), rate, base_year, at(rate.value - 1), at(rate.value + 1), band)

    def rates(self, *, as_of: str | None = None) -> list[Rate]:
        """The discount rates that the rule packs hold on a day, each with its clause and whether its text was read."""
        day = clock.today(self._seat.store.city.zone) if as_of is None else _day(as_of)
        known = Rulebook(self._seat).thresholds(RATE_TOPIC, as_of=day)
        return [
            Rate(one.value, one.label, one.clause, one.certainty, day.isoformat())
            for one in known
            if one.id.endswith("discount-rate") and one.value is not None
        ]

    def keep(self, *, title: Title, result: Any, reason: str, by: str | None = None) -> Document:
        """Write an answer as a record, with its method and seed."""
        told = result.as_json() if hasattr(result, "as_json") else result
        if not isinstance(told, Mapping) or "method" not in told:
            raise CallerError("clusters.result-without-method")
        view = self._seat.store.view(self._seat.branch_name)
        made: Document = {
            "id": new_id(view, "Evaluation", pair(title)["ko"]),
            "type": "Evaluation",
            "title": language_property(pair(title)),
            "method": property_(pair(told["method"])["en"]),
            "evaluationResult": json_property(dict(told)),
            "date": property_(clock.today(self._seat.store.city.zone).isoformat()),
            "recordedBy": property_(self._seat.actor(by)),
        }
        if told.get("seed") is not None:
            made["seed"] = property_(told["seed"])
        write(self._seat, made, reason=reason, by=by)
        return made

    def evaluations(self) -> list[Document]:
        """The answers that were kept, the newest first."""
        found = entities_of(self._seat.store.view(self._seat.branch_name), "Evaluation")
        return sorted(found, key=lambda one: str(value_of(one, "date")), reverse=True)

    # -- within --------------------------------------------------------------------------------------------------

    def _compared(self, branch: str, against: str, by: str | None) -> compare.Comparison:
        found = compare.known_comparison(self._seat.store, branch, against=against)
        if found is not None:
            return found
        store, actor = self._seat.for_writing(), self._seat.actor(by)
        return compare.compare(store, branch, against=against, models=None, seed=0, actor=actor)

    def _rate(self, percent: float | None, as_of: str | None) -> Rate:
        day = clock.today(self._seat.store.city.zone) if as_of is None else _day(as_of)
        if percent is not None:
            if isinstance(percent, bool) or not isinstance(percent, int | float) or not 1 <= percent <= 30:
                raise DataError("clusters.rate-beyond", rate=percent)
            return Rate(float(percent), both("clusters.rate-label"), None, "-", day.isoformat())
        known = Rulebook(self._seat).thresholds(RATE_TOPIC, as_of=day)
        found = next((one for one in known if one.id == RATE_ID and one.value is not None), None)
        if found is None or found.value is None:
            raise DataError("clusters.rate-not-in-force", day=day.isoformat())
        return Rate(found.value, found.label, found.clause, found.certainty, day.isoformat())


def _band(
    flows: Mapping[int, tuple[float, float]],
    rate: float,
    base_year: int,
    benefit_range: Sequence[float] | None,
    cost_range: Sequence[float] | None,
    *,
    draws: int,
    seed: int,
) -> Band:
    if not 100 <= draws <= 1_000_000:
        raise CallerError("clusters.draws-beyond", found=draws)
    ctx, (years, benefit, cost) = Context(seed), columns(flows)
    gained = _factors(ctx, "worth:benefit", benefit_range, draws)[:, None] * benefit
    spent = _factors(ctx, "worth:cost", cost_range, draws)[:, None] * cost
    found = worths(gained, spent, years, rate=rate, base_year=base_year)
    known = not np.isnan(found.ratio).any()
    return Band(
        draws,
        seed,
        _quantiles(found.ratio, 6) if known else None,
        _quantiles(found.net, 0),
        round(float((found.ratio > 1).mean()), 6) if known else None,
    )


def _factors(ctx: Context, name: str, ends: Sequence[float] | None, draws: int) -> Floats:
    if ends is None:
        return np.ones(draws)
    if len(ends) != 2 or not 0 <= ends[0] <= 1 <= ends[1]:
        raise CallerError("lab.worth-range", found=str(list(ends))[:60])
    around = Param(name, "1", "uncertainty", 1.0, float(ends[0]), float(ends[1]), dist="triangular")
    return spread_over(around, None, ctx.stratified(name, draws))


def _quantiles(values: Floats, digits: int) -> tuple[float, float, float]:
    low, middle, high = (round(float(one), digits) for one in np.quantile(values, BAND))
    return low, middle, high


def read_judgement(said: Sequence[Any]) -> ahp.Judgement:
    """One judgement [first, second, value] as somebody wrote it; '1/3' is a third."""
    if isinstance(said, str) or len(said) != 3:
        raise DataError("clusters.judgement-malformed", found=str(said)[:80])
    first, second, value = said
    if isinstance(value, str) and value.startswith("1/") and value[2:].isdecimal() and int(value[2:]):
        value = 1 / int(value[2:])
    return str(first), str(second), value


def _flows(given: Mapping[Any, Mapping[str, float]]) -> dict[int, tuple[float, float]]:
    found: dict[int, tuple[float, float]] = {}
    for year, row in given.items():
        amounts = (row.get("benefit", 0), row.get("cost", 0)) if isinstance(row, Mapping) else (None, None)
        if not (str(year).isdecimal() and FIRST_YEAR <= int(year) <= LAST_YEAR and all(map(_is_amount, amounts))):
            raise DataError("clusters.flow-malformed", year=year, found=str(row)[:60])
        found[int(year)] = (float(amounts[0] or 0), float(amounts[1] or 0))
    return found


def _is_amount(said: Any) -> bool:
    """Whether something can be an amount of money of one year."""
    return isinstance(said, int | float) and not isinstance(said, bool) and abs(said) <= MOST_WON


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CallerError("clusters.period-malformed", found=text) from None
