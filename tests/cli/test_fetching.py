"""`madang fetch osm` against a server on loopback that answers as Overpass does, also when it is busy, cut or wrong."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import shapely

from madang import city as cities
from madang.cli import run_in_server
from madang.errors import CallerError, FileError, NotFoundError
from madang.sources import base
from madang.sources.osm import asking, fetching
from madang.sources.osm.places import Area, area_named
from madang.sources.osm.tiles import Plan, plan

MOMENT = "2026-11-20T00:00:00Z"
BOX = shapely.box(127.0, 37.0, 127.09, 37.07)  # four squares
BBOX = "127.0,37.0,127.09,37.07"
_BOX = re.compile(r"\[bbox:([\d.]+),([\d.]+),([\d.]+),([\d.]+)\]")


@dataclass
class Overpass:
    """A small map behind Overpass's door: a building each 0.01 degrees and one road across; `instead` misbehaves."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    instead: dict[int, Callable[[BaseHTTPRequestHandler], bool]] = field(default_factory=dict)

    def answer(self, question: str) -> dict[str, Any]:
        found = _BOX.search(question)
        assert found, question
        south, west, north, east = map(float, found.groups())
        elements = []
        for x in range(12):
            for y in range(12):
                lon, lat = round(126.985 + x * 0.01, 4), round(36.985 + y * 0.01, 4)
                if west <= lon <= east and south <= lat <= north:
                    ring = [(lon, lat), (lon + 2e-4, lat), (lon + 2e-4, lat + 2e-4), (lon, lat + 2e-4), (lon, lat)]
                    elements.append(_way(1 + x * 100 + y, ring, {"building": "yes", "building:levels": "4"}))
        if '["highway"]' in question and south <= 37.031 <= north:
            elements.append(_way(9000, [(126.9, 37.031), (127.2, 37.031)], {"highway": "primary", "name": "가로"}))
        return {"version": 0.6, "osm3s": {"timestamp_osm_base": MOMENT}, "elements": elements}


def _way(id: int, points: list[tuple[float, float]], tags: dict[str, str]) -> dict[str, Any]:
    return {"type": "way", "id": id, "geometry": [{"lat": lat, "lon": lon} for lon, lat in points], "tags": tags}


@pytest.fixture
def overpass() -> Iterator[Overpass]:
    state = Overpass()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.asked.append(parse_qs(body)["data"][0])
            state.agents.append(self.headers["User-Agent"])
            instead = state.instead.get(len(state.asked))
            if instead is None or not instead(self):
                _say(self, 200, json.dumps(state.answer(state.asked[-1])).encode(), packed=True)

        def log_message(self, *_: Any) -> None:
            """Nothing: the test's own output is enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/api/interpreter"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _say(handler: BaseHTTPRequestHandler, status: int, body: bytes, *, packed: bool = False, **headers: str) -> bool:
    data = gzip.compress(body) if packed else body
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    if packed:
        handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)
    return True


def busy(handler: BaseHTTPRequestHandler) -> bool:
    return _say(handler, 429, b"rate limited", Retry_After="17")


def cut(handler: BaseHTTPRequestHandler) -> bool:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b'{"elements": [')
    handler.close_connection = True
    return True


def garbage(handler: BaseHTTPRequestHandler) -> bool:
    return _say(handler, 200, b"<html>sorry</html>")


def timed_out(handler: BaseHTTPRequestHandler) -> bool:
    said = {"elements": [], "remark": 'runtime error: Query timed out in "query" at line 1 after 120 seconds.'}
    return _say(handler, 200, json.dumps(said).encode())


def gateway(handler: BaseHTTPRequestHandler) -> bool:
    return _say(handler, 504, b"too busy")


def refusal(handler: BaseHTTPRequestHandler) -> bool:
    return _say(handler, 400, b"<p><strong>Error</strong>: line 1: parse error</p>")


@dataclass
class Waits:
    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def brought(overpass: Overpass, folder: Path, of: Plan | None = None) -> tuple[fetching.Fetched, list[float]]:
    waits = Waits()
    return fetching.fetch(of or plan(Area("네모", BOX)), folder, server=overpass.url, wait=waits), waits.seconds


def written(folder: Path, to: Path) -> fetching.Merged:
    return fetching.merge(plan(Area("네모", BOX)), folder, to)


def test_squares_are_asked_politely_and_merged_each_object_once(overpass: Overpass, tmp_path: Path) -> None:
    done, waits = brought(overpass, tmp_path / "squares")
    assert (done.asked, done.kept, done.moments) == (4, 0, (MOMENT,) * 4)
    assert waits == [fetching.PAUSE_S] * 3
    assert all(agent.startswith("Madang/") for agent in overpass.agents)
    assert all("[timeout:120]" in question and "out geom;" in question for question in overpass.asked)
    made = written(tmp_path / "squares", tmp_path / "a.osm.json")
    assert made.repeated >= 1  # the road crosses two squares
    flow = base.read(tmp_path / "a.osm.json")
    documents = {d["id"]: d for batch in flow.batches() for d in batch}  # type: ignore[union-attr]
    assert sum(d["type"] == "Building" for d in documents.values()) == 9 * 7
    assert "urn:ngsi-ld:RoadSegment:osm:w9000" in documents
    assert made.elements == len(documents) - 1
    dataset = next(d for d in documents.values() if d["type"] == "Dataset")
    assert dataset["version"]["value"] == MOMENT
    head = (tmp_path / "a.osm.json").read_text("utf-8").splitlines()[0]
    assert "© OpenStreetMap contributors" in head
    fetching.clear(tmp_path / "squares")
    assert not (tmp_path / "squares").exists()


def test_what_misbehaves_is_waited_for_asked_again_or_cut_in_four(overpass: Overpass, tmp_path: Path) -> None:
    overpass.instead = {1: busy, 3: cut, 5: garbage, 7: timed_out}
    done, waits = brought(overpass, tmp_path / "rough")
    assert waits.count(17.0) == 1  # as the server said
    assert done.asked == 4 + 4  # one square was asked in four
    brought(overpass, smooth := tmp_path / "smooth")
    rough = written(tmp_path / "rough", tmp_path / "rough.json")
    assert rough.elements == written(smooth, tmp_path / "smooth.json").elements


def test_a_gateway_that_gives_up_twice_gets_smaller_questions(overpass: Overpass, tmp_path: Path) -> None:
    overpass.instead = {1: gateway, 2: gateway}
    done, waits = brought(overpass, tmp_path / "squares")
    assert done.asked == 8
    assert waits[0] == asking.BUSY_S


def test_a_fetch_that_is_killed_goes_on_where_it_broke_off(overpass: Overpass, tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def kill(share: float, name: str) -> None:
        if len(overpass.asked) == 2:
            raise Killed

    folder = tmp_path / "squares"
    with pytest.raises(Killed):
        fetching.fetch(plan(Area("네모", BOX)), folder, server=overpass.url, wait=Waits(), progress=kill)
    with (folder / fetching.DONE).open("ab") as ledger:
        ledger.write(b'{"tile": "1x0", "file"')  # a line that was being written
    (folder / "0x1.json.gz").write_bytes(b"broken on disk")
    done, _ = brought(overpass, folder)
    assert (done.asked, done.kept) == (3, 1)
    assert written(folder, tmp_path / "a.json").elements == 9 * 7 + 1
    again, _ = brought(overpass, folder)
    assert (again.asked, again.kept) == (0, 4)


def test_a_folder_of_another_plan_is_not_mixed_with_this_one(overpass: Overpass, tmp_path: Path) -> None:
    brought(overpass, tmp_path / "squares")
    with pytest.raises(CallerError) as caught:
        brought(overpass, tmp_path / "squares", plan(Area("네모", BOX), ("roads",)))
    assert caught.value.code == "fetching.other-plan"


@pytest.mark.parametrize(
    ("instead", "code"),
    [(garbage, "fetching.no-answer"), (cut, "fetching.no-answer"), (refusal, "fetching.refused")],
)
def test_a_server_that_never_answers_well_is_given_up_in_words(
    overpass: Overpass, tmp_path: Path, instead: Callable[[BaseHTTPRequestHandler], bool], code: str
) -> None:
    overpass.instead = dict.fromkeys(range(1, 20), instead)
    with pytest.raises(FileError) as caught:
        brought(overpass, tmp_path / "squares")
    assert caught.value.code == code
    assert caught.value.message("ko") != caught.value.message("en")
    if instead is refusal:
        assert "parse error" in caught.value.message("en")
        assert "<" not in str(caught.value.facts["why"])


def test_a_server_that_says_come_back_much_later_is_left_alone(overpass: Overpass, tmp_path: Path) -> None:
    overpass.instead = {1: lambda handler: _say(handler, 429, b"", Retry_After="7200")}
    with pytest.raises(FileError, match="120 minutes"):
        brought(overpass, tmp_path / "squares")


def test_without_a_network_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        fetching.fetch(plan(Area("네모", BOX)), tmp_path / "a", server="http://127.0.0.1:9/", wait=Waits())
    assert caught.value.code == "fetching.no-network"
    with pytest.raises(CallerError, match="web address"):
        asking.check_server("file:///etc/passwd")


def test_places_are_found_by_name() -> None:
    assert area_named("seongnam").title == area_named("성남").title == "경기도 성남시"
    assert area_named("분당구").title == "경기도 성남시 분당구"
    assert 130 < plan(area_named("경기도 성남시")).km2 < 150
    with pytest.raises(CallerError, match="서울특별시 중구"):
        area_named("중구")
    with pytest.raises(NotFoundError):
        area_named("아틀란티스")


# --- the command -----------------------------------------------------------------------------------------------------


def madang(folder: Path, *words: str) -> dict[str, Any]:
    return run_in_server(["fetch", "osm", *words], folder, {}, {"language": "en"})


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("madang.cli.fetching.sleep", lambda seconds: None)


def test_the_command_writes_a_file_that_loads(overpass: Overpass, tmp_path: Path) -> None:
    overpass.instead = {1: busy}
    said = madang(tmp_path, "--bbox", BBOX, "--server", overpass.url, "-o", "a.osm.json")
    assert said["exit_code"] == 0, said
    assert "waiting 17 s" in said["stderr"]
    assert "© OpenStreetMap contributors" in said["stdout"]
    assert (tmp_path / "a.osm.json").exists()
    assert not (tmp_path / "a.osm.json.fetched").exists()
    assert madang(tmp_path, "--bbox", BBOX, "--server", overpass.url, "-o", "a.osm.json")["exit_code"] == 2


def test_the_command_loads_into_a_city_with_its_licence(
    overpass: Overpass, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADANG_OVERPASS", overpass.url)
    with cities.new_city(tmp_path / "c.gpkg"):
        pass
    words = ("--around", "127.045,37.035,3000", "--only", "buildings", "--into", "c.gpkg", "--json")
    said = madang(tmp_path, *words)
    assert said["exit_code"] == 0, said
    answer = json.loads(said["stdout"])
    assert (answer["licence"], answer["moment"]) == ("ODbL-1.0", MOMENT)
    assert answer["outside"] > 0  # squares reach beyond the circle
    with cities.open_city(tmp_path / "c.gpkg") as city:
        assert len(city.query("Building", limit=1000)) == answer["elements"]
        assert "ODbL" in str(city.query("Dataset", limit=9)[0]["licence"])
    assert not (tmp_path / "c.gpkg.fetched").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "fetching.no-area"),
        (("--bbox", "1,2,3"), "fetching.bad-box"),
        (("--bbox", "nan,1,2,3"), "fetching.bad-box"),
        (("--bbox", BBOX, "--around", "1,2,3"), "fetching.two-areas"),
        (("--around", "127,37,-5"), "fetching.bad-circle"),
        (("--bbox", BBOX, "--only", "cats"), "fetching.bad-theme"),
        (("--bbox", BBOX, "--into", "none.gpkg"), "sources.no-file"),
        (("--bbox", BBOX, "-o", "a", "--into", "b"), "fetching.two-goals"),
        (("--bbox", "-180,-80,180,80"), "fetching.too-large"),
        (("none.gpkg",), "sources.no-file"),
    ],
)
def test_what_is_asked_wrongly_is_said_in_words(tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    said = madang(tmp_path, *words, "--server", "http://127.0.0.1:9/")
    assert said["exit_code"] == 2
    assert f"[{code}]" in said["stderr"]


def test_a_dry_run_asks_nothing_and_says_how_much_it_would_be(overpass: Overpass, tmp_path: Path) -> None:
    said = madang(tmp_path, "성남", "--dry-run", "--json", "--server", overpass.url)
    assert json.loads(said["stdout"])["guess"]["questions"] == 15
    assert not overpass.asked
    assert not list(tmp_path.iterdir())
