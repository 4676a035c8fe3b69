"""Whatever a client sends, the server answers and says what was wrong; it never fails itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NGSI = "/ngsi-ld/v1"
IDS = st.sampled_from(
    [
        "urn:ngsi-ld:Dong:kostat-2020:31023740",
        "urn:ngsi-ld:BusStop:fuzz:1",
        "urn:ngsi-ld:BusStop:fuzz:2",
        "no-uri",
        "삼평",
    ]
)
NAMES = st.sampled_from(
    ["name", "population", "location", "refCity", "scope", "id", "type", "@context", "https://x/y", "없음"]
)
WORDS = st.sampled_from(
    [
        "urn:ngsi-ld:null",
        "Property",
        "Relationship",
        "GeoProperty",
        "LanguageProperty",
        "Dong",
        "Plan",
        "판교",
        "",
        "@none",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text(max_size=8)
)
MEMBERS = NAMES | st.sampled_from(
    ["value", "object", "languageMap", "datasetId", "observedAt", "unitCode", "coordinates"]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=4),
    max_leaves=12,
)
ENTITIES = st.fixed_dictionaries(
    {}, optional={"id": IDS | VALUES, "type": WORDS | VALUES, "name": VALUES, "location": VALUES, "@context": VALUES}
)
PARAMETERS = st.dictionaries(
    st.sampled_from(
        ["type", "q", "id", "idPattern", "attrs", "pick", "omit", "georel", "geometry", "coordinates", "geoproperty",
         "limit", "offset", "count", "options", "format", "lang", "datasetId", "orderBy", "scopeQ", "local",
         "deleteAll", "observedAt", "geometryProperty", "bbox", "datetime", "entity", "address"]
    ),
    st.sampled_from(
        ["Dong", "Dong;City", "(", "population>", 'name=="삼평동"', "near;maxDistance==5", "within", "Point",
         "[127,37]", "[[[0,0],[1,1]]]", "1", "0", "-1", "true", "keyValues", "sysAttrs,concise", "name,population",
         "urn:x:1", "", "~", "2020-01-01", "..", "127,37,128,38", "/a/#", "a{b}"]
    )
    | st.text(max_size=10),
    max_size=4,
)  # fmt: skip
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Accept": st.sampled_from(["*/*", "application/ld+json", "application/geo+json", "text/*;q=x", ";;,", "a/b"]),
        "Content-Type": st.sampled_from(
            ["application/json", "application/ld+json", "application/merge-patch+json", "text/plain", ""]
        ),
        "Link": st.sampled_from(["<", '<x>; rel="http://www.w3.org/ns/json-ld#context"', "<a>;<b>"]),
        "Accept-Language": st.sampled_from(["ko", "en;q=0,ko;q=?", "*", ",,;"]),
        "Prefer": st.sampled_from(["body=json", "ngsi-ld=1.3"]),
    },
)
PATHS = st.one_of(
    st.sampled_from([f"{NGSI}/entities", f"{NGSI}/types", f"{NGSI}/attributes", f"{NGSI}/types/Dong", NGSI, "/"]),
    st.sampled_from(["create", "upsert", "update", "merge", "delete", "query"]).map(
        lambda operation: f"{NGSI}/entityOperations/{operation}"
    ),
    IDS.map(lambda entity_id: f"{NGSI}/entities/{quote(entity_id, safe='')}"),
    st.tuples(IDS, NAMES).map(lambda two: f"{NGSI}/entities/{quote(two[0], safe='')}/attrs/{quote(two[1], safe='')}"),
    IDS.map(lambda entity_id: f"{NGSI}/entities/{quote(entity_id, safe='')}/attrs"),
    st.sampled_from(["home", "diff", "layers", "log", "levers", "entities", "what-if", "proposals", "branches"]).map(
        lambda room: f"/api/cities/seongnam/{room}"
    ),
    st.sampled_from(["", "/collections", "/collections/Dong/items", "/collections/%00/items"]).map(
        lambda room: f"/ogc/seongnam{room}"
    ),
    st.sampled_from(["/api/recompute", "/api/provenance", "/tiles/seongnam/dong/tileset.json", "/tiles/seongnam/x/y"]),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE"]),
    path=PATHS,
    parameters=PARAMETERS,
    headers=HEADERS,
    body=ENTITIES | st.lists(ENTITIES, max_size=3) | VALUES,
)
def test_no_request_makes_the_server_fail(
    client: httpx.Client, method: str, path: str, parameters: dict[str, str], headers: dict[str, str], body: Any
) -> None:
    client.headers["Content-Type"] = "application/json"
    url = f"{path}?{urlencode(parameters)}" if parameters else path
    arguments = {} if method in ("GET", "DELETE") else {"content": httpx.Request("POST", "/", json=body).content}
    answer = client.request(method, httpx.URL(url), headers=headers, **arguments)  # type: ignore[arg-type]
    assert answer.status_code < 500 or answer.status_code == 504, answer.text
    if answer.status_code >= 400 and answer.content:
        assert answer.json()["code"] != "web.unexpected"
        assert answer.json()["detail"]


KINDS = ["Property", "Relationship", "GeoProperty", "LanguageProperty", "VocabProperty", "ListProperty", "JsonProperty"]
INSTANCES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(KINDS) | SCALARS,
        "value": VALUES,
        "object": VALUES,
        "languageMap": VALUES,
        "vocab": VALUES,
        "valueList": VALUES,
        "json": VALUES,
        "datasetId": st.sampled_from(["urn:d:1", "urn:d:2"]) | SCALARS,
        "observedAt": st.sampled_from(["2026-01-01T00:00:00Z", "yesterday"]) | SCALARS,
        "unitCode": st.sampled_from(["KRW", "nothing"]) | SCALARS,
        "source": VALUES,
    },
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["a", "b", "location", "type", "scope"]),
    INSTANCES | st.lists(INSTANCES, max_size=3) | st.just("urn:ngsi-ld:null") | VALUES,
    max_size=3,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["PATCH", "PUT", "POST"]),
    room=st.sampled_from(["", "/attrs", "/attrs/a", "/attrs/b"]),
    query=st.sampled_from(
        ["", "?format=simplified", "?options=noOverwrite", "?lang=ko&observedAt=2026-01-01T00:00:00Z"]
    ),
    type_name=st.sampled_from(["BusStop", "AirQualityObserved"]),
    body=ATTRIBUTES | INSTANCES,
)
def test_no_patch_makes_the_server_fail_or_spoils_the_entity(
    client: httpx.Client, method: str, room: str, query: str, type_name: str, body: Any
) -> None:
    entity_id = f"urn:ngsi-ld:{type_name}:fuzz:patched"
    a = [{"type": "Property", "value": {"x": 1}}, {"type": "Property", "value": 2, "datasetId": "urn:d:1"}]
    entity = {"id": entity_id, "type": type_name, "a": a, "b": {"type": "Relationship", "object": "urn:x:1"}}
    assert client.post(f"{NGSI}/entityOperations/upsert", json=[entity]).status_code in (201, 204)
    path = f"{NGSI}/entities/{entity_id}"
    answer = client.request(method, f"{path}{room}{query}", json=body)
    assert answer.status_code < 500, answer.text
    batch = client.post(
        f"{NGSI}/entityOperations/merge", json=[{"id": entity_id, **(body if method == "PATCH" else {})}]
    )
    assert batch.status_code in (204, 207)
    for form in ("normalized", "concise", "simplified"):
        assert client.get(path, params={"format": form}).json()["id"] == entity_id
    assert client.get(path, headers={"Accept": "application/geo+json"}).json()["type"] == "Feature"
    assert client.get(path, params={"options": "sysAttrs"}).json()["createdAt"]
