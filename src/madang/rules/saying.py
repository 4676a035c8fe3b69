"""Sentences in two languages put together."""

from __future__ import annotations

from collections.abc import Iterable

from madang.errors import Pair

LANGUAGES = ("ko", "en")


def joined(parts: Iterable[Pair], between: str = ", ") -> Pair:
    """Words in two languages as one list."""
    listed = list(parts)
    return {language: between.join(part[language] for part in listed) for language in LANGUAGES}


def sentences(parts: Iterable[Pair]) -> Pair:
    """Sentences in two languages, one behind the other, each with its full stop."""
    listed = list(parts)
    return {language: " ".join(_closed(part[language]) for part in listed) for language in LANGUAGES}


def _closed(text: str) -> str:
    return text if text[-1:] in ".?!" else f"{text}."
