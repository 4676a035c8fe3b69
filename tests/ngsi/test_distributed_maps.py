"""Entity maps: the same entities on every page, over all sources (clauses 5.14, 5.5.14, 5.2.39; 6.32-6.34)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from brokers import Broker, broker
from loops import in_a_loop_of_its_own
from madang import clock
from madang.web.ngsi.mapbook import MapBook
from source_doubles import lamp, registered

pytestmark = [
    pytest.mark.clause("5.14.1"),
    pytest.mark.clause("5.5.14"),
    pytest.mark.clause("5.2.39"),
    pytest.mark.clause("4.5.25"),
    pytest.mark.clause("4.3.6.7"),
]
NewId = Callable[..., str]
HEADER = "NGSILD-EntityMap"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Broker, Broker, str]]:
    """A broker, another one that is registered with it, and the registration."""
    folder = tmp_path_factory.mktemp("two")
    with broker(folder / "here") as here, broker(folder / "there", cities=("there",)) as there, here.client() as api:
        yield here, there, registered(api, there.url)


def filled(here: httpx.Client, there: httpx.Client, new_id: NewId, grade: int) -> tuple[list[str], list[str]]:
    """Three lamps of a grade here, four there."""
    mine, theirs = [new_id("Lamp") for _ in range(3)], [new_id("Lamp") for _ in range(4)]
    for api, ids in ((here, mine), (there, theirs)):
        for id in ids:
            assert api.post("/entities", json=lamp(id, grade=grade)).status_code == 201
    return mine, theirs


def test_pages_of_a_map_stay_what_they_were(two: tuple[Broker, Broker, str], new_id: NewId) -> None:
    with two[0].client() as here, two[1].client() as there:
        mine, theirs = filled(here, there, new_id, 1)
        asked = {"type": "Lamp", "q": "grade==1", "limit": 3}
        first = here.get("/entities", params={**asked, "entityMap": "true", "count": "true"})
        assert first.status_code == 201, first.text
        assert first.headers["ngsild-results-count"] == "7"
        location = first.headers[HEADER]
        late = new_id("Lamp")
        here.post("/entities", json=lamp(late, grade=1))  # comes in between, and is not of the map
        there.delete(f"/entities/{theirs[0]}")  # is gone in between
        seen = [entity["id"] for entity in first.json()]
        for offset in (3, 6):
            page = here.get("/entities", params={**asked, "offset": offset}, headers={HEADER: location})
            assert (page.status_code, page.headers[HEADER]) == (200, location)
            seen += [entity["id"] for entity in page.json()]
        assert set(seen) <= {*mine, *theirs}
        assert set(mine) <= set(seen)
        assert late not in seen
        assert len(seen) == len(set(seen))
        shown = here.get(location.removeprefix("/ngsi-ld/v1")).json()
        assert (shown["type"], "expiresAt" in shown) == ("EntityMap", True)
        assert shown["entityMap"][mine[0]] == ["@none"]
        assert shown["entityMap"][theirs[1]] == [two[2]]


def test_what_no_longer_fits_leaves_the_map(two: tuple[Broker, Broker, str], new_id: NewId) -> None:
    with two[0].client() as here, two[1].client() as there:
        mine, _ = filled(here, there, new_id, 2)
        asked = {"type": "Lamp", "q": "grade==2", "limit": 1}
        location = here.get("/entities", params={**asked, "entityMap": "true"}).headers[HEADER]
        change = {"grade": {"type": "Property", "value": 9}}
        for id in mine:
            here.patch(f"/entities/{id}/attrs", json=change)
        page = here.get("/entities", params=asked, headers={HEADER: location})
        assert page.json()[0]["grade"]["value"] == 2
        shown = here.get(location.removeprefix("/ngsi-ld/v1")).json()
        assert set(mine).isdisjoint(shown["entityMap"])


def test_a_map_that_is_gone_is_made_anew(two: tuple[Broker, Broker, str], new_id: NewId) -> None:
    with two[0].client() as here:
        gone = "/ngsi-ld/v1/entityMaps/urn:ngsi-ld:EntityMap:gone"
        answer = here.get("/entities", params={"type": "Lamp"}, headers={HEADER: gone})
        assert answer.status_code == 201
        assert answer.headers[HEADER] != gone


@pytest.mark.clause("5.14.2")
@pytest.mark.clause("5.14.3")
@pytest.mark.clause("5.14.4")
@pytest.mark.clause("6.32")
@pytest.mark.clause("6.34")
def test_a_map_is_made_read_prolonged_and_deleted(two: tuple[Broker, Broker, str], new_id: NewId) -> None:
    with two[0].client() as here, two[1].client() as there:
        mine, theirs = filled(here, there, new_id, 3)
        asked = {"type": "Lamp", "q": "grade==3"}
        made = here.get("/entityMaps", params={**asked, "entityMapLifetime": "PT1H"})
        assert made.status_code == 201, made.text
        body = made.json()
        assert (set(body["entityMap"]), body["linkedMaps"]) == ({*mine, *theirs}, {})
        path = made.headers[HEADER].removeprefix("/ngsi-ld/v1")
        assert path == f"/entityMaps/{body['id']}"
        assert here.get(path).json() == body
        later = clock.to_text(clock.now() + timedelta(hours=2))
        change = {"expiresAt": later, "entityMap": {"urn:a:1": []}}
        assert here.patch(path, json=change).status_code == 204
        assert here.get(path).json() == {**body, "expiresAt": later}
        with clock.standing_at(clock.now() + timedelta(hours=3)):
            assert here.get(path).status_code == 404
        document = {"type": "Query", "entities": [{"type": "Lamp"}], "q": "grade==3"}
        by_post = here.post("/entityMaps", json=document)
        assert set(by_post.json()["entityMap"]) == {*mine, *theirs}
        path = by_post.headers[HEADER].removeprefix("/ngsi-ld/v1")
        assert here.delete(path).status_code == 204
        assert [here.get(path).status_code, here.delete(path).status_code] == [404, 404]
        assert here.patch(path, json={"expiresAt": later}).status_code == 404
        assert here.get("/entityMaps/no-uri").status_code == 400
        assert here.get("/entityMaps").status_code == 400  # too wide
        assert here.get("/entityMaps", params={**asked, "entityMapLifetime": "long"}).status_code == 400


@pytest.mark.clause("5.7.1")
def test_an_entity_is_retrieved_by_its_map(two: tuple[Broker, Broker, str], new_id: NewId) -> None:
    with two[0].client() as here, two[1].client() as there:
        _, theirs = filled(here, there, new_id, 4)
        answer = here.get(f"/entities/{theirs[0]}", params={"entityMap": "true"})
        assert answer.status_code == 200  # a query would say 201 (6.4.3.2), a retrieval never does (6.5.3.1)
        location = answer.headers[HEADER]
        again = here.get(f"/entities/{theirs[0]}", headers={HEADER: location})
        assert (again.status_code, again.json(), again.headers[HEADER]) == (200, answer.json(), location)


@pytest.mark.clause("5.7.1")
def test_a_map_of_one_entity_without_sources(api: httpx.Client, new_id: NewId) -> None:
    id = new_id()
    api.post("/entities", json={"id": id, "type": "Thing"})
    made = api.get(f"/entities/{id}", params={"entityMap": "true"})
    assert (made.status_code, made.json()["id"]) == (200, id)
    again = api.get(f"/entities/{id}", headers={HEADER: made.headers[HEADER]})
    assert again.headers[HEADER] == made.headers[HEADER]
    anew = api.get(f"/entities/{id}", headers={HEADER: "urn:ngsi-ld:EntityMap:gone"})
    assert (anew.status_code, "gone" in anew.headers[HEADER]) == (200, False)


def test_a_map_without_sources_is_of_what_is_here(server: Broker, api: httpx.Client, new_id: NewId) -> None:
    ids = sorted(new_id("Pole") for _ in range(3))
    for id in ids:
        api.post("/entities", json={"id": id, "type": "Pole"})
    answer = api.get("/entities", params={"type": "Pole", "entityMap": "true", "limit": 2})
    assert (answer.status_code, len(answer.json())) == (201, 2)
    rest = api.get(
        "/entities", params={"type": "Pole", "limit": 2, "offset": 2}, headers={HEADER: answer.headers[HEADER]}
    )
    assert sorted(entity["id"] for entity in [*answer.json(), *rest.json()]) == ids


@pytest.mark.clause("5.7.3")
@pytest.mark.clause("5.14.5")
def test_an_evolution_is_retrieved_with_a_map_of_it(server: Broker, api: httpx.Client, new_id: NewId) -> None:
    one = new_id()
    api.post("/entities", json={"id": one, "type": "Vehicle", "speed": {"type": "Property", "value": 3}})
    told = api.get(f"/temporal/entities/{one}", params={"entityMap": "true"})
    assert told.status_code == 200
    where = told.headers[HEADER]
    assert api.get("/entityMaps/" + where.rpartition("/")[2]).json()["entityMap"] == {one: ["@none"]}
    again = api.get(f"/temporal/entities/{one}", headers={HEADER: where})
    assert again.headers[HEADER] == where
    assert HEADER not in api.get(f"/temporal/entities/{one}").headers


def test_a_map_outlives_the_server_and_is_swept_when_its_time_is_over(tmp_path: Path) -> None:
    with broker(tmp_path) as one, one.client() as api:
        for number in range(3):
            api.post("/entities", json={"id": f"urn:ngsi-ld:Pier:{number}", "type": "Pier"})
        made = [api.get("/entityMaps", params={"type": "Pier"}) for _ in range(3)]
        paths = [answer.headers[HEADER].removeprefix("/ngsi-ld/v1") for answer in made]
        assert api.delete(paths[1]).status_code == 204
        soon = clock.to_text(clock.now() + timedelta(minutes=1))
        assert api.patch(paths[2], json={"expiresAt": soon}).status_code == 204
        said = one.cities["test"].store.log(limit=1)
    with broker(tmp_path) as one, one.client() as api:
        assert api.get(paths[0]).json() == made[0].json()
        assert api.get(paths[1]).status_code == 404
        assert api.get(paths[2]).json()["expiresAt"] == soon
        page = api.get("/entities", params={"type": "Pier", "limit": 2}, headers={HEADER: made[0].headers[HEADER]})
        assert (page.status_code, len(page.json())) == (200, 2)
        city = one.cities["test"]
        assert city.store.log(limit=1) == said  # a question leaves no mark in the log
        with clock.standing_at(clock.now() + timedelta(minutes=5)):
            in_a_loop_of_its_own(MapBook().sweep(city))
        city.store.keep_entry("entity-map", "urn:x:last", {}).result()  # what was asked before is done before
        assert [entry.id for entry in city.store.entries("entity-map")] == [made[0].json()["id"], "urn:x:last"]
        city.store.drop_entry("entity-map", "urn:x:last").result()
        with clock.standing_at(clock.now() + timedelta(minutes=5)):
            assert api.get(paths[2]).status_code == 404
