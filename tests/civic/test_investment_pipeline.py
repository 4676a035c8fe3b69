"""Investment by stage: three amounts that keep their laws under any facts, a log of changes, a register in and out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civic.investing import UNIVERSITY, empty_city, standing
from madang.city import City
from madang.civic.investment import stage_weights
from madang.civic.investment.register import write_register
from madang.civic.investment.register_sample import TOTAL, sample_register
from madang.civic.investment.stage_weights import CASES, STAGES, packaged
from madang.civic.investment.standing import EVENTS, Fact, after, begun, require
from madang.errors import CallerError, ConflictError, DataError, MadangError, NotFoundError

WEIGHTS = packaged()[0]
WON = st.integers(0, 10**13)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with standing(), empty_city(tmp_path / "city.gpkg") as made:
        yield made


def pledged(city: City, company: str = "가나", amount: int = 1_000_000_000, **more: Any) -> str:
    made = city.investment.pledge(company=company, amount=amount, signed_on="2024-01-10", reason="가상", by="t", **more)
    return str(made["id"])


# --- laws ------------------------------------------------------------------------------------------------------------


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    some = st.none() | WON
    return Fact(
        stage=draw(st.sampled_from(EVENTS)),
        amount=draw(some),
        contracted=draw(some),
        realised=draw(some),
        because=draw(st.none() | st.just("사유")),
        has_evidence=draw(st.booleans()),
    )


@settings(max_examples=300)
@given(pledge=st.integers(1, 10**13), told=st.lists(facts(), max_size=12))
def test_weighted_never_above_standing_never_above_pledged_and_realised_never_above_contracted(
    pledge: int, told: list[Fact]
) -> None:
    now = begun(pledge)
    for fact in told:
        try:
            require(now, fact)
        except MadangError:
            continue  # what is refused changes nothing
        now = after(now, fact)
        low, central, high = (now.weighted(WEIGHTS, case) for case in CASES)
        assert 0 <= low <= central <= high <= now.standing <= now.pledged
        assert (now.realised or 0) <= (now.contracted or 0)
        assert low >= min(now.realised or 0, now.standing)


@given(pledge=st.integers(1, 10**13), share=st.integers(0, 100))
def test_a_later_stage_never_counts_less(pledge: int, share: int) -> None:
    amount = pledge * share // 100
    counted = [after(begun(pledge), Fact(stage, contracted=amount, realised=0)).weighted(WEIGHTS) for stage in STAGES]
    assert counted == sorted(counted)


def test_weighted_by_hand() -> None:
    """100 pledged, 60 contracted, 20 realised, under construction: 20 + 90 % of 40 + 45 % of 40."""
    now = after(begun(100), Fact("under-construction", contracted=60, realised=20, because="한 번에"))
    assert now.weighted(WEIGHTS) == 20 + 36 + 18
    assert after(now, Fact("cancelled")).weighted(WEIGHTS) == 20


@settings(max_examples=15)
@given(
    moves=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(EVENTS), st.none() | st.integers(0, 3 * 10**9), st.booleans()),
        max_size=10,
    )
)
def test_the_sum_over_companies_is_the_total_to_the_won_whatever_is_recorded(
    moves: list[tuple[int, str, int | None, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with standing(), empty_city(tmp_path_factory.mktemp("law") / "city.gpkg") as city:
        ids = [pledged(city, f"가상 {n}", 10**9 + n) for n in range(3)]
        for which, stage, amount, because in moves:
            told: dict[str, Any] = {"because": "사유"} if because else {}
            told["pledged" if stage in ("reduced", "increased") else "contracted"] = amount
            try:
                city.investment.record_stage(ids[which], stage=stage, evidence="문서", reason="가상", by="t", **told)
            except MadangError:
                continue
        found = city.investment.pipeline()
        assert found.pledged["value"] == sum(one.standing.pledged for one in found.companies)
        for groups in (found.by_stage(), found.by("sector"), found.by("site")):
            assert sum(one.pledged for one in groups) == found.pledged["value"]
            assert sum(one.weighted for one in groups) == found.weighted["value"]
        assert found.weighted["value"] <= found.standing <= found.pledged["value"]
        last = found.history[-1]
        assert (last["pledged"], last["weighted"]) == (found.pledged["value"], found.weighted["value"])


# --- stages ----------------------------------------------------------------------------------------------------------


def test_a_stage_moves_the_three_amounts_and_the_log_says_who_why_and_what_showed_it(city: City) -> None:
    id = pledged(city)
    city.investment.record_stage(
        "가나",
        stage="contracted",
        contracted=600_000_000,
        on="2024-05-01",
        evidence="분양계약 3",
        reason="부지 계약",
        by="kim",
    )
    found = city.investment.pipeline()
    assert found.pledged["value"] == 1_000_000_000
    assert found.weighted["value"] == 600_000_000 * 70 // 100 + 400_000_000 * 45 // 100
    assert found.realised == {**found.realised, "value": 0, "unknown": 1}
    log = city.investment.history(id)
    assert [(one["stage"], one["by"], one["shown_by"]) for one in log] == [
        ("contracted", "kim", "분양계약 3"),
        ("pledged", "t", None),
    ]
    assert log[0]["reason"] == "부지 계약"


def test_each_number_has_its_address_and_a_sum_names_its_parts(city: City) -> None:
    pledged(city)
    pledged(city, "다라", status="synthetic")
    found = city.investment.pipeline()
    assert len(found.pledged["parts"]) == 2
    assert found.pledged["parts"][0] == found.companies[0].pledged["address"]
    assert found.pledged["status"] == "synthetic"
    assert city.explain(found.companies[0].pledged["address"])


def test_any_day_shows_what_stood_then(city: City) -> None:
    pledged(city)
    city.investment.record_stage("가나", stage="contracted", contracted=10, on="2024-05-01", reason="r", by="t")
    assert not city.investment.pipeline("2024-01-09").companies
    assert city.investment.pipeline("2024-04-30").companies[0].stage == "pledged"
    assert city.investment.pipeline("2024-05-01").companies[0].stage == "contracted"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"stage": "ready"}, "stage-unknown"),
        ({"stage": "operating", "contracted": 5}, "stage-skipped"),
        ({"stage": "contracted"}, "contract-missing"),
        ({"stage": "contracted", "contracted": 2_000_000_000}, "increase-unshown"),
        ({"stage": "contracted", "contracted": 5, "realised": 6}, "realised-above"),
        ({"stage": "contracted", "contracted": -5}, "not-an-amount"),
        ({"stage": "contracted", "contracted": 5.5}, "not-an-amount"),
        ({"stage": "contracted", "contracted": 5, "on": "2030-01-01"}, "in-the-future"),
        ({"stage": "contracted", "contracted": 5, "on": "2023-12-31"}, "before-signing"),
        ({"stage": "contracted", "contracted": 5, "on": "어제"}, "not-a-day"),
        ({"stage": "contracted", "contracted": 5, "evidence": "urn:ngsi-ld:Doc:test:9"}, "evidence-unknown"),
        ({"stage": "contracted", "contracted": 5, "pledged": 7}, "pledge-by-stage"),
        ({"stage": "reduced"}, "pledge-missing"),
        ({"stage": "reduced", "pledged": 1_000_000_000}, "not-a-reduction"),
        ({"stage": "increased", "pledged": 1}, "not-an-increase"),
        ({"stage": "increased", "pledged": 2_000_000_000}, "increase-unshown"),
    ],
)
def test_what_may_not_follow_is_refused_and_writes_nothing(city: City, told: dict[str, Any], code: str) -> None:
    pledged(city)
    before = city.store.data_version()
    with pytest.raises(MadangError) as refused:
        city.investment.record_stage("가나", reason="r", by="t", **told)
    assert refused.value.code == f"investment.{code}"
    assert city.store.data_version() == before


def test_a_stage_goes_back_only_with_its_cause_and_never_before_the_last_record(city: City) -> None:
    pledged(city)
    record = city.investment.record_stage
    record("가나", stage="contracted", contracted=100, on="2024-05-01", reason="r", by="t")
    with pytest.raises(ConflictError, match="because"):
        record("가나", stage="pledged", on="2024-06-01", reason="r", by="t")
    with pytest.raises(ConflictError, match="2024-05-01"):
        record("가나", stage="permitted", on="2024-04-01", reason="r", by="t")
    record("가나", stage="pledged", contracted=0, because="계약 해제", on="2024-06-01", reason="r", by="t")
    assert city.investment.pipeline().companies[0].stage == "pledged"


def test_a_reduced_a_cancelled_and_a_revived_pledge(city: City) -> None:
    pledged(city, amount=100)
    record = city.investment.record_stage
    record("가나", stage="reduced", pledged=60, reason="r", by="t")
    found = city.investment.pipeline()
    assert (found.pledged["value"], found.standing) == (100, 60)
    record("가나", stage="cancelled", reason="r", by="t")
    assert city.investment.pipeline().standing == 0
    with pytest.raises(ConflictError):
        record("가나", stage="contracted", contracted=5, reason="r", by="t")
    record("가나", stage="contracted", contracted=5, because="재협약", reason="r", by="t")
    assert city.investment.pipeline().standing == 100


def test_facts_are_written_on_main_only(city: City) -> None:
    pledged(city)
    with pytest.raises(ConflictError, match="main"):
        city.fork("plan").investment.record_stage("가나", stage="cancelled", reason="r", by="t")


def test_a_company_stands_once_a_number(city: City) -> None:
    pledged(city)
    with pytest.raises(ConflictError, match="가나"):
        pledged(city)
    pledged(city, number="2")
    with pytest.raises(CallerError, match="several"):
        city.investment.history("가나")
    with pytest.raises(NotFoundError):
        city.investment.history("없음")


# --- weights ---------------------------------------------------------------------------------------------------------


def test_the_weights_that_come_are_an_assumption_with_its_references(city: City) -> None:
    found = city.investment.weights()
    assert found.assumption
    assert found.basis
    assert [one.text["en"].split(":")[0] for one in found.references] == ["Jeonbuk", "Jeju"]
    with pytest.raises(CallerError, match="2010"):
        city.investment.weights("2009-01-01")


def weights_file(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


OWN = """format: madang-stage-weights/1
sets:
  - id: city-2025
    valid_from: "2025"
    title: {ko: "시 기준", en: "City's own"}
    source: {ko: "투자유치과 분석", en: "Investment division"}
    weights:
      pledged: {low: 10, central: 20, high: 30}
      contracted: {low: 50, central: 50, high: 50}
      permitted: {low: 60, central: 60, high: 60}
      under-construction: {low: 80, central: 80, high: 80}
      operating: {low: 100, central: 100, high: 100}
      cancelled: {low: 0, central: 0, high: 0}
"""


def test_a_citys_own_weights_go_first_from_their_day_on(city: City, tmp_path: Path) -> None:
    city.investment.keep_weights(weights_file(tmp_path / "w.yaml", OWN), reason="분석", by="t")
    assert city.investment.weights().id == "city-2025"
    assert city.investment.weights("2024-12-31").id == "madang-2026"
    with pytest.raises(ConflictError, match="city-2025"):
        city.investment.keep_weights(tmp_path / "w.yaml", reason="again", by="t")


@pytest.mark.parametrize(
    ("was", "now", "code"),
    [
        ("low: 10, central: 20", "low: 25, central: 20", "weight-order"),
        ("high: 30", "high: 130", "weight-out-of-range"),
        ("      operating: {low: 100, central: 100, high: 100}\n", "", "weight-stages"),
        ("central: 60", "central: 40", "weight-order"),
        ("permitted: {low: 60, central: 60, high: 60}", "permitted: {low: 40, central: 40, high: 40}", "weight-falls"),
        ('    source: {ko: "투자유치과 분석", en: "Investment division"}\n', "", "weight-unfounded"),
    ],
)
def test_wrong_weights_are_refused_with_their_line(tmp_path: Path, was: str, now: str, code: str) -> None:
    assert was in OWN
    with pytest.raises(DataError) as refused:
        stage_weights.read(weights_file(tmp_path / "w.yaml", OWN.replace(was, now)))
    assert refused.value.code == f"investment.{code}"
    assert refused.value.facts["line"] > 2


# --- the register ----------------------------------------------------------------------------------------------------


def announced(city: City, amount: int = TOTAL) -> str:
    made = city.investment.sign(
        title="34개 기업 투자 업무협약",
        parties=[UNIVERSITY],
        signed_on="2020",
        amount=amount,
        code="mou",
        reason="r",
        by="t",
    )
    return str(made["id"])


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_34_companies_sum_to_the_won_and_read_back_the_same(city: City, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"register{suffix}"
    write_register(path, sample_register())
    done = city.investment.import_register(path, agreement=announced(city), status="synthetic", reason="가상", by="t")
    assert (done.rows, done.total, done.difference, done.warnings) == (34, 1_374_200_000_000, 0, ())
    found = city.investment.pipeline()
    assert (len(found.companies), found.pledged["value"]) == (34, 1_374_200_000_000)
    assert found.weighted["value"] <= found.pledged["value"]
    assert found.pledged["status"] == "synthetic"
    again = tmp_path / f"again{suffix}"
    city.investment.export_register(again)
    with empty_city(tmp_path / "second.gpkg") as second:
        second.investment.import_register(again, reason="r", by="t")
        assert [
            (one.company, one.standing, one.sector, one.site, one.signed_on)
            for one in second.investment.pipeline().companies
        ] == [(one.company, one.standing, one.sector, one.site, one.signed_on) for one in found.companies]


def test_a_sum_that_differs_from_the_announced_one_is_a_warning_with_the_difference(city: City, tmp_path: Path) -> None:
    write_register(tmp_path / "r.csv", sample_register()[:-1])
    done = city.investment.import_register(
        tmp_path / "r.csv", agreement=announced(city), reason="r", by="t", dry_run=True
    )
    assert done.difference is not None
    assert done.difference < 0
    assert f"{done.difference:+,}" in done.warnings[0]["ko"]
    assert done.transaction is None
    assert not city.investment.pipeline().companies


HEAD = "업체,협약액(억원),체결일,추진단계,계약액(원),실투자액(원)\n"
ROWS = {
    "2": "가나,12.5,2024.3.5,,,",
    "3": "다라,삼백억,2024-03-05,,,",
    "4": "마바,-3,2024-03-05,,,",
    "5": "가나,7,2024-03-05,,,",
    "6": "사아,0.000000001,2024-03-05,,,",
    "7": "자차,5,언젠가,,,",
    "8": "카타,5,2024-03-05,준비,,",
    "9": "파하,5,2024-03-05,계약,100,200",
    "10": ",5,2024-03-05,,,",
}


def test_every_wrong_row_is_named_and_nothing_is_written(city: City, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(HEAD + "\n".join(ROWS.values()), "utf-8")
    with pytest.raises(DataError) as refused:
        city.investment.import_register(path, columns={"company": "업체"}, reason="r", by="t")
    ko = refused.value.message("ko")
    for line in range(3, 11):
        assert f"{line}행" in ko, line
    assert "\n  2행" not in ko
    assert "삼백억" in ko
    assert not city.investment.pipeline().companies


def test_an_amount_in_larger_units_is_converted_exactly(city: City, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(HEAD + ROWS["2"], "cp949")
    city.investment.import_register(path, columns={"company": "업체"}, reason="r", by="t")
    assert city.investment.pipeline().pledged["value"] == 1_250_000_000
    with pytest.raises(DataError, match="line 2"):
        city.investment.import_register(path, columns={"company": "업체"}, reason="again", by="t")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("r.csv", "회사,금액\n가,1\n", "column-missing"),
        ("r.csv", "기업명,기업,협약액,체결일\n가,가,1,2024\n", "column-twice"),
        ("r.csv", "기업명,협약액(달러),체결일\n가,1,2024\n", "unit-unknown"),
        ("r.csv", "기업명,협약액,체결일\n", "register-empty"),
        ("r.pdf", "x", "register-kind"),
        ("r.xlsx", "not a workbook", "register-unreadable"),
    ],
)
def test_a_file_that_is_no_register_is_refused(city: City, tmp_path: Path, name: str, content: str, code: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(DataError) as refused:
        city.investment.import_register(tmp_path / name, reason="r", by="t")
    assert refused.value.code == f"investment.{code}"


def test_a_workbook_with_dates_and_numbers_as_cells_is_read(city: City, tmp_path: Path) -> None:
    from datetime import datetime

    book = openpyxl.Workbook()
    for row in (["기업명", "협약액(백만원)", "체결일"], ["가나", 1500, datetime(2024, 3, 5)], [None, None, None]):
        book.active.append(row)
    book.save(tmp_path / "r.xlsx")
    city.investment.import_register(tmp_path / "r.xlsx", reason="r", by="t")
    only = city.investment.pipeline().companies[0]
    assert (only.standing.pledged, only.signed_on) == (1_500_000_000, "2024-03-05")
