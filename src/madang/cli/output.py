"""How the command line speaks: tables for people, JSON for programs, progress after one second, errors that help.

A command writes through `say`, never with print, so that a server can run the same command for someone else and hand
back what it said.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from io import StringIO
from pathlib import PurePath
from typing import Any, NoReturn

import orjson
import typer
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from madang import clock
from madang.errors import (
    CallerError,
    ConflictError,
    DataError,
    FileError,
    ForbiddenError,
    Language,
    MadangError,
    ModelError,
    NotFoundError,
    codes,
    sentence,
)
from madang.store import Transaction

# The one table from error to exit code. 0 is success, 1 a check that found something, 2 is also typer's usage error.
EXIT_CODES: list[tuple[type[MadangError], int]] = [
    (ConflictError, 6),
    (ForbiddenError, 7),
    (NotFoundError, 2),
    (CallerError, 2),
    (DataError, 3),
    (FileError, 4),
    (ModelError, 5),
]

PROGRESS_AFTER_S = 1.0
NARROW = 20
UNBROKEN = 10_000


class _Terminal(Console):
    """A console that ends the command in peace when nobody reads on, as in `madang log … | head`."""

    def on_broken_pipe(self) -> None:
        _stop_speaking()


class Speaker:
    """Where a command's words go: a terminal, or two strings when a server runs it for somebody else."""

    def __init__(self, *, captured: bool = False, language: Language | None = None, width: int | None = None) -> None:
        self.captured = captured
        self.language = language  # of the person at the other shell; None: of this process
        if width is None and (captured or not sys.stdout.isatty()):
            width = UNBROKEN  # lines of a pipe are not broken
        plain: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}  # an id may hold :x: or [b]
        self.out = _Terminal(file=StringIO() if captured else None, width=width, **plain)
        self.err = _Terminal(file=StringIO() if captured else None, width=width, stderr=not captured, **plain)

    def bytes_out(self, data: bytes) -> None:
        if self.captured:
            self.out.file.write(data.decode("utf-8"))
            return
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            _stop_speaking()

    def text(self) -> tuple[str, str]:
        """What was said on (stdout, stderr), of a captured speaker."""
        return tuple(c.file.getvalue() for c in (self.out, self.err))  # type: ignore[attr-defined]


def _stop_speaking() -> NoReturn:
    """Leave with success: who reads our output has seen enough. What is still unsaid goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise typer.Exit(0)


_speaker: ContextVar[Speaker | None] = ContextVar("speaker", default=None)


def speaker() -> Speaker:
    """The speaker of the command that runs now."""
    found = _speaker.get()
    if found is None:
        found = Speaker()
        _speaker.set(found)
    return found


@contextmanager
def speaking(to: Speaker) -> Iterator[Speaker]:
    """Let commands inside speak to this speaker."""
    token = _speaker.set(to)
    try:
        yield to
    finally:
        _speaker.reset(token)


def language() -> Language:
    """Korean or English for people: as the shell that asks has it; MADANG_LANG, else the locale."""
    found = _speaker.get()
    if found is not None and found.language is not None:
        return found.language
    told = os.environ.get("MADANG_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "ko" if told.lower().startswith("ko") else "en"


def say(code: str, /, **facts: Any) -> None:
    """Say a catalogue sentence on standard output."""
    speaker().out.print(sentence(f"cli.{code}", language(), **facts), markup=False, soft_wrap=True)


def say_aside(code: str, /, **facts: Any) -> None:
    """Say a catalogue sentence on standard error, where it disturbs no pipe."""
    speaker().err.print(sentence(f"cli.{code}", language(), **facts), markup=False, soft_wrap=True)


def say_text(text: str) -> None:
    """Say text that is data, not a sentence."""
    speaker().out.print(text, markup=False, soft_wrap=True)


def say_json(value: Any) -> None:
    """Say a value as JSON on standard output: two spaces, keys as given."""
    speaker().bytes_out(orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def say_table(headings: Sequence[str], rows: Sequence[Sequence[Any]], *, named: bool = False) -> None:
    """Say rows as a table; headings are catalogue words (`cli.word-…`), or names already in the user's language."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for at, heading in enumerate(headings):
        narrow = all(cell_len(str(row[at])) <= NARROW for row in rows)  # a date or a number is not broken over lines
        table.add_column(heading if named else word(heading), overflow="fold", no_wrap=narrow)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    out = speaker().out
    if out.is_terminal:
        out.print(table, markup=False)
        return
    with out.capture() as written:
        out.print(table, markup=False)
    for line in written.get().splitlines():
        out.print(line.rstrip(), markup=False, soft_wrap=True)


def word(name: str) -> str:
    """One word of the command line in the user's language."""
    return sentence(f"cli.word-{name}", language())


def word_or(name: str, otherwise: str) -> str:
    """One word in the user's language, or what the program calls it where there is no word."""
    return word(name) if f"cli.word-{name}" in codes() else otherwise


def in_language(pair: Mapping[str, str] | None) -> str:
    """The Korean or English half of a pair, the other when one is missing."""
    pair = pair or {}
    return pair.get(language()) or pair.get("en") or pair.get("ko") or ""


def say_transaction(done: Transaction, as_json: bool) -> None:
    """Say what was written: its number, branch, how many changes, and the head of its hash."""
    if as_json:
        say_json(done)
    else:
        say("written", number=done.number, branch=done.branch, changes=done.changes, hash=done.hash[:12])


def plain_value(value: Any) -> str:
    """An attribute's value for a person: one language of several, the shape of a geometry, other structure as JSON."""
    if isinstance(value, Mapping) and "languageMap" in value:
        value = value["languageMap"]
    if isinstance(value, Mapping) and value and set(value) <= {"ko", "en"}:
        return in_language(value)
    if isinstance(value, Mapping) and "coordinates" in value:
        return str(value["type"])
    if isinstance(value, (Mapping, list, tuple, bool)):
        return orjson.dumps(value, default=_plain).decode()
    return "" if value is None else str(value)


def short(value: Any, width: int = 200) -> str:
    """A value as text, cut to a width."""
    text = "" if value is None else str(value)
    return text if len(text) <= width else text[: width - 1] + "…"


def say_error(error: MadangError) -> int:
    """Say an error on standard error, with its code, and give the exit code that belongs to it."""
    err = speaker().err
    err.print(error.message(language()), markup=False, soft_wrap=True)
    for conflict in list(error.facts.get("conflicts") or [])[:20]:
        err.print(f"  {conflict}", markup=False, soft_wrap=True)
    err.print(f"[{error.code}]", markup=False, style="dim")
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1)


@contextmanager
def progress(title: str) -> Iterator[Callable[[float, str], None]]:
    """A progress line on standard error that appears only when the work takes longer than a second."""
    err = speaker().err
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=err, transient=True
    )
    task = bar.add_task(word(title), total=None)  # how much there is to do, only a report can tell
    turn, shown, over = threading.Lock(), False, False

    def show() -> None:
        nonlocal shown
        with turn:
            if not over:
                bar.start()
                shown = True

    def report(share: float, what: str = "") -> None:
        bar.update(task, total=1.0, completed=share, description=what or word(title))

    later = threading.Timer(PROGRESS_AFTER_S, show)
    later.daemon = True
    if err.is_terminal:
        later.start()
    try:
        yield report
    finally:
        later.cancel()
        with turn:
            over = True
            if shown:
                bar.stop()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return clock.to_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, PurePath):
        return str(value)
    if hasattr(value, "as_json"):
        return value.as_json()
    raise TypeError(f"{type(value).__name__} has no JSON form")
