"""Registrations of context sources are kept, checked, changed, found and taken out (clauses 5.9, 5.10)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from brokers import CONTEXT_LINK, LONGEST_WAIT_S, Broker, loopback, serving_context
from madang import clock

pytestmark = [
    pytest.mark.clause("5.9.2"),
    pytest.mark.clause("5.2.9"),
    pytest.mark.clause("6.8"),
    pytest.mark.clause("6.9"),
]
NewId = Callable[..., str]
PATH = "/csourceRegistrations"


def registration(id: str | None = None, **members: Any) -> dict[str, Any]:
    """A registration of a source of streetlights, with other members on top."""
    made: dict[str, Any] = {
        "type": "ContextSourceRegistration",
        "endpoint": "http://source.example:1026",
        "information": [{"entities": [{"type": "Streetlight"}]}],
        **members,
    }
    return made if id is None else {"id": id, **made}


def test_a_registration_is_kept_and_given_back_as_it_was_said(api: httpx.Client, new_id: NewId) -> None:
    given = registration(
        new_id("ContextSourceRegistration"),
        description="lamps of the east",
        mode="inclusive",
        operations=["federationOps"],
        tenant="east",
        management={"timeout": 500, "cacheDuration": "PT5S"},
        contextSourceInfo=[{"key": "X-Key", "value": "1"}],
        observationInterval={"startAt": "2020-01-01T00:00:00Z"},
        location={"type": "Point", "coordinates": [127.1, 37.4]},
        scope=["/korea/gyeonggi"],
        lampMaker="누리",
    )
    answer = api.post(PATH, json=given)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/ngsi-ld/v1{PATH}/{given['id']}"
    assert api.get(f"{PATH}/{given['id']}").json() == given


def test_an_id_is_made_where_none_was_given(api: httpx.Client) -> None:
    answer = api.post(PATH, json=registration())
    id = answer.headers["location"].rpartition("/")[2]
    assert id.startswith("urn:ngsi-ld:ContextSourceRegistration:")
    assert api.get(f"{PATH}/{id}").json()["id"] == id


def test_a_second_registration_of_one_id_is_refused(api: httpx.Client, new_id: NewId) -> None:
    given = registration(new_id())
    assert api.post(PATH, json=given).status_code == 201
    answer = api.post(PATH, json=given)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "AlreadyExists")


WRONG = {
    "no information": {"information": []},
    "an empty element": {"information": [{}]},
    "no endpoint": {"endpoint": 5},
    "another type": {"type": "Registration"},
    "an unknown mode": {"mode": "exclusiv"},
    "an unknown operation": {"operations": ["fly"]},
    "an end that is past": {"expiresAt": "2001-01-01T00:00:00Z"},
    "an end that is no moment": {"expiresAt": "soon"},
    "a number as a value": {"contextSourceInfo": [{"key": "a", "value": 1}]},
    "a line break in a header": {"contextSourceInfo": [{"key": "a", "value": "b\r\nc: d"}]},
    "an unknown media type": {"contextSourceInfo": [{"key": "contentType", "value": "text/csv"}]},
    "a timeout of nothing": {"management": {"timeout": 0}},
    "a duration that is none": {"management": {"cacheDuration": "five"}},
    "a pattern that is none": {"information": [{"entities": [{"type": "A", "idPattern": "("}]}]},
    "kinds without a type": {"information": [{"entities": [{"id": "urn:a:1"}]}]},
    "an exclusive one without attributes": {
        "mode": "exclusive",
        "information": [{"entities": [{"type": "A", "id": "urn:a:1"}]}],
    },
    "an exclusive one with a pattern": {
        "mode": "exclusive",
        "information": [{"entities": [{"type": "A", "idPattern": "urn:.*"}], "propertyNames": ["speed"]}],
    },
    "an auxiliary one that writes": {"mode": "auxiliary", "operations": ["createEntity"]},
    "no interval": {"observationInterval": {"endAt": "2020-01-01T00:00:00Z"}},
    "no geometry": {"location": {"type": "Point", "coordinates": ["a"]}},
}


@pytest.mark.clause("5.2.10")
@pytest.mark.clause("5.2.11")
@pytest.mark.clause("5.2.34")
@pytest.mark.clause("4.3.6.3")
@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
def test_what_is_no_registration_is_refused(api: httpx.Client, wrong: dict[str, Any]) -> None:
    answer = api.post(PATH, json={**registration(), **wrong})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (400, "BadRequestData"), answer.text


@pytest.mark.clause("4.3.6.3")
def test_an_exclusive_registration_shares_its_attributes_with_no_other_proxy(api: httpx.Client, new_id: NewId) -> None:
    information = [{"entities": [{"type": "Bus", "id": new_id()}], "propertyNames": ["speed"]}]
    assert api.post(PATH, json=registration(mode="exclusive", information=information)).status_code == 201
    for mode in ("exclusive", "redirect"):
        answer = api.post(PATH, json=registration(mode=mode, information=information))
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "Conflict")
    other = [{**information[0], "propertyNames": ["colour"]}]
    assert api.post(PATH, json=registration(mode="exclusive", information=other)).status_code == 201
    for mode in ("inclusive", "auxiliary"):
        operations = ["retrieveOps"]
        made = registration(mode=mode, information=information, operations=operations)
        assert api.post(PATH, json=made).status_code == 201


@pytest.mark.clause("4.3.6.3")
def test_redirects_may_overlap(api: httpx.Client, new_id: NewId) -> None:
    information = [{"entities": [{"type": "Tram", "id": new_id()}]}]
    for _ in range(2):
        assert api.post(PATH, json=registration(mode="redirect", information=information)).status_code == 201


def test_what_is_held_here_can_not_be_registered_as_held_elsewhere(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Ferry")
    entity = {"id": id, "type": "Ferry", "speed": {"type": "Property", "value": 1}}
    assert api.post("/entities", json=entity, params={"local": "true"}).status_code == 201
    exclusive = [{"entities": [{"type": "Ferry", "id": id}], "propertyNames": ["speed"]}]
    assert api.post(PATH, json=registration(mode="exclusive", information=exclusive)).status_code == 409
    redirect = [{"entities": [{"type": "Ferry"}]}]
    assert api.post(PATH, json=registration(mode="redirect", information=redirect)).status_code == 409
    elsewhere = [{**exclusive[0], "propertyNames": ["colour"]}]
    assert api.post(PATH, json=registration(mode="exclusive", information=elsewhere)).status_code == 201


@pytest.mark.clause("5.9.3")
def test_a_registration_is_changed_member_by_member(api: httpx.Client, new_id: NewId) -> None:
    given = registration(new_id(), description="old", lampMaker="누리")
    api.post(PATH, json=given)
    change = {"description": "new", "lampMaker": "urn:ngsi-ld:null", "tenant": "west"}
    assert api.patch(f"{PATH}/{given['id']}", json=change).status_code == 204
    found = api.get(f"{PATH}/{given['id']}").json()
    assert found == {**registration(given["id"], description="new", tenant="west")}
    assert api.patch(f"{PATH}/{given['id']}", json={"mode": "loud"}).status_code == 400
    assert api.patch(f"{PATH}/{new_id()}", json=change).status_code == 404
    assert api.patch(f"{PATH}/no-uri", json=change).status_code == 400


@pytest.mark.clause("5.9.4")
def test_a_registration_is_taken_out(api: httpx.Client, new_id: NewId) -> None:
    given = registration(new_id())
    api.post(PATH, json=given)
    assert api.delete(f"{PATH}/{given['id']}").status_code == 204
    assert api.get(f"{PATH}/{given['id']}").status_code == 404
    assert api.delete(f"{PATH}/{given['id']}").status_code == 404
    assert api.delete(f"{PATH}/no-uri").status_code == 400


@pytest.mark.clause("5.10.1")
def test_a_registration_is_read_by_the_names_of_the_request(server: Broker, new_id: NewId) -> None:
    terms = serving_context({"Lamp": "https://lamps.example/Lamp", "watt": "https://lamps.example/watt"})
    with loopback(terms) as contexts, server.client(Link=CONTEXT_LINK.format(url=contexts.url)) as lamps:
        information = [{"entities": [{"type": "Lamp"}], "propertyNames": ["watt"]}]
        given = registration(new_id(), information=information, watt=60)
        assert lamps.post(PATH, json=given).status_code == 201
        assert lamps.get(f"{PATH}/{given['id']}").json() == given
        assert [one["id"] for one in lamps.get(PATH, params={"type": "Lamp"}).json()] == [given["id"]]
    with server.client() as plain:
        shown = plain.get(f"{PATH}/{given['id']}").json()
        assert shown["information"][0]["entities"][0]["type"] == "https://lamps.example/Lamp"
        assert shown["https://lamps.example/watt"] == 60
        assert plain.get(PATH, params={"type": "Lamp"}).json() == []
        shown = plain.get(f"{PATH}/{given['id']}", headers={"Accept": "application/ld+json"}).json()
        assert "@context" in shown


@pytest.mark.clause("5.10.2")
@pytest.mark.clause("5.12")
def test_registrations_are_found_by_what_they_may_know(server: Broker, new_id: NewId) -> None:
    bus, stop = new_id("Bus"), new_id("Stop")
    said = {
        "buses": {"information": [{"entities": [{"type": "OldBus", "id": bus}], "propertyNames": ["speed"]}]},
        "stops": {"information": [{"entities": [{"type": "OldStop", "idPattern": ":Stop:"}]}]},
        "names": {"information": [{"propertyNames": ["oldName"], "relationshipNames": ["oldRoute"]}]},
        "past": {
            "information": [{"entities": [{"type": "OldBus"}]}],
            "observationInterval": {"startAt": "2020-01-01T00:00:00Z", "endAt": "2020-12-31T00:00:00Z"},
        },
        "place": {
            "information": [{"entities": [{"type": "OldPlace"}]}],
            "location": {"type": "Point", "coordinates": [127.0, 37.0]},
            "scope": "/korea/seoul",
            "oldGrade": 3,
        },
    }
    with server.client() as api:
        ids = {name: new_id() for name in said}
        for name, members in said.items():
            assert api.post(PATH, json=registration(ids[name], **members)).status_code == 201

        def found(**parameters: str) -> set[str]:
            answer = api.get(PATH, params={**parameters, "limit": "1000"})
            assert answer.status_code == 200, answer.text
            got = {one["id"] for one in answer.json()}
            return {name for name, id in ids.items() if id in got}

        assert found(type="OldBus") == {"buses", "names"}
        assert found(type="OldBus", attrs="colour") == set()
        assert found(type="OldBus", attrs="speed") == {"buses"}
        assert found(type="OldBus", id=bus) == {"buses", "names"}
        assert found(type="OldBus", id=stop) == {"names"}
        assert found(type="OldStop", id=stop) == {"stops", "names"}
        assert found(type="OldBus", idPattern=":Bus:") == {"buses", "names"}
        assert found(attrs="oldRoute", type="OldPlace") == {"names", "place"}
        assert found(q="oldName==1", type="OldPlace") == {"names", "place"}
        assert found(type="OldPlace", csf="oldGrade>2") == {"place"}
        assert found(type="OldPlace", csf="oldGrade>3") == set()
        assert found(type="OldPlace", scopeQ="/korea/+") == {"place"}
        near = {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": "[127.0,37.001]"}
        assert found(type="OldPlace", **near) == {"place"}
        assert found(type="OldPlace", **{**near, "coordinates": "[128,38]"}) == set()
        assert found(type="OldBus", timerel="before", timeAt="2020-06-01T00:00:00Z") == {"past"}
        assert found(type="OldBus", timerel="after", timeAt="2021-06-01T00:00:00Z") == set()
        between = {"timerel": "between", "timeAt": "2020-06-01T00:00:00Z", "endTimeAt": "2022-01-01T00:00:00Z"}
        assert found(type="OldBus", **between) == {"past"}
        assert found(type="OldBus", **between, timeproperty="createdAt") == set()
        assert found(id=f"{ids['buses']},{ids['place']}") == {"buses", "place"}


@pytest.mark.clause("5.10.2")
def test_a_question_for_registrations_that_is_too_wide_or_wrong_is_refused(api: httpx.Client) -> None:
    for parameters in ({}, {"id": "no uri", "type": "A"}, {"q": "a==", "type": "A"}, {"type": "A", "timerel": "near"}):
        answer = api.get(PATH, params=parameters)
        assert answer.status_code == 400, parameters


@pytest.mark.clause("5.10.2")
def test_registrations_come_in_pages(api: httpx.Client, new_id: NewId) -> None:
    information = [{"entities": [{"type": "Paged"}], "propertyNames": ["pageNumber"]}]
    ids = sorted(new_id() for _ in range(3))
    for id in ids:
        api.post(PATH, json=registration(id, information=information))
    first = api.get(PATH, params={"type": "Paged", "attrs": "pageNumber", "limit": 2, "count": "true"})
    assert first.headers["ngsild-results-count"] == "3"
    assert 'rel="next"' in first.headers["link"]
    assert 'rel="prev"' not in first.headers["link"]
    second = api.get(PATH, params={"type": "Paged", "attrs": "pageNumber", "limit": 2, "offset": 2})
    assert 'rel="prev"' in second.headers["link"]
    assert sorted(one["id"] for one in [*first.json(), *second.json()]) == ids


def test_a_registration_ends_when_it_said_and_is_taken_out(server: Broker, api: httpx.Client, new_id: NewId) -> None:
    given = registration(new_id(), expiresAt="2100-01-01T00:00:00Z")
    assert api.post(PATH, json=given).status_code == 201
    store = server.cities["test"].store
    gone = threading.Event()
    stop = store.when_committed(lambda: None if store.entry("registration", given["id"]) else gone.set())
    with clock.standing_at(clock.from_text("2100-01-01T00:00:01Z")):
        assert api.get(f"{PATH}/{given['id']}").status_code == 404
        assert gone.wait(LONGEST_WAIT_S)
    stop()
    assert api.get(f"{PATH}/{given['id']}").status_code == 404


def test_registrations_of_a_branch_are_its_own(server: Broker, new_id: NewId) -> None:
    server.cities["test"].fork("own-sources", reason="a test")
    given = registration(new_id())
    with server.client(NGSILD_Tenant="test~own-sources") as branch, server.client() as main:
        assert branch.post(PATH, json=given).status_code == 201
        assert main.get(f"{PATH}/{given['id']}").status_code == 404
        assert branch.get(f"{PATH}/{given['id']}").status_code == 200
