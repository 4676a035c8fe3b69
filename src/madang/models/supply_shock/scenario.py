"""What is restricted, whom it hits, and what is done about it: the branch's entities, checked, as values.

Chosen values are ranges (low, central, high). A member of an ensemble draws each of them by itself, from a triangle
with its peak at the central value, in a stream keyed by the entity: two branches with the same dependency draw the
same. The two ends of all ranges together, all kind or all grave, bound what the ranges allow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from madang import dates
from madang.errors import DataError
from madang.models.base import Context, Floats, Inputs, Label, Records
from madang.models.supply_shock.cascade import DAYS

Kind = Literal["stock", "substitute", "second-source"]
OPTION_FIELD: Mapping[str, str] = {
    "stock": "stockDays",
    "substitute": "substitutionDays",
    "second-source": "originShare",
}
SHARES = ("originShare", "criticality", "probability")


@dataclass(frozen=True, slots=True)
class Range:
    """A chosen value: low, central, high, in this order."""

    low: float
    central: float
    high: float

    def drawn(self, shares: Floats) -> Floats:
        """Values at shares in (0, 1) of a triangular distribution with its peak at the central value."""
        if self.high == self.low:
            return np.full(len(shares), self.low)
        width, at_peak = self.high - self.low, (self.central - self.low) / (self.high - self.low)
        rising = self.low + np.sqrt(shares * width * (self.central - self.low))
        falling = self.high - np.sqrt((1 - shares) * width * (self.high - self.central))
        return np.asarray(np.where(shares < at_peak, rising, falling), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Dependency:
    """A buyer's need of an item of one origin. `share` or `stock` is None where nobody has said it."""

    id: str
    item: Label
    hs_code: str
    origin: str
    buyer: str
    names: tuple[str, ...]  # what tells the buyer's industry, the surest first
    share: Range | None
    critical: Range
    stock: Range | None
    substitution: Range | None
    output: float | None
    substitutes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restriction:
    """A restriction of one dependency: from which day of the year reckoned, how long, and what still comes."""

    id: str
    name: Label
    dependency: int
    starts_on: date
    start: int
    days: float
    delivered: float
    probability: Range | None


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be done about one dependency, and its cost where somebody has said it."""

    id: str
    name: Label
    dependency: int
    kind: str
    value: Range
    cost: int | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """The restricted dependencies of a branch, their restrictions, the options against them; `later` is not reckoned.

    The year reckoned begins on `starts_on`, with the first restriction; None where nothing is restricted.
    """

    dependencies: tuple[Dependency, ...]
    restrictions: tuple[Restriction, ...]
    options: tuple[Option, ...]
    starts_on: date | None
    later: tuple[str, ...] = ()

    @property
    def lacking(self) -> tuple[tuple[str, str], ...]:
        """Dependencies of which a value is missing without which nothing can be reckoned, with its name."""
        return tuple(
            (one.id, name)
            for one in self.dependencies
            for name, value in (("originShare", one.share), ("stockDays", one.stock))
            if value is None
        )

    @property
    def buyers(self) -> tuple[str, ...]:
        """The buyers of the restricted dependencies, each once, in their order."""
        return tuple(dict.fromkeys(one.buyer for one in self.dependencies))

    @property
    def events(self) -> tuple[tuple[int, ...], ...]:
        """Restrictions that happen together, by number: those that begin on the same day are one event."""
        found: dict[date, list[int]] = {}
        for n, one in enumerate(self.restrictions):
            found.setdefault(one.starts_on, []).append(n)
        return tuple(tuple(numbers) for _, numbers in sorted(found.items()))


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """The chosen values as numbers, entities x members; a dependency that nothing replaces has `substitution` inf.

    `chance` is that of each event in a year, NaN where nobody has said it.
    """

    share: Floats
    critical: Floats
    stock: Floats
    substitution: Floats
    option: Floats
    chance: Floats

    def repeated(self, columns: Sequence[int]) -> Values:
        """The same values, members taken again and again by their number."""
        return Values(*(getattr(self, name)[:, list(columns)] for name in Values.__slots__))


def read(inputs: Inputs) -> Scenario:
    """The scenario on a branch: only dependencies that a restriction names are taken."""
    rows = rows_of(inputs, "dependencies")
    for port, name in (("substitutions", "substitutionDays"), ("origins", "originShare")):
        for id, row in rows_of(inputs, port).items():
            rows.setdefault(id, {})[name] = row.get(name)
    restricted = rows_of(inputs, "restrictions")
    for id, row in rows_of(inputs, "lengths").items():
        restricted.setdefault(id, {})["restrictionDays"] = row.get("restrictionDays")
    firms, clusters = rows_of(inputs, "firms"), rows_of(inputs, "clusters")

    said = {id: _day(id, row) for id, row in restricted.items()}
    first = min(said.values(), default=None)
    needed = sorted({str(row.get("refDependency")) for row in restricted.values()})
    for id, row in restricted.items():
        if row.get("refDependency") not in rows:
            raise DataError("supply_shock.dependency-unknown", restriction=id, dependency=row.get("refDependency"))
    number = {id: n for n, id in enumerate(needed)}
    all_ = [
        Restriction(
            id,
            pair(row.get("name"), id),
            number[str(row["refDependency"])],
            said[id],
            (said[id] - first).days if first else 0,
            _number(id, row, "restrictionDays", most=float("inf")),
            _number(id, row, "deliveredShare", most=1.0),
            range_of(id, row, "probability"),
        )
        for id, row in restricted.items()
    ]
    return Scenario(
        tuple(dependency_of(id, rows[id], firms, clusters) for id in needed),
        tuple(one for one in all_ if one.start < DAYS),
        tuple(_options(rows_of(inputs, "options"), number, rows)),
        first,
        tuple(one.id for one in all_ if one.start >= DAYS),
    )


def _options(
    rows: Mapping[str, Mapping[str, Any]], number: Mapping[str, int], dependencies: Mapping[str, Any]
) -> list[Option]:
    found = []
    for id, row in rows.items():
        if (dependency := row.get("refDependency")) not in dependencies:
            raise DataError("supply_shock.option-for-nothing", option=id, dependency=dependency)
        if dependency not in number:
            continue  # what it is for is not restricted here
        kind = str(row.get("kind"))
        if kind not in OPTION_FIELD:
            raise DataError("supply_shock.option-kind", option=id, kind=kind, known=", ".join(OPTION_FIELD))
        value = range_of(id, row, OPTION_FIELD[kind])
        if value is None:
            raise DataError("supply_shock.option-value", option=id, name=OPTION_FIELD[kind])
        cost = row.get("amount")
        found.append(
            Option(
                id, pair(row.get("name"), id), number[str(dependency)], kind, value, None if cost is None else int(cost)
            )
        )
    return found


def dependency_of(
    id: str, row: Mapping[str, Any], firms: Mapping[str, Mapping[str, Any]], clusters: Mapping[str, Mapping[str, Any]]
) -> Dependency:
    """A dependency of a branch, with what its firm and cluster say of the buyer's industry."""
    buyer, output = str(row.get("buyer") or id), row.get("yearlyOutput")
    own = [row.get("industry")]
    for known in (firms.get(buyer, {}), clusters.get(str(row.get("refCluster")), {})):
        own += list(known.get("ksicCodes") or ()) or [known.get("industry")]
    return Dependency(
        id,
        pair(row.get("item"), id),
        str(row.get("hsCode") or ""),
        str(row.get("originCountry") or ""),
        buyer,
        tuple(str(name) for name in [*own, buyer] if name),
        range_of(id, row, "originShare"),
        range_of(id, row, "criticality") or Range(1.0, 1.0, 1.0),
        range_of(id, row, "stockDays"),
        range_of(id, row, "substitutionDays"),
        None if output is None else float(output),
        tuple(str(one) for one in row.get("domesticSubstitutes") or ()),
    )


# --- values of members -----------------------------------------------------------------------------------------------


def central(scenario: Scenario) -> Values:
    """Every value at its centre: one member."""
    return _values(scenario, lambda of, name, kind: np.array([of.central]), 1)


def ends(scenario: Scenario) -> Values:
    """Two members: every value at its kind end, every value at its grave end."""

    def at_ends(of: Range, name: str, kind: str) -> Floats:
        more_is_kind = name == "stockDays"
        return np.array([of.high, of.low] if more_is_kind else [of.low, of.high])

    return _values(scenario, at_ends, 2)


def drawn(scenario: Scenario, ctx: Context, members: int) -> Values:
    """Every value drawn by itself, for so many members."""
    return _values(scenario, lambda of, name, kind: of.drawn(ctx.stratified(f"{kind}#{name}", members)), members)


def _values(scenario: Scenario, at: Callable[[Range, str, str], Floats], members: int) -> Values:
    def column(of: Range | None, name: str, id: str, without: float) -> Floats:
        return np.full(members, without) if of is None else at(of, name, id)

    def rows(columns: list[Floats]) -> Floats:
        return np.array(columns, dtype=np.float64).reshape(len(columns), members)

    held = scenario.dependencies
    chances = []
    for event in scenario.events:
        said = [scenario.restrictions[n] for n in event if scenario.restrictions[n].probability is not None]
        each = [column(one.probability, "probability", one.id, np.nan) for one in said]
        chances.append(np.max(each, axis=0) if each else np.full(members, np.nan))
    return Values(
        rows([column(one.share, "originShare", one.id, np.nan) for one in held]),
        rows([column(one.critical, "criticality", one.id, 1.0) for one in held]),
        rows([column(one.stock, "stockDays", one.id, np.nan) for one in held]),
        rows([column(one.substitution, "substitutionDays", one.id, np.inf) for one in held]),
        rows([column(one.value, OPTION_FIELD[one.kind], one.id, np.nan) for one in scenario.options]),
        rows(chances),
    )


def acted(scenario: Scenario, values: Values, taken: Floats) -> Values:
    """The values once options are taken: `taken` is options x members, 1 where it is.

    More stock is added; a substitute comes after its days where that is sooner; a second source caps the origin's
    share where that is less. So no option makes it worse, and their order does not matter.
    """
    share, stock, substitution = values.share.copy(), values.stock.copy(), values.substitution.copy()
    for n, option in enumerate(scenario.options):
        at, value, on = option.dependency, values.option[n], taken[n] > 0
        if option.kind == "stock":
            stock[at] += np.where(on, value, 0.0)
        elif option.kind == "substitute":
            substitution[at] = np.where(on, np.minimum(substitution[at], value), substitution[at])
        else:
            share[at] = np.where(on, np.minimum(share[at], value), share[at])
    return Values(share, values.critical, stock, substitution, values.option, values.chance)


# --- reading ---------------------------------------------------------------------------------------------------------


def range_of(id: str, row: Mapping[str, Any], name: str) -> Range | None:
    """A range of an entity: one number, or low, central and high; None where nobody said it."""
    said = row.get(name)
    if said is None:
        return None
    values = [said.get(case) for case in ("low", "central", "high")] if isinstance(said, Mapping) else [said] * 3
    most = 1.0 if name in SHARES else float("inf")
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool) and np.isfinite(v)]
    if len(numbers) < 3 or not 0 <= numbers[0] <= numbers[1] <= numbers[2] <= most:
        limits = "0~1" if most == 1 else "0~"
        raise DataError("supply_shock.range", entity=id, name=name, found=str(said)[:80], limits=limits)
    return Range(*numbers)


def _number(id: str, row: Mapping[str, Any], name: str, *, most: float) -> float:
    found = range_of(id, {name: row.get(name)}, name)
    if found is None:
        raise DataError("supply_shock.restriction-value", restriction=id, name=name)
    if found.central > most:
        raise DataError("supply_shock.range", entity=id, name=name, found=found.central, limits=f"0~{most:g}")
    return found.central


def _day(id: str, row: Mapping[str, Any]) -> date:
    try:
        return dates.period(str(row.get("startsOn"))).first
    except ValueError:
        raise DataError("supply_shock.starts-on", restriction=id, found=row.get("startsOn")) from None


def rows_of(inputs: Inputs, port: str) -> dict[str, dict[str, Any]]:
    """The rows of a port by the id of their entity."""
    records = inputs.get(port)
    if not isinstance(records, Records):
        return {}
    return {id: dict(row) for id, row in zip(records.ids, records.rows, strict=True)}


def pair(said: Any, id: str) -> Label:
    """A text or a text by language in Korean and English; the end of the id where there is none."""
    if isinstance(said, Mapping) and said:
        some = str(next(iter(said.values())))
        return {"ko": str(said.get("ko", said.get("en", some))), "en": str(said.get("en", said.get("ko", some)))}
    return dict.fromkeys(("ko", "en"), str(said or id.rpartition(":")[2]))
