"""The door to runs by the thousand: `city.experiments`.

    city.branch("plan").experiments.run("economy", n=10_000)
    city.experiments.all()
    city.experiments.sensitivity(id, "economy.value-added-city")

A question that was answered is answered from its record. One that was interrupted goes on from the journal; until it is
finished nothing of it stands in the city.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from madang.entities.entity import value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError
from madang.models import registry
from madang.models.assumptions import cards_of
from madang.models.base import Model
from madang.models.ensemble import Parameters, parameters
from madang.models.inputs import read_inputs
from madang.models.many.answering import Job
from madang.models.many.design import Design, Range, given, read_points, sample
from madang.models.many.experiments import LIMIT_S, Progress, evaluate, key_of_design
from madang.models.many.journal import Journal
from madang.models.many.recorded import Ensemble, ensemble_of, record, units_of
from madang.models.many.sensitivity import Indices, sensitivity
from madang.models.records import all_ensembles, ensemble_id, find_ensemble
from madang.store import Seat

_asking: dict[str, _Turn] = {}
_lock = threading.Lock()


class Experimenting:
    """Ensembles on one branch of a city."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    def run(
        self,
        model: str,
        *,
        n: int = 1000,
        method: str = "lhs",
        over: Sequence[str] | None = None,
        ranges: Mapping[str, Range] | None = None,
        points: str | Path | Mapping[str, Sequence[float]] | None = None,
        params: Mapping[str, Any] | None = None,
        seed: int = 0,
        by: str | None = None,
        executor: str = "local",
        workers: int | None = None,
        limit_s: float | None = LIMIT_S,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        journal: Journal | None = None,
    ) -> Ensemble:
        """An ensemble of a model on this branch, recorded; the same question again is answered from its record.

        `points` are somebody's own (a table, CSV or Parquet) in place of n and method; `params` stand for all members.
        """
        store, branch = self._seat.for_writing(), self._seat.branch_name
        found = registry.model(model)
        view = store.view(branch)
        pinned = read_inputs(view, found.spec, store.blob)
        design, chosen = self._design(found, n, method, over, ranges, points, params, seed)
        job = Job(found, pinned, chosen, design, seed, limit_s)
        id = ensemble_id(key_of_design(job), branch)
        with _one_at_a_time(f"{store.city.uuid} {id}"):
            if (doc := store.view(branch).document(id)) is not None:
                return ensemble_of(store, doc)
            done = evaluate(
                found,
                pinned,
                design,
                chosen=chosen,
                seed=seed,
                executor=executor,
                workers=workers,
                limit_s=limit_s,
                progress=progress,
                cancelled=cancelled,
                journal=journal or Journal.of_user(),
            )
            cities = sorted(view.ids(Query(types=parse_types("City"))))
            doc = record(
                store,
                done,
                spec=found.spec,
                pinned=pinned,
                chosen=chosen,
                branch=branch,
                about=cities[0] if cities else id,
                units=units_of(job),
                batch=job.batch,
                actor=self._seat.actor(by),
            )
        return ensemble_of(store, doc, cached=False)

    def design(
        self,
        model: str,
        *,
        n: int = 1000,
        method: str = "lhs",
        over: Sequence[str] | None = None,
        ranges: Mapping[str, Range] | None = None,
        seed: int = 0,
    ) -> Design:
        """The design that `run` would use, with this branch's assumption cards; computes and records nothing."""
        return self._design(registry.model(model), n, method, over, ranges, None, None, seed)[0]

    def all(self) -> list[Ensemble]:
        """The ensembles of this branch, by model and id."""
        store = self._seat.store
        docs = [doc for doc in all_ensembles(store) if value_of(doc, "branch") == self._seat.branch_name]
        return sorted((ensemble_of(store, doc) for doc in docs), key=lambda one: (one.model, one.id))

    def ensemble(self, id: str) -> Ensemble:
        """One ensemble of the file, by its id or the beginning of its short id (at least 8)."""
        return ensemble_of(self._seat.store, find_ensemble(self._seat.store, id))

    def sensitivity(self, id: str, indicator: str) -> Indices:
        """Which columns of an ensemble move one of its outcomes."""
        return sensitivity(self.ensemble(id).experiments, indicator)

    def _design(
        self,
        model: Model,
        n: int,
        method: str,
        over: Sequence[str] | None,
        ranges: Mapping[str, Range] | None,
        points: str | Path | Mapping[str, Sequence[float]] | None,
        params: Mapping[str, Any] | None,
        seed: int,
    ) -> tuple[Design, Parameters]:
        spec, fixed = model.spec, dict(params or {})
        cards = cards_of(self._seat.store.view(self._seat.branch_name), spec)
        chosen = parameters(spec, fixed, cards)
        if points is not None:
            table = read_points(Path(points)) if isinstance(points, str | Path) else points
            design = given(spec, table, seed=seed, cards=cards)
        else:
            if over is None:
                free = [p.name for p in spec.params if p.role == "uncertainty" and p.name not in fixed]
                over = [*free, *(name for name in ranges or {} if name not in free)]
            design = sample(spec, n, method=method, over=over, ranges=ranges, seed=seed, cards=cards)
        for name in design.columns:
            if name in fixed:
                raise CallerError("many.column-fixed", name=name)
        return design, chosen


@contextmanager
def _one_at_a_time(question: str) -> Iterator[None]:
    """Two who ask the same at once: the second waits, and finds the record of the first."""
    with _lock:
        _asking[question] = turn = _asking.get(question) or _Turn()
        turn.wanted += 1
    try:
        with turn.lock:
            yield
    finally:
        with _lock:
            turn.wanted -= 1
            if not turn.wanted:
                del _asking[question]


class _Turn:
    def __init__(self) -> None:
        self.lock, self.wanted = threading.Lock(), 0
