"""Stories: kept as records, told alike on every branch, refused where they could not stand in an address."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madang.documents.picture_page import PicturePage, image_of, to_pdf
from madang.errors import CallerError, MadangError, NotFoundError
from madang.store import Store
from madang.twin import stories

VIEW = "lon=127.1&lat=37.4&distance=900&colour=use&date=2026-12-22&hour=9.5"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("stories") / "town.gpkg"
    with Store.create(path, city_id="town", title={"ko": "마을", "en": "Town"}, synchronous="OFF") as made:
        made.fork("plan", actor="test", reason="fork")
        yield made


def test_a_story_is_added_read_replaced_and_removed_and_its_history_stays(store: Store) -> None:
    views = [{"title": "역 앞", "text": {"ko": "지금", "en": "now"}, "view": "?" + VIEW}, {"view": ""}]
    made = stories.add(store, {"ko": "역세권"}, views, actor="gildong")
    assert (made["kind"], made["title"]) == ("story", {"ko": "역세권", "en": "역세권"})
    assert made["views"][0] == {
        "title": {"ko": "역 앞", "en": "역 앞"},
        "text": {"ko": "지금", "en": "now"},
        "view": VIEW,
    }
    again = stories.replace(store, made["id"], "역세권", [{"view": VIEW}], actor="sunsin")
    assert (again["kind"], again["author"], again["created"]) == ("bookmark", "gildong", made["created"])
    assert stories.stories(store) == [again]
    removed = stories.remove(store, made["id"], actor="gildong")
    assert stories.stories(store) == []
    store.revert(removed, actor="gildong", reason="wanted after all")
    assert stories.story(store, made["id"])["views"] == again["views"]
    assert store.view("plan").document(made["id"]) is not None  # a record: on every branch
    assert store.diff("plan") == []
    with pytest.raises(NotFoundError):
        stories.story(store, "urn:ngsi-ld:Story:twin:nobody")


@pytest.mark.parametrize(
    ("code", "title", "views"),
    [
        ("title-missing", " ", [{"view": VIEW}]),
        ("title-missing", "제" * 201, [{"view": VIEW}]),
        ("views-missing", "제목", []),
        ("views-missing", "제목", [{"view": VIEW}] * 101),
        ("views-missing", "제목", ["lon=1"]),
        ("view-wrong", "제목", [{"view": "x" * 2001}]),
        ("view-wrong", "제목", [{"view": "a=<script>"}]),
        ("view-wrong", "제목", [{"view": "a=1\nb=2"}]),
        ("text-wrong", "제목", [{"view": VIEW, "text": {"fr": "bonjour"}}]),
        ("text-wrong", "제목", [{"view": VIEW, "text": "가" * 4001}]),
    ],
)
def test_what_is_no_story_is_refused(store: Store, code: str, title: Any, views: Any) -> None:
    with pytest.raises(CallerError) as wrong:
        stories.add(store, title, views, actor="gildong")
    assert wrong.value.code == f"stories.{code}"


# --- pictures ---------------------------------------------------------------------------------------------------------


def url(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def test_a_page_says_its_words_once_and_takes_nothing_for_a_command() -> None:
    from pypdf import PdfReader

    page = PicturePage(language="ko", title='판교 #read("main.typ") "안"', image=image_of(url(PNG)),
                       text="둘째 줄\n까지 \\",
                       legend=[("#ff8800", "상업 #pagebreak()")], legend_title="범례", address="화면 주소: /city/x?a=1",
                       sources=["건물 [실측]: 국토교통부 · KOGL-1"], sources_title="출처", warning="가상",
                       marks=["성남시", "현행"])  # fmt: skip
    reader = PdfReader(io.BytesIO(to_pdf(page)))
    (sheet,) = reader.pages
    text = sheet.extract_text()
    for words in ('#read("main.typ")', "#pagebreak()", "둘째", "국토교통부", "가상", "/city/x?a=1"):
        assert words in text
    assert sheet.mediabox.width > sheet.mediabox.height
    assert len(sheet.images) == 1


def test_a_picture_is_refused_by_its_head_before_anybody_unpacks_it() -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    bomb = PNG[:8] + struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    with pytest.raises(CallerError) as wrong:
        image_of(url(bomb))
    assert wrong.value.code == "stories.picture-large"
    with pytest.raises(CallerError) as wrong:
        image_of("data:image/png;base64," + "A" * 17_000_000)
    assert wrong.value.code == "stories.picture-large"
    for sent in (None, "http://elsewhere/picture.png", "data:image/svg+xml;base64,AAAA", url(PNG, "jpeg"), url(b"")):
        with pytest.raises(CallerError) as wrong:
            image_of(sent)
        assert wrong.value.code == "stories.picture-wrong"


@settings(max_examples=25, deadline=None)
@given(st.integers(8, len(PNG) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_picture_is_a_page_or_a_clear_error(at: int, damage: bytes) -> None:
    try:
        image = image_of(url(PNG[:at] + damage + PNG[at + len(damage) :]))
        made = to_pdf(PicturePage(language="en", title="x", image=image))
    except MadangError as wrong:
        told = wrong.code
    else:
        told = "page" if made.startswith(b"%PDF") else "neither"
    assert told in ("page", "stories.picture-wrong", "stories.picture-large")
