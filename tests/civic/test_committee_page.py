"""The page about committees is true, and the shell speaks Korean about them too."""

from pathlib import Path

import pytest

from docs.pages import Run
from madang.cli.app import run


def test_committees_page(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A committee set up, a meeting held, a vote refused and taken, minutes written, as the page says."""
    Run("committees.md", tmp_path).all()
    monkeypatch.setenv("MADANG_LANG", "ko")
    file = str(tmp_path / "square.gpkg")
    for words, said in [
        (["list", file], "광장위원회"),
        (["show", file, "square"], "의사정족수: 재적위원 과반수 (제7조제1항)"),
        (["minutes", file, "square-2026-07-15"], "소수의견(나래): 자료가 늦었다"),
        (["minutes", file, "square-2026-07-15", "--papers"], "회의자료"),
        (["agenda", file, "square-2026-07-15"], "의결안건"),
        (["alerts", file, "--as-of", "2026-09-10"], "후속조치 기한 경과"),
    ]:
        assert run(["committee", *words]) == 0
        assert said in capfd.readouterr().out, words
    assert run(["committee", "vote", file, "square-2026-07-15-2", "가람"]) == 2
    assert "나눌 수 없습니다" in capfd.readouterr().err
    assert run(["committee", "vote", file, "square-2026-07-15-2", "--secret", "7/2"]) == 2
    assert "7/2/1처럼" in capfd.readouterr().err
