"""From stored bytes to an answer's body: the form, the members and the names that were asked for.

The default (normalized, all members, the city's own @context) is the stored bytes themselves, joined by commas:
nothing is parsed. Anything else is parsed once, reduced, put into form, renamed and written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from madang.entities.entity import ENTITY_MEMBERS, Document, Instance
from madang.entities.representation import to_concise, to_geojson, to_simplified
from madang.errors import CallerError
from madang.web.ngsi.negotiation import GEO_JSON, JSON_LD, Wanted

FORMATS = {"normalized": "normalized", "concise": "concise", "simplified": "simplified", "keyValues": "simplified"}

SystemTimes = Callable[[Document], Document]


@dataclass(frozen=True, slots=True)
class Form:
    """The representation asked for, and which members of an entity go into it; names are stored names."""

    format: str = "normalized"
    system_times: bool = False
    attrs: frozenset[str] | None = None  # `attrs`: these attributes, and always id, type, scope, @context
    pick: frozenset[str] | None = None  # `pick`: these members and nothing else
    omit: frozenset[str] = frozenset()
    datasets: frozenset[str] | None = None  # datasetIds to keep; "@none" is the default instance
    lang: str | None = None
    geometry_property: str = "location"

    def is_stored_form(self) -> bool:
        """Whether the stored bytes are the answer as they are."""
        return self == STORED_FORM


STORED_FORM = Form()


def parse_form(parameters: dict[str, str], options: frozenset[str], *, name: Callable[[str], str]) -> Form:
    """The form that the parameters of a reading operation ask for (6.3.7, 6.3.11, 4.21, 4.15)."""
    given = parameters.get("format")
    if given is not None and given not in FORMATS:
        raise CallerError("web.format-unknown", format=given, known=", ".join(FORMATS))
    asked = [FORMATS[word] for word in FORMATS if word in options]
    format = FORMATS[given] if given is not None else (asked[0] if asked else "normalized")
    if "attrs" in parameters and ("pick" in parameters or "omit" in parameters):
        raise CallerError("web.projection-mixed")
    return Form(
        format=format,
        system_times="sysAttrs" in options,
        attrs=_members(parameters.get("attrs"), "attrs", name),
        pick=_members(parameters.get("pick"), "pick", name),
        omit=_members(parameters.get("omit"), "omit", name) or frozenset(),
        datasets=frozenset(parameters["datasetId"].split(",")) if "datasetId" in parameters else None,
        lang=parameters.get("lang"),
        geometry_property=name(parameters["geometryProperty"]) if "geometryProperty" in parameters else "location",
    )


def _members(text: str | None, parameter: str, name: Callable[[str], str]) -> frozenset[str] | None:
    if text is None:
        return None
    terms = text.replace("|", ",").split(",")
    if not all(terms) or any(mark in text for mark in "{}"):
        raise CallerError("web.parameter-value", parameter=parameter, value=text, expected="names with commas between")
    return frozenset(name(term) for term in terms)


def entity_body(stored: bytes, wanted: Wanted, form: Form, system_times: SystemTimes) -> bytes:
    """One entity as the body of an answer."""
    if wanted.media_type == GEO_JSON:
        return orjson.dumps(_feature(stored, wanted, form, system_times, alone=True))
    if wanted.own and form.is_stored_form():
        return _with_context(stored, wanted) if wanted.media_type == JSON_LD else stored
    return orjson.dumps(_entity(stored, wanted, form, system_times))


def list_body(found: Sequence[bytes], wanted: Wanted, form: Form, system_times: SystemTimes) -> bytes:
    """A list of entities as the body of an answer."""
    if wanted.media_type == GEO_JSON:
        features = [_feature(stored, wanted, form, system_times, alone=False) for stored in found]
        body: dict[str, Any] = {"type": "FeatureCollection", "features": features}
        if wanted.body_context:
            body["@context"] = wanted.context_name
        return orjson.dumps(body)
    if wanted.own and form.is_stored_form():
        if wanted.media_type == JSON_LD:
            found = [_with_context(stored, wanted) for stored in found]
        return b"[" + b",".join(found) + b"]"
    return orjson.dumps([_entity(stored, wanted, form, system_times) for stored in found])


def _with_context(stored: bytes, wanted: Wanted) -> bytes:
    return b'{"@context":' + orjson.dumps(wanted.context_name) + b"," + stored[1:]


def _entity(stored: bytes, wanted: Wanted, form: Form, system_times: SystemTimes) -> dict[str, Any]:
    document = _reduced(_parsed(stored, form, system_times), form)
    if not wanted.own:
        document = wanted.context.from_stored(document)
    shown = _shown(document, form)
    if wanted.media_type == JSON_LD:
        shown = {"@context": wanted.context_name, **shown}
    return shown


def _feature(stored: bytes, wanted: Wanted, form: Form, system_times: SystemTimes, *, alone: bool) -> dict[str, Any]:
    document = _parsed(stored, form, system_times)
    document = {"id": document["id"], **_reduced(document, form)}  # a Feature has its id beside its properties
    geometry_property = form.geometry_property
    if not wanted.own:
        document = wanted.context.from_stored(document)
        geometry_property = wanted.context.given_name(geometry_property)
    feature = to_geojson(document, geometry_property=geometry_property, simplified=form.format == "simplified")
    if alone and wanted.body_context:
        feature["@context"] = wanted.context_name
    return feature


def _parsed(stored: bytes, form: Form, system_times: SystemTimes) -> Document:
    document: Document = orjson.loads(stored)
    return system_times(document) if form.system_times else document


def _shown(document: Document, form: Form) -> dict[str, Any]:
    if form.format == "concise":
        return to_concise(document)
    if form.format == "simplified":
        return to_simplified(document)
    return document


def _reduced(document: Document, form: Form) -> Document:
    """The members asked for, in the language and of the datasets asked for."""
    if form.attrs is not None:
        kept: Iterable[str] = (*ENTITY_MEMBERS, "createdAt", "modifiedAt", *form.attrs)
        document = {name: part for name, part in document.items() if name in set(kept)}
    if form.pick is not None:
        document = {name: part for name, part in document.items() if name in form.pick}
    if form.omit:
        document = {name: part for name, part in document.items() if name not in form.omit}
    if form.datasets is not None:
        document = _of_datasets(document, form.datasets)
    if form.lang is not None:
        document = {name: _in_language(part, form.lang) for name, part in document.items()}
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


def _in_language(part: Any, lang: str) -> Any:
    """A LanguageProperty as a Property in the best language there is (4.5.18); everything else as it is."""
    if isinstance(part, list):
        return [_in_language(one, lang) for one in part]
    if not isinstance(part, dict) or part.get("type") != "LanguageProperty":
        return part
    chosen = _best_language(part["languageMap"], lang)
    told: Instance = {key: value for key, value in part.items() if key != "languageMap"}
    return {**told, "type": "Property", "value": part["languageMap"][chosen], "lang": chosen}


def _best_language(texts: dict[str, Any], lang: str) -> str:
    for wish in (part.partition(";")[0].strip() for part in lang.split(",")):
        if wish in texts:
            return wish
        near = next((tag for tag in texts if tag.partition("-")[0] == wish.partition("-")[0]), None)
        if near is not None:
            return near
    return next((tag for tag in ("@none", "en", "ko") if tag in texts), next(iter(texts)))
