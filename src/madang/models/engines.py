"""Engines in processes of their own: a heavy or fragile library answers from a child process that can be ended.

    call("pypsa", "madang.models.power_hydrogen.network:solve", payload, ctx, model="power-hydrogen", extra="energy")

The child imports the function by its name and keeps it, so that an engine which takes seconds to import takes them
once. It may run under another interpreter: `MADANG_ENGINE_PYPSA=/opt/energy/bin/python`, an environment that has
`madang` and the engine. Payload and answer are JSON values (arrays go as lists); a function that takes
`progress` is given `progress(share, what)`.

A child that crashes, hangs beyond its time or is no longer wanted is ended, and the next call starts another. What an
engine prints goes to a file of which an error quotes the last line. NaN in an answer is refused, with where it stands.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from tempfile import TemporaryFile
from typing import Any

from madang import clock
from madang.errors import ModelError
from madang.models import engine_process
from madang.models.base import Cancelled, Context

LIMIT_S = 600.0
LOOK_EVERY_S = 0.05

_workers: dict[tuple[str, str], _Worker] = {}
_lock = threading.Lock()


def call(
    engine: str,
    function: str,
    payload: Mapping[str, Any],
    ctx: Context,
    *,
    model: str,
    extra: str = "",
) -> Any:
    """What `function` ("module:name") answers to `payload` in the engine's process; raises ModelError or Cancelled."""
    key = (engine, f"{os.getpid()} {threading.get_ident()}")  # one thread's question never waits for another's
    with _lock:
        worker = _workers.pop(key, None)
    if worker is None or not worker.alive:
        worker = _Worker(engine)
    try:
        answer = worker.ask(function, payload, ctx)
    except BaseException:
        worker.end()
        raise
    kind, said = answer
    if kind == "answer":
        with _lock:
            _workers[key] = worker
        return said
    tail = worker.last_words()
    worker.end()
    facts = {"model": model, "engine": engine, "limit": f"{ctx.limit_s or LIMIT_S:g}", "extra": extra, "tail": tail}
    raise ModelError(f"models.engine-{kind}", **facts, why=said)


def end_all() -> None:
    """End every engine's process that waits for more."""
    with _lock:
        workers = list(_workers.values())
        _workers.clear()
    for worker in workers:
        worker.end()


class _Worker:
    """One child process, and the thread that listens to it."""

    def __init__(self, engine: str) -> None:
        interpreter = os.environ.get(f"MADANG_ENGINE_{engine.upper().replace('-', '_')}") or sys.executable
        self._printed = TemporaryFile()  # noqa: SIM115 - lives as long as the child
        self._heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [interpreter, "-m", engine_process.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._printed,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, function: str, payload: Mapping[str, Any], ctx: Context) -> tuple[str, Any]:
        """("answer", value), or what went wrong: "missing", "failed", "nan", "crashed" or "timeout", and why."""
        until = clock.elapsed_s() + (ctx.limit_s or LIMIT_S)
        assert self._process.stdin is not None
        try:
            engine_process.send(self._process.stdin, {"function": function, "payload": payload})
        except OSError:
            return "crashed", self._how_it_ended()
        while True:
            ctx.check_cancelled()
            try:
                said = self._heard.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                if clock.elapsed_s() > until:
                    return "timeout", ""
                continue
            if said is None:
                return "crashed", self._how_it_ended()
            if "progress" in said:
                ctx.progress(*said["progress"])
            else:
                return said["kind"], said["said"]

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while (said := engine_process.receive(self._process.stdout)) is not None:
            self._heard.put(said)
        self._heard.put(None)

    def _how_it_ended(self) -> str:
        code = self._process.wait()
        return f"signal {-code}" if code < 0 else f"exit {code}"

    def last_words(self) -> str:
        """The last line that the engine printed."""
        self._printed.seek(0)
        lines = self._printed.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._printed.close()


__all__ = ["Cancelled", "call", "end_all"]
