"""A card's prose, from a `card.toml` beside the model: title, question, assumptions, limits, checks, each ko and en."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources

from madang.errors import sentence
from madang.models.base import Label


@dataclass(frozen=True, slots=True)
class Words:
    """What a card says in sentences."""

    title: Label
    question: Label
    assumptions: tuple[Label, ...]
    not_valid: tuple[Label, ...]
    checked: tuple[Label, ...]


def read_words(package: str) -> Words:
    """The prose of the model in a package."""
    found = tomllib.loads(resources.files(package).joinpath("card.toml").read_text("utf-8"))
    lists = (tuple(found[name]) for name in ("assumptions", "not_valid", "checked"))
    return Words(found["title"], found["question"], *lists)


def said(what: str, /, **facts: object) -> dict[str, str]:
    """A sentence of `messages/models.toml` in Korean and English, for warnings and notes that go with an answer."""
    return {"ko": sentence(f"models.{what}", "ko", **facts), "en": sentence(f"models.{what}", "en", **facts)}
