"""The provinces (시도) around a city: value added by industry of all districts, summed by the first digits of the code.

An industry that a district merges into another one is unknown there, not zero; the sum of a province is that of the
districts that publish it, and an industry that no district of a province publishes is unknown in the province. Nothing
is imputed. What is unknown supplies nothing, as in the city itself (`regional`), and is said.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from madang.models.base import Floats
from madang.models.economy.leontief import Table
from madang.models.economy.regional import industries_of
from madang.models.industries import BY_ID, Industry

NAMES = Path(__file__).parent / "data" / "provinces.toml"
DIGITS = 2  # of a KOSTAT district code, for its province


@dataclass(frozen=True, slots=True, eq=False)
class Provinces:
    """The provinces without the city, by sector of a table.

    `value_added[r, i]` is value added of the industry a sector belongs to; `whole[r, i]` the same with the city in it.
    `around` is the row of the city's own province, None where the city is one itself. `silent` names provinces and the
    industries that none of their districts publishes.
    """

    codes: tuple[str, ...]
    value_added: Floats
    whole: Floats
    sizes: Floats  # value added in all, without the city
    whole_sizes: Floats
    around: int | None
    silent: tuple[tuple[str, Industry], ...]


def province_of(district: str) -> str:
    """The province of a district by its KOSTAT code."""
    return district[:DIGITS]


def label_of(province: str) -> dict[str, str]:
    """The name of a province; one nobody named is called by its code."""
    return _names().get(province, {"ko": province, "en": province})


@lru_cache(maxsize=8)
def by_province(data: bytes, year: int) -> dict[str, dict[str, float | None]]:
    """Value added by province and industry in a national table; None where no district publishes the industry."""
    header, *lines = data.decode("utf-8").splitlines()
    columns = header.split(",")
    found: dict[str, dict[str, float | None]] = {}
    for line in lines:
        cells = line.split(",")
        if int(cells[0]) != year:
            continue
        province = found.setdefault(province_of(cells[1]), dict.fromkeys(BY_ID))
        for column, cell in zip(columns[2:], cells[2:], strict=True):
            if column in BY_ID and cell:
                province[column] = (province[column] or 0.0) + float(cell)
    return dict(sorted(found.items()))


def provinces_of(
    table: Table,
    figures: Mapping[str, Mapping[str, float | None]],
    city: Mapping[str, float | None],
    *,
    district: str,
) -> Provinces:
    """The provinces beside the city: its own figures are taken out of its province."""
    home = province_of(district)
    parents = industries_of(table.codes)

    def by_sector(values: Mapping[str, float | None]) -> list[float]:
        return [sum(max(values.get(i.id) or 0.0, 0.0) for i in parents[code]) for code in table.codes]

    def size(values: Mapping[str, float | None]) -> float:
        return sum(max(v or 0.0, 0.0) for id, v in values.items() if id in BY_ID)

    without = {
        code: {i: _less(v, city.get(i)) for i, v in values.items()} if code == home else values
        for code, values in figures.items()
    }
    codes = tuple(code for code, values in without.items() if size(values) > 0)
    return Provinces(
        codes,
        np.array([by_sector(without[code]) for code in codes]),
        np.array([by_sector(figures[code]) for code in codes]),
        np.array([size(without[code]) for code in codes]),
        np.array([size(figures[code]) for code in codes]),
        codes.index(home) if home in codes else None,
        tuple((code, BY_ID[i]) for code in codes for i, v in figures[code].items() if v is None),
    )


def _less(whole: float | None, part: float | None) -> float | None:
    return None if whole is None else max(whole - (part or 0.0), 0.0)


@cache
def _names() -> dict[str, dict[str, str]]:
    return {code: dict(names) for code, names in tomllib.loads(NAMES.read_text("utf-8")).items()}
