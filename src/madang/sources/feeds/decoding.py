"""Bytes of a topic -> readings: what stands between a message of MQTT and the rules, by the kind of payload."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import orjson

from madang.errors import DataError
from madang.sources.feeds.description import PAYLOADS, Feed
from madang.sources.feeds.fields import Fields
from madang.sources.feeds.rules import Decoded, Message, Rule, read_all
from madang.sources.feeds.topics import Topic, topic_of

MOST_TOPICS = 100_000
OPTIONS = (
    "payload", "topics", "codec", "groups", "version", "clientId", "sessionS", "ca", "qos", "inFlight", "limitS",
)  # fmt: skip


class Decoder(Protocol):
    """What a connector asks: what to subscribe to, what a message says, and what to send back."""

    subscriptions: Sequence[str]

    def read(self, topic: str, payload: bytes, at: datetime, known: Container[str]) -> Decoded:
        """The readings of one message; never raises for a bad one."""

    def asks(self) -> list[tuple[str, bytes]]:
        """Messages to send: requests for a birth of what is not understood yet."""

    def close(self) -> None:
        """Let go of what was started for decoding."""


Unwrap = Callable[[Any, bytes], tuple[Any, Mapping[str, str]]]


class Plain:
    """JSON on topics, each message on its own; `unwrap` opens an envelope."""

    def __init__(self, rules: Sequence[Rule], topics: Sequence[str], unwrap: Unwrap | None = None) -> None:
        self._rules = [(rule, [topic_of(text) for text in rule.topics or topics]) for rule in rules]
        self._unwrap = unwrap
        self._found: dict[str, list[tuple[Rule, Mapping[str, str]]]] = {}
        asked = dict.fromkeys(topic.subscription for _, of_rule in self._rules for topic in of_rule)
        if not asked:
            raise DataError("feeds.field", field="options.topics", expected="a list of topics")
        self.subscriptions: Sequence[str] = list(asked)

    def read(self, topic: str, payload: bytes, at: datetime, known: Container[str]) -> Decoded:
        """The readings of one message."""
        made = Decoded()
        try:
            body = orjson.loads(payload)
        except orjson.JSONDecodeError:
            made.refused.append(DataError("feeds.no-json", topic=topic[:200]))
            return made
        names: Mapping[str, str] = {}
        if self._unwrap is not None:
            try:
                body, names = self._unwrap(body, payload)
            except DataError as wrong:
                made.refused.append(wrong)
                return made
        for rule, parts in self._rules_of(topic):
            made.add(rule.read(Message(body, at, {**parts, **names} if names else parts, topic), known))
        return made

    def asks(self) -> list[tuple[str, bytes]]:
        """Nothing."""
        return []

    def close(self) -> None:
        """Nothing to let go of."""

    def _rules_of(self, topic: str) -> list[tuple[Rule, Mapping[str, str]]]:
        found = self._found.get(topic)
        if found is None:
            if len(self._found) >= MOST_TOPICS:
                self._found.clear()
            found = self._found[topic] = [
                (rule, names) for rule, topics in self._rules for names in _first(topics, topic)
            ]
        return found


def _first(topics: Sequence[Topic], topic: str) -> list[Mapping[str, str]]:
    found = (one.names(topic) for one in topics)
    return [names for names in [next((one for one in found if one is not None), None)] if names is not None]


def decoder_of(feed: Feed) -> Decoder:
    """The decoder that a feed over MQTT asks for; a DataError where its options are wrong."""
    from madang.sources.feeds import lorawan, onem2m
    from madang.sources.feeds.sparkplug import Sparkplug

    said = Fields(feed.options, "options", OPTIONS)
    payload = said.one_of("payload", PAYLOADS, "json")
    topics = said.texts("topics")
    if payload == "sparkplug":
        return Sparkplug(feed.rules, said.texts("groups") or ("+",))
    if payload in ("chirpstack", "tts"):
        return lorawan.uplinks(feed.rules, payload, topics, said)
    return Plain(feed.rules, topics, onem2m.notified if payload == "onem2m" else None)


def read_sample(feed: Feed, payload: bytes, *, topic: str, at: datetime) -> Decoded:
    """What a feed makes of one payload, for trying a mapping; nothing is asked or written."""
    if feed.protocol == "mqtt":
        decoder = decoder_of(feed)
        try:
            return decoder.read(topic, payload, at, ())
        finally:
            decoder.close()
    rules: Sequence[Rule] = feed.rules
    if feed.protocol == "http":
        from madang.sources.feeds.envelopes import opened
        from madang.sources.feeds.requests import request_of

        request = request_of(feed)
        body, rules = opened(payload, request.form, request.envelope).body, request.rules
    else:
        try:
            body = orjson.loads(payload)
        except orjson.JSONDecodeError:
            raise DataError("feeds.no-json", topic=topic) from None
    return read_all(rules, Message(body, at), ())
