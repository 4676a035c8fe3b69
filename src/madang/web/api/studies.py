"""Research studies, their use, service contracts and standards, as the pages ask for them."""

from __future__ import annotations

from typing import Any

from madang import clock
from madang.errors import CallerError
from madang.web.api.door import Asked, Door, Table
from madang.web.api.fields import text_field
from madang.web.api.figures import flat
from madang.web.api.optional import optional_text, texts_field, title_field, whole_field

ROOT = "/api/cities/{tenant}/studies"


def routes(door: Door) -> Table:
    """The paths of this room; the yearly list comes before the pattern it would fit."""
    one = ROOT + "/{study}"
    return [
        ("GET", ROOT, door.reads(studies)),
        ("POST", ROOT, door.writes(begin, status=201)),
        ("GET", ROOT + "/disclosure", door.reads(disclosure, parameters=("year",))),
        ("GET", "/api/cities/{tenant}/standards", door.reads(standards, parameters=("kind",))),
        ("GET", one, door.reads(study)),
        ("POST", one + "/alternatives", door.writes(alternative, status=201)),
        ("POST", one + "/evidence", door.writes(evidence, status=201)),
        ("POST", one + "/rejections", door.writes(reject)),
        ("POST", one + "/recommendation", door.writes(recommend)),
        ("POST", one + "/uses", door.writes(use, role="decide")),
        ("GET", one + "/phases", door.reads(phases)),
        ("POST", one + "/phases", door.writes(phase, status=201)),
        ("POST", one + "/briefings", door.writes(briefing)),
        ("POST", one + "/deliveries", door.writes(deliver)),
        ("POST", one + "/comments", door.writes(comment, status=201)),
        ("POST", one + "/answers", door.writes(answer)),
    ]


def studies(asked: Asked) -> dict[str, Any]:
    """Every study, and whether the city may have an institute of its own."""
    door = asked.city.studies
    institute = door.institute().as_json() if asked.city.rules.routes() else None
    return {"studies": [one.as_json() for one in door.all()], "institute": institute}


def study(asked: Asked) -> dict[str, Any]:
    """One study with its service contract."""
    door, id = asked.city.studies, asked.parts["study"]
    return {**door.study(id).as_json(), "phases": [one.as_json() for one in door.phases(id)]}


def disclosure(asked: Asked) -> dict[str, Any]:
    """The list of a year; of this year where none is named."""
    year = asked.parameters.get("year", str(clock.today(asked.city.store.city.zone).year))
    if not (year.isascii() and year.isdecimal()):
        raise CallerError("studies.year-unknown", year=year)
    return asked.city.studies.disclosure(int(year)).as_json()


def standards(asked: Asked) -> dict[str, Any]:
    """Every standard with how the city conforms."""
    found = asked.city.studies.standards(asked.parameters.get("kind"))
    return {"standards": [one.as_json() for one in found]}


def phases(asked: Asked) -> dict[str, Any]:
    """The service contract: briefings, deliverables, comments."""
    return {"phases": [one.as_json() for one in asked.city.studies.phases(asked.parts["study"])]}


def begin(asked: Asked) -> dict[str, Any]:
    """A new study."""
    body = asked.body
    made = asked.city.studies.begin(
        title=title_field(body), question=title_field(body, "question"), starts_on=optional_text(body, "startsOn"),
        ends_on=optional_text(body, "endsOn"), cost_krw=whole_field(body, "cost"), owner=optional_text(body, "owner"),
        link=optional_text(body, "link"), reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return asked.city.studies.study(made["id"]).as_json()


def alternative(asked: Asked) -> dict[str, Any]:
    """An alternative; the answer is the study."""
    body = asked.body
    asked.city.studies.add_alternative(
        asked.parts["study"], title=title_field(body), kind=text_field(body, "kind", default="alternative"),
        branch=optional_text(body, "branch"), runs=texts_field(body, "runs"), reason=text_field(body, "reason"),
        by=asked.actor,
    )  # fmt: skip
    return study(asked)


def evidence(asked: Asked) -> dict[str, Any]:
    """Evidence; the answer is the study."""
    body = asked.body
    asked.city.studies.add_evidence(
        asked.parts["study"], evidence=texts_field(body, "evidence"), alternative=optional_text(body, "alternative"),
        text=optional_text(body, "text"), reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return study(asked)


def reject(asked: Asked) -> dict[str, Any]:
    """An alternative rejected; the answer is the study."""
    body = asked.body
    asked.city.studies.reject(
        asked.parts["study"], alternative=text_field(body, "alternative"), reason=text_field(body, "reason"),
        by=asked.actor,
    )  # fmt: skip
    return study(asked)


def recommend(asked: Asked) -> dict[str, Any]:
    """A recommendation; the answer is the study."""
    body = asked.body
    asked.city.studies.recommend(
        asked.parts["study"], alternative=text_field(body, "alternative"), text=title_field(body, "text"),
        on=optional_text(body, "on"), reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return study(asked)


def use(asked: Asked) -> dict[str, Any]:
    """What became of a recommendation; the answer is the study."""
    body = asked.body
    asked.city.studies.record_use(
        asked.parts["study"], state=text_field(body, "state"), decision=optional_text(body, "decision"),
        task=optional_text(body, "task"), on=optional_text(body, "on"), reason=text_field(body, "reason"),
        by=asked.actor,
    )  # fmt: skip
    return study(asked)


def phase(asked: Asked) -> dict[str, Any]:
    """A phase of the service contract; the answer is the contract."""
    body = asked.body
    given = body.get("deliverables") or []
    if not isinstance(given, list) or not all(isinstance(one, dict | str) for one in given):
        raise CallerError("web.field-missing", field="deliverables", expected='[{"title": …, "due": …}]')
    owed = [one if isinstance(one, dict) else {"title": one} for one in given]
    asked.city.studies.add_phase(
        asked.parts["study"], kind=text_field(body, "kind"), due=text_field(body, "due"),
        deliverables=[{"title": title_field(one), "due": optional_text(one, "due")} for one in owed],
        reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return phases(asked)


def briefing(asked: Asked) -> dict[str, Any]:
    """A briefing that was held; the answer is the contract."""
    body = asked.body
    asked.city.studies.hold_briefing(
        asked.parts["study"], phase=text_field(body, "phase"), on=optional_text(body, "on"),
        meeting=optional_text(body, "meeting"), reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return phases(asked)


def deliver(asked: Asked) -> dict[str, Any]:
    """Something owed has come; the answer is the contract."""
    body = asked.body
    asked.city.studies.deliver(
        asked.parts["study"], deliverable=text_field(body, "deliverable"), on=optional_text(body, "on"),
        evidence=optional_text(body, "evidence"), reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return phases(asked)


def comment(asked: Asked) -> dict[str, Any]:
    """What was said at a briefing."""
    body = asked.body
    made = asked.city.studies.comment(
        asked.parts["study"], phase=text_field(body, "phase"), text=text_field(body, "text"),
        author=text_field(body, "author"), by=asked.actor,
    )  # fmt: skip
    return flat(made)


def answer(asked: Asked) -> dict[str, Any]:
    """What became of a comment; the answer is the contract."""
    body = asked.body
    asked.city.studies.answer(
        text_field(body, "comment"), text=text_field(body, "text"), changed=optional_text(body, "changed"),
        by=asked.actor,
    )  # fmt: skip
    return phases(asked)
