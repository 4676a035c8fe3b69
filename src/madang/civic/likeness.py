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
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ALIKE = 0.6
GRAM = 3
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


def grams(text: str) -> Counter[str]:
    """The trigrams of a text's letters; of a shorter text, the text itself."""
    letters = letters_of(text)
    if len(letters) < GRAM:
        return Counter([letters] if letters else [])
    return Counter(letters[at : at + GRAM] for at in range(len(letters) - GRAM + 1))


def letters_of(text: str) -> str:
    """Letters and digits alone, small, with Hangul syllables taken apart."""
    bare = _COURTESY.sub("", unicodedata.normalize("NFKC", text))
    plain = unicodedata.normalize("NFKD", (bare or text).casefold())
    return "".join(char for char in plain if unicodedata.category(char)[0] in "LN")


def alike_pairs(texts: Mapping[str, str], *, least: float = ALIKE) -> list[Alike]:
    """The pairs at or above a likeness, the most alike first; only texts that share trigrams are compared."""
    counted = {name: grams(text) for name, text in texts.items()}
    order = {name: at for at, name in enumerate(texts)}
    found = []
    for pair in _sharing(counted):
        first, second = sorted(pair, key=order.__getitem__)
        measured = _dice(counted[first], counted[second])
        if measured >= least:
            found.append(Alike(first, second, round(measured, 3)))
    return sorted(found, key=lambda one: (-one.likeness, order[one.first], order[one.second]))


def alike_to(text: str, texts: Mapping[str, str], *, least: float = ALIKE) -> list[tuple[str, float]]:
    """Which of the texts are alike to one, the most alike first."""
    mine = grams(text)
    measured = [(name, round(_dice(mine, grams(other)), 3)) for name, other in texts.items()]
    return sorted((one for one in measured if one[1] >= least), key=lambda one: (-one[1], one[0]))


def _sharing(counted: Mapping[str, Counter[str]]) -> set[tuple[str, str]]:
    """Pairs of names whose texts share a gram that is not everywhere."""
    holders: dict[str, list[str]] = defaultdict(list)
    for name, found in counted.items():
        for gram in found:
            holders[gram].append(name)
    common = max(50, len(counted) // 5)
    pairs: set[tuple[str, str]] = set()
    for names in holders.values():
        if 1 < len(names) <= common:
            pairs.update(_pairs(names))
    return pairs


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(one, other) for at, one in enumerate(names) for other in names[at + 1 :]]


def _dice(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0
