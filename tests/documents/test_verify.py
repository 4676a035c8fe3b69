"""A document held against its city: one digit changed is named, and nothing else is."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from pypdf import PdfReader, PdfWriter

import madang
from madang.city import City
from madang.documents.archive import packed, unpacked
from madang.documents.manifest import NAME
from madang.documents.numerals import says
from madang.documents.paper import Figure, Line, Paper, Table
from madang.documents.readback import READABLE
from madang.errors import CallerError, DataError, MadangError
from madang.indicators.stored import address_of

PLACE = "urn:ngsi-ld:District:test:place"


def edited(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """An archive with one part changed, as an editor would save it."""
    parts = unpacked(data, name="document")
    before = parts[part]
    parts[part] = change(before)
    assert parts[part] != before
    return packed(parts)


def in_text(suffix: str) -> Callable[[bytes], bytes]:
    """Change the figure 4,321 in the text of a document, not in its manifest."""

    def change(data: bytes) -> bytes:
        if suffix == ".html":
            return data.replace(b">4,321</span>", b">4,327</span>", 1)
        part = {".hwpx": "Contents/section0.xml", ".docx": "word/document.xml"}[suffix]
        return edited(data, part, lambda xml: xml.replace(b"4,321", b"4,327", 1))

    return change


@pytest.fixture(params=READABLE)
def document(request: pytest.FixtureRequest, city: City, paper: Paper) -> tuple[str, bytes]:
    return request.param, city.papers.make(paper, request.param).data


def test_an_untouched_document_is_sound(city: City, document: tuple[str, bytes]) -> None:
    suffix, data = document
    found = city.papers.verify_bytes(data, name=f"a{suffix}")
    assert found.ok
    assert found.manifest == "sound"
    assert found.counts() == {"same": 5}


@pytest.mark.parametrize("suffix", [".hwpx", ".docx", ".html"])
def test_one_digit_changed_is_named_with_both_texts(city: City, paper: Paper, suffix: str) -> None:
    found = city.papers.verify_bytes(in_text(suffix)(city.papers.make(paper, suffix).data), name=f"a{suffix}")
    assert not found.ok
    (wrong,) = [one for one in found.figures if one.state != "same"]
    assert (wrong.state, wrong.printed, wrong.shown) == ("edited", "4,321", "4,327")
    assert "4,327" in wrong.said["ko"]
    assert "4,321" in wrong.said["ko"]


def test_a_pdf_set_anew_with_another_digit_is_named(city: City, paper: Paper) -> None:
    """Another page under the same manifest: what an editor of PDF leaves behind."""
    wrong = replace(
        paper,
        blocks=[
            replace(
                one, content=[Figure("4,327", 4321) if getattr(p, "text", "") == "4,321" else p for p in one.content]
            )
            if isinstance(one, Line)
            else one
            for one in paper.blocks
        ],
    )
    true, forged = (PdfReader(io.BytesIO(city.papers.make(one, ".pdf").data)) for one in (paper, wrong))
    writer = PdfWriter(clone_from=forged)
    del writer._root_object["/Names"]
    writer.add_attachment(NAME, true.attachments[NAME][0])
    file = io.BytesIO()
    writer.write(file)
    found = city.papers.verify_bytes(file.getvalue(), name="a.pdf")
    assert [(one.printed, one.shown) for one in found.figures if one.state == "edited"] == [("4,321", "4,327")]


@pytest.mark.parametrize("suffix", [".hwpx", ".docx"])
def test_a_figure_is_found_by_its_neighbours_when_an_editor_drops_the_anchors(
    city: City, paper: Paper, suffix: str
) -> None:
    part = {".hwpx": "Contents/section0.xml", ".docx": "word/document.xml"}[suffix]

    def change(xml: bytes) -> bytes:
        return xml.replace(b"madang_f", b"bookmark_").replace(b"4,321", b"4,327", 1)

    found = city.papers.verify_bytes(edited(city.papers.make(paper, suffix).data, part, change), name=f"a{suffix}")
    states = {one.printed: one.state for one in found.figures if one.anchor in ("f2", "f3")}
    assert states == {"12,345명": "same", "4,321": "edited"}


def test_a_figure_taken_out_is_missed(city: City, paper: Paper) -> None:
    data = city.papers.make(paper, ".html").data
    start = data.index(b'<span class="figure" id="f3"')
    cut = data[:start] + data[data.index(b"</span>", start) + 7 :]
    found = city.papers.verify_bytes(cut, name="a.html")
    assert [one.state for one in found.figures][2] in ("missing", "edited")
    assert not found.ok


def test_a_changed_source_is_stale_and_no_fault(city: City, paper: Paper) -> None:
    data = city.papers.make(paper, ".docx").data
    city.put(
        {"id": PLACE, "type": "District", "name": "시험구", "population": 13000, "households": 4321},
        reason="다시 세다",
        by="tests",
    )
    found = city.papers.verify_bytes(data, name="a.docx")
    assert found.ok
    assert found.counts() == {"stale": 3, "same": 2}


def test_text_and_manifest_changed_together_are_still_named(city: City, paper: Paper) -> None:
    """A forger who also seals the list anew has to change the value, and the city has another."""
    forged = replace(
        paper,
        message=[],
        blocks=[Line([Figure("99,999명", 99999, "IE", next(paper.figures()).address)], 1)],
    )
    found = city.papers.verify_bytes(city.papers.make(forged, ".docx").data, name="a.docx")
    assert [one.state for one in found.figures] == ["differs"]
    lying = replace(forged, blocks=[Line([Figure("99,999명", 12345, "IE", next(paper.figures()).address)], 1)])
    found = city.papers.verify_bytes(city.papers.make(lying, ".docx").data, name="a.docx")
    assert [one.state for one in found.figures] == ["edited"]


def summed(city: City, text: str, value: int) -> Paper:
    addresses = tuple(address_of(city.store, PLACE, name) for name in ("population", "households"))
    figure = Figure(text, value, "IE", sum_of=tuple(str(one) for one in addresses))
    return Paper("brief", "합계", "ko", [Line(["모두 ", figure])], city=str(city.store.city.uuid))


def test_a_sum_is_summed_again(city: City) -> None:
    """A sum has no address; it names what it sums, so a forged one is found even when the list says the same."""
    for text, value, states in (("16,666명", 16666, ["same"]), ("16,667명", 16667, ["differs"])):
        found = city.papers.verify_bytes(city.papers.make(summed(city, text, value), ".pdf").data, name="a.pdf")
        assert [one.state for one in found.figures] == states


def test_an_edited_list_of_figures_is_said(city: City, paper: Paper) -> None:
    data = city.papers.make(paper, ".html").data.replace(b'"value": 4321', b'"value": 4322', 1)
    found = city.papers.verify_bytes(data, name="a.html")
    assert (found.ok, found.manifest) == (False, "edited")


def test_a_document_without_a_list_is_said(city: City, tmp_path: Path) -> None:
    plain = tmp_path / "plain.docx"
    docx.Document().save(str(plain))
    found = city.papers.verify(plain)
    assert (found.ok, found.manifest, found.figures) == (False, "missing", ())


def test_hwpx_that_lost_its_part_still_has_the_list_in_its_description(city: City, paper: Paper) -> None:
    parts = unpacked(city.papers.make(paper, ".hwpx").data, name="a")
    del parts[f"META-INF/{NAME}"]
    assert city.papers.verify_bytes(packed(parts), name="a.hwpx").ok


def test_another_city_is_refused(paper: Paper, city: City, tmp_path: Path) -> None:
    data = city.papers.make(paper, ".pdf").data
    with madang.new(tmp_path / "other.gpkg", by="tests") as other, pytest.raises(CallerError) as refused:
        other.papers.verify_bytes(data, name="a.pdf")
    assert refused.value.code == "documents.other-city"


def test_a_run_that_is_gone_is_named(city: City, paper: Paper) -> None:
    address = f"{city.store.city.uuid}/run:0123456789abcdef#urn:ngsi-ld:City:a:b.economy.output-city"
    gone = replace(paper, message=[], blocks=[Line([Figure("12억 원", 1_200_000_000, "KRW", address)], 1)])
    found = city.papers.verify_bytes(city.papers.make(gone, ".html").data, name="a.html")
    assert ([one.state for one in found.figures], found.ok) == (["gone"], False)


BOMB = b"0" * (3 * 1024 * 1024)


def bomb() -> bytes:
    """An archive of a few hundred kilobytes that unpacks to more than anyone should."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(50):
            archive.writestr(f"word/{n}.xml", BOMB)
    return file.getvalue()


def entity_docx() -> bytes:
    return packed({"word/document.xml": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'})


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.docx", bomb, "documents.too-large"),
        ("a.docx", entity_docx, "documents.broken"),
        ("a.hwpx", lambda: b"PK\x03\x04 no archive", "documents.broken"),
        ("a.hwpx", lambda: packed({"a": b""}), "documents.broken"),
        ("a.pdf", lambda: b"%PDF-1.7\nnothing", "documents.broken"),
        ("a.pdf", lambda: b"text", "documents.broken"),
        ("a.html", lambda: b"\xff\xfe\x00", "documents.broken"),
        ("a.hwp", lambda: b"", "documents.not-verifiable"),
    ],
)
def test_what_is_broken_or_dangerous_is_refused(city: City, name: str, data: Callable[[], bytes], code: str) -> None:
    with pytest.raises(MadangError) as refused:
        city.papers.verify_bytes(data(), name=name)
    assert refused.value.code == code


@pytest.mark.parametrize("cut", [100, 1000, 4000])
def test_a_document_cut_short_is_refused_or_read(city: City, document: tuple[str, bytes], cut: int) -> None:
    suffix, data = document
    with suppress(DataError):
        assert not city.papers.verify_bytes(data[:-cut], name=f"a{suffix}").ok


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("1조 3,742억 원", 1_374_200_000_000, True),
        ("1조 3,743억 원", 1_374_200_000_000, False),
        ("KRW 1.3742 tn", 1_374_200_000_000, True),
        ("약 82.8 %", 82.8, True),
        ("82.8 %", 0.828, True),
        ("82.9 %", 0.828, False),
        ("12,345명", 12345, True),
        ("-3,000만 원", -30_000_000, True),
        ("+1,763억 6,700만 원", 176_366_997_288, True),
        ("1,374,200", 1_374_200_000_000, True),  # a table in millions
        ("자료 없음", 3, None),
        ("제3조 2항", 3, None),
    ],
)
def test_a_printed_text_says_its_value_to_its_last_digit(text: str, value: float, said: bool | None) -> None:
    assert says(text, value) is said


def rows_alike(city: City) -> Paper:
    """A table in which many rows show the same, as a comparison of a plan without effect does."""
    figure = Figure("4,321", 4321, "IE", address_of(city.store, PLACE, "households"))
    rows = [[[f"지표 {n % 3}"], [figure], [figure], [figure]] for n in range(30)]
    return Paper(
        "brief", "같은 줄", "ko", [Table(["지표", "현행", "안", "차이"], rows)], city=str(city.store.city.uuid)
    )


PARTS = {".hwpx": "Contents/section0.xml", ".docx": "word/document.xml"}


@pytest.mark.parametrize("suffix", sorted(PARTS))
def test_without_anchors_an_untouched_document_is_sound_and_one_digit_is_named(city: City, suffix: str) -> None:
    """Rows that look alike keep their order; the figures beside a changed one are not taken for changed."""
    data = city.papers.make(rows_alike(city), suffix).data

    def found(at: int | None) -> list[tuple[int, str]]:
        def change(xml: bytes) -> bytes:
            text = xml.replace(b"madang_f", b"other_f")
            pieces = text.split(b"4,321")
            if at is None:
                return text
            return b"4,321".join(pieces[:at]) + b"4,327" + b"4,321".join(pieces[at:])

        checked = city.papers.verify_bytes(edited(data, PARTS[suffix], change), name=f"a{suffix}")
        return [(one.number, one.state) for one in checked.figures if one.state != "same"]

    assert found(None) == []
    assert found(1) == [(1, "edited")]
    assert found(44) == [(44, "edited")]


def test_figures_that_changed_places_with_their_anchors_are_named(city: City, paper: Paper) -> None:
    """Cut and pasted in an editor, a figure keeps its bookmark; its text is as printed, its place is not."""
    page = city.papers.make(paper, ".html").data.decode()
    first, second = (page[page.index(f'<span class="figure" id="{one}"') :] for one in ("f4", "f5"))
    first, second = (one[: one.index("</span>") + 7] for one in (first, second))
    swapped = page.replace(first, "§", 1).replace(second, first, 1).replace("§", second, 1)
    found = city.papers.verify_bytes(swapped.encode(), name="a.html")
    assert not found.ok
    assert [one.state for one in found.figures].count("moved") == 1
    assert "자리가 바뀌었습니다" in next(one.said["ko"] for one in found.figures if one.state == "moved")


@pytest.mark.parametrize("suffix", sorted(PARTS))
def test_a_cell_emptied_a_sign_added_and_two_texts_swapped_are_named(city: City, paper: Paper, suffix: str) -> None:
    data = city.papers.make(paper, suffix).data
    changes: dict[str, tuple[Callable[[bytes], bytes], int]] = {
        "emptied": (lambda xml: xml.replace(b"4,321", b"", 1), 1),
        "negative": (lambda xml: xml.replace(b"4,321", b"-4,321", 1), 1),
        "ten times": (lambda xml: xml.replace(b"4,321", b"43,210", 1), 1),
        "another unit": (lambda xml: xml.replace("12,345명".encode(), "12,345만 명".encode(), 1), 1),
    }
    for what, (change, count) in changes.items():
        found = city.papers.verify_bytes(edited(data, PARTS[suffix], change), name=f"a{suffix}")
        assert [one.state for one in found.figures if one.state != "same"] == ["edited"] * count, what
