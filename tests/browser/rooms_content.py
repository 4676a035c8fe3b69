"""Made-up (가상) committees, allied work and studies in a copy of a real city file, through the Python doors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import madang
from madang.city import City

COMMITTEE = "urn:ngsi-ld:Committee:madang:industry"
ALLIANCE = "urn:ngsi-ld:Alliance:announced:future-smart-belt"
COMPANY = "urn:ngsi-ld:Organisation:madeup:hanbit"
INDUSTRY = "urn:ngsi-ld:Organisation:madeup:industry"
BY = "하늘"
PEOPLE = ("가람", "나래", "다온", "라온", "마루")


def _body(id: str, ko: str, en: str) -> dict[str, Any]:
    return {"id": id, "type": "Organisation", "name": _both(ko, en), "status": "synthetic"}


def _both(ko: str, en: str) -> dict[str, Any]:
    return {"type": "LanguageProperty", "languageMap": {"ko": ko, "en": en}}


# --- committees -----------------------------------------------------------------------------------------------------


CHARTER: dict[str, Any] = {
    "source": {"ko": "미래산업위원회 조례(가상)", "en": "Future industry committee ordinance (made up)"},
    "certainty": "?",
    "seats": {"most": 9, "least": 3, "clause": {"ko": "제3조", "en": "Art. 3"}},
    "term": {"years": 2, "renewals": 1, "clause": {"ko": "제4조", "en": "Art. 4"}},
    "cycle": {"every": "half-year", "clause": {"ko": "제6조", "en": "Art. 6"}},
    "to_meet": {"rule": "more than 1/2 of members", "clause": {"ko": "제7조제1항", "en": "Art. 7(1)"}},
    "to_decide": {"rule": "more than 1/2 of present", "clause": {"ko": "제7조제2항", "en": "Art. 7(2)"}},
    "tie": {"rule": "lost", "clause": {"ko": "제7조제3항", "en": "Art. 7(3)"}},
    "recusal": {"by_law": ["party"], "counts": False, "clause": {"ko": "제8조", "en": "Art. 8"}},
    "attendance": {"proxy": False, "online": True},
    "composition": [
        {
            "share_of": "officials",
            "at_most": "1/4",
            "among": "members",
            "clause": {"ko": "제3조제2항", "en": "Art. 3(2)"},
        },
        {"group": "resident", "at_least": 1, "clause": {"ko": "제3조제3항", "en": "Art. 3(3)"}},
    ],
}


def committees(path: Path) -> dict[str, str]:
    """A committee with five members, a meeting that was held in May, and one called for December."""
    with madang.open(path, write=True) as city:
        city.put(
            [
                _body(COMPANY, "한빛소재(가상)", "Hanbit Materials (made up)"),
                _body(INDUSTRY, "전략산업과(가상)", "Strategic industry division (made up)"),
                {
                    "id": "urn:ngsi-ld:Agreement:madeup:mou", "type": "Agreement", "status": "synthetic",
                    "title": _both("한빛소재 투자협약(가상)", "Hanbit memorandum (made up)"),
                    "parties": {"type": "Relationship", "object": COMPANY},
                },
            ],
            reason="가상 기관", by=BY,
        )  # fmt: skip
        door = city.committees
        door.establish(
            name={"ko": "미래산업위원회(가상)", "en": "Future industry committee (made up)"}, code="industry",
            charter=CHARTER, since="2024-12", reason="조례 제정", by=BY,
        )  # fmt: skip
        for n, person in enumerate(PEOPLE):
            door.appoint(
                COMMITTEE,
                person=person,
                role="chair" if n == 0 else "member",
                starts_on="2026-01-05" if n else "2024-12-20",
                represents="resident" if n == 1 else None,
                organisation=COMPANY if n == 2 else None,
                reason="위촉",
                by=BY,
            )
        held = _held(city)
        called = _called(city)
        return {"held": held, **called}


def _held(city: City) -> str:
    door = city.committees
    meeting = door.call_meeting(
        COMMITTEE,
        date="2026-05-14",
        venue={"ko": "시청 대회의실", "en": "City hall, main room"},
        reason="상반기 정기회의",
        by=BY,
    )["id"]
    for kind, title in (
        ("policy-trend", "수소산업 정책동향"), ("business-introduction", "소재부품 지식산업센터 소개"),
        ("performance-plan", "2025년 실적과 2026년 계획"), ("progress-briefing", "투자협약 34건 추진상황"),
    ):  # fmt: skip
        door.add_item(meeting, kind=kind, title=title, by=BY)
    support = door.add_item(meeting, kind="decision", title="시험장비 공동활용 지침(안)", by=BY)["id"]
    for n, person in enumerate(PEOPLE):
        if n < 4:
            door.attend(meeting, person=person, mode="online" if n == 3 else "in-person", by=BY)
    door.open_meeting(meeting, by=BY)
    items = [one["id"] for one in door.meeting(meeting)["agenda"]]
    door.say(meeting, speaker="나래", text="수요처를 먼저 정하고 시설을 지어야 합니다.", item=items[0], by=BY)
    for one in items[:4]:
        door.conclude(one, state="heard", reason="보고를 들음", by=BY)
    door.vote(
        support, ballots={"가람": "for", "나래": "for", "다온": "for", "라온": "against"},
        dissent=[{"member": "라온", "text": "사용료 기준을 먼저 정해야 합니다."}], by=BY,
    )  # fmt: skip
    door.follow_up(support, title="사용료 기준 마련", owner=INDUSTRY, due="2026-08-31", by=BY)
    door.count_audience(meeting, count=30, status="estimated", by=BY)
    door.close_meeting(meeting, by=BY)
    return str(meeting)


def _called(city: City) -> dict[str, str]:
    door = city.committees
    meeting = door.call_meeting(
        COMMITTEE, date="2026-11-20", kind="extraordinary", reason="협약 지원을 정해야 합니다.", by=BY
    )["id"]
    trend = door.add_item(meeting, kind="policy-trend", title="이차전지 정책동향", by=BY)["id"]
    item = door.add_item(
        meeting, kind="decision", title="한빛소재 협약 지원(안)", concerns=["urn:ngsi-ld:Agreement:madeup:mou"], by=BY
    )["id"]
    return {"called": str(meeting), "trend": str(trend), "item": str(item)}


# --- allied cities ---------------------------------------------------------------------------------------------------


TEXT = (
    "제1조(목적) 이 조례는 반도체 산업을 함께 키우는 데 먼저 살필 것을 정한다.\n"
    "제2조(우선 고려) ① 시장은 도로와 용수를 먼저 살핀다. ② 시장은 전력을 먼저 살핀다.\n"
    "제3조(협의) 시장은 해마다 한 번 이상 회원 도시와 협의한다."
)
ICHEON = TEXT.replace("② 시장은 전력을 먼저 살핀다.", "② 시장은 전력과 인력 양성을 먼저 살핀다.")
SUWON = TEXT + "\n제4조(재정) 시장은 예산의 범위에서 지원한다."


def alliance(path: Path) -> dict[str, str]:
    """One joint ordinance half way, the first steps towards a special body, a joint project, and strategies."""
    with madang.open(path, write=True) as city:
        door = city.alliances
        member = {one.name["ko"]: one.city for one in door.members(ALLIANCE)}
        city.put([_strategy(member, *one) for one in STRATEGIES if one[-1] is None], reason="가상 전략", by=BY)
        door.record_step(ALLIANCE, step="agreement", on="2025-01-10", reason="규약을 함께 정함(가상)", by=BY)
        for name, day in (
            ("이천시", "2025-02-10"),
            ("수원시", "2025-02-14"),
            ("안성시", "2025-03-05"),
            ("평택시", "2025-03-07"),
        ):
            door.record_step(ALLIANCE, step="council-vote", council=member[name], on=day, reason="의결(가상)", by=BY)
        items = door.charter_checklist(ALLIANCE)
        words = ("반도체 산업의 공동 육성", "미래형 스마트벨트 특별자치단체", "수원·용인·성남·화성·평택·이천·안성")
        door.write_charter(
            ALLIANCE,
            items={one.id: text for one, text in zip(items, words, strict=False)},
            reason="합의한 항목(가상)",
            by=BY,
        )
        made = {"ordinance": _ordinance(city, member), "project": _project(city, member)}
        drawn = city.fork(
            "belt", title={"ko": "시험센터 두 곳(가상)", "en": "Two test centres (made up)"}, reason="견주기", by=BY
        )
        drawn.put([_strategy(member, *one) for one in STRATEGIES if one[-1] is not None], reason="가상 시설", by=BY)
        return made


STRATEGIES = (
    ("icheon", "이천시", "반도체 실장기술 시험센터", "test-lab", 18_000_000_000, (127.435, 37.272)),
    ("anseong", "안성시", "반도체 실장기술 시험센터 건립", "test-lab", 15_000_000_000, (127.270, 37.008)),
    ("suwon", "수원시", "반도체 설계 인력 양성", "training", 6_000_000_000, None),
)


def _strategy(
    member: dict[str, str], code: str, city: str, title: str, category: str, amount: int, at: tuple[float, float] | None
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": f"urn:ngsi-ld:Facility:madeup:{code}" if at else f"urn:ngsi-ld:CityStrategy:madeup:{code}",
        "type": "Facility" if at else "CityStrategy",
        "status": "synthetic",
        "title": _both(f"{title}(가상)", f"{title} (made up)"),
        "refCity": {"type": "Relationship", "object": member[city]},
        "category": category,
        "amount": {"type": "Property", "value": amount, "unitCode": "KRW", "status": "synthetic"},
    }
    if at is not None:
        made["location"] = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": list(at)}}
    else:
        made["refAlliance"] = {"type": "Relationship", "object": ALLIANCE}
    return made


def _ordinance(city: City, member: dict[str, str]) -> str:
    door = city.alliances
    common = door.draft_ordinance(
        ALLIANCE,
        title={"ko": "우선 고려 공동조례(가상)", "en": "Joint ordinance on priorities (made up)"},
        text=TEXT,
        reason="공동안",
        by=BY,
    )["id"]
    for name, text in (("이천시", ICHEON), ("수원시", SUWON), ("안성시", None), ("평택시", None)):
        door.variant(common, city=member[name], text=text, on="2026-01-05", reason="시안", by=BY)
    for name, state, day in (
        ("이천시", "notified", "2026-02-02"), ("이천시", "passed", "2026-03-12"),
        ("이천시", "promulgated", "2026-04-01"),
        ("수원시", "notified", "2026-02-20"), ("수원시", "passed", "2026-05-08"), ("안성시", "notified", "2026-03-03"),
    ):  # fmt: skip
        door.adopt_step(common, city=member[name], state=state, on=day, reason="시보(가상)", by=BY)
    return str(common)


def _project(city: City, member: dict[str, str]) -> str:
    alone = {"수원시": 5, "용인시": 6, "성남시": 5, "화성시": 7, "평택시": 6, "이천시": 4, "안성시": 4}
    made = city.alliances.add_project(
        ALLIANCE, title={"ko": "공동 시험센터(가상)", "en": "Joint test centre (made up)"}, shared=3_000_000_000,
        alone={member[name]: n * 1_000_000_000 for name, n in alone.items()},
        benefits={member[name]: n * 1_200_000_000 for name, n in zip(alone, (3, 9, 4, 8, 7, 5, 1), strict=True)},
        reason="공동안", by=BY,
    )  # fmt: skip
    return str(made["id"])


# --- studies ---------------------------------------------------------------------------------------------------------


def studies(path: Path) -> dict[str, str]:
    """One study that recommends and is used, one half way with its service contract, and one just begun."""
    with madang.open(path, write=True) as city:
        claim = next(one["id"] for one in city.claims())
        done = _done(city, claim)
        running = _running(city, claim)
        begun = city.studies.begin(
            title={"ko": "수소버스 충전소 입지(가상)", "en": "Where hydrogen buses charge (made up)"},
            question="충전소를 어디에 둘 것인가",
            starts_on="2026-11-02", reason="하반기 계획", by=BY,
        )  # fmt: skip
        return {"done": done, "running": running, "begun": str(begun["id"])}


def _done(city: City, claim: str) -> str:
    door = city.studies
    id = str(door.begin(
        title={"ko": "소재부품 시험장비 공동활용(가상)", "en": "Shared test equipment (made up)"},
        question={"ko": "시험장비를 어떻게 함께 쓸 것인가", "en": "How is test equipment to be shared?"},
        starts_on="2026-01-12", ends_on="2026-06-30", cost_krw=80_000_000, link="https://example.org/report",
        reason="2026년 연구계획", by=BY,
    )["id"])  # fmt: skip
    door.add_alternative(id, title={"ko": "현행 유지", "en": "As it is"}, kind="baseline", reason="견줄 기준", by=BY)
    door.add_alternative(id, title={"ko": "공동장비센터", "en": "Shared centre"}, reason="첫째 안", by=BY)
    door.add_alternative(id, title={"ko": "이용료 지원", "en": "Vouchers"}, reason="둘째 안", by=BY)
    door.add_evidence(id, evidence=[claim], text="발표수치를 살핌", reason="발표된 수치", by=BY)
    door.reject(id, alternative="이용료 지원", reason="장비가 모자란 것은 그대로입니다.", by=BY)
    door.recommend(
        id, alternative="공동장비센터",
        text={"ko": "공동장비센터를 두고 사용료를 함께 정할 것", "en": "Set up a shared centre"},
        on="2026-06-25", reason="최종보고서", by=BY,
    )  # fmt: skip
    door.record_use(id, state="under-review", on="2026-07-10", reason="전략산업과에서 살핌", by=BY)
    return id


def _running(city: City, claim: str) -> str:
    door = city.studies
    id = str(door.begin(
        title={"ko": "이차전지 집적 방안(가상)", "en": "Battery cluster (made up)"},
        question={"ko": "어떤 지원이 집적을 높이는가", "en": "Which support raises clustering?"},
        starts_on="2026-03-02", ends_on="2026-12-20", cost_krw=120_000_000, reason="2026년 연구계획", by=BY,
    )["id"])  # fmt: skip
    door.add_alternative(id, title={"ko": "현행 유지", "en": "As it is"}, kind="baseline", reason="견줄 기준", by=BY)
    door.add_alternative(id, title={"ko": "집적단지", "en": "Cluster site"}, reason="첫째 안", by=BY)
    door.add_alternative(id, title={"ko": "현금 지원", "en": "Cash"}, reason="둘째 안", by=BY)
    door.add_evidence(id, evidence=[claim], reason="발표된 수치", by=BY)
    for kind, due, owed in (
        ("launch", "2026-03-20", "착수보고서"),
        ("interim", "2026-08-31", "중간보고서"),
        ("final", "2026-12-15", "최종보고서"),
    ):
        door.add_phase(id, kind=kind, due=due, deliverables=[{"title": owed}], reason="과업지시서", by=BY)
    door.hold_briefing(id, phase="launch", on="2026-03-18", reason="착수보고회", by=BY)
    door.deliver(id, deliverable="착수보고서", on="2026-03-18", reason="접수", by=BY)
    said = door.comment(id, phase="launch", text="집적의 경계를 지도에 밝힐 것", author="도시계획과장", by=BY)
    door.answer(said["id"], text="붙임 지도에 밝혔습니다.", by=BY)
    door.comment(id, phase="interim", text="기업 표본을 늘릴 것", author="전략산업과장", by=BY)
    return id
