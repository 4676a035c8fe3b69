"""The wall of promises (약속 이행장부): each promise with all that is known of it, as one page shows it.

Promised number with its band and address, who stands for it and until when, how it stands today, what came of it and
when, the score with its parts, and, where nothing came, which evidence is missing. Announced promises, commitments of
agreements and targets of plans stand in one list; those that a later plan ended stand apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.dates import Period, period
from madang.entities.entity import Document, instance_of, provenance_of, value_of
from madang.entities.query import Query, parse_types
from madang.entities.vocabulary import label_of
from madang.errors import both
from madang.indicators.catalogue import catalogue
from madang.indicators.quantity import format_value
from madang.indicators.stored import address_of
from madang.plan import evidence
from madang.plan.actuals import GROUPS
from madang.plan.outcomes import final, in_order, standing
from madang.plan.promises import TYPES, PromiseState, promise_states, shows_the_end
from madang.plan.realised import Realised, realised
from madang.plan.scoring import due_of, promised_number, unit_of, verdict
from madang.plan.splitting import MODEL_ERROR
from madang.store import Store, View

Pair = dict[str, str]
Json = dict[str, Any]

STATES = ("overdue", "due", "undated", "done", "ended")
NONE = "-"


@dataclass(frozen=True, slots=True)
class Entry:
    """One promise on the wall."""

    state: PromiseState
    standing: str  # the state, or "ended"
    timeliness: str | None
    verdict: str | None
    promised: Json | None
    outcome: Json | None
    outcomes: tuple[Json, ...]
    score: Json | None
    scores: tuple[str, ...]
    missing: Pair | None
    wanted: Pair
    plan: Json | None
    task: Json | None
    goal: Json | None
    target: str | None
    proposal: str | None
    supersedes: str | None
    ended_by: str | None
    promised_at: str | None

    def as_json(self) -> Json:
        """The promise for a page: its state on the day, and all that is known of it."""
        own = {name: getattr(self, name) for name in self.__slots__ if name not in ("state", "standing")}
        return {
            **self.state.as_json(),
            "state": self.standing,
            "state_label": both(f"plan.state-{self.standing}"),
            "timeliness_label": both(f"plan.{self.timeliness}") if self.timeliness else None,
            "verdict_label": both(f"plan.verdict-{self.verdict}") if self.verdict else None,
            **own,
            "outcomes": list(self.outcomes),
            "scores": list(self.scores),
        }


@dataclass(frozen=True, slots=True)
class Wall:
    """All promises of a city on a day, with counts by state, owner and plan."""

    today: date
    entries: tuple[Entry, ...]

    def as_json(self) -> Json:
        """The wall for a page: one request draws it."""
        return {
            "today": self.today.isoformat(),
            "counts": self.counts(),
            "by_owner": self._by("owner"),
            "by_plan": self._by("plan"),
            "promises": [one.as_json() for one in self.entries],
        }

    def counts(self) -> Json:
        """How many promises stand how."""
        found = Counter(one.standing for one in self.entries)
        return {
            **{state: found[state] for state in STATES},
            "all": len(self.entries),
            "late": sum(one.timeliness == "late" for one in self.entries),
            "kept": sum(one.verdict == "kept" for one in self.entries),
            "missed": sum(one.verdict == "missed" for one in self.entries),
            "with_run": sum(bool(one.promised and one.promised["has_run"]) for one in self.entries),
            "scored": sum(one.score is not None for one in self.entries),
        }

    def _by(self, what: str) -> list[Json]:
        rows: dict[str, Json] = {}
        for one in self.entries:
            for id, label in _of(one, what):
                row = rows.setdefault(id, {"id": None if id == NONE else id, "label": label, "all": 0})
                row |= {state: row.get(state, 0) for state in STATES}
                row["all"] += 1
                row[one.standing] += 1
        return sorted(rows.values(), key=lambda row: (-row["overdue"], -row["all"], str(row["id"])))


def wall(store: Store, today: date) -> Wall:
    """The wall of a city on a day."""
    reader = _Reader(store, today)
    return Wall(today, tuple(reader.entries()))


def entry(store: Store, promise: Document, today: date) -> Entry:
    """One promise as the wall shows it."""
    return next(one for one in _Reader(store, today).entries([promise]))


def latest(view: View, scores: Iterable[Document]) -> Document | None:
    """The score that was written last."""
    dated = [(version.tx, one["id"], one) for one in scores if (version := view.version(one["id"])) is not None]
    return max(dated, key=lambda found: found[:2])[2] if dated else None


class _Reader:
    def __init__(self, store: Store, today: date) -> None:
        self._store, self._view, self._today = store, store.view(), today
        self._names: dict[str, Pair | None] = {}
        self._outcomes = self._by_promise("Outcome")
        self._scores = self._by_promise("Score")
        self._register: dict[str, Realised] = realised(self._view, due=None)

    def entries(self, documents: list[Document] | None = None) -> list[Entry]:
        found = self._view.documents(Query(types=parse_types(TYPES))) if documents is None else documents
        by_id = {doc["id"]: doc for doc in found}
        shown = {doc["id"] for doc in found if shows_the_end(doc, self._outcomes.get(doc["id"], ()))}
        states = promise_states(found, today=self._today, name_of=self._name, shown=shown)
        made = [self._entry(by_id[state.id], state) for state in states]
        return sorted(made, key=lambda one: one.standing == "ended")

    def _entry(self, doc: Document, state: PromiseState) -> Entry:
        outcomes, scores = self._outcomes.get(doc["id"], []), self._scores.get(doc["id"], [])
        last = final(doc, outcomes) or (standing(outcomes)[-1] if outcomes else None)
        mine = [one for one in scores if last is not None and value_of(one, "refOutcome") == last["id"]]
        score = latest(self._view, mine)
        is_ended = "endedBy" in doc
        told, ended = value_of(last, "value") if last else None, final(doc, outcomes) is not None
        lacks = state.state != "done" and not is_ended and not outcomes
        return Entry(
            state=state,
            standing="ended" if is_ended else state.state,
            timeliness=_timeliness(doc, state, final(doc, outcomes)),
            verdict=verdict(doc, told) if told is not None and ended and promised_number(doc) is not None else None,
            promised=self._promised(doc),
            outcome=self._outcome(doc, last) if last is not None else None,
            outcomes=tuple(self._outcome(doc, one) for one in in_order(outcomes)),
            score=score_json(self._store, score) if score is not None else None,
            scores=tuple(one["id"] for one in scores),
            missing=evidence.missing(doc, self._register) if lacks else None,
            wanted=evidence.wanted(doc),
            plan=self._named(value_of(doc, "refPlan")),
            task=self._named(value_of(doc, "refTask")),
            goal=self._named(value_of(doc, "refGoal")),
            target=value_of(doc, "refTarget"),
            proposal=value_of(doc, "refProposal"),
            supersedes=value_of(doc, "supersedes"),
            ended_by=value_of(doc, "endedBy"),
            promised_at=value_of(doc, "promisedAt"),
        )

    def _promised(self, doc: Document) -> Json | None:
        number = promised_number(doc)
        if number is None:
            return None
        name = "value" if value_of(doc, "value") is not None else "amount"
        unit, indicator, run = unit_of(doc), value_of(doc, "indicator"), value_of(doc, "refRun")
        known = catalogue().get(str(indicator))
        address = value_of(doc, "forecastAddress") or address_of(self._store, doc["id"], name)
        return figure_json(number, unit, provenance_of(doc, name).status, address) | {
            "band": value_of(doc, "band"),
            "indicator": indicator,
            "label": dict(known.label) if known else None,
            "forecast_kind": value_of(doc, "forecastKind"),
            "against_address": value_of(doc, "againstAddress"),
            "run": run,
            "has_run": bool(run),
            "note": None if run else both("plan.no-run"),
        }

    def _outcome(self, promise: Document, doc: Document) -> Json:
        value, unit = value_of(doc, "value"), unit_of(promise)
        ids = value_of(doc, "evidence")
        stood = self._view.version(doc["id"])
        return figure_json(
            value, unit, provenance_of(doc, "value").status, address_of(self._store, doc["id"], "value")
        ) | {
            "id": doc["id"],
            "period": value_of(doc, "period"),
            "evidence": ids if isinstance(ids, list) else [ids] if ids else [],
            "evidence_link": value_of(doc, "evidenceLink"),
            "evidence_address": value_of(doc, "evidenceAddress"),
            "reason": value_of(doc, "reason"),
            "by": value_of(doc, "recordedBy"),
            "corrects": value_of(doc, "corrects"),
            "recorded_at": stood.created_at.isoformat() if stood else None,
        }

    def _by_promise(self, type: str) -> dict[str, list[Document]]:
        found: dict[str, list[Document]] = {}
        for doc in sorted(self._view.documents(Query(types=parse_types(type))), key=lambda one: str(one["id"])):
            found.setdefault(value_of(doc, "refPromise"), []).append(doc)
        return found

    def _named(self, id: str | None) -> Json | None:
        return {"id": id, "title": self._name(id) or {"ko": id, "en": id}} if id else None

    def _name(self, id: str) -> Pair | None:
        if id not in self._names:
            doc = self._view.document(id)
            found = None if doc is None else value_of(doc, "name") or value_of(doc, "title")
            self._names[id] = _pair(found)
        return self._names[id]


def figure_json(value: Any, unit: str | None, status: str | None, address: str | None) -> Json:
    """A number for a page: value, unit, words in both languages, status, address."""
    text = {language: format_value(value, unit or "1", language) for language in ("ko", "en")}
    return {"value": value, "unit": unit, "text": text, "status": status, "address": address}


def score_json(store: Store, doc: Document) -> Json:
    """A score for a page: the miss and its parts as figures, or why it could not be split."""
    unit = (instance_of(doc, "miss") or {}).get("unitCode")
    status = provenance_of(doc, "actual").status
    parts = value_of(doc, "parts")
    explained = value_of(doc, "explained")
    version = store.view().version(doc["id"])

    def address(attribute: str) -> str | None:
        return address_of(store, doc["id"], attribute)

    return {
        "id": doc["id"],
        "promise": value_of(doc, "refPromise"),
        "outcome": value_of(doc, "refOutcome"),
        "period": value_of(doc, "period"),
        "verdict": value_of(doc, "verdict"),
        "promised": figure_json(
            value_of(doc, "promised"), unit, provenance_of(doc, "promised").status, address("promised")
        ),
        "actual": figure_json(value_of(doc, "actual"), unit, status, address("actual")),
        "miss": figure_json(value_of(doc, "miss"), unit, status, address("miss")),
        "explained": figure_json(explained, unit, "estimated", address("explained")) if explained is not None else None,
        "parts": [
            {
                "group": group,
                "label": both(f"plan.part-{group}"),
                **figure_json(parts[group], unit, "estimated", address("parts")),
            }
            for group in (*GROUPS, MODEL_ERROR)
        ]
        if parts
        else [],
        "changed_inputs": [_changed(store, one) for one in value_of(doc, "changedInputs") or []],
        "not_split": value_of(doc, "notSplit"),
        "scored_at": version.created_at.isoformat() if version else None,
    }


def _changed(store: Store, one: Mapping[str, Any]) -> Json:
    """A changed input for a page: what it is called, beside the ids that say which it is."""
    entity = store.view().document(one["entity"])
    named = None if entity is None else _pair(value_of(entity, "name") or value_of(entity, "title"))
    unit = ((instance_of(entity, one["attribute"]) if entity else None) or {}).get("unitCode")
    label = {language: label_of(one["attribute"], language) for language in ("ko", "en")}
    return {**one, "entity_name": named, "label": label, "unit": unit}


def _timeliness(doc: Document, state: PromiseState, last: Document | None) -> str | None:
    """Whether a promise was on time: by the date it was done, else by the period of what came; overdue is late."""
    due = due_of(doc)
    if due is None or "endedBy" in doc:
        return None
    if state.state == "overdue":
        return "late"
    done = _period(state.done_on) or (_period(value_of(last, "period")) if last is not None else None)
    if state.state != "done" or done is None:
        return None
    return "late" if done.first > due.last else "on-time"


def _period(text: Any) -> Period | None:
    try:
        return period(str(text)) if text is not None else None
    except ValueError:
        return None


def _of(one: Entry, what: str) -> list[tuple[str, Pair]]:
    if what == "plan":
        return [(one.plan["id"], one.plan["title"])] if one.plan else [(NONE, both("plan.no-plan"))]
    if not one.state.owners:
        return [(NONE, both("plan.no-owner"))]
    label: Mapping[str, str] | None = one.state.owner
    return [(one.state.owners[0], dict(label or {}))]


def _pair(found: Any) -> Pair | None:
    if isinstance(found, Mapping):
        either = next(iter(found.values()), None)
        return {language: found.get(language, either) for language in ("ko", "en")} if either else None
    return {"ko": found, "en": found} if isinstance(found, str) else None
