"""What the page of an alliance shows: members, form, ordinances, projects, strategies, figures claimed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.civic.alliances import forms as alliance_forms
from madang.civic.alliances import ordinances
from madang.civic.alliances.forms import FormStanding
from madang.civic.alliances.joint_projects import agreed_shares, projects_of
from madang.civic.alliances.ordinances import Matrix
from madang.civic.alliances.records import (
    Period,
    alliance_named,
    last_day,
    members_on,
    pair,
    periods_of,
    records_of,
    today_of,
)
from madang.civic.announced.claims import ClaimState, claims
from madang.entities.entity import Document, value_of
from madang.errors import Pair
from madang.indicators.stored import Figure, figure
from madang.rules.book import Rulebook
from madang.store import Store


@dataclass(frozen=True)
class AllianceView:
    """An alliance as it stood on a day."""

    id: str
    name: Pair
    description: Pair | None
    since: str | None
    as_of: date
    members: tuple[Period, ...]
    periods: tuple[Period, ...]
    form: str
    forms: tuple[FormStanding, ...]
    steps: tuple[dict[str, Any], ...]
    ordinances: tuple[Matrix, ...]
    projects: tuple[dict[str, Any], ...]
    strategies: tuple[dict[str, Any], ...]
    claims: tuple[ClaimState, ...]

    def as_json(self) -> dict[str, Any]:
        """The alliance as plain JSON values, enough for its page."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "since": self.since,
            "asOf": self.as_of.isoformat(),
            "members": [one.as_json() for one in self.members],
            "memberCount": len(self.members),
            "periods": [one.as_json() for one in self.periods],
            "form": {"id": self.form, "label": alliance_forms.label_of(self.form)},
            "forms": [one.as_json() for one in self.forms],
            "steps": list(self.steps),
            "ordinances": [one.as_json() for one in self.ordinances],
            "projects": list(self.projects),
            "strategies": list(self.strategies),
            "claims": list(self.claims),
        }


def alliance_view(
    store: Store, rules: Rulebook, name: str, *, as_of: date | None = None, branch: str = "main"
) -> AllianceView:
    """An alliance with all that hangs on it, as it stood on a day."""
    view, day = store.view(branch), as_of or today_of(store)
    found = alliance_named(view, name)
    id = found["id"]
    standings = alliance_forms.standings(store, rules, found, as_of=day, branch=branch)
    members = {one.city: one for one in members_on(view, found, day)}
    said = value_of(found, "description")
    return AllianceView(
        id=id,
        name=pair(value_of(found, "name")),
        description=None if said is None else pair(said),
        since=value_of(found, "since"),
        as_of=day,
        members=tuple(members.values()),
        periods=tuple(periods_of(view, found)),
        form=alliance_forms.form_of(standings),
        forms=tuple(standings),
        steps=tuple(one for one in alliance_forms.steps_recorded(store, id) if last_day(one["date"]) <= day),
        ordinances=tuple(
            ordinances.matrix(store, one["id"], as_of=day, branch=branch)
            for one in ordinances.common_ordinances(view, id)
        ),
        projects=tuple(_project(store, one, branch) for one in projects_of(view, id)),
        strategies=tuple(_strategy(store, one) for one in records_of(view, "CityStrategy", refAlliance=id)),
        claims=tuple(claims_of(store, found)),
    )


def claims_of(store: Store, alliance: Document) -> list[ClaimState]:
    """The figures that the alliance's announcement states, with what checking them gave."""
    announcement = value_of(alliance, "refAnnouncement")
    return [one for one in claims(store) if announcement is not None and one["announcement"] == announcement]


def _project(store: Store, project: Document, branch: str) -> dict[str, Any]:
    agreed = agreed_shares(store.view(branch), project["id"])
    return {
        "id": project["id"],
        "title": pair(value_of(project, "title")),
        "cost": figure(store, project, "amount", branch=branch),
        "agreed": [
            {"city": value_of(one, "refMember"), "method": value_of(one, "method"), "share": _amount(store, one)}
            for one in agreed
        ],
    }


def _strategy(store: Store, strategy: Document) -> dict[str, Any]:
    return {
        "id": strategy["id"],
        "city": value_of(strategy, "refCity"),
        "title": pair(value_of(strategy, "title")),
        "category": value_of(strategy, "category"),
        "budget": _amount(store, strategy),
    }


def _amount(store: Store, document: Document) -> Figure | None:
    return figure(store, document, "amount")
