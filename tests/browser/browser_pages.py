"""What browser tests say to a page: where things are, when they stand, and what they look like."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page

SCREENSHOTS = Path(__file__).parents[2] / "test-screenshots"
GWANGYANG = "/city/gwangyang/battery-hydrogen"
SEONGNAM = "/city/seongnam/fabless-valley"


@dataclass(frozen=True)
class Site:
    """A running server: where it is, and the start-up token of each role that lets a browser in."""

    url: str
    tokens: Mapping[str, str]

    def link(self, path: str, *, role: str = "decide") -> str:
        """A page's address with a token, as `madang serve` prints it for each role."""
        return f"{self.url}{path}?token={self.tokens[role]}"


# What `madang serve` says before the link of each role.
ROLES = {"Madang": "decide", "may propose": "propose", "read only": "read"}
Open = Callable[..., Page]


def figures(page: Page) -> Locator:
    """The right-hand panel, once its figures stand."""
    panel = page.locator(".panel[data-stands=true]")
    panel.wait_for()
    return panel


def picture(page: Page) -> Locator:
    """The 3D view, once its first frame with a city in it is drawn."""
    twin = page.locator(".twin[data-seen=true]")
    twin.wait_for()
    return twin


def marks(page: Page) -> list[str]:
    """The marks of its own that a page has reached, in the order in which it reached them."""
    found: Any = page.evaluate(
        "performance.getEntriesByType('mark').filter(m => m.name.startsWith('madang.')).map(m => m.name)"
    )
    return [str(name) for name in found]


def keep(page: Page, name: str, *, whole: bool = False) -> None:
    """Keeps a picture of the page under test-screenshots/."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)


def pixels(of: Locator) -> Image.Image:
    """What a part of the page looks like, as colours."""
    return Image.open(io.BytesIO(of.screenshot())).convert("RGB")


@contextmanager
def serving(files: list[Path]) -> Iterator[Site]:
    """`madang serve` on a free port, until the block ends."""
    command = [sys.executable, "-m", "madang", "serve", *map(str, files), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url, tokens = "", {}
            for line in process.stdout:
                said, _, link = line.partition(": ")
                url, _, token = link.strip().partition("/?token=")
                tokens[ROLES[said.strip()]] = token
                if len(tokens) == len(ROLES):
                    break
            assert len(tokens) == len(ROLES), "madang serve ended before it listened"
            yield Site(url, tokens)
        finally:
            process.terminate()
