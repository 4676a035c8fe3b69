"""Live figures in a text: where a number is asked for by its source instead of being typed.

    {{indicator:<id>}}                          the indicator, from the last recorded run
    {{indicator:<id> as of <date>}}             … from the last run recorded on or before a day, month or year
    {{indicator:<id> of <branch>}}              … of a branch
    {{entity:<id>#<attribute>[<datasetId>]}}    an attribute of an entity as it stands
    {{address:<figure address>}}                exactly that number, whatever comes later

A hint on how it is written may follow: `| band` adds the band, `| exact` writes every digit. Text is cut into plain
words and such figures, and put together again to the letter. Two braces always begin a figure; what is none is refused
with its line and column, so that no half-typed figure reaches a printed plan. Nothing here knows a city.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from madang.dates import period
from madang.entities.entity import is_uri
from madang.errors import CallerError
from madang.indicators.address import Address

Kind = Literal["indicator", "entity", "address"]
Hint = Literal["band", "exact"]

OPEN, CLOSE = "{{", "}}"
KINDS: tuple[str, ...] = get_args(Kind)
HINTS: tuple[str, ...] = get_args(Hint)

_ENTITY = re.compile(r"(?P<id>[^#\s]+)#(?P<attribute>[^\[\]\s#]+)(?:\[(?P<dataset>[^\[\]\s]+)\])?")
_BRANCH = re.compile(r"[a-z0-9-]{1,40}")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class LiveFigure:
    """A figure that a text asks for: what it names, and where in the text it stands.

    `target` is the indicator's id, the entity's id, or the address; `expression` is what stands between the braces,
    in its usual spelling, so that two spellings of one question are one.
    """

    kind: Kind
    target: str
    attribute: str | None = None
    dataset_id: str | None = None
    as_of: date | None = None
    branch: str | None = None
    hint: Hint | None = None
    start: int = 0
    end: int = 0
    stated: str | None = None  # the date as it was written

    @property
    def expression(self) -> str:
        """What is asked for, in its usual spelling and without the hint."""
        if self.kind == "entity":
            instance = f"[{self.dataset_id}]" if self.dataset_id else ""
            return f"entity:{self.target}#{self.attribute}{instance}"
        if self.kind == "address":
            return f"address:{self.target}"
        when = f" as of {self.stated}" if self.stated else ""
        where = f" of {self.branch}" if self.branch else ""
        return f"indicator:{self.target}{when}{where}"

    @property
    def written(self) -> str:
        """The figure as it is written into a text."""
        return f"{OPEN}{self.expression}{f' | {self.hint}' if self.hint else ''}{CLOSE}"

    @property
    def is_quotation(self) -> bool:
        """Whether the text itself fixes the number, so that later data leave it as it is."""
        return self.kind == "address" or self.as_of is not None


Segment = str | LiveFigure


def segments(text: str) -> list[Segment]:
    """A text as plain words and live figures, in order; raises CallerError where a figure is malformed."""
    found: list[Segment] = []
    at = 0
    while (start := text.find(OPEN, at)) >= 0:
        end = text.find(CLOSE, start + len(OPEN))
        if end < 0 or OPEN in text[start + len(OPEN) : end]:
            raise _wrong("live-not-closed", text, start, text[start : start + _SHOWN])
        if start > at:
            found.append(text[at:start])
        at = end + len(CLOSE)
        found.append(_figure(text, start, at))
    if at < len(text):
        found.append(text[at:])
    return found


def live_figures(text: str) -> list[LiveFigure]:
    """The live figures of a text, in order."""
    return [one for one in segments(text) if isinstance(one, LiveFigure)]


def figures_of(texts: Mapping[str, str] | str | None) -> list[LiveFigure]:
    """The live figures of a text in one or several languages, each question once."""
    if texts is None:
        return []
    several: Sequence[str] = [texts] if isinstance(texts, str) else [texts[language] for language in sorted(texts)]
    found = {figure.expression: figure for text in several for figure in live_figures(text)}
    return list(found.values())


def _figure(text: str, start: int, end: int) -> LiveFigure:
    body = text[start + len(OPEN) : end - len(CLOSE)]
    asked, bar, hint = body.rpartition("|") if "|" in body else (body, "", "")
    hint = hint.strip()
    if bar and hint not in HINTS:
        raise _wrong("live-hint-unknown", text, start, body, hint=hint, known=", ".join(HINTS))
    kind, colon, rest = asked.strip().partition(":")
    rest = rest.strip()
    if not colon or kind.strip() not in KINDS:
        raise _wrong("live-kind-unknown", text, start, body, known=", ".join(f"{one}:" for one in KINDS))
    if not rest:
        raise _wrong("live-empty", text, start, body)
    parts = _OF_KIND[kind.strip()](text, start, body, rest)
    return LiveFigure(**parts, hint=hint or None, start=start, end=end)  # type: ignore[arg-type]


def _indicator(text: str, start: int, body: str, rest: str) -> dict[str, object]:
    id, *words = rest.split()
    found: dict[str, object] = {"kind": "indicator", "target": id}
    while words:
        if words[:2] == ["as", "of"] and len(words) > 2 and "as_of" not in found:
            found |= {"as_of": _day(text, start, body, words[2]), "stated": words[2]}
            words = words[3:]
        elif words[0] == "of" and len(words) > 1 and "branch" not in found:
            if not _BRANCH.fullmatch(words[1]):
                raise _wrong("live-branch-wrong", text, start, body, branch=words[1])
            found["branch"] = words[1]
            words = words[2:]
        else:
            raise _wrong("live-words-unknown", text, start, body, words=" ".join(words))
    return found


def _day(text: str, start: int, body: str, written: str) -> date:
    try:
        return period(written).last
    except ValueError:
        raise _wrong("live-date-wrong", text, start, body, date=written) from None


def _entity(text: str, start: int, body: str, rest: str) -> dict[str, object]:
    found = _ENTITY.fullmatch(rest)
    if found is None or not is_uri(found["id"]):
        raise _wrong("live-entity-wrong", text, start, body)
    return {
        "kind": "entity",
        "target": found["id"],
        "attribute": found["attribute"],
        "dataset_id": found["dataset"],
    }


def _address(text: str, start: int, body: str, rest: str) -> dict[str, object]:
    try:
        return {"kind": "address", "target": str(Address.parse(rest))}
    except CallerError:
        raise _wrong("live-address-wrong", text, start, body) from None


_OF_KIND = {"indicator": _indicator, "entity": _entity, "address": _address}


def _wrong(what: str, text: str, start: int, found: str, **facts: object) -> CallerError:
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    shown = found if len(found) <= _SHOWN else found[: _SHOWN - 1] + "…"
    return CallerError(f"indicators.{what}", line=line, column=column, position=start, found=shown, **facts)
