"""Old readings in segments are read, viewed, corrected and verified as if they had never left the city file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from hypothesis import given
from hypothesis import strategies as st

from madang.errors import CallerError, FileError
from madang.store import Store, segments
from madang.store.compaction import Mover, horizon_for, standing
from madang.store.transaction import to_micros

START = datetime(2026, 1, 1, tzinfo=UTC)
SENSOR = "urn:ngsi-ld:AirQualityObserved:test:{}"


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def observe(store: Store, *readings: tuple[int, float, Any], attribute: str = "pm10", branch: str = "main") -> int:
    """Record (sensor, minutes, value) readings in one transaction."""
    with store.transact(actor="test", reason="readings", branch=branch) as tx:
        for number, minutes, value in readings:
            tx.observe(SENSOR.format(number), attribute, value, at(minutes))
    return store.data_version()


def move_all(store: Store, before: float, *, most: int = 1000) -> int:
    mover, moved = Mover(store), 0
    while step := mover.move(to_micros(at(before)), most=most):
        moved += step
    return moved


def said(store: Store, number: int = 0, attribute: str = "pm10", **more: Any) -> list[tuple[float, Any]]:
    found = store.view(at=more.pop("as_of", None)).observations(SENSOR.format(number), attribute, **more)
    return [((one.observed_at - START).total_seconds() / 60, one.value) for one in found]


@pytest.fixture
def watched(store: Store, sensor: Callable[..., Any]) -> Store:
    """Three sensors with ten readings each, one a minute."""
    with store.transact(actor="test", reason="sensors") as tx:
        for number in range(3):
            tx.put(sensor(number))
    for minute in range(10):
        observe(store, *((number, minute, minute + number / 10) for number in range(3)))
    return store


def history(store: Store) -> Path:
    return segments.folder_beside(store.path)


def test_moved_readings_are_read_as_before(watched: Store) -> None:
    before = [watched.view().observations(SENSOR.format(n), "pm10") for n in range(3)]
    assert move_all(watched, 7, most=4) == 21
    assert standing(watched).hot_rows == 9
    assert [watched.view().observations(SENSOR.format(n), "pm10") for n in range(3)] == before
    assert said(watched, since=at(2), until=at(8)) == [(m, float(m)) for m in range(2, 8)]
    assert said(watched, last=1) == [(9, 9.0)]
    assert said(watched, last=5) == [(m, float(m)) for m in range(5, 10)]
    assert said(watched, until=at(4), last=2) == [(2, 2.0), (3, 3.0)]
    assert said(watched, last=0) == []
    assert watched.verify().problems == ()


def test_values_keep_their_very_type(watched: Store) -> None:
    values: list[Any] = [
        5, 5.0, -0.0, 2**53 + 1, 2**63 + 5, "5", "", "따옴표 \" 와 \n", True, None, [1, 2.5], {"b": 1, "a": [None]},
    ]  # fmt: skip
    observe(watched, *((0, 20 + n, value) for n, value in enumerate(values)), attribute="note")
    observe(watched, (0, 100, "end"), attribute="note")
    before = said(watched, attribute="note")
    move_all(watched, 90)
    after = said(watched, attribute="note")
    assert after == before
    assert [type(value) for _, value in after] == [type(value) for _, value in before]
    assert str(after[2][1]) == "-0.0"
    assert watched.verify().problems == ()


def test_the_newest_reading_of_each_series_never_leaves(watched: Store) -> None:
    observe(watched, (0, 9, 99.0))  # a correction of the newest moment: both rows stay
    move_all(watched, 10_000)
    assert standing(watched).hot_rows == 4
    shutil.rmtree(history(watched))
    assert watched.view().document(SENSOR.format(0))["pm10"]["value"] == 99.0  # no file is looked at
    assert said(watched, last=1) == [(9, 99.0)]


def test_a_correction_of_a_moment_that_has_moved_counts_and_earlier_views_see_what_was_known(watched: Store) -> None:
    known = watched.data_version()
    move_all(watched, 7)
    observe(watched, (0, 3, 33.0), (0, 2.5, 25.0))
    assert said(watched, since=at(2), until=at(5)) == [(2, 2.0), (2.5, 25.0), (3, 33.0), (4, 4.0)]
    assert said(watched, since=at(2), until=at(5), as_of=known) == [(2, 2.0), (3, 3.0), (4, 4.0)]
    move_all(watched, 7)
    assert said(watched, since=at(2), until=at(5)) == [(2, 2.0), (2.5, 25.0), (3, 33.0), (4, 4.0)]
    assert said(watched, since=at(2), until=at(5), as_of=known) == [(2, 2.0), (3, 3.0), (4, 4.0)]
    assert watched.verify().problems == ()


def test_a_reading_that_says_what_is_known_writes_nothing_wherever_the_known_one_is(watched: Store) -> None:
    move_all(watched, 7)
    head = watched.data_version()
    assert observe(watched, *((0, m, float(m)) for m in range(10))) == head + 1  # the transaction, empty
    assert standing(watched).hot_rows == 9
    observe(watched, (0, 2, 2))  # a whole number is another value
    assert standing(watched).hot_rows == 10


def test_an_entity_seen_at_an_earlier_transaction_has_the_reading_of_then(watched: Store) -> None:
    seen = {n: watched.view(at=n).document(SENSOR.format(1)) for n in range(1, watched.data_version() + 1)}
    move_all(watched, 9)
    assert {n: watched.view(at=n).document(SENSOR.format(1)) for n in seen} == seen


def test_a_view_that_was_opened_before_goes_on_seeing_the_same(watched: Store) -> None:
    view = watched.view()
    before = view.observations(SENSOR.format(2), "pm10")
    move_all(watched, 8, most=5)
    observe(watched, (2, 4, 44.0))
    Mover(watched).merge(all_small=True)
    assert view.observations(SENSOR.format(2), "pm10") == before
    assert watched.view().observations(SENSOR.format(2), "pm10") != before


def test_several_segments_become_one_and_the_small_ones_go(watched: Store) -> None:
    move_all(watched, 8, most=3)
    assert standing(watched).segments == 8
    Mover(watched).merge(all_small=True)
    found = standing(watched)
    assert (found.segments, found.rows, found.in_question, found.unknown) == (1, 24, 0, ())
    assert len(list(history(watched).glob("*.parquet"))) == 1
    assert said(watched) == [(m, float(m)) for m in range(10)]
    assert watched.verify().problems == ()


def test_a_file_that_is_being_read_is_removed_later(watched: Store) -> None:
    move_all(watched, 8, most=8)
    mover = Mover(watched)
    with watched._readers.reading() as db, segments.holding(db) as held:
        mover.merge(all_small=True)
        assert all((history(watched) / one.path).exists() for one in held)
        assert standing(watched).in_question == len(held)
    mover.recover()
    assert standing(watched).in_question == 0
    assert not any((history(watched) / one.path).exists() for one in held)


def test_a_question_that_began_before_files_were_replaced_is_answered(watched: Store) -> None:
    move_all(watched, 8, most=8)
    from madang.store import observations

    with Store.open(watched.path) as reader, reader._readers.reading() as db:
        sid = db.execute("SELECT sid FROM md_series ORDER BY sid LIMIT 1").get
        Mover(watched).merge(all_small=True)
        found = observations.read(db, sid, upto=1 << 40, since=None, until=None, last=None)
        assert [one.value for one in found] == [float(m) for m in range(10)]


def test_simulated_series_of_a_branch_move_too_and_stay_that_branchs_own(watched: Store) -> None:
    watched.fork("plan", actor="test", reason="try")
    observe(watched, *((0, minute, 100 + minute) for minute in range(10)), branch="plan")
    before = watched.view("plan").observations(SENSOR.format(0), "pm10")
    move_all(watched, 8)
    assert watched.view("plan").observations(SENSOR.format(0), "pm10") == before
    assert said(watched) == [(m, float(m)) for m in range(10)]


def test_the_log_can_be_read_by_others(watched: Store) -> None:
    move_all(watched, 8, most=5)
    Mover(watched).merge(all_small=True)
    frame = polars.read_delta(str(history(watched)))
    assert frame.height == 24
    assert frame.filter(polars.col("entity_id") == SENSOR.format(1))["num"].sum() == pytest.approx(28 + 0.8)
    table = DeltaTable(str(history(watched)))
    assert {uri.rsplit("/", 1)[1] for uri in table.file_uris()} == {p.name for p in history(watched).glob("*.parquet")}
    assert all("madang.compaction" in one for one in table.history() if one["operation"] == "WRITE")
    [path] = history(watched).glob("*.parquet")
    rows = pq.read_table(path).to_pylist()
    keys = [(row["attr"], row["entity_id"], row["observed_at"]) for row in rows]
    assert keys == sorted(keys)
    assert rows[0] | {"tx": 0, "recorded_at": 0} == {
        "entity_id": SENSOR.format(0), "entity_type": "AirQualityObserved", "attr": "pm10", "dataset_id": "",
        "branch": "main", "unit": None, "observed_at": START, "recorded_at": 0, "tx": 0, "num": 0.0, "json": None,
        "mean_s": None, "readings": None,
    }  # fmt: skip


def test_reading_needs_no_delta_library(watched: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    move_all(watched, 8)
    monkeypatch.setitem(__import__("sys").modules, "deltalake", None)
    assert said(watched) == [(m, float(m)) for m in range(10)]
    assert watched.verify().problems == ()
    with pytest.raises(CallerError, match=r"madang\[history\]"):
        Mover(watched).move(to_micros(at(100)))


def test_a_backup_brings_its_history(watched: Store, tmp_path: Path) -> None:
    move_all(watched, 8, most=9)
    copy = watched.backup(tmp_path / "copy.gpkg")
    Mover(watched).merge(all_small=True)
    with Store.open(copy, write=True) as other:
        assert said(other) == said(watched)
        assert other.verify().problems == ()
        move_all(other, 9)
        assert said(other) == said(watched)
    assert watched.verify().problems == ()


def test_history_of_another_city_is_refused(watched: Store, tmp_path: Path) -> None:
    move_all(watched, 8)
    with Store.create(tmp_path / "other.gpkg", city_id="other", title={"ko": "딴시", "en": "Other"}) as other:
        with other.transact(actor="test", reason="sensor") as tx:
            tx.put({"id": SENSOR.format(0), "type": "AirQualityObserved"})
        observe(other, *((0, m, m) for m in range(5)))
        shutil.copytree(history(watched), history(other))
        with pytest.raises(FileError) as refused:
            move_all(other, 4)
        assert refused.value.code == "history.other-city"
        assert said(other) == [(m, m) for m in range(5)]
        assert {one.code for one in other.verify().problems} == {"history.segment-unknown"}


def test_verify_names_a_segment_that_is_missing_or_changed(watched: Store) -> None:
    move_all(watched, 8, most=12)
    missing, changed = sorted(history(watched).glob("*.parquet"))
    missing.rename(missing.with_suffix(".away"))
    changed.write_bytes(changed.read_bytes() + b" ")
    found = {one.code: one.facts["path"] for one in watched.verify().problems}
    assert found == {"history.segment-missing": str(missing), "history.segment-changed": str(changed)}
    with pytest.raises(FileError, match=missing.name):
        [said(watched, number) for number in range(3)]


def test_verify_sees_a_value_that_was_altered_with_its_hash(watched: Store) -> None:
    move_all(watched, 8)
    [path] = history(watched).glob("*.parquet")
    table = pq.read_table(path)
    numbers = table.column("num").to_pylist()
    numbers[3] += 1
    segments.write(table.set_column(table.schema.get_field_index("num"), "num", [numbers]), path)
    sha256 = segments.sha256_of(path)
    watched.submit_beside(lambda db: db.execute("UPDATE md_segment SET sha256 = ?", (sha256,)).fetchall()).result()
    assert {one.code for one in watched.verify().problems} == {"store.observed"}


def test_no_more_rows_stay_than_were_asked_for(watched: Store) -> None:
    with watched._readers.reading() as db:
        horizon = horizon_for(db, to_micros(at(-1)), 12)
        assert horizon_for(db, to_micros(at(3)), 1000) == to_micros(at(3))
    assert to_micros(at(5)) < horizon <= to_micros(at(6))


def test_rows_that_are_not_as_they_were_read_keep_a_step_from_deleting(watched: Store) -> None:
    mover = Mover(watched)
    real = segments.write

    def meddling(table: Any, path: Path) -> None:
        real(table, path)
        watched.submit_beside(lambda db: db.execute("DELETE FROM md_obs WHERE at = 0").fetchall()).result()
        watched.submit_beside(
            lambda db: db.execute(
                "DELETE FROM md_obs WHERE (sid, at) IN (SELECT min(sid), min(at) FROM md_obs)"
            ).fetchall()
        ).result()

    segments.write = meddling
    try:
        with pytest.raises(Exception, match="nothing was moved"):
            mover.move(to_micros(at(8)))
    finally:
        segments.write = real
    assert standing(watched).segments == 0
    assert not list(history(watched).glob("*.parquet"))


# --- laws ------------------------------------------------------------------------------------------------------------

ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("write"),
            st.lists(
                st.tuples(st.integers(0, 2), st.integers(0, 30), st.sampled_from([1, 1.0, 2.5, "x", True, [1]])),
                min_size=1,
                max_size=8,
            ),
        ),
        st.tuples(st.just("move"), st.integers(0, 40), st.integers(1, 9)),
        st.tuples(st.just("merge")),
        st.tuples(st.just("reopen")),
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("laws")


@given(acts=ACTS, span=st.tuples(st.integers(0, 30), st.integers(0, 30)), last=st.integers(1, 6))
def test_any_mixture_of_acts_answers_as_a_city_that_never_moved_anything(
    room: Path, acts: list[Any], span: tuple[int, int], last: int
) -> None:
    for name in ("plain", "moved"):
        for path in room.glob(f"{name}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    stores = {
        name: Store.create(room / f"{name}.gpkg", city_id="t", title={"en": "T"}, synchronous="OFF")
        for name in ("plain", "moved")
    }
    try:
        for store in stores.values():
            with store.transact(actor="test", reason="sensors") as tx:
                for number in range(3):
                    tx.put({"id": SENSOR.format(number), "type": "AirQualityObserved"})
        for what, *more in acts:
            if what == "write":
                for store in stores.values():
                    observe(store, *more[0])
            elif what == "move":
                Mover(stores["moved"]).move(to_micros(at(more[0])), most=more[1])
            elif what == "merge":
                Mover(stores["moved"]).merge(all_small=True)
            else:
                stores["moved"].close()
                stores["moved"] = Store.open(room / "moved.gpkg", write=True)
        plain, moved = stores["plain"], stores["moved"]
        assert plain.data_version() == moved.data_version()
        for number in range(3):
            for as_of in range(1, plain.data_version() + 1):
                for more in ({}, {"since": at(min(span)), "until": at(max(span))}, {"last": last}):
                    assert said(moved, number, as_of=as_of, **more) == said(plain, number, as_of=as_of, **more)
                ours, theirs = (s.view(at=as_of).document(SENSOR.format(number)) for s in (moved, plain))
                assert ours == theirs
        assert moved.verify().problems == ()
    finally:
        for store in stores.values():
            store.close()


def test_the_log_asks_of_a_reader_the_first_version_of_the_protocol(watched: Store) -> None:
    move_all(watched, 60)
    asked = DeltaTable(str(segments.folder_beside(watched.path))).protocol()
    assert (asked.min_reader_version, asked.reader_features) == (1, None)


def test_entities_as_of_before_share_the_row_groups_they_are_looked_up_in(
    watched: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = watched.view(at=watched.transaction(watched.data_version() - 5).at)
    ids = [SENSOR.format(number) for number in range(3)]
    told = [before.document(id) for id in ids]
    move_all(watched, 60)
    read: list[Any] = []
    table = segments.Reader.table
    monkeypatch.setattr(segments.Reader, "table", lambda self, *asked: read.append(asked) or table(self, *asked))
    assert [before.document(id) for id in ids] == told
    assert len(read) == 1
