"""A text with live figures is cut without losing a letter; a malformed figure is refused with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.errors import CallerError
from madang.indicators.live import LiveFigure, figures_of, live_figures, segments

ADDRESS = "4c0e/run:abc123#urn:ngsi-ld:City:kostat:31210.economy.output-city"
ENTITY = "urn:ngsi-ld:City:kostat:31210"


def only(text: str) -> LiveFigure:
    (found,) = live_figures(text)
    return found


def test_a_figure_says_what_it_names_and_where_it_stands() -> None:
    text = "지역 생산유발은 {{indicator:economy.output-city as of 2026-11 of fab}}이다."
    found = only(text)
    assert (found.kind, found.target, found.branch) == ("indicator", "economy.output-city", "fab")
    assert str(found.as_of) == "2026-11-30"
    assert text[found.start : found.end] == found.written
    assert found.is_quotation
    assert segments(text)[0] == "지역 생산유발은 "
    assert segments(text)[-1] == "이다."


def test_the_order_of_date_and_branch_is_free_and_spelled_one_way() -> None:
    one, other = (only("{{indicator:a.b " + tail + "}}") for tail in ("of x as of 2026", " as of  2026 of x "))
    assert one.expression == other.expression == "indicator:a.b as of 2026 of x"


def test_an_entity_figure_may_name_an_instance_and_a_hint() -> None:
    found = only(f"{{{{entity:{ENTITY}#population[urn:year:2015] | exact}}}}")
    assert (found.target, found.attribute, found.dataset_id, found.hint) == (
        ENTITY,
        "population",
        "urn:year:2015",
        "exact",
    )
    assert not found.is_quotation


def test_an_address_is_kept_to_the_letter() -> None:
    assert only(f"{{{{address:{ADDRESS}}}}}").target == ADDRESS


def test_both_languages_of_a_paragraph_ask_each_question_once() -> None:
    found = figures_of({"ko": "{{indicator:a.b}}원 {{indicator:c.d}}", "en": "{{indicator:a.b | band}}"})
    assert [one.target for one in found] == ["a.b", "c.d"]
    assert figures_of(None) == []


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("one\ntwo {{indicator:a.b", "live-not-closed", (2, 5)),
        ("{{indicator:a.b {{indicator:c.d}}", "live-not-closed", (1, 1)),
        ("x {{number:12}}", "live-kind-unknown", (1, 3)),
        ("x {{economy.output}}", "live-kind-unknown", (1, 3)),
        ("{{}}", "live-kind-unknown", (1, 1)),
        ("{{indicator: }}", "live-empty", (1, 1)),
        ("{{indicator:a.b as of 2026-13}}", "live-date-wrong", (1, 1)),
        ("{{indicator:a.b as of}}", "live-words-unknown", (1, 1)),
        ("{{indicator:a.b as of 2026 as of 2027}}", "live-words-unknown", (1, 1)),
        ("{{indicator:a.b of Fab!}}", "live-branch-wrong", (1, 1)),
        ("{{indicator:a.b | big}}", "live-hint-unknown", (1, 1)),
        ("{{entity:city#population}}", "live-entity-wrong", (1, 1)),
        (f"{{{{entity:{ENTITY}}}}}", "live-entity-wrong", (1, 1)),
        (f"{{{{entity:{ENTITY}#a[}}}}", "live-entity-wrong", (1, 1)),
        ("{{address:here}}", "live-address-wrong", (1, 1)),
    ],
)
def test_a_malformed_figure_is_refused_with_line_column_and_next_step(
    text: str, code: str, place: tuple[int, int]
) -> None:
    with pytest.raises(CallerError) as refused:
        segments(text)
    assert refused.value.code == f"indicators.{code}"
    assert (refused.value.facts["line"], refused.value.facts["column"]) == place
    for language in ("ko", "en"):
        assert str(place[0]) in refused.value.message(language)  # type: ignore[arg-type]


plain = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]), max_size=12)
asked = st.sampled_from(["{{indicator:a.b}}", "{{indicator:a.b as of 2026 | band}}", f"{{{{entity:{ENTITY}#p}}}}"])


@given(st.lists(st.tuples(plain, asked), max_size=6), plain)
def test_what_is_cut_goes_together_again_to_the_letter(parts: list[tuple[str, str]], tail: str) -> None:
    text = "".join(words + figure for words, figure in parts) + tail
    cut = segments(text)
    assert "".join(one if isinstance(one, str) else text[one.start : one.end] for one in cut) == text
    assert len(live_figures(text)) == len(parts)
    assert "".join(one if isinstance(one, str) else one.written for one in cut) == text


def cut_or_refused(text: str) -> str:
    """The text put together again after cutting, or the code with which it was refused."""
    try:
        return "".join(one if isinstance(one, str) else text[one.start : one.end] for one in segments(text))
    except CallerError as refused:
        return refused.code


@given(st.text(alphabet="{}ab:. |#[]", max_size=30))
def test_any_text_is_cut_or_refused_by_its_own_error(text: str) -> None:
    told = cut_or_refused(text)
    assert told == text or told.startswith("indicators.live-")
