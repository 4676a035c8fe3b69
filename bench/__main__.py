"""Run every benchmark in turn: `python -m bench`, or some of them: `python -m bench store server`.

Each prints ratios measured within its own run. Figures with the machine they ran on stand in docs/performance.md.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main(wanted: list[str]) -> int:
    names = wanted or sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    worst = 0
    for name in names:
        print(f"\n== {name}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, str(FOLDER / f"{name}.py")]).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
