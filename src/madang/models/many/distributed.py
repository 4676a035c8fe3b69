"""Tasks on a Ray cluster, behind the same call as on one machine.

Where `RAY_ADDRESS` or the executor's name ("ray:ADDRESS") leads to a cluster, it is used; else one is started on this
machine's loopback for the call, without dashboard and usage reports, and ended after it. Inputs and points go to the
object store once; one pool of actors answers batches of tasks. An actor that is lost with its node is given up: what it
had not answered goes to the others, one task at a time, so that the one at fault is found; it is tried once more, then
its members have failed with the reason.
"""

from __future__ import annotations

import os
import pickle
import socket
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from madang import clock
from madang.errors import CallerError, MadangError, ModelError
from madang.models.base import Cancelled
from madang.models.many.answering import Answer, Answerer, Job
from madang.models.many.worker import packed_job, unpacked_job

LOOK_EVERY_S = 0.1
GRACE_S = 2.0
BATCH_S = 0.5
BATCH_AT_MOST = 5000
TRIES = 2
BARREN_AT_MOST = 6
# Ray takes 127.0.0.1 on Linux for "my address in the network" and then looks for itself there; not so the next one.
LOOPBACK = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"
KNOCK_S = 5.0
NONE_LEFT_S = 60.0  # without any actor that answers


def on_ray(
    job: Job,
    numbers: Sequence[int],
    *,
    workers: int | None = None,
    cancelled: Callable[[], bool],
    address: str | None = None,
) -> Generator[tuple[int, Answer], None, None]:
    """Tasks answered by a pool of Ray actors."""
    if not numbers:
        return
    with _cluster(address) as ray:
        pool = _Pool(ray, job, numbers, workers)
        try:
            yield from pool.answers(cancelled)
        finally:
            pool.end()


class _Answering:
    """An actor's side: the job read once, answers to tasks by number."""

    def __init__(self, packed: dict[str, Any], path: Sequence[str]) -> None:
        # Where the node shares files with who asks, modules are found where they were found there.
        sys.path.extend(place for place in path if place not in sys.path and os.path.isdir(place))
        self._packed = packed

    def ready(self) -> bytes:
        """Reads the job; what keeps it from that, as a pickle: nothing, an error, or words."""
        wrong: MadangError | str | None = None
        try:
            self._answerer = Answerer(unpacked_job(self._packed))
        except MadangError as error:
            wrong = error
        except Exception as error:  # another's code: its module may not even import here
            wrong = f"{type(error).__name__}: {error}"
        return pickle.dumps(wrong)

    def answer(self, numbers: Sequence[int]) -> bytes:
        """The answers to tasks, as one pickle: what a model's errors hold is nothing to Ray."""
        return pickle.dumps([(number, self._answerer.answer(number)) for number in numbers], protocol=5)


class _Pool:
    """The actors of one call, and what is still to be asked."""

    def __init__(self, ray: Any, job: Job, numbers: Sequence[int], workers: int | None) -> None:
        self._ray, self._job = ray, job
        self._pending, self._unanswered = deque(numbers), set(numbers)
        self._alone: deque[int] = deque()  # asked one at a time: each was with an actor that was lost
        self._strikes: dict[int, int] = {}
        self._packed = ray.put(packed_job(job))
        self._path = [place or os.getcwd() for place in sys.path]
        self._barren = 0  # actors lost in a row, with no answer between
        self._actor = ray.remote(num_cpus=1, max_restarts=0)(_Answering)
        wanted = workers or int(ray.cluster_resources().get("CPU", 1))
        self._size = max(1, min(wanted, len(numbers)))
        self._asked: dict[Any, tuple[Any, list[int], float]] = {}  # reference -> actor, tasks, since
        self._task_s: float | None = None
        self._heard_at = clock.elapsed_s()
        for _ in range(self._size):
            self._add()

    def answers(self, cancelled: Callable[[], bool]) -> Iterator[tuple[int, Answer]]:
        """Every task's answer, each once."""
        while self._unanswered:
            if cancelled():
                raise Cancelled
            done, _ = self._ray.wait(list(self._asked), num_returns=1, timeout=LOOK_EVERY_S)
            for reference in done:
                yield from self._take(reference)
            yield from self._overdue()

    def _add(self) -> None:
        actor = self._actor.remote(self._packed, self._path)
        self._asked[actor.ready.remote()] = (actor, [], clock.elapsed_s())

    def _take(self, reference: Any) -> Iterator[tuple[int, Answer]]:
        actor, numbers, since = self._asked.pop(reference)
        try:
            said = pickle.loads(self._ray.get(reference))
        except self._ray.exceptions.RayError as lost:
            why = ModelError("many.worker-lost", how=type(lost).__name__, tail="")
            self._barren += not numbers  # one that was at work may have had a member that ends it
            if self._barren >= BARREN_AT_MOST:
                raise ModelError("many.workers-fail", how=type(lost).__name__, tail="") from lost
            yield from self._lost(numbers, why)
            return
        now = clock.elapsed_s()
        self._heard_at, self._barren = now, 0
        if not numbers and said is not None:
            raise said if isinstance(said, MadangError) else ModelError("many.worker-broken", why=said)
        if numbers:
            self._task_s = (now - since) / len(numbers)
            for number, answer in said:
                if number in self._unanswered:
                    self._unanswered.discard(number)
                    yield number, answer
        self._feed(actor)

    def _feed(self, actor: Any) -> None:
        if self._pending:
            wanted = 1 if self._task_s is None else int(BATCH_S / max(self._task_s, 1e-6))
            fair = max(1, len(self._pending) // (2 * self._size))
            size = max(1, min(wanted, fair, BATCH_AT_MOST))
            numbers = [self._pending.popleft() for _ in range(min(size, len(self._pending)))]
        elif self._alone:
            numbers = [self._alone.popleft()]
        else:
            return
        self._asked[actor.answer.remote(numbers)] = (actor, numbers, clock.elapsed_s())

    def _overdue(self) -> Iterator[tuple[int, Answer]]:
        limit, now = self._job.limit_s, clock.elapsed_s()
        for reference, (actor, numbers, since) in list(self._asked.items()):
            late = now - since - GRACE_S - (self._task_s or 0.0) * len(numbers)
            if numbers and limit is not None and late > limit:
                del self._asked[reference]
                self._ray.kill(actor, no_restart=True)
                yield from self._lost(numbers, ModelError("many.member-overdue", limit=f"{limit:g}"))
        if not any(numbers for _, numbers, _ in self._asked.values()) and now - self._heard_at > NONE_LEFT_S:
            raise ModelError("many.workers-fail", how="Ray", tail="")

    def _lost(self, numbers: Sequence[int], why: MadangError) -> Iterator[tuple[int, Answer]]:
        """An actor is gone: another is asked for, and its tasks go one by one to whoever is free."""
        for number in numbers:
            if len(numbers) == 1:
                self._strikes[number] = self._strikes.get(number, 0) + 1
            if self._strikes.get(number, 0) >= TRIES:
                self._unanswered.discard(number)
                yield number, self._given_up(number, why)
            elif number in self._unanswered:
                self._alone.append(number)
        if self._unanswered:
            self._add()

    def _given_up(self, number: int, why: MadangError) -> Answer:
        members = [int(member) for member in self._job.tasks[number].members]
        unknown = np.full((len(members), len(self._job.outputs)), np.nan)
        return Answer(unknown, tuple((member, why) for member in members))

    def end(self) -> None:
        """Let go of every actor."""
        for actor, _, _ in self._asked.values():
            with suppress(Exception):  # one that is lost already
                self._ray.kill(actor, no_restart=True)


def _knock(address: str) -> None:
    """Raise OSError where nobody listens: Ray itself would look for its cluster for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=KNOCK_S).close()


@contextmanager
def _cluster(address: str | None) -> Iterator[Any]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.exceptions
    except ImportError as wrong:
        raise CallerError("many.extra-missing", library="Ray", extra="cluster", why=str(wrong)) from wrong
    if ray.is_initialized():
        yield ray
        return
    where = address or os.environ.get("RAY_ADDRESS")
    quiet: dict[str, Any] = {"log_to_driver": False, "configure_logging": False, "namespace": "madang"}
    try:
        if where:
            _knock(where)
        if not where:
            ray.init(address="local", include_dashboard=False, _node_ip_address=LOOPBACK, **quiet)
        elif where.startswith(f"{LOOPBACK}:"):
            ray.init(address=where, _node_ip_address=LOOPBACK, **quiet)
        else:
            ray.init(address=where, **quiet)
    except (OSError, OverflowError, RuntimeError, ValueError, ray.exceptions.RayError) as wrong:
        raise CallerError("many.cluster-unreachable", address=where or "local", why=str(wrong)) from wrong
    try:
        yield ray
    finally:
        ray.shutdown()
