"""Requests that leave this server: notifications, questions to other sources, contexts, open-data services.

One door, so that one rule holds for all: no redirect is followed, no proxy of the environment is used, an answer has a
largest size and a longest time, and addresses of this machine and of the link (loopback, 169.254/16, fe80::/10) are
refused unless the server was started to allow them. Without that rule whoever may subscribe could have this server ask
its own neighbours. The address is checked when the connection is made, after the name was looked up, so a name that is
pointed elsewhere in between gains nothing, nor does another spelling of an address (127.1, 2130706433, １２７.0.0.1).
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from madang import __version__
from madang.errors import CallerError, MadangError

NAME = f"Madang/{__version__}"
LARGEST_ANSWER = 64 << 20
WITHIN_S = 10.0
CONNECTIONS = 256
CONNECTIONS_A_HOST = 16
SCHEMES = ("http", "https")
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


@dataclass(frozen=True, slots=True)
class Answer:
    """What another server answered; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Unreachable(MadangError):
    """Another server could not be asked, or did not answer in time; nobody here can mend that."""


class Outgoing:
    """Sends requests; to be made and closed on the event loop that uses it."""

    def __init__(self, *, allow_local: bool = False) -> None:
        self.allow_local = allow_local
        self._session: aiohttp.ClientSession | None = None

    def check(self, url: str) -> str:
        """The URL, if it is one that may be asked: http or https, a host, no address that is refused."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
            asked = URL(url).raw_host  # as the client reads it, which is not always as it is written
        except ValueError:
            raise CallerError("hub.no-url", url=url[:200]) from None
        if parts.scheme not in SCHEMES or not host or not asked:
            raise CallerError("hub.no-url", url=url[:200])
        if not self.allow_local and (is_refused(host) or is_refused(asked)):
            raise CallerError("hub.local-target", url=url[:200])
        return url

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        within_s: float = WITHIN_S,
        largest: int = LARGEST_ANSWER,
    ) -> Answer:
        """One request and its whole answer; Unreachable when there is none, CallerError for a URL that is refused."""
        self.check(url)
        try:
            async with self._open().request(
                method,
                url,
                headers={"User-Agent": NAME, **(headers or {})},
                data=body,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=within_s),
            ) as answer:
                got = await _read(answer, largest)
                if len(got) > largest:
                    raise Unreachable("hub.answer-too-large", url=url[:200], mib=largest >> 20)
                return Answer(answer.status, {name.lower(): text for name, text in answer.headers.items()}, got)
        except TimeoutError as problem:
            raise Unreachable("hub.no-answer-in-time", url=url[:200], seconds=within_s) from problem
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            raise Unreachable(
                "hub.unreachable", url=url[:200], why=str(problem)[:200] or type(problem).__name__
            ) from None

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=CONNECTIONS,
                limit_per_host=CONNECTIONS_A_HOST,
                resolver=_Checking(aiohttp.ThreadedResolver(), allow_local=self.allow_local),
                socket_factory=None if self.allow_local else _checked_socket,
            )
            self._session = aiohttp.ClientSession(
                connector=connector, trust_env=False, auto_decompress=True, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def is_refused(host: str) -> bool:
    """Whether a host is an address, or a name for one, of this machine or of the link."""
    host = unicodedata.normalize("NFKC", host).replace("\u3002", ".").lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and any(
        one.is_loopback or one.is_link_local or one.is_unspecified or one.is_multicast
        for one in (address, *_embedded(address))
    )


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is, in any spelling that a system's resolver takes for one."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))  # 127.1, 0x7f.1, 2130706433
    except (OSError, UnicodeEncodeError):
        return None


def _embedded(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for: mapped, compatible, or behind a translator (RFC 6052)."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _TRANSLATED or (address in _COMPATIBLE and int(address) > 1):
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return []


def _checked_socket(to: Any) -> socket.socket:
    """A socket to an address that may be connected to: the last look, whatever way the address was come by."""
    family, kind, protocol, _, where = to
    if is_refused(str(where[0])):
        raise OSError(errno.EACCES, f"{where[0]} is an address of this machine or of its link")
    return socket.socket(family, kind, protocol)


class _Checking(AbstractResolver):
    """A resolver that keeps names from leading where addresses may not."""

    def __init__(self, inner: AbstractResolver, *, allow_local: bool) -> None:
        self._inner = inner
        self._allow_local = allow_local

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not self._allow_local and any(is_refused(one["host"]) for one in found):
            raise OSError(errno.EACCES, f"{host} leads to an address of this machine or of its link")
        return found

    async def close(self) -> None:
        await self._inner.close()


async def _read(answer: aiohttp.ClientResponse, largest: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in answer.content.iter_chunked(1 << 16):
        chunks.append(chunk)
        size += len(chunk)
        if size > largest:
            break
    return b"".join(chunks)
