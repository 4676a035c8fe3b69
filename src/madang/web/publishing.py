"""Madang's @context at its address: what a short name in our answers stands for, for every JSON-LD processor."""

from __future__ import annotations

import hashlib
from functools import cache

from madang.entities.context import published
from madang.web.exchange import Reply, to_json

JSON_LD = b"application/ld+json"


def published_context(headers: dict[str, str]) -> Reply:
    """The context document; any site may read it, since it holds no city's data."""
    body, etag = _document()
    told = [(b"etag", etag), (b"cache-control", b"public, max-age=3600"), (b"access-control-allow-origin", b"*")]
    if headers.get("if-none-match") == etag.decode():
        return Reply(304, b"", JSON_LD, told)
    return Reply(200, body, JSON_LD, told)


@cache
def _document() -> tuple[bytes, bytes]:
    body = to_json(published())
    return body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'.encode()
