"""What the census says: of every industry, of a cluster, of each dong, of a change. Plain rows, None where unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from madang.indicators.quantity import rounded
from madang.models.base import Floats
from madang.models.clusters import measures
from madang.models.specialisation import areas
from madang.models.specialisation.areas import Area
from madang.sources.registers.ksic import codes_of, falls_under, label


def by_industry(now: Sequence[Area], city: Sequence[str], *, compared: bool) -> list[dict[str, Any]]:
    """Every industry of the city: counts, share, quotients of workers and of firms, relatedness."""
    industries = areas.finest(now, "workers") or areas.finest(now, "firms")
    one = areas.whole(now, city)
    held = {m: areas.table([one] if one else [], industries, m).values for m in areas.MEASURES}
    quotients = {m: _quotients(now, city, industries, m) if compared else None for m in areas.MEASURES}
    near = _density(now, city, industries) if compared else None
    shares = measures.shares(held["workers"])
    return [
        {
            "industry": code,
            "label": label(code),
            "firms": _at(held["firms"], i),
            "workers": _at(held["workers"], i),
            "share": _at(shares, i),
            "location_quotient": _at(quotients["workers"], i),
            "location_quotient_firms": _at(quotients["firms"], i),
            "density": _at(near, i),
        }
        for i, code in enumerate(industries)
    ]


def of_cluster(
    id: str, row: Mapping[str, Any], now: Sequence[Area], city: Sequence[str], *, compared: bool
) -> dict[str, Any]:
    """A cluster's industries taken together: counts, what is known at least, share and quotient."""
    one, wanted = areas.whole(now, city), codes_of([str(code) for code in row["ksicCodes"]])
    found: dict[str, Any] = {"cluster": id, "codes": wanted, "withheld": 0}
    for measure in areas.MEASURES:
        industries = [code for code in areas.finest(now, measure) if falls_under(code, wanted)]
        mine = areas.table([one] if one else [], industries, measure).values
        covered = bool(industries) and one is not None and measure in one.counts
        known = covered and not np.isnan(mine).any()
        found[measure] = rounded(float(mine.sum()), "1") if known else None
        found[f"{measure}_at_least"] = rounded(float(np.nansum(_own_parts(now, city, industries, measure))), "1")
        found["withheld"] += int(np.isnan(mine).sum())
        share, usual = _share(mine, one, now, measure), _usual(now, industries, measure)
        found[f"{measure}_share"] = rounded(share, "1") if known and share is not None else None
        both = known and compared and share is not None and usual
        found[f"{measure}_quotient"] = rounded(share / usual, "1") if both and share is not None and usual else None
    found["uncovered"] = [code for code in wanted if not _is_covered(code, now)]
    return found


def by_place(id: str, row: Mapping[str, Any], mine: Sequence[Area], sizes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A cluster's industries in every dong of the city: counts, share and quotient against the city, density."""
    some, wanted = areas.dong(mine), codes_of([str(code) for code in row["ksicCodes"]])
    if not some:
        return []
    told: dict[str, Floats] = {}
    totals: dict[str, Floats] = {}
    for measure in areas.MEASURES:
        industries = areas.finest(some, measure)
        every = areas.table(some, industries, measure).values
        asked = np.array([falls_under(code, wanted) for code in industries], dtype=bool)
        told[measure] = every[:, asked].sum(axis=1) if asked.any() else np.full(len(some), np.nan)
        totals[measure] = np.nansum(every, axis=1) if industries else np.full(len(some), np.nan)
    whole = np.nansum(told["workers"]) / np.nansum(totals["workers"]) if np.nansum(totals["workers"]) > 0 else np.nan
    made = []
    for n, one in enumerate(some):
        share = told["workers"][n] / totals["workers"][n] if totals["workers"][n] > 0 else np.nan
        area = sizes.get(one.place or "")
        made.append(
            {
                "cluster": id,
                "place": one.place,
                "code": one.code,
                "label": {"ko": one.name, "en": one.name},
                "firms": rounded(float(told["firms"][n]), "1"),
                "workers": rounded(float(told["workers"][n]), "1"),
                "share": rounded(float(share), "1"),
                "location_quotient": rounded(float(share / whole), "1") if whole > 0 else None,
                "per_km2": rounded(float(told["workers"][n]) / float(area), "1") if area else None,
            }
        )
    return made


def concentration(some: Sequence[Area]) -> list[dict[str, Any]]:
    """How close together each industry stands over the city's dong."""
    industries = areas.finest(some, "workers")
    if len(some) < 2 or not industries:
        return []
    workers, firms = (areas.table(some, industries, m).values for m in ("workers", "firms"))
    spread, gamma = measures.spread(workers), measures.ellison_glaeser(workers, firms)
    return [
        {
            "industry": code,
            "label": label(code),
            "spread": rounded(float(spread[i]), "1"),
            "ellison_glaeser": rounded(float(gamma[i]), "1"),
        }
        for i, code in enumerate(industries)
    ]


def shift_share(
    measure: str, before: int, after: int, then: Sequence[Area], now: Sequence[Area], city: Sequence[str]
) -> dict[str, Any] | None:
    """The parts of the city's change; None where the city or another district is missing in one of the years."""
    first, second = ({one.code: one for one in areas.districts(some)} for some in (then, now))
    codes = sorted(first.keys() & second.keys())
    mine = [n for n, code in enumerate(codes) if areas.own([second[code]], city)]
    industries = areas.finest([first[c] for c in codes] + [second[c] for c in codes], measure)
    if not mine or len(mine) == len(codes) or not industries:
        return None
    b, a = (areas.table([some[c] for c in codes], industries, measure).values for some in (first, second))
    parts = measures.shift_shares(b, a)
    rows = {name: getattr(parts, name)[mine].sum(axis=0) for name in ("change", "national", "mix", "competitive")}
    apart = int(np.nansum(a[mine]) - np.nansum(b[mine])) - int(rows["change"].sum())
    return {
        "measure": measure,
        "from": before,
        "to": after,
        "districts": len(codes),
        "left_out": sorted(first.keys() ^ second.keys()),
        **{name: int(row.sum()) for name, row in rows.items()},
        "apart": apart,
        "by-industry": [
            {"industry": code, "label": label(code), **{name: int(row[i]) for name, row in rows.items()}}
            for i, code in enumerate(industries)
        ],
    }


def structure(now: Sequence[Area], city: Sequence[str]) -> float | None:
    """Half the sum of absolute differences between the city's structure and that of all districts."""
    industries, one = areas.finest(now, "workers"), areas.whole(now, city)
    if one is None or not industries:
        return None
    mine = measures.shares(areas.table([one], industries, "workers").values)[0]
    usual = measures.shares(np.nansum(areas.table(areas.districts(now), industries, "workers").values, axis=0))
    return float(np.nansum(np.abs(np.nan_to_num(mine) - usual)) / 2)


def _quotients(now: Sequence[Area], city: Sequence[str], industries: Sequence[str], measure: str) -> Floats:
    one = areas.whole(now, city)
    mine = measures.shares(areas.table([one] if one else [], industries, measure).values)
    usual = measures.shares(np.nansum(areas.table(areas.districts(now), industries, measure).values, axis=0))
    found = np.full(mine.shape, np.nan)
    np.divide(mine, usual, out=found, where=usual > 0)
    return found


def _density(now: Sequence[Area], city: Sequence[str], industries: Sequence[str]) -> Floats:
    """Relatedness of each industry to those in which the city is specialised, by the specialisations of districts."""
    every = areas.districts(now)
    quotients = measures.location_quotients(areas.table(every, industries, "workers").values)
    near = measures.proximity(quotients)
    own = (np.nan_to_num(_quotients(now, city, industries, "workers")) >= measures.SPECIALISED).astype(np.float64)
    around = near.sum(axis=0)
    found = np.full(own.shape, np.nan)
    np.divide(own @ near, np.broadcast_to(around, own.shape), out=found, where=around > 0)
    return found


def _own_parts(now: Sequence[Area], city: Sequence[str], industries: Sequence[str], measure: str) -> Floats:
    """The finest places of the city: what they state is what there is at least."""
    mine = areas.own(now, city)
    some = areas.dong(mine) or [one for one in mine if one.code not in city] or mine
    return areas.table(some, industries, measure).values


def _share(mine: Floats, one: Area | None, now: Sequence[Area], measure: str) -> float | None:
    every = areas.table([one] if one else [], areas.finest(now, measure), measure).values
    total = float(np.nansum(every))
    return float(np.nansum(mine)) / total if total > 0 else None


def _usual(now: Sequence[Area], industries: Sequence[str], measure: str) -> float | None:
    every, all_industries = areas.districts(now), areas.finest(now, measure)
    total = float(np.nansum(areas.table(every, all_industries, measure).values))
    return float(np.nansum(areas.table(every, industries, measure).values)) / total if total > 0 else None


def _is_covered(code: str, now: Sequence[Area]) -> bool:
    return any(falls_under(held, [code]) for one in now for told in one.counts.values() for held in told)


def _at(values: Floats | None, i: int) -> float | int | None:
    if values is None or not values.size:
        return None
    return rounded(float(values[0, i]), "1")
