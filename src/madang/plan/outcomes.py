"""Outcomes (실적): what came of a promise, measured for a period, with the evidence that shows it.

An outcome is never rewritten. A second one for the same period corrects the first: it names it, has its own reason, and
from then on is the one that stands; both stay in the file. A number may be read from the city's own data instead of
being typed: then its evidence is the address it was read from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from madang import clock
from madang.dates import period as period_of
from madang.entities.entity import Document, instance_of, property_, provenance_of, relationship, urn, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, ConflictError, NotFoundError
from madang.indicators.quantity import rounded
from madang.indicators.stored import figure
from madang.models.canonical import json_bytes, sha256
from madang.plan import evidence as showing
from madang.plan.scoring import due_of, promised_number, unit_of
from madang.store import Store, View

Number = int | float

AUTHORITY = "madang"
CODE_LENGTH = 16
SHORTEST = 6  # beginning of an id that names a promise, where no other begins so
COUNTED = frozenset({"IE", "C62", "E51", "person", "{company}", "{building}", "KMK", "MTK", "MTR"})  # never below zero


@dataclass(frozen=True, slots=True)
class Reading:
    """Where an outcome is read: an attribute of an entity, one instance of it where there are several."""

    entity: str
    attribute: str
    dataset_id: str | None = None

    @staticmethod
    def parse(text: str) -> Reading:
        """What `<entity>#<attribute>[<datasetId>]` names."""
        entity, mark, rest = text.partition("#")
        attribute, bracket, instance = rest.partition("[")
        if not (mark and entity and attribute) or (bracket and not instance.endswith("]")):
            raise CallerError("plan.reading-malformed", found=text)
        return Reading(entity, attribute, instance[:-1] if bracket else None)

    def as_json(self) -> dict[str, Any]:
        """The reading as a promise keeps it."""
        return {"entity": self.entity, "attribute": self.attribute, "datasetId": self.dataset_id}


def record_outcome(
    store: Store,
    promise_id: str,
    *,
    period: str | None = None,
    value: Number | None = None,
    reads: str | Reading | None = None,
    evidence: str | list[str] | None = None,
    link: str | None = None,
    file: str | Path | None = None,
    reason: str,
    actor: str,
) -> Document:
    """Write what came of a promise; the same outcome again gives the one that stands and writes nothing."""
    if not reason.strip():
        raise CallerError("plan.reason-missing")
    promise = promise_of(store, promise_id)
    if reads is not None and value is not None:
        raise CallerError("plan.outcome-read-and-typed")
    status: str | None = None
    if reads is not None:
        where = Reading.parse(reads) if isinstance(reads, str) else reads
        value, status, address, said = _read(store, promise, where)
        period = period or said
        given = [evidence] if isinstance(evidence, str) else list(evidence or ())
        evidence = [*given, address] if address else given
    value = _checked_value(promise, value)
    text = _checked_period(store, promise, period)
    shown = showing.checked(store, promise, evidence=evidence, link=link, file=file)
    former = [one for one in outcomes_of(store.view(), promise["id"]) if value_of(one, "period") == text]
    made = _document(promise, value, text, status, shown, former, reason=reason, actor=actor)
    if former and _says(former[-1]) == _says(made):
        return former[-1]
    with store.transact(actor=actor, reason=reason, act="outcome") as tx:
        if tx.document(made["id"]) is not None:
            raise ConflictError("plan.outcome-meanwhile", id=promise["id"], period=text)
        shown.keep(tx)
        tx.put(made)
    return made


def outcomes_of(view: View, promise_id: str) -> list[Document]:
    """Every outcome of a promise, by period, the corrected ones before those that correct them."""
    found = view.documents(Query(types=parse_types("Outcome")))
    return in_order(one for one in found if value_of(one, "refPromise") == promise_id)


def outcomes_by_promise(view: View) -> dict[str, list[Document]]:
    """Every outcome of a city by the promise it tells of, in order."""
    found: dict[str, list[Document]] = {}
    for one in view.documents(Query(types=parse_types("Outcome"))):
        found.setdefault(value_of(one, "refPromise"), []).append(one)
    return {id: in_order(several) for id, several in found.items()}


def in_order(outcomes: Iterable[Document]) -> list[Document]:
    """Outcomes by period and order."""
    return sorted(outcomes, key=lambda one: (str(value_of(one, "period")), value_of(one, "order") or 1, one["id"]))


def standing(outcomes: Iterable[Document]) -> list[Document]:
    """The outcomes that nothing corrects, by period."""
    found = list(outcomes)
    corrected = {value_of(one, "corrects") for one in found}
    return in_order(one for one in found if one["id"] not in corrected)


def final(promise: Document, outcomes: Iterable[Document]) -> Document | None:
    """The standing outcome that tells how a promise ended: the last for a period not before its due date."""
    due, last = due_of(promise), None
    for one in standing(outcomes):
        if due is None or period_of(str(value_of(one, "period"))).last >= due.last:
            last = one
    return last


def promise_of(store: Store, promise_id: str) -> Document:
    """A promise by its id, by the last part of it, or by the beginning of that (at least 6)."""
    view = store.view()
    doc = view.document(promise_id) if promise_id.startswith("urn:") else None
    if doc is None:
        ids = view.ids(Query(types=parse_types("Promise,Commitment")))
        near = [id for id in ids if id.rpartition(":")[2] == promise_id]
        if not near and len(promise_id) >= SHORTEST:
            near = [id for id in ids if id.rpartition(":")[2].startswith(promise_id)]
        doc = view.document(near[0]) if len(near) == 1 else None
    if doc is None or doc["type"] not in ("Promise", "Commitment"):
        raise NotFoundError("plan.promise-unknown", id=promise_id)
    return doc


# --- inside ----------------------------------------------------------------------------------------------------------


def _read(store: Store, promise: Document, where: Reading) -> tuple[Number, str | None, str | None, str | None]:
    doc = store.view().document(where.entity)
    found = figure(store, doc, where.attribute, dataset_id=where.dataset_id) if doc is not None else None
    if doc is None or found is None or found["value"] is None:
        raise NotFoundError("plan.reading-nothing", entity=where.entity, attribute=where.attribute)
    unit = unit_of(promise)
    if found["unit"] != unit and not (found["unit"] in (None, "1") and unit in (None, "1")):
        raise CallerError(
            "plan.reading-unit", attribute=where.attribute, found=found["unit"] or "-", wanted=unit or "-"
        )
    said = found["period"] or (instance_of(doc, where.attribute, where.dataset_id) or {}).get("observedAt")
    status = provenance_of(doc, where.attribute).status
    return (
        found["value"],
        status,
        found["address"],
        clock.day_said(str(said), store.city.zone) if said is not None else None,
    )


def _checked_value(promise: Document, value: Any) -> Number | None:
    promised, unit = promised_number(promise), unit_of(promise)
    if value is None:
        if promised is not None:
            raise CallerError("plan.outcome-no-value", unit=unit or "-")
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise CallerError("plan.outcome-not-a-number", found=repr(value))
    if value < 0 and unit in COUNTED:
        raise CallerError("plan.outcome-negative", found=value, unit=unit)
    return rounded(value, "KRW") if unit == "KRW" else value


def _checked_period(store: Store, promise: Document, period: str | None) -> str:
    if period is None:
        raise CallerError("plan.outcome-no-period")
    try:
        meant = period_of(str(period))
    except ValueError:
        raise CallerError("plan.outcome-period", found=period) from None
    if meant.first > clock.today(store.city.zone):
        raise CallerError("plan.outcome-in-the-future", period=meant.text)
    return meant.text


def _document(
    promise: Document,
    value: Number | None,
    period: str,
    status: str | None,
    shown: showing.Evidence,
    former: list[Document],
    *,
    reason: str,
    actor: str,
) -> Document:
    order = len(former) + 1
    code = sha256(json_bytes([promise["id"], period, order]))[:CODE_LENGTH]
    made: Document = {
        "id": urn("Outcome", AUTHORITY, code),
        "type": "Outcome",
        "refPromise": relationship(promise["id"]),
        "period": property_(period),
        "order": property_(order),
        "reason": property_(reason.strip()),
        "recordedBy": property_(actor),
        **shown.attributes,
    }
    if value is not None:
        made["value"] = property_(value, unit=unit_of(promise), status=status)
    if former:
        made["corrects"] = relationship(former[-1]["id"])
    return made | {name: promise[name] for name in ("indicator", "refCity", "title") if name in promise}


def _says(outcome: Document) -> list[Any]:
    return [value_of(outcome, name) for name in ("value", "evidence", "evidenceLink", "evidenceAddress")]
