"""The state of feeds: in which condition one is, and when what it brought is stale.

Pure: a feed's description and its tally as the hub's book keeps them, and the moment, give the answer.

    paused      somebody said so
    waiting     it has not been connected yet, or nothing has come yet
    running     connected, and readings come as expected
    stale       connected or not, the newest reading is older than expected
    broken      not connected, and a problem is known
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from madang.clock import from_text

Condition = Literal["paused", "waiting", "running", "stale", "broken"]
RETRY_S, LONGEST_RETRY_S = 1.0, 300.0


def stale_after_s(doc: Mapping[str, Any]) -> float | None:
    """The age from which on a feed's newest reading is stale: that of its quickest rule; None if no rule says one."""
    ages = [
        float(rule["expectedS"]) * float(rule.get("staleFactor", 3))
        for rule in doc.get("rules", ())
        if rule.get("expectedS") is not None
    ]
    return min(ages, default=None)


def condition(doc: Mapping[str, Any], state: Mapping[str, Any], now: datetime) -> Condition:
    """The condition of a feed at a moment."""
    if doc.get("paused"):
        return "paused"
    limit, newest = stale_after_s(doc), state.get("lastReading")
    if limit is not None and newest and (now - from_text(newest)).total_seconds() > limit:
        return "stale" if state.get("connected") or not state.get("lastProblem") else "broken"
    if not state.get("connected"):
        return "broken" if state.get("lastProblem") else "waiting"
    return "running" if newest else "waiting"


def retry_after_s(failures: int) -> float:
    """How long to wait before a feed that failed this often in a row is begun again."""
    return min(LONGEST_RETRY_S, RETRY_S * 2.0 ** min(max(failures - 1, 0), 20))


def described(id: str, doc: Mapping[str, Any], state: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A feed as doors show it; secrets are references already."""
    return {
        "id": id,
        "condition": condition(doc, state, now),
        "protocol": doc.get("protocol"),
        "address": doc.get("address"),
        "title": doc.get("title"),
        "staleAfterS": stale_after_s(doc),
        "feed": dict(doc),
        "state": dict(state),
    }
