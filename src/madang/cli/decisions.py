"""Commands about deciding: propose, deliberate, adopt."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, app
from madang.cli.files import on_branch, writing
from madang.entities.entity import value_of
from madang.errors import CallerError


@app.command()
def propose(
    file: CityFile,
    b: Annotated[str, typer.Argument(metavar="B")],
    title: Annotated[str, typer.Option("--title", metavar="TEXT")],
    reason: Annotated[str, typer.Option("--reason", "-m", metavar="TEXT")],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Put a branch up for decision.

    Example: madang propose gwangyang.gpkg battery-hydrogen --title "배터리·수소안" --reason "34 pledges of 2020"
    """
    with writing(file) as city:
        made = on_branch(city, b).propose(title=title, reason=reason, by=by)
    _say_proposal(made, as_json)


@app.command()
def deliberate(
    file: CityFile,
    proposal: Annotated[str, typer.Argument(metavar="PROPOSAL")],
    reason: Annotated[str, typer.Option("--reason", "-m", metavar="TEXT")],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Bring a proposal before deliberation.

    Example: madang deliberate gwangyang.gpkg battery-hydrogen --reason "to the committee of 30 November"
    """
    with writing(file) as city:
        moved = city.procedure.deliberate(proposal, reason=reason, by=by)
    _say_proposal(moved, as_json)


@app.command()
def adopt(
    file: CityFile,
    proposal: Annotated[str, typer.Argument(metavar="PROPOSAL")],
    reason: Annotated[str, typer.Option("--reason", "-m", metavar="TEXT")],
    refuse: Annotated[bool, typer.Option("--refuse", help="Decide against it; the branch stays.")] = False,
    conditionally: Annotated[
        list[str] | None,
        typer.Option("--conditionally", metavar="COND", help='Adopt on a condition: "text | owner | 2027-03-31".'),
    ] = None,
    defer: Annotated[bool, typer.Option("--defer", help="Put it off; it comes back when submitted again.")] = False,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help="With --defer: until this day.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Decide on a proposal: adopt and merge it, adopt it on conditions, put it off, or refuse it.

    Example: madang adopt gwangyang.gpkg battery-hydrogen --reason "carried 11 to 2"
    """
    if sum((refuse, defer, bool(conditionally))) > 1:
        raise CallerError("procedure.one-of-these", names="--refuse, --conditionally, --defer")
    if until is not None and not defer:
        raise CallerError("procedure.until-elsewhere", act="refuse" if refuse else "adopt")
    conditions = [_condition(one) for one in conditionally or []]
    with writing(file) as city:
        if conditions:
            decided = city.procedure.adopt_conditionally(proposal, conditions=conditions, reason=reason, by=by)
        elif defer:
            decided = city.procedure.defer(proposal, until=until, reason=reason, by=by)
        else:
            decided = (city.refuse if refuse else city.adopt)(proposal, reason=reason, by=by)
    _say_proposal(decided, as_json)


def _condition(text: str) -> dict[str, str]:
    """A condition as it is written in a shell: text | owner | due day."""
    parts = [part.strip() for part in text.split("|")]
    if len(parts) != 3 or not all(parts):
        raise CallerError("procedure.condition-bad", found=text)
    return dict(zip(("text", "owner", "due"), parts, strict=True))


def _say_proposal(proposal: dict[str, Any], as_json: bool) -> None:
    if as_json:
        output.say_json(proposal)
        return
    output.say(
        "proposal",
        id=proposal["id"],
        title=title if isinstance(title := value_of(proposal, "title"), str) else output.in_language(title),
        state=output.word(f"state-{value_of(proposal, 'state')}"),
        branch=value_of(proposal, "branch"),
    )
