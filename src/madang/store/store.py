"""`Store`: a city file, open for reading, or for reading and writing. The only door to the tables.

It wires the rooms of this folder: `reading` answers, `writing` and `writer` change, `branches` and `merging` know about
alternatives, `file` and `lock` about the disk, `verify` about whether all of it holds together.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import apsw
import orjson

from madang import clock
from madang.errors import CallerError, ConflictError, FileError, NotFoundError
from madang.store import (
    blobs,
    branches,
    compaction,
    expiry,
    file,
    geopackage,
    hubbook,
    merging,
    observations,
    reading,
    schema,
)
from madang.store.branches import MAIN, Branch, Row
from madang.store.desk import Desk
from madang.store.geopackage import Layer
from madang.store.hubbook import Entry, Kind
from madang.store.lock import HeldLock, take_lock
from madang.store.merging import EntityChange, MergeConflict, Resolve
from madang.store.observations import Observed, Series
from madang.store.parts import ChangedTwice
from madang.store.reading import View
from madang.store.rows import only
from madang.store.transaction import KINDS, Change, Transaction, from_micros, to_micros
from madang.store.verify import StoreReport, verify
from madang.store.writer import Outcome, Signature, Submission, Submissions
from madang.store.writing import Tx

T = TypeVar("T")

LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class CityInfo:
    """Which city the file is of."""

    uuid: str
    id: str
    title: Mapping[str, str]
    zone: str
    schema_version: int
    synchronous: str


class Store:
    """An open city file. Make one with `Store.create` or `Store.open`."""

    def __init__(self, path: Path, db: apsw.Connection | None, lock: HeldLock | None) -> None:
        self.path = path
        self._db = db
        self._lock = lock
        self._readers = reading.Readers(path)
        self._desk: Desk | None = None
        self._turns: dict[str, int] = {}
        self._turn = threading.Lock()
        self._writing: int | None = None
        self._submissions = Submissions(self._run_groups)
        self._listeners: list[Callable[[], None]] = []
        self._looked = -LOOK_EVERY_S
        self._closed = False

    # --- opening and closing -----------------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        city_id: str,
        title: Mapping[str, str],
        zone: str = "Asia/Seoul",
        synchronous: str = "FULL",
        actor: str = "madang",
        reason: str = "new city",
    ) -> Store:
        """A new city file, open for writing; refuses a path where a file stands.

        `synchronous` stays with the file: FULL keeps every acknowledged write even if the power goes.
        """
        path = Path(path)
        if synchronous not in file.SYNCHRONOUS:
            raise CallerError("store.synchronous", found=synchronous, known=", ".join(file.SYNCHRONOUS))
        if path.exists():
            raise FileError("store.exists", path=str(path))
        if not path.parent.is_dir():
            raise FileError("store.no-folder", path=str(path), folder=str(path.parent))
        lock = take_lock(path)
        try:
            db = file.create(path, synchronous=synchronous)
            made = str(uuid.uuid4())
            text = orjson.dumps(dict(title), option=orjson.OPT_SORT_KEYS).decode()
            try:
                with file.faults(path), db:
                    schema.build(db)
                    db.execute("INSERT INTO md_city VALUES(?, ?, ?, ?, ?)", (made, city_id, text, zone, synchronous))
                    facts = {"uuid": made, "id": city_id, "title": dict(title), "zone": zone}
                    main = Row(0, MAIN, None, 0, "open")
                    tx = Tx(
                        Desk(db),
                        main,
                        actor=actor,
                        reason=reason,
                        source=None,
                        adopting=None,
                        kind="create",
                        facts=facts,
                    )
                    tx.finish()
            except BaseException:
                file.close(db, path)
                path.unlink(missing_ok=True)
                raise
        except BaseException:
            lock.release()
            raise
        return cls(path, db, lock)

    @classmethod
    def open(cls, path: str | Path, *, write: bool = False, url: str | None = None) -> Store:
        """An existing city file. To write, this process must be the only writer; an older file is upgraded first."""
        path = Path(path)
        file.check_mark(path)
        if not write:
            db = file.open_reader(path)
            try:
                with file.faults(path):
                    if due := schema.missing(db, path):
                        raise FileError("store.older", path=str(path), step=due[0].name)
            finally:
                file.close(db, path)
            return cls(path, None, None)
        lock = take_lock(path, url=url)
        try:
            db = file.open_writer(path)
            try:
                with file.faults(path):
                    schema.upgrade(db, path)
            except BaseException:
                file.close(db, path)
                raise
        except BaseException:
            lock.release()
            raise
        return cls(path, db, lock)

    def close(self) -> None:
        """Work off what was submitted, close every connection, and give the lock back."""
        if self._closed:
            return
        self._closed = True
        self._submissions.close()
        try:
            self._readers.close()
            if self._db is not None:
                with self._turn:
                    file.close(self._db, self.path)
        finally:
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # --- the city ----------------------------------------------------------------------------------------------------

    @property
    def is_writable(self) -> bool:
        """Whether this store was opened for writing."""
        return self._db is not None

    @property
    def city(self) -> CityInfo:
        """Which city this is."""
        with self._readers.reading() as db:
            made, id, title, zone, synchronous = only(db, "SELECT * FROM md_city")
            return CityInfo(made, id, orjson.loads(title), zone, len(schema.steps_of(db)), synchronous)

    def set_title(self, title: Mapping[str, str], *, actor: str, reason: str) -> Transaction:
        """Name the city anew."""
        with self._act(MAIN, actor=actor, reason=reason, kind="title", facts={"title": dict(title)}) as tx:
            text = orjson.dumps(dict(title), option=orjson.OPT_SORT_KEYS).decode()
            tx._db.execute("UPDATE md_city SET title = ?", (text,))
        return self.transaction(tx.number)

    # --- reading -----------------------------------------------------------------------------------------------------

    def view(self, branch: str = MAIN, *, at: datetime | int | None = None) -> View:
        """A consistent view of a branch, now, or as it was recorded at a moment or transaction. Cheap to make."""
        return reading.open_view(self._readers, branch, at)

    def blob(self, sha256: str) -> bytes:
        """The bytes behind a SHA-256."""
        with self._readers.lent() as db:
            return blobs.get(db, sha256)

    def transaction(self, number: int) -> Transaction:
        """One transaction."""
        with self._readers.reading() as db:
            found = next(_transactions(db, "WHERE t.number = ?", (number,)), None)
        if found is None:
            raise NotFoundError("store.transaction-unknown", transaction=number)
        return found

    def log(
        self, *, branch: str | None = None, entity: str | None = None, limit: int | None = None
    ) -> list[Transaction]:
        """Transactions, newest first: of all branches or of one; of one entity when it is named."""
        clauses: list[str] = []
        bound: list[object] = []
        with self._readers.reading() as db:
            if branch is not None:
                clauses.append("t.branch = ?")
                bound.append(branches.find(db, branch).number)
            if entity is not None:
                eid = db.execute("SELECT eid FROM md_ent WHERE id = ?", (entity,)).get
                its = "FROM md_branch b JOIN md_ver v ON v.branch = b.bid AND v.eid = ?"
                clauses.append(
                    f"t.number IN (SELECT v.from_tx {its} UNION SELECT v.to_tx {its}"
                    " UNION SELECT from_tx FROM md_ent WHERE eid = ?)"
                    " AND EXISTS (SELECT 1 FROM md_chg c"
                    "  WHERE c.tx = t.number AND c.branch IN (0, t.branch) AND c.eid = ?)"
                )
                bound += [eid, eid, eid, eid]
            where = "WHERE " + " AND ".join(clauses) if clauses else ""
            tail = "ORDER BY t.number DESC" + ("" if limit is None else f" LIMIT {int(limit)}")
            return list(_transactions(db, f"{where} {tail}", bound))

    def changes(self, since: int) -> Iterator[Change]:
        """What was changed or observed after a transaction, in order; a follower keeps the last number it has seen."""
        with self._readers.reading() as db:
            last = reading.head_of(db)
        for number in range(since + 1, last + 1):
            with self._readers.reading() as db:
                found = list(_changes(db, number, self._readers))
            yield from found

    def data_version(self) -> int:
        """The number of the last transaction: it grows with every commit, of whatever process."""
        with self._readers.lent() as db:
            return reading.head_of(db)

    def series(self, branch: str = MAIN, *, type: str | None = None, attribute: str | None = None) -> list[Series]:
        """A branch's own series of readings, in the order of attribute and entity."""
        with self._readers.reading() as db:
            number = branches.find(db, branch).number
            return observations.all_series(db, number, type=type, attribute=attribute)

    def stream(
        self,
        branch: str,
        series: Sequence[Series],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[tuple[Series, list[Observed]]]:
        """The readings of series as they are now, one series after another."""
        span = [None if one is None else to_micros(one) for one in (since, until)]
        with self._readers.reading() as db:
            yield from observations.stream(db, series, upto=reading.head_of(db), since=span[0], until=span[1])

    # --- writing -----------------------------------------------------------------------------------------------------

    @contextmanager
    def transact(
        self,
        *,
        branch: str = MAIN,
        actor: str,
        reason: str,
        source: str | None = None,
        adopting: str | None = None,
        act: str | None = None,
    ) -> Iterator[Tx]:
        """One transaction: everything within is written, or, after an exception, nothing.

        with store.transact(actor="local", reason="survey of 2026") as tx:
            tx.put(building)

        `act` names the act of deciding that this records ("submit"): proposals and decisions are written by acts alone.
        """
        facts = {"act": act} if act else None
        with self._act(branch, actor=actor, reason=reason, source=source, adopting=adopting, facts=facts) as tx:
            yield tx

    def submit(
        self,
        act: Callable[[Tx], T],
        *,
        actor: str,
        reason: str,
        branch: str = MAIN,
        source: str | None = None,
    ) -> Future[T]:
        """Queue a write for the writer's thread, which commits many with one wait for the disk.

        Within one transaction an entity is changed by one submission at most: the log has every change that was
        acknowledged. `act` may be run more than once, the last time for good, so it must change nothing but `tx`.
        """
        self._require_writable()
        return self._submissions.add(Signature(branch, actor, reason, source, None), act)

    def submit_awaited(
        self, act: Callable[[Tx], T], *, actor: str, reason: str, branch: str = MAIN, source: str | None = None
    ) -> asyncio.Future[T]:
        """The same as `submit`, for the running event loop: a future to be awaited, cheaper than one to be wrapped."""
        self._require_writable()
        return self._submissions.add_awaited(Signature(branch, actor, reason, source, None), act)

    @property
    def group_commits(self) -> tuple[int, int]:
        """How many groups of submitted writes were committed since the start, and of how many writes."""
        return self._submissions.commits, self._submissions.written

    def submit_beside(self, act: Callable[[apsw.Connection], T]) -> Future[T]:
        """Queue a write beside the transactions (cursors, the outbox, states): durable with the next group commit.

        For the rooms of the store alone; what it writes leaves no mark in the log.
        """
        self._require_writable()
        return self._submissions.add(None, act)

    def when_committed(self, told: Callable[[], None]) -> Callable[[], None]:
        """Have a function called after each commit of this process; gives the function that ends it.

        It is called on the committing thread and must return at once: set an event, wake a loop.
        """
        self._listeners.append(told)
        return lambda: self._listeners.remove(told) if told in self._listeners else None

    # --- the hub's book ----------------------------------------------------------------------------------------------

    def entries(self, kind: Kind, branch: str | None = None) -> list[Entry]:
        """Subscriptions, registrations, feeds …: all of a kind, of one branch or of all."""
        with self._readers.reading() as db:
            number = None if branch is None else branches.find(db, branch).number
            return list(hubbook.entries(db, kind, number))

    def entries_turn(self, kind: Kind) -> int:
        """A number that differs once anything was said of a kind: what was read of it holds till then."""
        return self._turns.get(kind, 0) if self.is_writable else self.data_version()

    def _count_turns(self, desk: Desk) -> None:
        for kind in desk.said_of:
            self._turns[kind] = self._turns.get(kind, 0) + 1
        desk.said_of.clear()

    def entry(self, kind: Kind, id: str, branch: str = MAIN) -> Entry | None:
        """One of them, or None."""
        with self._readers.reading() as db:
            return hubbook.entry(db, kind, branches.find(db, branch).number, id)

    def set_entry_state(self, kind: Kind, id: str, state: dict[str, Any], branch: str = MAIN) -> Future[None]:
        """Note what came of one of them, beside the transactions."""

        def note(db: apsw.Connection) -> None:
            hubbook.set_state(db, kind, branches.find(db, branch).number, id, state)

        return self.submit_beside(note)

    def keep_entry(self, kind: Kind, id: str, doc: dict[str, Any], branch: str = MAIN) -> Future[None]:
        """Keep what nobody said but a question brought about (entity maps), beside the transactions."""
        return self.submit_beside(lambda db: hubbook.put(db, kind, branches.find(db, branch).number, id, doc, tx=0))

    def drop_entry(self, kind: Kind, id: str, branch: str = MAIN) -> Future[bool]:
        """Let go of what was kept so; says whether it was there."""
        return self.submit_beside(lambda db: hubbook.remove(db, kind, branches.find(db, branch).number, id))

    def due(self, now: datetime, *, most: int) -> list[expiry.Due]:
        """What has ended by now and is still kept, the oldest first (NGSI-LD 4.22)."""
        with self._readers.lent() as db:
            return expiry.due(db, now, most=most)

    def forget_due(self, rows: Sequence[expiry.Due]) -> Future[None]:
        """Note that what had ended has been seen to."""
        return self.submit_beside(lambda db: expiry.forget(db, rows))

    def put_blob(self, data: bytes, *, media_type: str, actor: str = "local", reason: str = "keep a blob") -> str:
        """Keep bytes in a transaction of their own."""
        with self.transact(actor=actor, reason=reason) as tx:
            return tx.put_blob(data, media_type=media_type)

    # --- branches ----------------------------------------------------------------------------------------------------

    def branches(self) -> list[Branch]:
        """All branches, main first."""
        with self._readers.reading() as db:
            return branches.described(db)

    def branch(self, name: str) -> Branch:
        """One branch; an unknown name is answered with the near ones."""
        with self._readers.reading() as db:
            branches.find(db, name)
            return next(one for one in branches.described(db) if one.name == name)

    def fork(
        self, name: str, *, parent: str = MAIN, title: Mapping[str, str] | None = None, actor: str, reason: str
    ) -> Branch:
        """A new branch: one row, whatever the size of the city."""
        branches.check_name(name)
        named = dict(title) if title else {"ko": name, "en": name}
        facts = {"name": name, "parent": parent, "title": named}
        with self._act(parent, actor=actor, reason=reason, kind="fork", facts=facts) as tx:
            desk = self._require_desk()
            if name in desk.by_name:
                raise ConflictError("store.branch-exists", branch=name)
            text = orjson.dumps(named, option=orjson.OPT_SORT_KEYS).decode()
            tx._db.execute(
                "INSERT INTO md_branch(name, title, parent, fork_tx, state) VALUES(?, ?, ?, ?, 'open')",
                (name, text, desk.by_name[parent].number, tx.number),
            )
            tx.branches_changed()
        return self.branch(name)

    def diff(self, branch: str, against: str = MAIN) -> list[EntityChange]:
        """What a branch changed since it and `against` last had the same; "base" is what it was forked from.

        Of a branch that was merged it says what that merge was about: neither is looked at any later.
        """
        with self._readers.reading() as db:
            known, head = branches.rows(db), reading.head_of(db)
            row = branches.find(db, branch)
            if row.merged_tx is not None:
                head = min(head, row.merged_tx - 1)
            theirs = branches.lineage(known, row.number, head)
            beside = row.parent or 0 if against == "base" else branches.find(db, against).number
            ours = branches.lineage(known, beside, head)
            threes = merging.three_ways(db, known, ours, theirs)
            return merging.differences((three.id, three.base, three.theirs) for three in threes)

    def difference(self, first: View, second: View) -> list[EntityChange]:
        """What turns one view into another, whatever branches and times they stand at."""
        with self._readers.reading() as db:
            known = branches.rows(db)
            base = merging.base_line(known, first._line, second._line)
            eids = {*merging.changed_since(db, first._line, base), *merging.changed_since(db, second._line, base)}
            name = "SELECT id FROM md_ent WHERE eid = ?"
            pairs = (
                (
                    str(db.execute(name, (eid,)).get),
                    branches.seen(db, first._line, eid)[2],
                    branches.seen(db, second._line, eid)[2],
                )
                for eid in eids
            )
            return merging.differences(pairs)

    def conflicts(self, branch: str, into: str = MAIN) -> list[MergeConflict]:
        """What would keep a branch from being merged."""
        with self._readers.reading() as db:
            known, head = branches.rows(db), reading.head_of(db)
            theirs, ours = (branches.lineage(known, branches.find(db, name).number, head) for name in (branch, into))
            found: list[MergeConflict] = []
            for three in merging.three_ways(db, known, ours, theirs):
                if three.ours not in (three.base, three.theirs):
                    found += merging.conflicts_of(three)[1]
            return found

    def merge(
        self,
        branch: str,
        *,
        into: str = MAIN,
        actor: str,
        reason: str,
        adopting: str | None = None,
        resolve: Resolve | None = None,
        also: Callable[[Tx], object] | None = None,
    ) -> Transaction:
        """Bring a branch's changes into another, in one transaction; `also` may write records of the act into it.

        Conflicts are raised together, unless `resolve` names a side for (id, attribute, datasetId) or for an id: "ours"
        (the branch merged into) or "theirs". A branch merged into its line of parents is closed.

        `adopting` names the proposal that the merge adopts. `also` has to write it, as adopted by this transaction:
        nothing planned comes to main by the mere name of a proposal.
        """
        facts = {"merged": branch, "into": into}
        with self._act(into, actor=actor, reason=reason, adopting=adopting, kind="merge", facts=facts) as tx:
            desk, db = self._require_desk(), tx._db
            row = desk.by_name.get(branch) or branches.find(db, branch)
            target = desk.by_name[into]
            if row.number == target.number:
                raise CallerError("store.merge-itself", branch=branch)
            ours = branches.lineage(desk.branches, target.number, tx.number)
            theirs = branches.lineage(desk.branches, row.number, tx.number)
            closes = row.number != 0 and target.number in dict(theirs)
            if closes and row.state != "open":
                raise ConflictError("store.branch-closed", branch=branch, state=row.state)
            if closes:  # before the changes are applied: a closed branch needs no sight of what main was
                db.execute(
                    "UPDATE md_branch SET state = 'merged', merged_tx = ? WHERE bid = ?", (tx.number, row.number)
                )
                tx.branches_changed()
            merging.apply(tx, merging.three_ways(db, desk.branches, ours, theirs), resolve)
            tx.flush()
            if also is not None:
                also(tx)
        return self.transaction(tx.number)

    def revert(
        self,
        number: int,
        *,
        actor: str,
        reason: str,
        adopting: str | None = None,
        also: Callable[[Tx], object] | None = None,
    ) -> Transaction:
        """Undo what one transaction changed, by a new one on the same branch; observations stay, they are facts.

        `adopting` and `also` are as in `merge`: what was planned by a decision is undone by one.
        """
        with self._readers.reading() as db:
            found = next(_transactions(db, "WHERE t.number = ?", (number,)), None)
        if found is None:
            raise NotFoundError("store.transaction-unknown", transaction=number)
        facts = {"reverted": number}
        with self._act(found.branch, actor=actor, reason=reason, adopting=adopting, kind="revert", facts=facts) as tx:
            merging.undo(tx, tx._db, number, tx._line)
            if also is not None:
                also(tx)
        return self.transaction(tx.number)

    # --- layers, checks, copies --------------------------------------------------------------------------------------

    def publish_layers(self, branch: str = MAIN) -> list[Layer]:
        """Make a branch's entities readable as GeoPackage layers, as they are now; main's always are."""
        if branch != MAIN:
            view = self.view(branch)
            docs = view.documents_by_kind()
            with self._act(branch, actor="madang", reason="publish layers", kind="layers") as tx:
                number = self._require_desk().by_name[branch].number
                geopackage.publish_branch(tx._db, self._require_desk().names, branch=number, title=branch, docs=docs)
        return [layer for layer in self.layers() if layer.branch == branch]

    def layers(self) -> list[Layer]:
        """Every layer of the file."""
        with self._readers.reading() as db:
            known = {row.number: row.name for row in branches.rows(db).values()}
            return geopackage.layers(db, self._readers.names, known)

    def verify(self) -> StoreReport:
        """Check the file from page to chain, and name every problem."""
        with self._readers.lent() as db:
            db.execute("BEGIN")
            try:
                return verify(db)
            finally:
                with suppress(apsw.Error):  # a damaged file may fail even here, and that has been told
                    db.execute("ROLLBACK")

    def backup(self, to: str | Path) -> Path:
        """A compact, consistent copy of the whole file, while others read and write, with the history beside it."""
        to = Path(to)
        if to.exists():
            raise FileError("store.exists", path=str(to))
        with compaction.turn_of(self.path), self._readers.lent() as db:
            db.pragma("query_only", False)  # the copy is a database of its own, which that would forbid to write
            try:
                db.execute("VACUUM INTO ?", (str(to),))
            finally:
                db.pragma("query_only", True)
            compaction.copy_beside(self.path, to)
        return to

    # --- how a transaction runs --------------------------------------------------------------------------------------

    def _require_writable(self) -> apsw.Connection:
        if self._db is None or self._closed:
            raise FileError("store.read-only", path=str(self.path))
        return self._db

    def _require_desk(self) -> Desk:
        assert self._desk is not None
        return self._desk

    @contextmanager
    def _act(
        self,
        branch: str,
        *,
        actor: str,
        reason: str,
        source: str | None = None,
        adopting: str | None = None,
        kind: str = "change",
        facts: dict[str, Any] | None = None,
    ) -> Iterator[Tx]:
        with self._committing() as desk:
            tx = self._begin_tx(desk, Signature(branch, actor, reason, source, adopting), kind=kind, facts=facts)
            yield tx
            tx.finish()

    def _begin_tx(
        self, desk: Desk, signature: Signature, *, kind: str = "change", facts: dict[str, Any] | None = None
    ) -> Tx:
        row = desk.by_name.get(signature.branch) or branches.find(desk.db, signature.branch)
        if row.state != "open" and kind != "layers":
            raise ConflictError("store.branch-closed", branch=row.name, state=row.state)
        return Tx(
            desk, row, actor=signature.actor, reason=signature.reason, source=signature.source,
            adopting=signature.adopting, kind=kind, facts=facts,
        )  # fmt: skip

    @contextmanager
    def _committing(self, *, often: bool = False) -> Iterator[Desk]:
        """The writer's turn and one durable commit; an exception leaves file and memory as they were.

        Whether another library has opened the file costs a look at every descriptor, so what commits often looks
        a few times a second.
        """
        db = self._require_writable()
        if self._writing == threading.get_ident():
            raise CallerError("store.nested-transaction")
        with self._turn:
            self._writing = threading.get_ident()
            try:
                if not often or clock.elapsed_s() > self._looked + LOOK_EVERY_S:
                    file.refuse_foreign(self.path)
                    self._looked = clock.elapsed_s()
                with file.faults(self.path, db):
                    db.execute("BEGIN IMMEDIATE")
                    try:
                        if self._desk is None:
                            self._desk = Desk(db)
                        yield self._desk
                        db.execute("COMMIT")
                        self._count_turns(self._desk)
                    except BaseException:
                        self._desk = None
                        if db.in_transaction:
                            db.execute("ROLLBACK")
                        raise
            finally:
                self._writing = None
        for told in list(self._listeners):
            told()

    def _run_groups(self, groups: Sequence[tuple[Signature | None, Sequence[Submission]]]) -> list[Outcome]:
        """Run submitted functions, a transaction for each signature, all with one commit."""
        outcomes: list[Outcome] = []
        with self._committing(often=True) as desk:
            for signature, submissions in groups:
                if signature is None:
                    outcomes += [self._beside(desk.db, one) for one in submissions]
                    continue
                outcomes += self._run_group(desk, signature, submissions)
        return outcomes

    def _run_group(self, desk: Desk, signature: Signature, submissions: Sequence[Submission]) -> list[Outcome]:
        """Run functions of one signature: together if that goes well, else one by one, so that one fails alone."""
        try:
            self._begin_tx(desk, signature)
        except (CallerError, FileError) as error:
            return [(one, None, error) for one in submissions]
        desk.db.execute("SAVEPOINT together")
        try:
            outcomes = self._run_together(desk, signature, submissions)
        except Exception as error:
            if not desk.db.in_transaction:
                raise  # SQLite gave up the whole transaction: disk full, or worse
            desk.db.execute("ROLLBACK TO together")
            desk.db.execute("RELEASE together")
            desk.learn()
            if len(submissions) == 1:
                return [(submissions[0], None, error)]
            return [outcome for one in submissions for outcome in self._run_group(desk, signature, [one])]
        desk.db.execute("RELEASE together")
        return outcomes

    def _run_together(self, desk: Desk, signature: Signature, waiting: Sequence[Submission]) -> list[Outcome]:
        """One transaction, and a further one for each time the same entity is changed again: one change each."""
        outcomes: list[Outcome] = []
        while waiting:
            tx = self._begin_tx(desk, signature)
            later: list[Submission] = []
            for one in waiting:
                try:
                    with tx.joined_part():
                        result = one.act(tx)
                except ChangedTwice:
                    later.append(one)
                except Exception as error:
                    if not desk.db.in_transaction:
                        raise
                    outcomes.append((one, None, error))
                else:
                    outcomes.append((one, result, None))
            tx.flush()
            if not tx.is_empty:
                tx.finish()
            waiting = later
        return outcomes

    def _beside(self, db: apsw.Connection, one: Submission) -> Outcome:
        db.execute("SAVEPOINT beside")
        try:
            result = one.act(db)
        except Exception as error:
            if not db.in_transaction:
                raise
            db.execute("ROLLBACK TO beside")
            return one, None, error
        finally:
            if db.in_transaction:
                db.execute("RELEASE beside")
        return one, result, None


def _transactions(db: apsw.Connection, tail: str, bound: Sequence[object]) -> Iterator[Transaction]:
    for number, branch, at, actor, reason, source, kind, changes, hash, previous, facts in db.execute(
        "SELECT t.number, b.name, t.at, t.actor, t.reason, t.source, t.kind, t.changes, t.hash, t.previous, t.facts"
        f" FROM md_tx t JOIN md_branch b ON b.bid = t.branch {tail}",
        bound,
    ):
        yield Transaction(
            number, branch, from_micros(at), actor, reason, source, kind, changes, hash, previous, orjson.loads(facts)
        )


def _changes(db: apsw.Connection, number: int, readers: reading.Readers) -> Iterator[Change]:
    for branch, id, kind, act in db.execute(
        "SELECT b.name, e.id, c.type, c.kind FROM md_chg c JOIN md_ent e ON e.eid = c.eid"
        " JOIN md_branch b ON b.bid = c.branch WHERE c.tx = ? ORDER BY c.branch, c.eid",
        (number,),
    ):
        yield Change(number, branch, id, readers.names.name(db, kind), KINDS[act])
    packed = db.execute("SELECT series FROM md_tx WHERE number = ?", (number,)).get or b""
    told = set()
    for start in range(0, len(packed), 4):
        sid = int.from_bytes(packed[start : start + 4], "little")
        branch, id, kind = only(db, _OF_SERIES, (sid,))
        if (branch, id) not in told:
            told.add((branch, id))
            yield Change(number, branch, id, readers.names.name(db, kind), "observed")


_OF_SERIES = (
    "SELECT b.name, e.id, s.type FROM md_series s JOIN md_ent e ON e.eid = s.eid"
    " JOIN md_branch b ON b.bid = s.branch WHERE s.sid = ?"
)
