"""An ordinance is read by article and paragraph, and a variant differs from the common text where it says it does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import madang
from madang.city import City
from madang.civic.alliances.ordinance_text import HEAD, differences, places
from madang.errors import ConflictError, DataError, MadangError

TEXT = """스마트벨트 조례
제1조(목적) 이 조례는 제3조에 따른 우선 추진을 정한다.
제2조(정의) ① "스마트벨트"란 일곱 도시를 말한다. ② 그 밖은 법에 따른다.
제2조의2(해석) 좁게 푼다."""


def test_articles_paragraphs_and_inserted_articles_are_told_apart() -> None:
    found = places(TEXT)
    assert list(found) == [HEAD, "제1조", "제2조", "제2조제1항", "제2조제2항", "제2조의2"]
    assert found["제2조제2항"].text == "그 밖은 법에 따른다."
    assert "제3조에 따른" in found["제1조"].text  # named within a line, no article of its own


def test_one_article_twice_is_refused_by_its_number() -> None:
    with pytest.raises(DataError, match="제1조"):
        places("제1조(목적) 하나\n제1조(목적) 둘")


def test_a_difference_names_its_place_and_its_words() -> None:
    variant = TEXT.replace("일곱 도시", "여덟 도시").replace("제2조의2(해석) 좁게 푼다.", "제3조(부칙) 곧 시행한다.")
    found = {one.ref: one for one in differences(TEXT, variant) if one.kind != "same"}
    assert {ref: one.kind for ref, one in found.items()} == {
        "제2조제1항": "changed",
        "제2조의2": "left-out",
        "제3조": "added",
    }
    words = [text.strip() for kind, text in found["제2조제1항"].words if kind != "same"]
    assert words == ["일곱", "여덟"]


@given(st.lists(st.tuples(st.integers(1, 40), st.text("가나다라 ", max_size=12)), max_size=8, unique_by=lambda a: a[0]))
def test_a_text_never_differs_from_itself(articles: list[tuple[int, str]]) -> None:
    text = "\n".join(f"제{number}조(제목) {words}" for number, words in articles)
    assert all(one.kind == "same" for one in differences(text, text))


@given(st.sets(st.integers(1, 12)), st.sets(st.integers(1, 12)))
def test_every_place_of_both_texts_is_told_once(first: set[int], second: set[int]) -> None:
    a, b = ("\n".join(f"제{n}조(가) 나" for n in sorted(s)) for s in (first, second))
    found = differences(a, b)
    assert sorted(one.ref for one in found) == sorted(f"제{n}조" for n in first | second)
    assert [one.ref for one in found if one.kind != "left-out"] == [f"제{n}조" for n in sorted(second)]


# --- in a city file --------------------------------------------------------------------------------------------------

CITIES = [f"urn:ngsi-ld:City:kostat:{code}" for code in ("31010", "31210")]


@pytest.fixture
def belt(tmp_path: Path) -> City:
    city = madang.new(tmp_path / "belt.gpkg", by="tests")
    city.put(
        {"id": "urn:ngsi-ld:Alliance:t:belt", "type": "Alliance", "name": "벨트", "since": "2021-06",
         "members": {"type": "Relationship", "object": CITIES}}, reason="given", by="tests",
    )  # fmt: skip
    return city


def test_variant_and_its_first_step_are_one_transaction(belt: City) -> None:
    common = belt.alliances.draft_ordinance("belt", title="조례", text=TEXT, reason="합의")
    before = belt.store.data_version()
    belt.alliances.variant(common["id"], city="icheon", reason="입안")
    assert belt.store.data_version() == before + 1
    assert [row.state for row in belt.alliances.matrix(common["id"]).rows] == [None, "drafted"]


def test_a_step_is_not_left_out_nor_taken_before_the_last(belt: City) -> None:
    door = belt.alliances
    id = door.draft_ordinance("belt", title="조례", text=TEXT, reason="합의")["id"]
    door.variant(id, city="suwon", on="2026-02-02", reason="입안")
    for state, on, code in (("passed", "2026-03-03", "step-left-out"), ("notified", "2026-01-01", "step-before-last")):
        with pytest.raises(MadangError) as refused:
            door.adopt_step(id, city="suwon", state=state, on=on, reason="r")
        assert refused.value.code == f"alliances.{code}"


def test_what_a_council_passed_stays_and_a_change_behind_it_is_seen(belt: City) -> None:
    door = belt.alliances
    id = door.draft_ordinance("belt", title="조례", text=TEXT, reason="합의")["id"]
    own = door.variant(id, city="suwon", on="2026-02-02", reason="입안")
    door.adopt_step(id, city="suwon", state="notified", on="2026-02-10", reason="예고")
    door.adopt_step(id, city="suwon", state="passed", on="2026-03-10", text=TEXT + " 고침.", reason="수정 의결")
    assert [one.ref for one in door.matrix(id).rows[0].differs] == ["제2조의2"]
    with pytest.raises(ConflictError) as refused:
        door.variant(id, city="suwon", text="제1조(가) 나", reason="다시")
    assert refused.value.code == "alliances.text-fixed"
    assert not door.matrix(id).rows[0].text_changed_since

    belt.put({**belt.get(own["id"]), "text": {"type": "LanguageProperty", "languageMap": {"ko": "제1조(가) 딴말"}}})  # type: ignore[dict-item]
    assert door.matrix(id).rows[0].text_changed_since


def test_the_paper_holds_a_row_a_city_and_every_difference(belt: City) -> None:
    door = belt.alliances
    id = door.draft_ordinance("belt", title="조례", text=TEXT, reason="합의")["id"]
    door.variant(id, city="suwon", text=TEXT.replace("일곱", "두"), on="2026-02-02", reason="입안")
    for language in ("ko", "en"):
        paper = door.ordinance_paper(id, language)  # type: ignore[arg-type]
        tables = [block for block in paper.blocks if hasattr(block, "rows")]
        assert [len(table.rows) for table in tables] == [2, 1]
        assert tables[0].rows[0][1] == ["2026-02-02"]
