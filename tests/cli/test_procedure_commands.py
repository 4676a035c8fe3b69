"""`madang procedure …` and the decisions between: the way of a proposal from a shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import madang
from madang.cli import run
from madang.cli.output import Speaker, speaking
from madang.entities.entity import property_

PLAN = "urn:ngsi-ld:Plan:test:smart"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MADANG_LANG", "en")
    with madang.new(tmp_path / "c.gpkg", by="t") as city:
        there = city.fork("plan", reason="r", by="kim")
        made = {"id": PLAN, "type": "Plan", "kind": property_("smart-city-plan"), "title": property_("계획")}
        there.put(made, reason="r", by="kim")
        there.propose(title="스마트도시계획", reason="r", by="kim")
    return tmp_path / "c.gpkg"


def said(*words: object, exits: int = 0) -> str:
    with speaking(Speaker(captured=True)) as spoken:
        code = run([str(word) for word in words])
    out, err = spoken.text()
    assert code == exits, f"{words}: left with {code}\n{out}\n{err}"
    return out + err


def told(*words: object) -> Any:
    return json.loads(said(*words, "--json"))


def test_status_names_what_is_missing_with_its_clause_and_steps_fill_it(file: Path) -> None:
    shown = said("procedure", "status", file, "plan")
    assert "agency-consultation" in shown
    assert "Smart City Act Art. 10(1)" in shown
    assert "Adopt and merge is kept by" in shown
    refused = said("adopt", file, "plan", "-m", "now", exits=7)
    assert "procedure.not-yet" in refused
    said("procedure", "step", file, "plan", "agency-consultation", "--on", "2026-03-02", "-m", "sent")
    done = ("procedure", "step", file, "plan", "agency-consultation", "--done", "-m", "answered")
    assert "evidence-missing" in said(*done, exits=2)
    assert "done (2026-03-02 – 2026-04-01)" in said(*done, "--document", "no. 3", "--on", "2026-04-01")
    missing = told("procedure", "status", file, "plan")["procedure"]["missing"]
    assert missing == ["application", "ministries-answer", "approval"]
    assert "one-of-these" in said(*done, "--refused", exits=2)


def test_a_plan_in_force_is_registered_and_adopted(file: Path) -> None:
    words = ("--approved", "2025-01-10", "--noticed", "2025-02-01", "--document", "2025-12", "-m", "as noticed")
    assert "2025-12" in said("procedure", "in-force", file, "plan", *words)
    assert "adopted" in said("adopt", file, "plan", "-m", "registered")


def test_opinions_conditions_and_deferral_from_a_shell(file: Path) -> None:
    opine = ("procedure", "opinion", file, "plan")
    said(*opine, "clearer, please", "--role", "reviewer", "--on", f"paragraph:{PLAN}#title", "--by", "park")
    said(*opine, "here", "--role", "citizen", "--on", "place:127.28,36.48", "--by", "choi")
    assert "anchor-bad" in said(*opine, "x", "--role", "citizen", "--on", "there", exits=2)
    said("procedure", "reply", file, "plan-1", "how?", "--role", "author")
    said("procedure", "dispose", file, "plan-1", "partly", "-m", "the title")
    said("procedure", "withdraw", file, "plan-2", "-m", "no need", "--by", "choi")
    table = said("procedure", "opinions", file, "plan")
    assert "partly adopted" in table
    assert "withdrawn" in table
    assert "No data" in said("procedure", "representation", file, "plan")
    assert "under deliberation" in said("deliberate", file, "plan", "-m", "to the committee")
    assert "deferred" in said("adopt", file, "plan", "--defer", "--until", "2999-01-01", "-m", "later")
    assert "until-elsewhere" in said("adopt", file, "plan", "--until", "2999-01-01", "-m", "x", exits=2)
    said("propose", file, "plan", "--title", "again", "-m", "again")
    assert "condition-bad" in said("adopt", file, "plan", "--conditionally", "money", "-m", "x", exits=2)
    said("adopt", file, "plan", "--conditionally", "money | budget office | 2999-12-31", "-m", "if funded")
    assert "0 left" in said("procedure", "condition", file, "plan", "c1", "--document", "7", "-m", "found")


def test_suggestions_from_a_shell(file: Path) -> None:
    said("procedure", "suggest", file, "자전거 도로", "판교역 앞에 자전거 도로를 설치해 주세요", "--author", "park")
    second = said("procedure", "suggest", file, "자전거도로", "판교역 앞에 자전거도로 설치 요청", "--author", "choi")
    assert "nearly the same" in second
    assert "joined" in said("procedure", "suggestion", file, "2", "merge", "--same-as", "1", "-m", "same")
    assert "screen" in said("procedure", "suggestions", file)
