"""A joint ordinance of allied cities: common text, a variant per city, and how far each council has come with it.

Each city has a variant (its own `Ordinance`, which follows the common one) and goes four steps, each with its date and
its evidence, recorded as an `AdoptionStep`:

    drafted 입안   notified 입법예고   passed 의결   promulgated 공포

A step follows the one before it, and no step is taken back: what is promulgated is amended by a new ordinance. The step
keeps the hash of the text, so that a text changed behind it is seen in the matrix.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang import dates
from madang.civic.alliances.ordinance_text import Difference, differences, places
from madang.civic.alliances.records import (
    AUTHORITY,
    Period,
    alliance_named,
    city_named,
    civil_day,
    entity_named,
    ids_of,
    members_on,
    missing_ids,
    name_of_city,
    need_reason,
    next_id,
    pair,
    put_new,
    records_of,
    today_of,
)
from madang.entities.entity import Document, language_property, property_, relationship, urn, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, ConflictError, ForbiddenError, NotFoundError, Pair, both
from madang.indicators.stored import address_of
from madang.store import Store, View

STATES = ("drafted", "notified", "passed", "promulgated")
TEXT_FIXED_FROM = "passed"  # a council passes a text; from then on it stays as it was passed


@dataclass(frozen=True)
class StepTaken:
    """One step of one council: when, on what evidence, and where the record of it stands."""

    id: str
    state: str
    date: str
    evidence: tuple[str, ...]
    note: str | None
    address: str | None


@dataclass(frozen=True)
class Row:
    """One city of the matrix: its variant, its steps, where it stands, and how its text differs."""

    city: str
    name: Pair
    variant: str | None
    state: str | None
    label: Pair
    steps: tuple[StepTaken, ...]
    differs: tuple[Difference, ...]
    text_changed_since: bool

    def as_json(self) -> dict[str, Any]:
        """The row as a page draws it: a cell for each state, and the differences with their words."""
        taken = {step.state: step for step in self.steps}
        return {
            "city": self.city,
            "name": self.name,
            "variant": self.variant,
            "state": self.state,
            "label": self.label,
            "cells": [
                {"state": state, "label": label_of(state), "done": state in taken, **_cell(taken.get(state))}
                for state in STATES
            ],
            "differs": [difference_json(one) for one in self.differs],
            "textChangedSince": self.text_changed_since,
        }


@dataclass(frozen=True)
class Matrix:
    """A joint ordinance: its common text, and a row for each member city at a day."""

    id: str
    title: Pair
    alliance: str
    as_of: date
    text: Pair | None
    rows: tuple[Row, ...]

    def counts(self) -> dict[str, int]:
        """How many cities have reached each state."""
        return {state: sum(any(s.state == state for s in row.steps) for row in self.rows) for state in STATES}

    def as_json(self) -> dict[str, Any]:
        """The matrix as plain JSON values."""
        return {
            "id": self.id,
            "title": self.title,
            "alliance": self.alliance,
            "asOf": self.as_of.isoformat(),
            "text": self.text,
            "places": [{"ref": p.ref, "text": p.text} for p in places((self.text or {}).get("ko", "")).values()],
            "states": [{"id": state, "label": label_of(state)} for state in STATES],
            "counts": self.counts(),
            "members": len(self.rows),
            "rows": [row.as_json() for row in self.rows],
        }


def label_of(state: str | None) -> Pair:
    """What a state of adoption is called; None: nothing was done yet."""
    return both(f"alliances.state-{state or 'none'}")


def difference_json(one: Difference) -> dict[str, Any]:
    """A difference as plain JSON values."""
    return {
        "ref": one.ref,
        "kind": one.kind,
        "label": both(f"alliances.difference-{one.kind}"),
        "common": one.common,
        "variant": one.variant,
        "words": [{"kind": kind, "text": text} for kind, text in one.words],
    }


# --- reading ---------------------------------------------------------------------------------------------------------


def ordinance_named(view: View, name: str) -> Document:
    """One ordinance by id or short name."""
    return entity_named(view, "Ordinance", name, unknown="alliances.ordinance-unknown")


def common_ordinances(view: View, alliance: str) -> list[Document]:
    """The common texts of an alliance."""
    return [one for one in records_of(view, "Ordinance", refAlliance=alliance) if "variantOf" not in one]


def matrix(store: Store, ordinance: str, *, as_of: date | None = None, branch: str = "main") -> Matrix:
    """Cities against states of adoption, as far as they had come on a day, with what differs in each city's text."""
    view = store.view(branch)
    common = _common(view, ordinance_named(view, ordinance))
    alliance = alliance_named(view, value_of(common, "refAlliance"))
    day = as_of or today_of(store)
    variants = {value_of(one, "refCity"): one for one in _variants(view, common["id"])}
    rows = [_row(store, view, common, member, variants.get(member.city), day) for member in _once(view, alliance, day)]
    return Matrix(common["id"], pair(value_of(common, "title")), alliance["id"], day, _text(common), tuple(rows))


def _once(view: View, alliance: Document, day: date) -> list[Period]:
    return list({member.city: member for member in members_on(view, alliance, day)}.values())


def _row(store: Store, view: View, common: Document, member: Period, variant: Document | None, day: date) -> Row:
    if variant is None:
        return Row(member.city, member.name, None, None, label_of(None), (), (), False)
    steps = tuple(
        StepTaken(
            step["id"], value_of(step, "state"), value_of(step, "date"), tuple(ids_of(value_of(step, "evidence"))),
            value_of(step, "text"), address_of(store, step["id"], "date"),
        )
        for step in steps_of(view, variant["id"])
        if dates.period(value_of(step, "date")).first <= day
    )  # fmt: skip
    state = steps[-1].state if steps else None
    differs = tuple(one for one in differences(_korean(common), _korean(variant)) if one.kind != "same")
    hashes = [value_of(one, "textHash") for one in steps_of(view, variant["id"]) if value_of(one, "textHash")]
    stands = hashes and reached(state, TEXT_FIXED_FROM) and hashes[-1] != text_hash(variant)
    return Row(member.city, member.name, variant["id"], state, label_of(state), steps, differs, bool(stands))


def diff(store: Store, variant: str, *, branch: str = "main") -> list[Difference]:
    """How a city's text differs from the common one, place by place; equal places too."""
    view = store.view(branch)
    own = ordinance_named(view, variant)
    common = _common(view, own)
    if common["id"] == own["id"]:
        raise CallerError("alliances.not-a-variant", id=own["id"])
    return differences(_korean(common), _korean(own))


def steps_of(view: View, variant: str) -> list[Document]:
    """The steps a council has taken with its variant, in their order."""
    found = records_of(view, "AdoptionStep", refOrdinance=variant)
    return sorted(found, key=lambda one: STATES.index(value_of(one, "state")))


def reached(state: str | None, wanted: str) -> bool:
    """Whether a state is another one or lies behind it."""
    return state is not None and STATES.index(state) >= STATES.index(wanted)


def text_hash(ordinance: Document) -> str:
    """The SHA-256 of an ordinance's Korean text."""
    return hashlib.sha256(_korean(ordinance).encode()).hexdigest()


# --- writing ---------------------------------------------------------------------------------------------------------


def draft(
    store: Store, alliance: str, *, title: str | Mapping[str, str], text: str, reason: str, actor: str, branch: str
) -> Document:
    """A new common text of an alliance."""
    need_reason(reason)
    places(text)
    view = store.view(branch)
    found = alliance_named(view, alliance)
    taken = view.ids(Query(types=parse_types("Ordinance")))
    stem = urn("Ordinance", AUTHORITY, f"{found['id'].rpartition(':')[2]}-ordinance")
    made: Document = {
        "id": next_id(taken, stem),
        "type": "Ordinance",
        "title": language_property(pair(title)),
        "text": language_property({"ko": text}),
        "refAlliance": relationship(found["id"]),
    }
    return put_new(store, made, actor=actor, reason=reason, branch=branch)


def variant(
    store: Store,
    ordinance: str,
    *,
    city: str,
    text: str | None = None,
    on: str | None = None,
    reason: str,
    actor: str,
    branch: str,
) -> Document:
    """A city's own text, drafted in the same transaction; the common text where none is given. Given again before the
    council passed it, it is drafted anew."""
    need_reason(reason)
    view = store.view(branch)
    common = _common(view, ordinance_named(view, ordinance))
    member, day = city_named(view, city), civil_day(on, today=today_of(store))
    _require_member(view, common, member, day)
    words = _korean(common) if text is None else text
    places(words)
    before = next((one for one in _variants(view, common["id"]) if value_of(one, "refCity") == member), None)
    if before is not None and reached(_state(view, before["id"]), TEXT_FIXED_FROM):
        _refuse_fixed(view, before, member)
    made: Document = {
        "id": f"{common['id']}-{member.rpartition(':')[2]}",
        "type": "Ordinance",
        "title": common["title"],
        "text": language_property({"ko": words}),
        "refAlliance": common["refAlliance"],
        "variantOf": relationship(common["id"]),
        "refCity": relationship(member),
    }
    with store.transact(branch=branch, actor=actor, reason=reason, act="ordinance") as tx:
        tx.put(made)
        if before is None:
            tx.put(_step(made, member, "drafted", day, actor, reason, (), None))
    return made


def adopt_step(
    store: Store,
    ordinance: str,
    *,
    city: str,
    state: str,
    on: str | None = None,
    evidence: Sequence[str] = (),
    text: str | None = None,
    reason: str,
    actor: str,
    branch: str,
) -> Document:
    """Record a council's next step; `text` is the text as it was passed, where the council changed it."""
    need_reason(reason)
    if state not in STATES:
        raise CallerError("alliances.state-unknown", state=state, known=", ".join(STATES))
    view = store.view(branch)
    common = _common(view, ordinance_named(view, ordinance))
    member, day = city_named(view, city), civil_day(on, today=today_of(store))
    _require_member(view, common, member, day)
    own = next((one for one in _variants(view, common["id"]) if value_of(one, "refCity") == member), None)
    if own is None:
        raise NotFoundError("alliances.no-variant", city=name_of_city(view, member), id=common["id"])
    _require_next(view, own, member, state, day)
    unknown = missing_ids(view, evidence)
    if unknown:
        raise NotFoundError("alliances.evidence-unknown", id=unknown[0])
    if text is not None:
        if state != TEXT_FIXED_FROM:
            raise CallerError("alliances.text-only-when-passed", state=label_of(state))
        places(text)
        own = {**own, "text": language_property({"ko": text})}
    made = _step(own, member, state, day, actor, reason, evidence, text_hash(own))
    with store.transact(branch=branch, actor=actor, reason=reason, act="ordinance") as tx:
        _require_next(store.view(branch), own, member, state, day)  # once more, now that nobody else can write
        if text is not None:
            tx.put(own)
        tx.put(made)
    return made


def _step(
    own: Document,
    member: str,
    state: str,
    day: str,
    actor: str,
    reason: str,
    evidence: Sequence[str],
    hash: str | None,
) -> Document:
    made: Document = {
        "id": urn("AdoptionStep", AUTHORITY, f"{own['id'].rpartition(':')[2]}-{state}"),
        "type": "AdoptionStep",
        "refAlliance": own["refAlliance"],
        "refOrdinance": relationship(own["id"]),
        "refMember": relationship(member),
        "step": property_("ordinance"),
        "state": property_(state),
        "date": property_(day),
        "text": property_(reason),
        "recordedBy": property_(actor),
    }
    if evidence:
        made["evidence"] = relationship(list(evidence) if len(evidence) > 1 else evidence[0])
    if hash is not None:
        made["textHash"] = property_(hash)
    return made


def _require_next(view: View, own: Document, member: str, state: str, day: str) -> None:
    """Refuse a step back, a step left out, and a step before the one it follows."""
    steps = steps_of(view, own["id"])
    stands = value_of(steps[-1], "state")
    facts = {"city": name_of_city(view, member), "stands": label_of(stands), "state": label_of(state)}
    if stands == STATES[-1]:
        raise ConflictError("alliances.promulgated-stays", **facts)
    if reached(stands, state):
        raise ConflictError("alliances.no-step-back", **facts)
    if STATES.index(state) != STATES.index(stands) + 1:
        between = label_of(STATES[STATES.index(stands) + 1])
        raise ConflictError("alliances.step-left-out", between=between, **facts)
    before = value_of(steps[-1], "date")
    if dates.period(day).last < dates.period(before).first:
        raise CallerError("alliances.step-before-last", before=before, on=day, **facts)


def _require_member(view: View, common: Document, member: str, day: str) -> None:
    alliance = alliance_named(view, value_of(common, "refAlliance"))
    period = dates.period(day)
    known = [one.city for end in (period.first, period.last) for one in members_on(view, alliance, end)]
    if member not in known:
        raise ForbiddenError(
            "alliances.council-not-member",
            city=name_of_city(view, member),
            alliance=pair(value_of(alliance, "name")),
            on=day,
        )


def _refuse_fixed(view: View, own: Document, member: str) -> None:
    stands = label_of(_state(view, own["id"]))
    raise ConflictError("alliances.text-fixed", city=name_of_city(view, member), stands=stands)


def _state(view: View, variant: str) -> str | None:
    steps = steps_of(view, variant)
    return value_of(steps[-1], "state") if steps else None


def _common(view: View, ordinance: Document) -> Document:
    followed = value_of(ordinance, "variantOf")
    return ordinance if followed is None else ordinance_named(view, followed)


def _variants(view: View, common: str) -> list[Document]:
    return records_of(view, "Ordinance", variantOf=common)


def _text(ordinance: Document) -> Pair | None:
    said = value_of(ordinance, "text")
    return None if said is None else pair(said)


def _korean(ordinance: Document) -> str:
    return (_text(ordinance) or {}).get("ko", "")


def _cell(step: StepTaken | None) -> dict[str, Any]:
    if step is None:
        return {"date": None, "evidence": [], "note": None, "address": None}
    return {"date": step.date, "evidence": list(step.evidence), "note": step.note, "address": step.address}
