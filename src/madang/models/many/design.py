"""Designs: at which points of its levers and uncertainties a model is asked.

A column is a parameter of the model, or an attribute of an entity that a port lets people turn ("<entity id>#<attr>").
Its range is the one asked for, else the city's assumption card, else the model's own card; a range that goes beyond
what the model is made for is refused, never clipped.

    lhs        Latin hypercube: one member in each of n equal strata of every column (needs no extra)
    full       every combination of evenly spaced values, as many to a column as n allows
    given      the points somebody brings, from a table
    sobol      Saltelli's scheme on Sobol's sequence, for first-order and total indices (SALib)
    saltelli   the same with pairs (SALib)
    morris     trajectories of Morris, one column changed at each step (SALib)

The columns of a Latin hypercube are drawn by name, as the runner draws the band of a single run: with the same seed
and number of members they are the same members.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np

from madang.errors import CallerError, DataError
from madang.models.assumptions import Card
from madang.models.base import Context, Floats, Param, Spec
from madang.models.canonical import pack_arrays
from madang.models.ensemble import spread_over

Method = Literal["lhs", "sobol", "saltelli", "morris", "full", "given"]
Role = Literal["lever", "uncertainty"]
Range = tuple[float, float]
METHODS: tuple[str, ...] = get_args(Method)
AT_MOST = 1_000_000  # members of one design
LEVELS = 4  # of a Morris trajectory
LEAST_BASE = 8  # points of Sobol's sequence below which an index says nothing


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Points by member (n x columns); `block` members in a row belong together (Saltelli's scheme, a trajectory)."""

    model: str
    columns: tuple[str, ...]
    points: Floats
    method: Method
    seed: int = 0
    roles: tuple[Role, ...] = ()
    block: int = 1

    @property
    def n(self) -> int:
        """How many members."""
        return len(self.points)

    @property
    def levers(self) -> dict[str, Floats]:
        """What we choose, by column."""
        return self._of("lever")

    @property
    def uncertainties(self) -> dict[str, Floats]:
        """What nature chooses, by column."""
        return self._of("uncertainty")

    def column(self, name: str) -> Floats:
        """One column."""
        return np.asarray(self.points[:, self.columns.index(name)])

    def packed(self) -> bytes:
        """The points in canonical form, in which an ensemble's record keeps them."""
        return pack_arrays({name: self.column(name) for name in self.columns})

    def _of(self, role: Role) -> dict[str, Floats]:
        return {name: self.column(name) for name, of in zip(self.columns, self.roles, strict=True) if of == role}


def sample(
    spec: Spec,
    n: int,
    *,
    method: str = "lhs",
    over: Sequence[str] | None = None,
    ranges: Mapping[str, Range] | None = None,
    seed: int = 0,
    cards: Mapping[str, Card] | None = None,
) -> Design:
    """A design of about n members, at most n; without `over`, over all uncertainties and what `ranges` names.

    A full factorial, Saltelli's scheme and Morris's trajectories have sizes of their own: the largest that fits in n.
    """
    if method not in METHODS or method == "given":
        raise CallerError("many.method-unknown", found=method, known=", ".join(m for m in METHODS if m != "given"))
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= AT_MOST:
        raise CallerError("many.members-count", found=n, most=f"{AT_MOST:,}")
    ranges = dict(ranges or {})
    columns = columns_of(spec, over, ranges)
    spreads = [_Spread(spec, name, ranges.get(name), dict(cards or {}).get(name)) for name in columns]
    roles = tuple(one.role for one in spreads)
    k = len(columns)
    if method == "lhs":
        ctx = Context(seed)
        points = np.stack([one.at(ctx.stratified(f"param:{one.name}", n)) for one in spreads], axis=1)
        return Design(spec.id, columns, points, "lhs", seed, roles)
    if method == "full":
        return Design(spec.id, columns, _full(spreads, n), "full", seed, roles)
    shares, block = _morris(columns, n, seed) if method == "morris" else _saltelli(columns, n, seed, method)
    points = np.stack([one.at(shares[:, at]) for at, one in zip(range(k), spreads, strict=True)], axis=1)
    return Design(spec.id, columns, points, cast(Method, method), seed, roles, block)


def given(
    spec: Spec,
    table: Mapping[str, Sequence[float] | Floats],
    *,
    seed: int = 0,
    cards: Mapping[str, Card] | None = None,
) -> Design:
    """A design of points that somebody brings: one list of values a column."""
    columns = columns_of(spec, list(table), {})
    lengths = {len(values) for values in table.values()}
    if len(lengths) != 1 or not 1 <= min(lengths) <= AT_MOST:
        raise CallerError("many.members-count", found=max(lengths, default=0), most=f"{AT_MOST:,}")
    points = np.stack([np.asarray(table[name], dtype=np.float64) for name in columns], axis=1)
    roles = []
    for at, name in enumerate(columns):
        low, high = allowed(spec, name, dict(cards or {}).get(name))
        wrong = np.flatnonzero(~((points[:, at] >= low) & (points[:, at] <= high)))
        if len(wrong):
            facts = {"row": int(wrong[0]) + 1, "name": name, "found": float(points[wrong[0], at])}
            raise CallerError("many.point-range", **facts, low=low, high=high, model=spec.id)
        roles.append(role_of(spec, name))
    return Design(spec.id, columns, points, "given", seed, tuple(roles))


def read_points(path: Path) -> dict[str, list[float]]:
    """The columns of a table of points: CSV with a header, or Parquet."""
    if path.suffix.lower() == ".parquet":
        from pyarrow import parquet

        table = parquet.read_table(path)
        return {str(name): [_number(path, n, v) for n, v in enumerate(table[name].to_pylist(), 1)]
                for name in table.column_names}  # fmt: skip
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    if not header or not rows or any(len(row) != len(header) for row in rows):
        raise DataError("many.points-table", file=path.name)
    return {name: [_number(path, n, row[at]) for n, row in enumerate(rows, 1)] for at, name in enumerate(header)}


def columns_of(spec: Spec, over: Sequence[str] | None, ranges: Mapping[str, Range]) -> tuple[str, ...]:
    """The columns of a design: those asked for, else all uncertainties and what has a range."""
    known = {p.name: p for p in spec.params}
    names = tuple(dict.fromkeys(over)) if over is not None else tuple(
        dict.fromkeys([*(p.name for p in spec.params if p.role == "uncertainty"), *ranges])
    )  # fmt: skip
    can = [p.name for p in spec.params if p.role != "constant"]
    can += [f"<{port.entity}>#{port.lever}" for port in spec.inputs if port.lever]
    for name in [*names, *ranges]:
        if "#" not in name and (name not in known or known[name].role == "constant"):
            raise CallerError("many.column-unknown", model=spec.id, name=name, known=", ".join(can) or "-")
        if name not in names:
            raise CallerError("many.range-unused", name=name, columns=", ".join(names))
    if not names:
        raise CallerError("many.nothing-varies", model=spec.id, known=", ".join(can) or "-")
    return names


def role_of(spec: Spec, name: str) -> Role:
    """Whether a column is a lever or an uncertainty."""
    return "uncertainty" if any(p.name == name and p.role == "uncertainty" for p in spec.params) else "lever"


def allowed(spec: Spec, name: str, card: Card | None = None) -> Range:
    """The values that a column can take at all."""
    if "#" in name:
        return next(iter(spec.lever_ranges(name.rpartition("#")[2])), (float("-inf"), float("inf")))
    p = _param(spec, name)
    return p.limits or ((card.low, card.high) if card else (p.low, p.high))


class _Spread:
    """How a column turns shares in [0, 1] into values: its range and distribution."""

    def __init__(self, spec: Spec, name: str, asked: Range | None, card: Card | None) -> None:
        self.name, self.role = name, role_of(spec, name)
        self._at: Callable[[Floats], Floats] | None = None
        if asked is not None:
            self.low, self.high = _checked(spec, name, asked, card)
        elif "#" in name:
            raise CallerError("many.range-needed", name=name)
        else:
            p = _param(spec, name)
            self.low, self.high = (card.low, card.high) if card else (p.low, p.high)
            self._at = lambda shares: spread_over(p, card, shares)

    def at(self, shares: Floats) -> Floats:
        """Values at shares of the distribution."""
        return self.evenly(shares) if self._at is None else self._at(shares)

    def evenly(self, shares: Floats) -> Floats:
        """Values at shares of the way from low to high."""
        return np.asarray(self.low + (self.high - self.low) * shares)


def _checked(spec: Spec, name: str, asked: Range, card: Card | None) -> Range:
    low, high = (float(asked[0]), float(asked[1])) if len(asked) == 2 else (np.nan, np.nan)
    least, most = allowed(spec, name, card)
    if not (isfinite(low) and isfinite(high) and low <= high):
        raise CallerError("many.range-malformed", name=name, found=list(asked))
    if not (least <= low and high <= most):
        facts = {"model": spec.id, "name": name, "least": least, "most": most}
        raise CallerError("many.range-beyond", **facts, low=low, high=high)
    return low, high


def _full(spreads: Sequence[_Spread], n: int) -> Floats:
    k = len(spreads)
    levels = next(m for m in itertools.count(1) if (m + 1) ** k > n)
    if levels < 2:
        raise CallerError("many.members-few", method="full", least=2**k, found=n)
    axes = [one.evenly(np.linspace(0.0, 1.0, levels)) for one in spreads]
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)


def _saltelli(columns: Sequence[str], n: int, seed: int, method: str) -> tuple[Floats, int]:
    needs_extra()
    from SALib.sample import sobol

    pairs = method == "saltelli"
    block = len(columns) * (2 if pairs else 1) + 2
    if n < LEAST_BASE * block:
        raise CallerError("many.members-few", method=method, least=LEAST_BASE * block, found=n)
    base = 1 << ((n // block).bit_length() - 1)  # the sequence is balanced only at powers of two
    shares = sobol.sample(problem(columns), base, calc_second_order=pairs, scramble=True, seed=_small(seed))
    return np.asarray(shares, dtype=np.float64), block


def _morris(columns: Sequence[str], n: int, seed: int) -> tuple[Floats, int]:
    needs_extra()
    from SALib.sample import morris

    block = len(columns) + 1
    if n < 2 * block:
        raise CallerError("many.members-few", method="morris", least=2 * block, found=n)
    shares = morris.sample(problem(columns), n // block, num_levels=LEVELS, seed=_small(seed))
    return np.asarray(shares, dtype=np.float64), block


def problem(columns: Sequence[str]) -> dict[str, Any]:
    """A design's columns as SALib takes them, on the unit cube."""
    return {"num_vars": len(columns), "names": list(columns), "bounds": [[0.0, 1.0]] * len(columns)}


def needs_extra() -> None:
    """Say which extra is missing where SALib can't be imported."""
    try:
        import SALib.analyze
        import SALib.sample  # noqa: F401
    except ImportError as wrong:
        raise CallerError("many.extra-missing", library="SALib", extra="designs", why=str(wrong)) from wrong


def _small(seed: int) -> int:
    return seed % 2**32  # what NumPy's older generators take


def _param(spec: Spec, name: str) -> Param:
    return next(p for p in spec.params if p.name == name)


def _number(path: Path, row: int, found: object) -> float:
    try:
        number = float(found)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = float("nan")
    if not isfinite(number):
        raise DataError("many.points-number", file=path.name, row=row, found=found)
    return number
