"""Answers and requests in an earlier version of NGSI-LD: `Prefer: ngsi-ld=1.5` (clauses 4.3.6.8, 6.3.6)."""

from __future__ import annotations

import re
from typing import Any

import orjson

from madang.entities.earlier_versions import NEWEST, Number, in_version, parse_version
from madang.web.exchange import Reply, Request
from madang.web.ngsi.negotiation import JSON, JSON_LD

_PREFERRED = re.compile(r'(?:^|[,;\s])ngsi-ld="?(\d+\.\d+)"?')


def preferred(request: Request) -> Number | None:
    """The version an answer should conform to, if the request for entities names one that is known."""
    header = request.headers.get("prefer")
    found = _PREFERRED.search(header) if header is not None else None
    version = parse_version(found[1]) if found is not None else None
    return min(version, NEWEST) if version is not None and version >= (1, 0) else None


def conformed(reply: Reply, version: Number) -> Reply:
    """An answer as the version knew it: 203 where that changed something, and the version it conforms to."""
    if reply.status not in (200, 201) or reply.media_type.decode() not in (JSON, JSON_LD):
        return reply
    value = orjson.loads(reply.body)
    amended = amended_body(value, version)
    reply.headers = [*reply.headers, (b"preference-applied", b"ngsi-ld=%d.%d" % version)]
    if amended != value:
        reply.status, reply.body = 203, orjson.dumps(amended)
    return reply


def amended_body(value: Any, version: Number) -> Any:
    """An entity, a part of one, or a list of them, as the version knew it."""
    if isinstance(value, list):
        return [amended_body(one, version) for one in value]
    if not isinstance(value, dict) or value.get("type") == "Query":
        return value
    return in_version(value, version)
