"""The policy: a materials park as an amendment of the plan, as it was drafted and computed.

The numbers that it promises come from the comparison of the branch with main; none is typed except one that no model
gives, and that one says so.
"""

from __future__ import annotations

from typing import Any

from madang.city import City
from madang.practice.days import ANALYST, OFFICER, STATUS, on, said
from madang.practice.first_plan import PLAN, part, section
from madang.practice.ground import CITY, ID, SITE, UNIVERSITY, body
from madang.practice.money import AGREEMENT, TOTAL

BRANCH = "materials-park"
PROGRAMME = f"urn:ngsi-ld:Programme:{ID}:materials"
FACILITY = f"urn:ngsi-ld:Facility:{ID}:test-centre"
EFFECT, TRAINED, JOBS = (part("Target", code) for code in ("value-added", "trained", "jobs"))
TASK = part("Task", "park")
DUE = "2026-06-30"
WHY = "소재부품 기업 34곳의 협약을 계획으로 옮깁니다(가상)"


def draft(city: City) -> None:
    """The branch: programme, facility, sections, tasks, money, and the targets of its comparison with main."""
    with on("2025-04-07"):
        there = city.fork(
            BRANCH, title=said("소재부품 단지안(가상)", "Materials park (made up)"), reason=WHY, by=OFFICER
        )
        there.put([_programme(), _facility()], reason=WHY, by=OFFICER)
        _plan_parts(there)
    with on("2025-04-21"):
        there.compare(by=ANALYST)
        _promise(there)
        _paragraphs(there)


def _programme() -> dict[str, Any]:
    basis = said("연습을 위해 고른 배분입니다(가상)", "A split chosen for practice (made up)")
    return {
        "id": PROGRAMME,
        "type": "Programme",
        "title": {"languageMap": said("소재부품 단지 투자사업(가상)", "Materials park programme (made up)")},
        "reason": WHY,
        "amount": {"value": TOTAL, "unitCode": "KRW", "priceYear": "unstated", "status": STATUS},
        "sectorShares": {
            "json": {"construction": 0.35, "electronics": 0.4, "chemicals": 0.15, "it-services": 0.1},
            "assumption": True,
            "basis": {"languageMap": basis},
            "status": STATUS,
        },
        "refAgreement": {"object": f"urn:ngsi-ld:Agreement:madang:{AGREEMENT}"},
        "status": STATUS,
        "refCity": {"object": CITY},
        "location": {"value": {"type": "Point", "coordinates": list(SITE)}, "type": "GeoProperty", "status": STATUS},
    }


def _facility() -> dict[str, Any]:
    lon, lat = SITE
    ring = [[lon, lat], [lon + 0.0008, lat], [lon + 0.0008, lat + 0.0005], [lon, lat + 0.0005], [lon, lat]]
    return {
        "id": FACILITY,
        "type": "Facility",
        "name": {"languageMap": said("소재시험센터(가상)", "Materials test centre (made up)")},
        "kind": "test-centre",
        "location": {"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [ring]}},
        "floorsAboveGround": {"value": 5, "unitCode": "{floor}"},
        "height": {"value": 22.5, "unitCode": "MTR"},
        "refProgramme": {"object": PROGRAMME},
        "refCity": {"object": CITY},
        "status": STATUS,
    }


def _plan_parts(there: City) -> None:
    def add(kind: str, code: str, **values: Any) -> str:
        return str(there.plans.add(kind, code=code, status=STATUS, reason=WHY, by=OFFICER, **values)["id"])

    work = add(
        "Goal", "work", title=said("일자리가 가까운 도시(가상)", "Jobs nearby (made up)"), refPlan=PLAN, due="2029"
    )
    chain = add(
        "Strategy", "chain", title=said("소재부터 시험까지 한곳에", "From material to test"), refGoal=work, refPlan=PLAN
    )
    park = add(
        "Task",
        "park",
        title=said("소재부품 단지 조성(가상)", "Materials park (made up)"),
        refPlan=PLAN,
        refGoal=work,
        refStrategy=chain,
        startYear=2025,
        endYear=2027,
        owner=body("industry"),
        benefit=9,
        localOnly=True,
        category="industry",
        refProgramme=PROGRAMME,
    )
    test = add(
        "Task",
        "test",
        title=said("소재시험센터 건립(가상)", "Test centre (made up)"),
        refPlan=PLAN,
        refGoal=work,
        refStrategy=chain,
        startYear=2025,
        endYear=2026,
        owner=body("industry"),
        benefit=7,
        localOnly=True,
        category="industry",
        refFacility=FACILITY,
    )
    start = add(
        "Task",
        "start",
        title=said("시험 지원 시작(가상)", "Testing begins (made up)"),
        refPlan=PLAN,
        refGoal=work,
        refStrategy=chain,
        startYear=2027,
        endYear=2028,
        owner=body("industry"),
        benefit=5,
        localOnly=True,
        dependsOn=test,
        category="industry",
        budget="none",
    )
    for task, year, fund, amount in (
        (park, 2025, "city", 4_000_000_000),
        (park, 2026, "national", 6_000_000_000),
        (park, 2026, "city", 5_000_000_000),
        (test, 2025, "city", 3_500_000_000),
        (test, 2026, "national", 7_000_000_000),
        (park, 2027, "city", 2_000_000_000),
    ):
        code = f"{task.rpartition(':')[2]}-{year}-{fund}"
        add("BudgetLine", code, year=year, fund=fund, amount=amount, refTask=task)
    add(
        "Milestone",
        "test-open",
        title=said("소재시험센터 준공(가상)", "Test centre done"),
        due="2026-10-31",
        refTask=test,
    )
    add(
        "Milestone", "first-test", title=said("첫 시험 접수(가상)", "First test taken"), due="2027-03-02", refTask=start
    )
    there.investment.plan_facility(
        FACILITY,
        points=[
            {"date": "2025-09-15", "percent": 0},
            {"date": "2026-03-31", "percent": 35},
            {"date": "2026-07-31", "percent": 75},
            {"date": "2026-10-31", "percent": 100},
        ],
        budget=10_500_000_000,
        reason=WHY,
        by=OFFICER,
    )


def _promise(there: City) -> None:
    ledger = there.promise_ledger
    ledger.promise(
        indicator="economy.value-added-city",
        due=DUE,
        owner=body("industry"),
        task=TASK,
        plan=PLAN,
        id=EFFECT,
        title=said("단지 투자로 지역에 남는 부가가치(가상)", "Value added that the park leaves in the city (made up)"),
        reason="비교에서 나온 값을 약속합니다(가상)",
        by=OFFICER,
    )
    ledger.promise(
        title=said("소재 인력 수료(가상)", "People trained (made up)"),
        value=120,
        unit="IE",
        due="2026-08-31",
        better="higher",
        owner=UNIVERSITY,
        task=TASK,
        plan=PLAN,
        id=TRAINED,
        reason="대학과 합의한 수입니다(가상)",
        by=OFFICER,
    )
    ledger.promise(
        title=said("단지 일자리(가상)", "Jobs in the park (made up)"),
        value=2_400,
        unit="E51",
        due="2027-12-31",
        better="higher",
        owner=body("industry"),
        task=TASK,
        plan=PLAN,
        id=JOBS,
        reason="협약 대장의 고용계획을 줄여 잡았습니다(가상)",
        by=OFFICER,
    )


def _paragraphs(there: City) -> None:
    effect, amount = "{{indicator:economy.value-added-city | band}}", f"{{{{entity:{PROGRAMME}#amount}}}}"
    add = there.plans.add
    add(
        "Paragraph",
        code="act-8-1-7-2",
        refSection=section("act-8-1-7"),
        status=STATUS,
        reason=WHY,
        by=OFFICER,
        text="소재부품 기업의 시험 예약과 결과 확인을 한 창구에서 제공한다.",
    )
    add(
        "Paragraph",
        code="decree-12-1-3-2",
        refSection=section("decree-12-1-3"),
        status=STATUS,
        reason=WHY,
        by=OFFICER,
        text=f"기업 34곳의 투자협약 {amount}이 모두 이행되면 지역에 남는 부가가치는 {effect}이다.",
    )
    there.plans.write(
        section("act-8-1-8"),
        "국비 185억 원과 시비 365억 원을 2029년까지 나누어 쓰고 민간투자는 따로 협의한다.",
        paragraph=part("Paragraph", "act-8-1-8-1"),
        reason=WHY,
        by=OFFICER,
    )
