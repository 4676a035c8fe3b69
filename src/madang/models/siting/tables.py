"""Tables and sentences of a siting answer: the sites, access by place and group, the gain of each further site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from madang.errors import both
from madang.indicators.quantity import rounded
from madang.models.base import Floats, Label
from madang.models.siting import access
from madang.models.siting.card import SPEC
from madang.models.siting.choosing import NOTHING, Choice, Point
from madang.models.siting.maps import nearest_site
from madang.models.siting.places import HYDROGEN
from madang.models.siting.situation import Situation, named

Row = dict[str, Any]
GAP_SAID = 1e-6  # relative; a smaller gap is the solver's own tolerance


def tables_of(met: Situation, choice: Choice, numbers: Mapping[str, float]) -> dict[str, list[Row]]:
    """Every table of the central answer; empty where nothing is known."""
    if met.unknown is not None or not (met.standing or choice.chosen):
        return {}
    now, before = (_minutes(met, choice.chosen if on else (), choice, numbers) for on in (True, False))
    people = met.demand.people * numbers["growth"]
    found = {
        "sites": _sites(met, choice, now, people, numbers),
        "by-district:siting.minutes": _by_place(met, now, before, people),
        "by-district:siting.covered-share": [
            {"place": id, "label": dict(label), "value": 100.0 * (way <= numbers["minutes"]), "weight": _known(w)}
            for id, label, way, w in zip(met.demand.ids, met.demand.labels, now, people, strict=True)
        ],
        "access": _access(met, choice, now, before, people, numbers),
        "marginal": _marginal(met, choice, people, numbers),
    }
    groups = [_group(name, values * numbers["growth"], now) for name, values in met.demand.groups.items()]
    return found | ({"by-group:siting.minutes": groups} if groups else {})


def warnings_of(met: Situation, choice: Choice, numbers: Mapping[str, float]) -> list[Label]:
    """What a reader must be told about this answer."""
    told: list[Label] = []
    asked = met.asked_for(numbers["p"])
    if asked != round(asked):
        told.append(both("siting.warn-rounded", found=f"{asked:g}", taken=round(asked)))
    if choice is NOTHING or met.unknown is not None:
        return told
    if choice.best.gap is None:
        told.append(both("siting.warn-no-bound"))
    elif choice.best.gap > GAP_SAID:
        told.append(both("siting.warn-gap", gap=f"{100 * choice.best.gap:.1f}"))
    if choice.curve_cut:
        told.append(both("siting.warn-curve-cut", count=len(choice.curve)))
    if met.objective == "all-covered":
        ways = met.ways.kilometres(numbers["detour"]).min(axis=1)
        lost = np.flatnonzero(ways > numbers["minutes"] / 60 * numbers["speed"])
        if len(lost):
            names = named([met.demand.labels[i] for i in lost])
            told.append(both("siting.warn-uncoverable", count=len(lost), places=names))
    if met.capacities is None and not np.isnan(met.sites.capacity).all():
        told.append(both("siting.warn-capacity-not-used"))
        told += _over_capacity(met, choice, numbers)
    return told


def notes_of(met: Situation, choice: Choice, numbers: Mapping[str, float]) -> list[Label]:
    """What the answer rests on, and which input would change it."""
    if met.unknown is not None:
        return [*SPEC.assumptions]
    facts = {
        "service": service_label(met.service),
        "count": len(choice.chosen),
        "candidates": len(met.candidates),
        "standing": len(met.standing),
        "objective": both(f"siting.objective-{met.objective}"),
        "minutes": f"{numbers['minutes']:g}",
    }
    told: list[Label] = [both("siting.note-question", **facts)]
    if planned := len(met.sites.indices("planned")):
        told.append(both("siting.note-planned", count=planned))
    if met.sites.made_up:
        told.append(both("siting.note-synthetic", count=met.sites.made_up, all=len(met.sites.ids)))
    told.append(met.ways.note)
    if choice.chosen:
        told.append(both("siting.note-chosen-stand"))
        if choice.best.gap is not None and choice.best.gap <= GAP_SAID:
            told.append(both(f"siting.note-checked{'-cover' if met.objective == 'all-covered' else ''}"))
    told += _decides(met, choice, numbers)
    told += _within_places(met)
    if not met.demand.groups:
        told.append(both("siting.note-no-groups"))
    return [*told, *SPEC.assumptions]


def service_label(service: str) -> Label:
    """What a service is called; a kind that a city made up is its own name."""
    return both("siting.hydrogen-station") if service == HYDROGEN else dict.fromkeys(("ko", "en"), service)


# --- inside ----------------------------------------------------------------------------------------------------------


def _minutes(met: Situation, chosen: tuple[int, ...], choice: Choice, numbers: Mapping[str, float]) -> Floats:
    """Minutes of each place to its site, with these new sites; NaN where none serves."""
    ways = met.ways.kilometres(numbers["detour"]) * 60 / numbers["speed"]
    if choice.assigned is not None and chosen == choice.chosen and chosen:
        return np.asarray(ways[np.arange(len(ways)), list(choice.assigned)])
    serving = [*met.standing, *chosen]
    return np.asarray(ways[:, serving].min(axis=1)) if serving else np.full(len(ways), np.nan)


def _sites(met: Situation, choice: Choice, minutes: Floats, people: Floats, numbers: Mapping[str, float]) -> list[Row]:
    """The chosen sites, then those that stand and serve somebody."""
    at = np.array(nearest_site(met, choice, numbers, before=False))
    rows = []
    for j in [*choice.chosen, *(s for s in met.standing if (at == s).any())]:
        mine = at == j
        state = "chosen" if j in choice.chosen else met.sites.states[j]
        served = float(people[mine].sum())
        capacity = float(met.sites.capacity[j])
        rows.append(
            {
                "site": met.sites.ids[j],
                "label": dict(met.sites.labels[j]),
                "state": state,
                "state_label": both(f"siting.state-{state}"),
                "places": int(mine.sum()),
                "served": rounded(served, "IE"),
                "minutes": rounded(float((people[mine] * minutes[mine]).sum() / served), "1") if served else None,
                "capacity": _known(capacity),
                "use": rounded(served / capacity, "1") if capacity > 0 else None,
                "lon": float(met.sites.lonlat[j, 0]),
                "lat": float(met.sites.lonlat[j, 1]),
            }
        )
    return rows


def _by_place(met: Situation, now: Floats, before: Floats, people: Floats) -> list[Row]:
    return [
        {
            "place": id,
            "label": dict(label),
            "value": _known(now[i]),
            "weight": _known(people[i]),
            "before": _known(before[i]),
        }
        for i, (id, label) in enumerate(zip(met.demand.ids, met.demand.labels, strict=True))
    ]


def _group(name: str, people: Floats, minutes: Floats) -> Row:
    """The mean of a group; unknown where a place does not tell how many of it live there."""
    persons = float(people.sum())
    value = float((people * minutes).sum() / persons) if persons > 0 else float("nan")
    label = dict.fromkeys(("ko", "en"), name)
    return {"group": name, "label": label, "value": _known(value), "weight": _known(persons)}


def _measures(minutes: Floats, people: Floats, limit: float) -> dict[str, float | int | None]:
    m, w = minutes[None, :], people[None, :]
    by_time = access.ranked(m, w)
    near = float(access.covered(m, w, np.array([limit]))[0])
    found = {
        "minutes": float(access.mean(m, w)[0]),
        "minutes_p90": float(access.percentile(by_time)[0]),
        "worst_minutes": float(minutes.max()),
        "worst_fifth_minutes": float(access.worst_part(by_time)[0]),
        "covered": near,
        "covered_share": 100 * near / float(people.sum()) if people.sum() else float("nan"),
        "gini": float(access.gini(by_time)[0]),
    }
    return {name: rounded(value, "1") for name, value in found.items()}


def _access(
    met: Situation, choice: Choice, now: Floats, before: Floats, people: Floats, numbers: Mapping[str, float]
) -> list[Row]:
    """The standing sites only, with the added ones, and the change."""
    limit = numbers["minutes"]
    first, second = _measures(before, people, limit), _measures(now, people, limit)
    change = {
        name: None if (a := first[name]) is None or (b := second[name]) is None else rounded(b - a, "1")
        for name in first
    }
    parts = (("before", first), ("after", second), ("change", change))
    return [{"id": id, "label": both(f"siting.access-{id}"), **values} for id, values in parts]


def _marginal(met: Situation, choice: Choice, people: Floats, numbers: Mapping[str, float]) -> list[Row]:
    """Access by number of new sites, each number with its own best choice, and what the last site brings."""
    nothing = Point(0, (), float("nan"), 0.0)
    points = [*([nothing] if met.standing else []), *choice.curve]
    rows: list[Row] = []
    for point in points if choice.curve else []:
        minutes = _minutes(met, point.chosen, choice if point is choice.best else NOTHING, numbers)
        row: Row = {
            "sites": point.count,
            "label": both("siting.points", count=point.count),
            **_measures(minutes, people, numbers["minutes"]),
            "gap": None if point.gap is None else rounded(point.gap, "1"),
            "chosen": ", ".join(met.sites.ids[j] for j in point.chosen),
            "chosen_label": named([met.sites.labels[j] for j in point.chosen], most=len(point.chosen)),
        }
        last = rows[-1] if rows and rows[-1]["sites"] == point.count - 1 else None
        for name, of, sign in (("minutes_saved", "minutes", -1), ("covered_gain", "covered", 1)):
            before = None if last is None else last[of]
            row[name] = None if before is None or row[of] is None else rounded(sign * (row[of] - before), "1")
        rows.append(row)
    return rows


def _over_capacity(met: Situation, choice: Choice, numbers: Mapping[str, float]) -> list[Label]:
    minutes, people = _minutes(met, choice.chosen, choice, numbers), met.demand.people * numbers["growth"]
    told: list[Label] = []
    for row in _sites(met, choice, minutes, people, numbers):
        if row["use"] is not None and row["use"] > 1:
            facts = {name: f"{row[name]:,.0f}" for name in ("served", "capacity")}
            told.append(both("siting.warn-over-capacity", site=row["label"], **facts))
    return told


def _decides(met: Situation, choice: Choice, numbers: Mapping[str, float]) -> list[Label]:
    """The assumption whose range moves the mean most, of those that stand at the card's own value."""
    swings = []
    for p in SPEC.params:
        if p.name not in ("detour", "speed") or numbers[p.name] != p.default:
            continue
        ends = []
        for end in (p.low, p.high):
            turned = {**numbers, p.name: end}
            minutes = _minutes(met, choice.chosen, choice, turned)
            ends.append(float(access.mean(minutes[None, :], met.demand.people[None, :])[0]))
        swings.append((abs(ends[1] - ends[0]), p, ends))
    swings = [swing for swing in swings if np.isfinite(swing[0]) and swing[0] > 0]
    if not swings:
        return []
    _, p, (from_, to) = max(swings, key=lambda swing: swing[0])
    facts = {"low": f"{p.low:g}", "high": f"{p.high:g}", "from_": f"{from_:.1f}", "to": f"{to:.1f}"}
    return [both("siting.note-decides", name=dict(p.label), **facts)]


def _within_places(met: Situation) -> list[Label]:
    people, reach = met.demand.people, met.demand.reach_km
    if np.isnan(people).any() or not people.sum() or not reach.any():
        return []
    return [both("siting.note-within-places", km=f"{float((people * reach).sum() / people.sum()):.1f}")]


def _known(value: float) -> float | int | None:
    return rounded(float(value), "1")
