"""Commands: `madang investment …`: national calls and bids."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason
from madang.cli.files import incoming, on_branch, reading, writing
from madang.cli.investing import (
    AsOf,
    Evidence,
    On,
    commands,
    in_words,
    list_under,
    say_made,
    short,
    won,
    word,
)
from madang.errors import CallerError


@commands.command()
def calls(
    file: CityFile,
    table: Annotated[Path | None, typer.Argument(metavar="YAML", help="A file of calls to enter.")] = None,
    as_of: AsOf = None,
    reason: Reason = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Show the calendar of national calls, or enter calls from a file.

    Example: madang investment calls gwangyang.gpkg
    """
    if table is not None:
        with incoming(table) as (path,), writing(file) as city:
            city.investment.add_calls(path, reason=reason, by=by)
    with reading(file) as city:
        found = city.investment.calls(as_of)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    rows = [
        (short(one.id), in_words(one.title), word(f"call-{one.state}"), one.opens, one.closes, one.days)
        for one in found
    ]
    list_under(("id", "title", "state", "opens", "closes", "days"), rows)


@commands.command()
def match(
    file: CityFile,
    call: Annotated[str, typer.Argument(metavar="CALL")],
    as_of: AsOf = None,
    branch: OnBranch = "main",
    as_json: AsJson = False,
) -> None:
    """Rank the tasks that fit a call, with the conditions still open and the money the city must add.

    Example: madang investment match gwangyang.gpkg smart-solution-2027
    """
    with reading(file) as city:
        found = on_branch(city, branch).investment.match(call, as_of)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    rows = [
        (one.rank, in_words(one.title), f"{one.points}/{one.of_points}", won(one.short),
         ", ".join(in_words(lack["label"]) for lack in one.missing) or word("say-ready"))
        for one in found
    ]  # fmt: skip
    list_under(("rank", "task", "points", "short", "missing"), rows)


@commands.command()
def bids(file: CityFile, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """List the city's bids for calls with their state.

    Example: madang investment bids gwangyang.gpkg
    """
    with reading(file) as city:
        found = city.investment.applications(as_of)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    rows = [
        (short(one.id), in_words(one.call_title), in_words(one.task_title), word(f"application-{one.state}"), one.since)
        for one in found
    ]
    list_under(("id", "call", "task", "state", "since"), rows)


@commands.command()
def bid(
    file: CityFile,
    call: Annotated[str, typer.Argument(metavar="CALL")],
    task: Annotated[str, typer.Argument(metavar="TASK")],
    reason: Reason,
    points: Annotated[
        list[str] | None,
        typer.Option("--points", metavar="LINE=N", help="Points for a line that people score; may be repeated."),
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Begin a bid for a task, or give it new points.

    Example: madang investment bid gwangyang.gpkg smart-solution-2027 bus --points idea=45 -m "working group"
    """
    given = dict(_points(one) for one in points or ())
    with writing(file) as city:
        made = city.investment.bid(call, task, points=given, reason=reason, by=by)
    say_made(made, as_json)


@commands.command("bid-step")
def bid_step(
    file: CityFile,
    bid: Annotated[str, typer.Argument(metavar="BID")],
    event: Annotated[
        str, typer.Argument(metavar="STEP", help="drafting, reviewed, submitted, selected, not-selected, withdrawn.")
    ],
    reason: Reason,
    amount: Annotated[int | None, typer.Option("--amount", metavar="WON", help="Applied for, or granted.")] = None,
    on: On = None,
    evidence: Evidence = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Take a bid one step on; it is submitted only when every condition is met.

    Example: madang investment bid-step gwangyang.gpkg smart-solution-2027-bus reviewed -m "reviewed by the director"
    """
    with writing(file) as city:
        made = city.investment.move_bid(bid, event=event, amount=amount, on=on, evidence=evidence, reason=reason, by=by)
    say_made(made, as_json)


def _points(text: str) -> tuple[str, int]:
    """LINE=N as points of a line of the score sheet."""
    line, _, number = text.partition("=")
    if not (line.strip() and number.strip().isdecimal()):
        raise CallerError("investment.bad-points", found=text)
    return line.strip(), int(number)
