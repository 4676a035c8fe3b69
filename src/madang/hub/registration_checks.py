"""What a registration must be to be kept (clauses 5.2.8-5.2.11, 5.2.22, 5.2.34, 4.3.6.3, 4.3.6.6, 5.9.2.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from madang.clock import from_text
from madang.entities.entity import is_uri
from madang.entities.geojson import check_geometry
from madang.entities.qlanguage import checked_pattern
from madang.errors import CallerError, DataError
from madang.hub.operation_names import AUXILIARY_OPERATIONS, GROUPS, OPERATIONS

Document = dict[str, Any]
TYPE = "ContextSourceRegistration"
MODES = ("inclusive", "exclusive", "redirect", "auxiliary")
MEDIA_TYPES = ("application/json", "application/ld+json")

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~:\-]+")  # a pseudonym or host:port of a Via field
_VERSION = re.compile(r"\d+\.\d+")
_DURATION = re.compile(
    r"P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = (31_557_600, 2_629_800, 604_800, 86_400, 3600, 60, 1)
_SCOPE = re.compile(r"/?[^\s/#+]+(?:/[^\s/#+]+)*")


def duration_s(text: str) -> float:
    """The seconds of an ISO 8601 duration; a year counts 365.25 days."""
    found = _DURATION.fullmatch(text)
    if found is None or text in ("P", "PT") or text.endswith("T"):
        raise ValueError(text)
    return sum(float(part) * seconds for part, seconds in zip(found.groups(), _SECONDS, strict=True) if part)


def check_registration(document: Document, *, now: datetime) -> Document:
    """The registration, if it is one; else DataError `registrations.malformed` names the member and what it wants."""
    if not _is_uri(document.get("id")):
        raise _wrong("id", "a URI")
    if document.get("type") != TYPE:
        raise _wrong("type", f'"{TYPE}"')
    if not _is_uri(document.get("endpoint")):
        raise _wrong("endpoint", "a URI, such as https://city.example.org")
    _check_information(document.get("information"))
    for member, (expected, fits) in _MEMBERS.items():
        if member in document and not fits(document[member]):
            raise _wrong(member, expected)
    for member in ("location", "observationSpace", "operationSpace"):
        if member in document:
            _check_place(member, document[member])
    if "management" in document:
        _check_management(document["management"])
    if "contextSourceInfo" in document:
        _check_told(document["contextSourceInfo"])
    if "expiresAt" in document and from_text(document["expiresAt"]) <= now:
        raise _wrong("expiresAt", "a moment to come")
    _check_mode(document)
    return document


def _check_information(found: Any) -> None:
    if not _is_list(found, lambda one: isinstance(one, dict)):
        raise _wrong("information", "a list of objects with entities, propertyNames or relationshipNames")
    for info in found:
        if not any(member in info for member in ("entities", "propertyNames", "relationshipNames")):
            raise _wrong("information", "entities, propertyNames or relationshipNames in each of its objects")
        for names in ("propertyNames", "relationshipNames"):
            if names in info and not _is_list(info[names], _is_text):
                raise _wrong(f"information.{names}", "a list of names, not empty")
        if "entities" in info:
            if not _is_list(info["entities"], lambda one: isinstance(one, dict)):
                raise _wrong("information.entities", 'a list such as [{"type": "Building"}]')
            for kind in info["entities"]:
                _check_kind(kind)


def _check_kind(kind: Mapping[str, Any]) -> None:
    found = kind.get("type")
    if not (_is_text(found) or _is_list(found, _is_text)):
        raise _wrong("information.entities.type", "a type or a list of types")
    if "id" in kind and not _is_uri(kind["id"]):
        raise _wrong("information.entities.id", "a URI")
    if "idPattern" in kind:
        if not _is_text(kind["idPattern"]):
            raise _wrong("information.entities.idPattern", "a regular expression")
        try:
            checked_pattern(kind["idPattern"])
        except CallerError as problem:
            raise _wrong("information.entities.idPattern", str(problem)) from problem


def _check_place(member: str, found: Any) -> None:
    if isinstance(found, dict) and found.get("type") == "GeoProperty":
        found = found.get("value")
    try:
        check_geometry(found, place=member)
    except DataError as problem:
        raise _wrong(member, f"a GeoJSON geometry ({problem})") from problem


def _check_management(found: Any) -> None:
    if not isinstance(found, dict):
        raise _wrong("management", "an object")
    for member in ("timeout", "cooldown"):
        if member in found and not (_is_number(found[member]) and found[member] > 0):
            raise _wrong(f"management.{member}", "milliseconds, more than 0")
    if "cacheDuration" in found and not _is_duration(found["cacheDuration"]):
        raise _wrong("management.cacheDuration", "an ISO 8601 duration, such as PT30S")
    if "localOnly" in found and not isinstance(found["localOnly"], bool):
        raise _wrong("management.localOnly", "true or false")


def _check_told(found: Any) -> None:
    def is_pair(one: Any) -> bool:
        return isinstance(one, dict) and _is_text(one.get("key")) and isinstance(one.get("value"), str)

    if not _is_list(found, is_pair):
        raise _wrong("contextSourceInfo", 'a list such as [{"key": "Authorization", "value": "Bearer …"}]')
    for pair in found:
        key, value = pair["key"], pair["value"]
        if any(ord(mark) < 32 or ord(mark) == 127 for mark in key + value):
            raise _wrong("contextSourceInfo", "keys and values without line breaks")
        if key in ("accept", "contentType") and value not in MEDIA_TYPES:
            raise _wrong(f"contextSourceInfo.{key}", " or ".join(MEDIA_TYPES))
        if key == "jsonldContext" and not _is_uri(value):
            raise _wrong("contextSourceInfo.jsonldContext", "the URL of an @context")
        if key == "ngsildConformance" and not _VERSION.fullmatch(value):
            raise _wrong("contextSourceInfo.ngsildConformance", "a version, such as 1.5")


def _check_mode(document: Document) -> None:
    mode = document.get("mode", "inclusive")
    if mode == "exclusive":
        for info in document["information"]:
            kinds = info.get("entities", ())
            if not kinds or not all("id" in kind and "idPattern" not in kind for kind in kinds):
                raise _wrong("information.entities", "the id of one entity where mode is exclusive")
            if not info.get("propertyNames") and not info.get("relationshipNames"):
                raise _wrong("information", "names of attributes where mode is exclusive")
    if mode == "auxiliary" and not AUXILIARY_OPERATIONS.issuperset(document.get("operations", ())):
        raise _wrong("operations", f"of {', '.join(sorted(AUXILIARY_OPERATIONS))} where mode is auxiliary")


def _wrong(member: str, expected: str) -> DataError:
    return DataError("registrations.malformed", member=member, expected=expected)


def _is_text(found: Any) -> bool:
    return isinstance(found, str) and bool(found.strip())


def _is_uri(found: Any) -> bool:
    return isinstance(found, str) and is_uri(found)


def _is_number(found: Any) -> bool:
    return isinstance(found, (int, float)) and not isinstance(found, bool)


def _is_list(found: Any, fits: Callable[[Any], bool]) -> bool:
    return isinstance(found, list) and bool(found) and all(map(fits, found))


def _is_moment(found: Any) -> bool:
    try:
        return isinstance(found, str) and bool(from_text(found))
    except ValueError:
        return False


def _is_duration(found: Any) -> bool:
    try:
        return isinstance(found, str) and duration_s(found) >= 0
    except ValueError:
        return False


def _is_interval(found: Any) -> bool:
    if not isinstance(found, dict) or not _is_moment(found.get("startAt")):
        return False
    return "endAt" not in found or _is_moment(found["endAt"])


def _is_scope(found: Any) -> bool:
    texts = found if isinstance(found, list) else [found]
    return bool(texts) and all(isinstance(one, str) and bool(_SCOPE.fullmatch(one)) for one in texts)


def _is_alias(found: Any) -> bool:
    return isinstance(found, str) and bool(_TOKEN.fullmatch(found))


_MEMBERS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "mode": (", ".join(MODES), lambda found: found in MODES),
    "operations": (
        "names of operations or of groups of them (clause 4.20)",
        lambda found: _is_list(found, lambda one: isinstance(one, str) and (one in OPERATIONS or one in GROUPS)),
    ),
    "expiresAt": ("a moment, such as 2030-01-01T00:00:00Z", _is_moment),
    "contextSourceAlias": ("a token of a Via header", _is_alias),
    "description": ("a text, not empty", _is_text),
    "registrationName": ("a text, not empty", _is_text),
    "tenant": ("a text, not empty", _is_text),
    "datasetId": (
        'a list of URIs or "@none"',
        lambda found: _is_list(
            found if isinstance(found, list) else [found], lambda one: one == "@none" or _is_uri(one)
        ),
    ),
    "observationInterval": ("startAt and perhaps endAt, as moments", _is_interval),
    "managementInterval": ("startAt and perhaps endAt, as moments", _is_interval),
    "refreshRate": ("an ISO 8601 duration, such as PT15M", _is_duration),
    "localOnly": ("true or false", lambda found: isinstance(found, bool)),
    "scope": ("a scope such as /gyeonggi/seongnam, or a list of them", _is_scope),
}
