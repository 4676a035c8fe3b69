"""Three programmes of one size, of which a committee may choose one: design support, talent, a shared laboratory.

Each spends the same 30 billion won, so the board asks where the money does more. None is the best in everything:
talent closes most of the gap, the laboratory leaves a little more value added here and buys most abroad to do so, and
design support overtakes it where local ties are weaker than assumed. What the quick models give is recorded; where the
laboratory stands is left for the siting model, which takes its time.
"""

from __future__ import annotations

from typing import Any

from madang.city import City
from madang.entities.entity import Document, geo_property, json_property, language_property, property_, relationship
from madang.practice.days import ANALYST, OFFICER, STATUS, on, said
from madang.practice.ground import CITY, ID, MADE_UP
from madang.practice.industry import GAON, PACKAGING, by_name
from madang.practice.skills import CELLS, DESIGN, HIRE, PACKAGES, STAY, about

BUDGET = 30_000_000_000
DESIGN_SUPPORT, TALENT, LABORATORY = "design-support", "talent-first", "shared-lab"
WHY = "후공정 클러스터에 300억 원을 쓰는 세 가지 길(가상)"
SPLIT = said("연습을 위해 고른 배분입니다(가상)", "A split chosen for practice (made up)")
GRADUATION = {"low": 0.75, "central": 0.85, "high": 0.93}
STAY_HERE = {"low": 0.4, "central": 0.55, "high": 0.7}  # hired here, of those with a firm's contract
# A laboratory that stands, and where another could: places within dong of the measured boundaries.
SITES = (
    ("now", said("소재시험센터 공동실(가상)", "Test centre, shared room (made up)"), "operating", 127.4897, 37.2828),
    ("daewol", said("대월면 후보지(가상)", "Site in Daewol (made up)"), "candidate", 127.4990, 37.2135),
    ("majang", said("마장면 후보지(가상)", "Site in Majang (made up)"), "candidate", 127.3713, 37.2475),
    ("janghowon", said("장호원읍 후보지(가상)", "Site in Janghowon (made up)"), "candidate", 127.6270, 37.1150),
    ("moga", said("모가면 후보지(가상)", "Site in Moga (made up)"), "candidate", 127.4563, 37.1761),
    ("jungni", said("중리동 후보지(가상)", "Site in Jungni (made up)"), "candidate", 127.4400, 37.2600),
)


def offer(city: City) -> None:
    """The three alternatives, each computed."""
    with on("2026-11-04"):
        _design_support(city)
        _talent(city)
        _laboratory(city)
    with on("2026-11-05"):
        for model in ("economy", "clusters", "specialisation", "talent"):
            city.run(model, by=ANALYST)
        for name in (DESIGN_SUPPORT, TALENT, LABORATORY):
            for model in ("economy", "talent"):
                city.branch(name).run(model, by=ANALYST)


def programme(
    code: str, title: dict[str, str], shares: dict[str, float], *, amount: int = BUDGET, local: float | None = None,
    reason: str = WHY,
) -> Document:  # fmt: skip
    """A made-up programme with its split over sectors."""
    made: Document = {
        "id": f"urn:ngsi-ld:Programme:{ID}:{code}",
        "type": "Programme",
        "title": language_property(title),
        "reason": property_(reason),
        "amount": property_(amount, unit="KRW", status=STATUS),
        "sectorShares": json_property(shares)
        | {"assumption": property_(True), "basis": language_property(SPLIT), "status": property_(STATUS)},
        "startYear": property_(2027),
        "endYear": property_(2030),
        "refCity": relationship(CITY),
        "status": property_(STATUS),
    }
    return (
        made if local is None else made | {"localShare": property_(local, unit="C62") | {"assumption": property_(True)}}
    )


# --- within ----------------------------------------------------------------------------------------------------------


def _fork(city: City, name: str, title: dict[str, str]) -> City:
    return city.fork(name, title=title, reason=WHY, by=OFFICER)


def _design_support(city: City) -> None:
    there = _fork(city, DESIGN_SUPPORT, said("1안 설계지원(가상)", "1. Design support (made up)"))
    title = said("후공정 설계지원센터(가상)", "Design support centre (made up)")
    shares = {"it-services": 0.36, "research-professional": 0.49, "electronics": 0.15}
    there.put(programme("design-support", title, shares), reason=WHY, by=OFFICER)
    _course(there, said("설계 도구 실습(가상)", "Design tools in practice (made up)"), DESIGN, 30, 1, 4_000_000_000)


def _talent(city: City) -> None:
    there = _fork(city, TALENT, said("2안 인재(가상)", "2. Talent (made up)"))
    title = said("후공정 인재 집중양성(가상)", "Talent for packaging (made up)")
    shares = {"education-health": 0.65, "research-professional": 0.2, "construction": 0.15}
    there.put(programme("talent-first", title, shares), reason=WHY, by=OFFICER)
    _course(there, said("후공정 계약학과(가상)", "Contract department (made up)"), PACKAGES, 40, 2, 13_000_000_000)
    _course(there, said("공정 전환과정(가상)", "Conversion course (made up)"), PACKAGES, 45, 1, 7_000_000_000)
    _course(there, said("전지소재 대학원(가상)", "Battery materials, graduate (made up)"), CELLS, 30, 2, 10_000_000_000)


def _laboratory(city: City) -> None:
    there = _fork(city, LABORATORY, said("3안 공동랩(가상)", "3. Shared laboratory (made up)"))
    title = said("후공정 공동랩(가상)", "Shared packaging laboratory (made up)")
    shares = {"construction": 0.3, "machinery": 0.5, "research-professional": 0.2}
    change: Document = {
        "id": f"urn:ngsi-ld:StructuralChange:{ID}:qualified-here",
        "type": "StructuralChange",
        "title": language_property(said("시험을 거친 국산 소재로 바꿈(가상)", "Materials qualified here (made up)")),
        "sector": property_("electronics"),
        "appliesTo": property_("city"),
        "importsReplaced": json_property({"chemicals": 0.1}) | {"assumption": property_(True)},
        "suppliedFrom": property_("country"),
        "adoption": property_(0.5, unit="C62"),
        "refCity": relationship(CITY),
        "status": property_(STATUS),
    }
    study: Document = {
        "id": f"urn:ngsi-ld:SitingStudy:{ID}:shared-lab",
        "type": "SitingStudy",
        "title": language_property(said("공동랩 두 곳을 어디에 더 둘까(가상)", "Two more laboratories (made up)")),
        "kind": property_("shared-lab"),
        "objective": property_("p-median"),
        "newSites": property_(2, unit="C62"),
        "refCity": relationship(CITY),
        "status": property_(STATUS),
    }
    places = [_site(*one) for one in SITES]
    there.put([programme("shared-lab", title, shares), change, study, *places], reason=WHY, by=OFFICER)
    _course(there, said("장비 운용 과정(가상)", "Equipment course (made up)"), PACKAGES, 15, 1, 2_000_000_000)


def _site(code: str, name: dict[str, str], state: str, lon: float, lat: float) -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:ServiceSite:{ID}:{code}",
        "type": "ServiceSite",
        "name": language_property(name),
        "kind": property_("shared-lab"),
        "state": property_(state),
        "location": geo_property({"type": "Point", "coordinates": [lon, lat]}, status=STATUS),
        "refCity": relationship(CITY),
        "source": relationship(MADE_UP),
        "status": property_(STATUS),
    }


def _course(there: City, name: dict[str, str], skill: str, seats: int, years: int, amount: int) -> None:
    there.clusters.talent.add_programme(
        name=name, skill=skill, seats=about(seats, of=0.1), start_year=2027, end_year=2031, study_years=years,
        graduation_rate=GRADUATION, local_hire_rate=STAY_HERE if skill != DESIGN else HIRE, retention_rate=STAY,
        organisation=by_name(there, "University")[GAON], cluster=PACKAGING if skill != CELLS else "battery",
        amount=amount, reason=WHY, by=OFFICER,
    )  # fmt: skip
