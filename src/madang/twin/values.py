"""One attribute of all features of a layer, for a legend: values side by side, with unit, status, source, addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, provenance_of, value_of
from madang.entities.query import Query
from madang.errors import NotFoundError
from madang.indicators.address import Address
from madang.indicators.provenance import combine_status
from madang.store import Store, View
from madang.twin.catalogue import Text, layer_kind
from madang.twin.credits import credit_of
from madang.twin.memory import held
from madang.twin.rows import names_of

MOST_ADDRESSED = 1000


@dataclass(frozen=True)
class LayerValues:
    """One attribute of a layer's features, side by side; None is unknown. Large layers carry no addresses."""

    ids: Sequence[str]
    values: Sequence[float | int | str | None]
    names: Sequence[str | None]
    addresses: Sequence[str | None] | None
    unit: str | None
    period: str | None
    status: str | None
    source: Text | None

    def as_json(self) -> dict[str, Any]:
        """The values as plain JSON."""
        return {
            "ids": list(self.ids),
            "values": list(self.values),
            "names": list(self.names),
            "addresses": None if self.addresses is None else list(self.addresses),
            "unit": self.unit,
            "period": self.period,
            "status": self.status,
            "source": _plain(self.source),
        }


def layer_values(store: Store, branch: str, layer: str, attribute: str) -> LayerValues:
    """One attribute of all features of a layer, in the order of their ids."""
    kind = layer_kind(layer)
    view = store.view(branch)
    documents = sorted(
        view.documents(Query(types=tuple((name,) for name in kind.types))), key=lambda document: str(document["id"])
    )
    told = [document for document in documents if attribute in document]
    if not told:
        known = ", ".join(summary.name for summary in held(store, branch, kind).data.attributes)
        raise NotFoundError("twin.attribute-unknown", layer=layer, attribute=attribute, known=known)
    provenances = [provenance_of(document, attribute) for document in told]
    sources = sorted({provenance.source for provenance in provenances if provenance.source})
    instances = [_first_instance(document, attribute) for document in told]
    period = _agreed([value_of(instance, "period") for instance in instances])
    unit = _agreed([instance.get("unitCode") for instance in instances])
    addressed = len(documents) <= MOST_ADDRESSED
    return LayerValues(
        ids=[document["id"] for document in documents],
        values=[_plain_value(value_of(document, attribute)) for document in documents],
        names=[names_of(document)[0] for document in documents],
        addresses=[_address(store, view, document, attribute) for document in documents] if addressed else None,
        unit=unit,
        period=None if period is None else str(period),
        status=combine_status({provenance.status for provenance in provenances}),
        source=credit_of(view, sources).title,
    )


def _address(store: Store, view: View, document: Document, attribute: str) -> str | None:
    version = view.version(document["id"])
    if version is None or attribute not in document:
        return None
    period = value_of(_first_instance(document, attribute), "period")
    valid = None if period is None else str(period)
    return str(
        Address(
            city=str(store.city.uuid),
            origin=f"tx:{version.tx}",
            entity=document["id"],
            attribute=attribute,
            valid=valid,
        )
    )


def _first_instance(document: Document, attribute: str) -> dict[str, Any]:
    found = document[attribute]
    return dict(found[0] if isinstance(found, list) else found)


def _agreed(values: Sequence[Any]) -> Any:
    found = {str(value): value for value in values}
    return values[0] if len(found) == 1 else None


def _plain_value(value: Any) -> float | int | str | None:
    return value if isinstance(value, int | float | str) and not isinstance(value, bool) else None


def _plain(text: Text | None) -> dict[str, str] | None:
    return None if text is None else dict(text)
