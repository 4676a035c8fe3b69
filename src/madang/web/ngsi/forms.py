"""The form that a reading operation asks for: representation, members, languages, datasets, linked entities.

Clauses 4.5.23, 4.15, 4.21, 6.3.7, 6.3.11, 6.3.20. Names in a `Form` are stored names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from madang.entities import projection
from madang.entities.languages import parse_languages
from madang.entities.projection import Projection, parse_projection
from madang.errors import CallerError, DataError

FORMATS = {"normalized": "normalized", "concise": "concise", "simplified": "simplified", "keyValues": "simplified"}
JOINS = ("inline", "flat", "@none")
MOST_LEVELS = 10

Languages = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Form:
    """The representation asked for, and which members of an entity go into it; names are stored names."""

    format: str = "normalized"
    system_times: bool = False
    attrs: frozenset[str] | None = None  # `attrs`: these attributes, and always id, type, scope, @context
    pick: Projection | None = None  # `pick`: these members and nothing else
    omit: Projection | None = None
    datasets: frozenset[str] | None = None  # datasetIds to keep; "@none" is the default instance
    lang: Languages | None = None
    geometry_property: str = "location"
    join: str = "@none"
    join_level: int = 1
    contained_by: frozenset[str] = frozenset()

    def is_stored_form(self) -> bool:
        """Whether the stored bytes are the answer as they are."""
        return self == STORED_FORM

    def is_plain(self) -> bool:
        """Whether an entity's bytes alone tell its answer."""
        return not self.system_times and self.join == "@none"

    def key(self) -> str:
        """What tells this form from others."""
        return "" if self is STORED_FORM or self == STORED_FORM else repr(self)


STORED_FORM = Form()
FORM_PARAMETERS = frozenset(
    {"options", "format", "attrs", "pick", "omit", "datasetId", "lang", "geometryProperty", "join", "joinLevel",
     "containedBy"}
)  # fmt: skip
_FORMING = FORM_PARAMETERS - {"attrs"}


def parse_form(parameters: Mapping[str, str], options: frozenset[str], *, name: Callable[[str], str]) -> Form:
    """The form that the parameters of a reading operation ask for."""
    if not options and FORM_PARAMETERS.isdisjoint(parameters):
        return STORED_FORM
    given = parameters.get("format")
    if given is not None and given not in FORMATS:
        raise CallerError("web.format-unknown", format=given, known=", ".join(FORMATS))
    asked = [FORMATS[word] for word in FORMATS if word in options]
    format = FORMATS[given] if given is not None else (asked[0] if asked else "normalized")
    join, level = _join(parameters)
    pick, omit = _projected(parameters, "pick", name), _projected(parameters, "omit", name)
    if "attrs" in parameters and (pick or omit):
        raise CallerError("web.projection-mixed")
    for member in (pick or {}).keys() & (omit or {}).keys():
        if (pick or {})[member] is None and (omit or {})[member] is None:
            raise DataError("consumption.projection-both", member=member)
    for what, hops in (("pick", projection.hops_of(pick)), ("omit", projection.hops_of(omit))):
        check_depth(what, hops, parameters)
    return Form(
        format=format,
        system_times="sysAttrs" in options,
        attrs=_attrs(parameters.get("attrs"), name),
        pick=pick,
        omit=omit,
        datasets=_datasets(parameters.get("datasetId")),
        lang=parse_languages(parameters["lang"]) if "lang" in parameters else None,
        geometry_property=name(parameters["geometryProperty"]) if "geometryProperty" in parameters else "location",
        join=join,
        join_level=level,
        contained_by=frozenset(part for part in parameters.get("containedBy", "").split(",") if part),
    )


def check_depth(what: str, hops: int, parameters: Mapping[str, str]) -> None:
    """Refuse what follows more relationships than linked entities are asked for (5.7.1.4, 5.7.2.4)."""
    if hops:
        join, level = _join(parameters)
        if hops > (0 if join == "@none" else level):
            raise DataError("consumption.too-deep", what=what, hops=hops, level=0 if join == "@none" else level)


def _join(parameters: Mapping[str, str]) -> tuple[str, int]:
    join = parameters.get("join", "@none")
    if join not in JOINS:
        raise DataError("web.parameter-value", parameter="join", value=join, expected=", ".join(JOINS))
    if "joinLevel" not in parameters:
        if "containedBy" in parameters:
            raise DataError("consumption.join-level-alone", parameter="containedBy")
        return join, 1
    if "join" not in parameters:
        raise DataError("consumption.join-level-alone", parameter="joinLevel")
    text = parameters["joinLevel"]
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= MOST_LEVELS and len(text) < 4):
        expected = f"a whole number from 1 to {MOST_LEVELS}"
        raise DataError("web.parameter-value", parameter="joinLevel", value=text, expected=expected)
    return join, int(text)


def _projected(parameters: Mapping[str, str], parameter: str, name: Callable[[str], str]) -> Projection | None:
    if parameter not in parameters:
        return None
    return projection.with_stored_names(parse_projection(parameters[parameter], parameter), name)


def _attrs(text: str | None, name: Callable[[str], str]) -> frozenset[str] | None:
    if text is None:
        return None
    terms = text.replace("|", ",").split(",")
    if not all(terms):
        raise DataError("web.parameter-value", parameter="attrs", value=text, expected="names with commas between")
    return frozenset(name(term) for term in terms)


def _datasets(text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    found = frozenset(text.split(","))
    for one in found:
        if one != "@none" and ":" not in one:
            expected = 'URIs with commas between, "@none" for the default'
            raise DataError("web.parameter-value", parameter="datasetId", value=text, expected=expected)
    return found
