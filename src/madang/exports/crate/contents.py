"""What belongs to a study or a branch: its changes, runs, ensembles, kept evaluations, pinned bytes and licences.

Of a *branch*: what it changes against the branch it came from, and the runs and ensembles on both that stand on their
inputs as they are now (a run whose source has changed since is left out). Of a *study*: the branches of its
alternatives, the runs that these and its evidence name, else those of the alternative's branch. Kept evaluations go
along where they are evidence, or speak of these runs and no others. Reads only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from madang.entities.entity import Document, types_of, value_of
from madang.entities.query import Query, parse_types
from madang.errors import DataError, ForbiddenError, NotFoundError, Pair
from madang.exports.crate.layout import COMPUTED, EVALUATION, RUN, STUDY_TYPES
from madang.exports.flat import sources_of
from madang.indicators.address import Address
from madang.indicators.catalogue import catalogue
from madang.indicators.provenance import Freedom, combine_licences, freedom_of
from madang.models.canonical import json_bytes, sha256
from madang.models.records import all_ensembles, all_runs, short_id
from madang.models.verification import stale
from madang.store import Store, Version, View

MAIN = "main"
_RUN = re.compile(r"/run:([0-9a-f]+)#")
OPEN: tuple[Freedom, ...] = ("free", "attribution", "share-alike")


@dataclass(frozen=True, slots=True)
class Terms:
    """A data set that the figures stand on: what it is called, on what terms it is passed on, its status.

    What ships with a model has no id; its `key` is the name and hash of its bytes.
    """

    key: str
    id: str | None
    title: Pair
    publisher: Pair
    licence: str
    status: str | None
    facts: Mapping[str, Any]

    @property
    def is_open(self) -> bool:
        """Whether the licence lets anybody pass it on."""
        return freedom_of(self.licence) in OPEN


@dataclass(frozen=True, slots=True)
class BranchChanges:
    """What a branch changes: added and changed entities whole, removed ones by name."""

    name: str
    parent: str
    title: Pair
    changes: tuple[Mapping[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """The changes as the bundle holds them."""
        return {
            "name": self.name,
            "parent": self.parent,
            "title": dict(self.title),
            "changes": [dict(one) for one in self.changes],
        }


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of a run, with the address under which the city knows it; one of an ensemble has only its record."""

    record: str
    model: str
    branch: str
    indicator: str
    label: Pair
    unit: str
    value: float | None
    p05: float | None
    p50: float | None
    p95: float | None
    n: int | None
    status: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that goes into one bundle."""

    subject: str
    title: Pair
    question: Pair | None
    city: Mapping[str, Any]
    branches: tuple[BranchChanges, ...]
    records: Mapping[str, tuple[Document, ...]]
    blobs: Mapping[str, bytes]
    figures: tuple[FigureRow, ...]
    terms: tuple[Terms, ...]
    moments: Mapping[str, datetime]
    actors: Mapping[str, str]
    published: datetime

    def of(self, *types: str) -> list[Document]:
        """The records of these types."""
        return [doc for type in types for doc in self.records.get(type, ())]


def contents(store: Store, subject: str, *, only_open: bool = True) -> Contents:
    """What a study or a branch holds; refused where a licence forbids passing it on, unless `only_open` is False."""
    view = store.view()
    study = study_of(view, subject)
    if study is None:
        names = {branch.name for branch in store.branches()}
        if subject not in names:
            studies = ", ".join(one["id"].rpartition(":")[2] for one in _all(view, "Study")) or "-"
            raise NotFoundError(
                "bundles.subject-unknown", subject=subject, studies=studies, branches=", ".join(sorted(names))
            )
    members = [] if study is None else _of_study(view, study)
    chosen, computed = _of_branch(store, subject) if study is None else _of_alternatives(store, members)
    if not computed:
        raise DataError("bundles.nothing-computed", subject=subject)
    evaluations = _evaluations(view, computed, members)
    changes = tuple(_changes(store, name) for name in chosen)
    terms = _terms(view, computed, changes)
    if only_open:
        _refuse_closed(terms)
    datasets = [doc for one in terms if one.id is not None and (doc := view.document(one.id)) is not None]
    records: dict[str, tuple[Document, ...]] = {}
    for doc in [*members, *computed, *evaluations, *datasets]:
        kind = types_of(doc)[0]
        if all(doc["id"] != one["id"] for one in records.get(kind, ())):
            records[kind] = (*records.get(kind, ()), doc)
    versions = {doc["id"]: _version(view, doc) for docs in records.values() for doc in docs}
    moments = {id: one.modified_at for id, one in versions.items()}
    title = _pair(value_of(study, "title") if study else dict(store.branch(subject).title), subject)
    return Contents(
        subject=subject,
        title=title,
        question=_pair(value_of(study, "question"), "") if study else None,
        city={
            "id": store.city.id,
            "uuid": str(store.city.uuid),
            "title": dict(store.city.title),
            "zone": store.city.zone,
        },
        branches=changes,
        records=dict(sorted(records.items())),
        blobs=dict(sorted(_blobs(store, computed).items())),
        figures=tuple(figures_of(computed, str(store.city.uuid))),
        terms=terms,
        moments=moments,
        actors={id: store.transaction(one.tx).actor for id, one in versions.items()},
        published=max(moments.values()),
    )


def study_of(view: View, name: str) -> Document | None:
    """The study of an id or of the end of one; None where there is none."""
    return next((doc for doc in _all(view, "Study") if name in (doc["id"], doc["id"].rpartition(":")[2])), None)


def figures_of(computed: Iterable[Document], city: str) -> Iterator[FigureRow]:
    """Every figure of the runs and ensembles, those of runs with their addresses."""
    for doc in computed:
        results, about = value_of(doc, "results"), str(value_of(doc, "aboutCity") or doc["id"])
        is_run = RUN in types_of(doc)
        found = results["indicators"].items() if is_run else ((one["id"], one) for one in results["indicators"])
        for id, said in found:
            entry = catalogue().get(id)
            origin = f"run:{short_id(doc['id'])}"
            yield FigureRow(
                record=doc["id"],
                model=str(value_of(doc, "model")),
                branch=str(value_of(doc, "branch")),
                indicator=id,
                label=dict(entry.label) if entry else {"ko": id, "en": id},
                unit=said["unit"],
                value=said["value"] if is_run else said["mean"],
                p05=said.get("p05"),
                p50=said.get("p50"),
                p95=said.get("p95"),
                n=said.get("n"),
                status=said.get("status") if is_run else None,
                address=str(Address(city, origin, about, id)) if is_run else None,
            )


# --- which records -------------------------------------------------------------------------------------------------


def _of_study(view: View, study: Document) -> list[Document]:
    """The study and everything that names it."""
    found = [study]
    for type in STUDY_TYPES[1:]:
        found += [doc for doc in _all(view, type) if value_of(doc, "refStudy") == study["id"]]
    return found


def _of_alternatives(store: Store, members: Sequence[Document]) -> tuple[list[str], list[Document]]:
    """The branches of a study's alternatives, and the runs and ensembles they or the evidence name."""
    view, branches, named = store.view(), list[str](), list[str]()
    for doc in members:
        if "StudyAlternative" in types_of(doc):
            branch, runs = value_of(doc, "branch"), _ids(value_of(doc, "runs"))
            if branch:
                branches.append(str(branch))
            if branch and not runs:
                runs = [one["id"] for one in _current(store, [str(branch)])]
            named += runs
        if "StudyEvidence" in types_of(doc):
            named += _ids(value_of(doc, "evidence"))
    found = [view.document(id) for id in dict.fromkeys(named)]
    computed = [doc for doc in found if doc is not None and set(types_of(doc)) & set(COMPUTED)]
    branches += [str(value_of(doc, "branch")) for doc in computed]
    return [name for name in dict.fromkeys(branches) if name != MAIN], computed


def _of_branch(store: Store, branch: str) -> tuple[list[str], list[Document]]:
    parent = store.branch(branch).parent
    wanted = [branch] if parent is None else [parent, branch]
    return [name for name in wanted if name != MAIN], _current(store, wanted)


def _current(store: Store, branches: Sequence[str]) -> list[Document]:
    """The runs and ensembles on branches whose inputs are as they were."""
    changed = {one.run for one in stale(store)}
    return [
        doc
        for doc in [*all_runs(store), *all_ensembles(store)]
        if value_of(doc, "branch") in branches and doc["id"] not in changed
    ]


def _evaluations(view: View, computed: Sequence[Document], members: Sequence[Document]) -> list[Document]:
    """Kept evaluations that are evidence of the study, or speak of runs that go along and of no others."""
    named = {id for doc in members if "StudyEvidence" in types_of(doc) for id in _ids(value_of(doc, "evidence"))}
    runs, found = {short_id(doc["id"]) for doc in computed}, []
    for doc in _all(view, EVALUATION):
        spoken_of = set(_RUN.findall(json_bytes(value_of(doc, "evaluationResult")).decode()))
        if doc["id"] in named or (spoken_of and spoken_of <= runs):
            found.append(doc)
    return found


def _changes(store: Store, name: str) -> BranchChanges:
    branch, view = store.branch(name), store.view(name)
    rows: list[Mapping[str, Any]] = []
    for change in sorted(store.diff(name, against="base"), key=lambda one: one.id):
        document = None if change.kind == "removed" else view.document(change.id)
        rows.append({"id": change.id, "type": change.type, "kind": change.kind, "document": document})
    return BranchChanges(name, branch.parent or MAIN, _pair(dict(branch.title), name), tuple(rows))


def _blobs(store: Store, computed: Iterable[Document]) -> dict[str, bytes]:
    """Every pinned input, draw and design, each looked at; one that is lost or altered is named with its run."""
    found: dict[str, bytes] = {}
    for doc in computed:
        results = value_of(doc, "results")
        pinned = {port: one["sha256"] for port, one in value_of(doc, "inputs").items()}
        kept = {name: results[name] for name in ("draws", "design", "outcomes") if results.get(name)}
        for what, address in {**pinned, **kept}.items():
            if address in found:
                continue
            try:
                data = store.blob(address)
            except NotFoundError:
                raise DataError("bundles.blob-lost", run=doc["id"], what=what, sha256=address) from None
            if sha256(data) != address:
                raise DataError("bundles.blob-lost", run=doc["id"], what=what, sha256=address)
            found[address] = data
    return found


# --- terms ---------------------------------------------------------------------------------------------------------


def _terms(view: View, computed: Iterable[Document], changes: Iterable[BranchChanges]) -> tuple[Terms, ...]:
    """Every data set behind the figures and the changes, each once; what ships with a model is among them."""
    found: dict[str, Terms] = {}
    added = [one["document"] for branch in changes for one in branch.changes if one["document"] is not None]
    sources = {id for doc in computed for port in value_of(doc, "inputs").values() for id in port["datasets"]}
    for id in sorted(sources | set(sources_of(added))):
        found[id] = _dataset(id, view.document(id))
    for doc in computed:
        for port in value_of(doc, "inputs").values():
            if port["kind"] == "blob" and not port["datasets"]:
                licence = "; ".join(port["licences"]) or "unknown"
                status = next(iter(port["statuses"]), None)
                key = f"{port['name']} {port['sha256']}"
                said = Terms(key, None, dict(port["title"]), dict(port["publisher"]), licence, status, {})
                found.setdefault(key, said)
    return tuple(found.values())


def _dataset(id: str, doc: Document | None) -> Terms:
    if doc is None:
        return Terms(id, id, {"ko": id, "en": id}, {"ko": "", "en": ""}, "unknown", None, {})
    facts = {name: value_of(doc, name) for name in ("url", "licenceUrl", "attribution", "version")}
    return Terms(
        id,
        id,
        _pair(value_of(doc, "title"), id),
        _pair(value_of(doc, "publisher"), ""),
        str(value_of(doc, "licence") or "unknown"),
        value_of(doc, "status"),
        {name: value for name, value in facts.items() if value},
    )


def _refuse_closed(terms: Sequence[Terms]) -> None:
    closed = [one for one in terms if not one.is_open]
    if closed:
        named = "; ".join(f"{one.title['ko']} / {one.title['en']}: {one.licence}" for one in closed)
        found = combine_licences(one.licence for one in closed).freedom
        raise ForbiddenError("bundles.not-open", datasets=named, found=found)


# --- small things --------------------------------------------------------------------------------------------------


def _all(view: View, type: str) -> list[Document]:
    return sorted(view.documents(Query(types=parse_types(type))), key=lambda doc: str(doc["id"]))


def _ids(said: Any) -> list[str]:
    return [] if said is None else [str(said)] if isinstance(said, str) else [str(one) for one in said]


def _version(view: View, doc: Document) -> Version:
    version = view.version(doc["id"])
    assert version is not None
    return version


def _pair(said: Any, otherwise: str) -> Pair:
    if isinstance(said, Mapping) and said:
        return {lang: str(said.get(lang) or said.get("en") or said.get("ko") or otherwise) for lang in ("ko", "en")}
    return dict.fromkeys(("ko", "en"), str(said or otherwise))
