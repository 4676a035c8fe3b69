"""Sources of plug-ins: an object or a class; one that can't be used is named and hurts no other."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from madang import plugins
from madang.errors import DataError
from madang.sources import base

GROUP = "madang.sources"


class Levels:
    """A plug-in's source."""

    name = "levels"

    def can_read(self, path: Path) -> bool:
        return path.suffix == ".levels"

    def read(self, path: Path, **_: object) -> base.Loaded:
        raise DataError("levels.bad", en="{place}: no depth.", place=path.name)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Entry points are looked up once a process; tests that install some look again."""
    yield
    base._plugged.cache_clear()
    base.sources.cache_clear()


def install(monkeypatch: pytest.MonkeyPatch, **entries: str) -> None:
    found = [EntryPoint(name, value, GROUP) for name, value in entries.items()]
    monkeypatch.setattr(plugins, "entry_points", lambda group: found)
    base._plugged.cache_clear()
    base.sources.cache_clear()


@pytest.mark.parametrize("value", ["nosuch:Thing", "json:nothing", "json:JSONDecoder", "json:JSONDecodeError"])
def test_a_broken_source_is_named_and_hurts_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    install(monkeypatch, bad=value, levels=f"{__name__}:Levels")
    monkeypatch.setattr(EntryPoint, "load", _load(EntryPoint.load))
    (tmp_path / "a.levels").write_text("1\n")
    (tmp_path / "a.csv").write_text("id\n1\n")
    with pytest.warns(match=f"bad = {value} of"):
        assert base.detect(tmp_path / "a.levels").name == "levels"
    assert base.detect(tmp_path / "a.csv").name == "table"
    assert base.broken_sources()["bad"].code == "sources.plugin-broken"
    assert base.unknown_source("bad").code == "sources.plugin-broken"


def test_a_source_says_what_is_wrong_in_its_own_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, levels=f"{__name__}:Levels")
    monkeypatch.setattr(EntryPoint, "load", _load(EntryPoint.load))
    (tmp_path / "a.levels").write_text("1\n")
    with pytest.raises(DataError, match=r"a\.levels: no depth\."):
        base.read(tmp_path / "a.levels")


def _load(load: object) -> object:
    """Loading as installed packages are loaded; this file, which is none, gives its class, as an object."""
    return lambda entry: Levels() if entry.name == "levels" else load(entry)  # type: ignore[operator]
