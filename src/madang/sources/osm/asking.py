"""One question to an Overpass server, asked as its keepers wish: one at a time, by name, and waiting when told to.

A server that says it is busy (429) is asked again after the time it names; one that says the question took too long
(504, or a remark in its answer) gets a smaller question from whoever calls. What is cut off or is no answer is asked
again a few times. This is the one module here that connects outwards, and only when `madang fetch` was typed.
"""

from __future__ import annotations

import gzip
import http.client
import io
import re
import socket
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from madang import __version__, clock
from madang.errors import CallerError, FileError

DEFAULT_SERVER = "https://overpass-api.de/api/interpreter"
NAME = f"Madang/{__version__} (city digital twin; madang fetch osm)"
ANSWER_WITHIN_S = 300
LARGEST = 512 << 20
TRIES = 5
BUSY_S = 30.0
LONGEST_WAIT_S = 900.0
AGAIN_S = 5.0
HEAVY_AFTER = 2  # answers of 504 to one question
_TAGS = re.compile(r"<[^>]*>")
_HERE = ("127.0.0.1", "::1", "localhost")


class TooHeavy(Exception):
    """The server can't answer a question of this size."""


@dataclass(frozen=True)
class Answer:
    """What a server answered: the objects, and the moment of its map."""

    elements: list[dict[str, Any]]
    moment: str | None


@dataclass(frozen=True)
class Busy:
    """Why the next try waits, and how long."""

    seconds: float
    status: int


def check_server(server: str) -> str:
    """The address of a server; raises a CallerError if it is none on the web."""
    parts = urllib.parse.urlsplit(server)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CallerError("fetching.bad-server", found=server)
    return server


def ask(server: str, question: str, *, wait: Callable[[float], None], told: Callable[[Busy], None]) -> Answer:
    """The answer to one question; raises TooHeavy, or a FileError that says what the server or the network did."""
    heavy = 0
    why: object = ""
    for tried in range(TRIES):
        try:
            return _answer(_asked(server, question))
        except urllib.error.HTTPError as said:
            with said:
                heavy += said.code == 504
                if heavy >= HEAVY_AFTER:
                    raise TooHeavy from None
                if said.code not in (429, 500, 502, 503, 504):
                    raise FileError("fetching.refused", server=server, status=said.code, why=_words(said)) from None
                pause = _told_to_wait(said.headers.get("Retry-After")) or BUSY_S * 2**tried
            if pause > LONGEST_WAIT_S:
                raise FileError("fetching.busy", server=server, minutes=round(pause / 60)) from None
            why = said.code
            told(Busy(pause, said.code))
            wait(pause)
        except (OSError, http.client.HTTPException, EOFError, zlib.error, ValueError) as broken:
            why = getattr(broken, "reason", None) or broken
            if tried and isinstance(why, (socket.gaierror, ConnectionRefusedError)):
                raise FileError("fetching.no-network", server=server, why=why) from None
            if tried + 1 < TRIES:
                wait(AGAIN_S * (tried + 1))
    raise FileError("fetching.no-answer", server=server, tries=TRIES, why=why)


def _asked(server: str, question: str) -> bytes:
    headers = {"User-Agent": NAME, "Accept": "application/json", "Accept-Encoding": "gzip"}
    body = urllib.parse.urlencode({"data": question}).encode()
    request = urllib.request.Request(check_server(server), data=body, headers=headers)
    here = urllib.parse.urlsplit(server).hostname in _HERE  # no proxy reaches this machine's own server
    opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if here else []))
    with opener.open(request, timeout=ANSWER_WITHIN_S) as answer:
        data: bytes = answer.read(LARGEST + 1)
        if answer.headers.get("Content-Encoding") == "gzip":
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
                data = packed.read(LARGEST + 1)
        length = answer.headers.get("Content-Length")
    if len(data) > LARGEST:
        raise TooHeavy
    if length is not None and "gzip" not in str(answer.headers.get("Content-Encoding")) and len(data) < int(length):
        raise http.client.IncompleteRead(data[:0], int(length) - len(data))
    return data


def _answer(data: bytes) -> Answer:
    parsed = orjson.loads(data)
    if not isinstance(parsed, dict) or not isinstance(parsed.get("elements"), list):
        raise ValueError("no elements")
    remark = str(parsed.get("remark") or "")
    if "error" in remark.lower():
        raise TooHeavy
    elements = [one for one in parsed["elements"] if isinstance(one, dict) and isinstance(one.get("id"), int)]
    head = parsed.get("osm3s")
    moment = head.get("timestamp_osm_base") if isinstance(head, dict) else None
    return Answer(elements, str(moment) if moment else None)


def _told_to_wait(said: str | None) -> float | None:
    """Seconds from a Retry-After header, which gives a number or a date."""
    if not said:
        return None
    if said.strip().isascii() and said.strip().isdigit():
        return float(said.strip()[:9])
    try:
        return max(1.0, (parsedate_to_datetime(said) - clock.now()).total_seconds())
    except (TypeError, ValueError):
        return None


def _words(said: urllib.error.HTTPError) -> str:
    try:
        text = _TAGS.sub(" ", said.read(4096).decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException):
        text = ""
    found = re.search(r"[Ee]rror:?.*", text, re.DOTALL)
    return " ".join((found[0] if found else text).split())[:200] or str(said.reason)
