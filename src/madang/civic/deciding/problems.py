"""Urban problems (도시문제) that technology may solve: problem -> cause -> candidate service -> pilot -> result.

    open        named, with its place and owner
    analysed    its cause is known, a metric measures it from a baseline, and a value is said at which it is solved
    piloting    a candidate service is tried
    solved      the metric was measured, and the value is reached
    unsolved    the metric was measured, and it is not; may be taken up again

A problem without a metric can't be closed: nobody could say that it is solved. Whether it is, the measured value says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from madang.civic.deciding.procedure_records import day_of, today_of
from madang.civic.deciding.records import AUTHORITY
from madang.entities.entity import Document, Instance, language_property, property_, relationship, urn, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, ConflictError, NotFoundError
from madang.store import Store, Tx

Text = str | Mapping[str, str]

STATES = ("open", "analysed", "piloting", "solved", "unsolved")
_METRIC = ("indicator", "baseline", "baselineYear", "aim")


def raise_problem(
    store: Store, title: Text, text: Text, *, owner: str, reason: str, actor: str, slug: str | None = None
) -> Document:
    """Name a problem, with who looks after it."""
    _need(reason)
    if not owner.strip():
        raise CallerError("procedure.problem-without-owner")
    made: Document = {
        "type": "Problem",
        "title": _said(title),
        "text": _said(text),
        "owner": property_(owner.strip()),
        "state": property_("open"),
    }
    with store.transact(actor=actor, reason=reason, act="problem") as tx:
        number = len(all_problems(store)) + 1
        while tx.document(id := urn("Problem", AUTHORITY, slug or str(number))) is not None:
            if slug is not None:
                raise ConflictError("procedure.problem-there", id=id)
            number += 1
        made = {"id": id, **made}
        tx.put(made)
    return made


def analyse(
    store: Store,
    problem_id: str,
    *,
    cause: Text,
    reason: str,
    actor: str,
    indicator: str | None = None,
    unit: str | None = None,
    baseline: float | None = None,
    baseline_year: int | None = None,
    aim: float | None = None,
    candidates: Sequence[str] = (),
) -> Document:
    """Say what causes it, how it is measured from which baseline, when it counts as solved, and what might help."""
    given: dict[str, Instance] = {"cause": _said(cause)}
    told = {"indicator": indicator, "unit": unit, "baselineYear": baseline_year, "baseline": baseline, "aim": aim}
    given |= {name: property_(said) for name, said in told.items() if said is not None}
    for id in candidates:
        if store.view().document(id) is None:
            raise NotFoundError("procedure.reference-unknown", field="candidates", id=id)
    if candidates:
        given["candidates"] = relationship(list(candidates))
    return _moved(store, problem_id, ("open", "analysed", "unsolved"), "analysed", given, reason=reason, actor=actor)


def pilot(store: Store, problem_id: str, *, what: Text, reason: str, actor: str) -> Document:
    """Try a candidate service."""
    given = {"pilot": _said(what)}
    return _moved(store, problem_id, ("analysed", "piloting"), "piloting", given, reason=reason, actor=actor)


def close(
    store: Store,
    problem_id: str,
    *,
    measured: float,
    document: str,
    reason: str,
    actor: str,
    on: Any = None,
) -> Document:
    """Close a problem with its metric as measured; solved where the value is reached, unsolved where it is not."""
    problem = problem_of(store, problem_id)
    lacking = [name for name in _METRIC if value_of(problem, name) is None]
    if lacking:
        raise ConflictError("procedure.problem-without-metric", id=problem["id"], lacking=", ".join(lacking))
    if not document.strip():
        raise CallerError("procedure.problem-without-evidence", id=problem["id"])
    day = today_of(store) if on is None else day_of(on, "on")
    baseline, aim = value_of(problem, "baseline"), value_of(problem, "aim")
    reached = measured <= aim if aim <= baseline else measured >= aim
    given = {
        "measured": property_(measured),
        "measuredOn": property_(day.isoformat()),
        "documentNumber": property_(document.strip()),
    }
    there = "solved" if reached else "unsolved"
    return _moved(store, problem_id, ("analysed", "piloting"), there, given, reason=reason, actor=actor)


def all_problems(store: Store) -> list[Document]:
    """All problems, by id."""
    found = store.view().documents(Query(types=parse_types("Problem")))
    return sorted(found, key=lambda one: str(one["id"]))


def problem_of(store: Store, problem_id: str) -> Document:
    """One problem by its id or its slug."""
    found = store.view().document(problem_id if ":" in problem_id else urn("Problem", AUTHORITY, problem_id))
    if found is None or found["type"] != "Problem":
        raise NotFoundError("procedure.problem-unknown", id=problem_id)
    return found


def _moved(
    store: Store,
    problem_id: str,
    before: Sequence[str],
    there: str,
    given: Mapping[str, Instance],
    *,
    reason: str,
    actor: str,
) -> Document:
    _need(reason)
    problem = problem_of(store, problem_id)
    with store.transact(actor=actor, reason=reason, act="problem") as tx:
        found = _still(tx, problem)
        if value_of(found, "state") not in before:
            known = ", ".join(before)
            raise ConflictError(
                "procedure.problem-not-now", id=problem["id"], state=value_of(found, "state"), known=known
            )
        made = {**found, **given, "state": property_(there)}
        tx.put(made)
    return made


def _still(tx: Tx, problem: Document) -> Document:
    return tx.document(problem["id"]) or problem


def _need(reason: str) -> None:
    if not reason.strip():
        raise CallerError("civic.reason-missing")


def _said(text: Text) -> Instance:
    if isinstance(text, str):
        if not text.strip():
            raise CallerError("procedure.text-missing")
        return property_(text.strip())
    return language_property(dict(text))
