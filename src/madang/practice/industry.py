"""Two clusters of the practice city: the registers they live on, their boundaries, agreements, figures, a claim.

The tables stand in `data/` in the layouts that their publishers use and come in through the readers a city would use.
What no register says (the stage of a firm, whom it supplies) is written beside it, as an officer would.
"""

from __future__ import annotations

import csv
from importlib import resources
from pathlib import Path
from typing import Any

from madang.city import City
from madang.entities.entity import Document, geo_property, language_property, list_property, property_, relationship
from madang.entities.entity import value_of as value
from madang.practice.amendment import FACILITY, JOBS
from madang.practice.days import ANALYST, OFFICER, STATUS, on, said
from madang.practice.ground import CITY, ID, MADE_UP, UNIVERSITY, body
from madang.practice.money import AGREEMENT, TALENT

TABLES = ("factories.csv", "ventures.csv", "business_census.csv", "trade.csv", "departments.csv")
BATTERY, PACKAGING = (f"urn:ngsi-ld:Cluster:{ID}:{code}" for code in ("battery", "packaging"))
TEST_INSTITUTE, FIRMS_COUNCIL = (f"urn:ngsi-ld:Organisation:{ID}:{code}" for code in ("package-lab", "firms-council"))
GAON = "가온대학교(가상)"  # from the disclosed figures of departments
SHARE_CLAIM, ALL_CLAIM = (f"urn:ngsi-ld:Claim:{ID}:{code}" for code in ("battery-share", "packaging-share"))
MEMORANDUM = "packaging"

# Rings as (lon, lat); the first runs along the materials park, the second is in another part of the city.
PARK = ((127.4855, 37.2795), (127.4985, 37.2800), (127.4990, 37.2890), (127.4930, 37.2915), (127.4860, 37.2890))
SECOND = ((127.4905, 37.2105), (127.5030, 37.2110), (127.5025, 37.2200), (127.4960, 37.2215), (127.4900, 37.2185))
# company, pledged, jobs, offset (lon, lat), and how far it got: day, stage, contracted and realised (%)
Step = tuple[str, str, int, int]
PLEDGES: tuple[tuple[str, int, int, tuple[float, float], tuple[Step, ...]], ...] = (
    (
        "가든패키징(가상)", 42_000_000_000, 120, (0.001, 0.001),
        (("2026-07-06", "contracted", 100, 0), ("2026-08-03", "permitted", 100, 15),
         ("2026-09-14", "under-construction", 100, 45)),
    ),
    ("아침본더(가상)", 18_500_000_000, 45, (-0.001, 0.000), (("2026-08-31", "contracted", 90, 0),)),
    (
        "다온테스트(가상)", 14_000_000_000, 60, (0.002, -0.001),
        (("2026-08-31", "contracted", 100, 0), ("2026-10-12", "permitted", 100, 10)),
    ),
    ("파도센서(가상)", 7_800_000_000, 24, (-0.002, 0.001), ()),
)  # fmt: skip
COUNTS = (
    ("battery", "firms", "2022", 14), ("battery", "firms", "2023", 16), ("battery", "firms", "2024", 17),
    ("battery", "firms", "2025", 19), ("battery", "firms-in", "2025", 3), ("battery", "firms-out", "2025", 1),
    ("battery", "talent", "2023", 1_480), ("battery", "talent", "2025", 1_760),
    ("packaging", "firms", "2023", 16), ("packaging", "firms", "2025", 17), ("packaging", "talent", "2025", 1_610),
)  # fmt: skip


def grow(city: City) -> None:
    """Registers loaded and placed, the two clusters drawn, what belongs to them tied to them."""
    with on("2026-06-08"):
        _load(city)
        city.put([_battery(), _packaging(), *_bodies()], reason="전략산업 클러스터(가상)", by=OFFICER)
        _complete(city)
    with on("2026-06-15"):
        _sign(city)
        _tie(city)
    with on("2026-06-22"):
        for code, measure, period, count in COUNTS:
            _count(city, code, measure, period, count)
    with on("2026-09-21"):
        _count(city, "battery", "firms", "2025", 20)  # said again: a revision, which stays to be seen
        _claim(city)
    for company, amount, _, _, steps in PLEDGES:
        for day, stage, contracted, realised in steps:
            with on(day):
                city.investment.record_stage(
                    company, stage=stage, on=day, contracted=amount * contracted // 100,
                    realised=amount * realised // 100, evidence="가상 문서", reason="분기 점검(가상)", by=OFFICER,
                )  # fmt: skip


def ring(points: tuple[tuple[float, float], ...]) -> dict[str, Any]:
    """A closed polygon."""
    return {"type": "Polygon", "coordinates": [[list(point) for point in (*points, points[0])]]}


def by_name(city: City, *types: str) -> dict[str, str]:
    """The ids of what was loaded, by name."""
    return {value(one, "name")["ko"]: one["id"] for one in city.query(",".join(types))}


# --- within ----------------------------------------------------------------------------------------------------------


def _load(city: City) -> None:
    with resources.as_file(resources.files("madang.practice.data")) as folder:
        paths = [Path(folder) / name for name in TABLES]
        city.load(*paths, mapping=Path(folder) / "registers.yaml", reason="산업 자료(가상)", by=ANALYST)


def _battery() -> Document:
    return _cluster(
        BATTERY, said("이차전지 소재부품 클러스터(가상)", "Battery materials cluster (made up)"),
        ["C201", "C242", "C282", "C29299"], "battery", PARK, said("가온 1단지 경계(가상)", "Gaon park 1 (made up)"),
        ["materials", "parts", "equipment", "manufacturing", "recycling"],
        said("소재에서 전지까지 한 단지에서 만든다. 재활용은 아직 없다(가상).", "From materials to cells (made up)."),
    )  # fmt: skip


def _packaging() -> Document:
    return _cluster(
        PACKAGING, said("반도체 후공정 클러스터(가상)", "Semiconductor packaging cluster (made up)"),
        ["C261", "C262", "C2927"], "semiconductor", SECOND,
        said("가온 2단지 경계(가상)", "Gaon park 2 (made up)"),
        ["design", "materials", "parts", "equipment", "assembly"],
        said("조립과 시험에 설계와 장비를 더한다(가상).", "Assembly and test, joined by design and equipment."),
    )  # fmt: skip


def _cluster(
    id: str, name: dict[str, str], codes: list[str], tag: str, points: tuple[tuple[float, float], ...],
    boundary: dict[str, str], stages: list[str], about: dict[str, str],
) -> Document:  # fmt: skip
    return {
        "id": id,
        "type": "Cluster",
        "name": language_property(name),
        "description": language_property(about),
        "ksicCodes": list_property(codes),
        "strategicIndustry": property_(tag),
        "supplyStages": list_property(stages),
        "location": geo_property(ring(points), status=STATUS),
        "boundaryName": language_property(boundary),
        "refCity": relationship(CITY),
        "source": relationship(MADE_UP),
        "status": property_(STATUS),
    }


def _bodies() -> list[Document]:
    named = (
        (TEST_INSTITUTE, said("가온후공정기술원(가상)", "Gaon packaging institute (made up)"), (127.499, 37.2135)),
        (FIRMS_COUNCIL, said("가온기업협의회(가상)", "Gaon council of firms (made up)"), None),
    )
    return [
        {
            "id": id,
            "type": "Organisation",
            "name": language_property(name),
            "refCity": relationship(CITY),
            "status": property_(STATUS),
            "source": relationship(MADE_UP),
            **({} if at is None else {"location": geo_property({"type": "Point", "coordinates": list(at)})}),
        }
        for id, name, at in named
    ]


def _complete(city: City) -> None:
    """The stage of each firm and whom it supplies, written beside the register; its complex says its cluster."""
    firms = {value(one, "name")["ko"]: one for one in city.query("Firm")}
    parks = {"가온 1단지(가상)": ("battery", BATTERY), "가온 2단지(가상)": ("semiconductor", PACKAGING)}
    made = []
    for row in _chains():
        firm = dict(firms[row["company"]])
        if row["stage"]:
            firm["supplyStage"] = property_(row["stage"])
        if row["supplies_to"]:
            firm["suppliesTo"] = relationship([firms[name]["id"] for name in row["supplies_to"].split(";")])
        if (park := parks.get(str(value(firm, "complex")))) is not None:
            firm["strategicIndustry"], firm["refCluster"] = property_(park[0]), relationship(park[1])
        made.append(firm)
    city.put(made, reason="공급망 조사(가상)", by=ANALYST)
    city.clusters.place(reason="주소로 찾은 자리", by=ANALYST)


def _chains() -> list[dict[str, str]]:
    text = resources.files("madang.practice.data").joinpath("chains.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _sign(city: City) -> None:
    door, of = city.investment, by_name(city, "Firm", "University")
    door.sign(
        title=said("후공정 집적 협약(가상)", "Packaging agreement (made up)"), code=MEMORANDUM,
        parties=[CITY, TEST_INSTITUTE, of[GAON], *(of[name] for name, *_ in PLEDGES)], signed_on="2026-06-15",
        amount=sum(amount for _, amount, *_ in PLEDGES), status=STATUS, reason="체결(가상)", by=OFFICER,
    )  # fmt: skip
    for company, amount, jobs, (east, north), _ in PLEDGES:
        door.pledge(
            company=company, amount=amount, signed_on="2026-06-15", number=f"가상-2026-{company[:2]}",
            sector="반도체 후공정(가상)", site="가온 2단지(가상)", at=(127.4965 + east, 37.2150 + north), jobs=jobs,
            agreement=MEMORANDUM, status=STATUS, reason="협약 대장(가상)", by=OFFICER,
        )  # fmt: skip
    door.split(
        MEMORANDUM,
        commitments=[
            {
                "title": said("공동 시험장비 개방(가상)", "Shared test equipment (made up)"), "owner": TEST_INSTITUTE,
                "due": "2026-09-30", "output": said("개방 장비", "Equipment opened"), "code": "open-lab",
                "measures": [{"name": "개방 장비", "target": 12, "unit": "C62"}],
            },
            {
                "title": said("후공정 계약학과 개설(가상)", "Contract department (made up)"), "owner": of[GAON],
                "due": "2027-03-02", "output": said("모집 정원", "Seats"), "code": "department",
                "measures": [{"name": "모집 정원", "target": 40, "unit": "IE"}],
            },
        ],
        reason="실무협의(가상)", by=OFFICER,
    )  # fmt: skip
    door.sign(
        title=said("전지소재 공동연구 협약(가상)", "Joint research on battery materials (made up)"),
        code="cell-research",
        parties=[UNIVERSITY, FIRMS_COUNCIL, of["누리셀(가상)"], of["나린양극(가상)"], of["누보셀랩(가상)"]],
        signed_on="2026-06-15", ends_on="2029-06-14", amount=9_000_000_000, status=STATUS, reason="체결(가상)",
        by=OFFICER,
    )  # fmt: skip


def _tie(city: City) -> None:
    """What belongs to the clusters though nothing says so: agreements, the test centre, the promised jobs."""
    for what in (AGREEMENT, TALENT):
        _link(city, BATTERY, f"urn:ngsi-ld:Agreement:madang:{what}")
    for what in (FACILITY, JOBS, body("chamber")):
        _link(city, BATTERY, what)
    _link(city, PACKAGING, TEST_INSTITUTE)


def _link(city: City, cluster: str, what: str) -> None:
    city.clusters.link(cluster, what, reason="클러스터에 듭니다(가상)", by=OFFICER)


def _count(city: City, code: str, measure: str, period: str, count: int) -> None:
    city.clusters.record(
        code, measure=measure, value=count, period=period, source=MADE_UP, status=STATUS,
        reason="클러스터 실태조사(가상)", by=ANALYST,
    )  # fmt: skip


def _claim(city: City) -> None:
    """Two published shares, held against the register inside the boundary: one is another figure, one is right."""
    share = said(
        "이차전지 소재부품 기업의 70 %가 가온 1단지에 있다(가상)", "70 % of battery firms are in park 1 (made up)"
    )
    whole = said("후공정 기업의 65 %가 가온 2단지에 있다(가상)", "65 % of packaging firms are in park 2 (made up)")
    city.put(
        [_published(SHARE_CLAIM, share, 70), _published(ALL_CLAIM, whole, 65)], reason="보도자료(가상)", by=ANALYST
    )
    for cluster, claim in (("battery", SHARE_CLAIM), ("packaging", ALL_CLAIM)):
        city.clusters.check_share(cluster, claim, covers="claim", reason="명부로 다시 셉니다(가상)", by=ANALYST)


def _published(id: str, text: dict[str, str], percent: int) -> Document:
    stated = property_(percent, unit="P1", period="2025", source=MADE_UP, status=STATUS)
    return {
        "id": id, "type": "Claim", "text": language_property(text), "value": stated, "check": property_("unchecked"),
        "source": relationship(MADE_UP), "status": property_(STATUS),
    }  # fmt: skip
