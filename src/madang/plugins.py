"""What installed packages bring by entry points. One that can't be used says why, and never hurts the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point: its name, the distribution that brings it, and the object, or why there is none."""

    name: str
    value: str
    distribution: str
    brought: Any = None
    why: str = ""


def plugins(group: str, lacks: Callable[[Any], str]) -> Iterator[Plugin]:
    """The plug-ins of a group by name, a class made into an object; `lacks` says what an object lacks, or ''."""
    for entry in sorted(entry_points(group=group), key=lambda e: e.name):
        distribution = entry.dist.name if entry.dist else "?"
        try:
            found = entry.load()
            brought = found() if isinstance(found, type) else found
            why = lacks(brought)
        except Exception as wrong:  # another's code: whatever it raises is said, in its own words
            brought, why = None, f"{type(wrong).__name__}: {wrong}"
        yield Plugin(entry.name, entry.value, distribution, brought, why)
