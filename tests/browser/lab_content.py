"""Made-up (가상) content for the policy lab: laboratories, courses and a demand for people in a real city."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import madang
from madang.entities.entity import geo_property, geometry_of, language_property, property_
from madang.lab.register import entities_of

# Which dong the candidate stands in, and how many seats the course has.
ADDED = {"fabless-valley": (30, 120), "more-courses": (44, 60)}
SKILL = "회로설계"


def lab(path: Path) -> None:
    """A laboratory and a demand for designers, on 현행 and on two 안 that each add a candidate and a course."""
    with madang.open(path, write=True) as city:
        dongs = entities_of(city.view(), "Dong")
        city.fork("more-courses", title={"ko": "과정 확대안(가상)", "en": "More courses (made up)"}, reason="made up")
        for name in ("main", *ADDED):
            branch = city.branch(name)
            branch.put(_laboratory("stands", dongs[0], "operating"), reason="laboratory (made up)")
            for year, persons in ((2028, 220), (2030, 380), (2032, 520)):
                branch.clusters.talent.add_demand(
                    skill=SKILL, year=year, persons=persons, kind="standing", reason="demand (made up)"
                )
        for name, (place, seats) in ADDED.items():
            branch = city.branch(name)
            branch.put(_laboratory(name, dongs[place], "candidate"), reason="candidate (made up)")
            branch.clusters.talent.add_programme(
                name={"ko": f"설계 과정 {seats}석(가상)", "en": f"Design course, {seats} seats (made up)"},
                skill=SKILL, seats=seats, start_year=2026, study_years=2, end_year=2032, amount=9_000_000_000,
                graduation_rate=_about(0.9), local_hire_rate=_about(0.5), retention_rate=_about(0.9),
                reason="course (made up)",
            )  # fmt: skip


def _about(share: float) -> dict[str, float]:
    return {"low": round(share - 0.05, 2), "central": share, "high": round(share + 0.05, 2)}


def _laboratory(name: str, dong: dict[str, Any], state: str) -> dict[str, Any]:
    ring = geometry_of(dong)["coordinates"]
    while isinstance(ring[0][0], list):
        ring = ring[0]
    middle = [round(sum(point[axis] for point in ring) / len(ring), 6) for axis in (0, 1)]
    return {
        "id": f"urn:ngsi-ld:ServiceSite:madeup:{name}",
        "type": "ServiceSite",
        "name": language_property({"ko": f"공동연구실 {name}(가상)", "en": f"Shared laboratory {name} (made up)"}),
        "kind": property_("shared-lab"),
        "state": property_(state),
        "location": geo_property({"type": "Point", "coordinates": middle}),
        "status": property_("synthetic"),
    }
