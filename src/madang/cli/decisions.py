"""Commands about deciding: propose, adopt."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, app
from madang.cli.files import on_branch, writing
from madang.entities.entity import value_of


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
def adopt(
    file: CityFile,
    proposal: Annotated[str, typer.Argument(metavar="PROPOSAL")],
    reason: Annotated[str, typer.Option("--reason", "-m", metavar="TEXT")],
    refuse: Annotated[bool, typer.Option("--refuse", help="Decide against it; the branch stays.")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Decide on a proposal: adopt and merge it, or refuse it.

    Example: madang adopt gwangyang.gpkg battery-hydrogen --reason "carried 11 to 2"
    """
    with writing(file) as city:
        decide = city.refuse if refuse else city.adopt
        decided = decide(proposal, reason=reason, by=by)
    _say_proposal(decided, as_json)


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
