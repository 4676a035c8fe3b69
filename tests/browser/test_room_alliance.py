"""The alliance: what blocks the legal form, the ordinance city by city, a cost shared three ways, a council's step."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import violations
from browser_pages import Open, Site, keep, serving
from playwright.sync_api import expect
from rooms_content import TEXT, alliance

ROOM = "/city/yongin/-/alliance"
ON_BRANCH = "/city/yongin/belt/-/alliance"
MEMBERS = ("suwon", "seongnam", "hwaseong", "pyeongtaek", "icheon", "anseong")
PHONE = (390, 844)


@pytest.fixture(scope="module")
def belt(cities: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server over copies of the seven members, one of them with made-up joint work."""
    folder = tmp_path_factory.mktemp("belt")  # one process writes a file, and the cities themselves are served already
    files = [Path(shutil.copy(cities / f"{name}.gpkg", folder)) for name in ("yongin", *MEMBERS)]
    alliance(files[0])
    with serving(files) as running:
        yield running


def test_the_page_says_which_councils_block_and_by_which_article(belt: Site, open_page: Open) -> None:
    page = open_page(belt, ON_BRANCH)
    expect(page.get_by_text("지금 막고 있는 단계: 각 지방의회 의결.")).to_be_visible()
    expect(page.get_by_text("용인시, 성남시, 화성시의 지방의회 의결이 없습니다.")).to_be_visible()
    expect(page.get_by_role("region", name="규약에 담을 사항: 12개 가운데 3개")).to_be_visible()
    matrix = page.get_by_role("region", name="도시별 입법 단계")
    expect(matrix.get_by_role("row", name=re.compile("이천시.*2026. 1. 5..*2026. 4. 1."))).to_be_visible()
    matrix.get_by_role("button", name=re.compile("1곳 다름.*이천시")).click()
    expect(page.locator("ins")).to_have_text(re.compile("인력 양성"))
    expect(page.get_by_role("cell", name=re.compile("82.8%"))).to_be_visible()
    expect(page.get_by_text(re.compile("거리 32"))).to_be_visible()
    keep(page, "alliance", whole=True)
    assert violations(page) == []


def test_a_cost_is_shared_three_ways_with_residents_from_the_members_own_files(belt: Site, open_page: Open) -> None:
    page = open_page(belt, ROOM, lang="en-GB", dark=True)
    shares = page.get_by_role("region", name="Shares by method")
    for head in ("by population", "by benefit", "Shapley value", "Alone"):
        expect(shares.get_by_role("columnheader", name=head)).to_be_visible()
    expect(page.get_by_text(re.compile("would pay .* won less on their own")).first).to_be_visible()
    shares.get_by_role("row", name=re.compile("Suwon")).get_by_role("button").first.click()
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    keep(page, "alliance-dark-en", whole=True)
    assert violations(page) == []


def test_the_alliance_stands_on_a_phone(belt: Site, open_page: Open) -> None:
    page = open_page(belt, ROOM, size=PHONE)
    expect(page.get_by_role("region", name="분담 방법별 분담액")).to_be_visible()
    keep(page, "alliance-phone", whole=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []


def test_a_councils_step_is_recorded_and_one_too_early_is_refused(belt: Site, open_page: Open) -> None:
    page = open_page(belt, ROOM)
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name=re.compile("^기록.*행정안전부장관 승인")).click()
    dialog.get_by_label("날짜").fill("2026-06-02")
    dialog.get_by_label("이유").fill("승인")
    dialog.get_by_role("button", name="기록", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("제199조")
    dialog.get_by_role("button", name="취소").click()

    page.get_by_role("button", name=re.compile("다음 단계 기록.*안성시")).click()
    dialog.get_by_label("날짜").fill("2026-06-12")
    dialog.get_by_label("이유").fill("본회의 의결")
    dialog.get_by_role("button", name="기록", exact=True).click()
    row = page.get_by_role("region", name="도시별 입법 단계").get_by_role("row", name=re.compile("안성시"))
    expect(row.get_by_role("button", name=re.compile("2026. 6. 12."))).to_be_visible()
    expect(page.get_by_role("columnheader", name=re.compile("의결 3.7"))).to_be_visible()

    page.get_by_role("button", name=re.compile("시안 쓰기.*평택시")).click()
    draft = dialog.get_by_label("조례 본문")
    expect(draft).to_have_value(TEXT)
    dialog.get_by_label("날짜").fill("2026-06-15")
    draft.fill(f"{TEXT}\n제4조(평가) 시장은 해마다 결과를 알린다.")
    dialog.get_by_label("이유").fill("평가 조항을 더함")
    dialog.get_by_role("button", name="기록", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("1곳 다름.*평택시"))).to_be_visible()
