"""Square by square into a folder, and from the folder into one file.

Each answered square is a file of its own, named in `done.jsonl` with its hash as soon as it is whole. A second run of
the same plan asks only for what is not there or not whole; a plan of another area or other themes refuses the folder.
Objects that several squares hold are written once; those beyond the area's outline not at all.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import shapely

from madang.errors import CallerError, DataError
from madang.sources.osm.asking import Answer, Busy, TooHeavy, ask
from madang.sources.osm.tiles import DEEPEST, MOST_TILES, Plan, Tile, question

PLAN = "plan.json"
DONE = "done.jsonl"
PAUSE_S = 1.0
LICENCE = "The data is made available under ODbL: https://opendatacommons.org/licenses/odbl/1-0/"
ATTRIBUTION = "© OpenStreetMap contributors"

Asking = Callable[[str], Answer]


@dataclass(frozen=True)
class Fetched:
    """What a fetch brought: how many squares were asked now and before, and how much is in the folder."""

    asked: int
    kept: int
    elements: int
    moments: tuple[str, ...]


@dataclass(frozen=True)
class Merged:
    """The file that was written from the squares."""

    path: Path
    elements: int
    repeated: int
    outside: int
    moment: str | None


def fetch(
    plan: Plan,
    folder: Path,
    *,
    server: str,
    wait: Callable[[float], None],
    progress: Callable[[float, str], None] = lambda share, what: None,
    told: Callable[[Busy], None] = lambda busy: None,
) -> Fetched:
    """Ask for every square that the folder does not hold; what was brought stays there if anything goes wrong."""
    if not plan.tiles or len(plan.tiles) > MOST_TILES:
        raise CallerError("fetching.too-large", km2=round(plan.km2), limit=MOST_TILES)
    _begin(plan, folder)
    done = _done(folder)
    waiting, asked, kept = list(reversed(plan.tiles)), 0, 0
    settled, elements, moments = 0, 0, []
    while waiting:
        tile = waiting.pop()
        progress(settled / (settled + len(waiting) + 1), tile.name)
        said = done.get(tile.name)
        if said is None:
            if asked:
                wait(PAUSE_S)
            asked += 1
            try:
                answer = ask(server, question(tile, plan.themes), wait=wait, told=told)
            except TooHeavy:
                if tile.depth >= DEEPEST:
                    raise DataError("fetching.too-heavy", tile=tile.name) from None
                said = {"tile": tile.name, "split": True}
            else:
                said = _keep(folder, tile, answer)
            _note(folder, said)
        else:
            kept += 1
        if said.get("split"):
            waiting += [one for one in reversed(tile.quarters()) if plan.area.outline.intersects(one.box)]
            continue
        settled += 1
        elements += int(said["elements"])
        if said.get("moment"):
            moments.append(str(said["moment"]))
    return Fetched(asked, kept, elements, tuple(sorted(moments)))


def merge(plan: Plan, folder: Path, to: Path) -> Merged:
    """One file of all squares, an object a line, with whose data it is and of which moment."""
    done = _done(folder)
    moments = sorted(str(said["moment"]) for said in done.values() if said.get("moment"))
    seen: set[tuple[str, int]] = set()
    repeated = outside = 0
    head = {
        "version": 0.6,
        "generator": "Madang",
        "osm3s": {"timestamp_osm_base": moments[0] if moments else None, "copyright": f"{ATTRIBUTION}. {LICENCE}"},
        "madang": {"area": plan.area.title, "themes": list(plan.themes), "newest": moments[-1] if moments else None},
    }
    shapely.prepare(plan.area.outline)
    unfinished = to.with_name(to.name + ".part")
    with unfinished.open("wb") as file:
        file.write(orjson.dumps(head)[:-1] + b',"elements":[')
        for said in done.values():
            for element in _kept(folder, said):
                key = (str(element.get("type")), element["id"])
                if key in seen:
                    repeated += 1
                    continue
                seen.add(key)
                if not _touches(element, plan.area.outline):
                    outside += 1
                    continue
                file.write((b",\n" if len(seen) - outside > 1 else b"\n") + orjson.dumps(element))
        file.write(b"\n]}\n")
    os.replace(unfinished, to)
    return Merged(to, len(seen) - outside, repeated, outside, moments[0] if moments else None)


def clear(folder: Path) -> None:
    """Take away what `fetch` put into a folder, and the folder if nothing else is in it."""
    for said in _done(folder).values():
        if said.get("file"):
            (folder / str(said["file"])).unlink(missing_ok=True)
    for name in (DONE, PLAN):
        (folder / name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


# --- the folder ------------------------------------------------------------------------------------------------------


def _begin(plan: Plan, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / PLAN
    if not file.exists():
        written = {"key": plan.key, "area": plan.area.title, "themes": list(plan.themes), "squares": len(plan.tiles)}
        file.write_bytes(orjson.dumps(written, option=orjson.OPT_INDENT_2))
        return
    try:
        before = orjson.loads(file.read_bytes())
        same = before["key"] == plan.key
    except (orjson.JSONDecodeError, TypeError, KeyError):
        same, before = False, {}
    if not same:
        raise CallerError("fetching.other-plan", folder=folder, area=before.get("area", "?"))


def _done(folder: Path) -> dict[str, dict[str, Any]]:
    """The squares whose files are whole, by name; a line that was cut off, or a file that changed, counts as none."""
    found: dict[str, dict[str, Any]] = {}
    file = folder / DONE
    for line in file.read_bytes().splitlines() if file.exists() else []:
        try:
            said = orjson.loads(line)
            whole = said.get("split") or _hash(folder / str(said["file"])) == said["sha256"]
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, OSError):
            continue
        if whole:
            found[str(said["tile"])] = said
    return found


def _keep(folder: Path, tile: Tile, answer: Answer) -> dict[str, Any]:
    name = f"{tile.name}.json.gz"
    unfinished = folder / f"{name}.part"
    unfinished.write_bytes(gzip.compress(orjson.dumps(answer.elements), 6, mtime=0))
    digest = _hash(unfinished)
    os.replace(unfinished, folder / name)
    return {
        "tile": tile.name, "file": name, "sha256": digest, "elements": len(answer.elements), "moment": answer.moment,
    }  # fmt: skip


def _note(folder: Path, said: dict[str, Any]) -> None:
    with (folder / DONE).open("ab") as file:
        file.write(b"\n" + orjson.dumps(said) + b"\n")  # a line of its own, also after one that was cut off
        file.flush()
        os.fsync(file.fileno())


def _kept(folder: Path, said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if said.get("split"):
        return
    try:
        yield from orjson.loads(gzip.decompress((folder / str(said["file"])).read_bytes()))
    except (OSError, EOFError, zlib.error, orjson.JSONDecodeError) as wrong:
        raise DataError("fetching.lost", file=said["file"], why=wrong) from None


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _touches(element: dict[str, Any], outline: Any) -> bool:
    """Whether any of an object lies in the area; one without geometry is left for the reader to count."""
    lines = [element.get("geometry")]
    lines += [one.get("geometry") for one in element.get("members") or [] if isinstance(one, dict)]
    drawn = []
    for line in lines:
        points = [(p["lon"], p["lat"]) for p in line if isinstance(p, dict)] if isinstance(line, list) else []
        if len(points) > 1:
            drawn.append(shapely.LineString(points))
    if "lat" in element and "lon" in element:
        drawn.append(shapely.Point(element["lon"], element["lat"]))
    return not drawn or any(outline.intersects(one) for one in drawn)
