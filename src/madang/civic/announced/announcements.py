"""What was announced: the file of announcements, read strictly into values.

An announcement is a published document as facts: title and publisher, the date as precisely as it was stated, who took
part, what was agreed, what was promised, and every figure as a claim with its check. The format is described by the
readers at the foot of this module; a file that breaks it is refused with file, line and next step. `announced.py` turns
the values into entities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from madang import strict_yaml as y
from madang.dates import period
from madang.errors import DataError

FORMAT = "madang-announcements/1"
Pair = Mapping[str, str]


@dataclass(frozen=True)
class When:
    """A date as precisely as it was stated; a derived one says from what it was derived."""

    line: int
    value: str
    stated: Pair
    derived: bool = False
    basis: Pair | None = None


@dataclass(frozen=True)
class Actor:
    """An organisation or a university that a document names."""

    line: int
    id: str
    name: Pair
    founded: When | None = None


@dataclass(frozen=True)
class Committee:
    """A committee with its start, chair and rhythm."""

    line: int
    id: str
    name: Pair
    since: When | None = None
    chair: Pair | None = None
    meets: Pair | None = None


@dataclass(frozen=True)
class Alliance:
    """Allied cities."""

    line: int
    id: str
    name: Pair
    members: tuple[str, ...]
    since: When | None = None
    purpose: Pair | None = None


@dataclass(frozen=True)
class Commitment:
    """One owned item of an agreement."""

    line: int
    id: str
    title: Pair
    owners: tuple[str, ...]
    due: When | None = None


@dataclass(frozen=True)
class Agreement:
    """A memorandum and its commitments; `other_parties` are parties that are counted but not named."""

    line: int
    id: str
    title: Pair
    parties: tuple[str, ...]
    other_parties: Pair | None = None
    signed: When | None = None
    commitments: tuple[Commitment, ...] = ()


@dataclass(frozen=True)
class AnnouncedPromise:
    """Something an owner said would come about; without `due` the document gives no date."""

    line: int
    id: str
    kind: str
    owner: str
    title: Pair
    form: str | None = None
    agreement: str | None = None
    due: When | None = None
    done: When | None = None
    amount_krw: int | None = None
    companies: int | None = None
    cities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """How a claim is checked; `instruction` is the declarative rule that `claims.py` evaluates."""

    line: int
    instruction: Mapping[str, Any]


@dataclass(frozen=True)
class AnnouncedClaim:
    """A figure that a document states."""

    line: int
    id: str
    text: Pair
    scope: Pair
    value: float | int
    unit: str
    check: Check
    period: str | None = None
    period_derived: bool = False
    approximate: bool = False


Item = Actor | Committee | Alliance | Agreement | Commitment | AnnouncedPromise | AnnouncedClaim


@dataclass(frozen=True)
class Announcement:
    """One published document as facts, for the cities it concerns; `publisher` is None where it is not stated."""

    line: int
    id: str
    cities: tuple[str, ...]
    kind: str
    title: Pair
    summary: Pair
    publisher: Pair | None
    date: When
    organisations: tuple[Actor, ...] = ()
    universities: tuple[Actor, ...] = ()
    committees: tuple[Committee, ...] = ()
    alliances: tuple[Alliance, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    promises: tuple[AnnouncedPromise, ...] = ()
    claims: tuple[AnnouncedClaim, ...] = ()

    def items(self) -> Iterator[Item]:
        """Everything in it that has an id of its own."""
        groups: tuple[tuple[Item, ...], ...] = (
            self.organisations, self.universities, self.committees, self.alliances, self.promises, self.claims,
        )  # fmt: skip
        for group in groups:
            yield from group
        for agreement in self.agreements:
            yield agreement
            yield from agreement.commitments


@dataclass(frozen=True)
class _File:
    line: int
    format: str
    announcements: tuple[Announcement, ...] = field(default_factory=tuple)


@cache
def packaged_announcements() -> tuple[Announcement, ...]:
    """The announcements that come with Madang: `examples/announcements.yaml`."""
    file = resources.files("madang.civic.data").joinpath("announcements.yaml")
    return parse_announcements(file.read_text("utf-8"), file="announcements.yaml")


def read_announcements(path: Path) -> tuple[Announcement, ...]:
    """The announcements of a file in Madang's format."""
    return _announcements(y.read(path), file=path.name)


def parse_announcements(text: str, *, file: str) -> tuple[Announcement, ...]:
    """The announcements of a text; raises DataError naming file and line where the text breaks the format."""
    return _announcements(y.parse(text, file=file), file=file)


def _announcements(root: y.Located, *, file: str) -> tuple[Announcement, ...]:
    found: _File = _FILE(root)
    _check_names(found.announcements, file)
    return found.announcements


def _check_names(announcements: tuple[Announcement, ...], file: str) -> None:
    """Every id stands once, and every id that is referred to stands somewhere."""

    def wrong(code: str, line: int, **facts: Any) -> DataError:
        return DataError(code, file=file, line=line, **facts)

    lines: dict[tuple[type, str], int] = {}
    for announcement in announcements:
        for item in (announcement, *announcement.items()):
            before = lines.setdefault((type(item), item.id), item.line)
            if before != item.line:
                raise wrong("yaml.id-twice", item.line, id=item.id, before=before)
    ids = {kind: {id for k, id in lines if k is kind} for kind, _ in lines}

    def known(id: str, line: int, *kinds: type) -> None:
        if not any(id in ids.get(kind, ()) for kind in kinds):
            raise wrong("civic.file-id-unknown", line, id=id)

    for announcement in announcements:
        cities = set(announcement.cities)
        for agreement in announcement.agreements:
            for party in set(agreement.parties) - cities:
                known(party, agreement.line, Actor, Committee, Alliance)
            for commitment in agreement.commitments:
                for owner in set(commitment.owners) - cities:
                    known(owner, commitment.line, Actor, Committee, Alliance)
        for promise in announcement.promises:
            if promise.owner not in cities:
                known(promise.owner, promise.line, Actor, Committee, Alliance)
            if promise.agreement is not None:
                known(promise.agreement, promise.line, Agreement)
            if not set(promise.cities) <= cities:
                raise wrong("civic.file-id-unknown", promise.line, id=", ".join(set(promise.cities) - cities))
        for claim in announcement.claims:
            rule = claim.check.instruction
            if "promise" in rule:
                known(rule["promise"], claim.check.line, AnnouncedPromise)
            if "alliance" in rule:
                known(rule["alliance"], claim.check.line, Alliance)


# --- the format ------------------------------------------------------------------------------------------------------

ANNOUNCEMENT_KINDS = ("seminar", "committee-meeting", "strategy-presentation", "agreement", "plan-launch", "other")
PROMISE_KINDS = ("task", "milestone", "commitment", "investment")
UNITS: dict[str, str | None] = {
    "count": "C62",
    "persons": "IE",
    "companies": "{company}",
    "krw": "KRW",
    "percent": "P1",
    "rank": None,
    "year": None,
}


def _date(node: y.Located) -> str:
    found = y.text(node)
    try:
        period(found)
    except ValueError:
        raise node.wrong("yaml.not-a-date", found=found) from None
    return found


def _when(node: y.Located) -> When:
    found: When = y.record(
        When,
        {"value": _date, "stated": y.pair},
        {"derived": y.flag, "basis": y.pair},
    )(node)
    if found.derived != (found.basis is not None):
        raise node.wrong("civic.file-derived-without-basis")
    return found


def _publisher(node: y.Located) -> Pair | None:
    return None if node.value == "unstated" else y.pair(node)


# What each measure needs to be told; `claims.py` knows how to take it.
_SAID_OF_A_CHECK = {"label": y.pair, "answered_by": y.pair, "note": y.pair, "same_quantity": y.flag}
_MEASURES: dict[str, tuple[Mapping[str, y.Reader], Mapping[str, y.Reader]]] = {
    "none": ({"answered_by": y.pair}, {"note": y.pair}),
    "target-year": ({"promise": y.slug}, {"note": y.pair}),
    "count-promises": ({"kind": y.one_of(*PROMISE_KINDS), "same_quantity": y.flag}, _SAID_OF_A_CHECK),
    "count-members": ({"alliance": y.slug, "same_quantity": y.flag}, _SAID_OF_A_CHECK),
    "population-above": ({"same_quantity": y.flag}, _SAID_OF_A_CHECK),
    "share-of-national": (
        {"table": y.text, "item": y.text, "cities": y.list_of(y.slug), "year": y.whole, "same_quantity": y.flag},
        _SAID_OF_A_CHECK,
    ),
}


def _check(node: y.Located) -> Check:
    measure = node.value.get("measure") if isinstance(node.value, dict) else None
    if measure is None:
        raise node.wrong("yaml.field-missing", field="measure")
    required, optional = _MEASURES[y.one_of(*_MEASURES)(measure)]

    def make(line: int, **said: Any) -> Check:
        return Check(line, said)

    check: Check = y.record(make, {"measure": y.text, **required}, optional)(node)
    if check.instruction.get("same_quantity") is False and "answered_by" not in check.instruction:
        raise node.wrong("yaml.field-missing", field="answered_by")
    if check.instruction.get("same_quantity") is False and "label" not in check.instruction:
        raise node.wrong("yaml.field-missing", field="label")
    return check


def _format(node: y.Located) -> str:
    if node.value != FORMAT:
        raise node.wrong("yaml.format", found=node.value, format=FORMAT)
    return FORMAT


_slugs = y.list_of(y.slug)
_actor = y.record(Actor, {"id": y.slug, "name": y.pair}, {"founded": _when})
_commitment = y.record(Commitment, {"id": y.slug, "title": y.pair, "owners": _slugs}, {"due": _when})
_GROUPS: dict[str, Callable[[y.Located], Any]] = {
    "organisations": y.list_of(_actor),
    "universities": y.list_of(_actor),
    "committees": y.list_of(
        y.record(Committee, {"id": y.slug, "name": y.pair}, {"since": _when, "chair": y.pair, "meets": y.pair})
    ),
    "alliances": y.list_of(
        y.record(Alliance, {"id": y.slug, "name": y.pair, "members": _slugs}, {"since": _when, "purpose": y.pair})
    ),
    "agreements": y.list_of(
        y.record(
            Agreement,
            {"id": y.slug, "title": y.pair, "parties": _slugs},
            {"other_parties": y.pair, "signed": _when, "commitments": y.list_of(_commitment)},
        )
    ),
    "promises": y.list_of(
        y.record(
            AnnouncedPromise,
            {"id": y.slug, "kind": y.one_of(*PROMISE_KINDS), "owner": y.slug, "title": y.pair},
            {
                "form": y.one_of("cluster", "zone", "project"),
                "agreement": y.slug,
                "due": _when,
                "done": _when,
                "amount_krw": y.whole,
                "companies": y.whole,
                "cities": _slugs,
            },
        )
    ),
    "claims": y.list_of(
        y.record(
            AnnouncedClaim,
            {
                "id": y.slug,
                "text": y.pair,
                "scope": y.pair,
                "value": y.number,
                "unit": y.one_of(*UNITS),
                "check": _check,
            },
            {"period": _date, "period_derived": y.flag, "approximate": y.flag},
        )
    ),
}
_FILE = y.record(
    _File,
    {
        "format": _format,
        "announcements": y.list_of(
            y.record(
                Announcement,
                {
                    "id": y.slug,
                    "cities": _slugs,
                    "kind": y.one_of(*ANNOUNCEMENT_KINDS),
                    "title": y.pair,
                    "summary": y.pair,
                    "publisher": _publisher,
                    "date": _when,
                },
                _GROUPS,
            )
        ),
    },
    {},
)
