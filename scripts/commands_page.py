"""Write docs/commands.md from the command line's own help, so that the page can't disagree with the program."""

from __future__ import annotations

from pathlib import Path

import click
import typer

from madang.cli import app

PAGE = Path(__file__).parent.parent / "docs" / "commands.md"
OPENING = """# Commands

Made from `madang --help` by `scripts/commands_page.py`. Every command answers in JSON with `--json` where that makes
sense, speaks Korean with `MADANG_LANG=ko`, shows progress when it takes longer than a second, and leaves with 0 when all
is well, 1 when a check found something, 2 for a wrong request, 3 for bad data, 4 for a file that can't be used, 5 for a
model that failed, 6 for a conflict, 7 when something needs a decision or a right first.
"""


def page() -> str:
    """The page as text."""
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group)
    parts = [OPENING]
    for name, command in sorted(group.commands.items()):
        with click.Context(command, info_name=f"madang {name}", max_content_width=110, terminal_width=110) as context:
            parts.append(f"## {name}\n\n```text\n{command.get_help(context).strip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
