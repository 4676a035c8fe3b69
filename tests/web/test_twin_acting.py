"""What the viewer does over HTTP: draw with undo, hours of sun, stories, a picture as PDF."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from madang.entities.entity import geo_property

if TYPE_CHECKING:
    from tests.web.conftest import Server

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
PICTURE = f"data:image/png;base64,{PNG}"
DATASET = "urn:ngsi-ld:Dataset:test:made-up"
MAIN, PLAN = "/api/cities/seongnam", "/api/cities/seongnam~fabless-valley"
LON, LAT, METRE = 127.105, 37.405, 1.1e-5


def square(east_m: float = 0, north_m: float = 0, side_m: float = 30) -> dict[str, Any]:
    corners = [(0, 0), (side_m, 0), (side_m, side_m), (0, side_m), (0, 0)]
    ring = [[LON + (east_m + x) * METRE, LAT + (north_m + y) * METRE * 0.8] for x, y in corners]
    return {"type": "Polygon", "coordinates": [ring]}


def got(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.fixture
def planner(server: Server) -> Iterator[httpx.Client]:
    with server.client("propose") as client:
        yield client


def test_a_planner_draws_undoes_and_redoes_and_everybody_sees_the_list(server: Server, planner: httpx.Client) -> None:
    placed = got(planner.post(PLAN + "/draw", json={"act": "place", "geometry": square(), "reason": "새 청사",
                                                    "values": {"name": "청사", "height": 40}}))  # fmt: skip
    (id,) = placed["ids"]
    assert "가상" in placed["note"]["ko"]
    raised = got(planner.post(PLAN + "/draw", json={"act": "raise", "id": id, "by": {"floors": 2}}))
    assert raised["ids"] == [id]
    undone = got(planner.post(PLAN + "/draw/undo", json={}))
    assert (undone["undoes"], undone["act"]) == (raised["transaction"], "raise")
    redone = got(planner.post(PLAN + "/draw/redo", json={}))
    assert redone["redoes"] == raised["transaction"]
    with server.client("read") as reader:
        told = got(reader.get(PLAN + "/draw"))
        assert [(one["act"], one["undone"]) for one in told["acts"]][:2] == [("raise", False), ("place", False)]
        assert (told["canUndo"], told["canRedo"]) == (True, False)
        assert told["acts"][1]["reason"] == "새 청사"
        refused = reader.post(PLAN + "/draw/undo", json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "web.role-needed")
    seen = got(planner.get(f"/ngsi-ld/v1/entities/{id}", headers={"NGSILD-Tenant": "seongnam~fabless-valley"}))
    assert seen["height"]["value"] == 48
    assert seen["height"]["status"]["value"] == "synthetic"


def test_main_is_not_drawn_on_and_the_way_is_shown(server: Server) -> None:
    with server.client("decide") as mayor:
        answer = mayor.post(MAIN + "/draw", json={"act": "place", "geometry": square()})
        assert (answer.status_code, answer.json()["code"]) == (409, "drawing.on-main")
        assert got(mayor.get(MAIN + "/draw"))["acts"] == []


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("web.field-missing", {"act": "place", "values": [1]}),
        ("drawing.no-geometry", {"act": "place"}),
        ("drawing.no-id", {"act": "move", "by": {"eastM": 3}}),
        ("drawing.act-unknown", {"act": "explode"}),
    ],
)
def test_a_wrong_act_is_told_by_its_code(planner: httpx.Client, code: str, body: dict[str, Any]) -> None:
    answer = planner.post(PLAN + "/draw", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_reader_asks_for_sunlight_and_a_drawn_tower_counts(server: Server, planner: httpx.Client) -> None:
    got(planner.post(PLAN + "/draw", json={"act": "place", "geometry": square(500, 0), "values": {"height": 20}}))
    home = got(planner.get(PLAN + "/draw"))["acts"][0]["ids"][0]
    question = {"ids": [home], "date": "2026-12-22", "spacingM": 10, "stepMinutes": 30}
    with server.client("read") as reader:
        free = got(reader.post(PLAN + "/sunlight", json=question))
        tower = {"act": "place", "geometry": square(480, -60, 60), "values": {"height": 150}}
        got(planner.post(PLAN + "/draw", json=tower))
        shaded = got(reader.post(PLAN + "/sunlight", json=question))
        assert shaded["summary"]["mean"] < free["summary"]["mean"]
        told = {"id", "lon", "lat", "height", "azimuth", "minutes", "longest", "continuous", "total"}
        assert set(shaded["samples"][0]) == told
        assert shaded["summary"]["meets"]["total"]["certainty"] == "K"
        assert shaded["status"] == "synthetic"
        answer = reader.post(MAIN + "/sunlight", json={**question, "date": "soon"})
        assert (answer.status_code, answer.json()["code"]) == (400, "sunlight.date-wrong")


def test_stories_are_written_by_planners_and_read_by_all(server: Server, planner: httpx.Client) -> None:
    views = [{"title": "역", "view": "lon=127.1&lat=37.4"}]
    body = {"title": {"ko": "한 바퀴", "en": "A round"}, "views": views}
    made = got(planner.post(PLAN + "/stories", json=body), 201)
    again = got(planner.post(f"{PLAN}/stories/{made['id']}", json={**body, "views": views * 2}))
    with server.client("read") as reader:
        assert [one["id"] for one in got(reader.get(MAIN + "/stories"))] == [made["id"]]
        assert got(reader.get(f"{MAIN}/stories/{made['id']}")) == again
        assert reader.post(MAIN + "/stories", json=body).status_code == 403
    assert got(planner.post(f"{PLAN}/stories/{made['id']}/remove", json={}))["removed"] == made["id"]
    assert planner.get(f"{PLAN}/stories/{made['id']}").status_code == 404


def test_a_picture_becomes_a_page_that_says_what_it_is_of(server: Server, planner: httpx.Client) -> None:
    server.cities["seongnam"].put(
        {"id": "urn:ngsi-ld:Dong:t:1", "type": "Dong", "location": geo_property(square(0, 0, 900), source=DATASET)},
        reason="test",
    )
    body = {"title": "판교 북측", "text": "해가 드는 곳", "picture": PICTURE, "sources": ["dong"], "view": "lon=127.1",
            "legend": [{"colour": "#2266cc", "text": {"ko": "주거", "en": "Homes"}}]}  # fmt: skip
    of_branch = text_of(planner.post(PLAN + "/picture.pdf", json={**body, "lang": "ko"}))
    for words in ("판교 북측", "해가 드는 곳", "주거", "팹리스 밸리안", "현행이 아님", "가상",
                  "/city/seongnam/fabless-valley/-/twin?lon=127.1"):  # fmt: skip
        assert words.replace(" ", "") in of_branch, words
    of_main = text_of(planner.post(MAIN + "/picture.pdf", json={**body, "lang": "en"}))
    for words in ("Homes", "The city as it is", "지어낸 자료", "CC0-1.0"):
        assert words.replace(" ", "") in of_main, words
    wrong = planner.post(PLAN + "/picture.pdf", json={**body, "sources": ["nobody"]})
    assert wrong.json()["code"] == "stories.sources-wrong"
    assert planner.post(PLAN + "/picture.pdf", json={**body, "picture": "x"}).json()["code"] == "stories.picture-wrong"


def text_of(answer: httpx.Response) -> str:
    """The words of a PDF of one page, without blanks."""
    from pypdf import PdfReader

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    (page,) = PdfReader(io.BytesIO(answer.content)).pages
    return "".join(page.extract_text().replace("\u200b", "").split())
