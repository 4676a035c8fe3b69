"""The door to allied cities: `city.alliances`.

Works on whichever file holds the `Alliance`: one of its own, or a member city's. What other cities' files know (their
residents, their strategies) is read from stores that are handed in open, and are only read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from madang.civic.alliances import forms as alliance_forms
from madang.civic.alliances import joint_projects, ordinances, strategies
from madang.civic.alliances import members as alliance_members
from madang.civic.alliances.forms import CharterItem, FormStanding
from madang.civic.alliances.joint_projects import Shares
from madang.civic.alliances.ordinance_text import Difference
from madang.civic.alliances.ordinances import Matrix
from madang.civic.alliances.page import AllianceView, alliance_view, claims_of
from madang.civic.alliances.papers import alliance_paper, ordinance_paper
from madang.civic.alliances.records import (
    Period,
    all_alliances,
    alliance_named,
    last_day,
    members_on,
    periods_of,
    today_of,
)
from madang.civic.alliances.strategies import Compared
from madang.civic.announced.claims import ClaimState
from madang.documents.paper import Paper
from madang.entities.entity import Document
from madang.errors import Language
from madang.rules.book import Rulebook
from madang.store import Seat, Store

Title = str | Mapping[str, str]


class Alliances:
    """Allied cities: members over time, legal form, ordinances, joint projects, strategies."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._rules = Rulebook(seat)

    # -- who and what --------------------------------------------------------------------------------------------

    def all(self, as_of: date | str | None = None) -> list[AllianceView]:
        """Every alliance of the file as it stood on a day."""
        found = all_alliances(self._store, self._branch)
        return [self.alliance(one["id"], as_of=as_of) for one in found]

    def alliance(self, id: str, as_of: date | str | None = None) -> AllianceView:
        """One alliance: members, legal form with what is missing, charter, ordinances, projects, claims."""
        return alliance_view(self._store, self._rules, id, as_of=_day(as_of), branch=self._branch)

    def members(self, id: str, as_of: date | str | None = None) -> list[Period]:
        """Who belongs on a day, in the order in which they came."""
        view = self._store.view(self._branch)
        return members_on(view, alliance_named(view, id), _day(as_of) or today_of(self._store))

    def periods(self, id: str) -> list[Period]:
        """Every time of membership, past ones too."""
        view = self._store.view(self._branch)
        return periods_of(view, alliance_named(view, id))

    def join(
        self, id: str, *, city: str, on: str | None = None, evidence: str | None = None, reason: str,
        by: str | None = None,
    ) -> Document:  # fmt: skip
        """A city joins."""
        return alliance_members.join(
            self._seat.for_writing(), id, city=city, on=on, evidence=evidence, form=self.form(id), reason=reason,
            actor=self._seat.actor(by),
        )  # fmt: skip

    def leave(
        self, id: str, *, city: str, on: str | None = None, evidence: str | None = None, reason: str,
        by: str | None = None,
    ) -> Document:  # fmt: skip
        """A city leaves; the day named is its last."""
        return alliance_members.leave(
            self._seat.for_writing(), id, city=city, on=on, evidence=evidence, form=self.form(id), reason=reason,
            actor=self._seat.actor(by),
        )  # fmt: skip

    def claims(self, id: str) -> list[ClaimState]:
        """The figures published about an alliance, and whether the city's data give them again."""
        view = self._store.view(self._branch)
        return claims_of(self._store, alliance_named(view, id))

    # -- legal form ----------------------------------------------------------------------------------------------

    def form(self, id: str, as_of: date | str | None = None) -> str:
        """The form that follows from the steps taken: council, association, special-local-government, informal."""
        return alliance_forms.form_of(self.forms(id, as_of=as_of))

    def forms(self, id: str, as_of: date | str | None = None) -> list[FormStanding]:
        """How the alliance stands to each legal form, the strongest first."""
        found = alliance_named(self._store.view(self._branch), id)
        return alliance_forms.standings(self._store, self._rules, found, as_of=_day(as_of), branch=self._branch)

    def standing(
        self, id: str, form: str = "special-local-government", as_of: date | str | None = None
    ) -> FormStanding:
        """How the alliance stands to one legal form: each step with its clause, each council, the charter."""
        alliance_forms.checked_form(form)
        return next(one for one in self.forms(id, as_of=as_of) if one.form == form)

    def record_step(
        self,
        id: str,
        *,
        step: str,
        form: str = "special-local-government",
        council: str | None = None,
        state: str = "done",
        on: str | None = None,
        evidence: Sequence[str] = (),
        reason: str,
        by: str | None = None,
    ) -> Document:
        """Record a step towards a legal form; a council's vote names the council."""
        return alliance_forms.record_step(
            self._seat.for_writing(), self._rules, id, form=form, step=step, council=council, state=state, on=on,
            evidence=evidence, reason=reason, actor=self._seat.actor(by),
        )  # fmt: skip

    def steps(self, id: str) -> list[dict[str, Any]]:
        """Every step that was recorded towards any legal form, the earliest first."""
        found = alliance_named(self._store.view(self._branch), id)
        return alliance_forms.steps_recorded(self._store, found["id"])

    def charter_checklist(
        self, id: str, form: str = "special-local-government", as_of: date | str | None = None
    ) -> list[CharterItem]:
        """What the charter must hold, by clause, and what it says."""
        return list(self.standing(id, form, as_of).charter)

    def write_charter(
        self, id: str, *, items: Mapping[str, str], form: str = "special-local-government", reason: str,
        by: str | None = None,
    ) -> Document:  # fmt: skip
        """Write items of the charter, by their id in the checklist."""
        return alliance_forms.write_charter(
            self._seat.for_writing(), self._rules, id, items=items, form=form, reason=reason, actor=self._seat.actor(by)
        )

    # -- ordinances ----------------------------------------------------------------------------------------------

    def ordinances(self, id: str, as_of: date | str | None = None) -> list[Matrix]:
        """The joint ordinances of an alliance, each with its matrix of cities and states."""
        view = self._store.view(self._branch)
        found = alliance_named(view, id)
        return [self.matrix(one["id"], as_of) for one in ordinances.common_ordinances(view, found["id"])]

    def matrix(self, ordinance: str, as_of: date | str | None = None) -> Matrix:
        """Cities against states of adoption, and what differs in each city's text."""
        return ordinances.matrix(self._store, ordinance, as_of=_day(as_of), branch=self._branch)

    def diff(self, variant: str) -> list[Difference]:
        """How a city's text differs from the common one, article by article and paragraph by paragraph."""
        return ordinances.diff(self._store, variant, branch=self._branch)

    def draft_ordinance(self, id: str, *, title: Title, text: str, reason: str, by: str | None = None) -> Document:
        """A new common text."""
        return ordinances.draft(
            self._seat.for_writing(), id, title=title, text=text, reason=reason, actor=self._seat.actor(by),
            branch=self._branch,
        )  # fmt: skip

    def variant(
        self, ordinance: str, *, city: str, text: str | None = None, on: str | None = None, reason: str,
        by: str | None = None,
    ) -> Document:  # fmt: skip
        """A city's own text; the common one where none is given."""
        return ordinances.variant(
            self._seat.for_writing(), ordinance, city=city, text=text, on=on, reason=reason,
            actor=self._seat.actor(by), branch=self._branch,
        )  # fmt: skip

    def adopt_step(
        self,
        ordinance: str,
        *,
        city: str,
        state: str,
        on: str | None = None,
        evidence: Sequence[str] = (),
        text: str | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """Record that a city's ordinance was notified, passed or promulgated."""
        return ordinances.adopt_step(
            self._seat.for_writing(), ordinance, city=city, state=state, on=on, evidence=evidence, text=text,
            reason=reason, actor=self._seat.actor(by), branch=self._branch,
        )  # fmt: skip

    # -- joint projects ------------------------------------------------------------------------------------------

    def joint_projects(self, id: str) -> list[Document]:
        """The joint projects of an alliance."""
        view = self._store.view(self._branch)
        return joint_projects.projects_of(view, alliance_named(view, id)["id"])

    def add_project(
        self,
        id: str,
        *,
        title: Title,
        amount: int | None = None,
        members: Sequence[str] = (),
        benefits: Mapping[str, int] | None = None,
        alone: Mapping[str, int] | None = None,
        shared: int | None = None,
        coalitions: Sequence[Mapping[str, Any]] | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """A new joint project with its cost, and what is known of each city's benefit and cost alone."""
        return joint_projects.add_project(
            self._seat.for_writing(), id, title=title, amount=amount, members=members, benefits=benefits, alone=alone,
            shared=shared, coalitions=coalitions, reason=reason, actor=self._seat.actor(by), branch=self._branch,
        )  # fmt: skip

    def share_costs(self, project: str, method: str = "population", others: Sequence[Store] = ()) -> Shares:
        """The cost shared to the won by population, benefit or Shapley value, and who would rather go alone."""
        return joint_projects.share(self._store, project, method=method, others=others, branch=self._branch)

    def agree_shares(
        self, project: str, method: str = "population", *, others: Sequence[Store] = (), reason: str,
        by: str | None = None,
    ) -> list[Document]:  # fmt: skip
        """Keep the shares as agreed, one record a city."""
        found = self.share_costs(project, method, others)
        return joint_projects.agree(
            self._seat.for_writing(), found, reason=reason, actor=self._seat.actor(by), branch=self._branch
        )

    # -- strategies ----------------------------------------------------------------------------------------------

    def overlaps(self, id: str | None = None, others: Sequence[Store] = ()) -> Compared:
        """What the members intend, compared: overlap, complementarity, conflict, possible duplicate facilities."""
        view = self._store.view(self._branch)
        known = all_alliances(self._store, self._branch)
        found = alliance_named(view, id or (known[0]["id"] if known else "-"))
        members = [one.city for one in members_on(view, found, today_of(self._store))]
        cities = list(dict.fromkeys(members))
        return strategies.compared([(self._store, self._branch), *((one, "main") for one in others)], cities=cities)

    # -- papers --------------------------------------------------------------------------------------------------

    def paper(self, id: str, language: Language = "ko", as_of: date | str | None = None) -> Paper:
        """The state of an alliance as a paper."""
        return alliance_paper(
            self._store, id, language=language, rules=self._rules, as_of=_day(as_of), branch=self._branch
        )

    def ordinance_paper(self, ordinance: str, language: Language = "ko", as_of: date | str | None = None) -> Paper:
        """The matrix of an ordinance as a paper."""
        return ordinance_paper(self._store, ordinance, language=language, as_of=_day(as_of), branch=self._branch)

    # -- within --------------------------------------------------------------------------------------------------

    @property
    def _store(self) -> Store:
        return self._seat.store

    @property
    def _branch(self) -> str:
        return self._seat.branch_name


def _day(as_of: date | str | None) -> date | None:
    """A day given as such or as text; a month or a year counts to its last day."""
    return as_of if as_of is None or isinstance(as_of, date) else last_day(as_of)
