"""Bytes kept under their own SHA-256: reference tables, pinned inputs of runs, documents."""

from __future__ import annotations

import hashlib

import apsw

from madang.errors import NotFoundError


def put(db: apsw.Connection, data: bytes, *, media_type: str, tx: int) -> tuple[str, bool]:
    """The SHA-256 of bytes that are kept from now on, and whether they are new."""
    sha256 = hashlib.sha256(data).hexdigest()
    if db.execute("SELECT 1 FROM md_blob WHERE sha256 = ?", (sha256,)).get:
        return sha256, False
    db.execute("INSERT INTO md_blob VALUES(?, ?, ?, ?, ?)", (sha256, media_type, len(data), tx, data))
    return sha256, True


def get(db: apsw.Connection, sha256: str) -> bytes:
    """The bytes behind a SHA-256."""
    found = db.execute("SELECT data FROM md_blob WHERE sha256 = ?", (sha256,)).get
    if found is None:
        raise NotFoundError("store.blob-unknown", sha256=sha256)
    return bytes(found)
