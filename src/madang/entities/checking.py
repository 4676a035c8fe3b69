"""The check at the door: whatever enters is a good entity, or it is said where, what and what to do (NGSI-LD 4.5, 4.6).

Inside, documents are trusted; whatever comes in goes through `check_entity` once.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import isfinite
from typing import Any

import orjson

from madang.clock import from_text
from madang.entities.geojson import check_geometry
from madang.entities.members import (
    ENTITY_MEMBERS,
    GEO_NAMES,
    MEMBER_OF_KIND,
    NO_ATTRIBUTE_NAMES,
    NOT_SUB_ATTRIBUTES,
    NULL,
    PROOF,
    SEALED,
    SYSTEM_MEMBERS,
    Document,
    Instance,
)
from madang.entities.units import check_unit, is_unit
from madang.errors import DataError

MOST_DEPTH = 100  # how deep a value may be nested; JSON libraries give up not much further on
MOST_NESTED = 20  # how deep attributes of attributes may be nested
MOST_ATTRIBUTES = 10_000

# What nobody sees in an id, or sees in the wrong order: controls, joiners, fillers, selectors, noncharacters.
UNSEEN = (
    "\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e0fff"
    + "".join(chr(plane * 0x10000 + last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
)
# RFC 3986 scheme, then anything but blanks, the unseen and the marks no IRI may carry. A bare "urn:" is no URN, and the
# NGSI-LD Null names nothing. Almost all ids are ASCII, and a short set of characters is looked up three times as fast.
_START = rf"(?!urn:[^:]*:?$)(?!{NULL}$)[A-Za-z][A-Za-z0-9+.-]*:"
_ASCII_URI = re.compile(_START + r"[!#-;=?-\[\]_a-z~]+")
_URI = re.compile(_START + r"[^\s<>\"{}|\\^`" + UNSEEN + "]+")
_NAME = re.compile(r"[^\W\d_]\w*")  # NGSI-LD 4.6.2: a letter, then letters, digits and _
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*|@none")
_SCOPE = re.compile(r"/?[^\W\d_]\w*(/[^\W\d_]\w*)*")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?Z")  # NGSI-LD 4.6.3: UTC, and nothing else
_COMMON_CODE = re.compile(r"[A-Z0-9]{2,3}")  # UN/CEFACT has two thousand of them; `units` names those cities use


def _is_uri(text: str) -> bool:
    found = _ASCII_URI.fullmatch(text) if text.isascii() else _URI.fullmatch(text)
    return found is not None


@lru_cache(maxsize=65536)
def is_name(name: str) -> bool:
    """Whether a stored name can name a type or attribute: a short name (NGSI-LD 4.6.2) or a full IRI."""
    return bool(_NAME.fullmatch(name) or (":" in name and _is_uri(name)))


@lru_cache(maxsize=65536)
def is_uri(text: str) -> bool:
    """Whether a text can be the id of an entity; relationships repeat themselves, so answers are remembered."""
    return _is_uri(text)


@lru_cache(maxsize=1024)
def _is_language(tag: str) -> bool:
    return bool(_LANGUAGE.fullmatch(tag))


@lru_cache(maxsize=65536)
def _is_moment(text: str) -> bool:
    if not _MOMENT.fullmatch(text):
        return False
    try:
        from_text(text)
    except ValueError:
        return False
    return True


def check_entity(doc: Document, *, where: str = "") -> Document:
    """Give the document back if it is a good one, else raise a DataError naming place, finding and next step.

    `where` is whatever finds the entity in its file ("buildings.geojson, feature 41"). System times are refused:
    `representation.normalize` takes them off requests.
    """
    if type(doc) is not dict:
        raise DataError("entities.not-an-object", place=where or "entity", found=type(doc).__name__)
    try:
        if len(doc) > MOST_ATTRIBUTES:
            raise DataError("provision.too-many-attributes", found=len(doc), most=MOST_ATTRIBUTES)
        _check_id(doc.get("id"))
        _check_type(doc.get("type"))
        for name, found in doc.items():
            if name not in ENTITY_MEMBERS:
                _check_attribute(name, found)
            elif name == "scope":
                _check_scope(found)
            elif name == "expiresAt":
                _check_moment(found)
            elif name == "@context":
                raise DataError("entities.context-inside")
    except DataError as wrong:
        raise _placed(wrong, doc, where) from None
    return doc


def _placed(wrong: DataError, doc: Document, where: str) -> DataError:
    """The same error with its place: file, entity, attribute path. Only failures pay for putting it together."""
    facts = dict(wrong.facts)
    path = ".".join(reversed(facts.pop("path", [])))
    facts["place"] = ", ".join(str(part) for part in (where, doc.get("id"), path) if part) or "entity"
    return DataError(wrong.code, **facts)


def _within(wrong: DataError, name: str) -> None:
    """Note the name of the attribute that an error was found in; the innermost comes first."""
    wrong.facts.setdefault("path", []).append(name)


def _check_id(found: Any) -> None:
    if found is None:
        raise DataError("entities.without-id")
    if type(found) is not str or not _is_uri(found):
        raise DataError("entities.bad-id", found=_short(found))


def _check_type(found: Any) -> None:
    if type(found) is str and is_name(found):
        return
    if not found:
        raise DataError("entities.without-type")
    names = found if type(found) is list else [found]
    for name in names:
        if type(name) is not str or not is_name(name):
            raise DataError("entities.bad-type", found=name)
    if len(set(names)) != len(names):
        raise DataError("entities.bad-type", found=names)


def _check_attribute(name: str, found: Any, depth: int = 0) -> None:
    """Check all instances of one attribute or sub-attribute."""
    if type(name) is not str or name in NO_ATTRIBUTE_NAMES or not is_name(name):
        code = "entities.system-member" if name in SYSTEM_MEMBERS else "entities.bad-attribute-name"
        raise DataError(code, found=name)
    try:
        if name == PROOF:
            found = _without_seal(found)
        if type(found) is dict:
            _check_instance(found, depth)
        else:
            _check_instances(found, depth)
        if depth == 0 and name in GEO_NAMES:
            _check_geo_kind(name, found)
    except DataError as wrong:
        _within(wrong, name)
        raise


def _check_geo_kind(name: str, found: Any) -> None:
    for instance in found if type(found) is list else (found,):
        if instance["type"] != "GeoProperty":
            raise DataError("provision.geo-property", attribute=name, found=instance["type"])


def _without_seal(found: Any) -> Any:
    """A proof without its own two members, once they are texts and the proof itself is an object."""
    if type(found) is not dict:
        return found
    if type(found.get("value")) is not dict or any(type(found.get(key, "")) is not str for key in SEALED):
        raise DataError("provision.proof", found=_short(found.get("value")))
    return {key: part for key, part in found.items() if key not in SEALED}


def _check_instances(found: Any, depth: int) -> None:
    if found is None or found == NULL:
        raise DataError("entities.null")
    if type(found) is not list or not found:
        raise DataError("entities.not-normalized", found=type(found).__name__)
    datasets = set()
    for instance in found:
        if type(instance) is not dict:
            raise DataError("entities.not-normalized", found=type(instance).__name__)
        _check_instance(instance, depth)
        datasets.add(instance.get("datasetId"))
    if len(datasets) != len(found):
        raise DataError("entities.dataset-twice")


def _check_instance(instance: Instance, depth: int) -> None:
    kind: Any = instance.get("type")
    member = MEMBER_OF_KIND.get(kind) if type(kind) is str else None
    if member is None:
        raise DataError("entities.attribute-kind" if kind else "entities.attribute-without-type", found=kind)
    if member not in instance:
        raise DataError("entities.without-value", kind=kind, member=member)
    value = instance[member]
    if kind != "Property" or type(value) not in _PLAIN or value == NULL:
        _check_value(kind, value)
    if len(instance) > 2:
        for key, inner in instance.items():
            if key == member or key == "type":
                continue
            if key in NOT_SUB_ATTRIBUTES:
                _check_meta(key, inner, kind)
            else:
                if depth >= MOST_NESTED:
                    raise DataError("provision.too-deep", most=MOST_NESTED)
                _check_attribute(key, inner, depth + 1)


_PLAIN = frozenset({str, bool})  # values that need no look inside


def _check_value(kind: str, value: Any) -> None:
    """Check the member that carries the value; each kind has its own rule."""
    if kind == "GeoProperty" and type(value) is dict:
        check_geometry(value)
        if len(value) > 2:
            _check_json(value)  # what stands beside the coordinates
        return
    if value == NULL or value == [NULL] or value == {"@none": NULL}:
        raise DataError("entities.null")
    if value is None:
        raise DataError("entities.null")
    if kind == "Property" or kind == "JsonProperty":
        _check_json(value)
    elif kind == "Relationship" or kind == "ListRelationship":
        _check_objects(value, kind)
    elif kind == "LanguageProperty":
        _check_languages(value)
    elif kind == "GeoProperty":
        check_geometry(value)
    elif kind == "VocabProperty":
        if not (type(value) is str or (type(value) is list and value and all(type(v) is str for v in value))):
            raise DataError("entities.bad-value", kind=kind, found=_short(value))
    else:  # ListProperty
        if type(value) is not list:
            raise DataError("entities.bad-value", kind=kind, found=_short(value))
        _check_json(value)


def _check_json(value: Any) -> None:
    """Refuse what JSON can't carry: numbers that are not finite, integers beyond 64 bits, other Python types."""
    kind = type(value)
    if kind is float:
        if not isfinite(value):
            raise DataError("entities.not-finite")
        return
    if kind is int and -(2**63) <= value < 2**63:
        return
    try:
        text = orjson.dumps(value)
    except (TypeError, ValueError) as wrong:
        raise DataError("entities.not-json", found=str(wrong)) from None
    if text.count(b"[") + text.count(b"{") > MOST_DEPTH and _depth(value) > MOST_DEPTH:
        raise DataError("provision.too-deep", most=MOST_DEPTH)
    if b"null" in text:  # orjson writes NaN and infinity as null; the NGSI-LD Null ends with it
        if _holds_not_finite(value):
            raise DataError("entities.not-finite")
        if _holds_null(value):
            raise DataError("entities.null")


def _depth(value: Any) -> int:
    """How many lists and objects a value has within each other; level by level, so that depth costs no stack."""
    depth, level = 0, [value]
    while level := [one for one in level if type(one) in (dict, list)]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if type(one) is dict else one)]
    return depth


def _holds_null(value: Any) -> bool:
    """Whether a member of an object within a value is the NGSI-LD Null (NGSI-LD 5.5.4)."""
    if type(value) is dict:
        return any(one == NULL or _holds_null(one) for one in value.values())
    return type(value) is list and any(map(_holds_null, value))


def _holds_not_finite(value: Any) -> bool:
    if type(value) is float:
        return not isfinite(value)
    if type(value) is dict:
        return any(map(_holds_not_finite, value.values()))
    return type(value) in (list, tuple) and any(map(_holds_not_finite, value))


def _check_objects(value: Any, kind: str) -> None:
    if kind == "Relationship" and type(value) is str:
        if not is_uri(value):
            raise DataError("entities.bad-object", found=_short(value))
        return
    if type(value) is not list or (kind == "Relationship" and not value):
        raise DataError(
            "entities.bad-object" if kind == "Relationship" else "entities.bad-value", kind=kind, found=_short(value)
        )
    for target in value:
        if kind == "ListRelationship" and type(target) is dict and target.keys() == {"object"}:
            target = target["object"]
        if type(target) is not str or not is_uri(target):
            raise DataError("entities.bad-object", found=_short(target))


def _check_languages(value: Any) -> None:
    if type(value) is not dict or not value:
        raise DataError("entities.bad-language-map", found=_short(value))
    for tag, text in value.items():
        if text == NULL:
            raise DataError("entities.null")
        if type(text) is not str and not (type(text) is list and all(type(t) is str for t in text)):
            raise DataError("entities.bad-language-map", found=_short(text))
        if type(tag) is not str or not _is_language(tag):
            raise DataError("entities.bad-language-map", found=_short(tag))


_UNITLESS = frozenset({"Relationship", "ListRelationship", "LanguageProperty", "VocabProperty", "JsonProperty"})


def _check_meta(key: str, value: Any, kind: str) -> None:
    """Check a member of an instance that is neither its value nor a sub-attribute."""
    if key == "unitCode":
        if kind in _UNITLESS:
            raise DataError("entities.stray-member", kind=kind, found=key)
        if not is_unit(value) and not (type(value) is str and _COMMON_CODE.fullmatch(value)):
            check_unit(value)
    elif key == "observedAt" or key == "expiresAt":
        _check_moment(value)
    elif key == "datasetId":
        if type(value) is not str or not is_uri(value) or value == NULL:
            raise DataError("entities.bad-dataset-id", found=_short(value))
    elif key == "objectType" or key == "valueType":
        many = key == "objectType" and type(value) is list and all(type(one) is str for one in value)
        text_only = kind == "LanguageProperty" and value != "langString"
        if not (type(value) is str or many) or text_only:
            raise DataError("entities.bad-value", kind=key, found=_short(value))
    elif key in SYSTEM_MEMBERS:
        raise DataError("entities.system-member", found=key)
    else:  # the value member of another kind, or a member that only answers carry
        raise DataError("entities.stray-member", kind=kind, found=key)


def _check_moment(value: Any) -> None:
    if type(value) is not str or not _is_moment(value):
        raise DataError("entities.bad-time", found=_short(value))


def _check_scope(found: Any) -> None:
    for scope in found if type(found) is list and found else [found]:
        if type(scope) is not str or not _SCOPE.fullmatch(scope):
            wrong = DataError("entities.bad-scope", found=_short(scope))
            _within(wrong, "scope")
            raise wrong


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
