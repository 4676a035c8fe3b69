"""What proxied registrations may not overlap: each other, and what is held here (clauses 4.3.6.3, 5.9.2.4).

Asked inside the transaction that keeps a registration, so that two of them can't slip past each other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from madang.entities.query import Query
from madang.errors import ConflictError
from madang.hub.registrations import Document, Info, compiled, overlap
from madang.store import Tx, View


def check_proxy(tx: Tx, view: View, document: Document, *, now: datetime) -> None:
    """Refuse a proxied registration that overlaps an exclusive one, or covers what is held here."""
    made = compiled(document)
    if not made.is_proxy:
        return
    for entry in tx.entries("registration"):
        other = compiled(entry.doc)
        exclusive = other.is_proxy if made.mode == "exclusive" else other.mode == "exclusive"
        if other.id != made.id and exclusive and not other.expired(now) and overlap(made, other):
            raise ConflictError("registrations.covered", id=made.id, other=other.id, mode=other.mode)
    for info in made.infos:
        if (held := _held_here(tx, view, info)) is not None:
            raise ConflictError("registrations.held-here", id=held)


def _held_here(tx: Tx, view: View, info: Info) -> str | None:
    """The id of an entity that is held here although a proxied registration covers it."""
    for kind in info.kinds:
        found: list[dict[str, Any]]
        if kind.id is not None:
            document = tx.document(kind.id)
            found = [] if document is None else [document]
        else:
            types = tuple((name,) for name in sorted(kind.types))
            pattern = kind.pattern.pattern if kind.pattern is not None else None
            attributes = tuple(sorted(info.attributes))
            found = view.documents(Query(types=types or None, id_pattern=pattern, attrs=attributes, limit=1))
        for document in found:
            if not info.attributes or any(name in document for name in info.attributes):
                return str(document["id"])
    return None
