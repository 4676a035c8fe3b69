"""The pseudonym of a tenant in the Via header."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.hub.pseudonym import pseudonym

pytestmark = pytest.mark.clause("6.3.18")
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")


def test_a_branch_is_named_as_it_stands() -> None:
    assert pseudonym("seongnam~fabless-valley").endswith("seongnam~fabless-valley")


@given(st.text(max_size=30), st.text(max_size=10))
def test_a_pseudonym_is_always_a_token(tenant: str, server: str) -> None:
    assert TOKEN.fullmatch(pseudonym(tenant, server))


@given(st.text(max_size=30), st.text(max_size=30))
def test_two_tenants_never_share_one(first: str, second: str) -> None:
    assert (pseudonym(first) == pseudonym(second)) == (first == second)


def test_what_no_token_may_hold_is_written_in_hexadecimal() -> None:
    assert pseudonym("a@b") == "madang.a!40b"
