"""createdAt and modifiedAt (clauses 4.8, 6.3.11): the store's facts, put beside the members of an entity on request."""

from __future__ import annotations

from madang.entities.entity import Document
from madang.store import View


def with_system_times(view: View, document: Document) -> Document:
    """The document with the times of the entity, of each attribute instance and of what is said about them."""
    return view.with_times(document)
