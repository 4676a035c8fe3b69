"""What a proposal's page shows, in one answer: its diff, comparison and checks, its procedure, who did what when.

The diff is what adopting the branch changes on main, as far as both have the same until then, so it reads the same
before and after the merge. A comparison is made by the rooms that compare; whoever asks for the page hands in a
function for it. What a decision kept of the comparison goes before: it is what was decided on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from madang.civic.deciding.checks import checks_of
from madang.civic.deciding.procedure_page import procedure_view
from madang.civic.deciding.records import decisions_of, proposal_of
from madang.civic.deciding.states import LABELS, OPEN, possible
from madang.entities.entity import ENTITY_MEMBERS, MEMBER_OF_KIND, Document, Instance, ids_of, types_of, value_of
from madang.entities.vocabulary import attribute_info, type_info
from madang.entities.vocabulary.terms import TypeInfo
from madang.models.economy.shipped import sectors
from madang.store import EntityChange, Store, Transaction, View

# From the name of a branch to its comparison with main as JSON, or None where there is none.
Comparing = Callable[[str], Mapping[str, Any] | None]


def proposal_view(store: Store, proposal_id: str, *, comparing: Comparing | None = None) -> dict[str, Any]:
    """Everything a proposal's page shows; the comparison only where a function for it is given."""
    proposal = proposal_of(store, proposal_id)
    proposal_id = proposal["id"]
    branch = store.branch(value_of(proposal, "branch"))
    state = value_of(proposal, "state")
    decisions = decisions_of(store, proposal_id)
    kept = value_of(decisions[-1], "comparison") if decisions and state not in OPEN else None
    compared = comparing(branch.name) if kept is None and comparing is not None else None
    return {
        "proposal": {**_flat(proposal), "stateLabel": dict(LABELS[state]), "acts": possible(state)},
        "branch": {"name": branch.name, "title": dict(branch.title), "parent": branch.parent, "state": branch.state},
        "diff": diff_rows(store, branch.name, against="main"),
        "comparison": kept if kept is not None else compared,
        "checks": checks_of(store, proposal),
        "log": [_line(transaction) for transaction in _log(store, proposal_id, branch.name)],
        "decisions": [_flat(decision) for decision in decisions],
        "procedure": procedure_view(store, proposal_id),
    }


def diff_rows(store: Store, branch: str, *, against: str = "base") -> list[dict[str, Any]]:
    """변경 대비표: every changed entity and attribute, before and after, with their names in both languages."""
    found = store.branch(branch)
    at = None if found.merged_tx is None else found.merged_tx - 1  # what a merge took away still has its name then
    before = store.view((found.parent or "main") if against == "base" else against, at=at)
    after = store.view(branch)
    return [_row(change, before, after) for change in store.diff(branch, against=against)]


def _row(change: EntityChange, before: View, after: View) -> dict[str, Any]:
    document = (before if change.kind == "removed" else after).document(change.id)
    known = type_info(change.type)
    return {
        "id": change.id,
        "type": change.type,
        "label": dict(known.label),
        "name": _name(document),
        "kind": change.kind,
        "attributes": [
            {
                "attribute": one.attribute,
                "label": _label(known, one.attribute),
                "dataset_id": one.dataset_id,
                "before": _said(one.before),
                "after": _said(one.after),
                "unit": _unit(one.after) or _unit(one.before),
                "names": _names([one.before, one.after], before, after),
                "assumption": bool(isinstance(one.after, dict) and value_of(one.after, "assumption")),
            }
            for one in change.attributes
        ],
    }


def _names(instances: Sequence[Any], *views: View) -> dict[str, Any]:
    """What the ids and codes inside values are called: entities that a relationship names, sectors of a split."""
    found: dict[str, Any] = {}
    for instance in instances:
        if not isinstance(instance, dict):
            continue
        for id in ids_of(instance):
            document = next((doc for view in views if (doc := view.document(id)) is not None), None)
            if document is not None:
                found[id] = _name(document)
        if isinstance(split := instance.get("json"), dict):
            found |= {sector.code: dict(sector.label) for sector in sectors() if sector.code in split}
    return found


def _label(known: TypeInfo, attribute: str) -> dict[str, str] | None:
    """What an attribute is called: of this type, else anywhere; None where nobody named it."""
    found = known.attributes.get(attribute) or attribute_info(attribute)
    return dict(found.label) if found is not None else None


def _log(store: Store, proposal_id: str, branch: str) -> list[Transaction]:
    """The transactions of the branch and of the proposal, newest first."""
    found = {transaction.number: transaction for transaction in store.log(branch=branch)}
    found |= {transaction.number: transaction for transaction in store.log(entity=proposal_id)}
    return [found[number] for number in sorted(found, reverse=True)]


def _line(transaction: Transaction) -> dict[str, Any]:
    names = ("number", "branch", "at", "actor", "reason", "source", "kind", "changes", "hash", "previous")
    return {name: getattr(transaction, name) for name in names}


def _flat(document: Document) -> dict[str, Any]:
    """A record as its id and the bare values of its attributes."""
    return {"id": document["id"]} | {name: value_of(document, name) for name in document if name not in ENTITY_MEMBERS}


def _name(document: Document | None) -> Any:
    found = [value_of(document, name) for name in ("name", "title", "text")] if document is not None else []
    label = dict(type_info(types_of(document)[0]).label) if document is not None else None
    return next((name for name in found if name is not None), None) or label


def _said(instance: Instance | Any) -> Any:
    """What an attribute instance says; a member that is no attribute says itself."""
    if not isinstance(instance, dict):
        return instance
    member = MEMBER_OF_KIND.get(str(instance.get("type")))
    return instance.get(member) if member else instance


def _unit(instance: Any) -> str | None:
    return instance.get("unitCode") if isinstance(instance, dict) else None
