"""Which part of an operation goes to which source, and how requests are worded for it (clauses 4.3.6, 6.3.17, 6.3.18).

Pure: documents and parameters in, documents and parameters out. A body stays as it was written, in the names of its
own @context: only whole members are left out, so a source gets what the caller said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from madang.entities.qlanguage import And, Linked, Or, Tree, parse_q, print_q, renamed
from madang.hub.registrations import Info, Registration, covered_attributes

Document = dict[str, Any]
Name = Callable[[str], str]

ENTITY_PARTS = frozenset(("id", "type", "@context"))  # of every fragment of an entity
GEO = ("georel", "geometry", "coordinates", "geoproperty")
FILTERS = ("q", "scopeQ", *GEO, "attrs", "expandValues", "jsonKeys")  # what split entities forbid
NAMES_IN_LISTS = ("attrs", "pick", "omit", "expandValues", "jsonKeys")
_WORD = re.compile(r"[^(),;|\s{}]+")
_VIA = re.compile(r"\s*(?:[A-Za-z]+/)?\d(?:\.\d+)?\s+([^\s,()]+)(?:\s*\([^)]*\))?\s*")


@dataclass(slots=True)
class Share:
    """What of a fragment goes to one source; `offered` says whether it takes the operation at all."""

    registration: Registration
    fragment: Document
    attributes: tuple[str, ...]  # by the names of the fragment
    offered: bool


@dataclass(slots=True)
class Division:
    """What of a fragment goes to which sources, and what stays here; None when nothing does."""

    shares: list[Share] = field(default_factory=list)
    remains: Document | None = None


Matches = Sequence[tuple[Registration, tuple[Info, ...]]]


def divided(fragment: Document, matches: Matches, operation: str, *, name: Name) -> Division:
    """The fragment by sources: exclusive ones take theirs, then redirecting ones, inclusive ones get a copy (5.6)."""
    made, left = Division(), dict(fragment)
    for mode in ("exclusive", "redirect"):
        taken: set[str] = set()
        whole = False
        for registration, infos in matches:
            if registration.mode != mode:
                continue
            share = _share(left, registration, infos, operation, name=name)
            if share is not None:
                made.shares.append(share)
                taken.update(share.attributes)
                whole = whole or covered_attributes(infos) is None
        left = {key: part for key, part in left.items() if key not in taken}
        if whole:
            return made
    had = _attributes(fragment)
    if had and not _attributes(left):
        return made
    for registration, infos in matches:
        if registration.mode == "inclusive" and operation in registration.operations:
            share = _share(left, registration, infos, operation, name=name)
            if share is not None:
                made.shares.append(share)
    made.remains = left
    return made


def _share(
    fragment: Document, registration: Registration, infos: Sequence[Info], operation: str, *, name: Name
) -> Share | None:
    covered = covered_attributes(infos)
    attributes = _attributes(fragment)
    mine = [key for key in attributes if covered is None or name(key) in covered]
    if attributes and not mine:
        return None
    along = ENTITY_PARTS | {"scope", "expiresAt"} if covered is None else ENTITY_PARTS
    part = {key: value for key, value in fragment.items() if key in mine or key in along}
    return Share(registration, part, tuple(mine), operation in registration.operations)


def _attributes(fragment: Mapping[str, Any]) -> list[str]:
    return [key for key in fragment if key not in ENTITY_PARTS and key not in ("scope", "expiresAt")]


# -- the way a request came (6.3.18) ----------------------------------------------------------------------------------


def named_in_via(via: str | None) -> tuple[str, ...]:
    """The pseudonyms and hosts of a Via header, in its order."""
    found = []
    for part in (via or "").split(","):
        one = _VIA.fullmatch(part)
        if one is not None:
            found.append(one[1])
        elif part.strip() and " " not in part.strip():
            found.append(part.strip())  # no Via field, but a name: better known than not
    return tuple(found)


def via_onward(via: str | None, own: str) -> str:
    """The Via header of a request that goes on."""
    return f"{via}, 1.1 {own}" if via else f"1.1 {own}"


# -- parameters -------------------------------------------------------------------------------------------------------


def narrowed(parameters: Mapping[str, str], infos: Sequence[Info], *, given: Name, stored: Name) -> dict[str, str]:
    """The parameters of a question with no more ids and attributes than the source said it has (4.3.6.1)."""
    found = dict(parameters)
    covered = covered_attributes(infos)
    if covered is None and "pick" in found:
        found["pick"] = ",".join(dict.fromkeys(("id", "type", *found["pick"].split(","))))  # without them it is none
    if covered is not None:
        if "pick" in found:
            kept = [one for one in found["pick"].split(",") if one in ("id", "type", "scope") or stored(one) in covered]
            found["pick"] = ",".join(dict.fromkeys(("id", "type", *kept)))
        else:
            asked = [one for one in found.get("attrs", "").split(",") if one]
            kept = (
                [one for one in asked if stored(one) in covered] if asked else [given(one) for one in sorted(covered)]
            )
            found["attrs"] = ",".join(kept)
    return found


def with_kinds(parameters: Mapping[str, str], infos: Sequence[Info], *, given: Name) -> dict[str, str]:
    """The parameters with the types and ids that the source registered, where the question says none (4.3.6.1)."""
    found = dict(parameters)
    kinds = [kind for info in infos for kind in info.kinds]
    if not kinds or any(not info.kinds for info in infos):
        return found
    if "type" not in found and all(kind.types for kind in kinds):
        found["type"] = ",".join(given(name) for name in sorted({name for kind in kinds for name in kind.types}))
    if "id" not in found and "idPattern" not in found:
        if all(kind.id is not None for kind in kinds):
            found["id"] = ",".join(dict.fromkeys(str(kind.id) for kind in kinds))
        elif len(kinds) == 1 and kinds[0].pattern is not None:
            found["idPattern"] = kinds[0].pattern.pattern
    return found


def without_filters(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters without what can be told only of whole entities, for sources that hold parts (5.7.2.4)."""
    return {name: value for name, value in parameters.items() if name not in FILTERS}


def renamed_parameters(parameters: Mapping[str, str], name: Name) -> dict[str, str]:
    """The parameters with their names of types and attributes in another context (4.3.6.6)."""
    found = dict(parameters)
    for key in NAMES_IN_LISTS:
        if key in found:
            found[key] = _WORD.sub(lambda word: _kept(word[0], name), found[key])
    if found.get("type", "*") != "*":
        found["type"] = _WORD.sub(lambda word: name(word[0]), found["type"])
    for key in ("geoproperty", "geometryProperty"):
        if key in found:
            found[key] = name(found[key])
    if "q" in found:
        found["q"] = print_q(renamed(parse_q(found["q"]), name))
    return found


def _kept(word: str, name: Name) -> str:
    return word if word in ("id", "type", "scope") else name(word)


def attributes_of_q(tree: Tree | None) -> frozenset[str]:
    """The attributes that a query looks at, of the entity itself."""
    match tree:
        case None:
            return frozenset()
        case And(parts) | Or(parts):
            return frozenset().union(*map(attributes_of_q, parts))
        case Linked(path, _, _):
            return frozenset(path.names[:1])
    return frozenset(tree.path.names[:1])


def query_document(parameters: Mapping[str, str]) -> Document:
    """A query by GET as the document of one by POST (5.2.23), for a source that takes only these."""
    made: Document = {"type": "Query"}
    ids: Iterable[str | None] = [one for one in parameters.get("id", "").split(",") if one] or [None]
    selectors = []
    for id in ids:
        one = {"type": parameters.get("type", "*")}
        if id is not None:
            one["id"] = id
        if "idPattern" in parameters:
            one["idPattern"] = parameters["idPattern"]
        selectors.append(one)
    made["entities"] = selectors
    for name in ("attrs", "pick", "omit", "datasetId"):
        if parameters.get(name):
            made[name] = parameters[name].split(",")
    for name in ("q", "scopeQ", "lang", "expandValues", "jsonKeys"):
        if name in parameters:
            made[name] = parameters[name]
    if "georel" in parameters:
        made["geoQ"] = {name: parameters[name] for name in GEO if name in parameters}
        if "coordinates" in parameters:
            made["geoQ"]["coordinates"] = orjson.loads(parameters["coordinates"])  # an array in documents (5.2.13)
    return made
