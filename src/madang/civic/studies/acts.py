"""What is done with a research study: begun, alternatives put up and rejected, evidence added, recommended, used.

A study recommends only when it has a question, a baseline (doing nothing), two alternatives beside it, evidence, and
one alternative rejected with a reason. Use is recorded against the recommendation, with the decision and the task it
led to: they must be there. Nothing is taken back silently: what changes is a new record, or a version with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from madang import dates
from madang.civic.alliances.records import (
    AUTHORITY,
    civil_day,
    entity_named,
    missing_ids,
    need_reason,
    next_id,
    pair,
    put_new,
    today_of,
)
from madang.civic.studies.records import (
    USE_STATES,
    USED,
    Alternative,
    alternatives_of,
    evidence_of,
    needs_of,
    recommendation_of,
    study_named,
)
from madang.entities.entity import Document, language_property, property_, relationship, types_of, urn, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, ConflictError, NotFoundError
from madang.models.records import find_run
from madang.store import Store, View

Title = str | Mapping[str, str]
TASKS = frozenset({"Task", "Programme", "Project", "Milestone", "Service", "Commitment", "Promise"})


def begin(
    store: Store,
    *,
    title: Title,
    question: Title,
    starts_on: str | None,
    ends_on: str | None,
    cost_krw: int | None,
    owner: str | None,
    text: Title | None,
    link: str | None,
    reason: str,
    actor: str,
) -> Document:
    """A new study with its question; numbered within the year in which it begins."""
    need_reason(reason)
    if not pair(title)["ko"].strip():
        raise CallerError("civic.title-missing")
    if not pair(question)["ko"].strip():
        raise CallerError("studies.question-missing")
    today = today_of(store)
    begins = civil_day(starts_on, today=today, future=True)
    made: Document = {
        "id": _new_id(store.view(), "Study", f"study-{begins[:4]}"),
        "type": "Study",
        "title": language_property(pair(title)),
        "question": language_property(pair(question)),
        "state": property_("underway"),
        "startsOn": property_(begins),
        "recordedBy": property_(actor),
    }
    if ends_on is not None:
        ends = civil_day(ends_on, today=today, future=True)
        if dates.period(ends).last < dates.period(begins).first:
            raise CallerError("studies.ends-before-it-begins", begins=begins, ends=ends)
        made["endsOn"] = property_(ends)
    if cost_krw is not None:
        if cost_krw < 0:
            raise CallerError("studies.cost-negative", cost=f"{cost_krw:,}")
        made["amount"] = property_(cost_krw, unit="KRW")
    for name, value in (("owner", owner), ("url", link)):
        if value is not None:
            made[name] = property_(value)
    if text is not None:
        made["text"] = language_property(pair(text))
    return put_new(store, made, actor=actor, reason=reason)


def add_alternative(
    store: Store,
    study: str,
    *,
    title: Title,
    kind: str,
    branch: str | None,
    runs: Sequence[str],
    text: Title | None,
    reason: str,
    actor: str,
) -> Document:
    """Put up an alternative; the branch and the runs it names must be there, and a study has one baseline."""
    need_reason(reason)
    view = store.view()
    found = _open(view, study)
    if kind not in ("baseline", "alternative"):
        raise CallerError("studies.kind-unknown", kind=kind)
    known = alternatives_of(view, found["id"])
    if kind == "baseline" and any(one.kind == "baseline" for one in known):
        raise ConflictError("studies.second-baseline", study=pair(value_of(found, "title")))
    stem = f"{found['id'].rpartition(':')[2]}-alternative"
    made: Document = {
        "id": _new_id(view, "StudyAlternative", stem),
        "type": "StudyAlternative",
        "title": language_property(pair(title)),
        "kind": property_(kind),
        "state": property_("open"),
        "refStudy": relationship(found["id"]),
        "recordedBy": property_(actor),
    }
    if branch is not None:
        store.branch(branch)  # one that does not exist is refused, with those that do
        made["branch"] = property_(branch)
    if runs:
        ids = [find_run(store, one)["id"] for one in runs]
        made["runs"] = relationship(ids if len(ids) > 1 else ids[0])
    if text is not None:
        made["text"] = language_property(pair(text))
    return put_new(store, made, actor=actor, reason=reason)


def add_evidence(
    store: Store,
    study: str,
    *,
    evidence: Sequence[str],
    alternative: str | None,
    text: str | None,
    reason: str,
    actor: str,
) -> Document:
    """Add what the study stands on: ids of runs, datasets, claims or anything else in this file."""
    need_reason(reason)
    view = store.view()
    found = _open(view, study)
    if not evidence:
        raise CallerError("studies.evidence-missing")
    unknown = missing_ids(view, evidence)
    if unknown:
        raise NotFoundError("studies.evidence-unknown", id=unknown[0])
    made: Document = {
        "id": _new_id(view, "StudyEvidence", f"{found['id'].rpartition(':')[2]}-evidence"),
        "type": "StudyEvidence",
        "refStudy": relationship(found["id"]),
        "evidence": relationship(list(evidence) if len(evidence) > 1 else evidence[0]),
        "date": property_(today_of(store).isoformat()),
        "recordedBy": property_(actor),
    }
    if alternative is not None:
        made["refAlternative"] = relationship(_alternative(view, found["id"], alternative).id)
    if text is not None:
        made["text"] = property_(text)
    return put_new(store, made, actor=actor, reason=reason)


def reject(store: Store, study: str, *, alternative: str, reason: str, actor: str) -> Document:
    """Reject an alternative with a reason; the reason stands in the study, not only in the log."""
    if not reason.strip():
        raise CallerError("studies.rejection-reason-missing")
    view = store.view()
    found = _open(view, study)
    chosen = _alternative(view, found["id"], alternative)
    if chosen.state == "rejected":
        raise ConflictError("studies.already-rejected", alternative=chosen.title)
    before = view.document(chosen.id)
    assert before is not None
    made = {
        **before,
        "state": property_("rejected"),
        "reason": property_(reason),
        "decidedAt": property_(today_of(store).isoformat()),
    }
    return _written(store, made, reason=reason, actor=actor)


def recommend(
    store: Store, study: str, *, alternative: str, text: Title, on: str | None, reason: str, actor: str
) -> Document:
    """Recommend one alternative; recommendation, alternative and study change in one transaction."""
    need_reason(reason)
    view = store.view()
    found = _open(view, study)
    alternatives = alternatives_of(view, found["id"])
    for need in needs_of(found, alternatives, evidence_of(view, found["id"])):
        if not need.met:
            raise ConflictError(f"studies.without-{need.id}", study=pair(value_of(found, "title")))
    chosen = _alternative(view, found["id"], alternative)
    if chosen.state == "rejected":
        raise ConflictError("studies.recommends-rejected", alternative=chosen.title)
    before = view.document(chosen.id)
    assert before is not None
    day = civil_day(on, today=today_of(store))
    made: Document = {
        "id": urn("Recommendation", AUTHORITY, f"{found['id'].rpartition(':')[2]}-recommendation"),
        "type": "Recommendation",
        "refStudy": relationship(found["id"]),
        "refAlternative": relationship(chosen.id),
        "text": language_property(pair(text)),
        "date": property_(day),
        "recordedBy": property_(actor),
    }
    ended = found if "endsOn" in found else {**found, "endsOn": property_(day)}
    with store.transact(actor=actor, reason=reason, act="recommend") as tx:
        _open(store.view(), study)  # once more, now that nobody else can write
        tx.put(made)
        tx.put({**before, "state": property_("recommended")})
        tx.put({**ended, "state": property_("recommended")})
    return made


def record_use(
    store: Store,
    study: str,
    *,
    state: str,
    decision: str | None,
    task: str | None,
    on: str | None,
    reason: str,
    actor: str,
) -> Document:
    """Record what became of a recommendation. What is used names the decision; a task, where there is one, is of it."""
    need_reason(reason)
    if state not in USE_STATES:
        raise CallerError("studies.use-unknown", state=state, known=", ".join(USE_STATES))
    view = store.view()
    found = study_named(view, study)
    recommendation = recommendation_of(store, found["id"])
    if recommendation is None:
        raise ConflictError("studies.nothing-recommended", study=pair(value_of(found, "title")))
    if state in USED and decision is None:
        raise CallerError("studies.use-without-decision")
    day = civil_day(on, today=today_of(store))
    if dates.period(day).last < dates.period(recommendation.date).first:
        raise CallerError("studies.used-before-recommended", on=day, recommended=recommendation.date)
    made: Document = {
        "id": _new_id(view, "StudyUse", f"{found['id'].rpartition(':')[2]}-use"),
        "type": "StudyUse",
        "refStudy": relationship(found["id"]),
        "refRecommendation": relationship(recommendation.id),
        "state": property_(state),
        "date": property_(day),
        "reason": property_(reason),
        "recordedBy": property_(actor),
    }
    if decision is not None:
        named = entity_named(view, "Decision", decision, unknown="studies.decision-unknown")
        made["refDecision"] = relationship(named["id"])
    if task is not None:
        led_to = view.document(task)
        if led_to is None or TASKS.isdisjoint(types_of(led_to)):
            raise NotFoundError("studies.task-unknown", id=task)
        made["refTask"] = relationship(task)
    return put_new(store, made, actor=actor, reason=reason, act="use-study")


def _open(view: View, study: str) -> Document:
    """A study that is under way: what is recommended stands, and a new question is a new study."""
    found = study_named(view, study)
    if value_of(found, "state") == "recommended":
        raise ConflictError("studies.already-recommended", study=pair(value_of(found, "title")))
    return found


def _alternative(view: View, study: str, name: str) -> Alternative:
    known = alternatives_of(view, study)
    for one in known:
        if name in (one.id, one.id.rpartition(":")[2], one.title["ko"], one.title["en"], one.branch):
            return one
    raise NotFoundError(
        "studies.alternative-unknown", name=name, known=", ".join(one.id.rpartition(":")[2] for one in known) or "-"
    )


def _new_id(view: View, type: str, stem: str) -> str:
    return next_id(view.ids(Query(types=parse_types(type))), urn(type, AUTHORITY, stem))


def _written(store: Store, made: Any, *, reason: str, actor: str) -> Document:
    with store.transact(actor=actor, reason=reason) as tx:
        tx.put(made)
    return dict(made)
