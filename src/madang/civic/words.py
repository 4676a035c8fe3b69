"""Sentences of `messages/civic.toml` that go with data: labels and details in both languages."""

from __future__ import annotations

from typing import Any

from madang.errors import Pair, both

__all__ = ["Pair", "in_korean", "said"]


def said(what: str, /, **facts: Any) -> Pair:
    """A sentence in Korean and English; a fact that is itself a pair gives each language its own."""
    return both(f"civic.{what}", **facts)


def in_korean(what: str, /, **facts: Any) -> str:
    """The Korean sentence alone: the log keeps a reason as one text, in the language of who acted."""
    return said(what, **facts)["ko"]
