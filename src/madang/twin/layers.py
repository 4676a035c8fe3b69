"""The layers of a branch: what there is, what a page says about it, its tiles and its values for colouring.

    layers          what can be shown, with status, source, licence, how heights came about
    layer_tileset   the tileset of a layer, built when its content is new
    delta_tileset   what of a layer a branch has otherwise than main
    layer_file      one file of either, for a server
    layer_values    one attribute of all features, for a legend (`values`)

On a branch a viewer shows main's tileset, hides in it what the branch has otherwise (`hidden`), and shows the delta
beside it; who knows nothing of that takes the branch's own tileset, which is complete. Both are kept by content
(`cache`), and share the tiles they have alike. What was read of a layer stands in memory (`memory`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson

from madang.store import Store, View
from madang.twin.cache import kept_file, kept_tileset
from madang.twin.catalogue import Drawn, LayerKind, Text, layer_kind, layer_kinds
from madang.twin.changes import branch_changes
from madang.twin.credits import credit_of
from madang.twin.memory import MAIN, Held, held
from madang.twin.reading import AttributeSummary, LayerData
from madang.twin.terrain import ground_of, terrain_key, terrain_note
from madang.twin.tiles import TILESET, FeatureColumns, Options, write_tileset
from madang.twin.tiling import FORMAT
from madang.twin.values import LayerValues as LayerValues
from madang.twin.values import layer_values as layer_values

DELTA = "delta"


@dataclass(frozen=True)
class LayerDelta:
    """What a branch draws otherwise than main: a tileset of its own, and the ids that it hides in main's."""

    tiles: str
    hidden: Sequence[str]
    added: int
    changed: int
    removed: int

    def as_json(self) -> dict[str, Any]:
        """The difference as plain JSON."""
        return {
            "tiles": self.tiles,
            "hidden": list(self.hidden),
            "added": self.added,
            "changed": self.changed,
            "removed": self.removed,
        }


@dataclass(frozen=True)
class LayerInfo:
    """A layer as a page shows it. `metres_per_unit` is the scale of prisms whose height stands for a figure.

    `tiles` is the address of the tileset to show: on a branch main's, with `delta` for what differs. `tone` names the
    colours it has without a legend, `shown` says whether a first view shows it beside the others there are.
    """

    id: str
    type: str
    title: Text
    status: str | None
    features: int
    attributes: Sequence[AttributeSummary]
    source: Text | None
    licence: str | None
    attribution: Text | None
    height: Text | None
    height_attribute: str | None
    metres_per_unit: float | None
    note: Text
    drawn: Drawn
    tone: str
    shown: bool
    tiles: str
    delta: LayerDelta | None

    def as_json(self) -> dict[str, Any]:
        """The layer as plain JSON."""
        return {
            "id": self.id,
            "type": self.type,
            "title": dict(self.title),
            "status": self.status,
            "features": self.features,
            "attributes": [attribute.as_json() for attribute in self.attributes],
            "source": _plain(self.source),
            "licence": self.licence,
            "attribution": _plain(self.attribution),
            "height": _plain(self.height),
            "heightAttribute": self.height_attribute,
            "metresPerUnit": self.metres_per_unit,
            "note": dict(self.note),
            "drawn": self.drawn,
            "tone": self.tone,
            "shown": self.shown,
            "tiles": self.tiles,
            "delta": None if self.delta is None else self.delta.as_json(),
        }


def layers(store: Store, branch: str = MAIN) -> list[LayerInfo]:
    """The layers that have features on a branch, in the catalogue's order."""
    found = [held(store, branch, kind) for kind in layer_kinds().values()]
    there = [one for one in found if len(one.data.rows) or one.hidden]
    view = store.view(branch)
    changes = branch_changes(store, branch) if branch != MAIN else {}
    present = [one.kind.id for one in there]
    told = _Told(store, view, branch, terrain=bool(terrain_key(view)), present=present, changes=changes)
    return [told.info(one) for one in there if len(one.data.rows)]


def layer_tileset(store: Store, branch: str, layer: str, cache_dir: Path, *, compressed: bool = False) -> Path:
    """The tileset.json of a layer, complete; built first if no tileset of this content is in the cache."""
    kind = layer_kind(layer)
    one = held(store, branch, kind)
    return _kept(store, branch, one, one.data, cache_dir, compressed=compressed)


def delta_tileset(store: Store, branch: str, layer: str, cache_dir: Path, *, compressed: bool = False) -> Path:
    """The tileset.json of what a branch has in a layer otherwise than main; of main an empty one."""
    kind = layer_kind(layer)
    one = held(store, branch, kind)
    if kind.heights == "terrain":  # one surface: a part of it can't be taken out of main's
        return _kept(store, branch, one, one.data, cache_dir, compressed=compressed)
    return _kept(store, branch, one, one.delta, cache_dir, compressed=compressed)


def layer_file(
    store: Store, branch: str, layer: str, name: str, cache_dir: Path, *, delta: bool = False, compressed: bool = False
) -> Path:
    """The file of a layer that a viewer asks for: tileset.json, or a glb by the name it was given there."""
    if name == TILESET:
        find = delta_tileset if delta else layer_tileset
        return find(store, branch, layer, cache_dir, compressed=compressed)
    return kept_file(cache_dir, layer_kind(layer).id, name)


def write_layer(store: Store, branch: str, layer: str, folder: Path, *, compressed: bool = False) -> int:
    """Write the complete tileset of a layer into a folder of its own; gives the number of features it was read with."""
    one = held(store, branch, layer_kind(layer))
    making = _Making.of(store, branch, one, one.data, compressed=compressed)
    making.write(folder / TILESET, folder)
    return len(one.data.rows)


def content_hash(columns: FeatureColumns, said: Sequence[Any]) -> str:
    """Sixteen hex digits that stand for everything a layer's tileset is made of."""
    properties = {name: np.asarray(values).tolist() for name, values in columns.properties.items()}
    digest = hashlib.sha256(orjson.dumps([FORMAT, *said, np.asarray(columns.ids).tolist(), properties]))
    digest.update(np.array([len(wkb) for wkb in columns.wkb], dtype="<u4").tobytes())
    digest.update(b"".join(columns.wkb))
    for metres in (columns.base_m, columns.height_m, columns.width_m, columns.standing_m):
        if metres is not None:
            digest.update(np.asarray(metres, dtype="<f8").tobytes())
    if columns.surfaces is not None:
        for array in (columns.surfaces.lonlat, columns.surfaces.ring_offsets, columns.surfaces.feature_offsets):
            digest.update(array.tobytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class _Making:
    """How one tileset is to be made: of which features, at which scale, on which ground."""

    view: View
    data: LayerData
    scale: float
    options: Options

    @classmethod
    def of(cls, store: Store, branch: str, one: Held, data: LayerData, *, compressed: bool) -> _Making:
        view = store.view(branch)
        words = credit_of(view, one.data.sources if data is one.main else data.sources).words
        options = Options(attribution=words, terrain=terrain_key(view), compressed=compressed)
        return cls(view, data, scale_of(one), options)

    def version(self) -> str:
        """A name for all this, worked out once for what was read."""
        options = self.options
        said = [self.data.kind.id, self.scale, options.attribution, options.terrain, options.compressed]
        known = self.data.__dict__.setdefault("_versions", {})
        key = repr(said)
        if key not in known:
            known[key] = content_hash(self.data.columns(self.scale), said)
        return str(known[key])

    def write(self, place: Path, tiles: Path) -> None:
        ground = ground_of(self.view) if self.options.terrain else None
        if self.data.kind.heights == "terrain":
            from madang.twin.terrain_tiles import build_terrain  # only a city with terrain needs it

            if ground is not None:
                build_terrain(ground, place.parent, prefix=f"{self.version()}-", attribution=self.options.attribution)
                return
        write_tileset(self.data.columns(self.scale), place, tiles=tiles, options=replace(self.options, ground=ground))


def _kept(store: Store, branch: str, one: Held, data: LayerData, cache_dir: Path, *, compressed: bool) -> Path:
    making = _Making.of(store, branch, one, data, compressed=compressed)
    return kept_tileset(cache_dir, one.kind.id, making.version(), making.write)


def scale_of(one: Held) -> float:
    """The scale of prisms, taken from main, so that a branch beside it is drawn alike."""
    if not one.kind.figures:
        return 1.0
    return (one.data if one.main.figure is None else one.main).metres_per_unit()


def tiles_address(city: str, branch: str, layer: str, *, delta: bool = False) -> str:
    """Where a server has the tileset of a layer on a branch."""
    tenant = city if branch == MAIN else f"{city}~{branch}"
    return f"/tiles/{quote(tenant, safe='~')}/{quote(layer)}/{f'{DELTA}/' if delta else ''}{TILESET}"


# --- what a page says -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Told:
    """What all layers of a branch have in common, when each is told of."""

    store: Store
    view: View
    branch: str
    terrain: bool
    present: Sequence[str]
    changes: dict[str, dict[str, list[str]]]

    def info(self, one: Held) -> LayerInfo:
        kind, data, city = one.kind, one.data, self.store.city.id
        scale = scale_of(one)
        credit = credit_of(self.view, data.sources)
        return LayerInfo(
            id=kind.id,
            type=kind.type,
            title=kind.title,
            status=data.status,
            features=len(data.rows),
            attributes=data.attributes,
            source=credit.title,
            licence=credit.licence,
            attribution=credit.attribution,
            height=_height_text(kind, data, scale),
            height_attribute=data.figure.attribute if data.figure else None,
            metres_per_unit=scale if data.figure else None,
            note=self._note(kind, data),
            drawn=kind.drawn,
            tone=kind.tone,
            shown=kind.shown_beside(self.present),
            tiles=tiles_address(city, MAIN, kind.id),
            delta=self._delta(one, city),
        )

    def _delta(self, one: Held, city: str) -> LayerDelta | None:
        if not one.hidden and not one.after:
            return None
        counts = self.changes.get(one.kind.id, {})
        return LayerDelta(
            tiles=tiles_address(city, self.branch, one.kind.id, delta=True),
            hidden=one.hidden,
            added=len(counts.get("added", ())),
            changed=len(counts.get("changed", ())),
            removed=len(counts.get("removed", ())),
        )

    def _note(self, kind: LayerKind, data: LayerData) -> Text:
        if kind.heights == "terrain" and self.terrain:
            ground = ground_of(self.view)
            return kind.note if ground is None else terrain_note(ground)
        said = [dict(kind.note_with(terrain=self.terrain))]
        flat = np.isnan(data.heights) & ~data.has_body
        for text, count in ((kind.flat_note, int(flat.sum())), (kind.symbol_note, int(data.symbolic.sum()))):
            if text and count:
                said.append(kind.said(text, count=f"{count:,}"))
        return {language: " ".join(part[language] for part in said) for language in ("ko", "en")}


def _height_text(kind: LayerKind, data: LayerData, scale: float) -> Text | None:
    if data.figure is not None:
        return kind.said(data.figure.height, per_metre=f"{1 / scale:,.6g}")
    return kind.said(kind.height) if kind.height else None


def _plain(text: Text | None) -> dict[str, str] | None:
    return None if text is None else dict(text)
