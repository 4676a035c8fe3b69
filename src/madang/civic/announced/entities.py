"""Announcements as entities: what each city's file holds of them.

A document gives one `Dataset` (the source its figures name), one `Announcement`, and the organisations, committees,
alliances, agreements, commitments, promises and claims in it. Agreements and organisations are city facts;
announcements, promises and claims are records. A document that concerns seven cities stands in each of their files
under the same ids.

A derived date carries `assumption`, `stated` (what the document says) and `basis` (from what the rest was derived).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from madang.civic.announced.announcements import (
    UNITS,
    Agreement,
    AnnouncedClaim,
    AnnouncedPromise,
    Announcement,
    When,
    packaged_announcements,
    read_announcements,
)
from madang.entities.entity import (
    Document,
    Instance,
    check_entity,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
)
from madang.sources.base import Loaded, SourceReport
from madang.sources.korea import CITIES, city_codes
from madang.sources.korea.places import city_id

AUTHORITY = "announced"
UNSTATED = {"ko": "발표 기관이 밝혀져 있지 않음", "en": "publisher not stated"}
TERMS = {
    "ko": "사실과 수치만 옮겼다. 원문의 저작권은 발표 기관에 있으며 원문은 싣지 않는다.",
    "en": "Facts and figures only; the text belongs to its publisher and is not carried.",
}


def load_announcements(path: Path | None = None) -> dict[str, Loaded]:
    """What each city's file is to hold of the announcements in a file, or of those that come with Madang."""
    announcements = packaged_announcements() if path is None else read_announcements(path)
    name = "announcements.yaml" if path is None else path.name
    cities = dict.fromkeys(city for announcement in announcements for city in announcement.cities)
    return {city: announced(announcements, city, name=name) for city in cities}


def announced(announcements: Sequence[Announcement], city: str, *, name: str) -> Loaded:
    """The entities of one city; documents that do not concern it are counted as left out."""
    concerning = [a for a in announcements if city in a.cities]
    entities = [check_entity(document) for a in concerning for document in _Entities(a, city).all()]
    left_out = len(announcements) - len(concerning)
    report = SourceReport(
        path=name,
        counted="announcements",
        read=len(announcements),
        kept=len(concerning),
        left_out={"other-city": left_out} if left_out else {},
    )
    return Loaded(entities, [check_entity(_dataset(a)) for a in concerning], {}, report)


def announcement_id(slug: str) -> str:
    """The entity id of an announcement."""
    return urn("Announcement", AUTHORITY, slug)


def dataset_id(slug: str) -> str:
    """The id of the Dataset that figures of an announcement name as their source."""
    return urn("Dataset", AUTHORITY, slug)


def when(date: When) -> Instance:
    """A date with what the document says about it; a derived one is an assumption with its basis."""
    made = property_(date.value)
    made["stated"] = language_property(dict(date.stated))
    if date.derived:
        made["assumption"] = property_(True)
        made["basis"] = language_property(dict(date.basis or {}))
    return made


def _dataset(announcement: Announcement) -> Document:
    publisher = dict(announcement.publisher or UNSTATED)
    return {
        "id": dataset_id(announcement.id),
        "type": "Dataset",
        "title": language_property(dict(announcement.title)),
        "publisher": language_property(publisher),
        "licence": property_("facts only; name the source"),
        "terms": language_property(TERMS),
        "attribution": language_property(
            {language: f"{publisher[language]}, {announcement.title[language]}" for language in ("ko", "en")}
        ),
        "version": property_(announcement.date.value),
    }


class _Entities:
    """The entities of one announcement in one city's file."""

    def __init__(self, announcement: Announcement, city: str) -> None:
        self.announcement = announcement
        self.city = city
        self.ids: dict[str, str] = {slug: city_id(city_codes(slug)) for slug in CITIES}
        for group, type in (
            (announcement.organisations, "Organisation"),
            (announcement.universities, "University"),
            (announcement.committees, "Committee"),
            (announcement.alliances, "Alliance"),
        ):
            for item in group:
                # An id may name a city and a body of the same name; bodies are looked up within the document first.
                self.ids[item.id] = urn(type, AUTHORITY, item.id)

    def all(self) -> Iterable[Document]:
        a = self.announcement
        yield self._announcement()
        for actor in a.organisations:
            yield self._body("Organisation", actor.id, actor.name, founded=actor.founded)
        for actor in a.universities:
            yield self._body("University", actor.id, actor.name, founded=actor.founded)
        for committee in a.committees:
            yield self._body(
                "Committee", committee.id, committee.name,
                since=committee.since, chair=committee.chair, meets=committee.meets,
            )  # fmt: skip
        for alliance in a.alliances:
            yield self._body(
                "Alliance", alliance.id, alliance.name,
                members=alliance.members, since=alliance.since, description=alliance.purpose,
            )  # fmt: skip
        for agreement in a.agreements:
            yield from self._agreement(agreement)
        for promise in a.promises:
            if not promise.cities or self.city in promise.cities:
                yield self._promise(promise)
        for claim in a.claims:
            yield self._claim(claim)

    def _common(self) -> Document:
        return {
            "refAnnouncement": relationship(announcement_id(self.announcement.id)),
            "source": relationship(dataset_id(self.announcement.id)),
        }

    def _announcement(self) -> Document:
        a = self.announcement
        made: Document = {
            "id": announcement_id(a.id),
            "type": "Announcement",
            "title": language_property(dict(a.title)),
            "description": language_property(dict(a.summary)),
            "kind": property_(a.kind),
            "date": when(a.date),
            "refCity": self._of(a.cities),
            "source": relationship(dataset_id(a.id)),
        }
        if a.publisher is not None:
            made["publisher"] = language_property(dict(a.publisher))
        return made

    def _body(self, type: str, slug: str, name: Mapping[str, str], **said: Any) -> Document:
        made: Document = {"id": urn(type, AUTHORITY, slug), "type": type, "name": language_property(dict(name))}
        for attribute, value in said.items():
            if isinstance(value, When):
                made[attribute] = when(value)
            elif isinstance(value, tuple):
                made[attribute] = self._of(value)
            elif value is not None:
                made[attribute] = language_property(dict(value))
        return made | self._common()

    def _agreement(self, agreement: Agreement) -> Iterable[Document]:
        id = urn("Agreement", AUTHORITY, agreement.id)
        made: Document = {
            "id": id,
            "type": "Agreement",
            "title": language_property(dict(agreement.title)),
            "parties": self._of(agreement.parties),
        }
        if agreement.other_parties is not None:
            made["otherParties"] = language_property(dict(agreement.other_parties))
        if agreement.signed is not None:
            made["signedOn"] = when(agreement.signed)
        pledges = [p for p in self.announcement.promises if p.agreement == agreement.id and p.kind == "investment"]
        for pledge in pledges:
            made |= self._amounts(pledge)
        yield made | self._common()
        for commitment in agreement.commitments:
            promised: Document = {
                "id": urn("Commitment", AUTHORITY, commitment.id),
                "type": "Commitment",
                "title": language_property(dict(commitment.title)),
                "owner": self._of(commitment.owners),
                "refAgreement": relationship(id),
            }
            if commitment.due is not None:
                promised["due"] = when(commitment.due)
            yield promised | self._common()

    def _promise(self, promise: AnnouncedPromise) -> Document:
        made: Document = {
            "id": urn("Promise", AUTHORITY, promise.id),
            "type": "Promise",
            "title": language_property(dict(promise.title)),
            "kind": property_(promise.kind),
            "owner": relationship(self.ids[promise.owner]),
        }
        if promise.form is not None:
            made["category"] = property_(promise.form)
        if promise.agreement is not None:
            made["refAgreement"] = relationship(urn("Agreement", AUTHORITY, promise.agreement))
        if promise.due is not None:
            made["due"] = when(promise.due)
        if promise.done is not None:
            made["doneOn"] = when(promise.done)
            made["evidence"] = relationship(announcement_id(self.announcement.id))
        return made | self._amounts(promise) | self._common()

    def _amounts(self, promise: AnnouncedPromise) -> Document:
        source = dataset_id(self.announcement.id)
        made: Document = {}
        if promise.amount_krw is not None:
            made["amount"] = property_(promise.amount_krw, unit="KRW", source=source)
        if promise.companies is not None:
            made["companies"] = property_(promise.companies, unit="{company}", source=source)
        return made

    def _claim(self, claim: AnnouncedClaim) -> Document:
        value = property_(claim.value, unit=UNITS[claim.unit], period=claim.period)
        if claim.period_derived:
            value["period"]["assumption"] = property_(True)
        if claim.approximate:
            value["approximate"] = property_(True)
        made: Document = {
            "id": urn("Claim", AUTHORITY, claim.id),
            "type": "Claim",
            "text": language_property(dict(claim.text)),
            "coverage": language_property(dict(claim.scope)),
            "value": value,
            "unit": property_(claim.unit),
            "rule": json_property(_plain(claim.check.instruction)),
        }
        return made | self._common()

    def _of(self, slugs: Sequence[str]) -> Instance:
        ids = [self.ids[slug] for slug in slugs]
        return relationship(ids[0] if len(ids) == 1 else ids)


def _plain(value: Any) -> Any:
    """Tuples as lists, so that a rule is the same before and after it was stored."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple | list) else value
