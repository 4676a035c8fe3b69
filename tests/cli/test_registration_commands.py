"""Sources are registered, listed and taken out at the shell, also while a server holds the file (clause 5.9)."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from brokers import broker
from madang.cli import run
from source_doubles import lamp

pytestmark = pytest.mark.clause("5.9.2")


def said(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    code = run([str(word) for word in words])
    out = capsys.readouterr()
    assert code == 0, out.err
    return out.out


def test_the_alliance_is_put_together_at_the_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    id, file = "urn:ngsi-ld:Lamp:seongnam:1", tmp_path / "alliance.gpkg"
    with broker(tmp_path, cities=("alliance",)):
        pass  # makes the file
    with broker(tmp_path / "there", cities=("seongnam",)) as there:
        with there.client() as city:
            city.post("/entities", json=lamp(id, watt=1))
        place = ("--endpoint", there.url, "--tenant", "seongnam", "--type", "Lamp,Tree", "--header", "X-Key: secret")
        made = orjson.loads(said(capsys, "register", "add", file, *place, "--json"))
        assert [kind["type"] for kind in made["information"][0]["entities"]] == ["Lamp", "Tree"]
        assert "secret" not in str(made)
        with broker(tmp_path, cities=("alliance",)) as server, server.client() as alliance:
            assert alliance.get(f"/entities/{id}").json() == lamp(id, watt=1)
            shown = alliance.get(f"/csourceRegistrations/{made['id']}").json()
            assert (shown["tenant"], shown["contextSourceInfo"][0]["value"]) == ("seongnam", "secret")
        assert made["id"] in said(capsys, "register", "list", file)
        assert "secret" not in said(capsys, "register", "list", file, "--json")
        said(capsys, "register", "remove", file, made["id"][-8:])
        assert orjson.loads(said(capsys, "register", "list", file, "--json")) == []


def test_a_wrong_registration_is_refused_at_the_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with broker(tmp_path, cities=("alliance",)):
        pass
    file = tmp_path / "alliance.gpkg"
    for words in (
        ("--endpoint", "http://a.example", "--type", "Lamp", "--mode", "loud"),
        ("--endpoint", "no address", "--type", "Lamp"),
        ("--endpoint", "http://a.example", "--type", "Lamp", "--header", "nothing"),
        ("--endpoint", "http://a.example", "--type", "Lamp", "--mode", "exclusive"),
    ):
        assert run(["register", "add", str(file), *words]) != 0
    assert run(["register", "remove", str(file), "urn:a:b"]) != 0
    capsys.readouterr()
    assert said(capsys, "register", "list", file).strip()
