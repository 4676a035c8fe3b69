"""Stories told with views of the twin, and bookmarks, which are stories of one view.

A view is kept as the query of the page's address, whatever that page writes into it; only its size and letters are
checked, so that it can stand in an address again and nowhere else. Stories are records: one copy a city, seen from
every branch, changed by transactions, never lost from the history.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from madang import clock
from madang.entities.entity import Document, json_property, language_property, property_, urn, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, Language, NotFoundError, sentence
from madang.store import Store

TYPE = "Story"
MOST_VIEWS, MOST_TITLE, MOST_TEXT, MOST_VIEW = 100, 200, 4_000, 2_000
_QUERY = re.compile(r"[^\s\x00-\x20\x7f<>\"\\^`{|}#]*")  # letters that a query may have, Korean ones included
Pair = dict[str, str]


def stories(store: Store) -> list[dict[str, Any]]:
    """All stories of the city, newest first."""
    found = store.view().documents(Query(types=parse_types(TYPE)))
    told = [_told(store, one) for one in found]
    return sorted(told, key=lambda story: (str(story["created"]), str(story["id"])), reverse=True)


def story(store: Store, id: str) -> dict[str, Any]:
    """One story."""
    return _told(store, _document(store, id))


def add(store: Store, title: Any, views: Any, *, actor: str, language: Language = "ko") -> dict[str, Any]:
    """A new story."""
    checked, kept = checked_title(title), checked_views(views)
    reason = sentence("stories.reason-add", language, title=checked[language])
    with store.transact(actor=actor, reason=reason) as tx:
        id = urn(TYPE, "twin", str(tx.number))
        now = clock.to_text(clock.now())
        tx.put(_document_of(id, checked, kept, author=actor, created=now, changed=now))
    return story(store, id)


def replace(store: Store, id: str, title: Any, views: Any, *, actor: str, language: Language = "ko") -> dict[str, Any]:
    """A story told anew; who wrote it first, and when, stays."""
    checked, kept = checked_title(title), checked_views(views)
    reason = sentence("stories.reason-replace", language, title=checked[language])
    with store.transact(actor=actor, reason=reason) as tx:
        before = _require_story(tx.document(id), id)
        author, created = value_of(before, "author"), value_of(before, "created")
        now = clock.to_text(clock.now())
        tx.put(_document_of(id, checked, kept, author=author, created=created, changed=now))
    return story(store, id)


def remove(store: Store, id: str, *, actor: str, language: Language = "ko") -> int:
    """Take a story away; gives the transaction, by which it can be brought back."""
    title = value_of(_document(store, id), "title")[language]
    with store.transact(actor=actor, reason=sentence("stories.reason-remove", language, title=title)) as tx:
        tx.delete(id)
    return tx.number


def checked_title(given: Any) -> Pair:
    """A title in both languages; one language stands for both."""
    found = pair_of(given, most=MOST_TITLE)
    if found is None or not found["ko"]:
        raise CallerError("stories.title-missing", most=MOST_TITLE)
    return found


def checked_views(given: Any) -> list[dict[str, Any]]:
    """The views of a story."""
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_VIEWS:
        found = len(given) if isinstance(given, list) else type(given).__name__
        raise CallerError("stories.views-missing", most=MOST_VIEWS, found=found)
    return [_view(one, number) for number, one in enumerate(given, 1)]


def checked_query(given: Any, *, number: int = 1) -> str:
    """The query of a page's address, without its question mark."""
    text = given.removeprefix("?") if isinstance(given, str) else None
    if text is None or len(text) > MOST_VIEW or not _QUERY.fullmatch(text) or not text.isprintable():
        raise CallerError("stories.view-wrong", view=number, found=str(given)[:60], most=MOST_VIEW)
    return text


def pair_of(given: Any, *, most: int) -> Pair | None:
    """A text in both languages, of a text or {ko, en}; empty where nothing is said, None where it is no text."""
    if given is None:
        return {"ko": "", "en": ""}
    texts = {"ko": given, "en": given} if isinstance(given, str) else given
    if not isinstance(texts, Mapping) or set(texts) - {"ko", "en"}:
        return None
    if not all(isinstance(text, str) and len(text) <= most and "\x00" not in text for text in texts.values()):
        return None
    said = {tag: text.strip() for tag, text in texts.items()}
    anyone = said.get("ko") or said.get("en") or ""
    return {language: said.get(language) or anyone for language in ("ko", "en")}


def _view(given: Any, number: int) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise CallerError("stories.views-missing", most=MOST_VIEWS, found=type(given).__name__)
    texts = {}
    for field, most in (("title", MOST_TITLE), ("text", MOST_TEXT)):
        found = pair_of(given.get(field), most=most)
        if found is None:
            raise CallerError("stories.text-wrong", view=number, field=field, most=most)
        texts[field] = found
    return {**texts, "view": checked_query(given.get("view"), number=number)}


def _document_of(
    id: str, title: Pair, views: list[dict[str, Any]], *, author: Any, created: Any, changed: str
) -> Document:
    return {
        "id": id,
        "type": TYPE,
        "title": language_property(title),
        "views": json_property(views),
        "author": property_(author),
        "created": property_(created),
        "revisedAt": property_(changed),
    }


def _document(store: Store, id: str) -> Document:
    return _require_story(store.view().document(id), id)


def _require_story(found: Document | None, id: str) -> Document:
    if found is None or found["type"] != TYPE:
        raise NotFoundError("stories.not-there", id=id)
    return found


def _told(store: Store, document: Document) -> dict[str, Any]:
    views = value_of(document, "views")
    version = store.view().version(document["id"])
    return {
        "id": document["id"],
        "kind": "bookmark" if len(views) == 1 else "story",
        "title": value_of(document, "title"),
        "views": views,
        "author": value_of(document, "author"),
        "created": value_of(document, "created"),
        "changed": value_of(document, "revisedAt"),
        "transaction": version.tx if version else None,
    }
