"""How alike two short texts are, by the letters they share: finds opinions and suggestions that say nearly the same.

A text is put into one Unicode form, freed of blanks, punctuation and the courtesies that end a request (… 주시기
바랍니다), and its Hangul syllables are taken apart into letters, so that 설치해 and 설치하라 share their stem: endings
cost little, another noun costs much. The measure is Dice's: twice the trigrams in common, counted with repetition,
over all trigrams of both; 1 says the same letters in the same order, 0 has no three letters in a row in common. Pairs
at or above `ALIKE` are shown to a person as possibly the same; nothing is joined by itself. The measure knows no
meaning: "찬성" and "반대" of one long sentence are alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy

ALIKE = 0.6
GRAM = 3
BLOCK = 500
_COURTESY = re.compile(
    r"\s*(해|하여)?\s*(주시면\s*(좋겠|감사하겠)습니다|주시기\s*바랍니다|주(세요|십시오|시길|기\s*바람)|(요청|부탁)\s*(합니다|드립니다)?"
    r"|(하기\s*)?바랍니다|please)\s*[.!~]*\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Alike:
    """Two texts that say nearly the same, the earlier one first, and how alike they are, from 0 to 1."""

    first: str
    second: str
    likeness: float


def likeness(one: str, other: str) -> float:
    """How alike two texts are, from 0 to 1."""
    return _dice(grams(one), grams(other))


def grams(text: str) -> frozenset[str]:
    """The trigrams of a text's letters; of a shorter text, the text itself."""
    letters = letters_of(text)
    if len(letters) < GRAM:
        return frozenset([letters] if letters else [])
    return frozenset(letters[at : at + GRAM] for at in range(len(letters) - GRAM + 1))


def letters_of(text: str) -> str:
    """Letters and digits alone, small, with Hangul syllables taken apart."""
    bare = _COURTESY.sub("", unicodedata.normalize("NFKC", text))
    plain = unicodedata.normalize("NFKD", (bare or text).casefold())
    return "".join(char for char in plain if unicodedata.category(char)[0] in "LN")


def alike_pairs(texts: Mapping[str, str], *, least: float = ALIKE) -> list[Alike]:
    """The pairs at or above a likeness, the most alike first, each in the order of the texts."""
    names = list(texts)
    found = [
        Alike(names[first], names[second], round(measured, 3))
        for first, second, measured in _measured([grams(text) for text in texts.values()], least)
    ]
    order = {name: at for at, name in enumerate(names)}
    return sorted(found, key=lambda one: (-one.likeness, order[one.first], order[one.second]))


def alike_to(text: str, texts: Mapping[str, str], *, least: float = ALIKE) -> list[tuple[str, float]]:
    """Which of the texts are alike to one, the most alike first."""
    mine = grams(text)
    measured = [(name, round(_dice(mine, grams(other)), 3)) for name, other in texts.items()]
    return sorted((one for one in measured if one[1] >= least), key=lambda one: (-one[1], one[0]))


def _measured(counted: Sequence[frozenset[str]], least: float) -> Iterator[tuple[int, int, float]]:
    """Dice's measure of every pair at or above a bound: shared grams are one product of matrices, block by block."""
    columns = {gram: at for at, gram in enumerate(sorted(frozenset().union(*counted)))}
    present = numpy.zeros((len(counted), len(columns)), dtype=numpy.float32)
    for row, found in enumerate(counted):
        present[row, [columns[gram] for gram in found]] = 1
    sizes = present.sum(axis=1)
    for start in range(0, len(counted), BLOCK):
        shared = present[start : start + BLOCK] @ present.T
        total = sizes[start : start + BLOCK, None] + sizes[None, :]
        measured = numpy.divide(2 * shared, total, out=numpy.zeros_like(shared), where=total > 0)
        for first, second in numpy.argwhere(measured >= least - 1e-6):
            if start + first < second:
                yield int(start + first), int(second), float(measured[first, second])


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    total = len(one) + len(other)
    return 2 * len(one & other) / total if total else 0.0
