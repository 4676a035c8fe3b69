"""Entities of several sources are retrieved and queried as if they were one (clauses 4.3.6, 5.7.1, 5.7.2, 6.3.17)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from brokers import CONTEXT_LINK, Broker, Loopback, Received, broker, loopback, serving_context
from source_doubles import PATH, lamp, registered, source, without

pytestmark = [pytest.mark.clause("4.3.6.1"), pytest.mark.clause("5.7.1"), pytest.mark.clause("5.7.2")]
NewId = Callable[..., str]


@pytest.fixture
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker of its own for a test: what one test registers, the next one does not meet."""
    with broker(tmp_path_factory.mktemp("one")) as found:
        yield found


@pytest.fixture
def api(one: Broker) -> Iterator[httpx.Client]:
    with one.client() as found:
        yield found


@pytest.mark.clause("4.3.6.2")
@pytest.mark.clause("4.5.5.3")
@pytest.mark.clause("5.5.13")
def test_what_is_here_and_what_is_there_is_one_entity(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    here = {"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00Z"}
    there = {"type": "Property", "value": 2, "observedAt": "2026-01-02T00:00:00Z"}
    api.post("/entities", json=lamp(id, watt=here, colour="red"))
    with source(("GET", f"/entities/{id}", 200, lamp(id, watt=there, height=7))) as other:
        registered(api, other.url)
        answer = api.get(f"/entities/{id}")
        assert answer.status_code == 200, answer.text
        assert answer.json() == lamp(id, watt=there, colour="red", height=7)
        assert "ngsild-warning" not in answer.headers
        assert api.get(f"/entities/{id}", params={"local": "true"}).json() == lamp(id, watt=here, colour="red")
        assert api.get(f"/entities/{id}", params={"attrs": "height", "format": "simplified"}).json() == {
            "id": id,
            "type": "Lamp",
            "height": 7,
        }


def test_an_entity_that_is_only_elsewhere_is_found(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    with source(("GET", f"/entities/{id}", 200, lamp(id, watt=3))) as other:
        registered(api, other.url)
        assert api.get(f"/entities/{id}").json() == lamp(id, watt=3)
        assert api.get(f"/entities/{id}", params={"attrs": "colour"}).status_code == 404
        unknown = api.get(f"/entities/{new_id('Lamp')}")
        assert unknown.status_code == 404
        assert "ngsild-warning" not in unknown.headers  # that a source does not have it is nothing to warn of


@pytest.mark.clause("4.3.6.2")
def test_an_auxiliary_source_only_fills_gaps(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    api.post("/entities", json=lamp(id, watt=1))
    newer = {"type": "Property", "value": 2, "observedAt": "2026-01-02T00:00:00Z"}
    with source(("GET", "/entities", 200, lamp(id, watt=newer, height=7))) as other:
        registered(api, other.url, mode="auxiliary", operations=["retrieveOps"])
        assert api.get(f"/entities/{id}").json() == lamp(id, watt=1, height=7)


@pytest.mark.clause("4.20")
def test_an_entity_is_got_by_a_query_from_a_source_that_only_answers_these(api: httpx.Client, new_id: NewId) -> None:
    first, second = new_id("Lamp"), new_id("Lamp")
    with (
        source(("GET", "/entities?", 200, [lamp(first, watt=1)])) as by_get,
        source(("POST", "/entityOperations/query", 200, lamp(second, watt=2))) as by_post,
    ):
        registered(api, by_get.url, operations=["queryEntity"])
        registered(api, by_post.url, operations=["queryBatch"])
        assert api.get(f"/entities/{first}").json() == lamp(first, watt=1)
        asked = httpx.URL(by_get.wait(1)[0].path).params
        assert (asked["id"], asked["type"]) == (first, "Lamp")
        assert api.get(f"/entities/{second}").json() == lamp(second, watt=2)
        assert by_post.wait(2)[1].json()["entities"] == [{"type": "Lamp", "id": second}]


@pytest.mark.clause("4.5.5.3")
def test_the_last_change_stands_where_nothing_was_observed(
    api: httpx.Client, new_id: NewId, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ids = [new_id("Lamp"), new_id("Lamp")]
    with broker(tmp_path_factory.mktemp("two"), cities=("two",)) as two, two.client() as other:
        registration = registered(api, two.url)
        for first, second, id in ((api, other, ids[0]), (other, api, ids[1])):
            first.post("/entities", json=lamp(id, watt=1), params={"local": "true"})
            second.post("/entities", json=lamp(id, watt=2), params={"local": "true"})
            assert api.get(f"/entities/{id}").json() == lamp(id, watt=2)
        found = api.get("/entities", params={"type": "Lamp"}).json()
        assert sorted(found, key=lambda one: ids.index(one["id"])) == [lamp(id, watt=2) for id in ids]
        without(api, registration)


@pytest.mark.clause("4.23.1")
def test_no_order_is_promised_over_several_sources(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    api.post("/entities", json=lamp(id))
    with source(("GET", "/entities", 200, [])) as other:
        registered(api, other.url)
        asked = {"type": "Lamp", "orderBy": "id"}
        assert api.get("/entities", params=asked).status_code == 400
        assert api.get("/entities", params={**asked, "local": "true"}).json() == [lamp(id)]


@pytest.mark.clause("4.20")
def test_a_source_is_not_asked_for_what_it_does_not_offer(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    with source(("GET", "/entities", 200, lamp(id, watt=1))) as other:
        registered(api, other.url, operations=["retrieveEntityTypes"])
        assert api.get(f"/entities/{id}").status_code == 404
        assert other.received == []


@pytest.mark.clause("4.3.6.1")
def test_a_source_is_asked_for_what_it_registered_and_no_more(api: httpx.Client, new_id: NewId) -> None:
    id, other_id = new_id("Lamp"), new_id("Lamp")
    with source(("GET", "/entities", 200, [])) as other:
        information = [{"entities": [{"type": "Lamp", "id": id}], "propertyNames": ["watt"]}]
        registered(api, other.url, information=information)
        api.get("/entities", params={"type": "Lamp", "id": f"{id},{other_id}", "attrs": "watt,colour"})
        asked = httpx.URL(other.wait(1)[0].path).params
        assert (asked["id"], asked["attrs"], asked["type"]) == (id, "watt", "Lamp")
        api.get("/entities", params={"type": "Lamp", "id": other_id})
        api.get("/entities", params={"type": "Lamp", "attrs": "colour"})
        api.get("/entities", params={"type": "Tree"})
        assert len(other.received) == 1


@pytest.mark.clause("4.3.6.5")
@pytest.mark.clause("6.3.14")
@pytest.mark.clause("6.3.18")
@pytest.mark.clause("4.3.6.4")
def test_a_forwarded_request_bears_tenant_headers_and_the_way_it_came(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    told = [
        {"key": "Authorization", "value": "Bearer abc"},
        {"key": "X-User", "value": "urn:ngsi-ld:request"},
        {"key": "X-Absent", "value": "urn:ngsi-ld:request"},
        {"key": "NGSILD-Tenant", "value": "elsewhere"},
        {"key": "Content-Length", "value": "5"},
        {"key": "Via", "value": "1.1 nobody"},
    ]
    with source(("GET", "/entities", 200, lamp(id))) as other:
        registered(api, other.url + "/up", tenant="east", contextSourceInfo=told, management={"localOnly": True})
        api.get(f"/entities/{id}", headers={"X-User": "kim", "Via": "1.1 first"})
        got = other.wait(1)[0]
        assert got.path.startswith(f"/up/ngsi-ld/v1/entities/{id}?")
        assert httpx.URL(got.path).params["local"] == "true"
        assert got.headers["ngsild-tenant"] == "east"
        assert got.headers["authorization"] == "Bearer abc"
        assert got.headers["x-user"] == "kim"
        assert "x-absent" not in got.headers
        assert "link" not in got.headers
        own = api.get("/info/sourceIdentity").json()["contextSourceAlias"]
        assert got.headers["via"] == f"1.1 first, 1.1 {own}"


@pytest.mark.clause("6.3.18")
def test_a_question_that_was_here_before_is_answered_from_here_alone(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    own = api.get("/info/sourceIdentity").json()["contextSourceAlias"]
    with source(("GET", "/entities", 200, lamp(id))) as other:
        registered(api, other.url)
        registered(api, other.url, contextSourceAlias="cousin")
        assert api.get(f"/entities/{id}", headers={"Via": f"1.1 other, 1.1 {own}"}).status_code == 404
        assert other.received == []
        assert api.get(f"/entities/{id}", headers={"Via": "1.1 cousin"}).status_code == 200
        assert len(other.received) == 1  # the source that already had it is left out


@pytest.mark.clause("6.3.17")
@pytest.mark.clause("5.2.9")
def test_what_goes_wrong_at_a_source_is_a_warning(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    api.post("/entities", json=lamp(id, watt=1))
    cases = {
        "299": source(("GET", "/entities", 403, {"title": "no"})),
        "111": source(("GET", "/entities", 200, b"not a json document")),
        "111 ": source(("GET", "/entities", 200, {"id": id, "type": "Lamp", "watt": {"type": "Nonsense"}})),
    }
    for code, double in cases.items():
        with double as other:
            registration = registered(api, other.url)
            answer = api.get(f"/entities/{id}")
            assert (answer.status_code, answer.json()) == (200, lamp(id, watt=1))
            assert answer.headers["ngsild-warning"].startswith(f"{code.strip()} {registration} ")
            without(api, registration)
    registration = registered(api, "http://127.0.0.1:1")  # nobody listens there
    answer = api.get("/entities", params={"type": "Lamp"})
    assert [entity["id"] for entity in answer.json()] == [id]
    assert answer.headers["ngsild-warning"].startswith(f"199 {registration} ")
    state = api.get(f"{PATH}/{registration}").json()
    assert (state["timesSent"], state["timesFailed"], state["status"]) == (1, 1, "failed")
    assert "lastFailure" in state


@pytest.mark.clause("5.2.34")
@pytest.mark.clause("6.3.17")
def test_an_answer_may_serve_again_for_a_while(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    with source(("GET", "/entities", 200, lamp(id, watt=1))) as other:
        registration = registered(api, other.url, management={"cacheDuration": "PT1H"})
        first, second = api.get(f"/entities/{id}"), api.get(f"/entities/{id}")
        assert first.json() == second.json()
        assert "ngsild-warning" not in first.headers
        assert second.headers["ngsild-warning"].startswith(f"110 {registration} ")
        assert len(other.received) == 1
        api.patch(f"{PATH}/{registration}", json={"description": "changed"})
        api.get(f"/entities/{id}")
        assert len(other.received) == 2


@pytest.mark.clause("5.2.34")
def test_a_source_that_failed_is_left_to_rest(api: httpx.Client, new_id: NewId) -> None:
    registration = registered(api, "http://127.0.0.1:1", management={"cooldown": 3_600_000, "timeout": 2000})
    for _ in range(2):
        answer = api.get("/entities", params={"type": "Lamp"})
        assert answer.headers["ngsild-warning"].startswith(f"199 {registration} ")
    assert api.get(f"{PATH}/{registration}").json()["timesSent"] == 1


@pytest.mark.clause("5.5.7")
@pytest.mark.clause("4.3.6.6")
def test_names_are_those_of_the_request_at_the_source_and_back(one: Broker, new_id: NewId) -> None:
    """An answer that says no @context is read by the request's, and one that does by its own."""
    id, second = new_id("Lamp"), new_id("Lamp")
    terms = serving_context({"Lamp": "https://x.example/Lamp", "watt": "https://x.example/watt"})
    other_terms = serving_context({"Leuchte": "https://x.example/Lamp", "leistung": "https://x.example/watt"})
    with loopback(terms) as context, loopback(other_terms) as german:
        link = CONTEXT_LINK.format(url=context.url)
        own = {"@context": german.url, "id": second, "type": "Leuchte", "leistung": {"type": "Property", "value": 2}}
        with (
            source(("GET", "/entities", 200, [lamp(id, watt=1), own])) as other,
            one.client(Link=link) as api,
        ):
            registered(api, other.url)
            answer = api.get("/entities", params={"type": "Lamp", "q": "watt>0"})
            assert answer.json() == [lamp(id, watt=1), lamp(second, watt=2)], answer.text
            got = other.wait(1)[0]
            assert httpx.URL(got.path).params["q"] == "watt>0"
            assert got.headers["link"] == link


@pytest.mark.clause("4.3.6.6")
def test_a_source_is_asked_in_the_context_it_registered(one: Broker, new_id: NewId) -> None:
    id = new_id("Lamp")
    terms = serving_context({"Lamp": "https://x.example/Lamp", "watt": "https://x.example/watt"})
    other_terms = serving_context({"Leuchte": "https://x.example/Lamp", "leistung": "https://x.example/watt"})
    with loopback(terms) as context, loopback(other_terms) as german:
        entity = {"id": id, "type": "Leuchte", "leistung": {"type": "Property", "value": 2}}
        with (
            source(("GET", "/entities", 200, [entity])) as other,
            one.client(Link=CONTEXT_LINK.format(url=context.url)) as api,
        ):
            registered(api, other.url, contextSourceInfo=[{"key": "jsonldContext", "value": german.url}])
            answer = api.get("/entities", params={"type": "Lamp", "q": "watt>0", "attrs": "watt"})
            assert answer.json() == [lamp(id, watt=2)], answer.text
            got = other.wait(1)[0]
            asked = httpx.URL(got.path).params
            assert (asked["type"], asked["q"], asked["attrs"]) == ("Leuchte", "leistung>0", "leistung")
            assert german.url in got.headers["link"]


@pytest.mark.clause("5.7.2")
@pytest.mark.clause("6.23")
def test_a_query_by_post_goes_on_as_the_source_takes_it(api: httpx.Client, new_id: NewId) -> None:
    id, second = new_id("Lamp"), new_id("Lamp")
    with (
        source(("POST", "/entityOperations/query", 200, [lamp(id, watt=1)])) as by_post,
        source(("GET", "/entities", 200, [lamp(second, watt=2)])) as by_get,
    ):
        registered(api, by_post.url, operations=["queryBatch"])
        registered(api, by_get.url, operations=["queryEntity"])
        document = {"type": "Query", "entities": [{"type": "Lamp"}], "q": "watt>0"}
        answer = api.post("/entityOperations/query", json=document)
        assert {entity["id"] for entity in answer.json()} == {id, second}, answer.text
        sent = by_post.wait(1)[0].json()
        assert (sent["entities"], sent["q"]) == ([{"type": "Lamp"}], "watt>0")
        assert httpx.URL(by_get.wait(1)[0].path).params["q"] == "watt>0"
        answer = api.get("/entities", params={"type": "Lamp", "q": "watt>0"})
        assert {entity["id"] for entity in answer.json()} == {id, second}
        assert by_post.wait(2)[1].json()["q"] == "watt>0"


@pytest.mark.clause("5.7.2")
@pytest.mark.clause("4.3.6.7")
def test_entities_that_are_split_are_filtered_when_they_are_whole(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    api.post("/entities", json=lamp(id, watt=5))
    with source(("GET", "/entities", 200, [lamp(id, colour="red")])) as other:
        registered(api, other.url)
        both = {"type": "Lamp", "q": 'watt==5;colour=="red"'}
        answer = api.get("/entities", params={**both, "splitEntities": "true"})
        assert answer.json() == [lamp(id, watt=5, colour="red")]
        assert "q" not in httpx.URL(other.wait(1)[0].path).params
        wrong = {"type": "Lamp", "q": 'watt==6;colour=="red"', "splitEntities": "true"}
        assert api.get("/entities", params=wrong).json() == []


@pytest.mark.clause("6.3.10")
@pytest.mark.clause("6.3.13")
def test_pages_and_counts_go_over_all_sources(api: httpx.Client, new_id: NewId) -> None:
    here = sorted(new_id("Lamp") for _ in range(3))
    there = sorted(new_id("Lamp") for _ in range(4))
    for id in here:
        api.post("/entities", json=lamp(id))

    def answer(got: Received) -> tuple[int, dict[str, str], bytes]:
        import orjson

        asked = httpx.URL(got.path).params
        start, size = int(asked.get("offset", "0")), int(asked["limit"])
        found = [lamp(id) for id in there if id in asked.get("id", id)]
        return 200, {"NGSILD-Results-Count": str(len(found))}, orjson.dumps(found[start : start + size])

    with loopback(answer) as other:
        registered(api, other.url)
        seen: list[str] = []
        for offset in range(0, 8, 2):
            got = api.get("/entities", params={"type": "Lamp", "limit": 2, "offset": offset, "count": "true"})
            assert got.headers["ngsild-results-count"] == "7"
            assert ('rel="next"' in got.headers["link"]) == (offset < 6)
            assert ('rel="prev"' in got.headers["link"]) == (offset > 0)
            seen += [entity["id"] for entity in got.json()]
        assert sorted(seen) == sorted(here + there)
        none = api.get("/entities", params={"type": "Lamp", "limit": 0, "count": "true"})
        assert (none.json(), none.headers["ngsild-results-count"]) == ([], "7")


def test_every_form_of_an_answer_is_made_of_the_whole(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [127, 37]}}
    timed = {**lamp(id, location=place, watt=1), "createdAt": "2020-01-01T00:00:00Z"}
    with source(("GET", "/entities", 200, [timed])) as other:
        registered(api, other.url)
        asked = {"type": "Lamp"}
        assert api.get("/entities", params=asked).json() == [lamp(id, location=place, watt=1)]
        feature = api.get("/entities", params=asked, headers={"Accept": "application/geo+json"}).json()["features"][0]
        assert feature["geometry"] == place["value"]
        concise = api.get("/entities", params={**asked, "format": "concise", "pick": "id,watt"}).json()
        assert concise == [{"id": id, "watt": 1}]
        timed_again = api.get("/entities", params={**asked, "options": "sysAttrs"}).json()[0]
        assert timed_again["createdAt"] == "2020-01-01T00:00:00Z"


@pytest.mark.clause("4.10")
def test_a_source_is_not_asked_for_places_it_does_not_have(api: httpx.Client, new_id: NewId) -> None:
    square = [[[127.0, 37.0], [127.1, 37.0], [127.1, 37.1], [127.0, 37.1], [127.0, 37.0]]]
    id = new_id("Lamp")
    with source(("GET", "/entities", 200, [lamp(id)])) as other:
        registered(api, other.url, location={"type": "Polygon", "coordinates": square})
        near = {"type": "Lamp", "georel": "near;maxDistance==1000", "geometry": "Point"}
        assert api.get("/entities", params={**near, "coordinates": "[127.05,37.05]"}).json() == [lamp(id)]
        assert api.get("/entities", params={**near, "coordinates": "[128,38]"}).json() == []
        small = "[[[127.04,37.04],[127.06,37.04],[127.06,37.06],[127.04,37.06],[127.04,37.04]]]"
        within = {"type": "Lamp", "georel": "within", "geometry": "Polygon", "coordinates": small}
        assert api.get("/entities", params=within).json() == [lamp(id)]  # what it has may lie within
        assert len(other.received) == 2


@pytest.mark.clause("4.9")
def test_a_filter_of_sources_says_which_are_asked(api: httpx.Client, new_id: NewId) -> None:
    id = new_id("Lamp")
    with source(("GET", "/entities", 200, [lamp(id)])) as other:
        registered(api, other.url, grade=3)
        assert api.get("/entities", params={"type": "Lamp", "csf": "grade>2"}).json() == [lamp(id)]
        assert api.get("/entities", params={"type": "Lamp", "csf": "grade>3"}).json() == []
        assert api.get("/entities", params={"type": "Lamp", "csf": "grade=="}).status_code == 400


@pytest.mark.clause("5.7.5")
@pytest.mark.clause("5.7.6")
@pytest.mark.clause("5.7.7")
@pytest.mark.clause("5.7.8")
@pytest.mark.clause("5.7.9")
@pytest.mark.clause("5.7.10")
def test_types_and_attributes_of_all_sources_are_one_list(
    api: httpx.Client, new_id: NewId, tmp_path_factory: pytest.TempPathFactory
) -> None:
    api.post("/entities", json=lamp(new_id("Lamp"), watt=1))
    with broker(tmp_path_factory.mktemp("two")) as two, two.client() as other:
        other.post("/entities", json=lamp(new_id("Lamp"), height=1))
        other.post("/entities", json={**lamp(new_id("Tree"), height=1), "type": "Tree"})
        registered(api, two.url, information=[{"entities": [{"type": "Lamp"}, {"type": "Tree"}]}])
        assert api.get("/types").json()["typeList"] == ["Lamp", "Tree"]
        details = {one["typeName"]: one["attributeNames"] for one in api.get("/types?details=true").json()}
        assert details == {"Lamp": ["height", "watt"], "Tree": ["height"]}
        lamps = api.get("/types/Lamp").json()
        assert lamps["entityCount"] == 2
        assert {one["attributeName"] for one in lamps["attributeDetails"]} == {"height", "watt"}
        assert api.get("/types/Tree").json()["entityCount"] == 1
        assert api.get("/types/Tree", params={"local": "true"}).status_code == 404
        assert api.get("/attributes").json()["attributeList"] == ["height", "watt"]
        kinds = {one["attributeName"]: one["typeNames"] for one in api.get("/attributes?details=true").json()}
        assert kinds == {"height": ["Lamp", "Tree"], "watt": ["Lamp"]}
        assert api.get("/attributes/height").json()["attributeCount"] == 2


def test_the_double_keeps_what_it_got(callbacks: Loopback) -> None:
    assert callbacks.received == []
