"""The door to shocks: `city.clusters.shocks`. A shock to one industry and the recovery, as parameters of a branch.

A shock stands on a branch only, never on 현행, so baseline and scenario never mix: each is the run of a model on its
own branch, and each is computed again from its run id. Adding a shock lowers the industry's value added of its year
on that branch; what the models give there is the scenario. The path back is a straight line:

    level(t) = 1 - lost x max(0, 1 - (t - start) / recovery)      of the level without the shock
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, Instance, instance_of, language_property, property_, value_of
from madang.errors import CallerError, DataError, Pair, both
from madang.lab.register import (
    CASES,
    Given,
    Range,
    Title,
    entities_of,
    name_of,
    named,
    new_id,
    pair,
    range_of,
    ranged,
    read_range,
    write,
)
from madang.models.clusters.detail import understand
from madang.models.industries import GRDP, TOTAL, Industry
from madang.store import Seat, View


@dataclass(frozen=True)
class Level:
    """What is left of an industry in a year, as a share of its level without the shock."""

    year: int
    level: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """The level as plain JSON values."""
        return {"year": self.year, "baseline": 1.0, "scenario": self.level}


@dataclass(frozen=True)
class ShockView:
    """One shock with its path back to the level without it."""

    id: str
    name: Pair
    industry: str
    lost: Range
    recovery: Range
    path: tuple[Level, ...]

    def as_json(self) -> dict[str, Any]:
        """The shock as plain JSON values."""
        return {
            "id": self.id,
            "name": self.name,
            "industry": self.industry,
            "lost": self.lost.as_json(),
            "recovery": self.recovery.as_json(),
            "path": [one.as_json() for one in self.path],
            "method": both("clusters.shock-method"),
            "status": "synthetic",
        }


class Shocks:
    """Shocks and recoveries on a branch."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    def all(self) -> list[ShockView]:
        """Every shock of this branch."""
        return [_view_of(self._view, one) for one in entities_of(self._view, "Shock")]

    def shock(self, id: str) -> ShockView:
        """One shock with its path."""
        return _view_of(self._view, named(self._view, "Shock", id))

    def add(
        self,
        *,
        industry: str,
        year: int,
        lost: Given,
        recovery_years: Given,
        name: Title | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """A shock on this branch: the share of an industry's value added lost in a year, and how long it takes back."""
        if self._seat.branch_name == "main":
            raise CallerError("clusters.shock-on-main")
        asked = understand(industry)
        if asked is None or asked.industry is None:
            raise DataError("clusters.industry-unknown", industry=industry)
        share, recovery = read_range(lost, "lostShare", most=1), read_range(recovery_years, "recoveryYears", least=0.5)
        changed = [_lowered(one, asked.industry, share.central) for one in self._statistics(year)]
        if not changed:
            raise DataError("clusters.statistic-missing", year=year, industry=asked.industry.label["ko"])
        said = name or both("clusters.shock-name", industry=asked.industry.label, year=year)
        made: Document = {
            "id": new_id(self._view, "Shock", pair(said)["ko"]),
            "type": "Shock",
            "name": language_property(pair(said)),
            "industry": property_(asked.industry.id),
            "startYear": property_(year),
            "lostShare": ranged(share, source=None),
            "recoveryYears": ranged(recovery, source=None),
            "status": property_("synthetic"),
        }
        write(self._seat, [made, *changed], reason=reason, by=by)
        return made

    def _statistics(self, year: int) -> list[Document]:
        """The city's own value added of a year."""
        cities = {one["id"] for one in entities_of(self._view, "City")}
        found = entities_of(self._view, "Statistic")
        return [
            one
            for one in found
            if value_of(one, "table") == "economy/grdp"
            and str(value_of(one, "year")) == str(year)
            and value_of(one, "refPlace") in cities
        ]

    @property
    def _view(self) -> View:
        return self._seat.store.view(self._seat.branch_name)


def _lowered(statistic: Document, industry: Industry, lost: float) -> Document:
    """A statistic with one industry lowered and the totals with it; marked as synthetic and as an assumption."""
    held = instance_of(statistic, industry.id)
    if held is None or not isinstance(held.get("value"), (int, float)):
        raise DataError("clusters.statistic-missing", year=value_of(statistic, "year"), industry=industry.label["ko"])
    less = round(held["value"] * lost)
    made = {**statistic, industry.id: _less(held, less)}
    for total in (TOTAL, GRDP):
        known = instance_of(statistic, total)
        if known is not None:
            made[total] = _less(known, less)
    return made


def _less(held: Instance, less: int) -> Instance:
    return {**held, "value": held["value"] - less, "status": property_("synthetic"), "assumption": property_(True)}


def level(lost: Range, recovery: Range, passed: int) -> dict[str, float]:
    """What is left some years after the shock; the low case is the grave one: much lost, long recovery."""
    other = {"low": "high", "central": "central", "high": "low"}
    return {
        case: round(1 - lost.at(other[case]) * max(0.0, 1 - passed / recovery.at(other[case])), 9) for case in CASES
    }


def _view_of(view: View, shock: Document) -> ShockView:
    lost, recovery, start = range_of(shock, "lostShare"), range_of(shock, "recoveryYears"), value_of(shock, "startYear")
    if lost is None or recovery is None or start is None:
        raise DataError("clusters.parameter-missing", id=shock["id"], name="lostShare, recoveryYears, startYear")
    years = range(int(recovery.high) + 2)
    path = tuple(Level(int(start) + n, level(lost, recovery, n)) for n in years)
    return ShockView(shock["id"], name_of(view, shock["id"]), str(value_of(shock, "industry")), lost, recovery, path)
