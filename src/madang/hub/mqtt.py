"""Notifications over MQTT (NGSI-LD 7.2): one message, {"metadata": …, "body": …}, to the topic that the endpoint names.

A connection is kept for each broker, version and user, and closed when nothing was sent for a while. paho waits for its
broker on a thread of its own, so the event loop never does. Brokers on this machine are refused as HTTP endpoints are.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from madang.errors import CallerError
from madang.hub.outgoing import Unreachable, is_refused

PORTS = {"mqtt": 1883, "mqtts": 8883}
KEPT = 64  # connections
MOST_MAKING = 1000
THREADS = 8
KEEPALIVE_S = 60
ENDS_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Broker:
    """Who a message is handed to."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None
    version: str


def broker_of(uri: str, version: str) -> tuple[Broker, str]:
    """The broker and the topic of an endpoint: mqtt[s]://[user][:password]@host[:port]/topic[/subtopic]*."""
    parts = urlsplit(uri)
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    port = parts.port or PORTS[parts.scheme]
    topic = unquote(parts.path.lstrip("/"))
    return Broker(parts.scheme, parts.hostname or "", port, user, password, version), topic


def message(headers: Mapping[str, str], body: bytes) -> bytes:
    """The message of a notification: what HTTP says in headers stands in `metadata`."""
    return b'{"metadata":' + orjson.dumps(dict(headers)) + b',"body":' + body + b"}"


class Mqtt:
    """Sends messages; to be made and closed on the event loop that uses it."""

    def __init__(self, *, allow_local: bool = False) -> None:
        self._allow_local = allow_local
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="madang-mqtt")
        self._kept: OrderedDict[Broker, Any] = OrderedDict()
        self._change = threading.Lock()
        self._making: dict[Broker, threading.Lock] = {}

    async def send(self, uri: str, manner: Mapping[str, Any], body: bytes, *, within_s: float) -> None:
        """Hand one message over and wait until its broker has it, as far as its quality of service says so."""
        asked = manner.get("mqtt", {})
        broker, topic = broker_of(uri, asked.get("version", "mqtt5.0"))
        payload = message(manner["headers"], body)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(
            self._threads, lambda: self._publish(broker, topic, payload, int(asked.get("qos", 0)), within_s)
        )

    def close(self) -> None:
        """Close every connection."""
        with self._change:
            kept = list(self._kept.values())
            self._kept.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)
        ending = [threading.Thread(target=_end, args=(client,), daemon=True) for client in kept]
        for one in ending:
            one.start()
        for one in ending:
            one.join(ENDS_WITHIN_S)

    def _publish(self, broker: Broker, topic: str, payload: bytes, qos: int, within_s: float) -> None:
        try:
            client = self._client(broker, within_s)
            info = client.publish(topic, payload, qos=qos)
            info.wait_for_publish(within_s)
            if not info.is_published():
                raise TimeoutError(f"no answer within {within_s} s")
        except (OSError, ValueError, RuntimeError) as problem:
            self._forget(broker)
            raise Unreachable("hub.unreachable", url=_named(broker), why=str(problem)[:200] or "refused") from None

    def _client(self, broker: Broker, within_s: float) -> Any:
        with self._change:
            if len(self._making) >= MOST_MAKING:  # of brokers long gone; those that are taken stay
                self._making = {one: lock for one, lock in self._making.items() if lock.locked()}
            making = self._making.setdefault(broker, threading.Lock())
        with making:
            with self._change:
                found = self._kept.get(broker)
                if found is not None:
                    self._kept.move_to_end(broker)
            if found is not None and found.is_connected():
                return found
            self._forget(broker)
            made = self._connected(broker, within_s)
            with self._change:
                self._kept[broker] = made
                over = [self._kept.popitem(last=False)[1] for _ in range(len(self._kept) - KEPT)]
            for client in over:
                _end(client)
            return made

    def _connected(self, broker: Broker, within_s: float) -> Any:
        from paho.mqtt import client as paho  # a tenth of a second that only who uses MQTT waits for
        from paho.mqtt.enums import CallbackAPIVersion

        is_five = broker.version == "mqtt5.0"
        client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5 if is_five else paho.MQTTv311)
        client.connect_timeout = within_s
        if broker.user is not None:
            client.username_pw_set(broker.user, broker.password)
        if broker.scheme == "mqtts":
            client.tls_set_context(ssl.create_default_context())
        answered, said = threading.Event(), []

        def told(_client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
            said.append(reason)
            answered.set()

        client.on_connect = told
        client.connect(self._address(broker), broker.port, keepalive=KEEPALIVE_S)
        client.loop_start()
        if not answered.wait(within_s) or said[0].is_failure:
            _end(client)
            raise OSError(f"the broker refused: {said[0]}" if said else f"no answer within {within_s} s")
        return client

    def _address(self, broker: Broker) -> str:
        """Where to connect: over TLS the name, which the certificate bears, else the address that was checked."""
        if self._allow_local:
            return broker.host
        found = [str(row[4][0]) for row in socket.getaddrinfo(broker.host, broker.port, type=socket.SOCK_STREAM)]
        if is_refused(broker.host) or not found or any(map(is_refused, found)):
            raise CallerError("hub.local-target", url=_named(broker))
        return broker.host if broker.scheme == "mqtts" else found[0]

    def _forget(self, broker: Broker) -> None:
        with self._change:
            client = self._kept.pop(broker, None)
        if client is not None:
            _end(client)


def _end(client: Any) -> None:
    client.disconnect()
    client.loop_stop()


def _named(broker: Broker) -> str:
    return f"{broker.scheme}://{broker.host}:{broker.port}"
