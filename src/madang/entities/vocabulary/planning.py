"""What is planned: the statutory plan with its sections and tasks, and the upper plans it answers to.

Planned types change on main by adoption only. Upper plans and what they ask are found things: records. A `PlanCheck` is
what was found when a plan on a branch was held against the rules.
"""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.promised import FIGURES
from madang.entities.vocabulary.promised import TYPES as _PROMISED
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference

TARGET = attribute("target", "목표값", "Target")
RESPONSIBLE = reference("responsible", "책임기관", "Responsible body")
VISION = attribute("vision", "비전", "Vision", kind="LanguageProperty")
IMPLEMENTS = attribute("implements", "이행 조항", "Clauses it implements")
BUDGET = attribute("budget", "예산 여부", "Whether it has a budget")
FUND = attribute("fund", "재원", "Source of funds")
EXECUTED = attribute("executed", "집행액", "Amount executed", unit="KRW")
DEPENDS_ON = reference("dependsOn", "선행 과제", "Depends on")
PRECEDES = reference("precedes", "후행 과제", "Precedes")
ALIGNS_WITH = reference("alignsWith", "상위계획 연계", "Aligns with")
LOCAL_ONLY = attribute("isLocalOnly", "자체 과제 여부", "Whether it is local only")
BENEFIT = attribute("benefit", "기대효과 점수", "Benefit score")
SYNERGIES = attribute("synergies", "함께할 때의 효과", "Benefit when done together", kind="JsonProperty")
FIELD = attribute("serviceField", "서비스 분야", "Service field")
RACI = attribute("raci", "역할 분담(RACI)", "Roles (RACI)", kind="JsonProperty")
DESIGNATIONS = attribute("designations", "지정 사항", "Designations")
NEIGHBOUR_AREAS = attribute("neighbourAreas", "포함한 인접 지방자치단체", "Neighbouring areas it includes")
BY_PROVINCE = attribute("isMadeByProvince", "도지사 수립 여부", "Whether a province makes it")
BRANCH_TRANSACTION = attribute(
    "branchTransaction", "검토한 안의 기록 번호", "Last transaction of the branch when checked"
)
REF_SERVICE = reference("refService", "서비스", "Service")
REF_UPPER_PLAN = reference("refUpperPlan", "상위계획", "Upper plan")
CONSTRAINT = attribute("constraint", "요구 사항", "What it asks", kind="JsonProperty")
DONE_ON = next(info.attributes["doneOn"] for info in _PROMISED if info.name == "Promise")

_WRITTEN = [a.TITLE, a.DESCRIPTION, a.STATE, a.REF_ANNOUNCEMENT, *a.PROVENANCE, a.REF_CITY]
_WHEN = [a.STARTS_ON, a.ENDS_ON, a.START_YEAR, a.END_YEAR, a.DUE]


def _planned(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, attributes, planned=True)


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *a.PROVENANCE, a.REF_CITY], scope="record")


def _json(name: str, ko: str, en: str) -> AttributeInfo:
    return attribute(name, ko, en, kind="JsonProperty")


TYPES = [
    _planned(
        "Plan",
        "계획",
        "Plan",
        [
            *_WRITTEN,
            a.KIND,
            VISION,
            a.OWNER,
            a.START_YEAR,
            a.END_YEAR,
            DESIGNATIONS,
            NEIGHBOUR_AREAS,
            BY_PROVINCE,
            a.REF_AGREEMENT,
        ],
    ),
    _planned(
        "Section",
        "절",
        "Section",
        [
            *_WRITTEN,
            a.TEXT,
            a.ORDER,
            a.REF_PLAN,
            IMPLEMENTS,
            RESPONSIBLE,
            reference("refParent", "상위 절", "Parent section"),
        ],
    ),
    _planned(
        "Goal",
        "목표",
        "Goal",
        [*_WRITTEN, TARGET, a.DUE, a.ORDER, a.REF_PLAN, a.INDICATOR, a.OWNER],
    ),
    _planned(
        "Task",
        "추진과제",
        "Task",
        [
            *_WRITTEN,
            *_WHEN,
            a.CATEGORY,
            a.OWNER,
            a.AMOUNT,
            BUDGET,
            a.ORDER,
            a.LOCATION,
            a.REF_DONG,
            a.REF_PLAN,
            a.REF_SECTION,
            a.REF_GOAL,
            reference("refStrategy", "추진전략", "Strategy"),
            a.REF_PROGRAMME,
            a.REF_FACILITY,
            DEPENDS_ON,
            PRECEDES,
            ALIGNS_WITH,
            LOCAL_ONLY,
            BENEFIT,
            SYNERGIES,
        ],
    ),
    _planned(
        "Zone",
        "구역",
        "Zone",
        [
            a.NAME,
            a.KIND,
            a.LOCATION,
            a.AREA,
            a.VALID_FROM,
            a.VALID_TO,
            a.REF_PLAN,
            a.REF_DONG,
            RESPONSIBLE,
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
    _planned("Strategy", "추진전략", "Strategy", [*_WRITTEN, a.ORDER, a.REF_GOAL, a.REF_PLAN]),
    _planned("Paragraph", "문단", "Paragraph", [a.TEXT, a.ORDER, a.REF_SECTION, FIGURES, *a.PROVENANCE]),
    _planned(
        "Target",
        "목표값",
        "Target",
        [
            a.TITLE,
            a.INDICATOR,
            a.VALUE,
            a.DUE,
            a.OWNER,
            a.REF_GOAL,
            a.REF_TASK,
            a.REF_PLAN,
            a.REF_RUN,
            attribute("baseline", "기준값", "Baseline"),
            attribute("baselineYear", "기준연도", "Baseline year"),
            attribute("forecastAddress", "예측 산출근거", "Address of the forecast"),
            *a.PROVENANCE,
        ],
    ),
    _planned(
        "BudgetLine",
        "예산",
        "Budget line",
        [
            a.TITLE,
            a.YEAR,
            FUND,
            a.AMOUNT,
            EXECUTED,
            a.REF_TASK,
            reference("refService", "서비스", "Service"),
            *a.PROVENANCE,
        ],
    ),
    _planned(
        "Milestone",
        "이정표",
        "Milestone",
        [a.TITLE, a.DUE, a.REF_TASK, a.REF_FACILITY, a.STATE, DONE_ON, a.EVIDENCE, *a.PROVENANCE],
    ),
    _planned(
        "Service",
        "스마트도시서비스",
        "Smart city service",
        [*_WRITTEN, FIELD, a.OWNER, a.REF_DATASET, a.AMOUNT, BUDGET, a.INDICATOR, RACI, a.REF_PLAN, a.REF_TASK],
    ),
    _record(
        "UpperPlan",
        "상위계획",
        "Upper plan",
        [a.TITLE, a.DESCRIPTION, a.KIND, a.OWNER, a.START_YEAR, a.END_YEAR, a.URL],
    ),
    _record(
        "UpperPlanItem",
        "상위계획 항목",
        "Item of an upper plan",
        [a.TITLE, a.DESCRIPTION, a.CLAUSE, REF_UPPER_PLAN, CONSTRAINT],
    ),
    _record(
        "PlanCheck",
        "계획 점검",
        "Check of a plan",
        [
            a.REF_PLAN,
            a.BRANCH,
            _json("ruleFacts", "계획이 밝힌 사실", "What the plan states for the rules"),
            BRANCH_TRANSACTION,
            attribute("complete", "필수사항 충족", "Whether it is complete"),
            _json("missing", "빠진 필수사항", "What is missing"),
            attribute("change", "변경 구분", "Kind of change"),
            a.CLAUSE,
            _json("changedItems", "바뀐 사항", "Items changed"),
            _json("findings", "점검 의견", "Findings"),
            _json("rules", "점검한 절차규칙집", "Rules it was checked against"),
            attribute("rulesHash", "절차규칙집 해시", "Hash of the rules"),
            attribute("asOf", "기준일", "As of"),
            attribute("checkedBy", "점검자", "Checked by"),
        ],
    ),
]
