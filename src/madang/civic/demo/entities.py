"""The demo's branches as entities: programmes, facilities and memoranda, with what is published and what is assumed.

A published figure carries the announcement's Dataset as source and the status observed. A figure that was chosen
carries `assumption` and, as `basis`, the reason; it is *estimated* where it is reasoned from something published (the
split of a published sum over industries) and *synthetic* where nothing is published at all (an amount, a site).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from madang.civic.announced.entities import AUTHORITY as ANNOUNCED
from madang.civic.announced.entities import announcement_id, dataset_id
from madang.civic.demo.plan import DemoBranch, Facility, Memorandum, Programme
from madang.entities.entity import (
    Document,
    Instance,
    check_entity,
    geo_property,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
)
from madang.sources.korea import city_codes
from madang.sources.korea.places import city_id

AUTHORITY = "demo"
STOREY_M = 4.0
METRES_PER_DEGREE = 111_320.0  # of latitude; good to a few centimetres over a building


def branch_entities(branch: DemoBranch) -> list[Document]:
    """Everything that a branch adds to its city."""
    city = relationship(city_id(city_codes(branch.city)))
    made = [_memorandum(branch, one, city) for one in branch.agreements]
    made += [_programme(branch, one, city) for one in branch.programmes]
    made += [_facility(branch, one, city) for one in branch.facilities]
    return [check_entity(document) for document in made]


def assumed(instance: Instance, basis: Mapping[str, str] | None, *, status: str) -> Instance:
    """The same attribute, marked as an assumption with its reason."""
    marked = {**instance, "assumption": property_(True), "status": property_(status)}
    return marked | {"basis": language_property(dict(basis))} if basis else marked


def footprint(facility: Facility) -> dict[str, Any]:
    """The facility's rectangle as a GeoJSON polygon."""
    lon, lat = facility.centre
    east = facility.width_m / 2 / (METRES_PER_DEGREE * math.cos(math.radians(lat)))
    north = facility.depth_m / 2 / METRES_PER_DEGREE
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    return {
        "type": "Polygon",
        "coordinates": [[[round(lon + x * east, 7), round(lat + n * north, 7)] for x, n in corners]],
    }


def _memorandum(branch: DemoBranch, memorandum: Memorandum, city: Instance) -> Document:
    return {
        "id": urn("Agreement", AUTHORITY, memorandum.id),
        "type": "Agreement",
        "title": assumed(language_property(dict(memorandum.title)), memorandum.assumption, status="synthetic"),
        "description": language_property(dict(memorandum.description)),
        "parties": relationship(city["object"]),
        "state": property_("draft"),
        "refAnnouncement": relationship(announcement_id(branch.announcement)),
        "refCity": city,
        "status": property_("synthetic"),
    }


def _programme(branch: DemoBranch, programme: Programme, city: Instance) -> Document:
    source = dataset_id(branch.announcement)
    if programme.amount_source == "announcement":
        amount = property_(programme.amount, unit="KRW", period=programme.period, source=source, status="observed")
    else:
        amount = assumed(property_(programme.amount, unit="KRW"), programme.amount_assumption, status="synthetic")
    if programme.period_assumption is not None:
        amount["period"] |= {
            "assumption": property_(True),
            "basis": language_property(dict(programme.period_assumption)),
        }
    made: Document = {
        "id": urn("Programme", AUTHORITY, programme.id),
        "type": "Programme",
        "title": language_property(dict(programme.title)),
        "reason": property_(branch.reason),
        "amount": amount | {"priceYear": property_("unstated")},
        "sectorShares": assumed(
            json_property(dict(programme.sectors)), programme.sectors_assumption, status="estimated"
        ),
        "refAnnouncement": relationship(announcement_id(branch.announcement)),
        "refCity": city,
    }
    if programme.pledged_by is not None:
        made["pledgedBy"] = property_(programme.pledged_by, unit="{company}", source=source, status="observed")
    if programme.agreement is not None:
        own = {memorandum.id for memorandum in branch.agreements}
        authority = AUTHORITY if programme.agreement in own else ANNOUNCED
        made["refAgreement"] = relationship(urn("Agreement", authority, programme.agreement))
    if programme.location is not None:
        place = geo_property({"type": "Point", "coordinates": list(programme.location)})
        made["location"] = assumed(place, branch.facilities_assumption, status="synthetic")
    return made


def _facility(branch: DemoBranch, facility: Facility, city: Instance) -> Document:
    def chosen(instance: Instance) -> Instance:
        return assumed(instance, branch.facilities_assumption, status="synthetic")

    area = facility.width_m * facility.depth_m
    return {
        "id": urn("Facility", AUTHORITY, facility.id),
        "type": "Facility",
        "name": language_property(dict(facility.name)),
        "kind": property_(facility.kind),
        "location": chosen(geo_property(footprint(facility))),
        "floorsAboveGround": chosen(property_(facility.floors, unit="{floor}")),
        "height": chosen(property_(facility.floors * STOREY_M, unit="MTR")),
        "floorArea": chosen(property_(round(area * facility.floors), unit="MTK")),
        "refProgramme": relationship(urn("Programme", AUTHORITY, facility.programme)),
        "refAnnouncement": relationship(announcement_id(branch.announcement)),
        "refCity": city,
        "status": property_("synthetic"),
    }
