"""Commands about what-if: models, run, compare, backtest, verify, stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from madang.cli import ensembles, output
from madang.cli.app import AsJson, By, CityFile, OnBranch, app
from madang.cli.files import on_branch, reading, resolve, writing
from madang.cli.papers import verify_document
from madang.documents.readback import READABLE
from madang.entities.units import is_unit, unit
from madang.errors import CallerError
from madang.indicators.quantity import format_quantity, format_value
from madang.lab import backtest as backtesting
from madang.lab.goodness import goodness_of
from madang.models import registry
from madang.models.many.experiments import LIMIT_S
from madang.sources import korea


@app.command()
def models(as_json: AsJson = False) -> None:
    """List the models at hand, with the question each answers.

    Example: madang models
    """
    found = [registry.model(name).spec for name in registry.models()]
    if as_json:
        output.say_json([spec.as_json() | {"goodness": goodness_of(spec.id).as_json()} for spec in found])
        return
    rows = [(s.id, s.version, output.in_language(s.title), output.in_language(s.question)) for s in found]
    output.say_table(["model", "version", "title", "question"], rows)


@app.command()
def run(
    file: CityFile,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    branch: OnBranch = "main",
    param: Annotated[list[str] | None, typer.Option("--param", "-p", metavar="K=V", help="Repeat for more.")] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N")] = 0,
    members: ensembles.Members = None,
    method: ensembles.Method = "lhs",
    over: ensembles.Over = None,
    ranges: ensembles.Ranges = None,
    points: ensembles.Points = None,
    executor: ensembles.Executor = "local",
    workers: ensembles.Workers = None,
    limit: ensembles.Limit = LIMIT_S,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Run a model on a branch and record the run with all that is needed to repeat it.

    Example: madang run gwangyang.gpkg economy --branch battery-hydrogen --param realisation=0.7
    """
    given = dict(_parameter(text) for text in param or [])
    if members is not None or points is not None:
        design: dict[str, Any] = {
            "method": method,
            "over": over,
            "ranges": ranges or (),
            "members": members,
            "points": points,
        }
        by_whom: dict[str, Any] = {"params": given, "seed": seed, "by": by, "executor": executor, "workers": workers}
        with writing(file) as city:
            many = ensembles.run_many(on_branch(city, branch), model, limit_s=limit, **design, **by_whom)
        ensembles.say_ensemble(many, as_json)
        return
    with writing(file) as city, output.progress("running") as progress:
        done = on_branch(city, branch).run(model, seed=seed, by=by, progress=progress, limit_s=limit, **given)
    if as_json:
        output.say_json(done.as_json())
        return
    output.say("ran", model=model, branch=branch, run=done.id, cached=output.word("cached" if done.cached else "new"))
    rows = [
        (
            output.in_language(i.label),
            format_quantity(i.quantity, output.language()),
            output.in_language(unit(i.quantity.unit).label) if is_unit(i.quantity.unit) else i.quantity.unit,
            output.word_or(f"status-{i.quantity.status}", i.quantity.status or ""),
            i.address,
        )
        for i in done.indicators
    ]
    output.say_table(["indicator", "value", "unit", "status", "address"], rows)
    _say_warnings(done.warnings)


@app.command()
def compare(
    file: CityFile,
    b: Annotated[str, typer.Argument(metavar="B")],
    against: Annotated[str, typer.Option("--against", metavar="BRANCH")] = "main",
    seed: Annotated[int, typer.Option("--seed", metavar="N")] = 0,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Compare a branch with another: each indicator, the difference and its band.

    Example: madang compare gwangyang.gpkg battery-hydrogen --json
    """
    with writing(file) as city, output.progress("comparing"):
        found = on_branch(city, b).compare(against, seed=seed, by=by)
        assumed = [] if as_json else [lever for lever in on_branch(city, b).levers() if lever.assumption]
    if as_json:
        output.say_json(found.as_json())
        return
    output.say_table(*found.table(output.language()), named=True)
    for lever in assumed:
        value = format_value(lever.value, lever.unit, output.language())
        output.say("assumed", name=output.in_language(lever.label), value=value, model=lever.model)
    if found.warnings:
        _say_warnings(found.warnings)
    if any(row.status != "observed" for row in found.rows):
        output.say("computed-by-models")


@app.command()
def backtest(
    file: CityFile,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    markdown: Annotated[Path | None, typer.Option("--markdown", metavar="FILE", help="Also write a page.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask what the model expected from 2015 for 2020 in all districts, and how wrong it was.

    Example: madang backtest seongnam.gpkg clusters
    """
    with reading(file) as city, output.progress("backtesting"):
        report = backtesting.backtest(model, korea.national_tables_of(city.store))
    if markdown:
        resolve(markdown).write_text(report.as_markdown(), "utf-8")
    if as_json:
        output.say_json(report.as_json())
    else:
        output.say_text(report.as_markdown())


@app.command()
def verify(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A city file, or a document to be held against one: .hwpx, .pdf, .docx, .html"
        ),
    ],
    run_id: Annotated[str | None, typer.Option("--run", metavar="ID", help="Only this run.")] = None,
    city_file: Annotated[
        Path | None, typer.Option("--city", metavar="FILE", help="The city file of a document.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a city file, or a document against its city; names every figure that differs.

    Example: madang verify brief.hwpx --city gwangyang.gpkg
    """
    if city_file is not None:
        verify_document(file, city_file, as_json)
        return
    if file.suffix.lower() in READABLE:
        raise CallerError("documents.verify-needs-city", file=file.name)
    with reading(file) as city, output.progress("verifying"):
        checked = None if run_id else city.verify()
        verdicts = city.verify_runs(run_id)
    good = (checked is None or checked.ok) and all(v.kind != "differs" for v in verdicts)
    if as_json:
        output.say_json({"ok": good, "file": checked, "runs": [v.as_json() for v in verdicts]})
    else:
        if checked is not None:
            for problem in checked.problems:
                output.say_text(f"✗ {problem.message(output.language())}")
            output.say("file-sound" if checked.ok else "file-damaged", count=len(checked.problems), path=file)
        for verdict in verdicts:
            output.say_text(verdict.message(output.language()))
    if not good:
        raise typer.Exit(1)


@app.command()
def stale(file: CityFile, as_json: AsJson = False) -> None:
    """List runs whose inputs have changed since they ran.

    Example: madang stale gwangyang.gpkg
    """
    with reading(file) as city, output.progress("verifying"):
        found = city.stale()
    if as_json:
        output.say_json(found)
    elif not found:
        output.say("nothing-stale")
    else:
        output.say_table(["run", "model", "branch", "input"], [(s.run, s.model, s.branch, s.port) for s in found])


def _say_warnings(warnings: Sequence[Mapping[str, str]]) -> None:
    for warning in dict.fromkeys(output.in_language(one) for one in warnings):
        output.say_text(f"! {warning}")


def _parameter(text: str) -> tuple[str, Any]:
    """One `NAME=VALUE`: a number where it reads as one, else a word; the model checks both."""
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise CallerError("cli.bad-parameter", found=text)
    try:
        return name, float(value)
    except ValueError:
        return name, value
