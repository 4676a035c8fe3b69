"""Who is trained for the two clusters, who is wanted, and what skills the promised jobs need; on 현행.

Seats and graduation rates of the two departments are derived from what universities disclosed; the rest is chosen and
says so. The demand outgrows the seats, so there is something for an alternative to mend.
"""

from __future__ import annotations

from madang.city import City
from madang.entities.entity import value_of as value
from madang.practice.days import ANALYST, OFFICER, on
from madang.practice.ground import MADE_UP
from madang.practice.industry import BATTERY, MEMORANDUM, PACKAGING
from madang.practice.money import AGREEMENT

CELLS, PACKAGES, DESIGN = "전지소재", "후공정", "회로설계"
RATE = dict[str, float]
HIRE: RATE = {"low": 0.25, "central": 0.35, "high": 0.45}
STAY: RATE = {"low": 0.86, "central": 0.91, "high": 0.95}
REMAIN: RATE = {"low": 0.94, "central": 0.965, "high": 0.98}  # of those at work already, a year
# People at work in 2025 by skill, then people wanted in all, by skill and year.
AT_WORK = {CELLS: 620, PACKAGES: 540, DESIGN: 60}
WANTED = {
    CELLS: {2028: 640, 2030: 690, 2032: 750},
    PACKAGES: {2028: 560, 2030: 630, 2032: 700},
    DESIGN: {2028: 75, 2030: 110, 2032: 150},
}


def about(central: float, *, of: float = 0.12) -> dict[str, float]:
    """A number of people with its doubt to either side."""
    return {"low": round(central * (1 - of)), "central": central, "high": round(central * (1 + of))}


def survey(city: City) -> None:
    """Departments, courses, people at work and wanted, and the skills of promised jobs."""
    with on("2026-06-29"):
        door = city.clusters.talent
        made = door.propose(
            skills={"반도체공학과": PACKAGES, "신소재공학과": CELLS}, local_hire_rate=HIRE, retention_rate=STAY,
            start_year=2022, end_year=2032, reason="학과 공시에서 옮김(가상)", by=ANALYST,
        )  # fmt: skip
        for one in made:
            cluster = PACKAGING if value(one, "skill") == PACKAGES else BATTERY
            city.clusters.link(cluster, one["id"], reason="클러스터의 과정(가상)", by=ANALYST)
        door.add_programme(
            name={"ko": "회로설계 실무과정(가상)", "en": "Design course (made up)"}, skill=DESIGN,
            seats=about(20, of=0.1), start_year=2025, end_year=2032, study_years=1,
            graduation_rate={"low": 0.8, "central": 0.88, "high": 0.95}, local_hire_rate=HIRE, retention_rate=STAY,
            cluster=PACKAGING, amount=3_200_000_000, reason="시 지원 과정(가상)", by=ANALYST,
        )  # fmt: skip
        for skill, people in AT_WORK.items():
            door.add_at_work(
                skill=skill, year=2025, persons=about(people, of=0.05), retention_rate=REMAIN, source=MADE_UP,
                reason="인력 실태조사(가상)", by=ANALYST,
            )  # fmt: skip
        for skill, years in WANTED.items():
            for year, people in years.items():
                door.add_demand(
                    skill=skill, year=year, persons=about(people), kind="standing", source=MADE_UP,
                    reason="기업 수요조사(가상)", by=ANALYST,
                )  # fmt: skip
        for agreement, skills in ((AGREEMENT, {CELLS: 0.05}), (MEMORANDUM, {PACKAGES: 0.3, DESIGN: 0.05})):
            door.add_mix(agreement=agreement, skills=skills, reason="협약 부속서(가상)", by=OFFICER)
