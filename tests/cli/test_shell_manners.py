"""How the command line behaves in a shell: pipes, Korean, progress, Ctrl-C, what it must not swallow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from madang.cli import app, run
from madang.cli.explaining import all_commands, korean
from madang.cli.output import Speaker, progress, say_text, speaker, speaking

ENV = {**os.environ, "MADANG_LANG": "en"}
TREE = '{"id": "urn:ngsi-ld:Tree:test:1", "type": "Tree", "name": ":x: [b]나무[/b]"}'
CITY = "urn:ngsi-ld:City:kostat:31210"


def madang(*words: object, stdin: str | None = None, exits: int = 0, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "madang", *map(str, words)],
        input=stdin, capture_output=True, text=True, timeout=120, env=ENV | env,
    )  # fmt: skip
    assert done.returncode == exits, done.stdout + done.stderr
    return done.stdout + done.stderr


def told(*words: object, exits: int = 0) -> tuple[str, str]:
    with speaking(Speaker(captured=True, language="ko")) as spoken:
        assert run([str(word) for word in words]) == exits, spoken.text()
    return spoken.text()


@pytest.fixture
def served(icheon_file: Path) -> Iterator[Path]:
    """A city file that a server in another process holds; that process speaks English."""
    server = subprocess.Popen(
        [sys.executable, "-u", "-m", "madang", "serve", str(icheon_file), "--port", "0"],
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=ENV,
    )  # fmt: skip
    assert server.stdout is not None
    assert any("read only" in line for line in server.stdout)
    yield icheon_file
    server.terminate()
    server.wait(30)
    server.stdout.close()


def test_entities_come_by_a_pipe(icheon_file: Path) -> None:
    madang("put", icheon_file, "-", stdin=TREE)
    madang("load", icheon_file, "-", stdin=TREE.replace("1", "2"))
    assert len(json.loads(madang("query", icheon_file, "--type", "Tree", "--json"))) == 2


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="no such device here")
def test_a_device_that_is_a_pipe_is_read_once_and_whole(icheon_file: Path) -> None:
    assert "1 changes" in madang("put", icheon_file, "/dev/stdin", stdin=TREE)


def test_a_pipe_an_ask_in_korean_and_a_proxy_all_work_through_a_server(served: Path) -> None:
    """The server's own standard input, language and environment are not the shell's."""
    proxy = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    assert "변경 1건" in madang("put", served, "-", stdin=TREE, MADANG_LANG="ko", **proxy)
    assert "안이 없습니다" in madang("put", served, "-", "--branch", "x", stdin=TREE, exits=2, MADANG_LANG="ko")
    assert "나무" in madang("get", served, "urn:ngsi-ld:Tree:test:1")


def test_what_people_named_is_shown_as_they_named_it(icheon_file: Path) -> None:
    """rich would make a cross of `:x:` and bold of `[b]`."""
    madang("put", icheon_file, "-", stdin=TREE)
    out, _ = told("query", icheon_file, "--type", "Tree")
    assert ":x: [b]나무[/b]" in out
    _, err = told("get", icheon_file, "urn:a:x:1", exits=2)
    assert "urn:a:x:1" in err


def test_a_cut_answer_says_that_there_is_more(icheon_file: Path) -> None:
    out, err = told("query", icheon_file, "--type", "Dong", "--limit", 2, "--json")
    assert len(json.loads(out)) == 2
    assert "--limit" in err
    out, err = told("query", icheon_file, "--type", "Dong", "--limit", 14)
    assert err == ""
    assert "--limit" in told("log", icheon_file, "--limit", 1)[1]


def test_an_unknown_type_names_those_that_are_near(icheon_file: Path) -> None:
    assert "Dong" in told("query", icheon_file, "--type", "Dongg")[1]


def test_a_time_before_the_city_is_no_empty_city(icheon_file: Path) -> None:
    for words in (("query", icheon_file), ("get", icheon_file, CITY), ("export", icheon_file, "x.csv")):
        assert "기록은" in told(*words, "--at", "2001-01-01T00:00:00Z", exits=2)[1]


def test_the_log_of_an_entity_nobody_knows_is_an_error(icheon_file: Path) -> None:
    told("log", icheon_file, "urn:ngsi-ld:Tree:test:nowhere", exits=2)


def test_an_export_answers_in_json_and_says_where_it_can_not_write(icheon_file: Path, tmp_path: Path) -> None:
    out, _ = told("export", icheon_file, tmp_path / "dong.csv", "--type", "Dong", "--json")
    assert json.loads(out)["entities"] == 14
    _, err = told("export", icheon_file, tmp_path / "nowhere" / "dong.csv", exits=4)
    assert "exports.unwritable" in err


def test_figures_say_their_unit_their_year_and_how_they_are_known(icheon_file: Path) -> None:
    out, _ = told("get", icheon_file, CITY)
    line = next(line for line in out.splitlines() if line.startswith("population "))
    assert all(part in line for part in ("226212", "명", "2020", "실측")), line
    assert "{'" not in out


def test_a_comparison_names_the_assumption_it_rests_on(icheon_file: Path, tmp_path: Path) -> None:
    amount = {"value": 10**11, "unitCode": "KRW", "assumption": True}
    programme = {"id": "urn:ngsi-ld:Programme:test:1", "type": "Programme", "name": "투자", "amount": amount,
                 "refCity": {"object": CITY}, "sectorShares": {"json": {"construction": 1.0}}}  # fmt: skip
    (tmp_path / "p.json").write_text(json.dumps(programme), "utf-8")
    told("branch", icheon_file, "plan")
    told("put", icheon_file, tmp_path / "p.json", "--branch", "plan")
    out, _ = told("diff", icheon_file, "main", "plan")
    assert "추가" in out
    assert "100000000000 KRW (가정)" in out
    out, _ = told("compare", icheon_file, "plan")
    assert "가정: 투자 1,000억 원" in out
    assert "추정" in out


def test_every_help_text_has_its_korean_and_no_korean_is_left_over() -> None:
    english = set()
    for command in all_commands(get_command(app)):
        english.add(command.help.partition("\n\n")[0])
        english |= {p.help for p in command.params if getattr(p, "help", None) and p.name != "help"}
    english.discard("Show this message and exit.")
    assert english == set(korean())


def test_help_and_misuse_are_korean() -> None:
    korean = madang("query", "--help", MADANG_LANG="ko")
    assert "쓰는 법:" in korean
    assert "조건에 맞는 개체" in korean
    assert "예: madang query" in korean
    assert "옵션은 없습니다" in madang("query", "x.gpkg", "--typ", "y", exits=2, MADANG_LANG="ko")
    assert "No such option" in madang("query", "x.gpkg", "--typ", "y", exits=2)


def test_work_that_reports_nothing_still_shows_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("madang.cli.output.PROGRESS_AFTER_S", 0.0)
    drawn = threading.Event()
    with speaking(Speaker(captured=True)):
        err = speaker().err
        monkeypatch.setattr(type(err), "is_terminal", property(lambda self: self is err))
        monkeypatch.setattr("rich.progress.Progress.start", lambda self: drawn.set())
        with progress("verifying"):
            assert drawn.wait(10)


def test_who_reads_only_the_beginning_is_no_failure(icheon_file: Path) -> None:
    for words in ([], ["--json"]):
        reader, writer = os.pipe()
        os.close(reader)
        command = [sys.executable, "-m", "madang", "query", str(icheon_file), "--type", "Dong", *words]
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, env=ENV, timeout=60)
        os.close(writer)
        assert (done.returncode, done.stderr) == (0, b"")


def test_an_interrupt_says_so_and_leaves_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("madang.cli.analysis.registry.models", interrupted)
    assert "멈췄습니다" in told("models", exits=130)[1]


def test_a_defect_is_named_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("an engine broke")

    monkeypatch.setattr("madang.cli.analysis.registry.models", broken)
    _, err = told("models", exits=70)
    assert "마당의 결함입니다" in err
    assert "RuntimeError: an engine broke" in err


def test_words_with_braces_and_brackets_are_said_as_they_are() -> None:
    with speaking(Speaker(captured=True)) as spoken:
        say_text("[red]{x}[/red] :smile:")
    assert spoken.text()[0] == "[red]{x}[/red] :smile:\n"
