"""Figures read as people write them, and unknown stays unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.entities.units import is_unit
from madang.indicators.catalogue import catalogue, indicator
from madang.indicators.provenance import combine_licences, combine_status
from madang.indicators.quantity import Quantity, format_money, format_quantity, format_value, rounded


@pytest.mark.parametrize(
    ("won", "ko", "en"),
    [
        (1_374_200_000_000, "1조 3,742억 원", "KRW 1.3742 tn"),
        (374_200_000_000, "3,742억 원", "KRW 374.2 bn"),
        (9_979_935_000_000, "9조 9,799억 원", "KRW 9.9799 tn"),
        (1_230_000_000, "12억 3,000만 원", "KRW 1.23 bn"),
        (99_999_999_999, "1,000억 원", "KRW 100 bn"),
        (999_999_999_999, "1조 원", "KRW 1 tn"),
        (123_456 * 10**12, "123,456조 원", "KRW 123,456 tn"),
        (50_000_000, "5,000만 원", "KRW 50 mn"),
        (12_345, "1만 2,345원", "KRW 12,345"),
        (900, "900원", "KRW 900"),
        (0, "0원", "KRW 0"),
        (-374_200_000_000, "-3,742억 원", "-KRW 374.2 bn"),
    ],
)
def test_money_reads_as_people_write_it(won: int, ko: str, en: str) -> None:
    assert format_money(won, "ko") == ko
    assert format_money(won, "en") == en


@given(st.integers(-(10**16), 10**16))
def test_korean_money_is_within_a_ten_thousandth_of_the_amount(won: int) -> None:
    text = format_money(won, "ko").removesuffix("원").strip().replace(",", "")
    sign = -1 if text.startswith("-") else 1
    sizes = {"조": 10**12, "억": 10**8, "만": 10**4}
    read = sum(int(p.rstrip("조억만")) * sizes.get(p[-1], 1) for p in text.lstrip("-").split())
    assert abs(sign * read - won) <= abs(won) * 1e-4 * 5 + 0.5


def test_an_unknown_value_is_said_in_words_never_as_zero() -> None:
    assert format_quantity(Quantity(None, "IE"), "ko") == "자료 없음"
    assert format_value(0, "IE", "ko") == "0명"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (67863.6, "67,864"),
        (-67863.6, "-67,864"),
        (12345678.9, "12,345,679"),
        (1234.56, "1,235"),
        (9999.96, "10,000"),
        (99.999, "100"),
        (12.5, "12.5"),
        (0.123456, "0.1235"),
        (0.0000123456, "0.00001235"),
        (1e22, "10,000,000,000,000,000,000,000"),
        (3.0, "3"),
        (0.0, "0"),
        (-0.0, "0"),
    ],
)
def test_a_number_reads_without_an_exponent_and_keeps_its_whole_digits(value: float, text: str) -> None:
    assert format_value(value, "m3/d") == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e25, max_value=1e25))
def test_a_number_that_people_read_is_four_digits_good_and_grouped(value: float) -> None:
    text = format_value(value, "m3/d")
    assert "e" not in text
    whole = text.lstrip("-").partition(".")[0]
    assert [len(group) for group in whole.split(",")[1:]] == [3] * whole.count(",")
    read = float(text.replace(",", ""))
    assert abs(read - value) <= max(abs(value) * 5.1e-4, 0.5 if abs(value) >= 1000 else 0.0)
    if abs(value) >= 1000:
        assert abs(read - value) <= 0.5 + abs(value) * 1e-15


def test_money_is_stored_in_whole_won_and_ratios_to_twelve_digits() -> None:
    assert rounded(12.5000001e6 + 0.4, "KRW") == 12_500_000
    assert rounded(1 / 3, "1") == 0.333333333333
    assert rounded(float("nan"), "1") is None
    assert str(rounded(-0.0, "1")) == "0.0"


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (["observed", "observed"], "observed"),
        (["observed", "estimated"], "estimated"),
        (["synthetic", None], "synthetic"),
        (["observed", None], None),
        ([], None),
    ],
)
def test_the_strictest_status_wins_and_unknown_stays_unknown(inputs: list[str | None], expected: str | None) -> None:
    assert combine_status(inputs) == expected


@pytest.mark.parametrize(
    ("names", "freedom", "exported"),
    [
        (["KOGL type 1", "CC0"], "attribution", True),
        (["KOGL type 1", "ODbL 1.0"], "share-alike", True),
        (["KOGL type 1", "CC BY-NC 4.0"], "restricted", False),
        (["KOGL type 1", "OECD terms not checked"], "unknown", False),
        (["something nobody has heard of"], "unknown", False),
        ([None], "unknown", False),
        ([], "unknown", False),
    ],
)
def test_a_derived_figure_takes_the_strictest_licence(names: list[str | None], freedom: str, exported: bool) -> None:
    combined = combine_licences(names)
    assert (combined.freedom, combined.may_be_exported) == (freedom, exported)


def test_every_indicator_has_korean_and_english_words_and_a_known_unit() -> None:
    for id, entry in catalogue().items():
        assert indicator(id) is entry
        for pair in (entry.label, entry.method):
            assert set(pair) == {"ko", "en"}
            assert all(pair.values())
        assert entry.unit == "KRW" or is_unit(entry.unit)
