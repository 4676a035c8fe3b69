"""Notifications (NGSI-LD 5.3.1, 5.8.6): what a subscriber is told of a change, in the form it asked for.

`element` makes one entity of the `data` of a notification: what changed, what it was before where that was asked for,
what is gone as "urn:ngsi-ld:null". `letter` puts elements into a notification and says how it is sent. The id of a
notification is made of subscription, transaction and entity, so the same change makes the same notification however
often it is looked at. Pure; linked entities and system times come from functions that are handed in.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from madang.clock import to_text
from madang.entities.context import Context
from madang.entities.entity import ENTITY_MEMBERS, MEMBER_OF_KIND, NULL, Document, Instance
from madang.entities.representation import to_concise, to_geojson, to_simplified
from madang.hub.linked import Sight, linked_of, with_linked, without_expiry
from madang.hub.subscriptions import MQTT, Form, Subscription
from madang.hub.triggers import Changed
from madang.store.outbox import Letter

JSON, JSON_LD, GEO_JSON = "application/json", "application/ld+json", "application/geo+json"
CONTEXT_REL = "http://www.w3.org/ns/json-ld#context"
SPACE = uuid.UUID("5f0c5a3e-6ad0-4a0a-9d8e-0d6a9f0b7d11")  # of the names that notification ids are made of

PREVIOUS = {
    "value": "previousValue", "object": "previousObject", "languageMap": "previousLanguageMap",
    "vocab": "previousVocab", "json": "previousJson", "valueList": "previousValueList",
    "objectList": "previousObjectList",
}  # fmt: skip
SHOWN_TIMES = ("createdAt", "modifiedAt", "deletedAt")

Element = dict[str, Any]


def notification_id(subscription: str, *about: object) -> str:
    """The id of the notification about something: the same for the same."""
    return f"urn:ngsi-ld:Notification:{uuid.uuid5(SPACE, '|'.join(map(str, (subscription, *about))))}"


# --- one entity ------------------------------------------------------------------------------------------------------


def elements(subscription: Subscription, change: Changed, sight: Sight) -> list[Element]:
    """The entity that changed as a subscriber is told of it, with the entities linked to it where it asked for them."""
    gone = change.after is None
    document = _gone(subscription, change, sight) if gone else _told(subscription.form, change, sight)
    return written(document, subscription, sight)


def written(document: Document, subscription: Subscription, sight: Sight) -> list[Element]:
    """A document, stored names, reduced and in the form that a subscriber asked for (pick, omit, join, format)."""
    form = subscription.form
    reduced = _reduced(document if form.system_times else without_expiry(document), form)
    beside: list[Document] = []
    if form.join == "inline":
        reduced = with_linked(reduced, form, sight, form.join_level, {document["id"]})
    elif form.join == "flat":
        beside = linked_of(reduced, form, sight)
    return [_formed(one, subscription, sight) for one in (reduced, *beside)]


def _told(form: Form, change: Changed, sight: Sight) -> Document:
    """The entity as it is, with former values and with what was taken away."""
    after, before = change.after, change.before
    assert after is not None
    made = dict(after)
    if form.system_times:
        made = sight.times(made, change.happening.tx)
    if before is None:
        return made
    former: Document | None = None
    for one in change.differences:
        if one.attribute in ENTITY_MEMBERS:
            continue
        if one.after is None:
            if form.system_times and former is None:
                former = sight.times(dict(before), change.happening.tx - 1)
            source = before if former is None else former
            gone = _taken_away(_instance(source, one.attribute, one.dataset_id) or one.before, form, change)
            _add(made, one.attribute, gone, whole=one.attribute not in after)
        elif one.before is not None and form.show_changes:
            member = MEMBER_OF_KIND[one.before["type"]]
            there = _instance(made, one.attribute, one.dataset_id)
            if there is not None and member in one.before and one.before.get(member) != one.after.get(member):
                _replace(made, one.attribute, there, {**there, PREVIOUS[member]: one.before[member]})
    return made


def _gone(subscription: Subscription, change: Changed, sight: Sight) -> Document:
    """An entity that was deleted: when, and, where it was asked for, the attributes that went with it."""
    form, before = subscription.form, change.before
    assert before is not None
    made: Document = {"id": before["id"], "type": before["type"]}
    source = sight.times(dict(before), change.happening.tx - 1) if form.system_times else before
    if form.system_times:
        made |= {name: source[name] for name in SHOWN_TIMES if name in source}
    made["deletedAt"] = to_text(change.happening.at)
    if not form.show_changes and "attributeDeleted" not in subscription.triggers:
        return made
    for name, found in source.items():
        if name in ENTITY_MEMBERS or name in SHOWN_TIMES:
            continue
        if form.show_changes or subscription.watched is None or name in subscription.watched:
            for instance in found if type(found) is list else [found]:
                _add(made, name, _taken_away(instance, form, change), whole=True)
    return made


def _taken_away(instance: Instance, form: Form, change: Changed) -> Instance:
    """One attribute instance that is gone."""
    kind = instance["type"]
    member = MEMBER_OF_KIND[kind]
    made: Instance = {"type": kind, member: {"@none": NULL} if kind == "LanguageProperty" else NULL}
    if "datasetId" in instance:
        made["datasetId"] = instance["datasetId"]
    if form.show_changes and member in instance:
        made[PREVIOUS[member]] = instance[member]
    if form.system_times:
        made |= {name: instance[name] for name in ("createdAt", "modifiedAt") if name in instance}
        made["deletedAt"] = to_text(change.happening.at)
    return made


def _add(made: Document, name: str, instance: Instance, *, whole: bool) -> None:
    """Put an instance beside those that are there; of an attribute wholly gone, one bare null says it all."""
    there = made.get(name)
    if there is None:
        made[name] = instance
        return
    many = there if type(there) is list else [there]
    if whole and "datasetId" in instance and len(instance) == 3 and any("datasetId" not in one for one in many):
        return
    if whole and "datasetId" not in instance and len(instance) == 2:
        many = [one for one in many if len(one) > 3]
    made[name] = [*many, instance] if many else instance


def _instance(document: Document, name: str, dataset: str | None) -> Instance | None:
    found = document.get(name)
    for one in found if type(found) is list else [found]:
        if type(one) is dict and one.get("datasetId") == dataset:
            return one
    return None


def _replace(made: Document, name: str, old: Instance, new: Instance) -> None:
    found = made[name]
    made[name] = [new if one is old else one for one in found] if type(found) is list else new


# --- its form --------------------------------------------------------------------------------------------------------


def _reduced(document: Document, form: Form) -> Document:
    kept = document
    if form.attributes is not None:
        kept = {n: p for n, p in kept.items() if n in ENTITY_MEMBERS or n in SHOWN_TIMES or n in form.attributes}
    if form.pick is not None:
        kept = {n: p for n, p in kept.items() if n in form.pick or n == "deletedAt"}
    if form.omit:
        kept = {n: p for n, p in kept.items() if n not in form.omit}
    if form.datasets is not None:
        kept = _of_datasets(kept, form.datasets)
    if form.lang is not None:
        kept = {n: _in_language(p, form.lang) for n, p in kept.items()}
    return kept


def _of_datasets(document: Document, datasets: frozenset[str]) -> Document:
    made: Document = {}
    for name, found in document.items():
        if name in ENTITY_MEMBERS or type(found) not in (dict, list):
            made[name] = found
            continue
        many = found if type(found) is list else [found]
        kept = [one for one in many if one.get("datasetId", "@none") in datasets]
        if kept:
            made[name] = kept if len(kept) > 1 else kept[0]
    return made


def _in_language(found: Any, lang: str) -> Any:
    if type(found) is list:
        return [_in_language(one, lang) for one in found]
    if type(found) is not dict or found.get("type") != "LanguageProperty":
        return found
    texts = found["languageMap"]
    wishes = [part.partition(";")[0].strip() for part in lang.split(",")]
    chosen = next((wish for wish in wishes if wish in texts), None)
    if chosen is None:
        chosen = next((tag for wish in wishes for tag in texts if tag.split("-")[0] == wish.split("-")[0]), None)
    if chosen is None:
        chosen = next((tag for tag in ("@none", "en", "ko") if tag in texts), next(iter(texts)))
    rest = {key: part for key, part in found.items() if key != "languageMap"}
    return {**rest, "type": "Property", "value": texts[chosen], "lang": chosen}


def _formed(document: Document, subscription: Subscription, sight: Sight) -> Element:
    form, accept = subscription.form, subscription.endpoint.accept
    named = _named(document, sight.context)
    if accept == GEO_JSON:
        named.setdefault("id", document.get("id", ""))
        body = named if form.format != "concise" else _concise(named)
        return to_geojson(body, simplified=form.format == "simplified")
    if form.format == "simplified":
        named = _simplified(named)
    elif form.format == "concise":
        named = _concise(named)
    if accept == JSON_LD:
        named = {**named, "@context": context_named(subscription.context)}
    return named


def _named(document: Document, context: Context) -> Document:
    """Stored names as names of a context; the times of the store keep theirs."""
    times = {name: document[name] for name in SHOWN_TIMES if name in document}
    rest = {name: part for name, part in document.items() if name not in times}
    return {**_inner_named(context.from_stored(rest), context), **times}


def _inner_named(document: Document, context: Context) -> Document:
    """Linked entities inside relationships with names of the context, too."""
    made = dict(document)
    for name, found in document.items():
        if type(found) is list:
            made[name] = [_entity_named(one, context) if type(one) is dict else one for one in found]
        elif type(found) is dict:
            made[name] = _entity_named(found, context)
    return made


def _entity_named(instance: Instance, context: Context) -> Instance:
    if "entity" not in instance and "entityList" not in instance:
        return instance
    made = dict(instance)
    for member in ("entity", "entityList"):
        if member in made:
            inside = made[member]
            made[member] = [_named(one, context) for one in inside] if type(inside) is list else _named(inside, context)
    return made


def _concise(document: Document) -> Element:
    bare = {name: part for name, part in document.items() if name not in SHOWN_TIMES}
    made = to_concise(bare)
    for name, found in bare.items():
        if type(found) is dict and _is_bare_null(found):
            made[name] = NULL
    return {**made, **{name: document[name] for name in SHOWN_TIMES if name in document}}


def _simplified(document: Document) -> Element:
    made = to_simplified(document)
    for name, found in document.items():
        if type(found) is dict and _is_null(found):
            made[name] = NULL
        elif type(found) is dict and "entity" in found:
            inside = found["entity"]
            made[name] = [_simplified(one) for one in inside] if type(inside) is list else _simplified(inside)
        elif type(found) is list and name not in ENTITY_MEMBERS and any(map(_is_null, found)):
            values = made[name]["dataset"]
            values |= {one.get("datasetId", "@none"): NULL for one in found if _is_null(one)}
    return made


def _is_null(instance: Instance) -> bool:
    kind = instance.get("type")
    value = instance.get(MEMBER_OF_KIND.get(kind, "value")) if type(kind) is str else None
    return value == NULL or value == {"@none": NULL}


def _is_bare_null(instance: Instance) -> bool:
    return len(instance) == 2 and _is_null(instance)


# --- the whole -------------------------------------------------------------------------------------------------------


def letter(
    subscription: Subscription,
    found: Sequence[Element],
    *,
    id: str,
    tx: int,
    at: datetime,
    due: datetime | None = None,
) -> Letter:
    """A notification with these entities, ready to be sent."""
    body = {
        "id": id,
        "type": "Notification",
        "subscriptionId": subscription.id,
        "notifiedAt": to_text(at),
        "data": _data(subscription, found),
    }
    return Letter(
        id=id,
        endpoint=subscription.endpoint.uri,
        kind="subscription",
        subscription=subscription.id,
        branch=subscription.branch,
        tx=tx,
        made=at,
        manner=manner(subscription),
        body=orjson.dumps(body),
        due=due or at,
    )


def newest(found: Sequence[Element]) -> list[Element]:
    """Of each entity the last of these elements, in the order in which those came."""
    last = {one["id"]: place for place, one in enumerate(found) if "id" in one}
    return [one for place, one in enumerate(found) if last.get(one.get("id", ""), place) == place]


def with_elements(
    held: Letter, subscription: Subscription, found: Sequence[Element], *, tx: int, at: datetime
) -> Letter:
    """A notification that waits, with newer states of some of its entities (throttling)."""
    body = orjson.loads(held.body)
    data = body["data"]
    old = data["features"] if isinstance(data, dict) else data
    newer = {one.get("id"): one for one in found}
    kept = [one for one in old if one.get("id") is None or one["id"] not in newer]
    return letter(subscription, [*kept, *found], id=held.id, tx=tx, at=at, due=held.due)


def _data(subscription: Subscription, found: Sequence[Element]) -> Any:
    if subscription.endpoint.accept != GEO_JSON:
        return list(found)
    collection: dict[str, Any] = {"type": "FeatureCollection", "features": list(found)}
    if not _prefers_plain(subscription):
        collection["@context"] = context_named(subscription.context)
    return collection


def _prefers_plain(subscription: Subscription) -> bool:
    return any(key.lower() == "prefer" and "body=json" in text for key, text in subscription.endpoint.receiver)


def context_named(context: Any) -> Any:
    """How a context stands in a body: a list of one is the one."""
    return context[0] if isinstance(context, list) and len(context) == 1 else context


def context_link(context: Any) -> str:
    """The Link header that names a context (JSON-LD 1.1, 6.2); one without an address names none."""
    many = context if isinstance(context, list) else [context]
    url = next((one for one in many if isinstance(one, str)), "")
    return f'<{url}>; rel="{CONTEXT_REL}"; type="{JSON_LD}"'


def manner(subscription: Subscription) -> Mapping[str, Any]:
    """How a subscription's notifications are sent: headers, timeout, cooldown; over MQTT, version and QoS."""
    endpoint = subscription.endpoint
    headers = {"Content-Type": endpoint.accept}
    if endpoint.accept == JSON or (endpoint.accept == GEO_JSON and _prefers_plain(subscription)):
        headers["Link"] = context_link(subscription.link or subscription.context)
    if subscription.tenant is not None:
        headers["NGSILD-Tenant"] = subscription.tenant
    over_mqtt = endpoint.uri.partition(":")[0] in MQTT
    for key, text in endpoint.receiver:
        same = next((name for name in headers if name.lower() == key.lower()), None)
        if same is None or (not over_mqtt and same != "Content-Type"):
            headers[same or key] = text
    made: dict[str, Any] = {"headers": headers}
    if endpoint.timeout_ms is not None:
        made["timeout_ms"] = endpoint.timeout_ms
    if endpoint.cooldown_ms is not None:
        made["cooldown_ms"] = endpoint.cooldown_ms
    if over_mqtt:
        told = dict(endpoint.notifier)
        made["mqtt"] = {"qos": int(told.get("MQTT-QoS", "0")), "version": told.get("MQTT-Version", "mqtt5.0")}
    return made
