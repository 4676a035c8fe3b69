"""What a query asks for besides entities goes with sources as it goes without (clauses 4.5.23, 5.2.23, 6.3.10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from brokers import CONTEXT_LINK, broker, loopback, serving_context
from source_doubles import lamp, registered, source

pytestmark = [pytest.mark.clause("4.3.6.1"), pytest.mark.clause("5.7.2")]
NewId = Callable[..., str]
QUERY = "/entityOperations/query"


@pytest.fixture
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with broker(tmp_path_factory.mktemp("one")) as one, one.client() as found:
        yield found


def ids_of(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {one["id"] for one in answer.json()}


@pytest.mark.clause("4.5.23")
@pytest.mark.clause("5.7.1")
def test_what_is_elsewhere_is_joined_with_what_is_here(api: httpx.Client, new_id: NewId) -> None:
    id, pole = new_id("Lamp"), new_id("Pole")
    api.post("/entities", json={"id": pole, "type": "Pole", "height": 7})
    stands = {"type": "Relationship", "object": pole}
    with source(
        ("GET", f"/entities/{id}", 200, lamp(id, standsOn=stands)),
        ("GET", "/entities", 200, [lamp(id, standsOn=stands)]),
        ("POST", QUERY, 200, [lamp(id, standsOn=stands)]),
    ) as other:
        registered(api, other.url)
        flat = api.get(f"/entities/{id}", params={"join": "flat", "format": "simplified"}).json()
        assert flat == [{"id": id, "type": "Lamp", "standsOn": pole}, {"id": pole, "type": "Pole", "height": 7}]
        inline = api.get("/entities", params={"type": "Lamp", "join": "inline", "format": "simplified"}).json()
        assert inline[0]["standsOn"] == {"id": pole, "type": "Pole", "height": 7}
        document = {"type": "Query", "entities": [{"type": "Lamp"}], "join": "inline", "joinLevel": 1}
        assert api.post(QUERY, json=document).json()[0]["standsOn"]["entity"]["id"] == pole


@pytest.mark.clause("4.22")
def test_linked_entities_show_no_end_they_have(api: httpx.Client, new_id: NewId) -> None:
    id, pole = new_id("Lamp"), new_id("Pole")
    api.post("/entities", json={"id": pole, "type": "Pole", "expiresAt": "2100-01-01T00:00:00Z", "height": 8})
    with source(("GET", "/entities", 200, [lamp(id, standsOn={"type": "Relationship", "object": pole})])) as other:
        registered(api, other.url)
        answer = api.get("/entities", params={"type": "Lamp", "join": "inline"})
        assert answer.json()[0]["standsOn"]["entity"]["height"]["value"] == 8
        assert "expiresAt" not in answer.text


@pytest.mark.clause("5.2.33")
def test_selectors_that_differ_stay_alternatives(api: httpx.Client, new_id: NewId) -> None:
    here, other_here, there, other_there = (new_id("Lamp") for _ in range(4))
    for id in (here, other_here):
        api.post("/entities", json=lamp(id))
    everything = [lamp(there), lamp(other_there)]
    with source(("GET", "/entities", 200, everything), ("POST", QUERY, 200, everything)) as other:
        registered(api, other.url)
        chosen: list[dict[str, Any]] = [{"type": "Lamp", "id": here}, {"type": "Lamp", "idPattern": f"^{there}$"}]
        assert ids_of(api.post(QUERY, json={"type": "Query", "entities": chosen})) == {here, there}


@pytest.mark.clause("4.9")
def test_words_to_expand_are_expanded_here_too(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    named = "https://elsewhere.example/words#amber"
    api.post("/entities", json=lamp(id, tone={"type": "Property", "value": named}))
    with loopback(serving_context({"amber": named})) as contexts, source(("POST", QUERY, 200, [])) as other:
        registered(api, other.url)
        document = {"type": "Query", "entities": [{"type": "Lamp"}], "q": 'tone=="amber"', "expandValues": "tone"}
        link = {"Link": CONTEXT_LINK.format(url=f"{contexts.url}/c.jsonld")}
        alone = api.post(QUERY, params={"local": "true"}, json=document, headers=link)
        assert len(alone.json()) == 1, alone.text
        assert ids_of(api.post(QUERY, json=document, headers=link)) == {id}


@pytest.mark.clause("6.3.10")
def test_links_to_pages_have_one_form(api: httpx.Client, new_id: NewId) -> None:
    for _ in range(3):
        api.post("/entities", json=lamp(new_id("Lamp")))
    asked = {"type": "Lamp", "limit": "1", "offset": "1", "q": "!nothing"}
    alone = api.get("/entities", params=asked).headers.get_list("link")
    with source(("GET", "/entities", 200, [])) as other:
        registered(api, other.url)
        assert api.get("/entities", params=asked).headers.get_list("link") == alone
    assert [part for one in alone for part in ("next", "prev") if f'rel="{part}"' in one] == ["prev", "next"]


@pytest.mark.clause("4.10")
@pytest.mark.clause("5.2.13")
def test_places_are_asked_for_of_a_source_that_takes_documents_only(api: httpx.Client, new_id: NewId) -> None:
    with source(("POST", QUERY, 200, [])) as other:
        registered(api, other.url, operations=["queryBatch"])
        near = {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": "[127,37]"}
        api.get("/entities", params={"type": "Lamp", **near, "q": "tone==a", "expandValues": "tone"})
        sent = other.wait(1)[0].json()
        assert sent["geoQ"] == {**near, "coordinates": [127, 37]}
        assert (sent["q"], sent["expandValues"]) == ("tone==a", "tone")


@pytest.mark.clause("4.17")
@pytest.mark.clause("4.18")
def test_entities_of_several_types_and_scopes_are_whole_too(api: httpx.Client, new_id: NewId) -> None:
    here, there = new_id("Lamp"), new_id("Lamp")
    many = {"type": ["Lamp", "Sign"], "scope": ["/a", "/b"]}
    api.post("/entities", json=lamp(here, watt=1) | many)
    theirs = lamp(there, watt=2) | many
    with source(("GET", "/entities", 200, [theirs]), ("GET", f"/entities/{here}", 200, theirs | {"id": here})) as other:
        registered(api, other.url)
        assert ids_of(api.get("/entities", params={"type": "Lamp"})) == {here, there}
        one = api.get(f"/entities/{here}", params={"options": "sysAttrs"}).json()
        assert (set(one["type"]), set(one["scope"]), "createdAt" in one["watt"]) == (
            {"Lamp", "Sign"},
            {"/a", "/b"},
            True,
        )


@pytest.mark.clause("5.7.2.4")
def test_what_is_refused_without_sources_is_refused_with_them(api: httpx.Client) -> None:
    with source(("GET", "/entities", 200, []), ("POST", QUERY, 200, [])) as other:
        registered(api, other.url)
        assert api.post(QUERY, json={"type": "Query"}).status_code == 400
        assert api.get("/entities").status_code == 400
        shaped = {"type": "Lamp", "geometryProperty": "location"}
        assert api.get("/entities", params=shaped).status_code == 400
        assert api.get("/entities", params=shaped, headers={"accept": "application/geo+json"}).status_code == 200
        assert other.received[1:] == []
