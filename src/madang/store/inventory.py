"""What a branch holds, attribute by attribute: for each type, how many instances of each kind.

The first look reads every document, in SQL; every later one only what was changed since, so it costs what was written
and not what is there. After very many changes it is cheaper to look again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import apsw
import orjson

from madang.entities.entity import ENTITY_MEMBERS
from madang.store import branches
from madang.store.branches import Lineage, Overlay
from madang.store.names import Names, types_in
from madang.store.rows import first, only

MANY_CHANGES = 20_000

Inventory = Counter[tuple[tuple[str, ...], str, str]]  # (types of an entity, attribute, kind) -> instances


def read(
    db: apsw.Connection, names: Names, overlay: Overlay, line: Lineage, kept: tuple[Lineage, Inventory] | None
) -> Inventory:
    """What is there now, from what was there before and what was changed since."""
    if kept is not None and kept[0] == line:
        return kept[1]
    if kept is not None and kept[0][0][1] <= line[0][1]:
        changed = _changed(db, kept[0], line)
        if changed is not None:
            return _moved_on(db, names, kept, line, changed)
    made = _everything(db, names)
    for eid, vid in overlay.shadows.items():
        made.subtract(_of_main(db, names, eid))
        if vid:
            kind, data = only(db, "SELECT type, CAST(doc AS BLOB) FROM md_ver WHERE vid = ?", (vid,))
            made.update(_of(types_in(names.name(db, kind)), data))
    return +made


def _changed(db: apsw.Connection, before: Lineage, now: Lineage) -> list[int] | None:
    """The entities written since, on main or on this branch; None if they are too many."""
    sql = "SELECT DISTINCT eid FROM md_chg WHERE tx > ? AND branch IN (0, ?) LIMIT ?"
    found = [eid for (eid,) in db.execute(sql, (before[0][1], now[0][0], MANY_CHANGES + 1))]
    return None if len(found) > MANY_CHANGES else found


def _moved_on(
    db: apsw.Connection, names: Names, kept: tuple[Lineage, Inventory], line: Lineage, changed: Iterable[int]
) -> Inventory:
    made = Counter(kept[1])
    for eid in changed:
        for sign, at in ((-1, kept[0]), (1, line)):
            kind, _, data = branches.seen(db, at, eid)
            if kind is not None and data is not None:
                for key, number in _of(types_in(names.name(db, kind)), data).items():
                    made[key] += sign * number
    return +made


def _everything(db: apsw.Connection, names: Names) -> Inventory:
    """All that main says now."""
    made: Inventory = Counter()
    members = ",".join(f"'{name}'" for name in sorted(ENTITY_MEMBERS))
    rows = (
        "SELECT e.type, j.key, CASE j.type WHEN 'object' THEN j.value ->> '$.type' END k, count(*),"
        " CASE j.type WHEN 'object' THEN NULL ELSE j.value END listed"
        f" FROM md_ent e, json_each(e.doc) j WHERE e.type IS NOT NULL AND j.key NOT IN ({members})"
        " GROUP BY 1, 2, 3, 5"
    )
    for number, name, kind, count, listed in db.execute(rows):
        own = tuple(types_in(names.name(db, number)))
        for one in [kind] if listed is None else [part["type"] for part in orjson.loads(listed)]:
            made[own, name, one] += count
    return made


def _of_main(db: apsw.Connection, names: Names, eid: int) -> Inventory:
    row = first(db, "SELECT type, CAST(doc AS BLOB) FROM md_ent WHERE eid = ?", (eid,))
    return Counter() if row is None or row[0] is None else _of(types_in(names.name(db, row[0])), row[1])


def _of(types: Iterable[str], data: bytes) -> Inventory:
    made: Inventory = Counter()
    own = tuple(types)
    for name, kind in _kinds(orjson.loads(data)):
        made[own, name, kind] += 1
    return made


def _kinds(doc: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, part in doc.items():
        if name not in ENTITY_MEMBERS:
            for one in part if isinstance(part, list) else [part]:
                yield name, one["type"]
