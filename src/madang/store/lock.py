"""One writer process a file: a lock beside the city file that says who holds it.

The lock is the operating system's, on the file `<city file>.lock`, so it ends with its process however that ends. What
stands in the file (pid, URL of the server if there is one, a token for this machine's user) is only for the message,
and for a command line that wants to write through the server. The lock file is not removed on release: another process
could be about to lock it.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from madang.errors import FileError

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # a byte no content reaches: Windows locks are mandatory, and the content must stay readable

    def _try_lock(fd: int) -> bool:
        os.lseek(fd, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Lock:
    """Who writes a city file now."""

    pid: int
    url: str | None
    token: str


class HeldLock:
    """The lock as its holder has it; `release` gives it back."""

    def __init__(self, fd: int, lock: Lock) -> None:
        self._fd: int | None = fd
        self.lock = lock

    def release(self) -> None:
        """Let the next writer in."""
        if self._fd is not None:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None


def lock_path(path: Path) -> Path:
    """Where the lock of a city file stands; one city file under two names has one lock."""
    real = path.resolve()
    return real.with_name(real.name + ".lock")


def take_lock(path: Path, *, url: str | None = None) -> HeldLock:
    """Become the one writer of a file, or raise a FileError that names who is."""
    beside = lock_path(path)
    try:
        # A link could lead the token, which lets commands in, to a file that others read: it is not followed.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        fd = os.open(beside, flags, 0o600)
        _keep_private(fd)
    except OSError as error:
        raise FileError("store.lock-unwritable", path=str(beside), found=error.strerror) from error
    if not _try_lock(fd):
        held = _read(fd)
        os.close(fd)
        who = {"pid": held.pid, "url": held.url or "-"} if held else {"pid": "?", "url": "-"}
        raise FileError("store.locked", path=str(path), **who)
    lock = Lock(os.getpid(), url, secrets.token_urlsafe(16))
    content = json.dumps({"pid": lock.pid, "url": lock.url, "token": lock.token}).encode()
    os.ftruncate(fd, 0)
    os.lseek(fd, 0, os.SEEK_SET)
    os.write(fd, content)
    return HeldLock(fd, lock)


def _keep_private(fd: int) -> None:
    """A lock file that stood there already keeps its rights: only its owner may read the token."""
    if not hasattr(os, "fchmod"):  # Windows: the rights of the folder hold
        return
    if os.fstat(fd).st_uid != os.geteuid():
        if stat.S_IMODE(os.fstat(fd).st_mode) & 0o077:
            os.close(fd)
            raise PermissionError(errno.EPERM, "it belongs to another user, and others may read it")
        return
    os.fchmod(fd, 0o600)


def inspect_lock(path: str | Path) -> Lock | None:
    """Who holds the writer's lock of a file; None if nobody does."""
    try:
        fd = os.open(lock_path(Path(path)), os.O_RDWR)
    except OSError:
        return None
    try:
        found = _read(fd)
        return found if found is not None and not _try_lock(fd) else None
    finally:
        os.close(fd)


def _read(fd: int) -> Lock | None:
    os.lseek(fd, 0, os.SEEK_SET)
    try:
        found = json.loads(os.read(fd, 4096))
        return Lock(int(found["pid"]), found["url"], str(found["token"]))
    except (ValueError, KeyError, TypeError):
        return None
