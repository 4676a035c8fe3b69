"""The child's side of `engines`: reads a question, calls the function it names, answers; ends with its parent.

A message is its length as four bytes, little-endian, and one JSON text. The child's own standard output is kept for
messages: whatever the engine prints goes to standard error. A thread listens while the engine works, so that the child
ends at once when the parent is gone, and not only with its next answer.
"""

from __future__ import annotations

import importlib
import inspect
import math
import os
import queue
import struct
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Protocol

import orjson

LOOK_EVERY_S = 0.5


class _Reads(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Writes(Protocol):
    def write(self, data: bytes, /) -> Any: ...
    def flush(self) -> None: ...


def packed(said: Any) -> bytes:
    """One message as bytes; TypeError for what is no JSON value."""
    data = orjson.dumps(said, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
    return struct.pack("<I", len(data)) + data


def write(to: _Writes, message: bytes) -> None:
    """Write one message."""
    to.write(message)
    to.flush()


def receive(source: _Reads) -> Any:
    """The next message, or None at the end."""
    try:
        head = source.read(4)
        if len(head) < 4:
            return None
        (length,) = struct.unpack("<I", head)
        data = source.read(length)
    except (OSError, ValueError):  # the pipe was closed meanwhile
        return None
    return orjson.loads(data) if len(data) == length else None


def main() -> None:
    """Answer until the parent is gone."""
    messages: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    questions: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(questions,), daemon=True).start()
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    while True:
        question = questions.get()
        kind, said = _answer(question["function"], question["payload"], messages)
        try:
            message = packed({"kind": kind, "said": said})
        except TypeError as wrong:
            message = packed({"kind": "failed", "said": f"the answer is no JSON: {wrong}"})
        write(messages, message)


def _listen(questions: queue.SimpleQueue[Any]) -> None:
    while (question := receive(sys.stdin.buffer)) is not None:
        questions.put(question)
    os._exit(0)


def _watch(parent: int) -> None:
    """End when another process has become the parent: a pipe stays open while a fork of the parent holds it."""
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(LOOK_EVERY_S)
    os._exit(0)


def _answer(name: str, payload: Mapping[str, Any], messages: BinaryIO) -> tuple[str, Any]:
    module, _, attribute = name.partition(":")
    try:
        function = getattr(importlib.import_module(module), attribute)
        if "progress" in inspect.signature(function).parameters:
            answer = function(
                payload, progress=lambda share, what: write(messages, packed({"progress": [share, what]}))
            )
        else:
            answer = function(payload)
    except ImportError as wrong:
        return "missing", str(wrong)
    except Exception as wrong:  # another's code: whatever it raises is said, in its own words
        return "failed", f"{type(wrong).__name__}: {wrong}"
    bad = next(not_finite(answer, ""), None)
    return ("answer", answer) if bad is None else ("nan", bad)


def not_finite(value: Any, at: str) -> Iterator[str]:
    """Where NaN or an infinity stands in a JSON value."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        yield at or "answer"
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from not_finite(one, f"{at}.{name}".removeprefix("."))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for n, one in enumerate(value):
            yield from not_finite(one, f"{at}[{n}]")


if __name__ == "__main__":
    main()
