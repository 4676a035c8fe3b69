"""Measures of clusters agree with examples solved by hand, and shift-share loses nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_city import grdp_csv, statistic

from madang.errors import DataError, ModelError
from madang.models import runner
from madang.models.clusters import detail, districts, measures
from madang.models.clusters.model import answer
from madang.models.industries import INDUSTRIES
from madang.sources.korea import national_tables
from madang.store import Store

NAN = float("nan")

# Three districts, three industries. National: 60, 90, 50 of 200.
VALUES = np.array([[40.0, 10, 0], [10, 70, 20], [10, 10, 30]])


def test_the_location_quotient_of_a_hand_example() -> None:
    """District 1: 40 of 50 in industry 1, the country 60 of 200: 0.8 / 0.3."""
    assert measures.location_quotients(VALUES)[0] == pytest.approx([0.8 / 0.3, 0.2 / 0.45, 0])


def test_concentration_and_specialisation_of_a_hand_example() -> None:
    assert measures.herfindahl(VALUES)[0] == pytest.approx(0.8**2 + 0.2**2)
    assert measures.krugman(VALUES)[0] == pytest.approx((0.5 + 0.25 + 0.25) / 2)
    assert measures.krugman(np.array([[1.0, 2], [2.0, 4]])) == pytest.approx([0, 0])


def test_relatedness_of_a_hand_example() -> None:
    """Own industries (LQ >= 1): {1}, {2}, {3}; with a fourth district owning 2 and 3, those two are near: 1 of 2."""
    quotients = np.array([[2.0, 0, 0], [0, 2, 0], [0, 0, 2], [0, 1, 1]])
    near = measures.proximity(quotients)
    assert near[1, 2] == near[2, 1] == pytest.approx(0.5)
    assert near[0].sum() == 0
    assert measures.density(quotients)[1] == pytest.approx([0, 0, 1])  # district 2 owns all that is near to industry 3


def test_an_industry_without_a_value_has_no_quotient_and_is_not_zero() -> None:
    values = np.array([[40.0, NAN], [10, 70]])
    assert np.isnan(measures.location_quotients(values)[0, 1])
    assert measures.shares(values)[0, 0] == 1


amounts = st.one_of(st.integers(1, 10**13).map(float), st.just(NAN))


@given(st.lists(st.tuples(amounts, amounts, amounts, amounts), min_size=1, max_size=16))
@settings(max_examples=60)
def test_the_parts_of_shift_share_sum_to_the_change_to_the_won(rows: list[tuple[float, ...]]) -> None:
    before, after = (np.array([[row[k], row[k + 1]] for row in rows]).T for k in (0, 2))
    parts = measures.shift_share(before[0], after[0], *measures.known_sums(before, after))
    assert (parts.national + parts.mix + parts.competitive == parts.change).all()
    assert (parts.homothetic + parts.allocation == parts.competitive).all()
    whole = round(np.nansum(after[0])) - round(np.nansum(before[0]))
    assert int(parts.change.sum()) + parts.apart == whole


def test_shift_share_of_a_hand_example() -> None:
    """100 -> 150 where the industry doubled (200 -> 400) and the country grew by half (1000 -> 1500)."""
    parts = measures.shift_share(
        np.array([100.0, 0]), np.array([150.0, 0]), np.array([200.0, 800]), np.array([400.0, 1100])
    )
    assert (parts.national[0], parts.mix[0], parts.competitive[0]) == (50, 50, -50)


def test_in_all_229_districts_the_parts_sum_and_competitive_effects_cancel() -> None:
    """Over the country national + mix is the whole change of each industry, so competitive effects sum to rounding."""
    years = districts.years_of(national_tables().grdp)
    both = districts.period(years[2015], years[2020])
    whole = measures.known_sums(both.before, both.after)
    parts = [measures.shift_share(b, a, *whole) for b, a in zip(both.before, both.after, strict=True)]
    assert len(parts) == 229
    assert all((p.national + p.mix + p.competitive == p.change).all() for p in parts)
    assert abs(sum(int(p.competitive.sum()) for p in parts)) <= 229 * 16


def test_districts_missing_in_2010_are_left_out_and_listed() -> None:
    years = districts.years_of(national_tables().grdp)
    both = districts.period(years[2010], years[2015])
    assert "29010" in both.left_out  # Sejong, founded in 2012
    assert "29010" not in both.codes
    assert set(both.codes) <= set(years[2010].codes)


# --- the model on a city ---------------------------------------------------------------------------------------------


def test_the_model_finds_the_city_among_the_districts(store: Store) -> None:
    run = runner.run(store, "clusters")
    assert [f.id for f in run.indicators] == list(run_order())
    assert {f.quantity.status for f in run.indicators} == {"observed"}  # arithmetic on observed figures
    rows = run.tables["by-industry"]
    assert len(rows) == len(INDUSTRIES)
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    assert [p["from"] for p in run.tables["shift-share"]] == [2010, 2015]
    for period in run.tables["shift-share"]:
        parts = sum(period[name] for name in ("national_krw", "mix_krw", "competitive_krw", "apart_krw"))
        assert parts == period["change_krw"]


def run_order() -> list[str]:
    return [
        "clusters.hhi",
        "clusters.specialisation",
        "clusters.competitive",
        "clusters.industry-mix",
        "clusters.specialised-industries",
        "clusters.density-next",
    ]


def test_a_figure_changed_on_a_branch_changes_the_answer(store: Store) -> None:
    with store.transact(branch="plan", actor="tests", reason="a larger industry") as tx:
        tx.put(statistic(2020, manufacturing=10**12))
    main, plan = (runner.run(store, "clusters", branch=b) for b in ("main", "plan"))
    assert plan.figure("clusters.hhi").quantity.value > main.figure("clusters.hhi").quantity.value


def test_without_grdp_the_model_says_which_input_is_missing(store: Store) -> None:
    with store.transact(actor="tests", reason="forget") as tx:
        for year in (2010, 2015, 2020):
            tx.delete(f"urn:ngsi-ld:Statistic:test:1-grdp-{year}")
    with pytest.raises(ModelError) as caught:
        runner.run(store, "clusters")
    assert caught.value.facts["port"] == "grdp"


def test_asked_for_semiconductors_it_says_which_file_would_answer(store: Store) -> None:
    told = runner.run(store, "clusters", params={"industry": "반도체"}).tables["answer"]
    assert told["answered"] is False
    assert told["ksic"] == ["261"]
    assert told["nearest"]["industry"] == "manufacturing"
    assert any("사업체조사" in file["ko"] for file in told["would_answer"])


DETAIL = """행정구역코드,산업분류코드,사업체수,종사자수
1,C26,10,300
1,C261,4,200
1,C10,20,700
2,C26,90,700
2,C261,9,100
2,C10,300,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_given_the_file_it_answers(store: Store, encoding: str) -> None:
    from invented_city import dataset

    with store.transact(actor="tests", reason="detail") as tx:
        sha = tx.put_blob(DETAIL.encode(encoding), media_type="text/csv")
        tx.put(dataset("detail", {"industry-detail.csv": sha}))
    told = runner.run(store, "clusters", params={"industry": "C261"}).tables["answer"]
    assert told["answered"] is True
    firms = next(m for m in told["measures"] if m["measure"] == "firms")
    assert (firms["value"], firms["part_of_all_regions"]) == (4.0, pytest.approx(4 / 13, rel=1e-9))
    assert firms["location_quotient"] == pytest.approx((4 / 30) / (13 / 420), rel=1e-9)


def test_a_withheld_cell_gives_no_quotient_instead_of_a_wrong_one() -> None:
    rows = detail.read_detail(DETAIL.encode(), "d.csv")
    told = detail.quotient(rows, region="1", codes=["26"], measure="workers")
    assert told["value"] == 300  # C261 is a part of C26 and not added to it
    assert told["location_quotient"] is None  # one cell of the reference is withheld


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a,b\n1,2\n", "models.industry-file-columns"),
        ("region,ksic,workers\n1,26,many\n", "models.industry-file-number"),
    ],
)
def test_a_bad_detail_file_is_refused_with_its_place(text: str, code: str) -> None:
    with pytest.raises(DataError) as caught:
        detail.read_detail(text.encode(), "d.csv")
    assert caught.value.code == code
    assert "d.csv" in caught.value.message("en")


@pytest.mark.parametrize(
    ("text", "codes"), [("26", ("26",)), ("C2611", ("2611",)), ("이차전지", ("282",)), ("제조업", ("C",))]
)
def test_people_may_ask_in_their_own_words(text: str, codes: tuple[str, ...]) -> None:
    meant = detail.understand(text)
    assert meant is not None
    assert meant.codes == codes


def test_an_industry_nobody_knows_is_not_guessed() -> None:
    assert detail.understand("qwerty") is None
    told = answer("qwerty", code="1", blob=None, by_industry=[])
    assert told["answered"] is False
    assert told["nearest"] is None


def test_the_national_table_reads_the_same_from_its_blob() -> None:
    years = districts.read_years(grdp_csv())
    assert list(years) == [2010, 2015, 2020]
    assert years[2020].values.shape == (2, 16)
