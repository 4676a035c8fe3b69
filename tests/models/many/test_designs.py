"""Designs: members lie where the card, the city's card or the one who asks says, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st
from toys import Ishigami, Plain, uncertain

from madang.errors import CallerError, DataError
from madang.models.assumptions import Card
from madang.models.many.design import given, read_points, sample

WELL = "urn:ngsi-ld:Well:test:1#flow"


@settings(max_examples=25)
@any_of(n=st.integers(1, 200), seed=st.integers(0, 2**32 - 1))
def test_a_latin_hypercube_has_one_member_in_every_stratum_of_every_column(n: int, seed: int) -> None:
    found = sample(Ishigami.spec, n, seed=seed)
    for name, low, high in (("x1", -np.pi, np.pi), ("x3", -np.pi, np.pi)):
        share = (found.column(name) - low) / (high - low)
        assert sorted(np.minimum((share * n).astype(int), n - 1)) == list(range(n))


def test_a_full_factorial_has_every_combination_once_and_no_more_than_asked() -> None:
    found = sample(Plain.spec, 30, method="full", over=["x", "z"])
    assert found.n == 25
    assert len({tuple(row) for row in found.points}) == 25
    assert sorted(set(found.column("z"))) == [0, 2.25, 4.5, 6.75, 9]
    assert (list(found.uncertainties), list(found.levers)) == (["x"], ["z"])


def test_the_citys_card_and_the_range_asked_for_take_the_place_of_the_models_range() -> None:
    free = replace(Plain.spec, params=[replace(uncertain("x", 0.0, 100.0), limits=(-50.0, 150.0))])
    by_card = sample(free, 50, cards={"x": Card(-20.0, 0.0, 20.0, "", "urn:a")})
    assert -20 <= by_card.points.min() < -19 < 19 < by_card.points.max() <= 20
    asked = sample(free, 50, ranges={"x": (140.0, 150.0)})
    assert 140 <= asked.points.min() < asked.points.max() <= 150


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"ranges": {"x": (0.0, 101.0)}}, "many.range-beyond"),
        ({"ranges": {"x": (5.0, 1.0)}}, "many.range-malformed"),
        ({"ranges": {WELL: (0.0, 51.0)}}, "many.range-beyond"),
        ({"over": [WELL]}, "many.range-needed"),
        ({"over": ["q"]}, "many.column-unknown"),
        ({"over": ["x"], "ranges": {"z": (0.0, 1.0)}}, "many.range-unused"),
        ({"over": []}, "many.nothing-varies"),
        ({"method": "guess"}, "many.method-unknown"),
        ({"n": 0}, "many.members-count"),
        ({"n": 10**7}, "many.members-count"),
        ({"n": 3, "method": "full", "over": ["x", "z"]}, "many.members-few"),
        ({"n": 10, "method": "sobol"}, "many.members-few"),
        ({"n": 3, "method": "morris"}, "many.members-few"),
    ],
)
def test_what_is_out_of_range_is_refused_not_clipped(more: dict[str, object], code: str) -> None:
    told = {"n": 10, **more}
    with pytest.raises(CallerError) as caught:
        sample(Plain.spec, told.pop("n"), **told)
    assert caught.value.code == code
    assert caught.value.message("ko") != caught.value.message("en")


def test_points_of_ones_own_come_from_csv_or_parquet_and_are_held_to_the_range(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    (tmp_path / "p.csv").write_text("x,z\n1,2\n3,4\n", "utf-8-sig")
    parquet.write_table(pyarrow.table({"x": [1, 3], "z": [2.0, 4.0]}), tmp_path / "p.parquet")
    one, two = (given(Plain.spec, read_points(tmp_path / name)) for name in ("p.csv", "p.parquet"))
    assert one.points.tolist() == two.points.tolist() == [[1, 2], [3, 4]]
    with pytest.raises(CallerError) as caught:
        given(Plain.spec, {"x": [1.0, 100.5]})
    assert (caught.value.code, caught.value.facts["row"]) == ("many.point-range", 2)
    (tmp_path / "p.csv").write_text("x,z\n1,2\n3,dry\n")
    with pytest.raises(DataError) as bad:
        read_points(tmp_path / "p.csv")
    assert (bad.value.facts["row"], bad.value.facts["found"]) == (2, "dry")


@pytest.mark.parametrize(
    ("method", "n", "block"), [("sobol", 5 * 16, 5), ("saltelli", 8 * 16, 8), ("morris", 4 * 25, 4)]
)
def test_a_scheme_takes_the_largest_size_of_its_own_that_fits(method: str, n: int, block: int) -> None:
    found = sample(Ishigami.spec, n + block - 1, method=method)
    assert (found.n, found.block) == (n, block)
    assert np.array_equal(found.points, sample(Ishigami.spec, n, method=method).points)
    assert not np.array_equal(found.points, sample(Ishigami.spec, n, method=method, seed=1).points)
    changed = (found.points.reshape(-1, block, 3)[:, 1:] != found.points.reshape(-1, block, 3)[:, :-1]).sum(axis=2)
    assert method != "morris" or (changed == 1).all()
