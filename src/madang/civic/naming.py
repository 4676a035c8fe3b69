"""Codes for ids, from what people call a thing: letters of any script, digits, hyphens."""

from __future__ import annotations

import re

from madang.errors import CallerError


def slug_of(text: str) -> str:
    """A text as the last part of an id; Korean stays Korean."""
    made = re.sub(r"[^\w]+", "-", text.strip().lower()).strip("-_")
    if not made:
        raise CallerError("committees.field-missing", field="code")
    return made[:80]
