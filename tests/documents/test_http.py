"""Papers over HTTP: a page, a download with its Korean name, and a document sent to be verified."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from loops import in_a_loop_of_its_own
from madang.city import City
from madang.civic.announced.claims import claims
from madang.documents.paper import Paper
from madang.entities.entity import language_property, property_, relationship
from madang.web.access import start_access
from madang.web.app import create_app

CLAIM = "urn:ngsi-ld:Claim:test:pledged"


@dataclass(frozen=True)
class Asking:
    """Somebody who asks a city's server within this process."""

    city: City
    app: Any

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, f"/api/cities/{self.city.id}{path}", **more)

        return in_a_loop_of_its_own(ask())


@pytest.fixture
def ask(city: City, tmp_path: Path) -> Asking:
    told = {
        "id": CLAIM,
        "type": "Claim",
        "text": language_property({"ko": "투자협약 합계", "en": "Sum of pledges"}),
        "value": property_(1_374_200_000_000, unit="KRW"),
        "source": relationship("urn:ngsi-ld:Dataset:test:press"),
    }
    city.put(told, reason="발표", by="tests")
    assert claims(city.store)
    app = create_app([city], access=start_access("127.0.0.1", no_auth=True), tile_cache=tmp_path / "tiles")
    return Asking(city, app)


def test_kinds_and_formats_are_listed_in_both_languages(ask: Asking) -> None:
    found = ask("GET", "/papers").json()
    assert {"id": "minutes", "label": {"ko": "회의록", "en": "Minutes"}}.items() <= found["kinds"][3].items()
    assert ".hwpx" in found["formats"]


def test_a_paper_is_a_page_or_a_download_with_its_korean_name(ask: Asking) -> None:
    page = ask("GET", "/papers/brief/pledged")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "1조 3,742억 원" in page.text
    file = ask("GET", "/papers/brief/pledged.pdf")
    assert file.headers["content-type"] == "application/pdf"
    assert file.content.startswith(b"%PDF-")
    told = file.headers["content-disposition"]
    assert told.startswith("attachment; ")
    assert "투자협약" in unquote(told.partition("filename*=UTF-8''")[2])
    assert "KRW 1.3742 tn" in ask("GET", "/papers/brief/pledged", params={"lang": "en"}).text


def test_a_document_sent_is_verified_figure_by_figure(ask: Asking) -> None:
    data = ask("GET", "/papers/brief/pledged.html").content
    told = {"content-type": "application/octet-stream"}
    sound = ask("POST", "/papers/verify", params={"name": "보고.html"}, content=data, headers=told).json()
    assert (sound["ok"], sound["file"]) == (True, "보고.html")
    altered = data.replace("1조 3,742억 원</span>".encode(), "1조 3,842억 원</span>".encode(), 1)
    found = ask("POST", "/papers/verify", params={"name": "a.html"}, content=altered, headers=told).json()
    assert not found["ok"]
    assert [one["shown"] for one in found["figures"] if one["state"] == "edited"] == ["약 1조 3,842억 원"[2:]]


@pytest.mark.parametrize(
    ("path", "status"), [("/papers/brief/nothing", 404), ("/papers/poem/a", 404), ("/papers/minutes", 400)]
)
def test_what_is_not_there_is_said(ask: Asking, path: str, status: int) -> None:
    assert ask("GET", path).status_code == status


def test_a_paper_of_another_city_is_refused(ask: Asking, paper: Paper) -> None:
    data = ask.city.papers.make(replace(paper, city="00000000-0000-0000-0000-000000000000"), ".html").data
    told = {"content-type": "application/octet-stream"}
    answer = ask("POST", "/papers/verify", params={"name": "a.html"}, content=data, headers=told)
    assert answer.status_code == 400
