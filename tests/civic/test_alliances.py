"""Allied cities in real files: residents from their own files, strategies side by side, form by law, papers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import madang
from madang.city import City
from madang.civic.alliances.strategies import likeness
from madang.errors import MadangError
from madang.indicators.address import Address

ICHEON, SUWON = "urn:ngsi-ld:City:kostat:31210", "urn:ngsi-ld:City:kostat:31010"
ALLIANCE = {
    "id": "urn:ngsi-ld:Alliance:t:belt",
    "type": "Alliance",
    "name": {"type": "LanguageProperty", "languageMap": {"ko": "벨트", "en": "Belt"}},
    "since": "2021-06",
    "members": {"type": "Relationship", "object": [ICHEON, SUWON]},
}


@pytest.fixture
def belt(icheon: City) -> City:
    icheon.put(ALLIANCE, reason="given", by="tests")
    return icheon


@pytest.fixture
def suwon(tmp_path: Path) -> City:
    """A small file of another city, with its residents and a strategy of its own."""
    city = madang.new(tmp_path / "suwon.gpkg", by="tests")
    city.put(
        [
            {"id": SUWON, "type": "City", "name": "수원시",
             "population": {"type": "Property", "value": 1_194_313, "unitCode": "IE"}},
            {"id": "urn:ngsi-ld:CityStrategy:t:s", "type": "CityStrategy", "title": "반도체 인력양성 센터",
             "seeks": ["국립 반도체 교육원"]},
        ],
        reason="given", by="tests",
    )  # fmt: skip
    return city


def test_residents_come_from_each_citys_own_file_with_their_address(belt: City, suwon: City) -> None:
    project = belt.alliances.add_project("belt", title="공동 연구", amount=1_000_000_001, reason="합의")
    shares = belt.alliances.share_costs(project["id"], "population", [suwon.store])
    assert sum(one.share for one in shares.members) == 1_000_000_001
    cities = {one.city: Address.parse(one.weight["address"]).city for one in shares.members if one.weight}
    assert cities == {ICHEON: str(belt.store.city.uuid), SUWON: str(suwon.store.city.uuid)}
    assert shares.stable is None  # nobody knows what the cities would pay alone

    belt.alliances.agree_shares(project["id"], others=[suwon.store], reason="합의")
    paper = belt.alliances.paper("belt")
    written = [figure for figure in paper.figures() if figure.unit == "KRW"]
    assert sum(figure.value or 0 for figure in written) == 1_000_000_001
    assert all(figure.address and ".amount" in figure.address for figure in written)


def test_strategies_of_two_files_are_compared_and_only_stated_words_conflict(belt: City, suwon: City) -> None:
    belt.put(
        {"id": "urn:ngsi-ld:CityStrategy:t:i", "type": "CityStrategy", "title": "반도체 인력양성센터",
         "seeks": ["국립 반도체 교육원"]}, reason="given", by="tests",
    )  # fmt: skip
    found = belt.alliances.overlaps("belt", [suwon.store])
    assert [one.words for one in found.of("conflict")] == [("국립 반도체 교육원",)]
    assert [one.likeness for one in found.of("overlap")] == [1.0]
    assert found.duplicates == []  # strategies, not facilities
    assert {city: count for city, _, count in found.cities} == {ICHEON: 1, SUWON: 1}


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [("가나다", "가나다", 1.0), ("가나다", "라마바", 0.0), ("", "가", 0.0), ("가나", "가나다", 0.667)],
)
def test_likeness_is_dice_on_pairs_of_characters(a: str, b: str, wanted: float) -> None:
    assert likeness(a, b) == likeness(b, a) == wanted


def test_one_who_joins_later_does_not_undo_the_founding(belt: City) -> None:
    door = belt.alliances
    charter = {item.id: "정함" for item in door.charter_checklist("belt")}
    door.record_step("belt", step="agreement", on="2025-01-06", reason="합의")
    for city in ("icheon", "suwon"):
        door.record_step("belt", step="council-vote", council=city, on="2025-02-03", reason="의결")
    door.write_charter("belt", items=charter, reason="규약")
    door.record_step("belt", step="approval", on="2025-06-02", reason="승인")
    door.record_step("belt", step="notice", on="2025-06-09", reason="고시")
    assert door.form("belt") == "special-local-government"
    assert door.form("belt", "2025-06-08") == "informal"

    with pytest.raises(MadangError, match="208"):
        door.join("belt", city="anseong", on="2026-01-05", reason="가입")
    vote = door.steps("belt")[0]["id"]
    door.join("belt", city="anseong", on="2026-01-05", evidence=vote, reason="가입")
    assert door.form("belt") == "special-local-government"
    assert len(door.members("belt")) == 3


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"step": "council-vote"}, "alliances.council-missing"),
        ({"step": "agreement", "council": "icheon"}, "alliances.step-of-the-whole"),
        ({"step": "nothing"}, "alliances.step-unknown"),
        ({"step": "agreement", "form": "club"}, "alliances.form-unknown"),
        ({"step": "agreement", "state": "half"}, "alliances.step-state-unknown"),
        ({"step": "agreement", "on": "2026-02-30"}, "alliances.bad-day"),
        ({"step": "agreement", "on": "2999-01-01"}, "alliances.day-to-come"),
        ({"step": "agreement", "evidence": ["urn:x:y"]}, "alliances.evidence-unknown"),
    ],
)
def test_a_wrong_step_is_refused_and_leaves_nothing(belt: City, given: dict[str, str], code: str) -> None:
    before = belt.store.data_version()
    with pytest.raises(MadangError) as refused:
        belt.alliances.record_step("belt", reason="r", **given)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert "{" not in refused.value.message("ko") + refused.value.message("en")
    assert belt.store.data_version() == before


def test_the_page_is_one_answer(belt: City) -> None:
    page = belt.alliances.alliance("belt", "2026").as_json()
    assert page["memberCount"] == 2
    assert page["form"]["label"]["ko"].startswith("임의")
    assert [form["form"] for form in page["forms"]] == ["special-local-government", "association", "council"]
    assert all(set(step["clause"]) == {"ko", "en"} for form in page["forms"] for step in form["steps"])


@pytest.mark.parametrize(
    "given",
    [
        {"amount": 0},
        {"amount": -5},
        {"amount": 5.5},
        {"alone": {ICHEON: -1, SUWON: 5}},
        {"alone": {ICHEON: "x", SUWON: 5}},
        {"alone": {ICHEON: 9, SUWON: 5}, "shared": -1},
        {"coalitions": [{"members": [ICHEON]}]},
    ],
)
def test_what_is_no_amount_is_refused_by_the_name_of_its_field(belt: City, given: dict[str, Any]) -> None:
    with pytest.raises(MadangError) as told:
        belt.alliances.add_project("belt", title="공동 연구", reason="합의", **given)
    assert told.value.code == "alliances.not-won"


def test_a_city_named_twice_has_one_part_and_nobody_shares_alone(belt: City) -> None:
    project = belt.alliances.add_project(
        "belt", title="연구", amount=10, members=[ICHEON, SUWON, ICHEON], reason="합의"
    )
    assert project["members"]["object"] == [ICHEON, SUWON]
    with pytest.raises(MadangError) as told:
        belt.alliances.add_project("belt", title="연구", amount=10, members=[ICHEON], reason="합의")
    assert told.value.code == "alliances.too-few-to-share"
