"""Where firms stand, found in what the city file holds: by parcel, by dong, by coordinates; never guessed.

A lot number in an address and the legal dong it names make a parcel number (PNU). A firm whose parcel the file draws
gets its middle as its place, marked as estimated; one whose dong is known gets the dong and no place, for the middle of
a dong is nowhere in particular. Places of the business census are joined by code, else by the name of one dong only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, geo_property, geometry_of, property_, relationship, value_of
from madang.entities.query import Query, parse_types
from madang.lab.firm_share import place_of
from madang.lab.register import pair
from madang.store import View

_LOT = re.compile(
    r"(?P<dong>[가-힣\d]+(?:동|리|가|읍|면))\s*(?P<hill>산\s*)?(?P<main>\d{1,4})(?:\s*-\s*(?P<sub>\d{1,4}))?(?:번지|\b)"
)
SHOWN = 20


@dataclass(frozen=True)
class Placed:
    """What was placed and what was not: counts by how, and the first of those that are nowhere, with what they say."""

    changed: tuple[Document, ...]
    counts: Mapping[str, int]
    unmatched: tuple[Mapping[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """The counts as plain JSON values."""
        return {"counts": dict(self.counts), "unmatched": [dict(one) for one in self.unmatched]}


class Gazetteer:
    """The dong, legal dong and parcels of a city file, by code and by name."""

    def __init__(self, view: View) -> None:
        self._view = view
        dong, legal = (view.documents(Query(types=parse_types(type))) for type in ("Dong", "LegalDong"))
        self.dong = _by_name(dong)
        self.legal = {name: str(value_of(one, "code")) for name, one in _by_name(legal).items()}
        self.codes = {str(value_of(one, "code")): one["id"] for one in dong if value_of(one, "code")}
        places = [one for type in ("City", "District") for one in view.documents(Query(types=parse_types(type)))]
        self.codes |= {str(value_of(one, "code")): one["id"] for one in places if value_of(one, "code")}
        parcels = view.documents(Query(types=parse_types("Parcel")))
        self.parcels = {_pnu(str(value_of(one, "pnu") or one["id"].rpartition(":")[2])): one for one in parcels}

    def parcel(self, address: str) -> Document | None:
        """The parcel that an address with a lot number names; None where the file does not draw it."""
        found = _LOT.search(address)
        code = self.legal.get(found["dong"]) if found else None
        if not found or code is None:
            return None
        lot = f"{int(found['main']):04}{int(found['sub'] or 0):04}"
        return self.parcels.get(_pnu(f"{code}{2 if found['hill'] else 1}{lot}"))

    def dong_of(self, text: str) -> str | None:
        """The dong that a text ends with or names, where it is one only."""
        words = re.findall(r"[가-힣\d·.]+동", text)
        found = {self.dong[word]["id"] for word in words if word in self.dong}
        return found.pop() if len(found) == 1 else None

    def by_code(self, code: str) -> str | None:
        """The place of a code: a district of 5 digits, a dong of 7, or of 8 that end in 0."""
        return self.codes.get(code) or (self.codes.get(code[:7]) if len(code) == 8 and code.endswith("0") else None)


def place_firms(view: View) -> Placed:
    """Firms with the place and dong that the file gives for their address."""
    held, counts = Gazetteer(view), dict.fromkeys(("stated", "parcel", "dong", "unmatched"), 0)
    changed, lost = list[Document](), list[dict[str, Any]]()
    for firm in view.documents(Query(types=parse_types("Firm"))):
        made, how = _placed(held, firm)
        counts[how] += 1
        if how == "unmatched" and len(lost) < SHOWN:
            lost.append({"id": firm["id"], "name": pair(value_of(firm, "name")), "said": value_of(firm, "address")})
        if made is not None:
            changed.append(made)
    return Placed(tuple(changed), counts, tuple(lost))


def place_statistics(view: View) -> Placed:
    """Rows of the business census joined to the places of the file."""
    held, counts = Gazetteer(view), dict.fromkeys(("code", "name", "unmatched"), 0)
    changed, lost = list[Document](), list[dict[str, Any]]()
    for one in view.documents(Query(types=parse_types("IndustryStatistic"))):
        code, name = str(value_of(one, "code") or ""), str(value_of(one, "placeName") or "")
        by_code = held.by_code(code)
        place = by_code or (None if code else held.dong_of(name))
        counts["code" if by_code else "name" if place else "unmatched"] += 1
        if place is None:
            if len(lost) < SHOWN:
                lost.append({"id": one["id"], "name": pair(name or code), "said": code or name})
        elif value_of(one, "refPlace") != place:
            changed.append({**one, "refPlace": relationship(place)})
    return Placed(tuple(changed), counts, tuple(lost))


def _placed(held: Gazetteer, firm: Document) -> tuple[Document | None, str]:
    """A firm with what was found, None where nothing changes, and how it was found."""
    said = " ".join(str(value_of(firm, name) or "") for name in ("address", "placeName"))
    if place_of(firm) is not None:
        return None, "stated"
    parcel = held.parcel(said)
    if parcel is not None and geometry_of(parcel) is not None:
        at = place_of(parcel)
        assert at is not None
        point = {"type": "Point", "coordinates": [round(at[0], 7), round(at[1], 7)]}
        made = {**firm, "location": geo_property(point, status="estimated"), "refParcel": relationship(parcel["id"])}
        return {**made, "positionQuality": property_("parcel")}, "parcel"
    dong = held.dong_of(said)
    if dong is None:
        return None, "unmatched"
    if value_of(firm, "refDong") == dong:
        return None, "dong"
    return {**firm, "refDong": relationship(dong), "positionQuality": property_("dong")}, "dong"


def _by_name(documents: Iterable[Document]) -> dict[str, Document]:
    """Places by their Korean name, the last word of it; a name that two have is nobody's."""
    found: dict[str, Document] = {}
    twice: set[str] = set()
    for one in documents:
        name = pair(value_of(one, "name"))["ko"].split()[-1:] or [""]
        twice |= {name[0]} & found.keys()
        found[name[0]] = one
    return {name: one for name, one in found.items() if name and name not in twice}


def _pnu(text: str) -> str:
    """A parcel number as digits."""
    return re.sub(r"\D", "", text)
