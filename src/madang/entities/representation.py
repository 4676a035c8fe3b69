"""The forms an entity takes on the wire, and the way between each of them and the one form inside (`Document`).

    normalized   {"population": {"type": "Property", "value": 52345, "unitCode": "IE"}}            NGSI-LD 4.5.2.2
    concise      {"population": {"value": 52345, "unitCode": "IE"}}    types left out where they are clear   4.5.2.3
    simplified   {"population": 52345}    values only: what is said about them is lost                        4.5.4
    GeoJSON      a Feature, its properties normalized or simplified                                  4.5.16, 4.5.17

Normalized and concise say the same and are read by the same function. From simplified form the kind of an attribute is
taken from its value, and where the vocabulary knows the name, from there: a plain id under `refCity` is a relationship.
System times of requests (createdAt …) are dropped, as the standard asks; nothing is checked here (see `check_entity`).
"""

from __future__ import annotations

from typing import Any

import orjson

from madang.entities.context import city_context
from madang.entities.entity import (
    ENTITY_MEMBERS,
    KINDS,
    MEMBER_OF_KIND,
    NOT_SUB_ATTRIBUTES,
    NULL,
    SYSTEM_MEMBERS,
    Document,
    Instance,
    geometry_of,
)
from madang.entities.geojson import is_geometry
from madang.entities.vocabulary import attribute_info
from madang.errors import DataError

_KIND_OF_MEMBER = {
    "value": "Property",
    "object": "Relationship",
    "languageMap": "LanguageProperty",
    "vocab": "VocabProperty",
    "valueList": "ListProperty",
    "objectList": "ListRelationship",
    "json": "JsonProperty",
}
DEFAULT_INSTANCE = "@none"  # the datasetId of the instance that has none (4.5.5.1)
_KEYWORDS = {"@id": "id", "@type": "type"}  # JSON-LD's own names for what the core context calls id and type (4.4)
_DROPPED = frozenset({"createdAt", "modifiedAt", "deletedAt"})  # the store's facts (4.8)
_DROPPED_INSIDE = SYSTEM_MEMBERS | {"entity", "entityList"}  # what answers put inside an attribute
_WRAPPED = {"LanguageProperty": "languageMap", "VocabProperty": "vocab", "JsonProperty": "json"}  # 4.5.4

# --- in --------------------------------------------------------------------------------------------------------------


def read_entity(given: dict[str, Any]) -> Document:
    """A document from an entity in any form: normalized, concise, simplified, or a GeoJSON Feature of one of these.

    An entity none of whose attributes looks like an attribute instance is taken for simplified. A language map, a JSON
    value or a word of a vocabulary alone ({"languageMap": …}) tells nothing: both forms write it so (4.5.2.3, 4.5.4),
    and beside it a plain id under `refCity` is a relationship.
    """
    if type(given) is not dict:
        raise DataError("entities.not-an-object", place="entity", found=type(given).__name__)
    if given.get("type") == "Feature" and isinstance(given.get("properties"), dict):
        given = _from_feature(given)
    rich = any(map(_is_rich, (found for name, found in given.items() if name not in ENTITY_MEMBERS)))
    return city_context().to_stored(normalize(given) if rich else from_simplified(given))


def _is_rich(found: Any) -> bool:
    if type(found) is list:
        return bool(found) and all(map(_is_instance, found))
    return _is_instance(found) and not (len(found) == 1 and next(iter(found)) in _WRAPPED.values())


def _from_feature(feature: dict[str, Any]) -> dict[str, Any]:
    made = {"id": feature.get("id"), **feature["properties"]}
    if feature.get("geometry") is not None and "location" not in made:
        made["location"] = {"type": "GeoProperty", "value": feature["geometry"]}
        if not any(map(_is_rich, feature["properties"].values())):
            made["location"] = feature["geometry"]
    return made


def normalize(given: dict[str, Any]) -> Document:
    """A document from normalized or concise form; names stay as they are. Fragments (patches) are welcome."""
    made: dict[str, Any] = {}
    for name, found in given.items():
        if name in ENTITY_MEMBERS:
            if name != "@context":
                made[name] = found
        elif name in _KEYWORDS:
            made[_KEYWORDS[name]] = found
        elif name not in _DROPPED:
            made[name] = _attribute(found)
    return made


def _attribute(found: Any) -> Any:
    if type(found) is dict:
        return _instance(found)
    if type(found) is list and found and all(map(_is_instance, found)):
        return [_instance(one) for one in found] if len(found) > 1 else _instance(found[0])
    if found == NULL or found is None:  # a patch's "remove this"; the check refuses it anywhere else
        return found
    return {"type": "Property", "value": found}


def _is_instance(found: Any) -> bool:
    """Whether a value is an attribute instance rather than a bare value (4.5.2.3: by its type, or its value member)."""
    if type(found) is not dict:
        return False
    if "type" in found or "@type" in found:
        return _is_kind(found.get("type", found.get("@type")))
    return not _KIND_OF_MEMBER.keys().isdisjoint(found)


def _is_kind(found: Any) -> bool:
    return type(found) is str and found in KINDS


def _instance(found: dict[str, Any]) -> Instance:
    if "@type" in found:
        found = {_KEYWORDS.get(key, key): value for key, value in found.items()}
    kind = found.get("type")
    if kind is None:
        kind = _inferred_kind(found)
        if kind is None:
            return {"type": "Property", "value": found}
        found = {"type": kind, **found}
    elif not _is_kind(kind) and is_geometry(found):
        return {"type": "GeoProperty", "value": found}
    if kind == "GeoProperty" or kind == "ListRelationship":
        found = spelt_out(found, kind)
    if len(found) == 2:
        return found
    made: dict[str, Any] = {}
    for key, value in found.items():
        if key in NOT_SUB_ATTRIBUTES:
            if key not in _DROPPED_INSIDE and not (key == "datasetId" and value == DEFAULT_INSTANCE):
                made[key] = value
        elif _is_kind(kind):
            made[key] = _attribute(value)
        else:
            made[key] = value
    return made


def spelt_out(found: dict[str, Any], kind: str) -> dict[str, Any]:
    """A geometry written as a text as the geometry (4.7.2), and bare ids of a list as objects (4.5.22.2)."""
    if kind == "ListRelationship":
        targets = found.get("objectList")
        if type(targets) is list and targets != [NULL]:
            return {**found, "objectList": [{"object": one} if type(one) is str else one for one in targets]}
    elif type(found.get("value")) is str and found["value"] != NULL:
        try:
            geometry = orjson.loads(found["value"])
        except orjson.JSONDecodeError:
            return found  # the check says what it is not
        if type(geometry) is dict:
            return {**found, "value": geometry}
    return found


def _inferred_kind(found: dict[str, Any]) -> str | None:
    for member, kind in _KIND_OF_MEMBER.items():
        if member in found:
            return "GeoProperty" if kind == "Property" and is_geometry(found["value"]) else kind
    return None


def from_simplified(given: dict[str, Any]) -> Document:
    """A document from simplified form, with the kinds of attributes taken from their values and the vocabulary."""
    made: dict[str, Any] = {}
    for name, value in given.items():
        if name in ENTITY_MEMBERS:
            if name != "@context":
                made[name] = value
        elif name in _KEYWORDS:
            made[_KEYWORDS[name]] = value
        elif name in _DROPPED:
            continue
        elif type(value) is dict and len(value) == 1 and type(value.get("dataset")) is dict and value["dataset"]:
            instances = [_from_value(name, one, dataset) for dataset, one in value["dataset"].items()]
            made[name] = instances if len(instances) > 1 else instances[0]
        else:
            made[name] = value if value == NULL or value is None else _from_value(name, value, "@none")
    return made


def _from_value(name: str, value: Any, dataset: str) -> Instance:
    made = _valued(name, value)
    if dataset != DEFAULT_INSTANCE:
        made["datasetId"] = dataset
    return made


def _valued(name: str, value: Any) -> Instance:
    if type(value) is dict:
        if is_geometry(value):
            return {"type": "GeoProperty", "value": value}
        if len(value) == 1:
            member = next(iter(value))
            if member in _WRAPPED.values():
                return {"type": _KIND_OF_MEMBER[member], member: value[member]}
        return {"type": "Property", "value": value}
    known = attribute_info(name)
    if known is not None:
        if known.kind == "Relationship" and _is_ids(value):
            return {"type": "Relationship", "object": value}
        if known.kind in ("ListProperty", "ListRelationship") and type(value) is list:
            return spelt_out({"type": known.kind, MEMBER_OF_KIND[known.kind]: value}, known.kind)
    return {"type": "Property", "value": value}


def _is_ids(value: Any) -> bool:
    items = value if type(value) is list else [value]
    return bool(items) and all(type(item) is str and ":" in item for item in items)


# --- out -------------------------------------------------------------------------------------------------------------


def to_concise(doc: Document) -> dict[str, Any]:
    """The concise form; `normalize` turns it back into the same document."""
    return {
        name: found if name in ENTITY_MEMBERS or type(found) is str else _concise_attribute(found)
        for name, found in doc.items()
    }


def _concise_attribute(found: Any) -> Any:
    if type(found) is list:
        return [_concise(instance, bare=False) for instance in found]
    return _concise(found)


def _concise(instance: Instance, *, bare: bool = True) -> Any:
    """One instance without what can be inferred; `bare` allows a value alone."""
    kind = instance["type"]
    value = instance[MEMBER_OF_KIND[kind]]
    geometry = is_geometry(value)
    if bare and len(instance) == 2 and value is not None and value != NULL:
        if kind == "GeoProperty" and geometry:
            return value
        if kind == "Property" and not geometry and _is_plain(value):
            return value
    clear = geometry if kind == "GeoProperty" else not (kind == "Property" and geometry)
    return {
        key: _concise_attribute(part) if key not in NOT_SUB_ATTRIBUTES else part
        for key, part in instance.items()
        if not (clear and key == "type")
    }


def _is_plain(value: Any) -> bool:
    """Whether a bare value would be read back as just that value."""
    if type(value) is dict:
        return "type" not in value and _KIND_OF_MEMBER.keys().isdisjoint(value)
    return type(value) is not list or not any(map(_is_instance, value))


def to_simplified(doc: Document) -> dict[str, Any]:
    """Values only (NGSI-LD 4.5.4); several instances become {"dataset": {datasetId or "@none": value}}."""
    made: dict[str, Any] = {}
    for name, found in doc.items():
        if type(found) is dict and "type" in found:
            made[name] = _simplified(found)
        elif type(found) is list and name not in ENTITY_MEMBERS:
            made[name] = {"dataset": {one.get("datasetId", "@none"): _simplified(one) for one in found}}
        else:
            made[name] = found
    return made


def _simplified(instance: Instance) -> Any:
    kind = instance["type"]
    if kind in _WRAPPED:
        member = _WRAPPED[kind]
        return {member: instance[member]}
    found = instance[MEMBER_OF_KIND[kind]]
    if kind == "ListRelationship" and type(found) is list:
        return [one["object"] if type(one) is dict and "object" in one else one for one in found]
    return found


def to_geojson(
    doc: Document, *, geometry_property: str = "location", simplified: bool = False, concise: bool = False
) -> dict[str, Any]:
    """A GeoJSON Feature; its geometry is the default instance of the geo-property, or null (4.5.16.1)."""
    properties = to_simplified(doc) if simplified else to_concise(doc) if concise else dict(doc)
    properties.pop("id", None)
    return {
        "id": doc["id"],
        "type": "Feature",
        "properties": properties,
        "geometry": geometry_of(doc, geometry_property),
    }
