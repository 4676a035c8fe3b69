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
from math import isfinite
from typing import Any, Literal

import orjson

from madang.clock import from_text
from madang.entities.geojson import check_geometry
from madang.entities.units import check_unit, is_unit
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
    """What an attribute says: its value, object, languageMap, vocab, valueList, objectList or json; None if absent."""
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
def is_uri(text: str) -> bool:
    """Whether a text can be the id of an entity; relationships repeat themselves, so answers are remembered."""
    return bool(_is_uri(text))


@lru_cache(maxsize=1024)
def _is_language(tag: str) -> bool:
    return bool(_LANGUAGE.fullmatch(tag))


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
    try:
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


def _check_attribute(name: str, found: Any) -> None:
    """Check all instances of one attribute or sub-attribute."""
    if type(name) is not str or name in NO_ATTRIBUTE_NAMES or not is_name(name):
        code = "entities.system-member" if name in SYSTEM_MEMBERS else "entities.bad-attribute-name"
        raise DataError(code, found=name)
    try:
        if type(found) is dict:
            _check_instance(found)
        else:
            _check_instances(found)
    except DataError as wrong:
        _within(wrong, name)
        raise


def _check_instances(found: Any) -> None:
    if found is None or found == NULL:
        raise DataError("entities.null")
    if type(found) is not list or not found:
        raise DataError("entities.not-normalized", found=type(found).__name__)
    datasets = set()
    for instance in found:
        if type(instance) is not dict:
            raise DataError("entities.not-normalized", found=type(instance).__name__)
        _check_instance(instance)
        datasets.add(instance.get("datasetId"))
    if len(datasets) != len(found):
        raise DataError("entities.dataset-twice")


def _check_instance(instance: Instance) -> None:
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
                _check_attribute(key, inner)


_PLAIN = frozenset({str, bool})  # values that need no look inside


def _check_value(kind: str, value: Any) -> None:
    """Check the member that carries the value; each kind has its own rule."""
    if kind == "GeoProperty" and type(value) is dict:
        check_geometry(value)
        return
    if value == NULL or value == [NULL] or value == {"@none": NULL}:
        raise DataError("entities.null")
    if value is None and kind != "JsonProperty":
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
    if b"null" in text and _holds_not_finite(value):  # orjson writes NaN and infinity as null
        raise DataError("entities.not-finite")


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
        if type(target) is not str or not is_uri(target):
            raise DataError("entities.bad-object", found=_short(target))


def _check_languages(value: Any) -> None:
    if type(value) is not dict or not value:
        raise DataError("entities.bad-language-map", found=_short(value))
    for tag, text in value.items():
        if type(text) is not str and not (type(text) is list and all(type(t) is str for t in text)):
            raise DataError("entities.bad-language-map", found=_short(text))
        if type(tag) is not str or not _is_language(tag):
            raise DataError("entities.bad-language-map", found=_short(tag))


def _check_meta(key: str, value: Any, kind: str) -> None:
    """Check a member of an instance that is neither its value nor a sub-attribute."""
    if key == "unitCode":
        if not is_unit(value):
            check_unit(value)
    elif key == "observedAt" or key == "expiresAt":
        _check_moment(value)
    elif key == "datasetId":
        if type(value) is not str or not is_uri(value) or value == NULL:
            raise DataError("entities.bad-dataset-id", found=_short(value))
    elif key == "objectType" or key == "valueType":
        if not (type(value) is str or (key == "objectType" and type(value) is list)):
            raise DataError("entities.bad-value", kind=key, found=_short(value))
    elif key in SYSTEM_MEMBERS:
        raise DataError("entities.system-member", found=key)
    else:  # the value member of another kind, or a member that only answers carry
        raise DataError("entities.stray-member", kind=kind, found=key)


def _check_moment(value: Any) -> None:
    if type(value) is not str or not _is_moment(value):
        raise DataError("entities.bad-time", found=_short(value))


def _check_scope(found: Any) -> None:
    for scope in found if type(found) is list else [found]:
        if type(scope) is not str or not _SCOPE.fullmatch(scope):
            wrong = DataError("entities.bad-scope", found=_short(scope))
            _within(wrong, "scope")
            raise wrong


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
