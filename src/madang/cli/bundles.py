"""Commands: `madang bundle …`: a study or a branch as one file, and such a file computed again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from madang.city import rerun_bundle
from madang.cli import output
from madang.cli.app import AsJson, CityFile, app
from madang.cli.files import reading, resolve
from madang.errors import sentence
from madang.exports.crate.again import Rerun, Standing

MOST_SHOWN = 40
DEFAULT = "write"


class _WritesByDefault(TyperGroup):
    """`madang bundle FILE SUBJECT OUT` without the word `write`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


commands = typer.Typer(
    name="bundle",
    cls=_WritesByDefault,
    help="A study or a branch as one file that another machine computes again to the same figures.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(commands)


@commands.command("write")
def write(
    file: CityFile,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="A study, by the end of its id, or a branch.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.zip", help="Where to.")],
    closed: Annotated[
        bool, typer.Option("--closed", help="Also data that may not be passed on to everybody; the bundle says which.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the bundle of a study or a branch: changes, inputs, runs, figures, licences, checksums (RO-Crate).

    Example: madang bundle gwangyang.gpkg battery-hydrogen battery-hydrogen.zip --closed
    """
    with reading(file) as city, output.progress("running"):
        written = city.bundles.write(subject, resolve(out), only_open=not closed)
    if as_json:
        output.say_json(written.as_json())
        return
    facts = {name: getattr(written, name) for name in ("files", "runs", "figures", "evaluations")}
    _say("written", path=out, size=f"{written.size // 1024:,}", **facts)
    if written.closed:
        _say("written-closed", datasets="; ".join(written.closed))


@commands.command("run")
def run(
    bundle: Annotated[Path, typer.Argument(metavar="OUT.zip", help="The bundle.")],
    every: Annotated[bool, typer.Option("--all", help="Say every figure, also those that are the same.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compute a bundle again, without a city file, and say how every figure stands; leaves with 1 if one differs.

    Example: madang bundle run battery-hydrogen.zip
    """
    with output.progress("running") as progress:
        found = rerun_bundle(resolve(bundle), progress=progress)
    if as_json:
        output.say_json(found.as_json())
    else:
        _say_rerun(found, every)
    if not found.ok:
        raise typer.Exit(1)


def _say_rerun(found: Rerun, every: bool) -> None:
    output.say_text(found.message(output.language()))
    for name, (then, now) in found.software.items():
        if then is not None:
            _say("other-software", name=name, then=then, now=now or "-")
    for id, (checked, members) in found.sampled.items():
        _say("sampled", id=id, checked=f"{checked:,}", members=f"{members:,}")
    telling = [one for one in found.standings if every or one.state != "same"]
    if telling:
        heads = [_words(f"head-{name}") for name in ("state", "branch", "figure", "stored", "computed", "why")]
        shown = telling if every else telling[:MOST_SHOWN]
        output.say_table(heads, [_row(one) for one in shown], named=True)


def _row(one: Standing) -> tuple[Any, ...]:
    return (_words(f"state-{one.state}"), one.branch, one.figure, one.stored, one.computed, one.why[:200])


def _say(what: str, **facts: object) -> None:
    output.say_text(_words(what, **facts))


def _words(what: str, **facts: object) -> str:
    return sentence(f"bundles.{what}", output.language(), **facts)
