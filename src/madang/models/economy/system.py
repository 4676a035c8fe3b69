"""The interregional system of the city and the rest of Korea, (I - A), for many members at once.

What a buyer needs of a product is imported, or bought in its own region, or in the other one (`regional`). Both
regions start from one technology; a structural change (`changes`) may give the city, or both, another one. Down each
column purchases, value added and taxes sum to one, whatever the routes: nothing can get lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from madang.models.base import Floats
from madang.models.economy.changes import Side, Structure, added
from madang.models.economy.leontief import Table
from madang.models.economy.regional import Region, cross_quotients, size_factor, staying


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """(I - A) by member, city first; beside it the rates at which purchases stay, and what a unit of output pays.

    `here` and `there` are the shares of domestic purchases that stay in the city and in the rest, `imported` the
    table's import shares with the member's factor, before any replacement.
    """

    table: Table
    structure: Structure | None
    matrix: Floats  # members, 2n, 2n
    here: Floats  # members, n, n
    here_final: Floats  # members, n
    there: Floats
    there_final: Floats
    imported: Floats
    imported_final: Floats
    value_added: Floats  # 2n
    taxes: Floats  # 2n
    abroad: Floats  # members, 2n
    changed: tuple[int, ...] = ()  # columns that a structure changed

    def bought_in_city(self, amounts: Floats, here: Floats | None = None) -> tuple[Floats, Floats]:
        """Purchases of buyers in the city (members, i, j), as what they buy in the city and in the rest."""
        stay = self.here if here is None else here
        side = self.structure.city if self.structure else None
        return _in_city(amounts, self.imported, stay, side)

    def final_in_city(self, amounts: Floats, here: Floats) -> tuple[Floats, Floats]:
        """Final purchases in the city, products on the last axis, as what is bought in the city and in the rest."""
        side = _final(self.structure.city) if self.structure else None
        members = self.imported_final.reshape(len(here), *[1] * (amounts.ndim - 2), -1)
        return _in_city(amounts, members, here, side)

    def final_in_rest(self) -> tuple[Floats, Floats]:
        """One won of household spending in the rest of the country, as what is bought in the city and in the rest."""
        side = _final(self.structure.rest) if self.structure else None
        spent = self.table.propensity * self.table.households[None]
        return _in_rest(spent, self.imported_final, self.there_final, side)

    @property
    def nbytes(self) -> int:
        """How much memory the system takes."""
        return self.matrix.nbytes + self.here.nbytes + self.there.nbytes + self.imported.nbytes

    @property
    def members(self) -> int:
        """How many members the system has."""
        return len(self.matrix)


def system_of(
    table: Table, region: Region, structure: Structure | None, *, delta: Floats, import_factor: Floats
) -> System:
    """The system of each member: its FLQ delta and its factor on every product's import share."""
    n, members = len(table.codes), len(delta)
    imported = np.minimum(1.0, import_factor[:, :, None] * table.imported[None])
    imported_final = np.minimum(1.0, import_factor * table.imported_final[None])
    here, here_final = staying(region.slq, cross_quotients(region.slq), size_factor(region.share, delta))
    there, there_final = staying(
        region.slq_rest, cross_quotients(region.slq_rest), size_factor(1 - region.share, delta)
    )
    absent = region.slq == 0  # what the city does not make, the rest makes
    there[:, absent, :] = 1.0
    there_final[:, absent] = 1.0

    matrix = np.empty((members, 2 * n, 2 * n))
    home = table.total[None] * (1 - imported)
    kept = here * home
    matrix[:, :n, :n] = -kept
    matrix[:, n:, :n] = kept - home
    kept = there * home
    matrix[:, n:, n:] = -kept
    matrix[:, :n, n:] = kept - home
    diagonal = np.arange(2 * n)
    matrix[:, diagonal, diagonal] += 1.0
    abroad = (table.total[None] * imported).sum(axis=1) + table.taxes_abroad
    base = System(
        table,
        None,
        matrix,
        here,
        here_final,
        there,
        there_final,
        imported,
        imported_final,
        np.concatenate([table.value_added, table.value_added]),
        np.concatenate([table.taxes, table.taxes]),
        np.concatenate([abroad, abroad], axis=1),
    )
    return base if structure is None else with_structure(base, structure)


def with_structure(base: System, structure: Structure) -> System:
    """The same members under another structure: only the columns that it changes are made anew."""
    table, n = base.table, len(base.table.codes)
    matrix, abroad, worth = base.matrix.copy(), base.abroad.copy(), base.value_added.copy()
    changed: list[int] = []
    for side, stays, buy, first in (
        (structure.city, base.here, _in_city, 0),
        (structure.rest, base.there, _in_rest, n),
    ):
        moved = (side.inputs != table.total).any(axis=0) | (side.by_city + side.by_home > 0).any(axis=0)
        at = np.flatnonzero(moved)
        part = Side(
            side.inputs[:, at], side.by_city[:, at], side.by_home[:, at], side.final_by_city, side.final_by_home
        )
        imported, columns = base.imported[:, :, at], first + at
        near, far = buy(part.inputs[None], imported, stays[:, :, at], part)
        matrix[:, :n, columns] = -near
        matrix[:, n:, columns] = -far
        matrix[:, columns, columns] += 1.0
        abroad[:, columns] = (part.inputs[None] * abroad_rate(imported, part)).sum(axis=1) + table.taxes_abroad[at]
        worth[columns] = added(side.inputs, table)[at]
        changed += [int(c) for c in columns]
    return replace(
        base,
        structure=structure,
        matrix=matrix,
        value_added=worth,
        abroad=abroad,
        changed=tuple(changed),
    )


def abroad_rate(imported: Floats, side: Side | None) -> Floats:
    """The shares of purchases between sectors that still come from abroad (members, i, j)."""
    return imported if side is None else np.asarray(imported * (1 - side.by_city - side.by_home))


def final_abroad(system: System) -> tuple[Floats, Floats]:
    """The shares of final purchases that come from abroad, in the city and in the rest (members, products)."""
    if system.structure is None:
        return system.imported_final, system.imported_final
    sides = (system.structure.city, system.structure.rest)
    city, rest = (system.imported_final * (1 - s.final_by_city - s.final_by_home) for s in sides)
    return city, rest


# --- inside ----------------------------------------------------------------------------------------------------------


def _final(side: Side) -> Side:
    return Side(side.inputs, side.final_by_city, side.final_by_home, side.final_by_city, side.final_by_home)


def _in_city(amounts: Floats, imported: Floats, stay: Floats, side: Side | None) -> tuple[Floats, Floats]:
    """Purchases in the city as (from the city, from the rest)."""
    if side is None:
        home = amounts * (1 - imported)
        near = stay * home
    else:
        home = amounts * (1 - imported * (1 - side.by_city - side.by_home))
        near = stay * home + (1 - stay) * amounts * imported * side.by_city
    return np.asarray(near), np.asarray(home - near)


def _in_rest(amounts: Floats, imported: Floats, stay: Floats, side: Side | None) -> tuple[Floats, Floats]:
    """Purchases in the rest as (from the city, from the rest)."""
    if side is None:
        home = amounts * (1 - imported)
        own = stay * home
    else:
        home = amounts * (1 - imported * (1 - side.by_city - side.by_home))
        own = stay * (home - amounts * imported * side.by_city)
    return np.asarray(home - own), np.asarray(own)
