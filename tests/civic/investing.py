"""What the tests of agreements and investment stand on: an empty city, parties, made-up registers, adopted plans."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import madang
from madang import clock
from madang.city import City
from madang.entities.entity import property_
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
    """Planned entities on main, as a proposal that was adopted long ago left them."""
    store = city.for_writing()
    id = f"urn:ngsi-ld:Proposal:test:given-{store.data_version()}"
    with store.transact(actor="tests", reason="given", act="adopt", adopting=id) as tx:
        said = {"state": "adopted", "mergeTransaction": tx.number, "branch": "given", "title": "기존 계획"}
        proposal = {name: property_(value) for name, value in said.items()}
        tx.put_many([{"id": id, "type": "Proposal", **proposal}, *(read_entity(one) for one in entities)])


def standing() -> Any:
    """The clock on the day on which these tests play."""
    return clock.standing_at(NOON)
