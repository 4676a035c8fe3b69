"""The promise ledger (약속 이행장부): promised numbers as dated forecasts, what came of them, and their scores.

    branch.promise_ledger.promise(indicator="economy.value-added-city", due="2030", owner=…, reason=…)
    city.promise_ledger.record_outcome(…, value=…, period="2030", evidence=…, reason=…)
    city.promise_ledger.score(reason=…)

A promise is made on a branch and kept by adopting it; outcomes and scores are facts of the city. Recording an outcome
and scoring it are two acts: a file in which only the first was done is whole, and says what is not scored yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from madang import clock
from madang.documents.paper import Paper
from madang.entities.entity import Document, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, ConflictError, Language, NotFoundError
from madang.plan import evidence as showing
from madang.plan import forecasts, outcomes, scoring
from madang.plan.calibration import Calibration
from madang.plan.figures import refreshed
from madang.plan.outcomes import Reading, final, outcomes_by_promise, promise_of
from madang.plan.promise_paper import promise_paper
from madang.plan.promise_wall import Entry, Wall, entry, score_json, wall
from madang.plan.stale import StaleFigure, stale_sections
from madang.plan.track_record import track_record
from madang.store import Seat, Transaction

MAIN = "main"

# Named here, because the ledger has a `list` of its own.
Calibrations = list[Calibration]
Documents = list[Document]
Evidence = str | list[str]
StaleFigures = list[StaleFigure]


@dataclass(frozen=True, slots=True)
class Scores:
    """What one scoring gave: the scores that stand now, how many of them are new, and what could not be scored yet."""

    scores: tuple[Mapping[str, Any], ...]
    new: int
    unscored: tuple[str, ...]
    transaction: int | None

    def as_json(self) -> dict[str, Any]:
        """The scores for a page or a machine."""
        return {
            "scores": [dict(one) for one in self.scores],
            "new": self.new,
            "unscored": list(self.unscored),
            "transaction": self.transaction,
        }


class PromiseLedger:
    """The promises of a city: made on a branch, kept or missed, and scored."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    # --- reading -----------------------------------------------------------------------------------------------------

    def list(self, today: date | str | None = None) -> Wall:
        """Every promise as it stands on a day, the most pressing first."""
        return wall(self._seat.store, self._day(today))

    def one(self, id: str, today: date | str | None = None) -> Entry:
        """One promise, by its id or the last part of it."""
        store = self._seat.store
        return entry(store, promise_of(store, id), self._day(today))

    def calibration(self) -> Calibrations:
        """How good the promised numbers were, by model, owner and plan."""
        return track_record(self._seat.store)

    def stale_figures(self) -> StaleFigures:
        """Figures in this branch's sections whose source has changed since they were adopted (갱신 필요)."""
        return stale_sections(self._seat.store, self._seat.branch_name)

    # --- writing -----------------------------------------------------------------------------------------------------

    def promise(
        self,
        *,
        due: str,
        owner: str,
        reason: str,
        indicator: str | None = None,
        title: str | Mapping[str, str] | None = None,
        kind: forecasts.ForecastKind = "difference",
        against: str = MAIN,
        value: float | int | None = None,
        unit: str | None = None,
        better: str | None = None,
        measured_by: str | None = None,
        task: str | None = None,
        goal: str | None = None,
        plan: str | None = None,
        id: str | None = None,
        by: str | None = None,
    ) -> Document:
        """Promise an indicator of this branch's comparison, or a number of one's own, as a target on the branch."""
        if self._seat.branch_name == MAIN:
            raise CallerError("plan.promise-on-main")
        self._need(reason)
        store, branch, actor = self._seat.for_writing(), self._seat.branch_name, self._seat.actor(by)
        common: dict[str, Any] = {
            "title": title,
            "due": str(due),
            "owner": owner,
            "better": better,
            "measured_by": Reading.parse(measured_by).as_json() if measured_by else None,
            "refers": {"refTask": task, "refGoal": goal, "refPlan": plan},
            "id": id,
        }
        if value is None:
            if indicator is None:
                raise CallerError("plan.promise-what")
            found = forecasts.forecast(store, branch, indicator, kind=kind, against=against, actor=actor)
            made = forecasts.target_of(store, branch, found=found, **common)
        else:
            made = forecasts.target_of(store, branch, indicator=indicator, value=value, unit=unit, **common)
        with store.transact(branch=branch, actor=actor, reason=reason) as tx:
            tx.put(made)
        return made

    def catch_up(self, branch: str, *, reason: str, by: str | None = None) -> Documents:
        """Keep the promises of a branch that was adopted without them, as by an older version; those kept stay."""
        self._need(reason)
        store = self._seat.for_writing()
        if store.branch(branch).state != "merged":
            raise ConflictError("plan.promises-not-adopted", branch=branch)
        made = forecasts.promises_of(store, branch)
        if made:
            with store.transact(actor=self._seat.actor(by), reason=reason) as tx:
                tx.put_many(made)
        return made

    def record_outcome(
        self,
        promise: str,
        *,
        reason: str,
        period: str | None = None,
        value: float | int | None = None,
        reads: str | None = None,
        evidence: Evidence | None = None,
        link: str | None = None,
        file: str | Path | None = None,
        by: str | None = None,
    ) -> Document:
        """Record what came of a promise, with its evidence; a second one for a period corrects the first."""
        return outcomes.record_outcome(
            self._seat.for_writing(),
            promise,
            period=None if period is None else str(period),
            value=value,
            reads=reads,
            evidence=evidence,
            link=link,
            file=file,
            reason=reason,
            actor=self._seat.actor(by),
        )

    def read_outcomes(self, *, reason: str, by: str | None = None) -> Documents:
        """Record the outcomes of all promises that say where they are measured, as far as main has data for them."""
        self._need(reason)
        store, made = self._seat.for_writing(), []
        for doc in store.view().documents(Query(types=parse_types("Promise"))):
            where = value_of(doc, "measuredBy")
            if not where or "endedBy" in doc:
                continue
            reading = Reading(where["entity"], where["attribute"], where.get("datasetId"))
            before = store.data_version()
            try:
                found = outcomes.record_outcome(
                    store, doc["id"], reads=reading, reason=reason, actor=self._seat.actor(by)
                )
            except NotFoundError:
                continue  # the data are not loaded yet
            if store.data_version() != before:
                made.append(found)
        return made

    def score(
        self,
        promise: str | None = None,
        *,
        reason: str,
        params: Mapping[str, Any] | None = None,
        by: str | None = None,
    ) -> Scores:
        """Score one promise, or all that are due and have an outcome; what was scored so before is not scored again."""
        self._need(reason)
        store, actor = self._seat.for_writing(), self._seat.actor(by)
        view = store.view()
        chosen = [promise_of(store, promise)] if promise else view.documents(Query(types=parse_types("Promise")))
        by_promise = outcomes_by_promise(view)
        found, unscored = list[scoring.Scored](), list[str]()
        for doc in sorted(chosen, key=lambda one: str(one["id"])):
            last = final(doc, by_promise.get(doc["id"], ()))
            if promise and scoring.promised_number(doc) is None:
                raise CallerError("plan.score-no-number", id=doc["id"])
            if promise and last is None:
                raise CallerError("plan.score-nothing", id=doc["id"])
            if last is None or value_of(last, "value") is None or scoring.promised_number(doc) is None:
                if scoring.promised_number(doc) is not None:
                    unscored.append(doc["id"])
                continue
            found.append(scoring.score(store, doc, last, params=params))
        new = [one for one in found if view.document(one.document["id"]) is None]
        number = None
        if new:
            with store.transact(actor=actor, reason=reason, act="score") as tx:
                for one in new:
                    tx.put_blob(one.changes, media_type="application/json")
                    for data in one.blobs:
                        tx.put_blob(data, media_type="application/octet-stream")
                    tx.put(one.document)
            number = tx.number
        return Scores(tuple(score_json(store, one.document) for one in found), len(new), tuple(unscored), number)

    def refresh(self, paragraph: str, *, reason: str, by: str | None = None) -> Transaction:
        """Accept the present numbers of one paragraph: a change of this branch, to be adopted as an amendment."""
        branch = self._seat.branch_name
        if branch == MAIN:
            raise CallerError("plan.refresh-on-main")
        self._need(reason)
        store = self._seat.for_writing()
        doc = store.view(branch).document(paragraph)
        if doc is None or doc["type"] != "Paragraph":
            raise NotFoundError("plan.paragraph-unknown", id=paragraph, branch=branch)
        new = refreshed(doc, store=store, branch=branch)
        with store.transact(branch=branch, actor=self._seat.actor(by), reason=reason) as tx:
            tx.put(new)
        return store.transaction(tx.number)

    def evidence_for(self, id: str) -> dict[str, str]:
        """Which evidence would show that a promise was kept."""
        return showing.wanted(promise_of(self._seat.store, id))

    def paper(self, language: Language = "ko", today: date | str | None = None) -> Paper:
        """The ledger sheet: every promise on paper, each number with its address."""
        return promise_paper(self._seat.store, today=self._day(today), language=language)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _day(self, today: date | str | None) -> date:
        if today is None:
            return clock.today(self._seat.store.city.zone)
        try:
            return date.fromisoformat(today) if isinstance(today, str) else today
        except ValueError:
            raise CallerError("plan.promise-due", found=today) from None

    def _need(self, reason: str) -> None:
        if not reason.strip():
            raise CallerError("plan.reason-missing")
