"""The file itself: opening and creating it, its settings, and what may go wrong with a disk.

Only this process's `apsw` may hold an open city file. On POSIX, closing *any* descriptor of a file drops all locks that
the process has on it, so another SQLite library here (`sqlite3`, GDAL through pyogrio, DuckDB), or even a plain
`open()`, makes acknowledged writes vanish. What can be done about it, honestly:

- `is_open_city` says, by inode, whether a path is a city this process holds; readers of other files ask it first;
- on Linux, descriptors of the file that are not ours are seen when a city is opened and before each transaction, and
  refused. A library that opened and closed the file in between, or works on another system, is not seen.

So nothing here reads the file except through SQLite, once a connection is open.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from madang.errors import FileError
from madang.store import schema

PAGE_SIZE = 8192
SYNCHRONOUS = ("FULL", "NORMAL", "OFF", "EXTRA")
_MAGIC = b"SQLite format 3\x00"
_SHORT_OF_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}  # Windows has no quotas

Inode = tuple[int, int]


@dataclass
class _Held:
    """Our connections to one file, and the descriptors they brought."""

    connections: int = 0
    descriptors: set[str] = field(default_factory=set)


_held: dict[Inode, _Held] = {}
_registry = threading.RLock()


@contextmanager
def faults(path: Path, db: apsw.Connection | None = None) -> Iterator[None]:
    """Turn what SQLite says about disk and file into a FileError; `db` knows what the system said."""
    try:
        yield
    except apsw.FullError as error:
        raise FileError("store.disk-full", path=str(path)) from error
    except apsw.IOError as error:
        if db is not None and db.system_errno in _SHORT_OF_ROOM:
            raise FileError("store.disk-full", path=str(path)) from error
        raise FileError("store.disk-error", path=str(path), found=str(error)) from error
    except (apsw.CorruptError, apsw.NotADBError, apsw.FormatError) as error:
        raise FileError("store.damaged", path=str(path), found=str(error)) from error
    except (apsw.ReadOnlyError, apsw.PermissionsError, apsw.AuthError) as error:
        raise FileError("store.read-only", path=str(path)) from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise FileError("store.busy", path=str(path)) from error
    except apsw.CantOpenError as error:
        raise FileError("store.cannot-open", path=str(path), found=str(error)) from error


def is_open_city(path: str | Path) -> bool:
    """Whether this process holds the file as a city, whatever name the path gives it."""
    inode = _inode(Path(path))
    with _registry:
        return inode is not None and inode in _held


def foreign_descriptors(path: Path) -> int:
    """How many descriptors of the file some other library of this process has open; 0 where that cannot be seen."""
    inode = _inode(path)
    with _registry:
        held = _held.get(inode) if inode else None
        return 0 if inode is None else len(_descriptors(inode) - (held.descriptors if held else set()))


def refuse_foreign(path: Path) -> None:
    """Raise if another library of this process has the file open."""
    if foreign_descriptors(path):
        raise FileError("store.other-sqlite", path=str(path))


def check_mark(path: Path) -> None:
    """Say what is wrong with a file that cannot be a city, before SQLite opens it."""
    if not path.exists():
        raise FileError("store.no-file", path=str(path))
    if path.is_dir():
        raise FileError("store.not-a-city", path=str(path), found="a folder")
    refuse_foreign(path)
    if is_open_city(path):
        return  # it was looked at when it was opened, and may not be read here now
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise FileError("store.cannot-open", path=str(path), found=error.strerror) from error
    if not head.startswith(_MAGIC):
        raise FileError("store.not-a-city", path=str(path), found="no SQLite file" if size else "an empty file")
    page = int.from_bytes(head[16:18], "big")
    page = 65536 if page == 1 else page
    promised = page * int.from_bytes(head[28:32], "big")
    wal = path.with_name(path.name + "-wal")
    if size < promised and not (wal.exists() and wal.stat().st_size):
        raise FileError("store.truncated", path=str(path), size=size, promised=promised)


def create(path: Path, *, synchronous: str) -> apsw.Connection:
    """A new, empty database with the settings that can only be chosen now; refuses a path that is taken."""
    if path.exists():
        raise FileError("store.exists", path=str(path))
    if not path.parent.is_dir():
        raise FileError("store.no-folder", path=str(path), folder=str(path.parent))
    with faults(path):
        db = _connect(path, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
        db.pragma("page_size", PAGE_SIZE)
        schema.mark(db)  # while there is no journal: other programs read the marks from the file's first page
        db.pragma("journal_mode", "wal")
        _tune_writer(db, synchronous)
    return db


def open_writer(path: Path) -> apsw.Connection:
    """The one connection that writes; the file says how carefully (`synchronous`)."""
    with faults(path):
        db = _connect(path, apsw.SQLITE_OPEN_READWRITE)
        _require_city(db, path)
        if db.readonly("main"):  # SQLite opens what it may not write all the same
            close(db, path)
            raise FileError("store.not-writable", path=str(path))
        db.pragma("journal_mode", "wal")
        _tune_writer(db, str(db.execute("SELECT synchronous FROM md_city").get))
    return db


def open_reader(path: Path) -> apsw.Connection:
    """A connection that only reads, and tidies the journal away when it is the last to close."""
    with faults(path):
        try:
            db = _connect(path, apsw.SQLITE_OPEN_READWRITE)
            _require_city(db, path)
        except (apsw.CantOpenError, apsw.ReadOnlyError):
            db = _connect(path, apsw.SQLITE_OPEN_READONLY)
            try:
                _require_city(db, path)
            except (apsw.CantOpenError, apsw.ReadOnlyError) as error:  # nowhere to keep track of who reads
                raise FileError("store.folder-unwritable", path=str(path), folder=str(path.parent)) from error
        db.pragma("query_only", True)
        db.pragma("mmap_size", 8 << 30)
        db.pragma("cache_size", -32_000)
        db.pragma("temp_store", "memory")
    return db


def close(db: apsw.Connection, path: Path) -> None:
    """Close a connection; the file stops being an open city with its last one."""
    inode = _inode(path)
    with _registry:
        with faults(path):
            db.close()
        held = _held.get(inode) if inode else None
        if inode and held:
            held.connections -= 1
            if not held.connections:
                del _held[inode]


def _connect(path: Path, flags: int) -> apsw.Connection:
    with _registry:
        refuse_foreign(path)
        db = apsw.Connection(str(path), flags=flags)
        db.set_busy_timeout(10_000)
        db.pragma("trusted_schema", False)
        inode = _inode(path)
        assert inode is not None
        held = _held.setdefault(inode, _Held())
        held.connections += 1
        held.descriptors |= _descriptors(inode)
    return db


def _require_city(db: apsw.Connection, path: Path) -> None:
    try:
        if not schema.is_city(db):
            mark = db.pragma("application_id")
            if mark == schema.APPLICATION_ID and not db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").get:
                raise FileError("store.nothing-yet", path=str(path))
            found = "a GeoPackage without a city" if mark == schema.APPLICATION_ID else "an SQLite file of another kind"
            raise FileError("store.not-a-city", path=str(path), found=found)
    except BaseException:
        close(db, path)
        raise


def _tune_writer(db: apsw.Connection, synchronous: str) -> None:
    if synchronous not in SYNCHRONOUS:
        raise FileError("store.damaged", path=db.filename, found=f"synchronous = {synchronous}")
    db.pragma("synchronous", synchronous)
    db.pragma("mmap_size", 8 << 30)
    db.pragma("cache_size", -256_000)
    db.pragma("temp_store", "memory")


def _inode(path: Path) -> Inode | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)


def _descriptors(inode: Inode) -> set[str]:
    """The numbers of this process's descriptors of a file, where the system shows them."""
    found: set[str] = set()
    try:
        numbers = os.listdir("/proc/self/fd")
    except OSError:
        return found
    for number in numbers:
        try:
            state = os.stat(f"/proc/self/fd/{number}")
        except OSError:
            continue
        if (state.st_dev, state.st_ino) == inode:
            found.add(number)
    return found
