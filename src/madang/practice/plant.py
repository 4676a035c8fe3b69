"""An investment as an alternative: a battery plant is built, runs, buys elsewhere, and needs power and hydrogen.

Building it (a programme) and running it (an operation) are told apart, as the economy model does. The site's energy is
left for the power and hydrogen model, which takes its time; loads and sizes are invented.
"""

from __future__ import annotations

from madang.city import City
from madang.entities.entity import Document, geo_property, json_property, language_property, property_, relationship
from madang.practice.choices import programme
from madang.practice.days import ANALYST, OFFICER, STATUS, on, said
from madang.practice.ground import CITY, ID, MADE_UP
from madang.practice.skills import CELLS

BRANCH = "cell-plant"
WHY = "전지 공장을 들이면 짓는 동안과 돌리는 동안 무엇이 남는가(가상)"
INVESTMENT, OUTPUT = 180_000_000_000, 240_000_000_000
AT = (127.4950, 37.2860)
SITE = f"urn:ngsi-ld:EnergySite:{ID}:cell-plant"


def invite(city: City) -> None:
    """The alternative, computed by the models that answer at once."""
    with on("2026-11-09"):
        title = said("전지 공장 유치안(가상)", "Battery plant (made up)")
        there = city.fork(BRANCH, title=title, reason=WHY, by=OFFICER)
        built = programme(
            "cell-plant", said("전지 공장 건설(가상)", "Building the battery plant (made up)"),
            {"construction": 0.35, "machinery": 0.5, "electrical-equipment": 0.15}, amount=INVESTMENT, reason=WHY,
        )  # fmt: skip
        there.put([built, _operation(built["id"]), _domestic(), *_energy()], reason=WHY, by=OFFICER)
        there.clusters.talent.add_programme(
            name=said("공장 맞춤과정(가상)", "Course for the plant (made up)"), skill=CELLS, seats=40, start_year=2027,
            end_year=2030, study_years=1, graduation_rate=0.9,
            local_hire_rate={"low": 0.5, "central": 0.65, "high": 0.8},
            retention_rate={"low": 0.85, "central": 0.9, "high": 0.95}, cluster="battery", amount=6_000_000_000,
            reason=WHY, by=OFFICER,
        )  # fmt: skip
        for model in ("economy", "talent"):
            there.run(model, by=ANALYST)


# --- within ----------------------------------------------------------------------------------------------------------


def _operation(built: str) -> Document:
    return {
        "id": f"urn:ngsi-ld:PlantOperation:{ID}:cell-plant",
        "type": "PlantOperation",
        "title": language_property(said("전지 공장 가동(가상)", "The plant in operation (made up)")),
        "refProgramme": relationship(built),
        "plantOutput": property_(OUTPUT, unit="KRW", status=STATUS) | {"assumption": property_(True)},
        "sectorShares": json_property({"electrical-equipment": 1.0}),
        **_made_up(),
    }


def _domestic() -> Document:
    """A fifth of the chemicals that makers of electrical equipment here import comes from the cluster instead."""
    return {
        "id": f"urn:ngsi-ld:StructuralChange:{ID}:cathode-here",
        "type": "StructuralChange",
        "title": language_property(said("양극재를 지역에서 삼(가상)", "Cathode materials bought here (made up)")),
        "sector": property_("electrical-equipment"),
        "importsReplaced": json_property({"chemicals": 0.2}) | {"assumption": property_(True)},
        "suppliedFrom": property_("city"),
        "adoption": property_(0.6, unit="C62"),
        **_made_up(),
    }


def _energy() -> list[Document]:
    """The plant's load and hydrogen, roof, battery, electrolyser, tank and connection; sizes may be chosen."""
    ref = {"refEnergySite": relationship(SITE)}
    site: Document = {
        "id": SITE,
        "type": "EnergySite",
        "name": language_property(said("전지 공장(가상)", "Battery plant (made up)")),
        "kind": property_("battery-plant"),
        "electricLoad": property_(14.0, unit="MAW"),
        "loadShape": property_("three-shift"),
        "hydrogenDemand": property_(350, unit="F30"),
        "hydrogenDeliveryLimit": property_(250, unit="F30"),
        "location": geo_property({"type": "Point", "coordinates": list(AT)}, status=STATUS),
        **_made_up(),
    }
    devices: tuple[tuple[str, dict[str, str], Document], ...] = (
        (
            "RoofSolar", said("공장 지붕 태양광(가상)", "Roof solar (made up)"),
            {"peakPower": property_(2_400, unit="KWT"), "roofArea": property_(36_000, unit="MTK")},
        ),
        (
            "Battery", said("전력저장(가상)", "Battery (made up)"),
            {
                "energyCapacity": property_(4_000, unit="KWH"), "ratedPower": property_(2_000, unit="KWT"),
                "maximumEnergy": property_(20_000, unit="KWH"),
            },
        ),
        (
            "Electrolyser", said("수전해(가상)", "Electrolyser (made up)"),
            {"ratedPower": property_(500, unit="KWT"), "maximumPower": property_(3_000, unit="KWT")},
        ),
        (
            "HydrogenTank", said("수소 탱크(가상)", "Hydrogen tank (made up)"),
            {"hydrogenCapacity": property_(200, unit="KGM"), "maximumHydrogen": property_(1_000, unit="KGM")},
        ),
    )  # fmt: skip
    place = geo_property({"type": "Point", "coordinates": list(AT)}, status=STATUS)
    made = [
        {
            "id": f"urn:ngsi-ld:{kind}:{ID}:cell-plant", "type": kind, "name": language_property(name),
            "location": place, "extendable": property_(True), **sizes, **ref, **_made_up(),
        }
        for kind, name, sizes in devices
    ]  # fmt: skip
    grid: Document = {
        "id": f"urn:ngsi-ld:GridConnection:{ID}:cell-plant",
        "type": "GridConnection",
        "name": language_property(said("수전 설비(가상)", "Connection (made up)")),
        "importLimit": property_(14.2, unit="MAW"),
        **ref,
        **_made_up(),
    }
    return [site, *made, grid]


def _made_up() -> Document:
    return {"refCity": relationship(CITY), "source": relationship(MADE_UP), "status": property_(STATUS)}
