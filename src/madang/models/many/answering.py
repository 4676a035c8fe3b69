"""One job as tasks, and the answer to one task. Pure, and the same for every executor.

A *job* is everything that workers need once: the model, its inputs, what is fixed, the points. Its *tasks* follow from
it alone, whoever works on it, so a message names tasks by number, and an answer can be kept under the task's key.

A batch model is asked for `CHUNK` members at a time. What it draws beside its parameters it draws for a chunk, whose
seed follows from the design's seed and the chunk's place: the same on every branch, so that branch minus main is no
noise. In Saltelli's scheme and on trajectories the members in equal place make a chunk, so that they share draws.
Any other model, and any model whose entities are turned, is asked member by member, all by the same streams; a
stochastic one by streams of each member's own.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import MadangError, ModelError
from madang.models.base import BatchModel, Context, Floats, Input, Inputs, Model, Records, models_own_code
from madang.models.canonical import json_bytes, sha256
from madang.models.ensemble import Parameters, cache_key
from madang.models.inputs import Pinned, inputs_of, lever_ids, with_levers
from madang.models.many.design import Design

CHUNK = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Some members to be answered together, and the seed of the streams they draw from."""

    members: NDArray[np.int64]
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The outcomes of a task's members (members x outputs, NaN where unknown), and the members that failed."""

    values: Floats
    failed: tuple[tuple[int, MadangError], ...] = ()


@dataclass(frozen=True, eq=False)
class Job:
    """Everything that is the same for all members of a design."""

    model: Model
    pinned: Mapping[str, Pinned]
    chosen: Parameters
    design: Design
    seed: int
    limit_s: float | None = None
    batch: bool = field(init=False)

    def __post_init__(self) -> None:
        turned = [name for name in self.design.columns if "#" in name]
        if turned:
            known = lever_ids(self.pinned, self.model.spec)
            for name in turned:
                if name not in known:
                    raise ModelError("models.lever-unknown", name=name, known=", ".join(known))
        object.__setattr__(self, "batch", isinstance(self.model, BatchModel) and not turned)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The outcomes, in the order of the card."""
        return tuple(self.model.spec.outputs)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks, in the order of their numbers."""
        n, block = self.design.n, self.design.block
        if not self.batch:
            own = self.model.spec.stochastic
            seeds = [member_seed(self.seed, m) if own else self.seed for m in range(n)]
            return tuple(Task(np.array([m]), seed) for m, seed in enumerate(seeds))
        return tuple(
            Task(np.arange(first, min(first + CHUNK, n // block)) * block + place, _chunk_seed(self.seed, number))
            for number, first in enumerate(range(0, n // block, CHUNK))
            for place in range(block)
        )

    @cached_property
    def key(self) -> str:
        """The hash of everything that answers depend on, save points and streams."""
        base = cache_key(self.model.spec, self.pinned, self.chosen, seed=0, members=0)
        return job_key(base, self.design.columns, self.outputs, batch=self.batch)

    @cached_property
    def kept_under(self) -> str:
        """Where a journal keeps answers: the key and the model's code, whose version may not have been raised."""
        return sha256(f"{self.key}\x00{code_of(type(self.model).__module__)}".encode())

    def task_key(self, task: Task) -> bytes:
        """Under what the answer to a task is kept: equal keys mean equal answers."""
        points = np.ascontiguousarray(self.design.points[task.members] + 0.0, dtype="<f8")
        return hashlib.sha256(f"{self.key}\x00{task.seed}\x00".encode() + points.tobytes()).digest()

    def point(self, member: int) -> dict[str, float]:
        """The values of a member's columns."""
        return dict(zip(self.design.columns, map(float, self.design.points[member]), strict=True))


class Answerer:
    """Answers the tasks of one job; reads its inputs once."""

    def __init__(self, job: Job, *, cancelled: Callable[[], bool] = lambda: False) -> None:
        self.job, self._cancelled = job, cancelled
        spec = job.model.spec
        with models_own_code(spec.id):
            self._inputs = inputs_of(spec, with_levers(job.pinned, spec, job.chosen.levers))
        self._turned = {name: self._place(name) for name in job.design.columns if "#" in name}

    def answer(self, number: int) -> Answer:
        """The answer to a task; what a model raises becomes the failure of the members it concerns."""
        task = self.job.tasks[number]
        if not self.job.batch:
            return self._alone(int(task.members[0]), task.seed)
        try:
            return Answer(self._together(task.members, task.seed))
        except MadangError as error:
            if len(task.members) == 1:
                return self._failed(int(task.members[0]), error)
            return self._one_by_one(task)

    def _one_by_one(self, task: Task) -> Answer:
        """A chunk that failed as a whole, member by member, so that only those fail that can't be answered."""
        rows: list[Floats] = []
        failed: list[tuple[int, MadangError]] = []
        for member in map(int, task.members):
            try:
                rows.append(self._together(np.array([member]), member_seed(task.seed, member)))
            except MadangError as error:
                answer = self._failed(member, error)
                rows.append(answer.values)
                failed.extend(answer.failed)
        return Answer(np.concatenate(rows), tuple(failed))

    def _together(self, members: NDArray[np.int64], seed: int) -> Floats:
        job, spec = self.job, self.job.model.spec
        assert isinstance(job.model, BatchModel)
        given = {name: job.design.points[members, at] for at, name in enumerate(job.design.columns)}
        vectors: dict[str, Any] = {word: job.chosen.values[word] for word in spec.words}
        vectors |= {
            p.name: np.ascontiguousarray(given[p.name])
            if p.name in given
            else np.full(len(members), float(job.chosen.values[p.name]))
            for p in spec.params
        }
        with models_own_code(spec.id), self._context(seed) as ctx:
            ctx.check_cancelled()
            found = job.model.run_batch(self._inputs, vectors, ctx)
            self._check_outputs(found)
            columns = [np.broadcast_to(np.asarray(found[id], dtype=np.float64), members.shape) for id in job.outputs]
        return np.stack(columns, axis=1)

    def _alone(self, member: int, seed: int) -> Answer:
        job, spec = self.job, self.job.model.spec
        point = job.point(member)
        values = {**job.chosen.values, **{name: value for name, value in point.items() if "#" not in name}}
        try:
            with models_own_code(spec.id), self._context(seed) as ctx:
                ctx.check_cancelled()
                found = job.model.run(self._with_turned(point), values, ctx).indicators
                self._check_outputs(found)
                row = [np.nan if (v := found[id].value) is None else _number(spec.id, id, v) for id in job.outputs]
        except MadangError as error:
            return self._failed(member, error)
        return Answer(np.array([row]))

    def _failed(self, member: int, error: MadangError) -> Answer:
        return Answer(np.full((1, len(self.job.outputs)), np.nan), ((member, error),))

    def _context(self, seed: int) -> Context:
        job = self.job
        return Context(seed, cancelled=self._cancelled, limit_s=job.limit_s, central=job.chosen.values)

    def _check_outputs(self, found: Mapping[str, Any]) -> None:
        missing = [id for id in self.job.outputs if id not in found]
        if missing:
            raise ModelError("models.output-missing", model=self.job.model.spec.id, outputs=", ".join(missing))

    def _place(self, name: str) -> tuple[str, int, str]:
        id, _, attribute = name.rpartition("#")
        for port in self.job.model.spec.inputs:
            records = self._inputs.get(port.name)
            if port.lever == attribute and isinstance(records, Records) and id in records.ids:
                return port.name, records.ids.index(id), attribute
        raise ModelError("models.lever-unknown", name=name, known="")

    def _with_turned(self, point: Mapping[str, float]) -> Inputs:
        if not self._turned:
            return self._inputs
        rows: dict[str, list[Mapping[str, Any]]] = {}
        for name, (port, row, attribute) in self._turned.items():
            if port not in rows:
                rows[port] = list(_records(self._inputs[port]).rows)
            rows[port][row] = {**rows[port][row], attribute: point[name]}
        turned = {port: Records(_records(self._inputs[port]).ids, tuple(found)) for port, found in rows.items()}
        return {**self._inputs, **turned}


def job_key(run: str, columns: Sequence[str], outputs: Sequence[str], *, batch: bool) -> str:
    """The hash of everything that answers depend on, save points and streams; `run` is that of a single run."""
    return sha256(json_bytes({"run": run, "columns": list(columns), "outputs": list(outputs), "batch": batch}))


@lru_cache(maxsize=256)
def code_of(module: str) -> str:
    """The hash of a model's code: its module, or the folder it is in; '' where there is no file to read."""
    found = sys.modules.get(module)
    file = getattr(found, "__file__", None)
    if found is None or file is None:
        return ""
    path = Path(file)
    files = sorted(path.parent.glob("*.py")) if found.__package__ else [path]
    digest = hashlib.sha256()
    for one in files:
        with suppress(OSError):
            digest.update(one.name.encode() + b"\x00" + one.read_bytes())
    return digest.hexdigest()


def member_seed(seed: int, member: int) -> int:
    """The seed of a member's own streams, from the seed of the whole."""
    return _derived(f"{seed}\x00member\x00{member}")


def _chunk_seed(seed: int, number: int) -> int:
    return seed if number == 0 else _derived(f"{seed}\x00chunk\x00{number}")


def _derived(said: str) -> int:
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "little") >> 1


def _number(model: str, output: str, value: float) -> float:
    if not np.isfinite(value):
        raise ModelError("models.not-a-number", model=model, output=output, found=value)
    return float(value)


def _records(given: Input) -> Records:
    assert isinstance(given, Records)
    return given
