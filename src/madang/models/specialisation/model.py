"""The specialisation model: the business census of a city's places against other districts, and its dong against it.

Measures stand in `clusters.measures`, places and industries in `areas`, what is said of each cluster in `answers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from madang.errors import ModelError, both
from madang.indicators.catalogue import indicator
from madang.indicators.quantity import Quantity
from madang.models.base import Context, Inputs, Port, Records, Result, Spec
from madang.models.card import read_words
from madang.models.clusters import measures
from madang.models.specialisation import answers, areas
from madang.models.specialisation.areas import Area

WORDS = read_words(__package__)

SPEC = Spec(
    id="specialisation",
    version="1.0.0",
    title=WORDS.title,
    question=WORDS.question,
    inputs=(
        Port("cities", "City", ("code", "codes"), required=True, label={"ko": "도시", "en": "The city"}),
        Port("places", "Dong", ("code", "name", "area"), label={"ko": "행정동", "en": "Dong"}),
        Port("clusters", "Cluster", ("name", "ksicCodes"), label={"ko": "산업 클러스터", "en": "Clusters"}),
        Port(
            "statistics",
            "IndustryStatistic",
            ("code", "placeName", "year", "refPlace", "workersByIndustry", "firmsByIndustry", "workers", "companies"),
            units={"workers": "IE", "companies": "{company}"},
            required=True,
            label={"ko": "지역·산업별 사업체와 종사자", "en": "Establishments and workers by place and industry"},
        ),
    ),
    outputs=(
        "specialisation.specialised-industries",
        "specialisation.structure",
        "specialisation.hhi",
        "specialisation.competitive-jobs",
        "specialisation.withheld-share",
    ),
    params=(),
    estimates=False,
    engine="numpy",
    engine_version=lambda: np.__version__,
    licence="Apache-2.0",
    assumptions=WORDS.assumptions,
    not_valid=WORDS.not_valid,
    checked=WORDS.checked,
    constants=(("location quotient of 1 counts as specialised", "Hidalgo, Klinger, Barabási & Hausmann 2007"),),
    references=(
        "Isard, W. (1960) Methods of Regional Analysis (location quotient)",
        "Dunn, E. S. (1960) Papers in Regional Science 6, 97-112 (shift-share)",
        "Ellison, G. & Glaeser, E. L. (1997) Journal of Political Economy 105(5), 889-927 (agglomeration)",
        "Hidalgo, C. A., Klinger, B., Barabási, A.-L. & Hausmann, R. (2007) Science 317, 482-487 (relatedness)",
        "Krugman, P. (1991) Geography and Trade (specialisation index)",
    ),
)


class Specialisation:
    """The model; it draws nothing, so its figures carry no band."""

    spec: Spec = SPEC

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        """Specialisation in the latest year, its change, what stands where, and each cluster's own figures."""
        city, by_year = _city(inputs), areas.years(_rows(inputs, "statistics"), _places(inputs))
        latest = max(by_year)
        now = by_year[latest]
        mine = areas.own(now, city)
        if not mine:
            raise ModelError("models.input-missing", model=SPEC.id, port="statistics")
        against = areas.districts(now)
        others = [one for one in against if one not in areas.own(against, city)]
        clusters = [(id, row) for id, row in zip(*_named(inputs, "clusters"), strict=True) if row.get("ksicCodes")]
        sizes = {id: row.get("area") for id, row in zip(*_named(inputs, "places"), strict=True)}
        tables: dict[str, Any] = {
            "year": latest or None,
            "districts": len(against),
            "compared": bool(others),
            "by-industry": answers.by_industry(now, city, compared=bool(others)),
            "by-cluster": [answers.of_cluster(id, row, now, city, compared=bool(others)) for id, row in clusters],
            "by-cluster-place": [one for id, row in clusters for one in answers.by_place(id, row, mine, sizes)],
            "concentration": answers.concentration(areas.dong(mine)),
            "shift-share": _changes(by_year, city),
        }
        notes = list(SPEC.assumptions)
        return Result(indicators=_indicators(now, city, tables, compared=bool(others)), tables=tables, notes=notes)


def _rows(inputs: Inputs, port: str) -> list[Mapping[str, Any]]:
    found = inputs.get(port)
    return list(found.rows) if isinstance(found, Records) else []


def _named(inputs: Inputs, port: str) -> tuple[list[str], list[Mapping[str, Any]]]:
    found = inputs.get(port)
    return (list(found.ids), list(found.rows)) if isinstance(found, Records) else ([], [])


def _city(inputs: Inputs) -> list[str]:
    """Every code of the city, the one of its own first."""
    codes: list[str] = []
    for row in _rows(inputs, "cities"):
        systems = row.get("codes")
        codes += [str(row["code"])] if row.get("code") else []
        codes += [str(one) for one in systems.values()] if isinstance(systems, Mapping) else []
    return list(dict.fromkeys(codes))


def _places(inputs: Inputs) -> dict[str, str]:
    """The dong of the file by code, and by name where the name is one dong only."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for id, row in zip(*_named(inputs, "places"), strict=True):
        if row.get("code"):
            found[str(row["code"])] = id
        name = row.get("name")
        for text in set(name.values()) if isinstance(name, Mapping) else ():
            twice |= {text} & found.keys()
            found[str(text)] = id
    return {key: id for key, id in found.items() if key not in twice}


def _changes(by_year: Mapping[int, list[Area]], city: list[str]) -> list[dict[str, Any]]:
    """Shift-share of the city's workers and firms between one stated year and the next."""
    stated = [year for year in by_year if year != areas.UNSTATED]
    periods = [(measure, *pair) for measure in areas.MEASURES for pair in pairwise(stated)]
    made = [
        answers.shift_share(measure, before, after, by_year[before], by_year[after], city)
        for measure, before, after in periods
    ]
    return [one for one in made if one is not None]


def _indicators(now: list[Area], city: list[str], tables: dict[str, Any], *, compared: bool) -> dict[str, Quantity]:
    one = areas.whole(now, city)
    industries = areas.finest(now, "workers")
    held = areas.table([one] if one else [], industries, "workers").values
    known = bool(held.size) and not np.isnan(held).all()
    quotients = [row["location_quotient"] for row in tables["by-industry"]]
    jobs = [row["competitive"] for row in tables["shift-share"] if row["measure"] == "workers"]
    figures: dict[str, float | None] = {
        "specialised-industries": float(sum(q is not None and q >= 1 for q in quotients)) if compared else None,
        "structure": answers.structure(now, city) if compared else None,
        "hhi": float(measures.herfindahl(held)[0]) if known else None,
        "competitive-jobs": float(jobs[-1]) if jobs else None,
        "withheld-share": 100 * float(np.isnan(held).mean()) if held.size else None,
    }
    notes = dict.fromkeys(("specialised-industries", "structure"), "only-this-city") | {"competitive-jobs": "one-year"}
    return {
        f"specialisation.{name}": _quantity(f"specialisation.{name}", value, notes.get(name, "all-withheld"))
        for name, value in figures.items()
    }


def _quantity(id: str, value: float | None, why: str) -> Quantity:
    entry = indicator(id)
    note = both(f"clusters.{why}") if value is None else None
    return Quantity(value, entry.unit, method=entry.method["en"], note=note)
