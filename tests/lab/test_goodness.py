"""How good models are: every one says so in one form, in words, and its page is up to date."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import orjson
import pytest

from madang import plugins
from madang.cli import run
from madang.lab.goodness import all_goodness, goodness_of
from madang.models import registry
from madang.models.clusters.model import SPEC, Clusters

ROOT = Path(__file__).parent.parent.parent


class Told(Clusters):
    """A plugin's model that says how good it is."""

    spec = type(SPEC)(**{name: getattr(SPEC, name) for name in SPEC.__slots__} | {"id": "told"})

    def goodness(self) -> dict[str, Any]:
        said = {"ko": "나음", "en": "Better."}
        row = {"label": {"ko": "오차", "en": "error"}, "value": 1.0, "naive": 2.0, "unit": "1"}
        return {"model": "told", "scored": True, "sentence": said, "rows": [row]}


class Untold(Clusters):
    """A plugin's model that says nothing."""

    spec = type(SPEC)(**{name: getattr(SPEC, name) for name in SPEC.__slots__} | {"id": "untold"})


def test_every_model_that_ships_says_how_good_it_is_or_why_nobody_knows() -> None:
    for one in all_goodness():
        assert all(one.sentence[language].strip() for language in ("ko", "en")), one.model
        assert one.rows, one.model
        if one.scored:
            assert any(row.value is not None and row.naive is not None for row in one.rows), one.model
        assert all(row.label["ko"] and row.label["en"] and row.unit for row in one.rows), one.model


def test_structure_is_scored_against_guesses_that_know_nothing_of_it() -> None:
    found = goodness_of("clusters")
    assert found.scored
    trend, rate = found.rows
    assert trend.value == pytest.approx(11.8, abs=0.1)  # as the backtest has it
    assert trend.naive == pytest.approx(11.4, abs=0.1)
    assert rate.value < rate.naive


def test_a_plugin_says_it_itself_and_silence_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [EntryPoint(one.__name__, f"{__name__}:{one.__name__}", registry.GROUP) for one in (Told, Untold)]
    monkeypatch.setattr(plugins, "entry_points", lambda group: entries if group == registry.GROUP else [])
    registry._found.cache_clear()
    try:
        assert goodness_of("told").scored
        assert goodness_of("told").rows[0].naive == 2.0
        assert not goodness_of("untold").scored
        assert "author" in goodness_of("untold").sentence["en"]
    finally:
        registry._found.cache_clear()
        goodness_of.cache_clear()


def test_it_stands_in_the_cards(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "--json"]) == 0
    cards = {one["id"]: one for one in orjson.loads(capsys.readouterr().out)}
    assert cards["economy"]["goodness"]["scored"] is True
    assert cards["siting"]["goodness"]["scored"] is False


def test_the_page_how_good_is_what_the_models_say() -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from how_good import PAGE, page
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    assert PAGE.read_text("utf-8") == page(), "run: python scripts/how_good.py"
