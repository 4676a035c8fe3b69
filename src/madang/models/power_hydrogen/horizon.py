"""The hours an answer is computed for: a year of 8,760, four weeks that stand for the seasons, or one mean week. Pure.

A representative week has the mean of each hour of the week over its season, scaled so that the season's sum is kept;
each of its hours counts as often as the season has weeks (days / 7). Within a week stores end as they began.
The year has no 29 February and begins on a Monday at midnight.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from madang.errors import CallerError
from madang.models.base import Floats

DAYS_OF_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
WEEK = 168
YEAR = 8760
SEASONS = {"winter": (12, 1, 2), "spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11)}
MONTH_OF_DAY = np.repeat(np.arange(1, 13), DAYS_OF_MONTH)
MONTH_OF_HOUR = np.repeat(MONTH_OF_DAY, 24)


@dataclass(frozen=True)
class Horizon:
    """Blocks of hours, each with its name and the months it stands for."""

    blocks: tuple[tuple[str, tuple[int, ...]], ...]
    hours_of_block: int

    @property
    def hours(self) -> int:
        """How many hours are computed."""
        return len(self.blocks) * self.hours_of_block

    @cached_property
    def weights(self) -> Floats:
        """How many hours of the year each computed hour stands for; they sum to 8,760."""
        days = [sum(DAYS_OF_MONTH[m - 1] for m in months) for _, months in self.blocks]
        return np.repeat([24 * d / self.hours_of_block for d in days], self.hours_of_block)

    def fold(self, year: Floats) -> Floats:
        """A series of 8,760 values as one over the computed hours, with the sum of each block kept."""
        if self.hours == YEAR:
            return year
        return np.concatenate([_mean_week(year, np.isin(MONTH_OF_HOUR, months)) for _, months in self.blocks])

    def monthly(self, values: Floats) -> Floats:
        """Sums by month; a month takes its part, by days, of the week that stands for it."""
        if self.hours == YEAR:
            return np.array([values[month == MONTH_OF_HOUR].sum() for month in range(1, 13)])
        weeks = {m: n for n, (_, months) in enumerate(self.blocks) for m in months}
        sums = values.reshape(len(self.blocks), WEEK).sum(axis=1)
        return np.array([sums[weeks[m]] * DAYS_OF_MONTH[m - 1] / 7 for m in range(1, 13)])

    def ends(self) -> list[int]:
        """The last hour of each block."""
        return [(n + 1) * self.hours_of_block - 1 for n in range(len(self.blocks))]


def _mean_week(year: Floats, taken: NDArray[np.bool_]) -> Floats:
    at, values = np.flatnonzero(taken) % WEEK, year[taken]
    mean = np.bincount(at, values, WEEK) / np.bincount(at, minlength=WEEK)
    wanted, found = values.sum(), mean.sum() * (len(values) / WEEK)
    return np.asarray(mean * (wanted / found) if found else mean)


EVERY_MONTH = tuple(range(1, 13))
HORIZONS = {
    "168": Horizon((("year", EVERY_MONTH),), WEEK),
    "672": Horizon(tuple(SEASONS.items()), WEEK),
    "8760": Horizon((("year", EVERY_MONTH),), YEAR),
}


def horizon_of(word: str) -> Horizon:
    """The horizon of the word `hours`, also where it was read as a number; without one, four weeks."""
    found = HORIZONS.get(word.removesuffix(".0") or "672")
    if found is None:
        raise CallerError("power_hydrogen.hours-unknown", found=word, known=", ".join(HORIZONS))
    return found
