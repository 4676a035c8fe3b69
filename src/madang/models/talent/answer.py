"""What a balance says: every indicator by member, tables by year and by skill with their bands, and what they lean on.

A skill is judged in the last year up to the target for which its demand is known. A skill without any is in no sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import Pair, both
from madang.indicators.quantity import rounded
from madang.models.base import Floats
from madang.models.ensemble import BAND
from madang.models.talent.balance import Balance, entries_until
from madang.models.talent.cohorts import Whereabouts
from madang.models.talent.stated import Stated

LEAST_SHARE = 0.05  # of the spread that an input must explain to be named
NAMED = 3
SLACK = 1e-9  # persons; less than this is nobody


def known(balance: Balance) -> NDArray[np.bool_]:
    """Skills x years: whether anybody says how many are wanted; the same for every member."""
    return np.asarray(~np.isnan(balance.demand[0]))


def last_known(balance: Balance) -> list[tuple[int, int]]:
    """(skill, year) of each skill with a demand: its last known year."""
    return [(s, int(np.flatnonzero(row)[-1])) for s, row in enumerate(known(balance)) if row.any()]


def columns(stated: Stated, balance: Balance) -> dict[str, Floats]:
    """Every indicator by member; NaN where it is unknown."""
    members = len(balance.demand)
    unknown = np.full(members, np.nan)
    judged = last_known(balance)
    skills, years = [s for s, _ in judged], [t for _, t in judged]
    supply, demand = balance.supply, balance.demand
    gap = supply[:, skills, years] - demand[:, skills, years]
    wanted = demand[:, skills, years].sum(axis=1)
    lacking = np.where(known(balance)[None], np.maximum(0.0, demand - supply), 0.0)
    stayers = balance.staying[:, :, -1].sum(axis=1)
    has_supply = bool(stated.programmes or stated.wanted or stated.promises)
    met = wanted - np.maximum(0.0, -gap).sum(axis=1)
    share = np.divide(100 * met, wanted, out=unknown.copy(), where=wanted > 0)
    return {
        "talent.shortage": np.maximum(0.0, -gap).sum(axis=1) if judged else unknown,
        "talent.gap": gap.sum(axis=1) if judged else unknown,
        "talent.coverage": share if judged else unknown,
        "talent.demand": wanted if judged else unknown,
        "talent.graduates": balance.graduates.sum(axis=(1, 2)) if has_supply else unknown,
        "talent.local-hires": balance.hired.sum(axis=(1, 2)) if has_supply else unknown,
        "talent.stayers": stayers if has_supply else unknown,
        "talent.experienced": stayers * balance.experienced if has_supply else unknown,
        "talent.gap-closed-from": closed_from(balance),
        "talent.shortage-person-years": lacking.sum(axis=(1, 2)) if judged else unknown,
        "talent.cost-per-stayer": cost_per_stayer(stated, balance),
    }


def closed_from(balance: Balance) -> Floats:
    """The first year with known demand from which on nobody lacks, by member; NaN where there is none."""
    is_known = known(balance)
    there = np.flatnonzero(is_known.any(axis=0))
    found = np.full(len(balance.demand), np.nan)
    gap = np.where(is_known[None], balance.supply - balance.demand, 0.0)
    good = np.ones(len(found), dtype=bool)
    for t in there[::-1]:
        good &= (gap[:, :, t] >= -SLACK).all(axis=1)  # NaN is not good
        found[good] = balance.years[t]
    return found


def cost_per_stayer(stated: Stated, balance: Balance) -> Floats:
    """Money for the entries so far over those of them who are at work here, of programmes whose amount is known."""
    target = int(balance.years[-1])
    spent, stay = 0.0, np.zeros(len(balance.demand))
    for p, one in enumerate(stated.programmes):
        part = entries_until(one, target)
        if one.amount is not None and part is not None:
            spent, stay = spent + one.amount * part, stay + balance.staying[:, p, -1]
    found = np.full(len(stay), np.nan)
    np.divide(spent, stay, out=found, where=stay > SLACK)
    return found


# --- tables ----------------------------------------------------------------------------------------------------------


def tables(stated: Stated, central: Balance, drawn: Balance, places: Whereabouts) -> dict[str, list[dict[str, Any]]]:
    """Tables by year and by skill with p05 and p95, and where the people of every programme are in the target year."""
    is_known = known(central)
    lacking = [np.where(is_known[None], np.maximum(0.0, one.demand - one.supply), np.nan) for one in (central, drawn)]
    found = {
        "by-year:talent.graduates": _years(central, *(one.by_skill(one.graduates) for one in (central, drawn))),
        "by-year:talent.local-hires": _years(central, *(one.by_skill(one.hired) for one in (central, drawn))),
        "by-year:talent.stayers": _years(central, *(one.by_skill(one.staying) for one in (central, drawn))),
        "by-year:talent.demand": _years(central, central.demand, drawn.demand),
        "by-year:talent.gap": _years(central, *(one.supply - one.demand for one in (central, drawn))),
        "by-year:talent.shortage": _years(central, *lacking),
    }
    return found | _groups(central, drawn) | {"where-they-are": _where(stated, places)}


def _years(balance: Balance, central: Floats, drawn: Floats) -> list[dict[str, Any]]:
    """Rows of each skill and year."""
    low, high = _band(drawn)
    return [
        {
            "year": int(balance.years[t]),
            "value": rounded(float(central[0, s, t]), "IE"),
            "low": rounded(float(low[s, t]), "IE"),
            "high": rounded(float(high[s, t]), "IE"),
            "series": _same(skill),
        }
        for s, skill in enumerate(balance.skills)
        for t in range(len(balance.years))
    ]


def _band(drawn: Floats) -> tuple[Floats, Floats]:
    """p05 and p95 over members; NaN where any member is unknown."""
    low, high = np.quantile(drawn, (BAND[0], BAND[2]), axis=0)
    return np.asarray(low), np.asarray(high)


def _groups(central: Balance, drawn: Balance) -> dict[str, list[dict[str, Any]]]:
    """By skill in its last year of known demand; weighted by who is wanted. Without one, all is unknown."""
    judged = dict(last_known(central))
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ("gap", "shortage", "coverage")}
    for s, skill in enumerate(central.skills):
        t = judged.get(s)
        values: dict[str, tuple[Floats, Floats]] = {}
        wanted = None
        if t is not None:
            supply, demand = ((c[:, s, t], d[:, s, t]) for c, d in _pairs(central, drawn))
            values["gap"] = tuple(a - b for a, b in zip(supply, demand, strict=True))  # type: ignore[assignment]
            values["shortage"] = tuple(np.maximum(0.0, -gap) for gap in values["gap"])  # type: ignore[assignment]
            if demand[0][0] > 0:
                values["coverage"] = tuple(
                    100 * np.minimum(a, b) / np.where(b > 0, b, np.nan) for a, b in zip(supply, demand, strict=True)
                )  # type: ignore[assignment]
            wanted = rounded(float(demand[0][0]), "IE")
        for name, rows in found.items():
            pair = values.get(name)
            low, high = np.quantile(pair[1], (BAND[0], BAND[2])) if pair else (np.nan, np.nan)
            rows.append(
                {
                    "group": skill,
                    "label": _same(skill),
                    "year": None if t is None else int(central.years[t]),
                    "value": rounded(float(pair[0][0]), "IE") if pair else None,
                    "low": rounded(float(low), "IE"),
                    "high": rounded(float(high), "IE"),
                    "weight": wanted,
                }
            )
    return {f"by-group:talent.{name}": rows for name, rows in found.items()}


def _pairs(central: Balance, drawn: Balance) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    return (central.supply, drawn.supply), (central.demand, drawn.demand)


def _where(stated: Stated, places: Whereabouts) -> list[dict[str, Any]]:
    """Programmes x places: where everybody is who entered until the target year."""
    return [
        {
            "programme": one.id,
            "label": one.name,
            "place": field.name,
            "placeLabel": both(f"talent.place-{field.name.replace('_', '-')}"),
            "persons": rounded(float(getattr(places, field.name)[0, p, -1]), "IE"),
        }
        for p, one in enumerate(stated.programmes)
        for field in fields(places)
        if field.name != "entered"
    ]


def _same(text: str) -> Pair:
    return {"ko": text, "en": text}


# --- what the answer leans on ----------------------------------------------------------------------------------------


def leanings(outcome: Floats, inputs: Mapping[str, Floats]) -> list[tuple[str, float]]:
    """The inputs that explain most of the outcome: (name, squared correlation over members), the largest first."""
    varied = {name: one for name, one in inputs.items() if np.ptp(one) > 0}
    if len(outcome) < 2 or np.isnan(outcome).any() or np.ptp(outcome) <= SLACK or not varied:
        return []
    given = np.array(list(varied.values()))
    given = given - given.mean(axis=1, keepdims=True)
    target = outcome - outcome.mean()
    shares = (given @ target) ** 2 / ((given**2).sum(axis=1) * (target**2).sum())
    found = [(name, float(share)) for name, share in zip(varied, shares, strict=True) if share >= LEAST_SHARE]
    return sorted(found, key=lambda one: (-one[1], one[0]))[:NAMED]
