"""A number tells where it comes from, is computed again, and follows a slider."""

from __future__ import annotations

import re

from browser_pages import GWANGYANG, SEONGNAM, Open, Site, figures, keep, picture
from playwright.sync_api import Page, expect


def test_a_number_opens_its_origin_and_computes_again_to_the_same(site: Site, open_page: Open) -> None:
    page = open_page(site, GWANGYANG, webgl=True)
    panel = figures(page)
    panel.get_by_role("region", name="계산한 답").get_by_role("button").click()
    drawer = page.get_by_role("dialog", name="산출근거")
    for told in ("자료 출처", "이용 조건", "모형", "분석 실행", "난수 씨앗", "이 숫자의 주소"):
        expect(drawer.get_by_text(told, exact=True).first).to_be_visible()
    expect(drawer.get_by_text("한국 2015년 산업연관표 23부문", exact=False).first).to_be_visible()
    expect(drawer.get_by_text("이용조건을 확인하지 않음(OECD)")).to_be_visible()
    drawer.get_by_role("button", name="다시 계산").click()
    expect(drawer.get_by_text("다시 계산해도 같습니다")).to_be_visible()
    picture(page)
    keep(page, "origin-of-a-number")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_an_observed_figure_names_its_source_too(site: Site, open_page: Open) -> None:
    page = open_page(site, "/city/suwon")
    figures(page).get_by_role("button", name=re.compile("1,210,150명")).click()
    drawer = page.get_by_role("dialog", name="산출근거")
    expect(drawer.get_by_text("KOGL-1").first).to_be_visible()
    expect(drawer.get_by_text("실측").first).to_be_visible()
    expect(drawer.get_by_text("발표된 원자료의 값을 그대로 옮겼습니다")).to_be_visible()
    expect(drawer.get_by_role("button", name="다시 계산")).to_have_count(0)


def test_a_slider_changes_the_figures_and_gives_them_back(site: Site, open_page: Open) -> None:
    page = open_page(site, SEONGNAM, webgl=True)
    panel = figures(page)
    answer = panel.get_by_role("region", name="계산한 답").locator(".much")
    before = answer.inner_text().splitlines()[0].strip()
    slider = panel.get_by_role("slider").first
    expect(panel.get_by_text("가정", exact=True).first).to_be_visible()
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(panel.get_by_text("미리보기입니다. 기록되지 않았습니다.")).to_be_visible()
    expect(answer).not_to_contain_text(before)
    picture(page)
    keep(page, "slider")
    panel.get_by_role("button", name="처음 값으로").click()
    expect(answer).to_contain_text(before)


def test_everything_on_the_first_screen_is_reached_by_keyboard(site: Site, open_page: Open) -> None:
    page = open_page(site, SEONGNAM, webgl=True)
    figures(page)
    picture(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="본문으로 건너뛰기")).to_be_focused()
    _tab_to(page, ".answer button.number")
    keep(page, "keyboard-focus")
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="산출근거")
    expect(drawer).to_be_visible()
    again = drawer.get_by_role("button", name="다시 계산")
    expect(again).to_be_enabled()
    _tab_to(page, "dialog .button.primary")
    page.keyboard.press("Enter")
    expect(drawer.get_by_text("다시 계산해도 같습니다")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".answer button.number")).to_be_focused()
    _tab_to(page, ".levers input")
    _tab_to(page, ".twin canvas")
    first_name = page.locator(".labels .changed").first
    where = first_name.get_attribute("style")
    page.keyboard.press("ArrowLeft")
    expect(first_name).not_to_have_attribute("style", where or "")


def _tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the element is focused; fails after more stops than any page has."""
    target = page.locator(selector).first
    for _ in range(120):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{selector} can't be reached by Tab")
