"""mosquitto_pub and mosquitto_sub, which people have at hand: readings in and notifications out by words of a shell."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from brokers import broker
from feeding import WITHIN_S, mosquitto, needs_mosquitto, until
from madang.web.api.feeds import add_feed

TOOLS = ("mosquitto_pub", "mosquitto_sub")
AIR = "urn:ngsi-ld:AirQualityObserved:test:s1"

pytestmark = [
    needs_mosquitto,
    pytest.mark.skipif(
        not all(map(shutil.which, TOOLS)), reason="mosquitto_pub is not installed (apt install mosquitto-clients)"
    ),
]


def test_from_mosquitto_pub_to_mosquitto_sub(tmp_path: Path) -> None:
    """A reading that is published, with a batch of them from a file of lines, is told on another topic."""
    with mosquitto(tmp_path / "mqtt") as mqtt, broker(tmp_path / "cities") as server:
        city, at = server.cities["test"], ["-h", "127.0.0.1", "-p", str(mqtt.port), "-q", "1"]
        rule = {
            "id": "urn:ngsi-ld:AirQualityObserved:test:{device}",
            "type": "AirQualityObserved",
            "values": {"pm10": {"path": "$.pm10"}},
            "time": {"path": "$.t", "form": "s"},
            "expectedS": 60,
        }
        feed = {"protocol": "mqtt", "address": mqtt.url, "options": {"topics": ["air/{device}"]}, "rules": [rule]}
        add_feed(city, "air", feed, by="test", reason="test")
        until(city.store, lambda: (city.store.entry("feed", "air").state or {}).get("connected"))
        listen = ["mosquitto_sub", *at, "-i", "listener", "-c", "-t", "told/#", "-W", str(int(WITHIN_S))]
        subprocess.run([*listen, "-E"], check=True)  # from now on the broker keeps for it what comes
        subscription = {
            "type": "Subscription",
            "entities": [{"type": "AirQualityObserved"}],
            "q": "pm10>100",
            "notification": {
                "format": "simplified",
                "endpoint": {
                    "uri": f"mqtt://127.0.0.1:{mqtt.port}/told/air",
                    "notifierInfo": [{"key": "MQTT-QoS", "value": "1"}],
                },
            },
        }
        with server.client() as api:
            assert api.post("/subscriptions", json=subscription).status_code == 201
        subprocess.run(["mosquitto_pub", *at, "-t", "air/s1", "-m", '{"t": 1767225600, "pm10": 31}'], check=True)
        lines = "".join(f'{{"t": {1767225660 + 60 * number}, "pm10": {50 + number}}}\n' for number in range(100))
        subprocess.run(["mosquitto_pub", *at, "-t", "air/s1", "-l"], input=lines, text=True, check=True)
        until(city.store, lambda: len(city.view().observations(AIR, "pm10")) == 101)
        heard = subprocess.run([*listen, "-C", "1"], check=True, capture_output=True, text=True)
        told = json.loads(heard.stdout)
        assert told["body"]["data"][0]["id"] == AIR
        assert told["body"]["data"][0]["pm10"] > 100
