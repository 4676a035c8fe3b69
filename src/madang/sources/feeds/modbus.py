"""Feeds over Modbus TCP: registers read at a fixed beat.

A device that does not answer, or answers with an exception, costs its own values for that round and no others. A round
that takes longer than the beat delays the next; none is made up for, since a register only knows the present.
"""

from __future__ import annotations

import asyncio
from typing import Any

from madang import clock
from madang.errors import DataError, FileError
from madang.sources.feeds.description import Feed
from madang.sources.feeds.intake import Intake
from madang.sources.feeds.registers import Plan, Span, plan_of
from madang.sources.feeds.rules import Decoded, Message, read_all
from madang.sources.feeds.tally import Tally


async def run(feed: Feed, intake: Intake, tally: Tally) -> None:
    """Feed the city until cancelled; raises when the connection breaks, to be begun again."""
    try:
        from pymodbus import ModbusException
        from pymodbus.client import AsyncModbusTcpClient
    except ImportError:
        raise FileError("feeds.library-missing", protocol="Modbus", package="pymodbus") from None
    plan = plan_of(feed)
    client = AsyncModbusTcpClient(
        feed.host, port=feed.port, timeout=plan.timeout_s, retries=1, reconnect_delay=0, name=f"madang-{feed.id}"
    )
    try:
        if not await client.connect():
            raise FileError("feeds.unreachable", address=feed.address, why="no connection")
        tally.connected(True)
        beat = clock.elapsed_s()
        while True:
            try:
                await _round(client, plan, intake, tally, feed.address)
            except (ModbusException, OSError, TimeoutError) as problem:
                why = str(problem)[:200] or type(problem).__name__
                raise FileError("feeds.connection-lost", address=feed.address, why=why) from None
            beat = max(beat + plan.every_s, clock.elapsed_s())
            await asyncio.sleep(beat - clock.elapsed_s())
    finally:
        tally.connected(False)
        client.close()


async def _round(client: Any, plan: Plan, intake: Intake, tally: Tally, address: str) -> None:
    values: dict[str, dict[str, Any]] = {}
    for span in plan.spans:
        words = await _read(client, span, tally, address)
        if words is None:
            continue
        for register in span.registers:
            start = register.address - span.start
            values.setdefault(register.thing, {})[register.name] = register.value(words[start : start + register.size])
    at = clock.now()
    decoded = Decoded()
    for thing, of_thing in values.items():
        record = {"time": clock.to_text(at), "thing": thing, "values": of_thing}
        decoded.add(read_all(plan.rules, Message(record, at, {"thing": thing}), intake.known))
    tally.received(len(plan.spans), at)
    await asyncio.to_thread(intake.take, decoded)


async def _read(client: Any, span: Span, tally: Tally, address: str) -> list[int] | None:
    """The words of a span; None where the device refuses, which is counted."""
    ask = {
        "holding": client.read_holding_registers,
        "input": client.read_input_registers,
        "coil": client.read_coils,
        "discrete": client.read_discrete_inputs,
    }[span.table]
    answer = await ask(span.start, count=span.count, device_id=span.device)
    if answer.isError():
        registers = f"{span.table} {span.start}…{span.start + span.count - 1} ({span.device})"
        problem = DataError("feeds.register-error", address=address, registers=registers, why=str(answer)[:100])
        tally.refuse(problem, registers)
        return None
    found = answer.bits if span.table in ("coil", "discrete") else answer.registers
    return [int(one) for one in found]
