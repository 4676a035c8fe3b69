"""Several versions of one entity, from here and from other sources, made one (clauses 4.5.5.3, 4.3.6.2).

Documents have stored names and, where they are known, the system times. Of two instances of an attribute with one
datasetId the one observed last stands, else the one modified last, else the one that came first: here before elsewhere.
An auxiliary source only adds attributes that nobody else has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from madang.clock import from_text
from madang.entities.entity import Document, Instance

TIMES = ("createdAt", "modifiedAt", "deletedAt")
_NOT_ATTRIBUTES = frozenset(("id", "type", "scope", "expiresAt", "@context", *TIMES))
_LONG_AGO = datetime.min


@dataclass(frozen=True, slots=True)
class Version:
    """What one source says of an entity; `source` is the registration's id, "@none" for here."""

    document: Document
    source: str = "@none"
    auxiliary: bool = False


def merged(versions: Sequence[Version], *, now: datetime) -> Document | None:
    """One entity of all versions; None when none of them is left, because they have expired."""
    alive = [one for one in versions if not _expired(one.document, now)]
    main = [one.document for one in alive if not one.auxiliary]
    extra = [one.document for one in alive if one.auxiliary]
    if not main and not extra:
        return None
    together = _joined(main, now) if main else {}
    for document in extra:
        together = _supplemented(together, document, now)
    return together


def together(versions: Iterable[Version], *, now: datetime) -> list[Document]:
    """One document an entity, in the order in which the ids came first."""
    by_id: dict[str, list[Version]] = {}
    for one in versions:
        by_id.setdefault(one.document["id"], []).append(one)
    found = []
    for several in by_id.values():
        document = merged(several, now=now) if len(several) > 1 or "expiresAt" in several[0].document else None
        if document is None and len(several) == 1 and not _expired(several[0].document, now):
            document = several[0].document
        if document is not None:
            found.append(document)
    return found


def undecided(versions: Iterable[Version]) -> set[str]:
    """The ids of entities of which versions differ where only the time of their change can tell which one stands."""
    seen: dict[tuple[str, str, str | None], Instance] = {}
    found: set[str] = set()
    for version in versions:
        id = version.document["id"]
        if version.auxiliary:
            continue
        for name, part in version.document.items():
            if name in _NOT_ATTRIBUTES or id in found:
                continue
            for one in _listed(part):
                before = seen.setdefault((id, name, one.get("datasetId")), one)
                if before is not one and before != one and before.get("observedAt") == one.get("observedAt"):
                    found.add(id)
    return found


def _joined(documents: Sequence[Document], now: datetime) -> Document:
    first, *others = documents
    if not others:
        return first
    made = dict(first)
    for other in others:
        made["type"] = _union(made["type"], other["type"])
        if "scope" in made or "scope" in other:
            made["scope"] = _union(made.get("scope"), other.get("scope"))
        for name, part in other.items():
            if name not in _NOT_ATTRIBUTES:
                made[name] = _instances_joined(made[name], part, now) if name in made else part
        _join_times(made, other)
    ends = [document.get("expiresAt") for document in documents]
    made.pop("expiresAt", None)
    if all(ends):
        made["expiresAt"] = max(ends, key=_moment)
    return made


def _supplemented(made: Document, document: Document, now: datetime) -> Document:
    if not made:
        return document
    extra = {name: part for name, part in document.items() if name not in made and name not in _NOT_ATTRIBUTES}
    return {**made, **extra}


def _instances_joined(mine: Any, theirs: Any, now: datetime) -> Any:
    by_dataset: dict[str | None, Instance] = {}
    for one in (*_listed(mine), *_listed(theirs)):
        before = by_dataset.get(one.get("datasetId"))
        if before is None or _stands_instead(one, before, now):
            by_dataset[one.get("datasetId")] = one
    found = list(by_dataset.values())
    return found if len(found) > 1 else found[0]


def _stands_instead(one: Instance, before: Instance, now: datetime) -> bool:
    if _expired(one, now):
        return False
    return _expired(before, now) or _newer(one, before)


def _newer(one: Instance, before: Instance) -> bool:
    mine, theirs = _moment(one.get("observedAt")), _moment(before.get("observedAt"))
    if mine != theirs:
        return mine > theirs
    return _moment(one.get("modifiedAt")) > _moment(before.get("modifiedAt"))


def _moment(text: Any) -> datetime:
    try:
        return from_text(text).replace(tzinfo=None) if isinstance(text, str) else _LONG_AGO
    except ValueError:
        return _LONG_AGO


def _expired(part: Document, now: datetime) -> bool:
    end = part.get("expiresAt")
    return end is not None and _moment(end) <= now.replace(tzinfo=None)


def _join_times(made: Document, other: Document) -> None:
    if "createdAt" in other:
        made["createdAt"] = min(made.get("createdAt", other["createdAt"]), other["createdAt"], key=_moment)
    if "modifiedAt" in other:
        made["modifiedAt"] = max(made.get("modifiedAt", other["modifiedAt"]), other["modifiedAt"], key=_moment)


def _union(mine: Any, theirs: Any) -> Any:
    found = list(dict.fromkeys((*_listed(mine), *_listed(theirs))))
    return found if len(found) > 1 else found[0]


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [] if found is None else [found]


# -- temporal representations -----------------------------------------------------------------------------------------


def merged_history(documents: Sequence[Document]) -> Document:
    """The temporal evolutions of one entity as one: the instances of each attribute together, none of them twice."""
    first, *others = documents
    made = dict(first)
    for other in others:
        made["type"] = _union(made["type"], other["type"])
        for name, part in other.items():
            if name in _NOT_ATTRIBUTES or name not in made:
                made.setdefault(name, part)
            elif isinstance(part, (list, dict)):
                made[name] = _histories_joined(made[name], part)
    return made


def _histories_joined(mine: Any, theirs: Any) -> Any:
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return {key: _lists_joined(mine.get(key), theirs.get(key)) for key in {**mine, **theirs}}
    found = list(_listed(mine))
    for one in _listed(theirs):
        if not any(_same_instance(one, other) for other in found):
            found.append(one)
    if all(isinstance(one, dict) for one in found):
        found.sort(key=lambda one: _moment(one.get("observedAt")), reverse=True)
    return found


def _lists_joined(mine: Any, theirs: Any) -> Any:
    if isinstance(mine, list) and isinstance(theirs, list):
        return [*mine, *(one for one in theirs if one not in mine)]
    return mine if mine is not None else theirs


def _same_instance(one: Any, other: Any) -> bool:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return bool(one == other)
    left = {key: value for key, value in one.items() if key not in ("instanceId", *TIMES)}
    right = {key: value for key, value in other.items() if key not in ("instanceId", *TIMES)}
    return left == right
