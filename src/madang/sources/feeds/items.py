"""What a feed over OPC UA watches: the nodes of one server, each with a name and, where it helps, the thing it is of.

The rules see one record a change: {"name", "thing", "node", "value", "time", "good", "values": {name: value}}, and the
names `name` and `thing`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from madang.errors import DataError
from madang.sources.feeds.description import Feed
from madang.sources.feeds.fields import Fields
from madang.sources.feeds.moments import When
from madang.sources.feeds.paths import path
from madang.sources.feeds.rules import Rule

MOST_ITEMS = 50_000
_NODE = re.compile(r"(ns=\d+;|nsu=[^;]+;)?[isgb]=.+")


@dataclass(frozen=True, slots=True)
class Item:
    """One node that is watched."""

    node: str
    name: str
    thing: str


@dataclass(frozen=True, slots=True)
class Watch:
    """All that one subscription watches, and how often the server shall look."""

    items: tuple[Item, ...]
    every_ms: float
    queue: int
    rules: tuple[Rule, ...]


def items_of(feed: Feed) -> Watch:
    """What the options of a feed say, checked."""
    said = Fields(feed.options, "options", ("items", "everyMs", "queue"))
    items = []
    for at, found in enumerate(said.list("items", most=MOST_ITEMS)):
        one = Fields(found, f"options.items[{at}]", ("node", "name", "thing"))
        node = one.text("node")
        if not _NODE.fullmatch(node):
            raise one.wrong("node", "a node id such as ns=2;s=Pump1.Temperature")
        items.append(Item(node, one.text("name"), one.any("thing", "")))
    if len({item.node for item in items}) != len(items):
        raise DataError("feeds.field", field="options.items", expected="each node once")
    default = When((path("$.time"),), "iso")
    rules = tuple(rule if rule.time.paths else replace(rule, time=default) for rule in feed.rules)
    every = said.number("everyMs", 1000, low=10, high=3_600_000)
    return Watch(tuple(items), every, said.whole("queue", 100, low=1, high=10_000), rules)
