"""In which condition a feed is, told from what the book keeps of it."""

from datetime import UTC, datetime, timedelta

import pytest

from madang.clock import to_text
from madang.hub.feeding import LONGEST_RETRY_S, condition, described, retry_after_s, stale_after_s

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
DOC = {"protocol": "mqtt", "rules": [{"expectedS": 60}, {"expectedS": 600, "staleFactor": 2}]}


def ago(seconds: float) -> str:
    return to_text(NOW - timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("doc", "state", "expected"),
    [
        (DOC | {"paused": True}, {"connected": True, "lastReading": ago(1)}, "paused"),
        (DOC, {}, "waiting"),
        (DOC, {"connected": True}, "waiting"),
        (DOC, {"connected": True, "lastReading": ago(179)}, "running"),
        (DOC, {"connected": True, "lastReading": ago(181)}, "stale"),
        (DOC, {"connected": False, "lastReading": ago(181)}, "stale"),
        (DOC, {"connected": False, "lastProblem": {"code": "x"}, "lastReading": ago(181)}, "broken"),
        (DOC, {"connected": False, "lastProblem": {"code": "x"}}, "broken"),
        ({"rules": [{}]}, {"connected": True, "lastReading": ago(10**6)}, "running"),  # nobody said how often
    ],
)
def test_condition(doc: dict, state: dict, expected: str) -> None:
    assert condition(doc, state, NOW) == expected
    assert described("air", doc, state, NOW)["condition"] == expected


def test_the_quickest_rule_decides_when_a_feed_is_stale() -> None:
    assert stale_after_s(DOC) == 180
    assert stale_after_s({"rules": [{}]}) is None


def test_pauses_grow_and_end_growing() -> None:
    pauses = [retry_after_s(failures) for failures in range(1, 100)]
    assert pauses[0] == 1.0
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_RETRY_S
