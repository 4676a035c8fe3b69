"""Which models there are: the two that ship, and those that plugins bring by the entry point group `madang.models`.

An entry point names an object with `spec` and `run` (a `Model`), or a class of such. A plugin can't take the id of a
model that ships.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from madang.errors import ModelError, NotFoundError
from madang.models.base import Model
from madang.models.clusters.model import Clusters
from madang.models.economy.model import Economy

GROUP = "madang.models"


@cache
def _found() -> dict[str, Model]:
    found: dict[str, Model] = {m.spec.id: m for m in (Economy(), Clusters())}
    for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name):
        brought = entry.load()
        made: Model = brought() if isinstance(brought, type) else brought
        if made.spec.id in found:
            raise ModelError("models.id-taken", id=made.spec.id, entry=entry.value)
        found[made.spec.id] = made
    return found


def models() -> list[str]:
    """The ids of all models, those that ship first."""
    return list(_found())


def model(id: str) -> Model:
    """A model by its id."""
    found = _found().get(id)
    if found is None:
        raise NotFoundError("models.model-unknown", id=id, known=", ".join(_found()))
    return found
