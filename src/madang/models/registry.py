"""Which models there are: those that ship, and those that plugins bring by the entry point group `madang.models`.

An entry point names an object with `spec` and `run` (a `Model`), or a class of such. A plugin can't take the id of a
model that ships. One that can't be used is left out with a warning; `broken` says why, as does asking for it by name.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

from madang.errors import ModelError, NotFoundError
from madang.models.base import Model, Spec
from madang.plugins import plugins

GROUP = "madang.models"
# Module and class of each model that ships, in reading order. Each imports its engine when it runs, not before.
SHIPPED = (
    ("madang.models.economy.model", "Economy"),
    ("madang.models.clusters.model", "Clusters"),
    ("madang.models.specialisation.model", "Specialisation"),
    ("madang.models.supply_shock.model", "SupplyShock"),
    ("madang.models.talent.model", "Talent"),
    ("madang.models.power_hydrogen.model", "PowerHydrogen"),
    ("madang.models.siting.model", "Siting"),
)


@cache
def _found() -> tuple[dict[str, Model], dict[str, ModelError]]:
    shipped = [getattr(importlib.import_module(module), name)() for module, name in SHIPPED]
    found: dict[str, Model] = {model.spec.id: model for model in shipped}
    broken: dict[str, ModelError] = {}
    for plugin in plugins(GROUP, _lacks):
        facts = {"entry": f"{plugin.name} = {plugin.value}", "distribution": plugin.distribution}
        if plugin.why:
            broken[plugin.name] = ModelError("models.plugin-broken", **facts, why=plugin.why)
        elif plugin.brought.spec.id in found:
            broken[plugin.name] = ModelError("models.id-taken", **facts, id=plugin.brought.spec.id)
        else:
            found[plugin.brought.spec.id] = plugin.brought
    for error in broken.values():
        warnings.warn(error.message("en"), stacklevel=2)
    return found, broken


def _lacks(brought: Any) -> str:
    if not isinstance(getattr(brought, "spec", None), Spec):
        return "it has no spec"
    return "" if callable(getattr(brought, "run", None)) else "it has no run"


def models() -> list[str]:
    """The ids of all models, those that ship first."""
    return list(_found()[0])


def broken() -> Mapping[str, ModelError]:
    """Plugins that can't be used, by the name of their entry point, with what is wrong."""
    return dict(_found()[1])


def model(id: str) -> Model:
    """A model by its id."""
    found, broken = _found()
    if id in found:
        return found[id]
    if id in broken:
        raise ModelError(broken[id].code, **broken[id].facts)
    raise NotFoundError("models.model-unknown", id=id, known=", ".join(found))
