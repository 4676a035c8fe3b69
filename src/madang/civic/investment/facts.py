"""Dated facts about agreements, investments, facilities, permits and calls: how they are written, found, and placed.

What happens to a thing is a record of its own with a civil date, known to a year, a month or a day. So its state on any
day follows from the facts dated until then (`in_force`), also for facts that were written down late. A date that is
known to its year only leaves the days of that year open: `phase` says "within", and nobody pretends to know more.

A fact carries why it was written and what shows it: an entity of the city (`evidence`), or a document named by its
number (`document`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal

from madang import clock
from madang.dates import Period, period
from madang.entities.entity import (
    Document,
    Instance,
    language_property,
    property_,
    relationship,
    types_of,
    urn,
    value_of,
)
from madang.entities.query import Query, parse_types
from madang.entities.vocabulary import type_info
from madang.errors import CallerError, NotFoundError, Pair, both
from madang.indicators import stored
from madang.store import Store, Tx

AUTHORITY = "madang"
Figure = dict[str, Any]
Phase = Literal["before", "within", "after"]
Text = str | Mapping[str, str]


def label(what: str, /, **facts: Any) -> Pair:
    """A sentence of `messages/investment.toml` in both languages."""
    return both(f"investment.{what}", **facts)


# --- days ------------------------------------------------------------------------------------------------------------


def day(given: str | date | None, *, store: Store) -> date:
    """A civil day as it is given, or today in the city's zone."""
    if given is None:
        return clock.today(store.city.zone)
    if isinstance(given, date):
        return given
    try:
        found = period(str(given))
    except ValueError:
        raise CallerError("investment.not-a-day", found=given) from None
    if found.precision != "day":
        raise CallerError("investment.not-a-day", found=given)
    return found.first


def past_day(given: str | date | None, *, store: Store) -> date:
    """A civil day that is not after today: what has not happened yet is no fact."""
    found = day(given, store=store)
    today = clock.today(store.city.zone)
    if found > today:
        raise CallerError("investment.in-the-future", date=found, today=today)
    return found


def stated(given: Any) -> Period | None:
    """The period that a stored date names; None for none, or for words that are no date."""
    try:
        return period(str(given)) if given is not None else None
    except ValueError:
        return None


def stated_period(given: str | date) -> str:
    """A date known to a year, a month or a day, as text; refused where it is none."""
    text = given.isoformat() if isinstance(given, date) else str(given)
    if stated(text) is None:
        raise CallerError("investment.not-a-date", found=text)
    return text


def phase(when: Period, as_of: date) -> Phase:
    """Where a day lies against a date that may be known to its year only."""
    if as_of < when.first:
        return "before"
    return "after" if as_of >= when.last else "within"


# --- finding ---------------------------------------------------------------------------------------------------------


def all_of(store: Store, types: str, *, branch: str = "main", at: int | None = None) -> list[Document]:
    """Every entity of these types, by id, as it is or as it was recorded at a transaction."""
    return sorted(store.view(branch, at=at).documents(Query(types=parse_types(types))), key=lambda one: one["id"])


def named(store: Store, id: str, type: str, *, branch: str = "main") -> Document:
    """An entity of a type by its id, or by the last part of it where that is one only."""
    found = store.view(branch).document(id) if id.startswith("urn:") else None
    if found is not None and type in types_of(found):
        return found
    known = all_of(store, type, branch=branch)
    near = [one for one in known if one["id"].rpartition(":")[2] == id]
    if len(near) == 1:
        return near[0]
    raise NotFoundError(
        "investment.unknown",
        type=both_names(type),
        id=id,
        known=", ".join(one["id"].rpartition(":")[2] for one in known[:8]) or "-",
    )


def both_names(type: str) -> Pair:
    """What a type is called, in both languages."""
    return dict(type_info(type).label)


def of(documents: Iterable[Document], reference: str) -> dict[str, list[Document]]:
    """Records by what they are about, each list in the order in which they count: by day, then as written."""
    found: dict[str, list[Document]] = {}
    for one in documents:
        about = value_of(one, reference)
        if isinstance(about, str):
            found.setdefault(about, []).append(one)
    for facts in found.values():
        facts.sort(key=in_order)
    return found


def in_order(fact: Document) -> tuple[str, int]:
    """The place of a fact among those of its matter."""
    return (value_of(fact, "date") or "", value_of(fact, "order") or 0)


def in_force(facts: Iterable[Document], as_of: date) -> list[Document]:
    """The facts that had happened by a day; of a date known to its year, from the end of that year on."""
    return [
        one for one in facts if (when := stated(value_of(one, "date"))) is not None and phase(when, as_of) == "after"
    ]


def name_of(document: Document | None, id: str = "") -> Pair:
    """What people call an entity, in both languages; one language stands for both, the id where there is no name."""
    found: Any = None
    for attribute in ("name", "title", "company"):
        found = found or (value_of(document, attribute) if document else None)
    if isinstance(found, Mapping):
        either = next(iter(found.values()), id)
        return {language: str(found.get(language, either)) for language in ("ko", "en")}
    text = str(found or id)
    return {"ko": text, "en": text}


def names_of(store: Store, ids: Any, *, branch: str = "main") -> Pair | None:
    """The names of one or several entities, in both languages."""
    listed = [ids] if isinstance(ids, str) else list(ids or ())
    view = store.view(branch)
    names = [name_of(view.document(id), id) for id in listed]
    return {language: " · ".join(one[language] for one in names) for language in ("ko", "en")} if names else None


def figure(store: Store, document: Document, attribute: str, *, branch: str = "main") -> Figure | None:
    """One attribute as a figure with its address."""
    return stored.figure(store, document, attribute, branch=branch)


def total(parts: Iterable[Figure | None], *, unit: str) -> Figure:
    """A sum as a figure: derived, with the address of each of its parts and the strictest of their statuses."""
    known = [part for part in parts if part is not None]
    return {
        "value": sum(part["value"] for part in known),
        "unit": unit,
        "status": strictest(part["status"] for part in known),
        "address": None,
        "derived": "sum",
        "parts": [part["address"] for part in known if part["address"]],
    }


_STRICT = ("observed", "estimated", "synthetic")


def strictest(statuses: Iterable[str | None]) -> str | None:
    """The strictest of the statuses; unknown where none is known."""
    known = [_STRICT.index(one) for one in statuses if one in _STRICT]
    return _STRICT[max(known)] if known else None


# --- writing ---------------------------------------------------------------------------------------------------------


def need_reason(reason: str) -> str:
    """The reason of an act, which stands in the log for good."""
    if not reason.strip():
        raise CallerError("investment.reason-missing")
    return reason


def said(text: Text, *, field: str = "title") -> Instance:
    """A text, or a text in both languages, as an attribute."""
    if isinstance(text, Mapping):
        told = {tag: str(one).strip() for tag, one in text.items() if str(one).strip()}
        if not told:
            raise CallerError("investment.text-missing", field=field)
        return language_property(told)
    if not str(text).strip():
        raise CallerError("investment.text-missing", field=field)
    return language_property({"ko": text.strip(), "en": text.strip()})


def shown_by(store: Store, evidence: str | None, *, branch: str = "main") -> dict[str, Instance]:
    """What shows a fact: an entity of the city by its id, or a document by its number or title."""
    if evidence is None or not evidence.strip():
        return {}
    if evidence.startswith("urn:"):
        if store.view(branch).document(evidence) is None:
            raise NotFoundError("investment.evidence-unknown", id=evidence)
        return {"evidence": relationship(evidence)}
    return {"document": property_(evidence.strip())}


def has_evidence(fact: Document) -> bool:
    """Whether a fact names what shows it."""
    return "evidence" in fact or "document" in fact


def fact(
    tx: Tx,
    type: str,
    about: Document,
    *,
    reference: str,
    on: str,
    actor: str,
    reason: str,
    told: Mapping[str, Instance],
) -> Document:
    """Write one dated fact about a thing; its number counts the facts of its kind about that thing."""
    code = f"{about['type'].lower()}-{about['id'].rpartition(':')[2]}"
    number = 1
    while tx.document(urn(type, AUTHORITY, f"{code}-{number}")) is not None:
        number += 1
    made: Document = {
        "id": urn(type, AUTHORITY, f"{code}-{number}"),
        "type": type,
        reference: relationship(about["id"]),
        "date": property_(on),
        "order": property_(number),
        "reason": property_(reason),
        "recordedBy": property_(actor),
        **told,
    }
    if "status" in about:
        made["status"] = about["status"]
    tx.put(made)
    return made


def log_of(store: Store, ids: Iterable[str]) -> list[dict[str, Any]]:
    """The changes of several entities as the log has them: when, who, why; newest first."""
    found = {tx.number: tx for id in ids for tx in store.log(entity=id)}
    return [
        {"transaction": tx.number, "at": clock.to_text(tx.at), "by": tx.actor, "reason": tx.reason}
        for tx in sorted(found.values(), key=lambda tx: -tx.number)
    ]
