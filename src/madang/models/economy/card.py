"""The card of the economy model; its prose stands in `card.toml`."""

from __future__ import annotations

import numpy as np

from madang.entities.vocabulary.statistics import item_name
from madang.models.base import Param, Port, Spec
from madang.models.card import read_words
from madang.models.economy import shipped
from madang.models.industries import INDUSTRIES

GRDP_ATTRIBUTES = tuple(item_name(i.source_name) for i in INDUSTRIES)
TABLE_PATTERN = r"io-table(-\d{4})?\.(madang\.csv|oecd\.csv|bok\.csv|bok\.xlsx)"
EMPLOYMENT_PATTERN = r"employment-coefficients\.csv"

OUTPUTS = (
    "economy.shock",
    "economy.value-added-city",
    "economy.value-added-rest",
    "economy.imports",
    "economy.taxes",
    "economy.value-added-korea",
    "economy.output-korea",
    "economy.output-city",
    "economy.employment",
    "economy.value-added-city-realised",
    "economy.output-induced",
    "economy.value-added-induced",
    "economy.value-added-city-induced",
    "economy.operating-sales",
    "economy.operating-value-added-city",
    "economy.operating-value-added-korea",
    "economy.operating-output-korea",
    "economy.operating-imports",
    "economy.structural-value-added-city",
    "economy.structural-value-added-korea",
    "economy.structural-imports",
    "economy.import-content",
    "economy.import-content-direct",
    "economy.import-content-manufacturing",
    "economy.price-households",
    "economy.tax-households",
    "economy.tax-households-city",
    "economy.tax-revenue",
    "economy.local-tax",
    "economy.operating-local-tax",
)

WORDS = read_words(__package__)

SPEC = Spec(
    id="economy",
    version="1.1.0",
    title=WORDS.title,
    question=WORDS.question,
    inputs=(
        Port(
            "programmes",
            "Programme",
            ("amount", "sectorShares", "localShare"),
            units={"amount": "KRW", "localShare": "C62"},
            lever="amount",
            label={"ko": "투자 사업", "en": "Investment programmes"},
        ),
        Port("cities", "City", (), label={"ko": "도시", "en": "The city"}),
        Port(
            "grdp",
            "Statistic",
            ("refPlace", "code", "year", *GRDP_ATTRIBUTES),
            units=dict.fromkeys(GRDP_ATTRIBUTES, "KRW"),
            where={"table": "economy/grdp"},
            label={"ko": "도시의 산업별 부가가치", "en": "Value added of the city by industry"},
        ),
        Port(
            "changes",
            "StructuralChange",
            ("sector", "appliesTo", "inputMix", "importsReplaced", "suppliedFrom", "adoption"),
            units={"adoption": "C62"},
            ranges={"adoption": (0.0, 1.0)},
            lever="adoption",
            label={"ko": "산업구조 변화", "en": "Structural changes"},
        ),
        Port(
            "operations",
            "PlantOperation",
            ("plantOutput", "sectorShares", "localShare", "inputMix"),
            units={"plantOutput": "KRW", "localShare": "C62"},
            ranges={"plantOutput": (0.0, 1e18), "localShare": (0.0, 1.0)},
            lever="plantOutput",
            label={"ko": "운영(연간 생산)", "en": "Plants in operation"},
        ),
        Port(
            "taxes",
            "TaxChange",
            ("taxBase", "sector", "appliesTo", "rateChange"),
            units={"rateChange": "C62"},
            ranges={"rateChange": (-0.5, 0.5)},
            lever="rateChange",
            label={"ko": "세율 변화", "en": "Changes of taxes and subsidies"},
        ),
        Port(
            "national",
            "Dataset",
            kind="blob",
            pattern=r"grdp\.csv",
            label={"ko": "전국 시군구 산업별 부가가치", "en": "Value added by industry of all districts"},
        ),
        Port(
            "table",
            "Dataset",
            kind="blob",
            pattern=TABLE_PATTERN,
            default=shipped.default_blob,
            required=True,
            label={"ko": "산업연관표", "en": "Input-output table"},
        ),
        Port(
            "employment",
            "Dataset",
            kind="blob",
            pattern=EMPLOYMENT_PATTERN,
            label={"ko": "취업계수표", "en": "Employment coefficients"},
        ),
    ),
    outputs=OUTPUTS,
    params=(
        Param(
            "flq_delta",
            "1",
            "uncertainty",
            0.25,
            0.1,
            0.4,
            source="range around published estimates (Flegg & Webber 1997: about 0.3; Flegg & Tohmo 2013, 2019, the "
            "latter for Korean provinces; none for a Korean city); default is its middle",
            label={"ko": "지역 규모 보정(FLQ δ)", "en": "Size exponent of the location quotient (FLQ delta)"},
        ),
        Param(
            "realisation",
            "1",
            "uncertainty",
            0.75,
            0.5,
            1.0,
            source="assumption around reported rates: 73 % of 227 memoranda in Jeonbuk, 18 of 24 in Jeju (press)",
            label={"ko": "협약 이행률", "en": "Share of the pledges that is carried out"},
        ),
        Param(
            "split_spread",
            "1",
            "constant",
            0.25,
            0.0,
            1.0,
            source="assumption: log standard deviation of each industry's share around the stated split",
            label={"ko": "산업 배분의 흔들림", "en": "Spread of the split over industries"},
        ),
        Param(
            "import_spread",
            "1",
            "constant",
            0.2,
            0.0,
            1.0,
            source="assumption: import shares of the table up to 20 % lower or higher, each product by itself",
            label={"ko": "수입비중의 흔들림", "en": "Spread of import shares"},
        ),
        Param(
            "local_tax_share",
            "1",
            "uncertainty",
            0.0,
            0.0,
            0.0,
            source="none ships: an Assumption of the city names it with its source; 0 means not stated",
            label={
                "ko": "부가가치 1원당 지방세(도시가 출처와 함께 적음, 0은 적지 않음)",
                "en": "Local tax per won of value added (the city states it with its source; 0: not stated)",
            },
            limits=(0.0, 0.5),
        ),
    ),
    engine="numpy",
    engine_version=lambda: np.__version__,
    licence="Apache-2.0",
    assumptions=WORDS.assumptions,
    not_valid=WORDS.not_valid,
    checked=WORDS.checked,
    constants=(
        ("coefficients, import shares, taxes", "the input-output table named on the result"),
        ("household spending per unit of value added", "the same table: household consumption / value added"),
        ("FLQ delta 0.1-0.4", "around the estimates of Flegg & Webber 1997, 2000; Flegg & Tohmo 2013, 2019"),
        ("realisation 0.5-1.0", "press reports on Jeonbuk and Jeju; unverified"),
    ),
    references=(
        "Miller, R. E. & Blair, P. D. (2009) Input-Output Analysis, 2nd ed., chapters 2, 3, 4, 6; 12.2.6 (extraction); "
        "13.2 (a new firm)",
        "Flegg, A. T. & Webber, C. D. (1997) Regional Studies 31(8), 795-805; (2000) Regional Studies 34(6), 563-569",
        "Flegg, A. T. & Tohmo, T. (2013) Regional Studies 47(5), 703-721 (Finland); (2019) Papers in Regional Science "
        "98(2), 601-620 (Korean provinces)",
        "Aitchison, J. & Shen, S. M. (1980) Biometrika 67(2), 261-272 (logistic-normal shares)",
        "McKay, M. D., Beckman, R. J. & Conover, W. J. (1979) Technometrics 21(2), 239-245 (Latin hypercube)",
    ),
    batch=True,
    partly_known=("economy.local-tax", "economy.operating-local-tax"),
)
