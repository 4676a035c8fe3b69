"""Whom a cluster buys from and sells to: ties of its firms, supplies from abroad, trade in its items."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from madang.entities.entity import Document, provenance_of, value_of
from madang.errors import both
from madang.indicators.provenance import combine_status
from madang.lab import taxonomy
from madang.lab.cluster_page.belonging import Belonging
from madang.lab.cluster_page.seen import derived, ids, unknown
from madang.lab.dependencies import Dependencies
from madang.lab.register import pair

PARTNERS_SHOWN = 8


def supply(belonging: Belonging, door: Dependencies) -> dict[str, Any]:
    """Dependencies by gravity, ties between firms, suppliers and customers, trade by item."""
    links = _links(belonging)
    mine = [one.as_json() for one in door.choke_points() if one.id in belonging.dependencies]
    return {
        "dependencies": [{**one, "how": belonging.dependencies[one["id"]]} for one in mine],
        "links": links,
        "suppliers": _counted(belonging, [one["from"] for one in links if one["side"] == "in"]),
        "customers": _counted(belonging, [one["to"] for one in links if one["side"] == "out"]),
        "trade": _trade(belonging),
        "note": None if links or mine else both("clusters.page-no-supply"),
    }


def _links(belonging: Belonging) -> list[dict[str, Any]]:
    """Ties by suppliesTo that begin or end in the cluster."""
    own, seen, made = belonging.firms, belonging.seen, []
    for type in ("Firm", "Organisation"):
        for one in seen.all(type):
            for buyer in ids(one, "suppliesTo"):
                if one["id"] in own or buyer in own:
                    side = "within" if one["id"] in own and buyer in own else "out" if one["id"] in own else "in"
                    names = [seen.name(one["id"]), seen.name(buyer)]
                    made.append({"from": one["id"], "to": buyer, "names": names, "side": side})
    return made


def _counted(belonging: Belonging, found: list[str]) -> list[dict[str, Any]]:
    counts = sorted(Counter(found).items(), key=lambda one: (-one[1], one[0]))
    return [{"id": id, "name": belonging.seen.name(id), "count": n} for id, n in counts]


def _trade(belonging: Belonging) -> list[dict[str, Any]]:
    """Trade in the items of the strategic industry, and in those that dependencies name; the latest year of each."""
    items = set(belonging.tag.hs_codes()) if belonging.tag else set()
    items |= {str(value_of(one, "hsCode")) for one in belonging.documents("Dependency", belonging.dependencies)}
    found: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for one in belonging.seen.all("TradeFlow"):
        code = str(value_of(one, "hsCode") or "")
        if any(code.startswith(item) for item in items):
            found[code, str(value_of(one, "flow"))].append(one)
    return [_item(code, flow, flows) for (code, flow), flows in sorted(found.items())]


def _item(code: str, flow: str, flows: list[Document]) -> dict[str, Any]:
    year = max(int(value_of(one, "year") or 0) for one in flows)
    now = [one for one in flows if int(value_of(one, "year") or 0) == year]
    known = [one for one in now if value_of(one, "amount") is not None]
    total = sum(float(value_of(one, "amount")) for one in known)
    partners: Counter[str] = Counter()
    for one in known:
        partners[str(value_of(one, "partner") or "-")] += float(value_of(one, "amount"))  # type: ignore[assignment]
    status = combine_status(provenance_of(one).status for one in now)
    note = both("clusters.page-trade", known=len(known), all=len(now))
    amount = derived(total, "USD", status=status, period=str(year), note=note)
    return {
        "hs": code,
        "label": taxonomy.hs_label(code),
        "item": next((pair(value_of(one, "name")) for one in now if value_of(one, "name")), None),
        "flow": flow,
        "flowLabel": both(f"clusters.page-{flow}"),
        "year": year,
        "amount": amount if known else unknown("USD", both("clusters.page-not-stated")),
        "partners": [
            {"partner": partner, "amount": value, "share": round(value / total, 6) if total else None}
            for partner, value in partners.most_common(PARTNERS_SHOWN)
        ],
    }
