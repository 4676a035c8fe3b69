"""Ranks of alternatives: of a board with its uncertain members, or of a table that somebody gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madang.errors import CallerError, DataError, Pair, both
from madang.lab.acceptability import DRAWS, Criterion, Ranking, ranking
from madang.lab.board import Board
from madang.lab.criteria import LeftOut, performance
from madang.lab.weight_space import Known

LEAST_DRAWS, MOST_DRAWS = 100, 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """A ranking with everything it was made of: criteria, weights and what is known of them, table, seed."""

    ranking: Ranking
    criteria: tuple[Mapping[str, Any], ...]
    table: Mapping[str, Mapping[str, float | None]]
    titles: Mapping[str, Pair]
    weights: Mapping[str, float] | None
    known: Known
    is_uncertain: bool
    left_out: tuple[LeftOut, ...]
    seed: int
    draws: int

    def as_json(self) -> dict[str, Any]:
        """The ranks as plain JSON values."""
        kind = "uncertain" if self.is_uncertain else "certain"
        pairs = self.ranking.pairwise
        names = [one.alternative for one in self.ranking.standings]
        return {
            "method": both(f"lab.method-ranks-{kind}", draws=self.draws),
            "seed": self.seed,
            "draws": self.draws,
            "isUncertain": self.is_uncertain,
            "criteria": [dict(one) for one in self.criteria],
            "weights": None if self.weights is None else dict(self.weights),
            "information": self.known.as_json(),
            "standings": [
                one.as_json() | {"title": dict(self.titles[one.alternative])} for one in self.ranking.standings
            ],
            "pairwise": None if pairs is None else [[pairs[a][b] for b in names] for a in names],
            "minimaxRegret": self.ranking.minimax,
            "table": {name: dict(row) for name, row in self.table.items()},
            "leftOut": [one.as_json() for one in self.left_out],
        }


def ranks_of_board(
    board: Board,
    criteria: Sequence[Any],
    *,
    weights: Mapping[str, float] | None = None,
    known: Known | None = None,
    uncertain: bool = True,
    thresholds: Mapping[str, float] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Ranks:
    """The ranks of a board's alternatives; `uncertain` lets the members of their ensembles speak too."""
    _check_draws(draws)
    found = performance(board, criteria)
    if len(found.table) < 2:
        named = ", ".join(f"{one.alternative} ({one.criterion})" for one in found.left_out) or "-"
        raise DataError("lab.ranks-few", count=len(found.table), left=named)
    members = found.members if uncertain else None
    made = ranking(
        found.table, found.criteria, weights=weights, known=known, members=members, thresholds=thresholds,
        seed=seed, draws=draws,
    )  # fmt: skip
    titles = {one.id: one.title for one in board.alternatives}
    told = tuple(found.criteria_json())
    left = found.left_out
    return Ranks(made, told, found.table, titles, weights, known or Known(), members is not None, left, seed, draws)


def ranks_of_table(
    table: Mapping[str, Mapping[str, float | None]],
    criteria: Sequence[Mapping[str, Any]],
    *,
    weights: Mapping[str, float] | None = None,
    known: Known | None = None,
    thresholds: Mapping[str, float] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Ranks:
    """The ranks of a table that is given as it is; every criterion says which way is better."""
    _check_draws(draws)
    read = []
    for one in criteria:
        better = {"higher": "more", "lower": "less"}.get(str(one.get("better")), str(one.get("better")))
        read.append(Criterion(str(one.get("id")), better))
    made = ranking(table, read, weights=weights, known=known, thresholds=thresholds, seed=seed, draws=draws)
    told = tuple(
        {"id": one.id, "label": {"ko": one.id, "en": one.id}, "unit": None, "unitLabel": None,
         "better": "higher" if one.better == "more" else "lower"}
        for one in read
    )  # fmt: skip
    titles: dict[str, Pair] = {name: {"ko": name, "en": name} for name in table}
    return Ranks(made, told, table, titles, weights, known or Known(), False, (), seed, draws)


def _check_draws(draws: int) -> None:
    if not LEAST_DRAWS <= draws <= MOST_DRAWS:
        raise CallerError("clusters.draws-beyond", found=draws)
