"""From stored bytes to an answer's body: the form, the members and the names that were asked for.

The default (normalized, all members, the city's own @context) is the stored bytes themselves, joined by commas:
nothing is parsed. Anything else is parsed once, reduced, put into form, renamed and written; where an entity's bytes
alone tell its answer, what was written is kept beside them for the next one who asks in that form.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson

from madang.entities.entity import ENTITY_MEMBERS, Document
from madang.entities.languages import in_language
from madang.entities.projection import Projection
from madang.entities.representation import to_concise, to_geojson, to_simplified
from madang.entities.transient import MARK
from madang.web.ngsi.forms import Form as Form
from madang.web.ngsi.forms import parse_form as parse_form
from madang.web.ngsi.joining import Joiner, flat, inline
from madang.web.ngsi.negotiation import GEO_JSON, JSON_LD, Wanted

SystemTimes = Callable[[Document], Document]
Linked = Callable[[str], bytes | None]
MEMBERS_KEPT = ENTITY_MEMBERS | {"createdAt", "modifiedAt", "deletedAt"}

KEPT_FORMS = 32
KEPT_BYTES = 16 * 1024 * 1024  # of one form; then it begins anew
ENTRY_BYTES = 200  # what an entry costs beside its texts
LOOK_EVERY_BYTES = 1024 * 1024
ALL_BYTES = 4 * KEPT_BYTES  # of all forms; then the oldest give way


class _Kept:
    """What was written of entities in one form, by their stored bytes."""

    def __init__(self) -> None:
        self.written: dict[bytes, bytes] = {}
        self.size = self.looked_at = 0

    def keep(self, stored: bytes, body: bytes) -> None:
        if self.size > KEPT_BYTES:
            self.written, self.size, self.looked_at = {}, 0, 0
        if stored not in self.written:
            self.written[stored] = body
            self.size += len(stored) + len(body) + ENTRY_BYTES
            if self.size > self.looked_at + LOOK_EVERY_BYTES:
                self.looked_at = self.size
                _make_room()


_forms: OrderedDict[tuple[str, str, bool | str, int, Any], tuple[Any, _Kept]] = OrderedDict()


def _kept_of(wanted: Wanted, form: Form) -> _Kept:
    name = None
    if wanted.media_type == JSON_LD:
        name = wanted.context_name if isinstance(wanted.context_name, str) else orjson.dumps(wanted.context_name)
    key = (form.key(), wanted.media_type, wanted.own and (wanted.unnamed or "own"), id(wanted.context), name)
    found = _forms.get(key)
    if found is None:
        found = _forms[key] = (wanted.context, _Kept())  # holding the context keeps its id its own
        if len(_forms) > KEPT_FORMS:
            _forms.popitem(last=False)
    return found[1]


def _make_room() -> None:
    while len(_forms) > 1 and sum(kept.size for _, kept in list(_forms.values())) > ALL_BYTES:
        _forms.popitem(last=False)


def entity_body(
    stored: bytes, wanted: Wanted, form: Form, system_times: SystemTimes, linked: Linked = lambda id: None
) -> bytes:
    """One entity as the body of an answer; with its linked entities beside it, a list."""
    if wanted.media_type == GEO_JSON:
        features = _features([stored], wanted, form, system_times, linked)
        if len(features) == 1:
            if wanted.body_context:
                features[0]["@context"] = wanted.context_beside(features[0])
            return orjson.dumps(features[0])
        return orjson.dumps(_collection(features, wanted))
    if form.is_plain():
        return _written([stored], wanted, form)[0]
    found = _entities([stored], wanted, form, system_times, linked)
    return orjson.dumps(found[0] if len(found) == 1 else found)


def list_body(
    found: Sequence[bytes], wanted: Wanted, form: Form, system_times: SystemTimes, linked: Linked = lambda id: None
) -> bytes:
    """A list of entities as the body of an answer."""
    if wanted.media_type == GEO_JSON:
        return orjson.dumps(_collection(_features(found, wanted, form, system_times, linked), wanted))
    if form.is_plain():
        return b"[" + b",".join(_written(found, wanted, form)) + b"]"
    return orjson.dumps(_entities(found, wanted, form, system_times, linked))


def shown_entity(document: Document, wanted: Wanted, form: Form) -> dict[str, Any]:
    """A document, its times in it if they are wanted, as a member of a body that is made elsewhere."""
    return Joiner(wanted, form, _shown, lambda id: None).shown(document, None, None)


def _collection(features: list[dict[str, Any]], wanted: Wanted) -> dict[str, Any]:
    body: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if wanted.body_context:
        body["@context"] = wanted.context_beside(features)
    return body


def _written(found: Sequence[bytes], wanted: Wanted, form: Form) -> list[bytes]:
    """Each entity as bytes, where its own bytes tell all."""
    if wanted.own and form.is_stored_form() and wanted.media_type != JSON_LD:
        return [stored if MARK not in stored else _write(stored, wanted, form) for stored in found]
    kept = _kept_of(wanted, form)
    written = kept.written
    bodies = []
    for stored in found:
        body = written.get(stored)
        if body is None:
            body = _write(stored, wanted, form)
            kept.keep(stored, body)
        bodies.append(body)
    return bodies


def _write(stored: bytes, wanted: Wanted, form: Form) -> bytes:
    if wanted.own and not wanted.unnamed and form.is_stored_form() and MARK not in stored:
        return b'{"@context":' + orjson.dumps(wanted.context_name) + b"," + stored[1:]
    document = _reduced(_parsed(stored, form), form, form.pick, form.omit)
    if not wanted.own:
        document = wanted.context.from_stored(document)
    shown = _formatted(document, form)
    if wanted.media_type == JSON_LD:
        shown = {"@context": wanted.context_beside(shown), **shown}
    return orjson.dumps(shown)


def _entities(
    found: Sequence[bytes], wanted: Wanted, form: Form, system_times: SystemTimes, linked: Linked
) -> list[dict[str, Any]]:
    made = _joined(found, wanted, form, system_times, linked)
    if wanted.media_type == JSON_LD:
        return [{"@context": wanted.context_beside(one), **one} for one in made]
    return made


def _joined(
    found: Sequence[bytes], wanted: Wanted, form: Form, system_times: SystemTimes, linked: Linked
) -> list[dict[str, Any]]:
    def document_of(id: str) -> Document | None:
        stored = linked(id)
        return None if stored is None else _timed(stored, form, system_times)

    joiner = Joiner(wanted, form, _shown, document_of)
    documents = [_timed(stored, form, system_times) for stored in found]
    return flat(joiner, documents) if form.join == "flat" else inline(joiner, documents)


def _features(
    found: Sequence[bytes], wanted: Wanted, form: Form, system_times: SystemTimes, linked: Linked
) -> list[dict[str, Any]]:
    """Features; a Feature has its id beside its properties, whatever members were asked for."""
    documents = [_timed(stored, form, system_times) for stored in found]
    if form.join != "@none":
        joined = _joined(found, wanted, form, system_times, linked)
        return [_feature_of(one, documents, wanted, form) for one in joined]
    features = []
    for document in documents:
        reduced = {"id": document["id"], **_reduced(document, form, form.pick, form.omit)}
        geometry_property = form.geometry_property
        if not wanted.own:
            reduced = wanted.context.from_stored(reduced)
            geometry_property = wanted.context.given_name(geometry_property)
        features.append(
            to_geojson(
                reduced,
                geometry_property=geometry_property,
                simplified=form.format == "simplified",
                concise=form.format == "concise",
            )
        )
    return features


def _feature_of(shown: dict[str, Any], documents: Iterable[Document], wanted: Wanted, form: Form) -> dict[str, Any]:
    """A Feature around what was joined; its geometry is that of the entity as it is stored."""
    own = next((one for one in documents if one["id"] == shown.get("id")), None)
    geometry = None
    if own is not None:
        geometry = to_geojson(own, geometry_property=form.geometry_property)["geometry"]
    properties = {name: part for name, part in shown.items() if name != "id"}
    return {"id": shown.get("id"), "type": "Feature", "properties": properties, "geometry": geometry}


def _shown(
    document: Document, wanted: Wanted, form: Form, pick: Projection | None, omit: Projection | None
) -> tuple[Document, dict[str, Any]]:
    """What is left of a document, with stored names, and how it is shown."""
    reduced = _reduced(document, form, pick, omit)
    return reduced, _formatted(reduced if wanted.own else wanted.context.from_stored(reduced), form)


def _timed(stored: bytes, form: Form, system_times: SystemTimes) -> Document:
    return system_times(orjson.loads(stored)) if form.system_times else _parsed(stored, form)


def _parsed(stored: bytes, form: Form) -> Document:
    document: Document = orjson.loads(stored)
    if MARK in stored and not form.system_times:
        document = without_expiry(document)
    return document


def without_expiry(part: Any) -> Any:
    """An entity without the times at which it and its parts end, which are only shown with sysAttrs (6.3.11)."""
    if type(part) is dict:
        values = ("value", "json", "languageMap", "valueList")
        return {
            name: inner if name in values else without_expiry(inner)
            for name, inner in part.items()
            if name != "expiresAt"
        }
    return [without_expiry(one) for one in part] if type(part) is list else part


def _formatted(document: Document, form: Form) -> dict[str, Any]:
    if form.format == "concise":
        return to_concise(document)
    if form.format == "simplified":
        return to_simplified(document)
    return document


def _reduced(document: Document, form: Form, pick: Projection | None, omit: Projection | None) -> Document:
    """The members asked for, in the language and of the datasets asked for."""
    if form.attrs is not None:
        kept = MEMBERS_KEPT | form.attrs
        document = {name: part for name, part in document.items() if name in kept}
    if pick is not None:
        document = {name: part for name, part in document.items() if name in pick}
    if omit:
        document = {name: part for name, part in document.items() if name not in omit or omit[name] is not None}
    if form.datasets is not None:
        document = _of_datasets(document, form.datasets)
    if form.lang is not None:
        document = {
            name: part if name in ENTITY_MEMBERS else in_language(part, form.lang) for name, part in document.items()
        }
    return document


def _of_datasets(document: Document, datasets: frozenset[str]) -> Document:
    made: Document = {}
    for name, part in document.items():
        if name in ENTITY_MEMBERS or not isinstance(part, (dict, list)):
            made[name] = part
            continue
        instances = part if isinstance(part, list) else [part]
        kept = [one for one in instances if one.get("datasetId", "@none") in datasets]
        if kept:
            made[name] = kept if len(kept) > 1 else kept[0]
    return made
