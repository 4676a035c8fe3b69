"""What was promised and what came, gathered from the records of a city for calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.entities.entity import Document, value_of
from madang.entities.query import Query, parse_types
from madang.errors import both
from madang.models import registry
from madang.plan.calibration import Calibration, Held, calibrate
from madang.plan.outcomes import final, outcomes_by_promise
from madang.plan.promise_wall import latest
from madang.store import Store, View

Pair = Mapping[str, str]


def track_record(store: Store) -> list[Calibration]:
    """How good the promised numbers were, by model, by who stands for them, and by plan."""
    view = store.view()
    by_promise: dict[str, list[Document]] = {}
    for score in view.documents(Query(types=parse_types("Score"))):
        by_promise.setdefault(value_of(score, "refPromise"), []).append(score)
    outcomes = outcomes_by_promise(view)
    found = (_held(view, id, by_promise[id], outcomes.get(id, [])) for id in sorted(by_promise))
    held = [one for one in found if one is not None]
    return calibrate(held, _labels(view, held))


def _held(view: View, id: str, scores: list[Document], outcomes: list[Document]) -> Held | None:
    """A promise by its standing outcome and the latest score of it."""
    promise = view.document(id)
    last = final(promise, outcomes) if promise is not None else None
    if promise is None or last is None:
        return None
    score = latest(view, [one for one in scores if value_of(one, "refOutcome") == last["id"]])
    if score is None:
        return None
    band: Mapping[str, Any] = value_of(promise, "band") or {}
    owner = value_of(promise, "owner")
    return Held(
        promised=value_of(score, "promised"),
        actual=value_of(score, "actual"),
        low=band.get("p05"),
        high=band.get("p95"),
        verdict=value_of(score, "verdict"),
        model=str(value_of(promise, "indicator")).partition(".")[0] if value_of(promise, "refRun") else "no-run",
        owners=tuple(owner) if isinstance(owner, list) else (owner or "no-owner",),
        plan=value_of(promise, "refPlan") or "no-plan",
    )


def _labels(view: View, held: list[Held]) -> dict[str, Pair]:
    labels: dict[str, Pair] = {
        "all": both("plan.calibration-all"),
        "no-run": both("plan.no-run"),
        "no-owner": both("plan.no-owner"),
        "no-plan": both("plan.no-plan"),
    }
    for one in held:
        if one.model not in labels:
            labels[one.model] = _model_title(one.model)
        for id in (*one.owners, one.plan):
            doc = view.document(id) if id not in labels else None
            name = None if doc is None else value_of(doc, "name") or value_of(doc, "title")
            if name is not None:
                labels[id] = name if isinstance(name, Mapping) else {"ko": str(name), "en": str(name)}
    return labels


def _model_title(model: str) -> Pair:
    """What a model is called; one that is no longer there is called by its name."""
    return dict(registry.model(model).spec.title) if model in registry.models() else {"ko": model, "en": model}
