"""Joint projects (공동사업) of allied cities: what each pays, what it saves and gains, and who would object.

A project keeps its cost and what is known of the cost game (`cost_sharing`): what each city would pay alone, the part
needed once, or the cost of every coalition. Residents have one source: `population` of each `City`, in this file or in
one that is read beside it. The Local Autonomy Act (Art. 206) names population and benefit as what to go by; the Shapley
value is offered beside them, since it alone follows the cost. Agreed shares are kept as `CostShare` records, so that a
paper's figures have addresses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madang.civic.alliances.cost_sharing import (
    METHODS,
    Game,
    Method,
    Number,
    Objection,
    game_of_alone_costs,
    game_of_coalition_costs,
    in_whole_won,
    objections,
    proportional,
    shapley,
    worse_off,
)
from madang.civic.alliances.records import (
    AUTHORITY,
    alliance_named,
    city_named,
    entity_named,
    ids_of,
    members_on,
    name_of_city,
    need_reason,
    next_id,
    pair,
    put_new,
    records_of,
    today_of,
)
from madang.entities.entity import Document, json_property, language_property, property_, relationship, urn, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, DataError, Pair, both
from madang.indicators.stored import Figure, figure
from madang.store import Store, View


@dataclass(frozen=True)
class MemberShare:
    """What one city pays; what it would pay alone; what it is said to gain; the weight it was reckoned by."""

    city: str
    name: Pair
    share: int
    percent: float
    weight: Figure | None
    alone: int | None
    benefit: int | None

    @property
    def saving(self) -> int | None:
        """What doing it together spares the city."""
        return None if self.alone is None else self.alone - self.share

    @property
    def gain(self) -> int | None:
        """The benefit it is said to have, less its share."""
        return None if self.benefit is None else self.benefit - self.share

    def as_json(self) -> dict[str, Any]:
        """The share as plain JSON values."""
        return {
            "city": self.city,
            "name": self.name,
            "share": self.share,
            "percent": self.percent,
            "weight": self.weight,
            "alone": self.alone,
            "saving": self.saving,
            "benefit": self.benefit,
            "gain": self.gain,
        }


@dataclass(frozen=True)
class Shares:
    """A cost shared by one method; `stable` is None where too little is known to tell, `objections` gravest first."""

    project: str
    title: Pair
    method: str
    cost: Figure
    members: tuple[MemberShare, ...]
    stable: bool | None
    objections: tuple[Objection, ...]
    names: Mapping[str, Pair]

    def as_json(self) -> dict[str, Any]:
        """The shares as a page draws them."""
        return {
            "project": self.project,
            "title": self.title,
            "method": {"id": self.method, "label": both(f"alliances.method-{self.method}")},
            "cost": self.cost,
            "sum": sum(member.share for member in self.members),
            "members": [member.as_json() for member in self.members],
            "stable": self.stable,
            "verdict": self.verdict(),
            "objections": [
                {
                    "members": list(one.members),
                    "names": [self.names[id] for id in one.members],
                    "share": one.share,
                    "alone": one.alone,
                    "excess": one.excess,
                }
                for one in self.objections
            ],
        }

    def verdict(self) -> Pair:
        """Whether somebody would be better off without the others, in a sentence."""
        if self.stable is None:
            return both("alliances.shares-untold")
        if self.stable:
            return both("alliances.shares-stable")
        first = self.objections[0]
        who = {lang: ", ".join(self.names[id][lang] for id in first.members) for lang in ("ko", "en")}
        return both("alliances.shares-objected", who=who, excess=f"{first.excess:,}", count=len(self.objections))


def projects_of(view: View, alliance: str) -> list[Document]:
    """The joint projects of an alliance."""
    return records_of(view, "JointProject", refAlliance=alliance)


def project_named(view: View, name: str) -> Document:
    """One joint project by id or short name."""
    return entity_named(view, "JointProject", name, unknown="alliances.project-unknown")


def add_project(
    store: Store,
    alliance: str,
    *,
    title: str | Mapping[str, str],
    amount: int | None,
    members: Sequence[str],
    benefits: Mapping[str, int] | None,
    alone: Mapping[str, int] | None,
    shared: int | None,
    coalitions: Sequence[Mapping[str, Any]] | None,
    reason: str,
    actor: str,
    branch: str,
) -> Document:
    """A new joint project; the members of today where none are named. Its cost game must be whole and fit its cost."""
    need_reason(reason)
    view = store.view(branch)
    found = alliance_named(view, alliance)
    today = list(dict.fromkeys(period.city for period in members_on(view, found, today_of(store))))
    cities = list(dict.fromkeys(city_named(view, name) for name in members)) or today
    if len(cities) < 2:
        raise DataError("alliances.too-few-to-share", count=len(cities))
    strangers = [city for city in cities if city not in today]
    if strangers:
        raise CallerError("alliances.project-of-strangers", city=name_of_city(view, strangers[0]))
    stem = urn("JointProject", AUTHORITY, f"{found['id'].rpartition(':')[2]}-project")
    made: Document = {
        "id": next_id(view.ids(Query(types=parse_types("JointProject"))), stem),
        "type": "JointProject",
        "title": language_property(pair(title)),
        "refAlliance": relationship(found["id"]),
        "members": relationship(cities),
    }
    if benefits is not None:
        made["benefits"] = json_property(_by_city(view, benefits, cities))
    if alone is not None:
        made["aloneCosts"] = json_property(_by_city(view, alone, cities))
        made["sharedCost"] = property_(_won(shared or 0, "shared"), unit="KRW")
    if coalitions is not None:
        made["coalitionCosts"] = json_property(
            [
                {
                    "members": [city_named(view, n) for n in one.get("members", ())],
                    "cost": _won(one.get("cost"), "cost"),
                }
                for one in coalitions
            ]
        )
    game = game_of(made)
    if amount is None and game is None:
        raise CallerError("alliances.project-without-cost")
    total = _won(amount if game is None else game.total, "amount", least=1)
    made["amount"] = property_(total, unit="KRW")
    if amount is not None and game is not None and amount != game.total:
        raise DataError("alliances.cost-against-game", amount=f"{amount:,}", total=f"{game.total:,}")
    return put_new(store, made, actor=actor, reason=reason, branch=branch)


def game_of(project: Document) -> Game | None:
    """The cost game of a project, or None where nothing is known of it."""
    members = ids_of(value_of(project, "members"))
    given = value_of(project, "coalitionCosts")
    if given is not None:
        return game_of_coalition_costs(members, [(one["members"], one["cost"]) for one in given])
    alone = value_of(project, "aloneCosts")
    if alone is None:
        return None
    missing = [city for city in members if city not in alone]
    if missing:
        raise DataError("alliances.alone-missing", city=missing[0])
    return game_of_alone_costs({city: alone[city] for city in members}, shared=value_of(project, "sharedCost") or 0)


def share(store: Store, project: str, *, method: str, others: Sequence[Store] = (), branch: str = "main") -> Shares:
    """The cost of a project shared by a method, and whether a coalition would rather go alone."""
    if method not in METHODS:
        raise CallerError("alliances.method-unknown", method=method, known=", ".join(METHODS))
    view = store.view(branch)
    found = project_named(view, project)
    cost = figure(store, found, "amount", branch=branch)
    assert cost is not None  # a project is not made without
    cities, game = ids_of(value_of(found, "members")), game_of(found)
    weights = _weights(store, found, cities, method, others, branch)
    exact = shapley(_known(game)) if method == "shapley" else proportional(cost["value"], _numbers(weights))
    whole = in_whole_won(exact)
    against = objections(game, whole) if game is not None else worse_off(value_of(found, "aloneCosts") or {}, whole)
    benefits = value_of(found, "benefits") or {}
    rows = tuple(
        MemberShare(
            city, name_of_city(view, city), whole[city], round(100 * whole[city] / cost["value"], 2),
            weights.get(city), None if game is None else game.costs[frozenset({city})], benefits.get(city),
        )
        for city in cities
    )  # fmt: skip
    names = {city: name_of_city(view, city) for city in cities}
    stable = None if game is None else not against
    return Shares(found["id"], pair(value_of(found, "title")), method, cost, rows, stable, tuple(against), names)


def agree(store: Store, shares: Shares, *, reason: str, actor: str, branch: str) -> list[Document]:
    """Keep shares as agreed: one record a city, all in one transaction; what was agreed before is replaced."""
    need_reason(reason)
    stem, day = shares.project.rpartition(":")[2], today_of(store).isoformat()
    made: list[Document] = [
        {
            "id": urn("CostShare", AUTHORITY, f"{stem}-{one.city.rpartition(':')[2]}"),
            "type": "CostShare",
            "refProject": relationship(shares.project),
            "refMember": relationship(one.city),
            "amount": property_(one.share, unit="KRW"),
            "method": property_(shares.method),
            "date": property_(day),
            "recordedBy": property_(actor),
        }
        for one in shares.members
    ]
    with store.transact(branch=branch, actor=actor, reason=reason, act="share-cost") as tx:
        for former in agreed_shares(store.view(branch), shares.project):
            if former["id"] not in {one["id"] for one in made}:  # of a city that has no part any more
                tx.delete(former["id"])
        tx.put_many(made)
    return made


def agreed_shares(view: View, project: str) -> list[Document]:
    """The shares that were agreed for a project."""
    return records_of(view, "CostShare", refProject=project)


def population_of(city: str, stores: Sequence[tuple[Store, str]]) -> Figure | None:
    """The residents of a city as a figure with its address, from the first file that knows them."""
    for store, branch in stores:
        found = store.view(branch).document(city)
        known = figure(store, found, "population", branch=branch) if found is not None else None
        if known is not None:
            return known
    return None


def _weights(
    store: Store, project: Document, cities: Sequence[str], method: str, others: Sequence[Store], branch: str
) -> dict[str, Figure]:
    if method == "population":
        stores = [(store, branch), *((other, "main") for other in others)]
        found = {city: population_of(city, stores) for city in cities}
        missing = [name_of_city(store.view(branch), city) for city, known in found.items() if known is None]
        if missing:
            raise DataError("alliances.population-unknown", cities=_joined(missing))
        return {city: known for city, known in found.items() if known is not None}
    if method == "benefit":
        benefits = value_of(project, "benefits")
        if benefits is None or any(city not in benefits for city in cities):
            raise DataError("alliances.benefit-unknown", project=project["id"])
        return {city: {**_benefit_figure(store, project, branch), "value": benefits[city]} for city in cities}
    return {}


def _benefit_figure(store: Store, project: Document, branch: str) -> Figure:
    return figure(store, project, "benefits", branch=branch) or {}


def _numbers(weights: Mapping[str, Figure]) -> dict[str, Number]:
    return {city: known["value"] for city, known in weights.items()}


def _known(game: Game | None) -> Game:
    if game is None:
        raise DataError("alliances.game-unknown")
    return game


def _by_city(view: View, given: Mapping[str, int], cities: Sequence[str]) -> dict[str, int]:
    found = {city_named(view, name): _won(amount, name) for name, amount in given.items()}
    missing = [city for city in cities if city not in found]
    if missing:
        raise DataError("alliances.amount-missing", city=name_of_city(view, missing[0]))
    return found


def _won(amount: Any, field: str, *, least: int = 0) -> int:
    """Whole won, not below the least; anything else is refused by the name of its field."""
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < least:
        raise CallerError("alliances.not-won", field=field, found=amount, least=least)
    return amount


def _joined(names: Sequence[Pair]) -> Pair:
    return {language: ", ".join(name[language] for name in names) for language in ("ko", "en")}


__all__ = [
    "METHODS",
    "MemberShare",
    "Method",
    "Shares",
    "add_project",
    "agree",
    "agreed_shares",
    "game_of",
    "population_of",
    "project_named",
    "projects_of",
    "share",
]
