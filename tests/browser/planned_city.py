"""A made-up (가상) statutory plan in a copy of a real city file, for the pages of plans and procedures.

Three amendments of it: what was in force before (1.0), a minor one that was adopted (1.1), and a major one that stands
before its committee, with steps done and open, opinions, a vote with dissent. All of it goes through the Python doors.
"""

# ruff: noqa: E501 (the sentences of the plan are easier to read on one line)

from __future__ import annotations

from pathlib import Path
from typing import Any

import madang
from madang.city import City

CITY = "seongnam"
OPEN_BRANCH = "mobility"  # the major amendment, under deliberation
FIRST_BRANCH = "first-plan"
LAW = "urn:ngsi-ld:Organisation:madeup:{}"
BODIES = {"smart": ("스마트도시과", "Smart City Division"), "transport": ("교통기획과", "Transport Planning Division"),
          "budget": ("예산재정과", "Budget Division"), "safety": ("안전총괄과", "Safety Division")}  # fmt: skip
MADE_UP = {"status": "synthetic"}

# What each section of the plan says, by the item of the law that it answers.
TEXTS = {
    "act-8-1-1": "판교·분당·위례를 잇는 첨단산업 도시로, 인구와 기업이 판교에 몰려 교통과 돌봄의 격차가 커지고 있다.",
    "act-8-1-2": "2030년까지 시민이 30분 안에 일터와 돌봄에 닿는 도시를 만들고, 자료로 확인되는 정책만 편다.",
    "act-8-1-3": "2026년에 기반을 닦고, 2028년까지 교통과 안전 서비스를 넓히며, 2030년까지 전역에서 운영한다.",
    "act-8-1-4": "스마트도시과가 총괄하고 교통기획과와 안전총괄과가 서비스를 나누어 맡아 분기마다 점검한다.",
    "act-8-1-5": "통합운영센터 1곳과 자가통신망 120킬로미터를 갖추고 상시 운영 인력 18명을 둔다.",
    "act-8-1-6": "인근 시와 광역버스 도착 자료를 나누고, 재난 상황을 한 화면에서 함께 본다.",
    "act-8-1-7": "수요응답 버스, 보행 안전 알림, 돌봄 안부 확인 등 여섯 가지 서비스를 제공한다.",
    "act-8-1-8": "국비 300억 원과 시비 900억 원을 2030년까지 나누어 쓰고 민간투자는 따로 협의한다.",
    "decree-12-1-1": "개인정보는 수집할 때 목적을 밝히고 가명으로 처리하며 해마다 영향평가를 받는다.",
    "decree-12-1-2": "기술 표준을 지키고 자료는 국가 데이터허브 형식으로 내보낸다.",
    "decree-12-1-3": "2030년까지 1,200억 원을 들여 지역 기업 40개와 함께 서비스를 만든다.",
    "decree-12-1-4": "시민과 공무원 600명을 교육하고 시민참여단 50명을 꾸린다.",
    "decree-12-1-5": "관계 기관은 도시 자료를 표준 규격으로 나누고 이용 기록을 남긴다.",
    "decree-12-1-6": "해마다 성과를 재고 다음 해 계획에 반영하며 결과를 시민에게 알린다.",
    "decree-12-1-7": "그 밖에 필요한 사항은 스마트도시사업협의회의 심의를 거쳐 정한다.",
}


def build(path: Path) -> dict[str, str]:
    """The made-up plan written into a city file; the ids that tests ask for, by name."""
    with madang.open(path, write=True) as city:
        city.put([_body(code, names) for code, names in BODIES.items()], reason="가상 기관", by="소윤")
        _first(city)
        _minor(city)
        return _open(city)


def _body(code: str, names: tuple[str, str]) -> dict[str, Any]:
    name = {"type": "LanguageProperty", "languageMap": {"ko": names[0], "en": names[1]}}
    return {"id": LAW.format(code), "type": "Organisation", "name": name, "status": "synthetic"}


def _first(city: City) -> None:
    draft = city.fork(FIRST_BRANCH, title={"ko": "제1차 계획안", "en": "First plan"}, reason="첫 계획", by="소윤")
    smart = LAW.format("smart")
    draft.plans.new(
        "smart", {"ko": "성남시 스마트도시계획(가상)", "en": "Seongnam smart city plan (made up)"},
        vision={"ko": "30분 안에 일터와 돌봄에 닿는 도시", "en": "Work and care within 30 minutes"},
        start_year=2026, end_year=2030, owners=[smart], reason="첫 계획", by="소윤",
    )  # fmt: skip
    plan = draft.plans.tree("smart")
    for section in plan.sections:
        item = section["id"].rpartition("smart-")[2]
        draft.plans.change(section["id"], responsible=smart, reason="책임기관", by="소윤")
        draft.plans.write(section["id"], TEXTS.get(item, TEXTS["act-8-1-3"]), reason="초안", by="소윤")
    _tasks(draft, plan.id)
    goals = next(one["id"] for one in plan.sections if one["id"].endswith("act-8-1-2"))
    draft.plans.write(
        goals,
        "일터에 30분 안에 닿는 시민을 {{entity:urn:ngsi-ld:Target:seongnam:reach#value}}까지 늘린다.",
        reason="초안",
        by="소윤",
    )
    draft.propose(title="제1차 스마트도시계획(가상)", reason="사업을 벌이기 전에 법이 정한 계획을 세웁니다.", by="소윤")
    city.procedure.register_in_force(
        FIRST_BRANCH, approved_on="2026-01-05", noticed_on="2026-01-20", document="고시 제2026-1호",
        reason="이 도시파일 이전에 승인·고시된 계획입니다.", by="정하",
    )  # fmt: skip
    city.adopt(FIRST_BRANCH, reason="고시된 계획을 그대로 옮깁니다.", by="정하")


def _tasks(draft: City, plan: str) -> None:
    def add(kind: str, code: str | None = None, **values: Any) -> str:
        made = draft.plans.add(kind, code=code, reason="초안", by="소윤", **{**MADE_UP, **values})
        return str(made["id"])

    move = add("Goal", "move", title={"ko": "누구나 30분 안에", "en": "Within 30 minutes"}, refPlan=plan)
    safe = add("Goal", "safe", title={"ko": "안전한 동네", "en": "Safe neighbourhoods"}, refPlan=plan)
    bus_first = add(
        "Strategy", "bus-first", title={"ko": "버스부터 바꾼다", "en": "Buses first"}, refGoal=move, refPlan=plan
    )
    in_time = add(
        "Strategy", "in-time", title={"ko": "늦기 전에 안다", "en": "Know in time"}, refGoal=safe, refPlan=plan
    )
    owner = {name: LAW.format(name) for name in BODIES}
    centre = add("Task", "centre", title={"ko": "도시통합운영센터 확충", "en": "City operations centre"}, refPlan=plan,
                 refStrategy=in_time, refGoal=safe, startYear=2026, endYear=2027, owner=owner["smart"], benefit=8,
                 isLocalOnly=True)  # fmt: skip
    bus = add("Task", "bus", title={"ko": "수요응답 버스 12개 노선", "en": "Demand-responsive buses, 12 lines"}, refPlan=plan,
              refStrategy=bus_first, refGoal=move, startYear=2028, endYear=2029, dependsOn=centre,
              owner=owner["transport"], benefit=9)  # fmt: skip
    walk = add("Task", "walk", title={"ko": "보행 안전 알림", "en": "Pedestrian safety alerts"}, refPlan=plan,
               refStrategy=in_time, refGoal=safe, startYear=2027, endYear=2028, dependsOn=centre,
               owner=owner["safety"], benefit=6, budget="none")  # fmt: skip
    add("Task", "data", title={"ko": "교통 자료 개방", "en": "Open transport data"}, refPlan=plan, refGoal=move,
        startYear=2029, endYear=2030, dependsOn=bus, owner=owner["transport"])  # fmt: skip
    for task, year, fund, amount, spent in (
        (centre, 2026, "national", 9_000_000_000, 7_350_000_000), (centre, 2026, "city", 15_000_000_000, 11_200_000_000),
        (centre, 2027, "city", 18_000_000_000, None), (bus, 2028, "national", 12_000_000_000, None),
        (bus, 2028, "city", 21_000_000_000, None), (bus, 2029, "city", 26_000_000_000, None),
    ):  # fmt: skip
        add("BudgetLine", year=year, fund=fund, amount=amount, executed=spent, refTask=task)
    add(
        "Milestone",
        "centre-open",
        title={"ko": "운영센터 개소", "en": "Centre opens"},
        due="2027-06-30",
        refTask=centre,
    )
    add("Milestone", "design", title={"ko": "설계 완료", "en": "Design done"}, due="2026-09-30", refTask=centre)
    add("Milestone", "bus-start", title={"ko": "첫 노선 운행", "en": "First line runs"}, due="2028-03-02", refTask=bus)
    add("Target", "reach", title={"ko": "30분 안에 일터에 닿는 시민", "en": "People within 30 minutes of work"},
        indicator="share-30min", value={"type": "Property", "value": 72, "unitCode": "P1"}, baseline={"type": "Property", "value": 58.4, "unitCode": "P1"},
        baselineYear=2025, due="2030-12-31", refGoal=move)  # fmt: skip
    add("Target", "accidents", title={"ko": "보행자 사고", "en": "Pedestrian accidents"}, indicator="accidents",
        value={"type": "Property", "value": 210, "unitCode": "{case}"}, due="2030-12-31", refGoal=safe, refTask=walk)  # fmt: skip
    add("Service", "bus", title={"ko": "수요응답 버스", "en": "Demand-responsive bus"}, refPlan=plan, serviceField="transport",
        owner=owner["transport"], refTask=bus, indicator="boardings", budget="none",
        raci={"responsible": [owner["transport"]], "accountable": [owner["smart"]]})  # fmt: skip
    add("Service", "walk", title={"ko": "보행 안전 알림", "en": "Pedestrian alerts"}, refPlan=plan,
        serviceField="safety", refTask=walk)  # fmt: skip


def _minor(city: City) -> None:
    draft = city.fork(
        "industry", title={"ko": "산업 육성 조정안", "en": "Industry funds"}, reason="예산 조정", by="소윤"
    )
    section = next(one["id"] for one in draft.plans.tree("smart").sections if one["id"].endswith("decree-12-1-3"))
    (paragraph,) = draft.plans.tree("smart").text_of_section[section]
    draft.plans.write(
        section, "2030년까지 1,350억 원을 들여 지역 기업 46개와 함께 서비스를 만든다.", paragraph=paragraph["id"],
        reason="기업 참여가 늘었습니다.", by="소윤",
    )  # fmt: skip
    draft.propose(title="산업 육성 예산 조정(가상)", reason="참여 기업이 늘어 예산을 조정합니다.", by="소윤")
    city.adopt("industry", reason="경미한 변경입니다.", by="정하")


def _open(city: City) -> dict[str, str]:
    draft = city.fork(OPEN_BRANCH, title={"ko": "교통 확대안", "en": "More mobility"}, reason="교통 확대", by="소윤")
    tree = draft.plans.tree("smart")
    act = {one["id"].rpartition("smart-")[2]: one["id"] for one in tree.sections}
    (funds,) = tree.text_of_section[act["act-8-1-8"]]
    draft.plans.write(
        act["act-8-1-8"], "국비 420억 원과 시비 1,050억 원을 2030년까지 나누어 쓰고 민간투자는 따로 협의한다.",
        paragraph=funds["id"], reason="노선을 18개로 늘립니다.", by="소윤",
    )  # fmt: skip
    draft.plans.write(
        act["act-8-1-7"], "수요응답 버스는 2029년까지 18개 노선으로 넓히고, 심야에는 병원과 역을 잇는다.",
        reason="노선을 18개로 늘립니다.", by="소윤",
    )  # fmt: skip
    bus = next(one["id"] for one in tree.tasks if one["id"].endswith(":bus"))
    draft.plans.change(bus, title={"ko": "수요응답 버스 18개 노선", "en": "Demand-responsive buses, 18 lines"},
                       reason="노선을 18개로 늘립니다.", by="소윤")  # fmt: skip
    draft.plans.change(
        "urn:ngsi-ld:Target:seongnam:reach",
        value={"type": "Property", "value": 75, "unitCode": "P1"},
        reason="목표를 올립니다.",
        by="소윤",
    )
    proposal = str(
        draft.propose(
            title="수요응답 버스 확대(가상)",
            reason="버스 노선을 12개에서 18개로 늘려 위례와 분당의 통근 시간을 줄이려 합니다. 재원과 서비스가 바뀌므로 중요한 변경입니다.",
            by="소윤",
        )["id"]
    )
    procedure = city.procedure
    procedure.complete_step(
        proposal, "agency-consultation", started="2026-08-17", on="2026-09-11", document="스마트도시과-1204",
        reason="관계 행정기관 6곳과 협의를 마쳤습니다.", by="소윤",
    )  # fmt: skip
    procedure.start_step(
        proposal, "application", on="2026-09-28", document="스마트도시과-1377", reason="승인을 신청했습니다.", by="소윤"
    )
    third = procedure.opine(
        proposal, "심야 노선부터 시작하자는 의견입니다.", role="member", channel="meeting", stance="neutral", by="나래"
    )
    procedure.dispose(third["id"], "partly", reason="심야 2개 노선을 첫해에 넣고 나머지는 2년째에 넣습니다.", by="정하")
    vote = _committee(city, proposal)
    paragraph = {"kind": "paragraph", "entity": funds["id"], "attribute": "text"}
    procedure.opine(
        proposal,
        "시비가 150억 원 늘어나는 까닭을 연도별로 나누어 적어 주십시오.",
        role="reviewer",
        anchor=paragraph,
        by="민준",
    )
    place = {"kind": "place", "geometry": {"type": "Point", "coordinates": [127.1447, 37.4786]}}
    second = procedure.opine(
        proposal, "위례 중앙광장 앞에도 정류장을 두면 좋겠습니다.", role="citizen", anchor=place, channel="web", stance="for", by="한결"
    )  # fmt: skip
    procedure.reply(second["id"], "정류장 후보지로 넣고 현장을 보겠습니다.", role="author", by="소윤")
    return {"proposal": proposal, "plan": tree.id, "vote": vote, "paragraph": str(funds["id"])}


def _committee(city: City, proposal: str) -> str:
    committees = city.committees
    clause = {"ko": "제7조제1항", "en": "Art. 7(1)"}
    committees.establish(
        name="스마트도시사업협의회(가상)", code="madeup", since="2026-01-01", reason="조례", by="정하",
        charter={
            "source": {"ko": "협의회 조례(가상)", "en": "Council ordinance (made up)"}, "certainty": "?",
            "seats": {"most": 9, "least": 3, "clause": {"ko": "제3조", "en": "Art. 3"}},
            "term": {"years": 2, "renewals": 1, "clause": {"ko": "제4조", "en": "Art. 4"}},
            "to_meet": {"rule": "more than 1/2 of members", "clause": clause},
            "to_decide": {"rule": "more than 1/2 of present", "clause": {"ko": "제7조제2항", "en": "Art. 7(2)"}},
            "tie": {"rule": "lost", "clause": {"ko": "제7조제3항", "en": "Art. 7(3)"}},
        },
    )  # fmt: skip
    people = ("가람", "나래", "다온", "라온", "마루")
    for n, name in enumerate(people):
        committees.appoint(
            "madeup",
            person=name,
            role="chair" if n == 0 else "member",
            starts_on="2026-02-01",
            reason="위촉",
            by="정하",
        )
    meeting = committees.call_meeting("madeup", date="2026-10-14", reason="안건이 올라왔습니다.", by="정하")
    item = committees.add_item(meeting["id"], kind="decision", proposal=proposal, reason="안건", by="정하")
    for name in people:
        committees.attend(meeting["id"], person=name, by="정하")
    committees.open_meeting(meeting["id"], by="정하")
    committees.vote(
        item["id"],
        ballots={"가람": "for", "나래": "for", "다온": "for", "라온": "for", "마루": "against"},
        dissent=[{"member": "마루", "text": "운영비 추계를 먼저 보아야 합니다."}],
        by="정하",
    )
    return str(item["id"])
