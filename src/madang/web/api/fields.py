"""Fields of the bodies that pages send: taken out by name, checked, refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.errors import CallerError


def text_field(body: Mapping[str, Any], name: str, *, default: str | None = None) -> str:
    """A text that is not empty; `default` where it may be left out."""
    value = body.get(name, default)
    if not isinstance(value, str) or (not value.strip() and value != default):
        raise CallerError("web.field-missing", field=name, expected="a text")
    return value


def titles_field(body: Mapping[str, Any], name: str) -> dict[str, str] | None:
    """A title in both languages; None when it is left out. One language stands for both."""
    value = body.get(name)
    if value is None:
        return None
    texts = {tag: text for tag, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}
    ko, en = texts.get("ko", "").strip(), texts.get("en", "").strip()
    if not (ko or en):
        raise CallerError("web.field-missing", field=name, expected='{"ko": …, "en": …}')
    return {"ko": ko or en, "en": en or ko}


def switch_field(body: Mapping[str, Any], name: str) -> bool:
    """True or false, and nothing that could be taken for it."""
    value = body.get(name)
    if not isinstance(value, bool):
        raise CallerError("web.field-missing", field=name, expected="true or false")
    return value


def number_field(body: Mapping[str, Any], name: str, *, low: float, high: float) -> float:
    """A number within its limits; whole ones stay whole."""
    value = body.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
        raise CallerError("web.field-missing", field=name, expected=f"a number from {low:g} to {high:g}")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def list_field(body: Mapping[str, Any], name: str) -> list[Any]:
    """A list that is not empty."""
    value = body.get(name)
    if not isinstance(value, list) or not value:
        raise CallerError("web.field-missing", field=name, expected="a list with at least one entity")
    return value
