"""An agency's own form: its fields are filled, its rows repeated, and what it lacks is named."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hwpx.document import HwpxDocument
from lxml import etree

from madang.city import City
from madang.documents.archive import packed
from madang.documents.hangul import to_hwpx
from madang.documents.paper import Paper
from madang.documents.sheet import lay_out
from madang.documents.text import compact
from madang.errors import MadangError

HP = "{http://www.hancom.co.kr/hwpml/2011/paragraph}"


def form(path: Path, *, lines: tuple[str, ...] = ("{{본문}}",), rows: bool = False, cell: bool = False) -> Path:
    """A form as an agency keeps it: a click-here field for the title, blanks in its text."""
    document = HwpxDocument.new()
    document.add_paragraph("○○시 공식 보고 양식")
    document.fields.add("제목", prompt="여기에 제목")
    for line in lines:
        document.add_paragraph(line)
    if rows or cell:
        table = document.add_table(2, 2)
        table.set_cell_text(0, 0, "항목")
        table.set_cell_text(0, 1, "수량")
        table.set_cell_text(1, 0, "{{표.1}}" if rows else "부서")
        table.set_cell_text(1, 1, "{{표.2}}" if rows else "")
        if cell:
            table.cell(1, 1).field_name = "부서"
    path.write_bytes(document.to_bytes())
    document.close()
    return path


def section_of(path: Path) -> etree._Element:
    with zipfile.ZipFile(path) as archive:
        return etree.fromstring(archive.read("Contents/section0.xml"))


def text_of(path: Path) -> str:
    return compact("".join("".join(text.itertext()) for text in section_of(path).iter(f"{HP}t")))


def test_a_form_is_filled_and_keeps_its_own_words(city: City, paper: Paper, tmp_path: Path) -> None:
    made = form(tmp_path / "form.hwpx", lines=("작성: {{날짜}} / {{부서}}", "{{본문}}", "근거 {{출처}}"), cell=True)
    out = tmp_path / "brief.hwpx"
    written = city.papers.write(paper, out, template=made)
    text = text_of(out)
    for word in ("○○시공식보고양식", "시험구인구보고", "작성:2026.11.22./기획예산실", "12,345명", "근거[1]시험자료"):
        assert word in text
    assert "{{" not in text
    assert "여기에제목" not in text
    cells = ["".join(cell.itertext()) for cell in section_of(out).iter(f"{HP}tc")]
    assert "기획예산실" in cells
    assert city.papers.verify(out).ok
    assert written.figures == 4  # the message has no place in this form
    assert any("1" in warning["ko"] and "자리" in warning["ko"] for warning in written.warnings)


def test_a_row_of_a_form_is_repeated_for_each_row_of_the_table(city: City, paper: Paper, tmp_path: Path) -> None:
    made = form(tmp_path / "form.hwpx", rows=True)
    out = tmp_path / "brief.hwpx"
    city.papers.write(paper, out, template=made)
    tables = list(section_of(out).iter(f"{HP}tbl"))
    assert len(tables) == 1  # the paper's table stands in the form's, not beside it
    rows = [["".join(cell.itertext()) for cell in row.iter(f"{HP}tc")] for row in tables[0].iter(f"{HP}tr")]
    assert rows == [["항목", "수량"], ["인구", "12,345명"], ["가구", "4,321"]]
    assert tables[0].get("rowCnt") == "3"
    assert city.papers.verify(out).ok


def test_a_form_without_the_field_is_refused_with_what_it_has(city: City, paper: Paper, tmp_path: Path) -> None:
    made = form(tmp_path / "form.hwpx", lines=("{{날짜}}",))
    with pytest.raises(MadangError) as refused:
        city.papers.write(paper, tmp_path / "brief.hwpx", template=made)
    assert refused.value.code == "documents.template-lacks"
    assert refused.value.facts["missing"] == "body"
    assert "date" in refused.value.facts["found"]
    assert "title" in refused.value.facts["found"]
    assert not (tmp_path / "brief.hwpx").exists()


def test_a_papers_own_fields_are_needed_by_name(city: City, paper: Paper, tmp_path: Path) -> None:
    made = form(tmp_path / "form.hwpx", lines=("위원장 {{위원장}}, {{본문}}",))
    minutes = replace(paper, fields={"위원장": ["김마당"], "서기": ["이서기"]})
    with pytest.raises(MadangError) as refused:
        city.papers.write(minutes, tmp_path / "minutes.hwpx", template=made)
    assert refused.value.facts["missing"] == "서기"
    whole = form(tmp_path / "whole.hwpx", lines=("위원장 {{위원장}} 서기 {{ 서기 }}", "{{본문}}"))
    city.papers.write(minutes, tmp_path / "minutes.hwpx", template=whole)
    assert "위원장김마당서기이서기" in text_of(tmp_path / "minutes.hwpx")


def test_marks_of_a_form_in_a_users_text_are_only_text(city: City, paper: Paper, tmp_path: Path) -> None:
    odd = replace(paper, title="제목 {{부서}} <hp:t>&amp;")
    out = tmp_path / "brief.hwpx"
    city.papers.write(odd, out, template=form(tmp_path / "form.hwpx"))
    assert "제목{{부서}}<hp:t>&amp;" in text_of(out)


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + b"\0" * 18, packed({"mimetype": b"application/hwp+zip"})])
def test_a_form_that_is_no_hwpx_is_refused(city: City, paper: Paper, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "form.hwpx").write_bytes(data)
    with pytest.raises(MadangError) as refused:
        city.papers.write(paper, tmp_path / "brief.hwpx", template=tmp_path / "form.hwpx")
    assert refused.value.code == "documents.broken"


def test_a_form_is_only_for_hwpx(city: City, paper: Paper, tmp_path: Path) -> None:
    made = form(tmp_path / "form.hwpx")
    with pytest.raises(MadangError) as refused:
        city.papers.write(paper, tmp_path / "brief.pdf", template=made)
    assert refused.value.code == "documents.template-only-hwpx"


def test_our_own_file_can_be_a_form_too(city: City, paper: Paper, tmp_path: Path) -> None:
    own = replace(paper, title="{{제목}}", blocks=[replace(paper.blocks[2], content=["{{본문}}"])], message=[])  # type: ignore[type-var]
    (tmp_path / "form.hwpx").write_bytes(to_hwpx(lay_out(own)))
    out = tmp_path / "brief.hwpx"
    city.papers.write(paper, out, template=tmp_path / "form.hwpx")
    with HwpxDocument.open(io.BytesIO(out.read_bytes())) as document:
        assert not document.validate().issues
    assert city.papers.verify(out).ok
