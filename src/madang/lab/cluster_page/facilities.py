"""Facilities of a cluster with how far they are, and the universities, centres and bodies that work in it."""

from __future__ import annotations

from typing import Any

from madang.entities.entity import Document, types_of, value_of
from madang.errors import Pair, both
from madang.lab.cluster_page.belonging import BODIES, Belonging
from madang.lab.cluster_page.seen import Figure, Seen, ids, title_of, told, type_label, unknown


def facilities(belonging: Belonging) -> list[dict[str, Any]]:
    """Facilities, the one that opens first first."""
    seen = belonging.seen
    found = [one for type in ("Facility", "HydrogenStation") for one in belonging.documents(type, belonging.facilities)]
    rows = [
        {
            "id": one["id"],
            "type": types_of(one)[0],
            "typeLabel": type_label(one),
            "name": title_of(one),
            "kind": value_of(one, "kind"),
            "state": value_of(one, "state"),
            "owner": value_of(one, "owner"),
            "opens": opening(one),
            "amount": seen.stored(one, "amount", unit="KRW"),
            "progress": progress(seen, one),
            "place": seen.place(one),
            "how": belonging.facilities[one["id"]],
            **told(one),
        }
        for one in found
    ]
    return sorted(rows, key=lambda row: (row["opens"] is None, row["opens"] or "", row["id"]))


def opening(facility: Document) -> str | None:
    """When a facility is or was finished, as precisely as it is said."""
    said = value_of(facility, "completionYear") or value_of(facility, "endsOn")
    return None if said is None else str(said)


def progress(seen: Seen, facility: Document) -> Figure:
    """The physical progress last reported until today."""
    reports = [
        one
        for one in seen.all("Progress")
        if facility["id"] in ids(one, "refFacility")
        and value_of(one, "physical") is not None
        and str(value_of(one, "date") or "") <= seen.today.isoformat()
    ]
    if not reports:
        return unknown("P1", both("clusters.page-no-progress"))
    last = max(reports, key=lambda one: (str(value_of(one, "date") or ""), int(value_of(one, "order") or 0)))
    return {**seen.stored(last, "physical", unit="P1"), "period": value_of(last, "date")}


def bodies(belonging: Belonging) -> list[dict[str, Any]]:
    """Universities, centres and other bodies, with what they do in the cluster."""
    seen = belonging.seen
    found = [one for type in BODIES for one in belonging.documents(type, belonging.bodies)]
    return [
        {
            "id": one["id"],
            "type": types_of(one)[0],
            "typeLabel": type_label(one),
            "name": title_of(one),
            "roles": _roles(belonging, one["id"]),
            "place": seen.place(one),
            "how": belonging.bodies[one["id"]],
            **told(one),
        }
        for one in found
    ]


def _roles(belonging: Belonging, id: str) -> list[Pair]:
    trains = [
        one for one in belonging.documents("TalentProgramme", belonging.programmes) if id in ids(one, "refOrganisation")
    ]
    signed = [one for one in belonging.documents("Agreement", belonging.agreements) if id in ids(one, "parties")]
    said = [both("clusters.page-role-trains", what=title_of(one)) for one in trains]
    return said + [both("clusters.page-role-party", what=title_of(one)) for one in signed]
