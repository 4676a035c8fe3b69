"""Batches of entities: create, upsert, update, merge, delete (clauses 5.6.7-5.6.10, 5.6.20; 6.14-6.17, 6.31).

A batch is one transaction, and each entity of it succeeds or fails by itself: what fails is named with its problem,
what does not is stored. When all succeed the answer is 201 or 204, else 207 with both lists (5.2.16). An entity that
stands in a batch twice is changed twice, in the order of the list, as if it had come in two requests (5.5.11): the
second time is a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from madang.entities.entity import Document, is_uri
from madang.entities.patch import append_attributes, merge_patch
from madang.errors import CallerError, ConflictError, DataError, MadangError, NotFoundError
from madang.web.exchange import Reply, json_reply
from madang.web.inthreads import in_thread
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.given import typed_names, with_null_instances
from madang.web.ngsi.negotiation import JSON, context_of_body, linked_context
from madang.web.ngsi.operations import BATCH, Table
from madang.web.ngsi.targets import fitted, present
from madang.web.ngsi.writing import common_moment, is_simplified
from madang.web.problems import problem

READ_INLINE = 200  # more entities than this are read on a thread, so that the event loop stays free
FORM = ("options", "format", "local")
MODES = {
    "create": frozenset[str](),
    "upsert": frozenset({"replace", "update"}),
    "update": frozenset({"noOverwrite"}),
    "merge": frozenset[str](),
}

Failure = tuple[str | None, MadangError]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Item:
    """One entity of a batch, and the names of the attributes whose kind it says."""

    document: Document
    typed: frozenset[str]


# What one item of a batch does with the entity that is there (None: there is none); it gives what is to be stored.
Step = Callable[[Item, Document | None], Document]


class PartlyError(CallerError):
    """Something of an entity was stored and something was not; what was stays (5.6.9 with noOverwrite)."""


@dataclass(slots=True)
class Outcome:
    """What became of each entity of a batch."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Take what became of others in."""
        self.created += other.created
        self.changed += other.changed
        self.failed += other.failed


async def create_batch(asked: Asked) -> Reply:
    """POST entityOperations/create: 201 with the ids, 207 when one was there already (5.6.7)."""
    asked.take_parameters(FORM)

    def step(item: Item, before: Document | None) -> Document:
        if before is not None:
            raise ConflictError("web.entity-exists", id=before["id"])
        return item.document

    return told(asked, await _store(asked, step, "create"), all_new=True)


async def upsert_batch(asked: Asked) -> Reply:
    """POST entityOperations/upsert: entities created, or replaced (on request updated) where they exist (5.6.8)."""
    asked.take_parameters(FORM)
    options = _modes(asked, "upsert")
    if len(options) > 1:
        raise CallerError("web.option-unknown", option="replace,update", known="replace | update")
    update = "update" in options

    def step(item: Item, before: Document | None) -> Document:
        if before is None or not update:
            return item.document
        return append_attributes(before, item.document)[0]

    return told(asked, await _store(asked, step, "upsert", again=update), all_new=False)


async def update_batch(asked: Asked) -> Reply:
    """POST entityOperations/update: attributes of existing entities replaced; with noOverwrite only added (5.6.9)."""
    asked.take_parameters(FORM)
    overwrite = "noOverwrite" not in _modes(asked, "update")

    def step(item: Item, before: Document | None) -> Document:
        there = _there(asked, item, before)
        after, left = append_attributes(there, with_null_instances(item.document), overwrite=overwrite)
        if left:
            names = ", ".join(map(asked.contexts.city.expand, left))
            raise PartlyError("provision.not-overwritten", id=there["id"], attributes=names, after=after)
        return after

    return told(asked, await _store(asked, step, "update", again=overwrite), all_new=False)


async def merge_batch(asked: Asked) -> Reply:
    """POST entityOperations/merge: a deep merge of each (5.6.20)."""
    parameters = asked.take_parameters((*FORM, "observedAt", "lang"))
    observed_at, lang = common_moment(asked), parameters.get("lang")

    def step(item: Item, before: Document | None) -> Document:
        there = _there(asked, item, before)
        patch = fitted(there, item.document, typed=item.typed, observed_at=observed_at, lang=lang)
        return merge_patch(there, patch)

    return told(asked, await _store(asked, step, "merge"), all_new=False)


async def delete_batch(asked: Asked) -> Reply:
    """POST entityOperations/delete: a list of ids (5.6.10)."""
    asked.take_parameters(("local",))
    _, value = await asked.json_body()
    ids = _items(value)
    for entity_id in ids:
        if not isinstance(entity_id, str):
            raise DataError("web.batch-empty", found=repr(entity_id)[:60])

    def delete(tx: Any, entity_id: str, outcome: Outcome) -> None:
        if present(tx, entity_id) is None:
            raise _unknown(asked, entity_id)
        tx.delete(entity_id)
        outcome.changed.append(entity_id)

    each = [(entity_id, entity_id) for entity_id in ids]
    return told(asked, await in_rounds(asked, each, delete, reason="batch delete"), all_new=False)


TABLE: Table = [
    ("POST", BATCH + "create", create_batch),
    ("POST", BATCH + "upsert", upsert_batch),
    ("POST", BATCH + "update", update_batch),
    ("POST", BATCH + "merge", merge_batch),
    ("POST", BATCH + "delete", delete_batch),
]

# -- reading and storing ----------------------------------------------------------------------------------------------


def _modes(asked: Asked, operation: str) -> frozenset[str]:
    """The words of `options` that say what to do, not in which form the body is."""
    known = MODES[operation]
    words = [word for word in asked.parameters.get("options", "").split(",") if word]
    asked.parameters = {**asked.parameters, "options": ",".join(word for word in words if word not in known)}
    return known.intersection(words)


async def _store(asked: Asked, step: Step, operation: str, *, again: bool = False) -> Outcome:
    """Store the items of a batch; with `again` those that are nothing but new readings take the short way."""
    simplified = is_simplified(asked)
    media_type, value = await asked.json_body()
    if media_type != JSON and linked_context(asked.request) is not None:
        raise CallerError("web.context-link-with-ld-json")  # of the request, not of one entity (6.3.5)
    items = _items(value)
    work = (asked, items, media_type, simplified)
    entities, unread = await in_thread(_read, *work) if len(items) > READ_INLINE else _read(*work)

    def put(tx: Any, item: Item, outcome: Outcome) -> None:
        entity_id = item.document["id"]
        if again and tx.observe_again(entity_id, item.document):
            outcome.changed.append(entity_id)
            return
        before = present(tx, entity_id)
        try:
            tx.put(step(item, before))
        except PartlyError as partly:
            tx.put(partly.facts.pop("after"))
            raise
        (outcome.created if before is None else outcome.changed).append(entity_id)

    each = [(entity.document["id"], entity) for entity in entities]
    outcome = await in_rounds(asked, each, put, reason=f"batch {operation}")
    outcome.failed += unread
    return outcome


async def in_rounds(
    asked: Asked, items: Sequence[tuple[str, T]], act: Callable[[Any, T, Outcome], None], *, reason: str
) -> Outcome:
    """What became of all items; the first of each id, then the second of those that stand there twice …"""
    outcome = Outcome()
    for some in _rounds(items):
        outcome.add(await asked.write(partial(_one_by_one, items=some, act=act), reason=reason))
    return outcome


def _rounds(items: Sequence[tuple[str, T]]) -> Iterator[Sequence[tuple[str, T]]]:
    left: Sequence[tuple[str, T]] = items
    while left:
        seen: set[str] = set()
        now: list[tuple[str, T]] = []
        later: list[tuple[str, T]] = []
        for one in left:
            (later if one[0] in seen else now).append(one)
            seen.add(one[0])
        yield now
        left = later


def _one_by_one(tx: Any, items: Sequence[tuple[str, T]], act: Callable[[Any, T, Outcome], None]) -> Outcome:
    """What became of each item; one that fails is left out and named.

    Some errors show only when the store applies what it was given. Then all is undone and each item applied by itself.
    """
    try:
        with tx.part():
            outcome = Outcome()
            for entity_id, item in items:
                try:
                    act(tx, item, outcome)
                except MadangError as error:
                    outcome.failed.append((entity_id, error))
        return outcome
    except MadangError:
        outcome = Outcome()
    for entity_id, item in items:
        alone = Outcome()
        partly: list[Failure] = []
        try:
            with tx.part():
                try:
                    act(tx, item, alone)
                except PartlyError as error:
                    partly.append((entity_id, error))
        except MadangError as error:
            outcome.failed.append((entity_id, error))
        else:
            outcome.add(alone)
            outcome.failed += partly
    return outcome


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value or any(item is None for item in value):
        found = "null" if isinstance(value, list) and value else type(value).__name__
        raise DataError("web.batch-empty", found=found)
    return value


def _read(asked: Asked, items: list[Any], media_type: str, simplified: bool) -> tuple[list[Item], list[Failure]]:
    """The documents of a batch, and those that can't be read; with ld+json each brings its own @context."""
    found: list[Item] = []
    failed: list[Failure] = []
    shared = asked.context() if media_type == JSON else None
    for item in items:
        entity_id = item.get("id", item.get("@id")) if isinstance(item, dict) else None
        try:
            if not isinstance(item, dict):
                raise DataError("web.body-not-an-object", expected="entities", found=type(item).__name__)
            context = shared
            if context is None or "@context" in item:
                context = asked.contexts.compiled(context_of_body(asked.request, media_type, item))
            document = asked.fragment_of(item, context, simplified=simplified)
            if not isinstance(document.get("id"), str):
                raise DataError("entities.without-id", place="batch")
            found.append(Item(document, frozenset() if simplified else typed_names(item, context)))
        except MadangError as error:
            failed.append((entity_id if isinstance(entity_id, str) else None, error))
    return found, failed


def _there(asked: Asked, item: Item, before: Document | None) -> Document:
    if before is None:
        raise _unknown(asked, item.document["id"])
    return before


def _unknown(asked: Asked, entity_id: str) -> MadangError:
    if not is_uri(entity_id):
        return DataError("web.id-not-a-uri", id=entity_id)
    return NotFoundError("web.entity-unknown", id=entity_id, tenant=asked.city.tenant)


def told(asked: Asked, outcome: Outcome, *, all_new: bool) -> Reply:
    created = list(dict.fromkeys(outcome.created))
    if outcome.failed:
        language = asked.request.language
        errors = [{"entityId": entity_id, "error": problem(error, language)} for entity_id, error in outcome.failed]
        success = list(dict.fromkeys([*created, *outcome.changed]))
        return json_reply({"success": success, "errors": errors}, status=207)
    if all_new or created:
        return json_reply(created, status=201)
    return Reply(204)
