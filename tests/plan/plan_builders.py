"""A small statutory plan for the tests of plans: made by the doors, brought to main as one that was in force before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import madang
from madang.city import City

PLAN = "urn:ngsi-ld:Plan:empty:smart"
BODY = "urn:ngsi-ld:Organisation:test:city"
REAL = "이 절은 2030년까지 1,200억 원을 들여 통합운영센터와 교통 서비스를 확충하는 내용을 담는다."


@contextmanager
def empty_city(folder: Path) -> Iterator[City]:
    """A city file with nothing in it."""
    path = folder / "empty.gpkg"
    madang.new(path, by="tests").close()
    with madang.open(path) as city:
        yield city


def section(item: str) -> str:
    """The id of the section that a new plan has for an item."""
    return f"urn:ngsi-ld:Section:empty:smart-{item}"


def draft(city: City, name: str = "draft") -> City:
    """A branch with a new plan, all sections empty."""
    branch = city.fork(name, reason="tests")
    branch.plans.new("smart", "스마트도시계획", start_year=2026, end_year=2030, owners=[BODY], reason="tests")
    return branch


def fill(branch: City, text: str = REAL) -> None:
    """Real text and a responsible body for every section."""
    for one in branch.plans.tree("smart").sections:
        branch.plans.change(one["id"], responsible=BODY, reason="tests")
        branch.plans.write(one["id"], text, reason="tests")


def adopt_in_force(city: City, branch: City) -> None:
    """The branch on main, as a plan that was approved and noticed before."""
    branch.propose(title="기존 계획", reason="tests", by="tests")
    city.procedure.register_in_force(
        branch.branch_name,
        approved_on="2026-01-05",
        noticed_on="2026-01-20",
        document="고시 1",
        reason="tests",
        by="tests",
    )
    city.adopt(branch.branch_name, reason="tests", by="tests")


def in_force(city: City) -> None:
    """A complete plan on main, version 1.0."""
    branch = draft(city, "so-far")
    fill(branch)
    adopt_in_force(city, branch)


def paragraph_of(city: City, item: str) -> Any:
    """The first paragraph of the section of an item."""
    return city.plans.tree("smart").text_of_section[section(item)][0]["id"]
