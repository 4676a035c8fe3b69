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
    return {key: _number(value, key) for key in value}


def ends_field(body: Mapping[str, Any], name: str) -> tuple[float, float] | None:
    """Two ends [low, high]; None where they are left out."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise wrong(name, "[low, high]")
    ends = {"low": value[0], "high": value[1]}
    return _number(ends, "low"), _number(ends, "high")


def ranges_field(body: Mapping[str, Any], name: str) -> dict[str, tuple[float, float]] | None:
    """Two ends by name; None where they are left out."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise wrong(name, '{"name": [low, high]}')
    found = {key: ends_field(value, key) for key in value}
    lacking = next((key for key, ends in found.items() if ends is None), None)
    if lacking is not None:
        raise wrong(lacking, "[low, high]")
    return {key: ends for key, ends in found.items() if ends is not None}


def _number(body: Mapping[str, Any], name: str) -> float:
    """A number that has to be there: what nobody says is not zero."""
    found = optional_number(body, name)
    if found is None:
        raise wrong(name, "a number")
    return found


def wrong(field: str, expected: str) -> CallerError:
    """The refusal of a field, with what it should be."""
    return CallerError("web.field-missing", field=field, expected=expected)
