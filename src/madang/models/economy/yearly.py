"""What happens year after year: a plant that runs, a structure that has changed, a tax that is paid.

None of it is ever added to the one-off investment. All three need no solve of their own: each is one more column on the
right side of the system that the investment solves (`impact`).

*Operation*: the plant's yearly output is given; what it buys for it is new demand, spread as its sectors spread their
purchases or by its own `localShare` and `inputMix` (Miller & Blair 2009, 13.2: a new firm by its purchases). Output
then is the plant's own and that of its suppliers, and value added + imports + taxes equal the plant's output.

*Structural change*: final demand stays as it is, today's production of the changed sectors follows the new columns:

    x1 - x0 = (I - A1)^-1 (A1 - A0) x0

Value added that is gained is exactly what is no longer imported and no longer paid in taxes: final demand is the same.

*Import content*: imports in one won of the city's products, direct and through all suppliers: m (I - A)^-1.

*Price*: p = v (I - A)^-1, so a rate on output raises the price of a basket h by rate (I - A)^-1 h (`prices`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from madang.models.base import Floats
from madang.models.economy.system import System, abroad_rate

EMPTY = np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """A plant per won of yearly output: its entity, its sectors, what each buys per unit, the share bought locally."""

    id: str
    shares: Floats  # n
    inputs: Floats  # n, n; only the columns of its sectors count
    local: float  # NaN: as the sectors of the city buy


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked beside the investment: plants, today's output of city and rest (None: unknown), taxed sectors.

    `taxed[t]` marks the 2n sectors whose output tax change t touches; `manufacturing` marks the n sectors of it.
    """

    operations: Sequence[Operation] = ()
    output: Floats | None = None  # 2n, won a year
    taxed: Floats = field(default_factory=lambda: np.empty((0, 0)))
    manufacturing: Floats = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True, eq=False)
class Yearly:
    """Effects a year by member; of operations per won of output, of taxes per unit of rate; NaN where unknown."""

    operating_output: Floats  # members, operations, 2
    operating_value_added: Floats  # members, operations, 2
    operating_imports: Floats  # members, operations
    operating_taxes: Floats
    operating_own: Floats  # the plant's own value added
    structural_value_added: Floats  # members, 2
    structural_imports: Floats  # members
    structural_taxes: Floats
    import_content: Floats
    import_content_direct: Floats
    import_content_manufacturing: Floats
    burden: Floats  # members, tax changes, 2: cost of one won of household spending in the city, in the rest

    @property
    def nbytes(self) -> int:
        """How much memory the effects take."""
        return sum(getattr(self, name).nbytes for name in Yearly.__slots__)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The right sides that a question adds, and what is needed to read their solution."""

    columns: Floats  # members, 2n, k
    value_added: Floats  # of the plants themselves: members, operations
    imports: Floats
    taxes: Floats
    moved: tuple[Floats, Floats, Floats] | None  # of changed columns at today's output: value added (2), imports, taxes


def asked(system: System, before: System | None, question: Question) -> Asked:
    """Right sides: purchases of plants, changed purchases at today's output, baskets of the city's products."""
    n, members = len(system.table.codes), system.members
    columns = [np.zeros((members, 2 * n, 0))]
    worth, imports, taxes = (np.zeros((members, len(question.operations))) for _ in range(3))
    for o, plant in enumerate(question.operations):
        purchases, worth[:, o], imports[:, o], taxes[:, o] = _plant(system, plant)
        columns.append(purchases[:, :, None])
    moved = None
    if question.output is not None and before is not None:
        x = question.output
        at = list(system.changed)
        columns.append(((before.matrix[:, :, at] - system.matrix[:, :, at]) @ x[at])[:, :, None])
        change = (system.value_added - before.value_added) * x
        moved = (
            np.broadcast_to(np.array([change[:n].sum(), change[n:].sum()]), (members, 2)),
            (system.abroad - before.abroad) @ x,
            np.full(members, float((system.taxes - before.taxes) @ x)),
        )
    if question.output is not None:
        columns += [
            np.broadcast_to(b[None, :, None], (members, 2 * n, 1)) for b in _baskets(question, question.output, n)
        ]
    return Asked(np.concatenate(columns, axis=2), worth, imports, taxes, moved)


def answered(system: System, question: Question, given: Asked, solved: Floats, of_households: Floats) -> Yearly:
    """The yearly effects, from the solution of what was asked and that of one won of household spending."""
    n, members, plants = len(system.table.codes), system.members, len(question.operations)
    unknown = np.full(members, np.nan)
    x = solved[:, :, :plants]
    own = np.zeros((members, plants, 2))
    own[:, :, 0] = given.value_added
    gain = np.zeros((members, 2)) if question.output is not None else np.full((members, 2), np.nan)
    imports = taxes = gain[:, 0].copy()
    if given.moved is not None:
        shift = solved[:, :, plants]
        gain = given.moved[0] + _by_region(shift * system.value_added[None, :], n)
        imports = given.moved[1] + (system.abroad * shift).sum(axis=1)
        taxes = given.moved[2] + shift @ system.taxes
    total = direct = manufactured = unknown
    if question.output is not None:
        one, made = solved[:, :, -2], solved[:, :, -1]
        total, manufactured = ((system.abroad * basket).sum(axis=1) for basket in (one, made))
        direct = (system.abroad * _baskets(question, question.output, n)[0][None]).sum(axis=1)
        manufactured = manufactured if question.output[:n] @ question.manufacturing > 0 else unknown
        total, direct = (total, direct) if question.output[:n].sum() > 0 else (unknown, unknown)
    output = np.stack([_by_region(x[:, :, o], n) for o in range(plants)], axis=1) if plants else own.copy()
    output[:, :, 0] += 1.0
    return Yearly(
        operating_output=output,
        operating_value_added=own + _worth(system, x, n),
        operating_imports=given.imports + np.einsum("ms,mso->mo", system.abroad, x),
        operating_taxes=given.taxes + np.einsum("s,mso->mo", system.taxes, x),
        operating_own=given.value_added,
        structural_value_added=gain,
        structural_imports=imports,
        structural_taxes=taxes,
        import_content=total,
        import_content_direct=direct,
        import_content_manufacturing=manufactured,
        burden=np.einsum("ts,msr->mtr", question.taxed.reshape(-1, 2 * n), of_households),
    )


def purchases_of(system: System, plant: Operation) -> Floats:
    """What a plant buys in the city and in the rest (members, 2n), per won of its output."""
    return _plant(system, plant)[0]


# --- inside ----------------------------------------------------------------------------------------------------------


def _plant(system: System, plant: Operation) -> tuple[Floats, Floats, Floats, Floats]:
    """What a plant buys (members, 2n), and its own value added, imports and taxes, per won of its output."""
    table, members = system.table, system.members
    here = system.here if np.isnan(plant.local) else np.full_like(system.here, plant.local)
    near, far = system.bought_in_city(plant.inputs[None], here)
    rate = abroad_rate(system.imported, system.structure.city if system.structure else None)
    abroad = (plant.inputs[None] * rate).sum(axis=1) + table.taxes_abroad
    paid = table.taxes + table.taxes_abroad
    worth = plant.shares @ (1 - plant.inputs.sum(axis=0) - paid)
    purchases = np.concatenate([near @ plant.shares, far @ plant.shares], axis=1)
    return purchases, np.full(members, worth), abroad @ plant.shares, np.full(members, plant.shares @ table.taxes)


def _baskets(question: Question, output: Floats, n: int) -> list[Floats]:
    """One won of the city's products at today's mix, and of its manufactures; nothing where it makes none."""
    baskets = []
    for part in (output[:n], output[:n] * question.manufacturing):
        whole = part.sum()
        baskets.append(np.concatenate([part / whole if whole > 0 else part, np.zeros(n)]))
    return baskets


def _by_region(vector: Floats, n: int) -> Floats:
    return np.asarray(vector.reshape(len(vector), 2, n).sum(axis=2))


def _worth(system: System, x: Floats, n: int) -> Floats:
    """Value added by member, column and region of outputs (members, 2n, columns)."""
    by_region = (system.value_added[None, :, None] * x).reshape(len(x), 2, n, -1).sum(axis=2)
    return np.asarray(by_region.transpose(0, 2, 1))
