"""Which way an entity goes, by the scope the vocabulary gives its types.

    CITY      what is and what is planned: isolated on branches, diffed, merged
    RECORD    proposals, runs, claims …: written to the one space that every branch sees
    OBSERVED  telemetry: values are rows of a series; what is left is seen from every branch, and never merges

An entity of several types is a record if one of them is, else observed if one of them is. The lane of an id is settled
when the id is first used. Planned types reach main by adoption only. What records an act of deciding is written by that
act, and by no other door: who could edit a proposal could have another branch adopted, and who could write a check, a
rule or an agenda could open every gate before it.
"""

from __future__ import annotations

from functools import lru_cache

from madang.entities import vocabulary
from madang.store.names import types_in

CITY, RECORD, OBSERVED = 0, 1, 2
SCOPES = ("city", "record", "observed")
OF_ACTS = frozenset({
    "Proposal", "Decision", "ProcedureStep", "Opinion", "Suggestion", "Problem", "PlanCheck", "RulePack",
    "Meeting", "AgendaItem", "Recusal", "Vote", "AdoptionStep", "CostShare", "Recommendation", "StudyUse",
    "Outcome", "Score",
})  # fmt: skip


@lru_cache(maxsize=4096)
def lane_of(key: str) -> int:
    """The lane of a type, or set of types, as `names.type_key` writes it."""
    scopes = {vocabulary.scope_of(name) for name in types_in(key)}
    return RECORD if "record" in scopes else OBSERVED if "observed" in scopes else CITY


@lru_cache(maxsize=4096)
def is_planned(key: str) -> bool:
    """Whether a type, or one of a set of types, changes on main by adoption only."""
    return any(vocabulary.is_planned(name) for name in types_in(key))


@lru_cache(maxsize=4096)
def is_of_acts(key: str) -> bool:
    """Whether a type, or one of a set of types, is written by acts of deciding alone."""
    return not OF_ACTS.isdisjoint(types_in(key))
