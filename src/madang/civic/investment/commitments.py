"""Commitments (이행과제): what one party of an agreement owes, by when, and how anybody can tell that it was done.

A commitment is *specified* when it has an owner, a due date, a measurable output and at least one measure; what is
missing is named, and a memorandum's bare sentence ("cooperate on talent") is shown with all that it lacks. A measure
has a name, a unit and a target; values reported for it are `Progress` records with their day and evidence.

How it stands on a day follows from its dates: *done* from the day for which there is evidence, else *late* after the
last day of the due period, *on time* until then, *undated* without a due date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.civic.investment import facts as f
from madang.entities.entity import (
    Document,
    Instance,
    instance_of,
    is_uri,
    json_property,
    property_,
    relationship,
    value_of,
)
from madang.entities.units import is_unit
from madang.errors import CallerError, NotFoundError, Pair
from madang.store import Store

NEEDED = ("owner", "due", "output", "measures")
_ATTRIBUTE = {"owner": "owner", "due": "due", "output": "measurableOutput", "measures": "measures"}
_BETTER = ("more", "less")


@dataclass(frozen=True)
class Measured:
    """One measure of a commitment: its target, and what was reported of it by a day."""

    name: Pair
    unit: str | None
    target: float | int
    better: str
    reported: f.Figure | None
    reached: bool | None

    def as_json(self) -> dict[str, Any]:
        """The measure for a page."""
        return {
            "name": self.name,
            "unit": self.unit,
            "target": self.target,
            "better": self.better,
            "reported": self.reported,
            "reached": self.reached,
        }


@dataclass(frozen=True)
class CommitmentState:
    """A commitment as it stands on a day; `days` counts to the end of the due period, negative when that is past."""

    id: str
    title: Pair
    agreement: str | None
    owners: tuple[str, ...]
    owner: Pair | None
    output: Pair | None
    due: str | None
    due_assumed: bool
    days: int | None
    done_on: str | None
    done_late: bool | None
    shown_by: str | None
    state: str
    measures: tuple[Measured, ...]
    missing: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The commitment for a page."""
        return {
            "id": self.id,
            "title": self.title,
            "agreement": self.agreement,
            "owners": list(self.owners),
            "owner": self.owner,
            "output": self.output,
            "due": self.due,
            "due_assumed": self.due_assumed,
            "days": self.days,
            "done_on": self.done_on,
            "done_late": self.done_late,
            "shown_by": self.shown_by,
            "state": self.state,
            "state_label": f.label(f"commitment-{self.state}"),
            "measures": [one.as_json() for one in self.measures],
            "missing": [{"what": what, "label": f.label(f"needs-{what}")} for what in self.missing],
        }


def state_of(
    store: Store, document: Document, *, as_of: date, reports: Sequence[Document] = (), branch: str = "main"
) -> CommitmentState:
    """How a commitment stands on a day; `reports` are the `Progress` records about it."""
    due = f.stated(value_of(document, "due"))
    done = f.stated(value_of(document, "doneOn"))
    is_done = f.has_evidence(document) and (done is None or f.phase(done, as_of) == "after")
    owners = value_of(document, "owner")
    output = value_of(document, "measurableOutput")
    known = f.in_force(reports, as_of)
    return CommitmentState(
        id=document["id"],
        title=f.name_of(document, document["id"]),
        agreement=value_of(document, "refAgreement"),
        owners=tuple([owners] if isinstance(owners, str) else owners or ()),
        owner=f.names_of(store, owners, branch=branch),
        output=f.name_of({"title": instance_of(document, "measurableOutput")}) if output else None,
        due=due.text if due else None,
        due_assumed=bool(value_of(instance_of(document, "due") or {}, "assumption")),
        days=(due.last - as_of).days if due and not is_done else None,
        done_on=done.text if is_done and done else None,
        done_late=done.first > due.last if is_done and done and due else None,
        shown_by=(value_of(document, "evidence") or value_of(document, "document")) if is_done else None,
        state="done" if is_done else "undated" if due is None else "late" if due.last < as_of else "on-time",
        measures=tuple(_measured(store, one, known) for one in value_of(document, "measures") or ()),
        missing=missing_of(document),
    )


def missing_of(document: Document) -> tuple[str, ...]:
    """What a commitment still lacks to be one that can be checked."""
    lacks = [what for what in NEEDED if not value_of(document, _ATTRIBUTE[what])]
    if "due" not in lacks and f.stated(value_of(document, "due")) is None:
        lacks.append("due")
    return tuple(lacks)


def _measured(store: Store, measure: Mapping[str, Any], reports: Sequence[Document]) -> Measured:
    mine = [one for one in reports if value_of(one, "measure") == measure["id"]]
    figure = f.figure(store, mine[-1], "value") if mine else None
    if figure is not None:
        figure["period"] = value_of(mine[-1], "date")
    reached = None
    if figure is not None:
        above = figure["value"] >= measure["target"] if measure["better"] == "more" else None
        reached = above if above is not None else figure["value"] <= measure["target"]
    return Measured(
        dict(measure["name"]), measure.get("unit"), measure["target"], measure["better"], figure, reached
    )  # fmt: skip


# --- what a commitment is given --------------------------------------------------------------------------------------


def specified(store: Store, *, branch: str = "main", **given: Any) -> dict[str, Instance]:
    """Owner, due date, output and measures as attributes, each checked; what is None is left out."""
    made: dict[str, Instance] = {}
    if given.get("owner"):
        made["owner"] = _owner(store, given["owner"], branch)
    if given.get("due"):
        made["due"] = property_(f.stated_period(given["due"]))
    if given.get("output"):
        made["measurableOutput"] = f.said(given["output"], field="output")
    if given.get("measures"):
        made["measures"] = json_property(checked_measures(given["measures"]))
    return made


def _owner(store: Store, owner: str | Sequence[str], branch: str) -> Instance:
    ids = [owner] if isinstance(owner, str) else list(owner)
    for id in ids:
        if not is_uri(id) or store.view(branch).document(id) is None:
            raise NotFoundError("investment.owner-unknown", id=id)
    return relationship(ids[0] if len(ids) == 1 else ids)


def checked_measures(given: Any) -> list[dict[str, Any]]:
    """Measures as they are stored: id, name, unit, target, and whether more or less is better."""
    if not isinstance(given, (list, tuple)):
        raise CallerError("investment.measure-wrong", found=str(given)[:80])
    made: list[dict[str, Any]] = []
    for one in given:
        target = one.get("target") if isinstance(one, Mapping) else None
        if not isinstance(one, Mapping) or isinstance(target, bool) or not isinstance(target, (int, float)):
            raise CallerError("investment.measure-wrong", found=str(one)[:80])
        unit, better = one.get("unit"), one.get("better", "more")
        if (unit is not None and not is_unit(unit)) or better not in _BETTER or not one.get("name"):
            raise CallerError("investment.measure-wrong", found=str(one)[:80])
        name = f.name_of({"title": f.said(one["name"], field="name")})
        made.append(
            {
                "id": str(one.get("id") or f"m{len(made) + 1}"),
                "name": name,
                "unit": unit,
                "target": target,
                "better": better,
            }
        )
    if len({one["id"] for one in made}) != len(made):
        raise CallerError("investment.measure-twice")
    return made


def measure_of(document: Document, measure: str) -> Mapping[str, Any]:
    """A measure of a commitment by its id or name; refused with those that there are."""
    known = value_of(document, "measures") or []
    for one in known:
        if measure == one["id"] or measure in one["name"].values():
            return dict(one)
    names = ", ".join(f"{one['id']} ({one['name']['ko']})" for one in known)
    raise NotFoundError("investment.measure-unknown", measure=measure, known=names or "-")
