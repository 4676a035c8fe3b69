"""Where a proposal can stand and which acts lead from one state to the next. Pure: a table and its reader.

    상정 submitted      put up for decision
    심의 deliberating   before the committee
    의결 adopted        decided for; the branch is merged in the same transaction
    조건부 conditional  decided for, once conditions are met; nothing is merged yet
    보류 deferred       put off; may be submitted again
    부결 refused        decided against; the branch stays as it is, and may be submitted again

Every act asks for a reason. What stands decided is not decided again: a refused or deferred proposal first comes back
by a new submission, an adopted one by a new proposal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

State = Literal["submitted", "deliberating", "adopted", "conditional", "deferred", "refused"]
Act = Literal["submit", "deliberate", "adopt", "adopt-conditionally", "defer", "refuse"]

TRANSITIONS: Mapping[tuple[State | None, Act], State] = {
    (None, "submit"): "submitted",
    ("submitted", "deliberate"): "deliberating",
    ("submitted", "adopt"): "adopted",
    ("submitted", "adopt-conditionally"): "conditional",
    ("submitted", "defer"): "deferred",
    ("submitted", "refuse"): "refused",
    ("deliberating", "adopt"): "adopted",
    ("deliberating", "adopt-conditionally"): "conditional",
    ("deliberating", "defer"): "deferred",
    ("deliberating", "refuse"): "refused",
    ("conditional", "adopt"): "adopted",
    ("conditional", "refuse"): "refused",
    ("deferred", "submit"): "submitted",
    ("refused", "submit"): "submitted",
}

OPEN: frozenset[State] = frozenset({"submitted", "deliberating", "conditional"})
DECISIONS: frozenset[Act] = frozenset({"adopt", "adopt-conditionally", "defer", "refuse"})

LABELS: Mapping[State, Mapping[str, str]] = {
    "submitted": {"ko": "상정", "en": "submitted"},
    "deliberating": {"ko": "심의", "en": "under deliberation"},
    "adopted": {"ko": "의결", "en": "adopted"},
    "conditional": {"ko": "조건부", "en": "adopted on conditions"},
    "deferred": {"ko": "보류", "en": "deferred"},
    "refused": {"ko": "부결", "en": "refused"},
}


def after(state: State | None, act: Act) -> State | None:
    """The state to which an act leads, or None where the act is not possible."""
    return TRANSITIONS.get((state, act))


def possible(state: State | None) -> list[Act]:
    """The acts that are possible in a state."""
    return [act for (before, act) in TRANSITIONS if before == state]
