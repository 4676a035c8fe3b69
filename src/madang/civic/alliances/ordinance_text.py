"""The text of an ordinance (조례) by article and paragraph, and how a variant differs from the common text. Pure.

An article begins a line: 제3조(정의), 제3조의2(…); a paragraph is marked by a circled number: ① … ⑳. What stands before
the first article is the head. A difference is named by the place it stands at: 제3조제2항.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from madang.errors import DataError

Kind = Literal["same", "changed", "added", "left-out"]

_ARTICLE = re.compile(r"^[ \t]*제(\d+)조(?:의(\d+))?(?=[\s(（]|$)", re.MULTILINE)
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_PARAGRAPH = re.compile(f"[{_CIRCLED}]")

HEAD = "head"


@dataclass(frozen=True)
class Place:
    """One article, or one paragraph of it, with its words."""

    ref: str
    text: str


@dataclass(frozen=True)
class Difference:
    """How one place of a variant stands to the common text; `words` are runs of equal, left-out and added text."""

    ref: str
    kind: Kind
    common: str | None
    variant: str | None
    words: tuple[tuple[Kind, str], ...] = ()


def places(text: str) -> dict[str, Place]:
    """The places of a text in their order, by reference; a text with one article twice is refused."""
    found: dict[str, Place] = {}
    marks = list(_ARTICLE.finditer(text))
    head = text[: marks[0].start()] if marks else text
    if head.strip():
        found[HEAD] = Place(HEAD, _plain(head))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=False):  # a text without an article has an end and no mark
        article = f"제{mark[1]}조" + (f"의{mark[2]}" if mark[2] else "")
        body = text[mark.end() : end]
        for place in _paragraphs(article, body):
            if place.ref in found:
                raise DataError("alliances.article-twice", article=place.ref)
            found[place.ref] = place
    return found


def differences(common: str, variant: str) -> list[Difference]:
    """Every place of two texts and how it differs, in the order of the variant; what it left out where it stood."""
    before, after = places(common), places(variant)
    found = []
    for ref in _merged_order(list(before), list(after)):
        old, new = before.get(ref), after.get(ref)
        found.append(_difference(ref, None if old is None else old.text, None if new is None else new.text))
    return found


def _difference(ref: str, old: str | None, new: str | None) -> Difference:
    if old is None:
        return Difference(ref, "added", None, new)
    if new is None:
        return Difference(ref, "left-out", old, None)
    if old == new:
        return Difference(ref, "same", old, new)
    return Difference(ref, "changed", old, new, tuple(_words(old, new)))


def _words(old: str, new: str) -> list[tuple[Kind, str]]:
    """Runs of words that are equal, left out or added."""
    a, b = re.findall(r"\S+\s*", old), re.findall(r"\S+\s*", new)
    runs: list[tuple[Kind, str]] = []
    for kind, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            runs.append(("same", "".join(a[i:j])))
            continue
        if j > i:
            runs.append(("left-out", "".join(a[i:j])))
        if m > k:
            runs.append(("added", "".join(b[k:m])))
    return runs


def _paragraphs(article: str, body: str) -> list[Place]:
    """An article whole, or its title and its paragraphs."""
    marks = list(_PARAGRAPH.finditer(body))
    if not marks:
        return [Place(article, _plain(body))]
    found = [Place(article, _plain(body[: marks[0].start()]))]
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        number = _CIRCLED.index(mark[0]) + 1
        words = body[mark.end() : following.start() if following else len(body)]
        found.append(Place(f"{article}제{number}항", _plain(words)))
    return found


def _merged_order(before: list[str], after: list[str]) -> list[str]:
    order = list(after)
    known: Mapping[str, int] = {ref: at for at, ref in enumerate(before)}
    for ref in before:
        if ref in order:
            continue
        earlier = [one for one in order if one in known and known[one] < known[ref]]
        order.insert(order.index(earlier[-1]) + 1 if earlier else 0, ref)
    return order


def _plain(text: str) -> str:
    return " ".join(text.split())
