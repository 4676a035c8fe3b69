"""Energy of a site: what it draws, roof solar, storage, electrolysers and hydrogen, its connection to the grid.

Sizes are as on a name plate: solar, batteries and electrolysers in kW, energy in kWh, hydrogen in kg; loads and the
connection in MW. An `extendable` device is one whose size an analysis may choose, between what is there and a maximum.
Smart Data Models' PhotovoltaicDevice and StorageBatteryDevice describe a module and a battery cell; these types
describe an installation, so their terms are Madang's own.
"""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import attribute, entity_type, reference

WAFER_STARTS = "{wafer}/mo"
TARIFF_UNIT = "KRW/(kW.h)"

ELECTRIC_LOAD = attribute("electricLoad", "평균 전력 부하", "Mean electric load", unit="MAW")
HYDROGEN_DEMAND = attribute("hydrogenDemand", "수소 수요", "Hydrogen demand", unit="F30")
RATED_POWER = attribute("ratedPower", "정격 출력", "Rated power", unit="KWT")
MAXIMUM_POWER = attribute("maximumPower", "최대 출력(규모 결정 상한)", "Largest power to choose", unit="KWT")
EXTENDABLE = attribute("extendable", "규모 결정 대상", "Whether its size may be chosen")
REF_ENERGY_SITE = reference("refEnergySite", "에너지 수요지", "Energy site")

_SEEN = [a.NAME, a.CODE, a.LOCATION, a.STATE, a.OWNER]


TYPES = [
    entity_type(
        "EnergySite",
        "에너지 수요지",
        "Energy site",
        [
            *_SEEN,
            a.KIND,
            ELECTRIC_LOAD,
            attribute("loadShape", "부하 모양", "Shape of the load"),
            attribute("waferStarts", "웨이퍼 투입량", "Wafer starts", unit=WAFER_STARTS),
            a.FLOOR_AREA,
            HYDROGEN_DEMAND,
            attribute("hydrogenDeliveryLimit", "수소 반입 한도", "Limit of hydrogen deliveries", unit="F30"),
            a.REF_FACILITY,
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
    entity_type(
        "RoofSolar",
        "지붕 태양광",
        "Roof solar",
        [
            *_SEEN,
            attribute("peakPower", "태양광 설비용량", "Peak power", unit="KWT"),
            attribute("roofArea", "지붕 면적", "Roof area", unit="MTK"),
            attribute("tilt", "경사각", "Tilt", unit="DD"),
            attribute("azimuth", "방위각(북 0, 남 180)", "Azimuth (north 0, south 180)", unit="DD"),
            reference("refBuilding", "건물", "Building"),
            EXTENDABLE,
            REF_ENERGY_SITE,
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
    entity_type(
        "Battery",
        "배터리 저장장치",
        "Battery storage",
        [
            *_SEEN,
            attribute("energyCapacity", "저장용량(전력량)", "Energy capacity", unit="KWH"),
            RATED_POWER,
            attribute("maximumEnergy", "최대 저장용량(규모 결정 상한)", "Largest energy to choose", unit="KWH"),
            EXTENDABLE,
            REF_ENERGY_SITE,
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
    entity_type(
        "Electrolyser",
        "수전해 설비",
        "Electrolyser",
        [*_SEEN, RATED_POWER, MAXIMUM_POWER, EXTENDABLE, REF_ENERGY_SITE, *a.PROVENANCE, a.REF_CITY],
    ),
    entity_type(
        "HydrogenTank",
        "수소 저장탱크",
        "Hydrogen tank",
        [
            *_SEEN,
            attribute("hydrogenCapacity", "수소 저장용량", "Hydrogen capacity", unit="KGM"),
            attribute("maximumHydrogen", "최대 수소량(규모 결정 상한)", "Largest hydrogen to choose", unit="KGM"),
            EXTENDABLE,
            REF_ENERGY_SITE,
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
    entity_type(
        "GridConnection",
        "계통 연계",
        "Grid connection",
        [
            *_SEEN,
            attribute("importLimit", "수전 한도", "Import limit", unit="MAW"),
            attribute("exportLimit", "송전 한도", "Export limit", unit="MAW"),
            attribute("tariff", "전력량 요금", "Energy tariff", unit=TARIFF_UNIT),
            REF_ENERGY_SITE,
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
]
