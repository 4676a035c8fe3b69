"""The @contexts a broker keeps: hosted ones, copies, those made on the way; add, list, serve, delete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest

from brokers import CONTEXT_LINK, Loopback, broker, loopback, serving_context

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
TERMS = {"Halt": "https://example.org/transit#Halt"}
LD = {"Content-Type": "application/ld+json"}
NewId = Callable[..., str]


@pytest.fixture
def contexts() -> Iterator[Loopback]:
    with loopback(serving_context(TERMS)) as found:
        yield found


def add(api: httpx.Client, context: Any) -> str:
    answer = api.post("/jsonldContexts", json={"@context": context})
    assert (answer.status_code, answer.content) == (201, b"")
    return str(answer.headers["location"]).rpartition("/")[2]


def details(api: httpx.Client, name: str) -> dict[str, Any]:
    answer = api.get(f"/jsonldContexts/{quote(name, safe='')}", params={"details": "true"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def use(api: httpx.Client, entity_id: str, context: Any) -> None:
    body = {"@context": context, "id": entity_id, "type": "Halt"}
    assert api.post("/entities", content=orjson.dumps(body), headers=LD).status_code == 201


@pytest.mark.clause("5.13.2", "5.13.4", "6.29", "6.30")
def test_what_is_added_is_served_as_it_came(api: httpx.Client) -> None:
    added = api.post("/jsonldContexts", json={"@context": [TERMS]})
    path = added.headers["location"]
    assert path.startswith("/ngsi-ld/v1/jsonldContexts/urn:")
    served = api.get(path.removeprefix("/ngsi-ld/v1"))
    assert served.json() == {"@context": [TERMS]}
    assert served.headers["content-type"] == "application/json"


@pytest.mark.clause("5.13.2")
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"terms": {}}', "InvalidRequest"),
        (b"[]", "InvalidRequest"),
        (b"{", "InvalidRequest"),
        (b'{"@context": 7}', "BadRequestData"),
        (b'{"@context": true}', "BadRequestData"),
        (b'{"@context": [{}, 7]}', "BadRequestData"),
        (b'{"@context": {"a": {"@id": "ex:a", "@context": {}}}}', "BadRequestData"),
        (b'{"@context": {"a": 7}}', "BadRequestData"),
    ],
)
def test_what_is_no_context_is_not_added(api: httpx.Client, body: bytes, kind: str) -> None:
    answer = api.post("/jsonldContexts", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}{kind}")
    assert "location" not in answer.headers


@pytest.mark.clause("5.13.2")
def test_a_hosted_context_names_things_by_its_address_here(
    api: httpx.Client, new_id: NewId, contexts: Loopback
) -> None:
    local = add(api, [f"{contexts.url}/inner.jsonld", {"routes": "https://example.org/transit#routes"}])
    url = details(api, local)["URL"]
    entity_id = new_id()
    use(api, entity_id, url)
    assert api.get(f"/entities/{entity_id}").json()["type"] == TERMS["Halt"]
    read = api.get(f"/entities/{entity_id}", headers={"Link": CONTEXT_LINK.format(url=url)})
    assert (read.json()["type"], url in read.headers["link"]) == ("Halt", True)
    assert details(api, f"{contexts.url}/inner.jsonld")["kind"] == "Cached"


@pytest.mark.clause("5.13.3", "6.29")
def test_the_list_is_of_one_kind_or_of_all(api: httpx.Client, new_id: NewId, contexts: Loopback) -> None:
    local = add(api, TERMS)
    cached = f"{contexts.url}/listed.jsonld"
    use(api, new_id(), cached)
    every = api.get("/jsonldContexts").json()
    assert any(one.endswith(local) for one in every)
    assert cached in every
    assert cached in api.get("/jsonldContexts", params={"kind": "Cached"}).json()
    hosted = api.get("/jsonldContexts", params={"kind": "Hosted", "details": "True"}).json()
    assert {one["kind"] for one in hosted} == {"Hosted"}
    assert local in [one["localId"] for one in hosted]
    assert set(hosted[0]) >= {"URL", "localId", "kind", "createdAt"}


@pytest.mark.clause("5.13.3", "6.29")
@pytest.mark.parametrize("params", [{"kind": "Other"}, {"details": "perhaps"}, {"limit": "3"}])
def test_a_list_of_what_there_is_not_is_refused(api: httpx.Client, params: dict[str, str]) -> None:
    assert api.get("/jsonldContexts", params=params).status_code == 400


@pytest.mark.clause("5.13.4", "6.30")
def test_a_copy_is_told_of_but_not_served(api: httpx.Client, new_id: NewId, contexts: Loopback) -> None:
    url = f"{contexts.url}/copy.jsonld"
    use(api, new_id(), url)
    told = details(api, url)
    assert (told["kind"], told["URL"]) == ("Cached", url)
    assert told["expiresAt"] > told["createdAt"]
    for name in (told["localId"], quote(url, safe=""), url):
        answer = api.get(f"/jsonldContexts/{name}")
        assert (answer.status_code, answer.json()["type"]) == (422, f"{ERRORS}OperationNotSupported")


@pytest.mark.clause("5.13.4", "6.30")
@pytest.mark.parametrize("params", [{}, {"details": "true"}])
def test_an_unknown_context_is_not_found(api: httpx.Client, params: dict[str, str]) -> None:
    answer = api.get("/jsonldContexts/urn:ngsi-ld:Context:none", params=params)
    assert (answer.status_code, answer.json()["type"]) == (404, f"{ERRORS}ResourceNotFound")


@pytest.mark.clause("5.13.4")
def test_uses_are_counted(api: httpx.Client, new_id: NewId, contexts: Loopback) -> None:
    url = f"{contexts.url}/counted.jsonld"
    use(api, new_id(), url)
    assert details(api, url)["numberOfHits"] == 1
    use(api, new_id(), url)  # the look at the copy was a use as well
    told = details(api, url)
    assert (told["numberOfHits"], "lastUsage" in told) == (3, True)
    local = add(api, TERMS)
    assert details(api, local)["numberOfHits"] == 0
    use(api, new_id(), details(api, local)["URL"])
    assert details(api, local)["numberOfHits"] == 1


@pytest.mark.clause("5.13.1", "6.3.6")
def test_an_inline_context_gets_an_address_where_an_answer_must_name_it(api: httpx.Client, new_id: NewId) -> None:
    entity_id, inline = new_id(), [{"Halt": "https://example.org/inline#Halt"}]
    use(api, entity_id, inline)
    query = {"@context": inline, "type": "Query", "entities": [{"type": "Halt"}]}
    answer = api.post("/entityOperations/query", content=orjson.dumps(query), headers=LD)
    assert [one["type"] for one in answer.json()] == ["Halt"]
    url = answer.headers["link"].partition(">")[0].removeprefix("<")
    assert httpx.get(url).json() == {"@context": inline}
    again = api.get(f"/entities/{entity_id}", headers={"Link": CONTEXT_LINK.format(url=url)})
    assert again.json()["type"] == "Halt"
    local = url.rpartition("/")[2]
    assert details(api, local)["kind"] == "ImplicitlyCreated"
    listed = api.get("/jsonldContexts", params={"kind": "ImplicitlyCreated"}).json()
    assert url in listed
    api.post("/entityOperations/query", content=orjson.dumps(query), headers=LD)
    assert api.get("/jsonldContexts", params={"kind": "ImplicitlyCreated"}).json() == listed


@pytest.mark.clause("5.13.1", "5.13.4")
def test_a_subscription_with_several_contexts_says_where_they_are_served_together(
    api: httpx.Client, new_id: NewId, contexts: Loopback
) -> None:
    several = [f"{contexts.url}/one.jsonld", f"{contexts.url}/two.jsonld"]
    id = new_id("Subscription")
    body = {
        "@context": several,
        "id": id,
        "type": "Subscription",
        "entities": [{"type": "Halt"}],
        "notification": {"endpoint": {"uri": f"{contexts.url}/told"}},
    }
    assert api.post("/subscriptions", content=orjson.dumps(body), headers=LD).status_code == 201
    url = api.get(f"/subscriptions/{id}").json()["jsonldContext"]
    local = url.rpartition("/")[2]
    assert httpx.get(url).json() == {"@context": several}
    assert url in api.get("/jsonldContexts", params={"kind": "ImplicitlyCreated"}).json()
    cached = api.get("/jsonldContexts", params={"kind": "Cached"}).json()
    assert set(several) <= set(cached)
    use(api, new_id(), url)
    hits = details(api, local)["numberOfHits"]
    assert details(api, local)["numberOfHits"] == hits + 1
    assert api.delete(f"/subscriptions/{id}").status_code == 204
    assert api.delete(f"/jsonldContexts/{local}").status_code == 204


@pytest.mark.clause("5.13.5", "6.30")
def test_what_is_deleted_is_gone(api: httpx.Client, new_id: NewId, contexts: Loopback) -> None:
    local = add(api, TERMS)
    url = details(api, local)["URL"]
    use(api, new_id(), url)
    gone = api.delete(f"/jsonldContexts/{local}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.get(f"/jsonldContexts/{local}").status_code == 404
    assert api.delete(f"/jsonldContexts/{local}").status_code == 404
    body = {"@context": url, "id": new_id(), "type": "Halt"}
    assert api.post("/entities", content=orjson.dumps(body), headers=LD).status_code == 504
    copy = f"{contexts.url}/gone.jsonld"
    use(api, new_id(), copy)
    assert api.delete(f"/jsonldContexts/{quote(copy, safe='')}").status_code == 204
    use(api, new_id(), copy)
    assert len(contexts.received) == 2


@pytest.mark.clause("5.13.5", "6.30")
def test_a_reload_fetches_a_copy_anew(api: httpx.Client, new_id: NewId) -> None:
    with loopback(serving_context(TERMS)) as contexts:
        url = f"{contexts.url}/reload.jsonld"
        use(api, new_id(), url)
        contexts.answering = serving_context({"Halt": "https://example.org/other#Halt"})
        answer = api.delete(f"/jsonldContexts/{quote(url, safe='')}", params={"reload": "true"})
        assert answer.status_code == 204
        entity_id = new_id()
        use(api, entity_id, url)
        assert api.get(f"/entities/{entity_id}").json()["type"] == "https://example.org/other#Halt"


@pytest.mark.clause("5.13.5", "6.30")
@pytest.mark.parametrize("answering", [None, serving_context(7)])  # type: ignore[arg-type]
def test_a_reload_that_fails_keeps_the_copy(api: httpx.Client, new_id: NewId, answering: Any) -> None:
    with loopback(serving_context(TERMS)) as contexts:
        url = f"{contexts.url}/kept.jsonld"
        use(api, new_id(), url)
        contexts.answering = answering
        answer = api.delete(f"/jsonldContexts/{quote(url, safe='')}", params={"reload": "true"})
    assert (answer.status_code, answer.json()["type"]) == (504, f"{ERRORS}LdContextNotAvailable")
    assert details(api, url)["kind"] == "Cached"
    use(api, new_id(), url)
    assert api.delete(f"/jsonldContexts/{quote(url, safe='')}").status_code == 204


@pytest.mark.clause("5.13.5", "6.30")
def test_only_a_copy_can_be_reloaded(api: httpx.Client) -> None:
    local = add(api, TERMS)
    for name in (local, "urn:ngsi-ld:Context:none"):
        answer = api.delete(f"/jsonldContexts/{name}", params={"reload": "true"})
        assert (answer.status_code, answer.json()["type"]) == (400, f"{ERRORS}BadRequestData")
    assert api.get(f"/jsonldContexts/{local}").status_code == 200


@pytest.mark.clause("5.13.2", "5.13.1")
def test_contexts_outlive_the_server(tmp_path: Path) -> None:
    with broker(tmp_path, synchronous="FULL") as first, first.client() as api:
        local = add(api, TERMS)
    with broker(tmp_path) as again, again.client() as api:
        assert api.get(f"/jsonldContexts/{local}").json() == {"@context": TERMS}


@pytest.mark.clause("5.13.2", "4.14", "5.5.10")
def test_a_hosted_context_belongs_to_its_city(tmp_path: Path) -> None:
    with (
        broker(tmp_path, cities=("one", "two")) as both,
        both.client(NGSILD_Tenant="one") as one,
        both.client(NGSILD_Tenant="two") as two,
    ):
        local = add(one, TERMS)
        assert one.get(f"/jsonldContexts/{local}").status_code == 200
        for answer in (two.get(f"/jsonldContexts/{local}"), two.delete(f"/jsonldContexts/{local}")):
            assert answer.status_code == 404
        assert local not in two.get("/jsonldContexts").text
        url = details(one, local)["URL"]
        assert httpx.get(url).json() == {"@context": TERMS}  # the address names the city by itself
