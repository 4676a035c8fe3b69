"""A branch beside another: the diff by entity and attribute, the indicators, and what sliders would do to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.city import City
from madang.store import EntityChange
from madang.web.api.figures import label_of_attribute, label_of_type, name_of


def compare(city: City, against: str, *, actor: str) -> Any:
    """The comparison with its runs, computed where they are not there yet."""
    return city.compare(against, by=actor).as_json()


def what_if(city: City, levers: Mapping[str, float]) -> Any:
    """The comparison as it would be with these levers; nothing is recorded."""
    return city.what_if(levers).as_json()


def levers(city: City) -> list[Any]:
    """What can be turned on this branch."""
    return list(city.levers())


def diff(city: City, against: str) -> list[dict[str, Any]]:
    """변경 대비표: every changed entity and attribute, before and after, with their names in both languages."""
    return [_changed(city, change, against) for change in city.diff(against)]


def _changed(city: City, change: EntityChange, against: str) -> dict[str, Any]:
    side = against if change.kind == "removed" else city.branch_name
    document = city.store.view(side).document(change.id)
    return {
        "id": change.id,
        "type": change.type,
        "label": label_of_type(change.type),
        "name": name_of(document) if document is not None else None,
        "kind": change.kind,
        "attributes": [
            {
                "attribute": one.attribute,
                "label": label_of_attribute(change.type, one.attribute),
                "dataset_id": one.dataset_id,
                "before": _said(one.before),
                "after": _said(one.after),
                "unit": _unit(one.after) or _unit(one.before),
            }
            for one in change.attributes
        ],
    }


def _said(instance: Any) -> Any:
    """What an attribute instance says; members that are no attributes say themselves."""
    if not isinstance(instance, dict):
        return instance
    for member in ("value", "object", "languageMap", "vocab", "valueList", "objectList", "json"):
        if member in instance:
            return instance[member]
    return instance


def _unit(instance: Any) -> Any:
    return instance.get("unitCode") if isinstance(instance, dict) else None
