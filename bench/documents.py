"""What a paper costs: a one-page brief in each format, from the open city to the file, and its verification.

Run as `python bench/documents.py`. Real figures of Gwangyang, from the data packages. The first line starts a fresh
Python and includes every import; the others are the best of five in one process.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import madang
from madang.civic.demo.build import build_city

FORMATS = (".hwpx", ".pdf", ".docx", ".html", ".xlsx")
LIMIT_S = 2.0
FRESH = "import sys, madang; c = madang.open(sys.argv[1]); c.papers.write(c.papers.brief(sys.argv[2]), sys.argv[3])"


def main() -> int:
    slow = 0
    with tempfile.TemporaryDirectory(prefix="madang-bench-") as name:
        folder = Path(name)
        build_city("gwangyang", folder)
        file = folder / "gwangyang.gpkg"
        with madang.open(file) as city:
            city.branch("battery-hydrogen").compare(by="bench")
        for suffix in FORMATS:
            out = folder / f"brief{suffix}"
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", FRESH, str(file), "battery-hydrogen", str(out)], check=True)
            fresh = time.perf_counter() - began
            with madang.open(file) as city:
                warm = best(lambda city=city, out=out: city.papers.write(city.papers.brief("battery-hydrogen"), out))
                check = best(lambda city=city, out=out: city.papers.verify(out)) if suffix != ".xlsx" else None
            slow += fresh > LIMIT_S
            said = f"verified in {check:.2f} s" if check is not None else ""
            print(f"{suffix:6} brief: {fresh:.2f} s from a fresh Python, {warm:.2f} s in an open city; {said}")
    return int(slow > 0)


def best(work: Callable[[], object], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


if __name__ == "__main__":
    sys.exit(main())
