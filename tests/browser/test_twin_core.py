"""The twin over the whole window: how one moves in it, what the address says of it, and what it looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import twin_hill_city as hill
from axe import violations
from browser_pages import Open, Site, keep, picture, pixels, serving
from playwright.sync_api import Page, expect

ROOM, PLAN = f"/city/{hill.TOWN}/-/twin", f"/city/{hill.TOWN}/{hill.PLAN}/-/twin"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server over a small town on a hill."""
    with serving([hill.build(tmp_path_factory.mktemp("hill") / "hilltown.gpkg")]) as running:
        yield running


def test_a_first_view_is_of_the_town_on_its_ground(town: Site, open_page: Open) -> None:
    page = open_page(town, ROOM, webgl=True, still=True)
    picture(page)
    expect(page.locator(".labels .label").first).to_be_visible()
    page.keyboard.press("`")
    expect(page.get_by_role("complementary", name="성능").get_by_text("MiB")).to_be_visible()
    _settled(page)
    keep(page, "twin-first")
    seen = _ask(page, "twin.view()")
    # The middle of the houses, not of the ground, nor of these and the house far away.
    assert abs(seen["lon"] - hill.LON) * hill.EAST_M < 250
    assert 500 < seen["distance"] < 4000
    _things_stand_on_the_ground(page)
    _a_point_stays_under_the_pointer(page)
    _one_walks_up_to_a_wall(page)
    page.get_by_role("button", name="비행").click()
    expect(page).to_have_url(re.compile("way=fly"))
    _nobody_gets_under_the_ground(page)
    _nothing_is_drawn_while_nothing_moves(page)


def test_the_view_stands_in_the_address_and_survives_every_change(town: Site, open_page: Open) -> None:
    page = open_page(town, PLAN, webgl=True, still=True)
    picture(page)
    page.get_by_role("button", name="바뀌는 곳으로").click()
    expect(page.locator(".labels .changed").first).to_be_visible()
    expect(page).to_have_url(re.compile("lon="))
    carried = _query(page)
    keep(page, "twin-split")
    page.get_by_role("button", name="밀어 보기").click()
    expect(page).to_have_url(re.compile("mode=swipe"))
    keep(page, "twin-swipe")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Side by side")).to_be_visible()
    now = _query(page)
    assert [now[key] for key in ("lon", "lat", "distance", "heading")] == [
        carried[key] for key in ("lon", "lat", "distance", "heading")
    ]
    page.go_back()
    expect(page.get_by_role("button", name="Side by side")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("mode=split"))
    _the_graphics_card_goes_and_comes_back(page)


def test_a_phone_in_the_dark_has_the_picture_and_all_of_its_buttons(town: Site, open_page: Open) -> None:
    page = open_page(town, PLAN, size=(390, 844), dark=True, webgl=True, still=True)
    picture(page)
    expect(page.locator(".labels .changed").first).to_be_visible()
    keep(page, "twin-phone-dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert float(np.asarray(pixels(page.locator("body")).convert("L")).mean()) < 100
    page.get_by_role("button", name="층", exact=True).click()
    expect(page.get_by_role("complementary", name="층").get_by_role("checkbox")).to_have_count(5)
    keep(page, "twin-phone-panel")


def test_without_webgl_the_room_is_a_table_that_everybody_can_use(town: Site, open_page: Open) -> None:
    page = open_page(town, ROOM, webgl=False)
    expect(page.get_by_text("이 브라우저에서는 3D를 그릴 수 없어")).to_be_visible()
    expect(page.get_by_role("rowheader").first).to_be_visible()
    assert violations(page) == []


def _things_stand_on_the_ground(page: Page) -> None:
    """Every house and tree begins at the ground below it: off by no more than the slope under it and a wall's skirt."""
    off = _ask(
        page,
        """twin.layers.filter((layer) => ["building", "tree"].includes(layer.name)).flatMap((layer) =>
          layer.seen.boxes.map(({ min, max }) => {
            const corners = [min[0], max[0]].flatMap((x) => [min[1], max[1]].map((y) => madang.twin.relief.z(x, y)));
            return min[2] - Math.min(...corners);
          }))""",
    )
    assert len(off) > 100
    assert max(off) < 0.6  # none floats
    assert min(off) > -2.5  # none is sunk: a wall begins a metre below the lowest ground along it
    assert abs(_ask(page, f"twin.heightAt({hill.LON}, {hill.LAT})") - 60) < 3


def _a_point_stays_under_the_pointer(page: Page) -> None:
    """Zooming in on a place of the slope leaves it where it was in the picture."""
    moved = _ask(
        page,
        """(() => { const { twin } = madang; const at = twin.groundAt(700, 260).local;
          twin.zoomBy(0.6, 700, 260); const now = twin.project(at, twin.panes()[0]);
          return Math.hypot(now.x - 700, now.y - 260); })()""",
        whole=True,
    )
    assert moved < 3


def _one_walks_up_to_a_wall(page: Page) -> None:
    """Between the houses one walks on; towards a house one stops before it."""
    east, north = hill.STREET
    lon, lat = hill.place(east, north)
    look = {"way": "walk", "lon": lon, "lat": lat, "height": 62, "distance": None, "heading": 90, "elevation": 0}
    page.evaluate("(view) => madang.twin.goTo(view)", look)
    page.evaluate("madang.go('walk')")
    _settled(page)
    keep(page, "twin-walk")
    ends: Any = page.evaluate(
        """(() => { const { twin } = madang; const { pilot } = twin; const from = [...pilot.free.eye];
          pilot.zoomBy(Math.exp(-30), null); const to = [...pilot.free.eye];
          return [from, to, twin.relief.z(to[0], to[1])]; })()"""
    )
    (start, _, _), (end, _, eye), ground = ends
    assert 0 <= end - start < 40  # houses stand every 64 m; a free walker would be 300 m further
    assert abs(eye - ground - 1.7) < 0.1


def _nobody_gets_under_the_ground(page: Page) -> None:
    lowest = _ask(
        page,
        """(() => { const { twin } = madang; let least = Infinity;
          for (let heading = 0; heading < 360; heading += 40) {
            twin.goTo({ way: "orbit", lon: 127.0905, lat: 37.4075, height: 100, distance: 600, heading, elevation: 3 });
            twin.groundAt(500, 300);
            const { x, y, z } = twin.camera.position; least = Math.min(least, z - twin.relief.z(x, y));
          } return least; })()""",
        whole=True,
    )
    assert lowest > 1


def _nothing_is_drawn_while_nothing_moves(page: Page) -> None:
    _settled(page)
    before = _ask(page, "twin.stats()")
    assert before["tiles"]["failed"] == 0
    assert before["cacheBytes"] < 420 * 2**20
    page.evaluate(
        """new Promise((done) => { let n = 0; const next = () => (n++ < 40 ? requestAnimationFrame(next) : done());
          next(); })"""
    )
    assert _ask(page, "twin.stats()")["frames"] - before["frames"] < 8


def _settled(page: Page) -> None:
    """All tiles have come in, and the picture has not been drawn anew for a while."""
    page.wait_for_function(
        """() => { const { frames, tiles } = madang.twin.stats();
          if (tiles.loading > 0 || window.drawn !== frames) [window.drawn, window.since] = [frames, performance.now()];
          return performance.now() - window.since > 450; }""",
        polling=100,
    )


def _ask(page: Page, what: str, *, whole: bool = False) -> Any:
    """What the picture in the page's console answers."""
    return page.evaluate(what if whole else f"madang.{what}")


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
    assert float(drawn.std()) > 8


def _query(page: Page) -> dict[str, str]:
    """The words of the address, each once."""
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}
