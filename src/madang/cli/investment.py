"""Commands: `madang investment …`: agreements and commitments, investment by stage, facilities, permits, calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from madang.civic.agreements import AgreementState
from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason, group
from madang.cli.files import incoming, on_branch, reading, resolve, writing
from madang.errors import CallerError, sentence
from madang.indicators.quantity import format_value

commands = group("investment", "Agreements and investment by stage, permits, calls.")

AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="As it stood on this day, else today.")]
On = Annotated[str | None, typer.Option("--on", metavar="DAY", help="The day on which it happened, else today.")]
Evidence = Annotated[
    str | None,
    typer.Option("--evidence", metavar="WHAT", help="What shows it: an entity's id, or a document's number."),
]
Because = Annotated[
    str | None,
    typer.Option("--because", metavar="TEXT", help="Why a stage goes back or is left out, or an amount falls."),
]
Table = Annotated[Path, typer.Argument(metavar="TABLE", help="An .xlsx or .csv file.")]


# --- agreements ------------------------------------------------------------------------------------------------------


@commands.command()
def agreements(file: CityFile, as_of: AsOf = None, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """List the agreements with their state on a day and how far they can be checked.

    Example: madang investment agreements seongnam.gpkg --as-of 2025-01-01
    """
    with reading(file) as city:
        found = on_branch(city, branch).investment.agreements(as_of)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    rows = [
        (_short(one.id), _in(one.title), _word(f"agreement-{one.state}"), one.signed_on, _in(one.party),
         f"{len(one.commitments) - one.incomplete}/{len(one.commitments)}")
        for one in found
    ]  # fmt: skip
    _table(("id", "title", "state", "signed", "parties", "commitments"), rows)


@commands.command()
def commitments(
    file: CityFile,
    agreement: Annotated[str | None, typer.Argument(metavar="AGREEMENT", help="One agreement, else all.")] = None,
    as_of: AsOf = None,
    branch: OnBranch = "main",
    as_json: AsJson = False,
) -> None:
    """List commitments with owner, due date, state, and what is missing to check them.

    Example: madang investment commitments seongnam.gpkg seongnam-sejong-university
    """
    with reading(file) as city:
        door = on_branch(city, branch).investment
        found: list[AgreementState] = (
            door.agreements(as_of) if agreement is None else [door.agreement(agreement, as_of)]
        )
    states = [one for each in found for one in each.commitments]
    if as_json:
        output.say_json([one.as_json() for one in states])
        return
    rows = [
        (_short(one.id), _in(one.title), _in(one.owner), one.due, one.days, _word(f"commitment-{one.state}"),
         ", ".join(_word(f"needs-{what}") for what in one.missing))
        for one in states
    ]  # fmt: skip
    _table(("id", "title", "owner", "due", "days", "state", "missing"), rows)


@commands.command()
def commit(
    file: CityFile,
    agreement: Annotated[str, typer.Argument(metavar="AGREEMENT")],
    title: Annotated[str, typer.Option("--title", metavar="TEXT")],
    owner: Annotated[list[str], typer.Option("--owner", metavar="ID", help="Who answers for it; may be repeated.")],
    due: Annotated[str, typer.Option("--due", metavar="DATE", help="A year, a month or a day.")],
    measurable: Annotated[
        str, typer.Option("--output", metavar="TEXT", help="What will be there that can be measured.")
    ],
    measure: Annotated[list[str], typer.Option("--measure", metavar="M", help="NAME=TARGET or NAME=TARGET:UNIT.")],
    reason: Reason,
    branch: OnBranch = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Add a commitment to an agreement: owner, due date, output, measure.

    Example: madang investment commit seongnam.gpkg sejong --title T --owner ID --due 2027 --output O --measure M=3 -m W
    """
    told = [_measure(one) for one in measure]
    with writing(file) as city:
        made = on_branch(city, branch).investment.commit(
            agreement, title=title, owner=owner, due=due, output=measurable, measures=told, reason=reason, by=by
        )
    _made(made, as_json)


@commands.command()
def specify(
    file: CityFile,
    commitment: Annotated[str, typer.Argument(metavar="COMMITMENT")],
    reason: Reason,
    owner: Annotated[list[str] | None, typer.Option("--owner", metavar="ID")] = None,
    due: Annotated[str | None, typer.Option("--due", metavar="DATE", help="A year, a month or a day.")] = None,
    measurable: Annotated[str | None, typer.Option("--output", metavar="TEXT")] = None,
    measure: Annotated[list[str] | None, typer.Option("--measure", metavar="M")] = None,
    branch: OnBranch = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say what a commitment left open.

    Example: madang investment specify s.gpkg talent --due 2028 --output 수료생 --measure 수료생=120:IE -m "agreed"
    """
    told = [_measure(one) for one in measure or ()]
    with writing(file) as city:
        made = on_branch(city, branch).investment.specify(
            commitment, owner=owner, due=due, output=measurable, measures=told, reason=reason, by=by
        )
    _made(made, as_json)


@commands.command()
def fulfil(
    file: CityFile,
    commitment: Annotated[str, typer.Argument(metavar="COMMITMENT")],
    evidence: Annotated[str, typer.Option("--evidence", metavar="WHAT")],
    reason: Reason,
    on: On = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say that a commitment was fulfilled, and what shows it.

    Example: madang investment fulfil seongnam.gpkg talent --evidence "수료 명단 12" --on 2026-11-20 -m "120 graduates"
    """
    with writing(file) as city:
        made = city.investment.fulfil(commitment, evidence=evidence, done_on=on, reason=reason, by=by)
    _made(made, as_json)


@commands.command()
def amend(
    file: CityFile,
    agreement: Annotated[str, typer.Argument(metavar="AGREEMENT")],
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="The day of the amendment.")],
    reason: Reason,
    commitment: Annotated[str | None, typer.Option("--commitment", metavar="ID", help="Amend this commitment.")] = None,
    due: Annotated[str | None, typer.Option("--due", metavar="DATE")] = None,
    ends: Annotated[str | None, typer.Option("--ends", metavar="DATE")] = None,
    amount: Annotated[int | None, typer.Option("--amount", metavar="WON")] = None,
    terminate: Annotated[bool, typer.Option("--terminate", help="The agreement was ended early.")] = False,
    evidence: Evidence = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Amend an agreement or a commitment; what stood before stays on record.

    Example: madang investment amend seongnam.gpkg sejong --on 2026-03-02 --ends 2029 -m "prolonged by a year"
    """
    given = {"due": due, "ends_on": ends, "amount": amount, "terminated_on": on if terminate else None}
    changes = {name: value for name, value in given.items() if value is not None}
    with writing(file) as city:
        made = city.investment.amend(
            agreement, on=on, changes=changes, commitment=commitment, evidence=evidence, reason=reason, by=by
        )
    _made(made, as_json)


@commands.command()
def timeline(file: CityFile, as_of: AsOf = None, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """Show agreements, facilities and milestones by date, as they stood on a day.

    Example: madang investment timeline seongnam.gpkg --as-of 2025-06-30
    """
    with reading(file) as city:
        found = on_branch(city, branch).investment.timeline(as_of)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    rows = [(one.when, _word(f"timeline-{one.state}"), _in(one.title), _in(one.owner), one.days) for one in found]
    _table(("due", "state", "title", "owner", "days"), rows)


# --- investment by stage ---------------------------------------------------------------------------------------------


@commands.command()
def pipeline(file: CityFile, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show what was pledged, what counts by stage, and what was realised.

    Example: madang investment pipeline gwangyang.gpkg
    """
    with reading(file) as city:
        found = city.investment.pipeline(as_of)
    if as_json:
        output.say_json(found.as_json())
        return
    weighted = found.weighted
    _say(
        "say-three", pledged=_won(found.pledged["value"]), weighted=_won(weighted["value"]), low=_won(weighted["low"]),
        high=_won(weighted["high"]), realised=_won(found.realised["value"]), count=len(found.companies),
        as_of=found.as_of,
    )  # fmt: skip
    if found.weights.assumption:
        _say("say-assumed", basis=_in(found.weights.basis))
    rows = [
        (_in(one.label), one.count, _won(one.pledged), _won(one.weighted), _won(one.realised))
        for one in found.by_stage()
    ]
    heads = [_word("head-stage"), _word("head-count"), _word("pledged"), _word("weighted"), _word("realised")]
    output.say_table(heads, rows, named=True)


@commands.command()
def stage(
    file: CityFile,
    company: Annotated[str, typer.Argument(metavar="COMPANY", help="The company's name, or the memorandum's id.")],
    to: Annotated[
        str,
        typer.Argument(
            metavar="STAGE",
            help="pledged, contracted, permitted, under-construction, operating, cancelled, reduced, increased.",
        ),
    ],
    reason: Reason,
    contracted: Annotated[int | None, typer.Option("--contracted", metavar="WON", help="Contracted so far.")] = None,
    realised: Annotated[int | None, typer.Option("--realised", metavar="WON", help="Realised so far.")] = None,
    pledged: Annotated[int | None, typer.Option("--pledged", metavar="WON", help="The pledge from now on.")] = None,
    on: On = None,
    evidence: Evidence = None,
    because: Because = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record that an investment reached a stage, or that its amounts changed.

    Example: madang investment stage gwangyang.gpkg "가상기업 03" contracted --contracted 5000000000 -m "land sale"
    """
    with writing(file) as city:
        made = city.investment.record_stage(
            company, stage=to, contracted=contracted, realised=realised, pledged=pledged, on=on, evidence=evidence,
            because=because, reason=reason, by=by,
        )  # fmt: skip
    _made(made, as_json)


@commands.command("import")
def import_(
    file: CityFile,
    table: Table,
    reason: Reason,
    agreement: Annotated[
        str | None, typer.Option("--agreement", metavar="ID", help="The agreement that announced their sum.")
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option("--column", metavar="FIELD=HEADING", help="Where the headings are others.")
    ] = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="The companies are made up: mark them so.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the table and write nothing.")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Enter a register of memoranda from .xlsx or .csv, all or nothing.

    Example: madang investment import gwangyang.gpkg register.xlsx --synthetic -m "register of 2020"
    """
    columns = dict(_column(one) for one in column or ())
    with incoming(table) as (path,), (reading if dry_run else writing)(file) as city:
        done = city.investment.import_register(
            path, agreement=agreement, columns=columns, status="synthetic" if synthetic else None, dry_run=dry_run,
            reason=reason, by=by,
        )  # fmt: skip
    if as_json:
        output.say_json(done.as_json())
        return
    _say("say-checked" if dry_run else "say-imported", file=done.file, rows=done.rows, total=f"{done.total:,}")
    for warning in done.warnings:
        output.say_text(_in(warning))


@commands.command("export")
def export_(file: CityFile, table: Table, as_of: AsOf = None) -> None:
    """Write the register on a day to .xlsx or .csv; it can be imported again.

    Example: madang investment export gwangyang.gpkg register.csv
    """
    with reading(file) as city:
        city.investment.export_register(resolve(table), as_of)
        count = len(city.investment.pipeline(as_of).companies)
    _say("say-exported", file=table, rows=count)


@commands.command()
def history(
    file: CityFile,
    company: Annotated[str, typer.Argument(metavar="COMPANY", help="The company's name, or the memorandum's id.")],
    as_json: AsJson = False,
) -> None:
    """Show each change of one company's investment: what, when, who, why.

    Example: madang investment history gwangyang.gpkg "가상기업 03"
    """
    with reading(file) as city:
        found = city.investment.history(company)
    if as_json:
        output.say_json(found)
        return
    rows = [
        (one["on"], _in(one["stage_label"]), _won(one["contracted"]), _won(one["realised"]), one["by"], one["reason"])
        for one in found
    ]
    heads = [_word(name) for name in ("head-since", "head-stage", "contracted", "realised")]
    output.say_table([*heads, _word("head-by"), _word("head-reason")], rows, named=True)


@commands.command()
def weights(
    file: CityFile,
    table: Annotated[
        Path | None, typer.Argument(metavar="YAML", help="A file of weights to keep as the city's own.")
    ] = None,
    reason: Reason = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Show the weights of the stages and what they stand on, or keep the city's own.

    Example: madang investment weights gwangyang.gpkg
    """
    if table is not None:
        with incoming(table) as (path,), writing(file) as city:
            city.investment.keep_weights(path, reason=reason, by=by)
    with reading(file) as city:
        found = city.investment.weights()
    if as_json:
        output.say_json(found.as_json())
        return
    if found.assumption:
        _say("say-assumed", basis=_in(found.basis))
    rows = [(_word(f"stage-{name}"), one.low, one.central, one.high) for name, one in found.weights.items()]
    output.say_table([_word("head-stage"), "low %", "central %", "high %"], rows, named=True)


# --- facilities ------------------------------------------------------------------------------------------------------


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
        (_short(one.id), _in(one.name), _word(f"facility-{one.state}"), _value(one.physical),
         None if one.earned is None else f"{one.earned.planned:.1f} %",
         None if one.earned is None else one.earned.delay_days, _value(one.executed), _value(one.occupancy),
         len(one.risks))
        for one in found
    ]  # fmt: skip
    _table(("id", "title", "state", "physical", "planned", "delay", "executed", "occupancy", "risks"), rows)


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
    _made(made, as_json)


# --- permits ---------------------------------------------------------------------------------------------------------


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
            (_short(one.id), _in(one.title), _word(f"permit-{one.state}"), f"{one.counter.used}/{one.counter.days}",
             one.counter.left, one.counter.due, _in(one.clause))
            for one in found
        ]  # fmt: skip
        heads = [_word(f"head-{name}") for name in ("id", "title", "state", "used", "left", "due")]
        _rows([*heads, _word("head-basis")], rows)
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
    _made(made, as_json)


# --- calls -----------------------------------------------------------------------------------------------------------


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
        (_short(one.id), _in(one.title), _word(f"call-{one.state}"), one.opens, one.closes, one.days) for one in found
    ]
    _table(("id", "title", "state", "opens", "closes", "days"), rows)


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
        (one.rank, _in(one.title), f"{one.points}/{one.of_points}", _won(one.short),
         ", ".join(_in(lack["label"]) for lack in one.missing) or _word("say-ready"))
        for one in found
    ]  # fmt: skip
    _table(("rank", "task", "points", "short", "missing"), rows)


# --- saying ----------------------------------------------------------------------------------------------------------


def _word(what: str) -> str:
    return sentence(f"investment.{what}", output.language())


def _say(what: str, /, **facts: Any) -> None:
    output.say_text(sentence(f"investment.{what}", output.language(), **facts))


def _in(pair: dict[str, str] | None) -> str:
    return output.in_language(pair)


def _short(id: str) -> str:
    return id.rpartition(":")[2]


def _won(value: int | None) -> str:
    return "" if value is None else format_value(value, "KRW", output.language())


def _value(figure: dict[str, Any] | None) -> str | None:
    return None if figure is None else format_value(figure["value"], figure["unit"] or "", output.language())


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    _rows([_word(f"head-{name}") for name in heads], rows)


def _rows(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        output.say_table(heads, rows, named=True)
    else:
        _say("say-none")


def _made(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        output.say_json(made)
    else:
        _say("say-recorded", id=made["id"])


def _measure(text: str) -> dict[str, Any]:
    """NAME=TARGET or NAME=TARGET:UNIT as a measure."""
    name, equals, rest = text.partition("=")
    target, _, unit = rest.partition(":")
    try:
        number = float(target)
    except ValueError:
        equals = ""
    if not equals or not name.strip():
        raise CallerError("investment.bad-measure", found=text)
    value = int(number) if number.is_integer() else number
    return {"name": name.strip(), "target": value, "unit": unit.strip() or None}


def _column(text: str) -> tuple[str, str]:
    field, equals, heading = text.partition("=")
    if not (equals and field.strip() and heading.strip()):
        raise CallerError("investment.bad-column", found=text)
    return field.strip(), heading.strip()
