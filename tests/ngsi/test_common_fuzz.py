"""Whatever stands in the headers and the query string of any operation, the answer is never a fault of the server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madang.city import open_city
from madang.store import Store
from madang.web.access import start_access
from madang.web.app import create_app
from madang.web.around import Settings
from madang.web.exchange import App
from madang.web.ngsi.service import OPERATIONS

pytestmark = pytest.mark.clause("6.3.2", "6.3.4", "6.3.20")

PARAMETERS = [
    "type", "id", "idPattern", "q", "attrs", "pick", "omit", "options", "format", "georel", "geometry", "coordinates",
    "geoproperty", "geometryProperty", "limit", "offset", "count", "lang", "datasetId", "scopeQ", "orderBy",
    "collation",
    "local", "details", "kind", "reload", "timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods",
    "aggrPeriodDuration", "csf", "deleteAll", "observedAt", "join", "joinLevel", "containedBy", "jsonKeys",
    "expandValues",
    "keep", "drop", "entityMap", "splitEntities", "ordering",
]  # fmt: skip
VALUES = st.sampled_from(
    ["true", "false", "1", "0", "-1", "9" * 20, "A", "A;B", "n>1", "n==\"x\"", "((", "near;maxDistance==5", "Point",
     "[1,2]", "[[[", "simplified", "keyValues,sysAttrs", "urn:x:y", "*", "ko;q=0.5", "P1D", "PT0S",
     "2026-01-01T00:00:00Z", "between", "sum,avg", "n", "!n", "distAsc", "inline", "a.b.c", "a[b]", "/a/#", "",
     "%00", "%ff", "\u0000", "\ud7ff", "가"]
) | st.text(max_size=12)  # fmt: skip
QUERIES = st.lists(st.tuples(st.sampled_from(PARAMETERS) | st.text(max_size=5), VALUES), max_size=4)
RAW = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)
HEADERS = {
    "accept": st.sampled_from(["*/*", "application/ld+json", "application/geo+json", ";;q=,", "a/b;q=x"]),
    "link": st.sampled_from(["<", "<x>; rel=\"http://www.w3.org/ns/json-ld#context\"", "<>;rel=\"\"", "<a>;;;=,,",
                             "<http://[>; rel=\"http://www.w3.org/ns/json-ld#context\"",
                             "<https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v9.9.jsonld>;"
                             " rel=\"http://www.w3.org/ns/json-ld#context\""]),
    "content-type": st.sampled_from(["application/ld+json", "application/merge-patch+json", "a", ";"]),
    "ngsild-tenant": st.sampled_from(["test", "test~main", "test~no", "~", "x", "test~", "\xff"]),
    "ngsild-snapshot": st.sampled_from(["urn:x:y", "", "\xe9"]),
    "ngsild-entitymap": st.sampled_from(["urn:x:y", "", "\xe9"]),
    "prefer": st.sampled_from(["body=json", "ngsi-ld=1.6", "x"]),
    "via": st.sampled_from(["1.1 a", ",,", "\xe9", "1.1 madang.test"]),
    "accept-language": st.sampled_from(["ko", "en;q=x", ",,;"]),
    "content-length": st.sampled_from(["5", "x", "-1", "9" * 30]),
}  # fmt: skip
BODIES = st.sampled_from(
    [b"", b"{}", b"[]", b"[1]", b"null", b"{", b'"a"', b'{"id":"urn:x:y","type":"A"}',
     b'[{"id":"urn:x:y","type":"A"}]',
     b'{"@context":{},"id":"urn:x:z","type":"A"}', b'{"@context":[[[]]]}',
     b'{"@context":{"a":{"@id":"a:b","@context":{}}}}',
     b'{"type":"Query","entities":[{}]}', b'{"type":"Subscription"}', b'{"type":"ContextSourceRegistration"}',
     b'{"type":"Snapshot","snapshotQueries":[{"type":"Query"}]}', b'{"type":"\\ud800"}', b'{"id":{},"type":[]}']
)  # fmt: skip
IDS = st.sampled_from(["urn:x:y", "a", "%", "%ff", "%00", "%2f", "urn:ngsi-ld:A:%EA%B0%80", "x" * 300])


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "test.gpkg"
    Store.create(path, city_id="test", title={"ko": "가", "en": "t"}, synchronous="OFF").close()
    with open_city(Path(path), write=True) as city:
        access = start_access("127.0.0.1", no_auth=True)
        yield create_app([city], access=access, settings=Settings(fetch_contexts=False))


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.run_until_complete(made.shutdown_asyncgens())
    made.close()


async def ask(
    app: App, method: str, path: str, query: bytes, headers: dict[str, str], body: bytes
) -> tuple[int, bytes]:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    told = {"host": "127.0.0.1", "content-length": str(len(body)), **headers}
    scope = {
        "type": "http", "method": method, "scheme": "http", "path": path, "raw_path": path.encode("latin-1"),
        "query_string": query, "headers": [(a.encode(), b.encode("latin-1")) for a, b in told.items()],
        "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(part.get("body", b"") for part in sent[1:])


@pytest.mark.parametrize(("method", "pattern"), [(method, pattern) for method, pattern, _ in OPERATIONS])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_operation_fails_for_what_it_is_sent(
    app: App, loop: asyncio.AbstractEventLoop, method: str, pattern: str, data: st.DataObject
) -> None:
    path = pattern
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + data.draw(IDS) + rest.partition("}")[2]
    pairs = data.draw(QUERIES)
    query = "&".join(f"{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass")
    headers = data.draw(st.fixed_dictionaries({}, optional=HEADERS))
    headers.setdefault("content-type", "application/json")
    body = data.draw(BODIES)
    status, answer = loop.run_until_complete(ask(app, method, path, query, headers, body))
    assert status < 500 or orjson.loads(answer)["type"].endswith("/LdContextNotAvailable"), answer
