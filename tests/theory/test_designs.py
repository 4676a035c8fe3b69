"""Designs and indices against theory: Ishigami through the whole path, the strata of McKay, a linear model by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "models" / "many"))

from toys import Ishigami, Plain, uncertain

from madang.models.many.design import sample
from madang.models.many.experiments import evaluate
from madang.models.many.sensitivity import sensitivity

# Ishigami & Homma (1990) with a = 7, b = 0.1: V = a²/8 + bπ⁴/5 + b²π⁸/18 + 1/2; S and ST follow by hand.
FIRST = {"x1": 0.3139, "x2": 0.4424, "x3": 0.0}
TOTAL = {"x1": 0.5576, "x2": 0.4424, "x3": 0.2437}


@pytest.mark.parametrize("method", ["sobol", "saltelli"])
def test_ishigami_has_the_published_indices(method: str) -> None:
    """2,048 base points leave an error of 0.01 to 0.02 in an index (the bootstrapped interval); 0.03 is allowed."""
    design = sample(Ishigami.spec, 2048 * (5 if method == "sobol" else 8), method=method)
    found = sensitivity(evaluate(Ishigami(), {}, design), "ishigami.y")
    assert found.used == design.n
    for name in FIRST:
        assert found.first(name) == pytest.approx(FIRST[name], abs=0.03)
        assert found.total(name) == pytest.approx(TOTAL[name], abs=0.03)
    if method == "saltelli":  # S13 = ST3, the only pair that there is
        assert found.pairs["x1", "x3"].value == pytest.approx(0.2437, abs=0.06)
        assert found.pairs["x1", "x2"].value == pytest.approx(0.0, abs=0.06)


def test_ishigami_from_a_plain_latin_hypercube_has_the_published_first_order_indices() -> None:
    """50 classes of 200 members: chance leaves about 0.01 after the correction, the width of a class less."""
    found = sensitivity(evaluate(Ishigami(), {}, sample(Ishigami.spec, 10_000)), "ishigami.y")
    for name, value in FIRST.items():
        assert found.first(name) == pytest.approx(value, abs=0.02)
        assert found.total(name) is None
    assert "--method sobol" in found.notes[-1]["ko"]


def test_the_elementary_effects_of_a_linear_model_are_its_slopes() -> None:
    """y = 2 x, x from 0 to 100: from one end of the range to the other y moves by 200, everywhere."""
    design = sample(Plain.spec, 60, method="morris", over=["x", "z"])
    found = sensitivity(evaluate(Plain(), {}, design, executor="in-process"), "plain.y").by_column
    assert found["x"]["mu_star"].value == pytest.approx(200.0)
    assert found["z"]["mu_star"].value == pytest.approx(9.0)
    assert found["x"]["sigma"].value == pytest.approx(0.0, abs=1e-9)


def test_a_latin_hypercube_estimates_a_mean_better_than_chance_does() -> None:
    """McKay, Beckman & Conover (1979): for a monotone model the mean varies no more; here it varies far less."""
    errors = []
    for seed in range(20):
        y = evaluate(Plain(), {}, sample(Plain.spec, 100, seed=seed), executor="in-process").outcomes["plain.y"]
        errors.append(y.mean() - 100.0)
    by_chance = 200 / np.sqrt(12) / np.sqrt(100)  # 5.8
    assert np.std(errors) < by_chance / 20


def test_a_block_with_a_failed_member_is_left_out_whole_and_said() -> None:
    design = sample(Ishigami.spec, 5 * 64, method="sobol")
    found = evaluate(Ishigami(), {}, design)
    found.outcomes["ishigami.y"][7] = np.nan
    indices = sensitivity(found, "ishigami.y")
    assert (indices.used, indices.members) == (315, 320)
    assert "5 of 320" in indices.notes[0]["en"]


def test_what_does_not_vary_has_no_indices_and_says_so() -> None:
    flat = sample(Plain.spec, 50, ranges={"x": (5.0, 5.0)})
    indices = sensitivity(evaluate(Plain(), {}, flat, executor="in-process"), "plain.y")
    assert indices.first("x") is None
    assert indices.notes


def test_the_name_of_a_column_is_its_stream() -> None:
    """Common random numbers: a column keeps its values when others join or leave."""
    both = sample(Ishigami.spec, 50, over=["x1", "x2"])
    assert np.array_equal(both.column("x2"), sample(Ishigami.spec, 50, over=["x2"]).column("x2"))
    assert uncertain("x").role == "uncertainty"
