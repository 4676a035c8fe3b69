"""A stored value as a figure: value, unit, the period it stands for, its status, its source, and its address."""

from __future__ import annotations

from typing import Any

from madang.entities.entity import Document, instance_of, provenance_of, value_of
from madang.indicators.address import Address
from madang.store import Store

Figure = dict[str, Any]


def figure(
    store: Store, document: Document, attribute: str, *, dataset_id: str | None = None, branch: str = "main"
) -> Figure | None:
    """One attribute of an entity as a figure; None when the entity does not have it."""
    instance = instance_of(document, attribute, dataset_id)
    if instance is None:
        return None
    provenance = provenance_of(document, attribute)
    period = value_of(instance, "period") if "period" in instance else None
    return {
        "value": value_of(document, attribute, dataset_id),
        "unit": instance.get("unitCode"),
        "period": period,
        "status": provenance.status,
        "source": provenance.source,
        "address": address_of(store, document["id"], attribute, dataset_id=dataset_id, valid=period, branch=branch),
    }


def address_of(
    store: Store,
    entity_id: str,
    attribute: str,
    *,
    dataset_id: str | None = None,
    valid: Any = None,
    branch: str = "main",
) -> str | None:
    """Where a stored value stands: the transaction that wrote the entity as it is now on the branch."""
    version = store.view(branch).version(entity_id)
    if version is None:
        return None
    moment = str(valid) if valid is not None else None
    return str(Address(str(store.city.uuid), f"tx:{version.tx}", entity_id, attribute, dataset_id, moment))
