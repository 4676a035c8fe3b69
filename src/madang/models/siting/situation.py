"""A branch and a question about it, made ready: places, sites, ways, and why an answer would be unknown.

Words (`service`, `objective`, `distance`) come from the question, else from the branch's siting study.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from madang.errors import CallerError, both
from madang.models.base import Context, Floats, Inputs, Label
from madang.models.siting import places
from madang.models.siting.card import SPEC
from madang.models.siting.distances import Ways, ways_between
from madang.models.siting.objectives import OBJECTIVES
from madang.models.siting.places import CANDIDATE, Demand, Sites, Study

NAMED = 5  # places named in a sentence
NEEDS_PEOPLE = ("p-median", "coverage", "equity")


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """What a question meets; `unknown` says why there is no answer at all, `unweighted` why people can't weigh it."""

    service: str
    objective: str
    study: Study | None
    demand: Demand
    sites: Sites
    ways: Ways
    warnings: tuple[Label, ...]
    unknown: Label | None
    unweighted: Label | None

    @property
    def standing(self) -> tuple[int, ...]:
        """Sites that stand or are planned."""
        return tuple(self.sites.indices("standing", "planned"))

    @property
    def candidates(self) -> tuple[int, ...]:
        """Sites that may be chosen."""
        return tuple(self.sites.indices(CANDIDATE))

    @property
    def capacities(self) -> Floats | None:
        """Capacities to be held: under p-median, where every site states one."""
        stated = len(self.sites.ids) > 0 and not np.isnan(self.sites.capacity).any()
        return self.sites.capacity if stated and self.objective == "p-median" else None

    def count(self, p: float) -> int:
        """How many new sites `p` asks for: 0 takes the study's number, one where nothing is said."""
        asked = p
        if not asked:
            stated = self.study.new_sites if self.study is not None else None
            asked = stated if stated is not None else float(bool(self.candidates))
        count = int(np.rint(asked))
        if count > len(self.candidates) and self.unknown is None and self.objective != "all-covered":
            facts = {"asked": count, "there": len(self.candidates), "service": self.service}
            raise CallerError("siting.too-few-candidates", **facts)
        return count

    def asked_for(self, p: float) -> float:
        """The number of sites as it was given, before it was made whole."""
        stated = self.study.new_sites if self.study is not None else None
        return p or (stated if stated is not None else float(bool(self.candidates)))


@dataclass(frozen=True, slots=True)
class Central:
    """What the central answer of a computation was given: its words, and the numbers at which sites are chosen."""

    words: Mapping[str, str]
    numbers: Mapping[str, float]


def central_of(params: Mapping[str, Any]) -> Central:
    """The words and numbers of a question."""
    return Central(
        {name: str(params.get(name) or "") for name in SPEC.words},
        {p.name: float(params[p.name]) for p in SPEC.params},
    )


def central_behind(params: Mapping[str, Any], ctx: Context) -> Central:
    """What the central answer behind these members was given; the card's defaults where nobody says."""
    return central_of(
        {p.name: p.default for p in SPEC.params} | {w: params.get(w) for w in SPEC.words} | dict(ctx.central)
    )


def situation_of(inputs: Inputs, words: Mapping[str, str], unknown_allowed: float) -> Situation:
    """The branch as the question meets it."""
    service, known = places.service_of(inputs, words["service"])
    studies = places.studies_of(inputs)
    study = studies.get(service) or studies.get("")
    objective = words["objective"] or (study.objective if study is not None else "") or OBJECTIVES[0]
    if objective not in OBJECTIVES:
        raise CallerError("siting.objective-unknown", objective=objective, known=", ".join(OBJECTIVES))
    demand, left_out = _known_demand(places.demand_of(inputs, service), unknown_allowed)
    sites, lost = places.sites_of(inputs, service)
    ways = ways_between(demand.xy, sites.xy, inputs.get("roads"), words["distance"])
    warnings = list(left_out)
    if lost:
        warnings.append(both("siting.warn-sites-without-position", count=len(lost), places=named(lost)))
    return Situation(
        service,
        objective,
        study,
        demand,
        sites,
        ways,
        tuple(warnings),
        _why_unknown(demand, sites, service, known),
        _why_unweighted(demand),
    )


def _known_demand(demand: Demand, allowed: float) -> tuple[Demand, list[Label]]:
    """The demand without unknown places, where so many may be left out; else as it is."""
    lacking = np.isnan(demand.people) | np.isnan(demand.xy[:, 0])
    if not lacking.any() or lacking.mean() > allowed:
        return demand, []
    names = [demand.labels[i] for i in np.flatnonzero(lacking)]
    warning = both("siting.warn-left-out", count=len(names), places=named(names))
    return demand.only(np.flatnonzero(~lacking).tolist()), [warning]


def _why_unknown(demand: Demand, sites: Sites, service: str, known: tuple[str, ...]) -> Label | None:
    if not len(demand.ids):
        return both("siting.unknown-no-demand")
    lost = [demand.labels[i] for i in np.flatnonzero(np.isnan(demand.xy[:, 0]))]
    if lost:
        return both("siting.unknown-position", count=len(lost), places=named(lost))
    if not service:
        return both("siting.unknown-no-service", known=", ".join(known)) if known else both("siting.unknown-no-sites")
    return None if len(sites.ids) else both("siting.unknown-no-sites")


def _why_unweighted(demand: Demand) -> Label | None:
    lacking = [demand.labels[i] for i in np.flatnonzero(np.isnan(demand.people))]
    if lacking:
        return both("siting.unknown-population", count=len(lacking), places=named(lacking))
    return None if not len(demand.people) or demand.people.sum() > 0 else both("siting.unknown-no-demand")


def named(labels: Sequence[Label], *, most: int = NAMED) -> Label:
    """The first few names, in both languages."""
    more = "" if len(labels) <= most else " …"
    return {lang: ", ".join(label[lang] for label in labels[:most]) + more for lang in ("ko", "en")}
