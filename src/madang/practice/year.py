"""A year of data: what became of the pledges, the test centre and the permits, what was measured, and the scores.

The miss of the promised value added has four causes here, as it would have in life: companies that gave up
(assumption), money that comes after the day of the promise (delay), newer statistics (external change), and what the
model gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from madang.city import City
from madang.entities.entity import value_of
from madang.practice import council, statistics
from madang.practice.amendment import EFFECT, FACILITY, TRAINED
from madang.practice.days import ANALYST, OFFICER, SECRETARY, STATUS, on, said
from madang.practice.ground import MADE_UP
from madang.practice.money import company, register

MEASURED_SHARE = 0.36  # of what was promised; made up

PROGRESS = {"2025-12-30": (12, 1_100_000_000), "2026-03-31": (27, 2_900_000_000), "2026-07-31": (52, 5_700_000_000)}

# What became of one company in seven: on which day it reached which stage, with how much contracted and realised (%).
Stage = tuple[str, str, int, int]
COURSES: tuple[tuple[Stage, ...], ...] = (
    (
        ("2025-11-03", "contracted", 100, 0),
        ("2026-02-02", "permitted", 100, 20),
        ("2026-05-11", "under-construction", 100, 90),
    ),
    (("2026-05-11", "cancelled", 0, 0),),
    (("2025-11-03", "contracted", 80, 0), ("2026-02-02", "permitted", 80, 30)),
    (
        ("2025-11-03", "contracted", 90, 5),
        ("2026-02-02", "permitted", 90, 40),
        ("2026-08-24", "under-construction", 90, 80),
    ),
    (("2026-02-02", "contracted", 100, 10), ("2026-05-11", "permitted", 100, 35)),
    (
        ("2025-11-03", "contracted", 100, 30),
        ("2026-02-02", "permitted", 100, 60),
        ("2026-05-11", "under-construction", 100, 95),
        ("2026-06-22", "operating", 100, 100),
    ),
    (("2026-02-02", "contracted", 70, 0),),
)


def pass_by(city: City) -> None:
    """From the notice of the amendment to the review a year later, day by day."""
    for day, happens in _HAPPENED:
        with on(day):
            happens(city, day)


def _stages(city: City, day: str) -> None:
    pledged = {row["company"]: row["pledged"] for row in register()}
    for number in range(1, len(pledged) + 1):
        for at, stage, contracted, realised in COURSES[number % len(COURSES)]:
            if at != day:
                continue
            amount = pledged[company(number)]
            told: dict[str, Any] = {"contracted": amount * contracted // 100, "realised": amount * realised // 100}
            city.investment.record_stage(
                company(number),
                stage=stage,
                on=day,
                evidence=f"가상 문서 {number:02d}",
                reason="분기 점검(가상)",
                by=OFFICER,
                **({} if stage == "cancelled" else told),
            )


def _apply(city: City, _: str) -> None:
    city.investment.apply_permit(
        title=said("소재시험센터 건축허가(가상)", "Building permit of the test centre (made up)"),
        code="building",
        days=20,
        clause=said("건축법 제11조(일수는 가상)", "Building Act Art. 11 (days made up)"),
        facility=FACILITY,
        status=STATUS,
        reason="신청(가상)",
        by=OFFICER,
    )


def _suspend(city: City, _: str) -> None:
    city.investment.suspend_permit("building", evidence="가상 공문", reason="배치도 보완 요청(가상)", by=OFFICER)


def _resume(city: City, _: str) -> None:
    city.investment.resume_permit("building", evidence="가상 공문", reason="보완 서류 접수(가상)", by=OFFICER)


def _grant(city: City, _: str) -> None:
    city.investment.grant_permit("building", evidence="가상 허가서", reason="건축허가(가상)", by=OFFICER)


def _late_permit(city: City, _: str) -> None:
    city.investment.apply_permit(
        title=said("가상기업 05 공장설립승인(가상)", "Factory approval of company 05 (made up)"),
        code="factory",
        days=20,
        clause=said("산업집적활성화법 제13조(일수는 가상)", "Industrial Cluster Act Art. 13 (days made up)"),
        company=company(5),
        status=STATUS,
        reason="신청(가상)",
        by=OFFICER,
    )


def _progress(city: City, day: str) -> None:
    physical, executed = PROGRESS[day]
    city.investment.record_progress(
        FACILITY, physical=physical, executed=executed, evidence="감리 보고(가상)", reason="분기 보고(가상)", by=OFFICER
    )


def _regular(city: City, day: str) -> None:
    """The regular meeting of the first half of 2026, which hears how the policy goes."""
    desk = city.committees
    meeting = desk.call_meeting(council.CODE, date=day, reason="상반기 정기회의(가상)", by=SECRETARY)["id"]
    title = said("소재부품 단지 추진상황(가상)", "Progress of the materials park (made up)")
    item = desk.add_item(meeting, kind="progress-briefing", title=title, by=SECRETARY)["id"]
    for person in council.PEOPLE[:5]:
        desk.attend(meeting, person=person, by=SECRETARY)
    desk.open_meeting(meeting, by=SECRETARY)
    desk.conclude(item, state="heard", reason="보고를 들었습니다(가상)", by=SECRETARY)
    desk.close_meeting(meeting, by=SECRETARY)


def _commitments(city: City, _: str) -> None:
    door = city.investment
    door.report("road", measure="개설 길이", value=740, evidence="준공 보고(가상)", reason="1차 준공(가상)", by=OFFICER)
    door.report(
        "training", measure="수료생", value=62, evidence="수료 명단 1기(가상)", reason="1기 수료(가상)", by=OFFICER
    )


def _graduates(city: City, day: str) -> None:
    city.investment.report(
        "training", measure="수료생", value=127, evidence="수료 명단 2기(가상)", reason="2기 수료(가상)", by=OFFICER
    )
    city.investment.fulfil("training", evidence="수료 명단(가상)", done_on=day, reason="모두 수료(가상)", by=OFFICER)


def _newer_statistics(city: City, _: str) -> None:
    statistics.publish(city)


def _review(city: City, _: str) -> None:
    """What was measured, with its evidence, and the scores."""
    ledger = city.promise_ledger
    promised = {value_of(one, "refTarget"): one for one in city.query("Promise") if "refTarget" in one}
    effect, trained = promised[EFFECT], promised[TRAINED]
    actual = round(value_of(effect, "value") * MEASURED_SHARE)
    ledger.record_outcome(
        effect["id"],
        value=actual,
        period="2026-06-30",
        evidence=statistics.STATISTIC,
        reason="1년 점검(가상)",
        by=ANALYST,
    )
    ledger.record_outcome(
        trained["id"], value=127, period="2026-08-31", evidence=MADE_UP, reason="수료 명단(가상)", by=ANALYST
    )
    ledger.score(reason="1년 점검(가상)", by=ANALYST)


_HAPPENED: tuple[tuple[str, Callable[[City, str], None]], ...] = (
    ("2025-10-13", _apply),
    ("2025-10-20", _suspend),
    ("2025-11-03", _resume),
    ("2025-11-03", _stages),
    ("2025-11-14", _grant),
    ("2025-12-30", _progress),
    ("2026-02-02", _stages),
    ("2026-03-19", _regular),
    ("2026-03-31", _progress),
    ("2026-04-20", _commitments),
    ("2026-05-11", _stages),
    ("2026-06-22", _stages),
    ("2026-07-31", _progress),
    ("2026-08-10", _newer_statistics),
    ("2026-08-24", _stages),
    ("2026-08-24", _graduates),
    ("2026-09-07", _review),
    ("2026-10-05", _late_permit),
)
