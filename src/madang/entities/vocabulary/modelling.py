"""What a city says to its models: assumption cards that take the place of those a model ships."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import attribute, entity_type

TYPES = [
    entity_type(
        "Assumption",
        "가정",
        "Assumption",
        [
            a.TITLE,
            attribute("model", "모형", "Model"),
            attribute("parameter", "매개변수", "Parameter"),
            attribute("assumedValue", "가정값(하·중·상)", "Assumed value: low, central, high", kind="JsonProperty"),
            *a.PROVENANCE,
        ],
    ),
]
