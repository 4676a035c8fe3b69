"""What an opinion is pinned to: a place, a paragraph, a number, or the whole proposal.

    place       a geometry, with or without the entity that stands there
    paragraph   an entity of the branch that has words, or one attribute of it
    number      a figure: by its address, or by entity and attribute
    whole       the proposal as it is

What is named must be there on the branch (or on main, where the branch takes it away); else the pin is refused. A pin
keeps the hash of what it was set on, so that a later change shows: the opinion speaks of words that have changed since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from madang.entities.entity import Document, instance_of, value_of
from madang.entities.geojson import check_geometry
from madang.errors import CallerError, NotFoundError
from madang.indicators.address import Address
from madang.store import Store, View

Kind = Literal["place", "paragraph", "number", "whole"]
KINDS = ("place", "paragraph", "number", "whole")
WHOLE: Mapping[str, Any] = {"kind": "whole"}
_WORDS = ("text", "title", "name", "description")
_KNOWN = {"kind", "entity", "attribute", "address", "geometry"}

Standing = Literal["same", "changed", "removed"]


@dataclass(frozen=True)
class Pin:
    """An anchor that was checked: what is kept of it, and its geometry where it has one."""

    kept: Mapping[str, Any]
    geometry: Mapping[str, Any] | None


def pinned(store: Store, branch: str, anchor: Mapping[str, Any] | None) -> Pin:
    """An anchor checked against the branch, with the hash of what it was set on."""
    given = dict(anchor or WHOLE)
    kind = given.get("kind")
    if kind not in KINDS:
        raise CallerError("procedure.anchor-kind", found=kind, known=", ".join(KINDS))
    if unknown := set(given) - _KNOWN:
        raise CallerError("procedure.anchor-field", found=", ".join(sorted(unknown)), known=", ".join(sorted(_KNOWN)))
    if kind == "whole":
        return Pin({"kind": "whole"}, None)
    if kind == "place":
        return _place(store, branch, given)
    if kind == "number" and "address" in given:
        given |= _behind(store, str(given["address"]))
        if given.pop("run", None) is not None:
            return Pin({**given, "hash": None}, None)
    return _entity(store, branch, given)


def since(view: View, anchor: Mapping[str, Any]) -> Standing:
    """Whether what an anchor was set on is still the same in a view of its branch, has changed, or is gone."""
    if anchor.get("hash") is None or "entity" not in anchor:
        return "same"
    document = view.document(anchor["entity"])
    if document is None:
        return "removed"
    if (attribute := anchor.get("attribute")) is not None and instance_of(document, attribute) is None:
        return "removed"
    return "same" if _hash(document, anchor.get("attribute")) == anchor["hash"] else "changed"


def _place(store: Store, branch: str, given: dict[str, Any]) -> Pin:
    geometry = given.pop("geometry", None)
    if geometry is None and "entity" not in given:
        raise CallerError("procedure.anchor-without-place")
    if geometry is not None:
        check_geometry(geometry, place="geometry")
    if "entity" not in given:
        return Pin({"kind": "place"}, geometry)
    document = _found(store, branch, given["entity"])
    return Pin({"kind": "place", "entity": document["id"], "hash": _hash(document, "location")}, geometry)


def _behind(store: Store, address: str) -> dict[str, Any]:
    """The entity and attribute behind the address of a stored number; of a run's number, that the run is here."""
    found = Address.parse(address)
    if found.city != store.city.uuid:
        raise NotFoundError("procedure.anchor-of-another-city", address=address)
    if found.run is None:
        return {"address": address, "entity": found.entity, "attribute": found.attribute}
    run = store.view().document(found.run)
    if run is None or not _has_result(run, found.attribute):
        raise NotFoundError("procedure.anchor-unknown", what=address)
    return {"address": address, "run": found.run, "attribute": found.attribute}


def _has_result(run: Document, indicator: str) -> bool:
    return f'"{indicator}"' in orjson.dumps(value_of(run, "results")).decode()


def _entity(store: Store, branch: str, given: dict[str, Any]) -> Pin:
    if "entity" not in given:
        raise CallerError("procedure.anchor-without-entity", kind=given["kind"])
    document = _found(store, branch, given["entity"])
    attribute = given.get("attribute")
    if given["kind"] == "number" and attribute is None:
        raise CallerError("procedure.anchor-without-number", entity=document["id"])
    if attribute is not None and instance_of(document, attribute) is None:
        raise NotFoundError("procedure.anchor-unknown", what=f"{document['id']}#{attribute}")
    if given["kind"] == "number" and not _is_number(value_of(document, str(attribute))):
        raise CallerError("procedure.anchor-no-number", what=f"{document['id']}#{attribute}")
    if given["kind"] == "paragraph" and attribute is None and not any(name in document for name in _WORDS):
        raise CallerError("procedure.anchor-without-words", entity=document["id"])
    kept: dict[str, Any] = {n: given[n] for n in ("kind", "entity", "attribute", "address") if n in given}
    return Pin({**kept, "entity": document["id"], "hash": _hash(document, attribute)}, None)


def _found(store: Store, branch: str, id: Any) -> Document:
    views: list[View] = [store.view(branch), store.view()]
    document = next((doc for view in views if (doc := view.document(str(id))) is not None), None)
    if document is None:
        raise NotFoundError("procedure.anchor-unknown", what=id)
    return document


def _hash(document: Document, attribute: str | None) -> str:
    said: Any = instance_of(document, attribute) if attribute else {n: document[n] for n in _WORDS if n in document}
    return hashlib.sha256(orjson.dumps(said or document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
