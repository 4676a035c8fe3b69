"""One paper in every format: what is written is read back by others, to the digit."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pytest
from hwpx.document import HwpxDocument
from hwpx.tools.package_validator import validate_package
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pypdf import PdfReader

from madang.city import City
from madang.documents.files import make
from madang.documents.manifest import NAME, read_manifest
from madang.documents.outline import in_outline_style
from madang.documents.paper import Figure, Line, PageBreak, Paper, Picture, Table
from madang.documents.pdf import _widths
from madang.documents.readback import READABLE, read
from madang.documents.sheet import Piece, SetTable, lay_out
from madang.documents.text import clean_piece, compact
from madang.errors import MadangError

WORDS = ["시험구 인구 보고", "기획예산실", "2026. 11. 22.", "12,345명", "4,321", "표 제목", "시험 자료"]


def hwpx_text(data: bytes) -> str:
    """The text of an HWPX as a reader of ZIP and XML sees it, which knows nothing of our writer."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        assert archive.read("mimetype") == b"application/hwp+zip"
        root = etree.fromstring(archive.read("Contents/section0.xml"))
    return "".join(root.itertext())


def text_of(data: bytes, suffix: str) -> str:
    if suffix == ".hwpx":
        return hwpx_text(data)
    if suffix == ".pdf":
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    if suffix == ".docx":
        body = docx.Document(io.BytesIO(data)).element.body
        return "".join(one.text or "" for one in body.iter() if one.tag.endswith("}t"))
    return data.decode()


@pytest.mark.parametrize("suffix", READABLE)
def test_every_word_and_figure_stands_in_every_format(paper: Paper, suffix: str) -> None:
    found = compact(text_of(make(paper, suffix).data, suffix))
    for word in WORDS:
        assert compact(word) in found, word


@pytest.mark.parametrize("suffix", READABLE)
def test_the_manifest_lists_each_figure_in_order_with_its_address(paper: Paper, suffix: str) -> None:
    reading = read(make(paper, suffix).data, name=f"a{suffix}")
    assert reading.manifest is not None
    assert reading.manifest.is_sealed
    printed = [(one.text, one.value, one.address) for one in reading.manifest.figures]
    assert printed == [(one.text, one.value, one.address) for one in paper.figures()]
    assert [reading.texts[one.anchor] for one in reading.manifest.figures] == [one.text for one in paper.figures()]


@pytest.mark.parametrize("suffix", [".hwpx", ".pdf", ".docx", ".html"])
def test_an_equal_paper_gives_equal_figures_and_text(paper: Paper, suffix: str) -> None:
    first, second = (read(make(paper, suffix).data, name=f"a{suffix}") for _ in range(2))
    assert first == second


def test_hwpx_passes_the_validators_and_opens_again(paper: Paper) -> None:
    data = make(paper, ".hwpx").data
    assert [issue for issue in validate_package(data).issues if issue.level == "error"] == []
    with HwpxDocument.open(data) as document:
        assert not document.validate().issues
        assert len(document.tables) == 3  # title box, message, table


def test_docx_names_a_korean_font_and_its_table_has_borders(paper: Paper) -> None:
    document = docx.Document(io.BytesIO(make(paper, ".docx").data))
    fonts = document.styles["Normal"].element.rPr.rFonts
    assert fonts.get("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia") == "맑은 고딕"
    assert [table.style.name for table in document.tables] == ["Table Grid"] * 3
    assert [cell.text for cell in document.tables[2].rows[1].cells] == ["인구", "12,345명", "실측"]


def test_pdf_embeds_the_letters_it_uses(paper: Paper) -> None:
    reader = PdfReader(io.BytesIO(make(paper, ".pdf").data))
    fonts = reader.pages[0]["/Resources"]["/Font"].get_object()  # type: ignore[index]
    for font in fonts.values():
        below = font.get_object()["/DescendantFonts"][0].get_object()
        assert "Pretendard" in below["/BaseFont"]
        assert {"/FontFile3", "/FontFile2", "/FontFile"} & set(below["/FontDescriptor"].get_object())
    assert read_manifest(reader.attachments[NAME][0]).figures


def test_the_web_page_asks_nothing_of_others(paper: Paper) -> None:
    page = make(paper, ".html").data.decode()
    assert "http" not in page.replace("http-equiv", "")
    assert "default-src 'none'" in page
    assert '<html lang="ko">' in page


def test_numbers_are_numbers_in_excel_and_text_is_no_formula(paper: Paper) -> None:
    table = Table(["이름", "수"], [[["=1+1"], [Figure("12,345명", 12345)]]])
    book = openpyxl.load_workbook(io.BytesIO(make(replace(paper, blocks=[table]), ".xlsx").data))
    page = book.worksheets[1]
    assert page["B2"].value == 12345
    assert (page["A2"].value, page["A2"].data_type) == ("=1+1", "s")
    assert book.worksheets[-1]["A3"].value == f"'{page.title}'!B2"


def test_a_made_up_paper_says_so_in_excel_on_its_first_sheet(paper: Paper) -> None:
    book = openpyxl.load_workbook(io.BytesIO(make(replace(paper, synthetic=True), ".xlsx").data))
    said = [str(row[0].value) for row in book.worksheets[0].iter_rows()]
    assert said[0] == paper.title
    assert any("가상 자료" in line for line in said)
    assert "○ 시험구의 인구는 12,345명이며, 가구는 4,321가구이다 [1]" in said
    assert book.active is book.worksheets[0]


def test_a_long_paper_has_an_annex_of_addresses(paper: Paper) -> None:
    long = replace(paper, one_page=False, blocks=[*paper.blocks, PageBreak(), *paper.blocks])
    made = make(long, ".pdf")
    assert made.pages is not None
    assert made.pages >= 2
    text = compact(text_of(made.data, ".pdf"))
    assert "수치별산출근거" in text
    city, _, address = str(next(paper.figures()).address).partition("/")
    assert text.count(city) == 1  # said once, in the heading
    assert compact(address) in text


def test_a_difference_and_a_repeated_figure_are_short_in_the_annex(paper: Paper) -> None:
    people, homes = list(dict.fromkeys(paper.figures()))
    less = Figure("8,024", 8024, "IE", people.address, less=homes.address)
    total = Figure("16,666", 16666, "IE", sum_of=(str(people.address), str(homes.address)))
    long = replace(paper, one_page=False, message=[], blocks=[Line([people, homes, people, less, total])])
    annex = next(one for one in lay_out(long).body if isinstance(one, SetTable) and one.is_annex)
    shown = [["".join(piece.text for piece in cell) for cell in row] for row in annex.rows]
    assert [row[0] for row in shown] == ["1, 3", "2", "4", "5"]
    assert [row[2] for row in shown[2:]] == ["1번 − 2번", "1번 + 2번"]


def test_a_cell_in_which_nothing_stands_is_marked(paper: Paper) -> None:
    table = Table(["가", "나", "다"], [[["있음"], [""], []], [["있음"]]])
    assert compact(text_of(make(replace(paper, blocks=[table]), ".docx").data, ".docx")).count("-") >= 4


def test_a_column_of_one_word_is_as_wide_as_the_word() -> None:
    """A state or a day beside long texts was set over its neighbour."""
    cells = (((Piece("a long text " * 5),), (Piece("estimated"),), (Piece("2026-09-30"),), (Piece("검토 중"),)),)
    table = SetTable(("Indicator", "Status", "Day", "State"), cells, (False,) * 4)
    assert _widths(table)[1:] == ["auto", "auto", "auto"]


def test_a_picture_stands_in_pdf_docx_and_web_and_is_named_in_hwpx(paper: Paper) -> None:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    pictured = replace(paper, one_page=False, blocks=[Picture(file.getvalue(), "붉은 그림")])
    for suffix in READABLE:
        made = make(pictured, suffix)
        assert "붉은그림" in compact(text_of(made.data, suffix))
        assert bool(made.warnings) == (suffix == ".hwpx")


anything = st.text(max_size=80)
korean = st.text(
    st.sampled_from("가나다 ABC abc 012 #$*_`@<>&\"'\\[]{}()=~/|^%!?;:,.-+\n\t—·「」이가은는을를"), max_size=80
)


@settings(max_examples=25)
@given(texts=st.lists(anything, min_size=3, max_size=3))
@pytest.mark.parametrize("suffix", [".docx", ".html", ".hwpx"])
def test_any_text_survives_formats_of_xml(suffix: str, texts: list[str]) -> None:
    check_survives(texts, suffix)


@settings(max_examples=25)
@given(texts=st.lists(korean, min_size=3, max_size=3))
def test_any_korean_text_survives_pdf_and_is_never_markup(texts: list[str]) -> None:
    check_survives(texts, ".pdf")


def test_letters_that_no_font_has_are_spelled_and_said(paper: Paper) -> None:
    odd = replace(paper, blocks=[Line(["끝 \U000f1234"], 1)])
    made = make(odd, ".pdf")
    assert "U+F1234" in text_of(made.data, ".pdf")
    assert any("U+F1234" in warning["ko"] for warning in made.warnings)


def test_very_long_words_stay_within_the_page(paper: Paper) -> None:
    long = replace(paper, one_page=False, blocks=[Line(["A" * 300], 1), Table(["B" * 90], [[["C" * 200]]])])
    assert "A" * 300 in compact(text_of(make(long, ".pdf").data, ".pdf"))


def check_survives(texts: list[str], suffix: str) -> None:
    plain, told, cell = texts
    paper = Paper(
        "brief",
        "제목",
        "ko",
        [Line([plain, Figure(told, 1.5), " 끝"], 1), Table([plain], [[[cell]]])],
        sources=[cell],
        fields={},
    )
    reading = read(make(paper, suffix).data, name=f"a{suffix}")
    for text in texts:
        assert compact(clean_piece(text)) in reading.flow
    assert reading.manifest is not None
    assert compact(reading.texts["f1"]) == compact(clean_piece(told))


def test_an_unknown_format_is_refused(paper: Paper, city: City, tmp_path: Path) -> None:
    with pytest.raises(MadangError) as refused:
        city.papers.write(paper, tmp_path / "brief.hwp")
    assert refused.value.code == "documents.format-unknown"


@pytest.mark.parametrize(
    ("polite", "noun"),
    [
        ("개체 4개를 바꿉니다.", "개체 4개를 바꿈"),
        ("상정할 때와 같습니다.", "상정할 때와 같음"),
        (
            "값을 채우지 않고, 밖에서 산다고 봅니다(몫이 작게 나옵니다).",
            "값을 채우지 않고, 밖에서 산다고 봄(몫이 작게 나옴)",
        ),
        ("둘로 나눕니다. 나머지는 버립니다.", "둘로 나눔. 나머지는 버림"),
        ("지수를 만듭니다.", "지수를 만듦"),
        ("자료 없음", "자료 없음"),
        ("Nothing differs.", "Nothing differs."),
        ("어머니다.", "어머니다."),
    ],
)
def test_sentences_of_the_program_take_noun_endings(polite: str, noun: str) -> None:
    assert in_outline_style(polite) == noun
