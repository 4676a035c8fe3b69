"""What was agreed and pledged: two agreements split into commitments, and the register of 34 made-up companies."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from madang.city import City
from madang.civic.investment.register import write_register
from madang.civic.investment.register_sample import COMPANIES, sample_register
from madang.practice.days import OFFICER, STATUS, on, said
from madang.practice.ground import CITY, SITE, UNIVERSITY, body

AGREEMENT, TALENT = "materials", "talent"
TOTAL = 340_000_000_000
SITES = ("가온 1단지(가상)", "가온 2단지(가상)", "물류지구(가상)")
SECTORS = ("전자부품(가상)", "소재(가상)", "장비(가상)", "설계지원(가상)")
REGISTER = "가상-투자협약-대장.csv"


def agree(city: City) -> None:
    """The agreement on the materials park with its register, and one on talent with a university."""
    with on("2025-03-04"):
        _materials(city)
    with on("2025-03-11"):
        _talent(city)


def company(number: int) -> str:
    """The name of a company of the register."""
    return f"가상기업 {number:02d}"


def register() -> list[dict[str, Any]]:
    """The rows of the register on the day of signing: pledges, nothing more."""
    made = []
    for number, row in enumerate(sample_register(total=TOTAL), 1):
        place = number % len(SITES)
        made.append(
            {name: row[name] for name in ("company", "pledged", "jobs")}
            | {
                "number": f"가상-2025-{number:02d}",
                "sector": SECTORS[number % len(SECTORS)],
                "site": SITES[place],
                "signed_on": "2025-03-04",
                "lon": round(SITE[0] + 0.004 * (place - 1) + 0.0004 * (number % 6), 6),
                "lat": round(SITE[1] + 0.0004 * (number // 6), 6),
            }
        )
    return made


def _materials(city: City) -> None:
    door = city.investment
    door.sign(
        title=said("소재부품 단지 투자협약(가상)", "Materials park investment agreement (made up)"),
        code=AGREEMENT,
        parties=[CITY, body("chamber"), body("supplier")],
        signed_on="2025-03-04",
        amount=TOTAL,
        status=STATUS,
        reason="체결(가상)",
        by=OFFICER,
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / REGISTER
        write_register(path, register())
        found = door.import_register(path, agreement=AGREEMENT, status=STATUS, reason="협약 대장(가상)", by=OFFICER)
    assert found.rows == COMPANIES
    assert found.difference == 0
    door.split(
        AGREEMENT,
        commitments=[
            {
                "title": said("진입도로 개설(가상)", "Access road (made up)"),
                "owner": CITY,
                "due": "2026-03-31",
                "output": said("진입도로 1.2킬로미터", "1.2 km of access road"),
                "code": "road",
                "measures": [{"name": "개설 길이", "target": 1200, "unit": "MTR"}],
            },
            {
                "title": said("지역 주민 채용(가상)", "Local hiring (made up)"),
                "owner": body("chamber"),
                "due": "2027-12-31",
                "output": said("채용 인원", "People hired"),
                "code": "hiring",
                "measures": [{"name": "채용", "target": 900, "unit": "IE"}],
            },
        ],
        reason="실무협의(가상)",
        by=OFFICER,
    )


def _talent(city: City) -> None:
    door = city.investment
    door.sign(
        title=said("인재양성 업무협약(가상)", "Talent agreement (made up)"),
        code=TALENT,
        parties=[CITY, UNIVERSITY],
        signed_on="2025-03-11",
        status=STATUS,
        reason="체결(가상)",
        by=OFFICER,
    )
    door.commit(
        TALENT,
        title=said("소재 인력 양성(가상)", "Training (made up)"),
        owner=UNIVERSITY,
        due="2026-08-31",
        code="training",
        output=said("수료 인원", "Graduates"),
        measures=[{"name": "수료생", "target": 120, "unit": "IE"}],
        reason="실무협의(가상)",
        by=OFFICER,
    )
