"""Tasks on this machine's cores: worker processes of our own supervision.

Python's own pools lose the whole call when one worker is killed; this one starts another worker and asks again for what
that one had not answered. A task whose worker dies or exceeds its time is tried once more, then its members have failed
with the reason. Inputs and points are written once to files that every worker reads; a message is a list of numbers.
Small tasks are asked for in batches of about a tenth of a second.

A worker is a Python of its own, with one BLAS thread, in a process group of its own: ending it ends the engines it
started, and it ends by itself when its parent is gone. A batch model's chunks are answered in this process as long as
that takes no more than a moment.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import numpy as np

from madang import clock
from madang.errors import MadangError, ModelError
from madang.models.base import Cancelled
from madang.models.many import worker
from madang.models.many.answering import Answer, Answerer, Job

MOMENT_S = 2.0  # of a batch model's work that is done in this process
LOOK_EVERY_S = 0.05
GRACE_S = 0.5  # beyond a task's time: an engine in a process of its own is ended by then, with a reason of its own
BATCH_S = 0.1
BATCH_AT_MOST = 5000
TRIES = 2
# An interrupt at the shell is for the parent, which ends its workers itself.
_OWN_GROUP: dict[str, Any] = (
    {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    if sys.platform == "win32"
    else {"start_new_session": True}
)
BARREN_AT_MOST = 4  # workers in a row that ended before they answered anything
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)


def local(
    job: Job, numbers: Sequence[int], *, workers: int | None = None, cancelled: Callable[[], bool]
) -> Generator[tuple[int, Answer], None, None]:
    """Tasks answered on this machine: a batch model's at once if that is soon done, all else by workers."""
    left = list(numbers)
    if job.batch and left:
        answerer, began = Answerer(job, cancelled=cancelled), clock.elapsed_s()
        done = 0
        while left:
            if cancelled():
                raise Cancelled
            number = left.pop(0)
            yield number, answerer.answer(number)
            done += 1
            spent = clock.elapsed_s() - began
            if len(left) > 1 and spent / done * len(left) > MOMENT_S and (workers or cores()) > 1:
                break
    if left:
        with TemporaryDirectory(prefix="madang-", ignore_cleanup_errors=True) as folder:
            crew = _Crew(job, left, Path(folder), min(workers or cores(), len(left)))
            try:
                yield from crew.answers(cancelled)
            finally:
                crew.end()


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Crew:
    """The workers of one call, and what is still to be asked."""

    def __init__(self, job: Job, numbers: Sequence[int], folder: Path, workers: int) -> None:
        self._job, self._folder = job, folder
        worker.write_job(job, folder)
        # int64 a worker: the task it is at, or -1; shared memory, so that it is known of one that was killed
        self._at = np.memmap(folder / worker.STATUS, dtype=np.int64, mode="w+", shape=(workers,))
        self._at[:] = -1
        self._pending, self._unanswered = deque(numbers), set(numbers)
        self._strikes: dict[int, int] = {}
        self._heard: queue.SimpleQueue[tuple[_Worker, Any]] = queue.SimpleQueue()
        self._batch, self._barren = 1, 0
        self._workers = [_Worker(slot, folder, self._heard) for slot in range(workers)]

    def answers(self, cancelled: Callable[[], bool]) -> Iterator[tuple[int, Answer]]:
        """Every task's answer, each once."""
        looked = clock.elapsed_s()
        while self._unanswered:
            if cancelled():
                raise Cancelled
            try:
                one, message = self._heard.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                message = ()
            if message is None:
                if one in self._workers:  # not one that was ended here
                    yield from self._lost(one, ModelError("many.worker-lost", how=one.how_it_ended(), tail=one.tail()))
            elif message:
                yield from self._take(one, message)
            if (now := clock.elapsed_s()) - looked >= LOOK_EVERY_S:
                looked = now
                yield from self._overdue(now)

    def _take(self, one: _Worker, message: tuple[Any, ...]) -> Iterator[tuple[int, Answer]]:
        kind, said = message
        if kind == "broken":
            raise said if isinstance(said, MadangError) else ModelError("many.worker-broken", why=str(said))
        for number, answer in said:
            self._barren = 0
            one.in_flight.discard(number)
            if number in self._unanswered:
                self._unanswered.discard(number)
                yield number, answer
        if kind == "done":
            one.in_flight.clear()
            self._feed(one)

    def _feed(self, one: _Worker) -> None:
        if one.took_s is not None:
            wanted = BATCH_S / max(one.took_s, 1e-6)
            self._batch = max(1, min(int(wanted), 2 * self._batch, BATCH_AT_MOST))
        fair = max(1, len(self._pending) // (2 * len(self._workers)))
        numbers = [self._pending.popleft() for _ in range(min(self._batch, fair, len(self._pending)))]
        if numbers:
            one.ask(numbers)

    def _overdue(self, now: float) -> Iterator[tuple[int, Answer]]:
        limit = self._job.limit_s
        for one in list(self._workers):
            at = int(self._at[one.slot])
            if at != one.seen_at:
                one.seen_at, one.since = at, now
            elif at >= 0 and limit is not None and now - one.since > limit + GRACE_S:
                yield from self._lost(one, ModelError("many.member-overdue", limit=f"{limit:g}"))

    def _lost(self, one: _Worker, why: MadangError) -> Iterator[tuple[int, Answer]]:
        """A worker is gone: another takes its place, and what it had not answered is asked again."""
        at = int(self._at[one.slot])
        one.end()
        self._at[one.slot] = -1
        again = sorted(one.in_flight & self._unanswered)
        if at in again:
            self._strikes[at] = self._strikes.get(at, 0) + 1
            if self._strikes[at] >= TRIES:
                again.remove(at)
                self._unanswered.discard(at)
                yield at, self._given_up(at, why)
        self._pending.extendleft(reversed(again))
        self._barren = 0 if at >= 0 else self._barren + 1
        if self._barren >= BARREN_AT_MOST:
            raise ModelError("many.workers-fail", how=one.how_it_ended(), tail=one.last_words)
        if self._unanswered:
            self._batch = 1
            self._workers[self._workers.index(one)] = _Worker(one.slot, self._folder, self._heard)

    def _given_up(self, number: int, why: MadangError) -> Answer:
        members = [int(member) for member in self._job.tasks[number].members]
        unknown = np.full((len(members), len(self._job.outputs)), np.nan)
        return Answer(unknown, tuple((member, why) for member in members))

    def end(self) -> None:
        """End every worker, whatever it is doing."""
        for one in self._workers:
            one.end()
        del self._at  # Windows removes no file that is mapped


class _Worker:
    """One worker process, and the thread that listens to it."""

    def __init__(self, slot: int, folder: Path, heard: queue.SimpleQueue[tuple[_Worker, Any]]) -> None:
        self.slot, self.in_flight = slot, set[int]()
        self.seen_at, self.since, self.last_words = -1, 0.0, ""
        self.took_s: float | None = None  # a task of the last batch, seconds
        self._asked: tuple[int, float] = (0, 0.0)
        self._printed = TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        self._process = subprocess.Popen(
            [sys.executable, "-m", worker.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._printed,
            env={**os.environ, **ONE_THREAD},
            **_OWN_GROUP,
        )
        self._send({"path": [path or os.getcwd() for path in sys.path], "folder": str(folder), "slot": slot})
        threading.Thread(target=self._listen, args=(heard,), daemon=True).start()

    def ask(self, numbers: Sequence[int]) -> None:
        """Ask for tasks by number."""
        self.in_flight = set(numbers)
        self._asked = (len(numbers), clock.elapsed_s())
        self._send(list(numbers))

    def _send(self, said: Any) -> None:
        assert self._process.stdin is not None
        try:
            worker.send(self._process.stdin, said)
        except OSError:
            return  # it is gone, as its listener will say

    def _listen(self, heard: queue.SimpleQueue[tuple[_Worker, Any]]) -> None:
        assert self._process.stdout is not None
        try:
            while (message := worker.receive(self._process.stdout)) is not None:
                if message[0] == "done" and self._asked[0]:
                    self.took_s = (clock.elapsed_s() - self._asked[1]) / self._asked[0]
                heard.put((self, message))
        except (pickle.UnpicklingError, ValueError, EOFError, AttributeError):
            pass  # cut short by its end
        heard.put((self, None))

    def how_it_ended(self) -> str:
        """By which signal or exit code."""
        code = self._process.wait()
        return f"signal {-code}" if code < 0 else f"exit {code}"

    def tail(self) -> str:
        """The last line that it printed."""
        if not self._printed.closed:
            self._printed.seek(0)
            lines = self._printed.read().decode("utf-8", "replace").strip().splitlines()
            self.last_words = lines[-1] if lines else ""
        return self.last_words

    def end(self) -> None:
        """End the process and those it started."""
        self.tail()
        if hasattr(os, "killpg"):
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self._process.kill()
        else:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not yet sent can't be sent any more
                    pipe.close()
        self._printed.close()
