"""Kept evaluations weighed again: judgements, ranks, and every figure in them that names its address.

An evaluation can be weighed again as far as it holds what it was made of: pairwise judgements; a table of alternatives
by criteria with what was known of the weights, the seed, and for uncertain ranks the members of the runs. What else
stands in it is held against the runs by address. One that holds none of these can't be weighed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any, Literal

import numpy as np

from madang.errors import MadangError, sentence
from madang.indicators.address import Address
from madang.lab import ahp
from madang.lab.acceptability import Criterion, ranking
from madang.lab.weighing import read_judgement
from madang.lab.weight_space import Known
from madang.models.base import Floats
from madang.models.canonical import in_canonical_order

Kind = Literal["same", "within-tolerance", "differs", "cannot"]
Draws = Callable[[str, str], Floats | None]
TOLERANCE = 1e-9
SHOWN = ("score", "rank", "acceptability", "confidence", "expectedRank", "central")


@dataclass(frozen=True, slots=True)
class Weighed:
    """One figure of an evaluation: as it was kept, as it is now."""

    figure: str
    stored: Any
    computed: Any
    kind: Kind
    why: str = ""


def weigh_again(result: Mapping[str, Any], known: Mapping[str, float | None], draws: Draws) -> list[Weighed]:
    """Every figure of an evaluation that can be held against something; `known` are values by address."""
    try:
        found = [*_judged(result), *_ranked(result, draws), *_addressed(result, known)]
    except MadangError as error:
        return [Weighed("evaluation", None, None, "differs", error.message("en"))]
    return found or [Weighed("evaluation", None, None, "cannot", sentence("bundles.weighed-no-inputs"))]


def _judged(result: Mapping[str, Any]) -> Iterator[Weighed]:
    """Weights and consistency ratio from the judgements, of one judge or of a group (`given`), that stand beside."""
    criteria, judgements, judges = (result.get(name) for name in ("criteria", "judgements", "given"))
    if not criteria or not (judgements or judges):
        return
    names = [str(one["id"] if isinstance(one, Mapping) else one) for one in criteria]
    if judges:
        read = {name: [read_judgement(one) for one in said] for name, said in judges.items()}
        found = ahp.weigh_group(names, read).together
    else:
        found = ahp.weigh(names, [read_judgement(one) for one in judgements or ()])
    now = found.as_json()
    for name, weight in now["weights"].items():
        yield _held(f"weight {name}", result["weights"].get(name), weight)
    yield _held("consistency_ratio", result.get("consistency_ratio"), now["consistency_ratio"])


def _ranked(result: Mapping[str, Any], draws: Draws) -> Iterator[Weighed]:
    """Every standing, from the table of the evaluation and, where ranks are uncertain, the members of its runs."""
    table, criteria = result.get("table"), result.get("criteria")
    if not result.get("standings") or not table or not criteria:
        return
    better = {"higher": "more", "lower": "less", "more": "more", "less": "less"}
    read = [Criterion(str(one["id"]), better[one["better"]]) for one in criteria]
    members = _members(table, read, draws) if result.get("isUncertain") else None
    if result.get("isUncertain") and members is None:
        yield Weighed("standings", None, None, "cannot", sentence("bundles.weighed-no-run"))
        return
    said = result.get("information") or {}
    ranges = {name: (float(low), float(high)) for name, (low, high) in (said.get("ranges") or {}).items()}
    made = ranking(
        table,
        read,
        weights=result.get("weights"),
        known=Known(tuple(said.get("order") or ()), ranges),
        members=members,
        seed=int(result["seed"]),
        draws=int(result["draws"]),
    )
    now = {one.alternative: in_canonical_order(one.as_json()) for one in made.standings}
    for standing in result["standings"]:
        name = standing["alternative"]
        for member in SHOWN:
            if standing.get(member) is not None:
                yield _held(f"{name} {member}", standing[member], now.get(name, {}).get(member))


def _members(table: Mapping[str, Any], criteria: Sequence[Criterion], draws: Draws) -> Floats | None:
    """Members by alternative and criterion; what has no ensemble stands at its value in each."""
    found = {(name, one.id): draws(name, one.id) for name in table for one in criteria}
    sizes = [len(one) for one in found.values() if one is not None and not np.isnan(one).any()]
    if not sizes or any(all(found[name, one.id] is None for one in criteria) for name in table):
        return None  # an alternative that was never recorded has no members here
    made = np.empty((max(sizes), len(table), len(criteria)))
    for i, name in enumerate(table):
        for k, one in enumerate(criteria):
            own = found[name, one.id]
            sound = own is not None and not np.isnan(own).any()
            made[:, i, k] = np.resize(own, max(sizes)) if own is not None and sound else float(table[name][one.id])
    return made


def _addressed(value: Any, known: Mapping[str, float | None], at: str = "") -> Iterator[Weighed]:
    """Every figure that stands beside the address of a run."""
    if isinstance(value, Mapping):
        address = value.get("address")
        if isinstance(address, str) and "/run:" in address and "value" in value:
            yield _against(f"{Address.parse(address).attribute} {at}".strip(), value["value"], address, known)
        if isinstance(value.get("addresses"), Mapping) and isinstance(value.get("table"), Mapping):
            for name, row in value["addresses"].items():
                for id, one in row.items():
                    yield _against(f"{name} {id}", value["table"][name][id], one, known)
        for name, inner in value.items():
            yield from _addressed(inner, known, f"{at}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _addressed(inner, known, f"{at}[{n}]")


def _against(figure: str, stored: Any, address: str, known: Mapping[str, float | None]) -> Weighed:
    if address not in known:
        return Weighed(figure, stored, None, "cannot", sentence("bundles.weighed-no-run"))
    return _held(figure, stored, known[address])


def _held(figure: str, stored: Any, now: Any) -> Weighed:
    if stored == now:
        return Weighed(figure, stored, now, "same")
    return Weighed(figure, stored, now, "within-tolerance" if _near(stored, now) else "differs")


def _near(stored: Any, now: Any) -> bool:
    if isinstance(stored, Mapping) and isinstance(now, Mapping):
        return stored.keys() == now.keys() and all(_near(stored[name], now[name]) for name in stored)
    if isinstance(stored, list | tuple) and isinstance(now, list | tuple):
        return len(stored) == len(now) and all(map(_near, stored, now))
    if isinstance(stored, int | float) and isinstance(now, int | float):
        return isclose(stored, now, rel_tol=TOLERANCE, abs_tol=1e-9)
    return bool(stored == now)
