"""The lab's door: boards, variants, what waits, what moves an answer, what must hold, equity, cards, files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from invented_city import PROGRAMME, made_store, programme
from openpyxl import load_workbook

from madang import plugins
from madang.city import City, open_city
from madang.cli import lab as commands
from madang.cli import output, run
from madang.entities.entity import property_, relationship
from madang.errors import CallerError, DataError, Language
from madang.models import registry
from madang.models.base import Context, Floats, Inputs, Param, Quantity, Result
from madang.models.clusters.model import SPEC

LEVER = f"{PROGRAMME}#amount"
STAYS, REALISED, IMPORTS = "economy.value-added-city", "economy.value-added-city-realised", "economy.imports"


class Straight:
    """A plugin's model, linear by design: gain = amount x rate - 6e11, by two districts."""

    spec = replace(
        SPEC,
        id="straight",
        inputs=(replace(SPEC.inputs[0], name="programmes", entity="Programme", attributes=("amount",),
                        units={"amount": "KRW"}, lever="amount", required=False),),
        outputs=("straight.gain",),
        params=(
            Param("rate", "1", "uncertainty", 0.5, 0.0, 1.0, source="", label={"ko": "비율", "en": "rate"}),
            Param("idle", "1", "uncertainty", 0.5, 0.0, 1.0, label={"ko": "무관", "en": "idle"}),
        ),
        words=(),
        batch=True,
        members=400,
    )  # fmt: skip

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        amount = float(np.nansum(inputs["programmes"].column("amount")))  # type: ignore[union-attr]
        gain = amount * float(params["rate"]) - 6e11 if amount else 0.0
        table = [
            {"place": f"urn:d:{n}", "label": {"ko": name, "en": name}, "value": share * max(amount, 1e11), "weight": w}
            for n, (name, share, w) in enumerate((("큰동", 1.0, 300), ("작은동", 0.1 if amount else 0.5, 100)))
        ]
        return Result({"straight.gain": Quantity(gain, "KRW")}, tables={"by-district:straight.gain": table})

    def run_batch(self, inputs: Inputs, params: Mapping[str, Floats], ctx: Context) -> Mapping[str, Floats]:
        amount = float(np.nansum(inputs["programmes"].column("amount")))  # type: ignore[union-attr]
        gain = amount * params["rate"] - 6e11 if amount else np.zeros(len(params["rate"]))
        return {"straight.gain": gain}


class Slow(Straight):
    """The same, but it takes its time."""

    spec = replace(Straight.spec, id="slow", outputs=("slow.gain",), quick=False)

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        return Result({"slow.gain": super().run(inputs, params, ctx).indicators["straight.gain"]})

    def run_batch(self, inputs: Inputs, params: Mapping[str, Floats], ctx: Context) -> Mapping[str, Floats]:
        return {"slow.gain": super().run_batch(inputs, params, ctx)["straight.gain"]}


@pytest.fixture(scope="module", autouse=True)
def plugged() -> Iterator[None]:
    """Both models come in as plugins do."""
    with pytest.MonkeyPatch.context() as patch:
        entries = [EntryPoint(one.__name__, f"{__name__}:{one.__name__}", registry.GROUP) for one in (Straight, Slow)]
        patch.setattr(plugins, "entry_points", lambda group: entries if group == registry.GROUP else [])
        registry._found.cache_clear()
        yield
    registry._found.cache_clear()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The invented city with `plan` (1 trillion) and `more` (1.4 trillion, a fifth of it bought locally)."""
    folder = tmp_path_factory.mktemp("lab")
    for store in made_store(folder):
        store.fork("more", parent="plan", actor="tests", reason="fork", title={"ko": "더 크게", "en": "Larger"})
        with store.transact(branch="more", actor="tests", reason="more") as tx:
            tx.put(programme(1.4e12, localShare=property_(0.2, unit="C62")))
            tx.put({"id": "urn:ngsi-ld:Task:t:1", "type": "Task", "refProgramme": relationship(PROGRAMME)})
            tx.put({"id": "urn:ngsi-ld:Task:t:2", "type": "Task"})
    with open_city(folder / "city.gpkg", write=True) as found:
        yield found


# --- boards ----------------------------------------------------------------------------------------------------------


def test_the_board_holds_the_baseline_beside_branches_and_variants(city: City) -> None:
    turned = {"id": "v", "branch": "plan", "levers": {LEVER: 2e12}}
    same = {"id": "still", "branch": "plan", "levers": {LEVER: 1e12}}
    head = city.store.view().tx
    made = city.lab.board(["plan", turned, same], models=["economy"])
    assert [one.id for one in made.alternatives] == ["main", "plan", "v", "still"]
    row = made.row(STAYS)
    plan, twice, still = (row.cell(id).difference for id in ("plan", "v", "still"))
    assert plan is not None
    assert twice is not None
    assert still is not None
    assert (twice.value, twice.p05) == (pytest.approx(2 * plan.value), pytest.approx(2 * plan.p05))
    assert (still.value, still.p05, still.p95) == (plan.value, plan.p05, plan.p95)
    assert plan.better_in == 1.0
    assert row.cell("main").difference is None
    assert row.cell("plan").state == "computed"
    unknown = made.row("economy.employment").cell("plan")
    assert (unknown.state, unknown.quantity.value) == ("unknown", None)  # type: ignore[union-attr]
    assert unknown.quantity.note["en"].startswith("No data")  # type: ignore[union-attr,index]
    assert city.store.view().tx == head  # nothing is written
    assert city.lab.board(["plan", turned, same], models=["economy"]).as_bytes() == made.as_bytes()


def test_against_another_branch_a_variant_that_changes_nothing_differs_by_exactly_zero(city: City) -> None:
    variant = {"id": "v", "branch": "plan", "levers": {LEVER: 1e12}}
    made = city.lab.board([variant], against="plan", models=["economy", "straight"])
    for row in made.rows:
        by = row.cell("v").difference
        assert by is None or (by.value, by.p05, by.p95) in ((0, 0, 0), (0, None, None))


def test_what_a_slow_model_has_not_answered_waits_and_once_run_stands_there(city: City) -> None:
    given = ["plan", {"id": "v", "branch": "plan", "levers": {LEVER: 3e12}}]
    made = city.lab.board(given, models=["slow"])
    assert {one.alternative for one in made.waiting} == {"main", "plan", "v"}
    assert made.waiting[1].how == "madang run city.gpkg slow --branch plan"
    assert made.row("slow.gain").cell("plan").state == "waiting"
    assert city.lab.board(given, models=["slow"], slow=True).row("slow.gain").cell("v").quantity.value == 9e11  # type: ignore[union-attr]
    city.branch("plan").run("slow", by="tests", **{LEVER: 3e12})
    again = city.lab.board(given, models=["slow"])
    assert {one.alternative for one in again.waiting} == {"main", "plan"}
    cell = again.row("slow.gain").cell("v")
    assert cell.state == "known"
    assert city.explain(str(cell.address))["value"] == 9e11
    with pytest.raises(CallerError) as refused:
        city.lab.tornado("slow.gain", "plan")
    assert refused.value.code == "lab.slow-model"


def test_recording_gives_figures_addresses_and_what_cannot_answer_is_said(city: City) -> None:
    made = city.lab.board(["more"], models=["straight", "power-hydrogen"], record=True, by="tests")
    cell = made.row("straight.gain").cell("more")
    assert (cell.state, city.explain(str(cell.address))["value"]) == ("known", 1.4e12 * 0.5 - 6e11)
    # A city without an energy site: nothing failed, there is nothing to be about, and the board says so.
    assert (made.failed, made.waiting) == ((), ())
    assert made.row("power-hydrogen.cost").cell("more").state == "unknown"
    assert sum("nothing of what it is about" in note["en"] for note in made.notes) == 2


def test_wrong_alternatives_are_refused_in_words(city: City) -> None:
    for wrong, code in (
        ({"levers": {}}, "lab.alternative-malformed"),
        ({"branch": "plan", "levers": {LEVER: "much"}}, "lab.lever-no-number"),
        ({"branch": "plan", "levers": {"urn:x#amount": 1.0}}, "models.lever-unknown"),
    ):
        with pytest.raises(CallerError) as refused:
            city.lab.board([wrong], models=["economy"])
        assert refused.value.code == code
    beyond = {"branch": "plan", "levers": {"economy.realisation": 7.0}}
    assert city.lab.board([beyond], models=["economy"]).failed[0].code == "models.parameter-range"
    with pytest.raises(CallerError) as twice:
        city.lab.board(["plan", "plan"])
    assert twice.value.code == "lab.alternative-twice"


def test_a_plugins_indicator_is_in_the_catalogue_with_what_its_runs_showed(city: City) -> None:
    city.branch("plan").run("straight", by="tests")
    found = {one.indicator.id: one for one in city.lab.indicators()}
    assert (found["straight.gain"].source, found["straight.gain"].indicator.by) == ("plugin", ("district",))
    assert found["straight.gain"].indicator.unit == "KRW"
    assert found[STAYS].source == "catalogue"


def test_a_board_as_files_says_what_the_board_says(city: City, tmp_path: Path) -> None:
    made = city.lab.board(["plan"], models=["economy", "straight"])
    path = city.lab.export(made, tmp_path / "board.csv", language="ko")
    lines = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    line = next(one for one in lines if one["indicator"] == STAYS and one["alternative"] == "plan")
    assert float(line["value"]) == made.row(STAYS).cell("plan").quantity.value  # type: ignore[union-attr]
    assert line["label"] == "지역에 남는 부가가치"
    book = load_workbook(city.lab.export(made, tmp_path / "board.xlsx"))
    assert book.sheetnames[0] == "value"
    assert any(name.startswith("district straight.gain") for name in book.sheetnames)
    with pytest.raises(CallerError):
        city.lab.export(made, tmp_path / "board.doc")


def test_equity_says_who_loses_against_the_baseline(city: City) -> None:
    found = city.lab.equity("straight.gain", ["plan"])
    assert found["main"].losers is None
    assert found["plan"].gini is not None
    assert found["plan"].gini > found["main"].gini  # type: ignore[operator]
    assert found["plan"].losers is None  # a plugin's indicator without a direction: nobody is said to lose
    assert found["plan"].notes
    with pytest.raises(CallerError) as refused:
        city.lab.equity(STAYS, ["plan"])
    assert refused.value.code == "lab.no-places"


# --- what moves it, what must hold -----------------------------------------------------------------------------------


def test_the_tornado_of_a_linear_model_is_its_slopes(city: City) -> None:
    """gain = amount x rate - 6e11 at 1e12 and 0.5: the rate from 0 to 1 swings 1e12, the amount by a fifth 2e11."""
    found = city.lab.tornado("straight.gain", "plan")
    assert found.central == -1e11
    assert [(bar.turned.id, bar.swing) for bar in found.bars] == [
        ("straight.rate", pytest.approx(1e12)),
        (LEVER, pytest.approx(2e11)),
    ]
    assert [one.id for one in found.unmoved] == ["straight.idle"]
    told = found.as_json()
    assert told["bars"][0]["sourceToBeNamed"]
    assert told["bars"][1]["isAssumedRange"]
    ranged = city.lab.tornado("straight.gain", "plan", ranges={LEVER: (1e12, 2e12)})
    assert {bar.turned.id: bar.swing for bar in ranged.bars}[LEVER] == pytest.approx(5e11)
    # of the difference, what nature chooses is turned for both: 1.4e12 - 1e12 over rates from 0 to 1
    apart = city.lab.tornado("straight.gain", "more", against="plan", over=["straight.rate"])
    assert apart.bars[0].swing == pytest.approx(4e11)


def test_break_even_of_a_linear_model_by_hand_and_the_box_that_holds_it(city: City) -> None:
    """`plan` beats 현행 (gain 0) where 1e12 x rate > 6e11: rate above 0.6; or amount above 1.2e12 at rate 0.5."""
    found = city.lab.what_must_hold("main", "plan", indicator="straight.gain")
    turns = {one.id: one for one in found.turns}
    assert not found.b_wins
    assert turns["straight.rate"].nearest == pytest.approx(0.6)
    assert (turns["straight.rate"].crossing.holds, turns["straight.rate"].crossing.is_exact) == ("above", True)
    assert turns["straight.idle"].crossing.holds == "never"
    assert turns[LEVER].nearest == pytest.approx(1.2e12, rel=1e-6)
    assert found.probability == pytest.approx(0.4, abs=1 / 400)  # stratified: each 400th once
    assert found.box is not None
    assert [found.columns[side.column][0] for side in found.box.sides] == ["straight.rate"]
    assert found.box.density >= 0.8
    told = found.as_json()
    assert any("0.6" in one["ko"] and "비율" in one["ko"] for one in told["sentences"])
    assert told["box"]["conditions"][0]["high"] is None


def test_a_weighted_sum_turns_by_its_weights_exactly(city: City) -> None:
    """plan keeps more in the city, main imports nothing: with weights w and 1 - w they are equal at one half."""
    weights = {STAYS: 0.2, IMPORTS: 0.8}
    found = city.lab.what_must_hold("main", "plan", criteria=list(weights), weights=weights, over=[])
    assert found.central == pytest.approx(0.2 - 0.8)
    turn = {one.id: one for one in found.weights}[f"weight:{STAYS}"]
    assert (turn.nearest, turn.crossing.holds) == (pytest.approx(0.5), "above")


def test_importance_finds_what_carries_the_doubt(city: City) -> None:
    found = city.lab.importance("straight.gain", "plan")
    assert found.factors[0].id == "straight.rate"
    assert found.factors[0].share == pytest.approx(1.0, abs=1e-6)
    assert found.explained == pytest.approx(1.0)


def test_ranks_and_front_take_unknown_alternatives_out_by_name(city: City) -> None:
    made = city.lab.board(["plan", "more"], models=["economy"])
    ranks = city.lab.ranks(made, [REALISED, {"id": IMPORTS}], draws=2000).as_json()
    assert ranks["isUncertain"]
    assert sum(one["acceptability"][0] for one in ranks["standings"]) == pytest.approx(1.0, abs=1e-3)
    front = city.lab.pareto(made, [REALISED, IMPORTS], groups={"g": {REALISED: 1, IMPORTS: 1}}, worth={"plan": 1.2})
    assert front.front == ["main", "plan"]
    assert front.as_json()["points"][2]["dominatedBy"] == ["plan"]
    assert front.consensus is not None
    assert front.consensus[0].is_front
    with pytest.raises(DataError) as refused:
        city.lab.ranks(made, ["economy.employment"])
    assert "plan (economy.employment)" in refused.value.message("ko")  # unknown everywhere: nothing is left to rank
    with pytest.raises(CallerError):
        city.lab.ranks(made, ["economy.taxes"])  # nobody says which way is better


def test_conditions_of_recorded_ensembles(city: City) -> None:
    runs = {name: city.branch(name).experiments.run("straight", n=300, by="tests") for name in ("plan", "more")}
    found = city.lab.conditions(runs["plan"].id, "straight.gain", at_least=0.0)
    assert found.probability == pytest.approx(0.4, abs=0.01)
    assert found.box is not None
    assert found.as_json()["box"]["conditions"][0]["id"] == "rate"
    better = city.lab.conditions(runs["more"].id, "straight.gain", against=runs["plan"].id)
    assert better.probability == 1.0  # 1.4 times as much, whatever the rate
    carried = city.lab.importance_in(runs["plan"].id, "straight.gain")
    assert carried.factors[0].id == "rate"


# --- cards and tasks -------------------------------------------------------------------------------------------------


def test_a_card_of_the_city_stands_in_place_of_the_models_until_it_is_withdrawn(city: City) -> None:
    plan = city.fork("carded", reason="cards", by="tests")
    plan.lab.assume("straight", "rate", low=0.6, central=0.7, high=0.8, source="대장", reason="known", by="tests")
    lever = next(one for one in plan.lab.levers() if one.id == "straight.rate")
    assert (lever.low, lever.value, lever.source, lever.as_json()["sourceToBeNamed"]) == (0.6, 0.7, "대장", False)
    plan.lab.assume("straight", "rate", low=0.1, central=0.2, high=0.3, reason="better known", by="tests")
    assert len(plan.lab.assumptions()) == 1
    with pytest.raises(DataError):
        plan.lab.assume("straight", "rate", low=0.3, central=0.2, high=0.1, reason="wrong", by="tests")
    plan.lab.withdraw("straight", "rate", reason="was wrong", by="tests")
    assert next(one for one in plan.lab.levers() if one.id == "straight.rate").source is None


def test_a_task_is_worth_what_its_programme_adds(city: City) -> None:
    found = city.branch("more").lab.task_benefits("straight.gain")
    assert found == {"urn:ngsi-ld:Task:t:1": pytest.approx(1e11)}  # 1.4e12 x 0.5 - 6e11, and nothing without it


# --- the command line ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_command_speaks_both_languages(tmp_path: Path, language: Language) -> None:
    for _ in made_store(tmp_path):
        pass
    file, by = tmp_path / "city.gpkg", [STAYS, IMPORTS]
    variant = f"plan:{LEVER}=2e12,economy.realisation=0.9"
    spoken = output.Speaker(captured=True, language=language)
    with output.speaking(spoken):
        commands.board(file, ["plan", variant], model=["economy", "slow"])
        commands.equity(file, "straight.gain", ["plan"])
        commands.tornado(file, "straight.gain", alternative="plan")
        commands.ranks(file, by, ["plan"], order=STAYS, draws=500)
        commands.pareto(file, by, ["plan"])
        commands.turning(file, "main", "plan", ["straight.gain"])
        commands.turning(file, "main", "plan", by, weight=[f"{STAYS}=1", f"{IMPORTS}=2"])
        commands.levers(file, branch="plan")
        commands.indicators(file)
        with pytest.raises(CallerError):
            commands.board(file, ["plan:nonsense"])
    told = spoken.text()[0]
    assert "madang run city.gpkg slow --branch plan" in told
    expected = {"ko": ["현행", "지니계수", "출처를 밝혀야 함"], "en": ["main", "Gini", "source to be named"]}[language]
    assert all(words in told for words in [*expected, "0.6", "straight.gain"])


def test_a_card_is_written_from_a_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in made_store(tmp_path):
        pass
    values = ["--low", "0.6", "--central", "0.7", "--high", "0.8", "--reason", "r", "--branch", "plan", "--json"]
    assert run(["lab", "assume", str(tmp_path / "city.gpkg"), "straight", "rate", *values]) == 0
    assert '"Assumption"' in capsys.readouterr().out
