"""Commands: `madang draw` and `madang sunlight`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from madang import clock
from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason, app
from madang.cli.files import incoming, on_branch, reading, writing
from madang.errors import CallerError, sentence
from madang.twin import undoing
from madang.twin.drawing import Drawing, Drawn, check_branch
from madang.twin.drawing import draw as draw_act
from madang.twin.sunlight import sunlight as hours_of_sun
from madang.twin.sunlight_asked import read_asked

MOST_FILE = 4 * 1024 * 1024
HEADS = ("transaction", "act", "time", "actor", "reason", "state", "ids")
NUMBERS = ("eastM", "northM", "degrees", "metres", "floors")


@app.command()
def draw(
    file: CityFile,
    act: Annotated[
        str,
        typer.Argument(
            metavar="ACT",
            help="place, move, turn, raise, change, remove, close-road, open-road, add-road, "
            "zone, undo, redo, or list.",
        ),
    ],
    geometry: Annotated[
        Path | None, typer.Argument(metavar="GEOJSON", help="What was drawn: a GeoJSON geometry.")
    ] = None,
    branch: OnBranch = "main",
    id: Annotated[str | None, typer.Option("--id", metavar="ID", help="The thing that the act is about.")] = None,
    by: Annotated[
        str,
        typer.Option("--by-much", metavar="HOW", help="How far: eastM=10,northM=5, degrees=30, metres=9 or floors=3."),
    ] = "",
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A value, such as height=30; repeat it.")
    ] = None,
    reason: Reason = "",
    who: By = None,
    as_json: AsJson = False,
) -> None:
    """Draw a change on a branch, take it back, do it again.

    Example: madang draw city.gpkg place outline.geojson --branch tower --set floorsAboveGround=30 -m "a tower"
    """
    if act == "list":
        _list(file, branch, as_json)
        return
    check_branch(branch)
    more, language = (_amounts(by), _values(values or [])), output.language()
    with ExitStack() as opened:
        given = opened.enter_context(incoming(geometry))[0] if geometry else None
        city = on_branch(opened.enter_context(writing(file)), branch)
        store, actor = city.for_writing(), city.actor(who)
        if act in ("undo", "redo"):
            step = undoing.undo if act == "undo" else undoing.redo
            done, _ = step(store, branch, actor=actor, language=language)
        else:
            drawing = Drawing(act, id, _geometry(given), *more, reason)
            done = draw_act(store, branch, drawing, actor=actor, language=language)
    _say(done, act, as_json)


@app.command()
def sunlight(
    file: CityFile,
    id: Annotated[str, typer.Argument(metavar="ID", help="The building.")],
    date: Annotated[str, typer.Option("--date", metavar="DAY", help="The day, such as 2026-12-22.")],
    branch: OnBranch = "main",
    side: Annotated[str, typer.Option("--side", metavar="SIDE", help="facade, roof or plot.")] = "facade",
    begin: Annotated[
        str, typer.Option("--from", metavar="TIME", help="From this time of day, such as 09:00.")
    ] = "00:00",
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="Until this time of day, such as 15:00.")] = "24:00",
    step: Annotated[float, typer.Option("--step", metavar="MINUTES", help="How finely in time.")] = 10.0,
    spacing: Annotated[float, typer.Option("--spacing", metavar="METRES", help="How finely in space.")] = 3.0,
    as_json: AsJson = False,
) -> None:
    """Hours of direct sunlight on a building, with what stands on a branch.

    Example: madang sunlight city.gpkg urn:ngsi-ld:Building:demo:tower --date 2026-12-22 --branch tower
    """
    asked = read_asked({"ids": [id], "date": date, "side": side, "from": begin, "to": end, "stepMinutes": step,
                        "spacingM": spacing})  # fmt: skip
    with reading(file) as city:
        found = hours_of_sun(on_branch(city, branch).store, branch, asked)
    if as_json:
        output.say_json(found)
        return
    summary, language = found["summary"], output.language()
    hours = {name: f"{summary[name] / 60:.1f}" for name in ("least", "mean", "most")}
    day = {"date": found["date"], "rise": found["sunrise"] or "-", "set": found["sunset"] or "-"}
    output.say_text(sentence("sunlight.hours", language, samples=summary["samples"], **hours, **day))
    for measure in (summary["meets"] or {}).values():
        if "label" in measure:
            said = {"label": measure["label"][language], "basis": measure["basis"][language]}
            share = f"{measure['share']:.0%}"
            output.say_text(sentence("sunlight.met", language, share=share, certainty=measure["certainty"], **said))
    output.say_text(found["method"][language])
    for assumption in found["assumptions"]:
        output.say_text(f"- {assumption[language]}")


def _list(file: Path, branch: str, as_json: bool) -> None:
    with reading(file) as city:
        found = undoing.history(on_branch(city, branch).store, branch)
    if as_json:
        output.say_json(found.as_json())
        return
    heads = [sentence(f"drawing.word-{name}", output.language()) for name in HEADS]
    undone = sentence("drawing.word-undone", output.language())
    rows = [
        (
            one.transaction,
            one.act,
            clock.to_text(one.at)[:16],
            one.actor,
            one.reason,
            undone if one.reverted_by else "",
            " ".join(one.ids),
        )
        for one in reversed(found.acts)
    ]
    output.say_table(heads, rows, named=True)


def _say(done: Drawn, act: str, as_json: bool) -> None:
    if as_json:
        output.say_json(done.as_json())
        return
    what = done.act if act == done.act else f"{act}: {done.act}"
    told = {"act": what, "transaction": done.transaction, "ids": ", ".join(done.ids)}
    output.say_text(sentence("drawing.done", output.language(), **told))
    for warning in done.warnings:
        output.say_text(f"! {warning.text[output.language()]} {' '.join(warning.ids)}".rstrip())


def _geometry(path: Path | None) -> Any:
    """The geometry in a file: bare, or of its only feature."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            found = orjson.loads(file.read(MOST_FILE))
    except orjson.JSONDecodeError as wrong:
        raise CallerError("drawing.file-wrong", path=path, why=wrong) from None
    if isinstance(found, dict) and found.get("type") == "FeatureCollection":
        features = found.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise CallerError("drawing.file-wrong", path=path, why="FeatureCollection")
        found = features[0]
    return found.get("geometry") if isinstance(found, dict) and found.get("type") == "Feature" else found


def _amounts(said: str) -> dict[str, float]:
    made = {}
    for one in filter(None, said.split(",")):
        name, equals, number = one.partition("=")
        value = _number(number)
        if not equals or name.strip() not in NUMBERS or value is None:
            raise CallerError("drawing.by-wrong", found=one[:60], expected="eastM=10,northM=5 · degrees=30 · floors=3")
        made[name.strip()] = value
    return made


def _values(said: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for one in said:
        name, equals, text = one.partition("=")
        if not equals or not name.strip():
            raise CallerError("drawing.set-wrong", found=one[:60])
        number = _number(text)
        made[name.strip()] = text if number is None else number
    return made


def _number(text: str) -> float | int | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return int(found) if found.is_integer() else found
