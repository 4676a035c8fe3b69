"""The one-page brief of a comparison, a proposal and a claim, at the doors: Python and the command line."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

import madang
from madang import cli
from madang.city import City
from madang.civic.demo.build import build_city
from madang.documents.archive import packed, unpacked
from madang.documents.paper import Table
from madang.documents.text import compact
from madang.errors import NotFoundError
from plan.promise_city import LINK, on, promised

PROPOSAL = "urn:ngsi-ld:Proposal:madang:battery-hydrogen"


@pytest.fixture(scope="session")
def gwangyang_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gwangyang with its pledges as a branch, compared and put up for decision; never to be changed."""
    folder = tmp_path_factory.mktemp("demo")
    build_city("gwangyang", folder)
    path = folder / "gwangyang.gpkg"
    with madang.open(path) as city:
        city.branch("battery-hydrogen").compare(by="tests")
    return path


@pytest.fixture
def gwangyang_file(gwangyang_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(gwangyang_once, tmp_path / "gwangyang.gpkg"))


@pytest.fixture
def gwangyang(gwangyang_file: Path) -> Iterator[City]:
    with madang.open(gwangyang_file) as city:
        yield city


def pdf_text(path: Path) -> str:
    reader = PdfReader(io.BytesIO(path.read_bytes()))
    assert len(reader.pages) == 1
    return compact(reader.pages[0].extract_text())


@pytest.mark.parametrize("what", ["battery-hydrogen", PROPOSAL, "gwangyang-pledged-amount"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_brief_is_one_page_and_its_figures_verify(gwangyang: City, tmp_path: Path, what: str, language: str) -> None:
    paper = gwangyang.papers.brief(what, language=language, day="2026. 11. 22.")  # type: ignore[arg-type]
    written = gwangyang.papers.write(paper, tmp_path / "brief.pdf")
    assert written.pages == 1
    assert written.figures > 0
    assert compact("1조 3,742억 원" if language == "ko" else "KRW 1.3742 tn") in pdf_text(tmp_path / "brief.pdf")
    assert gwangyang.papers.verify(tmp_path / "brief.pdf").ok


def test_the_table_of_a_comparison_is_the_comparison_to_the_digit(gwangyang: City) -> None:
    compared = gwangyang.branch("battery-hydrogen").compared()
    assert compared is not None
    paper = gwangyang.papers.brief("battery-hydrogen")
    values = {(one.address, one.less, one.part): one.value for one in paper.figures()}
    stands = [row for row in compared.rows if row.main or row.branch]  # what is 0 on both is counted, not listed
    for row in stands:
        if row.branch is not None:
            assert values[row.address, None, None] == row.branch
            assert values[row.address, row.main_address, None] == row.difference
            assert values[row.address, row.main_address, "p95"] == row.p95
    shown = {one.text for one in paper.figures()}
    told = zip(compared.rows, compared.table("ko")[1], strict=True)
    assert {cell for row, cells in told if row in stands for cell in cells[1:3] if cell != "자료 없음"} <= shown


def test_what_is_unknown_is_said_and_not_zero(gwangyang: City, tmp_path: Path) -> None:
    gwangyang.papers.write(gwangyang.papers.brief("battery-hydrogen"), tmp_path / "brief.pdf")
    text = pdf_text(tmp_path / "brief.pdf")
    assert "취업유발:자료없음" in text
    assert "추정" in text


def test_a_brief_of_nothing_known_names_what_there_is(gwangyang: City) -> None:
    with pytest.raises(NotFoundError) as refused:
        gwangyang.papers.brief("battery-hydrogn")
    assert "battery-hydrogen" in refused.value.message("ko")


def test_the_shell_writes_and_names_the_changed_figure(
    gwangyang_file: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADANG_LANG", "ko")
    out = tmp_path / "brief.hwpx"
    assert cli.run(["brief", str(gwangyang_file), "battery-hydrogen", str(out)]) == 0
    assert cli.run(["verify", str(out), "--city", str(gwangyang_file)]) == 0
    assert "모두 그대로" in capfd.readouterr().out
    parts = unpacked(out.read_bytes(), name="brief")
    section = "Contents/section0.xml"
    parts[section] = parts[section].replace("1조 3,742억 원".encode(), "1조 3,842억 원".encode(), 1)
    out.write_bytes(packed(parts))
    assert cli.run(["verify", str(out), "--city", str(gwangyang_file)]) == 1
    said = capfd.readouterr().out
    assert "1조 3,842억 원" in said
    assert "1조 3,742억 원" in said
    assert cli.run(["verify", str(out)]) == 2
    assert "--city" in capfd.readouterr().err


def test_a_city_file_is_verified_as_before(gwangyang_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["verify", str(gwangyang_file), "--json"]) == 0
    assert '"ok": true' in capfd.readouterr().out


def test_every_kind_of_paper_that_needs_no_id_can_be_made(gwangyang: City) -> None:
    kinds = {kind.id for kind in gwangyang.papers.kinds()}
    assert {"brief", "minutes", "plan-book", "proposal-dossier", "disclosure", "ordinance-matrix"} <= kinds
    for kind, id in (
        ("investment", None),
        ("promise-ledger", None),
        ("disclosure", "2025"),
        ("proposal-dossier", PROPOSAL),
    ):
        made = gwangyang.papers.make(gwangyang.papers.compose(kind, id), ".docx")
        found = gwangyang.papers.verify_bytes(made.data, name="a.docx")
        assert [one for one in found.figures if one.state in ("edited", "missing")] == []


def test_the_brief_of_a_promise_says_what_came_and_why_it_differs(tmp_path: Path) -> None:
    with madang.new(tmp_path / "icheon.gpkg", source="korea:icheon", by="tests") as city:
        promise = promised(city)
        with on("2029-03-01"):
            city.promise_ledger.record_outcome(
                promise, value=150_000_000_000, period="2028", link=LINK, reason="GRDP", by="tests"
            )
            city.promise_ledger.score(reason="review", by="tests")
            paper = city.papers.brief(promise, day="2029. 3. 1.", compute=False)
        written = city.papers.write(paper, tmp_path / "promise.pdf")
        assert written.pages == 1
        text = pdf_text(tmp_path / "promise.pdf")
        for said in ("약속값1,900억2,727만원", "실적값1,500억원", "미달", "모형오차-400억2,727만원", "불확실범위"):
            assert said in text
        found = city.papers.verify(tmp_path / "promise.pdf")
        assert found.ok
        assert set(found.counts()) <= {"same", "stale"}  # the parts of the miss are read again too


def test_a_change_table_speaks_names(gwangyang: City) -> None:
    """No ids of records, no row about the type, figures to the same digit as in the brief."""
    plan = gwangyang.fork("plan", reason="t")
    section = {"id": "urn:ngsi-ld:Section:t:1", "type": "Section", "title": "재원", "order": "1"}
    text = {
        "id": "urn:ngsi-ld:Paragraph:t:1",
        "type": "Paragraph",
        "text": "국비 3억 원",
        "refSection": {"object": section["id"]},
    }
    plan.put([section, text], reason="t", by="tests")
    proposal = plan.propose(title="안", reason="까닭", by="tests")
    paper = gwangyang.papers.compose("proposal-dossier", str(proposal["id"]))
    cells = ["".join(getattr(piece, "text", piece) for piece in cell) for one in paper.blocks
             if isinstance(one, Table) for row in one.rows for cell in row]  # fmt: skip
    assert "「재원」 절의 문단" in cells
    assert not [cell for cell in cells if "urn:" in cell or cell in ("type", "Paragraph")]


def test_a_paper_about_made_up_content_says_so(gwangyang: City) -> None:
    branch = gwangyang.fork("made-up", reason="t")
    branch.put(
        {"id": "urn:ngsi-ld:Task:t:1", "type": "Task", "title": "과제", "status": "synthetic"},
        reason="t",
        by="tests",
    )
    proposal = str(branch.propose(title="안", reason="까닭", by="tests")["id"])
    assert gwangyang.papers.compose("proposal-dossier", proposal).synthetic
    assert gwangyang.papers.brief(proposal).synthetic
    assert not gwangyang.papers.compose("proposal-dossier", PROPOSAL).synthetic
