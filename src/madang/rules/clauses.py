"""Numbers of clauses: `8(1).9-2` is Article 8, paragraph 1, item 9-2, cited as 제8조제1항제9호의2.

A number is an article, then a paragraph in round brackets, then an item after a full stop, then a sub-item as a letter:
`2.13.a` is 제2조제13호가목. What is inserted later carries a second number: `49-2` is 제49조의2. Nothing else is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from madang.errors import Pair

_NUMBER = re.compile(r"(\d+)(?:-(\d+))?(?:\((\d+)(?:-(\d+))?\))?(?:\.(\d+)(?:-(\d+))?(?:\.([a-n]))?)?")
_LETTERS = dict(zip("abcdefghijklmn", "가나다라마바사아자차카타파하", strict=True))


@dataclass(frozen=True)
class Clause:
    """One clause as it is cited, and what it says in our own short words."""

    law: Pair
    text: Pair

    def as_json(self) -> dict[str, Pair]:
        """The clause as plain JSON."""
        return {"law": self.law, "text": self.text}


def is_number(text: str) -> bool:
    """Whether a text is the number of a clause."""
    return _NUMBER.fullmatch(text) is not None


def lies_within(number: str, wider: str) -> bool:
    """Whether a clause is the wider one or a part of it: 8(1).9-2 lies within 8(1) and 8, but not within 8(1).9."""
    return number == wider or (number.startswith(wider) and number[len(wider)] in "(.")


@cache
def cite(ko: str, en: str, number: str) -> tuple[str, str]:
    """The number of a clause with the name of its law, as it is cited in Korean and in English."""
    found = _NUMBER.fullmatch(number)
    if found is None:
        raise ValueError(number)
    article, inserted, paragraph, paragraph_inserted, item, item_inserted, letter = found.groups()
    korean = f"{ko} 제{article}조" + (f"의{inserted}" if inserted else "")
    english = f"{en} Art. {article}" + (f"-{inserted}" if inserted else "")
    if paragraph:
        korean += f"제{paragraph}항" + (f"의{paragraph_inserted}" if paragraph_inserted else "")
        english += f"({paragraph}" + (f"-{paragraph_inserted}" if paragraph_inserted else "") + ")"
    if item:
        korean += f"제{item}호" + (f"의{item_inserted}" if item_inserted else "")
        english += f" item {item}" + (f"-{item_inserted}" if item_inserted else "")
    if letter:
        korean += f"{_LETTERS[letter]}목"
        english += f"({letter})"
    return korean, english
