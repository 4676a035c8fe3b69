"""The door to the lab: `city.lab`. Alternatives beside each other, and what is good for whom.

Answers are given back, not written; `city.weighing.keep` keeps one as an `Evaluation` record, `assume` writes a card of
the city. Nothing here waits for a slow model unless asked to (`slow=True`): a board lists what waits and how to run it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from madang.entities.entity import Document, value_of
from madang.errors import CallerError, Pair, both
from madang.lab import ahp, answers, assuming, board_file, measuring
from madang.lab.acceptability import DRAWS, checked_weights
from madang.lab.alternatives import MAIN, Alternative, read_alternative, title_of
from madang.lab.board import Board, make_board
from madang.lab.catalogue_view import Entry, entries
from madang.lab.conditions import Conditions, conditions
from madang.lab.criteria import performance
from madang.lab.equity import Equity
from madang.lab.frontier import Frontier, frontier
from madang.lab.importance import Importance, importance
from madang.lab.measuring import Measure, Term
from madang.lab.ranks import Ranks, ranks_of_board
from madang.lab.register import Title, entities_of, ids_of
from madang.lab.tornado import Tornado, tornado
from madang.lab.turnables import Turnable, turnables
from madang.lab.turning import Turning, turned_weights, what_must_hold
from madang.lab.weighing import read_judgement
from madang.lab.weight_space import Known
from madang.models.many.recorded import Ensemble, ensemble_of
from madang.models.records import find_ensemble
from madang.store import Seat

Given = str | Mapping[str, Any] | Alternative


class Lab:
    """The lab of a city: catalogue, levers, boards, and what follows from them."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    # -- what there is -------------------------------------------------------------------------------------------

    def indicators(self) -> list[Entry]:
        """Every indicator that the models at hand can give."""
        return entries(self._seat.store)

    def levers(self) -> list[Turnable]:
        """Everything that can be turned on this branch, with its range and the source of it."""
        return turnables(self._seat.store, self._seat.branch_name)

    def alternatives(self) -> list[Alternative]:
        """Every open branch of the file as an alternative, 현행 in front; a merged or closed one is none any more."""
        store = self._seat.store
        names = [MAIN, *(one.name for one in store.branches() if one.name != MAIN and one.state == "open")]
        return [Alternative(name, name, title_of(store, name)) for name in names]

    # -- beside each other ---------------------------------------------------------------------------------------

    def board(
        self,
        alternatives: Sequence[Given] | None = None,
        *,
        against: Given = MAIN,
        models: Sequence[str] | None = None,
        seed: int = 0,
        slow: bool = False,
        record: bool = False,
        by: str | None = None,
    ) -> Board:
        """Alternatives by indicators; without alternatives this branch, or every branch when it is main.

        `slow` waits for slow models, `record` records the runs of plain branches, so that their figures have addresses.
        """
        store = self._seat.for_writing() if record else self._seat.store
        given = self._own() if alternatives is None else list(alternatives)
        recorder = self._seat.actor(by) if record else None
        return make_board(store, given, against=against, models=models, seed=seed, slow=slow, record_as=recorder)

    def equity(self, indicator: str, alternatives: Sequence[Given] | None = None, **more: Any) -> dict[str, Equity]:
        """Who gets how much of an indicator, by alternative; refused where its model breaks it down by no place."""
        made = self.board(alternatives, models=[measuring.model_of(indicator)], **more)
        for kind in ("district", "group"):
            if found := made.equities.get(f"by-{kind}:{indicator}"):
                return dict(found)
        places = [id.partition(":")[2] for id in made.equities]
        raise CallerError("lab.no-places", indicator=indicator, known=", ".join(dict.fromkeys(places)) or "-")

    def export(self, board: Board, path: str | Path, *, language: str = "en") -> Path:
        """Write a board to a .csv or .xlsx file."""
        out = Path(path)
        makers = {".csv": board_file.to_csv, ".xlsx": board_file.to_xlsx}
        if out.suffix.lower() not in makers:
            raise CallerError("lab.export-kind", path=str(out), known=", ".join(makers))
        out.write_bytes(makers[out.suffix.lower()](board, "ko" if language == "ko" else "en"))
        return out

    # -- what moves it -------------------------------------------------------------------------------------------

    def tornado(
        self,
        indicator: str,
        alternative: Given | None = None,
        *,
        against: Given | None = None,
        over: Sequence[str] | None = None,
        ranges: Mapping[str, tuple[float, float]] | None = None,
        seed: int = 0,
        slow: bool = False,
    ) -> Tornado:
        """Each uncertainty and lever from its low to its high end, the others at their centre."""
        one, other = self._one(alternative), None if against is None else self._one(against)
        return tornado(self._seat.store, one, indicator, against=other, over=over, ranges=ranges, seed=seed, slow=slow)

    def importance(
        self, indicator: str, alternative: Given | None = None, *, against: Given | None = None, seed: int = 0,
        slow: bool = False,
    ) -> Importance:  # fmt: skip
        """What the members of an answer's ensemble had drawn, and how much of its doubt each carries."""
        store, model = self._seat.store, measuring.model_of(indicator)
        told = []
        for one in (self._one(alternative), *([] if against is None else [self._one(against)])):
            said = answers.answer(store, answers.ask(store, model, one, seed=seed), slow=slow)
            if said is None:
                raise CallerError("lab.slow-model", model=model)
            if indicator not in said.draws:
                raise CallerError("lab.no-draws", model=model, indicator=indicator)
            told.append(said)
        outcome = told[0].draws[indicator] - (told[1].draws[indicator] if len(told) > 1 else 0.0)
        drawn = answers.uncertain_columns(told[0].question)
        labels: dict[str, Pair] = {
            f"{model}.{p.name}": dict(p.label) for p in told[0].question.model.spec.params if p.label
        }
        return importance(indicator, {f"{model}.{name}": column for name, column in drawn.items()}, outcome, labels)

    def importance_in(self, ensemble: str, indicator: str, *, against: str | None = None) -> Importance:
        """The same of a recorded ensemble, for models that take their time; `against` is another of the same design."""
        one = self._ensemble(ensemble)
        if indicator not in one.experiments.outcomes:
            raise CallerError("lab.no-draws", model=one.model, indicator=indicator)
        outcome = one.experiments.outcomes[indicator]
        if against is not None:
            outcome = outcome - self._ensemble(against).experiments.outcomes[indicator]
        points, names = one.experiments.design.points, [str(column["name"]) for column in one.columns]
        labels: dict[str, Pair] = {str(c["name"]): dict(c["label"]) for c in one.columns if c["label"]}
        return importance(indicator, {name: points[:, n] for n, name in enumerate(names)}, outcome, labels)

    def conditions(
        self,
        ensemble: str,
        indicator: str,
        *,
        against: str | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> Conditions:
        """Under which conditions a recorded ensemble's outcome beats that of another, or keeps a limit (PRIM)."""
        other = None if against is None else self._ensemble(against)
        one = self._ensemble(ensemble)
        return conditions(one, indicator, against=other, at_least=at_least, at_most=at_most)

    def what_must_hold(
        self,
        a: Given,
        b: Given,
        *,
        indicator: str | None = None,
        criteria: Sequence[Any] | None = None,
        weights: Mapping[str, float] | None = None,
        alternatives: Sequence[Given] | None = None,
        over: Sequence[str] | None = None,
        seed: int = 0,
        slow: bool = False,
    ) -> Turning:
        """What would have to be true for B to win over A, in an indicator or a weighted sum of criteria.

        The criteria of a sum stand on one scale each: from the worst to the best of `alternatives`, else of A and B.
        """
        store, one, other = self._seat.store, self._one(a), self._one(b)
        if indicator is not None:
            return what_must_hold(store, one, other, measuring.improving(indicator), over=over, seed=seed, slow=slow)
        if not criteria or not weights:
            raise CallerError("lab.turning-needs")
        others = [self._one(given) for given in alternatives or ()]
        wanted = [one, other, *(o for o in others if o.id not in (one.id, other.id))]
        ids = [given["id"] if isinstance(given, Mapping) else given for given in criteria]
        models = list(dict.fromkeys(measuring.model_of(id) for id in ids))
        found = performance(make_board(store, wanted, against=one, models=models, seed=seed, slow=slow), criteria)
        for needed in (one, other):
            if needed.id not in found.table:
                lacking = next(left for left in found.left_out if left.alternative == needed.id)
                raise CallerError("lab.value-unknown", alternative=needed.id, indicator=lacking.criterion)
        span = np.ptp(found.values, axis=0)
        scale = np.where(span > 0, 1 / np.where(span > 0, span, 1.0), 0.0) * found.signs
        shares = checked_weights(weights, found.criteria)
        terms = tuple(Term(c.id, float(w * s)) for c, w, s in zip(found.criteria, shares, scale, strict=True))
        made = what_must_hold(
            store, one, other, Measure(both("lab.weighted-sum"), None, terms), over=over, seed=seed, slow=slow
        )
        rows = dict(zip(found.names, found.values, strict=True))
        apart = dict(zip(ids, ((rows[other.id] - rows[one.id]) * scale).tolist(), strict=True))
        labels: dict[str, Pair] = {c["id"]: c["label"] for c in found.criteria_json()}
        turned = turned_weights(other, labels, dict(zip(ids, shares.tolist(), strict=True)), apart)
        fields = {name: getattr(made, name) for name in made.__dataclass_fields__} | {"weights": turned}
        return Turning(**fields)

    # -- which is good -------------------------------------------------------------------------------------------

    def ranks(
        self,
        board: Board,
        criteria: Sequence[Any],
        *,
        weights: Mapping[str, float] | None = None,
        order: Sequence[str] = (),
        weight_ranges: Mapping[str, tuple[float, float]] | None = None,
        uncertain: bool = True,
        thresholds: Mapping[str, float] | None = None,
        draws: int = DRAWS,
        seed: int = 0,
    ) -> Ranks:
        """How often each alternative takes each rank over all weights there could be, by what is known of them."""
        known = Known(tuple(order), dict(weight_ranges or {}))
        return ranks_of_board(
            board, criteria, weights=weights, known=known, uncertain=uncertain, thresholds=thresholds, draws=draws,
            seed=seed,
        )  # fmt: skip

    def pareto(
        self,
        board: Board,
        criteria: Sequence[Any],
        *,
        groups: Mapping[str, Mapping[str, float]] | None = None,
        worth: Mapping[str, float] | None = None,
    ) -> Frontier:
        """Alternatives that no other beats in everything; where groups' weights are known the consensus frontier."""
        return frontier(board, criteria, groups=groups, worth=worth)

    def judge(self, *, criteria: Sequence[str], judges: Mapping[str, Sequence[Sequence[Any]]]) -> ahp.Judged:
        """The weights of a group of judges (AHP), each one's consistency beside them; judgements [first, second, 3]."""
        read = {name: [read_judgement(one) for one in said] for name, said in judges.items()}
        return ahp.weigh_group(criteria, read)

    def task_benefits(self, indicator: str, *, seed: int = 0, slow: bool = False) -> dict[str, float]:
        """What each task's programmes add to an indicator on this branch, so that a portfolio can be chosen by it.

        A task's benefit is the indicator as it is, less what it is without the amounts of the programmes that the task
        names (`refProgramme`). A task that names none, or one that no model turns, is not among the answers.
        """
        store, here = self._seat.store, self._one(None)
        measure, known = measuring.improving(indicator), {one.id: one for one in self.levers()}
        whole = measuring.value_of_measure(store, measure, here, seed=seed, slow=slow)
        found: dict[str, float] = {}
        for task in entities_of(store.view(self._seat.branch_name), "Task"):
            ids = ids_of(value_of(task, "refProgramme"))
            turned = {one: 0.0 for one in known for id in ids if one.startswith(f"{id}#")}
            if turned:
                without = measuring.value_of_measure(store, measure, here, turned=turned, seed=seed, slow=slow)
                found[task["id"]] = whole - without
        return found

    # -- cards ---------------------------------------------------------------------------------------------------

    def assumptions(self) -> list[Document]:
        """The city's own assumption cards on this branch."""
        return assuming.assumptions(self._seat)

    def assume(
        self,
        model: str,
        parameter: str,
        *,
        low: float,
        central: float,
        high: float,
        source: str | None = None,
        title: Title | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """Write a card of the city for a model's parameter, in place of the one it ships."""
        return assuming.assume(
            self._seat, model, parameter, low=low, central=central, high=high, source=source, title=title,
            reason=reason, by=by,
        )  # fmt: skip

    def withdraw(self, model: str, parameter: str, *, reason: str, by: str | None = None) -> None:
        """Take a card of the city away."""
        assuming.withdraw(self._seat, model, parameter, reason=reason, by=by)

    # -- within --------------------------------------------------------------------------------------------------

    def _one(self, given: Given | None) -> Alternative:
        return read_alternative(self._seat.store, self._seat.branch_name if given is None else given)

    def _ensemble(self, id: str) -> Ensemble:
        return ensemble_of(self._seat.store, find_ensemble(self._seat.store, id))

    def _own(self) -> list[Given]:
        here = self._seat.branch_name
        return [here] if here != MAIN else [one.id for one in self.alternatives() if one.id != MAIN]
