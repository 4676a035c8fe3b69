"""What people read: each restriction, the course of the year, industries, options one by one, and sets of options.

Every row has its central value and, as `low` and `high`, the two ends of what the ranges allow: every chosen value at
its kind end and no cascade at all, every one at its grave end and a strict cascade (criticality 1, all customers in
proportion). These are bounds, not percentiles; the percentiles stand on the indicators.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations
from typing import Any

import numpy as np

from madang.errors import both
from madang.indicators.quantity import rounded
from madang.models.base import Context, Floats
from madang.models.supply_shock import scenario
from madang.models.supply_shock.cascade import DAYS
from madang.models.supply_shock.losses import Loss, Prepared, Whole, reckon
from madang.models.supply_shock.nation import CITY
from madang.models.supply_shock.scenario import Values

PERCENT = 100.0
DAILY_ROWS = 120  # a longer course is shown week by week
ALL_SETS_OF = 6  # options of which every set is reckoned; of more, sets grow by the best one
CENTRAL, KIND, GRAVE = 0, 1, 2
Row = dict[str, Any]


def tables(ready: Prepared, whole: Whole, ctx: Context) -> dict[str, list[Row]]:
    """All tables of an answer."""
    found = ready.scenario
    values = three(found)
    settings = settings_of(whole, [CENTRAL, KIND, GRAVE])
    loss = reckon(ready, values, settings, keep_days=True, ctx=ctx)
    made = {
        "buyers": _buyers(ready, loss),
        "restrictions": _restrictions(ready, loss, values),
        "by-day:supply-shock.share-lost": _course(ready, loss),
        "by-industry": _industries(ready, loss),
        "options": _options(ready, values, whole, loss, ctx),
        "portfolios": _portfolios(ready, values, whole, loss, ctx),
    }
    if loss.through is not None and ready.country.in_won:
        made["by-day:supply-shock.loss-korea"] = _course_of_country(ready, loss)
        if ready.country.region is not None:
            made["by-region:supply-shock.loss-korea"] = _regions(loss)
    return made


def three(found: scenario.Scenario) -> Values:
    """Three members: every value at its centre, at its kind end, at its grave end."""
    middle, ends = scenario.central(found), scenario.ends(found)
    parts = {name: np.hstack([getattr(middle, name), getattr(ends, name)]) for name in Values.__slots__}
    return Values(**parts)


def settings_of(whole: Whole, cases: Sequence[int]) -> Whole:
    """One member a case: the run's own values, no cascade in the kind case, a strict one in the grave."""
    at, base = np.array(cases), whole.repeated([0] * len(cases))
    critical = np.select([at == KIND, at == GRAVE], [0.0, 1.0], base.critical)
    first = np.where(at == GRAVE, 0.0, base.firms_first)
    return Whole(critical, base.stock, first, base.delta)


def _span(three: Floats, unit: str, name: str = "value") -> Row:
    """A central value with its two ends, rounded."""
    return {
        name: rounded(float(three[CENTRAL]), unit),
        "low": rounded(float(three[KIND]), unit),
        "high": rounded(float(three[GRAVE]), unit),
    }


# --- buyers and restrictions -----------------------------------------------------------------------------------------


def _buyers(ready: Prepared, loss: Loss) -> list[Row]:
    rows = []
    labels = ready.country.table.labels
    for k, buyer in enumerate(ready.buyers):
        code = None if buyer.industry is None else ready.country.table.codes[buyer.industry]
        share = loss.buyers[k]
        row: Row = {
            "label": _called(buyer.name),
            "industry": code,
            "industry_label": None if code is None else dict(labels[code]),
            "output_krw": None if buyer.output is None else rounded(buyer.output, "KRW"),
            **{f"share_{end}": rounded(PERCENT * float(share[at]), "P1") for end, at in _ENDS},
            **{
                f"loss_krw_{end}": None if buyer.output is None else rounded(buyer.output * float(share[at]), "KRW")
                for end, at in _ENDS
            },
            "peak_percent": rounded(PERCENT * float(loss.direct.peak[k, CENTRAL]), "P1"),
            **{f"recovered_{end}": _date(ready, float(loss.direct.felt_until[k, at])) for end, at in _ENDS},
        }
        rows.append(row)
    return rows


_ENDS = (("low", KIND), ("central", CENTRAL), ("high", GRAVE))
_CASES = (("kind", KIND), ("central", CENTRAL), ("grave", GRAVE))  # what an option spares need not rise with the loss


def _restrictions(ready: Prepared, loss: Loss, values: Values) -> list[Row]:
    rows = []
    for one in ready.scenario.restrictions:
        of = ready.scenario.dependencies[one.dependency]
        # direct rows go by dependency, in its order
        first = loss.direct.shortage[one.dependency]
        rows.append(
            {
                "id": one.id,
                "label": dict(one.name),
                "dependency": of.id,
                "item": dict(of.item),
                "hs_code": of.hs_code,
                "origin": of.origin,
                "buyer": of.buyer,
                "starts_on": one.starts_on.isoformat(),
                "days": rounded(one.days, "DAY"),
                "delivered": rounded(one.delivered, "1"),
                "origin_share": rounded(float(values.share[one.dependency, CENTRAL]), "1"),
                "stock_days": rounded(float(values.stock[one.dependency, CENTRAL]), "DAY"),
                **{f"first_shortage_{end}": _date(ready, float(first[at])) for end, at in _ENDS},
                "probability": None if one.probability is None else rounded(one.probability.central, "1"),
            }
        )
    return rows


def _date(ready: Prepared, day: float) -> str | None:
    """The date of a day of the year reckoned; None where nothing comes to pass within it."""
    if ready.scenario.starts_on is None or day >= DAYS:
        return None
    return (ready.scenario.starts_on + timedelta(days=round(day))).isoformat()


# --- the course of the year ------------------------------------------------------------------------------------------


def _days(last: float) -> list[int]:
    """The days that are shown: until two weeks after the last loss, week by week where that is long."""
    until = int(min(DAYS, last + 15))
    return list(range(0, until, 1 if until <= DAILY_ROWS else 7))


def _course(ready: Prepared, loss: Loss) -> list[Row]:
    by_day = loss.direct.by_day
    if by_day is None or not ready.buyers:
        return []
    return [
        {
            "day": day,
            "date": _date(ready, day),
            **_span(PERCENT * by_day[day, k], "P1"),
            "series": _called(buyer.name),
        }
        for k, buyer in enumerate(ready.buyers)
        for day in _days(float(loss.direct.felt_until.max(initial=0.0)))
    ]


def _course_of_country(ready: Prepared, loss: Loss) -> list[Row]:
    if loss.through is None or loss.through.by_day is None or ready.producers is None or not ready.buyers:
        return []
    a_day = np.einsum("p,dpm->dm", ready.producers.output / DAYS, loss.through.by_day)
    until = float(loss.through.felt_until.max(initial=0.0))
    return [{"day": d, "date": _date(ready, d), **_span(a_day[d], "KRW")} for d in _days(until)]


def _industries(ready: Prepared, loss: Loss) -> list[Row]:
    """Every industry: what it loses in Korea and in the city; unknown where the cascade is."""
    table, sectors = ready.country.table, loss.sectors
    hit = {one.industry for one in ready.buyers}
    in_city = ready.country.region is not None
    rows = []
    for j, code in enumerate(table.codes):
        row: Row = {"sector": code, "label": dict(table.labels[code]), "has_buyer": j in hit}
        known = sectors is not None and ready.country.in_won
        lost = sectors[:, j] if sectors is not None else np.full((2, 3), np.nan)
        output = float(ready.country.output[j])
        whole = lost.sum(axis=0)
        row |= _span(whole if known else np.full(3, np.nan), "KRW", "loss_krw")
        row["share_percent"] = rounded(PERCENT * float(whole[CENTRAL]) / output, "P1") if output > 0 else None
        row["value_added_krw"] = rounded(float(whole[CENTRAL] * table.value_added[j]), "KRW") if known else None
        row["loss_city_krw"] = rounded(float(lost[CITY, CENTRAL]), "KRW") if known and in_city else None
        rows.append(row)
    return rows


def _regions(loss: Loss) -> list[Row]:
    sectors = loss.sectors
    assert sectors is not None
    words = (("city", both("supply_shock.the-city")), ("rest", both("supply_shock.the-rest")))
    return [
        {"region": name, "label": label, **_span(sectors[r].sum(axis=0), "KRW")}
        for r, (name, label) in enumerate(words)
    ]


# --- options ---------------------------------------------------------------------------------------------------------


def _options(ready: Prepared, values: Values, whole: Whole, nothing: Loss, ctx: Context) -> list[Row]:
    """Each option by itself: what it spares of the buyer's yearly output, in won, in Korea, and what it costs."""
    options = ready.scenario.options
    if not options:
        return []
    cases = [at for _ in options for at in (CENTRAL, KIND, GRAVE)]
    taken = np.repeat(np.eye(len(options)), 3, axis=1)
    left = reckon(ready, values.repeated(cases), settings_of(whole, cases), taken=taken, ctx=ctx)
    before, after = nothing.everywhere(nothing.sectors), left.everywhere(left.sectors)
    chances = _chances(ready, values)
    rows = []
    for n, option in enumerate(options):
        of = ready.scenario.dependencies[option.dependency]
        k = next(k for k, buyer in enumerate(ready.buyers) if option.dependency in buyer.dependencies)
        mine = slice(3 * n, 3 * n + 3)
        spared, output = nothing.buyers[k] - left.buyers[k, mine], ready.buyers[k].output
        korea = (before - after[mine]) if ready.country.in_won else np.full(3, np.nan)
        won = spared * (np.nan if output is None else output)
        rows.append(
            {
                "id": option.id,
                "label": dict(option.name),
                "kind": option.kind,
                "kind_label": both(f"supply_shock.option-{option.kind}"),
                "item": dict(of.item),
                "buyer": of.buyer,
                "cost_krw": option.cost,
                **{f"spared_share_{case}": rounded(PERCENT * float(spared[at]), "P1") for case, at in _CASES},
                **{f"spared_krw_{case}": rounded(float(won[at]), "KRW") for case, at in _CASES},
                **{f"spared_korea_krw_{case}": rounded(float(korea[at]), "KRW") for case, at in _CASES},
                "expected_spared_krw": _expected(won, chances),
                "spared_per_won": _ratio(won[CENTRAL], option.cost),
            }
        )
    return sorted(rows, key=lambda row: (-float(row["spared_share_central"] or 0.0), row["id"]))


def _portfolios(ready: Prepared, values: Values, whole: Whole, nothing: Loss, ctx: Context) -> list[Row]:
    """Sets of options: what is left, what is spared, what it costs, and whether another set is better in both."""
    options = ready.scenario.options
    if not options:
        return []
    sets = _sets(ready, values, whole, ctx)
    taken = np.array([[float(n in one) for one in sets] for n in range(len(options))])
    columns = [CENTRAL] * len(sets)
    left = reckon(ready, values.repeated(columns), settings_of(whole, columns), taken=taken, ctx=ctx)
    before, after = nothing.everywhere(nothing.sectors)[CENTRAL], left.everywhere(left.sectors)
    chances = _chances(ready, values)
    rows = []
    for at, one in enumerate(sets):
        costs = [options[n].cost for n in one]
        cost = None if any(c is None for c in costs) else sum(c for c in costs if c is not None)
        won = nothing.won[CENTRAL] - left.won[at]
        korea = before - after[at] if ready.country.in_won else np.nan
        rows.append(
            {
                "options": [options[n].id for n in one],
                "label": {lang: " + ".join(options[n].name[lang] for n in one) for lang in ("ko", "en")}
                if one
                else both("supply_shock.nothing-done"),
                "cost_krw": cost,
                "left_share": rounded(PERCENT * float(left.buyers[:, at].max(initial=0.0)), "P1"),
                "spared_krw": rounded(float(won), "KRW"),
                "spared_korea_krw": rounded(float(korea), "KRW"),
                "expected_spared_krw": _expected(np.array([won]), chances),
                "first_shortage": _date(ready, float(left.first_shortage[at])),
            }
        )
    for row in rows:
        row["is_efficient"] = _is_efficient(row, rows)
    return rows


def _sets(ready: Prepared, values: Values, whole: Whole, ctx: Context) -> list[tuple[int, ...]]:
    """All sets of few options; of many, the sets that grow by the option that spares most beside those taken."""
    count = len(ready.scenario.options)
    if count <= ALL_SETS_OF:
        return [one for size in range(count + 1) for one in combinations(range(count), size)]
    found: list[tuple[int, ...]] = [()]
    while len(found[-1]) < count:
        tried = [(*found[-1], n) for n in range(count) if n not in found[-1]]
        taken = np.array([[float(n in one) for one in tried] for n in range(count)])
        columns = [CENTRAL] * len(tried)
        left = reckon(
            ready,
            values.repeated(columns),
            settings_of(whole, columns),
            taken=taken,
            cascading=False,
            ctx=ctx,
        )
        found.append(tried[int(np.argmin(left.buyers.sum(axis=0)))])
    return found


def _is_efficient(row: Row, rows: Sequence[Row]) -> bool | None:
    """Whether no other set costs no more and leaves no more, and one of both less; None where a cost is not known."""
    if row["cost_krw"] is None:
        return None
    mine = (row["cost_krw"], row["left_share"])
    others = [(one["cost_krw"], one["left_share"]) for one in rows if one["cost_krw"] is not None]
    return not any(cost <= mine[0] and left <= mine[1] and (cost, left) != mine for cost, left in others)


def _chances(ready: Prepared, values: Values) -> float:
    """The probability of the year's only event at its centre; NaN where it is not said or there are several."""
    return float(values.chance[0, CENTRAL]) if len(values.chance) == 1 else float("nan")


def _expected(won: Floats, chance: float) -> float | int | None:
    return rounded(float(won[CENTRAL]) * chance, "KRW")


def _ratio(won: float, cost: int | None) -> float | None:
    return rounded(float(won) / cost, "1") if cost else None


def _called(name: str) -> dict[str, str]:
    return {"ko": name, "en": name}
