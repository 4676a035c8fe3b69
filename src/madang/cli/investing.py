"""What the commands of `madang investment …` share: their group, options, and how they say what they found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import group
from madang.errors import sentence
from madang.indicators.quantity import format_value

commands = group("investment", "Agreements and investment by stage, permits, calls.")

AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="As it stood on this day, else today.")]
On = Annotated[str | None, typer.Option("--on", metavar="DAY", help="The day on which it happened, else today.")]
Evidence = Annotated[
    str | None,
    typer.Option("--evidence", metavar="WHAT", help="What shows it: an entity's id, or a document's number."),
]
Because = Annotated[
    str | None,
    typer.Option("--because", metavar="TEXT", help="Why a stage goes back or is left out, or an amount falls."),
]
Table = Annotated[Path, typer.Argument(metavar="TABLE", help="An .xlsx or .csv file.")]


def word(what: str) -> str:
    """A word or label of this room."""
    return sentence(f"investment.{what}", output.language())


def say(what: str, /, **facts: Any) -> None:
    """Say a sentence of this room."""
    output.say_text(sentence(f"investment.{what}", output.language(), **facts))


def in_words(pair: dict[str, str] | None) -> str:
    """A pair in the language of whoever asks."""
    return output.in_language(pair)


def short(id: str) -> str:
    """The last part of an id, which commands take as well."""
    return id.rpartition(":")[2]


def won(value: int | None) -> str:
    """An amount as it is read; nothing where it is unknown."""
    return "" if value is None else format_value(value, "KRW", output.language())


def shown(figure: dict[str, Any] | None) -> str | None:
    """A figure as it is read; nothing where it is unknown."""
    return None if figure is None else format_value(figure["value"], figure["unit"] or "", output.language())


def list_under(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Say a table under these heads."""
    list_rows([word(f"head-{name}") for name in heads], rows)


def list_rows(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Say a table, or that there is nothing to show."""
    if rows:
        output.say_table(heads, rows, named=True)
    else:
        say("say-none")


def say_made(made: dict[str, Any], as_json: bool) -> None:
    """Say what was recorded."""
    if as_json:
        output.say_json(made)
    else:
        say("say-recorded", id=made["id"])
