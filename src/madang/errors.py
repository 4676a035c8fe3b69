"""What can go wrong, told apart by who can mend it.

    CallerError   the one who asked: a wrong word, an unknown branch, a right that is missing
    DataError     the one who made the data: a ring that is not closed, a column that is not there
    FileError     the one who keeps the file: truncated, locked, full disk, too new
    ModelError    the one who wrote the model

Every error has a stable code, "<room>.<what>", and facts. The sentence comes from the catalogue
`messages/<room>.toml`, in Korean and English; code raises codes, never sentences. A plug-in, which has no catalogue
here, gives its sentences as the facts `en` and `ko`. HTTP status and exit code are decided elsewhere, in one table each
(`web/problems.py`, `cli.py`).
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Literal

Language = Literal["ko", "en"]


class MadangError(Exception):
    """An error with a stable code, facts, and a sentence in Korean and English."""

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def message(self, language: Language = "en") -> str:
        """The sentence for a person, in the asked language, with the facts filled in; plain where there is none."""
        templates = _catalogue().get(self.code) or self.facts
        template = templates.get(language) or templates.get("en") or templates.get("ko")
        try:
            return str(template).format_map(self.facts) if template else self._plain()
        except (LookupError, ValueError, AttributeError, TypeError):  # a template that does not fit its facts
            return self._plain()

    def _plain(self) -> str:
        facts = ", ".join(f"{name}: {value}" for name, value in self.facts.items() if name not in ("en", "ko"))
        return f"{self.code} ({facts})" if facts else self.code

    def __str__(self) -> str:
        return self.message("en")

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.code, self.facts))


class CallerError(MadangError):
    """The request can be mended by whoever made it."""


class NotFoundError(CallerError):
    """What was named does not exist."""


class ConflictError(CallerError):
    """The request clashes with what is already there; `facts["conflicts"]` may list where."""


class ForbiddenError(CallerError):
    """The one who asks may not, or not by this way."""


class DataError(MadangError):
    """The data that came in are wrong; nothing was changed."""


class FileError(MadangError):
    """The city file, or another file, can't be used as it is."""


class ModelError(MadangError):
    """A model failed or its answer broke one of its own laws."""


def sentence(code: str, language: Language = "en", /, **facts: Any) -> str:
    """The catalogue's sentence for a code, with facts filled in; raises KeyError for an unknown code."""
    return str(_catalogue()[code][language]).format_map(facts)


Pair = dict[str, str]


def both(code: str, /, **facts: Any) -> Pair:
    """The catalogue's sentence in both languages; a fact that is itself a pair gives each language its own."""
    return {"ko": sentence(code, "ko", **_in("ko", facts)), "en": sentence(code, "en", **_in("en", facts))}


def _in(language: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {name: fact[language] if isinstance(fact, dict) else fact for name, fact in facts.items()}


def codes() -> dict[str, dict[str, str]]:
    """Every code with its Korean and English template."""
    return dict(_catalogue())


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for file in sorted(resources.files("madang.messages").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            room = file.name.removesuffix(".toml")
            for what, templates in tomllib.loads(file.read_text("utf-8")).items():
                found[f"{room}.{what}"] = templates
    return found


def _rebuild(kind: type[MadangError], code: str, facts: dict[str, Any]) -> MadangError:
    return kind(code, **facts)
