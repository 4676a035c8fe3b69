"""What a distributed answer says of sources that did not do as they should: NGSILD-Warning (clause 6.3.17)."""

from __future__ import annotations

from dataclasses import dataclass

STALE, INVALID, SILENT, FAILED = 110, 111, 199, 299


@dataclass(frozen=True, slots=True)
class SourceWarning:
    """One warning: a code of table 6.3.17-1, the registration it is about, and what happened, in ASCII."""

    code: int
    source: str
    text: str

    def value(self) -> str:
        """The header's value, formed as a Warning of RFC 7234, 5.5: code, who says so, and words in quotes."""
        words = "".join(mark if " " <= mark <= "~" and mark not in '"\\' else " " for mark in self.text)[:200]
        agent = "".join(mark if "!" <= mark <= "~" and mark not in '",' else "-" for mark in self.source)
        return f'{self.code} {agent or "-"} "{words.strip()}"'


def header(warnings: list[SourceWarning]) -> bytes | None:
    """All warnings as one header value, none of them twice; None when there are none."""
    values = list(dict.fromkeys(one.value() for one in warnings))
    return ", ".join(values).encode("ascii") if values else None
