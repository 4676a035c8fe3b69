"""Talent of a cluster: the programmes that train for it, and the gap of their skills by year."""

from __future__ import annotations

from typing import Any

from madang.errors import both
from madang.lab.cluster_page.belonging import Belonging
from madang.lab.cluster_page.seen import Figure, derived, unknown
from madang.lab.talent import Talent


def talent(belonging: Belonging, door: Talent) -> dict[str, Any]:
    """Programmes, their skills, and supply against demand for these."""
    mine = [one for one in door.programmes() if one.id in belonging.programmes]
    skills = sorted({one.skill for one in mine})
    years = [one.as_json() for skill in skills for one in door.gap(skill=skill)]
    return {
        "programmes": [one.as_json() for one in mine],
        "gap": years,
        "skills": skills,
        "note": None if mine else both("clusters.page-no-programmes"),
    }


def gap_figure(found: dict[str, Any]) -> Figure:
    """The gap of the next year for which a demand is stated, over all skills of the cluster."""
    years = sorted({row["year"] for row in found["gap"] if row["gap"] is not None})
    if not years:
        return unknown("IE", both("clusters.page-no-demand"))
    rows = [row["gap"] for row in found["gap"] if row["year"] == years[0] and row["gap"] is not None]
    low, central, high = (sum(row[case] for row in rows) for case in ("low", "central", "high"))
    return derived(
        central, "IE", status="estimated", period=str(years[0]), band={"low": low, "high": high},
        note=both("clusters.talent-method"),
    )  # fmt: skip
