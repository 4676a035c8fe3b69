"""Equal content gives equal bytes; equal names give equal draws."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madang.errors import DataError
from madang.models.base import Context, Records, inverse_normal
from madang.models.canonical import json_bytes, pack_arrays, pack_records, unpack_arrays, unpack_records

rows = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.dictionaries(
        st.text(min_size=1, max_size=5).filter(lambda k: k != "id"),
        st.none() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        max_size=4,
    ),
    max_size=6,
)


@given(rows, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_records_have_one_form_whatever_order_they_come_in(content: dict, order: object) -> None:
    ids = list(content)
    order.shuffle(ids)  # type: ignore[attr-defined]
    shuffled = Records(tuple(ids), tuple(dict(reversed(content[i].items())) for i in ids))
    data = pack_records(Records(tuple(content), tuple(content.values())))
    assert pack_records(shuffled) == data
    again = unpack_records(data)
    assert again.ids == tuple(sorted(content))
    assert pack_records(again) == data


@given(st.dictionaries(st.text(max_size=5), st.lists(st.floats(), min_size=3, max_size=3), max_size=4))
@settings(max_examples=60)
def test_arrays_come_back_and_every_nan_and_zero_is_the_same(columns: dict[str, list[float]]) -> None:
    arrays = {name: np.array(values) for name, values in columns.items()}
    data = pack_arrays(arrays)
    again = unpack_arrays(data)
    assert again.keys() == arrays.keys()
    assert all(np.array_equal(again[n], arrays[n], equal_nan=True) for n in arrays)
    assert pack_arrays({n: np.where(a == 0, -0.0, a) for n, a in arrays.items()}) == data


def test_a_negative_nan_is_written_as_the_one_nan() -> None:
    odd = np.frombuffer(bytes.fromhex("010000000000f8ff"), dtype="<f8")
    assert pack_arrays({"a": odd}) == pack_arrays({"a": np.array([np.nan])})


def test_numbers_that_are_no_numbers_become_null() -> None:
    assert json_bytes({"b": float("nan"), "a": 1}) == b'{"a":1,"b":null}'


@pytest.mark.parametrize("data", [b"", b"MDGA1", b"not json"])
def test_bytes_of_another_kind_are_refused(data: bytes) -> None:
    with pytest.raises(DataError):
        unpack_records(data)


def test_equal_names_and_seeds_give_equal_draws_and_others_do_not() -> None:
    one, same, other = Context(1), Context(1), Context(2)
    assert np.array_equal(one.stratified("a", 50), same.stratified("a", 50))
    assert not np.array_equal(one.stratified("a", 50), one.stratified("b", 50))
    assert not np.array_equal(one.stratified("a", 50), other.stratified("a", 50))


def test_draws_are_the_same_numbers_on_every_machine() -> None:
    """The stream of PCG64 under a hashed name; if this changes, recorded runs can't be reproduced."""
    assert Context(0).stratified("param:flq_delta", 4).tolist() == pytest.approx(PINNED, abs=1e-15)


@given(st.integers(1, 400), st.integers(0, 99))
@settings(max_examples=30)
def test_each_stratum_holds_exactly_one_draw(n: int, seed: int) -> None:
    draws = Context(seed).stratified("x", n)
    assert sorted((draws * n).astype(int)) == list(range(n))


@given(st.floats(1e-9, 1 - 1e-9))
@settings(max_examples=60)
def test_the_inverse_normal_agrees_with_the_standard_library(share: float) -> None:
    """Relative error of the approximation is below 1.15e-9."""
    expected = NormalDist().inv_cdf(share)
    assert inverse_normal(np.array([share]))[0] == pytest.approx(expected, rel=2e-8, abs=2e-8)


PINNED = [0.3203333927902441, 0.22284394119693424, 0.5062804342830888, 0.9379029724771947]
