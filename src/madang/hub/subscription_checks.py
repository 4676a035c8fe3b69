"""What a subscriber says, checked member by member and brought into the form that is kept (5.2.12-5.2.15, 5.8).

A document comes with the names of its @context. Known members are taken, with stored names; what only the server may
say and what nobody knows is left out; the first member that is not what it has to be is named in the error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from madang.clock import from_text
from madang.entities.context import city_context
from madang.entities.entity import NULL, is_uri
from madang.entities.qlanguage import renamed, with_values_expanded
from madang.entities.query import Query, parse_q, parse_scopes, parse_types
from madang.errors import DataError, MadangError
from madang.hub.subscriptions import (
    FORMATS,
    HTTP,
    MQTT,
    NO_TERMS,
    TRIGGERS,
    TYPE_NAME,
    Name,
    geo_query,
    shown_endpoint,
    wrong,
)

ACCEPTED = ("application/json", "application/ld+json", "application/geo+json")
MQTT_VERSIONS = ("mqtt3.1.1", "mqtt5.0")
OURS_TO_SAY = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"})
LARGEST_NUMBER = 1e12

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def read_subscription(value: Mapping[str, Any], name: Name, *, now: datetime) -> dict[str, Any]:
    """The document to keep, from one as it came; errors name the member (5.8.1.4)."""
    if value.get("type") != "Subscription":
        raise wrong("type", '"Subscription"')
    made: dict[str, Any] = {"type": "Subscription"}
    for member, read in _MEMBERS.items():
        if member in value:
            made[member] = read(value[member], member, name)
    if "q" in made and "expandValues" in made:
        made["q"]["values"] = _values_expanded(made["q"]["given"], made["expandValues"], name)
    _check_together(made, now)
    return made


def patched(kept: Mapping[str, Any], fragment: Mapping[str, Any], name: Name, *, now: datetime) -> dict[str, Any]:
    """The kept document with a fragment's members in place of its own; null takes a member away (5.8.2.4, 5.5.8)."""
    if fragment.get("type", "Subscription") != "Subscription":
        raise wrong("type", '"Subscription"')
    made = dict(kept)
    for member, read in _MEMBERS.items():
        if member not in fragment:
            continue
        given = fragment[member]
        if given is None or given == NULL:
            made.pop(member, None)
        elif member == "notification" and isinstance(given, dict) and "endpoint" not in given:
            bare = {"endpoint": shown_endpoint(kept["notification"]["endpoint"]), **given}
            made[member] = read(bare, member, name)
        else:
            made[member] = read(given, member, name)
    if "expiresAt" in fragment and fragment["expiresAt"] in (None, NULL):
        made.pop("expiresAt", None)
    if "q" in made and "expandValues" in made and not {"q", "expandValues"}.isdisjoint(fragment):
        made["q"] = {**made["q"], "values": _values_expanded(made["q"]["given"], made["expandValues"], name)}
    _check_together(made, now if "expiresAt" in fragment else None)
    return made


def _check_together(made: dict[str, Any], now: datetime | None) -> None:
    if "notification" not in made:
        raise wrong("notification", '{"endpoint": {"uri": …}}')
    if "entities" not in made and "watchedAttributes" not in made and not made.get("localOnly"):
        raise wrong("entities", "entities or watchedAttributes, or localOnly")
    if "timeInterval" in made:
        for other in ("watchedAttributes", "throttling"):
            if other in made:
                raise DataError("subscriptions.not-together", first="timeInterval", second=other)
        if "entities" not in made and not made.get("localOnly"):
            raise wrong("entities", "entities, where timeInterval is given")
    if now is not None and "expiresAt" in made and from_text(made["expiresAt"]) <= now:
        raise DataError("subscriptions.expired", at=made["expiresAt"])


def _entities(value: Any, field: str, name: Name) -> Any:
    if not isinstance(value, list) or not value:
        raise wrong(field, "a list of selectors, not empty")
    return [_selector(one, field, name) for one in value]


def _selector(value: Any, field: str, name: Name) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong(field, '{"type": …, "id": …, "idPattern": …}')
    made = {}
    if "type" not in value:
        raise wrong(f"{field}.type", "a type, several with , ; ( ) or *")
    text = _text(value["type"], f"{field}.type", name)
    _parsed(parse_types, text, f"{field}.type")
    made["type"] = text if text.strip() == "*" else TYPE_NAME.sub(lambda found: name(found[0]), text)
    if "id" in value:
        ids = value["id"] if isinstance(value["id"], list) else [value["id"]]
        if not ids or not all(isinstance(one, str) and is_uri(one) for one in ids):
            raise wrong(f"{field}.id", "a URI, or a list of URIs")
        made["id"] = value["id"]
    if "idPattern" in value:
        pattern = _text(value["idPattern"], f"{field}.idPattern", name)
        _parsed(lambda text: Query(id_pattern=text), pattern, f"{field}.idPattern")
        made["idPattern"] = pattern
    return made


def _text(value: Any, field: str, name: Name) -> str:
    if not isinstance(value, str) or not value:
        raise wrong(field, "a text, not empty")
    return value


def _free_text(value: Any, field: str, name: Name) -> str:
    if not isinstance(value, str):
        raise wrong(field, "a text")
    return value


def _parsed(read: Callable[[str], Any], text: str, field: str) -> Any:
    try:
        return read(text)
    except (MadangError, re.error) as problem:
        raise DataError("subscriptions.query", field=field, found=text[:200], problem=str(problem)) from problem


def _q(value: Any, field: str, name: Name) -> dict[str, Any]:
    """The text as given and what its names stand for: a stored name may be an IRI, which no query text can hold."""
    text = _readable(_text(value, field, name))
    names: dict[str, str] = {}
    renamed(_parsed(parse_q, text, field), lambda term: names.setdefault(term, name(term)))
    return {"given": text, "names": names}


def _readable(text: str) -> str:
    """The query; some clients write it into a body as if it stood in an address, and then it reads only decoded."""
    if "%" in text:
        with suppress(MadangError, re.error):
            parse_q(text)
            return text
        return unquote(text)
    return text


def _values_expanded(text: str, attributes: str, name: Name) -> dict[str, str]:
    """What the words compared with some attributes stand for (4.9, expandValues)."""
    values: dict[str, str] = {}
    wanted, iri = frozenset(part.strip() for part in attributes.split(",")), city_context().expand
    with_values_expanded(parse_q(text), wanted, lambda word: values.setdefault(word, iri(name(word))))
    return values


def _csf(value: Any, field: str, name: Name) -> str:
    text = _text(value, field, name)
    _parsed(parse_q, text, field)
    return text


def _scope_q(value: Any, field: str, name: Name) -> str:
    text = _text(value, field, name)
    _parsed(parse_scopes, text, field)
    return text


def _geo_q(value: Any, field: str, name: Name) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong(field, '{"georel": …, "geometry": …, "coordinates": …}')
    made = {part: value[part] for part in ("georel", "geometry", "coordinates") if part in value}
    for part in ("georel", "geometry", "coordinates"):
        if part not in made:
            raise wrong(f"{field}.{part}", "it has to be there")
    if "geoproperty" in value:
        made["geoproperty"] = name(_text(value["geoproperty"], f"{field}.geoproperty", name))
    try:
        geo_query(made)
    except MadangError as problem:
        raise DataError("subscriptions.query", field=field, found=str(value)[:200], problem=str(problem)) from problem
    return made


def _names(value: Any, field: str, name: Name) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise wrong(field, "a list of names, not empty")
    return [name(one) for one in value]


def _attributes(value: Any, field: str, name: Name) -> list[str]:
    found = _names(value, field, name)
    if not {"id", "type", "scope"}.isdisjoint(found):
        raise wrong(field, "attributes; id, type and scope are none (use pick)")
    return found


def _members_named(value: Any, field: str, name: Name) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one.strip() for one in value):
        raise wrong(field, "a list of members, not empty")
    found = [part.strip() for one in value for part in one.split(",")]
    if not all(found) or any(mark in part for part in found for mark in "{}"):
        raise wrong(field, "names of members")
    return [part if part in NO_TERMS else name(part) for part in found]


def _triggers(value: Any, field: str, name: Name) -> list[str]:
    if not isinstance(value, list) or not value or not all(one in TRIGGERS for one in value):
        raise wrong(field, ", ".join(TRIGGERS))
    return list(value)


def _datasets(value: Any, field: str, name: Name) -> list[str]:
    many = value if isinstance(value, list) else [value]
    if not many or not all(isinstance(one, str) and (one == "@none" or is_uri(one)) for one in many):
        raise wrong(field, "a list of URIs and @none")
    return many


def _moment(value: Any, field: str, name: Name) -> str:
    try:
        from_text(value)
    except (TypeError, ValueError, AttributeError):
        raise wrong(field, "2026-01-31T09:00:00Z") from None
    return str(value)


def _flag(value: Any, field: str, name: Name) -> bool:
    if not isinstance(value, bool):
        raise wrong(field, "true or false")
    return value


def _positive(value: Any, field: str, name: Name) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < LARGEST_NUMBER:
        raise wrong(field, "a number greater than 0")
    return value


def _uri(value: Any, field: str, name: Name) -> str:
    if not isinstance(value, str) or not is_uri(value):
        raise wrong(field, "a URI")
    return value


def _version(value: Any, field: str, name: Name) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\d+\.\d+", value):
        raise wrong(field, "a version such as 1.6")
    return value


def _as_given(value: Any, field: str, name: Name) -> Any:
    return value


def _notification(value: Any, field: str, name: Name) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong(field, '{"endpoint": {"uri": …}}')
    if "endpoint" not in value:
        raise wrong(f"{field}.endpoint", '{"uri": …}')
    made: dict[str, Any] = {}
    for member, read in _NOTIFICATION.items():
        if member in value:
            made[member] = read(value[member], f"{field}.{member}", name)
    projected = [member for member in ("attributes", "pick", "omit") if member in made]
    if "attributes" in projected and len(projected) > 1:
        raise DataError("subscriptions.not-together", first="notification.attributes", second=projected[1])
    if set(made.get("pick", ())) & set(made.get("omit", ())):
        raise DataError("subscriptions.not-together", first="notification.pick", second="notification.omit")
    if made.get("showChanges") and FORMATS.get(made.get("format", "")) == "simplified":
        raise DataError("subscriptions.not-together", first="notification.showChanges", second="format simplified")
    return made


def _endpoint(value: Any, field: str, name: Name) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong(field, '{"uri": …}')
    made: dict[str, Any] = {"uri": _endpoint_uri(value.get("uri"), f"{field}.uri")}
    for member, read in _ENDPOINT.items():
        if member in value:
            made[member] = read(value[member], f"{field}.{member}", name)
    for key, text in ((pair["key"], pair["value"]) for pair in made.get("receiverInfo", ())):
        bad = not _TOKEN.fullmatch(key) or key.lower() in OURS_TO_SAY or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", text)
        if bad and made["uri"].partition(":")[0] in HTTP:
            raise wrong(f"{field}.receiverInfo", "names and values that an HTTP header can have")
    if made["uri"].partition(":")[0] in MQTT:
        _check_mqtt(made, field)
    return made


def _endpoint_uri(value: Any, field: str) -> str:
    expected = "an address of http, https, mqtt or mqtts with a host"
    if not isinstance(value, str) or not is_uri(value) or len(value) > 2000:
        raise wrong(field, expected)
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise wrong(field, expected) from None
    if parts.scheme not in (*HTTP, *MQTT) or not host:
        raise wrong(field, expected)
    return value


def _check_mqtt(made: Mapping[str, Any], field: str) -> None:
    topic = urlsplit(made["uri"]).path.strip("/")
    if not topic or any(mark in topic for mark in "+#"):
        raise wrong(f"{field}.uri", "mqtt://host/topic, the topic without + and #")
    told = {pair["key"]: pair["value"] for pair in made.get("notifierInfo", ())}
    if told.get("MQTT-QoS", "0") not in ("0", "1", "2"):
        raise wrong(f"{field}.notifierInfo", "MQTT-QoS 0, 1 or 2")
    if told.get("MQTT-Version", "mqtt5.0") not in MQTT_VERSIONS:
        raise wrong(f"{field}.notifierInfo", f"MQTT-Version {' or '.join(MQTT_VERSIONS)}")


def _pairs(value: Any, field: str, name: Name) -> list[dict[str, str]]:
    if not isinstance(value, list):
        raise wrong(field, '[{"key": …, "value": …}, …]')
    made = []
    for pair in value:
        if not isinstance(pair, dict) or not isinstance(pair.get("key"), str) or not pair["key"]:
            raise wrong(field, '[{"key": …, "value": …}, …]')
        told = pair.get("value")
        if not isinstance(told, str):
            raise wrong(field, '[{"key": …, "value": …}, …]')
        made.append({"key": pair["key"], "value": told})
    return made


def _one_of(*words: str) -> Callable[[Any, str, Name], Any]:
    def read(value: Any, field: str, name: Name) -> Any:
        if value not in words or not isinstance(value, str):
            raise wrong(field, ", ".join(words))
        return value

    return read


def _level(value: Any, field: str, name: Name) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 10:
        raise wrong(field, "a whole number from 1 to 10")
    return value


_ENDPOINT: dict[str, Callable[[Any, str, Name], Any]] = {
    "accept": _one_of(*ACCEPTED), "timeout": _positive, "cooldown": _positive,
    "receiverInfo": _pairs, "notifierInfo": _pairs,
}  # fmt: skip
_NOTIFICATION: dict[str, Callable[[Any, str, Name], Any]] = {
    "attributes": _attributes, "pick": _members_named, "omit": _members_named, "format": _one_of(*FORMATS),
    "join": _one_of("flat", "inline", "@none"), "joinLevel": _level, "showChanges": _flag, "sysAttrs": _flag,
    "endpoint": _endpoint,
}  # fmt: skip
_MEMBERS: dict[str, Callable[[Any, str, Name], Any]] = {
    "subscriptionName": _free_text, "description": _free_text, "entities": _entities, "watchedAttributes": _names,
    "notificationTrigger": _triggers, "timeInterval": _positive, "q": _q, "geoQ": _geo_q, "csf": _csf,
    "scopeQ": _scope_q, "isActive": _flag, "notification": _notification, "expiresAt": _moment,
    "throttling": _positive, "temporalQ": _as_given, "lang": _text, "datasetId": _datasets, "jsonldContext": _uri,
    "localOnly": _flag, "splitEntities": _flag, "expandValues": _text, "jsonKeys": _text,
    "ngsildConformance": _version, "name": _free_text,  # the subscriptionName of versions before 1.3
}  # fmt: skip
