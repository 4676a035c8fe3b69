"""The plan: board, checklist, alignment, services, years, versions and differences, as the pages ask for them."""

from __future__ import annotations

from datetime import date
from typing import Any

from madang.entities.vocabulary import type_info
from madang.errors import CallerError
from madang.plan.check import names_of
from madang.web.api.door import Asked, Door, Table
from madang.web.api.fields import text_field

BASE = "/api/cities/{tenant}/plans"
PLAN = BASE + "/{plan_id}"


def routes(door: Door) -> Table:
    """The paths of this room."""
    return [
        ("GET", BASE, door.reads(listed)),
        ("POST", BASE, door.writes(new, status=201)),
        ("GET", PLAN, door.reads(board)),
        ("GET", PLAN + "/status", door.reads(status)),
        ("GET", PLAN + "/check", door.reads(check, parameters=("asOf",))),
        ("POST", PLAN + "/check", door.writes(record_check)),
        ("GET", PLAN + "/checklist", door.reads(checklist, parameters=("asOf",))),
        ("GET", PLAN + "/text", door.reads(text)),
        ("POST", PLAN + "/paragraphs", door.writes(write)),
        ("POST", PLAN + "/parts", door.writes(add, status=201)),
        ("POST", PLAN + "/parts/{part_id}", door.writes(change)),
        ("POST", PLAN + "/parts/{part_id}/removal", door.writes(remove)),
        ("GET", PLAN + "/versions", door.reads(versions)),
        ("GET", PLAN + "/diff", door.reads(diff, parameters=("from", "to"))),
        ("GET", PLAN + "/amendment", door.reads(amendment, parameters=("asOf",))),
        ("GET", PLAN + "/alignment", door.reads(alignment)),
        ("GET", PLAN + "/services", door.reads(services)),
        ("GET", PLAN + "/years/{year}", door.reads(year)),
    ]


def listed(asked: Asked) -> dict[str, Any]:
    """The plans of the branch, and the announcements from which one can be made."""
    plans = asked.city.plans
    return {"plans": plans.all(), "announcements": plans.announced()}


def board(asked: Asked) -> dict[str, Any]:
    """All that the plan board draws."""
    return asked.city.plans.board(asked.parts["plan_id"])


def status(asked: Asked) -> dict[str, Any]:
    """Where the plan stands."""
    return asked.city.plans.status(asked.parts["plan_id"]).as_json()


def check(asked: Asked) -> dict[str, Any]:
    """The plan held against the rules of a day."""
    return asked.city.plans.check(asked.parts["plan_id"], as_of=_day(asked)).as_json()


def record_check(asked: Asked) -> dict[str, Any]:
    """The check of the plan, kept as a record."""
    reason = text_field(asked.body, "reason")
    return asked.city.plans.record_check(asked.parts["plan_id"], reason=reason, by=asked.actor).as_json()


def checklist(asked: Asked) -> dict[str, Any]:
    """The clause checklist, with the names of sections and bodies."""
    plans, plan_id = asked.city.plans, asked.parts["plan_id"]
    found = plans.checklist(plan_id, as_of=_day(asked))
    ids = {id for one in found.items for id in (*one.sections, *one.responsible)}
    names = names_of(asked.city.store, asked.city.branch_name, ids)
    return {**found.as_json(), "plan": plans.tree(plan_id).id, "names": names}


def text(asked: Asked) -> dict[str, Any]:
    """The sections of the plan with their paragraphs, figures as they were adopted, and which are out of date."""
    return asked.city.plans.text(asked.parts["plan_id"])


def write(asked: Asked) -> dict[str, Any]:
    """A paragraph written on the branch: a new one, or the one named with another text."""
    body = asked.body
    paragraph = text_field(body, "paragraph") if body.get("paragraph") is not None else None
    made = asked.city.plans.write(
        text_field(body, "section"),
        body["text"] if isinstance(body.get("text"), dict) else text_field(body, "text"),
        paragraph=paragraph,
        reason=text_field(body, "reason"),
        by=asked.actor,
    )
    return {"id": made["id"], "section": made["refSection"]["object"]}


def add(asked: Asked) -> dict[str, Any]:
    """A part of the plan written on the branch: a goal, strategy, task, budget line, milestone, target, service."""
    kind, reason = text_field(asked.body, "kind"), text_field(asked.body, "reason")
    made = asked.city.plans.add(kind, reason=reason, by=asked.actor, **_values(asked, kind))
    return {"id": made["id"], "type": kind}


def change(asked: Asked) -> dict[str, Any]:
    """A part with other values; null takes a value away."""
    id, reason = asked.parts["part_id"], text_field(asked.body, "reason")
    made = asked.city.plans.change(id, reason=reason, by=asked.actor, **_values(asked, kind_of(id)))
    return {"id": made["id"], "type": kind_of(id)}


def remove(asked: Asked) -> dict[str, Any]:
    """A part taken out of the plan; refused while others refer to it."""
    done = asked.city.plans.remove(asked.parts["part_id"], reason=text_field(asked.body, "reason"), by=asked.actor)
    return {"transaction": done.number}


def kind_of(id: str) -> str:
    """The type that an id of Madang's pattern names."""
    parts = id.split(":")
    return parts[2] if len(parts) > 3 else id


def _values(asked: Asked, kind: str) -> dict[str, Any]:
    """What the body gives of a part, by the attributes that its type has."""
    given = asked.body.get("values")
    if not isinstance(given, dict) or not given:
        raise CallerError("web.field-missing", field="values", expected='{"title": …}')
    known = type_info(kind).attributes
    for name in given:
        if name not in known:
            raise CallerError("web.field-missing", field=f"values.{name}", expected=", ".join(sorted(known)) or "-")
    return given


def new(asked: Asked) -> dict[str, Any]:
    """A new plan on the branch: of an announcement, or with an empty section for each item that law asks for."""
    body, plans = asked.body, asked.city.plans
    reason = text_field(body, "reason")
    if body.get("announcement") is not None:
        made = plans.from_announcement(text_field(body, "announcement"), reason=reason, by=asked.actor).id
    else:
        title = body["title"] if isinstance(body.get("title"), dict) else text_field(body, "title")
        owners = body.get("owners") if isinstance(body.get("owners"), list) else []
        made = plans.new(
            text_field(body, "code"),
            title,
            start_year=_whole(body.get("startYear")),
            end_year=_whole(body.get("endYear")),
            owners=[str(one) for one in owners or []],
            reason=reason,
            by=asked.actor,
        )["id"]
    return plans.board(made)


def versions(asked: Asked) -> dict[str, Any]:
    """The adopted versions of the plan, oldest first."""
    plan_id = asked.parts["plan_id"]
    return {"plan": plan_id, "versions": [one.as_json() for one in asked.city.plans.versions(plan_id)]}


def diff(asked: Asked) -> dict[str, Any]:
    """What differs between two states of the plan."""
    names = {name: asked.parameters.get(name) for name in ("from", "to")}
    for name, point in names.items():
        if not point:
            raise CallerError("web.field-missing", field=name, expected="1.0, tx:12 or main")
    found = asked.city.plans.diff(str(names["from"]), str(names["to"]), asked.parts["plan_id"])
    return {**names, **found.as_json()}


def amendment(asked: Asked) -> dict[str, Any]:
    """What the branch changes in the plan, and whether that is minor or major."""
    return asked.city.plans.amendment(asked.parts["plan_id"], as_of=_day(asked)).as_json()


def alignment(asked: Asked) -> dict[str, Any]:
    """Tasks against upper plans and national programmes."""
    return asked.city.plans.alignment(asked.parts["plan_id"]).as_json()


def services(asked: Asked) -> dict[str, Any]:
    """The service catalogue, with the names of everybody in it."""
    found = asked.city.plans.services(asked.parts["plan_id"])
    ids = {
        id for row in found.services for id in (*row.owners, *row.datasets, *row.tasks, *sum(row.roles.values(), ()))
    }
    return {**found.as_json(), "names": names_of(asked.city.store, asked.city.branch_name, ids)}


def year(asked: Asked) -> dict[str, Any]:
    """The implementation plan of one year."""
    given = asked.parts["year"]
    if not given.isdigit() or len(given) != 4:
        raise CallerError("web.field-missing", field="year", expected="a year such as 2026")
    return asked.city.plans.year(int(given), asked.parts["plan_id"]).as_json()


def _day(asked: Asked) -> date | str | None:
    return asked.parameters.get("asOf") or None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
