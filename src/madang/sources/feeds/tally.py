"""What is known of one running feed: whether it is connected, what it counted, its last problems, where it stands.

Written by a connector's thread and read by others, so every change is under one lock. Bad payloads are counted, and the
last few are kept, cut short, with why: enough to mend a mapping, too little to fill a disk.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime
from typing import Any

from madang import clock
from madang.errors import MadangError

KEPT_SAMPLES = 5
SAMPLE_LENGTH = 400
COUNTS = ("received", "readings", "refused", "duplicates", "late", "dropped", "reconnected")


class Tally:
    """The state of one feed while it runs."""

    def __init__(self, before: dict[str, Any] | None = None) -> None:
        before = before or {}
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {name: int(before.get("counts", {}).get(name, 0)) for name in COUNTS}
        self._connected, self._since = False, before.get("since")
        self._received: str | None = before.get("lastReceived")
        self._reading: str | None = before.get("lastReading")
        self._problem: dict[str, Any] | None = before.get("lastProblem")
        self._samples: deque[dict[str, Any]] = deque(before.get("samples", ()), maxlen=KEPT_SAMPLES)
        self._position: Any = before.get("position")
        self._more: dict[str, Any] = dict(before.get("more", {}))
        self.changes = 0

    def connected(self, is_so: bool) -> None:
        """Note that the other side is there, or is not."""
        with self._lock:
            if is_so != self._connected:
                self._since = clock.to_text(clock.now())
                self._counts["reconnected"] += is_so
                self.changes += 1
            self._connected = is_so

    def count(self, **more: int) -> None:
        """Add to counts."""
        with self._lock:
            for name, number in more.items():
                self._counts[name] += number
            self.changes += 1

    def received(self, number: int, at: datetime) -> None:
        """Note payloads that came."""
        with self._lock:
            self._counts["received"] += number
            self._received = clock.to_text(at)
            self.changes += 1

    def stored(self, number: int, newest: datetime | None) -> None:
        """Note readings that the file has."""
        with self._lock:
            self._counts["readings"] += number
            if newest is not None:
                self._reading = max(self._reading or "", clock.to_text(newest))
            self.changes += 1

    def problem(self, error: MadangError) -> None:
        """Note what keeps the feed from running."""
        with self._lock:
            self._problem = {"at": clock.to_text(clock.now()), **_said(error)}
            self.changes += 1

    def refuse(self, error: MadangError, sample: Any, number: int = 1) -> None:
        """Count a payload or a value that was refused, and keep a sample of it."""
        with self._lock:
            self._counts["refused"] += number
            self._samples.append({"at": clock.to_text(clock.now()), **_said(error), "sample": _cut(sample)})
            self.changes += 1

    def moved_to(self, position: Any) -> None:
        """Note how far the feed has come: what is at or before it need not be asked for again."""
        with self._lock:
            self._position = position
            self.changes += 1

    def note(self, **more: Any) -> None:
        """Note something that only one protocol knows."""
        with self._lock:
            self._more |= more
            self.changes += 1

    @property
    def position(self) -> Any:
        """How far the feed has come, or None."""
        with self._lock:
            return self._position

    def noted(self, name: str) -> Any:
        """Something that only one protocol knows, or None."""
        with self._lock:
            return self._more.get(name)

    def as_json(self) -> dict[str, Any]:
        """All of it as plain JSON, as the hub's book keeps it."""
        with self._lock:
            return {
                "connected": self._connected,
                "since": self._since,
                "lastReceived": self._received,
                "lastReading": self._reading,
                "counts": dict(self._counts),
                "lastProblem": self._problem,
                "samples": list(self._samples),
                "position": self._position,
                "more": dict(self._more),
            }


def _said(error: MadangError) -> dict[str, Any]:
    return {"code": error.code, "facts": {name: str(fact)[:200] for name, fact in error.facts.items()}}


def _cut(sample: Any) -> str:
    if isinstance(sample, bytes | bytearray):
        try:
            sample = bytes(sample[:SAMPLE_LENGTH]).decode("utf-8")
        except UnicodeDecodeError:
            sample = "hex:" + bytes(sample[: SAMPLE_LENGTH // 2]).hex()
    return str(sample)[:SAMPLE_LENGTH]
