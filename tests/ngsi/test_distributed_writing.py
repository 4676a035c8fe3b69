"""Changes of entities reach the sources that hold them, and what failed is told (clauses 5.6, 4.3.6.3, 6.3.17)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from brokers import Broker, broker
from source_doubles import WRITING, lamp, registered, source, without

pytestmark = [pytest.mark.clause("4.3.6.3"), pytest.mark.clause("6.3.17")]
NewId = Callable[..., str]


@pytest.fixture
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker of its own for a test."""
    with broker(tmp_path_factory.mktemp("one")) as found:
        yield found


@pytest.fixture
def api(one: Broker) -> Iterator[httpx.Client]:
    with one.client() as found:
        yield found


def local(api: httpx.Client, id: str) -> Any:
    """The entity as it is here, or None."""
    answer = api.get(f"/entities/{id}", params={"local": "true"})
    return answer.json() if answer.status_code == 200 else None


def exclusive(id: str, *attributes: str) -> dict[str, Any]:
    information = [{"entities": [{"type": "Lamp", "id": id}], "propertyNames": list(attributes)}]
    return {"mode": "exclusive", "information": information, "operations": WRITING}


@pytest.mark.clause("5.6.1")
@pytest.mark.clause("4.3.6.2")
def test_an_inclusive_source_gets_a_copy_of_what_is_created(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    with source(("POST", "/entities", 201, None)) as other:
        registered(api, other.url, operations=WRITING)
        answer = api.post("/entities", json=lamp(id, watt=1))
        assert (answer.status_code, answer.headers["location"]) == (201, f"/ngsi-ld/v1/entities/{id}")
        assert other.wait(1)[0].json() == lamp(id, watt=1)
        assert other.received[0].path == "/ngsi-ld/v1/entities"
        assert local(api, id) == lamp(id, watt=1)
        wrong = api.post("/entities", json={"id": new_id("Lamp"), "type": "Lamp", "watt": {"type": "Nonsense"}})
        assert wrong.status_code == 400
        assert len(other.received) == 1  # what is no entity is refused before anybody hears of it


@pytest.mark.clause("5.6.1")
def test_an_exclusive_source_takes_its_attributes_and_the_rest_stays(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    with source(("POST", "/entities", 201, None)) as other:
        registered(api, other.url, **exclusive(id, "watt"))
        assert api.post("/entities", json=lamp(id, watt=1, colour="red")).status_code == 201
        assert other.wait(1)[0].json() == lamp(id, watt=1)
        assert local(api, id) == lamp(id, colour="red")


@pytest.mark.clause("5.6.1")
def test_redirects_take_everything(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    with source(("POST", "/entities", 201, None)) as first, source(("POST", "/entities", 201, None)) as second:
        for other in (first, second):
            registered(api, other.url, mode="redirect", operations=WRITING)
        assert api.post("/entities", json=lamp(id, watt=1)).status_code == 201
        assert first.wait(1)[0].json() == second.wait(1)[0].json() == lamp(id, watt=1)
        assert local(api, id) is None


@pytest.mark.clause("5.6.1")
def test_what_a_source_does_not_offer_is_a_conflict_for_proxies_and_nothing_for_others(
    api: httpx.Client, new_id: NewId
) -> None:
    id = new_id("Lamp")
    with source(("POST", "/entities", 201, None)) as other:
        first = registered(api, other.url, **{**exclusive(id, "watt"), "operations": ["retrieveOps"]})
        answer = api.post("/entities", json=lamp(id, watt=1))
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "Conflict")
        answer = api.post("/entities", json=lamp(id, watt=1, colour="red"))
        assert answer.status_code == 207
        assert answer.json()["success"] == [id]
        assert answer.json()["errors"][0]["registrationId"] == first
        without(api, first)
        registered(api, other.url)  # federationOps: no writing
        assert api.post("/entities", json=lamp(new_id("Lamp"), watt=1)).status_code == 201
        assert other.received == []


FAILURES = [(404, 404), (403, 502), (508, 508)]


@pytest.mark.parametrize(("said", "answered"), FAILURES)
@pytest.mark.clause("5.6.4")
def test_the_failure_of_the_only_source_is_the_answer(
    api: httpx.Client, new_id: NewId, said: int, answered: int
) -> None:
    id = new_id("Lamp")
    with source(("PATCH", "/entities", said, {"title": "no"})) as other:
        registered(api, other.url, **exclusive(id, "watt"))
        answer = api.patch(f"/entities/{id}/attrs/watt", json={"value": 2})
        assert answer.status_code == answered, answer.text


def test_a_source_that_does_not_answer_is_504(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    registered(api, "http://127.0.0.1:1", **exclusive(id, "watt"))
    assert api.patch(f"/entities/{id}/attrs/watt", json={"value": 2}).status_code == 504


@pytest.mark.clause("6.3.18")
def test_a_change_that_was_here_before_is_508_and_changes_nothing(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    with source(("POST", "/entities", 201, None), ("DELETE", "/entities", 204, None)) as other:
        registered(api, other.url, operations=WRITING)
        api.post("/entities", json=lamp(id, watt=1))
        via = other.wait(1)[0].headers["via"]
        answer = api.delete(f"/entities/{id}", headers={"Via": via})
        assert answer.status_code == 508
        assert local(api, id) == lamp(id, watt=1)
        assert len(other.received) == 1
        assert api.delete(f"/entities/{id}").status_code == 204
        assert other.wait(2)[1].headers["via"] == via


@pytest.mark.clause("5.6.2")
@pytest.mark.clause("5.6.3")
def test_attributes_are_appended_and_updated_where_they_are(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    api.post("/entities", json=lamp(id, colour="red"))
    good = source(("POST", f"/entities/{id}/attrs", 204, None), ("PATCH", f"/entities/{id}/attrs", 204, None))
    with good as other:
        first = registered(api, other.url, **exclusive(id, "watt"))
        change = {name: part for name, part in lamp(id, watt=2, colour="blue").items() if name not in ("id", "type")}
        assert api.post(f"/entities/{id}/attrs", json=change).status_code == 204
        assert api.patch(f"/entities/{id}/attrs", json=change).status_code == 204
        for got in other.wait(2):
            assert got.json() == {"watt": change["watt"]}
        assert local(api, id) == lamp(id, colour="blue")
        without(api, first)
    with source(("PATCH", "/entities", 403, {})) as other:
        first = registered(api, other.url, **exclusive(id, "watt"))
        answer = api.patch(f"/entities/{id}/attrs", json=change)
        assert answer.status_code == 207
        told = answer.json()
        assert [name.endswith("colour") for name in told["updated"]] == [True]
        assert [one["attributeName"].endswith("watt") for one in told["notUpdated"]] == [True]
        assert told["notUpdated"][0]["registrationId"] == first


@pytest.mark.clause("5.6.5")
@pytest.mark.clause("5.6.6")
@pytest.mark.clause("5.6.17")
@pytest.mark.clause("5.6.18")
@pytest.mark.clause("5.6.19")
def test_every_change_of_an_entity_goes_to_its_source(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    methods = ("PUT", "PATCH", "DELETE")
    with source(*((method, f"/entities/{id}", 204, None) for method in methods)) as other:
        registered(api, other.url, mode="redirect", operations=WRITING)
        value = {"type": "Property", "value": 3}
        done = [
            api.put(f"/entities/{id}", json=lamp(id, watt=3)),
            api.patch(f"/entities/{id}", json={"watt": value}),
            api.put(f"/entities/{id}/attrs/watt", json=value),
            api.patch(f"/entities/{id}/attrs/watt", json=value),
            api.delete(f"/entities/{id}/attrs/watt", params={"deleteAll": "true"}),
            api.delete(f"/entities/{id}"),
        ]
        assert [answer.status_code for answer in done] == [204] * 6
        got = [(one.method, one.path.partition("/ngsi-ld/v1")[2]) for one in other.wait(6)]
        assert got == [
            ("PUT", f"/entities/{id}"),
            ("PATCH", f"/entities/{id}"),
            ("PUT", f"/entities/{id}/attrs/watt"),
            ("PATCH", f"/entities/{id}/attrs/watt"),
            ("DELETE", f"/entities/{id}/attrs/watt?deleteAll=true"),
            ("DELETE", f"/entities/{id}"),
        ]


@pytest.mark.clause("5.6.6")
def test_a_source_that_lacks_an_entity_takes_nothing_from_a_change(api: httpx.Client, new_id: NewId) -> None:
    here, there, nowhere = new_id("Lamp"), new_id("Lamp"), new_id("Lamp")
    api.post("/entities", json=lamp(here))
    with source(("DELETE", f"/entities/{there}", 204, None)) as other:
        registered(api, other.url, operations=WRITING)
        assert api.delete(f"/entities/{here}").status_code == 204
        assert api.delete(f"/entities/{there}").status_code == 204
        assert api.delete(f"/entities/{nowhere}").status_code == 404


@pytest.mark.clause("5.6.6")
@pytest.mark.clause("5.6.1")
@pytest.mark.clause("5.2.17")
def test_a_source_that_was_promised_to_have_an_entity_fails_when_it_has_not(api: httpx.Client, new_id: NewId) -> None:
    id, remote = new_id("Lamp"), new_id("Lamp")
    for one in (id, remote):
        with source(("DELETE", f"/entities/{remote}", 204, None), ("POST", "/entities", 409, {})) as other:
            information = [{"entities": [{"type": "Lamp", "id": one}]}]
            registration = registered(api, other.url, information=information, operations=WRITING)
            if one == id:
                api.post("/entities", json=lamp(id), params={"local": "true"})
                both = api.post("/entities", json=lamp(id))
                assert both.status_code == 207
                assert [entry["error"]["status"] for entry in both.json()["errors"]] == [409, 409]
            answer = api.delete(f"/entities/{one}")
            assert answer.status_code == 207
            assert [entry["error"]["status"] for entry in answer.json()["errors"]] == [404]
            assert ("registrationId" in answer.json()["errors"][0]) == (one == id)
            without(api, registration)


@pytest.mark.clause("5.6.21")
def test_a_purge_goes_to_all_that_offer_it(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    api.post("/entities", json=lamp(id))
    with source(("DELETE", "/entities?type=Lamp", 204, None)) as other:
        registered(api, other.url, operations=["purgeEntity"])
        assert api.delete("/entities", params={"type": "Lamp"}).status_code == 204
        assert other.wait(1)[0].path == "/ngsi-ld/v1/entities?type=Lamp"
        assert local(api, id) is None


@pytest.mark.clause("4.3.6.6")
def test_a_body_goes_out_as_the_source_wants_it(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    inline = {"Lamp": "https://x.example/Lamp", "watt": "https://x.example/watt"}
    with source(("POST", "/entities", 201, None)) as other:
        registered(api, other.url, types=["https://x.example/Lamp"], operations=WRITING)
        body = {"@context": inline, **lamp(id, watt=1)}
        answer = api.post("/entities", json=body, headers={"Content-Type": "application/ld+json"})
        assert answer.status_code == 201, answer.text
        got = other.wait(1)[0]
        assert (got.headers["content-type"], got.json()) == ("application/ld+json", body)
    with source(("POST", "/entities", 201, None)) as other:
        told = [{"key": "contentType", "value": "application/ld+json"}]
        registered(api, other.url, types=["Tree"], operations=WRITING, contextSourceInfo=told)
        tree = {**lamp(new_id("Tree"), height=1), "type": "Tree"}
        assert api.post("/entities", json=tree).status_code == 201
        got = other.wait(1)[0]
        assert got.headers["content-type"] == "application/ld+json"
        assert {**got.json(), "@context": None} == {**tree, "@context": None}


def test_what_no_operation_takes_is_refused_as_ever(api: httpx.Client, new_id: NewId) -> None:
    with source() as other:
        registered(api, other.url, mode="redirect", operations=WRITING)

        def chunks() -> Iterator[bytes]:
            yield b"{}"

        headers = {"Content-Type": "application/json"}
        assert api.post("/entities", content=chunks(), headers=headers).status_code == 411
        assert api.post("/entities", content=b"{", headers=headers).status_code == 400
        assert api.post("/entities", content=b"{}", headers={"Content-Type": "text/csv"}).status_code == 415
        assert api.post("/entityOperations/upsert", json={}).status_code == 400
        assert api.post("/entityOperations/upsert", json=[]).status_code == 400
        assert api.patch("/entities/no-uri", json={}).status_code == 400
        assert other.received == []


# -- batches ----------------------------------------------------------------------------------------------------------


@pytest.mark.clause("5.6.7")
@pytest.mark.clause("5.6.8")
@pytest.mark.clause("5.6.9")
@pytest.mark.clause("5.6.10")
@pytest.mark.clause("5.6.20")
def test_batches_go_to_an_inclusive_source_too(api: httpx.Client, new_id: NewId) -> None:
    ids = [new_id("Lamp"), new_id("Lamp")]
    entities = [lamp(id, watt=1) for id in ids]
    tree = {**lamp(new_id("Tree")), "type": "Tree"}
    rules = [("POST", f"/entityOperations/{act}", 204, None) for act in ("upsert", "update", "merge", "delete")]
    with source(("POST", "/entityOperations/create", 201, ids), *rules) as other:
        registered(api, other.url, operations=WRITING)
        created = api.post("/entityOperations/create", json=[*entities, tree])
        assert (created.status_code, created.json()) == (201, [*ids, tree["id"]]), created.text
        for act in ("upsert", "update", "merge"):
            assert api.post(f"/entityOperations/{act}", json=entities).status_code == 204
        assert api.post("/entityOperations/delete", json=[*ids, tree["id"]]).status_code == 204
        got = other.wait(5)
        assert [one.json() for one in got[:4]] == [entities] * 4  # the tree is no lamp
        assert set(ids) <= set(got[4].json())
        assert local(api, ids[0]) is None


@pytest.mark.clause("5.6.7")
@pytest.mark.clause("5.2.17")
def test_an_entity_of_a_batch_fails_when_a_part_of_it_does(api: httpx.Client, new_id: NewId) -> None:
    mine, theirs, both = new_id("Tree"), new_id("Lamp"), new_id("Lamp")
    failing = {"success": [theirs], "errors": [{"entityId": both, "error": {"status": 400, "title": "no"}}]}
    with source(("POST", "/entityOperations/create", 207, failing)) as other:
        registration = registered(
            api,
            other.url,
            mode="redirect",
            operations=WRITING,
            information=[{"entities": [{"type": "Lamp"}], "propertyNames": ["watt"]}],
        )
        entities = [{**lamp(mine), "type": "Tree"}, lamp(theirs, watt=1), lamp(both, watt=1, colour="red")]
        answer = api.post("/entityOperations/create", json=entities)
        assert answer.status_code == 207
        assert set(answer.json()["success"]) == {mine, theirs}
        assert [(one["entityId"], one["registrationId"]) for one in answer.json()["errors"]] == [(both, registration)]
        assert (local(api, mine) is None, local(api, theirs)) == (False, None)
        assert local(api, both) == lamp(both, colour="red")


@pytest.mark.clause("5.6.8")
def test_a_batch_for_a_proxy_that_takes_none_is_a_conflict_for_each(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    with source() as other:
        registered(api, other.url, mode="redirect", operations=["retrieveOps"])
        answer = api.post("/entityOperations/upsert", json=[lamp(id)])
        assert answer.status_code == 207
        assert answer.json()["errors"][0]["error"]["status"] == 409
        assert (other.received, local(api, id)) == ([], None)
