"""What the objects of a city model share when it is written: vertices, materials and textures, templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from madang.errors import DataError
from madang.sources.cityjson.geometry import Number
from madang.sources.cityjson.model import LISTS

Json = dict[str, Any]


class VertexPool:
    """The vertices of a file, each once."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, ...], int] = {}

    def take(self, vertices: Iterable[Sequence[int]]) -> list[int]:
        """The numbers of an object's vertices."""
        numbers = self._numbers
        return [numbers.setdefault(vertex, len(numbers)) for vertex in map(tuple, vertices)]

    @property
    def vertices(self) -> list[tuple[int, ...]]:
        """All vertices, in the order of their numbers."""
        return list(self._numbers)


class AppearancePool:
    """Materials, textures and texture vertices, each once; those that files said come first, in their order."""

    def __init__(self, said: Iterable[Json]) -> None:
        self._rest: Json = {}
        self._lists: dict[str, list[Any]] = {name: [] for name in LISTS}
        self._known: dict[str, dict[bytes, int]] = {name: {} for name in LISTS}
        self._kept: dict[str, bool] = {}
        for appearance in said:
            for name, value in appearance.items():
                if name not in LISTS:
                    self._rest.setdefault(name, value)
                    continue
                self._kept[name] = True
                for one in value:
                    self._known[name].setdefault(orjson.dumps(one), len(self._lists[name]))
                    self._lists[name].append(one)

    def numbers(self, own: Mapping[str, list[Any]]) -> dict[str, Number]:
        """For each list, what gives an object's own number its number in the file."""
        return {name: self._number(name, own.get(name, [])) for name in LISTS}

    def _number(self, name: str, own: list[Any]) -> Number:
        def new(old: int) -> int:
            if not 0 <= old < len(own):
                raise DataError("citymodels.bad-appearance", place=name)
            key = orjson.dumps(own[old])
            if key not in self._known[name]:
                self._known[name][key] = len(self._lists[name])
                self._lists[name].append(own[old])
            return self._known[name][key]

        return new

    def members(self) -> Json:
        """The file's `appearance`; nothing where there is none."""
        return self._rest | {name: said for name, said in self._lists.items() if said or name in self._kept}


class TemplatePool:
    """The templates of several files, one after the other."""

    def __init__(self, heads: Mapping[str, Json]) -> None:
        self._starts: dict[str, tuple[int, int]] = {}
        self.members: Json = {}
        for source, head in heads.items():
            found = head["geometry-templates"]
            templates = self.members.setdefault("templates", [])
            vertices = self.members.setdefault("vertices-templates", [])
            self._starts[source] = (len(templates), len(found["templates"]))
            here = found["templates"]
            templates += [_shifted(one, len(vertices)) for one in here] if vertices else here
            vertices += found.get("vertices-templates") or []

    def number(self, source: Any, template: Any) -> int | None:
        """The number in this file of a template of a source's file; None where it is not there."""
        start, count = self._starts.get(source, (0, 0))
        return start + template if isinstance(template, int) and 0 <= template < count else None


def _shifted(template: Json, by: int) -> Json:
    """A template of a second file: its materials are numbers of that file's appearance, so it goes without."""
    bare = {name: value for name, value in template.items() if name not in ("material", "texture")}
    return {**bare, "boundaries": _added(template["boundaries"], by)}


def _added(boundaries: Any, by: int) -> Any:
    return [_added(one, by) for one in boundaries] if isinstance(boundaries, list) else boundaries + by
