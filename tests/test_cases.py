"""The cases in `tests/cases/`, which a planner can read, run through the Python door; see `tests/cases/README.md`."""

from __future__ import annotations

import dataclasses
import inspect
import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import madang
from madang import clock
from madang.city import City
from madang.errors import MadangError

FOLDER = Path(__file__).parent / "cases"
FIELDS = {"requirement", "title", "city", "today", "given", "adopted", "when", "then"}
NOON = time(3, 0, tzinfo=UTC)  # in Seoul


@dataclasses.dataclass(frozen=True)
class Case:
    """One case of one file."""

    file: str
    number: int
    told: Mapping[str, Any]

    @property
    def requirements(self) -> list[str]:
        named = self.told["requirement"]
        return [named] if isinstance(named, str) else list(named)

    def __str__(self) -> str:
        return f"{'+'.join(self.requirements)} {self.file}:{self.number} {self.told['title']['en']}"


@dataclasses.dataclass(frozen=True)
class Refused:
    """A step that was refused: its code and its Korean sentence."""

    code: str
    sentence: str


@cache
def cases() -> list[Case]:
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        for number, told in enumerate(yaml.safe_load(path.read_text("utf-8")), 1):
            assert set(told) <= FIELDS, f"{path.name}, case {number}: {set(told) - FIELDS} is not known"
            found.append(Case(path.name, number, told))
    return found


@pytest.fixture(scope="session")
def made_cities(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Cities by name, each made once a worker, never to be changed."""
    folder, made = tmp_path_factory.mktemp("case-cities"), dict[str, Path]()

    def city(name: str) -> Path:
        if name not in made:
            made[name] = folder / f"{name}.gpkg"
            madang.new(made[name], source=None if name == "empty" else f"korea:{name}", by="tests").close()
        return made[name]

    return city


@pytest.mark.parametrize("case", cases(), ids=str)
def test_case(case: Case, made_cities: Any, tmp_path: Path) -> None:
    path = tmp_path / "city.gpkg"
    shutil.copyfile(made_cities(case.told.get("city", "empty")), path)
    today: date = case.told.get("today") or date(2026, 11, 22)
    with clock.standing_at(datetime.combine(today, NOON)), madang.open(path) as city:
        _Run(city).play(case)


class _Run:
    def __init__(self, city: City) -> None:
        self.city = city
        self.known: dict[str, Any] = {}
        self.last: Any = None

    def play(self, case: Case) -> None:
        if case.told.get("given"):
            self.city.put(case.told["given"], reason="given", by="tests")
        if case.told.get("adopted"):
            adopt(self.city, case.told["adopted"])
        for step in case.told.get("when") or ():
            assert not isinstance(self.last, Refused), f"refused before its time: {self.last}"
            self._do(step)
        for seen in case.told["then"]:
            self._see(seen)

    def _do(self, step: Mapping[str, Any]) -> None:
        if "day" in step:  # the case goes on another day
            clock._fixed = datetime.combine(step["day"], NOON)
            return
        (door, given), *_ = [(key, value) for key, value in step.items() if key not in ("on", "by", "as")]
        city = self.city.branch(step["on"]) if "on" in step else self.city
        method = _reached(city, door)
        arguments = self._filled(given) or {}
        takes = inspect.signature(method).parameters
        if "by" in takes and "by" not in arguments:
            arguments["by"] = step.get("by", "tests")
        if "reason" in takes and takes["reason"].default is inspect.Parameter.empty and "reason" not in arguments:
            arguments["reason"] = case_reason(door)
        try:
            self.last = method(**arguments)
        except MadangError as error:
            self.last = Refused(error.code, error.message("ko"))
        if "as" in step:
            self.known[step["as"]] = plain(self.last)

    def _filled(self, given: Any) -> Any:
        """Arguments with `$name.path` replaced by what came of an earlier step."""
        if isinstance(given, str) and given.startswith("$"):
            return self._found(given[1:])
        if isinstance(given, dict):
            return {key: self._filled(value) for key, value in given.items()}
        return [self._filled(one) for one in given] if isinstance(given, list) else given

    def _found(self, text: str) -> Any:
        total = re.fullmatch(r"sum\((.+)\)", text)
        if total:
            return sum(self._found(total[1]))
        name, _, path = text.partition(".") if not _is_call(text) else (text, "", "")
        if _is_call(text):
            call, _, path = text.partition(")")
            door, _, words = call.partition("(")
            arguments = dict(word.split("=", 1) for word in re.split(r",\s*", words) if word)
            found = plain(_reached(self.city, door)(**{key: _word(value) for key, value in arguments.items()}))
            return follow(found, path.removeprefix("."))
        bare, index = re.fullmatch(r"([^\[]+)((?:\[-?\d+\])*)", name).groups()  # type: ignore[union-attr]
        assert bare in self.known, f"{bare} is no result of an earlier step"
        return follow(self.known[bare], f"{index}.{path}" if path else index)

    def _see(self, seen: Mapping[str, Any]) -> None:
        if "refused" in seen:
            assert isinstance(self.last, Refused), f"nothing was refused; it gave {plain(self.last)}"
            assert self.last.code == seen["refused"], self.last
            for words in seen.get("says", ()):
                assert words in self.last.sentence, f"{words!r} is not said: {self.last.sentence}"
            return
        assert not isinstance(self.last, Refused), f"refused: {self.last}"
        found = self._found(seen["see"])
        if "equals" in seen:
            assert found == pytest.approx(seen["equals"]) if _is_number(found) else found == plain(seen["equals"])
        if "contains" in seen:
            assert holds(found, plain(seen["contains"])), f"{seen['contains']} is not in {found}"
        if "lacks" in seen:
            assert not holds(found, plain(seen["lacks"])), f"{seen['lacks']} is in {found}"
        if "at_most" in seen:
            assert found <= self._filled(seen["at_most"])
        if "at_least" in seen:
            assert found >= self._filled(seen["at_least"])


def adopt(city: City, entities: list[dict[str, Any]]) -> None:
    """Planned entities brought to main by an adopted proposal, as a city that had a plan before the case began."""
    branch = city.fork("as-adopted", title={"ko": "기존 계획", "en": "Plan so far"}, reason="given", by="tests")
    branch.put(entities, reason="given", by="tests")
    proposal = branch.propose(title="기존 계획", reason="given", by="tests")
    if any(one["type"] == "Plan" and _kind(one) == "smart-city-plan" for one in entities):
        city.procedure.register_in_force(
            proposal["id"],
            approved_on="2025-01-15",
            noticed_on="2025-02-03",
            document="제2025-1호",
            reason="given",
            by="tests",
        )
    city.adopt("as-adopted", reason="given", by="tests")


def _kind(entity: dict[str, Any]) -> Any:
    kind = entity.get("kind")
    return kind.get("value") if isinstance(kind, dict) else kind


def case_reason(door: str) -> str:
    return f"case: {door}"


def _reached(city: City, door: str) -> Any:
    found: Any = city
    for name in door.split("."):
        found = getattr(found, name)
    return found


def plain(value: Any) -> Any:
    """Anything a door gives, as plain JSON values."""
    if hasattr(value, "as_json"):
        return plain(value.as_json())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, Iterator)):
        return [plain(one) for one in value]
    if isinstance(value, timedelta):
        return value.days
    return value.isoformat() if isinstance(value, date) else value


def follow(found: Any, path: str) -> Any:
    """The value at a path: keys by dots, items by [n], `len` for how many; a key of a list is taken of each item."""
    for part in re.findall(r"\[-?\d+\]|[^.\[\]]+", path):
        if part == "len":
            found = len(found)
        elif part.startswith("["):
            found = found[int(part[1:-1])]
        elif isinstance(found, list):
            found = [one.get(part) for one in found]
        else:
            assert part in found, f"{part} is not among {sorted(found)}"
            found = found[part]
    return found


def holds(found: Any, wanted: Any) -> bool:
    """Whether a list has an item, or a mapping has the fields, that are wanted."""
    if isinstance(found, list):
        return any(fits(one, wanted) for one in found)
    return fits(found, wanted) or (isinstance(found, str) and isinstance(wanted, str) and wanted in found)


def fits(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(key in found and fits(found[key], one) for key, one in wanted.items())
    return bool(found == wanted)


def _is_call(text: str) -> bool:
    return bool(re.match(r"[\w.]+\(", text))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _word(text: str) -> Any:
    return yaml.safe_load(text)
