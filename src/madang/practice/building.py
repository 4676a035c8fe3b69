"""Builds the practice city's file, which appears under its name when all of it is done.

It is built beside its place (`.practice.building.gpkg`), so a killed build leaves no city, and the next one clears what
it left. A file that stands there already is never touched.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from madang.city import open_city
from madang.errors import FileError
from madang.practice import (
    amendment,
    around,
    choices,
    council,
    deciding,
    first_plan,
    ground,
    industry,
    money,
    pending,
    plant,
    quarter,
    skills,
    supplies,
    year,
)
from madang.store import inspect_lock

CHAPTERS = (
    ground.settle,
    quarter.lay_out,
    first_plan.bring_in_force,
    council.establish,
    money.agree,
    around.ask,
    amendment.draft,
    around.recommend,
    deciding.decide,
    around.ally,
    year.pass_by,
    around.use,
    industry.grow,
    skills.survey,
    pending.leave_open,
    supplies.depend,
    choices.offer,
    plant.invite,
    quarter.change,
    quarter.tell,
    quarter.read_sensors,
)
Progress = Callable[[float, str], None]


def build(path: Path, *, progress: Progress | None = None) -> Path:
    """The practice city in a new file; refuses to write over one."""
    path = Path(path)
    if path.exists():
        raise FileError("practice.file-there", path=str(path))
    if not path.parent.is_dir():
        raise FileError("practice.no-folder", path=str(path.parent))
    unfinished = path.with_name(f".{path.stem}.building.gpkg")
    lock = inspect_lock(unfinished)
    if lock is not None:
        raise FileError("practice.being-built", path=str(path), pid=lock.pid)
    _clear(unfinished)
    try:
        _write(unfinished, progress)
        os.link(unfinished, path)  # unlike a rename, it does not replace what came there meanwhile
    except FileExistsError:
        raise FileError("practice.file-there", path=str(path)) from None
    finally:
        _clear(unfinished)
    return path


def _write(unfinished: Path, progress: Progress | None) -> None:
    ground.lay(unfinished)
    with open_city(unfinished, write=True) as city:
        for number, chapter in enumerate(CHAPTERS, 1):
            chapter(city)
            if progress is not None:
                progress(number / len(CHAPTERS), chapter.__module__.rpartition(".")[2])


def _clear(path: Path) -> None:
    """Remove an unfinished file and what SQLite and the lock leave beside it."""
    path.unlink(missing_ok=True)
    for suffix in ("-wal", "-shm", "-journal", ".lock"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
