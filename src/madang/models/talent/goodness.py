"""How good the model is: not scored, for nobody publishes what came; how near it is to solutions in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np

from madang.models.talent.cohorts import Courses, Rates, flows, neutral, whereabouts

YEARS = 240
SPAN, TAU, INFLOW = 60.0, 25.0, 100.0  # of the differential equation dN/dt = inflow - N / tau, in years and persons


def goodness() -> dict[str, Any]:
    """The score, or why there is none; rows hold the model's value beside the one that theory gives."""
    step = SPAN / YEARS
    steady = _last(100.0, 0.9, 0.5, 0.9, 400)
    exponential = _last(INFLOW * step, 1.0, 1.0, 1 - step / TAU, YEARS)
    return {
        "model": "talent",
        "scored": False,
        "sentence": {
            "ko": "졸업생이 몇 해 뒤에도 그 지역에서 일하는지를 직무별로 공개한 자료가 없어 "
            "실제와 맞춰 보지 못했습니다. 아래는 닫힌 해와 견준 값입니다.",
            "en": "Nobody publishes by skill how many graduates still work in a region years later, so it is not "
            "scored against what came. The rows compare it with solutions known in closed form.",
        },
        "rows": [
            {
                "label": {"ko": "정상상태: 유입/(1-정착률)", "en": "Steady state: inflow / (1 - retention)"},
                "value": steady,
                "theory": 450.0,
                "unit": "IE",
            },
            {
                "label": {"ko": "지수 해, 60년을 240걸음으로", "en": "Exponential solution, 60 years in 240 steps"},
                "value": exponential,
                "theory": float(INFLOW * TAU * (1 - np.exp(-SPAN / TAU))),
                "unit": "IE",
            },
            {
                "label": {"ko": "어디에도 없는 입학자(보존)", "en": "Entrants who are nowhere (conservation)"},
                "value": _missing(),
                "theory": 0.0,
                "unit": "IE",
            },
        ],
    }


def _course(study: int) -> Courses:
    return Courses(np.array([0]), np.array([9999]), np.array([study]))


def _rates(*given: float) -> Rates:
    return Rates(*(np.array([[value]]) for value in given))


def _last(seats: float, graduation: float, hire: float, stay: float, years: int) -> float:
    return float(
        flows(_course(0), _rates(seats, graduation, hire, stay), neutral(), np.arange(years)).staying[0, 0, -1]
    )


def _missing() -> float:
    places = whereabouts(_course(4), _rates(100.0, 0.8, 0.5, 0.9), neutral(), np.arange(40))
    return float(np.abs(places.missing).max())
