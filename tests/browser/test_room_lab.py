"""The policy lab: alternatives beside each other, sliders that answer, runs that fill the board, and closer looks."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import violations
from browser_pages import Open, Site, keep, serving
from lab_content import lab
from playwright.sync_api import Locator, Page, expect

ROOM = "/city/seongnam/-/lab"
PHONE = (390, 844)


@pytest.fixture(scope="module")
def content(cities: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server over a copy of a city with made-up laboratories and courses."""
    copy = Path(shutil.copy(cities / "seongnam.gpkg", tmp_path_factory.mktemp("lab")))
    lab(copy)
    with serving([copy]) as running:
        yield running


def board(page: Page, name: str = "견줌표") -> Locator:
    """The board, once it stands."""
    found = page.get_by_role("region", name=name, exact=True)
    found.wait_for()
    return found


def view(open_page: Open, site: Site, query: str, **more: object) -> Page:
    """The lab as an address tells it."""
    page = open_page(site, ROOM, **more)
    page.goto(f"{site.url}{ROOM}{query}")
    return page


def test_a_slider_makes_a_variant_and_the_address_holds_the_view(content: Site, open_page: Open) -> None:
    page = open_page(content, ROOM)
    told = board(page).get_by_role("row", name=re.compile("^지역에 남는 부가가치 클수록"))
    expect(told).to_contain_text("나음")
    slider = page.get_by_role("slider", name="팹리스 밸리 투자사업: 금액")
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(board(page).get_by_role("columnheader", name=re.compile("변형 1"))).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    cells = told.get_by_role("cell").all_inner_texts()
    assert cells[1].split("\n")[0] != cells[3].split("\n")[0]  # the variant is answered, its branch stays as it was
    page.wait_for_url(re.compile("alt=.*v1.*amount"))
    again = view(open_page, content, f"?{page.url.partition('?')[2]}&view=tornado")
    row = board(again).get_by_role("row", name=re.compile("^지역에 남는 부가가치 클수록"))
    expect(row).to_contain_text(cells[3].split("\n")[0])
    expect(again.get_by_role("img", name=re.compile("지역에 남는 부가가치.*움직이는 것"))).to_be_visible()
    keep(again, "lab-tornado", whole=True)
    assert violations(again) == []


def test_what_takes_its_time_is_run_and_says_who_gains(content: Site, open_page: Open) -> None:
    page = view(open_page, content, "?alt=main&alt=fabless-valley", dark=True)
    board(page)
    page.get_by_role("button", name="모두 돌려 보기").click()
    row = board(page).get_by_role("row", name=re.compile("^평균 이동시간"))
    row.get_by_role("button", name=re.compile("산출근거")).nth(1).wait_for()
    page.get_by_role("tab", name="누가 얻고 누가 잃나").click()
    expect(page.get_by_role("img", name=re.compile("평균 이동시간"))).to_be_visible()
    expect(page.get_by_role("region", name="누구에게 얼마나: 평균 이동시간")).to_contain_text(re.compile("22곳"))
    expect(page.get_by_role("link", name=re.compile("3D에서"))).to_have_attribute(
        "href", "/city/seongnam/fabless-valley"
    )
    keep(page, "lab-places-dark", whole=True)
    assert violations(page) == []


def test_weights_ranks_and_what_would_turn_them_on_a_phone(content: Site, open_page: Open) -> None:
    page = view(open_page, content, "?view=ranks&by=economy.value-added-city+economy.imports+talent.gap", size=PHONE)
    board(page)
    page.get_by_role("img", name="대안마다 몇 위가").wait_for()
    page.get_by_label("둘씩 견주어 정합니다(AHP)").check()
    pair = page.get_by_role("slider", name=re.compile("견주기$")).first
    expect(page.get_by_text("일관성 비율 0 (기준 0.1 이하)")).to_be_visible()
    pair.focus()
    for _ in range(8):
        page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("판단이 서로 어긋나 가중치로 쓰지 않았습니다.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("tab", name="뒤집히려면").click()
    page.get_by_role("img", name=re.compile("무엇이 사실이어야")).wait_for()
    keep(page, "lab-phone", whole=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []


def test_a_card_is_written_and_an_answer_kept(content: Site, open_page: Open) -> None:
    page = view(open_page, content, "?alt=main&alt=fabless-valley&turn=fabless-valley&view=pareto", lang="en-GB")
    board(page, "The board")
    page.get_by_role("button", name=re.compile("own.*Share of the seats")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Low").fill("0.9")
    dialog.get_by_label("Central").fill("0.92")
    dialog.get_by_label("Source").fill("University disclosure 2026 (made up)")
    dialog.get_by_label("Reason").fill("disclosed")
    dialog.get_by_role("button", name="Write into the alternative").click()
    expect(page.get_by_text("Written into the alternative, and computed again.")).to_be_visible()
    expect(page.get_by_text("Source: University disclosure 2026 (made up)")).to_be_visible()
    page.get_by_role("button", name="Keep this answer").first.click()
    dialog.get_by_label("Reason").fill("for the committee")
    dialog.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("The answer stands in the city file.")).to_be_visible()
    with page.expect_download() as told:
        page.get_by_role("button", name="CSV", exact=True).first.click()
    assert "Value added staying in the city" in Path(told.value.path()).read_text("utf-8-sig")
    keep(page, "lab-en", whole=True)
