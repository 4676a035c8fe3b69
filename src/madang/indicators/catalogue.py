"""The catalogue of indicators: each with id, name, unit, direction and method, in Korean and English.

An indicator's id is "<model>.<name>". What it means, how it is computed and whether more is better stand here once,
read from `entries/<model>.toml`; a model only gives values. An indicator that a plugin brings describes itself. `by`
names the breakdowns that a model gives beside the value: year, day, hour, month, district, group, region.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from madang.errors import CallerError

Direction = Literal["higher", "lower"]
Scope = Literal["city", "region", "country", "facility", "firm"]
FIRST = ("economy", "clusters")  # the others follow by name


@dataclass(frozen=True, slots=True)
class Indicator:
    """What one indicator is; `direction` says which way is better, None that neither is."""

    id: str
    label: dict[str, str]
    unit: str
    direction: Direction | None
    method: dict[str, str]
    scope: Scope = "city"
    by: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """The model that gives it."""
        return self.id.partition(".")[0]


@cache
def catalogue() -> dict[str, Indicator]:
    """Every indicator of the shipped models, by id, in the order people read them."""
    folder = resources.files(__package__).joinpath("entries")
    names = [f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")]
    ordered = [*FIRST, *sorted(set(names) - set(FIRST))]
    return {
        id: Indicator(
            id,
            entry["label"],
            entry["unit"],
            entry.get("direction"),
            entry["method"],
            entry.get("scope", "city"),
            tuple(entry.get("by", ())),
        )
        for name in ordered
        for id, entry in tomllib.loads(folder.joinpath(f"{name}.toml").read_text("utf-8")).items()
    }


def indicator(id: str) -> Indicator:
    """One indicator of the catalogue."""
    if id not in catalogue():
        raise CallerError("indicators.indicator-unknown", id=id, known=", ".join(catalogue()))
    return catalogue()[id]
