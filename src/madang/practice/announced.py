"""What the real cities of the demo get: plans made of what was announced, incomplete as they are, each on a branch.

Seongnam's branch holds the seven tasks of the seminar; Sejong's the statutory plan that was announced, with one empty
section for each item that law asks for. Nothing is filled in: the plan board and the checklist show what is there, and
the check names what is missing. Two more items of Sejong's are asked for under a condition of which nothing was
announced; they stand in the checklist, not as sections.

A branch is added once: a city that has it is left as it is, and what a killed build left half-done is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from madang.city import City, open_city
from madang.civic.demo.build import ACTOR
from madang.entities.entity import Document
from madang.errors import both, sentence
from madang.plan.from_announcements import STATUTORY_LAUNCH, plan_of_announcement
from madang.plan.writing import new_plan


@dataclass(frozen=True)
class Announced:
    """A branch made of an announcement: its name, the words of its title and reason, and whether it is statutory."""

    branch: str
    announcement: str
    words: str
    statutory: bool = False


ANNOUNCED = {
    "seongnam": Announced("announced-tasks", "seongnam-industry40-seminar", "announced-tasks"),
    "sejong": Announced(STATUTORY_LAUNCH, "sejong-smart-city-plan", "announced-plan", statutory=True),
}


def add_announced(path: Path) -> bool:
    """The branch of what was announced for the city of a file, where there is one; says whether it was added now."""
    with open_city(path) as city:
        told = ANNOUNCED.get(city.id)
        if told is None or _is_done(city, told):
            return False
        _add(city, told)
        return True


def _is_done(city: City, told: Announced) -> bool:
    if told.branch not in {one.name for one in city.branches()}:
        return False
    return bool(city.branch(told.branch).plans.all())


def _add(city: City, told: Announced) -> None:
    reason = sentence(f"practice.reason-{told.words}", "ko")
    if told.branch in {one.name for one in city.branches()}:
        there = city.branch(told.branch)
    else:
        there = city.fork(told.branch, title=both(f"practice.{told.words}"), reason=reason, by=ACTOR)
    made = plan_of_announcement(there.view(), told.announcement, city=city.id)
    if told.statutory:
        made = [*made, *_sections(there, made[0])]
    there.write(lambda tx: tx.put_many(made), reason=reason, by=ACTOR)


def _sections(there: City, plan: Document) -> list[Document]:
    """One empty section for each item that law asks of this plan today."""
    required = there.rules.required_items()
    return new_plan(plan, required, city=there.id)[1:]
