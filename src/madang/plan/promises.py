"""Promises by date: what someone said would come about, and whether it is due, overdue, undated or done.

The state is never stored: it follows from the promise and the civil date in the city's zone. A promise for 2028 may
still be kept on 31 December 2028 and is overdue from 1 January 2029; a month or a day is treated alike. A promise is
*done* when it carries evidence (a relationship to the record that shows it); a date alone proves nothing. So *overdue*
says that the date has passed and that this file holds no evidence, not that nothing was done. A date that was derived,
because the document says "next March" and not the year, stays marked as an assumption. An outcome, which has its own
evidence, for a period not before the due date makes a promise done as well. A promise that a later plan changed or took
back is ended: it stands among the others no more, and is not forgotten either (`ledger`).

Commitments of agreements are promises too: one list shows both.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from madang import clock
from madang.dates import Period, period
from madang.entities.entity import Document, instance_of, types_of, value_of
from madang.entities.query import Query, parse_types
from madang.errors import both
from madang.store import Store

State = Literal["overdue", "due", "undated", "done"]
Pair = dict[str, str]

TYPES = "Promise,Commitment"
_ORDER: dict[State, int] = {"overdue": 0, "due": 1, "undated": 2, "done": 3}


@dataclass(frozen=True)
class PromiseState:
    """A promise as it stands on a day; `days` counts to the last day of the due period, negative when it is past."""

    id: str
    title: Pair
    kind: str
    state: State
    owner: Pair | None
    owners: tuple[str, ...]
    due: str | None
    due_stated: Pair | None
    days: int | None
    assumption: bool
    basis: Pair | None
    done_on: str | None
    evidence: str | None
    announcement: str | None
    agreement: str | None
    amount: float | int | None
    note: Pair | None

    def as_json(self) -> dict[str, Any]:
        """The promise for a page or a machine."""
        return {
            "id": self.id,
            "title": self.title,
            "kind": self.kind,
            "state": self.state,
            "owner": self.owner,
            "owners": list(self.owners),
            "due": self.due,
            "due_stated": self.due_stated,
            "days": self.days,
            "assumption": self.assumption,
            "basis": self.basis,
            "done_on": self.done_on,
            "evidence": self.evidence,
            "announcement": self.announcement,
            "agreement": self.agreement,
            "amount": self.amount,
            "note": self.note,
        }


def promises(store: Store, today: date | None = None) -> list[PromiseState]:
    """Every promise and commitment of a city as it stands today in the city's zone, the most pressing first."""
    view = store.view()
    documents = [one for one in view.documents(Query(types=parse_types(TYPES))) if "endedBy" not in one]
    outcomes: dict[str, list[Document]] = {}
    for one in view.documents(Query(types=parse_types("Outcome"))):
        outcomes.setdefault(value_of(one, "refPromise"), []).append(one)
    shown = {one["id"] for one in documents if shows_the_end(one, outcomes.get(one["id"], ()))}

    def name_of(id: str) -> Pair | None:
        found = view.document(id)
        return None if found is None else _pair(value_of(found, "name") or value_of(found, "title"))

    return promise_states(documents, today=today or clock.today(store.city.zone), name_of=name_of, shown=shown)


def promise_states(
    documents: Iterable[Document],
    *,
    today: date,
    name_of: Callable[[str], Pair | None] = lambda id: None,
    shown: Container[str] = (),
) -> list[PromiseState]:
    """The promises on a day: overdue ones first, longest overdue leading, then by due date, undated, done.

    `shown` are those whose outcome shows that they came to their end.
    """
    found = [_promise(document, today, name_of, done=document["id"] in shown) for document in documents]
    return sorted(found, key=lambda p: (_ORDER[p.state], p.days is None, p.days or 0, p.id))


def state_of(document: Document, *, today: date) -> State:
    """Where one promise stands on a day."""
    if value_of(document, "evidence"):
        return "done"
    due = _period(value_of(document, "due"))
    if due is None:
        return "undated"
    return "overdue" if due.last < today else "due"


def shows_the_end(promise: Document, outcomes: Iterable[Document]) -> bool:
    """Whether one of these outcomes is for a period not before the due date, or of a promise without one."""
    due = _period(value_of(promise, "due"))
    periods = [_period(value_of(one, "period")) for one in outcomes]
    return any(one is not None and (due is None or one.last >= due.last) for one in periods)


def _period(due: Any) -> Period | None:
    """The period a due date names; a due that is no date ("soon") is none, and the promise counts as undated."""
    try:
        return period(str(due)) if due is not None else None
    except ValueError:
        return None


def _promise(
    document: Document, today: date, name_of: Callable[[str], Pair | None], *, done: bool = False
) -> PromiseState:
    due = instance_of(document, "due") or {}
    owner = value_of(document, "owner")
    owners = tuple(owner) if isinstance(owner, list) else (owner,) if owner else ()
    names = [name_of(id) or {"ko": id, "en": id} for id in owners]
    state: State = "done" if done else state_of(document, today=today)
    last = _period(due.get("value"))
    return PromiseState(
        id=document["id"],
        title=_pair(value_of(document, "title")) or {"ko": document["id"], "en": document["id"]},
        kind=value_of(document, "kind") or ("commitment" if "Commitment" in types_of(document) else "other"),
        state=state,
        owner={language: " · ".join(name[language] for name in names) for language in ("ko", "en")} if names else None,
        owners=owners,
        due=due.get("value"),
        due_stated=_pair(value_of(due, "stated")),
        days=(last.last - today).days if last and state != "done" else None,
        assumption=bool(value_of(due, "assumption")),
        basis=_pair(value_of(due, "basis")),
        done_on=value_of(document, "doneOn"),
        evidence=value_of(document, "evidence"),
        announcement=value_of(document, "refAnnouncement"),
        agreement=value_of(document, "refAgreement"),
        amount=value_of(document, "amount"),
        note=both("plan.promise-overdue") if state == "overdue" else None,
    )


def _pair(found: Any) -> Pair | None:
    """Both languages of a label; a label in one language, or plain text, stands for both."""
    if isinstance(found, dict):
        either = next(iter(found.values()), None)
        return {language: found.get(language, either) for language in ("ko", "en")} if either else None
    return {"ko": found, "en": found} if isinstance(found, str) else None
