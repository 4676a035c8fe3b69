"""Indicators of a board as criteria: which way is better, the table to weigh by, its members, what is left out.

A direction comes from the catalogue, or from whoever asks where the catalogue has none. An alternative whose value is
unknown, waiting or failed in a criterion is left out and named with the reason; it is never taken as zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from madang.errors import CallerError, Pair, both
from madang.lab.acceptability import Criterion
from madang.lab.board import Board
from madang.models.base import Floats

DIRECTIONS = {"higher": "more", "lower": "less", "more": "more", "less": "less"}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An alternative that can't be weighed by a criterion, and why."""

    alternative: str
    criterion: str
    why: Pair

    def as_json(self) -> dict[str, Any]:
        """The entry as plain JSON values."""
        return {"alternative": self.alternative, "criterion": self.criterion, "why": dict(self.why)}


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """Alternatives by criteria: the central table, and the members (m x n x k) where some of it is uncertain."""

    board: Board
    criteria: tuple[Criterion, ...]
    table: Mapping[str, Mapping[str, float | None]]
    members: Floats | None
    left_out: tuple[LeftOut, ...]

    @property
    def names(self) -> list[str]:
        """The alternatives that are weighed."""
        return list(self.table)

    @property
    def signs(self) -> Floats:
        """1 where more of a criterion is better, -1 where less is."""
        return np.array([1.0 if one.better == "more" else -1.0 for one in self.criteria])

    @property
    def values(self) -> Floats:
        """The central table (n x k) as it stands."""
        rows = [[float(row[one.id] or 0.0) for one in self.criteria] for row in self.table.values()]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.criteria))

    def criteria_json(self) -> list[dict[str, Any]]:
        """The criteria with their names and units."""
        found = []
        for one in self.criteria:
            entry = self.board.row(one.id).entry.as_json()
            better = "higher" if one.better == "more" else "lower"
            found.append({name: entry[name] for name in ("id", "label", "unit", "unitLabel")} | {"better": better})
        return found


def read_criteria(board: Board, given: Sequence[Any]) -> tuple[Criterion, ...]:
    """Criteria from ids, or mappings with `id` and `better`; refused where nobody says which way is better."""
    found: list[Criterion] = []
    for one in given:
        said = {"id": one} if isinstance(one, str) else one
        if not isinstance(said, Mapping) or not isinstance(said.get("id"), str):
            raise CallerError("lab.criterion-malformed", found=str(one)[:80])
        known = board.row(said["id"]).entry.indicator.direction
        better = DIRECTIONS.get(str(known or said.get("better")))
        if better is None:
            raise CallerError("lab.direction-needed", criterion=said["id"])
        if any(other.id == said["id"] for other in found):
            raise CallerError("lab.criterion-twice", criterion=said["id"])
        found.append(Criterion(said["id"], better))
    if not found:
        raise CallerError("clusters.criteria-missing")
    return tuple(found)


def performance(board: Board, given: Sequence[Any]) -> Performance:
    """The board's alternatives by criteria."""
    criteria = read_criteria(board, given)
    table: dict[str, dict[str, float | None]] = {}
    left: list[LeftOut] = []
    for one in board.alternatives:
        cells = {c.id: board.row(c.id).cell(one.id) for c in criteria}
        values = {id: None if cell.quantity is None else cell.quantity.value for id, cell in cells.items()}
        lacking = next((id for id, value in values.items() if value is None), None)
        if lacking is None:
            table[one.id] = values
            continue
        note = cells[lacking].quantity.note if cells[lacking].quantity is not None else None  # type: ignore[union-attr]
        left.append(LeftOut(one.id, lacking, note or both(f"lab.left-{cells[lacking].state}")))
    return Performance(board, criteria, table, _members(board, list(table), criteria), tuple(left))


def _members(board: Board, names: Sequence[str], criteria: Sequence[Criterion]) -> Floats | None:
    """Members by alternative and criterion; what has no ensemble stands at its value in each."""
    columns = {(name, c.id): board.draws.get(c.id, {}).get(name) for name in names for c in criteria}
    known = [draws for draws in columns.values() if draws is not None and not np.isnan(draws).any()]
    if not known:
        return None
    m = max(len(draws) for draws in known)
    made = np.empty((m, len(names), len(criteria)))
    for i, name in enumerate(names):
        for k, one in enumerate(criteria):
            draws, quantity = columns[name, one.id], board.row(one.id).cell(name).quantity
            if draws is not None and not np.isnan(draws).any():
                made[:, i, k] = np.resize(draws, m)
            else:
                made[:, i, k] = np.nan if quantity is None or quantity.value is None else quantity.value
    return made
