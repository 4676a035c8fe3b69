"""What the city says of a printed figure: the value at its address again, computed anew where a run gave it.

A run is computed once for all figures of a document that come from it. A difference is taken of two values; an edge of
a difference's band of the draws of both runs, member by member, as `compare` took it; a sum of all that it sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from madang.documents.manifest import Printed
from madang.documents.verify import Looked
from madang.entities.entity import Document, value_of
from madang.errors import MadangError, both
from madang.indicators.address import Address
from madang.indicators.quantity import rounded
from madang.lab.origin import explain
from madang.models.canonical import unpack_arrays
from madang.models.ensemble import quantiles
from madang.models.records import find_run
from madang.models.verification import Verdict, stale, verify_run
from madang.store import Store


class PrintedFigures:
    """Looks printed figures up in one city."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._verdicts: dict[str, Verdict] = {}
        self._origins: dict[str, Mapping[str, Any]] = {}

    def __call__(self, figure: Printed) -> Looked:
        """The figure's value as the city has it now."""
        try:
            return self._looked(figure)
        except MadangError as error:  # an address of nothing: another run, an entity that never was
            return Looked("gone", None, reason={"ko": error.message("ko"), "en": error.message("en")})

    def _looked(self, figure: Printed) -> Looked:
        places = [Address.parse(one) for one in (figure.address, figure.less, *figure.sum_of) if one]
        if any(place.city != str(self._store.city.uuid) for place in places):
            return Looked("gone", None, reason=both("documents.no-reason"))
        runs = [find_run(self._store, place.run) for place in places if place.run]
        for run in runs:
            verdict = self._verdict(run["id"])
            reason = {"ko": verdict.message("ko"), "en": verdict.message("en")}
            if verdict.kind == "cannot":
                return Looked("cannot", self._value(figure, places), reason=reason)
            if verdict.kind == "differs":
                return Looked("differs", None, reason=reason)
        value = self._value(figure, places)
        if not isinstance(value, int | float | list):
            return Looked("cannot", None, reason=both("documents.no-number"))
        old = any(run["id"] in self._stale for run in runs) or any(
            self._explained(place)["stale"] for place in places if not place.run
        )
        return Looked("same", value, stale=old)

    def _value(self, figure: Printed, places: list[Address]) -> Any:
        if figure.part in ("p05", "p95"):
            return self._edge(figure, places)
        values = [self._central(place) for place in places]
        if figure.sum_of:
            return sum(values) if all(isinstance(value, int | float) for value in values) else None
        if figure.part is not None:
            return values[0].get(figure.part) if isinstance(values[0], dict) else None
        if len(values) == 1 or any(not isinstance(value, int | float) for value in values):
            return values[0] if len(values) == 1 else None
        return rounded(values[0] - values[1], figure.unit or "1")

    def _central(self, place: Address) -> Any:
        if not place.run:
            return self._explained(place)["value"]
        return self._results(place)["indicators"][place.attribute]["value"]

    def _explained(self, place: Address) -> Mapping[str, Any]:
        if str(place) not in self._origins:
            self._origins[str(place)] = explain(self._store, str(place))
        return self._origins[str(place)]

    def _edge(self, figure: Printed, places: list[Address]) -> Any:
        at = 0 if figure.part == "p05" else 2
        if len(places) == 1:
            return self._results(places[0])["indicators"][places[0].attribute].get(str(figure.part))
        now, then = (self._draws(place) for place in places)
        return quantiles(now - then, figure.unit or "1")[at]

    def _results(self, place: Address) -> Any:
        run: Document = find_run(self._store, str(place.run))
        results = value_of(run, "results")
        if place.attribute not in results["indicators"]:
            explain(self._store, str(place))  # says in words that the run has no such figure
        return results

    def _draws(self, place: Address) -> Any:
        return unpack_arrays(self._store.blob(self._results(place)["draws"]))[place.attribute]

    def _verdict(self, run: str) -> Verdict:
        if run not in self._verdicts:
            self._verdicts[run] = verify_run(self._store, run)
        return self._verdicts[run]

    @cached_property
    def _stale(self) -> set[str]:
        return {one.run for one in stale(self._store)}
