"""What a branch changes in each layer, so that a page can point at it."""

from __future__ import annotations

from madang.store import Store
from madang.twin.catalogue import layer_kinds

LayerChanges = dict[str, dict[str, list[str]]]


def branch_changes(store: Store, branch: str, *, against: str = "main") -> LayerChanges:
    """Ids that a branch added, changed and removed, by layer; layers that it leaves alone are not named."""
    layer_of = {name: kind.id for kind in layer_kinds().values() for name in kind.types}
    found: LayerChanges = {}
    for change in store.diff(branch, against=against):
        for layer in {layer_of[name] for name in change.types if name in layer_of}:
            kinds = found.setdefault(layer, {"added": [], "changed": [], "removed": []})
            kinds[change.kind].append(change.id)
    return {layer: {kind: sorted(ids) for kind, ids in kinds.items()} for layer, kinds in found.items()}
