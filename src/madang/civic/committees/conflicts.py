"""Whose interests an agenda item touches: a flag for members whose organisation is tied to it (R35). Reads only.

From the item the links are followed as they are recorded: what it concerns, and what its proposal's branch changes;
of an agreement its parties; of anything else the organisations it names as owner, supplier, operator or partner. That
gives three ties:

    party       the organisation is a party, or itself what the item concerns
    concerned   the organisation is named in something that the item concerns
    supplier    the organisation supplies one of those

The city whose file this is is a party to nearly all of its own business; that an official serves it is no conflict.
A flag is a question to the chair, not an accusation: it is settled by a recusal, or by recording why there is none. The
charter says which ties bar a member by law.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from madang.civic.committees.membership import Place, roles_at
from madang.civic.committees.records import Records, is_a
from madang.civic.committees.words import said
from madang.dates import Period
from madang.entities.entity import Document, attributes, ids_of, types_of, value_of
from madang.errors import MadangError, Pair

BODIES = frozenset({"Organisation", "University", "Company", "Firm", "City"})
PARTIES = ("parties", "party")
SUPPLIES = ("suppliesTo", "supplies")
MATTERS = frozenset({"refAgreement", "refCommitment", "refProgramme", "refFacility", "refTask", "refProject"})
DEPTH = 2


@dataclass(frozen=True)
class Conflict:
    """One tie between a member and an item."""

    member: str
    person: str
    name: Pair
    organisation: str
    organisation_name: Pair
    tie: str
    through: str
    by_law: bool
    settled: bool

    def as_json(self) -> dict[str, Any]:
        """As the pages and the doors give it."""
        return {
            "member": self.member,
            "person": self.person,
            "name": dict(self.name),
            "organisation": self.organisation,
            "organisation_name": dict(self.organisation_name),
            "tie": self.tie,
            "tie_label": said(f"tie-{self.tie}"),
            "through": self.through,
            "by_law": self.by_law,
            "settled": self.settled,
        }


def conflicts(
    records: Records, item: Document, members: Iterable[Place], when: Period, *, by_law: Iterable[str] = ()
) -> list[Conflict]:
    """Every member in office who is tied to what an item is about; `settled` where a recusal was decided on."""
    ties, barred = ties_of(records, item), frozenset(by_law)
    settled = {
        value_of(one, "refMembership")
        for one in records.recusals_of(item["id"])
        if value_of(one, "state") != "requested"
    }
    found = []
    for member in members:
        for organisation in _organisations(records, member, when):
            if organisation not in ties or _is_own_city(records, member, organisation):
                continue
            tie, through = ties[organisation]
            found.append(
                Conflict(
                    member.id,
                    member.person,
                    member.name,
                    organisation,
                    records.label(organisation) or {"ko": organisation, "en": organisation},
                    tie,
                    through,
                    tie in barred,
                    member.id in settled,
                )
            )
    return found


def ties_of(records: Records, item: Document) -> dict[str, tuple[str, str]]:
    """Organisation -> (tie, through what): everything that the item is linked with; the strongest tie counts."""
    found: dict[str, tuple[str, str]] = {}
    seen: set[str] = set()

    def tie(organisation: str, how: str, through: str) -> None:
        if organisation not in found or (how == "party" and found[organisation][0] != "party"):
            found[organisation] = (how, through)

    def follow(document: Document, depth: int) -> None:
        if document["id"] in seen:
            return
        seen.add(document["id"])
        if BODIES & set(types_of(document)):
            tie(document["id"], "party", document["id"])
            return
        for name, _, instance in attributes(document):
            if instance["type"] not in ("Relationship", "ListRelationship"):
                continue
            for target in _targets(instance):
                if name in PARTIES:
                    tie(target, "party", document["id"])
                elif name in MATTERS and depth:
                    below = records.view.document(target)
                    if below is not None:
                        follow(below, depth - 1)
                elif target in records.bodies and BODIES & set(types_of(records.bodies[target])):
                    tie(target, "concerned", document["id"])

    for document in _matters(records, item):
        follow(document, DEPTH)
    for body in records.bodies.values():
        for name in SUPPLIES:
            for target in _objects(body, name):
                if target in found and body["id"] not in found:
                    found[body["id"]] = ("supplier", target)
    return found


def _matters(records: Records, item: Document) -> list[Document]:
    """What an item is about: what it names, and what its proposal's branch says."""
    ids = dict.fromkeys(_objects(item, "concerns"))
    found = [document for id in ids if (document := records.view.document(id)) is not None]
    proposal = records.view.document(value_of(item, "refProposal")) if "refProposal" in item else None
    branch = value_of(proposal, "branch") if proposal is not None else None
    if branch is not None:
        try:
            changes, view = records.store.diff(branch), records.store.view(branch)
        except MadangError:  # a branch that is gone says nothing more
            return found
        found += [document for change in changes if (document := view.document(change.id)) is not None]
    return found


def _organisations(records: Records, member: Place, when: Period) -> list[str]:
    """Where a member belongs at a date: whom the membership names, and every office held then."""
    roles = roles_at([place for place in records.places if place.person == member.person], when)
    held = [role.place.organisation for role in roles if role.place.organisation is not None]
    return list(dict.fromkeys([*([member.organisation] if member.organisation else []), *held]))


def _is_own_city(records: Records, member: Place, organisation: str) -> bool:
    body = records.bodies.get(organisation)
    return member.kind == "official" and body is not None and is_a(body, "City")


def _objects(document: Document, attribute: str) -> list[str]:
    found = value_of(document, attribute)
    return [] if found is None else [found] if isinstance(found, str) else list(found)


def _targets(instance: dict[str, Any]) -> list[str]:
    return ids_of(instance)
