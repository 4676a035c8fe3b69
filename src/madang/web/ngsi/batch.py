"""Batches of entities: create, upsert, update, merge, delete (clauses 5.6.7-5.6.10, 5.6.20; 6.14-6.17, 6.31).

A batch is one transaction, and each entity of it succeeds or fails by itself: what fails is named with its problem,
what does not is stored. When all succeed the answer is 201 or 204, else 207 with both lists (5.2.16).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from madang.entities.entity import Document
from madang.entities.patch import append_attributes, merge_patch
from madang.errors import CallerError, ConflictError, DataError, MadangError, NotFoundError
from madang.web.exchange import Reply, json_reply
from madang.web.inthreads import in_thread
from madang.web.ngsi.asked import Asked, with_null_instances
from madang.web.ngsi.negotiation import JSON, context_of_body
from madang.web.problems import problem

READ_INLINE = 200  # more entities than this are read on a thread, so that the event loop stays free

Failure = tuple[str | None, MadangError]
T = TypeVar("T")

# What one item of a batch does with the entity that is there (None: there is none); it gives what is to be stored.
Step = Callable[[Document, Document | None], Document]


@dataclass(slots=True)
class Outcome:
    """What became of each entity of a batch."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)


async def create_batch(asked: Asked) -> Reply:
    """POST entityOperations/create: 201 with the ids, 207 when one was there already (5.6.7)."""
    asked.take_parameters(("local",))

    def step(entity: Document, before: Document | None) -> Document:
        if before is not None:
            raise ConflictError("web.entity-exists", id=entity["id"])
        return entity

    return _answer(asked, await _store(asked, step), all_new=True)


async def upsert_batch(asked: Asked) -> Reply:
    """POST entityOperations/upsert: entities created, or replaced (on request updated) where they exist (5.6.8)."""
    asked.take_parameters(("options", "local"))
    options = asked.options(("replace", "update"))
    if len(options) > 1:
        raise CallerError("web.option-unknown", option="replace,update", known="replace | update")
    update = "update" in options

    def step(entity: Document, before: Document | None) -> Document:
        if before is None or not update:
            return entity
        return append_attributes(before, entity)[0]

    return _answer(asked, await _store(asked, step), all_new=False)


async def update_batch(asked: Asked) -> Reply:
    """POST entityOperations/update: attributes of existing entities replaced; with noOverwrite only added (5.6.9)."""
    asked.take_parameters(("options", "local"))
    overwrite = "noOverwrite" not in asked.options(("noOverwrite",))

    def step(entity: Document, before: Document | None) -> Document:
        fragment = with_null_instances(entity)
        return append_attributes(_there(asked, entity, before), fragment, overwrite=overwrite)[0]

    return _answer(asked, await _store(asked, step), all_new=False)


async def merge_batch(asked: Asked) -> Reply:
    """POST entityOperations/merge: a deep merge of each (5.6.20)."""
    asked.take_parameters(("options", "local"))
    asked.options(())

    def step(entity: Document, before: Document | None) -> Document:
        return merge_patch(_there(asked, entity, before), entity)

    return _answer(asked, await _store(asked, step), all_new=False)


async def delete_batch(asked: Asked) -> Reply:
    """POST entityOperations/delete: a list of ids (5.6.10)."""
    asked.take_parameters(("local",))
    _, value = await asked.json_body()
    ids = _items(value)
    for entity_id in ids:
        if not isinstance(entity_id, str):
            raise DataError("web.batch-empty", found=repr(entity_id)[:60])

    def delete(tx: Any, entity_id: str, outcome: Outcome) -> None:
        if tx.document(entity_id) is None:
            raise NotFoundError("web.entity-unknown", id=entity_id, tenant=asked.city.tenant)
        tx.delete(entity_id)
        outcome.changed.append(entity_id)

    each = {entity_id: entity_id for entity_id in ids}
    outcome = await asked.write(lambda tx: _one_by_one(tx, list(each.items()), delete), reason="batch delete")
    return _answer(asked, outcome, all_new=False)


# -- reading and storing ----------------------------------------------------------------------------------------------


async def _store(asked: Asked, step: Step) -> Outcome:
    media_type, value = await asked.json_body()
    items = _items(value)
    work = (asked, items, media_type)
    entities, unread = await in_thread(_read, *work) if len(items) > READ_INLINE else _read(*work)

    def put(tx: Any, entity: Document, outcome: Outcome) -> None:
        before = tx.document(entity["id"])
        tx.put(step(entity, before))
        (outcome.created if before is None else outcome.changed).append(entity["id"])

    outcome = Outcome()
    if entities:
        each = [(entity["id"], entity) for entity in entities]
        outcome = await asked.write(lambda tx: _one_by_one(tx, each, put), reason="batch")
    outcome.failed += unread
    return outcome


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
        try:
            with tx.part():
                act(tx, item, alone)
        except MadangError as error:
            outcome.failed.append((entity_id, error))
        else:
            outcome.created += alone.created
            outcome.changed += alone.changed
    return outcome


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value or any(item is None for item in value):
        found = "null" if isinstance(value, list) and value else type(value).__name__
        raise DataError("web.batch-empty", found=found)
    return value


def _read(asked: Asked, items: list[Any], media_type: str) -> tuple[list[Document], list[Failure]]:
    """The documents of a batch, and those that can't be read; with ld+json each brings its own @context."""
    found: list[Document] = []
    failed: list[Failure] = []
    shared = asked.context() if media_type == JSON else None
    for item in items:
        entity_id = item.get("id") if isinstance(item, dict) else None
        try:
            if not isinstance(item, dict):
                raise DataError("web.body-not-an-object", expected="entities", found=type(item).__name__)
            context = shared
            if context is None or "@context" in item:
                context = asked.contexts.compiled(context_of_body(asked.request, media_type, item))
            document = asked.fragment_of(item, context)
            if not isinstance(document.get("id"), str):
                raise DataError("entities.without-id", place="batch")
            found.append(document)
        except MadangError as error:
            failed.append((entity_id, error))
    return found, failed


def _there(asked: Asked, entity: Document, before: Document | None) -> Document:
    if before is None:
        raise NotFoundError("web.entity-unknown", id=entity["id"], tenant=asked.city.tenant)
    return before


def _answer(asked: Asked, outcome: Outcome, *, all_new: bool) -> Reply:
    if outcome.failed:
        language = asked.request.language
        errors = [{"entityId": entity_id, "error": problem(error, language)} for entity_id, error in outcome.failed]
        return json_reply({"success": [*outcome.created, *outcome.changed], "errors": errors}, status=207)
    if all_new or outcome.created:
        return json_reply(outcome.created, status=201)
    return Reply(204)
