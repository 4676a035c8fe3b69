"""The promise ledger: promised numbers and their scores, as the pages ask for them.

    GET  /api/cities/{tenant}/promises                 the wall of promises; `at` names another day
    GET  /api/cities/{tenant}/promises/{id}
    POST /api/cities/{tenant}/promises                 {indicator | value, unit, due, owner, reason, …}: on a branch
    POST /api/cities/{tenant}/promises/{id}/outcome    {value | reads, period, evidence | link, reason}
    POST /api/cities/{tenant}/promises/score           {promise?, params?, reason}
    GET  /api/cities/{tenant}/calibration
    GET  /api/cities/{tenant}/stale-figures
    POST /api/cities/{tenant}/stale-figures            {paragraph, reason}: accept its present numbers, on a branch

Evidence over the wire is an id, an address or a link; no path of the server's own disk is ever read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang import clock
from madang.errors import CallerError
from madang.plan.calibration import LEAST, SOURCE
from madang.web.api.door import Asked, Door, Table
from madang.web.api.figures import name_of

_PROMISE = frozenset(
    {"indicator", "title", "kind", "against", "value", "unit", "better", "measured_by", "task", "goal", "plan", "id"}
    | {"due", "owner", "reason"}
)
_OUTCOME = frozenset({"value", "reads", "period", "evidence", "link", "reason"})
_SCORE = frozenset({"promise", "params", "reason"})


def routes(door: Door) -> Table:
    """The paths of this room."""
    base = "/api/cities/{tenant}"
    return [
        ("GET", f"{base}/promises", door.reads(_wall, parameters=("at",))),
        ("POST", f"{base}/promises", door.writes(_promise, role="propose")),
        ("POST", f"{base}/promises/score", door.writes(_score, role="decide")),
        ("GET", f"{base}/promises/{{id}}", door.reads(_one, parameters=("at",))),
        ("POST", f"{base}/promises/{{id}}/outcome", door.writes(_outcome, role="propose")),
        ("GET", f"{base}/calibration", door.reads(_calibration)),
        ("GET", f"{base}/stale-figures", door.reads(_stale)),
        ("POST", f"{base}/stale-figures", door.writes(_refresh, role="propose")),
    ]


def _wall(asked: Asked) -> Any:
    return asked.city.promise_ledger.list(asked.parameters.get("at")).as_json()


def _one(asked: Asked) -> Any:
    return asked.city.promise_ledger.one(asked.parts["id"], asked.parameters.get("at")).as_json()


def _promise(asked: Asked) -> Any:
    return asked.city.promise_ledger.promise(**_told(asked.body, _PROMISE, ("due", "owner")), by=asked.actor)


def _outcome(asked: Asked) -> Any:
    told = _told(asked.body, _OUTCOME, ())
    ledger = asked.city.promise_ledger
    made = ledger.record_outcome(asked.parts["id"], **told, by=asked.actor)
    return {"outcome": made["id"], "promise": ledger.one(asked.parts["id"]).as_json()}


def _score(asked: Asked) -> Any:
    told = _told(asked.body, _SCORE, ())
    params = told.get("params")
    if params is not None and not isinstance(params, Mapping):
        raise CallerError("plan.field-wrong", field="params", wanted='{"realisation": 0.6}')
    return asked.city.promise_ledger.score(**told, by=asked.actor).as_json()


def _calibration(asked: Asked) -> Any:
    rows = [one.as_json() for one in asked.city.promise_ledger.calibration()]
    return {"rows": rows, "least": LEAST, "source": SOURCE}


def _stale(asked: Asked) -> Any:
    found = asked.city.promise_ledger.stale_figures()
    sections = list(dict.fromkeys(one.section for one in found))
    view = asked.city.store.view(asked.city.branch_name)
    documents = {one: view.document(one) for one in sections if one is not None}
    titles = {id: name_of(document) for id, document in documents.items() if document is not None}
    return {
        "branch": asked.city.branch_name,
        "sections": sections,
        "titles": titles,
        "figures": [one.as_json() for one in found],
    }


def _refresh(asked: Asked) -> Any:
    told = _told(asked.body, frozenset({"paragraph", "reason"}), ("paragraph",))
    done = asked.city.promise_ledger.refresh(told["paragraph"], reason=told["reason"], by=asked.actor)
    return {"transaction": done.number, "branch": done.branch, "at": clock.to_text(done.at)}


def _told(body: Mapping[str, Any], known: frozenset[str], needed: tuple[str, ...]) -> dict[str, Any]:
    """The fields of a body: known ones only, words where words belong, and nothing that is needed left out."""
    for field in body:
        if field not in known:
            raise CallerError("plan.field-unknown", field=field, known=", ".join(sorted(known)))
    told = {name: value for name, value in body.items() if value is not None}
    for field in (*needed, "reason"):
        if field not in told:
            raise CallerError("plan.field-missing", field=field)
    for field, value in told.items():
        several = field == "evidence" and isinstance(value, list) and all(isinstance(one, str) for one in value)
        labels = field == "title" and isinstance(value, dict)
        if field not in ("value", "params") and not isinstance(value, str) and not (several or labels):
            raise CallerError("plan.field-wrong", field=field, wanted="text")
    return told
