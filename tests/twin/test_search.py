"""Finding entities: Korean names, addresses, codes and ids; ranks; branches; and what an entity is related to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.entities.entity import Document, geo_property, language_property, property_, relationship
from madang.errors import NotFoundError
from madang.store import Store
from madang.twin.related import related
from madang.twin.search import folded, initials, search

POINT = geo_property({"type": "Point", "coordinates": [127.1, 37.4]})
DONG = "urn:ngsi-ld:Dong:kostat-2020:3102374"


def building(code: str, name: str, **more: Any) -> Document:
    return {"id": f"urn:ngsi-ld:Building:test:{code}", "type": "Building", "name": property_(name), **more}


ENTITIES: list[Document] = [
    {
        "id": DONG,
        "type": "Dong",
        "name": language_property({"ko": "삼평동", "en": "Sampyeong-dong"}),
        "code": property_("3102374"),
        "location": geo_property(
            {"type": "Polygon", "coordinates": [[[127.1, 37.4], [127.2, 37.4], [127.2, 37.5], [127.1, 37.4]]]}
        ),
    },
    building(
        "b1",
        "삼평동 주민센터",
        location=POINT,
        address=property_("경기도 성남시 분당구 판교역로 235"),
        pnu=property_("4113510900106810000"),
        refPlace=relationship(DONG),
    ),
    building("b2", "유스페이스 1", location=POINT, refPlace=relationship(DONG)),
    building("b3", "없는 곳에 있는 건물"),
    {"id": "urn:ngsi-ld:Claim:test:1", "type": "Claim", "text": property_("삼평동에 일자리 1만 개")},
    {"id": "urn:ngsi-ld:AirQualityObserved:test:a1", "type": "AirQualityObserved", "name": property_("삼평동 측정소")},
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(
        tmp_path / "city.gpkg", city_id="test", title={"ko": "시험", "en": "Test"}, synchronous="OFF"
    ) as made:
        with made.transact(actor="tests", reason="made") as tx:
            tx.put_many(ENTITIES)
        yield made


def ids(store: Store, text: str, branch: str = "main", **more: Any) -> list[str]:
    return [hit.id.split(":")[-1] for hit in search(store, branch, text, **more)]


def test_whole_names_first_then_beginnings_then_parts_and_places_before_records(store: Store) -> None:
    assert ids(store, "삼평동") == ["3102374", "b1", "a1", "1"]
    assert ids(store, "평동") == ["3102374", "b1", "a1", "1"]
    assert ids(store, "삼평동", limit=2) == ["3102374", "b1"]


@pytest.mark.parametrize(
    ("text", "found", "matched"),
    [
        ("삼평동주민 센터", "b1", "name"),
        ("ㅅㅍㄷㅈㅁ", "b1", "name"),
        ("sampyeong dong", "3102374", "name"),
        ("판교역로235", "b1", "address"),
        ("41135-10900", "b1", "code"),
        ("urn:ngsi-ld:Building:test:b2", "b2", "id"),
        ("\u1109\u1161\u11b7\u1111\u1167\u11bc\u1103\u1169\u11bc", "3102374", "name"),  # decomposed, as macOS writes
    ],
)
def test_spaces_marks_initials_and_spelling_do_not_hide_a_name(
    store: Store, text: str, found: str, matched: str
) -> None:
    hit = search(store, "main", text)[0]
    assert (hit.id.split(":")[-1], hit.matched) == (found, matched)


def test_a_hit_says_where_it_stands_or_that_nobody_knows(store: Store) -> None:
    placed, placeless = (search(store, "main", text)[0].as_json() for text in ("주민센터", "없는 곳에"))
    assert (placed["lon"], placed["lat"]) == (127.1, 37.4)
    assert placed["address"] == "경기도 성남시 분당구 판교역로 235"
    assert placed["label"] == {"ko": "건물", "en": "Building"}
    assert (placeless["lon"], placeless["lat"], placeless["address"]) == (None, None, None)


def test_nothing_is_found_by_nothing(store: Store) -> None:
    assert [ids(store, text) for text in ("", "  ", "--", "없는이름")] == [[], [], [], []]


def test_names_follow_what_is_written_on_each_branch(store: Store) -> None:
    assert ids(store, "유스페이스") == ["b2"]
    store.fork("plan", actor="tests", reason="fork")
    with store.transact(branch="plan", actor="tests", reason="renamed") as tx:
        tx.put(building("b2", "새 연구동"))
        tx.put(building("b9", "유스타워"))
        tx.delete("urn:ngsi-ld:Building:test:b1")
    assert (ids(store, "유스페이스"), ids(store, "연구동"), ids(store, "주민센터")) == (["b2"], [], ["b1"])
    assert (ids(store, "유스", "plan"), ids(store, "연구동", "plan")) == (["b9"], ["b2"])
    assert ids(store, "주민센터", "plan") == []
    with store.transact(actor="tests", reason="renamed again") as tx:
        tx.put(building("b3", "이제 있는 건물"))
    assert (ids(store, "이제 있는"), ids(store, "이제 있는", "plan")) == (
        ["b3"],
        [],
    )  # main's later word is not the plan's


def test_a_large_load_is_read_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("madang.twin.search.MOST_CHANGED", 5)
    assert ids(store, "유스페이스") == ["b2"]
    with store.transact(actor="tests", reason="load") as tx:
        tx.put_many([building(f"n{n}", f"새 건물 {n}") for n in range(20)])
    assert ids(store, "새건물19") == ["n19"]


@given(st.text(alphabet="가나다 -삼평Ab1", max_size=12))
def test_folding_twice_changes_nothing_and_keeps_every_letter(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert len(initials(once)) == len(once)
    assert sum(c.isalnum() for c in text) == len(once)


def test_relationships_are_seen_from_both_ends(store: Store) -> None:
    seen = related(store, "main", "urn:ngsi-ld:Building:test:b1")
    assert [(one.attribute, one.id, one.type) for one in seen.outward] == [("refPlace", DONG, "Dong")]
    back = related(store, "main", DONG).as_json()
    assert {one["id"].split(":")[-1] for one in back["in"]} == {"b1", "b2"}
    assert back["in"][0]["typeLabel"]["ko"] == "건물"
    assert back["more"] == 0
    assert related(store, "main", DONG, limit=1).more == 1
    store.fork("plan", actor="tests", reason="fork")
    with store.transact(branch="plan", actor="tests", reason="gone") as tx:
        tx.delete(DONG)
    (gone,) = related(store, "plan", "urn:ngsi-ld:Building:test:b2").outward
    assert (gone.id, gone.name, gone.type) == (DONG, None, None)
    with pytest.raises(NotFoundError):
        related(store, "plan", DONG)
