"""Newer statistics for the practice city, made up: the regional product of a year of which the package knows nothing.

Every district's measured table of the last year grows by two per cent; the practice city's manufacturing shrinks.
Totals are summed anew. The measured tables stay as they are: the new year is a record of its own, with its own data
set.
"""

from __future__ import annotations

from collections.abc import Sequence

from madang.city import City
from madang.entities.entity import Document, json_property, language_property, property_, relationship, value_of
from madang.models.canonical import sha256
from madang.practice.days import ANALYST, STATUS, said
from madang.practice.ground import BASE, CITY, ID
from madang.sources.korea import city_codes

YEAR, BEFORE = 2021, 2020
STATISTIC = f"urn:ngsi-ld:Statistic:{ID}:grdp-{YEAR}"
DATASET = f"urn:ngsi-ld:Dataset:statistics-made-up:grdp-{YEAR}"  # a model takes the last data set, by id
TABLE = "grdp.csv"
PER_CENT, MANUFACTURING_PER_CENT = 102, 85
TAXES, BASIC, MARKET = (
    "netTaxesOnProducts",
    "totalValueAddedAtBasicPrices",
    "grossRegionalDomesticProductAtMarketPrices",
)


def publish(city: City) -> None:
    """The made-up year: the table of all districts, and the city's own record."""
    (known,) = (one for one in city.query("Dataset") if TABLE in (value_of(one, "blobs") or {}))
    measured = city.store.blob(value_of(known, "blobs")[TABLE]).decode("utf-8")
    header, *lines = measured.splitlines()
    columns = header.split(",")
    code = city_codes(BASE).kostat
    newer = [_newer(columns, line.split(","), code) for line in lines if line.startswith(f"{BEFORE},")]
    data = "\n".join([header, *lines, *(",".join(one) for one in newer), ""]).encode("utf-8")
    mine = next(dict(zip(columns, one, strict=True)) for one in newer if one[1] == code)
    before = next(iter(city.query("Statistic", f'table=="economy/grdp";refPlace=="{CITY}";year=={BEFORE}')))
    documents = [_dataset(data, rows=len(newer)), _statistic(before, mine)]

    def write(tx: object) -> None:
        tx.put_blob(data, media_type="text/csv")  # type: ignore[attr-defined]
        tx.put_many(documents)  # type: ignore[attr-defined]

    city.write(write, reason="새 통계가 나왔습니다(가상)", by=ANALYST)


def _newer(columns: Sequence[str], cells: Sequence[str], mine: str) -> list[str]:
    """One district's row a year later, with its totals summed anew."""
    row = dict(zip(columns, cells, strict=True))
    industries = [name for name in columns[2:] if name not in (TAXES, BASIC, MARKET)]
    for name in (*industries, TAXES):
        shrinks = name == "manufacturing" and row["code"] == mine
        if row[name]:
            row[name] = str(int(float(row[name])) * (MANUFACTURING_PER_CENT if shrinks else PER_CENT) // 100)
    row["year"] = str(YEAR)
    row[BASIC] = str(sum(int(row[name]) for name in industries if row[name]))
    row[MARKET] = str(int(row[BASIC]) + int(row[TAXES] or 0))
    return [row[name] for name in columns]


def _dataset(data: bytes, *, rows: int) -> Document:
    title = said(f"지역내총생산 {YEAR}년(가상)", f"Regional product of {YEAR} (made up)")
    about = said("연습을 위해 지어낸 통계입니다.", "Statistics invented for practice.")
    return {
        "id": DATASET,
        "type": "Dataset",
        "title": language_property(title),
        "description": language_property(about),
        "licence": property_("CC0-1.0"),
        "rows": property_(rows),
        "blobs": json_property({TABLE: sha256(data)}),
        "status": property_(STATUS),
    }


def _statistic(before: Document, row: dict[str, str]) -> Document:
    made = {name: told for name, told in before.items() if not (isinstance(told, dict) and "unitCode" in told)}
    about = said("연습을 위해 지어낸 통계입니다(가상).", "Statistics invented for practice (made up).")
    made |= {"description": language_property(about)}
    made |= {"id": STATISTIC, "year": property_(YEAR), "source": relationship(DATASET), "status": property_(STATUS)}
    for name, told in before.items():
        if name not in made and row.get(name):
            made[name] = {**told, "value": int(row[name])} | _said_of(told)
    return made


def _said_of(told: Document) -> Document:
    """What a number says of itself, where it does: now that it is made up."""
    new: Document = {"period": property_(str(YEAR)), "source": relationship(DATASET), "status": property_(STATUS)}
    return {name: value for name, value in new.items() if name in told}
