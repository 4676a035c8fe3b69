"""No page breaks a rule of WCAG 2.2, A or AA, that axe-core can see: in both languages, both themes, on a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe import violations
from browser_pages import GWANGYANG, SEONGNAM, Open, Site, figures, picture
from playwright.sync_api import Page, expect

PHONE = (390, 844)
SHAPES: dict[str, dict[str, Any]] = {
    "ko": {},
    "en-dark": {"lang": "en-GB", "dark": True},
    "phone": {"size": PHONE},
    "phone-dark": {"size": PHONE, "dark": True},
}
shapes = pytest.mark.parametrize("shape", list(SHAPES.values()), ids=list(SHAPES))


@shapes
def test_the_first_screen(site: Site, open_page: Open, shape: dict[str, Any]) -> None:
    drawn = shape in (SHAPES["ko"], SHAPES["phone-dark"])  # drawing in software takes most of the time
    page = open_page(site, SEONGNAM, still=True, webgl=drawn, **shape)
    figures(page)
    if drawn:
        picture(page)
    expect(page.get_by_role("slider").first).to_be_visible()
    assert violations(page) == []


@shapes
def test_where_a_number_comes_from(site: Site, open_page: Open, shape: dict[str, Any]) -> None:
    page = open_page(site, GWANGYANG, still=True, **shape)
    figures(page).locator(".answer button.number").click()
    drawer = page.locator("dialog[open]")
    drawer.locator(".button.primary").click()
    expect(drawer.locator(".verdict")).to_be_visible()
    for more in drawer.locator("details > summary").all():
        more.click()
    assert violations(page) == []


@pytest.mark.parametrize("button", ["안 만들기", "상정", "이 값을 안에 저장"])
def test_a_dialog(site: Site, open_page: Open, button: str) -> None:
    page = open_page(site, SEONGNAM, still=True)
    figures(page)
    page.get_by_role("slider").first.press("ArrowRight")
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []


@shapes
def test_the_picture_as_a_table(site: Site, open_page: Open, shape: dict[str, Any]) -> None:
    page = open_page(site, GWANGYANG, still=True, webgl=False, **shape)
    expect(page.locator(".twin table")).to_be_visible()
    assert violations(page) == []


@shapes
def test_a_proposal_and_the_list_of_them(site: Site, open_page: Open, shape: dict[str, Any]) -> None:
    page = _proposals(site, open_page, **shape)
    assert violations(page) == []
    page.locator("main .proposals li a").first.click()
    expect(page.locator(".diff, table").first).to_be_visible()
    assert violations(page) == []


@shapes
def test_the_log(site: Site, open_page: Open, shape: dict[str, Any]) -> None:
    page = open_page(site, f"{GWANGYANG}/log", still=True, **shape)
    expect(page.get_by_role("table")).to_be_visible()
    assert violations(page) == []


@shapes
def test_a_city_without_an_alternative(site: Site, open_page: Open, shape: dict[str, Any]) -> None:
    page = open_page(site, "/city/suwon", still=True, **shape)
    figures(page)
    assert violations(page) == []


def test_an_address_of_nothing(site: Site, open_page: Open) -> None:
    page = open_page(site, "/nowhere/at/all")
    expect(page.get_by_role("heading", name=re.compile("."))).to_be_visible()
    assert violations(page) == []


def _proposals(site: Site, open_page: Open, **shape: Any) -> Page:
    page = open_page(site, "/city/gwangyang/proposals", still=True, **shape)
    expect(page.locator("main .proposals li").first).to_be_visible()
    return page
