"""What an alternative says of the economy beside its investment: how sectors produce and from where they buy.

A *structural change* (`StructuralChange`) does one or both of these, in the city or in the whole country:

- `inputMix`: a sector buys other amounts of the named products per unit of output; value added takes the difference,
  so a column still sums to one;
- `importsReplaced`: a share of what buyers import of a product is bought at home instead, from the city's own firms
  (`suppliedFrom` city) or wherever the product is bought at home anyway (country). Without a `sector` this holds for
  every buyer, households and investors too.

`adoption` says how far the change has got: 0 is nothing, 1 all of it. Changes add up. What could not be (more than all
imports replaced, inputs above output) is refused, never clipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from madang.errors import DataError
from madang.models.base import Floats, Records
from madang.models.economy import shipped
from madang.models.economy.leontief import Table

AREAS = ("city", "country")


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """How one region produces and buys: `inputs[i, j]` per unit of output, and shares of imports replaced.

    `by_city[i, j]` is the share of what buyer j imports of product i that the city supplies instead, `by_home` what is
    bought at home without saying where; `final_…` the same for households and investors.
    """

    inputs: Floats
    by_city: Floats
    by_home: Floats
    final_by_city: Floats
    final_by_home: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """The technology of the city and of the rest of the country."""

    city: Side
    rest: Side


def structure_of(given: object, table: Table) -> Structure | None:
    """The structural changes of an alternative put together; None where there are none or none is adopted."""
    records = given if isinstance(given, Records) else Records((), ())
    sides = {area: _unchanged(table) for area in ("city", "rest")}
    moved = False
    for id, row in zip(records.ids, records.rows, strict=True):
        adoption = share(row.get("adoption"), id, "adoption", default=1.0)
        touched = ("city",) if area_of(row, id) == "city" else ("city", "rest")
        for side in touched:
            _mix(sides[side], table, row, id, adoption)
            _replace(sides[side], table, row, id, adoption)
        moved = moved or adoption > 0
    if not moved:
        return None
    for one in sides.values():
        _possible(one, table, ", ".join(records.ids))
    return Structure(sides["city"], sides["rest"])


def columns_with(mix: object, table: Table, columns: list[int], *, base: Floats, entity: str) -> Floats:
    """Some sectors' columns of input coefficients, with those of the named products put in place of the base's."""
    changed = base[:, columns].copy()
    for product, coefficient in _shares(mix, entity, "inputMix").items():
        rows = parts(product, table, entity)
        old = base[np.ix_(rows, columns)]
        whole = old.sum(axis=0)
        within = np.divide(old, whole, out=np.full_like(old, 1 / len(rows)), where=whole > 0)
        changed[rows] = coefficient * within
    if (1 - changed.sum(axis=0) - (table.taxes + table.taxes_abroad)[columns] < -1e-12).any():
        raise DataError("economy.inputs-above-output", entity=entity)
    return changed


def added(inputs: Floats, table: Table) -> Floats:
    """Value added per unit of output with these inputs: what is left of one after inputs and taxes."""
    return np.asarray(table.value_added - (inputs - table.total).sum(axis=0))


def parts(code: object, table: Table, entity: str) -> list[int]:
    """Where a sector stands in the table: itself, or its parts where the table divides a shipped sector further."""
    if code in table.codes:
        return [table.codes.index(str(code))]
    found = next((s.oecd for s in shipped.sectors() if s.code == code), ())
    at = [table.codes.index(c) for c in found if c in table.codes]
    if not at:
        raise DataError("economy.sector-unknown", entity=entity, sector=code, known=", ".join(table.codes))
    return at


def area_of(row: Mapping[str, Any], entity: str, name: str = "appliesTo") -> str:
    """Whether something holds in the city (unless said otherwise) or in the whole country."""
    said = row.get(name) or "city"
    if said not in AREAS:
        raise DataError("economy.word-unknown", entity=entity, attribute=name, found=said, known=", ".join(AREAS))
    return str(said)


def share(given: object, entity: str, attribute: str, *, default: float) -> float:
    """A share between 0 and 1; what is not given is the default."""
    if given is None:
        return default
    return number(given, entity, attribute, low=0.0, high=1.0)


def number(given: object, entity: str, attribute: str, *, low: float, high: float) -> float:
    """A number within its bounds; one outside is refused and named."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not low <= given <= high:
        raise DataError("economy.number", entity=entity, attribute=attribute, found=given, low=low, high=high)
    return float(given)


# --- inside ----------------------------------------------------------------------------------------------------------


def _unchanged(table: Table) -> Side:
    n = len(table.codes)
    return Side(table.total.copy(), np.zeros((n, n)), np.zeros((n, n)), np.zeros(n), np.zeros(n))


def _mix(side: Side, table: Table, row: Mapping[str, Any], id: str, adoption: float) -> None:
    if row.get("inputMix") is None:
        return
    if row.get("sector") is None:
        raise DataError("economy.mix-without-sector", entity=id)
    columns = parts(row["sector"], table, id)
    wanted = columns_with(row["inputMix"], table, columns, base=table.total, entity=id)
    side.inputs[:, columns] += adoption * (wanted - table.total[:, columns])


def _replace(side: Side, table: Table, row: Mapping[str, Any], id: str, adoption: float) -> None:
    by_city = area_of({"suppliedFrom": row.get("suppliedFrom") or "country"}, id, "suppliedFrom") == "city"
    between, final = (side.by_city, side.final_by_city) if by_city else (side.by_home, side.final_by_home)
    buyers = slice(None) if row.get("sector") is None else parts(row["sector"], table, id)
    for product, replaced in _shares(row.get("importsReplaced") or {}, id, "importsReplaced").items():
        for at in parts(product, table, id):
            between[at, buyers] += adoption * replaced
            if row.get("sector") is None:
                final[at] += adoption * replaced


def _shares(given: object, entity: str, attribute: str) -> dict[str, float]:
    if not isinstance(given, Mapping):
        raise DataError("economy.shares", entity=entity, attribute=attribute, found=given)
    return {str(code): number(value, entity, attribute, low=0.0, high=1.0) for code, value in given.items()}


def _possible(side: Side, table: Table, entities: str) -> None:
    if (added(side.inputs, table) < -1e-12).any() or (side.inputs < -1e-12).any():
        raise DataError("economy.inputs-above-output", entity=entities)
    replaced = (side.by_city + side.by_home, side.final_by_city + side.final_by_home)
    if any((one > 1 + 1e-12).any() for one in replaced):
        raise DataError("economy.imports-replaced-twice", entity=entities)
