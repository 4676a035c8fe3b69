"""Evolutions on policy branches, as of a moment, and under the chain of transactions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import httpx
import pytest

from brokers import broker
from madang.store import Store
from madang.store.evolution import Given, Wish

pytestmark = pytest.mark.clause("5.7.3", "5.6.11", "4.14")


def told(value: Any, minute: int) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": f"2026-03-01T12:{minute:02}:00Z"}


def values(api: httpx.Client, id: str) -> list[Any]:
    found = api.get(f"/temporal/entities/{id}")
    assert found.status_code == 200, found.text
    return [one["value"] for one in found.json()["x"]]


def test_a_branch_has_an_evolution_of_its_own(tmp_path: Path) -> None:
    """What main told before the fork is seen, what a branch tells stays there, what main tells later does not come."""
    id = "urn:ngsi-ld:Thing:t:1"
    with broker(tmp_path) as server:
        store = server.cities["test"].store
        with server.client() as main:
            main.post("/temporal/entities", json={"id": id, "type": "Thing", "x": [told(1, 1), told(2, 2)]})
            store.fork("what-if", actor="t", reason="t")
            with server.client(NGSILD_Tenant="test~what-if") as branch:
                assert values(branch, id) == [1, 2]
                more = {"id": id, "type": "Thing", "x": [told(0, 0), told(9, 9)]}
                assert branch.post("/temporal/entities", json=more).status_code == 204
                main.post("/temporal/entities", json={"id": id, "type": "Thing", "x": [told(3, 3), told(-1, 0)]})
                assert values(branch, id) == [0, 1, 2, 9]
                assert values(main, id) == [-1, 1, 2, 3]
                first = branch.get(f"/temporal/entities/{id}").json()["x"][1]
                assert branch.delete(f"/temporal/entities/{id}/attrs/x/{first['instanceId']}").status_code == 204
                assert values(branch, id) == [0, 2, 9]
                assert values(main, id) == [-1, 1, 2, 3], "what a branch takes out is there on main"
                assert branch.delete(f"/temporal/entities/{id}").status_code == 204
                assert branch.get(f"/temporal/entities/{id}").status_code == 404
                assert values(main, id) == [-1, 1, 2, 3]
        assert store.verify().ok


def test_a_branch_tells_of_what_only_it_has(tmp_path: Path) -> None:
    id = "urn:ngsi-ld:Thing:t:2"
    with broker(tmp_path) as server:
        server.cities["test"].store.fork("what-if", actor="t", reason="t")
        with server.client(NGSILD_Tenant="test~what-if") as branch, server.client() as main:
            given = {"id": id, "type": "Thing", "x": [told(1, 1), told(2, 2)]}
            assert branch.post("/temporal/entities", json=given).status_code == 201
            assert values(branch, id) == [1, 2]
            assert main.get(f"/temporal/entities/{id}").status_code == 404
            branch.delete(f"/entities/{id}")
            assert branch.post("/temporal/entities", json={**given, "x": [told(5, 5)]}).status_code == 201
            assert values(branch, id) == [5]


def made(path: Path) -> tuple[Store, str]:
    store, id = Store.create(path, city_id="t", title={"ko": "t", "en": "t"}, synchronous="OFF"), "urn:ngsi-ld:T:t:1"
    with store.transact(actor="t", reason="made") as tx:
        tx.put({"id": id, "type": "T", "x": told(2, 2)})
        tx.give(id, [Given("x", "", "o1", 1, told(1, 1))])
    return store, id


def test_a_view_of_before_tells_what_was_known_then(tmp_path: Path) -> None:
    store, id = made(tmp_path / "t.gpkg")
    with closing(store):
        before = store.view().tx
        with store.transact(actor="t", reason="gone") as tx:
            tx.delete(id)
        assert store.view().evolution(id, Wish()) is None
        then = store.view(at=before).evolution(id, Wish())
        assert then is not None
        assert [one.instance["value"] for one in then.lines["x"]] == [1, 2]
        audit = store.view().evolution(id, Wish(audit=True))
        assert audit is not None
        assert audit.deleted is not None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE md_inst SET doc = replace(doc, '1', '7')",
        "UPDATE md_inst SET at = at + 1",
        "DELETE FROM md_inst",
        "INSERT INTO md_inst SELECT nid + 99, branch, eid, attr, dataset, key, over, at, tx, doc FROM md_inst",
        "INSERT INTO md_inst SELECT nid + 99, branch, eid, attr, dataset, key, over, at, 1, doc FROM md_inst",
    ],
)
def test_what_was_given_cannot_be_altered_unseen(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "t.gpkg"
    store, _ = made(path)
    assert store.verify().ok
    store.close()
    with closing(apsw.Connection(str(path))) as db:
        db.execute(sql)
    with Store.open(path) as opened:
        assert {one.code for one in opened.verify().problems} == {"temporal.altered"}
        assert all(one.message("ko") and one.message("en") for one in opened.verify().problems)


def test_an_undone_part_leaves_nothing(tmp_path: Path) -> None:
    store, id = made(tmp_path / "t.gpkg")
    with closing(store):
        with store.transact(actor="t", reason="half") as tx:
            try:
                with tx.part():
                    tx.give(id, [Given("x", "", "o9", 9, told(9, 9))])
                    raise ValueError
            except ValueError:
                pass
            tx.put({"id": "urn:ngsi-ld:T:t:2", "type": "T"})
        found = store.view().evolution(id, Wish())
        assert found is not None
        assert len(found.lines["x"]) == 2
        assert store.verify().ok


def test_many_writers_at_once_lose_nothing(api: httpx.Client, new_id: Callable[..., str]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    id = new_id()
    api.post("/temporal/entities", json={"id": id, "type": "Thing", "x": [told(0, 0)]})

    def add(minute: int) -> int:
        return api.post(f"/temporal/entities/{id}/attrs", json={"x": [told(minute, minute)]}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(add, range(1, 40))) == {204}
    assert values(api, id) == list(range(40))
    assert api.get(f"/entities/{id}").json()["x"]["value"] == 39
