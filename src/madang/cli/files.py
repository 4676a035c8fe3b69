"""Opening city files for commands, and the way through a server that holds one.

One process writes a file. When a server holds it, a writing command sends itself to that server, which runs it in its
own process and hands back what it said; the person at the shell sees no difference. So what only this process has goes
with the command: its folder, its language, the width of its terminal, and what comes by a pipe, as a file.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NoReturn

import orjson
import typer

from madang import clock
from madang.city import City, open_city
from madang.cli import output
from madang.cli.output import speaker
from madang.errors import FileError, NotFoundError
from madang.store import Lock, inspect_lock

_argv: ContextVar[Sequence[str]] = ContextVar("argv", default=())
_served: ContextVar[Mapping[Path, City] | None] = ContextVar("served", default=None)
_folder: ContextVar[Path | None] = ContextVar("folder", default=None)
_handed: ContextVar[Mapping[str, str]] = ContextVar("handed")  # what came by a pipe: the word for it, the file it is in

ANSWER_WITHIN_S = 3600
STDIN = Path("-")


def resolve(path: Path) -> Path:
    """A path as the person at the shell means it, also when a server runs the command."""
    return (_folder.get() or Path.cwd()) / path


@contextmanager
def incoming(*paths: Path) -> Iterator[list[Path]]:
    """Files to read, where a pipe (`-`, `/dev/stdin`, `<(…)`) has become a file that can be read more than once."""
    already = _handed.get({})
    with tempfile.TemporaryDirectory(prefix="madang-", ignore_cleanup_errors=True) as folder:
        handed = {
            str(path): already.get(str(path)) or _taken_in(path, Path(folder) / str(number))
            for number, path in enumerate(dict.fromkeys(paths))
            if str(path) in already or _is_pipe(path)
        }
        token = _handed.set(handed)
        try:
            yield [Path(handed[str(path)]) if str(path) in handed else resolve(path) for path in paths]
        finally:
            _handed.reset(token)


def _is_pipe(path: Path) -> bool:
    where = resolve(path)
    return path == STDIN or (where.exists() and not where.is_file() and not where.is_dir())


def _taken_in(path: Path, folder: Path) -> str:
    """What comes by a pipe, kept in a file whose ending says what it looks like."""
    folder.mkdir()
    whole = folder / "stdin"
    with whole.open("wb") as copy:
        if path == STDIN:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        else:
            with resolve(path).open("rb") as pipe:
                shutil.copyfileobj(pipe, copy)
    with whole.open("rb") as copy:
        head = copy.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()[:2]
    ending = ".json" if head[:1] in (b"{", b"[") else ".xlsx" if head == b"PK" else ".csv"
    return str(whole.rename(whole.with_suffix(ending)))


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
def running_for(
    argv: Sequence[str], folder: Path, cities: Mapping[Path, City], handed: Mapping[str, str]
) -> Iterator[None]:
    """Let a command run inside the process that serves these cities."""
    words, where, served, pipes = _argv.set(argv), _folder.set(folder), _served.set(cities), _handed.set(handed)
    try:
        yield
    finally:
        _handed.reset(pipes)
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


def check_recorded(city: City, at: Any) -> None:
    """Say that a moment lies before the city's first record, instead of showing an empty city."""
    if at is None:
        return
    began = min((branch.created_at for branch in city.branches() if branch.created_at), default=None)
    if began is not None and at < began:
        raise NotFoundError("cli.before-the-city", at=clock.to_text(at), began=clock.to_text(began))


def _opened(path: Path, *, write: bool) -> Iterator[City]:
    path = resolve(path)
    served = (_served.get() or {}).get(path.resolve())
    if served is not None:
        yield served
        return
    with open_city(path, write=write) as city:
        yield city


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """The token is for that server alone."""


def _send_to(lock: Lock, path: Path) -> NoReturn:
    out = speaker().out
    shell = {
        "language": output.language(),
        "width": out.width if out.is_terminal else None,
        "handed": dict(_handed.get({})),
    }
    body = orjson.dumps({"argv": list(_argv.get()), "cwd": str(Path.cwd()), "shell": shell})
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {lock.token}"}
    request = urllib.request.Request(f"{str(lock.url).rstrip('/')}/api/command", data=body, headers=headers)
    # No proxy of the environment: it would be handed the token, and could not reach this machine's loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
    try:
        with output.progress("through-server"), opener.open(request, timeout=ANSWER_WITHIN_S) as answer:
            said = orjson.loads(answer.read())
            stdout, stderr, code = said["stdout"], said["stderr"], int(said["exit_code"])
    except urllib.error.HTTPError as problem:
        raise FileError("cli.server-refused", path=path, url=lock.url, why=_reason(problem)) from problem
    except (OSError, TimeoutError, ValueError, KeyError, TypeError) as problem:
        raise FileError("cli.server-unreachable", path=path, pid=lock.pid, url=lock.url, why=problem) from problem
    except KeyboardInterrupt:
        output.say_aside("left-running", url=lock.url, path=path)
        raise SystemExit(130) from None
    speaker().bytes_out(stdout.encode())
    speaker().err.file.write(stderr)
    raise typer.Exit(code)


def _reason(problem: urllib.error.HTTPError) -> str:
    """What the server says about a refusal."""
    try:
        return str(orjson.loads(problem.read())["detail"])
    except (OSError, ValueError, KeyError, TypeError):
        return str(problem)
