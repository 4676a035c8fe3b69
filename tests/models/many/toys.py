"""Small models for tests of ensembles, as a plugin would bring them: they live in a module that workers can import."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from madang.errors import ModelError
from madang.indicators.quantity import Quantity
from madang.models.base import Context, Floats, Inputs, Param, Port, Result, Spec

PAIR = {"ko": "시험", "en": "test"}
PI = float(np.pi)


def spec(id: str, outputs: list[str], params: list[Param], **more: Any) -> Spec:
    """A card with nothing on it but what a test needs."""
    return Spec(
        id=id, version="1", title=PAIR, question=PAIR, inputs=more.pop("inputs", []), outputs=outputs, params=params,
        engine="numpy", engine_version=lambda: "1", licence="Apache-2.0", assumptions=[], not_valid=[], checked=[],
        constants=[], references=[], **more,
    )  # fmt: skip


def uncertain(name: str, low: float = 0.0, high: float = 1.0) -> Param:
    """An uncertainty from low to high."""
    return Param(name, "1", "uncertainty", (low + high) / 2, low, high)


class Ishigami:
    """Ishigami & Homma (1990): sin x1 + 7 sin² x2 + 0.1 x3⁴ sin x1, each x even between -π and π."""

    spec = spec("ishigami", ["ishigami.y"], [uncertain(f"x{n}", -PI, PI) for n in (1, 2, 3)], batch=True)

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        return Result({"ishigami.y": Quantity(float(self._y(params)), "1")})

    def run_batch(self, inputs: Inputs, params: Mapping[str, Floats], ctx: Context) -> Mapping[str, Floats]:
        return {"ishigami.y": self._y(params)}

    def _y(self, x: Mapping[str, Any]) -> Any:
        return np.sin(x["x1"]) + 7 * np.sin(x["x2"]) ** 2 + 0.1 * x["x3"] ** 4 * np.sin(x["x1"])


class Plain:
    """Asked member by member: twice x plus the wells' flow; misbehaves on purpose where `mischief` says so.

    `folder` is where it notes each time it is asked, one file a question, so that a test can count.
    """

    spec = spec(
        "plain", ["plain.y"], [uncertain("x", 0.0, 100.0), Param("z", "1", "lever", 0.0, 0.0, 9.0)],
        inputs=[Port("wells", "Well", ("flow",), lever="flow", ranges={"flow": (0.0, 50.0)})],
    )  # fmt: skip

    def __init__(self, folder: str = "", mischief: str = "", at: float = -1.0) -> None:
        self.folder, self.mischief, self.at = folder, mischief, at

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        x = float(params["x"])
        if self.folder:
            count = Path(self.folder) / f"{x!r}-{os.getpid()}-{time.perf_counter_ns()}"
            count.touch()
        if x == self.at:
            self._misbehave()
        flow = float(np.nansum(inputs["wells"].column("flow"))) if len(inputs["wells"]) else 0.0
        value = float("nan") if self.mischief == "nan" and x == self.at else 2 * x + params["z"] + flow
        return Result({"plain.y": Quantity(value, "1")})

    def _misbehave(self) -> None:
        if self.mischief == "raise":
            raise ModelError("plain.dry", en="The well is dry.", ko="우물이 말랐습니다.")
        if self.mischief == "break":
            raise ZeroDivisionError("by zero")
        if self.mischief == "hang":
            threading.Event().wait()
        if self.mischief == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.mischief == "die-once" and not (mark := Path(self.folder) / "died").exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
