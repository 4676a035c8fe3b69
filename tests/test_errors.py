"""An error always has a sentence: the catalogue's, the one a plug-in brings, or a plain one of its code and facts."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.errors import DataError


def test_an_error_of_an_unknown_code_says_its_code_and_facts() -> None:
    assert str(DataError("mysrc.bad")) == "mysrc.bad"
    assert DataError("mysrc.bad", place="a.lvl, line 3", found=7).message("ko") == (
        "mysrc.bad (place: a.lvl, line 3, found: 7)"
    )


def test_a_plug_in_brings_its_own_sentences() -> None:
    error = DataError("mysrc.bad", en="{place}: no depth.", ko="{place}: 깊이가 없습니다.", place="a.lvl, line 3")
    assert error.message("en") == "a.lvl, line 3: no depth."
    assert error.message("ko") == "a.lvl, line 3: 깊이가 없습니다."
    assert pickle.loads(pickle.dumps(error)).message("ko") == error.message("ko")


def test_one_language_is_better_than_none() -> None:
    assert DataError("mysrc.bad", en="No depth.").message("ko") == "No depth."


def test_a_plug_in_cannot_reword_a_code_that_ships() -> None:
    assert "row-width" not in DataError("sources.row-width", en="mine", place="x", found=1, expected=2).message("en")
    assert DataError("sources.row-width", en="mine", place="x", found=1, expected=2).message("en").startswith("x: 1")


@pytest.mark.parametrize("code", ["mysrc.bad", "sources.row-width"])
@given(template=st.text(alphabet="{}:!.[]0a d"), facts=st.dictionaries(st.sampled_from(["a", "d"]), st.none()))
def test_no_template_and_no_facts_make_an_error_fail(code: str, template: str, facts: dict[str, None]) -> None:
    assert isinstance(DataError(code, en=template, **facts).message("en"), str)
