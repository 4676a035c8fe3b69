"""Engines in processes of their own: a heavy or fragile library answers from a child process that can be ended.

    call("pypsa", "madang.models.power_hydrogen.network:solve", payload, ctx, model="power-hydrogen", extra="energy")

The child imports the function by its name and keeps it, so that an engine which takes seconds to import takes them
once. It may run under another interpreter: `MADANG_ENGINE_PYPSA=/opt/energy/bin/python`, an environment that has
`madang` and the engine. Payload and answer are JSON values (arrays go as lists); a function that takes
`progress` is given `progress(share, what)`.

A child that crashes, hangs beyond its time or is no longer wanted is ended, and the next call starts another. A child
ends by itself when its parent is gone. What an engine prints goes to a file of which an error quotes the last line. NaN
in a payload or an answer is refused, with where it stands. Of the children that wait for more, a process keeps at most
`KEPT` an engine.
"""

from __future__ import annotations

import atexit
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from tempfile import TemporaryFile
from typing import Any

from madang import clock
from madang.errors import ModelError
from madang.models import engine_process
from madang.models.base import Cancelled, Context

LIMIT_S = 600.0
LOOK_EVERY_S = 0.05
KEPT = os.cpu_count() or 1

_idle: dict[tuple[str, int], list[_Worker]] = {}  # by engine and process: a forked process starts with none of its own
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
    try:
        worker = _taken(engine) or _Worker(engine)
    except OSError as wrong:  # no such interpreter, or none that may be run
        raise ModelError("models.engine-missing", model=model, engine=engine, extra=extra, why=str(wrong)) from wrong
    try:
        kind, said = worker.ask(function, payload, ctx)
    except BaseException:
        worker.end()
        raise
    if kind == "answer":
        _put_back(engine, worker)
        return said
    tail = worker.last_words()
    worker.end()
    facts = {"model": model, "engine": engine, "limit": f"{ctx.limit_s or LIMIT_S:g}", "extra": extra, "tail": tail}
    raise ModelError(f"models.engine-{kind}", **facts, why=said)


@atexit.register
def end_all() -> None:
    """End every engine's process that waits for more."""
    with _lock:
        workers = [worker for (_, pid), idle in _idle.items() if pid == os.getpid() for worker in idle]
        _idle.clear()
    for worker in workers:
        worker.end()


def _taken(engine: str) -> _Worker | None:
    """A child of this process that waits for more, if there is one; one question never waits for another's."""
    while True:
        with _lock:
            idle = _idle.get((engine, os.getpid()))
            worker = idle.pop() if idle else None
        if worker is None or worker.alive:
            return worker
        worker.end()


def _put_back(engine: str, worker: _Worker) -> None:
    with _lock:
        idle = _idle.setdefault((engine, os.getpid()), [])
        if len(idle) < KEPT:
            idle.append(worker)
            return
    worker.end()


class _Worker:
    """One child process, and the thread that listens to it."""

    def __init__(self, engine: str) -> None:
        interpreter = os.environ.get(f"MADANG_ENGINE_{engine.upper().replace('-', '_')}") or sys.executable
        self._printed = TemporaryFile()  # noqa: SIM115 - lives as long as the child
        self._heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
        try:
            self._process = subprocess.Popen(
                [interpreter, "-m", engine_process.__name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._printed,
            )
        except OSError:
            self._printed.close()
            raise
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, function: str, payload: Mapping[str, Any], ctx: Context) -> tuple[str, Any]:
        """("answer", value), or what went wrong: "missing", "failed", "nan", "crashed" or "timeout", and why."""
        ctx.check_cancelled()
        until = clock.elapsed_s() + (ctx.limit_s or LIMIT_S)
        if (bad := next(engine_process.not_finite(payload, "payload"), None)) is not None:
            return "nan", bad  # JSON has no NaN: the engine would be given an unknown without a word
        question = engine_process.packed({"function": function, "payload": payload})
        # A thread of its own: a child that does not read would otherwise hold the caller beyond its time.
        threading.Thread(target=self._say, args=(question,), daemon=True).start()
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

    def _say(self, question: bytes) -> None:
        assert self._process.stdin is not None
        try:
            engine_process.write(self._process.stdin, question)
        except (OSError, ValueError):  # the child is gone, or was ended meanwhile: whoever listens hears it
            return

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
                with suppress(OSError):  # what was not sent yet has no reader any more
                    pipe.close()
        self._printed.close()


__all__ = ["Cancelled", "call", "end_all"]
