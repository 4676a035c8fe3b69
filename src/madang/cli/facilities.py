"""Commands: `madang investment …`: facilities and permits."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason
from madang.cli.files import on_branch, reading, writing
from madang.cli.investing import (
    AsOf,
    Because,
    Evidence,
    On,
    commands,
    in_words,
    list_rows,
    list_under,
    say_made,
    short,
    shown,
    word,
)
from madang.errors import CallerError


@commands.command()
def facilities(file: CityFile, as_of: AsOf = None, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """Show facilities against their planned progress, with the tasks that a delay puts at risk.

    Example: madang investment facilities gwangyang.gpkg
    """
    with reading(file) as city:
        found = on_branch(city, branch).investment.facilities(as_of)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    rows = [
        (short(one.id), in_words(one.name), word(f"facility-{one.state}"), shown(one.physical),
         None if one.earned is None else f"{one.earned.planned:.1f} %",
         None if one.earned is None else one.earned.delay_days, shown(one.executed), shown(one.occupancy),
         len(one.risks))
        for one in found
    ]  # fmt: skip
    list_under(("id", "title", "state", "physical", "planned", "delay", "executed", "occupancy", "risks"), rows)


@commands.command()
def progress(
    file: CityFile,
    facility: Annotated[str, typer.Argument(metavar="FACILITY")],
    reason: Reason,
    physical: Annotated[float | None, typer.Option("--physical", metavar="PERCENT", help="Physical progress.")] = None,
    executed: Annotated[int | None, typer.Option("--executed", metavar="WON", help="Budget executed so far.")] = None,
    occupancy: Annotated[float | None, typer.Option("--occupancy", metavar="PERCENT", help="Share let.")] = None,
    on: On = None,
    evidence: Evidence = None,
    because: Because = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Report how far a facility is.

    Example: madang investment progress gwangyang.gpkg centre --physical 35 --executed 9800000000 -m "monthly report"
    """
    with writing(file) as city:
        made = city.investment.record_progress(
            facility, physical=physical, executed=executed, occupancy=occupancy, on=on, evidence=evidence,
            because=because, reason=reason, by=by,
        )  # fmt: skip
    say_made(made, as_json)


@commands.command("plan-facility")
def plan_facility(
    file: CityFile,
    facility: Annotated[str, typer.Argument(metavar="FACILITY")],
    point: Annotated[
        list[str], typer.Option("--point", metavar="DAY=PERCENT", help="Planned progress on a day; from 0 to 100.")
    ],
    branch: Annotated[str, typer.Option("--branch", metavar="BRANCH", help="The branch that plans it.")],
    reason: Reason,
    budget: Annotated[int | None, typer.Option("--budget", metavar="WON", help="Its whole budget.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Plan a facility's progress and budget on a branch, to be adopted.

    Example: madang investment plan-facility g.gpkg hub --branch b --point 2026-03-01=0 --point 2027-12-31=100 -m "plan"
    """
    points = [_point(one) for one in point]
    with writing(file) as city:
        made = on_branch(city, branch).investment.plan_facility(
            facility, points=points, budget=budget, reason=reason, by=by
        )
    say_made(made, as_json)


def _point(text: str) -> dict[str, Any]:
    """DAY=PERCENT as a point of a planned curve."""
    day, equals, percent = text.partition("=")
    try:
        number = float(percent)
    except ValueError:
        equals = ""
    if not equals:
        raise CallerError("investment.bad-point", found=text)
    return {"date": day.strip(), "percent": int(number) if number.is_integer() else number}


@commands.command()
def permits(file: CityFile, as_of: AsOf = None, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """Show permits with their day counters, overdue ones first; leaves with 1 if one is overdue.

    Example: madang investment permits yongin.gpkg --as-of 2026-11-20
    """
    with reading(file) as city:
        found = on_branch(city, branch).investment.permits(as_of)
    if as_json:
        output.say_json([one.as_json() for one in found])
    else:
        rows = [
            (short(one.id), in_words(one.title), word(f"permit-{one.state}"), f"{one.counter.used}/{one.counter.days}",
             one.counter.left, one.counter.due, in_words(one.clause))
            for one in found
        ]  # fmt: skip
        heads = [word(f"head-{name}") for name in ("id", "title", "state", "used", "left", "due")]
        list_rows([*heads, word("head-basis")], rows)
    if any(one.state == "overdue" for one in found):
        raise typer.Exit(1)


PERMIT_ACTS = ("apply", "suspend", "resume", "grant", "refuse", "withdraw")


@commands.command()
def permit(
    file: CityFile,
    act: Annotated[str, typer.Argument(metavar="ACT", help="apply, suspend, resume, grant, refuse, withdraw.")],
    reason: Reason,
    permit: Annotated[str | None, typer.Argument(metavar="PERMIT", help="Which permit; not for apply.")] = None,
    title: Annotated[str, typer.Option("--title", metavar="TEXT")] = "",
    clause: Annotated[str | None, typer.Option("--clause", metavar="TEXT", help="Its legal basis.")] = None,
    days: Annotated[int | None, typer.Option("--days", metavar="N", help="Statutory days.")] = None,
    rule: Annotated[str | None, typer.Option("--rule", metavar="ID", help="A rule of a rule pack, instead.")] = None,
    counting: Annotated[
        str | None, typer.Option("--counting", metavar="HOW", help="petition, business, calendar.")
    ] = None,
    facility: Annotated[str | None, typer.Option("--facility", metavar="ID")] = None,
    company: Annotated[str | None, typer.Option("--company", metavar="NAME")] = None,
    code: Annotated[str | None, typer.Option("--code", metavar="NAME", help="Its short name.")] = None,
    on: On = None,
    evidence: Evidence = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Apply for a permit, or record what happened to it.

    Example: madang investment permit yongin.gpkg apply --title 공장설립 --clause "산집법 제13조" --days 20 -m "2026-88"
    """
    if act not in PERMIT_ACTS:
        raise CallerError("investment.act-unknown", act=act, known=", ".join(PERMIT_ACTS))
    if act != "apply" and permit is None:
        raise CallerError("investment.field-missing", field="PERMIT")
    with writing(file) as city:
        if act == "apply":
            made = city.investment.apply_permit(
                title=title, clause=clause, days=days, rule=rule, counting=counting, facility=facility,
                company=company, code=code, on=on, evidence=evidence, reason=reason, by=by,
            )  # fmt: skip
        else:
            happen = getattr(city.investment, f"{act}_permit")
            made = happen(permit, on=on, evidence=evidence, reason=reason, by=by)
    say_made(made, as_json)
