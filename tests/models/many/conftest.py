"""Small models that worker processes can import, a journal of the test's own, and a city to record in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

from invented_city import made_store

import madang
from madang.city import City
from madang.entities.entity import property_
from madang.models.many.journal import FOLDER, Journal
from madang.store import Store


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test keeps between calls is gone with it."""
    monkeypatch.setenv(FOLDER, str(tmp_path / "cache"))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """An empty journal."""
    return Journal(tmp_path / "journal")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A city with GRDP of three years, and a branch `plan` with one programme."""
    yield from made_store(tmp_path)


@pytest.fixture
def city(store: Store) -> Iterator[City]:
    """The same, at its door, with two wells."""
    with store.transact(actor="tests", reason="wells") as tx:
        for n in (1, 2):
            tx.put({"id": f"urn:ngsi-ld:Well:test:{n}", "type": "Well", "flow": property_(5.0)})
    path = store.path
    store.close()
    with madang.open(path) as found:
        yield found
