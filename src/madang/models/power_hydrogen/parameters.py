"""The parameters of the model, from `cards.toml`: nearly all are assumption cards, whose source is to be named."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

from madang.models.base import Param


def _read() -> dict[str, tuple[Param, ...]]:
    found = tomllib.loads(resources.files(__package__).joinpath("cards.toml").read_text("utf-8"))
    return {group: tuple(_param(name, entry) for name, entry in cards.items()) for group, cards in found.items()}


def _param(name: str, entry: dict[str, Any]) -> Param:
    least, most = entry["limits"]
    if entry.get("role") == "constant":
        values = (least, entry["value"], most)
        return Param(name, entry["unit"], "constant", values[1], least, most, entry["source"], entry["label"])
    low, central, high = entry["values"]
    return Param(
        name,
        entry["unit"],
        "uncertainty",
        central,
        low,
        high,
        entry["source"],
        entry["label"],
        "triangular",
        (least, most),
    )


_GROUPS = _read()
PARAMETERS = tuple(p for group in _GROUPS.values() for p in group)
# Those whose value changes what a plan costs and nothing else of it, while sizes and operation are kept.
PRICED = tuple(
    p
    for group in ("prices", "devices")
    for p in _GROUPS[group]
    if p.role == "uncertainty" and not p.name.endswith("efficiency") and not p.name.startswith("tariff_")
)
