"""Route types: the standard's, its extension's, and those of Korea's KTDB, which uses the same numbers otherwise.

The number is always kept as `routeType`; the category is what it means. KTDB feeds are known by their ids: stops begin
with BS_ or RS_, routes with BR_ or RR_.
"""

from __future__ import annotations

from collections.abc import Iterable

STANDARD = {
    0: "tram", 1: "subway", 2: "rail", 3: "bus", 4: "ferry", 5: "cable_tram", 6: "aerial_lift", 7: "funicular",
    11: "trolleybus", 12: "monorail",
}  # fmt: skip
HUNDREDS = {
    1: "rail", 2: "coach", 3: "rail", 4: "subway", 5: "subway", 6: "subway", 7: "bus", 8: "trolleybus", 9: "tram",
    10: "ferry", 11: "air", 12: "ferry", 13: "aerial_lift", 14: "funicular", 15: "taxi", 17: "other",
}  # fmt: skip
KTDB = {
    0: "bus", 1: "subway", 2: "ferry", 3: "intercity_bus", 4: "rail", 5: "airport_bus", 6: "high_speed_rail", 7: "air",
}  # fmt: skip
ON_RAILS = frozenset(("tram", "subway", "rail", "cable_tram", "funicular", "monorail", "high_speed_rail"))


def category(route_type: int | None, *, ktdb: bool) -> str:
    """What a route type means; 'other' for one that nobody defined."""
    if route_type is None:
        return "other"
    if ktdb and route_type in KTDB:
        return KTDB[route_type]
    return STANDARD.get(route_type) or (HUNDREDS.get(route_type // 100) if route_type >= 100 else None) or "other"


def is_ktdb(stops: Iterable[str], routes: Iterable[str]) -> bool:
    """Whether ids are those of KTDB."""
    stops, routes = list(stops), list(routes)
    return bool(stops and routes) and all(one[:3] in ("BS_", "RS_") for one in stops) and all(
        one[:3] in ("BR_", "RR_") for one in routes
    )  # fmt: skip
