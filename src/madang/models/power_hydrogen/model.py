"""The power and hydrogen model: sites of a branch in; adequacy, cost and emissions of the cheapest plan out.

`site` reads the branch, `solar`, `demand` and `horizon` make its hours, `programme` the linear programme, `network`
solves it in the engine's process, `costs`, `figures` and `tables` say what came out. A single run has no band: its
programme is solved once; bands come from ensembles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.errors import ModelError, both
from madang.indicators.quantity import Quantity
from madang.models import engines
from madang.models.base import Context, Inputs, Label, Result, Spec
from madang.models.power_hydrogen import costs, figures, tables
from madang.models.power_hydrogen.card import ENGINE, EXTRA, ID, SPEC
from madang.models.power_hydrogen.horizon import horizon_of
from madang.models.power_hydrogen.programme import Answer, answer_of, case_of, size_of
from madang.models.power_hydrogen.site import Site, prepare

FUNCTION = "madang.models.power_hydrogen.network:solve"
TOLERANCE = 1e-6  # of the objective, and of the largest load: HiGHS's own feasibility tolerance is 1e-7


class PowerHydrogen:
    """The model; its engine lives in a process of its own."""

    spec: Spec = SPEC

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        """The cheapest plan, or why there is none to be had."""
        site = prepare(inputs, params, horizon_of(str(params.get("hours") or "")))
        if site.unknown:
            return Result(figures.unknown(site.unknown[0]), warnings=(*site.warnings, *site.unknown))
        answer = _solved(case_of(site, params), ctx)
        own = figures.made_hydrogen_kg(site, answer, params) > 0
        without = _solved(case_of(site, params, own_hydrogen=False), ctx) if own else None
        sizes = {d.id: size_of(d, answer) for d in site.devices}
        found = figures.figures(site, answer, without, sizes, params)
        moved = tables.tables(site, answer, sizes, params)
        return Result(
            found,
            tables=moved,
            warnings=(*site.warnings, *_lacks(found)),
            diagnostics=_checked(site, answer, sizes, params),
            notes=(*_notes(site, moved), *SPEC.assumptions),
        )


def _solved(case: Mapping[str, Any], ctx: Context) -> Answer:
    return answer_of(engines.call(ENGINE, FUNCTION, {"case": case}, ctx, model=ID, extra=EXTRA))


def _checked(site: Site, answer: Answer, sizes: Mapping[str, float], params: Mapping[str, Any]) -> dict[str, float]:
    """Laws that the answer must keep: balance in every hour, duality, and the objective computed again."""
    again = costs.objective(site, answer, sizes, params)
    scale = max(1.0, abs(answer.objective_krw))
    off = {
        "objective_error": abs(again - answer.objective_krw) / scale,
        "duality_gap": abs(answer.gap),
        "imbalance": answer.imbalance / max(1.0, float(site.load.max())),
    }
    for law, found in off.items():
        if found > TOLERANCE:
            raise ModelError("power_hydrogen.law-broken", law=law, found=found, tolerance=TOLERANCE)
    return {"objective_krw": round(answer.objective_krw), **{law: 0.0 + round(v, 9) for law, v in off.items()}}


def _lacks(found: Mapping[str, Quantity]) -> list[Label]:
    """A plan that leaves demand unserved says so before its cost is read."""
    lacking = [
        said
        for id, said in (("unserved-energy", "warn-unserved"), ("unserved-hydrogen", "warn-unserved-hydrogen"))
        if (found[f"power-hydrogen.{id}"].value or 0) > figures.NOTICED_MW
    ]
    return [both(f"power_hydrogen.{said}") for said in lacking]


def _notes(site: Site, moved: Mapping[str, Any]) -> list[Label]:
    """Which inputs would change the answer, and that a single run has no band."""
    notes: list[Label] = [both("power_hydrogen.note-no-band")]
    rows = [row for row in moved["what-moves-cost"] if row["low_krw"] != row["high_krw"]]
    if rows:
        notes.append(both("power_hydrogen.note-moves-most", card=rows[0]["label"]))
    labels = {p.name: dict(p.label) for p in SPEC.params}
    notes += [both("power_hydrogen.note-assumed-load", card=labels[name]) for name in site.assumed_load]
    return notes
