"""Notifications of oneM2M platforms, and what a flood that can't be pushed back costs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from feeding import new_city
from madang.sources.feeds import mqtt
from madang.sources.feeds.decoding import decoder_of
from madang.sources.feeds.description import feed_of
from madang.sources.feeds.intake import Intake
from madang.sources.feeds.tally import Tally
from madang.store import Store

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
RULE = {
    "topics": ["/oneM2M/req/+/madang/#"],
    "id": "urn:ngsi-ld:AirQualityObserved:test:{application}",
    "type": "AirQualityObserved",
    "time": {"path": "$.created"},
    "values": {"pm10": "$.content.pm10"},
}
DOC = {"protocol": "mqtt", "address": "mqtt://127.0.0.1", "rules": [RULE], "options": {"payload": "onem2m"}}


def notification(content: Any) -> dict[str, Any]:
    cin = {"rn": "4-1", "ct": "20261123T045900", "con": content}
    return {"m2m:sgn": {"sur": "Mobius/station1/air/sub", "nev": {"net": 3, "rep": {"m2m:cin": cin}}}}


@pytest.mark.parametrize("wrapped", [lambda sgn: sgn, lambda sgn: {"op": 5, "rqi": "1", "pc": sgn}])
@pytest.mark.parametrize("content", [{"pm10": 31}, '{"pm10": 31}'])
def test_a_notification_is_read(wrapped: Any, content: Any) -> None:
    made = decoder_of(feed_of("m", DOC)).read(
        "/oneM2M/req/Mobius/madang/json", orjson.dumps(wrapped(notification(content))), AT, ()
    )
    found = [(one.id, one.value, one.at) for one in made.readings]
    assert found == [("urn:ngsi-ld:AirQualityObserved:test:station1", 31, datetime(2026, 11, 23, 4, 59, tzinfo=UTC))]


@pytest.mark.parametrize(
    "body", [1, [], {}, {"m2m:sgn": 3}, {"m2m:sgn": {"nev": {}}}, {"pc": {"m2m:sgn": {"vrq": True}}}]
)
def test_what_is_no_notification_is_refused(body: Any) -> None:
    made = decoder_of(feed_of("m", DOC)).read("/oneM2M/req/Mobius/madang/json", orjson.dumps(body), AT, ())
    assert [error.code for error in made.refused] == ["feeds.no-notification"]


def test_what_can_not_be_pushed_back_is_dropped_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "MOST_WAITING", 3)
    with Store.open(new_city(tmp_path / "city.gpkg"), write=True) as store:
        tally = Tally()
        line = mqtt._Line(feed_of("m", DOC), Intake(store, "m", tally), tally, "test")
        for number in range(5):
            line._on_message(None, None, SimpleNamespace(topic="t", payload=b"", mid=number, qos=0))
        line._on_message(None, None, SimpleNamespace(topic="t", payload=b"", mid=9, qos=1))
        assert tally.as_json()["counts"]["dropped"] == 2
        assert line._came.qsize() == 4  # what is acknowledged is never dropped; the broker bounds it


def test_a_device_that_invents_names_does_not_fill_the_city(tmp_path: Path) -> None:
    with Store.open(new_city(tmp_path / "city.gpkg"), write=True) as store:
        tally = Tally()
        intake, decoder = Intake(store, "m", tally, most_entities=3), decoder_of(feed_of("m", DOC))
        for number in range(6):
            body = notification({"pm10": number})
            body["m2m:sgn"]["sur"] = f"Mobius/station{number}/air/sub"
            intake.take(decoder.read("/oneM2M/req/Mobius/madang/json", orjson.dumps(body), AT, intake.known))
        assert store.view().types()["AirQualityObserved"] == 3
        assert tally.as_json()["counts"]["refused"] == 3


def test_an_acknowledgement_of_an_old_connection_is_never_sent(tmp_path: Path) -> None:
    with Store.open(new_city(tmp_path / "city.gpkg"), write=True) as store:
        tally = Tally()
        line = mqtt._Line(feed_of("m", DOC), Intake(store, "m", tally), tally, "test")
        acknowledged: list[int] = []
        line._client = SimpleNamespace(ack=lambda mid, qos: acknowledged.append(mid))
        body = orjson.dumps(notification({"pm10": 31}))
        came = mqtt._Came("/oneM2M/req/Mobius/madang/json", body, AT, 7, 1, line._line)
        batch = line._begin([came])
        line._on_disconnect(None, None, None, SimpleNamespace(is_failure=True), None)
        line._finish(batch, [came])
        assert acknowledged == []
        again = came._replace(line=line._line, mid=1)
        line._finish(line._begin([again]), [again])
        assert acknowledged == [1]
        assert tally.as_json()["counts"]["duplicates"] == 1
