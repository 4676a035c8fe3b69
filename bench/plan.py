"""A large plan: 1,000 tasks, 5,000 figures, 20 years. How long it takes to open, check, amend and compare.

Run as `python bench/plan.py`. Wall clock of one process, best of several; ratios are against reading the same entities
from the store once, measured in the same run: what the plan does with them may cost a few times that, and must not
grow with tasks times years. Goals: each under 1 s; reading in one query, whatever hangs on a task.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from madang import clock
from madang.city import City, new_city
from madang.civic.deciding import proposals
from madang.entities.entity import Document, language_property, property_, relationship, urn
from madang.plan.tree import _QUERY

TASKS, FIGURES, FIRST, YEARS, SECTIONS, PARAGRAPHS = 1_000, 5_000, 2026, 20, 15, 40
CITY = "bench"
PLAN = urn("Plan", CITY, "smart")
GOAL_S = 1.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        city = new_city(Path(folder) / "bench.gpkg")
        built = clocked(lambda: adopted(city))
        entities = sum(1 for _ in city.plans.tree().all())
        sys.stdout.write(f"{entities:,} entities of one plan, written and adopted in {built:.1f} s\n")
        amended = city.fork("amended", reason="bench")
        amended.put(list(amendment(amended)), reason="bench")

        plain = best(lambda: city.view().documents(_QUERY))
        say("read its entities from the store, the yardstick", plain, None)
        say("open: the tree", best(lambda: city.plans.tree()), plain)
        say("open: the plan board", best(lambda: city.plans.board()), plain)
        say("check on main", best(lambda: city.plans.check()), plain)
        say("check of an amendment of 50 parts, minor or major", best(lambda: amended.plans.check()), plain)
        say("facts for the procedure", best(lambda: amended.plans.facts()), plain)
        say(
            "difference of two states, by paragraph and number",
            best(lambda: amended.plans.diff("main", "amended")),
            plain,
        )
        say("versions, from the transactions", best(lambda: city.plans.versions()), plain)
        say("critical path of 1,000 tasks", best(lambda: city.plans.critical_path()), plain)
        say("implementation plan of one year", best(lambda: city.plans.year(FIRST + 3)), plain)
        city.close()


def adopted(city: City) -> None:
    """The plan on main, as one that was in force before the file was."""
    branch = city.fork("so-far", reason="bench")
    branch.put(list(plan()), reason="bench")
    branch.propose(title="so far", reason="bench")
    day = clock.today().isoformat()
    notice = {"approved_on": day, "noticed_on": day, "document": "Notice 1"}
    city.procedure.register_in_force("so-far", reason="bench", **notice)
    proposals.decide(city.for_writing(), "so-far", adopt=True, reason="bench", actor="bench")


def plan() -> Iterator[Document]:
    """The entities of the plan: 1,000 tasks in chains of ten, 4,000 budget lines, 1,000 targets, 600 paragraphs."""
    yield {
        "id": PLAN,
        "type": "Plan",
        "title": both("계획", "Plan"),
        "kind": property_("smart-city-plan"),
        "startYear": property_(FIRST),
        "endYear": property_(FIRST + YEARS - 1),
        "owner": relationship(urn("Organisation", CITY, "city")),
    }
    for n in range(SECTIONS):
        section = urn("Section", CITY, str(n))
        yield {
            "id": section,
            "type": "Section",
            "title": both(f"{n}절", f"Section {n}"),
            "order": property_(n),
            "implements": property_([f"act-8-1-{n + 1}" if n < 8 else f"decree-12-1-{n - 7}"]),
            "responsible": relationship(urn("Organisation", CITY, "city")),
            "refPlan": relationship(PLAN),
        }
        for m in range(PARAGRAPHS):
            yield paragraph(n, m, 1_200 + m)
    for n in range(TASKS):
        yield from task(n)


def paragraph(section: int, order: int, amount: int) -> Document:
    year = FIRST + order % YEARS
    text = f"{year}년까지 사업비 {amount:,}억 원을 투입하여 {order + 3}개 구역의 기반시설을 확충하고 12.5 % 늘린다."
    return {
        "id": urn("Paragraph", CITY, f"{section}-{order}"),
        "type": "Paragraph",
        "text": language_property({"ko": text}),
        "order": property_(order),
        "refSection": relationship(urn("Section", CITY, str(section))),
    }


def task(n: int) -> Iterator[Document]:
    id, starts = urn("Task", CITY, str(n)), FIRST + n % 10 * 2
    made = {
        "id": id,
        "type": "Task",
        "title": both(f"과제 {n}", f"Task {n}"),
        "order": property_(n),
        "owner": relationship(urn("Organisation", CITY, "city")),
        "startYear": property_(starts),
        "endYear": property_(starts + 1),
        "refPlan": relationship(PLAN),
    }
    if n % 10:
        made["dependsOn"] = relationship(urn("Task", CITY, str(n - 1)))
    yield made
    per_task = FIGURES // TASKS
    for m in range(per_task - 1):
        yield {
            "id": urn("BudgetLine", CITY, f"{n}-{m}"),
            "type": "BudgetLine",
            "year": property_(starts + m % 2),
            "fund": property_("city" if m % 2 else "national"),
            "amount": property_((n + 1) * 10**8, unit="KRW"),
            "refTask": relationship(id),
        }
    yield {
        "id": urn("Target", CITY, str(n)),
        "type": "Target",
        "title": both(f"목표 {n}", f"Target {n}"),
        "value": property_(n * 10, unit="IE"),
        "baseline": property_(n * 5, unit="IE"),
        "baselineYear": property_(2025),
        "method": property_("count"),
        "due": property_(str(starts + 1)),
        "refTask": relationship(id),
    }


def amendment(city: City) -> Iterator[Document]:
    """Fifty parts changed: half paragraphs, half budget lines."""
    for n in range(25):
        yield paragraph(n % SECTIONS, n, 1_350 + n)
        line = city.get(urn("BudgetLine", CITY, f"{n}-0"))
        assert line is not None
        yield {**line, "amount": property_(77 * 10**8, unit="KRW")}


def both(ko: str, en: str) -> Document:
    return language_property({"ko": ko, "en": en})


def clocked(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def best(work: Callable[[], object], *, times: int = 3) -> float:
    return min(clocked(work) for _ in range(times))


def say(what: str, seconds: float, plain: float | None) -> None:
    more = f"{seconds / plain:5.1f}x reading" if plain else ""
    missed = "  MISSES THE GOAL" if seconds > GOAL_S else ""
    sys.stdout.write(f"{what:52} {seconds * 1e3:9.1f} ms  {more}{missed}\n")


if __name__ == "__main__":
    main()
