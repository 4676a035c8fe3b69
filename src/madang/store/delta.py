"""The Delta log beside a city file, for those who read its history with other tools (tried: Polars, PySpark).

The city file says which segments count, and this log follows it: a commit that the city file does not know of is undone
(`follow`). Each commit carries the id of the compaction that made it as `madang.compaction`. Writing the log needs
`deltalake`; reading history through Madang needs neither the log nor the library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from madang import clock
from madang.errors import CallerError, FileError
from madang.store import segments

CHECKPOINT_EVERY = "50"  # commits; a reader then opens few small files


@dataclass(frozen=True, slots=True)
class Added:
    """A file as the log names it."""

    path: str
    size: int
    statistics: str


def _library() -> Any:
    try:
        import deltalake
        import deltalake.transaction
    except ImportError:
        raise CallerError("history.needs-deltalake") from None
    return deltalake


def require() -> None:
    """Raise if the library that writes the log is not there."""
    _library()


def is_there(folder: Path) -> bool:
    """Whether a folder has a log."""
    return (folder / "_delta_log").is_dir()


def open_or_make(folder: Path, *, city: str) -> Any:
    """The table in a folder, made if there is none; refuses the table of another city."""
    library = _library()
    log = folder / "_delta_log"
    if not any(log.glob("*.json")):
        folder.mkdir(exist_ok=True)
        library.transaction.create_table_with_add_actions(
            str(folder),
            schema=library.Schema.from_arrow(segments.SCHEMA),
            add_actions=[],
            mode="ignore",
            partition_by=[],
            name=city,
            description="Readings that a Madang city file has moved out; rows with mean_s are means.",
            configuration={"delta.checkpointInterval": CHECKPOINT_EVERY},
        )
        segments.sync(log)
    table = library.DeltaTable(str(folder))
    if table.metadata().name != city:
        raise FileError("history.other-city", path=str(folder), found=table.metadata().name)
    return table


def names_in(table: Any) -> set[str]:
    """The files that the log counts."""
    return {uri.rsplit("/", 1)[1] for uri in table.file_uris()}


def commit(
    folder: Path,
    *,
    city: str,
    compaction: str,
    add: Sequence[Added] = (),
    remove: Sequence[str] = (),
    same_rows: bool = False,
) -> None:
    """One commit: files in, files out; on the disk when this returns. `same_rows`: only the files are others."""
    library = _library()
    table = open_or_make(folder, city=city)
    now = int(clock.now().timestamp() * 1000)
    actions = [library.transaction.RemoveAction(path, not same_rows, now) for path in remove]
    actions += [
        library.transaction.AddAction(one.path, one.size, {}, now, not same_rows, one.statistics) for one in add
    ]
    table.create_write_transaction(
        actions,
        mode="append",
        schema=table.schema(),
        partition_by=[],
        commit_properties=library.CommitProperties(custom_metadata={"madang.compaction": compaction}),
    )
    log = folder / "_delta_log"
    newest = max(log.glob("*.json"), default=None)
    if newest is not None:
        segments.sync(newest)
    segments.sync(log)


def follow(folder: Path, *, city: str, known: Mapping[str, Added], questioned: set[str]) -> int:
    """Make the log count what the city file knows; of files it does not know, only those in question are taken out.

    Gives how many files were put in or taken out.
    """
    if not is_there(folder):
        return 0
    counted = names_in(open_or_make(folder, city=city))
    missing = [one for name, one in sorted(known.items()) if name not in counted and (folder / name).exists()]
    alien = sorted((counted - known.keys()) & questioned)
    if missing:
        commit(folder, city=city, compaction="follow", add=missing)
    if alien:
        commit(folder, city=city, compaction="follow", remove=alien)
    return len(missing) + len(alien)
