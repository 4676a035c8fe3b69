"""The worker's side of `supervisor`: reads the job once, then answers the tasks that it is asked for by number.

A message is its length as four bytes, little-endian, and a pickle; only parent and child, who are the same user's
Python, speak here. The worker's own standard output is kept for messages: what a model prints goes to standard error.
The task it is at stands in shared memory. When its parent is gone, so is the worker, whatever it is doing.
"""

from __future__ import annotations

import mmap
import os
import pickle
import queue
import struct
import sys
import threading
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np

from madang import clock
from madang.errors import MadangError
from madang.models import registry
from madang.models.base import Model
from madang.models.inputs import Pinned
from madang.models.many.answering import Answerer, Job

JOB, POINTS, STATUS, INPUT = "job.pickle", "points.npy", "status", "input-"
SAY_EVERY_S = 0.1


class _Reads(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Writes(Protocol):
    def write(self, data: bytes, /) -> Any: ...
    def flush(self) -> None: ...


def send(to: _Writes, said: Any) -> None:
    """Write one message."""
    data = pickle.dumps(said, protocol=5)
    to.write(struct.pack("<I", len(data)) + data)
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
    return pickle.loads(data) if len(data) == length else None


def packed_model(model: Model) -> tuple[str, Any]:
    """A model as another process finds it: by its class and state, else by its id where it is installed."""
    try:
        return "pickle", pickle.dumps(model, protocol=5)
    except (pickle.PicklingError, AttributeError, TypeError):
        return "id", model.spec.id


def model_of(packed: tuple[str, Any]) -> Model:
    """The model that `packed_model` names."""
    kind, said = packed
    found: Model = registry.model(said) if kind == "id" else pickle.loads(said)
    return found


def packed_job(job: Job) -> dict[str, Any]:
    """A job in parts: its points as an array, its inputs as bytes, all else as a pickle."""
    bare = {name: replace_data(pinned, b"") for name, pinned in job.pinned.items()}
    design = replace(job.design, points=np.empty((0, len(job.design.columns))))
    said = {"pinned": bare, "chosen": job.chosen, "design": design, "seed": job.seed, "limit_s": job.limit_s}
    return {
        "said": pickle.dumps({"model": packed_model(job.model), **said}, protocol=5),
        "points": job.design.points,
        "inputs": {name: pinned.data for name, pinned in job.pinned.items()},
    }


def unpacked_job(packed: Mapping[str, Any]) -> Job:
    """The job that `packed_job` took apart."""
    said = pickle.loads(packed["said"])
    pinned: Mapping[str, Pinned] = {
        name: replace_data(one, packed["inputs"][name]) for name, one in said["pinned"].items()
    }
    design = replace(said["design"], points=packed["points"])
    return Job(model_of(said["model"]), pinned, said["chosen"], design, said["seed"], said["limit_s"])


def write_job(job: Job, folder: Path) -> None:
    """A job as files, written once for all workers: points as an array that is mapped, inputs as their bytes."""
    packed = packed_job(job)
    np.save(folder / POINTS, packed["points"])
    for name, data in packed["inputs"].items():
        (folder / f"{INPUT}{name}").write_bytes(data)
    (folder / JOB).write_bytes(packed["said"])


def read_job(folder: Path) -> Job:
    """The job in a folder."""
    inputs = {file.name.removeprefix(INPUT): _mapped(file) for file in folder.glob(f"{INPUT}*")}
    points = np.load(folder / POINTS, mmap_mode="r")
    return unpacked_job({"said": (folder / JOB).read_bytes(), "points": points, "inputs": inputs})


def replace_data(pinned: Pinned, data: bytes) -> Pinned:
    """A pinned input with other bytes under the same hash."""
    return Pinned(**{field.name: getattr(pinned, field.name) for field in fields(Pinned)} | {"data": data})


def _mapped(path: Path) -> bytes:
    if path.stat().st_size == 0:
        return b""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return bytes(view)


def main() -> None:
    """Answer until the parent is gone."""
    messages: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    hello = receive(sys.stdin.buffer)
    if hello is None:
        return
    sys.path[:] = hello["path"]
    asked: queue.SimpleQueue[list[int]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    try:
        answerer = Answerer(read_job(Path(hello["folder"])))
    except MadangError as error:
        send(messages, ("broken", error))
        return
    except Exception as wrong:  # another's code: its module may not even import here
        send(messages, ("broken", f"{type(wrong).__name__}: {wrong}"))
        return
    status = np.memmap(Path(hello["folder"]) / STATUS, dtype=np.int64, mode="r+")
    send(messages, ("done", []))
    while True:
        _answer(answerer, asked.get(), messages, status, hello["slot"])


def _answer(answerer: Answerer, numbers: list[int], messages: BinaryIO, status: Any, slot: int) -> None:
    found, said_at = [], clock.elapsed_s()
    for number in numbers:
        status[slot] = number
        found.append((number, answerer.answer(number)))
        if clock.elapsed_s() - said_at > SAY_EVERY_S:
            send(messages, ("answers", found))
            found, said_at = [], clock.elapsed_s()
    status[slot] = -1
    send(messages, ("done", found))


def _listen(asked: queue.SimpleQueue[list[int]]) -> None:
    while (numbers := receive(sys.stdin.buffer)) is not None:
        asked.put(numbers)
    os._exit(0)


if __name__ == "__main__":
    main()
