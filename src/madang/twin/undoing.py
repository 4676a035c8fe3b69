"""Undo and redo of what was drawn on a branch, worked out from its log alone: after a reload, and for everybody.

An act is a transaction with the fact `drawing`. Undoing is reverting it, doing it again is reverting that; both are
transactions of their own, so nothing is lost and the log says who did what. A new act forgets what could be done again,
as everywhere. An act that others have built upon since is not undone: who and when is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from madang import clock
from madang.entities.entity import Document, attributes
from madang.errors import CallerError, ConflictError, Language, both, sentence
from madang.store import Store, Transaction
from madang.twin.drawing import MAIN, Drawn, check_branch

CREATING = ("place", "add-road", "zone")


@dataclass(frozen=True)
class Act:
    """One act of drawing, as the log tells it; `reverted_by` is the transaction that undid it last."""

    transaction: int
    act: str
    ids: tuple[str, ...]
    at: datetime
    actor: str
    reason: str
    reverted_by: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The act as plain JSON."""
        return {
            "transaction": self.transaction,
            "act": self.act,
            "ids": list(self.ids),
            "at": clock.to_text(self.at),
            "actor": self.actor,
            "reason": self.reason,
            "undone": self.reverted_by is not None,
        }


@dataclass(frozen=True)
class History:
    """The acts of a branch, oldest first, and those that can be done again, the next one last."""

    acts: tuple[Act, ...] = ()
    again: tuple[int, ...] = ()

    @property
    def undoes(self) -> Act | None:
        """The act that undo would undo."""
        return next((one for one in reversed(self.acts) if one.reverted_by is None), None)

    @property
    def redoes(self) -> Act | None:
        """The act that redo would do again."""
        return next((one for one in self.acts if self.again and one.transaction == self.again[-1]), None)

    def as_json(self) -> dict[str, Any]:
        """The history as plain JSON, newest first."""
        return {
            "acts": [one.as_json() for one in reversed(self.acts)],
            "canUndo": self.undoes is not None,
            "canRedo": self.redoes is not None,
            "note": both("drawing.note"),
        }


def history(store: Store, branch: str) -> History:
    """What was drawn on a branch."""
    if branch == MAIN:
        return History()
    acts: dict[int, Act] = {}
    again: list[int] = []
    stands: dict[int, tuple[int, bool]] = {}  # a revert's number -> the act it is about, whether it undoes it
    for one in reversed(store.log(branch=branch)):
        drawing = one.facts.get("drawing")
        if one.kind == "revert":
            about, undoes = stands.get(int(one.facts["reverted"]), (int(one.facts["reverted"]), False))
            if about not in acts:
                continue
            stands[one.number] = (about, not undoes)
            acts[about] = replace(acts[about], reverted_by=None if undoes else one.number)
            again = [number for number in again if number != about] + ([] if undoes else [about])
        elif isinstance(drawing, dict):
            acts[one.number] = _act(one, drawing)
            again.clear()
    return History(tuple(acts.values()), tuple(again))


def undo(store: Store, branch: str, *, actor: str, language: Language = "ko") -> tuple[Drawn, int]:
    """Undo the newest act that stands; gives what was done and the number of the act undone."""
    check_branch(branch)
    found = history(store, branch).undoes
    if found is None:
        raise ConflictError("drawing.nothing-to-undo", branch=branch)
    if found.act in CREATING:
        _check_nobody_refers(store, branch, found)
    return _revert(store, branch, found, found.transaction, "undo", actor=actor, language=language), found.transaction


def redo(store: Store, branch: str, *, actor: str, language: Language = "ko") -> tuple[Drawn, int]:
    """Do the act that was undone last again; gives what was done and the number of that act."""
    check_branch(branch)
    found = history(store, branch).redoes
    if found is None or found.reverted_by is None:
        raise ConflictError("drawing.nothing-to-redo", branch=branch)
    return _revert(store, branch, found, found.reverted_by, "redo", actor=actor, language=language), found.transaction


def _act(one: Transaction, drawing: Mapping[str, Any]) -> Act:
    return Act(one.number, str(drawing["act"]), tuple(drawing["ids"]), one.at, one.actor, one.reason)


def _revert(store: Store, branch: str, act: Act, number: int, how: str, *, actor: str, language: Language) -> Drawn:
    def mark(tx: Any) -> None:
        tx.facts["drawing"] = {"act": how, "of": act.transaction, "ids": list(act.ids)}

    reason = sentence(f"drawing.reason-{how}", language, reason=act.reason)
    try:
        made = store.revert(number, actor=actor, reason=reason, also=mark)
    except ConflictError as wrong:
        if wrong.code != "store.revert-conflict":
            raise
        raise _built_upon(store, branch, act, str(wrong.facts["id"])) from wrong
    except CallerError as wrong:
        if wrong.code != "store.undone-already":
            raise
        raise ConflictError(f"drawing.{how}-meanwhile", transaction=act.transaction, reason=act.reason) from wrong
    return Drawn(made.number, act.act, act.ids)


def _check_nobody_refers(store: Store, branch: str, act: Act) -> None:
    """Refuse to take away what something else on the branch refers to by now."""
    view, own = store.view(branch), set(act.ids)
    for change in store.diff(branch, against="base"):
        if change.id in own or change.kind == "removed":
            continue
        document = view.document(change.id)
        if document is not None and own & _named(document):
            raise _built_upon(store, branch, act, change.id)


def _named(document: Document) -> set[str]:
    """Every entity that a document refers to."""
    found: set[str] = set()
    for _, _, instance in attributes(document):
        objects = instance.get("object", ())
        found |= {objects} if isinstance(objects, str) else set(objects)
    return found


def _built_upon(store: Store, branch: str, act: Act, id: str) -> ConflictError:
    last: Transaction = store.log(branch=branch, entity=id, limit=1)[0]
    return ConflictError(
        "drawing.built-upon", transaction=act.transaction, id=id, actor=last.actor, at=clock.to_text(last.at),
        since=last.number, reason=last.reason,
    )  # fmt: skip
