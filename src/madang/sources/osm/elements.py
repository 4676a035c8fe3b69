"""One object of an OpenStreetMap file, drawn, and what a reader of such a file gives.

An object is a node, a way or a relation with its tags. Which feature it is was told by its tags before it was drawn
(`kinds.py`), so that nothing is drawn in vain; what can't be drawn is counted under its reason and named once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from madang.sources.base import Tally
from madang.sources.osm.kinds import Meaning

Kind = Literal["n", "w", "r"]
LETTERS: Mapping[str, Kind] = {"node": "n", "way": "w", "relation": "r"}
MOST_VERTICES = 1_000_000  # of one object; OpenStreetMap itself allows 2,000 to a way


@dataclass(slots=True)
class Element:
    """One object with a meaning: its number, its tags, and its geometry in longitude and latitude."""

    kind: Kind
    id: int
    tags: dict[str, str]
    meaning: Meaning
    drawn: Any

    @property
    def code(self) -> str:
        """What OpenStreetMap calls it in short: w26281660."""
        return f"{self.kind}{self.id}"


class Reader(Protocol):
    """A kind of OpenStreetMap file."""

    def timestamp(self) -> str | None:
        """The moment of the map that the file says it is, as it writes it."""

    def elements(self, tally: Tally, *, parts: bool) -> Iterator[Element]:
        """The building parts of a file alone, or all the rest; what can't be drawn is counted with the rest."""


def leave_out(tally: Tally, reason: str, kind: Kind, id: int) -> None:
    """Count an object that is no feature of the city, and say so."""
    tally.read += 1
    tally.leave_out(f"osm.{reason}", example=f"{kind}{id}")
