"""Runs by the thousand: an ensemble, kept like a run with its design, its outcomes and its failed members."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary import records
from madang.entities.vocabulary.terms import entity_type

_OF_A_RUN = next(one for one in records.TYPES if one.name == "ModelRun").attributes
_SHARED = (
    "model",
    "modelVersion",
    "engine",
    "engineVersion",
    "platform",
    "branch",
    "aboutCity",
    "cacheKey",
    "parameters",
    "seed",
    "ensembleSize",
    "inputs",
    "results",
    "resultHash",
    "state",
)

TYPES = [
    entity_type(
        "Ensemble",
        "분석 실행 묶음",
        "Ensemble of model runs",
        [*(_OF_A_RUN[name] for name in _SHARED), *a.PROVENANCE],
        scope="record",
    ),
]
