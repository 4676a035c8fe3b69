"""The ages of an entity's parts as a view sees them, worked out once for each version and kept.

What never changed has one age. For the rest the versions are gone through once; of what was gone through before, only
what came since (on main). Readings are no versions: a series' place is as young as its latest reading.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

import apsw
import orjson

from madang.entities.ages import Age, Ages, aged
from madang.entities.entity import Document
from madang.store.branches import Lineage
from madang.store.names import Names
from madang.store.observations import nearest_series

KEPT = 20_000

Event = tuple[int, int, bytes | None]  # transaction, moment, bytes or None when it went


@dataclass(frozen=True, slots=True)
class Known:
    """The ages of one version: the transaction it is of, its document, when the entity came and last changed."""

    tx: int
    document: Document
    ages: Ages
    created: int
    modified: int


class Kept:
    """Ages worked out before, by branch and entity; the oldest give way."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, int], Known] = OrderedDict()

    def of(self, branch: int, eid: int) -> Known | None:
        """What is known of an entity as a branch last saw it."""
        return self._known.get((branch, eid))

    def keep(self, branch: int, eid: int, known: Known) -> None:
        """Keep what was worked out, if nothing newer is kept."""
        there = self._known.get((branch, eid))
        if there is None or there.tx < known.tx:
            self._known[branch, eid] = known
            if len(self._known) > KEPT:
                with suppress(KeyError):  # another thread was faster
                    self._known.popitem(last=False)


def from_events(events: Iterable[Event], known: Known | None = None) -> Known | None:
    """The ages after all events, in order; `known` is where they go on from. None if the entity is gone at the end."""
    for tx, at, data in events:
        if known is not None and tx <= known.tx:
            continue
        if data is None:
            known = None
            continue
        doc = orjson.loads(data)
        if known is None:
            known = Known(tx, doc, aged({}, None, doc, at), at, at)
        else:
            known = Known(tx, doc, aged(known.ages, known.document, doc, at), known.created, at)
    return known


def since(db: apsw.Connection, eid: int, known: Known, present: tuple[int, bytes]) -> list[Event] | None:
    """Main's events after a version that is known; None if the entity was gone in between."""
    found = [(known.tx, known.tx)]
    events: list[tuple[int, bytes]] = []
    for start, end, data in db.execute(
        "SELECT from_tx, to_tx, CAST(doc AS BLOB) FROM md_ver WHERE branch = 0 AND eid = ? AND from_tx >= ?"
        " ORDER BY from_tx",
        (eid, known.tx),
    ):
        if start > known.tx:
            if start != found[-1][1]:
                return None
            events.append((start, data))
        found.append((start, end))
    if found[-1][1] != present[0]:
        return None
    when = "SELECT at FROM md_tx WHERE number = ?"
    return [(tx, int(db.execute(when, (tx,)).get), data) for tx, data in (*events, present)]


def with_readings(db: apsw.Connection, names: Names, known: Known, eid: int, line: Lineage) -> Known:
    """The ages with those of readings: an attribute with a series is as young as what was read last."""
    ages, modified = dict(known.ages), known.modified
    for (attribute, dataset), (sid, _, _, upto) in nearest_series(db, names, eid, line).items():
        last = _recorded(db, sid, upto, "DESC")
        if last is None:
            continue
        key = (attribute, dataset or None)
        age = ages.get(key)
        if age is None:
            age = Age(_recorded(db, sid, upto, "ASC") or last, last)
        ages[key] = replace(age, modified=max(age.modified, last))
        modified = max(modified, last)
    return replace(known, ages=ages, modified=modified)


def _recorded(db: apsw.Connection, sid: int, upto: int, order: str) -> int | None:
    at = db.execute(
        "SELECT t.at FROM md_obs o JOIN md_tx t ON t.number = o.tx WHERE o.sid = ? AND o.tx <= ?"
        f" ORDER BY o.at {order}, o.tx {order} LIMIT 1",
        (sid, upto),
    ).get
    return None if at is None else int(at)
