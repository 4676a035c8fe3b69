"""The command line's frame: one typer app, options that several commands share, and the way errors leave."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from madang.city import City
from madang.cli import output
from madang.cli.files import remembering, running_for
from madang.errors import MadangError

app = typer.Typer(
    name="madang",
    help="A city in one file: fork it, change it, run real models on the fork, compare, decide, merge.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

CityFile = Annotated[Path, typer.Argument(metavar="FILE", help="The city file, such as seongnam.gpkg.")]
OnBranch = Annotated[str, typer.Option("--branch", "-b", metavar="B", help="The branch to look at or to change.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As recorded at this time, with its zone.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who does it; else your user name.")]
Reason = Annotated[str, typer.Option("--reason", "-m", metavar="TEXT", help="Why: stands in the log for good.")]


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(argv: Sequence[str]) -> int:
    """Run one command in this process and give its exit code; errors are said, not raised."""
    import madang.cli  # the commands register themselves with the app

    assert madang.cli
    with remembering(argv):
        try:
            app(args=list(argv), prog_name="madang")  # says misuse itself, and leaves with SystemExit
        except MadangError as error:
            return output.say_error(error)
        except SystemExit as leaving:
            return leaving.code if isinstance(leaving.code, int) else 0
        except KeyboardInterrupt:
            return 130
        except BrokenPipeError:
            return 0
    return 0


def run_in_server(argv: Sequence[str], folder: Path, cities: Mapping[Path, City]) -> dict[str, Any]:
    """Run a command for somebody whose city file this process holds: its exit code and what it said."""
    spoken = output.Speaker(captured=True)
    with output.speaking(spoken), running_for(argv, folder, cities):
        code = run(argv)
    stdout, stderr = spoken.text()
    return {"exit_code": code, "stdout": stdout, "stderr": stderr}
