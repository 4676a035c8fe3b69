"""Notifications of oneM2M platforms (Mobius and others), as they come over MQTT.

A notification is `m2m:sgn` (TS-0001 5.1.2), in MQTT within the `pc` of a request (TS-0010). The rules see
{"subscription", "event", "content", "created", "resource"}: `content` is what the device put into the content instance,
read as JSON where it is JSON text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from madang.clock import to_text
from madang.errors import DataError


def notified(body: Any, _payload: bytes = b"") -> tuple[Any, Mapping[str, str]]:
    """The record in a notification, and the names it gives."""
    inner = body.get("pc", body) if isinstance(body, dict) else None
    inner = inner.get("m2m:rqp", inner).get("pc", inner) if isinstance(inner, dict) and "m2m:rqp" in inner else inner
    sgn = inner.get("m2m:sgn", inner.get("sgn")) if isinstance(inner, dict) else None
    if not isinstance(sgn, dict):
        raise DataError("feeds.no-notification", lacking="m2m:sgn")
    event = sgn.get("nev") if isinstance(sgn.get("nev"), dict) else {}
    held = event.get("rep") if isinstance(event, dict) else None
    cin = held.get("m2m:cin", held) if isinstance(held, dict) else None
    if not isinstance(cin, dict) or "con" not in cin:
        raise DataError("feeds.no-notification", lacking="m2m:cin.con")
    subscription = str(sgn.get("sur", ""))
    record = {
        "subscription": subscription,
        "event": event.get("net") if isinstance(event, dict) else None,
        "content": _content(cin["con"]),
        "created": _moment(cin.get("ct")),
        "resource": cin.get("rn"),
    }
    parts = [part for part in subscription.split("/") if part]
    names = {"application": parts[-3], "container": parts[-2]} if len(parts) >= 3 else {}
    return record, names


def _content(found: Any) -> Any:
    if not isinstance(found, str):
        return found
    try:
        return orjson.loads(found)
    except orjson.JSONDecodeError:
        return found


def _moment(found: Any) -> str | None:
    """oneM2M writes 20261123T053000 or 20261123T053000,123456, in UTC."""
    try:
        at = datetime.strptime(str(found).partition(",")[0], "%Y%m%dT%H%M%S")
    except ValueError:
        return None
    return to_text(at.replace(tzinfo=UTC))
