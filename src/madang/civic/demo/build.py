"""The demo: nine real cities with what was announced about them, and two policies run and compared.

Each city is built in a file of its own beside its place (`.seongnam.building.gpkg`), and takes its name only when all
of it is done: a city that stands there under its name is whole, and is left alone; what a killed build left behind is
built anew. Cities are built by two processes, which are started afresh (spawn), so it is the same on every system.

What is real, estimated and synthetic in these files stands in `docs/truth.md`.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from shapely.geometry import shape

from madang import clock
from madang.civic.announced import claims
from madang.civic.announced.entities import load_announcements
from madang.civic.deciding import proposals
from madang.civic.demo.clusters import cluster_entities
from madang.civic.demo.entities import branch_entities, footprint
from madang.civic.demo.plan import DemoBranch, DemoPlan, demo_plan
from madang.civic.words import in_korean
from madang.entities.query import Query
from madang.errors import CallerError, FileError, Pair
from madang.models import runner
from madang.sources import base as sources
from madang.sources.korea import city_codes, city_from_packages
from madang.sources.sample import sample_quarter, sample_readings
from madang.store import Store, inspect_lock

ACTOR = "demo"
PROCESSES = 2
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class BuiltCity:
    """One city of the demo; `reused` says that it stood there whole already, `notes` what could not be brought in."""

    id: str
    title: dict[str, str]
    path: Path
    entities: int
    seconds: float
    reused: bool
    notes: tuple[Pair, ...] = ()


@dataclass(frozen=True)
class BuiltDemo:
    """All cities of the demo, in its own order."""

    cities: tuple[BuiltCity, ...]

    def as_json(self) -> dict[str, Any]:
        """What was built, as plain JSON values."""
        return {
            "cities": [
                {
                    "id": city.id,
                    "title": city.title,
                    "path": str(city.path),
                    "entities": city.entities,
                    "seconds": round(city.seconds, 2),
                    "reused": city.reused,
                    "notes": [dict(note) for note in city.notes],
                }
                for city in self.cities
            ]
        }


def build_demo(
    directory: Path,
    *,
    data_dir: Path | None = None,
    progress: Progress | None = None,
    cities: Sequence[str] | None = None,
    processes: int = PROCESSES,
) -> BuiltDemo:
    """Build the demo's cities that are not there yet; `data_dir` holds development files such as buildings."""
    wanted = tuple(cities) if cities is not None else demo_plan().cities
    for city in wanted:
        city_codes(city)  # refuse an unknown name before anything is built
    directory.mkdir(parents=True, exist_ok=True)
    if data_dir is not None and demo_plan().buildings.city in wanted:
        _data_files(demo_plan(), data_dir)
    # Cities with branches take longest: they go first, so that no process is left alone with one at the end.
    order = sorted(wanted, key=lambda city: not demo_plan().branches_of(city))
    missing = sum(not (directory / f"{city}.gpkg").exists() for city in wanted)
    several = processes > 1 and missing > 1
    build = _in_processes if several else _one_by_one
    done: dict[str, BuiltCity] = {}
    for built in build(order, directory, data_dir, processes):
        done[built.id] = built
        if progress is not None:
            progress(len(done) / len(wanted), built.id)
    return BuiltDemo(tuple(done[city] for city in wanted))


def _one_by_one(cities: Sequence[str], directory: Path, data_dir: Path | None, processes: int) -> Iterator[BuiltCity]:
    for city in cities:
        yield build_city(city, directory, data_dir=data_dir)


def _in_processes(cities: Sequence[str], directory: Path, data_dir: Path | None, processes: int) -> Iterator[BuiltCity]:
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(processes, len(cities)), mp_context=spawned) as pool:
        futures = [pool.submit(build_city, city, directory, data_dir=data_dir) for city in cities]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def build_city(city: str, directory: Path, *, data_dir: Path | None = None) -> BuiltCity:
    """One city of the demo, built unless it stands there whole already."""
    began = clock.elapsed_s()
    path = directory / f"{city}.gpkg"
    reused = path.exists()
    notes: tuple[Pair, ...] = ()
    if not reused:
        unfinished = _fresh_place(directory / f".{city}.building.gpkg")
        with Store.create(
            unfinished, city_id=city, title=city_codes(city).title, actor=ACTOR, reason=in_korean("demo-create")
        ) as store:
            notes = _fill(store, city, data_dir)
        os.replace(unfinished, path)
        _clear(unfinished)
    with Store.open(path) as store:
        title, entities = dict(store.city.title), store.view().count(Query())
    return BuiltCity(city, title, path, entities, clock.elapsed_s() - began, reused, notes)


def _fresh_place(unfinished: Path) -> Path:
    """The place of a file to build, cleared of what a killed build left; refuses to disturb one that is still going."""
    lock = inspect_lock(unfinished)
    if lock is not None:
        raise FileError("civic.demo-running", path=str(unfinished), pid=lock.pid)
    unfinished.unlink(missing_ok=True)
    _clear(unfinished)
    return unfinished


def _clear(path: Path) -> None:
    """Remove what SQLite and the lock leave beside a file."""
    for suffix in ("-wal", "-shm", "-journal", ".lock"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _fill(store: Store, city: str, data_dir: Path | None) -> tuple[Pair, ...]:
    """Everything of one city; gives what could not be brought in, in words."""
    plan = demo_plan()
    sources.write(store, [city_from_packages(city)], actor=ACTOR, reason=in_korean("demo-load"))
    announced = load_announcements().get(city)
    if announced is not None:
        sources.write(store, [announced], actor=ACTOR, reason=in_korean("demo-announcements"))
    if clusters := cluster_entities(store.view(), city):
        with store.transact(actor=ACTOR, reason=in_korean("demo-clusters")) as tx:
            tx.put_many(clusters)
    notes = _load_quarter(store, plan, data_dir) if plan.buildings.city == city else ()
    claims.check_claims(store, actor=ACTOR)
    for model in runner.ready_models(store):
        runner.run(store, model, actor=ACTOR)
    for branch in plan.branches_of(city):
        _make_branch(store, branch)
    return notes


def _make_branch(store: Store, branch: DemoBranch) -> None:
    store.fork(branch.name, title=branch.title, actor=ACTOR, reason=branch.reason)
    with store.transact(branch=branch.name, actor=ACTOR, reason=branch.reason) as tx:
        tx.put_many(branch_entities(branch))
    for model in runner.ready_models(store, branch=branch.name):
        runner.run(store, model, branch=branch.name, actor=ACTOR)
    if branch.proposal is not None:
        put_up = branch.proposal
        proposals.propose(store, branch.name, title=put_up.title, reason=put_up.reason, actor=ACTOR)


# --- what stands in the city -----------------------------------------------------------------------------------------


def _load_quarter(store: Store, plan: DemoPlan, data_dir: Path | None) -> tuple[Pair, ...]:
    """Real buildings and what is around them from a folder of data; else a made-up quarter."""
    if data_dir is None:
        _make_up(store, plan)
        return ()
    for path in _data_files(plan, data_dir):
        sources.write(store, [sources.read(path)], actor=ACTOR, reason=in_korean("demo-data", file=path.name))
    raster = _found(plan.buildings.terrain.file, data_dir)
    return () if raster is None else _load_terrain(store, raster, plan.buildings.terrain.mapping)


def _load_terrain(store: Store, raster: Path, mapping: str) -> tuple[Pair, ...]:
    """The ground; without rasterio it is left out, and the sentence that says so is given."""
    with as_file(files("madang.civic.data").joinpath(mapping)) as said:
        try:
            read = sources.read(raster, mapping=said)
        except CallerError as lacking:
            if lacking.code != "raster.no-rasterio":
                raise
            return ({"ko": lacking.message("ko"), "en": lacking.message("en")},)
    sources.write(store, [read], actor=ACTOR, reason=in_korean("demo-data", file=raster.name))
    return ()


def _make_up(store: Store, plan: DemoPlan) -> None:
    """A made-up quarter that leaves free where a branch will put a facility, with sensors that were read until now."""
    place = store.view().document(plan.buildings.place)
    if place is None:
        return
    sites = [shape(footprint(f)) for branch in plan.branches_of(plan.buildings.city) for f in branch.facilities]
    quarter = sample_quarter(place, seed=plan.buildings.seed, clear=sites)
    read = sample_readings(place, quarter, until=clock.now(), seed=plan.buildings.seed)
    sources.write(store, [quarter, read], actor=ACTOR, reason=in_korean("demo-sample"))


def _data_files(plan: DemoPlan, data_dir: Path) -> list[Path]:
    """The plan's files that stand in the folder or one level below; raises if the buildings are not among them."""
    found = []
    for name in plan.buildings.files:
        here = _found(name, data_dir)
        if here is not None:
            found.append(here)
        elif name == plan.buildings.needed:
            raise CallerError("civic.demo-no-data", folder=str(data_dir), file=name)
    return found


def _found(name: str, data_dir: Path) -> Path | None:
    return next(iter([*data_dir.glob(name), *sorted(data_dir.glob(f"*/{name}"))]), None)
