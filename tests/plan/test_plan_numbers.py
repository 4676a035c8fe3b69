"""Numbers in a text are read with what they count, and compared one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.plan.numbers import number_changes, numbers_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("사업비 1,200억 원", [(120_000_000_000, "KRW")]),
        ("1조 3,742억 원을", [(1_374_200_000_000, "KRW")]),
        ("5억원과 2억 5,000만 원", [(500_000_000, "KRW"), (250_000_000, "KRW")]),
        ("KRW 1.3742 tn for 34 people", [(1.3742e12, "KRW"), (34, "IE")]),
        ("3만 명, 2,500명, 12.5 %", [(30_000, "IE"), (2_500, "IE"), (12.5, "P1")]),
        ("2029년까지", [(2029, "year")]),
        ("2026. 11. 22. 기준", [(20_261_122, "date")]),
        ("법 제8조제1항 제2호, 제3절", []),
        ("{{indicator:economy.output as of 2026-11-22}}만큼", []),
    ],
)
def test_a_number_has_its_value_and_unit(text: str, found: list[tuple[float, str | None]]) -> None:
    assert [(one.value, one.unit) for one in numbers_in(text)] == [(pytest.approx(v), u) for v, u in found]


def test_a_changed_amount_is_told_with_its_share() -> None:
    (one,) = number_changes("사업비 1,200억 원을 투입", "사업비 1,350억 원을 투입")
    assert one.text == "1,200억 원 -> 1,350억 원 (+12.5 %)"


def test_the_same_amount_written_otherwise_is_no_change() -> None:
    assert number_changes("사업비 1,200억 원", "사업비 120,000,000,000원") == []


def test_a_year_that_moves_has_no_share_and_a_new_number_was_added() -> None:
    year, firms = number_changes("2029년까지 한다", "2030년까지 40개를 한다")
    assert (year.text, year.percent) == ("2029년 -> 2030년", None)
    assert (firms.kind, firms.text) == ("added", "– -> 40개")


texts = st.text(st.sampled_from("가나 1234567890,.억만원%년명제조 -{}"), max_size=40)


@given(texts)
def test_a_text_has_no_number_changes_against_itself(text: str) -> None:
    assert number_changes(text, text) == []


@given(st.integers(1, 9_999), st.integers(1, 9_999))
def test_every_changed_amount_is_found(before: int, after: int) -> None:
    found = number_changes(f"총사업비 {before:,}억 원(국비 포함)", f"총사업비 {after:,}억 원(국비 포함)")
    assert [(x.before.value, x.after.value) for x in found if x.before and x.after] == (
        [] if before == after else [(before * 1e8, after * 1e8)]
    )
