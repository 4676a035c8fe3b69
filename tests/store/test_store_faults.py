"""The disk fails, the process is killed, the file is damaged: what was acknowledged is there, problems are named."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from madang.entities.entity import Document, property_
from madang.entities.query import Query, parse_types
from madang.errors import FileError
from madang.store import Store, inspect_lock
from madang.store.lock import lock_path

Make = Callable[..., Document]
BUILDINGS = Query(types=parse_types("Building"))


# --- a disk that fails -----------------------------------------------------------------------------------------------


class Failing:
    """Lets a number of writes and syncs through, then fails; shared by all files of the shim."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.error: type[apsw.Error] = apsw.IOError
        self.seen = 0

    def step(self) -> None:
        self.seen += 1
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise self.error("injected")


class FailingVFS(apsw.VFS):
    """The default file system with a fault in it."""

    def __init__(self, failing: Failing) -> None:
        self.failing = failing
        self.below = apsw.vfs_names()[0]
        super().__init__("madang-failing", self.below, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> FailingFile:
        return FailingFile(self.failing, self.below, name, flags)


class FailingFile(apsw.VFSFile):
    """A file of it."""

    def __init__(self, failing: Failing, below: str, name: Any, flags: list[int]) -> None:
        self.failing = failing
        super().__init__(below, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self.failing.step()
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        self.failing.step()
        super().xSync(flags)


@contextmanager
def faulty_disk() -> Iterator[Failing]:
    """While open, every database is opened through the failing file system."""
    failing = Failing()
    before = apsw.vfs_names()[0]
    vfs = FailingVFS(failing)
    try:
        yield failing
    finally:
        failing.left = None
        apsw.set_default_vfs(before)
        vfs.unregister()


def attempt(store: Store, building: Make) -> FileError | None:
    """A transaction of some size, and the error it met."""
    try:
        with store.transact(actor="t", reason="big") as tx:
            tx.put_many(building(100 + i, 1.0) for i in range(100))
            tx.delete("urn:ngsi-ld:Building:test:40")
    except FileError as error:
        return error
    return None


@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError])
def test_any_failing_write_leaves_the_file_as_it_was(tmp_path: Path, building: Make, error: type[apsw.Error]) -> None:
    """Fail the n-th write or sync of a transaction, of a merge with a branch open, for every n."""
    code = "store.disk-full" if error is apsw.FullError else "store.disk-error"
    failures = 0
    with faulty_disk() as disk:
        disk.error = error
        store = Store.create(tmp_path / "c.gpkg", city_id="t", title={"en": "t"})
        with store.transact(actor="t", reason="load") as tx:
            tx.put_many(building(n) for n in range(50))
        store.fork("a", actor="t", reason="r")
        with store.transact(branch="a", actor="t", reason="e") as tx:
            tx.put_many(building(n, 9.0) for n in range(20))
        before, last = sorted(store.view().query(BUILDINGS)), store.data_version()
        for n in range(0, 400, 3):
            disk.left = n
            told = attempt(store, building)
            disk.left = None
            if told is None:
                break
            failures += 1
            assert told.code == code
            assert sorted(store.view().query(BUILDINGS)) == before
            assert store.data_version() == last
        assert 0 < failures < 130
        main = store.view().count(BUILDINGS)
        for n in range(0, 400, 3):
            disk.left = n
            try:
                store.merge("a", actor="t", reason="m")
            except FileError:
                disk.left = None
                assert store.branch("a").state == "open"
            else:
                break
        disk.left = None
        assert store.branch("a").state == "merged"
        assert store.view().count(BUILDINGS) == main
        assert store.verify().ok
        store.close()


def test_a_full_disk_is_said_and_changes_nothing(town: Store, building: Make) -> None:
    before = sorted(town.view().query(BUILDINGS))
    assert town._db is not None
    limit = town._db.pragma("max_page_count")
    town._db.pragma("max_page_count", town._db.pragma("page_count") + 3)
    with pytest.raises(FileError) as told, town.transact(actor="t", reason="large") as tx:
        tx.put_many(building(n, note={"type": "Property", "value": "가" * 2000}) for n in range(1000))
    assert told.value.code == "store.disk-full"
    assert "full" in told.value.message("en")
    assert sorted(town.view().query(BUILDINGS)) == before
    queued = town.submit(lambda tx: tx.put_many(building(n) for n in range(2000)), actor="t", reason="large")
    assert isinstance(queued.exception(timeout=30), FileError)
    town._db.pragma("max_page_count", limit)
    with town.transact(actor="t", reason="room again") as tx:
        tx.put(building(900))
    assert town.verify().ok


LIMITED = """
import resource, signal, sys
from madang.errors import FileError
from madang.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Store.open(sys.argv[1], write=True) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    try:
        with store.transact(actor="t", reason="large") as tx:
            large = {"type": "Property", "value": "x" * 500}
            tx.put_many({"id": f"urn:x:{n}", "type": "Thing", "a": large} for n in range(5000))
    except FileError as told:
        print(told.code)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(store.view().types(), store.verify().ok)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a POSIX thing")
def test_a_file_that_may_not_grow_is_a_full_disk(town: Store, path: Path) -> None:
    town.close()
    told = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True)
    assert told.stdout.split("\n")[:2] == ["store.disk-full", "{'Building': 20} True"]


# --- a process that is killed ----------------------------------------------------------------------------------------

WORKER = """
import sys
from madang.store import Store
from madang.entities.entity import property_
def doc(n, size): return {"id": f"urn:ngsi-ld:Thing:t:{n}", "type": "Thing", "size": property_(size)}
with Store.open(sys.argv[1], write=True) as store:
    for turn in range(1000):
        name = f"b{turn}"
        with store.transact(actor="w", reason="main") as tx:
            tx.put_many(doc(n, turn) for n in range(40))
        print("main", turn, flush=True)
        store.fork(name, actor="w", reason="fork")
        with store.transact(branch=name, actor="w", reason="edit") as tx:
            tx.put_many(doc(n, 1000 + turn) for n in range(20, 60))
        print("edit", turn, flush=True)
        store.merge(name, actor="w", reason="merge")
        print("merge", turn, flush=True)
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_writer_loses_nothing_acknowledged(path: Path, store: Store, seed: int) -> None:
    """SIGKILL at a random moment, with branches open and mid-merge; then everything that was told is there."""
    store.fork("open", actor="t", reason="stays open")
    store.close()
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(path)], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    wanted = random.Random(seed).randrange(4, 40)
    told = []
    for line in worker.stdout:
        told.append(line.split())
        if len(told) == wanted:
            break
    worker.kill()
    told += [line.split() for line in worker.stdout.read().splitlines() if len(line.split()) == 2]
    worker.stdout.close()
    worker.wait()
    done = {what: int(turn) for what, turn in told}
    with Store.open(path, write=True) as again:
        assert again.verify().ok
        view = again.view()
        sizes = [doc["size"]["value"] for doc in view.documents(Query(types=parse_types("Thing")))]
        kept = [one for one in again.branches() if one.name != "open"]
        assert sum(one.state == "merged" for one in kept) >= done.get("merge", -1) + 1
        assert max((size for size in sizes if size < 1000), default=-1) >= done["main"]
        edited = again.view(f"b{done['edit']}").document("urn:ngsi-ld:Thing:t:59") if "edit" in done else None
        assert "edit" not in done or (edited is not None and edited["size"]["value"] == 1000 + done["edit"])
        assert len(sizes) in (40, 60)
        with again.transact(actor="t", reason="life goes on") as tx:
            tx.delete("urn:ngsi-ld:Thing:t:1")


MERGER = """
import os, signal, sys
import apsw
from madang.entities.entity import property_
sys.path.insert(0, sys.argv[4])
from test_store_faults import Failing, FailingVFS
from madang.store import Store

class Killing(Failing):
    def step(self):
        self.seen += 1
        if self.left is not None and self.seen > self.left:
            os.kill(os.getpid(), signal.SIGKILL)

disk = Killing()
vfs = FailingVFS(disk)

def also(tx):
    said = {"branch": "a", "state": "adopted", "mergeTransaction": tx.number}
    tx.put({"id": sys.argv[3], "type": "Proposal"} | {name: property_(value) for name, value in said.items()})

store = Store.open(sys.argv[1], write=True)
disk.seen, disk.left = 0, int(sys.argv[2])
store.merge("a", actor="t", reason="m", adopting=sys.argv[3], also=also)
print("told", flush=True)
store.close()
print("closed", disk.seen, flush=True)
"""


def test_an_adoption_killed_at_any_write_is_whole_or_not_at_all(
    tmp_path: Path, path: Path, town: Store, building: Make, programme: Make
) -> None:
    """SIGKILL at writes spread over the merge, its commit, and the checkpoint when the file is closed."""
    proposal = "urn:ngsi-ld:Proposal:madang:a"
    town.fork("a", actor="t", reason="r")
    with town.transact(branch="a", actor="t", reason="r") as tx:
        tx.put_many(building(n, 900.0) for n in range(400))
        tx.put_many(programme(n) for n in range(200))
    town.close()

    def adopt(name: str, left: int) -> tuple[Path, list[str]]:
        copy = tmp_path / name
        shutil.copy(path, copy)
        command = [sys.executable, "-c", MERGER, str(copy), str(left), proposal, str(Path(__file__).parent)]
        return copy, subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()

    _, said = adopt("whole.gpkg", 1 << 30)
    assert said[:2] == ["told", "closed"]
    writes = int(said[2])
    states = set()
    for turn in range(4):
        copy, said = adopt(f"{turn}.gpkg", writes * turn // 4)
        assert "closed" not in said
        with Store.open(copy, write=True) as store:
            assert store.verify().ok
            merged = store.branch("a").state == "merged"
            assert merged or "told" not in said
            assert (store.view().document(proposal) is not None) == merged
            assert store.view().count(Query(types=parse_types("Programme"))) == (200 if merged else 0)
            assert store.view().count(BUILDINGS) == (400 if merged else 20)
            states.add(merged)
            if not merged:
                store.merge("a", actor="t", reason="again", adopting=proposal, also=adopted(proposal))
                assert store.verify().ok
    assert states == {False, True}


def adopted(proposal: str) -> Callable[[Any], None]:
    def write(tx: Any) -> None:
        said = {"branch": "a", "state": "adopted", "mergeTransaction": tx.number}
        tx.put({"id": proposal, "type": "Proposal"} | {name: property_(value) for name, value in said.items()})

    return write


def test_a_disk_that_fills_in_an_adoption_leaves_proposal_and_branch(
    tmp_path: Path, building: Make, programme: Make
) -> None:
    proposal = "urn:ngsi-ld:Proposal:madang:a"
    with faulty_disk() as disk:
        disk.error = apsw.FullError
        with Store.create(tmp_path / "c.gpkg", city_id="t", title={"en": "t"}) as store:
            store.fork("a", actor="t", reason="r")
            with store.transact(branch="a", actor="t", reason="r") as tx:
                tx.put_many(building(n) for n in range(30))
                tx.put(programme(1))
            failed: set[str] = set()
            for n in range(0, 400, 5):
                disk.left = n
                try:
                    store.merge("a", actor="t", reason="m", adopting=proposal, also=adopted(proposal))
                    break
                except FileError as error:
                    failed.add(error.code)
                    disk.left = None
                    assert store.branch("a").state == "open"
                    assert store.view().document(proposal) is None
                    assert store.view().count(Query()) == 0
            disk.left = None
            assert failed == {"store.disk-full"}
            assert store.branch("a").state == "merged"
            assert store.verify().ok


# --- one writer ------------------------------------------------------------------------------------------------------

HOLDER = """
import os, sys
from madang.store import Store
with Store.open(sys.argv[1], write=True, url="http://127.0.0.1:8080") as store:
    print(os.getpid(), flush=True)
    sys.stdin.readline()
"""


def test_the_second_writer_is_told_pid_and_url_of_the_first(path: Path, store: Store) -> None:
    from madang.store import inspect_lock

    store.close()
    assert inspect_lock(path) is None
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    pid = int(holder.stdout.readline())
    with pytest.raises(FileError) as told:
        Store.open(path, write=True)
    assert told.value.code == "store.locked"
    assert str(pid) in told.value.message("en")
    assert "http://127.0.0.1:8080" in told.value.message("ko")
    lock = inspect_lock(path)
    assert lock is not None
    assert (lock.pid, lock.url) == (pid, "http://127.0.0.1:8080")
    assert len(lock.token) > 15
    with Store.open(path) as reader:
        assert reader.view().count(Query()) == 0
    holder.kill()
    holder.communicate()
    assert inspect_lock(path) is None
    Store.open(path, write=True).close()


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a POSIX thing")
def test_the_lock_is_this_user_s_alone(path: Path, store: Store) -> None:
    from madang.store.lock import lock_path

    assert lock_path(path).stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileError):
        Store.open(path, write=True)


def test_an_open_city_is_known_by_inode(tmp_path: Path, path: Path, store: Store) -> None:
    from madang.store import is_open_city

    alias = tmp_path / "alias.gpkg"
    alias.hardlink_to(path)
    (tmp_path / "link.gpkg").symlink_to(path)
    assert is_open_city(path)
    assert is_open_city(alias)
    assert is_open_city(tmp_path / "link.gpkg")
    assert not is_open_city(tmp_path / "none.gpkg")
    store.close()
    assert not is_open_city(path)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs a system that shows a process's descriptors")
def test_another_sqlite_library_in_this_process_is_refused(path: Path, store: Store, building: Make) -> None:
    script = """
import sqlite3, sys
from madang.errors import FileError
from madang.store import Store
path, early = sys.argv[1], sys.argv[2] == "early"
if early:
    other = sqlite3.connect(path); other.execute("SELECT count(*) FROM md_ent").fetchall()
try:
    with Store.open(path, write=True) as store:
        if not early:
            other = sqlite3.connect(path); other.execute("SELECT count(*) FROM md_ent").fetchall()
        with store.transact(actor="t", reason="r") as tx:
            tx.put({"id": "urn:x:1", "type": "Thing"})
except FileError as told:
    print(told.code)
"""
    store.close()
    for when in ("early", "late"):
        told = subprocess.run(
            [sys.executable, "-c", script, str(path), when], capture_output=True, text=True, check=True
        )
        assert told.stdout.strip() == "store.other-sqlite", told.stderr


# --- files that are no city ------------------------------------------------------------------------------------------


def refused(path: Path, *, write: bool = True) -> str:
    with pytest.raises(FileError) as told:
        Store.open(path, write=write).close()
    assert str(path) in told.value.message("en")
    assert told.value.message("ko")
    return told.value.code


def test_what_is_no_city_file_is_said(tmp_path: Path, path: Path, town: Store) -> None:
    assert refused(tmp_path / "none.gpkg") == "store.no-file"
    assert refused(tmp_path) == "store.not-a-city"
    text = tmp_path / "text.gpkg"
    text.write_text("hello" * 100)
    assert refused(text) == "store.not-a-city"
    other = tmp_path / "other.gpkg"
    db = apsw.Connection(str(other))
    db.execute("CREATE TABLE t(x)")
    db.close()
    for write in (True, False):
        assert refused(other, write=write) == "store.not-a-city"
    town.close()
    cut = tmp_path / "cut.gpkg"
    cut.write_bytes(path.read_bytes()[:100_000])
    assert refused(cut) == "store.truncated"
    assert refused(cut, write=False) == "store.truncated"
    with pytest.raises(FileError) as told:
        Store.create(path, city_id="x", title={})
    assert told.value.code == "store.exists"
    with pytest.raises(FileError) as told:
        Store.create(tmp_path / "no" / "c.gpkg", city_id="x", title={})
    assert told.value.code == "store.no-folder"


def test_a_copy_of_a_new_city_that_is_still_open_says_what_is_missing(path: Path, town: Store) -> None:
    shutil.copy(path, path.with_name("copy.gpkg"))
    assert refused(path.with_name("copy.gpkg")) == "store.nothing-yet"


AS_NOBODY = """
import os, sys
from pathlib import Path
from madang.errors import FileError
from madang.store import Store
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for write in (False, True):
    try:
        with Store.open(sys.argv[1], write=write) as store:
            print(store.verify().ok)
    except FileError as error:
        print(error.code)
"""


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(
    ("folder", "mode", "expected"),
    [
        (0o555, 0o444, ["store.folder-unwritable", "store.lock-unwritable"]),
        (0o777, 0o444, ["True", "store.not-writable"]),
        (0o777, 0o000, ["store.cannot-open", "store.cannot-open"]),
    ],
    ids=["a folder to read only", "a file to read only", "a file of somebody else"],
)
def test_who_lacks_rights_is_told_which(folder: int, mode: int, expected: list[str]) -> None:
    with tempfile.TemporaryDirectory() as home:  # pytest's own folders are closed to others
        path = Path(home) / "c.gpkg"
        Store.create(path, city_id="t", title={"en": "t"}).close()
        lock_path(path).unlink()
        path.chmod(mode)
        Path(home).chmod(folder)
        done = subprocess.run([sys.executable, "-c", AS_NOBODY, str(path)], capture_output=True, text=True, check=True)
        assert done.stdout.split() == expected


def test_a_lock_file_of_nobody_is_no_lock(path: Path, store: Store) -> None:
    store.close()
    for left in (b'{"pid":1,"url":null,"token":"x"}', b"\xff", b"[1]", b'{"pid":null,"url":null,"token":"x"}'):
        lock_path(path).write_bytes(left)
        assert inspect_lock(path) is None
        Store.open(path, write=True).close()


def test_a_newer_file_is_refused_and_left_alone(path: Path, town: Store) -> None:
    town.close()
    with raw(path) as db:
        db.execute("INSERT INTO md_schema(name, applied_at) VALUES('time-travel', 'later')")
    before = path.read_bytes()
    for write in (True, False):
        assert refused(path, write=write) == "store.newer"
    assert path.read_bytes() == before


def test_an_older_file_is_copied_and_upgraded_in_steps(
    path: Path, town: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from madang.store import schema

    town.close()
    steps = (
        *schema.STEPS,
        schema.Step("mood", "CREATE TABLE md_mood(eid INTEGER PRIMARY KEY, mood TEXT)"),
        schema.Step("mood of all", "INSERT INTO md_mood SELECT eid, 'calm' FROM md_ent"),
    )
    monkeypatch.setattr(schema, "STEPS", steps)
    assert refused(path, write=False) == "store.older"
    with Store.open(path, write=True) as upgraded:
        assert upgraded.city.schema_version == len(steps)
        assert upgraded.view().count(BUILDINGS) == 20
        assert upgraded.verify().ok
    kept = path.with_name("city.before-mood.gpkg")
    with raw(kept) as db:
        assert schema.steps_of(db) == [step.name for step in steps[:-2]]
    with raw(path) as db:
        assert db.execute("SELECT count(*) FROM md_mood").get == 20


def test_a_step_that_fails_leaves_the_older_file(path: Path, town: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from madang.store import schema

    town.close()
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, schema.Step("bad", "CREATE TABLE md_a(x); SELECT wrong")))
    with pytest.raises(apsw.SQLError):
        Store.open(path, write=True)
    with raw(path) as db:
        assert schema.steps_of(db) == [step.name for step in schema.STEPS[:-1]]
        assert db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'md_a'").get == 0


# --- damage ----------------------------------------------------------------------------------------------------------


@contextmanager
def raw(path: Path) -> Iterator[apsw.Connection]:
    """The file's tables, past the store."""
    db = apsw.Connection(str(path))
    try:
        yield db
    finally:
        db.close()


ID = "urn:ngsi-ld:Building:test:7"
DAMAGE: dict[str, tuple[str, set[tuple[str, object]]]] = {
    "a byte of a document": (
        "UPDATE md_ent SET doc = replace(doc, '7.0', '8.0') WHERE id LIKE '%:7'",
        {("store.content", ID), ("store.index-row", ID)},
    ),
    "a document that is none any more": (
        "UPDATE md_ent SET doc = substr(doc, 5) WHERE id LIKE '%:7'",
        {("store.content", ID), ("store.index-row", ID), ("store.box", ID)},
    ),
    "a byte of a former version": (
        "UPDATE md_ver SET doc = replace(doc, '1.0', '2.0') WHERE branch = 0",
        {("store.content", "urn:ngsi-ld:Building:test:1"), ("store.index-row", "urn:ngsi-ld:Building:test:1")},
    ),
    "a byte of a blob": (
        "UPDATE md_blob SET data = CAST(replace(CAST(data AS TEXT), 'a', 'b') AS BLOB)",
        {("store.blob", None)},
    ),
    "a blob taken away": ("DELETE FROM md_blob", {("store.blob", None)}),
    "an index row taken away": (
        "DELETE FROM md_ix WHERE eid = (SELECT eid FROM md_ent WHERE id LIKE '%:7') AND val = 7.0",
        {("store.index-row", ID)},
    ),
    "an index row too many": (
        "INSERT INTO md_ix SELECT type, attr, 99.0, eid FROM md_ix WHERE val = 7.0",
        {("store.index-row", ID)},
    ),
    "a branch index row taken away": (
        "DELETE FROM md_oix WHERE branch = 1 AND val = 50.0",
        {("store.index-row", "urn:ngsi-ld:Building:test:2")},
    ),
    "a box taken away": (
        "DELETE FROM md_geo WHERE eid = (SELECT eid FROM md_ent WHERE id LIKE '%:7')",
        {("store.box", ID)},
    ),
    "a layer geometry moved": (
        "UPDATE md_geom SET geom = (SELECT geom FROM md_geom WHERE eid = 1)"
        " WHERE eid = (SELECT eid FROM md_ent WHERE id LIKE '%:7')",
        {("store.box", ID)},
    ),
    "a transaction's reason": ("UPDATE md_tx SET reason = 'other' WHERE number = 2", {("store.chain", 2)}),
    "a transaction's time": ("UPDATE md_tx SET at = at + 1 WHERE number = 3", {("store.chain", 3)}),
    "a transaction taken away": ("DELETE FROM md_tx WHERE number = 5", {("store.chain", 6)}),
    "an entity taken away": (
        "DELETE FROM md_ent WHERE id LIKE '%:7'",
        {("store.changed", 2), ("store.index-row", None), ("store.box", None)},
    ),
    "a version taken away": (
        "DELETE FROM md_ver WHERE branch = 0",
        {("store.version-lost", "urn:ngsi-ld:Building:test:1"), ("store.index-row", None)},
    ),
    "a version's interval": (
        "UPDATE md_ver SET to_tx = from_tx WHERE branch = 0",
        {("store.interval", "urn:ngsi-ld:Building:test:1")},
    ),
    "a reading": ("UPDATE md_obs SET val = 1.5", {("store.observed", 6)}),
    "a reading taken away": ("DELETE FROM md_obs", {("store.observed", 6)}),
    "a reading's moment": ("UPDATE md_obs SET at = at + 1", {("store.observed", 6)}),
    "the unit of a series": ("UPDATE md_series SET unit = 'GP'", {("store.observed", 6)}),
    "a series nobody finds": ("DELETE FROM md_shape WHERE kind = 8", {("store.series-alien", None)}),
    "a blob's media type": ("UPDATE md_blob SET media_type = 'text/html'", {("store.blob", None)}),
    "who did it": ("UPDATE md_tx SET actor = 'nobody' WHERE number = 4", {("store.chain", 4)}),
    "a transaction's branch": ("UPDATE md_tx SET branch = 0 WHERE number = 5", {("store.chain", 5)}),
    "two salts exchanged": (
        "UPDATE md_chg SET salt = (SELECT salt FROM md_chg WHERE tx = 2 AND eid = 8 - md_chg.eid)"
        " WHERE tx = 2 AND eid IN (3, 5)",
        {("store.content", "urn:ngsi-ld:Building:test:2"), ("store.content", "urn:ngsi-ld:Building:test:4")},
    ),
    "a transaction's salt": ("UPDATE md_tx SET salt = zeroblob(16) WHERE number = 3", {("store.chain", 3)}),
    "the last transaction taken away": ("DELETE FROM md_tx WHERE number = 6", {("store.observed", None)}),
    "a branch's name": ("UPDATE md_branch SET name = 'other' WHERE bid = 1", {("store.branch-row", None)}),
    "a branch's title": ("UPDATE md_branch SET title = '{}' WHERE bid = 1", {("store.branch-row", None)}),
    "a branch's root": ("UPDATE md_branch SET fork_tx = 2 WHERE bid = 1", {("store.branch-row", None)}),
    "a branch's parent": ("UPDATE md_branch SET parent = 1 WHERE bid = 1", {("store.branch-row", None)}),
    "a branch closed": ("UPDATE md_branch SET state = 'merged', merged_tx = 4", {("store.branch-row", None)}),
    "a branch taken away": ("DELETE FROM md_branch WHERE bid = 1", {("store.branch-row", None)}),
    "the city's title": ("UPDATE md_city SET title = '{\"ko\":\"a\"}'", {("store.city-row", None)}),
    "the city's zone": ("UPDATE md_city SET zone = 'Asia/Tokyo'", {("store.city-row", None)}),
    "a scope": ("UPDATE md_chg SET lane = 1 WHERE tx = 4", {("store.lane", "urn:ngsi-ld:Building:test:1")}),
}  # fmt: skip


@pytest.fixture
def lived_in(town: Store, building: Make, sensor: Make) -> Store:
    """A town with a branch (2), versions (3, 4), a blob (5) and a reading (6)."""
    town.fork("a", actor="t", reason="fork")
    with town.transact(actor="t", reason="main") as tx:
        tx.put(building(1, 30.0))
    with town.transact(branch="a", actor="t", reason="branch") as tx:
        tx.put(building(2, 50.0))
        tx.put_blob(b"a table", media_type="text/csv")
    with town.transact(actor="t", reason="reading") as tx:
        tx.put(sensor(1, 20.0))
    assert town.verify().ok
    return town


@pytest.mark.parametrize("what", DAMAGE)
def test_verify_names_the_damage(what: str, lived_in: Store, path: Path) -> None:
    lived_in.close()
    sql, expected = DAMAGE[what]
    with raw(path) as db:
        db.execute(sql)
        assert db.total_changes()
    with Store.open(path) as damaged:
        report = damaged.verify()
    found = {
        (problem.code, place)
        for problem in report.problems
        for place in (problem.facts.get("id", problem.facts.get("transaction")), problem.facts.get("transaction"), None)
    }
    assert not report.ok
    assert expected <= found, report.problems
    assert all(problem.message("ko") and problem.message("en") for problem in report.problems)


def test_verify_names_a_broken_page(lived_in: Store, path: Path, tmp_path: Path) -> None:
    lived_in.close()
    broken = tmp_path / "broken.gpkg"
    shutil.copy(path, broken)
    with raw(path) as db:
        page = int(db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'md_ix'").get)
    with broken.open("r+b") as file:
        file.seek((page - 1) * 8192 + 8100)
        file.write(b"\xff" * 60)
    with Store.open(broken) as damaged:
        report = damaged.verify()
    assert any(problem.code in ("store.pages", "store.index-row") for problem in report.problems), report


def test_a_backup_is_a_city_of_its_own(lived_in: Store, tmp_path: Path) -> None:
    copy = lived_in.backup(tmp_path / "copy.gpkg")
    with Store.open(copy) as other:
        assert other.verify().ok
        assert other.city.uuid == lived_in.city.uuid
        assert other.view("a").document("urn:ngsi-ld:Building:test:2") == lived_in.view("a").document(
            "urn:ngsi-ld:Building:test:2"
        )
    with pytest.raises(FileError):
        lived_in.backup(copy)
