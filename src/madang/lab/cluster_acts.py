"""Acts of a cluster's officer beside its own register: tying things to it, placing firms, checking a published share.

What is of scope city and not planned names its cluster itself (`refCluster`). A planned thing changes on 현행 by
adoption only, and a record never changes: of these the cluster says that it includes them (`includes`).
"""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from madang.entities.entity import (
    Document,
    instance_of,
    json_property,
    language_property,
    property_,
    relationship,
    types_of,
    value_of,
)
from madang.entities.vocabulary import type_info
from madang.errors import CallerError, NotFoundError, both
from madang.lab import taxonomy
from madang.lab.firm_share import Inside
from madang.lab.placing import Placed, place_firms, place_statistics
from madang.lab.register import AUTHORITY, Title, entities_of, ids_of, pair, write
from madang.store import Seat, View

LINKABLE = (
    "Firm", "Facility", "HydrogenStation", "University", "Organisation", "Agreement", "TalentProgramme", "Dependency",
    "InvestmentMemorandum", "Programme", "Promise", "Target", "Task", "Goal", "Claim",
)  # fmt: skip

COVERS = ("city", "claim")  # what the register holds: firms of this city, or all that the claim speaks of


def link(seat: Seat, cluster: Document, what: str, *, reason: str, by: str | None, remove: bool = False) -> Document:
    """Tie something that stands in the file to a cluster, or take the tie away; gives what was changed."""
    view = seat.store.view(seat.branch_name)
    found = view.document(what)
    if found is None:
        raise NotFoundError("clusters.link-nothing", id=what)
    type = types_of(found)[0]
    if type not in LINKABLE:
        raise CallerError("clusters.link-type", id=what, type=type, known=", ".join(LINKABLE))
    info = type_info(type)
    if info.scope == "city" and not info.planned:
        made, attribute, other = found, "refCluster", str(cluster["id"])
    else:
        made, attribute, other = cluster, "includes", what
    held = [one for one in ids_of(value_of(made, attribute)) if one != other]
    named = held if remove else [*held, other]
    changed = {name: value for name, value in made.items() if name != attribute}
    if named:
        changed[attribute] = relationship(named if len(named) > 1 else named[0])
    write(seat, changed, reason=reason, by=by)
    return changed


def place(seat: Seat, *, reason: str, by: str | None) -> dict[str, Placed]:
    """Find where firms and places of the census stand in this file, and write what was found."""
    view = seat.store.view(seat.branch_name)
    found = {"firms": place_firms(view), "statistics": place_statistics(view)}
    changed = [one for part in found.values() for one in part.changed]
    if changed:
        write(seat, changed, reason=reason, by=by)
    return found


def add_strategic(
    seat: Seat, *, tag: str, name: Title, links: list[dict[str, Any]], valid_from: str | None, source: str | None,
    reason: str, by: str | None,
) -> Document:  # fmt: skip
    """A city's own table of a strategic industry; it goes before the one that ships under the same tag."""
    made: Document = {
        "id": f"urn:ngsi-ld:StrategicIndustry:{AUTHORITY}:{tag}",
        "type": "StrategicIndustry",
        "name": language_property(pair(name)),
        "strategicIndustry": property_(tag),
        "industryLinks": json_property(links),
    }
    if valid_from:
        made["validFrom"] = property_(valid_from)
    if source:
        made["source"] = relationship(source)
    taxonomy.strategic([made])  # a wrong code or stage is refused before anything is written
    write(seat, made, reason=reason, by=by)
    return made


def check_share(
    seat: Seat, claim: Document, cluster: Document, inside: Inside, *, covers: str, reason: str, by: str | None
) -> Document:
    """Say on a claim what the register gives for it: the share inside a named boundary, or that it can't be told.

    The claim then names its cluster, and what it was computed from names boundary, counts, register and cluster. Only a
    register that covers what the claim is about ("claim") can reproduce it; one of the city alone gives another figure.
    """
    if covers not in COVERS:
        raise CallerError("clusters.covers-unknown", found=covers, known=", ".join(COVERS))
    stated = instance_of(claim, "value") or {}
    if stated.get("unitCode") != "P1" or not isinstance(stated.get("value"), (int, float)):
        raise CallerError("clusters.claim-no-share", id=claim["id"])
    made = {name: value for name, value in claim.items() if not name.startswith("computed")}
    made |= {"refCluster": relationship(cluster["id"]), "check": property_("not-reproducible")}
    if inside.share is not None:
        agrees = covers == "claim" and _agrees(stated["value"], inside.share)
        told, source = inside.as_json(), inside.sources[0] if len(inside.sources) == 1 else None
        kept = ("boundary", "geometry", "asked", "inside", "placed", "unplaced", "areaKm2", "sources")
        found = {**{name: told[name] for name in kept}, "cluster": cluster["id"], "covers": covers}
        label = both(f"clusters.share-label-{covers}", asked=inside.asked, where=inside.boundary)
        made |= {
            "check": property_("reproduced" if agrees else "nearest"),
            "computed": property_(round(inside.share, 4), unit="P1", status=inside.status, source=source),
            "computedUnit": property_("P1"),
            "computedLabel": language_property(label),
            "computedFrom": json_property(found),
        }
    write(seat, made, reason=reason, by=by)
    return made


def unmapped_codes(view: View, firms: list[Document], own: list[Document]) -> dict[str, Any]:
    """Codes that are not held by name, with how many firms or places have them, and trade in no strategic industry."""
    ksic: Counter[str] = Counter()
    for firm in firms:
        ksic.update(c for c in taxonomy.known_codes(value_of(firm, "ksicCodes") or ()) if not taxonomy.is_held(c))
    for one in entities_of(view, "IndustryStatistic"):
        held = {c for name in ("firmsByIndustry", "workersByIndustry") for c in value_of(one, name) or ()}
        ksic.update(c for c in held if not taxonomy.is_held(c))
    known = {code for one in taxonomy.strategic(own).values() for code in one.hs_codes()}
    traded = Counter(str(value_of(one, "hsCode")) for one in entities_of(view, "TradeFlow"))
    outside = {code: n for code, n in traded.items() if not any(code.startswith(one) for one in known)}
    return {
        "ksic": [{"code": c, "label": taxonomy.label(c), "count": n} for c, n in sorted(ksic.items())],
        "hs": [{"code": c, "label": taxonomy.hs_label(c), "count": n} for c, n in sorted(outside.items())],
    }


def _agrees(claimed: float | int, computed: float) -> bool:
    """Whether a share says what the claim says, to the digits the claim was stated with; halves go up."""
    said = Decimal(repr(claimed))
    return Decimal(repr(computed)).quantize(said if isinstance(claimed, float) else Decimal(1), ROUND_HALF_UP) == said
