"""LoRaWAN uplinks as ChirpStack (version 4) and The Things Stack (version 3) send them over MQTT.

Both envelopes become one record: {"device", "name", "devEui", "application", "fPort", "fCnt", "time", "data", "rssi",
"snr", "lon", "lat", "tags"}. `data` is what the network server decoded, unless the feed brings a codec of its own:
"cayenne-lpp", or JavaScript. Other events of a device (joins, acknowledgements) are no uplinks and give nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from madang.errors import DataError
from madang.sources.feeds import cayenne
from madang.sources.feeds.codec import LIMIT_S, Codec
from madang.sources.feeds.decoding import Plain
from madang.sources.feeds.fields import Fields
from madang.sources.feeds.moments import When
from madang.sources.feeds.paths import path
from madang.sources.feeds.rules import Decoded, Rule

TOPICS = {
    "chirpstack": ("application/{application}/device/{eui}/event/up",),
    "tts": ("v3/{application}/devices/{device}/up",),
}
SERVERS = {"chirpstack": "ChirpStack", "tts": "The Things Stack"}
Decode = Callable[[bytes, int | None], Any]


class Uplinks:
    """The decoder of a feed's uplinks; holds the process of its codec."""

    def __init__(
        self, rules: Sequence[Rule], server: str, topics: Sequence[str], codec: Codec | None, decode: Decode | None
    ) -> None:
        self._codec, self._decode, self._server = codec, decode, server
        self._plain = Plain(rules, topics or TOPICS[server], self._unwrap)
        self.subscriptions = self._plain.subscriptions

    def read(self, topic: str, payload: bytes, at: datetime, known: Container[str]) -> Decoded:
        """The readings of one uplink."""
        return self._plain.read(topic, payload, at, known)

    def asks(self) -> list[tuple[str, bytes]]:
        """Nothing."""
        return []

    def close(self) -> None:
        """End the codec's process."""
        if self._codec is not None:
            self._codec.close()

    def _unwrap(self, body: Any, _payload: bytes) -> tuple[Any, Mapping[str, str]]:
        record, packed = uplink(body, self._server)
        if self._decode is not None:
            if packed is None:
                raise DataError("feeds.no-uplink", server=SERVERS[self._server], lacking="the packed payload")
            record["data"] = self._decode(packed, record["fPort"])
        names = {name: str(record[name]) for name in ("device", "devEui", "application") if record[name]}
        return record, names


def uplinks(rules: Sequence[Rule], server: str, topics: Sequence[str], said: Fields) -> Uplinks:
    """The decoder for a network server, with the codec that the feed's options name."""
    default = When((path("$.time"),), "iso")
    timed = [rule if rule.time.paths else replace(rule, time=default) for rule in rules]
    limit = said.number("limitS", LIMIT_S, low=0.05, high=10)
    found = said.any("codec")
    codec: Codec | None = None
    decode: Decode | None = None
    if found == "cayenne-lpp":
        decode = _cayenne
    elif isinstance(found, str):
        codec = Codec(found, limit_s=limit)
        decode = codec.decode
    elif found is not None:
        raise said.wrong("codec", "cayenne-lpp, or a JavaScript text with decodeUplink")
    return Uplinks(timed, server, topics, codec, decode)


def _cayenne(data: bytes, _f_port: int | None) -> Any:
    return cayenne.decode(data)


def uplink(body: Any, server: str) -> tuple[dict[str, Any], bytes | None]:
    """An envelope as one record, and the bytes that the device sent."""
    if not isinstance(body, dict):
        raise DataError("feeds.no-uplink", server=SERVERS[server], lacking="an object")
    return _chirpstack(body) if server == "chirpstack" else _tts(body)


def _chirpstack(body: dict[str, Any]) -> tuple[dict[str, Any], bytes | None]:
    device = body.get("deviceInfo")
    if not isinstance(device, dict) or not device.get("devEui"):
        raise DataError("feeds.no-uplink", server=SERVERS["chirpstack"], lacking="deviceInfo.devEui")
    gateway = _best(body.get("rxInfo"))
    place = gateway.get("location") if isinstance(gateway.get("location"), dict) else {}
    record = {
        "device": device["devEui"],
        "name": device.get("deviceName"),
        "devEui": device["devEui"],
        "application": device.get("applicationId"),
        "fPort": body.get("fPort"),
        "fCnt": body.get("fCnt"),
        "time": _until_micros(body.get("time")),
        "data": body.get("object"),
        "rssi": gateway.get("rssi"),
        "snr": gateway.get("snr"),
        "lon": None if place is None else place.get("longitude"),  # the gateway's, not the device's
        "lat": None if place is None else place.get("latitude"),
        "tags": device.get("tags") or {},
    }
    return record, _packed(body.get("data"))


def _tts(body: dict[str, Any]) -> tuple[dict[str, Any], bytes | None]:
    ids, message = body.get("end_device_ids"), body.get("uplink_message")
    if not isinstance(ids, dict) or not isinstance(message, dict) or not ids.get("device_id"):
        raise DataError("feeds.no-uplink", server=SERVERS["tts"], lacking="end_device_ids, uplink_message")
    gateway = _best(message.get("rx_metadata"))
    places = message.get("locations")
    place = next((one for one in places.values() if isinstance(one, dict)), {}) if isinstance(places, dict) else {}
    application = ids.get("application_ids")
    record = {
        "device": ids["device_id"],
        "name": ids["device_id"],
        "devEui": ids.get("dev_eui"),
        "application": application.get("application_id") if isinstance(application, dict) else None,
        "fPort": message.get("f_port"),
        "fCnt": message.get("f_cnt"),
        "time": _until_micros(message.get("received_at") or body.get("received_at")),
        "data": message.get("decoded_payload"),
        "rssi": gateway.get("rssi"),
        "snr": gateway.get("snr"),
        "lon": place.get("longitude"),
        "lat": place.get("latitude"),
        "tags": message.get("attributes") or {},
    }
    return record, _packed(message.get("frm_payload"))


def _best(gateways: Any) -> dict[str, Any]:
    """The gateway that heard the device best."""
    found = [one for one in gateways if isinstance(one, dict)] if isinstance(gateways, list) else []
    return max(found, key=_strength, default={})


def _strength(gateway: dict[str, Any]) -> float:
    found = gateway.get("rssi")
    return float(found) if isinstance(found, int | float) else -999.0


def _packed(found: Any) -> bytes | None:
    if not isinstance(found, str):
        return None
    try:
        return base64.b64decode(found, validate=True)
    except (binascii.Error, ValueError):
        return None


def _until_micros(found: Any) -> Any:
    """A time without its nanoseconds, which no moment here can hold."""
    if not isinstance(found, str) or "." not in found:
        return found
    head, _, tail = found.partition(".")
    digits = len(tail) - len(tail.lstrip("0123456789"))
    return f"{head}.{tail[: min(digits, 6)]}{tail[digits:]}"
