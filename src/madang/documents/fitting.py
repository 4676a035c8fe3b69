"""A paper brought to one page, by a rule that is the same every time.

First the letters become smaller, step by step. Then, at the smallest size, remarks (※) are left out from the last to
the first, then details (-), then the last rows of the longest table down to three. Points, the message and the sources
stay. What was left out is counted on the page itself, so nobody takes it for the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from madang.documents.paper import Block, Line, Paper, Table
from madang.documents.pdf import SIZES_PT, to_pdf
from madang.documents.sheet import Sheet, lay_out
from madang.errors import sentence

ROWS_KEPT = 3


@dataclass(frozen=True, slots=True)
class Fitted:
    """A paper as it fits: laid out, the size of its letters, its PDF, and how many pages that has."""

    sheet: Sheet
    size_pt: float
    pages: int
    left_out: str | None


def fitted(paper: Paper) -> Fitted:
    """The paper on one page, or as near as the rule comes."""
    sheet = lay_out(paper)
    for size in SIZES_PT:
        if (pages := pages_of(to_pdf(sheet, size_pt=size))) == 1:
            return Fitted(sheet, size, pages, None)
    steps = _steps(paper)
    low, high = 1, len(steps)  # the smallest number of steps that fits, found by halving
    best = _without(paper, steps)
    pages = pages_of(to_pdf(best.sheet, size_pt=size))
    while low < high:
        middle = (low + high) // 2
        tried = _without(paper, steps[:middle])
        if pages_of(to_pdf(tried.sheet, size_pt=size)) == 1:
            best, pages, high = tried, 1, middle
        else:
            low = middle + 1
    return replace(best, size_pt=size, pages=pages)


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF has."""
    from io import BytesIO

    from pypdf import PdfReader

    return len(PdfReader(BytesIO(pdf)).pages)


Step = tuple[int, int | None]  # a block, and a row of it when it is a table


def _steps(paper: Paper) -> list[Step]:
    """What may be left out, the first to go first."""
    steps: list[Step] = []
    for level in (3, 2):
        steps += [
            (at, None)
            for at, block in reversed(list(enumerate(paper.blocks)))
            if isinstance(block, Line) and block.level == level
        ]
    tables = [(at, block) for at, block in enumerate(paper.blocks) if isinstance(block, Table)]
    if tables:
        at, longest = max(tables, key=lambda one: len(one[1].rows))
        steps += [(at, row) for row in range(len(longest.rows) - 1, ROWS_KEPT - 1, -1)]
    return steps


def _without(paper: Paper, steps: list[Step]) -> Fitted:
    lines = {at for at, row in steps if row is None}
    rows = {(at, row) for at, row in steps if row is not None}
    blocks: list[Block] = []
    for at, block in enumerate(paper.blocks):
        if at in lines:
            continue
        if isinstance(block, Table):
            block = replace(block, rows=[row for n, row in enumerate(block.rows) if (at, n) not in rows])
        blocks.append(block)
    if not steps:
        return Fitted(lay_out(paper), 0.0, 0, None)
    figures = len(list(paper.figures())) - len(list(replace(paper, blocks=blocks).figures()))
    said = sentence("documents.left-out", paper.language, lines=len(lines), rows=len(rows), figures=figures)
    shorter = replace(paper, blocks=[*blocks, Line([said], 3)])
    return Fitted(lay_out(shorter), 0.0, 0, said)
