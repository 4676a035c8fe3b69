"""Citizens' suggestions (시민제안): from the day they come in to a task of the plan, or to a reasoned no.

    접수 received      as it came in
    검토 screening     somebody looks at it
    채택 accepted      it shall become an alternative
    안 alternative     a branch works it out
    상정 proposed      the branch is put up for decision
    과제 task          a task of the plan carries it
    불채택 declined    not followed, with the reason; may be taken up again
    통합 merged        the same as another one, which answers for it; may be taken apart again
    취하 withdrawn     taken back by who made it

Every act asks for a reason and leads along `TRANSITIONS`; from every state a way leads to an answer (`task`,
`declined`, `merged`, `withdrawn`), and what was answered with no may be taken up again. Nearly equal suggestions are
shown to a person (`civic.likeness`); nothing is joined by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from madang import clock
from madang.civic.deciding.likeness import alike_pairs, alike_to
from madang.civic.deciding.records import AUTHORITY, proposal_of
from madang.entities.entity import (
    Document,
    Instance,
    geo_property,
    property_,
    relationship,
    types_of,
    urn,
    value_of,
)
from madang.entities.geojson import check_geometry
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, ConflictError, ForbiddenError, NotFoundError, Pair, both
from madang.store import Store

State = Literal[
    "received", "screening", "accepted", "alternative", "proposed", "task", "declined", "merged", "withdrawn"
]
Act = Literal["screen", "accept", "work-out", "put-up", "carry", "return", "decline", "merge", "reopen", "withdraw"]

TRANSITIONS: Mapping[tuple[State, Act], State] = {
    ("received", "screen"): "screening",
    ("received", "merge"): "merged",
    ("received", "withdraw"): "withdrawn",
    ("screening", "accept"): "accepted",
    ("screening", "decline"): "declined",
    ("screening", "merge"): "merged",
    ("screening", "withdraw"): "withdrawn",
    ("accepted", "work-out"): "alternative",
    ("accepted", "decline"): "declined",
    ("accepted", "withdraw"): "withdrawn",
    ("alternative", "put-up"): "proposed",
    ("alternative", "decline"): "declined",
    ("alternative", "withdraw"): "withdrawn",
    ("proposed", "carry"): "task",
    ("proposed", "return"): "screening",
    ("proposed", "decline"): "declined",
    ("declined", "reopen"): "screening",
    ("merged", "reopen"): "screening",
}
ANSWERS: frozenset[State] = frozenset({"task", "declined", "merged", "withdrawn"})
STATES: tuple[State, ...] = (
    "received", "screening", "accepted", "alternative", "proposed", "task", "declined", "merged", "withdrawn"
)  # fmt: skip


@dataclass(frozen=True)
class SuggestionRow:
    """One suggestion as a list shows it, with the acts that are possible now and those it resembles."""

    document: Document
    acts: tuple[Act, ...]
    alike: tuple[tuple[str, float], ...]

    def as_json(self) -> dict[str, Any]:
        """The row as plain JSON values."""
        said = self.document
        names = ("title", "text", "state", "submittedBy", "submittedAt", "location", "channel", "branch", "screening",
                 "refProposal", "refTask", "refDong", "sameAs", "refProblem")  # fmt: skip
        return {
            "id": said["id"],
            **{name: value_of(said, name) for name in names},
            "stateLabel": label_of(value_of(said, "state")),
            "acts": [{"act": act, "label": both(f"procedure.suggestion-act-{act}")} for act in self.acts],
            "alike": [{"id": id, "likeness": measured} for id, measured in self.alike],
        }


def label_of(state: str) -> Pair:
    """What a state of a suggestion is called."""
    return both(f"procedure.suggestion-{state}")


def after(state: State, act: Act) -> State | None:
    """Where an act leads from a state, or None where it is not possible."""
    return TRANSITIONS.get((state, act))


def possible(state: State) -> tuple[Act, ...]:
    """The acts that are possible in a state."""
    return tuple(act for before, act in TRANSITIONS if before == state)


def suggest(
    store: Store,
    title: str,
    text: str,
    *,
    actor: str,
    location: Mapping[str, Any] | None = None,
    channel: str | None = None,
    dong: str | None = None,
    problem: str | None = None,
    author: str | None = None,
) -> SuggestionRow:
    """Take a suggestion in; the row says which earlier ones it resembles."""
    if not title.strip():
        raise CallerError("civic.title-missing")
    if not text.strip():
        raise CallerError("procedure.text-missing")
    for name, id in (("refDong", dong), ("refProblem", problem)):
        if id is not None and store.view().document(id) is None:
            raise NotFoundError("procedure.reference-unknown", field=name, id=id)
    made: Document = {
        "type": "Suggestion",
        "title": property_(title.strip()),
        "text": property_(text.strip()),
        "state": property_("received"),
        "submittedBy": property_(author or actor),
        "submittedAt": property_(clock.to_text(clock.now())),
    }
    if location is not None:
        made["location"] = geo_property(check_geometry(dict(location), place="location"))
    if channel is not None:
        made["channel"] = property_(channel)
    made |= {name: relationship(id) for name, id in (("refDong", dong), ("refProblem", problem)) if id is not None}
    others = all_suggestions(store)
    with store.transact(actor=actor, reason=title.strip(), act="suggest") as tx:
        number = len(others) + 1
        while tx.document(id := urn("Suggestion", AUTHORITY, str(number))) is not None:
            number += 1
        made = {"id": id, **made}
        tx.put(made)
    return _row(made, alike_to(_words(made), {one["id"]: _words(one) for one in others}))


def act(
    store: Store,
    suggestion_id: str,
    what: str,
    *,
    reason: str,
    actor: str,
    same_as: str | None = None,
    branch: str | None = None,
    proposal: str | None = None,
    task: str | None = None,
) -> Document:
    """Take one act on a suggestion; what an act needs (the branch, the task …) must be there."""
    if not reason.strip():
        raise CallerError("civic.reason-missing")
    suggestion = suggestion_of(store, suggestion_id)
    there = _required(suggestion, what)
    given = _of_act(store, suggestion, what, actor, same_as=same_as, branch=branch, proposal=proposal, task=task)
    with store.transact(actor=actor, reason=reason, act=f"suggestion-{what}") as tx:
        found = tx.document(suggestion["id"]) or suggestion
        _required(found, what)
        made = {
            **{name: said for name, said in found.items() if not (what == "reopen" and name == "sameAs")},
            "state": property_(there),
            "screening": property_(reason),
            "screenedBy": property_(actor),
            **given,
        }
        tx.put(made)
    return made


def all_suggestions(store: Store) -> list[Document]:
    """All suggestions, in the order in which they came in."""
    found = store.view().documents(Query(types=parse_types("Suggestion")))
    return sorted(found, key=lambda one: (value_of(one, "submittedAt") or "", one["id"]))


def suggestion_of(store: Store, suggestion_id: str) -> Document:
    """One suggestion by its id or its number."""
    found = store.view().document(
        suggestion_id if ":" in suggestion_id else urn("Suggestion", AUTHORITY, suggestion_id)
    )
    if found is None or found["type"] != "Suggestion":
        raise NotFoundError("procedure.suggestion-unknown", id=suggestion_id)
    return found


def rows(store: Store) -> list[SuggestionRow]:
    """All suggestions with what is possible now and which others they resemble."""
    found = all_suggestions(store)
    alike: dict[str, list[tuple[str, float]]] = {}
    for pair in alike_pairs({one["id"]: _words(one) for one in found}):
        alike.setdefault(pair.first, []).append((pair.second, pair.likeness))
        alike.setdefault(pair.second, []).append((pair.first, pair.likeness))
    return [_row(one, alike.get(one["id"], ())) for one in found]


def _row(document: Document, alike: Sequence[tuple[str, float]]) -> SuggestionRow:
    return SuggestionRow(document, possible(value_of(document, "state")), tuple(alike))


def _words(document: Document) -> str:
    said = [value_of(document, name) for name in ("title", "text")]
    return " ".join(str(next(iter(one.values()), "")) if isinstance(one, Mapping) else str(one or "") for one in said)


def _required(suggestion: Document, what: str) -> State:
    state: State = value_of(suggestion, "state") or "received"
    there = next((to for (before, act), to in TRANSITIONS.items() if before == state and act == what), None)
    if there is None:
        known = ", ".join(possible(state)) or "-"
        raise ConflictError(
            "procedure.suggestion-not-now", id=suggestion["id"], state=label_of(state), act=what, known=known
        )
    return there


def _of_act(
    store: Store,
    suggestion: Document,
    what: str,
    actor: str,
    *,
    same_as: str | None,
    branch: str | None,
    proposal: str | None,
    task: str | None,
) -> dict[str, Instance]:
    """What an act adds to the suggestion, checked."""
    if what == "merge":
        if same_as is None:
            raise CallerError("procedure.suggestion-needs", act=what, field="same_as")
        other = suggestion_of(store, same_as)
        if other["id"] == suggestion["id"] or value_of(other, "state") in ("merged", "withdrawn"):
            raise CallerError("procedure.suggestion-not-same", id=other["id"])
        return {"sameAs": relationship(other["id"])}
    if what == "work-out":
        if branch is None:
            raise CallerError("procedure.suggestion-needs", act=what, field="branch")
        return {"branch": property_(store.branch(branch).name)}
    if what == "put-up":
        found = proposal_of(store, proposal or str(value_of(suggestion, "branch")))
        return {"refProposal": relationship(found["id"])}
    if what == "carry":
        if task is None:
            raise CallerError("procedure.suggestion-needs", act=what, field="task")
        document = store.view().document(task)
        if document is None or "Task" not in types_of(document):
            raise NotFoundError("procedure.suggestion-task-unknown", id=task)
        return {"refTask": relationship(task)}
    if what == "withdraw" and value_of(suggestion, "submittedBy") != actor:
        by = value_of(suggestion, "submittedBy")
        raise ForbiddenError("procedure.not-its-author", id=suggestion["id"], by=by)
    return {}
