"""The economy model: what an alternative moves in the city, in Korea's provinces and abroad, once and year after year.

The kernels stand in `system` (the interregional system), `impact` (the investment), `yearly` (plants, structure, import
content), `prices` (who bears a tax) and `nested` (provinces); tables of flows in `readers` and `shipped`, what the
model is given in `given`, what it shows in `tables`, the card in `card`. Here members are drawn, solved and named.

Members differ in the split over industries (logistic-normal around the stated shares), import shares, FLQ delta and,
for one indicator, in how much of the pledges is carried out. Draws are keyed by programme and sector: two branches with
the same programme see the same draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from madang.errors import ModelError, both
from madang.indicators.catalogue import indicator
from madang.indicators.quantity import Quantity, rounded
from madang.models.base import Context, Floats, Inputs, Result, Spec
from madang.models.card import said
from madang.models.economy import impact, leontief, regional, tables
from madang.models.economy.card import SPEC
from madang.models.economy.given import Prepared, prepare
from madang.models.economy.given import country_totals as country_totals
from madang.models.economy.given import read_table as read_table
from madang.models.economy.given import spread as spread
from madang.models.economy.memory import Memory
from madang.models.economy.prices import investment_tax
from madang.models.economy.system import system_of
from madang.models.economy.yearly import Yearly

CONSERVATION_TOLERANCE = 1e-9  # of the shock; double precision leaves about 1e-15 a step
BILLION = 1e9
OF_OPERATION = tuple(id for id in SPEC.outputs if id.startswith("economy.operating-"))
OF_INVESTMENT = (
    *(id for id in SPEC.outputs[: SPEC.outputs.index("economy.operating-sales")]),
    "economy.local-tax",
)
CITY_TAXES = ("economy.local-tax", "economy.operating-local-tax")


class Economy:
    """The model: reads nothing but its inputs, keeps nothing but a memory of solved responses."""

    spec: Spec = SPEC

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        """The central answer: stated shares, import shares of the table, default parameters."""
        ready = prepare(inputs)
        delta = np.array([float(params["flq_delta"])])
        effects, yearly = _effects(ready, delta, split=0.0, imports=0.0, ctx=ctx)
        _check_conservation(ready, effects, yearly)
        stated = {name: np.array([float(params[name])]) for name in ("realisation", "local_tax_share")}
        columns = _columns(ready, effects, yearly, stated)
        figures = {id: _quantity(id, float(column[0]), ready) for id, column in columns.items()}
        region = ready.region or nowhere(len(ready.table.codes))
        system = system_of(
            ready.table, region, ready.structure, delta=delta, import_factor=np.ones((1, len(ready.table.codes)))
        )
        shock, accounted = float(effects.shock[0, 0]), float(effects.accounted[0, 0])
        return Result(
            indicators=figures,
            tables=tables.tables(ready, effects, yearly, system, figures, delta=float(delta[0])),
            warnings=ready.warnings,
            diagnostics={
                "shock_krw": rounded(shock, "KRW") or 0,
                "accounted_krw": rounded(accounted, "KRW") or 0,
                "spectral_radius": leontief.spectral_radius(ready.table.domestic),
                "city_share_of_value_added": ready.region.share if ready.region else float("nan"),
            },
            notes=tables.notes(ready),
        )

    def run_batch(self, inputs: Inputs, params: Mapping[str, Floats], ctx: Context) -> Mapping[str, Floats]:
        """Every indicator for every member: `params` are vectors, one entry a member."""
        ready = prepare(inputs)
        split, imports = float(params["split_spread"][0]), float(params["import_spread"][0])
        effects, yearly = _effects(ready, params["flq_delta"], split=split, imports=imports, ctx=ctx)
        _check_conservation(ready, effects, yearly)
        return _columns(ready, effects, yearly, params)


def nowhere(sectors: int) -> regional.Region:
    """A region without anything, when there is no GRDP: all that is domestic falls to the rest of the country."""
    return regional.Region(np.zeros(sectors), np.ones(sectors), 0.0, 0)


def _effects(
    ready: Prepared, delta: Floats, *, split: float, imports: float, ctx: Context
) -> tuple[impact.Impact, Yearly]:
    """Effects of all programmes together, members x 1 programme, and what happens a year."""
    members, table = len(delta), ready.table
    shares = np.broadcast_to(ready.shares, (members, *ready.shares.shape)).copy()
    factor = np.ones((members, len(table.codes)))
    if split > 0:
        for p, id in enumerate(ready.ids):
            for at in np.flatnonzero(ready.shares[p]):
                shares[:, p, at] *= np.exp(split * ctx.normal(f"split:{id}:{table.codes[at]}", members))
        shares /= np.maximum(shares.sum(axis=2, keepdims=True), np.finfo(float).tiny)
    if imports > 0:
        for i, code in enumerate(table.codes):
            factor[:, i] += imports * (2 * ctx.stratified(f"imports:{code}", members) - 1)
    local = np.broadcast_to(ready.local, (members, len(ready.ids))).copy()
    given = impact.Assumed(delta, factor, ready.structure, investment_tax(ready.taxes))
    demand = impact.Demand(shares, local)
    region, question = ready.region or nowhere(len(table.codes)), ready.question
    solved = _RESPONSES.of(
        (table, region, demand, given, question),
        lambda: impact.evaluate_all(table, region, demand, given, question=question, ctx=ctx),
    )
    return solved.impact.scaled(ready.amounts), solved.yearly


_RESPONSES = Memory[impact.Solved]()


def _check_conservation(ready: Prepared, effects: impact.Impact, yearly: Yearly) -> None:
    """Nothing is lost: of the investment, of a plant's output, of a structure at the same final demand."""
    plants = yearly.operating_value_added.sum(axis=2) + yearly.operating_imports + yearly.operating_taxes
    moved = yearly.structural_value_added.sum(axis=1) + yearly.structural_imports + yearly.structural_taxes
    size = max(float(ready.output.sum()), 1.0) if ready.output is not None else 1.0
    for missing, whole in (
        (np.abs(effects.accounted - effects.shock), np.maximum(effects.shock, 1.0)),
        (np.abs(plants - 1.0), np.ones(1)),
        (np.abs(moved), np.full(1, size)),
    ):
        if (missing > CONSERVATION_TOLERANCE * whole).any():
            raise ModelError("models.not-conserved", model="economy", missing=f"{missing.max():,.6g}")


def _columns(
    ready: Prepared, effects: impact.Impact, yearly: Yearly, stated: Mapping[str, Floats]
) -> dict[str, Floats]:
    """Every indicator by member; NaN where it is unknown."""
    members = len(effects.shock)
    unknown = np.full(members, np.nan)

    def in_city(values: Floats) -> Floats:
        return values if ready.region is not None else unknown

    persons = unknown
    if ready.employment is not None:
        persons = effects.output_by_sector[:, 0].sum(axis=1) @ ready.employment / BILLION
    city_value_added = in_city(effects.value_added[:, 0, 0])
    plants = ready.plant_outputs
    operating = np.einsum("mpr,p->mr", yearly.operating_value_added, plants)
    operating_city = in_city(operating[:, 0])
    rate = stated["local_tax_share"]
    local_rate = np.where(rate > 0, rate, np.nan)
    unsaid = {
        id for lacks, ids in ((ready.unpriced, OF_INVESTMENT), (ready.unsized, OF_OPERATION)) if lacks for id in ids
    }
    found = {
        "economy.shock": effects.shock[:, 0],
        "economy.value-added-city": city_value_added,
        "economy.value-added-rest": in_city(effects.value_added[:, 0, 1]),
        "economy.imports": effects.imports[:, 0],
        "economy.taxes": effects.taxes[:, 0],
        "economy.value-added-korea": effects.value_added[:, 0].sum(axis=1),
        "economy.output-korea": effects.output[:, 0].sum(axis=1),
        "economy.output-city": in_city(effects.output[:, 0, 0]),
        "economy.employment": persons,
        "economy.value-added-city-realised": city_value_added * stated["realisation"],
        "economy.output-induced": effects.induced_output[:, 0].sum(axis=1),
        "economy.value-added-induced": effects.induced_value_added[:, 0].sum(axis=1),
        "economy.value-added-city-induced": in_city(effects.induced_value_added[:, 0, 0]),
        "economy.operating-sales": np.full(members, plants.sum()),
        "economy.operating-value-added-city": operating_city,
        "economy.operating-value-added-korea": operating.sum(axis=1),
        "economy.operating-output-korea": np.einsum("mpr,p->m", yearly.operating_output, plants),
        "economy.operating-imports": yearly.operating_imports @ plants,
        "economy.structural-value-added-city": in_city(yearly.structural_value_added[:, 0]),
        "economy.structural-value-added-korea": in_city(yearly.structural_value_added.sum(axis=1)),
        "economy.structural-imports": in_city(yearly.structural_imports),
        "economy.import-content": 100 * in_city(yearly.import_content),
        "economy.import-content-direct": 100 * in_city(yearly.import_content_direct),
        "economy.import-content-manufacturing": 100 * in_city(yearly.import_content_manufacturing),
        **_borne(ready, yearly),
        "economy.local-tax": city_value_added * local_rate,
        "economy.operating-local-tax": operating_city * local_rate,
    }
    return {id: unknown if id in unsaid else column for id, column in found.items()}


def _borne(ready: Prepared, yearly: Yearly) -> dict[str, Floats]:
    """Who bears the tax changes on output: prices of what households buy, and won a year."""
    city, rest = (np.einsum("mt,t->m", yearly.burden[:, :, r], ready.tax_rates) for r in (0, 1))
    unknown = np.full(len(city), np.nan)
    if ready.place is None:
        # Without GRDP a city has no weight in the country: what it alone taxes is unknown, the rest is the country.
        only_city = any(t.touched.any() and not t.touched[len(ready.table.codes) :].any() for t in ready.taxes)
        price = unknown if only_city else 100 * rest
        return {"economy.price-households": price} | {
            f"economy.{name}": unknown for name in ("tax-households", "tax-households-city", "tax-revenue")
        }
    here, whole = (ready.table.propensity * worth for worth in ready.place.value_added)
    paid = here * city + (whole - here) * rest
    revenue = unknown
    if ready.output is not None:
        collected = float(ready.tax_rates @ (ready.question.taxed @ ready.output)) if len(ready.tax_rates) else 0.0
        revenue = np.full(len(city), collected)
    return {
        "economy.price-households": 100 * paid / whole if whole > 0 else unknown,
        "economy.tax-households": paid,
        "economy.tax-households-city": here * city,
        "economy.tax-revenue": revenue,
    }


def _quantity(id: str, value: float, ready: Prepared) -> Quantity:
    entry, note = indicator(id), None
    if not np.isfinite(value):
        note = _why_unknown(id, ready)
    method = entry.method["en"]
    if id == "economy.employment" and ready.employment_source:
        method = f"{method}; coefficients: {ready.employment_source}"
    return Quantity(value if note is None else None, entry.unit, method=method, note=note)


def _why_unknown(id: str, ready: Prepared) -> dict[str, str]:
    if id in OF_INVESTMENT and ready.unpriced:
        return said("warn-programme-without-amount", programme=ready.unpriced)
    if id in OF_OPERATION and ready.unsized:
        return both("economy.warn-plant-without-output", entity=ready.unsized)
    if id == "economy.employment":
        return said("no-employment")
    if ready.place is None:
        return said("no-grdp")
    if id in CITY_TAXES:
        return both("economy.no-local-tax-share")
    return both("economy.no-output" if ready.output is None else "economy.no-industry")
