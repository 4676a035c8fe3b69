"""Madang: a city in one file. Fork it, change it, run real models on the fork, compare, decide, merge.

import madang
city = madang.open("seongnam.gpkg")
fab = city.branch("fabless-valley")
fab.compare()
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from madang.city import City

try:
    __version__ = version("madang")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["City", "__version__", "new", "open"]


def __getattr__(name: str) -> object:
    # `import madang` stays cheap; the stores and engines are imported with the first city.
    if name in ("City", "new", "open"):
        from madang import city

        return getattr(city, {"City": "City", "new": "new_city", "open": "open_city"}[name])
    raise AttributeError(f"module 'madang' has no attribute {name!r}")
