"""What a cluster lacks: stages without a firm, roles nobody has, choke points, missing ties, skills, and data.

Each gap says why it is one and what it is about. None of it is a judgement: a stage that nobody fills here may well be
filled next door.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.errors import Pair, both
from madang.lab import taxonomy
from madang.lab.cluster_page.belonging import Belonging, stages_wanted

GRAVE_SHARE = 0.5  # an origin that supplies at least half of an item
ROLES = ("university", "centre", "government", "agreement", "programme", "facility")
SHOWN = 5


def gaps(belonging: Belonging, page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The gaps that the other parts of the page show, what is missing altogether first."""
    return [
        *_stages(belonging, page),
        *_roles(page),
        *_choke_points(page),
        *_skills(page),
        *_links(page),
        *_data(page),
    ]


def _stages(belonging: Belonging, page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Stages of the supply chain that no firm of the cluster fills; one that may be, by its code, is told apart."""
    held = {row["id"]: row["count"] for row in page["register"]["byStage"]}
    if not page["register"]["firms"]:
        return []  # nobody loaded firms: whether a stage is filled is not known, and `_data` says so
    made = []
    for stage in stages_wanted(belonging):
        if held.get(stage):
            continue
        maybe = [firm["id"] for firm in page["register"]["firms"] if stage in firm["stagesPossible"]]
        why = both("clusters.gap-stage-maybe", count=len(maybe)) if maybe else both("clusters.gap-stage")
        made.append(_gap("stage", stage, taxonomy.stages()[stage], why, maybe))
    return made


def _roles(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Roles of an ecosystem of firms, universities, research and government that nobody has here."""
    bodies = page["bodies"]
    there = {
        "university": any(one["type"] == "University" for one in bodies),
        "centre": any(one["type"] != "University" for one in bodies),
        "government": "City" in {party["id"].split(":")[2] for one in page["agreements"] for party in one["parties"]},
        "agreement": bool(page["agreements"]),
        "programme": bool(page["talent"]["programmes"]),
        "facility": bool(page["facilities"]),
    }
    missing = [role for role in ROLES if not there[role]]
    return [_gap("role", role, both(f"clusters.role-{role}"), both("clusters.gap-role"), []) for role in missing]


def _choke_points(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Items that hang on one origin and have no domestic substitute."""
    made = []
    for one in page["supply"]["dependencies"]:
        share = (one["originShare"] or {}).get("central", 0)
        if share >= GRAVE_SHARE and not one["domesticSubstitutes"]:
            why = both("clusters.gap-choke-point", origin=one["origin"], share=round(100 * share))
            made.append(_gap("choke-point", one["id"], one["item"], why, [one["id"]]))
    return made


def _skills(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Skills of which the next stated demand is not met."""
    made, told = [], set[str]()
    for row in page["talent"]["gap"]:
        gap = row["gap"]
        if gap is not None and gap["central"] < 0 and row["skill"] not in told:
            told.add(row["skill"])
            why = both("clusters.gap-skill", year=row["year"], count=f"{-gap['central']:g}")
            made.append(_gap("skill", row["skill"], {"ko": row["skill"], "en": row["skill"]}, why, []))
    return made


def _links(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Pairs without a tie though they share partners; actors without whom others lose each other."""
    network, made = page["network"], []
    for one in network["missing"][:SHOWN]:
        label = {tag: " – ".join(name[tag] for name in one["names"]) for tag in ("ko", "en")}
        why = both("clusters.gap-link", n=one["common"])
        made.append(_gap("link", " ".join(one["actors"]), label, why, one["actors"]))
    for one in network["actors"]:
        if one["bridge"] and one["isOwn"]:
            made.append(_gap("bridge", one["id"], one["name"], both("clusters.gap-bridge"), [one["id"]]))
    return made


def _data(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What can't be said for want of data, with what would answer."""
    register = page["register"]
    asked = {
        "firms": not register["firms"],
        "places": register["unplaced"],
        "industries": len(register["unmapped"]),
        "employees": register["employeesUnknown"],
        "boundary": page["boundary"] is None,
        "census": page["measures"]["run"] is None and not page["measures"]["byIndustry"],
        "trade": not page["supply"]["trade"],
        "supply": not page["supply"]["links"],
    }
    return [
        _gap("data", what, both(f"clusters.data-{what}"), both(f"clusters.data-{what}-answer", count=int(n)), [])
        for what, n in asked.items()
        if n
    ]


def _gap(kind: str, id: str, label: Pair, why: Pair, refs: list[str]) -> dict[str, Any]:
    return {"id": f"{kind}:{id}", "kind": kind, "label": label, "why": why, "refs": refs}
