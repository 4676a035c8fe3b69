"""The supply-shock model: a branch's restrictions in; shortage, losses, and what options spare out.

The kernel stands in `cascade`, the industries in `nation`, the branch's entities in `scenario`, one reckoning of both
in `losses`, what people read day by day and option by option in `tables`. Here members are drawn and figures named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from madang.errors import both
from madang.indicators.catalogue import indicator
from madang.indicators.quantity import Quantity
from madang.models.base import Context, Floats, Inputs, Label, Result, Spec
from madang.models.economy import shipped
from madang.models.supply_shock import cascade, nation, scenario
from madang.models.supply_shock.card import OUTPUTS, SPEC
from madang.models.supply_shock.losses import Loss, Prepared, Whole, prepare, reckon, whole_of
from madang.models.supply_shock.tables import tables

PERCENT = 100.0


class SupplyShock:
    """The model: reads nothing but its inputs and keeps nothing."""

    spec: Spec = SPEC

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        """The central answer: every value at its centre; tables show the ends of all ranges beside it."""
        ready = _prepare(inputs, {name: float(params[name]) for name in ("critical_share", "restock_days")})
        if ready.scenario.lacking:
            return Result(
                {id: _quantity(id, float("nan"), ready) for id in OUTPUTS},
                warnings=ready.warnings,
                notes=_notes(ready),
            )
        whole = whole_of({p.name: float(params[p.name]) for p in SPEC.params})
        columns = _columns(ready, scenario.central(ready.scenario), whole, ctx)
        return Result(
            indicators={id: _quantity(id, float(column[0]), ready) for id, column in columns.items()},
            tables=tables(ready, whole, ctx),
            warnings=(*ready.warnings, *_left_out(ready)),
            diagnostics={
                "restrictions": float(len(ready.scenario.restrictions)),
                "producers": float(len(ready.producers.output)) if ready.producers else 0.0,
                "cascade_known": float(ready.producers is not None),
            },
            notes=_notes(ready),
        )

    def run_batch(self, inputs: Inputs, params: Mapping[str, Floats], ctx: Context) -> Mapping[str, Floats]:
        """Every indicator for every member: `params` are vectors, one entry a member."""
        ready = _prepare(inputs, {name: float(params[name][0]) for name in ("critical_share", "restock_days")})
        members = len(params["cascade_criticality"])
        if ready.scenario.lacking:
            return {id: np.full(members, np.nan) for id in OUTPUTS}
        return _columns(ready, scenario.drawn(ready.scenario, ctx, members), whole_of(params), ctx)


def _prepare(inputs: Inputs, constants: Mapping[str, float]) -> Prepared:
    return prepare(inputs, least=constants["critical_share"], restock=constants["restock_days"])


# --- figures ---------------------------------------------------------------------------------------------------------


def _columns(ready: Prepared, values: scenario.Values, whole: Whole, ctx: Context) -> dict[str, Floats]:
    """Every indicator by member; NaN where it is unknown."""
    members, options = len(whole.critical), len(ready.scenario.options)
    all_taken = np.ones((options, members))
    nothing = reckon(ready, values, whole, ctx=ctx)
    left = reckon(ready, values, whole, taken=all_taken, ctx=ctx) if options else nothing
    before, after = _sums(ready, nothing), _sums(ready, left)
    expected = {"buyers": np.zeros(members), "korea": np.zeros(members)}
    remains = {"buyers": np.zeros(members), "korea": np.zeros(members)}
    for number, chance in enumerate(values.chance):
        then, still = before, after
        if len(values.chance) > 1:  # each event by itself
            only = np.zeros((len(values.chance), members))
            only[number] = 1.0
            then = _sums(ready, reckon(ready, values, whole, events=only, ctx=ctx))
            still = _sums(ready, reckon(ready, values, whole, events=only, taken=all_taken, ctx=ctx))
        for whose in expected:
            expected[whose] += chance * then[whose]
            remains[whose] += chance * still[whose]
    cost = sum(option.cost for option in ready.scenario.options if option.cost is not None)
    said = all(option.cost is not None for option in ready.scenario.options)
    found = {
        "first-shortage": nothing.first_shortage,
        "share-lost": before["share"],
        "loss-buyers": before["buyers"],
        "peak": PERCENT * nothing.direct.peak.max(axis=0, initial=0.0),
        "recovery": nothing.direct.felt_until.max(axis=0, initial=0.0),
        "loss-korea": before["korea"],
        "share-korea": before["share-korea"],
        "loss-city": before["city"],
        "value-added-korea": before["worth-korea"],
        "value-added-city": before["worth-city"],
        "orders-lost": before["orders"],
        "first-shortage-left": left.first_shortage,
        "left-share": after["share"],
        "left-buyers": after["buyers"],
        "left-korea": after["korea"],
        "spared-share": before["share"] - after["share"],
        "spared-buyers": before["buyers"] - after["buyers"],
        "spared-korea": before["korea"] - after["korea"],
        "expected-buyers": expected["buyers"],
        "expected-korea": expected["korea"],
        "expected-spared-buyers": expected["buyers"] - remains["buyers"],
        "expected-spared-korea": expected["korea"] - remains["korea"],
        "options-cost": np.full(members, float(cost) if said else np.nan),
    }
    return {f"supply-shock.{name}": np.asarray(column, dtype=np.float64) for name, column in found.items()}


def _sums(ready: Prepared, loss: Loss) -> dict[str, Floats]:
    """The sums of a loss by member: of the buyers, of Korea, of the city; NaN where not known."""
    sectors = loss.sectors
    korea, unknown = loss.everywhere(sectors), np.full(loss.direct.lost.shape[1], np.nan)
    orders = unknown
    if sectors is not None:
        output = ready.country.output[:, None]
        lost = np.divide(sectors.sum(axis=0), output, out=np.zeros_like(sectors[0]), where=output > 0)
        bought = nation.purchases(ready.country.table, ready.country.output)
        orders = ((cascade.lost_orders(bought, np.minimum(lost, 1.0)) - np.minimum(lost, 1.0)) * output).sum(axis=0)
    nothing = not ready.scenario.restrictions  # then nothing is lost, whatever else is not known
    won = np.where(ready.country.in_won or nothing, 1.0, np.nan)
    return {
        "share": PERCENT * loss.buyers.max(axis=0, initial=0.0),
        "buyers": loss.won,
        "korea": won * korea,
        "share-korea": PERCENT * korea / ready.country.output.sum(),
        "city": won * loss.everywhere(sectors, city=True),
        "worth-korea": won * loss.everywhere(sectors, worth=True),
        "worth-city": won * loss.everywhere(sectors, worth=True, city=True),
        "orders": won * orders,
    }


def _quantity(id: str, value: float, ready: Prepared) -> Quantity:
    entry = indicator(id)
    note = None if np.isfinite(value) else _why_unknown(id.removeprefix("supply-shock."), ready)
    return Quantity(value if note is None else None, entry.unit, method=entry.method["en"], note=note)


def _why_unknown(name: str, ready: Prepared) -> dict[str, str]:
    """Why a figure is not known, naming the input that would settle it."""
    if ready.scenario.lacking:
        dependency, attribute = ready.scenario.lacking[0]
        return both("supply_shock.unknown-value", dependency=dependency, name=attribute)
    if name == "options-cost":
        without = next(one for one in ready.scenario.options if one.cost is None)
        return both("supply_shock.unknown-cost", option=dict(without.name))
    ours = name.endswith("-buyers") or name == "loss-buyers"
    if ours and (unsaid := [one for one in ready.buyers if one.output is None]):
        return both("supply_shock.unknown-output", buyer=unsaid[0].name)
    if not ours and ready.unplaced:
        buyer = ready.unplaced[0]
        code = "unknown-industry" if buyer.industry is None else "unknown-size"
        return both(f"supply_shock.{code}", buyer=buyer.name)
    if name.startswith("expected"):
        for one in ready.scenario.restrictions:
            if one.probability is None:
                return both("supply_shock.unknown-probability", restriction=dict(one.name))
    return both(
        "supply_shock.no-grdp" if name.endswith("-city") and ready.country.in_won else "supply_shock.no-national"
    )


def _left_out(ready: Prepared) -> tuple[Label, ...]:
    return tuple(both("supply_shock.later", restriction=id, days=cascade.DAYS) for id in ready.scenario.later)


def _notes(ready: Prepared) -> tuple[Label, ...]:
    """What a reader of this answer must know, and which input would change it."""
    table = ready.country.table
    words = {lang: table.source.words(lang) for lang in ("ko", "en")}
    facts = {key: {lang: words[lang][key] for lang in ("ko", "en")} for key in ("title", "publisher", "terms")}
    notes = [both("supply_shock.note-cascade"), both("supply_shock.note-table", year=table.year, **facts)]
    if ready.country.year is not None:
        notes.append(both("supply_shock.note-size", year=ready.country.year))
    if ready.scenario.restrictions:
        notes.append(both("supply_shock.note-what-decides"))
    used = {table.codes[b.industry] for b in ready.buyers if b.industry is not None}
    notes += [one.note for one in shipped.sectors() if one.note and one.code in used]
    return (*notes, *SPEC.assumptions)
