"""The twin's room in a browser, beside a plain CesiumJS page on the same tiles, in one run.

    python bench/viewer.py [--buildings 100000] [--frames 16] [--pages DIR] [--without-cesium] [--json]

A city of made-up buildings is served by `madang serve`; its tiles are built beforehand, and what that first build costs
is told. Both engines see the same tiles from the same place at the same detail: what our room chose by itself when its
first picture was full. CesiumJS (no imagery, no terrain, no token, frames on demand) is fetched by npm into
~/.cache/madang-bench; where that can't be had, ours is measured alone. It is no part of the project.

    first, full view     from the start of navigation to the first buildings, and until nothing more comes in
    frame                of an orbit at that detail, to its last pixel; `own` is the engine's work without the drawing
    as shipped           the same for our room when it may choose its detail by the time frames take
    pick                 what stands at a point of the canvas; at how many points both engines say the same
    whole                the whole city at the finest detail, every building on the screen
    recolour             all of it; ours a time step of values of every building, CesiumJS by a style expression
    branch               the room of a branch with 1,000 edits, side by side

WebGL is drawn in software (SwiftShader): the figures compare engines, they are no rates of a laptop's graphics card.

Exit status 1 if our room asks anything of another host or the whole city shows fewer buildings than there are (up to
150,000; more do not fit into the room's bound of memory at the finest detail).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from madang.store import Store
from madang.web.serve import BUILT_PAGES
from twin import EDITS, edit, fill, footprints, places_of

SCRIPTS = Path(__file__).parent / "viewer"
CESIUM = "1.140.0"
CACHE = Path.home() / ".cache" / "madang-bench"
FLAGS = (
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
)
WINDOW: ViewportSize = {"width": 1280, "height": 800}
VIEW = {"lon": 127.1, "lat": 37.42, "distance": 6000, "heading": 30, "elevation": 35}
WHOLE = {"lon": 127.1, "lat": 37.43, "distance": 52_000, "heading": 0, "elevation": 62}
FINEST = 0.01
STEP_DEG = 3
PICKS = (4, 3)
RECOLOURS = 4
HELD_WHOLE = 150_000
PATIENCE_MS = 240_000
DELTA_MS = (
    "performance.getEntriesByType('resource').find(e => e.name.includes('/delta/tileset.json'))?.duration ?? null"
)
# Serves other pages than the built ones: those and CesiumJS beside them.
SERVE = (
    "import sys; from pathlib import Path; from madang.web import serve;"
    "serve.BUILT_PAGES = Path(sys.argv[1]); serve.serve([Path(sys.argv[2])], port=0, no_auth=True)"
)


@dataclass
class Wire:
    """What a page asked for: bytes as they came over the wire, by kind, and the addresses elsewhere."""

    home: str
    bytes: Counter[str] = field(default_factory=Counter)
    elsewhere: list[str] = field(default_factory=list)

    def kind(self, url: str) -> str:
        """Tiles, answers about the city, or the page itself."""
        path = url.removeprefix(self.home)
        return "tiles" if path.startswith("/tiles/") else "api" if path.startswith("/api/") else "page"

    def asked(self, url: str) -> None:
        """Note a request."""
        if not url.startswith((f"{self.home}/", "data:", "blob:")):
            self.elsewhere.append(url)


def cesium() -> Path | None:
    """The folder of a built CesiumJS, fetched by npm when it isn't there; None where it can't be had."""
    built = CACHE / "node_modules" / "cesium" / "Build" / "Cesium"
    if not (built / "Cesium.js").is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        words = ["npm", "install", "--prefix", str(CACHE), "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            subprocess.run([*words, f"cesium@{CESIUM}"], check=True, capture_output=True, timeout=180)
        except (OSError, subprocess.SubprocessError):
            return None
    return built if (built / "Cesium.js").is_file() else None


def build_city(path: Path, count: int) -> None:
    """A city file of footprints, and a branch that has edited those nearest to what is looked at."""
    places = places_of(footprints(count))
    corners = np.array([np.array(place["coordinates"][0])[0] for place in places])
    near = np.argsort(np.hypot(*(corners - (VIEW["lon"], VIEW["lat"])).T), kind="stable")[:EDITS]
    with Store.create(path, city_id="bench", title={"ko": "시험", "en": "Bench"}) as store:
        fill(store, places)
        store.fork("plan", actor="bench", reason="plan")
        edit(store, "plan", near.tolist(), places, height=90.0)


@contextmanager
def serving(city: Path, pages: Path) -> Iterator[str]:
    """`madang serve` on a free port, until the block ends; gives its address."""
    words = [sys.executable, "-u", "-c", SERVE, str(pages), str(city)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            assert "http" in line, "madang serve ended before it listened"
            yield line[line.index("http") :].split("/?")[0].strip().rstrip("/")
        finally:
            server.terminate()


def fetch(url: str) -> bytes:
    """A file as a browser gets it: packed, where the server packs it."""
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})) as reply:
        return bytes(reply.read())


def warm(url: str, tiles: str, pages: Path) -> dict[str, Any]:
    """Ask for the tileset, which builds it, and once for every tile and page, which packs them."""
    start = time.perf_counter()
    with urllib.request.urlopen(url + tiles) as reply:
        tileset = json.load(reply)
    built = time.perf_counter() - start
    addresses: list[str] = []
    waiting = [tileset["root"]]
    while waiting:
        tile = waiting.pop()
        waiting.extend(tile.get("children", ()))
        if "content" in tile:
            addresses.append(tile["content"]["uri"])
    start = time.perf_counter()
    size = sum(len(fetch(f"{url}{tiles.rpartition('/')[0]}/{address}")) for address in addresses)
    packed = time.perf_counter() - start
    for path in pages.rglob("*.js"):
        fetch(f"{url}/{path.relative_to(pages)}")
    return {"first_build_s": built, "packing_s": packed, "tiles": len(addresses), "tiles_bytes": size}


def opened(browser: Browser, home: str, address: str, window: ViewportSize = WINDOW) -> tuple[Page, Wire, Any]:
    """A page in a profile of its own, with what it asks for; the last is a session of the developer tools."""
    context = browser.new_context(viewport=window, locale="ko-KR", reduced_motion="reduce", bypass_csp=True)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    wire, kinds = Wire(home), {}
    page.on("request", lambda request: wire.asked(request.url))
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.on(
        "Network.requestWillBeSent", lambda told: kinds.update({told["requestId"]: wire.kind(told["request"]["url"])})
    )
    tools.on(
        "Network.loadingFinished",
        lambda told: wire.bytes.update({kinds.get(told["requestId"], "page"): int(told["encodedDataLength"])}),
    )
    page.goto(home + address)
    return page, wire, tools


def as_room(page: Page) -> None:
    """Take the room's picture in hand, once there is one."""
    page.wait_for_function("window.madang?.twin != null", polling=50)
    page.evaluate((SCRIPTS / "room.js").read_text())


def settled(page: Page) -> float:
    """Milliseconds from the start of navigation until nothing more came in."""
    found = page.evaluate(f"measure.settled({PATIENCE_MS})")
    assert found is not None, "the picture did not come to rest"
    return float(found)


def middle(rows: list[dict[str, Any]], name: str) -> float:
    """The median of a column."""
    return float(statistics.median(row[name] for row in rows))


def orbit(page: Page, frames: int) -> dict[str, Any]:
    """What a frame takes while one turns around the place."""
    rows = page.evaluate(f"measure.orbit({json.dumps(VIEW)}, {frames}, {STEP_DEG})")
    return {
        "frame_ms": middle(rows, "all"),
        "worst_frame_ms": max(row["all"] for row in rows),
        "own_ms": middle(rows, "own"),
        "triangles": round(statistics.mean(row["triangles"] for row in rows)),
    }


def heap(tools: Any) -> dict[str, float]:
    """Megabytes of JavaScript after a collection, without and with its buffers."""
    tools.send("HeapProfiler.enable")
    tools.send("HeapProfiler.collectGarbage")
    used = tools.send("Runtime.getHeapUsage")
    return {
        "heap_mb": used["usedSize"] / 1e6,
        "heap_and_buffers_mb": (used["usedSize"] + used.get("backingStorageSize", 0)) / 1e6,
    }


def measured(page: Page, wire: Wire, tools: Any, *, frames: int, detail: float | None) -> dict[str, Any]:
    """All figures of an engine whose page is open. Without a detail given, what it chose by itself is kept."""
    page.evaluate((SCRIPTS / "measure.js").read_text())
    full = settled(page)
    counts = page.evaluate("engine.counts()")
    found: dict[str, Any] = {
        "first_view_ms": page.evaluate("engine.firstView()"),
        "full_view_ms": full,
        "view": counts,
        "size": page.evaluate("({ width: engine.canvas.clientWidth, height: engine.canvas.clientHeight })"),
        "wire_kb": {kind: round(size / 1e3) for kind, size in sorted(wire.bytes.items())},
        **heap(tools),
    }
    error = counts["error"] if detail is None else detail
    page.evaluate(f"engine.pin({error})")
    settled(page)
    found["orbit"] = orbit(page, frames)
    settled(page)
    found["picks"] = page.evaluate(f"measure.pick({PICKS[0]}, {PICKS[1]})")
    if detail is None:
        page.evaluate("engine.pin(null)")
        orbit(page, frames)
        found["as_shipped"] = orbit(page, frames) | {"error": page.evaluate("engine.counts().error")}
    page.evaluate(f"engine.look({json.dumps(WHOLE)}), engine.pin({FINEST})")
    start = page.evaluate("performance.now()")
    found["whole"] = {"loaded_ms": settled(page) - start, **page.evaluate("engine.counts()"), **heap(tools)}
    still = page.evaluate(f"measure.still({RECOLOURS})")
    rows = page.evaluate(f"measure.recolour({RECOLOURS})")
    found["recolour"] = {
        "call_ms": middle(rows, "call"),
        "own_with_frame_ms": middle(rows, "own") + middle(rows, "call"),
        "own_of_a_still_frame_ms": middle(still, "own"),
        "with_frame_ms": middle(rows, "all"),
        "still_frame_ms": middle(still, "all"),
    }
    found["elsewhere"] = wire.elsewhere
    return found


def room(browser: Browser, home: str, frames: int) -> dict[str, Any]:
    """Our room."""
    page, wire, tools = opened(browser, home, f"/city/bench/-/twin?{urlencode(VIEW)}&debug=1")
    as_room(page)
    found = measured(page, wire, tools, frames=frames, detail=None)
    page.context.close()
    return found


def plain(browser: Browser, home: str, tiles: str, frames: int, ours: dict[str, Any]) -> dict[str, Any]:
    """The plain page, as large as our picture is between its bars."""
    detail = ours["view"]["error"]
    size = ViewportSize(width=ours["size"]["width"], height=ours["size"]["height"])
    page, wire, tools = opened(
        browser, home, f"/plain/plain.html?{urlencode({**VIEW, 'tiles': tiles, 'error': detail})}", size
    )
    page.wait_for_function("window.engine !== undefined", polling=50)
    found = measured(page, wire, tools, frames=frames, detail=detail)
    page.context.close()
    return found


def branch(browser: Browser, home: str, frames: int) -> dict[str, Any]:
    """The room of a branch beside main."""
    page, wire, _ = opened(browser, home, f"/city/bench/plan/-/twin?{urlencode(VIEW)}&mode=split&debug=1")
    as_room(page)
    page.evaluate((SCRIPTS / "measure.js").read_text())
    full = settled(page)
    found = {
        "first_view_ms": page.evaluate("engine.firstView()"),
        "full_view_ms": full,
        "tileset_ms": page.evaluate(DELTA_MS),
        **page.evaluate("engine.delta()"),
        "orbit": orbit(page, frames),
        "elsewhere": wire.elsewhere,
    }
    page.context.close()
    return found


def machine() -> str:
    """What it was measured on, and how busy that was."""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f} at the end"
    )


def measure(count: int, frames: int, built_pages: Path, beside: Path | None) -> dict[str, Any]:
    """Everything."""
    tiles = "/tiles/bench/building/tileset.json"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        pages = folder / "pages"
        shutil.copytree(built_pages, pages)
        if beside:
            shutil.copytree(beside, pages / "plain", ignore=shutil.ignore_patterns("index.*", "*.map"))
            for name in ("plain.html", "plain.js", "page.css"):
                shutil.copy(SCRIPTS / name, pages / "plain")
        build_city(folder / "bench.gpkg", count)
        with serving(folder / "bench.gpkg", pages) as home, sync_playwright() as playwright:
            prepared = warm(home, tiles, pages)
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
            opened(browser, home, "/favicon.svg")[
                0
            ].context.close()  # what the browser does at its first page is not ours
            ours = room(browser, home, frames)
            theirs = plain(browser, home, tiles, frames, ours) if beside else None
            planned = branch(browser, home, frames)
            version = browser.version
            browser.close()
    return {
        "buildings": count,
        **prepared,
        "ours": ours,
        "cesium": theirs,
        "branch": planned,
        "machine": f"{machine()}, Chromium {version} with software WebGL",
    }


ROWS: list[tuple[str, tuple[str, ...], str]] = [
    ("first view", ("first_view_ms",), "ms"),
    ("full view", ("full_view_ms",), "ms"),
    ("triangles in it", ("view", "triangles"), ""),
    ("buildings in its tiles", ("view", "features"), ""),
    ("tiles over the wire", ("wire_kb", "tiles"), "kB"),
    ("page over the wire", ("wire_kb", "page"), "kB"),
    ("answers over the wire", ("wire_kb", "api"), "kB"),
    ("JS heap", ("heap_mb",), "MB"),
    ("JS heap and buffers", ("heap_and_buffers_mb",), "MB"),
    ("frame of an orbit", ("orbit", "frame_ms"), "ms"),
    ("  worst", ("orbit", "worst_frame_ms"), "ms"),
    ("  own work", ("orbit", "own_ms"), "ms"),
    ("  triangles", ("orbit", "triangles"), ""),
    ("pick", ("pick_ms",), "ms"),
    ("whole city loaded", ("whole", "loaded_ms"), "ms"),
    ("  buildings", ("whole", "features"), ""),
    ("  triangles", ("whole", "triangles"), ""),
    ("  JS heap and buffers", ("whole", "heap_and_buffers_mb"), "MB"),
    ("  still frame", ("recolour", "still_frame_ms"), "ms"),
    ("recolour", ("recolour", "call_ms"), "ms"),
    ("  own work with a frame", ("recolour", "own_with_frame_ms"), "ms"),
    ("  with a drawn frame", ("recolour", "with_frame_ms"), "ms"),
    ("requests elsewhere", ("requests_elsewhere",), ""),
]


def value(of: dict[str, Any] | None, path: tuple[str, ...]) -> float | None:
    """A figure of an engine; None where it has none."""
    found: Any = of
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return None if found is None else float(found)


def with_sums(found: dict[str, Any]) -> dict[str, Any]:
    """The figures, with those that are worked out of several."""
    both = [one for one in (found["ours"], found["cesium"]) if one]
    for one in both:
        one["pick_ms"] = middle(one["picks"], "ms")
        one["requests_elsewhere"] = len(one["elsewhere"])
    if found["cesium"]:
        pairs = zip(found["ours"]["picks"], found["cesium"]["picks"], strict=True)
        found["picks_alike"] = sum(ours["id"] == theirs["id"] for ours, theirs in pairs)
        ratios = {}
        for label, path, _ in ROWS:
            ours, theirs = (value(one, path) for one in both)
            if ours and theirs:
                ratios[" ".join(path) if label.startswith(" ") else label] = round(theirs / ours, 2)
        found["ratios"] = ratios
    return found


def show(found: dict[str, Any]) -> None:
    """The table."""
    print(f"{found['buildings']:,} buildings, {found['tiles']} tiles, {found['tiles_bytes'] / 1e6:.1f} MB packed")
    print(f"first build {found['first_build_s']:.1f} s, all tiles packed once {found['packing_s']:.1f} s")
    ours, theirs = found["ours"], found["cesium"]
    print(f"detail: {ours['view']['error']:.0f} px\n")
    beside = f"CesiumJS {CESIUM}" if theirs else "CesiumJS: not to be had"
    print(f"{'':24}{'Madang':>14}{beside:>18}{'ratio':>8}")
    for label, path, unit in ROWS:
        mine, other = value(ours, path), value(theirs, path)
        if mine is None and other is None:
            continue
        words = [
            f"{one:,.{1 if one < 100 and unit else 0}f} {unit}" if one is not None else "" for one in (mine, other)
        ]
        ratio = f"{other / mine:.2f}" if mine and other else ""
        print(f"{label:24}{words[0]:>14}{words[1]:>18}{ratio:>8}")
    if theirs:
        print(f"\npicks alike: {found['picks_alike']} of {len(ours['picks'])}")
    shipped, planned = ours["as_shipped"], found["branch"]
    print(
        f"as shipped: frame {shipped['frame_ms']:.0f} ms, own work {shipped['own_ms']:.1f} ms, "
        f"{shipped['triangles']:,} triangles at {shipped['error']:.0f} px"
    )
    print(
        f"branch with {EDITS:,} edits: first view {planned['first_view_ms']:.0f} ms, "
        f"full {planned['full_view_ms']:.0f} ms, delta tileset {planned['tileset_ms'] or 0:.0f} ms, "
        f"{planned['drawn']:,} drawn anew, {planned['hidden']:,} hidden, "
        f"frame {planned['orbit']['frame_ms']:.0f} ms for both sides"
    )
    print(found["machine"])


def main() -> int:
    """Measure, print, and say by the exit status whether the room kept its two promises."""
    asked = argparse.ArgumentParser(description="The twin's room beside a plain CesiumJS page")
    asked.add_argument("--buildings", type=int, default=100_000)
    asked.add_argument("--frames", type=int, default=16)
    asked.add_argument("--pages", type=Path, default=BUILT_PAGES, help="another build of the pages")
    asked.add_argument("--without-cesium", action="store_true")
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    debug = [path.read_text() for path in options.pages.glob("assets/DebugPanel*.js")]
    if not any(".madang" in text for text in debug):
        asked.error("the pages are not built, or before the room could be measured: run `make pages`")
    beside = None if options.without_cesium else cesium()
    found = with_sums(measure(options.buildings, options.frames, options.pages, beside))
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        show(found)
    elsewhere = found["ours"]["elsewhere"] + found["branch"]["elsewhere"]
    missing = options.buildings - found["ours"]["whole"]["features"] if options.buildings <= HELD_WHOLE else 0
    for url in elsewhere:
        print(f"asked of another host: {url}", file=sys.stderr)
    if missing > 0:
        print(f"{missing:,} buildings are not shown", file=sys.stderr)
    return 1 if elsewhere or missing > 0 else 0


if __name__ == "__main__":
    sys.exit(main())
