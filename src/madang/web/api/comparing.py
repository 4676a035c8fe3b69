"""A branch beside another: the diff by entity and attribute, the indicators, and what sliders would do to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.city import City
from madang.civic.deciding.page import diff_rows
from madang.web.access import RANK
from madang.web.exchange import Caller


def compare(city: City, against: str, caller: Caller) -> Any:
    """The comparison with its runs; who may only look sees recorded runs, or figures that are not recorded."""
    known = city.compared(against)
    if known is None:
        records = RANK[caller.role] >= RANK["propose"]
        known = city.compare(against, by=caller.actor) if records else city.what_if({}, against=against)
    return known.as_json()


def what_if(city: City, levers: Mapping[str, float]) -> Any:
    """The comparison as it would be with these levers; nothing is recorded."""
    return city.what_if(levers).as_json()


def levers(city: City) -> list[Any]:
    """What can be turned on this branch."""
    return list(city.levers())


def diff(city: City, against: str) -> list[dict[str, Any]]:
    """변경 대비표: every changed entity and attribute, before and after, with their names in both languages."""
    return diff_rows(city.store, city.branch_name, against=against)
