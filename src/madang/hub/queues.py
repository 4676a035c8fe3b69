"""The queue of one endpoint: which letters may go now, and how long nothing can.

Letters of one subscription go in order; those of different ones go together, who was served last coming last. While an
endpoint fails, one letter at a time is tried, and the whole queue waits for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from madang.store.outbox import Letter, Owner

TOGETHER = 8  # letters of different subscriptions under way to one endpoint
LOOK_EVERY_S = 1.0  # the longest sleep before the clock is looked at again
LONGEST_PAUSE_S = 300.0


@dataclass(slots=True)
class Lane:
    """One endpoint: the next letters, and whether the file has more."""

    endpoint: str
    queues: dict[Owner, deque[Letter]] = field(default_factory=dict)  # each in order; who was served goes to the end
    count: int = 0
    last: int = 0  # the highest number that was taken into memory
    more: bool = False
    missed: bool = False  # whether letters came while more were being read
    failures: int = 0
    failed_at: datetime | None = None
    pause_s: float = 0.0
    under_way: dict[int, Letter] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    resting: bool = False
    task: asyncio.Task[None] | None = None

    def add(self, letter: Letter, *, first: bool = False) -> None:
        """Queue a letter behind those of its subscription, or, tried before, in front of them."""
        queue = self.queues.setdefault(letter.owner, deque())
        if first:
            queue.appendleft(letter)
        else:
            queue.append(letter)
        self.count += 1

    def keep(self, wanted: Callable[[Letter], bool]) -> None:
        """Forget the letters that are not wanted."""
        for owner, queue in list(self.queues.items()):
            kept = deque(one for one in queue if wanted(one))
            self.count -= len(queue) - len(kept)
            if kept:
                self.queues[owner] = kept
            else:
                del self.queues[owner]

    def pick(self, now: datetime) -> list[Letter]:
        """The letters that may go now: due, the first of their subscription; one alone while the endpoint fails."""
        if self.failed_at is not None and 0 <= (now - self.failed_at).total_seconds() < self.pause_s:
            return []
        most = 1 if self.failures else TOGETHER
        chosen: list[Letter] = []
        for queue in self.queues.values():
            letter = queue[0]
            if letter.due <= now or letter.due - now > _longest_hold(letter):
                chosen.append(letter)
                if len(chosen) == most:
                    break
        for letter in chosen:
            queue = self.queues.pop(letter.owner)
            queue.popleft()
            if queue:
                self.queues[letter.owner] = queue
            self.count -= 1
            self.under_way[letter.oid] = letter
        return chosen

    def wait_s(self, now: datetime) -> float | None:
        """How long nothing can be done; None when there is nothing to do."""
        if not self.queues:
            return None
        soonest = min((queue[0].due - now).total_seconds() for queue in self.queues.values())
        if self.failed_at is not None:
            soonest = max(soonest, self.pause_s - (now - self.failed_at).total_seconds())
        return min(max(soonest, 0.001), LOOK_EVERY_S)


def _longest_hold(letter: Letter) -> timedelta:
    """How long a letter was to be held when it was written; more is left only where the clock was put back."""
    return max(letter.due - letter.made, timedelta(seconds=LONGEST_PAUSE_S))
