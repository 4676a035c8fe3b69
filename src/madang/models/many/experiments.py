"""Experiments: a design answered by a model, every member accounted for.

`evaluate` takes what is known from the journal, has an executor answer the rest, and puts both together in the order of
the members. A member that can't be answered is named with the reason and its point; it never drops out unseen. Two
members with the same question are answered once. Nothing here knows a city file.

An outcome that is NaN for every member is unknown (an input is missing). So is one that a model asked member by member
answers with None, or that the card of a batch model names as `partly_known` (the year from which nobody is lacking:
there may be none). Any other NaN, and infinity, is a fault of the model: those members have failed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from madang.errors import CallerError, MadangError, ModelError, Pair
from madang.models.base import Cancelled, Floats, Model
from madang.models.canonical import json_bytes, pack_arrays, sha256
from madang.models.ensemble import Parameters, parameters
from madang.models.inputs import Pinned
from madang.models.many.answering import Answer, Answerer, Job
from madang.models.many.design import Design
from madang.models.many.journal import Journal

Progress = Callable[[float, str], None]
Answers = Generator[tuple[int, Answer], None, None]
LIMIT_S = 600.0
EXECUTORS = ("local", "in-process", "ray")


@dataclass(frozen=True, slots=True)
class Failed:
    """A member without an answer: why, in both languages, and the point at which it was asked."""

    member: int
    code: str
    message: Pair
    point: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        """The failure as an ensemble's record holds it."""
        return {
            "member": self.member,
            "code": self.code,
            "message": dict(self.message),
            "point": dict(self.point),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Experiments:
    """A design and what came of it: every outcome by member, the failed ones, and how many were known before."""

    design: Design
    outcomes: Mapping[str, Floats]
    failed: tuple[Failed, ...]
    key: str
    hits: int = 0

    @property
    def n(self) -> int:
        """How many members were asked for; the failed are among them."""
        return self.design.n

    @property
    def answered(self) -> Floats:
        """Which members have an answer, as a mask."""
        mask = np.ones(self.n, dtype=bool)
        mask[[one.member for one in self.failed]] = False
        return np.asarray(mask)

    def packed(self) -> bytes:
        """The outcomes in canonical form, in which an ensemble's record keeps them."""
        return pack_arrays(self.outcomes)


class Executor(Protocol):
    """Answers tasks by number, in any order, each exactly once."""

    def __call__(
        self, job: Job, numbers: Sequence[int], *, workers: int | None, cancelled: Callable[[], bool]
    ) -> Answers: ...


def evaluate(
    model: Model,
    pinned: Mapping[str, Pinned],
    design: Design,
    *,
    chosen: Parameters | None = None,
    seed: int = 0,
    executor: str = "local",
    workers: int | None = None,
    limit_s: float | None = LIMIT_S,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    journal: Journal | None = None,
) -> Experiments:
    """A design answered: on this machine's cores, in this process, or on a Ray cluster.

    `executor` is "local", "in-process", "ray", or "ray:ADDRESS" of a cluster; `chosen` are the parameters that no
    column varies; `limit_s` is the time one member (of a batch model: one chunk) may take. Raises Cancelled when the
    answer is no longer wanted; what was finished by then stays in the journal.
    """
    if executor.partition(":")[0] not in EXECUTORS:
        raise CallerError("many.executor-unknown", found=executor, known=", ".join(EXECUTORS))
    if design.model != model.spec.id:
        raise CallerError("many.design-of-another", model=model.spec.id, other=design.model)
    job = Job(model, pinned, chosen or parameters(model.spec, None), design, seed, limit_s)
    wanted = cancelled or (lambda: False)
    values = np.full((design.n, len(job.outputs)), np.nan)
    errors: dict[int, MadangError] = {}
    with (journal or Journal.none()).of(job.kept_under) as known:
        asked: dict[bytes, list[int]] = {}
        for number, task in enumerate(job.tasks):
            asked.setdefault(job.task_key(task), []).append(number)
        hits = 0
        for key in [key for key in asked if key in known]:
            row = known.get(key, len(job.outputs))
            if row is None or len(row) != len(job.tasks[asked[key][0]].members):
                continue
            for number in asked.pop(key):
                values[job.tasks[number].members] = row
                hits += len(row)
        done = hits
        key_of = {numbers[0]: key for key, numbers in asked.items()}
        _tell(progress, done, design.n)
        with closing(_executor(executor)(job, list(key_of), workers=workers, cancelled=wanted)) as answers:
            for number, answer in answers:
                key = key_of[number]
                if not answer.failed:
                    known.add(key, answer.values)
                for same in asked[key]:
                    members = job.tasks[same].members
                    values[members] = answer.values
                    at = {int(m): int(members[n]) for n, m in enumerate(job.tasks[number].members)}
                    errors |= {at[member]: error for member, error in answer.failed}
                    done += len(members)
                _tell(progress, done, design.n)
    _refuse_part_unknown(job, values, errors)
    values[list(errors)] = np.nan
    failed = tuple(_named(job, member, errors[member]) for member in sorted(errors))
    outcomes = {id: np.ascontiguousarray(values[:, at]) for at, id in enumerate(job.outputs)}
    return Experiments(design, outcomes, failed, key_of_design(job), hits)


def key_of_design(job: Job) -> str:
    """The hash of everything that the experiments depend on."""
    design = job.design
    told = (design.columns, design.method, design.block, job.seed)
    return experiments_key(job.key, sha256(design.packed()), *told)


def experiments_key(job: str, points: str, columns: Sequence[str], method: str, block: int, seed: int) -> str:
    """The hash of everything that experiments depend on: their job, their points, and how these were laid out."""
    said = {"job": job, "points": points, "columns": list(columns), "method": method, "block": block, "seed": seed}
    return sha256(json_bytes(said))


def in_process(
    job: Job, numbers: Sequence[int], *, workers: int | None = None, cancelled: Callable[[], bool]
) -> Answers:
    """Tasks answered one after another in this process: nothing can be ended here but between two tasks."""
    answerer = Answerer(job, cancelled=cancelled)
    for number in numbers:
        if cancelled():
            raise Cancelled
        yield number, answerer.answer(number)


def _executor(name: str) -> Executor:
    kind, _, address = name.partition(":")
    if kind == "local":
        from madang.models.many.supervisor import local

        return local
    if kind == "ray":
        from madang.models.many.distributed import on_ray

        return partial(on_ray, address=address or None)
    return in_process


def _refuse_part_unknown(job: Job, values: Floats, errors: dict[int, MadangError]) -> None:
    answered = np.array([m for m in range(job.design.n) if m not in errors], dtype=np.int64)
    for at, id in enumerate(job.outputs):
        column = values[answered, at]
        may_lack = not job.batch or id in job.model.spec.partly_known or bool(np.isnan(column).all())
        for member in answered[np.isinf(column) if may_lack else ~np.isfinite(column)]:
            found = float(values[member, at])
            errors.setdefault(
                int(member), ModelError("models.not-a-number", model=job.model.spec.id, output=id, found=found)
            )


def _named(job: Job, member: int, error: MadangError) -> Failed:
    point = job.point(member)
    at = ", ".join(f"{name} = {value:g}" for name, value in point.items())
    message: Pair = {
        language: f"{ModelError('many.member', member=member, at=at).message(language)} {error.message(language)}"
        for language in ("ko", "en")
    }
    return Failed(member, error.code, message, point)


def _tell(progress: Progress | None, done: int, n: int) -> None:
    if progress is not None:
        progress(done / n, f"{done:,} / {n:,}")
