"""Work that is asked for and waited for: a queue of jobs, each with its state, its progress and its answer.

A job runs on one of a few threads; heavy models compute in processes of their own. It can be dismissed: what waits is
never begun, what runs is told to stop and leaves nothing half-written, for a run is recorded in one transaction at its
end. Jobs live as long as the server; what they computed stays in the city, and asking again is answered from there.
"""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from madang import clock
from madang.errors import CallerError, MadangError, NotFoundError, both
from madang.models.base import Cancelled

State = Literal["accepted", "running", "successful", "failed", "dismissed"]
Progress = Callable[[float, str], None]
Work = Callable[[Progress, Callable[[], bool]], Any]

AT_ONCE = 2
MOST_WAITING = 64
MOST_KEPT = 500
ENDED = ("successful", "failed", "dismissed")


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands now."""

    id: str
    tenant: str
    process: str
    actor: str
    state: State
    created: datetime
    started: datetime | None = None
    finished: datetime | None = None
    updated: datetime | None = None
    percent: int = 0
    saying: str = ""
    result: Any = field(default=None, repr=False)
    error: BaseException | None = field(default=None, repr=False)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED

    @property
    def message(self) -> dict[str, str]:
        """Its state in words."""
        if self.error is not None:
            known = self.error if isinstance(self.error, MadangError) else CallerError("web.unexpected")
            return {"ko": known.message("ko"), "en": known.message("en")}
        return both(f"web.job-{self.state}", what=self.saying or self.process)


class Jobs:
    """The jobs of a server."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="madang-job")
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._turns: dict[str, Future[None]] = {}
        self._unwanted: set[str] = set()
        self._lock = threading.Lock()

    def submit(self, tenant: str, process: str, actor: str, work: Work) -> Job:
        """Put work into the queue; refused when too many wait already."""
        job = Job(uuid.uuid4().hex, tenant, process, actor, "accepted", clock.now())
        with self._lock:
            waiting = sum(one.state == "accepted" for one in self._jobs.values())
            if waiting >= MOST_WAITING:
                raise CallerError("web.jobs-full", waiting=waiting)
            self._jobs[job.id] = job
            for id in [id for id, one in self._jobs.items() if one.has_ended][: max(0, len(self._jobs) - MOST_KEPT)]:
                del self._jobs[id]
                self._turns.pop(id, None)
        self._turns[job.id] = self._threads.submit(self._do, job.id, work)
        return job

    def job(self, id: str, tenant: str) -> Job:
        """A job of a tenant."""
        with self._lock:
            found = self._jobs.get(id)
        if found is None or found.tenant != tenant:
            raise NotFoundError("web.job-unknown", id=id)
        return found

    def all(self, tenant: str) -> list[Job]:
        """The jobs of a tenant, newest first."""
        with self._lock:
            return [job for job in reversed(self._jobs.values()) if job.tenant == tenant]

    def dismiss(self, id: str, tenant: str) -> Job:
        """Tell a job that it is no longer wanted; one that has ended is forgotten."""
        job = self.job(id, tenant)
        with self._lock:
            if job.has_ended:
                self._jobs.pop(id, None)
                self._turns.pop(id, None)
                return replace(job, state="dismissed")
            self._unwanted.add(id)
        if job.state == "accepted":
            self._change(id, state="dismissed", finished=clock.now())
        return self.job(id, tenant)

    def turn(self, id: str) -> Future[None]:
        """What is done when the job has had its turn, whatever came of it."""
        return self._turns[id]

    def close(self) -> None:
        """Tell every job to stop; what waits is not begun."""
        with self._lock:
            self._unwanted.update(id for id, job in self._jobs.items() if not job.has_ended)
        self._threads.shutdown(wait=False, cancel_futures=True)

    # -- within --------------------------------------------------------------------------------------------------

    def _do(self, id: str, work: Work) -> None:
        try:
            self._answer(id, work)
        finally:
            with self._lock:
                self._unwanted.discard(id)

    def _answer(self, id: str, work: Work) -> None:
        if id in self._unwanted:
            self._end(id, state="dismissed")
            return
        self._change(id, state="running", started=clock.now())
        try:
            result = work(lambda share, what: self._told(id, share, what), lambda: id in self._unwanted)
        except Cancelled:
            self._end(id, state="dismissed")
        except Exception as wrong:  # whatever it is, it is the job's answer, and the thread goes on
            self._end(id, state="failed", error=wrong)
        else:
            self._end(id, state="successful", percent=100, result=result)

    def _told(self, id: str, share: float, what: str) -> None:
        self._change(id, percent=max(0, min(99, int(share * 100))), saying=what)

    def _end(self, id: str, **changes: Any) -> None:
        self._change(id, finished=clock.now(), **changes)

    def _change(self, id: str, **changes: Any) -> None:
        with self._lock:
            job = self._jobs.get(id)
            if job is not None and not job.has_ended:
                self._jobs[id] = replace(job, updated=clock.now(), **changes)
