"""Whose opinions these are: by channel, and against the city's people by district, dong, sex and age.

The share of a group among the opinions is set beside its share of the population; `ratio` 1 is as many as its people,
0.5 half as many. Population is that of the city's own data, with its address; where there is none, the share is unknown
and nothing is said about balance. Opinions that do not tell the group are counted as untold, not spread over others.
One or two people of an age or a sex could be recognised: such counts are withheld (비공개(소수)).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from madang.civic.deciding.procedure_records import of_round, opinions_of, round_of
from madang.civic.deciding.records import proposal_of
from madang.entities.entity import Document, value_of
from madang.entities.query import Query, parse_q, parse_types
from madang.errors import Pair, both
from madang.indicators import stored
from madang.store import Store, View

FEWEST = 3
UNDER = 0.5
AGES_TABLE = "population/age-groups"
Dimension = Literal["district", "dong", "sex", "age"]


@dataclass(frozen=True)
class Group:
    """One group: how many opinions, how many people, and how the shares compare; None where unknown or withheld."""

    id: str
    label: Pair
    opinions: int | None
    share: float | None
    population: Mapping[str, Any] | None
    population_share: float | None
    ratio: float | None
    withheld: bool

    @property
    def is_under(self) -> bool | None:
        """Whether the group speaks less than half as often as its people would; None where nobody can say."""
        return None if self.ratio is None else self.ratio < UNDER

    def as_json(self) -> dict[str, Any]:
        """The group as plain JSON values; the population is a figure with its address."""
        return {
            "id": self.id,
            "label": self.label,
            "opinions": self.opinions,
            "share": self.share,
            "population": self.population,
            "populationShare": self.population_share,
            "ratio": self.ratio,
            "under": self.is_under,
            "withheld": self.withheld,
        }


@dataclass(frozen=True)
class Representation:
    """The opinions of a round by channel, and each dimension with its groups and how many did not tell."""

    opinions: int
    channels: Mapping[str, int]
    groups: Mapping[str, Sequence[Group]]
    untold: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """The tables as plain JSON values, with labels."""
        return {
            "opinions": self.opinions,
            "channels": [
                {"id": name, "label": both(f"procedure.channel-{name}"), "opinions": number}
                for name, number in self.channels.items()
            ],
            "dimensions": [
                {
                    "id": name,
                    "label": both(f"procedure.by-{name}"),
                    "groups": [group.as_json() for group in groups],
                    "untold": self.untold[name],
                    "detail": None if any(g.population for g in groups) else both("procedure.no-population"),
                }
                for name, groups in self.groups.items()
            ],
        }


def representation(store: Store, proposal_id: str) -> Representation:
    """The opinions of a proposal's round against the city's people."""
    proposal = proposal_of(store, proposal_id)
    mine = [
        one
        for one in of_round(opinions_of(store, proposal["id"]), round_of(proposal))
        if value_of(one, "refOpinion") is None and value_of(one, "state") != "withdrawn"
    ]
    view = store.view()
    told = {
        "district": [_district_of(view, one) for one in mine],
        "dong": [value_of(one, "refDong") for one in mine],
        "sex": [value_of(one, "sex") for one in mine],
        "age": [value_of(one, "ageGroup") for one in mine],
    }
    people: dict[str, Mapping[str, tuple[Pair, Mapping[str, Any] | None]]] = {
        "district": _places(store, "District"),
        "dong": _places(store, "Dong"),
        "sex": _sexes(store),
        "age": _ages(store),
    }
    groups = {name: _groups(name, told[name], people[name]) for name in told}
    channels = Counter(value_of(one, "channel") or "untold" for one in mine)
    untold = {name: sum(one is None for one in values) for name, values in told.items()}
    return Representation(len(mine), dict(channels.most_common()), groups, untold)


def _groups(
    dimension: str, told: Sequence[str | None], people: Mapping[str, tuple[Pair, Mapping[str, Any] | None]]
) -> list[Group]:
    """Each group that spoke or could have; dong that nobody spoke from are left out, there are too many."""
    counted = Counter(one for one in told if one is not None)
    known = {id: figure["value"] for id, (_, figure) in people.items() if figure is not None}
    total, everybody = counted.total(), sum(known.values())
    names = [*(id for id in people if dimension != "dong" or counted[id]), *(id for id in counted if id not in people)]
    found = []
    for id in names:
        label, figure = people.get(id, ({"ko": id, "en": id}, None))
        few = dimension in ("sex", "age") and 0 < counted[id] < FEWEST
        share = None if few or not total else counted[id] / total
        population_share = known[id] / everybody if id in known and everybody else None
        ratio = share / population_share if share is not None and population_share else None
        rounded = [None if one is None else round(one, 4) for one in (share, population_share, ratio)]
        found.append(Group(id, label, None if few else counted[id], rounded[0], figure, rounded[1], rounded[2], few))
    return found


def _district_of(view: View, opinion: Document) -> str | None:
    """The district told, or that of the dong told."""
    if (told := value_of(opinion, "refDistrict")) is not None:
        return str(told)
    dong = view.document(value_of(opinion, "refDong") or "urn:none")
    found = value_of(dong, "refDistrict") if dong is not None else None
    return str(found) if found is not None else None


def _places(store: Store, type_name: str) -> dict[str, tuple[Pair, Mapping[str, Any] | None]]:
    """Districts or dong with their population; a district without one of its own has the sum of its dong."""
    places = store.view().documents(Query(types=parse_types(type_name)))
    return {one["id"]: (_named(one), _population(store, one)) for one in places}


def _population(store: Store, place: Document) -> Mapping[str, Any] | None:
    """The population as a figure: the default instance, else the first of those that say how they were counted."""
    found = place.get("population")
    instances = found if isinstance(found, list) else [found] if found else []
    for instance in sorted(instances, key=lambda one: one.get("datasetId") or ""):
        if isinstance(instance.get("value"), (int, float)):
            return stored.figure(store, place, "population", dataset_id=instance.get("datasetId"))
    return None


def _sexes(store: Store) -> dict[str, tuple[Pair, Mapping[str, Any] | None]]:
    statistics = _latest_of_city(store, "population/all-households")
    return {
        sex: (both(f"procedure.sex-{sex}"), stored.figure(store, statistics, sex) if statistics else None)
        for sex in ("male", "female")
    }


def _ages(store: Store) -> dict[str, tuple[Pair, Mapping[str, Any] | None]]:
    """Age groups as a loaded table names them; none is made up where no table was loaded."""
    statistics = _latest_of_city(store, AGES_TABLE)
    if statistics is None:
        return {}
    skip = {"id", "type", "table", "year", "period", "source", "status", "refPlace", "refCity", "code", "description"}
    return {
        name: ({"ko": name, "en": name}, stored.figure(store, statistics, name))
        for name in statistics
        if name not in skip and isinstance(value_of(statistics, name), (int, float))
    }


def _latest_of_city(store: Store, table: str) -> Document | None:
    view = store.view()
    cities = set(view.ids(Query(types=parse_types("City"))))
    found = view.documents(Query(types=parse_types("Statistic"), q=parse_q(f'table=="{table}"')))
    mine = [one for one in found if value_of(one, "refPlace") in cities]
    return max(mine, key=lambda one: int(value_of(one, "year") or 0), default=None)


def _named(place: Document) -> Pair:
    said = value_of(place, "name")
    words = said if isinstance(said, Mapping) else {"ko": str(said or place["id"])}
    some = next(iter(words.values()), place["id"])
    return {lang: str(words.get(lang, some)) for lang in ("ko", "en")}
