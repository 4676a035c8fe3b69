"""The command line's frame: one typer app, options that several commands share, and the way errors leave."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from madang.city import City
from madang.cli import output
from madang.cli.explaining import explained, is_misuse, say_misuse
from madang.cli.files import remembering, running_for
from madang.errors import FileError, MadangError

INTERRUPTED = 130  # as a shell has it: 128 and the number of the signal
UNEXPECTED = 70  # a defect of ours, told apart from all that a user can mend

app = typer.Typer(
    name="madang",
    help="A city in one file: fork it, change it, run real models on the fork, compare, decide, merge.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def group(name: str, about: str) -> typer.Typer:
    """A group of commands under one word: `madang plan check …`."""
    made = typer.Typer(name=name, help=about, no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(made)
    return made


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
            code = explained(app, argv[0] if argv else "")(args=list(argv), prog_name="madang", standalone_mode=False)
        except MadangError as error:
            return output.say_error(error)
        except SystemExit as leaving:
            return leaving.code if isinstance(leaving.code, int) else 0
        except (KeyboardInterrupt, typer.Abort):
            output.say_aside("interrupted")
            return INTERRUPTED
        except Exception as error:
            if is_misuse(error):
                return say_misuse(error)
            if isinstance(error, OSError):
                return _say_file_problem(error)
            output.speaker().err.print(traceback.format_exc(), markup=False, soft_wrap=True)
            output.say_aside("unexpected", what=f"{type(error).__name__}: {error}")
            return UNEXPECTED
    if code == INTERRUPTED:
        output.say_aside("interrupted")
    return code if isinstance(code, int) else 0


def _say_file_problem(problem: OSError) -> int:
    where = problem.filename if problem.filename is not None else "-"
    return output.say_error(FileError("cli.file-problem", path=where, why=problem.strerror or str(problem)))


def run_in_server(
    argv: Sequence[str], folder: Path, cities: Mapping[Path, City], shell: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Run a command for somebody whose city file this process holds: its exit code and what it said.

    `shell` is what the other process told of itself: language, width of its terminal, files made of its pipes.
    """
    told = shell or {}
    width, handed = told.get("width"), told.get("handed")
    spoken = output.Speaker(
        captured=True,
        language="ko" if told.get("language") == "ko" else "en",
        width=width if isinstance(width, int) and width > 0 else None,
    )
    files = {str(word): str(file) for word, file in handed.items()} if isinstance(handed, dict) else {}
    with output.speaking(spoken), running_for(argv, folder, cities, files):
        code = run(argv)
    stdout, stderr = spoken.text()
    return {"exit_code": code, "stdout": stdout, "stderr": stderr}
