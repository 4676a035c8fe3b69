"""The twin over the whole window: how one moves in it, what the address says of it, and what it looks like."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
from axe import violations
from browser_pages import SCREENSHOTS, SEONGNAM, Open, Site, keep, picture, pixels
from playwright.sync_api import Page, expect

ROOM = f"{SEONGNAM}/-/twin"


def test_the_view_stands_in_the_address_and_survives_every_change(site: Site, open_page: Open) -> None:
    page = open_page(site, SEONGNAM, webgl=True, still=True)
    picture(page)
    page.get_by_role("button", name="바뀌는 곳으로").click()
    page.get_by_role("link", name="크게 보기").click()
    expect(page).to_have_url(re.compile(r"/city/seongnam/fabless-valley/-/twin\?lon="))
    carried = _query(page)
    picture(page)
    expect(page.locator(".labels .changed").first).to_be_visible()
    keep(page, "twin-split")
    page.get_by_role("button", name="밀어 보기").click()
    expect(page).to_have_url(re.compile("mode=swipe"))
    keep(page, "twin-swipe")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Copy link")).to_be_visible()
    now = _query(page)
    assert [now[key] for key in ("lon", "lat", "distance", "heading")] == [
        carried[key] for key in ("lon", "lat", "distance", "heading")
    ]
    page.go_back()
    expect(page.get_by_role("button", name="Side by side")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("mode=split"))
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save picture").click()
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")
    saved.value.save_as(SCREENSHOTS / "twin-saved.png")
    _the_graphics_card_goes_and_comes_back(page)


def test_one_walks_flies_and_asks_what_it_costs(site: Site, open_page: Open) -> None:
    page = open_page(site, "/city/seongnam/-/twin", webgl=True, still=True)
    picture(page)
    page.goto(f"{site.url}/city/seongnam/-/twin?lon=127.1075&lat=37.4015&distance=900&heading=30&elevation=24")
    picture(page)
    expect(page.get_by_role("img", name="축척 막대")).to_be_visible()
    expect(page.locator(".labels .label").first).to_be_visible()
    keep(page, "twin-orbit")
    canvas = page.locator("canvas")
    before = _query(page)
    canvas.press("ArrowRight")
    expect(page).not_to_have_url(re.compile(f"lon={re.escape(before['lon'])}&"))
    page.get_by_role("button", name="걷기").click()
    expect(page).to_have_url(re.compile("way=walk"))
    stands = _query(page)
    canvas.press("w", delay=300)
    expect(page).not_to_have_url(re.compile(f"lat={re.escape(stands['lat'])}&"))
    assert abs(float(_query(page)["height"]) - 1.7) < 2
    keep(page, "twin-walk")
    page.get_by_role("button", name="비행").click()
    expect(page).to_have_url(re.compile("way=fly"))
    page.keyboard.press("`")
    costs = page.get_by_role("complementary", name="성능")
    expect(costs.get_by_text("삼각형")).to_be_visible()
    expect(costs.get_by_text("MiB")).to_be_visible()
    keep(page, "twin-debug")


def test_a_phone_in_the_dark_has_the_picture_and_all_of_its_buttons(site: Site, open_page: Open) -> None:
    page = open_page(site, ROOM, size=(390, 844), dark=True, webgl=True, still=True)
    picture(page)
    expect(page.locator(".labels .changed").first).to_be_visible()
    keep(page, "twin-phone-dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert float(np.asarray(pixels(page.locator("body")).convert("L")).mean()) < 90
    page.get_by_role("button", name="더 보기").click()
    expect(page.get_by_role("button", name="주소 복사")).to_be_visible()
    page.get_by_role("button", name="더 보기").click()
    page.get_by_role("button", name="층", exact=True).click()
    expect(page.get_by_role("complementary", name="층").get_by_role("checkbox")).to_have_count(3)
    keep(page, "twin-phone-panel")


def test_without_webgl_the_room_is_a_table_that_everybody_can_use(site: Site, open_page: Open) -> None:
    page = open_page(site, ROOM, webgl=False)
    expect(page.get_by_text("이 브라우저에서는 3D를 그릴 수 없어")).to_be_visible()
    expect(page.get_by_role("rowheader", name="판교동")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="성남시 첫 화면으로").click()
    expect(page).to_have_url(f"{site.url}{SEONGNAM}")


def _the_graphics_card_goes_and_comes_back(page: Page) -> None:
    page.evaluate(
        "window.lost = document.querySelector('canvas').getContext('webgl2').getExtension('WEBGL_lose_context')"
    )
    page.evaluate("window.lost.loseContext()")
    note = page.get_by_text("The 3D picture is being drawn again.")
    expect(note).to_be_visible()
    page.evaluate("window.lost.restoreContext()")
    expect(note).to_be_hidden()
    expect(page.locator("canvas")).to_be_visible()
    drawn = np.asarray(pixels(page.locator("canvas")), dtype=int)
    assert (drawn[:, :, 2] > drawn[:, :, 0] + 12).mean() > 0.02


def _query(page: Page) -> dict[str, str]:
    """The words of the address, each once."""
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}
