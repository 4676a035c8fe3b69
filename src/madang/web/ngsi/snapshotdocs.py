"""What may be said of a snapshot, and what is made of it (clauses 5.2.41, 5.5.8, 5.16)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from madang import clock
from madang.entities.aggregation import parse_duration
from madang.errors import CallerError, DataError, MadangError
from madang.hub.outgoing import Outgoing

QUERIES, TEMPORAL = "snapshotQueries", "snapshotTemporalQueries"
SETTABLE = ("snapshotLifetime", "snapshotPriority", "endpoint", "receiverInfo")
OUTPUT_ONLY = (
    "snapshotStatus", "snapshotQueriesDetails", "snapshotTemporalQueriesDetails", "createdAt", "modifiedAt",
    "expiresAt", "lastUsedAt",
)  # fmt: skip
MEMBERS = ("id", "type", QUERIES, TEMPORAL, *SETTABLE, *OUTPUT_ONLY)
NULL = "urn:ngsi-ld:null"
MOST_QUERIES = 16
USUAL_LIFE, LONGEST_LIFE = timedelta(days=1), timedelta(days=7)
USUAL_PRIORITY = 5

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


def new_doc(body: Mapping[str, Any], outgoing: Outgoing, *, cloned: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What is kept of a new snapshot, or of a clone, which has the queries of the original."""
    _check(body, outgoing)
    if cloned is not None:
        for name in (QUERIES, TEMPORAL):
            if name in body:
                raise _wrong(name, "nothing: a clone has the queries of the original")
    elif not (body.get(QUERIES) or body.get(TEMPORAL)):
        raise _wrong(QUERIES, "a list of queries, here or in snapshotTemporalQueries")
    for name, temporal in ((QUERIES, False), (TEMPORAL, True)):
        _check_queries(body.get(name, []), name, temporal=temporal)
    now = clock.to_text(clock.now())
    kept = {name: body[name] for name in (QUERIES, TEMPORAL, *SETTABLE) if name in body}
    if cloned is not None:
        kept = {**{name: cloned[name] for name in (QUERIES, TEMPORAL) if name in cloned}, **kept}
    kept.setdefault("snapshotPriority", USUAL_PRIORITY)
    return {**kept, "createdAt": now, "modifiedAt": now, "expiresAt": _end(kept.get("snapshotLifetime"))}


def changed_doc(doc: Mapping[str, Any], id: str, fragment: Mapping[str, Any], outgoing: Outgoing) -> dict[str, Any]:
    """What is kept after an update; its queries can't be changed, null removes."""
    if fragment.get("id", id) != id:
        raise DataError("web.id-differs", path_id=id, body_id=str(fragment["id"])[:200])
    for name in (QUERIES, TEMPORAL):
        if name in fragment:
            raise _wrong(name, "nothing: the queries of a snapshot stay as they are")
    gone = [name for name, part in fragment.items() if part in (None, NULL) and name in SETTABLE]
    said = {name: part for name, part in fragment.items() if name not in gone}
    _check({"type": "Snapshot", **said}, outgoing)
    made = {name: part for name, part in doc.items() if name not in gone}
    made |= {name: said[name] for name in SETTABLE if name in said}
    made.setdefault("snapshotPriority", USUAL_PRIORITY)
    if "snapshotLifetime" in fragment:
        made["expiresAt"] = _end(made.get("snapshotLifetime"))
    return {**made, "modifiedAt": clock.to_text(clock.now())}


def new_id() -> str:
    """An id no other snapshot has."""
    return f"urn:ngsi-ld:Snapshot:{uuid.uuid4()}"


def checked_id(id: Any) -> str:
    """An id that is a URI."""
    if not isinstance(id, str) or not _URI.fullmatch(id):
        raise DataError("web.id-not-a-uri", id=str(id)[:200])
    return id


def _end(lifetime: str | None) -> str:
    length = LONGEST_LIFE
    if lifetime is None:
        length = USUAL_LIFE
    else:
        asked = parse_duration(lifetime)
        seconds = asked.months * 30 * 86400 + asked.micros / 1e6
        length = min(LONGEST_LIFE, timedelta(seconds=min(seconds, LONGEST_LIFE.total_seconds())))
    return clock.to_text(clock.now() + length)


def _check(body: Mapping[str, Any], outgoing: Outgoing) -> None:
    if body.get("type") != "Snapshot":
        raise _wrong("type", '"Snapshot"')
    if "id" in body:
        checked_id(body["id"])
    for name in body:
        if name not in MEMBERS and name != "@context":
            raise _wrong(name, ", ".join(MEMBERS))
    priority = body.get("snapshotPriority", USUAL_PRIORITY)
    if not isinstance(priority, int) or isinstance(priority, bool) or not 1 <= priority <= 10:
        raise _wrong("snapshotPriority", "a whole number from 1 to 10")
    if "snapshotLifetime" in body:
        _check_lifetime(body["snapshotLifetime"])
    if "endpoint" in body:
        if not isinstance(body["endpoint"], str):
            raise _wrong("endpoint", "an address of http or https")
        outgoing.check(body["endpoint"])
    _check_receiver(body.get("receiverInfo", []))


def _check_lifetime(text: Any) -> None:
    try:
        parse_duration(text)
    except (MadangError, TypeError, ValueError):
        raise _wrong("snapshotLifetime", "a duration of ISO 8601, such as P1D or PT2H") from None


def _check_receiver(pairs: Any) -> None:
    if not isinstance(pairs, list):
        raise _wrong("receiverInfo", 'a list of {"key": …, "value": …}')
    for pair in pairs:
        texts = isinstance(pair, dict) and [pair.get("key"), pair.get("value")]
        sound = texts and all(isinstance(one, str) and one.isprintable() and one.isascii() for one in texts)
        if not sound or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+", str(pair["key"])):
            raise _wrong("receiverInfo", 'a list of {"key": …, "value": …} that headers can hold')


def _check_queries(queries: Any, name: str, *, temporal: bool) -> None:
    if not isinstance(queries, list) or not all(isinstance(one, dict) for one in queries):
        raise _wrong(name, "a list of queries")
    if len(queries) > MOST_QUERIES:
        raise _wrong(name, f"at most {MOST_QUERIES} queries")
    for query in queries:
        if query.get("type") != "Query":
            raise _wrong(name, 'queries of type "Query"')
        if ("temporalQ" in query) != temporal:
            raise _wrong(name, "queries with temporalQ" if temporal else "queries without temporalQ")


def _wrong(member: str, expected: str) -> CallerError:
    return CallerError("snapshots.member", member=member[:80], expected=expected)
