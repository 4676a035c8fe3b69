"""A real city with made-up (가상) promises and investments, for the pages of the promise ledger and of investment.

Nothing in it was promised by anybody: every company, amount, permit and call is invented and marked synthetic, and the
figures of the promises come from the model on the real data of the city. All of it goes through the Python doors, on
the days on which it would have happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import madang
from madang import clock
from madang.city import City
from madang.civic.deciding import proposals
from madang.civic.investment.register import write_register
from madang.civic.investment.register_sample import sample_register
from madang.entities.entity import property_
from madang.entities.representation import read_entity
from madang.plan.forecasts import promises_of
from madang.store import Tx

NAME = "gwangyang"
BY = "소윤"
MADE_UP = "가상 자료"
ID = "urn:ngsi-ld:{}:madeup:{}"
CITY = "urn:ngsi-ld:City:kostat:36060"
OWNERS = {
    "investment": ("투자유치과(가상)", "Investment Division (made up)"),
    "industry": ("산업정책과(가상)", "Industry Division (made up)"),
}
LINK = "https://www.example.go.kr/notice/{}"
PLEDGED = 400_000_000_000
# What was promised for 2025, in which the shares are of what really came: some kept, most missed.
PROMISED = {
    "economy.value-added-city": ("2025", "industry", 0.62),
    "economy.output-city": ("2025", "industry", 0.71),
    "economy.value-added-korea": ("2025", "industry", 1.04),
    "economy.value-added-rest": ("2025", "investment", 0.83),
    "economy.imports": ("2025", "investment", 0.9),
    "economy.output-korea": ("2026-09", "industry", None),
}

CALLS = """format: madang-calls/1
calls:
  - id: smart-solution-2027
    status: synthetic
    title: {ko: "스마트 솔루션 공모(가상)", en: "Smart solution call (made up)"}
    authority: {ko: "가상부", en: "Made-up ministry"}
    opens: 2026-11-01
    closes: 2026-12-15
    matching_percent: 50
    grant: [{year: 2027, krw: 2000000000}, {year: 2028, krw: 1000000000}]
    eligibility:
      - id: topic
        label: {ko: "교통 분야", en: "Transport"}
        topic: yes
        when: {fact: task.category, equals: transport}
      - id: plan
        label: {ko: "스마트도시계획 확정", en: "Plan adopted"}
        when: {fact: plans.kinds, contains: smart-city-plan}
      - id: partner
        label: {ko: "대학과의 협약", en: "Agreement with a university"}
        when: {fact: agreements.partners, contains: University}
      - {id: funds, label: {ko: "지방비 확보", en: "City's share funded"}, when: {fact: funds.short, equals: 0}}
    score_sheet:
      - {id: owner, label: {ko: "추진체계", en: "Organisation"}, points: 30, when: {fact: task.owner, equals: yes}}
      - {id: targets, label: {ko: "성과목표", en: "Targets"}, points: 20, when: {fact: task.targets, at_least: 1}}
      - {id: idea, label: {ko: "창의성", en: "Idea"}, points: 50}
"""


@contextmanager
def on(day: str) -> Iterator[None]:
    """Noon in Seoul of a day."""
    with clock.standing_at(datetime.fromisoformat(f"{day}T03:00:00").replace(tzinfo=UTC)):
        yield


def build(folder: Path) -> Path:
    """The city file, with all of it."""
    path = folder / f"{NAME}.gpkg"
    with on("2024-03-04"):
        madang.new(path, source=f"korea:{NAME}", by=BY).close()
    with madang.open(path) as city:
        _promises(city)
        _investment(city, folder)
    return path


# --- promises --------------------------------------------------------------------------------------------------------


def _promises(city: City) -> None:
    with on("2024-03-04"):
        city.put([_named("Organisation", code, names) for code, names in OWNERS.items()], reason=MADE_UP, by=BY)
        city.investment.sign(
            title={"ko": "이차전지 투자협약(가상)", "en": "Battery investment memorandum (made up)"}, parties=[CITY],
            signed_on="2024-02-01", amount=PLEDGED, code="battery", status="synthetic", reason=MADE_UP, by=BY,
        )  # fmt: skip
        draft = city.fork("growth", title={"ko": "이차전지 육성안", "en": "Battery growth"}, reason=MADE_UP, by=BY)
        draft.put(_programme(), reason="협약을 그대로 옮김", by=BY)
        for indicator, (due, owner, _) in PROMISED.items():
            draft.promise_ledger.promise(
                indicator=indicator,
                due=due,
                owner=ID.format("Organisation", owner),
                reason="투자 효과를 약속합니다.",
                by=BY,
            )
        draft.promise_ledger.promise(
            title={"ko": "산업단지 통학버스 노선 수(가상)", "en": "Commuter bus routes (made up)"}, value=12,
            unit="C62", due="2027", owner=CITY, reason="교통 대책", by=BY,
        )  # fmt: skip
        draft.propose(title="이차전지 육성안(가상)", reason="투자의 효과를 시민에게 약속합니다.", by=BY)
        store = city.for_writing()

        def keep(tx: Tx) -> None:
            tx.put_many(promises_of(store, "growth"))

        proposals.decide(store, "growth", adopt=True, reason="의결", actor="정하", also=keep)
    with on("2026-03-10"):
        city.put(
            [_realised("1", "2025-11-30", 180_000_000_000), _realised("2", "2026-02-20", 250_000_000_000)],
            reason="투자 실적 조사(가상)", by=BY,
        )  # fmt: skip
        for one in city.promise_ledger.list().entries:
            share = PROMISED.get(one.promised["indicator"] if one.promised else "", (0, 0, None))[2]
            if one.promised and share:
                city.promise_ledger.record_outcome(
                    one.state.id, value=round(one.promised["value"] * share), period="2025",
                    link=LINK.format("grdp-2025"), reason="2025년 실적(가상)", by=BY,
                )  # fmt: skip
        city.promise_ledger.score(reason="2025년 이행점검", by="정하")


def _programme() -> dict[str, Any]:
    return {
        "id": ID.format("Programme", "battery"),
        "type": "Programme",
        "title": {"languageMap": {"ko": "이차전지 투자(가상)", "en": "Battery investment (made up)"}},
        "amount": {"value": PLEDGED, "unitCode": "KRW", "status": "synthetic"},
        "refAgreement": {"object": "urn:ngsi-ld:Agreement:madang:battery"},
        "sectorShares": {"json": {"construction": 0.5, "electronics": 0.5}, "assumption": True},
    }


def _realised(code: str, day: str, amount: int) -> dict[str, Any]:
    return {
        "id": ID.format("InvestmentStage", code),
        "type": "InvestmentStage",
        "refAgreement": {"object": "urn:ngsi-ld:Agreement:madang:battery"},
        "stage": "operating",
        "date": day,
        "realised": {"value": amount, "unitCode": "KRW", "status": "synthetic"},
        "contracted": {"value": amount, "unitCode": "KRW", "status": "synthetic"},
    }


# --- investment ------------------------------------------------------------------------------------------------------


def _investment(city: City, folder: Path) -> None:
    university = _named("University", "univ", ("가상대학교", "Made-up University"))
    with on("2026-11-20"):
        city.put(university, reason=MADE_UP, by=BY)
        city.investment.sign(
            title={"ko": "34개 기업 투자협약(가상)", "en": "Memoranda with 34 companies (made up)"}, parties=[CITY],
            signed_on="2020", amount=1_374_200_000_000, code="mou", status="synthetic", reason=MADE_UP, by=BY,
        )  # fmt: skip
        register = folder / "register.xlsx"
        write_register(register, sample_register())
        city.investment.import_register(register, agreement="mou", status="synthetic", reason="가상 명부", by=BY)
        _agreement(city)
        _adopted(city, *_planned())
        _facility(city)
        _permits(city)
        calls = folder / "calls.yaml"
        calls.write_text(CALLS, "utf-8")
        city.investment.add_calls(calls, reason="공고(가상)", by=BY)


def _agreement(city: City) -> None:
    signed = city.investment.sign(
        title={"ko": "산학 협약(가상)", "en": "Agreement with the university (made up)"},
        parties=[CITY, ID.format("University", "univ")], signed_on="2025-04-01", code="univ", status="synthetic",
        reason=MADE_UP, by=BY,
    )  # fmt: skip
    measure = {"name": {"ko": "수료생", "en": "Graduates"}, "target": 120, "unit": "IE"}
    city.investment.split(
        signed["id"],
        commitments=[
            {"title": {"ko": "전지 인력 양성", "en": "Train battery staff"}, "owner": ID.format("University", "univ"),
             "due": "2026-06-30", "output": {"ko": "수료생 120명", "en": "120 graduates"}, "measures": [measure]},
            {"title": {"ko": "공동 시험실 운영", "en": "Joint laboratory"}, "owner": CITY, "due": "2027-12-31",
             "output": {"ko": "시험실 1곳", "en": "One laboratory"}, "measures": [measure]},
        ],
        reason=MADE_UP, by=BY,
    )  # fmt: skip


def _planned() -> list[dict[str, Any]]:
    curve = [("2025-01-01", 0), ("2025-06-30", 10), ("2026-03-31", 45), ("2026-12-31", 80), ("2027-06-30", 100)]
    city = {"object": CITY}
    return [
        {
            "id": ID.format("Facility", "centre"),
            "type": "Facility",
            "name": {"languageMap": {"ko": "지식산업센터(가상)", "en": "Knowledge industry centre (made up)"}},
            "plannedProgress": {"json": [{"date": day, "percent": percent} for day, percent in curve]},
            "amount": {"value": 29_000_000_000, "unitCode": "KRW", "status": "synthetic"},
            "refTask": {"object": ID.format("Task", "centre")},
        },
        _task("centre", "지식산업센터 건립(가상)", "Build the centre (made up)", owner=city),
        _task("bus", "수요응답 버스(가상)", "Buses on demand (made up)", owner=city, category="transport"),
        _task("signal", "신호 최적화(가상)", "Better signals (made up)", category="transport"),
        _task(
            "startups", "입주기업 모집(가상)", "Find tenants (made up)", owner=city, startsOn="2027-07-15",
            dependsOn={"object": ID.format("Task", "centre")},
        ),
        {
            "id": ID.format("BudgetLine", "bus"),
            "type": "BudgetLine",
            "year": 2027,
            "fund": "city",
            "amount": {"value": 1_500_000_000, "unitCode": "KRW", "status": "synthetic"},
            "refTask": {"object": ID.format("Task", "bus")},
        },
    ]  # fmt: skip


def _task(code: str, ko: str, en: str, **more: Any) -> dict[str, Any]:
    return {"id": ID.format("Task", code), "type": "Task", "title": {"languageMap": {"ko": ko, "en": en}}, **more}


def _facility(city: City) -> None:
    centre = ID.format("Facility", "centre")
    for day, physical, executed in (
        ("2025-06-30", 8, 2_400_000_000),
        ("2026-03-31", 30, 9_800_000_000),
        ("2026-10-31", 52, 16_500_000_000),
    ):
        city.investment.record_progress(
            centre, on=day, physical=physical, executed=executed, evidence=f"공정보고(가상) {day}",
            reason="분기 보고", by=BY,
        )  # fmt: skip


def _permits(city: City) -> None:
    for code, title, day, days in (
        ("factory", ("공장설립 승인(가상)", "Factory approval (made up)"), "2026-10-12", 20),
        ("road", ("도로점용 허가(가상)", "Road use permit (made up)"), "2026-11-10", 15),
    ):
        city.investment.apply_permit(
            title={"ko": title[0], "en": title[1]}, days=days, on=day, authority=CITY, company="가상기업 03", code=code,
            clause={"ko": "산업집적법 제13조", "en": "Industrial Cluster Act Art. 13"}, status="synthetic",
            reason="접수", by=BY,
        )  # fmt: skip


def _named(kind: str, code: str, names: tuple[str, str]) -> dict[str, Any]:
    name = {"type": "LanguageProperty", "languageMap": {"ko": names[0], "en": names[1]}}
    return {"id": ID.format(kind, code), "type": kind, "name": name, "status": "synthetic"}


def _adopted(city: City, *entities: dict[str, Any]) -> None:
    """Planned entities on main, as a proposal that was adopted long ago left them."""
    store = city.for_writing()
    id = ID.format("Proposal", f"given-{store.data_version()}")
    with store.transact(actor=BY, reason=MADE_UP, act="adopt", adopting=id) as tx:
        said = {"state": "adopted", "mergeTransaction": tx.number, "branch": "given", "title": "기존 계획(가상)"}
        proposal = {name: property_(value) for name, value in said.items()}
        tx.put_many([{"id": id, "type": "Proposal", **proposal}, *(read_entity(one) for one in entities)])
