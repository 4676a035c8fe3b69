"""Steps, gates, opinions and dispositions of a proposal, as the pages ask for them.

Who may propose may give an opinion, answer one, take his own back, and make a suggestion; steps, dispositions,
conditions and the acts on a proposal are for who decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from madang.errors import CallerError
from madang.web.api.door import Asked, Door, Table
from madang.web.api.fields import list_field, text_field
from madang.web.api.figures import flat
from madang.web.api.optional import optional_text

_SHOWN = ("on", "document", "evidence")
_OF_A_STEP = {
    "start": (*_SHOWN, "facts"),
    "complete": (*_SHOWN, "facts", "started", "again"),
    "refuse": _SHOWN,
}
_OF_AN_OPINION = ("anchor", "stance", "channel", "meeting", "dong", "district", "sex", "age_group", "author")
_OF_A_SUGGESTION = ("location", "channel", "dong", "problem", "author")
_OF_A_MOVE = ("same_as", "branch", "proposal", "task")
_OF_AN_ANALYSIS = ("indicator", "unit", "baseline", "baseline_year", "aim", "candidates")


def routes(door: Door) -> Table:
    """The paths of this room."""
    city = "/api/cities/{tenant}"
    one = f"{city}/proposals/{{proposal_id}}"
    return [
        ("GET", f"{one}/procedure", door.reads(status)),
        ("POST", f"{one}/steps", door.writes(step, role="decide")),
        ("POST", f"{one}/in-force", door.writes(in_force, role="decide")),
        ("POST", f"{one}/acts", door.writes(act, role="decide")),
        ("POST", f"{one}/conditions/{{condition_id}}", door.writes(meet, role="decide")),
        ("GET", f"{one}/opinions", door.reads(opinions)),
        ("POST", f"{one}/opinions", door.writes(opine, status=201)),
        ("GET", f"{one}/representation", door.reads(representation)),
        ("POST", f"{city}/opinions/{{opinion_id}}/replies", door.writes(reply, status=201)),
        ("POST", f"{city}/opinions/{{opinion_id}}/disposition", door.writes(dispose, role="decide")),
        ("POST", f"{city}/opinions/{{opinion_id}}/withdrawal", door.writes(withdraw)),
        ("GET", f"{city}/suggestions", door.reads(suggestions)),
        ("POST", f"{city}/suggestions", door.writes(suggest, status=201)),
        ("POST", f"{city}/suggestions/{{suggestion_id}}/acts", door.writes(move, role="decide")),
        ("GET", f"{city}/problems", door.reads(problems)),
        ("POST", f"{city}/problems", door.writes(raise_problem, status=201)),
        ("POST", f"{city}/problems/{{problem_id}}/acts", door.writes(move_problem, role="decide")),
    ]


def status(asked: Asked) -> Any:
    """The procedure of a proposal, everything its page shows."""
    return asked.city.procedure.status(asked.parts["proposal_id"]).as_json()


def step(asked: Asked) -> Any:
    """A step started, completed or refused."""
    procedure = asked.city.procedure
    does: dict[str, Callable[..., Any]] = {
        "start": procedure.start_step,
        "complete": procedure.complete_step,
        "refuse": procedure.refuse_step,
    }
    what = _one_of(asked, "act", tuple(does))
    name, reason = text_field(asked.body, "step"), text_field(asked.body, "reason")
    more = _some(asked, _OF_A_STEP[what])
    return flat(does[what](asked.parts["proposal_id"], name, reason=reason, by=asked.actor, **more))


def in_force(asked: Asked) -> Any:
    """A plan that was noticed before, registered with the number of its notice."""
    told = {name: text_field(asked.body, name) for name in ("approved_on", "noticed_on", "document", "reason")}
    return flat(asked.city.procedure.register_in_force(asked.parts["proposal_id"], by=asked.actor, **told))


def act(asked: Asked) -> Any:
    """An act on a proposal between submission and adoption, or its new submission."""
    procedure, proposal, by = asked.city.procedure, asked.parts["proposal_id"], asked.actor
    what = _one_of(asked, "act", ("deliberate", "adopt-conditionally", "defer", "submit"))
    reason = text_field(asked.body, "reason")
    if what == "adopt-conditionally":
        named = list_field(asked.body, "conditions")
        if not all(isinstance(one, Mapping) for one in named):
            raise CallerError("web.field-missing", field="conditions", expected='[{"text": …, "owner": …, "due": …}]')
        return flat(procedure.adopt_conditionally(proposal, conditions=named, reason=reason, by=by))
    if what == "defer":
        return flat(procedure.defer(proposal, reason=reason, by=by, **_some(asked, ("until",))))
    does = procedure.deliberate if what == "deliberate" else procedure.resubmit
    return flat(does(proposal, reason=reason, by=by))


def meet(asked: Asked) -> Any:
    """A condition met, with what shows it."""
    reason = text_field(asked.body, "reason")
    return flat(
        asked.city.procedure.meet_condition(
            asked.parts["proposal_id"],
            asked.parts["condition_id"],
            reason=reason,
            by=asked.actor,
            document=optional_text(asked.body, "document"),
            evidence=optional_text(asked.body, "evidence"),
        )
    )


def opinions(asked: Asked) -> Any:
    """Every opinion with what became of it, and the pairs that say nearly the same."""
    procedure, proposal = asked.city.procedure, asked.parts["proposal_id"]
    alike = [{"first": one.first, "second": one.second, "likeness": one.likeness} for one in procedure.alike(proposal)]
    return {"opinions": [row.as_json() for row in procedure.opinions(proposal)], "alike": alike}


def representation(asked: Asked) -> Any:
    """The opinions by channel and against the city's people."""
    return asked.city.procedure.representation(asked.parts["proposal_id"]).as_json()


def opine(asked: Asked) -> Any:
    """A new opinion."""
    role, more = text_field(asked.body, "role"), _some(asked, _OF_AN_OPINION)
    made = asked.city.procedure.opine(
        asked.parts["proposal_id"], text_field(asked.body, "text"), role=role, by=asked.actor, **more
    )
    return flat(made)


def reply(asked: Asked) -> Any:
    """An answer within an opinion's thread."""
    text, role = text_field(asked.body, "text"), text_field(asked.body, "role")
    return flat(asked.city.procedure.reply(asked.parts["opinion_id"], text, role=role, by=asked.actor))


def dispose(asked: Asked) -> Any:
    """What became of an opinion."""
    disposition, reason = text_field(asked.body, "disposition"), text_field(asked.body, "reason")
    return flat(asked.city.procedure.dispose(asked.parts["opinion_id"], disposition, reason=reason, by=asked.actor))


def withdraw(asked: Asked) -> Any:
    """An opinion taken back by its author."""
    reason = text_field(asked.body, "reason")
    return flat(asked.city.procedure.withdraw(asked.parts["opinion_id"], reason=reason, by=asked.actor))


def suggestions(asked: Asked) -> Any:
    """All suggestions, with what may be done next."""
    return [row.as_json() for row in asked.city.procedure.suggestions()]


def suggest(asked: Asked) -> Any:
    """A new suggestion, with those it resembles."""
    title, text = text_field(asked.body, "title"), text_field(asked.body, "text")
    return asked.city.procedure.suggest(title, text, by=asked.actor, **_some(asked, _OF_A_SUGGESTION)).as_json()


def move(asked: Asked) -> Any:
    """A suggestion one step on."""
    what, reason = text_field(asked.body, "act"), text_field(asked.body, "reason")
    id, more = asked.parts["suggestion_id"], _some(asked, _OF_A_MOVE)
    return flat(asked.city.procedure.move_suggestion(id, what, reason=reason, by=asked.actor, **more))


def problems(asked: Asked) -> Any:
    """All urban problems."""
    return [flat(one) for one in asked.city.procedure.problems()]


def raise_problem(asked: Asked) -> Any:
    """A new problem."""
    told = {name: text_field(asked.body, name) for name in ("title", "text", "owner", "reason")}
    return flat(asked.city.procedure.raise_problem(by=asked.actor, **told, **_some(asked, ("slug",))))


def move_problem(asked: Asked) -> Any:
    """A problem analysed, piloted or closed."""
    procedure, id, by = asked.city.procedure, asked.parts["problem_id"], asked.actor
    what, reason = _one_of(asked, "act", ("analyse", "pilot", "close")), text_field(asked.body, "reason")
    if what == "analyse":
        cause, more = text_field(asked.body, "cause"), _some(asked, _OF_AN_ANALYSIS)
        return flat(procedure.analyse_problem(id, cause=cause, reason=reason, by=by, **more))
    if what == "pilot":
        return flat(procedure.pilot_problem(id, what=text_field(asked.body, "what"), reason=reason, by=by))
    measured = asked.body.get("measured")
    if not isinstance(measured, (int, float)) or isinstance(measured, bool):
        raise CallerError("web.field-missing", field="measured", expected="a number")
    document, more = text_field(asked.body, "document"), _some(asked, ("on",))
    return flat(procedure.close_problem(id, measured=measured, document=document, reason=reason, by=by, **more))


# What the fields that may be left out look like; anything else is refused by its name.
_SHAPES: Mapping[str, tuple[tuple[type, ...], str]] = {
    "anchor": ((dict,), '{"kind": …}'),
    "facts": ((dict,), "a JSON object"),
    "location": ((dict,), "a GeoJSON geometry"),
    "evidence": ((str, list), "the id of an entity, or several"),
    "candidates": ((list,), "a list of ids"),
    "again": ((bool,), "true or false"),
    "baseline": ((int, float), "a number"),
    "aim": ((int, float), "a number"),
    "baseline_year": ((int,), "a year"),
}


def _some(asked: Asked, names: tuple[str, ...]) -> dict[str, Any]:
    """The fields of the body that may be left out and were given, each of the right shape."""
    found: dict[str, Any] = {}
    for name in names:
        value = asked.body.get(name)
        if value is None:
            continue
        shapes, expected = _SHAPES.get(name, ((str,), "a text"))
        wrong = not isinstance(value, shapes) or (isinstance(value, bool) and bool not in shapes)
        if wrong or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
            raise CallerError("web.field-missing", field=name, expected=expected)
        found[name] = value
    return found


def _one_of(asked: Asked, name: str, known: tuple[str, ...]) -> str:
    found = text_field(asked.body, name)
    if found not in known:
        raise CallerError("web.field-missing", field=name, expected=" | ".join(known))
    return found
