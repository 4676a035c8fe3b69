"""Commands: `madang investment …`: investment by stage, and the register; the others are in `PARTS`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from madang.civic.investment.register import Imported
from madang.cli import agreements, calls, facilities, output
from madang.cli.app import AsJson, By, CityFile, Reason
from madang.cli.files import incoming, reading, resolve, writing
from madang.cli.investing import (
    AsOf,
    Because,
    Evidence,
    On,
    Table,
    commands,
    in_words,
    say,
    say_made,
    won,
    word,
)
from madang.errors import CallerError

PARTS = (agreements, facilities, calls)


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
    say(
        "say-three", pledged=won(found.pledged["value"]), weighted=won(weighted["value"]), low=won(weighted["low"]),
        high=won(weighted["high"]), realised=won(found.realised["value"]), count=len(found.companies),
        as_of=found.as_of,
    )  # fmt: skip
    if found.weights.assumption:
        say("say-assumed", basis=in_words(found.weights.basis))
    rows = [
        (in_words(one.label), one.count, won(one.pledged), won(one.weighted), won(one.realised))
        for one in found.by_stage()
    ]
    heads = [word("head-stage"), word("head-count"), word("pledged"), word("weighted"), word("realised")]
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
    say_made(made, as_json)


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
    again: Annotated[
        bool, typer.Option("--again", help="The register comes again: record what changed for companies that stand.")
    ] = False,
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
            path, agreement=agreement, columns=columns, status="synthetic" if synthetic else None, again=again,
            dry_run=dry_run, reason=reason, by=by,
        )  # fmt: skip
    if as_json:
        output.say_json(done.as_json())
        return
    say("say-checked" if dry_run else "say-imported", file=done.file, rows=done.rows, total=f"{done.total:,}")
    if again:
        _say_changes(done)
    for warning in done.warnings:
        output.say_text(in_words(warning))


def _say_changes(done: Imported) -> None:
    """What a register that came again changes, a line for each row of the table."""
    moved = [one for one in done.changes if one.is_new or one.facts]
    say("say-changes", changed=len(moved), unchanged=len(done.changes) - len(moved))
    rows = []
    for one in moved:
        told = one.as_json()
        before, after = told["before"], told["after"]
        rows.append(
            (one.row.line, one.row.company, in_words(before["stage_label"]) if before else word("say-new"),
             in_words(after["stage_label"]), won(after["standing"]), won(after["contracted"]), won(after["realised"]))
        )  # fmt: skip
    if rows:
        heads = ("head-line", "paper-company", "head-before", "head-stage", "standing", "contracted", "realised")
        output.say_table([word(name) for name in heads], rows, named=True)


@commands.command("export")
def export_(file: CityFile, table: Table, as_of: AsOf = None) -> None:
    """Write the register on a day to .xlsx or .csv; it can be imported again.

    Example: madang investment export gwangyang.gpkg register.csv
    """
    with reading(file) as city:
        city.investment.export_register(resolve(table), as_of)
        count = len(city.investment.pipeline(as_of).companies)
    say("say-exported", file=table, rows=count)


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
        (
            one["on"],
            in_words(one["stage_label"]),
            won(one["contracted"]),
            won(one["realised"]),
            one["by"],
            one["reason"],
        )
        for one in found
    ]
    heads = [word(name) for name in ("head-since", "head-stage", "contracted", "realised")]
    output.say_table([*heads, word("head-by"), word("head-reason")], rows, named=True)


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
        say("say-assumed", basis=in_words(found.basis))
    rows = [(word(f"stage-{name}"), one.low, one.central, one.high) for name, one in found.weights.items()]
    output.say_table([word("head-stage"), "low %", "central %", "high %"], rows, named=True)


def _column(text: str) -> tuple[str, str]:
    field, equals, heading = text.partition("=")
    if not (equals and field.strip() and heading.strip()):
        raise CallerError("investment.bad-column", found=text)
    return field.strip(), heading.strip()
