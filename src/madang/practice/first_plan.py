"""The plan in force: version 1.0, approved and noticed before this file was made, and a minor amendment, 1.1.

The act asked for sixteen items when the plan was made, one of them under a condition; the seventeenth, of 2026-06-03,
is what `pending` is about.
"""

from __future__ import annotations

from typing import Any

from madang.city import City
from madang.practice.days import HEAD, OFFICER, STATUS, on, said
from madang.practice.ground import CITY, ID, body

CODE = "smart"
PLAN = f"urn:ngsi-ld:Plan:{ID}:{CODE}"
FIRST, MINOR = "first-plan", "industry-funds"

TEXTS = {
    "act-8-1-1": f"인구 {{{{entity:{CITY}#population}}}}명의 도시로, 산업단지와 농촌이 함께 있어 돌봄의 격차가 크다.",
    "act-8-1-2": "2029년까지 시민이 30분 안에 일터와 돌봄에 닿는 도시를 만들고, 자료로 확인되는 정책만 편다.",
    "act-8-1-3": "2025년에 기반을 닦고, 2027년까지 교통과 안전 서비스를 넓히며, 2029년까지 전역에서 운영한다.",
    "act-8-1-4": "스마트도시과가 총괄하고 교통과와 안전총괄과가 서비스를 나누어 맡아 분기마다 점검한다.",
    "act-8-1-5": "경찰서, 소방서, 교육지원청과 자료 연계 협약을 맺고 재난 때 한 화면에서 함께 본다.",
    "act-8-1-6": "통합운영센터 1곳과 자가통신망 86킬로미터를 갖추고 상시 운영 인력 14명을 둔다.",
    "act-8-1-7": "수요응답 버스, 보행 안전 알림, 돌봄 안부 확인의 세 가지 서비스를 제공한다.",
    "act-8-1-8": "국비 120억 원과 시비 310억 원을 2029년까지 나누어 쓰고 민간투자는 따로 협의한다.",
    "decree-12-1-1": "이웃 도시와 버스 도착 자료와 교통신호 자료를 같은 규격으로 주고받는다.",
    "decree-12-1-2": "서비스는 읍면동 어디서나 같은 수준으로 제공하고 하나의 접속 창구로 잇는다.",
    "decree-12-1-3": "2029년까지 90억 원을 들여 지역 기업 24개와 함께 서비스를 만든다.",
    "decree-12-1-4": "자매도시 2곳과 해마다 한 차례 시험 결과와 실패 사례를 나눈다.",
    "decree-12-1-5": "개인정보는 수집할 때 목적을 밝히고 가명으로 처리하며 해마다 영향평가를 받는다.",
    "decree-12-1-6": "도시 자료는 표준 규격으로 모아 데이터허브에 두고 개인정보를 뺀 자료는 공개한다.",
    "decree-12-1-7": "정보시스템은 새로 만들기 전에 함께 쓸 수 있는지 먼저 살피고 연계 기록을 남긴다.",
}
BODY_OF = {"act-8-1-7": "transport", "act-8-1-8": "budget", "decree-12-1-3": "industry", "decree-12-1-5": "safety"}


def section(item: str) -> str:
    """The id of the section that answers an item of the law."""
    return f"urn:ngsi-ld:Section:{ID}:{CODE}-{item}"


def part(kind: str, code: str) -> str:
    """The id of a part of the plan."""
    return f"urn:ngsi-ld:{kind}:{ID}:{code}"


def bring_in_force(city: City) -> None:
    """Version 1.0, registered with its notice, and version 1.1."""
    with on("2025-01-07"):
        _first(city)
    with on("2025-02-18"):
        _minor(city)


def _first(city: City) -> None:
    reason = "2024년에 승인된 계획을 옮깁니다(가상)"
    draft = city.fork(FIRST, title=said("제1차 계획안(가상)", "First plan (made up)"), reason=reason, by=OFFICER)
    draft.plans.new(
        CODE,
        said("연습도시 스마트도시계획(가상)", "Smart city plan of the practice city (made up)"),
        vision=said("누구나 30분 안에 일터와 돌봄에 닿는 도시", "Work and care within 30 minutes for everyone"),
        start_year=2025,
        end_year=2029,
        owners=[body("smart")],
        reason=reason,
        by=OFFICER,
    )
    for item, text in TEXTS.items():
        responsible = body(BODY_OF.get(item, "smart"))
        draft.plans.change(section(item), responsible=responsible, status=STATUS, reason=reason, by=OFFICER)
        draft.plans.add(
            "Paragraph", code=f"{item}-1", text=text, refSection=section(item), status=STATUS, reason=reason, by=OFFICER
        )
    _parts(draft)
    draft.propose(
        title=said("제1차 스마트도시계획(가상)", "First smart city plan (made up)"), reason=reason, by=OFFICER
    )
    city.procedure.register_in_force(
        FIRST,
        approved_on="2024-11-29",
        noticed_on="2024-12-20",
        document="연습도시 고시 제2024-101호(가상)",
        reason="이 도시파일을 만들기 전에 승인·고시된 계획입니다(가상)",
        by=HEAD,
    )
    city.adopt(FIRST, reason="고시된 계획을 그대로 옮깁니다(가상)", by=HEAD)


def _parts(draft: City) -> None:
    def add(kind: str, code: str, **values: Any) -> str:
        made = draft.plans.add(kind, code=code, status=STATUS, reason="목표와 과제(가상)", by=OFFICER, **values)
        return str(made["id"])

    move = add("Goal", "move", title=said("누구나 30분 안에", "Within 30 minutes"), refPlan=PLAN, due="2029")
    safe = add("Goal", "safe", title=said("안전한 동네", "Safe neighbourhoods"), refPlan=PLAN, due="2029")
    buses = add("Strategy", "buses", title=said("버스부터 바꾼다", "Buses first"), refGoal=move, refPlan=PLAN)
    early = add("Strategy", "early", title=said("늦기 전에 안다", "Know in time"), refGoal=safe, refPlan=PLAN)
    centre = add(
        "Task",
        "centre",
        title=said("통합운영센터 확충", "City operations centre"),
        refPlan=PLAN,
        refGoal=safe,
        refStrategy=early,
        startYear=2025,
        endYear=2026,
        owner=body("smart"),
        benefit=8,
        localOnly=True,
        category="safety",
    )
    bus = add(
        "Task",
        "bus",
        title=said("수요응답 버스 6개 노선", "Demand-responsive buses, 6 lines"),
        refPlan=PLAN,
        refGoal=move,
        refStrategy=buses,
        startYear=2026,
        endYear=2028,
        dependsOn=centre,
        owner=body("transport"),
        benefit=9,
        localOnly=True,
        category="transport",
    )
    walk = add(
        "Task",
        "walk",
        title=said("보행 안전 알림", "Pedestrian safety alerts"),
        refPlan=PLAN,
        refGoal=safe,
        refStrategy=early,
        startYear=2026,
        endYear=2027,
        dependsOn=centre,
        owner=body("safety"),
        benefit=6,
        budget="none",
        localOnly=True,
        category="safety",
    )
    for task, year, fund, amount, spent in (
        (centre, 2025, "national", 3_000_000_000, 2_810_000_000),
        (centre, 2025, "city", 4_000_000_000, 3_460_000_000),
        (centre, 2026, "city", 5_000_000_000, None),
        (bus, 2026, "city", 3_000_000_000, None),
        (bus, 2027, "national", 4_000_000_000, None),
        (bus, 2027, "city", 6_000_000_000, None),
    ):
        code = f"{task.rpartition(':')[2]}-{year}-{fund}"
        add("BudgetLine", code, year=year, fund=fund, amount=amount, executed=spent, refTask=task)
    add("Milestone", "centre-open", title=said("운영센터 개소", "Centre opens"), due="2026-09-30", refTask=centre)
    add("Milestone", "bus-start", title=said("첫 노선 운행", "First line runs"), due="2027-03-02", refTask=bus)
    add(
        "Target",
        "accidents",
        title=said("보행자 사고", "Pedestrian accidents"),
        indicator="accidents",
        value={"type": "Property", "value": 95, "unitCode": "{case}"},
        baseline=140,
        baselineYear=2024,
        due="2029-12-31",
        owner=body("safety"),
        refGoal=safe,
        refTask=walk,
    )
    add(
        "Service",
        "bus",
        title=said("수요응답 버스", "Demand-responsive bus"),
        refPlan=PLAN,
        serviceField="transport",
        owner=body("transport"),
        refTask=bus,
        indicator="boardings",
        budget="none",
        raci={"responsible": [body("transport")], "accountable": [body("smart")]},
    )
    add(
        "Service",
        "walk",
        title=said("보행 안전 알림", "Pedestrian alerts"),
        refPlan=PLAN,
        serviceField="safety",
        refTask=walk,
    )


def _minor(city: City) -> None:
    reason = "참여 기업이 늘어 예산을 조정합니다(가상)"
    draft = city.fork(
        MINOR, title=said("산업 예산 조정안(가상)", "Industry funds (made up)"), reason=reason, by=OFFICER
    )
    draft.plans.write(
        section("decree-12-1-3"),
        "2029년까지 105억 원을 들여 지역 기업 28개와 함께 서비스를 만든다.",
        paragraph=part("Paragraph", "decree-12-1-3-1"),
        reason=reason,
        by=OFFICER,
    )
    draft.propose(title=said("산업 육성 예산 조정(가상)", "Industry funds (made up)"), reason=reason, by=OFFICER)
    city.adopt(MINOR, reason="경미한 변경입니다(가상)", by=HEAD)
