"""The invented city, as a fixture."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "models"))

from invented_city import made_store

from madang.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A city with GRDP of three years, and a branch `plan` with one programme."""
    yield from made_store(tmp_path)
