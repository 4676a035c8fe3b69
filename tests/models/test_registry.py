"""Models of plugins come in by entry points, and can't take the place of those that ship."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from madang.errors import ModelError, NotFoundError
from madang.models import registry, runner
from madang.models.base import BatchModel, Context, Inputs, Quantity, Result
from madang.models.clusters.model import SPEC
from madang.store import Store


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


class Entry:
    """What an installed entry point looks like."""

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


def install(monkeypatch: pytest.MonkeyPatch, brought: type) -> None:
    monkeypatch.setattr(registry, "entry_points", lambda group: [Entry(brought)])


def test_a_plugins_model_runs_like_one_that_ships(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Counting)
    assert registry.models() == ["economy", "clusters", "counting"]
    run = runner.run(store, "counting")
    assert run.figure("counting.cities").quantity.value == 1
    assert run.figure("counting.cities").label == {"ko": "counting.cities", "en": "counting.cities"}
    assert runner.verify_run(store, run.id).kind == "reproduced"


def test_a_plugin_cannot_take_the_name_of_a_model_that_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Usurper)
    with pytest.raises(ModelError) as caught:
        registry.models()
    assert caught.value.code == "models.id-taken"


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
