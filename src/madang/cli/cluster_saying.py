"""How the commands of clusters and weighing read JSON and say what they found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from madang.cli import output
from madang.errors import CallerError, sentence
from madang.indicators.quantity import format_value


def read_json(given: str) -> Any:
    """JSON from a file or from the text itself."""
    path = Path(given)
    is_file = not given.lstrip().startswith(("{", "[")) and path.is_file()
    try:
        return orjson.loads(path.read_bytes() if is_file else given)
    except orjson.JSONDecodeError as wrong:
        raise CallerError("clusters.json-malformed", found=given[:60], why=str(wrong)) from None


def as_object(told: Any) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise CallerError("clusters.json-malformed", found=str(told)[:60], why="{ … }")
    return told


def called(act: Any, told: Any, kind: str) -> Any:
    try:
        return act(**as_object(told))
    except TypeError as wrong:
        raise CallerError("clusters.fields-misfit", kind=kind, why=str(wrong).partition(") ")[2]) from None


def written(id: str, made: Any, as_json: bool) -> None:
    if as_json:
        output.say_json(made)
    else:
        say("said-written", id=id)


def figures(rows: Sequence[Any]) -> None:
    """Figures as rows: value with its unit as people read it, status, and why one is unknown or how it came."""
    said = []
    for one in rows:
        figure = one["figure"]
        value = format_value(figure["value"], figure["unit"] or "1", output.language())
        said.append((spoken(one["label"]), value, figure["status"], spoken(figure["note"])))
    table(["figure", "value", "status", "note"], said)


def short(value: float | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def percent(share: dict[str, float]) -> str:
    low, central, high = (f"{100 * share[case]:.1f}" for case in ("low", "central", "high"))
    return f"{central} % ({low}~{high})"


def band(one: dict[str, float] | None) -> str | None:
    return None if one is None else f"{one['central']:g} ({one['low']:g}~{one['high']:g})"


def end_of(id: str) -> str:
    return id.rpartition(":")[2]


def spoken(pair: Any) -> str:
    return output.in_language(pair) if pair else ""


def text(what: str, **facts: Any) -> str:
    return sentence(f"clusters.{what}", output.language(), **facts)


def say(what: str, **facts: Any) -> None:
    output.say_text(text(what, **facts))


def table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        output.say_table([text(f"word-{name}") for name in names], rows, named=True)
