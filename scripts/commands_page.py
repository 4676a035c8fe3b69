"""Write docs/commands.md from the command line's own help, so that the page can't disagree with the program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from typer.main import get_command

from madang.cli import app

PAGE = Path(__file__).parent.parent / "docs" / "commands.md"
OPENING = """# Commands

Made from `madang --help` by `scripts/commands_page.py`. Every command answers in JSON with `--json` where that makes
sense, speaks Korean with `MADANG_LANG=ko`, and shows progress when it takes longer than a second. It leaves with 0 when
all is well, 1 when a check found something, 2 for a wrong request, 3 for bad data, 4 for an unusable file, 5 for a
model that failed, 6 for a conflict, 7 when something needs a decision or a right first, 70 for a defect of Madang's
own, 130 after Ctrl-C.

Where a file is read, `-` is standard input, and a pipe of the shell (`<(…)`) works too: `iconv -f cp949 stops.csv |
madang load seongnam.gpkg - --map stops.yaml`. Notes such as "there is more" go to standard error, so that pipes carry
the answer alone. When a server holds the file, a writing command runs there and answers here, with the same words and
the same exit code.
"""


def page() -> str:
    """The page as text."""
    parts, command = [OPENING], get_command(app)  # built once: that is what takes the time
    for words in sorted(_commands(command)):
        shown = CliRunner().invoke(command, [*words, "--help"], prog_name="madang", terminal_width=110)
        parts.append(f"## {' '.join(words)}\n\n```text\n{shown.output.strip()}\n```\n")
    return "\n".join(parts)


def _commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, groups followed down to what they hold."""
    below = getattr(command, "commands", {})
    if not below and words:
        yield words
    for name, one in below.items():
        yield from _commands(one, (*words, name))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
