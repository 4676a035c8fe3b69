"""The names of operations that a registration may offer, and of groups of them (clause 4.20)."""

from __future__ import annotations

PROVISION = frozenset(
    [
        "createEntity",
        "updateEntity",
        "appendAttrs",
        "updateAttrs",
        "deleteAttrs",
        "deleteEntity",
        "createBatch",
        "upsertBatch",
        "updateBatch",
        "deleteBatch",
        "upsertTemporal",
        "appendAttrsTemporal",
        "deleteAttrsTemporal",
        "updateAttrInstanceTemporal",
        "deleteAttrInstanceTemporal",
        "deleteTemporal",
        "mergeEntity",
        "replaceEntity",
        "replaceAttrs",
        "mergeBatch",
        "purgeEntity",
    ]
)
_DISCOVERY = frozenset(
    [
        "retrieveEntityTypes",
        "retrieveEntityTypeDetails",
        "retrieveEntityTypeInfo",
        "retrieveAttrTypes",
        "retrieveAttrTypeDetails",
        "retrieveAttrTypeInfo",
    ]
)
CONSUMPTION = _DISCOVERY | {"retrieveEntity", "queryEntity", "queryBatch", "retrieveTemporal", "queryTemporal"}
_SUBSCRIPTION = frozenset(
    ["createSubscription", "updateSubscription", "retrieveSubscription", "querySubscription", "deleteSubscription"]
)
_MAPS = frozenset(["retrieveEntityMap", "updateEntityMap", "deleteEntityMap", "createEntityMapQueryEntity"])
_IDENTITY = frozenset(("retrieveContextSourceIdentity",))
OPERATIONS = PROVISION | CONSUMPTION | _SUBSCRIPTION | _MAPS | _IDENTITY | {"createEntityMapQueryTemporal"}

_READING = frozenset(("retrieveEntity", "queryEntity"))
_ASSOCIATION = _DISCOVERY | _READING | {"queryBatch"} | _SUBSCRIPTION | _IDENTITY
GROUPS: dict[str, frozenset[str]] = {
    "federationOps": _ASSOCIATION | _MAPS,
    "associationOps": _ASSOCIATION,
    "updateOps": frozenset(("updateEntity", "updateAttrs", "replaceEntity", "replaceAttrs")),
    "retrieveOps": _READING,
    "redirectionOps": _DISCOVERY
    | _READING
    | _MAPS
    | _IDENTITY
    | frozenset(
        [
            "createEntity",
            "updateEntity",
            "appendAttrs",
            "updateAttrs",
            "deleteAttrs",
            "deleteEntity",
            "mergeEntity",
            "replaceEntity",
            "replaceAttrs",
            "purgeEntity",
        ]
    ),
}
DEFAULT_OPERATIONS = GROUPS["federationOps"]
AUXILIARY_OPERATIONS = frozenset(("retrieveOps", "retrieveEntity", "queryEntity"))
