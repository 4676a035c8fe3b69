"""Text as it may stand in any file format, and text as it is compared.

What no format can hold (control characters, lone surrogates, noncharacters) is taken out once, here, so that every
writer prints the same. Korean from some systems comes decomposed; on paper it stands composed.
"""

from __future__ import annotations

import re
import unicodedata

_LAST_OF_PLANES = "".join(f"{chr(n << 16 | 0xFFFE)}{chr(n << 16 | 0xFFFF)}" for n in range(1, 17))
# What XML 1.0 can't hold or what has no place in a line, noncharacters, and marks that turn the order of reading about.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\ufeff"
    f"\u202a-\u202e\u2066-\u2069{_LAST_OF_PLANES}]"
)
_SPACE = re.compile(r"[\s\u200b\u2060\u00ad]+")
LONGEST_WORD = 24


def clean(text: object) -> str:
    """The text as one printable line: composed, without control characters, white space as single spaces."""
    composed = unicodedata.normalize("NFC", _UNPRINTABLE.sub("", str(text)))
    return re.sub(r"\s+", " ", composed).strip(" ")


def clean_piece(text: object) -> str:
    """A piece within a line: as `clean`, but a space at either end stands."""
    composed = unicodedata.normalize("NFC", _UNPRINTABLE.sub("", str(text)))
    return re.sub(r"\s+", " ", composed)


def compact(text: str) -> str:
    """Text without white space, as it is compared: where a line breaks says nothing about what is written."""
    return _SPACE.sub("", unicodedata.normalize("NFC", text))


def breakable(text: str) -> str:
    """Text in which a very long word may break over lines, by marks of no width."""
    return re.sub(rf"[^\s\u200b]{{{LONGEST_WORD}}}(?=[^\s\u200b])", lambda found: found[0] + "\u200b", text)
