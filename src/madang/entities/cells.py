"""Entities as cells of a table that people edit, and back without loss.

Each attribute instance has one column for what it says (a text in several languages: one a language) and one, which a
spreadsheet hides, for all the rest of the instance as JSON: kind, unit, period, source, status, sub-attributes. A cell
holds text, a number, yes or no; what is none of these (geometry, lists of values, JSON) stands as JSON text, ids of a
relationship one a line. Read back, an instance is its hidden rest with the visible value put in: nothing is lost, and
what a person changed is changed. An emptied value takes the instance away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from madang.entities.entity import (
    ENTITY_MEMBERS,
    MEMBER_OF_KIND,
    Document,
    Instance,
    attributes,
    language_property,
    property_,
    relationship,
)
from madang.entities.vocabulary import attribute_info
from madang.errors import DataError

Cell = str | float | int | bool | None
REST = "~"  # ends the name of a hidden column
WHOLE = "entity~"  # members of an entity that are no attributes


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its machine name, and what it shows of which attribute instance; `rest` says that it is hidden."""

    name: str
    attribute: str
    dataset_id: str | None = None
    language: str | None = None
    rest: bool = False


ID = Column("id", "id")


def columns_of(documents: Iterable[Document]) -> list[Column]:
    """The columns that hold these entities, in the order in which their parts are first met, hidden ones last."""
    shown: dict[str, Column] = {"id": ID}
    hidden: dict[str, Column] = {WHOLE: Column(WHOLE, "entity", rest=True)}
    for document in documents:
        for name, dataset_id, instance in attributes(document):
            of = name if dataset_id is None else f"{name}[{dataset_id}]"
            hidden.setdefault(of + REST, Column(of + REST, name, dataset_id, rest=True))
            for language in _languages(instance):
                key = of if language is None else f"{of}@{language}"
                shown.setdefault(key, Column(key, name, dataset_id, language))
    return [*shown.values(), *hidden.values()]


def cells_of(document: Document, columns: Sequence[Column]) -> list[Cell]:
    """The cells of one entity, None where it says nothing."""
    instances = {(name, dataset): instance for name, dataset, instance in attributes(document)}
    return [_cell(document, instances.get((column.attribute, column.dataset_id)), column) for column in columns]


def document_of(cells: Mapping[str, Cell], columns: Sequence[Column], *, where: str) -> Document:
    """The entity that a row of cells stands for; raises DataError naming the cell that can't be read."""
    whole = _json(cells.get(WHOLE), WHOLE, where) or {}
    made: Document = {"id": _id(cells.get("id"), where), **whole}
    instances: dict[str, list[Instance]] = {}
    for hidden in (column for column in columns if column.rest and column.name != WHOLE):
        shown = [one for one in columns if _same(one, hidden) and not one.rest]
        instance = _instance(cells, hidden, shown, where)
        if instance is not None:
            instances.setdefault(hidden.attribute, []).append(instance)
    for name, found in instances.items():
        made[name] = found[0] if len(found) == 1 else found
    return made


def _same(one: Column, other: Column) -> bool:
    return (one.attribute, one.dataset_id) == (other.attribute, other.dataset_id)


def _languages(instance: Instance) -> list[str | None]:
    if instance["type"] == "LanguageProperty" and all(
        isinstance(text, str) for text in instance["languageMap"].values()
    ):
        return list(instance["languageMap"])
    return [None]


def _cell(document: Document, instance: Instance | None, column: Column) -> Cell:
    if column is ID or column.name == "id":
        return str(document["id"])
    if column.name == WHOLE:
        return _text({name: document[name] for name in document if name in ENTITY_MEMBERS and name != "id"})
    if instance is None:
        return None
    member = MEMBER_OF_KIND[instance["type"]]
    said = instance[member]
    if column.rest:
        rest = {name: value for name, value in instance.items() if name != member}
        return _text(rest | {"cell": _way(said, instance)})
    if column.language is not None:
        return said.get(column.language) if _way(said, instance) == "languages" else None
    if _way(said, instance) == "languages":
        return None
    return _shown(said, _way(said, instance))


def _way(said: Any, instance: Instance) -> str:
    """How a value stands in its cell: as itself, as a float, by language, one id a line, or as JSON."""
    if instance["type"] == "LanguageProperty":
        return "languages" if _languages(instance) != [None] else "json"
    if isinstance(said, float):
        return "float"
    if isinstance(said, str):
        return "json" if said == "" else "text"
    if isinstance(said, bool | int):
        return "bare"
    if isinstance(said, list) and said and all(isinstance(one, str) and one.split() == [one] for one in said):
        return "lines"
    return "json"


def _shown(said: Any, way: str) -> Cell:
    if way == "lines":
        return "\n".join(said)
    return _text(said) if way == "json" else said


def _instance(cells: Mapping[str, Cell], hidden: Column, shown: Sequence[Column], where: str) -> Instance | None:
    rest = _json(cells.get(hidden.name), hidden.name, where)
    by_language = {one.language: cells[one.name] for one in shown if one.language and cells.get(one.name) is not None}
    bare = next((cells.get(one.name) for one in shown if one.language is None), None)
    if not by_language and bare is None:
        return None
    if rest is None:
        return _new(hidden, by_language, bare)
    way, member = rest.pop("cell", "text"), MEMBER_OF_KIND.get(str(rest.get("type")), "value")
    if by_language and way == "languages":
        return {**rest, member: {language: str(text) for language, text in by_language.items()}}
    return {**rest, member: _read(bare, way, next((one.name for one in shown), hidden.name), where)}


def _new(hidden: Column, by_language: Mapping[str, Cell], bare: Cell) -> Instance:
    """An instance that a person added: its kind is the vocabulary's, else taken from the value."""
    known = attribute_info(hidden.attribute)
    kind = known.kind if known is not None else "Property"
    if by_language or kind == "LanguageProperty":
        texts = {language: str(text) for language, text in by_language.items()} or {"ko": str(bare)}
        return language_property(texts, dataset_id=hidden.dataset_id)
    if kind == "Relationship":
        ids = str(bare).split()
        return relationship(ids[0] if len(ids) == 1 else ids, dataset_id=hidden.dataset_id)
    unit = known.unit if known is not None and isinstance(bare, int | float) and not isinstance(bare, bool) else None
    return property_(bare, unit=unit, dataset_id=hidden.dataset_id)


def _read(cell: Cell, way: str, name: str, where: str) -> Any:
    if way == "float" and isinstance(cell, int) and not isinstance(cell, bool):
        return float(cell)
    if way == "lines" and isinstance(cell, str):
        return cell.split()
    if way == "json" and isinstance(cell, str):
        return _json(cell, name, where)
    return cell


def _id(cell: Cell, where: str) -> str:
    if not isinstance(cell, str) or not cell.strip():
        raise DataError("entities.cell-without-id", place=where)
    return cell.strip()


def _text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _json(cell: Cell, name: str, where: str) -> Any:
    if cell is None:
        return None
    try:
        return orjson.loads(str(cell))
    except orjson.JSONDecodeError:
        raise DataError("entities.cell-not-json", place=where, column=name, found=str(cell)[:60]) from None
