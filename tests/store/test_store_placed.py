"""The short way of readings says the same as the long one, and is left where more is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.entities.patch import append_attributes
from madang.store import Store

ID = "urn:ngsi-ld:AirQualityObserved:test:1"
AT = "2026-01-01T00:{:02d}:00Z"


def instance(value: Any, minute: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "unitCode": "GQ", "observedAt": AT.format(minute), **more}


def make(path: Path) -> Store:
    store = Store.create(path, city_id="t", title={"ko": "t", "en": "t"}, synchronous="OFF")
    with store.transact(actor="t", reason="r") as tx:
        tx.put(
            {"id": ID, "type": "AirQualityObserved", "pm10": instance(1.5), "name": {"type": "Property", "value": "a"}}
        )
    return store


def long_way(store: Store, fragment: dict[str, Any]) -> None:
    with store.transact(actor="t", reason="r") as tx:
        before = tx.document(ID)
        assert before is not None
        tx.put(append_attributes(before, fragment)[0])


@pytest.mark.parametrize(
    ("fragment", "short"),
    [
        ({"pm10": instance(2.5, 1)}, True),
        ({"id": ID, "type": "AirQualityObserved", "pm10": instance(2, 1)}, True),
        ({"pm10": instance("high", 1)}, True),
        ({"pm10": {"type": "Property", "value": 2.5, "observedAt": AT.format(1)}}, False),  # no unit: it would go
        ({"pm10": instance(2.5, 1, unitCode="GP")}, False),
        ({"pm10": instance(2.5, 1, source={"type": "Relationship", "object": "urn:x:y"})}, False),
        ({"pm10": instance(2.5, 1, datasetId="urn:x:d")}, False),
        ({"pm10": instance([1, 2], 1)}, False),
        ({"pm10": instance(2.5, 1), "name": {"type": "Property", "value": "b"}}, False),
        ({"pm25": instance(2.5, 1)}, False),
        ({"type": "Other", "pm10": instance(2.5, 1)}, False),
        ({"pm10": {**instance(2.5), "observedAt": "yesterday"}}, False),
        ({"pm10": instance("urn:ngsi-ld:null", 1)}, False),
    ],
)
def test_only_what_is_nothing_but_readings_goes_the_short_way(
    tmp_path: Path, fragment: dict[str, Any], short: bool
) -> None:
    with make(tmp_path / "a.gpkg") as one, make(tmp_path / "b.gpkg") as other:
        with one.transact(actor="t", reason="r") as tx:
            assert tx.observe_again(ID, fragment) is short
        if short:
            long_way(other, fragment)
            assert one.view().get(ID) == other.view().get(ID)
            assert [(o.observed_at, o.value) for o in one.view().observations(ID, "pm10")] == [
                (o.observed_at, o.value) for o in other.view().observations(ID, "pm10")
            ]
        assert one.verify().ok


def test_a_place_that_changed_is_looked_at_again(tmp_path: Path) -> None:
    with make(tmp_path / "a.gpkg") as store:
        with store.transact(actor="t", reason="r") as tx:
            assert tx.observe_again(ID, {"pm10": instance(2.5, 1)})
        long_way(store, {"pm10": instance(3.5, 2, accuracy={"type": "Property", "value": 1})})
        with store.transact(actor="t", reason="r") as tx:
            assert not tx.observe_again(ID, {"pm10": instance(4.5, 3)})
        with store.transact(actor="t", reason="r") as tx:
            tx.delete(ID)
        with store.transact(actor="t", reason="r") as tx:
            assert not tx.observe_again(ID, {"pm10": instance(4.5, 3)})


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(-5, 5)), min_size=1, max_size=12))
def test_readings_in_any_order_say_the_same_either_way(tmp_path_factory: Any, said: list[tuple[int, int]]) -> None:
    folder = tmp_path_factory.mktemp("placed")
    with make(folder / "a.gpkg") as one, make(folder / "b.gpkg") as other:
        for minute, value in said:
            with one.transact(actor="t", reason="r") as tx:
                assert tx.observe_again(ID, {"pm10": instance(value, minute)})
            long_way(other, {"pm10": instance(value, minute)})
        values = [[(o.observed_at, o.value) for o in store.view().observations(ID, "pm10")] for store in (one, other)]
        assert values[0] == values[1]
        assert one.view().get(ID) == other.view().get(ID)
