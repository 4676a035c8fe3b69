"""LoRaWAN uplinks of two network servers, with codecs in JavaScript that can't harm the server; values are made up."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.errors import DataError
from madang.sources.feeds import cayenne
from madang.sources.feeds.codec import Codec
from madang.sources.feeds.decoding import decoder_of
from madang.sources.feeds.description import feed_of

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
RULE = {
    "id": "urn:ngsi-ld:WeatherObserved:test:{device}",
    "type": "WeatherObserved",
    "name": "{$.name}",
    "location": ["$.lon", "$.lat"],
    "values": {"temperature": "$.data.temperature", "relativeHumidity": {"path": "$.data.humidity", "scale": 0.01}},
    "status": "synthetic",
}
CODEC = """
function decodeUplink(input) {
  return {data: {temperature: ((input.bytes[0] << 8) + input.bytes[1]) / 100, humidity: input.bytes[2],
                 port: input.fPort}};
}
"""
CHIRPSTACK = {
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    "time": "2026-11-23T04:59:58.123456789+00:00",
    "deviceInfo": {
        "tenantId": "t", "applicationId": "a1", "applicationName": "weather", "deviceName": "roof 1",
        "devEui": "0101010101010101", "tags": {"site": "pangyo"},
    },
    "fCnt": 10, "fPort": 2, "data": base64.b64encode(bytes([0x08, 0x34, 55])).decode(),
    "object": {"temperature": 19.5, "humidity": 40},
    "rxInfo": [
        {"gatewayId": "g1", "rssi": -110, "snr": 1, "location": {"latitude": 1.0, "longitude": 1.0}},
        {"gatewayId": "g2", "rssi": -57, "snr": 10, "location": {"latitude": 37.4, "longitude": 127.1}},
    ],
}  # fmt: skip
TTS = {
    "end_device_ids": {
        "device_id": "roof-1", "application_ids": {"application_id": "weather"}, "dev_eui": "0202020202020202",
    },
    "received_at": "2026-11-23T04:59:59.5Z",
    "uplink_message": {
        "f_port": 2, "f_cnt": 5, "frm_payload": base64.b64encode(bytes([0x08, 0x34, 55])).decode(),
        "decoded_payload": {"temperature": 18.25, "humidity": 41},
        "rx_metadata": [{"gateway_ids": {"gateway_id": "g"}, "rssi": -80, "snr": 7}],
        "received_at": "2026-11-23T04:59:58.987654321Z",
        "locations": {"user": {"latitude": 37.39, "longitude": 127.11}},
    },
}  # fmt: skip


def read(server: str, body: Any, **options: Any) -> Any:
    doc = {"protocol": "mqtt", "address": "mqtt://h", "rules": [RULE], "options": {"payload": server, **options}}
    decoder = decoder_of(feed_of("lora", doc))
    try:
        topic = {
            "chirpstack": "application/a1/device/0101010101010101/event/up",
            "tts": "v3/weather@t/devices/roof-1/up",
        }
        return decoder.read(topic[server], orjson.dumps(body), AT, ())
    finally:
        decoder.close()


def test_an_uplink_of_chirpstack_with_what_its_server_decoded() -> None:
    made = read("chirpstack", CHIRPSTACK)
    assert {r.attribute: r.value for r in made.readings} == {"temperature": 19.5, "relativeHumidity": 0.4}
    assert {r.at for r in made.readings} == {datetime(2026, 11, 23, 4, 59, 58, 123456, UTC)}
    thing = made.things["urn:ngsi-ld:WeatherObserved:test:0101010101010101"]
    assert thing["name"]["languageMap"]["ko"] == "roof 1"
    assert thing["location"]["value"]["coordinates"] == [127.1, 37.4]  # of the gateway that heard it best


def test_an_uplink_of_the_things_stack() -> None:
    made = read("tts", TTS)
    assert {r.attribute: r.value for r in made.readings} == {"temperature": 18.25, "relativeHumidity": 0.41}
    assert list(made.things) == ["urn:ngsi-ld:WeatherObserved:test:roof-1"]


@pytest.mark.parametrize(("server", "body"), [("chirpstack", CHIRPSTACK), ("tts", TTS)])
def test_a_codec_of_the_feed_goes_before_what_the_server_decoded(server: str, body: Any) -> None:
    pytest.importorskip("quickjs")
    made = read(server, body, codec=CODEC)
    assert {r.attribute: r.value for r in made.readings} == {"temperature": 21.0, "relativeHumidity": 0.55}


@pytest.mark.parametrize("body", [{}, [], None, 3, {"deviceInfo": {}}, {"uplink_message": 1, "end_device_ids": {}}])
@pytest.mark.parametrize("server", ["chirpstack", "tts"])
def test_what_is_no_uplink_is_refused(server: str, body: Any) -> None:
    made = read(server, body)
    assert [error.code for error in made.refused] == ["feeds.no-uplink"]


# --- codecs -----------------------------------------------------------------------------------------------------------


def ran(script: str, *, limit_s: float = 0.2) -> Any:
    codec = Codec(script, limit_s=limit_s)
    try:
        return codec.decode(b"\x01\x02", 1)
    finally:
        codec.close()


@pytest.fixture(autouse=True)
def _engine(request: pytest.FixtureRequest) -> None:
    if "codec" in request.node.name or "script" in request.node.name:
        pytest.importorskip("quickjs")


def test_a_codec_in_an_endless_loop_is_stopped_and_the_next_call_works() -> None:
    codec = Codec(
        "function decodeUplink(i) { while (i.fPort === 1) {} return {data: {n: i.bytes.length}}; }", limit_s=0.2
    )
    try:
        with pytest.raises(DataError) as stopped:
            codec.decode(b"\x01", 1)
        assert stopped.value.code == "feeds.codec-too-long"
        assert codec.decode(b"\x01\x02", 2) == {"n": 2}
    finally:
        codec.close()


@pytest.mark.parametrize(
    "script",
    [
        "while (true) {}",
        "function decodeUplink() { for (;;) { try { for (;;) {} } catch (e) {} } }",
        "function decodeUplink() { const all = []; for (;;) all.push(new Array(100000).fill(7)); }",
        "function decodeUplink() { return decodeUplink(); }",
        "function decodeUplink() { return 'x'.repeat(1 << 29).length ? {data: {}} : 0; }",
        "function decodeUplink() { return {data: {s: 'x'.repeat(3000000)}}; }",
        "function decodeUplink() { throw new Error('no'); }",
        "function decodeUplink() { return {errors: ['bad frame']}; }",
        "function decodeUplink() { return 5; }",
        "function nothing() {}",
        "this is no script",
        "import * as std from 'std'; function decodeUplink() { return {data: 1}; }",
        "function decodeUplink() { return {data: require('fs')}; }",
        "function decodeUplink() { return {data: std.open('/etc/passwd', 'r')}; }",
        "function decodeUplink() { return {data: fetch('http://127.0.0.1')}; }",
        "/(a+)+$/; function decodeUplink() { return {data: /^(a+)+$/.test('a'.repeat(60) + 'b')}; }",
    ],
)
def test_a_script_that_fails_costs_one_message(script: str) -> None:
    with pytest.raises(DataError) as failed:
        ran(script)
    assert failed.value.code in ("feeds.codec-failed", "feeds.codec-too-long")


def test_a_script_sees_nothing_of_this_machine() -> None:
    names = ran("function decodeUplink() { return {data: Object.getOwnPropertyNames(globalThis)}; }")
    assert not {"std", "os", "process", "require", "fetch", "XMLHttpRequest", "Deno", "load", "print"} & set(names)


def test_older_codec_functions_work_too() -> None:
    assert ran("function Decoder(bytes, port) { return {n: bytes[0] + port}; }") == {"n": 2}
    assert ran("function Decode(fPort, bytes, variables) { return {n: bytes[1] * fPort}; }") == {"n": 2}


# --- Cayenne LPP ------------------------------------------------------------------------------------------------------


def test_cayenne_by_hand() -> None:
    """Temperature 27.2 on channel 3, 25.5 on channel 5, as the format's own description shows them."""
    assert cayenne.decode(bytes.fromhex("03670110056700FF")) == {"temperature_3": 27.2, "temperature_5": 25.5}
    assert cayenne.decode(bytes.fromhex("01880 6765ff2960a0003e8".replace(" ", ""))) == {
        "gps_1": {"latitude": 42.3519, "longitude": -87.9094, "altitude": 10.0}
    }
    assert cayenne.decode(bytes.fromhex("0671 04D2 FB2E 0000".replace(" ", ""))) == {
        "accelerometer_6": [1.234, -1.234, 0.0]
    }


@given(st.binary(max_size=64))
def test_cayenne_rubbish_is_refused(data: bytes) -> None:
    with suppress(DataError):  # and nothing else
        cayenne.decode(data)


def test_a_built_in_codec_over_an_uplink() -> None:
    packed = base64.b64encode(bytes.fromhex("0367011005680A")).decode()
    rule_path = {"temperature": "$.data.temperature_3"}
    doc = {
        "protocol": "mqtt", "address": "mqtt://h", "rules": [RULE | {"values": rule_path}],
        "options": {"payload": "chirpstack", "codec": "cayenne-lpp"},
    }  # fmt: skip
    decoder = decoder_of(feed_of("lora", doc))
    topic = "application/a1/device/0101010101010101/event/up"
    made = decoder.read(topic, orjson.dumps(CHIRPSTACK | {"data": packed}), AT, ())
    assert [reading.value for reading in made.readings] == [27.2]
