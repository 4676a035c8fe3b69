"""Ensembles as the pages ask for them: the list, one, its members as Arrow, CSV or JSON, what moves an outcome."""

from __future__ import annotations

from typing import Any

from madang.errors import CallerError
from madang.models.many.recorded import short
from madang.models.many.tables import MEDIA_TYPES, packed
from madang.web.api.door import Asked, Door, Table
from madang.web.exchange import Reply

ROOT = "/api/cities/{tenant}/ensembles"


def routes(door: Door) -> Table:
    """The paths of this room."""
    return [
        ("GET", ROOT, door.reads(ensembles)),
        ("GET", ROOT + "/{ensemble}", door.reads(ensemble)),
        ("GET", ROOT + "/{ensemble}/columns", door.reads(columns, parameters=("format",))),
        ("GET", ROOT + "/{ensemble}/sensitivity", door.reads(sensitivity, parameters=("indicator",))),
    ]


def ensembles(asked: Asked) -> dict[str, Any]:
    """The ensembles of a branch, without what failed and what went in."""
    left_out = ("failed", "inputs", "parameters")
    found = [one.as_json() | {"failures": len(one.failed)} for one in asked.city.experiments.all()]
    return {"ensembles": [{name: value for name, value in one.items() if name not in left_out} for one in found]}


def ensemble(asked: Asked) -> dict[str, Any]:
    """One ensemble: design, bands, failed members, inputs."""
    return asked.city.experiments.ensemble(asked.parts["ensemble"]).as_json()


def columns(asked: Asked) -> Reply:
    """Its members: one row each, with levers, uncertainties and outcomes."""
    form = asked.parameters.get("format", "json")
    found = asked.city.experiments.ensemble(asked.parts["ensemble"])
    name = f'attachment; filename="{found.model}-{short(found)}.{form}"'
    headers = [(b"cache-control", b"no-store")]
    if form != "json":
        headers.append((b"content-disposition", name.encode()))
    return Reply(200, packed(found, form), MEDIA_TYPES[form].encode(), headers)


def sensitivity(asked: Asked) -> dict[str, Any]:
    """Which columns move one outcome."""
    indicator = asked.parameters.get("indicator")
    if not indicator:
        raise CallerError("web.parameter-missing", parameter="indicator", expected="the id of an outcome")
    return asked.city.experiments.sensitivity(asked.parts["ensemble"], indicator).as_json()
