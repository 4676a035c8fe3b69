"""What a model is: a declaration (`Spec`, its card) and a pure function.

    run(inputs, params, ctx) -> Result

`inputs` is what the runner read from the branch through the declared ports; `params` are numbers (and a few words);
everything that is not determined by these comes from `ctx`: seeded draws, progress, cancellation, a scratch folder. A
model reaches nothing else: no clock, no network, no city file, no other model.

The words are those of EMA Workbench (Kwakkel 2017): a *lever* is what we choose, an *uncertainty* what nature chooses,
a *constant* neither. A model with `batch = True` also answers for many members in one call (`BatchModel`): every
number is then a vector with one entry a member, words stay words, and every indicator comes back as such a vector.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from madang.errors import MadangError, ModelError
from madang.indicators.quantity import Quantity

Floats = NDArray[np.float64]
Label = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Port:
    """One declared input: which entities, which of their attributes, in which unit.

    `records` gives for each entity of the type (that satisfies `where`) its declared attributes; `blob` gives the bytes
    that a Dataset record holds under a name that fits `pattern`, else the packaged `default`, else None.
    """

    name: str
    entity: str
    attributes: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)  # attribute -> unit it is given in
    kind: Literal["records", "blob"] = "records"
    where: Mapping[str, Any] = field(default_factory=dict)  # attribute -> value it must have
    pattern: str = ""  # of blob names
    default: Callable[[], Blob] | None = None
    required: bool = False
    lever: str | None = None  # the attribute that can be turned as a lever
    label: Label = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # attribute -> values that can be true

    def as_json(self) -> dict[str, Any]:
        """The port as its card shows it."""
        return {
            "name": self.name,
            "entity": self.entity,
            "attributes": list(self.attributes),
            "units": dict(self.units),
            "kind": self.kind,
            "required": self.required,
            "lever": self.lever,
            "label": dict(self.label),
        }


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: its role, default and range; `source` cites where the range comes from.

    What nobody has published (power of a wafer start, say) is an *assumption card*: an uncertainty with low, central
    (`default`) and high, and `source=""`, shown as "source to be named". A city puts its own card in its place by an
    `Assumption` entity. A uniform uncertainty is drawn evenly from low to high, a triangular one with its peak at the
    default.
    """

    name: str
    unit: str
    role: Literal["lever", "uncertainty", "constant"]
    default: float
    low: float
    high: float
    source: str = "assumption"
    label: Label = field(default_factory=dict)
    dist: Literal["uniform", "triangular"] = "uniform"
    limits: tuple[float, float] | None = None  # what can be given at all; None: low and high


@dataclass(frozen=True, slots=True)
class Spec:
    """A model's card: the question, what goes in and out, assumptions, where it is not valid, how it was checked."""

    id: str
    version: str
    title: Label
    question: Label
    inputs: Sequence[Port]
    outputs: Sequence[str]  # ids of indicators
    params: Sequence[Param]
    engine: str
    engine_version: Callable[[], str]
    licence: str
    assumptions: Sequence[Label]
    not_valid: Sequence[Label]
    checked: Sequence[Label]
    constants: Sequence[tuple[str, str]]  # each constant and its source
    references: Sequence[str]
    words: Sequence[str] = ()  # names of parameters that are words, not numbers
    batch: bool = False
    estimates: bool = True  # False: plain arithmetic on its inputs, whose status its figures take
    members: int = 1000  # of an ensemble, unless asked otherwise
    quick: bool = True  # answers while a slider is dragged; False: asked for and waited for
    extra: str = ""  # what `pip install madang[…]` brings its engine; "": nothing is needed
    about: Sequence[str] = ()  # ports of which one must hold something, else a comparison leaves the model out
    partly_known: Sequence[str] = ()  # outputs of a batch that may be unknown (NaN) for some members only
    stochastic: bool = False  # draws within a run: members differ by seed even with equal parameters

    def port(self, name: str) -> Port:
        """The input port of a name."""
        return next(p for p in self.inputs if p.name == name)

    def lever_ranges(self, attribute: str) -> tuple[tuple[float, float], ...]:
        """The values that can be true of a lever's attribute, by type of entity; any port of the type may say them."""
        types = {port.entity for port in self.inputs if port.lever == attribute}
        said = {p.entity: p.ranges[attribute] for p in self.inputs if p.entity in types and attribute in p.ranges}
        return tuple(said.values()) if types <= set(said) else ()

    def as_json(self) -> dict[str, Any]:
        """The card as plain JSON values."""
        with models_own_code(self.id):
            engine_version = self.engine_version()
        return {
            "id": self.id,
            "version": self.version,
            "title": dict(self.title),
            "question": dict(self.question),
            "inputs": [p.as_json() for p in self.inputs],
            "outputs": list(self.outputs),
            "params": [asdict(p) for p in self.params],
            "engine": self.engine,
            "engine_version": engine_version,
            "licence": self.licence,
            "quick": self.quick,
            "extra": self.extra,
            "assumptions": [dict(a) for a in self.assumptions],
            "not_valid": [dict(a) for a in self.not_valid],
            "checked": [dict(a) for a in self.checked],
            "constants": [{"name": name, "source": source} for name, source in self.constants],
            "references": list(self.references),
        }


@dataclass(frozen=True, slots=True)
class Records:
    """The rows of a `records` port: one mapping an entity, sorted by id. An absent attribute is None."""

    ids: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, attribute: str) -> Floats:
        """One attribute as numbers; None becomes NaN."""
        found = [row.get(attribute) for row in self.rows]
        return np.array([np.nan if v is None else float(v) for v in found], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Blob:
    """The bytes of a `blob` port, the name under which a data set holds them, and the terms of that data set."""

    name: str
    data: bytes
    title: Label = field(default_factory=dict)
    publisher: Label = field(default_factory=dict)
    licence: str | None = None
    status: str | None = None


Input = Records | Blob | None
Inputs = Mapping[str, Input]


class Cancelled(Exception):
    """Raised inside a model when the one who asked no longer wants the answer."""


@contextmanager
def models_own_code(id: str) -> Iterator[None]:
    """Within it whatever a model raises becomes a ModelError that names it; Madang's errors and Cancelled pass."""
    try:
        yield
    except (MadangError, Cancelled):
        raise
    except Exception as wrong:
        raise ModelError("models.failed", model=id, why=f"{type(wrong).__name__}: {wrong}") from wrong


@dataclass(frozen=True)
class Context:
    """Everything non-deterministic a model may use; streams are keyed by name, so equal names give equal draws.

    As a context manager (`with Context(seed=0) as ctx`) it removes its scratch folder at the end.
    """

    seed: int
    progress: Callable[[float, str], None] = field(default=lambda share, what: None)
    cancelled: Callable[[], bool] = field(default=lambda: False)
    limit_s: float | None = None  # after which an engine's process is ended; None: the engine's own limit
    central: Mapping[str, Any] = field(default_factory=dict)  # what the central answer was given, for its members

    @cached_property
    def workdir(self) -> Path:
        """A scratch folder of this computation's own, made when first asked for."""
        return Path(self._scratch.name)

    @cached_property
    def _scratch(self) -> TemporaryDirectory[str]:
        return TemporaryDirectory(prefix="madang-", ignore_cleanup_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if "_scratch" in vars(self):
            self._scratch.cleanup()

    def rng(self, name: str) -> np.random.Generator:
        """A generator of its own for a name such as "departure:<entity id>" (common random numbers)."""
        digest = hashlib.sha256(f"{self.seed}\x00{name}".encode()).digest()
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))

    def stratified(self, name: str, n: int) -> Floats:
        """n numbers in (0, 1), one in each of n equal strata in random order: a column of a Latin hypercube.

        McKay, Beckman & Conover (1979). Only `random()` is drawn, whose stream NumPy keeps stable for PCG64.
        """
        rng = self.rng(name)
        order = np.argsort(rng.random(n), kind="stable")
        return np.asarray((order + rng.random(n)) / n, dtype=np.float64)

    def normal(self, name: str, n: int) -> Floats:
        """n stratified standard normal numbers, by the inverse of the normal distribution (Acklam's approximation)."""
        return inverse_normal(self.stratified(name, n))

    def check_cancelled(self) -> None:
        """Stop here if the answer is no longer wanted."""
        if self.cancelled():
            raise Cancelled


@dataclass(frozen=True)
class Result:
    """What a model answers: indicators, tables for people, warnings, and figures about the computation itself."""

    indicators: Mapping[str, Quantity]
    tables: Mapping[str, Any] = field(default_factory=dict)
    warnings: Sequence[Label] = ()
    diagnostics: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[Label] = ()  # assumptions a reader of this answer must know


class Model(Protocol):
    """A model: its card and its function."""

    @property
    def spec(self) -> Spec: ...

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result: ...


@runtime_checkable
class BatchModel(Protocol):
    """A model that answers for many members in one call."""

    @property
    def spec(self) -> Spec: ...

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result: ...

    def run_batch(self, inputs: Inputs, params: Mapping[str, Floats], ctx: Context) -> Mapping[str, Floats]: ...


# P. J. Acklam's rational approximation of the inverse normal distribution; relative error below 1.15e-9.
_A = (-3.969683028665376e01, 2.209460984245205e02, -2.759285104469687e02, 1.383577518672690e02, -3.066479806614716e01,
      2.506628277459239e00)  # fmt: skip
_B = (-5.447609879822406e01, 1.615858368580409e02, -1.556989798598866e02, 6.680131188771972e01, -1.328068155288572e01)
_C = (-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e00, -2.549732539343734e00,
      4.374664141464968e00, 2.938163982698783e00)  # fmt: skip
_D = (7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e00, 3.754408661907416e00)
_TAIL = 0.02425


def inverse_normal(share: Floats) -> Floats:
    """The standard normal quantile of each share in (0, 1)."""
    tail = np.minimum(share, 1 - share)
    q = share - 0.5
    r = q * q
    middle = np.polyval(_A, r) * q / np.polyval((*_B, 1.0), r)
    s = np.sqrt(-2 * np.log(np.maximum(tail, 1e-300)))
    outer = np.polyval(_C, s) / np.polyval((*_D, 1.0), s) * np.where(q < 0, 1.0, -1.0)
    return np.asarray(np.where(tail < _TAIL, outer, middle), dtype=np.float64)
