"""Readings a second through feeds into a city file: `python -m bench.feeds`. Server, sender and broker share the cores.

Each protocol has a real other side on loopback and a file with synchronous=FULL; a reading counts when the file has it.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

sys.path[:0] = [str(Path(__file__).parent.parent / "tests"), str(Path(__file__).parent.parent / "tests/sources/feeds")]

from brokers import broker, loopback  # noqa: E402
from feeding import Mosquitto, free_port, mosquitto, publisher  # noqa: E402
from madang import clock  # noqa: E402
from madang.store import Store  # noqa: E402
from madang.web.api.feeds import add_feed  # noqa: E402

SENSORS, EACH = 200, 300
WITHIN_S = 120.0


def rule(**more: Any) -> dict[str, Any]:
    return {
        "id": "urn:ngsi-ld:WeatherObserved:bench:{device}", "type": "WeatherObserved",
        "values": {"temperature": "$.v"}, "status": "synthetic", **more,
    }  # fmt: skip


def wait(store: Store, name: str, wanted: int, count: str = "readings") -> None:
    """Wait until a feed has counted so much."""
    committed = threading.Event()
    end = store.when_committed(committed.set)
    began = clock.elapsed_s()
    while store.entry("feed", name).state.get("counts", {}).get(count, 0) < wanted:
        committed.clear()
        if clock.elapsed_s() - began > WITHIN_S:
            raise SystemExit(f"{name}: {store.entry('feed', name).state}")
        committed.wait(0.2)
    end()


@contextmanager
def city(folder: Path) -> Iterator[Any]:
    with broker(folder, synchronous="FULL") as server:
        yield server.cities["test"]


def observed(store: Store) -> Callable[[], int]:
    """How many readings the file has, counted by series at the end of a run."""
    return lambda: sum(len(store.view().observations(id, "temperature")) for id in ids())


def ids() -> list[str]:
    return [f"urn:ngsi-ld:WeatherObserved:bench:d{n}" for n in range(SENSORS)]


def send(port: int, qos: int) -> None:
    """Publish all readings, from a process of its own."""
    with publisher(Mosquitto(port, Path())) as publish:
        for device in range(SENSORS):
            publish(f"b/d{device}", *(orjson.dumps({"t": 1_790_000_000 + n, "v": n}) for n in range(EACH)), qos=qos)


def measure_mqtt(folder: Path, settings: str, qos: int) -> float:
    """Messages of one reading by paho, published as fast as the broker takes them."""
    with mosquitto(folder / "m", settings=settings) as mqtt, city(folder / "c") as found, publisher(mqtt):
        doc = {
            "protocol": "mqtt",
            "address": mqtt.url,
            "rules": [rule(topics=["b/{device}"], time={"path": "$.t", "form": "s"})],
        }
        add_feed(found, "mqtt", doc, by="bench", reason="bench")
        store = found.store
        while not store.entry("feed", "mqtt").state.get("connected"):
            threading.Event().wait(0.05)
        began = clock.elapsed_s()
        sending = multiprocessing.get_context("spawn").Process(target=send, args=(mqtt.port, qos))
        sending.start()
        wait(store, "mqtt", 1)
        began = clock.elapsed_s()
        wait(store, "mqtt", SENSORS * EACH)
        took = clock.elapsed_s() - began
        sending.join()
        assert observed(store)() == SENSORS * EACH
        return SENSORS * EACH / took


def measure_lists(folder: Path) -> float:
    """Messages of a hundred readings each, as gateways send them."""
    with mosquitto(folder / "m") as mqtt, city(folder / "c") as found, publisher(mqtt) as publish:
        one = rule(topics=["b/{device}"], each="$.list", time={"path": "$.t", "form": "s"})
        add_feed(found, "lists", {"protocol": "mqtt", "address": mqtt.url, "rules": [one]}, by="bench", reason="bench")
        store = found.store
        while not store.entry("feed", "lists").state.get("connected"):
            threading.Event().wait(0.05)
        began = clock.elapsed_s()
        for start in range(0, 1000, 100):
            body = orjson.dumps({"list": [{"t": 1_790_000_000 + n, "v": n} for n in range(start, start + 100)]})
            for device in range(SENSORS):
                publish(f"b/d{device}", body)
        wait(store, "lists", SENSORS * 1000)
        return SENSORS * 1000 / (clock.elapsed_s() - began)


def measure_http(folder: Path) -> float:
    """One answer of ten thousand records, asked for anew each second with new values."""
    turn = [0]

    def answer(_: Any) -> tuple[int, dict[str, str], bytes]:
        turn[0] += 1
        records = [
            {"d": f"d{n % SENSORS}", "t": 1_790_000_000 + turn[0] * 100 + n // SENSORS, "v": n} for n in range(10_000)
        ]
        return 200, {"Content-Type": "application/json"}, orjson.dumps(records)

    with loopback(answer) as service, city(folder) as found:
        one = rule(each="$", id="urn:ngsi-ld:WeatherObserved:bench:{$.d}", time={"path": "$.t", "form": "s"})
        doc = {"protocol": "http", "address": service.url, "rules": [one], "options": {"everyS": 1}}
        began = clock.elapsed_s()
        add_feed(found, "http", doc, by="bench", reason="bench")
        wait(found.store, "http", 10_000)
        first = clock.elapsed_s() - began
        wait(found.store, "http", 60_000)
        total = found.store.entry("feed", "http").state["counts"]["readings"]
        print(
            f"   (first answer in the file after {first:.1f} s; paced at 10,000 a second and more time for each answer)"
        )
        return total / (clock.elapsed_s() - began)


def measure_opcua(folder: Path) -> float:
    """Two hundred variables written as fast as the server in this process takes it, 20 ms apart at the subscription."""
    from test_opcua import plant

    port = free_port()
    with plant(port) as one, city(folder) as found:
        names = [f"v{n}" for n in range(SENSORS)]

        async def grow() -> None:
            for name in names:
                root = one._server.nodes.objects
                one._nodes[name] = await root.add_variable(f"ns=2;s={name}", name, 0.0)

        one._call(grow())
        items = [{"node": f"ns=2;s={name}", "name": "v", "thing": name.replace("v", "d")} for name in names]
        doc = {
            "protocol": "opcua", "address": one.url, "options": {"items": items, "everyMs": 20},
            "rules": [rule(id="urn:ngsi-ld:WeatherObserved:bench:{thing}", values={"temperature": "$.value"})],
        }  # fmt: skip
        add_feed(found, "opcua", doc, by="bench", reason="bench")
        while not found.store.entry("feed", "opcua").state.get("connected"):
            threading.Event().wait(0.05)
        began = clock.elapsed_s()

        async def write() -> None:
            for turn in range(60):
                for name in names:
                    await one._nodes[name].write_value(float(turn + 1))

        one._call(write())
        written = clock.elapsed_s() - began
        count = observed(found.store)
        before, now = -1, count()
        while now != before:
            threading.Event().wait(1.0)
            before, now = now, count()
        print(f"   ({60 * SENSORS} writes in {written:.1f} s, {now} readings)")
        return now / (written + 0.5)


def measure_modbus(folder: Path) -> float:
    """Twelve hundred registers of one device, ten requests a round, round after round."""
    from test_modbus import device

    port = free_port()
    with device(port, dict.fromkeys(range(1200), 0)) as one, city(folder) as found:
        registers = [{"name": "v", "thing": f"d{n}", "address": n} for n in range(1200)]
        doc = {
            "protocol": "modbus", "address": f"modbus://127.0.0.1:{port}",
            "options": {"registers": registers, "everyS": 0.05},
            "rules": [rule(id="urn:ngsi-ld:WeatherObserved:bench:{thing}", values={"temperature": "$.values.v"})],
        }  # fmt: skip
        began = clock.elapsed_s()
        add_feed(found, "modbus", doc, by="bench", reason="bench")
        wait(found.store, "modbus", 1200)
        first, began = clock.elapsed_s() - began, clock.elapsed_s()
        start = found.store.entry("feed", "modbus").state["counts"]["readings"]
        wait(found.store, "modbus", start + 12_000)
        got = found.store.entry("feed", "modbus").state["counts"]["readings"] - start
        assert one
        print(f"   (first round in the file after {first:.1f} s)")
        return got / (clock.elapsed_s() - began)


def main() -> None:
    """Measure all, or those that are named."""
    ways: dict[str, Callable[[Path], float]] = {
        "mqtt, one reading a message, QoS 1": lambda folder: measure_mqtt(folder, "", 1),
        "mqtt, the same, max_inflight_messages 0": lambda folder: measure_mqtt(folder, "max_inflight_messages 0", 1),
        "mqtt, a hundred readings a message": measure_lists,
        "http, ten thousand records an answer": measure_http,
        "modbus, 1,200 registers a round": measure_modbus,
        "opcua, 200 items": measure_opcua,
    }
    for name, way in ways.items():
        if len(sys.argv) < 2 or any(word in name for word in sys.argv[1:]):
            with tempfile.TemporaryDirectory() as folder:
                print(f"{name}: {way(Path(folder)):,.0f} readings/s", flush=True)


if __name__ == "__main__":
    main()
