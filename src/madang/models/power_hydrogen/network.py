"""The engine's side: a site as a PyPSA network, solved by HiGHS. Runs in a process of its own, called by name.

Money is in million KRW, power in MW, hydrogen in MWh of its lower heating value.

    roof bus          solar -> own use (link) -> electricity bus; solar -> export
    electricity bus   load, grid, batteries, unserved
    hydrogen bus      demand, electrolysers (links), tanks, deliveries, unserved

Only solar can be exported, so that buying cheap and selling dear is no answer. The connection's size is a variable with
the demand charge as its cost: its optimum is the peak import. Where weeks stand for seasons, every week begins and ends
with equal stores.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

ENOUGH = 10.0  # times the largest load: the size of what must never bind
SOLVER = {"threads": 1, "random_seed": 1, "output_flag": False}


def solve(payload: Mapping[str, Any], progress: Callable[[float, str], None] | None = None) -> dict[str, Any]:
    """The optimum of a case: objective, sizes, flows by hour, prices, duality gap, largest imbalance."""
    heard = progress or (lambda share, what: None)
    heard(0.0, "PyPSA")
    import pypsa  # takes seconds, once a process; and this module must be importable where the engine is not

    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    case = payload["case"]
    network = _network(pypsa.Network(), case)
    heard(0.2, "HiGHS")
    return _solve(network, case)


def _network(n: Any, case: Mapping[str, Any]) -> Any:
    n.set_snapshots(range(len(case["weight"])))
    n.snapshot_weightings["objective"] = case["weight"]
    n.snapshot_weightings["generators"] = case["weight"]
    enough = ENOUGH * (1 + max(case["load"], default=0.0) + sum(d["size"] for d in case["devices"]))
    for name in ("electricity", "hydrogen", "roof"):
        n.add("Bus", name, carrier=name)
        n.add("Carrier", name)
    n.add("Load", "load", bus="electricity", p_set=case["load"])
    for grid in case["grids"]:
        n.add(
            "Generator",
            f"grid {grid['id']}",
            bus="electricity",
            carrier="electricity",
            p_nom_extendable=True,
            p_nom_max=np.inf if grid["limit"] is None else grid["limit"],
            capital_cost=grid["charge"],
            marginal_cost=grid["price"],
        )
    n.add("Generator", "unserved", bus="electricity", p_nom=enough, marginal_cost=case["penalty"]["electricity"])
    for device in case["devices"]:
        _ADD[device["kind"]](n, device)
    if any(d["kind"] == "solar" for d in case["devices"]):
        n.add("Link", "own use", bus0="roof", bus1="electricity", p_nom=enough)
        if case["export"]["limit"]:
            sold = {"sign": -1, "p_nom": case["export"]["limit"], "marginal_cost": -case["export"]["price"]}
            n.add("Generator", "export", bus="roof", **sold)
    if any(case["hydrogen"]):
        _add_hydrogen(n, case)
    return n


def _add_hydrogen(n: Any, case: Mapping[str, Any]) -> None:
    n.add("Load", "hydrogen", bus="hydrogen", p_set=case["hydrogen"])
    enough, delivery = ENOUGH * max(case["hydrogen"]), case["delivery"]
    most = enough if delivery["limit"] is None else delivery["limit"]
    n.add("Generator", "delivered", bus="hydrogen", p_nom=most, marginal_cost=delivery["price"])
    n.add("Generator", "unserved hydrogen", bus="hydrogen", p_nom=enough, marginal_cost=case["penalty"]["hydrogen"])


def _sizes(device: Mapping[str, Any], what: str) -> dict[str, Any]:
    """A size that is given, or that may be chosen between what there is and the most there may be."""
    if not device["extendable"]:
        return {f"{what}_nom": device["size"]}
    most = np.inf if device["most"] is None else device["most"]
    bounds = {f"{what}_nom_min": device["size"], f"{what}_nom_max": most}
    return {f"{what}_nom_extendable": True, "capital_cost": device["annuity"], **bounds}


def _add_solar(n: Any, device: Mapping[str, Any]) -> None:
    n.add("Generator", device["id"], bus="roof", p_max_pu=device["profile"], **_sizes(device, "p"))


def _add_battery(n: Any, device: Mapping[str, Any]) -> None:
    n.add(
        "StorageUnit",
        device["id"],
        bus="electricity",
        max_hours=device["hours"],
        efficiency_store=device["efficiency"] ** 0.5,
        efficiency_dispatch=device["efficiency"] ** 0.5,
        cyclic_state_of_charge=True,
        **_sizes(device, "p"),
    )


def _add_electrolyser(n: Any, device: Mapping[str, Any]) -> None:
    n.add("Link", device["id"], bus0="electricity", bus1="hydrogen", efficiency=device["efficiency"],
          **_sizes(device, "p"))  # fmt: skip


def _add_tank(n: Any, device: Mapping[str, Any]) -> None:
    n.add("Store", device["id"], bus="hydrogen", e_cyclic=True, **_sizes(device, "e"))


_ADD: Mapping[str, Callable[[Any, Mapping[str, Any]], None]] = {
    "solar": _add_solar,
    "battery": _add_battery,
    "electrolyser": _add_electrolyser,
    "tank": _add_tank,
}


def _solve(n: Any, case: Mapping[str, Any]) -> dict[str, Any]:
    model = n.optimize.create_model(include_objective_constant=False)
    _weeks_end_equal(model, case["ends"])
    status, condition = n.optimize.solve_model(
        include_objective_constant=False, solver_name="highs", solver_options=SOLVER, io_api="direct", progress=False
    )
    if status != "ok":
        raise RuntimeError(f"HiGHS: {condition}")
    flows = _flows(n)
    return {
        "objective": float(n.objective),
        "sizes": _chosen(n),
        "flows": {name: values.tolist() for name, values in flows.items()},
        "price": n.buses_t.marginal_price["electricity"].to_numpy().tolist(),
        "gap": _duality_gap(model),
        "imbalance": _imbalance(n, flows, case),
    }


def _weeks_end_equal(model: Any, ends: Sequence[int]) -> None:
    """Stores at the end of each week equal those at the end of the first: none is carried to another season."""
    for name in ("StorageUnit-state_of_charge", "Store-e"):
        if len(ends) > 1 and name in model.variables:
            level = model.variables[name]
            for end in ends[1:]:
                model.add_constraints(
                    level.sel(snapshot=end) - level.sel(snapshot=ends[0]) == 0, name=f"{name}-week-{end}"
                )


def _flows(n: Any) -> dict[str, Any]:
    """What each component gives (MW), by name; a battery gives less than nothing while it is charged."""
    found = {name: n.generators_t.p[name].to_numpy() for name in n.generators.index}
    found |= {name: n.storage_units_t.p[name].to_numpy() for name in n.storage_units.index}
    found |= {name: n.links_t.p0[name].to_numpy() for name in n.links.index}
    found |= {name: n.stores_t.p[name].to_numpy() for name in n.stores.index}
    return {name: values + 0.0 for name, values in found.items()}


def _chosen(n: Any) -> dict[str, float]:
    """The size of every component that has one."""
    found: dict[str, float] = {}
    for table, column in ((n.generators, "p"), (n.storage_units, "p"), (n.links, "p"), (n.stores, "e")):
        found |= {str(name): float(size) for name, size in table[f"{column}_nom_opt"].items()}
    return found


def _imbalance(n: Any, flows: Mapping[str, Any], case: Mapping[str, Any]) -> float:
    """The largest imbalance of a bus in an hour, from the flows alone (MW)."""
    kinds = {d["id"]: d for d in case["devices"]}
    zero = np.zeros(len(case["weight"]))
    made = {name: f for name, f in flows.items() if name.startswith("grid ") or name in ("unserved", "own use")}
    made |= {id: flows[id] for id, d in kinds.items() if d["kind"] == "battery"}
    split = {id: flows[id] for id, d in kinds.items() if d["kind"] == "electrolyser"}
    electricity = sum(made.values(), zero) - sum(split.values(), zero) - np.array(case["load"])
    gas = sum((flows[name] for name in ("delivered", "unserved hydrogen") if name in flows), zero)
    gas = gas + sum((flows[id] for id, d in kinds.items() if d["kind"] == "tank"), zero)
    gas = gas + sum((f * kinds[id]["efficiency"] for id, f in split.items()), zero)
    gas = gas - (np.array(case["hydrogen"]) if any(case["hydrogen"]) else zero)
    roof = sum((flows[id] for id, d in kinds.items() if d["kind"] == "solar"), zero)
    roof = roof - flows.get("own use", zero) - flows.get("export", zero)
    return float(max(np.abs(bus).max() for bus in (electricity, gas, roof)))


def _duality_gap(model: Any) -> float:
    """(Objective - dual objective) / objective, from the matrices of the programme and HiGHS's duals.

    A reduced cost at an infinite bound is zero but for HiGHS's tolerance (1e-7), and counts as zero.
    """
    m = model.matrices
    reduced = m.c - m.A.T @ m.dual
    at = np.where(reduced > 0, m.lb, m.ub)
    bound = np.where(np.isfinite(at), at, 0.0)
    primal, dual = float(m.c @ m.sol), float(m.b @ m.dual + reduced @ bound)
    return (primal - dual) / max(1.0, abs(primal))
