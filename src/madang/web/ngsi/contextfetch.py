"""A remote @context, fetched: redirects, size, time, and how long the copy is fresh (clauses 5.5.6, 6.3.16)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

import orjson

from madang import clock
from madang.errors import CallerError, MadangError
from madang.hub.outgoing import Answer, Outgoing

LARGEST = 1 << 20
WITHIN_S = 5.0  # one request
ALTOGETHER_S = 10.0  # with all redirects
REDIRECTS = 5
LIFETIME_S = 24 * 3600.0  # of a copy whose server says nothing of it
SHORTEST_S, LONGEST_S = 3600.0, 7 * 24 * 3600.0  # of a lifetime guessed from the last change (RFC 9111, 4.2.2)
ASKING = {"Accept": "application/ld+json, application/json;q=0.9, */*;q=0.1"}

_ALTERNATE = re.compile(
    r'<([^>]*)>\s*;(?=[^,<]*rel="?alternate"?)(?=[^,<]*type="?application/ld\+json"?)', re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The value of a document's @context, and until when it need not be asked for again."""

    document: Any
    until: float


async def fetch(outgoing: Outgoing, address: str) -> Fetched:
    """The context at an address; `contexts.unavailable` if it can't be had, `contexts.invalid` if it is none."""
    try:
        async with asyncio.timeout(ALTOGETHER_S):
            answer = await _followed(outgoing, address)
    except TimeoutError:
        raise CallerError("contexts.unavailable", url=address[:200], why=f"no answer in {ALTOGETHER_S:.0f} s") from None
    if answer.status != 200:
        raise CallerError("contexts.unavailable", url=address[:200], why=f"HTTP {answer.status}")
    try:
        found = orjson.loads(answer.body)
    except orjson.JSONDecodeError as wrong:
        raise CallerError("contexts.invalid", url=address[:200], why=f"it is no JSON ({wrong.msg})") from None
    if not isinstance(found, dict) or "@context" not in found:
        raise CallerError("contexts.invalid", url=address[:200], why="it holds no @context")
    check_shape(found["@context"], address)
    return Fetched(found["@context"], clock.now().timestamp() + lifetime_s(answer.headers))


def check_shape(document: Any, address: str = "-", depth: int = 0) -> None:
    """Refuse what no @context may be: it is an address, an object of terms, null, or a list of these."""
    if isinstance(document, list) and depth == 0:
        for part in document:
            check_shape(part, address, depth + 1)
    elif document is not None and not isinstance(document, (str, dict)):
        raise CallerError("contexts.invalid", url=address[:200], why=f"its @context is a {type(document).__name__}")


async def _followed(outgoing: Outgoing, address: str) -> Answer:
    at = address
    for _ in range(REDIRECTS):
        try:
            answer = await outgoing.request("GET", at, headers=ASKING, within_s=WITHIN_S, largest=LARGEST)
        except MadangError as wrong:
            if wrong.code == "hub.no-url":
                raise CallerError("contexts.no-address", url=address[:200]) from None
            raise CallerError("contexts.unavailable", url=address[:200], why=wrong.message("en")) from None
        alternate = _ALTERNATE.search(answer.headers.get("link", ""))
        if answer.status in (301, 302, 303, 307, 308) and "location" in answer.headers:
            at = urljoin(at, answer.headers["location"])
        elif alternate is not None and "json" not in answer.headers.get("content-type", ""):
            at = urljoin(at, alternate[1])
        else:
            return answer
    raise CallerError("contexts.unavailable", url=address[:200], why=f"more than {REDIRECTS} redirects")


def lifetime_s(headers: Mapping[str, str]) -> float:
    """How long a copy is fresh: as its server says, else a tenth of the time since its last change, else a day."""
    said = dict(_directives(headers.get("cache-control", "")))
    age = _whole(headers.get("age", ""), 0.0)
    if "no-store" in said or "no-cache" in said:
        return 0.0
    for name in ("s-maxage", "max-age"):
        if name in said:
            return max(0.0, _whole(said[name], 0.0) - age)
    date = _moment(headers.get("date")) or clock.now()
    if "expires" in headers:
        ends = _moment(headers["expires"])
        return max(0.0, (ends - date).total_seconds()) if ends is not None else 0.0
    changed = _moment(headers.get("last-modified"))
    if changed is not None:
        return min(LONGEST_S, max(SHORTEST_S, (date - changed).total_seconds() / 10))
    return LIFETIME_S


def _directives(header: str) -> list[tuple[str, str]]:
    found = []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        found.append((name.strip().lower(), value.strip().strip('"')))
    return found


def _whole(text: str, otherwise: float) -> float:
    text = text.strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 12 else otherwise


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is not None else None
