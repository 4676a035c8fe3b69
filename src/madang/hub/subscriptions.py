"""Subscriptions (NGSI-LD 5.2.12-5.2.15, 5.2.22, 5.2.33): what is kept of one, and what it means.

What came in is checked and brought into the form that is kept by `subscription_checks`: known members only, names of
types and attributes stored ones, the text of `q` beside what its names stand for. `shown` turns it back. The
`Subscription` is what is matched and delivered by; it is made from the kept document alone. Pure; nothing here asks the
time or the store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from madang.clock import from_text
from madang.entities.qlanguage import Tree, renamed, with_values_expanded
from madang.entities.query import GeoQuery, Query, parse_q, parse_scopes, parse_types, print_q
from madang.errors import DataError

Name = Callable[[str], str]

TRIGGERS = (
    "entityCreated", "entityUpdated", "entityDeleted", "attributeCreated", "attributeUpdated", "attributeDeleted",
)  # fmt: skip
DEFAULT_TRIGGERS = ("attributeCreated", "attributeUpdated")
UPDATED = frozenset({"attributeCreated", "attributeUpdated", "attributeDeleted"})  # what "entityUpdated" stands for
FORMATS = {"normalized": "normalized", "concise": "concise", "simplified": "simplified", "keyValues": "simplified"}
HTTP, MQTT = ("http", "https"), ("mqtt", "mqtts")
NO_TERMS = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt", "@context"})

TYPE_NAME = re.compile(r"[^\s,;|()]+")
_GEOREL = re.compile(r"(near);\s*(max|min)Distance\s*==\s*(\d+(?:\.\d+)?)|(\w+)")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where notifications go, and how."""

    uri: str
    accept: str = "application/json"
    timeout_ms: float | None = None
    cooldown_ms: float | None = None
    receiver: tuple[tuple[str, str], ...] = ()
    notifier: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """What a notification says of an entity, and how; names are stored names."""

    format: str = "normalized"
    attributes: frozenset[str] | None = None
    pick: frozenset[str] | None = None
    omit: frozenset[str] = frozenset()
    datasets: frozenset[str] | None = None
    lang: str | None = None
    system_times: bool = False
    show_changes: bool = False
    join: str = "@none"
    join_level: int = 1


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as it stands from one transaction on."""

    id: str
    branch: str
    questions: tuple[Query, ...]  # one for each selector; the entity satisfies one of them
    watched: frozenset[str] | None
    triggers: frozenset[str]
    form: Form
    endpoint: Endpoint
    tenant: str | None  # as the subscriber named it; told with each notification
    context: Any  # the @context that notifications are written by: a URL, or as it was given
    link: str | None = None  # the address by which a Link header names that context
    is_active: bool = True
    expires_at: datetime | None = None
    throttling_s: float | None = None
    interval_s: float | None = None
    conformance: str | None = None

    def is_open(self, at: datetime) -> bool:
        """Whether it notifies at a moment: neither paused nor expired."""
        return self.is_active and (self.expires_at is None or at < self.expires_at)


def wrong(field: str, expected: str) -> DataError:
    """The error of a member that is not what it has to be."""
    return DataError("subscriptions.field", field=field, expected=expected)


# --- what goes out ---------------------------------------------------------------------------------------------------


def shown(id: str, kept: Mapping[str, Any], state: Mapping[str, Any], name: Name, *, now: datetime) -> dict[str, Any]:
    """The subscription as it is shown, with names of a context, its status and what came of it (5.8.3.4)."""
    made: dict[str, Any] = {"id": id}
    for member, value in kept.items():
        made[member] = _SHOWN[member](value, name) if member in _SHOWN else value
    made.setdefault("notificationTrigger", list(DEFAULT_TRIGGERS))
    made["status"] = status_of(kept, now)
    told = {member: state[member] for member in OUTPUT_MEMBERS if state.get(member)}
    made["notification"] = {**made["notification"], **told}
    return made


OUTPUT_MEMBERS = ("status", "timesSent", "timesFailed", "lastNotification", "lastFailure", "lastSuccess")


def status_of(kept: Mapping[str, Any], now: datetime) -> str:
    """active, paused or expired (5.2.12)."""
    if "expiresAt" in kept and from_text(kept["expiresAt"]) <= now:
        return "expired"
    return "active" if kept.get("isActive", True) else "paused"


def shown_endpoint(kept: Mapping[str, Any]) -> dict[str, Any]:
    """An endpoint as it was given."""
    return dict(kept)


def _shown_q(value: Mapping[str, Any], name: Name) -> str:
    names = {term: name(stored) for term, stored in value["names"].items()}
    if all(term == shown for term, shown in names.items()):
        return str(value["given"])
    return print_q(renamed(parse_q(value["given"]), lambda term: names[term]))


def _shown_entities(value: Sequence[Mapping[str, Any]], name: Name) -> list[dict[str, Any]]:
    return [{**one, "type": _shown_type(one["type"], name)} if "type" in one else dict(one) for one in value]


def _shown_type(text: str, name: Name) -> str:
    return text if text.strip() == "*" else TYPE_NAME.sub(lambda found: name(found[0]), text)


def _shown_geo(value: Mapping[str, Any], name: Name) -> dict[str, Any]:
    return {**value, "geoproperty": name(value["geoproperty"])} if "geoproperty" in value else dict(value)


def _shown_notification(value: Mapping[str, Any], name: Name) -> dict[str, Any]:
    made = dict(value)
    for member in ("attributes", "pick", "omit"):
        if member in made:
            made[member] = [part if part in NO_TERMS else name(part) for part in made[member]]
    return made


_SHOWN: dict[str, Callable[[Any, Name], Any]] = {
    "q": _shown_q,
    "entities": _shown_entities,
    "geoQ": _shown_geo,
    "watchedAttributes": lambda value, name: [name(one) for one in value],
    "notification": _shown_notification,
}


# --- what it means ---------------------------------------------------------------------------------------------------


def subscription_of(
    id: str,
    branch: str,
    kept: Mapping[str, Any],
    *,
    context: Any = None,
    link: str | None = None,
    tenant: str | None = None,
) -> Subscription:
    """The subscription that a kept document stands for."""
    told = kept["notification"]
    triggers = frozenset(kept.get("notificationTrigger", DEFAULT_TRIGGERS))
    if "entityUpdated" in triggers:
        triggers |= UPDATED
    watched = frozenset(kept["watchedAttributes"]) if "watchedAttributes" in kept else None
    return Subscription(
        id=id,
        branch=branch,
        questions=_questions(kept, watched),
        watched=watched,
        triggers=triggers,
        form=_form(kept, told),
        endpoint=_endpoint_of(told["endpoint"]),
        tenant=tenant,
        context=kept.get("jsonldContext", context),
        link=kept.get("jsonldContext", link),
        is_active=kept.get("isActive", True),
        expires_at=from_text(kept["expiresAt"]) if "expiresAt" in kept else None,
        throttling_s=kept.get("throttling"),
        interval_s=kept.get("timeInterval"),
        conformance=kept.get("ngsildConformance"),
    )


def _questions(kept: Mapping[str, Any], watched: frozenset[str] | None) -> tuple[Query, ...]:
    q = _tree(kept["q"], str(kept.get("expandValues", ""))) if "q" in kept else None
    geo = geo_query(kept["geoQ"]) if "geoQ" in kept else None
    scopes = parse_scopes(kept["scopeQ"]) if "scopeQ" in kept else None
    if "entities" not in kept:
        return (Query(q=q, geo=geo, scopes=scopes),)
    made = []
    for selector in kept["entities"]:
        ids = selector.get("id", ())
        types = parse_types(selector["type"]) if "type" in selector else None
        made.append(
            Query(
                types=None if types is not None and any(not together for together in types) else types,
                ids=(ids,) if isinstance(ids, str) else tuple(ids),
                id_pattern=None if ids else selector.get("idPattern"),
                q=q,
                geo=geo,
                scopes=scopes,
            )
        )
    return tuple(made)


def _tree(kept: Mapping[str, Any], expanded: str) -> Tree:
    tree = parse_q(kept["given"])
    if expanded and "values" in kept:
        wanted = frozenset(part.strip() for part in expanded.split(","))
        tree = with_values_expanded(tree, wanted, lambda word: kept["values"].get(word, word))
    return renamed(tree, lambda term: str(kept["names"][term]))


def geo_query(value: Mapping[str, Any]) -> GeoQuery:
    """The geo-query of a GeoQuery document (5.2.13) with a stored name."""
    found = _GEOREL.fullmatch(str(value["georel"]))
    if found is None:
        raise wrong("geoQ.georel", "near;maxDistance==1000, within, contains, intersects, equals, disjoint, overlaps")
    coordinates = value["coordinates"]
    if isinstance(coordinates, str):
        try:
            coordinates = orjson.loads(coordinates)
        except orjson.JSONDecodeError:
            raise wrong("geoQ.coordinates", "GeoJSON coordinates, such as [127.1, 37.4]") from None
    metres = float(found[3]) if found[3] else None
    return GeoQuery(
        relation=found[1] or found[4],  # type: ignore[arg-type]  # GeoQuery refuses what is no relation
        geometry={"type": value["geometry"], "coordinates": coordinates},
        property=str(value.get("geoproperty", "location")),
        max_distance_m=metres if found[2] == "max" else None,
        min_distance_m=metres if found[2] == "min" else None,
    )


def _form(kept: Mapping[str, Any], told: Mapping[str, Any]) -> Form:
    def chosen(member: str) -> frozenset[str] | None:
        return frozenset(told[member]) if member in told else None

    return Form(
        format=FORMATS[told.get("format", "normalized")],
        attributes=chosen("attributes"),
        pick=chosen("pick"),
        omit=chosen("omit") or frozenset(),
        datasets=frozenset(kept["datasetId"]) if "datasetId" in kept else None,
        lang=kept.get("lang"),
        system_times=told.get("sysAttrs", False),
        show_changes=told.get("showChanges", False),
        join=told.get("join", "@none"),
        join_level=told.get("joinLevel", 1),
    )


def _endpoint_of(told: Mapping[str, Any]) -> Endpoint:
    def pairs(member: str) -> tuple[tuple[str, str], ...]:
        return tuple((pair["key"], pair["value"]) for pair in told.get(member, ()))

    return Endpoint(
        uri=told["uri"],
        accept=told.get("accept", "application/json"),
        timeout_ms=told.get("timeout"),
        cooldown_ms=told.get("cooldown"),
        receiver=pairs("receiverInfo"),
        notifier=pairs("notifierInfo"),
    )
