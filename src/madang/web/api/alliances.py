"""Alliances, ordinances, joint projects, as the pages ask for them.

Reading gives the whole page in one answer. Recording what a council did needs the right to decide; drafting and putting
up a project the right to propose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from madang.civic.alliances.ordinances import difference_json
from madang.entities.entity import Document
from madang.errors import CallerError
from madang.store import Store
from madang.web.api.door import Asked, Door, Table
from madang.web.api.fields import text_field
from madang.web.api.figures import flat
from madang.web.api.optional import amounts_field, optional_text, texts_field, title_field, whole_field

ROOT = "/api/cities/{tenant}/alliances"


def routes(door: Door) -> Table:
    """The paths of this room."""
    one = ROOT + "/{alliance}"
    ordinance, project = "/api/cities/{tenant}/ordinances/{ordinance}", "/api/cities/{tenant}/projects/{project}"
    return [
        ("GET", ROOT, door.reads(alliances, parameters=("as_of",))),
        ("GET", one, door.reads(alliance, parameters=("as_of",))),
        ("GET", one + "/overlaps", door.reads(lambda asked: overlaps(asked, door.beside(asked.city)))),
        ("POST", one + "/members", door.writes(member, role="decide")),
        ("POST", one + "/steps", door.writes(step, role="decide")),
        ("POST", one + "/charter", door.writes(charter)),
        ("POST", one + "/ordinances", door.writes(draft, status=201)),
        ("POST", one + "/projects", door.writes(new_project, status=201)),
        ("GET", ordinance, door.reads(matrix, parameters=("as_of",))),
        ("GET", ordinance + "/diff", door.reads(diff)),
        ("POST", ordinance + "/variants", door.writes(variant, status=201)),
        ("POST", ordinance + "/steps", door.writes(adopt, role="decide")),
        (
            "GET",
            project + "/shares",
            door.reads(lambda asked: shares(asked, door.beside(asked.city)), parameters=("method",)),
        ),
        (
            "POST",
            project + "/shares",
            door.writes(lambda asked: agree(asked, door.beside(asked.city)), role="decide"),
        ),
    ]


def alliances(asked: Asked) -> dict[str, Any]:
    """Every alliance with members, forms, matrices, projects and claims."""
    return {"alliances": [one.as_json() for one in asked.city.alliances.all(asked.parameters.get("as_of"))]}


def alliance(asked: Asked) -> dict[str, Any]:
    """One alliance as it stood on a day."""
    return asked.city.alliances.alliance(asked.parts["alliance"], asked.parameters.get("as_of")).as_json()


def overlaps(asked: Asked, others: Sequence[Store]) -> dict[str, Any]:
    """What the members intend, compared, as far as the files on this server say."""
    return asked.city.alliances.overlaps(asked.parts["alliance"], others).as_json()


def matrix(asked: Asked) -> dict[str, Any]:
    """One ordinance: cities against states of adoption."""
    return asked.city.alliances.matrix(asked.parts["ordinance"], asked.parameters.get("as_of")).as_json()


def diff(asked: Asked) -> dict[str, Any]:
    """How a variant differs from the common text."""
    return {"places": [difference_json(one) for one in asked.city.alliances.diff(asked.parts["ordinance"])]}


def shares(asked: Asked, others: Sequence[Store]) -> dict[str, Any]:
    """The cost of a project shared by a method; residents also from the members' own files on this server."""
    method = asked.parameters.get("method", "population")
    return asked.city.alliances.share_costs(asked.parts["project"], method, others).as_json()


def member(asked: Asked) -> dict[str, Any]:
    """A city joins ({"city": …}) or leaves ({"city": …, "leaves": true})."""
    door = asked.city.alliances
    act = door.leave if asked.body.get("leaves") is True else door.join
    made = act(
        asked.parts["alliance"], city=text_field(asked.body, "city"), on=optional_text(asked.body, "on"),
        evidence=optional_text(asked.body, "evidence"), reason=text_field(asked.body, "reason"), by=asked.actor,
    )  # fmt: skip
    return flat(made)


def step(asked: Asked) -> dict[str, Any]:
    """A step towards a legal form; the answer is how the alliance stands to that form now."""
    body, door, id = asked.body, asked.city.alliances, asked.parts["alliance"]
    form = text_field(body, "form", default="special-local-government")
    door.record_step(
        id, step=text_field(body, "step"), form=form, council=optional_text(body, "council"),
        state=text_field(body, "state", default="done"), on=optional_text(body, "on"),
        evidence=texts_field(body, "evidence"), reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return door.standing(id, form).as_json()


def charter(asked: Asked) -> dict[str, Any]:
    """Items of the charter ({"items": {id: text}}); the answer is the checklist."""
    body, door, id = asked.body, asked.city.alliances, asked.parts["alliance"]
    form = text_field(body, "form", default="special-local-government")
    items = body.get("items")
    if not isinstance(items, dict) or not all(isinstance(text, str) for text in items.values()):
        raise CallerError("web.field-missing", field="items", expected='{"id": "text"}')
    door.write_charter(id, items=items, form=form, reason=text_field(body, "reason"), by=asked.actor)
    found: dict[str, Any] = door.standing(id, form).as_json()["charter"]
    return found


def draft(asked: Asked) -> dict[str, Any]:
    """A new common text."""
    body = asked.body
    made = asked.city.alliances.draft_ordinance(
        asked.parts["alliance"], title=title_field(body), text=text_field(body, "text"),
        reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return flat(made)


def variant(asked: Asked) -> dict[str, Any]:
    """A city's own text."""
    body = asked.body
    made = asked.city.alliances.variant(
        asked.parts["ordinance"], city=text_field(body, "city"), text=optional_text(body, "text"),
        on=optional_text(body, "on"), reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return flat(made)


def adopt(asked: Asked) -> dict[str, Any]:
    """A council's step; the answer is the matrix."""
    body, door = asked.body, asked.city.alliances
    door.adopt_step(
        asked.parts["ordinance"], city=text_field(body, "city"), state=text_field(body, "state"),
        on=optional_text(body, "on"), evidence=texts_field(body, "evidence"), text=optional_text(body, "text"),
        reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return door.matrix(asked.parts["ordinance"]).as_json()


def new_project(asked: Asked) -> dict[str, Any]:
    """A new joint project."""
    body = asked.body
    made = asked.city.alliances.add_project(
        asked.parts["alliance"], title=title_field(body), amount=whole_field(body, "amount"),
        members=texts_field(body, "members"), benefits=amounts_field(body, "benefits"),
        alone=amounts_field(body, "alone"), shared=whole_field(body, "shared"),
        reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return flat(made)


def agree(asked: Asked, others: Sequence[Store]) -> list[dict[str, Any]]:
    """Shares kept as agreed."""
    made: list[Document] = asked.city.alliances.agree_shares(
        asked.parts["project"], text_field(asked.body, "method", default="population"), others=others,
        reason=text_field(asked.body, "reason"), by=asked.actor,
    )  # fmt: skip
    return [flat(one) for one in made]
