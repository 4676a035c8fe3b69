"""What turned out different: the inputs a forecast was made from, held against what they are now, change by change.

Each change belongs to one of three groups, by rules that look at the data and not at the miss:

    assumption   the input was marked as an assumption when the forecast was made; so is that a pledge is spent in full
    delay        money that was pledged, and comes, but only after the day of the promise (the register of stages)
    shock        everything else: newer statistics, another table, an input that someone changed

A pledged amount may change in two steps: to what comes in all, and, of that, to what had come by the day. A change is
plain data, so what a score was made from can be kept and computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from madang.entities.entity import value_of
from madang.entities.query import Query, parse_types
from madang.errors import ModelError
from madang.models.base import Port, Records, Spec
from madang.models.canonical import pack_records, sha256, unpack_records
from madang.models.inputs import Pinned
from madang.plan.realised import Realised
from madang.store import View

Group = Literal["assumption", "shock", "delay"]
GROUPS: tuple[Group, ...] = get_args(Group)

WHOLE = "*"  # in place of an attribute: the entity came or went; in place of an entity: the whole file


@dataclass(frozen=True, slots=True)
class InputChange:
    """One input that is not what it was: from which value to which, and to which group that belongs."""

    port: str
    entity: str
    attribute: str
    was: Any
    now: Any
    group: Group

    def as_json(self) -> dict[str, Any]:
        """The change as plain JSON values."""
        return asdict(self)

    @property
    def item(self) -> tuple[str, str, str]:
        """What it is that changed."""
        return self.port, self.entity, self.attribute


def changed_inputs(
    spec: Spec,
    then: Mapping[str, Pinned],
    now: Mapping[str, Pinned],
    *,
    register: Callable[[str], Realised | None] = lambda programme: None,
) -> list[InputChange]:
    """Every change of a model's inputs, in a fixed order; `register` knows what became of a programme's money."""
    found: list[InputChange] = []
    for port in spec.inputs:
        first, second = then.get(port.name), now.get(port.name)
        if port.kind == "blob":
            found += _of_blob(port, first, second)
        elif first is not None and (port.lever is not None or second is None or first.sha256 != second.sha256):
            found += _of_records(port, first, second, register)
        elif first is None and second is not None:
            found += _of_records(port, replace(second, data=pack_records(Records((), ()))), second, register)
    return found


def registers_of(view: View, found: Mapping[str, Realised]) -> Callable[[str], Realised | None]:
    """What became of a programme's money; programmes of one agreement share its register by what they were to spend."""
    programmes = view.documents(Query(types=parse_types("Programme"))) if found else []
    agreements = {doc["id"]: value_of(doc, "refAgreement") for doc in programmes}
    amounts = {doc["id"]: value_of(doc, "amount") or 0 for doc in programmes}

    def register(programme: str) -> Realised | None:
        agreement = agreements.get(programme)
        spent = found.get(agreement) if isinstance(agreement, str) else None
        siblings = [id for id, of in agreements.items() if of == agreement]
        if spent is not None and spent.unknown:
            raise ModelError("plan.split-register", agreement=agreement, unknown=spent.unknown)
        together = sum(amounts[id] for id in siblings)
        if spent is None or len(siblings) == 1 or not together:
            return spent
        share = amounts[programme] / together
        return replace(spent, by_due=round(spent.by_due * share), in_all=round(spent.in_all * share))

    return register


def shared(
    changes: Iterable[InputChange], first: Mapping[str, Pinned], second: Mapping[str, Pinned]
) -> list[InputChange]:
    """The changes of what both sets of inputs had alike: the surroundings, not the policy that tells them apart."""
    known: dict[tuple[int, str], dict[str, dict[str, Any]]] = {}

    def at(side: int, change: InputChange) -> Any:
        pinned = (first, second)[side].get(change.port)
        if change.entity == WHOLE:
            return pinned.sha256 if pinned is not None else None
        if (side, change.port) not in known:
            known[side, change.port] = _rows(pinned.data) if pinned is not None else {}
        row = known[side, change.port].get(change.entity)
        return row if change.attribute == WHOLE or row is None else row.get(change.attribute)

    return [change for change in changes if at(0, change) == at(1, change)]


def applied(
    pinned: Mapping[str, Pinned], changes: Iterable[InputChange], now: Mapping[str, Pinned]
) -> dict[str, Pinned]:
    """The pinned inputs with these changes made; files come from `now`."""
    made, by_port = dict(pinned), dict[str, list[InputChange]]()
    for change in changes:
        by_port.setdefault(change.port, []).append(change)
    for port, several in by_port.items():
        if several[0].entity == WHOLE:
            if port in now:
                made[port] = now[port]
            else:
                made.pop(port, None)
            continue
        base = made.get(port) or now[port]
        rows = _rows(base.data) if port in made else {}
        data = pack_records(_as_records(_changed_rows(rows, several)))
        made[port] = replace(base, data=data, sha256=sha256(data))
    return made


def _changed_rows(rows: dict[str, dict[str, Any]], changes: list[InputChange]) -> dict[str, dict[str, Any]]:
    for change in changes:
        if change.attribute == WHOLE:
            if change.now is None:
                rows.pop(change.entity, None)
            else:
                rows[change.entity] = dict(change.now)
            continue
        row = rows.setdefault(change.entity, {})
        here = row.get(change.attribute)
        if here != change.was and _are_numbers(here, change.was, change.now):
            row[change.attribute] = here * change.now / change.was  # the part in time, of another amount in all
        else:
            row[change.attribute] = change.now
    return rows


def _of_blob(port: Port, then: Pinned | None, now: Pinned | None) -> list[InputChange]:
    was, is_now = (None if one is None else one.sha256 for one in (then, now))
    if was == is_now:
        return []
    assumed = then is not None and bool(then.assumptions)
    return [InputChange(port.name, WHOLE, WHOLE, was, is_now, "assumption" if assumed else "shock")]


def _of_records(
    port: Port, then: Pinned, now: Pinned | None, register: Callable[[str], Realised | None]
) -> list[InputChange]:
    before, after = _rows(then.data), _rows(now.data) if now is not None else {}
    marked, found = set(then.assumptions), list[InputChange]()

    def group_of(entity: str, attribute: str) -> Group:
        return "assumption" if f"{entity}#{attribute}" in marked else "shock"

    for id in sorted(before.keys() | after.keys()):
        if id not in before:
            found.append(InputChange(port.name, id, WHOLE, None, after[id], "shock"))
            continue
        spent = register(id) if port.lever is not None else None
        if id not in after and spent is None:
            group = group_of(id, port.lever) if port.lever else "shock"
            found.append(InputChange(port.name, id, WHOLE, before[id], None, group))
            continue
        there = after.get(id, before[id])
        for attribute in port.attributes:
            was, value = before[id].get(attribute), there.get(attribute)
            if attribute == port.lever and spent is not None and isinstance(was, int | float):
                found += _of_amount(port.name, id, attribute, was, spent)
            elif was != value:
                found.append(InputChange(port.name, id, attribute, was, value, group_of(id, attribute)))
    return found


def _of_amount(port: str, id: str, attribute: str, was: float, spent: Realised) -> Iterable[InputChange]:
    if spent.in_all != was:
        yield InputChange(port, id, attribute, was, spent.in_all, "assumption")
    if spent.by_due != spent.in_all:
        yield InputChange(port, id, attribute, spent.in_all, spent.by_due, "delay")


def _rows(data: bytes) -> dict[str, dict[str, Any]]:
    records = unpack_records(data)
    return {id: dict(row) for id, row in zip(records.ids, records.rows, strict=True)}


def _as_records(rows: Mapping[str, Mapping[str, Any]]) -> Records:
    ids = tuple(sorted(rows))
    return Records(ids, tuple(rows[id] for id in ids))


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)
