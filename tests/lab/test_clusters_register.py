"""The economic registers answer to theory: closed forms, hand examples, laws; and they hold at their doors."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import madang
from docs.pages import Run
from madang.city import City
from madang.cli import run_in_server
from madang.errors import DataError
from madang.lab import acceptability, ahp, network, pipeline, supply, taxonomy
from madang.lab.register import Range, read_range

# --- industries ------------------------------------------------------------------------------------------------------


def test_the_classification_has_21_sections_and_77_divisions_each_once() -> None:
    divisions = [n for n in range(1, 100) if _is_division(n)]
    assert "".join(taxonomy.sections()) == "ABCDEFGHIJKLMNOPQRSTU"
    assert len(divisions) == 77


def _is_division(number: int) -> bool:
    try:
        return bool(taxonomy.ksic(f"{number:02}").section)
    except DataError:
        return False


@pytest.mark.parametrize(
    ("said", "kept"), [("C", "C"), ("26", "C26"), ("c2611", "C2611"), ("76", "N76"), ("01", "A01")]
)
def test_codes_are_kept_with_their_section(said: str, kept: str) -> None:
    assert taxonomy.ksic(said).text == kept


@pytest.mark.parametrize("said", ["", "V", "77", "J26", "2", "C261111", "가", "C2a", "²6"])
def test_what_is_no_code_is_refused(said: str) -> None:
    with pytest.raises(DataError):
        taxonomy.ksic(said)


# --- supply ----------------------------------------------------------------------------------------------------------


def test_the_loss_is_the_closed_form() -> None:
    loss = supply.direct_loss(0.2, 180, 60)
    assert loss.share == pytest.approx(0.8 * (180 - 60 / 0.8) / 365)
    assert loss.shortage_day == pytest.approx(75)


SHARES = st.floats(0, 1)


@given(SHARES, st.integers(0, 365), st.floats(0, 400))
def test_the_loss_is_never_below_zero_and_grows_with_severity(delivered: float, days: int, stock: float) -> None:
    loss = supply.direct_loss(delivered, days, stock).share
    assert loss >= 0
    assert supply.direct_loss(delivered / 2, days, stock).share >= loss
    assert supply.direct_loss(delivered, min(365, days + 10), stock).share >= loss
    assert supply.direct_loss(1, days, stock).share == 0.0


@given(SHARES, st.integers(0, 365), st.floats(0, 200), st.sampled_from(sorted(supply.ACTS)), st.floats(0, 1))
def test_no_option_makes_it_worse(delivered: float, days: int, stock: float, kind: str, value: float) -> None:
    held = supply.Exposure(Range(0.5, 0.8, 1), Range(1, 1, 1), Range(stock, stock, stock), Range(100, 150, 200))
    better = supply.ACTS[kind](held, Range(value, value, value))
    for case in ("low", "central", "high"):
        before, after = (supply.loss_in(one, case, delivered=delivered, days=days).share for one in (held, better))
        assert after <= before + 1e-12


# --- talent ----------------------------------------------------------------------------------------------------------

one = st.floats(0, 1).map(lambda x: Range(x, x, x))


@given(one, one, one, st.integers(0, 6), st.integers(0, 8))
def test_those_who_stay_never_exceed_those_hired_so_far(
    graduation: Range, hire: Range, stay: Range, years: int, after: int
) -> None:
    seats = Range(100, 100, 100)
    programme = pipeline.Programme(2026, None, years, seats, graduation, hire, stay)
    until = 2026 + years + after
    hired = sum(pipeline.hired(programme, year).central for year in range(2026, until + 1))
    assert pipeline.staying(programme, until).central <= hired + 1e-9
    assert pipeline.hired(programme, 2026 + years - 1).central == 0


def test_staying_by_hand() -> None:
    fixed = [Range(v, v, v) for v in (100, 0.9, 0.5, 0.8)]
    programme = pipeline.Programme(2026, 2027, 2, *fixed)
    assert [round(pipeline.staying(programme, year).central, 3) for year in (2027, 2028, 2029, 2030)] == [
        0,
        45,
        81,
        64.8,
    ]


# --- network ---------------------------------------------------------------------------------------------------------


def test_betweenness_of_a_path_of_five_by_hand() -> None:
    graph = network.graph_of(5, [(0, 1), (1, 2), (2, 3), (3, 4), (1, 0)])
    found = network.betweenness(graph)
    assert found.exact
    assert found.values.tolist() == pytest.approx([0, 3 / 6, 4 / 6, 3 / 6, 0])
    assert network.cut_actors(graph) == [1, 2, 3]


def test_betweenness_shares_equal_paths() -> None:
    square = network.graph_of(4, [(0, 1), (1, 2), (2, 3), (3, 0)])
    assert network.betweenness(square).values.tolist() == pytest.approx([1 / 6] * 4)
    assert network.cut_actors(square) == []
    assert network.missing_links(square) == [(0, 2, 2), (1, 3, 2)]


def test_drawn_betweenness_is_near_the_exact_one_and_the_same_for_a_seed() -> None:
    rng = random.Random(1)
    graph = network.graph_of(900, [(rng.randrange(900), rng.randrange(60)) for _ in range(2500)])
    exact, drawn = network.betweenness(graph), network.betweenness(graph, seed=3, exact_up_to=0)
    assert not drawn.exact
    assert np.abs(exact.values - drawn.values).max() < 0.02
    assert set(np.argsort(-exact.values)[:5]) & set(np.argsort(-drawn.values)[:5])
    assert (network.betweenness(graph, seed=3, exact_up_to=0).values == drawn.values).all()


def test_ten_thousand_actors_are_answered() -> None:
    edges = np.random.default_rng(0).integers(0, 10_000, (20_000, 2)).tolist()
    graph = network.graph_of(10_000, edges)
    assert network.betweenness(graph).sources == network.SOURCES_DRAWN
    assert len(network.missing_links(graph, top=20)) == 20


# --- weighing --------------------------------------------------------------------------------------------------------


def test_consistent_judgements_give_back_their_weights() -> None:
    weights = {"a": 0.5, "b": 0.25, "c": 0.25}
    found = ahp.weigh(list(weights), [("a", "b", 2), ("a", "c", 2), ("b", "c", 1)])
    assert found.weights == pytest.approx(weights)
    assert found.ratio == pytest.approx(0, abs=1e-9)


def test_saatys_ratio_by_hand() -> None:
    # a:b 3, a:c 5, b:c 3. The eigenvalue of 3 x 3 reciprocal matrices is 1 + t + 1/t with t = (3 * 3 / 5) ** (1/3).
    found = ahp.weigh(["a", "b", "c"], [("a", "b", 3), ("a", "c", 5), ("b", "c", 3)])
    t = (9 / 5) ** (1 / 3)
    assert found.eigenvalue == pytest.approx(1 + t + 1 / t)
    assert found.ratio == pytest.approx((t + 1 / t - 2) / 2 / 0.58)


def test_random_judgements_do_not_pass_the_gate() -> None:
    rng, names = random.Random(0), [f"c{n}" for n in range(7)]
    for _ in range(200):
        said = [(a, b, rng.choice([1, 3, 5, 7, 9, 1 / 3, 1 / 9])) for i, a in enumerate(names) for b in names[i + 1 :]]
        with pytest.raises(DataError) as refused:
            ahp.weigh(names, said)
        assert refused.value.code == "clusters.judgements-inconsistent"


def test_rank_acceptability_of_two_mirrored_alternatives_is_a_half() -> None:
    criteria = [acceptability.Criterion("x", "more"), acceptability.Criterion("y", "less")]
    found = acceptability.standings({"a": {"x": 1, "y": 1}, "b": {"x": 0, "y": 0}}, criteria, seed=1)
    assert [one.acceptability[0] for one in found] == pytest.approx([0.5, 0.5], abs=0.02)
    assert sum(one.acceptability[0] for one in found) == pytest.approx(1)


def test_an_alternative_better_in_all_is_first_under_all_weights() -> None:
    criteria = [acceptability.Criterion(c, "more") for c in "xyz"]
    table = {"best": dict.fromkeys("xyz", 3.0), "b": dict.fromkeys("xyz", 1.0), "c": {"x": 0.0, "y": 2.0, "z": 1.0}}
    found = acceptability.standings(table, criteria, weights={"x": 1, "y": 1, "z": 1})
    assert found[0].alternative == "best"
    assert found[0].acceptability == (1.0, 0.0, 0.0)


@pytest.mark.parametrize("given", [{"low": 2, "central": 1, "high": 3}, {"low": 1}, "x", True, float("nan"), -1, None])
def test_a_range_out_of_order_is_refused(given: object) -> None:
    with pytest.raises(DataError):
        read_range(given, "seats")


# --- doors -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def town(tmp_path: Path) -> Path:
    path = tmp_path / "town.gpkg"
    with madang.new(path, by="tests") as city:
        city.put({"id": "urn:ngsi-ld:Firm:t:1", "type": "Firm", "name": "가상기업"}, by="tests")
    return path


def _shell(path: Path, *words: str, language: str = "en") -> tuple[int, str, str]:
    done = run_in_server(list(words), path.parent, {}, {"language": language})
    return done["exit_code"], done["stdout"], done["stderr"]


def test_the_whole_register_from_a_shell(town: Path) -> None:
    f = str(town)
    steps = [
        ("cluster", "add", f, "--name", "가상 클러스터", "--ksic", "26", "-m", "r"),
        ("cluster", "firm", f, "urn:ngsi-ld:Firm:t:1", "--ksic", "C2611", "--stage", "design", "-m", "r"),
        ("cluster", "list", f),
        ("cluster", "unmapped", f),
        ("cluster", "put", f, "demand", '{"skill":"설계","year":2028,"persons":60}', "-m", "r"),
        ("cluster", "talent", f),
        ("cluster", "chokepoints", f),
        ("cluster", "network", f),
        ("weigh", "ahp", f, '{"criteria":["a","b"],"judgements":[["a","b",3]]}'),
        ("weigh", "rank", f, '{"alternatives":{"a":{"x":1},"b":{"x":2}},"criteria":{"x":"more"}}'),
        ("weigh", "bc", f, '{"flows":{"2027":{"cost":1,"benefit":2}},"base_year":2027,"rate_percent":4.5}'),
    ]
    for words in steps:
        code, _, stderr = _shell(town, *words)
        assert code == 0, (words, stderr)
    assert "1 of 1" in _shell(town, "cluster", "unmapped", f)[1]


def test_wrong_fields_from_a_shell_are_refused_in_words(town: Path) -> None:
    code, _, said = _shell(town, "cluster", "put", str(town), "demand", '{"skil":"x"}', "-m", "r", language="ko")
    assert code != 0
    assert "고쳐 적으세요" in said


def test_a_kept_evaluation_carries_method_and_seed(town: Path) -> None:
    with madang.open(town) as city:
        found = city.weighing.rank(alternatives={"a": {"x": 1}, "b": {"x": 2}}, criteria={"x": "more"}, seed=5)
        city.weighing.keep(title="가상 평가", result=found, reason="committee", by="tests")
        kept = city.weighing.evaluations()[0]
        assert kept["seed"]["value"] == 5
        assert "SMAA-2" in kept["method"]["value"]


def test_a_branch_is_weighed_by_the_indicators_of_its_comparison(icheon: City) -> None:
    branch = icheon.fork("shock", by="tests")
    branch.clusters.shocks.add(industry="C", year=2020, lost=0.2, recovery_years=3, reason="r", by="tests")
    found = icheon.weighing.rank_branches(["shock"], criteria={"clusters.hhi": "less"}, by="tests")
    assert {one.alternative for one in found.standings} == {"main", "shock"}
    assert all(
        "ModelRun" in address or "/run:" in address for row in found.addresses.values() for address in row.values()
    )


def test_shift_share_parts_sum_to_the_actual_change(icheon: City) -> None:
    icheon.run("clusters", by="tests")
    told = icheon.clusters.specialisation()
    assert told is not None
    for period in told["tables"]["shift-share"]:
        parts = ("national_krw", "mix_krw", "competitive_krw", "apart_krw")
        assert sum(period[part] for part in parts) == period["change_krw"]


def test_the_page_of_clusters_does_what_it_says(tmp_path: Path) -> None:
    Run("clusters.md", tmp_path).all()
