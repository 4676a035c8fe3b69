"""What a branch says, in one hash: equal hashes mean that the branch changes the same things in the same way.

A proposal keeps the hash of its branch as it was submitted, so that a later change is noticed, whatever transactions
made it. Only what the branch itself changes counts; what main did meanwhile is a matter of conflicts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from madang.store import EntityChange


def hash_of(changes: Sequence[EntityChange]) -> str:
    """The SHA-256 of a diff in canonical form; the order of the changes does not matter."""
    lines = sorted(orjson.dumps(_plain(change), option=orjson.OPT_SORT_KEYS) for change in changes)
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def _plain(change: EntityChange) -> dict[str, Any]:
    """One change with its new values; values from before belong to main and stay out."""
    attributes = [[one.attribute, one.dataset_id, one.after] for one in change.attributes]
    return {"id": change.id, "kind": change.kind, "attributes": attributes}
