"""The card of the talent model; its prose stands in `card.toml`.

What nobody publishes for a city is an assumption card: low, central and high, with its source to be named. A city puts
its own in its place by an `Assumption` entity. With the values in `NEUTRAL` nothing is added to what programmes state.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from madang.models.base import Param, Port, Spec
from madang.models.card import read_words

FIRST_YEAR, LAST_YEAR = 1990, 2100

OUTPUTS = (
    "talent.shortage",
    "talent.gap",
    "talent.coverage",
    "talent.demand",
    "talent.graduates",
    "talent.local-hires",
    "talent.stayers",
    "talent.experienced",
    "talent.gap-closed-from",
    "talent.shortage-person-years",
    "talent.cost-per-stayer",
)

NEUTRAL = {
    "fill_rate": 1.0,
    "military_share": 0.0,
    "leave_share": 0.0,
    "return_rate": 1.0,
    "retirement": 0.0,
    "experienced": 0.0,
    "realisation": 0.0,
}

WORDS = read_words(__package__)


def _card(
    name: str,
    range: tuple[float, float, float],
    limits: tuple[float, float],
    ko: str,
    en: str,
    *,
    unit: str = "1",
    source: str = "",
    dist: Literal["uniform", "triangular"] = "triangular",
) -> Param:
    low, central, high = range
    return Param(name, unit, "uncertainty", central, low, high, source, {"ko": ko, "en": en}, dist, limits)


PARAMS = (
    _card("fill_rate", (0.85, 0.95, 1.0), (0.0, 1.3), "신입생 충원율", "Share of the seats that is taken"),
    _card(
        "military_share",
        (0.3, 0.45, 0.6),
        (0.0, 0.75),
        "재학 중 군 복무 비율",
        "Share who serve while studying",
    ),
    _card(
        "military_years",
        (1.5, 2.0, 2.5),
        (0.0, 4.0),
        "군 복무로 늦어지는 햇수",
        "Years lost to military service",
        unit="ANN",
        source="active service of 18 months (army) to 21 months (air force), Ministry of National Defense; "
        "with the wait for the next term",
    ),
    _card("leave_share", (0.05, 0.1, 0.2), (0.0, 0.25), "그 밖의 휴학 비율", "Share on other leave"),
    _card("leave_years", (0.5, 1.0, 1.5), (0.0, 4.0), "그 밖의 휴학 기간", "Years of other leave", unit="ANN"),
    _card("return_rate", (0.9, 1.0, 1.0), (0.0, 1.0), "복학률", "Share who come back from leave"),
    _card(
        "retirement",
        (0.0, 0.01, 0.03),
        (0.0, 0.2),
        "연간 은퇴·이직(분야 이탈) 비율",
        "Share who stop working in the field, a year",
    ),
    _card(
        "experienced",
        (0.0, 0.1, 0.3),
        (0.0, 5.0),
        "지역 취업자 1명당 경력 유입",
        "Experienced people who come, for each local hire",
    ),
    _card(
        "realisation",
        (0.5, 0.75, 1.0),
        (0.0, 1.0),
        "약속한 일자리의 이행률",
        "Share of promised jobs that comes about",
        source="assumption around reported rates of memoranda: 73 % of 227 in Jeonbuk, 18 of 24 in Jeju (press)",
    ),
    _card(
        "promise_years",
        (3.0, 5.0, 8.0),
        (1.0, 30.0),
        "기한이 없는 약속의 이행 햇수",
        "Years until promised jobs without a due date exist",
        unit="ANN",
    ),
    _card(
        "skilled_share",
        (0.1, 0.25, 0.5),
        (0.0, 1.0),
        "직무가 적히지 않은 일자리 가운데 해당 직무 비율",
        "Share of promised jobs that need the skills, where their skills are not stated",
    ),
    _card(
        "already_counted",
        (0.0, 0.5, 1.0),
        (0.0, 1.0),
        "적힌 수요에 이미 든 약속 일자리 비율",
        "Share of promised jobs that a stated demand counts already",
        dist="uniform",
    ),
    Param(
        "target_year",
        "{year}",
        "constant",
        0.0,
        0.0,
        float(LAST_YEAR),
        source="asked for; 0: the last year for which people are wanted",
        label={
            "ko": "목표연도(0: 수요가 적힌 마지막 해)",
            "en": "Target year (0: the last for which people are wanted)",
        },
    ),
)

SPEC = Spec(
    id="talent",
    version="1.0.0",
    title=WORDS.title,
    question=WORDS.question,
    inputs=(
        Port(
            "programmes",
            "TalentProgramme",
            (
                "name",
                "skill",
                "startYear",
                "endYear",
                "studyYears",
                "seats",
                "graduationRate",
                "localHireRate",
                "retentionRate",
                "amount",
            ),
            units={"studyYears": "ANN", "amount": "KRW"},
            lever="seats",
            ranges={"seats": (0, 1e7), "amount": (0, 1e16)},
            label={"ko": "인재양성 과정", "en": "Talent programmes"},
        ),
        Port(
            "local_hire",
            "TalentProgramme",
            ("localHireRate",),
            lever="localHireRate",
            ranges={"localHireRate": (0, 1)},
            label={"ko": "지역 취업률", "en": "Local hire rates"},
        ),
        Port(
            "retention",
            "TalentProgramme",
            ("retentionRate",),
            lever="retentionRate",
            ranges={"retentionRate": (0, 1)},
            label={"ko": "정착률", "en": "Shares who stay"},
        ),
        Port(
            "at_work",
            "TalentStock",
            ("skill", "year", "personsAtWork", "retentionRate"),
            units={"year": "ANN"},
            label={"ko": "재직 인력", "en": "People at work"},
        ),
        Port(
            "demand",
            "TalentDemand",
            ("skill", "year", "demandKind", "persons"),
            units={"year": "ANN"},
            label={"ko": "인력 수요", "en": "Demand for talent"},
        ),
        Port(
            "agreements",
            "Agreement",
            ("title", "signedOn", "endsOn", "state"),
            label={"ko": "업무협약", "en": "Agreements"},
        ),
        Port(
            "commitments",
            "Commitment",
            ("title", "measures", "startsOn", "due", "refAgreement"),
            label={"ko": "이행과제(약속한 일자리)", "en": "Commitments (promised jobs)"},
        ),
        Port(
            "memoranda",
            "InvestmentMemorandum",
            ("company", "plannedJobs", "signedOn", "refAgreement"),
            units={"plannedJobs": "E51"},
            ranges={"plannedJobs": (0, 1e7)},
            label={"ko": "투자협약(고용 계획)", "en": "Investment memoranda (jobs planned)"},
        ),
        Port(
            "stages",
            "InvestmentStage",
            ("refMemorandum", "stage", "date", "order"),
            label={"ko": "투자 단계", "en": "Stages of investments"},
        ),
        Port(
            "mixes",
            "SkillMix",
            ("refAgreement", "refCommitment", "refMemorandum", "skillShares"),
            label={"ko": "약속한 일자리의 직무 구성", "en": "Skills of promised jobs"},
        ),
        Port(
            "cards",
            "Assumption",
            ("parameter", "assumedValue"),
            where={"model": "talent"},
            label={"ko": "이 도시의 가정", "en": "Assumptions of the city"},
        ),
    ),
    outputs=OUTPUTS,
    params=PARAMS,
    engine="numpy",
    engine_version=lambda: np.__version__,
    licence="Apache-2.0",
    assumptions=WORDS.assumptions,
    not_valid=WORDS.not_valid,
    checked=WORDS.checked,
    constants=(
        ("leave begins after the first year of study", "assumption"),
        ("which measures of commitments count jobs", "unit E51, or the words in jobs.toml"),
    ),
    references=(
        "Bartholomew, D. J., Forbes, A. F. & McClean, S. I. (1991) Statistical Techniques for Manpower Planning",
        "Sterman, J. D. (2000) Business Dynamics, chapters 6-8 and 19 (stocks, flows, labour supply chain)",
        "McKay, M. D., Beckman, R. J. & Conover, W. J. (1979) Technometrics 21(2), 239-245 (Latin hypercube)",
    ),
    batch=True,
    partly_known=("talent.coverage", "talent.gap-closed-from", "talent.cost-per-stayer"),
    about=("programmes", "demand"),
)
