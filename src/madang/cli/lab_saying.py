"""How the commands of the lab speak and read: boards as tables; alternatives, criteria, weights as they are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from madang.cli import output
from madang.errors import CallerError, sentence
from madang.indicators.quantity import format_value
from madang.lab.board import Board, Cell
from madang.lab.conditions import shown


def say_board(found: Board) -> None:
    """Say a board: values, differences with their bands, what waits and what failed."""
    baseline = found.against
    others = [one for one in found.alternatives if one.id != baseline]
    heads = [word("indicator"), in_language(found.alternative(baseline).title)]
    heads += [text for one in others for text in (in_language(one.title), word("difference"))]
    rows = []
    for row in found.rows:
        unit = row.entry.indicator.unit
        cells = [_value(row.cell(baseline), unit)]
        for one in others:
            cell = row.cell(one.id)
            cells += [_value(cell, unit), _difference(cell, unit)]
        rows.append((in_language(row.entry.indicator.label), *cells))
    output.say_table(heads, rows, named=True)
    for wait in found.waiting:
        output.say_text(f"{wait.alternative}: {in_language(wait.why)} {wait.how}")
    for failure in found.failed:
        output.say_text(f"! {failure.alternative}, {failure.model}: {in_language(failure.message)}")
    for warning in found.warnings:
        output.say_text(f"! {in_language(warning)}")
    output.say_text(in_language(found.as_json()["method"]))


def _value(cell: Cell, unit: str) -> str:
    if cell.quantity is None:
        return word(f"state-{cell.state}")
    value = cell.quantity.value
    return in_language(shown(value, unit)) if value is not None else format_value(None, unit, output.language())


def _difference(cell: Cell, unit: str) -> str:
    by = cell.difference
    if by is None or by.value is None:
        return ""
    text = in_language(shown(by.value, unit))
    if by.p05 is None or by.p95 is None:
        return text
    return f"{text} ({format_value(by.p05, unit, output.language())} ~ {format_value(by.p95, unit, output.language())})"


def say_left_out(found: dict[str, Any]) -> None:
    """Say which alternatives could not be weighed, and why."""
    for one in found["leftOut"]:
        output.say_text(f"! {one['alternative']}, {one['criterion']}: {in_language(one['why'])}")


def alternative_of(text: str) -> Any:
    """A branch, or `BRANCH:LEVER=N,LEVER=N`."""
    branch, colon, turned = text.partition(":")
    if not colon:
        return branch
    levers = {}
    for one in turned.split(","):
        name, equals, value = one.rpartition("=")
        try:
            levers[name] = float(value)
        except ValueError:
            equals = ""
        if not (name and equals):
            raise CallerError("lab.alternative-text", found=text)
    return {"id": text, "branch": branch, "levers": levers}


def criteria_of(by: Sequence[str]) -> list[dict[str, str]]:
    """Criteria as they are written: INDICATOR, or INDICATOR:higher."""
    found = []
    for one in by:
        id, _, better = one.partition(":")
        found.append({"id": id, "better": better} if better else {"id": id})
    return found


def weights_of(given: Sequence[str] | None) -> dict[str, float] | None:
    """Weights as they are written: INDICATOR=NUMBER."""
    if not given:
        return None
    found = {}
    for one in given:
        name, _, value = one.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            raise CallerError("lab.weight-text", found=one) from None
    return found


def in_language(pair: Any) -> str:
    """One language of a pair."""
    return output.in_language(pair)


def word(what: str) -> str:
    """A word of the lab in the user's language."""
    return sentence(f"lab.word-{what}", output.language())


def table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table, where it has rows."""
    if rows:
        output.say_table([word(name) for name in names], rows, named=True)
