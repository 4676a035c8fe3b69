"""The card of the power and hydrogen model; its prose stands in `card.toml`, its parameters in `cards.toml`."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version

from madang.entities.vocabulary.energy import TARIFF_UNIT, WAFER_STARTS
from madang.models.base import Port, Spec
from madang.models.card import read_words
from madang.models.power_hydrogen.parameters import PARAMETERS

ID = "power-hydrogen"
ENGINE, EXTRA = "pypsa", "energy"
LOAD_PATTERN = r"load-profile(-[a-z0-9-]+)?\.csv"
SOLAR_PATTERN = r"solar-profile(-[a-z0-9-]+)?\.csv"

OUTPUTS = (
    "power-hydrogen.unserved-energy",
    "power-hydrogen.unserved-hours",
    "power-hydrogen.unserved-hydrogen",
    "power-hydrogen.peak-import",
    "power-hydrogen.cost",
    "power-hydrogen.investment",
    "power-hydrogen.emissions",
    "power-hydrogen.hydrogen-cost",
    "power-hydrogen.hydrogen-made",
    "power-hydrogen.electricity",
    "power-hydrogen.self-sufficiency",
    "power-hydrogen.curtailment",
    "power-hydrogen.solar-size",
    "power-hydrogen.battery-size",
    "power-hydrogen.electrolyser-size",
    "power-hydrogen.tank-size",
)

WORDS = read_words(__package__)


def engine_version() -> str:
    """PyPSA's and HiGHS's versions; another interpreter's are not known here."""
    if os.environ.get("MADANG_ENGINE_PYPSA"):
        return "of another environment"
    try:
        return f"{version('pypsa')} (HiGHS {version('highspy')})"
    except PackageNotFoundError:
        return "not installed"


_SIZES = (0.0, 1e8)
SPEC = Spec(
    id=ID,
    version="1.0.0",
    title=WORDS.title,
    question=WORDS.question,
    inputs=(
        Port(
            "sites",
            "EnergySite",
            ("electricLoad", "loadShape", "waferStarts", "floorArea", "hydrogenDemand", "hydrogenDeliveryLimit",
             "location"),
            units={"electricLoad": "MAW", "waferStarts": WAFER_STARTS, "floorArea": "MTK", "hydrogenDemand": "F30",
                   "hydrogenDeliveryLimit": "F30"},
            required=True,
            lever="electricLoad",
            label={"ko": "에너지 수요지", "en": "Energy sites"},
            ranges={"electricLoad": (0, 1e5), "waferStarts": (0, 1e7), "floorArea": (0, 1e9),
                    "hydrogenDemand": (0, 1e7), "hydrogenDeliveryLimit": (0, 1e7)},
        ),
        Port(
            "grids",
            "GridConnection",
            ("importLimit", "exportLimit", "tariff"),
            units={"importLimit": "MAW", "exportLimit": "MAW", "tariff": TARIFF_UNIT},
            lever="importLimit",
            label={"ko": "계통 연계", "en": "Connections to the grid"},
            ranges={"importLimit": (0, 1e5), "exportLimit": (0, 1e5), "tariff": (0, 1e4)},
        ),
        Port(
            "solar",
            "RoofSolar",
            ("peakPower", "roofArea", "tilt", "azimuth", "refBuilding", "extendable", "location"),
            units={"peakPower": "KWT", "roofArea": "MTK", "tilt": "DD", "azimuth": "DD"},
            lever="peakPower",
            label={"ko": "지붕 태양광", "en": "Roof solar"},
            ranges={"peakPower": _SIZES, "roofArea": _SIZES, "tilt": (0, 90), "azimuth": (0, 360)},
        ),
        Port(
            "buildings",
            "Building",
            ("footprintArea",),
            units={"footprintArea": "MTK"},
            label={"ko": "건물 면적", "en": "Footprints of buildings"},
            ranges={"footprintArea": (0, 1e7)},
        ),
        Port(
            "batteries",
            "Battery",
            ("energyCapacity", "ratedPower", "maximumEnergy", "extendable"),
            units={"energyCapacity": "KWH", "ratedPower": "KWT", "maximumEnergy": "KWH"},
            lever="energyCapacity",
            label={"ko": "배터리 저장장치", "en": "Batteries"},
            ranges={"energyCapacity": _SIZES, "ratedPower": _SIZES, "maximumEnergy": _SIZES},
        ),
        Port(
            "electrolysers",
            "Electrolyser",
            ("ratedPower", "maximumPower", "extendable"),
            units={"ratedPower": "KWT", "maximumPower": "KWT"},
            lever="ratedPower",
            label={"ko": "수전해 설비", "en": "Electrolysers"},
            ranges={"ratedPower": _SIZES, "maximumPower": _SIZES},
        ),
        Port(
            "tanks",
            "HydrogenTank",
            ("hydrogenCapacity", "maximumHydrogen", "extendable"),
            units={"hydrogenCapacity": "KGM", "maximumHydrogen": "KGM"},
            lever="hydrogenCapacity",
            label={"ko": "수소 저장탱크", "en": "Hydrogen tanks"},
            ranges={"hydrogenCapacity": _SIZES, "maximumHydrogen": _SIZES},
        ),
        Port(
            "stations",
            "HydrogenStation",
            ("hydrogenDemand", "refEnergySite"),
            units={"hydrogenDemand": "F30"},
            lever="hydrogenDemand",
            label={"ko": "수소충전소 수요", "en": "Demand of hydrogen stations"},
            ranges={"hydrogenDemand": (0, 1e6)},
        ),
        Port("load-profile", "Dataset", kind="blob", pattern=LOAD_PATTERN,
             label={"ko": "시간별 부하", "en": "Hourly load"}),
        Port("solar-profile", "Dataset", kind="blob", pattern=SOLAR_PATTERN,
             label={"ko": "시간별 태양광 출력", "en": "Hourly output of solar"}),
    ),
    outputs=OUTPUTS,
    params=PARAMETERS,
    words=("hours",),
    engine="pypsa",
    engine_version=engine_version,
    licence="MIT",
    assumptions=WORDS.assumptions,
    not_valid=WORDS.not_valid,
    checked=WORDS.checked,
    constants=(
        ("33.33 kWh/kg, the lower heating value of hydrogen", "119.96 MJ/kg / 3.6"),
        ("declination, equation of time, distance of the sun; 1,367 W/m2", "Spencer 1971"),
        ("diffuse share by clearness", "Erbs, Klein & Duffie 1982"),
        ("hours of off-peak, mid and peak load", "form of KEPCO's industrial time-of-use tariff; check the contract"),
        ("pattern of clear and cloudy days in a week", "assumption; its size is the card cloud_swing"),
    ),
    references=(
        "Brown, T., Hörsch, J. & Schlachtberger, D. (2018) PyPSA: Python for Power System Analysis, Journal of Open "
        "Research Software 6(1), 4",
        "Huangfu, Q. & Hall, J. A. J. (2018) Parallelizing the dual revised simplex method, Mathematical Programming "
        "Computation 10, 119-142 (HiGHS)",
        "Spencer, J. W. (1971) Fourier series representation of the position of the sun, Search 2(5), 172",
        "Liu, B. Y. H. & Jordan, R. C. (1963) Solar Energy 7(2), 53-74 (tilted surfaces)",
        "Erbs, D. G., Klein, S. A. & Duffie, J. A. (1982) Solar Energy 28(4), 293-302 (diffuse radiation)",
    ),
    quick=False,
    about=("sites",),
    extra=EXTRA,
)  # fmt: skip
