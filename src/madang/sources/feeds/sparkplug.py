"""Sparkplug B (Eclipse specification 3.0): payloads, aliases, births and deaths, sequence numbers.

Topics are spBv1.0/{group}/{NBIRTH|NDEATH|DBIRTH|DDEATH|NDATA|DDATA}/{node}[/{device}]. A birth says the name, type and
alias of each metric; data may then say the alias alone. What refers to an alias nobody explained, or leaves a gap in
the sequence numbers, is answered with a request for a new birth (NCMD, Node Control/Rebirth), at most one every
`ASK_AGAIN_S` a node. After a gap data are still read as far as their names are known: a reading is a fact of its own.

The rules see one record for each moment in a payload: {"time": ms, "metrics": {name: value}, "group", "node",
"device", "birth": true | false}, and the names group, node and device.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from madang.errors import DataError
from madang.sources.feeds import protobuf as pb
from madang.sources.feeds.moments import When
from madang.sources.feeds.paths import path
from madang.sources.feeds.rules import Decoded, Message, Rule, read_all

ASK_AGAIN_S = 10.0
MOST_NODES = 10_000
_SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}  # Int8 … Int64: two's complement in an unsigned field
_BIRTHS, _DEATHS, _DATA = ("NBIRTH", "DBIRTH"), ("NDEATH", "DDEATH"), ("NDATA", "DDATA")
REBIRTH = "Node Control/Rebirth"


@dataclass(slots=True)
class Metric:
    """One metric of a payload; `value` is None for null and for kinds that are no reading (data sets, templates)."""

    name: str | None = None
    alias: int | None = None
    at_ms: int | None = None
    datatype: int = 0
    value: Any = None
    is_null: bool = False


@dataclass(slots=True)
class Payload:
    """What the bytes of one message say."""

    at_ms: int | None = None
    seq: int | None = None
    metrics: list[Metric] = field(default_factory=list)


def payload_of(data: bytes) -> Payload:
    """The payload in some bytes; a DataError where they are none."""
    made = Payload()
    try:
        for number, wire, value in pb.fields(data):
            if number == 1 and isinstance(value, int):
                made.at_ms = value
            elif number == 3 and isinstance(value, int):
                made.seq = value
            elif number == 2 and wire == pb.BYTES and isinstance(value, bytes):
                made.metrics.append(_metric(value))
    except (ValueError, UnicodeDecodeError) as wrong:
        raise DataError("feeds.no-sparkplug", why=str(wrong)[:100]) from None
    return made


def _metric(data: bytes) -> Metric:
    made = Metric()
    raw: Any = None
    for number, wire, value in pb.fields(data):
        if isinstance(value, int):
            if number == 2:
                made.alias = value
            elif number == 3:
                made.at_ms = value
            elif number == 4:
                made.datatype = value
            elif number == 7:
                made.is_null = bool(value)
            elif number in (10, 11):
                raw = value
            elif number == 14:
                raw = bool(value)
        elif number == 1:
            made.name = value.decode()
        elif number == 12 and wire == pb.FIXED32:
            raw = pb.float32(value)
        elif number == 13 and wire == pb.FIXED64:
            raw = pb.float64(value)
        elif number == 15:
            raw = value.decode()
    made.value = raw
    return made


def _typed(value: Any, datatype: int) -> Any:
    """A value in the type that the birth said: what is negative comes as a large unsigned number."""
    bits = _SIGNED.get(datatype)
    if bits is not None and type(value) is int:
        value &= (1 << bits) - 1
        return value - (1 << bits) if value >> (bits - 1) else value
    if type(value) is float and value == value:  # 21.3 as four bytes is 21.299999237060547
        return float(f"{value:.7g}") if datatype == 9 else value
    return value


def rebirth_request(at_ms: int) -> bytes:
    """The payload of a command that asks a node for its birth."""
    metric = pb.written(1, pb.BYTES, REBIRTH.encode()) + pb.written(4, pb.VARINT, 11) + pb.written(14, pb.VARINT, 1)
    return pb.written(1, pb.VARINT, at_ms) + pb.written(2, pb.BYTES, metric)


@dataclass(slots=True)
class _Node:
    """What is known of one edge node: the last sequence number, what its aliases stand for, what is alive."""

    seq: int | None = None
    is_born: bool = False
    aliases: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)  # (device, alias): name, datatype
    types: dict[tuple[str, str], int] = field(default_factory=dict)
    asked_at: datetime | None = None


class Sparkplug:
    """The decoder of a feed's Sparkplug messages; remembers births, so one for each feed."""

    def __init__(self, rules: Sequence[Rule], groups: Sequence[str]) -> None:
        default = When((path("$.time"),), "ms")
        self._rules = [rule if rule.time.paths else replace(rule, time=default) for rule in rules]
        self.subscriptions: Sequence[str] = [f"spBv1.0/{group}/#" for group in groups]
        self._nodes: dict[tuple[str, str], _Node] = {}
        self._asks: list[tuple[str, bytes]] = []

    def read(self, topic: str, payload: bytes, at: datetime, known: Container[str]) -> Decoded:
        """The readings of one message, in the light of the births before it."""
        parts = topic.split("/")
        if len(parts) not in (4, 5) or parts[0] != "spBv1.0" or parts[2] not in (*_BIRTHS, *_DEATHS, *_DATA):
            return Decoded()  # commands, states of hosts
        group, kind, name, device = parts[1], parts[2], parts[3], parts[4] if len(parts) == 5 else ""
        try:
            found = payload_of(payload)
        except DataError as wrong:
            return Decoded(refused=[wrong])
        node = self._node(group, name)
        if kind in _DEATHS:
            self._died(node, kind)
            return Decoded()
        if kind == "NBIRTH":
            node.aliases.clear()
            node.types.clear()
            node.is_born, node.seq = True, found.seq
        elif not self._in_order(node, found.seq):
            self._ask(group, name, node, at)
        if kind in _BIRTHS:
            self._learn(node, device, found)
        records, lacking = self._records(node, device, found, at)
        if lacking:
            self._ask(group, name, node, at)
        names = {"group": group, "node": name, "device": device}
        made = Decoded()
        for at_ms, metrics in records.items():
            body = {"time": at_ms, "metrics": metrics, "birth": kind in _BIRTHS, **names}
            made.add(read_all(self._rules, Message(body, at, names, topic), known))
        return made

    def asks(self) -> list[tuple[str, bytes]]:
        """The requests for births that have come up."""
        asks, self._asks = self._asks, []
        return asks

    def close(self) -> None:
        """Nothing to let go of."""

    def _node(self, group: str, name: str) -> _Node:
        if len(self._nodes) >= MOST_NODES and (group, name) not in self._nodes:
            self._nodes.clear()  # all are asked for their births again
        return self._nodes.setdefault((group, name), _Node())

    def _died(self, node: _Node, kind: str) -> None:
        if kind == "NDEATH":
            node.is_born, node.seq = False, None

    def _in_order(self, node: _Node, seq: int | None) -> bool:
        """Whether a sequence number follows the last one, or is the last one sent again."""
        if not node.is_born:
            return False
        follows = seq is None or node.seq is None or seq in ((node.seq + 1) % 256, node.seq)
        node.seq = node.seq if seq is None else seq
        return follows

    def _learn(self, node: _Node, device: str, found: Payload) -> None:
        for metric in found.metrics:
            if metric.name is None:
                continue
            node.types[device, metric.name] = metric.datatype
            if metric.alias is not None:
                node.aliases[device, metric.alias] = (metric.name, metric.datatype)

    def _records(
        self, node: _Node, device: str, found: Payload, at: datetime
    ) -> tuple[dict[int, dict[str, Any]], bool]:
        """Values by moment, and whether an alias is unknown."""
        usual = found.at_ms if found.at_ms is not None else int(at.timestamp() * 1000)
        records: dict[int, dict[str, Any]] = {}
        lacking = False
        for metric in found.metrics:
            name, datatype = metric.name, metric.datatype
            if name is None and metric.alias is not None:
                name, known_type = node.aliases.get((device, metric.alias), (None, 0))
                datatype = datatype or known_type
            if name is None:
                lacking = True
                continue
            datatype = datatype or node.types.get((device, name), 0)
            if metric.value is not None and not metric.is_null and name not in (REBIRTH, "bdSeq"):
                moment = metric.at_ms if metric.at_ms is not None else usual
                records.setdefault(moment, {})[name] = _typed(metric.value, datatype)
        return records, lacking

    def _ask(self, group: str, name: str, node: _Node, at: datetime) -> None:
        """Ask a node for its birth, unless that was done just now."""
        if node.asked_at is None or (at - node.asked_at).total_seconds() >= ASK_AGAIN_S:
            node.asked_at = at
            self._asks.append((f"spBv1.0/{group}/NCMD/{name}", rebirth_request(int(at.timestamp() * 1000))))
