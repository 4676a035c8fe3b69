"""An address names one number, and nothing else reads as the same address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.errors import CallerError
from madang.indicators.address import Address

words = st.text(min_size=1, max_size=20)
addresses = st.builds(
    Address,
    city=words,
    origin=st.one_of(words.map(lambda w: f"run:{w}"), st.integers(0, 10**9).map(lambda n: f"tx:{n}")),
    entity=words,
    attribute=words,
    dataset_id=st.none() | words,
    valid=st.none() | words,
)


@given(addresses)
def test_writing_and_parsing_are_each_others_inverse(address: Address) -> None:
    assert Address.parse(str(address)) == address


@given(addresses, addresses)
def test_two_addresses_never_share_a_text(a: Address, b: Address) -> None:
    assert (str(a) == str(b)) == (a == b)


@given(st.text(alphabet="a:/#.[]@%20run", max_size=30))
def test_a_text_that_parses_is_the_only_spelling_of_its_address(text: str) -> None:
    try:
        address = Address.parse(text)
    except CallerError:
        return
    assert str(address) == text


def test_a_usual_address_reads_without_decoding() -> None:
    address = Address("0b9f", "run:3fa9", "urn:ngsi-ld:City:kostat-2020:36060", "economy.imports", None, "2020")
    assert str(address) == "0b9f/run:3fa9#urn:ngsi-ld:City:kostat-2020:36060.economy.imports@2020"
    assert (address.run, address.transaction) == ("3fa9", None)


def test_an_address_may_name_a_transaction_and_an_instance() -> None:
    address = Address.parse("0b9f/tx:12#urn:a.population[urn:ngsi-ld:Dataset:census]@2020")
    assert (address.transaction, address.run, address.dataset_id) == (12, None, "urn:ngsi-ld:Dataset:census")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "city",
        "city/run:1",
        "city/run:1#entity",
        "city/run:#e.a",
        "city/tx:01#e.a",
        "city/tx:x#e.a",
        "city/step:1#e.a",
        "city/run:1#e.a[]",
        "city/run:1#e.a@",
        "city/run:1#e.a[d",
        "city/run:1#e%2ee.a",
        "city/run:1#e.a b",
        "city/run:1#e.%41",
        "city/run:1#e.%FF",
    ],
)
def test_what_is_no_address_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(CallerError) as caught:
        Address.parse(text)
    assert caught.value.code == "indicators.address-malformed"
    assert repr(text) in caught.value.message("en")
