"""What a transaction is, its canonical form, and the chain.

Each transaction is hashed with the hash of the one before it. Hashed is not content but hashes of content, each salted:

    said      who, why, from what source, and the facts of the act (the branch merged, the proposal adopted …)
    changed   one line per changed entity: branch, id, kind, sha256(salt + stored bytes)
    observed  one line per observation: entity, attribute, datasetId, branch, unit if the series has one, moment, value
    hash      sha256 of {number, at, branch, kind, said, changed, observed, previous} as JSON with sorted keys

so that content and its salt can be erased, or moved elsewhere, while the chain still verifies, and a hash that is made
public tells nothing about a short text. All JSON has sorted keys and no blanks; all hashes are SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

GENESIS = "0" * 64
NOTHING = hashlib.sha256(b"").hexdigest()
KINDS = ("created", "updated", "deleted")  # how md_chg.kind counts them

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Transaction:
    """One signed-off change: when, who, why, from what source."""

    number: int
    branch: str
    at: datetime
    actor: str
    reason: str
    source: str | None
    kind: str
    changes: int
    hash: str
    previous: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One entity that one transaction touched: created, updated, deleted or observed."""

    tx: int
    branch: str
    id: str
    type: str
    kind: str


def to_micros(moment: datetime) -> int:
    """A moment as whole microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment behind whole microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no blanks."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def content_hash(salt: bytes, data: bytes | None) -> bytes:
    """The salted hash of an entity's stored bytes; of nothing when it was deleted."""
    return hashlib.sha256(salt + (data or b"")).digest()


def said_hash(salt: bytes, *, actor: str, reason: str, source: str | None, facts: Mapping[str, Any]) -> str:
    """The salted hash of who, why and from what."""
    said = {"actor": actor, "reason": reason, "source": source, "facts": facts}
    return hashlib.sha256(salt + canonical(said)).hexdigest()


class ChangedLines:
    """The lines of changed entities, hashed as they come, in the order of branch and entity number.

    A large load writes its entities in that order. Rows that come out of it, a second time for instance, end the
    running hash (`in_order`), and the lines have to be read from the table when all are there.
    """

    def __init__(self) -> None:
        self._total = hashlib.sha256()
        self._last = (-1, -1)
        self.number = 0
        self.in_order = True

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Add (branch number, id, kind, content hash) rows."""
        made = [f"{branch}\t{id}\t{KINDS[kind]}\t{content.hex()}\n" for branch, id, kind, content in rows]
        self.number += len(made)
        self._total.update("".join(made).encode())

    def follow(self, first: tuple[int, int], last: tuple[int, int]) -> bool:
        """Whether rows from `first` to `last` (branch and entity number) may be added to the running hash."""
        self.in_order = self.in_order and first > self._last
        self._last = last
        return self.in_order

    def digest(self) -> str:
        """The hash of all lines."""
        return self._total.hexdigest()


def observed_hash(salt: bytes, lines: Iterable[bytes]) -> str:
    """The salted hash of observation lines, in the order of series and moment; `NOTHING` for none."""
    total, some = hashlib.sha256(salt), False
    for line in lines:
        total.update(line)
        some = True
    return total.hexdigest() if some else NOTHING


def chain_hash(
    *, number: int, at: int, branch: str, kind: str, said: str, changed: str, observed: str, previous: str
) -> str:
    """The link of one transaction in the chain."""
    head = {"number": number, "at": at, "branch": branch, "kind": kind, "said": said, "changed": changed,
            "observed": observed, "previous": previous}  # fmt: skip
    return hashlib.sha256(canonical(head)).hexdigest()
