"""Imports point down the house; rooms side by side do not see each other."""

import ast
from functools import cache
from pathlib import Path

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


@cache
def imports_of(path: Path) -> frozenset[str]:
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
    return frozenset(names)


def room_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).parts
    return parts[0].removesuffix(".py")


MODULES = sorted(SOURCE.rglob("*.py"))


def test_every_room_has_its_place_in_the_house() -> None:
    homeless = {room_of(path) for path in MODULES} - FLOOR.keys() - PACKAGE_DOORS
    assert not homeless, f"{homeless} has no place in the house: add it to HOUSE and ARCHITECTURE.md"


def test_imports_point_down_the_house() -> None:
    wrong = []
    for path, room in ((path, room_of(path)) for path in MODULES):
        for name in imports_of(path) if room not in PACKAGE_DOORS else ():
            parts = name.split(".")
            inner = parts[1] if parts[0] == "madang" and len(parts) > 1 and parts[1] in FLOOR else room
            if inner != room and FLOOR[inner] <= FLOOR[room]:
                wrong.append(f"{_place(path)} imports {name}, which does not stand below {room}")
            if room not in ONLY_HERE.get(parts[0], {room}):
                wrong.append(f"{_place(path)} imports {name}, which belongs to {ONLY_HERE[parts[0]] or 'no room'}")
    assert not wrong, "\n".join(wrong)


def _place(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


# Modules that may open a connection outwards, and why.
OUTBOUND = {
    "hub/mqtt.py": "hands notifications to the MQTT brokers that subscribers named",
    "hub/outgoing.py": "the one door for notifications, questions to other sources, contexts and open-data services",
    "cli/files.py": "sends a writing command to the server on loopback that holds the file",
    "sources/feeds/modbus.py": "reads the registers of the controllers that a feed names (through pymodbus)",
    "sources/feeds/mqtt.py": "subscribes at the broker that a feed names (through paho)",
    "sources/feeds/opcua.py": "subscribes at the server that a feed names (through asyncua)",
    "models/many/distributed.py": "asks whether the Ray cluster that was named by its address listens",
    "sources/osm/asking.py": "asks an Overpass server when `madang fetch osm` was typed, and only then",
    "web/serve.py": "binds the port it listens on",
}
CONNECTING = {
    "socket",
    "ssl",
    "urllib.request",
    "http.client",
    "ftplib",
    "smtplib",
    "requests",
    "httpx",
    "aiohttp",
    "paho",
    "asyncua",
    "pymodbus",
}


def test_only_listed_modules_connect_outwards() -> None:
    wrong = [
        f"{_place(path)} imports {name}: list it in OUTBOUND with its reason, or do without"
        for path in MODULES
        if _place(path) not in OUTBOUND
        for name in imports_of(path)
        if name in CONNECTING or any(name.startswith(f"{one}.") for one in CONNECTING)
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_clock_asks_the_time() -> None:
    wrong = [
        f"{_place(path)} has {asked}: take the time as a value or from madang.clock"
        for path in MODULES
        if room_of(path) != "clock"
        for asked in ("datetime.now(", "time.time(", "date.today(", "utcnow(")
        if asked in path.read_text("utf-8")
    ]
    assert not wrong, "\n".join(wrong)
