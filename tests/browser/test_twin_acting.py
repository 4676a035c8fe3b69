"""Doing in the twin's room: drawing a change on an 안, stories and bookmarks, the picture and the link handed on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe import violations
from browser_pages import Open, Site, keep, picture, serving
from playwright.sync_api import Page, expect

import madang
from madang.entities.entity import geo_property, property_
from madang.store import Store

LON, LAT = 127.1, 37.4
EAST, NORTH = 1 / 88_500, 1 / 111_000  # degrees a metre, about
ROOM = "/city/madeup/plaza/-/twin"
SMALL = (1240, 700)  # a picture drawn in software takes its time by the pixel
VIEW = "lon=127.1&lat=37.4&distance=420&heading=20&elevation=42"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A made-up town of 63 houses on a grid, with a street, and an 안 on which nothing is drawn yet."""
    path: Path = tmp_path_factory.mktemp("acting") / "madeup.gpkg"
    with Store.create(path, city_id="madeup", title={"ko": "연습시", "en": "Practice"}, synchronous="OFF"):
        pass
    houses = [_house(x, y) for x in range(-4, 5) for y in range(-4, 5) if abs(x) + abs(y) > 2 and (x, y) != (4, 4)]
    street = {"type": "LineString", "coordinates": [_place(-200, -16), _place(200, -16)]}
    road = {"id": "urn:ngsi-ld:RoadSegment:madeup:1", "type": "RoadSegment", "lanes": property_(2),
            "name": property_("한길"), "location": geo_property(street), "status": "synthetic"}  # fmt: skip
    with madang.open(path, write=True) as city:
        city.put([*houses, road], reason="가상 마을", by="소윤")
        city.fork("plaza", title={"ko": "광장안", "en": "Plaza"}, reason="연습", by="소윤")
    with serving([path]) as running:
        yield running


def test_a_planner_draws_moves_and_takes_back_and_the_camera_stays(town: Site, open_page: Open) -> None:
    page = _room(town, open_page, f"{ROOM}?{VIEW}&mode=branch")
    panel = page.get_by_role("complementary", name="그리기")
    kinds = panel.get_by_role("group", name="새로 그리기")
    kinds.get_by_role("button", name="건물").click()
    _drag(page, (-60, -30), (60, 40))
    expect(panel.get_by_text("아직 기록되지 않았습니다")).to_be_visible()
    keep(page, "twin-draw-preview")
    panel.get_by_label("이름").fill("주민센터")
    panel.get_by_label("층수").fill("99")
    panel.get_by_role("button", name="놓기", exact=True).click()
    expect(panel.get_by_role("alert")).to_contain_text("층고")  # 20 m in 99 storeys: the server's own sentence
    expect(panel.get_by_text("아직 그린 것이 없습니다")).to_be_visible()
    panel.get_by_label("층수").fill("")
    panel.get_by_role("button", name="놓기", exact=True).click()
    acts = panel.locator("ol li")
    expect(acts).to_have_count(1)
    expect(panel.get_by_label("북쪽으로(m)")).to_have_value("0")
    page.locator("canvas").press("Shift+ArrowUp")
    page.locator("canvas").press(".")
    expect(panel.get_by_label("북쪽으로(m)")).to_have_value("10")
    page.locator("canvas").press("Enter")
    expect(acts).to_have_count(3)
    page.keyboard.press("Control+z")
    expect(acts.first).to_contain_text("되돌림")
    page.keyboard.press("Control+Shift+z")
    expect(acts.first).not_to_contain_text("되돌림")
    kinds.get_by_role("button", name="도로").click()
    panel.get_by_text("숫자와 좌표로 그리기").click()
    corners = panel.get_by_label("점의 경도, 위도")
    corners.fill("37.4, 127.1")
    corners.blur()
    expect(panel.get_by_text("1번째 줄을 읽을 수 없습니다")).to_be_visible()
    corners.fill("\n".join(f"{lon}, {lat}" for lon, lat in (_place(-150, 58), _place(150, 58))))
    corners.blur()
    panel.get_by_role("button", name="도로 긋기").click()
    expect(acts.first).to_contain_text("계획 도로")
    assert violations(page) == []
    assert VIEW in page.url
    page.get_by_role("button", name="나란히").click()
    page.get_by_role("button", name="바뀌는 곳으로").click()
    expect(page.locator(".labels .changed, .labels .selected").first).to_be_visible()
    keep(page, "twin-draw-split")


def test_a_story_is_made_and_a_reader_follows_its_link_on_a_phone(town: Site, open_page: Open) -> None:
    page = _room(town, open_page, f"{ROOM}?{VIEW}&mode=swipe", button="이야기")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel = page.get_by_role("complementary", name="이야기")
    panel.get_by_label("책갈피 이름").fill("남쪽에서 본 광장")
    panel.get_by_role("button", name="책갈피로 남기기").click()
    expect(panel.get_by_text("남쪽에서 본 광장").first).to_be_visible()
    panel.get_by_role("button", name="이야기 만들기").click()
    panel.get_by_label("제목", exact=True).fill("광장은 왜 여기인가")
    for number, title in enumerate(("지금의 빈터", "광장이 들어서면")):
        page.get_by_role("button", name="현행" if number == 0 else "나란히", exact=True).click()
        panel.get_by_role("button", name="지금 화면을 장면으로 더하기").click()
        panel.get_by_label("장면 제목").nth(number).fill(title)
    panel.get_by_role("button", name="뒤로").first.click()
    panel.get_by_role("button", name="저장", exact=True).click()
    panel.get_by_role("button", name="보기: 광장은 왜 여기인가").click()
    caption = page.get_by_role("region", name="이야기 보는 중")
    expect(caption).to_contain_text("광장이 들어서면")
    page.keyboard.press("ArrowRight")
    expect(caption).to_contain_text("지금의 빈터")
    expect(page.get_by_role("button", name="현행", exact=True)).to_have_attribute("aria-pressed", "true")
    keep(page, "twin-story")
    panel.get_by_role("button", name="주소 복사: 광장은 왜 여기인가").click()
    expect(page.get_by_text("이야기의 주소를 복사했습니다")).to_be_visible()
    link: Any = page.evaluate("navigator.clipboard.readText()")
    path = link.removeprefix(town.url)
    reader = open_page(town, "/", role="read", size=(390, 844), dark=True, webgl=True, still=True)
    reader.goto(town.url + path)
    picture(reader)
    watched = reader.get_by_role("region", name="이야기 보는 중")
    expect(watched).to_contain_text("2 / 2")
    watched.get_by_role("button", name="이전 장면").click()
    expect(reader).to_have_url(re.compile("at=1.*mode=split|mode=split.*at=1"))
    expect(reader.get_by_role("button", name="이야기 만들기")).to_have_count(0)
    assert reader.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(reader) == []
    keep(reader, "twin-story-phone-dark")
    panel.get_by_role("button", name="삭제: 남쪽에서 본 광장").click()
    page.get_by_role("dialog").get_by_role("button", name="삭제").click()
    expect(panel.get_by_text("남쪽에서 본 광장")).to_have_count(0)
    _hand_on(page)


def test_on_the_city_as_it_is_one_is_led_to_an_alternative(town: Site, open_page: Open) -> None:
    page = open_page(town, "/city/madeup/-/twin")
    page.get_by_role("button", name="그리기", exact=True).click()
    panel = page.get_by_role("complementary", name="그리기")
    expect(panel.get_by_text("있는 그대로의 도시")).to_be_visible()
    panel.get_by_role("button", name="안 만들기").click()
    page.get_by_label("안 이름").fill("둘째 안")
    page.get_by_label("주소에 쓸 짧은 이름").fill("second")
    page.get_by_role("dialog").get_by_label("이유").fill("비교")
    page.get_by_role("dialog").get_by_role("button", name="안 만들기").click()
    expect(page).to_have_url(re.compile("/city/madeup/second/-/twin"))


def _hand_on(page: Page) -> None:
    """The link says what is in it; a picture and a page are saved."""
    page.get_by_role("button", name="공유", exact=True).click()
    panel = page.get_by_role("complementary", name="공유")
    assert urlsplit(panel.get_by_label("이 화면의 주소").input_value()).path == ROOM
    expect(panel.get_by_text("보는 도시: 광장안")).to_be_visible()
    expect(panel.get_by_text("접속 권한은 들어 있지 않습니다")).to_be_visible()
    for button, mark in (("그림 저장(PNG)", b"\x89PNG"), ("문서 저장(PDF)", b"%PDF-")):
        with page.expect_download() as saved:
            panel.get_by_role("button", name=button).click()
        assert saved.value.path().read_bytes().startswith(mark)
        saved.value.save_as(f"test-screenshots/{saved.value.suggested_filename}")
    keep(page, "twin-share")


def _room(town: Site, open_page: Open, path: str, *, button: str = "그리기") -> Page:
    """The room, seen, with a panel open."""
    page = open_page(town, "/", webgl=True, still=True, role="propose", size=SMALL)
    page.goto(town.url + path)
    picture(page)
    page.get_by_role("button", name=button, exact=True).click()
    return page


def _drag(page: Page, start: tuple[int, int], end: tuple[int, int]) -> None:
    """A drag over the picture, in pixels from its middle."""
    box = page.locator("canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x + start[0], y + start[1])
    page.mouse.down()
    page.mouse.move(x, y)
    page.mouse.move(x + end[0], y + end[1])
    page.mouse.up()


def _place(east_m: float, north_m: float) -> list[float]:
    return [round(LON + east_m * EAST, 7), round(LAT + north_m * NORTH, 7)]


def _house(x: int, y: int) -> dict[str, Any]:
    """A house of 24 by 20 m on a grid of 44 by 40."""
    east, north = x * 44, y * 40 + 4
    ring = [_place(east + dx, north + dy) for dx, dy in ((-12, -10), (12, -10), (12, 10), (-12, 10), (-12, -10))]
    return {"id": f"urn:ngsi-ld:Building:madeup:{x + 4}-{y + 4}", "type": "Building", "status": "synthetic",
            "height": property_(6.0 + (x * x + 3 * y) % 5 * 4, unit="MTR", status="synthetic"),
            "location": geo_property({"type": "Polygon", "coordinates": [ring]})}  # fmt: skip
