"""What the modules of the plan read off a document: both languages of a text, the ids it refers to, its years."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.dates import Period, period
from madang.entities.entity import Document, instance_of, value_of

Pair = dict[str, str]


def pair_of(said: Any) -> Pair | None:
    """Both languages of a text; one in a single language, or plain text, stands for both."""
    if isinstance(said, Mapping):
        either = next((text for text in said.values() if isinstance(text, str)), None)
        return {language: str(said.get(language, either)) for language in ("ko", "en")} if either is not None else None
    return {"ko": said, "en": said} if isinstance(said, str) else None


def title_of(document: Document) -> Pair:
    """What people call an entity; its id where it has no name."""
    found = pair_of(value_of(document, "title")) or pair_of(value_of(document, "name"))
    return found or {"ko": document["id"], "en": document["id"]}


def refs_of(document: Document, name: str) -> tuple[str, ...]:
    """The ids that an attribute refers to: none, one or several."""
    said = value_of(document, name)
    if isinstance(said, str):
        return (said,)
    return tuple(one for one in said if isinstance(one, str)) if isinstance(said, list | tuple) else ()


def ref_of(document: Document, name: str) -> str | None:
    """The one id that an attribute refers to, the first of several."""
    found = refs_of(document, name)
    return found[0] if found else None


def words_of(document: Document, name: str) -> tuple[str, ...]:
    """The words of an attribute that holds one or several."""
    return refs_of(document, name)


def whole_of(document: Document, name: str) -> int | None:
    """A whole number such as a year or an amount in won; text of digits counts, anything else is unknown."""
    said = value_of(document, name)
    if isinstance(said, bool):
        return None
    if isinstance(said, int):
        return said
    if isinstance(said, float):
        return round(said)
    return int(said) if isinstance(said, str) and said.strip().isdigit() else None


def number_of(document: Document, name: str) -> float | int | None:
    """A number, or None where there is none."""
    said = value_of(document, name)
    return said if isinstance(said, int | float) and not isinstance(said, bool) else None


def period_of(document: Document, name: str) -> Period | None:
    """The civil date of an attribute as precisely as it was stated; None where it is none."""
    said = value_of(document, name)
    try:
        return period(str(said)) if said is not None else None
    except ValueError:
        return None


def unit_of(document: Document, name: str) -> str | None:
    """The unit of an attribute."""
    instance = instance_of(document, name)
    return None if instance is None else instance.get("unitCode")


def years_of(document: Document) -> tuple[int, int] | None:
    """First and last year of something that takes time, from whichever of its dates are stated."""
    starts, ends, due = (period_of(document, name) for name in ("startsOn", "endsOn", "due"))
    first = whole_of(document, "startYear") or (starts.first.year if starts else None)
    last = whole_of(document, "endYear") or (ends.last.year if ends else due.last.year if due else None)
    if first is None and last is None:
        return None
    return (first if first is not None else last or 0, last if last is not None else first or 0)


def in_order(documents: list[Document]) -> tuple[Document, ...]:
    """Documents by their order key, those without one last, ties by id."""

    def key(document: Document) -> tuple[bool, float, str]:
        order = number_of(document, "order")
        return order is None, order or 0.0, document["id"]

    return tuple(sorted(documents, key=key))
