"""Days are counted as Korean law counts them, and the sentence says how."""

from datetime import date, timedelta
from math import floor, radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.rules.days import Calendar, count, korea


@pytest.mark.parametrize(
    ("start", "days", "direction", "unit", "due", "says"),
    [
        # The first day does not count: asked on Monday the 23rd, 20 days end on Sunday the 13th, so on Monday.
        ("2026-11-23", 20, "within", "calendar", "2026-12-14", "제161조"),
        ("2026-11-20", 20, "within", "calendar", "2026-12-10", "제157조"),
        # The 30th day is Christmas (Friday): Saturday and Sunday are off too, so Monday.
        ("2026-11-25", 30, "within", "calendar", "2026-12-28", "기독탄신일"),
        # 14 days before the 20th: the 20th does not count, 19th to 6th are the 14 days, so by the 5th.
        ("2026-12-20", 14, "before", "calendar", "2026-12-05", "온전한 14일"),
        ("2026-11-02", 20, "lasting", "calendar", "2026-11-23", "적어도"),
        ("2026-11-23", 5, "within", "business", "2026-11-30", "근무일"),
        # Chuseok of 2026: the 24th to the 26th of September are holidays.
        ("2026-09-21", 3, "within", "calendar", "2026-09-28", "추석 전날"),
        ("2026-09-21", 3, "within", "business", "2026-09-28", "근무일"),
        ("2028-01-03", 3, "within", "calendar", "2028-01-06", "2025년부터 2027년까지만"),
        ("2026-04-21", 10, "within", "calendar", "2026-05-01", "노동절"),
        ("2027-07-07", 10, "within", "calendar", "2027-07-20", "제헌절"),
    ],
)
def test_a_count_by_hand(start: str, days: int, direction: str, unit: str, due: str, says: str) -> None:
    found = count(date.fromisoformat(start), days, direction=direction, unit=unit)  # type: ignore[arg-type]
    assert found.due.isoformat() == due
    assert says in found.counting["ko"]


starts = st.dates(min_value=date(2025, 1, 1), max_value=date(2027, 10, 1))
numbers = st.integers(min_value=1, max_value=60)


@given(starts, numbers)
def test_a_period_never_ends_on_a_day_off_nor_before_its_days_are_over(start: date, days: int) -> None:
    due = count(start, days).due
    assert not korea().is_off(due)
    assert due >= start + timedelta(days=days)
    moved = due - (start + timedelta(days=days))
    assert all(korea().is_off(start + timedelta(days=days + n)) for n in range(moved.days))


@given(starts, numbers)
def test_before_leaves_all_days_between(start: date, days: int) -> None:
    due = count(start, days, direction="before").due
    assert (start - due).days == days + 1


@given(starts, numbers)
def test_working_days_are_at_least_as_long(start: date, days: int) -> None:
    assert count(start, days, unit="business").due >= count(start, days).due


# --- the calendar -----------------------------------------------------------------------------------------------------


def new_moon(k: int) -> float:
    """Julian date (dynamical time) of the k-th new moon since 2000-01-06, to some minutes (Meeus, chapter 49)."""
    t = k / 1236.85
    jde = 2451550.09766 + 29.530588861 * k + 0.00015437 * t**2
    m, mm = radians(2.5534 + 29.10535670 * k), radians(201.5643 + 385.81693528 * k + 0.0107582 * t**2)
    f = radians(160.7108 + 390.67050284 * k - 0.0016118 * t**2)
    e = 1 - 0.002516 * t
    return (
        jde
        - 0.40720 * sin(mm) + 0.17241 * e * sin(m) + 0.01608 * sin(2 * mm) + 0.01039 * sin(2 * f)
        + 0.00739 * e * sin(mm - m) - 0.00514 * e * sin(mm + m) + 0.00208 * e * e * sin(2 * m)
        - 0.00111 * sin(mm - 2 * f) - 0.00057 * sin(mm + 2 * f)
        + 0.00056 * e * sin(2 * mm + m) - 0.00042 * sin(3 * mm) + 0.00042 * e * sin(m + 2 * f)
    )  # fmt: skip


def lunar_months(year: int) -> list[date]:
    """First days of lunar months that begin in a year, in Korean time; 70 s are the clock's lag behind the moon's."""
    first = floor((year - 2000) * 12.3685) - 2
    shift = 9 / 24 - 70 / 86400 - 2451544.5
    days = [date(2000, 1, 1) + timedelta(days=floor(new_moon(k) + shift)) for k in range(first, first + 17)]
    return [day for day in days if day.year == year]


def sun_longitude(day: date) -> float:
    """The sun's longitude in degrees at noon, to a hundredth."""
    n = (day - date(2000, 1, 1)).days + 3 / 24
    mean, anomaly = 280.466 + 0.9856474 * n, radians(357.528 + 0.9856003 * n)
    return (mean + 1.915 * sin(anomaly) + 0.020 * sin(2 * anomaly)) % 360


def lunar_day(year: int, month: int, day: int) -> date:
    """A day of the lunar calendar: month 1 holds the sun's entry into Pisces (330°), and so on by 30°."""
    wanted = (330 + 30 * (month - 1)) % 360
    for first, following in zip((months := lunar_months(year)), months[1:], strict=False):
        begin, end = sun_longitude(first), sun_longitude(following)
        if (wanted - begin) % 360 < (end - begin) % 360:
            return first + timedelta(days=day - 1)
    raise AssertionError(f"no month {month} in {year}")


@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_the_lunar_holidays_are_those_of_the_moon(year: int) -> None:
    named = {holiday.name["ko"]: holiday.day for holiday in korea().days.values() if holiday.day.year == year}
    buddha = next(day for name, day in named.items() if "부처님" in name and "대체" not in name)
    assert named["설날"] == lunar_day(year, 1, 1)
    assert buddha == lunar_day(year, 4, 8)
    assert named["추석"] == lunar_day(year, 8, 15)


def test_every_holiday_that_falls_on_a_weekend_has_its_substitute() -> None:
    """Decree Article 3: on a Saturday or Sunday for most, on a Sunday only for Seollal and Chuseok."""
    calendar: Calendar = korea()
    for holiday in calendar.days.values():
        name, weekday = holiday.name["ko"], holiday.day.weekday()
        if any(word in name for word in ("대체", "1월 1일", "현충일", "선거", "임시")):
            continue
        moves = weekday == 6 or (weekday == 5 and "설날" not in name and "추석" not in name)
        if moves:
            after = holiday.day + timedelta(days=1)
            while calendar.is_off(after) and "대체" not in calendar.days.get(after, holiday).name["ko"]:
                after += timedelta(days=1)
            assert after in calendar.days, f"{holiday.day} {name} has no substitute"


def test_constitution_day_is_a_holiday_from_2026_on() -> None:
    assert date(2025, 7, 17) not in korea().days
    assert korea().days[date(2026, 7, 17)].certainty == "S"
