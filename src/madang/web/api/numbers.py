"""Fields of bodies that hold numbers: one, some by name, ranges; checked where they are given, refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.errors import CallerError


def optional_number(body: Mapping[str, Any], name: str) -> float | None:
    """A number; None where it is left out."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(name, "a number")
    return float(value)


def numbers_field(body: Mapping[str, Any], name: str) -> dict[str, float] | None:
    """Numbers by name; None where they are left out."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise wrong(name, '{"name": number}')
    return {key: optional_number(value, key) or 0.0 for key in value}


def ends_field(body: Mapping[str, Any], name: str) -> tuple[float, float] | None:
    """Two ends [low, high]; None where they are left out."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise wrong(name, "[low, high]")
    ends = {"low": value[0], "high": value[1]}
    return optional_number(ends, "low") or 0.0, optional_number(ends, "high") or 0.0


def ranges_field(body: Mapping[str, Any], name: str) -> dict[str, tuple[float, float]] | None:
    """Two ends by name; None where they are left out."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise wrong(name, '{"name": [low, high]}')
    return {key: ends_field(value, key) or (0.0, 0.0) for key in value}


def wrong(field: str, expected: str) -> CallerError:
    """The refusal of a field, with what it should be."""
    return CallerError("web.field-missing", field=field, expected=expected)
