"""Sparkplug B against bytes put together by hand, and over a broker."""

from __future__ import annotations

import struct
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers import broker
from feeding import listening, mosquitto, needs_mosquitto, publisher, until
from madang.errors import DataError
from madang.sources.feeds import protobuf as pb
from madang.sources.feeds.decoding import decoder_of
from madang.sources.feeds.description import feed_of
from madang.sources.feeds.sparkplug import payload_of, rebirth_request
from madang.web.api.feeds import add_feed

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
MS = int(AT.timestamp() * 1000)
RULE = {
    "id": "urn:ngsi-ld:WeatherObserved:test:{device}",
    "type": "WeatherObserved",
    "values": {
        "temperature": {"path": "$.metrics['Outside/Temp']"},
        "windDirection": {"path": "$.metrics['Wind/Direction']"},
        "precipitation": {"path": "$.metrics.Rain", "kind": "number"},
    },
    "status": "synthetic",
}


def metric(name: str | None = None, alias: int | None = None, kind: int = 0, **value: Any) -> bytes:
    """One metric, field by field as the specification numbers them."""
    made = b""
    if name is not None:
        made += b"\x0a" + bytes([len(name)]) + name.encode()
    if alias is not None:
        made += b"\x10" + bytes([alias])
    if "at" in value:
        made += pb.written(3, 0, value["at"])
    if kind:
        made += b"\x20" + bytes([kind])
    if value.get("null"):
        made += b"\x38\x01"
    if "int" in value:
        made += pb.written(10, 0, value["int"])
    if "long" in value:
        made += pb.written(11, 0, value["long"])
    if "float" in value:
        made += b"\x65" + struct.pack("<f", value["float"])
    if "double" in value:
        made += b"\x69" + struct.pack("<d", value["double"])
    if "bool" in value:
        made += b"\x70" + bytes([value["bool"]])
    return made


def message(*metrics: bytes, seq: int | None = 0, at: int = MS) -> bytes:
    made = pb.written(1, 0, at) + b"".join(b"\x12" + bytes([len(one)]) + one for one in metrics)
    return made if seq is None else made + pb.written(3, 0, seq)


def fresh() -> Any:
    options = {"payload": "sparkplug", "groups": ["seongnam"]}
    return decoder_of(feed_of("plug", {"protocol": "mqtt", "address": "mqtt://h", "rules": [RULE], "options": options}))


def read(decoder: Any, kind: str, payload: bytes, *, device: str = "roof", at: datetime = AT) -> dict[str, Any]:
    made = decoder.read(f"spBv1.0/seongnam/{kind}/edge1" + (f"/{device}" if device else ""), payload, at, ())
    assert not made.refused or not device  # a node's own metrics are of no device
    return {reading.attribute: (reading.value, reading.at) for reading in made.readings}


def test_bytes_by_hand_become_metrics() -> None:
    """Timestamp 5, one metric named T with alias 3, type Int16 and value -2 as two's complement, sequence 7."""
    # 0a 01 54 (name) 10 03 (alias) 20 02 (type) 50 fe ff ff ff 0f (int_value) = 3 + 2 + 2 + 6 = 13 = 0x0d
    payload = bytes.fromhex("0805120d0a01541003200250feffffff0f1807")
    found = payload_of(payload)
    assert (found.at_ms, found.seq) == (5, 7)
    assert (found.metrics[0].name, found.metrics[0].alias, found.metrics[0].datatype) == ("T", 3, 2)


def test_aliases_of_a_birth_are_understood_in_data() -> None:
    decoder = fresh()
    read(decoder, "NBIRTH", message(metric("bdSeq", kind=8, long=0)), device="")
    born = read(
        decoder,
        "DBIRTH",
        message(metric("Outside/Temp", 1, 9, float=21.3), metric("Wind/Direction", 2, 2, int=65526), seq=1),
    )
    assert born["temperature"] == (21.3, AT)
    assert born["windDirection"][0] == -10
    later = read(decoder, "DDATA", message(metric(alias=1, float=22.5, at=MS + 1000), seq=2))
    assert later == {"temperature": (22.5, AT + timedelta(seconds=1))}
    assert decoder.asks() == []


def test_an_unknown_alias_and_a_gap_ask_for_a_birth_once() -> None:
    decoder = fresh()
    assert read(decoder, "DDATA", message(metric(alias=1, float=1.0), seq=5)) == {}
    assert decoder.asks() == [("spBv1.0/seongnam/NCMD/edge1", rebirth_request(MS))]
    read(decoder, "DDATA", message(metric(alias=1, float=1.0), seq=6))
    assert decoder.asks() == []  # asked just now
    read(decoder, "NBIRTH", message(seq=0), device="", at=AT + timedelta(seconds=30))
    gap = message(metric("Outside/Temp", None, 9, float=3.0), seq=9)
    assert read(decoder, "DDATA", gap, at=AT + timedelta(seconds=30))["temperature"][0] == 3.0  # named: still a fact
    assert len(decoder.asks()) == 1


def test_sequence_numbers_go_round_and_a_message_sent_again_is_no_gap() -> None:
    decoder = fresh()
    read(decoder, "NBIRTH", message(seq=254), device="")
    for seq in (255, 0, 0, 1):
        read(decoder, "NDATA", message(metric("Outside/Temp", kind=10, double=1.5), seq=seq), device="")
    assert decoder.asks() == []


def test_after_a_death_data_are_answered_with_a_request() -> None:
    decoder = fresh()
    read(decoder, "NBIRTH", message(metric("Outside/Temp", 1, 9, float=1.0)), device="")
    read(decoder, "NDEATH", message(metric("bdSeq", kind=8, long=0), seq=None), device="")
    read(decoder, "NDATA", message(metric(alias=1, float=2.0), seq=1), device="")
    assert decoder.asks()


def test_null_is_no_reading() -> None:
    decoder = fresh()
    read(decoder, "NBIRTH", message(seq=0), device="")
    assert read(decoder, "DBIRTH", message(metric("Outside/Temp", 1, 9, null=True), seq=1)) == {}


@given(st.binary(max_size=200))
def test_rubbish_is_refused_and_never_an_accident(data: bytes) -> None:
    with suppress(DataError):  # and nothing else
        payload_of(data)


@given(st.integers(0, 2**64 - 1))
def test_numbers_come_back_as_they_were_written(number: int) -> None:
    assert [value for _, _, value in pb.fields(pb.written(5, 0, number))] == [number]


@needs_mosquitto
def test_over_a_broker_a_birth_is_asked_for_and_what_follows_is_read(tmp_path: Path) -> None:
    doc = {"protocol": "mqtt", "rules": [RULE], "options": {"payload": "sparkplug", "groups": ["seongnam"]}}
    id = "urn:ngsi-ld:WeatherObserved:test:roof"
    with mosquitto(tmp_path / "m") as mqtt, broker(tmp_path / "cities") as server, publisher(mqtt) as publish:
        city = server.cities["test"]
        add_feed(city, "plug", doc | {"address": mqtt.url}, by="test", reason="test")
        until(city.store, lambda: city.store.entry("feed", "plug").state.get("connected"))
        with listening(mqtt, "spBv1.0/+/NCMD/#") as asked:
            publish("spBv1.0/seongnam/DDATA/edge1/roof", message(metric(alias=1, float=20.5), seq=3))
            topic, _ = asked.get(timeout=20)
        assert topic == "spBv1.0/seongnam/NCMD/edge1"
        publish("spBv1.0/seongnam/NBIRTH/edge1", message(seq=0))
        publish("spBv1.0/seongnam/DBIRTH/edge1/roof", message(metric("Outside/Temp", 1, 9, float=20.5), seq=1))
        publish("spBv1.0/seongnam/DDATA/edge1/roof", message(metric(alias=1, float=21.5, at=MS + 1), seq=2))
        found = until(city.store, lambda: len(city.store.view().observations(id, "temperature")) == 2)
        assert found


def test_what_is_cut_short_is_refused() -> None:
    with pytest.raises(DataError):
        payload_of(b"\x12\x7f\x0a")
