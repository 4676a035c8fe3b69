"""What several rooms' tests stand on: a real city, built once a worker and copied for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import madang
from madang.city import City

# A deadline would make tests fail on a busy machine; a fixed seed makes a failure repeat. MADANG_LONG=1 tries more.
EXAMPLES = 300 if os.environ.get("MADANG_LONG") else 30
settings.register_profile(
    "madang", deadline=None, derandomize=True, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("madang")


@pytest.fixture(scope="session")
def icheon_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real city file (Icheon, the smallest of the belt), never to be changed."""
    path = tmp_path_factory.mktemp("cities") / "icheon.gpkg"
    madang.new(path, source="korea:icheon", by="tests").close()
    return path


@pytest.fixture
def icheon_file(icheon_once: Path, tmp_path: Path) -> Path:
    """A copy of a real city file, to do with as a test likes."""
    path = tmp_path / "icheon.gpkg"
    shutil.copyfile(icheon_once, path)
    return path


@pytest.fixture
def icheon(icheon_file: Path) -> Iterator[City]:
    """A real city, open."""
    with madang.open(icheon_file) as city:
        yield city


# Files whose tests share something dear to build: a worker each. All browser tests share one, since their cities are
# built once, and two browsers on two cores slow each other.
TOGETHER = (
    "tests/browser/",
    "tests/civic/test_demo.py",
    "tests/examples/",
    "tests/models/many/test_distributed.py",
    "tests/models/test_power_hydrogen.py",
    "tests/models/test_siting.py",
    "tests/practice/",
    "tests/store/test_compaction_faults.py",
    "tests/store/test_history_spark.py",
    "tests/theory/test_power_hydrogen.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests of a dear fixture go to one worker; all others go where there is room.

    Groups by mark (`--dist loadgroup`) would say the same, but are lost with a pytest that computes ids anew.
    """
    from xdist.scheduler import LoadScopeScheduling

    class DearTogether(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((part for part in TOGETHER if nodeid.startswith(part)), nodeid)

    return DearTogether(config, log)
