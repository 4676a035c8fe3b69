"""Answers of models for alternatives: recorded ones as they are, others computed and kept in memory by their key.

A key is the hash of everything an answer depends on, so a lever turned back finds its answer again, and the answer for
현행 is computed once for all that is held against it. Inputs are read once a transaction of the file. What a slow model
has not answered is not computed unless asked: whoever shows it says that it waits, and for what.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Generic, TypeVar

from madang.entities.query import Query, parse_types
from madang.errors import MadangError
from madang.indicators.address import Address
from madang.indicators.quantity import Quantity
from madang.lab.alternatives import Alternative, params_for
from madang.models import registry, runner
from madang.models.assumptions import Card, cards_of
from madang.models.base import BatchModel, Context, Floats, Label, Model
from madang.models.ensemble import Parameters, cache_key, compute, members_of, parameters, spread_over
from madang.models.inputs import Pinned, lever_ids, read_inputs, with_levers
from madang.models.records import run_id, short_id
from madang.store import Store

Value = TypeVar("Value")
KEPT_ANSWERS = 512
KEPT_INPUTS = 48


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What a model would be given on a branch: its inputs, the city's cards, and what can be turned on them."""

    pinned: Mapping[str, Pinned]
    cards: Mapping[str, Card]
    levers: tuple[str, ...]
    about: str


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A model asked for one alternative, before it is answered."""

    model: Model
    alternative: Alternative
    read: Read
    chosen: Parameters
    seed: int
    members: int
    key: str

    @property
    def run_id(self) -> str:
        """The id under which the runner records this question's run."""
        return run_id(self.key, self.alternative.branch)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a model said for one alternative; `run` and addresses only where it is recorded."""

    question: Question
    quantities: Mapping[str, Quantity]
    draws: Mapping[str, Floats]
    tables: Mapping[str, Any]
    notes: tuple[Label, ...]
    warnings: tuple[Label, ...]
    run: str | None

    def address(self, city: str, indicator: str) -> str | None:
        """Where a figure stands; None while its run is not recorded."""
        if self.run is None:
            return None
        return str(Address(city, f"run:{short_id(self.run)}", self.question.read.about, indicator))


class _Kept(Generic[Value]):
    """The values used last, by key."""

    def __init__(self, most: int) -> None:
        self._most, self._found, self._lock = most, OrderedDict[Any, Value](), Lock()

    def of(self, key: Any, make: Callable[[], Value]) -> Value:
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        made = make()
        with self._lock:
            self._found[key] = made
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return made


_ANSWERS: _Kept[Answer] = _Kept(KEPT_ANSWERS)
_INPUTS: _Kept[Read] = _Kept(KEPT_INPUTS)


def read(store: Store, model: Model, branch: str) -> Read:
    """What a model would be given on a branch as it is now."""
    view = store.view(branch)

    def make() -> Read:
        pinned = read_inputs(view, model.spec, store.blob)
        cities = sorted(view.ids(Query(types=parse_types("City"))))
        return Read(
            pinned, cards_of(view, model.spec), tuple(lever_ids(pinned, model.spec)), cities[0] if cities else ""
        )

    return _INPUTS.of((str(store.path), store.city.uuid, branch, view.tx, id(model)), make)


def ask(
    store: Store,
    model_id: str,
    alternative: Alternative,
    *,
    seed: int = 0,
    members: int | None = None,
    also: Mapping[str, float] | None = None,
) -> Question:
    """The question of a model for an alternative; `also` turns more, `members` 0 asks for the central answer alone."""
    model = registry.model(model_id)
    given = read(store, model, alternative.branch)
    levers = {**alternative.levers, **(also or {})}
    chosen = parameters(model.spec, params_for(model.spec, levers, given.levers), given.cards)
    n = members_of(model) if members is None else members
    key = cache_key(model.spec, given.pinned, chosen, seed=seed, members=n)
    return Question(model, alternative, given, chosen, seed, n, key)


def recorded(store: Store, question: Question) -> Answer | None:
    """The answer of a run that was recorded for the question, or None; computes nothing."""
    doc = store.view(question.alternative.branch).document(question.run_id)
    if doc is None:
        return None
    run = runner.run_of(store, doc)
    return Answer(
        question,
        {one.id: one.quantity for one in run.indicators},
        run.draws,
        run.tables,
        tuple(run.notes),
        tuple(run.warnings),
        run.id,
    )


def computed(question: Question, *, progress: Callable[[float, str], None] | None = None) -> Answer:
    """The answer, computed now or before; nothing is recorded."""

    def make() -> Answer:
        spec = question.model.spec
        done = compute(
            question.model,
            with_levers(question.read.pinned, spec, question.chosen.levers),
            question.chosen,
            seed=question.seed,
            members=question.members,
            progress=progress,
        )
        said = done.result
        return Answer(
            question,
            {id: Quantity(**stored) for id, stored in said["indicators"].items()},
            done.draws,
            said["tables"],
            tuple(said["notes"]),
            tuple(said["warnings"]),
            None,
        )

    found = _ANSWERS.of((question.key, question.seed, question.members), make)
    return replace(found, question=question)  # equal keys of two branches are one answer


def answer(store: Store, question: Question, *, slow: bool = False) -> Answer | None:
    """The recorded answer, else one computed now where the model is quick or `slow` allows it; else None."""
    found = recorded(store, question)
    if found is not None:
        return found
    return computed(question) if slow or question.model.spec.quick else None


def chosen_models(store: Store, alternatives: tuple[Alternative, ...], seed: int) -> list[str]:
    """The models with something to be about whose inputs differ; where none do, all that can run on one of them."""
    able, differ = [], []
    for id in registry.models():
        if not any(runner.has_subject(store, id, branch=one.branch) for one in alternatives):
            continue
        keys = set()
        for one in alternatives:
            try:
                keys.add(ask(store, id, one, seed=seed).key)
            except MadangError:
                keys.add("")  # it can't run there: that too is a difference
        if keys == {""}:
            continue
        able.append(id)
        if len(keys) > 1:
            differ.append(id)
    return differ or able


def uncertain_columns(question: Question) -> dict[str, Floats]:
    """What the members of an answer's ensemble had drawn, by parameter: the same numbers by the same streams."""
    if not question.members or not isinstance(question.model, BatchModel):
        return {}
    ctx, chosen = Context(question.seed), question.chosen
    return {
        p.name: spread_over(p, chosen.cards.get(p.name), ctx.stratified(f"param:{p.name}", question.members))
        for p in question.model.spec.params
        if p.role == "uncertainty" and p.name not in chosen.given
    }
