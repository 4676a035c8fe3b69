"""What is drawn: hourly shapes of electric loads, the shape of hydrogen demand, tariffs by hour, files of hours. Pure.

Shapes are made for a year that begins on a Monday and have a mean of one. The hours of a time-of-use tariff follow the
form of KEPCO's industrial tariff: off-peak from 22 to 8 and on Sundays; peak at 11 and from 13 to 18, in winter
(November to February) from 9 to 12 and from 16 to 19; on Saturdays peak counts as mid-load.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from madang.errors import CallerError, DataError
from madang.models.base import Blob, Floats
from madang.models.power_hydrogen.horizon import MONTH_OF_HOUR, WEEK, YEAR

SHAPES = ("flat", "three-shift", "office", "series")
DAY_SHIFT = (6, 22)  # hours of the two shifts that are not the night's
OFFICE_DAY = (8, 19)
PEAK = ((11, 12), (13, 18))
PEAK_WINTER = ((9, 12), (16, 19))
OFF_PEAK_FROM, OFF_PEAK_TO = 22, 8
WINTER_MONTHS = (11, 12, 1, 2)

_HOUR = np.arange(YEAR) % 24
_DAY = np.arange(YEAR) // 24 % 7  # 0 is Monday
_WEEKEND = _DAY >= 5


def shape_of(word: str, params: Mapping[str, Any]) -> Floats:
    """The load of each hour of the year for a mean of one; "" is flat."""
    if word in ("", "flat"):
        return np.ones(YEAR)
    if word not in ("three-shift", "office"):
        raise CallerError("power_hydrogen.shape-unknown", found=word, known=", ".join(SHAPES))
    name, (begins, ends) = ("three_shift", DAY_SHIFT) if word == "three-shift" else ("office", OFFICE_DAY)
    day = (begins <= _HOUR) & (ends > _HOUR)
    shape = np.where(day, 1.0, params[f"{name}_night"]) * np.where(_WEEKEND, params[f"{name}_weekend"], 1.0)
    return np.asarray(shape / shape.mean())


def opening_shape(params: Mapping[str, Any]) -> Floats:
    """Hydrogen demand of each hour of the year for a mean of one: even while the stations are open."""
    opens, closes = params["station_opens"], params["station_closes"]
    is_open = (opens <= _HOUR) & (closes > _HOUR)
    if not is_open.any():
        raise CallerError("power_hydrogen.stations-never-open", opens=opens, closes=closes)
    return np.asarray(is_open / is_open.mean())


def tariff_shape(params: Mapping[str, Any]) -> Floats:
    """The tariff of each hour of the year for a mean of one."""
    winter = np.isin(MONTH_OF_HOUR, WINTER_MONTHS)
    peak = np.where(winter, _within(PEAK_WINTER), _within(PEAK)) & ~_WEEKEND
    off = (_HOUR >= OFF_PEAK_FROM) | (_HOUR < OFF_PEAK_TO) | (_DAY == 6)
    rate = np.where(off, params["tariff_off_peak"], np.where(peak, params["tariff_peak"], 1.0))
    return np.asarray(rate / rate.mean() if rate.any() else rate)


def _within(spans: tuple[tuple[int, int], ...]) -> Any:
    return np.any([(begins <= _HOUR) & (ends > _HOUR) for begins, ends in spans], axis=0)


def read_hours(blob: Blob) -> dict[str, Floats]:
    """A file of hours: a header, then 168 or 8,760 rows of numbers, a column a site; the column `hour` is left out.

    168 rows are a week that repeats; the first hour is that of 1 January, a Monday.
    """
    try:
        rows = list(csv.reader(io.StringIO(blob.data.decode("utf-8-sig"))))
    except UnicodeDecodeError as wrong:
        raise DataError("power_hydrogen.hours-file-encoding", name=blob.name) from wrong
    header = [name.strip() for name in rows[0]] if rows else []
    body = [row for row in rows[1:] if row]
    names = [name for name in header if name != "hour"]
    if not names or len(body) not in (WEEK, YEAR):
        raise DataError("power_hydrogen.hours-file-rows", name=blob.name, found=len(body))
    columns = {name: [_cell(blob, n, row, header.index(name)) for n, row in enumerate(body)] for name in names}
    return {name: np.resize(np.array(values), YEAR) for name, values in columns.items()}


def _cell(blob: Blob, n: int, row: list[str], at: int) -> float:
    said = row[at] if at < len(row) else ""
    try:
        value = float(said)
    except ValueError:
        value = float("nan")
    if not 0 <= value < float("inf"):  # NaN fails as well
        raise DataError("power_hydrogen.hours-file-number", name=blob.name, line=n + 2, found=said)
    return value
