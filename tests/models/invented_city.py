"""A small city with invented figures for two districts, and tables to run models on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from madang.entities.entity import json_property, language_property, property_, relationship
from madang.models.economy.leontief import Source, Table, checked
from madang.models.economy.regional import Region
from madang.models.industries import INDUSTRIES
from madang.store import Store

CITY = "urn:ngsi-ld:City:test:1"
PROGRAMME = "urn:ngsi-ld:Programme:test:plant"
SHARES = {"electrical-equipment": 0.5, "construction": 0.3, "research-professional": 0.2}
YEARS = {2010: 1.0, 2015: 1.3, 2020: 1.5}


def value_added(district: int, year: int) -> list[int]:
    """Invented value added in won by industry: the second district is larger and has another structure."""
    growth = YEARS[year]
    return [
        round(1e9 * growth ** (1 + n / 10) * (5 + (7 * n) % 11) * (1 if district == 1 else 9 + n))
        for n in range(len(INDUSTRIES))
    ]


def grdp_csv() -> bytes:
    """The national table of the two districts."""
    lines = [",".join(["year", "code", *(i.id for i in INDUSTRIES)])]
    lines += [f"{y},{c}," + ",".join(map(str, value_added(c, y))) for y in YEARS for c in (1, 2)]
    return ("\n".join(lines) + "\n").encode()


def statistic(year: int, **changed: Any) -> dict[str, Any]:
    """The city's own table of a year."""
    doc: dict[str, Any] = {
        "id": f"urn:ngsi-ld:Statistic:test:1-grdp-{year}",
        "type": "Statistic",
        "table": property_("economy/grdp"),
        "year": property_(year),
        "code": property_("1"),
        "refPlace": relationship(CITY),
        "source": relationship("urn:ngsi-ld:Dataset:test:grdp"),
        "status": property_("observed"),
    }
    for industry, value in zip(INDUSTRIES, value_added(1, year), strict=True):
        doc[industry.id] = property_(value, unit="KRW")
    for name, value in changed.items():
        if value is None:
            del doc[name]
        else:
            doc[name] = property_(value, unit="KRW")
    return doc


def programme(amount: float | None = 1e12, **more: Any) -> dict[str, Any]:
    """An investment programme whose split is an assumption."""
    doc: dict[str, Any] = {
        "id": PROGRAMME,
        "type": "Programme",
        "title": language_property({"ko": "공장", "en": "Plant"}),
        "refCity": relationship(CITY),
        "sectorShares": {**json_property(SHARES), "assumption": property_(True)},
        **more,
    }
    if amount is not None:
        doc["amount"] = property_(amount, unit="KRW", status="observed")
    return doc


def dataset(id: str, blobs: dict[str, str]) -> dict[str, Any]:
    """A data set that offers blobs."""
    return {
        "id": f"urn:ngsi-ld:Dataset:test:{id}",
        "type": "Dataset",
        "title": language_property({"ko": id, "en": id}),
        "publisher": language_property({"ko": "시험", "en": "tests"}),
        "licence": property_("CC0"),
        "status": property_("observed"),
        "blobs": json_property(blobs),
    }


def made_store(tmp_path: Path) -> Iterator[Store]:
    """A city with GRDP of three years, and a branch `plan` with one programme."""
    with Store.create(
        tmp_path / "city.gpkg", city_id="test", title={"ko": "시험", "en": "Test"}, synchronous="OFF"
    ) as made:
        with made.transact(actor="tests", reason="found") as tx:
            sha = tx.put_blob(grdp_csv(), media_type="text/csv")
            tx.put(dataset("grdp", {"grdp.csv": sha}))
            tx.put({"id": CITY, "type": "City", "name": language_property({"ko": "시험시", "en": "Test city"})})
            for year in YEARS:
                tx.put(statistic(year))
        made.fork("plan", actor="tests", reason="fork")
        with made.transact(branch="plan", actor="tests", reason="programme") as tx:
            tx.put(programme())
        yield made


# --- invented tables for laws ----------------------------------------------------------------------------------------


def table_from(rng: np.random.Generator, n: int) -> Table:
    """A balanced table of n sectors with imports, taxes and households."""
    parts = rng.dirichlet(np.ones(n + 3), size=n).T
    households = rng.dirichlet(np.ones(n + 2))
    return checked(
        Table(
            codes=tuple(f"D{10 + i:02d}" for i in range(n)),
            labels={f"D{10 + i:02d}": {"ko": str(i), "en": str(i)} for i in range(n)},
            year=2015,
            total=parts[:n],
            imported=rng.random((n, n)) * 0.6,
            imported_final=rng.random(n) * 0.6,
            value_added=1 - parts[: n + 2].sum(axis=0),
            taxes=parts[n],
            taxes_abroad=parts[n + 1],
            households=households[:n],
            household_taxes=float(households[n]),
            household_taxes_abroad=float(households[n + 1]),
            propensity=float(0.2 + 0.5 * rng.random()),
            investment_taxes=0.05,
            investment_taxes_abroad=0.01,
            source=Source("invented", "tests", "CC0", ""),
            output=np.ones(n),
        )
    )


def region_from(rng: np.random.Generator, n: int) -> Region:
    """A region with some industries missing."""
    part = rng.random(n) * 0.1 * (rng.random(n) > 0.2)
    share = float(np.clip(part.mean(), 1e-4, 0.5))
    return Region(part / share, (1 - part) / (1 - share), share, 2020)


seeds = st.integers(0, 2**32 - 1)
