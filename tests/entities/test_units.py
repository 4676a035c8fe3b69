"""Units: the codes cities use have names, others are UCUM or refused with the nearest known ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.entities.units import all_units, check_unit, is_ucum, is_unit, suggestions, unit
from madang.errors import DataError


def test_at_least_150_common_codes_have_names_and_symbols() -> None:
    common = [one for one in all_units().values() if one.system == "UN/CEFACT"]
    assert len(common) >= 150
    for one in all_units().values():
        assert one.label["ko"]
        assert one.label["en"]
        assert one.symbol
        assert one.quantity


def test_money_is_whole_won_under_its_currency_code() -> None:
    won = unit("KRW")
    assert (won.symbol, won.label["ko"], won.system, won.quantity) == ("₩", "원", "ISO 4217", "money")


@pytest.mark.parametrize(
    "code",
    [
        "m",
        "kW.h/m2",
        "{household}",
        "1/{person}",
        "{birth}/{woman}",
        "10*-5",
        "ug/m3",
        "[ppth]",
        "m2{floor}",
        "L/(min.m2)",
        "/h",
        "kPa",
    ],
)
def test_ucum_expressions_are_units(code: str) -> None:
    assert is_ucum(code)
    assert unit(code).code == code


@pytest.mark.parametrize(
    "code", ["", "m//s", "kmm", "furlongs", "12", "m 2", "(m", "m)", "{unclosed", "m2/", "만원", "N/X"]
)
def test_what_is_no_unit_is_refused(code: str) -> None:
    assert not is_unit(code)
    with pytest.raises(DataError) as raised:
        check_unit(code, place="table.csv, column 'area'")
    assert raised.value.code == "entities.unknown-unit"
    assert "table.csv" in raised.value.message("ko")


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("km2", "KMK"),
        ("km²", "KMK"),
        ("celsius", "CEL"),
        ("°C", "CEL"),
        ("제곱킬로미터", "KMK"),
        ("%", "P1"),
        ("kwh", "KWH"),
        ("원", "KRW"),
        ("MTk", "MTK"),
    ],
)
def test_the_nearest_codes_are_suggested(wrong: str, near: str) -> None:
    assert near in suggestions(wrong)


@given(st.text(max_size=12))
def test_any_text_is_judged_without_failing(text: str) -> None:
    if not is_unit(text):
        with pytest.raises(DataError):
            check_unit(text)


def test_a_unit_that_is_no_text_is_refused() -> None:
    for code in (None, 5, ["KMK"]):
        with pytest.raises(DataError):
            check_unit(code)
