"""Open-data services of Korea, in the shapes they answer in; every value here is made up (가상)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from brokers import Received, broker, loopback
from feeding import new_city, until
from loops import in_a_loop_of_its_own
from madang import clock
from madang.errors import CallerError, DataError
from madang.sources.feeds.description import feed_of
from madang.sources.feeds.envelopes import Trouble, opened
from madang.sources.feeds.intake import Intake
from madang.sources.feeds.polling import KEY_AGAIN_S, Poll, Refused
from madang.sources.feeds.requests import request_of
from madang.sources.feeds.tally import Tally
from madang.store import Store
from madang.web.api.feeds import add_feed, try_feed

NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)  # 14:30 in Seoul
KEY = "ab+c/d=="

AIRKOREA = {
    "protocol": "http",
    "address": "http://127.0.0.1/B552584/ArpltnInforInqireSvc/getCtprvnRltmMesureDnsty",
    "secrets": {"serviceKey": "env:MADANG_FEED_TEST_KEY"},
    "rules": [
        {
            "each": "$.response.body.items",
            "id": "urn:ngsi-ld:AirQualityObserved:airkorea:{$.stationName}",
            "type": "AirQualityObserved",
            "name": "{$.stationName}",
            "time": {"path": "$.dataTime", "form": "%Y-%m-%d %H:%M"},
            "values": {
                "pm10": {"path": "$.pm10Value", "low": 0, "high": 2000},
                "pm25": "$.pm25Value",
                "o3": "$.o3Value",
                "airQualityIndex": "$.khaiValue",
            },
            "source": "urn:ngsi-ld:Dataset:airkorea:realtime",
            "status": "observed",
            "expectedS": 3600,
        }
    ],
    "options": {
        "envelope": "korean",
        "params": {"sidoName": "경기", "returnType": "json", "ver": "1.3", "serviceKey": "secret:serviceKey"},
        "pages": {"size": 2, "total": "$.response.body.totalCount"},
        "aDay": 500,
    },
}
KMA = {
    "protocol": "http",
    "address": "http://127.0.0.1/1360000/VilageFcstInfoService_2.0/getUltraSrtNcst",
    "secrets": {"serviceKey": "env:MADANG_FEED_TEST_KEY"},
    "rules": [
        {
            "each": "$.response.body.items",
            "id": "urn:ngsi-ld:WeatherObserved:kma:{$.item[0].nx}-{$.item[0].ny}",
            "type": "WeatherObserved",
            "time": {"path": ["$.item[0].baseDate", "$.item[0].baseTime"], "form": "%Y%m%d %H%M"},
            "values": {
                "temperature": {"path": "$.item[?category=T1H].obsrValue", "missing": ["-999", "-998.9"]},
                "relativeHumidity": {"path": "$.item[?category=REH].obsrValue", "scale": 0.01},
                "windSpeed": "$.item[?category=WSD].obsrValue",
            },
            "status": "observed",
        }
    ],
    "options": {
        "envelope": "korean",
        "params": {
            "base_date": "{slot:%Y%m%d}", "base_time": "{slot:%H%M}", "nx": "62", "ny": "123", "dataType": "JSON",
            "serviceKey": "secret:serviceKey", "numOfRows": "100", "pageNo": "1",
        },
        "slots": {"everyS": 3600, "delayS": 900, "catchUp": 24},
    },
}  # fmt: skip
TRAFFIC = {
    "protocol": "http",
    "address": "http://127.0.0.1:9443/trafficInfo",
    "secrets": {"apiKey": "env:MADANG_FEED_TEST_KEY"},
    "rules": [
        {
            "each": "$.response.body.items[*]",
            "id": "urn:ngsi-ld:TrafficFlowObserved:its:{$.linkId}",
            "type": "TrafficFlowObserved",
            "refs": {"refRoadSegment": "urn:ngsi-ld:RoadSegment:its:{$.linkId}"},
            "time": {"path": "$.createdDate", "form": "%Y%m%d%H%M%S"},
            "values": {"averageVehicleSpeed": "$.speed", "travelTime": "$.travelTime"},
            "status": "observed",
        }
    ],
    "options": {"envelope": "korean", "format": "xml", "params": {"apiKey": "secret:apiKey", "type": "all"}},
}


def airkorea(*stations: dict[str, Any], total: int | None = None) -> bytes:
    body = {
        "totalCount": len(stations) if total is None else total,
        "items": list(stations),
        "pageNo": 1,
        "numOfRows": 2,
    }
    return orjson.dumps({"response": {"body": body, "header": {"resultMsg": "NORMAL_CODE", "resultCode": "00"}}})


def station(name: str, at: str = "2026-11-23 14:00", **values: str) -> dict[str, Any]:
    return {"stationName": name, "dataTime": at, "pm10Value": "41", "pm25Value": "-", "o3Value": "0.031"} | values


def kma(date: str, time: str, celsius: str) -> bytes:
    common = {"baseDate": date, "baseTime": time, "nx": 62, "ny": 123}
    items = [
        common | {"category": name, "obsrValue": value}
        for name, value in (("T1H", celsius), ("REH", "55"), ("WSD", "1.2"))
    ]
    body = {"dataType": "JSON", "items": {"item": items}, "pageNo": 1, "numOfRows": 100, "totalCount": 3}
    return orjson.dumps({"response": {"header": {"resultCode": "00", "resultMsg": "NORMAL_SERVICE"}, "body": body}})


GATEWAY = (
    "<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg><returnAuthMsg>{word}</returnAuthMsg>"
    "<returnReasonCode>{code}</returnReasonCode></cmmMsgHeader></OpenAPI_ServiceResponse>"
)
KEY_REFUSED = GATEWAY.format(word="SERVICE_KEY_IS_NOT_REGISTERED_ERROR", code=30).encode()
QUOTA = GATEWAY.format(word="LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR", code=22).encode()
LINKS = (
    b"<response><header><resultCode>0</resultCode><resultMsg>success</resultMsg></header><body><totalCount>2</totalCount>"
    b"<items><item><linkId>2050001301</linkId><speed>43.0</speed><travelTime>12</travelTime>"
    b"<createdDate>20261123142500</createdDate></item><item><linkId>2050001302</linkId><speed>61</speed>"
    b"<travelTime>9</travelTime><createdDate>20261123142500</createdDate></item></items></body></response>"
)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADANG_FEED_TEST_KEY", KEY)


class Service:
    """A service in the test: keeps what it is asked, gives what it was told to."""

    def __init__(self, *answers: bytes | int) -> None:
        self.answers, self.asked = list(answers), []

    async def __call__(self, url: str, headers: dict[str, str]) -> tuple[int, bytes]:
        self.asked.append({name: found[0] for name, found in parse_qs(urlsplit(url).query).items()})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return (answer, b"") if isinstance(answer, int) else (200, answer)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(new_city(tmp_path / "city.gpkg"), write=True) as found:
        yield found


def poll(store: Store, doc: dict[str, Any], service: Service, tally: Tally | None = None) -> Poll:
    tally = tally or Tally()
    return Poll(feed_of("test", doc), Intake(store, "test", tally), tally, service)


def ask(one: Poll, *, at: datetime = NOW) -> float:
    with clock.standing_at(at):
        return in_a_loop_of_its_own(one.round())


def values(store: Store, id: str, attribute: str) -> list[tuple[str, Any]]:
    return [(clock.to_text(one.observed_at)[:16], one.value) for one in store.view().observations(id, attribute)]


# --- AirKorea: pages, dashes, 24:00, the zone -------------------------------------------------------------------------


def test_air_quality_comes_in_pages(store: Store) -> None:
    pages = [airkorea(station("삼평동"), station("수내동"), total=3), airkorea(station("운중동"), total=3)]
    service = Service(*pages)
    ask(poll(store, AIRKOREA, service))
    assert [one["pageNo"] for one in service.asked] == ["1", "2"]
    assert service.asked[0]["serviceKey"] == KEY  # once encoded, whatever signs stand in it
    assert values(store, "urn:ngsi-ld:AirQualityObserved:airkorea:운중동", "pm10") == [("2026-11-23T05:00", 41)]
    assert values(store, "urn:ngsi-ld:AirQualityObserved:airkorea:삼평동", "pm25") == []  # "-" is not measured, not 0


def test_a_key_that_the_portal_gave_encoded_is_not_encoded_twice(store: Store, monkeypatch: Any) -> None:
    monkeypatch.setenv("MADANG_FEED_TEST_KEY", "ab%2Bc%2Fd%3D%3D")
    service = Service(airkorea())
    ask(poll(store, AIRKOREA, service))
    assert service.asked[0]["serviceKey"] == KEY


def test_the_hour_24_belongs_to_the_next_day(store: Store) -> None:
    ask(poll(store, AIRKOREA, Service(airkorea(station("삼평동", "2026-11-22 24:00")))))
    id = "urn:ngsi-ld:AirQualityObserved:airkorea:삼평동"
    assert values(store, id, "pm10") == [("2026-11-22T15:00", 41)]


def test_the_same_answer_again_is_no_double(store: Store) -> None:
    one = poll(store, AIRKOREA, Service(airkorea(station("삼평동"))))
    ask(one)
    head = store.data_version()
    ask(one)
    ask(poll(store, AIRKOREA, Service(airkorea(station("삼평동")))))  # after a restart as well
    assert store.data_version() == head
    assert len(values(store, "urn:ngsi-ld:AirQualityObserved:airkorea:삼평동", "pm10")) == 1


# --- errors inside HTTP 200 -------------------------------------------------------------------------------------------


def test_a_key_that_is_not_registered_is_told_and_asked_again_in_an_hour(store: Store) -> None:
    with pytest.raises(Refused) as refused:
        ask(poll(store, AIRKOREA, Service(KEY_REFUSED)))
    assert refused.value.error.code == "feeds.key-refused"
    assert refused.value.again_s == KEY_AGAIN_S


def test_a_quota_that_is_used_up_waits_for_midnight_in_seoul(store: Store) -> None:
    with pytest.raises(Refused) as refused:
        ask(poll(store, AIRKOREA, Service(QUOTA)))
    assert refused.value.error.code == "feeds.quota-used-up"
    assert refused.value.again_s == (9.5 * 3600) + 60


def test_no_more_is_asked_than_the_day_allows_also_after_a_restart(store: Store) -> None:
    doc = AIRKOREA | {"options": AIRKOREA["options"] | {"aDay": 2}}
    service, tally = Service(airkorea()), Tally()
    one = poll(store, doc, service, tally)
    ask(one)
    again = poll(store, doc, service, Tally(tally.as_json()))
    ask(again)
    with pytest.raises(Refused) as refused:
        ask(again)
    assert refused.value.error.code == "feeds.quota-used-up"
    assert len(service.asked) == 2
    ask(again, at=NOW + timedelta(hours=10))  # the next day in Seoul
    assert len(service.asked) == 3


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (b'{"response":{"header":{"resultCode":"03","resultMsg":"NO_DATA"}}}', Trouble.NOTHING),
        (b'{"response":{"header":{"resultCode":"01","resultMsg":"APPLICATION_ERROR"}}}', Trouble.SERVICE),
        (b'{"response":{"header":{"resultCode":"04","resultMsg":"HTTP_ERROR"}}}', Trouble.SERVICE),
        (b'{"RESULT":{"CODE":"INFO-200","MESSAGE":"none"}}', Trouble.NOTHING),
        (b'{"RESULT":{"CODE":"ERROR-290","MESSAGE":"key"}}', Trouble.KEY),
        (
            b"<ServiceResult><msgHeader><headerCd>4</headerCd><headerMsg>x</headerMsg></msgHeader></ServiceResult>",
            Trouble.NOTHING,
        ),
        (b"<ServiceResult><msgHeader><headerCd>0</headerCd></msgHeader></ServiceResult>", None),
        (KEY_REFUSED, Trouble.KEY),
        (QUOTA, Trouble.QUOTA),
        (b'{"anything": 1}', None),
    ],
)
def test_what_an_answer_says_inside(answer: bytes, trouble: Trouble | None) -> None:
    assert opened(answer, "json", "korean").trouble is trouble


@pytest.mark.parametrize(
    "answer", [b"", b"<html>busy</html", b"{", b"\xff\xfe", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;']
)
def test_what_is_no_answer_is_refused_and_kept_as_a_sample(store: Store, answer: bytes) -> None:
    tally = Tally()
    with pytest.raises(Refused):
        ask(poll(store, AIRKOREA, Service(answer), tally))
    assert tally.as_json()["samples"]


def test_entities_of_xml_are_not_followed() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a><b>&f;</b></a>'
    assert "root:" not in str(opened(bomb, "xml", "plain").body)


# --- KMA: a moment an hour, asked for by itself -----------------------------------------------------------------------


def test_hours_that_were_missed_are_asked_for_and_none_twice(store: Store) -> None:
    service = Service(kma("20261123", "1400", "8.1"))
    tally = Tally()
    ask(poll(store, KMA, service, tally))
    assert [(one["base_date"], one["base_time"]) for one in service.asked] == [("20261123", "1400")]
    answers = [kma("20261123", f"{hour}00", f"{hour}.5") for hour in (15, 16, 17)]
    later = Service(*answers)
    again = poll(store, KMA, later, Tally(tally.as_json()))
    wait = ask(again, at=NOW + timedelta(hours=3))
    assert [one["base_time"] for one in later.asked] == ["1500", "1600", "1700"]
    assert wait == 45 * 60  # 18:15 in Seoul
    found = values(store, "urn:ngsi-ld:WeatherObserved:kma:62-123", "temperature")
    assert found == [
        ("2026-11-23T05:00", 8.1), ("2026-11-23T06:00", 15.5), ("2026-11-23T07:00", 16.5), ("2026-11-23T08:00", 17.5),
    ]  # fmt: skip


def test_killed_between_two_hours_it_goes_on_with_the_second(store: Store) -> None:
    tally = Tally({"position": "2026-11-23T03:00:00.000000Z"})
    with pytest.raises(Refused):
        ask(poll(store, KMA, Service(kma("20261123", "1300", "7"), 503), tally))
    again = Service(kma("20261123", "1400", "8"))
    ask(poll(store, KMA, again, Tally(tally.as_json())))
    assert [one["base_time"] for one in again.asked] == ["1400"]
    assert len(values(store, "urn:ngsi-ld:WeatherObserved:kma:62-123", "temperature")) == 2


def test_what_a_station_did_not_measure_is_no_reading(store: Store) -> None:
    ask(poll(store, KMA, Service(kma("20261123", "1400", "-999"))))
    assert values(store, "urn:ngsi-ld:WeatherObserved:kma:62-123", "temperature") == []
    assert values(store, "urn:ngsi-ld:WeatherObserved:kma:62-123", "windSpeed") == [("2026-11-23T05:00", 1.2)]


# --- traffic, generic JSON and CSV ------------------------------------------------------------------------------------


def test_traffic_in_xml_refers_to_its_road_segments(store: Store) -> None:
    doc = TRAFFIC | {"rules": [TRAFFIC["rules"][0] | {"each": "$.response.body.items.item"}]}
    ask(poll(store, doc, Service(LINKS)))
    id = "urn:ngsi-ld:TrafficFlowObserved:its:2050001302"
    assert values(store, id, "averageVehicleSpeed") == [("2026-11-23T05:25", 61)]
    assert store.view().document(id)["refRoadSegment"]["object"] == "urn:ngsi-ld:RoadSegment:its:2050001302"


def test_csv_has_the_same_language(store: Store) -> None:
    rule = {
        "id": "urn:ngsi-ld:WeatherObserved:csv:{$.지점}", "type": "WeatherObserved",
        "time": {"path": "$.일시", "form": "%Y-%m-%d %H:%M", "zone": "Asia/Seoul"}, "values": {"temperature": "$.기온"},
    }  # fmt: skip
    doc = {
        "protocol": "http",
        "address": "http://127.0.0.1/x.csv",
        "rules": [rule],
        "options": {"format": "csv", "each": "$"},
    }
    ask(poll(store, doc, Service("지점,일시,기온\n119,2026-11-23 14:00,8.4\n119,2026-11-23 13:00,\n".encode("cp949"))))
    assert values(store, "urn:ngsi-ld:WeatherObserved:csv:119", "temperature") == [("2026-11-23T05:00", 8.4)]


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_key_in_plain_text_is_refused_wherever_it_stands() -> None:
    for doc in (
        AIRKOREA | {"secrets": {"serviceKey": "abc"}},
        AIRKOREA | {"address": "http://h/x?serviceKey=abc"},
        AIRKOREA | {"address": "http://user:pw@h/x"},
        AIRKOREA | {"options": {"params": {"serviceKey": "abc"}}},
        AIRKOREA | {"secrets": {"serviceKey": "env:HOME"}},
        AIRKOREA | {"secrets": {"serviceKey": "file:../../etc/passwd"}},
    ):
        with pytest.raises(DataError) as refused:
            feed_of("air", doc)
        assert refused.value.code == "feeds.secret-in-plain"


def test_a_key_is_named_in_no_problem_and_no_sample(store: Store) -> None:
    from madang.hub.outgoing import Unreachable

    async def unreachable(url: str, headers: dict[str, str]) -> tuple[int, bytes]:
        raise Unreachable("hub.unreachable", url=url, why=f"no route to {KEY}")

    tally = Tally()
    one = Poll(feed_of("air", AIRKOREA), Intake(store, "air", tally), tally, unreachable)
    with pytest.raises(Refused) as refused:
        ask(one)
    assert KEY not in refused.value.error.message("en")
    assert "serviceKey" not in refused.value.error.message("en")


def test_a_key_from_a_file_of_the_secrets_folder(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "key.txt").write_text("abc\n")
    monkeypatch.setenv("MADANG_SECRETS", str(tmp_path))
    feed = feed_of("air", AIRKOREA | {"secrets": {"serviceKey": "file:key.txt"}})
    assert feed.secret("serviceKey") == "abc"
    assert "serviceKey=abc" in request_of(feed).address({"serviceKey": "abc"})


# --- over the server --------------------------------------------------------------------------------------------------


def test_through_the_server_by_its_one_way_out(tmp_path: Path) -> None:
    with (
        loopback(lambda got: (200, {"Content-Type": "application/json"}, airkorea(station("삼평동")))) as service,
        broker(tmp_path / "cities") as server,
    ):
        city, path = server.cities["test"], urlsplit(AIRKOREA["address"]).path
        add_feed(city, "air", AIRKOREA | {"address": service.url + path}, by="test", reason="test")
        id = "urn:ngsi-ld:AirQualityObserved:airkorea:삼평동"
        until(city.store, lambda: values(city.store, id, "pm10"))
        got: Received = service.received[0]
        assert got.headers["user-agent"].startswith("Madang/")


def test_trying_a_payload_writes_nothing() -> None:
    made = try_feed(AIRKOREA, airkorea(station("삼평동"), station("수내동", pm10Value="x")))
    assert (made["records"], len(made["readings"]), len(made["refused"])) == (2, 3, 1)


def test_a_feed_that_is_not_understood_is_refused_before_it_is_written(tmp_path: Path) -> None:
    with broker(tmp_path / "cities") as server:
        for wrong in ({"rules": []}, {"options": {"every": 3}}, {"protocol": "coap"}, {"adress": "x"}):
            with pytest.raises((CallerError, DataError)):
                add_feed(server.cities["test"], "air", AIRKOREA | wrong, by="test", reason="test")
        assert server.cities["test"].store.entries("feed") == []
