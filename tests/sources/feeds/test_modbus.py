"""Modbus TCP against a real server in this process; registers in all orders of words and bytes."""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers import broker
from feeding import WITHIN_S, free_port, until
from madang.errors import DataError
from madang.sources.feeds.description import feed_of
from madang.sources.feeds.registers import Register, plan_of
from madang.web.api.feeds import add_feed

RULE = {
    "id": "urn:ngsi-ld:WeatherObserved:test:{thing}",
    "type": "WeatherObserved",
    "values": {
        "temperature": {"path": "$.values.temp", "scale": 0.1},
        "windSpeed": "$.values.wind",
        "illuminance": "$.values.lux",
    },
    "status": "synthetic",
}


def feed(port: int, registers: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    return {
        "protocol": "modbus", "address": f"modbus://127.0.0.1:{port}", "rules": [RULE],
        "options": {"registers": registers, "everyS": 0.05, **options},
    }  # fmt: skip


def words(form: str, value: float) -> list[int]:
    data = struct.pack(form, value)
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


@given(st.floats(-1e6, 1e6, width=32), st.sampled_from(["big", "little"]), st.sampled_from(["big", "little"]))
def test_every_order_of_words_and_bytes_is_read(value: float, by_words: str, by_bytes: str) -> None:
    there = words(">f", value)
    if by_words == "little":
        there.reverse()
    if by_bytes == "little":
        there = [int.from_bytes(word.to_bytes(2, "big"), "little") for word in there]
    read = Register("x", "", 1, "holding", 0, "float32", by_words, by_bytes).value(there)
    assert read == pytest.approx(value, rel=1e-6, abs=1e-30)


@given(
    st.lists(
        st.tuples(st.integers(0, 65000), st.sampled_from(["uint16", "float32", "int64"])),
        min_size=1,
        max_size=60,
        unique_by=lambda one: one[0],
    )
)
def test_every_register_is_in_a_request_that_the_protocol_allows(asked: list[tuple[int, str]]) -> None:
    registers = [{"name": f"r{at}", "address": at, "type": kind} for at, kind in asked]
    spans = plan_of(feed_of("m", feed(1, registers))).spans
    assert sum(len(span.registers) for span in spans) == len(asked)
    for span in spans:
        assert span.count <= 125
        for one in span.registers:
            assert span.start <= one.address
            assert one.address + one.size <= span.start + span.count


def test_options_that_make_no_sense_are_refused_by_name() -> None:
    for wrong in ({"name": "x"}, {"name": "x", "address": 1, "type": "bit"}, {"name": "x", "address": 70000}):
        with pytest.raises(DataError, match=r"registers\[0\]"):
            plan_of(feed_of("m", feed(1, [wrong])))


class Device:
    """A Modbus server on a loop of its own thread; its registers can be set."""

    def __init__(self, port: int, holding: dict[int, int]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._call(self._start(port, holding))

    async def _start(self, port: int, holding: dict[int, int]) -> None:
        from pymodbus.server import ModbusTcpServer
        from pymodbus.simulator import DataType, SimData, SimDevice

        data = [SimData(at, values=[word], datatype=DataType.REGISTERS) for at, word in sorted(holding.items())]
        self._server = ModbusTcpServer(SimDevice(1, simdata=data), address=("127.0.0.1", port))
        await self._server.serve_forever(background=True)

    def stop(self) -> None:
        self._call(self._server.shutdown())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WITHIN_S)


@contextmanager
def device(port: int, holding: dict[int, int]) -> Iterator[Device]:
    made = Device(port, holding)
    try:
        yield made
    finally:
        made.stop()


def test_registers_are_read_and_read_again_after_the_device_was_away(tmp_path: Path) -> None:
    pytest.importorskip("pymodbus")
    port, id = free_port(), "urn:ngsi-ld:WeatherObserved:test:roof"
    registers = [
        {"name": "temp", "thing": "roof", "address": 10, "type": "int16"},
        {"name": "wind", "thing": "roof", "address": 11, "type": "float32"},
        {"name": "lux", "thing": "roof", "address": 20, "type": "uint32", "words": "little"},
    ]
    high, low = words(">f", 3.25)
    holding = dict.fromkeys(range(10, 22), 0) | {10: 65491, 11: high, 12: low, 20: 0x86A0, 21: 1}
    with broker(tmp_path / "cities") as server:
        store = server.cities["test"].store

        def value(attribute: str) -> Any:
            return ((store.view().document(id) or {}).get(attribute) or {}).get("value")

        with device(port, holding):
            add_feed(server.cities["test"], "roof", feed(port, registers), by="test", reason="test")
            until(store, lambda: value("temperature") == -4.5)
            assert value("windSpeed") == 3.25
            assert value("illuminance") == 100_000
        until(store, lambda: store.entry("feed", "roof").state.get("lastProblem"))
        with device(port, holding | {10: 100}):
            until(store, lambda: value("temperature") == 10.0)


def test_a_register_that_the_device_refuses_costs_no_other(tmp_path: Path) -> None:
    pytest.importorskip("pymodbus")
    port, id = free_port(), "urn:ngsi-ld:WeatherObserved:test:roof"
    registers = [
        {"name": "temp", "thing": "roof", "address": 10, "type": "int16"},
        {"name": "lux", "thing": "roof", "address": 500, "type": "uint16"},
    ]
    with broker(tmp_path / "cities") as server, device(port, {10: 50, 11: 0}):
        store = server.cities["test"].store
        add_feed(server.cities["test"], "roof", feed(port, registers), by="test", reason="test")
        until(store, lambda: store.view().observations(id, "temperature"))
        until(store, lambda: store.entry("feed", "roof").state.get("samples"))
        assert store.entry("feed", "roof").state["samples"][0]["code"] == "feeds.register-error"
