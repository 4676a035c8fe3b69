"""Reports whose reasons stand in a source's own catalogue: "osm.open-ring" is said by `osm.reason-open-ring`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from madang.errors import Language, both, sentence
from madang.sources.base import SourceReport, Tally


@dataclass(frozen=True)
class SpokenReport(SourceReport):
    """A report that finds the words of a reason in the catalogue its code names."""

    def reason(self, code: str, language: Language = "en") -> str:
        """The reason in words."""
        room, _, what = code.partition(".")
        try:
            return sentence(f"{room}.reason-{what}", language) if what else super().reason(code, language)
        except KeyError:
            return code


def spoken(tally: Tally, path: str) -> SpokenReport:
    """The finished report of a tally; raises if the counts do not add up."""
    return SpokenReport(
        path, tally.counted, tally.read, tally.kept, tally.left_out, tally.examples, tuple(tally.notes), tally.facts
    )


def note(tally: Tally, code: str, **facts: Any) -> None:
    """Add a sentence of any catalogue to a report, in both languages."""
    tally.notes.append(both(code, **facts))
