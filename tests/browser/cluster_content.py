"""A made-up (가상) fabless cluster in a real city file: everything its page shows, through the Python doors.

Its firms, figures, agreements and trade are invented and marked synthetic; the city, its dong and the published claims
are those of the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import madang
from madang.city import City
from madang.entities.entity import geo_property, language_property, property_, relationship
from madang.entities.representation import read_entity

BY = "소윤"
CLUSTER = "urn:ngsi-ld:Cluster:madang:가상-판교-팹리스"
REGISTER = "urn:ngsi-ld:Dataset:madeup:firms-2026"
CLAIM = "urn:ngsi-ld:Claim:announced:pangyo-fabless-share"
AREA = [[127.094, 37.3945], [127.117, 37.3945], [127.117, 37.4085], [127.094, 37.4085], [127.094, 37.3945]]
ID = "urn:ngsi-ld:{}:madeup:{}"
UNIVERSITY, CENTRE = ID.format("University", "uni"), ID.format("Organisation", "centre")
CITY = "urn:ngsi-ld:City:kostat:31020"

# Name, KSIC, stage, people, founded, place; None where the register does not say.
FIRMS = (
    ("가온칩스", "C26112", "design", 214, 2011, (127.1005, 37.4012)),
    ("나린반도체", "C26112", "design", 96, 2015, (127.1042, 37.4031)),
    ("다올시스템", "C26112", "design", 48, 2018, (127.1078, 37.3998)),
    ("라온실리콘", "C26112", "design", 133, 2009, (127.1103, 37.4044)),
    ("마루아이피", "J58222", "design", 27, 2021, (127.1061, 37.3971)),
    ("바름엔피유", "C26112", "design", 64, 2020, (127.1126, 37.4009)),
    ("사린전력칩", "C26112", "design", None, 2017, (127.1019, 37.3989)),
    ("아람센서", "C26111", "design", 38, 2019, (127.1088, 37.4061)),
    ("자람통신칩", "C26112", "design", 81, 2013, (127.1149, 37.4027)),
    ("차오름설계", "M72129", "design", 19, 2022, (127.0987, 37.4040)),
    ("카리온테스트", "C26299", "assembly", 152, 2006, (127.1135, 37.3968)),
    ("타래패키지", "C26299", "assembly", 310, 2004, (127.1460, 37.4370)),
    ("파란공정", "C26111", "manufacturing", 420, 2001, (127.1665, 37.4390)),
    ("하늘소자", "C26111", "manufacturing", None, None, None),
    ("도담솔루션", "J62010", "service", 55, 2016, (127.1054, 37.4051)),
    ("보담에이아이", "J62010", "service", 72, 2019, (127.1095, 37.4018)),
)
UNMAPPED = (("새봄테크", (127.1030, 37.4020)), ("이든랩", None))
SUPPLIES = ((12, 0), (12, 3), (0, 14), (1, 15), (4, 0), (4, 2), (10, 3), (11, 1), (9, 5))
CENSUS = """가상 자료: 전국사업체조사의 배치로 지어낸 표,,,,,
행정구역코드,행정동명,산업분류,기준연도,사업체수(개),종사자수(명)
"""
# Workers of C26, J58, J62, M72, G47 by dong, in 2020 and 2023; None is withheld.
WORKERS = {
    ("3102374", "삼평동"): ((2100, 4600, 5200, 1400, 310), (2600, 5000, 6100, 1900, 300)),
    ("3102375", "판교동"): ((180, 310, 240, 120, 420), (240, 380, 310, 150, 400)),
    ("3102376", "백현동"): ((90, 700, 900, 160, 1000), (None, 900, 1100, 200, 1100)),
    ("3102371", "금곡동"): ((60, 120, 300, 90, 640), (70, 110, 330, 100, 620)),
    ("3102368", "운중동"): ((40, 90, 120, 210, 240), (35, 80, 140, 260, 230)),
    ("3102151", "신흥1동"): ((210, 40, 30, 10, 760), (170, 40, 40, None, 730)),
}
INDUSTRIES = ("C26 전자 부품 제조업", "J58 출판업", "J62 컴퓨터 프로그래밍", "M72 기술 서비스업", "G47 소매업")
TRADE = """가상 자료: 품목별 국가별 수출입의 배치로 지어낸 값 (단위: 천 달러),,,,,
HS코드,품목명,국가명,연도,수출금액,수입금액
854231,프로세서(가상 값),중국,2025,"91,000","7,500"
854231,프로세서(가상 값),베트남,2025,"33,500",*
854231,프로세서(가상 값),대만,2025,"12,800","41,000"
854232,메모리(가상 값),중국,2025,"18,200","22,100"
370790,감광액(가상 값),일본,2025,0,"8,800"
370790,감광액(가상 값),벨기에,2025,-,"1,900"
281111,불화수소(가상 값),일본,2025,-,"4,200"
281111,불화수소(가상 값),중국,2025,120,"2,100"
"""


def clusters(path: Path, folder: Path) -> None:
    """One rich cluster and one bare one, in a file that stands; `folder` takes the made-up tables that are loaded."""
    census, trade = folder / "census.csv", folder / "trade.csv"
    census.write_text(CENSUS + "\n".join(_census()) + "\n", "utf-8")
    trade.write_text(TRADE, "utf-8")
    with madang.open(path, write=True) as city:
        _adopted(city, _entities())
        city.load(census, trade, by=BY)
        _cluster(city)
        _money(city)
        _talent(city)
        _supply(city)
        city.clusters.place(reason="places of the census", by=BY)
        city.run("specialisation", by=BY)
        city.clusters.link(CLUSTER, CLAIM, reason="about this cluster", by=BY)
        city.clusters.check_share(CLUSTER, CLAIM, reason="register of the city", by=BY)


def _adopted(city: City, entities: list[dict[str, Any]]) -> None:
    """Planned entities among others on main, as a proposal that was adopted left them."""
    id = "urn:ngsi-ld:Proposal:madeup:clusters"
    with city.for_writing().transact(actor=BY, reason="made-up register", act="adopt", adopting=id) as tx:
        said = {"state": "adopted", "mergeTransaction": tx.number, "branch": "given", "title": "기존 계획(가상)"}
        proposal = {name: property_(value) for name, value in said.items()}
        tx.put_many([{"id": id, "type": "Proposal", **proposal}, *(read_entity(one) for one in entities)])


def firm(n: int) -> str:
    """The id of the n-th made-up firm."""
    return ID.format("Firm", f"f{n:02}")


def _cluster(city: City) -> None:
    door, told = city.clusters, {"reason": "가상 전략", "by": BY}
    door.add(
        name={"ko": "가상 판교 팹리스", "en": "Made-up Pangyo fabless"}, codes=["C26", "J58222", "J62"], tag="팹리스",
        boundary={"type": "Polygon", "coordinates": [AREA]},
        boundary_name={"ko": "가상 판교 경계", "en": "Made-up Pangyo line"},
        stages=["design", "equipment", "manufacturing", "assembly", "service"], status="synthetic", **told,
    )  # fmt: skip
    door.add(
        name={"ko": "가상 바이오헬스", "en": "Made-up bio-health"},
        codes=["C21"],
        tag="바이오",
        status="synthetic",
        **told,
    )
    for n in (11, 12, 13):
        door.classify(
            firm(n), codes=[FIRMS[n][1]], stage=FIRMS[n][2], cluster=CLUSTER, reason="part of the chain", by=BY
        )
    for measure, values in (("firms", (31, 34, 38)), ("talent", (1180, 1290, 1420))):
        for year, value in zip((2023, 2024, 2025), values, strict=True):
            door.record(
                CLUSTER, measure=measure, value=value, period=str(year), source=REGISTER, status="synthetic", **told
            )


def _money(city: City) -> None:
    told = {"reason": "가상 협약", "by": BY}
    for n, amount, stage, realised in (
        (0, 24_000_000_000, "under-construction", 9_000_000_000), (3, 60_000_000_000, "contracted", None),
        (5, 8_000_000_000, None, None),
    ):  # fmt: skip
        made = city.investment.pledge(
            company=f"{FIRMS[n][0]}(가상)", amount=amount, signed_on="2026-03-18", site="가상 판교",
            agreement=ID.format("Agreement", "fabless"), jobs=40 + n, status="synthetic", **told,
        )  # fmt: skip
        if stage is not None:
            city.investment.record_stage(
                made["id"],
                stage=stage,
                on="2026-09-01",
                contracted=amount,
                realised=realised,
                because="가상",
                reason="가상 실적",
                by=BY,
            )


def _talent(city: City) -> None:
    door, told = city.clusters.talent, {"reason": "가상 계획", "by": BY}
    for name, seats, start, skill, body in (
        ("설계 인재양성 과정(가상)", {"low": 90, "central": 120, "high": 130}, 2025, "회로설계", UNIVERSITY),
        ("재직자 전환 과정(가상)", {"low": 40, "central": 60, "high": 70}, 2026, "회로설계", CENTRE),
        ("검증 과정(가상)", {"low": 30, "central": 40, "high": 45}, 2026, "설계검증", CENTRE),
    ):
        door.add_programme(
            name=name, skill=skill, seats=seats, start_year=start, study_years=1,
            graduation_rate={"low": 0.8, "central": 0.9, "high": 0.95},
            local_hire_rate={"low": 0.35, "central": 0.5, "high": 0.6},
            retention_rate={"low": 0.85, "central": 0.9, "high": 0.95},
            cluster=CLUSTER, organisation=body, **told,
        )  # fmt: skip
    for year, low, central, high in ((2027, 70, 95, 120), (2028, 90, 120, 150), (2029, 110, 150, 190)):
        door.add_demand(skill="회로설계", year=year, persons={"low": low, "central": central, "high": high}, **told)
    door.add_demand(skill="설계검증", year=2028, persons={"low": 10, "central": 15, "high": 20}, **told)


def _supply(city: City) -> None:
    door, told = city.clusters.dependencies, {"reason": "가상 조사", "by": BY}
    resist = door.add(
        item={"ko": "감광액(가상)", "en": "Photoresist (made up)"}, hs="370790", origin="JP", buyer="파란공정(가상)",
        origin_share={"low": 0.78, "central": 0.82, "high": 0.9}, stock_days={"low": 30, "central": 45, "high": 60},
        cluster=CLUSTER, yearly_output_krw=120_000_000_000, **told,
    )  # fmt: skip
    gas = door.add(
        item={"ko": "불화수소(가상)", "en": "Hydrogen fluoride (made up)"}, hs="281111", origin="JP",
        buyer="파란공정(가상)", origin_share=0.67, stock_days=60, substitution_days=200,
        substitutes=["가상소재(울산)"], cluster=CLUSTER, **told,
    )  # fmt: skip
    door.restrict(resist["id"], starts_on="2027-01-01", days=180, delivered=0.2, **told)
    door.add_option(resist["id"], name="재고 60일 더(가상)", kind="stock", value=105, cost_krw=900_000_000, **told)
    door.add_option(resist["id"], name="벨기에산 병행(가상)", kind="second-source", value=0.5, **told)
    door.restrict(gas["id"], starts_on="2027-01-01", days=120, delivered=0.3, **told)


def _census() -> list[str]:
    rows = []
    for at, year in enumerate((2020, 2023)):
        totals = [0] * len(INDUSTRIES)
        for (code, name), both in WORKERS.items():
            for n, (industry, people) in enumerate(zip(INDUSTRIES, both[at], strict=True)):
                firms = "*" if people is None else str(max(1, people // (11 + 4 * n)))
                rows.append(f"{code},{name},{industry},{year},{firms},{'*' if people is None else people}")
                totals[n] += people or 55
        for n, industry in enumerate(INDUSTRIES):
            rows.append(f"31020,성남시,{industry},{year},{totals[n] // (11 + 4 * n)},{totals[n]}")
        for n, industry in enumerate(INDUSTRIES):
            rows.append(f"36060,광양시,{industry},{year},{(n + 1) * 40},{(n + 2) * 900 + 300 * at}")
    return rows


def _entities() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        _entity("Dataset", "firms-2026", title={"ko": "가상 기업 명부 2026", "en": "Made-up firm register 2026"})
    ]
    for n, (name, code, stage, people, founded, place) in enumerate(FIRMS):
        one = _firm(f"f{n:02}", name, place)
        one |= {"ksicCodes": {"type": "ListProperty", "valueList": [code]}, "supplyStage": property_(stage)}
        one |= {} if people is None else {"employees": property_(people, unit="IE")}
        one |= {} if founded is None else {"foundedYear": property_(founded)}
        buyers = [firm(to) for of, to in SUPPLIES if of == n]
        one |= {"suppliesTo": relationship(buyers)} if buyers else {}
        made.append(one)
    made += [_firm(f"u{n}", name, place) for n, (name, place) in enumerate(UNMAPPED)]
    owed, signed = _owed("fabless"), {"signedOn": property_("2026-03-18"), "endsOn": property_("2029-03-17")}
    made += [
        _entity("University", "uni", name={"ko": "가상대학교", "en": "Made-up University"}),
        _entity(
            "Organisation",
            "centre",
            name={"ko": "가상 반도체센터", "en": "Made-up chip centre"},
            at=(127.1071, 37.4024),
        ),
        _entity(
            "Facility",
            "testbed",
            name={"ko": "시스템반도체 검증지원센터", "en": "Chip verification centre"},
            at=(127.1083, 37.4006),
            amount=property_(32_000_000_000, unit="KRW"),
            completionYear=property_(2027),
        ),
        _entity(
            "Facility",
            "lab",
            name={"ko": "공동 설계실", "en": "Shared design room"},
            at=(127.1047, 37.4058),
            completionYear=property_(2025),
        ),
        _entity(
            "Progress",
            "testbed-1",
            refFacility=relationship(ID.format("Facility", "testbed")),
            date=property_("2026-10-01"),
            physical=property_(38, unit="P1"),
        ),
        _entity(
            "Agreement",
            "fabless",
            title={"ko": "팹리스 공동설계 협약", "en": "Shared design agreement"},
            parties=relationship([firm(0), firm(3), firm(5), UNIVERSITY, CENTRE, CITY]),
            **signed,
        ),
        _entity(
            "Agreement",
            "training",
            title={"ko": "설계 인재 협약", "en": "Training agreement"},
            parties=relationship([firm(1), firm(8), UNIVERSITY]),
            signedOn=property_("2025-06-02"),
        ),
        _entity(
            "Commitment",
            "c1",
            title={"ko": "공동 설계실 개소", "en": "Open the design room"},
            due=property_("2025-12-31"),
            doneOn=property_("2025-11-20"),
            **owed,
        ),
        _entity(
            "Commitment",
            "c2",
            title={"ko": "설계 도구 공동구매", "en": "Joint purchase of tools"},
            due=property_("2026-09-30"),
            **owed,
        ),
        _entity(
            "Commitment",
            "c3",
            title={"ko": "인턴 30명 채용", "en": "Thirty interns"},
            due=property_("2027-06-30"),
            **_owed("training"),
        ),
        _entity(
            "Promise",
            "p1",
            title={"ko": "팹리스 기업 50개 육성", "en": "Fifty fabless firms"},
            due=property_("2028-12-31"),
            **owed,
        ),
    ]
    return made


def _owed(agreement: str) -> dict[str, Any]:
    return {"refAgreement": relationship(ID.format("Agreement", agreement))}


def _firm(code: str, name: str, place: tuple[float, float] | None) -> dict[str, Any]:
    return _entity("Firm", code, name={"ko": f"{name}(가상)", "en": f"{name} (made up)"}, at=place, marked=True) | {
        "source": relationship(REGISTER)
    }


def _entity(type: str, code: str, *, at: Any = None, marked: bool = False, **attributes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"id": ID.format(type, code), "type": type, "status": property_("synthetic")}
    for name, said in attributes.items():
        if name in ("name", "title"):
            said = said if marked else {"ko": f"{said['ko']}(가상)", "en": f"{said['en']} (made up)"}
            said = language_property(said)
        made[name] = said
    if at is not None:
        made["location"] = geo_property({"type": "Point", "coordinates": list(at)})
    return made
