"""The door to research studies: `city.studies`. Studies, their use and yearly list, service contracts, standards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from madang.civic.alliances.records import last_day, records_of
from madang.civic.studies import acts as study_acts
from madang.civic.studies import research_service, standards
from madang.civic.studies.acts import Title
from madang.civic.studies.disclosure import Disclosure, disclosure
from madang.civic.studies.papers import disclosure_paper, study_paper
from madang.civic.studies.records import StudyView, all_studies, study_view
from madang.civic.studies.research_service import Deliverable, Phase
from madang.civic.studies.standards import Conformance
from madang.documents.paper import Paper
from madang.entities.entity import Document
from madang.errors import Language
from madang.rules.book import Rulebook
from madang.rules.eligibility import Eligibility
from madang.store import Seat, Store


class Studies:
    """Research studies: question, alternatives, evidence, recommendation, use; service contracts; standards."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._rules = Rulebook(seat)

    # -- studies -------------------------------------------------------------------------------------------------

    def all(self) -> list[StudyView]:
        """Every study, the latest begun first."""
        return [self.study(one["id"]) for one in all_studies(self._store)]

    def study(self, id: str) -> StudyView:
        """One study: question, alternatives, evidence, recommendation, use, and what it still needs."""
        return study_view(self._store, id)

    def begin(
        self,
        *,
        title: Title,
        question: Title,
        starts_on: str | None = None,
        ends_on: str | None = None,
        cost_krw: int | None = None,
        owner: str | None = None,
        text: Title | None = None,
        link: str | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """Begin a study with its question."""
        return study_acts.begin(
            self._seat.for_writing(), title=title, question=question, starts_on=starts_on, ends_on=ends_on,
            cost_krw=cost_krw, owner=owner, text=text, link=link, reason=reason, actor=self._seat.actor(by),
        )  # fmt: skip

    def add_alternative(
        self,
        study: str,
        *,
        title: Title,
        kind: str = "alternative",
        branch: str | None = None,
        runs: Sequence[str] = (),
        text: Title | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """Put up an alternative, or the baseline of doing nothing."""
        return study_acts.add_alternative(
            self._seat.for_writing(), study, title=title, kind=kind, branch=branch, runs=runs, text=text,
            reason=reason, actor=self._seat.actor(by),
        )  # fmt: skip

    def add_evidence(
        self, study: str, *, evidence: Sequence[str], alternative: str | None = None, text: str | None = None,
        reason: str, by: str | None = None,
    ) -> Document:  # fmt: skip
        """Add what the study stands on: ids of runs, datasets, claims."""
        return study_acts.add_evidence(
            self._seat.for_writing(), study, evidence=evidence, alternative=alternative, text=text, reason=reason,
            actor=self._seat.actor(by),
        )  # fmt: skip

    def reject(self, study: str, *, alternative: str, reason: str, by: str | None = None) -> Document:
        """Reject an alternative with a reason."""
        return study_acts.reject(
            self._seat.for_writing(), study, alternative=alternative, reason=reason, actor=self._seat.actor(by)
        )

    def recommend(
        self, study: str, *, alternative: str, text: Title, on: str | None = None, reason: str, by: str | None = None
    ) -> Document:
        """Recommend one alternative."""
        return study_acts.recommend(
            self._seat.for_writing(), study, alternative=alternative, text=text, on=on, reason=reason,
            actor=self._seat.actor(by),
        )  # fmt: skip

    def record_use(
        self,
        study: str,
        *,
        state: str,
        decision: str | None = None,
        task: str | None = None,
        on: str | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """Record what became of the recommendation: the decision and the task it led to, or why none."""
        return study_acts.record_use(
            self._seat.for_writing(), study, state=state, decision=decision, task=task, on=on, reason=reason,
            actor=self._seat.actor(by),
        )  # fmt: skip

    def disclosure(self, year: int) -> Disclosure:
        """The list of a year, with the usability rate."""
        return disclosure(self._store, year)

    def institute(self, as_of: date | str | None = None) -> Eligibility:
        """Whether the city may have a research institute of its own, by its residents, with the clause."""
        day = last_day(as_of) if isinstance(as_of, str) else as_of
        return self._rules.eligible("institute-founding", as_of=day)

    # -- service contracts ---------------------------------------------------------------------------------------

    def phases(self, study: str) -> list[Phase]:
        """The phases of the service contract: briefings, deliverables, comments."""
        return research_service.phases(self._store, study)

    def due(self, study: str) -> list[Deliverable]:
        """What is owed and has not come, the longest overdue first."""
        return research_service.due_list(self._store, study)

    def add_phase(
        self, study: str, *, kind: str, due: str, deliverables: Sequence[Mapping[str, Any]] = (), reason: str,
        by: str | None = None,
    ) -> Document:  # fmt: skip
        """Add a phase: launch, interim or final, with what is due in it."""
        return research_service.add_phase(
            self._seat.for_writing(), study, kind=kind, due=due, deliverables=deliverables, reason=reason,
            actor=self._seat.actor(by),
        )  # fmt: skip

    def hold_briefing(
        self, study: str, *, phase: str, on: str | None = None, meeting: str | None = None, reason: str,
        by: str | None = None,
    ) -> Document:  # fmt: skip
        """Record that a briefing was held."""
        return research_service.hold_briefing(
            self._seat.for_writing(), study, phase=phase, on=on, meeting=meeting, reason=reason,
            actor=self._seat.actor(by),
        )  # fmt: skip

    def deliver(
        self, study: str, *, deliverable: str, on: str | None = None, evidence: str | None = None, reason: str,
        by: str | None = None,
    ) -> Document:  # fmt: skip
        """Record that something owed has come."""
        return research_service.deliver(
            self._seat.for_writing(), study, deliverable=deliverable, on=on, evidence=evidence, reason=reason,
            actor=self._seat.actor(by),
        )  # fmt: skip

    def comment(
        self, study: str, *, phase: str, text: str, author: str, reason: str = "", by: str | None = None
    ) -> Document:
        """Record what somebody said at a briefing."""
        return research_service.comment(
            self._seat.for_writing(), study, phase=phase, text=text, author=author, reason=reason or text,
            actor=self._seat.actor(by),
        )  # fmt: skip

    def answer(
        self, comment: str, *, text: str, changed: str | None = None, reason: str = "", by: str | None = None
    ) -> Document:
        """Answer a comment: with what was changed because of it, or with why nothing was."""
        return research_service.answer(
            self._seat.for_writing(), comment, changed=changed, text=text, reason=reason or text,
            actor=self._seat.actor(by),
        )  # fmt: skip

    # -- standards -----------------------------------------------------------------------------------------------

    def standards(self, kind: str | None = None) -> list[Conformance]:
        """Every standard with how this branch conforms; of one kind where it is named."""
        found = [self.conformance(one["id"]) for one in records_of(self._store.view(), "Standard")]
        return [one for one in found if kind in (None, one.kind)]

    def conformance(self, standard: str, as_of: date | str | None = None) -> Conformance:
        """Test everything of a standard's type: conforming, failing with why, exempt with the reason."""
        day = last_day(as_of) if isinstance(as_of, str) else as_of
        return standards.conformance(self._store, standard, branch=self._seat.branch_name, as_of=day)

    def add_standard(
        self, *, title: Title, requirement: Mapping[str, Any], kind: str = "standard", clause: str | None = None,
        reason: str, by: str | None = None,
    ) -> Document:  # fmt: skip
        """A new standard, or a limit that an upper plan sets."""
        return standards.add_standard(
            self._seat.for_writing(), title=title, requirement=requirement, kind=kind, clause=clause, reason=reason,
            actor=self._seat.actor(by),
        )  # fmt: skip

    def exempt(
        self, standard: str, *, entity: str, until: str | None = None, reason: str, by: str | None = None
    ) -> Document:
        """Let one entity off a standard."""
        return standards.exempt(
            self._seat.for_writing(), standard, entity=entity, until=until, reason=reason, actor=self._seat.actor(by)
        )

    # -- papers --------------------------------------------------------------------------------------------------

    def paper(self, study: str, language: Language = "ko") -> Paper:
        """One study as a paper."""
        return study_paper(self._store, study, language)

    def disclosure_paper(self, year: int, language: Language = "ko") -> Paper:
        """The list of a year as a paper."""
        return disclosure_paper(self._store, year, language)

    @property
    def _store(self) -> Store:
        return self._seat.store
