"""The clusters model: the city's industries of every year against all districts of the country.

The measures stand in `measures`, the national table in `districts`, finer industries in `detail`. The city's own
figures come from the branch and take the place of its row in the national table: a changed figure changes the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from madang.errors import ModelError
from madang.indicators.catalogue import indicator
from madang.indicators.quantity import Quantity, rounded
from madang.models.base import Blob, Context, Floats, Inputs, Port, Records, Result, Spec
from madang.models.card import read_words, said
from madang.models.clusters import detail, districts, measures
from madang.models.clusters.districts import IDS, Year
from madang.models.industries import INDUSTRIES, industry_of

WORDS = read_words(__package__)
DETAIL_PATTERN = r"industry-detail(-[a-z0-9-]+)?\.csv"

SPEC = Spec(
    id="clusters",
    version="1.0.0",
    title=WORDS.title,
    question=WORDS.question,
    inputs=(
        Port("cities", "City", (), required=True, label={"ko": "도시", "en": "The city"}),
        Port(
            "grdp",
            "Statistic",
            ("refPlace", "code", "year", *IDS),
            units=dict.fromkeys(IDS, "KRW"),
            where={"table": "economy/grdp"},
            required=True,
            label={"ko": "도시의 산업별 부가가치", "en": "Value added of the city by industry"},
        ),
        Port(
            "national",
            "Dataset",
            kind="blob",
            pattern=r"grdp\.csv",
            required=True,
            label={"ko": "전국 시군구 산업별 부가가치", "en": "Value added by industry of all districts"},
        ),
        Port(
            "detail",
            "Dataset",
            kind="blob",
            pattern=DETAIL_PATTERN,
            label={"ko": "세부 산업 자료(KSIC)", "en": "Detailed industries (KSIC)"},
        ),
    ),
    outputs=(
        "clusters.hhi",
        "clusters.specialisation",
        "clusters.specialised-industries",
        "clusters.competitive",
        "clusters.industry-mix",
        "clusters.density-next",
    ),
    params=(),
    words=("industry",),
    estimates=False,
    engine="numpy",
    engine_version=lambda: np.__version__,
    licence="Apache-2.0",
    assumptions=WORDS.assumptions,
    not_valid=WORDS.not_valid,
    checked=WORDS.checked,
    constants=(("location quotient of 1 counts as specialised", "Hidalgo, Klinger, Barabási & Hausmann 2007"),),
    references=(
        "Dunn, E. S. (1960) Papers in Regional Science 6, 97-112 (shift-share)",
        "Esteban-Marquillas, J. M. (1972) Regional and Urban Economics 2(3), 249-261 (allocation effect)",
        "Hidalgo, C. A., Klinger, B., Barabási, A.-L. & Hausmann, R. (2007) Science 317, 482-487 (relatedness)",
        "Krugman, P. (1991) Geography and Trade (specialisation index)",
        "Isard, W. (1960) Methods of Regional Analysis (location quotient)",
    ),
)


class Clusters:
    """The model; it draws nothing, so its figures carry no band."""

    spec: Spec = SPEC

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        """Specialisation now, its change, and what is near; and an answer about one industry when asked."""
        code, own = _city(inputs)
        years = _years(inputs, code, own)
        latest = max(own)
        figures, by_industry = _latest(years[latest], code)
        tables: dict[str, Any] = {"by-industry": by_industry, "year": latest, "district": code}
        figures |= _changes(years, code, sorted(own), tables)
        if asked := str(params.get("industry") or "").strip():
            tables["answer"] = answer(asked, code=code, blob=inputs.get("detail"), by_industry=by_industry)
        return Result(indicators=figures, tables=tables, notes=(*SPEC.assumptions,))


def _city(inputs: Inputs) -> tuple[str, dict[int, Floats]]:
    """The city's code and its values by year and industry, from the branch."""
    cities, grdp = inputs["cities"], inputs["grdp"]
    places = set(cities.ids) if isinstance(cities, Records) else set()
    rows = (
        [row for row in grdp.rows if row.get("refPlace") in places and row.get("year")]
        if isinstance(grdp, Records)
        else []
    )
    if not rows:
        raise ModelError("models.input-missing", model="clusters", port="grdp")
    values = {
        int(row["year"]): np.array([np.nan if row.get(id) is None else float(row[id]) for id in IDS]) for row in rows
    }
    return str(rows[0].get("code") or ""), values


def _years(inputs: Inputs, code: str, own: Mapping[int, Floats]) -> dict[int, Year]:
    national = inputs["national"]
    if not isinstance(national, Blob):
        raise ModelError("models.input-missing", model="clusters", port="national")
    years = districts.read_years(national.data)
    missing = next((year for year in own if year not in years), None)
    if missing is not None:
        raise ModelError("models.input-missing", model="clusters", port=f"national {missing}")
    return {year: districts.with_row(table, code, own[year]) if year in own else table for year, table in years.items()}


def _latest(year: Year, code: str) -> tuple[dict[str, Quantity], list[dict[str, Any]]]:
    at = year.codes.index(code)
    quotients = measures.location_quotients(year.values)
    near = measures.density(quotients)[at]
    share, whole = measures.shares(year.values)[at], measures.shares(np.nansum(year.values, axis=0))
    own, open_ = quotients[at] >= measures.SPECIALISED, quotients[at] < measures.SPECIALISED
    by_industry = [
        {
            "industry": industry.id,
            "label": industry.label,
            "value_krw": rounded(float(year.values[at, i]), "KRW"),
            "share": rounded(float(share[i]), "1"),
            "national_share": rounded(float(whole[i]), "1"),
            "location_quotient": rounded(float(quotients[at, i]), "1"),
            "density": rounded(float(near[i]), "1"),
            "specialised": bool(own[i]),
        }
        for i, industry in enumerate(INDUSTRIES)
    ]
    figures = {
        "clusters.hhi": float(measures.herfindahl(year.values)[at]),
        "clusters.specialisation": float(measures.krugman(year.values)[at]),
        "clusters.specialised-industries": float(own.sum()),
        "clusters.density-next": float(near[open_].max()) if open_.any() else float("nan"),
    }
    return {id: _quantity(id, value) for id, value in figures.items()}, by_industry


def _changes(years: Mapping[int, Year], code: str, own: list[int], tables: dict[str, Any]) -> dict[str, Quantity]:
    """Shift-share of each period in which the city stands; the latest one gives the indicators."""
    periods = []
    for before, after in pairwise(own):
        both = districts.period(years[before], years[after])
        if code in both.codes:
            parts = _parts(both, code)
            periods.append({"from": before, "to": after, **parts})
    tables["shift-share"] = periods
    latest: dict[str, Any] = periods[-1] if periods else {}
    return {
        "clusters.competitive": _quantity("clusters.competitive", latest.get("competitive_krw")),
        "clusters.industry-mix": _quantity("clusters.industry-mix", latest.get("mix_krw")),
    }


def _parts(both: districts.Period, code: str) -> dict[str, Any]:
    at = both.codes.index(code)
    whole = measures.known_sums(both.before, both.after)
    parts = measures.shift_share(both.before[at], both.after[at], *whole)
    industries = [
        {
            "industry": industry.id,
            "label": industry.label,
            "change_krw": int(parts.change[i]) if parts.known[i] else None,
            "national_krw": int(parts.national[i]) if parts.known[i] else None,
            "mix_krw": int(parts.mix[i]) if parts.known[i] else None,
            "competitive_krw": int(parts.competitive[i]) if parts.known[i] else None,
            "homothetic_krw": int(parts.homothetic[i]) if parts.known[i] else None,
            "allocation_krw": int(parts.allocation[i]) if parts.known[i] else None,
        }
        for i, industry in enumerate(INDUSTRIES)
    ]
    return {
        "change_krw": int(parts.change.sum()) + parts.apart,
        "national_krw": int(parts.national.sum()),
        "mix_krw": int(parts.mix.sum()),
        "competitive_krw": int(parts.competitive.sum()),
        "apart_krw": parts.apart,
        "districts": len(both.codes),
        "left_out": list(both.left_out),
        "by-industry": industries,
    }


def _quantity(id: str, value: float | None) -> Quantity:
    entry = indicator(id)
    if value is None or not np.isfinite(value):
        return Quantity(None, entry.unit, method=entry.method["en"], note=said("no-history"))
    return Quantity(float(value), entry.unit, method=entry.method["en"])


def answer(asked: str, *, code: str, blob: object, by_industry: list[dict[str, Any]]) -> dict[str, Any]:
    """What the city's data say about one industry: its row, a file's row, or which file would answer."""
    meant = detail.understand(asked)
    nearest = _nearest(meant, by_industry)
    told: dict[str, Any] = {"asked": asked, "label": dict(meant.label) if meant else None, "nearest": nearest}
    if meant and meant.industry:
        return told | {"answered": True, "from": "grdp", "nearest": nearest}
    if meant and isinstance(blob, Blob):
        rows = detail.read_detail(blob.data, blob.name)
        known = [m for m in detail.MEASURES if any(m in row.measures for row in rows[:1])]
        found = [_plain(detail.quotient(rows, region=code, codes=meant.codes, measure=m)) for m in known]
        if any(row["value"] is not None and row["share"] is not None for row in found):
            return told | {"answered": True, "from": blob.name, "ksic": list(meant.codes), "measures": found}
    return told | {
        "answered": False,
        "ksic": list(meant.codes) if meant else [],
        "would_answer": detail.files_that_answer(),
    }


def _nearest(meant: detail.Asked | None, by_industry: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The row of the GRDP industry that holds what was asked for."""
    industry = meant and (meant.industry or next(filter(None, map(industry_of, meant.codes)), None))
    return next((row for row in by_industry if industry and row["industry"] == industry.id), None)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: rounded(v, "1") if isinstance(v, float) else v for k, v in row.items()}
