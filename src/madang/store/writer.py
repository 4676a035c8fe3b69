"""The one writer: who may write now, and one thread that commits the writes of many in groups.

A durable commit waits for the disk; a hundred writes that wait together wait once. `Submissions` takes functions from
any thread, runs those with the same branch, actor, reason, source and adoption as parts of one transaction, and commits
everything that has queued up meanwhile with one sync. A part that fails is undone alone, and its caller gets the
exception; nobody's result is told before the disk has it.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

LARGEST_GROUP = 500


@dataclass(frozen=True, slots=True)
class Signature:
    """What a transaction is signed with; submissions that share it share a transaction."""

    branch: str
    actor: str
    reason: str
    source: str | None
    adopting: str | None


@dataclass(frozen=True, slots=True)
class Submission:
    """One function to run within a transaction, and where its result is awaited."""

    signature: Signature | None  # None: beside the transactions, and `act` takes the connection
    act: Callable[[Any], Any]
    future: Future[Any] | Awaited


@dataclass(frozen=True, slots=True)
class Awaited:
    """A future of an event loop. A loop is woken once a group, not once a write: waking costs a system call."""

    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop

    def set_running_or_notify_cancel(self) -> bool:
        """Whether somebody still waits; a client that has left has not taken its write back."""
        return True


Outcome = tuple[Submission, Any, BaseException | None]
RunGroups = Callable[[Sequence[tuple[Signature | None, Sequence[Submission]]]], list[Outcome]]


class Submissions:
    """The queue of submitted writes and the thread that works it off; the thread starts with the first."""

    def __init__(self, run: RunGroups) -> None:
        self._run = run
        self._queue: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._change = threading.Lock()
        self._closed = False
        self.commits, self.written = 0, 0  # since the start; told by /metrics

    def add(self, signature: Signature | None, act: Callable[[Any], Any]) -> Future[Any]:
        """Queue a function; the future is done when the disk has what it wrote."""
        future: Future[Any] = Future()
        if not self._take(Submission(signature, act, future)):
            future.cancel()
        return future

    def add_awaited(self, signature: Signature | None, act: Callable[[Any], Any]) -> asyncio.Future[Any]:
        """The same for the running event loop, whose future it gives."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        if not self._take(Submission(signature, act, Awaited(future, loop))):
            future.cancel()
        return future

    def _take(self, submission: Submission) -> bool:
        with self._change:
            if self._closed:
                return False
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="madang-writer", daemon=True)
                self._thread.start()
            self._queue.put(submission)
        return True

    def close(self) -> None:
        """Work off what is queued, and end the thread."""
        with self._change:
            self._closed = True
            thread = self._thread
            if thread is not None:
                self._queue.put(None)
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        ending = False
        while not ending:
            waiting = [self._queue.get()]
            while len(waiting) < LARGEST_GROUP:
                try:
                    waiting.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            ending = None in waiting
            running = [one for one in waiting if one is not None and one.future.set_running_or_notify_cancel()]
            if running:
                self._commit(running)

    def _commit(self, submissions: Sequence[Submission]) -> None:
        self.commits, self.written = self.commits + 1, self.written + len(submissions)
        try:
            outcomes = self._run(_by_signature(submissions))
        except BaseException as error:  # the commit itself failed: nobody's write is there
            outcomes = [(one, None, error) for one in submissions]
        loops: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
        for outcome in outcomes:
            future = outcome[0].future
            if isinstance(future, Awaited):
                loops.setdefault(future.loop, []).append(outcome)
            else:
                _tell(future, outcome)
        for loop, told in loops.items():
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(_tell_all, told)


def _by_signature(submissions: Sequence[Submission]) -> list[tuple[Signature | None, list[Submission]]]:
    """Submissions by signature; one waits for no other, so only those of one signature keep their order."""
    groups: dict[Signature | None, list[Submission]] = {}
    for one in submissions:
        groups.setdefault(one.signature, []).append(one)
    return list(groups.items())


def _tell_all(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        future = outcome[0].future
        assert isinstance(future, Awaited)
        if not future.future.done():
            _tell(future.future, outcome)


def _tell(future: Future[Any] | asyncio.Future[Any], outcome: Outcome) -> None:
    _, result, failed = outcome
    if failed is None:
        future.set_result(result)
    else:
        future.set_exception(failed)
