"""What layers there are: read from `layers.toml`, which holds the words, the metres and the tones.

A layer is the entities of one type, or of a few that people see as one, that have a place. How they stand is one of
five: a figure of theirs to scale (`figure`), their own height or their storeys (`storeys`), flat (`sheet`), as a small
sign with its size stated (`symbol`), or as the ground itself (`terrain`). Whatever has a body of its own (`geometry3d`)
is drawn by that body, whichever the kind.

Sheets lie above each other by `sheet_base_m`: the lower the more of the ground they cover. `tone` is the name of a
neutral colour, which the viewer knows. `shown` says what a first view shows; a kind with `hidden_beside` steps back
where one of those layers has something to show.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from madang.entities.storeys import HOME_M, OTHER_M
from madang.errors import NotFoundError

Text = Mapping[str, str]
Heights = Literal["figure", "storeys", "sheet", "symbol", "terrain"]
Drawn = Literal["solid", "sheet", "symbol", "terrain"]

_DRAWN: Mapping[Heights, Drawn] = {
    "figure": "solid", "storeys": "solid", "sheet": "sheet", "symbol": "symbol", "terrain": "terrain",
}  # fmt: skip
_METRES = ("symbol_side_m", "symbol_height_m", "lane_m", "line_width_m", "coarse_from_m")


@dataclass(frozen=True)
class Figure:
    """A figure that prisms can stand for, and the sentence that says so."""

    attribute: str
    height: Text


@dataclass(frozen=True)
class LayerKind:
    """One kind of layer; metres that a kind has no use for are 0. `type` is the first of its `types`."""

    id: str
    type: str
    types: tuple[str, ...]
    heights: Heights
    title: Text
    note: Text  # of a city without terrain
    terrain_note: Text | None = None  # of one with terrain, where that reads otherwise
    height: Text | None = None
    flat_note: Text | None = None
    symbol_note: Text | None = None
    coarse_note: Text | None = None
    figures: tuple[Figure, ...] = ()
    by_storeys: bool = False  # where no height is known, storeys at the figures of entities.storeys
    symbol_side_m: float = 0.0
    symbol_height_m: float = 0.0
    sheet_base_m: float = 0.0
    lane_m: float = 0.0
    line_width_m: float = 6.0
    coarse_from_m: float = 0.0
    tone: str = "plain"
    shown: bool = True
    hidden_beside: tuple[str, ...] = ()

    @property
    def drawn(self) -> Drawn:
        """How a viewer draws it: a solid, a sheet on the ground, a symbol, or the ground."""
        return _DRAWN[self.heights]

    def note_with(self, *, terrain: bool) -> Text:
        """The note of a city with or without terrain."""
        return self.terrain_note or self.note if terrain else self.note

    def shown_beside(self, present: Collection[str]) -> bool:
        """Whether a first view shows the layer, beside the other layers that have something to show."""
        return self.shown and not set(self.hidden_beside) & set(present)

    def said(self, text: Text, **facts: Any) -> dict[str, str]:
        """A text of this layer with its metres and the facts filled in."""
        metres = {name: f"{getattr(self, name):g}" for name in _METRES}
        metres |= {"home_m": f"{HOME_M:g}", "other_m": f"{OTHER_M:g}"}
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
    types = tuple(members.pop("types", None) or (members.pop("type"),))
    figures = tuple(Figure(**figure) for figure in members.pop("figures", ()))
    beside = tuple(members.pop("hidden_beside", ()))
    return LayerKind(id=name, type=types[0], types=types, figures=figures, hidden_beside=beside, **members)
