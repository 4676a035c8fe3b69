"""Polygons from the lines of a multipolygon, where a file carries geometry in place of references.

Lines are joined end to end into rings, by equal end points; what is left over is open. Outer rings make the area, inner
rings are cut out of it. A ring that crosses itself is taken apart as any polygon is, which whoever calls can tell
from `repaired`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

Position = tuple[float, float]
Line = Sequence[Position]


@dataclass(frozen=True, slots=True)
class Assembled:
    """The polygon that lines make; None if they make none. `open` counts lines that close no ring."""

    drawn: Any | None
    open: int


def assembled(outer: Sequence[Line], inner: Sequence[Line]) -> Assembled:
    """The area inside the outer lines and outside the inner ones."""
    outlines, open_outer = rings(outer)
    holes, open_inner = rings(inner)
    if not outlines or open_outer:
        return Assembled(None, open_outer + open_inner)
    if len(outlines) == 1 and not holes:
        return Assembled(shapely.Polygon(outlines[0]), open_inner)
    whole = _area(outlines)
    if holes:
        whole = shapely.difference(whole, _area(holes))
    return Assembled(None if shapely.is_empty(whole) else whole, open_inner)


def rings(lines: Sequence[Line]) -> tuple[list[list[Position]], int]:
    """Closed rings from lines joined end to end, and how many lines were left over."""
    closed: list[list[Position]] = []
    loose: dict[int, Line] = {}
    ends: dict[Position, set[int]] = {}
    for number, line in enumerate(lines):
        if len(line) >= 4 and line[0] == line[-1]:
            closed.append(list(line))
        elif len(line) >= 2:
            loose[number] = line
            for end in (line[0], line[-1]):
                ends.setdefault(end, set()).add(number)
    left_over = 0
    while loose:
        number, line = loose.popitem()
        chain, used = list(line), 1
        _forget(ends, number, line)
        while chain[0] != chain[-1] and ends.get(chain[-1]):
            number = min(ends[chain[-1]])
            line = loose.pop(number)
            _forget(ends, number, line)
            chain += line[1:] if line[0] == chain[-1] else line[-2::-1]
            used += 1
        if chain[0] == chain[-1] and len(chain) >= 4:
            closed.append(chain)
        else:
            left_over += used
    return closed, left_over


def _forget(ends: dict[Position, set[int]], number: int, line: Line) -> None:
    for end in (line[0], line[-1]):
        ends[end].discard(number)


def _area(found: Sequence[Line]) -> Any:
    polygons = np.array([shapely.Polygon(ring) for ring in found], dtype=object)
    return shapely.union_all(shapely.make_valid(polygons, method="structure", keep_collapsed=False))
