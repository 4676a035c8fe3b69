"""A slider's value kept in its branch: one attribute of one entity, in one transaction, with a reason.

Whoever keeps a value has chosen it. An attribute that was an assumption already stays what it was, with the new value
and the new reason as its basis. A published figure can't lend its source to a value that nobody published: the source
goes, and the attribute becomes an assumption and synthetic. What was published stays in the history.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.city import City
from madang.entities.entity import Document, Instance, instance_of, language_property, property_, value_of
from madang.errors import CallerError
from madang.lab.compare import Lever
from madang.web.api.fields import number_field, text_field
from madang.web.api.reading import transaction_row


def keep(city: City, body: Mapping[str, Any], *, actor: str, language: str) -> dict[str, Any]:
    """The transaction that wrote a lever's value into the branch."""
    lever = _lever(city, text_field(body, "lever"))
    value, reason = number_field(body, "value", low=lever.min, high=lever.max), text_field(body, "reason").strip()

    def change(tx: Any) -> None:
        document = tx.document(lever.entity)
        was = instance_of(document, lever.attribute)
        assert was is not None  # a lever is an attribute that stands there
        tx.put(_with(document, lever.attribute, chosen(was, value, reason=reason, language=language)))

    return transaction_row(city.write(change, reason=reason, by=actor))


def chosen(was: Instance, value: float, *, reason: str, language: str) -> Instance:
    """An attribute with a value that somebody chose, and why; what was low, central and high becomes that number."""
    made = {**was, "json" if "json" in was else "value": value, "basis": language_property({language: reason})}
    if value_of(was, "assumption"):
        return made
    without_source = {name: member for name, member in made.items() if name != "source"}
    return without_source | {"assumption": property_(True), "status": property_("synthetic")}


def _with(document: Document, attribute: str, instance: Instance) -> Document:
    """The entity with the default instance of one attribute replaced."""
    found = document[attribute]
    if not isinstance(found, list):
        return {**document, attribute: instance}
    return {**document, attribute: [instance if one.get("datasetId") is None else one for one in found]}


def _lever(city: City, name: str) -> Lever:
    known = {lever.id: lever for lever in city.levers()}
    if name not in known:
        raise CallerError("models.lever-unknown", name=name, known=", ".join(known) or "-")
    return known[name]
