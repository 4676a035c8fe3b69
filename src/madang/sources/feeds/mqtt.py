"""Feeds over MQTT: a message is acknowledged when the disk has what it said, and not before.

paho's thread takes messages in; one worker thread decodes what has queued up, hands it to the group commit, and
acknowledges after it (QoS 1, manual acknowledgement). The session is kept by the broker, so what was sent while this
server was away, or was taken in and not yet committed when it was killed, is sent again; a reading that is there
already is counted as a duplicate and not written.

Pushing back: the broker sends at most `inFlight` messages of QoS 1 that are not acknowledged, so a flood waits at the
broker. QoS 0 can't wait: beyond `MOST_WAITING` messages it is dropped and counted. An acknowledgement belongs to its
connection; after a new one, message numbers begin anew, and one of the old connection is never sent.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from collections import deque
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from madang import clock
from madang.errors import CallerError, DataError, FileError
from madang.sources.feeds.decoding import OPTIONS, Decoder, decoder_of
from madang.sources.feeds.description import Feed
from madang.sources.feeds.fields import Fields
from madang.sources.feeds.intake import Batch, Intake
from madang.sources.feeds.rules import Decoded
from madang.sources.feeds.tally import Tally

MOST_WAITING = 20_000
LARGEST_BATCH = 2_000
AHEAD = 2  # batches decoded while the disk is at the one before
IN_FLIGHT = 2_000
LARGEST_PAYLOAD = 1 << 20
SESSION_S = 7 * 86400
KEEPALIVE_S = 30
COMMIT_WITHIN_S = 60.0


class _Came(NamedTuple):
    topic: str
    payload: bytes
    at: datetime
    mid: int
    qos: int
    line: int  # which connection it came by


async def run(feed: Feed, intake: Intake, tally: Tally, *, city: str) -> None:
    """Feed the city until cancelled; raises what no single message is to blame for."""
    line = _Line(feed, intake, tally, city)
    await asyncio.to_thread(line.start)
    try:
        await asyncio.wrap_future(line.failed)
    finally:
        await asyncio.shield(asyncio.to_thread(line.stop))


class _Line:
    """One connection to a broker, made again by paho when it breaks, and the worker behind it."""

    def __init__(self, feed: Feed, intake: Intake, tally: Tally, city: str) -> None:
        self._feed, self._intake, self._tally = feed, intake, tally
        self._decoder: Decoder = decoder_of(feed)
        said = Fields(feed.options, "options", OPTIONS)
        self._is_five = said.any("version", 5) != 3
        self._qos = said.whole("qos", 1, low=0, high=1)
        self._session_s = said.whole("sessionS", SESSION_S, low=0, high=2**31)
        self._in_flight = said.whole("inFlight", IN_FLIGHT, low=1, high=65535)
        self._came: queue.SimpleQueue[_Came | None] = queue.SimpleQueue()
        self._line, self._change = 0, threading.Lock()
        self._client = self._made(said, said.any("clientId", f"madang-{city}-{feed.id}"))
        self._worker = threading.Thread(target=self._work, name=f"madang-feed-{feed.id}", daemon=True)
        self.failed: Future[None] = Future()

    def start(self) -> None:
        """Connect, in the background, and begin to work."""
        if self._is_five:
            wanted: Any = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            wanted.SessionExpiryInterval = self._session_s
            wanted.ReceiveMaximum = self._in_flight
            wanted.MaximumPacketSize = LARGEST_PAYLOAD
            self._client.connect_async(
                self._feed.host, self._feed.port, KEEPALIVE_S, clean_start=False, properties=wanted
            )
        else:
            self._client.connect_async(self._feed.host, self._feed.port, KEEPALIVE_S)
        self._worker.start()
        self._client.loop_start()

    def stop(self) -> None:
        """Go on with what was taken in, acknowledge it, and leave."""
        self._came.put(None)
        if self._worker.is_alive():
            self._worker.join()
        self._client.disconnect()
        self._client.loop_stop()
        getattr(self._client, "_reset_sockets", lambda: None)()  # the pair by which its threads wake each other
        self._decoder.close()
        self._tally.connected(False)

    # --- paho's thread -----------------------------------------------------------------------------------------------

    def _made(self, said: Fields, client_id: str) -> paho.Client:
        version = MQTTProtocolVersion.MQTTv5 if self._is_five else MQTTProtocolVersion.MQTTv311
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=version, manual_ack=True,
            clean_session=None if self._is_five else False,
        )  # fmt: skip
        if (user := self._feed.secret("username")) is not None:
            client.username_pw_set(user, self._feed.secret("password"))
        if self._feed.address.startswith("mqtts:"):
            client.tls_set(ca_certs=said.maybe("ca"))
        client.reconnect_delay_set(1, 60)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_connect_fail, client.on_message = self._on_connect_fail, self._on_message
        return client

    def _on_connect(self, client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._tally.problem(FileError("feeds.refused-by-broker", address=self._feed.address, why=str(reason)))
            return
        client.subscribe([(topic, self._qos) for topic in self._decoder.subscriptions])
        self._tally.connected(True)

    def _on_subscribe(self, _client: Any, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        for reason in reasons:
            if reason.is_failure:
                self._tally.problem(FileError("feeds.refused-by-broker", address=self._feed.address, why=str(reason)))

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        with self._change:
            self._line += 1
        self._tally.connected(False)
        if reason.is_failure:
            self._tally.problem(FileError("feeds.connection-lost", address=self._feed.address, why=str(reason)))

    def _on_connect_fail(self, _client: Any, _data: Any) -> None:
        why = str(sys.exception() or "-")[:200]  # paho calls this where it has caught the error
        self._tally.problem(FileError("feeds.unreachable", address=self._feed.address, why=why))

    def _on_message(self, _client: Any, _data: Any, message: Any) -> None:
        if message.qos == 0 and self._came.qsize() >= MOST_WAITING:
            self._tally.count(dropped=1)
            return
        self._came.put(_Came(message.topic, message.payload, clock.now(), message.mid, message.qos, self._line))

    # --- the worker --------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        under_way: deque[tuple[Batch, list[_Came]]] = deque()
        try:
            while True:
                came, is_last = self._next(wait=not under_way)
                if came:
                    under_way.append((self._begin(came), came))
                if under_way and (not came or len(under_way) >= AHEAD):
                    self._finish(*under_way.popleft())
                if is_last:
                    while under_way:
                        self._finish(*under_way.popleft())
                    return
        except BaseException as problem:
            for batch, _ in under_way:
                self._intake.forget(batch.readings)
            with suppress(InvalidStateError):  # nobody waits any more
                self.failed.set_exception(problem)

    def _next(self, *, wait: bool) -> tuple[list[_Came], bool]:
        """What has queued up, and whether it is the last."""
        came: list[_Came] = []
        while len(came) < LARGEST_BATCH:
            try:
                one = self._came.get() if wait and not came else self._came.get_nowait()
            except queue.Empty:
                break
            if one is None:
                return came, True
            came.append(one)
        return came, False

    def _begin(self, came: list[_Came]) -> Batch:
        decoded, last = Decoded(), b""
        for one in came:
            try:
                made = self._decoder.read(one.topic, one.payload, one.at, self._intake.known)
            except (CallerError, DataError) as wrong:
                made = Decoded(refused=[wrong])
            if made.refused:
                last = one.payload
            decoded.add(made)
        self._tally.received(len(came), came[-1].at)
        for topic, payload in self._decoder.asks():
            self._client.publish(topic, payload, qos=0)
        return self._intake.begin(decoded, sample=last)

    def _finish(self, batch: Batch, came: list[_Came]) -> None:
        try:
            batch.wait(COMMIT_WITHIN_S)
        except BaseException:
            self._intake.forget(batch.readings)
            raise
        with self._change:  # no new connection comes between the look and the acknowledgement
            for one in came:
                if one.qos and one.line == self._line:
                    self._client.ack(one.mid, one.qos)
