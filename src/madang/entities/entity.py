"""One entity: what a document is, how its parts are read and built, and the check at the door.

A `Document` is an NGSI-LD entity in normalized form (NGSI-LD 4.5.1) with stored short names (see `context`). It is the
only form inside Madang; other forms are made at the edges (`representation`). Inside, documents are trusted: whatever
enters goes through `check_entity` once, which says where something is wrong, what was found and what to do.

Times that the store keeps (createdAt, modifiedAt) are never members of a document. `urn:ngsi-ld:null` stands for
"remove this" in patches only (NGSI-LD 4.5.0) and is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import orjson

from madang.clock import from_text
from madang.entities.geojson import check_geometry
from madang.entities.units import check_unit
from madang.errors import DataError

Document = dict[str, Any]
Instance = dict[str, Any]
Status = Literal["observed", "estimated", "synthetic"]

NULL = "urn:ngsi-ld:null"

# The member that carries what an attribute says, by the attribute's kind (NGSI-LD 4.5.2, 4.5.3, 4.5.18-4.5.24).
MEMBER_OF_KIND = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
    "JsonProperty": "json",
}
KINDS = frozenset(MEMBER_OF_KIND)
ENTITY_MEMBERS = frozenset(
    {"id", "type", "scope", "expiresAt", "@context"}
)  # members of an entity that are no attributes
SYSTEM_MEMBERS = frozenset({"createdAt", "modifiedAt", "deletedAt", "instanceId"})  # the store's facts, never ours
OUTPUT_ONLY = frozenset(
    {"previousValue", "previousObject", "previousLanguageMap", "previousVocab", "previousJson", "previousValueList",
     "previousObjectList", "entity", "entityList"}
)  # fmt: skip
META_MEMBERS = frozenset(
    {"type", "unitCode", "observedAt", "datasetId", "expiresAt", "objectType", "valueType", "lang"}
)
NO_ATTRIBUTE_NAMES = frozenset(
    {"datasetId", "instanceId", "observedAt", "createdAt", "modifiedAt", "deletedAt", "unitCode", "lang", "objectType",
     "valueType", *OUTPUT_ONLY}
)  # fmt: skip
NOT_SUB_ATTRIBUTES = META_MEMBERS | SYSTEM_MEMBERS | OUTPUT_ONLY | frozenset(MEMBER_OF_KIND.values())


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a figure comes from (the id of a Dataset) and of which of the three statuses it is; None is unknown."""

    source: str | None
    status: str | None


# --- reading ---------------------------------------------------------------------------------------------------------


def types_of(doc: Document) -> tuple[str, ...]:
    """The entity's type names; most entities have one."""
    found = doc["type"]
    return (found,) if isinstance(found, str) else tuple(found)


def attributes(doc: Document) -> Iterator[tuple[str, str | None, Instance]]:
    """Every attribute instance as (name, datasetId or None, instance), in the document's order."""
    for name, found in doc.items():
        if name in ENTITY_MEMBERS:
            continue
        if type(found) is list:
            for instance in found:
                yield name, instance.get("datasetId"), instance
        else:
            yield name, found.get("datasetId"), found


def instance_of(doc: Document, name: str, dataset_id: str | None = None) -> Instance | None:
    """One instance of an attribute, the default one unless a datasetId is named; None if it is absent."""
    found = doc.get(name)
    if found is None or name in ENTITY_MEMBERS:
        return None
    for instance in found if type(found) is list else (found,):
        if instance.get("datasetId") == dataset_id:
            return instance  # type: ignore[no-any-return]
    return None


def value_of(doc: Document, name: str, dataset_id: str | None = None) -> Any:
    """What an attribute says (value, object, languageMap, vocab, valueList, objectList or json); None if it is absent."""
    instance = instance_of(doc, name, dataset_id)
    return None if instance is None else instance.get(MEMBER_OF_KIND[instance["type"]])


def geometry_of(doc: Document, name: str = "location") -> dict[str, Any] | None:
    """The GeoJSON geometry of a geo-property, or None."""
    instance = instance_of(doc, name)
    return instance["value"] if instance is not None and instance["type"] == "GeoProperty" else None


def provenance_of(doc: Document, attribute: str | None = None) -> Provenance:
    """Source and status of one attribute; what the attribute does not say itself is taken from the entity."""
    instance = instance_of(doc, attribute) if attribute is not None else None
    own = instance or {}
    return Provenance(_said(own, doc, "source"), _said(own, doc, "status"))


def _said(own: Instance, doc: Document, name: str) -> str | None:
    found = value_of(own, name) if name in own else value_of(doc, name)
    return found if isinstance(found, str) else None


# --- building --------------------------------------------------------------------------------------------------------


def urn(type: str, authority: str, code: str) -> str:
    """An entity id in Madang's pattern: urn:ngsi-ld:<Type>:<authority>:<code>."""
    made = f"urn:ngsi-ld:{type}:{authority}:{code}"
    if not _is_uri(made):
        raise DataError("entities.bad-id", place=made, found=made)
    return made


def property_(
    value: Any,
    *,
    unit: str | None = None,
    period: str | None = None,
    source: str | None = None,
    status: str | None = None,
    observed_at: str | None = None,
    dataset_id: str | None = None,
) -> Instance:
    """A Property instance; `source` is the id of a Dataset, `period` the time the value stands for ("2020")."""
    made: Instance = {"type": "Property", "value": value}
    if unit is not None:
        made["unitCode"] = unit
    return _told(made, period=period, source=source, status=status, observed_at=observed_at, dataset_id=dataset_id)


def geo_property(
    geometry: dict[str, Any],
    *,
    source: str | None = None,
    status: str | None = None,
    observed_at: str | None = None,
    dataset_id: str | None = None,
) -> Instance:
    """A GeoProperty instance from a GeoJSON geometry (lon, lat)."""
    made: Instance = {"type": "GeoProperty", "value": geometry}
    return _told(made, period=None, source=source, status=status, observed_at=observed_at, dataset_id=dataset_id)


def relationship(
    object_id: str | list[str],
    *,
    object_type: str | None = None,
    source: str | None = None,
    status: str | None = None,
    observed_at: str | None = None,
    dataset_id: str | None = None,
) -> Instance:
    """A Relationship instance to one entity or to several."""
    made: Instance = {"type": "Relationship", "object": object_id}
    if object_type is not None:
        made["objectType"] = object_type
    return _told(made, period=None, source=source, status=status, observed_at=observed_at, dataset_id=dataset_id)


def language_property(texts: dict[str, str], *, dataset_id: str | None = None) -> Instance:
    """A LanguageProperty instance: {"ko": …, "en": …}."""
    return _told({"type": "LanguageProperty", "languageMap": texts}, dataset_id=dataset_id)


def list_property(values: list[Any], *, unit: str | None = None, dataset_id: str | None = None) -> Instance:
    """A ListProperty instance, which keeps the order of its values."""
    made: Instance = {"type": "ListProperty", "valueList": values}
    if unit is not None:
        made["unitCode"] = unit
    return _told(made, dataset_id=dataset_id)


def json_property(json: Any, *, dataset_id: str | None = None) -> Instance:
    """A JsonProperty instance: JSON that no @context ever expands (NGSI-LD 4.5.24)."""
    return _told({"type": "JsonProperty", "json": json}, dataset_id=dataset_id)


def _told(
    made: Instance,
    *,
    period: str | None = None,
    source: str | None = None,
    status: str | None = None,
    observed_at: str | None = None,
    dataset_id: str | None = None,
) -> Instance:
    if observed_at is not None:
        made["observedAt"] = observed_at
    if dataset_id is not None:
        made["datasetId"] = dataset_id
    if period is not None:
        made["period"] = {"type": "Property", "value": period}
    if source is not None:
        made["source"] = {"type": "Relationship", "object": source}
    if status is not None:
        made["status"] = {"type": "Property", "value": status}
    return made


def canonical_bytes(doc: Document) -> bytes:
    """The document as JSON with sorted keys: the same facts give the same bytes, for hashing and comparing."""
    return orjson.dumps(doc, option=orjson.OPT_SORT_KEYS)


# --- the check at the door -------------------------------------------------------------------------------------------

# RFC 3986 scheme, then anything but blanks, controls and the marks no IRI may carry. A bare "urn:" is no URN.
_URI = re.compile(r"(?!urn:[^:]*:?$)[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20<>\"{}|\\^`]+")
_NAME = re.compile(r"[^\W\d_]\w*")  # NGSI-LD 4.6.2: a letter, then letters, digits and _
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*|@none")
_SCOPE = re.compile(r"/?[^\W\d_]\w*(/[^\W\d_]\w*)*")
_is_uri = _URI.fullmatch


@lru_cache(maxsize=65536)
def is_name(name: str) -> bool:
    """Whether a stored name can name a type or attribute: a short name (NGSI-LD 4.6.2) or a full IRI."""
    return bool(_NAME.fullmatch(name) or (":" in name and _is_uri(name)))


@lru_cache(maxsize=65536)
def _is_moment(text: str) -> bool:
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
    id = doc.get("id")
    if id is None:
        raise DataError("entities.without-id", place=where or "entity")
    if type(id) is not str or not _is_uri(id):
        raise DataError("entities.bad-id", place=where or "entity", found=id)
    _check_type(doc.get("type"), where, id)
    for name, found in doc.items():
        if name in ENTITY_MEMBERS:
            if name == "scope":
                _check_scope(found, where, id)
            elif name == "expiresAt":
                _check_moment(found, _place(where, id, name))
            elif name == "@context":
                raise DataError("entities.context-inside", place=_place(where, id))
        else:
            _check_attribute(name, found, where, id, "")
    return doc


def _place(where: str, id: str, *path: str) -> str:
    return ", ".join(part for part in (where, id, ".".join(p for p in path if p)) if part)


def _check_type(found: Any, where: str, id: str) -> None:
    if type(found) is str and is_name(found):
        return
    if not found:
        raise DataError("entities.without-type", place=_place(where, id))
    names = found if type(found) is list else [found]
    for name in names:
        if type(name) is not str or not is_name(name):
            raise DataError("entities.bad-type", place=_place(where, id), found=name)
    if len(set(names)) != len(names):
        raise DataError("entities.bad-type", place=_place(where, id), found=names)


def _check_attribute(name: str, found: Any, where: str, id: str, above: str) -> None:
    """Check all instances of one attribute or sub-attribute; `above` is the path that leads to it."""
    if not is_name(name) or name in NO_ATTRIBUTE_NAMES:
        if name in SYSTEM_MEMBERS:
            raise DataError("entities.system-member", place=_place(where, id, above), found=name)
        raise DataError("entities.bad-attribute-name", place=_place(where, id, above), found=name)
    if type(found) is dict:
        _check_instance(name, found, where, id, above)
        return
    if type(found) is not list or not found:
        raise DataError("entities.not-normalized", place=_place(where, id, above, name), found=type(found).__name__)
    datasets = set()
    for instance in found:
        if type(instance) is not dict:
            kind = type(instance).__name__
            raise DataError("entities.not-normalized", place=_place(where, id, above, name), found=kind)
        _check_instance(name, instance, where, id, above)
        datasets.add(instance.get("datasetId"))
    if len(datasets) != len(found):
        raise DataError("entities.dataset-twice", place=_place(where, id, above, name))


def _check_instance(name: str, instance: Instance, where: str, id: str, above: str) -> None:
    kind = instance.get("type")
    member = MEMBER_OF_KIND.get(kind) if type(kind) is str else None
    if member is None:
        code = "entities.attribute-without-type" if kind is None else "entities.attribute-kind"
        raise DataError(code, place=_place(where, id, above, name), found=kind)
    if member not in instance:
        raise DataError("entities.without-value", place=_place(where, id, above, name), kind=kind, member=member)
    value = instance[member]
    if not (kind == "Property" and type(value) in _PLAIN and value != NULL):
        _check_value(kind, value, _place(where, id, above, name))
    if len(instance) > 2:
        for key, inner in instance.items():
            if key == member or key == "type":
                continue
            if key in NOT_SUB_ATTRIBUTES:
                _check_meta(key, inner, kind, _place(where, id, above, name))
            else:
                _check_attribute(key, inner, where, id, f"{above}.{name}" if above else name)


_PLAIN = frozenset({str, int, bool})  # values that need no look inside; a float may be infinite


def _check_value(kind: str, value: Any, place: str) -> None:
    """Check the member that carries the value; each kind has its own rule."""
    if value == NULL or value == [NULL] or value == {"@none": NULL}:
        raise DataError("entities.null", place=place)
    if kind == "GeoProperty":
        check_geometry(value, place=place)
    elif kind == "JsonProperty":
        _check_json(value, place)
    elif value is None:
        raise DataError("entities.null", place=place)
    elif kind == "Property":
        _check_json(value, place)
    elif kind == "Relationship" or kind == "ListRelationship":
        _check_objects(value, kind, place)
    elif kind == "LanguageProperty":
        _check_languages(value, place)
    elif kind == "VocabProperty":
        if not (type(value) is str or (type(value) is list and value and all(type(v) is str for v in value))):
            raise DataError("entities.bad-value", place=place, kind=kind, found=_short(value))
    else:  # ListProperty
        if type(value) is not list:
            raise DataError("entities.bad-value", place=place, kind=kind, found=_short(value))
        _check_json(value, place)


def _check_json(value: Any, place: str) -> None:
    """Refuse what JSON can't carry: numbers that are not finite, integers beyond 64 bits, other Python types."""
    try:
        text = orjson.dumps(value)
    except (TypeError, ValueError) as wrong:
        raise DataError("entities.not-json", place=place, found=str(wrong)) from None
    if b"null" in text and _holds_not_finite(value):  # orjson writes NaN and infinity as null
        raise DataError("entities.not-finite", place=place)


def _holds_not_finite(value: Any) -> bool:
    if type(value) is float:
        return value != value or value in (float("inf"), float("-inf"))
    if type(value) is dict:
        return any(map(_holds_not_finite, value.values()))
    return type(value) in (list, tuple) and any(map(_holds_not_finite, value))


def _check_objects(value: Any, kind: str, place: str) -> None:
    objects = value if type(value) is list else [value]
    if (kind == "ListRelationship" and type(value) is not list) or (kind == "Relationship" and not objects):
        raise DataError("entities.bad-value", place=place, kind=kind, found=_short(value))
    for target in objects:
        if type(target) is not str or not _is_uri(target):
            raise DataError("entities.bad-object", place=place, found=_short(target))


def _check_languages(value: Any, place: str) -> None:
    if type(value) is not dict or not value:
        raise DataError("entities.bad-language-map", place=place, found=_short(value))
    for tag, text in value.items():
        if not (type(text) is str or (type(text) is list and all(type(t) is str for t in text))):
            raise DataError("entities.bad-language-map", place=place, found=_short(text))
        if type(tag) is not str or not _LANGUAGE.fullmatch(tag):
            raise DataError("entities.bad-language-map", place=place, found=_short(tag))


def _check_meta(key: str, value: Any, kind: str, place: str) -> None:
    """Check a member of an instance that is neither its value nor a sub-attribute."""
    if key == "unitCode":
        check_unit(value, place=place)
    elif key == "observedAt" or key == "expiresAt":
        _check_moment(value, place)
    elif key == "datasetId":
        if type(value) is not str or not _is_uri(value) or value == NULL:
            raise DataError("entities.bad-dataset-id", place=place, found=_short(value))
    elif key == "objectType" or key == "valueType":
        if not (type(value) is str or (key == "objectType" and type(value) is list)):
            raise DataError("entities.bad-value", place=place, kind=key, found=_short(value))
    elif key in SYSTEM_MEMBERS:
        raise DataError("entities.system-member", place=place, found=key)
    else:  # the value member of another kind, or a member that only answers carry
        raise DataError("entities.stray-member", place=place, kind=kind, found=key)


def _check_moment(value: Any, place: str) -> None:
    if type(value) is not str or not _is_moment(value):
        raise DataError("entities.bad-time", place=place, found=_short(value))


def _check_scope(found: Any, where: str, id: str) -> None:
    for scope in found if type(found) is list else [found]:
        if type(scope) is not str or not _SCOPE.fullmatch(scope):
            raise DataError("entities.bad-scope", place=_place(where, id, "scope"), found=_short(scope))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
