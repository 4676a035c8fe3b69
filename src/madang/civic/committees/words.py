"""Sentences of `messages/committees.toml` that go with data: labels and details in both languages."""

from __future__ import annotations

from typing import Any

from madang.errors import Pair, both

__all__ = ["Pair", "said"]


def said(what: str, /, **facts: Any) -> Pair:
    """A sentence in Korean and English; a fact that is itself a pair gives each language its own."""
    return both(f"committees.{what}", **facts)
