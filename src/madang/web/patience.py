"""How long a connection may take, and how much it may say before it has asked anything.

A client that sends the head of a request byte by byte, a body slower than any line is today, or never reads its answer,
would hold a connection and what was read of it for as long as it likes. Each connection is looked at every
`LOOK_EVERY_S`; one that is still in the head of a request, sends its body slower than `SLOWEST_BODY_BPS`, or has taken
nothing of its answer for `UNREAD_LOOKS` looks, is closed. A head is never longer than `LONGEST_HEAD` (RFC 9110, 15.5).
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LOOK_EVERY_S = 15.0
LONGEST_HEAD = 64 * 1024  # bytes of request line and headers
SLOWEST_BODY_BPS = 500
UNREAD_LOOKS = 8
CLOSED = b"HTTP/1.1 %b\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Patient(HttpToolsProtocol):
    """Uvicorn's protocol with an end to its patience."""

    _began: float | None = None  # when the request that is coming in began
    _in_head = True
    _head = 0
    _coming = 0  # bytes of the request that is coming in
    _unread = (0, 0)  # bytes that nobody takes, and for how many looks
    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look at it."""
        super().connection_made(transport)
        self._began = self.loop.time()
        self._look = self.loop.call_later(LOOK_EVERY_S, self._look_at_it)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look at it no more."""
        if self._look is not None:
            self._look.cancel()
            self._look = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; a head without an end is refused."""
        self._coming += len(data)
        super().data_received(data)
        if self._in_head and self._began is not None:
            self._head += len(data)
            if self._head > LONGEST_HEAD:
                self._close(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._began, self._in_head, self._head, self._coming = self.loop.time(), True, 0, 0

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._began = None
        super().on_message_complete()

    def _look_at_it(self) -> None:
        self._look = None
        transport: Any = self.transport
        if transport.is_closing():
            return
        if self._is_too_slow():
            self._close(b"408 Request Timeout")
            return
        waiting, looks = transport.get_write_buffer_size(), self._unread[1] + 1
        self._unread = (waiting, looks if waiting and waiting == self._unread[0] else 0)
        if self._unread[1] >= UNREAD_LOOKS:
            transport.abort()
            return
        self._look = self.loop.call_later(LOOK_EVERY_S, self._look_at_it)

    def _is_too_slow(self) -> bool:
        if self._began is None:
            return False
        age = self.loop.time() - self._began
        if self._in_head:
            return age >= LOOK_EVERY_S
        if self.flow.read_paused:
            return False  # it is we who don't read
        return age >= 2 * LOOK_EVERY_S and self._coming < age * SLOWEST_BODY_BPS

    def _close(self, status: bytes) -> None:
        """Say why, where nothing else is being said, and end the connection; what it asked is told that it went."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(CLOSED % status)
        self.transport.close()
