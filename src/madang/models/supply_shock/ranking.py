"""What Korea loses by each dependency under one same restriction, each by itself: the order of the choke points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from madang.indicators.quantity import rounded
from madang.models.base import Inputs, Label
from madang.models.supply_shock import nation, scenario
from madang.models.supply_shock.card import SPEC
from madang.models.supply_shock.losses import Prepared, reckon, whole_of
from madang.models.supply_shock.scenario import Range, Restriction, Scenario
from madang.models.supply_shock.tables import CENTRAL, GRAVE, KIND, settings_of, three

ANY_DAY = date(2000, 1, 1)  # the year is counted from it; the calendar does not matter


def losses_by_dependency(
    inputs: Inputs, *, delivered: float, days: float, shares: Mapping[str, Range]
) -> dict[str, dict[str, float | int | None] | None]:
    """Output lost in Korea in won, low to high, by dependency; None where a buyer's part of its industry is not known.

    `shares` are the origin's shares that stand in place of those on the branch.
    """
    country = nation.country_of(inputs)
    firms, clusters = scenario.rows_of(inputs, "firms"), scenario.rows_of(inputs, "clusters")
    defaults = {p.name: p.default for p in SPEC.params}
    found: dict[str, dict[str, float | int | None] | None] = {}
    for id, row in scenario.rows_of(inputs, "dependencies").items():
        one = scenario.dependency_of(id, row, firms, clusters)
        one = replace(one, share=shares.get(id, one.share))
        name: Label = one.item
        only = Restriction(id, name, 0, ANY_DAY, 0, days, delivered, None)
        case = Scenario((one,), (only,), (), ANY_DAY)
        buyers = nation.buyers_of(case, country)
        if case.lacking or not country.in_won or not all(buyer.is_placed(country) for buyer in buyers):
            found[id] = None
            continue
        made = nation.producers_of(country, buyers, least=defaults["critical_share"])
        ready = Prepared(case, country, buyers, made, (), defaults["restock_days"])
        loss = reckon(ready, three(case), settings_of(whole_of(defaults), [CENTRAL, KIND, GRAVE]))
        korea = loss.everywhere(loss.sectors)
        found[id] = {
            end: rounded(float(korea[at]), "KRW") for end, at in (("low", KIND), ("central", CENTRAL), ("high", GRAVE))
        }
    return found
