"""How forwarded requests look at the source, letter by letter: no parameter the caller did not need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import orjson
import pytest

from brokers import Loopback, Received, loopback

pytestmark = pytest.mark.clause("4.3.6", "5.7.2", "5.6.2", "5.6.3")

NewId = Callable[..., str]


@contextmanager
def registered(api: httpx.Client, source: Loopback, type: str, **members: Any) -> Iterator[None]:
    entities = members.pop("entities", [{"type": type}])
    information = [{"entities": entities, **members.pop("names", {})}]
    body = {"type": "ContextSourceRegistration", "information": information, "endpoint": source.url, **members}
    answer = api.post("/csourceRegistrations", json=body)
    assert answer.status_code == 201, answer.text
    try:
        yield
    finally:
        api.delete(answer.headers["location"].removeprefix("/ngsi-ld/v1"))


def many(type: str, count: int, *, links: bool) -> Callable[[Received], tuple[int, dict[str, str], bytes]]:
    """A source of so many entities, twenty a page unless told, with or without a link to the next page."""

    def answer(got: Received) -> tuple[int, dict[str, str], bytes]:
        asked = dict(parse_qsl(urlsplit(got.path).query))
        start, size = int(asked.get("offset", "0")), int(asked.get("limit", "20"))
        page = [{"id": f"urn:ngsi-ld:{type}:{n:03}", "type": type} for n in range(count)][start : start + size]
        headers = {"Content-Type": "application/json"}
        if links and start + size < count:
            headers["Link"] = f'</ngsi-ld/v1/entities?offset={start + size}>; rel="next"; type="application/json"'
        return 200, headers, orjson.dumps(page)

    return answer


def test_a_query_goes_on_as_it_came(api: httpx.Client) -> None:
    with loopback(many("Kiosk", 1, links=True)) as source, registered(api, source, "Kiosk"):
        for query in ("type=Kiosk", "id=urn:ngsi-ld:Kiosk:000&type=Kiosk", "attrs=height&type=Kiosk"):
            assert len(api.get(f"/entities?{query}").json()) == 1
            assert source.received[-1].path == f"/ngsi-ld/v1/entities?{query}"
        body = {"type": "Query", "entities": [{"type": "Kiosk"}]}
        assert len(api.post("/entityOperations/query", json=body).json()) == 1
        assert (source.received[-1].method, source.received[-1].path) == ("POST", "/ngsi-ld/v1/entityOperations/query")


def test_what_a_registration_adds_stands_behind_in_its_order(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Kiosk")
    kinds, names = [{"type": "Kiosk", "id": id}], {"propertyNames": ["height"]}
    with (
        loopback(many("Kiosk", 0, links=True)) as source,
        registered(api, source, "Kiosk", entities=kinds, names=names, mode="exclusive"),
    ):
        api.get("/entities?type=Kiosk")
        assert source.received[-1].path == f"/ngsi-ld/v1/entities?type=Kiosk&id={id}&attrs=height"


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("count", [19, 20, 21, 45])
def test_no_entity_of_a_long_list_is_lost(api: httpx.Client, count: int, links: bool) -> None:
    with loopback(many("Pylon", count, links=links)) as source, registered(api, source, "Pylon"):
        found, address = [], "/entities?type=Pylon"
        for _ in range(5):
            answer = api.get(address)
            found += [one["id"] for one in answer.json()]
            onward = [part for part in answer.headers.get_list("link") if 'rel="next"' in part]
            if not onward:
                break
            address = onward[0].partition("<")[2].partition(">")[0].removeprefix("/ngsi-ld/v1")
        assert found == [f"urn:ngsi-ld:Pylon:{n:03}" for n in range(count)]


def test_attributes_are_written_to_at_their_own_address(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Kiosk")
    with loopback(lambda _: (204, {}, b"")) as source:
        kinds = [{"type": "Kiosk", "id": id}]
        with registered(api, source, "Kiosk", entities=kinds, mode="redirect", operations=["redirectionOps"]):
            part = {"height": {"type": "Property", "value": 3}}
            assert api.post(f"/entities/{id}/attrs", json=part).status_code == 204
            assert api.post(f"/entities/{id}/attrs/?options=noOverwrite", json=part).status_code == 204
            assert api.patch(f"/entities/{id}/attrs/", json=part).status_code == 204
            assert api.patch(f"/entities/{id}/attrs/height", json={"value": 4}).status_code == 204
        assert [one.path.removeprefix(f"/ngsi-ld/v1/entities/{id}") for one in source.received] == [
            "/attrs/",
            "/attrs/?options=noOverwrite",
            "/attrs/",
            "/attrs/height",
        ]
