"""A city as one object: every room of the house reached from one place.

`City` is a city file seen from one branch. It wires the rooms below and decides nothing itself: no SQL, no rules, no
formulas. Reading opens the file for reading; the first write takes the writer's lock, so several people can read one
file and one writes.
"""

from __future__ import annotations

import getpass
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from madang import clock
from madang.civic.alliances.door import Alliances
from madang.civic.announced import claims, questions
from madang.civic.committees.door import Committees
from madang.civic.deciding import proposals
from madang.civic.deciding.door import Procedure
from madang.civic.deciding.states import Act
from madang.civic.investment import pipeline_sums
from madang.civic.investment.door import Investment
from madang.civic.studies.door import Studies
from madang.entities.entity import Document, check_entity, value_of
from madang.entities.query import GeoQuery, Query, parse_order, parse_q, parse_types
from madang.entities.representation import read_entity
from madang.errors import CallerError, DataError, FileError
from madang.exports.crate.again import Rerun, rerun
from madang.exports.crate.door import Bundles
from madang.exports.files import Exported, export
from madang.exports.frames import Entities
from madang.lab import compare as comparing
from madang.lab import origin
from madang.lab.bundle import weigh_again
from madang.lab.clusters import Clusters
from madang.lab.door import Lab
from madang.lab.weighing import Weighing
from madang.models import runner
from madang.models.many.door import Experimenting
from madang.papers import Papers
from madang.plan import adoption, promises
from madang.plan.ledger import PromiseLedger
from madang.plan.plans import Plans
from madang.rules.book import Rulebook
from madang.sources import base as sources
from madang.sources import korea
from madang.store import Branch, EntityChange, Layer, Store, StoreReport, Transaction, View
from madang.twin import layers as twin

Progress = Callable[[float, str], None]


def open_city(path: str | Path, *, write: bool = False, url: str | None = None) -> City:
    """The city in a file, seen from main; `write` takes the writer's lock at once instead of at the first write."""
    return City(_CityFile(Path(path), write=write, url=url))


def new_city(
    path: str | Path, *, source: str | None = None, by: str | None = None, progress: Progress | None = None
) -> City:
    """A new city file, empty or filled from a source such as `korea:seongnam`; refuses a file that exists."""
    path = Path(path)
    kind, _, name = (source or "").partition(":")
    loaded, title = None, {"ko": path.stem, "en": path.stem}
    if kind == "korea":
        loaded, title = korea.city_from_packages(name), dict(korea.city_codes(name).title)
    elif source:
        raise sources.unknown_source(source)
    with Store.create(path, city_id=name or path.stem, title=title) as store:
        if loaded:
            sources.write(store, [loaded], actor=by or _user(), reason=f"new --from {source}", progress=progress)
    return open_city(path)


def rerun_bundle(path: str | Path, *, progress: Progress | None = None) -> Rerun:
    """A bundle computed again in a temporary city, figure by figure; needs no city file."""
    return rerun(Path(path), weigh=weigh_again, progress=progress)


@dataclass(frozen=True)
class LoadResult:
    """What a load read, kept and left out, and the transaction that holds it (None on a dry run)."""

    reports: Sequence[sources.SourceReport]
    transaction: int | None


class City:
    """A city file seen from one branch. Cheap to make; all views of one file share its connection."""

    def __init__(self, file: _CityFile, branch: str = "main") -> None:
        self._file = file
        self.branch_name = branch
        self.rules = Rulebook(self)
        self.plans = Plans(self)
        self.promise_ledger = PromiseLedger(self)
        self.procedure = Procedure(self, act=self._act)
        self.committees = Committees(self)
        self.investment = Investment(self)
        self.alliances = Alliances(self)
        self.studies = Studies(self)
        self.clusters = Clusters(self)
        self.weighing = Weighing(self)
        self.lab = Lab(self)
        self.experiments = Experimenting(self)
        self.papers = Papers(self)
        self.bundles = Bundles(self)

    # -- what it is ----------------------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """The store below, as it is open now: for reading, or for writing after the first write."""
        return self._file.store

    @property
    def path(self) -> Path:
        """The city file."""
        return self._file.path

    @property
    def id(self) -> str:
        """The city's short name, which is also its NGSI-LD tenant: 'seongnam'."""
        return self.store.city.id

    @property
    def tenant(self) -> str:
        """The NGSI-LD tenant of this view: 'seongnam' or 'seongnam~fabless-valley'."""
        return self.id if self.branch_name == "main" else f"{self.id}~{self.branch_name}"

    @property
    def title(self) -> Mapping[str, str]:
        """The city's name in Korean and English."""
        return self.store.city.title

    def for_writing(self) -> Store:
        """The store open for writing; the first call takes the writer's lock."""
        return self._file.for_writing()

    def actor(self, by: str | None) -> str:
        """Who does it: the name given, else the user's."""
        return by or _user()

    def close(self) -> None:
        """Close the file; every view of it is closed with it."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<City {self.tenant} in {self.path}>"

    # -- reading -------------------------------------------------------------------------------------------------

    def view(self, at: datetime | None = None) -> View:
        """A consistent read view of this branch, now or as it was recorded at a moment."""
        return self.store.view(self.branch_name, at=_checked_moment(at))

    def standing(self) -> City:
        """This city as it is now, whatever is written meanwhile."""
        return _Standing(self._file, self.branch_name)

    def get(self, entity_id: str, *, at: datetime | None = None) -> Document | None:
        """One entity in normalized form, or None."""
        return self.view(at).document(entity_id)

    def query(
        self,
        type: str | None = None,
        q: str | None = None,
        *,
        near: tuple[float, float] | None = None,
        within_m: float | None = None,
        order_by: str | None = None,
        at: datetime | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Entities:
        """Entities of a type selection that satisfy a query, optionally within metres of (lon, lat)."""
        if within_m is not None and near is None:
            raise CallerError("exports.within-without-near", metres=within_m)
        _check_count("limit", limit)
        _check_count("offset", offset)
        geo = None
        if near is not None:
            point = {"type": "Point", "coordinates": list(near)}
            geo = GeoQuery(relation="near", geometry=point, max_distance_m=1000.0 if within_m is None else within_m)
        query = Query(
            types=parse_types(type) if type else None,
            q=parse_q(q) if q else None,
            geo=geo,
            limit=limit,
            offset=offset,
            order_by=parse_order(order_by) if order_by else (),
        )
        return Entities(self.view(at).documents(query))

    def types(self) -> Mapping[str, int]:
        """How many entities of each type this branch has."""
        return self.view().types()

    def log(self, entity_id: str | None = None, *, limit: int | None = None) -> list[Transaction]:
        """The transactions of this branch, newest first; of one entity when it is named."""
        return self.store.log(branch=self.branch_name, entity=entity_id, limit=limit)

    # -- writing -------------------------------------------------------------------------------------------------

    def put(
        self, entities: Mapping[str, Any] | Iterable[Mapping[str, Any]], *, reason: str = "", by: str | None = None
    ) -> Transaction:
        """Create or replace entities, given in any NGSI-LD form, in one transaction."""
        given = [entities] if isinstance(entities, Mapping) else list(entities)
        for n, entity in enumerate(given, 1):
            if not isinstance(entity, Mapping):
                raise DataError("exports.not-an-entity", number=n, found=repr(entity)[:80])
        documents = [check_entity(read_entity(dict(e)), where=f"entity {n}") for n, e in enumerate(given, 1)]
        return self.write(lambda tx: tx.put_many(documents), reason=reason or "put", by=by)

    def delete(self, entity_id: str, *, reason: str = "", by: str | None = None) -> Transaction:
        """Remove one entity from this branch."""
        return self.write(lambda tx: tx.delete(entity_id), reason=reason or "delete", by=by)

    def write(
        self, change: Callable[[Any], object], *, reason: str, by: str | None = None, source: str | None = None
    ) -> Transaction:
        """Apply a change within one transaction; an exception in it leaves the file as it was."""
        store = self.for_writing()
        with store.transact(branch=self.branch_name, actor=self.actor(by), reason=reason, source=source) as tx:
            change(tx)
        return store.transaction(tx.number)

    def load(
        self,
        *paths: str | Path,
        as_type: str | None = None,
        mapping: str | Path | None = None,
        skip_bad: bool = False,
        reason: str = "",
        by: str | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> LoadResult:
        """Read files into this branch, all or nothing, each through the source that knows its kind."""
        if not paths:
            raise CallerError("exports.nothing-to-load")
        if mapping is not None and not Path(mapping).is_file():
            raise CallerError("sources.no-file", file=str(mapping))
        loaded = [sources.read(Path(p), type=as_type, mapping=mapping, skip_bad=skip_bad) for p in paths]
        if dry_run:
            return LoadResult(sources.tried(self.view(), loaded), None)
        written = sources.write(
            self.for_writing(),
            loaded,
            branch=self.branch_name,
            actor=self.actor(by),
            reason=reason or "load " + ", ".join(Path(p).name for p in paths),
            progress=progress,
        )
        return LoadResult(written.reports, written.number)

    def revert(self, transaction: int, *, reason: str, by: str | None = None) -> Transaction:
        """Undo one transaction by a new one."""
        return self.for_writing().revert(transaction, actor=self.actor(by), reason=reason)

    def export(
        self, path: str | Path, type: str | None = None, q: str | None = None, *, crs: str | None = None, **more: Any
    ) -> Exported:
        """Write what a query finds to a file of the kind its ending says, with sources and licences; see `query`.

        `crs` is the coordinate system of a city model (CityJSON), such as "EPSG:5186".
        """
        return export(self.view(more.get("at")), self.query(type, q, **more), Path(path), crs=crs)

    # -- branches ------------------------------------------------------------------------------------------------

    def branch(self, name: str) -> City:
        """This city seen from a branch that exists."""
        self.store.branch(name)
        return City(self._file, name)

    def fork(
        self, name: str, *, title: Mapping[str, str] | None = None, reason: str = "", by: str | None = None
    ) -> City:
        """A new branch from this one; costs one row, whatever the size of the city."""
        self.for_writing().fork(
            name, parent=self.branch_name, title=dict(title or {}), actor=self.actor(by), reason=reason or "fork"
        )
        return City(self._file, name)

    def branches(self) -> list[Branch]:
        """All branches of the file, main first."""
        return self.store.branches()

    def diff(self, against: str = "main") -> list[EntityChange]:
        """What this branch changes, entity by entity and attribute by attribute."""
        return self.store.diff(self.branch_name, against=against)

    def merge(self, *, into: str = "main", reason: str, by: str | None = None) -> Transaction:
        """Bring this branch's changes into another; planned types reach main only by adopting a proposal."""
        store = self.for_writing()
        return store.merge(self.branch_name, into=into, actor=self.actor(by), reason=reason)

    # -- models --------------------------------------------------------------------------------------------------

    def run(
        self,
        model: str,
        *,
        seed: int = 0,
        by: str | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        limit_s: float | None = None,
        **params: Any,
    ) -> runner.Run:
        """Run a model on this branch and record the run with everything needed to repeat it."""
        return runner.run(
            self.for_writing(),
            model,
            branch=self.branch_name,
            params=params,
            seed=seed,
            actor=self.actor(by),
            progress=progress,
            cancelled=cancelled,
            limit_s=limit_s,
        )

    def compare(
        self, against: str = "main", *, models: Sequence[str] | None = None, seed: int = 0, by: str | None = None
    ) -> comparing.Comparison:
        """Indicators of this branch beside another's, with the band of the difference."""
        return comparing.compare(
            self._file.for_comparing(),
            self.branch_name,
            against=against,
            models=models,
            seed=seed,
            actor=self.actor(by),
        )

    def compared(self, against: str = "main") -> comparing.Comparison | None:
        """The comparison with another branch as far as its runs are recorded already; computes nothing."""
        return comparing.known_comparison(self.store, self.branch_name, against=against)

    def what_if(self, levers: Mapping[str, float], *, against: str = "main") -> comparing.Comparison:
        """The comparison as it would be with these levers; nothing is recorded."""
        return comparing.what_if(self.store, self.branch_name, levers, against=against)

    def levers(self) -> list[comparing.Lever]:
        """What can be turned on this branch: amounts that models take as levers."""
        return comparing.levers(self.store, self.branch_name)

    def stale(self) -> list[runner.Stale]:
        """Runs whose inputs have changed since; no failure, but a reason to run again."""
        return runner.stale(self.store)

    def explain(self, address: str) -> dict[str, Any]:
        """Where a number comes from: source, licence, model, version, parameters, seed (산출근거)."""
        if pipeline_sums.is_sum(address):
            return pipeline_sums.explain(self.store, address)
        return origin.explain(self.store, address)

    def recompute(self, address: str) -> dict[str, Any]:
        """The number at an address computed again from its pinned inputs, and whether it is equal (다시 계산)."""
        return origin.recompute(self.store, address)

    # -- twin ----------------------------------------------------------------------------------------------------

    def twin_layers(self) -> list[twin.LayerInfo]:
        """The 3D layers of this branch, with status, source and licence."""
        return twin.layers(self.store, self.branch_name)

    # -- civic ---------------------------------------------------------------------------------------------------

    def question(self) -> dict[str, str]:
        """The question with which this city's page opens, in Korean and English."""
        return questions.question(self.store, self.branch_name)

    def propose(self, *, title: str | Mapping[str, str], reason: str, by: str | None = None) -> Document:
        """Put this branch up for decision."""
        store, actor = self.for_writing(), self.actor(by)
        adoption.keep_checks(store, self.branch_name, self.rules, actor=actor)
        return proposals.propose(store, self.branch_name, title=title, reason=reason, actor=actor)

    def proposals(self) -> list[Document]:
        """All proposals of the city, newest first."""
        return proposals.all_proposals(self.store)

    def proposal(self, proposal_id: str) -> dict[str, Any]:
        """One proposal as its page shows it: diff, comparison, checks, log."""
        return proposals.proposal_view(self.store, proposal_id, comparing=self._known_comparison)

    def _known_comparison(self, branch: str) -> dict[str, Any] | None:
        found = self.branch(branch).compared()
        return found.as_json() if found else None

    def adopt(self, proposal_id: str, *, reason: str, by: str | None = None) -> Document:
        """Decide for a proposal and merge its branch, in one step."""
        return self._decide(proposal_id, adopt=True, reason=reason, by=by)

    def refuse(self, proposal_id: str, *, reason: str, by: str | None = None) -> Document:
        """Decide against a proposal; its branch stays as it is."""
        return self._decide(proposal_id, adopt=False, reason=reason, by=by)

    def _decide(self, proposal_id: str, *, adopt: bool, reason: str, by: str | None) -> Document:
        return self._act(proposal_id, "adopt" if adopt else "refuse", reason=reason, by=by)

    def _act(self, proposal_id: str, act: Act, *, reason: str, by: str | None, **more: Any) -> Document:
        """One act on a proposal, with the checks of its plans made fresh and the comparison on the table."""
        proposal = proposals.proposal_of(self.store, proposal_id)
        branch, store, actor = value_of(proposal, "branch"), self.for_writing(), self.actor(by)
        adoption.keep_checks(store, branch, self.rules, actor=actor)
        return proposals.act(
            store,
            proposal_id,
            act,
            reason=reason,
            actor=actor,
            comparison=self._known_comparison(branch),
            also=adoption.promising(store, branch, proposal=proposal["id"]) if act == "adopt" else None,
            **more,
        )

    def promises(self) -> list[promises.PromiseState]:
        """What was announced with a date, and how it stands today in the city's zone."""
        return promises.promises(self.store, clock.today(self.store.city.zone))

    def claims(self) -> list[claims.ClaimState]:
        """Published figures and whether the city's data reproduce them."""
        return claims.claims(self.store)

    # -- keeping -------------------------------------------------------------------------------------------------

    def layers(self) -> list[Layer]:
        """Publish this branch's entities as GeoPackage layers and list them."""
        if self.branch_name != "main":
            return self.for_writing().publish_layers(self.branch_name)
        return self.store.layers()

    def verify(self) -> StoreReport:
        """Check the file: integrity, history, indexes, blobs and the chain of transactions."""
        return self.store.verify()

    def verify_runs(self, run_id: str | None = None) -> list[runner.Verdict]:
        """Compute runs again from their pinned inputs: one, or all of the file."""
        return [runner.verify_run(self.store, run_id)] if run_id else runner.verify_runs(self.store)


class _Standing(City):
    """A city that shows one view for as long as it is looked at."""

    def __init__(self, file: _CityFile, branch: str) -> None:
        super().__init__(file, branch)
        self._view = super().view()

    def view(self, at: datetime | None = None) -> View:
        return self._view if at is None else super().view(at)


class _CityFile:
    """The open store of one file, shared by its views, and reopened for writing when first needed."""

    def __init__(self, path: Path, *, write: bool, url: str | None) -> None:
        self.path = path
        self._url = url
        self._writable = write
        self._is_closed = False
        self._change = threading.Lock()
        self._reader: Store | None = None
        self.store = Store.open(path, write=write, url=url)

    def for_writing(self) -> Store:
        with self._change:
            if self._is_closed:  # a city that was closed does not come back, and above all takes no lock
                raise FileError("store.closed", path=str(self.path))
            if not self._writable:
                # The reader stays open until the end: another thread, or a view taken before, may be reading by it.
                self._reader, self.store = self.store, Store.open(self.path, write=True, url=self._url)
                self._writable = True
            return self.store

    def for_comparing(self) -> Store:
        """A comparison records its runs where it may write, and answers without recording where it may not."""
        return self.store if self._writable else self.for_writing()

    def close(self) -> None:
        with self._change:
            self._is_closed = True
            if self._reader is not None:
                self._reader.close()
            self.store.close()


def _checked_moment(at: datetime | None) -> datetime | None:
    if at is not None and (not isinstance(at, datetime) or at.tzinfo is None):
        raise CallerError("exports.bad-moment", found=repr(at))
    return at


def _check_count(name: str, value: int | None) -> None:
    if value is not None and (not isinstance(value, int) or value < 0):
        raise CallerError("exports.bad-count", name=name, found=repr(value))


def _user() -> str:
    return f"local:{getpass.getuser()}"
