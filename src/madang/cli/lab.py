"""Commands: `madang lab …`. Alternatives beside each other, what moves an answer, what would have to be true.

An alternative is a branch, or a branch with levers turned: `plan`, or `plan:urn:…#amount=2e12,economy.realisation=0.9`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason, group
from madang.cli.files import on_branch, reading, resolve, writing
from madang.cli.lab_saying import (
    alternative_of,
    criteria_of,
    in_language,
    say_board,
    say_left_out,
    table,
    weights_of,
    word,
)
from madang.errors import sentence
from madang.indicators.quantity import format_value
from madang.lab.board import Board
from madang.lab.conditions import percent, shown

commands = group(
    "lab", "The lab: alternatives beside each other, tornado, ranks, Pareto front, what must hold, equity."
)

Alternatives = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ALTERNATIVE]...", help="Branches, or BRANCH:LEVER=N,LEVER=N; else every branch."),
]
Against = Annotated[str, typer.Option("--against", metavar="BRANCH", help="What they are held against.")]
Models = Annotated[list[str] | None, typer.Option("--model", metavar="MODEL", help="Only this model; repeat.")]
Slow = Annotated[bool, typer.Option("--slow", help="Wait for models that take their time.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Seed of what is drawn.")]
OfIndicator = Annotated[str, typer.Argument(metavar="INDICATOR", help="Such as economy.value-added-city.")]
Criteria = Annotated[
    list[str],
    typer.Option("--by", "-c", metavar="INDICATOR", help="A criterion, or INDICATOR:higher, INDICATOR:lower; repeat."),
]
Weights = Annotated[
    list[str] | None, typer.Option("--weight", "-w", metavar="INDICATOR=N", help="The weight of a criterion; repeat.")
]


@commands.command()
def indicators(file: CityFile, as_json: AsJson = False) -> None:
    """List every indicator that the models can give: unit, which way is better, scope, breakdowns.

    Example: madang lab indicators gwangyang.gpkg
    """
    with reading(file) as city:
        found = [one.as_json() for one in city.lab.indicators()]
    if as_json:
        output.say_json(found)
        return
    rows = [
        (
            one["id"],
            in_language(one["label"]),
            in_language(one["unitLabel"]),
            word(f"better-{one['direction'] or 'none'}"),
            word(f"scope-{one['scope']}"),
            ", ".join(word(f"by-{by}") for by in one["by"]),
        )
        for one in found
    ]
    table(["id", "indicator", "unit", "better", "scope", "by"], rows)


@commands.command()
def levers(file: CityFile, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """List what can be turned on a branch: amounts and parameters, with range and source.

    Example: madang lab levers gwangyang.gpkg --branch battery-hydrogen
    """
    with reading(file) as city:
        found = [one.as_json() for one in on_branch(city, branch).lab.levers()]
    if as_json:
        output.say_json(found)
        return
    rows = [
        (
            one["id"],
            in_language(one["label"]),
            *(in_language(shown(one[name], one["unit"])) for name in ("low", "value", "high")),
            one["source"] or word("to-be-named"),
        )
        for one in found
    ]
    table(["id", "name", "low", "central", "high", "source"], rows)


@commands.command()
def board(
    file: CityFile,
    alternatives: Alternatives = None,
    against: Against = "main",
    model: Models = None,
    seed: Seed = 0,
    slow: Slow = False,
    record: Annotated[bool, typer.Option("--record", help="Record the runs, so that figures have addresses.")] = False,
    out: Annotated[str | None, typer.Option("--out", metavar="FILE", help="Also write a .csv or .xlsx file.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Hold alternatives beside each other, indicator by indicator, with the band of each difference.

    Example: madang lab board gwangyang.gpkg battery-hydrogen --out board.xlsx
    """
    with (writing if record else reading)(file) as city, output.progress("comparing"):
        given = None if not alternatives else [alternative_of(one) for one in alternatives]
        found = city.lab.board(given, against=against, models=model, seed=seed, slow=slow, record=record, by=by)
        if out is not None:
            city.lab.export(found, resolve(Path(out)), language=output.language())
    if as_json:
        output.say_json(found.as_json())
        return
    say_board(found)


@commands.command()
def equity(
    file: CityFile,
    indicator: OfIndicator,
    alternatives: Alternatives = None,
    against: Against = "main",
    seed: Seed = 0,
    slow: Slow = False,
    as_json: AsJson = False,
) -> None:
    """Show who gets how much of an indicator by district or group, and who loses against 현행.

    Example: madang lab equity seongnam.gpkg siting.reach fabless-valley
    """
    with reading(file) as city, output.progress("comparing"):
        given = None if not alternatives else [alternative_of(one) for one in alternatives]
        found = city.lab.equity(indicator, given, against=against, seed=seed, slow=slow)
    if as_json:
        output.say_json({name: one.as_json() for name, one in found.items()})
        return
    rows = []
    for name, one in found.items():
        lost = one.losers
        worst = None if one.worst is None else in_language(one.worst.label)
        served = None if one.worst_served is None else percent(one.worst_served["share"] or 0.0)
        losing = (
            None if lost is None else f"{lost['count']} ({format_value(lost['persons'], 'person', output.language())})"
        )
        rows.append((name, one.places, one.gini, one.fifths, one.palma, served, worst, losing))
    table(["alternative", "places", "gini", "fifths", "palma", "worst-served", "worst", "losers"], rows)
    for note in dict.fromkeys(in_language(note) for one in found.values() for note in one.notes):
        output.say_text(f"! {note}")


@commands.command()
def tornado(
    file: CityFile,
    indicator: OfIndicator,
    alternative: Annotated[str, typer.Option("--of", metavar="ALTERNATIVE", help="The alternative.")] = "main",
    against: Annotated[str | None, typer.Option("--against", metavar="BRANCH", help="Of the difference.")] = None,
    seed: Seed = 0,
    slow: Slow = False,
    as_json: AsJson = False,
) -> None:
    """Turn one thing at a time from its low to its high end, and show the widest swings first.

    Example: madang lab tornado gwangyang.gpkg economy.value-added-city --of battery-hydrogen
    """
    with reading(file) as city, output.progress("comparing"):
        other = None if against is None else alternative_of(against)
        found = city.lab.tornado(indicator, alternative_of(alternative), against=other, seed=seed, slow=slow).as_json()
    if as_json:
        output.say_json(found)
        return
    unit = found["indicator"]["unit"]
    rows = [
        (
            in_language(bar["label"]),
            f"{in_language(shown(bar['low'], bar['unit']))} ~ {in_language(shown(bar['high'], bar['unit']))}",
            *(in_language(shown(bar[name], unit)) for name in ("atLow", "atHigh", "swing")),
            bar["source"] or word("to-be-named"),
        )
        for bar in found["bars"]
    ]
    table(["name", "range", "at-low", "at-high", "swing", "source"], rows)
    for note in found["notes"]:
        output.say_text(in_language(note))


@commands.command()
def ranks(
    file: CityFile,
    by: Criteria,
    alternatives: Alternatives = None,
    weight: Weights = None,
    order: Annotated[str, typer.Option("--order", metavar="A,B", help="Criteria, the most important first.")] = "",
    draws: Annotated[int, typer.Option("--draws", metavar="N", help="How many weights are drawn.")] = 10_000,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Rank alternatives over all weights there could be, with the doubt of the models.

    Example: madang lab ranks a.gpkg plan more --by economy.value-added-city --by economy.imports
    """
    with reading(file) as city, output.progress("comparing"):
        made = _board_for(city, alternatives, by, seed)
        listed = [one.strip() for one in order.split(",") if one.strip()]
        found = city.lab.ranks(
            made, criteria_of(by), weights=weights_of(weight), order=listed, draws=draws, seed=seed
        ).as_json()
    if as_json:
        output.say_json(found)
        return
    rows = [
        (
            one["alternative"],
            one["rank"],
            percent(one["acceptability"][0]),
            one["expectedRank"],
            None if one["confidence"] is None else percent(one["confidence"]),
            f"{one['regret']['max']:.3f}",
        )
        for one in found["standings"]
    ]
    table(["alternative", "rank", "first", "expected-rank", "confidence", "regret"], rows)
    output.say_text(in_language(found["method"]))
    say_left_out(found)


@commands.command()
def pareto(
    file: CityFile, by: Criteria, alternatives: Alternatives = None, seed: Seed = 0, as_json: AsJson = False
) -> None:
    """Show the alternatives that no other beats in every criterion, and how surely.

    Example: madang lab pareto a.gpkg plan more --by economy.value-added-city --by economy.imports
    """
    with reading(file) as city, output.progress("comparing"):
        found = city.lab.pareto(_board_for(city, alternatives, by, seed), criteria_of(by)).as_json()
    if as_json:
        output.say_json(found)
        return
    units = {one["id"]: one["unit"] for one in found["criteria"]}
    rows = [
        (
            ("● " if one["isFront"] else "") + one["alternative"],
            *(in_language(shown(value, units[id])) for id, value in one["values"].items()),
            None if one["probability"] is None else percent(one["probability"]),
            ", ".join(one["dominatedBy"]),
        )
        for one in found["points"]
    ]
    heads = [
        word("alternative"),
        *(in_language(one["label"]) for one in found["criteria"]),
        word("front"),
        word("beaten-by"),
    ]
    output.say_table(heads, rows, named=True)
    say_left_out(found)


@commands.command()
def turning(
    file: CityFile,
    a: Annotated[str, typer.Argument(metavar="A", help="The alternative that B is to beat.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The alternative that would have to win.")],
    by: Criteria,
    weight: Weights = None,
    seed: Seed = 0,
    slow: Slow = False,
    as_json: AsJson = False,
) -> None:
    """Say what would have to be true for B to win over A, in an indicator or a weighted sum.

    Example: madang lab turning a.gpkg plan more --by economy.value-added-city
    """
    asked: dict[str, Any] = {"indicator": by[0].partition(":")[0]}
    if len(by) > 1 or weight:
        given = criteria_of(by)
        asked = {"criteria": given, "weights": weights_of(weight) or {one["id"]: 1.0 for one in given}}
    with reading(file) as city, output.progress("comparing"):
        found = city.lab.what_must_hold(alternative_of(a), alternative_of(b), seed=seed, slow=slow, **asked).as_json()
    if as_json:
        output.say_json(found)
        return
    for one in [*found["sentences"], *found["notes"]]:
        output.say_text(in_language(one))


@commands.command()
def assume(
    file: CityFile,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    parameter: Annotated[str, typer.Argument(metavar="PARAMETER", help="A parameter of the model.")],
    reason: Reason,
    low: Annotated[float, typer.Option("--low", metavar="N", help="The low value.")],
    central: Annotated[float, typer.Option("--central", metavar="N", help="The central value.")],
    high: Annotated[float, typer.Option("--high", metavar="N", help="The high value.")],
    source: Annotated[str | None, typer.Option("--source", metavar="TEXT", help="Where they come from.")] = None,
    branch: OnBranch = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Put the city's own assumption in place of the one a model ships.

    Example: madang lab assume a.gpkg economy realisation --low 0.6 --central 0.8 --high 1 -b plan -m "register"
    """
    with writing(file) as city:
        made = on_branch(city, branch).lab.assume(
            model, parameter, low=low, central=central, high=high, source=source, reason=reason, by=by
        )
    if as_json:
        output.say_json(made)
    else:
        output.say_text(sentence("lab.said-assumed", output.language(), id=made["id"]))


def _board_for(city: Any, alternatives: list[str] | None, by: Sequence[str], seed: int) -> Board:
    given = None if not alternatives else [alternative_of(one) for one in alternatives]
    models = list(dict.fromkeys(one.partition(".")[0] for one in by))
    made: Board = city.lab.board(given, models=models, seed=seed)
    return made
