"""The economy model: investment programmes of a branch in, what they move in the city, in Korea and abroad out.

The kernel stands in `impact`, the regional split in `regional`, tables in `readers` and `shipped`, the card in `card`.
Here inputs become arrays, members are drawn, and effects become indicators and tables.

Members differ in the split over industries (logistic-normal around the stated shares), import shares, FLQ delta and,
for one indicator, in how much of the pledges is carried out. Draws are keyed by programme and sector: two branches with
the same programme see the same draws.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np

from madang.errors import DataError, ModelError, sentence
from madang.indicators.catalogue import indicator
from madang.indicators.quantity import Quantity, rounded
from madang.models.base import Blob, Context, Floats, Inputs, Label, Records, Result, Spec
from madang.models.card import said
from madang.models.economy import impact, leontief, readers, regional, shipped
from madang.models.economy.card import GRDP_ATTRIBUTES, SPEC, TABLE_PATTERN
from madang.models.industries import BY_ID

CONSERVATION_TOLERANCE = 1e-9  # of the shock; double precision leaves about 1e-15 a step
BILLION = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Inputs as arrays: the table, the region (None without GRDP), the programmes' amounts, shares and local part."""

    table: leontief.Table
    region: regional.Region | None
    ids: tuple[str, ...]
    amounts: Floats
    shares: Floats
    local: Floats
    employment: Floats | None
    employment_source: str
    warnings: tuple[Label, ...]


class Economy:
    """The model: reads nothing but its inputs, keeps nothing but a memory of solved responses."""

    spec: Spec = SPEC

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        """The central answer: stated shares, import shares of the table, default parameters."""
        ready = prepare(inputs)
        delta = np.array([float(params["flq_delta"])])
        effects = _effects(ready, delta, split=0.0, imports=0.0, ctx=ctx)
        _check_conservation(effects)
        columns = _columns(ready, effects, np.array([float(params["realisation"])]))
        figures = {id: _quantity(id, float(column[0]), ready) for id, column in columns.items()}
        shock, accounted = float(effects.shock[0, 0]), float(effects.accounted[0, 0])
        return Result(
            indicators=figures,
            tables=_tables(ready, effects),
            warnings=ready.warnings,
            diagnostics={
                "shock_krw": rounded(shock, "KRW") or 0,
                "accounted_krw": rounded(accounted, "KRW") or 0,
                "spectral_radius": leontief.spectral_radius(ready.table.domestic),
                "city_share_of_value_added": ready.region.share if ready.region else float("nan"),
            },
            notes=_notes(ready),
        )

    def run_batch(self, inputs: Inputs, params: Mapping[str, Floats], ctx: Context) -> Mapping[str, Floats]:
        """Every indicator for every member: `params` are vectors, one entry a member."""
        ready = prepare(inputs)
        split, imports = float(params["split_spread"][0]), float(params["import_spread"][0])
        effects = _effects(ready, params["flq_delta"], split=split, imports=imports, ctx=ctx)
        _check_conservation(effects)
        return _columns(ready, effects, params["realisation"])


def prepare(inputs: Inputs) -> Prepared:
    """Inputs checked and as arrays."""
    table = read_table(inputs["table"])
    warnings: list[Label] = []
    ids, amounts, shares, local = _programmes(inputs["programmes"], table, warnings)
    region = _region(inputs, table, warnings)
    employment, source = None, ""
    if isinstance(blob := inputs.get("employment"), Blob):
        employment, notes = readers.read_employment(blob.data, table.codes)
        source = notes["source"]
    return Prepared(table, region, ids, amounts, shares, local, employment, source, tuple(warnings))


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


def spread(shares: object, table: leontief.Table, *, programme: str) -> Floats:
    """Stated shares as a vector over the table's sectors, summing to one.

    A code of the table stands for itself; a code of the shipped table is spread over its parts by their output when the
    loaded table has them.
    """
    if not isinstance(shares, Mapping) or not shares:
        raise DataError("models.programme-without-shares", programme=programme)
    parts_of = {s.code: [c for c in s.oecd if c in table.codes] for s in shipped.sectors()}
    vector = np.zeros(len(table.codes))
    for code, share in shares.items():
        if not isinstance(share, int | float) or isinstance(share, bool) or not share >= 0:
            raise DataError("models.programme-share", programme=programme, sector=code, found=share)
        if code in table.codes:
            vector[table.codes.index(code)] += share
        elif parts := parts_of.get(code):
            weight = np.array([table.output[table.codes.index(c)] for c in parts])
            for c, w in zip(parts, weight / weight.sum(), strict=True):
                vector[table.codes.index(c)] += share * w
        else:
            known = ", ".join(table.codes)
            raise DataError("models.programme-sector-unknown", programme=programme, sector=code, known=known)
    if abs(vector.sum() - 1) > 1e-6:
        raise DataError("models.programme-shares-sum", programme=programme, found=f"{vector.sum():.4f}")
    return np.asarray(vector / vector.sum())


def _region(inputs: Inputs, table: leontief.Table, warnings: list[Label]) -> regional.Region | None:
    grdp, cities, national = inputs.get("grdp"), inputs.get("cities"), inputs.get("national")
    places = set(cities.ids) if isinstance(cities, Records) else set()
    rows = [row for row in grdp.rows if row.get("refPlace") in places] if isinstance(grdp, Records) else []
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
    return region


@lru_cache(maxsize=16)  # read for every move of a slider; 4 of its 16 ms before
def country_totals(data: bytes, year: int) -> dict[str, float]:
    """Value added by industry summed over all districts of a year; an empty dict when the year is not there."""
    header, *lines = data.decode("utf-8").splitlines()
    columns = header.split(",")
    totals: dict[str, float] = {}
    for line in lines:
        cells = line.split(",")
        if int(cells[0]) == year:
            for column, cell in zip(columns[2:], cells[2:], strict=True):
                if column in BY_ID and cell:
                    totals[column] = totals.get(column, 0.0) + float(cell)
    return totals


# --- effects ---------------------------------------------------------------------------------------------------------


def _effects(ready: Prepared, delta: Floats, *, split: float, imports: float, ctx: Context) -> impact.Impact:
    """Effects of all programmes together, members x 1 programme."""
    members, table = len(delta), ready.table
    shares = np.broadcast_to(ready.shares, (members, *ready.shares.shape)).copy()
    factor = np.ones((members, len(table.codes)))
    if split > 0:
        for p, id in enumerate(ready.ids):
            for at in np.flatnonzero(ready.shares[p]):
                shares[:, p, at] *= np.exp(split * ctx.normal(f"split:{id}:{table.codes[at]}", members))
        shares /= np.maximum(shares.sum(axis=2, keepdims=True), np.finfo(float).tiny)
    if imports > 0:
        for i, code in enumerate(table.codes):
            factor[:, i] += imports * (2 * ctx.stratified(f"imports:{code}", members) - 1)
    local = np.broadcast_to(ready.local, (members, len(ready.ids))).copy()
    region = ready.region or _nowhere(len(table.codes))
    responses = _RESPONSES.of(table, region, impact.Demand(shares, local), delta, factor, ctx)
    return responses.scaled(ready.amounts)


def _nowhere(sectors: int) -> regional.Region:
    """A region without anything, when there is no GRDP: all that is domestic falls to the rest of the country."""
    return regional.Region(np.zeros(sectors), np.ones(sectors), 0.0, 0)


class _Responses:
    """The latest solved responses to one won of each programme: a slider that turns amounts solves nothing again."""

    def __init__(self, limit_bytes: int = 64 * 2**20) -> None:
        self._limit, self._found, self._lock = limit_bytes, OrderedDict[bytes, impact.Impact](), Lock()

    def of(
        self,
        table: leontief.Table,
        region: regional.Region,
        demand: impact.Demand,
        delta: Floats,
        factor: Floats,
        ctx: Context,
    ) -> impact.Impact:
        key = hashlib.sha256()
        for part in (table, region, demand):
            for field in fields(part):
                value = getattr(part, field.name)
                if isinstance(value, np.ndarray):
                    key.update(np.ascontiguousarray(value).tobytes())
                elif isinstance(value, float):
                    key.update(np.float64(value).tobytes())
        key.update(delta.tobytes() + factor.tobytes())
        with self._lock:
            if (known := self._found.get(key.digest())) is not None:
                self._found.move_to_end(key.digest())
                return known
        solved = impact.evaluate(table, region, demand, delta=delta, import_factor=factor, ctx=ctx)
        with self._lock:
            self._found[key.digest()] = solved
            while sum(one.nbytes for one in self._found.values()) > self._limit:
                self._found.popitem(last=False)
        return solved


_RESPONSES = _Responses()


def _check_conservation(effects: impact.Impact) -> None:
    missing = np.abs(effects.accounted - effects.shock)
    allowed = CONSERVATION_TOLERANCE * np.maximum(effects.shock, 1.0)
    if (missing > allowed).any():
        raise ModelError("models.not-conserved", model="economy", missing=f"{missing.max():,.0f}")


def _columns(ready: Prepared, effects: impact.Impact, realisation: Floats) -> dict[str, Floats]:
    """Every indicator by member; NaN where it is unknown."""
    unknown = np.full(len(effects.shock), np.nan)
    known = ready.region is not None
    city_value_added = effects.value_added[:, 0, 0] if known else unknown
    persons = unknown
    if ready.employment is not None:
        persons = effects.output_by_sector[:, 0].sum(axis=1) @ ready.employment / BILLION
    return {
        "economy.shock": effects.shock[:, 0],
        "economy.value-added-city": city_value_added,
        "economy.value-added-rest": effects.value_added[:, 0, 1] if known else unknown,
        "economy.imports": effects.imports[:, 0],
        "economy.taxes": effects.taxes[:, 0],
        "economy.value-added-korea": effects.value_added[:, 0].sum(axis=1),
        "economy.output-korea": effects.output[:, 0].sum(axis=1),
        "economy.output-city": effects.output[:, 0, 0] if known else unknown,
        "economy.employment": persons,
        "economy.value-added-city-realised": city_value_added * realisation,
        "economy.output-induced": effects.induced_output[:, 0].sum(axis=1),
        "economy.value-added-induced": effects.induced_value_added[:, 0].sum(axis=1),
        "economy.value-added-city-induced": effects.induced_value_added[:, 0, 0] if known else unknown,
    }


def _quantity(id: str, value: float, ready: Prepared) -> Quantity:
    entry, note = indicator(id), None
    if not np.isfinite(value):
        note = said("no-employment" if id == "economy.employment" else "no-grdp")
    method = entry.method["en"]
    if id == "economy.employment" and ready.employment_source:
        method = f"{method}; coefficients: {ready.employment_source}"
    return Quantity(value if note is None else None, entry.unit, method=method, note=note)


# --- tables and notes ------------------------------------------------------------------------------------------------

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


def _tables(ready: Prepared, effects: impact.Impact) -> dict[str, list[dict[str, Any]]]:
    columns = _columns(ready, effects, np.ones(1))
    shock = float(effects.shock[0, 0])
    where = [
        {
            "id": id,
            "label": label,
            "krw": rounded(float(columns[id][0]), "KRW"),
            "share": rounded(float(columns[id][0]) / shock, "1") if shock else None,
        }
        for id, label in _PARTS
    ]
    worth, staff = ready.table.value_added, ready.employment
    first, whole = effects.direct_by_sector[0, 0], effects.output_by_sector[0, 0]
    kinds = {"direct": first, "indirect": whole - first, "induced": effects.induced_by_sector[0, 0]}
    by_effect = [
        {
            "effect": kind,
            "label": _EFFECTS[kind],
            "output_krw": rounded(float(x.sum()), "KRW"),
            "value_added_krw": rounded(float((x @ worth).sum()), "KRW"),
            "value_added_city_krw": rounded(float(x[0] @ worth), "KRW") if ready.region else None,
            "employment": rounded(float(x.sum(axis=0) @ staff / BILLION), "IE") if staff is not None else None,
        }
        for kind, x in kinds.items()
    ]
    spent = ready.amounts @ ready.shares if len(ready.ids) else np.zeros(len(ready.table.codes))
    by_sector = [
        {
            "sector": code,
            "label": dict(ready.table.labels[code]),
            "demand_krw": rounded(float(spent[i]), "KRW"),
            "output_krw": rounded(float(whole[:, i].sum()), "KRW"),
            "value_added_krw": rounded(float(whole[:, i].sum() * worth[i]), "KRW"),
            "value_added_city_krw": rounded(float(whole[0, i] * worth[i]), "KRW") if ready.region else None,
            "location_quotient": rounded(float(ready.region.slq[i]), "1") if ready.region else None,
        }
        for i, code in enumerate(ready.table.codes)
    ]
    return {"where-the-money-stays": where, "by-effect": by_effect, "by-sector": by_sector}


def _notes(ready: Prepared) -> Sequence[Label]:
    source, year = ready.table.source, ready.table.year
    said_of_table = {
        language: sentence("models.note-table", language, year=year, **source.words(language))
        for language in ("ko", "en")
    }
    notes: list[Label] = [said_of_table, *SPEC.assumptions]
    used = {s.code: s.note for s in shipped.sectors() if s.note}
    shares = ready.shares.sum(axis=0)
    for i, code in enumerate(ready.table.codes):
        if shares[i] > 0 and (note := used.get(code)):
            notes.append(note)
    if ready.region is not None:
        notes.append(said("note-region", year=ready.region.year))
    return notes
