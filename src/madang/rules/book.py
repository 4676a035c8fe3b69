"""The rule packs that hold for a city: those that come with Madang, and those it has added.

Asked as of a day, which is today in the city's zone unless another is named. What the packs say is decided by the pure
modules beside this one; here packs are found, kept, and the city's own facts are put in where the caller gave none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from madang import clock
from madang.entities.entity import (
    Document,
    instance_of,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
    value_of,
)
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, ConflictError, DataError, NotFoundError, Pair, both
from madang.rules import eligibility, items, judging, layers
from madang.rules.clauses import Clause, is_number
from madang.rules.conditions import Facts
from madang.rules.days import count
from madang.rules.eligibility import Eligibility
from madang.rules.items import Field, MinorVerdict, RequiredItem, Threshold
from madang.rules.judging import Verdict
from madang.rules.layers import Course, Found, Packs
from madang.rules.pack_file import read_pack, shipped
from madang.rules.packs import Pack, Rule, rules_of_clause
from madang.rules.saying import joined
from madang.store import Seat

CAPITAL_AREA = ("11", "28", "41")  # Seoul, Incheon, Gyeonggi: Seoul Metropolitan Area Readjustment Planning Act Art. 2
_KEPT = Query(types=parse_types("RulePack"))
_CITIES = Query(types=parse_types("City"), limit=1)


@dataclass(frozen=True)
class Deadline:
    """A day by which something is due, with the clause and how it was counted."""

    rule: str
    start: date
    due: date
    days: int
    clause: Pair
    label: Pair
    counting: Pair
    certainty: str

    def as_json(self) -> dict[str, Any]:
        """The deadline as plain JSON."""
        return {**vars(self), "start": self.start.isoformat(), "due": self.due.isoformat()}


class Rulebook:
    """The rule packs that hold for a city: those that come with Madang, and those it has added."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    # -- packs ---------------------------------------------------------------------------------------------------

    def packs(self, as_of: date | None = None) -> list[Pack]:
        """The packs that have a rule in force on a day, those that come with Madang first."""
        day = self._day(as_of)
        return [pack for pack in self._packs() if any(pack.in_force(day))]

    def add(self, path: str | Path, *, reason: str, by: str | None = None) -> Document:
        """Keep a pack of the city's own, such as an ordinance; refused with the line where it is wrong."""
        text, file = text_of(Path(path))
        return self.keep(text, file=file, reason=reason, by=by)

    def keep(self, text: str, *, file: str, reason: str, by: str | None = None) -> Document:
        """Keep a pack given as text; `file` is its name in what is said of it."""
        if not reason.strip():
            raise CallerError("rules.reason-missing")
        pack = checked_pack(text, file, among=self._packs())
        store, digest = self._seat.for_writing(), pack.digest
        entity_id = urn("RulePack", store.city.id, f"{pack.id}:{_slug(pack.version)}")
        with store.transact(actor=self._seat.actor(by), reason=reason, source=pack.file, act="rules") as tx:
            before = tx.document(entity_id)
            if before is not None and value_of(before, "pack").get("digest") != digest:
                raise ConflictError("rules.pack-not-newer", file=pack.file, id=pack.id, version=pack.version)
            kept = _document(entity_id, pack, text, city=self._city_id())
            tx.put(kept)
        return kept

    def check(self, path: str | Path) -> Pack:
        """Read and check a pack without keeping it."""
        text, file = text_of(Path(path))
        return checked_pack(text, file, among=self._packs())

    def fingerprint(self, as_of: date | None = None) -> dict[str, Any]:
        """What a plan keeps of the packs it was checked against: ids, versions, and a hash of the rules in force.

        Another hash later means that a rule in force has changed: the plan is to be checked again.
        """
        day = self._day(as_of)
        inside = hashlib.sha256()
        for pack, rule in layers.rules_on(self._packs(), day):
            inside.update(f"{pack.id}\n{rule!r}\n".encode())
        packs = [{"id": pack.id, "version": pack.version, "digest": pack.digest} for pack in self.packs(day)]
        return {"asOf": day.isoformat(), "packs": packs, "hash": inside.hexdigest()[:16]}

    # -- procedures ----------------------------------------------------------------------------------------------

    def procedures(self, as_of: date | None = None) -> list[Course]:
        """The procedures that have a rule in force on a day."""
        day, packs = self._day(as_of), self._packs()
        named = {name for _, rule in layers.rules_on(packs, day) for name in rule.procedure}
        return [found for found in layers.courses(packs).values() if {found.id, found.base} & named]

    def judge(self, procedure: str, facts: Facts, *, as_of: date | None = None) -> list[Verdict]:
        """How each step of a procedure stands, in order; the city's own facts stand where none are given."""
        packs = self._packs()
        return judging.judge(packs, layers.course(packs, procedure), self._with_city(facts), self._day(as_of))

    # -- contents ------------------------------------------------------------------------------------------------

    def required_items(
        self, kind: str = "smart-city-plan", *, as_of: date | None = None, facts: Facts | None = None
    ) -> list[RequiredItem]:
        """What a document of a kind must hold: a smart city plan, or the charter of an alliance."""
        return items.required_items(self._packs(), kind, facts or {}, self._day(as_of))

    def has_items(self, kind: str, *, as_of: date | None = None) -> bool:
        """Whether a pack lists what documents of a kind must hold."""
        return any(rule.of == kind for _, rule in layers.rules_on(self._packs(), self._day(as_of), "requires_section"))

    def minor_change(
        self, changed_items: Iterable[str], *, kind: str = "smart-city-plan", as_of: date | None = None
    ) -> MinorVerdict:
        """Whether a change of these items is minor, with the clause that says so."""
        return items.minor_change(self._packs(), changed_items, kind, self._day(as_of))

    def service_fields(self, as_of: date | None = None) -> list[Field]:
        """The fields of smart city services (decree Article 2)."""
        return self.taxonomy("service-fields", as_of=as_of)

    def taxonomy(self, name: str, *, as_of: date | None = None) -> list[Field]:
        """A list that law gives: service-fields, investment-verdicts, private-proposal-criteria."""
        return items.taxonomy(self._packs(), name, self._day(as_of))

    def thresholds(self, topic: str, *, as_of: date | None = None, facts: Facts | None = None) -> list[Threshold]:
        """The numbers that hold for a topic on a day, each with its clause and how sure it is."""
        return items.thresholds(self._packs(), topic, self._with_city(facts or {}), self._day(as_of))

    # -- clauses and days ----------------------------------------------------------------------------------------

    def clause(self, ref: str, *, as_of: date | None = None) -> Clause:
        """The clause of a rule, or of a law by `law:number`; refused with its dates if it was not in force."""
        day = self._day(as_of)
        found = self._found(ref)
        if not found:
            raise NotFoundError("rules.clause-unknown", ref=ref, example="smart-city-act:8(1).9-2")
        for pack, rule in found:
            if rule.holds_on(day):
                return Clause(self._citation(pack, rule, ref), rule.label)
        pack, rule = found[0]
        times = joined(_times(rule) for rule in {rule.valid_from: rule for _, rule in found}.values())
        cited = self._citation(pack, rule, ref)
        raise NotFoundError("rules.clause-not-in-force", clause=cited, day=day, times=times)

    def deadline(self, rule_id: str, start: date, *, as_of: date | None = None) -> Deadline:
        """The day that a rule's days lead to, counted from a day."""
        day = self._day(as_of)
        held = [one for one in self._found(rule_id) if one[1].id == rule_id and one[1].holds_on(day)]
        if not held:
            self.clause(rule_id, as_of=day)  # says whether it is unknown, or was not in force
            raise NotFoundError("rules.rule-unknown", rule=rule_id)
        pack, rule = held[0]
        if rule.days is None:
            known = sorted({rule.id for _, rule in layers.rules_on(self._packs(), day) if rule.days})
            raise CallerError("rules.rule-without-days", rule=rule_id, clause=pack.cited(rule), known=", ".join(known))
        counted = count(start, rule.days.number, direction=rule.days.direction, unit=rule.days.counts)
        return Deadline(
            rule=rule.id,
            start=start,
            due=counted.due,
            days=rule.days.number,
            clause=pack.cited(rule),
            label=rule.label,
            counting=counted.counting,
            certainty=rule.certainty,
        )

    # -- routes --------------------------------------------------------------------------------------------------

    def routes(self, as_of: date | None = None) -> list[str]:
        """The legal routes whose requirements are known on a day."""
        return eligibility.routes(self._packs(), self._day(as_of))

    def eligible(self, route: str, facts: Facts | None = None, *, as_of: date | None = None) -> Eligibility:
        """Whether a legal route is open to the city, with the clause and the reason."""
        return eligibility.eligible(self._packs(), route, self._with_city(facts or {}), self._day(as_of))

    def city_facts(self) -> dict[str, Any]:
        """What the city's own record says that rules may ask for: population with its date, and whether it lies in the
        capital area. What the record lacks is left out, and so is unknown."""
        city = next(iter(self._seat.store.view(self._seat.branch_name).documents(_CITIES)), None)
        if city is None:
            return {}
        facts: dict[str, Any] = {}
        population = instance_of(city, "population")
        if population is not None:
            facts["population"] = population["value"]
            facts["population_as_of"] = _said(population, "period")
            facts["population_basis"] = self._title_of(_said(population, "source"))
        code = (value_of(city, "codes") or {}).get("mois")
        if code:
            facts["capital_area"] = str(code).startswith(CAPITAL_AREA)
            facts["tier"] = "city"
        return {"city": {name: value for name, value in facts.items() if value is not None}}

    # -- within --------------------------------------------------------------------------------------------------

    def _day(self, as_of: date | None) -> date:
        return as_of or clock.today(self._seat.store.city.zone)

    def _packs(self) -> Packs:
        """Those that come with Madang, then the newest version of each that the city keeps."""
        newest: dict[str, Pack] = {}
        kept = self._seat.store.view().documents(_KEPT)
        texts = sorted((value_of(one, "pack") for one in kept), key=lambda one: str(one["addedAt"]))
        for one in texts:
            pack = read_pack(one["text"], one["file"])
            newest[pack.id] = pack
        return (*shipped(), *newest.values())

    def _with_city(self, facts: Facts) -> Facts:
        own = self.city_facts().get("city", {})
        given = facts.get("city") or {}
        if not isinstance(given, Mapping):
            raise CallerError("rules.facts-shape", name="city", found=type(given).__name__)
        if "population" in given:  # a population that was given has its own date and source, or none
            own = {name: value for name, value in own.items() if not name.startswith("population_")}
        return {**facts, "city": {**own, **given}}

    def _found(self, ref: str) -> list[Found]:
        packs = self._packs()
        by_id = [(pack, rule) for pack in packs for rule in pack.rules if rule.id == ref]
        if by_id:
            return by_id
        law, _, number = ref.partition(":")
        if not is_number(number):
            return []
        return [(pack, rule) for pack in packs for rule in rules_of_clause(pack, law, number)]

    @staticmethod
    def _citation(pack: Pack, rule: Rule, ref: str) -> Pair:
        law, _, number = ref.partition(":")
        return pack.citation(law, number) if number else pack.cited(rule)

    def _title_of(self, dataset: str | None) -> Pair | None:
        found = self._seat.store.view().document(dataset) if dataset else None
        title = value_of(found, "title") if found else None
        if isinstance(title, Mapping) and {"ko", "en"} <= set(title):
            return {"ko": title["ko"], "en": title["en"]}
        return {"ko": dataset, "en": dataset} if dataset else None

    def _city_id(self) -> str | None:
        found = self._seat.store.view().ids(_CITIES)
        return found[0] if found else None


def _document(entity_id: str, pack: Pack, text: str, *, city: str | None) -> Document:
    starts = min(rule.valid_from for rule in pack.rules)
    kept = {"text": text, "file": pack.file, "digest": pack.digest, "addedAt": clock.to_text(clock.now())}
    made: Document = {
        "id": entity_id,
        "type": "RulePack",
        "title": language_property(dict(pack.title)),
        "version": property_(pack.version),
        "kind": property_(pack.kind),
        "validFrom": property_(starts.isoformat()),
        "pack": json_property(kept),
    }
    if city is not None:
        made["refCity"] = relationship(city)
    return made


def checked_pack(text: str, file: str, *, among: Packs | None = None) -> Pack:
    """A pack from its text, held against the others; without them, against those that come with Madang."""
    pack = read_pack(text, file)
    if pack.id in {one.id for one in shipped()}:
        raise DataError("rules.pack-id-taken", file=file, id=pack.id)
    others = shipped() if among is None else among
    layers.check_added(pack, tuple(one for one in others if one.id != pack.id))
    return pack


def text_of(path: Path) -> tuple[str, str]:
    """The text of a file and its name."""
    try:
        return path.read_text("utf-8"), path.name
    except UnicodeDecodeError:
        raise DataError("yaml.not-utf8", file=path.name) from None
    except FileNotFoundError:
        raise DataError("yaml.missing", file=str(path)) from None


def _slug(version: str) -> str:
    return "".join(one if one.isalnum() or one in "-._" else "-" for one in version)


def _said(instance: Mapping[str, Any], name: str) -> str | None:
    found = instance.get(name)
    if not isinstance(found, Mapping):
        return None
    told = found.get("value", found.get("object"))
    return None if told is None else str(told)


def _times(rule: Rule) -> Pair:
    if rule.valid_to is None:
        return both("rules.from-on", start=rule.valid_from)
    return both("rules.from-to", start=rule.valid_from, end=rule.valid_to)
