"""The store at its door: transactions, scopes, time, branches, observations, records."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from madang import clock
from madang.entities.entity import Document, property_
from madang.entities.query import GeoQuery, Query, parse_order, parse_q, parse_types
from madang.errors import CallerError, ConflictError, DataError, FileError, ForbiddenError, NotFoundError
from madang.store import Store

Make = Callable[..., Document]
BUILDINGS = Query(types=parse_types("Building"))
DAY = datetime(2026, 3, 1, tzinfo=UTC)


def id_of(number: int) -> str:
    return f"urn:ngsi-ld:Building:test:{number}"


def heights(store: Store, branch: str = "main") -> dict[str, float]:
    return {doc["id"]: doc["height"]["value"] for doc in store.view(branch).documents(BUILDINGS)}


# --- transactions ----------------------------------------------------------------------------------------------------


def test_a_new_city_says_who_it_is(store: Store, path: Path) -> None:
    city = store.city
    assert (city.id, city.zone, city.title["ko"], city.synchronous) == ("test", "Asia/Seoul", "시험시", "FULL")
    assert [tx.kind for tx in store.log()] == ["create"]
    store.set_title({"ko": "새이름", "en": "New"}, actor="clerk", reason="renamed")
    assert store.city.title["ko"] == "새이름"


def test_every_write_has_actor_reason_source_and_time(store: Store, building: Make) -> None:
    with (
        clock.standing_at(DAY + timedelta(days=9_000)),
        store.transact(actor="kim", reason="survey", source="urn:ngsi-ld:Dataset:x") as tx,
    ):
        tx.put(building(1))
    last = store.log(limit=1)[0]
    assert (last.number, last.actor, last.reason, last.source, last.changes) == (
        tx.number, "kim", "survey", "urn:ngsi-ld:Dataset:x", 1,
    )  # fmt: skip
    assert last.at == DAY + timedelta(days=9_000)
    assert last.previous == store.log()[1].hash
    assert store.transaction(tx.number) == last


def test_an_unchanged_put_writes_no_version(town: Store, building: Make) -> None:
    before = town.view().version(id_of(3))
    with town.transact(actor="test", reason="again") as tx:
        tx.put(building(3, 3.0))
    assert town.transaction(tx.number).changes == 0
    assert town.view().version(id_of(3)) == before


def test_an_exception_leaves_everything_as_it_was(town: Store, building: Make) -> None:
    before, last = heights(town), town.data_version()

    def write_and_fail() -> None:
        with town.transact(actor="test", reason="fails") as tx:
            tx.put(building(3, 99.0))
            tx.delete(id_of(4))
            tx.put_blob(b"lost", media_type="text/plain")
            tx.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert (heights(town), town.data_version()) == (before, last)
    assert town.verify().ok


def test_a_bad_entity_is_refused_with_the_whole_transaction(town: Store, building: Make) -> None:
    before = heights(town)

    def write() -> None:
        with town.transact(actor="test", reason="bad") as tx:
            tx.put(building(30))
            tx.put({"id": "urn:ngsi-ld:X:1", "name": property_("no type")})

    with pytest.raises(DataError):
        write()
    assert heights(town) == before


def test_a_transaction_sees_what_it_has_written(town: Store, building: Make) -> None:
    with town.transact(actor="test", reason="look") as tx:
        tx.put(building(3, 50.0))
        assert tx.document(id_of(3)) == building(3, 50.0)
        tx.merge(id_of(3), {"id": id_of(3), "type": "Building", "height": property_(51.0)})
        tx.delete(id_of(4))
        assert tx.document(id_of(4)) is None
        with pytest.raises(NotFoundError):
            tx.delete(id_of(4))
    assert heights(town)[id_of(3)] == 51.0


def test_a_transaction_within_a_transaction_is_refused(town: Store) -> None:
    with town.transact(actor="test", reason="outer"), pytest.raises(CallerError) as told:
        town.fork("b", actor="test", reason="inner")
    assert told.value.code == "store.nested-transaction"


def test_reading_never_waits_for_the_writer(town: Store, building: Make) -> None:
    with town.transact(actor="test", reason="slow") as tx:
        tx.put(building(3, 77.0))
        tx.flush()
        assert heights(town)[id_of(3)] == 3.0
    assert heights(town)[id_of(3)] == 77.0


def test_a_store_open_for_reading_refuses_to_write_and_follows_the_writer(
    town: Store, path: Path, building: Make
) -> None:
    with Store.open(path) as reader:
        held = reader.view()
        with town.transact(actor="test", reason="new") as tx:
            tx.put(building(3, 60.0))
        assert reader.view().document(id_of(3)) == building(3, 60.0)
        assert held.document(id_of(3)) == building(3, 3.0)
        with pytest.raises(FileError) as told, reader.transact(actor="test", reason="no"):
            pass
        assert told.value.code == "store.read-only"


def test_submitted_writes_of_one_actor_share_a_transaction_and_fail_alone(town: Store, building: Make) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    gate = threading.Event()
    first = town.submit(lambda tx: gate.wait(10), actor="api:a", reason="hold the writer")
    good = [town.submit(lambda tx, n=n: tx.put(building(n, 40.0)), actor="api:a", reason="put") for n in range(5)]  # type: ignore[misc]
    bad = town.submit(fail, actor="api:a", reason="put")
    more = town.submit(lambda tx: tx.delete(id_of(9)), actor="api:a", reason="put")
    gate.set()
    for future in [first, *good, more]:
        future.result(timeout=30)
    assert isinstance(bad.exception(timeout=30), ZeroDivisionError)
    assert [heights(town)[id_of(n)] for n in range(5)] == [40.0] * 5
    assert id_of(9) not in heights(town)
    assert town.log(limit=1)[0].changes == 6
    assert town.verify().ok


# --- time ------------------------------------------------------------------------------------------------------------


def test_main_and_branches_are_seen_as_of_any_time(town: Store, building: Make) -> None:
    with clock.standing_at(DAY + timedelta(days=9_000)), town.transact(actor="t", reason="1") as tx:
        tx.put(building(1, 100.0))
    town.fork("a", actor="t", reason="fork")
    with clock.standing_at(DAY + timedelta(days=9_100)), town.transact(branch="a", actor="t", reason="2") as tx:
        tx.put(building(1, 200.0))
    with clock.standing_at(DAY + timedelta(days=9_200)), town.transact(branch="a", actor="t", reason="3") as tx:
        tx.delete(id_of(1))

    def height(branch: str, days: int) -> float | None:
        doc = town.view(branch, at=DAY + timedelta(days=days)).document(id_of(1))
        return None if doc is None else float(doc["height"]["value"])

    assert [height("main", d) for d in (8_999, 9_000, 9_150, 9_300)] == [1.0, 100.0, 100.0, 100.0]
    assert [height("a", d) for d in (8_999, 9_050, 9_150, 9_300)] == [1.0, 100.0, 200.0, None]
    assert town.view(at=1).count(Query()) == 0


def test_an_attribute_has_its_history_with_recorded_and_valid_time(town: Store, building: Make) -> None:
    for year, height in (("2020", 5.0), ("2021", 6.0), ("2021", 6.0)):
        with town.transact(actor="t", reason=year) as tx:
            tx.put(building(1, 1.0, floors=property_(height, period=year)))
    with town.transact(actor="t", reason="gone") as tx:
        tx.delete(id_of(1))
    found = town.view().history(id_of(1), "floors")
    assert [(e.valid, e.deleted) for e in found] == [("2020", False), ("2021", False), (None, True)]
    assert found[0].recorded_to == found[1].recorded_from
    assert found[-1].recorded_to is None
    assert [e.deleted for e in town.view().history(id_of(1))] == [False, False, False, True]


def test_created_and_modified_are_the_store_s_facts(town: Store, building: Make) -> None:
    made = town.view().version(id_of(1))
    with town.transact(actor="t", reason="later") as tx:
        tx.put(building(1, 9.0))
    changed = town.view().version(id_of(1))
    assert made is not None
    assert changed is not None
    assert (changed.created_at, changed.tx) == (made.created_at, tx.number)
    assert town.view().version("urn:ngsi-ld:X:none") is None


# --- branches --------------------------------------------------------------------------------------------------------


def test_a_branch_does_not_see_what_main_does_later(town: Store, building: Make) -> None:
    town.fork("a", title={"ko": "1안", "en": "Plan 1"}, actor="t", reason="try")
    with town.transact(actor="t", reason="main moves on") as tx:
        tx.put(building(1, 500.0))
        tx.put(building(100, 500.0))
        tx.delete(id_of(2))
    a = town.view("a")
    assert a.count(BUILDINGS) == 20
    assert a.document(id_of(1)) == building(1, 1.0)
    assert a.count(Query(types=BUILDINGS.types, q=parse_q("height>400"))) == 0
    assert town.view().count(Query(types=BUILDINGS.types, q=parse_q("height>400"))) == 2
    assert town.branch("a").title["ko"] == "1안"


def test_diff_names_each_entity_and_attribute(town: Store, building: Make) -> None:
    town.fork("a", actor="t", reason="try")
    with town.transact(branch="a", actor="t", reason="edit") as tx:
        tx.put(building(1, 500.0))
        tx.put(building(100, 1.0))
        tx.delete(id_of(2))
    with town.transact(actor="t", reason="main moves on") as tx:
        tx.put(building(5, 5000.0))
    found = {change.id: change for change in town.diff("a")}
    assert {id: change.kind for id, change in found.items()} == {
        id_of(1): "changed", id_of(100): "added", id_of(2): "removed",
    }  # fmt: skip
    (height,) = found[id_of(1)].attributes
    assert (height.attribute, height.before["value"], height.after["value"]) == ("height", 1.0, 500.0)
    assert town.diff("a", "base") == town.diff("a")
    assert len(town.difference(town.view(), town.view("a"))) == 4
    assert town.branch("a").changed == 3


def test_merge_joins_changes_of_different_attributes(town: Store, building: Make) -> None:
    town.fork("a", actor="t", reason="try")
    with town.transact(branch="a", actor="t", reason="edit") as tx:
        tx.put(building(1, 500.0))
    with town.transact(actor="t", reason="main") as tx:
        tx.merge(id_of(1), {"id": id_of(1), "name": property_("새 이름")})
    merged = town.merge("a", actor="committee", reason="adopted")
    doc = town.view().document(id_of(1))
    assert doc is not None
    assert (doc["name"]["value"], doc["height"]["value"]) == ("새 이름", 500.0)
    assert (merged.kind, merged.facts["merged"], town.branch("a").state) == ("merge", "a", "merged")
    with pytest.raises(ConflictError) as told, town.transact(branch="a", actor="t", reason="late"):
        pass
    assert told.value.code == "store.branch-closed"
    assert town.verify().ok


def test_a_conflict_names_entity_and_attribute_and_can_be_decided(town: Store, building: Make) -> None:
    town.fork("a", actor="t", reason="try")
    with town.transact(branch="a", actor="t", reason="edit") as tx:
        tx.put(building(1, 500.0))
        tx.put(building(2, 500.0))
    with town.transact(actor="t", reason="main") as tx:
        tx.put(building(1, 600.0))
        tx.put(building(2, 600.0))
    with pytest.raises(ConflictError) as told:
        town.merge("a", actor="t", reason="m")
    assert told.value.code == "store.merge-conflict"
    clashes = told.value.facts["conflicts"]
    assert [(c.id, c.attribute, c.base["value"], c.ours["value"], c.theirs["value"]) for c in clashes] == [
        (id_of(1), "height", 1.0, 600.0, 500.0), (id_of(2), "height", 2.0, 600.0, 500.0),
    ]  # fmt: skip
    assert "height" in told.value.message("ko")
    assert town.branch("a").state == "open"
    town.merge("a", actor="t", reason="m", resolve={(id_of(1), "height", None): "theirs", id_of(2): "ours"})
    assert (heights(town)[id_of(1)], heights(town)[id_of(2)]) == (500.0, 600.0)


def test_a_branch_can_be_brought_up_to_main_and_merged_then(town: Store, building: Make) -> None:
    town.fork("a", actor="t", reason="try")
    with town.transact(branch="a", actor="t", reason="edit") as tx:
        tx.put(building(1, 500.0))
    with town.transact(actor="t", reason="main") as tx:
        tx.put(building(2, 600.0))
    town.merge("main", into="a", actor="t", reason="catch up")
    assert heights(town, "a")[id_of(2)] == 600.0
    town.merge("a", actor="t", reason="m")
    assert (heights(town)[id_of(1)], heights(town)[id_of(2)]) == (500.0, 600.0)


def test_a_record_of_the_act_is_written_with_the_merge(town: Store, building: Make, claim: Make) -> None:
    town.fork("a", actor="t", reason="try")
    with town.transact(branch="a", actor="t", reason="edit") as tx:
        tx.put(building(1, 500.0))
    merged = town.merge("a", actor="t", reason="m", also=lambda tx: tx.put(claim(1, f"transaction {tx.number}")))
    doc = town.view().document("urn:ngsi-ld:Claim:test:1")
    assert doc is not None
    assert doc["title"]["value"] == f"transaction {merged.number}"


def test_revert_undoes_one_transaction_and_refuses_what_changed_since(town: Store, building: Make) -> None:
    with town.transact(actor="t", reason="1") as first:
        first.put(building(1, 100.0))
        first.delete(id_of(2))
    with town.transact(actor="t", reason="2") as second:
        second.put(building(1, 200.0))
    with pytest.raises(ConflictError) as told:
        town.revert(first.number, actor="t", reason="undo")
    assert told.value.code == "store.revert-conflict"
    town.revert(second.number, actor="t", reason="undo")
    assert town.revert(first.number, actor="t", reason="undo").kind == "revert"
    assert heights(town)[id_of(1)] == 1.0
    assert heights(town)[id_of(2)] == 2.0
    with pytest.raises(CallerError):
        town.revert(1, actor="t", reason="nothing there")


@pytest.mark.parametrize("name", ["", "안", "With Capital", "a" * 41, "../x"])
def test_a_branch_name_is_a_slug(town: Store, name: str) -> None:
    with pytest.raises(CallerError) as told:
        town.fork(name, actor="t", reason="r")
    assert told.value.code == "store.branch-name"


def test_an_unknown_branch_is_answered_with_the_near_ones(town: Store) -> None:
    town.fork("fabless-valley", actor="t", reason="r")
    for ask in (
        lambda: town.view("fables-valey"),
        lambda: town.branch("fables-valey"),
        lambda: town.diff("fables-valey"),
    ):
        with pytest.raises(NotFoundError) as told:
            ask()
        assert told.value.code == "store.branch-unknown"
        assert "fabless-valley" in told.value.message("ko")
    with pytest.raises(ConflictError):
        town.fork("fabless-valley", actor="t", reason="again")


# --- scopes ----------------------------------------------------------------------------------------------------------


def test_a_record_written_on_a_branch_is_seen_from_every_branch_at_once(town: Store, claim: Make) -> None:
    town.fork("a", actor="t", reason="r")
    town.fork("b", parent="a", actor="t", reason="r")
    with town.transact(branch="b", actor="t", reason="record") as tx:
        tx.put(claim(1, "first"))
    with town.transact(actor="t", reason="record") as tx:
        tx.put(claim(1, "second"))
    claims = Query(types=parse_types("Claim"))
    for branch in ("main", "a", "b"):
        assert [doc["title"]["value"] for doc in town.view(branch).documents(claims)] == ["second"]
    assert not town.diff("b")
    assert town.branch("b").changed == 0


def test_planned_types_reach_main_by_adoption_only(town: Store, programme: Make) -> None:
    town.fork("a", actor="t", reason="r")
    with town.transact(branch="a", actor="t", reason="plan") as tx:
        tx.put(programme(1))
    for attempt in (
        lambda: town.merge("a", actor="t", reason="by the back door"),
        lambda: put(town, programme(1)),
    ):
        with pytest.raises(ForbiddenError) as told:
            attempt()
        assert told.value.code == "store.planned-needs-adoption"
        assert "안건" in told.value.message("ko")
    adopted = town.merge("a", actor="t", reason="adopted", adopting=PROPOSAL, also=adopt("a"))
    assert adopted.facts["adopting"] == PROPOSAL
    put(town, programme(1))  # says the same: no change, no need of adoption
    for attempt in (
        lambda: put(town, programme(1, 999)),
        lambda: town.revert(adopted.number, actor="t", reason="undo"),
        lambda: remove(town, programme(1)["id"]),
    ):
        with pytest.raises(ForbiddenError):
            attempt()
    town.revert(adopted.number, actor="t", reason="undo", adopting=PROPOSAL, also=adopt("a"))
    assert town.view().document(programme(1)["id"]) is None


PROPOSAL = "urn:ngsi-ld:Proposal:madang:a"


def adopt(branch: str, **other: Any) -> Callable[[Any], None]:
    """What writes a proposal as adopted by the transaction itself; other attributes may say otherwise."""

    def write(tx: Any) -> None:
        said = {"branch": branch, "state": "adopted", "mergeTransaction": tx.number} | other
        tx.put({"id": PROPOSAL, "type": "Proposal"} | {name: property_(value) for name, value in said.items()})

    return write


def nothing(tx: Any) -> None:
    """Nobody decided anything."""


@pytest.mark.parametrize(
    "also",
    [
        nothing,
        adopt("another"),
        adopt("a", state="refused"),
        adopt("a", mergeTransaction=1),
        lambda tx: tx.put({"id": PROPOSAL, "type": "Claim", "branch": property_("a"), "state": property_("adopted"),
                           "mergeTransaction": property_(tx.number)}),
    ],
    ids=["no proposal", "another branch's", "refused", "adopted by another transaction", "no proposal at all"],
)  # fmt: skip
def test_the_name_of_a_proposal_is_no_adoption(town: Store, programme: Make, also: Callable[[Any], None]) -> None:
    town.fork("a", actor="t", reason="r")
    with town.transact(branch="a", actor="t", reason="plan") as tx:
        tx.put(programme(1))
    with pytest.raises(ForbiddenError) as told:
        town.merge("a", actor="t", reason="adopted", adopting=PROPOSAL, also=also)
    assert told.value.code == "store.not-adopted"
    assert "madang adopt" in told.value.message("ko")
    assert town.branch("a").state == "open"
    assert town.view().document(programme(1)["id"]) is None

    def write() -> None:
        with town.transact(actor="t", reason="r", adopting=PROPOSAL) as tx:
            tx.put(programme(1))

    with pytest.raises(ForbiddenError):
        write()


def test_planned_types_come_to_main_by_no_other_door(town: Store, building: Make, programme: Make) -> None:
    """A type list that takes a planned type in or leaves it, a branch of a branch, a part of a batch, a reading."""
    town.fork("p", actor="t", reason="r")
    town.fork("c", parent="p", actor="t", reason="r")
    both = building(1, 5.0) | {"type": ["Building", "Programme"]}
    put(town, both, branch="c")
    put(town, programme(1), branch="c")
    town.merge("c", into="p", actor="t", reason="no change of main yet")
    for attempt in (
        lambda: town.merge("p", actor="t", reason="by the back door"),
        lambda: put(town, both),
        lambda: town.submit(lambda tx: tx.put(both), actor="t", reason="r").result(),
        lambda: put(town, {"id": "urn:x:1", "type": ["Claim", "Programme"]}),
        lambda: put(town, {"id": "urn:x:1", "type": ["Claim", "Programme"]}, branch="p"),
    ):
        with pytest.raises(ForbiddenError):
            attempt()
    town.merge("p", actor="t", reason="adopted", adopting=PROPOSAL, also=adopt("p"))
    for doc in (both | {"type": "Building"}, building(1, 5.0) | {"type": ["Building", "Other"]}):
        with pytest.raises(ForbiddenError):
            put(town, doc)
    assert town.verify().ok


def test_no_reading_stands_in_the_place_of_what_was_decided(town: Store, programme: Make) -> None:
    town.fork("a", actor="t", reason="r")
    put(town, programme(1), branch="a")
    town.merge("a", actor="t", reason="adopted", adopting=PROPOSAL, also=adopt("a"))
    id, now = programme(1)["id"], datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ForbiddenError) as told:
        observe(town, id, "amount", 999, now)
    assert told.value.code == "store.planned-stands"
    observe(town, id, "spent", 40, now)
    found = town.view().document(id)
    assert found is not None
    assert (found["amount"]["value"], found["spent"]["value"]) == (100, 40)

    town.fork("b", actor="t", reason="r")
    put(town, programme(1) | {"spent": property_(60)}, branch="b")
    town.merge("b", actor="t", reason="adopted", adopting=PROPOSAL, also=adopt("b"))
    found = town.view().document(id)
    assert found is not None
    assert found["spent"] == property_(60)


@pytest.mark.parametrize(
    "type",
    ["Proposal", "Decision", ["Claim", "Decision"], "PlanCheck", "RulePack", "AgendaItem", "Meeting", "Recusal",
     "AdoptionStep", "CostShare", "Recommendation", "StudyUse", "Outcome"],
)  # fmt: skip
def test_what_records_a_decision_is_written_by_its_act_alone(town: Store, type: Any) -> None:
    record = {"id": "urn:ngsi-ld:Proposal:madang:x", "type": type, "branch": property_("x")}
    with town.transact(actor="t", reason="r", act="submit") as tx:
        tx.put(record)
    town.fork("x", actor="t", reason="r")
    for attempt in (
        lambda: put(town, record | {"branch": property_("mine")}),
        lambda: put(town, record | {"branch": property_("mine")}, branch="x"),
        lambda: put(town, record | {"id": "urn:ngsi-ld:Proposal:madang:y"}),
        lambda: remove(town, record["id"]),
        lambda: town.submit(lambda tx: tx.merge(record["id"], {"branch": property_("mine")}), actor="t", reason="r")
        .result(),
        lambda: town.revert(tx.number, actor="t", reason="it was never said"),
    ):  # fmt: skip
        with pytest.raises(ForbiddenError) as told:
            attempt()
        assert told.value.code == "store.written-by-acts"
        assert "madang propose" in told.value.message("ko")
    assert town.view().document(record["id"]) == record


def test_undoing_a_merge_leaves_the_records_of_it(town: Store, building: Make) -> None:
    town.fork("a", actor="t", reason="r")
    put(town, building(1, 100.0), branch="a")
    merged = town.merge("a", actor="t", reason="adopted", adopting=PROPOSAL, also=adopt("a"))
    record = town.view().document(PROPOSAL)
    town.revert(merged.number, actor="t", reason="undo")
    assert heights(town)[id_of(1)] == 1.0
    assert town.view().document(PROPOSAL) == record


def put(store: Store, doc: Document, branch: str = "main") -> None:
    with store.transact(branch=branch, actor="t", reason="put") as tx:
        tx.put(doc)


def observe(store: Store, id: str, attribute: str, value: Any, at: datetime, **more: Any) -> None:
    with store.transact(actor="t", reason="reading") as tx:
        tx.observe(id, attribute, value, at, **more)


def remove(store: Store, id: str) -> None:
    with store.transact(actor="t", reason="remove") as tx:
        tx.delete(id)


def test_an_id_keeps_its_scope(town: Store, claim: Make) -> None:
    with pytest.raises(CallerError) as told:
        put(town, {**claim(1), "id": id_of(1)})
    assert told.value.code == "store.scope-fixed"


# --- observations ----------------------------------------------------------------------------------------------------


def test_readings_are_rows_and_the_latest_is_joined_on_output(town: Store, sensor: Make) -> None:
    put(town, sensor(1, 20.0))
    before = town.view().version(sensor(1)["id"])
    for hour, value in ((3, 40.0), (2, 30.0)):
        put(town, sensor(1, value, f"2026-01-01T0{hour}:00:00Z"))
    assert town.view().version(sensor(1)["id"]) == before
    doc = town.view().document(sensor(1)["id"])
    assert doc is not None
    assert (doc["pm10"]["value"], doc["pm10"]["unitCode"]) == (40.0, "GQ")
    found = town.view().observations(sensor(1)["id"], "pm10")
    assert [one.value for one in found] == [20.0, 30.0, 40.0]
    since = datetime(2026, 1, 1, 2, tzinfo=UTC)
    assert [one.value for one in town.view().observations(sensor(1)["id"], "pm10", since=since)] == [30.0, 40.0]
    assert [one.value for one in town.view().observations(sensor(1)["id"], "pm10", until=since)] == [20.0]
    assert [one.value for one in town.view().observations(sensor(1)["id"], "pm10", last=2)] == [30.0, 40.0]
    hot = Query(types=parse_types("AirQualityObserved"), q=parse_q("pm10>35"))
    assert town.view().count(hot) == len(town.view().query(hot)) == 1
    assert town.verify().ok


def test_a_correction_is_a_new_row_and_the_past_stays_as_it_was_known(town: Store, sensor: Make) -> None:
    put(town, sensor(1, 20.0))
    known = town.view()
    put(town, sensor(1, 21.0))
    assert [one.value for one in town.view().observations(sensor(1)["id"], "pm10")] == [21.0]
    assert [one.value for one in known.observations(sensor(1)["id"], "pm10")] == [20.0]
    last = town.data_version()
    put(town, sensor(1, 21.0))
    assert town.view().observations(sensor(1)["id"], "pm10") == town.view(at=last).observations(sensor(1)["id"], "pm10")


def test_a_simulated_series_is_its_branch_s_own_and_never_merges(town: Store, sensor: Make) -> None:
    put(town, sensor(1, 20.0))
    town.fork("a", actor="t", reason="r")
    with town.transact(branch="a", actor="model", reason="simulated") as tx:
        tx.observe(sensor(1)["id"], "pm10", 5.0, datetime(2026, 1, 2, tzinfo=UTC))
    put(town, sensor(1, 25.0, "2026-01-03T00:00:00Z"))

    def seen(branch: str) -> tuple[float, str | None]:
        doc = town.view(branch).document(sensor(1)["id"])
        assert doc is not None
        return doc["pm10"]["value"], doc["pm10"].get("status", {}).get("value")

    assert seen("a") == (5.0, "synthetic")
    assert seen("main") == (25.0, None)
    assert town.conflicts("a") == []
    assert not town.diff("a")
    town.merge("a", actor="t", reason="m")
    assert seen("main") == (25.0, None)
    assert town.verify().ok


def test_main_s_readings_are_seen_live_from_a_branch_and_pin_nothing(town: Store, sensor: Make) -> None:
    put(town, sensor(1, 20.0))
    town.fork("a", actor="t", reason="r")
    put(town, sensor(1, 30.0, "2026-01-05T00:00:00Z"))
    doc = town.view("a").document(sensor(1)["id"])
    assert doc is not None
    assert doc["pm10"]["value"] == 30.0


def test_any_entity_can_be_observed_without_a_new_version(town: Store) -> None:
    before = town.view().version(id_of(1))
    with town.transact(actor="feed:x", reason="counts") as tx:
        tx.observe(id_of(1), "visitors", 12, DAY, unit="C62")
        tx.observe(id_of(1), "open", True, DAY)
        tx.observe(id_of(1), "note", "0031023", DAY)
    doc = town.view().document(id_of(1))
    assert doc is not None
    assert (doc["visitors"]["value"], doc["open"]["value"], doc["note"]["value"]) == (12, True, "0031023")
    assert town.view().version(id_of(1)) == before
    with pytest.raises(NotFoundError), town.transact(actor="t", reason="r") as tx:
        tx.observe("urn:ngsi-ld:X:none", "a", 1, DAY)
    with pytest.raises(CallerError), town.transact(actor="t", reason="r") as tx:
        tx.observe(id_of(1), "a", 1, datetime(2026, 1, 1))


# --- queries, blobs, followers ---------------------------------------------------------------------------------------


def test_what_is_put_back_as_it_was_read_keeps_no_reading(town: Store) -> None:
    """Reading an entity, changing a part and putting it back, as every HTTP client does, makes no reading a fact."""
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    observe(town, id_of(1), "occupancy", 5, noon)
    town.fork("a", actor="t", reason="r")
    for name in ("main", "a"):
        with town.transact(branch=name, actor="t", reason="patch") as tx:
            tx.merge(id_of(1), {"name": property_(f"named on {name}")})
    observe(town, id_of(1), "occupancy", 6, noon + timedelta(hours=1))
    ((change,),) = [[c.attribute for c in one.attributes] for one in town.diff("a")]
    assert change == "name"
    for name in ("main", "a"):
        found = town.view(name).document(id_of(1))
        assert found is not None
        assert found["occupancy"]["value"] == 6
        if name == "main":
            put(town, found | {"occupancy": property_(7, observed_at="2026-01-01T11:00:00Z")})
    assert [one.value for one in town.view().observations(id_of(1), "occupancy")] == [7, 5, 6]
    stored = [entry.document for entry in town.view().history(id_of(1))]
    assert not any("occupancy" in doc for doc in stored if doc is not None)
    assert town.verify().ok


def test_a_series_keeps_its_unit(town: Store, sensor: Make) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    observe(town, id_of(1), "energy", 5, noon, unit="KWH")
    put(town, sensor(1, 20.0))
    other = sensor(1, 3.0, "2026-02-01T00:00:00Z")
    other["pm10"]["unitCode"] = "GP"
    with pytest.raises(CallerError) as told:
        observe(town, id_of(1), "energy", 5, noon + timedelta(hours=1), unit="MWH")
    assert told.value.code == "store.other-unit"
    with pytest.raises(CallerError) as told:
        put(town, other)
    assert told.value.code == "store.other-unit"
    observe(town, id_of(1), "energy", 6, noon + timedelta(hours=1))
    observe(town, id_of(1), "energy", 5, noon, unit="MWH", dataset_id="urn:ngsi-ld:Dataset:mega")
    assert town.view().observations(sensor(1)["id"], "pm10")[0].value == 20.0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1, float("nan")], b"x", {1, 2}])
def test_what_json_cannot_say_is_no_reading(town: Store, value: Any) -> None:
    with pytest.raises(CallerError) as told:
        observe(town, id_of(1), "energy", value, datetime(2026, 1, 1, tzinfo=UTC))
    assert told.value.code == "store.reading-value"


def test_a_past_moment_has_a_zone(town: Store) -> None:
    with pytest.raises(CallerError) as told:
        town.view(at=datetime(2026, 1, 1))
    assert told.value.code == "store.at-without-zone"


def test_a_part_that_fails_leaves_no_layer_of_its_type(town: Store, building: Make) -> None:
    def fail(tx: Any) -> None:
        tx.put({"id": "urn:ngsi-ld:Lamp:t:1", "type": "Lamp", "watts": property_(40)})
        tx.flush()
        raise ZeroDivisionError

    with town.transact(actor="t", reason="r") as tx:
        with pytest.raises(ZeroDivisionError), tx.part():
            fail(tx)
        tx.put(building(1, 50.0))
    assert [layer.name for layer in town.layers()] == ["Building"]


def test_queries_by_type_value_place_order_and_page(town: Store) -> None:
    view = town.view()
    ordered = Query(types=BUILDINGS.types, order_by=parse_order("height;desc"), limit=3, offset=1)
    assert [doc["height"]["value"] for doc in view.documents(ordered)] == [18.0, 17.0, 16.0]
    near = GeoQuery("near", {"type": "Point", "coordinates": [127.105, 37.4]}, max_distance_m=50)
    assert view.ids(Query(geo=near)) == [id_of(5)]
    assert view.count(Query(types=BUILDINGS.types, q=parse_q("height>=5;height<8"))) == 3
    pages = [view.ids(Query(types=BUILDINGS.types, limit=7, offset=start)) for start in (0, 7, 14)]
    assert sorted(id for page in pages for id in page) == sorted(map(id_of, range(20)))
    assert view.types() == {"Building": 20}
    assert view.ids(Query(ids=(id_of(3), id_of(99)))) == [id_of(3)]
    assert view.query(Query(types=parse_types("Nothing"))) == []
    assert view.query(Query(q=parse_q("nothing==1"))) == []


def test_columns_for_tiles_come_from_main_and_branch(town: Store, building: Make) -> None:
    town.fork("a", actor="t", reason="r")
    with town.transact(branch="a", actor="t", reason="e") as tx:
        tx.put(building(50))
        tx.delete(id_of(1))
    ids, shapes = town.view("a").geometries("Building")
    assert len(ids) == len(shapes) == 20
    assert id_of(50) in ids
    assert id_of(1) not in ids
    assert all(shape[:5] == b"\x01\x01\x00\x00\x00" for shape in shapes)
    ids, values = town.view("a").values("Building", "height")
    assert dict(zip(ids, values, strict=True))[id_of(50)] == 3.0


def test_blobs_are_kept_once_under_their_hash(store: Store) -> None:
    first = store.put_blob("표".encode(), media_type="text/csv")
    assert store.put_blob("표".encode(), media_type="text/csv") == first
    assert store.blob(first) == "표".encode()
    with pytest.raises(NotFoundError):
        store.blob("0" * 64)


def test_a_follower_hears_of_every_change_once(town: Store, building: Make, sensor: Make) -> None:
    start = town.data_version()
    town.fork("a", actor="t", reason="r")
    with town.transact(branch="a", actor="t", reason="e") as tx:
        tx.put(building(1, 9.0))
        tx.delete(id_of(2))
    put(town, sensor(1, 20.0))
    heard = [(change.branch, change.id, change.kind) for change in town.changes(start)]
    assert heard == [
        ("a", id_of(1), "updated"), ("a", id_of(2), "deleted"),
        ("main", sensor(1)["id"], "created"), ("main", sensor(1)["id"], "observed"),
    ]  # fmt: skip
    assert list(town.changes(town.data_version())) == []


def test_the_log_of_one_entity_names_its_transactions(town: Store, building: Make) -> None:
    town.fork("a", actor="t", reason="r")
    with town.transact(branch="a", actor="t", reason="on a") as tx:
        tx.put(building(1, 9.0))
    put(town, building(2, 9.0))
    assert [tx.reason for tx in town.log(entity=id_of(1))] == ["on a", "load"]
    assert [tx.reason for tx in town.log(entity=id_of(1), branch="main")] == ["load"]
    assert town.log(entity="urn:ngsi-ld:X:none") == []
