"""What the economic registers share: finding their entities, writing one, ranges of chosen values. Knows no subject."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeGuard

from madang.entities.entity import Document, Instance, json_property, property_, types_of, urn, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, DataError, NotFoundError, Pair
from madang.sources.korea.codes import CITIES
from madang.store import Seat, View

AUTHORITY = "madang"
CASES = ("low", "central", "high")
Given = float | int | Mapping[str, Any]
Title = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Range:
    """A chosen value: low, central, high, in this order."""

    low: float
    central: float
    high: float

    def at(self, case: str) -> float:
        """The value of one case."""
        return float(getattr(self, case))

    def as_json(self) -> dict[str, float]:
        """The range as plain JSON values."""
        return {"low": self.low, "central": self.central, "high": self.high}


def read_range(given: Any, name: str, *, least: float = 0.0, most: float = math.inf) -> Range:
    """A range of one number or of {low, central, high}; refused where it is out of order or beyond its limits."""
    values = [given] * 3 if not isinstance(given, Mapping) else [given.get(case) for case in CASES]
    numbers = [float(one) for one in values if _is_number(one)]
    if len(numbers) != len(values):
        raise DataError("clusters.range-malformed", field=name, found=str(given)[:80])
    low, central, high = numbers
    if not least <= low <= central <= high <= most:
        ends = f"{least:g}~{most:g}" if math.isfinite(most) else f"{least:g}~"
        raise DataError("clusters.range-disordered", field=name, low=low, central=central, high=high, limits=ends)
    return Range(low, central, high)


def range_of(document: Document, name: str) -> Range | None:
    """A range that an entity holds; None where it does not."""
    said = value_of(document, name)
    return None if said is None else read_range(said, name)


def ranged(given: Range, *, source: str | None) -> Instance:
    """A range as an attribute: with its source, or marked as an assumption (가정)."""
    made = json_property(given.as_json())
    if source is None:
        made["assumption"] = property_(True)
        made["status"] = property_("estimated")
    else:
        made["source"] = {"type": "Relationship", "object": source}
    return made


def is_assumed(document: Document, names: Iterable[str]) -> tuple[str, ...]:
    """Those of an entity's values that are assumptions."""
    found = [(name, document.get(name)) for name in names]
    return tuple(name for name, one in found if isinstance(one, dict) and value_of(one, "assumption") is True)


def entities_of(view: View, type: str, **references: str) -> list[Document]:
    """The entities of a type whose relationships are these, by id."""
    found = view.documents(Query(types=parse_types(type)))
    mine = [one for one in found if all(id in ids_of(value_of(one, name)) for name, id in references.items())]
    return sorted(mine, key=lambda one: str(one["id"]))


def named(view: View, type: str, name: str) -> Document:
    """One entity of a type by its id or the end of it; an unknown one is answered with those that are near."""
    found = view.document(name) if ":" in name else None
    if found is not None and type in types_of(found):
        return found
    ids = sorted(view.ids(Query(types=parse_types(type))))
    ending = [id for id in ids if id.rpartition(":")[2] == name]
    if len(ending) == 1:
        known = view.document(ending[0])
        assert known is not None
        return known
    ends = [id.rpartition(":")[2] for id in ids]
    near = get_close_matches(name.rpartition(":")[2], ends, n=3, cutoff=0.4) or ends[:5]
    raise NotFoundError("clusters.unknown", type=type, id=name, known=", ".join(near) or "-")


def write(seat: Seat, made: Document | list[Document], *, reason: str, by: str | None, act: str | None = None) -> None:
    """Write entities on the seat's branch in one transaction, for a reason."""
    if not reason.strip():
        raise CallerError("clusters.reason-missing")
    documents = made if isinstance(made, list) else [made]
    with seat.for_writing().transact(branch=seat.branch_name, actor=seat.actor(by), reason=reason) as tx:
        tx.put_many(documents)


def new_id(view: View, type: str, name: str) -> str:
    """A free id made of a name in any script, or of the type where the name gives nothing."""
    stem = re.sub(r"[^0-9a-z가-힣]+", "-", name.lower()).strip("-") or type.lower()
    taken = set(view.ids(Query(types=parse_types(type))))
    first = urn(type, AUTHORITY, stem)
    return next(id for id in (first, *(f"{first}-{n}" for n in range(2, len(taken) + 3))) if id not in taken)


def pair(said: Any) -> Pair:
    """A text or a text by language as Korean and English; one stands for the other where it is missing."""
    if isinstance(said, Mapping):
        some = next(iter(said.values()), "")
        return {"ko": str(said.get("ko", said.get("en", some))), "en": str(said.get("en", said.get("ko", some)))}
    text = "" if said is None else str(said)
    return {"ko": text, "en": text}


def name_of(view: View, id: str) -> Pair:
    """What people call an entity; an allied city that this file only names by its own name, else the end of the id."""
    known = view.document(id)
    for attribute in ("name", "title", "item"):
        said = None if known is None else value_of(known, attribute)
        if said:
            return pair(said)
    end = id.rpartition(":")[2]
    elsewhere = next((city.title for city in CITIES.values() if id == f"urn:ngsi-ld:City:kostat:{city.kostat}"), None)
    return pair(elsewhere or end)


def ids_of(value: Any) -> list[str]:
    """A relationship's objects as a list, whether it names none, one or several."""
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def need_source(view: View, source: str | None) -> str | None:
    """The id of a source that this file holds; a source nobody holds is refused."""
    if source is not None and view.document(source) is None:
        raise DataError("clusters.source-unknown", source=source)
    return source


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
