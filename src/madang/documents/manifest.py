"""The manifest of a written paper: every printed figure in order, with what it stands for and where it comes from.

It travels inside the file and is sealed by a hash of itself, so that one that was edited is noticed. The words that
stand before and after a figure go with it: by them it is found again where an editor has thrown its anchor away.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import orjson

from madang.documents.sheet import Sheet
from madang.documents.text import compact
from madang.errors import DataError

FORMAT = "madang-paper/1"
NAME = "madang-figures.json"
CONTEXT = 24  # characters without white space
LONGEST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Printed:
    """One figure as it was printed."""

    anchor: str
    text: str
    value: float | int | None
    unit: str | None
    address: str | None
    less: str | None
    part: str | None
    status: str | None
    before: str
    after: str
    sum_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was printed, of which city, and whether the manifest is still as it was sealed."""

    kind: str
    title: str
    language: str
    city: str | None
    figures: tuple[Printed, ...]
    is_sealed: bool = True

    def as_bytes(self) -> bytes:
        """The manifest as sealed JSON."""
        told = self._told()
        return orjson.dumps({**told, "seal": _seal(told)}, option=orjson.OPT_INDENT_2)

    def _told(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "kind": self.kind,
            "title": self.title,
            "language": self.language,
            "city": self.city,
            "figures": [asdict(figure) for figure in self.figures],
        }


def manifest_of(sheet: Sheet, *, printed: Container[str] | None = None) -> Manifest:
    """The manifest of what a sheet prints; `printed` are the anchors that found a place, when not all did."""
    pieces = list(sheet.flow())
    texts = [compact(piece.text) for piece in pieces]
    around: dict[str, tuple[str, str]] = {}
    for at, piece in enumerate(pieces):
        if piece.anchor is not None:
            before = "".join(texts[max(0, at - CONTEXT) : at])[-CONTEXT:]
            after = "".join(texts[at + 1 : at + 1 + CONTEXT])[:CONTEXT]
            around[piece.anchor] = (before, after)
    shown = {piece.anchor: piece.text for piece in pieces if piece.anchor}
    return Manifest(
        kind=sheet.paper.kind,
        title=sheet.title,
        language=sheet.language,
        city=sheet.paper.city,
        figures=tuple(
            Printed(
                anchor,
                shown[anchor],
                figure.value,
                figure.unit,
                figure.address,
                figure.less,
                figure.part,
                figure.status,
                *around[anchor],
                figure.sum_of,
            )
            for anchor, figure in sheet.figures.items()
            if printed is None or anchor in printed
        ),
    )


def read_manifest(data: bytes) -> Manifest:
    """The manifest in these bytes, with whether its seal holds; what is no manifest is refused."""
    try:
        told = orjson.loads(data)
        figures = tuple(Printed(**{**one, "sum_of": tuple(one.get("sum_of", ()))}) for one in told["figures"])
        seal = told.pop("seal", None)
        if told["format"] != FORMAT or not all(isinstance(one.anchor, str) for one in figures):
            raise DataError("documents.manifest-unreadable")
        held = seal == _seal(told)
        return Manifest(told["kind"], told["title"], told["language"], told["city"], figures, held)
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise DataError("documents.manifest-unreadable") from problem


def _seal(told: Mapping[str, Any]) -> str:
    return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
