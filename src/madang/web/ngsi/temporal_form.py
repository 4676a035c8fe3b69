"""Evolutions written down: normalized, concise, simplified (temporalValues) and aggregated (4.5.6-4.5.9, 4.5.19)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy

from madang.entities.aggregation import aggregate, is_eligible, worth
from madang.entities.entity import MEMBER_OF_KIND
from madang.entities.evolution import SCOPE, Columns, Evolution, Told, instance_id, text_of
from madang.entities.languages import in_language
from madang.entities.representation import to_concise
from madang.errors import CallerError
from madang.web.ngsi.forms import Form, parse_form
from madang.web.ngsi.negotiation import JSON_LD, Wanted
from madang.web.ngsi.output import without_expiry
from madang.web.ngsi.temporal_ranges import Aggregation, Range, parse_aggregation

FORMATS = ("normalized", "concise", "temporalValues", "aggregatedValues")
OPTIONS = frozenset({*FORMATS, "sysAttrs", "audit"})
_LISTED = {  # the member of simplified values, by kind (4.5.9)
    "Property": "values", "GeoProperty": "values", "LanguageProperty": "languageMaps", "JsonProperty": "jsons",
    "VocabProperty": "vocabs", "ListProperty": "valueLists", "Relationship": "objects",
    "ListRelationship": "objectLists",
}  # fmt: skip
_WRAPPED = {"LanguageProperty": "languageMap", "JsonProperty": "json", "VocabProperty": "vocab"}
_REFERENCES = ("Relationship", "ListRelationship")


@dataclass(frozen=True, slots=True)
class TemporalForm:
    """How evolutions are written; `members` says which attributes, times and languages."""

    format: str
    members: Form
    system_times: bool
    audit: bool
    aggregation: Aggregation | None

    def names(self) -> frozenset[str] | None:
        """The attributes asked for by name, or None for all: who picks the id alone asks for none in particular."""
        if self.members.attrs is not None:
            return self.members.attrs
        return frozenset(self.members.pick or ()) - {"id", "type", "createdAt", "modifiedAt"} or None

    def shows(self, name: str) -> bool:
        """Whether a member of an entity is written."""
        members = self.members
        if members.omit is not None and name in members.omit:
            return False
        if members.pick is not None:
            return name in members.pick
        return members.attrs is None or name in ("id", "type") or name in members.attrs


def parse_temporal_form(
    parameters: Mapping[str, str], options: frozenset[str], *, name: Callable[[str], str], aggregated: bool = False
) -> TemporalForm:
    """The form that parameters ask for; `format` goes before `options` (6.3.7)."""
    given = parameters.get("format")
    if given is not None and given not in FORMATS:
        raise CallerError("web.format-unknown", format=given, known=", ".join(FORMATS))
    asked = [word for word in reversed(FORMATS) if word in options]
    format = given or (asked[0] if asked else "aggregatedValues" if aggregated else "normalized")
    others = {key: value for key, value in parameters.items() if key not in ("format", "options", "geometryProperty")}
    return TemporalForm(
        format,
        parse_form(others, frozenset(), name=name),
        "sysAttrs" in options,
        "audit" in options,
        parse_aggregation(parameters) if format == "aggregatedValues" else None,
    )


def entity_of(evolution: Evolution, form: TemporalForm, range: Range, wanted: Wanted) -> dict[str, Any]:
    """One evolution as a member of a body; nothing of it that is not asked for."""
    made: dict[str, Any] = {"id": evolution.id, "type": evolution.type}
    if form.system_times or form.audit:
        made |= {"createdAt": text_of(evolution.created), "modifiedAt": text_of(evolution.modified)}
        if evolution.deleted is not None:
            made["deletedAt"] = text_of(evolution.deleted)
    writing = _Writing(evolution, form, range, wanted)
    made = {name: part for name, part in made.items() if form.shows(name)}
    for name in writing.names():
        if form.shows(name):
            part = writing.part(name)
            if part is not None:
                made[name] = part
    if not wanted.own:
        if "type" in made:
            made["type"] = wanted.context.from_stored({"type": made["type"]})["type"]
        made = {wanted.context.given_name(name) if name in writing.written else name: part
                for name, part in made.items()}  # fmt: skip
    if wanted.media_type == JSON_LD and made:
        made = {"@context": wanted.context_beside(made), **made}
    return made


class _Writing:
    """One evolution on its way into a body."""

    def __init__(self, evolution: Evolution, form: TemporalForm, range: Range, wanted: Wanted) -> None:
        self._evolution, self._form, self._range, self._wanted = evolution, form, range, wanted
        self.written: set[str] = set()
        self._edges = _edges(evolution, range) if form.aggregation is not None else (0, 0)

    def names(self) -> list[str]:
        """The attributes there is something of."""
        return list(dict.fromkeys([*self._evolution.lines, *(name for name, _ in self._evolution.columns)]))

    def part(self, name: str) -> Any:
        """What the body says of one attribute; None: nothing."""
        line = self._evolution.lines.get(name, [])
        if self._form.aggregation is not None:
            part = None if name == SCOPE else self._aggregated(name, line, self._form.aggregation)
        elif self._form.format == "temporalValues":
            part = self._simplified(name, line)
        else:
            part = self._instances(name, line)
        if part is not None and name != SCOPE:
            self.written.add(name)
        return part

    # -- instances ----------------------------------------------------------------------------------------------------

    def _instances(self, name: str, line: Sequence[Told]) -> list[dict[str, Any]]:
        found = [self._instance(told) for told in line]
        if name == SCOPE:
            return found
        found = self._renamed(found)
        if self._form.format == "concise":
            concise: list[dict[str, Any]] = to_concise({name: found})[name]
            return concise
        return found

    def _instance(self, told: Told) -> dict[str, Any]:
        said = dict(told.instance)
        if not (self._form.system_times or self._form.audit):
            said = without_expiry(said)
        if told.observed is not None:
            said["observedAt"] = text_of(told.observed)
        if self._form.members.lang is not None and told.deleted is None:
            said = in_language(said, self._form.members.lang)
        if told.attribute != SCOPE:
            said["instanceId"] = instance_id(self._evolution.id, told)
        property = self._range.property
        if self._form.system_times or self._form.audit or property == "createdAt":
            said["createdAt"] = text_of(told.created)
        if self._form.system_times or self._form.audit or property == "modifiedAt":
            said["modifiedAt"] = text_of(told.modified)
        if told.deleted is not None:
            said["deletedAt"] = text_of(told.deleted)
        if self._form.audit and told.tx is not None and told.attribute != SCOPE:
            said["transaction"] = {"type": "Property", "value": told.tx}
        return said

    def _renamed(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if self._wanted.own or not found:
            return found
        renamed: list[dict[str, Any]] = self._wanted.context.from_stored({"x": found})["x"]
        return renamed

    # -- values only --------------------------------------------------------------------------------------------------

    def _simplified(self, name: str, line: Sequence[Told]) -> Any:
        groups: dict[tuple[str, str], list[list[Any]]] = {}
        kinds = []
        for told in line:
            said = told.instance
            if self._form.members.lang is not None and told.deleted is None:
                said = in_language(dict(said), self._form.members.lang)
            kinds.append(said)
        if any(said["type"] == "VocabProperty" for said in kinds):
            kinds = self._renamed(kinds)
        for told, said in zip(line, kinds, strict=True):
            pair = [_bare(said), text_of(told.moment_or_order(self._range.property))]
            groups.setdefault((said["type"], told.dataset), []).append(pair)
        if not groups:
            return {"type": "Property", "values": []}
        parts = [_labelled(kind, dataset, {_LISTED[kind]: pairs}) for (kind, dataset), pairs in groups.items()]
        return parts if len(parts) > 1 else parts[0]

    # -- aggregated ---------------------------------------------------------------------------------------------------

    def _aggregated(self, name: str, line: Sequence[Told], asked: Aggregation) -> Any:
        self._check(name, line, asked)
        parts = []
        for dataset, group in _groups(name, line, self._evolution.columns):
            if isinstance(group, tuple):
                kind, times, values = "Property", *group
            else:
                kind = group[0].instance["type"]
                times = numpy.array([told.moment_or_order(self._range.property) for told in group], numpy.int64)
                values = [worth(told.instance) for told in group]  # type: ignore[assignment]
            found = aggregate(times, values, asked.methods, asked.duration, origin=self._edges[0], end=self._edges[1])
            told_of = {
                method: [[value, text_of(start), text_of(end)] for value, start, end in periods]
                for method, periods in found.items()
                if periods
            }
            if told_of:
                parts.append(_labelled(_label(kind), dataset, told_of))
        return None if not parts else parts if len(parts) > 1 else parts[0]

    def _check(self, name: str, line: Sequence[Told], asked: Aggregation) -> None:
        """Refuse a method that says nothing of an attribute that was asked for by name (5.7.4.4)."""
        names = self._form.names()
        if not line or names is None or name not in names:
            return
        for method in asked.methods:
            if not is_eligible([told.instance for told in line], method):
                attribute = name if self._wanted.own else self._wanted.context.given_name(name)
                raise CallerError("temporal.not-eligible", method=method, attribute=attribute)


def _label(kind: str) -> str:
    return "Relationship" if kind in _REFERENCES else "Property"


def _labelled(kind: str, dataset: str, members: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, **({"datasetId": dataset} if dataset else {}), **members}


def _groups(
    name: str, line: Iterable[Told], columns: Mapping[tuple[str, str], Columns]
) -> list[tuple[str, list[Told] | Columns]]:
    """The instances of an attribute by dataset; what was deleted has no value to aggregate."""
    groups: dict[str, list[Told]] = {}
    for told in line:
        if told.deleted is None:
            groups.setdefault(told.dataset, []).append(told)
    found: list[tuple[str, list[Told] | Columns]] = [
        (dataset, column) for (attribute, dataset), column in columns.items() if attribute == name and len(column[0])
    ]
    return [*found, *groups.items()]


def _edges(evolution: Evolution, range: Range) -> tuple[int, int]:
    """From when periods are counted, and where the last one ends at the latest: the range, or what there is of it."""
    moments = [
        told.moment_or_order(range.property)
        for name, line in evolution.lines.items()
        for told in line
        if name != SCOPE and told.deleted is None
    ]
    moments += [int(edge) for times, _ in evolution.columns.values() if len(times) for edge in (times[0], times[-1])]
    since, until = range.period.since, range.period.until
    first, last = (min(moments), max(moments)) if moments else (0, 0)
    return first if since is None else since, last if until is None else until


def _bare(said: Mapping[str, Any]) -> Any:
    """The value of an instance alone; numbers as numbers of one kind, so that a series reads as one."""
    kind = said["type"]
    value = said[MEMBER_OF_KIND[kind]]
    if kind in _WRAPPED:
        return {_WRAPPED[kind]: value}
    if kind == "ListRelationship" and isinstance(value, list):
        return [one["object"] if isinstance(one, dict) and "object" in one else one for one in value]
    if kind == "Property" and type(value) is int and abs(value) < 2**53:
        return float(value)
    return value


def reduced(evolution: Evolution, form: TemporalForm) -> Evolution:
    """The evolution with the datasets and attributes asked for only."""
    datasets = form.members.datasets
    lines = {}
    for name, line in evolution.lines.items():
        if not form.shows(name):
            continue
        if datasets is not None and name != SCOPE:
            line = [told for told in line if (told.dataset or "@none") in datasets]
        if line:
            lines[name] = line
    columns = {
        pair: column
        for pair, column in evolution.columns.items()
        if form.shows(pair[0]) and len(column[0]) and (datasets is None or (pair[1] or "@none") in datasets)
    }
    return replace(evolution, lines=lines, columns=columns)
