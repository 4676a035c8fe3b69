"""How the tasks of a plan answer to upper plans and national programmes, where they do not, and where they clash.

An upper plan (`UpperPlan`) and what it asks (`UpperPlanItem`, with its clause) are found things and stand as records. A
task names the items it serves; one that serves none has to say that it is local only, else it is a gap. What an item
asks may be checked by machine (`constraint`):

    {"of": "plan", "attribute": "endYear", "relation": "at-least", "value": 2029}
    {"of": "task", "attribute": "endYear", "relation": "at-most", "value": 2030, "category": "cluster"}
    {"of": "target", "indicator": "charging-points", "attribute": "value", "relation": "at-least", "value": 500}

A constraint on tasks holds for those of its category, without one for those that align with the item. What is not
stated in the plan is no conflict, but unknown, and is told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from madang.entities.entity import Document, value_of
from madang.entities.query import Query, parse_types
from madang.entities.vocabulary import attribute_info
from madang.errors import both
from madang.indicators.quantity import format_value
from madang.plan.parts import Pair, number_of, pair_of, ref_of, refs_of, title_of, unit_of, whole_of, years_of
from madang.plan.tree import PlanTree
from madang.store import View

State = Literal["aligned", "local-only", "gap"]
RELATIONS = {"at-least": lambda found, asked: found >= asked, "at-most": lambda found, asked: found <= asked,
             "equals": lambda found, asked: found == asked}  # fmt: skip
_UPPER = Query(types=parse_types("UpperPlan,UpperPlanItem"))


@dataclass(frozen=True)
class UpperItem:
    """One thing an upper plan asks for, with its clause and the tasks of ours that serve it."""

    id: str
    title: Pair
    clause: Pair | None
    plan: str | None
    plan_title: Pair | None
    years: tuple[int | None, int | None]
    constraint: Mapping[str, Any] | None
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class TaskRow:
    """One task of ours: the items it serves, or that it is local only, or that nobody said."""

    task: str
    title: Pair
    state: State
    items: tuple[str, ...]


@dataclass(frozen=True)
class Clash:
    """One conflict with an upper plan: which item and clause, what of ours, in words; not `certain` if unstated."""

    item: str
    clause: Pair | None
    plan_title: Pair | None
    entity: str
    label: Pair
    certain: bool


@dataclass(frozen=True)
class Alignment:
    """The matrix of tasks against items, its gaps on both sides, and the conflicts."""

    tasks: tuple[TaskRow, ...]
    items: tuple[UpperItem, ...]
    conflicts: tuple[Clash, ...]
    unknown: tuple[tuple[str, str], ...]  # (task, what it names and nobody knows)

    @property
    def gaps(self) -> tuple[TaskRow, ...]:
        """Tasks that serve nothing and do not say that they are local only."""
        return tuple(row for row in self.tasks if row.state == "gap")

    @property
    def unserved(self) -> tuple[UpperItem, ...]:
        """Items that no task of ours serves."""
        return tuple(item for item in self.items if not item.tasks)

    def as_json(self) -> dict[str, Any]:
        """The matrix for a page or a machine."""
        return {
            "tasks": [
                {
                    "task": row.task,
                    "title": row.title,
                    "state": row.state,
                    "stateLabel": both(f"plans.alignment-{row.state}"),
                    "items": list(row.items),
                }
                for row in self.tasks
            ],
            "items": [
                {
                    "item": item.id,
                    "title": item.title,
                    "clause": item.clause,
                    "plan": item.plan,
                    "planTitle": item.plan_title,
                    "startYear": item.years[0],
                    "endYear": item.years[1],
                    "tasks": list(item.tasks),
                    "served": bool(item.tasks),
                }
                for item in self.items
            ],
            "gaps": [row.task for row in self.gaps],
            "unserved": [item.id for item in self.unserved],
            "conflicts": [
                {
                    "item": one.item,
                    "clause": one.clause,
                    "planTitle": one.plan_title,
                    "entity": one.entity,
                    "label": one.label,
                    "certain": one.certain,
                }
                for one in self.conflicts
            ],
            "unknown": [{"task": task, "item": item} for task, item in self.unknown],
        }


def upper_plans(view: View) -> list[Document]:
    """Every upper plan and item that the city keeps, by one query."""
    return view.documents(_UPPER)


def alignment(tree: PlanTree, upper: Sequence[Document]) -> Alignment:
    """The matrix of a plan's tasks against what upper plans ask."""
    plans = {one["id"]: one for one in upper if one["type"] == "UpperPlan"}
    found = {one["id"]: one for one in upper if one["type"] == "UpperPlanItem"}
    serving = tree.of(tree.tasks, "alignsWith")
    items = tuple(_item(one, plans, serving) for one in sorted(found.values(), key=lambda one: str(one["id"])))
    rows, unknown = [], []
    for task in tree.tasks:
        named = refs_of(task, "alignsWith")
        known = tuple(id for id in named if id in found)
        unknown += [(task["id"], id) for id in named if id not in found]
        local = value_of(task, "isLocalOnly") is True
        state: State = "aligned" if known else "local-only" if local else "gap"
        rows.append(TaskRow(task["id"], title_of(task), state, known))
    clashes = tuple(clash for item in items for clash in _clashes(item, tree))
    return Alignment(tuple(rows), items, clashes, tuple(unknown))


def _item(document: Document, plans: Mapping[str, Document], serving: Mapping[str, Sequence[Document]]) -> UpperItem:
    plan = plans.get(ref_of(document, "refUpperPlan") or "")
    asked = value_of(document, "constraint")
    return UpperItem(
        document["id"],
        title_of(document),
        pair_of(value_of(document, "clause")),
        plan["id"] if plan else None,
        title_of(plan) if plan else None,
        (whole_of(plan, "startYear"), whole_of(plan, "endYear")) if plan else (None, None),
        asked if isinstance(asked, dict) else None,
        tuple(task["id"] for task in serving.get(document["id"], ())),
    )


def _clashes(item: UpperItem, tree: PlanTree) -> Iterator[Clash]:
    last = item.years[1]
    for id in item.tasks:
        span = years_of(tree.by_id[id])
        if last is not None and span is not None and span[0] > last:
            facts = {"title": title_of(tree.by_id[id]), "plan": item.plan_title or item.title}
            yield _clash(item, id, both("plans.upper-over", first=span[0], last=last, **facts))
    if item.constraint is not None:
        yield from _constraint_clashes(item, item.constraint, tree)


def _constraint_clashes(item: UpperItem, asked: Mapping[str, Any], tree: PlanTree) -> Iterator[Clash]:
    attribute, relation, wanted = asked.get("attribute"), asked.get("relation"), asked.get("value")
    holds = RELATIONS.get(str(relation))
    if not isinstance(attribute, str) or holds is None or not isinstance(wanted, int | float):
        yield _clash(item, tree.id, both("plans.constraint-unreadable", item=item.title), certain=False)
        return
    for document in _asked_of(item, asked, tree):
        said = _number(document, attribute)
        unit = unit_of(document, attribute)
        facts: dict[str, Any] = {
            "title": title_of(document),
            "attribute": _label(attribute),
            "relation": both(f"plans.relation-{relation}"),
            "asked": _written(wanted, attribute, unit),
        }
        if said is None:
            yield _clash(item, document["id"], both("plans.upper-unstated", **facts), certain=False)
        elif not holds(said, wanted):
            found = _written(said, attribute, unit)
            yield _clash(item, document["id"], both("plans.upper-conflict", found=found, **facts))


def _asked_of(item: UpperItem, asked: Mapping[str, Any], tree: PlanTree) -> Sequence[Document]:
    """The parts of the plan that a constraint speaks of."""
    of = asked.get("of")
    if of == "plan":
        return (tree.plan,)
    if of == "target":
        return [one for one in tree.targets if value_of(one, "indicator") == asked.get("indicator")]
    category = asked.get("category")
    if category is not None:
        return [task for task in tree.tasks if value_of(task, "category") == category]
    return [tree.by_id[id] for id in item.tasks]


def _number(document: Document, attribute: str) -> float | int | None:
    """A number of a part; years also from its dates."""
    if attribute in ("startYear", "endYear"):
        span = years_of(document)
        return None if span is None else span[attribute == "endYear"]
    return number_of(document, attribute)


def _label(attribute: str) -> Pair:
    known = attribute_info(attribute)
    return dict(known.label) if known else {"ko": attribute, "en": attribute}


def _written(value: float, attribute: str, unit: str | None) -> Pair:
    if attribute.endswith("Year"):
        return {"ko": f"{value:.0f}년", "en": f"{value:.0f}"}
    return {"ko": format_value(value, unit or "1", "ko"), "en": format_value(value, unit or "1", "en")}


def _clash(item: UpperItem, entity: str, label: Pair, *, certain: bool = True) -> Clash:
    return Clash(item.id, item.clause, item.plan_title, entity, label, certain)
