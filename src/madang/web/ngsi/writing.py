"""Operations that change one entity or its attributes (clauses 5.6.1-5.6.6, 5.6.17-5.6.19).

Each reads the entity inside the transaction that changes it, so two clients never overwrite each other unseen. What
comes out of a patch is checked as a whole by the store before it is kept.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from madang.clock import from_text, to_text
from madang.entities.entity import ENTITY_MEMBERS, MEMBER_OF_KIND, NULL, Document, Instance, check_entity
from madang.entities.patch import append_attributes, delete_attribute, is_null, merge_patch, replace
from madang.entities.query import Query, matches, parse_types, with_stored_names
from madang.errors import CallerError, ConflictError, DataError, NotFoundError
from madang.web.exchange import Reply, json_reply
from madang.web.ngsi.asked import SIMPLIFIED, Asked, attribute_names, with_null_instances

NO_CONTENT = 204
FORMATS = frozenset({"normalized", "concise", "simplified", "keyValues"})


async def create_entity(asked: Asked) -> Reply:
    """POST entities/: 201 with the entity's address, 409 when it is there (5.6.1)."""
    asked.take_parameters(("options", "format", "local"))
    entity = asked.fragment_of(await asked.object_body(), asked.context(), simplified=_is_simplified(asked))
    entity_id = _id_of(entity)

    def change(tx: Any) -> None:
        if tx.document(entity_id) is not None:
            raise ConflictError("web.entity-exists", id=entity_id)
        tx.put(entity)

    await asked.write(change, reason="create")
    location = f"{asked.request.mount}{asked.request.path.rstrip('/')}/{quote(entity_id, safe=':')}"
    return Reply(201, headers=[(b"location", location.encode())])


async def replace_entity(asked: Asked, entity_id: str) -> Reply:
    """PUT entities/{id}: all attributes are replaced (5.6.18)."""
    asked.take_parameters(("options", "format", "type", "local"))
    value = await asked.object_body()
    if value.setdefault("id", entity_id) != entity_id:
        raise DataError("web.id-differs", path_id=entity_id, body_id=value["id"])
    fragment = asked.fragment_of(value, asked.context(), simplified=_is_simplified(asked))

    def change(tx: Any) -> None:
        before = existing(asked, tx, entity_id)
        tx.put(replace(before, fragment))

    await asked.write(change, reason="replace")
    return Reply(NO_CONTENT)


async def merge_entity(asked: Asked, entity_id: str) -> Reply:
    """PATCH entities/{id}: a deep merge; `observedAt` and `lang` fill what the patch leaves open (5.6.17, 5.5.12)."""
    parameters = asked.take_parameters(("options", "format", "type", "observedAt", "lang", "local"))
    observed_at = _moment(parameters.get("observedAt"))
    fragment = await asked.fragment_body(entity_id=entity_id, simplified=_is_simplified(asked))

    def change(tx: Any) -> None:
        before = existing(asked, tx, entity_id)
        patch = _fitted(before, fragment, observed_at=observed_at, lang=parameters.get("lang"))
        tx.put(merge_patch(before, patch))

    await asked.write(change, reason="merge")
    return Reply(NO_CONTENT)


async def delete_entity(asked: Asked, entity_id: str) -> Reply:
    """DELETE entities/{id} (5.6.6)."""
    asked.take_parameters(("type", "local"))

    def change(tx: Any) -> None:
        existing(asked, tx, entity_id)
        tx.delete(entity_id)

    await asked.write(change, reason="delete")
    return Reply(NO_CONTENT)


async def append(asked: Asked, entity_id: str) -> Reply:
    """POST entities/{id}/attrs: attributes added; with noOverwrite those that are there stay and are named (5.6.3)."""
    asked.take_parameters(("options", "type", "local"))
    overwrite = "noOverwrite" not in asked.options(("noOverwrite",))
    fragment = await asked.fragment_body(entity_id=entity_id, patch=False)

    def change(tx: Any) -> list[str]:
        before = existing(asked, tx, entity_id)
        after, left = append_attributes(before, fragment, overwrite=overwrite)
        tx.put(after)
        return left

    left = await asked.write(change, reason="append attributes")
    return _update_result(asked, fragment, left)


async def update(asked: Asked, entity_id: str) -> Reply:
    """PATCH entities/{id}/attrs: attributes replaced one by one, missing ones added, nulls removed (5.6.2)."""
    asked.take_parameters(("options", "type", "local"))
    asked.options(())
    fragment = await asked.fragment_body(entity_id=entity_id)

    def change(tx: Any) -> None:
        before = existing(asked, tx, entity_id)
        parts = {name: part for name, part in fragment.items() if name != "scope" or "scope" in before}
        tx.put(append_attributes(before, with_null_instances(parts))[0])

    await asked.write(change, reason="update attributes")
    return Reply(NO_CONTENT)


async def update_attribute(asked: Asked, entity_id: str, term: str) -> Reply:
    """PATCH entities/{id}/attrs/{attr}: members of one instance overwritten, the others stay (5.6.4, 5.5.8)."""
    asked.take_parameters(("options", "type", "local"))
    _refuse_members(term)
    value = await asked.object_body(patch=True)
    name = asked.stored_name(term)
    bare = "type" not in value and not any(member in value for member in MEMBER_OF_KIND.values())
    part = {**value, "type": "Property"} if bare else value  # only sub-attributes: they must not be taken for a value
    fragment = asked.fragment_of({term: part}, asked.context())[name]

    def change(tx: Any) -> None:
        before = existing(asked, tx, entity_id)
        target = _instance(before, name, fragment.get("datasetId"))
        change = {**fragment, "type": target["type"]} if bare else _of_kind(fragment, target["type"])
        if change["type"] != target["type"] or value.get("type", target["type"]) != target["type"]:
            raise DataError(
                "web.attribute-kind-changes",
                id=entity_id,
                attribute=term,
                before=target["type"],
                after=value.get("type", change["type"]),
            )
        if is_null(change):
            after = delete_attribute(before, name, change.get("datasetId"))
        else:
            after = append_attributes(before, {name: _overwritten(target, change)})[0]
        tx.put(after)

    await asked.write(change, reason="update attribute")
    return Reply(NO_CONTENT)


async def replace_attribute(asked: Asked, entity_id: str, term: str) -> Reply:
    """PUT entities/{id}/attrs/{attr}: one instance replaced as a whole (5.6.19)."""
    asked.take_parameters(("options", "type", "local"))
    _refuse_members(term)
    value = await asked.object_body()
    name = asked.stored_name(term)
    instance = asked.fragment_of({term: value}, asked.context())[name]

    def change(tx: Any) -> None:
        before = existing(asked, tx, entity_id)
        _instance(before, name, instance.get("datasetId"))
        tx.put(append_attributes(before, {name: instance})[0])

    await asked.write(change, reason="replace attribute")
    return Reply(NO_CONTENT)


async def remove_attribute(asked: Asked, entity_id: str, term: str) -> Reply:
    """DELETE entities/{id}/attrs/{attr}: the default instance, one by datasetId, or all (5.6.5)."""
    parameters = asked.take_parameters(("datasetId", "deleteAll", "type", "local"))
    name = "scope" if term == "scope" else asked.stored_name(term)
    every = parameters.get("deleteAll") == "true"

    def change(tx: Any) -> None:
        before = existing(asked, tx, entity_id)
        if name == "scope":
            if "scope" not in before:
                raise NotFoundError("web.attribute-unknown", id=entity_id, attribute="scope", dataset="")
            tx.put({key: part for key, part in before.items() if key != "scope"})
            return
        if every:
            _instances(before, name)
            tx.put({key: part for key, part in before.items() if key != name})
            return
        _instance(before, name, parameters.get("datasetId"))
        tx.put(delete_attribute(before, name, parameters.get("datasetId")))

    await asked.write(change, reason="delete attribute")
    return Reply(NO_CONTENT)


# -- what the operations share ----------------------------------------------------------------------------------------


def existing(asked: Asked, tx: Any, entity_id: str) -> Document:
    """The entity inside the transaction; 404 when it is not there, or not of the types the request named."""
    found: Document | None = tx.document(entity_id)
    selection = asked.parameters.get("type")
    if found is not None and selection:
        query = with_stored_names(Query(types=parse_types(selection)), asked.stored_name)
        if not matches(query, found):
            found = None
    if found is None:
        raise NotFoundError("web.entity-unknown", id=entity_id, tenant=asked.city.tenant)
    return found


def _id_of(entity: Document) -> str:
    """The id of an entity that may not be one; the check says what is missing."""
    return str(entity["id"] if isinstance(entity.get("id"), str) else check_entity(entity)["id"])


def _is_simplified(asked: Asked) -> bool:
    format = asked.parameters.get("format")
    if format is not None and format not in FORMATS:
        raise CallerError("web.format-unknown", format=format, known=", ".join(sorted(FORMATS)))
    options = asked.options(FORMATS)
    return format in SIMPLIFIED if format is not None else bool(options & SIMPLIFIED)


def _moment(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return to_text(from_text(text.replace(" ", "+")))
    except ValueError:
        expected = "2026-01-31T09:00:00Z"
        raise DataError("web.parameter-value", parameter="observedAt", value=text, expected=expected) from None


def _fitted(before: Document, fragment: Document, *, observed_at: str | None, lang: str | None) -> Document:
    """The patch with what the target tells about it: kinds of simplified values, a common language and moment."""
    fitted = dict(fragment)
    for name in attribute_names(fragment):
        if fragment[name] == NULL or name not in before:
            continue
        changes = fragment[name] if isinstance(fragment[name], list) else [fragment[name]]
        made = []
        for change in changes:
            target = next(
                (one for one in _instances(before, name) if one.get("datasetId") == change.get("datasetId")), None
            )
            made.append(change if target is None or is_null(change) else _fit(change, target, observed_at, lang))
        fitted[name] = made if len(made) > 1 else made[0]
    return fitted


def _fit(change: Instance, target: Instance, observed_at: str | None, lang: str | None) -> Instance:
    made = dict(change)
    if target["type"] == "LanguageProperty" and lang and made.get("type") == "Property":
        text = made.pop("value")
        made |= {"type": "LanguageProperty", "languageMap": {lang: text}}
    else:
        made = _of_kind(made, target["type"])
    if observed_at is not None and "observedAt" in target and "observedAt" not in made:
        made["observedAt"] = observed_at
    return made


def _of_kind(change: Instance, kind: str) -> Instance:
    """A value given without its kind takes the target's: a plain string for a Relationship is its object."""
    if change["type"] != "Property" or kind == "Property" or "value" not in change:
        return change
    made = {**change, "type": kind}
    made[MEMBER_OF_KIND[kind]] = made.pop("value")
    return made


def _overwritten(target: Instance, fragment: Instance) -> Instance:
    made = dict(target)
    for key, value in fragment.items():
        if value == NULL or (isinstance(value, dict) and is_null(value)):
            made.pop(key, None)
        else:
            made[key] = value
    return made


def _instances(document: Document, name: str) -> list[Instance]:
    found = document.get(name) if name not in ENTITY_MEMBERS else None
    if found is None:
        raise NotFoundError("web.attribute-unknown", id=document["id"], attribute=name, dataset="")
    return found if isinstance(found, list) else [found]


def _instance(document: Document, name: str, dataset_id: str | None) -> Instance:
    for instance in _instances(document, name):
        if instance.get("datasetId") == dataset_id:
            return instance
    dataset = f" (datasetId {dataset_id})" if dataset_id else ""
    raise NotFoundError("web.attribute-unknown", id=document["id"], attribute=name, dataset=dataset)


def _refuse_members(term: str) -> None:
    if term in ENTITY_MEMBERS:
        raise DataError("web.no-attribute", attribute=term)


def _update_result(asked: Asked, fragment: Document, left: list[str]) -> Reply:
    """204, or 207 with what was and what was not updated, by full names (5.2.18, 6.3.6)."""
    if not left:
        return Reply(NO_CONTENT)
    full = asked.contexts.city.expand
    updated = [full(name) for name in attribute_names(fragment) if name not in left]
    reason = CallerError("web.not-overwritten").message(asked.request.language)
    skipped = [{"attributeName": full(name), "reason": reason} for name in left]
    return json_reply({"updated": updated, "notUpdated": skipped}, status=207)
