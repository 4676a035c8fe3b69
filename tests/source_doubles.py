"""Sources of other people for tests of operations over several of them: doubles that say what they are told to."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import orjson

from brokers import Loopback, Received, loopback

PATH = "/csourceRegistrations"
NGSI = "/ngsi-ld/v1"
WRITING = ["redirectionOps", "createBatch", "upsertBatch", "updateBatch", "deleteBatch", "mergeBatch"]
_numbers = itertools.count()


def registered(api: httpx.Client, url: str, *, types: list[str] | None = None, **members: Any) -> str:
    """Register a source and give the registration's id."""
    id = f"urn:ngsi-ld:ContextSourceRegistration:test:{next(_numbers)}"
    given: dict[str, Any] = {
        "id": id,
        "type": "ContextSourceRegistration",
        "endpoint": url,
        "information": [{"entities": [{"type": name} for name in types or ["Lamp"]]}],
        **members,
    }
    answer = api.post(PATH, json=given)
    assert answer.status_code == 201, answer.text
    return id


def answering(*rules: tuple[str, str, int, Any]) -> Callable[[Received], tuple[int, dict[str, str], bytes]]:
    """Answers by method and beginning of the path after the base; what fits no rule is 404."""

    def answer(got: Received) -> tuple[int, dict[str, str], bytes]:
        place = got.path.partition(NGSI)[2]
        for method, path, status, value in rules:
            if got.method == method and place.startswith(path):
                body = value if isinstance(value, bytes) else b"" if value is None else orjson.dumps(value)
                return status, {"Content-Type": "application/json"}, body
        return 404, {"Content-Type": "application/json"}, b"{}"

    return answer


@contextmanager
def source(*rules: tuple[str, str, int, Any]) -> Iterator[Loopback]:
    """A source that answers by these rules and keeps what it got."""
    with loopback(answering(*rules)) as found:
        yield found


def lamp(id: str, **attributes: Any) -> dict[str, Any]:
    """A lamp with properties of these values; a value that is an object stands as it is."""
    made: dict[str, Any] = {"id": id, "type": "Lamp"}
    for name, value in attributes.items():
        made[name] = value if isinstance(value, (dict, list)) else {"type": "Property", "value": value}
    return made


def without(api: httpx.Client, *registrations: str) -> None:
    """Take registrations out again."""
    for id in registrations:
        assert api.delete(f"{PATH}/{id}").status_code == 204
