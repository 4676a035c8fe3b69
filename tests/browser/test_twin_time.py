"""Time, results of models, sun and measures in the twin: seen in the picture, read beside it, kept in the address."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from axe import violations
from browser_pages import Open, Site, keep, picture, pixels, serving
from playwright.sync_api import Page, expect
from twin_time_city import HOUSE, MIDDLE, PLAN, TOWN, build

ROOM = f"/city/{TOWN}/{PLAN}/-/twin"
NEAR = f"lon={MIDDLE[0]}&lat={MIDDLE[1]}&heading=20&elevation=38"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server over one made-up town."""
    with serving([build(tmp_path_factory.mktemp("sunny") / f"{TOWN}.gpkg", houses=90)]) as running:
        yield running


def test_a_day_of_readings_is_stepped_through_and_results_are_laid_over_the_city(town: Site, open_page: Open) -> None:
    page = open_page(town, ROOM, webgl=True, still=True, size=(1240, 700))
    picture(page)
    _open(page, "시간")
    page.get_by_label("무엇을 시간에 따라 볼지").select_option("road averageVehicleSpeed")
    page.get_by_role("button", name="시간에 따라 보기").click()
    slider = page.get_by_role("slider", name="시점")
    expect(slider).to_have_value("23")
    expect(page.get_by_role("img", name=re.compile("중앙값의 흐름"))).to_be_visible()
    now = slider.get_attribute("aria-valuetext")
    legend = page.locator(".legend").inner_text()
    slider.press("ArrowLeft")
    expect(slider).to_have_value("22")
    assert slider.get_attribute("aria-valuetext") != now
    expect(page).to_have_url(re.compile(r"time=20\d\d-\d\d-\d\dT\d\d:00:00\.000Z"))
    bounds = re.findall(r"[\d.]+ ~ [\d.]+", legend)
    assert len(bounds) == 5
    assert re.findall(r"[\d.]+ ~ [\d.]+", page.locator(".legend").inner_text()) == bounds  # the same at every moment
    keep(page, "twin-time")
    standing = page.get_by_role("list", name="지금 도시 위에 놓인 것")
    expect(standing.get_by_text("평균 속도")).to_be_visible()
    standing.get_by_role("button", name="지금으로 돌아가기").click()
    expect(page).not_to_have_url(re.compile("time="))

    _open(page, "모형 결과")
    page.get_by_role("button", name="가장 가까운 시설까지의 거리").click()
    expect(page.get_by_text("화면 한가운데의 값")).to_contain_text("km")
    assert "grid:siting.distance" in unquote(page.url)
    _coloured(page)
    keep(page, "twin-result-grid")
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV로 저장").click()
    rows = list(csv.reader(io.StringIO(Path(saved.value.path()).read_text("utf-8-sig"))))
    assert rows[0][:2] == ["lon", "lat"]
    assert len(rows) > 1000
    page.get_by_role("button", name="그 시설을 쓰는 사람").click()
    flows = page.get_by_role("table", name="그 시설을 쓰는 사람")
    expect(flows.get_by_role("row")).to_have_count(5)  # three dongs, one of which goes elsewhere with the 안
    expect(page.get_by_text("고층안(가상): 이후")).to_be_visible()
    keep(page, "twin-result-flows")


def test_the_sun_of_the_solstice_and_what_a_tower_takes_from_a_house(town: Site, open_page: Open) -> None:
    page = open_page(town, ROOM, webgl=True, still=True, size=(1280, 800))
    page.goto(f"{town.url}{ROOM}?mode=split&{NEAR}&distance=300&date=2026-12-22&hour=11&picked={HOUSE}")
    picture(page)
    _open(page, "해·그림자")
    expect(page.get_by_role("button", name="동지")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("해돋이").locator("..")).to_contain_text("07:4")
    expect(page.get_by_text("해넘이").locator("..")).to_contain_text("17:1")
    expect(page.get_by_text("고도 25.6°")).to_be_visible()
    page.get_by_role("button", name="돌려 보기").click()
    sides = page.get_by_role("table", name=re.compile("향별 평균 일조시간"))
    south = sides.get_by_role("row", name=re.compile("^남 "))
    expect(south).to_contain_text("−")  # the tower takes hours from the south wall
    expect(page.get_by_text("동지 9시~15시 연속 2시간")).to_be_visible()
    expect(page.get_by_text("원문은 확인하지 않았음").first).to_be_visible()
    keep(page, "twin-sunlight")
    page.get_by_role("button", name="차이(안 − 현행)").click()
    keep(page, "twin-sunlight-difference")
    page.get_by_role("slider", name="시각").press("End")
    expect(page.get_by_text("밤입니다")).to_be_visible()
    keep(page, "twin-night")
    page.get_by_role("button", name="해 끄기").first.click()
    expect(page).not_to_have_url(re.compile("date="))

    _open(page, "재기")
    page.get_by_role("button", name="이 높이를 목록에").click()
    page.get_by_role("button", name="면적", exact=True).click()
    expect(page.get_by_text("모서리를 차례로 누르십시오")).to_be_visible()
    for x, y in ((40, 600), (300, 560), (240, 720)):
        page.locator("canvas").click(position={"x": x, "y": y})
    page.locator("canvas").press("Enter")
    measured = page.get_by_text("잰 것", exact=True).locator("..")
    expect(measured.get_by_role("listitem")).to_have_count(2)
    expect(measured).to_contain_text("30.00 m")
    expect(measured).to_contain_text("m²")
    keep(page, "twin-measure")


def test_without_a_pointer_and_without_3d_the_same_is_told_and_measured(town: Site, open_page: Open) -> None:
    page = open_page(town, f"/city/{TOWN}/-/twin", size=(390, 844), dark=True)
    _open(page, "재기")
    place = page.get_by_label("좌표(경도, 위도)")
    for words in ("판교", "127.1, 37.4", "127.101, 37.4"):
        place.fill(words)
        place.press("Enter")
        if words == "판교":
            expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="마치기").click()
    expect(page.get_by_text("잰 것", exact=True).locator("..")).to_contain_text("88.54 m")  # the geodesic, by pyproj
    assert violations(page) == []
    _open(page, "시간")
    page.get_by_label("무엇을 시간에 따라 볼지").select_option("dong population")
    page.get_by_role("button", name="시간에 따라 보기").click()
    page.get_by_role("complementary", name="시간").get_by_text("표로 보기").click()
    table = page.get_by_role("table", name="인구의 시점별 중앙값")
    expect(table.get_by_role("row").last).to_contain_text("6,400명")
    assert violations(page) == []
    _open(page, "모형 결과")
    page.get_by_role("button", name="평균 이동시간").click()
    expect(
        page.get_by_role("table", name="평균 이동시간").get_by_role("row", name=re.compile("햇빛3동"))
    ).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    keep(page, "twin-results-phone-dark")


def _open(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="디지털트윈 도구").get_by_role("button", name=name, exact=True).click()


def _coloured(page: Page) -> None:
    """The surface is in the picture: a tenth of it is far from the greys of paper and houses."""
    page.wait_for_function(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
    )
    drawn = np.asarray(pixels(page.locator("canvas")), dtype=int)
    assert (drawn.max(axis=2) - drawn.min(axis=2) > 60).mean() > 0.1
