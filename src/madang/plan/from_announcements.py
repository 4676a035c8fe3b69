"""A plan made of what was announced: tasks as they were published, and nothing that was not.

The announcements are in the city file (`Announcement`, `Promise`, `Agreement`). What one of them promises as a task
becomes a `Task` with its category; an announcement without tasks gives its milestones and commitments. Who announced it
owns it, a date that was stated comes with what was stated about it, a joint agreement gives the plan its joint owners.
Budget, dates and bodies that were not announced stay empty, and the check of the plan names them. Each part cites the
announcement and its source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from madang.entities.entity import Document, geometry_of, language_property, property_, relationship, urn, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, NotFoundError, both
from madang.plan.parts import Pair, period_of, ref_of, refs_of, title_of
from madang.store import View

_ANNOUNCED = Query(types=parse_types("Announcement,Promise,Agreement"))
_QUOTED = re.compile(r"[‘“\"']([^’”\"']{4,})[’”\"']")
STATUTORY_LAUNCH = "plan-launch"


def announcements_with_plans(view: View) -> list[Document]:
    """The announcements of a city from which a plan can be made, by id."""
    found = view.documents(_ANNOUNCED)
    named = {ref_of(one, "refAnnouncement") for one in found if one["type"] == "Promise"}
    return sorted((one for one in found if one["type"] == "Announcement" and one["id"] in named), key=lambda o: o["id"])


def plan_of_announcement(view: View, announcement: str, *, city: str) -> list[Document]:
    """The plan and tasks of one announcement, as entities for a branch; named by its id or the end of it."""
    found = view.documents(_ANNOUNCED)
    published = _named(found, announcement)
    of_it = [one for one in found if ref_of(one, "refAnnouncement") == published["id"]]
    promises = [one for one in of_it if one["type"] == "Promise" and value_of(one, "kind") != "investment"]
    tasks = [one for one in promises if value_of(one, "kind") == "task"] or promises
    if not tasks:
        raise CallerError("plans.nothing-announced", announcement=published["id"])
    agreements = [one for one in of_it if one["type"] == "Agreement"]
    plan = _plan(published, tasks, agreements, city=city)
    return [plan, *(_task(one, order, plan["id"]) for order, one in enumerate(tasks, 1))]


def _named(found: Sequence[Document], name: str) -> Document:
    published = [one for one in found if one["type"] == "Announcement"]
    for one in published:
        if name == one["id"] or one["id"].endswith(f":{name}"):
            return one
    known = ", ".join(one["id"].rpartition(":")[2] for one in published) or "-"
    raise NotFoundError("plans.announcement-unknown", announcement=name, known=known)


def _plan(published: Document, tasks: Sequence[Document], agreements: Sequence[Document], *, city: str) -> Document:
    title = title_of(published)
    statutory = value_of(published, "kind") == STATUTORY_LAUNCH
    made: Document = {
        "id": urn("Plan", city, published["id"].rpartition(":")[2]),
        "type": "Plan",
        "title": language_property(both("plans.announced-title", title=title)),
        "kind": property_("smart-city-plan" if statutory else "policy-plan"),
        "refAnnouncement": relationship(published["id"]),
    }
    vision = _vision(title)
    if vision is not None:
        made["vision"] = language_property(vision)
    joint = next((one for one in agreements if len(refs_of(one, "parties")) > 1), None)
    if statutory and joint is not None:
        made["owner"] = relationship(list(refs_of(joint, "parties")))
        made["refAgreement"] = relationship(joint["id"])
    elif owners := list(dict.fromkeys(id for task in tasks for id in refs_of(task, "owner"))):
        made["owner"] = relationship(owners if len(owners) > 1 else owners[0])
    last = [due for task in tasks if (due := period_of(task, "due")) is not None]
    if statutory and last:
        year = property_(max(due.last.year for due in last))
        if "source" in published:
            year["source"] = published["source"]
        made["endYear"] = year
    return _copied(made, published, ("source", "refCity"))


def _vision(title: Pair) -> Pair | None:
    """The motto that a title quotes in both languages, as it was announced."""
    found = {language: _QUOTED.search(text) for language, text in title.items()}
    return {language: one[1].strip(" ,.") for language, one in found.items() if one} if all(found.values()) else None


def _task(promise: Document, order: int, plan: str) -> Document:
    made: Document = {
        "id": urn("Task", "announced", promise["id"].rpartition(":")[2]),
        "type": "Task",
        "title": promise["title"],
        "order": property_(order),
        "refPlan": relationship(plan),
    }
    if value_of(promise, "evidence"):
        made["state"] = property_("done")
    due = value_of(promise, "due")
    if due is not None:
        made["due"] = promise["due"]
    if geometry_of(promise) is not None:
        made["location"] = promise["location"]
    return _copied(made, promise, ("category", "owner", "amount", "refAnnouncement", "source"))


def _copied(made: Document, said: Document, names: Sequence[str]) -> Document:
    return made | {name: said[name] for name in names if name in said}
