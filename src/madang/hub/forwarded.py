"""A subscription as a source gets it: reduced to what the source has, its notifications sent to us (5.8.1.4).

Pure: what was said, and what is registered, in; the document of the copy out, in the names of the subscriber's context.
The copy is `localOnly`: a source tells of what it has itself, so no circle of sources can send copies round and round.
What the subscriber said of his own endpoint (headers with secrets among it) stays here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from madang.hub.registrations import Info, Kind, Registration, Sought, covered_attributes, kind_matches, matching
from madang.hub.subscriptions import HTTP, TYPE_NAME, shown

Document = dict[str, Any]
Name = Callable[[str], str]
_STAYS = frozenset(("csf", "status", "subscriptionName", "description", "splitEntities", "ngsildConformance"))


def is_sent_on(said: Mapping[str, Any]) -> bool:
    """Whether a subscription goes on to sources: not one for here alone, nor one whose filters only we can try."""
    return not said.get("localOnly") and not said.get("splitEntities")


def takes_copies(registration: Registration, now: datetime) -> bool:
    """Whether a source takes subscriptions: it says so, and fills in for nobody."""
    return (
        "createSubscription" in registration.operations
        and registration.mode != "auxiliary"
        and not registration.is_temporal
        and not registration.expired(now)
    )


def copy_of(
    id: str,
    said: Mapping[str, Any],
    registration: Registration,
    sought: Sequence[Sought],
    *,
    given: Name,
    context: Any,
    door: str,
    now: datetime,
) -> Document | None:
    """The document of the copy; None where the registration does not concern the subscription."""
    infos = tuple(dict.fromkeys(info for one in sought for info in matching(registration, one)))
    if not infos:
        return None
    body = {name: part for name, part in shown(id, said, {}, given, now=now).items() if name not in _STAYS}
    body["@context"] = context
    body["localOnly"] = True
    kinds = _kinds(said.get("entities", ()), infos, sought, given)
    if kinds:
        body["entities"] = kinds
    covered = covered_attributes(infos)
    if covered is not None and "timeInterval" not in said:
        watched = set(said.get("watchedAttributes", covered)) & covered
        if watched:
            body["watchedAttributes"] = sorted(map(given, watched))
    endpoint = said["notification"]["endpoint"]
    accept = endpoint.get("accept", "application/json")
    if endpoint["uri"].partition(":")[0] not in HTTP:
        accept = "application/json"
    body["notification"] = {**body["notification"], "endpoint": {"uri": door, "accept": accept}}
    return body


def _kinds(
    selectors: Sequence[Mapping[str, Any]], infos: Sequence[Info], sought: Sequence[Sought], given: Name
) -> list[Document]:
    """The selectors of the copy; none where the source has any entity, and the subscriber's own do."""
    if any(not info.kinds for info in infos):
        return []
    made: list[Document] = []
    for kind in dict.fromkeys(kind for info in infos for kind in info.kinds):
        if not selectors:
            made.append(_narrowed({}, kind, given))
        for selector, one in zip(selectors, sought, strict=False):
            if kind_matches(kind, one):
                made.append(_narrowed(selector, kind, given))
    return [one for place, one in enumerate(made) if one not in made[:place]]


def _narrowed(selector: Mapping[str, Any], kind: Kind, given: Name) -> Document:
    types = sorted(map(given, kind.types))
    said = selector.get("type", "*")
    made: Document = {"type": "|".join(types) if said == "*" and types else _named(said, given)}
    ids = selector.get("id", [])
    ids = ids if isinstance(ids, list) else [ids]
    if kind.id is not None:
        return made | {"id": kind.id}
    if ids:
        kept = [one for one in ids if kind.pattern is None or kind.pattern.search(one)]
        return made | {"id": kept[0] if len(kept) == 1 else kept or ids}
    pattern = selector.get("idPattern") or (kind.pattern.pattern if kind.pattern is not None else None)
    return made | ({"idPattern": pattern} if pattern else {})


def _named(types: str, given: Name) -> str:
    return types if types.strip() == "*" else TYPE_NAME.sub(lambda found: given(found[0]), types)
