"""Operations that change evolutions (clauses 5.6.11-5.6.16; 6.18-6.22).

Current state and evolution are one: the newest instance of an attribute is its current one, whoever gave it, and an
older one goes beside it. What is taken out of the evolution is taken out of the current state as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from madang.entities.entity import (
    ENTITY_MEMBERS,
    SYSTEM_MEMBERS,
    Document,
    Instance,
    check_entity,
    is_name,
    is_uri,
)
from madang.entities.evolution import (
    DEFAULT,
    SCOPE,
    Evolution,
    Told,
    found_by_id,
    key_of,
    moment_of,
)
from madang.entities.evolution_given import divided, with_current
from madang.entities.patch import append_attributes, is_null
from madang.errors import CallerError, DataError, NotFoundError
from madang.store.evolution import ALL, Given, Wish
from madang.web.exchange import Reply
from madang.web.inthreads import in_thread
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.parameters import flag
from madang.web.ngsi.targets import dataset_of, existing, present
from madang.web.ngsi.temporal_ranges import is_moment

NO_CONTENT = 204
_CREATED = 201
READ_INLINE = 200  # instances


async def create_evolution(asked: Asked) -> Reply:
    """POST temporal/entities/: 201 where the entity is new, 204 where instances were added (5.6.11)."""
    asked.take_parameters(("options", "local"))
    fragment = await _read(asked, await asked.object_body(), entity_id=None)
    entity_id = str(fragment["id"])

    def change(tx: Any) -> bool:
        before = present(tx, entity_id)
        _add(tx, entity_id, fragment, before)
        return before is None

    is_new = await asked.write(change, reason="temporal upsert")
    if not is_new:
        return Reply(NO_CONTENT)
    location = f"{asked.request.mount}{asked.request.path.rstrip('/')}/{quote(entity_id, safe=':')}"
    return Reply(_CREATED, headers=[(b"location", location.encode())])


async def add_attributes(asked: Asked, entity_id: str) -> Reply:
    """POST temporal/entities/{id}/attrs: instances added (5.6.12)."""
    asked.take_parameters(("options", "local"))
    value = await asked.object_body()
    if value.pop("id", entity_id) != entity_id:
        raise DataError("web.id-differs", path_id=entity_id, body_id="another id")
    if not value.keys() - {"type"}:
        raise CallerError("temporal.fragment-empty")
    fragment = await _read(asked, value, entity_id=entity_id)

    def change(tx: Any) -> None:
        _add(tx, entity_id, fragment, existing(asked, tx, entity_id))

    await asked.write(change, reason="temporal add attributes")
    return Reply(NO_CONTENT)


async def delete_attribute(asked: Asked, entity_id: str, term: str) -> Reply:
    """DELETE temporal/entities/{id}/attrs/{attr}: the default instances, those of a dataset, or all (5.6.13)."""
    parameters = asked.take_parameters(("datasetId", "deleteAll", "local"))
    name = _name(asked, term, or_scope=True)
    every = flag(parameters, "deleteAll") is True
    dataset = dataset_of(parameters.get("datasetId") or None) or DEFAULT

    def change(tx: Any) -> None:
        document = existing(asked, tx, entity_id)
        line = _line(tx, entity_id, name)
        if not any(every or told.dataset == dataset for told in line):
            where = f" (datasetId {dataset})" if dataset and not every else ""
            raise NotFoundError("temporal.attribute-unknown", id=entity_id, attribute=term, dataset=where)
        made = {key: part for key, part in document.items() if key != name}
        if name != SCOPE and not every:
            made = with_current(document, name, dataset, [])
        tx.put(made)
        tx.give(entity_id, [Given(name, ALL if every else dataset, ALL, None, None, is_override=True)])

    await asked.write(change, reason="temporal delete attribute")
    return Reply(NO_CONTENT)


async def modify_instance(asked: Asked, entity_id: str, term: str, instance_id: str) -> Reply:
    """PATCH temporal/entities/{id}/attrs/{attr}/{instance}: the instance replaced (5.6.14)."""
    asked.take_parameters(("options", "local"))
    _check_instance_id(instance_id)
    value = await asked.object_body(patch=True)
    name = _name(asked, term)  # by the @context of the body
    part = value.get(term, value) if isinstance(value.get(term), (dict, list)) else value
    given = asked.fragment_of({term: part}, asked.context())[name]
    if isinstance(given, list):
        raise DataError("web.attribute-malformed", id=entity_id, attribute=term)
    _check(entity_id, name, given)

    def change(tx: Any) -> None:
        document = existing(asked, tx, entity_id)
        line = _line(tx, entity_id, name)
        told = _found(entity_id, term, line, instance_id)
        new = {key: value for key, value in given.items() if key != "datasetId"}
        if told.dataset:
            new["datasetId"] = told.dataset
        at = moment_of(new)
        now = Told(name, told.dataset, told.key, new, at, told.created, told.modified)
        rest = [one for one in line if one is not told and one.dataset == told.dataset]
        _put_current(tx, document, name, told.dataset, [*rest, now])
        tx.give(entity_id, [Given(name, told.dataset, told.key, at, new, is_override=True)])

    await asked.write(change, reason="temporal modify instance")
    return Reply(NO_CONTENT)


async def delete_instance(asked: Asked, entity_id: str, term: str, instance_id: str) -> Reply:
    """DELETE temporal/entities/{id}/attrs/{attr}/{instance} (5.6.15)."""
    asked.take_parameters(("local",))
    name = _name(asked, term)
    _check_instance_id(instance_id)

    def change(tx: Any) -> None:
        document = existing(asked, tx, entity_id)
        line = _line(tx, entity_id, name)
        told = _found(entity_id, term, line, instance_id)
        rest = [one for one in line if one is not told and one.dataset == told.dataset]
        _put_current(tx, document, name, told.dataset, rest)
        tx.give(entity_id, [Given(name, told.dataset, told.key, told.observed, None, is_override=True)])

    await asked.write(change, reason="temporal delete instance")
    return Reply(NO_CONTENT)


async def delete_evolution(asked: Asked, entity_id: str) -> Reply:
    """DELETE temporal/entities/{id}: the entity goes, and with it its evolution (5.6.16)."""
    asked.take_parameters(("local",))

    def change(tx: Any) -> None:
        existing(asked, tx, entity_id)
        tx.delete(entity_id)

    await asked.write(change, reason="temporal delete")
    return Reply(NO_CONTENT)


# -- adding -----------------------------------------------------------------------------------------------------------


async def _read(asked: Asked, value: dict[str, Any], *, entity_id: str | None) -> Document:
    """What a body gives; of a long one on a thread, which would hold the event loop too long."""
    if sum(len(part) for part in value.values() if isinstance(part, list)) > READ_INLINE:
        return await in_thread(_given, asked, value, entity_id=entity_id)
    return _given(asked, value, entity_id=entity_id)


def _given(asked: Asked, value: dict[str, Any], *, entity_id: str | None) -> Document:
    """What a body gives: an entity, or attributes of one, each a list of instances, each of them checked."""
    fragment = _fragment(asked, value)
    scopes = fragment.get(SCOPE)
    if isinstance(scopes, dict) or (isinstance(scopes, list) and scopes and all(isinstance(s, dict) for s in scopes)):
        fragment[SCOPE] = [_scope_instance(one) for one in (scopes if isinstance(scopes, list) else [scopes])]
    members = {name: part for name, part in fragment.items() if name in ENTITY_MEMBERS}
    newest = _newest_scope(members.get(SCOPE))
    if entity_id is None:
        members.setdefault("id", None)
        check_entity({key: part for key, part in ({**members, SCOPE: newest}).items() if part is not None})
    elif "type" in members:
        check_entity({"id": entity_id, "type": members["type"]})
    for name, part in fragment.items():
        if name not in ENTITY_MEMBERS:
            for one in part:
                _check(str(fragment.get("id", entity_id)), name, one)
    return fragment


def _fragment(asked: Asked, value: dict[str, Any]) -> Document:
    """A body with stored names, each attribute a list of instances; several of a dataset are what evolutions have."""
    context = asked.context()
    made = asked.fragment_of({name: part for name, part in value.items() if name in ENTITY_MEMBERS}, context)
    for name, part in value.items():
        if name in ENTITY_MEMBERS:
            continue
        listed = part if isinstance(part, list) and part and all(isinstance(one, dict) for one in part) else [part]
        for one in listed:
            for stored, instance in asked.fragment_of({name: one}, context).items():
                made.setdefault(stored, []).extend(instance if isinstance(instance, list) else [instance])
    return made


def _scope_instance(given: dict[str, Any]) -> Instance:
    if given.get("type", "Property") != "Property" or "value" not in given:
        raise DataError("web.attribute-malformed", id="-", attribute=SCOPE)
    moment = given.get("observedAt")
    if moment is not None and not is_moment(moment):
        raise DataError("temporal.time", parameter="observedAt", value=str(moment)[:60])
    return {key: value for key, value in {"type": "Property", "value": given["value"], "observedAt": moment}.items()
            if value is not None}  # fmt: skip


def _newest_scope(scopes: Any) -> Any:
    """The scope an entity then has: of instances the one observed last."""
    if isinstance(scopes, list) and scopes and isinstance(scopes[0], dict):
        ordered = sorted(scopes, key=lambda one: (one.get("observedAt") is None, moment_of(one) or 0))
        return ordered[-1]["value"] or None
    return scopes


def _check(entity_id: str, name: str, instance: Any) -> None:
    """Refuse what is no instance; one that says that the attribute was no more has no value to check (4.5.7)."""
    if not isinstance(instance, dict):
        raise DataError("web.attribute-malformed", id=entity_id, attribute=name)
    moment = instance.get("observedAt")
    if moment is not None and not is_moment(moment):
        raise DataError("temporal.time", parameter="observedAt", value=str(moment)[:60])
    if not is_null(instance):
        check_entity({"id": entity_id, "type": "Thing", name: instance})


def _add(tx: Any, entity_id: str, fragment: Document, before: Document | None) -> None:
    """Add instances: what is newest becomes current, what is older goes beside."""
    document: Document = dict(before) if before is not None else {"id": entity_id, "type": fragment["type"]}
    if before is not None and "type" in fragment:
        document = append_attributes(document, {"type": fragment["type"]})[0]
    for member in ("expiresAt",):
        if member in fragment:
            document[member] = fragment[member]
    attributes = {name: part for name, part in fragment.items() if name not in ENTITY_MEMBERS}
    found = divided(document, attributes, stands_since=lambda name, dataset: _standing(tx, entity_id, name, dataset))
    rows = _rows(found.beside, tx.number)
    scopes = fragment.get(SCOPE)
    if scopes is not None:
        rows += _scope_rows(tx, entity_id, scopes, found.document, is_new=before is None)
    if before is None or found.document != before:
        tx.put(found.document)
    if rows:
        tx.give(entity_id, rows)


def _rows(beside: Sequence[tuple[str, str, Instance]], tx: int) -> list[Given]:
    made = []
    for place, (name, dataset, instance) in enumerate(beside):
        at = moment_of(instance)
        made.append(Given(name, dataset, key_of(at, tx, place + 1), at, instance))
    return made


def _scope_rows(tx: Any, entity_id: str, scopes: Any, document: Document, *, is_new: bool) -> list[Given]:
    """Put the newest scope in the document; instances with moments of their own are kept as they were given."""
    if not (isinstance(scopes, list) and scopes and isinstance(scopes[0], dict)):
        document[SCOPE] = scopes
        return []
    newest = max((moment for one in scopes if (moment := moment_of(one)) is not None), default=None)
    known = [] if is_new else _line(tx, entity_id, SCOPE)
    if newest is None or not any(told.order > newest for told in known):
        current = _newest_scope(scopes)
        if current:
            document[SCOPE] = current
        else:
            document.pop(SCOPE, None)
    return _rows([(SCOPE, DEFAULT, one) for one in scopes], tx.number)


def _standing(tx: Any, entity_id: str, name: str, dataset: str) -> int:
    """Since when the current instance of an attribute stands that says no moment itself."""
    line = [told for told in _line(tx, entity_id, name) if told.dataset == dataset and told.observed is None]
    return int(line[-1].modified) if line else 0


# -- what is there ----------------------------------------------------------------------------------------------------


def _line(tx: Any, entity_id: str, name: str) -> list[Told]:
    found: Evolution | None = tx.evolution(entity_id, Wish(names=frozenset({name})))
    return [] if found is None else found.lines.get(name, [])


def _found(entity_id: str, term: str, line: Sequence[Told], instance_id: str) -> Told:
    if not line:
        raise NotFoundError("temporal.attribute-unknown", id=entity_id, attribute=term, dataset="")
    told = found_by_id(entity_id, line, instance_id)
    if told is None:
        raise NotFoundError("temporal.instance-unknown", id=entity_id, attribute=term, instance=instance_id)
    return told


def _put_current(tx: Any, document: Mapping[str, Any], name: str, dataset: str, line: list[Told]) -> None:
    """Have the entity say what is newest of these."""
    line.sort(key=lambda told: told.order)
    made = with_current(dict(document), name, dataset, line)
    if made != document:
        tx.put(made)


def _name(asked: Asked, term: str, *, or_scope: bool = False) -> str:
    if term == SCOPE and or_scope:
        return SCOPE
    if term in ENTITY_MEMBERS or term in SYSTEM_MEMBERS or not is_name(term):
        raise DataError("temporal.attribute-name", attribute=term[:80])
    return asked.stored_name(term)


def _check_instance_id(instance_id: str) -> None:
    if not is_uri(instance_id):
        raise DataError("temporal.instance-id", instance=instance_id[:80])
