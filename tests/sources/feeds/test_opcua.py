"""OPC UA against a real server in this process that goes away and comes back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from brokers import broker
from feeding import WITHIN_S, free_port, until
from madang.web.api.feeds import add_feed

pytest.importorskip("asyncua")


class Plant:
    """A server with two variables, on a loop of its own thread."""

    def __init__(self, port: int) -> None:
        self.url = f"opc.tcp://127.0.0.1:{port}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._call(self._start())

    async def _start(self) -> None:
        from asyncua import Server

        self._server = Server()
        await self._server.init()
        self._server.set_endpoint(self.url)
        space = await self._server.register_namespace("urn:test")
        plant = await self._server.nodes.objects.add_object(f"ns={space};s=plant", "plant")
        self._nodes = {
            name: await plant.add_variable(f"ns={space};s=plant.{name}", name, 0.0) for name in ("temp", "hum")
        }
        await self._server.start()

    def say(self, **values: float) -> None:
        async def write() -> None:
            for name, value in values.items():
                await self._nodes[name].write_value(value)

        self._call(write())

    def stop(self) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        await self._server.stop()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _call(self, work: Any) -> Any:
        done: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result(WITHIN_S)


@contextmanager
def plant(port: int) -> Iterator[Plant]:
    made = Plant(port)
    try:
        yield made
    finally:
        made.stop()


def feed(port: int) -> dict[str, Any]:
    rule = {
        "id": "urn:ngsi-ld:WeatherObserved:test:{thing}",
        "type": "WeatherObserved",
        "values": {"temperature": "$.values.temp", "relativeHumidity": {"path": "$.values.hum", "scale": 0.01}},
        "status": "synthetic",
        "expectedS": 10,
    }
    items = [{"node": f"ns=2;s=plant.{name}", "name": name, "thing": "p1"} for name in ("temp", "hum")]
    return {
        "protocol": "opcua",
        "address": f"opc.tcp://127.0.0.1:{port}",
        "rules": [rule],
        "options": {"items": items, "everyMs": 20},
    }


def test_readings_come_and_come_again_after_the_server_was_away(tmp_path: Path) -> None:
    port, id = free_port(), "urn:ngsi-ld:WeatherObserved:test:p1"
    with broker(tmp_path / "cities") as server:
        city = server.cities["test"]
        store = city.store

        def last(attribute: str = "temperature") -> Any:
            found = (store.view().document(id) or {}).get(attribute)
            return found and found["value"]

        def state() -> Any:
            return store.entry("feed", "plant").state

        with plant(port) as one:
            add_feed(city, "plant", feed(port), by="test", reason="test")
            until(store, lambda: store.entry("feed", "plant").state.get("connected"))
            one.say(temp=21.5, hum=55.0)
            until(store, lambda: last() == 21.5 and last("relativeHumidity") == 0.55)
        until(store, lambda: not state()["connected"] and state().get("lastProblem"))
        assert state()["lastProblem"]["code"] == "feeds.unreachable"
        with plant(port) as other:
            until(store, lambda: store.entry("feed", "plant").state["connected"])
            other.say(temp=23.25)
            until(store, lambda: last() == 23.25)
        assert store.view().document(id)["temperature"]["staleAfter"]["value"] == 30


def test_a_node_that_is_not_there_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    port = free_port()
    doc = feed(port)
    doc["options"]["items"].append({"node": "ns=2;s=plant.none", "name": "none", "thing": "p1"})
    with broker(tmp_path / "cities") as server, plant(port) as one:
        store = server.cities["test"].store
        add_feed(server.cities["test"], "plant", doc, by="test", reason="test")
        until(store, lambda: store.entry("feed", "plant").state.get("connected"))
        one.say(temp=1.5)
        until(store, lambda: store.view().observations("urn:ngsi-ld:WeatherObserved:test:p1", "temperature"))
        assert "plant.none" in store.entry("feed", "plant").state["samples"][0]["sample"]
