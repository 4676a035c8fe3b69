"""The one table from an error to its HTTP status, and the problem details (RFC 9457) a client reads.

A row gives the status and, where NGSI-LD has a word for it (clauses 5.5.2 and 6.3.2), the standard's error type;
where it has none, the type is our code as a URN. The class of an error decides, unless its code stands in the table
by itself. `detail` is the catalogue's sentence in the language of the request; `code` stays the same in every
language.
"""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

from madang.errors import (
    CallerError,
    ConflictError,
    DataError,
    FileError,
    ForbiddenError,
    Language,
    MadangError,
    ModelError,
    NotFoundError,
    sentence,
)
from madang.web.exchange import Reply, to_json

NGSI_ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
PROBLEM = b"application/problem+json"
JSON = b"application/json"

MOST_DETAIL, MOST_FACT = 4000, 2000

log = logging.getLogger("madang.web")


class Row(NamedTuple):
    """What an error means over HTTP: a status, and the NGSI-LD error type if there is one."""

    status: int
    ngsi_type: str | None = None


BY_CODE: dict[str, Row] = {
    "web.tenant-unknown": Row(404, "NonexistentTenant"),
    "web.tenant-missing": Row(404, "NonexistentTenant"),
    "store.branch-unknown": Row(404, "NonexistentTenant"),
    "web.entity-exists": Row(409, "AlreadyExists"),
    "web.context-unavailable": Row(504, "LdContextNotAvailable"),
    "entities.context-unavailable": Row(504, "LdContextNotAvailable"),
    "common.query-too-long": Row(414),
    "common.header-too-long": Row(431),
    "snapshots.exists": Row(409, "AlreadyExists"),
    "snapshots.not-in-snapshot": Row(422, "OperationNotSupported"),
    "tenants.full": Row(403, "TooManyResults"),
    "contexts.unavailable": Row(504, "LdContextNotAvailable"),
    "contexts.missing": Row(400, "InvalidRequest"),
    "contexts.cached": Row(422, "OperationNotSupported"),
    "contexts.full": Row(403, "TooManyResults"),
    "subscriptions.exists": Row(409, "AlreadyExists"),
    "subscriptions.not-serving": Row(503),
    "subscriptions.too-many-streams": Row(503),
    "web.json-malformed": Row(400, "InvalidRequest"),
    "web.parameter-unknown": Row(400, "InvalidRequest"),
    "web.parameter-twice": Row(400, "InvalidRequest"),
    "web.format-unknown": Row(400, "InvalidRequest"),
    "web.option-unknown": Row(400, "InvalidRequest"),
    "temporal.not-eligible": Row(400, "InvalidRequest"),
    "temporal.fragment-empty": Row(400, "InvalidRequest"),
    "web.too-many-results": Row(403, "TooManyResults"),
    "web.method-not-allowed": Row(405),
    "web.not-acceptable": Row(406),
    "web.length-required": Row(411),
    "web.body-too-large": Row(413),
    "web.media-type-unknown": Row(415),
    "web.operation-not-supported": Row(422, "OperationNotSupported"),
    "web.token-needed": Row(401),
    "web.jobs-full": Row(503),
    "hub.unreachable": Row(504),
    "hub.no-answer-in-time": Row(504),
    "hub.answer-too-large": Row(502),
    "feeds.unreachable": Row(504),
    "registrations.exists": Row(409, "AlreadyExists"),
    "registrations.loop": Row(508, "LoopDetected"),
    "registrations.source-failed": Row(502),
    "registrations.source-silent": Row(504),
    "registrations.source-lacks": Row(404, "ResourceNotFound"),
    "web.unexpected": Row(500, "InternalError"),
    "store.disk-full": Row(507),
    "store.locked": Row(503),
    "store.busy": Row(503),
    "store.read-only": Row(503),
}

BY_CLASS: tuple[tuple[type[BaseException], Row], ...] = (
    (NotFoundError, Row(404, "ResourceNotFound")),
    (ConflictError, Row(409, "Conflict")),
    (ForbiddenError, Row(403)),
    (CallerError, Row(400, "BadRequestData")),
    (DataError, Row(400, "BadRequestData")),
    (ModelError, Row(422)),
    (FileError, Row(500, "InternalError")),
)


def row_of(error: BaseException) -> Row:
    """The table's row for an error."""
    if isinstance(error, MadangError) and error.code in BY_CODE:
        return BY_CODE[error.code]
    return next((row for kind, row in BY_CLASS if isinstance(error, kind)), BY_CODE["web.unexpected"])


def problem(error: BaseException, language: Language = "en") -> dict[str, Any]:
    """The problem details of an error; what we did not foresee says no more than that."""
    row = row_of(error)
    known = error if isinstance(error, MadangError) else None
    code = known.code if known is not None else "web.unexpected"
    found: dict[str, Any] = {
        "type": f"{NGSI_ERRORS}{row.ngsi_type}" if row.ngsi_type else f"urn:madang:error:{code}",
        "title": sentence(f"web.status-{row.status}", language),
        "status": row.status,
        "detail": _cut(known.message(language) if known is not None else sentence(code, language), MOST_DETAIL),
        "code": code,
    }
    if known is not None and known.facts:
        found["facts"] = _told(known.facts)
    return found


def problem_reply(error: BaseException, language: Language = "en", *, media_type: bytes = PROBLEM) -> Reply:
    """The answer to a request that failed; the unforeseen goes to the log with its trace."""
    details = problem(error, language)
    if details["code"] == "web.unexpected":
        log.error("a request failed", exc_info=(type(error), error, error.__traceback__))
    headers = [(b"content-language", language.encode())]
    if details["status"] == 401:
        headers.append((b"www-authenticate", b'Bearer realm="madang"'))
    if details["code"] == "web.method-not-allowed" and isinstance(error, MadangError):
        headers.append((b"allow", str(error.facts["allowed"]).encode()))
    return Reply(int(details["status"]), to_json(details), media_type, headers)


def _cut(text: str, most: int) -> str:
    """A text as it is, or its beginning: a refusal does not send a megabyte back."""
    return text if len(text) <= most else text[:most] + "…"


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts that can be written as JSON; others by their text."""
    told: dict[str, Any] = {}
    for name, value in facts.items():
        try:
            to_json(value)
        except TypeError:
            value = str(value)
        told[name] = _cut(value, MOST_FACT) if isinstance(value, str) else value
    return told
