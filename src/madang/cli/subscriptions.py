"""Commands about subscriptions: subscriptions list, dead, replay, discard."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from madang import clock
from madang.city import City
from madang.cli import output
from madang.cli.app import AsJson, CityFile, OnBranch, group
from madang.cli.files import on_branch, reading, writing
from madang.entities.context import city_context
from madang.errors import CallerError, both
from madang.hub.subscriptions import shown

subscriptions = group("subscriptions", "Who is told of changes, and what could not be delivered.")

Number = Annotated[
    list[int] | None, typer.Option("--number", metavar="N", help="A dead letter by its number; repeat for more.")
]
OfOne = Annotated[str | None, typer.Option("--subscription", metavar="ID", help="All of one subscription.")]
All = Annotated[bool, typer.Option("--all", help="All of the branch.")]


@subscriptions.callback()
def _subscriptions() -> None:
    """Who is told of changes, and what could not be delivered."""


@subscriptions.command("list")
def list_(file: CityFile, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """List the subscriptions of a branch with what came of them.

    Example: madang subscriptions list seongnam.gpkg
    """
    with reading(file) as city:
        found = _subscriptions_of(on_branch(city, branch))
    if as_json:
        output.say_json(found)
        return
    if not found:
        output.say_text(_word("none"))
        return
    rows = []
    for one in found:
        told = one["notification"]
        counts = f"{told.get('timesSent', 0):,}", f"{told.get('timesFailed', 0):,}"
        rows.append((one["id"], _word(one["status"]), told["endpoint"]["uri"], *counts, told.get("lastSuccess") or "-"))
    heads = ("subscription", "status", "endpoint", "sent", "failed", "last-success")
    output.say_table([_word(f"head-{name}") for name in heads], rows, named=True)


@subscriptions.command()
def dead(
    file: CityFile,
    branch: OnBranch = "main",
    subscription: OfOne = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="The most that are shown.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show notifications that could not be delivered, with the reason.

    Example: madang subscriptions dead seongnam.gpkg
    """
    from madang.web.api.notifications import dead_letters

    with reading(file) as city:
        found = dead_letters(on_branch(city, branch), subscription=subscription, limit=limit)
    if as_json:
        output.say_json(found)
        return
    if not found:
        output.say_text(_word("none-dead"))
    for one in found:
        output.say_text(f"{one['number']}  {one['made'][:19]}  {one['subscription']}  {one['endpoint']}")
        output.say_text(f"    {_word('tries', tries=one['tries'])}: {_reason(one['problem'])}")


@subscriptions.command()
def replay(
    file: CityFile,
    number: Number = None,
    subscription: OfOne = None,
    all_: All = False,
    branch: OnBranch = "main",
    as_json: AsJson = False,
) -> None:
    """Have dead notifications sent again; a server that holds the file begins at once.

    Example: madang subscriptions replay seongnam.gpkg --all
    """
    from madang.web.api.notifications import chosen
    from madang.web.ngsi.notifying import replay as send_again

    with writing(file) as city:
        seen = on_branch(city, branch)
        count = send_again(seen, chosen(seen, _said(number, subscription, all_)))
    _say_count("replayed", count, as_json)


@subscriptions.command()
def discard(
    file: CityFile,
    number: Number = None,
    subscription: OfOne = None,
    all_: All = False,
    branch: OnBranch = "main",
    as_json: AsJson = False,
) -> None:
    """Throw dead notifications away.

    Example: madang subscriptions discard seongnam.gpkg --number 12
    """
    from madang.store import outbox
    from madang.web.api.notifications import chosen

    with writing(file) as city:
        seen = on_branch(city, branch)
        gone = chosen(seen, _said(number, subscription, all_))
        outbox.throw_away(seen.store, gone).result()
    _say_count("discarded", len(gone), as_json)


def _subscriptions_of(city: City) -> list[dict[str, Any]]:
    entries = city.store.entries("subscription", city.branch_name)
    name, now = city_context().given_name, clock.now()
    return [shown(one.id, one.doc["said"], one.state, name, now=now) for one in entries]


def _said(number: list[int] | None, subscription: str | None, all_: bool) -> dict[str, Any]:
    if not (number or subscription or all_):
        raise CallerError("subscriptions.which")
    return {"ids": list(number) if number else None, "subscription": subscription, "all": all_}


def _say_count(what: str, count: int, as_json: bool) -> None:
    if as_json:
        output.say_json({what: count})
    else:
        output.say_text(_word(what, count=count))


def _word(what: str, **facts: Any) -> str:
    return output.in_language(both(f"subscriptions.said-{what}", **facts))


def _reason(problem: str | None) -> str:
    return _word(problem) if problem in ("paused", "outbox-full") else str(problem)
