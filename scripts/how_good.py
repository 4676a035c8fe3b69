"""Write docs/how-good.md: how good every model that ships is, held against naive guesses, theory and published cases.

    python scripts/how_good.py [--check]

Each model says it itself (`madang.lab.goodness`); the long part is the backtest of `clusters`, as
`madang backtest FILE clusters --markdown` writes it. All from the installed packages.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from madang.lab.backtest import backtest
from madang.lab.goodness import Goodness, all_goodness
from madang.sources.korea import national_tables

PAGE = Path(__file__).parent.parent / "docs" / "how-good.md"
OPENING = """# How good the models are

Made by `scripts/how_good.py`; a test demands that it is up to date. A model is *scored* where somebody measured later
what it had said: then its error stands beside that of a naive guess. Where nobody did, it says so, and what can be held
against it stands instead: solutions known in closed form, published cases, balances. Agreement with theory says that
the arithmetic is right, not that the city will follow it. The same stands beside a model's answer in the lab
(`goodness` in `madang models --json` and in `GET …/lab`).

모형이 내다본 값을 나중에 잰 자료가 있으면 단순 추정과 나란히 견주었고, 없으면 없다고 적고 닫힌 해, 발표된 사례,
보존 법칙과 견주었습니다. 이론과 맞는다는 것은 계산이 맞다는 뜻이지 도시가 그대로 된다는 뜻이 아닙니다.
"""


def page() -> str:
    """The page as text."""
    found = all_goodness()
    shipped = [one for one in found if one.rows or one.scored]
    lines = [OPENING, "| model | scored | in short |", "|---|---|---|"]
    lines += [f"| [{one.model}](#{one.model}) | {_yes(one)} | {one.sentence['en']} |" for one in shipped]
    for one in shipped:
        lines += ["", f"## {one.model}", "", f"{one.title['en']} ({one.title['ko']})", ""]
        lines += [one.sentence["en"], "", one.sentence["ko"], ""]
        lines += ["| held against | model | naive guess, or theory |", "|---|---|---|"]
        lines += [
            f"| {row.label['en']} ({row.label['ko']}) | {row.shown('value')} "
            f"| {row.shown('theory' if row.theory is not None else 'naive')} |"
            for row in one.rows
        ]
    report = backtest("clusters", national_tables()).as_markdown()
    return "\n".join([*lines, "", _one_level_down(report)])


def _yes(one: Goodness) -> str:
    return "yes" if one.scored else "no"


def _one_level_down(text: str) -> str:
    return "\n".join(f"#{line}" if line.startswith("#") else line for line in text.splitlines()) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only say whether the page is what would be written")
    text = page()
    if parser.parse_args().check:
        return 0 if PAGE.read_text("utf-8") == text else 1
    PAGE.write_text(text, "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
