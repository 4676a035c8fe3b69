"""Studies: what one still needs before it can recommend, its trail to use, the yearly list, the service contract."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import violations
from browser_pages import Open, Site, keep, serving
from playwright.sync_api import expect
from rooms_content import studies

ROOM = "/city/gwangyang/-/studies"
PHONE = (390, 844)


@pytest.fixture(scope="module")
def content(cities: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, dict[str, str]]]:
    """A server over a copy of a city with three made-up studies, and their ids."""
    copy = Path(shutil.copy(cities / "gwangyang.gpkg", tmp_path_factory.mktemp("studies")))
    ids = studies(copy)
    with serving([copy]) as running:
        yield running, ids


def test_the_list_says_what_each_study_still_needs(content: tuple[Site, dict[str, str]], open_page: Open) -> None:
    page = open_page(content[0], ROOM)
    expect(page.get_by_text("제언하려면 더 있어야 할 것: 이유를 들어 제외한 대안 하나 이상")).to_be_visible()
    expect(page.get_by_text("완료 1건 가운데 0건")).to_be_visible()
    listed = page.get_by_role("region", name="2026년 공시 목록")
    expect(listed.get_by_role("row", name=re.compile("이차전지.*제언일, 활용 상태, 보고서"))).to_be_visible()
    expect(page.get_by_text("지방연구원법 제4조제2항")).to_be_visible()
    keep(page, "studies", whole=True)
    assert violations(page) == []


def test_a_study_shows_its_trail_of_use(content: tuple[Site, dict[str, str]], open_page: Open) -> None:
    site, ids = content
    page = open_page(site, f"{ROOM}/{ids['done']}", lang="en-GB", dark=True)
    trail = page.get_by_role("region", name="From recommendation to use")
    expect(trail).to_contain_text("under review")
    expect(page.get_by_text("Why it was rejected")).to_be_visible()
    keep(page, "study-dark-en", whole=True)
    assert violations(page) == []


def test_the_list_and_a_study_stand_on_a_phone(content: tuple[Site, dict[str, str]], open_page: Open) -> None:
    site, ids = content
    page = open_page(site, ROOM, size=PHONE)
    expect(page.get_by_role("region", name="2026년 공시 목록")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(f"{site.url}{ROOM}/{ids['done']}")
    expect(page.get_by_role("heading", name="대안")).to_be_visible()
    keep(page, "study-phone", whole=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []


def test_a_recommendation_waits_for_a_rejected_alternative(
    content: tuple[Site, dict[str, str]], open_page: Open
) -> None:
    site, ids = content
    page = open_page(site, f"{ROOM}/{ids['running']}")
    dialog = page.get_by_role("dialog")
    expect(page.get_by_text(re.compile("기한 지남"))).to_be_visible()
    page.get_by_role("button", name="제언하기").click()
    dialog.get_by_label("대안").select_option(label="집적단지")
    dialog.get_by_label("제언 내용").fill("집적단지를 조성할 것")
    dialog.get_by_label("제언일").fill("2026-11-02")
    dialog.get_by_label("이유").fill("최종보고서")
    dialog.get_by_role("button", name="제언하기").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    keep(page, "recommend-refused")
    assert violations(page) == []
    dialog.get_by_role("button", name="취소").click()

    page.get_by_role("button", name=re.compile("^제외.*현금 지원")).click()
    dialog.get_by_label("제외한 이유").fill("효과보다 비용이 큽니다.")
    dialog.get_by_role("button", name="제외").click()
    expect(page.get_by_role("heading", name="제언할 수 있습니다")).to_be_visible()
    page.get_by_role("button", name="제언하기").click()
    dialog.get_by_label("대안").select_option(label="집적단지")
    dialog.get_by_label("제언 내용").fill("집적단지를 조성할 것")
    dialog.get_by_label("제언일").fill("2026-11-02")
    dialog.get_by_label("이유").fill("최종보고서")
    dialog.get_by_role("button", name="제언하기").click()
    expect(page.get_by_role("region", name="제언에서 활용까지")).to_contain_text("집적단지를 조성할 것")
    keep(page, "study-recommended", whole=True)
