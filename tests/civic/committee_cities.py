"""A committee with a charter, members and an open meeting, for the tests of committees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from madang.city import City, open_city
from madang.store import Store

CLAUSE = {"ko": "시험 조례 제7조", "en": "Test Ordinance Art. 7"}
CHARTER: dict[str, Any] = {
    "source": {"ko": "시험 조례", "en": "Test Ordinance"},
    "certainty": "S",
    "seats": {"most": 9, "least": 3, "clause": {"ko": "시험 조례 제3조", "en": "Test Ordinance Art. 3"}},
    "term": {"years": 2, "renewals": 1, "clause": {"ko": "시험 조례 제4조", "en": "Test Ordinance Art. 4"}},
    "cycle": {"every": "half-year"},
    "to_meet": {"rule": "more than 1/2 of members", "clause": CLAUSE},
    "to_decide": {"rule": "more than 1/2 of present", "clause": CLAUSE},
    "to_decide_specially": {"rule": "at least 2/3 of present", "clause": CLAUSE},
    "tie": {"rule": "lost"},
    "recusal": {"by_law": ["party"], "clause": {"ko": "시험 조례 제8조", "en": "Test Ordinance Art. 8"}},
}
MEMBERS = ["가람", "나래", "다온", "라온", "마루"]
FIRM = "urn:ngsi-ld:Organisation:test:firm"
MILL = "urn:ngsi-ld:Organisation:test:mill"
AGREEMENT = "urn:ngsi-ld:Agreement:test:mou"
BODIES: list[dict[str, Any]] = [
    {"id": FIRM, "type": "Organisation", "name": {"languageMap": {"ko": "한빛소재", "en": "Hanbit Materials"}}},
    {
        "id": MILL,
        "type": "Organisation",
        "name": {"languageMap": {"ko": "다올공급", "en": "Daol Supply"}},
        "suppliesTo": {"object": FIRM},
    },
    {
        "id": AGREEMENT,
        "type": "Agreement",
        "title": {"languageMap": {"ko": "투자협약", "en": "Memorandum"}},
        "parties": {"object": [FIRM]},
    },
]


def committee_city(path: Path, *, charter: dict[str, Any] | None = CHARTER, members: int = 5) -> City:
    """A city with one committee `c` of so many members, in office from 2026 to 2027."""
    Store.create(path, city_id="test", title={"ko": "시험시", "en": "Test City"}).close()
    city = open_city(path)
    city.put(BODIES, reason="given", by="t")
    city.committees.establish(
        name={"ko": "시험위원회", "en": "Test Committee"},
        code="c",
        charter=charter,
        since="2026-01",
        reason="r",
        by="t",
    )
    for n, name in enumerate(MEMBERS[:members]):
        role = "chair" if n == 0 else "member"
        city.committees.appoint(
            "c", person=name, role=role, starts_on="2026-01-01", ends_on="2027-12-31", reason="r", by="t"
        )
    return city


def open_item(city: City, *, present: int = 5, kind: str = "decision", **more: Any) -> str:
    """A decision item of an open meeting with so many members there; gives the item's id."""
    made = city.committees.call_meeting("c", date="2026-11-20", reason="r", by="t")
    for name in MEMBERS[:present]:
        city.committees.attend(made["id"], person=name, by="t")
    item = city.committees.add_item(made["id"], kind=kind, title="시험 안건", by="t", **more)
    city.committees.open_meeting(made["id"], by="t")
    return str(item["id"])
