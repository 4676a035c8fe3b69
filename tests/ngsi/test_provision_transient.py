"""What ends of itself (clause 4.22): never answered once its time is over, and soon taken away, on branches too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from brokers import LONGEST_WAIT_S, Broker, broker
from madang import clock
from madang.entities.query import Query
from madang.entities.transient import first_end, living, living_bytes
from madang.store import Store
from madang.web.around import Settings

pytestmark = pytest.mark.clause("4.22")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SOON, LATER, PAST, FUTURE = (
    "2026-11-23T12:00:10Z",
    "2026-11-23T13:00:00Z",
    "2020-01-01T00:00:00Z",
    "2100-01-01T00:00:00Z",
)


def prop(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


# -- the document -----------------------------------------------------------------------------------------------------


def test_a_document_loses_what_is_over_and_nothing_else() -> None:
    kept = prop(1, expiresAt=LATER, sub=prop(2))
    doc = {
        "id": "urn:x:1",
        "type": "T",
        "a": kept,
        "b": prop(1, expiresAt=SOON),
        "c": [prop(1), prop(2, datasetId="urn:d:1", expiresAt=SOON), prop(3, datasetId="urn:d:2")],
        "d": prop(1, sub=prop(2, expiresAt=SOON), other=prop(3)),
        "e": {"type": "JsonProperty", "json": {"expiresAt": PAST}},
    }
    assert first_end(doc) == NOW + timedelta(seconds=10)
    assert living(doc, NOW) is doc
    after = living(doc, NOW + timedelta(seconds=10))
    assert after == {
        "id": "urn:x:1",
        "type": "T",
        "a": kept,
        "c": [prop(1), prop(3, datasetId="urn:d:2")],
        "d": prop(1, other=prop(3)),
        "e": doc["e"],
    }
    assert living({**doc, "expiresAt": SOON}, NOW + timedelta(minutes=1)) is None
    assert first_end({"id": "urn:x:1", "type": "T", "a": prop(1)}) is None
    plain = b'{"id":"urn:x:1"}'
    assert living_bytes(plain, NOW) is plain


# -- the store --------------------------------------------------------------------------------------------------------


@contextmanager
def city(folder: Path) -> Iterator[Store]:
    with Store.create(folder / "c.gpkg", city_id="c", title={"ko": "c", "en": "c"}, synchronous="OFF") as store:
        yield store


def put(store: Store, branch: str = "main", **more: Any) -> None:
    with store.transact(actor="test", reason="a test", branch=branch) as tx:
        tx.put({"id": "urn:x:1", "type": "Thing", "a": prop(1), **more})


def test_the_store_knows_what_is_due_and_forgets_what_was_changed(tmp_path: Path) -> None:
    with clock.standing_at(NOW), city(tmp_path) as store:
        put(store, expiresAt=LATER, b=prop(1, expiresAt=SOON))
        assert store.due(NOW, most=10) == []
        (due,) = store.due(NOW + timedelta(seconds=10), most=10)
        assert (due.id, due.branch) == ("urn:x:1", 0)
        put(store, expiresAt=LATER)  # the attribute went; the entity's own time is the first now
        assert store.due(NOW + timedelta(seconds=10), most=10) == []
        assert len(store.due(NOW + timedelta(days=1), most=10)) == 1
        put(store)
        assert store.due(NOW + timedelta(days=1), most=10) == []
        put(store, expiresAt=LATER)
        with store.transact(actor="test", reason="a test") as tx:
            tx.delete("urn:x:1")
        assert store.due(NOW + timedelta(days=1), most=10) == []


def test_what_is_over_is_not_read_though_nobody_swept(tmp_path: Path) -> None:
    with clock.standing_at(NOW), city(tmp_path) as store:
        put(store, expiresAt=SOON)
        store.fork("b", title={"ko": "b", "en": "b"}, actor="test", reason="a test")
        views = [store.view(), store.view("b")]
        assert all(view.get("urn:x:1") is not None for view in views)
    with clock.standing_at(NOW + timedelta(minutes=1)), Store.open(tmp_path / "c.gpkg") as store:
        for branch in ("main", "b"):
            view = store.view(branch)
            assert view.get("urn:x:1") is None
            assert (view.query(Query()), view.ids(Query()), view.count(Query())) == ([], [], 0)
            assert view.is_ended("urn:x:1")
        assert store.view("main", at=NOW).get("urn:x:1") is not None  # it was there then


# -- the broker -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that sweeps all the time."""
    settings = Settings(allow_local=True, sweep_every_s=0.02)
    with broker(tmp_path_factory.mktemp("swept"), settings=settings) as found:
        yield found


@contextmanager
def commits(store: Store) -> Iterator[Callable[[Callable[[], bool]], bool]]:
    """A way to wait until something is so, asked after each commit."""
    came = threading.Condition()

    def told() -> None:
        with came:
            came.notify_all()

    end = store.when_committed(told)

    def until(so: Callable[[], bool]) -> bool:
        with came:
            return came.wait_for(so, LONGEST_WAIT_S)

    try:
        yield until
    finally:
        end()


def test_every_kind_of_attribute_takes_an_end_and_shows_it_only_when_asked(swept: Broker) -> None:
    kinds = {
        "prop": prop(1, sub=prop(2, expiresAt=FUTURE)),
        "rel": {"type": "Relationship", "object": "urn:x:1"},
        "geo": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}},
        "lang": {"type": "LanguageProperty", "languageMap": {"en": "hi"}},
        "vocab": {"type": "VocabProperty", "vocab": "stopped"},
        "json": {"type": "JsonProperty", "json": {"a": 1}},
        "list": {"type": "ListProperty", "valueList": [1]},
    }
    names = {"lang": "title2", "json": "raw", "list": "many"}
    attributes = {names.get(name, name): {**part, "expiresAt": FUTURE} for name, part in kinds.items()}
    with swept.client() as api:
        id = "urn:ngsi-ld:Thing:kinds"
        assert (
            api.post("/entities", json={"id": id, "type": "Thing", "expiresAt": FUTURE, **attributes}).status_code
            == 201
        )
        shown = api.get(f"/entities/{id}?options=sysAttrs").json()
        assert {shown[name]["expiresAt"] for name in attributes} == {FUTURE} == {shown["expiresAt"]}
        assert shown["prop"]["sub"]["expiresAt"] == FUTURE
        for url in (f"/entities/{id}", f"/entities?id={id}&type=Thing", f"/entities/{id}?format=concise"):
            assert "expiresAt" not in api.get(url).text


@pytest.mark.parametrize("branch", ["", "~b"])
def test_what_has_ended_is_swept(swept: Broker, branch: str) -> None:
    store = swept.cities["test"].store
    if branch and "b" not in [one.name for one in store.branches()]:
        store.fork("b", title={"ko": "b", "en": "b"}, actor="test", reason="a test")
    whole, partly = f"urn:ngsi-ld:Thing:whole{branch[1:]}", f"urn:ngsi-ld:Thing:partly{branch[1:]}"
    soon = clock.to_text(clock.now() + timedelta(seconds=0.3))
    view = lambda: store.view(branch[1:] or "main")  # noqa: E731 a new view each time
    with swept.client(NGSILD_Tenant=f"test{branch}") as api, commits(store) as until:
        items = [
            {"id": whole, "type": "Thing", "expiresAt": soon, "a": prop(1)},
            {"id": partly, "type": "Thing", "a": [prop(1), prop(2, datasetId="urn:d:1", expiresAt=soon)]},
        ]
        assert api.post("/entityOperations/create", json=items).status_code == 201
        assert until(lambda: not view().is_ended(partly) and any(one.deleted for one in view().history(whole)))
        assert until(lambda: len(view().history(partly)) == 2)
        assert api.get(f"/entities/{whole}").status_code == 404
        assert api.get(f"/entities/{partly}").json()["a"] == prop(1)
        assert api.post("/entities", json=items[0] | {"expiresAt": FUTURE}).status_code == 201
    assert [one.id for one in store.due(clock.now(), most=100) if one.id in (whole, partly)] == []


def test_a_branch_loses_what_it_still_sees_of_main(swept: Broker) -> None:
    store = swept.cities["test"].store
    id, soon = "urn:ngsi-ld:Thing:seen", clock.to_text(clock.now() + timedelta(seconds=0.5))
    with swept.client() as api, commits(store) as until:
        assert api.post("/entities", json={"id": id, "type": "Thing", "expiresAt": soon}).status_code == 201
        store.fork("seeing", title={"ko": "b", "en": "b"}, actor="test", reason="a test")
        assert api.patch(f"/entities/{id}", json={"expiresAt": "urn:ngsi-ld:null"}).status_code == 204
        assert until(lambda: any(one.deleted for one in store.view("seeing").history(id)))
        assert api.get(f"/entities/{id}").status_code == 200
        with swept.client(NGSILD_Tenant="test~seeing") as branch:
            assert branch.get(f"/entities/{id}").status_code == 404


def test_what_is_over_from_the_beginning_is_never_served(swept: Broker) -> None:
    id = "urn:ngsi-ld:Thing:over"
    with swept.client() as api:
        assert api.post("/entities", json={"id": id, "type": "Thing", "expiresAt": PAST}).status_code == 201
        assert api.get(f"/entities/{id}").status_code == 404
        assert api.patch(f"/entities/{id}", json={"a": prop(1)}).status_code == 404
        assert api.delete(f"/entities/{id}").status_code == 404


@pytest.mark.clause("5.6.17")
def test_a_merge_moves_or_removes_the_end_and_a_replacement_forgets_it(api: httpx.Client, new_id: Any) -> None:
    id = new_id()
    api.post("/entities", json={"id": id, "type": "Thing", "expiresAt": FUTURE, "a": prop(1, expiresAt=FUTURE)})
    sysattrs = f"/entities/{id}?options=sysAttrs"
    assert api.patch(f"/entities/{id}", json={"a": prop(2)}).status_code == 204
    assert api.get(sysattrs).json()["a"]["expiresAt"] == FUTURE == api.get(sysattrs).json()["expiresAt"]
    assert api.patch(f"/entities/{id}", json={"expiresAt": "urn:ngsi-ld:null"}).status_code == 204
    assert "expiresAt" not in api.get(sysattrs).json()
    assert api.patch(f"/entities/{id}/attrs", json={"a": prop(3)}).status_code == 204
    assert "expiresAt" not in api.get(sysattrs).text


@pytest.mark.clause("6.3.11")
def test_an_evolution_tells_ends_with_the_times_only(api: httpx.Client, new_id: Callable[..., str]) -> None:
    id, ends = new_id(), "2100-01-01T00:00:00Z"
    speed = {"type": "Property", "value": 7, "observedAt": "2026-01-01T00:00:00Z", "expiresAt": ends}
    api.post("/entities", json={"id": id, "type": "Thing", "speed": speed})
    asked = {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z"}
    assert "expiresAt" not in api.get(f"/temporal/entities/{id}", params=asked).text
    told = api.get(f"/temporal/entities/{id}", params={**asked, "options": "sysAttrs"}).json()
    assert told["speed"][0]["expiresAt"] == ends
