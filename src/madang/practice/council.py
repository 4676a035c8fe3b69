"""The committee of the practice city: charter, members, and the regular meeting of the first half of 2025."""

from __future__ import annotations

from typing import Any

from madang.city import City
from madang.practice.days import SECRETARY, on, said
from madang.practice.ground import body

CODE = "square"
LAW = "연습도시 위원회 조례(가상)"
CHARTER: dict[str, Any] = {
    "source": said(LAW, "Committee ordinance of the practice city (made up)"),
    "certainty": "?",
    "seats": {"most": 9, "least": 5, "clause": said(f"{LAW} 제3조", "Committee ordinance Art. 3")},
    "term": {"years": 2, "renewals": 1, "clause": said(f"{LAW} 제4조", "Committee ordinance Art. 4")},
    "cycle": {"every": "half-year", "clause": said(f"{LAW} 제6조", "Committee ordinance Art. 6")},
    "to_meet": {
        "rule": "more than 1/2 of members",
        "clause": said(f"{LAW} 제7조제1항", "Committee ordinance Art. 7(1)"),
    },
    "to_decide": {
        "rule": "more than 1/2 of present",
        "clause": said(f"{LAW} 제7조제2항", "Committee ordinance Art. 7(2)"),
    },
    "tie": {"rule": "lost", "clause": said(f"{LAW} 제7조제3항", "Committee ordinance Art. 7(3)")},
    "recusal": {"by_law": ["party"], "counts": False, "clause": said(f"{LAW} 제8조", "Committee ordinance Art. 8")},
    "attendance": {"proxy": False, "online": True},
    "composition": [{"group": "resident", "at_least": 1}],
}
GARAM, NARAE, DAON, RAON, MARU, BORA, SOL = (
    f"{name}(가상)" for name in ("가람", "나래", "다온", "라온", "마루", "보라", "솔")
)
PEOPLE = (GARAM, NARAE, DAON, RAON, MARU, BORA, SOL)
# Who sits there for whom: one member belongs to a company of the register, which the vote on the policy is about.
ORGANISATION = {RAON: body("supplier"), MARU: body("chamber")}


def establish(city: City) -> None:
    """The committee, its members for two years, and its first regular meeting."""
    with on("2025-01-13"):
        city.committees.establish(
            name=said("연습도시 스마트도시위원회(가상)", "Smart city committee of the practice city (made up)"),
            code=CODE,
            charter=CHARTER,
            since="2025-01",
            reason="조례 시행(가상)",
            by=SECRETARY,
        )
        for person in PEOPLE:
            city.committees.appoint(
                CODE,
                person=person,
                role="chair" if person == GARAM else "member",
                starts_on="2025-01-13",
                represents="resident" if person in (NARAE, SOL) else None,
                organisation=ORGANISATION.get(person),
                reason="위촉(가상)",
                by=SECRETARY,
            )
    with on("2025-03-20"):
        _regular(city, "2025-03-20")


def _regular(city: City, day: str) -> None:
    """A meeting that hears four items, one of each kind."""
    desk = city.committees
    meeting = desk.call_meeting(CODE, date=day, reason="상반기 정기회의(가상)", by=SECRETARY)["id"]
    items = [
        desk.add_item(meeting, kind=kind, title=title, by=SECRETARY)["id"]
        for kind, title in (
            ("policy-trend", said("국가 스마트도시 정책동향(가상)", "National policy (made up)")),
            ("business-introduction", said("나래소재 증설 사업 소개(가상)", "Plans of Narae Materials (made up)")),
            ("performance-plan", said("2024년 실적과 2025년 계획(가상)", "2024 and 2025 (made up)")),
            ("progress-briefing", said("통합운영센터 추진상황(가상)", "Progress of the centre (made up)")),
        )
    ]
    for person in PEOPLE[:6]:
        desk.attend(meeting, person=person, mode="online" if person == BORA else "in-person", by=SECRETARY)
    desk.open_meeting(meeting, by=SECRETARY)
    desk.say(meeting, speaker=NARAE, text="버스 도착 시간부터 맞추어 주십시오.", item=items[3], by=SECRETARY)
    desk.say(meeting, speaker=RAON, text="소재 시험을 함께 할 곳이 필요합니다.", item=items[1], by=SECRETARY)
    for item in items:
        desk.conclude(item, state="heard", reason="보고를 들었습니다(가상)", by=SECRETARY)
    desk.follow_up(
        items[3], title="버스 도착 오차 자료 제출(가상)", owner=body("transport"), due="2025-05-30", by=SECRETARY
    )
    desk.close_meeting(meeting, by=SECRETARY)
