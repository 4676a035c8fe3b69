"""Who a source says it is (5.15, 5.2.40; 6.35)."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from brokers import Broker, broker
from madang.web.around import Settings

pytestmark = pytest.mark.clause("5.15", "5.2.40", "6.35")


def test_a_source_says_who_it_is_since_when_and_what_time_it_has(api: httpx.Client) -> None:
    answer = api.get("/info/sourceIdentity")
    said = answer.json()
    assert answer.status_code == 200
    assert said["type"] == "ContextSourceIdentity"
    assert said["id"].startswith("urn:")
    assert re.fullmatch(r"PT\d+\.\d+S", said["contextSourceUptime"])
    assert datetime.fromisoformat(said["contextSourceTimeAt"]).tzinfo is not None
    assert re.fullmatch(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+", said["contextSourceAlias"])


def test_an_alias_stays_and_names_city_and_branch(server: Broker) -> None:
    server.cities["test"].fork("alias", title={"ko": "안", "en": "A"}, reason="a test")
    seen = []
    for tenant in ("test", "test~alias", "test"):
        with server.client(NGSILD_Tenant=tenant) as api:
            seen.append(api.get("/info/sourceIdentity").json()["contextSourceAlias"])
    assert seen[0] == seen[2] != seen[1]
    assert "test~alias" in seen[1]


def test_two_servers_with_a_city_of_one_name_have_two_aliases(tmp_path: Path) -> None:
    aliases = set()
    for folder in ("a", "b"):
        with broker(tmp_path / folder) as one, one.client() as api:
            aliases.add(api.get("/info/sourceIdentity").json()["contextSourceAlias"])
    assert len(aliases) == 2


def test_a_tenant_that_could_be_made_has_an_alias_already(tmp_path: Path) -> None:
    with broker(tmp_path, settings=Settings(new_cities_in=tmp_path)) as one:
        with one.client(NGSILD_Tenant="to-come") as api:
            answer = api.get("/info/sourceIdentity")
            assert (answer.status_code, answer.headers["ngsild-tenant"]) == (200, "to-come")
            assert api.get("/jsonldContexts").json() == []
        assert not (tmp_path / "to-come.gpkg").exists()


def test_as_json_ld_it_brings_its_context(api: httpx.Client) -> None:
    answer = api.get("/info/sourceIdentity", headers={"Accept": "application/ld+json"})
    assert "@context" in answer.json()
    assert api.get("/info/sourceIdentity?x=1").status_code == 400
