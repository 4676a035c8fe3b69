"""What should be looked at before deciding: does the branch change something, have models run on it as it is now, does
it clash with main, what will adoption change on main that nothing else may.

A check is ok, a warning, or a failure (the branch can't be merged as it stands). None of them decides: what must hold
before an act stands in `gates`. Whoever decides sees the checks, and the decision keeps how they stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from madang import clock
from madang.civic.deciding import gates
from madang.civic.deciding.branch_contents import hash_of
from madang.civic.deciding.opinions import counts
from madang.civic.deciding.procedure_records import agenda_of
from madang.civic.words import Pair, said
from madang.entities.entity import Document, value_of
from madang.entities.vocabulary import is_planned, label_of
from madang.errors import MadangError, both
from madang.models import registry, runner
from madang.models.records import all_runs
from madang.store import EntityChange, Store

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Check:
    """One check: what it is, how it stands, and why, in both languages."""

    id: str
    label: Pair
    state: State
    detail: Pair


def checks_of(store: Store, proposal: Document) -> list[Check]:
    """All checks of a proposal, in the order in which a page shows them."""
    branch = value_of(proposal, "branch")
    if value_of(proposal, "state") == "adopted":
        return [_check("branch", "ok", "merged", transaction=value_of(proposal, "mergeTransaction"))]
    changes = store.diff(branch)
    return [
        _branch(branch, changes),
        _unchanged(store, proposal, changes),
        *_runs(store, branch),
        _conflicts(store, branch),
        _planned(changes),
        *_procedure(store, proposal),
    ]


def runs_of(store: Store, branch: str) -> list[Document]:
    """The recorded runs whose inputs are what the branch holds now, one a model at most."""
    view = store.view()
    found = [view.document(id) for id in _current(store, branch).values()]
    return [document for document in found if document is not None]


def _current(store: Store, branch: str) -> dict[str, str]:
    """The id of the run that stands for the branch as it is now, by model; models that can't run on it are left out."""
    found: dict[str, str] = {}
    for model_id in registry.models():
        try:
            run = runner.known_run(store, model_id, branch=branch)
        except MadangError:
            continue
        if run is not None:
            found[model_id] = run.id
    return found


def _branch(branch: str, changes: Sequence[EntityChange]) -> Check:
    if not changes:
        return _check("branch", "fail", "empty", branch=branch)
    return _check("branch", "ok", "changes", count=len(changes))


def _unchanged(store: Store, proposal: Document, changes: Sequence[EntityChange]) -> Check:
    if value_of(proposal, "branchState") == hash_of(changes):
        return _check("unchanged", "ok", "same")
    return _check("unchanged", "warn", "changed", at=clock.day_said(value_of(proposal, "submittedAt"), store.city.zone))


def _runs(store: Store, branch: str) -> list[Check]:
    """Have models run on this branch, and on what it holds now?"""
    once = {value_of(run, "model") for run in all_runs(store) if value_of(run, "branch") == branch}
    if not once:
        return [_check("runs", "warn", "none", branch=branch), _check("sources", "warn", "none")]
    current = set(_current(store, branch))
    old = sorted(once - current)
    fresh = _check("sources", "warn", "old", models=_titles(old)) if old else _check("sources", "ok", "fresh")
    return [_check("runs", "ok", "done", models=_titles(sorted(once))), fresh]


def _titles(model_ids: Sequence[str]) -> Pair:
    known = set(registry.models())
    titles = [registry.model(id).spec.title if id in known else {"ko": id, "en": id} for id in model_ids]
    return {language: ", ".join(title[language] for title in titles) for language in ("ko", "en")}


def _conflicts(store: Store, branch: str) -> Check:
    found = store.conflicts(branch)
    if not found:
        return _check("conflicts", "ok", "none")
    first = found[0]
    name = {language: label_of(first.attribute, language) for language in ("ko", "en")}
    return _check("conflicts", "fail", "some", count=len(found), entity=first.id, attribute=name)


def _planned(changes: Sequence[EntityChange]) -> Check:
    types = sorted({change.type for change in changes if is_planned(change.type)})
    if not types:
        return _check("planned", "ok", "none")
    names = {language: ", ".join(label_of(type, language) for type in types) for language in ("ko", "en")}
    return _check("planned", "ok", "some", count=sum(is_planned(c.type) for c in changes), types=names)


def _procedure(store: Store, proposal: Document) -> list[Check]:
    """What law asks for, whether the plan's check is of the branch as it is, and what committee and opinions say."""
    here = gates.standing(store, proposal)
    found = [_clauses(here)]
    if here.route.freshness is not None:
        state: State = "ok" if here.route.freshness == "fresh" else "warn"
        found.append(_said("plan-check", state, here.route.freshness))
    blocked = gates.obstacles(store, proposal, "adopt", found=here)
    if agenda_of(store, proposal["id"]):
        lost = [one for one in blocked if one.kind == "vote"]
        found.append(_said("vote", "fail" if lost else "ok", "open" if lost else "carried"))
    counted = counts(store, proposal)
    if counted["all"]:
        state = "fail" if counted["open"] else "ok"
        found.append(_said("opinions", state, "open" if counted["open"] else "disposed", **counted))
    return found


def _clauses(here: gates.Standing) -> Check:
    """How the steps before adoption stand; a plan that does not say of what kind it is, is named."""
    missing = here.before_adoption()
    if here.in_force is not None:
        return _check("clauses", "ok", "in-force", number=value_of(here.in_force, "documentNumber"))
    if missing:
        first = missing[0]
        return _check("clauses", "fail", "missing", count=len(missing), first=first.title, clause=first.clause)
    if here.route.undeclared:
        return _check("clauses", "warn", "undeclared", plans=", ".join(here.route.undeclared))
    if not here.verdicts:
        return _check("clauses", "ok", "none")
    if here.route.change == "minor":
        return _check("clauses", "ok", "minor", clause=here.verdicts[0].clause)
    return _check("clauses", "ok", "held")


def _said(id: str, state: State, detail: str, **facts: object) -> Check:
    return Check(id, both(f"procedure.check-{id}"), state, both(f"procedure.check-{id}-{detail}", **facts))


def _check(id: str, state: State, detail: str, **facts: object) -> Check:
    return Check(id, said(f"check-{id}"), state, said(f"check-{id}-{detail}", **facts))
