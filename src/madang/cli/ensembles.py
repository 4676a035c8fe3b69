"""Commands about runs by the thousand: list ensembles, show or save one, ask which column moves an outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from madang.city import City
from madang.cli import output
from madang.cli.app import AsJson, CityFile, OnBranch, app
from madang.cli.files import incoming, on_branch, reading, resolve
from madang.entities.units import is_unit, unit
from madang.errors import CallerError, sentence
from madang.indicators.quantity import format_number, format_value
from madang.models.many.experiments import LIMIT_S
from madang.models.many.recorded import Ensemble, short
from madang.models.many.sensitivity import Index
from madang.models.many.tables import save

Members = Annotated[int | None, typer.Option("--ensemble", metavar="N", help="As many members as this, by a design.")]
Method = Annotated[str, typer.Option("--method", metavar="M", help="lhs, sobol, saltelli, morris, full.")]
Over = Annotated[list[str] | None, typer.Option("--over", metavar="NAME", help="What varies; repeat for more.")]
Ranges = Annotated[
    list[str] | None, typer.Option("--range", metavar="NAME=LOW:HIGH", help="From where to where; repeat for more.")
]
Points = Annotated[Path | None, typer.Option("--points", metavar="FILE", help="Points of your own: CSV or Parquet.")]
Executor = Annotated[str, typer.Option("--executor", metavar="E", help="local, in-process, ray or ray:ADDRESS.")]
Workers = Annotated[int | None, typer.Option("--workers", metavar="N", help="Processes; else one a core.")]
Limit = Annotated[float, typer.Option("--limit", metavar="S", help="Seconds that one member may take.")]


def run_many(
    city: City,
    model: str,
    *,
    members: int | None,
    points: Path | None,
    ranges: Sequence[str],
    limit_s: float = LIMIT_S,
    **more: Any,
) -> Ensemble:
    """An ensemble as the options of `madang run` describe it."""
    told = dict(_range(text) for text in ranges)
    with output.progress("running") as progress, incoming(*([points] if points else [])) as files:
        return city.experiments.run(
            model,
            n=1 if members is None else members,
            points=files[0] if files else None,
            ranges=told,
            limit_s=limit_s,
            progress=progress,
            **more,
        )


def say_ensemble(found: Ensemble, as_json: bool) -> None:
    """Say an ensemble: how many answered, what varied, the band of every outcome, who failed and why."""
    if as_json:
        output.say_json(found.as_json())
        return
    known = output.word("cached" if found.cached else "new")
    facts = {"id": short(found), "model": found.model, "branch": found.branch, "method": found.method, "known": known}
    _say("said-ensemble", n=f"{found.n:,}", failed=len(found.failed), **facts)
    rows = [
        (
            _in(one["label"]),
            one["name"],
            _text(f"word-{one['role']}"),
            f"{one['low']:g}",
            f"{one['high']:g}",
            one["unit"],
        )
        for one in found.columns
    ]
    _table(["column", "name", "role", "low", "high", "unit"], rows)
    lines = [
        (
            _in(one.label),
            one.id,
            *(format_value(value, one.unit, output.language()) for value in (one.p05, one.p50, one.p95)),
            _in(unit(one.unit).label) if is_unit(one.unit) else one.unit,
            f"{one.n:,}" if one.n else None,
        )
        for one in found.indicators
    ]
    _table(["indicator", "name", "p05", "p50", "p95", "unit", "members"], lines)
    for failed in found.failed[:10]:
        output.say_text(f"! {_in(failed.message)}")
    if len(found.failed) > 10:
        _say("said-more-failed", more=f"{len(found.failed) - 10:,}")


@app.command()
def ensembles(
    file: CityFile,
    id: Annotated[str | None, typer.Argument(metavar="ENSEMBLE", help="Only this one, in full.")] = None,
    save_as: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Write its members: .csv, .parquet, .arrow or .json.")
    ] = None,
    branch: OnBranch = "main",
    as_json: AsJson = False,
) -> None:
    """List the ensembles of a branch, or show one and save its members.

    Example: madang ensembles gwangyang.gpkg --branch battery-hydrogen
    """
    with reading(file) as city:
        door = on_branch(city, branch).experiments
        if id is not None:
            found = door.ensemble(id)
            if save_as is not None:
                save(found, resolve(save_as))
            say_ensemble(found, as_json)
            return
        if save_as is not None:
            raise CallerError("many.save-needs-one")
        every = door.all()
    if as_json:
        output.say_json([one.as_json() for one in every])
        return
    rows = [(short(one), one.model, one.method, f"{one.n:,}", len(one.failed), len(one.columns)) for one in every]
    _table(["id", "model", "method", "members", "failed", "columns"], rows)


@app.command()
def sensitivity(
    file: CityFile,
    id: Annotated[str, typer.Argument(metavar="ENSEMBLE", help="The ensemble: its id, or at least 8 of its letters.")],
    indicator: Annotated[str, typer.Argument(metavar="INDICATOR", help="The outcome, such as economy.imports.")],
    as_json: AsJson = False,
) -> None:
    """Say which levers and uncertainties move an outcome of an ensemble, with confidence.

    Example: madang sensitivity gwangyang.gpkg 1b0f62c7a0f9 economy.value-added-city
    """
    with reading(file) as city:
        found = city.experiments.sensitivity(id, indicator)
    if as_json:
        output.say_json(found.as_json())
        return
    _say("said-sensitivity", indicator=indicator, used=f"{found.used:,}", members=f"{found.members:,}")
    kinds = [kind for kind in _KINDS if any(kind in one for one in found.by_column.values())]
    rows = [(name, *(_index(one.get(kind)) for kind in kinds)) for name, one in found.by_column.items()]
    if kinds:
        _table(["column", *kinds], rows)
    _table(["column", "pair", "second"], [(a, b, _index(one)) for (a, b), one in found.pairs.items()])
    for note in found.notes:
        output.say_text(_in(note))


_KINDS = ("first", "total", "mu_star", "mu", "sigma")


def _index(one: Index | None) -> str | None:
    if one is None:
        return None
    return format_number(one.value) if one.conf is None else f"{format_number(one.value)} ± {format_number(one.conf)}"


def _range(text: str) -> tuple[str, tuple[float, float]]:
    """One `NAME=LOW:HIGH`; a name may itself hold `=` and `:`, as ids of entities do."""
    name, _, said = text.rpartition("=")
    low, _, high = said.partition(":")
    try:
        return name, (float(low), float(high))
    except ValueError:
        raise CallerError("many.range-unread", found=text) from None


def _in(pair: Mapping[str, str]) -> str:
    return output.in_language(pair)


def _text(what: str, **facts: Any) -> str:
    return sentence(f"many.{what}", output.language(), **facts)


def _say(what: str, **facts: Any) -> None:
    output.say_text(_text(what, **facts))


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        output.say_table([_text(f"word-{name}") for name in names], rows, named=True)
