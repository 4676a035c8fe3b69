"""Write docs/how-good.md: what a model expected from 2015 for 2020 in all districts of Korea, against what came.

    python scripts/how_good.py [--check]

The same page as `madang backtest FILE clusters --markdown docs/how-good.md` writes, from the installed data package.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from madang.lab.backtest import backtest
from madang.sources.korea import national_tables

PAGE = Path(__file__).parent.parent / "docs" / "how-good.md"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only say whether the page is what would be written")
    text = backtest("clusters", national_tables()).as_markdown()
    if parser.parse_args().check:
        return 0 if PAGE.read_text("utf-8") == text else 1
    PAGE.write_text(text, "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
