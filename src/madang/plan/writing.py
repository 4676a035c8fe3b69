"""Parts of a plan from plain values, and the look at what they would make before anything is written.

A part is given in plain words and numbers and read as any entity is. Before it is written, the plan is put together
with it in place: a reference that leads nowhere, an order key that is taken, a circle of tasks, a part of no plan are
refused, so that a branch can be incomplete but not broken. What was wrong before is nobody's fault now and stays a
finding of the check.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from madang.entities.context import city_context
from madang.entities.entity import KINDS, Document, check_entity, urn
from madang.entities.representation import from_simplified, normalize
from madang.entities.vocabulary import type_info
from madang.errors import CallerError, ConflictError, DataError, NotFoundError
from madang.plan.dependencies import refuse_circle
from madang.plan.findings import Finding, findings
from madang.plan.parts import number_of, ref_of, refs_of
from madang.plan.tree import TYPES, Shelf, plan_tree, type_of
from madang.rules.items import RequiredItem

_TEXTS = ("title", "description", "text", "vision", "name")
_WITHIN = (
    "refPlan", "refSection", "refParent", "refGoal", "refStrategy", "refTask", "refService", "dependsOn", "precedes",
)  # fmt: skip


def part(kind: str, id: str, values: Mapping[str, Any]) -> Document:
    """One part of a plan from plain values; a text in one language stands for itself, None is left out."""
    if kind not in TYPES:
        raise CallerError("plans.no-such-part", kind=kind, known=", ".join(TYPES))
    given: dict[str, Any] = {"id": id, "type": kind}
    told: dict[str, Any] = {}  # values given as attribute instances, with a unit or a status of their own
    for name, value in values.items():
        if value is None:
            continue
        if name in _TEXTS:
            value = {"languageMap": {"ko": value} if isinstance(value, str) else dict(value)}
        known = type_info(kind).attributes.get(name)
        if known is not None and known.kind == "JsonProperty":
            value = {"json": value}
        (told if _is_instance(value) else given)[name] = value
    made = city_context().to_stored({**from_simplified(given), **normalize(told)})
    for name, value in made.items():
        known = type_info(kind).attributes.get(name)
        if isinstance(value, dict) and known is not None and known.unit is not None and value.get("type") == "Property":
            value.setdefault("unitCode", known.unit)
    return check_entity(made)


def _is_instance(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("type") in KINDS


def new_plan(plan: Document, required: Iterable[RequiredItem], *, city: str) -> list[Document]:
    """A plan with one empty section for each item that applies, in the order of the law."""
    code = plan["id"].rpartition(":")[2]
    sections = [
        part(
            "Section",
            urn("Section", city, f"{code}-{item.id}"),
            {"title": dict(item.label), "order": order, "refPlan": plan["id"], "implements": [item.id]},
        )
        for order, item in enumerate((one for one in required if one.applies), 1)
    ]
    return [plan, *sections]


def refuse_broken(before: Shelf, documents: Sequence[Document], removed: Iterable[str] = ()) -> None:
    """Raise where writing these documents would break a plan; says which part, and what is wrong with it."""
    gone = set(removed)
    kept = {id: one for id, one in before.documents.items() if id not in gone}
    after = Shelf({**kept, **{one["id"]: one for one in documents}})
    for document in documents:
        for name in _WITHIN:
            for target in refs_of(document, name):
                if target not in after.documents:
                    known = _known(after, target)
                    raise NotFoundError("plans.part-unknown", id=document["id"], target=target, known=known)
        if type_of(document) != "Plan" and after.plan_of[document["id"]] is None and _must_belong(document):
            raise DataError("plans.of-no-plan", id=document["id"], kind=type_of(document))
    plans = {after.plan_of[one["id"]] for one in documents} | {before.plan_of.get(id) for id in gone}
    for plan in sorted(id for id in plans if id is not None and id in after.documents):
        tree = plan_tree(after, plan)
        refuse_circle(tree.tasks)
        known_before = _wrong(before, plan) if plan in before.documents else {}
        for key, finding in _wrong(after, plan).items():
            if key not in known_before:
                code = "plans.order-taken" if finding.code == "order-twice" else "plans.not-written"
                raise ConflictError(code, id=finding.entity, what=finding.label)


def _wrong(shelf: Shelf, plan: str) -> dict[tuple[str, str, str], Finding]:
    """What is wrong with a plan, by what is said of which entity."""
    found = (one for one in findings(plan_tree(shelf, plan)) if one.weight == "wrong")
    return {(one.code, one.entity, one.label["ko"]): one for one in found}


def _must_belong(document: Document) -> bool:
    return type_of(document) not in ("Zone", "Milestone")


def refers_to(document: Document) -> set[str]:
    """The ids of other parts that a part belongs to or waits for."""
    return {target for name in _WITHIN for target in refs_of(document, name)}


def _known(shelf: Shelf, target: str) -> str:
    """Ids of the kind that was meant, a few of them."""
    kind = target.split(":")[2] if target.count(":") >= 3 else ""
    same = [id for id, one in shelf.documents.items() if type_of(one) == kind]
    return ", ".join(sorted(same)[:5]) or "-"


def next_order(shelf: Shelf, kind: str, name: str, parent: str) -> int:
    """The order key behind those of the same parent."""
    orders = [
        number_of(one, "order") or 0
        for one in shelf.documents.values()
        if type_of(one) == kind and ref_of(one, name) == parent
    ]
    return int(max(orders, default=0)) + 1
