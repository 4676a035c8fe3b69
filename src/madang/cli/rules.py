"""Commands: `madang rules …`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, Reason, group
from madang.cli.files import incoming, reading, resolve, writing
from madang.entities.entity import value_of
from madang.errors import CallerError, Pair, sentence
from madang.rules.book import checked_pack, text_of
from madang.rules.items import RequiredItem
from madang.rules.judging import Verdict

commands = group("rules", "Law and practice as versioned data.")

AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="As the rules stood on this day; else today.")]
FactsGiven = Annotated[
    list[str] | None, typer.Option("--fact", "-f", metavar="K=V", help="A fact, such as steps.hearing.state=done.")
]
PackFile = Annotated[Path, typer.Argument(metavar="PACK", help="The YAML file of a rule pack.")]
ProcedureName = Annotated[str, typer.Argument(metavar="PROCEDURE")]


@commands.command("list")
def list_(file: CityFile, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """List the rule packs in force, with their procedures and how sure they are.

    Example: madang rules list seongnam.gpkg --as-of 2026-06-02
    """
    day = as_day(as_of)
    with reading(file) as city:
        packs = [pack.as_json() for pack in city.rules.packs(day)]
        routes = city.rules.routes(day)
    if as_json:
        output.say_json({"packs": packs, "routes": routes})
        return
    rows = [
        (
            one["id"],
            one["version"],
            output.in_language(one["title"]),
            one["rules"],
            one["certainty"]["?"],
            ", ".join(procedure["id"] for procedure in one["procedures"]),
        )
        for one in packs
    ]
    _table(["pack", "version", "title", "rules", "unverified", "procedures"], rows)
    _say("routes-known", routes=", ".join(routes))


@commands.command()
def show(file: CityFile, what: Annotated[str, typer.Argument(metavar="WHAT")], as_of: AsOf = None) -> None:
    """Show a procedure as a checklist, or one clause by a rule's id or by law:number.

    Example: madang rules show seongnam.gpkg smart-city-plan

    Example: madang rules show seongnam.gpkg "smart-city-act:8(1).9-2" --as-of 2026-11-22
    """
    day = as_day(as_of)
    with reading(file) as city:
        if what in {course.id for course in city.rules.procedures(day)}:
            verdicts = city.rules.judge(what, {}, as_of=day)
            items = city.rules.required_items(what, as_of=day) if city.rules.has_items(what, as_of=day) else []
            _say_verdicts(verdicts)
            if items:
                output.say_text("")
                _table(["item", "clause", "label", "condition"], [_item_row(item) for item in items])
            return
        clause = city.rules.clause(what, as_of=day)
    output.say_text(f"{output.in_language(clause.law)}  {output.in_language(clause.text)}")


@commands.command()
def judge(
    file: CityFile,
    procedure: ProcedureName,
    fact: FactsGiven = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Judge each step of a procedure by facts, with the clause of each.

    Example: madang rules judge seongnam.gpkg smart-city-plan -f steps.hearing.starts_on=2026-12-21 \
-f steps.hearing.state=running
    """
    day = as_day(as_of)
    with reading(file) as city:
        verdicts = city.rules.judge(procedure, facts_given(fact or []), as_of=day)
    if as_json:
        output.say_json([verdict.as_json() for verdict in verdicts])
        return
    _say_verdicts(verdicts)


@commands.command()
def check(pack: PackFile, as_json: AsJson = False) -> None:
    """Check a rule pack and name the line that is wrong.

    Example: madang rules check ordinance.yaml
    """
    with incoming(pack) as (path,):
        found = checked_pack(*text_of(path))
    if as_json:
        output.say_json(found.as_json())
        return
    _say("pack-holds", id=found.id, version=found.version, rules=len(found.rules))


@commands.command()
def add(
    file: CityFile,
    pack: PackFile,
    reason: Reason,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Add the city's own rule pack, such as an ordinance that asks for more steps.

    Example: madang rules add seongnam.gpkg ordinance.yaml --reason "ordinance 4183 asks for the council's opinion"
    """
    with incoming(pack) as (path,):
        text, name = text_of(resolve(path))
    with writing(file) as city:
        kept = city.rules.keep(text, file=name, reason=reason, by=by)
    if as_json:
        output.say_json(kept)
        return
    _say(
        "pack-kept", id=kept["id"], title=output.plain_value(value_of(kept, "title")), version=value_of(kept, "version")
    )


@commands.command()
def deadline(
    file: CityFile,
    rule: Annotated[str, typer.Argument(metavar="RULE")],
    start: Annotated[str, typer.Argument(metavar="DAY")],
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Count the days of a rule from a day, and say how they were counted.

    Example: madang rules deadline seongnam.gpkg decree-15-2 2026-11-23
    """
    with reading(file) as city:
        found = city.rules.deadline(rule, as_day(start) or date.min, as_of=as_day(as_of))
    if as_json:
        output.say_json(found.as_json())
        return
    output.say_text(f"{output.in_language(found.label)}  {output.in_language(found.clause)}")
    output.say_text(output.in_language(found.counting))


@commands.command()
def eligible(
    file: CityFile,
    route: Annotated[str | None, typer.Argument(metavar="ROUTE")] = None,
    fact: FactsGiven = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Say whether a legal route is open to the city, by which clause and why; without a route, all of them.

    Example: madang rules eligible seongnam.gpkg regulation-free-zone
    """
    day, facts = as_day(as_of), facts_given(fact or [])
    with reading(file) as city:
        asked = [route] if route else city.rules.routes(day)
        found = [city.rules.eligible(one, facts, as_of=day) for one in asked]
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    open_is = {True: "open", False: "closed", None: "unknown-yet"}
    rows = [
        (
            one.route,
            _words(f"route-{open_is[one.eligible]}"),
            output.in_language(one.clause),
            output.in_language(one.detail),
        )
        for one in found
    ]
    _table(["route", "open", "clause", "detail"], rows)


def as_day(text: str | None) -> date | None:
    """A day as it is typed."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CallerError("rules.not-a-day", found=text) from None


def facts_given(texts: Sequence[str]) -> dict[str, Any]:
    """Facts as they are typed, `steps.hearing.state=done`, as nested mappings."""
    facts: dict[str, Any] = {}
    for text in texts:
        path, equals, value = text.partition("=")
        if not equals or not path:
            raise CallerError("rules.not-a-fact", found=text)
        inside = facts
        *above, last = path.split(".")
        for name in above:
            inside = inside.setdefault(name, {})
        try:
            inside[last] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise CallerError("rules.not-a-fact", found=text) from None
    return facts


def _say_verdicts(verdicts: Sequence[Verdict]) -> None:
    rows = [
        (
            output.in_language(one.title),
            _words(f"force-{one.force.replace('/', '')}"),
            _words(f"state-{one.state}"),
            one.due or "",
            output.in_language(one.clause),
            output.in_language(one.detail),
        )
        for one in verdicts
    ]
    _table(["step", "force", "state", "due", "clause", "detail"], rows)


def _item_row(item: RequiredItem) -> tuple[str, ...]:
    condition = output.in_language(item.condition)
    return item.id, output.in_language(item.clause), output.in_language(item.label), condition


def _table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    output.say_table([_words(f"heading-{one}") for one in headings], rows, named=True)


def _words(code: str) -> str:
    return sentence(f"rules.{code}", output.language())


def _say(code: str, **facts: str | int | Pair) -> None:
    output.say_text(sentence(f"rules.{code}", output.language(), **facts))
