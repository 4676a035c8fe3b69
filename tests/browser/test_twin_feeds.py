"""A feed that stopped: what it brought is seen as old on the thing itself, on the list and in the picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest
from axe import violations
from browser_pages import Open, Site, keep, picture, serving
from playwright.sync_api import Page, expect

from madang import clock
from madang.entities.entity import Document, geo_property, property_
from madang.sources.feeds.decoding import decoder_of
from madang.sources.feeds.description import feed_of
from madang.sources.feeds.intake import Intake
from madang.sources.feeds.tally import Tally
from madang.store import Store

TOWN = "quiet"
SENSOR = "urn:ngsi-ld:AirQualityObserved:quiet:{}"
STOPPED_MIN, READ_MIN = 20, 60
FEED = {
    "protocol": "mqtt",
    "address": "mqtt://127.0.0.1:1",
    "rules": [
        {
            "topics": ["air/{device}"],
            "id": SENSOR.format("{device}"),
            "type": "AirQualityObserved",
            "name": "{device}번 측정소",
            "location": ["$.lon", "$.lat"],
            "time": {"path": "$.t", "form": "s"},
            "values": {"pm10": "$.pm10"},
            "status": "synthetic",
            "expectedS": 60,
        }
    ],
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A city with a feed of two sensors, a reading a minute for an hour; one of them has been silent since."""
    path = tmp_path_factory.mktemp("quiet") / f"{TOWN}.gpkg"
    now = clock.now()
    with Store.create(path, city_id=TOWN, title={"ko": "고요시", "en": "Quiet"}, synchronous="OFF") as store:
        with store.transact(actor="tests", reason="made up") as tx:
            tx.put_many(_house(n) for n in range(8))
        decoder, intake = decoder_of(feed_of("air", FEED)), Intake(store, "air", Tally())
        for number, ended in ((1, now), (2, now - timedelta(minutes=STOPPED_MIN))):
            for minute in range(READ_MIN):
                at = ended - timedelta(minutes=READ_MIN - 1 - minute)
                told = {"t": int(at.timestamp()), "pm10": 20 + minute % 7 + number,
                        "lon": 127.1 + number / 1000, "lat": 37.4}  # fmt: skip
                intake.take(decoder.read(f"air/{number}", orjson.dumps(told), at, intake.known))
    with serving([path]) as running:
        yield running


def test_a_sensor_whose_feed_stopped_is_marked_on_itself_and_on_the_list(town: Site, open_page: Open) -> None:
    page = open_page(town, f"/city/{TOWN}/-/twin", webgl=True, still=True, size=(1280, 860))
    page.goto(f"{town.url}/city/{TOWN}/-/twin?picked={SENSOR.format(2)}&live=pm10")
    picture(page)
    page.get_by_role("button", name="모두 보기").click()
    history = page.get_by_role("region", name="시간에 따른 변화")
    expect(history.locator(".newest")).to_contain_text(re.compile("20분 전|21분 전"))
    expect(history.get_by_text("갱신 필요:")).to_contain_text("3분보다 오래되면")
    keep(page, "twin-feed-stopped")
    page.goto(f"{town.url}/city/{TOWN}/-/twin?picked={SENSOR.format(1)}")
    page.get_by_role("button", name="모두 보기").click()
    expect(page.locator(".newest")).to_be_visible()
    expect(page.get_by_text("갱신 필요:")).to_have_count(0)
    _open(page, "실시간")
    marked = page.get_by_role("listitem").filter(has_text="번 측정소")
    expect(marked).to_have_count(2)
    expect(marked.filter(has_text="2번 측정소")).to_contain_text("갱신 필요")
    expect(marked.filter(has_text="1번 측정소")).not_to_contain_text("갱신 필요")
    assert violations(page) == []
    keep(page, "twin-feed-stopped-list")


def _house(number: int) -> Document:
    west, south = 127.1 + number * 0.0005, 37.3995
    ring = [
        [west, south],
        [west + 0.0002, south],
        [west + 0.0002, south + 0.0002],
        [west, south + 0.0002],
        [west, south],
    ]
    return {
        "id": f"urn:ngsi-ld:Building:quiet:{number}",
        "type": "Building",
        "height": property_(12.0, status="synthetic"),
        "location": geo_property({"type": "Polygon", "coordinates": [ring]}),
        "status": property_("synthetic"),
    }


def _open(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="디지털트윈 도구").get_by_role("button", name=name, exact=True).click()
