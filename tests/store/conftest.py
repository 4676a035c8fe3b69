"""A small city to try things on."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from madang.entities.entity import Document, geo_property, property_
from madang.store import Store

TITLE = {"ko": "시험시", "en": "Testville"}


def make_building(number: int, height: float = 3.0, **more: Any) -> Document:
    """A building on a grid near Pangyo; of scope city."""
    at = {"type": "Point", "coordinates": [127.1 + number / 1000, 37.4]}
    return {
        "id": f"urn:ngsi-ld:Building:test:{number}",
        "type": "Building",
        "name": property_(f"건물 {number}"),
        "height": property_(height),
        "location": geo_property(at),
        **more,
    }


def make_sensor(number: int, pm10: float | None = None, at: str = "2026-01-01T00:00:00Z") -> Document:
    """An air sensor, of scope observed, with a reading if one is given."""
    doc: Document = {"id": f"urn:ngsi-ld:AirQualityObserved:test:{number}", "type": "AirQualityObserved"}
    doc["name"] = property_(f"측정소 {number}")
    if pm10 is not None:
        doc["pm10"] = property_(pm10, unit="GQ", observed_at=at)
    return doc


def make_claim(number: int, text: str = "말") -> Document:
    """A record: seen from every branch."""
    return {"id": f"urn:ngsi-ld:Claim:test:{number}", "type": "Claim", "title": property_(text)}


def make_programme(number: int, amount: int = 100) -> Document:
    """A planned entity: it reaches main by adoption only."""
    return {"id": f"urn:ngsi-ld:Programme:test:{number}", "type": "Programme", "amount": property_(amount, unit="KRW")}


@pytest.fixture
def building() -> Callable[..., Document]:
    return make_building


@pytest.fixture
def sensor() -> Callable[..., Document]:
    return make_sensor


@pytest.fixture
def claim() -> Callable[..., Document]:
    return make_claim


@pytest.fixture
def programme() -> Callable[..., Document]:
    return make_programme


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.gpkg"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """An empty city, open for writing."""
    with Store.create(path, city_id="test", title=TITLE) as made:
        yield made


@pytest.fixture
def town(store: Store) -> Store:
    """A city of twenty buildings, heights 0 to 19."""
    with store.transact(actor="test", reason="load") as tx:
        tx.put_many(make_building(n, float(n)) for n in range(20))
    return store
