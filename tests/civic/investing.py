"""What the tests of agreements and investment stand on: an empty city, parties, made-up registers, adopted plans."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import madang
from madang import clock
from madang.city import City
from madang.entities.representation import read_entity

NOON = datetime(2026, 11, 22, 3, tzinfo=UTC)
CITY = "urn:ngsi-ld:City:test:gwangyang"
UNIVERSITY = "urn:ngsi-ld:University:test:sejong"


def empty_city(path: Path) -> City:
    """A city with its own entity and one university."""
    madang.new(path, by="tests").close()
    city = madang.open(path)
    city.put(
        [
            {"id": CITY, "type": "City", "name": {"languageMap": {"ko": "광양시", "en": "Gwangyang"}}},
            {"id": UNIVERSITY, "type": "University", "name": {"languageMap": {"ko": "세종대", "en": "Sejong"}}},
        ],
        reason="given",
        by="tests",
    )
    return city


def adopted(city: City, *entities: dict[str, Any]) -> None:
    """Planned entities on main, as an adopted proposal left them."""
    with city.for_writing().transact(actor="tests", reason="given", adopting="urn:ngsi-ld:Proposal:test:given") as tx:
        tx.put_many([read_entity(one) for one in entities])


def standing() -> Any:
    """The clock on the day on which these tests play."""
    return clock.standing_at(NOON)
