"""How soon a page stands: figures painted, first 3D view, slider to new figures, in Chromium with software WebGL.

    python bench/pages.py [--cities DIR]     DIR holds the demo's city files; else they are built first, and timed

Times are milliseconds from the start of navigation, the median of five fresh pages; a page that drew with a graphics
card would be faster. The ratio tells the first 3D view in figures: how long after the figures the picture stands.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PAGES = ("/city/gwangyang/battery-hydrogen", "/city/seongnam/fabless-valley")
TIMES = 5
SOFTWARE_WEBGL = [
    "--headless=new",
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MARKS = """() => new Promise(done => {
  const look = () => {
    const at = name => performance.getEntriesByName(name)[0]?.startTime;
    const found = [at("madang.figures"), at("madang.first-view")];
    found.every(Boolean) ? done(found) : setTimeout(look, 20);
  };
  look();
})"""


def build(folder: Path) -> float:
    """Build the demo's nine cities; gives the seconds."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "madang", "demo", "--dir", str(folder), "--no-serve"], check=True)
    return time.perf_counter() - began


def measured(browser: Browser, url: str) -> tuple[float, float]:
    """Milliseconds to the figures and to the first 3D view of a fresh page."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="ko-KR")
    page.goto(url)
    figures, view = page.evaluate(MARKS)
    page.close()
    return figures, view


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cities", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.cities or Path(scratch)
        if asked.cities is None:
            print(f"nine cities built          {build(folder):8.1f} s      (goal: 90)")
        files = sorted(map(str, folder.glob("*.gpkg")))
        words = [sys.executable, "-u", "-m", "madang", "serve", *files, "--port", "0", "--no-auth"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server, sync_playwright() as play:
            assert server.stdout is not None
            found = re.search(r"http://[\d.:]+", server.stdout.readline())
            assert found is not None
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=SOFTWARE_WEBGL)
            for path in PAGES:
                runs = [measured(browser, found[0] + path) for _ in range(TIMES)]
                figures, view = (statistics.median(column) for column in zip(*runs, strict=True))
                print(f"{path}\n  figures painted          {figures:8.0f} ms     (goal: 1000)")
                print(f"  first 3D view            {view:8.0f} ms     (goal: 5000), {view / figures:.1f} x the figures")
            browser.close()
            server.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
