"""A made-up register (가상) for tests, demonstrations and exercises: the real one is not public.

It has as many companies and the same sum, to the won, as was announced; every company, site and amount is invented, and
whoever imports it marks it synthetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SECTORS = ("이차전지 소재(가상)", "수소(가상)", "1차 금속(가상)", "화학(가상)", "기계장비(가상)")
SITES = (("가상 1산단", 127.66, 34.95), ("가상 2산단", 127.72, 34.92), ("가상 항만구역", 127.69, 34.90))
# One company in seven keeps each of these, in this order; the shares of contract and realisation are of the pledge.
COURSES: tuple[tuple[str, int | None, int | None], ...] = (
    ("협약", None, None),
    ("협약", None, None),
    ("계약", 80, 0),
    ("인허가", 90, 5),
    ("착공", 100, 35),
    ("가동", 100, 100),
    ("무산", None, None),
)
COMPANIES, TOTAL = 34, 1_374_200_000_000


def sample_register(companies: int = COMPANIES, total: int = TOTAL) -> list[dict[str, Any]]:
    """Rows of an invented register whose pledges sum to the total, to the won."""
    pledges = _pledges(companies, total)
    rows = []
    for number, amount in enumerate(pledges, 1):
        site, lon, lat = SITES[number % len(SITES)]
        stage, contracted, realised = COURSES[number % len(COURSES)]
        rows.append(
            {
                "company": f"가상기업 {number:02d}",
                "number": f"가상-2020-{number:02d}",
                "pledged": amount,
                "sector": SECTORS[number % len(SECTORS)],
                "site": site,
                "signed_on": f"2020-{number % 12 + 1:02d}-15",
                "jobs": 5 + 7 * number,
                "stage": stage,
                "stage_on": None if stage == "협약" else f"2022-{number % 12 + 1:02d}-01",
                "contracted": None if contracted is None else amount * contracted // 100,
                "realised": None if realised is None else amount * realised // 100,
                "evidence": None if stage == "협약" else f"가상 문서 {number:02d}",
                "lon": lon,
                "lat": lat,
            }
        )
    return rows


def _pledges(companies: int, total: int) -> Sequence[int]:
    """Unequal amounts that sum to the total: shares of 1, 2, …, n, and what division leaves goes to the last."""
    shares = companies * (companies + 1) // 2
    made = [total * number // shares for number in range(1, companies + 1)]
    made[-1] += total - sum(made)
    return made
