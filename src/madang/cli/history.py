"""Commands: `madang history …`: where readings are, moving old ones out of the city file, rules, export."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from madang import clock
from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason, group
from madang.cli.files import reading, resolve, writing
from madang.errors import CallerError, sentence
from madang.exports.history import export_readings
from madang.store import retention
from madang.store.compaction import standing
from madang.store.retention import Keep, Keeper, Rule
from madang.store.segments import folder_beside
from madang.store.transaction import from_micros, to_micros

commands = group("history", "Long history: readings in Parquet beside the city file, and how long they stay.")

Hot = Annotated[
    str | None, typer.Option("--hot", metavar="SPAN", help="How long readings stay in the city file, such as 48h.")
]
Most = Annotated[int | None, typer.Option("--most", metavar="N", help="At most so many readings stay in it.")]
Off = Annotated[bool, typer.Option("--off", help="Move nothing more out of the city file.")]
OfType = Annotated[str | None, typer.Option("--type", metavar="T", help="The entity type, such as AirQualityObserved.")]
OfAttribute = Annotated[str | None, typer.Option("--attr", metavar="A", help="The attribute, such as pm10.")]
Raw = Annotated[
    str | None, typer.Option("--raw", metavar="SPAN", help="A rule: readings as they are for so long, such as 30d.")
]
Hourly = Annotated[
    str | None,
    typer.Option("--hourly", metavar="SPAN", help="Then hourly means for so long, such as 24mo, or forever."),
]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="From this time on, with its zone.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before this time, with its zone.")]
Out = Annotated[Path, typer.Argument(metavar="OUT", help="Where to: .parquet or .csv")]


@commands.command()
def status(file: CityFile, as_json: AsJson = False) -> None:
    """Say how many readings are in the city file and beside it, and what was decided.

    Example: madang history status seongnam.gpkg
    """
    with reading(file) as city:
        found, decided = standing(city.store), retention.kept(city.store)
        folder = folder_beside(city.store.path)
    if as_json:
        output.say_json(asdict(found) | {"keep": None if decided is None else decided.as_doc(), "folder": folder})
        return
    _say("said-hot", rows=f"{found.hot_rows:,}")
    if found.segments:
        first, last = (clock.to_text(from_micros(one))[:16] for one in (found.first or 0, found.last or 0))
        mb = f"{found.bytes / 1e6:,.1f}"
        _say("said-cold", rows=f"{found.rows:,}", files=found.segments, mb=mb, first=first, last=last, folder=folder)
    if found.in_question or found.unknown:
        _say("said-question", files=found.in_question, unknown=len(found.unknown))
    _say_decided(decided)


@commands.command("keep")
def keep_(
    file: CityFile,
    hot: Hot = None,
    most: Most = None,
    off: Off = False,
    type: OfType = None,
    attribute: OfAttribute = None,
    raw: Raw = None,
    hourly: Hourly = None,
    reason: Reason = "keep history",
    by: By = None,
) -> None:
    """Decide how long readings stay in the city file, and by rules how long at all; without options, say it.

    A server that holds the file then moves old readings beside it; `madang history compact` does it at once.

    Example: madang history keep seongnam.gpkg --hot 48h

    Example: madang history keep seongnam.gpkg --type AirQualityObserved --attr pm10 --raw 30d --hourly 24mo
    """
    if not (hot or most or off or raw):
        with reading(file) as city:
            _say_decided(retention.kept(city.store))
        return
    with writing(file) as city:
        store = city.for_writing()
        decided = retention.kept(store)
        if off:
            retention.keep(store, None, actor=city.actor(by), reason=reason)
            _say_decided(None)
            return
        if decided is None:
            if hot is None:
                raise CallerError("history.no-rule-without-keep")
            decided = Keep()
        decided = replace(
            decided,
            hot_s=retention.seconds(hot) if hot else decided.hot_s,
            most=most if most is not None else decided.most,
        )
        if raw:
            after = None if hourly == "forever" else retention.seconds(hourly) if hourly else 0
            rule = Rule(type or "*", attribute or "*", retention.seconds(raw), after)
            decided = retention.with_rule(decided, rule)
        retention.keep(store, decided, actor=city.actor(by), reason=reason)
    _say_decided(decided)


@commands.command()
def compact(file: CityFile, as_json: AsJson = False) -> None:
    """Move old readings out of the city file now, make small files large, and let the rules work.

    Example: madang history compact seongnam.gpkg
    """
    with writing(file) as city, output.progress("exporting"):
        store = city.for_writing()
        if retention.kept(store) is None:
            raise CallerError("history.nothing-decided")
        before, now = standing(store), to_micros(clock.now())
        keeper = Keeper(store, rows=COMPACT_ROWS)
        while keeper.step(now, settled_s=0, hurry=True):
            pass
        found = standing(store)
    if as_json:
        output.say_json(asdict(found))
    else:
        _say("compacted", moved=f"{before.hot_rows - found.hot_rows:,}", rows=f"{found.rows:,}", files=found.segments)


COMPACT_ROWS = 200_000


@commands.command()
def export(
    file: CityFile,
    path: Out,
    type: OfType = None,
    attribute: OfAttribute = None,
    since: Since = None,
    until: Until = None,
    branch: OnBranch = "main",
    as_json: AsJson = False,
) -> None:
    """Write readings to a Parquet or CSV file, wherever they are, with sources and licences.

    Example: madang history export seongnam.gpkg pm10.parquet --type AirQualityObserved --attr pm10
    """
    span = {"since": _moment(since), "until": _moment(until)}
    with reading(file) as city, output.progress("exporting"):
        done = export_readings(city.store, resolve(path), branch=branch, type=type, attribute=attribute, **span)
    if as_json:
        output.say_json(done)
    else:
        _say("exported", path=done.path, readings=f"{done.readings:,}", series=f"{done.series:,}")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return clock.from_text(text)
    except ValueError:
        raise CallerError("history.bad-moment", found=text) from None


def _say_decided(decided: Keep | None) -> None:
    if decided is None:
        _say("said-off")
        return
    _say("said-keep", hot=_span(decided.hot_s), most=f"{decided.most:,}")
    for rule in decided.rules:
        facts = {"type": rule.type, "attribute": rule.attribute, "raw": _span(rule.raw_s or 0)}
        if rule.hourly_s is None:
            _say("said-rule-for-good", **facts)
        elif rule.hourly_s:
            _say("said-rule", hourly=_span(rule.hourly_s), **facts)
        else:
            _say("said-rule-raw", **facts)


def _span(seconds: int) -> str:
    for unit, size in (("d", 86_400), ("h", 3600)):
        if seconds % size == 0 and (unit == "h" or seconds >= 3 * size):
            return f"{seconds // size}{unit}"
    return f"{seconds // 60}m"


def _say(what: str, **facts: Any) -> None:
    output.say_text(sentence(f"history.{what}", output.language(), **facts))
