"""What an entity's members are called: kinds of attributes, what carries their values, and names that stand for more.

Constants that the check, the patches and the forms of representation share.
"""

from __future__ import annotations

from typing import Any, Literal

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
PROOF = "ngsildproof"  # a Property that carries a proof, with two members of its own (NGSI-LD 4.5.2.2)
SEALED = frozenset({"entityIdSealed", "entityTypeSealed"})
GEO_NAMES = frozenset({"location", "observationSpace", "operationSpace"})  # always GeoProperties (NGSI-LD 4.7.1)
NOT_SUB_ATTRIBUTES = (
    META_MEMBERS | SYSTEM_MEMBERS | OUTPUT_ONLY | SEALED | {"@context"} | frozenset(MEMBER_OF_KIND.values())
)
