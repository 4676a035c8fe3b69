"""Operations that change one entity or its attributes (clauses 5.6.1-5.6.6, 5.6.17-5.6.19).

Each reads the entity inside the transaction that changes it. What comes out of a patch is checked as a whole by the
store before it is kept.

A write that says what is there already is answered like any other and changes nothing: no transaction, no new
`modifiedAt`, no notification. Clause 4.8 asks for the moment of the last modification, and a store that compares bytes
has none to tell; a sensor that sends the same value again sends it with another `observedAt`, which is a change. So
whoever follows the log (subscriptions, evolution) sees exactly the changes, and nothing twice.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from madang.clock import from_text, to_text
from madang.entities.entity import (
    ENTITY_MEMBERS,
    MEMBER_OF_KIND,
    NULL,
    SYSTEM_MEMBERS,
    Document,
    check_entity,
    is_name,
)
from madang.entities.patch import append_attributes, delete_attribute, is_null, merge_patch, replace
from madang.errors import CallerError, ConflictError, DataError, NotFoundError
from madang.web.exchange import Reply, json_reply
from madang.web.ngsi.asked import SIMPLIFIED, Asked
from madang.web.ngsi.given import attribute_names, refuse_nulls, typed_names, with_null_instances
from madang.web.ngsi.operations import ENTITY, NGSI_BASE, Table
from madang.web.ngsi.targets import (
    dataset_of,
    existing,
    fitted,
    instance_of,
    instances_of,
    of_kind,
    overwritten,
    present,
)

NO_CONTENT = 204
FORMATS = frozenset({"normalized", "concise", "simplified", "keyValues"})


async def create_entity(asked: Asked) -> Reply:
    """POST entities/: 201 with the entity's address, 409 when it is there (5.6.1)."""
    asked.take_parameters(("options", "format", "local"))
    simplified = is_simplified(asked)
    entity = asked.fragment_of(await asked.object_body(), asked.context(), simplified=simplified)
    entity_id = _id_of(entity)

    def change(tx: Any) -> None:
        if present(tx, entity_id) is not None:
            raise ConflictError("web.entity-exists", id=entity_id)
        tx.put(entity)

    await asked.write(change, reason="create")
    location = f"{asked.request.mount}{asked.request.path.rstrip('/')}/{quote(entity_id, safe=':')}"
    return Reply(201, headers=[(b"location", location.encode())])


async def replace_entity(asked: Asked, entity_id: str) -> Reply:
    """PUT entities/{id}: all attributes are replaced (5.6.18)."""
    asked.take_parameters(("options", "format", "type", "local"))
    simplified = is_simplified(asked)
    fragment = await asked.fragment_body(entity_id=entity_id, simplified=simplified, patch=False)

    def change(tx: Any) -> None:
        before = existing(asked, tx, entity_id)
        tx.put(replace(before, fragment))

    await asked.write(change, reason="replace")
    return Reply(NO_CONTENT)


async def merge_entity(asked: Asked, entity_id: str) -> Reply:
    """PATCH entities/{id}: a deep merge; `observedAt` and `lang` fill what the patch leaves open (5.6.17, 5.5.12)."""
    parameters = asked.take_parameters(("options", "format", "type", "observedAt", "lang", "local"))
    observed_at, lang = common_moment(asked), parameters.get("lang")
    simplified = is_simplified(asked)
    value = await asked.fragment_value(entity_id=entity_id)
    fragment = asked.fragment_of(value, asked.context(), simplified=simplified)
    typed = frozenset[str]() if simplified else typed_names(value, asked.context())
    short = not simplified and parameters.keys() <= {"options", "local"}

    def change(tx: Any) -> None:
        if short and tx.observe_again(entity_id, fragment, merging=True):
            return
        before = existing(asked, tx, entity_id)
        tx.put(merge_patch(before, fitted(before, fragment, typed=typed, observed_at=observed_at, lang=lang)))

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
    fragment = refuse_nulls(await asked.fragment_body(entity_id=entity_id, patch=False))

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
    short = "type" not in asked.parameters

    def change(tx: Any) -> None:
        if short and tx.observe_again(entity_id, fragment):
            return
        before = existing(asked, tx, entity_id)
        parts = {name: part for name, part in fragment.items() if name != "scope" or "scope" in before}
        tx.put(append_attributes(before, with_null_instances(parts))[0])

    await asked.write(change, reason="update attributes")
    return Reply(NO_CONTENT)


async def update_attribute(asked: Asked, entity_id: str, term: str) -> Reply:
    """PATCH entities/{id}/attrs/{attr}: members of one instance overwritten, the others stay (5.6.4, 5.5.8)."""
    asked.take_parameters(("options", "type", "local"))
    _refuse_no_attribute(term)
    value = await asked.object_body(patch=True)
    if not value:
        raise DataError("provision.fragment-empty", attribute=term)
    name = asked.stored_name(term)
    said = value.get("type", value.get("@type"))
    bare = said is None and not any(member in value for member in MEMBER_OF_KIND.values())
    part = {**value, "type": "Property"} if bare else value  # only sub-attributes: they must not be taken for a value
    fragment = asked.fragment_of({term: part}, asked.context())[name]

    def change(tx: Any) -> None:
        before = existing(asked, tx, entity_id)
        target = instance_of(before, name, fragment.get("datasetId"))
        change = {**fragment, "type": target["type"]} if bare else of_kind(fragment, target["type"])
        if change["type"] != target["type"] or (said is not None and said != target["type"]):
            after_kind = said if said is not None else change["type"]
            raise DataError(
                "web.attribute-kind-changes", id=entity_id, attribute=term, before=target["type"], after=after_kind
            )
        if is_null(change):
            after = delete_attribute(before, name, change.get("datasetId"))
        else:
            after = append_attributes(before, {name: overwritten(target, change)})[0]
        tx.put(after)

    await asked.write(change, reason="update attribute")
    return Reply(NO_CONTENT)


async def replace_attribute(asked: Asked, entity_id: str, term: str) -> Reply:
    """PUT entities/{id}/attrs/{attr}: one instance replaced as a whole (5.6.19)."""
    asked.take_parameters(("options", "type", "local"))
    _refuse_no_attribute(term)
    value = await asked.object_body()
    if not value:
        raise DataError("provision.fragment-empty", attribute=term)
    name = asked.stored_name(term)
    instance = refuse_nulls(asked.fragment_of({term: value}, asked.context()))[name]

    def change(tx: Any) -> None:
        before = existing(asked, tx, entity_id)
        instance_of(before, name, instance.get("datasetId"))
        tx.put(append_attributes(before, {name: instance})[0])

    await asked.write(change, reason="replace attribute")
    return Reply(NO_CONTENT)


async def remove_attribute(asked: Asked, entity_id: str, term: str) -> Reply:
    """DELETE entities/{id}/attrs/{attr}: the default instance, one by datasetId, or all (5.6.5)."""
    parameters = asked.take_parameters(("datasetId", "deleteAll", "type", "local"))
    if term != "scope":
        _refuse_no_attribute(term)
    name = asked.stored_name(term)
    every, dataset_id = _is_all(parameters), dataset_of(parameters.get("datasetId"))

    def change(tx: Any) -> None:
        before = existing(asked, tx, entity_id)
        if name == "scope":
            if "scope" not in before:
                raise NotFoundError("web.attribute-unknown", id=entity_id, attribute="scope", dataset="")
            tx.put({key: part for key, part in before.items() if key != "scope"})
        elif every:
            instances_of(before, name)
            tx.put({key: part for key, part in before.items() if key != name})
        else:
            instance_of(before, name, dataset_id)
            tx.put(delete_attribute(before, name, dataset_id))

    await asked.write(change, reason="delete attribute")
    return Reply(NO_CONTENT)


async def without_id(asked: Asked, term: str = "") -> Reply:
    """A path that leaves the entity's id empty: 400, whatever was to be done with it (5.6.2.4 and the like)."""
    if not asked.request.path.endswith("/") and not term:
        raise CallerError("web.method-not-allowed", method=asked.request.method, allowed="DELETE, GET, POST")
    raise DataError("provision.id-missing", path=f"{asked.request.mount}{NGSI_BASE}entities/")


_NO_ID = NGSI_BASE + "entities//attrs"
TABLE: Table = [
    ("POST", NGSI_BASE + "entities", create_entity),
    ("PUT", NGSI_BASE + "entities", without_id),
    ("PATCH", NGSI_BASE + "entities", without_id),
    ("PUT", ENTITY, replace_entity),
    ("PATCH", ENTITY, merge_entity),
    ("DELETE", ENTITY, delete_entity),
    ("POST", ENTITY + "/attrs", append),
    ("PATCH", ENTITY + "/attrs", update),
    ("PATCH", ENTITY + "/attrs/{term}", update_attribute),
    ("PUT", ENTITY + "/attrs/{term}", replace_attribute),
    ("DELETE", ENTITY + "/attrs/{term}", remove_attribute),
    *((method, _NO_ID, without_id) for method in ("POST", "PATCH", "PUT", "DELETE")),
    *((method, _NO_ID + "/{term}", without_id) for method in ("PATCH", "PUT", "DELETE")),
]


# -- what the operations share ----------------------------------------------------------------------------------------


def _id_of(entity: Document) -> str:
    """The id of an entity that may not be one; the check says what is missing."""
    return str(entity["id"] if isinstance(entity.get("id"), str) else check_entity(entity)["id"])


def is_simplified(asked: Asked) -> bool:
    """Whether the body is in simplified form."""
    format = asked.parameters.get("format") or None
    if format is not None and format not in FORMATS:
        raise CallerError("web.format-unknown", format=format, known=", ".join(sorted(FORMATS)))
    options = asked.options(FORMATS)
    return format in SIMPLIFIED if format is not None else bool(options & SIMPLIFIED)


def common_moment(asked: Asked) -> str | None:
    """The observedAt that the URL gives to all that is merged (6.5.3.4)."""
    text = asked.parameters.get("observedAt")
    if not text:
        return None
    try:
        return to_text(from_text(text.replace(" ", "+")))
    except ValueError:
        expected = "2026-01-31T09:00:00Z"
        raise DataError("web.parameter-value", parameter="observedAt", value=text, expected=expected) from None


def _is_all(parameters: dict[str, str]) -> bool:
    wish = parameters.get("deleteAll") or "false"
    if wish not in ("true", "false"):
        raise DataError("web.parameter-value", parameter="deleteAll", value=wish, expected="true, false")
    return wish == "true"


def _refuse_no_attribute(term: str) -> None:
    if term in ENTITY_MEMBERS or term in SYSTEM_MEMBERS or term == NULL:
        raise DataError("web.no-attribute", attribute=term)
    if not is_name(term):
        raise DataError("provision.bad-name", place="attrs", found=term[:80])


def _update_result(asked: Asked, fragment: Document, left: list[str]) -> Reply:
    """204, or 207 with what was and what was not updated, by full names (5.2.18, 6.3.6)."""
    if not left:
        return Reply(NO_CONTENT)
    full = asked.contexts.city.expand
    updated = [full(name) for name in attribute_names(fragment) if name not in left]
    reason = CallerError("web.not-overwritten").message(asked.request.language)
    skipped = [{"attributeName": full(name), "reason": reason} for name in left]
    return json_reply({"updated": updated, "notUpdated": skipped}, status=207)
