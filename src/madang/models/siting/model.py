"""The siting model: where further sites of a service should stand, and who gets access to them.

Places, sites and ways are read in `situation`, sites are chosen in `choosing` (spopt and HiGHS in a process of their
own, checked here), access is measured in `access`, tables and sentences stand in `tables`, what a map draws in `maps`.

Bands: the chosen sites stand, and access is measured again for each member under its own detour, speed and growth of
the population. A design that turns levers chooses again for each number of sites (and time limit, or aversion to
inequality, where it matters).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from madang.errors import CallerError, both
from madang.indicators.catalogue import indicator
from madang.indicators.quantity import Quantity
from madang.models.base import Context, Floats, Inputs, Label, Result, Spec
from madang.models.siting import access, maps, tables
from madang.models.siting.card import OUTPUTS, SPEC
from madang.models.siting.choosing import NOTHING, Ask, Choice, choose
from madang.models.siting.situation import (
    NEEDS_PEOPLE,
    Central,
    Situation,
    central_behind,
    central_of,
    situation_of,
)

MOST_QUESTIONS = 60  # different siting problems solved for one ensemble
CHUNK_CELLS = 4_000_000  # of members x places x sites held at once
NEEDS_RADIUS = ("coverage", "all-covered")


class Siting:
    """The model: reads nothing but its inputs, keeps nothing but a memory of solved questions."""

    spec: Spec = SPEC

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        """The central answer: sites chosen and access measured at the values given."""
        central = central_of(params)
        numbers = central.numbers
        met = situation_of(inputs, central.words, numbers["unknown_allowed"])
        choice = _choice(met, numbers, ctx, curve=True)
        people = (met.demand.people * numbers["growth"])[None, :]
        columns = _columns(met, choice, _vectors(numbers), people)
        figures = {id: _quantity(id, float(columns[id][0]), met) for id in OUTPUTS}
        return Result(
            indicators=figures,
            tables=tables.tables_of(met, choice, numbers) | maps.maps_of(inputs, met, choice, numbers),
            warnings=(*met.warnings, *tables.warnings_of(met, choice, numbers)),
            diagnostics=_diagnostics(met, choice),
            notes=tables.notes_of(met, choice, numbers),
        )

    def run_batch(self, inputs: Inputs, params: Mapping[str, Floats], ctx: Context) -> Mapping[str, Floats]:
        """Every indicator for every member: the sites stand, access is measured again."""
        central = central_behind(params, ctx)
        met = situation_of(inputs, central.words, float(params["unknown_allowed"][0]))
        members = len(params["p"])
        people = _people(met, params, ctx)
        found = {id: np.full(members, np.nan) for id in OUTPUTS}
        for numbers, at in _questions(met, params, central):
            choice = _choice(met, numbers, ctx, curve=False)
            some = {p.name: params[p.name][at] for p in SPEC.params}
            for id, column in _columns(met, choice, some, people[at]).items():
                found[id][at] = column
            ctx.check_cancelled()
        return found


def _choice(met: Situation, numbers: Mapping[str, float], ctx: Context, *, curve: bool) -> Choice:
    """The sites chosen for one set of numbers; none where what must be known is not."""
    count = met.count(numbers["p"])
    if met.unknown is not None or (met.unweighted is not None and met.objective in NEEDS_PEOPLE):
        return NOTHING
    return choose(
        Ask(
            ways=met.ways.kilometres(numbers["detour"]),
            people=met.demand.people,
            standing=met.standing,
            candidates=met.candidates,
            objective=met.objective,
            count=count,
            radius=numbers["minutes"] / 60 * numbers["speed"],
            aversion=numbers["inequality_aversion"],
            seconds=numbers["solve_seconds"],
            capacities=met.capacities,
            curve=curve,
        ),
        ctx,
    )


def _questions(met: Situation, params: Mapping[str, Floats], central: Central) -> list[tuple[dict[str, float], Any]]:
    """The different siting problems among the members, each at the central detour and speed, and who asks it."""
    asked = np.stack(
        [
            [met.asked_for(p) for p in params["p"]],
            params["minutes"] if met.objective in NEEDS_RADIUS else np.zeros(len(params["p"])),
            params["inequality_aversion"] if met.objective == "equity" else np.zeros(len(params["p"])),
        ],
        axis=1,
    )
    asked[:, 0] = np.rint(asked[:, 0])
    different, back = np.unique(asked, axis=0, return_inverse=True)
    if len(different) > MOST_QUESTIONS:
        raise CallerError("siting.too-many-questions", count=len(different), most=MOST_QUESTIONS)
    found = []
    for n in range(len(different)):
        at = np.flatnonzero(back.ravel() == n)
        own = {name: float(params[name][at[0]]) for name in ("p", "minutes", "inequality_aversion")}
        found.append(({**central.numbers, **own}, at))
    return found


def _people(met: Situation, params: Mapping[str, Floats], ctx: Context) -> Floats:
    """People of each place for each member: the city's growth, and each place's own, drawn by the place's id."""
    members, spread = len(params["growth"]), params["growth_spread"]
    own = np.ones((members, len(met.demand.ids)))
    if spread.any():
        for i, id in enumerate(met.demand.ids):
            own[:, i] += spread * (2 * ctx.stratified(f"growth:{id}", members) - 1)
    return np.asarray(met.demand.people * own * params["growth"][:, None])


def _vectors(numbers: Mapping[str, float]) -> dict[str, Floats]:
    return {name: np.array([value]) for name, value in numbers.items()}


def ways_of(met: Situation, choice: Choice, detour: Floats, *, before: bool = False) -> Floats:
    """Kilometres from each place to its site, members x places; NaN where no site serves."""
    serving = list(met.standing) if before else [*met.standing, *choice.chosen]
    members, n = len(detour), len(met.demand.ids)
    if not serving or not n:
        return np.full((members, n), np.nan)
    scaled, along = met.ways.scaled / 1000, met.ways.along / 1000
    if choice.assigned is not None and not before:
        at = (np.arange(n), np.array(choice.assigned))
        return np.asarray(detour[:, None] * scaled[at] + along[at])
    scaled, along = scaled[:, serving], along[:, serving]
    if not met.ways.on_roads:
        return np.asarray(detour[:, None] * scaled.min(axis=1))
    step = max(1, CHUNK_CELLS // scaled.size)
    parts = [(detour[k : k + step, None, None] * scaled + along).min(axis=2) for k in range(0, members, step)]
    return np.concatenate(parts)


def _columns(met: Situation, choice: Choice, params: Mapping[str, Floats], people: Floats) -> dict[str, Floats]:
    """Every indicator by member; NaN where it is unknown."""
    members = len(params["detour"])
    if met.unknown is not None:
        return {id: np.full(members, np.nan) for id in OUTPUTS}
    km, km_before = (ways_of(met, choice, params["detour"], before=b) for b in (False, True))
    to_minutes = (60 / params["speed"])[:, None]
    minutes, before = km * to_minutes, km_before * to_minutes
    by_time, by_way = access.ranked(minutes, people), access.ranked(km, people)
    worst, best = access.worst_part(by_time), access.best_part(by_time)
    near, near_before = (access.covered(ways, people, params["minutes"]) for ways in (minutes, before))
    mean = access.mean(minutes, people)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "siting.minutes": mean,
            "siting.minutes-p90": access.percentile(by_time),
            "siting.distance": access.mean(km, people),
            "siting.distance-p90": access.percentile(by_way),
            "siting.covered": near,
            "siting.covered-share": 100 * near / access.total(minutes, people),
            "siting.worst-minutes": minutes.max(axis=1),
            "siting.worst-fifth-minutes": worst,
            "siting.fifths-ratio": np.where(best > 0, worst / best, np.nan),
            "siting.gini": access.gini(by_time),
            "siting.minutes-saved": access.mean(before, people) - mean,
            "siting.covered-gain": near - near_before,
            "siting.new-sites": np.full(members, _new_sites(met, choice)),
        }


def _new_sites(met: Situation, choice: Choice) -> float:
    undecided = choice is NOTHING and met.unweighted is not None and met.candidates and met.objective in NEEDS_PEOPLE
    return float("nan") if undecided else float(len(choice.chosen))


def _quantity(id: str, value: float, met: Situation) -> Quantity:
    entry = indicator(id)
    if np.isfinite(value):
        return Quantity(value, entry.unit, method=entry.method["en"])
    return Quantity(None, entry.unit, method=entry.method["en"], note=_why(id, met))


def _why(id: str, met: Situation) -> dict[str, str]:
    service = tables.service_label(met.service)
    note: Label
    if met.unknown is not None:
        note = met.unknown
    elif met.unweighted is not None:
        note = met.unweighted
    elif not met.standing and id in ("siting.minutes-saved", "siting.covered-gain"):
        note = both("siting.unknown-no-before", service=service)
    elif id in ("siting.fifths-ratio", "siting.gini") and met.standing:
        note = both("siting.unknown-best-fifth")
    else:
        note = both("siting.unknown-nothing-stands", service=service)
    return dict(note)


def _diagnostics(met: Situation, choice: Choice) -> dict[str, float]:
    gap = choice.best.gap
    return {
        "places": float(len(met.demand.ids)),
        "standing": float(len(met.standing)),
        "candidates": float(len(met.candidates)),
        "loss": choice.best.loss,
        "gap": float("nan") if gap is None else gap,
        "on_roads": float(met.ways.on_roads),
    }
