"""One HTTP request and its answer, over raw ASGI, with as little between them as the hot paths allow.

A `Request` is what a door needs to know: method, path, parameters, headers, who asks and in which language.
A `Reply` is a status, a body that is already bytes, and headers. The body is read only when a door asks for it,
with a limit, so that a request that is refused costs nothing.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

import orjson

from madang.errors import CallerError, Language

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class App(Protocol):
    """Anything that answers ASGI."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


MAX_BODY_BYTES = 64 * 1024 * 1024
LONGEST_QUERY = 16 * 1024  # characters of a query string
PACKED_FROM_BYTES = 1400  # below, an answer is one packet anyway
JSON = b"application/json"
Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the name their changes are recorded under, and what they may do."""

    actor: str
    role: str  # "read" | "propose" | "decide"
    may_command: bool = False  # whether it can run commands of the command line, as the server's user can


@dataclass(slots=True)
class Request:
    """One request, parsed as far as every door needs it."""

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    receive: Receive
    caller: Caller
    language: Language = "en"
    max_body_bytes: int = MAX_BODY_BYTES
    scheme: str = "http"
    mount: str = ""  # what stood before `path` in the URL, for addresses in the answer

    def base_url(self) -> str:
        """Scheme and host as the client wrote them; the host was checked at the door."""
        return f"{self.scheme}://{self.headers.get('host', 'localhost')}"

    async def body(self) -> bytes:
        """The whole body; CallerError when it is longer than the server takes."""
        return await read_body(self.receive, self.headers, self.max_body_bytes)


@dataclass(slots=True)
class Reply:
    """An answer that is ready to send."""

    status: int
    body: bytes = b""
    media_type: bytes = JSON
    headers: list[Header] = field(default_factory=list)

    async def send(self, send: Send, *, method: str = "GET") -> None:
        """Send it whole, for HEAD without the body; a 204 carries neither length nor type (clause 6.3.6)."""
        headers = self.headers
        if self.status != 204:
            headers = [(b"content-type", self.media_type), (b"content-length", b"%d" % len(self.body)), *headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else self.body})


@dataclass(slots=True)
class Stream:
    """An answer that goes on: its parts are sent as they come, until they end or the client leaves."""

    parts: AsyncGenerator[bytes, None]
    media_type: bytes
    headers: list[Header] = field(default_factory=list)
    status: int = 200

    async def send(self, send: Send, receive: Receive, *, method: str = "GET") -> None:
        """Send part after part; for HEAD none."""
        headers = [(b"content-type", self.media_type), *self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        if method != "HEAD":
            async for part in _until_gone(self.parts, receive):
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _until_gone(parts: AsyncGenerator[bytes, None], receive: Receive) -> AsyncIterator[bytes]:
    """The parts as long as somebody listens; a client that leaves is only heard of by receiving."""
    gone = asyncio.ensure_future(_gone(receive))
    try:
        while True:
            coming = asyncio.ensure_future(anext(parts))
            await asyncio.wait({gone, coming}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                coming.cancel()
                return
            try:
                part = coming.result()
            except StopAsyncIteration:
                return
            yield part
    finally:
        gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def packed(reply: Reply, request: Request) -> Reply:
    """The same answer with its body compressed, where the client takes that and it pays."""
    if len(reply.body) < PACKED_FROM_BYTES or "gzip" not in request.headers.get("accept-encoding", ""):
        return reply
    if any(name == b"content-encoding" for name, _ in reply.headers) or b"json" not in reply.media_type:
        return reply
    headers = [*reply.headers, (b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
    return Reply(reply.status, gzip.compress(reply.body, 5, mtime=0), reply.media_type, headers)


def headers_of(scope: Scope) -> dict[str, str]:
    """The request's headers by lower-case name; repeated ones are joined with a comma (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def language_of(headers: dict[str, str]) -> Language:
    """Korean when the client prefers it to English, else English."""
    wanted = headers.get("accept-language")
    if wanted is None or "ko" not in wanted:
        return "en"
    weight = {"ko": 0.0, "en": 0.0}
    for tag, quality in weighted(wanted):
        primary = tag.split("-")[0].lower()
        if primary in weight:
            weight[primary] = max(weight[primary], quality)
    return "ko" if weight["ko"] >= weight["en"] else "en"


def weighted(header: str) -> list[tuple[str, float]]:
    """The values of a header with q weights, in the order written; a weight that is no number counts as 0."""
    found = []
    for part in header.split(","):
        value, *attributes = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for attribute in attributes:
            name, _, text = attribute.partition("=")
            if name.strip().lower() == "q":
                try:
                    quality = float(text)
                except ValueError:
                    quality = 0.0
        if value:
            found.append((value, quality))
    return found


def parse_parameters(query_string: str, *, known: Iterable[str]) -> dict[str, str]:
    """The parameters by name; one that is not known, or stands twice, is refused (clause 6.3.20)."""
    if len(query_string) > LONGEST_QUERY:
        raise CallerError("common.query-too-long", length=len(query_string), most=LONGEST_QUERY)
    allowed = known if isinstance(known, (set, frozenset)) else frozenset(known)
    found: dict[str, str] = {}
    for name, value in parse_qsl(query_string, keep_blank_values=True):
        if name not in allowed:
            raise CallerError("web.parameter-unknown", parameter=name, known=", ".join(sorted(allowed)) or "-")
        if name in found:
            raise CallerError("web.parameter-twice", parameter=name)
        found[name] = value
    return found


async def read_body(receive: Receive, headers: dict[str, str], limit: int) -> bytes:
    """The whole body, refused as soon as it is known to be longer than the limit."""
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise CallerError("web.body-too-large", limit_mib=limit // 1048576)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerError("web.body-cut-short")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise CallerError("web.body-too-large", limit_mib=limit // 1048576)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def parse_json(body: bytes) -> Any:
    """The JSON value of a body; the error names the place where it stops being JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise CallerError("web.json-malformed", line=error.lineno, column=error.colno, reason=error.msg) from None


def json_reply(value: Any, *, status: int = 200, headers: Sequence[Header] = ()) -> Reply:
    """An answer whose body is a value as JSON."""
    return Reply(status, to_json(value), JSON, list(headers))


def to_json(value: Any) -> bytes:
    """JSON bytes; dataclasses, dates, NumPy numbers and tuples included."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, BaseException):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
