"""Firms of a cluster: by stage of the supply chain, by industry, with where they stand and whom they supply."""

from __future__ import annotations

from collections import Counter
from typing import Any

from madang.entities.entity import Document, provenance_of, value_of
from madang.errors import both
from madang.indicators.provenance import combine_status
from madang.lab import taxonomy
from madang.lab.cluster_page.belonging import Belonging, stages_wanted
from madang.lab.cluster_page.seen import Figure, derived, ids, title_of, told, unknown


def register(belonging: Belonging) -> dict[str, Any]:
    """The firms, and what is not known of them."""
    firms = belonging.documents("Firm", belonging.firms)
    rows = [_row(belonging, one) for one in firms]
    return {
        "count": belonging.seen.counted(firms) if firms else unknown("C62", both("clusters.page-no-firms")),
        "employees": employees(firms),
        "employeesUnknown": sum(value_of(one, "employees") is None for one in firms),
        "unplaced": sum(row["place"]["point"] is None for row in rows),
        "unmapped": [{"id": one["id"], "name": title_of(one)} for one in firms if not _codes(one)],
        "byStage": _by_stage(belonging, firms, rows),
        "byCode": _by_code(firms),
        "firms": rows,
    }


def employees(firms: list[Document]) -> Figure:
    """Employees of those firms whose number is known; the note says of how many it is not."""
    known = [one for one in firms if isinstance(value_of(one, "employees"), (int, float))]
    if not known:
        return unknown("IE", both("clusters.page-no-employees"))
    status = combine_status(provenance_of(one, "employees").status for one in known)
    note = both("clusters.page-employees", known=len(known), firms=len(firms))
    return derived(sum(int(value_of(one, "employees")) for one in known), "IE", status=status, note=note)


def _row(belonging: Belonging, firm: Document) -> dict[str, Any]:
    stage = value_of(firm, "supplyStage")
    return {
        "id": firm["id"],
        "name": title_of(firm),
        "codes": _codes(firm),
        "stage": stage,
        "stageLabel": taxonomy.stages().get(str(stage)),
        "stagesPossible": belonging.tag.stages_of(_codes(firm)) if belonging.tag and stage is None else [],
        "tag": value_of(firm, "strategicIndustry"),
        "employees": belonging.seen.stored(firm, "employees", unit="IE"),
        "foundedYear": value_of(firm, "foundedYear"),
        "products": value_of(firm, "products"),
        "place": belonging.seen.place(firm),
        "suppliesTo": ids(firm, "suppliesTo"),
        "how": belonging.firms[firm["id"]],
        **told(firm),
    }


def _by_stage(belonging: Belonging, firms: list[Document], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted, names = stages_wanted(belonging), taxonomy.stages()
    held = Counter(row["stage"] for row in rows)
    shown: list[str | None] = [one for one in names if one in wanted or held[one]]
    made = []
    for stage in [*shown, *([None] if held[None] else [])]:
        here = [one for one in firms if value_of(one, "supplyStage") == stage]
        made.append(
            {
                "id": stage,
                "label": both("clusters.page-stage-unsaid") if stage is None else names[stage],
                "isWanted": stage in wanted,
                "count": len(here),
                "employees": employees(here),
                "firms": [one["id"] for one in here],
            }
        )
    return made


def _by_code(firms: list[Document]) -> list[dict[str, Any]]:
    counts = Counter(code for one in firms for code in _codes(one))
    rows = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [{"code": code, "label": taxonomy.label(code), "count": n} for code, n in rows]


def _codes(firm: Document) -> list[str]:
    return taxonomy.known_codes(value_of(firm, "ksicCodes") or ())
