"""Commands about feeds: feed add, list, status, try, remove, pause, resume."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, Reason, group
from madang.cli.files import incoming, reading, resolve, writing
from madang.errors import DataError, sentence

feed = group("feed", "Readings that come in by themselves: MQTT, OPC UA, Modbus, open-data services.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The feed's name.")]
FeedFile = Annotated[Path, typer.Argument(metavar="FEED", help="What the feed is: a YAML or JSON file.")]

HEADS = ("name", "condition", "address", "readings", "last")


@feed.callback()
def _feed() -> None:
    """Readings that come in by themselves: MQTT, OPC UA, Modbus, open-data services."""


@feed.command()
def add(
    file: CityFile,
    name: Name,
    described: FeedFile,
    replace: Annotated[bool, typer.Option("--replace", help="Say a feed that stands already anew.")] = False,
    reason: Reason = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Add a feed; it runs while a server holds the file. Secrets are named, never written into the city file.

    Example: madang feed add seongnam.gpkg air air.yaml --reason "air quality sensors of the city"
    """
    from madang.web.api.feeds import add_feed

    doc = _document(described)
    with writing(file) as city:
        made = add_feed(city, name, doc, replace=replace, by=by, reason=reason or f"feed {name}")
    _said(made, "added", name, as_json)


@feed.command("list")
def list_(file: CityFile, as_json: AsJson = False) -> None:
    """List the feeds of a city with their condition.

    Example: madang feed list seongnam.gpkg
    """
    from madang.web.api.feeds import all_feeds

    with reading(file) as city:
        found = all_feeds(city)
    if as_json:
        output.say_json(found)
    elif not found:
        _say("none")
    else:
        rows = [
            (
                one["id"],
                _word(one["condition"]),
                one["address"],
                f"{one['state'].get('counts', {}).get('readings', 0):,}",
                one["state"].get("lastReading") or "-",
            )
            for one in found
        ]
        heads = [sentence(f"feeds.head-{name}", output.language()) for name in HEADS]
        output.say_table(heads, rows, named=True)


@feed.command()
def status(file: CityFile, name: Name, as_json: AsJson = False) -> None:
    """Show one feed: condition, counts, the last problem, the last refused payloads.

    Example: madang feed status seongnam.gpkg air
    """
    from madang.web.api.feeds import feed_said

    with reading(file) as city:
        found = feed_said(city, name)
    if as_json:
        output.say_json(found)
        return
    state = found["state"]
    output.say_text(f"{name}  {_word(found['condition'])}  {found['address']}")
    output.say_text(f"  connected: {'yes' if state.get('connected') else 'no'}")
    for label in ("since", "lastReceived", "lastReading", "position"):
        output.say_text(f"  {label}: {state.get(label) or '-'}")
    for label, count in state.get("counts", {}).items():
        output.say_text(f"  {label}: {count:,}")
    problems = [state["lastProblem"]] if state.get("lastProblem") else []
    for one in [*problems, *state.get("samples", [])]:
        output.say_text(f"  {one['at']}  {sentence(one['code'], output.language(), **one['facts'])}")
        if "sample" in one:
            output.say_text(f"    {one['sample']}")


@feed.command("try")
def try_(
    described: FeedFile,
    payload: Annotated[Path, typer.Argument(metavar="PAYLOAD", help="One payload as it came, or - for a pipe.")],
    topic: Annotated[str, typer.Option("--topic", metavar="TOPIC", help="The topic it came by (MQTT).")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what a feed would make of one payload; nothing is connected or written.

    Example: madang feed try air.yaml sample.json --topic air/pangyo/s1/up
    """
    from madang.web.api.feeds import try_feed

    doc = _document(described)
    with incoming(payload) as files:
        made = try_feed(doc, files[0].read_bytes(), topic=topic)
    if as_json:
        output.say_json(made)
        return
    for one in made["readings"]:
        output.say_text(f"{one['id']}  {one['attribute']}  {one['value']} {one['unit'] or ''}  {one['at']}")
    for one in made["refused"]:
        output.say_text(f"! {output.in_language(one['why'])}")
    _say("tried", readings=len(made["readings"]), records=made["records"], refused=len(made["refused"]))


@feed.command()
def remove(file: CityFile, name: Name, reason: Reason = "", by: By = None, as_json: AsJson = False) -> None:
    """Take a feed out; what it brought stays.

    Example: madang feed remove seongnam.gpkg air --reason "sensors taken down"
    """
    from madang.web.api.feeds import remove_feed

    with writing(file) as city:
        remove_feed(city, name, by=by, reason=reason or f"feed {name} removed")
    _said({"id": name, "removed": True}, "removed", name, as_json)


@feed.command()
def pause(file: CityFile, name: Name, reason: Reason = "", by: By = None, as_json: AsJson = False) -> None:
    """Have a feed rest.

    Example: madang feed pause seongnam.gpkg air --reason "maintenance"
    """
    _turned(file, name, paused=True, reason=reason, by=by, as_json=as_json)


@feed.command()
def resume(file: CityFile, name: Name, reason: Reason = "", by: By = None, as_json: AsJson = False) -> None:
    """Have a feed go on.

    Example: madang feed resume seongnam.gpkg air
    """
    _turned(file, name, paused=False, reason=reason, by=by, as_json=as_json)


def _turned(file: Path, name: str, *, paused: bool, reason: str, by: str | None, as_json: bool) -> None:
    from madang.web.api.feeds import pause_feed

    word = "paused" if paused else "resumed"
    with writing(file) as city:
        made = pause_feed(city, name, paused=paused, by=by, reason=reason or f"feed {name} {word}")
    _said(made, word, name, as_json)


def _document(file: Path) -> dict[str, Any]:
    """The feed in a file; a codec may stand in a file of its own, named as `codec: {file: NAME}` beside it."""
    from madang import strict_yaml
    from madang.sources.feeds.files import feed_document

    with incoming(file) as files:
        try:
            text = files[0].read_text("utf-8")
        except UnicodeDecodeError:
            raise DataError("yaml.not-utf8", file=file.name) from None
        return feed_document(strict_yaml.parse(text, file=file.name), resolve(file).parent)


def _said(made: dict[str, Any], code: str, name: str, as_json: bool) -> None:
    if as_json:
        output.say_json(made)
    else:
        _say(code, name=name)


def _word(condition: str) -> str:
    return sentence(f"feeds.word-{condition}", output.language())


def _say(code: str, **facts: Any) -> None:
    output.say_text(sentence(f"feeds.{code}", output.language(), **facts))
