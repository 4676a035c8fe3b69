"""One entity: what a document is, how its parts are read and built, and the check at the door.

A `Document` is an NGSI-LD entity in normalized form (NGSI-LD 4.5.1) with stored short names (see `context`). It is the
only form inside Madang; other forms are made at the edges (`representation`). Inside, documents are trusted: whatever
enters goes through `check_entity` once, which says where something is wrong, what was found and what to do.

Times that the store keeps (createdAt, modifiedAt) are never members of a document. `urn:ngsi-ld:null` stands for
"remove this" in patches only (NGSI-LD 4.5.0) and is refused here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from madang.entities.checking import check_entity, is_name, is_uri
from madang.entities.members import (
    ENTITY_MEMBERS,
    KINDS,
    MEMBER_OF_KIND,
    META_MEMBERS,
    NO_ATTRIBUTE_NAMES,
    NOT_SUB_ATTRIBUTES,
    NULL,
    OUTPUT_ONLY,
    SYSTEM_MEMBERS,
    Document,
    Instance,
    Status,
)
from madang.errors import DataError

__all__ = [
    "ENTITY_MEMBERS",
    "KINDS",
    "MEMBER_OF_KIND",
    "META_MEMBERS",
    "NOT_SUB_ATTRIBUTES",
    "NO_ATTRIBUTE_NAMES",
    "NULL",
    "OUTPUT_ONLY",
    "SYSTEM_MEMBERS",
    "Document",
    "Instance",
    "Provenance",
    "Status",
    "check_entity",
    "is_name",
    "is_uri",
]


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


def ids_of(instance: Instance) -> list[str]:
    """The ids a relationship names, be it one, several, or an ordered list of them (NGSI-LD 4.5.3, 4.5.22)."""
    found = instance.get("object", instance.get("objectList"))
    items = found if type(found) is list else [found]
    return [id for one in items if type(id := one.get("object") if type(one) is dict else one) is str]


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
    if not is_uri(made):
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
