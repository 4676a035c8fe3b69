"""What a question says in words reaches every member, and an outcome that some members leave unknown drops nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from toys import Ishigami, spec, uncertain

from madang.city import City
from madang.cli import run
from madang.errors import CallerError
from madang.indicators.quantity import Quantity
from madang.models.base import Context, Floats, Inputs, Param, Port, Result
from madang.models.ensemble import compute, parameters
from madang.models.many.design import sample
from madang.models.many.experiments import evaluate
from madang.models.many.recorded import _column


class Worded:
    """x, or 100 - x where the question says so in a word; the year in which x passes z is known where it does."""

    spec = spec(
        "worded", ["worded.y", "worded.year"],
        [uncertain("x", 0.0, 100.0), Param("z", "1", "lever", 50.0, 0.0, 100.0)],
        words=("way",), batch=True, partly_known=("worded.year",),
    )  # fmt: skip

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        found = self.run_batch(inputs, {n: v if n == "way" else np.array([v]) for n, v in params.items()}, ctx)
        return Result({id: Quantity(float(v[0]) if np.isfinite(v[0]) else None, "1") for id, v in found.items()})

    def run_batch(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Mapping[str, Floats]:
        assert ctx.central["way"] == params["way"]
        y = 100 - params["x"] if params["way"] == "down" else params["x"]
        return {"worded.y": y, "worded.year": np.where(y > params["z"], 2030.0, np.nan)}


class Alone:
    """The same, asked member by member."""

    spec = spec("alone", ["worded.y", "worded.year"], list(Worded.spec.params), words=("way",))

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        return Worded().run(inputs, params, ctx)


def test_words_reach_the_members_of_a_run_and_of_a_design() -> None:
    chosen = parameters(Worded.spec, {"way": "down", "z": 0.0})
    band = compute(Worded(), {}, chosen, seed=0, members=50)
    design = sample(Worded.spec, 50, over=["x"])
    for executor in ("in-process", "local"):
        found = evaluate(Worded(), {}, design, chosen=chosen, executor=executor, workers=1)
        assert np.array_equal(found.outcomes["worded.y"], 100 - design.column("x"))
        assert np.array_equal(found.outcomes["worded.y"], band.draws["worded.y"])


def test_what_some_members_leave_unknown_is_unknown_and_the_members_stay() -> None:
    """Dropping those who never get there would make all that is said of the others too good."""
    for model in (Worded(), Alone()):
        found = evaluate(model, {}, sample(model.spec, 60, over=["x"]), executor="in-process")
        assert found.failed == ()
        assert np.isnan(found.outcomes["worded.year"]).sum() == 30
        assert np.isfinite(found.outcomes["worded.y"]).all()


class Boundless(Ishigami):
    def _y(self, x: Mapping[str, Any]) -> Any:
        return np.where(np.asarray(x["x1"]) < 0, np.inf, 1.0)


def test_infinity_is_a_fault_whatever_may_be_unknown() -> None:
    found = evaluate(Boundless(), {}, sample(Ishigami.spec, 40), executor="in-process")
    assert len(found.failed) == 20


def test_a_turned_column_has_the_unit_of_its_own_port() -> None:
    made = spec(
        "ported", ["worded.y"], [uncertain("x")],
        inputs=[
            Port("wells", "Well", ("flow",), lever="flow", units={"flow": "MQH"}),
            Port("roofs", "Roof", ("area",), lever="area", units={"area": "MTK"}),
        ],
    )  # fmt: skip
    design = sample(made, 10, over=["urn:r#area"], ranges={"urn:r#area": (1.0, 2.0)})
    assert _column(made, design, "urn:r#area")["unit"] == "MTK"


def test_where_no_cluster_listens_it_is_said_at_once() -> None:
    """Ray itself would look for it for minutes."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'madang[cluster]'")
    for address in ("127.0.0.1:1", "ray://127.0.0.1:1", "127.0.0.1:99999999999999999999"):
        with pytest.raises(CallerError) as told:
            evaluate(Ishigami(), {}, sample(Ishigami.spec, 4), executor=f"ray:{address}")
        assert told.value.code == "many.cluster-unreachable"


def test_no_members_are_no_ensemble(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(city.path)
    city.close()
    assert run(["run", path, "economy", "--ensemble", "0"]) == 2
    assert "many.members-count" in "".join(capsys.readouterr())
