"""Opening city files for commands, and the way through a server that holds one.

One process writes a file. When a server holds it, a writing command sends itself to that server, which runs it in its
own process and hands back what it said; the person at the shell sees no difference.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import NoReturn

import orjson
import typer

from madang.city import City, open_city
from madang.cli.output import speaker
from madang.errors import FileError
from madang.store import Lock, inspect_lock

_argv: ContextVar[Sequence[str]] = ContextVar("argv", default=())
_served: ContextVar[Mapping[Path, City] | None] = ContextVar("served", default=None)
_folder: ContextVar[Path | None] = ContextVar("folder", default=None)

ANSWER_WITHIN_S = 3600


def resolve(path: Path) -> Path:
    """A path as the person at the shell means it, also when a server runs the command."""
    return (_folder.get() or Path.cwd()) / path


@contextmanager
def reading(path: Path) -> Iterator[City]:
    """The city in a file, for reading."""
    yield from _opened(path, write=False)


@contextmanager
def writing(path: Path) -> Iterator[City]:
    """The city in a file, for writing; leaves the command when a server has done it instead."""
    if _served.get() is None:
        lock = inspect_lock(resolve(path))
        if lock is not None and lock.url and lock.pid != os.getpid():
            _send_to(lock, path)
    yield from _opened(path, write=True)


@contextmanager
def running_for(argv: Sequence[str], folder: Path, cities: Mapping[Path, City]) -> Iterator[None]:
    """Let a command run inside the process that serves these cities."""
    words, where, served = _argv.set(argv), _folder.set(folder), _served.set(cities)
    try:
        yield
    finally:
        _served.reset(served)
        _folder.reset(where)
        _argv.reset(words)


@contextmanager
def remembering(argv: Sequence[str]) -> Iterator[None]:
    """Remember the words of this command, to send them on when a server holds the file."""
    token = _argv.set(argv)
    try:
        yield
    finally:
        _argv.reset(token)


def on_branch(city: City, branch: str) -> City:
    """The city seen from a branch that exists."""
    return city if branch == city.branch_name else city.branch(branch)


def _opened(path: Path, *, write: bool) -> Iterator[City]:
    path = resolve(path)
    served = (_served.get() or {}).get(path.resolve())
    if served is not None:
        yield served
        return
    with open_city(path, write=write) as city:
        yield city


def _send_to(lock: Lock, path: Path) -> NoReturn:
    body = orjson.dumps({"argv": list(_argv.get()), "cwd": str(Path.cwd())})
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {lock.token}"}
    request = urllib.request.Request(f"{str(lock.url).rstrip('/')}/api/command", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as answer:
            said = orjson.loads(answer.read())
    except (urllib.error.URLError, TimeoutError, ValueError) as problem:
        raise FileError("cli.server-unreachable", path=path, pid=lock.pid, url=lock.url, why=problem) from problem
    speaker().bytes_out(said["stdout"].encode())
    sys.stderr.write(said["stderr"])
    raise typer.Exit(said["exit_code"])
