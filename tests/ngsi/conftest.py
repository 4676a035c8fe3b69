"""A broker over an empty city, and what it talks with, for tests of the NGSI-LD API clause by clause."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import httpx
import pytest

from brokers import Broker, Loopback, broker, loopback


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker a module over an empty city `test`; tests write under ids of their own."""
    with broker(tmp_path_factory.mktemp("broker")) as found:
        yield found


@pytest.fixture
def api(server: Broker) -> Iterator[httpx.Client]:
    """A client of the API, base /ngsi-ld/v1, tenant of the only city."""
    with server.client() as found:
        yield found


@pytest.fixture
def callbacks() -> Iterator[Loopback]:
    """A loopback server that keeps what it gets: notifications, forwarded requests."""
    with loopback() as found:
        yield found


@pytest.fixture
def new_id() -> Callable[..., str]:
    """Ids no other test uses."""
    return lambda kind="Thing": f"urn:ngsi-ld:{kind}:test:{next(_numbers)}"


_numbers = itertools.count()
