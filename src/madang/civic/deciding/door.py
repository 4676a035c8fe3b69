"""How proposals are decided: the door to steps, gates, opinions, conditions, suggestions and problems of one city.

Everything is said about a proposal, named by its id or by its branch. Reading gives values with `as_json()`; writing
gives the record as it stands then. Adopting and refusing are acts of the city itself (`City.adopt`, `City.refuse`); the
acts between are here. All go the way that the city gives (`ActOn`), which knows what lies on the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from madang.civic.deciding import conditions, gates, opinions, problems, representation, steps, suggestions
from madang.civic.deciding.dossier import proposal_dossier
from madang.civic.deciding.likeness import Alike
from madang.civic.deciding.opinions import OpinionRow
from madang.civic.deciding.procedure_page import procedure_view
from madang.civic.deciding.records import proposal_of
from madang.civic.deciding.representation import Representation
from madang.civic.deciding.states import Act
from madang.civic.deciding.suggestions import SuggestionRow
from madang.documents.paper import Paper
from madang.entities.entity import Document
from madang.errors import Language
from madang.store import Seat

Evidence = str | Sequence[str] | None
Day = date | str | None


@dataclass(frozen=True)
class Status:
    """A proposal's procedure as it stands: `told` holds what the page shows."""

    told: Mapping[str, Any]

    @property
    def missing(self) -> list[str]:
        """The steps still to be done before the adoption."""
        return list(self.told["procedure"]["missing"])

    def as_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return dict(self.told)


class ActOn(Protocol):
    """What takes an act on a proposal with all that lies on the table, as the city does."""

    def __call__(self, proposal_id: str, act: Act, *, reason: str, by: str | None, **more: Any) -> Document: ...


class Procedure:
    """How proposals are decided: steps, gates, opinions and what became of them."""

    def __init__(self, seat: Seat, *, act: ActOn) -> None:
        self._seat = seat
        self._act = act

    # -- how it stands -------------------------------------------------------------------------------------------

    def status(self, proposal: str) -> Status:
        """The procedure of a proposal: steps, what is missing, opinions, votes, conditions, what may be done next."""
        return Status(procedure_view(self._seat.store, proposal))

    def obstacles(self, proposal: str, act: Any = "adopt") -> list[gates.Obstacle]:
        """What keeps an act from being taken now, with the clause; nothing where it may be."""
        store = self._seat.store
        return gates.obstacles(store, proposal_of(store, proposal), act)

    def dossier(self, proposal: str, *, language: Language = "ko") -> Paper:
        """The papers of an agenda item (안건 서류): reason, comparison, changes, procedure, opinions, votes."""
        return proposal_dossier(self._seat.store, proposal, language)

    # -- steps ---------------------------------------------------------------------------------------------------

    def start_step(
        self,
        proposal: str,
        step: str,
        *,
        reason: str,
        on: Day = None,
        document: str | None = None,
        evidence: Evidence = None,
        facts: Mapping[str, Any] | None = None,
        by: str | None = None,
    ) -> Document:
        """Begin a step; the days that its clause counts begin with it."""
        return steps.start(
            self._seat.for_writing(), proposal, step, reason=reason, actor=self._seat.actor(by),
            on=on, document=document, evidence=evidence, facts=facts,
        )  # fmt: skip

    def complete_step(
        self,
        proposal: str,
        step: str,
        *,
        reason: str,
        on: Day = None,
        started: Day = None,
        document: str | None = None,
        evidence: Evidence = None,
        facts: Mapping[str, Any] | None = None,
        again: bool = False,
        by: str | None = None,
    ) -> Document:
        """End a step with the document or the entity that shows it."""
        return steps.complete(
            self._seat.for_writing(), proposal, step, reason=reason, actor=self._seat.actor(by), on=on,
            started=started, document=document, evidence=evidence, facts=facts, again=again,
        )  # fmt: skip

    def refuse_step(
        self,
        proposal: str,
        step: str,
        *,
        reason: str,
        on: Day = None,
        document: str | None = None,
        evidence: Evidence = None,
        by: str | None = None,
    ) -> Document:
        """Record that whoever had to agree said no; the step may be tried again."""
        return steps.refuse(
            self._seat.for_writing(), proposal, step, reason=reason, actor=self._seat.actor(by),
            on=on, document=document, evidence=evidence,
        )  # fmt: skip

    def register_in_force(
        self,
        proposal: str,
        *,
        approved_on: Day,
        noticed_on: Day,
        document: str,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """Say that the new plan of a proposal was approved and noticed before it came into this file."""
        return steps.register_in_force(
            self._seat.for_writing(), proposal, approved_on=approved_on, noticed_on=noticed_on,
            document=document, reason=reason, actor=self._seat.actor(by),
        )  # fmt: skip

    # -- acts between submission and adoption --------------------------------------------------------------------

    def deliberate(self, proposal: str, *, reason: str, by: str | None = None) -> Document:
        """Bring a proposal before deliberation (심의)."""
        return self._act(proposal, "deliberate", reason=reason, by=by)

    def adopt_conditionally(
        self, proposal: str, *, conditions: Sequence[Mapping[str, Any]], reason: str, by: str | None = None
    ) -> Document:
        """Adopt on conditions (조건부), each with text, owner and due day; nothing is merged until all are met."""
        return self._act(proposal, "adopt-conditionally", reason=reason, by=by, conditions=conditions)

    def meet_condition(
        self,
        proposal: str,
        condition: str,
        *,
        reason: str,
        document: str | None = None,
        evidence: str | None = None,
        by: str | None = None,
    ) -> Document:
        """Record that a condition is met, with what shows it."""
        return conditions.meet(
            self._seat.for_writing(), proposal, condition, reason=reason, actor=self._seat.actor(by),
            document=document, evidence=evidence,
        )  # fmt: skip

    def defer(self, proposal: str, *, reason: str, until: Day = None, by: str | None = None) -> Document:
        """Put a proposal off (보류); it comes back by a new submission."""
        return self._act(proposal, "defer", reason=reason, by=by, until=until)

    def resubmit(self, proposal: str, *, reason: str, by: str | None = None) -> Document:
        """Submit a deferred or refused proposal again, in a new round."""
        return self._act(proposal, "submit", reason=reason, by=by)

    # -- opinions ------------------------------------------------------------------------------------------------

    def opinions(self, proposal: str) -> list[OpinionRow]:
        """Every opinion with its thread and its disposition, those of earlier rounds too."""
        return opinions.rows(self._seat.store, proposal)

    def alike(self, proposal: str) -> list[Alike]:
        """Pairs of opinions of this round that say nearly the same."""
        return opinions.alike(self._seat.store, proposal)

    def representation(self, proposal: str) -> Representation:
        """The opinions by channel, and against the city's people by district, dong, sex and age."""
        return representation.representation(self._seat.store, proposal)

    def opine(
        self,
        proposal: str,
        text: str | Mapping[str, str],
        *,
        role: str,
        anchor: Mapping[str, Any] | None = None,
        by: str | None = None,
        **more: Any,
    ) -> Document:
        """Give an opinion on a proposal; `more`: stance, channel, meeting, dong, district, sex, age_group, author."""
        store, actor = self._seat.for_writing(), self._seat.actor(by)
        return opinions.opine(store, proposal, text, role=role, actor=actor, anchor=anchor, **more)

    def reply(
        self,
        opinion: str,
        text: str | Mapping[str, str],
        *,
        role: str,
        author: str | None = None,
        by: str | None = None,
    ) -> Document:
        """Answer an opinion, within its thread."""
        store, actor = self._seat.for_writing(), self._seat.actor(by)
        return opinions.reply(store, opinion, text, role=role, actor=actor, author=author)

    def dispose(self, opinion: str, disposition: str, *, reason: str, by: str | None = None) -> Document:
        """Say what became of an opinion (adopted, partly, not-adopted), and why."""
        store, actor = self._seat.for_writing(), self._seat.actor(by)
        return opinions.dispose(store, opinion, disposition, reason=reason, actor=actor)

    def withdraw(self, opinion: str, *, reason: str, by: str | None = None) -> Document:
        """Take an opinion back; only who gave it may."""
        return opinions.withdraw(self._seat.for_writing(), opinion, reason=reason, actor=self._seat.actor(by))

    # -- suggestions ---------------------------------------------------------------------------------------------

    def suggestions(self) -> list[SuggestionRow]:
        """All suggestions with what may be done next and which others they resemble."""
        return suggestions.rows(self._seat.store)

    def suggest(self, title: str, text: str, *, by: str | None = None, **more: Any) -> SuggestionRow:
        """Take a suggestion in; `more`: location, channel, dong, problem, author."""
        return suggestions.suggest(self._seat.for_writing(), title, text, actor=self._seat.actor(by), **more)

    def move_suggestion(
        self,
        suggestion: str,
        act: str,
        *,
        reason: str,
        same_as: str | None = None,
        branch: str | None = None,
        proposal: str | None = None,
        task: str | None = None,
        by: str | None = None,
    ) -> Document:
        """Take a suggestion one step on: screen, accept, work-out, put-up, carry, return, decline, merge, reopen."""
        return suggestions.act(
            self._seat.for_writing(), suggestion, act, reason=reason, actor=self._seat.actor(by),
            same_as=same_as, branch=branch, proposal=proposal, task=task,
        )  # fmt: skip

    # -- problems ------------------------------------------------------------------------------------------------

    def problems(self) -> list[Document]:
        """All urban problems."""
        return problems.all_problems(self._seat.store)

    def raise_problem(
        self, title: str, text: str, *, owner: str, reason: str, slug: str | None = None, by: str | None = None
    ) -> Document:
        """Name an urban problem, with who looks after it."""
        store, actor = self._seat.for_writing(), self._seat.actor(by)
        return problems.raise_problem(store, title, text, owner=owner, reason=reason, actor=actor, slug=slug)

    def analyse_problem(self, problem: str, *, cause: str, reason: str, by: str | None = None, **more: Any) -> Document:
        """Its cause, and how it is measured; `more`: indicator, unit, baseline, baseline_year, aim, candidates."""
        store, actor = self._seat.for_writing(), self._seat.actor(by)
        return problems.analyse(store, problem, cause=cause, reason=reason, actor=actor, **more)

    def pilot_problem(self, problem: str, *, what: str, reason: str, by: str | None = None) -> Document:
        """Try a candidate service on a problem."""
        return problems.pilot(self._seat.for_writing(), problem, what=what, reason=reason, actor=self._seat.actor(by))

    def close_problem(
        self, problem: str, *, measured: float, document: str, reason: str, on: Day = None, by: str | None = None
    ) -> Document:
        """Close a problem on what was measured: solved, or not."""
        store, actor = self._seat.for_writing(), self._seat.actor(by)
        return problems.close(store, problem, measured=measured, document=document, reason=reason, actor=actor, on=on)
