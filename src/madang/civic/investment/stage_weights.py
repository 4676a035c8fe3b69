"""Weights of the stages (단계 반영률): dated sets, each sourced or marked as an assumption, with low, central and high.

A weight is a whole percentage of the part of an investment that is not yet realised. Weights never fall from a stage
to the next one, an operating investment counts whole, and a cancelled one not at all beyond what was realised. The set
that comes with Madang is an assumption and says so; a city's own set is a `StageWeights` record and goes before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from madang import strict_yaml as y
from madang.civic.investment import facts as f
from madang.dates import period
from madang.entities.entity import json_property, language_property, property_, urn, value_of
from madang.errors import CallerError, ConflictError, Pair
from madang.store import Store

FORMAT = "madang-stage-weights/1"
STAGES = ("pledged", "contracted", "permitted", "under-construction", "operating")
CANCELLED = "cancelled"
Case = Literal["low", "central", "high"]
CASES: tuple[Case, ...] = ("low", "central", "high")


@dataclass(frozen=True)
class Reference:
    """What was reported of memoranda elsewhere; no measurement of this city."""

    line: int
    text: Pair
    counted: Pair
    source: Pair

    def as_json(self) -> dict[str, Any]:
        """The reference for a page."""
        return {"text": self.text, "counted": self.counted, "source": self.source}


@dataclass(frozen=True)
class Weight:
    """The weight of one stage in percent."""

    line: int
    low: int
    central: int
    high: int

    def of(self, case: Case) -> int:
        """The weight of a case."""
        return {"low": self.low, "central": self.central, "high": self.high}[case]


@dataclass(frozen=True)
class Weights:
    """One dated set of weights: an assumption with its basis, or sourced."""

    line: int
    id: str
    valid_from: str
    title: Pair
    weights: Mapping[str, Weight]
    assumption: bool = False
    basis: Pair | None = None
    source: Pair | None = None
    references: tuple[Reference, ...] = ()

    def of(self, stage: str, case: Case = "central") -> int:
        """The weight of a stage in percent."""
        return self.weights[stage].of(case)

    def as_json(self) -> dict[str, Any]:
        """The set for a page or a record."""
        return {
            "id": self.id,
            "valid_from": self.valid_from,
            "title": self.title,
            "assumption": self.assumption,
            "basis": self.basis,
            "source": self.source,
            "weights": {stage: {case: one.of(case) for case in CASES} for stage, one in self.weights.items()},
            "references": [one.as_json() for one in self.references],
        }


@dataclass(frozen=True)
class _File:
    line: int
    format: str
    sets: tuple[Weights, ...]


def weights(store: Store, *, as_of: date, at: int | None = None) -> Weights:
    """The set that counts on a day: the city's newest that is in force, else Madang's."""
    own = [_from_record(one) for one in f.all_of(store, "StageWeights", at=at)]
    for known in (own, list(packaged())):
        valid = [one for one in known if period(one.valid_from).first <= as_of]
        if valid:
            return max(valid, key=lambda one: one.valid_from)
    raise CallerError("investment.no-weights", as_of=as_of, first=min(one.valid_from for one in packaged()))


def keep(store: Store, path: Path, *, actor: str, reason: str) -> list[Weights]:
    """Keep a file of weights as the city's own; a set that stands already is not replaced."""
    f.need_reason(reason)
    given = read(path)
    with store.transact(actor=actor, reason=reason, source=path.name) as tx:
        for one in given:
            id = urn("StageWeights", f.AUTHORITY, one.id)
            if tx.document(id) is not None:
                raise ConflictError("investment.weights-stand", id=one.id)
            tx.put(
                {
                    "id": id,
                    "type": "StageWeights",
                    "title": language_property(dict(one.title)),
                    "validFrom": property_(one.valid_from),
                    "weights": json_property(one.as_json()),
                    "assumption": property_(one.assumption),
                    "reason": property_(reason),
                    "recordedBy": property_(actor),
                }
            )
    return list(given)


def _from_record(document: Mapping[str, Any]) -> Weights:
    told = value_of(dict(document), "weights")
    return Weights(
        line=0,
        id=told["id"],
        valid_from=told["valid_from"],
        title=told["title"],
        assumption=told["assumption"],
        basis=told["basis"],
        source=told["source"],
        weights={stage: Weight(0, **one) for stage, one in told["weights"].items()},
        references=tuple(Reference(0, **one) for one in told["references"]),
    )


@cache
def packaged() -> tuple[Weights, ...]:
    """The sets that come with Madang."""
    file = resources.files("madang.civic.data").joinpath("stage_weights.yaml")
    return _sets(y.parse(file.read_text("utf-8"), file="stage_weights.yaml"))


def read(path: Path) -> tuple[Weights, ...]:
    """The sets of a file; refused with file and line where it breaks the format or a law of weights."""
    return _sets(y.read(path))


def _sets(root: y.Located) -> tuple[Weights, ...]:
    found: _File = _FILE(root)
    return found.sets


def _percent(node: y.Located) -> int:
    found = y.whole(node)
    if not 0 <= found <= 100:
        raise node.wrong("investment.weight-out-of-range", found=found)
    return found


def _weight(node: y.Located) -> Weight:
    found: Weight = y.record(Weight, dict.fromkeys(CASES, _percent), {})(node)
    if not found.low <= found.central <= found.high:
        raise node.wrong("investment.weight-order")
    return found


def _by_stage(node: y.Located) -> dict[str, Weight]:
    found: dict[str, Weight] = y.mapping_of(_weight)(node)
    wanted = (*STAGES, CANCELLED)
    if set(found) != set(wanted):
        raise node.wrong("investment.weight-stages", known=", ".join(wanted))
    for case in CASES:
        rising = [found[stage].of(case) for stage in STAGES]
        if rising != sorted(rising) or found[CANCELLED].of(case) != 0:
            raise node.wrong("investment.weight-falls", case=case)
    return {stage: found[stage] for stage in wanted}


def _set(node: y.Located) -> Weights:
    made: Weights = y.record(
        Weights,
        {"id": y.slug, "valid_from": _date, "title": y.pair, "weights": _by_stage},
        {"assumption": y.flag, "basis": y.pair, "source": y.pair, "references": y.list_of(_reference)},
    )(node)
    if made.source is None and not (made.assumption and made.basis):
        raise node.wrong("investment.weight-unfounded")
    return made


def _date(node: y.Located) -> str:
    return y.when(node).text


def _format(node: y.Located) -> str:
    if node.value != FORMAT:
        raise node.wrong("yaml.format", found=node.value, format=FORMAT)
    return FORMAT


_reference = y.record(Reference, {"text": y.pair, "counted": y.pair, "source": y.pair}, {})
_FILE = y.record(_File, {"format": _format, "sets": y.list_of(_set)}, {})
