"""Fields of bodies that may be left out: checked where they are given, refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.errors import CallerError
from madang.web.api.fields import text_field, titles_field

Title = str | dict[str, str]


def optional_text(body: Mapping[str, Any], name: str) -> str | None:
    """A text, or None where it is left out."""
    return None if body.get(name) is None else text_field(body, name)


def title_field(body: Mapping[str, Any], name: str = "title") -> Title:
    """A title as one text, or in both languages."""
    if isinstance(body.get(name), Mapping):
        return titles_field(body, name) or ""
    return text_field(body, name)


def texts_field(body: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts; empty where it is left out."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise CallerError("web.field-missing", field=name, expected="a list of texts")
    return value


def whole_field(body: Mapping[str, Any], name: str) -> int | None:
    """A whole number of won, not negative; None where it is left out."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise CallerError("web.field-missing", field=name, expected="a whole number")
    return value


def amounts_field(body: Mapping[str, Any], name: str) -> dict[str, int] | None:
    """Whole amounts by name; None where it is left out."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise CallerError("web.field-missing", field=name, expected='{"city": won, …}')
    return {key: whole_field(value, key) or 0 for key in value}
