"""What a branch changes, in the names that people read on paper, and whether any of it is made up (가상)."""

from __future__ import annotations

from madang.civic.committees.membership import pair_of
from madang.documents.text import clean
from madang.entities.entity import Document, provenance_of, types_of, value_of
from madang.entities.vocabulary import type_info
from madang.errors import Pair, both
from madang.store import Store, View

LONGEST = 30


def name_on_paper(id: str, *views: View) -> Pair:
    """What an entity is called: its name or title, a paragraph by its section, else the first words of its text.

    Asked of each view in turn, as what a branch removes stands only on the other side.
    """
    for view in views:
        document = view.document(id)
        if document is None:
            continue
        found = pair_of(value_of(document, "name") or value_of(document, "title"))
        section = value_of(document, "refSection")
        if found is None and isinstance(section, str):
            title = name_on_paper(section, *views)
            found = both("documents.changed-in-section", section=title)
        if found is None and (text := pair_of(value_of(document, "text"))) is not None:
            found = {"ko": _shortened(text["ko"]), "en": _shortened(text["en"])}
        return found or dict(type_info(types_of(document)[0]).label)
    return both("documents.changed-unnamed")


def is_marked(store: Store, branch: str, *ids: str) -> bool:
    """Whether one of these entities, or something it says, is marked as synthetic."""
    view = store.view(branch)
    return any(document is not None and _is_synthetic(document) for document in map(view.document, ids))


def is_made_up(store: Store, branch: str) -> bool:
    """Whether something that a branch changes is marked as synthetic, so that a paper about it has to say so."""
    return is_marked(store, branch, *(change.id for change in store.diff(branch, against="base")))


def _is_synthetic(document: Document) -> bool:
    return any(provenance_of(document, name).status == "synthetic" for name in (None, *document))


def _shortened(text: str) -> str:
    said = clean(text)
    return said if len(said) <= LONGEST else f"{said[:LONGEST].rstrip()}…"
