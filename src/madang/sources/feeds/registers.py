"""What a feed over Modbus reads: registers and coils with their types, in as few requests as they allow.

The rules see one record a round and thing: {"time", "thing", "values": {name: value}}, and the name `thing`. Values of
several registers come in any of the four orders that devices use: words big or little end first, bytes within a word
swapped or not. Gaps of a few registers are read along; a device that forbids that gets `gap: 0`.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from madang.errors import DataError
from madang.sources.feeds.description import Feed
from madang.sources.feeds.fields import Fields
from madang.sources.feeds.moments import When
from madang.sources.feeds.paths import path
from madang.sources.feeds.rules import Rule

MOST_REGISTERS = 10_000
MOST_AT_ONCE = {"holding": 120, "input": 120, "coil": 1_900, "discrete": 1_900}  # the protocol allows 125 and 2,000
TABLES = tuple(MOST_AT_ONCE)
_FORMS = {
    "int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I", "int64": ">q", "uint64": ">Q", "float32": ">f",
    "float64": ">d",
}  # fmt: skip
TYPES = (*_FORMS, "bit")
_FIELDS = ("name", "thing", "device", "table", "address", "type", "words", "bytes", "bit")


@dataclass(frozen=True, slots=True)
class Register:
    """One value of one device."""

    name: str
    thing: str
    device: int
    table: str
    address: int
    type: str
    words: str = "big"
    bytes: str = "big"
    bit: int | None = None

    @property
    def size(self) -> int:
        """How many registers it takes."""
        return 1 if self.type == "bit" else struct.calcsize(_FORMS[self.type]) // 2

    def value(self, words: Sequence[int]) -> float | int | bool:
        """The value in its registers; a float32 keeps the seven digits it has."""
        if self.type == "bit":
            return bool(words[0]) if self.bit is None else bool(words[0] >> self.bit & 1)
        ordered = words if self.words == "big" else list(reversed(words))
        raw = b"".join(word.to_bytes(2, "big" if self.bytes == "big" else "little") for word in ordered)
        found: float | int = struct.unpack(_FORMS[self.type], raw)[0]
        return float(f"{found:.7g}") if self.type == "float32" else found


@dataclass(frozen=True, slots=True)
class Span:
    """Registers that one request reads."""

    device: int
    table: str
    start: int
    count: int
    registers: tuple[Register, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read each round, and how often."""

    spans: tuple[Span, ...]
    every_s: float
    timeout_s: float
    rules: tuple[Rule, ...]


def plan_of(feed: Feed) -> Plan:
    """What the options of a feed say, checked."""
    said = Fields(feed.options, "options", ("registers", "everyS", "gap", "timeoutS"))
    found = [_register(one, at) for at, one in enumerate(said.list("registers", most=MOST_REGISTERS))]
    if len({(one.thing, one.name) for one in found}) != len(found):
        raise DataError("feeds.field", field="options.registers", expected="each name once for a thing")
    default = When((path("$.time"),), "iso")
    rules = tuple(rule if rule.time.paths else replace(rule, time=default) for rule in feed.rules)
    gap = said.whole("gap", 8, low=0, high=100)
    every = said.number("everyS", 10, low=0.05, high=86400)
    return Plan(_spans(found, gap), every, said.number("timeoutS", 3, low=0.1, high=60), rules)


def _register(found: object, at: int) -> Register:
    one = Fields(found, f"options.registers[{at}]", _FIELDS)
    table = one.one_of("table", TABLES, "holding")
    kind = one.one_of("type", TYPES, "bit" if table in ("coil", "discrete") else "uint16")
    if (kind == "bit") != (table in ("coil", "discrete")) and not (kind == "bit" and one.has("bit")):
        raise one.wrong("type", "bit for coil and discrete; with `bit`, also for a bit within a register")
    order = ("big", "little")
    return Register(
        one.text("name"), str(one.any("thing", "")), one.whole("device", 1, low=0, high=255), table,
        one.whole("address", -1, low=0, high=65535), kind, one.one_of("words", order, "big"),
        one.one_of("bytes", order, "big"), one.whole("bit", 0, low=0, high=15) if one.has("bit") else None,
    )  # fmt: skip


def _spans(found: Sequence[Register], gap: int) -> tuple[Span, ...]:
    """As few requests as gaps and the protocol allow."""
    spans: list[Span] = []
    for one in sorted(found, key=lambda one: (one.device, one.table, one.address)):
        last = spans[-1] if spans else None
        end = one.address + one.size
        if (
            last is not None
            and (last.device, last.table) == (one.device, one.table)
            and one.address <= last.start + last.count + gap
            and max(end, last.start + last.count) - last.start <= MOST_AT_ONCE[one.table]
        ):
            count = max(end, last.start + last.count) - last.start
            spans[-1] = replace(last, count=count, registers=(*last.registers, one))
        else:
            spans.append(Span(one.device, one.table, one.address, one.size, (one,)))
    return tuple(spans)
