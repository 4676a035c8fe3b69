"""What the model is given, checked and as arrays: the table, the city in its country, programmes, and what changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from madang.errors import DataError, ModelError, both
from madang.models.base import Blob, Floats, Inputs, Label, Records
from madang.models.card import said
from madang.models.economy import leontief, readers, regional, shipped
from madang.models.economy.card import GRDP_ATTRIBUTES, TABLE_PATTERN
from madang.models.economy.changes import Structure, columns_with, number, share, structure_of
from madang.models.economy.prices import TaxChange, rates, taxed, taxes_of
from madang.models.economy.provinces import Provinces, by_province, label_of, provinces_of
from madang.models.economy.yearly import Operation, Question
from madang.models.industries import BY_ID, INDUSTRIES


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """The city in its country: location quotients, provinces, and what it and the country make in a year, in won."""

    region: regional.Region
    provinces: Provinces | None
    value_added: tuple[float, float]  # of the city, of the country
    output: tuple[Floats, Floats] | None  # by sector: of the city, of the country


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Inputs as arrays; `place` is None without GRDP."""

    table: leontief.Table
    place: Place | None
    ids: tuple[str, ...]
    amounts: Floats
    shares: Floats
    local: Floats
    structure: Structure | None
    plants: tuple[Operation, ...]
    plant_outputs: Floats
    taxes: tuple[TaxChange, ...]
    employment: Floats | None
    employment_source: str
    warnings: tuple[Label, ...]
    unpriced: str = ""  # a programme, where programmes stand and none has an amount
    unsized: str = ""  # likewise a plant without its yearly output

    @property
    def region(self) -> regional.Region | None:
        """The city beside the rest of its country."""
        return self.place.region if self.place else None

    @property
    def tax_rates(self) -> Floats:
        """The rates of the tax changes on output."""
        return rates(self.taxes)

    @property
    def output(self) -> Floats | None:
        """Today's yearly output by sector of the city and of the rest (2n), where it is known."""
        if self.place is None or self.place.output is None:
            return None
        here, everywhere = self.place.output
        return np.concatenate([here, everywhere - here])

    @property
    def question(self) -> Question:
        """What is asked beside the investment."""
        manufacturing = {i for i in INDUSTRIES if i.sections == "C"}
        parents = regional.industries_of(self.table.codes)
        return Question(
            self.plants,
            self.output,
            taxed(self.taxes, len(self.table.codes)),
            np.array([float(bool(parents[code]) and set(parents[code]) <= manufacturing) for code in self.table.codes]),
        )


def prepare(inputs: Inputs) -> Prepared:
    """Inputs checked and as arrays."""
    table = read_table(inputs["table"])
    warnings: list[Label] = []
    ids, amounts, shares, local = _programmes(inputs["programmes"], table, warnings)
    place = _place(inputs, table, warnings)
    structure = structure_of(inputs.get("changes"), table)
    plants, outputs = _plants(inputs.get("operations"), table, structure, warnings)
    employment, source = None, ""
    if isinstance(blob := inputs.get("employment"), Blob):
        employment, notes = readers.read_employment(blob.data, table.codes)
        source = notes["source"]
    return Prepared(
        table,
        place,
        ids,
        amounts,
        shares,
        local,
        structure,
        plants,
        outputs,
        taxes_of(inputs.get("taxes"), table),
        employment,
        source,
        tuple(warnings),
        _unsaid(inputs.get("programmes"), ids),
        _unsaid(inputs.get("operations"), plants),
    )


def read_table(given: object) -> leontief.Table:
    """The table in a blob, by the layout that its name tells."""
    if not isinstance(given, Blob):
        raise ModelError("models.input-missing", model="economy", port="table")
    found = re.fullmatch(TABLE_PATTERN, given.name)
    if found is None:
        raise DataError("models.table-layout-unknown", layout=given.name, known="madang, oecd, bok")
    layout = found[2].partition(".")[0]
    if layout == "madang":
        return shipped.read(given.data)
    if not found[1]:
        raise DataError("models.table-without-year", name=given.name)
    source = leontief.Source(
        given.title.get("en", given.name),
        given.publisher.get("en", ""),
        given.licence or "unknown",
        "as loaded; imports split off by import shares unless the file tells them apart",
        given.status or "observed",
    )
    return readers.read_table(given.data, layout, source=source, year=int(found[1][1:]))


def spread(shares: object, table: leontief.Table, *, programme: str) -> Floats:
    """Stated shares as a vector over the table's sectors, summing to one.

    A code of the table stands for itself; a code of the shipped table is spread over its parts by their output when the
    loaded table has them.
    """
    if not isinstance(shares, Mapping) or not shares:
        raise DataError("models.programme-without-shares", programme=programme)
    parts_of = {s.code: [c for c in s.oecd if c in table.codes] for s in shipped.sectors()}
    vector = np.zeros(len(table.codes))
    for code, part in shares.items():
        if not isinstance(part, int | float) or isinstance(part, bool) or not part >= 0:
            raise DataError("models.programme-share", programme=programme, sector=code, found=part)
        if code in table.codes:
            vector[table.codes.index(code)] += part
        elif parts := parts_of.get(code):
            weight = np.array([table.output[table.codes.index(c)] for c in parts])
            for c, w in zip(parts, weight / weight.sum(), strict=True):
                vector[table.codes.index(c)] += part * w
        else:
            known = ", ".join(table.codes)
            raise DataError("models.programme-sector-unknown", programme=programme, sector=code, known=known)
    if abs(vector.sum() - 1) > 1e-6:
        raise DataError("models.programme-shares-sum", programme=programme, found=f"{vector.sum():.4f}")
    return np.asarray(vector / vector.sum())


@lru_cache(maxsize=16)  # read for every move of a slider; 4 of its 16 ms before
def country_totals(data: bytes, year: int) -> dict[str, float]:
    """Value added by industry summed over all districts of a year; an empty dict when the year is not there."""
    totals: dict[str, float] = {}
    for province in by_province(data, year).values():
        for industry, value in province.items():
            if value is not None:
                totals[industry] = totals.get(industry, 0.0) + value
    return totals


# --- inside ----------------------------------------------------------------------------------------------------------


def _programmes(
    given: object, table: leontief.Table, warnings: list[Label]
) -> tuple[tuple[str, ...], Floats, Floats, Floats]:
    records = given if isinstance(given, Records) else Records((), ())
    ids, amounts, shares, local = [], [], [], []
    for id, row in zip(records.ids, records.rows, strict=True):
        if row.get("amount") is None:
            warnings.append(said("warn-programme-without-amount", programme=id))
            continue
        amount, part = float(row["amount"]), row.get("localShare")
        if not np.isfinite(amount) or amount < 0:
            raise DataError("models.programme-amount", programme=id, found=row["amount"])
        if part is not None and not 0 <= float(part) <= 1:
            raise DataError("models.programme-local-share", programme=id, found=part)
        ids.append(id)
        amounts.append(amount)
        shares.append(spread(row.get("sectorShares"), table, programme=id))
        local.append(np.nan if part is None else float(part))
    n = len(table.codes)
    return tuple(ids), np.array(amounts), np.array(shares).reshape(len(ids), n), np.array(local)


def _plants(
    given: object, table: leontief.Table, structure: Structure | None, warnings: list[Label]
) -> tuple[tuple[Operation, ...], Floats]:
    records = given if isinstance(given, Records) else Records((), ())
    base = structure.city.inputs if structure else table.total
    plants, outputs = [], []
    for id, row in zip(records.ids, records.rows, strict=True):
        if row.get("plantOutput") is None:
            warnings.append(both("economy.warn-plant-without-output", entity=id))
            continue
        outputs.append(number(row["plantOutput"], id, "plantOutput", low=0.0, high=1e18))
        shares = spread(row.get("sectorShares"), table, programme=id)
        columns = [int(j) for j in np.flatnonzero(shares)]
        inputs = np.zeros_like(base)
        inputs[:, columns] = base[:, columns]
        if row.get("inputMix") is not None:
            inputs[:, columns] = columns_with(row["inputMix"], table, columns, base=base, entity=id)
        plants.append(Operation(id, shares, inputs, share(row.get("localShare"), id, "localShare", default=np.nan)))
    return tuple(plants), np.array(outputs)


def _unsaid(given: object, known: Sequence[object]) -> str:
    """The first entity of a port of which none says how much it is; "" where one does, or there is none."""
    return given.ids[0] if isinstance(given, Records) and len(given) and not known else ""


def _place(inputs: Inputs, table: leontief.Table, warnings: list[Label]) -> Place | None:
    grdp, cities, national = inputs.get("grdp"), inputs.get("cities"), inputs.get("national")
    places = set(cities.ids) if isinstance(cities, Records) else set()
    rows = (
        [row for row in grdp.rows if row.get("refPlace") in places and row.get("year")]
        if isinstance(grdp, Records)
        else []
    )
    if not rows or not isinstance(national, Blob):
        warnings.append(said("no-grdp"))
        return None
    latest = max(rows, key=lambda row: int(row["year"]))
    year = int(latest["year"])
    country = country_totals(national.data, year)
    if not country:
        warnings.append(said("no-grdp"))
        return None
    city = {id: latest.get(id) for id in GRDP_ATTRIBUTES}
    region = regional.region_of(table.codes, city, country, year=year)
    warnings.extend(
        {lang: said("warn-industry-unpublished", industry=i.label[lang], year=year)[lang] for lang in ("ko", "en")}
        for i in region.unknown
    )
    if region.unplaced:
        warnings.append(said("warn-sectors-unplaced", codes=", ".join(region.unplaced)))
    provinces = None
    if code := str(latest.get("code") or ""):
        found = _provinces(table, national.data, year, code, tuple(city.items()))
        provinces = found if found.codes else None
        warnings.extend(_silent(found, year))
    sums = tuple(float(sum(v for id, v in values.items() if id in BY_ID and v)) for values in (city, country))
    return Place(region, provinces, (sums[0], sums[1]), regional.outputs_of(table, city, country))


@lru_cache(maxsize=4)
def _provinces(
    table: leontief.Table, data: bytes, year: int, district: str, city: tuple[tuple[str, float | None], ...]
) -> Provinces:
    return provinces_of(table, by_province(data, year), dict(city), district=district)


def _silent(provinces: Provinces, year: int) -> list[Label]:
    """One warning a province with industries that none of its districts publishes."""
    by_code: dict[str, list[Label]] = {}
    for code, industry in provinces.silent:
        by_code.setdefault(code, []).append(industry.label)
    return [
        both(
            "economy.warn-province-unpublished",
            province=label_of(code),
            industries={lang: ", ".join(i[lang] for i in industries) for lang in ("ko", "en")},
            year=year,
        )
        for code, industries in by_code.items()
    ]
