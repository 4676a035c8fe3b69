"""A real server over real cities, and a real Chromium that draws in software.

The nine cities of the demo are built once a session. Tests that only look share one server; tests that change
something get a server of their own over copies. Every page is held to two laws wherever it goes: no request leaves the
city's own server, and no script fails.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from browser_pages import Open, Site, serving

from madang.civic.demo.build import build_demo
from madang.web.serve import BUILT_PAGES

TWO_POLICIES = ("gwangyang", "seongnam")
# Where a picture is drawn in software, everything else on the page is too, which costs more than the test itself.
DRAWING_FLAGS = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
PLAIN_FLAGS = ("--disable-gpu",)
# None of Chromium's own errands.
CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE_MS = 30_000


def pytest_itemcollected(item: pytest.Item) -> None:
    """All of these are browser tests; `tests/conftest.py` sees to it that one worker has them all."""
    item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the nine city files."""
    if not (BUILT_PAGES / "index.html").is_file():
        pytest.fail("the pages are not built: run `make pages`")
    folder = tmp_path_factory.mktemp("cities")
    build_demo(folder)
    return folder


@pytest.fixture(scope="session")
def site(cities: Path) -> Iterator[Site]:
    """A server over all nine cities, for tests that only look."""
    with serving(sorted(cities.glob("*.gpkg"))) as running:
        yield running


@pytest.fixture
def own_site(cities: Path, tmp_path: Path) -> Iterator[Site]:
    """A server over copies of the two cities that have a policy, for one test that changes them."""
    copies = [Path(shutil.copy(cities / f"{name}.gpkg", tmp_path)) for name in TWO_POLICIES]
    with serving(copies) as running:
        yield running


@pytest.fixture(scope="session")
def browsers() -> Iterator[Callable[[bool], Browser]]:
    """Debian's Chromium where it is, else Playwright's own: one draws in 3D, one does not; started when asked for."""
    with sync_playwright() as playwright:
        started: dict[bool, Browser] = {}

        def browser(draws: bool) -> Browser:
            if draws not in started:
                flags = [*CHROMIUM_FLAGS, *(DRAWING_FLAGS if draws else PLAIN_FLAGS)]
                started[draws] = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
            return started[draws]

        yield browser
        for one in started.values():
            one.close()


@pytest.fixture
def open_page(browsers: Callable[[bool], Browser]) -> Iterator[Open]:
    """Opens a page of a site; when the test is over, the two laws are checked on all it opened.

    A test that looks at the 3D picture asks for `webgl`: drawn in software it takes most of a page's time.
    """
    contexts, asked, failed = [], [], []

    def open_one(
        site: Site,
        path: str,
        *,
        lang: str = "ko-KR",
        size: tuple[int, int] = (1440, 900),
        dark: bool = False,
        webgl: bool = False,
        still: bool = False,
        role: str = "decide",
    ) -> Page:
        context = browsers(webgl).new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=lang,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if still else "no-preference",
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if not webgl:
            context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
        page = context.new_page()
        page.on("request", lambda request: asked.append((site.url, request.url)))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(site.link(path, role=role))
        return page

    yield open_one
    for context in contexts:
        context.close()
    elsewhere = [url for home, url in asked if not url.startswith((f"{home}/", "data:", "blob:"))]
    assert elsewhere == []
    assert failed == []
