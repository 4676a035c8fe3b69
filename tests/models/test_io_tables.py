"""Input-output tables: the shipped aggregate, and tables of two layouts loaded in its place."""

import io
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook

from madang.errors import DataError
from madang.models.economy import readers, shipped
from madang.models.economy.leontief import Source, multipliers, spectral_radius
from madang.models.economy.model import spread
from madang.models.economy.regional import industries_of, region_of
from madang.models.industries import BY_ID, INDUSTRIES, industry_of, section_of
from madang.sources.korea import INDUSTRIES as SOURCE_INDUSTRIES

DATA = Path(os.environ.get("MADANG_DATA", Path(__file__).parents[3] / "shared" / "data"))
OECD = DATA / "derived" / "korea_io_total_oecd_ed2018.csv"
needs_table = pytest.mark.skipif(not OECD.exists(), reason="the OECD table is not in the development data folder")
INVENTED = Source("invented", "tests", "CC0", "")

# Two sectors: 100 + 300 of output; a tenth of what is used of the first product is imported.
OECD_TOTAL = """row,row_label,D26,D41T43,HFCE,GFCF,EXPO,IMPO
From,(sector in row),,,,,,
TTL_26,Electronics,20,60,10,10,10,-10
TTL_41T43,Construction,10,40,50,200,0,0
TXS_IMP_FNL,taxes abroad,1,0,0,1,0,0
TXS_INT_FNL,taxes,4,10,6,10,0,0
TTL_INT_FNL,total,35,110,66,221,10,-10
VALU,value added,65,190,0,0,0,0
OUTPUT,output,100,300,0,0,0,0
"""
OECD_SPLIT = """row,D26,D41T43,HFCE,GFCF,EXPO
DOM_26,15,57,9,9,10
DOM_41T43,10,40,50,200,0
IMP_26,5,3,1,1,0
IMP_41T43,0,0,0,0,0
TXS_IMP_FNL,1,0,0,1,0
TXS_INT_FNL,4,10,6,10,0
VALU,65,190,0,0,0
OUTPUT,100,300,0,0,0
"""
BOK = [
    ["", "", "C09", "F", "", "", "", "", "", "", ""],
    [
        "",
        "",
        "전자",
        "건설",
        "중간수요계",
        "민간소비지출",
        "정부소비지출",
        "총고정자본형성",
        "수출",
        "수입(공제)",
        "총산출",
    ],
    ["C09", "전자", "20", "60", "80", "10", "0", "10", "10", "-10", "100"],
    ["F", "건설", "10", "40", "50", "50", "0", "200", "0", "0", "300"],
    ["", "중간투입계", "30", "100", "", "", "", "", "", "", ""],
    ["", "피용자보수", "40", "100", "", "", "", "", "", "", ""],
    ["", "순생산물세", "5", "10", "", "6", "", "10", "", "", ""],
    ["", "부가가치계", "65", "190", "", "", "", "", "", "", ""],
    ["", "총투입계", "100", "300", "", "", "", "", "", "", ""],
]


def bok_csv(encoding: str = "cp949") -> bytes:
    return "\n".join(",".join(row) for row in BOK).encode(encoding)


def bok_xlsx() -> bytes:
    book = Workbook()
    for row in BOK:
        book.active.append([float(c) if c.lstrip("-").isdigit() else c for c in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- the shipped table -----------------------------------------------------------------------------------------------


def test_the_shipped_table_says_where_it_comes_from_and_on_what_terms() -> None:
    table = shipped.table()
    assert "OECD" in table.source.title
    assert table.source.terms == "OECD terms not checked"
    assert "import shares" in table.source.method
    assert table.year == 2015
    assert shipped.default_blob().licence == "OECD terms not checked"


def test_the_shipped_table_is_balanced_and_productive() -> None:
    table = shipped.table()
    assert np.allclose(table.total.sum(axis=0) + table.taxes + table.taxes_abroad + table.value_added, 1)
    assert 0 < spectral_radius(table.domestic) < 0.6
    assert (table.value_added > 0).all()


def test_the_shipped_table_keeps_apart_what_the_plans_are_about_and_holds_rounded_coefficients_only() -> None:
    wanted = {
        "electronics",
        "electrical-equipment",
        "chemicals",
        "basic-metals",
        "it-services",
        "research-professional",
    }
    assert wanted <= set(shipped.table().codes)
    cells = [c for row in shipped.PATH.read_text("utf-8").splitlines() if row[0] != "#" for c in row.split(",")[1:]]
    numbers = [c for c in cells if c and c[0].isdigit()]
    assert max(float(c) for c in numbers) <= 1
    assert all(len(c.partition(".")[2]) == 5 for c in numbers)


def test_every_shipped_sector_has_names_and_a_place_among_the_grdp_industries() -> None:
    placed = industries_of(shipped.table().codes)
    assert all(placed.values())
    assert {i.id for parts in placed.values() for i in parts} == set(BY_ID)
    assert all(set(s.label) == {"ko", "en"} for s in shipped.sectors())


def test_industries_are_named_as_the_source_names_them() -> None:
    assert tuple(i.id for i in INDUSTRIES) == SOURCE_INDUSTRIES


@needs_table
@pytest.mark.needs_data
def test_the_script_makes_exactly_the_shipped_table() -> None:
    flows = readers.read_oecd_flows(OECD.read_bytes())
    small = readers.aggregate(flows, {s.code: s.oecd for s in shipped.sectors()})
    assert shipped.write(small, places=5) == shipped.PATH.read_text("utf-8")


@needs_table
@pytest.mark.needs_data
def test_the_full_table_agrees_with_an_inverse_of_its_own() -> None:
    """Oracle: the 36-sector table inverted here from its raw cells, all imports in; published radius 0.602."""
    rows = [line.split(",") for line in OECD.read_text("utf-8").splitlines()]
    flows = readers.read_oecd_flows(OECD.read_bytes())
    total = flows.purchases / flows.output
    assert len(rows) == 1 + 1 + 36 + 5
    assert spectral_radius(total) == pytest.approx(0.602, abs=5e-4)
    table = readers.table_of_flows(flows)
    inverse = np.linalg.inv(np.eye(36) - (1 - readers.import_shares(flows))[:, None] * total)
    assert np.allclose(multipliers(table).output, inverse.sum(axis=0), rtol=1e-12)
    large = flows.output > 1000  # rows balance to 0.5; D09 is so small that this shows
    use = flows.output - flows.exports + flows.imports
    assert np.allclose(readers.import_shares(flows)[large], (flows.imports / use)[large], atol=5e-4)


@needs_table
@pytest.mark.needs_data
def test_the_aggregate_keeps_the_multipliers_of_the_full_table_within_two_percent() -> None:
    """Output-weighted means of the parts; the largest loss is in sectors put together from unlike ones."""
    full, small = readers.table_of_flows(readers.read_oecd_flows(OECD.read_bytes())), shipped.table()
    whole, rough = multipliers(full), multipliers(small)
    for n, sector in enumerate(shipped.sectors()):
        at = [full.codes.index(c) for c in sector.oecd]
        mean = np.average(whole.output[at], weights=full.output[at])
        assert rough.output[n] == pytest.approx(mean, rel=0.02), sector.code


# --- two layouts -----------------------------------------------------------------------------------------------------


def test_the_oecd_layout_is_read_and_imports_are_taken_out_by_shares() -> None:
    table = readers.read_table(OECD_TOTAL.encode(), "oecd", source=INVENTED, year=2015)
    assert table.codes == ("D26", "D41T43")
    assert table.imported_final == pytest.approx([10 / 100, 0])  # 10 imported of 100 used at home
    assert table.domestic[0] == pytest.approx([0.2 * 0.9, 0.2 * 0.9])
    assert table.propensity == pytest.approx(66 / 255)
    assert table.investment_taxes == pytest.approx(10 / 221)


def test_where_the_file_tells_domestic_and_imported_apart_that_is_used() -> None:
    table = readers.read_table(OECD_SPLIT.encode(), "oecd", source=INVENTED, year=2015)
    assert table.domestic[0] == pytest.approx([0.15, 57 / 300])
    assert table.imported[0] == pytest.approx([5 / 20, 3 / 60])


@pytest.mark.parametrize("data", [bok_csv(), bok_csv("utf-8-sig"), bok_xlsx()], ids=["cp949", "utf-8", "xlsx"])
def test_the_bank_of_korea_layout_gives_the_same_table(data: bytes) -> None:
    bok = readers.read_table(data, "bok", source=INVENTED, year=2015)
    oecd = readers.read_table(OECD_TOTAL.encode(), "oecd", source=INVENTED, year=2015)
    assert bok.codes == ("C09", "F")
    assert np.allclose(bok.domestic, oecd.domestic)
    assert np.allclose(bok.value_added, oecd.value_added)
    assert bok.propensity == pytest.approx(66 / 255)
    assert bok.labels["F"]["ko"] == "건설"


@pytest.mark.parametrize(
    ("text", "code", "fact"),
    [
        (OECD_TOTAL.replace("VALU,", "VAL,"), "models.table-row-missing", "VALU"),
        (OECD_TOTAL.replace("TTL_41T43,Construction,10", "TTL_41T43,Construction,x"), "models.table-not-a-number", "x"),
        (OECD_TOTAL.replace("65,190", "65,100"), "models.table-flows-unbalanced", "D41T43"),
        ("a,b,c\n1,2,3\n", "models.table-no-sectors", "oecd"),
    ],
)
def test_a_bad_table_is_refused_with_what_is_wrong(text: str, code: str, fact: str) -> None:
    with pytest.raises(DataError) as caught:
        readers.read_table(text.encode(), "oecd", source=INVENTED, year=2015)
    assert caught.value.code == code
    assert fact in caught.value.message("en")
    assert caught.value.message("ko")


def test_a_bank_of_korea_table_without_a_column_says_which() -> None:
    with pytest.raises(DataError) as caught:
        readers.read_table(bok_csv("utf-8").replace("수출".encode(), b"?"), "bok", source=INVENTED, year=2015)
    assert caught.value.facts["column"] == "수출"


def test_an_employment_table_needs_a_source() -> None:
    rows = "code,persons_per_billion_krw\nF,7.5\nC09,2.0\n"
    found, notes = readers.read_employment(f"# source: 한국은행 2020\n{rows}".encode("cp949"), ["C09", "F"])
    assert list(found) == [2.0, 7.5]
    assert notes["source"] == "한국은행 2020"
    with pytest.raises(DataError) as caught:
        readers.read_employment(rows.encode(), ["C09", "F"])
    assert caught.value.code == "models.employment-without-source"


# --- sectors and industries ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "section"),
    [("D26", "C"), ("D01T03", "A"), ("D69T82", "M"), ("C09", "C"), ("F", "F"), ("2611", "C"), ("72", "M"),
     ("D97T98", "T"), ("electronics", None), ("", None), ("00", None)],
)  # fmt: skip
def test_a_sector_code_tells_its_section(code: str, section: str | None) -> None:
    assert section_of(code) == section


def test_a_sector_takes_the_quotient_of_the_industry_it_is_part_of() -> None:
    city = dict.fromkeys(BY_ID, 1.0) | {"manufacturing": 3.0, "miningAndQuarrying": None}
    country = dict.fromkeys(BY_ID, 100.0)
    region = region_of(shipped.table().codes, city, country, year=2020)
    at = dict(zip(shipped.table().codes, region.slq, strict=True))
    assert region.share == pytest.approx(17 / 1600)
    assert at["electronics"] == at["chemicals"] == pytest.approx((3 / 100) / (17 / 1600))
    assert at["mining"] == 0  # not published: nothing is imputed, its product counts as bought outside
    assert [i.id for i in region.unknown] == ["miningAndQuarrying"]
    assert industry_of("D26").id == "manufacturing"


def test_shares_over_shipped_sectors_spread_over_the_parts_a_loaded_table_has() -> None:
    table = readers.read_table(OECD_TOTAL.encode(), "oecd", source=INVENTED, year=2015)
    vector = spread({"electronics": 0.25, "construction": 0.75}, table, programme="p")
    assert vector == pytest.approx([0.25, 0.75])
    two = replace(table, codes=("D85", "D86T88"))
    assert spread({"education-health": 1.0}, two, programme="p") == pytest.approx([0.25, 0.75])  # by output
