"""The command line from the first file to a merged proposal, and its errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from madang.cli import run
from madang.cli.output import Speaker, speaking

CITY = "urn:ngsi-ld:City:kostat:31210"
PROGRAMME = {
    "id": "urn:ngsi-ld:Programme:test:one",
    "type": "Programme",
    "name": "이천 투자",
    "refCity": {"object": CITY},
    "amount": {"value": 100_000_000_000, "unitCode": "KRW"},
    "sectorShares": {"json": {"construction": 0.5, "electronics": 0.5}},
}


class Shell:
    """Runs commands and keeps what they said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = self.err = ""

    def __call__(self, *words: object, exits: int = 0) -> str:
        with speaking(Speaker(captured=True)) as spoken:
            code = run([str(word) for word in words])
        self.out, self.err = spoken.text()
        assert code == exits, f"{words}: left with {code}\n{self.out}\n{self.err}"
        return self.out

    def json(self, *words: object, exits: int = 0) -> Any:
        return json.loads(self(*words, "--json", exits=exits))

    def file(self, name: str, content: Any) -> Path:
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("MADANG_LANG", "en")
    return Shell(tmp_path)


def test_new_makes_a_real_city(shell: Shell) -> None:
    made = shell.json("new", shell.folder / "sejong.gpkg", "--from", "korea:sejong")
    assert made["city"] == "sejong"
    assert made["title"]["ko"] == "세종특별자치시"
    assert made["types"]["Dong"] == 20


def test_new_refuses_a_file_that_exists_and_a_source_nobody_knows(shell: Shell, icheon_file: Path) -> None:
    shell("new", icheon_file, exits=4)
    shell("new", shell.folder / "x.gpkg", "--from", "korea:atlantis", exits=2)
    assert "seongnam" in shell.err
    assert not (shell.folder / "x.gpkg").exists()


def test_a_policy_goes_all_the_way(shell: Shell, icheon_file: Path) -> None:
    shell("branch", icheon_file, "plan-a", "--title-ko", "1안", "--reason", "try")
    shell("put", icheon_file, shell.file("p.json", [PROGRAMME]), "--branch", "plan-a", "--reason", "assumed")
    assert {row["id"] for row in shell.json("diff", icheon_file, "main", "plan-a")} == {PROGRAMME["id"]}
    first = shell("compare", icheon_file, "plan-a", "--json")
    assert shell("compare", icheon_file, "plan-a", "--json") == first, "the same command twice gives the same bytes"
    kept = json.loads(first)["conservation"]
    assert kept["shock_krw"] == 100_000_000_000
    assert kept["accounted_krw"] == pytest.approx(kept["shock_krw"], abs=1)
    shell("merge", icheon_file, "plan-a", "--reason", "just do it", exits=7)
    assert "madang propose" in shell.err
    proposal = shell.json("propose", icheon_file, "plan-a", "--title", "1안", "--reason", "good")
    shell("adopt", icheon_file, proposal["id"], "--reason", "carried", "--by", "committee")
    assert shell.json("get", icheon_file, PROGRAMME["id"])["amount"]["value"] == 100_000_000_000
    assert shell.json("verify", icheon_file)["ok"]
    assert shell.json("log", icheon_file)[0]["actor"] == "committee"


def test_a_refused_proposal_leaves_main_as_it_was(shell: Shell, icheon_file: Path) -> None:
    shell("branch", icheon_file, "plan-a")
    shell("put", icheon_file, shell.file("p.json", PROGRAMME), "--branch", "plan-a")
    proposal = shell.json("propose", icheon_file, "plan-a", "--title", "1안", "--reason", "good")
    shell("adopt", icheon_file, proposal["id"], "--refuse", "--reason", "no money")
    shell("get", icheon_file, PROGRAMME["id"], exits=2)


def test_query_finds_by_type_value_and_place(shell: Shell, icheon_file: Path) -> None:
    found = shell.json("query", icheon_file, "--type", "Dong", "--limit", "100")
    assert len(found) == 14
    some = shell.json("query", icheon_file, "--type", "Dong", "--q", "population>20000", "--limit", "100")
    assert 0 < len(some) < 14
    near = shell.json("query", icheon_file, "--type", "Dong", "--near", "127.44,37.28", "--within", "500")
    assert 0 < len(near) < 14
    assert "창전동" in shell("query", icheon_file, "--type", "Dong", "--limit", "100")


def test_export_writes_what_a_query_finds(shell: Shell, icheon_file: Path) -> None:
    shell("export", icheon_file, shell.folder / "dong.geojson", "--type", "Dong")
    written = json.loads((shell.folder / "dong.geojson").read_text("utf-8"))
    assert len(written["features"]) == 14
    assert "Statistics Korea" in json.dumps(written) or "통계청" in json.dumps(written, ensure_ascii=False)


def test_time_travel_shows_the_city_as_it_was_recorded(shell: Shell, icheon_file: Path) -> None:
    before = shell.json("log", icheon_file)[0]["at"]
    shell("put", icheon_file, shell.file("f.json", {"id": "urn:ngsi-ld:Firm:test:1", "type": "Firm", "name": "가나"}))
    shell("get", icheon_file, "urn:ngsi-ld:Firm:test:1")
    shell("get", icheon_file, "urn:ngsi-ld:Firm:test:1", "--at", before, exits=2)


def test_revert_undoes_by_a_new_transaction(shell: Shell, icheon_file: Path) -> None:
    done = shell.json(
        "put", icheon_file, shell.file("f.json", {"id": "urn:ngsi-ld:Firm:t:1", "type": "Firm", "name": "가"})
    )
    back = shell.json("revert", icheon_file, done["number"], "--reason", "wrong file")
    assert back["number"] > done["number"]
    shell("get", icheon_file, "urn:ngsi-ld:Firm:t:1", exits=2)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["get", "{city}", CITY, "--branch", "plan-z"], 2, "plan-z"),
        (["get", "{city}", CITY, "--at", "yesterday"], 2, "time with its zone"),
        (["query", "{city}", "--near", "here"], 2, "LON,LAT"),
        (["run", "{city}", "economy", "--param", "realisation"], 2, "NAME=VALUE"),
        (["run", "{city}", "economy", "--param", "realisation=much"], 2, "realisation"),
        (["run", "{city}", "alchemy"], 2, "alchemy"),
        (["put", "{city}", "{untyped}"], 3, "type"),
        (["put", "{city}", "{nowhere}"], 2, "nowhere.json"),
        (["verify", "{rubbish}"], 4, "rubbish.gpkg"),
    ],
)
def test_a_wrong_request_says_what_to_do_and_changes_nothing(
    shell: Shell, icheon_file: Path, words: list[str], code: int, said: str
) -> None:
    before = icheon_file.read_bytes()
    places = {
        "city": icheon_file,
        "untyped": shell.file("untyped.json", [{"id": "urn:ngsi-ld:Firm:t:1"}]),
        "nowhere": shell.folder / "nowhere.json",
        "rubbish": shell.file("rubbish.gpkg", "not a database"),
    }
    shell(*[word.format(**places) for word in words], exits=code)
    assert said in shell.err
    assert icheon_file.read_bytes() == before


def test_errors_speak_korean_when_asked(shell: Shell, icheon_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADANG_LANG", "ko")
    shell("get", icheon_file, "urn:ngsi-ld:Firm:nobody:1", exits=2)
    assert "없습니다" in shell.err


def test_an_unknown_command_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["frobnicate"]) == 2
    assert "frobnicate" in capsys.readouterr().err
