"""Published figures, and whether the city's data give them again.

A claim carries a declarative rule: which measure to take, and whether the measure is the same quantity. The answer is

    reproduced         the same quantity, computed here, agrees with the claim to the digits it was stated with
    nearest            a figure computed here that is near the claim but is another quantity, or the same one differing
    not-reproducible   nothing here answers; the rule names the file that would

A measure is a small function of the rule and of what the city holds; it gives a number with its unit, year and source,
or None where the data are missing. Computing claims writes what was found into the claim, in one transaction; a claim
whose finding did not change gets no new version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any, Literal, TypedDict

from madang.civic.words import in_korean, said
from madang.entities.entity import (
    Document,
    instance_of,
    json_property,
    language_property,
    property_,
    provenance_of,
    value_of,
)
from madang.entities.query import Query, parse_types
from madang.indicators.address import Address
from madang.sources.korea import CITIES, NationalTables, national_tables_of
from madang.store import Store, View

Verdict = Literal["reproduced", "nearest", "not-reproducible"]
Pair = Mapping[str, str]
Rule = Mapping[str, Any]

FINDING_ATTRIBUTES = ("check", "computed", "computedUnit", "computedLabel", "computedPeriod", "computedFrom")


@dataclass(frozen=True)
class Measured:
    """A number taken from the city's data."""

    value: float | int
    unit: str | None
    period: str | None
    label: Pair
    source: str | None
    status: str | None
    taken_from: Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """What checking a claim gave; `measured` is None where nothing here answers."""

    check: Verdict
    measured: Measured | None


class ClaimState(TypedDict):
    """A claim as pages and machines show it; labels are in both languages."""

    id: str
    text: Pair
    coverage: Pair | None
    value: float | int | str | None  # a year is text: it is not counted in thousands
    unit: str | None
    year: str | None
    approximate: bool
    announcement: str | None
    source: str | None
    check: str
    computed: float | int | None
    computedUnit: str | None
    computedLabel: Pair | None
    computedPeriod: str | None
    computedFrom: Any
    status: str | None
    note: Pair | None
    answeredBy: Pair | None
    address: str | None


class Facts:
    """What measures may look at: the city as it is on main, and the national tables in its file."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.view: View = store.view()

    @cached_property
    def national(self) -> NationalTables:
        """The tables of all districts, from the file's blobs; empty where the file has none."""
        return national_tables_of(self._store)

    def documents(self, type: str) -> list[Document]:
        """All entities of a type."""
        return self.view.documents(Query(types=parse_types(type)))


# --- measures --------------------------------------------------------------------------------------------------------


def _count_promises(claim: Document, rule: Rule, facts: Facts) -> Measured:
    announcement = value_of(claim, "refAnnouncement")
    found = [
        promise["id"]
        for promise in facts.documents("Promise")
        if value_of(promise, "refAnnouncement") == announcement and value_of(promise, "kind") == rule["kind"]
    ]
    return _listed(claim, len(found), {"ids": found})


def _count_members(claim: Document, rule: Rule, facts: Facts) -> Measured | None:
    for alliance in facts.documents("Alliance"):
        if alliance["id"].endswith(f":{rule['alliance']}"):
            members = value_of(alliance, "members")
            if members is None:
                return None
            members = members if isinstance(members, list) else [members]
            return _listed(claim, len(members), {"ids": members})
    return None


def _listed(claim: Document, count: int, taken_from: Mapping[str, Any]) -> Measured:
    """A count of what an announcement itself lists: it shows that the figure agrees with its own list, no more."""
    label = said("claim-counted")
    return Measured(count, "C62", None, label, provenance_of(claim, None).source, None, taken_from)


def _population(claim: Document, rule: Rule, facts: Facts) -> Measured | None:
    for city in facts.documents("City"):
        instance = instance_of(city, "population")
        if instance is not None and isinstance(instance.get("value"), int | float):
            provenance = provenance_of(city, "population")
            return Measured(
                instance["value"], "IE", value_of(instance, "period"), said("claim-population"),
                provenance.source, provenance.status, {"entity": city["id"], "attribute": "population"},
            )  # fmt: skip
    return None


def _share_of_national(claim: Document, rule: Rule, facts: Facts) -> Measured | None:
    if rule["table"] != "economy/grdp" or any(city not in CITIES for city in rule["cities"]):
        return None
    year, item = rule["year"], rule["item"]
    known = {code: items for (when, code), items in facts.national.grdp.items() if when == year}
    rows = {code: items[item] for code, items in known.items() if item in items}
    codes = [CITIES[city].kostat for city in rule["cities"]]
    if not rows or any(code not in rows for code in codes):
        return None
    part, whole = sum(rows[code] for code in codes), sum(rows.values())
    dataset = facts.national.dataset
    return Measured(
        100 * part / whole, "P1", str(year), rule["label"], dataset["id"], value_of(dataset, "status"),
        {"table": rule["table"], "item": item, "year": year, "cities": list(rule["cities"]), "districts": len(rows),
         "districts_unknown": len(known) - len(rows), "part_krw": part, "whole_krw": whole},
    )  # fmt: skip


_MEASURES: Mapping[str, Callable[[Document, Rule, Facts], Measured | None]] = {
    "none": lambda claim, rule, facts: None,
    "target-year": lambda claim, rule, facts: None,
    "count-promises": _count_promises,
    "count-members": _count_members,
    "population-above": _population,
    "share-of-national": _share_of_national,
}


def check_claim(claim: Document, facts: Facts) -> Finding:
    """Check one claim by its own rule; a claim without a rule, or with one that is not known, is not reproducible."""
    rule = value_of(claim, "rule") or {}
    measured = _MEASURES.get(str(rule.get("measure")), _MEASURES["none"])(claim, rule, facts)
    if measured is None:
        return Finding("not-reproducible", None)
    stated = instance_of(claim, "value") or {}
    same_unit = stated.get("unitCode") in (None, measured.unit)
    complete = not measured.taken_from.get("districts_unknown")  # a whole that lacks a part is another quantity
    comparable = rule.get("same_quantity") and same_unit and complete
    agrees = comparable and _agrees(rule["measure"], stated.get("value"), measured.value)
    return Finding("reproduced" if agrees else "nearest", measured)


def _agrees(measure: str, claimed: object, computed: float | int) -> bool:
    """Whether the computed figure says what the claim says, to the digits the claim was stated with; halves go up."""
    if not isinstance(claimed, int | float):
        return False
    if measure == "population-above":
        return computed > claimed
    said, found = Decimal(repr(claimed)), Decimal(repr(computed))
    return found.quantize(said if isinstance(claimed, float) else Decimal(1), ROUND_HALF_UP) == said


# --- in a city file --------------------------------------------------------------------------------------------------


def check_claims(store: Store, *, actor: str) -> list[ClaimState]:
    """Check every claim of a city again and record what was found; gives the claims as they stand then."""
    facts = Facts(store)
    checked = [_with_finding(claim, check_claim(claim, facts)) for claim in facts.documents("Claim")]
    before = {claim["id"]: claim for claim in facts.documents("Claim")}
    changed = [claim for claim in checked if claim != before[claim["id"]]]
    if changed:
        with store.transact(actor=actor, reason=in_korean("reason-check-claims")) as tx:
            tx.put_many(changed)
    return claims(store)


def claims(store: Store) -> list[ClaimState]:
    """Every claim of a city with what checking it gave, in the order of announcement and id."""
    view = store.view()
    found = view.documents(Query(types=parse_types("Claim")))
    found.sort(key=lambda claim: (value_of(claim, "refAnnouncement") or "", claim["id"]))
    return [_state(store, view, claim) for claim in found]


def _with_finding(claim: Document, finding: Finding) -> Document:
    made = {name: value for name, value in claim.items() if name not in FINDING_ATTRIBUTES}
    made["check"] = property_(finding.check)
    measured = finding.measured
    if measured is None:
        return made
    made["computed"] = property_(
        measured.value, unit=measured.unit, period=measured.period, source=measured.source, status=measured.status
    )
    made["computedLabel"] = language_property(dict(measured.label))
    made["computedFrom"] = json_property(dict(measured.taken_from))
    if measured.unit is not None:
        made["computedUnit"] = property_(measured.unit)
    if measured.period is not None:
        made["computedPeriod"] = property_(measured.period)
    return made


def _state(store: Store, view: View, claim: Document) -> ClaimState:
    value = instance_of(claim, "value") or {}
    rule = value_of(claim, "rule") or {}
    version = view.version(claim["id"])
    period = value_of(claim, "computedPeriod")
    address = None
    if value_of(claim, "computed") is not None and version is not None:
        address = str(Address(str(store.city.uuid), f"tx:{version.tx}", claim["id"], "computed", None, period))
    return ClaimState(
        id=claim["id"],
        text=value_of(claim, "text"),
        coverage=value_of(claim, "coverage"),
        value=str(value.get("value")) if value_of(claim, "unit") == "year" else value.get("value"),
        unit=value.get("unitCode"),
        year=value_of(value, "period"),
        approximate=bool(value_of(value, "approximate")),
        announcement=value_of(claim, "refAnnouncement"),
        source=provenance_of(claim).source,
        check=value_of(claim, "check") or "unchecked",
        computed=value_of(claim, "computed"),
        computedUnit=value_of(claim, "computedUnit"),
        computedLabel=value_of(claim, "computedLabel") or _unanswered(rule),
        computedPeriod=period,
        computedFrom=value_of(claim, "computedFrom"),
        status=provenance_of(claim, "computed").status if "computed" in claim else None,
        note=rule.get("note"),
        answeredBy=rule.get("answered_by"),
        address=address,
    )


def _unanswered(rule: Rule) -> Pair | None:
    """What to say where nothing was computed: which file would answer; a target year is followed as a promise."""
    if rule.get("measure") == "target-year":
        return said("claim-target-year")
    answer = rule.get("answered_by")
    return None if answer is None else said("claim-answered-by", file=answer)
