"""Papers as files on a disk: whole or not there, on one page where they have to be, and never silently cut."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from madang.city import City
from madang.documents.files import make
from madang.documents.fitting import fitted
from madang.documents.paper import Figure, Line, Paper, Table
from madang.errors import MadangError


def test_writing_replaces_what_was_there_and_leaves_nothing_beside(city: City, paper: Paper, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a.html").write_text("before")
    written = city.papers.write(paper, folder / "a.html")
    assert [one.name for one in folder.iterdir()] == ["a.html"]
    assert len(written.sha256) == 64
    assert "시험구" in (folder / "a.html").read_text("utf-8")


def test_a_kill_while_writing_leaves_what_was_there(tmp_path: Path) -> None:
    """The process dies after the bytes are written and before they are put in place."""
    out = tmp_path / "a.html"
    out.write_text("before")
    program = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from madang.documents import files
        os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        files.put_in_place(b"after" * 100000, Path(sys.argv[1]))
        """
    )
    done = subprocess.run([sys.executable, "-c", program, str(out)], check=False)
    assert done.returncode == -9
    assert out.read_text() == "before"


def test_what_a_killed_write_left_is_swept_by_the_next(city: City, paper: Paper, tmp_path: Path) -> None:
    old, young = tmp_path / ".a.pdf.x1.part", tmp_path / ".a.pdf.x2.part"
    other = tmp_path / ".b.pdf.x3.part"
    for left in (old, young, other):
        left.write_bytes(b"half")
    for left in (old, other):
        os.utime(left, (0, 0))
    city.papers.write(paper, tmp_path / "a.pdf")
    assert (old.exists(), young.exists(), other.exists()) == (False, True, True)


def test_a_full_disk_or_a_missing_folder_leaves_nothing(city: City, paper: Paper, tmp_path: Path) -> None:
    with pytest.raises(MadangError) as refused:
        city.papers.write(paper, tmp_path / "none" / "a.pdf")
    assert refused.value.code == "documents.no-folder"


def crowded(paper: Paper, *, lines: int, rows: int) -> Paper:
    return replace(
        paper,
        blocks=[
            Line(["요점"], 0),
            *(Line([f"설명 {n} " + "가나다라 " * 25], 2) for n in range(lines)),
            Table(["지표", "값"], [[[f"지표 {n}"], [Figure(f"{n:,}", n)]] for n in range(rows)]),
            Line(["꼭 남을 요점"], 1),
        ],
    )


def test_a_crowded_paper_becomes_smaller_before_anything_is_left_out(paper: Paper) -> None:
    fit = fitted(crowded(paper, lines=13, rows=3))
    assert (fit.pages, fit.left_out) == (1, None)


def test_what_does_not_fit_is_left_out_by_rule_and_counted_on_the_page(paper: Paper) -> None:
    fit = fitted(crowded(paper, lines=40, rows=5))
    assert fit.pages == 1
    assert fit.left_out is not None
    shown = "".join(piece.text for piece in fit.sheet.flow())
    assert fit.left_out in shown
    assert "설명 0 " in shown
    assert "설명 39 " not in shown
    assert "꼭 남을 요점" in shown
    assert sum("지표 " in piece.text for piece in fit.sheet.flow()) == 5


def test_figures_left_out_of_a_table_are_counted(paper: Paper) -> None:
    made = make(crowded(paper, lines=30, rows=90), ".pdf")
    assert made.pages == 1
    (warning,) = made.warnings
    kept = made.figures - 1  # the message has one
    assert f"수치 {90 - kept}개" in warning["ko"]


def test_points_that_are_too_many_give_two_pages_and_say_so(paper: Paper) -> None:
    long = replace(paper, blocks=[Line(["가나다라 " * 60], 1) for _ in range(30)])
    made = make(long, ".pdf")
    assert made.pages is not None
    assert made.pages > 1
    assert any(f"{made.pages}쪽" in warning["ko"] for warning in made.warnings)
