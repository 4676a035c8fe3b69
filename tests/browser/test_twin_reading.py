"""Reading the twin: finding, what is picked, colours, live values and the table, over a small city made here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from axe import violations
from browser_pages import Open, Site, keep, picture, serving
from playwright.sync_api import Page, expect

import madang
from madang import clock
from madang.entities.entity import geo_property, language_property, property_

LON, LAT = 127.10, 37.40
SENSOR = "urn:ngsi-ld:AirQualityObserved:madeup:s1"
STALE = "urn:ngsi-ld:AirQualityObserved:madeup:s2"
TOWER = "urn:ngsi-ld:Building:madeup:b000"
ROOM = "/city/madeup/higher/-/twin"
PHONE = (390, 844)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A made-up (가상) town of 140 houses, two sensors, and an 안 that raises one house; served."""
    path = tmp_path_factory.mktemp("town") / "madeup.gpkg"
    madang.new(path).close()
    with madang.open(path, write=True) as city:
        city.put([_house(number) for number in range(140)], reason="made up")
        for hours in (30, 29, 28, 24, 23, 22):
            city.put(_sensor(STALE, "천변", 0.004, pm10=50.0 + hours, hours=hours))
        for hours in (3, 2, 1):
            city.put(_sensor(SENSOR, "광장", 0.001, pm10=40.0 + hours, hours=hours))
        higher = city.fork("higher", title={"ko": "높이는 안", "en": "Higher"}, reason="made up")
        higher.put(_house(0, height=90.0), reason="raised")
    with serving([path]) as running:
        yield running


def test_what_is_found_is_flown_to_and_told_with_what_the_alternative_changes(town: Site, open_page: Open) -> None:
    page = open_page(town, ROOM, webgl=True, still=True, size=(1240, 700))
    picture(page)
    page.get_by_role("button", name="패널 닫기").click()
    before = page.url
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="이름·주소·코드로 찾기")
    expect(field).to_be_focused()
    page.keyboard.type("ㄱㅅㅌㅇ")
    expect(page.get_by_role("option", name=re.compile("가상타워"))).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"picked={re.escape(TOWER)}"))
    told = page.get_by_role("complementary", name="고른 것")
    expect(told.get_by_role("heading", name="가상타워")).to_be_visible()
    row = told.get_by_role("row", name=re.compile("^높이 3"))
    expect(row).to_contain_text("30m")
    expect(row).to_contain_text("90m")
    expect(told.get_by_text("높이 산정: 층수 × 층고 3 m")).to_be_visible()
    expect(told.get_by_text("자료 없음")).to_have_count(0)
    told.get_by_role("button", name=re.compile("층")).first.click()
    expect(page.get_by_role("dialog", name=re.compile("산출근거"))).to_be_visible()
    page.keyboard.press("Escape")
    assert page.url.split("lon=")[-1] != before.split("lon=")[-1]
    keep(page, "twin-reading-entity")
    assert violations(page) == []
    _the_colours_are_chosen(page)


def test_a_reading_that_is_written_appears_without_reloading(town: Site, open_page: Open) -> None:
    page = open_page(town, "/city/madeup/-/twin", webgl=True, still=True, size=(1240, 700))
    picture(page)
    page.get_by_role("button", name="실시간", exact=True).click()
    panel = page.get_by_role("complementary", name="실시간")
    listed = panel.get_by_role("listitem")
    expect(listed.filter(has_text="광장")).to_contain_text("41 ㎍/㎥")
    expect(listed.filter(has_text="광장")).to_contain_text("보통")
    expect(listed.filter(has_text="천변")).to_contain_text("갱신 필요")
    expect(listed.filter(has_text="천변")).to_contain_text("22시간 전")
    expect(page).to_have_url(re.compile("live=all"))
    panel.get_by_role("button", name="광장(가상)").click()
    page.get_by_role("button", name="고른 것", exact=True).click()
    chart = page.get_by_role("img", name=re.compile("값 3개"))
    expect(chart).to_be_visible()
    _write(town, page, 163.0)
    expect(page.get_by_role("img", name=re.compile("값 4개"))).to_be_visible()
    page.get_by_role("button", name="실시간", exact=True).click()
    expect(listed.filter(has_text="광장").first).to_contain_text("163 ㎍/㎥")
    expect(listed.filter(has_text="광장").first).to_contain_text("매우 나쁨")
    keep(page, "twin-reading-live")
    assert violations(page) == []


def test_the_table_is_the_scene_on_a_phone_in_the_dark_and_without_webgl(town: Site, open_page: Open) -> None:
    page = open_page(town, f"{ROOM}", lang="en-GB", size=PHONE, dark=True)
    table = page.get_by_role("table", name=re.compile("Height"))
    expect(page.get_by_text("1–100 of 140")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("101–140 of 140")).to_be_visible()
    table.get_by_title("Sort by Higher").click()
    expect(table.get_by_role("row").nth(1)).to_contain_text("90 m")
    expect(table.get_by_role("row").nth(1)).to_contain_text("Changed")
    page.get_by_label("Filter by name or value").fill("집 7")
    expect(page.get_by_text("1–11 of 11")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save CSV").click()
    lines = saved.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 12
    assert "Synthetic" in lines[1] or "Made up" in lines[1] or "synthetic" in lines[1].lower()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    keep(page, "twin-reading-table-phone")
    assert violations(page) == []


def _the_colours_are_chosen(page: Page) -> None:
    page.get_by_role("button", name="색", exact=True).click()
    panel = page.get_by_role("complementary", name="색")
    panel.get_by_label("색으로 볼 지표").select_option("building height")
    panel.get_by_text("자연 구간").click()
    panel.get_by_text("3", exact=True).click()
    expect(panel.get_by_role("row")).to_have_count(1 + 3 + 1)  # head, classes, what the 안 changes
    panel.get_by_role("radio", name="빨강–파랑").check()
    panel.get_by_label(re.compile("가운데 값")).fill("9")
    panel.get_by_label(re.compile("가운데 값")).press("Enter")
    expect(page).to_have_url(re.compile("by=natural.*middle=9.*ramp=rdbu"))
    expect(panel.get_by_role("rowheader", name=re.compile("~ 9$"))).to_be_visible()
    panel.get_by_text("직접", exact=True).click()
    panel.get_by_label(re.compile("구간을 나누는 값")).fill("스물")
    panel.get_by_label(re.compile("구간을 나누는 값")).press("Enter")
    expect(panel.get_by_role("alert")).to_contain_text("숫자를 1개에서")
    keep(page, "twin-reading-colour")
    page.go_back()
    expect(page).not_to_have_url(re.compile("by=own"))


def _house(number: int, *, height: float | None = None) -> dict[str, Any]:
    """A house of the made-up town; the first is a tower whose height comes from its storeys."""
    row, column = divmod(number, 14)
    west, south, size = LON + column * 0.0004, LAT + row * 0.0004, 0.00022
    ring = [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]
    name = ("가상타워", "Made-up tower") if number == 0 else (f"집 {number}", f"house {number}")
    storeys = 10 if number == 0 else 1 + number % 7
    method = language_property({"ko": "층수 × 층고 3 m", "en": "Storeys × 3 m"})
    return {
        "id": f"urn:ngsi-ld:Building:madeup:b{number:03}",
        "type": "Building",
        "name": language_property({"ko": name[0], "en": name[1]}),
        "location": geo_property({"type": "Polygon", "coordinates": [ring]}),
        "height": property_(height or 3.0 * storeys, unit="MTR") | {"method": method},
        "floorsAboveGround": property_(storeys, unit="{floor}"),
        "status": property_("synthetic"),
    }


def _sensor(id: str, name: str, east: float, *, pm10: float, hours: float) -> dict[str, Any]:
    moment = clock.to_text(clock.now() - timedelta(hours=hours))
    return {
        "id": id,
        "type": "AirQualityObserved",
        "name": language_property({"ko": f"{name}(가상)", "en": f"{name} (made up)"}),
        "location": geo_property({"type": "Point", "coordinates": [LON + east, LAT + 0.0018]}),
        "status": property_("synthetic"),
        "pm10": {"type": "Property", "value": pm10, "unitCode": "GQ", "observedAt": moment},
    }


def _write(town: Site, page: Page, value: float) -> None:
    """A sensor sends a reading to the data hub, as any NGSI-LD client does."""
    with httpx.Client(base_url=town.url, headers={"Authorization": f"Bearer {town.tokens['decide']}"}) as client:
        reading = {"type": "Property", "value": value, "unitCode": "GQ", "observedAt": clock.to_text(clock.now())}
        answer = client.post(
            f"/ngsi-ld/v1/entities/{SENSOR}/attrs",
            json={"pm10": reading},
            headers={"NGSILD-Tenant": "madeup", "Content-Type": "application/json"},
        )
    assert answer.status_code == 204, answer.text
