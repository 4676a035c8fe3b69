"""Imports point down the house; rooms side by side do not see each other."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "madang"

# From the top of the house to its floor; rooms on one line do not see each other.
HOUSE = [
    {"cli"},
    {"web"},
    {"practice"},
    {"city"},
    {"papers"},
    {"civic", "plan", "lab", "hub", "twin", "exports"},
    {"documents"},
    {"models"},
    {"rules"},
    {"indicators"},
    {"geometry"},
    {"sources"},
    {"store"},
    {"entities"},
    {"strict_yaml"},
    {"errors", "clock", "dates", "messages", "plugins"},
]
FLOOR = {room: level for level, rooms in enumerate(HOUSE) for room in rooms}
PACKAGE_DOORS = {"__init__", "__main__"}

ONLY_HERE = {
    "apsw": {"store", "sources"},  # sources read SQLite-based files that are no city (GeoPackage boundaries)
    "sqlite3": set(),
    "pyogrio": {"sources", "exports"},
    "uvicorn": {"web"},
}


def imports_of(path: Path) -> set[str]:
    """Full dotted names that a module imports, wherever in it the import stands."""
    names: set[str] = set()
    package = ["madang", *path.relative_to(SOURCE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{stem}.{alias.name}" for alias in node.names}
    return names


def room_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).parts
    return parts[0].removesuffix(".py")


MODULES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_down_the_house(path: Path) -> None:
    room = room_of(path)
    if room in PACKAGE_DOORS:
        return
    assert room in FLOOR, f"{room} has no place in the house: add it to HOUSE and ARCHITECTURE.md"
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "madang" and len(parts) > 1 and parts[1] != room and parts[1] in FLOOR:
            assert FLOOR[parts[1]] > FLOOR[room], f"{path.name} imports {name}, which does not stand below {room}"
        if parts[0] in ONLY_HERE:
            assert room in ONLY_HERE[parts[0]], f"{parts[0]} belongs to {ONLY_HERE[parts[0]] or 'no room'}, not {room}"


# Modules that may open a connection outwards, and why.
OUTBOUND = {
    "hub/outgoing.py": "the one door for notifications, questions to other sources, contexts and open-data services",
    "cli/files.py": "sends a writing command to the server on loopback that holds the file",
    "models/many/distributed.py": "asks whether the Ray cluster that was named by its address listens",
    "sources/osm/asking.py": "asks an Overpass server when `madang fetch osm` was typed, and only then",
    "web/serve.py": "binds the port it listens on",
}
CONNECTING = {"socket", "ssl", "urllib.request", "http.client", "ftplib", "smtplib", "requests", "httpx", "aiohttp"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_only_listed_modules_connect_outwards(path: Path) -> None:
    place = path.relative_to(SOURCE).as_posix()
    for name in imports_of(path):
        if name in CONNECTING or any(name.startswith(f"{one}.") for one in CONNECTING):
            assert place in OUTBOUND, f"{place} imports {name}: list it in OUTBOUND with its reason, or do without"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_only_the_clock_asks_the_time(path: Path) -> None:
    if room_of(path) == "clock":
        return
    text = path.read_text("utf-8")
    for asked in ("datetime.now(", "time.time(", "date.today(", "utcnow("):
        assert asked not in text, f"{path.name} asks the time itself; take it as a value or from madang.clock"
