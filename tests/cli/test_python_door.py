"""The Python API where people use it carelessly: several threads, closed cities, values of the wrong kind."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import madang
from madang.city import City
from madang.errors import CallerError, DataError, FileError, MadangError
from madang.store import inspect_lock

TREE = {"id": "urn:ngsi-ld:Tree:test:1", "type": "Tree"}


def test_the_first_write_may_come_while_other_threads_read(icheon_file: Path) -> None:
    problems: list[BaseException] = []
    with madang.open(icheon_file) as city:
        assert isinstance(city, City)
        before = city.view()

        def work(number: int) -> None:
            try:
                for _ in range(5):
                    assert len(city.query("Dong")) == 14
                    city.put({"id": f"urn:ngsi-ld:Tree:test:{number}", "type": "Tree"})
            except BaseException as problem:
                problems.append(problem)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not problems
        assert city.types()["Tree"] == 4
        assert before.types()["Dong"] == 14


def test_a_closed_city_stays_closed_and_takes_no_lock(icheon_file: Path) -> None:
    city = madang.open(icheon_file)
    city.close()
    with pytest.raises(FileError) as told:
        city.put(TREE)
    assert told.value.code == "store.closed"
    assert inspect_lock(icheon_file) is None
    city.close()


@pytest.mark.parametrize("at", [datetime(2026, 1, 1), date(2026, 1, 1), "2026-01-01T00:00:00Z"])
def test_a_moment_without_a_zone_is_refused_in_words(icheon: City, at: Any) -> None:
    with pytest.raises(CallerError) as told:
        icheon.query("Dong", at=at)
    assert told.value.code == "exports.bad-moment"
    assert icheon.get("urn:ngsi-ld:City:kostat:31210", at=datetime(2001, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        ({"limit": -1}, "exports.bad-count"),
        ({"limit": "5"}, "exports.bad-count"),
        ({"offset": -1}, "exports.bad-count"),
        ({"within_m": 50.0}, "exports.within-without-near"),
    ],
)
def test_what_a_query_can_not_mean_is_refused(icheon: City, ask: dict[str, Any], code: str) -> None:
    with pytest.raises(MadangError) as told:
        icheon.query("Dong", **ask)
    assert told.value.code == code


def test_what_is_no_entity_is_named_by_its_number(icheon: City) -> None:
    with pytest.raises(DataError) as told:
        icheon.put([TREE, 5])  # type: ignore[list-item]
    assert "5" in told.value.message("ko")
    assert told.value.facts["number"] == 2
    assert icheon.get(TREE["id"]) is None


def test_a_load_of_nothing_writes_nothing(icheon: City, tmp_path: Path) -> None:
    newest = icheon.log(limit=1)[0].number
    with pytest.raises(CallerError):
        icheon.load()
    park = tmp_path / "park.json"
    park.write_text('{"id": "urn:ngsi-ld:Park:test:1", "type": "Park"}', "utf-8")
    with pytest.raises(CallerError):
        icheon.load(park, mapping=tmp_path / "nowhere.yaml")
    assert icheon.log(limit=1)[0].number == newest


def test_an_export_where_nothing_can_be_written_says_so(icheon: City, tmp_path: Path) -> None:
    with pytest.raises(FileError) as told:
        icheon.export(tmp_path / "nowhere" / "dong.csv", "Dong")
    assert told.value.code == "exports.unwritable"
