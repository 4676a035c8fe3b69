"""Commands about alternatives: branch, branches, diff, merge."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from madang import clock
from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, Reason, app
from madang.cli.files import on_branch, reading, writing
from madang.entities.entity import value_of


@app.command()
def branch(
    file: CityFile,
    name: Annotated[str, typer.Argument(metavar="NAME", help="a-z, 0-9 and -")],
    parent: Annotated[str, typer.Option("--from", metavar="B")] = "main",
    title_ko: Annotated[str, typer.Option("--title-ko", metavar="TEXT")] = "",
    title_en: Annotated[str, typer.Option("--title-en", metavar="TEXT")] = "",
    reason: Reason = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Fork the city: an alternative that costs one row.

    Example: madang branch seongnam.gpkg fabless-valley --title-ko "팹리스 밸리안" --reason "Pangyo programme"
    """
    titles = {key: text for key, text in (("ko", title_ko), ("en", title_en)) if text}
    with writing(file) as city:
        forked = on_branch(city, parent).fork(name, title=titles, reason=reason, by=by)
        made = forked.store.branch(name)
    if as_json:
        output.say_json(made)
    else:
        output.say("forked", name=name, parent=parent)


@app.command()
def branches(file: CityFile, as_json: AsJson = False) -> None:
    """List the branches of a city.

    Example: madang branches gwangyang.gpkg
    """
    with reading(file) as city:
        found = city.branches()
    if as_json:
        output.say_json(found)
        return
    rows = [
        (
            b.name,
            output.in_language(b.title),
            b.parent,
            output.word_or(f"branch-{b.state}", b.state),
            b.changed,
            clock.to_text(b.created_at)[:10] if b.created_at else None,
        )
        for b in found
    ]
    output.say_table(["branch", "title", "parent", "state", "changes", "since"], rows)


@app.command()
def diff(
    file: CityFile,
    a: Annotated[str, typer.Argument(metavar="A")],
    b: Annotated[str, typer.Argument(metavar="B")],
    as_json: AsJson = False,
) -> None:
    """Show what branch B changes against branch A.

    Example: madang diff gwangyang.gpkg main battery-hydrogen
    """
    with reading(file) as city:
        changes = on_branch(city, b).diff(against=a)
    if as_json:
        output.say_json(changes)
        return
    rows = [
        (
            output.word_or(f"kind-{change.kind}", change.kind),
            change.type,
            change.id,
            part.attribute,
            _side(part.before),
            _side(part.after),
        )
        for change in changes
        for part in change.attributes
    ]
    if not rows:
        output.say("no-difference")
        return
    output.say_table(["kind", "type", "entity", "attribute", "before", "after"], rows)


def _side(value: Any) -> str:
    """One side of a change as people read it: the value with its unit, and that it is an assumption."""
    if not (isinstance(value, dict) and "type" in value):
        return output.short(output.plain_value(value))
    shown = output.plain_value(value_of({"it": value}, "it", value.get("datasetId")))
    unit = value.get("unitCode")
    assumed = f"({output.word('assumption')})" if value_of(value, "assumption") else None
    return output.short(" ".join(part for part in (shown, unit, assumed) if part))


@app.command()
def merge(
    file: CityFile,
    b: Annotated[str, typer.Argument(metavar="B")],
    reason: Annotated[str, typer.Option("--reason", "-m", metavar="TEXT")],
    into: Annotated[str, typer.Option("--into", metavar="BRANCH")] = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Merge a branch; planned types reach main only by adopting a proposal.

    Example: madang merge seongnam.gpkg address-corrections --reason "checked against the register"
    """
    with writing(file) as city:
        done = on_branch(city, b).merge(into=into, reason=reason, by=by)
    output.say_transaction(done, as_json)
