"""Rule packs and their verdicts, as the pages ask for them.

Every label is a pair of languages, every verdict and item carries its clause, its pack with version, and how sure it
is, and names in words how its state and force are called.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from madang.errors import CallerError, both
from madang.rules.book import Rulebook
from madang.rules.judging import Verdict
from madang.web.api.door import Asked, Door, Table
from madang.web.exchange import json_reply

BASE = "/api/cities/{tenant}/rules"
CERTAINTY = ("S", "K", "?")


def routes(door: Door) -> Table:
    """The paths of this room."""
    return [
        ("GET", BASE, door.reads(rule_packs, parameters=("as_of",))),
        ("POST", BASE, door.writes(add, role="decide", status=201)),
        ("GET", f"{BASE}/eligible", door.reads(eligible, parameters=("as_of", "route"))),
        ("GET", f"{BASE}/deadline", door.reads(deadline, parameters=("as_of", "rule", "start"))),
        ("GET", f"{BASE}/thresholds", door.reads(thresholds, parameters=("as_of", "topic"))),
        ("POST", f"{BASE}/{{procedure}}/judge", door.writes(judge, role="read")),
        ("GET", f"{BASE}/{{procedure}}", door.reads(checklist, parameters=("as_of",))),
    ]


def rule_packs(asked: Asked) -> dict[str, Any]:
    """The packs in force with versions, certainty and sources; procedures and routes by name."""
    rules, day = asked.city.rules, _day(asked)
    return {
        "packs": [pack.as_json() for pack in rules.packs(day)],
        "procedures": [course.as_json() for course in rules.procedures(day)],
        "routes": rules.routes(day),
        "fingerprint": rules.fingerprint(day),
        "certainty": {mark: both(f"rules.certainty-{_mark(mark)}") for mark in CERTAINTY},
    }


def add(asked: Asked) -> dict[str, Any]:
    """Keep a pack of the city's own, given as text."""
    body = asked.body
    if not isinstance(body.get("text"), str) or not body["text"].strip():
        raise CallerError("rules.text-missing")
    kept = asked.city.rules.keep(
        body["text"], file=str(body.get("file") or "pack.yaml"), reason=str(body.get("reason") or ""), by=asked.actor
    )
    return {"id": kept["id"], "fingerprint": asked.city.rules.fingerprint()}


def checklist(asked: Asked) -> dict[str, Any]:
    """A procedure as a checklist: every step judged by no facts but the city's own, and the items it asks for."""
    return _judged(asked.city.rules, asked.parts["procedure"], {}, _day(asked))


def judge(asked: Asked) -> Any:
    """A procedure judged by the facts of the body; nothing is written."""
    facts = asked.body.get("facts") or {}
    if not isinstance(facts, dict):
        raise CallerError("web.field-missing", field="facts", expected='{"steps": {…}}')
    return json_reply(
        _judged(asked.city.rules, asked.parts["procedure"], facts, _parsed(asked.body.get("as_of"))), status=200
    )


def eligible(asked: Asked) -> dict[str, Any]:
    """Whether legal routes are open to the city: one, or all that packs speak of."""
    rules, day = asked.city.rules, _day(asked)
    named = [asked.parameters["route"]] if "route" in asked.parameters else rules.routes(day)
    return {"routes": [rules.eligible(route, as_of=day).as_json() for route in named], "facts": rules.city_facts()}


def deadline(asked: Asked) -> dict[str, Any]:
    """The days of a rule counted from a day."""
    start = _parsed(_need(asked, "start"))
    assert start is not None
    return asked.city.rules.deadline(_need(asked, "rule"), start, as_of=_day(asked)).as_json()


def thresholds(asked: Asked) -> dict[str, Any]:
    """The numbers that hold for a topic, each with its clause and how sure it is."""
    topic = _need(asked, "topic")
    found = asked.city.rules.thresholds(topic, as_of=_day(asked))
    return {"topic": topic, "thresholds": [one.as_json() for one in found]}


def _judged(rules: Rulebook, procedure: str, facts: dict[str, Any], day: date | None) -> dict[str, Any]:
    verdicts = rules.judge(procedure, facts, as_of=day)
    course = next(one for one in rules.procedures(day) if one.id == procedure) if verdicts else None
    items = rules.required_items(course.base, as_of=day) if course and rules.has_items(course.base, as_of=day) else []
    return {
        "procedure": procedure,
        "title": course.title if course else None,
        "verdicts": [_verdict(one) for one in verdicts],
        "items": [one.as_json() for one in items],
        "fingerprint": rules.fingerprint(day),
    }


def _verdict(one: Verdict) -> dict[str, Any]:
    words = {
        "forceLabel": both(f"rules.force-{one.force.replace('/', '')}"),
        "stateLabel": both(f"rules.state-{one.state}"),
        "certaintyLabel": both(f"rules.certainty-{_mark(one.certainty)}"),
    }
    return {**one.as_json(), **words}


def _mark(certainty: str) -> str:
    return "unverified" if certainty == "?" else certainty.lower()


def _day(asked: Asked) -> date | None:
    return _parsed(asked.parameters.get("as_of"))


def _need(asked: Asked, name: str) -> str:
    if name not in asked.parameters:
        raise CallerError("web.parameter-missing", parameter=name, expected=name)
    return asked.parameters[name]


def _parsed(text: Any) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise CallerError("rules.not-a-day", found=text) from None
