"""Commands: `madang procedure …`: the steps before a decision, opinions and what became of them, suggestions."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, Reason, group
from madang.cli.files import reading, writing
from madang.entities.entity import Document, value_of
from madang.errors import CallerError, sentence

commands = group("procedure", "Steps, gates and opinions of a proposal.")

Proposal = Annotated[str, typer.Argument(metavar="PROPOSAL", help="The proposal, by its id or its branch.")]
Opinion = Annotated[str, typer.Argument(metavar="OPINION", help="The opinion, by its id.")]
Role = Annotated[str, typer.Option("--role", metavar="ROLE", help="author, reviewer, member or citizen.")]
Shown = Annotated[str | None, typer.Option("--document", metavar="TEXT", help="The number of the document.")]
Evidence = Annotated[list[str] | None, typer.Option("--evidence", metavar="ID", help="An entity that shows it.")]
On = Annotated[str | None, typer.Option("--on", metavar="DAY", help="The day; else today.")]


@commands.command()
def status(file: CityFile, proposal: Proposal, as_json: AsJson = False) -> None:
    """How a proposal stands: its steps with clause and due day, what is missing, what may be done now.

    Example: madang procedure status sejong.gpkg plan-2030
    """
    with reading(file) as city:
        told = city.procedure.status(proposal).as_json()
        title = value_of(next(one for one in city.proposals() if one["id"] == told["proposal"]), "title")
    if as_json:
        output.say_json(told)
        return
    _say(
        "said-standing",
        title=_in(title),
        state=_in(told["stateLabel"]),
        round=told["round"],
        procedure=told["procedure"]["id"] if told["procedure"]["steps"] else _word("said-no-procedure"),
    )
    if told["procedure"]["steps"]:
        heads = [_word(f"head-{name}") for name in ("step", "force", "state", "due", "clause")]
        output.say_table(heads, [_step_row(step) for step in told["procedure"]["steps"]], named=True)
    if told["dispositions"]["all"]:
        _say("said-counts", **told["dispositions"])
    open_acts = [_in(one["label"]) for one in told["next"] if one["possible"]]
    _say("said-may", acts=", ".join(open_acts) or "-")
    for one in (one for one in told["next"] if not one["possible"]):
        first = one["why"][0]
        _say("said-kept", act=_in(one["label"]), label=_in(first["label"]), clause=_in(first["clause"]) or "-")


@commands.command()
def step(
    file: CityFile,
    proposal: Proposal,
    step: Annotated[str, typer.Argument(metavar="STEP", help="The step, as `status --json` names it.")],
    reason: Reason,
    done: Annotated[bool, typer.Option("--done", help="It is over; needs a document or evidence.")] = False,
    refused: Annotated[bool, typer.Option("--refused", help="The answer was no.")] = False,
    on: On = None,
    started: Annotated[str | None, typer.Option("--started", metavar="DAY", help="The day it began.")] = None,
    document: Shown = None,
    evidence: Evidence = None,
    again: Annotated[bool, typer.Option("--again", help="A further attempt at a step done before.")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record a step: begun, or over with --done, or answered with no with --refused.

    Example: madang procedure step sejong.gpkg plan-2030 approval --done --document "MOLIT-123" --reason approved
    """
    if done and refused:
        raise CallerError("procedure.one-of-these", names="--done, --refused")
    with writing(file) as city:
        shown: dict[str, Any] = {"on": on, "document": document, "evidence": evidence, "reason": reason, "by": by}
        if done:
            made = city.procedure.complete_step(proposal, step, started=started, again=again, **shown)
        elif refused:
            made = city.procedure.refuse_step(proposal, step, **shown)
        else:
            made = city.procedure.start_step(proposal, step, **shown)
    if as_json:
        output.say_json(made)
        return
    days = " – ".join(day for day in (value_of(made, "startsOn"), value_of(made, "endsOn")) if day)
    _say("said-step", step=step, state=_word(f"step-{value_of(made, 'state')}-word"), days=days, id=made["id"])


@commands.command("in-force")
def in_force(
    file: CityFile,
    proposal: Proposal,
    approved: Annotated[str, typer.Option("--approved", metavar="DAY", help="The day of the approval.")],
    noticed: Annotated[str, typer.Option("--noticed", metavar="DAY", help="The day of the notice.")],
    document: Annotated[str, typer.Option("--document", metavar="TEXT", help="The number of the notice.")],
    reason: Reason,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Register the plan of a proposal as one that was approved and noticed before it came into this file.

    Example: madang procedure in-force sejong.gpkg plan --approved 2025-01-10 --noticed 2025-02-01 \
--document "2025-12" --reason "as noticed"
    """
    with writing(file) as city:
        made = city.procedure.register_in_force(
            proposal, approved_on=approved, noticed_on=noticed, document=document, reason=reason, by=by
        )
    if as_json:
        output.say_json(made)
    else:
        _say("said-in-force", number=value_of(made, "documentNumber"))


@commands.command()
def opinion(
    file: CityFile,
    proposal: Proposal,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is said.")],
    role: Role,
    pin: Annotated[str, typer.Option("--on", metavar="PIN", help="Where it is pinned; else on the whole.")] = "whole",
    stance: Annotated[str | None, typer.Option("--stance", metavar="WORD", help="for, against or neutral.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", metavar="WORD", help="hearing, survey, web …")] = None,
    dong: Annotated[str | None, typer.Option("--dong", metavar="ID", help="The dong it comes from.")] = None,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME", help="Whose it is, if not yours.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Give an opinion on a proposal: on the whole, or pinned to a paragraph, a number or a place.

    Example: madang procedure opinion sejong.gpkg plan-2030 "more buses" --role citizen --on place:127.28,36.48
    """
    anchor = _pin(pin)
    with writing(file) as city:
        told = {"stance": stance, "channel": channel, "dong": dong, "author": author}
        made = city.procedure.opine(proposal, text, role=role, anchor=anchor, by=by, **told)
    _say_opinion(made, as_json)


@commands.command()
def reply(
    file: CityFile,
    opinion: Opinion,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is said.")],
    role: Role,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Answer an opinion, within its thread.

    Example: madang procedure reply sejong.gpkg plan-2030-1 "on which line?" --role author
    """
    with writing(file) as city:
        made = city.procedure.reply(opinion, text, role=role, by=by)
    _say_opinion(made, as_json)


@commands.command()
def dispose(
    file: CityFile,
    opinion: Opinion,
    disposition: Annotated[str, typer.Argument(metavar="WORD", help="adopted, partly or not-adopted.")],
    reason: Reason,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say what became of an opinion, and why; no proposal closes before each has its answer.

    Example: madang procedure dispose sejong.gpkg plan-2030-1 partly --reason "two lines of three"
    """
    with writing(file) as city:
        made = city.procedure.dispose(opinion, disposition, reason=reason, by=by)
    _say_opinion(made, as_json)


@commands.command()
def withdraw(file: CityFile, opinion: Opinion, reason: Reason, by: By = None, as_json: AsJson = False) -> None:
    """Take your own opinion back.

    Example: madang procedure withdraw sejong.gpkg plan-2030-1 --reason "answered" --by park
    """
    with writing(file) as city:
        made = city.procedure.withdraw(opinion, reason=reason, by=by)
    _say_opinion(made, as_json)


@commands.command()
def opinions(file: CityFile, proposal: Proposal, as_json: AsJson = False) -> None:
    """The table of opinions: who, on what, what became of each, and which say nearly the same.

    Example: madang procedure opinions sejong.gpkg plan-2030
    """
    with reading(file) as city:
        rows = [row.as_json() for row in city.procedure.opinions(proposal)]
        alike = city.procedure.alike(proposal)
    if as_json:
        output.say_json(rows)
        return
    heads = [_word(f"head-{name}") for name in ("id", "by", "on", "text", "disposition", "why")]
    output.say_table(heads, [_opinion_row(row) for row in rows], named=True)
    for pair in alike:
        _say("said-alike", first=_code(pair.first), second=_code(pair.second), likeness=f"{pair.likeness:.2f}")


@commands.command()
def representation(file: CityFile, proposal: Proposal, as_json: AsJson = False) -> None:
    """Whose opinions these are, beside the city's people: by district, dong, sex and age.

    Example: madang procedure representation seongnam.gpkg plan-2030
    """
    with reading(file) as city:
        told = city.procedure.representation(proposal).as_json()
    if as_json:
        output.say_json(told)
        return
    heads = [
        _word(f"head-{name}") for name in ("group", "opinions", "share", "population", "population-share", "ratio")
    ]
    for dimension in told["dimensions"]:
        output.say_text(_in(dimension["label"]))
        if dimension["detail"]:
            output.say_text(_in(dimension["detail"]))
        if dimension["groups"]:
            output.say_table(heads, [_group_row(one) for one in dimension["groups"]], named=True)


@commands.command()
def condition(
    file: CityFile,
    proposal: Proposal,
    condition: Annotated[str, typer.Argument(metavar="CONDITION", help="The condition, such as c1.")],
    reason: Reason,
    document: Shown = None,
    evidence: Annotated[str | None, typer.Option("--evidence", metavar="ID", help="An entity that shows it.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record that a condition of a conditional adoption is met, with what shows it.

    Example: madang procedure condition sejong.gpkg plan-2030 c1 --document "budget-7" --reason "funds found"
    """
    with writing(file) as city:
        made = city.procedure.meet_condition(
            proposal, condition, document=document, evidence=evidence, reason=reason, by=by
        )
    if as_json:
        output.say_json(made)
        return
    left = sum(one["state"] != "met" for one in value_of(made, "conditions"))
    _say("said-condition", id=condition, left=left)


@commands.command()
def suggest(
    file: CityFile,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What is suggested, in a line.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is said.")],
    channel: Annotated[str | None, typer.Option("--channel", metavar="WORD", help="hearing, survey, web …")] = None,
    author: Annotated[str | None, typer.Option("--author", metavar="NAME", help="Whose it is, if not yours.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Take a citizen's suggestion in; says which earlier ones it resembles.

    Example: madang procedure suggest seongnam.gpkg "Bicycle lane" "A lane in front of Pangyo station" --author park
    """
    with writing(file) as city:
        row = city.procedure.suggest(title, text, channel=channel, author=author, by=by).as_json()
    if as_json:
        output.say_json(row)
        return
    _say("said-suggestion", id=row["id"], state=_in(row["stateLabel"]))
    for other in row["alike"]:
        _say("said-alike", first=_code(row["id"]), second=_code(other["id"]), likeness=f"{other['likeness']:.2f}")


@commands.command()
def suggestion(
    file: CityFile,
    suggestion: Annotated[str, typer.Argument(metavar="SUGGESTION", help="The suggestion, by id or number.")],
    act: Annotated[str, typer.Argument(metavar="ACT", help="screen, accept, work-out, put-up, carry, decline …")],
    reason: Reason,
    same_as: Annotated[str | None, typer.Option("--same-as", metavar="ID", help="The one it is the same as.")] = None,
    branch: Annotated[str | None, typer.Option("--of-branch", metavar="B", help="The branch working it out.")] = None,
    task: Annotated[str | None, typer.Option("--task", metavar="ID", help="The task that carries it.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Take a suggestion one step on, from screening to a task or to a reasoned no.

    Example: madang procedure suggestion seongnam.gpkg 1 decline --reason "the road is the province's"
    """
    with writing(file) as city:
        made = city.procedure.move_suggestion(
            suggestion, act, reason=reason, same_as=same_as, branch=branch, task=task, by=by
        )
    if as_json:
        output.say_json(made)
    else:
        _say("said-suggestion", id=made["id"], state=_word(f"suggestion-{value_of(made, 'state')}"))


@commands.command()
def suggestions(file: CityFile, as_json: AsJson = False) -> None:
    """All suggestions, how they stand, and what may be done next.

    Example: madang procedure suggestions seongnam.gpkg
    """
    with reading(file) as city:
        rows = [row.as_json() for row in city.procedure.suggestions()]
    if as_json:
        output.say_json(rows)
        return
    heads = [_word(f"head-{name}") for name in ("id", "title", "state", "by", "next")]
    output.say_table(
        heads,
        [
            [
                _code(row["id"]),
                _in(row["title"]),
                _in(row["stateLabel"]),
                row["submittedBy"],
                ", ".join(one["act"] for one in row["acts"]),
            ]
            for row in rows
        ],
        named=True,
    )


# --- rows and words --------------------------------------------------------------------------------------------------


def _step_row(step: dict[str, Any]) -> list[Any]:
    state = _word("step-running-word") if step["state"] == "running" else _word(f"step-{step['state']}")
    due = f"{step['due']} ({_word('overdue')})" if step["overdue"] else step["due"]
    force = _word(f"force-{step['force'].replace('/', '')}")
    doubt = f" ({_word('unverified')})" if step["certainty"] == "?" else ""
    return [f"{_in(step['title'])} [{step['step']}]", force, state, due, _in(step["clause"]) + doubt]


def _opinion_row(row: dict[str, Any]) -> list[Any]:
    on = _in(row["pinnedTo"]) + (f" ({_in(row['sinceLabel'])})" if row["since"] != "same" else "")
    fate = _in(row["dispositionLabel"] or row["stateLabel"])
    return [
        _code(row["id"]),
        f"{row['by']} ({_in(row['roleLabel'])})",
        on,
        output.short(_in(row["text"]), 60),
        fate,
        row["dispositionReason"],
    ]


def _group_row(group: dict[str, Any]) -> list[Any]:
    count = _word("head-withheld") if group["withheld"] else group["opinions"]
    people = group["population"]["value"] if group["population"] else None
    shares = [None if one is None else f"{100 * one:.1f} %" for one in (group["share"], group["populationShare"])]
    ratio = None if group["ratio"] is None else f"{group['ratio']:.2f}"
    return [_in(group["label"]), count, shares[0], people, shares[1], ratio]


def _pin(text: str) -> dict[str, Any]:
    """A pin as it is written in a shell: whole, paragraph:ID, number:ID#ATTRIBUTE, number:ADDRESS, place:LON,LAT."""
    kind, _, rest = text.partition(":")
    if text == "whole":
        return {"kind": "whole"}
    entity, _, attribute = rest.partition("#")
    if kind == "paragraph" and rest:
        return {"kind": kind, "entity": entity} | ({"attribute": attribute} if attribute else {})
    if kind == "number" and attribute and entity.startswith("urn:"):
        return {"kind": kind, "entity": entity, "attribute": attribute}
    if kind == "number" and attribute:
        return {"kind": kind, "address": rest}
    if kind == "place" and rest.startswith("urn:"):
        return {"kind": kind, "entity": rest}
    try:
        position = [float(part) for part in rest.split(",")]
    except ValueError:
        position = []
    if kind == "place" and len(position) == 2:
        return {"kind": kind, "geometry": {"type": "Point", "coordinates": position}}
    raise CallerError("procedure.anchor-bad", found=text)


def _say_opinion(made: Document, as_json: bool) -> None:
    if as_json:
        output.say_json(made)
        return
    said = value_of(made, "disposition")
    state = _word(f"disposition-{said}") if said else _word(f"opinion-state-{value_of(made, 'state')}")
    _say("said-opinion", id=made["id"], state=state)


def _say(what: str, /, **facts: Any) -> None:
    output.say_text(sentence(f"procedure.{what}", output.language(), **facts))


def _word(what: str) -> str:
    return sentence(f"procedure.{what}", output.language())


def _in(said: Any) -> str:
    return said if isinstance(said, str) else output.in_language(said)


def _code(id: str) -> str:
    return id.rpartition(":")[2]
