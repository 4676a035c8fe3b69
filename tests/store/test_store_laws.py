"""Random histories of puts, deletes, forks, merges and reverts against a plain model made of dicts."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from madang.entities.entity import Document, canonical_bytes, geo_property, language_property, property_, relationship
from madang.entities.patch import merge_three
from madang.entities.query import GeoQuery, Query, matches, parse_q, parse_types
from madang.errors import ConflictError
from madang.store import Store

CITY_IDS = [f"urn:ngsi-ld:Thing:t:{n}" for n in range(6)]
RECORD_IDS = [f"urn:ngsi-ld:Claim:t:{n}" for n in range(2)]
BOX = {"type": "Polygon", "coordinates": [[[0.5, 36], [2.5, 36], [2.5, 38], [0.5, 38], [0.5, 36]]]}
QUERIES = [
    Query(),
    Query(types=parse_types("Thing")),
    Query(types=parse_types("Thing"), q=parse_q("size>2")),
    Query(types=parse_types("Thing,Other"), q=parse_q("size==1..3")),
    Query(types=parse_types("Thing"), q=parse_q('name=="b"')),
    Query(types=parse_types("Thing"), q=parse_q('size<4;name=="a"')),
    Query(q=parse_q("tags==2")),
    Query(types=parse_types("Other;Thing")),
    Query(types=parse_types("Claim")),
    Query(q=parse_q('of=="urn:ngsi-ld:Thing:t:1"')),
    Query(q=parse_q("size<=2|size==5")),
    Query(q=parse_q("tags>=2")),
    Query(q=parse_q('title=="a","b"')),
    Query(q=parse_q("size==true")),
    Query(geo=GeoQuery("within", BOX)),
    Query(types=parse_types("Thing"), q=parse_q("size>1"), geo=GeoQuery("within", BOX)),
]

State = dict[str, bytes]


@st.composite
def documents(draw: st.DrawFn, ids: list[str]) -> Document:
    """An entity with few possible values, so that histories collide."""
    id = draw(st.sampled_from(ids))
    kinds: list[Any] = ["Claim"] if "Claim" in id else ["Thing", "Other", ["Thing", "Other"]]
    doc: Document = {"id": id, "type": draw(st.sampled_from(kinds))}
    if draw(st.booleans()):
        doc["size"] = property_(draw(st.sampled_from([1, 2, 3, 5, 2.5, True, "7"])))
    if draw(st.booleans()):
        doc["name"] = property_(draw(st.sampled_from(["a", "b", ""])))
    if draw(st.booleans()):
        doc["title"] = language_property(draw(st.sampled_from([{"ko": "a", "en": "b"}, {"ko": "b"}])))
    if draw(st.booleans()):
        doc["tags"] = property_(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    if draw(st.booleans()):
        doc["of"] = relationship(draw(st.sampled_from(CITY_IDS)))
    if draw(st.booleans()):
        doc["location"] = geo_property({"type": "Point", "coordinates": [draw(st.integers(0, 3)), 37.0]})
    return doc


@dataclass
class ModelBranch:
    """A branch as the model has it: its own full copy of the city's entities."""

    parent: str | None
    base: State
    now: State
    merged: bool = False
    past: dict[int, State] = field(default_factory=dict)


class Histories(RuleBasedStateMachine):
    """Main, nested branches and records, each a dict; the store has to agree after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.create(
            Path(self.folder.name) / "c.gpkg", city_id="t", title={"ko": "t", "en": "t"}, synchronous="OFF"
        )
        self.reader = Store.open(self.store.path)
        self.records: State = {}
        self.record_past: dict[int, State] = {}
        self.branches = {"main": ModelBranch(None, {}, {})}
        self.held: list[tuple[Any, State]] = []
        self.reverts: list[int] = []
        self.note()

    def teardown(self) -> None:
        report = self.store.verify()
        self.reader.close()
        self.store.close()
        self.folder.cleanup()
        assert report.ok, report.problems

    def note(self) -> None:
        """Remember every state at the transaction that made it."""
        number = self.store.data_version()
        self.record_past[number] = dict(self.records)
        for branch in self.branches.values():
            branch.past[number] = dict(branch.now)

    def open_branches(self) -> list[str]:
        return [name for name, branch in self.branches.items() if not branch.merged]

    def apply(self, name: str, doc: Document) -> None:
        state = self.records if doc["type"] == "Claim" else self.branches[name].now
        state[doc["id"]] = canonical_bytes(doc)

    @initialize(docs=st.lists(documents(CITY_IDS), max_size=6))
    def load(self, docs: list[Document]) -> None:
        with self.store.transact(actor="t", reason="load") as tx:
            tx.put_many(docs)
        for doc in docs:
            self.apply("main", doc)
        self.note()

    @rule(data=st.data(), docs=st.lists(documents(CITY_IDS + RECORD_IDS), min_size=1, max_size=4))
    def put(self, data: st.DataObject, docs: list[Document]) -> None:
        name = data.draw(st.sampled_from(self.open_branches()))
        split = data.draw(st.booleans())
        with self.store.transact(branch=name, actor="t", reason="put") as tx:
            for doc in docs:
                tx.put(doc)
                if split:
                    tx.flush()
        for doc in docs:
            self.apply(name, doc)
        self.note()

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.open_branches()))
        there = sorted(self.branches[name].now | self.records)
        if there:
            id = data.draw(st.sampled_from(there))
            back = data.draw(st.booleans())
            with self.store.transact(branch=name, actor="t", reason="delete") as tx:
                before = tx.document(id)
                tx.delete(id)
                tx.flush()
                assert tx.document(id) is None
                if back:
                    assert before is not None
                    tx.put(before)
            if not back:
                (self.records if id in RECORD_IDS else self.branches[name].now).pop(id)
            self.note()

    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        """An exception in a transaction changes nothing."""
        name = data.draw(st.sampled_from(self.open_branches()))
        try:
            with self.store.transact(branch=name, actor="t", reason="fail") as tx:
                tx.put(data.draw(documents(CITY_IDS)))
                tx.flush()
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass

    @precondition(lambda self: len(self.branches) < 5)
    @rule(data=st.data())
    def fork(self, data: st.DataObject) -> None:
        parent = data.draw(st.sampled_from(self.open_branches()))
        name = f"b{len(self.branches)}"
        self.store.fork(name, parent=parent, actor="t", reason="fork")
        now = self.branches[parent].now
        self.branches[name] = ModelBranch(parent, dict(now), dict(now))
        self.note()

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        names = [name for name in self.open_branches() if name != "main"]
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        into = self.above(name)
        mine, target = self.branches[name], self.branches[into]
        expected = self.merged(name, into, mine.base, ours=target.now, theirs=mine.now)
        if expected is not None:
            target.now, mine.merged = expected, True
            self.note()

    @rule(data=st.data())
    def catch_up(self, data: st.DataObject) -> None:
        """A branch is brought up to the one above it, as often as one likes; then it has that in common with it."""
        names = [name for name in self.open_branches() if name != "main"]
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        above = self.above(name)
        mine, parent = self.branches[name], self.branches[above]
        expected = self.merged(above, name, mine.base, ours=mine.now, theirs=parent.now)
        if expected is not None:
            mine.now, mine.base = expected, dict(parent.now)
            self.note()

    def above(self, name: str) -> str:
        """The nearest branch above that is still open; what it took in of those between is in common with it."""
        found = self.branches[name].parent
        while found is not None and self.branches[found].merged:
            found = self.branches[found].parent
        assert found is not None
        return found

    def merged(self, name: str, into: str, base: State, *, ours: State, theirs: State) -> State | None:
        """What the store made of a merge, which has to be what the model says; None where both find conflicts."""
        expected, conflicts = dict(ours), []
        for id in sorted(base.keys() | theirs.keys()):
            merged, found = merge_three(*(parsed(state.get(id)) for state in (base, ours, theirs)))
            conflicts += found
            if merged is None:
                expected.pop(id, None)
            else:
                expected[id] = canonical_bytes(merged)
        assert len(self.store.conflicts(name, into)) == len(conflicts)
        if conflicts:
            with pytest.raises(ConflictError) as told:
                self.store.merge(name, into=into, actor="t", reason="merge")
            assert len(told.value.facts["conflicts"]) == len(conflicts)
            return None
        self.store.merge(name, into=into, actor="t", reason="merge")
        return expected

    @rule(data=st.data())
    def revert_last(self, data: st.DataObject) -> None:
        """Undoing the last change of a branch brings back what was before it."""
        name = data.draw(st.sampled_from(self.open_branches()))
        log = self.store.log(branch=name, limit=1)
        if not log or log[0].kind not in ("change", "revert") or not log[0].changes:
            return
        number = log[0].number
        before = self.branches[name].past.get(number - 1)
        if before is None or self.record_past[number - 1] != self.record_past[max(self.record_past)]:
            return
        self.store.revert(number, actor="t", reason="revert")
        self.branches[name].now = dict(before)
        self.note()

    @rule(data=st.data())
    def hold(self, data: st.DataObject) -> None:
        """Keep a view, to ask it again after more was written."""
        name = data.draw(st.sampled_from(list(self.branches)))
        self.held.append((self.store.view(name), {**self.branches[name].now, **self.records}))

    @rule(data=st.data())
    def look_back(self, data: st.DataObject) -> None:
        """Any branch, as of any transaction since it was made."""
        name = data.draw(st.sampled_from(list(self.branches)))
        number = data.draw(st.sampled_from(sorted(self.branches[name].past)))
        agree(self.store.view(name, at=number), {**self.branches[name].past[number], **self.record_past[number]})

    @invariant()
    def same(self) -> None:
        for name, branch in self.branches.items():
            agree(self.store.view(name), {**branch.now, **self.records})
            agree(self.reader.view(name), {**branch.now, **self.records})
        for view, state in self.held[-3:]:
            agree(view, state)


def parsed(data: bytes | None) -> Document | None:
    return None if data is None else orjson.loads(data)


def agree(view: Any, state: State) -> None:
    """A view says of every id and every query what the model says."""
    for id in CITY_IDS + RECORD_IDS:
        assert view.get(id) == state.get(id), (view.branch, view.tx, id)
    for query in QUERIES:
        expected = sorted(data for data in state.values() if matches(query, orjson.loads(data)))
        assert sorted(view.query(query)) == expected, query
        assert view.count(query) == len(expected), query


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=25, stateful_step_count=18, deadline=None, suppress_health_check=list(HealthCheck)
)
