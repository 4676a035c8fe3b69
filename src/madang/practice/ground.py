"""The ground of the practice city: measured data of a real city, and the made-up bodies that act there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from madang.city import City
from madang.entities.entity import Document, language_property, property_, relationship
from madang.practice.days import OFFICER, STATUS, on, said
from madang.sources import base as sources
from madang.sources.korea import city_codes, city_from_packages
from madang.sources.korea.places import city_id
from madang.store import Store

ID = "practice"
TITLE = said("연습도시(가상)", "Practice city (made up)")
BASE = "icheon"
FIRST_DAY = "2025-01-06"
CITY = city_id(city_codes(BASE))
SITE = (127.4895, 37.2826)  # within 부발읍 of the measured boundaries
MADE_UP = f"urn:ngsi-ld:Dataset:{ID}:made-up"

BODIES = {
    "smart": said("스마트도시과(가상)", "Smart City Division (made up)"),
    "transport": said("교통과(가상)", "Transport Division (made up)"),
    "industry": said("기업지원과(가상)", "Business Support Division (made up)"),
    "safety": said("안전총괄과(가상)", "Safety Division (made up)"),
    "budget": said("예산과(가상)", "Budget Division (made up)"),
    "chamber": said("가온 상공회의소(가상)", "Gaon Chamber of Commerce (made up)"),
    "supplier": said("나래소재(가상)", "Narae Materials (made up)"),
}
UNIVERSITY = f"urn:ngsi-ld:University:{ID}:haneul"


def body(code: str) -> str:
    """The id of a made-up body."""
    return f"urn:ngsi-ld:Organisation:{ID}:{code}"


def lay(path: Path) -> None:
    """A city file with the measured base, and nothing else."""
    with on(FIRST_DAY), Store.create(path, city_id=ID, title=TITLE, actor=OFFICER, reason="연습도시(가상)") as store:
        reason = "인구·경제·경계는 이천시의 실측 자료입니다. 그 밖의 모든 것은 가상입니다."
        sources.write(store, [city_from_packages(BASE)], actor=OFFICER, reason=reason)


def settle(city: City) -> None:
    """The made-up bodies, and the data set that says that they are made up."""
    with on(FIRST_DAY):
        city.put([_made_up(), *_bodies()], reason="연습에 쓰는 가상의 기관", by=OFFICER)


def _made_up() -> Document:
    title = said("연습도시의 가상 자료", "Made-up data of the practice city")
    about = said("연습을 위해 지어낸 자료입니다.", "Data invented for practice.")
    return {
        "id": MADE_UP,
        "type": "Dataset",
        "title": language_property(title),
        "description": language_property(about),
        "licence": property_("CC0-1.0"),
        "status": property_(STATUS),
    }


def _bodies() -> list[Document]:
    made = [_body(body(code), "Organisation", name) for code, name in BODIES.items()]
    return [*made, _body(UNIVERSITY, "University", said("하늘대학교(가상)", "Haneul University (made up)"))]


def _body(id: str, kind: str, name: dict[str, str]) -> dict[str, Any]:
    return {
        "id": id,
        "type": kind,
        "name": language_property(name),
        "refCity": relationship(CITY),
        "status": property_(STATUS),
        "source": relationship(MADE_UP),
    }
