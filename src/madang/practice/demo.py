"""The whole demo: the nine real cities, what was announced for two of them as plans, and the practice city."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from madang import clock
from madang.city import open_city
from madang.civic.demo.build import BuiltCity, BuiltDemo, build_demo
from madang.practice import ground
from madang.practice.announced import ANNOUNCED, add_announced
from madang.practice.building import build

Progress = Callable[[float, str], None]


def build_all(directory: Path, *, data_dir: Path | None = None, progress: Progress | None = None) -> BuiltDemo:
    """Every city file of the demo that is not there yet; what is there stays as it is."""

    def told(share: float, what: str) -> None:
        if progress is not None:
            progress(share, what)

    nine = build_demo(directory, data_dir=data_dir, progress=lambda share, what: told(0.9 * share, what))
    for city in nine.cities:
        if city.id in ANNOUNCED:
            add_announced(city.path)
    practice = practice_city(directory / f"{ground.ID}.gpkg")
    told(1.0, practice.id)
    return BuiltDemo((*nine.cities, practice))


def practice_city(path: Path, *, progress: Progress | None = None) -> BuiltCity:
    """The practice city, built unless it stands there already."""
    began = clock.elapsed_s()
    reused = path.exists()
    if not reused:
        build(path, progress=progress)
    with open_city(path) as city:
        title, entities = dict(city.title), sum(city.types().values())
        return BuiltCity(city.id, title, path, entities, clock.elapsed_s() - began, reused)
