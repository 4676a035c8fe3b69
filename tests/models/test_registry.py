"""Models of plugins come in by entry points, and can't take the place of those that ship."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from madang import plugins
from madang.errors import ModelError, NotFoundError
from madang.models import registry, runner
from madang.models.base import BatchModel, Cancelled, Context, Inputs, Quantity, Result
from madang.models.clusters.model import SPEC
from madang.store import Store

SHIPPED = registry.models()


class Counting:
    """A plugin's model: how many cities there are."""

    spec = replace(SPEC, id="counting", inputs=SPEC.inputs[:1], outputs=("counting.cities",), words=())

    def run(self, inputs: Inputs, params: object, ctx: Context) -> Result:
        return Result({"counting.cities": Quantity(float(len(inputs["cities"])), "1")})


class Usurper(Counting):
    """A plugin's model that calls itself economy."""

    spec = replace(Counting.spec, id="economy")


class Silent(Counting):
    """A plugin's model that does not give what its card promises."""

    def run(self, inputs: Inputs, params: object, ctx: Context) -> Result:
        return Result({})


class Failing(Counting):
    """A plugin's model that raises what it is told to, and leaves a file in its scratch folder."""

    wrong: BaseException | None = None
    folder: Path | None = None

    def run(self, inputs: Inputs, params: object, ctx: Context) -> Result:
        (ctx.workdir / "input.txt").write_text("for an engine")
        Failing.folder = ctx.workdir
        if self.wrong is not None:
            raise self.wrong
        return super().run(inputs, params, ctx)


class Wordy(Counting):
    """A plugin's model whose table is no JSON."""

    def run(self, inputs: Inputs, params: object, ctx: Context) -> Result:
        return Result(super().run(inputs, params, ctx).indicators, tables={"of": object()})


class WithoutEngine(Counting):
    """A plugin's model whose engine is not installed."""

    def _missing() -> str:  # type: ignore[misc]
        raise ModuleNotFoundError("No module named 'sumo'")

    spec = replace(Counting.spec, engine_version=_missing)


class Entry:
    """What an installed entry point looks like."""

    dist = None

    def __init__(self, brought: type) -> None:
        self.name, self.value, self._brought = "x", "plugin:Model", brought

    def load(self) -> type:
        return self._brought


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Entry points are looked up once a process; tests that install some look again."""
    registry._found.cache_clear()
    yield
    registry._found.cache_clear()


def install(monkeypatch: pytest.MonkeyPatch, *brought: object) -> None:
    """Install classes as plugins, and entry points as they are."""
    entries = [one if isinstance(one, EntryPoint) else Entry(one) for one in brought]  # type: ignore[arg-type]
    monkeypatch.setattr(plugins, "entry_points", lambda group: entries)
    registry._found.cache_clear()


def test_a_plugins_model_runs_like_one_that_ships(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Counting)
    assert registry.models() == [*SHIPPED, "counting"]
    run = runner.run(store, "counting")
    assert run.figure("counting.cities").quantity.value == 1
    assert run.figure("counting.cities").label == {"ko": "counting.cities", "en": "counting.cities"}
    assert runner.verify_run(store, run.id).kind == "reproduced"


def test_a_plugin_cannot_take_the_name_of_a_model_that_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Usurper)
    with pytest.warns(match="which exists already"):
        assert registry.models() == SHIPPED
    assert registry.broken()["x"].code == "models.id-taken"
    assert not isinstance(registry.model("economy"), Usurper)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("nosuch:Thing", "ModuleNotFoundError: No module named 'nosuch'"),
        ("json:nothing", "AttributeError: module 'json' has no attribute 'nothing'"),
        ("json:JSONDecoder", "it has no spec"),
        ("json:JSONDecodeError", "TypeError: "),
    ],
)
def test_a_broken_plugin_is_named_and_hurts_no_other(monkeypatch: pytest.MonkeyPatch, value: str, why: str) -> None:
    install(monkeypatch, EntryPoint("bad", value, registry.GROUP), Counting)
    with pytest.warns(match="bad = "):
        assert registry.models() == [*SHIPPED, "counting"]
    assert list(registry.broken()) == ["bad"]
    with pytest.raises(ModelError, match=f"bad = {value} of") as caught:
        registry.model("bad")
    assert caught.value.code == "models.plugin-broken"
    assert caught.value.facts["why"].startswith(why)


def test_without_broken_plugins_there_is_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Counting)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "counting" in registry.models()


def test_what_a_model_raises_becomes_an_error_that_names_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Failing)
    wrong = ZeroDivisionError("division by zero")
    monkeypatch.setattr(Failing, "wrong", wrong)
    with pytest.raises(ModelError) as caught:
        runner.run(store, "counting")
    assert caught.value.code == "models.failed"
    assert caught.value.facts == {"model": "counting", "why": "ZeroDivisionError: division by zero"}
    assert caught.value.__cause__ is wrong


@pytest.mark.parametrize("plugin", [Wordy, WithoutEngine])
def test_an_answer_that_cannot_be_kept_and_an_engine_that_is_missing_are_the_models_fault(
    store: Store, monkeypatch: pytest.MonkeyPatch, plugin: type
) -> None:
    install(monkeypatch, plugin)
    with pytest.raises(ModelError) as caught:
        runner.run(store, "counting")
    assert caught.value.code == "models.failed"


@pytest.mark.parametrize("wrong", [Cancelled(), KeyboardInterrupt(), NotFoundError("models.run-unknown", id="x")])
def test_cancelling_and_madangs_own_errors_pass_through(
    store: Store, monkeypatch: pytest.MonkeyPatch, wrong: BaseException
) -> None:
    install(monkeypatch, Failing)
    monkeypatch.setattr(Failing, "wrong", wrong)
    with pytest.raises(type(wrong)):
        runner.run(store, "counting")


@pytest.mark.parametrize("plugin", [Failing, WithoutEngine])
def test_a_run_whose_model_fails_now_cannot_be_verified_and_the_others_are(
    store: Store, monkeypatch: pytest.MonkeyPatch, plugin: type
) -> None:
    install(monkeypatch, Counting)
    failing, sound = runner.run(store, "counting"), runner.run(store, "clusters")
    install(monkeypatch, plugin)
    monkeypatch.setattr(Failing, "wrong", RuntimeError("engine lost"))
    found = {verdict.run: verdict for verdict in runner.verify_runs(store)}
    assert found[sound.id].kind == "reproduced"
    assert found[failing.id].kind == "cannot"
    assert "counting" in found[failing.id].message("en")


def test_a_run_whose_plugin_is_broken_cannot_be_verified_and_says_why(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, Counting)
    run = runner.run(store, "counting")
    install(monkeypatch, EntryPoint("counting", "nosuch:Thing", registry.GROUP))
    with pytest.warns(match="nosuch"):
        verdict = runner.verify_run(store, run.id)
    assert verdict.kind == "cannot"
    assert "nosuch" in verdict.reason


@pytest.mark.parametrize("wrong", [None, RuntimeError("engine lost")])
def test_a_computation_has_a_scratch_folder_which_is_gone_afterwards(
    store: Store, monkeypatch: pytest.MonkeyPatch, wrong: Exception | None
) -> None:
    install(monkeypatch, Failing)
    monkeypatch.setattr(Failing, "wrong", wrong)
    monkeypatch.setattr(Failing, "folder", None)
    if wrong is None:
        runner.run(store, "counting")
    else:
        with pytest.raises(ModelError):
            runner.run(store, "counting")
    assert Failing.folder is not None
    assert not Failing.folder.exists()


def test_a_model_that_asks_for_no_scratch_folder_pays_for_none(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("madang.models.base.TemporaryDirectory", lambda **_: pytest.fail("a folder was made"))
    assert runner.preview(store, "clusters").indicators


def test_in_a_test_of_a_model_the_context_removes_its_scratch_folder() -> None:
    with Context(seed=0) as ctx:
        assert ctx.workdir.is_dir()
        assert ctx.workdir == ctx.workdir
    assert not ctx.workdir.exists()


def test_a_model_that_breaks_its_promise_is_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Silent)
    with pytest.raises(ModelError) as caught:
        runner.run(store, "counting")
    assert caught.value.facts["outputs"] == "counting.cities"


def test_a_run_whose_plugin_is_gone_cannot_be_verified_and_is_not_stale(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, Counting)
    run = runner.run(store, "counting")
    monkeypatch.undo()
    registry._found.cache_clear()
    assert runner.verify_run(store, run.id).kind == "cannot"
    assert runner.stale(store) == []
    with pytest.raises(NotFoundError):
        registry.model("counting")


def test_only_economy_answers_for_many_members_in_one_call() -> None:
    assert isinstance(registry.model("economy"), BatchModel)
    assert not isinstance(registry.model("clusters"), BatchModel)
