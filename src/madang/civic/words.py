"""Sentences of `messages/civic.toml` that go with data: labels and details in both languages."""

from __future__ import annotations

from typing import Any

from madang.errors import sentence

Pair = dict[str, str]


def said(what: str, /, **facts: Any) -> Pair:
    """A sentence in Korean and English; a fact that is itself a pair gives each language its own."""
    return {
        "ko": sentence(f"civic.{what}", "ko", **_in("ko", facts)),
        "en": sentence(f"civic.{what}", "en", **_in("en", facts)),
    }


def in_korean(what: str, /, **facts: Any) -> str:
    """The Korean sentence alone: the log keeps a reason as one text, in the language of who acted."""
    return sentence(f"civic.{what}", "ko", **_in("ko", facts))


def _in(language: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {name: fact[language] if isinstance(fact, dict) else fact for name, fact in facts.items()}
