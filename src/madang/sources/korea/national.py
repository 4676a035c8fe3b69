"""National tables as content-addressed blobs: what a model needs to hold a city against the country.

CSV in UTF-8 with `\\n`, rows sorted, numbers in whole units: the same package version gives the same bytes on every
machine, so the same table has one address in all cities. Columns are the item attributes of `Statistic`.

    grdp.csv        year, code, one column an industry, totals; won; empty = merged into another industry, not 0
    companies.csv   year, code, total; definition changed between 2015 and 2020
    population.csv  year, code, total, male, female of "all households" at district level: narrower than the census
    districts.csv   code, parent (city of a gu, else empty), name_ko, grdp_years (1 if the code has GRDP that year)
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from madang.entities.entity import Document
from madang.entities.vocabulary import item_name
from madang.sources.korea import boundaries, census
from madang.sources.korea.datasets import dataset, dataset_id
from madang.sources.korea.names import WON_PER_MILLION

if TYPE_CHECKING:
    from madang.store import Store

Table = Mapping[tuple[int, str], Mapping[str, int]]  # (year, code) -> item -> whole number

GRDP_ITEMS = (
    "agriculture, forestry and fishing",
    "mining and quarrying",
    "manufacturing",
    "electricity, gas, steam and air conditioning supply; water supply and waste management",
    "construction",
    "wholesale and retail trade",
    "transportation and storage",
    "accommodation and food service activities",
    "information and communication",
    "financial and insurance activities",
    "real estate activities; rental and leasing activities",
    "professional, scientific and technical activities; business support facilities",
    "public administration and defence; compulsory social security",
    "education",
    "human health and social work activities",
    "arts, sports and recreation; membership organizations and personal services",
)
GRDP_TOTALS = (
    "net taxes on products",
    "total value added at basic prices",
    "gross regional domestic product at market prices",
)
INDUSTRIES = tuple(item_name(label) for label in GRDP_ITEMS)  # attribute names of the 16 industries
YEARS = (2010, 2015, 2020)


@dataclass(frozen=True)
class NationalTables:
    """The tables of all districts: the Dataset record, its blobs by SHA-256, and the parsed tables."""

    dataset: Document
    blobs: Mapping[str, bytes]
    grdp: Table
    companies: Table
    population: Table
    names: Mapping[str, str]  # code -> Korean name


@cache
def national_tables() -> NationalTables:
    """The tables from the installed package; the same object for every city of a process."""
    labels = (*GRDP_ITEMS, *GRDP_TOTALS)
    grdp = _read("economy", "grdp", scale=WON_PER_MILLION)
    companies = _read("economy", "company")
    population = _read("population", "all households")
    names = district_names()
    files = {
        "grdp.csv": _csv(grdp, [item_name(label) for label in labels]),
        "companies.csv": _csv(companies, ["total"]),
        "population.csv": _csv(population, ["total", "male", "female"]),
        "districts.csv": _districts_csv(grdp, companies, names),
    }
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    rows = len(grdp) + len(companies) + len(population)
    return NationalTables(
        dataset("national", rows=rows, blobs=sums),
        {sums[name]: data for name, data in files.items()},
        grdp, companies, population, names,
    )  # fmt: skip


def national_tables_of(store: Store) -> NationalTables:
    """The tables as a city file holds them, from its blobs; the package need not be installed."""
    found = store.view().document(_stored_id(store))
    sums = {} if found is None else found["blobs"]["json"]
    blobs = {sha: store.blob(sha) for sha in sums.values()}

    def table(name: str) -> Table:
        return parse_table(blobs[sums[name]]) if name in sums else {}

    names = _parse_names(blobs[sums["districts.csv"]]) if "districts.csv" in sums else {}
    return NationalTables(found or {}, blobs, table("grdp.csv"), table("companies.csv"), table("population.csv"), names)


def _stored_id(store: Store) -> str:
    """The national Dataset in a file, whichever package version it came from."""
    from madang.entities.query import Query, parse_types

    ids = store.view().ids(Query(types=parse_types("Dataset")))
    found = sorted(id for id in ids if ":national-" in id)
    return found[-1] if found else dataset_id("national")


def _read(type: str, class1: str, *, scale: int = 1) -> Table:
    rows = census.district_rows(type, class1)
    found: dict[tuple[int, str], dict[str, int]] = {}
    columns = (rows.year, rows.adm2, rows.item, rows.value, rows.reason)
    for year, code, label, value, reason in zip(*(column.tolist() for column in columns), strict=True):
        items = found.setdefault((year, str(code)), {})
        if not reason:
            items[item_name(label)] = round(value * scale)
    return dict(sorted(found.items()))


def _csv(table: Table, columns: list[str]) -> bytes:
    lines = [",".join(["year", "code", *columns])]
    for (year, code), items in table.items():
        lines.append(",".join([str(year), code, *("" if items.get(c) is None else str(items[c]) for c in columns)]))
    return ("\n".join(lines) + "\n").encode()


def parse_table(data: bytes) -> Table:
    """A table of whole numbers from its CSV; an empty cell is an absent item."""
    header, *lines = data.decode("utf-8").splitlines()
    columns = header.split(",")[2:]
    found: dict[tuple[int, str], dict[str, int]] = {}
    for line in lines:
        year, code, *cells = line.split(",")
        found[int(year), code] = {column: int(cell) for column, cell in zip(columns, cells, strict=True) if cell}
    return found


def _districts_csv(grdp: Table, companies: Table, names: Mapping[str, str]) -> bytes:
    codes = sorted({code for _, code in grdp} | {code for _, code in companies})
    lines = ["code,parent,name_ko," + ",".join(f"grdp_{year}" for year in YEARS)]
    known = set(codes)
    for code in codes:
        city = code[:4] + "0"
        parent = city if code[4] != "0" and city in known else ""
        has = ",".join("1" if (year, code) in grdp else "0" for year in YEARS)
        lines.append(f"{code},{parent},{names.get(code, '')},{has}")
    return ("\n".join(lines) + "\n").encode()


def _parse_names(data: bytes) -> dict[str, str]:
    rows = [line.split(",") for line in data.decode("utf-8").splitlines()[1:]]
    return {row[0]: row[2] for row in rows if row[2]}


@cache
def district_names() -> dict[str, str]:
    """Korean names of sigungu by KOSTAT code, taken from the dong layers: the census file's names can't be trusted.

    A city above its gu ('31020') is called by the words that its gu's names share.
    """
    found: dict[str, list[str]] = {}
    for year in YEARS:
        for code, name in boundaries.dong_names(year).items():
            found.setdefault(code[:5], []).append(" ".join(name.split()[:-1]))
    names = {code: max(set(said), key=said.count) for code, said in found.items()}
    for code, name in list(names.items()):
        words = name.split()
        city = code[:4] + "0"
        if code[4] != "0" and len(words) == 3 and city not in names:
            names[city] = " ".join(words[:2])
    return names
