"""The desk of committees: what needs attention first, a meeting in full, a vote refused until it is valid."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import violations
from browser_pages import Open, Site, keep, serving
from playwright.sync_api import Page, expect
from rooms_content import committees

DESK = "/city/gwangyang/-/committees"
PHONE = (390, 844)


@pytest.fixture(scope="module")
def content(cities: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, dict[str, str]]]:
    """A server over a copy of a city with made-up committees, and the ids of its meetings."""
    copy = Path(shutil.copy(cities / "gwangyang.gpkg", tmp_path_factory.mktemp("committees")))
    ids = committees(copy)
    with serving([copy]) as running:
        yield running, ids


def test_alerts_stand_first_in_words_with_their_clause(content: tuple[Site, dict[str, str]], open_page: Open) -> None:
    page = open_page(content[0], DESK)
    alerts = page.get_by_role("region", name=re.compile("먼저 챙길 일"))
    late = alerts.get_by_role("listitem").first
    expect(late).to_contain_text("정기회의 기한 경과")
    expect(late).to_contain_text("회의를 열었다면 그 회의와 출석·회의록이 기록되지 않은 것입니다")
    expect(alerts).to_contain_text("제4조")
    expect(page.get_by_role("heading", name="미래산업위원회(가상)")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("다온.*한빛소재"))).to_be_visible()
    keep(page, "committees", whole=True)
    assert violations(page) == []


def test_a_meeting_shows_both_quorums_counts_and_dissent(content: tuple[Site, dict[str, str]], open_page: Open) -> None:
    site, ids = content
    page = open_page(site, f"{DESK}/{ids['held']}", lang="en-GB", dark=True)
    item = page.get_by_role("article").last
    for said in ("Quorum to meet", "Quorum to decide", "Art. 7(2)", "Dissent"):
        expect(item).to_contain_text(said)
    item.get_by_role("button", name=re.compile("^3")).click()
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    keep(page, "meeting-dark-en", whole=True)
    assert violations(page) == []


def test_the_desk_and_a_meeting_stand_on_a_phone(content: tuple[Site, dict[str, str]], open_page: Open) -> None:
    site, ids = content
    page = open_page(site, DESK, size=PHONE)
    expect(page.get_by_role("heading", name="미래산업위원회(가상)")).to_be_visible()
    keep(page, "committees-phone", whole=True)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(f"{site.url}{DESK}/{ids['held']}")
    expect(page.get_by_role("article").last).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_who_may_only_read_is_offered_no_act(content: tuple[Site, dict[str, str]], open_page: Open) -> None:
    page = open_page(content[0], DESK, role="read")
    expect(page.get_by_role("heading", name="미래산업위원회(가상)")).to_be_visible()
    for act in ("회의 소집", "위촉·임명", "위원회 등록"):
        expect(page.get_by_role("button", name=act)).to_have_count(0)


def test_a_vote_is_refused_with_its_clause_until_the_recusal_is_settled(
    content: tuple[Site, dict[str, str]], open_page: Open
) -> None:
    site, ids = content
    page = open_page(site, f"{DESK}/{ids['called']}")
    _press(page, "출석 기록")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="모두 출석으로").click()
    dialog.get_by_role("button", name="기록", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("마루"))).to_be_visible()
    _press(page, "개회")
    page.get_by_role("dialog").get_by_role("button", name="개회").click()
    expect(page.get_by_text("개의", exact=True).first).to_be_visible()

    item = page.get_by_role("article").filter(has_text="한빛소재 협약 지원")
    expect(item.get_by_text(re.compile("법정 제척 사유"))).to_be_visible()
    item.get_by_role("button", name="표결").click()
    for name in ("가람", "나래", "다온", "라온", "마루"):
        dialog.get_by_role("group", name=name).get_by_role("radio", name="찬성").check()
    dialog.get_by_role("group", name="마루").get_by_role("radio", name="반대").check()
    dialog.get_by_label("소수의견: 마루").fill("지원 규모의 근거가 없습니다.")
    expect(dialog.get_by_text("찬성 4 · 반대 1 · 기권 0")).to_be_visible()
    keep(page, "vote-dialog")
    assert violations(page) == []
    dialog.get_by_role("button", name="표결 기록").click()
    expect(dialog.get_by_role("alert")).to_contain_text("제8조")
    keep(page, "vote-refused")
    dialog.get_by_role("button", name="취소").click()

    item.get_by_role("button", name="제척·기피·회피").click()
    dialog.get_by_label("위원").select_option(label="다온")
    dialog.get_by_label("사유").fill("협약 당사자의 임원입니다.")
    dialog.get_by_role("button", name="제척·기피·회피").click()
    expect(item.get_by_text("협약 당사자의 임원입니다.")).to_be_visible()

    item.get_by_role("button", name="표결").click()
    for name, choice in (("가람", "찬성"), ("나래", "찬성"), ("라온", "찬성"), ("마루", "반대")):
        dialog.get_by_role("group", name=name).get_by_role("radio", name=choice).check()
    dialog.get_by_label("소수의견: 마루").fill("지원 규모의 근거가 없습니다.")
    dialog.get_by_role("button", name="표결 기록").click()
    expect(item).to_contain_text("소수의견: 마루")
    expect(item).to_contain_text("4명(필요 3명)")
    keep(page, "vote-carried", whole=True)


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
