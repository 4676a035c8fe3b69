"""The first screen is a question: what it says, in both languages, in what order, and what it looks like.

How soon it stands is measured by `bench/pages.py`; no test asserts on time.
"""

from __future__ import annotations

import re

import numpy as np
import pytest
from browser_pages import GWANGYANG, SEONGNAM, Open, Site, figures, keep, marks, picture, pixels
from PIL import Image
from playwright.sync_api import Page, expect


def test_the_front_page_asks_the_question_of_the_first_city_with_an_alternative(site: Site, open_page: Open) -> None:
    page = open_page(site, "/", webgl=True)
    expect(page.get_by_role("heading", level=1)).to_contain_text("지역에 얼마가 남습니까?")
    expect(page).to_have_url(f"{site.url}{GWANGYANG}")
    expect(page.get_by_role("navigation", name="도시 고르기").get_by_role("link")).to_have_count(9)
    panel = figures(page)
    expect(panel.get_by_role("columnheader", name="현행", exact=True)).to_be_visible()
    expect(panel.get_by_role("columnheader", name="배터리·수소안")).to_be_visible()
    expect(panel.get_by_text("불확실 범위").first).to_be_visible()
    expect(panel.get_by_text("추정").first).to_be_visible()
    expect(panel.get_by_text("기한 지남").first).to_be_visible()
    picture(page)
    keep(page, "first-screen-ko")
    assert marks(page) == ["madang.figures", "madang.first-view"]


def test_cities_with_an_alternative_stand_first_and_those_that_do_not_fit_in_a_menu(
    site: Site, open_page: Open
) -> None:
    page = open_page(site, "/city/yongin", lang="en-GB", size=(1190, 800))
    figures(page)
    row = page.get_by_role("navigation", name="Choose a city")
    expect(row.get_by_role("link").nth(1)).to_have_text("Seongnam")
    expect(row.get_by_role("link").nth(0)).to_have_text("Gwangyang")
    expect(row.get_by_role("link", name="Yongin")).to_have_attribute("aria-current", "page")
    expect(row.get_by_role("link", name="Suwon")).to_have_count(0)
    more = row.get_by_role("button", name=re.compile(r"\d more"))
    more.focus()
    page.keyboard.press("Enter")
    expect(row.get_by_role("link")).to_have_count(9)
    keep(page, "cities-menu")
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "false")
    more.click()
    row.get_by_role("link", name="Suwon").click()
    expect(page).to_have_url(f"{site.url}/city/suwon")
    expect(more).to_have_attribute("aria-expanded", "false")
    expect(row.get_by_role("link", name="Suwon")).to_be_visible()


def test_the_same_in_english_and_the_choice_is_kept(site: Site, open_page: Open) -> None:
    page = open_page(site, GWANGYANG, lang="en-GB", webgl=True)
    expect(page.get_by_role("heading", level=1)).to_contain_text("how much stays in Gwangyang?")
    expect(figures(page).get_by_text("KRW 1.3742 tn").first).to_be_visible()
    picture(page)
    keep(page, "first-screen-en")
    page.get_by_role("button", name="한국어").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("지역에 얼마가 남습니까?")
    page.reload()
    expect(page.get_by_role("button", name="한국어")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("html")).to_have_attribute("lang", "ko")


def test_the_token_leaves_the_address_bar(site: Site, open_page: Open) -> None:
    page = open_page(site, GWANGYANG)
    figures(page)
    assert "token" not in page.url


def test_both_halves_of_the_picture_show_the_city(site: Site, open_page: Open) -> None:
    page = open_page(site, SEONGNAM, webgl=True)
    picture(page)
    expect(page.locator(".labels .changed").first).to_be_visible()
    keep(page, "split-view")
    shown = pixels(page.locator(".frame"))
    half = shown.width // 2
    for side in (shown.crop((0, 0, half, shown.height)), shown.crop((half, 0, shown.width, shown.height))):
        assert _share_of_city(side) > 0.08


def test_changes_too_near_to_be_named_apart_are_found_by_one_name(site: Site, open_page: Open) -> None:
    # A small window: names lie over each other whatever font the machine has.
    page = open_page(site, SEONGNAM, size=(1000, 640), still=True, webgl=True)
    picture(page)
    together = page.locator(".labels .changed")
    expect(together).to_have_text("안이 바꾸는 곳 3")
    together.click()
    expect(together).to_have_count(3)
    for name in ("팹리스 설계지원센터", "시스템반도체 시험·검증센터", "팹리스 인재양성관"):
        expect(page.locator(".labels").get_by_text(name)).to_be_visible()


def test_what_the_alternative_changes_is_highlighted_and_picked(site: Site, open_page: Open) -> None:
    page = open_page(site, SEONGNAM, still=True, webgl=True)
    picture(page)
    page.get_by_role("button", name="바뀌는 곳으로").click()
    expect(page.locator(".labels .changed")).to_have_count(3)
    keep(page, "changes-near")
    # The place under the middle of the right pane; whatever stands there says what it is.
    frame = page.locator(".frame").bounding_box()
    assert frame is not None
    page.mouse.click(frame["x"] + frame["width"] * 0.75, frame["y"] + frame["height"] * 0.6)
    expect(page.get_by_role("region", name="고른 곳").get_by_text("urn:ngsi-ld:")).to_be_visible()
    keep(page, "picked")


@pytest.mark.parametrize(("name", "size"), [("phone", (390, 844)), ("tablet", (820, 1180))])
def test_narrow_screens_put_the_figures_first_and_never_scroll_sideways(
    site: Site, open_page: Open, name: str, size: tuple[int, int]
) -> None:
    page = open_page(site, GWANGYANG, size=size, webgl=True)
    panel = figures(page)
    twin = picture(page)
    keep(page, name, whole=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    above, below = panel.bounding_box(), twin.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] < below["y"]


def test_a_phone_can_fold_the_picture_away(site: Site, open_page: Open) -> None:
    page = open_page(site, GWANGYANG, size=(390, 844))
    figures(page)
    page.get_by_role("button", name="3D 접기").click()
    expect(page.locator(".twin")).to_be_hidden()
    page.get_by_role("button", name="3D 펼치기").click()
    expect(page.locator(".twin")).to_be_visible()


def test_dark_is_dark(site: Site, open_page: Open) -> None:
    page = open_page(site, SEONGNAM, dark=True, webgl=True)
    picture(page)
    expect(page.locator(".labels .changed").first).to_be_visible()
    keep(page, "dark")
    assert _brightness(page) < 90
    page.get_by_role("button", name="밝게").click()
    assert _brightness(page) > 160


def test_without_webgl_the_same_stands_in_a_table(site: Site, open_page: Open) -> None:
    page = open_page(site, GWANGYANG, webgl=False)
    expect(page.get_by_text("이 브라우저에서는 3D를 그릴 수 없어")).to_be_visible()
    table = page.get_by_role("region", name="디지털트윈").get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(13)
    expect(table.get_by_role("rowheader", name="광양읍")).to_be_visible()
    keep(page, "no-webgl")


def test_a_city_without_an_alternative_shows_its_figures_and_invites(site: Site, open_page: Open) -> None:
    page = open_page(site, "/city/suwon", webgl=True)
    panel = figures(page)
    expect(panel.get_by_text("1,210,150명")).to_be_visible()
    expect(panel.get_by_text("첫 안을 시작해 보세요")).to_be_visible()
    expect(panel.get_by_text("가장 가까운 계산값")).to_be_visible()
    picture(page)
    keep(page, "city-without-alternative")


def test_an_address_of_nothing_says_so(site: Site, open_page: Open) -> None:
    page = open_page(site, "/nowhere/at/all")
    expect(page.get_by_role("heading", name="찾는 화면이 없습니다")).to_be_visible()
    page = open_page(site, "/city/atlantis")
    expect(page.get_by_role("alert")).to_be_visible()


def _share_of_city(part: Image.Image) -> float:
    """The ground is nearly white: what is darker are houses, roads and their shade."""
    return float((np.asarray(part.convert("L")) < 215).mean())


def _brightness(page: Page) -> float:
    return float(np.asarray(pixels(page.locator("body")).convert("L")).mean())
