"""What the economy model shows beside its indicators: tables for people and pages, and the notes an answer needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from madang.errors import both, sentence
from madang.indicators.quantity import Quantity, rounded
from madang.models.base import Floats, Label
from madang.models.card import said
from madang.models.economy import impact, nested, shipped
from madang.models.economy.card import SPEC
from madang.models.economy.dependency import content_of, extraction_losses
from madang.models.economy.given import Prepared
from madang.models.economy.memory import Memory
from madang.models.economy.prices import price_changes
from madang.models.economy.provinces import Provinces, label_of
from madang.models.economy.system import System
from madang.models.economy.yearly import Yearly, purchases_of

BILLION = 1e9
Rows = list[dict[str, Any]]
Figures = Mapping[str, Quantity]

_PARTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("economy.value-added-city", {"ko": "지역에 남음", "en": "stays in the city"}),
    ("economy.value-added-rest", {"ko": "나머지 전국", "en": "rest of Korea"}),
    ("economy.imports", {"ko": "해외", "en": "abroad"}),
    ("economy.taxes", {"ko": "생산물세", "en": "taxes on products"}),
)
_EFFECTS = {
    "direct": {"ko": "직접", "en": "direct"},
    "indirect": {"ko": "간접", "en": "indirect"},
    "induced": {"ko": "유발(가계 소비)", "en": "induced (household spending)"},
}


def tables(
    ready: Prepared, effects: impact.Impact, yearly: Yearly, system: System, figures: Figures, *, delta: float
) -> dict[str, Rows]:
    """All tables of the central answer."""
    found = {
        "where-the-money-stays": _where(figures),
        "by-effect": _by_effect(ready, effects),
        "by-sector": _by_sector(ready, effects),
        "import-dependency": _dependency(ready, system),
        **_by_region(ready, effects, yearly, system, delta),
    }
    if ready.plants:
        found["operating"] = _operating(ready, yearly)
    if ready.structure is not None:
        found["structural"] = _structural(ready, yearly)
    if len(ready.tax_rates):
        found["prices"] = _prices(ready, system)
        found["who-bears"] = _who_bears(figures)
    return found


def notes(ready: Prepared) -> Sequence[Label]:
    """What a reader of this answer must know."""
    source, year = ready.table.source, ready.table.year
    said_of_table = {
        language: sentence("models.note-table", language, year=year, **source.words(language))
        for language in ("ko", "en")
    }
    found: list[Label] = [said_of_table, *SPEC.assumptions]
    used = {s.code: s.note for s in shipped.sectors() if s.note}
    shares = ready.shares.sum(axis=0) + sum((p.shares for p in ready.plants), np.zeros(len(ready.table.codes)))
    for i, code in enumerate(ready.table.codes):
        if shares[i] > 0 and (note := used.get(code)):
            found.append(note)
    if ready.region is not None:
        found.append(said("note-region", year=ready.region.year))
        found.append(both("economy.note-hangs-on"))
    if ready.place is not None and ready.place.provinces is not None:
        found.append(both("economy.note-provinces", year=ready.place.region.year))
    if ready.plants:
        found.append(both("economy.note-operating"))
    if ready.structure is not None:
        found.append(both("economy.note-structural"))
    if len(ready.tax_rates):
        found.append(both("economy.note-prices"))
    if any(t.on_investment and t.rate for t in ready.taxes):
        found.append(both("economy.note-investment-tax"))
    return found


# --- the investment --------------------------------------------------------------------------------------------------


def _where(figures: Figures) -> Rows:
    shock = figures["economy.shock"].value or 0.0
    found = []
    for id, label in _PARTS:
        value = figures[id].value
        part = rounded(value / shock, "1") if shock and value is not None else None
        found.append({"id": id, "label": label, "krw": rounded(value, "KRW"), "share": part})
    return found


def _by_effect(ready: Prepared, effects: impact.Impact) -> Rows:
    worth, staff = _worth(ready), ready.employment
    first, whole = effects.direct_by_sector[0, 0], effects.output_by_sector[0, 0]
    kinds = {"direct": first, "indirect": whole - first, "induced": effects.induced_by_sector[0, 0]}
    return [
        {
            "effect": kind,
            "label": _EFFECTS[kind],
            "output_krw": rounded(float(x.sum()), "KRW"),
            "value_added_krw": rounded(float((x * worth).sum()), "KRW"),
            "value_added_city_krw": rounded(float(x[0] @ worth[0]), "KRW") if ready.region else None,
            "employment": rounded(float(x.sum(axis=0) @ staff / BILLION), "IE") if staff is not None else None,
        }
        for kind, x in kinds.items()
    ]


def _by_sector(ready: Prepared, effects: impact.Impact) -> Rows:
    worth, whole = _worth(ready), effects.output_by_sector[0, 0]
    spent = ready.amounts @ ready.shares if len(ready.ids) else np.zeros(len(ready.table.codes))
    return [
        {
            "sector": code,
            "label": dict(ready.table.labels[code]),
            "demand_krw": rounded(float(spent[i]), "KRW"),
            "output_krw": rounded(float(whole[:, i].sum()), "KRW"),
            "value_added_krw": rounded(float(whole[:, i] @ worth[:, i]), "KRW"),
            "value_added_city_krw": rounded(float(whole[0, i] * worth[0, i]), "KRW") if ready.region else None,
            "location_quotient": rounded(float(ready.region.slq[i]), "1") if ready.region else None,
        }
        for i, code in enumerate(ready.table.codes)
    ]


def _worth(ready: Prepared) -> Floats:
    """Value added per unit of output, in the city and in the rest (2, n)."""
    table, structure = ready.table, ready.structure
    if structure is None:
        return np.stack([table.value_added, table.value_added])
    sides = (structure.city, structure.rest)
    return np.stack([table.value_added - (side.inputs - table.total).sum(axis=0) for side in sides])


# --- provinces -------------------------------------------------------------------------------------------------------


def _by_region(
    ready: Prepared, effects: impact.Impact, yearly: Yearly, system: System, delta: float
) -> dict[str, Rows]:
    """Value added in the city and in every province: of the investment, and a year of the plants."""
    two = {"investment": effects.value_added[0, 0]}
    if ready.plants:
        two["plants"] = yearly.operating_value_added[0].T @ ready.plant_outputs
    names = {"investment": "economy.value-added-korea", "plants": "economy.operating-value-added-korea"}
    provinces = ready.place.provinces if ready.place else None
    if ready.place is None or provinces is None:
        known = ready.place is not None
        return {f"by-region:{names[kind]}": _two_rows(worth, known=known) for kind, worth in two.items()}
    region = ready.place.region
    nest = _NESTS.of(
        (ready.table, region, provinces, ready.structure, delta),
        lambda: nested.nest_of(ready.table, region, provinces, system, delta=delta),
    )
    near, far = effects.direct_by_sector[0, 0]
    columns = [(near[:, None], far[:, None])]
    if ready.plants:
        bought = np.stack([purchases_of(system, plant)[0] for plant in ready.plants], axis=1) @ ready.plant_outputs
        n = len(ready.table.codes)
        columns.append((bought[:n, None], bought[n:, None]))
    worth = nest.value_added_by_region(
        np.concatenate([near for near, _ in columns], axis=1), np.concatenate([far for _, far in columns], axis=1)
    )
    if ready.plants:
        worth[0, 1] += float(yearly.operating_own[0] @ ready.plant_outputs)
    return {f"by-region:{names[kind]}": _rows(provinces, worth[:, at]) for at, kind in enumerate(two)}


_NESTS = Memory[nested.Nest](limit_bytes=16 * 2**20)


def _two_rows(worth: Floats, *, known: bool) -> Rows:
    return [
        {
            "region": region,
            "label": both(f"economy.region-{region}"),
            "value": rounded(float(value), "KRW") if known else None,
        }
        for region, value in zip(("city", "rest"), worth, strict=True)
    ]


def _rows(provinces: Provinces, worth: Floats) -> Rows:
    labels = [both("economy.region-city")]
    for at, code in enumerate(provinces.codes):
        around = at == provinces.around
        labels.append(both("economy.region-around", province=label_of(code)) if around else dict(label_of(code)))
    return [
        {"region": region, "label": label, "value": rounded(float(value), "KRW")}
        for region, label, value in zip(("city", *provinces.codes), labels, worth, strict=True)
    ]


# --- year after year -------------------------------------------------------------------------------------------------


def _operating(ready: Prepared, yearly: Yearly) -> Rows:
    """Where the yearly output of the plants goes; the parts sum to it."""
    plants = ready.plant_outputs
    own = float(yearly.operating_own[0] @ plants)
    city, rest = yearly.operating_value_added[0].T @ plants
    parts = {
        "plant": own,
        "suppliers-city": float(city) - own if ready.region else None,
        "suppliers-rest": float(rest) if ready.region else None,
        "suppliers": None if ready.region else float(city + rest) - own,
        "imports": float(yearly.operating_imports[0] @ plants),
        "taxes": float(yearly.operating_taxes[0] @ plants),
    }
    shown = {name: value for name, value in parts.items() if value is not None}
    return [
        {"part": name, "label": both(f"economy.operating-{name}"), "krw_per_year": rounded(value, "KRW")}
        for name, value in shown.items()
    ]


def _structural(ready: Prepared, yearly: Yearly) -> Rows:
    """What a year gains and loses at the same final demand; the parts sum to nothing."""
    city, rest = yearly.structural_value_added[0]
    parts = {
        "city": city,
        "rest": rest,
        "imports": yearly.structural_imports[0],
        "taxes": yearly.structural_taxes[0],
    }
    return [
        {
            "part": name,
            "label": both(f"economy.structural-{name}"),
            "krw_per_year": rounded(float(value), "KRW") if ready.output is not None else None,
        }
        for name, value in parts.items()
    ]


def _dependency(ready: Prepared, system: System) -> Rows:
    """What one won of each product holds of imports, direct and total, in the country and in the city."""
    n, content = len(ready.table.codes), content_of(system)
    losses = extraction_losses(ready.table)
    return [
        {
            "sector": code,
            "label": dict(ready.table.labels[code]),
            "direct": rounded(float(content.direct[n + i]), "1"),
            "total": rounded(float(content.total[n + i]), "1"),
            "value_added": rounded(float(content.value_added[n + i]), "1"),
            "direct_city": rounded(float(content.direct[i]), "1") if ready.region else None,
            "total_city": rounded(float(content.total[i]), "1") if ready.region else None,
            "output_lost_without_it": rounded(float(losses[i]), "1"),
        }
        for i, code in enumerate(ready.table.codes)
    ]


def _prices(ready: Prepared, system: System) -> Rows:
    """By how many percent each product becomes dearer, in the country and in the city, if all is passed on."""
    n = len(ready.table.codes)
    change = 100 * price_changes(system.matrix[0], ready.tax_rates @ ready.question.taxed)
    return [
        {
            "sector": code,
            "label": dict(ready.table.labels[code]),
            "price_percent": rounded(float(change[n + i]), "P1"),
            "price_city_percent": rounded(float(change[i]), "P1") if ready.region else None,
        }
        for i, code in enumerate(ready.table.codes)
    ]


def _who_bears(figures: Figures) -> Rows:
    """Who pays what is collected in a year; final users other than households take the rest of it."""
    collected, paid, here = (
        figures[f"economy.{name}"].value for name in ("tax-revenue", "tax-households", "tax-households-city")
    )
    parts = {
        "households-city": here,
        "households-rest": None if paid is None or here is None else paid - here,
        "others": None if collected is None or paid is None else collected - paid,
        "collected": collected,
    }
    return [
        {"who": name, "label": both(f"economy.bears-{name}"), "krw_per_year": rounded(value, "KRW")}
        for name, value in parts.items()
    ]
