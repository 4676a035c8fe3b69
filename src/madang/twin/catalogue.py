"""What layers there are: read from `layers.toml`, which holds the words and the metres.

A layer is the entities of one type that have a place. How high they stand is one of three: a figure of theirs to scale
(`figure`), their own height or their storeys (`storeys`), or flat (`sheet`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from madang.errors import NotFoundError

Text = Mapping[str, str]


@dataclass(frozen=True)
class Figure:
    """A figure that prisms can stand for, and the sentence that says so."""

    attribute: str
    height: Text


@dataclass(frozen=True)
class LayerKind:
    """One kind of layer; metres that a kind has no use for are 0."""

    id: str
    type: str
    heights: Literal["figure", "storeys", "sheet"]
    title: Text
    note: Text
    height: Text | None = None
    flat_note: Text | None = None
    symbol_note: Text | None = None
    figures: tuple[Figure, ...] = ()
    storey_m: float = 0.0
    symbol_side_m: float = 0.0
    symbol_height_m: float = 0.0
    sheet_base_m: float = 0.0
    lane_m: float = 0.0
    line_width_m: float = 6.0

    def said(self, text: Text, **facts: Any) -> dict[str, str]:
        """A text of this layer with its metres and the facts filled in."""
        metres = {name: f"{getattr(self, name):g}" for name in ("storey_m", "symbol_side_m", "symbol_height_m",
                                                                "lane_m", "line_width_m")}  # fmt: skip
        return {language: words.format(**metres, **facts) for language, words in text.items()}


@cache
def layer_kinds() -> Mapping[str, LayerKind]:
    """All kinds of layers by id, in the order in which a page lists them."""
    found = tomllib.loads(resources.files("madang.twin").joinpath("layers.toml").read_text("utf-8"))
    return {name: _kind(name, dict(members)) for name, members in found.items()}


def layer_kind(name: str) -> LayerKind:
    """The kind of a layer by its id."""
    kinds = layer_kinds()
    if name not in kinds:
        raise NotFoundError("twin.layer-unknown", layer=name, known=", ".join(kinds))
    return kinds[name]


def _kind(name: str, members: dict[str, Any]) -> LayerKind:
    figures = tuple(Figure(**figure) for figure in members.pop("figures", ()))
    return LayerKind(id=name, figures=figures, **members)
