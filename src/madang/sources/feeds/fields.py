"""Fields of what somebody says of a feed, taken out by name and checked; what is wrong is refused with its place."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from madang.errors import DataError


class Fields:
    """The fields of one JSON object, at a place such as `rules[0].time`."""

    def __init__(self, found: Any, place: str, known: Sequence[str]) -> None:
        if not isinstance(found, dict):
            raise DataError("feeds.field", field=place or "feed", expected="an object of fields")
        self._found: Mapping[str, Any] = found
        self._place = place
        for name in found:
            if name not in known:
                near = difflib.get_close_matches(str(name), known, n=1)
                raise DataError("feeds.field-unknown", field=self.at(str(name)), known=", ".join(near or known))

    def at(self, name: str) -> str:
        """The place of a field, for people."""
        return f"{self._place}.{name}" if self._place else name

    def has(self, name: str) -> bool:
        """Whether it is said."""
        return self._found.get(name) is not None

    def any(self, name: str, default: Any = None) -> Any:
        """Whatever is said."""
        found = self._found.get(name)
        return default if found is None else found

    def text(self, name: str, default: str | None = None) -> str:
        """A text that is not empty."""
        found = self._found.get(name, default)
        if not isinstance(found, str) or not found.strip():
            raise self.wrong(name, "a text")
        return found

    def maybe(self, name: str) -> str | None:
        """A text, or None."""
        return self.text(name) if self.has(name) else None

    def one_of(self, name: str, words: Sequence[str], default: str | None = None) -> str:
        """One of some words."""
        found = self._found.get(name, default)
        if found not in words:
            raise self.wrong(name, " | ".join(words))
        return str(found)

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        """A number within its limits."""
        found = self._found.get(name, default)
        if not isinstance(found, int | float) or isinstance(found, bool) or not low <= found <= high:
            raise self.wrong(name, f"a number from {low:g} to {high:g}")
        return float(found)

    def limit(self, name: str) -> float | None:
        """A number, or None."""
        return self.number(name, 0, low=-1e18, high=1e18) if self.has(name) else None

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number within its limits."""
        found = self._found.get(name, default)
        if not isinstance(found, int) or isinstance(found, bool) or not low <= found <= high:
            raise self.wrong(name, f"a whole number from {low} to {high}")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; one text stands for a list of one."""
        found = self._found.get(name)
        found = [found] if isinstance(found, str) else found or []
        if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
            raise self.wrong(name, "a list of texts")
        return tuple(found)

    def words(self, name: str) -> dict[str, str]:
        """An object of texts; numbers and switches are taken as they are written."""
        found = self._found.get(name) or {}
        if not isinstance(found, dict) or not all(
            isinstance(key, str) and isinstance(value, str | int | float) for key, value in found.items()
        ):
            raise self.wrong(name, "an object of texts")
        return {key: _plain(value) for key, value in found.items()}

    def list(self, name: str, *, most: int) -> list[Any]:
        """A list that is not empty."""
        found = self._found.get(name)
        if not isinstance(found, list) or not 0 < len(found) <= most:
            raise self.wrong(name, f"a list of 1 to {most}")
        return found

    def wrong(self, name: str, expected: str) -> DataError:
        """The error of a field."""
        return DataError("feeds.field", field=self.at(name), expected=expected)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else "true" if value is True else "false" if value is False else str(value)
