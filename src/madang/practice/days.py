"""Who acts in the practice city, and the day on which it happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from madang import clock

OFFICER = "스마트도시과 담당(가상)"
HEAD = "부시장(가상)"
SECRETARY = "위원회 간사(가상)"
ANALYST = "정책연구팀(가상)"
STATUS = "synthetic"


@contextmanager
def on(day: str) -> Iterator[None]:
    """Noon in Seoul of a day."""
    with clock.standing_at(datetime.fromisoformat(f"{day}T03:00:00").replace(tzinfo=UTC)):
        yield


def said(ko: str, en: str) -> dict[str, str]:
    """A text in both languages."""
    return {"ko": ko, "en": en}
