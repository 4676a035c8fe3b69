"""Registers and statistics of industry: real files and made-up ones, in the encodings and habits they come in."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

import openpyxl
import pytest

from madang.entities.entity import value_of
from madang.errors import DataError
from madang.sources import base
from madang.sources.registers import ksic
from madang.sources.registers.layouts import layouts

SAMPLES = Path(str(resources.files("madang.sources.registers").joinpath("samples")))
DATA = Path(os.environ.get("MADANG_DATA") or Path(__file__).parents[3] / "shared" / "data")


def kept(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("kind", layouts())
def test_every_layout_has_a_sample_that_says_it_is_made_up(kind: str) -> None:
    loaded = base.read(SAMPLES / layouts()[kind].sample)
    report = loaded.report
    assert report.notes[0]["ko"] == f"읽은 종류: {layouts()[kind].title['ko']}."
    assert report.kept + sum(report.left_out.values()) == report.read > 0
    assert {value_of(one, "status") for one in loaded.entities} == {"synthetic"}
    assert {one["type"] for one in loaded.entities} == {layouts()[kind].type}


def test_the_census_keeps_what_is_withheld_unknown_and_leaves_sums_of_places_out() -> None:
    loaded = base.read(SAMPLES / "business_census.csv")
    by_name = {value_of(one, "placeName"): one for one in loaded.entities}
    assert value_of(by_name["백현동"], "workersByIndustry") == {"C26": None, "G47": 1100, "J58": 900, "M70": 200}
    assert value_of(by_name["삼평동"], "workers") == 9400  # the row of all industries
    assert "workers" not in by_name["신흥1동"]
    assert loaded.report.left_out == {"total": 1}
    assert loaded.report.facts["withheld_cells"] == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp949"])
def test_headings_are_known_in_any_habit(tmp_path: Path, encoding: str) -> None:
    text = '읍면동 명,산업 분류별,시점,사업체 수 (개),종사자 수(명)\n삼평동,C. 제조업,2023년,1 234,"5,678 "\n'
    loaded = base.read(kept(tmp_path, "a.csv", text, encoding))
    assert value_of(loaded.entities[0], "firmsByIndustry") == {"C": 1234}
    assert value_of(loaded.entities[0], "workersByIndustry") == {"C": 5678}


def test_a_workbook_reads_as_its_csv_does(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (SAMPLES / "trade.csv").read_text("utf-8").replace('"4,200"', "4200").splitlines()[:3]:
        book.active.append(line.split(","))
    book.save(tmp_path / "trade.xlsx")
    flow = base.read(tmp_path / "trade.xlsx", type="trade").entities[0]
    assert (value_of(flow, "flow"), value_of(flow, "amount"), value_of(flow, "year")) == ("import", 4_200_000, 2023)


def test_factories_keep_areas_and_codes_and_lose_contact_data() -> None:
    loaded = base.read(SAMPLES / "factories.csv")
    first, second, third, last = loaded.entities
    assert (value_of(first, "employees"), value_of(first, "landArea"), value_of(first, "ksicCodes")) == (
        1024, 1200.5, ["C26112"],
    )  # fmt: skip
    assert "landArea" not in second  # a 0 in the register means nobody wrote it down
    assert value_of(third, "ksicCodes") == ["C20129", "C20121"]
    assert "employees" not in third
    assert "ksicCodes" not in last
    assert loaded.report.facts["without_industry"] == 1
    assert not any("031-" in str(one) or "010-" in str(one) for one in loaded.entities)


def test_a_telephone_number_within_a_text_is_dropped_and_counted(tmp_path: Path) -> None:
    text = "회사명,업종코드,소재지,생산품,건축면적\n가,26112,주소 1,칩 문의 010-1234-5678 a@b.kr,10\n"
    loaded = base.read(kept(tmp_path, "f.csv", text))
    assert value_of(loaded.entities[0], "products") == "칩 문의"
    assert loaded.report.facts["contacts_dropped"] == 2


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("행정동,산업코드,종사자수\n삼평동,C26,많음\n", "registers.not-a-count", "line 2, column 종사자수"),
        ("행정동,산업코드,종사자수\n삼평동,C26,-3\n", "registers.not-a-count", "'-3'"),
        ("행정동,산업코드,종사자수\n삼평동,J26,3\n", "registers.code-unknown", "J26"),
        ("행정동,산업코드,종사자수\n,C26,3\n", "registers.no-place", "line 2"),
        ("행정동,산업코드,종사자수\n삼평동,C26,3\n삼평동,C26,4\n", "registers.said-twice", "line 3"),
        ("HS코드,국가명,연도,수출금액\n281111,일본,2023,5\n", "registers.unit-unstated", "수출금액"),
        ("HS코드,국가명,연도,수출금액(달러)\n771111,일본,2023,5\n", "registers.hs-malformed", "771111"),
        ("업체명,벤처확인유형,업종명,유효시작일\n가,연구,나,2026-02-30\n", "registers.not-a-day", "2026-02-30"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_column(tmp_path: Path, text: str, code: str, said: str) -> None:
    with pytest.raises(DataError) as refused:
        base.read(kept(tmp_path, "wrong.csv", text))
    assert refused.value.code == code
    assert said in str(refused.value)
    assert "wrong.csv, line" in str(refused.value)


def test_a_file_that_is_not_of_the_kind_it_was_named_is_refused_with_what_it_lacks() -> None:
    with pytest.raises(DataError) as refused:
        base.read(SAMPLES / "trade.csv", type="factories")
    assert refused.value.code == "registers.columns"
    assert "회사명" in str(refused.value)


def test_bad_rows_are_left_out_and_counted_only_if_that_is_allowed(tmp_path: Path) -> None:
    path = kept(tmp_path, "b.csv", "행정동,산업코드,종사자수\n삼평동,C26,x1\n삼평동,G47,4\n")
    loaded = base.read(path, skip_bad=True)
    assert loaded.report.left_out == {"not-a-count": 1}
    assert value_of(loaded.entities[0], "workersByIndustry") == {"G47": 4}


def test_trade_counts_dollars_and_puts_back_a_zero_that_a_spreadsheet_ate(tmp_path: Path) -> None:
    text = "HS코드,국가명,기간,구분,금액(백만 달러)\n20230,미국,2024.03,수입,1.5\n"
    loaded = base.read(kept(tmp_path, "t.csv", text))
    flow = loaded.entities[0]
    assert (value_of(flow, "hsCode"), value_of(flow, "amount"), value_of(flow, "period")) == (
        "020230", 1_500_000, "2024-03",
    )  # fmt: skip
    assert loaded.report.facts["leading_zeros_put_back"] == 1


def test_names_of_industries_give_the_finest_code_and_none_is_guessed() -> None:
    assert ksic.code_of_name("전기·전자공학  연구개발업") == "M70121"
    assert ksic.code_of_name("반도체제조업") == "C261"
    assert ksic.code_of_name("반도체") is None
    assert sum(len(code) == 3 for code in ksic.names()) == 77


@pytest.mark.needs_data
def test_the_real_list_of_venture_firms_is_mapped_whole() -> None:
    loaded = base.read(DATA / "economy" / "seongnam_venture_companies_extract_20260228.csv")
    sections = [value_of(one, "ksicCodes")[0][0] for one in loaded.entities]
    # 33 manufacturing, 5 research, and 12 software with one wireless operator in section J, as the description says
    assert (len(sections), sections.count("C"), sections.count("J")) == (53, 33, 13)
    assert value_of(loaded.entities[0], "validTo") == "2026-05-16"


@pytest.mark.needs_data
def test_the_real_workers_by_dong_add_up_by_section() -> None:
    loaded = base.read(DATA / "derived" / "seongnam_workers_by_dong_named.csv")
    assert sum(value_of(one, "workers") for one in loaded.entities) == 544_925
    one = next(one for one in loaded.entities if value_of(one, "placeName") == "삼평동")
    held = value_of(one, "workersByIndustry")
    assert (held["J"], held["M"], sum(held.values())) == (39_767, 18_418, 95_912)


@pytest.mark.needs_data
def test_the_real_hydrogen_stations_are_not_taken_for_a_register() -> None:
    loaded = base.read(DATA / "economy" / "hydrogen_stations_202009_cp949.csv")
    assert {one["type"] for one in loaded.entities} == {"HydrogenStation"}
